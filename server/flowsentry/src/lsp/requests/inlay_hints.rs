//! Names for people, shown beside the names of the service.

use analysis::secrets::masked;
use tower_lsp::ls_types::{
    InlayHint, InlayHintLabel, InlayHintLabelPart, InlayHintLabelPartTooltip, InlayHintParams, Location,
};

use crate::lsp::convert::{self, Places};
use crate::lsp::state::State;

/// The hints of a part of a document.
pub fn inlay_hints(state: &State, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let file = state.file(&params.text_document.uri)?;
    let wanted = convert::span(state.project(), file, params.range, state.unit());
    let hints = ide::hints::hints(state.project(), file, wanted, state.views().hints);
    let places = Places::of(state.project(), file, state.unit());
    let shown = hints.into_iter().map(|hint| {
        let location = hint.target.and_then(|(file, span)| {
            Some(Location {
                uri: state.uri(file)?,
                range: convert::range(state.project(), file, span, state.unit()),
            })
        });
        let part = InlayHintLabelPart {
            value: masked(&hint.label).into_owned(),
            tooltip: Some(InlayHintLabelPartTooltip::String(hint.tooltip.to_owned())),
            location,
            command: None,
        };
        InlayHint {
            position: places.range(syntax::Span::at(hint.offset)).start,
            label: InlayHintLabel::LabelParts(vec![part]),
            kind: None,
            text_edits: None,
            tooltip: None,
            padding_left: Some(true),
            padding_right: None,
            data: None,
        }
    });
    Some(shown.collect())
}
