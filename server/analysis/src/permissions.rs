//! The narrowest permissions that documentation names for operations outside Dataverse, read from
//! `data/permissions.json` with the page that says so. What has no source is unknown, never guessed.

use std::sync::OnceLock;

use model::flow::{Method, OperationSummary, same_operation};
use serde::Deserialize;

/// A permission and where it is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission {
    /// What must be granted.
    pub permission: &'static str,
    /// The page that says so.
    pub source: &'static str,
    /// Whether only the first part of an address decided, so that a deeper one may need more.
    pub by_address: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    connector: String,
    operations: Vec<String>,
    permission: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphRow {
    resource: String,
    method: String,
    permission: String,
    source: String,
}

#[derive(Debug, Default, Deserialize)]
struct Data {
    connectors: Vec<Row>,
    graph: Vec<GraphRow>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    // The file is part of the program, and a test reads it: it cannot be wrong here.
    DATA.get_or_init(|| serde_json::from_str(include_str!("../data/permissions.json")).unwrap_or_default())
}

/// What an operation needs; `None` where no documentation is known that says it.
#[must_use]
pub fn of(operation: &OperationSummary) -> Option<Permission> {
    if let Some(path) = operation
        .target
        .as_deref()
        .and_then(|target| target.strip_prefix("graph.microsoft.com/"))
    {
        return of_graph(path, operation.method?);
    }
    let id = base(&operation.id);
    let row = data().connectors.iter().find(|row| {
        let named = |name: &String| name == "*" || same_operation(name, &operation.id) || same_operation(name, id);
        row.connector == *operation.connector && row.operations.iter().any(named)
    })?;
    Some(Permission {
        permission: &row.permission,
        source: &row.source,
        by_address: false,
    })
}

/// An operation's name without its version: `GetItems_V2` as `GetItems`.
fn base(id: &str) -> &str {
    id.rsplit_once("_V")
        .filter(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(id, |(name, _)| name)
}

fn of_graph(path: &str, method: Method) -> Option<Permission> {
    let asked: Vec<&str> = path.split('/').skip(1).collect();
    let wanted = match method {
        Method::Get => "read",
        Method::Unknown => return None,
        _ => "change",
    };
    let rows = data()
        .graph
        .iter()
        .filter(|row| row.method == wanted && row.speaks_of(&asked));
    let row = rows.max_by_key(|row| row.resource.len())?;
    Some(Permission {
        permission: &row.permission,
        source: &row.source,
        by_address: true,
    })
}

impl GraphRow {
    /// Whether the row is about an address: the same resource, one of it, and what of that one. What belongs to one, such
    /// as the mails of a user, has permissions of its own and none of the resource's.
    fn speaks_of(&self, asked: &[&str]) -> bool {
        let named: Vec<&str> = self.resource.split('/').collect();
        let own = |(named, asked): (&&str, &&str)| *named == "*" || named.eq_ignore_ascii_case(asked);
        let rest = asked.get(named.len()..).unwrap_or_default();
        asked.len() >= named.len()
            && named.iter().zip(asked).all(own)
            && (rest.is_empty() || (named.len() == 1 && rest == ["*"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors;

    #[test]
    fn every_row_names_a_connector_and_its_source() {
        assert!(data().connectors.len() > 15 && data().graph.len() > 5);
        for row in &data().connectors {
            assert!(connectors::find(&row.connector).is_some(), "{}", row.connector);
            assert!(row.source.starts_with("https://learn.microsoft.com/"), "{}", row.source);
        }
        for row in &data().graph {
            assert!(row.source.starts_with("https://learn.microsoft.com/"), "{}", row.source);
            assert!(["read", "change"].contains(&row.method.as_str()));
        }
    }

    #[test]
    fn graph_is_judged_by_resource_and_verb() {
        let of = |path, method| of_graph(path, method).map(|found| found.permission);
        assert_eq!(of("v1.0/Groups", Method::Get), Some("GroupMember.Read.All"));
        assert_eq!(of("v1.0/users", Method::Put), Some("User.ReadWrite.All"));
        assert_eq!(of("v1.0/users", Method::Unknown), None);
        assert_eq!(of("v1.0", Method::Get), None);
        // What belongs to one user is none of the user's own permissions.
        let sends = Some("Mail.Send for the mailbox that sends");
        assert_eq!(of("v1.0/users/*/sendMail", Method::Post), sends);
        assert_eq!(of("v1.0/me/sendmail", Method::Post), sends);
        assert_eq!(of("v1.0/users/*", Method::Put), Some("User.ReadWrite.All"));
        assert_eq!(of("v1.0/users/*/authentication", Method::Post), None);
        assert_eq!(of("beta/groups/*/members", Method::Get), Some("GroupMember.Read.All"));
        assert_eq!(
            of("beta/groups/*/members", Method::Delete),
            Some("GroupMember.ReadWrite.All")
        );
        assert_eq!(of("v1.0/groups/unknownfunction", Method::Get), None);
        assert_eq!(base("GetItems_V2"), "GetItems");
        assert_eq!(base("My_Version"), "My_Version");
    }
}
