//! Environment variables that nothing gives a value.

use analysis::targets::are_copies;
use edits::components::add_settings;
use model::variables::{SECRET_TYPE, VariableDefinition};
use model::{FileId, Profile, SolutionId, Workspace};

use crate::all::deployment_settings_missing_entry::needs_value;
use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, titled};

declare_rule! {
    /// # What it finds
    ///
    /// Environment variables that a flow of the solution reads, that have no default and no value in the solution, of a solution for which there are no
    /// deployment settings either. More than three are told together, at the first. Where there are settings, `deployment-settings-missing-entry` tells what
    /// each file leaves out. Secrets are left alone: a path to a vault is no default, and who imports the solution names it.
    ///
    /// # Why it matters
    ///
    /// Whoever imports the solution is asked for the values and finds nothing here that tells them. An import that nobody attends asks nobody:
    /// it fails, or the flows do, with "the given key was not present".
    ///
    /// # How to fix
    ///
    /// Give the variable a default that is right in every environment, or keep deployment settings with the value for each. The fix makes such a file, with a
    /// token for each variable and each connection reference of the solution.
    ///
    /// # Example
    ///
    /// ```xml
    /// <environmentvariabledefinition schemaname="con_HRSite"><type>100000000</type></environmentvariabledefinition>
    /// ```
    ///
    /// `prod.deploymentSettings.json`:
    ///
    /// ```json
    /// { "EnvironmentVariables": [{ "SchemaName": "con_HRSite", "Value": "https://contoso.sharepoint.com/sites/HR" }], "ConnectionReferences": [] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "environment-variable-without-value",
        summary: "nothing gives an environment variable a value",
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
    let mut told: Vec<SolutionId> = Vec::new();
    for (id, _) in workspace.solutions() {
        // An unpacked package beside its source says the same again, and takes the same settings.
        let is_copy = |other: SolutionId| are_copies(workspace, other, id);
        let is_served = |other: SolutionId| context.targets().settings_of(workspace, other).next().is_some();
        let served = workspace
            .solutions()
            .any(|(other, _)| is_copy(other) && is_served(other));
        if served || !workspace.is_complete(id) || told.iter().any(|other| is_copy(*other)) {
            continue;
        }
        let found = of_solution(workspace, id);
        if !found.is_empty() {
            told.push(id);
            findings.found.extend(found);
        }
    }
}

/// More than so many are one finding: nobody meant to give values here.
const SINGLE: usize = 3;

fn of_solution(workspace: &Workspace, id: SolutionId) -> Vec<Finding> {
    let files = &workspace.solution(id).variables;
    let bare = files.iter().filter_map(|file| {
        let definition = workspace.file(*file).facts.variable_definition()?;
        let name = &definition.schema_name.value;
        let is_secret = definition.kind == Some(SECRET_TYPE);
        (!is_secret && is_read(workspace, id, name) && needs_value(workspace, id, name)).then_some((*file, definition))
    });
    let bare: Vec<(FileId, &VariableDefinition)> = bare.collect();
    if bare.len() <= SINGLE {
        return bare.chunks(1).filter_map(|one| finding(workspace, id, one)).collect();
    }
    finding(workspace, id, &bare).into_iter().collect()
}

/// The finding about these variables, at the first.
fn finding(workspace: &Workspace, id: SolutionId, bare: &[(FileId, &VariableDefinition)]) -> Option<Finding> {
    let (file, first) = bare.first()?;
    let name = &first.schema_name.value;
    let (subject, message) = match bare {
        [_] => {
            let message = format!(
                "The environment variable {} has no default, and no deployment settings give it a value, so an import asks for it, or fails where nobody attends it. Give it a default, or keep deployment settings.",
                titled(first.display_name.as_deref().unwrap_or(name), name)
            );
            (name.as_str(), message)
        }
        many => {
            let names: Vec<String> = many
                .iter()
                .map(|(_, own)| format!("`{}`", own.schema_name.value))
                .collect();
            let message = format!(
                "{} environment variables of solution `{}` have no default, and no deployment settings give them a value ({}), so an import asks for them, or fails where nobody attends it. Give them defaults, or keep deployment settings.",
                many.len(),
                workspace.solution_name(id),
                listed(&names)
            );
            ("every variable", message)
        }
    };
    let mut finding = Finding::new(&RULE, *file, first.schema_name.span, subject, message);
    for (file, definition) in bare.iter().skip(1).take(MAX_RELATED) {
        finding = finding.related(*file, definition.schema_name.span, "this variable has no value, too");
    }
    Some(match add_settings(workspace, id) {
        Some(edit) => finding.fix("Make deployment settings for the solution", false, edit),
        None => finding,
    })
}

/// So many of the other variables are told with their places.
const MAX_RELATED: usize = 20;

/// Whether a flow of the solution reads a variable.
fn is_read(workspace: &Workspace, id: SolutionId, name: &str) -> bool {
    let flows = workspace.solution(id).flows.iter();
    let mut flows = flows.filter_map(|file| workspace.file(*file).facts.flow());
    flows.any(|flow| {
        let parameters = flow.parameters.iter().filter_map(|own| own.schema_name.as_ref());
        let read = flow.secret_reads.iter().map(String::as_str);
        let mut names = parameters.map(|own| own.value.as_str()).chain(read);
        names.any(|own| model::same_name(own, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn variable(name: &str, default: &str) -> (String, String) {
        (
            format!("/s/environmentvariabledefinitions/{name}/environmentvariabledefinition.xml"),
            format!(
                r#"<environmentvariabledefinition schemaname="{name}">{default}<displayname default="{name} shown" /><type>100000000</type></environmentvariabledefinition>"#
            ),
        )
    }

    /// A flow that reads three variables, of which these are defined without a default.
    fn sample(bare: &[&str]) -> Sample {
        let parameters: String = ["con_A", "con_B", "con_C"]
            .map(|name| format!(r#""{name}":{{"type":"String","metadata":{{"schemaName":"{name}"}}}},"#))
            .concat();
        let start = Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"parameters":{{{parameters}"x":{{"type":"String"}}}},"triggers":{{}},"actions":{{}}}}"#
            ),
            &[("con_Mail", "shared_office365")],
        );
        ["con_A", "con_B", "con_C"].iter().fold(start, |sample, name| {
            let default = if bare.contains(name) {
                ""
            } else {
                "<defaultvalue>x</defaultvalue>"
            };
            let (path, text) = variable(name, default);
            sample.with(&path, text)
        })
    }

    #[test]
    fn what_nothing_gives_a_value_is_told_together() {
        let one = sample(&["con_B"]);
        let found = one.of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "con_B"));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The environment variable `con_B shown` (`con_B`) has no default")
        );
        let two = sample(&["con_A", "con_C"]);
        let found = two.of(RULE.id);
        assert_eq!((found.len(), two.assert_fixes(RULE.id)), (2, 2));
        let (path, text) = variable("con_D", "");
        let four = sample(&["con_A", "con_B", "con_C"]).replace(
            FLOW,
            r#""x":{"#,
            r#""x":{"metadata":{"schemaName":"con_D"},"#,
        );
        let four = four.with(&path, text);
        let all = four.of(RULE.id);
        assert_eq!((all.len(), all[0].finding.related.len()), (1, 3));
        assert!(
            all[0]
                .finding
                .message
                .contains("(`con_A`, `con_B`, `con_C` and `con_D`)")
        );
        assert_eq!(four.assert_fixes(RULE.id), 1);
        let after = two.apply(&found[0].finding.fixes[0]);
        let settings = &after.files["/s/Sample.deploymentSettings.json"];
        assert!(settings.starts_with("{\n  \"EnvironmentVariables\": [\n    {\n      \"SchemaName\": \"con_A\",\n      \"Value\": \"#{environmentvariable.con_A}#\"\n    },"), "{settings}");
        assert!(
            settings.contains("\"ConnectorId\": \"/providers/Microsoft.PowerApps/apis/shared_office365\""),
            "{settings}"
        );
    }

    #[test]
    fn values_settings_and_variables_that_nobody_reads() {
        assert_eq!(sample(&[]).marked(RULE.id), [""; 0]);
        let bare = sample(&["con_A"]);
        let value = r#"{"environmentvariablevalues":{"environmentvariablevalue":{"value":"v"}}}"#;
        let valued = bare.clone().with(
            "/s/environmentvariabledefinitions/con_A/environmentvariablevalues.json",
            value,
        );
        assert_eq!(valued.marked(RULE.id), [""; 0]);
        let settings = r#"{"EnvironmentVariables":[{"SchemaName":"con_B","Value":"v"}],"ConnectionReferences":[]}"#;
        let listed = bare.clone().with("/s/settings.json", settings);
        assert_eq!(listed.marked(RULE.id), [""; 0]);
        assert_eq!(listed.of("deployment-settings-missing-entry").len(), 3);
        let (path, text) = variable("con_A", "");
        let secret = bare.clone().with(&path, text.replace("100000000", "100000005"));
        assert_eq!(secret.marked(RULE.id), [""; 0]);
        assert_eq!(bare.replace(FLOW, "con_A", "con_D").marked(RULE.id), [""; 0]);
    }
}
