//! What several rules ask of one flow and nobody computes before: made empty for each check, filled as rules ask.

use analysis::types::TypeMemory;

/// What was found out about one flow, for as long as its text does not change.
#[derive(Debug, Default)]
pub struct Analyses {
    pub(crate) types: TypeMemory,
}
