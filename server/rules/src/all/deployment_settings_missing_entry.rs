//! Deployment settings say nothing about something the solution needs.

use analysis::targets::are_copies;
use edits::WorkspaceEdit;
use edits::components::token;
use model::settings::{DeploymentSettings, SettingsList};
use model::{FileId, Profile, SolutionId, Workspace, same_name};
use rustc_hash::FxHashSet;
use syntax::Span;

use crate::context::WorkspaceContext;
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, settings_for, titled};

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference or an environment variable that a solution declares and its deployment settings leave out. A
    /// file serves the solution that most of its names point at, the nearest in the tree of folders; where that is not plain,
    /// nothing is reported. A variable that has a default or a value in the solution is information of the `strict` profile:
    /// the import then takes that. A list that was left empty as a whole is one finding.
    ///
    /// # Why it matters
    ///
    /// An import without a person at the screen cannot ask. It leaves the reference without a connection, so the flows that
    /// use it stay off, or it fails for want of a value. Somebody then repairs it by hand, with an account of their own. It is a warning
    /// all the same: real pipelines deploy solutions whose files leave out variables, and have people fill them in afterwards.
    ///
    /// # How to fix
    ///
    /// Add the entry. The fix writes a `#{…}#` token where only you know the connection or the value.
    ///
    /// # Example
    ///
    /// Wrong, for a solution with `con_Mail` and `con_Dataverse`:
    ///
    /// ```json
    /// { "EnvironmentVariables": [], "ConnectionReferences": [
    ///   { "LogicalName": "con_Mail", "ConnectionId": "926f0e…", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_office365" }
    /// ] }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "EnvironmentVariables": [], "ConnectionReferences": [
    ///   { "LogicalName": "con_Mail", "ConnectionId": "926f0e…", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_office365" },
    ///   { "LogicalName": "con_Dataverse", "ConnectionId": "0c41d7…", "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps" }
    /// ] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "deployment-settings-missing-entry",
        summary: "deployment settings leave out a connection reference or a variable of their solution",
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
    for &settings in workspace.settings() {
        let facts = workspace.file(settings).facts.settings();
        let Some(facts) = facts.filter(|facts| facts.complete) else {
            continue;
        };
        let mut told = FxHashSet::default();
        let mut missing = Vec::new();
        for &solution in context.targets().of(settings) {
            let all = references(workspace, solution, facts);
            missing.extend(all.filter(|one| told.insert(one.name.to_lowercase())));
        }
        let list = facts.references_list.as_ref();
        report(workspace, settings, list, facts.references.len(), &missing, findings);
        told.clear();
        missing.clear();
        for &solution in context.targets().of(settings) {
            // What keeps its default here and is set for another environment is drift, and told as that.
            let is_drift = |one: &Missing<'_>| !one.needed && others_list(context, settings, solution, one.name);
            let all = variables(workspace, solution, facts).filter(|one| !is_drift(one));
            let mut own: Vec<Missing<'_>> = all.filter(|one| told.insert(one.name.to_lowercase())).collect();
            // A default that one environment gets no more is one that the others drift from.
            for one in own.iter_mut().filter(|one| !one.needed) {
                let others = context.targets().settings_of(workspace, solution);
                one.also = others.filter(|file| *file != settings).collect();
            }
            missing.append(&mut own);
        }
        let (needed, kept): (Vec<_>, Vec<_>) = missing.into_iter().partition(|one| one.needed);
        for some in [needed, kept] {
            let list = facts.variables_list.as_ref();
            report(workspace, settings, list, facts.variables.len(), &some, findings);
        }
    }
}

/// More than so many, and more than the list has, are one finding: the list was left as it was made.
const SINGLE: usize = 3;

fn report(
    workspace: &Workspace,
    settings: FileId,
    list: Option<&SettingsList>,
    listed_now: usize,
    missing: &[Missing<'_>],
    findings: &mut Findings,
) {
    if missing.len() <= SINGLE.max(listed_now) {
        findings
            .found
            .extend(missing.iter().map(|one| one.finding(workspace, settings, list)));
        return;
    }
    let Some(first) = missing.first() else { return };
    let names: Vec<String> = missing.iter().map(|one| format!("`{}`", one.name)).collect();
    let (count, what) = (missing.len(), first.what);
    let without = match first.what == VARIABLE && first.needed {
        true => "without a default ",
        false => "",
    };
    let (who, have) = match listed_now {
        0 => (format!("None of the solution's {count}"), "has an"),
        _ => (count.to_string(), "have no"),
    };
    let message = format!(
        "{who} {what}s {without}{have} entry in {} ({}), so {}. Add entries.",
        settings_for(workspace, settings),
        listed(&names),
        first.then
    );
    let subject = format!("every {}", first.what);
    findings.push(first.with_fix(
        workspace,
        settings,
        list,
        missing,
        subject,
        message,
        "Add an entry for each",
    ));
}

const VARIABLE: &str = "environment variable";

/// Whether another settings file of a solution gives a variable's value.
fn others_list(context: &WorkspaceContext<'_>, own: FileId, solution: SolutionId, name: &str) -> bool {
    let lists = |file: FileId| {
        let facts = context.workspace.file(file).facts.settings();
        facts.is_some_and(|facts| facts.variables.iter().any(|v| same_name(&v.schema_name.value, name)))
    };
    let mut files = context.targets().settings_of(context.workspace, solution);
    files.any(|file| file != own && lists(file))
}

/// Something that a solution declares and settings leave out.
struct Missing<'a> {
    name: &'a str,
    title: &'a str,
    what: &'static str,
    then: &'static str,
    /// Whether the solution brings nothing to fall back on.
    needed: bool,
    /// Where it is declared.
    declared: Option<(FileId, Span)>,
    /// The entry to add.
    members: Vec<(&'static str, String)>,
    /// Other settings files that need it with this one.
    also: Vec<FileId>,
}

impl Missing<'_> {
    fn finding(&self, workspace: &Workspace, settings: FileId, list: Option<&SettingsList>) -> Finding {
        let message = format!(
            "The {} {} has no entry in {}, so {}. Add an entry.",
            self.what,
            titled(self.title, self.name),
            settings_for(workspace, settings),
            self.then
        );
        let title = format!("Add an entry for `{}`", self.name);
        let one = std::slice::from_ref(self);
        let finding = self.with_fix(workspace, settings, list, one, self.name.to_owned(), message, &title);
        match self.declared {
            Some((file, span)) => finding.related(file, span, format!("the {} is declared here", self.what)),
            None => finding,
        }
    }

    /// A finding whose fix adds entries for all of `missing`.
    #[expect(
        clippy::too_many_arguments,
        reason = "what one finding says, from two places that say it in other words"
    )]
    fn with_fix(
        &self,
        workspace: &Workspace,
        settings: FileId,
        list: Option<&SettingsList>,
        missing: &[Missing<'_>],
        subject: String,
        message: String,
        title: &str,
    ) -> Finding {
        let span = list.and_then(|list| list.name_span).unwrap_or(START);
        let mut finding = Finding::new(&RULE, settings, span, subject, message);
        if !self.needed {
            finding = finding.severity(Severity::Info).from_profile(Profile::Strict);
        }
        let Some(list) = list else { return finding };
        let mut edit = WorkspaceEdit::default();
        edit.push(settings, list.anchor.add_all(&entries(missing.iter())));
        let mut others: Vec<FileId> = missing.iter().flat_map(|one| one.also.iter().copied()).collect();
        others.sort_unstable();
        others.dedup();
        for file in others {
            let list = workspace
                .file(file)
                .facts
                .settings()
                .and_then(|facts| facts.variables_list.as_ref());
            if let Some(list) = list {
                let wanted = missing.iter().filter(|one| one.also.contains(&file));
                edit.push(file, list.anchor.add_all(&entries(wanted)));
            }
        }
        let everywhere = if edit.files.len() > 1 {
            " in every environment"
        } else {
            ""
        };
        finding.fix(format!("{title}{everywhere}"), false, edit)
    }
}

/// The members of new entries.
fn entries<'m>(missing: impl Iterator<Item = &'m Missing<'m>>) -> Vec<Vec<(&'m str, &'m str)>> {
    let one = |one: &'m Missing<'m>| {
        let members = one.members.iter();
        members.map(|(name, value)| (*name, value.as_str())).collect()
    };
    missing.map(one).collect()
}

fn references<'a>(
    workspace: &'a Workspace,
    solution: SolutionId,
    facts: &'a DeploymentSettings,
) -> impl Iterator<Item = Missing<'a>> {
    let listed: FxHashSet<String> = facts
        .references
        .iter()
        .map(|entry| entry.logical_name.value.to_lowercase())
        .collect();
    let file = workspace.solution(solution).customizations;
    let missing = workspace
        .references(solution)
        .filter(move |reference| !listed.contains(&reference.logical_name.value.to_lowercase()));
    missing.map(move |reference| {
        let name = reference.logical_name.value.as_str();
        let mut members = vec![
            ("LogicalName", name.to_owned()),
            ("ConnectionId", token("connectionreference", name)),
        ];
        members.extend(
            reference
                .connector_id
                .as_ref()
                .map(|id| ("ConnectorId", id.value.clone())),
        );
        Missing {
            name,
            title: reference.title(),
            what: "connection reference",
            then: "an import gives it no connection and the flows that use it stay off",
            needed: true,
            declared: file.map(|file| (file, reference.logical_name.span)),
            also: Vec::new(),
            members,
        }
    })
}

fn variables<'a>(
    workspace: &'a Workspace,
    solution: SolutionId,
    facts: &'a DeploymentSettings,
) -> impl Iterator<Item = Missing<'a>> {
    let listed: FxHashSet<String> = facts
        .variables
        .iter()
        .map(|entry| entry.schema_name.value.to_lowercase())
        .collect();
    let names = workspace.variable_names(workspace.solution(solution));
    names
        .filter(move |name| !name.is_empty() && !listed.contains(&name.to_lowercase()))
        .map(move |name| {
            let file = workspace.variable_file(solution, name);
            let definition = file.and_then(|file| workspace.file(file).facts.variable_definition());
            let without = needs_value(workspace, solution, name);
            Missing {
                name,
                title: definition.and_then(|d| d.display_name.as_deref()).unwrap_or(name),
                what: VARIABLE,
                then: if without {
                    "an import that nobody attends fails, or leaves the variable without a value"
                } else {
                    "it keeps the value that the solution carries"
                },
                needed: without,
                declared: file.zip(definition.map(|definition| definition.schema_name.span)),
                also: Vec::new(),
                members: vec![
                    ("SchemaName", name.to_owned()),
                    ("Value", token("environmentvariable", name)),
                ],
            }
        })
}

/// Whether a variable has neither a default nor a value, in this solution or a copy of it, as far as its files tell.
pub(crate) fn needs_value(workspace: &Workspace, solution: SolutionId, name: &str) -> bool {
    let declaring = workspace.solutions_with_variable(name).iter();
    let mut copies = declaring.filter(|id| are_copies(workspace, **id, solution));
    copies.all(|id| {
        // Definitions that stand in the customizations tell no default.
        workspace.variable_file(*id, name).is_some_and(|file| {
            let definition = workspace.file(file).facts.variable_definition();
            let folder = model::files::folder_of(&workspace.file(file).path);
            let values = workspace.id(&model::files::join(folder, "environmentvariablevalues.json"));
            definition.is_some_and(|definition| definition.complete && definition.default.is_none()) && values.is_none()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, Sample};

    const SETTINGS: &str = "/s/config/prod/settings.json";

    fn variable(name: &str, default: &str) -> (String, String) {
        (
            format!("/s/environmentvariabledefinitions/{name}/environmentvariabledefinition.xml"),
            format!(
                "<environmentvariabledefinition schemaname=\"{name}\"><displayname default=\"{name} shown\" />{default}<type>100000000</type></environmentvariabledefinition>"
            ),
        )
    }

    fn sample(references: &str, variables: &str) -> Sample {
        let (plain, plain_text) = variable("con_Plain", "");
        let (with_default, default_text) = variable("con_Default", "<defaultvalue>x</defaultvalue>");
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365"), ("con_Sql", "shared_sql")],
        )
        .with(&plain, plain_text)
        .with(&with_default, default_text)
        .with(
            SETTINGS,
            format!("{{\n  \"EnvironmentVariables\": [{variables}],\n  \"ConnectionReferences\": [{references}]\n}}"),
        )
    }

    const MAIL: &str = r#"{"LogicalName":"CON_mail","ConnectionId":"0a"}"#;
    const SQL: &str = r#"{"LogicalName":"con_Sql","ConnectionId":"0b"}"#;
    const PLAIN: &str = r#"{"SchemaName":"con_plain","Value":"x"}"#;

    fn told(sample: &Sample) -> Vec<(String, Severity)> {
        let found = sample.of(RULE.id).into_iter();
        found.map(|f| (f.finding.subject, f.finding.severity)).collect()
    }

    #[test]
    fn what_is_left_out_is_told_by_its_weight() {
        let found = told(&sample(MAIL, ""));
        assert_eq!(
            found,
            [
                ("con_Default".to_owned(), Severity::Info),
                ("con_Plain".to_owned(), Severity::Warning),
                ("con_Sql".to_owned(), Severity::Warning)
            ]
        );
        assert_eq!(
            told(&sample(&format!("{MAIL},{SQL}"), PLAIN).profile(Profile::Recommended)),
            []
        );
        assert_eq!(sample(MAIL, "").assert_fixes(RULE.id), 3);
        assert_eq!(sample("", PLAIN).assert_fixes(RULE.id), 3);
    }

    #[test]
    fn empty_settings_miss_everything() {
        assert_eq!(told(&sample("", "")).len(), 4);
    }

    #[test]
    fn a_list_left_empty_as_a_whole_is_one_finding() {
        let more: String = ["con_C", "con_D"]
            .map(|name| format!("<connectionreference connectionreferencelogicalname=\"{name}\"><connectorid>/x/apis/shared_sql</connectorid></connectionreference>"))
            .concat();
        let none = sample("", PLAIN).replace(
            CUSTOMIZATIONS,
            "</connectionreferences>",
            &format!("{more}</connectionreferences>"),
        );
        let found = none.clone().profile(Profile::Recommended).of(RULE.id);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .finding
                .message
                .starts_with("None of the solution's 4 connection references has an entry")
        );
        assert_eq!(none.profile(Profile::Recommended).assert_fixes(RULE.id), 1);
    }

    #[test]
    fn silent_where_the_file_is_damaged_or_serves_another_solution() {
        assert_eq!(told(&sample(MAIL, "").replace(SETTINGS, "]\n}", "]")), []);
        let foreign = r#"{"LogicalName":"abc_Other","ConnectionId":"0a"}"#;
        assert_eq!(told(&sample(foreign, "")), []);
    }

    #[test]
    fn a_name_of_two_solutions_does_not_make_the_file_serve_both() {
        let other = |root: &str, references: &str| {
            (
                (
                    format!("{root}/Other/Solution.xml"),
                    "<ImportExportXml><SolutionManifest><UniqueName>Other</UniqueName><Version>1.0</Version><Publisher><CustomizationPrefix>con</CustomizationPrefix></Publisher><RootComponents /><MissingDependencies /></SolutionManifest></ImportExportXml>".to_owned(),
                ),
                (
                    format!("{root}/Other/Customizations.xml"),
                    format!("<ImportExportXml><connectionreferences>{references}</connectionreferences></ImportExportXml>"),
                ),
            )
        };
        let names: String = ["con_Mail", "con_A", "con_B", "con_C", "con_Gone"]
            .map(|name| format!("<connectionreference connectionreferencelogicalname=\"{name}\"><connectorid>/x/apis/shared_sql</connectorid></connectionreference>"))
            .concat();
        let ((manifest, manifest_text), (customizations, text)) = other("/t", &names);
        // The settings lie in the first solution's folder; one stale name is the other's.
        let gone = r#"{"LogicalName":"con_Gone","ConnectionId":"0c"}"#;
        let both = sample(&format!("{MAIL},{SQL},{gone}"), PLAIN)
            .with(&manifest, manifest_text)
            .with(&customizations, text)
            .profile(Profile::Recommended);
        assert_eq!(told(&both), []);
    }

    #[test]
    fn another_environment_that_lists_the_variable_makes_it_drift() {
        let test = format!(
            r#"{{"EnvironmentVariables":[{PLAIN},{{"SchemaName":"con_Default","Value":"x"}}],"ConnectionReferences":[{MAIL},{SQL}]}}"#
        );
        let two = sample(&format!("{MAIL},{SQL}"), PLAIN).with("/s/config/test/settings.json", test);
        assert_eq!(told(&two), []);
    }

    #[test]
    fn damaged_customizations_declare_what_can_be_read() {
        let damaged = sample(MAIL, PLAIN).replace(CUSTOMIZATIONS, "</ImportExportXml>", "");
        assert!(told(&damaged).iter().any(|(name, _)| name == "con_Sql"));
    }
}
