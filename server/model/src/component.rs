//! Components that several files of a solution name, and the places where a file does.

use syntax::Span;

use crate::guid::Guid;

/// A component, by what files call it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Component {
    /// A connection reference, by logical name.
    ConnectionReference(String),
    /// An environment variable, by schema name.
    EnvironmentVariable(String),
    /// A cloud flow or another process, by id.
    Flow(Guid),
}

/// A place where a file names a component.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mention {
    /// What is named.
    pub component: Component,
    /// The name: inside its quotes or tags.
    pub span: Span,
}
