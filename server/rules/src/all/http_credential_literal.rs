//! A password or key written into an HTTP action.

use analysis::secrets::{is_placeholder, is_secret_name, scan};
use model::Profile;
use model::flow::Owner;
use syntax::Span;
use syntax::json::Value;

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
    /// (`https://user:password@…`). Values that an expression supplies, and placeholders, are not reported. The finding
    /// never repeats the value.
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

/// Headers whose value is a credential, in lower case.
const HEADERS: [&str; 24] = [
    "authorization",
    "proxy-authorization",
    "api-key",
    "apikey",
    "api_key",
    "x-api-key",
    "x-apikey",
    "x-api-token",
    "x-api-secret",
    "x-auth-token",
    "x-auth-key",
    "x-access-token",
    "x-authorization",
    "x-functions-key",
    "ocp-apim-subscription-key",
    "subscription-key",
    "x-subscription-key",
    "private-token",
    "x-gitlab-token",
    "x-vault-token",
    "x-client-secret",
    "client-secret",
    "client_secret",
    "aeg-sas-key",
];
/// Query parameters whose value is a credential, in lower case.
const QUERIES: [&str; 9] = [
    "api_key",
    "apikey",
    "api-key",
    "subscription-key",
    "access_token",
    "client_secret",
    "password",
    "sig",
    "code",
];
const AUTHENTICATION: [&str; 5] = ["password", "secret", "pfx", "value", "key"];
/// Words that begin a header's value and say how the rest is to be read.
const SCHEMES: [&str; 10] = [
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "key",
    "sharedkey",
    "sharedaccesssignature",
    "digest",
    "negotiate",
];

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
    let actions = flow
        .body
        .actions()
        .map(|(id, action)| (Owner::Action(id), action.kind.as_str(), action.node));
    let triggers = flow.body.triggers.iter().enumerate().map(|(index, trigger)| {
        (
            Owner::Trigger(u32::try_from(index).unwrap_or(u32::MAX)),
            trigger.kind.as_str(),
            trigger.node,
        )
    });
    for (owner, kind, node) in actions.chain(triggers) {
        let is = |wanted: &str| kind.eq_ignore_ascii_case(wanted);
        let mut reader = Reader {
            owner,
            found: &mut found,
        };
        if is("Http") || is("HttpWebhook") || is("Function") || is("ApiManagement") {
            let Some(inputs) = flow.value(node).and_then(|value| value.get_ignore_case("inputs")) else {
                continue;
            };
            reader.request(inputs);
            // Webhooks send two requests.
            for part in ["subscribe", "unsubscribe"] {
                if let Some(request) = inputs.get_ignore_case(part) {
                    reader.request(request);
                }
            }
        } else if is("OpenApiConnection")
            || is("OpenApiConnectionWebhook")
            || is("ApiConnection")
            || is("ApiConnectionWebhook")
        {
            let Some(inputs) = flow.value(node).and_then(|value| value.get_ignore_case("inputs")) else {
                continue;
            };
            reader.connector(inputs);
        }
    }
    found
}

struct Reader<'f> {
    owner: Owner,
    found: &'f mut Vec<Literal>,
}

impl Reader<'_> {
    fn push(&mut self, span: Span, holder: String) {
        self.found.push(Literal {
            span,
            holder,
            owner: self.owner,
        });
    }

    /// What a request of HTTP itself has.
    fn request(&mut self, request: Value<'_>) {
        if let Some(authentication) = request.get_ignore_case("authentication") {
            for member in authentication.members() {
                let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                    continue;
                };
                if AUTHENTICATION.iter().any(|name| key.eq_ignore_ascii_case(name))
                    && let Some(text) = value.as_str()
                    && is_written_out(&text)
                {
                    self.push(value.content_span(), format!("`authentication.{key}`"));
                }
            }
        }
        for (part, what) in [("headers", "the header"), ("queries", "the query parameter")] {
            if let Some(values) = request.get_ignore_case(part) {
                self.named_values(values, what);
            }
        }
        if let Some(address) = request.get_ignore_case("uri")
            && let Some(text) = address.as_str()
            && text.contains("://")
            && text.contains('@')
        {
            for hit in scan(&text).iter().filter(|hit| hit.kind == "a password in a URL") {
                self.push(address.source_span(hit.span), "the address".to_owned());
            }
        }
    }

    /// Parameters of a connector's operation that are headers, together or one by one.
    fn connector(&mut self, inputs: Value<'_>) {
        let Some(parameters) = inputs.get_ignore_case("parameters") else {
            // Older actions write the request's parts themselves.
            for (part, what) in [("headers", "the header"), ("queries", "the query parameter")] {
                if let Some(values) = inputs.get(part) {
                    self.named_values(values, what);
                }
            }
            return;
        };
        for member in parameters.members() {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                continue;
            };
            let last = key.rsplit('/').next().unwrap_or(&key);
            if value.is_object() && last.len() >= 7 && last.to_ascii_lowercase().ends_with("headers") {
                self.named_values(value, "the header");
            } else if value.is_string() && is_one_of(&HEADERS, last) {
                self.header(last, value, "the parameter");
            }
        }
    }

    fn named_values(&mut self, values: Value<'_>, what: &str) {
        for member in values.members() {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                continue;
            };
            if what == "the header" && is_one_of(&HEADERS, key.trim()) {
                self.header(&key, value, what);
            } else if what != "the header"
                && is_one_of(&QUERIES, &key)
                && let Some(text) = value.as_str()
                && is_written_out(&text)
                && (text.len() >= 20 || is_secret_name(&key).is_some() || key.contains("key"))
            {
                self.push(value.content_span(), format!("{what} `{key}`"));
            }
        }
    }

    /// The value of a header: after the word for its scheme, all of it is the credential.
    fn header(&mut self, name: &str, value: Value<'_>, what: &str) {
        let Some(text) = value.as_str() else { return };
        let holder = || format!("{what} `{}`", name.trim());
        if has_expression(&text) {
            // A template may still hold a whole token among its expressions.
            for hit in scan(&text) {
                self.push(value.source_span(hit.span), holder());
            }
            return;
        }
        let trimmed = text.trim_start();
        let mut start = text.len() - trimmed.len();
        if let Some((scheme, rest)) = trimmed.split_once(' ')
            && SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
        {
            start += scheme.len() + 1 + (rest.len() - rest.trim_start().len());
        }
        let credential = text.get(start..).unwrap_or("").trim_end();
        let only_scheme = SCHEMES.iter().any(|known| credential.eq_ignore_ascii_case(known));
        if credential.len() >= 3 && !only_scheme && is_written_out(credential) {
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            self.push(
                value.source_span(Span::new(at(start), at(start + credential.len()))),
                holder(),
            );
        }
    }
}

/// Whether a header's value is a credential.
pub(crate) fn is_credential_header(name: &str) -> bool {
    is_one_of(&HEADERS, name.trim())
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether the service evaluates a part of the text; `@@` stands for a sign of its own.
fn has_expression(text: &str) -> bool {
    !expr::is_plain(text) && (text.contains("@{") || !text.starts_with("@@"))
}

/// Whether a value is a credential as it stands: text, and no stand-in for one.
fn is_written_out(text: &str) -> bool {
    !has_expression(text) && !is_placeholder(text.strip_prefix("@@").unwrap_or(text))
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
