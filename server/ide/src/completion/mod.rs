//! What can be written where the cursor stands, in documents that are half typed more often than not.

mod expression;
mod json;
mod snippet;
mod xml;

use expr::Function;
use model::FileId;
use rules::Project;
use syntax::TextEdit;

pub use self::snippet::{Part, Snippet};

/// Everything on offer at one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completions {
    /// The offers, in no order that means anything: see [`Completion::sort`].
    pub items: Vec<Completion>,
    /// Whether there are more, so that editors ask again at the next key.
    pub is_incomplete: bool,
}

/// One offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// What people see.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What stands beside it, such as a type: one line.
    pub detail: Option<String>,
    /// What it means.
    pub documentation: Option<Documentation>,
    /// Offers are shown in the order of these texts, then of their labels.
    pub sort: String,
    /// What is compared with the text that is typed; the label where there is none.
    pub filter: Option<String>,
    /// What it replaces, from before the cursor to behind it on one line, and what is written there.
    pub edit: TextEdit,
    /// What is written where editors let people fill in the gaps.
    pub snippet: Option<Snippet>,
    /// What the written text is part of.
    pub inside: Inside,
    /// What people look for next, once it is written.
    pub next: Option<Next>,
    /// What else changes in the file, away from the cursor: a comma that lacks before it.
    pub also: Vec<TextEdit>,
}

/// What a text that is written becomes part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The file: it is written as it is.
    File,
    /// A string, which it does not end: whoever writes it into JSON escapes it.
    String,
}

/// What an editor may show by itself after an offer was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// What can be written there.
    Completion,
    /// The parameters of the function.
    Signature,
}

/// What an offer means.
#[derive(Clone, Debug, PartialEq)]
pub enum Documentation {
    /// Markdown.
    Markdown(String),
    /// What the catalogue says of a function: looked up for the offer that somebody looks at.
    Function(&'static Function),
}

impl Documentation {
    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        match self {
            Self::Markdown(text) => text.clone(),
            Self::Function(function) => crate::hover::function(function),
        }
    }
}

/// What an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A function of the expression language.
    Function,
    /// A word of a language: `true`, a status, a method.
    Word,
    /// A trigger or action.
    Action,
    /// A variable.
    Variable,
    /// A parameter.
    Parameter,
    /// A property of a value, or the name of a member.
    Property,
    /// A type of actions, with what belongs to it.
    Skeleton,
    /// A connection key or connection reference.
    Connection,
    /// A flow.
    Flow,
}

impl Completion {
    /// An offer that replaces what `edit` says, and says nothing else.
    #[must_use]
    pub fn new(label: impl Into<String>, kind: CompletionKind, edit: TextEdit, inside: Inside) -> Self {
        Self {
            label: label.into(),
            kind,
            detail: None,
            documentation: None,
            sort: String::new(),
            filter: None,
            edit,
            snippet: None,
            inside,
            next: None,
            also: Vec::new(),
        }
    }
}

/// What can be written at an offset. `typed` is the character that made the editor ask; `None` where a person asked, or
/// a word is being typed.
#[must_use]
pub fn completions(project: &Project, file: FileId, offset: u32, typed: Option<char>) -> Completions {
    match expression::completions(project, file, offset, typed) {
        Some(found) => found,
        // Signs of the expression language mean something else outside.
        None if typed.is_some_and(|typed| typed != '"') => Completions::default(),
        None => {
            let found = json::completions(project, file, offset);
            if !found.items.is_empty() {
                return found;
            }
            let found = xml::completions(project, file, offset);
            if !found.items.is_empty() {
                return found;
            }
            // A quote that is typed may begin any text.
            if typed.is_some() {
                return Completions::default();
            }
            expression::beginnings(project, file, offset)
        }
    }
}
