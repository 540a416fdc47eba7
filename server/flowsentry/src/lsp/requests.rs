//! Answers to the editor's questions, in the protocol's terms.

use edits::WorkspaceEdit as Change;
use model::FileId;
use rules::{Finding, Fix};
use syntax::Span;
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, CreateFile,
    CreateFileOptions, DocumentChangeOperation, DocumentChanges, Hover, HoverContents, HoverParams, MarkupContent,
    MarkupKind, OneOf, OptionalVersionedTextDocumentIdentifier, Position, Range, ResourceOp, TextDocumentEdit,
    TextEdit, WorkspaceEdit,
};

use super::convert;
use super::diagnostics;
use super::server::FIX_ALL;
use super::state::State;

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
            value: hover.markdown,
        }),
        range: Some(convert::range(state.project(), file, hover.span, state.unit())),
    })
}

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
    Some(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostics::diagnostic(
            state.project(),
            finding,
            state.unit(),
            &uri_of,
        )]),
        edit: Some(workspace_edit(state, &fix.edit)?),
        is_preferred: preferred.then_some(true),
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
        let spans = || {
            fix.edit
                .files
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
            all.extend(fix.edit.clone());
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

/// A change in the protocol's terms; `None` where this client cannot carry it out whole.
fn workspace_edit(state: &State, change: &Change) -> Option<WorkspaceEdit> {
    let clients = state.client();
    // The editor decides how it stores a file; a change of encoding is for the command line.
    if change.is_empty() || !change.convert_to_utf8.is_empty() || !change.new_files.is_empty() && !clients.creates_files
    {
        return None;
    }
    let edits_of = |file: &edits::FileEdit| -> Vec<TextEdit> {
        let edit = |edit: &syntax::TextEdit| TextEdit {
            range: convert::range(state.project(), file.file, edit.span, state.unit()),
            new_text: edit.new_text.clone(),
        };
        file.edits.iter().map(edit).collect()
    };
    if !clients.document_changes {
        let changes = change
            .files
            .iter()
            .map(|file| Some((state.uri(file.file)?, edits_of(file))))
            .collect::<Option<_>>()?;
        return Some(WorkspaceEdit {
            changes: Some(changes),
            ..WorkspaceEdit::default()
        });
    }
    let mut operations = Vec::new();
    for new in &change.new_files {
        let uri = convert::uri_of(&new.path)?;
        let options = CreateFileOptions {
            overwrite: Some(false),
            ignore_if_exists: Some(true),
        };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Create(CreateFile {
            uri: uri.clone(),
            options: Some(options),
            annotation_id: None,
        })));
        let text = if new.bom {
            format!("\u{feff}{}", new.text)
        } else {
            new.text.clone()
        };
        let start = Range {
            start: Position::default(),
            end: Position::default(),
        };
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
            edits: vec![OneOf::Left(TextEdit {
                range: start,
                new_text: text,
            })],
        }));
    }
    for file in &change.files {
        operations.push(DocumentChangeOperation::Edit(TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier {
                uri: state.uri(file.file)?,
                version: state.version(file.file),
            },
            edits: edits_of(file).into_iter().map(OneOf::Left).collect(),
        }));
    }
    Some(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        ..WorkspaceEdit::default()
    })
}
