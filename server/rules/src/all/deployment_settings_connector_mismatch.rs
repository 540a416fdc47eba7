//! Deployment settings give a connection reference another connector than its solution does.

use analysis::connectors;
use edits::WorkspaceEdit;
use model::settings::{SettingsReference, is_token};
use model::{ConnectionReference, FileId, Profile, Spanned, Workspace, connector_name};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{short_id, titled};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of deployment settings whose `ConnectorId` names another connector than the connection reference of that name
    /// has in the solution, or whose `ConnectionId` is a connection of another: by the path that is written there, or by what
    /// the inventory says of it. Connectors of the organisation's own are left out: their names differ between environments.
    ///
    /// # Why it matters
    ///
    /// The import fails, or binds a connection of another service to the reference, and every action that uses it fails at
    /// its first run.
    ///
    /// # How to fix
    ///
    /// Write the connector of the solution, and check that the connection's id is one of that connector.
    ///
    /// # Example
    ///
    /// Wrong, where `con_Mail` is a reference to Office 365 Outlook:
    ///
    /// ```json
    /// { "LogicalName": "con_Mail", "ConnectionId": "926f0e…", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_outlook" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "LogicalName": "con_Mail", "ConnectionId": "926f0e…", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_office365" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use a connection reference in a solution",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference>
    static RULE = {
        id: "deployment-settings-connector-mismatch",
        summary: "deployment settings give a connection reference another connector than its solution",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    for &settings in context.workspace.settings() {
        check_file(context, settings, findings);
    }
}

fn check_file(context: &WorkspaceContext<'_>, settings: FileId, findings: &mut Findings) {
    let workspace = context.workspace;
    let Some(facts) = workspace.file(settings).facts.settings() else {
        return;
    };
    for entry in &facts.references {
        let found =
            declared_otherwise(context, settings, entry).or_else(|| connected_otherwise(context, settings, entry));
        findings.found.extend(found);
    }
}

/// The connector that an entry names, unless a pipeline writes it.
fn given(entry: &SettingsReference) -> Option<&Spanned<String>> {
    let given = entry.connector_id.as_ref()?;
    (!is_token(&given.value)).then_some(given)
}

/// Whether two connectors are surely two.
fn differ(a: &str, b: &str) -> bool {
    !a.eq_ignore_ascii_case(b) && !connectors::is_custom(a) && !connectors::is_custom(b)
}

/// `ConnectorId` against the solution.
fn declared_otherwise(context: &WorkspaceContext<'_>, settings: FileId, entry: &SettingsReference) -> Option<Finding> {
    let workspace = context.workspace;
    let given = given(entry)?;
    let name = &entry.logical_name.value;
    // Of every solution the name may mean, none has the connector.
    let declared = declared(workspace, settings, name);
    let mine = connector_name(&given.value);
    let (file, reference, connector) = declared.first()?;
    if !declared
        .iter()
        .all(|(_, _, id)| differ(connector_name(&id.value), mine))
    {
        return None;
    }
    let wanted = connector_name(&connector.value);
    let message = format!(
        "The connection reference {} is one of {} in its solution and of {} here, so the import fails or binds a connection of the wrong service. Write `{wanted}`, and a connection of that connector.",
        titled(reference.title(), name),
        connectors::title(wanted),
        connectors::title(mine),
    );
    let edit = WorkspaceEdit::replace(settings, given.span, syntax::json::escape(&connector.value));
    let finding = Finding::new(&RULE, settings, given.span, name.as_str(), message);
    Some(
        finding
            .related(*file, connector.span, "the connector in the solution")
            .fix(format!("Replace by `{wanted}`"), false, edit),
    )
}

/// The references of this name in the solutions that an entry serves, with their connectors.
fn declared<'w>(
    workspace: &'w Workspace,
    settings: FileId,
    name: &str,
) -> Vec<(FileId, &'w ConnectionReference, &'w Spanned<String>)> {
    let solutions = analysis::targets::solutions_of_settings_entry(workspace, settings, name);
    let declared = solutions.iter().filter_map(|id| {
        let reference = workspace.reference(*id, name)?;
        Some((
            workspace.solution(*id).customizations?,
            reference,
            reference.connector_id.as_ref()?,
        ))
    });
    declared.collect()
}

/// `ConnectionId` against the entry's own connector, else the solution's.
fn connected_otherwise(context: &WorkspaceContext<'_>, settings: FileId, entry: &SettingsReference) -> Option<Finding> {
    let workspace = context.workspace;
    let connection = entry.connection_id.as_ref().filter(|id| !is_token(&id.value))?;
    let name = &entry.logical_name.value;
    let declared = declared(workspace, settings, name);
    let wanted: Vec<&str> = match given(entry) {
        Some(given) => vec![connector_name(&given.value)],
        None => declared.iter().map(|(_, _, id)| connector_name(&id.value)).collect(),
    };
    let first = *wanted.first()?;
    let other = |own: &str| wanted.iter().all(|wanted| differ(wanted, own));
    let title = declared
        .first()
        .map_or(name.as_str(), |(_, reference, _)| reference.title());
    let finding = |how: &str, own: &str| {
        let message = format!(
            "The connection reference {} is one of {}, and {how} {}, so the import fails or binds a connection of the wrong service. Write the name of a connection of {}.",
            titled(title, name),
            connectors::title(first),
            connectors::title(own),
            connectors::title(first),
        );
        Finding::new(&RULE, settings, connection.span, name.as_str(), message)
    };
    let mut parts = connection
        .value
        .split('/')
        .skip_while(|part| !part.eq_ignore_ascii_case("apis"));
    if let Some(own) = parts.nth(1) {
        return other(own).then(|| finding("the path in its `ConnectionId` is of a connection of", own));
    }
    let inventories: Vec<FileId> = workspace.inventories_for(&workspace.file(settings).path).collect();
    if inventories.is_empty() {
        return None;
    }
    let known = context.connected().named(connector_name(connection.value.trim()))?;
    let mut records = known
        .records
        .iter()
        .filter(|(file, _)| inventories.contains(file))
        .peekable();
    let (file, record) = *records.peek()?;
    let own = record.connector.as_deref()?;
    if !records.all(|(_, record)| record.connector.as_deref().is_some_and(other)) {
        return None;
    }
    let how = format!(
        "the inventory lists the connection {} as one of",
        short_id(&connection.value)
    );
    Some(finding(&how, own).related(*file, record.span, "the connection in the inventory"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(connector: &str, declared: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", declared)],
        )
        .with(
            "/s/settings.json",
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"CON_mail","ConnectionId":"0a","ConnectorId":"{connector}"}}]}}"#),
        )
    }

    #[test]
    fn another_connector_is_an_error() {
        let wrong = sample("/providers/Microsoft.PowerApps/apis/shared_outlook", "shared_office365");
        assert_eq!(
            wrong.marked(RULE.id),
            ["/providers/Microsoft.PowerApps/apis/shared_outlook"]
        );
        assert_eq!(wrong.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn case_tokens_and_own_connectors_are_left_alone() {
        for (given, declared) in [
            (
                "/providers/microsoft.powerapps/apis/SHARED_office365",
                "shared_office365",
            ),
            ("shared_office365", "shared_office365"),
            ("#{connector}#", "shared_office365"),
            (
                "/providers/Microsoft.PowerApps/apis/shared_con-5fx-5f0123456789abcdef",
                "shared_con-5fx-5ffedcba9876543210",
            ),
        ] {
            assert!(sample(given, declared).marked(RULE.id).is_empty(), "{given}");
        }
    }

    const MAIL: &str = "/providers/Microsoft.PowerApps/apis/shared_office365";

    #[test]
    fn a_connection_of_another_connector_is_an_error() {
        let path = |connector: &str| format!("/providers/Microsoft.PowerApps/apis/{connector}/connections/0a1b");
        let with = |connector: &str, connection: &str| {
            sample(connector, "shared_office365").replace("/s/settings.json", "\"0a\"", &format!("\"{connection}\""))
        };
        let other = with(MAIL, &path("shared_sql"));
        assert_eq!(other.marked(RULE.id), [path("shared_sql")]);
        assert!(
            other.of("deployment-settings-invalid-entry").is_empty(),
            "one fault is told once"
        );
        assert_eq!(
            with("#{c}#", &path("shared_sql")).marked(RULE.id).len(),
            1,
            "the solution tells the connector"
        );
        assert!(with(MAIL, &path("SHARED_office365")).of(RULE.id).is_empty());
    }

    #[test]
    fn an_inventory_tells_of_which_connector_a_connection_is() {
        let with = |connector: &str| {
            sample(MAIL, "shared_office365")
                .with("/s/flowsentry.jsonc", r#"{ "connections": ["i.csv"] }"#)
                .with(
                    "/s/i.csv",
                    format!("ConnectionName,Connector,Account\n0a,{connector},a@contoso.com\n"),
                )
        };
        let wrong = with("shared_sql");
        assert_eq!(wrong.marked(RULE.id), ["0a"]);
        assert_eq!(wrong.of(RULE.id)[0].finding.related.len(), 1);
        for connector in ["shared_office365", "", "shared_con-5fx-5f0123456789abcdef"] {
            assert!(with(connector).of(RULE.id).is_empty(), "{connector}");
        }
        let elsewhere = wrong.with("/s/flowsentry.jsonc", "{}");
        assert!(elsewhere.of(RULE.id).is_empty());
    }
}
