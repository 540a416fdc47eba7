//! A flow uses an environment variable that its solution does not define.

use edits::WorkspaceEdit;
use edits::components::{self, NewVariable};
use model::files::{folder_of, name_of};
use model::flow::Parameter;
use model::manifest::RequiredComponent;
use model::{FileId, Profile, Spanned, same_name};
use syntax::json;

use crate::absence::{Elsewhere, elsewhere};
use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A parameter of a flow that stands for an environment variable which the solution does not define. Where the
    /// variable is instead decides how bad that is:
    ///
    /// | The variable is … | Severity |
    /// |---|---|
    /// | nowhere to be found | error |
    /// | only in the environment of the export, in no solution there (`MissingDependencies` says `Active`) | error |
    /// | in another solution of this workspace | info |
    /// | in an installed solution that the manifest names as a dependency | info, in the profile `auditor` |
    ///
    /// # Why it matters
    ///
    /// Import into another environment fails for want of the variable. Where somebody gets the flow running anyway, it
    /// works with the value that the parameter remembers of the environment it was saved in: test addresses in
    /// production.
    ///
    /// # How to fix
    ///
    /// Correct the schema name, or add the variable to the solution. The fix that adds it writes a definition without a
    /// value, of the parameter's type; give it a value per environment in the deployment settings.
    ///
    /// # Example
    ///
    /// The solution defines `con_ApiUrl` only.
    ///
    /// ```json
    /// "Api address (con_ApiAddress)": { "type": "String", "metadata": { "schemaName": "con_ApiAddress" } }
    /// ```
    ///
    /// ```json
    /// "Api address (con_ApiUrl)": { "type": "String", "metadata": { "schemaName": "con_ApiUrl" } }
    /// ```
    ///
    /// # References
    ///
    /// - [Use environment variables in solutions](https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables)
    static RULE = {
        id: "environment-variable-undeclared",
        summary: "a flow uses an environment variable that its solution does not define",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

/// Root component type of environment variables, which only exports of 2019 and 2020 list.
const VARIABLE_COMPONENT: &str = "380";

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    if !context.workspace.is_complete(context.id) {
        return;
    }
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for parameter in &flow.parameters {
            let Some(name) = &parameter.schema_name else { continue };
            if !is_defined(context, &name.value) {
                findings.found.extend(undeclared(
                    context,
                    file,
                    parameter,
                    name,
                    findings.wants(Profile::Auditor),
                ));
            }
        }
    }
}

fn is_defined(context: &SolutionContext<'_>, name: &str) -> bool {
    let workspace = context.workspace;
    let in_manifest = || {
        let manifest = context
            .solution
            .manifest
            .and_then(|id| workspace.file(id).facts.manifest());
        manifest.into_iter().flat_map(|m| &m.root_components).any(|component| {
            component.kind == VARIABLE_COMPONENT
                && component.schema_name.as_deref().is_some_and(|own| same_name(own, name))
        })
    };
    // The folder of a definition has the variable's name, which tells even of a file that cannot be read.
    let has_folder = || {
        context
            .solution
            .variables
            .iter()
            .any(|id| same_name(name_of(folder_of(&workspace.file(*id).path)), name))
    };
    workspace.solutions_with_variable(name).contains(&context.id) || has_folder() || in_manifest()
}

fn undeclared(
    context: &SolutionContext<'_>,
    file: FileId,
    parameter: &Parameter,
    name: &Spanned<String>,
    provided: bool,
) -> Option<Finding> {
    let workspace = context.workspace;
    let variable = &name.value;
    let is_it = |required: &RequiredComponent| matches!(required, RequiredComponent::EnvironmentVariable(required) if same_name(required, variable));
    let owners = workspace.solutions_with_variable(variable);
    let place = elsewhere(context, owners.iter().copied(), is_it);
    if matches!(place, Elsewhere::Provided(_)) && !provided {
        return None;
    }
    let flow = workspace.flow_name(file);
    let solution = workspace.solution_name(context.id);
    let title = title_of(parameter, variable);
    let named = if title == variable {
        format!("`{variable}`")
    } else {
        format!("`{title}` (`{variable}`)")
    };
    let what = format!("Flow `{flow}` uses the environment variable {named}");
    let message = match place {
        Elsewhere::Nowhere => format!(
            "{what}, which solution `{solution}` does not define, so its import will fail. Add the variable to the solution, or correct the name."
        ),
        Elsewhere::Unmanaged => format!(
            "{what}, which is in no solution and exists only in the environment of the export, so the import of `{solution}` elsewhere will fail. Add the variable to the solution."
        ),
        Elsewhere::Solution(other) => format!(
            "{what} of solution `{}`, which the manifest of `{solution}` does not name as a dependency. Import that solution first, or add the variable to this one.",
            workspace.solution_name(other)
        ),
        Elsewhere::Provided(provider) => {
            format!("{what}, which solution `{provider}` provides. Install that solution before `{solution}`.")
        }
    };
    let mut finding = Finding::new(&RULE, file, name.span, variable.as_str(), message);
    for owner in owners.iter().take(3) {
        let Some(definition) = workspace.variable_file(*owner, variable) else {
            continue;
        };
        let Some(facts) = workspace.file(definition).facts.variable_definition() else {
            continue;
        };
        let said = format!("it is defined here, in solution `{}`", workspace.solution_name(*owner));
        finding = finding.related(definition, facts.schema_name.span, said);
    }
    match place {
        Elsewhere::Provided(_) => return Some(finding.severity(Severity::Info).from_profile(Profile::Auditor)),
        Elsewhere::Solution(_) => return Some(finding.severity(Severity::Info)),
        Elsewhere::Unmanaged | Elsewhere::Nowhere => {}
    }
    if let Some(near) = expr::did_you_mean(variable, workspace.variable_names(context.solution)) {
        let edit = WorkspaceEdit::replace(file, name.span, json::escape(near));
        finding = finding.fix(format!("Rename to `{near}`"), false, edit);
    }
    let new = NewVariable {
        schema_name: variable.clone(),
        display_name: title.to_owned(),
        kind: kind_of(&parameter.kind),
        default: None,
    };
    Some(match components::add_variable(workspace, context.id, &new) {
        Some(edit) => finding.fix(
            format!("Add environment variable `{title}` to solution `{solution}`"),
            false,
            edit,
        ),
        None => finding,
    })
}

/// The display name in a parameter called `Display name (schema_name)`.
fn title_of<'a>(parameter: &'a Parameter, schema_name: &'a str) -> &'a str {
    let name = parameter.name.value.trim();
    let title = name
        .strip_suffix(')')
        .and_then(|name| name.strip_suffix(schema_name))
        .and_then(|name| name.strip_suffix('('));
    title
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .unwrap_or(schema_name)
}

/// The type of a definition for a parameter's type.
fn kind_of(parameter: &str) -> u32 {
    let is = |kind: &str| parameter.eq_ignore_ascii_case(kind);
    if is("Int") || is("Float") {
        100_000_001
    } else if is("Bool") {
        100_000_002
    } else if is("Object") || is("Array") {
        100_000_003
    } else if is("SecureString") {
        model::variables::SECRET_TYPE
    } else {
        100_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, MANIFEST, Sample};

    fn sample(schema_name: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"parameters":{{"plain":{{"type":"String"}},"Api limit ({schema_name})":{{"type":"Int","defaultValue":3,"metadata":{{"schemaName":"{schema_name}"}}}}}},"triggers":{{"t":{{"type":"Request"}}}},"actions":{{"C":{{"type":"Compose","inputs":"@parameters('Api limit ({schema_name})')"}}}}}}"#
            ),
            &[],
        )
    }

    fn definition(root: &str, name: &str) -> (String, String) {
        (
            format!("{root}/environmentvariabledefinitions/{name}/environmentvariabledefinition.xml"),
            format!(
                r#"<environmentvariabledefinition schemaname="{name}"><type>100000001</type></environmentvariabledefinition>"#
            ),
        )
    }

    fn with_definition(sample: Sample, root: &str, name: &str) -> Sample {
        let (path, text) = definition(root, name);
        sample.with(&path, text)
    }

    fn dependency(solution: &str) -> String {
        format!(
            r#"<MissingDependencies><MissingDependency><Required type="EnvironmentVariableDefinition" solution="{solution}" id.schemaname="con_Limit" /></MissingDependency></MissingDependencies>"#
        )
    }

    #[test]
    fn nowhere_is_an_error_at_the_schema_name() {
        let bad = sample("con_Limit");
        let found = bad.of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "con_Limit"));
        assert!(found[0].finding.message.contains("`Api limit` (`con_Limit`)"));
        assert_eq!(
            (found[0].finding.severity, bad.assert_fixes(RULE.id)),
            (Severity::Error, 1)
        );
        let new = &bad.apply(&found[0].finding.fixes[0]).files[&definition("/s", "con_Limit").0];
        assert!(
            new.contains("<type>100000001</type>")
                && new.contains("default=\"Api limit\"")
                && !new.contains("defaultvalue")
        );
    }

    #[test]
    fn defined_in_any_form_is_fine() {
        assert_eq!(
            with_definition(sample("con_Limit"), "/s", "CON_limit").marked(RULE.id),
            [""; 0]
        );
        let (path, text) = definition("/s", "con_Limit");
        assert_eq!(
            sample("con_Limit")
                .with(&path, text.replace("schemaname", "<"))
                .marked(RULE.id),
            [""; 0]
        );
        let inline = "<EnvironmentVariables><Definition><SchemaName>con_Limit</SchemaName></Definition></EnvironmentVariables><Workflows />";
        assert_eq!(
            sample("con_Limit")
                .replace(CUSTOMIZATIONS, "<Workflows />", inline)
                .marked(RULE.id),
            [""; 0]
        );
        let component = r#"<RootComponents><RootComponent type="380" schemaName="con_limit" />"#;
        assert_eq!(
            sample("con_Limit")
                .replace(MANIFEST, "<RootComponents>", component)
                .marked(RULE.id),
            [""; 0]
        );
    }

    #[test]
    fn incomplete_files_are_silent() {
        for (path, from, to) in [
            (CUSTOMIZATIONS, "<Workflows />", "<Workflows"),
            (MANIFEST, "<Managed>", "<Manag<ed>"),
            (FLOW, "\"actions\":", "\"actions\":,"),
        ] {
            assert_eq!(
                sample("con_Limit").replace(path, from, to).of(RULE.id).len(),
                0,
                "{path}"
            );
        }
    }

    #[test]
    fn the_manifest_tells_unmanaged_from_provided() {
        let with = |solution| sample("con_limit").replace(MANIFEST, "<MissingDependencies />", &dependency(solution));
        let found = with("Active").of(RULE.id);
        assert_eq!(
            (found[0].finding.severity, found[0].finding.fixes.len()),
            (Severity::Error, 1)
        );
        let found = with("Core (1.0)").of(RULE.id);
        assert_eq!(
            (found[0].finding.severity, found[0].finding.fixes.len()),
            (Severity::Info, 0)
        );
        assert_eq!(with("Core (1.0)").profile(Profile::Strict).of(RULE.id).len(), 0);
    }

    #[test]
    fn another_solution_is_named() {
        let bad = sample("con_Limit");
        let manifest = bad.files[MANIFEST]
            .replace("Sample", "Core")
            .replace("11111111", "99999999");
        let customizations = bad.files[CUSTOMIZATIONS].clone();
        let other = with_definition(bad, "/core", "con_Limit")
            .with("/core/Other/Solution.xml", manifest)
            .with("/core/Other/Customizations.xml", customizations);
        let found = other.of(RULE.id);
        assert_eq!(
            (found[0].finding.severity, found[0].finding.related.len()),
            (Severity::Info, 1)
        );
        assert!(found[0].finding.message.contains("of solution `Core`"));
    }

    #[test]
    fn a_near_miss_is_renamed() {
        let bad = with_definition(sample("con_Limti"), "/s", "con_Limit");
        assert_eq!(bad.of(RULE.id)[0].finding.fixes[0].title, "Rename to `con_Limit`");
        assert_eq!(bad.assert_fixes(RULE.id), 2);
    }
}
