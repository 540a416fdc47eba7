//! The tree as it is stored.

use super::element::Element;
use super::reader;
use crate::span::{Span, offset_of};
use std::fmt;

/// How deep elements may nest; what lies deeper is skipped with an error.
pub const MAX_DEPTH: usize = 512;

/// How many errors a tree keeps.
pub const MAX_ERRORS: usize = 200;

/// How many attributes an element may have; further ones are skipped with an error.
pub const MAX_ATTRIBUTES: usize = 256;

/// `roxmltree` stops there; at four bytes for the smallest element no file we read has as many.
const MAX_NODES: u32 = 8_000_000;

/// One thing wrong with an XML text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// Where it is.
    pub span: Span,
    /// What it is, in words for a person.
    pub message: String,
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Element,
    Text,
    Cdata,
}

/// An element or a run of text, in pre-order. `size` counts the node and everything below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub kind: NodeKind,
    pub size: u32,
    /// `u32::MAX` for those outside all elements.
    pub parent: u32,
    /// The whole; of a text, what stands for characters (without the brackets of a CDATA section).
    pub span: Span,
    pub name: Span,
    pub start_tag: Span,
    /// Empty where there is none.
    pub end_tag: Span,
    pub self_closed: bool,
    /// The element's part of the attributes.
    pub attributes: (u32, u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttributeNode {
    pub name: Span,
    /// Between the quotes; empty behind the name where the value is missing.
    pub value: Span,
    /// From the name to the closing quote.
    pub span: Span,
}

/// A parsed XML text, which it owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub(super) text: String,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<AttributeNode>,
    pub(super) errors: Vec<XmlError>,
}

impl Tree {
    /// Parses a text. A text that is not well-formed gives what could be understood of it, and the errors.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if u32::try_from(text.len()).is_err() {
            let message = "the file is too large to read".to_owned();
            return Self {
                errors: vec![XmlError {
                    span: Span::at(0),
                    message,
                }],
                ..Self::default()
            };
        }
        let mut tree = reader::read(text);
        // Only of texts without errors: they are not too deep and have no endless lists of attributes, which
        // `roxmltree` compares each with each.
        if tree.errors.is_empty()
            && let Some(error) = strict_error(text)
        {
            tree.errors.push(error);
        }
        tree
    }

    /// What is wrong with the text, in the order of places; at most [`MAX_ERRORS`].
    #[must_use]
    pub fn errors(&self) -> &[XmlError] {
        &self.errors
    }

    /// Whether the text is not well-formed.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The text the tree was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost element; `None` where the text has none.
    #[must_use]
    pub fn root(&self) -> Option<Element<'_>> {
        let index = self.nodes.iter().position(|node| node.kind == NodeKind::Element)?;
        self.element(offset_of(index))
    }

    /// The element with this id, as [`Element::id`] gave it; `None` where the tree has none.
    #[must_use]
    pub fn element(&self, id: u32) -> Option<Element<'_>> {
        let node = self
            .nodes
            .get(id as usize)
            .filter(|node| node.kind == NodeKind::Element)?;
        Some(Element::new(self, id, node))
    }

    /// The elements a cursor at `offset` lies in or touches, from the root to the innermost one; empty outside the
    /// root. Where it touches two neighbours, the later one is taken.
    #[must_use]
    pub fn element_at(&self, offset: u32) -> Vec<Element<'_>> {
        let mut path = Vec::new();
        let mut next = self.root().filter(|root| root.span().touches(offset));
        while let Some(element) = next {
            path.push(element);
            next = element
                .children()
                .take_while(|child| child.span().start <= offset)
                .filter(|child| child.span().touches(offset))
                .last();
        }
        path
    }
}

fn strict_error(text: &str) -> Option<XmlError> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..Default::default()
    };
    let error = roxmltree::Document::parse_with_options(text, options).err()?;
    let position = error.pos();
    let line = text.split_inclusive('\n').scan(0, |start, line| {
        let this = *start;
        *start += line.len();
        Some((this, line))
    });
    let offset = line.skip(position.row.saturating_sub(1) as usize).map(|(start, line)| {
        let column = line.char_indices().nth(position.col.saturating_sub(1) as usize);
        start + column.map_or(line.len(), |(at, _)| at)
    });
    let start = offset.take(1).next().unwrap_or(text.len());
    let length = text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    Some(XmlError {
        span: Span::new(offset_of(start), offset_of(start + length)),
        message: error.to_string(),
    })
}
