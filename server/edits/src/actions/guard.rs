//! From a condition that decides whether a run was worth starting to a condition of the trigger.

use analysis::conditions::as_expression;
use analysis::order::Order;
use model::FileId;
use model::flow::{ActionId, FlowView};
use syntax::TextEdit;
use syntax::json::{item_insertion, member_insertion, members_removal};

use super::remove;
use crate::layout::{Json, Layout};
use crate::{FileEdit, WorkspaceEdit};

/// Moves the expression of a condition into the `conditions` of the flow's only trigger. With `stops`, the condition
/// ends the run where it holds, and is taken out; else it becomes a scope of its name with what it did where it held.
///
/// `None` where the expression cannot be written as one, or the flow has not exactly one trigger.
#[must_use]
pub fn move_guard(
    file: FileId,
    flow: &FlowView<'_>,
    order: &Order,
    guard: ActionId,
    stops: bool,
) -> Option<WorkspaceEdit> {
    let [trigger] = flow.body.triggers.as_slice() else {
        return None;
    };
    let trigger = flow.tree.value(flow.text, trigger.node)?;
    let action = flow.tree.value(flow.text, flow.body.action(guard).node)?;
    let condition = as_expression(action.get("expression")?)?;
    let condition = if stops {
        format!("@not({condition})")
    } else {
        format!("@{condition}")
    };
    let mut edit = if stops {
        remove(file, flow, order, &[guard])?
    } else {
        let kind = action.get("type").filter(|kind| kind.is_string())?;
        let mut edits = vec![TextEdit::new(kind.content_span(), "Scope")];
        let goes = |name: &str| matches!(name, "expression" | "else");
        edits.extend(
            members_removal(action, |key| key.as_str().is_some_and(|name| goes(&name)))
                .into_iter()
                .map(TextEdit::delete),
        );
        WorkspaceEdit {
            files: vec![FileEdit { file, edits }],
            ..WorkspaceEdit::default()
        }
    };
    let item = Json::Object(vec![("expression".to_owned(), Json::text(&condition))]);
    let new = match trigger.get("conditions") {
        None => {
            let place = member_insertion(trigger);
            let layout = layout(flow, &place.prefix, place.colon);
            place.member("conditions", &layout.write(&Json::List(vec![item]), &place.indent))
        }
        Some(list) if list.is_array() => {
            let place = item_insertion(list);
            let layout = layout(flow, &place.prefix, member_insertion(trigger).colon);
            place.item(&layout.write(&item, &place.indent))
        }
        Some(_) => return None,
    };
    edit.push(file, new);
    Some(edit)
}

fn layout(flow: &FlowView<'_>, prefix: &str, colon: &'static str) -> Layout {
    let layout = Layout::of(flow.text, colon);
    if prefix.contains(['\n', '\r']) {
        layout
    } else {
        layout.on_one_line()
    }
}
