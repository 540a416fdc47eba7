//! What stands between the quotes: escapes read and written, and offsets carried across them.

use super::scan;
use super::tape::{CLOSED, Node};
use std::borrow::Cow;

/// The bytes between the quotes of a string as the file has them.
pub(super) fn content(text: &str, node: Node) -> &str {
    let end = if node.is(CLOSED) {
        node.end.saturating_sub(1)
    } else {
        node.end
    };
    text.get(node.start as usize + 1..end as usize).unwrap_or("")
}

/// The text that `raw`, the content of a string, stands for. Escapes that are none stand for themselves, lone
/// surrogates for U+FFFD.
pub(super) fn decode(raw: &str, escaped: bool) -> Cow<'_, str> {
    if !escaped {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw.as_bytes()[at..]) {
        text.push_str(&raw[at..at + found]);
        at += found;
        let step = escape_at(raw, at);
        match step.decoded {
            Some(c) => text.push(c),
            None => text.push_str(&raw[at..at + step.length]),
        }
        at += step.length;
    }
    text.push_str(&raw[at..]);
    Cow::Owned(text)
}

/// One escape: how many bytes it takes in the file, and what it stands for (`None`: for its own bytes).
struct Step {
    length: usize,
    decoded: Option<char>,
}

impl Step {
    fn decoded_len(&self) -> usize {
        self.decoded.map_or(self.length, char::len_utf8)
    }
}

fn escape_at(raw: &str, at: usize) -> Step {
    let bytes = raw.as_bytes();
    let Some(length) = scan::escape_len(bytes, at) else {
        return Step {
            length: 1,
            decoded: None,
        };
    };
    let decoded = match bytes.get(at + 1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_at(raw, at),
        Some(byte) => char::from(*byte),
        None => '\\',
    };
    Step {
        length,
        decoded: Some(decoded),
    }
}

fn unicode_at(raw: &str, at: usize) -> Step {
    let unit = |at: usize| {
        let valid = raw.as_bytes().get(at..at + 2) == Some(b"\\u");
        raw.get(at + 2..at + 6).filter(|_| valid).and_then(|hex| {
            // `from_str_radix` would take a sign.
            hex.bytes()
                .all(|b| b.is_ascii_hexdigit())
                .then(|| u32::from_str_radix(hex, 16).ok())?
        })
    };
    let first = unit(at).unwrap_or(0xFFFD);
    if (0xD800..0xDC00).contains(&first)
        && let Some(second) = unit(at + 6).filter(|second| (0xDC00..0xE000).contains(second))
    {
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Step {
            length: 12,
            decoded: char::from_u32(code),
        };
    }
    Step {
        length: 6,
        decoded: Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)),
    }
}

/// The offset in `raw` of byte `decoded` of the text it stands for; an offset inside what one escape stands for gives
/// the escape's start, one beyond the end gives the end.
pub(super) fn raw_offset(raw: &str, decoded: usize) -> usize {
    let mut at = 0;
    let mut passed = 0;
    loop {
        let plain = memchr::memchr(b'\\', &raw.as_bytes()[at..]).unwrap_or(raw.len() - at);
        if decoded < passed + plain || at + plain == raw.len() {
            return at + (decoded - passed).min(plain);
        }
        at += plain;
        passed += plain;
        let step = escape_at(raw, at);
        if decoded < passed + step.decoded_len() {
            return at;
        }
        passed += step.decoded_len();
        at += step.length;
    }
}

/// Goes through a string once and says of decoded offsets, each no smaller than the one before, where they stand in the
/// file: as [`raw_offset`], which begins anew each time.
#[derive(Clone, Debug)]
pub struct SourceCursor<'a> {
    raw: &'a str,
    /// Where the content begins in the file.
    base: u32,
    /// Up to here all is passed, and it stands for `passed` bytes.
    at: usize,
    passed: usize,
    /// The next escape, or the end.
    next: usize,
}

impl<'a> SourceCursor<'a> {
    pub(super) fn new(raw: &'a str, base: u32, escaped: bool) -> Self {
        let next = if escaped { next_escape(raw, 0) } else { raw.len() };
        Self {
            raw,
            base,
            at: 0,
            passed: 0,
            next,
        }
    }

    /// The offset in the file of a byte of the decoded string.
    pub fn source(&mut self, decoded: u32) -> u32 {
        let decoded = decoded as usize;
        loop {
            let plain = self.next - self.at;
            let ahead = decoded.saturating_sub(self.passed);
            if ahead < plain || self.next == self.raw.len() {
                let step = ahead.min(plain);
                self.at += step;
                self.passed += step;
                break;
            }
            let step = escape_at(self.raw, self.next);
            if ahead < plain + step.decoded_len() {
                // What stands inside an escape stands at its start.
                self.at = self.next;
                self.passed += plain;
                break;
            }
            self.passed += plain + step.decoded_len();
            self.at = self.next + step.length;
            self.next = next_escape(self.raw, self.at);
        }
        self.base.saturating_add(crate::span::offset_of(self.at))
    }
}

fn next_escape(raw: &str, from: usize) -> usize {
    let rest = raw.as_bytes().get(from..).unwrap_or(&[]);
    memchr::memchr(b'\\', rest).map_or(raw.len(), |at| from + at)
}

/// The inverse of [`raw_offset`]: an offset inside an escape gives where what it stands for begins.
pub(super) fn decoded_offset(raw: &str, offset: usize) -> usize {
    let mut at = 0;
    let mut passed = 0;
    loop {
        let plain = memchr::memchr(b'\\', &raw.as_bytes()[at..]).unwrap_or(raw.len() - at);
        if offset <= at + plain || at + plain == raw.len() {
            return passed + (offset - at).min(plain);
        }
        at += plain;
        passed += plain;
        let step = escape_at(raw, at);
        if offset < at + step.length {
            return passed;
        }
        passed += step.decoded_len();
        at += step.length;
    }
}

/// `text` as the content of a JSON string, without the quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut raw = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => raw.push_str("\\\""),
            '\\' => raw.push_str("\\\\"),
            '\n' => raw.push_str("\\n"),
            '\r' => raw.push_str("\\r"),
            '\t' => raw.push_str("\\t"),
            '\u{8}' => raw.push_str("\\b"),
            '\u{c}' => raw.push_str("\\f"),
            c if c < ' ' => {
                raw.push_str("\\u00");
                raw.push(if c < '\u{10}' { '0' } else { '1' });
                raw.extend(char::from_digit(u32::from(c) % 16, 16));
            }
            c => raw.push(c),
        }
    }
    raw
}

/// The text that the content of a JSON string, without the quotes, stands for: the inverse of [`escape`].
#[must_use]
pub fn unescape(content: &str) -> String {
    decode(content, true).into_owned()
}

/// `text` as a JSON string, quotes included.
#[must_use]
pub fn quote(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_decode() {
        let raw = r#"a\"\\\/\b\f\n\r\tä\u00e4\uD83D\ude00\ud83dx\udE00\q\u12"#;
        let text = "a\"\\/\u{8}\u{c}\n\r\tää😀\u{FFFD}x\u{FFFD}\\q\\u12";
        assert_eq!(decode(raw, true), text);
        assert!(matches!(decode("plain", false), Cow::Borrowed("plain")));
    }

    #[test]
    fn escape_and_decode_are_inverse() {
        let text: String = (0..0x3000)
            .filter_map(char::from_u32)
            .chain("😀\u{FFFF}".chars())
            .collect();
        assert_eq!(decode(&escape(&text), true), text);
        assert_eq!(quote("a\u{1}\u{1f}"), "\"a\\u0001\\u001f\"");
    }

    #[test]
    fn offsets_cross_escapes() {
        let raw = r"a\nb\ud83d\ude00c";
        assert_eq!(decode(raw, true), "a\nb😀c");
        for (decoded, offset) in [(0, 0), (1, 1), (2, 3), (3, 4), (5, 4), (7, 16), (8, 17), (99, 17)] {
            assert_eq!(raw_offset(raw, decoded), offset, "{decoded}");
        }
        let mut cursor = SourceCursor::new(raw, 100, true);
        for decoded in [0, 1, 1, 2, 3, 4, 5, 7, 8, 99] {
            assert_eq!(cursor.source(decoded), 100 + raw_offset(raw, decoded as usize) as u32);
        }
        for (offset, decoded) in [
            (0, 0),
            (1, 1),
            (2, 1),
            (3, 2),
            (4, 3),
            (9, 3),
            (16, 7),
            (17, 8),
            (99, 8),
        ] {
            assert_eq!(decoded_offset(raw, offset), decoded, "{offset}");
        }
    }
}
