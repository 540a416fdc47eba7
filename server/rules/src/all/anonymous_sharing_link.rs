//! A link to a file that works for everybody, or lets everybody edit.

use edits::WorkspaceEdit;
use model::Profile;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An operation that makes a sharing link for a file (SharePoint, OneDrive, Dropbox and others) with a scope of
    /// anonymous, or with the right to edit for the whole organisation.
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
        if !(id.contains("sharinglink") || id.contains("sharelink") || id.contains("createlink")) {
            continue;
        }
        let Some(parameters) = operation.parameters.and_then(|node| flow.value(node)) else {
            continue;
        };
        let field = |name: &str| field(parameters, name);
        let path = flow.body.owner_path(operation.owner);
        let subject = path.clone().unwrap_or_default();
        if let Some((scope, "anonymous" | "anyone")) = field("scope").as_ref().map(|(v, w)| (*v, w.as_str())) {
            let message = "This link opens the file for everybody who has it, without a sign-in. Make a link for the organisation, or give access to the people who need it.";
            let edit = WorkspaceEdit::replace(flow.file, scope.content_span(), "organization");
            findings.push(
                Finding::new(&RULE, flow.file, scope.content_span(), subject, message)
                    .action(path)
                    .fix("Make a link for the organisation", false, edit),
            );
        } else if let Some((kind, "edit")) = field("type").as_ref().map(|(v, w)| (*v, w.as_str())) {
            let message = "This link lets everybody of the organisation who has it change the file. Make a link that only shows, or give access to the people who need it.";
            let edit = WorkspaceEdit::replace(flow.file, kind.content_span(), "view");
            findings.push(
                Finding::new(&RULE, flow.file, kind.content_span(), subject, message)
                    .severity(Severity::Warning)
                    .confidence(Confidence::Medium)
                    .action(path)
                    .fix("Make a link that only shows", false, edit),
            );
        }
    }
}

/// A parameter by the last part of its name (`permission/scope`), with its word in lower case.
fn field<'a>(parameters: Value<'a>, name: &str) -> Option<(Value<'a>, String)> {
    let member = parameters.members().find(|member| {
        let key = member.key.as_str().unwrap_or_default();
        key.rsplit('/')
            .next()
            .is_some_and(|last| last.eq_ignore_ascii_case(name))
    });
    let value = member?.value?;
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
    fn limited_links_are_silent() {
        for parameters in [
            r#""permission/type":"view","permission/scope":"organization""#,
            r#""permission/type":"view","permission/scope":"@variables('scope')""#,
            "",
        ] {
            assert_eq!(link(parameters).marked(RULE.id), [""; 0], "{parameters}");
        }
    }
}
