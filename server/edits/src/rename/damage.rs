//! Whether damage hides places of a name: an expression half typed, or a file that is no valid JSON.
//!
//! What can still be read is renamed even in a broken file. But where the name also stands in a place that would count if
//! the file were whole, nobody can tell, and the rename is refused.

use analysis::occurrences::{FlowName, Occurrence};
use model::flow::FlowView;
use syntax::Span;
use syntax::json::{self, JsonErrorKind, Kind, Value};

use super::Refusal;

/// Refuses where the name stands in a place that damage hides.
pub(super) fn check(flow: &FlowView<'_>, name: FlowName<'_>, places: &[Occurrence]) -> Result<(), Refusal> {
    let text = super::flow::text_of(name);
    let known = |span: Span| {
        let at = places.partition_point(|place| place.span.end < span.end);
        places.get(at).is_some_and(|place| place.span.contains_span(span))
    };
    for site in &flow.body.strings {
        let template = &site.info.template;
        if template.is_valid() {
            continue;
        }
        let hidden = mentions(&site.info.text, &text.replace('\'', "''"))
            .into_iter()
            .any(|span| !known(site.source_span(flow.tree, flow.text, span)));
        if hidden {
            let owner = flow.body.owner_path(site.owner);
            let place = owner.map_or_else(String::new, |owner| format!(" in `{owner}`"));
            return Refusal::new(format!(
                "An expression{place} is not valid and holds `{text}` where it cannot be told what it means. Mend the expression first."
            ));
        }
    }
    if flow.summary.complete {
        return Ok(());
    }
    let unfinished = |place: &Occurrence| {
        let mut errors = flow.tree.errors().iter();
        errors.any(|error| {
            !matches!(error.kind, JsonErrorKind::DuplicateKey { .. })
                && error.span.start <= place.span.end
                && place.span.start <= error.span.end
        })
    };
    if places.iter().any(unfinished) {
        return Refusal::new(format!(
            "The file is not valid JSON at the moment, just where it names `{text}`. Mend the file first."
        ));
    }
    let spellings = [json::escape(text), json::escape(&text.replace('\'', "''"))];
    let mut key = None;
    for node in flow.tree.root(flow.text).iter().flat_map(Value::descendants) {
        let counts = may_count(name, text, &node, key.as_deref());
        key = if node.is_key() { node.as_str() } else { None };
        if !counts {
            continue;
        }
        let start = node.span().start;
        let hidden = spellings
            .iter()
            .flat_map(|spelling| mentions(node.raw(), spelling))
            .map(|span| span.shifted(i64::from(start)))
            .find(|span| !known(*span));
        if let Some(span) = hidden {
            let before = flow.text.get(..span.start as usize).unwrap_or("");
            let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
            return Refusal::new(format!(
                "The file is not valid JSON at the moment, and line {line} holds `{text}` where it cannot be told what it means. Mend the file first."
            ));
        }
    }
    Ok(())
}

/// Whether a node of a broken file could name the thing if the file were whole. `key` is the name of the member that the
/// node is the value of; an item of a list may be a name that a bracket too many made one.
fn may_count(name: FlowName<'_>, text: &str, node: &Value<'_>, key: Option<&str>) -> bool {
    if node.kind() == Kind::Error || node.is_string() && !node.is_closed() {
        return true;
    }
    if !node.is_string() {
        return false;
    }
    let is_name = || node.as_str().is_some_and(|own| model::same_name(&own, text));
    let as_text = match (key.filter(|_| !node.is_key()), name) {
        (None, _) => is_name(),
        (Some(key), FlowName::Variable(_)) => key == "name" && is_name(),
        (Some(key), FlowName::Connection(_)) => key == "connectionName" && is_name(),
        _ => false,
    };
    as_text || node.raw().contains('@')
}

/// Where a text holds a name as a word of its own, without regard to the case of ASCII letters.
fn mentions(text: &str, name: &str) -> Vec<Span> {
    let (bytes, name) = (text.as_bytes(), name.as_bytes());
    let Some(first) = name.first() else { return Vec::new() };
    let is_word = |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mut found = Vec::new();
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    for at in memchr::memchr2_iter(lower, upper, bytes) {
        let end = at + name.len();
        let same = bytes.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(name));
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        if same && !is_word(before) && !is_word(bytes.get(end)) {
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            found.push(Span::new(offset(at), offset(end)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_whole_words() {
        let found = mentions("Get get_x xget GET ä(get)", "get");
        let starts: Vec<u32> = found.iter().map(|span| span.start).collect();
        assert_eq!(starts, [0, 15, 22]);
        assert_eq!(mentions("", "a"), []);
        assert_eq!(mentions("a", ""), []);
    }
}
