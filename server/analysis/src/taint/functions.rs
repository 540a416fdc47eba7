//! What functions leave of the data they are given, and what they make harmless.

use expr::Function;
use model::flow::data_paths::Danger;

use super::marks::Marks;

/// What `replace(…)` leaves of a text in which the first text is replaced by the second, as far as they are written out.
pub(super) fn replaced(mut marks: Marks, from: Option<&str>, to: Option<&str>) -> Marks {
    let (Some(from), Some(to)) = (from, to) else {
        return marks;
    };
    // Doubled or gone, a quote ends no text. That of a longer pattern stays where it stands alone.
    if from == "'" && to.matches('\'').count() % 2 == 0 {
        marks = marks.unquoted();
    }
    if from.eq_ignore_ascii_case("%27") && to.matches("%27").count() % 2 == 0 {
        marks = marks.without(&[Danger::Decoded]);
    }
    let escaped = ["&lt;", "&amp;", "&quot;", "&apos;", "&#"];
    if from == "<" && !to.contains('<') || escaped.iter().any(|escaped| to.contains(escaped)) {
        marks = marks.without(&[Danger::Markup]);
    }
    marks
}

/// What a function leaves that has no rules of its own; `literal` gives an argument that is written out.
pub(super) fn result<'t>(
    function: &Function,
    name: &str,
    given: Marks,
    literal: &impl Fn(usize) -> Option<&'t str>,
) -> Marks {
    let returns = |kinds: &[&str]| function.returns.iter().all(|kind| kinds.contains(&kind.as_str()));
    match name {
        "encodeUriComponent" | "uriComponent" => given.encoded(),
        "base64" | "dataUri" | "formatNumber" | "binary" | "decimal" => given.tamed(),
        "encodeXmlValue" => given.unquoted().without(&[Danger::Markup]),
        "decodeUriComponent"
        | "uriComponentToString"
        | "uriComponentToBinary"
        | "base64ToString"
        | "base64ToBinary"
        | "decodeBase64"
        | "dataUriToString"
        | "dataUriToBinary"
        | "decodeDataUri"
        | "decodeXmlValue" => given.untamed(),
        "length" | "utf8Length" | "utf16Length" | "indexOf" | "lastIndexOf" | "nthIndexOf" | "uriPort" | "rand"
        | "range" | "guid" | "utcNow" => Marks::default(),
        // The parts that lie between quotes hold none: joined by doubled ones they are harmless.
        "split" => match literal(1) {
            Some("'") => given.unquoted(),
            Some("<") => given.without(&[Danger::Markup]),
            _ => given,
        },
        "xpath" => {
            let counts = ["sum(", "count(", "number(", "string-length(", "boolean("];
            let path = literal(1).unwrap_or_default().trim_start();
            match counts.iter().any(|count| path.starts_with(count)) {
                true => given.tamed(),
                false => given,
            }
        }
        _ if returns(&["boolean"]) => Marks::default(),
        _ if function.category == "dateTime" || returns(&["integer", "float", "number", "boolean"]) => given.tamed(),
        _ => given,
    }
}
