//! `LineIndex` and `Document` agree with each other and with the obvious way to count.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

mod common;

use common::Random;
use proptest::prelude::*;
use syntax::{ColumnUnit, Document, LineIndex, Position, Span};

const UNITS: [ColumnUnit; 3] = [ColumnUnit::Utf8, ColumnUnit::Utf16, ColumnUnit::Chars];

/// The lines of a text, counted one character at a time: start and end without line end.
fn lines(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        let width = match (bytes[at], bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1,
            _ => 0,
        };
        if width > 0 {
            lines.push(Span::new(start as u32, at as u32));
            start = at + width;
        }
        at += width.max(1);
    }
    lines.push(Span::new(start as u32, at as u32));
    lines
}

fn units(text: &str, unit: ColumnUnit) -> u32 {
    let count = match unit {
        ColumnUnit::Utf8 => text.len(),
        ColumnUnit::Utf16 => text.encode_utf16().count(),
        ColumnUnit::Chars => text.chars().count(),
    };
    count as u32
}

fn position(text: &str, offset: u32, unit: ColumnUnit) -> Position {
    let offset = text.floor_char_boundary(offset as usize) as u32;
    let lines = lines(text);
    let line = lines.iter().rposition(|line| line.start <= offset).unwrap();
    let end = offset.min(lines[line].end);
    Position {
        line: line as u32,
        column: units(Span::new(lines[line].start, end).slice(text), unit),
    }
}

fn offset(text: &str, position: Position, unit: ColumnUnit) -> u32 {
    let lines = lines(text);
    let Some(line) = lines.get(position.line as usize) else {
        return text.len() as u32;
    };
    let mut at = line.start;
    let mut column = 0;
    for c in line.slice(text).chars() {
        column += units(c.encode_utf8(&mut [0; 4]), unit);
        if column > position.column {
            break;
        }
        at += c.len_utf8() as u32;
    }
    at
}

fn check(text: &str) {
    let index = LineIndex::new(text);
    let document = Document::new(text.to_owned());
    let lines = lines(text);
    assert_eq!(index.line_count() as usize, lines.len(), "{text:?}");
    assert_eq!(document.line_count() as usize, lines.len(), "{text:?}");
    for (line, span) in lines.iter().enumerate() {
        assert_eq!(index.line_span(line as u32), *span, "{text:?}");
    }
    for unit in UNITS {
        for at in (0..=text.len() as u32 + 2).chain([u32::MAX]) {
            let expected = position(text, at.min(text.len() as u32), unit);
            assert_eq!(index.position(at, unit), expected, "{text:?} {at} {unit:?}");
            assert_eq!(document.position(at, unit), expected, "{text:?} {at} {unit:?}");
        }
        for line in (0..=lines.len() as u32 + 1).chain([u32::MAX]) {
            for column in (0..12).chain([u32::MAX]) {
                let place = Position { line, column };
                let expected = offset(text, place, unit);
                assert_eq!(index.offset(place, unit), expected, "{text:?} {place:?} {unit:?}");
                assert_eq!(document.offset(place, unit), expected, "{text:?} {place:?} {unit:?}");
            }
        }
    }
}

const PIECES: &[&str] = &[
    "a", "bc", "ä", "€", "😀", "\n", "\r\n", "\r", "\t", "\u{85}", "\u{2028}", "\u{b}", "e\u{301}", "{", "\"",
];

#[test]
fn positions_agree() {
    let mut random = Random::new(1);
    for _ in 0..6_000 {
        let text: String = (0..random.below(14)).map(|_| random.pick(PIECES)).collect();
        check(&text);
    }
}

#[test]
fn an_edited_document_is_a_document_of_the_new_text() {
    let mut random = Random::new(2);
    for _ in 0..300 {
        let mut text = String::new();
        let mut document = Document::default();
        for _ in 0..40 {
            let start = random.below(text.len() + 3);
            let end = start + random.below(6);
            let inserted: String = (0..random.below(5)).map(|_| random.pick(PIECES)).collect();
            let done = document.replace(Span::new(start as u32, end as u32), &inserted);
            let from = text.floor_char_boundary(start);
            let to = text.floor_char_boundary(end).max(from);
            assert_eq!(done, Span::new(from as u32, to as u32));
            text.replace_range(from..to, &inserted);
            assert_eq!(document.text(), text);
            let index = LineIndex::new(&text);
            for unit in UNITS {
                for _ in 0..8 {
                    let at = random.below(text.len() + 2) as u32;
                    assert_eq!(document.position(at, unit), index.position(at, unit), "{text:?} {at}");
                    let place = Position {
                        line: random.below(6) as u32,
                        column: random.below(9) as u32,
                    };
                    assert_eq!(
                        document.offset(place, unit),
                        index.offset(place, unit),
                        "{text:?} {place:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_text_has_positions(text in ".{0,30}") {
        check(&text);
    }

    #[test]
    fn any_text_survives_its_encodings(text in ".{0,60}", bom in any::<bool>()) {
        use syntax::{Encoding, decode, encode};
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            let bom = bom || text.starts_with('\u{FEFF}');
            let read = decode(encode(&text, encoding, bom)).expect("what was encoded decodes");
            prop_assert_eq!(&read.text, &text);
            prop_assert_eq!(read.encoding, encoding);
        }
    }

    #[test]
    fn any_bytes_decode_or_say_where_not(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let length = bytes.len();
        if let Err(error) = syntax::decode(bytes) {
            prop_assert!(error.offset < length);
        }
    }

    #[test]
    fn escapes_carry_offsets_both_ways(text in "[a\"\\\\\n\u{1}ä😀]{0,12}") {
        let json = syntax::json::quote(&text);
        let tree = syntax::json::Tree::parse(&json);
        let value = tree.root(&json).expect("a string");
        prop_assert!(value.is_str(&text) && value.as_str().is_some_and(|decoded| decoded == text));
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let source = value.source_offset(at as u32);
            prop_assert!(json.is_char_boundary(source as usize));
            prop_assert_eq!(value.decoded_offset(source), at as u32);
        }
    }
}
