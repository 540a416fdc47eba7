//! Every place where something is named: what navigation shows, and what a rename writes.
//!
//! [`in_flow`] finds what belongs to one flow and needs its text; [`in_facts`] finds what several files share, which
//! facts tell without any text. Both take broken files: what can still be read is found.

mod facts;
mod flow;

use syntax::{Span, json, xml};

pub use self::facts::in_facts;
pub use self::flow::{FlowName, in_flow, is_in_host};

/// What a place does with the thing it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Here it comes to be.
    Declaration,
    /// Here it gets a value.
    Write,
    /// Here it is used.
    Read,
}

/// A place that names a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The name: inside its quotes.
    pub span: Span,
    /// What the place does with it.
    pub role: Role,
    /// How the name is written there.
    pub spelling: Spelling,
}

/// How a name is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As a JSON string.
    Json,
    /// As a string literal of an expression, inside a JSON string.
    Literal,
    /// As a property of an expression: `.name`.
    Property,
    /// As an attribute or text of XML.
    Xml,
    /// Not at all: `triggerBody()` means the trigger without its name.
    Implied,
}

impl Spelling {
    /// Whether the name stands there at all.
    #[must_use]
    pub fn is_written(self) -> bool {
        self != Self::Implied
    }

    /// What is written there for `name`; `None` where that name cannot be written so.
    #[must_use]
    pub fn write(self, name: &str) -> Option<String> {
        match self {
            Self::Json => Some(json::escape(name)),
            Self::Literal => Some(json::escape(&name.replace('\'', "''"))),
            Self::Property => is_identifier(name).then(|| name.to_owned()),
            Self::Xml => Some(xml::escape(name)),
            Self::Implied => None,
        }
    }
}

/// Whether expressions can name a property so without brackets.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_their_place_wants() {
        let name = "It's \"<a>\"";
        assert_eq!(Spelling::Json.write(name).as_deref(), Some(r#"It's \"<a>\""#));
        assert_eq!(Spelling::Literal.write(name).as_deref(), Some(r#"It''s \"<a>\""#));
        assert_eq!(
            Spelling::Xml.write(name).as_deref(),
            Some("It&apos;s &quot;&lt;a&gt;&quot;")
        );
        assert_eq!(Spelling::Property.write(name), None);
        assert_eq!(Spelling::Property.write("a_1").as_deref(), Some("a_1"));
    }
}
