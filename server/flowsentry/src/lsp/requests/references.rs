//! Every place that names what is under the cursor.

use ide::Role;
use tower_lsp::ls_types::{Location, ReferenceParams};

use crate::files::DiskFiles;
use crate::lsp::convert;
use crate::lsp::state::State;

/// The places in all files, with or without those where the thing is declared.
pub fn references(state: &mut State, params: &ReferenceParams) -> Option<Vec<Location>> {
    let (file, offset) = state.place(&params.text_document_position)?;
    let found = ide::occurrences(state.project_mut(), &DiskFiles::default(), file, offset)?;
    let wanted = |role: Role| params.context.include_declaration || role != Role::Declaration;
    let mut locations = Vec::new();
    for file in &found {
        let Some(uri) = state.uri(file.file) else { continue };
        for place in file.places.iter().filter(|place| wanted(place.role)) {
            locations.push(Location {
                uri: uri.clone(),
                range: convert::range(state.project(), file.file, place.span, state.unit()),
            });
        }
    }
    Some(locations)
}
