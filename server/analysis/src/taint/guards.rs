//! What conditions say of values: in a branch that is taken only where a value is one of those that are known, it can do no
//! harm. A condition counts for what stands in its branches, for what runs after a branch that ends the flow, and for the
//! branches of `if(…)`; it speaks of the very expression it names.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use expr::{ExprId, NodeKind, ReferenceKind, TemplateKind};
use model::flow::{ActionId, Owner, Slot, StringSite};
use syntax::json::{Kind, Value};

use super::values::{Item, Reader};

/// What a condition leaves of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// It is one of some that are known.
    Known,
    /// It is a number.
    Number,
}

/// An expression, and what is known of its value.
#[derive(Clone, Debug)]
struct Guard {
    text: String,
    limit: Limit,
}

/// The guards of a flow, worked out for the actions that are asked about.
#[derive(Debug, Default)]
pub(super) struct Guards {
    by_action: Vec<OnceCell<Rc<[Guard]>>>,
    /// Those of the `if(…)` that is being read.
    inline: RefCell<Vec<Guard>>,
}

/// Conditions are read to this depth.
const MAX_DEPTH: u16 = 32;

impl Guards {
    pub(super) fn new(actions: usize) -> Self {
        Self {
            by_action: (0..actions).map(|_| OnceCell::new()).collect(),
            inline: RefCell::default(),
        }
    }

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
    /// What conditions leave of the value of a node.
    pub(super) fn limit(&self, site: &StringSite, node: ExprId) -> Option<Limit> {
        let inline = self.state.guards.inline.borrow();
        let own = match site.owner {
            Owner::Action(id) => self.guards(id),
            _ => None,
        };
        let own = own.as_deref().unwrap_or_default();
        if own.is_empty() && inline.is_empty() {
            return None;
        }
        let text = normal(site, node);
        if text.contains("item()") && matches!(self.item_source(site), Item::Row(_)) {
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

    fn guards(&self, id: ActionId) -> Option<Rc<[Guard]>> {
        let cell = self.state.guards.by_action.get(id.0 as usize)?;
        Some(Rc::clone(cell.get_or_init(|| self.find_guards(id).into())))
    }

    fn find_guards(&self, id: ActionId) -> Vec<Guard> {
        let body = self.view.body;
        let mut found: Vec<Guard> = Vec::new();
        let mut inner = id;
        let mut own_item = 0;
        loop {
            let block = body.block(body.action(inner).block);
            self.exits(&block.actions, inner, &mut found);
            // What is said of the item of a loop outside is not said of the one inside.
            let is_loop = |outer: &ActionId| body.action(*outer).is("Foreach");
            if body
                .ancestors(id)
                .take_while(|outer| *outer != inner)
                .any(|outer| is_loop(&outer))
                || inner != id && is_loop(&inner)
            {
                let outside = found.split_off(own_item);
                found.extend(outside.into_iter().filter(|guard| !guard.text.contains("item()")));
            }
            own_item = found.len();
            let Some(owner) = block.owner else { return found };
            let container = body.action(owner);
            match &block.slot {
                Slot::Actions if container.is("If") => self.condition(owner, true, &mut found),
                Slot::Else if container.is("If") => self.condition(owner, false, &mut found),
                Slot::Case(_) => {
                    let chosen = self.member(owner, &["expression"]);
                    if let Some(Side::Expression(site, node)) = chosen.map(|value| self.side(owner, value)) {
                        found.push(Guard {
                            text: normal(site, node),
                            limit: Limit::Known,
                        });
                    }
                }
                _ => {}
            }
            inner = owner;
        }
    }

    /// Conditions before an action of which a branch ends the flow: whoever comes by took the other.
    fn exits(&self, siblings: &[ActionId], id: ActionId, found: &mut Vec<Guard>) {
        let body = self.view.body;
        let after_success = body
            .action(id)
            .run_after
            .iter()
            .flat_map(|after| &after.entries)
            .all(|entry| {
                let mut statuses = entry.statuses.iter();
                statuses.all(|status| status.value.eq_ignore_ascii_case("Succeeded"))
            });
        if !after_success {
            return;
        }
        let before = siblings
            .iter()
            .filter(|own| body.action(**own).is("If") && self.order.is_before(**own, id));
        for condition in before {
            let ends = |slot: &Slot| {
                let mut blocks = body.blocks.iter();
                let block = blocks.find(|block| block.owner == Some(*condition) && block.slot == *slot);
                block.is_some_and(|block| block.actions.iter().any(|own| body.action(*own).is("Terminate")))
            };
            if ends(&Slot::Actions) {
                self.condition(*condition, false, found);
            } else if ends(&Slot::Else) {
                self.condition(*condition, true, found);
            }
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
            ("isInt" | "isFloat", [one]) if truth => found.push(Guard {
                text: normal(site, *one),
                limit: Limit::Number,
            }),
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
                found.push(Guard {
                    text: normal(site, *node),
                    limit: Limit::Known,
                });
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

/// The text of a node without what makes no difference to its value.
fn normal(site: &StringSite, node: ExprId) -> String {
    let span = site.info.template.node(node).span;
    let text = site.info.text.get(span.range()).unwrap_or_default();
    let mut quoted = false;
    let kept = text.chars().filter_map(|c| {
        quoted ^= c == '\'';
        let dropped = !quoted && (c.is_whitespace() || c == '?');
        (!dropped).then(|| c.to_ascii_lowercase())
    });
    kept.collect()
}
