//! Which solution a settings file serves: the nearest one that declares the name an entry gives.

use model::files::{FileId, folder_of, is_below, name_of};
use model::{SolutionId, Workspace};

/// The solutions that an entry of a settings file for this connection reference serves: those nearest to the file among
/// the solutions that declare the name. Several only where they are equally near and the file's name tells none apart.
#[must_use]
pub fn solutions_of_settings_entry(workspace: &Workspace, settings: FileId, logical_name: &str) -> Vec<SolutionId> {
    nearest(workspace, settings, workspace.solutions_with_reference(logical_name))
}

/// As [`solutions_of_settings_entry`], for the value of an environment variable.
#[must_use]
pub fn solutions_of_settings_value(workspace: &Workspace, settings: FileId, schema_name: &str) -> Vec<SolutionId> {
    nearest(workspace, settings, workspace.solutions_with_variable(schema_name))
}

/// Of these solutions, those that share the longest folder with a file; of equally near ones, those whose name stands in
/// the file's name, if any.
#[must_use]
pub fn nearest(workspace: &Workspace, file: FileId, solutions: &[SolutionId]) -> Vec<SolutionId> {
    if let [] | [_] = solutions {
        return solutions.to_vec();
    }
    let path = &*workspace.file(file).path;
    let shared = |id: SolutionId| {
        let root = &workspace.solution(id).root;
        let mut folder = folder_of(path);
        while !folder.is_empty() && !is_below(root, folder) {
            folder = folder_of(folder);
        }
        folder.len()
    };
    let longest = solutions.iter().map(|id| shared(*id)).max();
    let mut near: Vec<SolutionId> = solutions
        .iter()
        .copied()
        .filter(|id| Some(shared(*id)) == longest)
        .collect();
    let name = name_of(path).to_lowercase();
    let named = |id: &SolutionId| {
        let folder = name_of(&workspace.solution(*id).root);
        [folder, workspace.solution_name(*id)]
            .iter()
            .any(|part| part.len() > 2 && name.contains(&part.to_lowercase()))
    };
    if near.len() > 1 && near.iter().any(named) {
        near.retain(named);
    }
    near
}
