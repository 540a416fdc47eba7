//! Solutions as facts: which solutions a tree of files holds, and what every file says.
//!
//! Files come in through [`FileSystem`]; each is read by [`reading::read`] into [`Facts`], which outlive its text; the
//! [`Workspace`] groups files into solutions and answers questions across them.
//!
//! Invariants: nothing here does IO or knows a protocol; reading never fails, damaged files are marked incomplete; ids,
//! not paths, name files and solutions; flows are known by their workflow id.

pub mod anchor;
pub mod callers;
pub mod component;
pub mod configuration;
pub mod customizations;
pub mod facts;
pub mod files;
pub mod flow;
pub mod guid;
pub mod inventory;
pub mod manifest;
pub mod package;
pub mod policies;
pub mod reading;
pub mod roles;
pub mod settings;
pub mod tables;
pub mod variables;
pub mod workflow_metadata;
pub mod workspace;

pub use component::{Component, Mention};
pub use configuration::{AccountKind, Configuration, Profile, Purpose};
pub use customizations::ConnectionReference;
pub use facts::{Facts, Spanned};
pub use files::{FileEntry, FileId, FileKind, FileSystem, MemoryFiles, ReadError};
pub use guid::Guid;
pub use reading::{ReadAs, Reading};
pub use workspace::{File, Layout, Solution, SolutionId, Workspace, same_name};

/// The connector's name in an id such as `/providers/Microsoft.PowerApps/apis/shared_office365`.
#[must_use]
pub fn connector_name(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}
