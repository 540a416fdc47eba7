//! A first identity plan, offered where none is: as an action at findings about accounts, and for a command of the editor.

use std::slice;

use edits::WorkspaceEdit as Change;
use edits::plan::draft;
use model::files::{CONFIGURATION_FILE, is_below, join};
use model::{FileId, Workspace};
use rules::Project;
use serde::{Deserialize, Serialize};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{TextDocumentIdentifier, Uri, WorkspaceEdit};

use super::edits::workspace_edit;
use crate::files::DiskFiles;
use crate::inventories::inventories_in;
use crate::lsp::convert;
use crate::lsp::state::State;

/// The protocol's code for a request that was understood and could not be carried out.
const REQUEST_FAILED: i64 = -32803;

/// The command of an editor that asks for a plan by itself, with the inventories that lie about.
pub const COMMAND: &str = "flowsentry.createIdentityPlan";

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

/// A plan to be drafted: where it is to stand, and the workspace to draft it from.
pub struct PlanErrand {
    folder: String,
    target: String,
    project: Project,
}

impl PlanErrand {
    /// Reads the folder and every inventory in it, named or not, and drafts the plan. Takes as long as reading does.
    pub fn run(mut self) -> Option<(String, Change)> {
        let mut inventories: Vec<String> = self.project.workspace().inventory_paths().collect();
        inventories.extend(inventories_in(&self.folder));
        inventories.sort();
        inventories.dedup();
        self.project.name_inventories(inventories);
        self.project
            .load(&DiskFiles::default(), slice::from_ref(&self.folder), &|_| {});
        let change = draft_into(self.project.workspace(), &self.folder, &self.target)?;
        Some((self.target, change))
    }
}

/// The folder that a plan for a path is for, and where it would stand; `None` where a configuration counts there already.
fn missing(state: &State, path: Option<&str>) -> Option<(String, String)> {
    let workspace = state.project().workspace();
    let folder = state.folder_of(path)?;
    let target = join(folder, CONFIGURATION_FILE);
    let is_planned = path.is_some_and(|path| workspace.configuration_of(path).is_some());
    (!is_planned && workspace.id(&target).is_none()).then(|| (folder.to_owned(), target))
}

/// The edit that creates a plan; `None` where no solution lies in the folder.
fn draft_into(workspace: &Workspace, folder: &str, target: &str) -> Option<Change> {
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
        path: target.to_owned(),
        text: plan.text,
        bom: false,
    });
    Some(change)
}

/// The edit that creates a plan for the folder of a file, from what the workspace has read.
pub fn change_for(state: &State, file: FileId) -> Option<Change> {
    let path = &*state.project().workspace().get(file)?.path;
    let (folder, target) = missing(state, Some(path))?;
    draft_into(state.project().workspace(), &folder, &target)
}

/// Takes up the command: what is to be read for it.
pub fn identity_plan_errand(state: &State, params: &IdentityPlanParams) -> Result<PlanErrand> {
    let path = params
        .text_document
        .as_ref()
        .filter(|document| convert::is_file(&document.uri));
    let path = path.map(|document| convert::path_of(&document.uri));
    let (folder, target) = missing(state, path.as_deref()).ok_or_else(nothing_to_create)?;
    Ok(PlanErrand {
        folder,
        target,
        project: state.empty_project(),
    })
}

/// Answers the command with what was drafted.
pub fn identity_plan(state: &State, drafted: Option<(String, Change)>) -> Result<IdentityPlanResult> {
    let (target, change) = drafted.ok_or_else(nothing_to_create)?;
    let answer = convert::uri_of(&target).zip(workspace_edit(state, &change));
    let (uri, edit) =
        answer.ok_or_else(|| failed("This editor creates no files for a server; run `flowsentry init`."))?;
    Ok(IdentityPlanResult { uri, edit })
}

fn nothing_to_create() -> Error {
    failed(
        "There is nothing to create: a flowsentry.jsonc counts here already, or the folder holds no unpacked solution.",
    )
}

fn failed(message: &'static str) -> Error {
    Error {
        code: ErrorCode::ServerError(REQUEST_FAILED),
        message: message.into(),
        data: None,
    }
}
