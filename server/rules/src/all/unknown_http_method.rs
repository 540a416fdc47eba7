//! A request with a method that HTTP does not have.

use edits::WorkspaceEdit;
use model::Profile;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An HTTP action or trigger, or a webhook, whose `method` is written out and is none that the service sends: GET, PUT, POST, PATCH, DELETE,
    /// HEAD, OPTIONS and TRACE.
    ///
    /// # Why it matters
    ///
    /// The flow cannot be saved, or the step fails.
    ///
    /// # How to fix
    ///
    /// Write the method that is meant.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "inputs": { "method": "PSOT", "uri": "https://api.contoso.com/orders" }
    /// // right
    /// "inputs": { "method": "POST", "uri": "https://api.contoso.com/orders" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Schema reference guide for trigger and action types", <https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers>
    static RULE = {
        id: "unknown-http-method",
        summary: "a request with a method that HTTP does not have",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

const METHODS: [&str; 8] = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let actions = flow
        .body
        .actions()
        .map(|(id, action)| (action.kind.as_str(), action.node, flow.body.path(id)));
    let triggers = flow.body.triggers.iter();
    let triggers = triggers.map(|trigger| (trigger.kind.as_str(), trigger.node, trigger.name.value.clone()));
    for (kind, node, path) in actions.chain(triggers) {
        let is = |known: &str| kind.eq_ignore_ascii_case(known);
        if !is("Http") && !is("HttpWebhook") {
            continue;
        }
        let Some(inputs) = flow.value(node).and_then(|value| value.get_ignore_case("inputs")) else {
            continue;
        };
        let parts = ["subscribe", "unsubscribe"].map(|part| inputs.get_ignore_case(part));
        let requests = [Some(inputs)].into_iter().chain(parts).flatten();
        for method in requests.filter_map(|request| request.get_ignore_case("method")) {
            if let Some(finding) = judge(flow, method) {
                findings.push(finding.action(Some(path.clone())));
            }
        }
    }
}

fn judge(flow: &FlowContext<'_>, method: Value<'_>) -> Option<Finding> {
    let word = method.as_str()?;
    let is_known = METHODS.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_known || !expr::is_plain(&word) {
        return None;
    }
    let message =
        format!("HTTP has no method `{word}`, so the request is not sent. Write GET, POST, PUT, PATCH or DELETE.");
    let mut finding = Finding::new(&RULE, flow.file, method.content_span(), word.as_ref(), message);
    if let Some(near) = expr::did_you_mean(&word.to_ascii_uppercase(), METHODS) {
        let edit = WorkspaceEdit::replace(flow.file, method.content_span(), near);
        finding = finding.fix(format!("Replace by `{near}`"), false, edit);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn call(method: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"{method}","uri":"https://x.example"}}}}"#
        ))
    }

    #[test]
    fn methods_that_are_none() {
        for (method, fixes) in [("PSOT", 1), ("SUBSCRIBE", 0), ("", 0), ("GETT", 1)] {
            let sample = call(method);
            assert_eq!(sample.marked(RULE.id), [method]);
            assert_eq!(sample.assert_fixes(RULE.id), fixes, "{method}");
        }
        let hook =
            r#""Hook":{"type":"HttpWebhook","inputs":{"subscribe":{"method":"SEND","uri":"https://x.example"}}}"#;
        assert_eq!(Sample::triggers(hook).marked(RULE.id), ["SEND"]);
    }

    #[test]
    fn methods_and_expressions_are_silent() {
        for method in ["GET", "post", "Patch", "@variables('method')", "@{variables('m')}"] {
            assert_eq!(call(method).marked(RULE.id), [""; 0], "{method}");
        }
    }
}
