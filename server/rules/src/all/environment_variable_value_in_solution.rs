//! The solution carries the value that an environment variable has in one environment.

use analysis::secrets::{promises_secret, scan};
use edits::WorkspaceEdit;
use model::files::{folder_of, join};
use model::settings::is_token;
use model::variables::{SECRET_TYPE, VariableDefinition};
use model::{FileId, Profile, same_name};
use syntax::{TextEdit, xml};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// A value of an environment variable in the solution itself (`environmentvariablevalues.json`), which an export writes where the value belongs to the
    /// solution. Tokens that a pipeline replaces, and files without a value, are not reported.
    ///
    /// # Why it matters
    ///
    /// An import writes the value into the environment: over the one that production has, if the solution is unmanaged, and in the place of the question
    /// what it is to be, if it is managed. The value of the developer's environment then works in production, and deployment settings for the
    /// same variable can fail.
    ///
    /// # How to fix
    ///
    /// Take the value out of the solution before the export ("Remove from this solution"), and delete the file here. Values belong into deployment
    /// settings; what all environments share belongs into the variable's default. The fix deletes the file, and writes the value as the variable's default where it
    /// has none, so that nothing is lost; it is not offered for secrets.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// { "environmentvariablevalues": { "environmentvariablevalue": { "iscustomizable": "1", "value": "https://contoso.sharepoint.com/sites/HR-Dev" } } }
    /// ```
    ///
    /// Right: no such file, and in the deployment settings of each environment
    ///
    /// ```json
    /// { "SchemaName": "con_HRSite", "Value": "https://contoso.sharepoint.com/sites/HR" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use environment variables in solutions",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables>
    static RULE = {
        id: "environment-variable-value-in-solution",
        summary: "the solution carries the value of an environment variable of one environment",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, solution) in workspace.solutions() {
        for &file in &solution.variables {
            let path = join(folder_of(&workspace.file(file).path), "environmentvariablevalues.json");
            let Some(values) = workspace.id(&path) else { continue };
            let definition = workspace.file(file).facts.variable_definition();
            let (Some(definition), Some(facts)) = (definition, workspace.file(values).facts.variable_values()) else {
                continue;
            };
            let Some(value) = facts.values.iter().find(|value| !is_token(&value.value)) else {
                continue;
            };
            let name = &definition.schema_name.value;
            let message = format!(
                "The solution carries a value of the environment variable {}, which an import writes into the environment, whatever the variable is to be there. Give the value in deployment settings, and delete this file.",
                titled(definition.display_name.as_deref().unwrap_or(name), name)
            );
            let mut finding = Finding::new(&RULE, values, value.span, name.as_str(), message).related(
                file,
                definition.schema_name.span,
                "the environment variable is defined here",
            );
            let listing: Vec<bool> = context
                .targets()
                .settings_of(workspace, id)
                .filter_map(|settings| workspace.file(settings).facts.settings())
                .map(|facts| {
                    facts
                        .variables
                        .iter()
                        .any(|own| same_name(&own.schema_name.value, name))
                })
                .collect();
            // With a default, settings that some environments have and others lack would be a new finding.
            let agree = listing.iter().all(|own| *own) || !listing.contains(&true);
            if facts.values.len() == 1
                && agree
                && let Some(edit) = moved(file, definition, values, &value.value)
            {
                let title = match definition.default {
                    Some(_) => "Delete the file",
                    None => "Delete the file, and keep the value as the variable's default",
                };
                finding = finding.fix(title, false, edit);
            }
            findings.push(finding);
        }
    }
}

/// The change that deletes the values, and keeps the only one as the default where there is none.
fn moved(file: FileId, definition: &VariableDefinition, values: FileId, value: &str) -> Option<WorkspaceEdit> {
    let names = [Some(&*definition.schema_name.value), definition.display_name.as_deref()];
    let is_secret = definition.kind == Some(SECRET_TYPE)
        || !scan(value).is_empty()
        || names.into_iter().flatten().any(|name| promises_secret(name).is_some());
    if is_secret || !definition.complete {
        return None;
    }
    let mut edit = WorkspaceEdit::default();
    edit.gone.push(values);
    if definition.default.is_none() {
        let place = definition.default_place?;
        let element = format!("<defaultvalue>{}</defaultvalue>", xml::escape_text(value));
        let element = if place.is_empty() {
            format!("\n  {element}")
        } else {
            element
        };
        edit.push(file, TextEdit::new(place, element));
    }
    Some(edit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const DEFINITION: &str = "/s/environmentvariabledefinitions/con_Site/environmentvariabledefinition.xml";
    const VALUES: &str = "/s/environmentvariabledefinitions/con_Site/environmentvariablevalues.json";

    fn sample(definition: &str, value: &str) -> Sample {
        Sample::actions("")
            .with(
                DEFINITION,
                format!("<environmentvariabledefinition schemaname=\"con_Site\">\n  {definition}\n</environmentvariabledefinition>"),
            )
            .with(VALUES, format!(r#"{{"environmentvariablevalues":{{"environmentvariablevalue":{{{value}}}}}}}"#))
    }

    #[test]
    fn a_value_is_told_and_moves() {
        let bad = sample("<type>100000000</type>", r#""iscustomizable":"1","value":"a & b""#);
        assert_eq!(bad.marked(RULE.id), ["a & b"]);
        assert_eq!(bad.assert_fixes(RULE.id), 1);
        let after = bad.apply(&bad.of(RULE.id)[0].finding.fixes[0]);
        assert!(!after.files.contains_key(VALUES));
        assert_eq!(
            after.files[DEFINITION],
            "<environmentvariabledefinition schemaname=\"con_Site\">\n  <defaultvalue>a &amp; b</defaultvalue>\n  <type>100000000</type>\n</environmentvariabledefinition>"
        );
        let empty = sample("<defaultvalue />\n  <type>100000000</type>", r#""value":"x""#);
        let after = empty.apply(&empty.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files[DEFINITION].contains("\n  <defaultvalue>x</defaultvalue>\n"));
        let both = sample("<defaultvalue>y</defaultvalue><type>100000000</type>", r#""value":"x""#);
        assert_eq!(both.of(RULE.id)[0].finding.fixes[0].title, "Delete the file");
        assert_eq!(both.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn secrets_stay_and_nothing_is_nothing() {
        for (definition, value, found) in [
            ("<type>100000005</type>", r#""value":"/subscriptions/1/secrets/x""#, 1),
            (
                "<displayname default=\"Api key\" /><type>100000000</type>",
                r#""value":"x""#,
                1,
            ),
            ("<type>100000000</type>", r#""iscustomizable":"1""#, 0),
            ("<type>100000000</type>", "\"value\":\"\u{23}{site}#\"", 0),
        ] {
            let sample = sample(definition, value);
            let told = sample.of(RULE.id);
            assert_eq!(told.len(), found, "{definition}");
            assert!(told.iter().all(|told| told.finding.fixes.is_empty()));
        }
    }
}
