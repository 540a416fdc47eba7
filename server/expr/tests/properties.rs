//! What must hold for every input, tried on random ones.

use expr::{
    Mark, MarkKind, NodeKind, Template, ast_json, check_calls, dynamic_references, format, format_template, highlight,
    minify, minify_template, parse, print, references, same_tree,
};
use proptest::prelude::*;

/// Random source of a valid value, with white space in odd places.
fn value() -> impl Strategy<Value = String> {
    let blank = prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("\u{a0}")];
    let string = "[a-zA-Z '@{}()\\[\\]\"é😀]{0,8}".prop_map(|text| expr::quote(&text));
    let name = prop_oneof![
        Just("concat"),
        Just("OUTPUTS"),
        Just("variables"),
        Just("body"),
        Just("triggerBody"),
        Just("if"),
        Just("é_1")
    ];
    let leaf = prop_oneof![
        3 => string.clone(),
        1 => "[+-]?[0-9]{1,5}",
        1 => "[+-]?[0-9]{1,3}\\.[0-9]{0,3}(e[+-]?[0-9])?",
        1 => prop_oneof![Just("true"), Just("False"), Just("NULL")].prop_map(str::to_owned),
        3 => (name.clone(), string).prop_map(|(name, text)| format!("{name}({text})")),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let access = prop_oneof![
            1 => ("[?]?", "[a-z_]{1,4}").prop_map(|(safe, name)| format!("{safe}.{name}")),
            2 => ("[?]?", inner.clone()).prop_map(|(safe, key)| format!("{safe}[{key}]")),
        ];
        let args = prop::collection::vec((blank.clone(), inner, blank.clone()), 0..4);
        (name.clone(), args, prop::collection::vec(access, 0..3)).prop_map(|(name, args, access)| {
            let args: Vec<String> = args.iter().map(|(a, arg, b)| format!("{a}{arg}{b}")).collect();
            format!("{name}({}){}", args.join(","), access.concat())
        })
    })
}

/// Random source of a valid template that holds expressions.
fn template() -> impl Strategy<Value = String> {
    prop_oneof![
        value().prop_map(|value| format!("@{value}")),
        (prop::collection::vec(("[a-z }'é]{0,5}", value()), 1..4), "[a-z@ ]{0,5}").prop_map(|(parts, end)| parts
            .iter()
            .map(|(text, value)| format!("{text}@{{{value}}}"))
            .collect::<String>()
            + &end),
    ]
}

/// Tokens and slips in any order.
fn soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "@",
        "@{",
        "}",
        "@@",
        "'",
        "''",
        "'a'",
        "\"",
        "\"x\"",
        "‘",
        "’",
        "“",
        "”",
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
        "?",
        "?.[",
        "concat",
        "outputs(",
        "variables('v')",
        "true",
        "null",
        "1",
        "-",
        "+2",
        "1.5e",
        "==",
        "&&",
        "{",
        ";",
        " ",
        "\u{a0}",
        "\u{200b}",
        "é",
        "😀",
        "\\",
        "\0",
    ]);
    prop::collection::vec(token, 0..30).prop_map(|tokens| tokens.concat())
}

/// Everything that can be asked of a template, and what must be true of any.
fn examine(text: &str) -> Template {
    let template = parse(text);
    let in_text = |span: expr::Span| text.get(span.start as usize..span.end as usize).is_some();
    let mut reached = 0;
    for root in template.roots() {
        assert_eq!(template.parent(*root), None);
        let mut stack = vec![*root];
        while let Some(id) = stack.pop() {
            reached += 1;
            for child in template.children(id) {
                assert_eq!(template.parent(child), Some(id), "{text:?}");
                assert!(
                    template.node(id).span.contains_span(template.node(child).span),
                    "{text:?}"
                );
                stack.push(child);
            }
        }
    }
    assert_eq!(
        reached,
        template.nodes().count(),
        "every node hangs in one tree: {text:?}"
    );
    for (_, node) in template.nodes() {
        assert!(in_text(node.span), "{text:?} {node:?}");
        if let NodeKind::Str(literal) = &node.kind {
            assert!(in_text(literal.content));
            assert_eq!(literal.raw_offset(text, 0), literal.content.start);
            assert_eq!(literal.raw_offset(text, usize::MAX), literal.content.end, "{text:?}");
        }
        if template.is_valid() {
            assert!(
                !matches!(node.kind, NodeKind::Missing | NodeKind::Error { .. }),
                "{text:?}"
            );
        }
    }
    for offset in 0..=text.len() as u32 + 1 {
        template.node_at(offset);
    }
    for error in template.errors() {
        assert!(in_text(error.span), "{text:?} {error:?}");
        assert!(!error.to_string().is_empty());
        if let Some(fix) = &error.fix {
            assert!(in_text(fix.span));
            let mut fixed = text.to_owned();
            fixed.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
            assert_ne!(fixed, text);
            if fix.complete {
                let left = parse(&fixed).errors().len();
                assert!(left < template.errors().len(), "{text:?} -> {fixed:?}");
            }
        }
    }
    let mut end = 0;
    for mark in highlight(text, &template) {
        assert!(
            in_text(mark.span) && !mark.span.is_empty() && end <= mark.span.start,
            "{text:?} {mark:?}"
        );
        end = mark.span.end;
    }
    // A name that references see is coloured as one.
    for reference in references(&template).filter(|_| template.is_valid()) {
        let named = |mark: &Mark| mark.span.contains_span(reference.span) && mark.kind != MarkKind::String;
        assert!(highlight(text, &template).iter().any(named), "{text:?} {reference:?}");
    }
    check_calls(&template);
    dynamic_references(&template).count();
    print(&template);
    assert_eq!(ast_json(&template).is_null(), !template.is_valid());
    template
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(600), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        examine(&text);
    }

    #[test]
    fn token_soup(text in soup()) {
        examine(&text);
        examine(&std::format!("@{text}"));
    }

    #[test]
    fn printing_and_parsing_agree(text in template()) {
        let first = examine(&text);
        prop_assert!(first.is_valid(), "{text:?}: {:?}", first.errors());
        let printed = print(&first);
        let second = parse(&printed);
        prop_assert_eq!(ast_json(&first), ast_json(&second), "{} -> {}", text, printed);
    }

    #[test]
    fn layout_changes_no_meaning(text in value(), width in 1_usize..60) {
        let whole = |source: &str| ast_json(&examine(&format!("@{source}")));
        let broken = format(&text, width);
        prop_assert_eq!(whole(&text), whole(&broken), "{} -> {}", text, broken);
        prop_assert_eq!(whole(&text), whole(&minify(&broken, ",")));
    }

    #[test]
    fn layout_loses_nothing(text in soup(), width in 1_usize..60) {
        let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let broken = format(&text, width);
        prop_assert_eq!(visible(&text), visible(&broken));
        prop_assert_eq!(minify(&text, ", "), minify(&broken, ", "), "{}", broken);
        prop_assert_eq!(&format(&broken, width), &broken);
        let short = minify(&text, ",");
        prop_assert_eq!(&minify(&short, ","), &short);
    }

    #[test]
    fn layout_of_whole_strings_changes_no_meaning(text in prop_oneof![2 => template(), 1 => soup()], width in 1_usize..120) {
        let tree = parse(&text);
        let broken = format_template(&text, width);
        prop_assert!(same_tree(&tree, &examine(&broken)), "{} -> {}", text, broken);
        prop_assert_eq!(&format_template(&broken, width), &broken);
        let short = minify_template(&broken, ",");
        prop_assert!(same_tree(&tree, &examine(&short)), "{} -> {}", text, short);
        if tree.is_valid() {
            prop_assert_eq!(ast_json(&tree), ast_json(&parse(&broken)));
            prop_assert_eq!(&minify_template(&text, ","), &short);
        }
    }

    #[test]
    fn literals_survive_escaping(text in "[@{}a']{0,8}") {
        let template = parse(&expr::escape_literal(&text));
        // `x@@{` cannot be written: the service reads the last two signs as the escape.
        if !text.contains("@@{") || text.starts_with('@') {
            prop_assert_eq!(ast_json(&template), serde_json::json!(["lit", text]));
        }
    }

    #[test]
    fn a_cut_keeps_complete_references(text in template()) {
        let whole = parse(&text);
        let all: Vec<_> = references(&whole).collect();
        for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let part = examine(&text[..cut]);
            let seen: Vec<_> = references(&part).map(|r| (r.kind, r.name.to_owned(), r.span)).collect();
            for wanted in &all {
                if (wanted.span.end as usize) < cut {
                    let wanted = (wanted.kind, wanted.name.to_owned(), wanted.span);
                    prop_assert!(seen.contains(&wanted), "{:?} lacks {:?}", &text[..cut], wanted);
                }
            }
        }
    }
}
