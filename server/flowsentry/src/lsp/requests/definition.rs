//! Where the name under the cursor comes from.

use tower_lsp::ls_types::{GotoDefinitionParams, GotoDefinitionResponse, Location, LocationLink};

use crate::files::DiskFiles;
use crate::lsp::convert;
use crate::lsp::state::State;

/// The place, as a link with the whole of the thing where the client takes one.
pub fn definition(state: &mut State, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let (file, offset) = state.place(&params.text_document_position_params)?;
    let (origin, place) = ide::definition(state.project_mut(), &DiskFiles::default(), file, offset)?;
    let range = |file, span| convert::range(state.project(), file, span, state.unit());
    let uri = state.uri(place.file)?;
    if state.client().definition_links {
        return Some(GotoDefinitionResponse::Link(vec![LocationLink {
            origin_selection_range: Some(range(file, origin)),
            target_uri: uri,
            target_range: range(place.file, place.whole),
            target_selection_range: range(place.file, place.name),
        }]));
    }
    Some(GotoDefinitionResponse::Array(vec![Location {
        uri,
        range: range(place.file, place.name),
    }]))
}
