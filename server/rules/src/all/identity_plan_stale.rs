//! The identity plan names what is not there.

use analysis::identity::environment_label;
use edits::WorkspaceEdit;
use model::configuration::{Assignment, Configuration, matches_pattern, same_environment};
use model::manifest::RequiredComponent;
use model::{FileId, Guid, Profile, Spanned, Workspace, same_name};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of the identity plan in `flowsentry.jsonc` that is about nothing: a name under `references` that no solution
    /// below the file declares, no settings file lists and no manifest requires; a name under `owners` that no flow has; an
    /// account that is neither an address nor an id nor the name of an entry of `accounts`; and an environment that is written
    /// otherwise than the deployment settings write it.
    ///
    /// It says nothing while a solution cannot be read completely.
    ///
    /// # Why it matters
    ///
    /// The plan says who is meant to hold which connection, and findings are judged by it. An entry that matches nothing looks
    /// like a decision and has no effect: after a rename the connection it was made for is no longer watched.
    ///
    /// # How to fix
    ///
    /// Write the name that the finding proposes, or remove the entry with what it was about.
    ///
    /// # Example
    ///
    /// Wrong, where the reference is called `con_Dataverse`:
    ///
    /// ```jsonc
    /// "references": [{ "match": "con_Datavrse", "account": "sync" }]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "references": [{ "match": "con_Dataverse", "account": "sync" }]
    /// ```
    ///
    /// # References
    ///
    /// - `docs/configuration.md` of Flow Sentry describes the identity plan.
    static RULE = {
        id: "identity-plan-stale",
        summary: "the identity plan names what is not there",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, file) in workspace.files() {
        let Some(configuration) = file.facts.configuration() else {
            continue;
        };
        accounts(id, configuration, findings);
        environments(workspace, id, configuration, findings);
        let Some(names) = Names::of(workspace, id) else {
            continue;
        };
        let about = "no solution, settings file or manifest below this file knows such a connection reference";
        patterns(id, &configuration.references, &names.references, about, findings);
        let about = "no flow below this file has such a name or id";
        patterns(id, &configuration.owners, &names.flows, about, findings);
    }
}

/// Names of what the files hold that follow one configuration.
struct Names {
    references: Vec<String>,
    flows: Vec<String>,
}

impl Names {
    /// `None` where a solution cannot be read completely, or there is none: absence proves nothing then.
    fn of(workspace: &Workspace, configuration: FileId) -> Option<Self> {
        let follows = |file: FileId| {
            workspace
                .configuration_file_of(&workspace.file(file).path)
                .is_some_and(|(own, _)| own == configuration)
        };
        let mut names = Self {
            references: Vec::new(),
            flows: Vec::new(),
        };
        let mut solutions = 0;
        for (id, solution) in workspace.solutions() {
            let place = solution.manifest.or(solution.customizations);
            if !place.is_some_and(follows) {
                continue;
            }
            if !workspace.is_complete(id) {
                return None;
            }
            solutions += 1;
            names
                .references
                .extend(workspace.references(id).map(|r| r.logical_name.value.clone()));
            let manifest = solution.manifest.and_then(|file| workspace.file(file).facts.manifest());
            let required = manifest.into_iter().flat_map(|manifest| &manifest.missing_dependencies);
            names
                .references
                .extend(required.filter_map(|dependency| match &dependency.required {
                    RequiredComponent::ConnectionReference(name) => Some(name.clone()),
                    _ => None,
                }));
            for &flow in &solution.flows {
                names.flows.push(workspace.flow_name(flow));
                let id = workspace.file(flow).facts.flow().and_then(|flow| flow.id);
                names.flows.extend(id.map(|id| id.to_string()));
            }
        }
        for &settings in workspace.settings() {
            let facts = workspace.file(settings).facts.settings();
            let entries = facts.into_iter().flat_map(|facts| &facts.references);
            names
                .references
                .extend(entries.map(|entry| entry.logical_name.value.clone()));
        }
        (solutions > 0).then_some(names)
    }
}

fn patterns(file: FileId, entries: &[Assignment], known: &[String], about: &str, findings: &mut Findings) {
    for pattern in entries.iter().flat_map(|entry| &entry.patterns) {
        let wanted = pattern.value.trim();
        // An empty one, and everything, are told by others or mean what they say.
        if wanted.is_empty() || wanted == "*" || known.iter().any(|name| matches_pattern(wanted, name)) {
            continue;
        }
        // A flow's id may stand in braces.
        if Guid::parse(wanted).is_some_and(|id| known.iter().any(|name| Guid::parse(name) == Some(id))) {
            continue;
        }
        // One that the list has already was not meant.
        let mut listed = entries.iter().flat_map(|entry| &entry.patterns);
        let near = expr::did_you_mean(wanted, known.iter().map(String::as_str))
            .filter(|near| !listed.any(|own| same_name(own.value.trim(), near)));
        findings.push(stale(file, pattern, about, near));
    }
}

fn accounts(file: FileId, configuration: &Configuration, findings: &mut Findings) {
    let entries = configuration.references.iter().chain(&configuration.owners);
    for planned in entries.flat_map(|entry| &entry.accounts) {
        let account = planned.account.value.trim();
        let known = account.contains('@')
            || Guid::parse(account).is_some()
            || configuration.account_named(account).is_some()
            || configuration.account(account).is_some();
        if !known {
            let names = configuration.accounts.iter().filter_map(|rule| rule.name.as_ref());
            let near = expr::did_you_mean(account, names.map(|name| name.value.as_str()));
            let about = "it is neither an address nor an id, and no entry of `accounts` has this `name`";
            findings.push(stale(file, &planned.account, about, near));
        }
    }
}

/// Only near misses: an environment without settings, such as development, is planned rightly.
fn environments(workspace: &Workspace, file: FileId, configuration: &Configuration, findings: &mut Findings) {
    let labels: Vec<&str> = workspace
        .settings()
        .iter()
        .chain(workspace.custom_settings())
        .filter_map(|settings| environment_label(&workspace.file(*settings).path))
        .collect();
    let entries = configuration.references.iter().chain(&configuration.owners);
    for environment in entries
        .flat_map(|entry| &entry.accounts)
        .filter_map(|a| a.environment.as_ref())
    {
        if labels.iter().any(|label| same_environment(label, &environment.value)) {
            continue;
        }
        if let Some(near) = expr::did_you_mean(&environment.value, labels.iter().copied()) {
            let about = "no deployment settings are for an environment of this name";
            findings.push(stale(file, environment, about, Some(near)));
        }
    }
}

fn stale(file: FileId, name: &Spanned<String>, about: &str, near: Option<&str>) -> Finding {
    let hint = near.map_or_else(
        || "Correct the name, or remove the entry.".to_owned(),
        |near| format!("Did you mean `{near}`?"),
    );
    let message = format!("`{}` in the identity plan has no effect: {about}. {hint}", name.value);
    let subject: String = name.value.chars().take(60).collect();
    let finding = Finding::new(&RULE, file, name.span, subject, message);
    match near {
        Some(near) => finding.fix(
            format!("Replace by `{near}`"),
            false,
            WorkspaceEdit::replace(file, name.span, near),
        ),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, Sample};

    fn sample(plan: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Dataverse", "shared_commondataserviceforapps")],
        )
        .with("/s/flowsentry.jsonc", plan)
    }

    #[test]
    fn names_of_nothing_are_stale() {
        let plan = sample(
            r#"{ "accounts": [{ "kind": "application", "match": "0a0a0a0a-1111-4a2b-9c3d-0123456789ab", "name": "sync" }],
                "references": [{ "match": ["con_Datavrse", "con_Data*", "xyz*"], "account": { "prod": "synk", "tset": "svc@contoso.com" } }],
                "owners": [{ "match": ["Main flow", "{11111111-2222-3333-4444-555555555555}", "Mian flow"], "account": "svc-owner@contoso.com" }] }"#,
        )
        .with(
            "/s/config/test/settings.json",
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[]}"#,
        );
        assert_eq!(
            plan.marked(RULE.id),
            ["con_Datavrse", "xyz*", "synk", "tset", "Mian flow"]
        );
        assert_eq!(plan.assert_fixes(RULE.id), 3);
    }

    #[test]
    fn what_settings_and_manifests_know_is_no_stale_name() {
        let plan = r#"{ "references": [{ "match": ["con_Elsewhere"] }, { "match": "*" }] }"#;
        assert_eq!(sample(plan).marked(RULE.id), ["con_Elsewhere"]);
        let listed = sample(plan).with(
            "/s/settings.json",
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_elsewhere","ConnectionId":"0a"}]}"#,
        );
        assert!(listed.marked(RULE.id).is_empty());
    }

    #[test]
    fn silent_where_a_solution_is_incomplete_or_there_is_none() {
        let plan = r#"{ "references": [{ "match": "con_Gone" }] }"#;
        assert!(
            sample(plan)
                .replace(CUSTOMIZATIONS, "</ImportExportXml>", "<x")
                .marked(RULE.id)
                .is_empty()
        );
        let elsewhere = sample(plan)
            .without("/s/flowsentry.jsonc")
            .with("/other/flowsentry.jsonc", plan);
        assert!(elsewhere.marked(RULE.id).is_empty());
    }
}
