//! A flow uses a connection reference as one of another connector.

use analysis::connectors;
use edits::WorkspaceEdit;
use model::Profile;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// An entry of a flow's `connectionReferences` whose `api.name` is another connector than the connection reference it names
    /// has in the solution. Connectors of the organisation's own are left out: their names differ between environments.
    ///
    /// # Why it matters
    ///
    /// The flow calls operations of one connector with a connection of another. It cannot be switched on, or every action that
    /// uses the entry fails.
    ///
    /// # How to fix
    ///
    /// Name a connection reference of the right connector, or write the connector that the reference has. Such an entry mostly
    /// comes from a copied action or a merge.
    ///
    /// # Example
    ///
    /// Wrong, where `con_Mail` is a reference to Office 365 Outlook:
    ///
    /// ```json
    /// "shared_outlook": { "connection": { "connectionReferenceLogicalName": "con_Mail" }, "api": { "name": "shared_outlook" } }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "shared_outlook": { "connection": { "connectionReferenceLogicalName": "con_Mail" }, "api": { "name": "shared_office365" } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use a connection reference in a solution",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference>
    static RULE = {
        id: "connection-reference-connector-mismatch",
        summary: "a flow uses a connection reference as one of another connector",
        category: Category::Identity,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (file, flow) in context.flows() {
        for key in &flow.connections {
            let (Some(name), Some(used)) = (&key.logical_name, &key.connector) else {
                continue;
            };
            let Some(reference) = workspace.reference(context.id, &name.value) else {
                continue;
            };
            let (Some(declared), Some(place)) = (reference.connector(), &reference.connector_id) else {
                continue;
            };
            let mine = model::connector_name(&used.value);
            let known = |connector: &str| {
                let head = connector.get(..7).unwrap_or_default();
                head.eq_ignore_ascii_case("shared_") && !connectors::is_custom(connector)
            };
            if declared.eq_ignore_ascii_case(mine) || !known(declared) || !known(mine) {
                continue;
            }
            let message = format!(
                "This flow uses the connection reference {} as one of {}, and the solution declares it for {}, so the actions that use it fail. Write `{declared}`, or name a reference of the right connector.",
                titled(reference.title(), &name.value),
                connectors::title(mine),
                connectors::title(declared),
            );
            let edit = WorkspaceEdit::replace(file, used.span, syntax::json::escape(declared));
            let mut finding = Finding::new(&RULE, file, used.span, name.value.as_str(), message);
            if let Some(customizations) = context.solution.customizations {
                finding = finding.related(customizations, place.span, "the connector in the solution");
            }
            findings.push(finding.fix(format!("Replace by `{declared}`"), false, edit));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(api: &str, declared: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"k":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"CON_mail"}},"api":{{"name":"{api}"}}}}}},"definition":{{"triggers":{{}},"actions":{{"A":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"k","operationId":"X","apiId":"/providers/Microsoft.PowerApps/apis/{api}"}}}},"runAfter":{{}}}}}}}}"#
            ),
            &[("con_Mail", declared)],
        )
    }

    #[test]
    fn another_connector_is_an_error_and_can_be_aligned() {
        let wrong = sample("shared_outlook", "shared_office365");
        assert_eq!(wrong.marked(RULE.id), ["shared_outlook"]);
        assert_eq!(wrong.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn case_and_own_connectors_are_left_alone() {
        assert!(
            sample("SHARED_office365", "shared_office365")
                .marked(RULE.id)
                .is_empty()
        );
        assert!(
            sample("shared_con-5fx-5f0a", "shared_con-5fx-5f0b")
                .marked(RULE.id)
                .is_empty()
        );
        assert!(sample("shared_office365", "").marked(RULE.id).is_empty());
    }
}
