//! Stored bytes to text and back, and what a text shows of its author's habits (line ends, indentation).
//!
//! A file is rewritten as it was stored: same encoding, same byte order mark. So both travel with the text.

use std::fmt;

/// How a file stores its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// UTF-16, low byte first; always with a byte order mark.
    Utf16Le,
    /// UTF-16, high byte first; always with a byte order mark.
    Utf16Be,
}

/// The text of a file and what is needed to store it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceText {
    /// The text without its byte order mark.
    pub text: String,
    /// How the file stored it.
    pub encoding: Encoding,
    /// Whether the file began with a byte order mark.
    pub bom: bool,
}

/// Why bytes are no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Offset of the first wrong byte in the file as stored.
    pub offset: usize,
    /// The encoding the bytes were read in.
    pub encoding: Encoding,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
        };
        write!(
            f,
            "the file is not valid {name} text: wrong byte at offset {}",
            self.offset
        )
    }
}

impl std::error::Error for DecodeError {}

const BOM_UTF8: &[u8] = &[0xEF, 0xBB, 0xBF];
const BOM_UTF16_LE: &[u8] = &[0xFF, 0xFE];
const BOM_UTF16_BE: &[u8] = &[0xFE, 0xFF];

/// Reads bytes as text: UTF-16 where its byte order mark says so, else UTF-8. The mark is not part of the text.
///
/// # Errors
/// [`DecodeError`] where the bytes are not valid in that encoding (for UTF-16: an odd length or a lone surrogate).
pub fn decode(bytes: Vec<u8>) -> Result<SourceText, DecodeError> {
    if let Some(body) = bytes.strip_prefix(BOM_UTF16_LE) {
        return decode_utf16(body, Encoding::Utf16Le);
    }
    if let Some(body) = bytes.strip_prefix(BOM_UTF16_BE) {
        return decode_utf16(body, Encoding::Utf16Be);
    }
    let bom = bytes.starts_with(BOM_UTF8);
    let mut text = String::from_utf8(bytes).map_err(|e| DecodeError {
        offset: e.utf8_error().valid_up_to(),
        encoding: Encoding::Utf8,
    })?;
    if bom {
        // In place: the bytes move down, nothing is allocated.
        text.drain(..BOM_UTF8.len());
    }
    Ok(SourceText {
        text,
        encoding: Encoding::Utf8,
        bom,
    })
}

fn decode_utf16(body: &[u8], encoding: Encoding) -> Result<SourceText, DecodeError> {
    let units = body.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if encoding == Encoding::Utf16Le {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    let mut text = String::with_capacity(body.len() / 2);
    let mut read = BOM_UTF16_LE.len();
    for decoded in char::decode_utf16(units) {
        let Ok(c) = decoded else {
            return Err(DecodeError { offset: read, encoding });
        };
        text.push(c);
        read += c.len_utf16() * 2;
    }
    if body.len() % 2 == 1 {
        return Err(DecodeError { offset: read, encoding });
    }
    Ok(SourceText {
        text,
        encoding,
        bom: true,
    })
}

/// Stores `text` in `encoding`, after a byte order mark where `bom` asks for one. UTF-16 always gets its mark: without
/// it nobody, [`decode`] included, would read it back.
#[must_use]
pub fn encode(text: &str, encoding: Encoding, bom: bool) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => {
            let mut bytes = Vec::with_capacity(text.len() + BOM_UTF8.len());
            if bom {
                bytes.extend_from_slice(BOM_UTF8);
            }
            bytes.extend_from_slice(text.as_bytes());
            bytes
        }
        Encoding::Utf16Le => {
            let mut bytes = BOM_UTF16_LE.to_vec();
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        }
        Encoding::Utf16Be => {
            let mut bytes = BOM_UTF16_BE.to_vec();
            bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            bytes
        }
    }
}

/// The line end this text uses: the first one found, `"\n"` where there is none.
#[must_use]
pub fn line_ending(text: &str) -> &'static str {
    let bytes = text.as_bytes();
    match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => "\r\n",
        Some(at) if bytes[at] == b'\r' => "\r",
        _ => "\n",
    }
}

/// One step of indentation in this text: the white space before the first indented line (a tab, or that many spaces),
/// two spaces where no line is indented. Made for JSON and XML, where the first indented line is one level deep.
#[must_use]
pub fn indent_unit(text: &str) -> String {
    for line in text.split(['\n', '\r']) {
        let body = line.trim_start_matches([' ', '\t']);
        if body.is_empty() {
            continue;
        }
        let indent = &line[..line.len() - body.len()];
        if indent.starts_with('\t') {
            return "\t".to_owned();
        }
        if !indent.is_empty() {
            return indent.chars().take_while(|c| *c == ' ').collect();
        }
    }
    "  ".to_owned()
}

/// The white space that begins the line `offset` lies on.
#[must_use]
pub fn line_indent(text: &str, offset: u32) -> &str {
    let bytes = text.as_bytes();
    let offset = (offset as usize).min(bytes.len());
    let start = memchr::memrchr2(b'\n', b'\r', &bytes[..offset]).map_or(0, |at| at + 1);
    let blank = bytes[start..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    // Spaces, tabs and line ends are one byte each, so both ends are character boundaries.
    text.get(start..start + blank).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_survives_a_round_trip() {
        let text = "{\"a\": \"ä€😀\"}\r\n";
        for (encoding, bom) in [
            (Encoding::Utf8, false),
            (Encoding::Utf8, true),
            (Encoding::Utf16Le, true),
            (Encoding::Utf16Be, true),
        ] {
            let source = decode(encode(text, encoding, bom)).unwrap();
            assert_eq!(
                source,
                SourceText {
                    text: text.to_owned(),
                    encoding,
                    bom
                }
            );
        }
    }

    #[test]
    fn plain_utf8_is_not_copied() {
        let bytes = b"plain".to_vec();
        let address = bytes.as_ptr();
        assert_eq!(decode(bytes).unwrap().text.as_ptr(), address);
    }

    #[test]
    fn wrong_bytes_are_told_with_their_offset() {
        let error = decode(b"\xEF\xBB\xBFab\xFF".to_vec()).unwrap_err();
        assert_eq!(error.offset, 5);
        assert_eq!(
            error.to_string(),
            "the file is not valid UTF-8 text: wrong byte at offset 5"
        );
        assert_eq!(decode(b"\xFF\xFEa\0\x00\xD8b\0".to_vec()).unwrap_err().offset, 4);
        assert_eq!(decode(b"\xFF\xFEa\0b".to_vec()).unwrap_err().offset, 4);
        assert_eq!(decode(Vec::new()).unwrap().text, "");
    }

    #[test]
    fn habits_are_found() {
        assert_eq!(line_ending("a\r\nb\n"), "\r\n");
        assert_eq!(line_ending("a\rb"), "\r");
        assert_eq!(line_ending("ab"), "\n");
        assert_eq!(indent_unit("{\r\n    \"a\": 1\r\n}"), "    ");
        assert_eq!(indent_unit("{\n\n\t\"a\": 1\n}"), "\t");
        assert_eq!(indent_unit("{\"a\": 1}"), "  ");
        assert_eq!(line_indent("{\n  \"a\": 1", 6), "  ");
        assert_eq!(line_indent("ä", 99), "");
    }
}
