//! From operations to rights.

use std::collections::BTreeMap;

use model::Workspace;
use model::flow::{OperationSummary, Role, is_dataverse};
use model::roles::Depth;
use rustc_hash::FxHashMap;

use super::{Gap, Grant, Identity, MAX_REASONS, Privileges, Right, TableRights, exists};
use crate::permissions::{self, Permission};
use crate::reach::{AccountId, ConnectorId, Reach, ReferenceId, TableId, UseId, Via};
use crate::tables::Ownership;

/// What every identity of a workspace needs, accounts first. The workspace must be the one that the reach was made from,
/// unchanged.
#[must_use]
pub fn derive(workspace: &Workspace, reach: &Reach) -> Vec<Privileges> {
    let lookups = Lookups::new(workspace, reach);
    let mut identities: BTreeMap<Identity, Vec<UseId>> = BTreeMap::new();
    for index in 0..reach.accounts.len() {
        let account = AccountId(u32::try_from(index).unwrap_or(u32::MAX));
        let uses = reach.uses_of_account(account);
        if !uses.is_empty() {
            identities.insert(Identity::Account(account), uses);
        }
    }
    for (index, used) in reach.uses.iter().enumerate() {
        let id = UseId(u32::try_from(index).unwrap_or(u32::MAX));
        let identity = match used.via {
            Via::Reference(reference) if reach.accounts_of(id).is_empty() => Identity::Reference(reference),
            Via::Caller(_) => Identity::Caller,
            Via::Unbound => Identity::Unbound,
            _ => continue,
        };
        identities.entry(identity).or_default().push(id);
    }
    let all = identities
        .into_iter()
        .map(|(identity, uses)| Deriver::new(workspace, reach, &lookups).run(identity, &uses));
    all.filter(|found| !found.is_empty()).collect()
}

impl Privileges {
    fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.permissions.is_empty() && self.unknown.is_empty() && self.gaps.is_empty()
    }
}

/// Navigation properties whose table some flow of the workspace names when it binds them.
struct Lookups {
    /// Table and property in lower case, to the table behind it.
    known: FxHashMap<(TableId, String), TableId>,
}

impl Lookups {
    fn new(workspace: &Workspace, reach: &Reach) -> Self {
        let mut known = FxHashMap::default();
        for used in &reach.uses {
            let (Some(table), Some(operation)) = (used.table, reach.operation(workspace, used)) else {
                continue;
            };
            for (lookup, set) in operation.bound().filter(|(lookup, _)| !lookup.is_empty()) {
                let name = reach.names.resolve(set, false);
                if let Some(target) = reach.find_table(&name.logical) {
                    known.insert((table, lookup.to_ascii_lowercase()), target);
                }
            }
        }
        Self { known }
    }

    fn find(&self, reach: &Reach, table: TableId, property: &str) -> Option<TableId> {
        let property = property.to_ascii_lowercase();
        if let Some(found) = self.known.get(&(table, property.clone())) {
            return Some(*found);
        }
        // Properties that every table has.
        let name = match property.as_str() {
            "createdby" | "modifiedby" | "owninguser" | "createdonbehalfby" | "modifiedonbehalfby" => "systemuser",
            "owningteam" => "team",
            "owningbusinessunit" => "businessunit",
            "transactioncurrencyid" => "transactioncurrency",
            // A property of a lookup to several tables ends in the table's name.
            other => other.rsplit_once('_')?.1,
        };
        reach.find_table(name)
    }
}

struct Deriver<'a> {
    workspace: &'a Workspace,
    reach: &'a Reach,
    lookups: &'a Lookups,
    tables: BTreeMap<(bool, TableId), BTreeMap<Right, Grant>>,
    permissions: BTreeMap<(ConnectorId, Permission), (UseId, usize)>,
    unknown: BTreeMap<(ConnectorId, String), usize>,
    gaps: BTreeMap<(&'static str, String), (UseId, usize)>,
    /// The operation at hand.
    used: UseId,
    elsewhere: bool,
}

const OWN: &str = "the row is made without naming an owner, so it belongs to the identity itself";
const ANY: &str = "nothing in the flow says that the rows are the identity's own";

impl<'a> Deriver<'a> {
    fn new(workspace: &'a Workspace, reach: &'a Reach, lookups: &'a Lookups) -> Self {
        Self {
            workspace,
            reach,
            lookups,
            tables: BTreeMap::new(),
            permissions: BTreeMap::new(),
            unknown: BTreeMap::new(),
            gaps: BTreeMap::new(),
            used: UseId(0),
            elsewhere: false,
        }
    }

    fn run(mut self, identity: Identity, uses: &[UseId]) -> Privileges {
        for id in uses {
            self.used = *id;
            let used = self.reach.use_of(*id);
            let Some(operation) = self.reach.operation(self.workspace, used) else {
                continue;
            };
            self.elsewhere = operation.id.to_ascii_lowercase().ends_with("withorganization");
            if is_dataverse(&operation.connector) {
                self.dataverse(used.table, operation);
            } else {
                self.other(used.connector, operation);
            }
        }
        // What may be needed says nothing where as much is needed anyway.
        for grant in self.tables.values_mut().flat_map(BTreeMap::values_mut) {
            grant.maybe = grant
                .maybe
                .filter(|depth| grant.needed.is_none_or(|needed| *depth > needed));
        }
        let name = |table: &TableId| &self.reach.table(*table).name;
        let mut tables: Vec<TableRights> = self
            .tables
            .into_iter()
            .map(|((elsewhere, table), grants)| TableRights {
                table,
                elsewhere,
                grants,
            })
            .collect();
        tables.sort_by(|a, b| (a.elsewhere, name(&a.table)).cmp(&(b.elsewhere, name(&b.table))));
        Privileges {
            identity,
            tables,
            permissions: self
                .permissions
                .into_iter()
                .map(|((connector, permission), (example, count))| (connector, permission, example, count))
                .collect(),
            unknown: self
                .unknown
                .into_iter()
                .map(|((connector, id), count)| (connector, id, count))
                .collect(),
            gaps: self
                .gaps
                .into_iter()
                .map(|((text, subject), (example, operations))| Gap {
                    subject,
                    text,
                    example,
                    operations,
                })
                .collect(),
        }
    }

    fn other(&mut self, connector: ConnectorId, operation: &OperationSummary) {
        match permissions::of(operation) {
            Some(permission) => {
                let entry = self
                    .permissions
                    .entry((connector, permission))
                    .or_insert((self.used, 0));
                entry.1 += 1;
            }
            None => *self.unknown.entry((connector, operation.id.to_string())).or_default() += 1,
        }
    }

    fn gap(&mut self, text: &'static str, subject: &str) {
        let entry = self.gaps.entry((text, subject.to_owned())).or_insert((self.used, 0));
        entry.1 += 1;
    }

    fn need(&mut self, table: TableId, right: Right, depth: Depth, why: &'static str) {
        self.grant(table, right, depth, why, true);
    }

    fn maybe(&mut self, table: TableId, right: Right, depth: Depth, why: &'static str) {
        self.grant(table, right, depth, why, false);
    }

    fn grant(&mut self, table: TableId, right: Right, depth: Depth, why: &'static str, needed: bool) {
        if !exists(self.reach, table, right) {
            return;
        }
        // Rows of the organisation know one depth only.
        let organisation = self.reach.table(table).ownership == Some(Ownership::Organization);
        let depth = if organisation { Depth::Organization } else { depth };
        let grant = self
            .tables
            .entry((self.elsewhere, table))
            .or_default()
            .entry(right)
            .or_default();
        let slot = if needed { &mut grant.needed } else { &mut grant.maybe };
        *slot = (*slot).max(Some(depth));
        grant.operations += 1;
        let known = grant.reasons.iter().any(|(_, reason)| *reason == why);
        if !known && grant.reasons.len() < MAX_REASONS {
            grant.reasons.push((self.used, why));
        }
    }

    fn system(&mut self, name: &str, right: Right, depth: Depth, why: &'static str, needed: bool) {
        match self.reach.find_table(name) {
            Some(table) => self.grant(table, right, depth, why, needed),
            None => self.gap(why, name),
        }
    }

    fn dataverse(&mut self, table: Option<TableId>, operation: &OperationSummary) {
        if operation.trigger {
            return self.trigger(table, operation);
        }
        let id = lower(&operation.id);
        if id.starts_with("perform") {
            return self.action(operation);
        }
        if id.starts_with("aibuilder") {
            return self.gap(
                "AI Builder: what the prediction reads is not in the flow; see the model's own settings",
                "AI Builder",
            );
        }
        if id.starts_with("executechangeset") {
            return;
        }
        if operation.dynamic_table {
            return self.gap(
                "an expression names the table; look at a run, or at the values that the expression can take",
                &operation.id,
            );
        }
        let Some(table) = table else {
            return self.gap(
                "nothing in the flow tells what this operation works on; look at its parameters",
                &operation.id,
            );
        };
        let reads = self.queries(table, operation);
        match id.as_str() {
            "createrecord" | "postitem" => self.create(table, operation),
            "updaterecord" | "updateonlyrecord" | "patchitem" => {
                self.update(table, operation);
                if id == "updaterecord" {
                    self.maybe(
                        table,
                        Right::Create,
                        Depth::Organization,
                        "Update a row makes the row where it does not exist; \"Update only\" does not",
                    );
                }
            }
            "deleterecord" | "deleteitem" => {
                self.need(table, Right::Delete, Depth::Organization, ANY);
            }
            "associateentities" | "disassociateentities" => self.associate(table, operation),
            "updateentityfileimagefieldcontent" => {
                self.need(table, Right::Write, Depth::Organization, ANY);
                self.need(
                    table,
                    Right::Read,
                    Depth::Organization,
                    "a row must be seen to be changed",
                );
            }
            _ if reads => {}
            _ => self.gap(
                "what this operation needs is not known here; see its documentation",
                &operation.id,
            ),
        }
    }

    /// What reading needs: the table, the tables of FetchXML, and the tables behind navigation properties. Says whether
    /// the operation is one that reads.
    fn queries(&mut self, table: TableId, operation: &OperationSummary) -> bool {
        let reads = matches!(
            lower(&operation.id).as_str(),
            "listrecords"
                | "getitem"
                | "getitems"
                | "getentityfileimagefieldcontent"
                | "searchrows"
                | "getrelevantrows"
        );
        if reads {
            self.need(table, Right::Read, Depth::Organization, ANY);
        }
        for name in operation.named(Role::LinkedTable) {
            if let Some(linked) = self.reach.find_table(name) {
                self.need(linked, Right::Read, Depth::Organization, "a query in FetchXML reads it");
            }
        }
        for property in operation.named(Role::Navigation) {
            match self.lookups.find(self.reach, table, property) {
                Some(linked) => self.need(linked, Right::Read, Depth::Organization, "a query follows a lookup to it"),
                None => self.gap(
                    "a query follows this navigation property; its table is in the relationship's definition and needs Read",
                    property,
                ),
            }
        }
        if operation.dynamic_query {
            self.gap(
                "an expression gives part of the query, which may follow lookups to more tables; they need Read",
                &self.reach.table(table).name.clone(),
            );
        }
        reads
    }

    fn create(&mut self, table: TableId, operation: &OperationSummary) {
        let owner = names_owner(operation);
        let (depth, why) = if owner || operation.dynamic_row {
            (Depth::Organization, "the flow may name another owner")
        } else {
            (Depth::User, OWN)
        };
        self.need(table, Right::Create, depth, why);
        self.need(
            table,
            Right::Read,
            depth,
            "the one who makes a row and owns it must be able to see it",
        );
        if owner {
            self.need(
                table,
                Right::Assign,
                Depth::Organization,
                "the flow names the row's owner",
            );
            self.need(
                table,
                Right::Write,
                Depth::Organization,
                "giving a row an owner is a change of it",
            );
        }
        self.bind(table, operation, depth);
    }

    fn update(&mut self, table: TableId, operation: &OperationSummary) {
        self.need(table, Right::Write, Depth::Organization, ANY);
        self.need(
            table,
            Right::Read,
            Depth::Organization,
            "a row must be seen to be changed",
        );
        if names_owner(operation) {
            self.need(
                table,
                Right::Assign,
                Depth::Organization,
                "the flow names the row's owner",
            );
        }
        self.bind(table, operation, Depth::Organization);
    }

    /// Lookups: the row is appended, the row it is bound to is appended to.
    fn bind(&mut self, table: TableId, operation: &OperationSummary, depth: Depth) {
        let mut bound = false;
        for lookup in operation.named(Role::Bind).filter(|name| !is_owner(name)) {
            bound = true;
            let targets: Vec<TableId> = operation
                .bound()
                .filter(|(own, _)| own.eq_ignore_ascii_case(lookup))
                .filter_map(|(_, set)| self.reach.find_table(&self.reach.names.resolve(set, false).logical))
                .chain(self.lookups.find(self.reach, table, lookup))
                .collect();
            if targets.is_empty() {
                self.gap(
                    "an expression gives the row that this lookup is bound to; its table needs Append to and Read",
                    lookup,
                );
            }
            for target in targets {
                self.append_to(target);
            }
        }
        if bound {
            self.need(table, Right::Append, depth, "a lookup of the row is bound");
        }
        if operation.dynamic_row {
            self.maybe(
                table,
                Right::Append,
                Depth::Organization,
                "an expression gives the row, which may bind lookups",
            );
            self.maybe(
                table,
                Right::Assign,
                Depth::Organization,
                "an expression gives the row, which may name its owner",
            );
            self.gap(
                "an expression gives the whole row; the tables of lookups that it binds need Append to and Read",
                &self.reach.table(table).name.clone(),
            );
        }
    }

    fn append_to(&mut self, target: TableId) {
        self.need(target, Right::AppendTo, Depth::Organization, "rows are bound to it");
        self.need(
            target,
            Right::Read,
            Depth::Organization,
            "rows are bound to it, which needs sight of them",
        );
        self.maybe(
            target,
            Right::Write,
            Depth::Organization,
            "the documentation lists Write beside Append to; try without it first",
        );
    }

    fn associate(&mut self, table: TableId, operation: &OperationSummary) {
        let ends = std::iter::once(table).chain(
            operation
                .bound()
                .filter_map(|(_, set)| self.reach.find_table(&self.reach.names.resolve(set, false).logical)),
        );
        let ends: Vec<TableId> = ends.collect();
        if ends.len() < 2 {
            let relationship = operation
                .named(Role::Relationship)
                .next()
                .unwrap_or("an unnamed relationship");
            self.gap(
                "the other table of this relationship is in its definition; it needs Read, Append and Append to",
                relationship,
            );
        }
        for end in ends {
            self.need(
                end,
                Right::Read,
                Depth::Organization,
                "associating needs sight of both rows",
            );
            self.need(
                end,
                Right::Append,
                Depth::Organization,
                "both ends of a relationship between many and many are appended",
            );
            self.need(
                end,
                Right::AppendTo,
                Depth::Organization,
                "which end is appended to is not told by the relationship's name",
            );
        }
    }

    /// Bound and unbound actions: what they do is in their implementation.
    fn action(&mut self, operation: &OperationSummary) {
        let name = operation.named(Role::Action).next();
        let bare = name.map(|name| name.rsplit('.').next().unwrap_or(name));
        match bare.map(str::to_ascii_lowercase).as_deref() {
            Some("grantaccess" | "modifyaccess" | "revokeaccess") => self.gap(
                "this action shares rows; the table of the row it is given needs Share and Read",
                name.unwrap_or_default(),
            ),
            Some("whoami") => {}
            Some(_) => self.gap(
                "what this action needs is in its implementation: its plug-in or workflow, or the reference of the message",
                name.unwrap_or_default(),
            ),
            None => self.gap("an expression names the action; look at a run", &operation.id),
        }
    }

    fn trigger(&mut self, table: Option<TableId>, operation: &OperationSummary) {
        const WHY: &str = "a trigger keeps its subscription in this table, as the identity's own row";
        for right in [Right::Create, Right::Read, Right::Write, Right::Delete] {
            self.system("callbackregistration", right, Depth::User, WHY, true);
        }
        let Some(subscription) = operation.subscription else {
            const CUSTOM: &str = "a trigger on an action looks the action up here";
            for name in ["sdkmessage", "customapi", "workflow"] {
                self.system(name, Right::Read, Depth::Organization, CUSTOM, false);
            }
            return;
        };
        if operation.dynamic_table {
            self.gap(
                "an expression names the table; look at a run, or at the values that the expression can take",
                &operation.id,
            );
        }
        let Some(table) = table else { return };
        let (depth, why) = match subscription.scope {
            1 => (Depth::User, "the trigger waits for rows of the identity itself"),
            2 => (Depth::BusinessUnit, "the trigger waits for rows of the business unit"),
            3 => (
                Depth::ParentChild,
                "the trigger waits for rows of the business unit and those below",
            ),
            _ => (
                Depth::Organization,
                "the trigger waits for rows of the whole organisation",
            ),
        };
        self.need(table, Right::Read, depth, why);
        if matches!(subscription.run_as, Some(2 | 3)) {
            self.gap(
                "actions of this flow may run as another user, whose rights count then; see \"Run as\" of the trigger",
                &self.reach.table(table).name.clone(),
            );
        }
    }
}

/// An operation's id in lower case, without what only says where it works and which version it is.
fn lower(id: &str) -> String {
    let mut name: String = id.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    for ending in ["withorganization", "inchangeset", "v2"] {
        if let Some(length) = name.strip_suffix(ending).map(str::len) {
            name.truncate(length);
        }
    }
    name
}

fn is_owner(lookup: &str) -> bool {
    lookup.eq_ignore_ascii_case("ownerid")
}

fn names_owner(operation: &OperationSummary) -> bool {
    let mut names = operation.named(Role::Bind).chain(operation.named(Role::Write));
    names.any(is_owner)
}

/// The references of an identity that is one.
impl Identity {
    /// The connection reference, where the identity is known by one alone.
    #[must_use]
    pub fn reference(self) -> Option<ReferenceId> {
        match self {
            Self::Reference(reference) => Some(reference),
            _ => None,
        }
    }
}
