//! A step that gives a secret, which the run history shows.

use analysis::run_history::{SecretOutput, hidden, secret_outputs};
use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;

declare_rule! {
    /// # What it finds
    ///
    /// A step that gives a secret and does not hide its outputs: "Get secret" and "Decrypt data" of Azure Key Vault, the Dataverse action
    /// `RetrieveEnvironmentVariableSecretValue`, and HTTP calls that give out access tokens: by their address (`…/oauth2/v2.0/token`), or by a `grant_type` in the form they send.
    ///
    /// # Why it matters
    ///
    /// The history of runs keeps what each step gave, for 28 days, for everybody who may see the flow's runs: owners, co-owners and
    /// administrators. A secret that was kept out of the source stands there in clear text.
    ///
    /// # How to fix
    ///
    /// Switch "Secure outputs" on for the step. Expressions read the outputs as before.
    ///
    /// # Example
    ///
    /// Right:
    ///
    /// ```json
    /// "Get_key": { "type": "OpenApiConnection", "inputs": { "host": { "operationId": "GetSecret" } },
    ///              "runtimeConfiguration": { "secureData": { "properties": ["outputs"] } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Manage sensitive input like passwords in Power Automate",
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/use-secure-inputs-outputs>
    static RULE = {
        id: "secret-output-not-secured",
        summary: "a step gives a secret, and the run history shows it",
        category: Category::Secrets,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for (owner, kind) in secret_outputs(flow.body, flow.tree, flow.text) {
        let Some(step) = step(flow, owner).filter(|step| !hidden(step.value).outputs) else {
            continue;
        };
        let message = format!(
            "{} gives {}, and the run history shows it to everybody who may see the flow's runs. Hide its outputs.",
            step.title,
            kind.name()
        );
        let mut finding =
            Finding::new(&RULE, flow.file, step.name.span, &step.path, message).action(Some(step.path.clone()));
        if kind == SecretOutput::Token {
            finding = finding.confidence(Confidence::Medium);
        }
        if let Some(edit) = edits::actions::secure(flow.file, &flow.view(), step.value.id(), &["outputs"]) {
            finding = finding.fix("Hide the outputs in the run history", true, edit);
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const VAULT: &str = r#""type":"OpenApiConnection","inputs":{"host":{"apiId":"/providers/Microsoft.PowerApps/apis/shared_keyvault","operationId":"GetSecret","connectionName":"k"},"parameters":{"secretName":"key"}}"#;
    const VARIABLE: &str = r#""type":"OpenApiConnection","inputs":{"host":{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"PerformUnboundAction","connectionName":"d"},"parameters":{"actionName":"RetrieveEnvironmentVariableSecretValue","item/EnvironmentVariableName":"con_Key"}}"#;
    const TOKEN: &str = r#""type":"Http","inputs":{"method":"POST","uri":"https://login.microsoftonline.com/@{parameters('T')}/oauth2/v2.0/token"}"#;

    fn step_with(inputs: &str, more: &str) -> Sample {
        Sample::actions(&format!(r#""Get_it":{{"runAfter":{{}},{inputs}{more}}}"#))
    }

    #[test]
    fn steps_that_give_secrets() {
        for inputs in [VAULT, VARIABLE, TOKEN] {
            for more in [
                "",
                r#","runtimeConfiguration":{}"#,
                r#","runtimeConfiguration":{"secureData":{}}"#,
                r#","runtimeConfiguration":{"secureData":{"properties":[]}}"#,
                r#","runtimeConfiguration":{"secureData":{"properties":["inputs"]}}"#,
            ] {
                let sample = step_with(inputs, more);
                assert_eq!(sample.marked(RULE.id), ["Get_it"], "{inputs}{more}");
                assert_eq!(sample.assert_fixes(RULE.id), 1, "{inputs}{more}");
            }
        }
    }

    #[test]
    fn forms_that_ask_for_tokens() {
        let ask = |body: &str| {
            let inputs =
                format!(r#""type":"Http","inputs":{{"method":"POST","uri":"@parameters('Address')","body":{body}}}"#);
            step_with(&inputs, "").marked(RULE.id)
        };
        assert_eq!(ask(r#""grant_type=client_credentials&client_id=x""#), ["Get_it"]);
        assert_eq!(ask(r#"{"grant_type":"client_credentials"}"#), ["Get_it"]);
        assert_eq!(ask(r#"{"type":"client"}"#), [""; 0]);
    }

    #[test]
    fn hidden_outputs_and_other_steps_are_silent() {
        let hides = r#","runtimeConfiguration":{"secureData":{"properties":["inputs","Outputs"]}}"#;
        for inputs in [VAULT, VARIABLE, TOKEN] {
            assert_eq!(step_with(inputs, hides).marked(RULE.id), [""; 0]);
        }
        for inputs in [
            VAULT.replace("GetSecret", "ListSecrets"),
            VARIABLE.replace("RetrieveEnvironmentVariableSecretValue", "WhoAmI"),
            TOKEN.replace("/token", "/authorize"),
        ] {
            assert_eq!(step_with(&inputs, "").marked(RULE.id), [""; 0], "{inputs}");
        }
    }
}
