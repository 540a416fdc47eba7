//! An operation that the project calls sensitive, which the run history shows.

use analysis::run_history::hidden;
use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;

declare_rule! {
    /// # What it finds
    ///
    /// An operation that `sensitiveOperations` in `flowsentry.jsonc` lists, in a step that does not hide both its inputs and its outputs.
    ///
    /// # Why it matters
    ///
    /// The history of runs keeps what each step was given and gave, for 28 days, for everybody who may see the flow's runs: personal data, new
    /// passwords, salaries.
    ///
    /// # How to fix
    ///
    /// Switch "Secure inputs" and "Secure outputs" on for the step. It does the same as before.
    ///
    /// # Example
    ///
    /// ```jsonc
    /// "sensitiveOperations": ["shared_azuread/CreateUser"]
    /// ```
    ///
    /// ```json
    /// "runtimeConfiguration": { "secureData": { "properties": ["inputs", "outputs"] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Manage sensitive input like passwords in Power Automate",
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/use-secure-inputs-outputs>
    static RULE = {
        id: "sensitive-operation-unsecured",
        summary: "an operation that the project calls sensitive, and the run history shows it",
        category: Category::Secrets,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(configuration) = flow.configuration.filter(|own| !own.sensitive_operations.is_empty()) else {
        return;
    };
    for operation in &flow.body.operations {
        if configuration
            .sensitive(&operation.connector, &operation.id.value)
            .is_none()
        {
            continue;
        }
        let Some(step) = step(flow, operation.owner) else {
            continue;
        };
        let hidden = hidden(step.value);
        let (sides, what): (&[&str], _) = match (hidden.inputs, hidden.outputs) {
            (true, true) => continue,
            (false, true) => (&["inputs"], "inputs"),
            (true, false) => (&["outputs"], "outputs"),
            (false, false) => (&["inputs", "outputs"], "inputs and outputs"),
        };
        let message = format!(
            "{} calls `{}`, which the project calls sensitive, and the run history shows its {what} to everybody who may see the flow's runs. Hide them.",
            step.title, operation.id.value
        );
        let mut finding =
            Finding::new(&RULE, flow.file, step.name.span, &step.path, message).action(Some(step.path.clone()));
        if let Some(edit) = edits::actions::secure(flow.file, &flow.view(), step.value.id(), sides) {
            finding = finding.fix(format!("Hide the {what} in the run history"), true, edit);
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn create(list: &str, more: &str) -> Sample {
        Sample::actions(&format!(
            r#""Create":{{"runAfter":{{}},"type":"OpenApiConnection","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_azuread","operationId":"CreateUser","connectionName":"a"}},"parameters":{{}}}}{more}}}"#
        ))
        .with("/s/flowsentry.jsonc", format!(r#"{{ "sensitiveOperations": [{list}] }}"#))
    }

    #[test]
    fn listed_operations() {
        for (more, title) in [
            ("", "Hide the inputs and outputs in the run history"),
            (
                r#","runtimeConfiguration":{"secureData":{"properties":["inputs"]}}"#,
                "Hide the outputs in the run history",
            ),
            (
                r#","runtimeConfiguration":{"secureData":{"properties":["outputs"]}}"#,
                "Hide the inputs in the run history",
            ),
        ] {
            let sample = create(r#""shared_azuread/CreateUser""#, more);
            assert_eq!(sample.marked(RULE.id), ["Create"]);
            assert_eq!(sample.of(RULE.id)[0].finding.fixes[0].title, title);
            assert_eq!(sample.assert_fixes(RULE.id), 1);
        }
    }

    #[test]
    fn hidden_or_not_listed() {
        let both = r#","runtimeConfiguration":{"secureData":{"properties":["inputs","outputs"]}}"#;
        assert_eq!(create(r#""shared_azuread/CreateUser""#, both).marked(RULE.id), [""; 0]);
        assert_eq!(create(r#""shared_azuread/GetUser""#, "").marked(RULE.id), [""; 0]);
        assert_eq!(create("", "").marked(RULE.id), [""; 0]);
    }
}
