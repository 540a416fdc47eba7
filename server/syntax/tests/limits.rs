//! Nothing in a file makes the parsers hang: what costs time grows with the text, not with its square.
//!
//! Times are compared within one run and generously: a quadratic parser is slower a hundredfold.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

use std::hint::black_box;
use std::time::{Duration, Instant};
use syntax::{Span, json, xml};

/// The best of three runs, so that a busy machine disturbs little.
fn time(mut run: impl FnMut()) -> Duration {
    (0..3)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

/// Parsing a text takes about as long as parsing sixteen texts of a sixteenth of its length. A busy machine may disturb
/// one measurement, so there are several.
fn assert_linear(name: &str, make: impl Fn(usize) -> String, parse: impl Fn(&str)) {
    let (small, large) = (make(8_000), make(128_000));
    let mut seen = Vec::new();
    for _ in 0..5 {
        let short = time(|| (0..16).for_each(|_| parse(&small)));
        let long = time(|| parse(&large));
        if long < short * 5 + Duration::from_millis(10) {
            return;
        }
        seen.push((short, long));
    }
    panic!("{name}: {seen:?}");
}

#[test]
fn json_parses_in_linear_time() {
    let parse = |text: &str| {
        black_box(json::Tree::parse(black_box(text)));
    };
    assert_linear("brackets", |n| "[".repeat(n), parse);
    assert_linear("braces", |n| "{\"a\":".repeat(n), parse);
    assert_linear("closers", |n| format!("{}{}", "[".repeat(500), "}".repeat(n)), parse);
    assert_linear(
        "alternating closers",
        |n| format!("{}{}", "[{\"a\":".repeat(250), "}]}".repeat(n)),
        parse,
    );
    assert_linear("unclosed strings", |n| "[\"abc\n".repeat(n), parse);
    assert_linear(
        "unclosed strings in one line",
        |n| format!("[{}", "\"a,{}} ".repeat(n)),
        parse,
    );
    assert_linear(
        "closing brackets in unclosed strings",
        |n| "\"}}}}}},\n".repeat(n),
        parse,
    );
    assert_linear(
        "a long unclosed string of brackets",
        |n| format!("[\"{}", "}".repeat(n)),
        parse,
    );
    assert_linear(
        "a long unclosed string of commas",
        |n| format!("[\"{}", ", ".repeat(n)),
        parse,
    );
    assert_linear("comments", |n| "/*".repeat(n), parse);
    assert_linear("comment lines", |n| "/* a\n".repeat(n), parse);
    assert_linear("bare names", |n| format!("{{{}", "a ".repeat(n)), parse);
    assert_linear("spaces", |n| format!("{{a{}b", " ".repeat(n)), parse);
    assert_linear("reopened roots", |n| "{},".repeat(n), parse);
    assert_linear("equal names", |n| format!("{{{}}}", "\"a\":1,".repeat(n)), parse);
    assert_linear(
        "escaped names",
        |n| format!("{{{}}}", "\"\\u0061\":1,".repeat(n)),
        parse,
    );
    assert_linear(
        "many names",
        |n| {
            format!(
                "{{{}}}",
                (0..n)
                    .map(|i| format!("\"abcdefgh{i:08}abcdefgh\":1,"))
                    .collect::<String>()
            )
        },
        parse,
    );
    assert_linear("quotes", |n| "\"".repeat(n), parse);
    assert_linear("single quotes", |n| "'".repeat(n), parse);
    assert_linear("colons", |n| format!("{{{}", "\"a\"::".repeat(n)), parse);
}

#[test]
fn xml_parses_in_linear_time() {
    let parse = |text: &str| {
        black_box(xml::Tree::parse(black_box(text)));
    };
    assert_linear("open tags", |n| "<a>".repeat(n), parse);
    assert_linear(
        "balanced tags",
        |n| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n)),
        parse,
    );
    assert_linear("siblings", |n| format!("<r>{}</r>", "<a b='c'/>".repeat(n)), parse);
    assert_linear(
        "attributes",
        |n| format!("<r {}/>", (0..n).map(|i| format!("a{i}='' ")).collect::<String>()),
        parse,
    );
    assert_linear(
        "stray end tags",
        |n| format!("{}{}", "<a>".repeat(400), "</b>".repeat(n)),
        parse,
    );
    assert_linear("comments", |n| format!("<r>{}", "<!-- ".repeat(n)), parse);
    assert_linear("sections", |n| format!("<r>{}", "<![CDATA[ ".repeat(n)), parse);
    assert_linear("instructions", |n| format!("<r>{}", "<? ".repeat(n)), parse);
    assert_linear("document types", |n| "<!DOCTYPE a [".repeat(n), parse);
    assert_linear("unclosed values", |n| format!("<r>{}", "<a b=\"".repeat(n)), parse);
    assert_linear("ampersands", |n| format!("<r>{}", "&".repeat(n)), parse);
    assert_linear(
        "namespaces",
        |n| format!("<r xmlns:a='b'>{}</r>", "<a:b xmlns:a='c'/>".repeat(n)),
        parse,
    );
}

#[test]
fn a_million_brackets_return() {
    for text in [
        "[".repeat(1_000_000),
        "{\"a\":".repeat(1_000_000),
        format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000)),
    ] {
        let tree = json::Tree::parse(&text);
        assert!(tree.is_broken());
        assert!(tree.len() < 2 * json::MAX_DEPTH + 2);
        assert!(tree.errors().len() <= 2 * json::MAX_ERRORS);
        assert_eq!(
            tree.path_at(&text, text.len() as u32 / 2).len(),
            tree.path_at(&text, text.len() as u32 / 2).len()
        );
    }
    let tree = xml::Tree::parse(&format!("{}{}", "<a>".repeat(300_000), "</a>".repeat(300_000)));
    assert!(tree.is_broken());
    assert_eq!(tree.root().map(|root| root.descendants().count()), Some(xml::MAX_DEPTH));
}

#[test]
fn nesting_up_to_the_limit_is_fine() {
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(!json::Tree::parse(&deep(json::MAX_DEPTH)).is_broken());
    assert!(json::Tree::parse(&deep(json::MAX_DEPTH + 1)).is_broken());
    // What lies beside the abyss is still read.
    let text = format!("{{\"a\": {}, \"b\": 2}}", deep(600));
    let tree = json::Tree::parse(&text);
    assert_eq!(tree.errors().len(), 1);
    assert_eq!(tree.root(&text).unwrap().get("b").unwrap().as_i64(), Some(2));
}

#[test]
fn typing_in_a_large_text_costs_much_less_than_parsing_it() {
    let member = "{\"type\": \"Compose\", \"inputs\": \"@{variables('x')}\", \"runAfter\": {}}";
    let mut text = format!(
        "{{\"actions\": {{{}}}}}",
        (0..12_000)
            .map(|i| format!("\"Compose_{i}\": {member},\n"))
            .collect::<String>()
            + "\"last\": {}"
    );
    let mut tree = json::Tree::parse(&text);
    let parse = time(|| {
        black_box(json::Tree::parse(black_box(&text)));
    });
    for place in ["variables", "Compose\", \"inputs\""] {
        let at = text[text.len() / 2..].find(place).unwrap() + text.len() / 2;
        let mut typed = Duration::MAX;
        for _ in 0..5 {
            text.insert(at, 'x');
            let start = Instant::now();
            let change = tree.splice(&text, Span::at(at as u32), 1);
            typed = typed.min(start.elapsed());
            assert!(!change.whole);
        }
        assert!(typed * 5 < parse, "{place}: typing {typed:?}, parsing {parse:?}");
    }
    assert!(tree == json::Tree::parse(&text));
}
