//! Renaming, and what can be renamed.

use model::FileId;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{PrepareRenameResponse, RenameParams, TextDocumentPositionParams, WorkspaceEdit};

use super::edits::workspace_edit;
use crate::files::DiskFiles;
use crate::lsp::convert;
use crate::lsp::state::State;

/// The name under the cursor, or why it stays as it is.
pub fn prepare_rename(state: &mut State, params: &TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
    let Some((file, offset)) = state.place(params) else {
        return Ok(None);
    };
    let found = ide::prepare_rename(state.project_mut(), &DiskFiles::default(), file, offset).map_err(refused)?;
    Ok(found.map(|name| PrepareRenameResponse::RangeWithPlaceholder {
        range: convert::range(state.project(), file, name.span, state.unit()),
        placeholder: name.name,
    }))
}

/// The files that are read for the change.
pub fn files_for_rename(state: &mut State, params: &RenameParams) -> Vec<FileId> {
    let place = state.place(&params.text_document_position);
    place.map_or_else(Vec::new, |(file, offset)| {
        ide::files_read_to_rename(state.project(), file, offset)
    })
}

/// The change of all files that name what is under the cursor.
pub fn rename(state: &mut State, params: &RenameParams) -> Result<Option<WorkspaceEdit>> {
    let Some((file, offset)) = state.place(&params.text_document_position) else {
        return Ok(None);
    };
    let edit = ide::rename(
        state.project_mut(),
        &DiskFiles::default(),
        file,
        offset,
        &params.new_name,
    );
    Ok(edit.map_err(refused)?.and_then(|edit| workspace_edit(state, &edit)))
}

/// A reason as the protocol's `RequestFailed`, whose message editors show as it is.
fn refused(refusal: ide::Refusal) -> Error {
    Error {
        code: ErrorCode::ServerError(-32803),
        message: refusal.0.into(),
        data: None,
    }
}
