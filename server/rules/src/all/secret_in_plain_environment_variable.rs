//! An environment variable that is to hold a secret, and is plain text.

use crate::context::FileContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use analysis::secrets::{is_placeholder, is_secret_name, scan, scan_named};
use edits::WorkspaceEdit;
use model::variables::SECRET_TYPE;
use model::{Facts, Profile};
use syntax::TextEdit;
use syntax::xml::Tree;

declare_rule! {
    /// # What it finds
    ///
    /// An environment variable of type text or JSON whose name says that its value is a secret: `ClientSecret`, `ApiKey`, `SmtpPassword`. A value that
    /// stands in the definition and looks like a secret is `hardcoded-secret`, which tells it at the value.
    ///
    /// # Why it matters
    ///
    /// Everybody who may read the table of environment variable values reads it, in every environment, and so does whoever sees the solution, the
    /// settings file or the history of a run. Nothing tells who read it.
    ///
    /// # How to fix
    ///
    /// Make it a variable of type secret: its value is then the address of a secret in Azure Key Vault. The fix changes the definition. Flows read
    /// such a variable by the Dataverse action `RetrieveEnvironmentVariableSecretValue`, not as a parameter: change them too.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```xml
    /// <environmentvariabledefinition schemaname="con_ApiKey"><type>100000000</type></environmentvariabledefinition>
    /// ```
    ///
    /// Right:
    ///
    /// ```xml
    /// <environmentvariabledefinition schemaname="con_ApiKey"><secretstore>0</secretstore><type>100000005</type></environmentvariabledefinition>
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use environment variables for Azure Key Vault secrets",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables-azure-key-vault-secrets>
    static RULE = {
        id: "secret-in-plain-environment-variable",
        summary: "an environment variable for a secret is plain text",
        category: Category::Secrets,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::File(check)],
    };
}

const TEXT_TYPE: u32 = 100_000_000;
const JSON_TYPE: u32 = 100_000_003;

fn check(file: &FileContext<'_>, findings: &mut Findings) {
    let Facts::VariableDefinition(definition) = file.facts else {
        return;
    };
    if !matches!(definition.kind, Some(TEXT_TYPE | JSON_TYPE)) {
        return;
    }
    let names = [
        Some(definition.schema_name.value.as_str()),
        definition.display_name.as_deref(),
    ];
    let Some(kind) = names.into_iter().flatten().find_map(is_secret_name) else {
        return;
    };
    let default = definition.default.as_ref().map(|default| default.value.as_str());
    let is_told = |value: &str| {
        let mut names = names.into_iter().flatten();
        !scan(value).is_empty() || names.any(|name| scan_named(name, value).is_some())
    };
    if default.is_some_and(is_told) {
        return;
    }
    let title = definition
        .display_name
        .as_deref()
        .unwrap_or(&definition.schema_name.value);
    let filled = default.is_some_and(|value| !is_placeholder(value));
    let has = if filled { ", and has a default" } else { "" };
    let message = format!(
        "The environment variable `{title}` is to hold {kind} by its name{has}, and is plain text: everybody who may read variables reads it. Make it a secret of a key vault."
    );
    let mut finding = Finding::new(
        &RULE,
        file.file,
        definition.schema_name.span,
        &definition.schema_name.value,
        message,
    );
    if let Some(edit) = make_secret(file) {
        finding = finding.fix("Make it a variable of type secret, without a default", false, edit);
    }
    findings.push(finding);
}

fn make_secret(file: &FileContext<'_>) -> Option<WorkspaceEdit> {
    let tree = Tree::parse(file.text);
    let root = tree.root().filter(|_| !tree.is_broken())?;
    let mut edit = WorkspaceEdit::default();
    edit.push(
        file.file,
        TextEdit::new(root.child("type")?.content_span()?, SECRET_TYPE.to_string()),
    );
    if let Some(default) = root.child("defaultvalue").and_then(|value| value.content_span()) {
        edit.push(file.file, TextEdit::new(default, ""));
    }
    Some(edit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn variable(name: &str, kind: u32, default: &str) -> Sample {
        Sample::actions("").with(
            &format!("/s/environmentvariabledefinitions/{name}/environmentvariabledefinition.xml"),
            format!(
                "<environmentvariabledefinition schemaname=\"{name}\">{default}<displayname default=\"{name}\" /><type>{kind}</type></environmentvariabledefinition>"
            ),
        )
    }

    #[test]
    fn plain_variables_for_secrets() {
        for default in [
            "",
            "<defaultvalue></defaultvalue>",
            "<defaultvalue>set later</defaultvalue>",
        ] {
            for name in ["con_ClientSecret", "con_ApiKey", "con_SmtpPassword"] {
                let sample = variable(name, 100_000_000, default);
                assert_eq!(sample.marked(RULE.id), [name], "{default}");
                assert_eq!(sample.assert_fixes(RULE.id), 1, "{default}");
            }
        }
    }

    #[test]
    fn others_are_silent() {
        assert_eq!(variable("con_ApiKey", 100_000_005, "").marked(RULE.id), [""; 0]);
        assert_eq!(variable("con_ApiKey", 100_000_002, "").marked(RULE.id), [""; 0]);
        for name in [
            "con_ApiAddress",
            "con_KeyVaultName",
            "con_SecretName",
            "con_PasswordResetUrl",
            "con_Keyboard",
        ] {
            assert_eq!(variable(name, 100_000_000, "").marked(RULE.id), [""; 0], "{name}");
        }
    }

    #[test]
    fn a_value_that_is_a_secret_is_told_once() {
        let sample = variable(
            "con_ApiKey",
            100_000_000,
            "<defaultvalue>q1W2e3R4t5y6U7i8o9P0</defaultvalue>",
        );
        assert_eq!(sample.marked(RULE.id), [""; 0]);
        assert_eq!(sample.of("hardcoded-secret").len(), 1);
    }
}
