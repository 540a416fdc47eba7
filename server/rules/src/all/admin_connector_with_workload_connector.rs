//! One flow manages the platform and works on data.

use analysis::{connectors, effects};
use model::Profile;
use model::flow::OperationSummary;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that changes something with a connector that manages the platform or the directory (Power Platform for Admins, Power
    /// Automate Management, Microsoft Entra ID) and works on data with another, such as SharePoint, Outlook, SQL or a connector of the
    /// organisation's own. It is shown in the `auditor` profile only
    /// where the managing side just reads, and where the data are in Dataverse or the Office 365 groups: flows that manage keep their
    /// records there.
    ///
    /// # Why it matters
    ///
    /// What manages and what works then share one flow, one owner and one list of people who may change it. Whoever can edit the
    /// part that moves data can also use the connection that administers, and bad data reaches an administrative operation
    /// in one step.
    ///
    /// # How to fix
    ///
    /// Move the administrative steps into a child flow with an owner and a connection of its own, and pass it only the values
    /// it needs.
    ///
    /// # Example
    ///
    /// Wrong, keys of one flow:
    ///
    /// ```json
    /// "connectionReferences": {
    ///   "shared_powerplatformforadmins": {},
    ///   "shared_sharepointonline": {}
    /// }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "connectionReferences": { "shared_sharepointonline": {} }
    /// ```
    ///
    /// with a step that runs the child flow.
    ///
    /// # References
    ///
    /// - Microsoft Learn, Power Platform Well-Architected: "Recommendations for identity and access management",
    ///   <https://learn.microsoft.com/power-platform/well-architected/security/identity-access>
    static RULE = {
        id: "admin-connector-with-workload-connector",
        summary: "one flow manages the platform and works on data",
        category: Category::Identity,
        severity: Severity::Info,
        confidence: Confidence::Medium,
        profile: Profile::Strict,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

/// Connectors that managing flows keep their own records and members in.
const OWN_RECORDS: [&str; 4] = [
    "shared_commondataserviceforapps",
    "shared_commondataservice",
    "shared_dynamicscrmonline",
    "shared_office365groups",
];

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let summary = flow.summary;
    let operations = &summary.operations;
    let manages = |operation: &&OperationSummary| connectors::manages(&operation.connector);
    let changes = |operation: &&OperationSummary| effects::of(operation).effects.changes();
    let managing = operations
        .iter()
        .find(|operation| manages(operation) && changes(operation))
        .or_else(|| operations.iter().find(manages));
    let works = |operation: &&OperationSummary| connectors::works_on_data(&operation.connector);
    let is_own = |operation: &OperationSummary| OWN_RECORDS.contains(&&*operation.connector);
    let working = operations
        .iter()
        .find(|operation| works(operation) && !is_own(operation))
        .or_else(|| operations.iter().find(works));
    let (Some(managing), Some(working)) = (managing, working) else {
        return;
    };
    let key = |operation: &OperationSummary| summary.connections.get(operation.connection? as usize);
    let Some(place) = key(managing) else { return };
    let (one, other) = (
        connectors::title(&managing.connector),
        connectors::title(&working.connector),
    );
    let message = format!(
        "This flow manages with {one} (step `{}`) and works on data with {other} (step `{}`), so whoever changes or misuses it has both. Move what manages into a child flow with a connection of its own.",
        managing.action.replace('_', " "),
        working.action.replace('_', " ")
    );
    let mut finding = Finding::new(
        &RULE,
        flow.file,
        place.key.span,
        format!("{} {}", managing.connector, working.connector),
        message,
    );
    if !changes(&managing) || is_own(working) {
        finding = finding.from_profile(Profile::Auditor);
    }
    if let Some(working) = key(working) {
        finding = finding.related(flow.file, working.key.span, "the connection that works on data");
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn flow(connectors: &[(&str, &str)]) -> Sample {
        let keys: Vec<String> = connectors
            .iter()
            .map(|(name, _)| {
                format!(r#""{name}":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"con_{name}"}},"api":{{"name":"{name}"}}}}"#)
            })
            .collect();
        let actions: Vec<String> = connectors
            .iter()
            .map(|(name, id)| {
                format!(r#""Do_{id}":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"connectionName":"{name}","operationId":"{id}","apiId":"/providers/Microsoft.PowerApps/apis/{name}"}},"parameters":{{}}}}}}"#)
            })
            .collect();
        Sample::new(
            &format!(
                r#""connectionReferences":{{{}}},"definition":{{"triggers":{{"t":{{"type":"Recurrence"}}}},"actions":{{{}}}}}"#,
                keys.join(","),
                actions.join(",")
            ),
            &[],
        )
    }

    const ADMIN: (&str, &str) = ("shared_powerplatformforadmins", "Remove-AdminEnvironment");
    const LIST: (&str, &str) = ("shared_powerplatformforadmins", "Get-AdminEnvironment");
    const FILES: (&str, &str) = ("shared_sharepointonline", "GetItems");

    #[test]
    fn both_in_one_flow() {
        let sample = flow(&[FILES, LIST, ADMIN]);
        assert_eq!(sample.marked(RULE.id), ["shared_powerplatformforadmins"]);
        assert!(
            sample.of(RULE.id)[0]
                .finding
                .message
                .contains("(step `Do Remove-AdminEnvironment`)")
        );
        assert_eq!(
            flow(&[("shared_azuread", "CreateUser"), ("shared_con-5fhr-5f0a", "List")])
                .marked(RULE.id)
                .len(),
            1
        );
        assert_eq!(sample.profile(Profile::Strict).marked(RULE.id).len(), 1);
        let reads = flow(&[FILES, LIST]);
        assert_eq!(reads.marked(RULE.id).len(), 1);
        assert!(reads.profile(Profile::Strict).marked(RULE.id).is_empty());
        let records = flow(&[ADMIN, ("shared_commondataserviceforapps", "ListRecords")]);
        assert_eq!(records.marked(RULE.id).len(), 1);
        assert!(records.profile(Profile::Strict).marked(RULE.id).is_empty());
    }

    #[test]
    fn one_side_alone_is_fine() {
        for connectors in [
            &[ADMIN][..],
            &[FILES],
            &[ADMIN, ("shared_approvals", "StartAndWaitForAnApproval")],
            &[("shared_office365groups", "AddMemberToGroup"), FILES],
            &[("shared_commondataserviceforapps", "ListRecords"), FILES],
            &[("shared_office365users", "UserProfile_V2"), FILES],
        ] {
            assert_eq!(flow(connectors).marked(RULE.id), [""; 0], "{connectors:?}");
        }
    }

    #[test]
    fn declared_keys_that_nothing_uses_prove_nothing() {
        let sample = flow(&[FILES]).replace(
            crate::testing::FLOW,
            r#""connectionReferences":{"#,
            r#""connectionReferences":{"shared_flowmanagement":{"connection":{},"api":{"name":"shared_flowmanagement"}},"#,
        );
        assert_eq!(sample.marked(RULE.id), [""; 0]);
    }
}
