//! The places of the open document that name what is under the cursor.

use ide::Role;
use tower_lsp::ls_types::{DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams};

use crate::lsp::convert;
use crate::lsp::state::State;

/// The places, told apart by whether they give a value or use it.
pub fn highlight(state: &State, params: &DocumentHighlightParams) -> Option<Vec<DocumentHighlight>> {
    let (file, offset) = state.place(&params.text_document_position_params)?;
    let places = ide::highlights(state.project(), file, offset);
    let highlight = |place: &ide::Occurrence| DocumentHighlight {
        range: convert::range(state.project(), file, place.span, state.unit()),
        kind: Some(match place.role {
            Role::Declaration | Role::Write => DocumentHighlightKind::WRITE,
            Role::Read => DocumentHighlightKind::READ,
        }),
    };
    (!places.is_empty()).then(|| places.iter().map(highlight).collect())
}
