//! The order of actions cannot be run.

use edits::WorkspaceEdit;
use model::Profile;
use model::flow::{ActionId, Block, RunAfterEntry};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Entries of `runAfter` that cannot be run: an action that does not exist or stands in another scope, the trigger, a
    /// status that is none, an empty list of statuses, and actions that wait for each other. A status that the schema knows
    /// but no action ever ends with, such as `Cancelled`, is a warning. A name in other letter case runs and is a hint.
    ///
    /// # Why it matters
    ///
    /// `runAfter` is the whole control flow: what runs, in which order, and what runs when something fails. The service
    /// refuses a flow whose order has a hole when it is switched on, and an action that waits for a status that never comes
    /// is skipped without a word, error handlers included.
    ///
    /// # How to fix
    ///
    /// Name an action of the same `actions` object with at least one of `Succeeded`, `Failed`, `Skipped` and `TimedOut`.
    /// An action without `runAfter` starts with its scope. Fixes rename, name the surrounding scope, or remove the entry.
    ///
    /// # Example
    ///
    /// ```json
    /// "Send_mail": { "type": "Compose", "runAfter": { "Try": ["Succeded"] } }
    /// ```
    ///
    /// ```json
    /// "Send_mail": { "type": "Compose", "runAfter": { "Try": ["Succeeded"] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Handle errors and exceptions in Azure Logic Apps*:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-exception-handling>
    static RULE = {
        id: "invalid-run-after",
        summary: "an action waits for something that never happens",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

/// What actions end with.
const STATUSES: [&str; 4] = ["Succeeded", "Failed", "Skipped", "TimedOut"];
/// What the schema lists besides and no action ends with.
const NEVER: [&str; 8] = [
    "Aborted",
    "Cancelled",
    "Faulted",
    "Ignored",
    "Paused",
    "Running",
    "Suspended",
    "Waiting",
];
/// What people write instead, too far from the word for a near miss.
const MEANT: [(&str, &str); 6] = [
    ("success", "Succeeded"),
    ("successful", "Succeeded"),
    ("completed", "Succeeded"),
    ("failure", "Failed"),
    ("error", "Failed"),
    ("timeout", "TimedOut"),
];
/// So many entries get suggestions; each looks at every sibling.
const MAX_SUGGESTIONS: usize = 50;
/// So many cycles of one block are reported.
const MAX_CYCLES: usize = 20;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    // The graph is read whole or not at all: a missing brace hides actions, or puts them where they do not belong.
    if !flow.summary.complete {
        return;
    }
    let mut everywhere = None;
    let mut suggestions = 0;
    for block in &flow.body.blocks {
        let siblings = Siblings::of(flow, block);
        for &id in &block.actions {
            let Some(run_after) = &flow.body.action(id).run_after else {
                not_an_object(flow, id, findings);
                continue;
            };
            for entry in &run_after.entries {
                let place = Place {
                    flow,
                    id,
                    entry,
                    siblings: &siblings,
                };
                match siblings.find(&entry.name.value) {
                    Some(target) => place.check_case(target, findings),
                    None => {
                        suggestions += 1;
                        let everywhere = everywhere.get_or_insert_with(|| by_name(flow));
                        findings.push(place.no_sibling(everywhere, suggestions <= MAX_SUGGESTIONS));
                    }
                }
                place.check_statuses(findings);
            }
        }
        cycles(flow, block, &siblings, findings);
    }
}

/// Actions of all levels by name in lower case.
fn by_name(flow: &FlowContext<'_>) -> FxHashMap<String, ActionId> {
    flow.body
        .actions()
        .map(|(id, action)| (action.name.value.to_lowercase(), id))
        .collect()
}

/// The actions of one block by name.
struct Siblings<'a> {
    exact: FxHashMap<&'a str, ActionId>,
    folded: FxHashMap<String, ActionId>,
}

impl<'a> Siblings<'a> {
    fn of(flow: &FlowContext<'a>, block: &Block) -> Self {
        let exact: FxHashMap<&str, ActionId> = block
            .actions
            .iter()
            .map(|id| (flow.body.action(*id).name.value.as_str(), *id))
            .collect();
        let waits_for_other = |id: &ActionId| {
            let run_after = flow.body.action(*id).run_after.as_ref();
            run_after.is_some_and(|r| {
                r.entries
                    .iter()
                    .any(|entry| !exact.contains_key(entry.name.value.as_str()))
            })
        };
        // Nearly always every name is found as it is written.
        let folded = if block.actions.iter().any(waits_for_other) {
            exact.iter().map(|(name, id)| (name.to_lowercase(), *id)).collect()
        } else {
            FxHashMap::default()
        };
        Self { exact, folded }
    }

    fn find(&self, name: &str) -> Option<ActionId> {
        self.exact
            .get(name)
            .or_else(|| self.folded.get(&name.to_lowercase()))
            .copied()
    }
}

/// A `runAfter` that is no object is none to the reader of flows.
fn not_an_object(flow: &FlowContext<'_>, id: ActionId, findings: &mut Findings) {
    let action = flow.body.action(id);
    let value = flow.value(action.node).and_then(|value| value.get("runAfter"));
    let Some(value) = value.filter(|value| !value.is_object() && !value.is_null()) else {
        return;
    };
    let message = format!(
        "`runAfter` of `{}` is no object, so the flow cannot be switched on. Write `{{}}`, or the names of actions with their statuses.",
        action.name.value
    );
    let finding = Finding::new(&RULE, flow.file, value.span(), &action.name.value, message);
    findings.push(finding.action(Some(flow.body.path(id))));
}

/// An entry of an action's `runAfter`.
struct Place<'a, 'f> {
    flow: &'f FlowContext<'a>,
    id: ActionId,
    entry: &'f RunAfterEntry,
    siblings: &'f Siblings<'a>,
}

impl Place<'_, '_> {
    fn finding(&self, span: Span, message: String) -> Finding {
        let path = self.flow.body.path(self.id);
        Finding::new(&RULE, self.flow.file, span, &self.entry.name.value, message).action(Some(path))
    }

    fn name_of(&self, id: ActionId) -> &str {
        &self.flow.body.action(id).name.value
    }

    fn check_case(&self, target: ActionId, findings: &mut Findings) {
        let (written, name) = (&self.entry.name.value, self.name_of(target));
        if written == name {
            return;
        }
        let message = format!(
            "The action is called `{name}`, not `{written}`: it runs, but searching and renaming miss it. Write the name as it is."
        );
        let finding = self.finding(self.entry.name.span, message).severity(Severity::Hint);
        let listed = self.own_entries().any(|entry| entry.name.value == name);
        findings.push(if listed {
            finding
        } else {
            self.rename(finding, target, true)
        });
    }

    /// The entry names nothing beside its action: say what it names instead.
    fn no_sibling(&self, everywhere: &FxHashMap<String, ActionId>, suggest: bool) -> Finding {
        let (written, own) = (&self.entry.name.value, self.name_of(self.id));
        let span = if self.entry.name.span.is_empty() {
            self.entry.statuses_span
        } else {
            self.entry.name.span
        };
        let body = self.flow.body;
        if let Some(&target) = everywhere.get(&written.to_lowercase()) {
            return self.in_another_scope(span, target);
        }
        if let Some(trigger) = body
            .triggers
            .iter()
            .find(|trigger| model::same_name(&trigger.name.value, written))
        {
            let message = format!(
                "`{}` is the trigger, and no action can run after it. An action with an empty `runAfter` starts when the trigger fires.",
                trigger.name.value
            );
            let finding = self
                .finding(span, message)
                .related(self.flow.file, trigger.name.span, "the trigger");
            return self.remove(finding);
        }
        let free = |id: &&ActionId| **id != self.id && !self.waits_for(**id) && !self.would_wait_for_itself(**id);
        let near = suggest
            .then(|| self.siblings.exact.keys().copied())
            .into_iter()
            .flatten();
        let near = expr::did_you_mean(written, near)
            .and_then(|name| self.siblings.exact.get(name))
            .filter(free);
        let advice = match near {
            Some(near) => format!("Did you mean `{}`?", self.name_of(*near)),
            None => "Name an action of the same scope, or remove the entry.".to_owned(),
        };
        let message = format!(
            "`{own}` runs after `{written}`, which does not exist, so the flow cannot be switched on. {advice}"
        );
        let finding = self.finding(span, message);
        self.remove(match near {
            Some(near) => self.rename(finding, *near, false),
            None => finding,
        })
    }

    fn in_another_scope(&self, span: Span, target: ActionId) -> Finding {
        let body = self.flow.body;
        let (own, named) = (self.name_of(self.id), self.name_of(target));
        let related = |finding: Finding| {
            finding.related(
                self.flow.file,
                body.action(target).name.span,
                format!("`{named}` is here"),
            )
        };
        if body.ancestors(self.id).any(|ancestor| ancestor == target) {
            let message = format!(
                "`{named}` contains `{own}`, and an action cannot run after what contains it. It starts with its scope when its `runAfter` is empty."
            );
            return self.remove(related(self.finding(span, message)));
        }
        let block = body.action(self.id).block;
        let beside = body
            .ancestors(target)
            .find(|ancestor| body.action(*ancestor).block == block);
        let beside = beside.filter(|id| *id != self.id && !self.waits_for(*id) && !self.would_wait_for_itself(*id));
        let advice = match beside {
            Some(scope) => format!("Run after `{}`, which contains it.", self.name_of(scope)),
            None => "Name an action of the same scope.".to_owned(),
        };
        let message = format!(
            "`{own}` runs after `{named}`, which is in another scope, so the flow cannot be switched on. {advice}"
        );
        let finding = related(self.finding(span, message));
        match beside {
            Some(scope) => self.rename(finding, scope, false),
            None => self.remove(finding),
        }
    }

    fn check_statuses(&self, findings: &mut Findings) {
        let (entry, own) = (self.entry, self.name_of(self.id));
        let target = &entry.name.value;
        if !entry.is_list || entry.statuses.is_empty() {
            let what = if entry.is_list {
                "an empty list of statuses"
            } else {
                "no list of statuses"
            };
            let message = format!(
                "`{own}` waits for `{target}` with {what}, so the flow cannot be switched on. Say with which status it must end, such as `[\"Succeeded\"]`."
            );
            let edit = WorkspaceEdit::replace(self.flow.file, entry.statuses_span, "[\"Succeeded\"]");
            findings.push(
                self.finding(entry.statuses_span, message)
                    .fix("Wait for `Succeeded`", false, edit),
            );
        }
        let is = |known: &[&str], word: &str| known.iter().any(|status| status.eq_ignore_ascii_case(word));
        for status in entry.statuses.iter().filter(|status| !is(&STATUSES, &status.value)) {
            let word = &status.value;
            let span = if status.span.is_empty() {
                entry.statuses_span
            } else {
                status.span
            };
            if is(&NEVER, word) {
                let message = format!(
                    "No action ends with the status `{word}`, so waiting for it does nothing. Wait for Succeeded, Failed, Skipped or TimedOut."
                );
                findings.push(self.finding(span, message).severity(Severity::Warning));
                continue;
            }
            let meant = MEANT
                .iter()
                .find(|(other, _)| other.eq_ignore_ascii_case(word))
                .map(|(_, status)| *status);
            let near = meant.or_else(|| expr::did_you_mean(word, STATUSES));
            let advice = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Known are Succeeded, Failed, Skipped and TimedOut.".to_owned(),
            };
            let message = format!("`{word}` is no status, so the flow cannot be switched on. {advice}");
            let finding = self.finding(span, message);
            findings.push(match near {
                Some(near) => {
                    let edit = WorkspaceEdit::replace(self.flow.file, status.span, near);
                    finding.fix(format!("Change to `{near}`"), false, edit)
                }
                None => finding,
            });
        }
    }

    fn own_entries(&self) -> impl Iterator<Item = &RunAfterEntry> {
        self.flow
            .body
            .action(self.id)
            .run_after
            .iter()
            .flat_map(|run_after| &run_after.entries)
    }

    /// Whether the action waits for this one already.
    fn waits_for(&self, id: ActionId) -> bool {
        self.own_entries()
            .any(|entry| self.siblings.find(&entry.name.value) == Some(id))
    }

    /// Whether waiting for this one would close a circle.
    fn would_wait_for_itself(&self, id: ActionId) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if id == self.id {
                return true;
            }
            if seen.insert(id) {
                waiting.extend(predecessors(self.flow, self.siblings, id).map(|(before, _)| before));
            }
        }
        false
    }

    fn rename(&self, finding: Finding, to: ActionId, safe: bool) -> Finding {
        let name = self.name_of(to);
        let edit = WorkspaceEdit::replace(self.flow.file, self.entry.name.span, syntax::json::escape(name));
        finding.fix(format!("Run after `{name}`"), safe, edit)
    }

    fn remove(&self, finding: Finding) -> Finding {
        let edit = WorkspaceEdit::replace(self.flow.file, self.entry.removal, "");
        finding.fix(
            format!("Remove `{}` from `runAfter`", self.entry.name.value),
            false,
            edit,
        )
    }
}

/// What an action waits for, with the entries that say so.
fn predecessors<'a>(
    flow: &FlowContext<'a>,
    siblings: &Siblings<'_>,
    id: ActionId,
) -> impl Iterator<Item = (ActionId, &'a RunAfterEntry)> {
    let entries = flow
        .body
        .action(id)
        .run_after
        .iter()
        .flat_map(|run_after| &run_after.entries);
    entries.filter_map(|entry| Some((siblings.find(&entry.name.value)?, entry)))
}

/// One step on the way from an action to what it waits for.
struct Step<'a> {
    id: ActionId,
    before: Vec<(ActionId, &'a RunAfterEntry)>,
    next: usize,
}

/// Reports actions that wait for each other: each circle once, at its first action in the file.
fn cycles(flow: &FlowContext<'_>, block: &Block, siblings: &Siblings<'_>, findings: &mut Findings) {
    let step = |id| Step {
        id,
        before: predecessors(flow, siblings, id).collect(),
        next: 0,
    };
    let mut done = rustc_hash::FxHashSet::default();
    let mut on_the_way = FxHashMap::default();
    let mut reported = 0;
    for &start in &block.actions {
        let mut way = Vec::new();
        if !done.contains(&start) {
            on_the_way.insert(start, 0);
            way.push(step(start));
        }
        while let Some(last) = way.last_mut() {
            let Some(&(before, _)) = last.before.get(last.next) else {
                on_the_way.remove(&last.id);
                done.insert(last.id);
                way.pop();
                continue;
            };
            last.next += 1;
            if let Some(&from) = on_the_way.get(&before) {
                findings.push(cycle(flow, &way[from..]));
                reported += 1;
                if reported == MAX_CYCLES {
                    return;
                }
            } else if !done.contains(&before) {
                on_the_way.insert(before, way.len());
                way.push(step(before));
            }
        }
    }
}

fn cycle(flow: &FlowContext<'_>, way: &[Step<'_>]) -> Finding {
    let first = way
        .iter()
        .enumerate()
        .min_by_key(|(_, step)| step.id)
        .map_or(0, |(at, _)| at);
    let links = || {
        way[first..]
            .iter()
            .chain(&way[..first])
            .filter_map(|s| Some((s.id, s.before.get(s.next.checked_sub(1)?)?.1)))
    };
    let name = |id: ActionId| flow.body.action(id).name.value.as_str();
    let names: Vec<&str> = links().map(|(id, _)| name(id)).collect();
    let what = match names.as_slice() {
        [own] => format!("`{own}` waits for itself"),
        [one, two] => format!("`{one}` and `{two}` wait for each other"),
        [one, two, ..] => format!(
            "`{one}` waits for `{two}`, which at the end waits for `{one}` ({} actions)",
            names.len()
        ),
        [] => String::new(),
    };
    let message =
        format!("{what}, so none of this can start and the flow cannot be switched on. Remove one of the entries.");
    let mut around = links();
    let Some((id, entry)) = around.next() else {
        return Finding::new(&RULE, flow.file, Span::default(), "", message);
    };
    let mut finding =
        Finding::new(&RULE, flow.file, entry.name.span, name(id), message).action(Some(flow.body.path(id)));
    for (id, entry) in around.take(10) {
        finding = finding.related(
            flow.file,
            entry.name.span,
            format!("`{}` waits for `{}`", name(id), entry.name.value),
        );
    }
    for (id, entry) in links().take(3) {
        let edit = WorkspaceEdit::replace(flow.file, entry.removal, "");
        finding = finding.fix(
            format!("Let `{}` not wait for `{}`", name(id), entry.name.value),
            false,
            edit,
        );
    }
    finding
}

#[cfg(test)]
mod tests;
