//! An environment variable that is to hold a secret, and is plain text.

use crate::context::{FileContext, FlowContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use analysis::credentials::credentials;
use analysis::secrets::{is_placeholder, promises_secret, scan, scan_named};
use edits::WorkspaceEdit;
use expr::ReferenceKind;
use model::flow::Parameter;
use model::variables::SECRET_TYPE;
use model::{Facts, Profile, same_name};
use syntax::TextEdit;
use syntax::xml::Tree;

declare_rule! {
    /// # What it finds
    ///
    /// An environment variable of type text or JSON whose name says that its value is a secret: `ClientSecret`, `ApiKey`, `SmtpPassword`,
    /// `StorageConnectionString`. A value that stands in the definition and looks like a secret is `hardcoded-secret`, which tells it at the value; a
    /// connection string with a default that holds no secret is none. Where the name says nothing, the use tells: a variable that alone fills the
    /// `Authorization` header of a request, or its password, is found at the request.
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
        checks: &[Check::File(check), Check::Flow(check_use)],
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
    let default = definition.default.as_ref().map(|default| default.value.as_str());
    let filled = default.is_some_and(|value| !is_placeholder(value));
    let Some(kind) = names.into_iter().flatten().find_map(|name| promised(name, filled)) else {
        return;
    };
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

/// What the name of a variable promises. Connection strings mostly hold a key; one that is there tells itself.
fn promised(name: &str, filled: bool) -> Option<&'static str> {
    let connects = || {
        let flat: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        (!filled && flat.to_ascii_lowercase().ends_with("connectionstring")).then_some("the key of a connection string")
    };
    promises_secret(name).or_else(connects)
}

/// Variables that requests send as credentials, though their names say nothing.
fn check_use(flow: &FlowContext<'_>, findings: &mut Findings) {
    for credential in credentials(flow.body, flow.tree, flow.text) {
        let Some(site) = flow.body.site(credential.owner, credential.value.id()) else {
            continue;
        };
        if credential.is_address() || !site.info.refers_to.has(ReferenceKind::Parameter) {
            continue;
        }
        let used = expr::references(&site.info.template).filter(|own| own.kind == ReferenceKind::Parameter);
        let declared = |reference: &expr::Reference<'_>| {
            let mut parameters = flow.summary.parameters.iter();
            parameters.find(|own| same_name(&own.name.value, reference.name))
        };
        let used: Vec<_> = used.map(|reference| (declared(&reference), reference)).collect();
        // Of several, the name of one says which is the secret, or nothing does.
        let [(Some(parameter), reference)] = used.as_slice() else {
            continue;
        };
        let Some(variable) = &parameter.schema_name else {
            continue;
        };
        if says(parameter, &variable.value) {
            continue;
        }
        let path = flow.body.owner_path(credential.owner);
        let message = format!(
            "{} is filled from the environment variable `{}`, which is plain text: everybody who may read variables reads it. Make it a secret of a key vault, and read it by an action with hidden outputs.",
            sentence(&credential.holder),
            parameter.name.value
        );
        let span = flow.source_span(site, reference.span);
        findings.push(
            Finding::new(
                &RULE,
                flow.file,
                span,
                format!("{} {}", path.as_deref().unwrap_or_default(), variable.value),
                message,
            )
            .action(path),
        );
    }
}

/// Whether a variable's names tell what it is: a secret, which is found where it is declared, or the part of a sign-in that is none.
fn says(parameter: &Parameter, schema_name: &str) -> bool {
    const OPEN: [&str; 9] = [
        "user",
        "username",
        "login",
        "account",
        "clientid",
        "appid",
        "tenant",
        "scheme",
        "certificate",
    ];
    let names = [parameter.name.value.as_str(), schema_name];
    names.into_iter().any(|name| {
        let flat: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        promised(name, false).is_some() || OPEN.iter().any(|end| flat.to_ascii_lowercase().ends_with(end))
    })
}

fn sentence(holder: &str) -> String {
    let mut letters = holder.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
    fn connection_strings_tell_themselves() {
        assert_eq!(
            variable("con_StorageConnectionString", 100_000_000, "")
                .marked(RULE.id)
                .len(),
            1
        );
        let plain = "<defaultvalue>Server=x;Database=y;Authentication=Active Directory Default</defaultvalue>";
        assert_eq!(
            variable("con_StorageConnectionString", 100_000_000, plain).marked(RULE.id),
            [""; 0]
        );
    }

    fn request(name: &str, inputs: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"GET","uri":"https://x.example",{inputs}}}}}"#
        ))
        .replace(
            crate::testing::FLOW,
            r#""parameters":{"#,
            &format!(
                r#""parameters":{{"{name}":{{"defaultValue":"","type":"String","metadata":{{"schemaName":"con_Partner"}}}},"#
            ),
        )
    }

    #[test]
    fn variables_that_requests_send_as_credentials() {
        let name = "Partner access (con_Partner)";
        for inputs in [
            r#""headers":{"authorization":"Bearer @{parameters('Partner access (con_Partner)')}"}"#,
            r#""authentication":{"type":"Basic","username":"svc","password":"@parameters('Partner access (con_Partner)')"}"#,
            r#""headers":{"Authorization":"@concat('Basic ', base64(concat('svc:', parameters('Partner access (con_Partner)'))))"}"#,
        ] {
            assert_eq!(request(name, inputs).marked(RULE.id), [name], "{inputs}");
        }
        for (name, inputs) in [
            (
                name,
                r#""headers":{"Accept":"@parameters('Partner access (con_Partner)')"}"#,
            ),
            (
                name,
                r#""headers":{"Authorization":"@{parameters('Partner access (con_Partner)')} @{parameters('Other')}"}"#,
            ),
            (
                "Partner key id user",
                r#""headers":{"Authorization":"Basic @{parameters('Partner key id user')}"}"#,
            ),
            // The name tells it where it is declared.
            ("Api Key", r#""headers":{"Authorization":"@parameters('Api Key')"}"#),
        ] {
            assert_eq!(request(name, inputs).marked(RULE.id), [""; 0], "{inputs}");
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
