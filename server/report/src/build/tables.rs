//! Tables of Dataverse: who writes, who reads, whom changes start.

use analysis::reach::{FlowId, TableNode};
use model::flow::Role;

use super::{Gatherer, numbers, words};
use crate::data::{TableReport, WriterReport};

impl Gatherer<'_> {
    /// Tables that flows touch, by name.
    pub(super) fn tables(&self) -> Vec<TableReport> {
        let touched = |table: &&TableNode| !table.uses.is_empty() || !table.others.is_empty();
        let mut all: Vec<TableReport> = self
            .reach
            .tables
            .iter()
            .filter(touched)
            .map(|table| self.table(table))
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn table(&self, table: &TableNode) -> TableReport {
        let mut writers = Vec::new();
        let (mut readers, mut listeners): (Vec<FlowId>, Vec<FlowId>) = (Vec::new(), Vec::new());
        for id in &table.uses {
            let used = self.reach.use_of(*id);
            let Some(operation) = self.reach.operation(self.workspace, used) else {
                continue;
            };
            if operation.subscription.is_some() {
                listeners.push(used.flow);
            } else if used.judgement.effects.changes() {
                let columns = operation.named(Role::Write).chain(operation.named(Role::Bind));
                writers.push(WriterReport {
                    flow: used.flow.index(),
                    action: operation.action.replace('_', " "),
                    effects: words(used.judgement.effects),
                    columns: columns.map(str::to_owned).collect(),
                    more_columns: operation.dynamic_row,
                    identity: self.identity(*id),
                });
            } else {
                readers.push(used.flow);
            }
        }
        readers.extend(table.others.iter().map(|id| self.reach.use_of(*id).flow));
        for flows in [&mut readers, &mut listeners] {
            flows.sort_unstable();
            flows.dedup();
        }
        TableReport {
            name: table.name.clone(),
            title: table.title.clone(),
            inferred: table.inferred,
            audited: table.audited,
            writers,
            readers: numbers(&readers),
            listeners: numbers(&listeners),
        }
    }
}
