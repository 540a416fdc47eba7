//! One expression of a flow as a text of its own: taken out, and put back. Requests of our own, for editors that show an
//! expression in a second editor; `expressions/uri.rs` says how such a document is addressed.

use edits::WorkspaceEdit as Change;
use ide::expression::{self, Refusal};
use serde::{Deserialize, Serialize};
use syntax::Span;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{Position, Range, TextDocumentIdentifier, Uri, WorkspaceEdit};

use super::edits::workspace_edit;
use crate::lsp::convert;
use crate::lsp::expressions::uri::ExpressionUri;
use crate::lsp::state::State;

/// The protocol's code for a request that was understood and could not be carried out.
const REQUEST_FAILED: i64 = -32803;

/// `flowsentry/expression`: with a position, the expression there of a flow; without, the one that a document's address
/// names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpressionParams {
    text_document: TextDocumentIdentifier,
    position: Option<Position>,
}

/// An expression.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpressionResult {
    /// The address of a document for it.
    uri: Uri,
    /// The step and the input.
    title: String,
    /// Its source over several lines.
    text: String,
    /// The string it is part of, to be given back with a change.
    base: String,
    /// Where it stands in the flow.
    range: Range,
    /// The flow.
    flow: Uri,
}

/// Takes an expression out.
pub fn expression(state: &mut State, params: &ExpressionParams) -> Result<ExpressionResult> {
    let uri = &params.text_document.uri;
    let (flow, place) = match params.position {
        Some(_) => (uri.clone(), None),
        None => {
            let address =
                ExpressionUri::parse(uri).ok_or_else(|| failed("This is not the address of an expression."))?;
            (address.flow, Some(address.place))
        }
    };
    let found = state.with_flow(&flow, |state, file| {
        let found = match (&place, params.position) {
            (Some(place), _) => expression::expression(state.project(), file, place),
            (None, position) => {
                let position = convert::position(position.unwrap_or_default());
                let offset = state.project().offset(file, position, state.unit());
                expression::expression_at(state.project(), file, offset)
            }
        };
        let range = |span: Span| convert::range(state.project(), file, span, state.unit());
        found.map(|found| (range(found.span), found))
    });
    let (range, found) = found
        .ok_or_else(|| failed("Expressions are edited in flows; this file is none, or it cannot be read."))?
        .map_err(|Refusal(why)| failed(&why))?;
    let address = ExpressionUri {
        flow: flow.clone(),
        place: found.place,
    };
    // An address that was given is kept to the letter: the editor knows its document by it.
    let uri = match place {
        Some(_) => Some(uri.clone()),
        None => address.to_uri(&found.title),
    };
    Ok(ExpressionResult {
        uri: uri.ok_or_else(|| failed("The flow has no address that can be part of another."))?,
        title: found.title,
        text: found.text,
        base: found.base,
        range,
        flow,
    })
}

/// `flowsentry/applyExpression`: the document's address, its text, and the string it was taken from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyExpressionParams {
    text_document: TextDocumentIdentifier,
    text: String,
    base: String,
}

/// What puts an expression back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplyExpressionResult {
    /// The edit for the client to carry out; `null` where only white space changed.
    edit: Option<WorkspaceEdit>,
    /// The string afterwards, to be given back with the next change.
    base: String,
}

/// Puts an expression back, minified and escaped, if the flow still has what it was taken from.
pub fn apply_expression(state: &mut State, params: &ApplyExpressionParams) -> Result<ApplyExpressionResult> {
    let address = ExpressionUri::parse(&params.text_document.uri)
        .ok_or_else(|| failed("This is not the address of an expression."))?;
    let applied = state.with_flow(&address.flow, |state, file| {
        let change = expression::replace(state.project(), file, &address.place, &params.base, &params.text)?;
        let edit = change.edit.and_then(|edit| {
            let mut all = Change::default();
            all.push(file, edit);
            workspace_edit(state, &all)
        });
        Ok(ApplyExpressionResult {
            edit,
            base: change.base,
        })
    });
    applied
        .ok_or_else(|| failed("The flow cannot be read any more. Nothing was written."))?
        .map_err(|Refusal(why)| failed(&why))
}

fn failed(why: &str) -> Error {
    Error {
        code: ErrorCode::ServerError(REQUEST_FAILED),
        message: why.to_owned().into(),
        data: None,
    }
}
