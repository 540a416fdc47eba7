//! The ways of one flow's data that other flows take part in, for its summary.

use model::flow::data_paths::{Beginning, DataPath, DataPaths, End, PathStep, Shows, Source, SourceKind, Use};
use model::flow::{Action, ActionId, FlowView};
use rustc_hash::FxHashSet;
use syntax::Span;

use super::sources::{Label, Origin};
use super::uses::{self, Hit};
use super::values::{MAX_MEMBERS, Reader};
use super::{FlowTaint, telling, way};
use crate::order::Order;

/// More ways of a flow are not kept, of those that lead on or into a language, and of those that only show data.
const MAX_PATHS: usize = 300;

impl FlowTaint {
    /// The ways that begin or end with another flow, and with connectors where those are beginnings.
    #[must_use]
    pub fn paths(&self, view: FlowView<'_>, order: &Order) -> DataPaths {
        let reader = Reader {
            view,
            order,
            state: &self.state,
        };
        let labels = self.state.sources.borrow().labels.clone();
        let beginnings: Vec<Vec<Beginning>> = labels.iter().map(|label| self.beginnings(&reader, label)).collect();
        let mut found = DataPaths::default();
        let mut counts = [0, 0];
        let mut seen = FxHashSet::default();
        let mut step: Option<(ActionId, Option<Use>)> = None;
        for hit in &self.hits {
            // Hits of one step stand together.
            if step.as_ref().is_none_or(|(id, _)| *id != hit.action) {
                let mut used = used_by(&reader, hit.action);
                if let Some(used) = &mut used {
                    used.acts &= !self.is_guarded(view, order, None, hit.action);
                }
                step = Some((hit.action, used));
            }
            let guarded = |from: Option<ActionId>| self.is_guarded(view, order, from, hit.action);
            let used = step.as_ref().and_then(|(_, used)| used.as_ref());
            let ends = ends(&reader, hit, used);
            for (at, label) in labels.iter().enumerate() {
                if hit.marks.labels() & 1 << at == 0 {
                    continue;
                }
                // What somebody looked at before it went on is no way of a model's answer any more.
                if label.kind == Some(SourceKind::Machine) && guarded(label.origin.action()) {
                    continue;
                }
                let mut way_of = None;
                for (number, end) in ends.iter().enumerate() {
                    for (begins, from) in beginnings[at]
                        .iter()
                        .enumerate()
                        .filter(|(_, from)| self.is_kept(from, end))
                    {
                        let only_shown = matches!(end, End::Use(used) if used.inject.is_none());
                        let count = &mut counts[usize::from(only_shown)];
                        if *count >= MAX_PATHS {
                            continue;
                        }
                        if !seen.insert((at, hit.action, hit.inject, hit.shows, key(end), number, begins)) {
                            continue;
                        }
                        let danger = telling(hit.inject, hit.marks.dangers(at));
                        let Some(way) = way_of.get_or_insert_with(|| {
                            let trail = reader.trail(hit, at, danger)?;
                            Some(way(&reader, hit, at, &trail, danger))
                        }) else {
                            continue;
                        };
                        let mut to = end.clone();
                        if let End::Use(used) = &mut to {
                            used.inject = way.inject;
                            used.mend.clone_from(&way.mend);
                        }
                        *count += 1;
                        found.paths.push(DataPath {
                            from: from.clone(),
                            to,
                            dangers: hit.marks.dangers(at),
                            steps: told(way.steps.clone(), from, end, reader.view.body.action(hit.action)),
                        });
                    }
                }
            }
        }
        found
    }

    fn is_kept(&self, from: &Beginning, end: &End) -> bool {
        match (from, end) {
            // What stays in the flow is for the rules that read the flow.
            (Beginning::Source(source), End::Use(used)) => {
                let connector = matches!(source.kind, SourceKind::Connector(_));
                connector && self.groups && !used.connector.is_empty()
            }
            (_, End::Use(used)) => {
                used.inject.is_some()
                    || used.shows != Shows::Nobody
                    || used.acts
                    || self.groups && !used.connector.is_empty()
            }
            _ => true,
        }
    }

    fn beginnings(&self, reader: &Reader<'_>, label: &Label) -> Vec<Beginning> {
        let sources = self.state.sources.borrow();
        let body = reader.view.body;
        let source = |kind: SourceKind, step: String| {
            Beginning::Source(Source {
                kind,
                step: step.into(),
            })
        };
        let trigger = || {
            body.triggers
                .first()
                .map_or(String::new(), |t| t.name.value.replace('_', " "))
        };
        match &label.origin {
            Origin::Trigger(field) => {
                let own = sources
                    .entry
                    .trust
                    .map(|trust| source(SourceKind::Outside(trust), trigger()));
                let given = sources.entry.callable.then(|| Beginning::Input(field.clone()));
                own.into_iter().chain(given).collect()
            }
            Origin::Answer(id, field) => {
                let child = sources.calls.iter().find(|(call, _)| call == id);
                let beginning = child.map(|(_, child)| Beginning::Answer {
                    call: id.0,
                    child: *child,
                    field: field.clone(),
                });
                beginning.into_iter().collect()
            }
            Origin::Action(id) => {
                let kind = label.kind.clone();
                kind.map(|kind| source(kind, body.action(*id).title()))
                    .into_iter()
                    .collect()
            }
            Origin::Connector(name) => {
                let kind = label.kind.clone();
                kind.map(|kind| source(kind, crate::connectors::title(name)))
                    .into_iter()
                    .collect()
            }
        }
    }
}

/// The steps of a way, where what is before or after it is in another flow.
fn told(mut steps: Vec<PathStep>, from: &Beginning, to: &End, step: &Action) -> Vec<PathStep> {
    if let (Beginning::Input(field), Some(first)) = (from, steps.first_mut()) {
        first.text = match field {
            Some(field) => format!("comes in as `{field}`").into(),
            None => "comes in with all that the flow is given".into(),
        };
    }
    if let Some(last) = steps.last_mut() {
        let step = || step.title();
        match to {
            End::Call { field: Some(field), .. } => {
                last.text = format!("given to the child flow by `{}` as `{field}`", step()).into();
            }
            End::Call { .. } => last.text = format!("given to the child flow by `{}`", step()).into(),
            End::Answer(Some(field)) => last.text = format!("answered by `{}` as `{field}`", step()).into(),
            End::Answer(None) => last.text = format!("answered by `{}`", step()).into(),
            End::Use(_) => {}
        }
    }
    steps
}

/// What tells two ends of one step apart.
fn key(end: &End) -> Option<Box<str>> {
    match end {
        End::Call { field, .. } | End::Answer(field) => field.clone(),
        End::Use(_) => None,
    }
}

/// What a step does with all that it is given.
fn used_by(reader: &Reader<'_>, id: ActionId) -> Option<Use> {
    let view = &reader.view;
    let step = uses::Step::of(view, &reader.state.steps, id)?;
    let (connector, host) = uses::called(view, id, &step);
    Some(Use {
        path: view.body.path(id).into(),
        title: view.body.action(id).title().into(),
        span: Span::at(0),
        inject: None,
        shows: Shows::Nobody,
        connector,
        host,
        acts: uses::acts(view, id, &step),
        mend: Vec::new(),
    })
}

/// Where data ends that a step is given.
fn ends(reader: &Reader<'_>, hit: &Hit, used: Option<&Use>) -> Vec<End> {
    let action = reader.view.body.action(hit.action);
    let mut ends = Vec::new();
    let body = hit.member.strip_prefix("inputs/body");
    let field = body.map(|rest| {
        let members: Vec<&str> = rest
            .split('/')
            .filter(|name| !name.is_empty())
            .take(MAX_MEMBERS)
            .collect();
        (!members.is_empty()).then(|| Box::<str>::from(members.join("/")))
    });
    if let Some(field) = field {
        if action.is("Response") {
            ends.push(End::Answer(field));
        } else if let Some(child) = child_of(reader, hit.action) {
            ends.push(End::Call {
                call: hit.action.0,
                child,
                field,
            });
        }
    }
    if let Some(used) = used.filter(|_| hit.member.starts_with("inputs")) {
        ends.push(End::Use(Use {
            span: reader.end_span(hit),
            inject: hit.inject,
            shows: hit.shows,
            ..used.clone()
        }));
    }
    ends
}

fn child_of(reader: &Reader<'_>, id: ActionId) -> Option<model::Guid> {
    let sources = reader.state.sources.borrow();
    let call = sources.calls.iter().find(|(call, _)| *call == id);
    call.map(|(_, child)| *child)
}
