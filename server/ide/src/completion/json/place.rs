//! Where in a JSON document the cursor stands, whatever is missing around it: which object or array, whether a name, a
//! value or an item is due there, what of it was typed, and which commas lack.
//!
//! What stands before the place decides, because that is what somebody typed with a purpose; what comes behind it may be
//! swallowed by a quote that is not closed yet.

use std::borrow::Cow;

use syntax::json::{Tree, Value};
use syntax::text::line_indent;
use syntax::{Span, TextEdit, indent_unit, line_ending};

/// What is due at a place.
#[derive(Clone, Copy, Debug)]
pub enum Slot<'a> {
    /// The name of a member.
    Name,
    /// The value of the member of this name.
    Value(Value<'a>),
    /// An item of an array.
    Item,
}

/// A place in a document.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The document.
    pub text: &'a str,
    /// The containers around the place, the outermost first.
    pub containers: Vec<Value<'a>>,
    /// What is due.
    pub slot: Slot<'a>,
    /// What is replaced: the string or word that was begun, else nothing.
    pub token: Span,
    /// Whether a colon follows, so that a name needs no value any more.
    colon: bool,
    /// Whether more follows without a comma between.
    comma_after: bool,
    /// Where a comma lacks before the place.
    comma_before: Option<u32>,
}

impl<'a> Place<'a> {
    /// The place of a cursor; `None` where nothing can be written in the JSON.
    pub fn at(tree: &'a Tree, text: &'a str, offset: u32) -> Option<Self> {
        let token = token(tree, text, offset)?;
        let inside = |value: &Value<'a>| {
            let span = value.span();
            let before_end = token.start < span.end || !value.is_closed() && token.start == span.end;
            (value.is_object() || value.is_array()) && span.start < token.start && before_end
        };
        let mut containers: Vec<Value<'a>> = tree.path_at(text, token.start);
        containers.retain(inside);
        let head = text.get(..token.start as usize)?.trim_end();
        let before = head.as_bytes().last().copied();
        if matches!(before, Some(b'{' | b'[')) {
            // The bracket that was just opened holds the place.
            let opened = u32::try_from(head.len()).ok()? - 1;
            let depth = containers
                .iter()
                .position(|container| container.span().start == opened)?;
            containers.truncate(depth + 1);
        }
        let holder = *containers.last()?;
        let slot = match before? {
            b':' => Slot::Value(name_before(holder, text, token.start)?),
            _ if holder.is_object() => Slot::Name,
            _ => Slot::Item,
        };
        let rest = text.get(token.end as usize..)?.trim_start();
        let next = rest.bytes().next();
        Some(Self {
            text,
            containers,
            slot,
            token,
            colon: next == Some(b':'),
            comma_after: next
                .is_some_and(|next| next == b'"' || next == b'{' || next == b'[' || next.is_ascii_alphanumeric()),
            comma_before: match before? {
                b'{' | b'[' | b',' | b':' => None,
                _ => u32::try_from(head.len()).ok(),
            },
        })
    }

    /// The object or array that the place is in.
    pub fn holder(&self) -> Value<'a> {
        self.containers[self.containers.len() - 1]
    }

    /// The names that lead to the holder from the container at `from`; items have the name `[]`.
    pub fn path_from(&self, from: usize) -> Vec<Cow<'a, str>> {
        let inner = self.containers.get(from..).unwrap_or(&[]);
        inner.windows(2).map(|pair| name_of(pair[0], pair[1])).collect()
    }

    /// The name of the member whose value is due.
    pub fn key(&self) -> Option<Cow<'a, str>> {
        match self.slot {
            Slot::Value(key) => key.as_str(),
            _ => None,
        }
    }

    /// What was typed of the name or value, up to the end of the word.
    pub fn typed(&self) -> &'a str {
        self.token.slice(self.text).trim_matches('"')
    }

    /// Whether a quote was typed.
    pub fn is_quoted(&self) -> bool {
        self.token.slice(self.text).starts_with('"')
    }

    /// Whether an item of the array is this text, but for the one that is typed.
    pub fn has_item(&self, text: &str) -> bool {
        let mut items = self
            .holder()
            .items()
            .filter(|item| item.span().start != self.token.start);
        items.any(|item| item.as_str().is_some_and(|item| item.eq_ignore_ascii_case(text)))
    }

    /// Whether the object has a member of this name, but for the one that is typed.
    pub fn has_member(&self, name: &str) -> bool {
        let mut members = self
            .holder()
            .members()
            .filter(|member| member.key.span().start != self.token.start);
        members.any(|member| member.key.as_str().is_some_and(|key| model::same_name(&key, name)))
    }

    /// Whether a value has to follow the name.
    pub fn wants_value(&self) -> bool {
        !self.colon
    }

    /// What goes behind the written text.
    pub fn comma(&self) -> &'static str {
        if self.comma_after && !self.colon { "," } else { "" }
    }

    /// The comma that lacks before the place.
    pub fn comma_before(&self) -> Option<TextEdit> {
        Some(TextEdit::insert(self.comma_before?, ","))
    }

    /// A text of several lines as it is laid out here: a line break with tabs behind it is one with as many steps more
    /// than the place has. Where the whole document is one line, there are no breaks.
    pub fn laid_out(&self, text: &str) -> String {
        if !self.text.contains('\n') {
            let text = text.replace(['\n', '\t'], "");
            let tight = !self.text.contains("\": ");
            return if tight { text.replace("\": ", "\":") } else { text };
        }
        let outer = line_indent(self.text, self.token.start);
        let line = self.text.get(..self.token.start as usize).unwrap_or("");
        let alone = line.ends_with(outer) && line[..line.len() - outer.len()].ends_with('\n');
        let (unit, end) = (indent_unit(self.text), line_ending(self.text));
        let mut lines = text.split('\n');
        let mut out = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            let steps = line.bytes().take_while(|byte| *byte == b'\t').count();
            out.push_str(end);
            out.push_str(outer);
            // What begins behind something else on its line stands one step deeper than that line.
            let more = usize::from(!alone && matches!(self.slot, Slot::Name | Slot::Item));
            out.push_str(&unit.repeat(steps + more));
            out.push_str(&line[steps..]);
        }
        out
    }
}

fn name_of<'a>(outer: Value<'a>, inner: Value<'a>) -> Cow<'a, str> {
    if outer.is_array() {
        return Cow::Borrowed("[]");
    }
    let mut members = outer.members();
    let holding = members.find(|member| {
        member
            .value
            .is_some_and(|value| value.span().contains_span(inner.span()))
    });
    holding.and_then(|member| member.key.as_str()).unwrap_or_default()
}

/// The name whose colon stands before `at`.
fn name_before<'a>(object: Value<'a>, text: &str, at: u32) -> Option<Value<'a>> {
    let names = object.members().map(|member| member.key);
    let name = names.take_while(|key| key.span().end <= at).last()?;
    let between = text.get(name.span().end as usize..at as usize)?;
    (between.trim() == ":").then_some(name)
}

/// The string or word at a cursor, or an empty span where nothing was typed yet. `None` behind a finished string.
fn token(tree: &Tree, text: &str, offset: u32) -> Option<Span> {
    let string = tree.path_at(text, offset).into_iter().rev().find(|value| {
        let span = value.span();
        value.is_string() && span.start < offset && offset <= span.end
    });
    let Some(string) = string else {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '.' | '#');
        let (head, tail) = (text.get(..offset as usize)?, text.get(offset as usize..)?);
        let start = head.trim_end_matches(is_word).len();
        let end = offset as usize + (tail.len() - tail.trim_start_matches(is_word).len());
        // What stands right behind a finished value is no new one.
        let touches = head[..start].ends_with(['"', '}', ']']) && start == offset as usize;
        let span = Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?);
        return (!touches).then_some(span);
    };
    let span = string.span();
    if string.is_closed() {
        let follows = text.get(span.end as usize..)?.trim_start().bytes().next();
        if follows.is_none_or(|byte| matches!(byte, b',' | b':' | b'}' | b']')) || ends_line(text, span.end) {
            return (offset < span.end).then_some(span);
        }
    }
    // A quote that nothing closes takes what follows it with it: only the word at the cursor is what was typed.
    let tail = text.get(offset as usize..span.end as usize)?;
    let word = tail
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']' | '"' | ':'))
        .unwrap_or(tail.len());
    Some(Span::new(span.start, offset + u32::try_from(word).ok()?))
}

fn ends_line(text: &str, at: u32) -> bool {
    let rest = text.get(at as usize..).unwrap_or("");
    rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path, what is due, what is replaced, and the commas that lack, of the place marked with `|`.
    fn shown(marked: &str) -> String {
        let at = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let tree = Tree::parse(&text);
        let Some(place) = Place::at(&tree, &text, u32::try_from(at).unwrap()) else {
            return "nothing".to_owned();
        };
        let slot = match place.slot {
            Slot::Name => "name".to_owned(),
            Slot::Value(key) => format!("value of {}", key.as_str().unwrap()),
            Slot::Item => "item".to_owned(),
        };
        let before = if place.comma_before.is_some() {
            " comma before"
        } else {
            ""
        };
        let after = if place.comma().is_empty() { "" } else { " comma after" };
        format!(
            "{} {slot} <{}>{before}{after}",
            place.path_from(0).join("/"),
            place.token.slice(&text)
        )
    }

    #[test]
    fn places_in_whole_documents() {
        assert_eq!(shown(r#"{"a": {"b": "x|y", "c": []}}"#), r#"a value of b <"xy">"#);
        assert_eq!(shown(r#"{"a": {"b|": "xy"}}"#), r#"a name <"b">"#);
        assert_eq!(shown(r#"{"a": {"b": ["x", "|"]}}"#), r#"a/b item <"">"#);
        assert_eq!(shown(r#"{"a": [{"b": 1, | }]}"#), "a/[] name <>");
        assert_eq!(shown(r#"{"a": {|}}"#), "a name <>");
        assert_eq!(shown(r#"{"a": [|]}"#), "a item <>");
        assert_eq!(shown(r#"{"a": "x"|}"#), "nothing");
        assert_eq!(shown(r#"{"a": {}|}"#), "nothing");
    }

    #[test]
    fn places_in_half_typed_documents() {
        assert_eq!(shown("{\"a\": {\n  \"|\n}}"), r#"a name <">"#);
        assert_eq!(shown("{\"a\": {\n  \"x\": 1\n  \"|\n}}"), r#"a name <"> comma before"#);
        assert_eq!(shown("{\"a\": {\n  |\n  \"x\": 1\n}}"), "a name <> comma after");
        assert_eq!(
            shown("{\"a\": {\n  \"t\": |\n  \"x\": 1\n}}"),
            "a value of t <> comma after"
        );
        assert_eq!(shown("{\"a\": {\n  \"t\":|\n}}"), "a value of t <>");
        assert_eq!(
            shown("{\"a\": {\n  \"t\": \"Com|\n  \"x\": 1\n}}"),
            r#"a value of t <"Com> comma after"#
        );
        assert_eq!(shown("{\"a\": {\n  \"t\": Com|\n}}"), "a value of t <Com>");
        assert_eq!(shown(r#"{"a": {"t": "|, "x": 1}}"#), r#"a value of t <">"#);
        assert_eq!(shown(r#"{"a": { "| }, "b": 1}"#), r#"a name <">"#);
        assert_eq!(shown(r#"{"a": {"x": ["Succeeded" |]}}"#), "a/x item <> comma before");
        assert_eq!(shown("{\"a\": {\n  \"x\": [\n    \"|\n  ]\n}}"), r#"a/x item <">"#);
        assert_eq!(shown("{\"a\": {\"x\": {\n  \"|"), r#"a/x name <">"#);
        assert_eq!(shown("|"), "nothing");
        assert_eq!(shown("{|"), " name <>");
        assert_eq!(shown("{\"a\": {\n  ty|\n}}"), "a name <ty>");
    }
}
