//! Values that are written out in a flow, given a name instead: a variable, a parameter, an environment variable, a secret.
//!
//! A value goes with all its equals in the flow, or it would have to be changed in several places still. What the flow does
//! stays the same: the name has the value where each of them is read.

mod address;
mod secret;
mod value;
mod written;

use analysis::literals::{Constant, Literal};
use model::flow::{FlowView, Owner};
use syntax::TextEdit;
use syntax::json::{Value, member_insertion};

use crate::layout::{Json, Layout, object};
use crate::naming;

pub use self::secret::{Secret, extract_secret};
pub use self::value::{Extracted, Repeated};
pub use self::written::extract_written;

/// Members whose name says nothing of what their value is.
const GENERAL: [&str; 24] = [
    "and",
    "body",
    "content",
    "contains",
    "equals",
    "expression",
    "foreach",
    "from",
    "greater",
    "greaterOrEquals",
    "inputs",
    "less",
    "lessOrEquals",
    "message",
    "not",
    "or",
    "path",
    "queries",
    "headers",
    "startsWith",
    "endsWith",
    "uri",
    "value",
    "where",
];

/// The edit that adds a parameter to the flow's definition.
fn add_parameter(flow: &FlowView<'_>, name: &str, parameter: Json) -> Option<TextEdit> {
    if let Some(list) = flow.body.parameters.and_then(|node| flow.tree.value(flow.text, node)) {
        let place = member_insertion(list);
        return Some(place.member(name, &Layout::at(flow.text, &place).write(&parameter, &place.indent)));
    }
    let definition = flow.tree.value(flow.text, flow.body.definition?)?;
    if definition.get("parameters").is_some() {
        return None;
    }
    let place = member_insertion(definition);
    let list = Json::Object(vec![(name.to_owned(), parameter)]);
    Some(place.member("parameters", &Layout::at(flow.text, &place).write(&list, &place.indent)))
}

/// A parameter that stands for an environment variable, with the value that the variable has at the moment, as the designer
/// writes it. It must be no secret's.
fn variable_parameter(schema_name: &str, kind: &str, value: Option<Json>) -> Json {
    let metadata = object([("schemaName", Json::text(schema_name)), ("description", Json::text(""))]);
    let mut members: Vec<(String, Json)> = Vec::new();
    members.extend(value.map(|value| ("defaultValue".to_owned(), value)));
    members.push(("type".to_owned(), Json::text(kind)));
    members.push(("metadata".to_owned(), metadata));
    Json::Object(members)
}

/// What a literal is for, in words, from where it stands; `None` where the place does not tell.
fn purpose(flow: &FlowView<'_>, literal: &Literal) -> Option<String> {
    let node = match literal.owner {
        Owner::Action(id) => flow.body.action(id).node,
        Owner::Trigger(index) => flow.body.triggers.get(index as usize)?.node,
        Owner::Definition => return None,
    };
    let step = flow.tree.value(flow.text, node)?;
    let mut names: Vec<String> = Vec::new();
    let mut at = step;
    // The names of the members on the way to the literal.
    while at.id() != literal.node {
        let inner = at.members().find_map(|member| {
            let value = member.value?;
            let holds = value.span().contains_span(literal.span);
            holds.then(|| (member.key.as_str().map(|key| key.into_owned()), value))
        });
        let (name, value) = inner.or_else(|| {
            let item = at.items().find(|item| item.span().contains_span(literal.span))?;
            Some((None, item))
        })?;
        names.extend(name);
        at = value;
    }
    if let Some(name) = variable_of(step, literal) {
        return Some(name);
    }
    let name = names.last()?;
    let last = name.rsplit('/').next().unwrap_or(name);
    let plain = last.chars().filter(|c| c.is_alphabetic()).count() > 1;
    (plain && !GENERAL.iter().any(|general| general.eq_ignore_ascii_case(last))).then(|| last.to_owned())
}

/// The name of the variable that an action gives the value to.
fn variable_of(step: Value<'_>, literal: &Literal) -> Option<String> {
    let inputs = step.get("inputs")?;
    let name = |of: Value<'_>| Some(of.get("name")?.as_str()?.into_owned());
    let declared = inputs.get("variables").into_iter().flat_map(|list| list.items());
    let holds = |of: &Value<'_>| {
        of.get("value")
            .is_some_and(|value| value.span().contains_span(literal.span))
    };
    declared.chain([inputs]).find(holds).and_then(name)
}

/// A name for people: the purpose, else the words of the value, else those of the step.
fn title_of(flow: &FlowView<'_>, literal: &Literal) -> String {
    let step = || match literal.owner {
        Owner::Action(id) => flow.body.action(id).title(),
        Owner::Trigger(index) => flow
            .body
            .triggers
            .get(index as usize)
            .map_or_else(String::new, |trigger| trigger.name.value.replace('_', " ")),
        Owner::Definition => String::new(),
    };
    let of_value = || match &literal.value {
        Constant::Text(text) if text.len() <= 40 && !text.contains(['@', ':', '{']) => {
            let words: Vec<&str> = naming::words(text).take(4).collect();
            let words = words.join(" ");
            words.contains(char::is_alphabetic).then_some(words)
        }
        _ => None,
    };
    let name = purpose(flow, literal).or_else(of_value).unwrap_or_else(step);
    let words: Vec<&str> = naming::words(&name).take(6).collect();
    naming::capital(&words.join(" "))
}
