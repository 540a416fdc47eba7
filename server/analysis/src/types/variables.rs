//! What variables and parameters hold.

use expr::types::Type;
use model::flow::{ActionId, Owner};
use model::same_name;
use syntax::json::Value;

use super::{FlowTypes, actions};

/// The type of a parameter declared so.
pub(super) fn of_parameter(kind: &str) -> Type {
    match kind.to_ascii_lowercase().as_str() {
        "string" | "securestring" => Type::String,
        "bool" => Type::Boolean,
        "int" | "float" => Type::number(),
        "array" => Type::array(Type::Any),
        "object" | "secureobject" => Type::any_object(),
        _ => Type::Any,
    }
}

/// `variables('…')`, by the name in lower case.
pub(super) fn read(types: &FlowTypes<'_>, name: &str) -> Type {
    let named = |other: &str| same_name(other, name);
    let mut declared = types.flow.body.variables.iter().filter(|v| named(&v.name.value));
    let (Some(declaration), None) = (declared.next(), declared.next()) else {
        return Type::Any;
    };
    let entry = entry(types, declaration.action, name);
    let value = entry.and_then(|entry| entry.get("value"));
    let kind = match declaration.kind.to_ascii_lowercase().as_str() {
        "string" => Type::String,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "float" => Type::number(),
        "array" => list(types, name, declaration.action, value),
        "object" => Type::any_object(),
        _ => return Type::Any,
    };
    // Until it is set, a variable without a value is null.
    if value.is_some() { kind } else { kind.or_null() }
}

/// The entry of a variable in the action that declares it.
fn entry<'a>(types: &FlowTypes<'a>, action: ActionId, name: &str) -> Option<Value<'a>> {
    let list = types.member(action, &["inputs", "variables"])?;
    list.items().find(|entry| {
        let own = entry.get("name").and_then(|own| own.as_str());
        own.is_some_and(|own| same_name(&own, name))
    })
}

/// A list holds what it began with, what was appended and what it was set to.
fn list<'a>(types: &FlowTypes<'a>, name: &str, declared_by: ActionId, initial: Option<Value<'a>>) -> Type {
    let body = types.flow.body;
    let unknown = || Type::array(Type::Any);
    // A name that is computed may be this one.
    if body
        .variable_writes
        .iter()
        .any(|write| !expr::is_plain(&write.name.value))
    {
        return unknown();
    }
    let is_empty = |value: &Value<'_>| value.is_array() && value.is_empty();
    let mut items = Vec::new();
    if let Some(initial) = initial.filter(|value| !is_empty(value)) {
        items.push(actions::item_of(&types.of_value(Owner::Action(declared_by), initial)));
    }
    let writes = body.variable_writes.iter();
    for write in writes.filter(|write| same_name(&write.name.value, name)) {
        let Some(value) = types.member(write.action, &["inputs", "value"]) else {
            return unknown();
        };
        let given = types.of_value(Owner::Action(write.action), value);
        if body.action(write.action).is("AppendToArrayVariable") {
            // A list is no item: the service refuses to append one.
            items.extend(given.item().is_none().then_some(given));
        } else if !is_empty(&value) {
            items.push(actions::item_of(&given));
        }
    }
    // Of an empty list of types the union is anything.
    Type::array(Type::union(items))
}
