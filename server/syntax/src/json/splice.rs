//! A tree after an edit, without parsing the whole text again.
//!
//! The result equals a full parse of the new text, node for node and error for error; where that is not certain, a full
//! parse is what happens. It is certain for a string whose quotes stay where they were, and for a container whose
//! closing bracket still closes it: the parser's decisions around it read nothing inside it (see `parser`). The one
//! exception, a string without closing quote, reads to the end of its line, and is looked for.

use super::error::{JsonError, JsonErrorKind};
use super::parser::{self, Piece};
use super::scan;
use super::tape::{CLOSED, ESCAPED, HAS_VALUE, KEY, Kind, MAX_ERRORS, Node, NodeId, Tree};
use crate::span::{Span, offset_of};

/// What an edit did to a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whether the whole text was parsed again; then every node may be another one.
    pub whole: bool,
    /// The node that was parsed again: the string or the container around the edit. Its own id, the ids before it and
    /// those of the containers around it still hold; ids behind it moved by the change in the number of nodes.
    pub node: NodeId,
    /// The bytes that node had in the old text.
    pub old: Span,
    /// The bytes it has in the new text.
    pub new: Span,
}

/// An edit: `old` was replaced by `inserted` bytes.
#[derive(Clone, Copy)]
struct Edit {
    old: Span,
    inserted: u32,
}

impl Edit {
    /// What an offset behind the edit moves by, to be added with wrap-around.
    fn delta(self) -> u32 {
        self.inserted.wrapping_sub(self.old.len())
    }
}

impl Tree {
    /// Brings the tree up to date after an edit: `edited` is the range replaced, in offsets of the old text, `inserted`
    /// the length in bytes of what replaced it, `new_text` the text after it. The tree then equals
    /// `Tree::parse(new_text)`.
    pub fn splice(&mut self, new_text: &str, edited: Span, inserted: u32) -> Change {
        let edit = Edit { old: edited, inserted };
        let plausible = edited.end <= self.text_len
            && u64::from(self.text_len) - u64::from(edited.len()) + u64::from(inserted) == new_text.len() as u64;
        if plausible
            && !self.fragile
            && let Some(change) = self.try_splice(new_text, edit)
        {
            self.text_len = offset_of(new_text.len());
            return change;
        }
        let old = Span::new(0, self.text_len);
        *self = Self::parse(new_text);
        Change {
            whole: true,
            node: NodeId(0),
            old,
            new: Span::new(0, self.text_len),
        }
    }

    fn try_splice(&mut self, new_text: &str, edit: Edit) -> Option<Change> {
        let (path, leaf) = self.around(edit.old);
        if let Some(leaf) = leaf
            && let Some(change) = self.splice_string(new_text, edit, &path, leaf)
        {
            return Some(change);
        }
        // Where a container does not hold, a much larger one is tried: the sum of all attempts stays in proportion to
        // the text.
        let mut least = 0;
        for depth in (0..path.len()).rev() {
            let index = *path.get(depth)?;
            let node = *self.nodes.get(index)?;
            if depth == 0 || node.end - node.start < least {
                continue;
            }
            if !node.is(CLOSED) || !self.is_independent(new_text, node, edit) {
                continue;
            }
            let around: Vec<bool> = path[..depth]
                .iter()
                .filter_map(|outer| self.nodes.get(*outer))
                .map(|outer| outer.kind() == Kind::Object)
                .collect();
            if let Some(piece) = parser::parse_piece(new_text, node.start, &around) {
                let end = piece.nodes.first().map(|root| root.end);
                if end == Some(node.end.wrapping_add(edit.delta())) && self.has_room(node, &piece) {
                    return Some(self.replace(&path[..depth], index, piece, edit));
                }
            }
            least = (node.end - node.start).saturating_mul(4);
        }
        None
    }

    /// The containers that hold the edit between their brackets, outermost first, and the string that holds it between
    /// its quotes.
    fn around(&self, edited: Span) -> (Vec<usize>, Option<usize>) {
        let mut path = Vec::new();
        let mut index = 0;
        let mut end = self.nodes.len();
        while index < end {
            let Some(node) = self.nodes.get(index) else { break };
            if node.start >= edited.start {
                break;
            }
            // A container without its bracket reaches to where the next token begins: the edit may touch its end.
            let inside = if node.is(CLOSED) {
                edited.end < node.end
            } else {
                edited.end <= node.end
            };
            if !inside {
                index += node.size as usize;
            } else if node.is_container() {
                path.push(index);
                end = index + node.size as usize;
                index += 1;
            } else {
                return (path, Some(index));
            }
        }
        (path, None)
    }

    /// Whether the text before `node`, as the parser read it, does not depend on the edit inside `node`.
    fn is_independent(&self, new_text: &str, node: Node, edit: Edit) -> bool {
        let before = self.errors.partition_point(|error| error.span.start < node.start);
        let unclosed = self.errors[..before]
            .iter()
            .rev()
            .find(|e| e.kind == JsonErrorKind::UnterminatedString);
        unclosed.is_none_or(|error| {
            // The text up to the edit is the same in both texts.
            let between = new_text
                .as_bytes()
                .get(error.span.start as usize..edit.old.start as usize);
            between.is_some_and(|between| memchr::memchr2(b'\n', b'\r', between).is_some())
        })
    }

    /// Whether the errors stay below the number from which on a full parse would drop some.
    fn has_room(&self, node: Node, piece: &Piece) -> bool {
        let inside = self.errors_inside(node.span());
        let kept = self.errors[..inside.start]
            .iter()
            .chain(&self.errors[inside.end..])
            .chain(&piece.errors);
        let duplicates = |error: &&JsonError| matches!(error.kind, JsonErrorKind::DuplicateKey { .. });
        let (mut all, mut double) = (0, 0);
        for error in kept {
            all += 1;
            double += usize::from(duplicates(&error));
        }
        double <= MAX_ERRORS && all - double <= MAX_ERRORS
    }

    /// Errors of what lies between the brackets at the ends of `span`: none of them begins at the opening one, and what
    /// is missing behind the closing one begins behind it.
    fn errors_inside(&self, span: Span) -> std::ops::Range<usize> {
        let first = self.errors.partition_point(|error| error.span.start <= span.start);
        let last = self.errors.partition_point(|error| error.span.start < span.end);
        first..last.max(first)
    }

    /// An edit between the quotes of a string value: if the string still ends at the same quote, nothing else changed.
    fn splice_string(&mut self, new_text: &str, edit: Edit, path: &[usize], index: usize) -> Option<Change> {
        let node = *self.nodes.get(index)?;
        // A name may become a duplicate: that is for its object to see.
        let quote = *new_text.as_bytes().get(node.start as usize)?;
        if node.kind() != Kind::String || !node.is(CLOSED) || node.is(KEY) || quote != b'"' {
            return None;
        }
        let known = self.errors.partition_point(|error| error.span.start < node.start);
        if self.errors.get(known).is_some_and(|error| error.span.start < node.end) {
            return None;
        }
        let outer = path.last().and_then(|outer| self.nodes.get(*outer));
        if !self.is_independent(new_text, *outer?, edit) || !self.is_independent(new_text, node, edit) {
            return None;
        }
        let mut flags = node.meta & ESCAPED;
        if flags != 0 || !is_plain(new_text, edit) {
            let found = scan::string(new_text.as_bytes(), node.start as usize, b'"');
            let end = node.end.wrapping_add(edit.delta());
            if !found.closed || found.suspicious || offset_of(found.end) != end {
                return None;
            }
            flags = if found.escaped { ESCAPED } else { 0 };
        }
        let meta = (node.meta & !ESCAPED) | flags;
        let nodes = vec![Node {
            end: node.end.wrapping_add(edit.delta()),
            meta,
            ..node
        }];
        Some(self.replace(
            path,
            index,
            Piece {
                nodes,
                errors: Vec::new(),
            },
            edit,
        ))
    }

    /// Puts a piece in place of the node at `index`, which lies in the containers `path`, and shifts what lies behind.
    fn replace(&mut self, path: &[usize], index: usize, piece: Piece, edit: Edit) -> Change {
        let delta = edit.delta();
        let Some(&old) = self.nodes.get(index) else {
            return Change {
                whole: true,
                node: NodeId(0),
                old: Span::at(0),
                new: Span::at(0),
            };
        };
        let grown = offset_of(piece.nodes.len()).wrapping_sub(old.size);
        for outer in path {
            if let Some(outer) = self.nodes.get_mut(*outer) {
                outer.end = outer.end.wrapping_add(delta);
                outer.size = outer.size.wrapping_add(grown);
            }
        }
        self.replace_errors(old.span(), piece.errors, delta);

        let behind = index + old.size as usize;
        let meta = old.meta & (KEY | HAS_VALUE);
        let count = piece.nodes.len();
        if count == old.size as usize {
            self.nodes[index..behind].copy_from_slice(&piece.nodes);
        } else {
            self.nodes.splice(index..behind, piece.nodes);
        }
        if delta != 0 {
            for node in &mut self.nodes[index + count..] {
                node.start = node.start.wrapping_add(delta);
                node.end = node.end.wrapping_add(delta);
            }
        }
        let new = self.nodes.get_mut(index).map_or(Span::default(), |node| {
            node.meta |= meta;
            node.span()
        });
        Change {
            whole: false,
            node: NodeId(offset_of(index)),
            old: old.span(),
            new,
        }
    }

    fn replace_errors(&mut self, old: Span, errors: Vec<JsonError>, delta: u32) {
        let inside = self.errors_inside(old);
        let moved = |span: Span| {
            let at = |offset: u32| {
                if offset >= old.end {
                    offset.wrapping_add(delta)
                } else {
                    offset
                }
            };
            Span::new(at(span.start), at(span.end))
        };
        for (index, error) in self.errors.iter_mut().enumerate() {
            if !inside.contains(&index) {
                error.span = moved(error.span);
                error.related = error.related.map(moved);
                if let JsonErrorKind::DuplicateKey { first } = &mut error.kind {
                    *first = moved(*first);
                }
            }
        }
        self.errors.splice(inside, errors);
    }
}

/// Whether the inserted bytes can stand in a string as they are.
fn is_plain(new_text: &str, edit: Edit) -> bool {
    let start = edit.old.start as usize;
    let inserted = new_text
        .as_bytes()
        .get(start..start + edit.inserted as usize)
        .unwrap_or(b"\"");
    !inserted.iter().any(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F))
}
