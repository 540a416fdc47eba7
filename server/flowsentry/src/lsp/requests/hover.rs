//! Hover.

use analysis::secrets::masked;
use tower_lsp::ls_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use crate::lsp::convert;
use crate::lsp::state::State;

/// What stands under the cursor.
pub fn hover(state: &State, params: &HoverParams) -> Option<Hover> {
    let at = &params.text_document_position_params;
    let file = state.file(&at.text_document.uri)?;
    let offset = state
        .project()
        .offset(file, convert::position(at.position), state.unit());
    let hover = ide::hover(state.project(), file, offset)?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: masked(&hover.markdown).into_owned(),
        }),
        range: Some(convert::range(state.project(), file, hover.span, state.unit())),
    })
}
