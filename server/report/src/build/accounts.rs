//! Accounts: what each reaches, what stops without it, how to replace it.

use analysis::reach::{AccountId, ConnectionId};

use super::{Gatherer, indices, numbers, words};
use crate::data::{AccountReport, ImpactReport, StarvedReport, StepReport, StopReport, TableUse};

impl Gatherer<'_> {
    pub(super) fn accounts(&self) -> Vec<AccountReport> {
        self.ranked.iter().map(|id| self.account(*id)).collect()
    }

    /// What role assignments say of connections; those of which they say nothing are counted.
    fn sharing(&self, connections: &[ConnectionId]) -> Vec<String> {
        let (known, unknown): (Vec<&ConnectionId>, Vec<&ConnectionId>) = connections
            .iter()
            .partition(|id| !self.reach.connection(**id).sharing.is_unknown());
        let said = |id: &&ConnectionId| {
            let connection = self.reach.connection(**id);
            format!("{} is {}", self.reach.connection_label(**id), connection.sharing)
        };
        let mut all: Vec<String> = known.iter().map(said).collect();
        match unknown.len() {
            0 => {}
            1 if all.is_empty() => all.push("Nothing tells with whom its connection is shared".to_owned()),
            some if all.is_empty() => all.push(format!("Nothing tells with whom its {some} connections are shared")),
            some => all.push(format!("Of {some} more, nothing tells with whom they are shared")),
        }
        all
    }

    fn account(&self, id: AccountId) -> AccountReport {
        let reach = self.reach;
        let node = reach.account(id);
        let sum = reach.sum(self.workspace, &reach.uses_of_account(id));
        let impact = reach.impact(self.workspace, id);
        let rotation = reach.rotation(self.workspace, id, &impact);
        AccountReport {
            name: node.name.clone(),
            plan_name: node.plan_name().map(str::to_owned),
            kind: node.verdict.as_ref().map(|verdict| verdict.kind.name().to_owned()),
            why: node.verdict.as_ref().map(|verdict| verdict.why.clone()),
            environments: reach.environments_of(id).into_iter().map(str::to_owned).collect(),
            references: indices(&reach.references_of(id)),
            connections: node.connections.iter().map(|id| reach.connection_label(*id)).collect(),
            shared: node.shared.iter().map(|id| reach.connection_label(*id)).collect(),
            sharing: self.sharing(&node.connections),
            flows: numbers(&sum.flows),
            operations: sum.operations,
            effects: words(sum.effects),
            connectors: self.connector_uses(&sum.connectors),
            tables: sum
                .tables
                .iter()
                .map(|entry| TableUse {
                    table: reach.table(entry.table).name.clone(),
                    operations: entry.operations,
                    effects: words(entry.effects),
                })
                .collect(),
            targets: sum.targets.into_iter().collect(),
            families: sum.families.iter().map(|family| family.name().to_owned()).collect(),
            impact: ImpactReport {
                stops: impact
                    .stops
                    .iter()
                    .map(|stopped| StopReport {
                        flow: stopped.flow.index(),
                        trigger: stopped.trigger,
                        operations: stopped.operations,
                    })
                    .collect(),
                fails: impact
                    .fails
                    .iter()
                    .map(|(flow, by)| (flow.index(), by.index()))
                    .collect(),
                starved: impact
                    .starved
                    .iter()
                    .map(|starved| StarvedReport {
                        flow: starved.flow.index(),
                        by: starved.by.index(),
                        table: starved.table.map(|table| reach.table(table).name.clone()),
                        others: starved.others,
                    })
                    .collect(),
                unowned: numbers(&impact.unowned),
            },
            rotation: rotation
                .steps
                .into_iter()
                .map(|step| StepReport {
                    title: step.title,
                    items: step.items,
                })
                .collect(),
        }
    }
}
