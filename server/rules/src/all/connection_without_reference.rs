//! A flow's connection goes through no connection reference.

use edits::components::{self, NewReference};
use edits::{WorkspaceEdit, naming};
use model::flow::{Binding, ConnectionKey};
use model::{FileId, Profile};

use super::connection_reference_missing_from_solution::{references_of, titled};
use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of a solution flow's `connectionReferences` that names no connection reference. Either its `connection`
    /// is empty (a warning), or it names a single connection directly, by `name` or `id` (an error).
    ///
    /// Flows of legacy packages are left alone: they have no connection references.
    ///
    /// # Why it matters
    ///
    /// A connection belongs to the person who made it. A flow that is tied to one cannot be given another connection
    /// when the solution is imported; it keeps the rights of that person and stops when their account does. Without a
    /// reference there is also nothing that deployment settings could assign.
    ///
    /// # How to fix
    ///
    /// Bind the entry to a connection reference of the same connector. The fixes offer those that the solution has, or
    /// add a new one under the publisher's prefix; choose the one whose account is meant to do this work.
    ///
    /// # Example
    ///
    /// ```json
    /// "shared_office365": { "connection": {}, "api": { "name": "shared_office365" } }
    /// ```
    ///
    /// ```json
    /// "shared_office365": {
    ///   "connection": { "connectionReferenceLogicalName": "con_Outlook" },
    ///   "api": { "name": "shared_office365" }
    /// }
    /// ```
    ///
    /// # References
    ///
    /// - [Use a connection reference in a solution](https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference)
    static RULE = {
        id: "connection-without-reference",
        summary: "a flow's connection goes through no connection reference",
        category: Category::Identity,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

/// At most this many references of the same connector are offered.
const MAX_CANDIDATES: usize = 3;

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for key in flow
            .connections
            .iter()
            .filter(|key| !key.legacy && key.logical_name.is_none())
        {
            findings.push(unbound(context, file, key));
        }
    }
}

fn unbound(context: &SolutionContext<'_>, file: FileId, key: &ConnectionKey) -> Finding {
    let flow = context.workspace.flow_name(file);
    let connector = key
        .connector
        .as_ref()
        .map_or(&key.key.value, |connector| &connector.value);
    let connector = naming::connector_title(connector);
    let (severity, message) = if key.names_connection {
        let message = format!(
            "Flow `{flow}` is tied to one person's own {connector} connection, which no import can replace: it keeps that person's rights and stops with their account. Bind it to a connection reference."
        );
        (Severity::Error, message)
    } else {
        let message = format!(
            "Flow `{flow}` uses {connector} through no connection reference, so an import cannot give it a connection and somebody must repair it by hand with their own. Bind it to a connection reference."
        );
        (Severity::Warning, message)
    };
    let mut finding =
        Finding::new(&RULE, file, key.connection_span, key.key.value.as_str(), message).severity(severity);
    let Some(binding) = &key.binding else { return finding };
    let candidates = references_of(context, key).filter(|_| key.connector.is_some());
    for reference in candidates.take(MAX_CANDIDATES) {
        let mut edit = WorkspaceEdit::default();
        edit.push(file, binding.edit(&reference.logical_name.value));
        finding = finding.fix(
            format!("Bind to connection reference {}", titled(reference)),
            false,
            edit,
        );
    }
    match create(context, file, key, binding) {
        Some((title, edit)) => finding.fix(title, false, edit),
        None => finding,
    }
}

fn create(
    context: &SolutionContext<'_>,
    file: FileId,
    key: &ConnectionKey,
    binding: &Binding,
) -> Option<(String, WorkspaceEdit)> {
    if !context.workspace.is_complete(context.id) {
        return None;
    }
    let connector = &key.connector.as_ref()?.value;
    let new = NewReference::named_for(context.workspace, context.id, connector, None)?;
    let mut edit = components::add_connection_reference(context.workspace, context.id, &new)?;
    edit.push(file, binding.edit(&new.logical_name));
    Some((
        format!("Add connection reference `{}` and bind to it", new.logical_name),
        edit,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, Sample};

    fn sample(connection: &str, references: &[(&str, &str)]) -> Sample {
        let properties = format!(
            "\n  \"connectionReferences\": {{\n    \"shared_office365\": {{\n      \"connection\": {connection},\n      \"api\": {{ \"name\": \"shared_office365\" }}\n    }}\n  }},\n  \"definition\": {{\"triggers\":{{\"t\":{{\"type\":\"Request\"}}}},\"actions\":{{\"Send\":{{\"type\":\"OpenApiConnection\",\"inputs\":{{\"host\":{{\"connectionName\":\"shared_office365\"}}}}}}}}}}"
        );
        Sample::new(&properties, references)
    }

    #[test]
    fn empty_warns_and_a_named_connection_is_an_error() {
        let found = sample("{}", &[]).profile(Profile::Recommended).of(RULE.id);
        assert_eq!(
            (found.len(), found[0].marked.as_str(), found[0].finding.severity),
            (1, "{}", Severity::Warning)
        );
        assert!(
            found[0]
                .finding
                .message
                .contains("`Main flow` uses Office 365 Outlook through no")
        );
        let found = sample(r#"{"name":"shared-office365-1"}"#, &[]).of(RULE.id);
        assert_eq!(found[0].finding.severity, Severity::Error);
        assert!(!found[0].finding.message.contains("shared-office365-1"));
        let found = sample(r#"{"connectionReferenceLogicalName":""}"#, &[]).of(RULE.id);
        assert_eq!(found[0].finding.severity, Severity::Warning);
    }

    #[test]
    fn bound_legacy_and_broken_flows_are_silent() {
        let bound = r#"{"connectionReferenceLogicalName":"con_mail"}"#;
        assert_eq!(
            sample(bound, &[("con_mail", "shared_office365")]).marked(RULE.id),
            [""; 0]
        );
        assert_eq!(sample("{},\"connectionName\":\"x\"", &[]).marked(RULE.id), [""; 0]);
        assert_eq!(sample("{},,", &[]).marked(RULE.id), [""; 0]);
    }

    #[test]
    fn fixes_bind_and_keep_the_layout() {
        for connection in ["{}", r#"{ "name": "x", "id": "y" }"#, "{\n      }"] {
            let bad = sample(connection, &[("con_b", "shared_office365"), ("con_sql", "shared_sql")]);
            assert_eq!(bad.assert_fixes(RULE.id), 2, "{connection}");
        }
        let bad = sample("{}", &[("con_b", "shared_office365")]);
        let found = bad.of(RULE.id);
        let titles: Vec<&str> = found[0].finding.fixes.iter().map(|fix| fix.title.as_str()).collect();
        let add = "Add connection reference `con_Office365Outlook` and bind to it";
        assert_eq!(titles, ["Bind to connection reference `con_b shown` (`con_b`)", add]);
        let bound = "      \"connection\": {\n        \"connectionReferenceLogicalName\": \"con_b\"\n      },\n";
        assert!(bad.apply(&found[0].finding.fixes[0]).files[FLOW].contains(bound));
    }

    #[test]
    fn broken_customizations_take_no_new_reference() {
        let bad = sample("{}", &[]).replace(CUSTOMIZATIONS, "<Workflows />", "<Workflows");
        assert_eq!(bad.of(RULE.id)[0].finding.fixes, []);
    }

    #[test]
    fn raw_roots_and_steps_of_the_older_kind_are_bound_too() {
        let raw = sample("{}", &[("con_b", "shared_office365")]);
        let older = r#"{"type":"ApiConnection","inputs":{"host":{"connection":{"name":"@parameters('$connections')['shared_office365']['connectionId']"}},"method":"get","path":"/Mail"}}"#;
        let newer = r#"{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"shared_office365"}}}"#;
        let raw = raw.replace(FLOW, newer, older).raw();
        assert_eq!(raw.assert_fixes(RULE.id), 2);
        let found = raw.of(RULE.id);
        let fixes = &found[0].finding.fixes;
        let bound = raw.apply(&fixes[0]);
        assert!(
            bound.files[FLOW].contains("\"connectionReferenceLogicalName\": \"con_b\"")
                && bound.files[FLOW].contains(older)
        );
        let added = raw.apply(&fixes[1]);
        assert!(added.files["/s/customizations.xml"].contains("con_Office365Outlook"));
    }

    #[test]
    fn line_ends_are_kept_in_every_file() {
        let mut windows = sample("{\n      }", &[("con_b", "shared_office365")]).with(
            "/s/settings.json",
            "{\n  \"EnvironmentVariables\": [],\n  \"ConnectionReferences\": [\n    {\n      \"LogicalName\": \"con_b\",\n      \"ConnectionId\": \"0a\"\n    }\n  ]\n}",
        );
        for text in windows.files.values_mut() {
            *text = text.replace('\n', "\r\n");
        }
        for fix in &windows.of(RULE.id)[0].finding.fixes {
            let after = windows.apply(fix);
            for (path, text) in &after.files {
                let (all, whole) = (text.matches('\n').count(), text.matches("\r\n").count());
                assert_eq!(all, whole, "{}: {path} has one kind of line ends", fix.title);
            }
        }
        assert_eq!(windows.assert_fixes(RULE.id), 2);
    }
}
