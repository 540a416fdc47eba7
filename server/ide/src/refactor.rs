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
    /// What it changes.
    pub edit: WorkspaceEdit,
}

/// The rewrites of an open flow for what is selected: those of an action stand at its name.
#[must_use]
pub fn rewrites(project: &Project, file: FileId, selected: Span) -> Vec<Refactoring> {
    let Some(flow) = open_flow(project, file) else {
        return Vec::new();
    };
    let named = flow.body.actions().find(|(_, action)| {
        let name = action.name.span;
        action.is("Scope") && name.start <= selected.end && selected.start <= name.end
    });
    let Some((scope, action)) = named else {
        return Vec::new();
    };
    // Worked out for this one question: nobody else asks at a name.
    let edit = actions::catch(file, &flow, &Order::new(&flow), scope);
    let offer = edit.map(|edit| Refactoring {
        title: format!("Catch failures of `{}` in a scope of their own", action.title()),
        edit,
    });
    offer.into_iter().collect()
}
