//! What stays of a flow's operations when its text goes: names without places, so that typing elsewhere in the flow
//! changes nothing here.

use std::sync::Arc;

use syntax::json::Value;

use super::operation::{LOGICAL_NAMES, Operation};
use super::role::Role;
use super::strings::StringMemo;
use super::touch::{Touch, Touches};

/// Name of the action that calls an address itself, in the place of a connector's.
pub const HTTP: &str = "builtin:http";

/// An operation of a flow, as far as others ask: what is called, with which connection, on which data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationSummary {
    /// Name of the action or trigger, which is unique in its flow.
    pub action: Box<str>,
    /// Whether a trigger calls it.
    pub trigger: bool,
    /// Index of the connection key in the summary's `connections`; `None` where it is undeclared or dynamic.
    pub connection: Option<u32>,
    /// The connector's name in lower case; empty where nothing tells it.
    pub connector: Arc<str>,
    /// The operation's id as written; empty where nothing tells it.
    pub id: Box<str>,
    /// Whether an expression names the Dataverse table.
    pub dynamic_table: bool,
    /// Whether an expression gives the columns that are written.
    pub dynamic_row: bool,
    /// Whether an expression gives part of the query.
    pub dynamic_query: bool,
    /// Names of tables, columns and actions of Dataverse.
    pub names: Names,
    /// Where the operation leads, as far as its text tells: the host of an address, a site, a database. Never a query
    /// or a password.
    pub target: Option<Box<str>>,
    /// Verb of a request of one's own making, in capitals.
    pub method: Option<Method>,
    /// What a trigger of Dataverse waits for.
    pub subscription: Option<Subscription>,
}

/// Names with the parts they play, sorted, each once. They are kept in one piece of text, because a workspace has tens
/// of thousands of them and looks at few.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Names(Box<str>);

impl Names {
    fn of(touches: &[Touch]) -> Self {
        let mut all: Vec<(Role, &str, &str)> = touches
            .iter()
            .map(|touch| (touch.role, touch.lookup.as_deref().unwrap_or(""), &*touch.name))
            .collect();
        all.sort_unstable();
        all.dedup();
        let mut text = String::new();
        for (role, lookup, name) in all {
            // No name holds a line end: those that are read from lists end before it, and whole ones are trimmed here.
            text.push(role.letter());
            if role == Role::BoundTable {
                text.extend(lookup.chars().filter(|c| !matches!(c, '\n' | ':')));
                text.push(':');
            }
            text.extend(name.chars().filter(|c| *c != '\n'));
            text.push('\n');
        }
        Self(text.into())
    }

    /// The names with their parts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Role, &str)> {
        self.entries().map(|(role, _, name)| (role, name))
    }

    /// The names with their parts and, for tables of bound rows, the lookup.
    fn entries(&self) -> impl Iterator<Item = (Role, &str, &str)> {
        self.0.lines().filter_map(|line| {
            let role = Role::of_letter(line.chars().next()?)?;
            let name = line.get(1..)?;
            let bound = name.split_once(':').filter(|_| role == Role::BoundTable);
            let (lookup, name) = bound.unwrap_or(("", name));
            Some((role, lookup, name))
        })
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Verb of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET` and `HEAD`.
    Get,
    /// `POST`.
    Post,
    /// `PUT` and `PATCH`.
    Put,
    /// `DELETE`.
    Delete,
    /// An expression, or another word.
    Unknown,
}

impl Method {
    fn of(value: Value<'_>) -> Self {
        let word = value.as_str().unwrap_or_default().trim().to_ascii_uppercase();
        match word.as_str() {
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Post,
            "PUT" | "PATCH" | "MERGE" => Self::Put,
            "DELETE" => Self::Delete,
            _ => Self::Unknown,
        }
    }
}

/// What a trigger of Dataverse waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// `message`: 1 added, 2 deleted, 3 modified, 4 added or modified, 5 added or deleted, 6 modified or deleted, 7 all;
    /// 0 where it is unknown.
    pub message: u8,
    /// `scope`: 1 user, 2 business unit, 3 parent and child business units, 4 organisation; 0 where it is unknown.
    pub scope: u8,
    /// `runas`, where it is set: 1 the flow's owner, 2 the row's owner, 3 the modifying user.
    pub run_as: Option<u8>,
}

impl Subscription {
    fn of(id: &str, parameters: Value<'_>) -> Option<Self> {
        let number = |name: &str| {
            let value = parameters.get(name)?;
            let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
            Some(number.and_then(|number| u8::try_from(number).ok()).unwrap_or(0))
        };
        if parameters.get("subscriptionRequest/entityname").is_none() {
            // The older connectors have a trigger for each kind of change.
            let message = match id.trim_start_matches("Subscribe").get(..7)? {
                "OnNewIt" => 1,
                "OnDelet" => 2,
                "OnUpdat" => 3,
                _ => return None,
            };
            let (scope, run_as) = (number("scope").unwrap_or(0), None);
            return Some(Self { message, scope, run_as });
        }
        Some(Self {
            message: number("subscriptionRequest/message").unwrap_or(0),
            scope: number("subscriptionRequest/scope").unwrap_or(0),
            run_as: number("subscriptionRequest/runas"),
        })
    }

    /// Whether a new row starts the trigger.
    #[must_use]
    pub fn on_create(self) -> bool {
        matches!(self.message, 0 | 1 | 4 | 5 | 7)
    }

    /// Whether a change of a row starts the trigger.
    #[must_use]
    pub fn on_update(self) -> bool {
        matches!(self.message, 0 | 3 | 4 | 6 | 7)
    }

    /// Whether the end of a row starts the trigger.
    #[must_use]
    pub fn on_delete(self) -> bool {
        matches!(self.message, 0 | 2 | 5 | 6 | 7)
    }
}

impl OperationSummary {
    /// The summary of a connector's operation.
    pub(super) fn of(
        operation: &Operation,
        connector: Arc<str>,
        action: &str,
        trigger: bool,
        parameters: Option<Value<'_>>,
        memo: &StringMemo,
    ) -> Self {
        let touches = parameters.map(|parameters| super::touch::touches(operation, parameters, memo));
        let Touches {
            names,
            dynamic_table,
            dynamic_row,
            dynamic_query,
        } = touches.unwrap_or_default();
        let places = parameters.filter(|_| !operation.older);
        Self {
            action: action.into(),
            trigger,
            connection: operation.connection,
            connector,
            id: operation.id.value.as_str().into(),
            dynamic_table,
            dynamic_row,
            dynamic_query,
            names: Names::of(&names),
            target: places.and_then(|parameters| target(&operation.connector, parameters)),
            method: places.and_then(method),
            subscription: parameters
                .filter(|_| trigger && super::touch::is_dataverse(&operation.connector))
                .and_then(|parameters| Subscription::of(&operation.id.value, parameters)),
        }
    }

    /// The summary of an action that calls an address itself.
    pub(super) fn of_http(connector: Arc<str>, action: &str, trigger: bool, inputs: Value<'_>) -> Self {
        let address = inputs.get("uri").or_else(|| inputs.path(&["subscribe", "uri"]));
        let method = inputs.get("method").or_else(|| inputs.path(&["subscribe", "method"]));
        Self {
            action: action.into(),
            trigger,
            connection: None,
            connector,
            id: "".into(),
            dynamic_table: false,
            dynamic_row: false,
            dynamic_query: false,
            names: Names::default(),
            target: address.and_then(|address| place(&address.as_str()?)),
            method: method.map(Method::of),
            subscription: None,
        }
    }

    /// The names of one part.
    pub fn named(&self, role: Role) -> impl Iterator<Item = &str> {
        self.names
            .iter()
            .filter(move |(own, _)| *own == role)
            .map(|(_, name)| name)
    }

    /// Lookups that are bound to rows, each with the set of the row's table; the lookup is empty in associations.
    pub fn bound(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.names.entries().filter(|(role, ..)| *role == Role::BoundTable);
        entries.map(|(_, lookup, table)| (lookup, table))
    }

    /// Whether it names tables by logical name, as today's triggers of Dataverse do, where all else names sets.
    #[must_use]
    pub fn takes_logical_names(&self) -> bool {
        self.trigger && &*self.connector == LOGICAL_NAMES
    }

    /// The table that is worked on.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.named(Role::Table).next()
    }
}

/// The verb of a request that an operation passes on.
fn method(parameters: Value<'_>) -> Option<Method> {
    let verb = parameters.members().find(|member| {
        let name = member.key.as_str().unwrap_or_default();
        name.rsplit('/')
            .next()
            .unwrap_or_default()
            .eq_ignore_ascii_case("method")
    })?;
    verb.value.map(Method::of)
}

/// Where an operation of a connector leads.
fn target(connector: &str, parameters: Value<'_>) -> Option<Box<str>> {
    let text = |name: &str| Some(parameters.get(name)?.as_str()?.into_owned());
    match connector {
        "shared_sharepointonline" => return place(&text("dataset")?),
        "shared_sql" => {
            let whole =
                |name: &str| text(name).filter(|value| expr::is_plain(value) && !value.contains(['@', ';', '=']));
            return match (whole("server"), whole("database")) {
                (Some(server), Some(database)) => Some(format!("{server}/{database}").into()),
                (server, database) => server.or(database).map(Into::into),
            };
        }
        _ => {}
    }
    let address = parameters.members().find(|member| {
        let name = member.key.as_str().unwrap_or_default();
        let last = name.rsplit('/').next().unwrap_or_default();
        last.eq_ignore_ascii_case("uri") || last.eq_ignore_ascii_case("url")
    })?;
    place(&address.value?.as_str()?)
}

/// The host of an address, with the beginning of the path where it tells what is asked: a site of SharePoint, a
/// resource of Microsoft Graph. Everything else of an address can be a secret.
fn place(address: &str) -> Option<Box<str>> {
    let address = address.trim();
    let scheme = ["https://", "http://"].iter().find(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let rest = address.get(scheme.len()..)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let name = host.split(':').next().unwrap_or(host);
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    if name.is_empty() || name.len() > 253 || !name.chars().all(is_host) || authority.contains(['{', '}']) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let path = rest.get(authority.len()..).unwrap_or("");
    let parts = || {
        path.split(['?', '#'])
            .next()
            .unwrap_or("")
            .split('/')
            .filter(|part| !part.is_empty())
            .take_while(|part| part.len() <= 80 && !part.contains(['@', '{', '(']))
    };
    let kept: Vec<String> = if name.ends_with(".sharepoint.com") {
        let is_site = parts()
            .next()
            .is_some_and(|first| ["sites", "teams"].iter().any(|known| first.eq_ignore_ascii_case(known)));
        parts().take(if is_site { 2 } else { 0 }).map(str::to_owned).collect()
    } else if name == "graph.microsoft.com" {
        graph_path(path)
    } else {
        Vec::new()
    };
    let mut shown = name;
    for part in kept {
        shown.push('/');
        shown.push_str(&part);
    }
    Some(shown.into())
}

/// What an address of Microsoft Graph asks for: version, resource, `*` for the one that is meant, and what of it:
/// `v1.0/users/*/sendMail`. It ends where something else than a word follows.
fn graph_path(path: &str) -> Vec<String> {
    let path = without_expressions(path);
    let path = path.split(['?', '#']).next().unwrap_or("");
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let is_word = |part: &&str| part.len() <= 40 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut kept = Vec::new();
    let Some(version) = parts
        .next()
        .filter(|part| part.len() <= 40 && !part.contains(['*', '(']))
    else {
        return kept;
    };
    kept.push(version.to_owned());
    let Some(resource) = parts.next().filter(is_word) else {
        return kept;
    };
    kept.push(resource.to_owned());
    if !resource.eq_ignore_ascii_case("me") {
        let Some(one) = parts.next() else {
            return kept;
        };
        // A word there is a function or a segment of the resource itself, as in `groups/delta`.
        kept.push(if is_word(&one) { one.to_owned() } else { "*".to_owned() });
    }
    kept.extend(parts.next().filter(is_word).map(str::to_owned));
    kept
}

/// A path with `*` for each `@{…}`, inside of which `/` and `?` part nothing.
fn without_expressions(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find("@{") {
        out.push_str(&rest[..at]);
        out.push('*');
        let inside = &rest[at..];
        rest = match inside.find('}') {
            Some(end) => &inside[end + 1..],
            None => "",
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_kept_once() {
        let touch = |role, name: &str| Touch {
            role,
            name: name.to_owned(),
            span: syntax::Span::at(0),
            lookup: None,
        };
        let names = Names::of(&[
            touch(Role::Read, "b"),
            touch(Role::Table, "t"),
            touch(Role::Read, "a\nWx"),
            touch(Role::Read, "b"),
        ]);
        let all: Vec<_> = names.iter().collect();
        assert_eq!(all, [(Role::Table, "t"), (Role::Read, "aWx"), (Role::Read, "b")]);
    }

    #[test]
    fn places_tell_the_host_and_no_secret() {
        let of = |address: &str| place(address).map(String::from);
        for (address, expected) in [
            (
                "https://contoso.sharepoint.com/sites/finance/Shared?x=1",
                Some("contoso.sharepoint.com/sites/finance"),
            ),
            ("https://contoso.sharepoint.com/", Some("contoso.sharepoint.com")),
            (
                "HTTPS://Graph.microsoft.com/v1.0/users/@{x}?$select=id",
                Some("graph.microsoft.com/v1.0/users/*"),
            ),
            (
                "https://graph.microsoft.com/v1.0/users/@{outputs('x')?['body/id']}/sendMail?x=1",
                Some("graph.microsoft.com/v1.0/users/*/sendMail"),
            ),
            (
                "https://graph.microsoft.com/v1.0/me/messages/AAMk=/move",
                Some("graph.microsoft.com/v1.0/me/messages"),
            ),
            (
                "https://graph.microsoft.com/beta/groups/delta",
                Some("graph.microsoft.com/beta/groups/delta"),
            ),
            (
                "https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com,1,2/lists",
                Some("graph.microsoft.com/v1.0/sites/*/lists"),
            ),
            (
                "https://graph.microsoft.com/v1.0/@{x}",
                Some("graph.microsoft.com/v1.0"),
            ),
            (
                "https://hooks.contoso.com/services/T0/B0/secret?sig=abc",
                Some("hooks.contoso.com"),
            ),
            ("https://user:password@api.contoso.com:8443/x", Some("api.contoso.com")),
            ("https://@{parameters('host')}/x", None),
            ("https://x.@{parameters('host')}/x", None),
            ("@concat('https://', x)", None),
            ("_api/web/lists", None),
            ("", None),
        ] {
            assert_eq!(of(address).as_deref(), expected, "{address}");
        }
    }
}
