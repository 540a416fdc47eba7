//! Who calls whom: flows and the child flows they run.

use model::flow::ChildCall;
use model::{FileId, Guid};
use rules::Project;
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::lookup;
use crate::target::{TargetKind, open_flow, target_at};

/// A flow in the hierarchy of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallItem {
    /// The flow's file.
    pub file: FileId,
    /// Its name.
    pub name: String,
    /// The solution it is part of; may be empty.
    pub solution: String,
    /// Where it begins: its trigger where the file is open, else the start of the file.
    pub span: Span,
}

/// A flow at the other end of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The other flow.
    pub item: CallItem,
    /// Where the calls stand, in the file of the flow that calls.
    pub places: Vec<Span>,
}

/// The flow that an offset speaks about: the child flow that is named there, else the flow of the file itself.
#[must_use]
pub fn prepare(project: &Project, file: FileId, offset: u32) -> Option<CallItem> {
    let named = match target_at(project, file, offset).map(|target| target.kind) {
        Some(TargetKind::Flow(id)) => lookup::flow(project, file, id),
        Some(TargetKind::Action(id)) => open_flow(project, file).and_then(|flow| {
            let action = flow.body.action(id);
            let inside = |call: &&ChildCall| action.span.contains_span(call.name.span);
            let call = flow
                .summary
                .child_calls
                .iter()
                .find(inside)
                .filter(|_| action.is("Workflow"))?;
            lookup::flow(project, file, call.id?)
        }),
        _ => None,
    };
    item(project, named.unwrap_or(file))
}

/// A flow as an item; `None` for files that are no flow.
#[must_use]
pub fn item(project: &Project, file: FileId) -> Option<CallItem> {
    let workspace = project.workspace();
    let known = workspace.get(file)?;
    known.facts.flow()?;
    let trigger = open_flow(project, file).and_then(|flow| Some(flow.body.triggers.first()?.name.span));
    Some(CallItem {
        file,
        name: workspace.flow_name(file),
        solution: known
            .solution
            .map(|id| workspace.solution_name(id).to_owned())
            .unwrap_or_default(),
        span: trigger.unwrap_or(Span::at(0)),
    })
}

/// The flows that call a flow, by name.
#[must_use]
pub fn incoming(project: &Project, file: FileId) -> Vec<Call> {
    let workspace = project.workspace();
    let Some(id) = workspace.get(file).and_then(|file| file.facts.flow()?.id) else {
        return Vec::new();
    };
    let mut calls: Vec<Call> = workspace
        .files()
        .filter_map(|(caller, known)| {
            let places: Vec<Span> = known
                .facts
                .flow()?
                .child_calls
                .iter()
                .filter(|call| call.id == Some(id))
                .map(|call| call.name.span)
                .collect();
            // Copies of a flow share its id: a call means the copy that is the caller's.
            let meant = !places.is_empty() && lookup::flow(project, caller, id) == Some(file);
            Some(Call {
                item: meant.then(|| item(project, caller))??,
                places,
            })
        })
        .collect();
    calls.sort_by(|a, b| (&a.item.name, a.item.file).cmp(&(&b.item.name, b.item.file)));
    calls
}

/// The flows that a flow calls, in the order of its first call of each.
#[must_use]
pub fn outgoing(project: &Project, file: FileId) -> Vec<Call> {
    let Some(flow) = project.workspace().get(file).and_then(|file| file.facts.flow()) else {
        return Vec::new();
    };
    let mut calls: Vec<(Guid, Vec<Span>)> = Vec::new();
    let mut known: FxHashMap<Guid, usize> = FxHashMap::default();
    for call in &flow.child_calls {
        let Some(id) = call.id else { continue };
        let at = *known.entry(id).or_insert_with(|| {
            calls.push((id, Vec::new()));
            calls.len() - 1
        });
        calls[at].1.push(call.name.span);
    }
    let call = |(id, places)| {
        Some(Call {
            item: item(project, lookup::flow(project, file, id)?)?,
            places,
        })
    };
    calls.into_iter().filter_map(call).collect()
}
