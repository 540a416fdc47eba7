//! Offsets to lines and columns and back, for texts that are not open in an editor.
//!
//! The index outlives the text: findings of closed files are placed long after their bytes were dropped.

use crate::span::{Span, offset_of};

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnUnit {
    /// Bytes of UTF-8.
    Utf8,
    /// UTF-16 code units, as every LSP editor understands.
    Utf16,
    /// Characters (Unicode scalar values), as command line output shows.
    Chars,
}

/// A place in a text, counted from 0. The unit of `column` is a [`ColumnUnit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0.
    pub column: u32,
}

/// A character of more than one byte, with what all such characters before it add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wide {
    offset: u32,
    /// Bytes minus characters, over the text before this character.
    chars_excess: u32,
    /// Bytes minus UTF-16 units, over the text before this character.
    utf16_excess: u32,
}

/// The lines and the wide characters of a text. Lines end at `\n`, `\r\n` or `\r`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    /// Offset of the first byte of each line; never empty.
    starts: Vec<u32>,
    /// Whether lines usually end in two bytes. The lines that do not follow the usual are in `unusual`, in order:
    /// texts mix their line ends rarely, so this is 4 bytes a line instead of 8.
    crlf: bool,
    unusual: Vec<u32>,
    /// All characters beyond ASCII in order, then one entry for the end of the text.
    wide: Vec<Wide>,
    length: u32,
}

impl LineIndex {
    /// Reads a text once.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut crlf = None;
        let mut unusual = Vec::new();
        let mut from = 0;
        while let Some(found) = memchr::memchr2(b'\n', b'\r', &bytes[from..]) {
            let at = from + found;
            let two = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
            if two != *crlf.get_or_insert(two) {
                unusual.push(offset_of(starts.len() - 1));
            }
            from = at + if two { 2 } else { 1 };
            starts.push(offset_of(from));
        }
        starts.shrink_to_fit();
        let length = offset_of(bytes.len());
        Self {
            starts,
            crlf: crlf.unwrap_or(false),
            unusual,
            wide: wide_characters(text),
            length,
        }
    }

    /// How many lines the text has; a text that ends in a line end has an empty last line, an empty text one line.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        offset_of(self.starts.len())
    }

    /// The bytes of a line without its line end. Lines beyond the last give the empty range at the end of the text.
    #[must_use]
    pub fn line_span(&self, line: u32) -> Span {
        let Some(&start) = self.starts.get(line as usize) else {
            return Span::at(self.length);
        };
        let Some(&next) = self.starts.get(line as usize + 1) else {
            return Span::new(start, self.length);
        };
        let two = self.crlf != self.unusual.binary_search(&line).is_ok();
        Span::new(start, next - if two { 2 } else { 1 })
    }

    /// The place of a byte. Offsets beyond the text count as its end, offsets inside a character as its start, offsets
    /// inside a `\r\n` as the end of the line.
    #[must_use]
    pub fn position(&self, offset: u32, unit: ColumnUnit) -> Position {
        let offset = self.floor(offset.min(self.length));
        let line = offset_of(self.starts.partition_point(|start| *start <= offset).saturating_sub(1));
        let span = self.line_span(line);
        let offset = offset.min(span.end);
        let column = (offset - span.start) - (self.excess(offset, unit) - self.excess(span.start, unit));
        Position { line, column }
    }

    /// The offset of a place. Lines beyond the last count as the end of the text, columns beyond the line as its end,
    /// columns inside a character as its start.
    #[must_use]
    pub fn offset(&self, position: Position, unit: ColumnUnit) -> u32 {
        let span = self.line_span(position.line);
        let base = self.excess(span.start, unit);
        // Search the first wide character of the line that does not lie wholly before the column: what the wide
        // characters before it add is what separates the column from the offset.
        let mut low = self.wide.partition_point(|wide| wide.offset < span.start);
        let mut high = self.wide.partition_point(|wide| wide.offset < span.end);
        while low < high {
            let middle = low + (high - low) / 2;
            let (Some(wide), Some(next)) = (self.wide.get(middle), self.wide.get(middle + 1)) else {
                break;
            };
            let (_, units) = width(wide, next, unit);
            let column = (wide.offset - span.start) - (wide.excess(unit) - base);
            if column + units <= position.column {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let extra = self
            .wide
            .get(low)
            .map_or(0, |wide| wide.excess(unit).saturating_sub(base));
        let offset = span.start.saturating_add(position.column).saturating_add(extra);
        self.floor(offset.min(span.end))
    }

    /// Length of the text in bytes.
    #[must_use]
    pub fn text_len(&self) -> u32 {
        self.length
    }

    /// The start of the character that `offset` lies in.
    fn floor(&self, offset: u32) -> u32 {
        let behind = self.wide.partition_point(|wide| wide.offset < offset);
        let Some(at) = behind.checked_sub(1) else { return offset };
        match (self.wide.get(at), self.wide.get(behind)) {
            (Some(wide), Some(next)) => {
                let (bytes, _) = width(wide, next, ColumnUnit::Chars);
                if offset < wide.offset + bytes {
                    wide.offset
                } else {
                    offset
                }
            }
            _ => offset,
        }
    }

    /// Bytes minus units over the text before `offset`, which is no inside of a character.
    fn excess(&self, offset: u32, unit: ColumnUnit) -> u32 {
        let behind = self.wide.partition_point(|wide| wide.offset < offset);
        self.wide
            .get(behind)
            .or(self.wide.last())
            .map_or(0, |wide| wide.excess(unit))
    }
}

impl Wide {
    fn excess(&self, unit: ColumnUnit) -> u32 {
        match unit {
            ColumnUnit::Utf8 => 0,
            ColumnUnit::Utf16 => self.utf16_excess,
            ColumnUnit::Chars => self.chars_excess,
        }
    }
}

/// Bytes and units of a wide character, read from what the entry behind it adds.
fn width(wide: &Wide, next: &Wide, unit: ColumnUnit) -> (u32, u32) {
    let bytes = next.chars_excess - wide.chars_excess + 1;
    (bytes, bytes - (next.excess(unit) - wide.excess(unit)))
}

fn wide_characters(text: &str) -> Vec<Wide> {
    let mut wide = Vec::new();
    let mut next = Wide {
        offset: 0,
        chars_excess: 0,
        utf16_excess: 0,
    };
    if !text.is_ascii() {
        for (offset, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            next.offset = offset_of(offset);
            wide.push(next);
            next.chars_excess += offset_of(c.len_utf8() - 1);
            next.utf16_excess += offset_of(c.len_utf8() - c.len_utf16());
        }
    }
    next.offset = offset_of(text.len());
    wide.push(next);
    wide.shrink_to_fit();
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        let index = LineIndex::new("a\r\nb\rc\n");
        assert_eq!(index.line_count(), 4);
        let spans: Vec<_> = (0..5).map(|line| index.line_span(line)).collect();
        assert_eq!(
            spans,
            [
                Span::new(0, 1),
                Span::new(3, 4),
                Span::new(5, 6),
                Span::at(7),
                Span::at(7)
            ]
        );
        assert_eq!(index.position(2, ColumnUnit::Utf8), Position { line: 0, column: 1 });
        assert_eq!(LineIndex::new("").position(3, ColumnUnit::Chars), Position::default());
    }

    #[test]
    fn columns_count_what_they_are_asked_for() {
        let index = LineIndex::new("x\nä😀b");
        for (unit, columns) in [
            (ColumnUnit::Utf8, [0, 2, 6, 7]),
            (ColumnUnit::Utf16, [0, 1, 3, 4]),
            (ColumnUnit::Chars, [0, 1, 2, 3]),
        ] {
            for (offset, column) in [2, 4, 8, 9].into_iter().zip(columns) {
                assert_eq!(index.position(offset, unit), Position { line: 1, column }, "{unit:?}");
                assert_eq!(index.offset(Position { line: 1, column }, unit), offset, "{unit:?}");
            }
        }
        // Inside the surrogate pair, beyond the line, beyond the text.
        assert_eq!(index.offset(Position { line: 1, column: 2 }, ColumnUnit::Utf16), 4);
        assert_eq!(index.offset(Position { line: 0, column: 9 }, ColumnUnit::Utf16), 1);
        assert_eq!(
            index.offset(
                Position {
                    line: u32::MAX,
                    column: u32::MAX
                },
                ColumnUnit::Chars
            ),
            9
        );
    }
}
