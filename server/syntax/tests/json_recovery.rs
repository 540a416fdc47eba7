//! Damage in one place leaves the rest of the tree as it was.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

use syntax::json::{JsonErrorKind, Tree, Value};

const FLOW: &str = r#"{
  "definition": {
    "triggers": {},
    "actions": {
      "First": {
        "type": "Compose",
        "inputs": "@{variables('x')}"
      },
      "Second": {
        "type": "Http",
        "runAfter": {
          "First": [
            "Succeeded"
          ]
        }
      },
      "Third": {
        "type": "Scope",
        "actions": {}
      }
    }
  },
  "schemaVersion": "1.0.0.0"
}"#;

fn names(value: Option<Value<'_>>) -> Vec<String> {
    value
        .iter()
        .flat_map(Value::members)
        .map(|m| m.key.raw().trim_matches('"').to_owned())
        .collect()
}

/// After the damage, the actions named are those of `expected`, and what follows them is in its place.
fn check(from: &str, to: &str, expected: &[&str]) {
    for crlf in [false, true] {
        let mut text = FLOW.replacen(from, to, 1);
        assert_ne!(text, FLOW, "{from}");
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let tree = Tree::parse(&text);
        assert!(tree.is_broken(), "{to}");
        let root = tree.root(&text).unwrap();
        let actions = root.path(&["definition", "actions"]);
        assert_eq!(names(actions), expected, "{from} -> {to}\n{:?}", tree.errors());
        assert_eq!(
            root.get("schemaVersion").and_then(|v| v.as_str()).as_deref(),
            Some("1.0.0.0"),
            "{from} -> {to}"
        );
        let third = actions.and_then(|actions| actions.get("Third")).unwrap();
        assert!(
            third.path(&["actions"]).is_some_and(|inner| inner.is_object()),
            "{from} -> {to}"
        );
    }
}

const ALL: &[&str] = &["First", "Second", "Third"];

#[test]
fn half_typed_members() {
    check("\"type\": \"Compose\",", "\"type\": \"Compose\"", ALL);
    check("\"type\": \"Compose\",", "\"type\": ,", ALL);
    check("\"type\": \"Compose\",", "\"type\":", ALL);
    check("\"type\": \"Compose\",", "\"type\"", ALL);
    check("\"type\": \"Compose\",", "\"type", ALL);
    check("\"type\": \"Compose\",", "\"", ALL);
    check("\"type\": \"Compose\",", "ty", ALL);
    check("\"type\": \"Compose\",", "type: Compose,", ALL);
    check("\"type\": \"Compose\",", "\"type: \"Compose\",", ALL);
    check("\"type\": \"Compose\",", "\"type\": \"Compose,", ALL);
    check("\"type\": \"Compose\",", "\"type\": 'Compose',", ALL);
    check("\"type\": \"Compose\",", "\"type\" \"Compose\",", ALL);
    check("\"type\": \"Compose\",", "\"type\": \"Compose\",,", ALL);
    check("\"type\": \"Compose\",", "// \"type\": \"Compose\",", ALL);
    check("\"type\": \"Compose\",", "\"type\": Compose, {\"a\": 1},", ALL);
    check("\"@{variables('x')}\"", "\"@{variables('x')}", ALL);
    check("\"@{variables('x')}\"", "\"@{", ALL);
    check("\"@{variables('x')}\"", "", ALL);
    check("\"First\": {", "\"First: {", ALL);
    check(
        "\"First\": {",
        "\"First {",
        &["First {", "type", "inputs", "Second", "Third"],
    );
}

#[test]
fn brackets_that_do_not_match() {
    check("\"inputs\": \"@{variables('x')}\"", "\"inputs\": {", ALL);
    check("\"inputs\": \"@{variables('x')}\"", "\"inputs\": [", ALL);
    check("\"inputs\": \"@{variables('x')}\"", "\"inputs\": [{", ALL);
    check("\"inputs\": \"@{variables('x')}\"", "\"inputs\": {}}", ALL);
    check("\"inputs\": \"@{variables('x')}\"", "\"inputs\": {]", ALL);
    check("'x')}\"\n      },", "'x')}\"\n", ALL);
    check("'x')}\"\n      },", "'x')}\",\n", ALL);
    check("'x')}\"\n      },", "'x')}\"\n      }},", ALL);
    check("\"Succeeded\"\n          ]", "\"Succeeded\"", ALL);
    check("\"Succeeded\"\n          ]", "\"Succeeded\"\n          }", ALL);
    check("          ]\n        }\n      },", "          ]\n      },", ALL);
    check("\"actions\": {\n", "\"actions: {\n", ALL);
}

#[test]
fn unmatched_brackets_are_told_where_they_are() {
    let text = FLOW.replacen("          ]\n        }\n", "          ]\n", 1);
    let tree = Tree::parse(&text);
    assert_eq!(tree.errors().len(), 1, "{:?}", tree.errors());
    let error = &tree.errors()[0];
    assert_eq!(error.kind, JsonErrorKind::Unclosed { open: '{' });
    assert_eq!(
        error.span.start as usize,
        text.find("{\n          \"First\": [").unwrap()
    );
    assert_eq!(error.to_string(), "this '{' has no matching '}'");
    assert!(error.related.is_some());
}

#[test]
fn every_prefix_keeps_what_it_has() {
    for (end, _) in FLOW.char_indices().skip(1) {
        let text = &FLOW[..end];
        let tree = Tree::parse(text);
        assert!(tree.is_broken());
        let root = tree.root(text).unwrap();
        assert_eq!(root.span().end as usize, end);
        let complete = ["First", "Second"]
            .iter()
            .filter(|name| text.contains(&format!("\"{name}\": {{")))
            .count();
        let actions = names(root.path(&["definition", "actions"]));
        assert!(actions.len() >= complete, "{text}: {actions:?}");
    }
}

#[test]
fn errors_speak_plainly() {
    for (text, message, at) in [
        ("{\"a\": 1 \"b\": 2}", "expected a comma between members", "1"),
        ("[1 2]", "expected a comma between items", "1"),
        ("{\"a\": 1,}", "JSON allows no comma before a closing bracket", ","),
        ("{\"a\"}", "expected a colon and a value after this name", "\"a\""),
        ("{\"a\":}", "expected a value after the colon", "\"a\""),
        ("{a: 1}", "names need double quotes", "a"),
        ("[01]", "this is not a number as JSON writes it", "01"),
        ("[1] 2", "the document ends before this", "2"),
        ("", "the file holds no JSON value", ""),
        (
            "[\"a\\x\"]",
            "this backslash starts no valid escape: use \\\\ for a backslash itself",
            "\\x",
        ),
    ] {
        let tree = Tree::parse(text);
        let error = &tree.errors()[0];
        assert_eq!(
            (tree.errors().len(), error.to_string().as_str()),
            (1, message),
            "{text}"
        );
        if error.span.is_empty() {
            assert!(text[..error.span.start as usize].ends_with(at), "{text}");
        } else {
            assert_eq!(error.span.slice(text), at, "{text}");
        }
    }
}

#[test]
fn equal_names_do_not_break_a_tree() {
    let text = "{\"a\": 1, \"b\": 2, \"\\u0061\": 3}";
    let tree = Tree::parse(text);
    assert!(!tree.is_broken());
    let error = &tree.errors()[0];
    assert_eq!(error.span.slice(text), "\"\\u0061\"");
    assert_eq!(error.related.map(|first| first.slice(text)), Some("\"a\""));
    assert_eq!(tree.root(text).unwrap().get("a").unwrap().as_i64(), Some(3));
    // More names than are compared one by one.
    let many = format!(
        "{{{}\"n7\": 0}}",
        (0..100).map(|i| format!("\"n{i}\": {i}, ")).collect::<String>()
    );
    let tree = Tree::parse(&many);
    assert_eq!(tree.errors().len(), 1);
    assert_eq!(tree.root(&many).unwrap().get("n7").unwrap().as_i64(), Some(0));
}

#[test]
fn a_cursor_finds_its_path() {
    let tree = Tree::parse(FLOW);
    let at = FLOW.find("Succeeded").unwrap() as u32;
    let path = tree.path_at(FLOW, at);
    let keys: Vec<_> = path.iter().map(|value| value.span().slice(FLOW).len()).collect();
    assert!(keys.is_sorted_by(|a, b| a > b), "{keys:?}");
    assert!(path.last().unwrap().is_str("Succeeded") && path.len() == 7);
    let key = tree.path_at(FLOW, FLOW.find("Second").unwrap() as u32);
    assert!(key.last().unwrap().is_key() && key[key.len() - 2].is_object());
    assert!(tree.path_at(FLOW, u32::MAX).is_empty());
}
