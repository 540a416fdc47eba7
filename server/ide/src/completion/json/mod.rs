//! What can be written in the JSON around expressions.
//!
//! [`place`] says where the cursor stands whatever is missing around it, [`offers`] writes what is offered there with the
//! quotes and commas that lack; the other rooms know what belongs where.

mod calls;
mod connections;
mod offers;
mod order;
mod place;
mod steps;
mod types;

use model::FileId;
use model::flow::{ActionId, BlockId, FlowView};
use rules::Project;

use self::offers::Offers;
use self::place::{Place, Slot};
use self::steps::Step;
use super::{CompletionKind, Completions};
use crate::target::open_flow;

/// What can be written at an offset that is not inside an expression.
pub fn completions(project: &Project, file: FileId, offset: u32) -> Completions {
    let Some(open) = project.open_file(file) else {
        return Completions::default();
    };
    let text = open.document().text();
    let Some(place) = open.tree().and_then(|tree| Place::at(tree, text, offset)) else {
        return Completions::default();
    };
    let mut offers = Offers::new(&place);
    if let Some(flow) = open_flow(project, file) {
        in_flow(project, file, &flow, &place, &mut offers);
    }
    offers.finish()
}

/// A part of a flow that has its own words.
enum Anchor {
    Block(BlockId),
    Step(Step),
    Connections,
    Triggers,
    Definition,
}

fn in_flow(project: &Project, file: FileId, flow: &FlowView<'_>, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let anchored = place.containers.iter().enumerate().rev();
    let Some((at, anchor)) = anchored
        .filter_map(|(at, container)| Some((at, anchor(flow, container.id())?)))
        .next()
    else {
        return;
    };
    let path = place.path_from(at);
    let path: Vec<&str> = path.iter().map(|name| &**name).collect();
    match anchor {
        Anchor::Block(block) if path.is_empty() && matches!(place.slot, Slot::Name) => {
            steps::new_action(flow.body, block, place, offers);
        }
        Anchor::Triggers if path.is_empty() && matches!(place.slot, Slot::Name) => steps::new_trigger(place, offers),
        Anchor::Step(step) => steps::inside(project, file, flow, step, &path, place, offers),
        Anchor::Connections => connections::declared(project, file, flow, &path, place, offers),
        Anchor::Definition if path.is_empty() && matches!(place.slot, Slot::Name) => {
            for name in ["triggers", "actions", "parameters", "outputs"] {
                if !place.has_member(name) {
                    offers.member(name, CompletionKind::Property, "{\n\t‹›\n}");
                }
            }
        }
        _ => {}
    }
}

fn anchor(flow: &FlowView<'_>, node: syntax::json::NodeId) -> Option<Anchor> {
    let body = flow.body;
    if let Some(at) = body.actions.iter().position(|action| action.node == node) {
        return Some(Anchor::Step(Step::Action(ActionId(u32::try_from(at).ok()?))));
    }
    if let Some(at) = body.blocks.iter().position(|block| block.node == node) {
        return Some(Anchor::Block(BlockId(u32::try_from(at).ok()?)));
    }
    if let Some(at) = body.triggers.iter().position(|trigger| trigger.node == node) {
        return Some(Anchor::Step(Step::Trigger(u32::try_from(at).ok()?)));
    }
    if body.connections == Some(node) {
        return Some(Anchor::Connections);
    }
    if body.definition == Some(node) {
        return Some(Anchor::Definition);
    }
    let definition = flow.tree.value(flow.text, body.definition?)?;
    (definition.get("triggers")?.id() == node).then_some(Anchor::Triggers)
}
