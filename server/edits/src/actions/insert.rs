//! New actions between those that a flow has.

use analysis::order::{Order, Statuses};
use model::flow::{ActionId, BlockId, FlowView};
use syntax::TextEdit;
use syntax::json::member_insertion_before;

use super::order::{Entry, Style, entries_of, set_entries};
use crate::layout::Json;

/// Where a new action runs: after what its followers waited for, and before them.
pub(crate) struct Place<'f> {
    flow: &'f FlowView<'f>,
    block: BlockId,
    waits: Vec<Entry>,
    /// What waits for the new action instead.
    followers: Vec<ActionId>,
    /// The action whose text it stands before.
    beside: ActionId,
}

impl<'f> Place<'f> {
    /// The place before all these actions: as near to them as it can be, outside of loops, where it runs once.
    ///
    /// `None` where the order cannot be read.
    pub(crate) fn before(flow: &'f FlowView<'f>, order: &Order, uses: &[ActionId]) -> Option<Self> {
        let body = flow.body;
        let is_loop = |id: ActionId| body.action(id).is("Foreach") || body.action(id).is("Until");
        let mut block = body.action(*uses.first()?).block;
        loop {
            let owner = body.block(block).owner;
            let looped = owner.is_some_and(|owner| is_loop(owner) || body.ancestors(owner).any(is_loop));
            let steps: Option<Vec<ActionId>> = uses.iter().map(|id| step_in(flow, block, *id)).collect();
            if let Some(steps) = steps.filter(|_| !looped) {
                return Self::in_block(flow, order, block, &steps);
            }
            block = body.action(owner?).block;
        }
    }

    /// The place before all these actions in the flow's own block, where variables are declared.
    pub(crate) fn at_top(flow: &'f FlowView<'f>, order: &Order, uses: &[ActionId]) -> Option<Self> {
        let block = BlockId(0);
        let steps: Option<Vec<ActionId>> = uses.iter().map(|id| step_in(flow, block, *id)).collect();
        Self::in_block(flow, order, block, &steps?)
    }

    fn in_block(flow: &'f FlowView<'f>, order: &Order, block: BlockId, steps: &[ActionId]) -> Option<Self> {
        let is_first = |one: &&ActionId| {
            let mut others = steps.iter().filter(|other| other != one);
            others.all(|other| order.is_before(**one, *other))
        };
        if let Some(first) = steps.iter().find(is_first) {
            return Some(Self {
                flow,
                block,
                waits: entries_of(flow, order, *first)?,
                followers: vec![*first],
                beside: *first,
            });
        }
        // They run side by side: all that the block begins with waits.
        let actions = &flow.body.block(block).actions;
        if !actions.iter().all(|id| order.is_readable(*id)) {
            return None;
        }
        let begins = |id: &ActionId| order.waits_for(*id).next().is_none();
        Some(Self {
            flow,
            block,
            waits: Vec::new(),
            followers: actions.iter().copied().filter(begins).collect(),
            beside: *actions.first()?,
        })
    }

    /// The edits that put an action of these members there; `runAfter` is added to them.
    pub(crate) fn add(&self, name: &str, mut members: Vec<(String, Json)>) -> Option<Vec<TextEdit>> {
        let flow = self.flow;
        let list = flow.tree.value(flow.text, flow.body.block(self.block).node)?;
        let beside = flow.body.action(self.beside);
        let mut keys = list.members().map(|member| member.key);
        let key = keys.find(|key| key.content_span() == beside.name.span)?;
        let place = member_insertion_before(list, key);
        let style = Style::of(flow, self.beside, place.colon);
        let indent = style.inner(&place.indent);
        let waits = ("runAfter".to_owned(), Json::Raw(style.write(&self.waits, &indent)));
        let own = flow.tree.value(flow.text, beside.node)?;
        let leads = own.members().next().is_some_and(|first| first.key.is_str("runAfter"));
        members.insert(if leads { 0 } else { members.len() }, waits);
        let mut edits = vec![place.member(name, &style.json(&Json::Object(members), &place.indent))];
        let entry = Entry::new(name, Statuses::SUCCEEDED);
        for follower in &self.followers {
            edits.push(set_entries(flow, *follower, std::slice::from_ref(&entry))?);
        }
        Some(edits)
    }
}

/// The action of a block that is this one or contains it.
pub(crate) fn step_in(flow: &FlowView<'_>, block: BlockId, id: ActionId) -> Option<ActionId> {
    let mut way = std::iter::once(id).chain(flow.body.ancestors(id));
    way.find(|id| flow.body.action(*id).block == block)
}
