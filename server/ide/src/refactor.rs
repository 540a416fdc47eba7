//! Changes that mend nothing but leave a flow better: offered where people ask for them.

use analysis::order::Order;
use edits::extract::{Extracted, Repeated};
use edits::{Refusal, WorkspaceEdit, actions};
use model::FileId;
use model::flow::{ActionId, BlockId};
use rules::Project;
use syntax::Span;

use crate::target::{OpenFlow, open_flow};

/// A change on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refactoring {
    /// What it does, for people.
    pub title: String,
    /// What sort of change it is.
    pub kind: Kind,
    /// What it changes, or why it cannot be made here.
    pub edit: Result<WorkspaceEdit, Refusal>,
}

/// Sorts of refactorings, as editors group them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something gets a name and a place of its own.
    Extract,
    /// Something is put in the place of its name.
    Inline,
    /// Something is written in another way.
    Rewrite,
}

/// The refactorings of an open flow for what is selected: those of an action stand at its name, those of a value anywhere
/// in it, those of several actions wherever a selection spans them.
#[must_use]
pub fn refactorings(project: &Project, file: FileId, selected: Span) -> Vec<Refactoring> {
    let Some(flow) = open_flow(project, file) else {
        return Vec::new();
    };
    // Worked out for this one question: nobody else asks at such places.
    let order = Order::new(&flow);
    let mut offers = Vec::new();
    let steps = selected_steps(&flow, selected);
    if let [only] = steps.as_slice() {
        of_step(file, &flow, &order, *only, &mut offers);
    }
    if !steps.is_empty() {
        let title = match steps.as_slice() {
            [only] => format!("Wrap `{}` in a scope", flow.body.action(*only).title()),
            steps => format!("Wrap {} actions in a scope", steps.len()),
        };
        offers.push(Refactoring {
            title,
            kind: Kind::Rewrite,
            edit: actions::wrap(file, &flow, &order, &steps),
        });
        return offers;
    }
    of_value(project, file, &flow, &order, selected, &mut offers);
    offers
}

/// Changes of one action.
fn of_step(file: FileId, flow: &OpenFlow<'_>, order: &Order, id: ActionId, offers: &mut Vec<Refactoring>) {
    let title = flow.body.action(id).title();
    if let Some(edit) = actions::catch(file, flow, order, id) {
        offers.push(Refactoring {
            title: format!("Catch failures of `{title}` in a scope of their own"),
            kind: Kind::Rewrite,
            edit: Ok(edit),
        });
    }
    if let Some(edit) = actions::inline(file, flow, order, id) {
        offers.push(Refactoring {
            title: format!("Put the value of `{title}` where it is read"),
            kind: Kind::Inline,
            edit: Ok(edit),
        });
    }
}

/// Changes of a value that is written out.
fn of_value(
    project: &Project,
    file: FileId,
    flow: &OpenFlow<'_>,
    order: &Order,
    selected: Span,
    offers: &mut Vec<Refactoring>,
) {
    let mut offer = |what: &str, into: &str, extracted: Option<Extracted>| {
        let Some(extracted) = extracted else { return };
        let places = match extracted.places {
            1 => String::new(),
            many => format!(" ({many} places)"),
        };
        offers.push(Refactoring {
            title: format!("Extract {what}to {into} `{}`{places}", extracted.name),
            kind: Kind::Extract,
            edit: Ok(extracted.edit),
        });
    };
    let workspace = project.workspace();
    if let Some(address) = Repeated::address_at(file, flow, selected) {
        let what = format!("`{}` ", address.shown());
        offer(
            &what,
            "environment variable",
            address.to_environment_variable(workspace),
        );
    }
    if let Some(value) = Repeated::value_at(file, flow, selected) {
        offer("", "environment variable", value.to_environment_variable(workspace));
        offer("", "variable", value.to_variable(order));
        offer("", "parameter", value.to_parameter());
    }
}

/// The actions that are selected: one where the cursor is at its name, several where a selection touches more than one of
/// a block.
fn selected_steps(flow: &OpenFlow<'_>, selected: Span) -> Vec<ActionId> {
    let named = flow.body.actions().find(|(_, action)| {
        let name = action.name.span;
        name.start <= selected.end && selected.start <= name.end
    });
    if selected.is_empty() {
        return named.into_iter().map(|(id, _)| id).collect();
    }
    // The innermost block that holds all of the selection.
    let blocks = (0u32..).map(BlockId).zip(&flow.body.blocks);
    let holding = blocks.filter(|(_, block)| {
        let list = flow.tree.value(flow.text, block.node);
        list.is_some_and(|list| list.span().contains_span(selected))
    });
    let Some((_, block)) = holding.min_by_key(|(_, block)| {
        let list = flow.tree.value(flow.text, block.node);
        list.map_or(u32::MAX, |list| list.span().len())
    }) else {
        return Vec::new();
    };
    let touched = |id: &ActionId| {
        let action = flow.body.action(*id);
        let whole = action.name.span.cover(action.span);
        whole.start < selected.end && selected.start < whole.end
    };
    let steps: Vec<ActionId> = block.actions.iter().copied().filter(touched).collect();
    let at_name = |id: &ActionId| {
        let name = flow.body.action(*id).name.span;
        name.start <= selected.end && selected.start <= name.end
    };
    match steps.as_slice() {
        // Something inside of one action is selected.
        [only] if !at_name(only) => Vec::new(),
        _ => steps,
    }
}
