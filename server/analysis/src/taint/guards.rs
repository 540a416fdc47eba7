//! What conditions say of values: in a branch that is taken only where a value is one of those that are known, it can do no
//! harm. A condition counts for what stands in its branches, for what runs after a branch that ends the flow, and for the
//! branches of `if(…)`; it speaks of the very expression it names.

use std::cell::RefCell;
use std::hash::Hasher;
use std::rc::Rc;

use expr::{ExprId, NodeKind, ReferenceKind, TemplateKind};
use model::flow::{ActionId, BlockId, Owner, Slot, StringSite};
use rustc_hash::{FxHashMap, FxHasher};
use syntax::json::{Kind, Value};

use super::trail::reference_below;
use super::values::{Item, Reader};

/// What a condition leaves of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It is one of some that are known.
    Known,
    /// It is a number.
    Number,
}

/// An expression, by the hash of its text, and what is known of its value.
#[derive(Clone, Copy, Debug)]
struct Guard {
    text: u64,
    /// Whether it speaks of the item of a loop.
    of_item: bool,
    limit: Limit,
}

/// What is known in all actions of a block.
#[derive(Clone, Debug)]
struct BlockGuards {
    guards: Rc<[Guard]>,
    /// Conditions of which a branch ends the flow, and what they are for whoever goes on.
    exits: Vec<(ActionId, bool)>,
}

/// The guards of a flow, worked out for the blocks that are asked about.
#[derive(Debug, Default)]
pub(super) struct Guards {
    by_block: RefCell<FxHashMap<BlockId, Rc<BlockGuards>>>,
    /// Of actions behind conditions that end the flow.
    by_action: RefCell<FxHashMap<ActionId, Rc<[Guard]>>>,
    /// Those of the `if(…)` that is being read.
    inline: RefCell<Vec<Guard>>,
}

/// Conditions are read to this depth.
const MAX_DEPTH: u16 = 32;

impl Guards {
    /// Forgets what was entered since.
    pub(super) fn leave(&self, before: usize) {
        self.inline.borrow_mut().truncate(before);
    }
}

/// One side of a comparison.
enum Side<'a> {
    Expression(&'a StringSite, ExprId),
    /// Written out.
    Fixed,
    /// Text and expressions.
    Mixed,
}

impl<'a> Reader<'a> {
    /// What conditions leave of the value of a node, where it reads something of the flow.
    pub(super) fn limit(&self, site: &StringSite, node: ExprId) -> Option<Limit> {
        let inline = self.state.guards.inline.borrow();
        let own = match site.owner {
            Owner::Action(id) => Some(self.guards(id)),
            _ => None,
        };
        let own = own.as_deref().unwrap_or_default();
        if own.is_empty() && inline.is_empty() {
            return None;
        }
        reference_below(&site.info.template, node)?;
        let (text, of_item) = normal(site, node);
        if of_item && matches!(self.item_source(site), Item::Row(_)) {
            return None;
        }
        let mut all = own.iter().chain(inline.iter());
        all.find(|guard| guard.text == text).map(|guard| guard.limit)
    }

    /// Takes the condition of an `if(…)` for true or false; what is to be left again.
    pub(super) fn enter(&self, site: &StringSite, condition: ExprId, truth: bool) -> usize {
        let mut found = Vec::new();
        self.facts(site, condition, truth, 0, &mut found);
        let mut inline = self.state.guards.inline.borrow_mut();
        let before = inline.len();
        inline.append(&mut found);
        before
    }

    fn guards(&self, id: ActionId) -> Rc<[Guard]> {
        let body = self.view.body;
        let block = self.block_guards(body.action(id).block);
        if block.exits.is_empty() {
            return Rc::clone(&block.guards);
        }
        if let Some(known) = self.state.guards.by_action.borrow().get(&id) {
            return Rc::clone(known);
        }
        let mut found = block.guards.to_vec();
        let entries = body.action(id).run_after.iter().flat_map(|after| &after.entries);
        let after_success = entries.into_iter().all(|entry| {
            let mut statuses = entry.statuses.iter();
            statuses.all(|status| status.value.eq_ignore_ascii_case("Succeeded"))
        });
        // Whoever comes by a branch that ends the flow took the other.
        for (condition, truth) in block.exits.iter().filter(|_| after_success) {
            if self.order.is_before(*condition, id) {
                self.condition(*condition, *truth, &mut found);
            }
        }
        let found: Rc<[Guard]> = found.into();
        self.state.guards.by_action.borrow_mut().insert(id, Rc::clone(&found));
        found
    }

    fn block_guards(&self, id: BlockId) -> Rc<BlockGuards> {
        if let Some(known) = self.state.guards.by_block.borrow().get(&id) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.find_block_guards(id));
        self.state.guards.by_block.borrow_mut().insert(id, Rc::clone(&found));
        found
    }

    fn find_block_guards(&self, id: BlockId) -> BlockGuards {
        let body = self.view.body;
        let block = body.block(id);
        let mut found: Vec<Guard> = Vec::new();
        if let Some(owner) = block.owner {
            let container = body.action(owner);
            let around = self.guards(owner);
            // What is said of the item of a loop outside is not said of the one inside.
            let is_loop = container.is("Foreach");
            found.extend(around.iter().filter(|guard| !is_loop || !guard.of_item));
            match &block.slot {
                Slot::Actions if container.is("If") => self.condition(owner, true, &mut found),
                Slot::Else if container.is("If") => self.condition(owner, false, &mut found),
                Slot::Case(_) => {
                    let chosen = self.member(owner, &["expression"]);
                    if let Some(Side::Expression(site, node)) = chosen.map(|value| self.side(owner, value)) {
                        found.push(guard(site, node, Limit::Known));
                    }
                }
                _ => {}
            }
        }
        let conditions = block.actions.iter().filter(|own| body.action(**own).is("If"));
        let exits = conditions.filter_map(|condition| {
            let ends = |slot: &Slot| {
                let mut blocks = body.blocks.iter();
                let block = blocks.find(|block| block.owner == Some(*condition) && block.slot == *slot);
                block.is_some_and(|block| block.actions.iter().any(|own| body.action(*own).is("Terminate")))
            };
            match (ends(&Slot::Actions), ends(&Slot::Else)) {
                (true, _) => Some((*condition, false)),
                (false, true) => Some((*condition, true)),
                _ => None,
            }
        });
        BlockGuards {
            exits: exits.collect(),
            guards: found.into(),
        }
    }

    fn condition(&self, id: ActionId, truth: bool, found: &mut Vec<Guard>) {
        if let Some(value) = self.member(id, &["expression"]) {
            self.tree(id, value, truth, 0, found);
        }
    }

    /// What follows of a condition's tree.
    fn tree(&self, id: ActionId, value: Value<'a>, truth: bool, depth: u16, found: &mut Vec<Guard>) {
        if depth > MAX_DEPTH {
            return;
        }
        if !value.is_object() {
            if let Side::Expression(site, node) = self.side(id, value) {
                self.facts(site, node, truth, depth, found);
            }
            return;
        }
        let Some(operation) = crate::conditions::operation(value) else {
            return;
        };
        match (operation.function.name.as_str(), operation.operands.as_slice()) {
            ("and", all) if truth => all.iter().for_each(|one| self.tree(id, *one, true, depth + 1, found)),
            ("or", all) if !truth => all.iter().for_each(|one| self.tree(id, *one, false, depth + 1, found)),
            ("not", [one]) => self.tree(id, *one, !truth, depth + 1, found),
            (name, [left, right]) => {
                let flag = |value: &Value<'a>| match value.kind() {
                    Kind::True => Some(true),
                    Kind::False => Some(false),
                    _ => None,
                };
                match (name, flag(left), flag(right)) {
                    ("equals", None, Some(flag)) => self.tree(id, *left, truth == flag, depth + 1, found),
                    ("equals", Some(flag), None) => self.tree(id, *right, truth == flag, depth + 1, found),
                    _ if truth => self.compared(name, &self.side(id, *left), &self.side(id, *right), found),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// What follows of an expression that is true, or is not.
    fn facts(&self, site: &'a StringSite, node: ExprId, truth: bool, depth: u16, found: &mut Vec<Guard>) {
        let template = &site.info.template;
        let Some(call) = template.node(node).as_call().filter(|_| depth <= MAX_DEPTH) else {
            return;
        };
        let Some(function) = call.function else { return };
        let flag = |node: ExprId| match template.node(node).kind {
            NodeKind::Bool(flag) => Some(flag),
            _ => None,
        };
        match (function.name.as_str(), call.args.as_slice()) {
            ("and", all) if truth => all
                .iter()
                .for_each(|one| self.facts(site, *one, true, depth + 1, found)),
            ("or", all) if !truth => all
                .iter()
                .for_each(|one| self.facts(site, *one, false, depth + 1, found)),
            ("not", [one]) => self.facts(site, *one, !truth, depth + 1, found),
            ("isInt" | "isFloat", [one]) if truth => found.push(guard(site, *one, Limit::Number)),
            (name, [left, right]) => match (name, flag(*left), flag(*right)) {
                ("equals", None, Some(flag)) => self.facts(site, *left, truth == flag, depth + 1, found),
                ("equals", Some(flag), None) => self.facts(site, *right, truth == flag, depth + 1, found),
                _ if truth => {
                    let side = |node: ExprId| Side::Expression(site, node);
                    self.compared(name, &side(*left), &side(*right), found);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// A value that equals a known one, or is among known ones.
    fn compared(&self, function: &str, left: &Side<'a>, right: &Side<'a>, found: &mut Vec<Guard>) {
        let mut known = |side: &Side<'a>| {
            if let Side::Expression(site, node) = side
                && !self.is_fixed(side)
            {
                found.push(guard(site, *node, Limit::Known));
            }
        };
        match function {
            "equals" if self.is_fixed(right) => known(left),
            "equals" if self.is_fixed(left) => known(right),
            "contains" if self.is_fixed(left) => known(right),
            _ => {}
        }
    }

    fn side(&self, id: ActionId, value: Value<'a>) -> Side<'a> {
        let Some(site) = self.view.body.site(Owner::Action(id), value.id()) else {
            return Side::Fixed;
        };
        match (&site.info.template.kind, site.info.template.roots()) {
            (TemplateKind::Expression(Some(root)), _) => Side::Expression(site, *root),
            (TemplateKind::Interpolation(segments), [root]) if segments.len() == 1 => Side::Expression(site, *root),
            _ => Side::Mixed,
        }
    }

    /// Whether nobody but the flow's authors and its own data decides a value.
    fn is_fixed(&self, side: &Side<'_>) -> bool {
        let (site, node) = match side {
            Side::Fixed => return true,
            Side::Mixed => return false,
            Side::Expression(site, node) => (*site, *node),
        };
        let whole = site.info.template.node(node).span;
        let inside = |call: ExprId| whole.contains_span(site.info.template.node(call).span);
        let fixed_writes = |name: &str| {
            let body = self.view.body;
            let writes = self.state.writes.all(name);
            let reads = |id: ActionId| {
                let mut sites = body.sites_of(Owner::Action(id));
                sites.any(|at| body.strings[at].info.refers_to.has_any(&super::solve::KINDS))
            };
            !writes.is_empty() && !writes.iter().any(|write| reads(*write))
        };
        let mut named = expr::references(&site.info.template).filter(|reference| inside(reference.call));
        let named_fixed = named.all(|reference| match reference.kind {
            ReferenceKind::Parameter | ReferenceKind::Workflow => true,
            ReferenceKind::Variable => fixed_writes(reference.name),
            ReferenceKind::Action => self
                .order
                .named(self.view.body, reference.name)
                .next()
                .is_some_and(|id| self.gives_own_data(id)),
            _ => false,
        });
        let mut unnamed = expr::implicit_references(&site.info.template)
            .chain(expr::dynamic_references(&site.info.template))
            .filter(|reference| inside(reference.call));
        named_fixed && unnamed.all(|reference| reference.kind == ReferenceKind::Workflow)
    }

    /// Whether an action reads what is the organisation's own from a connector.
    fn gives_own_data(&self, id: ActionId) -> bool {
        let sources = self.state.sources.borrow();
        self.state.steps.operation(&self.view, id).is_some()
            && !sources.outputs.iter().any(|(own, _)| *own == id)
            && !sources.calls.iter().any(|(own, _)| *own == id)
    }
}

fn guard(site: &StringSite, node: ExprId, limit: Limit) -> Guard {
    let (text, of_item) = normal(site, node);
    Guard { text, of_item, limit }
}

/// A hash of the text of a node without what makes no difference to its value, and whether it begins with `item()`.
fn normal(site: &StringSite, node: ExprId) -> (u64, bool) {
    let span = site.info.template.node(node).span;
    let text = site.info.text.get(span.range()).unwrap_or_default();
    let mut quoted = false;
    let mut hasher = FxHasher::default();
    for byte in text.bytes() {
        quoted ^= byte == b'\'';
        if quoted || !(byte.is_ascii_whitespace() || byte == b'?') {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
    }
    let of_item = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("item"));
    (
        hasher.finish(),
        of_item && !text.as_bytes().get(4).is_some_and(u8::is_ascii_alphabetic),
    )
}
