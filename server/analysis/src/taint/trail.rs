//! The way that data took: from a place where it is used back to where it begins, and told in words from there on.

use std::cell::RefCell;
use std::sync::Arc;

use expr::{ExprId, NodeKind, ReferenceKind, Segment, Template, TemplateKind};
use model::flow::data_paths::{Danger, Inject, PathStep, SourceKind, Trust};
use model::flow::{ActionId, FlowBody, Owner, StringSite};
use rustc_hash::FxHashMap;
use syntax::{Span, TextEdit};

use super::sources::{Origin, names_mail};
use super::uses::Hit;
use super::values::{Item, Part, Reader};
use crate::connectors;

/// A step back.
#[derive(Clone, Copy, Debug)]
struct Link {
    action: ActionId,
    site: usize,
    /// The expression that brings the data in.
    leaf: ExprId,
}

/// The way of some data to a place.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    /// From the place back.
    links: Vec<Link>,
    /// The action it begins with; `None` for the trigger.
    origin: Option<ActionId>,
}

impl Trail {
    /// The action it begins with, where nothing lies between.
    pub(super) fn straight_from(&self) -> Option<ActionId> {
        self.origin.filter(|_| self.links.len() == 1)
    }
}

/// What is said of steps, put together once for all ways that go through them.
#[derive(Debug, Default)]
pub(super) struct Words {
    used: RefCell<FxHashMap<ActionId, Arc<str>>>,
    passed: RefCell<FxHashMap<ActionId, Arc<str>>>,
}

impl Words {
    fn used(&self, id: ActionId, say: impl FnOnce() -> String) -> Arc<str> {
        let mut known = self.used.borrow_mut();
        Arc::clone(known.entry(id).or_insert_with(|| say().into()))
    }

    fn passed(&self, id: ActionId, say: impl FnOnce() -> String) -> Arc<str> {
        let mut known = self.passed.borrow_mut();
        Arc::clone(known.entry(id).or_insert_with(|| say().into()))
    }
}

/// What feeds an expression.
enum Feed {
    Origin(Option<ActionId>),
    Action(ActionId),
    /// What an action is given, as the results of a scope tell it.
    Given(ActionId),
    /// The list whose rows an action goes through.
    Rows,
}

/// Longer ways are not told.
const MAX_LINKS: usize = 24;

impl<'a> Reader<'a> {
    /// The way that data of a beginning took to a place.
    pub(super) fn trail(&self, hit: &Hit, label: usize, danger: Danger) -> Option<Trail> {
        let mut links = Vec::new();
        let (mut action, mut at) = (hit.action, hit.site);
        let mut found = self.leaf(&self.view.body.strings[at], hit.root, label, danger, u32::MAX)?;
        loop {
            let (leaf, feed) = found;
            links.push(Link { action, site: at, leaf });
            if links.len() > MAX_LINKS {
                return None;
            }
            let (within, before) = match feed {
                Feed::Origin(origin) => return Some(Trail { links, origin }),
                Feed::Action(next) => {
                    action = next;
                    (None, self.arrival(Part::Output(next), label, danger)?)
                }
                Feed::Given(next) => {
                    action = next;
                    let inputs = self.member(next, &["inputs"])?.span();
                    (Some(inputs), self.arrival(Part::Given(next), label, danger)?)
                }
                Feed::Rows => {
                    links.pop();
                    let before = self.arrival(Part::Output(action), label, danger).unwrap_or(u32::MAX);
                    (Some(self.member(action, &["inputs", "from"])?.span()), before)
                }
            };
            (at, found) = self.carrying(action, within, label, danger, before)?;
        }
    }

    fn arrival(&self, part: Part, label: usize, danger: Danger) -> Option<u32> {
        let label = u8::try_from(label).ok()?;
        self.state.arrivals.get(&(part, danger, label)).copied()
    }

    /// The string of an action by which data of a beginning comes in, and the reference in it.
    fn carrying(
        &self,
        id: ActionId,
        within: Option<Span>,
        label: usize,
        danger: Danger,
        before: u32,
    ) -> Option<(usize, (ExprId, Feed))> {
        self.view.body.sites_of(Owner::Action(id)).find_map(|at| {
            let site = &self.view.body.strings[at];
            if within.is_some_and(|span| !span.contains_span(site.span)) {
                return None;
            }
            let mut roots = site.info.template.roots().iter();
            Some((
                at,
                roots.find_map(|root| self.leaf(site, *root, label, danger, before))?,
            ))
        })
    }

    /// The reference below a node that brings data of a beginning in.
    fn leaf(
        &self,
        site: &StringSite,
        node: ExprId,
        label: usize,
        danger: Danger,
        before: u32,
    ) -> Option<(ExprId, Feed)> {
        if self.marks(site, node).with(danger) & 1 << label == 0 {
            return None;
        }
        let template = &site.info.template;
        if let Some(call) = reference_below(template, node) {
            return Some((node, self.feed(site, call, label, danger, before)?));
        }
        template
            .children(node)
            .find_map(|child| self.leaf(site, child, label, danger, before))
    }

    fn feed(&self, site: &StringSite, call: ExprId, label: usize, danger: Danger, before: u32) -> Option<Feed> {
        let template = &site.info.template;
        let call = template.node(call).as_call()?;
        let reference = call.function?.reference.as_ref()?;
        let name = call.args.first().and_then(|arg| template.node(*arg).as_str());
        let earlier = |id: ActionId| {
            let arrived = self.arrival(Part::Output(id), label, danger)?;
            (arrived < before).then_some(Feed::Action(id))
        };
        let given = |id: ActionId| {
            let arrived = self.arrival(Part::Given(id), label, danger)?;
            (arrived < before).then_some(Feed::Given(id))
        };
        match reference.kind {
            ReferenceKind::Trigger => Some(Feed::Origin(None)),
            ReferenceKind::Action => {
                let id = self.order.named(self.view.body, name?).next()?;
                match self.begins(id, label) {
                    true => Some(Feed::Origin(Some(id))),
                    false => earlier(id).or_else(|| given(id)),
                }
            }
            ReferenceKind::Scope => {
                let scope = self.order.named(self.view.body, name?).next()?;
                let mut inside = self.inside(scope);
                let begins = |id: ActionId| self.begins(id, label).then_some(Feed::Origin(Some(id)));
                self.inside(scope)
                    .find_map(begins)
                    .or_else(|| inside.find_map(|id| earlier(id).or_else(|| given(id))))
            }
            ReferenceKind::Foreach => earlier(self.order.named(self.view.body, name?).next()?),
            ReferenceKind::Item => match self.item_source(site) {
                Item::Row(_) => Some(Feed::Rows),
                Item::Loop(id) => earlier(id),
                Item::None => None,
            },
            ReferenceKind::Variable => {
                let writes = self.state.writes.reaching(self, name?, site.owner);
                writes.iter().find_map(|write| earlier(*write))
            }
            _ => None,
        }
    }

    /// Whether data of a beginning begins with an action.
    fn begins(&self, id: ActionId, label: usize) -> bool {
        let sources = self.state.sources.borrow();
        match sources.labels.get(label).map(|label| &label.origin) {
            Some(Origin::Action(own) | Origin::Answer(own, _)) => *own == id,
            Some(Origin::Connector(_)) => {
                let mut outputs = sources.outputs.iter();
                outputs.any(|(own, shape)| *own == id && shape.all().labels() & 1 << label != 0)
            }
            _ => false,
        }
    }

    /// The language that the data really ends in: in an address, whether it decides the host.
    pub(super) fn ends_in(&self, trail: &Trail, inject: Inject) -> Inject {
        if inject != Inject::Address {
            return inject;
        }
        for link in trail.links.iter().rev() {
            let before = self.before(link);
            if !before.is_empty() {
                return if is_open_host(&before) {
                    Inject::Host
                } else {
                    Inject::Address
                };
            }
        }
        Inject::Host
    }

    /// Whether the data stands between quotes at its end, as far as one string puts it there.
    pub(super) fn is_quoted(&self, trail: &Trail) -> bool {
        let body = self.view.body;
        let is_part = |link: &Link| body.action(link.action).is("AppendToStringVariable");
        let quotes: usize = trail
            .links
            .iter()
            .map(|link| self.before(link).matches('\'').count())
            .sum();
        quotes % 2 == 1 || trail.links.iter().any(is_part)
    }

    /// Whether the data stands in the query of an address.
    pub(super) fn is_in_query(&self, trail: &Trail) -> bool {
        trail.links.iter().any(|link| self.before(link).contains('?'))
    }

    /// The text before the expression in its string; expressions read as 0.
    fn before(&self, link: &Link) -> String {
        text_before(&self.view.body.strings[link.site].info.template, link.leaf)
    }

    /// What makes the data harmless where it becomes part of a language; nothing where no rewriting does.
    pub(super) fn mend(&self, hit: &Hit, trail: &Trail, inject: Inject, danger: Danger) -> Vec<TextEdit> {
        let (open, close) = match inject {
            Inject::Filter | Inject::Query => ("replace(", ", '''', '''''')"),
            Inject::Address => ("encodeUriComponent(", ")"),
            Inject::Markup => ("replace(replace(", ", '&', '&amp;'), '<', '&lt;')"),
            _ => return Vec::new(),
        };
        let fits = |before: &str| match inject {
            Inject::Filter | Inject::Query => before.matches('\'').count() % 2 == 1,
            Inject::Address => !before.is_empty() && !is_open_host(before) && before.contains(['/', '?', '=']),
            _ => true,
        };
        let wrap = |site: &StringSite, leaf: ExprId| {
            let span = site.source_span(self.view.tree, self.view.text, site.info.template.node(leaf).span);
            let before = text_before(&site.info.template, leaf);
            let quoted = before.contains('?') && before.matches('\'').count() % 2 == 1;
            let (open, close) = match inject {
                Inject::Address if quoted => ("encodeUriComponent(replace(", ", '''', ''''''))"),
                _ => (open, close),
            };
            [TextEdit::insert(span.start, open), TextEdit::insert(span.end, close)]
        };
        let Some(first) = trail.links.first() else {
            return Vec::new();
        };
        let site = &self.view.body.strings[first.site];
        let mut leaves = Vec::new();
        self.leaves(site, hit.root, danger, &mut leaves);
        let here = |leaf: &ExprId| fits(&text_before(&site.info.template, *leaf));
        if !leaves.is_empty() && leaves.iter().all(here) {
            return leaves.into_iter().flat_map(|leaf| wrap(site, leaf)).collect();
        }
        // One expression that an earlier step put in its place can be mended there.
        let earlier = trail.links.iter().skip(1).find(|link| fits(&self.before(link)));
        match earlier.filter(|_| leaves.len() == 1) {
            Some(link) => wrap(&self.view.body.strings[link.site], link.leaf).into(),
            None => Vec::new(),
        }
    }

    /// Every reference below a node whose data can still do something.
    fn leaves(&self, site: &StringSite, node: ExprId, danger: Danger, found: &mut Vec<ExprId>) {
        if self.marks(site, node).with(danger) == 0 {
            return;
        }
        let template = &site.info.template;
        if reference_below(template, node).is_some() {
            found.push(node);
            return;
        }
        for child in template.children(node) {
            self.leaves(site, child, danger, found);
        }
    }

    /// Where the data stands at the end of its way.
    pub(super) fn end_span(&self, hit: &Hit) -> Span {
        let site = &self.view.body.strings[hit.site];
        site.source_span(self.view.tree, self.view.text, site.info.template.node(hit.root).span)
    }

    /// The way in words, from its beginning on.
    pub(super) fn steps(&self, trail: &Trail, label: usize) -> Vec<PathStep> {
        let mut steps = vec![self.first_step(trail, label)];
        for (at, link) in trail.links.iter().enumerate().rev() {
            let site = &self.view.body.strings[link.site];
            let span = site.source_span(self.view.tree, self.view.text, site.info.template.node(link.leaf).span);
            let words = &self.state.words;
            let text = match at {
                0 => words.used(link.action, || {
                    format!("used by `{}`", self.view.body.action(link.action).title())
                }),
                _ => words.passed(link.action, || self.passes(link.action)),
            };
            steps.push(PathStep { span, text });
        }
        steps
    }

    fn first_step(&self, trail: &Trail, label: usize) -> PathStep {
        let body = self.view.body;
        let read = trail.links.last().map(|link| {
            let site = &body.strings[link.site];
            let span = site.info.template.node(link.leaf).span;
            shortened(site.info.text.get(span.range()).unwrap_or_default())
        });
        let read = read.unwrap_or_default();
        let sources = self.state.sources.borrow();
        let label = sources.labels.get(label);
        let Some(id) = trail.origin else {
            let span = body.triggers.first().map_or(Span::at(0), |trigger| trigger.name.span);
            let from = match (&sources.entry.connector, label.map(|label| &label.origin)) {
                (Some(connector), Some(Origin::Connector(_))) => connectors::title(connector),
                _ => sender(body, sources.entry.trust).to_owned(),
            };
            return PathStep {
                span,
                text: format!("`{read}` comes in from {from}").into(),
            };
        };
        let action = body.action(id);
        let title = action.title();
        let text = match label.and_then(|label| label.kind.as_ref()) {
            Some(SourceKind::Secret(kind)) => format!("`{title}` gives {kind}"),
            Some(SourceKind::Machine) => format!("`{title}` gives what a language model made"),
            Some(SourceKind::Connector(name)) if **name == *model::flow::HTTP => {
                format!("`{title}` gets it from an address")
            }
            Some(SourceKind::Connector(name)) => format!("`{title}` reads it from {}", connectors::title(name)),
            Some(SourceKind::Outside(_)) => format!("`{title}` reads `{read}`, which somebody outside wrote"),
            None => format!("the child flow of `{title}` answers `{read}`"),
        };
        PathStep {
            span: action.name.span,
            text: text.into(),
        }
    }

    /// What an action does with data that passes through it.
    fn passes(&self, id: ActionId) -> String {
        let action = self.view.body.action(id);
        let title = action.title();
        let body = self.view.body;
        let declared = body.variables.iter().find(|variable| variable.action == id);
        let written = body.variable_writes.iter().find(|write| write.action == id);
        if let Some(name) = declared.map(|v| &v.name).or(written.map(|w| &w.name)) {
            return format!("kept in the variable `{}` by `{title}`", name.value);
        }
        let is = |kind: &str| action.is(kind);
        if is("ParseJson") {
            format!("parsed by `{title}`")
        } else if is("Foreach") {
            format!("gone through by the loop `{title}`")
        } else if is("Compose") {
            format!("put together by `{title}`")
        } else {
            format!("passed on by `{title}`")
        }
    }
}

/// Who sends what comes in with the trigger.
pub(super) fn sender(body: &FlowBody, trust: Option<Trust>) -> &'static str {
    let trigger = body.triggers.first();
    let kind = |name: &str| trigger.is_some_and(|trigger| trigger.subkind.eq_ignore_ascii_case(name));
    match trust {
        Some(Trust::Anyone | Trust::SignedIn) => "the HTTP request",
        Some(Trust::Public) if kind("PowerPages") => "a web site",
        Some(Trust::Public) => {
            let mut operations = body.operations.iter();
            let mail = operations.any(|o| matches!(o.owner, Owner::Trigger(_)) && names_mail(&o.id.value));
            if mail { "a mail" } else { "outside" }
        }
        Some(Trust::Chat) => "a conversation with an agent",
        Some(Trust::User) if kind("PowerApp") || kind("PowerAppV2") => "an app",
        _ => "whoever starts the flow",
    }
}

/// The call at the bottom of accesses, where it refers to something of the flow.
pub(super) fn reference_below(template: &Template, mut node: ExprId) -> Option<ExprId> {
    loop {
        match &template.node(node).kind {
            NodeKind::Dot { base, .. } | NodeKind::Index { base, .. } => node = *base,
            NodeKind::Call(call) => {
                call.function?.reference.as_ref()?;
                return Some(node);
            }
            _ => return None,
        }
    }
}

/// Whether a text ends inside the host of an address.
fn is_open_host(text: &str) -> bool {
    match text.split_once("://") {
        Some((_, rest)) => !rest.contains(['/', '?', '#']),
        None => false,
    }
}

/// The text that stands before a node in what its template makes; expressions before it read as 0.
fn text_before(template: &Template, node: ExprId) -> String {
    let mut text = String::new();
    match &template.kind {
        TemplateKind::Interpolation(segments) => {
            for segment in segments {
                match segment {
                    Segment::Text { text: own, .. } => text.push_str(own),
                    Segment::Expression { expr: Some(root), .. } if holds(template, *root, node) => {
                        before_in(template, *root, node, &mut text);
                        return text;
                    }
                    Segment::Expression { .. } => text.push('\0'),
                }
            }
        }
        TemplateKind::Expression(Some(root)) => before_in(template, *root, node, &mut text),
        _ => {}
    }
    text
}

fn holds(template: &Template, outer: ExprId, inner: ExprId) -> bool {
    template.node(outer).span.contains_span(template.node(inner).span)
}

fn before_in(template: &Template, mut outer: ExprId, node: ExprId, text: &mut String) {
    while outer != node {
        let Some(next) = template.children(outer).find(|child| holds(template, *child, node)) else {
            return;
        };
        if let Some(call) = template.node(outer).as_call()
            && call.name.eq_ignore_ascii_case("concat")
        {
            for arg in call.args.iter().take_while(|arg| **arg != next) {
                text.push_str(template.node(*arg).as_str().unwrap_or("\0"));
            }
        }
        outer = next;
    }
}

/// An expression for a sentence.
fn shortened(text: &str) -> String {
    const MAX: usize = 60;
    match text.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}
