//! Questions and answers carried between a document with an expression and its flow.
//!
//! A request joins by implementing [`Question`] for its parameters and [`Answer`] for its result; `server.rs` then asks it
//! through `ask_anywhere`.

use tower_lsp::ls_types::{
    CodeAction, CodeActionOrCommand, CodeActionParams, CompletionParams, DocumentChangeOperation, DocumentChanges,
    DocumentHighlight, DocumentHighlightParams, GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverParams,
    Location, OneOf, Position, Range, ReferenceParams, SelectionRange, SelectionRangeParams, SignatureHelp,
    SignatureHelpParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};

use super::Side;
use super::uri::is_expression;
use crate::lsp::state::State;

/// A question about a document.
pub trait Question: Sized {
    /// The document.
    fn document(&self) -> &Uri;
    /// The same question about the flow; `None` where it has no meaning there.
    fn to_flow(&self, side: &Side, state: &State) -> Option<Self>;
}

/// An answer about a flow.
pub trait Answer: Sized {
    /// The same answer about the document; `None` where nothing of it concerns the document.
    fn to_text(self, side: &Side, state: &State) -> Option<Self>;
}

/// Answers a question: about a document with an expression as one about its flow.
pub fn asked<Q: Question, A: Answer>(
    state: &mut State,
    question: &Q,
    answer: impl FnOnce(&mut State, &Q) -> Option<A>,
) -> Option<A> {
    if !is_expression(question.document()) {
        return answer(state, question);
    }
    let uri = question.document().clone();
    state.with_expression(&uri, |state, side| {
        let question = question.to_flow(side, state)?;
        answer(state, &question)?.to_text(side, state)
    })?
}

/// A position in a document as one in the flow.
fn placed(at: &TextDocumentPositionParams, side: &Side, state: &State) -> Option<TextDocumentPositionParams> {
    let mut placed = at.clone();
    placed.position = side.to_flow(state, at.position)?;
    placed.text_document.uri = side.flow.clone();
    Some(placed)
}

/// Questions that hold a document and a position, as protocol types spell them.
macro_rules! placed_question {
    ($($params:ty: $field:ident),* $(,)?) => {
        $(impl Question for $params {
            fn document(&self) -> &Uri {
                &self.$field.text_document.uri
            }

            fn to_flow(&self, side: &Side, state: &State) -> Option<Self> {
                let mut question = self.clone();
                question.$field = placed(&self.$field, side, state)?;
                Some(question)
            }
        })*
    };
}

placed_question! {
    HoverParams: text_document_position_params,
    GotoDefinitionParams: text_document_position_params,
    DocumentHighlightParams: text_document_position_params,
    ReferenceParams: text_document_position,
    CompletionParams: text_document_position,
    SignatureHelpParams: text_document_position_params,
}

impl Question for SelectionRangeParams {
    fn document(&self) -> &Uri {
        &self.text_document.uri
    }

    fn to_flow(&self, side: &Side, state: &State) -> Option<Self> {
        let mut question = self.clone();
        question.text_document.uri = side.flow.clone();
        let position = |at: &Position| side.to_flow(state, *at);
        question.positions = self.positions.iter().map(position).collect::<Option<_>>()?;
        Some(question)
    }
}

impl Question for CodeActionParams {
    fn document(&self) -> &Uri {
        &self.text_document.uri
    }

    fn to_flow(&self, side: &Side, state: &State) -> Option<Self> {
        let mut question = self.clone();
        question.text_document.uri = side.flow.clone();
        question.range = Range {
            start: side.to_flow(state, self.range.start)?,
            end: side.to_flow(state, self.range.end)?,
        };
        // What the editor shows is not looked at: fixes are worked out from the range.
        question.context.diagnostics.clear();
        Some(question)
    }
}

impl Answer for Hover {
    fn to_text(mut self, side: &Side, state: &State) -> Option<Self> {
        self.range = self.range.and_then(|range| side.to_text(state, range));
        Some(self)
    }
}

impl Answer for SignatureHelp {
    fn to_text(self, _: &Side, _: &State) -> Option<Self> {
        // It names no place.
        Some(self)
    }
}

impl Answer for GotoDefinitionResponse {
    fn to_text(mut self, side: &Side, state: &State) -> Option<Self> {
        match &mut self {
            Self::Scalar(location) => place(location, side, state),
            Self::Array(locations) => locations.iter_mut().for_each(|location| place(location, side, state)),
            Self::Link(links) => {
                for link in links {
                    link.origin_selection_range =
                        link.origin_selection_range.and_then(|range| side.to_text(state, range));
                    if link.target_uri == side.flow {
                        // What is defined lies outside expressions.
                        link.target_range = side.location(state, link.target_range).1;
                        link.target_selection_range = side.location(state, link.target_selection_range).1;
                    }
                }
            }
        }
        Some(self)
    }
}

fn place(location: &mut Location, side: &Side, state: &State) {
    if location.uri == side.flow {
        (location.uri, location.range) = side.location(state, location.range);
    }
}

impl Answer for Vec<DocumentHighlight> {
    fn to_text(mut self, side: &Side, state: &State) -> Option<Self> {
        self.retain_mut(|highlight| match side.to_text(state, highlight.range) {
            Some(range) => {
                highlight.range = range;
                true
            }
            None => false,
        });
        Some(self)
    }
}

impl Answer for Vec<Location> {
    fn to_text(mut self, side: &Side, state: &State) -> Option<Self> {
        self.iter_mut().for_each(|location| place(location, side, state));
        Some(self)
    }
}

impl Answer for Vec<SelectionRange> {
    fn to_text(self, side: &Side, state: &State) -> Option<Self> {
        let inside = |mut step: SelectionRange| {
            let mut ranges = Vec::new();
            loop {
                // Steps around the expression are all the whole document.
                let range = side
                    .to_text(state, step.range)
                    .filter(|range| ranges.last() != Some(range));
                ranges.extend(range);
                match step.parent {
                    Some(parent) => step = *parent,
                    None => break,
                }
            }
            let chain = ranges
                .into_iter()
                .rev()
                .fold(None, |parent: Option<SelectionRange>, range| {
                    Some(SelectionRange {
                        range,
                        parent: parent.map(Box::new),
                    })
                });
            chain.unwrap_or_default()
        };
        Some(self.into_iter().map(inside).collect())
    }
}

impl Answer for Vec<CodeActionOrCommand> {
    /// Fixes inside the expression become fixes of the document; those that change the flow around it are left to the
    /// flow, where people see what happens.
    fn to_text(self, side: &Side, state: &State) -> Option<Self> {
        let action = |action: CodeActionOrCommand| match action {
            CodeActionOrCommand::CodeAction(action) => {
                let edit = inside(action.edit?, side, state)?;
                Some(CodeActionOrCommand::CodeAction(CodeAction {
                    edit: Some(edit),
                    diagnostics: None,
                    ..action
                }))
            }
            CodeActionOrCommand::Command(_) => None,
        };
        Some(self.into_iter().filter_map(action).collect())
    }
}

/// An edit of the flow as one of the document; `None` where it reaches beyond the expression.
fn inside(edit: WorkspaceEdit, side: &Side, state: &State) -> Option<WorkspaceEdit> {
    let one = |edit: TextEdit| {
        Some(TextEdit {
            range: side.to_text(state, edit.range)?,
            // In the flow the text stands in a JSON string.
            new_text: syntax::json::unescape(&edit.new_text),
        })
    };
    let mut edits = Vec::new();
    for (uri, changes) in edit.changes.into_iter().flatten() {
        if uri != side.flow {
            return None;
        }
        edits.extend(changes.into_iter().map(one).collect::<Option<Vec<_>>>()?);
    }
    let operations = match edit.document_changes {
        None => Vec::new(),
        Some(DocumentChanges::Edits(edits)) => edits.into_iter().map(DocumentChangeOperation::Edit).collect(),
        Some(DocumentChanges::Operations(operations)) => operations,
    };
    for operation in operations {
        let DocumentChangeOperation::Edit(edit) = operation else {
            return None;
        };
        if edit.text_document.uri != side.flow {
            return None;
        }
        for edit in edit.edits {
            edits.push(one(match edit {
                OneOf::Left(edit) => edit,
                OneOf::Right(annotated) => annotated.text_edit,
            })?);
        }
    }
    // `changes` is understood by every client.
    Some(WorkspaceEdit {
        changes: Some([(side.document_uri.clone(), edits)].into_iter().collect()),
        ..WorkspaceEdit::default()
    })
}
