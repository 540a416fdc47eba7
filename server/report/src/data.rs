//! The report as data. This file is the contract of the JSON form: numbers in lists of flows, accounts, references and
//! connectors are places in the lists of that name, from 0.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The whole report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Report {
    /// The contract's version.
    pub version: u32,
    /// The program that made it.
    pub tool: String,
    /// The day it speaks of, where one was given.
    pub date: Option<String>,
    /// How many of what.
    pub summary: Summary,
    /// Accounts, those that reach the most first.
    pub accounts: Vec<AccountReport>,
    /// Connection references by name.
    pub references: Vec<ReferenceReport>,
    /// Connectors by title.
    pub connectors: Vec<ConnectorReport>,
    /// Flows by name.
    pub flows: Vec<FlowReport>,
    /// Tables of Dataverse by name.
    pub tables: Vec<TableReport>,
    /// The balance between one account for everything and one for each connection.
    pub balance: Vec<Extreme>,
    /// What each identity needs.
    pub privileges: Vec<PrivilegeReport>,
    /// Findings, the worst first.
    pub findings: Vec<FindingReport>,
    /// What the files do not tell, and how to find out.
    pub unknown: Vec<Unknown>,
}

/// How many of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    /// Solutions.
    pub solutions: usize,
    /// Cloud flows; copies of one flow count once.
    pub flows: usize,
    /// Accounts that settings, inventories or the plan name.
    pub accounts: usize,
    /// Connections that they name.
    pub connections: usize,
    /// Connection references.
    pub references: usize,
    /// Connectors that flows use.
    pub connectors: usize,
    /// Operations that flows perform.
    pub operations: usize,
    /// Connection references whose account is known.
    pub references_with_account: usize,
    /// Findings by severity.
    pub findings: BTreeMap<String, usize>,
}

/// What something does with one connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorUse {
    /// The connector.
    pub connector: usize,
    /// How many operations.
    pub operations: usize,
    /// What they do.
    pub effects: Vec<String>,
    /// Whether some of that only follows from names of operations.
    pub inferred: bool,
}

/// What something does with one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TableUse {
    /// The table's logical name.
    pub table: String,
    /// How many operations.
    pub operations: usize,
    /// What they do.
    pub effects: Vec<String>,
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccountReport {
    /// Address, name or id.
    pub name: String,
    /// What the plan calls it.
    pub plan_name: Option<String>,
    /// `personal`, `service` or `application`.
    pub kind: Option<String>,
    /// Why it counts as that.
    pub why: Option<String>,
    /// Environments it is known from.
    pub environments: Vec<String>,
    /// References it stands behind.
    pub references: Vec<usize>,
    /// Connections that act as it.
    pub connections: Vec<String>,
    /// Connections of others that it may use.
    pub shared: Vec<String>,
    /// With whom its own connections are shared, a sentence each.
    pub sharing: Vec<String>,
    /// Flows that run with it.
    pub flows: Vec<usize>,
    /// Operations that run with it.
    pub operations: usize,
    /// What they do.
    pub effects: Vec<String>,
    /// The same by connector.
    pub connectors: Vec<ConnectorUse>,
    /// The same by table.
    pub tables: Vec<TableUse>,
    /// Hosts, sites and databases.
    pub targets: Vec<String>,
    /// Kinds of work.
    pub families: Vec<String>,
    /// What stops without it.
    pub impact: ImpactReport,
    /// How to replace it.
    pub rotation: Vec<StepReport>,
}

impl AccountReport {
    /// What the plan calls it, else its address, name or id.
    #[must_use]
    pub fn short(&self) -> &str {
        self.plan_name.as_deref().unwrap_or(&self.name)
    }

    /// What the plan calls it with its address or id behind that, or the latter alone.
    #[must_use]
    pub fn title(&self) -> String {
        titled(self.plan_name.as_deref(), &self.name)
    }
}

fn titled(plan_name: Option<&str>, id: &str) -> String {
    plan_name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}

/// What stops without an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImpactReport {
    /// Flows that lose a connection.
    pub stops: Vec<StopReport>,
    /// Flows that call one that stops: the caller, and the called.
    pub fails: Vec<(usize, usize)>,
    /// Flows that are no longer started.
    pub starved: Vec<StarvedReport>,
    /// Flows that lose their owner.
    pub unowned: Vec<usize>,
}

/// A flow that loses a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StopReport {
    /// The flow.
    pub flow: usize,
    /// Whether it does not even start.
    pub trigger: bool,
    /// How many of its operations fail.
    pub operations: usize,
}

/// A flow that is no longer started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StarvedReport {
    /// The flow.
    pub flow: usize,
    /// The flow that started it.
    pub by: usize,
    /// The table over which it did; none where it was called.
    pub table: Option<String>,
    /// Whether other flows still call it.
    pub others: bool,
}

/// A step of a rotation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StepReport {
    /// What to do.
    pub title: String,
    /// To what.
    pub items: Vec<String>,
}

/// A connection reference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReferenceReport {
    /// Logical name.
    pub name: String,
    /// Display name.
    pub title: String,
    /// The connector's title.
    pub connector: String,
    /// Solutions that declare it.
    pub solutions: Vec<String>,
    /// What stands behind it.
    pub backings: Vec<BackingReport>,
    /// Flows that use it.
    pub flows: Vec<usize>,
    /// Operations that run with it.
    pub operations: usize,
    /// What they do.
    pub effects: Vec<String>,
}

/// What stands behind a connection reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackingReport {
    /// The account; none where only the connection is known.
    pub account: Option<usize>,
    /// The environment, where the settings' path tells.
    pub environment: Option<String>,
    /// The connection, shortened.
    pub connection: Option<String>,
    /// Who says so: `inventory`, `owner`, `plan` or `nobody`.
    pub witness: String,
}

/// A connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorReport {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether the organisation made it itself.
    pub custom: bool,
    /// Where data goes that is given to it; none where that is unknown.
    pub boundary: Option<String>,
    /// Flows that use it.
    pub flows: Vec<usize>,
    /// Operations.
    pub operations: usize,
    /// What they do.
    pub effects: Vec<String>,
    /// Whether some of that only follows from names of operations.
    pub inferred: bool,
}

/// A flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FlowReport {
    /// The name people know it by.
    pub name: String,
    /// Its workflow id.
    pub id: Option<String>,
    /// Solutions it is in.
    pub solutions: Vec<String>,
    /// Whether it is on after import.
    pub on: Option<bool>,
    /// What starts it.
    pub trigger: String,
    /// References it holds.
    pub references: Vec<usize>,
    /// References it uses with the account of whoever starts it.
    pub as_caller: Vec<usize>,
    /// What it does, by connector.
    pub connectors: Vec<ConnectorUse>,
    /// Accounts it runs with.
    pub accounts: Vec<usize>,
    /// Flows it calls.
    pub calls: Vec<usize>,
    /// Hosts, sites and databases.
    pub targets: Vec<String>,
    /// Operations.
    pub operations: usize,
}

/// A table of Dataverse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TableReport {
    /// Logical name.
    pub name: String,
    /// Display name.
    pub title: Option<String>,
    /// Whether the logical name only follows from the set's.
    pub inferred: bool,
    /// Whether changes are audited, where a definition says so.
    pub audited: Option<bool>,
    /// Operations that change it.
    pub writers: Vec<WriterReport>,
    /// Flows that read it.
    pub readers: Vec<usize>,
    /// Flows that its changes start.
    pub listeners: Vec<usize>,
}

/// An operation that changes a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WriterReport {
    /// The flow.
    pub flow: usize,
    /// The action.
    pub action: String,
    /// What it does.
    pub effects: Vec<String>,
    /// Columns that it writes.
    pub columns: Vec<String>,
    /// Whether an expression gives further columns.
    pub more_columns: bool,
    /// Whose account it runs with, in words.
    pub identity: String,
}

/// One extreme of the balance, or that it is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Extreme {
    /// Which.
    pub title: String,
    /// Whether it is there.
    pub present: bool,
    /// What it means here.
    pub text: String,
    /// What shows it.
    pub items: Vec<String>,
}

/// What an identity needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PrivilegeReport {
    /// `account`, `reference`, `caller` or `unbound`.
    pub kind: String,
    /// The account's or reference's name, or words for the others.
    pub identity: String,
    /// What the plan calls the account.
    pub plan_name: Option<String>,
    /// Rights on tables.
    pub tables: Vec<TableRightsReport>,
    /// Permissions of other connectors.
    pub permissions: Vec<PermissionReport>,
    /// Operations of other connectors without a documented permission.
    pub unknown: Vec<UnknownOperation>,
    /// What the flows' text does not tell.
    pub gaps: Vec<GapReport>,
    /// Roles of the workspace beside it.
    pub roles: Vec<RoleReport>,
}

impl PrivilegeReport {
    /// What the plan calls it with its address or id behind that, or the latter alone.
    #[must_use]
    pub fn title(&self) -> String {
        titled(self.plan_name.as_deref(), &self.identity)
    }
}

/// Rights on a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TableRightsReport {
    /// The table's logical name.
    pub table: String,
    /// Whether that name only follows from the set's.
    pub inferred: bool,
    /// Whether the rows are of another environment.
    pub elsewhere: bool,
    /// The rights, in the order of a role's columns.
    pub rights: Vec<RightReport>,
}

/// A right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RightReport {
    /// `Create`, `Read`, …
    pub right: String,
    /// The privilege's name in a role.
    pub privilege: String,
    /// How deep it is needed.
    pub needed: Option<String>,
    /// How deep it may be needed.
    pub maybe: Option<String>,
    /// Why: sentences, each with its first flow and action.
    pub why: Vec<Why>,
    /// How many operations.
    pub operations: usize,
}

/// A reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Why {
    /// The reason.
    pub reason: String,
    /// The flow.
    pub flow: String,
    /// The action.
    pub action: String,
}

/// A permission outside Dataverse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PermissionReport {
    /// The connector's title.
    pub connector: String,
    /// What must be granted.
    pub permission: String,
    /// The page that says so.
    pub source: String,
    /// Whether only the first part of an address decided.
    pub by_address: bool,
    /// How many operations.
    pub operations: usize,
    /// The first flow.
    pub flow: String,
}

/// An operation without a documented permission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UnknownOperation {
    /// The connector's title.
    pub connector: String,
    /// The operation's id.
    pub operation: String,
    /// How many.
    pub operations: usize,
}

/// What a flow's text does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GapReport {
    /// What it is about.
    pub subject: String,
    /// What is not known, and how to find out.
    pub text: String,
    /// The first flow.
    pub flow: String,
    /// The first action.
    pub action: String,
    /// How many operations.
    pub operations: usize,
}

/// A role beside what is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleReport {
    /// The role.
    pub role: String,
    /// How many of the needed rights it grants.
    pub granted: usize,
    /// How many are needed.
    pub needed: usize,
    /// What it lacks.
    pub missing: Vec<RoleDifference>,
    /// What it grants beyond.
    pub surplus: Vec<RoleDifference>,
    /// Privileges that no operation explains.
    pub others: Vec<String>,
}

/// A right that a role grants otherwise than needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleDifference {
    /// The table, or its word in privileges' names.
    pub table: String,
    /// The right.
    pub right: String,
    /// How deep it is needed.
    pub needed: Option<String>,
    /// How deep it is granted.
    pub granted: Option<String>,
}

/// A finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FindingReport {
    /// The rule.
    pub rule: String,
    /// The rule's category.
    pub category: String,
    /// How bad it is.
    pub severity: String,
    /// How sure it is.
    pub confidence: String,
    /// What is wrong.
    pub message: String,
    /// The risk that mending it reduces.
    pub risk: String,
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// The flow it is about.
    pub flow: Option<String>,
    /// What it is known by from one run to the next.
    pub fingerprint: String,
}

/// Something that the files do not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Unknown {
    /// What.
    pub what: String,
    /// How many.
    pub count: usize,
    /// The first of them.
    pub items: Vec<String>,
    /// How to find out.
    pub how: String,
}
