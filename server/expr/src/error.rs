//! What can be wrong with a template string.

use crate::Span;
use crate::lexer::Detail;
use std::fmt;

/// Kind of an error; the names are those of the conformance cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// A token that the grammar does not allow here, or a missing one.
    UnexpectedToken,
    /// A character that begins no token.
    UnexpectedCharacter,
    /// A string literal without its closing quote.
    StringLiteralNotTerminated,
    /// `@{` without its `}`.
    InterpolationNotTerminated,
    /// A sign or an exponent without digits.
    InvalidNumber,
    /// An integer outside 64 bits.
    NumberOutOfRange,
    /// More than 8,192 characters in one expression.
    LimitExceeded,
    /// More than 512 levels of nesting (our own limit; the service knows none).
    TooDeep,
}

impl ErrorCode {
    /// The name of the code, as in the conformance cases.
    pub fn name(self) -> &'static str {
        match self {
            ErrorCode::UnexpectedToken => "UnexpectedToken",
            ErrorCode::UnexpectedCharacter => "UnexpectedCharacter",
            ErrorCode::StringLiteralNotTerminated => "StringLiteralNotTerminated",
            ErrorCode::InterpolationNotTerminated => "InterpolationNotTerminated",
            ErrorCode::InvalidNumber => "InvalidNumber",
            ErrorCode::NumberOutOfRange => "NumberOutOfRange",
            ErrorCode::LimitExceeded => "LimitExceeded",
            ErrorCode::TooDeep => "TooDeep",
        }
    }
}

/// A textual correction of the template string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprFix {
    /// What to replace (bytes of the template string).
    pub span: Span,
    /// The new text.
    pub replacement: String,
    /// What the correction does, for a menu.
    pub title: String,
    /// True when the expression is valid afterwards; false when other errors remain behind this one.
    pub complete: bool,
}

/// One error in one expression of a template string. `Display` gives the message and the hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    /// Kind of error.
    pub code: ErrorCode,
    /// Where it is (bytes of the template string); empty at the end of the text.
    pub span: Span,
    /// Zero-based character position as the service counts: from after `@` or `@{`, for an unterminated
    /// segment from the start of the string.
    pub pos: u32,
    /// What was expected and what is there.
    pub message: String,
    /// What to write instead, for slips that are well known.
    pub hint: Option<String>,
    /// A textual correction, where one is safe.
    pub fix: Option<ExprFix>,
    /// Which expression of the template it is in: 0 for `@…`, the number of the segment for `@{…}`.
    pub(crate) segment: u32,
    pub(crate) detail: Detail,
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}
