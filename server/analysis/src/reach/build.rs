//! Lays a workspace out as a graph.

use std::collections::BTreeMap;

use model::files::{CONFIGURATION_FILE, join};
use model::flow::{ConnectionKey, FlowSummary, HTTP, OperationSummary, Role, is_dataverse};
use model::settings::is_token;
use model::{Configuration, Facts, FileId, Guid, SolutionId, Workspace};
use rustc_hash::FxHashMap;
use syntax::Span;

use super::{
    Account, AccountId, BackedBy, Backing, Connection, ConnectionId, ConnectorId, ConnectorNode, FlowId, FlowNode,
    Reach, Reference, ReferenceId, TableId, TableNode, Use, UseId, Via,
};
use crate::effects;
use crate::identity::{Identities, Verdict, Witness, environment_label, judge_record};
use crate::tables::{Ownership, TableName, TableNames, system_table};
use crate::targets::solutions_of_settings_entry;

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

    fn flows(&mut self) {
        let mut by_id: BTreeMap<(String, String), FlowNode> = BTreeMap::new();
        let mut keys: FxHashMap<Guid, (String, String)> = FxHashMap::default();
        let mut files: Vec<(&str, FileId, &FlowSummary)> = self
            .workspace
            .files()
            .filter_map(|(id, file)| Some((&*file.path, id, file.facts.flow()?)))
            .collect();
        files.sort_unstable_by_key(|(path, ..)| *path);
        for (path, file, flow) in files {
            let name = self.workspace.flow_name(file);
            let fresh = (name.to_lowercase(), path.to_owned());
            let key = match flow.id {
                Some(id) => keys.entry(id).or_insert(fresh).clone(),
                None => fresh,
            };
            let node = by_id.entry(key).or_insert_with(|| empty_flow(name, flow));
            node.files.push(file);
            node.complete &= flow.complete;
            if let Some(solution) = self.workspace.file(file).solution
                && !node.solutions.contains(&solution)
            {
                node.solutions.push(solution);
            }
            let state = self
                .workspace
                .metadata_of(file)
                .and_then(|(_, metadata)| metadata.state);
            node.on = node.on.or(state.map(|state| state == 1));
        }
        let mut by_guid: FxHashMap<Guid, FlowId> = FxHashMap::default();
        for node in by_id.into_values() {
            let id = FlowId::at(self.reach.flows.len());
            by_guid.extend(node.id.map(|guid| (guid, id)));
            let files = node.files.iter().map(|file| (*file, id));
            self.reach.by_name.flows.extend(files);
            self.reach.flows.push(node);
        }
        for index in 0..self.reach.flows.len() {
            self.uses_of(FlowId::at(index), &by_guid);
        }
    }

    /// What one flow does and calls. Copies that say the same count once.
    fn uses_of(&mut self, id: FlowId, by_guid: &FxHashMap<Guid, FlowId>) {
        let files = self.reach.flow(id).files.clone();
        let mut seen: Vec<&FlowSummary> = Vec::new();
        for file in files {
            let Some(flow) = self.workspace.file(file).facts.flow() else {
                continue;
            };
            let same = |other: &&FlowSummary| {
                let keys = |flow: &FlowSummary| {
                    let names = flow.connections.iter();
                    names
                        .map(|key| key.logical_name.as_ref().map(|name| name.value.to_lowercase()))
                        .collect::<Vec<_>>()
                };
                other.operations == flow.operations
                    && keys(other) == keys(flow)
                    && other.child_calls.len() == flow.child_calls.len()
            };
            if seen.iter().any(same) {
                continue;
            }
            // A hostile workspace may hold thousands of different copies; a few tell enough.
            if seen.len() < 8 {
                seen.push(flow);
            }
            self.one_version(id, file, flow, by_guid);
        }
    }

    fn one_version(&mut self, id: FlowId, file: FileId, flow: &FlowSummary, by_guid: &FxHashMap<Guid, FlowId>) {
        for key in &flow.connections {
            let Some(reference) = self.reference_of(key) else {
                continue;
            };
            let list = if is_caller(key) {
                &mut self.reach.flows[id.index()].as_caller
            } else {
                let flows = &mut self.reach.references[reference.index()].flows;
                if flows.last() != Some(&id) {
                    flows.push(id);
                }
                &mut self.reach.flows[id.index()].references
            };
            list.push(reference);
        }
        for (index, operation) in flow.operations.iter().enumerate() {
            self.one_use(id, file, index, operation, flow);
        }
        for call in &flow.child_calls {
            let Some(child) = call.id.and_then(|guid| by_guid.get(&guid).copied()) else {
                continue;
            };
            self.reach.flows[id.index()].calls.push(child);
            self.reach.flows[child.index()].callers.push(id);
        }
    }

    fn reference_of(&self, key: &ConnectionKey) -> Option<ReferenceId> {
        self.reach.find_reference(&key.logical_name.as_ref()?.value)
    }

    fn one_use(&mut self, flow: FlowId, file: FileId, index: usize, operation: &OperationSummary, facts: &FlowSummary) {
        let key = operation
            .connection
            .and_then(|index| facts.connections.get(index as usize));
        let via = match key {
            _ if &*operation.connector == HTTP => Via::Direct,
            Some(key) if is_caller(key) => Via::Caller(self.reference_of(key)),
            Some(key) => self.reference_of(key).map_or(Via::Unbound, Via::Reference),
            None => Via::Unbound,
        };
        let connector = self.connector(&operation.connector);
        if is_dataverse(&operation.connector) && self.reach.find_table(SYSTEM_TABLES[0]).is_none() {
            for name in SYSTEM_TABLES {
                self.table(TableName {
                    logical: name.to_owned(),
                    inferred: false,
                });
            }
        }
        let table = operation.table().map(|name| {
            let name = self.reach.names.resolve(name, operation.takes_logical_names());
            self.table(name)
        });
        let id = UseId::at(self.reach.uses.len());
        self.reach.uses.push(Use {
            flow,
            place: (file, u32::try_from(index).unwrap_or(u32::MAX)),
            via,
            connector,
            table,
            judgement: effects::of(operation),
        });
        self.reach.flows[flow.index()].uses.push(id);
        self.reach.connectors[connector.index()].uses.push(id);
        if let Via::Reference(reference) = via {
            self.reach.references[reference.index()].uses.push(id);
        }
        if let Some(table) = table {
            let table = &mut self.reach.tables[table.index()];
            table.uses.push(id);
            if operation.subscription.is_some() {
                table.listeners.push(id);
            }
        }
        for (role, name) in operation.names.iter() {
            let other = match role {
                Role::LinkedTable => self.reach.names.resolve(name, true),
                Role::BoundTable => self.reach.names.resolve(name, false),
                _ => continue,
            };
            let other = self.table(other);
            let others = &mut self.reach.tables[other.index()].others;
            if Some(other) != table && others.last() != Some(&id) {
                others.push(id);
            }
        }
    }

    fn connector(&mut self, name: &str) -> ConnectorId {
        if let Some(id) = self.reach.by_name.connectors.get(name) {
            return *id;
        }
        let id = ConnectorId::at(self.reach.connectors.len());
        self.reach.by_name.connectors.insert(name.to_owned(), id);
        self.reach.connectors.push(ConnectorNode {
            name: name.to_owned(),
            uses: Vec::new(),
            references: Vec::new(),
        });
        id
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

    /// Connections of inventories and settings, with the accounts behind them.
    fn connections(&mut self) {
        let mut known: FxHashMap<String, ConnectionId> = FxHashMap::default();
        let mut inventories: Vec<(&str, FileId)> = self
            .workspace
            .files()
            .filter(|(_, file)| matches!(file.facts, Facts::Inventory(_)))
            .map(|(id, file)| (&*file.path, id))
            .collect();
        inventories.sort_unstable();
        let workspace = self.workspace;
        for (path, file) in inventories {
            let Some(inventory) = workspace.file(file).facts.inventory() else {
                continue;
            };
            let configuration = workspace.configuration_of(path).map(|(_, configuration)| configuration);
            for record in &inventory.connections {
                let id = self.connection(&mut known, &record.name);
                let account = record.account.as_ref().map(|account| {
                    let verdict = judge_record(configuration, record);
                    self.account(&account.value, verdict, (file, record.span))
                });
                let connection = &mut self.reach.connections[id.index()];
                connection.listed = true;
                fill(&mut connection.title, record.display_name.as_ref());
                fill(&mut connection.connector, record.connector.as_ref());
                fill(&mut connection.environment, record.environment.as_ref());
                fill(&mut connection.status, record.status.as_ref());
                if connection.account.is_none() {
                    connection.account = account;
                }
            }
            for assignment in &inventory.role_assignments {
                let is_owner = assignment.role.eq_ignore_ascii_case("Owner");
                let name = assignment.principal_email.as_ref().unwrap_or(&assignment.principal);
                if is_owner || name.trim().is_empty() {
                    continue;
                }
                let id = self.connection(&mut known, &assignment.connection);
                let verdict = crate::identity::judge(configuration, name);
                let account = self.account(name, verdict, (file, assignment.span));
                self.reach.accounts[account.index()].shared.push(id);
            }
        }
        self.backings(&mut known);
        for index in 0..self.reach.connections.len() {
            if let Some(account) = self.reach.connections[index].account {
                self.reach.accounts[account.index()]
                    .connections
                    .push(ConnectionId::at(index));
            }
        }
    }

    fn backings(&mut self, known: &mut FxHashMap<String, ConnectionId>) {
        let workspace = self.workspace;
        let identities = Identities::new(workspace);
        for &settings in workspace.settings() {
            let file = workspace.file(settings);
            let Some(facts) = file.facts.settings() else { continue };
            let mut evidence = identities.of_settings(settings).into_iter().peekable();
            for (entry, said) in facts.references.iter().enumerate() {
                let Some(reference) = self.reach.find_reference(&said.logical_name.value) else {
                    continue;
                };
                let id = said.connection_id.as_ref().filter(|id| !is_token(&id.value));
                let connection = id.map(|id| self.connection(known, connection_name(&id.value)));
                if let Some(connection) = connection {
                    let node = &mut self.reach.connections[connection.index()];
                    fill(
                        &mut node.connector,
                        said.connector_id
                            .as_ref()
                            .map(|id| model::connector_name(&id.value).to_ascii_lowercase())
                            .as_ref(),
                    );
                    node.references.push(reference);
                }
                let solutions = solutions_of_settings_entry(workspace, settings, &said.logical_name.value);
                let backing = |account, witness| Backing {
                    reference,
                    connection,
                    account,
                    environment: environment_label(&file.path).map(str::to_owned),
                    settings,
                    witness,
                    solutions: solutions.clone(),
                };
                let mut found = Vec::new();
                while let Some(piece) = evidence.next_if(|piece| piece.entry <= entry) {
                    let owner = matches!(piece.witness, Witness::Owner { .. });
                    let place = (settings, piece.settings_span());
                    let account = piece
                        .account
                        .as_ref()
                        .map(|account| self.account(account, piece.verdict.clone(), place));
                    if let (false, Some(connection), Some(account)) = (owner, connection, account) {
                        let node = &mut self.reach.connections[connection.index()];
                        node.account = node.account.or(Some(account));
                    }
                    found.push(backing(
                        account,
                        if owner { BackedBy::Owner } else { BackedBy::Inventory },
                    ));
                }
                if found.is_empty() && connection.is_some() {
                    found.push(backing(None, BackedBy::Nobody));
                }
                found.into_iter().for_each(|backing| self.push(backing));
            }
        }
    }

    fn push(&mut self, backing: Backing) {
        let id = self.reach.backings.len();
        if let Some(account) = backing.account {
            self.reach.accounts[account.index()].backings.push(id);
        }
        self.reach.references[backing.reference.index()].backings.push(id);
        self.reach.backings.push(backing);
    }

    /// What the project's configuration plans, for references of which nothing else names an account.
    fn plan(&mut self) {
        let workspace = self.workspace;
        for index in 0..self.reach.references.len() {
            let reference = &self.reach.references[index];
            let known = |id: &usize| self.reach.backings[*id].account.is_some();
            if reference.backings.iter().any(known) {
                continue;
            }
            let name = reference.name.clone();
            let Some((_, file)) = reference.declared.first() else {
                continue;
            };
            let Some((folder, configuration)) = workspace.configuration_of(&workspace.file(*file).path) else {
                continue;
            };
            let (Some(planned), Some(plan)) = (
                configuration.reference(&name),
                workspace.id(&join(folder, CONFIGURATION_FILE)),
            ) else {
                continue;
            };
            for wanted in &planned.accounts {
                let account = account_of_plan(configuration, &wanted.account.value);
                let verdict = crate::identity::judge(Some(configuration), account);
                let account = self.account(account, verdict, (plan, wanted.account.span));
                self.push(Backing {
                    reference: ReferenceId::at(index),
                    connection: None,
                    account: Some(account),
                    environment: wanted.environment.as_ref().map(|environment| environment.value.clone()),
                    settings: plan,
                    witness: BackedBy::Plan,
                    solutions: Vec::new(),
                });
            }
        }
    }

    fn connection(&mut self, known: &mut FxHashMap<String, ConnectionId>, name: &str) -> ConnectionId {
        let key: String = name
            .chars()
            .filter(|c| *c != '-')
            .flat_map(char::to_lowercase)
            .collect();
        if let Some(id) = known.get(&key) {
            return *id;
        }
        let id = ConnectionId::at(self.reach.connections.len());
        known.insert(key, id);
        self.reach.connections.push(Connection {
            name: name.to_owned(),
            title: None,
            connector: None,
            environment: None,
            status: None,
            account: None,
            references: Vec::new(),
            listed: false,
        });
        id
    }

    fn account(&mut self, name: &str, verdict: Option<Verdict>, place: (FileId, Span)) -> AccountId {
        let name = name.trim();
        let key = name.to_lowercase();
        let id = match self.reach.by_name.accounts.get(&key) {
            Some(id) => *id,
            None => {
                let id = AccountId::at(self.reach.accounts.len());
                self.reach.by_name.accounts.insert(key, id);
                self.reach.accounts.push(Account {
                    name: name.to_owned(),
                    verdict: None,
                    connections: Vec::new(),
                    shared: Vec::new(),
                    backings: Vec::new(),
                    owns: Vec::new(),
                    places: Vec::new(),
                });
                id
            }
        };
        let account = &mut self.reach.accounts[id.index()];
        account.places.push(place);
        let surer = |new: &Verdict| account.verdict.as_ref().is_none_or(|old| new.certainty > old.certainty);
        if let Some(verdict) = verdict.filter(surer) {
            account.verdict = Some(verdict);
        }
        id
    }

    /// Who is to own flows, by custom settings.
    fn owners(&mut self) {
        let workspace = self.workspace;
        let identities = Identities::new(workspace);
        for &settings in workspace.custom_settings() {
            for owner in identities.of_custom_settings(settings) {
                let account = self.account(&owner.account.value, owner.verdict, (settings, owner.account.span));
                let files = owner.flow.map_or(&[][..], |id| workspace.flows_with_id(id));
                let flow = files.first().and_then(|file| self.reach.flow_of(*file));
                if let Some(flow) = flow {
                    self.reach.accounts[account.index()].owns.push(flow);
                }
            }
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

fn empty_flow(name: String, flow: &FlowSummary) -> FlowNode {
    let trigger = flow.triggers.first().map(|trigger| {
        if trigger.subkind.is_empty() {
            trigger.kind.clone()
        } else {
            trigger.subkind.clone()
        }
    });
    FlowNode {
        name,
        id: flow.id,
        files: Vec::new(),
        solutions: Vec::new(),
        on: None,
        trigger: trigger.unwrap_or_default(),
        uses: Vec::new(),
        references: Vec::new(),
        as_caller: Vec::new(),
        calls: Vec::new(),
        callers: Vec::new(),
        complete: true,
    }
}

/// The account that a plan means: itself, or the one behind a name that the plan gives it.
fn account_of_plan<'c>(configuration: &'c Configuration, account: &'c str) -> &'c str {
    let named = configuration.account_named(account);
    let exact = named.and_then(|rule| rule.patterns.iter().find(|pattern| !pattern.value.contains('*')));
    exact.map_or(account, |pattern| &pattern.value)
}

fn is_caller(key: &ConnectionKey) -> bool {
    key.is_invoker()
}

/// The name in a connection's path, or the name itself.
fn connection_name(id: &str) -> &str {
    id.trim().trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

fn fill(slot: &mut Option<String>, value: Option<&String>) {
    if slot.is_none() {
        *slot = value.filter(|value| !value.trim().is_empty()).cloned();
    }
}
