//! A text that is open in an editor.

use crate::line_index::{ColumnUnit, Position};
use crate::span::{Span, offset_of};
use ropey::Rope;

/// A text under edit, kept twice: as one run of bytes, which the parsers need, and as a rope, which answers positions
/// in logarithmic time after any edit. A clone shares the rope and copies the bytes.
#[derive(Clone, Debug, Default)]
pub struct Document {
    text: String,
    rope: Rope,
}

impl Document {
    /// Takes over a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        let rope = Rope::from_str(&text);
        Self { text, rope }
    }

    /// The text as it is now.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many lines the text has; lines end at `\n`, `\r\n` or `\r`.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        offset_of(self.rope.len_lines())
    }

    /// Replaces the bytes of `span`. Offsets beyond the text count as its end, offsets inside a character as its
    /// start. Gives the range that was really replaced.
    pub fn replace(&mut self, span: Span, new_text: &str) -> Span {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.floor_char_boundary(span.end as usize).max(start);
        let first = self.rope.byte_to_char(start);
        let last = self.rope.byte_to_char(end);
        self.rope.remove(first..last);
        self.rope.insert(first, new_text);
        self.text.replace_range(start..end, new_text);
        Span::new(offset_of(start), offset_of(end))
    }

    /// The place of a byte; clamped as [`crate::LineIndex::position`] is.
    #[must_use]
    pub fn position(&self, offset: u32, unit: ColumnUnit) -> Position {
        let offset = self.text.floor_char_boundary(offset as usize);
        let line = self.rope.byte_to_line(offset);
        let (start, end) = self.line_bytes(line);
        let offset = offset.min(end);
        let column = match unit {
            ColumnUnit::Utf8 => offset - start,
            ColumnUnit::Chars => self.rope.byte_to_char(offset) - self.rope.byte_to_char(start),
            ColumnUnit::Utf16 => self.utf16(offset) - self.utf16(start),
        };
        Position {
            line: offset_of(line),
            column: offset_of(column),
        }
    }

    /// The offset of a place; clamped as [`crate::LineIndex::offset`] is.
    #[must_use]
    pub fn offset(&self, position: Position, unit: ColumnUnit) -> u32 {
        let line = position.line as usize;
        if line >= self.rope.len_lines() {
            return offset_of(self.text.len());
        }
        let (start, end) = self.line_bytes(line);
        let column = position.column as usize;
        let offset = match unit {
            ColumnUnit::Utf8 => start + column,
            ColumnUnit::Chars => {
                let char = (self.rope.byte_to_char(start) + column).min(self.rope.len_chars());
                self.rope.char_to_byte(char)
            }
            ColumnUnit::Utf16 => {
                let unit = (self.utf16(start) + column).min(self.rope.len_utf16_cu());
                self.rope.char_to_byte(self.rope.utf16_cu_to_char(unit))
            }
        };
        offset_of(self.text.floor_char_boundary(offset.min(end)))
    }

    /// The bytes of an existing line without its line end.
    fn line_bytes(&self, line: usize) -> (usize, usize) {
        let start = self.rope.line_to_byte(line);
        let next = self.rope.line_to_byte(line + 1);
        let body = self.text.get(start..next).unwrap_or("");
        let body = body.strip_suffix('\n').map_or_else(
            || body.strip_suffix('\r').unwrap_or(body),
            |body| body.strip_suffix('\r').unwrap_or(body),
        );
        (start, start + body.len())
    }

    fn utf16(&self, offset: usize) -> usize {
        self.rope.char_to_utf16_cu(self.rope.byte_to_char(offset))
    }
}
