//! Where else the thing under the cursor is named: in its flow, or in all files of the workspace.

use analysis::occurrences::{FlowName, Occurrence, in_facts, in_flow};
use expr::ReferenceKind;
use model::flow::FlowView;
use model::{Component, FileId, FileSystem, same_name};
use rules::Project;

use crate::dataverse;
use crate::target::{Target, TargetKind, WrittenTable, open_flow, target_at, target_in};

/// The places of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOccurrences {
    /// The file.
    pub file: FileId,
    /// Its places, in order.
    pub places: Vec<Occurrence>,
}

/// A thing with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// Of the flow it was found in.
    Step(String),
    Variable(String),
    Parameter(String),
    Connection(String),
    /// Of the workspace.
    Shared(Component),
    /// Of Dataverse.
    Table(WrittenTable),
    Column(WrittenTable, String),
}

impl Thing {
    /// What a target is; `None` for functions, which are of the language.
    pub(crate) fn of(target: &TargetKind, flow: Option<&FlowView<'_>>) -> Option<Self> {
        Some(match target {
            TargetKind::Function(function) => {
                let means_trigger = function
                    .reference
                    .as_ref()
                    .is_some_and(|r| r.kind == ReferenceKind::Trigger);
                match flow?.body.triggers.as_slice() {
                    [trigger] if means_trigger => Self::Step(trigger.name.value.clone()),
                    _ => return None,
                }
            }
            TargetKind::Action(id) => Self::Step(flow?.body.action(*id).name.value.clone()),
            TargetKind::Trigger(index) => Self::Step(flow?.body.triggers.get(*index)?.name.value.clone()),
            TargetKind::Variable(name) => Self::Variable(name.clone()),
            TargetKind::Parameter(name) => Self::Parameter(name.clone()),
            TargetKind::ConnectionKey(index) => {
                Self::Connection(flow?.summary.connections.get(*index)?.key.value.clone())
            }
            TargetKind::EnvironmentVariable(name) => Self::Shared(Component::EnvironmentVariable(name.clone())),
            TargetKind::ConnectionReference(name) => Self::Shared(Component::ConnectionReference(name.clone())),
            TargetKind::Flow(id) => Self::Shared(Component::Flow(*id)),
            TargetKind::Table(table) => Self::Table(table.clone()),
            TargetKind::Column(table, name) => Self::Column(table.clone()?, name.clone()),
            TargetKind::Account(_) | TargetKind::Accounts(_) => return None,
        })
    }

    /// Its places in one flow.
    fn in_flow(&self, flow: &FlowView<'_>) -> Vec<Occurrence> {
        match self {
            Self::Step(name) => in_flow(flow, FlowName::Step(name)),
            Self::Variable(name) => in_flow(flow, FlowName::Variable(name)),
            Self::Parameter(name) => in_flow(flow, FlowName::Parameter(name)),
            Self::Connection(name) => in_flow(flow, FlowName::Connection(name)),
            Self::Shared(Component::EnvironmentVariable(name)) => in_flow(flow, FlowName::EnvironmentVariable(name)),
            Self::Shared(_) | Self::Table(_) | Self::Column(..) => Vec::new(),
        }
    }

    /// Its places in one file, whose flow is at hand where it is one.
    fn in_file(&self, project: &Project, file: FileId, flow: Option<&FlowView<'_>>) -> Vec<Occurrence> {
        let mut places = match (self, project.workspace().get(file)) {
            (Self::Shared(component), Some(file)) => in_facts(&file.facts, component),
            (Self::Table(table), Some(_)) => dataverse::places(project, file, flow, table, None),
            (Self::Column(table, name), Some(_)) => dataverse::places(project, file, flow, table, Some(name)),
            _ => Vec::new(),
        };
        if let Some(flow) = flow {
            places.extend(self.in_flow(flow));
            places.sort_by_key(|place| place.span);
            places.dedup_by_key(|place| place.span);
        }
        places
    }
}

/// The exact name at an offset: not what merely surrounds it.
pub(crate) fn name_at(project: &Project, flow: Option<&FlowView<'_>>, file: FileId, offset: u32) -> Option<Target> {
    let target = match flow {
        Some(flow) => target_in(flow, offset),
        None => target_at(project, file, offset),
    };
    target.filter(|target| target.span.touches(offset))
}

/// The places of an open file that name what stands at an offset of it.
#[must_use]
pub fn highlights(project: &Project, file: FileId, offset: u32) -> Vec<Occurrence> {
    let flow = open_flow(project, file);
    let target = name_at(project, flow.as_ref(), file, offset);
    let thing = target.and_then(|target| Thing::of(&target.kind, flow.as_ref()));
    thing.map_or_else(Vec::new, |thing| thing.in_file(project, file, flow.as_ref()))
}

/// Every place of the workspace that names what stands at an offset, by path; `None` where no name stands there.
///
/// Closed flows are read again where facts say that they use the thing and only their text tells where.
#[must_use]
pub fn occurrences(
    project: &mut Project,
    files: &(dyn FileSystem + Sync),
    file: FileId,
    offset: u32,
) -> Option<Vec<FileOccurrences>> {
    let closed = project.read_closed(files, &closed_flow(project, file));
    let flow = project.flow_view(&closed, file);
    let target = name_at(project, flow.as_ref(), file, offset)?;
    let thing = Thing::of(&target.kind, flow.as_ref())?;
    let Some(needed) = flows_needed(project, &thing) else {
        let places = flow.map_or_else(Vec::new, |flow| thing.in_flow(&flow));
        return Some(vec![FileOccurrences { file, places }]);
    };
    let closed = project.read_closed(files, &needed);
    let ids: Vec<FileId> = project.workspace().files().map(|(id, _)| id).collect();
    let mut found: Vec<FileOccurrences> = ids
        .into_iter()
        .map(|id| FileOccurrences {
            file: id,
            places: thing.in_file(project, id, project.flow_view(&closed, id).as_ref()),
        })
        .filter(|file| !file.places.is_empty())
        .collect();
    found.sort_by(|a, b| {
        let path = |id: FileId| &project.workspace().file(id).path;
        path(a.file).cmp(path(b.file))
    });
    Some(found)
}

/// The flows whose texts [`occurrences`] reads for what stands at an offset of an open file, so that they can be read
/// beforehand on another thread.
#[must_use]
pub fn flows_read_for(project: &Project, file: FileId, offset: u32) -> Vec<FileId> {
    let flow = open_flow(project, file);
    let target = name_at(project, flow.as_ref(), file, offset);
    let thing = target.and_then(|target| Thing::of(&target.kind, flow.as_ref()));
    thing
        .and_then(|thing| flows_needed(project, &thing))
        .unwrap_or_default()
}

/// The flows that only their texts tell of; `None` for what is known in one flow alone.
fn flows_needed(project: &Project, thing: &Thing) -> Option<Vec<FileId>> {
    match thing {
        Thing::Shared(Component::EnvironmentVariable(name)) => Some(flows_using(project, name)),
        Thing::Shared(_) => Some(Vec::new()),
        Thing::Table(table) | Thing::Column(table, _) => Some(dataverse::flows_naming(project, table)),
        _ => None,
    }
}

/// The file, where it is a flow that must be read before anything can be told of a place in it.
pub(crate) fn closed_flow(project: &Project, file: FileId) -> Vec<FileId> {
    let is_flow = project
        .workspace()
        .get(file)
        .is_some_and(|file| file.facts.flow().is_some());
    if is_flow && project.open_file(file).is_none() {
        vec![file]
    } else {
        Vec::new()
    }
}

/// Flows that use an environment variable in their texts.
fn flows_using(project: &Project, schema_name: &str) -> Vec<FileId> {
    let uses = |facts: &model::flow::FlowSummary| {
        let parameters = facts.parameters.iter().filter_map(|p| p.schema_name.as_ref());
        parameters
            .map(|name| &name.value)
            .any(|name| same_name(name, schema_name))
            || facts.secret_reads.iter().any(|name| same_name(name, schema_name))
    };
    let flows = project.workspace().files();
    flows
        .filter(|(_, file)| file.facts.flow().is_some_and(uses))
        .map(|(id, _)| id)
        .collect()
}
