//! What a flow's operations say of SharePoint lists: which trigger listens to which list, and what the flow writes.

use model::flow::{FlowBody, Operation, Owner, same_operation};
use syntax::Span;
use syntax::json::{Tree, Value};

use crate::dataverse::Write;
use crate::parameters::parameter;

/// Name of the SharePoint connector.
pub const CONNECTOR: &str = "shared_sharepointonline";

/// A list as a file names it: site and list, texts or expressions, in lower case.
pub type List = (String, String);

/// A trigger "When an item is created or modified", or one of its kin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTrigger {
    /// Index of the trigger in the flow.
    pub index: u32,
    /// Whether it fires on new items.
    pub on_create: bool,
    /// Whether it fires on changed items.
    pub on_update: bool,
    /// The list.
    pub list: List,
    /// Whether a trigger condition decides further.
    pub is_conditional: bool,
}

/// A write of an item.
#[derive(Clone, Debug)]
pub struct ListWrite<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// What it does.
    pub write: Write,
    /// The list.
    pub list: List,
    /// Where the list is named.
    pub place: Span,
    /// Whether it writes the item that started the flow.
    pub of_trigger: bool,
}

/// Triggers by operation: whether they fire on new items, and on changed ones.
const TRIGGERS: [(&str, bool, bool); 5] = [
    ("GetOnNewItems", true, false),
    ("GetOnUpdatedItems", true, true),
    ("GetOnChangedItems", false, true),
    ("GetOnNewFileItems", true, false),
    ("GetOnUpdatedFileItems", true, true),
];
const WRITES: [(&str, Write); 3] = [
    ("PostItem", Write::Create),
    ("PatchItem", Write::Update),
    ("PatchFileItem", Write::Update),
];

/// The flow's triggers on lists.
#[must_use]
pub fn list_triggers(body: &FlowBody, tree: &Tree, text: &str) -> Vec<ListTrigger> {
    let mut found = Vec::new();
    for operation in operations(body) {
        let Owner::Trigger(index) = operation.owner else {
            continue;
        };
        let known = TRIGGERS.iter().find(|(id, ..)| same_operation(id, &operation.id.value));
        let trigger = body.triggers.get(index as usize).and_then(|t| tree.value(text, t.node));
        let (Some((_, on_create, on_update)), Some(trigger)) = (known, trigger) else {
            continue;
        };
        let conditions = trigger.get_ignore_case("conditions");
        if let Some((list, _)) = list_of(operation, tree, text) {
            found.push(ListTrigger {
                index,
                on_create: *on_create,
                on_update: *on_update,
                list,
                is_conditional: conditions.is_some_and(|list| list.items().next().is_some()),
            });
        }
    }
    found
}

/// The flow's writes of items by actions.
#[must_use]
pub fn list_writes<'a>(body: &'a FlowBody, tree: &'a Tree, text: &'a str) -> Vec<ListWrite<'a>> {
    let mut found = Vec::new();
    for operation in operations(body).filter(|operation| matches!(operation.owner, Owner::Action(_))) {
        let known = WRITES.iter().find(|(id, _)| same_operation(id, &operation.id.value));
        if let (Some((_, write)), Some((list, place))) = (known, list_of(operation, tree, text)) {
            let parameters = operation.parameters.and_then(|node| tree.value(text, node));
            let item = parameters.and_then(|own| match operation.older {
                true => own.get_ignore_case("path"),
                false => parameter(own, "id"),
            });
            let names_trigger = |item: Value<'_>| {
                let text = item.as_str().unwrap_or_default().to_ascii_lowercase();
                text.contains("triggeroutputs(") || text.contains("triggerbody(")
            };
            found.push(ListWrite {
                operation,
                write: *write,
                list,
                place,
                of_trigger: *write == Write::Update && item.is_some_and(names_trigger),
            });
        }
    }
    found
}

fn operations(body: &FlowBody) -> impl Iterator<Item = &Operation> {
    body.operations
        .iter()
        .filter(|operation| operation.connector.eq_ignore_ascii_case(CONNECTOR))
}

/// The list that an operation names, and where.
fn list_of(operation: &Operation, tree: &Tree, text: &str) -> Option<(List, Span)> {
    let parameters = tree.value(text, operation.parameters?)?;
    let plain = |text: &str| text.trim().trim_end_matches('/').to_ascii_lowercase();
    if operation.older {
        let path = parameters.get_ignore_case("path")?;
        let text = path.as_str()?.to_ascii_lowercase();
        let (_, rest) = text.split_once("/datasets/")?;
        let (site, rest) = rest.split_once("/tables/")?;
        let list = rest.split('/').next()?;
        return Some(((site.to_owned(), list.to_owned()), path.content_span()));
    }
    let site = parameter(parameters, "dataset")?.as_str()?;
    let list = parameter(parameters, "table")?;
    let name = plain(&list.as_str()?);
    (!name.is_empty()).then(|| ((plain(&site), name), list.content_span()))
}
