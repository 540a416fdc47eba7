//! One view of the three ways in which a record is written: a JSON object, PowerShell's text for one, a row of a table.

use super::truncated::{self, Pairs};
use syntax::Span;
use syntax::json::Value;

/// A record whose fields are found by name, without regard to case.
#[derive(Clone, Debug)]
pub(crate) enum Record<'a> {
    /// An object of a JSON document.
    Json(Value<'a>),
    /// Names and values without places of their own.
    Pairs(Pairs),
}

impl<'a> Record<'a> {
    /// The record a JSON value holds: an object, or a string with PowerShell's text for one.
    pub(crate) fn of(value: Value<'a>) -> Option<Self> {
        Self::all_of(value).into_iter().next()
    }

    /// The records a JSON value holds: an object's one, or those in a string with PowerShell's text for objects.
    pub(crate) fn all_of(value: Value<'a>) -> Vec<Self> {
        if value.is_object() {
            return vec![Self::Json(value)];
        }
        let text = value.as_str().filter(|text| truncated::is_object(text));
        text.map_or_else(Vec::new, |text| {
            truncated::objects(&text).into_iter().map(Self::Pairs).collect()
        })
    }

    fn pair(&self, name: &str) -> Option<&str> {
        let Self::Pairs(pairs) = self else { return None };
        pairs
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn value(&self, name: &str) -> Option<Value<'a>> {
        let Self::Json(object) = self else { return None };
        object.get_ignore_case(name)
    }

    /// Whether the record has the field, with whatever value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some() || self.pair(name).is_some()
    }

    /// The field's text, trimmed. `None` where there is none, where it is empty, and where it is a thing rather than a
    /// text: an object, a list, or PowerShell's names of types in place of one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let text = match self.value(name) {
            Some(value) => value.as_str()?.trim().to_owned(),
            None => self.pair(name)?.trim().to_owned(),
        };
        (!text.is_empty() && !is_type_name(&text) && !truncated::is_object(&text)).then_some(text)
    }

    /// The first of these fields that has a text.
    pub(crate) fn first_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// The field's object.
    pub(crate) fn record(&self, name: &str) -> Option<Record<'a>> {
        match self.value(name) {
            Some(value) => Self::of(value),
            None => truncated::objects(self.pair(name)?).into_iter().next().map(Self::Pairs),
        }
    }

    /// The field's objects: those of a list, or the one that stands where a list should.
    pub(crate) fn records(&self, name: &str) -> Vec<Record<'a>> {
        let texts = |text: &str| truncated::objects(text).into_iter().map(Self::Pairs).collect();
        match self.value(name) {
            Some(list) if list.is_array() => list.items().filter_map(Self::of).collect(),
            Some(value) if value.is_object() => vec![Self::Json(value)],
            Some(value) => value.as_str().map_or_else(Vec::new, |text| texts(&text)),
            None => self.pair(name).map_or_else(Vec::new, texts),
        }
    }

    /// The fields of the record: names, and texts where they are texts.
    pub(crate) fn fields(&self) -> Vec<(String, Option<String>)> {
        let named = |name: &str| (name.to_owned(), self.text(name));
        match self {
            Self::Json(object) => object
                .members()
                .filter_map(|member| member.key.as_str())
                .map(|key| named(&key))
                .collect(),
            Self::Pairs(pairs) => pairs.iter().map(|(name, _)| named(name)).collect(),
        }
    }

    /// The field's truth value, also written as text.
    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        if let Some(truth) = self.value(name).and_then(|value| value.as_bool()) {
            return Some(truth);
        }
        let text = self.text(name)?;
        [("true", true), ("false", false)]
            .iter()
            .find(|(word, _)| text.eq_ignore_ascii_case(word))
            .map(|(_, truth)| *truth)
    }

    /// Where the file has the text of the first of these fields that has one.
    pub(crate) fn span_of(&self, names: &[&str]) -> Option<Span> {
        let name = names.iter().find(|name| self.text(name).is_some())?;
        self.value(name).map(|value| value.content_span())
    }
}

/// Whether PowerShell wrote a type's name because it would not write the value.
fn is_type_name(text: &str) -> bool {
    text.starts_with("System.") && !text.contains(char::is_whitespace) && !text.contains('@')
}
