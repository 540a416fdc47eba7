//! A request to a host that the project does not allow.

use analysis::http::{Host, requests};
use edits::Recipe;
use model::Profile;
use rustc_hash::FxHashSet;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An HTTP action, or an operation of a connector that takes an address, whose host is written out and not among the
    /// `allowedHosts` of the configuration. Where the project sets no list, it is an info of the strict profile.
    ///
    /// # Why it matters
    ///
    /// A request can carry whatever the flow has read to any host. A list of the hosts that flows may call makes each new
    /// way out visible in review.
    ///
    /// # How to fix
    ///
    /// Where the host is meant, add it to `allowedHosts` in `flowsentry.jsonc`. Else call another host, or use a connector
    /// for the service.
    ///
    /// # Example
    ///
    /// `flowsentry.jsonc`:
    ///
    /// ```json
    /// { "allowedHosts": ["api.contoso.com"] }
    /// ```
    ///
    /// A flow:
    ///
    /// ```json
    /// // wrong
    /// "uri": "https://api.fabrikam.com/orders"
    /// // right
    /// "uri": "https://api.contoso.com/orders"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: [Connector endpoint filtering](https://learn.microsoft.com/power-platform/admin/connector-endpoint-filtering)
    static RULE = {
        id: "http-host-not-allowed",
        summary: "a request to a host that the project does not allow",
        category: Category::Exfiltration,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let mut told = FxHashSet::default();
    for request in requests(flow.body, flow.tree, flow.text) {
        let Host::Known { name, span, .. } = &request.host else {
            continue;
        };
        // Several requests may begin with one step.
        if !told.insert(*span) {
            continue;
        }
        let allowed = flow.configuration.and_then(|own| own.allows_host(name));
        // A list that cannot be read may name the host.
        if allowed == Some(true) || flow.configuration.is_some_and(|own| own.broken) {
            continue;
        }
        let path = flow.body.owner_path(request.owner).unwrap_or_default();
        let message = if allowed.is_some() {
            format!(
                "This request goes to `{name}`, which is not among the project's `allowedHosts`. Add the host there if it is meant, else call another."
            )
        } else {
            format!(
                "This request goes to `{name}`, and the project does not say which hosts flows may call. List them as `allowedHosts` in `flowsentry.jsonc`."
            )
        };
        let mut finding = Finding::new(&RULE, flow.file, *span, &path, message).action(Some(path.clone()));
        if allowed.is_none() {
            finding = finding.severity(Severity::Info).from_profile(Profile::Strict);
        } else {
            let recipe = Recipe::AllowHost {
                file: flow.file,
                host: name.clone(),
            };
            finding = finding.recipe(format!("Add `{name}` to `allowedHosts`"), recipe);
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn call(uri: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"{uri}"}}}}"#
        ))
    }

    fn with_list(uri: &str) -> Vec<String> {
        let list = r#"{ "allowedHosts": ["api.contoso.com", "*.fabrikam.com"] }"#;
        call(uri).with("/s/flowsentry.jsonc", list).marked(RULE.id)
    }

    #[test]
    fn hosts_outside_the_list() {
        for host in ["evil.example", "contoso.com", "api.contoso.com.evil.example"] {
            assert_eq!(with_list(&format!("https://{host}/x")), [host]);
        }
    }

    #[test]
    fn a_host_that_a_step_holds_is_told_once() {
        let step = |host: &str| {
            Sample::actions(&format!(
                r#""Base":{{"type":"Compose","runAfter":{{}},"inputs":"https://{host}"}},"One":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"@{{outputs('Base')}}/a"}}}},"Two":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"@{{outputs('Base')}}/b"}}}}"#
            ))
            .with("/s/flowsentry.jsonc", r#"{ "allowedHosts": ["api.contoso.com"] }"#)
            .marked(RULE.id)
        };
        assert_eq!(step("evil.example"), ["evil.example"]);
        assert_eq!(step("api.contoso.com"), [""; 0]);
    }

    #[test]
    fn what_a_request_keeps_of_another_step_is_no_address() {
        let sample = Sample::actions(
            r#""Call":{"type":"Http","runAfter":{},"inputs":{"method":"GET","uri":"https://api.contoso.com/x","host":{"apiId":"/providers/Microsoft.PowerApps/apis/shared_office365","operationId":"HttpRequest","connectionName":"gone"},"parameters":{"Uri":"https://evil.example/x"}}}"#,
        )
        .with("/s/flowsentry.jsonc", r#"{ "allowedHosts": ["api.contoso.com"] }"#);
        for rule in [RULE.id, "raw-http-via-connector", "connection-key-undeclared"] {
            assert_eq!(sample.marked(rule), [""; 0], "{rule}");
        }
    }

    #[test]
    fn a_host_that_is_meant_is_added_to_the_list() {
        let sample = call("https://evil.example/x");
        for (list, there) in [
            (
                r#"{ "allowedHosts": ["api.contoso.com"] }"#,
                r#"["api.contoso.com", "evil.example"]"#,
            ),
            (
                "{\r\n  \"allowedHosts\": [\r\n    \"api.contoso.com\", // ours\r\n  ]\r\n}",
                "\"api.contoso.com\",\r\n    \"evil.example\", // ours",
            ),
        ] {
            let sample = sample.clone().with("/s/flowsentry.jsonc", list);
            assert_eq!(sample.assert_fixes(RULE.id), 1);
            let changed = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
            let text = &changed.files["/s/flowsentry.jsonc"];
            assert!(text.contains(there), "{text}");
        }
        let empty = sample.with("/s/flowsentry.jsonc", r#"{ "allowedHosts": [] }"#);
        assert_eq!(empty.of(RULE.id).len(), 1);
    }

    #[test]
    fn hosts_of_the_list_and_hosts_nobody_knows_are_silent() {
        for uri in [
            "https://api.contoso.com/x",
            "https://API.Contoso.com",
            "https://a.fabrikam.com/@{triggerBody()?['id']}",
            "@{variables('base')}/x",
            "@{parameters('Base (con_Base)')}/x",
        ] {
            assert_eq!(with_list(uri), [""; 0], "{uri}");
        }
    }

    #[test]
    fn without_a_list_it_is_an_info_of_the_strict_profile() {
        let sample = call("https://api.contoso.com/x");
        let found = sample.of(RULE.id);
        assert_eq!((found.len(), found[0].finding.severity), (1, Severity::Info));
        assert_eq!(sample.profile(Profile::Recommended).marked(RULE.id), [""; 0]);
    }
}
