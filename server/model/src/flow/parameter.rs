//! Parameters of a flow's definition: what stands for environment variables.

use syntax::Span;
use syntax::json::{Member, Value, member_removal};

use crate::facts::Spanned;

/// A parameter of the definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type as written.
    pub kind: String,
    /// The type with its quotes, where it is written.
    pub kind_span: Option<Span>,
    /// The whole value.
    pub span: Span,
    /// Schema name of the environment variable it stands for.
    pub schema_name: Option<Spanned<String>>,
    /// The value of that variable which it remembers, from the environment where the flow was saved.
    pub cached: Option<CachedValue>,
}

/// What a parameter remembers of its environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CachedValue {
    /// The text of a string, else the value as written.
    pub text: String,
    /// Whether it is a string.
    pub is_text: bool,
    /// The whole value.
    pub span: Span,
    /// What to delete to remove it.
    pub removal: Span,
}

pub(super) fn read(member: Member<'_>) -> Option<Parameter> {
    let text = |value: Value<'_>| Some(Spanned::new(value.as_str()?.into_owned(), value.content_span()));
    let value = member.value.unwrap_or(member.key);
    let kind = value.get("type");
    let schema_name = value.path(&["metadata", "schemaName"]).and_then(text);
    let schema_name = schema_name.filter(|name| !name.value.is_empty());
    Some(Parameter {
        name: text(member.key)?,
        kind: kind.and_then(text).map(|kind| kind.value).unwrap_or_default(),
        kind_span: kind.map(|kind| kind.span()),
        span: value.span(),
        cached: schema_name.as_ref().and_then(|_| cached(value)),
        schema_name,
    })
}

fn cached(parameter: Value<'_>) -> Option<CachedValue> {
    let member = parameter.member("defaultValue")?;
    let value = member.value.filter(|value| !value.is_null())?;
    let text = value.as_str();
    Some(CachedValue {
        is_text: text.is_some(),
        text: text.map_or_else(|| value.raw().to_owned(), |text| text.into_owned()),
        span: value.span(),
        removal: member_removal(parameter, member.key),
    })
}
