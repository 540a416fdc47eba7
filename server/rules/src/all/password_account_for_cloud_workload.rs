//! A service account with a password does work that an app registration could do.

use analysis::Certainty;
use analysis::connectors::{self, Connector, Family};
use analysis::identity::Holding;
use model::{AccountKind, Profile, Workspace};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{in_place, known_by, reference, with_chain};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A service account, which signs in with a password, behind a connection reference of Microsoft Entra ID, SharePoint or
    /// Exchange, or of another connector that takes app registrations. Dataverse has a rule of its own. It is a warning where
    /// the identity plan says that the account is a service account, and information where only its name does.
    ///
    /// # Why it matters
    ///
    /// A password can leak, expires, and meets the second factor: the connection breaks when somebody has to confirm the sign-in
    /// again. The account needs a licence, and it may do all that its user may do. An app registration has none of that, and
    /// its permissions can be limited to one site or one mailbox.
    ///
    /// # How to fix
    ///
    /// Where the connector takes an application, connect with an app registration. Where it does not, as those of SharePoint
    /// and Outlook, call the service with an app registration over HTTP: for SharePoint with the permission `Sites.Selected`,
    /// for mail with `Mail.Send` limited to a mailbox, for the directory with the smallest permission that serves.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "accounts": [{ "kind": "service", "match": "svc-users@contoso.com" }],
    /// "references": [{ "match": "con_EntraID", "account": "svc-users@contoso.com" }]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "accounts": [{ "kind": "application", "match": "6f5a3c1e-1111-4a2b-9c3d-0123456789ab", "name": "directory" }],
    /// "references": [{ "match": "con_Http_Directory", "account": "directory" }]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Overview of Selected permissions in OneDrive and SharePoint",
    ///   <https://learn.microsoft.com/graph/permissions-selected-overview>
    /// - Microsoft Learn: "Limit application permissions to specific Exchange Online mailboxes",
    ///   <https://learn.microsoft.com/exchange/permissions-exo/application-rbac>
    static RULE = {
        id: "password-account-for-cloud-workload",
        summary: "a service account with a password does what an app registration could do",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
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

/// The way without a password, where there is one.
fn way_out(connector: &Connector) -> Option<String> {
    if connector.takes_applications() == Some(Certainty::High) {
        return Some(format!(
            "{} takes an app registration: make the connection with one.",
            connector.display_name
        ));
    }
    let over_http = |permission: &str| {
        format!(
            "{} takes users only: call the service over HTTP with an app registration that has {permission}.",
            connector.display_name
        )
    };
    match connector.family? {
        Family::Sharepoint => Some(over_http("`Sites.Selected` for the sites it needs")),
        Family::Exchange => Some(over_http("`Mail.Send`, limited to the mailbox it needs")),
        Family::Entra => Some(over_http("the smallest permission of Microsoft Graph that serves")),
        _ => None,
    }
}

fn finding(workspace: &Workspace, holding: &Holding<'_>) -> Option<Finding> {
    let connector = connectors::find(&holding.connector()).filter(|c| c.family != Some(Family::Dataverse))?;
    let verdict = holding
        .verdict
        .as_ref()
        .filter(|verdict| verdict.kind == AccountKind::Service)?;
    let message = format!(
        "{} acts as {}{} ({}), {}: it signs in with a password, which can leak, and stops at the next confirmation of the sign-in. {}",
        reference(holding),
        holding.account,
        in_place(holding.environment.as_deref()),
        known_by(workspace, holding),
        verdict.why,
        way_out(connector)?
    );
    let (file, span) = holding.place();
    let subject = format!("{} {}", holding.reference.logical_name.value, holding.account);
    let mut finding = Finding::new(&RULE, file, span, subject, message);
    if !holding.is_certain() {
        finding = finding.severity(Severity::Info);
    }
    Some(with_chain(finding, workspace, holding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(connector: &str, plan: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_X", connector)],
        )
        .with("/s/flowsentry.jsonc", plan)
    }

    const PLAN: &str = r#"{ "accounts": [{ "kind": "service", "match": "svc-*" }], "references": [{ "match": "con_X", "account": "svc-a@contoso.com" }] }"#;

    #[test]
    fn each_service_has_its_way_out() {
        for (connector, way) in [
            ("shared_sharepointonline", "Sites.Selected"),
            ("shared_office365", "Mail.Send"),
            ("shared_azuread", "Microsoft Graph"),
            ("shared_keyvault", "takes an app registration"),
        ] {
            let found = sample(connector, PLAN).of(RULE.id);
            assert_eq!(found.len(), 1, "{connector}");
            assert!(found[0].finding.message.contains(way), "{}", found[0].finding.message);
            assert_eq!(found[0].finding.severity, Severity::Warning);
        }
    }

    #[test]
    fn guesses_are_information_and_others_are_left_alone() {
        let guessed = PLAN.replace(r#"{ "kind": "service", "match": "svc-*" }"#, "");
        assert_eq!(
            sample("shared_office365", &guessed).of(RULE.id)[0].finding.severity,
            Severity::Info
        );
        assert!(
            sample("shared_office365", &PLAN.replace("service", "application"))
                .of(RULE.id)
                .is_empty()
        );
        for connector in [
            "shared_commondataserviceforapps",
            "shared_approvals",
            "shared_sftpwithssh",
            "shared_teams",
        ] {
            assert!(sample(connector, PLAN).of(RULE.id).is_empty(), "{connector}");
        }
    }
}
