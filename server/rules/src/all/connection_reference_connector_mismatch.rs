//! A flow uses a connection reference as one of another connector.

use analysis::connectors;
use edits::WorkspaceEdit;
use model::Profile;
use model::flow::ConnectionKey;
use syntax::json::Value;

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// An entry of a flow's `connectionReferences` whose `api.name` is another connector than the connection reference it names
    /// has in the solution, and a step whose `host.apiId` is another connector than the entry that it uses. Connectors of the organisation's own are left out: their names differ between environments.
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
        checks: &[Check::Solution(check), Check::Flow(check_steps)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (file, flow) in context.flows() {
        for (index, key) in flow.connections.iter().enumerate() {
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
            // Steps that call the connector as it is would fail all the same.
            let calls_it = flow.operations.iter().any(|operation| {
                operation.connection.is_some_and(|own| own as usize == index)
                    && operation.connector.eq_ignore_ascii_case(mine)
            });
            if !calls_it {
                finding = finding.fix(format!("Replace by `{declared}`"), false, edit);
            }
            findings.push(finding);
        }
    }
}

/// Whether a connector is one of those that have the same name everywhere.
fn known(connector: &str) -> bool {
    let head = connector.get(..7).unwrap_or_default();
    head.eq_ignore_ascii_case("shared_") && !connectors::is_custom(connector)
}

/// Steps that use an entry of another connector.
fn check_steps(flow: &FlowContext<'_>, findings: &mut Findings) {
    for operation in &flow.body.operations {
        let key = operation
            .connection
            .and_then(|index| flow.summary.connections.get(index as usize));
        let Some((key, entry)) = key.and_then(|key| Some((key, key.connector.as_ref()?))) else {
            continue;
        };
        let entry = model::connector_name(&entry.value);
        if entry.eq_ignore_ascii_case(&operation.connector) || !known(entry) || !known(&operation.connector) {
            continue;
        }
        let Some(step) = step(flow, operation.owner) else {
            continue;
        };
        let wanted = connectors::title(&operation.connector);
        let message = format!(
            "{} calls {wanted} with the connection `{}`, which is one of {}, so it fails. Use a connection of {wanted}.",
            step.title,
            key.key.value,
            connectors::title(entry)
        );
        let host = step.value.path(&["inputs", "host"]);
        let names = ["connectionName", "connectionReferenceName"].into_iter();
        let written = names.filter_map(|name| host?.get(name)).find(Value::is_string);
        let place = written.map_or(step.name.span, |written| written.content_span());
        let mut finding = Finding::new(&RULE, flow.file, place, &step.path, message)
            .action(Some(step.path.clone()))
            .related(flow.file, key.key.span, "the connection");
        let right = |key: &&ConnectionKey| {
            let connector = key.connector.as_ref().map(|own| model::connector_name(&own.value));
            connector.is_some_and(|own| own.eq_ignore_ascii_case(&operation.connector))
        };
        let mut right = flow.summary.connections.iter().filter(right);
        if let (Some(only), None, Some(_)) = (right.next(), right.next(), written) {
            let edit = WorkspaceEdit::replace(flow.file, place, syntax::json::escape(&only.key.value));
            finding = finding.fix(format!("Use the connection `{}`", only.key.value), false, edit);
        }
        findings.push(finding);
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
        // The step would still call the other connector.
        assert_eq!(wrong.of(RULE.id)[0].finding.fixes, []);
        let step = wrong.replace(crate::testing::FLOW, "apis/shared_outlook", "apis/shared_office365");
        assert_eq!(step.marked(RULE.id), ["shared_outlook", "k"]);
        assert!(step.assert_fixes(RULE.id) >= 1);
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

    #[test]
    fn steps_with_the_connection_of_another_connector() {
        let entry = |key: &str, connector: &str| {
            format!(
                r#""{key}":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"con_{key}"}},"api":{{"name":"{connector}"}}}}"#
            )
        };
        let sample = |entries: &str, api: &str| {
            Sample::new(
                &format!(
                    r#""connectionReferences":{{{entries}}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{"Send":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"connectionName":"lists","apiId":"/providers/Microsoft.PowerApps/apis/{api}","operationId":"SendEmailV2"}},"parameters":{{}}}}}}}}}}"#
                ),
                &[
                    ("con_lists", "shared_sharepointonline"),
                    ("con_mail", "shared_office365"),
                ],
            )
        };
        let lists = entry("lists", "shared_sharepointonline");
        let both = format!("{lists},{}", entry("mail", "shared_office365"));
        assert_eq!(sample(&lists, "shared_office365").marked(RULE.id), ["lists"]);
        assert_eq!(sample(&lists, "shared_office365").assert_fixes(RULE.id), 0);
        assert_eq!(sample(&both, "shared_office365").assert_fixes(RULE.id), 1);
        assert_eq!(sample(&both, "Shared_SharePointOnline").marked(RULE.id), [""; 0]);
        assert_eq!(
            sample(&both, "shared_con-5fown-5f1234567890abcdef").marked(RULE.id),
            [""; 0]
        );
    }
}
