//! What can be wrong with a JSON text, in words for the person who typed it.

use crate::span::Span;
use std::fmt;

/// One thing wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Where it is; may be empty where something is missing.
    pub span: Span,
    /// What it is.
    pub kind: JsonErrorKind,
    /// The other place one must see to understand it: the bracket that is open, the first of two equal names.
    pub related: Option<Span>,
}

/// The kinds of [`JsonError`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text holds no value at all.
    Empty,
    /// Two members without a comma between them.
    MissingMemberComma,
    /// Two items without a comma between them.
    MissingItemComma,
    /// A comma before `}` or `]`.
    TrailingComma,
    /// A comma without a member or item before it.
    StrayComma,
    /// A name without a colon.
    MissingColon,
    /// A colon where none belongs.
    StrayColon,
    /// A name and colon without a value.
    MissingValue,
    /// Something other than a quoted name where a member must begin.
    ExpectedName,
    /// A name without quotes.
    UnquotedName,
    /// A word that is no JSON.
    UnexpectedText,
    /// A number that JSON writes differently.
    InvalidNumber,
    /// A comment.
    Comment,
    /// A string in single quotes.
    SingleQuotes,
    /// A string without its closing quote.
    UnterminatedString,
    /// A backslash followed by something it cannot escape.
    InvalidEscape,
    /// A control character (code below 32) as such inside a string.
    ControlCharacter,
    /// An object or array without its closing bracket.
    Unclosed {
        /// `{` or `[`.
        open: char,
    },
    /// A closing bracket that closes nothing.
    StrayCloser {
        /// `}` or `]`.
        close: char,
    },
    /// Something after the end of the document's value.
    TrailingContent,
    /// Nesting beyond [`super::MAX_DEPTH`].
    TooDeep,
    /// A text beyond 4 GiB.
    TooLarge,
    /// A name that the same object has used before; not a syntax error.
    DuplicateKey {
        /// The first member of that name.
        first: Span,
    },
}

impl fmt::Display for JsonErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = match self {
            Self::Empty => "the file holds no JSON value",
            Self::MissingMemberComma => "expected a comma between members",
            Self::MissingItemComma => "expected a comma between items",
            Self::TrailingComma => "JSON allows no comma before a closing bracket",
            Self::StrayComma => "expected something before this comma",
            Self::MissingColon => "expected a colon and a value after this name",
            Self::StrayColon => "this colon does not follow a name",
            Self::MissingValue => "expected a value after the colon",
            Self::ExpectedName => "expected a name in double quotes",
            Self::UnquotedName => "names need double quotes",
            Self::UnexpectedText => {
                "expected a value: text needs double quotes, other values are numbers, true, false and null"
            }
            Self::InvalidNumber => "this is not a number as JSON writes it",
            Self::Comment => "JSON allows no comments",
            Self::SingleQuotes => "strings need double quotes",
            Self::UnterminatedString => "this string has no closing quote on its line",
            Self::InvalidEscape => "this backslash starts no valid escape: use \\\\ for a backslash itself",
            Self::ControlCharacter => "control characters in strings need an escape such as \\n or \\t",
            Self::Unclosed { open } => {
                return write!(
                    f,
                    "this '{open}' has no matching '{}'",
                    if *open == '{' { '}' } else { ']' }
                );
            }
            Self::StrayCloser { close } => return write!(f, "this '{close}' closes nothing"),
            Self::TrailingContent => "the document ends before this",
            Self::TooDeep => "nested too deep: more than 512 levels",
            Self::TooLarge => "the file is too large to read",
            Self::DuplicateKey { .. } => "this name is used twice in the same object: only the last one counts",
        };
        f.write_str(message)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}
