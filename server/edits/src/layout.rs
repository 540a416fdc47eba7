//! New JSON in the layout of the file it goes into.

use syntax::json::{Insertion, quote};
use syntax::text::{indent_unit, line_ending};

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// Text that is JSON already and stays as it is.
    Raw(String),
    /// An object, its members in order.
    Object(Vec<(String, Json)>),
    /// A list.
    List(Vec<Json>),
}

impl Json {
    /// A string.
    pub(crate) fn text(text: &str) -> Self {
        Self::Raw(quote(text))
    }
}

/// An object of these members.
pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    let members = members.into_iter();
    Json::Object(members.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// How a file lays out its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// What ends a line; empty where the file is one line.
    eol: &'static str,
    /// One level of indentation.
    unit: String,
    /// What separates name and value.
    colon: &'static str,
}

impl Layout {
    /// The layout of a text; `colon` is what stands between name and value where the new text goes.
    pub(crate) fn of(text: &str, colon: &'static str) -> Self {
        let lines = text.contains(['\n', '\r']);
        Self {
            eol: if lines { line_ending(text) } else { "" },
            unit: if lines { indent_unit(text) } else { String::new() },
            colon,
        }
    }

    /// The layout for a new value at a place of a text: on one line where its neighbours are.
    pub(crate) fn at(text: &str, place: &Insertion) -> Self {
        let layout = Self::of(text, place.colon);
        match place.prefix.contains(['\n', '\r']) {
            true => layout,
            false => layout.on_one_line(),
        }
    }

    /// The same, for values on one line.
    pub(crate) fn on_one_line(self) -> Self {
        Self { eol: "", ..self }
    }

    /// The indentation of what stands one level inside of `indent`.
    pub(crate) fn inner(&self, indent: &str) -> String {
        format!("{indent}{}", self.unit)
    }

    /// A value whose first line stands where `indent` has brought it.
    pub(crate) fn write(&self, value: &Json, indent: &str) -> String {
        match value {
            Json::Raw(text) => text.clone(),
            Json::Object(members) => {
                let members = members.iter().map(|(name, value)| {
                    let inner = self.write(value, &format!("{indent}{}", self.unit));
                    self.member(name, &inner)
                });
                self.block('{', members.collect(), '}', indent)
            }
            Json::List(items) => {
                let items = items
                    .iter()
                    .map(|item| self.write(item, &format!("{indent}{}", self.unit)));
                self.block('[', items.collect(), ']', indent)
            }
        }
    }

    /// A member of this name, its value written already.
    pub(crate) fn member(&self, name: &str, value: &str) -> String {
        format!("{}{}{value}", quote(name), self.colon)
    }

    /// An object or a list of parts that are written already, each for its place; its line begins with `indent`.
    pub(crate) fn block(&self, open: char, items: Vec<String>, close: char, indent: &str) -> String {
        if items.is_empty() {
            return format!("{open}{close}");
        }
        let (eol, unit) = (self.eol, &self.unit);
        if eol.is_empty() {
            let comma = if self.colon == ":" { "," } else { ", " };
            return format!("{open}{}{close}", items.join(comma));
        }
        let lines: Vec<String> = items.iter().map(|item| format!("{eol}{indent}{unit}{item}")).collect();
        format!("{open}{}{eol}{indent}{close}", lines.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_file() {
        let value = Json::Object(vec![
            ("a".into(), Json::List(vec![Json::text("x\"y")])),
            ("b".into(), Json::Object(Vec::new())),
        ]);
        let lines = Layout::of("{\r\n    \"x\": 1\r\n}", ": ").write(&value, "  ");
        assert_eq!(
            lines,
            "{\r\n      \"a\": [\r\n          \"x\\\"y\"\r\n      ],\r\n      \"b\": {}\r\n  }"
        );
        assert_eq!(Layout::of("{}", ":").write(&value, ""), r#"{"a":["x\"y"],"b":{}}"#);
    }
}
