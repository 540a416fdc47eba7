//! What a trigger gives.

use expr::types::{ObjectType, Property, Rest, Type};

use super::{FlowTypes, schema};

/// Kinds of request triggers whose callers are held to the schema: the service refuses other bodies.
const HELD: [&str; 3] = ["Button", "PowerApp", "PowerAppV2"];

/// `triggerOutputs()`
pub(super) fn outputs(types: &FlowTypes<'_>) -> Type {
    // Of several triggers nobody knows which one starts.
    let [trigger] = types.flow.body.triggers.as_slice() else {
        return Type::Any;
    };
    let Some(value) = types.value(trigger.node) else {
        return Type::Any;
    };
    // Rows that are handed out one by one are no longer what the schema describes.
    if value.get("splitOn").is_some() || !trigger.kind.eq_ignore_ascii_case("Request") {
        return Type::Any;
    }
    let body = match value.path(&["inputs", "schema"]).filter(|schema| schema.is_object()) {
        Some(described) => schema::read(described),
        None => return Type::Any,
    };
    let held = HELD.iter().any(|kind| trigger.subkind.eq_ignore_ascii_case(kind));
    let body = if held { body } else { Type::claimed(body) };
    let headers = Type::object(ObjectType::new(Vec::new(), Rest::Each(Type::Any)));
    let properties = vec![
        Property::new("headers", headers, true),
        Property::new("body", body, true),
    ];
    Type::object(ObjectType::new(properties, Rest::Each(Type::Any)))
}
