//! Carries data through a flow, from its beginnings on, until nothing new is reached. Only what data reaches is looked at.

use std::collections::VecDeque;
use std::rc::Rc;

use expr::ReferenceKind;
use model::flow::data_paths::Danger;
use model::flow::{ActionId, FlowView, Owner};
use rustc_hash::FxHashMap;

use super::marks::{Marks, Shape};
use super::sources::Sources;
use super::values::{Item, Reader, State};
use super::variables::Writes;
use crate::order::Order;

/// What a reader reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Trigger,
    Action(ActionId),
    Variable(String),
}

/// Which actions read what.
type Readers = FxHashMap<Key, Vec<ActionId>>;

/// References that carry data.
const KINDS: [ReferenceKind; 5] = [
    ReferenceKind::Trigger,
    ReferenceKind::Action,
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
        ..State::default()
    };
    let mut start: Vec<Key> = Vec::new();
    if !sources.entry.is_empty() {
        start.push(Key::Trigger);
    }
    for (id, shape) in &sources.outputs {
        arrive(&mut state, *id, Marks::default(), shape.all(), 0);
        state.outputs[id.0 as usize] = Rc::new(shape.clone());
        start.push(Key::Action(*id));
    }
    start.extend(sources.calls.iter().map(|(id, _)| Key::Action(*id)));
    state.sources = sources.into();
    let readers = readers(&Reader {
        view,
        order,
        state: &state,
    });
    let mut reached = vec![false; body.actions.len()];
    let mut waiting: VecDeque<ActionId> = VecDeque::new();
    let mut queued = vec![false; body.actions.len()];
    let mut push = |key: &Key, waiting: &mut VecDeque<ActionId>, queued: &mut Vec<bool>| {
        for id in readers.get(key).into_iter().flatten() {
            reached[id.0 as usize] = true;
            if !std::mem::replace(&mut queued[id.0 as usize], true) {
                waiting.push_back(*id);
            }
        }
    };
    for key in &start {
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
        let new = output(
            &Reader {
                view,
                order,
                state: &state,
            },
            id,
        );
        let old = &mut state.outputs[id.0 as usize];
        let mut joined = Shape::clone(old);
        joined.join(&new);
        if joined == **old {
            continue;
        }
        let (before, after) = (old.all(), joined.all());
        *old = Rc::new(joined);
        time += 1;
        arrive(&mut state, id, before, after, time);
        push(&Key::Action(id), &mut waiting, &mut queued);
        for name in written(&view, id) {
            push(&Key::Variable(name), &mut waiting, &mut queued);
        }
    }
    let reached = body.actions().map(|(id, _)| id).filter(|id| reached[id.0 as usize]);
    let reached = reached.collect();
    (state, reached)
}

fn arrive(state: &mut State, id: ActionId, before: Marks, after: Marks, time: u32) {
    for danger in Danger::ALL {
        let mut new = after.with(danger) & !before.with(danger);
        while new != 0 {
            let label = new.trailing_zeros();
            new &= new - 1;
            let label = u8::try_from(label).unwrap_or(u8::MAX);
            state.arrivals.entry((id, danger, label)).or_insert(time);
        }
    }
}

/// Variables that an action sets, in lower case.
fn written(view: &FlowView<'_>, id: ActionId) -> Vec<String> {
    let action = view.body.action(id);
    let initial = view.body.variables.iter().filter(|_| action.is("InitializeVariable"));
    let later = view
        .body
        .variable_writes
        .iter()
        .filter(|_| action.kind.ends_with("ariable"));
    let initial = initial.filter(|v| v.action == id).map(|v| v.name.value.to_lowercase());
    let later = later.filter(|w| w.action == id).map(|w| w.name.value.to_lowercase());
    initial.chain(later).collect()
}

fn readers(reader: &Reader<'_>) -> Readers {
    let body = reader.view.body;
    let mut readers = Readers::default();
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
                    }
                }
                ReferenceKind::Variable => add(Key::Variable(reference.name.to_lowercase())),
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
    readers
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
        of(&["inputs", "from"])
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
        .view
        .body
        .operations
        .iter()
        .any(|operation| operation.owner == owner && operation.is("shared_conversionservice", "HtmlToText"))
    {
        Shape::plain(of(&["inputs"]).all().without(&[Danger::Markup]))
    } else {
        Shape::default()
    }
}
