//! How nodes and errors are put on the tape.

use super::super::error::{JsonError, JsonErrorKind};
use super::super::tape::{CLOSED, HAS_VALUE, KEY, Kind, MAX_ERRORS, Node};
use super::{Frame, Parser, State};
use crate::span::{Span, offset_of};

impl Parser<'_> {
    /// Adds a node from `start` to here.
    pub(super) fn push(&mut self, start: usize, meta: u32) -> u32 {
        let index = offset_of(self.nodes.len());
        self.nodes.push(Node {
            start: offset_of(start),
            end: offset_of(self.at),
            size: 1,
            meta,
        });
        index
    }

    /// The name of a member that has none.
    pub(super) fn nameless(&mut self, start: usize) {
        let start = offset_of(start);
        self.nodes.push(Node {
            start,
            end: start,
            size: 1,
            meta: Kind::Error as u32 | KEY,
        });
        self.state = State::Value;
    }

    /// Notes what is missing before a value, and tells the name before it that it has one.
    pub(super) fn before_value(&mut self) {
        match self.state {
            State::Value => {}
            State::Colon => self.incomplete_member(),
            State::Items => {
                self.error(JsonErrorKind::MissingItemComma, self.token_end, self.token_end);
                return;
            }
            _ => return,
        }
        if let Some(key) = self.nodes.last_mut() {
            key.meta |= HAS_VALUE;
        }
    }

    pub(super) fn behind_value(&self) -> State {
        match self.stack.get(self.floor..).and_then(<[Frame]>::last) {
            None => State::DocumentEnd,
            Some(frame) if frame.object => State::Member,
            Some(_) => State::Items,
        }
    }

    /// The last node is a name without colon or without value.
    pub(super) fn incomplete_member(&mut self) {
        let kind = if self.state == State::Colon {
            JsonErrorKind::MissingColon
        } else {
            JsonErrorKind::MissingValue
        };
        if let Some(key) = self.nodes.last().copied() {
            // A name that is itself missing was reported already.
            if !key.span().is_empty() || kind == JsonErrorKind::MissingValue {
                self.error(kind, key.start as usize, key.end as usize);
            }
        }
    }

    /// Closes the innermost container at `end`; `at` is where that was noticed.
    pub(super) fn leave(&mut self, at: usize, end: usize, closed: bool) {
        match self.state {
            State::Colon | State::Value => self.incomplete_member(),
            State::Name | State::Item if closed => {
                self.error(JsonErrorKind::TrailingComma, self.comma, self.comma + 1);
            }
            _ => {}
        }
        let Some(frame) = self.stack.pop() else { return };
        let behind = offset_of(self.nodes.len());
        let Some(node) = self.nodes.get_mut(frame.node as usize) else {
            return;
        };
        node.end = offset_of(end);
        node.size = behind - frame.node;
        if closed {
            node.meta |= CLOSED;
        }
        let start = node.start as usize;
        if frame.object {
            self.duplicate_keys(frame.keys);
        }
        if !closed && !frame.reopened {
            self.unmatched += 1;
            let open = if frame.object { '{' } else { '[' };
            let related = (at < self.bytes.len()).then(|| Span::new(offset_of(at), offset_of(at + 1)));
            self.error_related(JsonErrorKind::Unclosed { open }, start, start + 1, related);
        }
        self.state = self.behind_value();
    }

    pub(super) fn duplicate_keys(&mut self, from: usize) {
        for (first, again) in self.keys.take_duplicates(self.text, &self.nodes, from) {
            self.duplicates += 1;
            if self.duplicates <= MAX_ERRORS {
                let kind = JsonErrorKind::DuplicateKey { first };
                self.errors.push(JsonError {
                    span: again,
                    kind,
                    related: Some(first),
                });
            }
        }
    }

    /// At the end of the text.
    pub(super) fn finish(&mut self) {
        let end = self.bytes.len();
        if self.state == State::Document {
            self.error(JsonErrorKind::Empty, end, end);
        }
        while !self.stack.is_empty() {
            self.leave(end, end, false);
        }
    }

    // Errors

    pub(super) fn error(&mut self, kind: JsonErrorKind, start: usize, end: usize) {
        self.error_related(kind, start, end, None);
    }

    pub(super) fn error_related(&mut self, kind: JsonErrorKind, start: usize, end: usize, related: Option<Span>) {
        self.syntax_errors += 1;
        if self.syntax_errors <= MAX_ERRORS {
            self.errors.push(JsonError {
                span: Span::new(offset_of(start), offset_of(end)),
                kind,
                related,
            });
        }
    }
}
