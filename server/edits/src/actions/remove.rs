//! Taking actions out of a flow, so that what followed them runs as it did.

use analysis::order::{Order, Statuses};
use model::FileId;
use model::flow::{ActionId, BlockId, FlowView};
use rustc_hash::{FxHashMap, FxHashSet};
use syntax::TextEdit;
use syntax::json::members_removal;

use super::order::{Entry, add, entries_of, set_entries};
use crate::{FileEdit, WorkspaceEdit};

/// Takes actions out of a flow. What ran after one of them runs after what that ran after, when the action would have
/// succeeded, or been skipped, as the entry says.
///
/// `None` where something waits for a failure of such an action, or where the order cannot be read or written.
#[must_use]
pub fn remove(file: FileId, flow: &FlowView<'_>, order: &Order, gone: &[ActionId]) -> Option<WorkspaceEdit> {
    let mut gone: FxHashSet<ActionId> = gone.iter().copied().collect();
    // What stands inside of an action that goes, goes with it.
    let inner: Vec<ActionId> = gone
        .iter()
        .filter(|id| flow.body.ancestors(**id).any(|outer| gone.contains(&outer)))
        .copied()
        .collect();
    inner.iter().for_each(|id| {
        gone.remove(id);
    });
    let blocks: FxHashSet<BlockId> = gone.iter().map(|id| flow.body.action(*id).block).collect();
    let mut blocks: Vec<BlockId> = blocks.into_iter().collect();
    blocks.sort_unstable();
    let mut edits: Vec<TextEdit> = Vec::new();
    for block in blocks {
        let block = flow.body.block(block);
        let list = flow.tree.value(flow.text, block.node)?;
        let names: FxHashSet<u32> = block
            .actions
            .iter()
            .filter(|id| gone.contains(id))
            .map(|id| flow.body.action(*id).name.span.start)
            .collect();
        edits.extend(
            members_removal(list, |key| names.contains(&key.content_span().start))
                .into_iter()
                .map(TextEdit::delete),
        );
        edits.extend(rewire(flow, order, &block.actions, &gone)?);
    }
    Some(WorkspaceEdit {
        files: vec![FileEdit { file, edits }],
        ..WorkspaceEdit::default()
    })
}

/// The edits that let the actions of a block wait for what those that go waited for.
fn rewire(
    flow: &FlowView<'_>,
    order: &Order,
    actions: &[ActionId],
    gone: &FxHashSet<ActionId>,
) -> Option<Vec<TextEdit>> {
    let follows = |id: &&ActionId| order.waits_for(**id).any(|(before, _)| gone.contains(&before));
    let concerned: Vec<ActionId> = actions
        .iter()
        .copied()
        .filter(|id| gone.contains(id) || follows(&id))
        .collect();
    let mut entries: FxHashMap<ActionId, Vec<Entry>> = FxHashMap::default();
    for id in &concerned {
        entries.insert(*id, entries_of(flow, order, *id)?);
    }
    for id in concerned.iter().filter(|id| gone.contains(id)) {
        let name = &flow.body.action(*id).name.value;
        let own = entries.remove(id)?;
        for list in entries.values_mut() {
            let Some(at) = list.iter().position(|entry| entry.name == *name) else {
                continue;
            };
            let wanted = list.remove(at).statuses;
            for (offset, entry) in instead(&own, wanted)?.into_iter().enumerate() {
                if list.iter().any(|known| known.name == entry.name) {
                    if !add(list, entry) {
                        return None;
                    }
                } else {
                    list.insert((at + offset).min(list.len()), entry);
                }
            }
        }
    }
    let stays = concerned.iter().filter(|id| !gone.contains(id));
    stays.map(|id| set_entries(flow, *id, entries.get(id)?)).collect()
}

/// What to wait for instead of an action that waited for `own` and was to end with `wanted`.
fn instead(own: &[Entry], wanted: Statuses) -> Option<Vec<Entry>> {
    let succeeded = wanted.meets(Statuses::SUCCEEDED);
    let skipped = wanted.meets(Statuses::SKIPPED);
    match (succeeded, skipped) {
        (true, true) => Some(own.iter().map(|entry| Entry::new(&entry.name, Statuses::ALL)).collect()),
        (true, false) => Some(own.to_vec()),
        (false, true) => match own {
            [only] if only.statuses != Statuses::ALL => {
                Some(vec![Entry::new(&only.name, Statuses::ALL.without(only.statuses))])
            }
            _ => None,
        },
        (false, false) => None,
    }
}
