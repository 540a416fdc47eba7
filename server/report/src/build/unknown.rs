//! What the files do not tell, and how to find out. Silence would read as safety.

use std::collections::BTreeSet;

use analysis::reach::{BackedBy, Via};
use model::Facts;

use super::{Gatherer, connector_title};
use crate::data::{Report, Unknown};

/// So many names are listed of each.
const SHOWN: usize = 12;

impl Gatherer<'_> {
    pub(super) fn unknown(&self, report: &Report) -> Vec<Unknown> {
        let mut all = Vec::new();
        let mut add = |what: &str, items: Vec<String>, how: &str| {
            if !items.is_empty() {
                all.push(Unknown {
                    what: what.to_owned(),
                    count: items.len(),
                    items: items.into_iter().take(SHOWN).collect(),
                    how: how.to_owned(),
                });
            }
        };
        let references = report
            .references
            .iter()
            .filter(|reference| reference.backings.iter().all(|backing| backing.account.is_none()))
            .map(|reference| reference.name.clone());
        add(
            "Connection references whose account is unknown",
            references.collect(),
            "Name the connections in the deployment settings, export the connections with Get-AdminPowerAppConnection, and point `connections` in flowsentry.jsonc at the file; or write the accounts into `references` there.",
        );
        let unlisted = self
            .reach
            .connections
            .iter()
            .enumerate()
            .filter(|(_, connection)| connection.account.is_none() && !connection.references.is_empty());
        add(
            "Connections in deployment settings that no inventory explains",
            unlisted
                .map(|(at, _)| {
                    self.reach
                        .connection_label(analysis::reach::ConnectionId(u32::try_from(at).unwrap_or(u32::MAX)))
                })
                .collect(),
            "Export the connections of that environment too.",
        );
        let unshared = self.reach.connections.iter().enumerate().filter(|(_, connection)| {
            connection.listed && connection.sharing.is_unknown() && !connection.references.is_empty()
        });
        add(
            "Connections of which nothing tells with whom they are shared",
            unshared
                .map(|(at, _)| {
                    self.reach
                        .connection_label(analysis::reach::ConnectionId(u32::try_from(at).unwrap_or(u32::MAX)))
                })
                .collect(),
            "Export Get-AdminPowerAppConnectionRoleAssignment as JSON, and name the file in `connections` of flowsentry.jsonc too.",
        );
        let owners =
            self.reach.backings.iter().filter(|backing| {
                matches!(backing.witness, BackedBy::Owner | BackedBy::Plan) && backing.account.is_some()
            });
        let owners: BTreeSet<String> = owners
            .map(|backing| self.reach.reference(backing.reference).name.clone())
            .collect();
        add(
            "Connection references whose account is only planned, not seen",
            owners.into_iter().collect(),
            "An owner in settings or a plan says who is meant to hold the connection. An inventory says who it acts as.",
        );
        let accounts = report.accounts.iter().filter(|account| account.kind.is_none());
        add(
            "Accounts of which nothing tells what they are",
            accounts.map(|account| account.name.clone()).collect(),
            "Add them to `accounts` in flowsentry.jsonc as personal, service or application.",
        );
        let unbound: BTreeSet<String> = self
            .reach
            .uses
            .iter()
            .filter(|used| used.via == Via::Unbound)
            .map(|used| self.reach.flow(used.flow).name.clone())
            .collect();
        add(
            "Flows that use a connection without a connection reference",
            unbound.into_iter().collect(),
            "Nobody can see from the source whose connection it is. Bind them to connection references.",
        );
        add(
            "Operations of which nothing tells what they do",
            self.operations(|effects_known, _| !effects_known),
            "Read their documentation, or the definition of the custom connector, and treat them as able to write until then.",
        );
        add(
            "Operations whose effect is only guessed from their name",
            self.operations(|_, inferred| inferred),
            "Read their documentation before relying on it.",
        );
        add(
            "Operations whose table an expression names",
            self.dynamic(|operation| operation.dynamic_table),
            "Look at a run of the flow, or at the values that the expression can take. Until then they may touch any table their account can.",
        );
        add(
            "Requests whose address an expression names",
            self.dynamic(|operation| operation.method.is_some() && operation.target.is_none()),
            "Look at a run of the flow, or at the variables behind the expression.",
        );
        let missing = self.workspace.files().filter_map(|(id, file)| {
            let flow = file.facts.flow()?;
            let outside =
                |call: &&model::flow::ChildCall| call.id.is_some_and(|id| self.workspace.flows_with_id(id).is_empty());
            flow.child_calls
                .iter()
                .any(|call| outside(&call))
                .then(|| self.workspace.flow_name(id))
        });
        let missing: BTreeSet<String> = missing.collect();
        add(
            "Flows that call a child flow which is not in these files",
            missing.into_iter().collect(),
            "Add the solution that holds the child flow. What it reaches is not counted.",
        );
        let damaged = self.workspace.files().filter_map(|(_, file)| {
            let whole = match &file.facts {
                Facts::Flow(flow) => flow.complete,
                Facts::Customizations(facts) => facts.complete,
                Facts::Settings(facts) => facts.complete,
                Facts::CustomSettings(facts) => facts.complete,
                Facts::Inventory(inventory) => inventory.complete,
                Facts::Unreadable(_) => file.solution.is_none(),
                _ => true,
            };
            (!whole).then(|| model::files::name_of(&file.path).to_owned())
        });
        let damaged: BTreeSet<String> = damaged.collect();
        add(
            "Files that are damaged, so that part of them is not counted",
            damaged.into_iter().collect(),
            "Run `flowsentry check` and mend them.",
        );
        let tables = report.tables.iter().filter(|table| table.inferred);
        add(
            "Tables whose logical name only follows from the name of their set",
            tables.map(|table| table.name.clone()).collect(),
            "Add the solution that defines them; the plural may mislead.",
        );
        let silent = report
            .tables
            .iter()
            .filter(|table| table.audited.is_none() && !table.writers.is_empty());
        add(
            "Tables that flows write and of which nothing here tells whether they are audited",
            silent.map(|table| table.name.clone()).collect(),
            "Add the solution that defines them, or look at the table's settings in the environment.",
        );
        all
    }

    /// Operations as `connector: id`, each once.
    fn operations(&self, wanted: impl Fn(bool, bool) -> bool) -> Vec<String> {
        let mut found = BTreeSet::new();
        for used in &self.reach.uses {
            let known = !used.judgement.effects.is_empty();
            if !wanted(known, used.judgement.inferred) {
                continue;
            }
            let Some(operation) = self.reach.operation(self.workspace, used) else {
                continue;
            };
            let id = if operation.id.is_empty() {
                "a request"
            } else {
                &operation.id
            };
            found.insert(format!(
                "{}: {id}",
                connector_title(&self.reach.connector(used.connector).name)
            ));
        }
        found.into_iter().collect()
    }

    /// Operations as `flow: action`.
    fn dynamic(&self, wanted: impl Fn(&model::flow::OperationSummary) -> bool) -> Vec<String> {
        let found = self.reach.uses.iter().filter_map(|used| {
            let operation = self
                .reach
                .operation(self.workspace, used)
                .filter(|operation| wanted(operation))?;
            let flow = &self.reach.flow(used.flow).name;
            Some(format!("{flow}: {}", operation.action.replace('_', " ")))
        });
        found.collect::<BTreeSet<String>>().into_iter().collect()
    }
}
