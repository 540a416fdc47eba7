//! The tree as it is stored.

use super::error::{JsonError, JsonErrorKind};
use super::parser;
use super::value::Value;
use crate::span::Span;

/// How deep objects and arrays may nest; what lies deeper is skipped with an error.
pub const MAX_DEPTH: usize = 512;

/// How many syntax errors, and how many duplicate keys, a tree keeps.
pub const MAX_ERRORS: usize = 200;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Kind {
    /// `{…}`
    Object = 0,
    /// `[…]`
    Array = 1,
    /// `"…"`: a value or a property name.
    String = 2,
    /// A number.
    Number = 3,
    /// `true`
    True = 4,
    /// `false`
    False = 5,
    /// `null`
    Null = 6,
    /// Something that is no JSON but stands where a value or a name should.
    Error = 7,
}

/// A node's place on the tape of one tree. An edit may move nodes: ids do not outlive it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// One node. `size` counts the node and everything below it, so `index + size` is the next node beside it: relative,
/// that an edit need not touch it in the nodes behind. A key is a node of its own, directly before its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub start: u32,
    pub end: u32,
    pub size: u32,
    pub meta: u32,
}

pub(super) const KIND_MASK: u32 = 0xF;
/// The string holds a backslash.
pub(super) const ESCAPED: u32 = 0x10;
/// The node names a member.
pub(super) const KEY: u32 = 0x20;
/// The key is followed by its value.
pub(super) const HAS_VALUE: u32 = 0x40;
/// The object, array or string ended with its own closing character.
pub(super) const CLOSED: u32 = 0x80;

impl Node {
    pub fn kind(self) -> Kind {
        match self.meta & KIND_MASK {
            0 => Kind::Object,
            1 => Kind::Array,
            2 => Kind::String,
            3 => Kind::Number,
            4 => Kind::True,
            5 => Kind::False,
            6 => Kind::Null,
            _ => Kind::Error,
        }
    }

    pub fn span(self) -> Span {
        Span::new(self.start, self.end)
    }

    pub fn is(self, flag: u32) -> bool {
        self.meta & flag != 0
    }

    pub fn is_container(self) -> bool {
        self.meta & KIND_MASK <= Kind::Array as u32
    }
}

/// A parsed JSON text: nodes and errors, no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    /// In the order of their places.
    pub(super) errors: Vec<JsonError>,
    pub(super) text_len: u32,
    /// Set where only a full parse tells what an edit does: too many errors to keep, or brackets that do not match.
    pub(super) fragile: bool,
}

impl Tree {
    /// Parses a text. A text that is not JSON gives what could be understood of it, and the errors.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        parser::parse(text)
    }

    /// What is wrong with the text, in the order of places; at most [`MAX_ERRORS`] syntax errors and as many
    /// duplicate keys.
    #[must_use]
    pub fn errors(&self) -> &[JsonError] {
        &self.errors
    }

    /// Whether the text is not JSON. Duplicate keys alone do not break it: every reader of JSON takes one of them.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.errors
            .iter()
            .any(|error| !matches!(error.kind, JsonErrorKind::DuplicateKey { .. }))
    }

    /// The outermost value; `None` where the text holds none. `text` must be the text the tree was parsed from.
    #[must_use]
    pub fn root<'a>(&'a self, text: &'a str) -> Option<Value<'a>> {
        self.value(text, NodeId(0))
    }

    /// The node with this id; `None` where the tree has none.
    #[must_use]
    pub fn value<'a>(&'a self, text: &'a str, id: NodeId) -> Option<Value<'a>> {
        self.nodes
            .get(id.0 as usize)
            .map(|node| Value::new(self, text, id.0, *node))
    }

    /// How many nodes the tree has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the tree has no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes a cursor at `offset` lies in or touches, from the root to the innermost one. Where it lies on a name,
    /// the list ends in the object and the name. Where it touches two neighbours, the later one is taken.
    #[must_use]
    pub fn path_at<'a>(&'a self, text: &'a str, offset: u32) -> Vec<Value<'a>> {
        let mut path = Vec::new();
        let mut next = self.root(text).filter(|root| root.span().touches(offset));
        while let Some(value) = next {
            path.push(value);
            next = value
                .children()
                .take_while(|child| child.span().start <= offset)
                .filter(|child| child.span().touches(offset))
                .last();
        }
        path
    }
}
