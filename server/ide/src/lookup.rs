//! What a name means to a file: several solutions of a workspace may know it, and the file's own comes first, then the
//! nearest.

use model::customizations::ConnectionReference;
use model::variables::VariableDefinition;
use model::{FileId, Guid, SolutionId};
use rules::Project;

/// The file of a flow that `from` names by its id; copies of one flow share an id.
#[must_use]
pub fn flow(project: &Project, from: FileId, id: Guid) -> Option<FileId> {
    let workspace = project.workspace();
    let files = workspace.flows_with_id(id);
    // Most ids have one flow, and then nobody need ask where it lies.
    if files.len() < 2 {
        return files.first().copied();
    }
    let homes: Vec<SolutionId> = files.iter().filter_map(|file| workspace.get(*file)?.solution).collect();
    let home = home(project, from, &homes);
    let at_home = files.iter().find(|file| workspace.file(**file).solution == home);
    at_home.or(files.first()).copied()
}

/// The solution whose connection reference `from` means by a name.
#[must_use]
pub fn reference_home(project: &Project, from: FileId, name: &str) -> Option<SolutionId> {
    home(project, from, project.workspace().solutions_with_reference(name))
}

/// A connection reference that `from` names, with the file that declares it.
#[must_use]
pub fn reference<'a>(project: &'a Project, from: FileId, name: &str) -> Option<(FileId, &'a ConnectionReference)> {
    let workspace = project.workspace();
    let home = reference_home(project, from, name)?;
    Some((
        workspace.solution(home).customizations?,
        workspace.reference(home, name)?,
    ))
}

/// The solution whose environment variable `from` means by a schema name.
#[must_use]
pub fn variable_home(project: &Project, from: FileId, schema_name: &str) -> Option<SolutionId> {
    home(project, from, project.workspace().solutions_with_variable(schema_name))
}

/// The definition of an environment variable that `from` names, with its file.
#[must_use]
pub fn variable<'a>(project: &'a Project, from: FileId, schema_name: &str) -> Option<(FileId, &'a VariableDefinition)> {
    let workspace = project.workspace();
    let home = variable_home(project, from, schema_name)?;
    let file = workspace.variable_file(home, schema_name)?;
    Some((file, workspace.file(file).facts.variable_definition()?))
}

/// Of several solutions, the file's own, else the nearest.
fn home(project: &Project, from: FileId, solutions: &[SolutionId]) -> Option<SolutionId> {
    let workspace = project.workspace();
    let file = workspace.get(from)?;
    let own = file.solution.filter(|own| solutions.contains(own));
    own.or_else(|| analysis::targets::nearest_one(workspace, &file.path, solutions))
}
