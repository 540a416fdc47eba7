//! What a flow wants of those who call it, and what a call of a child flow gives.

use expr::{NodeKind, ReferenceKind, Template};
use syntax::json::{Insertion, Kind, Value, member_insertion};

/// Something that a flow's trigger asks its caller for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// Its name in the request: `text`, `number_1`.
    pub name: String,
    /// The name that people see.
    pub title: String,
    /// Its type as written; empty where there is none, or several.
    pub kind: String,
    /// Whether the service refuses a call without it.
    pub required: bool,
}

/// What a value is, as far as it is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A text without an expression.
    Text,
    /// A text that reads as a number.
    Digits,
    /// A text that reads as true or false.
    Word,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A list.
    List,
    /// An object.
    Object,
    /// Worked out when the flow runs, or null.
    Open,
}

impl Shape {
    /// What a value is.
    #[must_use]
    pub fn of(value: Value<'_>) -> Self {
        match value.kind() {
            Kind::Number => Self::Number,
            Kind::True | Kind::False => Self::Flag,
            Kind::Array => Self::List,
            Kind::Object => Self::Object,
            Kind::String => {
                let text = value.as_str().unwrap_or_default();
                let text = text.trim();
                if !expr::is_plain(text) {
                    Self::Open
                } else if text.parse::<f64>().is_ok() {
                    Self::Digits
                } else if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
                    Self::Word
                } else {
                    Self::Text
                }
            }
            _ => Self::Open,
        }
    }
}

/// The request that a call of a child flow sends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Given {
    /// What it gives, by name.
    pub members: Vec<(String, Shape)>,
    /// Where one more goes.
    pub place: Insertion,
    /// Whether there is no `body` yet, so that it goes there with one.
    pub without_body: bool,
}

impl Given {
    /// What the inputs of a call give; `None` where an expression gives all of it.
    pub(super) fn of(inputs: Value<'_>) -> Option<Self> {
        let Some(body) = inputs.get("body").filter(|body| body.kind() != Kind::Null) else {
            // A `null` cannot be added to.
            return inputs.get("body").is_none().then(|| Self {
                members: Vec::new(),
                place: member_insertion(inputs),
                without_body: true,
            });
        };
        let member = |member: syntax::json::Member<'_>| {
            let name = member.key.as_str()?.into_owned();
            Some((name, Shape::of(member.value?)))
        };
        body.is_object().then(|| Self {
            members: body.members().filter_map(member).collect(),
            place: member_insertion(body),
            without_body: false,
        })
    }
}

/// What a response answers, by name; `None` where an expression gives all of it.
pub(super) fn answers(response: Value<'_>) -> Option<Vec<String>> {
    let inputs = response.get("inputs")?;
    let body = inputs.get("body").filter(|body| body.kind() != Kind::Null);
    let names = |object: Value<'_>| -> Vec<String> {
        let keys = object.members().filter_map(|member| member.key.as_str());
        keys.map(|key| key.into_owned()).collect()
    };
    let mut found = match body {
        None => Vec::new(),
        Some(body) if body.is_object() => names(body),
        Some(_) => return None,
    };
    // A name that an expression makes may be any.
    if found.iter().any(|name| !expr::is_plain(name)) {
        return None;
    }
    found.extend(inputs.path(&["schema", "properties"]).map(names).unwrap_or_default());
    Some(found)
}

/// The properties of a child flow's answer that expressions read of it, with the action that called it.
pub(super) fn reads(template: &Template) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for reference in expr::references(template).filter(|reference| reference.kind == ReferenceKind::Action) {
        let mut path: Vec<&str> = Vec::new();
        let mut at = reference.call;
        while path.len() < 2
            && let Some(outer) = template.parent(at)
        {
            let name = match &template.node(outer).kind {
                NodeKind::Dot { base, name, .. } if *base == at => Some(name.as_str()),
                NodeKind::Index { base, index, .. } if *base == at => template.node(*index).as_str(),
                _ => None,
            };
            let Some(name) = name else { break };
            path.extend(name.split('/'));
            at = outer;
        }
        let called = template
            .node(reference.call)
            .as_call()
            .map(|call| call.name.to_ascii_lowercase());
        let property = match called.as_deref() {
            Some("body") => path.first(),
            Some("outputs") if path.first().is_some_and(|first| first.eq_ignore_ascii_case("body")) => path.get(1),
            _ => None,
        };
        if let Some(property) = property {
            found.push((reference.name.to_owned(), (*property).to_owned()));
        }
    }
    found
}

/// What a trigger for people and apps asks for; `None` where its schema does not tell.
pub(super) fn inputs(trigger: Value<'_>) -> Option<Vec<Input>> {
    let schema = trigger.get("inputs")?.get("schema")?;
    let Some(properties) = schema.get("properties") else {
        return (schema.is_object() && schema.is_empty()).then(Vec::new);
    };
    let required: Vec<String> = schema
        .get("required")
        .into_iter()
        .flat_map(|list| list.items())
        .filter_map(|name| Some(name.as_str()?.into_owned()))
        .collect();
    let input = |member: syntax::json::Member<'_>| {
        let name = member.key.as_str()?.into_owned();
        let text = |field: &str| Some(member.value?.get(field)?.as_str()?.into_owned());
        Some(Input {
            title: text("title")
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| name.clone()),
            kind: text("type").unwrap_or_default().to_ascii_lowercase(),
            required: required.contains(&name),
            name,
        })
    };
    properties
        .is_object()
        .then(|| properties.members().filter_map(input).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_that_are_read() {
        for (text, expected) in [
            ("@body('Run_it')?['total']", "Run_it total"),
            ("x @{outputs('Run_it')?['body/total']}", "Run_it total"),
            ("@outputs('Run_it')['body']?['total']?['x']", "Run_it total"),
            ("@add(body('Run_it').total, 1)", "Run_it total"),
            ("@body('Run_it')", ""),
            ("@outputs('Run_it')?['headers']?['x']", ""),
            ("@body('Run_it')?[variables('x')]", ""),
        ] {
            let found = reads(&expr::parse(text));
            let found: Vec<String> = found.iter().map(|(step, name)| format!("{step} {name}")).collect();
            assert_eq!(found.join(","), expected, "{text}");
        }
    }
}
