//! Documents that hold one expression of a flow: what is asked about them is asked of the flow with their text in it.
//!
//! So every answer about a flow is one about its expressions too, and knows the steps and variables around them. The
//! flow is covered with the text for the time of one question, and places are carried over both ways.

mod translate;
pub mod uri;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ide::expression::Overlay;
use ide::target::open_flow;
use model::FileId;
use rules::Finding;
use rustc_hash::FxHashMap;
use syntax::{ColumnUnit, Document, Span, TextEdit};
use tower_lsp::ls_types::{
    self, Diagnostic, DidChangeTextDocumentParams, DidOpenTextDocumentParams, Position, PublishDiagnosticsParams,
    Range, Uri,
};

pub use self::translate::{Answer, Question, asked};
use self::uri::ExpressionUri;
use super::convert;
use super::diagnostics;
use super::state::State;
use crate::files::DiskFiles;

/// A document that the editor holds open.
#[derive(Clone, Debug)]
struct ExpressionDocument {
    uri: Uri,
    version: i32,
    document: Document,
    /// `None` where the address cannot be read.
    address: Option<ExpressionUri>,
    /// Whether its findings are to be published.
    due: bool,
}

/// The open documents, by their addresses as the editor writes them.
#[derive(Debug, Default)]
pub struct Expressions {
    documents: FxHashMap<String, ExpressionDocument>,
}

/// A document whose text covers its flow, for the time of one question.
pub struct Side {
    /// The flow.
    pub file: FileId,
    /// The flow's address.
    pub flow: Uri,
    /// The document's address.
    pub document_uri: Uri,
    document: Document,
    overlay: Overlay,
    /// Where the string ends in the flow, and where it ends with the text in it.
    ends: [Position; 2],
    unit: ColumnUnit,
}

impl Expressions {
    /// A document was opened.
    pub fn open(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let key = document.uri.as_str().to_owned();
        let open = ExpressionDocument {
            version: document.version,
            document: Document::new(document.text),
            address: ExpressionUri::parse(&document.uri),
            uri: document.uri,
            due: true,
        };
        self.documents.insert(key, open);
    }

    /// A document was edited.
    pub fn change(&mut self, params: DidChangeTextDocumentParams, unit: ColumnUnit) {
        let Some(open) = self.documents.get_mut(params.text_document.uri.as_str()) else {
            return;
        };
        open.version = params.text_document.version;
        open.due = true;
        for change in params.content_changes {
            let document = &mut open.document;
            let span = match change.range {
                Some(range) => {
                    let start = document.offset(convert::position(range.start), unit);
                    let end = document.offset(convert::position(range.end), unit);
                    Span::new(start.min(end), start.max(end))
                }
                None => Span::new(0, u32::try_from(document.text().len()).unwrap_or(u32::MAX)),
            };
            document.replace(span, &change.text);
        }
    }

    /// A document was closed. Says whether there was one.
    pub fn close(&mut self, uri: &Uri) -> bool {
        self.documents.remove(uri.as_str()).is_some()
    }

    /// Something in the workspace changed that findings may depend on.
    pub fn mark_all(&mut self) {
        for document in self.documents.values_mut() {
            document.due = true;
        }
    }

    /// The version of a document.
    pub fn version(&self, uri: &Uri) -> Option<i32> {
        Some(self.documents.get(uri.as_str())?.version)
    }

    /// The text of a document.
    pub fn text(&self, uri: &Uri) -> Option<&str> {
        Some(self.documents.get(uri.as_str())?.document.text())
    }

    /// The edit that lays the text of a document out: `None` inside where it is so already.
    pub fn format(&self, uri: &Uri, unit: ColumnUnit) -> Option<Option<ls_types::TextEdit>> {
        let document = &self.documents.get(uri.as_str())?.document;
        let (text, new_text) = (document.text(), ide::expression::laid_out(document.text()));
        if text == new_text {
            return Some(None);
        }
        let end = document.position(u32::try_from(text.len()).unwrap_or(u32::MAX), unit);
        let end = Position {
            line: end.line,
            character: end.column,
        };
        let start = Position::default();
        Some(Some(ls_types::TextEdit {
            range: Range { start, end },
            new_text,
        }))
    }

    /// The documents whose findings are to be published.
    fn take_due(&mut self) -> Vec<(Uri, i32)> {
        let due = self.documents.values_mut().filter(|document| document.due);
        due.map(|document| {
            document.due = false;
            (document.uri.clone(), document.version)
        })
        .collect()
    }
}

impl State {
    /// Asks something about a flow while the flow is open, if only for that.
    pub fn with_flow<T>(&mut self, flow: &Uri, ask: impl FnOnce(&mut Self, FileId) -> T) -> Option<T> {
        let file = self.file(flow)?;
        let borrowed = self.project_mut().borrow(&DiskFiles::default(), file)?;
        let answer = catch_unwind(AssertUnwindSafe(|| ask(self, file)));
        self.project_mut().give_back(borrowed);
        Some(answer.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    /// Asks something about the flow of an expression with the document's text in it. `None` where the document is not
    /// open or its flow has no such expression any more.
    pub fn with_expression<T>(&mut self, uri: &Uri, ask: impl FnOnce(&mut Self, &Side) -> T) -> Option<T> {
        let open = self.expressions().documents.get(uri.as_str())?;
        let ExpressionUri { flow, place } = open.address.clone()?;
        let document = open.document.clone();
        self.with_flow(&flow, |state, file| {
            let unit = state.unit();
            let overlay = Overlay::new(state.project(), file, &place, document.text()).ok()?;
            let edit = TextEdit::new(overlay.span, overlay.string.clone());
            let end = convert::range(state.project(), file, overlay.span, unit).end;
            let covered = state.project_mut().cover(file, &edit)?;
            let covered_end = overlay.span.start + u32::try_from(overlay.string.len()).unwrap_or(0);
            let covered_end = convert::range(state.project(), file, Span::at(covered_end), unit).end;
            let side = Side {
                file,
                flow: state.uri(file).unwrap_or_else(|| flow.clone()),
                document_uri: uri.clone(),
                document,
                overlay,
                ends: [end, covered_end],
                unit,
            };
            let answer = catch_unwind(AssertUnwindSafe(|| ask(state, &side)));
            state.project_mut().uncover(covered);
            Some(answer.unwrap_or_else(|panic| resume_unwind(panic)))
        })?
    }

    /// Publishes the findings of expressions whose text, or whose surroundings, changed.
    pub fn publish_expressions(&mut self) {
        for (uri, version) in self.expressions_mut().take_due() {
            let diagnostics = self
                .with_expression(&uri, |state, side| side.diagnostics(state))
                .unwrap_or_default();
            self.outbox().publish(PublishDiagnosticsParams {
                uri,
                diagnostics,
                version: Some(version),
            });
        }
    }
}

impl Side {
    /// Where a position of the document stands in the covered flow.
    pub fn to_flow(&self, state: &State, position: Position) -> Option<Position> {
        let flow = open_flow(state.project(), self.file)?;
        let offset = self.document.offset(convert::position(position), self.unit);
        let offset = self.overlay.to_flow(&flow, offset)?;
        Some(convert::range(state.project(), self.file, Span::at(offset), self.unit).start)
    }

    /// Where a range of the covered flow stands in the document; `None` for what lies outside.
    pub fn to_text(&self, state: &State, range: Range) -> Option<Range> {
        self.span_to_text(state, convert::span(state.project(), self.file, range, self.unit))
    }

    /// A place of the covered flow for the editor: in the document, where it lies in the expression, else in the flow as
    /// it is, where only what follows on the same line stands elsewhere.
    pub fn location(&self, state: &State, range: Range) -> (Uri, Range) {
        if let Some(range) = self.to_text(state, range) {
            return (self.document_uri.clone(), range);
        }
        let [end, covered] = self.ends;
        let at = |mut position: Position| {
            if position.line == covered.line && position.character >= covered.character {
                position.character = end.character + (position.character - covered.character);
            }
            position
        };
        let range = Range {
            start: at(range.start),
            end: at(range.end),
        };
        (self.flow.clone(), range)
    }

    fn span_to_text(&self, state: &State, span: Span) -> Option<Range> {
        let flow = open_flow(state.project(), self.file)?;
        let span = self.overlay.to_text(&flow, span)?;
        let at = |offset| {
            let position = self.document.position(offset, self.unit);
            Position {
                line: position.line,
                character: position.column,
            }
        };
        Some(Range {
            start: at(span.start),
            end: at(span.end),
        })
    }

    /// The flow's findings that lie in the expression.
    fn diagnostics(&self, state: &State) -> Vec<Diagnostic> {
        let uri_of = |file: FileId| state.uri(file);
        let findings = state.project().findings(self.file);
        let inside = findings.into_iter().filter(|finding| !self.is_of_layout(finding));
        inside
            .filter_map(|finding| {
                let range = self.span_to_text(state, finding.span)?;
                let mut diagnostic = diagnostics::diagnostic(state.project(), finding, self.unit, &uri_of);
                for related in diagnostic.related_information.iter_mut().flatten() {
                    let location = &mut related.location;
                    if location.uri == self.flow {
                        (location.uri, location.range) = self.location(state, location.range);
                    }
                }
                Some(Diagnostic { range, ..diagnostic })
            })
            .collect()
    }

    /// Whether a finding is about a length that the expression will not have when it is put back on one line.
    fn is_of_layout(&self, finding: &Finding) -> bool {
        finding.subject == expr::ErrorCode::LimitExceeded.name()
            && expr::minify(self.document.text(), ",").chars().count() <= expr::MAX_EXPRESSION_CHARS
    }
}
