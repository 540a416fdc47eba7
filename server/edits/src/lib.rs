//! Changes to solutions as values: which text changes in which file, and which files appear or go.
//!
//! Nothing here writes. A change keeps indentation, line ends and byte order marks, may span files, and leaves files
//! that parse; hosts apply it (the editor through its protocol, `check --fix` through temporary files).

pub mod actions;
pub mod components;
mod connections;
pub mod extract;
mod layout;
mod literals;
pub mod naming;
pub mod plan;
mod recipe;
mod refusal;
pub mod rename;
mod workspace_edit;

pub use recipe::{HiddenPlace, Recipe};
pub use refusal::Refusal;
pub use workspace_edit::{FileEdit, NewFile, WorkspaceEdit};
