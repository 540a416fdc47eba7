//! The account that manages the platform also works on data.

use analysis::connectors;
use analysis::identity::{Group, Holding};
use model::configuration::Purpose;
use model::{Profile, Workspace};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{in_place, known_by, purpose, references, with_chain, with_others};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An account that, in one environment, stands behind a connection reference of a connector that manages the platform or
    /// the directory (Power Platform for Admins, Power Automate Management, Microsoft Entra ID and their like) and behind one
    /// that works on data; and an account that the identity plan calls `managing` behind a connector that works on data.
    ///
    /// # Why it matters
    ///
    /// Who may change flows, connections and users should not be who reads the data, or a flow that only moves records holds
    /// the keys to the platform: a mistake in it, or somebody who takes it over, changes every other flow.
    ///
    /// # How to fix
    ///
    /// Use two accounts: one that manages and has no permission on data, one that works on data and manages nothing.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "references": [{ "match": ["con_FlowManagement", "con_Dataverse"], "account": "svc-platform@contoso.com" }]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "references": [
    ///   { "match": "con_FlowManagement", "account": "svc-platform@contoso.com" },
    ///   { "match": "con_Dataverse", "account": "inventory-app" }
    /// ]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, Power Platform Well-Architected: "Recommendations for identity and access management",
    ///   <https://learn.microsoft.com/power-platform/well-architected/security/identity-access>
    static RULE = {
        id: "managing-and-workload-identity-mixed",
        summary: "an account that manages the platform also works on data",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    for group in context.holdings().by_account() {
        findings.found.extend(finding(context.workspace, &group));
    }
}

fn finding(workspace: &Workspace, group: &Group<'_, '_>) -> Option<Finding> {
    let of = |is: fn(&str) -> bool| -> Vec<&Holding<'_>> {
        let holdings = group.holdings.iter().copied();
        holdings.filter(|holding| is(&holding.connector())).collect()
    };
    let (managing, working) = (of(connectors::manages), of(connectors::works_on_data));
    let first = *working.first()?;
    let how = known_by(workspace, first);
    let place = in_place(group.environment);
    let message = if let Some(admin) = managing.first() {
        format!(
            "{} stands behind {} of {}, which manages, and behind {}, which work on data{place} ({how}). A flow that moves data then holds the keys to the platform; use two accounts.",
            group.account,
            references(&managing),
            connectors::title(&admin.connector()),
            references(&working),
        )
    } else if purpose(group) == Some(Purpose::Managing) {
        format!(
            "{} is planned to manage, and stands behind {}, which work on data{place} ({how}). Give data to another account, so that who manages cannot read it.",
            group.account,
            references(&working),
        )
    } else {
        return None;
    };
    let at = first.place();
    let finding = Finding::new(&RULE, at.0, at.1, group.account, message);
    let others: Vec<&Holding<'_>> = managing.iter().chain(&working).copied().collect();
    Some(with_others(with_chain(finding, workspace, first), &others, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(plan: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[
                ("con_Flows", "shared_flowmanagement"),
                ("con_Dv", "shared_commondataserviceforapps"),
                ("con_Approve", "shared_approvals"),
            ],
        )
        .with("/s/flowsentry.jsonc", plan)
    }

    #[test]
    fn one_account_for_both_is_told() {
        let found = sample(r#"{ "references": [{ "match": "*", "account": "svc-a@contoso.com" }] }"#).of(RULE.id);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .finding
                .message
                .contains("which manages, and behind `con_Dv shown`")
        );
        let split = r#"{ "references": [{ "match": "con_Dv", "account": "svc-b@contoso.com" }, { "match": "*", "account": "svc-a@contoso.com" }] }"#;
        assert!(sample(split).of(RULE.id).is_empty());
        let environments = r#"{ "references": [{ "match": "con_Dv", "account": { "prod": "svc-a@contoso.com" } }, { "match": "*", "account": { "test": "svc-a@contoso.com" } }] }"#;
        assert!(sample(environments).of(RULE.id).is_empty());
    }

    #[test]
    fn an_account_that_is_planned_to_manage_has_no_data() {
        let plan = r#"{ "accounts": [{ "kind": "service", "match": "svc-a@contoso.com", "purpose": "managing" }], "references": [{ "match": "con_Dv", "account": "svc-a@contoso.com" }] }"#;
        assert_eq!(sample(plan).of(RULE.id).len(), 1);
        assert!(sample(&plan.replace("managing", "workload")).of(RULE.id).is_empty());
    }
}
