//! A request that is sent unencrypted.

use analysis::http::{Host, beginnings, requests};
use edits::WorkspaceEdit;
use model::Profile;
use rustc_hash::FxHashSet;
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An HTTP action or trigger, or an operation of a connector that takes an address, whose address begins with `http://`, or
    /// may do so (`@if(…, 'http://…', …)`); where it comes from a Compose or a variable, it is told there. Addresses of the local machine and of examples are no findings.
    ///
    /// # Why it matters
    ///
    /// Everybody on the way between the service and the server reads what is sent, headers with tokens and keys
    /// included, and can change the answer.
    ///
    /// # How to fix
    ///
    /// Write `https://`. The fix is offered and not applied unseen, because a server may not answer there.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "uri": "http://api.contoso.com/orders"
    /// // right
    /// "uri": "https://api.contoso.com/orders"
    /// ```
    ///
    /// # References
    ///
    /// - OWASP: [Transport Layer Security Cheat Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html)
    static RULE = {
        id: "http-insecure-scheme",
        summary: "a request that is sent unencrypted",
        category: Category::Exfiltration,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

const SCHEME: &str = "http://";

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let mut told = FxHashSet::default();
    for request in requests(flow.body, flow.tree, flow.text) {
        let Some(text) = request.written.as_str() else { continue };
        for (beginning, at, always) in beginnings(&text) {
            let trimmed = beginning.trim_start();
            let Some(rest) = trimmed
                .get(..SCHEME.len())
                .filter(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
                .and_then(|scheme| trimmed.get(scheme.len()..))
            else {
                continue;
            };
            let start = at + u32::try_from(beginning.len() - trimmed.len()).unwrap_or_default();
            let host = match &request.host {
                Host::Known { scheme, name, .. } if scheme == "http" => name.clone(),
                _ => host_in(rest),
            };
            if is_local(&host) {
                continue;
            }
            let span = request.written.source_span(Span::new(start, start + 4));
            // Several requests may begin with one step.
            if !told.insert(span) {
                continue;
            }
            let to = match host.as_str() {
                "" => "by this request".to_owned(),
                name => format!("to `{name}`"),
            };
            let message = format!(
                "What is sent {to} travels unencrypted: anybody on the way reads and changes it. Use `https://`."
            );
            let edit = WorkspaceEdit::replace(flow.file, span, "https");
            let mut finding = Finding::new(&RULE, flow.file, span, host.as_str(), message)
                .action(flow.body.owner_path(request.owner))
                .fix("Use https", false, edit);
            if !always {
                finding = finding.confidence(Confidence::Medium);
            }
            findings.push(finding);
        }
    }
}

/// The host at the beginning of a text, where the text holds all of it.
fn host_in(text: &str) -> String {
    let end = text.find(['/', '?', '#', ':', '\\']);
    end.and_then(|end| text.get(..end))
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// Hosts that no network reaches, and those that are only for examples.
fn is_local(host: &str) -> bool {
    let under = |domain: &str| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    const NOWHERE: [&str; 6] = [
        "localhost",
        "example.com",
        "example.org",
        "example.net",
        "test",
        "invalid",
    ];
    host == "::1" || host == "[" || host.starts_with("127.") || NOWHERE.iter().any(|domain| under(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn request(uri: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"{uri}"}}}}"#
        ))
    }

    #[test]
    fn marks_the_scheme() {
        for uri in [
            "http://api.contoso.com/x",
            "@concat('http://api.contoso.com/', triggerBody()?['id'])",
            "http://@{parameters('account')}.contoso.com/x",
            "http://@{variables('host')}/x",
            "@{'http://api.contoso.com'}/x",
            "@replace('http://api.contoso.com/ID', 'ID', triggerBody()?['id'])",
            "@if(equals(1, 2), 'http://api.contoso.com', 'https://api.contoso.com')",
        ] {
            let sample = request(uri);
            assert_eq!(sample.marked(RULE.id), ["http"], "{uri}");
            assert_eq!(sample.assert_fixes(RULE.id), 1);
        }
    }

    #[test]
    fn marks_the_step_that_holds_the_address_once() {
        let sample = Sample::actions(
            r#""Base":{"type":"Compose","runAfter":{},"inputs":"http://api.contoso.com"},"One":{"type":"Http","runAfter":{},"inputs":{"method":"GET","uri":"@{outputs('Base')}/a"}},"Two":{"type":"Http","runAfter":{},"inputs":{"method":"GET","uri":"@{outputs('Base')}/b"}}"#,
        );
        assert_eq!(sample.marked(RULE.id), ["http"]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn other_spellings_and_places() {
        assert_eq!(request("HTTP://api.contoso.com").marked(RULE.id), ["HTTP"]);
        let trigger = r#""Poll":{"type":"Http","recurrence":{},"inputs":{"uri":"http://api.contoso.com"}},"Hook":{"type":"HttpWebhook","inputs":{"subscribe":{"uri":"http://api.contoso.com"}}}"#;
        assert_eq!(Sample::triggers(trigger).marked(RULE.id), ["http", "http"]);
        let nested = r#""Call":{"type":"OpenApiConnection","inputs":{"host":{"operationId":"InvokeHttp"},"parameters":{"request":{"method":"GET","url":"http://api.contoso.com"}}}}"#;
        assert_eq!(Sample::actions(nested).marked(RULE.id), ["http"]);
    }

    #[test]
    fn other_addresses_are_silent() {
        for uri in [
            "https://api.contoso.com/?next=http://x.com",
            "http://localhost:7071/api",
            "http://127.0.0.1/x",
            "http://www.example.com/x",
            "http://orders.test/x",
            "@concat('https://x.com?next=', 'http://contoso.com')",
            "@{parameters('base')}/http://x",
        ] {
            assert_eq!(request(uri).marked(RULE.id), [""; 0], "{uri}");
        }
    }
}
