//! Names of the flow's things, inside the calls that take them.

use analysis::order::Relation;
use expr::{Cursor, OpenCall, ReferenceKind};
use model::flow::{ActionId, Owner, Parameter};
use rustc_hash::FxHashMap;

use super::{At, Frame, doubled, sort};
use crate::completion::{Completion, CompletionKind, Documentation};
use crate::{hover, lookup};

/// Said of what may not have run.
const NOT_IN_PATH: &str = "not in the run path";

impl At<'_> {
    /// The names that the argument at the cursor can be.
    pub(super) fn named(&self, cursor: &Cursor, frame: Frame<'_>, items: &mut Vec<Completion>) {
        let Some(call) = cursor.calls.last() else { return };
        let Some(kind) = names(call) else { return };
        match kind {
            ReferenceKind::Action | ReferenceKind::Scope => self.actions(call, kind, frame, items),
            ReferenceKind::Foreach => self.loops("Foreach", frame, items),
            ReferenceKind::Until => self.loops("Until", frame, items),
            ReferenceKind::Variable => self.variables(frame, items),
            ReferenceKind::Parameter => self.parameters(frame, items),
            _ => {}
        }
    }

    fn actions(&self, call: &OpenCall, kind: ReferenceKind, frame: Frame<'_>, items: &mut Vec<Completion>) {
        let (ranks, operations) = (self.ranks(), self.operations());
        let function = call.function.map_or("", |function| function.name.as_str());
        for (id, action) in self.flow.body.actions() {
            let holds = ["Scope", "Foreach", "Until", "If", "Switch"]
                .iter()
                .any(|kind| action.is(kind));
            if kind == ReferenceKind::Scope && !holds {
                continue;
            }
            let Some((group, rank, note)) = self.reach(id, &ranks) else {
                continue;
            };
            let fits = match function {
                "body" | "actionBody" => !holds && !action.is("Compose") && !gives_nothing(&action.kind),
                "outputs" | "actionOutputs" => !holds && !gives_nothing(&action.kind),
                _ => true,
            };
            let mut item = self.name(&action.name.value, CompletionKind::Action, frame);
            item.sort = sort(group, rank + if fits { 0 } else { 50_000 });
            let what = operations.get(&id).copied().unwrap_or(&action.kind);
            item.detail = Some(match note {
                Some(note) => format!("{what} · {note}"),
                None => what.to_owned(),
            });
            let value = self.flow.tree.value(self.flow.text, action.node);
            let description = value.and_then(|value| value.get("description")?.as_str());
            item.documentation = description.map(|text| Documentation::Markdown(hover::plain(&text)));
            items.push(item);
        }
        if kind == ReferenceKind::Action {
            let waited = self
                .flow
                .body
                .actions
                .iter()
                .filter_map(|action| action.run_after.as_ref());
            let names = waited.flat_map(|run_after| &run_after.entries);
            self.lost(
                names.map(|entry| &*entry.name.value),
                CompletionKind::Action,
                frame,
                items,
            );
        }
    }

    /// Names of things that are missing while the file is broken: somebody still names them, and they may come back.
    fn lost<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        kind: CompletionKind,
        frame: Frame<'_>,
        items: &mut Vec<Completion>,
    ) {
        if self.flow.summary.complete {
            return;
        }
        for (rank, name) in names.enumerate() {
            if !items.iter().any(|item| model::same_name(&item.label, name)) {
                let mut item = self.name(name, kind, frame);
                item.sort = sort('d', rank);
                item.detail = Some("named in this flow".to_owned());
                items.push(item);
            }
        }
    }

    /// Actions that certainly ran before, with their rank: the nearest first.
    pub(super) fn ranks(&self) -> FxHashMap<ActionId, usize> {
        let Some(reader) = self.reader() else {
            return FxHashMap::default();
        };
        let before = self.order().on_the_way(reader);
        before.into_iter().enumerate().map(|(rank, id)| (id, rank)).collect()
    }

    /// Whether an action can be read here: a group and a rank, and what speaks against it. `None` for the action itself.
    fn reach(&self, id: ActionId, ranks: &FxHashMap<ActionId, usize>) -> Option<(char, usize, Option<&'static str>)> {
        let place = id.0 as usize;
        let reader = match self.string.owner {
            Owner::Action(reader) => reader,
            // Outputs of the flow are made at its end.
            Owner::Definition => return Some(('b', place, None)),
            Owner::Trigger(_) => return Some(('y', place, Some("runs after the trigger"))),
        };
        if let Some(rank) = ranks.get(&id) {
            return Some(('b', *rank, None));
        }
        Some(match self.order().relation(id, reader) {
            Relation::Itself => return None,
            Relation::Before | Relation::Unknown => ('c', place, None),
            Relation::Inside if self.flow.body.action(reader).is("Until") => ('c', place, None),
            Relation::Around => ('z', place, Some("is still running here")),
            _ => ('y', place, Some(NOT_IN_PATH)),
        })
    }

    /// The operations that actions call.
    fn operations(&self) -> FxHashMap<ActionId, &str> {
        let operations = self.flow.body.operations.iter();
        let named = operations.filter_map(|operation| match operation.owner {
            Owner::Action(id) if !operation.id.value.is_empty() => Some((id, operation.id.value.as_str())),
            _ => None,
        });
        named.collect()
    }

    fn loops(&self, kind: &str, frame: Frame<'_>, items: &mut Vec<Completion>) {
        for (rank, id) in self.loops_around(kind).enumerate() {
            let action = self.flow.body.action(id);
            let mut item = self.name(&action.name.value, CompletionKind::Action, frame);
            item.sort = sort('b', rank);
            item.detail = Some(match self.types.items(id) {
                expr::types::Type::Any => kind.to_owned(),
                known => format!("{kind} · each {known}"),
            });
            items.push(item);
        }
    }

    /// The loops around the cursor, the innermost first.
    pub(super) fn loops_around<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = ActionId> + 's {
        let body = self.flow.body;
        let around = self.reader().into_iter().flat_map(|id| body.ancestors(id));
        // Designers write the type of a loop behind its actions: while they are typed, it may be missing.
        around.filter(move |id| body.action(*id).is(kind) || body.action(*id).kind.is_empty())
    }

    fn variables(&self, frame: Frame<'_>, items: &mut Vec<Completion>) {
        let ranks = self.ranks();
        for (place, declared) in self.flow.body.variables.iter().enumerate() {
            let Some((group, _, note)) = self.reach(declared.action, &ranks) else {
                continue;
            };
            let mut item = self.name(&declared.name.value, CompletionKind::Variable, frame);
            item.sort = sort(group, place);
            let kind = declared.kind.to_lowercase();
            item.detail = Some(match note {
                Some(_) => format!("{kind} · not initialised before"),
                None => kind,
            });
            items.push(item);
        }
        let written = self.flow.body.variable_writes.iter();
        self.lost(
            written.map(|write| &*write.name.value),
            CompletionKind::Variable,
            frame,
            items,
        );
    }

    fn parameters(&self, frame: Frame<'_>, items: &mut Vec<Completion>) {
        for (place, parameter) in self.flow.summary.parameters.iter().enumerate() {
            let name = &parameter.name.value;
            let mut item = self.name(name, CompletionKind::Parameter, frame);
            // The service's own are read in flows of old packages only.
            item.sort = sort(if name.starts_with('$') { 'y' } else { 'b' }, place);
            item.detail = Some(self.parameter_detail(parameter));
            items.push(item);
        }
    }

    /// The type of a parameter, and which environment variable it is.
    pub(super) fn parameter_detail(&self, parameter: &Parameter) -> String {
        let kind = parameter.kind.to_lowercase();
        let Some(schema_name) = &parameter.schema_name else {
            return kind;
        };
        let known = lookup::variable(self.project, self.file, &schema_name.value);
        let title = known.and_then(|(_, definition)| definition.display_name.as_deref());
        match title.filter(|title| !title.is_empty()) {
            Some(title) => format!("{kind} · {title}"),
            None => format!("{kind} · {}", schema_name.value),
        }
    }

    fn name(&self, name: &str, kind: CompletionKind, frame: Frame<'_>) -> Completion {
        let mut item = self.offer(name, kind, &doubled(name), frame);
        // Steps have spaces in the designer, and underscores here.
        let typed = self
            .string
            .text
            .get(frame.span.start as usize..self.string.offset as usize);
        if kind == CompletionKind::Action && typed.is_some_and(|typed| typed.contains(' ')) {
            item.filter = Some(name.replace('_', " "));
        }
        item
    }
}

/// What the argument at the cursor names.
pub(super) fn names(call: &OpenCall) -> Option<ReferenceKind> {
    let reference = call.function?.reference.as_ref()?;
    (reference.arg_index == Some(call.argument)).then_some(reference.kind)
}

/// Types of actions whose outputs nobody reads.
fn gives_nothing(kind: &str) -> bool {
    [
        "InitializeVariable",
        "SetVariable",
        "IncrementVariable",
        "DecrementVariable",
        "AppendToStringVariable",
        "AppendToArrayVariable",
        "Wait",
        "Terminate",
        "Response",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(kind))
}
