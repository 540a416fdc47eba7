//! Where settings files take new values, members and entries, kept so that fixes need no text.

use syntax::Span;
use syntax::json::Value;

/// A value that an entry does not give.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Blank {
    /// It is empty or null; the whole value.
    Value(Span),
    /// It is not there; the edit that adds it takes what it is to be, as text.
    Absent(MemberAnchor),
}

impl Blank {
    /// Where to say so: the empty value; `None` where there is none.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Value(span) => Some(*span),
            Self::Absent(_) => None,
        }
    }

    /// The edit that gives the value.
    #[must_use]
    pub fn fill(&self, value: &str) -> syntax::edit::TextEdit {
        match self {
            Self::Value(span) => syntax::edit::TextEdit {
                span: *span,
                new_text: syntax::json::quote(value),
            },
            Self::Absent(anchor) => anchor.add(value),
        }
    }
}

/// Where a member can be added to an object, remembered as facts so that closed files can be edited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberAnchor {
    name: &'static str,
    offset: u32,
    before: String,
    after: String,
}

impl MemberAnchor {
    pub(super) fn of(object: Value<'_>, name: &'static str) -> Self {
        let place = syntax::json::member_insertion(object);
        Self {
            name,
            offset: place.offset,
            before: format!("{}{}{}", place.prefix, syntax::json::quote(name), place.colon),
            after: place.suffix,
        }
    }

    /// The member's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The edit that adds the member with a text.
    #[must_use]
    pub fn add(&self, value: &str) -> syntax::edit::TextEdit {
        let new_text = format!("{}{}{}", self.before, syntax::json::quote(value), self.after);
        syntax::edit::TextEdit::insert(self.offset, new_text)
    }
}

/// Where an object can be appended to a JSON array, remembered as facts so that closed files can be edited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArrayAnchor {
    offset: u32,
    /// Whether the array has entries, so that a comma goes first.
    follows: bool,
    /// Indentation of an entry; `None` when the array is written on one line.
    indent: Option<String>,
    /// Indentation of the closing bracket.
    outer: String,
    unit: String,
    line_ending: &'static str,
    /// What goes around the entries of an array that is not there yet: its name with the opening bracket, and the closing one.
    around: Option<(String, String)>,
}

impl ArrayAnchor {
    /// The anchor of an array that `object` does not have yet.
    pub(super) fn missing(object: Value<'_>, name: &str, text: &str) -> Self {
        let place = syntax::json::member_insertion(object);
        let unit = syntax::text::indent_unit(text);
        let lines = place.prefix.contains(['\n', '\r']);
        let before = format!("{}{}{}[", place.prefix, syntax::json::quote(name), place.colon);
        Self {
            offset: place.offset,
            follows: false,
            indent: lines.then(|| format!("{}{unit}", place.indent)),
            outer: place.indent,
            unit,
            line_ending: syntax::text::line_ending(text),
            around: Some((before, format!("]{}", place.suffix))),
        }
    }

    pub(super) fn of(array: Value<'_>, text: &str) -> Self {
        let line_ending = syntax::text::line_ending(text);
        let unit = syntax::text::indent_unit(text);
        let line_indent = |offset: u32| -> String {
            let before = &text[..offset as usize];
            let line = before.rfind(['\n', '\r']).map_or(before, |at| &before[at + 1..]);
            line.chars().take_while(|c| c.is_whitespace()).collect()
        };
        let multiline = text.contains(['\n', '\r']);
        match array.items().last() {
            Some(last) => {
                let own_line = text[array.span().start as usize..last.span().start as usize].contains(['\n', '\r']);
                Self {
                    offset: last.span().end,
                    follows: true,
                    indent: own_line.then(|| line_indent(last.span().start)),
                    outer: String::new(),
                    unit,
                    line_ending,
                    around: None,
                }
            }
            None => {
                let outer = line_indent(array.span().start);
                let indent = multiline.then(|| format!("{outer}{unit}"));
                Self {
                    offset: array.span().start + 1,
                    follows: false,
                    indent,
                    outer,
                    unit,
                    line_ending,
                    around: None,
                }
            }
        }
    }

    /// The edit that appends an object of text members.
    #[must_use]
    pub fn add(&self, members: &[(&str, &str)]) -> syntax::edit::TextEdit {
        self.add_all(&[members])
    }

    /// The edit that appends several objects of text members.
    #[must_use]
    pub fn add_all<'a, M: AsRef<[(&'a str, &'a str)]>>(&self, objects: &[M]) -> syntax::edit::TextEdit {
        let json = |members: &M| -> Vec<(&'a str, String)> {
            let members = members.as_ref().iter();
            members
                .map(|(name, value)| (*name, syntax::json::quote(value)))
                .collect()
        };
        self.add_json(&objects.iter().map(json).collect::<Vec<_>>())
    }

    /// The edit that appends several objects whose values are JSON.
    #[must_use]
    pub fn add_json(&self, objects: &[Vec<(&str, String)>]) -> syntax::edit::TextEdit {
        let member = |(name, json): &(&str, String)| format!("{}: {json}", syntax::json::quote(name));
        let one = |members: &Vec<(&str, String)>| match &self.indent {
            Some(indent) => {
                let (eol, unit) = (self.line_ending, &self.unit);
                let body: Vec<String> = members
                    .iter()
                    .map(|m| format!("{eol}{indent}{unit}{}", member(m)))
                    .collect();
                format!("{eol}{indent}{{{}{eol}{indent}}}", body.join(","))
            }
            None => format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(",")),
        };
        let comma = if self.follows { "," } else { "" };
        let all: Vec<String> = objects.iter().map(one).collect();
        let tail = match &self.indent {
            Some(_) if !self.follows => format!("{}{}", self.line_ending, self.outer),
            _ => String::new(),
        };
        let (before, after) = self.around.as_ref().map_or(("", ""), |(before, after)| (before, after));
        // An array written as `[ ]` or over two lines keeps its inner white space after the new entries.
        syntax::edit::TextEdit::insert(self.offset, format!("{before}{comma}{}{tail}{after}", all.join(",")))
    }
}
