//! The connection of a person who starts the flow, where nobody does.

use analysis::connectors;
use analysis::starters::{Starter, starter};
use edits::WorkspaceEdit;
use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of `connectionReferences` with `"runtimeSource": "invoker"` (the connection is provided by the run-only user) that a
    /// step uses, in a flow that the clock or an event starts. Flows that a change in Dataverse starts are left alone where the
    /// trigger says as whom the flow runs.
    ///
    /// # Why it matters
    ///
    /// There is nobody whose connection could be used. The flow fails at that step, or falls back to the account of the
    /// owner, which is not what its author meant.
    ///
    /// # How to fix
    ///
    /// Set `"embedded"`, so that the connection reference's own connection is used, and give it the account that the flow
    /// is to act as.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong, in a flow that runs every night
    /// "shared_office365": { "runtimeSource": "invoker" }
    /// // right
    /// "shared_office365": { "runtimeSource": "embedded" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Share a cloud flow", run-only permissions,
    ///   <https://learn.microsoft.com/power-automate/create-team-flows>
    static RULE = {
        id: "invoker-connection-unattended",
        summary: "the connection of a person who starts the flow, where nobody does",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let summary = flow.summary;
    // A second trigger, or one that is not known, may bring a person.
    let by = match summary.triggers.as_slice() {
        [_] => starter(summary).filter(|starter| starter.is_unattended()),
        _ => None,
    };
    let Some(by) = by else { return };
    let run_as = |subscription: &model::flow::Subscription| subscription.run_as.is_some();
    if summary
        .operations
        .iter()
        .any(|operation| operation.subscription.as_ref().is_some_and(run_as))
    {
        return;
    }
    for (index, key) in summary.connections.iter().enumerate() {
        let Some(source) = key.runtime_source.as_ref().filter(|_| key.is_invoker()) else {
            continue;
        };
        let user = summary
            .operations
            .iter()
            .find(|operation| operation.connection.is_some_and(|own| own as usize == index));
        let Some(user) = user else { continue };
        let connector = key.connector.as_ref().map_or(&*key.key.value, |name| &*name.value);
        let message = format!(
            "Step `{}` is to use the {} connection of whoever starts the flow, but {}. Use the flow's own connection.",
            user.action.replace('_', " "),
            connectors::title(connector),
            if by == Starter::Clock {
                "the clock starts it"
            } else {
                "an event starts it, not a person"
            }
        );
        let edit = WorkspaceEdit::replace(flow.file, source.span, "embedded");
        findings.push(
            Finding::new(&RULE, flow.file, source.span, key.key.value.as_str(), message).fix(
                "Use the flow's own connection",
                false,
                edit,
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const CLOCK: &str = r#""t":{"type":"Recurrence","recurrence":{"frequency":"Day","interval":1,"timeZone":"UTC"}}"#;
    const ROW: &str = r#""t":{"type":"OpenApiConnectionWebhook","inputs":{"host":{"connectionName":"d","operationId":"SubscribeWebhookTrigger","apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},"parameters":{"subscriptionRequest/message":1,"subscriptionRequest/entityname":"account","subscriptionRequest/scope":4}}}"#;

    fn flow(trigger: &str, source: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"k":{{"runtimeSource":"{source}","connection":{{"connectionReferenceLogicalName":"con_Mail"}},"api":{{"name":"shared_office365"}}}},"d":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"con_Data"}},"api":{{"name":"shared_commondataserviceforapps"}}}}}},"definition":{{"triggers":{{{trigger}}},"actions":{{"Send_it":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"connectionName":"k","operationId":"SendEmailV2"}},"parameters":{{}}}}}}}}}}"#
            ),
            &[
                ("con_Mail", "shared_office365"),
                ("con_Data", "shared_commondataserviceforapps"),
            ],
        )
    }

    #[test]
    fn nobody_is_there() {
        for trigger in [CLOCK, ROW] {
            let sample = flow(trigger, "Invoker");
            assert_eq!(sample.marked(RULE.id), ["Invoker"], "{trigger}");
            assert_eq!(sample.assert_fixes(RULE.id), 1);
            assert!(
                sample.of(RULE.id)[0]
                    .finding
                    .message
                    .starts_with("Step `Send it` is to use the Office 365 Outlook")
            );
        }
    }

    #[test]
    fn somebody_is_there() {
        for trigger in [
            r#""t":{"type":"Request","kind":"Button","inputs":{}}"#,
            r#""t":{"type":"Request","kind":"PowerAppV2","inputs":{}}"#,
            r#""t":{"type":"Request","kind":"ApiConnection","inputs":{}}"#,
            r#""t":{"type":"Unheard"}"#,
            "",
        ] {
            assert_eq!(flow(trigger, "invoker").marked(RULE.id), [""; 0], "{trigger}");
        }
        assert_eq!(flow(CLOCK, "embedded").marked(RULE.id), [""; 0]);
        let run_as = ROW.replace(
            "\"subscriptionRequest/scope\":4",
            "\"subscriptionRequest/scope\":4,\"subscriptionRequest/runas\":3",
        );
        assert_eq!(flow(&run_as, "invoker").marked(RULE.id), [""; 0]);
        let unused = flow(CLOCK, "invoker").replace(FLOW, r#""connectionName":"k""#, r#""connectionName":"d""#);
        assert_eq!(unused.marked(RULE.id), [""; 0]);
    }
}
