//! Which errors of a JSON document are worth saying.
//!
//! A file that was cut off, or in which one bracket is missing, leaves every bracket around the place unclosed. That is one
//! mistake, and it is said once, at the innermost bracket: what is missing is missing after it.

use syntax::json::{JsonError, JsonErrorKind};

/// The errors to report, each with how many brackets it stands for: 1 but for unclosed ones.
pub(crate) fn reported(errors: &[JsonError], most: usize) -> impl Iterator<Item = (&JsonError, usize)> {
    let is_unclosed = |error: &&JsonError| matches!(error.kind, JsonErrorKind::Unclosed { .. });
    let unclosed = errors.iter().filter(is_unclosed).count();
    let innermost = errors.iter().filter(is_unclosed).max_by_key(|error| error.span);
    let wanted =
        move |error: &&JsonError| !is_unclosed(error) || innermost.is_some_and(|kept| std::ptr::eq(kept, *error));
    errors
        .iter()
        .filter(wanted)
        .take(most)
        .map(move |error| (error, if is_unclosed(&error) { unclosed } else { 1 }))
}

/// The error in words, for the middle of a sentence.
pub(crate) fn described(error: &JsonError, brackets: usize) -> String {
    match brackets {
        0 | 1 => error.to_string(),
        _ => format!("{brackets} brackets are never closed, of which this is the innermost"),
    }
}
