//! The line that a finding stands on, cut to what a terminal shows, and where in it the mark goes.
//!
//! Exported flows are often one line of a megabyte, so only the characters around the mark are looked at.

use std::ops::Range;

use super::plain;

/// Widest line shown, in columns.
const WIDTH: usize = 100;
/// How much is kept before the mark when a line is cut, in columns.
const BEFORE: usize = 30;
const TAB: usize = 4;
const CUT: char = '…';

/// A line to print, and the columns to mark below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The text, made harmless and without tabs.
    pub text: String,
    /// Columns before the mark.
    pub indent: usize,
    /// Columns of the mark, at least 1.
    pub width: usize,
}

/// Cuts `line` around the bytes `mark`, which are clamped to it.
#[must_use]
pub fn excerpt(line: &str, mark: Range<usize>) -> Excerpt {
    let start = floor(line, mark.start);
    let end = floor(line, mark.end).max(start);
    let after = columns(line[start..].char_indices().map(|(_, c)| c), WIDTH);
    let before = columns(line[..start].chars().rev(), WIDTH);
    let (from, to) = if before.all && after.all && before.width + after.width <= WIDTH {
        (0, line.len())
    } else {
        // What is not needed on one side is given to the other.
        let left = BEFORE.max(WIDTH.saturating_sub(after.width));
        let left = columns(line[..start].chars().rev(), left);
        let right = columns(line[start..].chars(), WIDTH - left.width.min(WIDTH));
        (start - left.bytes, start + right.bytes)
    };
    let mut shown = Excerpt {
        text: String::new(),
        indent: 0,
        width: 0,
    };
    let mut column = 0;
    if from > 0 {
        shown.text.push(CUT);
        column = 1;
    }
    shown.indent = column;
    for (at, c) in line[from..to].char_indices() {
        let at = from + at;
        let width = push(&mut shown.text, &line[at..], c);
        column += width;
        if at < start {
            shown.indent = column;
        } else if at < end {
            shown.width += width;
        }
    }
    if to < line.len() {
        shown.text.push(CUT);
    }
    shown.width = shown.width.max(1);
    shown.text.truncate(shown.text.trim_end().len());
    shown
}

/// How far characters reach within a number of columns.
struct Reach {
    bytes: usize,
    width: usize,
    /// Whether that is all of them.
    all: bool,
}

fn columns(characters: impl Iterator<Item = char>, limit: usize) -> Reach {
    let mut reach = Reach {
        bytes: 0,
        width: 0,
        all: true,
    };
    // Characters without width could go on for ever.
    for (count, c) in characters.enumerate() {
        let width = width(c);
        if reach.width + width > limit || count > 4 * limit {
            reach.all = false;
            break;
        }
        reach.width += width;
        reach.bytes += c.len_utf8();
    }
    reach
}

fn width(c: char) -> usize {
    if c == '\t' {
        TAB
    } else {
        plain::width(plain::character(c))
    }
}

/// Appends a character as it is shown and says how wide it is; `rest` begins with it.
fn push(text: &mut String, rest: &str, c: char) -> usize {
    match c {
        '\t' => text.push_str(&" ".repeat(TAB)),
        '#' if plain::begins_command(rest) => text.push('\u{266F}'),
        _ => text.push(plain::character(c)),
    }
    width(c)
}

/// The start of the character that a byte of `text` lies in.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, marked: &str) -> (String, String) {
        let start = line.find(marked).expect("the text is in the line");
        let excerpt = excerpt(line, start..start + marked.len());
        let mark = " ".repeat(excerpt.indent) + &"^".repeat(excerpt.width);
        (excerpt.text, mark)
    }

    #[test]
    fn marks_stand_below_what_they_mark() {
        assert_eq!(shown("  \"a\": 1", "\"a\""), ("  \"a\": 1".into(), "  ^^^".into()));
        assert_eq!(shown("\ta b", "b"), ("    a b".into(), "      ^".into()));
        assert_eq!(shown("日本 b", "b"), ("日本 b".into(), "     ^".into()));
        assert_eq!(shown("x日本", "日本"), ("x日本".into(), " ^^^^".into()));
        assert_eq!(
            excerpt("ab", 2..2),
            Excerpt {
                text: "ab".into(),
                indent: 2,
                width: 1
            }
        );
        assert_eq!(
            excerpt("é", 1..9),
            Excerpt {
                text: "é".into(),
                indent: 0,
                width: 1
            }
        );
        assert_eq!(
            excerpt("", 5..9),
            Excerpt {
                text: String::new(),
                indent: 0,
                width: 1
            }
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = format!("{}MARK{}", "a".repeat(100_000), "b".repeat(100_000));
        let (text, mark) = shown(&line, "MARK");
        assert_eq!(text.chars().count(), WIDTH + 2);
        assert_eq!(mark.len(), 1 + BEFORE + 4);
        assert_eq!(&text[mark.find('^').expect("a mark") + "…".len() - 1..][..4], "MARK");
        // Near an end, the other side gets the room.
        assert_eq!(
            shown(&format!("{}MARK", "a".repeat(500)), "MARK").0.chars().count(),
            WIDTH + 1
        );
        assert_eq!(
            shown(&format!("MARK{}", "a".repeat(500)), "MARK").0.chars().count(),
            WIDTH + 1
        );
        // A mark wider than the window ends with it.
        let wide = excerpt(&"m".repeat(5000), 0..5000);
        assert_eq!((wide.indent, wide.width), (0, WIDTH));
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let line = "a\u{301}\t日\u{1b}##vso[x]\u{202E}é";
        for start in 0..line.len() + 3 {
            for end in 0..line.len() + 3 {
                let excerpt = excerpt(line, start..end);
                assert!(excerpt.width >= 1 && !excerpt.text.contains("##vso") && !excerpt.text.contains('\u{1b}'));
            }
        }
    }
}
