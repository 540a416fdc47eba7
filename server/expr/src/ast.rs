//! The tree of one template string: an arena of nodes, so that neither building nor dropping recurses.

use crate::Span;
use crate::catalogue::Function;
use crate::error::ExprError;

/// Index of a node in the [`Template`] that produced it; meaningless in any other template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub(crate) u32);

impl ExprId {
    /// Position of the node in [`Template::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A string literal. Offsets are bytes of the template string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrLit {
    /// The text it stands for: quotes removed, doubled quotes made single.
    pub value: String,
    /// The raw characters between the quotes.
    pub content: Span,
    /// False when the closing quote is missing.
    pub closed: bool,
    /// False when it was written with double or typographic quotes and only recovered as a string.
    pub straight: bool,
}

impl StrLit {
    /// Offset in the template `text` of the decoded offset `decoded` (bytes of [`StrLit::value`]).
    /// Offsets past the end give the end of the content.
    pub fn raw_offset(&self, text: &str, decoded: usize) -> u32 {
        let raw = self.raw(text);
        if raw.len() == self.value.len() {
            return self.content.start + decoded.min(raw.len()) as u32;
        }
        let (mut at, mut seen) = (0, 0);
        let bytes = raw.as_bytes();
        while at < bytes.len() && seen < decoded {
            at += if bytes[at] == b'\'' { 2 } else { 1 };
            seen += 1;
        }
        self.content.start + at.min(bytes.len()) as u32
    }

    /// Decoded offset (bytes of [`StrLit::value`]) of the offset `raw` of the template `text`.
    pub fn decoded_offset(&self, text: &str, raw: u32) -> usize {
        let content = self.raw(text);
        let upto = (raw.saturating_sub(self.content.start) as usize).min(content.len());
        if content.len() == self.value.len() {
            return upto;
        }
        let (mut at, mut seen) = (0, 0);
        let bytes = content.as_bytes();
        while at < upto {
            at += if bytes[at] == b'\'' { 2 } else { 1 };
            seen += 1;
        }
        seen
    }

    fn raw<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.content.start as usize..self.content.end as usize)
            .unwrap_or_default()
    }
}

/// A function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name as written.
    pub name: String,
    /// The function of that name. Looked up once: everybody asks.
    pub function: Option<&'static Function>,
    /// Where the name is.
    pub name_span: Span,
    /// From the opening parenthesis to the closing one, both included (to the end of the expression if open).
    pub args_span: Span,
    /// The arguments in order; an empty place holds a [`NodeKind::Missing`].
    pub args: Vec<ExprId>,
    /// False when the closing parenthesis is missing.
    pub closed: bool,
    /// True when an error lies inside the call, so that the arguments are a guess.
    pub recovered: bool,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Integer, as written.
    Int(String),
    /// Number with a fraction or an exponent, as written.
    Float(String),
    /// String literal.
    Str(StrLit),
    /// Function call.
    Call(Call),
    /// `base.name`, or `base?.name` when `safe`.
    Dot {
        /// What is read.
        base: ExprId,
        /// The property as written; empty when it is missing.
        name: String,
        /// Where the name is (empty span when it is missing).
        name_span: Span,
        /// With a question mark: null instead of a failure when the property is absent.
        safe: bool,
    },
    /// `base[index]`, or `base?[index]` when `safe`.
    Index {
        /// What is read.
        base: ExprId,
        /// Key or position.
        index: ExprId,
        /// With a question mark.
        safe: bool,
        /// False when the closing bracket is missing.
        closed: bool,
        /// From the opening bracket to the closing one, both included.
        brackets: Span,
    },
    /// A place where a value should be and nothing is; the span is the gap.
    Missing,
    /// Text that is no value: a bare word, or something that holds recovered values.
    Error {
        /// The values recovered inside, in order.
        parts: Vec<ExprId>,
    },
}

/// A node and its place (bytes of the template string).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it is; for `Dot` and `Index` from the start of the base.
    pub span: Span,
}

impl Node {
    /// The decoded text of a string literal.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Str(literal) => Some(&literal.value),
            _ => None,
        }
    }

    /// The call, if it is one.
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            NodeKind::Call(call) => Some(call),
            _ => None,
        }
    }
}

/// A piece of an interpolated string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Literal text.
    Text {
        /// The text, with `@@{` made `@{`.
        text: String,
        /// Where it is in the template string.
        span: Span,
    },
    /// `@{…}`
    Expression {
        /// The expression; `None` when there is only white space.
        expr: Option<ExprId>,
        /// From `@{` to `}`, both included.
        span: Span,
        /// What is between the braces.
        inner: Span,
    },
}

/// What a template string is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateKind {
    /// Constant text, with a leading `@@` made `@` and `@@{` made `@{`.
    Literal(String),
    /// `@expression`: the result keeps its type. `None` when nothing follows the `@`.
    Expression(Option<ExprId>),
    /// Text with `@{…}`: the result is always a string.
    Interpolation(Vec<Segment>),
}

/// One parsed template string.
#[derive(Debug, Clone)]
pub struct Template {
    /// What it is.
    pub kind: TemplateKind,
    pub(crate) nodes: Vec<Node>,
    pub(crate) parents: Vec<Option<ExprId>>,
    pub(crate) roots: Vec<ExprId>,
    pub(crate) errors: Vec<ExprError>,
}

impl Template {
    pub(crate) fn literal(text: String) -> Template {
        Template {
            kind: TemplateKind::Literal(text),
            nodes: Vec::new(),
            parents: Vec::new(),
            roots: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The node with this id.
    pub fn node(&self, id: ExprId) -> &Node {
        &self.nodes[id.index()]
    }

    /// All nodes with their ids, in the order in which they were read (a call before its arguments,
    /// an accessor after its base).
    pub fn nodes(&self) -> impl Iterator<Item = (ExprId, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (ExprId(index as u32), node))
    }

    /// All calls with their ids, in source order.
    pub fn calls(&self) -> impl Iterator<Item = (ExprId, &Call)> {
        self.nodes()
            .filter_map(|(id, node)| node.as_call().map(|call| (id, call)))
    }

    /// The top node of each expression: at most one for `@…`, one for each filled `@{…}`.
    pub fn roots(&self) -> &[ExprId] {
        &self.roots
    }

    /// The node that holds this one.
    pub fn parent(&self, id: ExprId) -> Option<ExprId> {
        self.parents.get(id.index()).copied().flatten()
    }

    /// The nodes from the parent of `id` up to its root.
    pub fn ancestors(&self, id: ExprId) -> impl Iterator<Item = ExprId> + '_ {
        std::iter::successors(self.parent(id), |id| self.parent(*id))
    }

    /// The direct children in source order.
    pub fn children(&self, id: ExprId) -> Children<'_> {
        let (pair, list): ([Option<ExprId>; 2], &[ExprId]) = match &self.node(id).kind {
            NodeKind::Call(call) => ([None, None], &call.args),
            NodeKind::Error { parts } => ([None, None], parts),
            NodeKind::Dot { base, .. } => ([Some(*base), None], &[]),
            NodeKind::Index { base, index, .. } => ([Some(*base), Some(*index)], &[]),
            _ => ([None, None], &[]),
        };
        Children { pair, list }
    }

    /// The nodes around a cursor at byte `offset`, from the root to the innermost. A cursor between two nodes
    /// belongs to the one that begins there; at the very end of a node it still belongs to it. Empty in literal text.
    pub fn node_at(&self, offset: u32) -> Vec<ExprId> {
        let mut chain = Vec::new();
        let mut next = self.pick(self.roots.iter().copied(), offset);
        while let Some(id) = next {
            chain.push(id);
            next = self.pick(self.children(id), offset);
        }
        chain
    }

    fn pick(&self, ids: impl Iterator<Item = ExprId>, offset: u32) -> Option<ExprId> {
        let mut touching = None;
        for id in ids {
            let span = self.node(id).span;
            if span.start <= offset && offset < span.end {
                return Some(id);
            }
            // The later of two that touch the cursor wins: an empty gap after a comma is where the cursor is.
            if span.start <= offset && offset <= span.end {
                touching = Some(id);
            }
        }
        touching
    }

    /// The errors, at most one for each expression, in source order. The first one is what the service would report.
    pub fn errors(&self) -> &[ExprError] {
        &self.errors
    }

    /// True when the service accepts the string as a template.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// True when the string holds at least one place for an expression, even a broken one.
    pub fn has_expressions(&self) -> bool {
        match &self.kind {
            TemplateKind::Literal(_) => false,
            TemplateKind::Expression(_) => true,
            TemplateKind::Interpolation(segments) => segments
                .iter()
                .any(|segment| matches!(segment, Segment::Expression { .. })),
        }
    }
}

/// Iterator over the children of a node; see [`Template::children`].
#[derive(Debug, Clone)]
pub struct Children<'t> {
    pair: [Option<ExprId>; 2],
    list: &'t [ExprId],
}

impl Iterator for Children<'_> {
    type Item = ExprId;

    fn next(&mut self) -> Option<ExprId> {
        if let Some(id) = self.pair[0].take().or_else(|| self.pair[1].take()) {
            return Some(id);
        }
        let (first, rest) = self.list.split_first()?;
        self.list = rest;
        Some(*first)
    }
}
