//! Strict JSON (RFC 8259) that survives damage.
//!
//! The tree is a flat list of nodes in pre-order (the *tape*), 16 bytes each: cheap to build, to walk, to shift after
//! an edit and to share. It holds offsets only; the text is handed in again by whoever reads a [`Value`].
//!
//! - `scan` finds tokens, `parser` turns them into nodes and errors, `splice` repeats that for the piece an edit
//!   touched, `value` reads the nodes, `string` knows escapes, `edit` says where members go in and out.
//! - No comments, no trailing commas, no `NaN`: the service refuses them, so they are errors here. `\u` escapes of lone
//!   surrogates are valid, as the RFC leaves them; they decode to U+FFFD.

mod edit;
mod error;
mod keys;
mod parser;
mod scan;
mod splice;
mod string;
mod tape;
mod value;

pub use edit::{
    Insertion, item_insertion, item_removal, member_insertion, member_insertion_before, member_removal, members_removal,
};
pub use error::{JsonError, JsonErrorKind};
pub use splice::Change;
pub use string::{SourceCursor, escape, quote, unescape};
pub use tape::{Kind, MAX_DEPTH, MAX_ERRORS, NodeId, Tree};
pub use value::{Descendants, Items, Member, Members, Value};
