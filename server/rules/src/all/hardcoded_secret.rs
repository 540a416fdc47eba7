//! A secret in clear text.

use analysis::Certainty;
use analysis::secrets::{SecretHit, scan, scan_json, scan_named};
use model::variables::SECRET_TYPE;
use model::{Facts, Profile};
use syntax::Span;

use crate::all::http_credential_literal::literals;
use crate::context::{FileContext, FlowContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, Rule, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Keys, tokens and passwords in the strings of flows (descriptions, notes and defaults of parameters included), in
    /// defaults and values of environment variables, and in deployment settings. Two signs count:
    ///
    /// - a shape that means nothing else: JSON web tokens, private keys, keys and signatures of Azure storage, passwords in
    ///   connection strings, URLs and forms, client secrets of Microsoft Entra ID, and the tokens of GitHub, GitLab, Slack,
    ///   AWS, Google, Stripe, SendGrid, Twilio, npm and Azure DevOps;
    /// - a name that promises a secret (`clientSecret`, `apiKey`, `password`) with an irregular value beside it; less certain.
    ///
    /// Expressions, placeholders, pipeline tokens and ids are not reported. Credentials of HTTP actions are reported by
    /// `http-credential-literal`. The finding never repeats the secret.
    ///
    /// # Why it matters
    ///
    /// A solution travels: to a repository, to pipelines, to every environment it is imported to. Whoever can read one of
    /// these, or the history of a flow's runs, can use the secret, and nobody notices. In the history of a repository it
    /// stays after it has been deleted.
    ///
    /// # How to fix
    ///
    /// Replace the secret where it was issued: it must count as known. Keep the new one in Azure Key Vault, refer to it by an
    /// environment variable of type secret, and read it in the flow by an action with secured outputs. In deployment
    /// settings, write a token that the pipeline fills in.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// { "SchemaName": "con_StorageConnection", "Value": "DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=…" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "SchemaName": "con_StorageConnection", "Value": "#{storage-connection}#" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use environment variables for Azure Key Vault secrets",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets>
    static RULE = {
        id: "hardcoded-secret",
        summary: "a secret in clear text",
        category: Category::Secrets,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check_flow), Check::File(check_file)],
    };
}

fn check_flow(flow: &FlowContext<'_>, findings: &mut Findings) {
    in_flow(flow, &OTHERS, findings);
}

fn check_file(file: &FileContext<'_>, findings: &mut Findings) {
    in_file(file, &OTHERS, findings);
}

const OTHERS: Wanted = Wanted {
    rule: &RULE,
    is: |hit| !hit.is_address(),
    advice: ADVICE,
};
const ADVICE: &str = "for everybody who can read the repository or the solution. Replace it where it was issued, keep the new one in a secret environment variable, and read it from there.";

/// Which of the secrets in a file a rule tells of.
pub(crate) struct Wanted {
    /// The rule.
    pub rule: &'static Rule,
    /// Whether it tells of this one.
    pub is: fn(&SecretHit) -> bool,
    /// Who can read it, and what to do.
    pub advice: &'static str,
}

/// Tells of the wanted secrets of a flow.
pub(crate) fn in_flow(flow: &FlowContext<'_>, wanted: &Wanted, findings: &mut Findings) {
    let hits: Vec<&SecretHit> = flow.secrets().iter().filter(|hit| (wanted.is)(hit)).collect();
    if hits.is_empty() {
        return;
    }
    let reported = literals(flow);
    for hit in hits {
        // What stands in an HTTP action's header is told by that rule, which knows the header.
        if reported
            .iter()
            .any(|literal| literal.span.start < hit.span.end && hit.span.start < literal.span.end)
        {
            continue;
        }
        let action = flow.body.action_at(hit.span.start);
        let trigger = flow
            .body
            .triggers
            .iter()
            .find(|trigger| trigger.span.contains(hit.span.start));
        let place = match (action, trigger) {
            (Some(id), _) => format!("The action `{}`", flow.body.action(id).title()),
            (None, Some(trigger)) => format!("The trigger `{}`", trigger.name.value.replace('_', " ")),
            _ => match parameter_at(flow, hit.span) {
                Some(name) => format!("The parameter `{name}`"),
                None => "This flow".to_owned(),
            },
        };
        let path = action
            .map(|id| flow.body.path(id))
            .or_else(|| trigger.map(|trigger| trigger.name.value.clone()));
        findings.push(finding(&flow.file_context, wanted, hit, &place).action(path));
    }
}

fn parameter_at<'a>(flow: &FlowContext<'a>, span: Span) -> Option<&'a str> {
    let parameters = &flow.summary.parameters;
    parameters
        .iter()
        .find(|parameter| parameter.span.contains_span(span))
        .map(|parameter| parameter.name.value.as_str())
}

/// Tells of the wanted secrets of a file that is no flow.
pub(crate) fn in_file(file: &FileContext<'_>, wanted: &Wanted, findings: &mut Findings) {
    match file.facts {
        // Flows have their own check; inventories and policies hold no secrets of the solution, a configuration no strings of it.
        Facts::Flow(_) | Facts::Inventory(_) | Facts::Policies(_) | Facts::Configuration(_) => {}
        Facts::VariableDefinition(definition) => {
            let Some(default) = &definition.default else { return };
            let mut hits = scan(&default.value);
            if hits.is_empty() && definition.kind != Some(SECRET_TYPE) {
                let names = [
                    Some(definition.schema_name.value.as_str()),
                    definition.display_name.as_deref(),
                ];
                hits.extend(
                    names
                        .into_iter()
                        .flatten()
                        .find_map(|name| scan_named(name, &default.value)),
                );
            }
            let name = definition
                .display_name
                .as_deref()
                .unwrap_or(&definition.schema_name.value);
            let plain = default.span.slice(file.text) == default.value;
            for hit in hits.into_iter().filter(|hit| (wanted.is)(hit)) {
                let span = if plain {
                    hit.span.shifted(default.span.start.into())
                } else {
                    default.span
                };
                let hit = SecretHit { span, ..hit };
                findings.push(finding(
                    file,
                    wanted,
                    &hit,
                    &format!("The default of the environment variable `{name}`"),
                ));
            }
        }
        Facts::VariableValues(values) => {
            let Some(tree) = file.tree else { return };
            let mut hits = scan_json(tree, file.text);
            // The variable's name is that of its folder.
            let name = model::files::name_of(model::files::folder_of(file.path));
            for value in values
                .values
                .iter()
                .filter(|_| hits.is_empty())
                .filter(|v| scan_named(name, &v.value).is_some())
                .collect::<Vec<_>>()
            {
                let named = scan_named(name, &value.value);
                hits.extend(named.map(|hit| SecretHit {
                    span: value.span,
                    ..hit
                }));
            }
            report(
                file,
                wanted,
                &hits,
                &format!("The value of the environment variable `{name}`"),
                findings,
            );
        }
        Facts::Settings(_) | Facts::CustomSettings(_) => report_tree(file, wanted, "This settings file", findings),
        // What lies among the flows and is none, such as a desktop flow, travels with the solution too.
        Facts::Other if file.in_solution => report_tree(file, wanted, "This file", findings),
        _ => {}
    }
}

fn report_tree(file: &FileContext<'_>, wanted: &Wanted, place: &str, findings: &mut Findings) {
    if let Some(tree) = file.tree {
        report(file, wanted, &scan_json(tree, file.text), place, findings);
    }
}

fn report(file: &FileContext<'_>, wanted: &Wanted, hits: &[SecretHit], place: &str, findings: &mut Findings) {
    for hit in hits.iter().filter(|hit| (wanted.is)(hit)) {
        findings.push(finding(file, wanted, hit, place));
    }
}

fn finding(file: &FileContext<'_>, wanted: &Wanted, hit: &SecretHit, place: &str) -> Finding {
    let (verb, confidence) = match hit.certainty {
        Certainty::High => ("holds", Confidence::High),
        Certainty::Medium => ("seems to hold", Confidence::Medium),
    };
    let message = format!("{place} {verb} {} in clear text, {}", hit.kind, wanted.advice);
    Finding::new(
        wanted.rule,
        file.file,
        hit.span,
        format!("{place}: {}", hit.kind),
        message,
    )
    .confidence(confidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    /// A made-up token, put together here so that no scanner finds it in this file.
    fn token() -> String {
        format!("gh{}_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "p")
    }

    #[test]
    fn shapes_in_actions_triggers_and_parameters() {
        let sample = Sample::actions(&format!(
            r#""Scope_1":{{"type":"Scope","actions":{{"Note_it":{{"type":"Compose","description":"use {} here","inputs":"x"}}}}}}"#,
            token()
        ));
        let found = sample.of(RULE.id);
        assert_eq!((found.len(), found[0].marked.clone()), (1, token()));
        assert_eq!(found[0].finding.action.as_deref(), Some("Scope_1/Note_it"));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The action `Note it` holds a GitHub token in clear text")
        );
        assert!(!found[0].finding.message.contains("aB3d") && !found[0].finding.subject.contains("aB3d"));
        let parameter = Sample::actions("").replace(
            FLOW,
            r#""parameters":{"#,
            &format!(
                r#""parameters":{{"X (con_X)":{{"defaultValue":"{}","type":"String"}},"#,
                token()
            ),
        );
        let found = parameter.of(RULE.id);
        assert!(
            found.len() == 1 && found[0].finding.message.starts_with("The parameter `X (con_X)` holds"),
            "{found:?}"
        );
        let trigger = Sample::triggers(&format!(r#""T":{{"type":"Recurrence","description":"{}"}}"#, token()));
        assert_eq!(trigger.of(RULE.id)[0].finding.action.as_deref(), Some("T"));
    }

    #[test]
    fn names_are_less_certain() {
        let sample = Sample::actions(
            r#""Set_secret":{"type":"SetVariable","inputs":{"name":"ClientSecret","value":"Wint3r-Made-Up-1"}}"#,
        );
        let found = sample.of(RULE.id);
        assert_eq!(
            (found.len(), found[0].marked.as_str(), found[0].finding.confidence),
            (1, "Wint3r-Made-Up-1", Confidence::Medium)
        );
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The action `Set secret` seems to hold a secret in clear text")
        );
    }

    #[test]
    fn what_http_credential_literal_reports_is_not_reported_twice() {
        let sample = Sample::actions(&format!(
            r#""Call":{{"type":"Http","inputs":{{"uri":"https://x","headers":{{"Authorization":"Bearer {}"}},"authentication":{{"type":"Basic","password":"Wint3r-Made-Up-1"}}}}}}"#,
            token()
        ));
        assert_eq!(sample.marked(RULE.id), [""; 0]);
        assert_eq!(sample.marked("http-credential-literal").len(), 2);
    }

    #[test]
    fn variables_and_settings() {
        let folder = "/s/environmentvariabledefinitions/con_ApiKey";
        let definition = |value: &str, kind: u32| {
            format!(
                r#"<environmentvariabledefinition schemaname="con_ApiKey"><defaultvalue>{value}</defaultvalue><displayname default="Key of the partner" /><type>{kind}</type></environmentvariabledefinition>"#
            )
        };
        let path = format!("{folder}/environmentvariabledefinition.xml");
        assert_eq!(
            Sample::actions("")
                .with(&path, definition(&format!("a {}", token()), 100_000_000))
                .marked(RULE.id),
            [token()]
        );
        assert_eq!(
            Sample::actions("")
                .with(&path, definition("Wint3r-Made-Up-1", 100_000_000))
                .marked(RULE.id),
            ["Wint3r-Made-Up-1"]
        );
        assert_eq!(
            Sample::actions("")
                .with(&path, definition("Wint3r-Made-Up-1", 100_000_005))
                .marked(RULE.id),
            [""; 0]
        );
        let value = r#"{"environmentvariablevalues":{"environmentvariablevalue":{"value":"Wint3r-Made-Up-1"}}}"#;
        assert_eq!(
            Sample::actions("")
                .with(&format!("{folder}/environmentvariablevalues.json"), value)
                .marked(RULE.id),
            ["Wint3r-Made-Up-1"]
        );
        let settings = r#"{"EnvironmentVariables":[{"SchemaName":"con_ApiKey","Value":"Wint3r-Made-Up-1"},{"SchemaName":"con_Password","Value":"\#{x}\#"}],"ConnectionReferences":[{"LogicalName":"con_Secret","ConnectionId":"0123456789abcdef0123456789abcdef"}]}"#.replace('\\', "");
        assert_eq!(
            Sample::actions("")
                .with("/s/deploymentSettings.json", settings)
                .marked(RULE.id),
            ["Wint3r-Made-Up-1"]
        );
    }

    #[test]
    fn schemas_and_expressions_are_silent() {
        let sample = Sample::actions(
            r#""Parse":{"type":"ParseJson","inputs":{"content":"@body('x')","schema":{"type":"object","properties":{"password":{"type":"string"},"client_secret":{"type":"string"}}}}},"Post":{"type":"Http","inputs":{"uri":"https://x","body":"client_secret=@{variables('s')}&grant_type=client_credentials"}}"#,
        );
        assert_eq!(sample.marked(RULE.id), [""; 0]);
    }
}
