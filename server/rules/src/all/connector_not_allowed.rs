//! A connector that the project, or a data policy, does not allow.

use analysis::connectors;
use analysis::policies::{Placed, Policies};
use model::flow::{FlowSummary, HTTP, Owner};
use model::policies::ConnectorGroup;
use model::{FileId, Profile, Spanned};
use syntax::Span;

use crate::context::{FlowContext, SolutionContext};
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow with a connector, or an HTTP action, that is not among the `allowedConnectors` of the configuration, that a data policy
    /// of `dataPolicies` blocks, or that a policy keeps apart from another connector of the flow: one is business, the other is not. Where
    /// the project sets `allowedHosts`, HTTP actions are judged by them and not here. Without a list and without policies nothing is reported.
    ///
    /// # Why it matters
    ///
    /// Where the policy counts, the flow cannot be switched on, or is suspended some time later, and takes with it what depends on it. And
    /// each connector is one more place that data can go to.
    ///
    /// # How to fix
    ///
    /// Use a connector that is allowed. Where it is meant, let who keeps the policy allow it, and add it to `allowedConnectors`;
    /// connectors that a policy keeps apart belong into different flows.
    ///
    /// # Example
    ///
    /// `flowsentry.jsonc`:
    ///
    /// ```jsonc
    /// {
    ///   "allowedConnectors": ["shared_commondataserviceforapps", "shared_office365", "http"],
    ///   "dataPolicies": ["policies.json"]
    /// }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Data policies", <https://learn.microsoft.com/power-platform/admin/wp-data-loss-prevention>
    static RULE = {
        id: "connector-not-allowed",
        summary: "a connector that the project or a data policy does not allow",
        category: Category::Exfiltration,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check), Check::Solution(check_policies)],
    };
}

/// By the project's own list, which counts for flows of packages too.
fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(configuration) = flow.configuration.filter(|own| own.allowed_connectors.is_some()) else {
        return;
    };
    let report = |connector: &str, span: Span, path: Option<String>| {
        let message = format!(
            "{} is not among the project's `allowedConnectors`. Use one that is, or add it there if it is meant.",
            connectors::title(connector)
        );
        Finding::new(&RULE, flow.file, span, connector, message).action(path)
    };
    for (connector, span) in keys(flow.summary) {
        if configuration.allows_connector(connector) == Some(false) {
            findings.push(report(connector, span, None));
        }
    }
    // A project that lists hosts says by them where its requests may go.
    let allows_http = configuration.allowed_hosts.is_some()
        || ["http", HTTP]
            .iter()
            .any(|name| configuration.allows_connector(name) == Some(true));
    if allows_http {
        return;
    }
    for (id, action) in flow.body.actions() {
        if action.is("Http") || action.is("HttpWebhook") {
            findings.push(report(HTTP, action.name.span, flow.body.owner_path(Owner::Action(id))));
        }
    }
}

/// Connectors of a flow with their places, each once.
fn keys(flow: &FlowSummary) -> Vec<(&str, Span)> {
    let mut all: Vec<(&str, Span)> = Vec::new();
    for key in &flow.connections {
        let Some(Spanned { value, span }) = &key.connector else {
            continue;
        };
        if !value.is_empty() && !all.iter().any(|(own, _)| own.eq_ignore_ascii_case(value)) {
            all.push((value, *span));
        }
    }
    all
}

/// By the data policies, which are in files of their own.
fn check_policies(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (file, flow) in context.flows() {
        let policies = Policies::of(workspace, &workspace.file(file).path);
        if policies.is_empty() {
            continue;
        }
        let mut used = keys(flow);
        if flow.operations.iter().any(|operation| &*operation.connector == HTTP) {
            used.push((HTTP, START));
        }
        let mut open = Vec::new();
        for (connector, span) in used {
            match policies
                .group(connector)
                .filter(|placed| placed.group == ConnectorGroup::Blocked)
            {
                Some(placed) => findings.push(blocked(file, connector, span, &placed)),
                None => open.push((connector, span)),
            }
        }
        findings.found.extend(mixed(file, &policies, &open));
    }
}

fn blocked(file: FileId, connector: &str, span: Span, placed: &Placed<'_>) -> Finding {
    let how = if placed.by_default {
        "which lists it nowhere and blocks such connectors"
    } else {
        "which blocks it"
    };
    let message = format!(
        "{} is not allowed by the data policy `{}`, {how}: the flow cannot be switched on where it counts. Use another connector.",
        connectors::title(connector),
        placed.policy.name.value
    );
    Finding::new(&RULE, file, span, connector, message).related(placed.file, placed.span, "the policy")
}

/// The first two connectors of a flow that a policy keeps apart.
fn mixed(file: FileId, policies: &Policies<'_>, used: &[(&str, Span)]) -> Option<Finding> {
    let pairs = used
        .iter()
        .enumerate()
        .flat_map(|(at, first)| used[at + 1..].iter().map(move |second| (first, second)));
    for ((one, place), (other, second)) in pairs {
        let Some((placed, apart)) = policies.separating(one, other) else {
            continue;
        };
        let message = format!(
            "The data policy `{}` keeps {} ({}) and {} ({}) apart, and this flow uses both: it cannot be switched on where the policy counts. Split it.",
            placed.policy.name.value,
            connectors::title(one),
            placed.group.name(),
            connectors::title(other),
            apart.group.name()
        );
        let finding = Finding::new(&RULE, file, *second, format!("{one} {other}"), message)
            .related(file, *place, "the other connector")
            .related(apart.file, apart.span, "the policy");
        return Some(finding);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn flow(connectors: &[&str], configuration: &str) -> Sample {
        let keys: Vec<String> = connectors
            .iter()
            .map(|name| {
                format!(r#""k_{name}":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"con_{name}"}},"api":{{"name":"{name}"}}}}"#)
            })
            .collect();
        Sample::new(
            &format!(
                r#""connectionReferences":{{{}}},"definition":{{"triggers":{{}},"actions":{{"S":{{"type":"Scope","actions":{{"Call":{{"type":"Http","inputs":{{"uri":"https://a.b"}}}}}}}}}}}}"#,
                keys.join(",")
            ),
            &[],
        )
        .with("/s/flowsentry.jsonc", configuration)
    }

    const TWO: [&str; 2] = ["shared_sql", "shared_twitter"];

    #[test]
    fn the_projects_list() {
        let found = flow(&TWO, r#"{ "allowedConnectors": ["shared_SQL"] }"#).marked(RULE.id);
        assert_eq!(found, ["shared_twitter", "Call"]);
        assert_eq!(
            flow(&TWO, r#"{ "allowedConnectors": ["sql", "shared_t*", "http"] }"#).marked(RULE.id),
            [""; 0]
        );
        assert_eq!(flow(&TWO, r#"{ "allowedConnectors": [] }"#).marked(RULE.id).len(), 3);
        assert_eq!(flow(&TWO, "{}").marked(RULE.id), [""; 0]);
        let hosts = flow(
            &TWO,
            r#"{ "allowedConnectors": ["sql", "twitter"], "allowedHosts": ["a.b"] }"#,
        );
        assert_eq!(hosts.marked(RULE.id), [""; 0]);
    }

    fn policy(groups: &str) -> String {
        format!(
            r#"{{"displayName":"Contoso","defaultConnectorsClassification":"General","connectorGroups":[{groups}]}}"#
        )
    }

    fn group(kind: &str, id: &str) -> String {
        format!(r#"{{"classification":"{kind}","connectors":[{{"id":"{id}","name":"x"}}]}}"#)
    }

    #[test]
    fn policies_block() {
        let with = |groups: &str| flow(&TWO, r#"{ "dataPolicies": ["dlp.json"] }"#).with("/s/dlp.json", policy(groups));
        let found = with(&group("Blocked", "/providers/Microsoft.PowerApps/apis/shared_twitter")).of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "shared_twitter"));
        assert_eq!(found[0].finding.related.len(), 1);
        let http = with(&group("Blocked", "Http")).of(RULE.id);
        assert_eq!(http.len(), 1);
        assert!(
            http[0]
                .finding
                .message
                .starts_with("HTTP (built-in action) is not allowed")
        );
        assert_eq!(with(&group("Blocked", "shared_dropbox")).marked(RULE.id), [""; 0]);
        let closed = with("").replace("/s/dlp.json", "General", "Blocked");
        assert_eq!(closed.marked(RULE.id).len(), 3);
        assert!(closed.of(RULE.id)[0].finding.message.contains("lists it nowhere"));
    }

    #[test]
    fn policies_keep_apart() {
        let with = |groups: &str| flow(&TWO, r#"{ "dataPolicies": ["dlp.json"] }"#).with("/s/dlp.json", policy(groups));
        let found = with(&group("Confidential", "shared_sql")).of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "shared_twitter"));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The data policy `Contoso` keeps SQL Server (business) and")
        );
        assert_eq!(with("").marked(RULE.id), [""; 0]);
        let own =
            r#"{ "dataPolicies": [{ "name": "Own", "nonBusiness": ["shared_twitter"], "default": "business" }] }"#;
        assert_eq!(flow(&TWO, own).marked(RULE.id), ["shared_twitter"]);
    }

    #[test]
    fn files_that_are_no_policies_say_nothing_here() {
        let broken =
            flow(&TWO, r#"{ "dataPolicies": ["dlp.json", "gone.json"] }"#).with("/s/dlp.json", "{\"connectorGroups\":");
        assert_eq!(broken.marked(RULE.id), [""; 0]);
    }
}
