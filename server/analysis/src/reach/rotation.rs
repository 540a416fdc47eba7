//! The order in which an account is replaced, so that nothing runs half on the old one and half on the new.

use std::collections::{BTreeMap, BTreeSet};

use model::{AccountKind, Workspace};
use rustc_hash::FxHashSet;

use super::{AccountId, FlowId, Impact, Reach};
use crate::connectors;

/// What to do, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checklist {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do, as a command.
    pub title: String,
    /// To what, each on a line of its own.
    pub items: Vec<String>,
}

impl Reach {
    /// How to replace an account. The workspace must be the one this was made from, unchanged; `impact` is the account's.
    #[must_use]
    pub fn rotation(&self, workspace: &Workspace, account: AccountId, impact: &Impact) -> Checklist {
        let mut list = Checklist::default();
        let node = self.account(account);
        list.add(
            "Make the replacement, with no more rights than its flows need",
            self.replacement(account),
        );
        list.add(
            "Make its connections in each environment, and share them with whoever deploys",
            self.new_connections(account),
        );
        list.add(
            "Put the new connections into the deployment settings",
            self.settings_entries(workspace, account),
        );
        let stopped: Vec<FlowId> = impact.stops.iter().map(|stopped| stopped.flow).collect();
        let affected: FxHashSet<FlowId> = stopped
            .iter()
            .copied()
            .chain(impact.fails.iter().map(|(flow, _)| *flow))
            .collect();
        let entrances = |flow: &FlowId| !self.flow(*flow).callers.iter().any(|caller| affected.contains(caller));
        let mut first: Vec<FlowId> = affected.iter().copied().filter(entrances).collect();
        first.sort_unstable();
        list.add(
            "Switch off the flows that start others, so that no run is cut in half",
            self.names(&first),
        );
        let references = self.references_of(account);
        list.add(
            "Bind the connection references again: deploy with the new settings, or change them in the target environment",
            references.iter().map(|id| self.reference(*id).name.clone()).collect(),
        );
        list.add(
            "Switch flows on again, called flows before their callers",
            self.names(&self.children_first(&affected)),
        );
        let starved: Vec<FlowId> = impact.starved.iter().map(|starved| starved.flow).collect();
        list.add(
            "Look at the next run of each flow above, and of those that they start",
            self.names(&starved),
        );
        list.add(
            "Give the flows that the account owns to another owner",
            self.names(&node.owns),
        );
        list.add(
            "End the old account's sessions, delete its secrets and connections, and take its roles away",
            node.connections.iter().map(|id| self.connection_label(*id)).collect(),
        );
        list.add(
            "End its right to use connections of others",
            node.shared.iter().map(|id| self.connection_label(*id)).collect(),
        );
        // What has nothing to be done for is left out, but for the two that always apply.
        let last = "End the old account's";
        list.steps
            .retain(|step| !step.items.is_empty() || step.title.starts_with(last));
        list
    }

    /// A connection as people tell it from others: its title and connector, and the beginning of its id.
    #[must_use]
    pub fn connection_label(&self, id: super::ConnectionId) -> String {
        let connection = self.connection(id);
        let connector = connection.connector.as_deref().map(connectors::title);
        let start: String = connection.name.chars().take(8).collect();
        let more = if connection.name.chars().count() > 8 { "…" } else { "" };
        let place = connection
            .environment
            .as_deref()
            .map_or_else(String::new, |name| format!(" in {name}"));
        match connector {
            Some(connector) => format!("{connector} {start}{more}{place}"),
            None => format!("{start}{more}{place}"),
        }
    }

    /// Which kind of account the connectors of this one take.
    fn replacement(&self, account: AccountId) -> Vec<String> {
        let references = self.references_of(account);
        let names: BTreeSet<&str> = references.iter().map(|id| &*self.reference(*id).connector).collect();
        let (mut applications, mut others) = (Vec::new(), Vec::new());
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let takes = connectors::find(name).is_some_and(|connector| connector.takes_applications().is_some());
            let list = if takes { &mut applications } else { &mut others };
            list.push(connectors::title(name));
        }
        let is_application = self
            .account(account)
            .verdict
            .as_ref()
            .is_some_and(|verdict| verdict.kind == AccountKind::Application);
        let mut lines = Vec::new();
        if !applications.is_empty() {
            let what = if is_application {
                "a new application user"
            } else {
                "an application user"
            };
            lines.push(format!(
                "{what}, which these connectors take: {}",
                applications.join(", ")
            ));
        }
        if !others.is_empty() {
            let what = if is_application {
                "an identity"
            } else {
                "a service account"
            };
            lines.push(format!(
                "{what} for the connectors of which no connection by application is known: {}",
                others.join(", ")
            ));
        }
        lines
    }

    fn new_connections(&self, account: AccountId) -> Vec<String> {
        let mut wanted: BTreeMap<(String, String), BTreeSet<super::ReferenceId>> = BTreeMap::new();
        for backing in self.account(account).backings.iter().map(|id| &self.backings[*id]) {
            let environment = backing.environment.clone().unwrap_or_default();
            let connector = connectors::title(&self.reference(backing.reference).connector);
            wanted
                .entry((environment, connector))
                .or_default()
                .insert(backing.reference);
        }
        let line = |((environment, connector), references): ((String, String), BTreeSet<_>)| {
            let place = if environment.is_empty() {
                String::new()
            } else {
                format!("{environment}: ")
            };
            let count = references.len();
            format!(
                "{place}{connector}, for {count} connection reference{}",
                if count == 1 { "" } else { "s" }
            )
        };
        wanted.into_iter().map(line).collect()
    }

    fn settings_entries(&self, workspace: &Workspace, account: AccountId) -> Vec<String> {
        let mut files: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for backing in self.account(account).backings.iter().map(|id| &self.backings[*id]) {
            if let Some(file) = workspace.get(backing.settings) {
                let name = model::files::name_of(&file.path);
                files
                    .entry(name)
                    .or_default()
                    .insert(&self.reference(backing.reference).name);
            }
        }
        let line = |(file, names): (&str, BTreeSet<&str>)| {
            format!("{file}: {}", names.into_iter().collect::<Vec<_>>().join(", "))
        };
        files.into_iter().map(line).collect()
    }

    fn names(&self, flows: &[FlowId]) -> Vec<String> {
        flows.iter().map(|flow| self.flow(*flow).name.clone()).collect()
    }

    /// These flows, each behind those it calls. Where flows call each other in a ring, the ring is cut somewhere.
    fn children_first(&self, flows: &FxHashSet<FlowId>) -> Vec<FlowId> {
        let mut all: Vec<FlowId> = flows.iter().copied().collect();
        all.sort_unstable();
        let mut done: FxHashSet<FlowId> = FxHashSet::default();
        let mut order = Vec::new();
        for start in all {
            // The flow and how many of the flows it calls were looked at.
            let mut stack = vec![(start, 0)];
            if !done.insert(start) {
                continue;
            }
            while let Some((flow, at)) = stack.pop() {
                match self.flow(flow).calls.get(at) {
                    Some(child) => {
                        stack.push((flow, at + 1));
                        if flows.contains(child) && done.insert(*child) {
                            stack.push((*child, 0));
                        }
                    }
                    None => order.push(flow),
                }
            }
        }
        order
    }
}

impl Checklist {
    fn add(&mut self, title: &str, items: Vec<String>) {
        self.steps.push(Step {
            title: title.to_owned(),
            items,
        });
    }
}
