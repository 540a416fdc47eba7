//! Corrections that are only a matter of spelling. Each is tried on the text before it is offered.

use crate::Span;
use crate::catalogue::lookup;
use crate::error::{ExprError, ExprFix};
use crate::hints::{is_invisible, is_leading_word};
use crate::lexer::{Detail, Tok, closing_quotes};
use crate::template::parse_without_fixes;

/// How many steps one correction may take: enough for every quote of a long call, few enough to stay quick.
const MAX_STEPS: usize = 24;
/// Longer strings get no corrections: each step parses the whole string again.
const MAX_TEXT: usize = 32 * 1024;
/// At most so many errors of one string get a correction.
const MAX_ERRORS: usize = 8;

/// Replacements of one step, in ascending order, not overlapping.
struct Patch {
    edits: Vec<(usize, usize, String)>,
    title: &'static str,
    /// False when it helps only if the expression is valid afterwards.
    partial: bool,
}

/// Fills in [`ExprError::fix`].
pub(crate) fn add_fixes(text: &str, errors: &mut [ExprError]) {
    if text.len() > MAX_TEXT {
        return;
    }
    for error in errors.iter_mut().take(MAX_ERRORS) {
        error.fix = find(text, error);
    }
}

fn find(text: &str, error: &ExprError) -> Option<ExprFix> {
    let first = patch(text, error)?;
    let (title, partial) = (first.title, first.partial);
    let single = apply(text, &first);
    let mut current = single.clone();
    for _ in 0..MAX_STEPS {
        let parsed = parse_without_fixes(&current);
        let Some(next) = parsed.errors.iter().find(|e| e.segment == error.segment) else {
            return difference(text, &current, title, true);
        };
        let Some(patch) = patch(&current, next) else {
            break;
        };
        current = apply(&current, &patch);
    }
    if partial {
        difference(text, &single, title, false)
    } else {
        None
    }
}

fn apply(text: &str, patch: &Patch) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    for (start, end, replacement) in &patch.edits {
        out.push_str(&text[at..*start]);
        out.push_str(replacement);
        at = *end;
    }
    out.push_str(&text[at..]);
    out
}

/// The smallest single replacement that turns `old` into `new`.
fn difference(old: &str, new: &str, title: &str, complete: bool) -> Option<ExprFix> {
    let prefix: usize = old
        .chars()
        .zip(new.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let suffix: usize = old[prefix..]
        .chars()
        .rev()
        .zip(new[prefix..].chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    if old == new {
        return None;
    }
    Some(ExprFix {
        span: Span::new(prefix as u32, (old.len() - suffix) as u32),
        replacement: new[prefix..new.len() - suffix].to_owned(),
        title: title.to_owned(),
        complete,
    })
}

fn patch(text: &str, error: &ExprError) -> Option<Patch> {
    let (start, end) = (error.span.start as usize, error.span.end as usize);
    let one = |start: usize, end: usize, new: &str, title: &'static str, partial: bool| {
        Some(Patch {
            edits: vec![(start, end, new.to_owned())],
            title,
            partial,
        })
    };
    match error.detail {
        Detail::Char(c) if is_invisible(c) => one(start, end, "", "Delete the invisible character", true),
        Detail::Char('@') => nested_at(text, start),
        Detail::Char(';') => one(start, end, ",", "Separate the arguments with commas", false),
        Detail::Char(c) => quotes(text, start, c),
        Detail::CloseParen(Tok::End, _) => one(end_of_code(text, start), start, ")", "Close the parentheses", true),
        Detail::CloseBracket(Tok::End, _) => one(end_of_code(text, start), start, "]", "Close the bracket", true),
        Detail::Property(Tok::LeftBracket) => {
            let dot = text[..start].rfind('.')?;
            one(dot, dot + 1, "", "Leave out the dot", true)
        }
        Detail::OpenParen(Tok::Dot | Tok::Ident, word, word_end)
            if is_leading_word(text, word) && lookup(&text[word..word_end]).is_none() =>
        {
            one(0, 0, "@", "Write @@ for text that begins with @", false)
        }
        Detail::Segment => one(text.len(), text.len(), "}", "Close the segment with }", false),
        _ => None,
    }
}

/// Where the last visible character before `end` ends.
fn end_of_code(text: &str, end: usize) -> usize {
    text[..end].trim_end().len()
}

/// `@x` inside an expression becomes `x`, `@{x}` too.
fn nested_at(text: &str, start: usize) -> Option<Patch> {
    let mut edits = vec![(start, start + 1, String::new())];
    if text[start + 1..].starts_with('{') {
        edits[0].1 = start + 2;
        let mut quoted = false;
        let offset = text[start + 2..].bytes().position(|byte| {
            quoted ^= byte == b'\'';
            byte == b'}' && !quoted
        })?;
        let close = start + 2 + offset;
        edits.push((close, close + 1, String::new()));
    }
    Some(Patch {
        edits,
        title: "Leave out the inner @",
        partial: true,
    })
}

/// A string in double or typographic quotes gets straight single ones.
fn quotes(text: &str, start: usize, open: char) -> Option<Patch> {
    let closers = closing_quotes(open);
    let content = start + open.len_utf8();
    let (offset, close) = text[content..].char_indices().find(|(_, c)| closers.contains(c))?;
    let inner = text[content..content + offset].replace('\'', "''");
    Some(Patch {
        edits: vec![(start, content + offset + close.len_utf8(), format!("'{inner}'"))],
        title: "Use single quotes",
        partial: true,
    })
}
