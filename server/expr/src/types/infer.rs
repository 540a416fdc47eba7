//! The type of every node of a template.

use super::functions;
use super::lattice::Type;
use super::object::{Found, ObjectType, Property, Rest};
use crate::ast::{Call, ExprId, NodeKind, Template, TemplateKind};
use crate::catalogue::ReferenceKind;
use std::cell::{Cell, RefCell};

/// What names stand for where an expression is evaluated. Every answer may be [`Type::Any`], and is where nothing else
/// is said. Names come as they are written.
pub trait Environment {
    /// `variables('…')`
    fn variable(&self, _name: &str) -> Type {
        Type::Any
    }

    /// `parameters('…')`
    fn parameter(&self, _name: &str) -> Type {
        Type::Any
    }

    /// `outputs('…')`
    fn outputs(&self, _action: &str) -> Type {
        Type::Any
    }

    /// `body('…')`
    fn body(&self, _action: &str) -> Type {
        Type::Any
    }

    /// `items('…')`
    fn items(&self, _loop: &str) -> Type {
        Type::Any
    }

    /// `item()`
    fn item(&self) -> Type {
        Type::Any
    }

    /// `triggerOutputs()`
    fn trigger_outputs(&self) -> Type {
        Type::Any
    }

    /// `triggerBody()`
    fn trigger_body(&self) -> Type {
        Type::Any
    }

    /// Where an environment that itself asks for types counts how deep questions are nested, so that a chain of
    /// them ends: kept by [`Inference`], which answers [`Type::Any`] beyond [`MAX_DEPTH`].
    fn nesting(&self) -> Option<&Cell<u16>> {
        None
    }
}

/// An environment where nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Environment for Nothing {}

/// Beyond this depth nothing is said. Real expressions are a dozen deep.
pub const MAX_DEPTH: u16 = 128;

/// The types of one template's nodes, found when they are asked for and remembered.
pub struct Inference<'t, E: ?Sized> {
    template: &'t Template,
    environment: &'t E,
    /// How deep the question is that this answers.
    base: u16,
    known: RefCell<Vec<Option<Type>>>,
}

impl<'t, E: Environment + ?Sized> Inference<'t, E> {
    /// Types of `template` where names stand for what `environment` says.
    pub fn new(template: &'t Template, environment: &'t E) -> Self {
        Self {
            template,
            environment,
            base: environment.nesting().map_or(0, Cell::get),
            known: RefCell::default(),
        }
    }

    /// The template.
    pub fn template(&self) -> &'t Template {
        self.template
    }

    /// The type of the whole string.
    pub fn whole(&self) -> Type {
        match &self.template.kind {
            TemplateKind::Literal(_) | TemplateKind::Interpolation(_) => Type::String,
            TemplateKind::Expression(Some(root)) => self.of(*root),
            TemplateKind::Expression(None) => Type::Any,
        }
    }

    /// The type of a node.
    pub fn of(&self, id: ExprId) -> Type {
        self.at(id, 0)
    }

    /// As [`Inference::of`], `depth` calls further in.
    pub(super) fn at(&self, id: ExprId, depth: u16) -> Type {
        match &self.template.node(id).kind {
            NodeKind::Null => return Type::Null,
            NodeKind::Bool(_) => return Type::Boolean,
            NodeKind::Int(_) => return Type::Integer,
            NodeKind::Float(_) => return Type::Float,
            NodeKind::Str(_) => return Type::String,
            NodeKind::Missing | NodeKind::Error { .. } => return Type::Any,
            NodeKind::Call(_) | NodeKind::Dot { .. } | NodeKind::Index { .. } => {}
        }
        if self.base.saturating_add(depth) > MAX_DEPTH {
            return Type::Any;
        }
        if let Some(Some(known)) = self.known.borrow().get(id.index()) {
            return known.clone();
        }
        let found = match &self.template.node(id).kind {
            NodeKind::Call(call) => self.call(call, depth),
            NodeKind::Dot { base, name, safe, .. } => select(&self.at(*base, depth + 1), &Key::Name(name), *safe),
            NodeKind::Index { base, index, safe, .. } => {
                let key = self.key(*index, depth);
                select(&self.at(*base, depth + 1), &key, *safe)
            }
            _ => Type::Any,
        };
        let mut known = self.known.borrow_mut();
        if known.is_empty() {
            known.resize(self.template.nodes.len(), None);
        }
        known[id.index()] = Some(found.clone());
        found
    }

    /// What stands in the brackets of an accessor.
    pub(super) fn key(&self, index: ExprId, depth: u16) -> Key<'t> {
        match &self.template.node(index).kind {
            NodeKind::Str(literal) => Key::Name(&literal.value),
            NodeKind::Int(_) => Key::Position,
            NodeKind::Missing | NodeKind::Error { .. } => Key::Unknown,
            _ => match self.at(index, depth + 1) {
                Type::Integer => Key::Position,
                _ => Key::Unknown,
            },
        }
    }

    fn call(&self, call: &Call, depth: u16) -> Type {
        let Some(function) = call.function else {
            return Type::Any;
        };
        // Which argument is meant for which parameter is not known.
        if call.recovered || !call.closed || !function.takes(call.args.len()) {
            return functions::result(function);
        }
        if let Some(reference) = &function.reference {
            let name = reference
                .arg_index
                .and_then(|index| self.template.node(*call.args.get(index)?).as_str());
            let Some(nesting) = self.environment.nesting() else {
                return self.reference(reference.kind, &function.name, name);
            };
            let before = nesting.replace(self.base.saturating_add(depth).saturating_add(1));
            let found = self.reference(reference.kind, &function.name, name);
            nesting.set(before);
            return found;
        }
        functions::of_call(self, function, &call.args, depth)
    }

    fn reference(&self, kind: ReferenceKind, function: &str, name: Option<&str>) -> Type {
        let environment = self.environment;
        let named = |ask: fn(&E, &str) -> Type| name.map_or(Type::Any, |name| ask(environment, name));
        match (kind, function) {
            (ReferenceKind::Variable, _) => named(E::variable),
            (ReferenceKind::Parameter, _) => named(E::parameter),
            (ReferenceKind::Action, "outputs" | "actionOutputs") => named(E::outputs),
            (ReferenceKind::Action, "body" | "actionBody") => named(E::body),
            (ReferenceKind::Action, "actions") => record(named(E::outputs)),
            (ReferenceKind::Action | ReferenceKind::Trigger, "formDataValue" | "triggerFormDataValue") => Type::String,
            (ReferenceKind::Scope, _) => Type::array(record(Type::Any)),
            (ReferenceKind::Foreach, _) => named(E::items),
            (ReferenceKind::Until, _) => Type::Integer,
            (ReferenceKind::Item, _) => environment.item(),
            (ReferenceKind::Trigger, "triggerOutputs") => environment.trigger_outputs(),
            (ReferenceKind::Trigger, "triggerBody") => environment.trigger_body(),
            (ReferenceKind::Trigger, "trigger") => record(environment.trigger_outputs()),
            (ReferenceKind::Own, _) => record(Type::Any),
            (ReferenceKind::Workflow, "workflow") => workflow(),
            (ReferenceKind::Workflow, "listCallbackUrl") | (ReferenceKind::AppSetting, _) => Type::String,
            _ => Type::Any,
        }
    }
}

/// What stands in the brackets, or behind the dot, of an accessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'t> {
    /// A property's name.
    Name(&'t str),
    /// A whole number.
    Position,
    /// Something else.
    Unknown,
}

impl Key<'_> {
    /// Whether it can pick an item of a list: texts of digits do as well.
    pub fn picks_items(&self) -> bool {
        match self {
            Key::Name(name) => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()),
            Key::Position | Key::Unknown => true,
        }
    }
}

/// What `base[key]` gives, or `base?[key]` where it is `safe`.
pub(super) fn select(base: &Type, key: &Key<'_>, safe: bool) -> Type {
    // Without the question mark a read from null fails: nobody sees what it gives.
    let certain;
    let base = if safe {
        base
    } else {
        certain = base.clone().without_null();
        &certain
    };
    base.map(&mut |one| match (one, key) {
        (Type::Null, _) if safe => Type::Null,
        (Type::Object(object), Key::Name(name)) => property(object, name, safe),
        (Type::Array(_), key) => match one.item() {
            Some(item) if key.picks_items() && safe => item.clone().or_null(),
            Some(item) if key.picks_items() => item.clone(),
            _ => Type::Any,
        },
        _ => Type::Any,
    })
}

fn property(object: &ObjectType, name: &str, safe: bool) -> Type {
    let value = |found: &Property| if safe { found.read() } else { found.value.clone() };
    match object.find(name) {
        Found::Property(found) => value(found),
        // `body/value` reads `value` of `body`.
        other if name.contains('/') => {
            let (first, rest) = name.split_once('/').unwrap_or_default();
            match (object.find(first), other) {
                (Found::Property(found), _) => select(&value(found), &Key::Name(rest), safe),
                (_, Found::Each(each)) => each.clone().or_null(),
                _ => Type::Any,
            }
        }
        Found::Each(each) if safe => each.clone().or_null(),
        Found::Each(each) => each.clone(),
        Found::Absent if safe => Type::Null,
        Found::Absent | Found::Unlisted => Type::Any,
    }
}

/// What `actions('…')`, `trigger()` and the entries of `result('…')` are.
fn record(outputs: Type) -> Type {
    let text = |name| Property::new(name, Type::String, false);
    let error = Type::object(ObjectType::new(
        vec![text("code"), text("message")],
        Rest::Each(Type::Any),
    ));
    let properties = vec![
        text("name"),
        Property::new("inputs", Type::Any, false),
        Property::new("outputs", outputs, false),
        text("startTime"),
        text("endTime"),
        text("trackingId"),
        text("clientTrackingId"),
        text("code"),
        text("status"),
        Property::new("error", error, false),
    ];
    // What a run records of an action nobody has written down as a whole.
    Type::claimed(Type::object(ObjectType::new(properties, Rest::Each(Type::Any))))
}

fn workflow() -> Type {
    let text = |name| Property::new(name, Type::String, false);
    let object = |properties| Type::object(ObjectType::new(properties, Rest::Each(Type::Any)));
    let tags = object(vec![
        text("flowDisplayName"),
        text("environmentName"),
        text("logicAppName"),
        text("xrmWorkflowId"),
    ]);
    let run = object(vec![text("id"), text("name"), text("type")]);
    Type::claimed(object(vec![
        text("id"),
        text("name"),
        text("type"),
        text("location"),
        Property::new("tags", tags, false),
        Property::new("run", run, false),
    ]))
}
