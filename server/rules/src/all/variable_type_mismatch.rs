//! A step that changes a variable as its type does not allow.

use edits::WorkspaceEdit;
use model::Profile;
use model::flow::{ActionId, Owner};
use rustc_hash::FxHashMap;
use syntax::json::{Kind, Value};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A step that appends to an array where the variable is none, appends to a string, increments or decrements likewise, or sets a variable
    /// to a written-out value of another type. Values that an expression gives are not looked at.
    ///
    /// # Why it matters
    ///
    /// The step fails whenever it runs, and so does what waits for it.
    ///
    /// # How to fix
    ///
    /// Use the step that fits the variable, or declare the variable with the type that its steps want. The fix exchanges the two kinds of
    /// appending.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong, where `lines` was initialized as a string
    /// "Add": { "type": "AppendToArrayVariable", "inputs": { "name": "lines", "value": "x" } }
    /// // right
    /// "Add": { "type": "AppendToStringVariable", "inputs": { "name": "lines", "value": "x" } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Store and manage values by using variables",
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-create-variables-store-values>
    static RULE = {
        id: "variable-type-mismatch",
        summary: "a step changes a variable as its type does not allow",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

const KINDS: [&str; 6] = ["string", "integer", "float", "boolean", "array", "object"];

/// Steps, the types they work on, and what they do.
const STEPS: [(&str, &[&str], &str); 4] = [
    ("AppendToArrayVariable", &["array"], "appends to it as to an array"),
    ("AppendToStringVariable", &["string"], "appends to it as to a string"),
    ("IncrementVariable", &["integer", "float"], "adds a number to it"),
    ("DecrementVariable", &["integer", "float"], "takes a number from it"),
];

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let mut declared: FxHashMap<String, &str> = FxHashMap::default();
    for variable in &flow.body.variables {
        let kind = KINDS.iter().find(|known| variable.kind.eq_ignore_ascii_case(known));
        let name = variable.name.value.to_lowercase();
        // Two declarations, or a type that is not known, leave it open.
        let kind = kind.filter(|_| !declared.contains_key(&name));
        declared.insert(name, kind.copied().unwrap_or_default());
        let value = kind.and_then(|_| first_value(flow, variable.action, &variable.name.value));
        if let (Some(kind), Some(value)) = (kind, value) {
            check_value(flow, variable.action, &variable.name.value, kind, value, findings);
        }
    }
    for write in &flow.body.variable_writes {
        let name = &write.name.value;
        let Some(kind) = declared.get(&name.to_lowercase()).filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let action = flow.body.action(write.action);
        if action.is("SetVariable") {
            let inputs = flow
                .value(action.node)
                .and_then(|value| value.get_ignore_case("inputs"));
            if let Some(value) = inputs.and_then(|inputs| inputs.get_ignore_case("value")) {
                check_value(flow, write.action, name, kind, value, findings);
            }
            continue;
        }
        let Some((_, wanted, does)) = STEPS.iter().find(|(step, ..)| action.is(step)) else {
            continue;
        };
        if wanted.contains(kind) {
            continue;
        }
        let message = format!(
            "The variable `{name}` is of type {kind}, and `{}` {does}, so the step fails. Use a step that fits, or declare the variable as {}.",
            action.title(),
            wanted.join(" or ")
        );
        let path = flow.body.owner_path(Owner::Action(write.action));
        let mut finding = Finding::new(&RULE, flow.file, write.name.span, name.as_str(), message).action(path);
        let right = match *kind {
            "array" => Some("AppendToArrayVariable"),
            "string" => Some("AppendToStringVariable"),
            _ => None,
        };
        let written = flow.value(action.node).and_then(|value| value.get_ignore_case("type"));
        if let (Some(right), Some(written), true) = (right, written, does.starts_with("appends")) {
            let edit = WorkspaceEdit::replace(flow.file, written.content_span(), right);
            finding = finding.fix(format!("Make it a step that appends to a {kind}"), false, edit);
        }
        findings.push(finding);
    }
}

/// The value with which a variable begins.
fn first_value<'a>(flow: &FlowContext<'a>, id: ActionId, name: &str) -> Option<Value<'a>> {
    let list = flow.value(flow.body.action(id).node)?.path(&["inputs", "variables"])?;
    let mut entries = list.items();
    let is_it = |entry: &Value<'_>| entry.get("name").is_some_and(|own| own.is_str(name));
    entries.find(is_it)?.get("value")
}

fn check_value(
    flow: &FlowContext<'_>,
    id: ActionId,
    name: &str,
    kind: &str,
    value: Value<'_>,
    findings: &mut Findings,
) {
    let Some(given) = mismatch(kind, value) else { return };
    let action = flow.body.action(id);
    let message = format!(
        "The variable `{name}` is of type {kind}, and `{}` gives it {given}, so the step fails. Give it a value of its type.",
        action.title()
    );
    let path = flow.body.owner_path(Owner::Action(id));
    findings.push(Finding::new(&RULE, flow.file, value.span(), name, message).action(path));
}

/// What a written-out value is that a type does not take; texts that read as one are left alone.
fn mismatch(kind: &str, value: Value<'_>) -> Option<&'static str> {
    let (is, what) = match value.kind() {
        Kind::True | Kind::False => ("boolean", "true or false"),
        Kind::Array => ("array", "an array"),
        Kind::Object => ("object", "an object"),
        Kind::Number => ("number", "a number"),
        Kind::String => ("string", "a text"),
        _ => return None,
    };
    let fits = match (kind, is) {
        ("integer" | "float", "number") => true,
        (_, "string") if kind != "string" => {
            let text = value.as_str()?;
            let text = text.trim();
            let as_json = || match kind {
                "array" => text.starts_with('['),
                "object" => text.starts_with('{'),
                "boolean" => text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"),
                _ => text.parse::<f64>().is_ok(),
            };
            text.is_empty() || !expr::is_plain(text) || as_json()
        }
        (kind, is) => kind == is,
    };
    (!fits).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(kind: &str, first: &str, step: &str, value: &str) -> Sample {
        Sample::actions(&format!(
            r#""Init":{{"type":"InitializeVariable","runAfter":{{}},"inputs":{{"variables":[{{"name":"Total","type":"{kind}"{first}}}]}}}},"Step":{{"type":"{step}","runAfter":{{"Init":["Succeeded"]}},"inputs":{{"name":"total","value":{value}}}}}"#
        ))
    }

    #[test]
    fn steps_for_other_types() {
        for (kind, step, fixes) in [
            ("String", "AppendToArrayVariable", 1),
            ("array", "AppendToStringVariable", 1),
            ("object", "AppendToArrayVariable", 0),
            ("string", "IncrementVariable", 0),
            ("boolean", "DecrementVariable", 0),
        ] {
            let sample = sample(kind, "", step, "1");
            assert_eq!(sample.marked(RULE.id), ["total"], "{kind} {step}");
            assert_eq!(sample.assert_fixes(RULE.id), fixes, "{kind} {step}");
        }
    }

    #[test]
    fn values_of_other_types() {
        for (kind, value) in [
            ("integer", r#""many""#),
            ("boolean", "1"),
            ("array", r#"{"a":1}"#),
            ("object", "[]"),
            ("string", "true"),
            ("object", r#""text""#),
        ] {
            assert_eq!(
                sample(kind, "", "SetVariable", value).marked(RULE.id),
                [value],
                "{kind}"
            );
            let first = sample(kind, &format!(",\"value\":{value}"), "SetVariable", "null");
            assert_eq!(first.marked(RULE.id), [value], "{kind}");
        }
    }

    #[test]
    fn what_fits_or_is_open_is_silent() {
        for (kind, step, value) in [
            ("array", "AppendToArrayVariable", "1"),
            ("string", "AppendToStringVariable", "1"),
            ("float", "IncrementVariable", "1"),
            ("Integer", "DecrementVariable", "1"),
            ("mystery", "AppendToArrayVariable", "1"),
            ("integer", "SetVariable", r#""5""#),
            ("integer", "SetVariable", r#""@add(1, 2)""#),
            ("array", "SetVariable", r#""@{body('x')}""#),
            ("object", "SetVariable", r#""{}""#),
            ("string", "SetVariable", r#""x""#),
            ("array", "SetVariable", "null"),
        ] {
            assert_eq!(
                sample(kind, "", step, value).marked(RULE.id),
                [""; 0],
                "{kind} {step} {value}"
            );
        }
    }
}
