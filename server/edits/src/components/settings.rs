//! Deployment settings for a solution that has none.

use analysis::targets::are_copies;
use model::files::{folder_of, join, name_of};
use model::{SolutionId, Workspace};
use rustc_hash::FxHashSet;
use syntax::json;

use super::{line_ending, manifest_of, new_file, token};
use crate::WorkspaceEdit;

/// Names of folders in which tools keep a solution: what is about it stands beside them.
const SOURCES: [&str; 5] = ["src", "solution", "solutionpackage", "source", "unpacked"];

/// Creates deployment settings with an entry for each variable and connection reference of the solution, their values tokens.
///
/// `None` when there are such settings already, or nothing to give a value to.
#[must_use]
pub fn add_settings(workspace: &Workspace, solution: SolutionId) -> Option<WorkspaceEdit> {
    let root = workspace.solution(solution);
    let manifest = manifest_of(workspace, solution)?;
    // Beside an archived copy, or an unpacked package, the names would point at both.
    let is_copy = |other: SolutionId| other != solution && are_copies(workspace, other, solution);
    let has_copy = workspace.solutions().any(|(other, _)| is_copy(other));
    let beside = !has_copy
        && SOURCES
            .iter()
            .any(|name| name.eq_ignore_ascii_case(name_of(&root.root)));
    let folder = if beside { folder_of(&root.root) } else { &root.root };
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name: String = workspace.solution_name(solution).chars().filter(is_plain).collect();
    let path = join(folder, &format!("{name}.deploymentSettings.json"));
    let entry = |members: &[(&str, &str)]| {
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| format!("      {}: {}", json::quote(name), json::quote(value)))
            .collect();
        format!("    {{\n{}\n    }}", members.join(",\n"))
    };
    let mut told = FxHashSet::default();
    let variables: Vec<String> = workspace
        .variable_names(root)
        .filter(|name| !name.is_empty() && told.insert(name.to_lowercase()))
        .map(|name| entry(&[("SchemaName", name), ("Value", &token("environmentvariable", name))]))
        .collect();
    told.clear();
    let references: Vec<String> = workspace
        .references(solution)
        .filter(|reference| told.insert(reference.logical_name.value.to_lowercase()))
        .map(|reference| {
            let name = reference.logical_name.value.as_str();
            let connection = token("connectionreference", name);
            let mut members = vec![("LogicalName", name), ("ConnectionId", &*connection)];
            members.extend(
                reference
                    .connector_id
                    .as_ref()
                    .map(|id| ("ConnectorId", id.value.as_str())),
            );
            entry(&members)
        })
        .collect();
    if variables.is_empty() && references.is_empty() {
        return None;
    }
    let list = |name: &str, entries: &[String]| match entries {
        [] => format!("  {}: []", json::quote(name)),
        entries => format!("  {}: [\n{}\n  ]", json::quote(name), entries.join(",\n")),
    };
    let text = format!(
        "{{\n{},\n{}\n}}\n",
        list("EnvironmentVariables", &variables),
        list("ConnectionReferences", &references)
    );
    new_file(workspace, path, &text.replace('\n', line_ending(manifest)), false)
}
