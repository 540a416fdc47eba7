//! Reading the tree.

use super::entity::{self, Place};
use super::tree::{AttributeNode, Node, NodeKind, Tree};
use crate::span::{Span, offset_of};
use std::borrow::Cow;
use std::fmt;

/// An element of a tree. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    tree: &'a Tree,
    index: u32,
    node: &'a Node,
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>@{}..{}", self.name(), self.node.span.start, self.node.span.end)
    }
}

/// Equal elements are the same node of the same tree.
impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

impl Eq for Element<'_> {}

impl<'a> Element<'a> {
    pub(super) fn new(tree: &'a Tree, index: u32, node: &'a Node) -> Self {
        Self { tree, index, node }
    }

    /// The element's id in its tree.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.index
    }

    /// Its name as written, prefix included.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.node.name.slice(&self.tree.text)
    }

    /// The bytes of its name in the start tag.
    #[must_use]
    pub fn name_span(&self) -> Span {
        self.node.name
    }

    /// All its bytes, from start tag to end tag.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// Its text as the file has it, tags included.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.node.span.slice(&self.tree.text)
    }

    /// The bytes of `<name …>` or `<name …/>`.
    #[must_use]
    pub fn start_tag_span(&self) -> Span {
        self.node.start_tag
    }

    /// The bytes of `</name>`; `None` where it closes itself or is not closed.
    #[must_use]
    pub fn end_tag_span(&self) -> Option<Span> {
        (!self.node.end_tag.is_empty()).then_some(self.node.end_tag)
    }

    /// The bytes between its tags; `None` for `<name/>`.
    #[must_use]
    pub fn content_span(&self) -> Option<Span> {
        (!self.node.self_closed).then(|| Span::new(self.node.start_tag.end, self.node.end_tag.start))
    }

    /// Whether it is written `<name/>`.
    #[must_use]
    pub fn is_self_closed(&self) -> bool {
        self.node.self_closed
    }

    /// The element around it.
    #[must_use]
    pub fn parent(&self) -> Option<Element<'a>> {
        self.tree.element(self.node.parent)
    }

    /// Its attributes in the order of the file, declarations of namespaces among them.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        let (first, last) = self.node.attributes;
        let inner = self.tree.attributes.get(first as usize..last as usize).unwrap_or(&[]);
        Attributes {
            text: &self.tree.text,
            inner: inner.iter(),
        }
    }

    /// The attribute of exactly this name, prefix included.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.name() == name)
    }

    /// The attribute of this name, the case of ASCII letters aside.
    #[must_use]
    pub fn attribute_ignore_case(&self, name: &str) -> Option<Attribute<'a>> {
        self.attribute(name)
            .or_else(|| self.attributes().find(|found| found.name().eq_ignore_ascii_case(name)))
    }

    /// The elements directly inside it.
    #[must_use]
    pub fn children(&self) -> Children<'a> {
        Children {
            tree: self.tree,
            next: self.index + 1,
            end: self.index + self.node.size,
        }
    }

    /// The first child of exactly this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<Element<'a>> {
        self.children().find(|child| child.name() == name)
    }

    /// The first child of this name, the case of ASCII letters aside. An exact match goes before others.
    #[must_use]
    pub fn child_ignore_case(&self, name: &str) -> Option<Element<'a>> {
        self.child(name)
            .or_else(|| self.children().find(|child| child.name().eq_ignore_ascii_case(name)))
    }

    /// The children of exactly this name.
    pub fn children_named<'n>(&self, name: &'n str) -> impl Iterator<Item = Element<'a>> + use<'a, 'n> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The element reached through the first children of these names.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> Option<Element<'a>> {
        names.iter().try_fold(*self, |element, name| element.child(name))
    }

    /// This element and all inside it, in the order of the file.
    #[must_use]
    pub fn descendants(&self) -> Descendants<'a> {
        Descendants {
            tree: self.tree,
            next: self.index,
            end: self.index + self.node.size,
        }
    }

    /// The text directly inside it, references and CDATA sections decoded; empty where it has none.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        let mut runs = self.runs().map(|run| {
            let place = if run.kind == NodeKind::Cdata {
                Place::Cdata
            } else {
                Place::Text
            };
            entity::decode(run.span.slice(&self.tree.text), place)
        });
        let Some(first) = runs.next() else {
            return Cow::Borrowed("");
        };
        runs.fold(first, |mut text, run| {
            text.to_mut().push_str(&run);
            text
        })
    }

    /// The bytes from the first to the last character of the text directly inside it; `None` where it has no text.
    #[must_use]
    pub fn text_span(&self) -> Option<Span> {
        self.runs().map(|run| run.span).reduce(Span::cover)
    }

    /// The bytes of the text directly inside it without white space at both ends; `None` where nothing else is there.
    #[must_use]
    pub fn trimmed_text_span(&self) -> Option<Span> {
        let span = self.text_span()?;
        let text = span.slice(&self.tree.text);
        let start = span.start + offset_of(text.len() - text.trim_start().len());
        let trimmed = Span::new(start, start + offset_of(text.trim().len()));
        (!trimmed.is_empty()).then_some(trimmed)
    }

    /// The runs of text directly inside it.
    fn runs(&self) -> impl Iterator<Item = &'a Node> + use<'a> {
        let nodes = &self.tree.nodes;
        let end = self.index + self.node.size;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let node = nodes.get(next as usize).filter(|_| next < end)?;
            next += node.size;
            Some(node)
        })
        .filter(|node| node.kind != NodeKind::Element)
    }
}

/// An attribute of an element. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    text: &'a str,
    node: &'a AttributeNode,
}

impl<'a> Attribute<'a> {
    /// Its name as written, prefix included.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.node.name.slice(self.text)
    }

    /// The bytes of its name.
    #[must_use]
    pub fn name_span(&self) -> Span {
        self.node.name
    }

    /// Its value, references decoded.
    #[must_use]
    pub fn value(&self) -> Cow<'a, str> {
        entity::decode(self.raw_value(), Place::Attribute)
    }

    /// Its value as the file has it.
    #[must_use]
    pub fn raw_value(&self) -> &'a str {
        self.node.value.slice(self.text)
    }

    /// The bytes inside its quotes.
    #[must_use]
    pub fn value_span(&self) -> Span {
        self.node.value
    }

    /// All its bytes, from the name to the closing quote.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }
}

/// The attributes of an element, in the order of the file.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    text: &'a str,
    inner: std::slice::Iter<'a, AttributeNode>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        self.inner.next().map(|node| Attribute { text: self.text, node })
    }
}

/// The elements directly inside an element, in the order of the file.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    tree: &'a Tree,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        while self.next < self.end {
            let index = self.next;
            let node = self.tree.nodes.get(index as usize)?;
            self.next += node.size;
            if node.kind == NodeKind::Element {
                return Some(Element::new(self.tree, index, node));
            }
        }
        None
    }
}

/// An element and all inside it, in the order of the file.
#[derive(Clone, Debug)]
pub struct Descendants<'a> {
    tree: &'a Tree,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Descendants<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        while self.next < self.end {
            let index = self.next;
            let node = self.tree.nodes.get(index as usize)?;
            self.next += 1;
            if node.kind == NodeKind::Element {
                return Some(Element::new(self.tree, index, node));
            }
        }
        None
    }
}
