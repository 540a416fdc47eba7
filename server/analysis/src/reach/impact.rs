//! What stops when an account goes: the flows that lose a connection, the flows that call them, and what they feed.

use std::collections::{BTreeMap, VecDeque};

use model::Workspace;
use model::flow::{OperationSummary, Role};
use rustc_hash::FxHashSet;

use super::{AccountId, BackingId, FlowId, Reach, ReferenceId, TableId, UseId};
use crate::effects::Effect;

/// What stops.
#[derive(Clone, Debug, Default)]
pub struct Impact {
    /// Flows that lose a connection.
    pub stops: Vec<Stopped>,
    /// Flows that call one that stops, with the call that fails; in the order in which the failure spreads.
    pub fails: Vec<(FlowId, FlowId)>,
    /// Flows that are no longer started.
    pub starved: Vec<Starved>,
    /// Flows that lose their owner.
    pub unowned: Vec<FlowId>,
}

/// A flow that loses a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The flow.
    pub flow: FlowId,
    /// References that no longer work.
    pub references: Vec<ReferenceId>,
    /// Whether its trigger is among what no longer works, so that it does not even start.
    pub trigger: bool,
    /// How many of its operations no longer work.
    pub operations: usize,
}

/// A flow that is no longer started by what stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Starved {
    /// The flow.
    pub flow: FlowId,
    /// The flow that no longer starts it.
    pub by: FlowId,
    /// The table over which it did; `None` where it was called.
    pub table: Option<TableId>,
    /// Whether other flows still call it. Who else writes a table is not known.
    pub others: bool,
}

/// So many pairs of writers and triggers are compared by their columns; above it, columns are taken to match.
const MAX_PAIRS: usize = 200_000;

impl Reach {
    /// What stops when an account is revoked, leaves, or loses its sign-in. The workspace must be the one this was made
    /// from, unchanged.
    #[must_use]
    pub fn impact(&self, workspace: &Workspace, account: AccountId) -> Impact {
        let node = self.account(account);
        let mut impact = self.impact_of(workspace, &node.backings);
        impact.unowned.clone_from(&node.owns);
        impact
    }

    /// What stops when what stands behind these backings no longer works.
    #[must_use]
    pub fn impact_of(&self, workspace: &Workspace, backings: &[BackingId]) -> Impact {
        let mut impact = Impact::default();
        let mut by_flow: BTreeMap<FlowId, Vec<ReferenceId>> = BTreeMap::new();
        for id in backings {
            let backing = &self.backings[*id];
            for flow in self.flows_behind(&[*id]) {
                by_flow.entry(flow).or_default().push(backing.reference);
            }
        }
        for (flow, mut references) in by_flow {
            references.sort_unstable();
            references.dedup();
            let lost = |id: &&UseId| matches!(self.use_of(**id).via, super::Via::Reference(r) if references.binary_search(&r).is_ok());
            let uses: Vec<&UseId> = self.flow(flow).uses.iter().filter(lost).collect();
            let is_trigger = |id: &&UseId| {
                let operation = self.operation(workspace, self.use_of(**id));
                operation.is_some_and(|operation| operation.trigger)
            };
            impact.stops.push(Stopped {
                flow,
                trigger: uses.iter().any(is_trigger),
                operations: uses.len(),
                references,
            });
        }
        self.spread(workspace, &mut impact);
        impact
    }

    /// Follows calls upwards, then calls and tables downwards.
    fn spread(&self, workspace: &Workspace, impact: &mut Impact) {
        let mut down: FxHashSet<FlowId> = impact.stops.iter().map(|stopped| stopped.flow).collect();
        let mut queue: VecDeque<FlowId> = impact.stops.iter().map(|stopped| stopped.flow).collect();
        let mut order: Vec<FlowId> = Vec::new();
        while let Some(flow) = queue.pop_front() {
            order.push(flow);
            for caller in &self.flow(flow).callers {
                if down.insert(*caller) {
                    impact.fails.push((*caller, flow));
                    queue.push_back(*caller);
                }
            }
        }
        let failing = down.clone();
        let mut pairs = 0;
        let mut queue: VecDeque<FlowId> = order.into();
        while let Some(flow) = queue.pop_front() {
            for child in &self.flow(flow).calls {
                if down.insert(*child) {
                    let others = self.flow(*child).callers.iter().any(|caller| !failing.contains(caller));
                    let (by, table) = (flow, None);
                    impact.starved.push(Starved {
                        flow: *child,
                        by,
                        table,
                        others,
                    });
                    queue.push_back(*child);
                }
            }
            for (table, listener) in self.listeners(workspace, flow, &mut pairs) {
                if down.insert(listener) {
                    impact.starved.push(Starved {
                        flow: listener,
                        by: flow,
                        table: Some(table),
                        others: false,
                    });
                    queue.push_back(listener);
                }
            }
        }
    }

    /// Flows that a flow starts by what it writes, with the table.
    fn listeners(&self, workspace: &Workspace, flow: FlowId, pairs: &mut usize) -> Vec<(TableId, FlowId)> {
        let mut found = Vec::new();
        for id in &self.flow(flow).uses {
            let used = self.use_of(*id);
            let (Some(table), Some(operation)) = (used.table, self.operation(workspace, used)) else {
                continue;
            };
            if !used.judgement.effects.changes() {
                continue;
            }
            for other in &self.table(table).listeners {
                let other = self.use_of(*other);
                let Some(listener) = self.operation(workspace, other).filter(|_| other.flow != flow) else {
                    continue;
                };
                *pairs += 1;
                if *pairs > MAX_PAIRS || starts(operation, used.judgement.effects, listener) {
                    found.push((table, other.flow));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether what an operation writes can start a trigger on the same table.
#[must_use]
pub fn starts(operation: &OperationSummary, effects: crate::effects::Effects, trigger: &OperationSummary) -> bool {
    let Some(subscription) = trigger.subscription else {
        return false;
    };
    let watched = || trigger.named(Role::Watch);
    let writes = |column: &str| {
        operation
            .named(Role::Write)
            .chain(operation.named(Role::Bind))
            .any(|own| model::same_name(own, column))
    };
    let changes = operation.dynamic_row || watched().next().is_none() || watched().any(writes);
    effects.has(Effect::Create) && subscription.on_create()
        || effects.has(Effect::Write) && subscription.on_update() && changes
        || effects.has(Effect::Delete) && subscription.on_delete()
        || effects.has(Effect::Execute)
}
