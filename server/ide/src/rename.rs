//! Renaming what stands under the cursor.

use analysis::occurrences::{FlowName, in_facts, in_flow};
use edits::WorkspaceEdit;
use edits::rename::{self, Refusal};
use model::flow::FlowView;
use model::{Component, FileId, FileSystem, SolutionId, same_name};
use rules::Project;
use syntax::Span;

use crate::occurrences::{Thing, closed_flow, name_at};
use crate::target::open_flow;

/// A name that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renameable {
    /// Where it stands.
    pub span: Span,
    /// The name, without the escapes of the place.
    pub name: String,
}

/// The name at an offset, where it can be changed; `None` where nothing stands there that has a name of its own.
///
/// # Errors
/// The reason, where the name cannot be changed.
pub fn prepare_rename(
    project: &mut Project,
    files: &(dyn FileSystem + Sync),
    file: FileId,
    offset: u32,
) -> Result<Option<Renameable>, Refusal> {
    let closed = project.read_closed(files, &closed_flow(project, file));
    let flow = project.flow_view(&closed, file);
    let Some((thing, span)) = subject(project, flow.as_ref(), file, offset)? else {
        return Ok(None);
    };
    let name = match (&thing, flow_name(&thing), &flow) {
        (_, Some(name), Some(flow)) => {
            rename::can_rename_in_flow(flow, name)?;
            declared(flow, name)
        }
        (Thing::Shared(Component::ConnectionReference(name)), ..) => {
            let solution = rename::owner_of_reference(project.workspace(), file, name)?;
            rename::can_rename_reference(project.workspace(), solution, name)?;
            name.clone()
        }
        _ => return Ok(None),
    };
    Ok(Some(Renameable { span, name }))
}

/// The change that gives what stands at an offset another name; `None` where nothing stands there that has a name.
///
/// # Errors
/// The reason, where the name cannot be changed, or not to this one.
pub fn rename(
    project: &mut Project,
    files: &(dyn FileSystem + Sync),
    file: FileId,
    offset: u32,
    new_name: &str,
) -> Result<Option<WorkspaceEdit>, Refusal> {
    let closed = project.read_closed(files, &closed_flow(project, file));
    let flow = project.flow_view(&closed, file);
    let Some((thing, _)) = subject(project, flow.as_ref(), file, offset)? else {
        return Ok(None);
    };
    match (&thing, flow_name(&thing), flow) {
        (_, Some(name), Some(flow)) => rename::in_flow(file, &flow, name, new_name).map(Some),
        (Thing::Shared(Component::ConnectionReference(name)), ..) => {
            let solution = rename::owner_of_reference(project.workspace(), file, name)?;
            let solution = caught_up(project, files, solution, name);
            rename::connection_reference(project.workspace(), solution, name, new_name).map(Some)
        }
        _ => Ok(None),
    }
}

/// What is renamed where the cursor is.
fn subject(
    project: &Project,
    flow: Option<&FlowView<'_>>,
    file: FileId,
    offset: u32,
) -> Result<Option<(Thing, Span)>, Refusal> {
    let Some(target) = name_at(project, flow, file, offset) else {
        return Ok(None);
    };
    let span = target.span;
    match (Thing::of(&target.kind, flow), flow) {
        // `triggerBody()` means the trigger and does not name it.
        (Some(Thing::Step(_)), _) if matches!(target.kind, crate::target::TargetKind::Function(_)) => Ok(None),
        (Some(Thing::Shared(Component::EnvironmentVariable(name))), flow) => {
            let parameter = flow.and_then(|flow| parameter_at(flow, &name, span));
            match parameter {
                Some(parameter) => Ok(Some((Thing::Parameter(parameter), span))),
                None => Err(Refusal(format!(
                    "The environment variable `{name}` keeps its schema name: environments know its value by it. Add a new variable instead."
                ))),
            }
        }
        (Some(Thing::Shared(Component::Flow(_))), _) => Err(Refusal(
            "A flow is known by its id, which does not change. Its title stands in its metadata.".to_owned(),
        )),
        (thing, _) => Ok(thing.map(|thing| (thing, span))),
    }
}

/// The parameter that a span names, of those that stand for an environment variable.
fn parameter_at(flow: &FlowView<'_>, schema_name: &str, span: Span) -> Option<String> {
    let parameters = flow.summary.parameters.iter();
    let mut standing = parameters.filter(|p| {
        p.schema_name
            .as_ref()
            .is_some_and(|own| same_name(&own.value, schema_name))
    });
    let named = |name: &str| {
        in_flow(flow, FlowName::Parameter(name))
            .iter()
            .any(|place| place.span == span)
    };
    standing.find(|p| named(&p.name.value)).map(|p| p.name.value.clone())
}

fn flow_name(thing: &Thing) -> Option<FlowName<'_>> {
    match thing {
        Thing::Step(name) => Some(FlowName::Step(name)),
        Thing::Variable(name) => Some(FlowName::Variable(name)),
        Thing::Parameter(name) => Some(FlowName::Parameter(name)),
        Thing::Connection(name) => Some(FlowName::Connection(name)),
        Thing::Shared(_) | Thing::Table(_) | Thing::Column(..) => None,
    }
}

/// The name as it is declared: a place may differ in the case of letters.
fn declared(flow: &FlowView<'_>, name: FlowName<'_>) -> String {
    let body = flow.body;
    let found = match name {
        FlowName::Step(name) => {
            let actions = body.actions.iter().map(|action| &action.name.value);
            let mut all = actions.chain(body.triggers.iter().map(|trigger| &trigger.name.value));
            all.find(|own| same_name(own, name))
        }
        FlowName::Variable(name) => {
            let mut all = body.variables.iter().map(|variable| &variable.name.value);
            all.find(|own| same_name(own, name))
        }
        FlowName::Parameter(name) | FlowName::EnvironmentVariable(name) => {
            let mut all = flow.summary.parameters.iter().map(|parameter| &parameter.name.value);
            all.find(|own| same_name(own, name))
        }
        FlowName::Connection(name) => {
            let mut all = flow.summary.connections.iter().map(|connection| &connection.key.value);
            all.find(|own| same_name(own, name))
        }
    };
    found.cloned().unwrap_or_default()
}

/// The files that [`rename`] reads for what stands at an offset of an open file, so that they can be read beforehand on
/// another thread.
#[must_use]
pub fn files_read_to_rename(project: &Project, file: FileId, offset: u32) -> Vec<FileId> {
    match subject(project, open_flow(project, file).as_ref(), file, offset) {
        Ok(Some((Thing::Shared(Component::ConnectionReference(name)), _))) => files_naming(project, &name),
        _ => Vec::new(),
    }
}

fn files_naming(project: &Project, reference: &str) -> Vec<FileId> {
    let component = Component::ConnectionReference(reference.to_owned());
    let files = project.workspace().files();
    files
        .filter(|(_, file)| !in_facts(&file.facts, &component).is_empty())
        .map(|(id, _)| id)
        .collect()
}

/// Takes over what changed on disk in the closed files that name a connection reference: a rename writes by offsets.
/// Gives the solution's id as it is then.
fn caught_up(project: &mut Project, files: &(dyn FileSystem + Sync), solution: SolutionId, name: &str) -> SolutionId {
    let workspace = project.workspace();
    let root = workspace.solution(solution).root.clone();
    let naming = files_naming(project, name);
    project.read_closed(files, &naming);
    let same = project
        .workspace()
        .solutions()
        .find(|(_, solution)| solution.root == root);
    same.map_or(solution, |(id, _)| id)
}
