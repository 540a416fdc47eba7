//! Taking a variable out of a flow.

use analysis::order::Order;
use model::flow::{ActionId, FlowView};
use model::{FileId, same_name};
use syntax::TextEdit;
use syntax::json::item_removal;

use super::remove::remove;
use crate::WorkspaceEdit;

/// Takes a variable out of a flow that nobody reads: its declaration, and every action that sets it.
///
/// `None` where something waits for a failure of such an action, or where the order cannot be read or written.
#[must_use]
pub fn remove_variable(file: FileId, flow: &FlowView<'_>, order: &Order, name: &str) -> Option<WorkspaceEdit> {
    let mut gone: Vec<ActionId> = Vec::new();
    let mut item = None;
    for variable in flow.body.variables.iter().filter(|v| same_name(&v.name.value, name)) {
        let action = flow.tree.value(flow.text, flow.body.action(variable.action).node)?;
        let list = action.path(&["inputs", "variables"])?;
        if list.len() == 1 {
            gone.push(variable.action);
        } else if item.is_none() {
            let holds = |item: &syntax::json::Value<'_>| item.span().contains_span(variable.name.span);
            item = Some(item_removal(list, list.items().find(holds)?));
        } else {
            // Declared twice: that is to be mended first.
            return None;
        }
    }
    let writes = flow.body.variable_writes.iter();
    gone.extend(
        writes
            .filter(|write| same_name(&write.name.value, name))
            .map(|write| write.action),
    );
    let mut edit = remove(file, flow, order, &gone)?;
    if let Some(span) = item {
        edit.push(file, TextEdit::delete(span));
    }
    Some(edit)
}
