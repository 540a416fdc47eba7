//! An HTTP trigger whose flow reads a body that nothing describes.

use analysis::trigger_body::body_use;
use edits::actions::{says_nothing, trigger_schema};
use model::Profile;
use model::flow::{FlowView, Owner};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A trigger "When an HTTP request is received" without a schema, or with one that names nothing, in a flow that reads the
    /// request's body. A flow that gives the whole body to "Parse JSON" and reads it only there is left alone: the schema stands
    /// in that step.
    ///
    /// # Why it matters
    ///
    /// Nobody can see what callers are to send, and nothing can be checked: a misspelt property is null, and what comes in
    /// runs through the flow unseen until a step fails, or does the wrong thing.
    ///
    /// # How to fix
    ///
    /// Describe the body in the trigger's schema. The fix writes one with the properties that the flow reads, without kinds and
    /// without required ones, so that it refuses nobody; add those, then switch on "Schema Validation" in the trigger's settings.
    ///
    /// # Example
    ///
    /// Wrong, where a step reads `triggerBody()?['orderId']`:
    ///
    /// ```json
    /// "manual": { "type": "Request", "kind": "Http", "inputs": { "schema": {} } }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "manual": {
    ///   "type": "Request",
    ///   "kind": "Http",
    ///   "inputs": { "schema": { "type": "object", "properties": { "orderId": { "type": "string" } }, "required": ["orderId"] } }
    /// }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Receive and respond to inbound HTTPS calls in Azure Logic Apps",
    ///   <https://learn.microsoft.com/azure/connectors/connectors-native-reqres>
    static RULE = {
        id: "http-trigger-no-schema",
        summary: "an HTTP trigger whose flow reads a body that nothing describes",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    for (index, trigger) in flow.body.triggers.iter().enumerate() {
        let is_http = trigger.subkind.is_empty() || trigger.subkind.eq_ignore_ascii_case("Http");
        if !(trigger.kind.eq_ignore_ascii_case("Request") && is_http) {
            continue;
        }
        let Some(value) = flow.value(trigger.node) else {
            continue;
        };
        let inputs = value.get_ignore_case("inputs");
        let schema = inputs.and_then(|inputs| inputs.get_ignore_case("schema"));
        if schema.is_some_and(|schema| !says_nothing(schema)) {
            continue;
        }
        let view = flow.view();
        let used = body_use(&view);
        if used.is_empty() || used.shape.is_empty() && only_parsed(&view) {
            continue;
        }
        let message = format!(
            "The flow reads the body of requests to `{}`, and no schema says what callers are to send: a misspelt or missing property is found when a step fails. Describe the body in the trigger's schema.",
            trigger.name.value.replace('_', " ")
        );
        let mut finding = Finding::new(&RULE, flow.file, trigger.name.span, &trigger.name.value, message)
            .action(Some(trigger.name.value.clone()));
        if let Some(edit) = trigger_schema(flow.file, &view, index) {
            // With validation, a schema decides who comes in.
            let options = value.get_ignore_case("operationOptions").and_then(|own| own.as_str());
            let validates = options.is_some_and(|own| own.to_ascii_lowercase().contains("schemavalidation"));
            finding = finding.fix("Write a schema of what the flow reads", !validates, edit);
        }
        findings.push(finding);
    }
}

/// Whether every string that takes the trigger's body belongs to a step that parses it by a schema of its own.
fn only_parsed(flow: &FlowView<'_>) -> bool {
    let mut sites = flow
        .body
        .strings
        .iter()
        .filter(|site| site.info.refers_to.has(expr::ReferenceKind::Trigger));
    sites.all(|site| match site.owner {
        Owner::Action(id) => flow.body.action(id).is("ParseJson"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn flow(trigger: &str, actions: &str) -> Sample {
        Sample::new(
            &format!(
                "\n\"connectionReferences\":{{}},\"definition\":{{\"triggers\":{{\"manual\":{{\n  \"type\":\"Request\",\n  \"kind\":\"Http\"{trigger}}}}},\"actions\":{{{actions}}}}}"
            ),
            &[],
        )
    }

    const READS: &str = r#""A":{"type":"Compose","inputs":"@triggerBody()?['order']?['lines'][0]?['sku']","runAfter":{}},"B":{"type":"Compose","inputs":"for @{triggerOutputs()?['body/customer']}","runAfter":{}}"#;

    #[test]
    fn a_body_that_is_read_wants_a_schema() {
        for trigger in [
            "",
            r#","inputs":{"triggerAuthenticationType":"Tenant"}"#,
            r#","inputs":{"triggerAuthenticationType":"Tenant","schema":{}}"#,
            r#","inputs":{"triggerAuthenticationType":"Tenant","schema":{"type":"object","properties":{}}}"#,
            ",\n  \"inputs\":{\n    \"triggerAuthenticationType\":\"Tenant\",\n    \"schema\":null\n  }",
        ] {
            let sample = flow(trigger, READS);
            assert_eq!(sample.marked(RULE.id), ["manual"], "{trigger}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{trigger}");
            assert!(sample.of(RULE.id)[0].finding.fixes[0].safe);
            let fixed = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
            let bare: String = fixed.files[FLOW].chars().filter(|c| !c.is_whitespace()).collect();
            assert!(
                bare.contains(r#""schema":{"type":"object","properties":{"order":{"type":"object","properties":{"lines":{"type":"array","items":{"type":"object","properties":{"sku":{}}}}}},"customer":{}}}"#),
                "{bare}"
            );
            assert_eq!(fixed.marked("unknown-output-property"), [""; 0]);
        }
    }

    #[test]
    fn validation_makes_it_a_choice() {
        let sample = flow(r#","operationOptions":"EnableSchemaValidation","inputs":{}"#, READS);
        assert!(!sample.of(RULE.id)[0].finding.fixes[0].safe);
    }

    #[test]
    fn the_whole_body_has_no_skeleton() {
        let sample = flow("", r#""A":{"type":"Compose","inputs":"@triggerBody()","runAfter":{}}"#);
        assert_eq!(sample.marked(RULE.id), ["manual"]);
        assert!(sample.of(RULE.id)[0].finding.fixes.is_empty());
    }

    #[test]
    fn described_unread_and_parsed_bodies_are_fine() {
        let described = r#","inputs":{"schema":{"type":"object","properties":{"a":{"type":"string"}}}}"#;
        assert_eq!(flow(described, READS).marked(RULE.id), [""; 0]);
        assert_eq!(
            flow(r#","inputs":{"schema":{"$ref":"x"}}"#, READS).marked(RULE.id),
            [""; 0]
        );
        for actions in [
            "",
            r#""A":{"type":"Compose","inputs":"@triggerOutputs()?['queries']?['id']","runAfter":{}}"#,
            r#""A":{"type":"ParseJson","inputs":{"content":"@triggerBody()","schema":{"type":"object"}},"runAfter":{}}"#,
        ] {
            assert_eq!(flow("", actions).marked(RULE.id), [""; 0], "{actions}");
        }
        let button = flow("", READS).replace(FLOW, "\"Http\"", "\"Button\"");
        assert_eq!(button.marked(RULE.id), [""; 0]);
        let broken = flow("", READS).replace(FLOW, r#""schemaVersion":"1.0.0.0"}"#, r#""schemaVersion":"#);
        assert_eq!(broken.marked(RULE.id), [""; 0]);
    }
}
