//! What an editor asks, answered as plain data: byte offsets and Markdown, no protocol.
//!
//! [`target`] says what stands at an offset; the features say something about it.

mod hover;
pub mod target;

pub use hover::{Hover, hover};
