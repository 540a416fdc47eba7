//! Where a component is that a solution uses and does not contain: the cases of which every rule about missing
//! components speaks.

use analysis::targets::are_copies;
use model::manifest::{MissingDependency, RequiredComponent};
use model::{Facts, FileId, Guid, SolutionId};

use crate::context::SolutionContext;

/// Where a missing component is, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elsewhere<'a> {
    /// The manifest names the solution that provides it: `Name (version)`.
    Provided(&'a str),
    /// Another solution of this workspace contains it.
    Solution(SolutionId),
    /// It exists where the solution was exported, and belongs to no solution there.
    Unmanaged,
    /// Nothing tells of it.
    Nowhere,
}

/// Where a component is that `context`'s solution does not contain, given the solutions that do.
pub(crate) fn elsewhere<'a>(
    context: &SolutionContext<'a>,
    owners: impl IntoIterator<Item = SolutionId>,
    is_it: impl Fn(&RequiredComponent) -> bool,
) -> Elsewhere<'a> {
    let manifest = context
        .solution
        .manifest
        .and_then(|id| context.workspace.file(id).facts.manifest());
    let declared = || {
        manifest
            .into_iter()
            .flat_map(|m| &m.missing_dependencies)
            .filter(|d| is_it(&d.required))
    };
    if let Some(provider) = declared().find_map(|dependency| dependency.provided_by.as_deref()) {
        return Elsewhere::Provided(provider);
    }
    if let Some(owner) = owners
        .into_iter()
        .find(|owner| !are_copies(context.workspace, *owner, context.id))
    {
        return Elsewhere::Solution(owner);
    }
    if declared().next().is_some() {
        Elsewhere::Unmanaged
    } else {
        Elsewhere::Nowhere
    }
}

/// What the manifest calls a missing component.
pub(crate) fn dependency_name<'a>(
    context: &SolutionContext<'a>,
    is_it: impl Fn(&RequiredComponent) -> bool,
) -> Option<&'a str> {
    let manifest = context.workspace.file(context.solution.manifest?).facts.manifest()?;
    let name = |d: &'a MissingDependency| {
        (is_it(&d.required) && !d.display_name.is_empty()).then_some(d.display_name.as_str())
    };
    manifest.missing_dependencies.iter().find_map(name)
}

/// Whether the solution contains a process or flow of this id: as a file, as metadata or as a root component.
pub(crate) fn contains_workflow(context: &SolutionContext<'_>, id: Guid) -> bool {
    let manifest = context
        .solution
        .manifest
        .and_then(|file| context.workspace.file(file).facts.manifest());
    manifest.is_some_and(|m| m.workflow_component(id).is_some()) || has_workflow_file(context, id)
}

/// Whether a file of the solution holds, or describes, a process or flow of this id.
pub(crate) fn has_workflow_file(context: &SolutionContext<'_>, id: Guid) -> bool {
    let workspace = context.workspace;
    let is_it =
        |metadata: &model::workflow_metadata::WorkflowMetadata| metadata.id.as_ref().is_some_and(|own| own.value == id);
    let named_so = |file: &FileId| {
        let file = workspace.file(*file);
        match &file.facts {
            Facts::Workflow(metadata) if metadata.id.is_some() => is_it(metadata),
            // A damaged file still tells by its name.
            _ => id_in_name(model::files::name_of(&file.path)) == Some(id),
        }
    };
    let customizations = context
        .solution
        .customizations
        .and_then(|file| workspace.file(file).facts.customizations());
    workspace
        .flows_with_id(id)
        .iter()
        .any(|flow| workspace.file(*flow).solution == Some(context.id))
        || context.solution.metadata.iter().any(named_so)
        || customizations.is_some_and(|c| c.workflows.iter().any(is_it))
        || context.named_flows().contains(&id)
}

/// The id in a workflow's file name, of metadata files too.
pub(crate) fn id_in_name(name: &str) -> Option<Guid> {
    let name = name.strip_suffix(".data.xml").unwrap_or(name);
    // `.xaml` is as long as `.json`.
    Guid::from_flow_file(name)
}
