//! A link to a file that works for everybody, or lets everybody edit.

use analysis::http::requests;
use edits::WorkspaceEdit;
use model::Profile;
use model::flow::Owner;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An operation that makes a sharing link for a file (SharePoint, OneDrive, Dropbox and others) with a scope of
    /// anonymous, or with the right to edit for the whole organisation; a request of Microsoft Graph or SharePoint that asks for
    /// such a link; and access to a file or item that is given to "Everyone".
    ///
    /// # Why it matters
    ///
    /// An anonymous link opens the file for everybody who has it, without a sign-in and without a trace of who it was. It
    /// travels with every forwarded mail.
    ///
    /// # How to fix
    ///
    /// Make a link for the organisation that only shows, or give access to the people who need it.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "permission/type": "view", "permission/scope": "anonymous"
    /// // right
    /// "permission/type": "view", "permission/scope": "organization"
    /// ```
    ///
    /// # References
    ///
    /// - [Microsoft SharePoint connector: create sharing link for a file or folder](https://learn.microsoft.com/connectors/sharepointonline/)
    static RULE = {
        id: "anonymous-sharing-link",
        summary: "a link to a file that works for everybody, or lets everybody edit",
        category: Category::Exfiltration,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for operation in &flow.body.operations {
        let id = operation.id.value.to_ascii_lowercase();
        let Some(parameters) = operation.parameters.and_then(|node| flow.value(node)) else {
            continue;
        };
        if ["sharinglink", "sharelink", "createlink"]
            .iter()
            .any(|part| id.contains(part))
        {
            report(
                flow,
                operation.owner,
                field(parameters, "scope"),
                field(parameters, "type"),
                findings,
            );
        } else if id.contains("grantaccess") {
            grant(flow, operation.owner, parameters, findings);
        }
    }
    check_requests(flow, findings);
}

/// A link of this scope and kind, each with its word in lower case.
fn report<'a>(
    flow: &FlowContext<'a>,
    owner: Owner,
    scope: Option<(Value<'a>, String)>,
    kind: Option<(Value<'a>, String)>,
    findings: &mut Findings,
) {
    let path = flow.body.owner_path(owner);
    let subject = path.clone().unwrap_or_default();
    let word = |field: &Option<(Value<'a>, String)>| field.as_ref().map(|(_, word)| word.clone());
    let (scope_word, kind_word) = (word(&scope), word(&kind));
    if let (Some((scope, _)), Some("anonymous" | "anyone")) = (scope, scope_word.as_deref()) {
        let edit = WorkspaceEdit::replace(flow.file, scope.content_span(), "organization");
        findings.push(
            Finding::new(&RULE, flow.file, scope.content_span(), subject, ANONYMOUS)
                .action(path)
                .fix("Make a link for the organisation", false, edit),
        );
    } else if let (Some((kind, _)), Some("edit")) = (kind, kind_word.as_deref())
        && scope_word.is_none_or(|word| word == "organization")
    {
        let edit = WorkspaceEdit::replace(flow.file, kind.content_span(), "view");
        findings.push(
            Finding::new(&RULE, flow.file, kind.content_span(), subject, EDIT)
                .severity(Severity::Warning)
                .confidence(Confidence::Medium)
                .action(path)
                .fix("Make a link that only shows", false, edit),
        );
    }
}

const ANONYMOUS: &str = "This link opens the file for everybody who has it, without a sign-in. Make a link for the organisation, or give access to the people who need it.";
const EDIT: &str = "This link lets everybody of the organisation who has it change the file. Make a link that only shows, or give access to the people who need it.";

/// Access for everybody, by the names and the claims of the groups that stand for them.
fn grant(flow: &FlowContext<'_>, owner: Owner, parameters: Value<'_>, findings: &mut Findings) {
    let Some((recipients, word)) = field(parameters, "recipients") else {
        return;
    };
    let insiders = word.contains("everyone except external users") || word.contains("spo-grid-all-users");
    let all = word.split([';', ',']).any(|one| one.trim() == "everyone") || word.contains("c:0(.s|true");
    if !insiders && !all {
        return;
    }
    let (who, severity) = match all {
        true => ("everybody, guests included", Severity::Error),
        false => ("everybody of the organisation", Severity::Warning),
    };
    let path = flow.body.owner_path(owner);
    let message = format!("This gives {who} access to the file or item. Give access to the people who need it.");
    let subject = path.clone().unwrap_or_default();
    findings.push(
        Finding::new(&RULE, flow.file, recipients.content_span(), subject, message)
            .severity(severity)
            .action(path),
    );
}

/// Links that are asked for by a request of Microsoft Graph or of SharePoint.
fn check_requests(flow: &FlowContext<'_>, findings: &mut Findings) {
    for request in requests(flow.body, flow.tree, flow.text) {
        let address = request.address.as_str().unwrap_or_default().to_ascii_lowercase();
        let path = address.split('?').next().unwrap_or_default().trim_end_matches('/');
        if path.ends_with("createanonymouslink") {
            let path = flow.body.owner_path(request.owner);
            let subject = path.clone().unwrap_or_default();
            let finding = Finding::new(&RULE, flow.file, request.address.content_span(), subject, ANONYMOUS);
            findings.push(finding.action(path));
        } else if path.ends_with("/createlink")
            && let Some(body) = body_of(flow, request.owner)
        {
            if body.is_object() {
                report(flow, request.owner, field(body, "scope"), field(body, "type"), findings);
            } else {
                in_text(flow, request.owner, body, findings);
            }
        }
    }
}

fn body_of<'a>(flow: &FlowContext<'a>, owner: Owner) -> Option<Value<'a>> {
    if let Some(operation) = flow.body.operations.iter().find(|operation| operation.owner == owner) {
        let parameters = flow.value(operation.parameters?)?;
        let mut members = parameters.members();
        let is_body = |name: &str| {
            name.rsplit('/')
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case("body"))
        };
        return members
            .find(|member| member.key.as_str().is_some_and(|name| is_body(&name)))?
            .value;
    }
    let Owner::Action(id) = owner else { return None };
    let inputs = flow.value(flow.body.action(id).node)?.get_ignore_case("inputs")?;
    inputs.get_ignore_case("body")
}

/// A body that is written as text, as those of connectors are.
fn in_text(flow: &FlowContext<'_>, owner: Owner, body: Value<'_>, findings: &mut Findings) {
    let Some(text) = body.as_str() else { return };
    let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let flat = flat.to_ascii_lowercase();
    let says = |name: &str, word: &str| flat.contains(&format!("\"{name}\":\"{word}\""));
    let path = flow.body.owner_path(owner);
    let subject = path.clone().unwrap_or_default();
    let finding = |message| Finding::new(&RULE, flow.file, body.content_span(), subject, message).action(path);
    if says("scope", "anonymous") {
        findings.push(finding(ANONYMOUS));
    } else if says("type", "edit") && (says("scope", "organization") || !flat.contains("\"scope\"")) {
        let finding = finding(EDIT).severity(Severity::Warning);
        findings.push(finding.confidence(Confidence::Medium));
    }
}

/// A parameter by the last part of its name (`permission/scope`), or a member of one (`permission`), with its word in lower case.
fn field<'a>(parameters: Value<'a>, name: &str) -> Option<(Value<'a>, String)> {
    let own = |object: Value<'a>| {
        let mut members = object.members();
        let is_it = |key: &str| {
            key.rsplit('/')
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case(name))
        };
        members.find(|member| member.key.as_str().is_some_and(|key| is_it(&key)))
    };
    let inner = || parameters.members().filter_map(|member| own(member.value?)).next();
    let value = own(parameters).or_else(inner)?.value?;
    Some((value, value.as_str()?.trim().to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn link(parameters: &str) -> Sample {
        Sample::actions(&format!(
            r#""Share":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_sharepointonline","operationId":"CreateSharingLink"}},"parameters":{{{parameters}}}}}}}"#
        ))
    }

    #[test]
    fn links_for_everybody() {
        let sample = link(r#""permission/type":"edit","permission/scope":"anonymous""#);
        assert_eq!(sample.marked(RULE.id), ["anonymous"]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let sample = link(r#""permission/type":"edit","permission/scope":"organization""#);
        assert_eq!(sample.marked(RULE.id), ["edit"]);
        assert_eq!(sample.of(RULE.id)[0].finding.severity, Severity::Warning);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn other_forms() {
        assert_eq!(
            link(r#""permission":{"type":"view","scope":"Anonymous"}"#).marked(RULE.id),
            ["Anonymous"]
        );
        let graph = |uri: &str, body: &str| {
            Sample::actions(&format!(
                r#""Share":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"POST","uri":"https://graph.microsoft.com/v1.0/drives/a/items/b/{uri}","body":{body}}}}}"#
            ))
        };
        let sample = graph("createLink", r#"{"type":"view","scope":"anonymous"}"#);
        assert_eq!(sample.marked(RULE.id), ["anonymous"]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let text = r#""{\"type\": \"edit\", \"scope\": \"organization\"}""#;
        assert_eq!(
            graph("createLink?x=1", text).of(RULE.id)[0].finding.severity,
            Severity::Warning
        );
        for (uri, body) in [
            ("createLink", r#"{"type":"edit","scope":"users"}"#),
            ("createLink", r#""@variables('body')""#),
            ("invite", r#"{"scope":"anonymous"}"#),
        ] {
            assert_eq!(graph(uri, body).marked(RULE.id), [""; 0], "{uri} {body}");
        }
    }

    #[test]
    fn access_for_everybody() {
        let grant = |recipients: &str| {
            let sample = link(&format!(r#""parameter/recipients":"{recipients}""#));
            let sample = sample.replace(crate::testing::FLOW, "CreateSharingLink", "GrantAccess");
            sample
                .of(RULE.id)
                .iter()
                .map(|found| found.finding.severity)
                .collect::<Vec<_>>()
        };
        assert_eq!(grant("Everyone"), [Severity::Error]);
        assert_eq!(grant("c:0(.s|true"), [Severity::Error]);
        assert_eq!(grant("Everyone except external users"), [Severity::Warning]);
        assert_eq!(grant("everyone.team@contoso.com"), []);
        assert_eq!(grant("@triggerBody()?['text']"), []);
    }

    #[test]
    fn limited_links_are_silent() {
        for parameters in [
            r#""permission/type":"view","permission/scope":"organization""#,
            r#""permission/type":"view","permission/scope":"@variables('scope')""#,
            r#""permission/type":"edit","permission/scope":"users""#,
            r#""permission/type":"edit","permission/scope":"existingAccess""#,
            "",
        ] {
            assert_eq!(link(parameters).marked(RULE.id), [""; 0], "{parameters}");
        }
    }
}
