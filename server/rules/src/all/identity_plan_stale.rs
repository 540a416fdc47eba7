//! The identity plan names what is not there.

use analysis::identity::environment_label;
use edits::WorkspaceEdit;
use model::configuration::{Assignment, Configuration, is_open, matches_pattern, same_environment};
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
    /// otherwise than the deployment settings write it. Likewise an entry that never counts, because one further up names the
    /// same flow: by its name, where this one gives its id.
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
        let references = Subjects {
            all: &names.references,
            nothing: "no solution, settings file or manifest below this file knows such a connection reference",
            taken: "entries further up match the connection reference that it names",
        };
        patterns(id, &configuration.references, &references, findings);
        let flows = Subjects {
            all: &names.flows,
            nothing: "no flow below this file has such a name or id",
            taken: "entries further up match the flow that it names",
        };
        patterns(id, &configuration.owners, &flows, findings);
    }
}

/// Names of what the files hold that follow one configuration.
struct Names {
    /// Connection references, each by its name.
    references: Vec<Vec<String>>,
    /// Flows, each by name and id.
    flows: Vec<Vec<String>>,
}

/// What the patterns of a list are about, and what to say of those that are about nothing.
struct Subjects<'a> {
    all: &'a [Vec<String>],
    nothing: &'static str,
    taken: &'static str,
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
                .extend(workspace.references(id).map(|r| vec![r.logical_name.value.clone()]));
            let manifest = solution.manifest.and_then(|file| workspace.file(file).facts.manifest());
            let required = manifest.into_iter().flat_map(|manifest| &manifest.missing_dependencies);
            names
                .references
                .extend(required.filter_map(|dependency| match &dependency.required {
                    RequiredComponent::ConnectionReference(name) => Some(vec![name.clone()]),
                    _ => None,
                }));
            for &flow in &solution.flows {
                let id = workspace.file(flow).facts.flow().and_then(|flow| flow.id);
                let both = std::iter::once(workspace.flow_name(flow)).chain(id.map(|id| id.to_string()));
                names.flows.push(both.collect());
            }
        }
        for &settings in workspace.settings() {
            let facts = workspace.file(settings).facts.settings();
            let entries = facts.into_iter().flat_map(|facts| &facts.references);
            names
                .references
                .extend(entries.map(|entry| vec![entry.logical_name.value.clone()]));
        }
        (solutions > 0).then_some(names)
    }
}

fn patterns(file: FileId, entries: &[Assignment], subjects: &Subjects<'_>, findings: &mut Findings) {
    let mut taken: Vec<bool> = vec![false; subjects.all.len()];
    for (at, entry) in entries.iter().enumerate() {
        let mut own = Vec::new();
        for pattern in &entry.patterns {
            let wanted = pattern.value.trim();
            // An empty one, and everything, are told by others or mean what they say.
            if wanted.is_empty() || wanted == "*" {
                own.extend((wanted == "*").then_some(0..taken.len()).into_iter().flatten());
                continue;
            }
            let matched: Vec<usize> = (0..taken.len())
                .filter(|one| is_meant(wanted, &subjects.all[*one]))
                .collect();
            if matched.is_empty() {
                // One that the list has already was not meant.
                let mut listed = entries.iter().flat_map(|entry| &entry.patterns);
                let known = subjects.all.iter().flatten().map(String::as_str);
                let near = expr::did_you_mean(wanted, known)
                    .filter(|near| !listed.any(|own| same_name(own.value.trim(), near)));
                findings.push(stale(file, pattern, subjects.nothing, near));
            } else if !is_open(wanted) && matched.iter().all(|one| taken[*one]) && !is_hidden(&entries[..at], wanted) {
                // An open one may be meant for what is yet to come.
                findings.push(stale(file, pattern, subjects.taken, None));
            }
            own.extend(matched);
        }
        own.into_iter().for_each(|one| taken[one] = true);
    }
}

/// Whether a pattern means something of these names. A flow's id may stand in braces.
fn is_meant(pattern: &str, names: &[String]) -> bool {
    let id = Guid::parse(pattern);
    names
        .iter()
        .any(|name| matches_pattern(pattern, name) || id.is_some() && Guid::parse(name) == id)
}

/// Whether the text of an earlier pattern shows that a later one never counts, which the reader of the configuration tells.
fn is_hidden(earlier: &[Assignment], pattern: &str) -> bool {
    let mut patterns = earlier.iter().flat_map(|entry| &entry.patterns);
    patterns.any(|earlier| matches_pattern(&earlier.value, pattern))
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
    fn what_others_match_already_never_counts() {
        let plan = sample(
            r#"{ "references": [{ "match": "con_Data*" }, { "match": "*verse", "activity": "x" }],
                "owners": [{ "match": "Main flow", "account": "a@b.c" }, { "match": "11111111-2222-3333-4444-555555555555", "account": "d@e.f" }, { "match": "*", "account": "g@h.i" }] }"#,
        );
        assert_eq!(plan.marked(RULE.id), ["11111111-2222-3333-4444-555555555555"]);
        assert_eq!(plan.marked("invalid-configuration"), [""; 0]);
        let hidden = sample(r#"{ "references": [{ "match": "con_*" }, { "match": "con_Data*" }] }"#);
        assert_eq!(hidden.marked(RULE.id), [""; 0]);
        assert_eq!(
            hidden.marked("invalid-configuration"),
            ["con_Data*"],
            "one fault is told once"
        );
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
