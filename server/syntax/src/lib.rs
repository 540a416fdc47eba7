//! Text and its trees: the ground floor of Flow Sentry.
//!
//! Everything above speaks in byte offsets of UTF-8 text. This crate turns stored bytes into such text, offsets into
//! editor positions and back, JSON and XML into trees whose every node knows its bytes, and lists of edits into new
//! text. Parsing never fails: a broken file gives a tree and its errors, because a file is broken most of the time
//! while somebody types in it.
//!
//! Invariants: nothing here reads files, clocks or the environment; nothing recurses on the depth of its input; no
//! input makes it panic; work is linear in the input.

pub mod document;
pub mod edit;
pub mod json;
pub mod line_index;
mod span;
pub mod text;
pub mod xml;

pub use document::Document;
pub use edit::TextEdit;
pub use line_index::{ColumnUnit, LineIndex, Position};
pub use span::Span;
pub use text::{DecodeError, Encoding, SourceText, decode, encode, indent_unit, line_ending};
