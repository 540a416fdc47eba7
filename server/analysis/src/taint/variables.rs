//! Which values of a variable reach a place that reads it.

use std::cell::RefCell;
use std::rc::Rc;

use model::flow::{ActionId, FlowBody, Owner};
use rustc_hash::FxHashMap;

use super::values::Reader;
use crate::order::{Relation, folded_hash};

/// What sets the variables of a flow, by a hash of the name that has no regard to case.
#[derive(Debug, Default)]
pub(super) struct Writes {
    by_name: FxHashMap<u64, Vec<Write>>,
    /// What was worked out before, by name and reader.
    known: RefCell<FxHashMap<ReadAt, Rc<[ActionId]>>>,
}

/// A variable, and the action that reads it.
type ReadAt = (u64, ActionId);

#[derive(Clone, Copy, Debug)]
struct Write {
    action: ActionId,
    /// Whether nothing of the value before is left.
    replaces: bool,
}

/// Of variables that are set in more places, all values are taken to reach every reader.
const MAX_WRITES: usize = 24;

impl Writes {
    pub(super) fn of(body: &FlowBody) -> Self {
        let mut by_name: FxHashMap<u64, Vec<Write>> = FxHashMap::default();
        for variable in &body.variables {
            by_name
                .entry(folded_hash(&variable.name.value))
                .or_default()
                .push(Write {
                    action: variable.action,
                    replaces: true,
                });
        }
        for write in &body.variable_writes {
            by_name.entry(folded_hash(&write.name.value)).or_default().push(Write {
                action: write.action,
                replaces: body.action(write.action).is("SetVariable"),
            });
        }
        Self {
            by_name,
            known: RefCell::default(),
        }
    }

    /// Every action that sets a variable.
    pub(super) fn all(&self, name: &str) -> Vec<ActionId> {
        let writes = self.by_name.get(&folded_hash(name));
        writes.into_iter().flatten().map(|write| write.action).collect()
    }

    /// The actions whose value of a variable can be there when `owner` reads it.
    pub(super) fn reaching(&self, reader: &Reader<'_>, name: &str, owner: Owner) -> Rc<[ActionId]> {
        let name = folded_hash(name);
        let writes = self.by_name.get(&name).map_or(&[][..], Vec::as_slice);
        let all = || writes.iter().map(|write| write.action).collect();
        let Owner::Action(place) = owner else { return all() };
        if writes.len() < 2 || writes.len() > MAX_WRITES {
            return all();
        }
        let key = (name, place);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let reaches = |write: &&Write| {
            may_run_before(reader, write.action, place) && !is_replaced(reader, writes, **write, place)
        };
        let found: Rc<[ActionId]> = writes.iter().filter(reaches).map(|write| write.action).collect();
        self.known.borrow_mut().insert(key, Rc::clone(&found));
        found
    }
}

fn may_run_before(reader: &Reader<'_>, write: ActionId, place: ActionId) -> bool {
    match reader.order.relation(write, place) {
        // Later in this round of a loop is earlier in the next.
        Relation::Later { .. } | Relation::OtherBranch { .. } => shares_loop(reader.view.body, write, place),
        // The condition of a loop is looked at after what is inside.
        Relation::Inside => reader.view.body.action(place).is("Until"),
        _ => true,
    }
}

fn shares_loop(body: &FlowBody, a: ActionId, b: ActionId) -> bool {
    let is_loop = |id: &ActionId| body.action(*id).is("Foreach") || body.action(*id).is("Until");
    body.ancestors(a)
        .filter(is_loop)
        .any(|around| body.ancestors(b).any(|own| own == around))
}

/// Whether another action always sets the variable anew between a write and a place.
fn is_replaced(reader: &Reader<'_>, writes: &[Write], write: Write, place: ActionId) -> bool {
    let body = reader.view.body;
    writes.iter().any(|other| {
        other.replaces
            && other.action != write.action
            && reader.order.is_before(other.action, place)
            && reader.order.is_before(write.action, other.action)
            && is_certain(body, other.action, place)
    })
}

/// Whether an action that runs before a place runs in every run that gets there.
fn is_certain(body: &FlowBody, id: ActionId, place: ActionId) -> bool {
    let waits_for_success = |id: ActionId| {
        let entries = body.action(id).run_after.iter().flat_map(|after| &after.entries);
        entries.into_iter().all(|entry| {
            let mut statuses = entry.statuses.iter();
            statuses.any(|status| status.value.eq_ignore_ascii_case("Succeeded"))
        })
    };
    let around = |outer: ActionId| body.ancestors(place).any(|own| own == outer);
    let mut inside = std::iter::once(id).chain(body.ancestors(id).take_while(|outer| !around(*outer)));
    inside.all(waits_for_success) && {
        let mut containers = body.ancestors(id).take_while(|outer| !around(*outer));
        containers.all(|outer| body.action(outer).is("Scope"))
    }
}
