//! A secret in clear text.

use analysis::Certainty;
use analysis::secrets::{SecretHit, scan, scan_json, scan_named};
use edits::Recipe;
use edits::extract::Secret;
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
    /// - a shape that means nothing else: JSON web tokens, private keys, keys and signatures of Azure services, passwords and
    ///   keys in connection strings, URLs, forms, scripts and JSON within a text, client secrets of Microsoft Entra ID, and the
    ///   tokens of GitHub, GitLab, Azure DevOps, Atlassian, Slack, AWS, Google, Stripe, SendGrid, Twilio, npm, PyPI, Databricks,
    ///   services of language models and some thirty others;
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
    /// environment variable of type secret, and read it in the flow by an action with secured outputs. The fix does that for
    /// actions: it adds the variable, the action that reads it and what both need, and leaves the secret in no file. In
    /// deployment settings, write a token that the pipeline fills in.
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
        fix: FixKind::Offered,
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
        let found = finding(&flow.file_context, wanted, hit, &place).action(path);
        findings.push(with_extraction(flow, found, hit.is_address()));
    }
}

/// The finding with the fix that puts its secret into a key vault, where the flow lets it go.
pub(crate) fn with_extraction(flow: &FlowContext<'_>, finding: Finding, is_address: bool) -> Finding {
    let secret = Secret {
        span: finding.span,
        is_address,
    };
    if !secret.can_leave(&flow.view(), flow.order()) {
        return finding;
    }
    let recipe = Recipe::ExtractSecret {
        file: flow.file,
        secret,
    };
    finding.recipe("Extract to a secret environment variable (Azure Key Vault)", recipe)
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

    fn in_lines(connections: &str, actions: &str) -> Sample {
        Sample::new(
            &format!(
                "\r\n  \"connectionReferences\": {connections},\r\n  \"definition\": {{\r\n    \"parameters\": {{\r\n      \"$authentication\": {{\r\n        \"defaultValue\": {{}},\r\n        \"type\": \"SecureObject\"\r\n      }}\r\n    }},\r\n    \"triggers\": {{\r\n      \"manual\": {{\r\n        \"type\": \"Request\",\r\n        \"kind\": \"Button\",\r\n        \"inputs\": {{}}\r\n      }}\r\n    }},\r\n    \"actions\": {{\r\n{actions}\r\n    }}\r\n  }}\r\n"
            ),
            &[("con_Mail", "shared_office365")],
        )
        .with(
            "/s/settings.json",
            "{\n  \"ConnectionReferences\": [\n    { \"LogicalName\": \"con_Mail\" }\n  ]\n}",
        )
    }

    #[test]
    fn a_secret_moves_to_a_key_vault_with_all_it_takes() {
        let sample = in_lines(
            "{}",
            &format!(
                "      \"Ask\": {{\r\n        \"type\": \"Http\",\r\n        \"inputs\": {{\r\n          \"method\": \"POST\",\r\n          \"uri\": \"https://x.example\",\r\n          \"body\": {{\r\n            \"token\": \"{}\"\r\n          }}\r\n        }},\r\n        \"runAfter\": {{}}\r\n      }}",
                token()
            ),
        )
        .with("/s/prod.json", r#"{"EnvironmentVariables":[],"ConnectionReferences":[]}"#);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let after = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files.values().all(|text| !text.contains(&token())));
        let flow = &after.files[FLOW];
        let reading = "      \"Get_Token_secret\": {\r\n        \"type\": \"OpenApiConnection\",\r\n        \"inputs\": {\r\n          \"host\": {\r\n            \"connectionName\": \"shared_commondataserviceforapps\",\r\n            \"operationId\": \"PerformUnboundAction\",\r\n            \"apiId\": \"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps\"\r\n          },\r\n          \"parameters\": {\r\n            \"actionName\": \"RetrieveEnvironmentVariableSecretValue\",\r\n            \"item/EnvironmentVariableName\": \"con_TokenSecret\"\r\n          },\r\n          \"authentication\": \"@parameters('$authentication')\"\r\n        },\r\n        \"runtimeConfiguration\": {\r\n          \"secureData\": {\r\n            \"properties\": [\r\n              \"outputs\"\r\n            ]\r\n          }\r\n        },\r\n        \"runAfter\": {}\r\n      },\r\n      \"Ask\": {";
        assert!(flow.contains(reading), "{flow}");
        assert!(flow.contains("\"token\": \"@outputs('Get_Token_secret')?['body/EnvironmentVariableSecretValue']\""));
        assert!(flow.contains("\"runAfter\": {\r\n          \"Get_Token_secret\": [\r\n            \"Succeeded\"\r\n          ]\r\n        },\r\n        \"runtimeConfiguration\": {"), "{flow}");
        assert!(flow.contains("\"con_MicrosoftDataverse\"\r\n"), "{flow}");
        assert!(!flow.replace("\r\n", "").contains('\n'));
        let definition =
            &after.files["/s/environmentvariabledefinitions/con_TokenSecret/environmentvariabledefinition.xml"];
        assert!(definition.contains("<type>100000005</type>") && !definition.contains("<defaultvalue>"));
        let settings = &after.files["/s/settings.json"];
        assert!(settings.contains("\"EnvironmentVariables\": [\n    {\n      \"SchemaName\": \"con_TokenSecret\",\n      \"Value\": \"#{environmentvariable.con_TokenSecret}#\""), "{settings}");
        assert!(
            settings.contains("#{connectionreference.con_MicrosoftDataverse}#"),
            "{settings}"
        );
        let other = &after.files["/s/prod.json"];
        assert!(
            other.contains("con_MicrosoftDataverse") && other.contains("con_TokenSecret"),
            "{other}"
        );
        assert!(
            after.files[crate::testing::CUSTOMIZATIONS]
                .contains("connectionreferencelogicalname=\"con_MicrosoftDataverse\"")
        );
    }

    #[test]
    fn the_secret_is_read_outside_of_loops_and_before_every_use() {
        let ask = |name: &str, after: &str| {
            format!(
                r#""{name}":{{"type":"Http","runAfter":{{{after}}},"inputs":{{"method":"GET","uri":"https://x.example?t={}"}},"runtimeConfiguration":{{"secureData":{{"properties":["outputs"]}}}}}}"#,
                token()
            )
        };
        let key = r#"{"d":{"runtimeSource":"embedded","connection":{"connectionReferenceLogicalName":"con_dv"},"api":{"name":"shared_commondataserviceforapps"}}}"#;
        let sample = in_lines(
            key,
            &format!(
                r#""A":{{"type":"Compose","inputs":"x","runAfter":{{}}}},"Each":{{"type":"Foreach","foreach":"@createArray(1)","runAfter":{{"A":["Succeeded"]}},"actions":{{{}}}}},{}"#,
                ask("In", ""),
                ask("Beside", "")
            ),
        );
        let sample = Sample::new(
            sample.files[FLOW]
                .split_once(r#""properties":{"#)
                .unwrap()
                .1
                .rsplit_once("},\"schemaVersion\"")
                .unwrap()
                .0,
            &[("con_dv", "shared_commondataserviceforapps")],
        );
        assert_eq!(sample.of(RULE.id).len(), 2);
        assert_eq!(sample.assert_fixes(RULE.id), 2);
        let after = sample.apply(&sample.of(RULE.id)[1].finding.fixes[0]);
        let flow = &after.files[FLOW];
        assert!(
            !flow.contains(&token()) && flow.contains(r#""connectionName":"d""#),
            "{flow}"
        );
        // Two branches use it, so both wait; the first of the loop does not wait inside of it.
        assert_eq!(flow.matches("\"Succeeded\"").count(), 3, "{flow}");
        assert_eq!(flow.matches(r#"["outputs","inputs"]"#).count(), 2, "{flow}");
        assert_eq!(after.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn where_it_cannot_be_done_well_nothing_is_offered() {
        let fixes =
            |sample: Sample| -> usize { sample.of(RULE.id).iter().map(|found| found.finding.fixes.len()).sum() };
        let (shown, noted) = (
            format!(
                r#""Set":{{"type":"SetVariable","inputs":{{"name":"x","value":"{}"}}}}"#,
                token()
            ),
            format!(r#""Note":{{"type":"Compose","description":"{}","inputs":1}}"#, token()),
        );
        assert_eq!(fixes(Sample::actions(&shown)), 0);
        assert_eq!(fixes(Sample::actions(&noted)), 0);
        // The note would keep it: the fix is offered for the use and then refused.
        let both = format!(
            "{noted},{}",
            shown.replace("SetVariable", "Compose").replace(r#""value""#, r#""v""#)
        );
        let sample = Sample::actions(&both);
        assert_eq!(fixes(sample.clone()), 1);
        let project = sample.project();
        let file = project.workspace().id(FLOW).unwrap();
        let offered = project
            .findings(file)
            .into_iter()
            .find_map(|finding| finding.fixes.first())
            .unwrap();
        let refused = offered.edit(project.workspace(), &|_| sample.files.get(FLOW).cloned());
        assert!(refused.is_err_and(|reason| reason.0.contains("without a person")));
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
