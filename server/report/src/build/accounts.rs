//! Accounts: what each reaches, what stops without it, how to replace it.

use analysis::reach::AccountId;

use super::{Gatherer, indices, numbers, words};
use crate::data::{AccountReport, ImpactReport, StarvedReport, StepReport, StopReport, TableUse};

impl Gatherer<'_> {
    pub(super) fn accounts(&self) -> Vec<AccountReport> {
        self.ranked.iter().map(|id| self.account(*id)).collect()
    }

    fn account(&self, id: AccountId) -> AccountReport {
        let reach = self.reach;
        let node = reach.account(id);
        let sum = reach.sum(self.workspace, &reach.uses_of_account(id));
        let impact = reach.impact(self.workspace, id);
        let rotation = reach.rotation(self.workspace, id, &impact);
        AccountReport {
            name: node.name.clone(),
            kind: node.verdict.as_ref().map(|verdict| verdict.kind.name().to_owned()),
            why: node.verdict.as_ref().map(|verdict| verdict.why.clone()),
            environments: reach.environments_of(id).into_iter().map(str::to_owned).collect(),
            references: indices(&reach.references_of(id)),
            connections: node.connections.iter().map(|id| reach.connection_label(*id)).collect(),
            shared: node.shared.iter().map(|id| reach.connection_label(*id)).collect(),
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
