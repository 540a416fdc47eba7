//! Members and items go in and out of any layout, and what remains is JSON with the members it should have.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

mod common;

use common::{Random, document};
use syntax::edit::{TextEdit, apply};
use syntax::json::{self, Tree, Value};

fn remove(text: &str, path: &[&str], name: &str) -> String {
    let tree = Tree::parse(text);
    let object = tree.root(text).unwrap().path(path).unwrap();
    let span = json::member_removal(object, object.member(name).unwrap().key);
    apply(text, &[TextEdit::delete(span)]).unwrap()
}

fn add(text: &str, path: &[&str]) -> String {
    let tree = Tree::parse(text);
    let object = tree.root(text).unwrap().path(path).unwrap();
    apply(text, &[json::member_insertion(object).member("n\"", "1")]).unwrap()
}

#[test]
fn members_leave_with_their_comma() {
    let text = "{\r\n  \"a\": 1,\r\n  \"b\": {\"x\": 1, \"y\": 2},\r\n  \"c\": 3\r\n}";
    assert_eq!(
        remove(text, &[], "a"),
        "{\r\n  \"b\": {\"x\": 1, \"y\": 2},\r\n  \"c\": 3\r\n}"
    );
    assert_eq!(remove(text, &[], "b"), "{\r\n  \"a\": 1,\r\n  \"c\": 3\r\n}");
    assert_eq!(
        remove(text, &[], "c"),
        "{\r\n  \"a\": 1,\r\n  \"b\": {\"x\": 1, \"y\": 2}\r\n}"
    );
    assert_eq!(
        remove(text, &["b"], "x"),
        text.replace("{\"x\": 1, \"y\": 2}", "{\"y\": 2}")
    );
    assert_eq!(
        remove(text, &["b"], "y"),
        text.replace("{\"x\": 1, \"y\": 2}", "{\"x\": 1}")
    );
    assert_eq!(remove("{\n  \"a\": 1\n}", &[], "a"), "{}");
}

#[test]
fn members_enter_in_the_layout_they_find() {
    assert_eq!(add("{}", &[]), "{\"n\\\"\": 1}");
    assert_eq!(add("{\"a\":1,\"b\":{}}", &["b"]), "{\"a\":1,\"b\":{\"n\\\"\":1}}");
    assert_eq!(add("{\"a\":1}", &[]), "{\"a\":1,\"n\\\"\":1}");
    assert_eq!(add("{ \"a\": 1 }", &[]), "{ \"a\": 1, \"n\\\"\": 1 }");
    assert_eq!(add("{\"a\": 1,\"b\": 2}", &[]), "{\"a\": 1,\"b\": 2,\"n\\\"\": 1}");
    assert_eq!(
        add("{\r\n\t\"a\": {}\r\n}", &["a"]),
        "{\r\n\t\"a\": {\r\n\t\t\"n\\\"\": 1\r\n\t}\r\n}"
    );
    assert_eq!(
        add("{\n    \"a\": {\n    }\n}", &["a"]),
        "{\n    \"a\": {\n        \"n\\\"\": 1\n    }\n}"
    );
    assert_eq!(
        add("{\n  \"a\": {\n    \"b\": 1\n  }\n}", &["a"]),
        "{\n  \"a\": {\n    \"b\": 1,\n    \"n\\\"\": 1\n  }\n}"
    );
    // The comma is there already.
    assert_eq!(add("{\n  \"a\": 1,\n}", &[]), "{\n  \"a\": 1,\n  \"n\\\"\": 1\n}");
}

#[test]
fn any_document_stays_json() {
    let mut random = Random::new(11);
    for round in 0..4_000 {
        let text = document(&mut random, 30, round % 3);
        let tree = Tree::parse(&text);
        let root = tree.root(&text).unwrap();
        let nodes: Vec<Value<'_>> = root
            .descendants()
            .filter(|value| value.is_object() || value.is_array())
            .collect();
        let of = nodes[random.below(nodes.len())];
        let added = if of.is_object() {
            json::member_insertion(of).member("new name", "[]")
        } else {
            json::item_insertion(of).item("[]")
        };
        let result = apply(&text, &[added]).unwrap();
        let after = Tree::parse(&result);
        assert!(!after.is_broken(), "{text}\n{result}");
        assert_eq!(
            after.value(&result, of.id()).unwrap().len(),
            of.len() + 1,
            "{text}\n{result}"
        );
        if of.is_empty() {
            continue;
        }
        if of.is_object() {
            let gone: Vec<_> = of
                .members()
                .filter(|_| random.below(2) == 0)
                .map(|member| member.key.id())
                .collect();
            let ranges = json::members_removal(of, |key| gone.contains(&key.id()));
            let edits: Vec<TextEdit> = ranges.into_iter().map(TextEdit::delete).collect();
            let result = apply(&text, &edits).unwrap();
            let after = Tree::parse(&result);
            assert!(!after.is_broken(), "{text}\n{result}");
            assert_eq!(after.value(&result, of.id()).unwrap().len(), of.len() - gone.len());
        }
        let which = random.below(of.len());
        let span = if of.is_object() {
            json::member_removal(of, of.members().nth(which).unwrap().key)
        } else {
            json::item_removal(of, of.items().nth(which).unwrap())
        };
        let result = apply(&text, &[TextEdit::delete(span)]).unwrap();
        let after = Tree::parse(&result);
        assert!(!after.is_broken(), "{text}\n{result}");
        assert_eq!(
            after.value(&result, of.id()).unwrap().len(),
            of.len() - 1,
            "{text}\n{result}"
        );
        assert!(
            !result.contains("\n\n") && !result.contains("\r\n\r\n"),
            "{text}\n{result}"
        );
    }
}
