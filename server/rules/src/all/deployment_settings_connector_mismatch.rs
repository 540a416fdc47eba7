//! Deployment settings give a connection reference another connector than its solution does.

use analysis::connectors;
use edits::WorkspaceEdit;
use model::{FileId, Profile, connector_name};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// An entry of deployment settings whose `ConnectorId` names another connector than the connection reference of that name
    /// has in the solution. Connectors of the organisation's own are left out: their names differ between environments.
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
        let Some(given) = entry
            .connector_id
            .as_ref()
            .filter(|id| !model::settings::is_token(&id.value))
        else {
            continue;
        };
        let name = &entry.logical_name.value;
        let solutions = analysis::targets::solutions_of_settings_entry(workspace, settings, name);
        // Of every solution the name may mean, none has the connector.
        let declared: Vec<_> = solutions
            .iter()
            .filter_map(|id| {
                let reference = workspace.reference(*id, name)?;
                Some((
                    workspace.solution(*id).customizations?,
                    reference,
                    reference.connector_id.as_ref()?,
                ))
            })
            .collect();
        let mine = connector_name(&given.value);
        let differs =
            |own: &str| !own.eq_ignore_ascii_case(mine) && !connectors::is_custom(own) && !connectors::is_custom(mine);
        let Some((file, reference, connector)) = declared.first() else {
            continue;
        };
        if !declared.iter().all(|(_, _, id)| differs(connector_name(&id.value))) {
            continue;
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
        findings.push(
            finding
                .related(*file, connector.span, "the connector in the solution")
                .fix(format!("Replace by `{wanted}`"), false, edit),
        );
    }
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
}
