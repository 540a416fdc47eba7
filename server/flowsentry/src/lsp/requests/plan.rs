//! A first identity plan, offered where none is: as an action at findings about accounts, and for a command of the editor.

use edits::WorkspaceEdit as Change;
use edits::plan::draft;
use model::FileId;
use model::files::{CONFIGURATION_FILE, is_below, join};
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{TextDocumentIdentifier, Uri, WorkspaceEdit};

use super::edits::workspace_edit;
use crate::lsp::convert;
use crate::lsp::state::State;

/// The protocol's code for a request that was understood and could not be carried out.
const REQUEST_FAILED: i64 = -32803;

/// What the action is called.
pub const TITLE: &str = "Create an identity plan (flowsentry.jsonc) from what the files tell";

/// `flowsentry/identityPlan`: for the folder of a document, or the first one.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityPlanParams {
    text_document: Option<TextDocumentIdentifier>,
}

/// The plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityPlanResult {
    /// Where it is to stand.
    uri: Uri,
    /// The edit that creates it.
    edit: WorkspaceEdit,
}

/// The edit that creates a plan for the folder of a path; `None` where a configuration counts there already, or no
/// solution lies there.
pub fn change(state: &State, path: Option<&str>) -> Option<(String, Change)> {
    let workspace = state.project().workspace();
    let folder = state.folder_of(path)?;
    let target = join(folder, CONFIGURATION_FILE);
    let is_planned = path.is_some_and(|path| workspace.configuration_of(path).is_some());
    if is_planned || workspace.id(&target).is_some() {
        return None;
    }
    let relative = |path: String| match path.get(folder.len()..) {
        Some(rest) if is_below(&path, folder) => rest.trim_start_matches('/').to_owned(),
        _ => path,
    };
    let mut inventories: Vec<String> = workspace.inventory_paths().map(relative).collect();
    inventories.sort();
    inventories.dedup();
    let plan = draft(workspace, folder, &inventories)?;
    let mut change = Change::default();
    change.new_files.push(edits::NewFile {
        path: target.clone(),
        text: plan.text,
        bom: false,
    });
    Some((target, change))
}

/// The same for a file.
pub fn change_for(state: &State, file: FileId) -> Option<Change> {
    let path = &*state.project().workspace().get(file)?.path;
    change(state, Some(path)).map(|(_, change)| change)
}

/// Answers the command.
pub fn identity_plan(state: &mut State, params: &IdentityPlanParams) -> Result<IdentityPlanResult> {
    let path = params
        .text_document
        .as_ref()
        .filter(|document| convert::is_file(&document.uri));
    let path = path.map(|document| convert::path_of(&document.uri));
    let found = change(state, path.as_deref()).ok_or_else(|| {
        failed("There is nothing to create: a flowsentry.jsonc counts here already, or the folder holds no unpacked solution.")
    })?;
    let answer = convert::uri_of(&found.0).zip(workspace_edit(state, &found.1));
    let (uri, edit) =
        answer.ok_or_else(|| failed("This editor creates no files for a server; run `flowsentry init`."))?;
    Ok(IdentityPlanResult { uri, edit })
}

fn failed(message: &'static str) -> Error {
    Error {
        code: ErrorCode::ServerError(REQUEST_FAILED),
        message: message.into(),
        data: None,
    }
}
