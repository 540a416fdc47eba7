//! The data file holds together.

use expr::{catalogue, check_calls, did_you_mean, hint_for_unknown, lookup, parse, suggest};

#[test]
fn every_entry_is_complete() {
    assert!(catalogue().len() >= 140);
    for function in catalogue() {
        let name = &function.name;
        assert!(function.description.ends_with('.'), "{name}");
        let template = parse(&format!("@{}", function.example));
        assert!(template.is_valid(), "{name}: {:?}", template.errors());
        assert!(template.calls().any(|(_, call)| call.name == *name), "{name}");
        let issues = check_calls(&template);
        assert!(function.undocumented || issues.is_empty(), "{name}: {issues:?}");
        let required = function
            .params
            .iter()
            .filter(|param| !param.optional && !param.variadic)
            .count();
        let variadic = function.params.last().is_some_and(|param| param.variadic);
        assert_eq!(variadic, function.max_args.is_none(), "{name}");
        if name != "createObject" {
            assert_eq!(required, function.min_args, "{name}");
        }
        assert!(variadic || function.max_args == Some(function.params.len()), "{name}");
        if let Some(index) = function.reference.as_ref().and_then(|reference| reference.arg_index) {
            assert!(index < function.params.len(), "{name}");
        }
        if let Some(replacement) = &function.replacement {
            assert!(lookup(replacement).is_some(), "{name}");
        }
        assert_eq!(lookup(&name.to_uppercase()).map(|found| &found.name), Some(name));
    }
}

#[test]
fn names_are_found_in_any_case_and_nearly_right() {
    assert_eq!(lookup("UTCNOW").map(|f| f.name.as_str()), Some("utcNow"));
    assert!(lookup("nothing").is_none() && lookup("").is_none());
    assert_eq!(suggest("formatDatetme"), Some("formatDateTime"));
    assert_eq!(suggest("cocnat"), Some("concat"));
    assert_eq!(suggest("x"), None);
    assert!(hint_for_unknown("ISNULL").is_some_and(|hint| hint.contains("equals")));
    assert_eq!(hint_for_unknown("concat"), None);
}

#[test]
fn signatures_show_what_may_be_left_out() {
    let signature = |name: &str| lookup(name).map(expr::Function::signature).expect(name);
    assert_eq!(signature("concat"), "concat(text1, [text…])");
    assert_eq!(signature("utcNow"), "utcNow([format])");
    assert_eq!(signature("item"), "item()");
    let concat = lookup("concat").expect("concat");
    assert_eq!(concat.param_at(7).map(|param| param.name.as_str()), Some("text"));
    assert_eq!(lookup("not").expect("not").param_at(1), None);
}

#[test]
fn the_nearest_name_does_not_depend_on_the_order() {
    assert_eq!(did_you_mean("statsu", ["status", "state"]), Some("status"));
    assert_eq!(did_you_mean("abcde", ["abcdf", "abcda"]), Some("abcda"));
    assert_eq!(did_you_mean("abcde", ["abcda", "abcdf"]), Some("abcda"));
    assert_eq!(did_you_mean("Größe", ["grösse", "größer"]), Some("größer"));
    assert_eq!(did_you_mean("ab", ["ac"]), None);
    assert_eq!(did_you_mean("NAME", ["name"]), Some("name"));
}
