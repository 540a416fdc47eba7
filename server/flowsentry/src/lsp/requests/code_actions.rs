//! Quick fixes, all safe fixes of a file at once, and refactorings.

use edits::{Refusal, WorkspaceEdit as Change};
use ide::refactor::Kind;
use model::FileId;
use rules::{Category, Finding, Fix};
use syntax::Span;
use tower_lsp::ls_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, Command,
};

use super::edits::workspace_edit;
use super::plan;
use crate::lsp::convert;
use crate::lsp::diagnostics;
use crate::lsp::server::{CREATE_PLAN, FIX_ALL};
use crate::lsp::state::State;

/// Fixes for what touches a range. They are worked out from the range: some clients send their diagnostics back
/// incomplete, and some not at all.
pub fn code_actions(state: &State, params: &CodeActionParams) -> Option<CodeActionResponse> {
    let file = state.file(&params.text_document.uri)?;
    let project = state.project();
    let wanted = convert::span(project, file, params.range, state.unit());
    let only = params.context.only.as_deref();
    let asks = |kind: &str| only.is_none_or(|only| only.iter().any(|asked| is_kind(kind, asked.as_str())));
    let mut actions = Vec::new();
    if asks("quickfix") {
        for finding in project.findings(file) {
            if finding.span.start <= wanted.end && wanted.start <= finding.span.end {
                let first_safe = finding.fixes.iter().position(|fix| fix.safe);
                for (at, fix) in finding.fixes.iter().enumerate() {
                    let preferred = first_safe == Some(at) || finding.fixes.len() == 1;
                    actions.extend(quick_fix(state, finding, fix, preferred).map(CodeActionOrCommand::CodeAction));
                }
            }
        }
    }
    actions.extend(create_plan(state, file, wanted, only, asks).map(CodeActionOrCommand::CodeAction));
    if asks("refactor.extract") || asks("refactor.inline") || asks("refactor.rewrite") {
        for refactoring in ide::refactor::refactorings(project, file, wanted) {
            let kind = match refactoring.kind {
                Kind::Extract => CodeActionKind::REFACTOR_EXTRACT,
                Kind::Inline => CodeActionKind::REFACTOR_INLINE,
                Kind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
            };
            if asks(kind.as_str()) {
                let edit = refactoring.edit.as_ref().map_err(Clone::clone);
                let action = action(state, refactoring.title, kind, edit);
                actions.extend(action.map(CodeActionOrCommand::CodeAction));
            }
        }
    }
    // Editors run it on save or by name; in the list of fixes of one place it would be noise.
    if only.is_some() && asks(FIX_ALL) {
        actions.extend(fix_all(state, file).map(CodeActionOrCommand::CodeAction));
    }
    Some(actions)
}

/// Whether `kind` is `asked` or one of its kinds.
fn is_kind(kind: &str, asked: &str) -> bool {
    kind == asked || asked.is_empty() || kind.strip_prefix(asked).is_some_and(|rest| rest.starts_with('.'))
}

fn quick_fix(state: &State, finding: &Finding, fix: &Fix, preferred: bool) -> Option<CodeAction> {
    let uri_of = |file: FileId| state.uri(file);
    let edit = state.project().edit_of(fix);
    let edit = edit.as_deref().map_err(Clone::clone);
    let action = action(state, fix.title.clone(), CodeActionKind::QUICKFIX, edit)?;
    let diagnostic = diagnostics::diagnostic(state.project(), finding, state.unit(), &uri_of);
    Some(CodeAction {
        diagnostics: Some(vec![diagnostic]),
        is_preferred: (preferred && action.disabled.is_none()).then_some(true),
        ..action
    })
}

/// An action that makes a change, or says why it cannot; `None` where this client can do neither.
fn action(state: &State, title: String, kind: CodeActionKind, edit: Result<&Change, Refusal>) -> Option<CodeAction> {
    let (edit, disabled) = match edit {
        Ok(edit) => (Some(workspace_edit(state, edit)?), None),
        Err(Refusal(reason)) if state.client().shows_disabled => (None, Some(CodeActionDisabled { reason })),
        Err(_) => return None,
    };
    Some(CodeAction {
        title,
        kind: Some(kind),
        edit,
        disabled,
        ..CodeAction::default()
    })
}

/// A first identity plan, where none counts: at findings about accounts, and wherever it is asked for by its kind.
fn create_plan(
    state: &State,
    file: FileId,
    wanted: Span,
    only: Option<&[CodeActionKind]>,
    asks: impl Fn(&str) -> bool,
) -> Option<CodeAction> {
    let project = state.project();
    let about_accounts = |finding: &&Finding| {
        let here = finding.span.start <= wanted.end && wanted.start <= finding.span.end;
        here && rules::rule(finding.rule).is_some_and(|rule| rule.category == Category::Identity)
    };
    let finding = project.findings(file).into_iter().find(about_accounts);
    let kind = match finding {
        Some(_) if asks("quickfix") => CodeActionKind::QUICKFIX,
        _ if only.is_some() && asks(CREATE_PLAN) => CodeActionKind::new(CREATE_PLAN),
        _ => return None,
    };
    let change = plan::change_for(state, file)?;
    // Such a client gets inventories that nobody named besides, which are not looked for at every move of the cursor.
    let asks_itself = state.client().creates_plans;
    let uri_of = |file: FileId| state.uri(file);
    let shown = |finding| vec![diagnostics::diagnostic(project, finding, state.unit(), &uri_of)];
    Some(CodeAction {
        title: plan::TITLE.to_owned(),
        diagnostics: finding.filter(|_| kind == CodeActionKind::QUICKFIX).map(shown),
        kind: Some(kind),
        edit: (!asks_itself).then_some(workspace_edit(state, &change)?),
        command: asks_itself.then(|| Command::new(plan::TITLE.to_owned(), plan::COMMAND.to_owned(), None)),
        ..CodeAction::default()
    })
}

/// Every safe fix of a file in one edit; of fixes that overlap, the first.
fn fix_all(state: &State, file: FileId) -> Option<CodeAction> {
    let mut all = Change::default();
    let mut taken: Vec<(FileId, Span)> = Vec::new();
    for finding in state.project().findings(file) {
        let Some(fix) = finding.fixes.iter().find(|fix| fix.safe) else {
            continue;
        };
        let Ok(edit) = state.project().edit_of(fix) else {
            continue;
        };
        let spans = || {
            edit.files
                .iter()
                .flat_map(|f| f.edits.iter().map(move |edit| (f.file, edit.span)))
        };
        let clash = spans().any(|(file, span)| {
            taken
                .iter()
                .any(|(f, s)| *f == file && s.start <= span.end && span.start <= s.end)
        });
        if !clash {
            taken.extend(spans());
            all.extend(edit.into_owned());
        }
    }
    if all.is_empty() {
        return None;
    }
    Some(CodeAction {
        title: "Apply all safe fixes of Flow Sentry".to_owned(),
        kind: Some(CodeActionKind::new(FIX_ALL)),
        edit: Some(workspace_edit(state, &all)?),
        ..CodeAction::default()
    })
}
