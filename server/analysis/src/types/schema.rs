//! Types from JSON schemas.

use expr::types::{ObjectType, Property, Rest, Type};
use rustc_hash::FxHashSet;
use std::sync::Arc;
use syntax::json::Value;

/// So many parts of a schema are read; what is left is [`Type::Any`]. Definitions that name each other would give more
/// parts than the file has characters.
const MAX_PARTS: u32 = 2000;
/// So deep is a schema read.
const MAX_DEPTH: u32 = 24;

/// The type of values that a schema describes.
pub(super) fn read(schema: Value<'_>) -> Type {
    let mut reader = Reader { root: schema, parts: 0 };
    reader.read(schema, 0)
}

struct Reader<'a> {
    root: Value<'a>,
    parts: u32,
}

impl<'a> Reader<'a> {
    fn read(&mut self, schema: Value<'a>, depth: u32) -> Type {
        self.parts += 1;
        if self.parts > MAX_PARTS || depth > MAX_DEPTH {
            return Type::Any;
        }
        if let Some(target) = schema.get("$ref").and_then(|reference| self.target(reference)) {
            return self.read(target, depth + 1);
        }
        for one_of in ["anyOf", "oneOf"] {
            if let Some(choices) = schema.get(one_of).filter(Value::is_array) {
                let choices: Vec<Type> = choices.items().map(|choice| self.read(choice, depth + 1)).collect();
                return Type::union(choices);
            }
        }
        if schema.get("allOf").is_some() {
            return Type::Any;
        }
        match schema.get("type") {
            Some(kinds) if kinds.is_array() => {
                let kinds: Vec<Type> = kinds.items().map(|kind| self.kind(kind, schema, depth)).collect();
                Type::union(kinds)
            }
            Some(kind) => self.kind(kind, schema, depth),
            None if schema
                .get("properties")
                .is_some_and(|properties| properties.is_object()) =>
            {
                self.object(schema, depth)
            }
            None => Type::Any,
        }
    }

    fn kind(&mut self, kind: Value<'a>, schema: Value<'a>, depth: u32) -> Type {
        match kind.as_str().as_deref() {
            Some("null") => Type::Null,
            Some("boolean") => Type::Boolean,
            Some("integer") => Type::Integer,
            Some("number") => Type::number(),
            Some("string") => Type::String,
            Some("array") => {
                let items = schema.get("items").filter(Value::is_object);
                Type::array(items.map_or(Type::Any, |items| self.read(items, depth + 1)))
            }
            Some("object") => self.object(schema, depth),
            _ => Type::Any,
        }
    }

    fn object(&mut self, schema: Value<'a>, depth: u32) -> Type {
        let required = schema.get("required").filter(Value::is_array);
        let required: FxHashSet<_> = required
            .iter()
            .flat_map(Value::items)
            .filter_map(|name| name.as_str())
            .collect();
        let mut properties = Vec::new();
        for member in schema.get("properties").iter().flat_map(Value::members) {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                continue;
            };
            if self.parts > MAX_PARTS {
                // A list that was cut off says nothing of what it does not name.
                return Type::any_object();
            }
            properties.push(Property {
                name: literal(&key).into(),
                value: self.read(value, depth + 1),
                required: required.contains(&key),
                title: words(value, &["title", "x-ms-summary"]),
                description: words(value, &["description"]),
            });
        }
        let rest = match schema.get("additionalProperties") {
            Some(none) if none.as_bool() == Some(false) => Rest::None,
            Some(each) if each.is_object() => Rest::Each(self.read(each, depth + 1)),
            Some(_) => Rest::Each(Type::Any),
            None if properties.is_empty() || schema.get("patternProperties").is_some() => Rest::Each(Type::Any),
            None => Rest::Unlisted,
        };
        Type::object(ObjectType::new(properties, rest))
    }

    /// What `#/definitions/name` points at.
    fn target(&self, reference: Value<'a>) -> Option<Value<'a>> {
        let path = reference.as_str()?;
        let mut at = self.root;
        for part in path.strip_prefix("#/")?.split('/') {
            at = at.get(part)?;
        }
        Some(at)
    }
}

/// A name in a schema is a template string: `@@odata.id` stands for `@odata.id`.
fn literal(key: &str) -> &str {
    match key.strip_prefix('@') {
        Some(rest) if rest.starts_with('@') => rest,
        _ => key,
    }
}

/// Longest text for people that is kept, in characters.
const MAX_WORDS: usize = 300;

fn words(schema: Value<'_>, names: &[&str]) -> Option<Arc<str>> {
    let text = names.iter().find_map(|name| schema.get(name)?.as_str())?;
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(match text.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    })
}
