//! Calls of connectors: which operation of which connector an action or trigger runs, with which connection.

use std::borrow::Cow;

use syntax::Span;
use syntax::json::{NodeId, Value};

use super::{ConnectionKey, Owner};
use crate::facts::Spanned;

/// The connector whose triggers name tables by logical name.
pub(super) const LOGICAL_NAMES: &str = "shared_commondataserviceforapps";

/// A call of a connector's operation by a trigger or action.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What calls.
    pub owner: Owner,
    /// Index of the connection key in the summary's `connections`; `None` where it is undeclared or dynamic.
    pub connection: Option<u32>,
    /// The connector's name in lower case, `shared_…`; empty where nothing tells it.
    pub connector: String,
    /// The operation's id as written; empty where nothing tells it.
    pub id: Spanned<String>,
    /// `inputs.parameters` of today's form, or `inputs` itself of the older form with `method` and `path`.
    pub parameters: Option<NodeId>,
    /// Whether the parameters have the older form.
    pub older: bool,
}

impl Operation {
    /// Whether it names tables by logical name, as today's triggers of Dataverse do, where all else names sets.
    #[must_use]
    pub fn takes_logical_names(&self) -> bool {
        matches!(self.owner, Owner::Trigger(_)) && self.connector == LOGICAL_NAMES
    }

    /// Whether the operation is this one of this connector. Case and underscores of ids do not count: other
    /// designers write `GetItemV2` for `GetItem_V2`.
    #[must_use]
    pub fn is(&self, connector: &str, id: &str) -> bool {
        self.connector.eq_ignore_ascii_case(connector) && same_operation(&self.id.value, id)
    }
}

/// Whether two ids name one operation.
#[must_use]
pub fn same_operation(left: &str, right: &str) -> bool {
    fn letters(id: &str) -> impl Iterator<Item = u8> {
        id.bytes()
            .filter(|byte| *byte != b'_')
            .map(|byte| byte.to_ascii_lowercase())
    }
    left.eq_ignore_ascii_case(right) || letters(left).eq(letters(right))
}

/// The operation that a trigger or action calls; `None` where it has no `inputs.host` of a connector.
pub(super) fn read(value: Value<'_>, owner: Owner, connections: &[ConnectionKey]) -> Option<Operation> {
    let inputs = value.get("inputs")?;
    let host = inputs.get("host").filter(|host| host.is_object())?;
    if host.get("workflowReferenceName").is_some() {
        return None;
    }
    let plain = |value: Value<'_>| Some(Spanned::new(value.as_str()?.into_owned(), value.content_span()));
    let key = host
        .get("connectionName")
        .or_else(|| host.get("connectionReferenceName"))
        .and_then(|key| Some(key.as_str()?.into_owned()))
        .or_else(|| key_of_expression(&host.path(&["connection", "name"])?.as_str()?));
    let connection = key.and_then(|key| {
        let same = |declared: &ConnectionKey| declared.key.value.eq_ignore_ascii_case(&key);
        connections.iter().position(same)
    });
    let connector = host
        .get("apiId")
        .and_then(|id| Some(crate::connector_name(&id.as_str()?).to_ascii_lowercase()))
        .filter(|name| !name.is_empty() && !name.contains('@'))
        .or_else(|| {
            let declared = connections.get(connection?)?.connector.as_ref()?;
            Some(declared.value.to_ascii_lowercase())
        })
        .unwrap_or_default();
    let id = host
        .get("operationId")
        .or_else(|| value.path(&["metadata", "flowSystemMetadata", "swaggerOperationId"]))
        .and_then(plain)
        .unwrap_or_else(|| Spanned::new(String::new(), Span::new(host.span().start, host.span().start)));
    let older = inputs.get("parameters").is_none() && (inputs.get("path").is_some() || inputs.get("method").is_some());
    let parameters = if older {
        Some(inputs.id())
    } else {
        inputs.get("parameters").map(|parameters| parameters.id())
    };
    Some(Operation {
        owner,
        connection: connection.and_then(|index| u32::try_from(index).ok()),
        connector,
        id,
        parameters,
        older,
    })
}

/// The key in `@parameters('$connections')['key']['connectionId']`.
fn key_of_expression(text: &str) -> Option<String> {
    let rest = text.split_once("$connections")?.1;
    let from = rest.find("['")? + 2;
    let key: Cow<'_, str> = rest[from..].split('\'').next()?.into();
    Some(key.into_owned())
}
