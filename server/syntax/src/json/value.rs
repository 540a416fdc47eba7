//! Reading the tree.

use super::string;
use super::tape::{CLOSED, ESCAPED, HAS_VALUE, KEY, Kind, Node, NodeId, Tree};
use crate::span::{Span, offset_of};
use std::borrow::Cow;
use std::fmt;

/// A node of a tree together with its text. Cheap to copy; lives as long as both.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    tree: &'a Tree,
    text: &'a str,
    index: u32,
    node: Node,
}

/// One member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The name: a string, or of [`Kind::Error`] where the file has no quoted name there (empty where it has none).
    pub key: Value<'a>,
    /// The value; `None` where it is missing.
    pub value: Option<Value<'a>>,
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}@{}..{}", self.kind(), self.node.start, self.node.end)
    }
}

/// Equal values are the same node of the same tree.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

impl Eq for Value<'_> {}

impl<'a> Value<'a> {
    pub(super) fn new(tree: &'a Tree, text: &'a str, index: u32, node: Node) -> Self {
        Self {
            tree,
            text,
            index,
            node,
        }
    }

    /// The outermost value of the same tree.
    #[must_use]
    pub fn root(&self) -> Option<Value<'a>> {
        self.at(0)
    }

    fn at(&self, index: u32) -> Option<Self> {
        self.tree.value(self.text, NodeId(index))
    }

    /// The node's id in its tree.
    #[must_use]
    pub fn id(&self) -> NodeId {
        NodeId(self.index)
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.node.kind()
    }

    /// Its bytes, quotes and brackets included.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span()
    }

    /// Its text as the file has it.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.span().slice(self.text)
    }

    /// The text of the whole file.
    #[must_use]
    pub fn source(&self) -> &'a str {
        self.text
    }

    /// Whether it is the name of a member.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.node.is(KEY)
    }

    /// Whether it is a string, as value or as name.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.kind() == Kind::String
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.kind() == Kind::Object
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.kind() == Kind::Array
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether the file has its closing quote or bracket; always so for what needs none.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.node.is(CLOSED) || !(self.node.is_container() || self.is_string())
    }

    /// Whether it is a string with escapes.
    #[must_use]
    pub fn has_escapes(&self) -> bool {
        self.node.is(ESCAPED)
    }

    /// The text a string stands for; borrowed where it has no escapes. Lone surrogates become U+FFFD.
    #[must_use]
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        self.is_string()
            .then(|| string::decode(string::content(self.text, self.node), self.node.is(ESCAPED)))
    }

    /// Whether it is a string that stands for `text`. Allocates only where the string has escapes.
    #[must_use]
    pub fn is_str(&self, text: &str) -> bool {
        is_str(self.text, self.node, text)
    }

    /// The truth value.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The number, where it is written as an integer and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        if self.kind() == Kind::Number {
            self.raw().parse().ok()
        } else {
            None
        }
    }

    /// The number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if self.kind() == Kind::Number {
            self.raw().parse().ok()
        } else {
            None
        }
    }

    /// The bytes inside the quotes or brackets; of other values, all.
    #[must_use]
    pub fn content_span(&self) -> Span {
        if !(self.node.is_container() || self.is_string()) {
            return self.span();
        }
        let end = if self.node.is(CLOSED) {
            self.node.end.saturating_sub(1)
        } else {
            self.node.end
        };
        Span::new((self.node.start + 1).min(end), end)
    }

    /// The value of the member `name` of an object, its case included. Where the object has several, the last one that
    /// has a value: so does the service.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        // Asked some thousand times between two keys, so it walks the tape itself.
        let (mut next, end) = if self.is_object() { self.inner() } else { (0, 0) };
        let mut found = None;
        while next < end {
            let key = *self.tree.nodes.get(next as usize)?;
            next += 1;
            if key.is(HAS_VALUE) {
                if is_str(self.text, key, name) {
                    found = Some(next);
                }
                next += self.tree.nodes.get(next as usize)?.size;
            }
        }
        self.at(found?)
    }

    /// As [`Value::get`], without regard to the case of letters. An exact match goes before others.
    #[must_use]
    pub fn get_ignore_case(&self, name: &str) -> Option<Value<'a>> {
        self.get(name).or_else(|| {
            let same = |member: &Member<'a>| {
                let key = member.key;
                if !key.is_string() {
                    return false;
                }
                // Most names differ in length, and what is ASCII differs then, too.
                let raw = string::content(key.text, key.node);
                let differs = !key.node.is(ESCAPED) && raw.len() != name.len() && raw.is_ascii() && name.is_ascii();
                !differs && key.as_str().is_some_and(|key| eq_ignore_case(&key, name))
            };
            self.members().filter(same).filter_map(|member| member.value).last()
        })
    }

    /// The member `name` of an object; of several, the last.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Member<'a>> {
        self.members().filter(|member| member.key.is_str(name)).last()
    }

    /// The value reached by these names, one after the other.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> Option<Value<'a>> {
        names.iter().try_fold(*self, |value, name| value.get(name))
    }

    /// The members of an object in the order of the file; none for other values.
    #[must_use]
    pub fn members(&self) -> Members<'a> {
        let inner = if self.is_object() { self.inner() } else { (0, 0) };
        Members {
            of: *self,
            next: inner.0,
            end: inner.1,
        }
    }

    /// The items of an array in the order of the file; none for other values.
    #[must_use]
    pub fn items(&self) -> Items<'a> {
        let inner = if self.is_array() { self.inner() } else { (0, 0) };
        Items {
            of: *self,
            next: inner.0,
            end: inner.1,
        }
    }

    /// The nodes directly below: items, or names and values.
    pub(super) fn children(&self) -> Items<'a> {
        let inner = self.inner();
        Items {
            of: *self,
            next: inner.0,
            end: inner.1,
        }
    }

    /// This node and all below it, names included, in the order of the file.
    #[must_use]
    pub fn descendants(&self) -> Descendants<'a> {
        Descendants {
            of: *self,
            next: self.index,
            end: self.inner().1,
        }
    }

    /// How many members or items it has.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.is_object() {
            self.members().count()
        } else {
            self.items().count()
        }
    }

    /// Whether it has no member and no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.node.size <= 1
    }

    /// The offset in the file of byte `decoded` of the decoded string. An offset inside what an escape stands for gives
    /// the escape's start; one beyond the end gives the end of the content.
    #[must_use]
    pub fn source_offset(&self, decoded: u32) -> u32 {
        let content = self.content_span();
        let into = if self.node.is(ESCAPED) {
            offset_of(string::raw_offset(content.slice(self.text), decoded as usize))
        } else {
            decoded
        };
        content.start.saturating_add(into).min(content.end)
    }

    /// Says where many bytes of the decoded string stand in the file, asked in their order: takes one walk through the
    /// string, where [`Value::source_offset`] walks for each.
    #[must_use]
    pub fn source_cursor(&self) -> string::SourceCursor<'a> {
        let content = self.content_span();
        string::SourceCursor::new(content.slice(self.text), content.start, self.node.is(ESCAPED))
    }

    /// The inverse of [`Value::source_offset`]: the byte of the decoded string that the file's byte `source` stands
    /// for. Clamped to the string.
    #[must_use]
    pub fn decoded_offset(&self, source: u32) -> u32 {
        let content = self.content_span();
        let into = source.clamp(content.start, content.end) - content.start;
        if self.node.is(ESCAPED) {
            offset_of(string::decoded_offset(content.slice(self.text), into as usize))
        } else {
            into
        }
    }

    /// The bytes of the file that stand for a range of the decoded string.
    #[must_use]
    pub fn source_span(&self, decoded: Span) -> Span {
        Span::new(self.source_offset(decoded.start), self.source_offset(decoded.end))
    }

    fn inner(&self) -> (u32, u32) {
        (self.index + 1, self.index + self.node.size.max(1))
    }
}

/// Whether a node is a string that stands for `text`.
fn is_str(source: &str, node: Node, text: &str) -> bool {
    if node.kind() != Kind::String {
        return false;
    }
    // Members are looked up by the thousand between two keys, and most names differ in length already.
    let quotes = if node.is(CLOSED) { 2 } else { 1 };
    let length = (node.end - node.start).saturating_sub(quotes) as usize;
    if node.is(ESCAPED) {
        // An escape never stands for more bytes than it has.
        return length >= text.len() && string::decode(string::content(source, node), true) == text;
    }
    let start = node.start as usize + 1;
    length == text.len()
        && source
            .as_bytes()
            .get(start..start + length)
            .is_some_and(|own| own == text.as_bytes())
}

/// Whether two names are the same but for the case of their letters.
fn eq_ignore_case(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
        || (!(a.is_ascii() && b.is_ascii())
            && a.chars()
                .flat_map(char::to_lowercase)
                .eq(b.chars().flat_map(char::to_lowercase)))
}

/// The members of an object, in the order of the file.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    of: Value<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        if self.next >= self.end {
            return None;
        }
        let key = self.of.at(self.next)?;
        self.next += 1;
        let value = if key.node.is(HAS_VALUE) {
            self.of.at(self.next)
        } else {
            None
        };
        self.next += value.map_or(0, |value| value.node.size);
        Some(Member { key, value })
    }
}

/// Neighbouring nodes, in the order of the file.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    of: Value<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.next >= self.end {
            return None;
        }
        let value = self.of.at(self.next)?;
        self.next += value.node.size;
        Some(value)
    }
}

/// A node and all below it, in the order of the file.
#[derive(Clone, Debug)]
pub struct Descendants<'a> {
    of: Value<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Descendants<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.next >= self.end {
            return None;
        }
        self.next += 1;
        self.of.at(self.next - 1)
    }
}
