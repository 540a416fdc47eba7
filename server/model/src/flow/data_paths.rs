//! What stays of the ways that data takes through a flow when its text goes: where each way begins, where it ends and the
//! steps between, in words. Only ways that other flows take part in are kept, or that data policies speak of.

use std::sync::Arc;

use syntax::{Span, TextEdit};

use crate::guid::Guid;

/// The ways of one flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DataPaths {
    /// The ways, in the order in which they were found.
    pub paths: Vec<DataPath>,
}

/// One way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataPath {
    /// Where it begins.
    pub from: Beginning,
    /// Where it ends.
    pub to: End,
    /// What it can still do at its end.
    pub dangers: Dangers,
    /// The steps from its beginning to its end.
    pub steps: Vec<PathStep>,
}

/// A step of a way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathStep {
    /// Where it stands.
    pub span: Span,
    /// What happens there, for people. Many ways share it.
    pub text: Arc<str>,
}

/// Where a way begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Beginning {
    /// With what the caller of the flow gives: a field, maybe inside of another (`a/b`), or all.
    Input(Option<Box<str>>),
    /// With what a child flow answers: a field, or all.
    Answer {
        /// The calling action, by index.
        call: u32,
        /// The child.
        child: Guid,
        /// The field.
        field: Option<Box<str>>,
    },
    /// In the flow itself.
    Source(Source),
}

/// Where data comes from, and so what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// The trigger or action that gives it, as the designer shows it.
    pub step: Arc<str>,
}

/// What data is by where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Somebody outside of the flow wrote it.
    Outside(Trust),
    /// A secret, in words.
    Secret(&'static str),
    /// A language model made it.
    Machine,
    /// A connector gave it.
    Connector(Box<str>),
}

/// Who can write what starts a flow or is read by it, the least known first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trust {
    /// Whoever knows the address.
    Anyone,
    /// The public by a service that passes it on: mails, forms, web sites.
    Public,
    /// Somebody who talks to an agent.
    Chat,
    /// Callers who signed in.
    SignedIn,
    /// Users of the organisation in an app or with a button.
    User,
}

/// Where a way ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// It is given to a child flow.
    Call {
        /// The calling action, by index.
        call: u32,
        /// The child.
        child: Guid,
        /// The input it is given as; `None` where it is all of them.
        field: Option<Box<str>>,
    },
    /// It is answered to the caller.
    Answer(Option<Box<str>>),
    /// A step uses it.
    Use(Use),
}

/// A use of data by a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Use {
    /// Path of the step.
    pub path: Arc<str>,
    /// Its name, as the designer shows it.
    pub title: Arc<str>,
    /// Where the data stands in it.
    pub span: Span,
    /// The language that it becomes part of.
    pub inject: Option<Inject>,
    /// Who sees it there.
    pub shows: Shows,
    /// The connector that is called, or what stands in its place; empty for steps that call nothing.
    pub connector: Arc<str>,
    /// The host of the address that is called, where it is written out.
    pub host: Option<Arc<str>>,
    /// Whether the step changes or sends something, with no condition and nobody who is asked before it.
    pub acts: bool,
    /// What makes the data harmless where it stands.
    pub mend: Vec<TextEdit>,
}

/// A language whose text data becomes part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Inject {
    /// An OData filter.
    Filter,
    /// FetchXML.
    Fetch,
    /// A query of a database.
    Query,
    /// The host of an address.
    Host,
    /// The path or query of an address.
    Address,
    /// The site, environment, server or account in which an operation works.
    Place,
    /// The HTML of a mail.
    Markup,
    /// Recipients of a mail.
    Recipient,
    /// A command or script.
    Command,
}

/// Who sees what a step is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shows {
    /// Nobody: the run history hides it, or the step has no inputs of its own.
    Nobody,
    /// Whoever sees the run history.
    History,
    /// Whoever sees the run history, which never hides variables.
    Variable,
    /// Whoever gets it: a mail, a message, an answer, a file.
    Receiver(&'static str),
}

/// What data can still do: some of the things that text can do to what it becomes part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dangers(u8);

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Danger {
    /// It tells what it is.
    Content,
    /// It ends a quoted text.
    Quotes,
    /// It changes the parts of an address.
    Address,
    /// It is read as markup.
    Markup,
    /// It ends a quoted text once an address around it is decoded.
    Decoded,
}

impl Danger {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Content, Self::Quotes, Self::Address, Self::Markup, Self::Decoded];
}

impl Dangers {
    /// With one more.
    #[must_use]
    pub fn with(self, danger: Danger) -> Self {
        Self(self.0 | 1 << danger as u8)
    }

    /// Those that are in another set too.
    #[must_use]
    pub fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it is among them.
    #[must_use]
    pub fn has(self, danger: Danger) -> bool {
        self.0 & 1 << danger as u8 != 0
    }

    /// Whether they do harm in a language.
    #[must_use]
    pub fn harm(self, inject: Inject) -> bool {
        match inject {
            Inject::Filter | Inject::Query | Inject::Command => self.has(Danger::Quotes),
            // A value of FetchXML stands in quotes inside of markup: to escape either keeps it there.
            Inject::Fetch => self.has(Danger::Quotes) && self.has(Danger::Markup),
            Inject::Host | Inject::Address | Inject::Place => self.has(Danger::Address),
            Inject::Markup => self.has(Danger::Markup),
            Inject::Recipient => self.has(Danger::Content),
        }
    }
}
