//! What values carry: expressions and the JSON around them, given what triggers, actions and variables carry so far.

use std::cell::RefCell;
use std::rc::Rc;

use expr::{Call, ExprId, NodeKind, ReferenceKind, Template, TemplateKind};
use model::flow::data_paths::{Danger, SourceKind};
use model::flow::{ActionId, FlowView, Owner, StringSite};
use rustc_hash::FxHashMap;
use syntax::json::{Kind, NodeId, Value};

use super::functions;
use super::guards::{Guards, Limit};
use super::marks::{Marks, Shape};
use super::sources::{Label, Origin, Sources};
use super::trail::Words;
use super::uses::Steps;
use super::variables::Writes;
use crate::order::Order;

/// What is known of a flow: its beginnings, and what each action is given and gives.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Beginnings are told apart by field when a field is first read, so reading adds some.
    pub sources: RefCell<Sources>,
    /// By action: what its output carries; of loops their item, of what sets a variable the value.
    pub outputs: Vec<Rc<Shape>>,
    /// What actions are given, for those whose inputs somebody reads.
    pub given: FxHashMap<ActionId, Shape>,
    pub writes: Writes,
    /// When data of a beginning first reached a part of an action, for each danger.
    pub arrivals: FxHashMap<(Part, Danger, u8), u32>,
    pub guards: Guards,
    pub steps: Steps,
    pub words: Words,
    /// What nodes of strings carry, remembered when nothing is added to what actions give any more.
    pub settled: Option<RefCell<FxHashMap<(NodeId, ExprId), Marks>>>,
}

/// A part of an action that carries something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Output(ActionId),
    /// What it is given, as `result('…')` and `actions('…')` show it.
    Given(ActionId),
}

/// Where a value comes out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Trigger,
    Action(ActionId),
}

/// A value that is being read.
enum Read<'a> {
    Shape(Shape),
    Known(&'a Shape),
    /// A body whose beginnings are told apart by member: `body('…')`, with the members read from it, joined by `/`.
    Body(From, String),
    /// `outputs('…')`, of which the body is a member.
    Outputs(From),
    /// `actions('…')`, of which the outputs are a member.
    Record(From),
}

/// Members of what callers give and child flows answer are told apart to this depth.
pub(super) const MAX_MEMBERS: usize = 3;

/// Expressions and values are read to this depth.
const MAX_DEPTH: u16 = 100;

/// Reads values of one flow.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub view: FlowView<'a>,
    pub order: &'a Order,
    pub state: &'a State,
}

impl<'a> Reader<'a> {
    /// What a node of a string carries.
    pub(super) fn marks(&self, site: &StringSite, node: ExprId) -> Marks {
        let Some(settled) = &self.state.settled else {
            return self.flat(&self.eval(site, node, 0));
        };
        let key = (site.node, node);
        if let Some(known) = settled.borrow().get(&key) {
            return *known;
        }
        let marks = self.flat(&self.eval(site, node, 0));
        settled.borrow_mut().insert(key, marks);
        marks
    }

    /// What a whole string carries.
    fn of_site(&self, site: &StringSite) -> Shape {
        match &site.info.template.kind {
            TemplateKind::Expression(Some(root)) => self.shaped(self.eval(site, *root, 0)),
            _ => {
                let roots = site.info.template.roots().iter();
                Shape::plain(roots.fold(Marks::default(), |all, root| all.union(self.marks(site, *root))))
            }
        }
    }

    /// What a JSON value of a trigger or action carries.
    pub(super) fn value(&self, owner: Owner, value: Value<'a>) -> Shape {
        self.value_at(owner, value, 0)
    }

    fn value_at(&self, owner: Owner, value: Value<'a>, depth: u16) -> Shape {
        if depth > MAX_DEPTH {
            return Shape::default();
        }
        match value.kind() {
            Kind::String => match self.view.body.site(owner, value.id()) {
                Some(site) => self.of_site(site),
                None => Shape::default(),
            },
            Kind::Array => {
                let mut all = Shape::default();
                for item in value.items() {
                    all.join(&self.value_at(owner, item, depth + 1));
                }
                all
            }
            Kind::Object => {
                let mut all = Shape::default();
                for member in value.members() {
                    let Some(inner) = member.value else { continue };
                    let shape = self.value_at(owner, inner, depth + 1);
                    match member.key.as_str() {
                        Some(key) if expr::is_plain(&key) => all.set(&key, shape),
                        _ => all.spread(shape.all().union(self.value_at(owner, member.key, depth + 1).all())),
                    }
                }
                all
            }
            _ => Shape::default(),
        }
    }

    /// A member of an action's value, by path.
    pub(super) fn member(&self, id: ActionId, path: &[&str]) -> Option<Value<'a>> {
        self.view
            .tree
            .value(self.view.text, self.view.body.action(id).node)?
            .path(path)
    }

    fn label(&self, origin: Origin, kind: Option<SourceKind>) -> Marks {
        let mut sources = self.state.sources.borrow_mut();
        sources.label(Label { origin, kind }).unwrap_or_default()
    }

    fn of_trigger(&self, field: Option<&str>) -> Marks {
        let (matters, connector) = {
            let entry = &self.state.sources.borrow().entry;
            (entry.trust.is_some() || entry.callable, entry.connector.clone())
        };
        let own = match matters {
            true => self.label(Origin::Trigger(field.map(Into::into)), None),
            false => Marks::default(),
        };
        match connector {
            Some(name) => {
                let kind = SourceKind::Connector(name.clone());
                own.union(self.label(Origin::Connector(name), Some(kind)))
            }
            None => own,
        }
    }

    fn is_call(&self, id: ActionId) -> bool {
        self.state.sources.borrow().calls.iter().any(|(call, _)| *call == id)
    }

    /// A body, of which nothing is read yet.
    fn body(&self, from: From) -> Read<'a> {
        match from {
            From::Trigger if self.state.sources.borrow().entry.callable => Read::Body(from, String::new()),
            From::Trigger => {
                let mut shape = Shape::plain(self.of_trigger(None));
                for name in self.state.sources.borrow().entry.harmless {
                    shape.set(name, Shape::default());
                }
                Read::Shape(shape)
            }
            From::Action(id) if self.is_call(id) => Read::Body(from, String::new()),
            From::Action(id) => Read::Known(self.output(id)),
        }
    }

    /// Members of a body whose beginnings are told apart by them.
    fn labelled(&self, from: From, members: &str) -> Shape {
        let field = Some(members).filter(|members| !members.is_empty());
        match from {
            From::Trigger => Shape::plain(self.of_trigger(field)),
            From::Action(id) => {
                let mut shape = self.output(id).clone();
                if let Some(members) = field {
                    shape = members.split('/').fold(shape, |shape, name| shape.read(name));
                }
                shape.join(&Shape::plain(
                    self.label(Origin::Answer(id, field.map(Into::into)), None),
                ));
                shape
            }
        }
    }

    fn output(&self, id: ActionId) -> &'a Shape {
        &self.state.outputs[id.0 as usize]
    }

    /// What an action says of its run: one of the items of `result('…')`.
    fn record(&self, id: ActionId) -> Shape {
        let body = self.shaped(self.body(From::Action(id)));
        let outputs = match self.view.body.action(id).is("Compose") {
            true => body,
            false => Shape::within("body", body),
        };
        let mut record = Shape::within("outputs", outputs);
        if let Some(given) = self.state.given.get(&id) {
            record.set("inputs", given.clone());
        }
        record
    }

    fn shaped(&self, read: Read<'a>) -> Shape {
        match read {
            Read::Shape(shape) => shape,
            Read::Known(shape) => shape.clone(),
            Read::Body(from, members) => self.labelled(from, &members),
            Read::Record(From::Action(id)) => self.record(id),
            Read::Outputs(from) | Read::Record(from) => self.shaped(self.body(from)),
        }
    }

    fn flat(&self, read: &Read<'a>) -> Marks {
        match read {
            Read::Shape(shape) => shape.all(),
            Read::Known(shape) => shape.all(),
            Read::Body(from, members) => self.labelled(*from, members).all(),
            Read::Record(From::Action(id)) => self.record(*id).all(),
            Read::Outputs(from) | Read::Record(from) => self.flat(&self.body(*from)),
        }
    }

    /// A member of what is read. The designer writes the way to a member into one name, too: `['body/value']`.
    fn field(&self, read: Read<'a>, name: &str) -> Read<'a> {
        match (read, name.split_once('/')) {
            (Read::Shape(shape), Some((head, rest))) if !shape.lists(name) => {
                self.field(self.field(Read::Shape(shape), head), rest)
            }
            (Read::Known(shape), Some((head, rest))) if !shape.lists(name) => {
                self.field(self.field(Read::Known(shape), head), rest)
            }
            (read @ (Read::Body(..) | Read::Outputs(_) | Read::Record(_)), Some((head, rest))) => {
                self.field(self.field(read, head), rest)
            }
            (read, _) => self.one_field(read, name),
        }
    }

    fn one_field(&self, read: Read<'a>, name: &str) -> Read<'a> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match read {
            Read::Shape(shape) if is("value") && !shape.lists(name) => Read::Shape(shape),
            Read::Shape(shape) => Read::Shape(shape.read(name)),
            // Services put their lists into `value`, which is as what it stands in.
            Read::Known(shape) if is("value") && !shape.lists(name) => Read::Known(shape),
            Read::Known(shape) => shape
                .member(name)
                .map_or_else(|| Read::Shape(shape.read(name)), Read::Known),
            Read::Body(from, mut members) => {
                if members.is_empty() {
                    members.push_str(name);
                } else if members.matches('/').count() + 1 < MAX_MEMBERS {
                    members.push('/');
                    members.push_str(name);
                }
                Read::Body(from, members)
            }
            Read::Outputs(from) => {
                if is("body") {
                    return self.body(from);
                }
                let callers = ["headers", "queries", "relativePathParameters", "formData"];
                let of_caller = from == From::Trigger && callers.iter().any(|known| is(known));
                match of_caller && self.state.sources.borrow().entry.headers {
                    true => Read::Shape(Shape::plain(self.of_trigger(Some(name)))),
                    false => Read::Shape(Shape::default()),
                }
            }
            Read::Record(from) if is("outputs") => self.outputs(from),
            Read::Record(From::Action(id)) if is("inputs") => match self.state.given.get(&id) {
                Some(given) => Read::Known(given),
                None => Read::Shape(Shape::default()),
            },
            Read::Record(_) => Read::Shape(Shape::default()),
        }
    }

    fn outputs(&self, from: From) -> Read<'a> {
        match from {
            // What a Compose gives has no body.
            From::Action(id) if self.view.body.action(id).is("Compose") => self.body(from),
            _ => Read::Outputs(from),
        }
    }

    fn eval(&self, site: &StringSite, node: ExprId, depth: u16) -> Read<'a> {
        let template = &site.info.template;
        if depth > MAX_DEPTH {
            return Read::Shape(Shape::default());
        }
        let kind = &template.node(node).kind;
        if matches!(kind, NodeKind::Call(_) | NodeKind::Dot { .. } | NodeKind::Index { .. }) {
            match self.limit(site, node) {
                Some(Limit::Known) => return Read::Shape(Shape::default()),
                Some(Limit::Number) => {
                    let read = self.eval_open(site, node, depth);
                    return Read::Shape(Shape::plain(self.flat(&read).tamed()));
                }
                None => {}
            }
        }
        self.eval_open(site, node, depth)
    }

    /// The same where no condition speaks of it.
    fn eval_open(&self, site: &StringSite, node: ExprId, depth: u16) -> Read<'a> {
        let template = &site.info.template;
        match &template.node(node).kind {
            NodeKind::Call(call) => self.call(site, template, call, depth),
            NodeKind::Dot { base, name, .. } => self.field(self.eval(site, *base, depth + 1), name),
            NodeKind::Index { base, index, .. } => {
                let base = self.eval(site, *base, depth + 1);
                match &template.node(*index).kind {
                    NodeKind::Str(name) => self.field(base, &name.value),
                    // An item of a list is as the list.
                    NodeKind::Int(_) => base,
                    _ => Read::Shape(Shape::plain(self.flat(&base))),
                }
            }
            NodeKind::Error { parts } => self.union(site, parts, depth),
            _ => Read::Shape(Shape::default()),
        }
    }

    fn union(&self, site: &StringSite, nodes: &[ExprId], depth: u16) -> Read<'a> {
        Read::Shape(Shape::plain(self.all(site, nodes, depth)))
    }

    fn all(&self, site: &StringSite, nodes: &[ExprId], depth: u16) -> Marks {
        nodes.iter().fold(Marks::default(), |all, node| {
            all.union(self.flat(&self.eval(site, *node, depth + 1)))
        })
    }

    fn joined(&self, site: &StringSite, nodes: &[ExprId], depth: u16) -> Read<'a> {
        if let [one] = nodes {
            return self.eval(site, *one, depth + 1);
        }
        let mut all = Shape::default();
        for node in nodes {
            match self.eval(site, *node, depth + 1) {
                Read::Known(shape) => all.join(shape),
                read => all.join(&self.shaped(read)),
            }
        }
        Read::Shape(all)
    }

    fn call(&self, site: &StringSite, template: &Template, call: &Call, depth: u16) -> Read<'a> {
        let Some(function) = call.function else {
            return self.union(site, &call.args, depth);
        };
        if let Some(reference) = &function.reference {
            return self.reference(site, template, call, reference.kind, &function.name);
        }
        let arg = |at: usize| call.args.get(at..=at).unwrap_or(&[]);
        let literal = |at: usize| template.node(*call.args.get(at)?).as_str();
        match function.name.as_str() {
            "first" | "last" | "take" | "skip" | "reverse" | "sort" | "json" | "string" | "xml" => {
                self.joined(site, arg(0), depth)
            }
            "coalesce" | "union" | "intersection" | "createArray" | "array" | "mergeObjects" => {
                self.joined(site, &call.args, depth)
            }
            "if" => self.either(site, call, depth),
            "createObject" => {
                let mut shape = Shape::default();
                for at in (0..call.args.len()).step_by(2) {
                    let inner = self.shaped(self.joined(site, arg(at + 1), depth));
                    match literal(at) {
                        Some(name) => shape.set(name, inner),
                        None => shape.spread(inner.all()),
                    }
                }
                Read::Shape(shape)
            }
            "setProperty" | "addProperty" | "removeProperty" => {
                let mut shape = self.shaped(self.joined(site, arg(0), depth));
                let new = match arg(2) {
                    [] => Shape::default(),
                    new => self.shaped(self.joined(site, new, depth)),
                };
                match literal(1) {
                    Some(name) => shape.set(name, new),
                    None => shape.spread(new.all()),
                }
                Read::Shape(shape)
            }
            "replace" => {
                let left = functions::replaced(self.all(site, arg(0), depth), literal(1), literal(2));
                Read::Shape(Shape::plain(left.union(self.all(site, arg(2), depth))))
            }
            name => {
                let given = self.all(site, &call.args, depth);
                Read::Shape(Shape::plain(functions::result(function, name, given, &literal)))
            }
        }
    }

    /// `if(…)`: in each branch, what its condition says of a value is known.
    fn either(&self, site: &StringSite, call: &Call, depth: u16) -> Read<'a> {
        let mut all = Shape::default();
        for (at, truth) in [(1, true), (2, false)] {
            let (Some(condition), Some(node)) = (call.args.first(), call.args.get(at)) else {
                continue;
            };
            let before = self.enter(site, *condition, truth);
            all.join(&self.shaped(self.eval(site, *node, depth + 1)));
            self.state.guards.leave(before);
        }
        Read::Shape(all)
    }

    fn reference(
        &self,
        site: &StringSite,
        template: &Template,
        call: &Call,
        kind: ReferenceKind,
        function: &str,
    ) -> Read<'a> {
        let nothing = Read::Shape(Shape::default());
        let named = |at: usize| call.args.get(at).and_then(|arg| template.node(*arg).as_str());
        let action = |name: &str| self.order.named(self.view.body, name).next();
        match kind {
            ReferenceKind::Trigger => match function {
                "trigger" | "triggers" => Read::Record(From::Trigger),
                "triggerOutputs" => Read::Outputs(From::Trigger),
                "triggerBody" => self.body(From::Trigger),
                _ => Read::Shape(Shape::plain(self.of_trigger(named(0)))),
            },
            ReferenceKind::Action => {
                let Some(id) = named(0).and_then(action) else {
                    return nothing;
                };
                let from = From::Action(id);
                match function {
                    "actions" => Read::Record(from),
                    "outputs" | "actionOutputs" => self.outputs(from),
                    "formDataValue" | "formDataMultiValues" => match named(1) {
                        Some(key) => self.field(self.body(from), key),
                        None => self.body(from),
                    },
                    _ => self.body(from),
                }
            }
            ReferenceKind::Scope => {
                let mut all = Shape::default();
                for id in named(0).and_then(action).into_iter().flat_map(|id| self.inside(id)) {
                    all.join(&self.record(id));
                }
                Read::Shape(all)
            }
            ReferenceKind::Foreach => named(0)
                .and_then(action)
                .map_or(nothing, |id| Read::Known(self.output(id))),
            ReferenceKind::Item => match self.item_source(site) {
                Item::Row(list) => Read::Shape(self.value(site.owner, list)),
                Item::Loop(id) => Read::Known(self.output(id)),
                Item::None => nothing,
            },
            ReferenceKind::Variable => {
                let writes = named(0).map(|name| self.state.writes.reaching(self, name, site.owner));
                match writes.as_deref() {
                    Some([one]) => Read::Known(self.output(*one)),
                    Some(all) => {
                        let mut joined = Shape::default();
                        all.iter().for_each(|write| joined.join(self.output(*write)));
                        Read::Shape(joined)
                    }
                    None => nothing,
                }
            }
            _ => nothing,
        }
    }

    /// The actions of which `result('…')` tells: those that stand directly in a container.
    pub(super) fn inside(&self, id: ActionId) -> impl Iterator<Item = ActionId> + use<'a> {
        let blocks = self.view.body.blocks.iter();
        blocks
            .filter(move |block| block.owner == Some(id))
            .flat_map(|block| block.actions.iter().copied())
    }

    /// What `item()` means where a string stands.
    pub(super) fn item_source(&self, site: &StringSite) -> Item<'a> {
        let Owner::Action(id) = site.owner else {
            return Item::None;
        };
        let body = self.view.body;
        let action = body.action(id);
        if ["Select", "Query", "Table"].iter().any(|kind| action.is(kind))
            && let Some(from) = self.member(id, &["inputs", "from"])
            && !from.span().contains_span(site.span)
        {
            return Item::Row(from);
        }
        match body.ancestors(id).find(|outer| body.action(*outer).is("Foreach")) {
            Some(around) => Item::Loop(around),
            None => Item::None,
        }
    }
}

/// What `item()` stands for.
pub(super) enum Item<'a> {
    /// A row of the action's own list.
    Row(Value<'a>),
    /// The item of a loop.
    Loop(ActionId),
    None,
}
