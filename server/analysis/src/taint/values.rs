//! What values carry: expressions and the JSON around them, given what triggers, actions and variables carry so far.

use std::cell::RefCell;
use std::rc::Rc;

use expr::{Call, ExprId, NodeKind, ReferenceKind, Template, TemplateKind};
use model::flow::data_paths::Danger;
use model::flow::{ActionId, FlowView, Owner, StringSite};
use rustc_hash::FxHashMap;
use syntax::json::{Kind, Value};

use super::marks::{Marks, Shape};
use super::sources::{Label, Origin, Sources};
use super::variables::Writes;
use crate::order::Order;

/// What is known of a flow: its beginnings, and what each action's output carries.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Beginnings are told apart by field when a field is first read, so reading adds some.
    pub sources: RefCell<Sources>,
    /// By action: what its output carries; of loops their item, of what sets a variable the value.
    pub outputs: Vec<Rc<Shape>>,
    pub writes: Writes,
    /// When data of a beginning first reached an action's output, for each danger.
    pub arrivals: FxHashMap<(ActionId, Danger, u8), u32>,
}

/// Where a value comes out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Trigger,
    Action(ActionId),
}

/// A value that is being read.
enum Read {
    Shape(Shape),
    /// `body('…')`
    Body(From),
    /// `outputs('…')`, of which the body is a member.
    Outputs(From),
    /// `actions('…')`, of which the outputs are a member.
    Record(From),
}

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
        self.flat(self.eval(site, node, 0))
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
                    let marks = self.value_at(owner, inner, depth + 1).all();
                    match member.key.as_str() {
                        Some(key) if expr::is_plain(&key) => all.set(&key, marks),
                        _ => all.spread(marks.union(self.value_at(owner, member.key, depth + 1).all())),
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

    fn label(&self, origin: Origin, kind: Option<model::flow::data_paths::SourceKind>) -> Marks {
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
                let kind = model::flow::data_paths::SourceKind::Connector(name.clone());
                own.union(self.label(Origin::Connector(name), Some(kind)))
            }
            None => own,
        }
    }

    fn is_call(&self, id: ActionId) -> bool {
        self.state.sources.borrow().calls.iter().any(|(call, _)| *call == id)
    }

    fn body(&self, from: From) -> Shape {
        match from {
            From::Trigger => {
                let mut shape = Shape::plain(self.of_trigger(None));
                for name in self.state.sources.borrow().entry.harmless {
                    shape.set(name, Marks::default());
                }
                shape
            }
            From::Action(id) => {
                let mut shape = self.output(id).clone();
                if self.is_call(id) {
                    shape.spread(self.label(Origin::Answer(id, None), None));
                }
                shape
            }
        }
    }

    fn output(&self, id: ActionId) -> &'a Shape {
        &self.state.outputs[id.0 as usize]
    }

    fn shaped(&self, read: Read) -> Shape {
        match read {
            Read::Shape(shape) => shape,
            Read::Body(from) | Read::Outputs(from) | Read::Record(from) => self.body(from),
        }
    }

    fn flat(&self, read: Read) -> Marks {
        self.shaped(read).all()
    }

    /// A member of what is read.
    fn field(&self, read: Read, name: &str) -> Read {
        match read {
            Read::Shape(shape) => Read::Shape(of_shape(shape, name)),
            Read::Body(From::Trigger) if self.state.sources.borrow().entry.callable => {
                Read::Shape(Shape::plain(self.of_trigger(Some(name))))
            }
            Read::Body(From::Action(id)) if self.is_call(id) => {
                let answer = self.label(Origin::Answer(id, Some(name.into())), None);
                Read::Shape(Shape::plain(answer.union(self.output(id).read(name))))
            }
            Read::Body(From::Action(id)) if self.output(id).lists(name) => {
                Read::Shape(Shape::plain(self.output(id).read(name)))
            }
            Read::Body(from) => Read::Shape(of_shape(self.body(from), name)),
            Read::Outputs(from) => {
                let is = |known: &str| name.eq_ignore_ascii_case(known);
                if is("body") {
                    return Read::Body(from);
                }
                // The designer writes the path into one name: `outputs('…')?['body/value']`.
                if let Some(rest) = name.get(5..).filter(|_| name[..5].eq_ignore_ascii_case("body/")) {
                    let first = rest.split('/').next().unwrap_or(rest);
                    return self.field(Read::Body(from), first);
                }
                let callers = ["headers", "queries", "relativePathParameters", "formData"];
                let of_caller = from == From::Trigger && callers.iter().any(|known| is(known));
                match of_caller && self.state.sources.borrow().entry.headers {
                    true => Read::Shape(Shape::plain(self.of_trigger(Some(name)))),
                    false => Read::Shape(Shape::default()),
                }
            }
            Read::Record(from) if name.eq_ignore_ascii_case("outputs") => self.outputs(from),
            Read::Record(from) => match name.split_once('/') {
                Some((head, rest)) if head.eq_ignore_ascii_case("outputs") => self.field(self.outputs(from), rest),
                _ => Read::Shape(Shape::default()),
            },
        }
    }

    fn outputs(&self, from: From) -> Read {
        match from {
            // What a Compose gives has no body.
            From::Action(id) if self.view.body.action(id).is("Compose") => Read::Body(from),
            _ => Read::Outputs(from),
        }
    }

    fn eval(&self, site: &StringSite, node: ExprId, depth: u16) -> Read {
        let template = &site.info.template;
        if depth > MAX_DEPTH {
            return Read::Shape(Shape::default());
        }
        match &template.node(node).kind {
            NodeKind::Call(call) => self.call(site, template, call, depth),
            NodeKind::Dot { base, name, .. } => self.field(self.eval(site, *base, depth + 1), name),
            NodeKind::Index { base, index, .. } => {
                let base = self.eval(site, *base, depth + 1);
                match &template.node(*index).kind {
                    NodeKind::Str(name) => self.field(base, &name.value),
                    // An item of a list is as the list.
                    NodeKind::Int(_) => base,
                    _ => Read::Shape(Shape::plain(self.flat(base))),
                }
            }
            NodeKind::Error { parts } => self.union(site, parts, depth),
            _ => Read::Shape(Shape::default()),
        }
    }

    fn union(&self, site: &StringSite, nodes: &[ExprId], depth: u16) -> Read {
        let marks = nodes.iter().fold(Marks::default(), |all, node| {
            all.union(self.flat(self.eval(site, *node, depth + 1)))
        });
        Read::Shape(Shape::plain(marks))
    }

    fn joined(&self, site: &StringSite, nodes: &[ExprId], depth: u16) -> Read {
        let mut all = Shape::default();
        for node in nodes {
            all.join(&self.shaped(self.eval(site, *node, depth + 1)));
        }
        Read::Shape(all)
    }

    fn call(&self, site: &StringSite, template: &Template, call: &Call, depth: u16) -> Read {
        let Some(function) = call.function else {
            return self.union(site, &call.args, depth);
        };
        if let Some(reference) = &function.reference {
            return self.reference(site, template, call, reference.kind, &function.name);
        }
        let arg = |at: usize| call.args.get(at..=at).unwrap_or(&[]);
        let literal = |at: usize| Some(template.node(*call.args.get(at)?).as_str()?.to_owned());
        let all = || match self.union(site, &call.args, depth) {
            Read::Shape(shape) => shape.all(),
            _ => Marks::default(),
        };
        let plain = |marks| Read::Shape(Shape::plain(marks));
        match function.name.as_str() {
            "first" | "last" | "take" | "skip" | "reverse" | "sort" | "json" | "string" | "xml" => {
                self.joined(site, arg(0), depth)
            }
            "coalesce" | "union" | "intersection" | "createArray" | "array" => self.joined(site, &call.args, depth),
            "if" => self.joined(site, call.args.get(1..).unwrap_or(&[]), depth),
            "setProperty" | "addProperty" | "removeProperty" => {
                let mut shape = self.shaped(self.joined(site, arg(0), depth));
                let new = self.flat(self.union(site, arg(2), depth));
                match literal(1) {
                    Some(name) => shape.set(&name, new),
                    None => shape.spread(new),
                }
                Read::Shape(shape)
            }
            "replace" => {
                let mut marks = self.flat(self.union(site, arg(0), depth));
                if literal(1).is_some_and(|from| from.contains('\'')) {
                    marks = marks.without(&[Danger::Quotes]);
                }
                let escapes = |to: String| {
                    ["&lt;", "&amp;", "&quot;", "&apos;", "&#"]
                        .iter()
                        .any(|e| to.contains(e))
                };
                if literal(1).is_some_and(|from| from.contains('<')) || literal(2).is_some_and(escapes) {
                    marks = marks.without(&[Danger::Markup]);
                }
                plain(marks.union(self.flat(self.union(site, arg(2), depth))))
            }
            "encodeUriComponent" | "uriComponent" | "base64" | "formatNumber" | "binary" => plain(all().tamed()),
            "decodeUriComponent" | "uriComponentToString" | "base64ToString" | "decodeBase64" => plain(all().untamed()),
            "length" | "utf8Length" | "utf16Length" | "indexOf" | "lastIndexOf" | "nthIndexOf" | "uriPort" | "rand"
            | "range" | "guid" | "utcNow" => plain(Marks::default()),
            _ if function.returns.iter().all(|kind| kind == "boolean") => plain(Marks::default()),
            _ if function.category == "dateTime" || is_number(&function.returns) => plain(all().tamed()),
            _ => plain(all()),
        }
    }

    fn reference(
        &self,
        site: &StringSite,
        template: &Template,
        call: &Call,
        kind: ReferenceKind,
        function: &str,
    ) -> Read {
        let nothing = Read::Shape(Shape::default());
        let named = |at: usize| call.args.get(at).and_then(|arg| template.node(*arg).as_str());
        match kind {
            ReferenceKind::Trigger => match function {
                "trigger" | "triggers" => Read::Record(From::Trigger),
                "triggerOutputs" => Read::Outputs(From::Trigger),
                "triggerBody" => Read::Body(From::Trigger),
                _ => Read::Shape(Shape::plain(self.of_trigger(named(0)))),
            },
            ReferenceKind::Action => {
                let Some(id) = named(0).and_then(|name| self.order.named(self.view.body, name).next()) else {
                    return nothing;
                };
                let from = From::Action(id);
                match function {
                    "actions" => Read::Record(from),
                    "outputs" | "actionOutputs" => self.outputs(from),
                    _ => Read::Body(from),
                }
            }
            ReferenceKind::Foreach => {
                let id = named(0).and_then(|name| self.order.named(self.view.body, name).next());
                id.map_or(nothing, |id| Read::Shape(self.output(id).clone()))
            }
            ReferenceKind::Item => match self.item_source(site) {
                Item::Row(list) => Read::Shape(self.value(site.owner, list)),
                Item::Loop(id) => Read::Shape(self.output(id).clone()),
                Item::None => nothing,
            },
            ReferenceKind::Variable => match named(0) {
                Some(name) => {
                    let mut all = Shape::default();
                    for write in self.state.writes.reaching(self, name, site.owner).iter() {
                        all.join(self.output(*write));
                    }
                    Read::Shape(all)
                }
                None => nothing,
            },
            _ => nothing,
        }
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

/// A member of a value; `value`, in which services put their lists, is as what it stands in.
fn of_shape(shape: Shape, name: &str) -> Shape {
    if name.eq_ignore_ascii_case("value") && !shape.lists(name) {
        return shape;
    }
    Shape::plain(shape.read(name))
}

fn is_number(returns: &[String]) -> bool {
    returns
        .iter()
        .all(|kind| matches!(kind.as_str(), "integer" | "float" | "number" | "boolean"))
}
