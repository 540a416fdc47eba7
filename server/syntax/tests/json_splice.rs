//! A tree after edits equals the tree of the text: node for node, error for error.
#![allow(clippy::unwrap_used, reason = "test helpers are tests too")]

mod common;

use common::{Random, document, edit};
use syntax::Span;
use syntax::json::Tree;

/// Edits `text` `edits` times and compares after each. Gives how many edits went without a full parse.
fn check(seed: u64, size: usize, edits: usize) -> usize {
    let mut random = Random::new(seed);
    let layout = random.below(3);
    let mut text = document(&mut random, size, layout);
    let mut tree = Tree::parse(&text);
    let mut spliced = 0;
    for step in 0..edits {
        let (start, end, inserted) = edit(&mut random, &text);
        let before = text.clone();
        text.replace_range(start..end, &inserted);
        let change = tree.splice(&text, Span::new(start as u32, end as u32), inserted.len() as u32);
        let full = Tree::parse(&text);
        assert_eq!(
            tree.errors(),
            full.errors(),
            "seed {seed} step {step} {change:?}\nafter {text:?}"
        );
        assert!(
            tree == full,
            "seed {seed} step {step} {change:?}\nbefore {before:?}\nreplaced {start}..{end} by {inserted:?}\nafter {text:?}"
        );
        spliced += usize::from(!change.whole);
        if text.len() > 4000 {
            break;
        }
    }
    spliced
}

#[test]
fn splice_equals_a_full_parse() {
    let mut spliced = 0;
    // Few edits each, so that most documents are only a little broken; then many, so that some are ruins.
    for seed in 0..170_000 {
        spliced += check(seed, 4 + seed as usize % 40, 3);
    }
    for seed in 200_000..204_000 {
        spliced += check(seed, 60, 40);
    }
    // Else this test would test nothing.
    assert!(spliced > 100_000, "only {spliced} edits were spliced");
}

#[test]
fn typing_in_a_string_parses_only_the_string() {
    let mut text = "{\"a\": {\"b\": [\"one\", \"two\"]}, \"c\": 1}".to_owned();
    let mut tree = Tree::parse(&text);
    let at = text.find("two").unwrap() as u32 + 1;
    text.insert(at as usize, 'x');
    let change = tree.splice(&text, Span::at(at), 1);
    assert!(!change.whole);
    assert_eq!(change.new.slice(&text), "\"txwo\"");
    assert_eq!(tree, Tree::parse(&text));
}

#[test]
fn typing_in_a_member_parses_only_its_object() {
    let mut text = "{\"a\": {\"b\": 1}, \"c\": {\"d\": 2}}".to_owned();
    let mut tree = Tree::parse(&text);
    let at = text.find(" 2").unwrap() as u32;
    text.insert_str(at as usize, " {\"new\": [], \"a");
    let change = tree.splice(&text, Span::at(at), 15);
    assert_eq!(tree, Tree::parse(&text));
    assert!(tree.is_broken() && change.whole);
    let mut tree = Tree::parse("[{\"a\": {\"b\": 1}}]");
    let change = tree.splice("[{\"a\": {\"b\": 12}}]", Span::at(14), 1);
    assert_eq!((change.whole, change.new), (false, Span::new(7, 16)));
}

#[test]
fn an_edit_that_does_not_fit_is_parsed_in_full() {
    let mut tree = Tree::parse("{}");
    for (span, inserted) in [(Span::new(0, 99), 0), (Span::at(99), 4), (Span::at(1), 77)] {
        assert!(tree.splice("[1, 2]", span, inserted).whole);
        assert_eq!(tree, Tree::parse("[1, 2]"));
    }
}

#[test]
fn trees_with_as_many_errors_as_are_kept_splice_too() {
    for errors in 195..205 {
        let mut text = format!("[{{\"a\": 1, \"b\": {{}}}}, [{}1]]", "1 ".repeat(errors));
        let mut tree = Tree::parse(&text);
        for inserted in [
            "\"c\": 2 \"d\": 3 \"e\": 4,",
            "\"b\": 1, \"b\": 2,",
            "",
            "{",
            "}",
            "\"",
            "\n",
        ] {
            text.insert_str(2, inserted);
            tree.splice(&text, Span::at(2), inserted.len() as u32);
            assert!(tree == Tree::parse(&text), "{errors} {inserted:?}");
        }
    }
}
