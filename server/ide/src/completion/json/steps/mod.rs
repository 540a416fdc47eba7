//! Inside one action or trigger: names of members, the values that come from a list, and new ones.

mod begin;
mod members;
mod words;

use model::FileId;
use model::flow::{ActionId, FlowView};
use rules::Project;

pub use self::begin::{new_action, new_trigger};
use super::offers::Offers;
use super::order;
use super::place::{Place, Slot};
use super::types::action_type;

/// The step that a place is in.
#[derive(Clone, Copy)]
pub enum Step {
    Action(ActionId),
    Trigger(u32),
}

/// Inside a step, at the end of `path`.
pub fn inside(
    project: &Project,
    file: FileId,
    flow: &FlowView<'_>,
    step: Step,
    path: &[&str],
    place: &Place<'_>,
    offers: &mut Offers<'_, '_>,
) {
    let kind = match step {
        Step::Action(id) => flow.body.action(id).kind.as_str(),
        Step::Trigger(index) => flow
            .body
            .triggers
            .get(index as usize)
            .map_or("", |trigger| trigger.kind.as_str()),
    };
    let own = match step {
        Step::Action(_) => action_type(kind),
        Step::Trigger(_) => None,
    };
    if path.first() == Some(&"runAfter") {
        if let Step::Action(id) = step {
            order::run_after(flow.body, id, path, place, offers);
        }
        return;
    }
    match place.slot {
        Slot::Name => members::names(step, kind, own, path, place, offers),
        Slot::Item => words::items(path, offers),
        Slot::Value(_) => {
            let key = place.key().unwrap_or_default();
            if path.last() == Some(&"host") || path.ends_with(&["host", "connection"]) {
                words::host_value(project, file, flow, &key, path, place, offers);
            } else {
                words::values(flow, step, kind, own, path, &key, place, offers);
            }
        }
    }
}
