//! What a trigger gives.

use expr::types::{Found, ObjectType, Property, Rest, Type};

use model::flow::Owner;

use super::{FlowTypes, rows, schema};

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
    let split = value.get("splitOn").is_some();
    if !trigger.kind.eq_ignore_ascii_case("Request") {
        return called_back(rows::body(types, Owner::Trigger(0)), split);
    }
    if split {
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

/// What a connector's trigger gives, by the body that its operation gives: of a list that is handed out one by one, one.
fn called_back(body: Type, split: bool) -> Type {
    let object = body.declared().as_object();
    let list = object.and_then(|object| match object.find("value") {
        Found::Property(list) => list.value.item().cloned(),
        _ => None,
    });
    let body = match list {
        Some(item) if split => item,
        _ => body,
    };
    match body {
        Type::Any => Type::Any,
        known => {
            let properties = vec![Property::new("body", known, false)];
            Type::claimed(Type::object(ObjectType::new(properties, Rest::Each(Type::Any))))
        }
    }
}
