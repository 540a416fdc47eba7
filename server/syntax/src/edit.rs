//! Edits of a text as values.

use crate::span::Span;

/// Replaces the bytes of `span` by `new_text`. An empty span inserts, an empty text deletes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextEdit {
    /// What is replaced, in offsets of the text before any edit.
    pub span: Span,
    /// What takes its place.
    pub new_text: String,
}

impl TextEdit {
    /// An edit that replaces `span` by `new_text`.
    pub fn new(span: Span, new_text: impl Into<String>) -> Self {
        Self {
            span,
            new_text: new_text.into(),
        }
    }

    /// An edit that inserts `new_text` at `offset`.
    pub fn insert(offset: u32, new_text: impl Into<String>) -> Self {
        Self::new(Span::at(offset), new_text)
    }

    /// An edit that deletes `span`.
    #[must_use]
    pub fn delete(span: Span) -> Self {
        Self::new(span, "")
    }
}

/// The text after all `edits`, whose spans all speak of the text before. The order of the list does not matter, except
/// that insertions at one offset keep theirs; an insertion at the start of a replaced range comes before it.
///
/// `None` where two edits overlap, or one does not fit the text (beyond its end, or inside a character).
#[must_use]
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    // Stable: insertions at one place keep the order of the list.
    sorted.sort_by_key(|edit| edit.span);
    let added: usize = edits.iter().map(|edit| edit.new_text.len()).sum();
    let mut result = String::with_capacity(text.len() + added);
    let mut done = 0;
    for edit in sorted {
        let range = edit.span.range();
        result.push_str(text.get(done..range.start)?);
        // Also refuses a range that ends inside a character or beyond the text.
        text.get(range.clone())?;
        result.push_str(&edit.new_text);
        done = range.end;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_in_any_order() {
        let edits = [
            TextEdit::new(Span::new(4, 5), "E"),
            TextEdit::insert(1, "x"),
            TextEdit::delete(Span::new(1, 3)),
        ];
        assert_eq!(apply("abcdef", &edits).unwrap(), "axdEf");
        let two = [TextEdit::insert(0, "1"), TextEdit::insert(0, "2")];
        assert_eq!(apply("-", &two).unwrap(), "12-");
    }

    #[test]
    fn overlaps_and_misfits_are_refused() {
        let overlap = [TextEdit::delete(Span::new(0, 2)), TextEdit::delete(Span::new(1, 3))];
        assert_eq!(apply("abc", &overlap), None);
        assert_eq!(apply("abc", &[TextEdit::delete(Span::new(2, 9))]), None);
        assert_eq!(apply("ä", &[TextEdit::insert(1, "x")]), None);
        let touching = [TextEdit::delete(Span::new(0, 1)), TextEdit::delete(Span::new(1, 2))];
        assert_eq!(apply("abc", &touching).unwrap(), "c");
    }
}
