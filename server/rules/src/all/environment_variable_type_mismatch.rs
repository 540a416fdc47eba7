//! A value or a parameter that does not fit the type of its environment variable.

use analysis::variables::{JSON, NUMBER, TEXT, YES_NO, as_parameter, fits, parameter_kinds};
use edits::WorkspaceEdit;
use edits::components::token;
use model::files::{folder_of, name_of};
use model::flow::Parameter;
use model::settings::{SettingsVariable, is_token};
use model::variables::{SECRET_TYPE, VariableDefinition};
use model::{FileId, Profile, SolutionId, Workspace, same_name};
use syntax::{TextEdit, json};

use crate::context::{SolutionContext, WorkspaceContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{settings_for, titled};

declare_rule! {
    /// # What it finds
    ///
    /// - A default, a value in the solution, or a value in deployment settings that its environment variable cannot have: words for a number,
    ///   anything but yes or no, a text that is no JSON, or something else than the path of a Key Vault secret;
    /// - a parameter of a flow whose type is not the one that the designer writes for the variable: `String` for texts and data sources,
    ///   `Int` or `Float` for numbers, `Bool` for yes/no, `Object` or `Array` for JSON.
    ///
    /// Tokens that a pipeline replaces, and empty values, are not reported.
    ///
    /// # Why it matters
    ///
    /// The service checks types when a flow starts and when a variable is saved. An import fails, or, worse, succeeds, and the flow fails in the
    /// environment that was given the value.
    ///
    /// # How to fix
    ///
    /// Correct the value, or the type. For parameters the fix writes the type that fits, and the remembered value as the type wants it; for settings
    /// it writes a token in the place of the value; for a default that no flow reads as anything but text it makes the variable a text.
    ///
    /// # Example
    ///
    /// The variable is a number (`<type>100000001</type>`).
    ///
    /// ```json
    /// // wrong
    /// { "SchemaName": "con_Days", "Value": "seven" }
    /// // right
    /// { "SchemaName": "con_Days", "Value": "7" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Environment variables overview",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables>
    static RULE = {
        id: "environment-variable-type-mismatch",
        summary: "a value or parameter does not fit the type of its environment variable",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check), Check::Workspace(check_settings)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &file in &context.solution.variables {
        let Some((definition, kind)) = whole(workspace, file) else {
            continue;
        };
        if let Some(default) = definition
            .default
            .as_ref()
            .filter(|own| is_wrong(definition, kind, &own.value))
        {
            let message = format!(
                "The default of the environment variable {} is not {}, which is what the variable is declared to hold, so flows that read it fail. Correct the default, or the type.",
                named(definition),
                wanted(kind)
            );
            let finding = Finding::new(
                &RULE,
                file,
                default.span,
                definition.schema_name.value.as_str(),
                message,
            );
            findings.push(with_text_type(context, file, definition, kind, finding));
        }
        let path = model::files::join(folder_of(&workspace.file(file).path), "environmentvariablevalues.json");
        let Some(id) = workspace.id(&path) else { continue };
        if let Some(values) = workspace.file(id).facts.variable_values() {
            for value in values
                .values
                .iter()
                .filter(|own| is_wrong(definition, kind, &own.value))
            {
                let message = format!(
                    "The value of the environment variable {} is not {}, which is what the variable is declared to hold, so its import fails, or the flows that read it do. Correct the value.",
                    named(definition),
                    wanted(kind)
                );
                findings.push(Finding::new(
                    &RULE,
                    id,
                    value.span,
                    definition.schema_name.value.as_str(),
                    message,
                ));
            }
        }
    }
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for parameter in &flow.parameters {
            findings.found.extend(of_parameter(context, file, parameter));
        }
    }
}

/// A definition that can be read whole, with its type.
fn whole(workspace: &Workspace, file: FileId) -> Option<(&VariableDefinition, u32)> {
    let definition = workspace.file(file).facts.variable_definition()?;
    Some((definition, definition.kind?)).filter(|(definition, _)| definition.complete)
}

fn is_wrong(definition: &VariableDefinition, kind: u32, value: &str) -> bool {
    // Other stores of secrets have other names for them.
    let is_known = kind != SECRET_TYPE || definition.in_key_vault;
    is_known && !is_token(value) && !fits(kind, value)
}

fn named(definition: &VariableDefinition) -> String {
    let name = &definition.schema_name.value;
    titled(definition.display_name.as_deref().unwrap_or(name), name)
}

fn wanted(kind: u32) -> &'static str {
    match kind {
        NUMBER => "a number",
        YES_NO => "yes or no",
        JSON => "a JSON document",
        SECRET_TYPE => "the path of a secret in Azure Key Vault",
        _ => "a text",
    }
}

/// The finding with the fix that makes the variable a text, where no flow reads it as anything else.
fn with_text_type(
    context: &SolutionContext<'_>,
    file: FileId,
    definition: &VariableDefinition,
    kind: u32,
    finding: Finding,
) -> Finding {
    let name = &definition.schema_name.value;
    let reads_otherwise = context.flows().any(|(_, flow)| {
        let reads = |parameter: &Parameter| {
            let own = parameter.schema_name.as_ref();
            own.is_some_and(|own| same_name(&own.value, name)) && !parameter.kind.eq_ignore_ascii_case("String")
        };
        !flow.complete || flow.parameters.iter().any(reads)
    });
    match definition.kind_span.filter(|_| kind != SECRET_TYPE && !reads_otherwise) {
        Some(span) => finding.fix(
            "Make the variable a text",
            false,
            WorkspaceEdit::replace(file, span, TEXT.to_string()),
        ),
        None => finding,
    }
}

fn of_parameter(context: &SolutionContext<'_>, file: FileId, parameter: &Parameter) -> Option<Finding> {
    let workspace = context.workspace;
    let name = parameter.schema_name.as_ref()?;
    let defined = workspace.variable_file(context.id, &name.value)?;
    let (definition, kind) = whole(workspace, defined)?;
    let kinds = parameter_kinds(kind);
    let first = kinds.first()?;
    // A secret's parameter, a type that is worked out or missing: other rules' business.
    if parameter.kind.is_empty() || kinds.iter().any(|own| own.eq_ignore_ascii_case(&parameter.kind)) {
        return None;
    }
    let message = format!(
        "The parameter `{}` of flow `{}` has the type `{}`, but the environment variable {} holds {}, so the flow fails when it gets the value. Give the parameter the type `{first}`.",
        parameter.name.value,
        workspace.flow_name(file),
        parameter.kind,
        named(definition),
        wanted(kind)
    );
    let span = parameter.kind_span?;
    let finding = Finding::new(&RULE, file, span, name.value.as_str(), message).related(
        defined,
        definition.schema_name.span,
        "the environment variable is defined here",
    );
    let mut edit = WorkspaceEdit::replace(file, span, json::quote(first));
    if let Some(cached) = &parameter.cached {
        match as_parameter(first, &cached.text) {
            Some(value) => edit.push(file, TextEdit::new(cached.span, value)),
            None => edit.push(file, TextEdit::new(cached.removal, "")),
        }
    }
    Some(finding.fix(format!("Give the parameter the type `{first}`"), false, edit))
}

fn check_settings(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &settings in workspace.settings() {
        let Some(facts) = workspace.file(settings).facts.settings() else {
            continue;
        };
        for entry in &facts.variables {
            let found = context
                .targets()
                .of(settings)
                .iter()
                .find_map(|id| of_entry(workspace, settings, *id, entry));
            findings.found.extend(found);
        }
    }
}

fn of_entry(
    workspace: &Workspace,
    settings: FileId,
    solution: SolutionId,
    entry: &SettingsVariable,
) -> Option<Finding> {
    let name = &entry.schema_name.value;
    let value = entry.value.as_ref()?;
    let file = workspace.variable_file(solution, name)?;
    let (definition, kind) = whole(workspace, file)?;
    if !is_wrong(definition, kind, &value.value) {
        return None;
    }
    let message = format!(
        "The environment variable {} gets a value in {} that is not {}, which is what the variable is declared to hold, so the import or the flows that read it fail. Correct the value.",
        named(definition),
        settings_for(workspace, settings),
        wanted(kind)
    );
    let finding = Finding::new(&RULE, settings, value.span, name.as_str(), message);
    let token = json::escape(&token("environmentvariable", name));
    let edit = WorkspaceEdit::replace(settings, value.span, token);
    let said = format!(
        "the variable is defined here, in `{}`",
        name_of(folder_of(&workspace.file(file).path))
    );
    Some(finding.related(file, definition.schema_name.span, said).fix(
        "Write a token that the pipeline replaces",
        false,
        edit,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const SETTINGS: &str = "/s/prod.deploymentSettings.json";
    const FOLDER: &str = "/s/environmentvariabledefinitions/con_Limit";

    fn sample(kind: u32, default: &str, parameter: &str, value: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"parameters":{{"Limit (con_Limit)":{{{parameter},"metadata":{{"schemaName":"con_limit"}}}}}},"triggers":{{"t":{{"type":"Request"}}}},"actions":{{"C":{{"type":"Compose","inputs":"@parameters('Limit (con_Limit)')"}}}}}}"#
            ),
            &[],
        )
        .with(
            &format!("{FOLDER}/environmentvariabledefinition.xml"),
            format!(
                r#"<environmentvariabledefinition schemaname="con_Limit">{default}<displayname default="Limit" /><secretstore>0</secretstore><type>{kind}</type></environmentvariabledefinition>"#
            ),
        )
        .with(
            SETTINGS,
            format!(r#"{{"EnvironmentVariables":[{{"SchemaName":"con_Limit","Value":"{value}"}}],"ConnectionReferences":[]}}"#),
        )
    }

    #[test]
    fn what_fits_is_fine() {
        for (kind, default, parameter, value) in [
            (
                TEXT,
                "<defaultvalue>x</defaultvalue>",
                r#""defaultValue":"x","type":"String""#,
                "y",
            ),
            (
                NUMBER,
                "<defaultvalue>0.8</defaultvalue>",
                r#""defaultValue":0.8,"type":"float""#,
                " 3 ",
            ),
            (NUMBER, "", r#""type":"Int""#, "\u{23}{limit}#"),
            (
                YES_NO,
                "<defaultvalue>no</defaultvalue>",
                r#""defaultValue":true,"type":"Bool""#,
                "Yes",
            ),
            (
                JSON,
                "<defaultvalue>{\"a\":1}</defaultvalue>",
                r#""type":"Object""#,
                "[]",
            ),
            (SECRET_TYPE, "", r#""type":"String""#, "/subscriptions/1/secrets/x"),
            (7, "<defaultvalue>x</defaultvalue>", r#""type":"Odd""#, "x"),
        ] {
            assert_eq!(
                sample(kind, default, parameter, value).marked(RULE.id),
                [""; 0],
                "{kind} {value}"
            );
        }
    }

    #[test]
    fn defaults_values_and_settings() {
        let bad = sample(
            NUMBER,
            "<defaultvalue>many</defaultvalue>",
            r#""type":"Float""#,
            "seven",
        )
        .with(
            &format!("{FOLDER}/environmentvariablevalues.json"),
            r#"{"environmentvariablevalues":{"environmentvariablevalue":{"value":"eight"}}}"#,
        );
        assert_eq!(bad.marked(RULE.id), ["many", "eight", "seven"]);
        let found = bad.of(RULE.id);
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The default of the environment variable `Limit` (`con_Limit`) is not a number")
        );
        assert!(found[2].finding.message.contains("in the deployment settings for prod"));
        // A number is read: it cannot become a text.
        assert_eq!((found[0].finding.fixes.len(), bad.assert_fixes(RULE.id)), (0, 1));
        let text = sample(YES_NO, "<defaultvalue>many</defaultvalue>", r#""type":"String""#, "yes");
        let found = text.of(RULE.id);
        assert_eq!(found.len(), 2, "{found:?}");
        let unread = sample(YES_NO, "<defaultvalue>many</defaultvalue>", r#""type":"String""#, "yes").replace(
            FLOW,
            "con_limit",
            "con_x",
        );
        assert_eq!(unread.assert_fixes(RULE.id), 1);
        let secret = sample(
            SECRET_TYPE,
            "<defaultvalue>Wint3r</defaultvalue>",
            r#""type":"String""#,
            "",
        );
        let found = secret.of(RULE.id);
        assert_eq!((found.len(), found[0].finding.fixes.len()), (1, 0));
        assert!(!found[0].finding.message.contains("Wint3r"));
    }

    #[test]
    fn parameters_get_the_type_and_keep_what_they_can() {
        for (kind, parameter, after) in [
            (
                NUMBER,
                r#""defaultValue":"3","type":"String""#,
                r#""defaultValue":3,"type":"Float","metadata""#,
            ),
            (
                YES_NO,
                r#""defaultValue":"No","type":"String""#,
                r#""defaultValue":false,"type":"Bool","metadata""#,
            ),
            (
                YES_NO,
                r#""defaultValue":"x","type":"String""#,
                r#"{"type":"Bool","metadata""#,
            ),
            (
                TEXT,
                r#""type":"Int","defaultValue":3"#,
                r#"{"type":"String","defaultValue":"3","metadata""#,
            ),
        ] {
            let bad = sample(kind, "", parameter, "\u{23}{limit}#");
            let found = bad.of(RULE.id);
            assert_eq!((found.len(), found[0].path.as_str()), (1, FLOW), "{parameter}");
            assert_eq!(bad.assert_fixes(RULE.id), 1);
            let flow = &bad.apply(&found[0].finding.fixes[0]).files[FLOW];
            assert!(flow.contains(after), "{flow}");
        }
        let damaged = sample(NUMBER, "", r#""type":"String""#, "1").replace(FLOW, "\"actions\":", "\"actions\":,");
        assert_eq!(damaged.marked(RULE.id), [""; 0]);
    }
}
