//! A loop ends the run.

use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A *Terminate* action inside a `Foreach` or `Until`, at any depth.
    ///
    /// # Why it matters
    ///
    /// The service does not take *Terminate* in loops and refuses to switch on the flow, after the import has reported
    /// success.
    ///
    /// # How to fix
    ///
    /// Remember in a variable that the run should end, and put *Terminate* behind a condition after the loop. An `Until`
    /// can also end by its own condition.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "For_each": { "type": "Foreach", "actions": { "Stop": { "type": "Terminate", "inputs": { "runStatus": "Failed" } } } }
    /// // right
    /// "For_each": { "type": "Foreach", "actions": { "Set_failed": { "type": "SetVariable" } } },
    /// "If_failed": { "type": "If", "actions": { "Stop": { "type": "Terminate" } }, "runAfter": { "For_each": [ "Succeeded" ] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Schema reference guide for trigger and action types in Azure Logic Apps*, on Terminate:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers#terminate-action>
    static RULE = {
        id: "terminate-in-loop",
        summary: "a loop ends the run, which the service does not take",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    // A missing brace can put an action into a loop that it does not stand in.
    if !flow.summary.complete {
        return;
    }
    for (id, action) in flow.body.actions().filter(|(_, action)| action.is("Terminate")) {
        let is_loop = |id: &model::flow::ActionId| {
            let outer = flow.body.action(*id);
            outer.is("Foreach") || outer.is("Until")
        };
        let Some(outer) = flow.body.ancestors(id).find(is_loop) else {
            continue;
        };
        let outer = flow.body.action(outer);
        let message = format!(
            "`{}` ends the run inside the loop `{}`, which the service does not take: the flow cannot be switched on. Set a variable in the loop, and end the run after it.",
            action.name.value, outer.name.value
        );
        let name = &action.name;
        let finding = Finding::new(&RULE, flow.file, name.span, &name.value, message);
        let finding = finding.action(Some(flow.body.path(id)));
        findings.push(finding.related(flow.file, outer.name.span, "the loop"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    #[test]
    fn at_any_depth_of_a_loop() {
        let stop = r#""Stop":{"type":"terminate","inputs":{"runStatus":"Failed"},"runAfter":{}}"#;
        let check = format!(r#""Check":{{"type":"If","expression":"@true","actions":{{{stop}}},"runAfter":{{}}}}"#);
        assert_eq!(Sample::actions(&check).marked(RULE.id), [""; 0]);
        for kind in [
            r#""Foreach","foreach":"@createArray(1)""#,
            r#""Until","expression":"@true","limit":{}"#,
        ] {
            let inside = Sample::actions(&format!(
                r#""Loop":{{"type":{kind},"actions":{{{check}}},"runAfter":{{}}}}"#
            ));
            let found = inside.of(RULE.id);
            assert_eq!((found.len(), found[0].marked.as_str()), (1, "Stop"));
            assert_eq!(found[0].finding.action.as_deref(), Some("Loop/Check/Stop"));
            assert_eq!(&inside.files[FLOW][found[0].finding.related[0].span.range()], "Loop");
            let broken = inside.replace(FLOW, "\"Failed\"}", "\"Failed\"");
            assert_eq!(broken.marked(RULE.id), [""; 0]);
        }
    }
}
