//! Where tokens end. The hot loops look at eight bytes at a time; all of them only read forward.

/// What the scan of a string found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StringScan {
    /// Offset after the closing quote, or where the string is taken to end without one.
    pub end: usize,
    pub closed: bool,
    pub escaped: bool,
    /// Whether it holds a control character or an invalid escape: look again, slowly, to report them.
    pub suspicious: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;
const SPACES: u64 = 0x2020_2020_2020_2020;

fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk::<8>())
        .map(|chunk| u64::from_le_bytes(*chunk))
}

/// High bits at the bytes of `word` that equal `byte` (and perhaps at bytes above the first of them).
const fn equal(word: u64, byte: u8) -> u64 {
    let x = word ^ (ONES * byte as u64);
    x.wrapping_sub(ONES) & !x & HIGHS
}

/// High bits at the bytes below 32 (and perhaps at bytes above the first of them).
const fn control(word: u64) -> u64 {
    word.wrapping_sub(SPACES) & !word & HIGHS
}

/// The offset of the first byte at or after `at` that is no white space.
#[inline]
pub(super) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b' ') => {
                at += 1;
                while let Some(SPACES) = eight(bytes, at) {
                    at += 8;
                }
            }
            Some(b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// Scans the string whose opening quote `quote` lies at `start`.
#[inline]
pub(super) fn string(bytes: &[u8], start: usize, quote: u8) -> StringScan {
    let mut scan = StringScan {
        end: start + 1,
        closed: false,
        escaped: false,
        suspicious: false,
    };
    loop {
        while let Some(word) = eight(bytes, scan.end) {
            let found = equal(word, quote) | equal(word, b'\\') | control(word);
            if found != 0 {
                scan.end += (found.trailing_zeros() / 8) as usize;
                break;
            }
            scan.end += 8;
        }
        match bytes.get(scan.end) {
            Some(&byte) if byte == quote => {
                scan.end += 1;
                scan.closed = true;
                return scan;
            }
            Some(b'\\') => {
                scan.escaped = true;
                match escape_len(bytes, scan.end) {
                    Some(length) => scan.end += length,
                    None => {
                        scan.suspicious = true;
                        scan.end += invalid_escape_len(bytes, scan.end);
                    }
                }
            }
            Some(b'\n' | b'\r') | None => {
                scan.end = unterminated_end(bytes, start, scan.end);
                return scan;
            }
            Some(0..=0x1F) => {
                scan.suspicious = true;
                scan.end += 1;
            }
            Some(_) => scan.end += 1,
        }
    }
}

/// Length of the escape that begins at `at`; `None` where it is invalid.
pub(super) fn escape_len(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => Some(6),
        _ => None,
    }
}

/// How many bytes of an invalid escape to step over: the backslash, and an ASCII character behind it that ends
/// neither string nor line.
pub(super) fn invalid_escape_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at + 1) {
        Some(0x20..=0x7F) => 2,
        _ => 1,
    }
}

/// Where a string without closing quote is taken to end: at the end of its line, without what looks like structure
/// there. A half-typed string must not swallow the comma or bracket that ends its line.
fn unterminated_end(bytes: &[u8], start: usize, line_end: usize) -> usize {
    let first = start + 1;
    let body = bytes.get(first..line_end).unwrap_or(&[]);
    let trimmed = |length: usize| body[..length].trim_ascii_end().len();
    let mut length = trimmed(body.len());
    if body[..length].ends_with(b",") {
        length = trimmed(length - 1);
    }
    // `"actions: {` is a name that lost a quote.
    if let Some((b'{' | b'[', before)) = body[..length].split_last() {
        let before = before.trim_ascii_end();
        return match before.split_last() {
            Some((b':', name)) => first + name.trim_ascii_end().len(),
            _ => first + length,
        };
    }
    // `"type": "Compose }`: brackets that close nothing opened inside the string belong to the structure. Those of
    // `"@{items('Each')}` belong to the string.
    let mut open = 0_usize;
    let mut surplus = 0_usize;
    for byte in &body[..length] {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' if open > 0 => open -= 1,
            b'}' | b']' => surplus += 1,
            _ => {}
        }
    }
    while surplus > 0 && matches!(body[..length].last(), Some(b'}' | b']')) {
        surplus -= 1;
        length = trimmed(length - 1);
    }
    first + length
}

/// The offset after the run of bytes that are neither white space nor structure, from `at` on.
pub(super) fn word_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        if matches!(
            byte,
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'{' | b'}' | b'[' | b']' | b':' | b','
        ) {
            break;
        }
        at += 1;
    }
    at
}

/// The end of the comment that begins at `at` with `//` or `/*`. One that is not closed on its line ends there.
pub(super) fn comment_end(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let line = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    let closed = if rest.starts_with(b"/*") {
        memchr::memmem::find(rest.get(2..line).unwrap_or(&[]), b"*/").map(|found| found + 4)
    } else {
        None
    };
    at + closed.unwrap_or(line)
}

/// The end of the container that begins at `start`, found by counting brackets only.
pub(super) fn skip_container(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            b'"' => at = string(bytes, at - 1, b'"').end,
            _ => {}
        }
    }
    at
}

/// Whether `word` is a number as the RFC writes it.
pub(super) fn is_number(word: &[u8]) -> bool {
    let digits = |from: usize| {
        word.get(from..)
            .unwrap_or(&[])
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut at = usize::from(word.first() == Some(&b'-'));
    at += match word.get(at) {
        Some(b'0') => 1,
        Some(b'1'..=b'9') => digits(at),
        _ => return false,
    };
    if word.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if let Some(b'e' | b'E') = word.get(at) {
        at += 1;
        at += usize::from(matches!(word.get(at), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == word.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(text: &str) -> usize {
        string(text.as_bytes(), 0, b'"').end
    }

    #[test]
    fn strings_end_at_their_quote() {
        assert_eq!(end_of(r#""abc", 1"#), 5);
        let scan = string(br#""a\"b\u00e4c" "#, 0, b'"');
        assert_eq!(
            (scan.end, scan.closed, scan.escaped, scan.suspicious),
            (13, true, true, false)
        );
        assert!(string(b"\"a\\x\"", 0, b'"').suspicious);
        assert!(string(b"\"a\tb\"", 0, b'"').suspicious);
        assert_eq!(end_of("\"äöüäöüäöüäöü\""), 26);
    }

    #[test]
    fn unclosed_strings_leave_structure_alone() {
        for (line, kept) in [
            ("\"abc,\n", "\"abc"),
            ("\"abc  \r\n", "\"abc"),
            ("\"actions: {\n", "\"actions"),
            ("\"Compose },\n", "\"Compose"),
            ("\"@{items('Each')}\n", "\"@{items('Each')}"),
            ("\"@{items('Each')}},\n", "\"@{items('Each')}"),
            ("\"@{\n", "\"@{"),
            ("\"", "\""),
            ("\"abc\\", "\"abc\\"),
        ] {
            assert_eq!(&line[..end_of(line)], kept);
        }
    }

    #[test]
    fn numbers_are_strict() {
        for good in ["0", "-0", "12", "1.5", "1e9", "1E+9", "-1.25e-3"] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x1", "1a", "--1", "NaN"] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn comments_end_on_their_line() {
        assert_eq!(comment_end(b"// a\n1", 0), 4);
        assert_eq!(comment_end(b"/* a */ 1", 0), 7);
        assert_eq!(comment_end(b"/* a\n*/ 1", 0), 4);
        assert_eq!(comment_end(b"/*/", 0), 3);
    }
}
