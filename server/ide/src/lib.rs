//! What an editor asks, answered as plain data: byte offsets and Markdown, no protocol.
//!
//! [`target`] says what stands at an offset; the features say something about it.

pub mod calls;
pub mod folding;
mod hover;
pub mod links;
pub mod lookup;
pub mod selection;
pub mod symbols;
pub mod target;

pub use hover::{Hover, hover};
