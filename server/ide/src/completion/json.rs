//! What can be written in the JSON around expressions.

use model::FileId;
use rules::Project;

use super::Completions;

/// What can be written at an offset that is not inside an expression.
pub fn completions(_project: &Project, _file: FileId, _offset: u32) -> Completions {
    Completions::default()
}
