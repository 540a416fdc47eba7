//! Changes that mend nothing but leave a flow better: offered where people ask for them.

use analysis::order::Order;
use edits::{WorkspaceEdit, actions};
use model::FileId;
use rules::Project;
use syntax::Span;

use crate::target::open_flow;

/// A change on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refactoring {
    /// What it does, for people.
    pub title: String,
    /// What sort of change it is.
    pub kind: Kind,
    /// What it changes.
    pub edit: WorkspaceEdit,
}

/// Sorts of refactorings, as editors group them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something is put in the place of its name.
    Inline,
    /// Something is written in another way.
    Rewrite,
}

/// The refactorings of an open flow for what is selected: those of an action stand at its name.
#[must_use]
pub fn refactorings(project: &Project, file: FileId, selected: Span) -> Vec<Refactoring> {
    let Some(flow) = open_flow(project, file) else {
        return Vec::new();
    };
    let named = flow.body.actions().find(|(_, action)| {
        let name = action.name.span;
        name.start <= selected.end && selected.start <= name.end
    });
    let Some((id, action)) = named else {
        return Vec::new();
    };
    // Worked out for this one question: nobody else asks at a name.
    let order = Order::new(&flow);
    let title = action.title();
    let catch = actions::catch(file, &flow, &order, id).map(|edit| Refactoring {
        title: format!("Catch failures of `{title}` in a scope of their own"),
        kind: Kind::Rewrite,
        edit,
    });
    let inline = actions::inline(file, &flow, &order, id).map(|edit| Refactoring {
        title: format!("Put the expression of `{title}` where it is read"),
        kind: Kind::Inline,
        edit,
    });
    catch.into_iter().chain(inline).collect()
}
