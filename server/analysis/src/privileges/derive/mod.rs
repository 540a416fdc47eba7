//! From operations to rights.

mod dataverse;

use std::collections::BTreeMap;

use model::Workspace;
use model::flow::{OperationSummary, is_dataverse};
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
