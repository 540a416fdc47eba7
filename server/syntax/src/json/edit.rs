//! Where members and items go in and out, so that what remains is JSON in the author's own layout.

use super::string::quote;
use super::value::{Member, Value};
use crate::edit::TextEdit;
use crate::span::Span;
use crate::text::{indent_unit, line_ending, line_indent};

/// Where a new member or item goes, and what stands around it there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Insertion {
    /// Offset to insert at.
    pub offset: u32,
    /// What comes before the new text: a comma, a line end, white space.
    pub prefix: String,
    /// What comes after it.
    pub suffix: String,
    /// The white space that begins the new text's line: what its further lines need too.
    pub indent: String,
    /// What separates name and value: `": "`, or `":"` in minified files.
    pub colon: &'static str,
}

impl Insertion {
    /// The edit that adds a member `name` (plain text) with the value `json`, whose lines are already indented.
    #[must_use]
    pub fn member(&self, name: &str, json: &str) -> TextEdit {
        self.item(&format!("{}{}{json}", quote(name), self.colon))
    }

    /// The edit that adds `json` as it is.
    #[must_use]
    pub fn item(&self, json: &str) -> TextEdit {
        TextEdit::insert(self.offset, format!("{}{json}{}", self.prefix, self.suffix))
    }
}

impl Member<'_> {
    /// Name and value together.
    #[must_use]
    pub fn span(&self) -> Span {
        self.value
            .map_or(self.key.span(), |value| self.key.span().cover(value.span()))
    }
}

/// The bytes to delete to take a member out of `object`, comma and white space included. `key` is its name. The empty
/// range at the name where it is not one of the object's.
#[must_use]
pub fn member_removal(object: Value<'_>, key: Value<'_>) -> Span {
    let mut before = None;
    let mut members = object.members();
    while let Some(member) = members.next() {
        if member.key.id() == key.id() {
            return removal(object, before, member.span(), members.next().map(|next| next.span()));
        }
        before = Some(member.span());
    }
    Span::at(key.span().start)
}

/// The bytes to delete to take every member out of `object` whose name `gone` holds of: ranges that do not overlap.
#[must_use]
pub fn members_removal(object: Value<'_>, gone: impl Fn(Value<'_>) -> bool) -> Vec<Span> {
    let members: Vec<(Span, bool)> = object
        .members()
        .map(|member| (member.span(), gone(member.key)))
        .collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    for run in members.chunk_by(|a, b| a.1 == b.1) {
        let (first, last) = (at, at + run.len() - 1);
        at += run.len();
        if !members[first].1 {
            continue;
        }
        let before = first.checked_sub(1).map(|before| members[before].0);
        let next = members.get(last + 1).map(|next| next.0);
        let run = members[first].0.cover(members[last].0);
        ranges.push(removal(object, before, run, next));
    }
    ranges
}

/// The bytes to delete to take `item` out of `array`, comma and white space included. The empty range at the item
/// where it is not one of the array's.
#[must_use]
pub fn item_removal(array: Value<'_>, item: Value<'_>) -> Span {
    let mut before = None;
    let mut items = array.items();
    while let Some(found) = items.next() {
        if found.id() == item.id() {
            return removal(array, before, found.span(), items.next().map(|next| next.span()));
        }
        before = Some(found.span());
    }
    Span::at(item.span().start)
}

fn removal(of: Value<'_>, before: Option<Span>, gone: Span, next: Option<Span>) -> Span {
    match (before, next) {
        // Together with the comma before it and the line it stands on.
        (Some(before), _) => Span::new(before.end, gone.end),
        (None, Some(next)) => Span::new(gone.start, next.start),
        (None, None) => of.content_span(),
    }
}

/// Where a new last member of `object` goes.
#[must_use]
pub fn member_insertion(object: Value<'_>) -> Insertion {
    let spans: Vec<Span> = object.members().map(|member| member.span()).collect();
    insertion(object, &spans)
}

/// Where a new member of `object` goes before the one whose name is `key`.
#[must_use]
pub fn member_insertion_before(object: Value<'_>, key: Value<'_>) -> Insertion {
    let text = object.source();
    let start = key.span().start;
    let before = object
        .members()
        .map(|member| member.span().end)
        .take_while(|end| *end <= start)
        .last();
    let lead = Span::new(before.unwrap_or(object.content_span().start), start).slice(text);
    let colon = colon(object);
    let indent = line_indent(text, start).to_owned();
    let gap = if lead.contains(['\n', '\r']) {
        format!("{}{indent}", line_ending(lead))
    } else if colon == ":" {
        String::new()
    } else {
        " ".to_owned()
    };
    Insertion {
        offset: start,
        prefix: String::new(),
        suffix: format!(",{gap}"),
        indent,
        colon,
    }
}

/// Where a new last item of `array` goes.
#[must_use]
pub fn item_insertion(array: Value<'_>) -> Insertion {
    let spans: Vec<Span> = array.items().map(|item| item.span()).collect();
    insertion(array, &spans)
}

fn insertion(of: Value<'_>, inner: &[Span]) -> Insertion {
    let text = of.source();
    let content = of.content_span();
    let colon = colon(of);
    let Some(last) = inner.last() else {
        return first_insertion(of, colon);
    };
    let first = inner.first().unwrap_or(last);

    let rest = Span::new(last.end, content.end).slice(text);
    // A broken file may have the comma already.
    let blank = rest.len() - rest.trim_start().len();
    let (offset, comma) = match rest.trim_start().strip_prefix(',') {
        Some(_) => (last.end + crate::span::offset_of(blank) + 1, ""),
        None => (last.end, ","),
    };
    let lead = Span::new(content.start, first.start).slice(text);
    if lead.contains(['\n', '\r']) {
        let indent = line_indent(text, last.start).to_owned();
        let prefix = format!("{comma}{}{indent}", line_ending(lead));
        return Insertion {
            offset,
            prefix,
            suffix: String::new(),
            indent,
            colon,
        };
    }
    let gap = match inner {
        [.., before, last] => {
            let gap = Span::new(before.end, last.start).slice(text);
            gap.trim_start().strip_prefix(',').unwrap_or(" ")
        }
        _ if colon == ":" => "",
        _ => " ",
    };
    let indent = line_indent(text, last.start).to_owned();
    Insertion {
        offset,
        prefix: format!("{comma}{gap}"),
        suffix: String::new(),
        indent,
        colon,
    }
}

fn first_insertion(of: Value<'_>, colon: &'static str) -> Insertion {
    let text = of.source();
    let content = of.content_span();
    let outer = line_indent(text, of.span().start);
    if !text.contains(['\n', '\r']) {
        let empty = String::new();
        return Insertion {
            offset: content.start,
            prefix: empty.clone(),
            suffix: empty.clone(),
            indent: empty,
            colon,
        };
    }
    let end = line_ending(text);
    let indent = format!("{outer}{}", indent_unit(text));
    let blank = content.slice(text);
    // `{` and `}` on lines of their own: the line end between them stays behind the new member.
    let suffix = if blank.contains(['\n', '\r']) {
        String::new()
    } else {
        format!("{end}{outer}")
    };
    Insertion {
        offset: content.start,
        prefix: format!("{end}{indent}"),
        suffix,
        indent,
        colon,
    }
}

/// How this file writes colons, judged by a member near `of`: its first, else the file's first.
fn colon(of: Value<'_>) -> &'static str {
    let text = of.source();
    let tight = |member: Member<'_>| {
        let value = member.value?;
        Some(Span::new(member.key.span().end, value.span().start).slice(text) == ":")
    };
    let here = of.members().find_map(tight);
    match here.or_else(|| of.root().and_then(|root| root.members().find_map(tight))) {
        Some(true) => ":",
        _ => ": ",
    }
}
