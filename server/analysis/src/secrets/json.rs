//! Looking through JSON documents.

use std::sync::LazyLock;

use regex::Regex;
use syntax::Span;
use syntax::json::{Tree, Value};

use super::lines::{self, Marks};
use super::{SecretHit, names, promises_secret, shapes};

/// Members that hold the value of what another member, or the name of the object itself, names.
const VALUES: [&str; 4] = ["value", "Value", "defaultValue", "inputs"];
/// Members that name what the object is about.
const NAMES: [&str; 5] = ["name", "Name", "SchemaName", "key", "Key"];

/// Words of the names that promise a secret; see `names`.
const PROMISES: &str = r"(?i-u:passw|kennwort|motdepasse|mot[ _-]de|contrase|wachtwoord|senha|pwd|passphrase|secret|apikey|api[ _-]key|accesskey|access[ _-]key|token|subscription[ _-]?key|private[ _-]?key|account[ _-]?key|shared[ _-]?key|storage[ _-]?key|functions?[ _-]?key|host[ _-]?key|master[ _-]?key|encryption[ _-]?key|signing[ _-]?key|client[ _-]?key|(?:apim|openai|sendgrid|maps|cosmos|servicebus|eventhub)[ _-]?key)";
static PROMISE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PROMISES).ok());

/// Secrets in the strings of a document, names of members included: by shape, and by the name of the member or of what a
/// `value` belongs to. In the order of the file, not overlapping; spans are bytes of the file.
#[must_use]
pub fn scan_json(tree: &Tree, text: &str) -> Vec<SecretHit> {
    let Some(root) = tree.root(text) else { return Vec::new() };
    let (mut candidates, mut promises) = (Vec::new(), Vec::new());
    lines::look_through(text, look_at, |start, marks| {
        candidates.extend(marks.candidates.iter().map(|at| start + at));
        promises.extend(marks.promises.iter().map(|at| start + at));
    });
    let mut hits = by_shape(root, &candidates);
    if !promises.is_empty() {
        by_name(root, &promises, &mut hits);
    }
    hits.sort_by_key(|hit| hit.span);
    hits
}

fn look_at(line: &str) -> Marks {
    let promises = PROMISE.iter().flat_map(|promise| promise.find_iter(line));
    Marks {
        candidates: shapes::candidates(line).collect(),
        promises: promises.map(|found| found.start()).collect(),
    }
}

/// Calls `found` with every value and name in which one of the offsets lies, the outer ones first, in the order of the file.
fn around<'a>(root: Value<'a>, offsets: &[usize], mut found: impl FnMut(Value<'a>)) {
    let mut waiting = vec![root];
    while let Some(value) = waiting.pop() {
        found(value);
        let from = waiting.len();
        let members = value.members().flat_map(|member| [Some(member.key), member.value]);
        let inner = value.items().chain(members.flatten());
        waiting.extend(inner.filter(|inner| holds(*inner, offsets)));
        waiting[from..].reverse();
    }
}

fn holds(value: Value<'_>, offsets: &[usize]) -> bool {
    let span = value.span().range();
    offsets
        .get(offsets.partition_point(|at| *at < span.start))
        .is_some_and(|at| *at < span.end)
}

/// `candidates` are the offsets at which shapes can be, ascending.
fn by_shape(root: Value<'_>, candidates: &[usize]) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    if candidates.is_empty() {
        return hits;
    }
    around(root, candidates, |string| {
        let Some(decoded) = string.as_str() else { return };
        hits.extend(shapes::find(&decoded).into_iter().map(|hit| SecretHit {
            span: string.source_span(hit.span),
            ..hit
        }));
    });
    hits
}

/// `promises` are the offsets of words that names of secrets hold, ascending: most names hold none.
fn by_name(root: Value<'_>, promises: &[usize], hits: &mut Vec<SecretHit>) {
    let may_promise = |name: Value<'_>| holds(name, promises);
    let mut push = |name: &str, value: Value<'_>| {
        let Some(decoded) = value.as_str() else { return };
        let span = value.content_span();
        if let Some(hit) = names::scan_named(name, &decoded)
            && !hits.iter().any(|known| overlap(known.span, span))
        {
            hits.push(SecretHit { span, ..hit });
        }
    };
    // Most objects hold no such word anywhere, and their members need not be looked at.
    around(root, promises, |object| {
        let mut promised = false;
        for member in object.members() {
            let Some(value) = member.value else { continue };
            if NAMES.iter().any(|name| member.key.is_str(name)) {
                promised |= may_promise(value) && value.as_str().is_some_and(|name| promises_secret(&name).is_some());
            }
            if !may_promise(member.key) {
                continue;
            }
            let Some(name) = member.key.as_str() else { continue };
            push(&name, value);
            if value.is_object() {
                value
                    .members()
                    .filter(|inner| is_value(inner.key))
                    .filter_map(|inner| inner.value)
                    .for_each(|inner| push(&name, inner));
            }
        }
        if promised {
            let name = NAMES.iter().find_map(|name| {
                object
                    .get(name)?
                    .as_str()
                    .filter(|name| promises_secret(name).is_some())
            });
            let Some(name) = name else { return };
            object
                .members()
                .filter(|member| is_value(member.key))
                .filter_map(|member| member.value)
                .for_each(|value| push(&name, value));
        }
    });
}

fn is_value(key: Value<'_>) -> bool {
    VALUES.iter().any(|name| key.is_str(name))
}

fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        scan_json(&Tree::parse(text), text)
            .iter()
            .map(|hit| hit.span.slice(text))
            .collect()
    }

    #[test]
    fn named_values_in_all_their_places() {
        for text in [
            r#"{"password":"Wint3r-Made-Up-1"}"#,
            r#"{"request/client_secret":"Wint3r-Made-Up-1"}"#,
            r#"{"variables":[{"name":"ClientSecret","type":"string","value":"Wint3r-Made-Up-1"}]}"#,
            r#"{"parameters":{"Api Key (con_ApiKey)":{"defaultValue":"Wint3r-Made-Up-1","type":"String"}}}"#,
            r#"{"EnvironmentVariables":[{"SchemaName":"con_ApiKey","Value":"Wint3r-Made-Up-1"}]}"#,
            r#"{"actions":{"Client_secret":{"type":"Compose","inputs":"Wint3r-Made-Up-1"}}}"#,
        ] {
            assert_eq!(found(text), ["Wint3r-Made-Up-1"], "{text}");
        }
    }

    #[test]
    fn schemas_expressions_and_descriptions_are_silent() {
        for text in [
            r#"{"properties":{"password":{"type":"string","title":"Password2024!x","default":"Wint3r-Made-Up-1"}}}"#,
            r#"{"password":"@parameters('Password1')"}"#,
            r#"{"name":"ClientSecret","value":"@{variables('x')}"}"#,
            r#"{"secretName":"Wint3r-Made-Up-1"}"#,
            r#"{"password":null,"token":12345678}"#,
            "",
            "[",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn escapes_hide_nothing_and_spans_fit() {
        let text = "{\"a\":\"ä \\u0022 Server\\u003dx;Pass\u{77}ord\\u003dGr3en\\u0021Tea;\",\"b\":1}";
        assert_eq!(found(text), ["Gr3en\\u0021Tea"]);
        let url = format!(
            "{{\"u\":\"https://x.y/z?sp=1\\u0026sv=1.0\\u0026si{}=aB3dE5fG7hJ9kL1mN3pQ5r\"}}",
            "g"
        );
        assert_eq!(found(&url), ["aB3dE5fG7hJ9kL1mN3pQ5r"]);
    }

    #[test]
    fn one_value_is_one_hit() {
        let text = format!(
            "{{\"authorization_token\":\"x\",\"accessToken\":\"gh{}_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5\"}}",
            "p"
        );
        assert_eq!(found(&text).len(), 1);
    }
}
