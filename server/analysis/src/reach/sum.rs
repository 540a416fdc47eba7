//! What a set of operations does, added up.

use std::collections::{BTreeMap, BTreeSet};

use model::Workspace;

use super::{ConnectorId, FlowId, Reach, TableId, UseId};
use crate::connectors::{self, Family};
use crate::effects::Effects;

/// What a set of operations does.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    /// Their flows, each once.
    pub flows: Vec<FlowId>,
    /// How many operations.
    pub operations: usize,
    /// Everything they do.
    pub effects: Effects,
    /// How many of them do nobody knows what.
    pub unknown: usize,
    /// By connector, in the order of the connectors' names.
    pub connectors: Vec<ConnectorSum>,
    /// By table of Dataverse, in the order of the tables' names.
    pub tables: Vec<TableSum>,
    /// Operations whose table an expression names.
    pub dynamic_tables: usize,
    /// Hosts, sites and databases that the texts name.
    pub targets: BTreeSet<String>,
    /// Requests to addresses that expressions name.
    pub dynamic_targets: usize,
    /// Kinds of work.
    pub families: Vec<Family>,
}

/// What a set of operations does with one connector.
#[derive(Clone, Copy, Debug)]
pub struct ConnectorSum {
    /// The connector.
    pub connector: ConnectorId,
    /// How many operations.
    pub operations: usize,
    /// Everything they do.
    pub effects: Effects,
    /// Whether some effect only follows from an operation's name.
    pub inferred: bool,
}

/// What a set of operations does with one table.
#[derive(Clone, Copy, Debug)]
pub struct TableSum {
    /// The table.
    pub table: TableId,
    /// How many operations.
    pub operations: usize,
    /// Everything they do.
    pub effects: Effects,
}

impl Reach {
    /// Adds up what operations do. The workspace must be the one this was made from, unchanged.
    #[must_use]
    pub fn sum(&self, workspace: &Workspace, uses: &[UseId]) -> Sum {
        let mut sum = Sum::default();
        let mut connectors: BTreeMap<&str, ConnectorSum> = BTreeMap::new();
        let mut tables: BTreeMap<&str, TableSum> = BTreeMap::new();
        let mut flows = BTreeSet::new();
        let mut families = BTreeSet::new();
        for id in uses {
            let used = self.use_of(*id);
            flows.insert(used.flow);
            sum.operations += 1;
            sum.effects = sum.effects.union(used.judgement.effects);
            sum.unknown += usize::from(used.judgement.effects.is_empty());
            let node = self.connector(used.connector);
            let entry = connectors.entry(&node.name).or_insert(ConnectorSum {
                connector: used.connector,
                operations: 0,
                effects: Effects::default(),
                inferred: false,
            });
            entry.operations += 1;
            entry.effects = entry.effects.union(used.judgement.effects);
            entry.inferred |= used.judgement.inferred;
            families.extend(connectors::find(&node.name).and_then(|connector| connector.family));
            if let Some(table) = used.table {
                let entry = tables.entry(&self.table(table).name).or_insert(TableSum {
                    table,
                    operations: 0,
                    effects: Effects::default(),
                });
                entry.operations += 1;
                entry.effects = entry.effects.union(used.judgement.effects);
            }
            let Some(operation) = self.operation(workspace, used) else {
                continue;
            };
            sum.dynamic_tables += usize::from(operation.dynamic_table);
            match &operation.target {
                Some(target) => {
                    if !sum.targets.contains(&**target) {
                        sum.targets.insert(target.to_string());
                    }
                }
                None => sum.dynamic_targets += usize::from(operation.method.is_some()),
            }
        }
        sum.flows = flows.into_iter().collect();
        sum.connectors = connectors.into_values().collect();
        sum.tables = tables.into_values().collect();
        sum.families = families.into_iter().collect();
        sum
    }
}
