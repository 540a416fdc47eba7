//! Deployment settings give nothing where they should give a connection or a value.

use edits::WorkspaceEdit;
use edits::components::token;
use model::settings::{Blank, DeploymentSettings};
use model::{FileId, Profile};
use syntax::Span;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of deployment settings whose `ConnectionId` or `Value` is empty, null or not there. A token of a pipeline, such
    /// as `#{mail.connection}#`, is a value. A file in which nothing has a value, as the command that creates it leaves it, gets
    /// one finding instead of one for each entry.
    ///
    /// # Why it matters
    ///
    /// The import refuses an empty value ("can't be an empty string"), or takes it and leaves the reference without a
    /// connection. Either shows when the release is under way.
    ///
    /// # How to fix
    ///
    /// Write the connection's id or the variable's value. Where a pipeline knows it, write its token; the fix writes one of the
    /// form `#{…}#`. Remove the entry of a variable whose default is meant.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// { "LogicalName": "con_Mail", "ConnectionId": "", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_office365" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "LogicalName": "con_Mail", "ConnectionId": "#{connectionreference.con_Mail}#", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_office365" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "deployment-settings-empty-value",
        summary: "deployment settings give an empty connection or value",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

/// From so many entries on, a file that gives nothing at all is one that was just created.
const TEMPLATE: usize = 3;

/// An entry that gives nothing.
struct Empty<'a> {
    name: &'a str,
    name_span: Span,
    blank: &'a Blank,
    token: String,
    is_reference: bool,
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &settings in workspace.settings() {
        let Some(facts) = workspace.file(settings).facts.settings() else {
            continue;
        };
        let empty = empty_entries(facts);
        let entries = facts.references.len() + facts.variables.len();
        if empty.len() == entries && entries >= TEMPLATE {
            findings.push(template(settings, facts, &empty));
            continue;
        }
        // A damaged file may have lost the value that seems not to be there.
        let sure = |entry: &&Empty<'_>| facts.complete || entry.blank.span().is_some();
        findings
            .found
            .extend(empty.iter().filter(sure).map(|entry| one(settings, entry)));
    }
}

fn empty_entries(facts: &DeploymentSettings) -> Vec<Empty<'_>> {
    let references = facts.references.iter().filter_map(|entry| {
        Some(Empty {
            name: &entry.logical_name.value,
            name_span: entry.logical_name.span,
            blank: entry.blank.as_ref()?,
            token: token("connectionreference", &entry.logical_name.value),
            is_reference: true,
        })
    });
    let variables = facts.variables.iter().filter_map(|entry| {
        Some(Empty {
            name: &entry.schema_name.value,
            name_span: entry.schema_name.span,
            blank: entry.blank.as_ref()?,
            token: token("environmentvariable", &entry.schema_name.value),
            is_reference: false,
        })
    });
    references.chain(variables).collect()
}

fn one(settings: FileId, entry: &Empty<'_>) -> Finding {
    let name = entry.name;
    let message = if entry.is_reference {
        format!(
            "The connection reference `{name}` gets no connection here: its `ConnectionId` is empty, and the import refuses that. Write the connection's id or a pipeline's token."
        )
    } else {
        format!(
            "The environment variable `{name}` gets no value here: its `Value` is empty, and the import refuses that. Write the value or a pipeline's token, or remove the entry to keep the default."
        )
    };
    let span = entry.blank.span().unwrap_or(entry.name_span);
    let mut edit = WorkspaceEdit::default();
    edit.push(settings, entry.blank.fill(&entry.token));
    Finding::new(&RULE, settings, span, name, message).fix(format!("Write the token `{}`", entry.token), false, edit)
}

fn template(settings: FileId, facts: &DeploymentSettings, empty: &[Empty<'_>]) -> Finding {
    let mut lists = [&facts.references_list, &facts.variables_list].into_iter().flatten();
    let span = lists.find_map(|list| list.name_span).unwrap_or(crate::driver::START);
    let message = format!(
        "None of the {} entries of these deployment settings has a value, as the command that creates the file leaves it; an import refuses empty values. Write the connections' ids and the values, or tokens that a pipeline replaces.",
        empty.len()
    );
    let mut edit = WorkspaceEdit::default();
    for entry in empty {
        edit.push(settings, entry.blank.fill(&entry.token));
    }
    Finding::new(&RULE, settings, span, "template", message)
        .severity(Severity::Warning)
        .fix("Write a token into every entry", false, edit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(references: &str, variables: &str) -> Sample {
        Sample::actions("").with(
            "/s/settings.json",
            format!(r#"{{"EnvironmentVariables":[{variables}],"ConnectionReferences":[{references}]}}"#),
        )
    }

    #[test]
    fn empty_null_and_absent_values_are_errors() {
        let some = sample(
            r#"{"LogicalName":"a","ConnectionId":""},{"LogicalName":"b"},{"LogicalName":"c","ConnectionId":"0a"}"#,
            r#"{"SchemaName":"d","Value":null},{"SchemaName":"e","Value":" "},{"SchemaName":"f","Value":0}"#,
        );
        assert_eq!(some.marked(RULE.id), ["null", "\" \"", "\"\"", "b"]);
        assert_eq!(some.assert_fixes(RULE.id), 4);
        assert_eq!(
            sample(r#"{"LogicalName":"a","ConnectionId":""}"#, "").of(RULE.id)[0]
                .finding
                .severity,
            Severity::Error
        );
    }

    #[test]
    fn a_file_as_it_was_created_is_one_finding() {
        let created = sample(
            r#"{"LogicalName":"a","ConnectionId":""},{"LogicalName":"b","ConnectionId":""}"#,
            r#"{"SchemaName":"d","Value":""}"#,
        );
        assert_eq!(created.marked(RULE.id), ["ConnectionReferences"]);
        assert_eq!(created.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn tokens_and_damage_are_left_alone() {
        for references in [
            r##"{"LogicalName":"a","ConnectionId":"#{x}#"}"##,
            r#"{"LogicalName":"a","ConnectionId":"$(X)"}"#,
            r#"{"LogicalName":"a","ConnectionId""#,
            "",
        ] {
            assert!(sample(references, "").marked(RULE.id).is_empty(), "{references}");
        }
    }
}
