//! The layout of expressions in documents of their own. Flows keep the layout that the service gave them.

use tower_lsp::ls_types::{
    DocumentFilter, DocumentFormattingParams, Registration, TextDocumentRegistrationOptions, TextEdit,
};

use crate::lsp::expressions::uri::SCHEME;
use crate::lsp::state::State;

/// The method of the request.
const METHOD: &str = "textDocument/formatting";

/// The edit that lays an expression out; none where it is laid out already.
pub fn formatting(state: &State, params: &DocumentFormattingParams) -> Option<Vec<TextEdit>> {
    let edit = state.expressions().format(&params.text_document.uri, state.unit())?;
    Some(edit.into_iter().collect())
}

/// Tells the client which documents are formatted. Told at the start, it would hold for flows too, and an editor would
/// ask people to choose between formatters of JSON.
pub fn registration() -> Registration {
    let options = TextDocumentRegistrationOptions {
        document_selector: Some(vec![DocumentFilter {
            language: None,
            scheme: Some(SCHEME.to_owned()),
            pattern: None,
        }]),
    };
    Registration {
        id: "flowsentry-formatting".to_owned(),
        method: METHOD.to_owned(),
        register_options: serde_json::to_value(options).ok(),
    }
}
