//! Column names in the small query languages of Dataverse operations: `$select`, `$filter`, `$orderby`, `$expand`,
//! `filteringattributes` and FetchXML.
//!
//! Texts arrive as the pieces that stand in the file; what expressions put between them is not known and is passed over.
//! Nothing here fails: what is no name is skipped, and every walk is one pass over the text.

use expr::{Segment, Template, TemplateKind};
use syntax::Span;

/// A text with the literal pieces of it, as spans of the decoded text.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    text: &'a str,
    literal: Vec<Span>,
    /// Whether nothing of the text is literal, so that any name may stand in it.
    pub dynamic: bool,
}

impl<'a> Pieces<'a> {
    /// A text without any expression.
    pub(super) fn plain(text: &'a str) -> Self {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self {
            text,
            literal: vec![Span::new(0, end)],
            dynamic: false,
        }
    }

    /// The pieces of a template over its own text.
    pub(super) fn of(text: &'a str, template: &Template) -> Self {
        match &template.kind {
            TemplateKind::Literal(_) => Self::plain(text),
            TemplateKind::Expression(_) => Self {
                text,
                literal: Vec::new(),
                dynamic: true,
            },
            TemplateKind::Interpolation(segments) => {
                let literal = segments.iter().filter_map(|segment| match segment {
                    Segment::Text { span, .. } => Some(*span),
                    Segment::Expression { .. } => None,
                });
                Self {
                    text,
                    literal: literal.collect(),
                    dynamic: false,
                }
            }
        }
    }

    /// The bytes of the text; those of expressions read as 0, which is no part of any name.
    fn masked(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.text.len()];
        for span in &self.literal {
            if let (Some(to), Some(from)) = (bytes.get_mut(span.range()), self.text.as_bytes().get(span.range())) {
                to.copy_from_slice(from);
            }
        }
        bytes
    }
}

/// A name in a query, as a span of the decoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub span: Span,
    pub kind: NameKind,
}

/// What a name in a query is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameKind {
    /// A column of the table that is asked.
    Column,
    /// A navigation property to another table.
    Navigation,
    /// Another table by name.
    Table,
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn name(from: usize, to: usize, kind: NameKind) -> Name {
    let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Name {
        span: Span::new(at(from), at(to)),
        kind,
    }
}

/// The names in a list such as `$select`, `$orderby` and `filteringattributes`: the first word of each entry.
pub(super) fn list(pieces: &Pieces<'_>) -> Vec<Name> {
    let bytes = pieces.masked();
    let mut found = Vec::new();
    let mut start = 0;
    for entry in bytes.split(|byte| *byte == b',') {
        let skipped = entry.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let length = entry.iter().skip(skipped).take_while(|byte| is_name(**byte)).count();
        let next = entry.get(skipped + length).copied();
        // What an expression continues is half a name.
        let kind = match next {
            Some(b'/') => NameKind::Navigation,
            _ => NameKind::Column,
        };
        if length > 0 && !matches!(next, Some(0 | b'@' | b'(')) {
            found.push(name(start + skipped, start + skipped + length, kind));
        }
        start += entry.len() + 1;
    }
    found
}

/// The navigation properties of an `$expand`, without what is asked of the tables behind them.
pub(super) fn expand(pieces: &Pieces<'_>) -> Vec<Name> {
    let bytes = pieces.masked();
    let mut found = Vec::new();
    let (mut depth, mut at, mut fresh) = (0_u32, 0, true);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => fresh = true,
            _ if depth == 0 && fresh && is_name(byte) => {
                let length = bytes[at..].iter().take_while(|byte| is_name(**byte)).count();
                if bytes.get(at + length) != Some(&0) {
                    found.push(name(at, at + length, NameKind::Navigation));
                }
                at += length;
                fresh = false;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Words of filters that are no names.
const FILTER_WORDS: [&str; 21] = [
    "eq", "ne", "gt", "ge", "lt", "le", "and", "or", "not", "in", "has", "add", "sub", "mul", "div", "mod", "null",
    "true", "false", "asc", "desc",
];

/// The columns and navigation properties of a `$filter`.
pub(super) fn filter(pieces: &Pieces<'_>) -> Vec<Name> {
    let bytes = pieces.masked();
    let mut found: Vec<Name> = Vec::new();
    // Variables of `any(o:o/name eq 1)`, as texts; a filter has few.
    let mut variables: Vec<&[u8]> = Vec::new();
    let (mut at, mut quoted) = (0, false);
    let mut property = false;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\'' {
            quoted = !quoted;
            at += 1;
            if quoted && std::mem::take(&mut property) {
                // Query functions name their column in quotes: `PropertyName='createdon'`.
                let length = bytes[at..].iter().take_while(|byte| is_name(**byte)).count();
                if length > 0 && bytes.get(at + length) == Some(&b'\'') {
                    found.push(name(at, at + length, NameKind::Column));
                }
            }
            continue;
        }
        if quoted || !is_name(byte) {
            at += 1;
            continue;
        }
        let length = bytes[at..]
            .iter()
            .take_while(|byte| is_name(**byte) || **byte == b'.' || **byte == b'-')
            .count();
        let word = &bytes[at..at + length];
        let (from, next) = (at, bytes.get(at + length).copied());
        at += length;
        let before = from.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        // A name in a path belongs to the table before it; half a name is none.
        if before == Some(b'/') || before == Some(0) || next == Some(0) {
            continue;
        }
        if word.eq_ignore_ascii_case(b"PropertyName") || word.eq_ignore_ascii_case(b"PropertyNames") {
            property = true;
            continue;
        }
        let is_word = FILTER_WORDS
            .iter()
            .any(|known| known.as_bytes().eq_ignore_ascii_case(word));
        let plain = !byte.is_ascii_digit() && word.iter().all(|byte| is_name(*byte));
        match next {
            // A function, or the parameter of one.
            Some(b'(' | b'=') => {}
            Some(b':') => variables.push(word),
            _ if is_word || !plain || variables.contains(&word) => {}
            Some(b'/') => found.push(name(from, at, NameKind::Navigation)),
            _ => found.push(name(from, at, NameKind::Column)),
        }
    }
    found
}

/// The tables of a FetchXML query, and the columns asked of the first.
pub(super) fn fetch_xml(pieces: &Pieces<'_>) -> (Option<Span>, Vec<Name>) {
    let bytes = pieces.masked();
    let mut found = Vec::new();
    let mut first = None;
    // How many `link-entity` are open around the place.
    let mut links = 0_u32;
    let mut at = 0;
    while let Some(offset) = memchr::memchr(b'<', bytes.get(at..).unwrap_or(&[])) {
        let open = at + offset + 1;
        let end = memchr::memchr(b'>', &bytes[open..]).map_or(bytes.len(), |end| open + end);
        at = end;
        let tag = &bytes[open..end];
        let element = tag
            .split(|byte| byte.is_ascii_whitespace() || *byte == b'/')
            .next()
            .unwrap_or(&[]);
        let closed = tag.ends_with(b"/");
        match element {
            b"link-entity" => {
                found.extend(attribute(tag, b"name", open).map(|(from, to)| name(from, to, NameKind::Table)));
                if links == 0 {
                    found.extend(attribute(tag, b"to", open).map(|(from, to)| name(from, to, NameKind::Column)));
                }
                links += u32::from(!closed);
            }
            b"entity" if first.is_none() => {
                first = attribute(tag, b"name", open).map(|(from, to)| name(from, to, NameKind::Table).span);
            }
            b"attribute" if links == 0 => {
                found.extend(attribute(tag, b"name", open).map(|(from, to)| name(from, to, NameKind::Column)));
            }
            b"condition" | b"order" if links == 0 => {
                found.extend(attribute(tag, b"attribute", open).map(|(from, to)| name(from, to, NameKind::Column)));
            }
            b"" if tag.starts_with(b"/link-entity") => links = links.saturating_sub(1),
            _ => {}
        }
    }
    (first, found)
}

/// Where the value of an attribute stands, when it is one whole name.
fn attribute(tag: &[u8], wanted: &[u8], base: usize) -> Option<(usize, usize)> {
    let finder = memchr::memmem::Finder::new(wanted);
    let at = finder.find_iter(tag).find(|at| {
        let before = at.checked_sub(1).and_then(|before| tag.get(before));
        before.is_some_and(u8::is_ascii_whitespace)
            && tag[at + wanted.len()..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'=')
    })?;
    let rest = &tag[at + wanted.len()..];
    let open = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let quote = rest[open];
    let value = &rest[open + 1..];
    let length = value.iter().take_while(|byte| is_name(**byte)).count();
    (length > 0 && value.get(length) == Some(&quote)).then(|| {
        let from = base + at + wanted.len() + open + 1;
        (from, from + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, read: impl Fn(&Pieces<'_>) -> Vec<Name>) -> Vec<String> {
        let template = expr::parse(text);
        let pieces = Pieces::of(text, &template);
        let shown = |name: Name| match name.kind {
            NameKind::Column => text[name.span.range()].to_owned(),
            NameKind::Navigation => format!("{}/", &text[name.span.range()]),
            NameKind::Table => format!("<{}>", &text[name.span.range()]),
        };
        read(&pieces).into_iter().map(shown).collect()
    }

    #[test]
    fn lists_name_columns() {
        assert_eq!(
            texts("con_name, con_total,_con_owner_value", list),
            ["con_name", "con_total", "_con_owner_value"]
        );
        assert_eq!(
            texts("con_total desc, con_parent/con_name", list),
            ["con_total", "con_parent/"]
        );
        assert_eq!(texts("@{variables('columns')},con_a,con_@{item()}", list), ["con_a"]);
        assert!(texts("@variables('columns')", list).is_empty());
    }

    #[test]
    fn expands_name_navigation() {
        assert_eq!(
            texts("con_owner($select=a,b;$expand=c($select=d)),con_lines", expand),
            ["con_owner/", "con_lines/"]
        );
    }

    #[test]
    fn filters_name_columns_and_nothing_else() {
        assert_eq!(
            texts(
                "con_name eq 'O''Hara and co' and _con_account_value ne @{variables('id')} or not startswith(con_code,'x')",
                filter
            ),
            ["con_name", "_con_account_value", "con_code"]
        );
        assert_eq!(
            texts(
                "con_id eq 0a1b2c3d-0000-0000-0000-000000000000 and con_total gt 1e5 and con_parent/con_name eq null",
                filter
            ),
            ["con_id", "con_total", "con_parent/"]
        );
        assert_eq!(
            texts("con_roles/any(o1:(o1/name eq '@{item()}'))", filter),
            ["con_roles/"]
        );
        assert_eq!(
            texts(
                "Microsoft.Dynamics.CRM.On(PropertyName='createdon',PropertyValue='@{utcNow()}')",
                filter
            ),
            ["createdon"]
        );
        assert_eq!(
            texts("@{variables('column')} eq 1 and con_@{item()} eq 2", filter),
            Vec::<String>::new()
        );
    }

    #[test]
    fn fetch_names_tables_and_columns_of_the_first() {
        let text = "<fetch top=\"1\"><entity name='con_report'><attribute name=\"con_name\"/><filter><condition attribute='con_total' \
                    operator='gt' value='@{variables('x')}'/></filter><link-entity name='con_line' from='con_report' to='con_reportid'>\
                    <attribute name='con_text'/></link-entity><order attribute='con_date'/></entity></fetch>";
        let template = expr::parse(text);
        let (first, names) = fetch_xml(&Pieces::of(text, &template));
        assert_eq!(&text[first.unwrap().range()], "con_report");
        let names: Vec<&str> = names.iter().map(|name| &text[name.span.range()]).collect();
        assert_eq!(names, ["con_name", "con_total", "con_line", "con_reportid", "con_date"]);
    }

    #[test]
    fn any_text_is_read() {
        for text in [
            "",
            "<",
            "<entity",
            "<entity name=",
            "<link-entity name='",
            "'",
            "((((",
            ",,,",
            "é,ü eq ö",
            "@{",
            "a/",
            "/",
        ] {
            let _ = (texts(text, list), texts(text, expand), texts(text, filter));
            let template = expr::parse(text);
            let _ = fetch_xml(&Pieces::of(text, &template));
        }
    }
}
