//! A request that a connector passes through as it is.

use analysis::http::is_tunnel;
use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An operation "Send an HTTP request" or "Invoke an HTTP request" of a connector, such as those of SharePoint,
    /// Outlook, Groups, Teams, or "HTTP with Microsoft Entra ID".
    ///
    /// # Why it matters
    ///
    /// Such an operation does whatever its connection may do, not what a named operation does: data policies that allow
    /// or block single operations cannot tell a read from a deletion, and the permissions behind it are often wide.
    ///
    /// # How to fix
    ///
    /// Use the connector's named operation where there is one. Where there is none, use a custom connector or an app
    /// registration with just the permission that the request needs.
    ///
    /// # Example
    ///
    /// ```json
    /// "operationId": "InvokeHttp", "request/url": "https://graph.microsoft.com/v1.0/users"
    /// ```
    ///
    /// # References
    ///
    /// - [Connector action control](https://learn.microsoft.com/power-platform/admin/connector-action-control)
    static RULE = {
        id: "raw-http-via-connector",
        summary: "a request that a connector passes through as it is",
        category: Category::Exfiltration,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Auditor,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for operation in flow.body.operations.iter().filter(|o| is_tunnel(&o.id.value)) {
        let title = analysis::connectors::title(&operation.connector);
        let path = flow.body.owner_path(operation.owner);
        let message = format!(
            "This request passes through {title} as it is: it may do all that the connection may do, and policies for single operations do not see what it does. Use a named operation where there is one."
        );
        findings.push(
            Finding::new(
                &RULE,
                flow.file,
                operation.id.span,
                path.clone().unwrap_or_default(),
                message,
            )
            .action(path),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    #[test]
    fn marks_the_operation() {
        let call = |id: &str| {
            Sample::actions(&format!(
                r#""Call":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_webcontents","operationId":"{id}"}},"parameters":{{"request/url":"https://graph.microsoft.com/v1.0/users"}}}}}}"#
            ))
            .marked(RULE.id)
        };
        assert_eq!(call("InvokeHttp"), ["InvokeHttp"]);
        assert_eq!(call("GetItems"), [""; 0]);
    }
}
