//! Rows of Dataverse: what operations on tables give.
//!
//! No flow says which columns a table has. Who knows other files does, and says so through [`Columns`]; rules do not, for
//! what is gathered from a workspace is never all there is.

use expr::types::{ObjectType, Property, Rest, Type};
use model::flow::{Operation, Owner, Role, StringMemo, is_dataverse, touches};

use super::FlowTypes;

/// Says which columns the tables of Dataverse have.
pub trait Columns: std::fmt::Debug {
    /// The columns of a table as flows read them; `logical` tells logical names from names of sets.
    fn of(&self, table: &str, logical: bool) -> Vec<String>;
}

/// The body that the operation of a trigger or action gives: [`Type::Any`] where nobody says.
pub(super) fn body(types: &FlowTypes<'_>, owner: Owner) -> Type {
    let Some(columns) = types.columns else {
        return Type::Any;
    };
    let mut operations = types.flow.body.operations.iter();
    let Some(operation) = operations.find(|operation| operation.owner == owner) else {
        return Type::Any;
    };
    let lists = lists(&operation.id.value);
    if !is_dataverse(&operation.connector) {
        return if lists { list(Type::Any) } else { Type::Any };
    }
    let row = row(types, operation, columns);
    if lists { list(row) } else { row }
}

/// Whether an operation of this id gives a list, as connectors name theirs.
fn lists(id: &str) -> bool {
    let id = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let id = id.strip_suffix('V').unwrap_or(id).trim_end_matches('_');
    let starts = |start: &str| {
        id.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    starts("List") || starts("Get") && id.ends_with('s')
}

/// The answer of an operation that lists something.
fn list(item: Type) -> Type {
    let properties = vec![Property::new("value", Type::array(item), false)];
    Type::claimed(Type::object(ObjectType::new(properties, Rest::Each(Type::Any))))
}

/// A row of the operation's table.
fn row(types: &FlowTypes<'_>, operation: &Operation, columns: &dyn Columns) -> Type {
    let Some(parameters) = operation.parameters.and_then(|node| types.value(node)) else {
        return Type::Any;
    };
    let names = touches(operation, parameters, &StringMemo::default()).names;
    let table = names.iter().find(|touch| touch.role == Role::Table);
    let mut all = table.map_or_else(Vec::new, |table| {
        columns.of(&table.name, operation.takes_logical_names())
    });
    // What is asked for is given, whoever declares it.
    let asked = names.iter().filter(|touch| touch.role == Role::Read);
    all.extend(asked.map(|touch| {
        // Lookups are named without what stands around them, and read with it.
        let written = touch.span.slice(types.flow.text);
        let lookup = written.starts_with('_') && written.len() > touch.name.len();
        if lookup { written } else { &touch.name }.to_owned()
    }));
    if all.is_empty() {
        return Type::Any;
    }
    all.sort_unstable();
    all.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    let properties = all.iter().map(|name| Property::new(name, Type::Any, false));
    Type::claimed(Type::object(ObjectType::new(
        properties.collect(),
        Rest::Each(Type::Any),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_operations_tell_lists() {
        for id in [
            "ListRecords",
            "GetItems",
            "GetItems_V2",
            "GetEmailsV3",
            "listrows",
            "List",
        ] {
            assert!(lists(id), "{id}");
        }
        for id in ["GetItem", "GetItem_V2", "CreateRecord", "SendEmailV2", "Get", ""] {
            assert!(!lists(id), "{id}");
        }
    }
}
