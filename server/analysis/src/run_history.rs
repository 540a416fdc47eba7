//! What the history of a flow's runs shows of its steps, and which steps handle secrets.

use std::borrow::Cow;

use expr::{NodeKind, TemplateKind};
use model::flow::{FlowBody, Operation, Owner};
use model::same_name;
use syntax::json::{Tree, Value};

use crate::http::{Caller, Request, requests};
use crate::parameters::parameter;

/// Which sides of a step the run history hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// The inputs.
    pub inputs: bool,
    /// The outputs.
    pub outputs: bool,
}

/// What `runtimeConfiguration.secureData` of an action or trigger hides.
#[must_use]
pub fn hidden(step: Value<'_>) -> Hidden {
    let mut hidden = Hidden::default();
    let secure = step
        .get_ignore_case("runtimeConfiguration")
        .and_then(|value| value.get_ignore_case("secureData"))
        .and_then(|value| value.get_ignore_case("properties"));
    for item in secure.into_iter().flat_map(|list| list.items()) {
        match item.as_str().as_deref() {
            Some(side) if side.eq_ignore_ascii_case("inputs") => hidden.inputs = true,
            Some(side) if side.eq_ignore_ascii_case("outputs") => hidden.outputs = true,
            _ => {}
        }
    }
    hidden
}

/// What a step gives that nobody should read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretOutput {
    /// A secret of a key vault.
    VaultSecret,
    /// The value of a secret environment variable.
    VariableSecret,
    /// What a key of a vault decrypts.
    Decrypted,
    /// An access token.
    Token,
}

impl SecretOutput {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::VaultSecret => "a secret of a key vault",
            Self::VariableSecret => "the value of a secret environment variable",
            Self::Decrypted => "what was encrypted",
            Self::Token => "an access token",
        }
    }
}

/// The action of Dataverse that gives the value of a secret environment variable.
pub const RETRIEVE_SECRET: &str = "RetrieveEnvironmentVariableSecretValue";

/// Steps whose outputs are secrets. `text` and `tree` are the flow's own.
#[must_use]
pub fn secret_outputs(body: &FlowBody, tree: &Tree, text: &str) -> Vec<(Owner, SecretOutput)> {
    let mut found = Vec::new();
    for operation in &body.operations {
        found.extend(of_operation(operation, tree, text).map(|kind| (operation.owner, kind)));
    }
    for request in requests(body, tree, text) {
        let address = request.address.as_str().unwrap_or_default();
        if request.caller != Caller::Webhook && (gives_token(&address) || asks_for_token(&request, body, tree, text)) {
            found.push((request.owner, SecretOutput::Token));
        }
    }
    found
}

/// Whether a request's form asks for a token, wherever it goes to.
fn asks_for_token(request: &Request<'_>, body: &FlowBody, tree: &Tree, text: &str) -> bool {
    let Owner::Action(id) = request.owner else { return false };
    if request.caller != Caller::Http {
        return false;
    }
    let inputs = tree
        .value(text, body.action(id).node)
        .and_then(|value| value.get_ignore_case("inputs"));
    let Some(form) = inputs.and_then(|inputs| inputs.get_ignore_case("body")) else {
        return false;
    };
    form.get_ignore_case("grant_type").is_some() || form.as_str().is_some_and(|text| text.contains("grant_type="))
}

fn of_operation(operation: &Operation, tree: &Tree, text: &str) -> Option<SecretOutput> {
    const VAULT: &str = "shared_keyvault";
    if operation.is(VAULT, "GetSecret") || operation.is(VAULT, "GetSecretVersion") {
        return Some(SecretOutput::VaultSecret);
    }
    if operation.is(VAULT, "DecryptData") || operation.is(VAULT, "DecryptDataWithVersion") {
        return Some(SecretOutput::Decrypted);
    }
    let id = operation.id.value.to_ascii_lowercase();
    if !id.starts_with("performunboundaction") {
        return None;
    }
    let parameters = tree.value(text, operation.parameters?)?;
    let name = parameter(parameters, "actionName")?;
    let is_it = name.as_str().is_some_and(|name| same_name(&name, RETRIEVE_SECRET));
    is_it.then_some(SecretOutput::VariableSecret)
}

/// Whether an address, as far as it is written out, gives out tokens: its path ends in `token` and speaks of OAuth, as its
/// host may do.
fn gives_token(address: &str) -> bool {
    let written = written_out(address).to_ascii_lowercase();
    let path = written.split(['?', '#']).next().unwrap_or_default();
    let mut segments = path.trim_end().trim_end_matches('/').split('/').rev();
    let last = segments.next().unwrap_or_default();
    let is_token = ["token", "access_token", "accesstoken"].contains(&last) || path.ends_with("/tokens/oauth/2");
    let mut segments = segments.chain(std::iter::once(last));
    is_token && segments.any(|part| part.contains("oauth") || part.starts_with("openid-connect") || part == "connect")
}

/// An address without what the flow works out: of `@concat('https://…/', …)` the texts.
fn written_out(address: &str) -> Cow<'_, str> {
    let template = expr::parse(address);
    let TemplateKind::Expression(Some(root)) = &template.kind else {
        return address.into();
    };
    let mut text = String::new();
    if let NodeKind::Call(call) = &template.node(*root).kind
        && call.name.eq_ignore_ascii_case("concat")
    {
        text.extend(call.args.iter().map(|arg| template.node(*arg).as_str().unwrap_or("…")));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(step: &str) -> Hidden {
        let tree = Tree::parse(step);
        hidden(tree.root(step).unwrap())
    }

    #[test]
    fn sides() {
        let both = r#"{"runtimeConfiguration":{"secureData":{"properties":["Inputs","outputs"]}}}"#;
        assert_eq!(
            of(both),
            Hidden {
                inputs: true,
                outputs: true
            }
        );
        for none in [
            "{}",
            r#"{"runtimeConfiguration":{"secureData":{"properties":"inputs"}}}"#,
            "[]",
        ] {
            assert_eq!(of(none), Hidden::default(), "{none}");
        }
    }

    #[test]
    fn addresses_of_tokens() {
        for address in [
            "https://login.microsoftonline.com/@{parameters('Tenant')}/oauth2/v2.0/token",
            "https://login.microsoftonline.com/x/OAuth2/token?api-version=1.0",
            "https://id.example/connect/token/",
            "@concat('https://login.microsoftonline.com/', parameters('Tenant'), '/oauth2/v2.0/token')",
            "@concat(parameters('Authority'), '/oauth2/token')",
            "https://oauth2.googleapis.com/token",
            "https://www.googleapis.com/oauth2/v4/token",
            "https://x.okta.com/oauth2/default/v1/token",
            "https://x.example/realms/a/protocol/openid-connect/token",
            "https://github.com/login/oauth/access_token",
        ] {
            assert!(gives_token(address), "{address}");
        }
        for address in [
            "https://x.example/tokens",
            "@{variables('url')}",
            "https://x.example/oauth2/token/revoke",
        ] {
            assert!(!gives_token(address), "{address}");
        }
    }
}
