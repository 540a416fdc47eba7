//! What is JSON and what it means: the same as `serde_json` and `jsonc-parser` say.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

mod common;

use common::{Random, document, edit};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::de::IgnoredAny;
use serde_json::Value as Json;
use syntax::json::{JsonError, JsonErrorKind, Kind, Tree, Value};

/// `IgnoredAny` checks syntax only: it takes lone surrogates and numbers of any size, as we do.
fn serde_says(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn jsonc_says(text: &str) -> bool {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_to_ast(text, &CollectOptions::default(), &strict).is_ok_and(|result| result.value.is_some())
}

/// Where `jsonc-parser` is known to differ from the RFC: it takes control characters and line ends in strings as they
/// are, reads over a byte order mark and white space beyond ASCII, and refuses lone surrogates.
fn jsonc_differs(text: &str, tree: &Tree) -> bool {
    let in_string = |error: &JsonError| {
        matches!(
            error.kind,
            JsonErrorKind::UnterminatedString | JsonErrorKind::ControlCharacter
        )
    };
    text.contains(['\u{FEFF}', '\u{b}', '\0']) || text.contains("\\u") || tree.errors().iter().any(in_string)
}

/// Whether our value means what `serde_json`'s means.
fn same(ours: Value<'_>, theirs: &Json) -> bool {
    match theirs {
        Json::Null => ours.kind() == Kind::Null,
        Json::Bool(truth) => ours.as_bool() == Some(*truth),
        // `serde_json` calls -0 no integer, where we say 0; it may miss the nearest float by a bit.
        Json::Number(number) => {
            let (a, b) = (ours.as_f64().expect("a number"), number.as_f64().expect("a number"));
            (a - b).abs() <= a.abs() * 1e-15 && (ours.raw() == "-0" || ours.as_i64() == number.as_i64())
        }
        Json::String(text) => ours.as_str().as_deref() == Some(text) && ours.is_str(text),
        Json::Array(items) => {
            ours.is_array() && ours.len() == items.len() && ours.items().zip(items).all(|(a, b)| same(a, b))
        }
        Json::Object(members) => {
            ours.is_object()
                && members
                    .iter()
                    .all(|(name, value)| ours.get(name).is_some_and(|ours| same(ours, value)))
                && ours
                    .members()
                    .all(|m| m.key.as_str().is_some_and(|key| members.contains_key(&*key)))
        }
    }
}

fn compare(text: &str, compared: &mut [usize; 3]) {
    let tree = Tree::parse(text);
    let valid = serde_says(text);
    assert_eq!(!tree.is_broken(), valid, "{text:?}: {:?}", tree.errors());
    check_shape(&tree, text);
    if !jsonc_differs(text, &tree) {
        assert_eq!(
            !tree.is_broken(),
            jsonc_says(text),
            "jsonc-parser on {text:?}: {:?}",
            tree.errors()
        );
        compared[2] += 1;
    }
    compared[usize::from(valid)] += 1;
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        let root = tree.root(text).expect("a root");
        assert!(same(root, &json), "{text:?}");
    }
}

/// What every tree promises, broken or not.
fn check_shape(tree: &Tree, text: &str) {
    let Some(root) = tree.root(text) else { return };
    assert_eq!(root.descendants().count(), tree.len(), "{text:?}");
    for value in root.descendants() {
        assert!(text.get(value.span().range()).is_some(), "{value:?} of {text:?}");
        assert!(
            value.span().contains_span(value.content_span()),
            "{value:?} of {text:?}"
        );
        let mut end = value.span().start;
        for child in value
            .members()
            .flat_map(|m| [Some(m.key), m.value])
            .flatten()
            .chain(value.items())
        {
            assert!(
                value.span().contains_span(child.span()) && child.span().start >= end,
                "{child:?} of {text:?}"
            );
            end = child.span().end;
        }
    }
    let starts: Vec<u32> = tree.errors().iter().map(|error| error.span.start).collect();
    assert!(starts.is_sorted(), "{text:?}");
    assert!(
        tree.errors().iter().all(|error| text.get(error.span.range()).is_some()),
        "{text:?}: {:?}",
        tree.errors()
    );
}

#[test]
fn validity_and_meaning_agree_with_others() {
    let mut compared = [0; 3];
    for seed in 0..150_000 {
        let mut random = Random::new(seed);
        let layout = random.below(3);
        let mut text = document(&mut random, 1 + seed as usize % 25, layout);
        compare(&text, &mut compared);
        for _ in 0..3 {
            let (start, end, inserted) = edit(&mut random, &text);
            text.replace_range(start..end, &inserted);
            compare(&text, &mut compared);
        }
    }
    assert!(
        compared[0] > 50_000 && compared[1] > 50_000 && compared[2] > 50_000,
        "{compared:?}"
    );
}

#[test]
fn short_texts_agree_with_others() {
    let alphabet = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\"a\"", "1", "0", "-", ".", "e", "+", "true", "null", "tru", " ",
        "\n", "/", "//", "/*", "'", "u00e4", "n", "\t", "ä",
    ];
    let mut compared = [0; 3];
    let mut random = Random::new(7);
    for _ in 0..400_000 {
        let mut text = String::new();
        for _ in 0..random.below(9) {
            text.push_str(random.pick(&alphabet));
        }
        compare(&text, &mut compared);
    }
    assert!(compared[1] > 2_000, "{compared:?}");
}
