//! What an action runs after: its siblings, and the statuses they end with.

use model::flow::{ActionId, BlockId, FlowBody};
use model::same_name;

use super::offers::Offers;
use super::place::{Place, Slot};
use crate::completion::CompletionKind;

/// Statuses of actions, the usual one first.
pub const STATUSES: &[&str] = &["Succeeded", "Failed", "Skipped", "TimedOut"];

const LIST: &str = "[\n\t\"‹Succeeded|Failed|Skipped|TimedOut›\"\n]";

/// Inside `runAfter`, `path` of an action.
pub fn run_after(body: &FlowBody, id: ActionId, path: &[&str], place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    match (path, place.slot) {
        (["runAfter"], Slot::Name) => siblings(body, id, place, offers),
        (["runAfter"], Slot::Value(_)) => {
            for status in STATUSES {
                offers.value(status, CompletionKind::Word, &format!("[\n\t\"{status}\"\n]"));
            }
            offers.value(
                "Failed, TimedOut",
                CompletionKind::Word,
                "[\n\t\"Failed\",\n\t\"TimedOut\"\n]",
            );
        }
        (["runAfter", _], Slot::Item) => offers.texts(STATUSES, CompletionKind::Word),
        _ => {}
    }
}

/// Siblings that may come before an action: those that do not wait for it first, the nearest of them before others.
fn siblings(body: &FlowBody, id: ActionId, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let block = &body.block(body.action(id).block).actions;
    let later = waiting(body, block, id);
    let own = block.iter().position(|other| *other == id).unwrap_or(block.len());
    let (before, after) = block.split_at(own);
    let near: Vec<ActionId> = before
        .iter()
        .rev()
        .chain(after)
        .copied()
        .filter(|other| *other != id)
        .collect();
    for cyclic in [false, true] {
        offers.rank(u8::from(cyclic));
        for other in near.iter().filter(|other| later.contains(other) == cyclic) {
            let action = body.action(*other);
            if place.has_member(&action.name.value) {
                continue;
            }
            let detail = if cyclic {
                format!("{}, waits for this action", action.kind)
            } else {
                action.kind.clone()
            };
            let name = &action.name.value;
            offers.member(name, CompletionKind::Action, LIST).detail = Some(detail);
        }
    }
}

/// The siblings that run after an action, at once or by way of others.
fn waiting(body: &FlowBody, block: &[ActionId], id: ActionId) -> Vec<ActionId> {
    let mut found = vec![id];
    let mut at = 0;
    while let Some(first) = found.get(at).map(|id| &body.action(*id).name.value) {
        let waits = |other: &&ActionId| {
            let entries = body
                .action(**other)
                .run_after
                .iter()
                .flat_map(|run_after| &run_after.entries);
            entries.into_iter().any(|entry| same_name(&entry.name.value, first))
        };
        let new: Vec<ActionId> = block
            .iter()
            .filter(waits)
            .filter(|other| !found.contains(other))
            .copied()
            .collect();
        found.extend(new);
        at += 1;
    }
    found.remove(0);
    found
}

/// The `runAfter` of a new action: after the last of those that nothing runs after yet.
pub fn after_the_last(body: &FlowBody, block: BlockId, place: &Place<'_>) -> String {
    let actions = &body.block(block).actions;
    let named = |name: &str| {
        let mut entries = actions
            .iter()
            .flat_map(|id| &body.action(*id).run_after)
            .flat_map(|list| &list.entries);
        entries.any(|entry| same_name(&entry.name.value, name))
    };
    let others = actions.iter().rev().map(|id| &body.action(*id).name);
    let mut others = others.filter(|name| !name.span.touches(place.token.start));
    match others.find(|name| !named(&name.value)) {
        Some(last) => format!(
            "{{\n\t{}: [\n\t\t\"Succeeded\"\n\t]\n}}",
            syntax::json::quote(&last.value)
        ),
        None => "{}".to_owned(),
    }
}
