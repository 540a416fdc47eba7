//! A scope around steps that stand beside each other.

use analysis::order::{Order, Statuses};
use expr::ReferenceKind;
use model::FileId;
use model::flow::{ActionId, BlockId, FlowView};
use model::same_name;
use syntax::json::{Member, members_removal};
use syntax::{Span, TextEdit};

use super::names::free_name;
use super::order::{Entry, Style, entries_of, set_entries};
use crate::{FileEdit, Refusal, WorkspaceEdit};

/// So many containers may be around an action.
const DEEPEST: usize = 8;
/// Puts steps of one block into a new scope. What ran before and after them runs before and after the scope, whatever way
/// they end.
///
/// # Errors
/// The reason, where the flow would do something else then, or would be refused.
pub fn wrap(file: FileId, flow: &FlowView<'_>, order: &Order, steps: &[ActionId]) -> Result<WorkspaceEdit, Refusal> {
    let Some(wrap) = Wrap::new(flow, order, steps) else {
        return Refusal::new("These steps do not stand in one block whose order can be read.");
    };
    wrap.check_inside()?;
    let waits = wrap.waits()?;
    let followers = wrap.followers()?;
    match wrap.write(&waits, &followers) {
        Some(edits) => Ok(WorkspaceEdit {
            files: vec![FileEdit { file, edits }],
            ..WorkspaceEdit::default()
        }),
        None => Refusal::new("The file cannot be written so."),
    }
}

struct Wrap<'f, 'a> {
    flow: &'f FlowView<'a>,
    order: &'f Order,
    block: BlockId,
    /// In the order of the file.
    steps: Vec<ActionId>,
    name: String,
}

impl<'f, 'a> Wrap<'f, 'a> {
    fn new(flow: &'f FlowView<'a>, order: &'f Order, steps: &[ActionId]) -> Option<Self> {
        let block = flow.body.action(*steps.first()?).block;
        let actions = &flow.body.block(block).actions;
        let whole = flow.summary.complete
            && steps.iter().all(|id| flow.body.action(*id).block == block)
            && actions.iter().all(|id| order.is_readable(*id) && order.is_sure(*id));
        let mut steps = steps.to_vec();
        steps.sort_unstable();
        steps.dedup();
        Some(Self {
            flow,
            order,
            block,
            steps,
            name: free_name(flow, "Scope")?,
        })
        .filter(|_| whole)
    }

    fn siblings(&self) -> impl Iterator<Item = ActionId> + '_ {
        let all = self.flow.body.block(self.block).actions.iter().copied();
        all.filter(|id| !self.steps.contains(id))
    }

    fn title(&self, id: ActionId) -> String {
        self.flow.body.action(id).title()
    }

    /// Refuses what cannot stand in a scope, or not in one more.
    fn check_inside(&self) -> Result<(), Refusal> {
        let body = self.flow.body;
        for (id, action) in body.actions() {
            if !self.is_inside(id) {
                continue;
            }
            if action.is("InitializeVariable") {
                return Refusal::new(format!(
                    "`{}` declares a variable, which the service takes outside of scopes only.",
                    action.title()
                ));
            }
            if body.ancestors(id).count() + 1 > DEEPEST {
                return Refusal::new(format!(
                    "`{}` would stand in more than {DEEPEST} containers.",
                    action.title()
                ));
            }
        }
        for id in &body.block(self.block).actions {
            let mut awaited = self.order.waits_for(*id).map(|(before, _)| before);
            if let Some(end) = awaited.find(|id| self.steps.contains(id) && body.action(*id).is("Terminate")) {
                return Refusal::new(format!(
                    "`{}` never runs, because `{}` ends the run. Mend that first.",
                    self.title(*id),
                    self.title(end)
                ));
            }
        }
        // Its list holds the steps of the container themselves, not those further in.
        let owner = body.block(self.block).owner.map(|id| &body.action(id).name.value);
        let reads_results = |name: &String| {
            let mut all = body
                .strings
                .iter()
                .flat_map(|site| expr::references(&site.info.template));
            all.any(|reference| {
                reference.kind == ReferenceKind::Scope
                    && reference.function.name.eq_ignore_ascii_case("result")
                    && same_name(reference.name, name)
            })
        };
        if let Some(owner) = owner.filter(|owner| reads_results(owner)) {
            return Refusal::new(format!(
                "An expression reads the results of the steps of `{owner}`, which would change."
            ));
        }
        // Something between two of the steps cannot wait for the scope that waits for it.
        for other in self.siblings() {
            let is_before = |a: ActionId, b: ActionId| self.order.is_before(a, b);
            if self.steps.iter().any(|step| is_before(*step, other))
                && self.steps.iter().any(|step| is_before(other, *step))
            {
                return Refusal::new(format!(
                    "`{}` runs between these steps. Select it too.",
                    self.title(other)
                ));
            }
        }
        Ok(())
    }

    /// Whether an action is one of the steps, or stands in one.
    fn is_inside(&self, id: ActionId) -> bool {
        let mut way = std::iter::once(id).chain(self.flow.body.ancestors(id));
        way.any(|id| self.steps.contains(&id))
    }

    /// What the scope waits for: what its first steps waited for, which must be the same for all.
    fn waits(&self) -> Result<Vec<Entry>, Refusal> {
        let mut all: Option<Vec<Entry>> = None;
        let mut further: Vec<(ActionId, Entry)> = Vec::new();
        for id in &self.steps {
            let (inner, outer) = self.split(*id)?;
            if !inner.is_empty() {
                further.extend(outer.into_iter().map(|entry| (*id, entry)));
                continue;
            }
            match &all {
                None => all = Some(outer),
                Some(known) if is_same(known, &outer) => {}
                Some(_) => {
                    return Refusal::new(format!(
                        "`{}` begins when something else has ended than the other steps wait for.",
                        self.title(*id)
                    ));
                }
            }
        }
        let all = all.unwrap_or_default();
        // Where the first steps are skipped, those that wait for that run now; in a scope that is skipped, nothing does.
        let may_be_skipped = all.iter().any(|entry| entry.statuses != Statuses::ALL);
        if may_be_skipped {
            for id in &self.steps {
                let (inner, _) = self.split(*id)?;
                if let Some(entry) = inner.iter().find(|entry| entry.statuses.meets(Statuses::SKIPPED)) {
                    return Refusal::new(format!(
                        "`{}` runs when `{}` is skipped, and would be skipped with the scope.",
                        self.title(*id),
                        entry.name.replace('_', " ")
                    ));
                }
            }
        }
        // What the scope waits for, its steps need not wait for.
        for (id, entry) in further {
            if !all
                .iter()
                .any(|known| known.name == entry.name && known.statuses == entry.statuses)
            {
                return Refusal::new(format!(
                    "`{}` waits for `{}` too, which the scope would then wait for as a whole.",
                    self.title(id),
                    entry.name.replace('_', " ")
                ));
            }
        }
        Ok(all)
    }

    /// What a step waits for among the steps, and outside.
    fn split(&self, id: ActionId) -> Result<(Vec<Entry>, Vec<Entry>), Refusal> {
        let Some(entries) = entries_of(self.flow, self.order, id) else {
            return Refusal::new(format!("What `{}` waits for cannot be read.", self.title(id)));
        };
        let is_step = |entry: &Entry| {
            let mut names = self.steps.iter().map(|id| &self.flow.body.action(*id).name.value);
            names.any(|name| *name == entry.name)
        };
        Ok(entries.into_iter().partition(is_step))
    }

    /// What follows the steps, each with the entries it has with the scope in their place.
    fn followers(&self) -> Result<Vec<(ActionId, Vec<Entry>)>, Refusal> {
        let awaited = |id: ActionId| self.order.waits_for(id).map(|(before, _)| before);
        let is_last = |id: &&ActionId| {
            !self
                .steps
                .iter()
                .any(|other| awaited(*other).any(|before| before == **id))
        };
        let not_succeeded = Statuses::ALL.without(Statuses::SUCCEEDED);
        let last: Vec<ActionId> = self.steps.iter().filter(is_last).copied().collect();
        let mut followers = Vec::new();
        for id in self.siblings() {
            let (inner, mut outer) = self.split(id)?;
            let Some(first) = inner.first() else { continue };
            let title = self.title(id);
            let covers = last.iter().all(|last| {
                let name = &self.flow.body.action(*last).name.value;
                inner.iter().any(|entry| entry.name == *name)
            });
            if !covers {
                return Refusal::new(format!(
                    "`{title}` would wait for more of these steps than it does now."
                ));
            }
            let statuses = first.statuses;
            let one = matches!(self.steps.as_slice(), [_]);
            let keeps = inner.iter().all(|entry| entry.statuses == statuses)
                && (statuses == Statuses::SUCCEEDED
                    || statuses.and(not_succeeded) == not_succeeded
                    // A scope whose only step timed out has failed.
                    || one && (!statuses.meets(Statuses::TIMED_OUT) || statuses.meets(Statuses::FAILED)));
            if !keeps {
                return Refusal::new(format!(
                    "`{title}` runs when one of these steps ends in a certain way, which a scope around them does not tell."
                ));
            }
            let at = inner_position(self, id);
            outer.insert(at.min(outer.len()), Entry::new(&self.name, statuses));
            followers.push((id, outer));
        }
        Ok(followers)
    }

    fn write(&self, waits: &[Entry], followers: &[(ActionId, Vec<Entry>)]) -> Option<Vec<TextEdit>> {
        let flow = self.flow;
        let list = flow.tree.value(flow.text, flow.body.block(self.block).node)?;
        let is_step = |member: &Member<'_>| {
            let mut names = self.steps.iter().map(|id| flow.body.action(*id).name.span);
            names.any(|span| span == member.key.content_span())
        };
        let members: Vec<Member<'_>> = list.members().filter(is_step).collect();
        let first = members.first()?;
        if members.len() != self.steps.len() {
            return None;
        }
        let style = Style::of(flow, *self.steps.first()?, colon(flow, first)?);
        let indent = syntax::text::line_indent(flow.text, first.span().start);
        // The steps stand two levels further in: in the scope, and in its list.
        let deeper = style.inner(&style.inner(""));
        let mut inside = Vec::new();
        for (member, id) in members.iter().zip(&self.steps) {
            let (inner, outer) = self.split(*id).ok()?;
            let edits = match outer.is_empty() {
                true => Vec::new(),
                false => vec![set_entries(flow, *id, &inner)?],
            };
            inside.push(moved(flow.text, member.span(), &edits, &deeper)?);
        }
        let scope_indent = style.inner(indent);
        let parts = vec![
            style.member("type", "\"Scope\""),
            style.member("actions", &style.object(inside, &scope_indent)),
            style.member("runAfter", &style.write(waits, &scope_indent)),
        ];
        let scope = style.object(parts, indent);
        let name = style.member(&self.name, &scope);
        let mut edits = vec![TextEdit::new(first.span(), name)];
        let first_key = first.key.id();
        let gone = |key: syntax::json::Value<'_>| {
            key.id() != first_key && members.iter().any(|member| member.key.id() == key.id())
        };
        edits.extend(members_removal(list, gone).into_iter().map(TextEdit::delete));
        for (id, entries) in followers {
            edits.push(set_entries(flow, *id, entries)?);
        }
        Some(edits)
    }
}

/// Where among its other entries the first one stands that names a step.
fn inner_position(wrap: &Wrap<'_, '_>, id: ActionId) -> usize {
    let mut waits = wrap.order.waits_for(id).map(|(before, _)| before);
    waits.position(|before| wrap.steps.contains(&before)).unwrap_or(0)
}

fn is_same(one: &[Entry], other: &[Entry]) -> bool {
    let holds = |entry: &Entry| {
        other
            .iter()
            .any(|own| own.name == entry.name && own.statuses == entry.statuses)
    };
    one.len() == other.len() && one.iter().all(holds)
}

/// How the file separates this member's name and value.
fn colon(flow: &FlowView<'_>, member: &Member<'_>) -> Option<&'static str> {
    let between = Span::new(member.key.span().end, member.value?.span().start);
    Some(if between.slice(flow.text) == ":" { ":" } else { ": " })
}

/// The text of a member after edits, its lines further in. No line of JSON begins inside of a string.
fn moved(text: &str, span: Span, edits: &[TextEdit], deeper: &str) -> Option<String> {
    let own = |edit: &TextEdit| {
        let shifted = edit.span.shifted(-i64::from(span.start));
        TextEdit::new(shifted, edit.new_text.as_str())
    };
    let edits: Vec<TextEdit> = edits.iter().map(own).collect();
    let text = syntax::edit::apply(span.slice(text), &edits)?;
    let mut moved = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let blank = line.trim_end_matches(['\r', '\n']).is_empty();
        if !moved.is_empty() && !blank {
            moved.push_str(deeper);
        }
        moved.push_str(line);
    }
    Some(moved)
}
