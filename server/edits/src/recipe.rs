//! Changes that are worked out when they are asked for.
//!
//! A finding about a connection reference stands in one file, and mending it changes many, flows among them. Their places
//! move with every key that somebody types there; what is to be done does not. So the finding keeps the recipe, and the edit
//! is made from the facts as they are when a person wants it. It may then turn out that it cannot be made: no edit is better
//! than half of one.

use analysis::occurrences::in_facts;
use analysis::targets::Targets;
use model::settings::SettingsReference;
use model::{Component, Facts, FileId, SolutionId, Workspace, same_name};
use syntax::TextEdit;

use crate::rename::{connection_reference, respell};
use crate::{FileEdit, WorkspaceEdit};

/// A change of several files, in words of the solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// Gives a connection reference another logical name, everywhere.
    RenameReference {
        /// The solution that declares it.
        solution: SolutionId,
        /// Its logical name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Uses one connection reference in the place of another, and removes that one.
    MergeReferences {
        /// The solution that declares both.
        solution: SolutionId,
        /// The reference that stays.
        keep: String,
        /// The reference that goes.
        gone: String,
    },
    /// Removes a connection reference that nothing uses, with its entries in settings.
    RemoveReference {
        /// The solution that declares it.
        solution: SolutionId,
        /// Its logical name.
        name: String,
    },
}

impl Recipe {
    /// The edit, as the workspace is now; `None` where it cannot be made whole.
    #[must_use]
    pub fn edit(&self, workspace: &Workspace) -> Option<WorkspaceEdit> {
        let edit = match self {
            Self::RenameReference { solution, from, to } => {
                connection_reference(workspace, *solution, from, to).ok()?
            }
            Self::MergeReferences { solution, keep, gone } => replace(workspace, *solution, gone, Some(keep))?,
            Self::RemoveReference { solution, name } => replace(workspace, *solution, name, None)?,
        };
        (!edit.is_empty()).then_some(edit)
    }
}

/// Takes a connection reference out of a solution. What named it names `keep` then; without one, nothing may name it but
/// settings.
fn replace(workspace: &Workspace, solution: SolutionId, gone: &str, keep: Option<&str>) -> Option<WorkspaceEdit> {
    // Another solution may mean its own by this name, and some of its files are not ours to change.
    if workspace.solutions_with_reference(gone) != [solution] || !workspace.is_complete(solution) {
        return None;
    }
    let targets = Targets::new(workspace);
    let component = Component::ConnectionReference(gone.to_owned());
    let mut edit = WorkspaceEdit::default();
    for (file, entry) in workspace.files() {
        let edits = match &entry.facts {
            Facts::Customizations(_) if Some(file) == workspace.solution(solution).customizations => {
                vec![TextEdit::new(workspace.reference(solution, gone)?.removal, "")]
            }
            Facts::Settings(_) if targets.of(file).contains(&solution) => in_settings(workspace, file, gone, keep)?,
            // A damaged flow may name it where nobody sees it.
            Facts::Flow(flow) if entry.solution == Some(solution) && !flow.complete => return None,
            facts => {
                let places = in_facts(facts, &component);
                if places.is_empty() {
                    continue;
                }
                let ours = match facts {
                    Facts::Flow(_) | Facts::Caller(_) => entry.solution == Some(solution),
                    Facts::CustomSettings(_) | Facts::Configuration(_) => true,
                    _ => false,
                };
                if !ours {
                    return None;
                }
                respell(&places, keep?).ok()?
            }
        };
        if !edits.is_empty() {
            edit.files.push(FileEdit { file, edits });
        }
    }
    Some(edit)
}

/// The entry of the reference that goes: it becomes the other's where that has none.
fn in_settings(workspace: &Workspace, file: FileId, gone: &str, keep: Option<&str>) -> Option<Vec<TextEdit>> {
    let facts = workspace.file(file).facts.settings()?;
    let is = |entry: &SettingsReference, name: &str| same_name(&entry.logical_name.value, name);
    let mut entries = facts.references.iter().filter(|entry| is(entry, gone));
    let Some(entry) = entries.next() else {
        return Some(Vec::new());
    };
    // Damage, or two entries: which of them counts is for a person to say.
    if !facts.complete || entries.next().is_some() {
        return None;
    }
    let free = keep.filter(|keep| !facts.references.iter().any(|entry| is(entry, keep)));
    Some(vec![match free {
        Some(keep) => TextEdit::new(entry.logical_name.span, syntax::json::escape(keep)),
        None => TextEdit::new(entry.removal, ""),
    }])
}
