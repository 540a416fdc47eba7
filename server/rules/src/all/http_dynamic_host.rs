//! A request whose host is worked out when the flow runs.

use analysis::http::{Host, requests};
use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An HTTP action, or an operation of a connector that takes an address, whose host comes from an expression. Where
    /// what started the flow has a say in it, it is a warning; where it comes from another step it is an info of the
    /// strict profile. Environment variables and parameters are no findings: whoever deploys the flow decides them. Nor
    /// are links to the next page of an answer, nor an address that a Compose holds as text, or a variable that no step changes.
    ///
    /// # Why it matters
    ///
    /// Whoever decides the host decides where the request goes, with its headers, its token and its data, and what the
    /// flow believes to be the answer. With a host from the trigger, a caller can have the flow call addresses that only
    /// the flow can reach.
    ///
    /// # How to fix
    ///
    /// Write the host out, or take it from an environment variable, and put only the path together from data. Where
    /// several hosts are possible, choose among them with a Switch.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "uri": "@{triggerBody()?['callback']}/orders"
    /// // right
    /// "uri": "@{parameters('Orders API (con_OrdersApi)')}/orders/@{encodeUriComponent(triggerBody()?['id'])}"
    /// ```
    ///
    /// # References
    ///
    /// - OWASP: [Server Side Request Forgery Prevention Cheat Sheet](https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html)
    static RULE = {
        id: "http-dynamic-host",
        summary: "a request whose host is worked out when the flow runs",
        category: Category::Exfiltration,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for request in requests(flow.body, flow.tree, flow.text) {
        let Host::Computed { by_trigger, next_page } = request.host else {
            continue;
        };
        // The operation of SharePoint names its site in another field and takes paths only.
        if next_page || request.connector == "shared_sharepointonline" {
            continue;
        }
        let path = flow.body.owner_path(request.owner).unwrap_or_default();
        let who = if by_trigger {
            "What starts the flow decides"
        } else {
            "An earlier step decides"
        };
        let message = format!(
            "{who} which host this request goes to, with its headers and data. Write the host out or take it from an environment variable."
        );
        let mut finding =
            Finding::new(&RULE, flow.file, request.address.content_span(), &path, message).action(Some(path.clone()));
        if !by_trigger {
            finding = finding.severity(Severity::Info).from_profile(Profile::Strict);
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn severities(uri: &str) -> Vec<Severity> {
        let sample = Sample::actions(&format!(
            r#""Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"{uri}"}}}}"#
        ));
        let found = sample.of(RULE.id);
        found.iter().map(|found| found.finding.severity).collect()
    }

    #[test]
    fn hosts_from_data() {
        for uri in [
            "@triggerBody()?['url']",
            "https://@{triggerBody()?['host']}/x",
            "@concat('https://', triggerBody()?['host'])",
        ] {
            assert_eq!(severities(uri), [Severity::Warning], "{uri}");
        }
        assert_eq!(severities("@{variables('base')}/x"), [Severity::Info]);
    }

    #[test]
    fn hosts_that_somebody_set_are_silent() {
        for uri in [
            "https://contoso.com/@{triggerBody()?['id']}",
            "@{parameters('Base (con_Base)')}/@{triggerBody()?['id']}",
            "https://@{variables('account')}.blob.core.windows.net/x",
            "@body('List')?['@odata.nextLink']",
        ] {
            assert_eq!(severities(uri), [], "{uri}");
        }
    }

    #[test]
    fn a_step_or_variable_that_holds_a_written_address_decides_nothing() {
        let with = |uri: &str, more: &str| {
            let sample = Sample::actions(&format!(
                r#""Base":{{"type":"Compose","runAfter":{{}},"inputs":"https://api.contoso.com"}},"Host":{{"type":"Compose","runAfter":{{}},"inputs":"contoso.com"}},"Again":{{"type":"Compose","runAfter":{{}},"inputs":"@{{outputs('base')}}/v1"}},"Given":{{"type":"Compose","runAfter":{{}},"inputs":"@triggerBody()?['url']"}},"Init":{{"type":"InitializeVariable","runAfter":{{}},"inputs":{{"variables":[{{"name":"root","type":"string","value":"https://api.contoso.com"}}]}}}}{more},"Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"{uri}"}}}}"#
            ));
            sample.of(RULE.id).len()
        };
        for uri in [
            "@{outputs('Base')}/orders/@{triggerBody()?['id']}",
            "@concat(outputs('Base'), '/orders')",
            "https://@{outputs('Host')}/x",
            "@{outputs('Again')}/x",
            "@{variables('Root')}/x",
        ] {
            assert_eq!(with(uri, ""), 0, "{uri}");
        }
        let set = r#","Set":{"type":"SetVariable","runAfter":{},"inputs":{"name":"root","value":"@body('Get')"}}"#;
        assert_eq!(with("@{variables('Root')}/x", set), 1);
        assert_eq!(with("@outputs('Given')", ""), 1);
        assert_eq!(with("@outputs('Base')?['x']", ""), 1);
    }
}
