//! A first identity plan: `flowsentry.jsonc` as the workspace and its inventories suggest it.
//!
//! The plan that is written agrees with what is found: it names accounts and who stands behind what, with the evidence as
//! comments. What is not known is written as a comment to be filled in, and a person's account is never planned: a plan that
//! wants what should not be would be worse than none. Nothing of it is a decision yet, and its first lines say so.

mod find;
mod text;

use model::Workspace;

use self::find::Found;

/// A plan that can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The text of the file.
    pub text: String,
    /// How many accounts it names.
    pub accounts: usize,
    /// How many of these are a person's.
    pub personal: usize,
    /// How many connection references it gives an account, in one environment at least.
    pub planned: usize,
    /// How many connection references there are.
    pub references: usize,
}

/// The plan for a folder and all below it; `None` where no solution lies there.
///
/// `inventories` are paths as the plan is to name them, relative to the folder.
#[must_use]
pub fn draft(workspace: &Workspace, folder: &str, inventories: &[String]) -> Option<Draft> {
    let found = Found::new(workspace, folder);
    if found.solutions.is_empty() {
        return None;
    }
    let planned = found.solutions.iter().flat_map(|solution| &solution.references);
    Some(Draft {
        text: text::write(&found, inventories),
        accounts: found.accounts.len(),
        personal: found.accounts.iter().filter(|account| account.is_personal()).count(),
        planned: planned
            .clone()
            .filter(|reference| !reference.planned.is_empty())
            .count(),
        references: planned.count(),
    })
}
