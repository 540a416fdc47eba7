//! A password or key written into an HTTP action.

use analysis::credentials::credentials;
use model::Profile;
use model::flow::Owner;
use syntax::Span;

use super::hardcoded_secret::with_extraction;
use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A password, key or token that stands as text in an action or trigger that sends HTTP requests: in
    /// `authentication` (`password`, `secret`, `pfx`, `value`), in a header such as `Authorization`, `api-key` or
    /// `Ocp-Apim-Subscription-Key`, in a query parameter such as `subscription-key`, or before the host of the address
    /// (`https://user:password@…`). Text that an expression only puts together (`@concat('Bearer ', '…')`) counts. Values that an
    /// expression supplies, and placeholders, are not reported. The finding never repeats the value.
    ///
    /// # Why it matters
    ///
    /// What stands in a flow is read by everybody who can read the repository, the exported solution, any environment it
    /// was imported to, or the history of its runs. It cannot be changed without a new version of the solution, and once it
    /// has been committed it stays in the history of the repository.
    ///
    /// # How to fix
    ///
    /// Replace the credential at the service first: it must count as known. Keep the new one in Azure Key Vault, declare an
    /// environment variable of type secret for it, read that in the flow by an action with secured outputs, and switch
    /// secure inputs on for the action that sends it: the fix does all of that but the first. Better still, sign in with a
    /// managed identity or a connection.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// "headers": { "Ocp-Apim-Subscription-Key": "<the key itself>" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "headers": { "Ocp-Apim-Subscription-Key": "@{outputs('Get_key')?['body/EnvironmentVariableSecretValue']}" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use environment variables for Azure Key Vault secrets",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets>
    static RULE = {
        id: "http-credential-literal",
        summary: "a password or key written into an HTTP action",
        category: Category::Secrets,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// A credential that stands as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    /// The text that is the credential.
    pub span: Span,
    /// What holds it, for people: "the header `Authorization`".
    holder: String,
    owner: Owner,
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for literal in literals(flow) {
        let path = flow.body.owner_path(literal.owner);
        let name = match literal.owner {
            Owner::Action(id) => format!("The action `{}`", flow.body.action(id).title()),
            _ => format!(
                "The trigger `{}`",
                path.as_deref().unwrap_or_default().replace('_', " ")
            ),
        };
        let message = format!(
            "{name} holds a credential as plain text in {}, where everybody who can read the repository, the solution or its runs can read it. Replace it at the service, keep the new one in a secret environment variable, and read it from there.",
            literal.holder
        );
        let subject = format!("{} {}", path.as_deref().unwrap_or_default(), literal.holder);
        let finding = Finding::new(&RULE, flow.file, literal.span, subject, message).action(path);
        findings.push(with_extraction(flow, finding, false));
    }
}

/// Every credential that stands as text in an action or trigger that sends requests.
pub(crate) fn literals(flow: &FlowContext<'_>) -> Vec<Literal> {
    let mut found = Vec::new();
    for credential in credentials(flow.body, flow.tree, flow.text) {
        found.extend(credential.written_out().into_iter().map(|span| Literal {
            span,
            holder: credential.holder.clone(),
            owner: credential.owner,
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn http(inputs: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call_partner":{{"type":"Http","inputs":{{"method":"GET","uri":"https://x.example/v1",{inputs}}},"runAfter":{{}}}}"#
        ))
    }

    fn marked(inputs: &str) -> Vec<String> {
        http(inputs).marked(RULE.id)
    }

    #[test]
    fn authentication() {
        let sample = http(r#""authentication":{"type":"Basic","username":"svc","password":"P@ssw0rd"}"#);
        let found = sample.of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "P@ssw0rd"));
        assert_eq!(found[0].finding.action.as_deref(), Some("Call_partner"));
        assert!(!found[0].finding.message.contains("P@ss") && !found[0].finding.subject.contains("P@ss"));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The action `Call partner` holds a credential as plain text in `authentication.password`")
        );
        assert_eq!(
            marked(
                r#""authentication":{"type":"ActiveDirectoryOAuth","secret":"abc","pfx":"","password":"@@Wint3r9"}"#
            ),
            ["abc", "@@Wint3r9"]
        );
        assert_eq!(
            marked(r#""AUTHENTICATION":{"type":"Raw","value":"Bearer abc"}"#),
            ["Bearer abc"]
        );
    }

    #[test]
    fn headers() {
        for (header, credential) in [
            (r#""Authorization":"Basic abc=""#, "abc="),
            (r#""authorization":"abc""#, "abc"),
            (r#""AUTHORIZATION":"Bearer  abc def""#, "abc def"),
            (r#""Ocp-Apim-Subscription-Key":"0123456789abcdef""#, "0123456789abcdef"),
            (
                r#""x-api-key":"6f5a3c1e-1111-4a2b-9c3d-0123456789ab""#,
                "6f5a3c1e-1111-4a2b-9c3d-0123456789ab",
            ),
            (r#""X-Auth-Token":"a\u0062c""#, "a\\u0062c"),
        ] {
            assert_eq!(marked(&format!(r#""headers":{{{header}}}"#)), [credential]);
        }
        let token = format!("eyJ{}.eyJzdWIiOiIxMjM0In0.{}", "hbGciOiJIUzI1NiJ9", "a1".repeat(12));
        assert_eq!(
            marked(&format!(
                r#""headers":{{"Authorization":"Bearer {token}@{{variables('x')}}"}}"#
            )),
            [token]
        );
    }

    #[test]
    fn credentials_move_to_a_key_vault() {
        for inputs in [
            r#""authentication":{"type":"Basic","username":"svc","password":"P@ssw0rd-1"}"#,
            r#""headers":{"Authorization":"Bearer P@ssw0rd-1"}"#,
            r#""headers":{"x-api-key":"P@ssw0rd-1"},"body":"again P@ssw0rd-1, @{concat('x', 'P@ssw0rd-1')}""#,
            r#""headers":{"x-api-key":"@@P@ssw0rd-1"}"#,
            r#""headers":{"x-api-key":"P\u0040ssw0rd-1"}"#,
        ] {
            let sample = http(inputs);
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{inputs}");
            let after = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
            assert!(after.files.values().all(|text| !text.contains("ssw0rd")), "{inputs}");
            assert!(
                after.files[FLOW].contains("RetrieveEnvironmentVariableSecretValue"),
                "{inputs}"
            );
        }
        // Nothing runs before a trigger, and a copy in a note would stay.
        let trigger =
            r#""Poll":{"type":"Http","recurrence":{},"inputs":{"uri":"https://x","headers":{"api-key":"abcdefgh"}}}"#;
        assert_eq!(Sample::triggers(trigger).of(RULE.id)[0].finding.fixes, []);
    }

    #[test]
    fn expressions_and_placeholders_are_silent() {
        for header in [
            r#""Authorization":"Bearer @{variables('x')}""#,
            r#""Authorization":"@{outputs('x')}""#,
            r#""api-key":"@parameters('x')""#,
            r#""api-key":"<your key>""#,
            r#""api-key":"xxxx""#,
            r##""api-key":"#{key}#""##,
            r#""api-key":"{{key}}""#,
            r#""api-key":"""#,
            r#""Authorization":"Bearer ""#,
            r#""Authorization":"Bearer""#,
            r#""Content-Type":"application/json""#,
            r#""api-key":7"#,
            r#""x":"@@{""#,
        ] {
            assert_eq!(marked(&format!(r#""headers":{{{header}}}"#)), [""; 0], "{header}");
        }
        assert_eq!(marked(r#""authentication":"@parameters('$authentication')""#), [""; 0]);
        assert_eq!(
            marked(r#""authentication":{"type":"ManagedServiceIdentity","audience":"https://x"}"#),
            [""; 0]
        );
        assert_eq!(
            marked(r#""authentication":{"type":"Basic","username":"svc","password":"@{variables('p')}"}"#),
            [""; 0]
        );
    }

    #[test]
    fn addresses_and_queries() {
        assert_eq!(
            http(r#""body":1"#)
                .replace(FLOW, "https://x.example", "https://svc:Gr3enTea@x.example")
                .marked(RULE.id),
            ["Gr3enTea"]
        );
        assert_eq!(
            http(r#""body":1"#)
                .replace(FLOW, "https://x.example", "https://svc:@{variables('p')}@x.example")
                .marked(RULE.id),
            [""; 0]
        );
        assert_eq!(
            marked(r#""queries":{"subscription-key":"0123456789abcdef","code":"DE","q":"abc"}"#),
            ["0123456789abcdef"]
        );
    }

    #[test]
    fn webhooks_triggers_and_connectors() {
        let hook = r#""Hook":{"type":"HttpWebhook","inputs":{"subscribe":{"uri":"https://x","headers":{"api-key":"abcdef"}}}}"#;
        assert_eq!(Sample::actions(hook).marked(RULE.id), ["abcdef"]);
        let trigger =
            r#""Poll":{"type":"Http","recurrence":{},"inputs":{"uri":"https://x","headers":{"api-key":"abcdef"}}}"#;
        let found = Sample::triggers(trigger).of(RULE.id);
        assert!(found.len() == 1 && found[0].finding.message.starts_with("The trigger `Poll` holds"));
        let connector = r#""Invoke":{"type":"OpenApiConnection","inputs":{"host":{"operationId":"InvokeHttp"},"parameters":{"request/method":"GET","request/headers":{"Api-Key":"abcdef"},"x-api-key":"ghijkl","item/name":"x"}}}"#;
        assert_eq!(Sample::actions(connector).marked(RULE.id), ["abcdef", "ghijkl"]);
        assert_eq!(
            Sample::actions(&hook.replace("HttpWebhook", "Compose")).marked(RULE.id),
            [""; 0]
        );
    }
}
