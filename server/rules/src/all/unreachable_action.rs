//! An action can never run.

use analysis::order::{Dead, Reason};
use model::Profile;
use model::flow::RunAfterEntry;
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::listed;

declare_rule! {
    /// # What it finds
    ///
    /// An action that waits for something that cannot happen:
    ///
    /// - it runs after *Terminate*, or after a scope, condition or switch in which the run always ends;
    /// - it waits for a status with which the action before never ends: `Skipped` of the first action of a scope, `TimedOut`
    ///   of an action that takes no time, such as *Compose* or *Set variable*, `Failed` of a *Compose* without expressions;
    /// - its entries exclude each other: one wants that an action succeeded, another that the same action failed. That is what
    ///   becomes of two branches, one for success and one for failure, that join in an action which waits for both with
    ///   `Succeeded` only.
    ///
    /// What only follows such an action is not reported again.
    ///
    /// # Why it matters
    ///
    /// The action is skipped in every run without a word. A handler of failures that never runs is noticed when it is needed.
    ///
    /// # How to fix
    ///
    /// Add the statuses that are due: an action that joins branches waits for each of them with `Succeeded` and `Skipped`.
    /// Move what should run before *Terminate* in front of it, and delete what is not needed.
    ///
    /// # Example
    ///
    /// ```json
    /// "On_success": { "type": "Compose", "runAfter": { "Try": [ "Succeeded" ] } },
    /// "On_failure": { "type": "Compose", "runAfter": { "Try": [ "Failed" ] } },
    /// "Finally": { "type": "Compose", "runAfter": { "On_success": [ "Succeeded" ], "On_failure": [ "Succeeded" ] } }
    /// ```
    ///
    /// ```json
    /// "Finally": { "type": "Compose", "runAfter": { "On_success": [ "Succeeded", "Skipped" ], "On_failure": [ "Succeeded", "Skipped" ] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Handle errors and exceptions in Azure Logic Apps*:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-exception-handling>
    static RULE = {
        id: "unreachable-action",
        summary: "an action waits for something that cannot happen, and never runs",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    for dead in flow.outcomes().dead() {
        if let Some(finding) = finding(flow, dead) {
            findings.push(finding);
        }
    }
}

fn finding(flow: &FlowContext<'_>, dead: &Dead) -> Option<Finding> {
    let action = flow.body.action(dead.action);
    let entries = &action.run_after.as_ref()?.entries;
    let entry = entries.get(dead.entry)?;
    let (own, cause) = (&action.name.value, flow.body.action(dead.cause));
    let other = &cause.name.value;
    let message = match dead.reason {
        Reason::EndsRun => format!(
            "`{own}` runs after `{other}`, which ends the run, so it never runs. Move it before `{other}`, or delete it."
        ),
        Reason::EndsRunInside => format!(
            "`{own}` waits until `{other}` has succeeded, but the run always ends inside of it before, so it never runs. Move it, or delete it."
        ),
        Reason::NeverSo => format!(
            "`{own}` waits for `{}` to end as {}, which never happens, so it never runs. Wait for a status that it can have.",
            entry.name.value,
            statuses(entry)
        ),
        Reason::Contradiction { other: second } => {
            let second = entries.get(second)?;
            format!(
                "`{own}` never runs: it waits for `{}` ({}) and `{}` ({}), and `{other}` would have to end in two ways at once for that. Add `Skipped` to both, or wait for one.",
                entry.name.value,
                statuses(entry),
                second.name.value,
                statuses(second)
            )
        }
    };
    let finding = Finding::new(&RULE, flow.file, place(entry), own, message);
    let finding = finding.action(Some(flow.body.path(dead.action)));
    let says = match dead.reason {
        Reason::EndsRun => "the run ends here",
        Reason::EndsRunInside => "the run ends in here",
        Reason::NeverSo => "this is waited for",
        Reason::Contradiction { .. } => "this would have to end in two ways",
    };
    Some(finding.related(flow.file, cause.name.span, says))
}

fn place(entry: &RunAfterEntry) -> Span {
    if entry.name.span.is_empty() {
        entry.statuses_span
    } else {
        entry.name.span
    }
}

fn statuses(entry: &RunAfterEntry) -> String {
    let words: Vec<String> = entry.statuses.iter().map(|status| status.value.clone()).collect();
    listed(&words).replace(" and ", " or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn only(actions: &str) -> (String, String, String) {
        let sample = Sample::actions(actions);
        let mut found = sample.of(RULE.id);
        assert_eq!(found.len(), 1, "{found:#?}");
        let found = found.remove(0);
        let related = sample.files[FLOW][found.finding.related[0].span.range()].to_owned();
        (found.marked, related, found.finding.message)
    }

    const STOP: &str = r#""Stop":{"type":"Terminate","inputs":{"runStatus":"Failed"}}"#;

    #[test]
    fn after_the_end_of_the_run() {
        let (marked, related, message) = only(&format!(
            r#"{STOP},"A":{{"type":"Http","runAfter":{{"Stop":["Succeeded"]}}}},"B":{{"type":"Http","runAfter":{{"A":["Succeeded"]}}}}"#
        ));
        assert_eq!((marked.as_str(), related.as_str()), ("Stop", "Stop"));
        assert!(message.starts_with("`A` runs after `Stop`, which ends the run"));
        let (_, _, message) = only(&format!(
            r#""S":{{"type":"Scope","actions":{{{STOP}}}}},"A":{{"type":"Http","runAfter":{{"S":["Succeeded"]}}}}"#
        ));
        assert!(message.contains("the run always ends inside of it"));
    }

    #[test]
    fn statuses_that_never_come() {
        let (marked, _, message) =
            only(r#""C":{"type":"Compose","inputs":1},"A":{"type":"Http","runAfter":{"C":["Failed","TimedOut"]}}"#);
        assert_eq!(marked, "C");
        assert!(message.contains("waits for `C` to end as Failed or TimedOut, which never happens"));
    }

    #[test]
    fn branches_that_exclude_each_other() {
        let flow = |status: &str| {
            format!(
                r#""Try":{{"type":"Http"}},"Good":{{"type":"Http","runAfter":{{"Try":["Succeeded"]}}}},
                   "Bad":{{"type":"Http","runAfter":{{"Try":["Failed"]}}}},
                   "Join":{{"type":"Http","runAfter":{{"Good":{status},"Bad":{status}}}}}"#
            )
        };
        let (marked, related, message) = only(&flow(r#"["Succeeded"]"#));
        assert_eq!((marked.as_str(), related.as_str()), ("Good", "Try"));
        assert!(message.contains(
            "it waits for `Good` (Succeeded) and `Bad` (Succeeded), and `Try` would have to end in two ways"
        ));
        assert!(
            Sample::actions(&flow(r#"["Succeeded","Skipped"]"#))
                .of(RULE.id)
                .is_empty()
        );
    }

    #[test]
    fn orders_that_can_come_true_are_left_alone() {
        let handled = format!(
            r#""Try":{{"type":"Http"}},"Stop":{{"runAfter":{{"Try":["Failed"]}},{},"Next":{{"type":"Http","runAfter":{{"Stop":["Skipped"]}}}}"#,
            &STOP["\"Stop\":{".len()..]
        );
        assert!(Sample::actions(&handled).of(RULE.id).is_empty());
        let dead = format!(r#"{STOP},"A":{{"type":"Http","runAfter":{{"Stop":["Succeeded"]}}}}"#);
        let broken = Sample::actions(&dead).replace(FLOW, "\"A\":{", "\"A\"{");
        assert!(broken.of(RULE.id).is_empty());
        let strange = Sample::actions(&dead).replace(FLOW, "\"Stop\":[\"Succ", "\"Gone\":[\"Succ");
        assert!(strange.of(RULE.id).is_empty());
    }
}
