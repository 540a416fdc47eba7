//! An answer that comes only after something that takes longer than the caller waits.

use analysis::starters::{Starter, starter};
use model::Profile;
use model::flow::{Action, ActionId};
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that a request, an app or an agent starts, and that answers only after a step that can take longer than two minutes: an
    /// approval or another step that waits for a person, a delay of more than 120 seconds or to a point in time, a loop
    /// "Do until" with a delay in it. Answers that are asynchronous are left alone, and so are child flows with a button, whose
    /// callers wait.
    ///
    /// # Why it matters
    ///
    /// The service waits 120 seconds for an answer, then the caller gets an error, while the flow goes on. A caller that then tries again
    /// starts a second run.
    ///
    /// # How to fix
    ///
    /// Answer first, with 202 and a number to ask by, and go on after the answer; or switch on "Asynchronous Response" in the answer's
    /// settings where the caller can follow its `location` header.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// "Approve": { "type": "OpenApiConnectionWebhook", "runAfter": {} },
    /// "Response": { "type": "Response", "runAfter": { "Approve": ["Succeeded"] } }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "Response": { "type": "Response", "runAfter": {} },
    /// "Approve": { "type": "OpenApiConnectionWebhook", "runAfter": { "Response": ["Succeeded"] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Limits of automated, scheduled, and instant flows",
    ///   <https://learn.microsoft.com/power-automate/limits-and-config>
    static RULE = {
        id: "synchronous-response-timeout",
        summary: "an answer comes only after something that takes longer than the caller waits",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

/// So long callers wait.
const LIMIT: i64 = 120;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let waited_for = starter(flow.summary);
    if !matches!(waited_for, Some(Starter::Request | Starter::App | Starter::Agent)) || !flow.summary.responds {
        return;
    }
    let body = flow.body;
    let answers: Vec<(ActionId, &Action)> = body.actions().filter(|(_, action)| action.is("Response")).collect();
    let slow: Vec<(ActionId, &str)> = body
        .actions()
        .filter_map(|(id, action)| Some((id, slowness(flow, id, flow.value(action.node)?)?)))
        .collect();
    if slow.is_empty() {
        return;
    }
    let order = flow.order();
    for &(wait, why) in &slow {
        if answers.iter().any(|(answer, _)| order.is_before(*answer, wait)) {
            continue;
        }
        let late = answers
            .iter()
            .find(|(answer, action)| order.is_before(wait, *answer) && !is_asynchronous(flow, action));
        let Some((_, answer)) = late else { continue };
        let action = body.action(wait);
        let message = format!(
            "The flow answers in `{}` only after `{}`, which {why}, and its caller waits 120 seconds at most. Answer before it.",
            answer.title(),
            action.title()
        );
        findings.push(
            Finding::new(&RULE, flow.file, action.name.span, &action.name.value, message)
                .action(Some(body.path(wait)))
                .related(flow.file, answer.name.span, "the answer"),
        );
    }
}

fn is_asynchronous(flow: &FlowContext<'_>, action: &Action) -> bool {
    let options = flow
        .value(action.node)
        .and_then(|value| value.get_ignore_case("operationOptions"))
        .and_then(|options| Some(options.as_str()?.to_ascii_lowercase()));
    options.is_some_and(|options| options.contains("asynchronous"))
}

/// Why a step can take longer than callers wait, as the rest of a sentence.
fn slowness(flow: &FlowContext<'_>, id: ActionId, value: Value<'_>) -> Option<&'static str> {
    let action = flow.body.action(id);
    let is = |kinds: &[&str]| kinds.iter().any(|kind| action.is(kind));
    if is(&["OpenApiConnectionWebhook", "ApiConnectionWebhook"]) {
        return Some("waits for somebody to act");
    }
    if is(&["HttpWebhook"]) {
        return Some("waits to be called back");
    }
    if is(&["Wait"]) {
        return waits_long(value).then_some("waits longer");
    }
    let has_wait = || {
        flow.body
            .actions()
            .any(|(inner, own)| own.is("Wait") && flow.body.ancestors(inner).any(|outer| outer == id))
    };
    if is(&["Until"]) && has_wait() {
        let timeout = value.path(&["limit", "timeout"]).and_then(|limit| limit.as_str());
        let short = timeout
            .and_then(|limit| seconds_of(&limit))
            .is_some_and(|limit| limit <= LIMIT);
        return (!short).then_some("waits again and again");
    }
    None
}

/// Whether a delay is longer than callers wait; one that is worked out is taken for short.
fn waits_long(value: Value<'_>) -> bool {
    if value.path(&["inputs", "until"]).is_some() {
        return true;
    }
    let number = |value: Value<'_>| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let count = value.path(&["inputs", "interval", "count"]).and_then(number);
    let unit = value
        .path(&["inputs", "interval", "unit"])
        .and_then(|unit| unit.as_str());
    let (Some(count), Some(unit)) = (count, unit) else {
        return false;
    };
    let seconds = match unit.to_ascii_lowercase().trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        "week" | "month" | "year" => 604_800,
        _ => 0,
    };
    count.saturating_mul(seconds) > LIMIT
}

/// A duration such as `PT1M30S`, in seconds.
fn seconds_of(duration: &str) -> Option<i64> {
    let text = duration.trim().to_ascii_uppercase();
    let rest = text.strip_prefix('P')?;
    let (mut all, mut number, mut time) = (0i64, String::new(), false);
    for sign in rest.chars() {
        match sign {
            'T' => time = true,
            '0'..='9' => number.push(sign),
            _ => {
                let unit = match (sign, time) {
                    ('S', true) => 1,
                    ('M', true) => 60,
                    ('H', true) => 3600,
                    ('D', false) => 86_400,
                    ('W' | 'M' | 'Y', false) => 604_800,
                    _ => return None,
                };
                all = all.saturating_add(number.parse::<i64>().ok()?.saturating_mul(unit));
                number.clear();
            }
        }
    }
    number.is_empty().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn flow(step: &str, kind: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"triggers":{{"t":{{"type":"Request","kind":"{kind}","inputs":{{}}}}}},"actions":{{"Long_one":{{{step},"runAfter":{{}}}},"Say":{{"type":"Response","kind":"Http","inputs":{{"statusCode":200}},"runAfter":{{"Long_one":["Succeeded"]}}}}}}}}"#
            ),
            &[],
        )
    }

    const APPROVE: &str = r#""type":"OpenApiConnectionWebhook","inputs":{"host":{"operationId":"StartAndWaitForAnApproval","apiId":"/providers/Microsoft.PowerApps/apis/shared_approvals"},"parameters":{}}"#;

    fn wait(count: &str, unit: &str) -> String {
        format!(r#""type":"Wait","inputs":{{"interval":{{"count":{count},"unit":"{unit}"}}}}"#)
    }

    #[test]
    fn slow_steps_before_the_answer() {
        for kind in ["Http", "PowerAppV2", "PowerApp", "Skills"] {
            let found = flow(APPROVE, kind).of(RULE.id);
            assert_eq!((found.len(), found[0].marked.as_str()), (1, "Long_one"), "{kind}");
            assert!(
                found[0]
                    .finding
                    .message
                    .contains("`Say` only after `Long one`, which waits for somebody")
            );
        }
        let until = format!(
            r#""type":"Until","expression":"@true","limit":{{"timeout":"PT1H"}},"actions":{{"W":{{{}}}}}"#,
            wait("10", "Second")
        );
        let scope = format!(r#""type":"Scope","actions":{{"W":{{{APPROVE}}}}}"#);
        for step in [
            wait("3", "Minute"),
            wait("121", "Second"),
            wait("\"1\"", "Hour"),
            r#""type":"Wait","inputs":{"until":{"timestamp":"@triggerBody()"}}"#.to_owned(),
            r#""type":"HttpWebhook","inputs":{}"#.to_owned(),
            until,
            scope,
        ] {
            assert_eq!(flow(&step, "Http").marked(RULE.id).len(), 1, "{step}");
        }
    }

    #[test]
    fn quick_steps_children_and_early_answers_are_fine() {
        let until = format!(
            r#""type":"Until","expression":"@true","limit":{{"timeout":"PT1M30S"}},"actions":{{"W":{{{}}}}}"#,
            wait("10", "Second")
        );
        for step in [
            wait("2", "Minute"),
            wait("\"@variables('n')\"", "Hour"),
            r#""type":"Http","inputs":{}"#.to_owned(),
            r#""type":"Until","expression":"@true","actions":{}"#.to_owned(),
            until,
        ] {
            assert_eq!(flow(&step, "Http").marked(RULE.id), [""; 0], "{step}");
        }
        assert_eq!(flow(APPROVE, "Button").marked(RULE.id), [""; 0]);
        let asynchronous = flow(APPROVE, "Http").replace(
            FLOW,
            r#""type":"Response""#,
            r#""type":"Response","operationOptions":"Asynchronous""#,
        );
        assert_eq!(asynchronous.marked(RULE.id), [""; 0]);
        let early = flow(APPROVE, "Http").replace(
            FLOW,
            r#""Long_one":{"#,
            r#""First":{"type":"Response","kind":"Http","inputs":{"statusCode":202},"runAfter":{}},"Long_one":{"#,
        );
        let early = early.replace(
            FLOW,
            r#","runAfter":{}},"Say""#,
            r#","runAfter":{"First":["Succeeded"]}},"Say""#,
        );
        assert_eq!(early.marked(RULE.id), [""; 0]);
        let beside = flow(APPROVE, "Http").replace(FLOW, r#"{"Long_one":["Succeeded"]}"#, "{}");
        assert_eq!(beside.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn durations() {
        assert_eq!(seconds_of("PT1M30S"), Some(90));
        assert_eq!(seconds_of("P1D"), Some(86_400));
        assert_eq!(seconds_of("pt2h"), Some(7200));
        assert!(
            ["", "5", "PT5", "1H", "PT1D"]
                .iter()
                .all(|text| seconds_of(text).is_none())
        );
    }
}
