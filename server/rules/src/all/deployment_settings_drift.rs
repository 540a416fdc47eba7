//! Deployment settings of one environment give a value that those of another leave out.

use edits::WorkspaceEdit;
use edits::components::token;
use model::{FileId, Profile, Solution, SolutionId, Workspace, same_name};
use rustc_hash::FxHashSet;

use crate::context::WorkspaceContext;
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, settings_for, titled};

declare_rule! {
    /// # What it finds
    ///
    /// An environment variable that has a default, and to which the deployment settings of one environment give a value while
    /// those of another, for the same solution, do not. Connection references and variables without a default are reported
    /// by `deployment-settings-missing-entry` in every file that leaves them out, whatever others do.
    ///
    /// # Why it matters
    ///
    /// A value that one environment sets is one that differs between environments. The environment that was forgotten silently
    /// keeps the default, which is mostly the developer's: its flows then read or write the wrong place, and nothing fails.
    ///
    /// # How to fix
    ///
    /// Add the entry with the environment's own value, or with the default where that is meant, so that it is said.
    ///
    /// # Example
    ///
    /// `test.deploymentSettings.json`:
    ///
    /// ```json
    /// { "EnvironmentVariables": [{ "SchemaName": "con_Mailbox", "Value": "test@contoso.com" }], "ConnectionReferences": [] }
    /// ```
    ///
    /// `prod.deploymentSettings.json`, wrong:
    ///
    /// ```json
    /// { "EnvironmentVariables": [], "ConnectionReferences": [] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Environment variables overview",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables>
    static RULE = {
        id: "deployment-settings-drift",
        summary: "deployment settings leave out a variable that those of another environment set",
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
    for (solution, facts) in workspace.solutions() {
        let files: Vec<FileId> = context.targets().settings_of(workspace, solution).collect();
        if files.len() < 2 {
            continue;
        }
        let drifting = drifting(workspace, solution, facts, &files);
        for &file in &files {
            let Some(facts) = workspace.file(file).facts.settings().filter(|facts| facts.complete) else {
                continue;
            };
            let left_out: Vec<&Drifting<'_>> = drifting
                .iter()
                .filter(|one| !lists(workspace, file, one.name))
                .collect();
            if left_out.len() > SINGLE.max(facts.variables.len()) {
                findings.found.extend(finding(workspace, file, &left_out));
            } else {
                findings
                    .found
                    .extend(left_out.iter().filter_map(|one| finding(workspace, file, &[*one])));
            }
        }
    }
}

/// More than so many, and more than the list has, are one finding: the list was left as it was made.
const SINGLE: usize = 3;

/// A variable with a default that some settings set.
struct Drifting<'a> {
    name: &'a str,
    title: &'a str,
    /// The first settings that set it.
    listing: FileId,
}

fn drifting<'a>(
    workspace: &'a Workspace,
    id: SolutionId,
    solution: &'a Solution,
    files: &[FileId],
) -> Vec<Drifting<'a>> {
    let mut told = FxHashSet::default();
    let names = workspace.variable_names(solution);
    let one = |name: &'a str| {
        let listing = files.iter().copied().find(|file| lists(workspace, *file, name))?;
        let definition = workspace
            .variable_file(id, name)
            .and_then(|file| workspace.file(file).facts.variable_definition())?;
        // Without a default it is missing wherever it is left out.
        definition.default.as_ref()?;
        let title = definition.display_name.as_deref().unwrap_or(name);
        Some(Drifting { name, title, listing })
    };
    names
        .filter(|name| !name.is_empty() && told.insert(name.to_lowercase()))
        .filter_map(one)
        .collect()
}

fn lists(workspace: &Workspace, settings: FileId, name: &str) -> bool {
    let facts = workspace.file(settings).facts.settings();
    facts.is_some_and(|facts| facts.variables.iter().any(|v| same_name(&v.schema_name.value, name)))
}

fn finding(workspace: &Workspace, settings: FileId, left_out: &[&Drifting<'_>]) -> Option<Finding> {
    let first = left_out.first()?;
    let list = workspace.file(settings).facts.settings()?.variables_list.as_ref();
    let (here, there) = (
        settings_for(workspace, settings),
        settings_for(workspace, first.listing),
    );
    let (subject, message, title) = if left_out.len() == 1 {
        let message = format!(
            "The environment variable {} has no value in {here} and one in {there}, so it keeps its default here. Add an entry with the value that is right for this environment.",
            titled(first.title, first.name)
        );
        (
            first.name.to_owned(),
            message,
            format!("Add an entry for `{}`", first.name),
        )
    } else {
        let names: Vec<String> = left_out.iter().map(|one| format!("`{}`", one.name)).collect();
        let message = format!(
            "{} environment variables have no value in {here} and one in {there}, so they keep their defaults here: {}. Add entries with the values that are right for this environment.",
            left_out.len(),
            listed(&names)
        );
        ("every variable".to_owned(), message, "Add an entry for each".to_owned())
    };
    let span = list.and_then(|list| list.name_span).unwrap_or(START);
    let mut finding = Finding::new(&RULE, settings, span, subject, message);
    let mut entries = workspace.file(first.listing).facts.settings()?.variables.iter();
    if let Some(entry) = entries.find(|v| same_name(&v.schema_name.value, first.name)) {
        let there = "set here for the other environment";
        finding = finding.related(first.listing, entry.schema_name.span, there);
    }
    let Some(list) = list else { return Some(finding) };
    let tokens: Vec<String> = left_out
        .iter()
        .map(|one| token("environmentvariable", one.name))
        .collect();
    let entries: Vec<[(&str, &str); 2]> = left_out
        .iter()
        .zip(&tokens)
        .map(|(one, token)| [("SchemaName", one.name), ("Value", token.as_str())])
        .collect();
    let mut edit = WorkspaceEdit::default();
    edit.push(settings, list.anchor.add_all(&entries));
    Some(finding.fix(title, false, edit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const TEST: &str = "/s/config/test/settings.json";
    const PROD: &str = "/s/config/prod/settings.json";
    const BOTH: &str = r#"{"SchemaName":"con_Url","Value":"a"},{"SchemaName":"con_Bare","Value":"b"}"#;

    fn sample(test: &str, prod: &str) -> Sample {
        let variable = |name: &str, default: &str| {
            format!(
                "<environmentvariabledefinition schemaname=\"{name}\">{default}<type>100000000</type></environmentvariabledefinition>"
            )
        };
        let settings = |variables: &str| {
            format!(
                r#"{{"EnvironmentVariables":[{variables}],"ConnectionReferences":[{{"LogicalName":"con_Mail","ConnectionId":"0a"}}]}}"#
            )
        };
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365")],
        )
        .with(
            "/s/environmentvariabledefinitions/con_Url/environmentvariabledefinition.xml",
            variable("con_Url", "<defaultvalue>x</defaultvalue>"),
        )
        .with(
            "/s/environmentvariabledefinitions/con_Bare/environmentvariabledefinition.xml",
            variable("con_Bare", ""),
        )
        .with(TEST, settings(test))
        .with(PROD, settings(prod))
    }

    #[test]
    fn a_forgotten_environment_is_told_once() {
        let bare = r#"{"SchemaName":"CON_bare","Value":"b"}"#;
        let found = sample(BOTH, bare).of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].path.as_str(), found[0].finding.subject.as_str()),
            (PROD, "con_Url")
        );
        assert_eq!(sample(BOTH, bare).assert_fixes(RULE.id), 1);
        // Without a default it is missing, not drifting.
        let url = r#"{"SchemaName":"con_Url","Value":"b"}"#;
        assert!(sample(BOTH, url).of(RULE.id).is_empty());
        assert_eq!(sample(BOTH, url).of("deployment-settings-missing-entry").len(), 1);
    }

    #[test]
    fn a_list_that_was_left_as_it_was_made_is_told_as_one() {
        let names: Vec<String> = (0..6).map(|at| format!("con_V{at}")).collect();
        let all: Vec<String> = names
            .iter()
            .map(|name| format!(r#"{{"SchemaName":"{name}","Value":"v"}}"#))
            .collect();
        let with = |listed: usize| {
            let bare = r#"{"SchemaName":"con_Bare","Value":"b"}"#;
            let start = sample(
                &format!("{bare},{}", all.join(",")),
                &[&[bare.to_owned()], &all[..listed]].concat().join(","),
            );
            names.iter().fold(start, |sample, name| {
                let path = format!("/s/environmentvariabledefinitions/{name}/environmentvariabledefinition.xml");
                sample.with(&path, format!("<environmentvariabledefinition schemaname=\"{name}\"><defaultvalue>x</defaultvalue><type>100000000</type></environmentvariabledefinition>"))
            })
        };
        assert_eq!(
            (
                with(0).of(RULE.id).len(),
                with(1).of(RULE.id).len(),
                with(4).of(RULE.id).len()
            ),
            (1, 1, 2)
        );
        assert_eq!(with(1).assert_fixes(RULE.id), 1);
    }

    #[test]
    fn environments_that_agree_are_left_alone() {
        assert!(sample(BOTH, BOTH).of(RULE.id).is_empty());
        let bare = r#"{"SchemaName":"con_Bare","Value":"b"}"#;
        assert!(sample(bare, bare).of(RULE.id).is_empty());
        assert!(sample(BOTH, bare).replace(PROD, "]}", "]").of(RULE.id).is_empty());
        assert!(sample(BOTH, bare).without(PROD).of(RULE.id).is_empty());
    }
}
