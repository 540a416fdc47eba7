//! Connections of the graph and the accounts behind them: from inventories, settings and the plan.

use model::files::{CONFIGURATION_FILE, join};
use model::settings::is_token;
use model::{Configuration, Facts, FileId};
use rustc_hash::FxHashMap;
use syntax::Span;

use super::super::{Account, AccountId, BackedBy, Backing, Connection, ConnectionId, ReferenceId};
use super::Builder;
use crate::identity::{Identities, Verdict, Witness, environment_label, judge_record};
use crate::sharing::{Audience, Sharing, Sharings};
use crate::targets::solutions_of_settings_entry;

impl Builder<'_> {
    /// Connections of inventories and settings, with the accounts behind them.
    pub(super) fn connections(&mut self) {
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
                let id = self.connection(&mut known, &assignment.connection);
                // Groups, and everybody, are no accounts: the connection itself says that they may use it.
                let is_account = !matches!(Audience::of(assignment), Audience::Everyone | Audience::Group);
                if is_owner || !is_account || name.trim().is_empty() {
                    continue;
                }
                let verdict = crate::identity::judge(configuration, name);
                let account = self.account(name, verdict, (file, assignment.span));
                self.reach.accounts[account.index()].shared.push(id);
            }
        }
        self.backings(&mut known);
        let sharings = Sharings::new(workspace);
        for index in 0..self.reach.connections.len() {
            let connection = &mut self.reach.connections[index];
            connection.sharing = sharings.of(&connection.name).clone();
            if let Some(account) = self.reach.connections[index].account {
                self.reach.accounts[account.index()]
                    .connections
                    .push(ConnectionId::at(index));
            }
        }
    }

    pub(super) fn backings(&mut self, known: &mut FxHashMap<String, ConnectionId>) {
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
    pub(super) fn plan(&mut self) {
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
            sharing: Sharing::default(),
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
    pub(super) fn owners(&mut self) {
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
}

/// The account that a plan means: itself, or the one behind a name that the plan gives it.
fn account_of_plan<'c>(configuration: &'c Configuration, account: &'c str) -> &'c str {
    let named = configuration.account_named(account);
    let exact = named.and_then(|rule| rule.patterns.iter().find(|pattern| !pattern.value.contains('*')));
    exact.map_or(account, |pattern| &pattern.value)
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
