//! Every place that names what is under the cursor.

use ide::Role;
use model::FileId;
use tower_lsp::ls_types::{Location, ReferenceParams};

use crate::files::DiskFiles;
use crate::lsp::convert;
use crate::lsp::expressions::{self, Answer, Side};
use crate::lsp::state::State;

/// The flows that are read for the answer.
pub fn files_for_references(state: &mut State, params: &ReferenceParams) -> Vec<FileId> {
    let files = expressions::asked(state, params, |state, params| {
        let (file, offset) = state.place(&params.text_document_position)?;
        Some(Files(ide::flows_read_for(state.project(), file, offset)))
    });
    files.map_or_else(Vec::new, |files| files.0)
}

/// Files are the same wherever they were asked about.
struct Files(Vec<FileId>);

impl Answer for Files {
    fn to_text(self, _: &Side, _: &State) -> Option<Self> {
        Some(self)
    }
}

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
