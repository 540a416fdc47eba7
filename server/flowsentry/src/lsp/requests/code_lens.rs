//! Lines above a place that say who uses what stands there.

use analysis::secrets::masked;
use serde_json::json;
use tower_lsp::ls_types::{CodeLens, CodeLensParams, Command, Location, Range};

use super::SHOW_REFERENCES;
use crate::lsp::convert::{self, Places};
use crate::lsp::state::State;

/// The lenses of a document; none where the settings want none or the client cannot show what they lead to.
pub fn code_lenses(state: &State, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
    if !state.views().lenses || !state.client().shows_references {
        return None;
    }
    let uri = &params.text_document.uri;
    let file = state.file(uri)?;
    let places = Places::of(state.project(), file, state.unit());
    let shown = ide::lenses::lenses(state.project(), file).into_iter().map(|lens| {
        let range = places.range(lens.span);
        let place = |(file, span): &(model::FileId, syntax::Span)| {
            Some(Location {
                uri: state.uri(*file)?,
                range: convert::range(state.project(), *file, *span, state.unit()),
            })
        };
        let places: Vec<Location> = lens.places.iter().filter_map(place).collect();
        // A lens without a command is only text.
        let command = if places.is_empty() {
            String::new()
        } else {
            SHOW_REFERENCES.to_owned()
        };
        CodeLens {
            range: Range {
                start: range.start,
                end: range.start,
            },
            command: Some(Command {
                title: masked(&lens.title).into_owned(),
                arguments: (!places.is_empty()).then(|| vec![json!(uri), json!(range.start), json!(places)]),
                command,
            }),
            data: None,
        }
    });
    Some(shown.collect())
}
