//! Where the thing under the cursor comes from.

use expr::ReferenceKind;
use model::flow::{FlowView, Owner, StringSite};
use model::{FileId, FileSystem, Guid, same_name};
use rules::Project;
use syntax::Span;

use crate::lookup;
use crate::occurrences::{closed_flow, name_at};
use crate::target::{TargetKind, string_at};

/// A place where something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The file.
    pub file: FileId,
    /// All of it: the action, the entry, the element.
    pub whole: Span,
    /// Its name.
    pub name: Span,
}

/// Where the name at an offset leads, with the span of that name; `None` where no name stands there or it leads nowhere.
///
/// A connection key leads on to its connection reference and a parameter to its environment variable, where the
/// workspace holds them; a child flow leads to its trigger.
#[must_use]
pub fn definition(
    project: &mut Project,
    files: &(dyn FileSystem + Sync),
    file: FileId,
    offset: u32,
) -> Option<(Span, Definition)> {
    let closed = project.read_closed(files, &closed_flow(project, file));
    let flow = project.flow_view(&closed, file);
    let target = name_at(project, flow.as_ref(), file, offset)?;
    let here = |(whole, name): (Span, Span)| Definition { file, whole, name };
    let found = match target.kind {
        TargetKind::Flow(id) => child_flow(project, files, file, id),
        TargetKind::EnvironmentVariable(name) => environment_variable(project, file, &name).or_else(|| {
            let stands_for = |own: &model::Spanned<String>| same_name(&own.value, &name);
            parameter(&flow?, |p| p.schema_name.as_ref().is_some_and(stands_for)).map(here)
        }),
        TargetKind::ConnectionReference(name) => connection_reference(project, file, &name),
        TargetKind::ConnectionKey(index) => {
            let entry = flow?.summary.connections.get(index)?;
            let reference = entry.logical_name.as_ref();
            reference
                .and_then(|name| connection_reference(project, file, &name.value))
                .or_else(|| Some(here((entry.key.span.cover(entry.span), entry.key.span))))
        }
        kind => in_flow(&flow?, &kind, offset).map(here),
    };
    Some((target.span, found?))
}

/// A thing of one flow: all of it, and its name.
fn in_flow(flow: &FlowView<'_>, kind: &TargetKind, offset: u32) -> Option<(Span, Span)> {
    let body = flow.body;
    let action = |id| {
        let action = body.action(id);
        (action.name.span.cover(action.span), action.name.span)
    };
    let trigger = |index: usize| {
        let trigger = body.triggers.get(index)?;
        Some((trigger.name.span.cover(trigger.span), trigger.name.span))
    };
    match kind {
        TargetKind::Action(id) => Some(action(*id)),
        TargetKind::Trigger(index) => trigger(*index),
        TargetKind::Variable(name) => {
            let declared = body.variables.iter().find(|v| same_name(&v.name.value, name))?;
            Some((action(declared.action).0, declared.name.span))
        }
        TargetKind::Parameter(name) => parameter(flow, |p| same_name(&p.name.value, name)),
        TargetKind::Function(function) => match function.reference.as_ref()?.kind {
            ReferenceKind::Trigger if body.triggers.len() == 1 => trigger(0),
            ReferenceKind::Item => looped_over(flow, string_at(flow, offset)?).map(action),
            _ => None,
        },
        _ => None,
    }
}

fn parameter(flow: &FlowView<'_>, is_it: impl Fn(&model::flow::Parameter) -> bool) -> Option<(Span, Span)> {
    let parameter = flow.summary.parameters.iter().find(|parameter| is_it(parameter))?;
    Some((parameter.name.span.cover(parameter.span), parameter.name.span))
}

/// What `item()` means in a string: the rows of its own action, else the innermost loop around it.
fn looped_over(flow: &FlowView<'_>, site: &StringSite) -> Option<model::flow::ActionId> {
    let Owner::Action(own) = site.owner else { return None };
    let has_rows = ["Select", "Query", "Table"]
        .iter()
        .any(|kind| flow.body.action(own).is(kind));
    if has_rows {
        return Some(own);
    }
    flow.body.ancestors(own).find(|id| flow.body.action(*id).is("Foreach"))
}

/// The element that declares a connection reference.
fn connection_reference(project: &Project, file: FileId, name: &str) -> Option<Definition> {
    let (file, reference) = lookup::reference(project, file, name)?;
    Some(Definition {
        file,
        whole: reference.span,
        name: reference.logical_name.span,
    })
}

/// The definition of an environment variable; old exports have it inline.
fn environment_variable(project: &Project, file: FileId, schema_name: &str) -> Option<Definition> {
    let (file, name) = match lookup::variable(project, file, schema_name) {
        Some((file, definition)) => (file, definition.schema_name.span),
        None => {
            let workspace = project.workspace();
            let declaring = workspace.solutions_with_variable(schema_name);
            let inline = declaring.iter().find_map(|solution| {
                let file = workspace.solution(*solution).customizations?;
                let names = &workspace.file(file).facts.customizations()?.variable_definitions;
                let name = names.iter().find(|name| same_name(&name.value, schema_name))?;
                Some((file, name.span))
            });
            inline?
        }
    };
    Some(Definition {
        file,
        whole: name,
        name,
    })
}

/// The trigger of a flow.
fn child_flow(project: &mut Project, files: &(dyn FileSystem + Sync), file: FileId, id: Guid) -> Option<Definition> {
    let flow = lookup::flow(project, file, id)?;
    let closed = project.read_closed(files, &[flow]);
    let view = project.flow_view(&closed, flow)?;
    let (whole, name) = match view.body.triggers.first() {
        Some(trigger) => (trigger.name.span.cover(trigger.span), trigger.name.span),
        // Half-typed, or a flow without a trigger: its file at least.
        None => (Span::at(0), Span::at(0)),
    };
    Some(Definition {
        file: flow,
        whole,
        name,
    })
}
