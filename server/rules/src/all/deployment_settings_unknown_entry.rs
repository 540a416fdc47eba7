//! Deployment settings give a value to something that no solution declares.

mod custom;

use edits::WorkspaceEdit;
use model::manifest::RequiredComponent;
use model::{FileId, Profile, SolutionId, Spanned, Workspace, same_name};
use syntax::Span;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::settings_for;

declare_rule! {
    /// # What it finds
    ///
    /// An entry of deployment settings for a connection reference or an environment variable that no solution of the workspace
    /// declares and that no manifest requires of another; and an entry of `customDeploymentSettings.json` for a flow that is
    /// gone, or whose id is that of no flow. Nothing is reported where the file serves no solution that is here, or where one
    /// cannot be read completely.
    ///
    /// # Why it matters
    ///
    /// The name is misspelt, and the component it was meant for gets no value; or the component was renamed or removed. Tools that
    /// apply settings stop at such an entry with messages that name nothing, such as "the given key was not present".
    ///
    /// # How to fix
    ///
    /// Write the name that the finding proposes, or remove the entry.
    ///
    /// # Example
    ///
    /// Wrong, where the reference is called `con_Outlook`:
    ///
    /// ```json
    /// { "LogicalName": "con_Outlok", "ConnectionId": "926f0e…" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "LogicalName": "con_Outlook", "ConnectionId": "926f0e…" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "deployment-settings-unknown-entry",
        summary: "deployment settings name a connection reference, a variable or a flow that no solution has",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &settings in workspace.settings() {
        let served = context.targets().of(settings);
        let Some(facts) = workspace.file(settings).facts.settings() else {
            continue;
        };
        if served.is_empty() || !served.iter().all(|id| workspace.is_complete(*id)) {
            continue;
        }
        let listed: Vec<&str> = facts.references.iter().map(|e| e.logical_name.value.as_str()).collect();
        for entry in &facts.references {
            let name = &entry.logical_name;
            let required = |component: &RequiredComponent| matches!(component, RequiredComponent::ConnectionReference(own) if same_name(own, &name.value));
            if !workspace.solutions_with_reference(&name.value).is_empty() || is_required(workspace, served, required) {
                continue;
            }
            let declared = served.iter().flat_map(|id| workspace.references(*id));
            let near = nearest_free(&name.value, declared.map(|r| r.logical_name.value.as_str()), &listed);
            let unknown = Unknown {
                settings,
                name,
                what: "connection reference",
                near,
                removal: entry.removal,
            };
            findings.push(unknown.finding(workspace));
        }
        // One definition that cannot be read may be any of them.
        if !served.iter().all(|id| variables_are_known(workspace, *id)) {
            continue;
        }
        let listed: Vec<&str> = facts.variables.iter().map(|e| e.schema_name.value.as_str()).collect();
        for entry in &facts.variables {
            let name = &entry.schema_name;
            let required = |component: &RequiredComponent| matches!(component, RequiredComponent::EnvironmentVariable(own) if same_name(own, &name.value));
            if !workspace.solutions_with_variable(&name.value).is_empty() || is_required(workspace, served, required) {
                continue;
            }
            let declared = served
                .iter()
                .flat_map(|id| workspace.variable_names(workspace.solution(*id)));
            let near = nearest_free(&name.value, declared, &listed);
            let unknown = Unknown {
                settings,
                name,
                what: "environment variable",
                near,
                removal: entry.removal,
            };
            findings.push(unknown.finding(workspace));
        }
    }
    custom::check(workspace, findings);
}

/// Whether one of the solutions requires the component of another.
fn is_required(workspace: &Workspace, solutions: &[SolutionId], is_it: impl Fn(&RequiredComponent) -> bool) -> bool {
    let manifests = solutions
        .iter()
        .filter_map(|id| workspace.file(workspace.solution(*id).manifest?).facts.manifest());
    let mut dependencies = manifests.flat_map(|manifest| &manifest.missing_dependencies);
    dependencies.any(|dependency| is_it(&dependency.required))
}

fn variables_are_known(workspace: &Workspace, solution: SolutionId) -> bool {
    workspace.solution(solution).variables.iter().all(|file| {
        let definition = workspace.file(*file).facts.variable_definition();
        definition.is_some_and(|definition| definition.complete && !definition.schema_name.value.is_empty())
    })
}

/// The declared name that was probably meant, unless the file has an entry for it already.
fn nearest_free<'a>(name: &str, declared: impl Iterator<Item = &'a str>, listed: &[&str]) -> Option<&'a str> {
    expr::did_you_mean(name, declared).filter(|near| !listed.iter().any(|own| same_name(own, near)))
}

struct Unknown<'a> {
    settings: FileId,
    name: &'a Spanned<String>,
    what: &'static str,
    near: Option<&'a str>,
    removal: Span,
}

impl Unknown<'_> {
    fn finding(&self, workspace: &Workspace) -> Finding {
        let Self {
            settings,
            name,
            what,
            near,
            removal,
        } = self;
        let hint = near.map_or_else(
            || "Remove the entry.".to_owned(),
            |near| format!("Did you mean `{near}`?"),
        );
        let message = format!(
            "`{}` in {} is a {what} that no solution here declares, so the entry has no effect or stops the import. {hint}",
            name.value,
            settings_for(workspace, *settings)
        );
        let message = message.replace(" a environment", " an environment");
        let mut finding = Finding::new(&RULE, *settings, name.span, name.value.as_str(), message);
        if let Some(near) = near {
            let edit = WorkspaceEdit::replace(*settings, name.span, syntax::json::escape(near));
            finding = finding.fix(format!("Replace by `{near}`"), false, edit);
        }
        // Where another name was probably meant, removing would lose the value.
        let edit = WorkspaceEdit::replace(*settings, *removal, "");
        finding.fix(format!("Remove the entry for `{}`", name.value), near.is_none(), edit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW_ID, MANIFEST, Sample};

    fn sample(references: &str, variables: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365"), ("con_Outlook", "shared_office365")],
        )
        .with(
            "/s/environmentvariabledefinitions/con_Url/environmentvariabledefinition.xml",
            "<environmentvariabledefinition schemaname=\"con_Url\"><defaultvalue>x</defaultvalue></environmentvariabledefinition>",
        )
        .with(
            "/s/settings.json",
            format!("{{\n  \"EnvironmentVariables\": [{variables}],\n  \"ConnectionReferences\": [\n    {{\"LogicalName\":\"CON_mail\",\"ConnectionId\":\"0a\"}}{references}\n  ]\n}}"),
        )
    }

    const OUTLOK: &str = ",\n    {\"LogicalName\":\"con_Outlok\",\"ConnectionId\":\"0b\"}";
    const GONE: &str = ",\n    {\"LogicalName\":\"con_Removed_1a2b3\",\"ConnectionId\":\"0c\"}";

    #[test]
    fn names_nobody_declares_are_told() {
        let both = sample(&format!("{OUTLOK}{GONE}"), r#"{"SchemaName":"con_Ulr","Value":"x"}"#);
        assert_eq!(both.marked(RULE.id), ["con_Ulr", "con_Outlok", "con_Removed_1a2b3"]);
        assert_eq!(both.assert_fixes(RULE.id), 5);
        let safe = |found: &crate::testing::Found| found.finding.fixes.iter().filter(|fix| fix.safe).count();
        assert_eq!(both.of(RULE.id).iter().map(safe).collect::<Vec<_>>(), [0, 0, 1]);
    }

    #[test]
    fn a_name_that_is_taken_is_not_proposed() {
        let twice = sample(
            &format!("{OUTLOK},{{\"LogicalName\":\"con_Outlook\",\"ConnectionId\":\"0d\"}}"),
            "",
        );
        let found = twice.of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.fixes.len(), 1);
    }

    #[test]
    fn what_others_declare_or_a_manifest_requires_is_known() {
        let required = sample(GONE, "").replace(
            MANIFEST,
            "<MissingDependencies />",
            "<MissingDependencies><MissingDependency><Required type=\"connectionreference\" displayName=\"x\" solution=\"Active\" id.connectionreferencelogicalname=\"con_Removed_1a2b3\" /><Dependent type=\"29\" /></MissingDependency></MissingDependencies>",
        );
        assert!(required.marked(RULE.id).is_empty(), "{:?}", required.of(RULE.id));
        assert!(
            sample("", r#"{"SchemaName":"CON_url","Value":"x"}"#)
                .marked(RULE.id)
                .is_empty()
        );
    }

    #[test]
    fn silent_where_a_solution_is_incomplete_or_elsewhere() {
        let damaged = sample(GONE, "").replace(CUSTOMIZATIONS, "</ImportExportXml>", "<x");
        assert!(damaged.marked(RULE.id).is_empty());
        let foreign = sample(GONE, "").replace("/s/settings.json", "CON_mail", "abc_SomethingElse");
        assert!(foreign.marked(RULE.id).is_empty());
        let unread = sample("", r#"{"SchemaName":"con_Ulr","Value":"x"}"#).with(
            "/s/environmentvariabledefinitions/con_Ulr/environmentvariabledefinition.xml",
            "<environmentvariabledefinition schemaname=",
        );
        assert!(unread.marked(RULE.id).is_empty());
    }

    const CUSTOM: &str = "/s/config/prod/custom.json";

    /// Custom settings that own these flows, by id and name; the first of them is switched on too.
    fn custom(flows: &[(&str, &str)]) -> Sample {
        let entry = |(id, name): &(&str, &str)| {
            format!(
                r#"{{"solutionComponentType":29,"solutionComponentName":"{name}","solutionComponentUniqueName":"{id}","ownerEmail":"svc-owner@contoso.com"}}"#
            )
        };
        let owned: Vec<String> = flows.iter().map(entry).collect();
        let text = format!(
            r#"{{"SolutionComponentOwnershipConfiguration":[{}],"ActivateFlowConfiguration":[{}]}}"#,
            owned.join(","),
            owned.last().map_or("", String::as_str)
        );
        Sample::actions("").with(CUSTOM, text)
    }

    #[test]
    fn flows_that_are_gone_are_told_once() {
        let other = "99999999-2222-4333-8444-000000000000";
        let gone = custom(&[(FLOW_ID, "Main flow"), (other, "Old flow")]);
        assert_eq!(gone.marked(RULE.id), [other]);
        let found = &gone.of(RULE.id)[0].finding;
        assert!(
            found
                .message
                .starts_with("`Old flow` in the deployment settings for prod")
        );
        assert_eq!((found.related.len(), found.fixes[0].safe), (1, true));
        assert_eq!(gone.assert_fixes(RULE.id), 1);
        let slip = "11111111-2222-3333-4444-555555555565";
        let near = custom(&[(slip, "Something")]);
        assert_eq!(near.marked(RULE.id), [slip]);
        assert_eq!(near.assert_fixes(RULE.id), 1);
        let renewed = custom(&[(other, "MainFlow")]);
        assert_eq!(
            renewed.of(RULE.id)[0].finding.fixes[0].title,
            "Write the id of `Main flow`"
        );
        assert_eq!(renewed.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn flows_of_others_are_left_alone() {
        let (one, two) = (
            "99999999-2222-4333-8444-000000000000",
            "88888888-2222-4333-8444-000000000000",
        );
        assert!(
            custom(&[(one, "Elsewhere")]).of(RULE.id).is_empty(),
            "the solution may be elsewhere"
        );
        assert!(
            custom(&[(one, "A"), (two, "B"), (FLOW_ID, "Main flow")])
                .of(RULE.id)
                .is_empty(),
            "most are"
        );
        let process = custom(&[(FLOW_ID, "Main flow"), (one, "A process")]);
        let listed = process.clone().replace(
            MANIFEST,
            "<RootComponents>",
            &format!("<RootComponents><RootComponent type=\"29\" id=\"{{{one}}}\" behavior=\"0\" />"),
        );
        assert!(listed.of(RULE.id).is_empty());
        let app = process.clone().replace(
            CUSTOM,
            r#"29,"solutionComponentName":"A process"#,
            r#"300,"solutionComponentName":"A process"#,
        );
        assert!(app.of(RULE.id).is_empty(), "an app, not a flow: {:?}", app.of(RULE.id));
        assert!(
            process
                .replace(CUSTOMIZATIONS, "</ImportExportXml>", "<x")
                .of(RULE.id)
                .is_empty()
        );
    }
}
