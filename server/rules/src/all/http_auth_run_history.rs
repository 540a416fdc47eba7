//! A request whose credentials the run history shows.

use analysis::credentials::is_credential_header;
use analysis::run_history::hidden;
use model::Profile;
use model::flow::Owner;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;

declare_rule! {
    /// # What it finds
    ///
    /// An HTTP action that sends a credential and does not hide its inputs: `authentication` with a password, secret, certificate or
    /// raw value, a header such as `Authorization` or `api-key`, or a body with `client_secret`, `password` or `refresh_token`. Managed identities
    /// send none.
    ///
    /// # Why it matters
    ///
    /// The history of runs keeps what each step was given, for 28 days, for everybody who may see the flow's runs. A key that comes out of
    /// a vault stands there in clear text, with what was sent.
    ///
    /// # How to fix
    ///
    /// Switch "Secure inputs" on for the step. It does the same as before.
    ///
    /// # Example
    ///
    /// Right:
    ///
    /// ```json
    /// "Call": { "type": "Http", "inputs": { "headers": { "api-key": "@{body('Get_key')?['value']}" } },
    ///           "runtimeConfiguration": { "secureData": { "properties": ["inputs"] } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Manage sensitive input like passwords in Power Automate",
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/use-secure-inputs-outputs>
    static RULE = {
        id: "http-auth-run-history",
        summary: "a request sends a credential, and the run history shows it",
        category: Category::Secrets,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for (id, action) in flow.body.actions() {
        if !(action.is("Http") || action.is("HttpWebhook")) {
            continue;
        }
        let Some(step) = step(flow, Owner::Action(id)).filter(|step| !hidden(step.value).inputs) else {
            continue;
        };
        let Some(inputs) = step.value.get_ignore_case("inputs") else {
            continue;
        };
        let parts = ["subscribe", "unsubscribe"].map(|part| inputs.get_ignore_case(part));
        let Some(what) = [Some(inputs)].into_iter().chain(parts).flatten().find_map(credential) else {
            continue;
        };
        let message = format!(
            "{} sends a credential ({what}), and the run history shows it to everybody who may see the flow's runs. Hide its inputs.",
            step.title
        );
        let mut finding =
            Finding::new(&RULE, flow.file, step.name.span, &step.path, message).action(Some(step.path.clone()));
        if let Some(edit) = edits::actions::secure(flow.file, &flow.view(), step.value.id(), &["inputs"]) {
            finding = finding.fix("Hide the inputs in the run history", true, edit);
        }
        findings.push(finding);
    }
}

/// Members of forms that are credentials.
const FIELDS: [&str; 3] = ["client_secret", "password", "refresh_token"];

/// What of a request is a credential, for people.
fn credential(request: Value<'_>) -> Option<String> {
    let says = |value: Value<'_>| value.as_str().is_none_or(|text| !text.trim().is_empty()) && !value.is_null();
    if let Some(authentication) = request.get_ignore_case("authentication").filter(Value::is_object) {
        let kind = authentication.get_ignore_case("type");
        let identity = kind.is_some_and(|kind| {
            let text = kind.as_str().unwrap_or_default();
            text.eq_ignore_ascii_case("ManagedServiceIdentity") || text.eq_ignore_ascii_case("None")
        });
        let parts = ["password", "secret", "pfx", "value"];
        let part = parts
            .into_iter()
            .find(|part| authentication.get_ignore_case(part).is_some_and(says));
        if let Some(part) = part.filter(|_| !identity) {
            return Some(format!("`authentication.{part}`"));
        }
    }
    let headers = request.get_ignore_case("headers");
    for header in headers.into_iter().flat_map(|headers| headers.members()) {
        if let (Some(name), Some(value)) = (header.key.as_str(), header.value)
            && is_credential_header(&name)
            && says(value)
        {
            return Some(format!("the header `{}`", name.trim()));
        }
    }
    let body = request.get_ignore_case("body")?;
    let field = if body.is_object() {
        let mut fields = FIELDS.into_iter();
        fields.find(|field| body.get_ignore_case(field).is_some_and(says))
    } else {
        let text = body.as_str()?;
        let begins = |at: usize| at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let has = |field: &&str| text.match_indices(&format!("{field}=")).any(|(at, _)| begins(at));
        FIELDS.into_iter().find(has)
    }?;
    Some(format!("`{field}` in the body"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn http(inputs: &str, more: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"POST","uri":"https://x.example/a",{inputs}}}{more}}}"#
        ))
    }

    const SENDS: [&str; 6] = [
        r#""authentication":{"type":"Basic","username":"a","password":"@parameters('p')"}"#,
        r#""authentication":{"type":"ActiveDirectoryOAuth","secret":"@body('Get')?['value']"}"#,
        r#""headers":{"authorization":"Bearer @{body('T')?['access_token']}"}"#,
        r#""headers":{"Accept":"*/*","Api-Key":"@{body('K')?['value']}"}"#,
        r#""body":"grant_type=client_credentials&client_secret=@{body('K')?['value']}""#,
        r#""body":{"client_secret":"@{body('K')?['value']}"}"#,
    ];

    #[test]
    fn credentials_that_are_shown() {
        for inputs in SENDS {
            let sample = http(inputs, "");
            assert_eq!(sample.marked(RULE.id), ["Call"], "{inputs}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{inputs}");
        }
    }

    #[test]
    fn hidden_or_none() {
        for inputs in SENDS {
            let hides = r#","runtimeConfiguration":{"secureData":{"properties":["inputs"]}}"#;
            assert_eq!(http(inputs, hides).marked(RULE.id), [""; 0], "{inputs}");
        }
        for inputs in [
            r#""authentication":{"type":"ManagedServiceIdentity","audience":"https://x.example"}"#,
            r#""authentication":"@parameters('$authentication')""#,
            r#""headers":{"Accept":"*/*","Authorization":""}"#,
            r#""body":"new_password_policy=strict""#,
            r#""body":{"passwordless":true}"#,
        ] {
            assert_eq!(http(inputs, "").marked(RULE.id), [""; 0], "{inputs}");
        }
    }
}
