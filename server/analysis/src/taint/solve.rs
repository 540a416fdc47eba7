//! Carries data through a flow, from its beginnings on, until nothing new is reached. Only what data reaches is looked at.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use expr::ReferenceKind;
use model::flow::data_paths::Danger;
use model::flow::{ActionId, FlowView, Owner};
use rustc_hash::{FxHashMap, FxHashSet};

use super::marks::{Marks, Shape};
use super::sources::Sources;
use super::uses::Steps;
use super::values::{Item, Part, Reader, State};
use super::variables::Writes;
use crate::order::{Order, folded_hash};

/// What a reader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Trigger,
    Action(ActionId),
    /// What an action is given.
    Given(ActionId),
    /// A variable, by the hash of its name.
    Variable(u64),
}

/// Which actions read what.
type Readers = FxHashMap<Key, Vec<ActionId>>;

/// References that carry data.
pub(super) const KINDS: [ReferenceKind; 6] = [
    ReferenceKind::Trigger,
    ReferenceKind::Action,
    ReferenceKind::Scope,
    ReferenceKind::Foreach,
    ReferenceKind::Item,
    ReferenceKind::Variable,
];

/// Carries the data of these beginnings through a flow; with the actions that read some of it, in order.
pub(super) fn solve(view: FlowView<'_>, order: &Order, sources: Sources) -> (State, Vec<ActionId>) {
    let body = view.body;
    let mut state = State {
        outputs: vec![Rc::default(); body.actions.len()],
        writes: Writes::of(body),
        steps: Steps::of(&view),
        ..State::default()
    };
    let mut start: Vec<Key> = Vec::new();
    if !sources.entry.is_empty() {
        start.push(Key::Trigger);
    }
    for (id, shape) in &sources.outputs {
        arrive(&mut state, Part::Output(*id), Marks::default(), shape.all(), 0);
        state.outputs[id.0 as usize] = Rc::new(shape.clone());
        start.push(Key::Action(*id));
    }
    start.extend(sources.calls.iter().map(|(id, _)| Key::Action(*id)));
    state.sources = sources.into();
    let (readers, watched) = readers(&Reader {
        view,
        order,
        state: &state,
    });
    fn reader<'r>(view: FlowView<'r>, order: &'r Order, state: &'r State) -> Reader<'r> {
        Reader { view, order, state }
    }
    let mut reached = vec![false; body.actions.len()];
    let mut waiting: VecDeque<ActionId> = VecDeque::new();
    let mut queued = vec![false; body.actions.len()];
    let mut push = |key: Key, waiting: &mut VecDeque<ActionId>, queued: &mut Vec<bool>| {
        for id in readers.get(&key).into_iter().flatten() {
            reached[id.0 as usize] = true;
            if !std::mem::replace(&mut queued[id.0 as usize], true) {
                waiting.push_back(*id);
            }
        }
    };
    for key in start {
        push(key, &mut waiting, &mut queued);
    }
    // Marks only ever grow, so this ends; the bound is for flows that nobody has.
    let mut steps = body.actions.len() * 16 + 64;
    let mut time = 0;
    while let Some(id) = waiting.pop_front() {
        queued[id.0 as usize] = false;
        steps -= 1;
        if steps == 0 {
            break;
        }
        if watched.contains(&id) {
            let new = given(&reader(view, order, &state), id);
            let mut joined = state.given.get(&id).cloned().unwrap_or_default();
            let before = joined.clone();
            joined.join(&new);
            if joined != before {
                time += 1;
                arrive(&mut state, Part::Given(id), before.all(), joined.all(), time);
                state.given.insert(id, joined);
                push(Key::Given(id), &mut waiting, &mut queued);
            }
        }
        let new = output(&reader(view, order, &state), id);
        let old = &mut state.outputs[id.0 as usize];
        let mut joined = Shape::clone(old);
        joined.join(&new);
        if joined == **old {
            continue;
        }
        let (before, after) = (old.all(), joined.all());
        *old = Rc::new(joined);
        time += 1;
        arrive(&mut state, Part::Output(id), before, after, time);
        push(Key::Action(id), &mut waiting, &mut queued);
        for name in written(&view, id) {
            push(Key::Variable(name), &mut waiting, &mut queued);
        }
    }
    let reached = body.actions().map(|(id, _)| id).filter(|id| reached[id.0 as usize]);
    let reached = reached.collect();
    state.settled = Some(RefCell::default());
    (state, reached)
}

fn arrive(state: &mut State, part: Part, before: Marks, after: Marks, time: u32) {
    for danger in Danger::ALL {
        let mut new = after.with(danger) & !before.with(danger);
        while new != 0 {
            let label = new.trailing_zeros();
            new &= new - 1;
            let label = u8::try_from(label).unwrap_or(u8::MAX);
            state.arrivals.entry((part, danger, label)).or_insert(time);
        }
    }
}

/// Variables that an action sets, by the hashes of their names.
fn written(view: &FlowView<'_>, id: ActionId) -> Vec<u64> {
    let action = view.body.action(id);
    let initial = view.body.variables.iter().filter(|_| action.is("InitializeVariable"));
    let later = view
        .body
        .variable_writes
        .iter()
        .filter(|_| action.kind.ends_with("ariable"));
    let initial = initial.filter(|v| v.action == id).map(|v| folded_hash(&v.name.value));
    let later = later.filter(|w| w.action == id).map(|w| folded_hash(&w.name.value));
    initial.chain(later).collect()
}

/// Which actions read what, and the actions of which somebody reads what they are given.
fn readers(reader: &Reader<'_>) -> (Readers, FxHashSet<ActionId>) {
    let body = reader.view.body;
    let mut readers = Readers::default();
    let mut watched = FxHashSet::default();
    for site in body.strings.iter().filter(|site| site.info.refers_to.has_any(&KINDS)) {
        let Owner::Action(id) = site.owner else { continue };
        let mut add = |key: Key| {
            let all = readers.entry(key).or_default();
            if all.last() != Some(&id) {
                all.push(id);
            }
        };
        for reference in expr::references(&site.info.template) {
            match reference.kind {
                ReferenceKind::Trigger => add(Key::Trigger),
                ReferenceKind::Action | ReferenceKind::Foreach => {
                    for named in reader.order.named(body, reference.name).take(1) {
                        add(Key::Action(named));
                        if reference.function.name == "actions" {
                            watched.insert(named);
                            add(Key::Given(named));
                        }
                    }
                }
                ReferenceKind::Scope => {
                    for scope in reader.order.named(body, reference.name).take(1) {
                        for inner in reader.inside(scope) {
                            watched.insert(inner);
                            add(Key::Action(inner));
                            add(Key::Given(inner));
                        }
                    }
                }
                ReferenceKind::Variable => add(Key::Variable(folded_hash(reference.name))),
                _ => {}
            }
        }
        for reference in expr::implicit_references(&site.info.template) {
            match reference.kind {
                ReferenceKind::Trigger => add(Key::Trigger),
                ReferenceKind::Item => {
                    if let Item::Loop(around) = reader.item_source(site) {
                        add(Key::Action(around));
                    }
                }
                _ => {}
            }
        }
    }
    (readers, watched)
}

/// What an action is given.
fn given(reader: &Reader<'_>, id: ActionId) -> Shape {
    let inputs = reader.member(id, &["inputs"]);
    inputs.map_or_else(Shape::default, |inputs| reader.value(Owner::Action(id), inputs))
}

/// What an action gives by what it is given.
fn output(reader: &Reader<'_>, id: ActionId) -> Shape {
    let action = reader.view.body.action(id);
    let owner = Owner::Action(id);
    let of = |path: &[&str]| match reader.member(id, path) {
        Some(value) => reader.value(owner, value),
        None => Shape::default(),
    };
    let flat = |path: &[&str]| Shape::plain(of(path).all());
    let is = |kind: &str| action.is(kind);
    if is("Compose") {
        of(&["inputs"])
    } else if is("ParseJson") {
        of(&["inputs", "content"])
    } else if is("Foreach") {
        of(&["foreach"])
    } else if is("SetVariable") || is("AppendToStringVariable") || is("AppendToArrayVariable") {
        of(&["inputs", "value"])
    } else if is("InitializeVariable") {
        let mut all = Shape::default();
        let list = reader.member(id, &["inputs", "variables"]);
        for variable in list.into_iter().flat_map(|list| list.items()) {
            if let Some(value) = variable.get("value") {
                all.join(&reader.value(owner, value));
            }
        }
        all
    } else if is("Select") {
        of(&["inputs", "select"])
    } else if is("Query") {
        let mut rows = of(&["inputs", "from"]);
        // What failed gave nothing of what it is asked for.
        if reads_results(reader, id) && keeps_failures(reader, id) {
            rows.set("outputs", Shape::default());
        }
        rows
    } else if is("Join") {
        flat(&["inputs", "from"])
    } else if is("Table") {
        let mut all = flat(&["inputs", "from"]);
        all.join(&flat(&["inputs", "columns"]));
        all
    } else if is("Expression") {
        let marks = of(&["inputs"]).all();
        let kind = reader.member(id, &["kind"]).and_then(|kind| kind.as_str());
        let text = ["Substring"]
            .iter()
            .any(|own| kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(own)));
        Shape::plain(if text { marks } else { marks.tamed() })
    } else if reader
        .state
        .steps
        .operation(&reader.view, id)
        .is_some_and(|operation| operation.is("shared_conversionservice", "HtmlToText"))
    {
        Shape::plain(of(&["inputs"]).all().without(&[Danger::Markup]))
    } else {
        Shape::default()
    }
}

/// Whether a filter goes through the results of a scope.
fn reads_results(reader: &Reader<'_>, id: ActionId) -> bool {
    let body = reader.view.body;
    let mut sites = body.sites_of(Owner::Action(id));
    sites.any(|at| body.strings[at].info.refers_to.has(ReferenceKind::Scope))
}

/// Whether a filter of results keeps those of actions that did not succeed.
fn keeps_failures(reader: &Reader<'_>, id: ActionId) -> bool {
    let Some(condition) = reader
        .member(id, &["inputs", "where"])
        .map(|value| value.raw().to_ascii_lowercase())
    else {
        return false;
    };
    let names = |status: &str| condition.contains(status);
    (names("failed") || names("timedout")) && !names("succeeded")
        || names("succeeded") && (names("not(") || names("\"not\""))
}
