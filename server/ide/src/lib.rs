//! What an editor asks, answered as plain data: byte offsets and Markdown, no protocol.
//!
//! [`target`] says what stands at an offset; the features say something about it.

pub mod calls;
pub mod completion;
mod cursor;
mod dataverse;
mod definition;
pub mod expression;
pub mod folding;
pub mod hints;
mod hover;
pub mod lenses;
pub mod links;
pub mod lookup;
mod occurrences;
mod reach_lenses;
pub mod refactor;
mod rename;
pub mod selection;
pub mod signature;
pub mod symbols;
pub mod target;
pub mod tokens;

pub use analysis::occurrences::{Occurrence, Role};
pub use definition::{Definition, definition};
pub use edits::rename::Refusal;
pub use hover::{Hover, hover};
pub use occurrences::{FileOccurrences, flows_read_for, highlights, occurrences};
pub use reach_lenses::{ReachLens, reach_lenses};
pub use rename::{Renameable, files_read_to_rename, prepare_rename, rename};
