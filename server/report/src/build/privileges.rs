//! What each identity needs.

use analysis::privileges::{self, Identity, Privileges, RoleComparison, privilege_name};

use super::{Gatherer, connector_title};
use crate::data::{
    GapReport, PermissionReport, PrivilegeReport, RightReport, RoleDifference, RoleReport, TableRightsReport,
    UnknownOperation, Why,
};

impl Gatherer<'_> {
    pub(super) fn privileges(&self) -> Vec<PrivilegeReport> {
        let derived = privileges::derive(self.workspace, self.reach);
        let mut all: Vec<(usize, PrivilegeReport)> = derived
            .iter()
            .map(|found| {
                let rank = match found.identity {
                    Identity::Account(account) => self.place(account),
                    _ => usize::MAX,
                };
                (rank, self.privilege(found))
            })
            .collect();
        all.sort_by(|a, b| (a.0, &a.1.kind, &a.1.identity).cmp(&(b.0, &b.1.kind, &b.1.identity)));
        all.into_iter().map(|(_, report)| report).collect()
    }

    fn privilege(&self, found: &Privileges) -> PrivilegeReport {
        let (kind, identity) = match found.identity {
            Identity::Account(account) => ("account", self.reach.account(account).name.clone()),
            Identity::Reference(reference) => ("reference", self.reach.reference(reference).name.clone()),
            Identity::Caller => ("caller", "whoever starts the flows".to_owned()),
            Identity::Unbound => ("unbound", "connections without a reference".to_owned()),
        };
        PrivilegeReport {
            kind: kind.to_owned(),
            identity,
            plan_name: match found.identity {
                Identity::Account(account) => self.reach.account(account).plan_name().map(str::to_owned),
                _ => None,
            },
            tables: self.table_rights(found),
            permissions: found
                .permissions
                .iter()
                .map(|(connector, permission, example, count)| PermissionReport {
                    connector: connector_title(&self.reach.connector(*connector).name),
                    permission: permission.permission.to_owned(),
                    source: permission.source.to_owned(),
                    by_address: permission.by_address,
                    operations: *count,
                    flow: self.site(*example).0,
                })
                .collect(),
            unknown: found
                .unknown
                .iter()
                .map(|(connector, operation, count)| UnknownOperation {
                    connector: connector_title(&self.reach.connector(*connector).name),
                    operation: operation.clone(),
                    operations: *count,
                })
                .collect(),
            gaps: found
                .gaps
                .iter()
                .map(|gap| {
                    let (flow, action) = self.site(gap.example);
                    GapReport {
                        subject: gap.subject.clone(),
                        text: gap.text.to_owned(),
                        flow,
                        action,
                        operations: gap.operations,
                    }
                })
                .collect(),
            roles: privileges::compare(self.workspace, self.reach, found)
                .into_iter()
                .map(|role| self.role(role))
                .collect(),
        }
    }

    fn table_rights(&self, found: &Privileges) -> Vec<TableRightsReport> {
        let rights = |entry: &privileges::TableRights| {
            let table = &self.reach.table(entry.table).name;
            entry
                .grants
                .iter()
                .map(|(right, grant)| RightReport {
                    right: right.name().to_owned(),
                    privilege: privilege_name(*right, table),
                    needed: grant.needed.map(|depth| depth.name().to_owned()),
                    maybe: grant.maybe.map(|depth| depth.name().to_owned()),
                    why: grant
                        .reasons
                        .iter()
                        .map(|(used, reason)| {
                            let (flow, action) = self.site(*used);
                            Why {
                                reason: (*reason).to_owned(),
                                flow,
                                action,
                            }
                        })
                        .collect(),
                    operations: grant.operations,
                })
                .collect()
        };
        found
            .tables
            .iter()
            .map(|entry| TableRightsReport {
                table: self.reach.table(entry.table).name.clone(),
                inferred: self.reach.table(entry.table).inferred,
                elsewhere: entry.elsewhere,
                rights: rights(entry),
            })
            .collect()
    }

    fn role(&self, role: RoleComparison) -> RoleReport {
        let depth = |depth: Option<model::roles::Depth>| depth.map(|depth| depth.name().to_owned());
        RoleReport {
            role: role.role,
            granted: role.granted,
            needed: role.needed,
            missing: role
                .missing
                .iter()
                .map(|(table, right, needed, granted)| RoleDifference {
                    table: self.reach.table(*table).name.clone(),
                    right: right.name().to_owned(),
                    needed: depth(Some(*needed)),
                    granted: depth(*granted),
                })
                .collect(),
            surplus: role
                .surplus
                .iter()
                .map(|(table, right, granted, needed)| RoleDifference {
                    table: table.clone(),
                    right: right.name().to_owned(),
                    needed: depth(*needed),
                    granted: depth(Some(*granted)),
                })
                .collect(),
            others: role.others,
        }
    }
}
