//! The account that owns flows also works on data.

use analysis::connectors;
use analysis::identity::{Holding, Owner, owners};
use model::configuration::same_environment;
use model::{Profile, Workspace};
use rustc_hash::FxHashMap;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{in_place, known_by, references, with_others};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An account that owns flows, or is to, and that in the same environment stands behind a connection reference of a
    /// connector that works on data. Owners are known from the ALM Accelerator's custom settings (`ownerEmail`,
    /// `activateAsUser`), and from `owners` and the purpose `owner` in the identity plan.
    ///
    /// # Why it matters
    ///
    /// The owner may change the flow. Who may change a flow and also has the data behind it can let the flow do anything with
    /// that data, and nobody else has to agree. An owner without permissions on data can break a flow, not misuse it.
    ///
    /// # How to fix
    ///
    /// Let a service account or an application own and manage the flows and have no permission on data; make the connections
    /// with other accounts and share them with the owner for use.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "owners": [{ "match": "*", "account": "svc-flows@contoso.com" }],
    /// "references": [{ "match": "con_Sql", "account": "svc-flows@contoso.com" }]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "owners": [{ "match": "*", "account": "svc-flowowner@contoso.com" }],
    /// "references": [{ "match": "con_Sql", "account": "orders-app" }]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Support for service principal owned flows",
    ///   <https://learn.microsoft.com/power-automate/service-principal-support>
    static RULE = {
        id: "flow-owner-has-workload-permissions",
        summary: "the account that owns flows also works on data",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let owners = owners(context.workspace);
    if owners.is_empty() {
        return;
    }
    let mut working: FxHashMap<&str, Vec<&Holding<'_>>> = FxHashMap::default();
    for holding in context.holdings().all() {
        if connectors::works_on_data(&holding.connector()) {
            working.entry(&holding.key).or_default().push(holding);
        }
    }
    for owner in &owners {
        let held = working.get(owner.key.as_str()).map_or(&[][..], Vec::as_slice);
        findings.found.extend(finding(context.workspace, owner, held));
    }
}

fn finding(workspace: &Workspace, owner: &Owner, held: &[&Holding<'_>]) -> Option<Finding> {
    // Where one of the two names no environment, it means all.
    let here = |holding: &&&Holding<'_>| match (&owner.environment, &holding.environment) {
        (Some(own), Some(other)) => same_environment(own, other),
        _ => true,
    };
    let held: Vec<&Holding<'_>> = held.iter().filter(here).copied().collect();
    let first = held.first()?;
    let message = format!(
        "{} owns flows (`{}`) and stands behind {}{} ({}), which work on data: who may change the flows then has the data as well. Let an account own the flows that has no permission on data.",
        owner.account,
        owner.field,
        references(&held),
        in_place(owner.environment.as_deref().or(first.environment.as_deref())),
        known_by(workspace, first),
    );
    let finding = Finding::new(&RULE, owner.file, owner.span, owner.account.as_str(), message);
    Some(with_others(finding, &held, (owner.file, owner.span)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW_ID, Sample};

    fn sample(owner: &str, holder: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Sql", "shared_sql"), ("con_Approve", "shared_approvals")],
        )
        .with(
            "/s/config/prod/custom.json",
            format!(r#"{{"SolutionComponentOwnershipConfiguration":[{{"solutionComponentType":29,"solutionComponentName":"F","solutionComponentUniqueName":"{FLOW_ID}","ownerEmail":"{owner}"}}]}}"#),
        )
        .with(
            "/s/config/prod/settings.json",
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"con_Sql","ConnectionId":"$(X)","ConnectionOwner":"{holder}"}},{{"LogicalName":"con_Approve","ConnectionId":"$(X)","ConnectionOwner":"svc-approve@contoso.com"}}]}}"#),
        )
    }

    #[test]
    fn an_owner_with_data_is_told_at_the_owner() {
        let found = sample("SVC-a@contoso.com", "svc-a@contoso.com").of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "SVC-a@contoso.com"));
        assert!(found[0].finding.message.contains("`con_Sql shown` in prod"));
        let planned = sample("#{owner}#", "svc-a@contoso.com").with(
            "/s/flowsentry.jsonc",
            r#"{ "accounts": [{ "kind": "service", "match": "svc-a@contoso.com", "purpose": "owner" }], "owners": [{ "match": "*", "account": { "test": "svc-a@contoso.com" } }] }"#,
        );
        assert_eq!(
            planned.marked(RULE.id),
            ["svc-a@contoso.com"],
            "for test nothing is known"
        );
    }

    #[test]
    fn owners_without_data_are_right() {
        assert!(sample("svc-o@contoso.com", "svc-a@contoso.com").of(RULE.id).is_empty());
        assert!(
            sample("svc-approve@contoso.com", "svc-a@contoso.com")
                .of(RULE.id)
                .is_empty()
        );
        let test = sample("svc-a@contoso.com", "svc-b@contoso.com").with(
            "/s/config/test/settings.json",
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_Sql","ConnectionId":"$(X)","ConnectionOwner":"svc-a@contoso.com"},{"LogicalName":"con_Approve","ConnectionId":"$(X)"}]}"#,
        );
        assert!(test.of(RULE.id).is_empty(), "another environment");
    }
}
