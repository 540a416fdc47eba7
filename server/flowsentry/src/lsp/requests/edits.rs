//! Changes of the workspace in the protocol's terms.

use edits::WorkspaceEdit as Change;
use tower_lsp::ls_types::{
    CreateFile, CreateFileOptions, DeleteFile, DeleteFileOptions, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Position, Range, ResourceOp, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use crate::lsp::convert;
use crate::lsp::state::State;

/// A change in the protocol's terms; `None` where this client cannot carry it out whole.
pub fn workspace_edit(state: &State, change: &Change) -> Option<WorkspaceEdit> {
    let clients = state.client();
    // The editor decides how it stores a file; a change of encoding is for the command line.
    let cannot = !change.convert_to_utf8.is_empty()
        || !change.new_files.is_empty() && !clients.creates_files
        || !(change.gone.is_empty() || clients.deletes_files && clients.document_changes);
    if change.is_empty() || cannot {
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
    for file in &change.gone {
        let options = DeleteFileOptions {
            recursive: Some(false),
            ignore_if_not_exists: Some(true),
        };
        operations.push(DocumentChangeOperation::Op(ResourceOp::Delete(DeleteFile {
            uri: state.uri(*file)?,
            options: Some(options),
            annotation_id: None,
        })));
    }
    Some(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        ..WorkspaceEdit::default()
    })
}
