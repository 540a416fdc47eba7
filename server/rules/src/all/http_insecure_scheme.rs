//! A request that is sent unencrypted.

use analysis::http::{Host, requests};
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
    /// An HTTP action, or an operation of a connector that takes an address, whose address begins with `http://`.
    /// Addresses of the local machine and of examples are no findings.
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

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.text.contains("http://") {
        return;
    }
    let mut told = FxHashSet::default();
    for request in requests(flow.body, flow.tree, flow.text) {
        let Host::Known { scheme, name, .. } = &request.host else {
            continue;
        };
        if scheme != "http" || is_local(name) {
            continue;
        }
        let raw = request.written.raw();
        let Some(at) = raw.find("http://") else { continue };
        let start = request.written.span().start + u32::try_from(at).unwrap_or_default();
        let span = Span::new(start, start + 4);
        // Several requests may begin with one step.
        if !told.insert(span) {
            continue;
        }
        let message = format!(
            "What is sent to `{name}` travels unencrypted: anybody on the way reads and changes it. Use `https://`."
        );
        let edit = WorkspaceEdit::replace(flow.file, span, "https");
        findings.push(
            Finding::new(&RULE, flow.file, span, name.as_str(), message)
                .action(flow.body.owner_path(request.owner))
                .fix("Use https", false, edit),
        );
    }
}

/// Hosts that no network reaches.
fn is_local(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.") || host.ends_with(".localhost")
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
    fn other_addresses_are_silent() {
        for uri in [
            "https://api.contoso.com/?next=http://x.com",
            "http://localhost:7071/api",
            "http://127.0.0.1/x",
            "@{parameters('base')}/http://x",
        ] {
            assert_eq!(request(uri).marked(RULE.id), [""; 0], "{uri}");
        }
    }
}
