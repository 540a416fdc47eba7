//! What actions give, by their type.

use expr::types::{Found, ObjectType, Property, Rest, Type};
use model::flow::{ActionId, Owner};
use syntax::json::NodeId;

use super::{FlowTypes, rows, schema};

/// Actions of type `Expression`, which the designer offers as steps of their own, by kind: what they give.
const EXPRESSION_KINDS: [(&str, Type); 10] = [
    ("CurrentTime", Type::String),
    ("AddToTime", Type::String),
    ("SubtractFromTime", Type::String),
    ("GetFutureTime", Type::String),
    ("GetPastTime", Type::String),
    ("ConvertTimeZone", Type::String),
    ("FormatNumber", Type::String),
    ("Substring", Type::String),
    ("IndexOf", Type::Integer),
    ("LastIndexOf", Type::Integer),
];

/// `outputs('…')`
pub(super) fn outputs(types: &FlowTypes<'_>, id: ActionId) -> Type {
    let action = types.flow.body.action(id);
    // A test result stands in for the real one.
    if types.member(id, &["runtimeConfiguration", "staticResult"]).is_some() {
        return Type::Any;
    }
    let owner = Owner::Action(id);
    let input = |name: &str| types.member(id, &["inputs", name]);
    let kind = |name: &str| action.is(name);
    if kind("Compose") {
        let inputs = types.member(id, &["inputs"]);
        return inputs.map_or(Type::Any, |inputs| types.of_value(owner, inputs));
    }
    if kind("ParseJson") {
        return match input("schema").filter(|schema| schema.is_object()) {
            Some(described) => with_body(schema::read(described)),
            None => Type::Any,
        };
    }
    if kind("Query") {
        let list = input("from").map_or(Type::Any, |from| types.of_value(owner, from));
        // What is not a list fails here: what comes out is one.
        return with_body(Type::array(item_of(&list)));
    }
    if kind("Select") {
        let row = input("select").map_or(Type::Any, |select| types.of_value(owner, select));
        return with_body(Type::array(row));
    }
    if kind("Table") || kind("Join") {
        return with_body(Type::String);
    }
    if kind("Expression") {
        let name = types
            .member(id, &["kind"])
            .and_then(|kind| kind.as_str())
            .unwrap_or_default();
        let known = EXPRESSION_KINDS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(&name));
        return known.map_or(Type::Any, |(_, gives)| with_body(gives.clone()));
    }
    const CALLS: [&str; 8] = [
        "Http",
        "Workflow",
        "OpenApiConnection",
        "OpenApiConnectionWebhook",
        "OpenApiConnectionNotification",
        "ApiConnection",
        "ApiConnectionWebhook",
        "HttpWebhook",
    ];
    if CALLS.iter().any(|name| kind(name)) {
        return answer(rows::body(types, owner));
    }
    Type::Any
}

/// `body('…')`
pub(super) fn body(types: &FlowTypes<'_>, id: ActionId) -> Type {
    // What `body` of a Compose gives, sources do not agree on.
    if types.flow.body.action(id).is("Compose") {
        return Type::Any;
    }
    body_of(&types.outputs(id))
}

/// The body in outputs.
pub(super) fn body_of(outputs: &Type) -> Type {
    match outputs.as_object().map(|object| object.find("body")) {
        Some(Found::Property(body)) => body.value.clone(),
        _ => Type::Any,
    }
}

/// `items('…')` of a loop.
pub(super) fn items(types: &FlowTypes<'_>, id: ActionId) -> Type {
    let action = types.flow.body.action(id);
    // While a loop is typed, its type may not be there yet.
    if !action.is("Foreach") && !action.kind.is_empty() {
        return Type::Any;
    }
    match types.member(id, &["foreach"]) {
        Some(list) => item_of(&types.of_value(Owner::Action(id), list)),
        None => Type::Any,
    }
}

/// The items of a list; [`Type::Any`] of what is no list, or only may be one. Who goes through null fails, and sees none.
pub(super) fn item_of(list: &Type) -> Type {
    let whole = list.declared().clone().without_null();
    match (whole.item(), list.is_claimed()) {
        (Some(item), true) => Type::claimed(item.clone()),
        (Some(item), false) => item.clone(),
        (None, _) => Type::Any,
    }
}

/// The list whose rows a node of an action is evaluated for; `None` where it is evaluated once.
pub(super) fn row_source(types: &FlowTypes<'_>, id: ActionId, node: NodeId) -> Option<Type> {
    let action = types.flow.body.action(id);
    let rows = ["Select", "Query", "Table"].iter().any(|kind| action.is(kind));
    let inputs = types.member(id, &["inputs"]).filter(|_| rows)?;
    let place = types.value(node)?.span();
    let inside = |name: &str| {
        inputs.get(name).is_some_and(|part| {
            let span = part.span();
            span.start <= place.start && place.end <= span.end
        })
    };
    ["select", "where", "columns"].iter().any(|name| inside(name)).then(|| {
        let from = inputs.get("from");
        from.map_or(Type::Any, |from| types.of_value(Owner::Action(id), from))
    })
}

fn with_body(body: Type) -> Type {
    // Where the action failed there is something else: errors, or nothing.
    let properties = vec![Property::new("body", body, true)];
    Type::object(ObjectType::new(properties, Rest::Each(Type::Any)))
}

/// What calls of other services give.
fn answer(body: Type) -> Type {
    let headers = Type::object(ObjectType::new(Vec::new(), Rest::Each(Type::Any)));
    let properties = vec![
        Property::new("statusCode", Type::claimed(Type::Integer), false),
        Property::new("headers", Type::claimed(headers), false),
        Property::new("body", body, true),
    ];
    Type::object(ObjectType::new(properties, Rest::Each(Type::Any)))
}
