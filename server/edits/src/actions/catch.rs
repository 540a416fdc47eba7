//! A scope that runs when another one fails, as `catch` follows `try`.

use analysis::order::{Order, Statuses};
use model::FileId;
use model::flow::{ActionId, FlowView};
use syntax::json::member_insertion;

use super::names::free_name;
use super::order::{Entry, Style};
use crate::WorkspaceEdit;
use crate::layout::{Json, object};

/// Adds a scope that runs when this one failed or timed out, and ends the run as failed, as it ended before. People add
/// to it what is to happen first.
///
/// It does not run when the scope was skipped: steps are skipped on purpose too, and the run would end as failed then.
/// Terminating ends a run at once, so there is nothing to add, and `None` is given, inside loops, where the service
/// refuses it, and where something in the block, or around it, handles a failure already and might come too late.
/// `None` also where the order cannot be read.
#[must_use]
pub fn catch(file: FileId, flow: &FlowView<'_>, order: &Order, scope: ActionId) -> Option<WorkspaceEdit> {
    let body = flow.body;
    let own = body.action(scope);
    if !flow.summary.complete || !own.is("Scope") {
        return None;
    }
    let is_loop = |id: ActionId| body.action(id).is("Foreach") || body.action(id).is("Until");
    let way = || std::iter::once(scope).chain(body.ancestors(scope));
    if way().any(is_loop) || way().any(|id| !handles_nothing(flow, order, id)) {
        return None;
    }
    let name = free_name(flow, &format!("Catch_{}", own.name.value))?;
    let terminate = free_name(flow, &format!("End_after_failure_of_{}", own.name.value))?;
    let place = member_insertion(flow.tree.value(flow.text, body.block(own.block).node)?);
    let style = Style::of(flow, scope, place.colon);
    let waits = [Entry::new(&own.name.value, Statuses::FAILED.or(Statuses::TIMED_OUT))];
    let indent = style.inner(&place.indent);
    let end = object([
        ("type", Json::text("Terminate")),
        (
            "inputs",
            object([
                ("runStatus", Json::text("Failed")),
                (
                    "runError",
                    object([
                        ("code", Json::text("ScopeFailed")),
                        ("message", Json::text(&message(&own.title()))),
                    ]),
                ),
            ]),
        ),
        ("runAfter", object([])),
    ]);
    let catch = object([
        ("type", Json::text("Scope")),
        ("actions", Json::Object(vec![(terminate, end)])),
        ("runAfter", Json::Raw(style.write(&waits, &indent))),
    ]);
    let mut edit = WorkspaceEdit::default();
    edit.push(file, place.member(&name, &style.json(&catch, &place.indent)));
    Some(edit)
}

/// What the run says of its end. A name may hold signs that would begin an expression.
fn message(title: &str) -> String {
    format!("The scope {} failed.", title.replace('@', ""))
}

/// Whether the order of the block around an action can be read, and nothing in it waits for anything but success.
fn handles_nothing(flow: &FlowView<'_>, order: &Order, id: ActionId) -> bool {
    let block = flow.body.block(flow.body.action(id).block);
    block.actions.iter().all(|sibling| {
        let entries = flow
            .body
            .action(*sibling)
            .run_after
            .iter()
            .flat_map(|list| &list.entries);
        let mut words = entries.flat_map(|entry| &entry.statuses);
        order.is_readable(*sibling) && words.all(|word| Statuses::of_word(&word.value) == Some(Statuses::SUCCEEDED))
    })
}
