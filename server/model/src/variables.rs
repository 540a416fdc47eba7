//! Facts of environment variables: definitions, and the current values that an export may carry.

use syntax::Span;
use syntax::json;
use syntax::xml::Tree;

use crate::facts::Spanned;

/// The `type` of a secret, whose value is a reference to a key vault.
pub const SECRET_TYPE: u32 = 100_000_005;

/// What `environmentvariabledefinition.xml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VariableDefinition {
    /// Whether the file is well-formed.
    pub complete: bool,
    /// Schema name.
    pub schema_name: Spanned<String>,
    /// Display name.
    pub display_name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// 100000000 text, …001 number, …002 yes/no, …003 JSON, …004 data source, …005 secret.
    pub kind: Option<u32>,
    /// Where the type stands.
    pub kind_span: Option<Span>,
    /// Default value.
    pub default: Option<Spanned<String>>,
    /// Where a default can be put in, with the line before it; `None` where one stands, or the definition holds nothing.
    pub default_place: Option<Span>,
    /// Whether a secret lies in Azure Key Vault, which its value then names.
    pub in_key_vault: bool,
    /// Schema name of the variable that this one depends on, as a list depends on its site.
    pub parent: Option<Spanned<String>>,
}

impl Default for Spanned<String> {
    fn default() -> Self {
        Self::new(String::new(), Span::default())
    }
}

impl VariableDefinition {
    /// Reads the facts.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let tree = Tree::parse(text);
        let Some(root) = tree.root() else {
            return Self::default();
        };
        let label = |name: &str| {
            root.child(name)
                .and_then(|e| Some(e.attribute("default")?.value().into_owned()))
        };
        Self {
            complete: !tree.is_broken(),
            schema_name: root
                .attribute("schemaname")
                .map(|name| Spanned::new(name.value().into_owned(), name.value_span()))
                .unwrap_or_default(),
            display_name: label("displayname"),
            description: label("description"),
            kind: root.child("type").and_then(|e| e.text().trim().parse().ok()),
            kind_span: root.child("type").and_then(|e| e.trimmed_text_span()),
            default: root
                .child("defaultvalue")
                .and_then(|e| Some(Spanned::new(e.text().into_owned(), e.content_span()?)))
                .filter(|d| !d.value.is_empty()),
            default_place: match root.child("defaultvalue") {
                Some(own) if own.text().is_empty() => Some(own.span()),
                Some(_) => None,
                None => root
                    .content_span()
                    .map(|content| Span::new(content.start, content.start)),
            },
            in_key_vault: root.child("secretstore").is_none_or(|own| own.text().trim() == "0"),
            parent: root
                .path(&["parentdefinitionid", "schemaname"])
                .and_then(|name| Some(Spanned::new(name.text().trim().to_owned(), name.trimmed_text_span()?))),
        }
    }

    /// The variable's type in words.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Some(100_000_000) => "text",
            Some(100_000_001) => "number",
            Some(100_000_002) => "yes/no",
            Some(100_000_003) => "JSON",
            Some(100_000_004) => "data source",
            Some(SECRET_TYPE) => "secret",
            _ => "unknown type",
        }
    }
}

/// What `environmentvariablevalues.json` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VariableValues {
    /// The values; one, or several by construction of the format.
    pub values: Vec<Spanned<String>>,
}

impl VariableValues {
    /// Reads the facts.
    #[must_use]
    pub fn read(tree: &json::Tree, text: &str) -> Self {
        let mut values = Vec::new();
        let list = tree
            .root(text)
            .and_then(|root| root.path(&["environmentvariablevalues", "environmentvariablevalue"]));
        let one = |entry: json::Value<'_>| {
            let value = entry.get("value")?;
            Some(Spanned::new(value.as_str()?.into_owned(), value.content_span()))
        };
        if let Some(list) = list {
            if list.is_array() {
                values.extend(list.items().filter_map(one));
            } else {
                values.extend(one(list));
            }
        }
        Self { values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_definition_and_values() {
        let text = r#"<environmentvariabledefinition schemaname="con_Limit"><defaultvalue>0</defaultvalue><displayname default="Limit"><label description="Limit" languagecode="1033" /></displayname><type>100000001</type><parentdefinitionid><schemaname> con_Site </schemaname></parentdefinitionid></environmentvariabledefinition>"#;
        let facts = VariableDefinition::read(text);
        assert_eq!(
            (facts.schema_name.value.as_str(), facts.kind_name()),
            ("con_Limit", "number")
        );
        assert_eq!(facts.default.map(|d| d.value).as_deref(), Some("0"));
        assert_eq!(facts.parent.map(|p| &text[p.span.range()]), Some("con_Site"));
        for json in [
            r#"{"environmentvariablevalues":{"environmentvariablevalue":{"iscustomizable":"1","value":"v"}}}"#,
            r#"{"environmentvariablevalues":{"environmentvariablevalue":[{"value":"v"},{}]}}"#,
        ] {
            let values = VariableValues::read(&json::Tree::parse(json), json);
            assert_eq!(values.values.len(), 1);
            assert_eq!(&json[values.values[0].span.range()], "v");
        }
    }
}
