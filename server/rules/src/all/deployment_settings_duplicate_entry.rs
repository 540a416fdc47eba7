//! Deployment settings name one thing twice.

use edits::WorkspaceEdit;
use model::{FileId, Profile, Spanned};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Two entries of deployment settings for the same connection reference or environment variable. Names compare without
    /// case.
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
        let how = if same {
            "and both say the same"
        } else {
            "and they say different things"
        };
        let message = format!(
            "`{}` has two entries in these deployment settings, {how}: which one counts is up to the tool that reads them. Keep one.",
            name.value
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
    use crate::testing::Sample;

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
    fn a_reference_and_a_variable_may_share_a_name() {
        assert!(sample(r#"{"SchemaName":"con_A","Value":"x"}"#).of(RULE.id).is_empty());
    }
}
