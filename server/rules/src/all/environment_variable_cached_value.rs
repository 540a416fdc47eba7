//! A flow remembers another value of an environment variable than the solution gives it.

use analysis::hardcoded::names_environment;
use analysis::variables::{as_parameter, is_cached};
use edits::WorkspaceEdit;
use model::flow::Parameter;
use model::settings::is_token;
use model::variables::SECRET_TYPE;
use model::{FileId, Profile};
use syntax::TextEdit;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// A parameter that stands for an environment variable of the solution, and whose `defaultValue` is another than the variable's default; or, where the
    /// variable has no default, one that names a site, an environment or a person. The designer writes the value that the variable has where the
    /// flow is saved. Secrets there are told by `hardcoded-secret`.
    ///
    /// # Why it matters
    ///
    /// The value of the developer's environment travels with the flow to everybody who gets the solution. Where the variable is not given a
    /// value, it is the one that the flow works with, and it hides that nobody gave any.
    ///
    /// # How to fix
    ///
    /// Write the variable's default, or leave the value out where it has none. Saving the flow in the designer writes it anew.
    ///
    /// # Example
    ///
    /// The variable has the default `https://contoso.sharepoint.com/sites/HR`.
    ///
    /// ```json
    /// // wrong
    /// "HR site (con_HRSite)": { "defaultValue": "https://contoso.sharepoint.com/sites/HR-Dev", "type": "String", "metadata": { "schemaName": "con_HRSite" } }
    /// // right
    /// "HR site (con_HRSite)": { "defaultValue": "https://contoso.sharepoint.com/sites/HR", "type": "String", "metadata": { "schemaName": "con_HRSite" } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Environment variables overview",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables>
    static RULE = {
        id: "environment-variable-cached-value",
        summary: "a flow remembers a value of the environment in which it was saved",
        category: Category::Solution,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Strict,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for parameter in &flow.parameters {
            findings.found.extend(of_parameter(context, file, parameter));
        }
    }
}

fn of_parameter(context: &SolutionContext<'_>, file: FileId, parameter: &Parameter) -> Option<Finding> {
    let workspace = context.workspace;
    let (name, cached) = (parameter.schema_name.as_ref()?, parameter.cached.as_ref()?);
    let defined = workspace.variable_file(context.id, &name.value)?;
    let definition = workspace.file(defined).facts.variable_definition()?;
    let kind = definition
        .kind
        .filter(|kind| definition.complete && *kind != SECRET_TYPE)?;
    if is_token(&cached.text) {
        return None;
    }
    let shown = titled(definition.display_name.as_deref().unwrap_or(&name.value), &name.value);
    let flow = workspace.flow_name(file);
    let (what, title, edit) = match &definition.default {
        Some(default) => {
            if is_cached(kind, &default.value, cached) {
                return None;
            }
            let edit = as_parameter(&parameter.kind, &default.value)
                .map(|value| WorkspaceEdit::replace(file, cached.span, value));
            ("another value than its default", "Write the variable's default", edit)
        }
        None => {
            if !cached.is_text || !names_environment(&cached.text) {
                return None;
            }
            let mut edit = WorkspaceEdit::default();
            edit.push(file, TextEdit::new(cached.removal, ""));
            (
                "a value of the environment in which it was saved",
                "Leave the remembered value out",
                Some(edit),
            )
        }
    };
    let message = format!(
        "Flow `{flow}` remembers {what} for the environment variable {shown}, which travels with the solution and counts where nobody gives the variable a value. {title}."
    );
    let finding = Finding::new(&RULE, file, cached.span, name.value.as_str(), message).related(
        defined,
        definition.schema_name.span,
        "the environment variable is defined here",
    );
    Some(match edit {
        Some(edit) => finding.fix(title, false, edit),
        None => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn sample(kind: u32, default: &str, parameter: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"parameters":{{"X":{{{parameter},"metadata":{{"schemaName":"con_X"}}}}}},"triggers":{{"t":{{"type":"Request"}}}},"actions":{{"C":{{"type":"Compose","inputs":"@parameters('X')"}}}}}}"#
            ),
            &[],
        )
        .with(
            "/s/environmentvariabledefinitions/con_X/environmentvariabledefinition.xml",
            format!(
                r#"<environmentvariabledefinition schemaname="con_X">{default}<type>{kind}</type></environmentvariabledefinition>"#
            ),
        )
    }

    #[test]
    fn other_values_than_the_default() {
        for (kind, default, parameter, after) in [
            (
                100_000_000,
                "<defaultvalue>a</defaultvalue>",
                r#""defaultValue":"b","type":"String""#,
                r#"{"defaultValue":"a","type""#,
            ),
            (
                100_000_001,
                "<defaultvalue>1</defaultvalue>",
                r#""defaultValue":2,"type":"Int""#,
                r#"{"defaultValue":1,"type""#,
            ),
            (
                100_000_002,
                "<defaultvalue>yes</defaultvalue>",
                r#""defaultValue":false,"type":"Bool""#,
                r#"{"defaultValue":true,"type""#,
            ),
            (
                100_000_000,
                "",
                r#""defaultValue":"https://contoso.sharepoint.com/sites/x","type":"String""#,
                r#"{"type""#,
            ),
            (
                100_000_004,
                "",
                r#""type":"String","defaultValue":"megan@contoso.com""#,
                r#"{"type":"String","metadata""#,
            ),
        ] {
            let bad = sample(kind, default, parameter);
            assert_eq!(bad.assert_fixes(RULE.id), 1, "{parameter}");
            let flow = &bad.apply(&bad.of(RULE.id)[0].finding.fixes[0]).files[FLOW];
            assert!(flow.contains(after), "{flow}");
        }
    }

    #[test]
    fn the_default_itself_and_values_that_tell_nothing() {
        for (kind, default, parameter) in [
            (
                100_000_000,
                "<defaultvalue>a</defaultvalue>",
                r#""defaultValue":"a","type":"String""#,
            ),
            (100_000_000, "<defaultvalue>a</defaultvalue>", r#""type":"String""#),
            (
                100_000_000,
                "<defaultvalue>a</defaultvalue>",
                r#""defaultValue":"","type":"String""#,
            ),
            (
                100_000_001,
                "<defaultvalue>1.0</defaultvalue>",
                r#""defaultValue":1,"type":"Float""#,
            ),
            (
                100_000_002,
                "<defaultvalue>yes</defaultvalue>",
                r#""defaultValue":true,"type":"Bool""#,
            ),
            (
                100_000_003,
                "<defaultvalue>{\"a\":1}</defaultvalue>",
                r#""defaultValue":{ "a": 1 },"type":"Object""#,
            ),
            (100_000_000, "", r#""defaultValue":"plain","type":"String""#),
            (
                100_000_005,
                "<defaultvalue>a</defaultvalue>",
                r#""defaultValue":"b","type":"String""#,
            ),
        ] {
            assert_eq!(sample(kind, default, parameter).marked(RULE.id), [""; 0], "{parameter}");
        }
    }
}
