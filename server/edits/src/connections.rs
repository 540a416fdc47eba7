//! The connections of a flow.

use model::flow::FlowView;
use model::{FileId, SolutionId, Workspace, same_name};
use syntax::TextEdit;
use syntax::json::member_insertion;

use crate::components::{NewReference, add_connection_reference};
use crate::layout::{Json, Layout, object};
use crate::{Refusal, WorkspaceEdit, naming};

/// The key by which a flow of a solution uses a connector with its owner's connection, and what has to change for it: a new
/// key where the flow has none, and a new connection reference where the solution has none.
pub(crate) fn key_for(
    workspace: &Workspace,
    solution: SolutionId,
    file: FileId,
    flow: &FlowView<'_>,
    connector: &str,
) -> Result<(String, WorkspaceEdit), Refusal> {
    let known = flow.summary.connections.iter().filter(|key| {
        let own = key.connector.as_ref().map(|connector| connector.value.as_str());
        own.is_some_and(|own| own.eq_ignore_ascii_case(connector))
            && key.logical_name.is_some()
            && !key.legacy
            && !key.is_invoker()
    });
    let uses = |key: &str| {
        let mut uses = flow.body.key_uses.iter();
        uses.any(|used| used.key.value == key)
    };
    // One that is declared and used serves best; one that is only declared does too.
    if let Some(key) = known.max_by_key(|key| uses(&key.key.value)) {
        return Ok((key.key.value.clone(), WorkspaceEdit::default()));
    }
    let taken = |name: &str| {
        flow.summary
            .connections
            .iter()
            .any(|key| same_name(&key.key.value, name))
    };
    let mut numbered = (1u32..).map(|number| format!("{connector}_{number}"));
    let key = match taken(connector) {
        false => connector.to_owned(),
        true => numbered.find(|name| !taken(name)).unwrap_or_default(),
    };
    let title = naming::connector_title(connector);
    let declared = workspace.references(solution).find(|reference| {
        let own = reference.connector();
        own.is_some_and(|own| own.eq_ignore_ascii_case(connector))
    });
    let (reference, mut edit) = match declared {
        Some(reference) => (reference.logical_name.value.clone(), WorkspaceEdit::default()),
        None => {
            let new = NewReference::named_for(workspace, solution, connector, None)
                .filter(|_| workspace.is_complete(solution));
            let edit = new
                .as_ref()
                .and_then(|new| add_connection_reference(workspace, solution, new));
            let (Some(new), Some(edit)) = (new, edit) else {
                return Refusal::new(format!(
                    "The solution has no connection reference to {title}, and its files cannot take a new one."
                ));
            };
            (new.logical_name, edit)
        }
    };
    let entry = object([
        ("runtimeSource", Json::text("embedded")),
        (
            "connection",
            object([("connectionReferenceLogicalName", Json::text(&reference))]),
        ),
        ("api", object([("name", Json::text(connector))])),
    ]);
    match add_key(flow, &key, entry) {
        Some(added) => {
            edit.push(file, added);
            Ok((key, edit))
        }
        None => Refusal::new("The flow has no place for a connection."),
    }
}

fn add_key(flow: &FlowView<'_>, key: &str, entry: Json) -> Option<TextEdit> {
    if let Some(list) = flow.body.connections.and_then(|node| flow.tree.value(flow.text, node)) {
        let place = member_insertion(list);
        return Some(place.member(key, &Layout::at(flow.text, &place).write(&entry, &place.indent)));
    }
    let properties = flow.tree.root(flow.text)?.get("properties")?;
    if properties.get("connectionReferences").is_some() {
        return None;
    }
    let place = member_insertion(properties);
    let list = Json::Object(vec![(key.to_owned(), entry)]);
    Some(place.member(
        "connectionReferences",
        &Layout::at(flow.text, &place).write(&list, &place.indent),
    ))
}
