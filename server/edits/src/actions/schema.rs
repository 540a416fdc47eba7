//! A schema for a trigger that has none, from what the flow reads.

use analysis::trigger_body::{Shape, body_use};
use model::FileId;
use model::flow::FlowView;
use syntax::TextEdit;
use syntax::json::{Value, member_insertion};

use crate::WorkspaceEdit;
use crate::layout::{Json, Layout};

/// Gives a request trigger a schema that names what the flow reads of the body. Kinds of values are left open where
/// nothing tells them, and no property is required, so every body that came in before comes in still.
///
/// `None` where the flow reads nothing by name, or where the trigger has a schema that says something.
#[must_use]
pub fn trigger_schema(file: FileId, flow: &FlowView<'_>, trigger: usize) -> Option<WorkspaceEdit> {
    let trigger = flow.tree.value(flow.text, flow.body.triggers.get(trigger)?.node)?;
    let used = body_use(flow);
    if used.shape.is_empty() {
        return None;
    }
    let schema = json(&used.shape);
    let edit = match trigger.get_ignore_case("inputs") {
        None => add(flow, trigger, "inputs", Json::Object(vec![("schema".into(), schema)]))?,
        Some(inputs) => match inputs.get_ignore_case("schema") {
            None => add(flow, inputs, "schema", schema)?,
            Some(old) if says_nothing(old) => {
                let colon = member_insertion(inputs).colon;
                let indent = syntax::text::line_indent(flow.text, old.span().start);
                let lines = Layout::of(flow.text, colon);
                // In a line of its own the value may take more of them.
                let layout = if starts_line(flow.text, inputs, old) {
                    lines
                } else {
                    lines.on_one_line()
                };
                TextEdit::new(old.span(), layout.write(&schema, indent))
            }
            Some(_) => return None,
        },
    };
    let mut change = WorkspaceEdit::default();
    change.push(file, edit);
    Some(change)
}

/// Whether a schema lets everything through and names nothing.
#[must_use]
pub fn says_nothing(schema: Value<'_>) -> bool {
    if schema.is_null() {
        return true;
    }
    schema.is_object()
        && schema.members().all(|member| {
            let name = member.key.as_str().unwrap_or_default();
            match (name.as_ref(), member.value) {
                ("type", Some(kind)) => kind.is_str("object") || kind.is_str(""),
                ("properties" | "required", Some(list)) => list.is_empty(),
                ("$schema" | "title" | "description", _) => true,
                _ => false,
            }
        })
}

fn starts_line(text: &str, around: Value<'_>, inner: Value<'_>) -> bool {
    let before = text.get(around.span().start as usize..inner.span().start as usize);
    before.is_some_and(|before| before.contains(['\n', '\r']))
}

fn add(flow: &FlowView<'_>, object: Value<'_>, name: &str, value: Json) -> Option<TextEdit> {
    if !object.is_object() {
        return None;
    }
    let place = member_insertion(object);
    let layout = Layout::of(flow.text, place.colon);
    let layout = if place.prefix.contains(['\n', '\r']) {
        layout
    } else {
        layout.on_one_line()
    };
    Some(place.member(name, &layout.write(&value, &place.indent)))
}

fn json(shape: &Shape) -> Json {
    let mut members = Vec::new();
    if !shape.properties.is_empty() {
        let properties = shape.properties.iter().map(|(name, inner)| (name.clone(), json(inner)));
        members.push(("type".to_owned(), Json::text("object")));
        members.push(("properties".to_owned(), Json::Object(properties.collect())));
    } else if let Some(item) = &shape.list {
        members.push(("type".to_owned(), Json::text("array")));
        members.push(("items".to_owned(), json(item)));
    }
    Json::Object(members)
}
