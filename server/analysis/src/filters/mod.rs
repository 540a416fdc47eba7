//! The syntax of OData filters, as the table connectors take them.
//!
//! Judged is only what no dialect takes: quotes and parentheses that do not match, operators of other languages, an
//! operator without an operand. What an expression puts into a filter is a hole: where one stands, whatever it might
//! bring is allowed, and so is every function, literal and path. A character that no filter needs ends the judgement.

mod judge;
#[cfg(test)]
mod tests;
mod tokens;

use syntax::{Span, TextEdit};

use self::judge::first_problem;
use self::tokens::{Kind, Quote, Tokens, offset, quote};

/// What is wrong with a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A text in double quotes.
    DoubleQuotes,
    /// A text in typographic quotes.
    TypographicQuotes,
    /// A quote opens a text that nothing closes.
    OpenText,
    /// A quote inside a text, which ends it too early.
    QuoteInText,
    /// A parenthesis that nothing closes.
    OpenParenthesis,
    /// A parenthesis that nothing opened.
    LoneParenthesis,
    /// An operator of another language, and the one to write.
    Symbol(&'static str),
    /// A word where an operator is due, and the one to write where that is clear.
    UnknownOperator(Option<&'static str>),
    /// Two values with no operator between them.
    MissingOperator,
    /// An operator with no value before or after it.
    MissingOperand,
    /// A comma between conditions.
    Comma,
    /// The name of the parameter stands before the filter.
    Prefix,
}

/// Something wrong with a filter, with its correction where that is clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where, in offsets of the filter.
    pub span: Span,
    /// What.
    pub problem: Problem,
    /// What makes the whole filter right.
    pub correction: Vec<TextEdit>,
}

/// The first thing wrong with a filter. `holes` are the places of expressions in it, in their order.
#[must_use]
pub fn issue(text: &str, holes: &[Span]) -> Option<Issue> {
    let (span, problem) = first_problem(text, holes)?;
    let mut correction = correction(text, holes, span, problem);
    // Half a correction is none: the filter would still be refused.
    let mended = syntax::edit::apply(text, &correction).map(|new| {
        let moved: Vec<Span> = holes.iter().map(|hole| moved(*hole, &correction)).collect();
        first_problem(&new, &moved).is_none()
    });
    if mended != Some(true) {
        correction.clear();
    }
    Some(Issue {
        span,
        problem,
        correction,
    })
}

/// A span after edits that do not touch it.
fn moved(span: Span, edits: &[TextEdit]) -> Span {
    let before = edits.iter().filter(|edit| edit.span.end <= span.start);
    let shift: i64 = before
        .map(|edit| edit.new_text.len() as i64 - i64::from(edit.span.len()))
        .sum();
    let at = |offset: u32| u32::try_from(i64::from(offset) + shift).unwrap_or(offset);
    Span::new(at(span.start), at(span.end))
}

/// Every slip of the same kind in the filter, corrected.
fn correction(text: &str, holes: &[Span], span: Span, problem: Problem) -> Vec<TextEdit> {
    match problem {
        Problem::DoubleQuotes | Problem::TypographicQuotes | Problem::OpenText => foreign_quotes(text, holes),
        Problem::Symbol(_) => {
            let tokens = Tokens::new(text, holes);
            let mut edits = Vec::new();
            for token in tokens {
                if let Kind::Symbol(Some(word)) = token.kind {
                    edits.push(spaced(text, token.span, word));
                }
            }
            edits
        }
        Problem::UnknownOperator(Some(word)) => vec![TextEdit::new(span, word)],
        Problem::Prefix => vec![TextEdit::new(span, "")],
        _ => Vec::new(),
    }
}

/// A word in the place of a symbol, which needs white space where a symbol needs none.
fn spaced(text: &str, span: Span, word: &str) -> TextEdit {
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let before = blank(text[..span.start as usize].chars().next_back());
    let after = blank(text[span.end as usize..].chars().next());
    let (before, after) = (if before { "" } else { " " }, if after { "" } else { " " });
    TextEdit::new(span, format!("{before}{word}{after}"))
}

/// Straight quotes in the place of all others; an apostrophe inside such a text is doubled.
fn foreign_quotes(text: &str, holes: &[Span]) -> Vec<TextEdit> {
    let hole = |at: usize| holes.iter().any(|hole| hole.range().contains(&at));
    let mut edits = Vec::new();
    let mut open: Option<Quote> = None;
    for (at, c) in text.char_indices().filter(|(at, _)| !hole(*at)) {
        let span = Span::new(offset(at), offset(at + c.len_utf8()));
        match (open, quote(c)) {
            (None, Some(kind)) => open = Some(kind),
            // Whatever quote follows one of another kind closes it: `'x’` was meant as one text.
            (Some(Quote::Double), Some(Quote::Double)) | (Some(Quote::Straight | Quote::Curly), Some(Quote::Curly)) => {
                open = None;
            }
            (Some(Quote::Straight | Quote::Curly), Some(Quote::Straight)) => open = None,
            (Some(Quote::Double), Some(Quote::Straight)) => {
                edits.push(TextEdit::new(span, "''"));
                continue;
            }
            _ => continue,
        }
        if c != '\'' {
            edits.push(TextEdit::new(span, "'"));
        }
    }
    edits
}
