//! What names stand for in a flow: the types of variables, parameters, outputs of actions, the trigger, and items of
//! loops and rows.
//!
//! A [`FlowTypes`] answers for one flow. Nothing is computed before somebody asks, and what was computed is remembered
//! in a [`TypeMemory`] for as long as the flow is unchanged. A chain of questions that comes back to its beginning, or
//! grows too long, ends in [`Type::Any`]; so does everything the files do not tell, such as what connectors answer.

mod actions;
mod demands;
mod rows;
mod schema;
mod triggers;
mod values;
mod variables;

#[cfg(test)]
mod tests;

pub use self::demands::{Refusal, RefusedBy};
pub use self::rows::Columns;

use std::cell::{Cell, OnceCell, RefCell};

use expr::types::{Environment, Inference, MAX_DEPTH, Type};
use expr::{ExprId, Template};
use model::flow::{ActionId, FlowBody, FlowView, Owner, StringSite};
use model::same_name;
use rustc_hash::FxHashMap;
use syntax::json::{NodeId, Value};

use crate::order::folded_hash;

/// What was found out about the types of one flow, for as long as its text does not change.
#[derive(Debug, Default)]
pub struct TypeMemory {
    actions: OnceCell<Names>,
    outputs: RefCell<FxHashMap<ActionId, Answer>>,
    items: RefCell<FxHashMap<ActionId, Answer>>,
    variables: RefCell<FxHashMap<String, Answer>>,
    parameters: OnceCell<FxHashMap<String, Type>>,
    trigger: OnceCell<Type>,
    nesting: Cell<u16>,
}

/// An answer, or the note that somebody is looking for it.
#[derive(Clone, Debug)]
enum Answer {
    Sought,
    Found(Type),
}

/// The types of one flow.
#[derive(Clone, Copy, Debug)]
pub struct FlowTypes<'a> {
    flow: FlowView<'a>,
    memory: &'a TypeMemory,
    columns: Option<&'a dyn Columns>,
}

/// A place of a flow where an expression stands: the environment of its types.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    types: FlowTypes<'a>,
    owner: Owner,
    node: NodeId,
}

impl<'a> FlowTypes<'a> {
    /// The types of a flow. `memory` is of this flow and this text.
    #[must_use]
    pub fn new(flow: FlowView<'a>, memory: &'a TypeMemory) -> Self {
        Self {
            flow,
            memory,
            columns: None,
        }
    }

    /// The same, with rows of tables: for suggestions, as nobody knows all columns. `memory` is of such types alone.
    #[must_use]
    pub fn with_columns(self, columns: &'a dyn Columns) -> Self {
        Self {
            columns: Some(columns),
            ..self
        }
    }

    /// The place of a node of the flow's tree, in what it belongs to.
    #[must_use]
    pub fn place(&self, owner: Owner, node: NodeId) -> Place<'a> {
        Place {
            types: *self,
            owner,
            node,
        }
    }

    /// The place of a string.
    #[must_use]
    pub fn place_of(&self, site: &StringSite) -> Place<'a> {
        self.place(site.owner, site.node)
    }

    /// The type of a whole string.
    #[must_use]
    pub fn of_string(&self, site: &StringSite) -> Type {
        Inference::new(&site.info.template, &self.place_of(site)).whole()
    }

    /// The type of a node of a template that stands where `site` stands: its own, or one that somebody is typing.
    #[must_use]
    pub fn of_node(&self, site: &StringSite, template: &Template, node: ExprId) -> Type {
        Inference::new(template, &self.place_of(site)).of(node)
    }

    /// The type that a JSON value of a trigger or action has when the flow runs.
    #[must_use]
    pub fn of_value(&self, owner: Owner, value: Value<'a>) -> Type {
        values::Reader::new(*self, owner).read(value)
    }

    /// The action of this name, ignoring case.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<ActionId> {
        let body = self.flow.body;
        self.memory.actions.get_or_init(|| Names::of(body)).find(body, name)
    }

    /// `outputs('…')` of an action.
    #[must_use]
    pub fn outputs(&self, action: ActionId) -> Type {
        self.remembered(&self.memory.outputs, action, || actions::outputs(self, action))
    }

    /// `body('…')` of an action.
    #[must_use]
    pub fn body(&self, action: ActionId) -> Type {
        actions::body(self, action)
    }

    /// The current item of a loop.
    #[must_use]
    pub fn items(&self, action: ActionId) -> Type {
        self.remembered(&self.memory.items, action, || actions::items(self, action))
    }

    /// `variables('…')`
    #[must_use]
    pub fn variable(&self, name: &str) -> Type {
        let name = lower(name);
        if let Some(Answer::Found(found)) = self.memory.variables.borrow().get(&*name) {
            return found.clone();
        }
        self.remembered(&self.memory.variables, name.as_ref().to_owned(), || {
            variables::read(self, &name)
        })
    }

    /// `parameters('…')`
    #[must_use]
    pub fn parameter(&self, name: &str) -> Type {
        let parameters = self.memory.parameters.get_or_init(|| {
            let all = self.flow.summary.parameters.iter();
            all.map(|parameter| {
                (
                    parameter.name.value.to_lowercase(),
                    variables::of_parameter(&parameter.kind),
                )
            })
            .collect()
        });
        parameters.get(&*lower(name)).cloned().unwrap_or_default()
    }

    /// `triggerOutputs()`
    #[must_use]
    pub fn trigger_outputs(&self) -> Type {
        self.memory.trigger.get_or_init(|| triggers::outputs(self)).clone()
    }

    /// `triggerBody()`
    #[must_use]
    pub fn trigger_body(&self) -> Type {
        actions::body_of(&self.trigger_outputs())
    }

    /// What was found before, or is found now; [`Type::Any`] where the question leads back to itself or is too deep.
    fn remembered<K: Clone + Eq + std::hash::Hash>(
        &self,
        answers: &RefCell<FxHashMap<K, Answer>>,
        key: K,
        find: impl FnOnce() -> Type,
    ) -> Type {
        match answers.borrow().get(&key) {
            Some(Answer::Found(found)) => return found.clone(),
            Some(Answer::Sought) => return Type::Any,
            None => {}
        }
        let nesting = &self.memory.nesting;
        let depth = nesting.get();
        if depth >= MAX_DEPTH {
            return Type::Any;
        }
        answers.borrow_mut().insert(key.clone(), Answer::Sought);
        nesting.set(depth + 1);
        let found = find();
        nesting.set(depth);
        answers.borrow_mut().insert(key, Answer::Found(found.clone()));
        found
    }

    fn value(&self, node: NodeId) -> Option<Value<'a>> {
        self.flow.tree.value(self.flow.text, node)
    }

    /// A member of an action, by path.
    fn member(&self, action: ActionId, path: &[&str]) -> Option<Value<'a>> {
        self.value(self.flow.body.action(action).node)?.path(path)
    }

    /// What the expression language makes of a string node, where it holds an expression.
    #[must_use]
    pub fn site(&self, owner: Owner, node: NodeId) -> Option<&'a StringSite> {
        self.flow.body.site(owner, node)
    }
}

/// Actions by name. Names are hashed without regard to case, which costs less than a copy in lower case for each.
#[derive(Debug, Default)]
struct Names {
    /// The last action of a name.
    by_hash: FxHashMap<u64, ActionId>,
    /// Whether names that differ have the same hash.
    ambiguous: bool,
}

impl Names {
    fn of(body: &FlowBody) -> Self {
        let mut names = Self::default();
        names.by_hash.reserve(body.actions.len());
        for (id, action) in body.actions() {
            let name = &action.name.value;
            if let Some(other) = names.by_hash.insert(folded_hash(name), id) {
                names.ambiguous |= !same_name(&body.action(other).name.value, name);
            }
        }
        names
    }

    fn find(&self, body: &FlowBody, name: &str) -> Option<ActionId> {
        let is_it = |id: &ActionId| same_name(&body.action(*id).name.value, name);
        let found = self.by_hash.get(&folded_hash(name)).copied().filter(is_it);
        if found.is_none() && self.ambiguous {
            return body.actions().map(|(id, _)| id).filter(is_it).last();
        }
        found
    }
}

/// A name in lower case, without a copy where it is so already.
fn lower(name: &str) -> std::borrow::Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        name.into()
    } else {
        name.to_lowercase().into()
    }
}

impl Place<'_> {
    /// `item()`: the row of the action's own list, or the item of the nearest loop.
    fn current_item(&self) -> Type {
        let Owner::Action(id) = self.owner else {
            return Type::Any;
        };
        if let Some(list) = actions::row_source(&self.types, id, self.node) {
            return actions::item_of(&list);
        }
        let body = self.types.flow.body;
        match body.ancestors(id).find(|outer| body.action(*outer).is("Foreach")) {
            Some(around) => self.types.items(around),
            None => Type::Any,
        }
    }
}

impl Environment for Place<'_> {
    fn variable(&self, name: &str) -> Type {
        self.types.variable(name)
    }

    fn parameter(&self, name: &str) -> Type {
        self.types.parameter(name)
    }

    fn outputs(&self, action: &str) -> Type {
        self.types.action(action).map_or(Type::Any, |id| self.types.outputs(id))
    }

    fn body(&self, action: &str) -> Type {
        self.types.action(action).map_or(Type::Any, |id| self.types.body(id))
    }

    fn items(&self, around: &str) -> Type {
        self.types.action(around).map_or(Type::Any, |id| self.types.items(id))
    }

    fn item(&self) -> Type {
        self.current_item()
    }

    fn trigger_outputs(&self) -> Type {
        self.types.trigger_outputs()
    }

    fn trigger_body(&self) -> Type {
        self.types.trigger_body()
    }

    fn nesting(&self) -> Option<&Cell<u16>> {
        Some(&self.types.memory.nesting)
    }
}
