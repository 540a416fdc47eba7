//! A step that gives made-up results instead of running.

use edits::WorkspaceEdit;
use model::Profile;
use model::flow::Owner;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;

declare_rule! {
    /// # What it finds
    ///
    /// A step whose static result is switched on (`runtimeConfiguration.staticResult.staticResultOptions` is `Enabled`).
    ///
    /// # Why it matters
    ///
    /// The step does not run: it answers what somebody wrote down for a test, and calls it a success. Nothing is sent, written or
    /// checked, and the history of runs looks as it should.
    ///
    /// # How to fix
    ///
    /// Switch "Static result" off in the step's testing settings. The fix does that and keeps what was written down.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "runtimeConfiguration": { "staticResult": { "name": "Call0", "staticResultOptions": "Enabled" } }
    /// // right
    /// "runtimeConfiguration": { "staticResult": { "name": "Call0", "staticResultOptions": "Disabled" } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Test workflows with mock data in Azure Logic Apps",
    ///   <https://learn.microsoft.com/azure/logic-apps/test-logic-apps-mock-data-static-results>
    static RULE = {
        id: "static-results-enabled",
        summary: "a step gives made-up results instead of running",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let body = flow.body;
    let actions = body.actions().map(|(id, action)| (Owner::Action(id), action.node));
    let triggers = (0..)
        .zip(&body.triggers)
        .map(|(index, trigger)| (Owner::Trigger(index), trigger.node));
    for (owner, node) in actions.chain(triggers) {
        let options = flow
            .value(node)
            .and_then(|value| value.get_ignore_case("runtimeConfiguration"))
            .and_then(|value| value.get_ignore_case("staticResult"))
            .and_then(|value| value.get_ignore_case("staticResultOptions"));
        let is_on = |word: &str| word.trim().eq_ignore_ascii_case("Enabled");
        let Some(options) = options.filter(|options| options.as_str().is_some_and(|word| is_on(&word))) else {
            continue;
        };
        let Some(step) = step(flow, owner) else { continue };
        let message = format!(
            "{} does not run: it answers the made-up result of a test, and the run looks well. Switch its static result off.",
            step.title
        );
        let edit = WorkspaceEdit::replace(flow.file, options.content_span(), "Disabled");
        findings.push(
            Finding::new(&RULE, flow.file, options.content_span(), &step.path, message)
                .action(Some(step.path.clone()))
                .fix("Switch the static result off", true, edit),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn call(configuration: &str) -> Sample {
        Sample::actions(&format!(
            r#""Each":{{"type":"Scope","runAfter":{{}},"actions":{{"Call":{{"type":"Compose","runAfter":{{}},"inputs":1,"runtimeConfiguration":{configuration}}}}}}}"#
        ))
    }

    #[test]
    fn results_that_are_made_up() {
        for configuration in [
            r#"{"staticResult":{"name":"Call0","staticResultOptions":"Enabled"}}"#,
            r#"{"StaticResult":{"staticresultoptions":"Enabled"}}"#,
        ] {
            let sample = call(configuration);
            assert_eq!(sample.marked(RULE.id), ["Enabled"]);
            assert_eq!(sample.of(RULE.id)[0].finding.action.as_deref(), Some("Each/Call"));
            assert_eq!(sample.assert_fixes(RULE.id), 1);
        }
        let trigger = r#""T":{"type":"Recurrence","recurrence":{"frequency":"Day","interval":1},"runtimeConfiguration":{"staticResult":{"staticResultOptions":"enabled"}}}"#;
        assert_eq!(Sample::triggers(trigger).marked(RULE.id), ["enabled"]);
    }

    #[test]
    fn others_are_silent() {
        for configuration in [
            r#"{"staticResult":{"name":"Call0","staticResultOptions":"Disabled"}}"#,
            r#"{"staticResult":{"name":"Call0"}}"#,
            r#"{"concurrency":{"repetitions":1}}"#,
        ] {
            assert_eq!(call(configuration).marked(RULE.id), [""; 0], "{configuration}");
        }
    }
}
