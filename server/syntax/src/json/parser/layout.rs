//! Which brackets belong together where some are missing or too many.
//!
//! People and tools indent JSON, so the indentation of a line tells what the brackets fail to tell. It is asked only
//! after a first pass found that brackets do not match: valid JSON may be laid out in any way.

use super::{Parser, State};

/// How far up a bracket of the same indentation is looked for.
const MAX_IMPLIED_BY_LAYOUT: usize = 64;

/// How many open brackets a closing one may pass over to find its own: `{"a": [1, 2 }` closes two. Few, because a stray
/// bracket deep inside a file must not close half of it.
const MAX_IMPLIED: usize = 3;

impl Parser<'_> {
    /// Reads the white space between the last token and this one.
    pub(super) fn note_line(&mut self) {
        let blank = self.bytes.get(self.token_end..self.at).unwrap_or(&[]);
        let line = memchr::memrchr2(b'\n', b'\r', blank);
        self.begins_line = line.is_some() || self.token_end == 0;
        if self.begins_line {
            self.indent = blank.len() - line.map_or(0, |end| end + 1);
            self.line_closes = matches!(self.bytes.get(self.at), Some(b'}' | b']'));
        }
    }

    /// A member that begins its line no deeper than the line that opened the container it would belong to: that
    /// container lacks its bracket, and the member belongs to the object further out.
    pub(super) fn outdent(&mut self, start: usize) {
        let inner = self.stack.iter().rev().take(MAX_IMPLIED_BY_LAYOUT);
        let deeper = inner.clone().take_while(|frame| frame.indent >= self.indent).count();
        if deeper == 0 || !inner.clone().nth(deeper).is_some_and(|frame| frame.object) {
            return;
        }
        let comma = matches!(self.state, State::Name | State::Item);
        for _ in 0..deeper {
            self.leave(start, start, false);
        }
        if comma {
            self.state = State::Name;
        }
    }

    /// How many containers end without their bracket if this one ends with its own; `None` if it closes nothing.
    pub(super) fn implied(&self, object: bool) -> Option<usize> {
        if self.layout && self.line_closes {
            let inner = self.stack.iter().rev().take(MAX_IMPLIED_BY_LAYOUT);
            let deeper = inner.clone().take_while(|frame| frame.indent > self.indent).count();
            let mut same = inner.skip(deeper).take_while(|frame| frame.indent == self.indent);
            // Several brackets may open on one line: `"a": [{`.
            if let Some(further) = same.position(|frame| frame.object == object) {
                return Some(deeper + further);
            }
            if self.stack.last().is_some_and(|top| top.indent < self.indent) {
                return None;
            }
        }
        self.stack
            .iter()
            .rev()
            .take(MAX_IMPLIED + 1)
            .position(|frame| frame.object == object)
    }
}
