//! Where a connection entry without a connection reference takes one, remembered as facts so that closed files can be
//! edited too.

use syntax::json::{Value, member_insertion, quote};
use syntax::{Span, TextEdit, indent_unit, line_ending};

const LOGICAL_NAME: &str = "connectionReferenceLogicalName";

/// The edit that names a connection reference, all but the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    span: Span,
    before: String,
    after: String,
}

impl Binding {
    /// The binding of an entry of `connectionReferences`; what its `connection` holds gives way.
    pub(super) fn of(entry: Value<'_>) -> Option<Self> {
        if !entry.is_object() || !entry.is_closed() {
            return None;
        }
        let connection = match entry.member("connection") {
            Some(member) => member.value?,
            None => return Some(Self::missing(entry)),
        };
        if !connection.is_object() {
            return Some(Self::written(connection.span(), "{", LOGICAL_NAME, ": ", "}"));
        }
        // The neighbours tell how this file writes colons better than an empty object does.
        let colon = member_insertion(entry).colon;
        let spans = || connection.members().map(|member| member.span());
        let (Some(first), Some(last)) = (spans().next(), spans().last()) else {
            let place = member_insertion(connection);
            return Some(Self::written(
                Span::at(place.offset),
                &place.prefix,
                LOGICAL_NAME,
                colon,
                &place.suffix,
            ));
        };
        Some(Self::written(first.cover(last), "", LOGICAL_NAME, colon, ""))
    }

    fn missing(entry: Value<'_>) -> Self {
        let place = member_insertion(entry);
        let text = entry.source();
        let (open, close) = if place.prefix.contains(['\n', '\r']) {
            let (end, indent) = (line_ending(text), &place.indent);
            (
                format!("{{{end}{indent}{}", indent_unit(text)),
                format!("{end}{indent}}}"),
            )
        } else {
            ("{".to_owned(), "}".to_owned())
        };
        let before = format!("{}{}{}{open}", place.prefix, quote("connection"), place.colon);
        let after = format!("{close}{}", place.suffix);
        Self::written(Span::at(place.offset), &before, LOGICAL_NAME, place.colon, &after)
    }

    fn written(span: Span, before: &str, name: &str, colon: &str, after: &str) -> Self {
        Self {
            span,
            before: format!("{before}{}{colon}", quote(name)),
            after: after.to_owned(),
        }
    }

    /// The edit that names this connection reference.
    #[must_use]
    pub fn edit(&self, logical_name: &str) -> TextEdit {
        TextEdit {
            span: self.span,
            new_text: format!("{}{}{}", self.before, quote(logical_name), self.after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::json::Tree;

    fn bound(text: &str) -> String {
        let tree = Tree::parse(text);
        let binding = Binding::of(tree.root(text).unwrap()).unwrap();
        let new = syntax::edit::apply(text, &[binding.edit("con_x")]).unwrap();
        let tree = Tree::parse(&new);
        assert!(!tree.is_broken(), "{new}");
        let name = tree.root(&new).unwrap().path(&["connection", LOGICAL_NAME]).unwrap();
        assert!(name.is_str("con_x"), "{new}");
        new
    }

    #[test]
    fn every_shape_keeps_its_layout() {
        let full = "{\n  \"connection\": {\n    \"connectionReferenceLogicalName\": \"con_x\"\n  }\n}";
        assert_eq!(bound("{\n  \"connection\": {}\n}"), full);
        assert_eq!(
            bound("{\n  \"connection\": {\n    \"id\": \"y\",\n    \"name\": \"z\"\n  }\n}"),
            full
        );
        assert_eq!(bound("{\n}"), full);
        assert_eq!(
            bound(&"{\n  \"connection\": {}\n}".replace('\n', "\r\n")),
            full.replace('\n', "\r\n")
        );
        let short = r#"{"connection":{"connectionReferenceLogicalName":"con_x"}}"#;
        assert_eq!(bound(r#"{"connection":{}}"#), short);
        assert_eq!(bound(r#"{"connection":{"name":"z"}}"#), short);
        assert!(bound(r#"{"connection":null}"#).contains("con_x"));
        assert!(bound(r#"{"api":{"name":"a"}}"#).starts_with(r#"{"api":{"name":"a"},"connection":{"#));
    }
}
