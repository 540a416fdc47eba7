//! The outline of a file, and the names that can be searched for in the whole workspace.

mod flow;
mod solution;
mod workspace;

use model::FileId;
use rules::Project;
use syntax::Span;

pub use self::workspace::{FlowNames, FoundSymbol, NameList, workspace_symbols};
use crate::target::open_flow;

/// An entry of a file's outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The name to show.
    pub name: String,
    /// What it is, in a few words; may be empty.
    pub detail: String,
    /// What kind of thing it is.
    pub kind: SymbolKind,
    /// All of it. What is inside it lies in this span.
    pub span: Span,
    /// Its name, inside `span`.
    pub name_span: Span,
    /// What is inside it, in the order of the file.
    pub children: Vec<Symbol>,
}

/// Kinds of things in outlines and searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A solution.
    Solution,
    /// A flow.
    Flow,
    /// A trigger.
    Trigger,
    /// An action that contains none.
    Action,
    /// An action that contains others.
    Container,
    /// One of the ways through an action, such as a case.
    Branch,
    /// A variable of a flow.
    Variable,
    /// A parameter of a flow.
    Parameter,
    /// An entry of a flow's `connectionReferences`.
    ConnectionKey,
    /// A connection reference.
    ConnectionReference,
    /// An environment variable.
    EnvironmentVariable,
    /// A component that a manifest lists.
    Component,
    /// A heading over other entries.
    Group,
}

impl Symbol {
    fn new(kind: SymbolKind, name: impl Into<String>, detail: impl Into<String>, span: Span, name_span: Span) -> Self {
        let name: String = name.into();
        // The protocol demands that the name lies inside, and that names are not empty.
        let name_span = Span::new(
            name_span.start.clamp(span.start, span.end),
            name_span.end.clamp(span.start, span.end),
        );
        Self {
            name: if name.trim().is_empty() {
                "(no name)".to_owned()
            } else {
                name
            },
            detail: detail.into(),
            kind,
            span,
            name_span,
            children: Vec::new(),
        }
    }
}

/// The outline of an open file; empty for files that are not open or have nothing to tell.
#[must_use]
pub fn document_symbols(project: &Project, file: FileId) -> Vec<Symbol> {
    match open_flow(project, file) {
        Some(open) => flow::outline(project, file, &open),
        None => solution::outline(project, file),
    }
}
