//! Tests of the rule.

use crate::finding::Severity;
use crate::testing::{FLOW, Found, Sample};

const RULE: &str = "invalid-run-after";

fn compose(name: &str, run_after: &str) -> String {
    format!("{name:?}:{{\"type\":\"Compose\",\"inputs\":1,\"runAfter\":{run_after}}}")
}

fn sample(run_after: &str) -> Sample {
    Sample::actions(&format!(
        r#"{},"Scope":{{"type":"Scope","runAfter":{{}},"actions":{{{}}}}},{}"#,
        compose("First", "{}"),
        compose("Inside", "{}"),
        compose("Last", run_after)
    ))
}

fn only(sample: &Sample) -> Found {
    let mut found = sample.of(RULE);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn right_orders_are_left_alone() {
    for run_after in [
        "{}",
        r#"{"First":["Succeeded"],"Scope":["Failed","TimedOut","Skipped"]}"#,
        r#"{"First":["SUCCEEDED","timedout"]}"#,
        "null",
    ] {
        assert!(sample(run_after).of(RULE).is_empty(), "{run_after}");
    }
}

#[test]
fn what_is_no_sibling_is_told_apart() {
    for (run_after, marked, says, fixes) in [
        (r#"{"Frist":["Succeeded"]}"#, "Frist", "Did you mean `First`?", 2),
        (r#"{"Elsewhere":["Succeeded"]}"#, "Elsewhere", "does not exist", 1),
        (
            r#"{"inside":["Succeeded"]}"#,
            "inside",
            "in another scope, so the flow cannot be switched on. Run after `Scope`",
            1,
        ),
        (
            r#"{"inside":["Succeeded"],"Scope":["Failed"]}"#,
            "inside",
            "in another scope",
            1,
        ),
        (
            r#"{"Manual":["Succeeded"],"First":["Succeeded"]}"#,
            "Manual",
            "the trigger",
            1,
        ),
        (r#"{"":["Succeeded"]}"#, "[\"Succeeded\"]", "does not exist", 1),
    ] {
        let sample = sample(run_after);
        let found = only(&sample);
        assert_eq!(
            (found.marked.as_str(), found.finding.severity),
            (marked, Severity::Error),
            "{run_after}"
        );
        assert!(found.finding.message.contains(says), "{}", found.finding.message);
        assert_eq!(found.finding.action.as_deref(), Some("Last"));
        assert_eq!(sample.assert_fixes(RULE), fixes, "{run_after}");
    }
}

#[test]
fn an_action_cannot_wait_for_its_own_scope() {
    let inner = compose("Inside", r#"{"Scope":["Succeeded"]}"#);
    let sample = Sample::actions(&format!(
        r#""Scope":{{"type":"Scope","runAfter":{{}},"actions":{{{inner}}}}}"#
    ));
    let found = only(&sample);
    assert!(
        found.finding.message.contains("`Scope` contains `Inside`"),
        "{}",
        found.finding.message
    );
    assert_eq!(found.finding.action.as_deref(), Some("Scope/Inside"));
    assert_eq!(sample.assert_fixes(RULE), 1);
}

#[test]
fn another_case_is_a_hint_with_a_safe_fix() {
    let sample = sample(r#"{"FIRST":["Succeeded"]}"#);
    let found = only(&sample);
    assert_eq!(
        (found.finding.severity, found.finding.fixes[0].safe),
        (Severity::Hint, true)
    );
    assert_eq!(sample.assert_fixes(RULE), 1);
}

#[test]
fn statuses_are_checked() {
    for (list, marked, severity, fixes) in [
        (r#"["Succeded","Failed"]"#, "Succeded", Severity::Error, 1),
        (r#"["success"]"#, "success", Severity::Error, 1),
        (r#"["Perhaps"]"#, "Perhaps", Severity::Error, 0),
        (r#"["Failed","cancelled"]"#, "cancelled", Severity::Warning, 0),
        ("[]", "[]", Severity::Error, 1),
        (r#""Succeeded""#, r#""Succeeded""#, Severity::Error, 1),
    ] {
        let sample = sample(&format!(r#"{{"First":{list}}}"#));
        let found = only(&sample);
        assert_eq!((found.marked.as_str(), found.finding.severity), (marked, severity));
        assert_eq!(sample.assert_fixes(RULE), fixes, "{list}");
    }
    assert_eq!(sample("[]").marked(RULE), ["[]"]);
}

#[test]
fn a_circle_is_reported_once() {
    let after = |name: &str| format!(r#"{{"{name}":["Succeeded"]}}"#);
    let flow = |links: &[(&str, &str)]| {
        let all: Vec<String> = links
            .iter()
            .map(|(name, before)| compose(name, &after(before)))
            .collect();
        Sample::actions(&all.join(","))
    };
    let three = flow(&[("A", "C"), ("B", "A"), ("C", "B"), ("Behind", "C")]);
    let found = only(&three);
    assert_eq!(
        (found.marked.as_str(), found.finding.action.as_deref()),
        ("C", Some("A"))
    );
    assert_eq!(found.finding.related.len(), 2);
    assert_eq!(three.assert_fixes(RULE), 3);
    let alone = flow(&[("A", "a")]);
    assert!(
        alone
            .of(RULE)
            .iter()
            .any(|f| f.finding.message.contains("`A` waits for itself"))
    );
    let two = flow(&[("B", "A"), ("A", "B")]);
    assert!(only(&two).finding.message.contains("`B` and `A` wait for each other"));
    assert_eq!(two.assert_fixes(RULE), 2);
}

#[test]
fn a_broken_file_is_left_alone() {
    let broken = sample(r#"{"Elsewhere":["Succeeded"]}"#).replace(FLOW, "\"inputs\":1,", "\"inputs\":1");
    assert!(broken.of(RULE).is_empty());
}
