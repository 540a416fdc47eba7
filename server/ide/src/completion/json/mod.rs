//! What can be written in the JSON around expressions.
//!
//! [`place`] says where the cursor stands whatever is missing around it, [`offers`] writes what is offered there with the
//! quotes and commas that lack; the other rooms know what belongs where.

mod calls;
mod configuration;
mod connections;
mod offers;
mod order;
mod place;
mod settings;
mod steps;
mod types;

use model::files::FileKind;
use model::flow::{ActionId, BlockId, FlowView};
use model::{FileId, ReadAs};
use rules::Project;
use syntax::json::Tree;

use self::offers::Offers;
use self::place::{Place, Slot};
use self::steps::Step;
use super::{CompletionKind, Completions};
use crate::target::open_flow;

/// Longer documents that are no flows are not parsed for each question.
const MAX_TEXT: usize = 1 << 20;

/// What can be written at an offset that is not inside an expression.
pub fn completions(project: &Project, file: FileId, offset: u32) -> Completions {
    let (Some(open), Some(known)) = (project.open_file(file), project.workspace().get(file)) else {
        return Completions::default();
    };
    let text = open.document().text();
    if let Some(flow) = open_flow(project, file) {
        return at(flow.tree, text, offset, |place, offers| {
            in_flow(project, file, &flow, place, offers)
        });
    }
    let is = |kind| known.read_as == ReadAs::Kind(kind);
    if text.len() > MAX_TEXT {
        return Completions::default();
    }
    if is(FileKind::Configuration) {
        let text = configuration::without_comments(text);
        return at(&Tree::parse(&text), &text, offset, |place, offers| {
            configuration::in_configuration(project, file, place, offers);
        });
    }
    // Half typed, a file of settings may not be known for one; the names in it tell.
    let names = ["\"ConnectionReferences\"", "\"EnvironmentVariables\""];
    if is(FileKind::Json) && names.iter().any(|name| text.contains(name)) {
        return at(&Tree::parse(text), text, offset, |place, offers| {
            settings::in_settings(project, file, place, offers);
        });
    }
    Completions::default()
}

fn at(tree: &Tree, text: &str, offset: u32, ask: impl Fn(&Place<'_>, &mut Offers<'_, '_>)) -> Completions {
    let Some(place) = Place::at(tree, text, offset) else {
        return Completions::default();
    };
    let mut offers = Offers::new(&place);
    ask(&place, &mut offers);
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
