//! What to tell people about an error: what was expected and found, and the way out of slips that are well known.

use crate::catalogue::lookup;
use crate::lexer::{Detail, RawError, Tok, closing_quotes};

fn token_name(kind: Tok) -> &'static str {
    match kind {
        Tok::Dot => "'.'",
        Tok::Comma => "','",
        Tok::LeftParen => "'('",
        Tok::RightParen => "')'",
        Tok::LeftBracket => "'['",
        Tok::RightBracket => "']'",
        Tok::Question => "'?'",
        Tok::Str => "a string",
        Tok::Int | Tok::Float => "a number",
        Tok::Ident => "a word",
        Tok::End => "the end of the expression",
    }
}

/// What is there, quoted from the text where that says more than the kind of token.
fn found(text: &str, raw: &RawError, kind: Tok) -> String {
    match kind {
        Tok::Ident | Tok::Int | Tok::Float => format!("`{}`", shortened(text, raw.start, raw.end)),
        _ => token_name(kind).to_owned(),
    }
}

fn shortened(text: &str, start: usize, end: usize) -> String {
    let piece = text.get(start..end).unwrap_or_default();
    if piece.chars().count() <= 40 {
        return piece.to_owned();
    }
    piece.chars().take(39).chain(['…']).collect()
}

/// The message without the hint.
pub(crate) fn message(text: &str, raw: &RawError) -> String {
    match raw.detail {
        Detail::Value(Tok::End) if text[..raw.start].trim_end().ends_with(['@', '{']) => {
            "The expression is empty.".to_owned()
        }
        Detail::Value(kind) => format!("Expected a value, found {}.", found(text, raw, kind)),
        Detail::OpenParen(kind, start, end) => format!(
            "Expected '(' after `{}`, found {}.",
            shortened(text, start, end),
            found(text, raw, kind)
        ),
        Detail::CloseParen(kind, _) => {
            format!("Expected ',' or ')', found {}.", found(text, raw, kind))
        }
        Detail::CloseBracket(kind, _) => format!("Expected ']', found {}.", found(text, raw, kind)),
        Detail::Property(kind) => {
            format!("Expected a property name after '.', found {}.", found(text, raw, kind))
        }
        Detail::Accessor(kind) => {
            format!("Expected '.' or '[' after '?', found {}.", found(text, raw, kind))
        }
        Detail::End(kind) => {
            format!("Expected the end of the expression, found {}.", found(text, raw, kind))
        }
        Detail::Char(c) if is_invisible(c) => {
            format!("The invisible character U+{:04X} is not allowed here.", c as u32)
        }
        Detail::Char(c) => format!("The character `{c}` is not allowed here."),
        Detail::String => "The string is not closed.".to_owned(),
        Detail::Sign => format!("Expected a digit after `{}`.", shortened(text, raw.start, raw.end)),
        Detail::Exponent => {
            format!(
                "The number `{}` has an exponent without digits.",
                shortened(text, raw.start, raw.end)
            )
        }
        Detail::Range => {
            format!(
                "The integer {} does not fit in 64 bits.",
                shortened(text, raw.start, raw.end)
            )
        }
        Detail::Length(chars) => {
            format!("The expression has {chars} characters; at most 8192 are allowed.")
        }
        Detail::Depth => "The expression is nested more than 512 levels deep.".to_owned(),
        Detail::Segment => "The `@{` is never closed with `}`.".to_owned(),
    }
}

/// Characters that nobody sees and that arrive by copy and paste.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}'
    ) || c.is_control()
}

/// Words and signs that other languages put between two values, and what to write here.
fn operator(sign: &str) -> Option<&'static str> {
    Some(match sign {
        "==" | "===" | "=" | "eq" => "equals(a, b)",
        "!=" | "!==" | "<>" | "ne" => "not(equals(a, b))",
        "<=" | "le" => "lessOrEquals(a, b)",
        ">=" | "ge" => "greaterOrEquals(a, b)",
        "<" | "lt" => "less(a, b)",
        ">" | "gt" => "greater(a, b)",
        "&&" | "and" => "and(a, b)",
        "||" | "|" | "or" => "or(a, b)",
        "!" | "not" => "not(a)",
        "&" => "concat(a, b)",
        "+" | "++" => "add(a, b) for numbers or concat(a, b) for text",
        "-" | "--" => "sub(a, b)",
        "*" => "mul(a, b)",
        "/" | "div" => "div(a, b)",
        "%" | "mod" => "mod(a, b)",
        "??" => "coalesce(a, b)",
        "in" | "contains" => "contains(a, b)",
        _ => return None,
    })
}

fn operator_hint(sign: &str) -> Option<String> {
    operator(sign).map(|function| format!("There are no operators: write {function}."))
}

/// The run of operator characters that begins at `start`.
fn sign_at(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c| !"=!<>&|+-*/%".contains(c)).unwrap_or(rest.len());
    &rest[..end]
}

/// Advice for slips that are well known.
pub(crate) fn hint(text: &str, raw: &RawError) -> Option<String> {
    let fixed = |text: &str| Some(text.to_owned());
    let word = text.get(raw.start..raw.end).unwrap_or_default();
    match raw.detail {
        Detail::Char(c) => char_hint(text, raw.start, c),
        Detail::Sign => operator_hint(word),
        Detail::Value(Tok::LeftBracket) => {
            fixed("Arrays cannot be written with brackets here: use createArray('a', 'b') or json('[1, 2]').")
        }
        Detail::Value(Tok::LeftParen) => {
            fixed("Parentheses only follow a function name; nesting calls decides the order.")
        }
        Detail::Value(Tok::Comma | Tok::RightParen) if text[..raw.start].trim_end().ends_with(['(', ',']) => {
            fixed("An argument is missing, or there is a comma too many.")
        }
        Detail::OpenParen(kind, start, end) => bare_word_hint(text, kind, start, end),
        Detail::End(Tok::Ident) | Detail::CloseParen(Tok::Ident, _)
            if operator(&word.to_ascii_lowercase()).is_some() =>
        {
            operator_hint(&word.to_ascii_lowercase())
        }
        Detail::End(Tok::Question) if text[raw.start..].starts_with("??") => operator_hint("??"),
        Detail::Accessor(Tok::Question) => operator_hint("??"),
        Detail::End(Tok::Dot | Tok::LeftBracket | Tok::Question) => {
            fixed("Only the result of a function can be followed by '.' or '['.")
        }
        Detail::End(Tok::RightParen) => {
            fixed("There is one closing parenthesis too many, or one is missing further to the left.")
        }
        Detail::End(Tok::LeftParen) => fixed("The result of a call cannot be called."),
        Detail::End(Tok::Ident) | Detail::CloseParen(Tok::Ident, _) if text[..raw.start].ends_with('\'') => {
            fixed("A quote inside a string is written twice: 'it''s'.")
        }
        Detail::End(_) => fixed("To mix text and expressions write @{…} around each expression."),
        Detail::CloseParen(Tok::End, open) => Some(format!(
            "The parenthesis after `{}` is never closed.",
            name_before(text, open)
        )),
        Detail::CloseParen(kind, _) if kind != Tok::RightBracket => fixed("Arguments are separated by commas."),
        Detail::Property(Tok::LeftBracket) if text[..raw.start].trim_end().ends_with("?.") => {
            fixed("Leave out the dot: ?['name'].")
        }
        Detail::Property(Tok::End) => None,
        Detail::Property(_) => fixed("Names other than plain words go in brackets: ['my name']."),
        Detail::String => fixed("Strings end with a single quote; a quote inside is written twice: 'it''s'."),
        Detail::Segment => fixed("Add the closing brace, or write @@{ if it is text."),
        Detail::Length(_) => fixed("Move parts of it to Compose actions or variables."),
        _ => None,
    }
}

fn char_hint(text: &str, start: usize, c: char) -> Option<String> {
    let before = text[..start].chars().next_back();
    let next = text[start + c.len_utf8()..].chars().next();
    let advice = match c {
        _ if is_invisible(c) => "It probably came in by copy and paste: delete it.",
        '"' => "Strings take single quotes: 'text'.",
        _ if !closing_quotes(c).is_empty() => {
            "Typographic quotes come from a word processor: strings take straight single quotes: 'text'."
        }
        '@' if next == Some('{') => {
            "Inside an expression nothing is wrapped in @{…} again: write the inner expression alone."
        }
        '@' => "One @ at the start is enough: leave out the inner one.",
        '{' => "Objects cannot be written with braces here: use json('{…}') or setProperty().",
        '}' => "A brace only closes @{…}; in text it belongs inside quotes.",
        ';' => "Arguments are separated by commas.",
        '\\' => "There are no backslash escapes; a quote inside a string is written twice.",
        '=' if next == Some('>') => "There are no lambda functions: use a Select or Filter array action.",
        '/' if matches!(next, Some('/' | '*')) => "Expressions cannot hold comments.",
        _ if before == Some('-') => {
            "Names with hyphens go in brackets and quotes: ['my-name']; to subtract write sub(a, b)."
        }
        _ => return operator_hint(sign_at(text, start)),
    };
    Some(advice.to_owned())
}

fn bare_word_hint(text: &str, next: Tok, start: usize, end: usize) -> Option<String> {
    let word = text.get(start..end)?;
    if let Some(function) = lookup(word) {
        return Some(format!("A function needs its parentheses: {}.", function.signature()));
    }
    if is_leading_word(text, start) && matches!(next, Tok::Dot | Tok::Ident | Tok::End) {
        return Some("If this is text that begins with @, write @@.".to_owned());
    }
    Some(format!(
        "If this is text, write '{word}'; if it is a variable, variables('{word}')."
    ))
}

/// True when nothing but the first `@` of a whole-string expression stands before `start`.
pub(crate) fn is_leading_word(text: &str, start: usize) -> bool {
    text[..start].strip_prefix('@').is_some_and(|gap| gap.trim().is_empty())
}

fn name_before(text: &str, paren: usize) -> &str {
    let head = text[..paren].trim_end();
    let start = head
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '#')))
        .map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
    &head[start..]
}
