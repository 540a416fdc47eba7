//! A condition that always has the same answer.

use analysis::conditions;
use edits::WorkspaceEdit;
use expr::types::{Inference, Kind, Kinds};
use expr::{ExprId, NodeKind, Template, TemplateKind};
use model::Profile;
use model::flow::{ActionId, Owner, StringSite};
use syntax::json::{self, Value};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// - A condition of *Condition*, *Do until*, *Filter array* or a trigger that is worked out from fixed values alone, such as a comparison
    ///   of two literals, and so is always true or always false. Lengths are never below zero.
    /// - `equals` of something that is true or false with the text `'true'` or `'false'`. The two are never equal.
    ///
    /// Only what can be worked out for certain is reported: values of variables, parameters and actions are not guessed.
    ///
    /// # Why it matters
    ///
    /// One branch never runs, a loop ends after its first round or only at its limit, a filter keeps everything or nothing, or a
    /// flow never starts. Nothing fails, so nobody is told. Often a value was deleted from a comparison, or a switch from a test was left behind.
    ///
    /// # How to fix
    ///
    /// Compare what the condition is about, or remove the condition. Write `true` and `false` without quotes; the fix does so.
    ///
    /// # Example
    ///
    /// ```json
    /// "expression": { "and": [ { "equals": [ "@variables('isUrgent')", "true" ] } ] }
    /// ```
    ///
    /// ```json
    /// "expression": { "and": [ { "equals": [ "@variables('isUrgent')", true ] } ] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference#equals>
    static RULE = {
        id: "constant-condition",
        summary: "a condition is always true or always false",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Expression(expression), Check::Action(action), Check::Flow(triggers)],
    };
}

/// Conditions that are nested deeper are not worked out.
const MAX_DEPTH: u32 = 64;

const TRUTH: Kinds = Kinds::of(&[Kind::Boolean]);

/// Comparisons inside expressions, wherever they stand.
fn expression(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    let template = &site.info.template;
    for (_, call) in template.calls() {
        let (Some(function), [left, right]) = (call.function, call.args.as_slice()) else {
            continue;
        };
        if function.name != "equals" {
            continue;
        }
        for (text, other) in [(*left, *right), (*right, *left)] {
            let node = template.node(text);
            let Some(truth) = node.as_str().and_then(truth_in) else {
                continue;
            };
            let inference = Inference::new(template, &flow.types().place_of(site)).of(other);
            if inference.kinds().within(TRUTH) {
                let place = flow.source_span(site, node.span);
                let message = never_equal(truth);
                let edit = WorkspaceEdit::replace(flow.file, place, truth.to_string());
                findings.push(
                    Finding::new(&RULE, flow.file, place, "equals", message)
                        .action(flow.body.owner_path(site.owner))
                        .fix(format!("Write `{truth}` without quotes"), false, edit),
                );
            }
        }
    }
}

fn action(flow: &FlowContext<'_>, id: ActionId, findings: &mut Findings) {
    let action = flow.body.action(id);
    let until = action.is("Until");
    let filter = action.is("Query");
    let place: &[&str] = match (filter, until || action.is("If")) {
        (true, _) => &["inputs", "where"],
        (false, true) => &["expression"],
        (false, false) => return,
    };
    let Some(condition) = flow.value(action.node).and_then(|action| action.path(place)) else {
        return;
    };
    let owner = Owner::Action(id);
    let path = Some(flow.body.path(id));
    for operation in conditions::operations(condition) {
        let [left, right] = operation.operands.as_slice() else {
            continue;
        };
        if operation.function.name != "equals" {
            continue;
        }
        for (text, other) in [(left, right), (right, left)] {
            let Some(truth) = text.as_str().and_then(|text| truth_in(&text)) else {
                continue;
            };
            if flow.types().operand(owner, *other).kinds().within(TRUTH) {
                let edit = WorkspaceEdit::replace(flow.file, text.span(), truth.to_string());
                findings.push(
                    Finding::new(&RULE, flow.file, text.span(), "equals", never_equal(truth))
                        .action(path.clone())
                        .fix(format!("Write `{truth}` without quotes"), false, edit),
                );
                // The answer of the whole follows from this; one finding says enough.
                return;
            }
        }
    }
    let worth = Worth::new(flow, owner).of(condition, 0);
    if filter {
        let effect = match worth {
            Some(Known::Truth(true)) => "This filter is always true, so it keeps every row.",
            Some(Known::Truth(false)) => "This filter is always false, so it keeps no row.",
            _ => return,
        };
        findings.push(constant(flow, condition, effect).action(path));
        return;
    }
    let effect = match (worth, until) {
        (Some(Known::Truth(true)), false) => "This condition is always true, so what it does otherwise never happens.",
        (Some(Known::Truth(false)), false) => "This condition is always false, so what stands under it never happens.",
        (Some(Known::Truth(true)), true) => "This condition is always true, so the loop runs once.",
        (Some(Known::Truth(false)), true) => "This condition is always false, so the loop ends only at its limit.",
        _ => return,
    };
    findings.push(constant(flow, condition, effect).action(path));
}

fn triggers(flow: &FlowContext<'_>, findings: &mut Findings) {
    for (index, trigger) in (0..).zip(&flow.body.triggers) {
        let conditions = flow.value(trigger.node).and_then(|trigger| trigger.get("conditions"));
        for condition in conditions.iter().flat_map(Value::items) {
            let Some(condition) = condition.get("expression") else {
                continue;
            };
            let effect = match Worth::new(flow, Owner::Trigger(index)).of(condition, 0) {
                Some(Known::Truth(true)) => "This condition of the trigger is always true, so it keeps nothing out.",
                Some(Known::Truth(false)) => "This condition of the trigger is always false, so the flow never starts.",
                _ => continue,
            };
            findings.push(constant(flow, condition, effect));
        }
    }
}

fn constant(flow: &FlowContext<'_>, condition: Value<'_>, effect: &str) -> Finding {
    let message = format!("{effect} Compare what it is about, or remove it.");
    Finding::new(&RULE, flow.file, condition.span(), "condition", message)
}

fn never_equal(truth: bool) -> String {
    format!(
        "This compares something that is true or false with the text `{truth}`, and the two are never equal. Write `{truth}` \
         without quotes."
    )
}

/// The truth that a text spells.
fn truth_in(text: &str) -> Option<bool> {
    let spells = |word: &str| text.eq_ignore_ascii_case(word);
    match (spells("true"), spells("false")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// A value that is known before the flow runs.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    Null,
    Truth(bool),
    Number(f64),
    Text(String),
    /// A length: some whole number from zero up.
    Length,
}

/// Works out what is known of a condition.
struct Worth<'a> {
    flow: &'a FlowContext<'a>,
    owner: Owner,
}

impl<'a> Worth<'a> {
    fn new(flow: &'a FlowContext<'a>, owner: Owner) -> Self {
        Self { flow, owner }
    }

    fn of(&self, value: Value<'a>, depth: u32) -> Option<Known> {
        if depth > MAX_DEPTH {
            return None;
        }
        match value.kind() {
            json::Kind::Null => Some(Known::Null),
            json::Kind::True => Some(Known::Truth(true)),
            json::Kind::False => Some(Known::Truth(false)),
            json::Kind::Number => value.as_f64().map(Known::Number),
            json::Kind::Object => {
                let operation = conditions::operation(value)?;
                let operands = operation.operands.iter().map(|one| self.of(*one, depth + 1));
                answer(&operation.function.name, &operands.collect::<Vec<_>>())
            }
            json::Kind::String => match self.flow.types().site(self.owner, value.id()) {
                Some(site) => match &site.info.template.kind {
                    TemplateKind::Expression(Some(root)) if site.info.template.is_valid() => {
                        node(&site.info.template, *root, depth)
                    }
                    _ => None,
                },
                None => Some(Known::Text(value.as_str()?.into_owned())),
            },
            _ => None,
        }
    }
}

fn node(template: &Template, id: ExprId, depth: u32) -> Option<Known> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &template.node(id).kind {
        NodeKind::Null => Some(Known::Null),
        NodeKind::Bool(truth) => Some(Known::Truth(*truth)),
        NodeKind::Int(number) | NodeKind::Float(number) => number.parse().ok().map(Known::Number),
        NodeKind::Str(text) => Some(Known::Text(text.value.clone())),
        NodeKind::Call(call) => {
            let given: Vec<_> = call.args.iter().map(|arg| node(template, *arg, depth + 1)).collect();
            match call.function?.name.as_str() {
                "length" if given.len() == 1 => Some(Known::Length),
                name => answer(name, &given),
            }
        }
        _ => None,
    }
}

/// What a function makes of what is known of its arguments; `None` where that is not certain.
fn answer(function: &str, given: &[Option<Known>]) -> Option<Known> {
    let truth = |one: &Option<Known>| match one {
        Some(Known::Truth(truth)) => Some(*truth),
        _ => None,
    };
    let found = match (function, given) {
        ("true", []) => true,
        ("false", []) => false,
        ("and", [_, ..]) if given.iter().any(|one| truth(one) == Some(false)) => false,
        ("and", [_, ..]) if given.iter().all(|one| truth(one) == Some(true)) => true,
        ("or", [_, ..]) if given.iter().any(|one| truth(one) == Some(true)) => true,
        ("or", [_, ..]) if given.iter().all(|one| truth(one) == Some(false)) => false,
        ("not", [one]) => !truth(one)?,
        ("equals", [Some(left), Some(right)]) => equal(left, right)?,
        (_, [Some(Known::Number(left)), Some(Known::Number(right))]) => match function {
            "greater" => left > right,
            "greaterOrEquals" => left >= right,
            "less" => left < right,
            "lessOrEquals" => left <= right,
            _ => return None,
        },
        (_, [Some(Known::Length), Some(Known::Number(least))]) => match function {
            "greaterOrEquals" if *least <= 0.0 => true,
            "greater" if *least < 0.0 => true,
            "less" if *least <= 0.0 => false,
            "lessOrEquals" if *least < 0.0 => false,
            _ => return None,
        },
        (_, [Some(Known::Number(least)), Some(Known::Length)]) => match function {
            "lessOrEquals" if *least <= 0.0 => true,
            "less" if *least < 0.0 => true,
            "greater" if *least <= 0.0 => false,
            "greaterOrEquals" if *least < 0.0 => false,
            _ => return None,
        },
        (_, [Some(Known::Text(text)), Some(Known::Text(part))]) => match function {
            "contains" => text.contains(part.as_str()),
            // These two ignore case.
            "startsWith" => text.to_lowercase().starts_with(&part.to_lowercase()),
            "endsWith" => text.to_lowercase().ends_with(&part.to_lowercase()),
            _ => return None,
        },
        ("empty", [Some(Known::Text(text))]) => text.is_empty(),
        _ => return None,
    };
    Some(Known::Truth(found))
}

/// Whether two values are equal; a number and a text may be taken for each other somewhere, so that is not certain.
fn equal(left: &Known, right: &Known) -> Option<bool> {
    match (left, right) {
        (Known::Number(_), Known::Text(_)) | (Known::Text(_), Known::Number(_)) => None,
        (Known::Length, Known::Number(number)) | (Known::Number(number), Known::Length) => {
            (*number < 0.0).then_some(false)
        }
        (Known::Length, _) | (_, Known::Length) => None,
        _ => Some(left == right),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "constant-condition";

    fn sample(actions: &str) -> Sample {
        Sample::actions(&format!(
            r#""I":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"done","type":"boolean","value":false}}]}},"runAfter":{{}}}},
               "J":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"flag","type":"string"}}]}},"runAfter":{{"I":["Succeeded"]}}}},
               {actions}"#
        ))
    }

    fn condition(kind: &str, expression: &str) -> Sample {
        sample(&format!(
            r#""C":{{"type":"{kind}","expression":{expression},"actions":{{}},"runAfter":{{"J":["Succeeded"]}}}}"#
        ))
    }

    #[test]
    fn what_fixed_values_decide_is_marked_with_what_follows() {
        for (kind, expression, said) in [
            ("If", r#"{"equals":["@true","@true"]}"#, "always true"),
            ("If", r#"{"and":[{"equals":["",""]}]}"#, "always true"),
            ("If", r#"{"not":{"equals":["","pass"]}}"#, "always true"),
            (
                "If",
                r#"{"or":[{"startsWith":["","admin_"]},{"equals":[1,2]}]}"#,
                "what stands under it",
            ),
            ("If", r#""@equals(1, 1.0)""#, "otherwise never"),
            ("If", r#""@and(variables('done'), false)""#, "always false"),
            ("If", r#""@or(true, variables('done'))""#, "always true"),
            ("If", r#"{"greater":[3,5]}"#, "always false"),
            ("If", r#"{"equals":[null,"x"]}"#, "always false"),
            ("If", r#"{"startsWith":["Contoso","con"]}"#, "always true"),
            (
                "If",
                r#"{"greaterOrEquals":["@length(variables('flag'))",0]}"#,
                "always true",
            ),
            (
                "If",
                r#"{"and":[{"less":["@length(variables('flag'))",0]}]}"#,
                "always false",
            ),
            ("If", r#""@lessOrEquals(0, length(variables('flag')))""#, "always true"),
            ("If", r#"{"equals":["@length(variables('flag'))",-1]}"#, "always false"),
            ("If", "true", "always true"),
            ("Until", r#""@equals(1, 2)""#, "only at its limit"),
            ("Until", r#""@true""#, "runs once"),
        ] {
            let sample = condition(kind, expression);
            assert_eq!(sample.marked(RULE), [expression], "{expression}");
            let found = sample.of(RULE);
            assert!(found[0].finding.message.contains(said), "{}", found[0].finding.message);
            assert_eq!(found[0].finding.action.as_deref(), Some("C"));
        }
    }

    #[test]
    fn what_the_run_decides_is_left_alone() {
        for expression in [
            r#"{"equals":["@variables('done')",true]}"#,
            r#"{"equals":["@variables('flag')","true"]}"#,
            r#"{"equals":["@triggerBody()?['open']","true"]}"#,
            r#"{"equals":[1,"1"]}"#,
            r#"{"and":[true,{"equals":["@variables('flag')",""]}]}"#,
            r#"{"or":[false,"@variables('done')"]}"#,
            r#"{"and":[]}"#,
            r#"{}"#,
            r#""@equals(utcNow(), '2020')""#,
            r#""@greater('b', 'a')""#,
            r#""@equals(1, 1""#,
            r#""@equals(string(variables('done')), 'True')""#,
            r#""@not(equals(parameters('$authentication'), 1))""#,
            r#"{"greaterOrEquals":["@length(variables('flag'))",1]}"#,
            r#"{"greater":["@length(variables('flag'))",0]}"#,
            r#"{"equals":["@length(variables('flag'))","@length(variables('flag'))"]}"#,
        ] {
            let sample = condition("If", expression);
            assert!(sample.of(RULE).is_empty(), "{expression}: {:#?}", sample.of(RULE));
        }
    }

    #[test]
    fn a_truth_is_never_equal_to_its_name() {
        for (expression, mark, mended) in [
            (
                r#"{"equals":["@variables('done')","true"]}"#,
                r#""true""#,
                r#"["@variables('done')",true]"#,
            ),
            (
                r#"{"not":{"equals":["False","@empty(variables('flag'))"]}}"#,
                r#""False""#,
                r#"[false,"@empty"#,
            ),
            (
                r#""@equals(variables('done'), 'true')""#,
                "'true'",
                "@equals(variables('done'), true)",
            ),
            (
                r#""@and(variables('done'), equals('false', contains(variables('flag'), 'x')))""#,
                "'false'",
                "equals(false, contains",
            ),
        ] {
            let sample = condition("If", expression);
            assert_eq!(sample.marked(RULE), [mark], "{expression}");
            assert_eq!(sample.assert_fixes(RULE), 1, "{expression}");
            let fixed = sample.apply(&sample.of(RULE)[0].finding.fixes[0]);
            assert!(fixed.files[FLOW].contains(mended), "{}", fixed.files[FLOW]);
        }
    }

    #[test]
    fn filters_are_looked_at() {
        let sample = |filter: &str| {
            sample(&format!(
                r#""F":{{"type":"Query","inputs":{{"from":"@split(variables('flag'), ';')","where":{filter}}},"runAfter":{{"J":["Succeeded"]}}}}"#
            ))
        };
        let found = sample(r#""@greaterOrEquals(length(trim(item())), 0)""#).of(RULE);
        assert!(found[0].finding.message.contains("keeps every row"));
        let found = sample(r#"{"equals":["","x"]}"#).of(RULE);
        assert!(found[0].finding.message.contains("keeps no row"));
        assert!(sample(r#""@greater(length(item()), 0)""#).of(RULE).is_empty());
    }

    #[test]
    fn conditions_of_triggers_are_looked_at() {
        let sample = |condition: &str| {
            Sample::triggers(&format!(
                r#""T":{{"type":"Request","kind":"Button","inputs":{{}},"conditions":[{{"expression":"{condition}"}}]}}"#
            ))
        };
        assert_eq!(sample("@equals(1, 2)").marked(RULE), [r#""@equals(1, 2)""#]);
        assert!(
            sample("@true").of(RULE)[0]
                .finding
                .message
                .contains("keeps nothing out")
        );
        assert!(sample("@equals(triggerBody()?['a'], 2)").of(RULE).is_empty());
    }
}
