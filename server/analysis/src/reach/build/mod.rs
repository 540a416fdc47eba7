//! Lays a workspace out as a graph.

mod accounts;
mod flows;

use std::collections::BTreeMap;

use model::flow::ConnectionKey;
use model::{FileId, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use super::{Reach, Reference, ReferenceId, TableId, TableNode};
use crate::tables::{Ownership, TableName, TableNames, system_table};

/// Tables that operations touch without naming them: what triggers keep and look up, and who rows belong to.
const SYSTEM_TABLES: [&str; 8] = [
    "callbackregistration",
    "systemuser",
    "team",
    "businessunit",
    "transactioncurrency",
    "sdkmessage",
    "customapi",
    "workflow",
];

impl Reach {
    /// The graph of a workspace.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        let mut builder = Builder {
            workspace,
            reach: Self {
                names: TableNames::new(workspace),
                ..Self::default()
            },
        };
        builder.references();
        builder.flows();
        builder.tables();
        builder.connections();
        builder.plan();
        builder.owners();
        builder.tidy();
        builder.reach
    }
}

struct Builder<'w> {
    workspace: &'w Workspace,
    reach: Reach,
}

impl Builder<'_> {
    /// References that solutions declare, and those that flows name besides.
    fn references(&mut self) {
        let mut all: BTreeMap<String, Reference> = BTreeMap::new();
        for (solution, entry) in self.workspace.solutions() {
            let Some(file) = entry.customizations else { continue };
            for declared in self.workspace.references(solution) {
                let name = &declared.logical_name.value;
                let reference = all
                    .entry(name.to_lowercase())
                    .or_insert_with(|| empty_reference(name, declared.connector().unwrap_or_default()));
                if reference.declared.is_empty() {
                    declared.title().clone_into(&mut reference.title);
                }
                if reference.declared.last() != Some(&(solution, file)) {
                    reference.declared.push((solution, file));
                }
            }
        }
        for (_, key) in self.keys() {
            let Some(name) = &key.logical_name else { continue };
            let connector = key.connector.as_ref().map_or("", |connector| &connector.value);
            all.entry(name.value.to_lowercase())
                .or_insert_with(|| empty_reference(&name.value, connector));
        }
        // Settings may name what nothing in the workspace declares: the account behind it is reached all the same.
        for &settings in self.workspace.settings() {
            let facts = self.workspace.file(settings).facts.settings();
            for entry in facts.into_iter().flat_map(|facts| &facts.references) {
                let name = &entry.logical_name.value;
                let connector = entry
                    .connector_id
                    .as_ref()
                    .map_or("", |id| model::connector_name(&id.value));
                all.entry(name.to_lowercase())
                    .or_insert_with(|| empty_reference(name, connector));
            }
        }
        for (key, reference) in all {
            let id = ReferenceId::at(self.reach.references.len());
            self.reach.by_name.references.insert(key, id);
            self.reach.references.push(reference);
        }
    }

    fn keys(&self) -> impl Iterator<Item = (FileId, &ConnectionKey)> {
        self.workspace.files().flat_map(|(id, file)| {
            let flow = file.facts.flow();
            flow.into_iter()
                .flat_map(|flow| &flow.connections)
                .map(move |key| (id, key))
        })
    }

    fn table(&mut self, name: TableName) -> TableId {
        if let Some(id) = self.reach.by_name.tables.get(&name.logical) {
            self.reach.tables[id.index()].inferred &= name.inferred;
            return *id;
        }
        let id = TableId::at(self.reach.tables.len());
        self.reach.by_name.tables.insert(name.logical.clone(), id);
        self.reach.tables.push(TableNode {
            ownership: system_table(&name.logical).map(|table| table.owner),
            name: name.logical,
            inferred: name.inferred,
            title: None,
            defined: Vec::new(),
            audited: None,
            uses: Vec::new(),
            listeners: Vec::new(),
            others: Vec::new(),
        });
        id
    }

    /// What definitions say of tables, also of those that no flow touches.
    fn tables(&mut self) {
        let mut audits: FxHashMap<TableId, Vec<bool>> = FxHashMap::default();
        let solutions: Vec<SolutionId> = self.workspace.solutions().map(|(id, _)| id).collect();
        for solution in solutions {
            let workspace = self.workspace;
            for (file, definition) in workspace.tables(solution) {
                let Some(logical) = definition.logical_name() else {
                    continue;
                };
                let id = self.table(TableName {
                    logical,
                    inferred: false,
                });
                let table = &mut self.reach.tables[id.index()];
                table.defined.push(file);
                if table.title.is_none() {
                    table.title.clone_from(&definition.display_name);
                }
                let owner = |user| if user { Ownership::User } else { Ownership::Organization };
                table.ownership = table.ownership.or(definition.user_owned.map(owner));
                if let Some(on) = &definition.audited {
                    audits.entry(id).or_default().push(on.value);
                }
            }
        }
        for (id, said) in audits {
            let all = said.iter().all(|on| *on == said[0]);
            self.reach.tables[id.index()].audited = said.first().copied().filter(|_| all);
        }
    }

    /// Brings lists into an order that depends on names alone.
    fn tidy(&mut self) {
        let reach = &mut self.reach;
        for account in &mut reach.accounts {
            sort(&mut account.owns);
            sort(&mut account.shared);
            sort(&mut account.places);
        }
        for flow in &mut reach.flows {
            sort(&mut flow.callers);
            sort(&mut flow.calls);
            sort(&mut flow.references);
            sort(&mut flow.as_caller);
        }
        for connection in &mut reach.connections {
            sort(&mut connection.references);
        }
        for (index, reference) in reach.references.iter_mut().enumerate() {
            if reference.connector.is_empty() {
                continue;
            }
            if let Some(connector) = reach.by_name.connectors.get(&reference.connector) {
                reach.connectors[connector.index()]
                    .references
                    .push(ReferenceId::at(index));
            }
        }
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}

fn empty_reference(name: &str, connector: &str) -> Reference {
    Reference {
        name: name.to_owned(),
        title: name.to_owned(),
        connector: connector.to_ascii_lowercase(),
        declared: Vec::new(),
        backings: Vec::new(),
        uses: Vec::new(),
        flows: Vec::new(),
    }
}
