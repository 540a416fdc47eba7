//! What a flow's operations say of rows: which trigger listens to which table, and what the flow writes.

use model::flow::{Action, FlowBody, Operation, Owner};
use syntax::Span;
use syntax::json::{Tree, Value};

use crate::parameters::{older_parameter, parameter};

/// Name of the Dataverse connector.
pub const CONNECTOR: &str = "shared_commondataserviceforapps";

/// A trigger "When a row is added, modified or deleted".
#[derive(Clone, Debug)]
pub struct RowTrigger<'a> {
    /// Index of the trigger in the flow.
    pub index: u32,
    /// The trigger's `inputs.parameters`, or its `inputs` in the older form.
    pub parameters: Value<'a>,
    /// The list of the columns whose change fires it, as the file has it.
    pub column_list: Option<Value<'a>>,
    /// Whether it fires on created rows.
    pub on_create: bool,
    /// Whether it fires on changed rows.
    pub on_update: bool,
    /// Whether it fires on deleted rows.
    pub on_delete: bool,
    /// Logical name of the table; `None` where an expression gives it.
    pub table: Option<String>,
    /// The columns whose change fires it, in lower case; empty where any does.
    pub columns: Vec<String>,
    /// Whether a row filter or a trigger condition decides further.
    pub is_conditional: bool,
}

/// What a write does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Write {
    /// Makes one.
    Create,
    /// Changes one.
    Update,
    /// Changes one, or makes it where it is not there.
    Upsert,
    /// Deletes one.
    Delete,
}

/// A write of a row.
#[derive(Clone, Debug)]
pub struct RowWrite<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// What it does.
    pub write: Write,
    /// The table's name as the operation has it, usually the entity set's; `None` where an expression gives it.
    pub table: Option<String>,
    /// Where the table is named.
    pub table_span: Span,
    /// The columns written, in lower case; `None` where an expression gives the whole row.
    pub columns: Option<Vec<String>>,
}

const PREFIX: &str = "subscriptionRequest/";

/// The flow's Dataverse row triggers.
#[must_use]
pub fn row_triggers<'a>(body: &'a FlowBody, tree: &'a Tree, text: &'a str) -> Vec<RowTrigger<'a>> {
    let mut found = Vec::new();
    for operation in &body.operations {
        let Owner::Trigger(index) = operation.owner else {
            continue;
        };
        let is_row_trigger = ["SubscribeWebhookTrigger", "SubscribeWebhookTriggerWithOrganization"]
            .iter()
            .any(|id| operation.is(CONNECTOR, id));
        if !is_row_trigger {
            continue;
        }
        let trigger = body.triggers.get(index as usize).and_then(|t| tree.value(text, t.node));
        let parameters = operation.parameters.and_then(|node| tree.value(text, node));
        let (Some(trigger), Some(parameters)) = (trigger, parameters) else {
            continue;
        };
        let field = |name: &str| match operation.older {
            true => older_parameter(parameters, name),
            false => parameter(parameters, &format!("{PREFIX}{name}")),
        };
        let written = |name: &str| {
            let value = field(name)?.as_str()?.into_owned();
            (!value.trim().is_empty()).then_some(value)
        };
        let message = field("message").and_then(|m| m.as_i64().or_else(|| m.as_str()?.trim().parse().ok()));
        let message = message.unwrap_or_default();
        let columns = written("filteringattributes").unwrap_or_default();
        let conditions = trigger.get_ignore_case("conditions");
        found.push(RowTrigger {
            index,
            parameters,
            column_list: field("filteringattributes"),
            on_create: matches!(message, 1 | 4 | 5 | 7),
            on_update: matches!(message, 3 | 4 | 6 | 7),
            on_delete: matches!(message, 2 | 5 | 6 | 7),
            table: written("entityname")
                .filter(|name| !name.contains('@'))
                .map(|name| name.to_ascii_lowercase()),
            columns: columns
                .split(',')
                .map(|column| match column.contains('@') {
                    true => column.trim().to_ascii_lowercase(),
                    false => column_of(column.trim()),
                })
                .filter(|column| !column.is_empty())
                .collect(),
            is_conditional: written("filterexpression").is_some()
                || conditions.is_some_and(|list| list.items().next().is_some()),
        });
    }
    found
}

/// The flow's writes of Dataverse rows by actions.
#[must_use]
pub fn row_writes<'a>(body: &'a FlowBody, tree: &'a Tree, text: &'a str) -> Vec<RowWrite<'a>> {
    let mut found = Vec::new();
    for operation in &body.operations {
        if !matches!(operation.owner, Owner::Action(_)) || !operation.connector.eq_ignore_ascii_case(CONNECTOR) {
            continue;
        }
        let id = operation.id.value.to_ascii_lowercase();
        let elsewhere = id.strip_suffix("withorganization");
        let write = match elsewhere.unwrap_or(&id) {
            "createrecord" => Write::Create,
            "updateonlyrecord" => Write::Update,
            "updaterecord" => Write::Upsert,
            "deleterecord" => Write::Delete,
            _ => continue,
        };
        let Some(parameters) = operation.parameters.and_then(|node| tree.value(text, node)) else {
            continue;
        };
        // What is written in another environment changes no row of this one.
        let here = |value: Value<'_>| {
            value
                .as_str()
                .is_some_and(|text| text.trim().eq_ignore_ascii_case("current"))
        };
        if elsewhere.is_some() && !parameters.get_ignore_case("organization").is_some_and(here) {
            continue;
        }
        let Some(entity) = parameters.get_ignore_case("entityName") else {
            continue;
        };
        let table = entity
            .as_str()
            .filter(|name| !name.contains('@'))
            .map(|name| name.trim().to_ascii_lowercase());
        found.push(RowWrite {
            operation,
            write,
            table,
            table_span: entity.content_span(),
            columns: columns(parameters),
        });
    }
    found
}

/// The columns below `item`, whether one parameter each or one object.
fn columns(parameters: Value<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for member in parameters.members() {
        let Some(name) = member.key.as_str() else { continue };
        let prefix = name
            .get(.."item/".len())
            .filter(|start| start.eq_ignore_ascii_case("item/"));
        if let Some(column) = prefix.and_then(|start| name.get(start.len()..)) {
            found.push(column_of(column));
        } else if name.eq_ignore_ascii_case("item") {
            let value = member.value?;
            if !value.is_object() {
                return None;
            }
            let keys = value.members().filter_map(|member| member.key.as_str());
            found.extend(keys.map(|key| column_of(&key)));
        }
    }
    Some(found)
}

/// The column that a written property stands for: `Owner@odata.bind` sets `owner`, `_owner_value` reads it.
fn column_of(property: &str) -> String {
    let name = property.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let inner = name.strip_prefix('_').and_then(|rest| rest.strip_suffix("_value"));
    inner.map_or(name.clone(), str::to_owned)
}

/// Whether a table named by its entity set (`contacts`) can be the one of this logical name (`contact`). The set's
/// name is a plural that Dataverse makes by rules of English; both spellings count.
#[must_use]
pub fn same_table(set: &str, logical: &str) -> bool {
    let (set, logical) = (set.to_ascii_lowercase(), logical.to_ascii_lowercase());
    if set == logical {
        return true;
    }
    let with = |end: &str| set.strip_suffix(end) == Some(logical.as_str());
    let y = logical
        .strip_suffix('y')
        .is_some_and(|stem| set.strip_suffix("ies") == Some(stem));
    with("s") || with("es") || with("set") || y
}

/// Whether an action does not run each time: it stands below a condition, or something below one ends the run.
#[must_use]
pub fn is_guarded(body: &FlowBody, owner: Owner) -> bool {
    let Owner::Action(id) = owner else { return false };
    let is_branch = |action: &Action| action.is("If") || action.is("Switch");
    let below_branch = |id| body.ancestors(id).any(|outer| is_branch(body.action(outer)));
    below_branch(id)
        || body
            .actions()
            .any(|(other, action)| action.is("Terminate") && below_branch(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sets_and_tables() {
        for (set, table) in [
            ("contacts", "contact"),
            ("opportunities", "opportunity"),
            ("con_statuses", "con_status"),
            ("Accounts", "account"),
            ("con_x", "con_x"),
        ] {
            assert!(same_table(set, table), "{set} {table}");
        }
        assert!(!same_table("contacts", "account") && !same_table("tasks", "taskset"));
    }

    #[test]
    fn columns_of_a_row() {
        let text = r#"{"item/Name":"x","item/con_Owner@odata.bind":"y","recordId":1}"#;
        let tree = Tree::parse(text);
        let found = columns(tree.root(text).expect("an object"));
        assert_eq!(found, Some(vec!["name".to_owned(), "con_owner".to_owned()]));
        let text = r#"{"item":"@outputs('Row')"}"#;
        let tree = Tree::parse(text);
        assert_eq!(columns(tree.root(text).expect("an object")), None);
    }
}
