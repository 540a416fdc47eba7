//! A Dataverse connection acts as a user where an application user could.

use analysis::connectors::{self, Family};
use analysis::identity::Holding;
use model::{AccountKind, Profile, Workspace};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{in_place, known_by, reference, with_chain};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference of Dataverse behind which stands a service account or a person's account. It is a warning where
    /// the identity plan says what the account is, and information where only its name or an inventory does.
    ///
    /// # Why it matters
    ///
    /// An application user needs no licence, no password and no second factor; nobody can sign in with it, and its security role can
    /// grant exactly what one process needs. "Modified by" then names the process. A user account has all of a person's ways in.
    ///
    /// # How to fix
    ///
    /// Register an application, add it to the environment as an application user with a security role of its own, make the
    /// connection with it ("connect with service principal"), and put the connection's id into the deployment settings.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "accounts": [{ "kind": "service", "match": "svc-sync@contoso.com" }],
    /// "references": [{ "match": "con_Dataverse", "account": "svc-sync@contoso.com" }]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "accounts": [{ "kind": "application", "match": "6f5a3c1e-1111-4a2b-9c3d-0123456789ab", "name": "sync" }],
    /// "references": [{ "match": "con_Dataverse", "account": "sync" }]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Support for service principal owned flows",
    ///   <https://learn.microsoft.com/power-automate/service-principal-support>
    /// - Microsoft Learn: "Manage application users in the Power Platform admin center",
    ///   <https://learn.microsoft.com/power-platform/admin/manage-application-users>
    static RULE = {
        id: "dataverse-not-service-principal",
        summary: "a Dataverse connection acts as a user instead of an application user",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let found = context.holdings().all().iter();
    findings
        .found
        .extend(found.filter_map(|holding| finding(context.workspace, holding)));
}

fn finding(workspace: &Workspace, holding: &Holding<'_>) -> Option<Finding> {
    let connector = connectors::find(&holding.connector())?;
    let verdict = holding.verdict.as_ref()?;
    if connector.family != Some(Family::Dataverse) || verdict.kind == AccountKind::Application {
        return None;
    }
    let how = if connector.takes_applications().is_some() {
        "Make the connection with an application user that may do what this process needs and no more.".to_owned()
    } else {
        format!(
            "{} takes users only: move to Microsoft Dataverse (`shared_commondataserviceforapps`), which takes an application user.",
            connector.display_name
        )
    };
    let message = format!(
        "{} acts as {}{} ({}), {}: \"modified by\" names that account, with a password that can leak. {how}",
        reference(holding),
        holding.account,
        in_place(holding.environment.as_deref()),
        known_by(workspace, holding),
        verdict.why
    );
    let (file, span) = holding.place();
    let subject = format!("{} {}", holding.reference.logical_name.value, holding.account);
    let mut finding = Finding::new(&RULE, file, span, subject, message);
    if !holding.is_certain() {
        finding = finding.severity(Severity::Info).confidence(Confidence::Medium);
    }
    Some(with_chain(finding, workspace, holding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(connector: &str, account: &str, plan: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Dv", connector)],
        )
        .with(
            "/s/prod.settings.json",
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"con_Dv","ConnectionId":"$(X)","ConnectionOwner":"{account}"}}]}}"#),
        )
        .with("/s/flowsentry.jsonc", plan)
    }

    const DATAVERSE: &str = "shared_commondataserviceforapps";
    const PLAN: &str = r#"{ "accounts": [{ "kind": "service", "match": "svc-*" }] }"#;

    #[test]
    fn a_planned_service_account_is_a_warning_and_a_guessed_one_information() {
        let found = sample(DATAVERSE, "svc-a@contoso.com", PLAN).of(RULE.id);
        assert_eq!(
            (found[0].finding.severity, found[0].finding.confidence),
            (Severity::Warning, Confidence::High)
        );
        let found = sample(DATAVERSE, "svc-a@contoso.com", "{}").of(RULE.id);
        assert_eq!(
            (found[0].finding.severity, found[0].finding.confidence),
            (Severity::Info, Confidence::Medium)
        );
        let legacy = sample("shared_commondataservice", "svc-a@contoso.com", PLAN).of(RULE.id);
        assert!(legacy[0].finding.message.contains("takes users only"));
    }

    #[test]
    fn applications_other_connectors_and_tokens_are_left_alone() {
        let id = "6f5a3c1e-1111-4a2b-9c3d-0123456789ab";
        assert!(sample(DATAVERSE, id, PLAN).of(RULE.id).is_empty());
        assert!(sample("shared_sql", "svc-a@contoso.com", PLAN).of(RULE.id).is_empty());
        assert!(sample(DATAVERSE, "#{owner}#", PLAN).of(RULE.id).is_empty());
        assert!(sample(DATAVERSE, "Just a name", PLAN).of(RULE.id).is_empty());
    }
}
