//! Changes to solutions as values: which text changes in which file, and which files appear.
//!
//! Nothing here writes. A change keeps indentation, line ends and byte order marks, may span files, and leaves files
//! that parse; hosts apply it (the editor through its protocol, `check --fix` through temporary files).

pub mod actions;
pub mod components;
mod layout;
pub mod naming;
pub mod plan;
mod recipe;
pub mod rename;
mod workspace_edit;

pub use recipe::Recipe;
pub use workspace_edit::{FileEdit, NewFile, WorkspaceEdit};
