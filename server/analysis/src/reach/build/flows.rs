//! Flows of the graph: what each does, through which reference, and whom it calls.

use std::collections::BTreeMap;

use model::flow::{ConnectionKey, FlowSummary, HTTP, OperationSummary, Role, is_dataverse};
use model::{FileId, Guid};
use rustc_hash::FxHashMap;

use super::super::{ConnectorId, ConnectorNode, FlowId, FlowNode, ReferenceId, Use, UseId, Via};
use super::{Builder, SYSTEM_TABLES};
use crate::effects;
use crate::tables::TableName;

impl Builder<'_> {
    pub(super) fn flows(&mut self) {
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

fn is_caller(key: &ConnectionKey) -> bool {
    key.is_invoker()
}
