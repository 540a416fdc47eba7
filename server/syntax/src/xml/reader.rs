//! Reads any text as XML, as far as it goes.
//!
//! Tags are taken as they come; an end tag closes the nearest open element of its name and, with errors, those inside
//! it. One that closes nothing is skipped. A broken tag ends where the next begins.

use super::entity;
use super::tree::{AttributeNode, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ERRORS, Node, NodeKind, Tree, XmlError};
use crate::span::{Span, offset_of};
use memchr::{memchr, memchr2, memmem};

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tree: Tree,
    /// The elements that are open.
    stack: Vec<u32>,
    /// How many elements beyond [`MAX_DEPTH`] are open.
    too_deep: usize,
    has_root: bool,
    /// Terminators that do not occur any more: looking for them again and again would take quadratic time.
    exhausted: Vec<&'static str>,
}

pub(super) fn read(text: &str) -> Tree {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{FEFF}') {
            '\u{FEFF}'.len_utf8()
        } else {
            0
        },
        tree: Tree {
            text: text.to_owned(),
            ..Tree::default()
        },
        stack: Vec::new(),
        too_deep: 0,
        has_root: false,
        exhausted: Vec::new(),
    };
    reader.run();
    reader.finish();
    let mut tree = reader.tree;
    tree.errors.sort_by_key(|error| error.span.start);
    tree.nodes.shrink_to_fit();
    tree.attributes.shrink_to_fit();
    tree
}

impl Reader<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let start = self.at;
            let rest = &self.bytes[start..];
            if rest[0] != b'<' {
                self.at = memchr(b'<', rest).map_or(self.bytes.len(), |found| start + found);
                self.characters(start);
            } else if rest.starts_with(b"<!--") {
                self.skip_past(4, "-->", "this comment is not closed: expected '-->'");
            } else if rest.starts_with(b"<![CDATA[") {
                self.cdata();
            } else if rest.starts_with(b"<?") {
                self.skip_past(2, "?>", "this instruction is not closed: expected '?>'");
            } else if rest.starts_with(b"<!") {
                self.declaration();
            } else if rest.starts_with(b"</") {
                self.end_tag();
            } else if rest.get(1).is_some_and(|byte| is_name_start(*byte)) {
                self.start_tag();
            } else {
                self.error(start, start + 1, "'<' starts no tag here: as text it is written '&lt;'");
                self.at = memchr(b'<', &rest[1..]).map_or(self.bytes.len(), |found| start + 1 + found);
                self.characters(start);
            }
        }
    }

    /// Skips to behind `end`, or over the rest of the line where it does not occur. Gives whether it did.
    fn skip_past(&mut self, lead: usize, end: &'static str, message: &str) -> bool {
        let start = self.at;
        let body = (start + lead).min(self.bytes.len());
        if !self.exhausted.contains(&end) {
            if let Some(found) = memmem::find(&self.bytes[body..], end.as_bytes()) {
                self.at = body + found + end.len();
                return true;
            }
            self.exhausted.push(end);
        }
        self.error(start, body, message);
        self.at = memchr2(b'\n', b'<', &self.bytes[body..]).map_or(self.bytes.len(), |found| body + found);
        false
    }

    fn cdata(&mut self) {
        let body = self.at + "<![CDATA[".len();
        let outside = self.stack.is_empty();
        if outside {
            self.error(self.at, body, "text is not allowed outside the root element");
        }
        let closed = self.skip_past(
            "<![CDATA[".len(),
            "]]>",
            "this CDATA section is not closed: expected ']]>'",
        );
        if !outside && self.too_deep == 0 {
            self.text_node(body, if closed { self.at - 3 } else { self.at }, NodeKind::Cdata);
        }
    }

    fn declaration(&mut self) {
        let start = self.at;
        let known = self.bytes[start..].starts_with(b"<!DOCTYPE");
        let message = if known {
            "document types are not supported"
        } else {
            "this is no XML declaration"
        };
        // An internal subset is in brackets and full of '>'.
        let mut depth = 0_usize;
        let mut end = start + 2;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                b'>' if depth == 0 => break,
                b'<' if !known => break,
                _ => {}
            }
            end += 1;
        }
        self.at = (end + usize::from(self.bytes.get(end) == Some(&b'>'))).min(self.bytes.len());
        self.error(start, self.at, message);
    }

    /// The text from `start` to here.
    fn characters(&mut self, start: usize) {
        let mut from = start;
        while let Some(found) = memchr(b'&', &self.bytes[from..self.at]) {
            from += found;
            if entity::reference(&self.text[from..self.at]).is_none() {
                self.error(
                    from,
                    from + 1,
                    "'&' starts no known reference: as text it is written '&amp;'",
                );
            }
            from += 1;
        }
        if !self.stack.is_empty() {
            if self.too_deep == 0 {
                self.text_node(start, self.at, NodeKind::Text);
            }
            return;
        }
        let text = self.text[start..self.at].trim_matches([' ', '\t', '\r', '\n']);
        if !text.is_empty() {
            let first = self.text[start..].find(text).map_or(start, |found| start + found);
            self.error(
                first,
                first + text.len(),
                "text is not allowed outside the root element",
            );
        }
    }

    fn text_node(&mut self, start: usize, end: usize, kind: NodeKind) {
        let span = Span::new(offset_of(start), offset_of(end));
        let nowhere = Span::at(span.start);
        self.tree.nodes.push(Node {
            kind,
            size: 1,
            parent: self.stack.last().copied().unwrap_or(u32::MAX),
            span,
            name: nowhere,
            start_tag: nowhere,
            end_tag: nowhere,
            self_closed: false,
            attributes: (0, 0),
        });
    }

    fn name(&mut self) -> Span {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|byte| is_name(*byte)) {
            self.at += 1;
        }
        Span::new(offset_of(start), offset_of(self.at))
    }

    fn skip_space(&mut self) {
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        {
            self.at += 1;
        }
    }

    fn end_tag(&mut self) {
        let start = self.at;
        self.at += 2;
        let name = self.name();
        self.skip_space();
        if self.bytes.get(self.at) == Some(&b'>') {
            self.at += 1;
        } else {
            self.at = name.end as usize;
            self.error(start, self.at, "this end tag is not closed: expected '>'");
        }
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let wanted = name.slice(self.text);
        let open = self.stack.iter().rposition(|index| {
            self.tree
                .nodes
                .get(*index as usize)
                .is_some_and(|node| node.name.slice(self.text) == wanted)
        });
        let Some(open) = open else {
            self.error(start, self.at, &format!("'</{wanted}>' closes no open element"));
            return;
        };
        while self.stack.len() > open + 1 {
            self.leave_unclosed(start);
        }
        self.leave(Span::new(offset_of(start), offset_of(self.at)));
    }

    fn start_tag(&mut self) {
        let start = self.at;
        self.at += 1;
        let name = self.name();
        let first = offset_of(self.tree.attributes.len());
        let self_closed = self.attributes_of_tag(start);
        let last = offset_of(self.tree.attributes.len());
        if self.stack.len() >= MAX_DEPTH {
            self.tree.attributes.truncate(first as usize);
            if self.too_deep == 0 {
                self.error(start, self.at, "nested too deep: more than 512 levels");
            }
            self.too_deep += usize::from(!self_closed);
            return;
        }
        if self.stack.is_empty() && self.has_root {
            self.error(start, self.at, "only one root element is allowed");
        }
        self.has_root = true;
        let tag = Span::new(offset_of(start), offset_of(self.at));
        let index = offset_of(self.tree.nodes.len());
        self.tree.nodes.push(Node {
            kind: NodeKind::Element,
            size: 1,
            parent: self.stack.last().copied().unwrap_or(u32::MAX),
            span: tag,
            name,
            start_tag: tag,
            end_tag: Span::at(tag.end),
            self_closed,
            attributes: (first, last),
        });
        if !self_closed {
            self.stack.push(index);
        }
    }

    /// Reads up to the end of a start tag; gives whether it closes itself.
    fn attributes_of_tag(&mut self, tag: usize) -> bool {
        let first = self.tree.attributes.len();
        loop {
            let before = self.at;
            self.skip_space();
            match self.bytes.get(self.at) {
                Some(b'>') => {
                    self.at += 1;
                    return false;
                }
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    return true;
                }
                Some(b'<') | None => {
                    self.at = before;
                    self.error(tag, before, "this tag is not closed: expected '>'");
                    return false;
                }
                Some(byte) if is_name_start(*byte) => {
                    if before == self.at {
                        self.error(before, before, "expected a space before this attribute");
                    }
                    self.attribute(first);
                }
                Some(_) => {
                    let start = self.at;
                    while self
                        .bytes
                        .get(self.at)
                        .is_some_and(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'<' | b'>'))
                    {
                        self.at += 1;
                        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"/>")) {
                            break;
                        }
                    }
                    self.error(start, self.at, "expected an attribute here");
                }
            }
        }
    }

    fn attribute(&mut self, first: usize) {
        let name = self.name();
        self.skip_space();
        let mut value = Span::at(name.end);
        if self.bytes.get(self.at) == Some(&b'=') {
            self.at += 1;
            self.skip_space();
            match self.bytes.get(self.at) {
                Some(&quote @ (b'"' | b'\'')) => value = self.attribute_value(quote),
                _ => {
                    // Up to the next space: a value that lost its quotes.
                    let start = self.at;
                    while self.bytes.get(self.at).is_some_and(|byte| is_name(*byte)) {
                        self.at += 1;
                    }
                    value = Span::new(offset_of(start), offset_of(self.at));
                    self.error(name.start as usize, self.at, "attribute values need quotes");
                }
            }
        } else {
            self.at = name.end as usize;
            self.error(
                name.start as usize,
                self.at,
                "expected '=' and a value after this attribute",
            );
        }
        let span = Span::new(name.start, offset_of(self.at));
        let siblings = &self.tree.attributes[first..];
        if siblings.len() >= MAX_ATTRIBUTES {
            if siblings.len() == MAX_ATTRIBUTES {
                self.error(name.start as usize, self.at, "too many attributes on one element");
            }
            return;
        }
        let text = name.slice(self.text);
        if siblings.iter().any(|other| other.name.slice(self.text) == text) {
            self.error(
                name.start as usize,
                name.end as usize,
                "this attribute is used twice on the same element",
            );
        }
        self.tree.attributes.push(AttributeNode { name, value, span });
    }

    /// The value whose opening quote is here. No value holds a `<`: before one, a missing quote is assumed.
    fn attribute_value(&mut self, quote: u8) -> Span {
        let open = self.at;
        let start = open + 1;
        let rest = &self.bytes[start..];
        let end = match memchr2(quote, b'<', rest) {
            Some(found) if rest[found] == quote => {
                self.at = start + found + 1;
                start + found
            }
            found => {
                let most = &rest[..found.unwrap_or(rest.len())];
                let length = most
                    .iter()
                    .position(|byte| matches!(byte, b'>' | b'\n' | b'\r'))
                    .unwrap_or(most.len());
                let slash = usize::from(most.get(length) == Some(&b'>') && most[..length].ends_with(b"/"));
                self.at = start + length - slash;
                self.error(open, self.at, "this attribute value has no closing quote");
                self.at
            }
        };
        let mut from = start;
        while let Some(found) = memchr(b'&', &self.bytes[from..end]) {
            from += found;
            if entity::reference(&self.text[from..end]).is_none() {
                self.error(
                    from,
                    from + 1,
                    "'&' starts no known reference: as text it is written '&amp;'",
                );
            }
            from += 1;
        }
        Span::new(offset_of(start), offset_of(end))
    }

    /// Closes the innermost open element with its end tag.
    fn leave(&mut self, end_tag: Span) {
        let behind = offset_of(self.tree.nodes.len());
        let Some(index) = self.stack.pop() else { return };
        if let Some(node) = self.tree.nodes.get_mut(index as usize) {
            node.size = behind - index;
            node.end_tag = end_tag;
            node.span.end = end_tag.end;
        }
    }

    /// Closes the innermost open element at `end`, with an error.
    fn leave_unclosed(&mut self, end: usize) {
        if let Some(node) = self.stack.last().and_then(|index| self.tree.nodes.get(*index as usize)) {
            let message = format!("<{}> is not closed", node.name.slice(self.text));
            let tag = node.start_tag;
            self.error(tag.start as usize, tag.end as usize, &message);
        }
        self.leave(Span::at(offset_of(end)));
    }

    fn finish(&mut self) {
        let end = self.bytes.len();
        while !self.stack.is_empty() {
            self.leave_unclosed(end);
        }
        if !self.has_root {
            self.error(end, end, "the file holds no XML element");
        }
    }

    fn error(&mut self, start: usize, end: usize, message: &str) {
        if self.tree.errors.len() < MAX_ERRORS {
            let span = Span::new(offset_of(start), offset_of(end));
            self.tree.errors.push(XmlError {
                span,
                message: message.to_owned(),
            });
        }
    }
}

/// Whether a byte may begin a name. All bytes beyond ASCII may: which of those characters are names' is for the strict
/// parser to say.
fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..)
}

fn is_name(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
}
