//! The one type for "from here to there".

use std::ops::Range;

/// A range of bytes of a text: `start` is the first byte, `end` the first byte after it.
///
/// Offsets are `u32`: files beyond 4 GiB are refused long before they get here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset of the first byte that no longer belongs to the range.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end`. An `end` before `start` gives the empty range at `start`.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self {
            start,
            end: if end < start { start } else { end },
        }
    }

    /// The empty range at `offset`.
    #[must_use]
    pub const fn at(offset: u32) -> Self {
        Self {
            start: offset,
            end: offset,
        }
    }

    /// Length in bytes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the byte at `offset` lies in the range (`start <= offset < end`).
    #[must_use]
    pub const fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether a cursor at `offset` lies in the range or at one of its ends (`start <= offset <= end`).
    #[must_use]
    pub const fn touches(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// Whether `other` lies wholly inside this range; equal ranges contain each other.
    #[must_use]
    pub const fn contains_span(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The same range for indexing.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The range moved by `delta` bytes; ends that would leave `u32` stop at its bounds.
    #[must_use]
    pub fn shifted(self, delta: i64) -> Self {
        Self {
            start: shift(self.start, delta),
            end: shift(self.end, delta),
        }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The bytes of `text` in this range, or an empty string where the range does not fit the text.
    #[must_use]
    pub fn slice(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }
}

fn shift(offset: u32, delta: i64) -> u32 {
    let moved = i64::from(offset).saturating_add(delta).clamp(0, i64::from(u32::MAX));
    u32::try_from(moved).unwrap_or(u32::MAX)
}

/// A length as an offset; lengths beyond `u32` stop at its bound.
pub(crate) fn offset_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_answers_for_its_ends() {
        let span = Span::new(2, 5);
        assert!(span.contains(2) && !span.contains(5) && span.touches(5) && !span.touches(6));
        assert_eq!(Span::new(5, 2), Span::at(5));
        assert_eq!(span.shifted(-3), Span::new(0, 2));
        assert_eq!(span.cover(Span::at(9)), Span::new(2, 9));
        assert!(span.contains_span(Span::at(5)) && !span.contains_span(Span::new(4, 6)));
        assert_eq!(span.slice("abcdefg"), "cde");
        assert_eq!(span.slice("abc"), "");
        assert_eq!(span.len(), 3);
        assert!(Span::at(1).is_empty());
    }
}
