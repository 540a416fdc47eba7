//! What the history of a flow's runs shows of its steps, and which steps handle secrets.

use model::flow::{FlowBody, Operation, Owner};
use model::same_name;
use syntax::json::{Tree, Value};

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

/// Ends of addresses that give out access tokens.
const TOKEN_ENDPOINTS: [&str; 4] = ["/oauth2/token", "/oauth2/v2.0/token", "/oauth/token", "/connect/token"];

/// Steps whose outputs are secrets. `text` and `tree` are the flow's own.
#[must_use]
pub fn secret_outputs(body: &FlowBody, tree: &Tree, text: &str) -> Vec<(Owner, SecretOutput)> {
    let mut found = Vec::new();
    for operation in &body.operations {
        found.extend(of_operation(operation, tree, text).map(|kind| (operation.owner, kind)));
    }
    for (id, action) in body.actions() {
        if action.is("Http")
            && let Some(uri) = tree.value(text, action.node).and_then(|v| v.path(&["inputs", "uri"]))
            && uri.as_str().is_some_and(|uri| gives_token(&uri))
        {
            found.push((Owner::Action(id), SecretOutput::Token));
        }
    }
    found
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
    let name = parameters.get("actionName")?;
    let is_it = name.as_str().is_some_and(|name| same_name(&name, RETRIEVE_SECRET));
    is_it.then_some(SecretOutput::VariableSecret)
}

/// Whether an address, written out at its end, gives out tokens.
fn gives_token(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end().trim_end_matches('/').to_ascii_lowercase();
    TOKEN_ENDPOINTS.iter().any(|end| path.ends_with(end))
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
