//! How actions can end, and which of them can therefore never run.
//!
//! Worked out from the inner blocks to the outer ones, and in each from its first action on. Where something is not
//! known, an action can end in any way: what is called dead here cannot run whatever happens.

use model::flow::{Action, ActionId, FlowView, Owner};

use super::Order;

/// A set of statuses that actions end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Statuses(u8);

impl Statuses {
    /// None: the run ends with the action, or never comes to an end there.
    pub const NONE: Self = Self(0);
    /// `Succeeded`.
    pub const SUCCEEDED: Self = Self(1);
    /// `Failed`.
    pub const FAILED: Self = Self(2);
    /// `Skipped`.
    pub const SKIPPED: Self = Self(4);
    /// `TimedOut`.
    pub const TIMED_OUT: Self = Self(8);
    /// All of them.
    pub const ALL: Self = Self(15);

    const NAMES: [(&'static str, Self); 4] = [
        ("Succeeded", Self::SUCCEEDED),
        ("Failed", Self::FAILED),
        ("Skipped", Self::SKIPPED),
        ("TimedOut", Self::TIMED_OUT),
    ];

    /// The status of a word, which compares without case.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let known = Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        known.map(|(_, status)| *status)
    }

    /// The names of what is in the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .iter()
            .filter(move |(_, status)| self.meets(*status))
            .map(|(name, _)| *name)
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one only.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether something is in both.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// An action that can never run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dead {
    /// The action.
    pub action: ActionId,
    /// Which entry of its `runAfter` never comes true, by position.
    pub entry: usize,
    /// The action that this is about.
    pub cause: ActionId,
    /// Why.
    pub reason: Reason,
}

/// Why an action can never run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The cause ends the run.
    EndsRun,
    /// The run ends within the cause whenever that succeeds.
    EndsRunInside,
    /// The cause ends in other ways than the one waited for.
    NeverSo,
    /// The cause would have to end in two ways at once: another entry wants the second.
    Contradiction {
        /// Position of the other entry.
        other: usize,
    },
}

/// How the actions of a flow can end.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    possible: Vec<Statuses>,
    dead: Vec<Dead>,
}

/// So many steps are spent on looking for contradictions in a flow.
const MAX_STEPS: usize = 20_000;

impl Outcomes {
    /// Works out how the actions of a flow can end.
    #[must_use]
    pub fn new(flow: &FlowView<'_>, order: &Order) -> Self {
        let mut work = Work {
            flow,
            order,
            possible: vec![Statuses::ALL; flow.body.actions.len()],
            runs: vec![true; flow.body.actions.len()],
            inner_succeeds: vec![false; flow.body.actions.len()],
            evaluated: evaluated(flow),
            needed: vec![Statuses::ALL; flow.body.actions.len()],
            steps: 0,
            dead: Vec::new(),
        };
        // Inner blocks stand after the block that contains them.
        for block in (0..flow.body.blocks.len()).rev() {
            work.block(block);
        }
        work.dead.sort_unstable_by_key(|dead| dead.action);
        Self {
            possible: work.possible,
            dead: work.dead,
        }
    }

    /// How an action can end, as far as its flow tells.
    #[must_use]
    pub fn of(&self, id: ActionId) -> Statuses {
        self.possible.get(id.0 as usize).copied().unwrap_or(Statuses::ALL)
    }

    /// Actions that can never run, each with its cause; what only follows from another one is left out.
    #[must_use]
    pub fn dead(&self) -> &[Dead] {
        &self.dead
    }
}

/// Actions that hold an expression, whose evaluation may fail.
fn evaluated(flow: &FlowView<'_>) -> Vec<bool> {
    let mut evaluated = vec![false; flow.body.actions.len()];
    for site in &flow.body.strings {
        if let Owner::Action(id) = site.owner {
            evaluated[id.0 as usize] = true;
        }
    }
    evaluated
}

struct Work<'f, 'a> {
    flow: &'f FlowView<'a>,
    order: &'f Order,
    possible: Vec<Statuses>,
    /// Whether an action can run at all, once its block does.
    runs: Vec<bool>,
    /// Whether a block of the action can come to a good end.
    inner_succeeds: Vec<bool>,
    evaluated: Vec<bool>,
    /// For one action: how those before it must have ended. Only what is before it is read.
    needed: Vec<Statuses>,
    steps: usize,
    dead: Vec<Dead>,
}

impl Work<'_, '_> {
    fn block(&mut self, block: usize) {
        let order = self.order;
        let splits = self.splits(block);
        for &id in &order.blocks[block].sorted {
            if order.is_sure(id) {
                self.action(id, splits);
            }
        }
        if let Some(owner) = self.flow.body.blocks[block].owner {
            self.inner_succeeds[owner.0 as usize] |= self.can_succeed(block);
        }
    }

    /// The statuses that the action `id` waits for, by position of the entry; all where that cannot be read.
    fn wanted(&self, id: ActionId, entry: usize) -> Statuses {
        let run_after = self.flow.body.action(id).run_after.as_ref();
        let Some(entry) = run_after.and_then(|run_after| run_after.entries.get(entry)) else {
            return Statuses::ALL;
        };
        let mut all = Statuses::NONE;
        for word in &entry.statuses {
            match Statuses::of_word(&word.value) {
                Some(status) => all = all.or(status),
                None => return Statuses::ALL,
            }
        }
        // An empty list is the business of `runAfter` itself.
        if all.is_empty() { Statuses::ALL } else { all }
    }

    /// Whether some action of a block is waited for in two ways that exclude each other: only then can entries contradict.
    fn splits(&self, block: usize) -> bool {
        let actions = &self.flow.body.blocks[block].actions;
        let mut wanted = vec![Statuses::ALL; actions.len()];
        for id in actions {
            for (before, entry) in self.order.waits_for(*id) {
                let own = &mut wanted[self.order.place(before).index as usize];
                *own = own.and(self.wanted(*id, entry));
                if own.is_empty() {
                    return true;
                }
            }
        }
        false
    }

    fn action(&mut self, id: ActionId, splits: bool) {
        let at = id.0 as usize;
        let mut skippable = false;
        let mut entries = 0;
        for (before, entry) in self.order.waits_for(id) {
            entries += 1;
            let (possible, wanted) = (self.possible[before.0 as usize], self.wanted(id, entry));
            skippable |= !possible.without(wanted).is_empty();
            if self.runs[at] && !possible.meets(wanted) {
                self.runs[at] = false;
                // What waits for an action that never runs says nothing new.
                if self.runs[before.0 as usize] && !self.is_mocked(before) {
                    self.report(id, entry, before, wanted);
                }
            }
        }
        if self.runs[at] && splits && entries > 1 && self.contradiction(id) {
            self.runs[at] = false;
        }
        let action = self.flow.body.action(id);
        self.possible[at] = match self.runs[at] {
            true if skippable => self.own_outcomes(id, action).or(Statuses::SKIPPED),
            true => self.own_outcomes(id, action),
            false => Statuses::SKIPPED,
        };
    }

    fn report(&mut self, action: ActionId, entry: usize, cause: ActionId, wanted: Statuses) {
        let reason = if self.flow.body.action(cause).is("Terminate") {
            Reason::EndsRun
        } else if wanted == Statuses::SUCCEEDED {
            Reason::EndsRunInside
        } else {
            Reason::NeverSo
        };
        self.dead.push(Dead {
            action,
            entry,
            cause,
            reason,
        });
    }

    /// Whether a test result stands in for the action, which may end as it is told to.
    fn is_mocked(&self, id: ActionId) -> bool {
        let value = self.flow.tree.value(self.flow.text, self.flow.body.action(id).node);
        value.is_some_and(|value| value.path(&["runtimeConfiguration", "staticResult"]).is_some())
    }

    /// How an action can end when it runs.
    fn own_outcomes(&self, id: ActionId, action: &Action) -> Statuses {
        let ended = Statuses::SUCCEEDED.or(Statuses::FAILED);
        let is = |kinds: &[&str]| kinds.iter().any(|kind| action.is(kind));
        if is(&["Terminate"]) {
            return match self.evaluated[id.0 as usize] {
                true => Statuses::FAILED,
                false => Statuses::NONE,
            };
        }
        if is(&["Compose"]) {
            return match self.evaluated[id.0 as usize] {
                true => ended,
                // A constant is what it is.
                false => Statuses::SUCCEEDED,
            };
        }
        // These work on what the run holds already, and take no time to speak of.
        if is(&[
            "InitializeVariable",
            "SetVariable",
            "IncrementVariable",
            "DecrementVariable",
            "AppendToStringVariable",
            "AppendToArrayVariable",
            "Query",
            "Select",
            "Table",
            "Join",
            "ParseJson",
        ]) {
            return ended;
        }
        let ran = ended.or(Statuses::TIMED_OUT);
        if is(&["Scope", "If", "Switch"]) {
            return match self.container_succeeds(id, action) {
                true => ran,
                false => ran.without(Statuses::SUCCEEDED),
            };
        }
        if is(&[
            "Foreach",
            "Until",
            "Wait",
            "Http",
            "HttpWebhook",
            "Workflow",
            "ApiConnection",
            "ApiConnectionWebhook",
            "OpenApiConnection",
            "OpenApiConnectionWebhook",
        ]) {
            return ran;
        }
        // A response that nobody waits for any more is skipped though it stood first, and of other types nothing is known.
        Statuses::ALL
    }

    /// Whether a container can succeed without the run having ended inside.
    fn container_succeeds(&self, id: ActionId, action: &Action) -> bool {
        if self.inner_succeeds[id.0 as usize] {
            return true;
        }
        let value = self.flow.tree.value(self.flow.text, action.node);
        let has = |path: &[&str]| value.and_then(|value| value.path(path)).is_some();
        // A branch that is not there is one that ends well, and a damaged case holds no block.
        if action.is("If") {
            return !(has(&["actions"]) && has(&["else", "actions"]));
        }
        if action.is("Switch") {
            let cases = value.and_then(|value| value.get("cases"));
            let has_actions = |case: syntax::json::Value<'_>| case.get("actions").is_some();
            let mut cases = cases.into_iter().flat_map(|cases| cases.members());
            return !has(&["default", "actions"]) || cases.any(|case| !case.value.is_some_and(has_actions));
        }
        !has(&["actions"])
    }

    /// Whether a block can come to a good end. It cannot where the run always ends in it unless something fails, and
    /// nothing in it waits for failures.
    fn can_succeed(&self, block: usize) -> bool {
        let actions = &self.flow.body.blocks[block].actions;
        let ends = |id: &ActionId| {
            let possible = self.possible[id.0 as usize];
            !possible.meets(Statuses::SUCCEEDED) && self.runs[id.0 as usize] && self.order.is_sure(*id)
        };
        let only_success = |id: &ActionId| {
            let entries = self
                .flow
                .body
                .action(*id)
                .run_after
                .iter()
                .flat_map(|list| &list.entries);
            entries
                .flat_map(|entry| &entry.statuses)
                .all(|status| status.value.eq_ignore_ascii_case("Succeeded"))
        };
        !actions.iter().any(ends) || !actions.iter().all(only_success)
    }

    /// Looks for an action that would have to end in two ways at once for `id` to run, and reports it.
    fn contradiction(&mut self, id: ActionId) -> bool {
        let order = self.order;
        let block = order.place(id).block as usize;
        let rank = order.place(id).rank as usize;
        let sorted = order.blocks[block].sorted.get(..rank).unwrap_or(&[]);
        self.steps += rank;
        if self.steps > MAX_STEPS {
            return false;
        }
        for before in sorted {
            self.needed[before.0 as usize] = self.possible[before.0 as usize];
        }
        for (before, entry) in order.waits_for(id) {
            let wanted = self.wanted(id, entry);
            self.need(before, wanted);
        }
        for &before in sorted.iter().rev().filter(|before| order.row_has(id, **before)) {
            let needed = self.needed[before.0 as usize];
            if needed.is_empty() {
                self.report_contradiction(id, before);
                return true;
            }
            self.steps += 1;
            if !needed.meets(Statuses::SKIPPED) {
                // It must have run, so what it waited for came true.
                for (earlier, entry) in order.waits_for(before) {
                    let wanted = self.wanted(before, entry);
                    self.need(earlier, wanted);
                }
            }
        }
        false
    }

    fn need(&mut self, id: ActionId, wanted: Statuses) {
        let needed = &mut self.needed[id.0 as usize];
        *needed = needed.and(wanted);
    }

    /// Names the entries of `id` that cannot come true together, by what they say of `cause`.
    fn report_contradiction(&mut self, id: ActionId, cause: ActionId) {
        let order = self.order;
        let entries: Vec<(ActionId, usize)> = order
            .waits_for(id)
            .filter(|(before, _)| *before == cause || order.row_has(*before, cause))
            .collect();
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return;
        };
        self.dead.push(Dead {
            action: id,
            entry: first.1,
            cause,
            reason: match first.1 == last.1 {
                true => Reason::NeverSo,
                false => Reason::Contradiction { other: last.1 },
            },
        });
    }
}
