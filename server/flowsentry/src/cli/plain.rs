//! Text of a workspace, made harmless for terminals and build logs.
//!
//! A flow can hold anything: escape sequences that rewrite a terminal, marks that turn the direction of text around,
//! and the logging commands by which build agents are told to set variables (`##vso[…]`, `##[…]`), which they obey
//! wherever in a line they stand. What is printed must not be able to do any of it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What stands for a character that must not be printed.
const REPLACEMENT: char = '\u{FFFD}';

/// The character to print for `c`. Tabs and line ends are for the caller to lay out.
#[must_use]
pub fn character(c: char) -> char {
    if is_harmful(c) { REPLACEMENT } else { c }
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a build agent could take what begins here for a command; both characters are `#` then.
#[must_use]
pub fn begins_command(text: &str) -> bool {
    text.strip_prefix("##").is_some_and(|rest| {
        rest.starts_with('[') || rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("vso["))
    })
}

/// Text on one line: line ends and tabs become spaces.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '\n' | '\t' => shown.push(' '),
            '\r' if text[at..].starts_with("\r\n") => {}
            '#' if begins_command(&text[at..]) => shown.push('\u{266F}'),
            _ => shown.push(character(c)),
        }
    }
    Cow::Owned(shown)
}

/// JSON in which no build agent finds a command, and no terminal an order. `##` and what is harmful beyond ASCII stand
/// only inside strings there, where they have another spelling.
#[must_use]
pub fn json(text: String) -> String {
    let escaped = |c: char| c >= '\u{7F}' && is_harmful(c);
    if !text.contains("##") && !text.contains(escaped) {
        return text;
    }
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' if harmless.ends_with('#') => harmless.push_str("\\u0023"),
            _ if escaped(c) => {
                // All of them lie where four digits are enough.
                let _ = write!(harmless, "\\u{:04x}", u32::from(c));
            }
            _ => harmless.push(c),
        }
    }
    harmless
}

/// How many columns a character takes in a terminal. East Asian wide characters and emoji take two.
#[must_use]
pub fn width(c: char) -> usize {
    match c {
        '\u{0300}'..='\u{036F}' | '\u{200B}'..='\u{200D}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' => 0,
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{303E}'
        | '\u{3041}'..='\u{A4CF}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1F64F}'
        | '\u{1F680}'..='\u{1F6FF}'
        | '\u{1F900}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_gives_orders() {
        assert_eq!(line("a\u{1b}[31mb\r\nc\td"), "a\u{FFFD}[31mb c d");
        assert_eq!(
            line("x ##vso[task.setvariable]##[error]"),
            "x \u{266F}#vso[task.setvariable]\u{266F}#[error]"
        );
        assert_eq!(line("## a heading, C##"), "## a heading, C##");
        assert_eq!(line("\u{202E}abc"), "\u{FFFD}abc");
        let encoded = json(serde_json::to_string("##vso[x]").expect("a string"));
        assert!(!encoded.contains("##"));
        assert_eq!(serde_json::from_str::<String>(&encoded).expect("a string"), "##vso[x]");
        let evil = "###a\u{9B}2J\u{202E}\u{7F}é😀\u{2028}####";
        let encoded = json(serde_json::to_string(evil).expect("JSON"));
        assert!(!encoded.contains("##") && !encoded.contains(is_harmful), "{encoded}");
        assert_eq!(serde_json::from_str::<String>(&encoded).expect("a string"), evil);
    }
}
