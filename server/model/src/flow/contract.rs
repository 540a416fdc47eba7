//! What a flow wants of those who call it, and what a call of a child flow gives.

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
