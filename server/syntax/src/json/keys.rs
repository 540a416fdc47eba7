//! Finds names used twice in an object.
//!
//! Most objects have a handful of members, so names are compared by a cheap hash each with each; those of large objects
//! are sorted. A hostile file gains nothing: names made to have equal hashes are only sorted once more.

use super::string;
use super::tape::{ESCAPED, KEY, Kind, Node};
use crate::span::Span;
use std::borrow::Cow;

/// Up to this many names are compared pairwise.
const FEW: usize = 16;

/// The names of all objects that are open, innermost last.
#[derive(Default)]
pub(super) struct Keys {
    hashes: Vec<u32>,
    nodes: Vec<u32>,
}

impl Keys {
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn push(&mut self, text: &str, index: u32, node: Node) {
        let hash = if node.is(ESCAPED) {
            hash(name(text, node).as_bytes())
        } else {
            hash(plain(text, node))
        };
        self.hashes.push(hash);
        self.nodes.push(index);
    }

    /// Forgets the names from `from` on; gives the place of each that repeats one before it, after the place of the
    /// first of its kind.
    pub fn take_duplicates(&mut self, text: &str, tape: &[Node], from: usize) -> Vec<(Span, Span)> {
        let hashes = self.hashes.get(from..).unwrap_or(&[]);
        let nodes = self.nodes.get(from..).unwrap_or(&[]);
        let node = |index: u32| {
            tape.get(index as usize)
                .copied()
                .filter(|node| node.is(KEY) && node.kind() == Kind::String)
        };
        let mut found = Vec::new();
        if hashes.len() <= FEW {
            for (later, hash) in hashes.iter().enumerate().skip(1) {
                // One equal hash is rarely chance, so the first is nearly always the answer.
                let mut equal = (0..later).filter(|earlier| hashes[*earlier] == *hash);
                let Some(again) = node(nodes[later]) else { continue };
                let first =
                    equal.find_map(|at| node(nodes[at]).filter(|first| name(text, *first) == name(text, again)));
                if let Some(first) = first {
                    found.push((first.span(), again.span()));
                }
            }
        } else {
            // Names of one hash stand together after this; of these few, equal names do after the next sort.
            let mut order: Vec<(u32, u32)> = hashes.iter().copied().zip(nodes.iter().copied()).collect();
            order.sort_unstable();
            for equal in order.chunk_by(|a, b| a.0 == b.0).filter(|equal| equal.len() > 1) {
                let mut names: Vec<(Cow<'_, str>, Span)> = equal
                    .iter()
                    .filter_map(|(_, at)| node(*at))
                    .map(|node| (name(text, node), node.span()))
                    .collect();
                names.sort_unstable();
                for same in names.chunk_by(|a, b| a.0 == b.0) {
                    let Some(((_, first), again)) = same.split_first() else {
                        continue;
                    };
                    found.extend(again.iter().map(|(_, again)| (*first, *again)));
                }
            }
            found.sort_unstable_by_key(|(_, again)| *again);
        }
        self.hashes.truncate(from);
        self.nodes.truncate(from);
        found
    }
}

fn name(text: &str, node: Node) -> Cow<'_, str> {
    string::decode(string::content(text, node), node.is(ESCAPED))
}

fn plain(text: &str, node: Node) -> &[u8] {
    string::content(text, node).as_bytes()
}

/// All bytes, eight at a time. Not meant to withstand anybody: equal hashes are always followed by a look at the names.
fn hash(name: &[u8]) -> u32 {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let (chunks, rest) = name.as_chunks::<8>();
    let tail = rest.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    let start = (tail ^ name.len() as u64).wrapping_mul(ODD);
    let mixed = chunks.iter().fold(start, |sum, chunk| {
        (sum.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(ODD)
    });
    (mixed >> 32) as u32
}
