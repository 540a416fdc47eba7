//! Least privilege, derived: the smallest security role of Dataverse that the flows of an identity need, and the
//! narrowest permissions that documentation names for everything else.
//!
//! What an operation needs follows from the access rights that Microsoft documents for each message
//! (<https://learn.microsoft.com/power-apps/developer/data-platform/security-access-rights>) and, for triggers, from the
//! prerequisites of the trigger (<https://learn.microsoft.com/power-automate/dataverse/create-update-delete-trigger>).
//! How deep a right must reach is *Organization* unless something says less: rows that the identity makes and owns itself,
//! the scope of a trigger, its own subscriptions. What the text of a flow cannot tell is listed, never guessed.

mod derive;
mod roles;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use model::roles::Depth;

use crate::permissions::Permission;
use crate::reach::{AccountId, ConnectorId, Reach, ReferenceId, TableId, UseId};
use crate::tables::{Ownership, system_table};

pub use self::derive::derive;
pub use self::roles::{RoleComparison, compare};

/// What can be done with rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Make rows.
    Create,
    /// See rows.
    Read,
    /// Change rows.
    Write,
    /// Remove rows.
    Delete,
    /// Bind rows of this table to others.
    Append,
    /// Bind others to rows of this table.
    AppendTo,
    /// Give rows another owner.
    Assign,
    /// Give others access to rows.
    Share,
}

impl Right {
    /// Every right with its name for people and its word in names of privileges.
    pub const ALL: [(&'static str, &'static str, Self); 8] = [
        ("Create", "Create", Self::Create),
        ("Read", "Read", Self::Read),
        ("Write", "Write", Self::Write),
        ("Delete", "Delete", Self::Delete),
        ("Append", "Append", Self::Append),
        ("Append to", "AppendTo", Self::AppendTo),
        ("Assign", "Assign", Self::Assign),
        ("Share", "Share", Self::Share),
    ];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// Its word in names of privileges.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// A right on a table, how deep it must reach, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// How deep some operation needs it.
    pub needed: Option<Depth>,
    /// How deep some operation may need it, depending on what the flow finds when it runs.
    pub maybe: Option<Depth>,
    /// Why: the first operations, each with its reason.
    pub reasons: Vec<(UseId, &'static str)>,
    /// How many operations in all.
    pub operations: usize,
}

impl Grant {
    /// The depth to give: what is needed, else what may be.
    #[must_use]
    pub fn depth(&self) -> Option<Depth> {
        self.needed.or(self.maybe)
    }
}

/// So many reasons are kept for a grant; more would say the same.
const MAX_REASONS: usize = 4;

/// The rights on one table.
#[derive(Clone, Debug)]
pub struct TableRights {
    /// The table.
    pub table: TableId,
    /// Whether the rows are of another environment, which the flow names.
    pub elsewhere: bool,
    /// The rights.
    pub grants: BTreeMap<Right, Grant>,
}

/// Whose flows were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// An account.
    Account(AccountId),
    /// The unknown account behind a connection reference.
    Reference(ReferenceId),
    /// Whoever starts a flow.
    Caller,
    /// The unknown accounts behind connections without a reference.
    Unbound,
}

/// What cannot be told from the text of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What it is about: a table, a relationship, an action.
    pub subject: String,
    /// What is not known, and how to find out.
    pub text: &'static str,
    /// The first operation.
    pub example: UseId,
    /// How many operations.
    pub operations: usize,
}

/// What one identity needs.
#[derive(Clone, Debug)]
pub struct Privileges {
    /// Whose.
    pub identity: Identity,
    /// Rights on tables of Dataverse, by the tables' names.
    pub tables: Vec<TableRights>,
    /// Permissions of other connectors: with the connector, the first operation and how many.
    pub permissions: Vec<(ConnectorId, Permission, UseId, usize)>,
    /// Operations of other connectors of which no documented permission is known, by connector and operation id.
    pub unknown: Vec<(ConnectorId, String, usize)>,
    /// What is not known of Dataverse.
    pub gaps: Vec<Gap>,
}

/// The word for a table in names of privileges, in lower case: `prvRead` + this.
#[must_use]
pub fn privilege_word(table: &str) -> String {
    let named = system_table(table).and_then(|table| table.privilege.as_deref());
    named.unwrap_or(table).to_ascii_lowercase()
}

/// The name of a privilege, as roles write it.
#[must_use]
pub fn privilege_name(right: Right, table: &str) -> String {
    let named = system_table(table).and_then(|table| table.privilege.as_deref());
    format!("prv{}{}", right.word(), named.unwrap_or(table))
}

/// Whether a right exists on a table: rows of the organisation can be neither assigned nor shared.
#[must_use]
pub fn exists(reach: &Reach, table: TableId, right: Right) -> bool {
    let organisation = reach.table(table).ownership == Some(Ownership::Organization);
    !organisation || !matches!(right, Right::Assign | Right::Share)
}
