//! A connection that everybody in the organisation may use.

use analysis::connectors;
use analysis::identity::{Connected, Known};
use analysis::sharing::Audience;
use model::inventory::RoleAssignment;
use model::{Profile, Workspace};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{in_environment, listed, short_id};

declare_rule! {
    /// # What it finds
    ///
    /// A connection that a role assignment of an inventory shares with the whole organisation (`PrincipalType` is `Tenant`). Where it
    /// stands behind no connection reference of the workspace, it is an info of the `strict` profile.
    ///
    /// # Why it matters
    ///
    /// Everybody can then make an app or a flow that acts with the account behind the connection, and read and write what
    /// it may, without knowing its password and without leaving a trace of their own.
    ///
    /// # How to fix
    ///
    /// Share the connection with the group that keeps the flows, and with nobody else. Take the share with everyone away first in
    /// the connection's sharing settings.
    ///
    /// # Example
    ///
    /// Wrong, in the output of `Get-AdminPowerAppConnectionRoleAssignment`:
    ///
    /// ```json
    /// { "ConnectionName": "0a1b", "PrincipalType": "Tenant", "RoleType": "CanUse" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "ConnectionName": "0a1b", "PrincipalType": "Group", "PrincipalDisplayName": "Finance Automations", "RoleType": "CanUse" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Share app resources in Power Apps", <https://learn.microsoft.com/power-apps/maker/canvas-apps/share-app-resources>
    static RULE = {
        id: "connection-shared-with-everyone",
        summary: "everybody in the organisation may use a connection",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let mut connected: Option<Connected<'_>> = None;
    for (file, entry) in workspace.files() {
        let assignments = entry.facts.inventory().map(|facts| &facts.role_assignments);
        let wide = |assignment: &&RoleAssignment| Audience::of(assignment) == Audience::Everyone;
        for assignment in assignments.into_iter().flatten().filter(wide) {
            let connected = connected.get_or_insert_with(|| Connected::new(workspace));
            let known = connected.named(&assignment.connection);
            let references = known.map(|known| behind(workspace, known)).unwrap_or_default();
            let used = match references.as_slice() {
                [] => String::new(),
                some => format!(", which stands behind {},", listed(some)),
            };
            let account = known.and_then(Known::account).unwrap_or("the account behind it");
            let message = format!(
                "Everybody in the organisation may use {}{used} and act with {account}. Share it with the group that needs it only.",
                title(known, assignment)
            );
            let mut finding = Finding::new(&RULE, file, assignment.span, assignment.connection.as_str(), message);
            if references.is_empty() {
                finding = finding.severity(Severity::Info).from_profile(Profile::Strict);
            }
            for entry in known.into_iter().flat_map(|known| &known.entries).take(5) {
                finding = finding.related(entry.settings, entry.span, "where settings use the connection");
            }
            if let Some((inventory, record)) = known.and_then(|known| known.records.first()) {
                finding = finding.related(*inventory, record.span, "the connection in the inventory");
            }
            findings.push(finding);
        }
    }
}

/// Connection references that a connection stands behind, each with the environment.
fn behind(workspace: &Workspace, known: &Known<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for entry in &known.entries {
        let text = format!("`{}` {}", entry.logical_name, in_environment(workspace, entry.settings));
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// The connection as people know it.
fn title(known: Option<&Known<'_>>, assignment: &RoleAssignment) -> String {
    let connector = known.and_then(Known::connector).or(assignment.connector.as_deref());
    let to = connector
        .map(|name| format!(" to {}", connectors::title(name)))
        .unwrap_or_default();
    match known
        .and_then(Known::display_name)
        .filter(|name| !name.trim().is_empty())
    {
        Some(name) => format!("the connection `{name}`{to}"),
        None => format!("the connection {}{to}", short_id(&assignment.connection)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(principal: &str, settings: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Sql", "shared_sql")],
        )
        .with("/s/flowsentry.jsonc", r#"{ "connections": ["connections.csv", "roles.json"] }"#)
        .with("/s/connections.csv", "ConnectionName,ConnectorName,DisplayName,Account\n0A1B,shared_sql,Ledger,svc-sql@contoso.com\n")
        .with(
            "/s/roles.json",
            format!(r#"[{{"ConnectionName":"0a1b","ConnectorName":"shared_sql","RoleType":"Owner","PrincipalType":"User","PrincipalEmail":"alex@contoso.com"}},{{"ConnectionName":"0a1b","ConnectorName":"shared_sql","RoleType":"CanUse",{principal}}}]"#),
        )
        .with(
            "/s/prod.settings.json",
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"con_Sql","ConnectionId":"{settings}","ConnectorId":"/providers/Microsoft.PowerApps/apis/shared_sql"}}]}}"#),
        )
    }

    const ALL: &str = r#""PrincipalType":"Tenant","PrincipalDisplayName":"Contoso""#;

    #[test]
    fn everybody_is_a_warning_where_the_connection_counts() {
        let found = sample(ALL, "0a1b").of(RULE.id);
        assert_eq!(
            (found.len(), found[0].path.as_str(), found[0].marked.as_str()),
            (1, "/s/roles.json", "0a1b")
        );
        assert_eq!(found[0].finding.severity, Severity::Warning);
        assert!(
            found[0].finding.message.starts_with("Everybody in the organisation may use the connection `Ledger` to SQL Server, which stands behind `con_Sql` in prod, and act with svc-sql@contoso.com."),
            "{}", found[0].finding.message
        );
        assert_eq!(found[0].finding.related.len(), 2);
        let path = "/providers/Microsoft.PowerApps/scopes/admin/environments/e/apis/shared_sql/connections/0a1b";
        assert_eq!(sample(ALL, path).of(RULE.id)[0].finding.severity, Severity::Warning);
    }

    #[test]
    fn connections_of_nothing_here_are_for_the_strict() {
        let other = sample(ALL, "#{id}#");
        assert_eq!(other.of(RULE.id)[0].finding.severity, Severity::Info);
        assert!(other.profile(Profile::Recommended).marked(RULE.id).is_empty());
        let bare = sample(ALL, "x").without("/s/connections.csv");
        assert!(
            bare.of(RULE.id)[0]
                .finding
                .message
                .contains("the connection 0a1b to SQL Server and act with the account")
        );
    }

    #[test]
    fn groups_and_people_are_fine() {
        for principal in [
            r#""PrincipalType":"Group","PrincipalDisplayName":"Finance Automations""#,
            r#""PrincipalType":"User","PrincipalEmail":"kim@contoso.com""#,
            r#""PrincipalType":"ServicePrincipal","PrincipalDisplayName":"sync""#,
        ] {
            assert!(sample(principal, "0a1b").marked(RULE.id).is_empty(), "{principal}");
        }
    }
}
