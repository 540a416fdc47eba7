//! References (`&amp;`, `&#10;`) and line ends, read and written.

use std::borrow::Cow;

/// Whether text stands between tags or in an attribute: white space is read differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Cdata,
    Attribute,
}

/// What `raw` stands for. References that are none stand for themselves; line ends become `\n` (in attributes, all
/// white space becomes spaces), as the standard has it.
pub(super) fn decode(raw: &str, place: Place) -> Cow<'_, str> {
    let special = |byte: &u8| match byte {
        b'&' => place != Place::Cdata,
        b'\r' => true,
        b'\n' | b'\t' => place == Place::Attribute,
        _ => false,
    };
    let bytes = raw.as_bytes();
    if !bytes.iter().any(special) {
        return Cow::Borrowed(raw);
    }
    let blank = if place == Place::Attribute { ' ' } else { '\n' };
    let mut text = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(special) {
        text.push_str(&raw[at..at + found]);
        at += found;
        match bytes[at] {
            b'&' => match reference(&raw[at..]) {
                Some((c, length)) => {
                    text.push(c);
                    at += length;
                }
                None => {
                    text.push('&');
                    at += 1;
                }
            },
            b'\r' => {
                text.push(blank);
                at += if bytes.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
            }
            _ => {
                text.push(blank);
                at += 1;
            }
        }
    }
    text.push_str(&raw[at..]);
    Cow::Owned(text)
}

/// The character a reference at the start of `text` stands for, and the reference's length.
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix('&')?;
    // No reference needs more: `&#x0010FFFF;` already has zeros to spare.
    let end = body.bytes().take(12).position(|byte| byte == b';')?;
    let c = match body.get(..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix('x') {
                Some(hex) => (hex, 16),
                None => (number, 10),
            };
            if !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
                return None;
            }
            char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|c| is_xml_char(*c))?
        }
    };
    Some((c, end + 2))
}

/// Whether XML may hold this character at all.
pub(super) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..)
}

/// `text` for an attribute value or between tags: `&`, `<`, `>` and both quotes escaped, and the white space that an
/// attribute would lose.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut raw = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => raw.push_str("&quot;"),
            '\'' => raw.push_str("&apos;"),
            '\n' => raw.push_str("&#10;"),
            '\t' => raw.push_str("&#9;"),
            c => push_text(&mut raw, c),
        }
    }
    raw
}

/// `text` for between tags: `&`, `<` and `>` escaped, quotes and line ends left alone.
#[must_use]
pub fn escape_text(text: &str) -> String {
    let mut raw = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| push_text(&mut raw, c));
    raw
}

fn push_text(raw: &mut String, c: char) {
    match c {
        '&' => raw.push_str("&amp;"),
        '<' => raw.push_str("&lt;"),
        '>' => raw.push_str("&gt;"),
        '\r' => raw.push_str("&#13;"),
        c => raw.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_decode_and_others_stay() {
        assert_eq!(
            decode("a &lt;&#65;&#x1F600;&nbsp;& &#0;&#xD800;", Place::Text),
            "a <A😀&nbsp;& &#0;&#xD800;"
        );
        assert_eq!(decode("a\r\nb\rc\td", Place::Text), "a\nb\nc\td");
        assert_eq!(decode("a\r\nb\nc\td", Place::Attribute), "a b c d");
        assert_eq!(decode("&amp;\r\n", Place::Cdata), "&amp;\n");
        assert!(matches!(decode("plain", Place::Text), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_text_reads_back() {
        let text = "a<b> & \"c\" 'd'\r\n\te ]]> ä";
        assert_eq!(decode(&escape(text), Place::Attribute), text);
        assert_eq!(decode(&escape_text(text), Place::Text), text);
    }
}
