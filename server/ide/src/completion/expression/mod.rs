//! What can be written inside expressions.

use model::FileId;
use rules::Project;

use super::Completions;

/// What can be written at an offset; `None` where no expression stands there.
pub fn completions(_project: &Project, _file: FileId, _offset: u32, _typed: Option<char>) -> Option<Completions> {
    None
}

/// Expressions to begin an empty text with, where the service evaluates it.
pub fn beginnings(_project: &Project, _file: FileId, _offset: u32) -> Completions {
    Completions::default()
}
