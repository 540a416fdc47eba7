//! An action uses a connection that its flow does not declare.

use analysis::occurrences;
use edits::WorkspaceEdit;
use model::flow::{KeyForm, KeyUse, Owner};
use model::{Profile, same_name};
use syntax::json;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A trigger or action whose connection is not among the flow's `connectionReferences`: in `host.connectionName`, or
    /// in an expression such as `parameters('$connections')['shared_sql']['connectionId']`.
    ///
    /// # Why it matters
    ///
    /// The flow cannot be switched on: the service looks the connection up before the first run and finds nothing. It
    /// comes from merges that took the action and not the connection, and from edits by hand.
    ///
    /// # How to fix
    ///
    /// Use a key that the flow declares, or bring the missing entry back.
    ///
    /// # Example
    ///
    /// With `"connectionReferences": { "shared_office365": … }`:
    ///
    /// ```json
    /// "host": { "connectionName": "shared_ofice365", "operationId": "SendEmailV2" }
    /// ```
    ///
    /// ```json
    /// "host": { "connectionName": "shared_office365", "operationId": "SendEmailV2" }
    /// ```
    ///
    /// # References
    ///
    /// - [Use a connection reference in a solution](https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference)
    static RULE = {
        id: "connection-key-undeclared",
        summary: "an action uses a connection that its flow does not declare",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(context: &FlowContext<'_>, findings: &mut Findings) {
    // Outside solutions, definitions without the list are of other kinds: there connections come from elsewhere.
    let lists_connections = context.body.connections.is_some() || context.in_solution;
    if !context.summary.complete || !lists_connections {
        return;
    }
    let declared = &context.summary.connections;
    for used in &context.body.key_uses {
        if declared.iter().any(|key| same_name(&key.key.value, &used.key.value)) || !names_connection(context, used) {
            continue;
        }
        let name = &used.key.value;
        let message = match declared.len() {
            0 => format!(
                "The connection `{name}` is not declared: the flow has no `connectionReferences`, so it cannot be switched on. Add the entry, or remove what uses it."
            ),
            _ => format!(
                "The connection `{name}` is not among the flow's `connectionReferences`, so the flow cannot be switched on. Use one that is declared, or add the entry."
            ),
        };
        let action = context.body.owner_path(used.owner);
        let mut finding = Finding::new(&RULE, context.file, used.key.span, name.as_str(), message).action(action);
        // A quote would need the escapes of the expression language.
        let keys = declared
            .iter()
            .map(|key| key.key.value.as_str())
            .filter(|key| !key.contains('\''));
        if let Some(near) = expr::did_you_mean(name, keys) {
            let edit = WorkspaceEdit::replace(context.file, used.key.span, json::escape(near));
            finding = finding.fix(format!("Rename to `{near}`"), false, edit);
        }
        findings.push(finding);
    }
}

/// Whether a use names the connection itself: parameters of some operations are called `connectionName` too.
fn names_connection(context: &FlowContext<'_>, used: &KeyUse) -> bool {
    match used.form {
        KeyForm::Text => occurrences::is_in_host(&context.view(), used),
        KeyForm::Literal | KeyForm::Property => used.owner != Owner::Definition,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const REFERENCES: &[(&str, &str)] = &[("con_mail", "shared_office365")];

    fn sample(inputs: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"shared_office365":{{"connection":{{"connectionReferenceLogicalName":"con_mail"}},"api":{{"name":"shared_office365"}}}}}},"definition":{{"triggers":{{"t":{{"type":"Request"}}}},"actions":{{"Box":{{"type":"Scope","actions":{{"Send":{{"type":"OpenApiConnection","inputs":{inputs}}}}}}}}}}}"#
            ),
            REFERENCES,
        )
    }

    #[test]
    fn undeclared_keys_are_errors_at_the_key() {
        let found = sample(r#"{"host":{"connectionName":"shared_ofice365"}}"#).of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "shared_ofice365"));
        assert_eq!(found[0].finding.action.as_deref(), Some("Box/Send"));
        let old =
            r#"{"host":{"connection":{"name":"@parameters('$connections')['shared_offce365']['connectionId']"}}}"#;
        assert_eq!(sample(old).marked(RULE.id), ["shared_offce365"]);
        assert_eq!(sample(old).assert_fixes(RULE.id), 1);
        assert_eq!(
            sample(r#"{"host":{"connectionName":"shared_ofice365"}}"#).assert_fixes(RULE.id),
            1
        );
        assert_eq!(
            sample(r#"{"host":{"connectionName":"shared_sql"}}"#).of(RULE.id)[0]
                .finding
                .fixes,
            []
        );
    }

    #[test]
    fn declared_keys_parameters_and_expressions_are_fine() {
        for inputs in [
            r#"{"host":{"connectionName":"Shared_Office365"}}"#,
            r#"{"host":{"connectionName":"shared_office365"},"parameters":{"connectionName":"other"}}"#,
            r#"{"host":{"connectionName":"@{variables('x')}"}}"#,
        ] {
            assert_eq!(sample(inputs).marked(RULE.id), [""; 0], "{inputs}");
        }
    }

    #[test]
    fn broken_flows_are_silent() {
        let bad = sample(r#"{"host":{"connectionName":"shared_sql"}}"#);
        assert_eq!(bad.replace(FLOW, "\"Box\":", "\"Box\":,").marked(RULE.id), [""; 0]);
    }

    #[test]
    fn a_flow_without_the_list_declares_nothing() {
        let flow = r#"{"properties":{"definition":{"triggers":{"t":{"type":"Request"}},"actions":{"Send":{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"shared_sql"}}}}}},"schemaVersion":"1.0.0.0"}"#;
        assert_eq!(sample("{}").with(FLOW, flow).marked(RULE.id), ["shared_sql"]);
        let elsewhere = sample("{}").with("/x/Main-11111111-2222-3333-4444-555555555556.json", flow);
        assert_eq!(elsewhere.marked(RULE.id), [""; 0]);
    }
}
