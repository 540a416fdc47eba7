//! A flow that leaves its caller without an answer.

use analysis::responses::{Gap, answers_failures, gaps};
use analysis::starters::{Starter, starter};
use edits::actions::{respond_at_end, respond_in_branch};
use model::Profile;
use model::flow::{ActionId, BlockId, Slot};

use crate::context::{FlowContext, SolutionContext};
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that answers its caller (a request, an app, an agent, another flow), but not always: a branch of a condition or switch
    /// without an answer where the other one has one, a step that ends the run before the answer, an answer inside a loop that
    /// may have nothing to go through, or only after a failure. And a flow without any answer that an agent, or another flow of
    /// the solution, calls.
    ///
    /// That a flow answers only when nothing fails is an info of the `strict` profile: the caller then learns of the failure by
    /// the missing answer.
    ///
    /// # Why it matters
    ///
    /// The caller waits until the run has ended, gets "502 Bad Gateway", takes a good run for a failed one, and may
    /// start it again.
    ///
    /// # How to fix
    ///
    /// Answer on every way through the flow. The fix adds an answer like the flow's first one, with empty values where it has
    /// some: fill them in.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// "Found": {
    ///   "type": "If",
    ///   "actions": { "Response": { "type": "Response", "kind": "Http", "inputs": { "statusCode": 200 } } },
    ///   "else": { "actions": {} }
    /// }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "else": { "actions": { "Not_found": { "type": "Response", "kind": "Http", "inputs": { "statusCode": 404 } } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Receive and respond to inbound HTTPS calls in Azure Logic Apps",
    ///   <https://learn.microsoft.com/azure/connectors/connectors-native-reqres>
    static RULE = {
        id: "missing-response",
        summary: "a flow leaves its caller without an answer",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check), Check::Solution(check_calls)],
    };
}

const ADVICE: &str = "so the caller waits for the end of the run and gets an error. Answer there too.";

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let starter = starter(flow.summary);
    let is_called = matches!(
        starter,
        Some(Starter::Request | Starter::App | Starter::Agent | Starter::Button)
    );
    // A request or an app that wants no answer is not given one.
    if !is_called || !(flow.summary.responds || starter == Some(Starter::Agent)) || !flow.summary.complete {
        return;
    }
    let view = flow.view();
    let gaps = gaps(&view, flow.order());
    for gap in &gaps {
        findings.push(finding(flow, gap));
    }
    if gaps.is_empty() && flow.summary.responds && !answers_failures(&view, flow.order(), flow.outcomes()) {
        let first = flow.body.actions().find(|(_, action)| action.is("Response"));
        let Some((id, action)) = first else { return };
        let message = format!(
            "The flow answers in `{}` only when nothing fails; after a failure the caller gets an error without a reason. Answer in a step that runs after failures too.",
            action.title()
        );
        findings.push(
            Finding::new(&RULE, flow.file, action.name.span, &action.name.value, message)
                .severity(Severity::Info)
                .from_profile(Profile::Strict)
                .action(Some(flow.body.path(id))),
        );
    }
}

fn finding(flow: &FlowContext<'_>, gap: &Gap) -> Finding {
    let at = |id: ActionId, message: String| {
        let action = flow.body.action(id);
        Finding::new(&RULE, flow.file, action.name.span, &action.name.value, message).action(Some(flow.body.path(id)))
    };
    let title = |id: ActionId| flow.body.action(id).title();
    match gap {
        Gap::Terminate(id) => at(
            *id,
            format!("`{}` ends the run before any answer, {ADVICE}", title(*id)),
        ),
        Gap::Loop(id) => at(
            *id,
            format!(
                "The answer stands inside of `{}`, which may have nothing to go through, {}",
                title(*id),
                ADVICE.replace("there too", "after the loop")
            ),
        ),
        Gap::Branch { of, block, slot } => {
            let when = match slot {
                Slot::Actions => format!("When `{}` holds", title(*of)),
                Slot::Else => format!("When `{}` does not hold", title(*of)),
                Slot::Case(name) => format!("In the case `{name}` of `{}`", title(*of)),
                Slot::Default => format!("When no case of `{}` fits", title(*of)),
            };
            let finding = at(*of, format!("{when}, the run ends without an answer, {ADVICE}"));
            let edit = match block {
                Some(block) => respond_at_end(flow.file, &flow.view(), flow.order(), *block),
                None => respond_in_branch(flow.file, &flow.view(), *of, slot),
            };
            match edit {
                Some(edit) => finding.fix("Add an answer to this branch", false, edit),
                None => finding,
            }
        }
        Gap::End => {
            let place = flow.body.triggers.first().map_or(START, |trigger| trigger.name.span);
            let message = if flow.summary.responds {
                format!(
                    "When nothing fails, no step answers the caller, {}",
                    ADVICE.replace("there", "then")
                )
            } else {
                "An agent calls this flow and waits for an answer, which no step gives, so the agent tells of an error. Add \"Respond to the agent\".".to_owned()
            };
            let finding = Finding::new(&RULE, flow.file, place, "end", message);
            match respond_at_end(flow.file, &flow.view(), flow.order(), BlockId(0)) {
                Some(edit) => finding.fix("Add an answer to the end", false, edit),
                None => finding,
            }
        }
    }
}

/// Child flows without any answer.
fn check_calls(context: &SolutionContext<'_>, findings: &mut Findings) {
    for (file, flow) in context.flows() {
        for call in &flow.child_calls {
            let child = call.id.and_then(|id| {
                let homes = context.workspace.flows_with_id(id);
                homes
                    .iter()
                    .find(|home| context.workspace.file(**home).solution == Some(context.id))
            });
            let Some((child, facts)) =
                child.and_then(|child| Some((*child, context.workspace.file(*child).facts.flow()?)))
            else {
                continue;
            };
            let waits = matches!(starter(facts), Some(Starter::Request | Starter::App | Starter::Button));
            if facts.responds || !facts.complete || !waits {
                continue;
            }
            let step = call.action.rsplit('/').next().unwrap_or_default().replace('_', " ");
            let message = format!(
                "Step `{step}` waits for an answer of the child flow `{}`, which has no step that answers, so the step fails. End the child flow with a response.",
                context.workspace.flow_name(child)
            );
            findings.push(
                Finding::new(&RULE, file, call.name.span, call.name.value.as_str(), message)
                    .action(Some(call.action.clone()))
                    .related(child, START, "the child flow"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, FLOW_ID, Sample};

    fn flow(kind: &str, actions: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"{kind}","inputs":{{}}}}}},"actions":{{{actions}}}}}"#
            ),
            &[],
        )
    }

    fn answer(name: &str, after: &str) -> String {
        format!(
            r#""{name}":{{"type":"Response","kind":"PowerApp","inputs":{{"statusCode":200,"body":{{"ok":"yes"}},"schema":{{"type":"object","properties":{{"ok":{{"type":"string"}}}}}}}},"runAfter":{{{after}}}}}"#
        )
    }

    fn condition(yes: &str, no: &str) -> String {
        format!(
            r#""Found_it":{{"type":"If","expression":{{"equals":["@triggerBody()",1]}},"actions":{{{yes}}}{no},"runAfter":{{}}}}"#
        )
    }

    #[test]
    fn branches_without_an_answer() {
        let work = r#""W":{"type":"Compose","inputs":1,"runAfter":{}}"#;
        for (actions, start) in [
            (
                condition(&answer("A", ""), ""),
                "When `Found it` does not hold, the run ends without",
            ),
            (
                condition(&answer("A", ""), r#","else":{"actions":{}}"#),
                "When `Found it` does not hold",
            ),
            (
                condition(&answer("A", ""), r#","else":{}"#),
                "When `Found it` does not hold",
            ),
            (
                condition(&answer("A", ""), &format!(r#","else":{{"actions":{{{work}}}}}"#)),
                "When `Found it` does not hold",
            ),
            (
                condition(work, &format!(r#","else":{{"actions":{{{}}}}}"#, answer("A", ""))),
                "When `Found it` holds",
            ),
        ] {
            for kind in ["Http", "PowerAppV2", "Button", "Skills"] {
                let sample = flow(kind, &actions);
                let found = sample.of(RULE.id);
                assert_eq!((found.len(), found[0].marked.as_str()), (1, "Found_it"), "{actions}");
                assert!(
                    found[0].finding.message.starts_with(start),
                    "{}",
                    found[0].finding.message
                );
                assert_eq!(found[0].finding.severity, Severity::Warning);
                assert_eq!(sample.assert_fixes(RULE.id), 1, "{actions}");
            }
        }
        let fixed = flow("PowerAppV2", &condition(&answer("A", ""), ""));
        let text = fixed.apply(&fixed.of(RULE.id)[0].finding.fixes[0]).files[FLOW].clone();
        let expected = r#""else":{"actions":{"Respond":{"type":"Response","kind":"PowerApp","inputs":{"statusCode":200,"body":{"ok":null},"schema":{"type":"object","properties":{"ok":{"type":"string"}}}},"runAfter":{}}}}"#;
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn ends_and_failures() {
        let end = r#""Stop":{"type":"Terminate","inputs":{"runStatus":"Succeeded"},"runAfter":{}}"#;
        let before = format!("{},{}", condition(end, ""), answer("A", r#""Found_it":["Succeeded"]"#));
        assert_eq!(flow("Http", &before).marked(RULE.id)[0], "Stop");
        let failing = before.replace("Succeeded\"},", "Failed\"},");
        let quiet = |sample: Sample| sample.profile(Profile::Recommended).marked(RULE.id);
        assert_eq!(quiet(flow("Http", &failing)), [""; 0]);
        let call = r#""Ask":{"type":"Http","inputs":{"uri":"https://a.b"},"runAfter":{}}"#;
        let plain = format!("{call},{}", answer("A", r#""Ask":["Succeeded"]"#));
        let found = flow("Http", &plain).of(RULE.id);
        assert_eq!((found.len(), found[0].finding.severity), (1, Severity::Info));
        assert_eq!(quiet(flow("Http", &plain)), [""; 0]);
        let handled = format!("{plain},{}", answer("B", r#""Ask":["Failed","TimedOut"]"#));
        assert_eq!(flow("Http", &handled).marked(RULE.id), [""; 0]);
        let only = format!("{call},{}", answer("A", r#""Ask":["Failed"]"#));
        let sample = flow("Http", &only);
        assert_eq!(sample.marked(RULE.id), ["manual"]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn flows_that_owe_no_answer() {
        let work = r#""W":{"type":"Compose","inputs":1,"runAfter":{}}"#;
        for kind in ["Http", "PowerApp", "Button"] {
            assert_eq!(flow(kind, work).marked(RULE.id), [""; 0], "{kind}");
        }
        assert_eq!(flow("Skills", work).marked(RULE.id), ["manual"]);
        let clock = flow("Http", &condition(&answer("A", ""), "")).replace(
            FLOW,
            r#""type":"Request","kind":"Http""#,
            r#""type":"Recurrence""#,
        );
        assert_eq!(clock.marked(RULE.id), [""; 0]);
        assert_eq!(flow("Http", &answer("A", "")).marked(RULE.id), [""; 0]);
    }

    #[test]
    fn children_owe_their_callers_one() {
        const PARENT: &str = "/s/Workflows/Parent-66666666-2222-3333-4444-555555555555.json";
        let parent = format!(
            r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{}},"actions":{{"Run_it":{{"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{FLOW_ID}"}}}}}}}}}}}}}}"#
        );
        let work = r#""W":{"type":"Compose","inputs":1,"runAfter":{}}"#;
        let found = flow("Button", work).with(PARENT, parent.as_str()).of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, FLOW_ID));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("Step `Run it` waits for an answer of the child flow `Main flow`")
        );
        assert_eq!(
            flow("Button", &answer("A", ""))
                .with(PARENT, parent.as_str())
                .marked(RULE.id),
            [""; 0]
        );
        let clock = flow("Button", work).replace(FLOW, r#""type":"Request","kind":"Button""#, r#""type":"Recurrence""#);
        assert_eq!(clock.with(PARENT, parent).marked(RULE.id), [""; 0]);
    }
}
