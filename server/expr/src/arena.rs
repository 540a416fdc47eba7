//! The nodes of a template while it is being built.

use crate::Span;
use crate::ast::{ExprId, Node, NodeKind};

/// The nodes of all expressions of a template.
#[derive(Default)]
pub(crate) struct Arena {
    pub nodes: Vec<Node>,
    pub parents: Vec<Option<ExprId>>,
    heights: Vec<u16>,
}

impl Arena {
    pub fn with_capacity(nodes: usize) -> Arena {
        Arena {
            nodes: Vec::with_capacity(nodes),
            parents: Vec::with_capacity(nodes),
            heights: Vec::with_capacity(nodes),
        }
    }

    /// Adds a node that no other holds yet.
    pub fn add(&mut self, kind: NodeKind, start: usize, end: usize) -> ExprId {
        let id = ExprId(self.nodes.len() as u32);
        self.nodes.push(Node {
            kind,
            span: span(start, end),
        });
        self.parents.push(None);
        self.heights.push(1);
        id
    }

    /// Hangs `child` under `parent`.
    pub fn adopt(&mut self, parent: ExprId, child: ExprId) {
        self.parents[child.index()] = Some(parent);
        let height = self.heights[child.index()].saturating_add(1);
        let own = &mut self.heights[parent.index()];
        *own = (*own).max(height);
    }

    /// Levels of the tree below and with this node.
    pub fn height(&self, id: ExprId) -> usize {
        usize::from(self.heights[id.index()])
    }

    pub fn start(&self, id: ExprId) -> usize {
        self.nodes[id.index()].span.start as usize
    }

    pub fn end(&self, id: ExprId) -> usize {
        self.nodes[id.index()].span.end as usize
    }
}

pub(crate) fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}
