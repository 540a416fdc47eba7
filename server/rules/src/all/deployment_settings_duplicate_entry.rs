//! Deployment settings name one thing twice.

use edits::WorkspaceEdit;
use model::settings::FlowEntry;
use model::{FileId, Guid, Profile, Spanned, Workspace};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Two entries of deployment settings for the same connection reference or environment variable, or two of one section of
    /// `customDeploymentSettings.json` for the same flow. Names compare without case.
    ///
    /// # Why it matters
    ///
    /// Which of the two counts is up to the tool that reads the file. Where their values differ, a reference may get the
    /// connection, and with it the account, that somebody believed to have replaced.
    ///
    /// # How to fix
    ///
    /// Keep the entry that is right and remove the other. The fix removes the later one; where both say the same it is safe.
    ///
    /// # Example
    ///
    /// ```json
    /// { "EnvironmentVariables": [
    ///   { "SchemaName": "con_Mailbox", "Value": "orders@contoso.com" },
    ///   { "SchemaName": "con_mailbox", "Value": "test@contoso.com" }
    /// ], "ConnectionReferences": [] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "deployment-settings-duplicate-entry",
        summary: "deployment settings have two entries for one name",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Workspace(check)],
    };
}

/// An entry: its name, what it says, what to delete to remove it.
type Entry<'a> = (&'a Spanned<String>, [Option<&'a str>; 3], Span);

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &settings in workspace.settings() {
        let Some(facts) = workspace.file(settings).facts.settings() else {
            continue;
        };
        let references: Vec<Entry<'_>> = facts
            .references
            .iter()
            .map(|entry| {
                let said = [&entry.connection_id, &entry.connector_id, &entry.owner];
                (&entry.logical_name, said.map(value), entry.removal)
            })
            .collect();
        let variables: Vec<Entry<'_>> = facts
            .variables
            .iter()
            .map(|entry| (&entry.schema_name, [value(&entry.value), None, None], entry.removal))
            .collect();
        duplicates(settings, &references, findings);
        duplicates(settings, &variables, findings);
    }
    for &settings in workspace.custom_settings() {
        let facts = workspace.file(settings).facts.custom_settings();
        let entries = facts.map_or(&[][..], |facts| &facts.entries);
        flows(workspace, settings, entries, findings);
    }
}

/// Flows that one section of custom settings names twice.
fn flows(workspace: &Workspace, settings: FileId, entries: &[FlowEntry], findings: &mut Findings) {
    let mut first: FxHashMap<(&str, Guid), &FlowEntry> = FxHashMap::default();
    for entry in entries {
        let Some(earlier) = first.get(&(entry.section, entry.id.value)) else {
            first.insert((entry.section, entry.id.value), entry);
            continue;
        };
        let known = workspace.flows_with_id(entry.id.value).first();
        let name = known
            .map(|flow| workspace.flow_name(*flow))
            .or_else(|| entry.name.as_ref().map(|name| name.value.clone()));
        let (name, section) = (name.unwrap_or_else(|| "A flow".to_owned()), entry.section);
        let same = entry.says == earlier.says;
        let message = format!(
            "`{name}` has two entries in `{section}`, {}: which one counts is up to the tool that reads them. Keep one.",
            how(same)
        );
        let edit = WorkspaceEdit::replace(settings, entry.removal, "");
        let finding = Finding::new(&RULE, settings, entry.id.span, format!("{section} {name}"), message);
        findings.push(finding.related(settings, earlier.id.span, "the first entry").fix(
            "Remove this entry",
            same,
            edit,
        ));
    }
}

fn how(same: bool) -> &'static str {
    if same {
        "and both say the same"
    } else {
        "and they say different things"
    }
}

fn value(value: &Option<Spanned<String>>) -> Option<&str> {
    value.as_ref().map(|value| value.value.as_str())
}

fn duplicates(settings: FileId, entries: &[Entry<'_>], findings: &mut Findings) {
    let mut first: FxHashMap<String, &Entry<'_>> = FxHashMap::default();
    for entry in entries {
        let (name, said, removal) = entry;
        let Some((earlier, earlier_said, _)) = first.get(&name.value.to_lowercase()) else {
            first.insert(name.value.to_lowercase(), entry);
            continue;
        };
        let same = said == earlier_said && said.iter().any(Option::is_some);
        let message = format!(
            "`{}` has two entries in these deployment settings, {}: which one counts is up to the tool that reads them. Keep one.",
            name.value,
            how(same)
        );
        let edit = WorkspaceEdit::replace(settings, *removal, "");
        let finding = Finding::new(&RULE, settings, name.span, name.value.as_str(), message);
        findings.push(
            finding
                .related(settings, earlier.span, "the first entry")
                .fix("Remove this entry", same, edit),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW_ID, Sample};

    fn sample(variables: &str) -> Sample {
        Sample::actions("").with(
            "/s/settings.json",
            format!(r#"{{"EnvironmentVariables":[{variables}],"ConnectionReferences":[{{"LogicalName":"con_A","ConnectionId":"0a"}}]}}"#),
        )
    }

    #[test]
    fn the_later_entry_is_told() {
        let two = sample(
            r#"{"SchemaName":"con_A","Value":"x"},{"SchemaName":"CON_a","Value":"y"},{"SchemaName":"con_A","Value":"x"}"#,
        );
        assert_eq!(two.marked(RULE.id), ["CON_a", "con_A"]);
        assert_eq!(two.assert_fixes(RULE.id), 2);
        let safe: Vec<bool> = two.of(RULE.id).iter().map(|f| f.finding.fixes[0].safe).collect();
        assert_eq!(safe, [false, true]);
    }

    #[test]
    fn a_flow_is_owned_once() {
        let entry = |owner: &str| {
            format!(
                r#"{{"solutionComponentType":29,"solutionComponentName":"Main","solutionComponentUniqueName":"{FLOW_ID}","ownerEmail":"{owner}@contoso.com"}}"#
            )
        };
        let custom = |owners: &[String]| {
            let text = format!(
                r#"{{"SolutionComponentOwnershipConfiguration":[{}],"ActivateFlowConfiguration":[{}]}}"#,
                owners.join(","),
                entry("x")
            );
            Sample::actions("").with("/s/custom.json", text)
        };
        let twice = custom(&[entry("svc-a"), entry("svc-b"), entry("SVC-A")]);
        assert_eq!(twice.marked(RULE.id), [FLOW_ID, FLOW_ID]);
        assert_eq!(twice.assert_fixes(RULE.id), 2);
        let safe: Vec<bool> = twice.of(RULE.id).iter().map(|f| f.finding.fixes[0].safe).collect();
        assert_eq!(safe, [false, true]);
        assert!(
            twice.of(RULE.id)[0]
                .finding
                .message
                .starts_with("`Main flow` has two entries in `SolutionComponentOwnership")
        );
        assert!(custom(&[entry("svc-a")]).of(RULE.id).is_empty());
    }

    #[test]
    fn a_reference_and_a_variable_may_share_a_name() {
        assert!(sample(r#"{"SchemaName":"con_A","Value":"x"}"#).of(RULE.id).is_empty());
    }
}
