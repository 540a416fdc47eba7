//! What is still read from broken expressions, what is said about them, and how they are corrected.

use expr::{CallIssue, ErrorCode, NodeKind, ReferenceKind, check_calls, dynamic_references, parse, references};

fn names(text: &str) -> Vec<String> {
    references(&parse(text))
        .map(|reference| reference.name.to_owned())
        .collect()
}

fn calls(text: &str) -> Vec<String> {
    parse(text).calls().map(|(_, call)| call.name.clone()).collect()
}

#[test]
fn half_typed_expressions_keep_their_references() {
    assert_eq!(names("@concat(outputs('A'), variables('b'"), ["A", "b"]);
    assert_eq!(names("@if(equals(outputs('X')?['"), ["X"]);
    assert_eq!(calls("@if(equals(outputs('X')?['"), ["if", "equals", "outputs"]);
    assert_eq!(names("@outputs('A') == variables('b') && body('C')"), ["A", "b", "C"]);
    assert_eq!(names("@equals(@outputs('A'), @{variables('b')})"), ["A", "b"]);
    assert_eq!(
        names("@concat(outputs(\"A\"), variables(‘b’), body(“C”))"),
        ["A", "b", "C"]
    );
    assert_eq!(
        names("@createArray([outputs('A'), {variables('b')}], (body('C')))"),
        ["A", "b", "C"]
    );
    assert_eq!(names("@outputs('A')?.['x'](body('B'))"), ["A", "B"]);
    assert_eq!(names("text @{outputs('A')} and @{variables('b'"), ["A", "b"]);
    assert_eq!(names("@{outputs('A' variables('b')} @{body('C')}"), ["A", "b", "C"]);
    assert_eq!(names("@concat(outputs('A'].x, variables('b'))"), ["A", "b"]);
}

#[test]
fn every_kind_of_reference_is_seen() {
    let text =
        "@f(variables('it''s'), parameters('p'), items('l'), result('s'), iterationIndexes('u'), ACTIONBODY('a'))";
    let template = parse(text);
    let found: Vec<_> = references(&template).map(|r| (r.kind, r.name)).collect();
    use ReferenceKind::*;
    let wanted = [
        (Variable, "it's"),
        (Parameter, "p"),
        (Foreach, "l"),
        (Scope, "s"),
        (Until, "u"),
        (Action, "a"),
    ];
    assert_eq!(found, wanted);
    let first = references(&template).next().expect("a reference");
    assert_eq!(&text[first.span.start as usize..first.span.end as usize], "it''s");
    let template = parse("@concat(variables(concat('a', 'b')), outputs('unfin");
    let kinds: Vec<_> = dynamic_references(&template).map(|r| r.kind).collect();
    assert_eq!(kinds, [Variable, Action]);
    assert_eq!(references(&template).count(), 0);
    let kinds: Vec<_> = expr::implicit_references(&parse("@concat(triggerBody(), item())"))
        .map(|r| r.kind)
        .collect();
    assert_eq!(kinds, [Trigger, Item]);
}

#[test]
fn the_cursor_finds_its_node() {
    let text = "@concat('a', outputs('Get')?['x'], )";
    let template = parse(text);
    let innermost = |needle: &str, plus: usize| {
        let at = text.find(needle).expect("needle") + plus;
        let chain = template.node_at(at as u32);
        template.node(*chain.last().expect("a node")).kind.clone()
    };
    assert!(matches!(innermost("Get", 1), NodeKind::Str(s) if s.value == "Get"));
    assert!(matches!(innermost("x'", 0), NodeKind::Str(s) if s.value == "x"));
    assert!(matches!(innermost(")?", 1), NodeKind::Call(c) if c.name == "outputs"));
    assert!(matches!(innermost(" )", 1), NodeKind::Missing));
    let template = parse("@outputs('A').");
    let chain = template.node_at(14);
    assert!(
        matches!(&template.node(*chain.last().expect("a node")).kind, NodeKind::Dot { name, .. } if name.is_empty())
    );
    assert!(parse("plain").node_at(2).is_empty());
}

#[test]
fn doubled_quotes_are_mapped() {
    let text = "@'a''b''c'";
    let template = parse(text);
    let (_, node) = template.nodes().next().expect("a node");
    let NodeKind::Str(literal) = &node.kind else {
        panic!("a string")
    };
    assert_eq!(literal.value, "a'b'c");
    let raw: Vec<u32> = (0..=5).map(|at| literal.raw_offset(text, at)).collect();
    assert_eq!(raw, [2, 3, 5, 6, 8, 9]);
    let back: Vec<usize> = raw.iter().map(|at| literal.decoded_offset(text, *at)).collect();
    assert_eq!(back, [0, 1, 2, 3, 4, 5]);
}

/// The string after the correction of its first error, if there is one that makes it valid.
fn fixed(text: &str) -> Option<String> {
    let template = parse(text);
    let fix = template.errors().first()?.fix.clone()?;
    let mut out = text.to_owned();
    out.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
    fix.complete.then_some(out)
}

#[test]
fn slips_of_spelling_are_corrected() {
    for (slip, correct) in [
        ("@concat(\"a\", \"it's\")", "@concat('a', 'it''s')"),
        ("@concat(‘a’, “b”)", "@concat('a', 'b')"),
        ("@equals(@variables('a'), @true)", "@equals(variables('a'), true)"),
        ("@json(@{body('A')})", "@json(body('A'))"),
        ("@{@{body('A')}}", "@{body('A')}"),
        ("@{concat(@{body('A')}, 'x')}", "@{concat(body('A'), 'x')}"),
        (
            "@concat(outputs('A'), first(body('B')['c'",
            "@concat(outputs('A'), first(body('B')['c']))",
        ),
        ("@{f(1} and @{g()}", "@{f(1)} and @{g()}"),
        ("@outputs('A')?.['x']?.['y']", "@outputs('A')?['x']?['y']"),
        ("@if(true;'a';'b')", "@if(true,'a','b')"),
        ("@concat(\u{200b}'a')\u{feff}", "@concat('a')"),
        ("@odata.type", "@@odata.type"),
        ("total: @{variables('n')", "total: @{variables('n')}"),
        ("@concat(\"a\", @variables('b'", "@concat('a', variables('b'))"),
    ] {
        assert_eq!(fixed(slip).as_deref(), Some(correct), "{slip}");
    }
    for no_safe_way in [
        "@f() + 1",
        "@concat('a",
        "@concat('a',)",
        "@concat('a'))",
        "@x",
        "@[1]",
        "@f({})",
    ] {
        assert_eq!(fixed(no_safe_way), None, "{no_safe_way}");
    }
}

#[test]
fn messages_say_what_to_write() {
    for (slip, advice) in [
        ("@f(\"a\")", "single quotes"),
        ("@f(‘a’)", "Typographic"),
        ("@f() == 1", "equals(a, b)"),
        ("@f() != 1", "not(equals(a, b))"),
        ("@f() && g()", "and(a, b)"),
        ("@f() || g()", "or(a, b)"),
        ("@f() + 1", "add(a, b)"),
        ("@f() ne null", "not(equals(a, b))"),
        ("@f() >= 1", "greaterOrEquals(a, b)"),
        ("@if(f() or g(), 1, 2)", "or(a, b)"),
        ("@f(@g())", "leave out the inner one"),
        ("@f(@{g()})", "nothing is wrapped"),
        ("@f() and more text", "and(a, b)"),
        ("@f() more text", "@{…}"),
        ("@[1, 2]", "createArray"),
        ("@f({\"a\": 1})", "json("),
        ("@f()?.['x']", "?['name']"),
        ("@f().'x'", "['my name']"),
        ("@f()??'x'", "coalesce"),
        ("@f(x => x)", "lambda"),
        ("@f(x)", "If this is text, write 'x'"),
        ("@length", "length(collection)"),
        ("@someone please", "write @@"),
        ("@f('it's')", "written twice"),
        ("@f(g(1)", "The parenthesis after `f` is never closed"),
        ("@f('a' 'b')", "separated by commas"),
        ("@f('a'))", "one closing parenthesis too many"),
        ("@'a'.b", "Only the result of a function"),
        ("@f(\u{feff}1)", "U+FEFF"),
        ("@// x", "comments"),
        ("@my-fn()", "hyphens"),
        ("@{}", "empty"),
    ] {
        let template = parse(slip);
        let message = template.errors().first().expect(slip).to_string();
        assert!(message.contains(advice), "{slip}: {message}");
    }
}

#[test]
fn calls_are_checked_against_the_catalogue() {
    let issues = check_calls(&parse("@if(equals(1), Concatt('a'), mergeObjects(ne(1, 2), null))"));
    let said: Vec<String> = issues.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "`equals` takes 2 arguments, not 1: equals(object1, object2).",
            "There is no function `Concatt`. Did you mean `concat`?",
            "The function `mergeObjects` is in no current documentation.",
            "There is no function `ne`. Write not(equals(a, b)).",
        ]
    );
    assert!(matches!(
        issues[2],
        CallIssue::UnknownFunction { undocumented: true, .. }
    ));
    for broken in [
        "@if(true",
        "@if(true,,",
        "@equals(1 2)",
        "@equals(1,)",
        "@equals([1, 2])",
        "@equals(1; 2; 3)",
    ] {
        assert_eq!(check_calls(&parse(broken)), [], "{broken}");
    }
    // Calls beside the error are still checked.
    assert_eq!(check_calls(&parse("@concat(equals(1), ==)")).len(), 1);
}

#[test]
fn depth_and_length_do_no_harm() {
    let many = 100_000;
    for text in [
        format!("@{}", "(".repeat(many)),
        format!("@{}", "[".repeat(many)),
        format!("@{}", "f(".repeat(many)),
        format!("@{}1{}", "f(".repeat(many), ")".repeat(many)),
        format!("@f(){}", ".x".repeat(many)),
        format!("@f(){}", "?['x']".repeat(many)),
        format!("@f(){}", "[f()".repeat(many)),
        format!("@{}", "„".repeat(many)),
        format!("@{}", "‘".repeat(many)),
        format!("@{}", "\"".repeat(many)),
        format!("@{}", "'' ".repeat(many)),
        "@{x}".repeat(many),
        "@{".repeat(many),
        "@@{".repeat(many),
        "@".repeat(many),
    ] {
        let template = parse(&text);
        template.node_at(600);
        check_calls(&template);
        references(&template).count();
        expr::print(&template);
        expr::ast_json(&template);
    }
    let deep = format!("@{}1{}", "f(".repeat(512), ")".repeat(512));
    assert_eq!(parse(&deep).errors().first().map(|e| e.code), Some(ErrorCode::TooDeep));
    let deep = format!("@{}1{}", "f(".repeat(511), ")".repeat(511));
    assert!(parse(&deep).is_valid());
    assert!(!expr::ast_json(&parse(&deep)).is_null());
}
