//! What an environment variable of each type takes, and which parameter of a flow can stand for it.

use model::flow::CachedValue;
use model::variables::SECRET_TYPE;
use syntax::json;

/// A text.
pub const TEXT: u32 = 100_000_000;
/// A number.
pub const NUMBER: u32 = 100_000_001;
/// Yes or no.
pub const YES_NO: u32 = 100_000_002;
/// A JSON document.
pub const JSON: u32 = 100_000_003;
/// Something that a connector knows, such as a site or a list.
pub const DATA_SOURCE: u32 = 100_000_004;

/// Whether a value can be that of a variable of this type. Of types that nobody knows, every value is taken.
#[must_use]
pub fn fits(kind: u32, value: &str) -> bool {
    let value = value.trim();
    match kind {
        NUMBER => number(value).is_some(),
        YES_NO => yes_no(value).is_some(),
        JSON => is_json(value),
        // The path of a secret in Azure Key Vault; environments may shorten what is in their own subscription.
        SECRET_TYPE => value.starts_with('/') || value.to_ascii_lowercase().contains("/secrets/"),
        _ => true,
    }
}

/// The types of a parameter that can stand for a variable of this type, the one that the designer writes first; empty
/// where nobody knows.
#[must_use]
pub fn parameter_kinds(kind: u32) -> &'static [&'static str] {
    match kind {
        TEXT => &["String", "SecureString"],
        DATA_SOURCE => &["String", "Object"],
        NUMBER => &["Float", "Int"],
        YES_NO => &["Bool"],
        JSON => &["Object", "Array", "String"],
        _ => &[],
    }
}

/// Whether a parameter remembers this value of a variable of this type.
#[must_use]
pub fn is_cached(kind: u32, value: &str, cached: &CachedValue) -> bool {
    let (value, own) = (value.trim(), cached.text.trim());
    value == own
        || match kind {
            NUMBER => number(value).is_some() && number(value) == number(own),
            YES_NO => yes_no(value).is_some() && yes_no(value) == yes_no(own),
            JSON => is_json(value) && without_gaps(value) == without_gaps(own),
            // Old exports end lines otherwise.
            _ => value.replace('\r', "") == own.replace('\r', ""),
        }
}

/// How a parameter of this type writes a variable's value, as JSON; `None` where it cannot.
#[must_use]
pub fn as_parameter(parameter: &str, value: &str) -> Option<String> {
    let (value, is) = (value.trim(), |kind: &str| parameter.eq_ignore_ascii_case(kind));
    if is("String") {
        return Some(json::quote(&expr::escape_literal(value)));
    }
    let plain = if is("Int") {
        value.parse::<i64>().ok().map(|number| number.to_string())
    } else if is("Float") {
        number(value).filter(|_| is_json(value)).map(|_| value.to_owned())
    } else if is("Bool") {
        yes_no(value).map(|yes| yes.to_string())
    } else if is("Object") {
        Some(value.to_owned()).filter(|value| value.starts_with('{') && is_json(value))
    } else if is("Array") {
        Some(value.to_owned()).filter(|value| value.starts_with('[') && is_json(value))
    } else {
        None
    };
    // An expression within would be worked out.
    plain.filter(|plain| !plain.contains('@'))
}

fn number(value: &str) -> Option<f64> {
    let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    value.parse().ok().filter(|_| is_number)
}

fn yes_no(value: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    if is(&["yes", "true", "1"]) {
        Some(true)
    } else if is(&["no", "false", "0"]) {
        Some(false)
    } else {
        None
    }
}

fn is_json(value: &str) -> bool {
    let tree = json::Tree::parse(value);
    tree.root(value).is_some() && !tree.is_broken()
}

/// A document without what stands between its parts.
fn without_gaps(document: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |c: &char| {
        let (was_quoted, was_escaped) = (quoted, escaped);
        escaped = was_quoted && !was_escaped && *c == '\\';
        if *c == '"' && !was_escaped {
            quoted = !was_quoted;
        }
        was_quoted || !c.is_whitespace()
    };
    document.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use syntax::Span;

    use super::*;

    #[test]
    fn values_by_type() {
        for (kind, good, bad) in [
            (
                NUMBER,
                &["1", "-0.5", " 3 ", "1e3"][..],
                &["", "one", "1,5", "inf", "1 2"][..],
            ),
            (YES_NO, &["yes", "No", "true", "0"], &["", "maybe", "2"]),
            (JSON, &["{}", "[1]", "{\"a\": \"b\"}", "1"], &["", "{", "{a:1}", "x"]),
            (SECRET_TYPE, &["/subscriptions/1/secrets/x"], &["hunter2", ""]),
            (TEXT, &["", "x"], &[]),
            (7, &["x"], &[]),
        ] {
            for value in good {
                assert!(fits(kind, value), "{kind} {value:?}");
            }
            for value in bad {
                assert!(!fits(kind, value), "{kind} {value:?}");
            }
        }
    }

    #[test]
    fn parameters_remember_values_in_their_own_writing() {
        let cached = |text: &str| CachedValue {
            text: text.to_owned(),
            is_text: false,
            span: Span::default(),
            removal: Span::default(),
        };
        assert!(is_cached(YES_NO, "yes", &cached("true")) && !is_cached(YES_NO, "no", &cached("true")));
        assert!(is_cached(NUMBER, "1.0", &cached("1")) && !is_cached(NUMBER, "1", &cached("2")));
        assert!(is_cached(
            JSON,
            "{\"a\": [1, \"x  y\"]}",
            &cached("{ \"a\":[1,\"x  y\"] }")
        ));
        assert!(!is_cached(JSON, "{\"a\": \"x y\"}", &cached("{\"a\":\"xy\"}")));
        assert_eq!(as_parameter("Bool", "Yes").as_deref(), Some("true"));
        assert_eq!(as_parameter("Int", "1.5"), None);
        assert_eq!(as_parameter("String", "@{x}").as_deref(), Some("\"@@{x}\""));
        assert_eq!(as_parameter("Object", "{\"a\":\"@x\"}"), None);
    }
}
