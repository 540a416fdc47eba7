//! Which solutions a settings file serves.
//!
//! A settings file does not say whose it is. Each of its names points at the solutions that declare it, the nearest of them
//! in the tree of folders, and of equally near ones those that the file's own name names; the file serves the solutions
//! that most of its names point at. Where that does not tell, it serves none, and nothing is concluded from it.

use model::files::{FileId, folder_of, is_below, name_of};
use model::settings::DeploymentSettings;
use model::{SolutionId, Workspace, same_name};
use rustc_hash::{FxHashMap, FxHashSet};

/// The solutions that an entry of a settings file for this connection reference serves: those nearest to the file among
/// the solutions that declare the name. Several only where they are equally near and the file's name tells none apart.
#[must_use]
pub fn solutions_of_settings_entry(workspace: &Workspace, settings: FileId, logical_name: &str) -> Vec<SolutionId> {
    let declaring = workspace.solutions_with_reference(logical_name);
    nearest(workspace, &workspace.file(settings).path, declaring)
}

/// As [`solutions_of_settings_entry`], for the value of an environment variable.
#[must_use]
pub fn solutions_of_settings_value(workspace: &Workspace, settings: FileId, schema_name: &str) -> Vec<SolutionId> {
    let declaring = workspace.solutions_with_variable(schema_name);
    nearest(workspace, &workspace.file(settings).path, declaring)
}

/// Of these solutions, those that share the longest folder with a path; of equally near ones, those whose name stands in
/// the file's name, if any.
#[must_use]
pub fn nearest(workspace: &Workspace, path: &str, solutions: &[SolutionId]) -> Vec<SolutionId> {
    if let [] | [_] = solutions {
        return solutions.to_vec();
    }
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

/// One of the [`nearest`], for where one is enough: the first by folder.
#[must_use]
pub fn nearest_one(workspace: &Workspace, path: &str, solutions: &[SolutionId]) -> Option<SolutionId> {
    nearest(workspace, path, solutions).into_iter().min()
}

/// Whether two roots hold one solution: a managed twin, an unpacked zip beside its source, an archived copy.
#[must_use]
pub fn are_copies(workspace: &Workspace, a: SolutionId, b: SolutionId) -> bool {
    a == b || same_name(workspace.solution_name(a), workspace.solution_name(b))
}

/// Which settings files serve which solutions, worked out once for a workspace as it is.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    served: FxHashMap<FileId, Vec<SolutionId>>,
}

impl Targets {
    /// Looks at every settings file.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        let serve = |&file: &FileId| {
            let facts = workspace.file(file).facts.settings()?;
            Some((file, served(workspace, file, facts)))
        };
        Self {
            served: workspace.settings().iter().filter_map(serve).collect(),
        }
    }

    /// The solutions that a settings file serves, by folder.
    #[must_use]
    pub fn of(&self, settings: FileId) -> &[SolutionId] {
        self.served.get(&settings).map_or(&[], Vec::as_slice)
    }

    /// The settings files that serve a solution, by path.
    pub fn settings_of<'a>(
        &'a self,
        workspace: &'a Workspace,
        solution: SolutionId,
    ) -> impl Iterator<Item = FileId> + 'a {
        let files = workspace.settings().iter().copied();
        files.filter(move |file| self.of(*file).contains(&solution))
    }
}

/// How many of a file's names point at a solution.
#[derive(Clone, Copy, Debug, Default)]
struct Votes {
    all: usize,
    /// Those that point at it, or at copies of it, alone.
    own: usize,
}

fn served(workspace: &Workspace, file: FileId, facts: &DeploymentSettings) -> Vec<SolutionId> {
    let path = &*workspace.file(file).path;
    let mut votes: FxHashMap<SolutionId, Votes> = FxHashMap::default();
    let mut known = 0;
    let mut vote = |declaring: &[SolutionId]| {
        let near = nearest(workspace, path, declaring);
        let Some(first) = near.first() else { return };
        known += 1;
        let alone = near.iter().all(|id| are_copies(workspace, *id, *first));
        for id in near {
            let votes = votes.entry(id).or_default();
            votes.all += 1;
            votes.own += usize::from(alone);
        }
    };
    let (mut references, mut variables) = (FxHashSet::default(), FxHashSet::default());
    for entry in &facts.references {
        if references.insert(entry.logical_name.value.to_lowercase()) {
            vote(workspace.solutions_with_reference(&entry.logical_name.value));
        }
    }
    for entry in &facts.variables {
        if variables.insert(entry.schema_name.value.to_lowercase()) {
            vote(workspace.solutions_with_variable(&entry.schema_name.value));
        }
    }
    let total = references.len() + variables.len();
    let mut served: Vec<SolutionId> =
        if known > 0 && known * 2 < total && !mostly_meant(workspace, facts, &votes, total) {
            // Most names are of something that is not here: so is the solution.
            Vec::new()
        } else if known == 0 {
            around(workspace, path, facts)
        } else if votes.values().any(|votes| votes.own > 0) {
            // A name that one solution lost and another still has must not make the file serve the other.
            let enough = |(id, votes): &(&SolutionId, &Votes)| {
                votes.own > 0 && (votes.all * 2 >= known || votes.all * 2 >= declared(workspace, **id))
            };
            votes.iter().filter(enough).map(|(id, _)| *id).collect()
        } else {
            // Every name is shared: only a solution that has them all can be meant, and only where it is the one.
            let whole: Vec<SolutionId> = votes
                .iter()
                .filter(|(_, v)| v.all == known)
                .map(|(id, _)| *id)
                .collect();
            only_one(workspace, whole)
        };
    served.sort();
    served
}

/// How many names a solution declares that settings can give a value to.
fn declared(workspace: &Workspace, id: SolutionId) -> usize {
    workspace.references(id).count() + workspace.variable_names(workspace.solution(id)).count()
}

fn only_one(workspace: &Workspace, solutions: Vec<SolutionId>) -> Vec<SolutionId> {
    match solutions.first() {
        Some(first) if solutions.iter().all(|id| are_copies(workspace, *id, *first)) => solutions,
        _ => Vec::new(),
    }
}

/// The solution around a file none of whose names are known: one that lists nothing yet, or whose names are misspelt.
/// Settings of a solution that is elsewhere name other things, and serve nobody here.
fn around(workspace: &Workspace, path: &str, facts: &DeploymentSettings) -> Vec<SolutionId> {
    let with_names: Vec<SolutionId> = workspace
        .solutions()
        .map(|(id, _)| id)
        .filter(|id| declared(workspace, *id) > 0)
        .collect();
    let near = only_one(workspace, nearest(workspace, path, &with_names));
    let is_empty = facts.references.is_empty() && facts.variables.is_empty();
    if is_empty || misspelt(workspace, facts, &near) > 0 {
        near
    } else {
        Vec::new()
    }
}

/// Whether most names of a file are known or misspelt ones of the solutions that its other names point at.
fn mostly_meant(
    workspace: &Workspace,
    facts: &DeploymentSettings,
    votes: &FxHashMap<SolutionId, Votes>,
    total: usize,
) -> bool {
    let known = votes.values().map(|votes| votes.all).max().unwrap_or(0);
    let solutions: Vec<SolutionId> = votes.keys().copied().collect();
    (known + misspelt(workspace, facts, &solutions)) * 2 >= total
}

/// How many names of a file nobody declares and are nearly those of these solutions.
fn misspelt(workspace: &Workspace, facts: &DeploymentSettings, solutions: &[SolutionId]) -> usize {
    let references = solutions.iter().flat_map(|id| workspace.references(*id));
    let references: Vec<&str> = references
        .map(|reference| reference.logical_name.value.as_str())
        .collect();
    let variables = solutions
        .iter()
        .flat_map(|id| workspace.variable_names(workspace.solution(*id)));
    let variables: Vec<&str> = variables.collect();
    let near = |name: &str, names: &[&str]| expr::did_you_mean(name, names.iter().copied()).is_some();
    let in_references = facts
        .references
        .iter()
        .map(|entry| &entry.logical_name.value)
        .filter(|name| workspace.solutions_with_reference(name).is_empty() && near(name, &references));
    let in_variables = facts
        .variables
        .iter()
        .map(|entry| &entry.schema_name.value)
        .filter(|name| workspace.solutions_with_variable(name).is_empty() && near(name, &variables));
    in_references.count() + in_variables.count()
}
