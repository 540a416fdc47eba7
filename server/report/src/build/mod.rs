//! From a project to the report's data.

mod accounts;
mod balance;
mod privileges;
mod tables;
mod unknown;

use std::borrow::Cow;

use analysis::connectors;
use analysis::effects::Effects;
use analysis::reach::{AccountId, BackedBy, ConnectorId, ConnectorSum, FlowId, Reach, ReferenceId, UseId, Via};
use analysis::secrets;
use model::Workspace;
use rules::Project;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::VERSION;
use crate::data::*;
use crate::text::listed;

/// What the program adds to what the project holds.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Name and version of the program.
    pub tool: String,
    /// The day the report speaks of.
    pub date: Option<String>,
}

/// Gathers the report. `findings` come from the program, which knows how its readers name files.
#[must_use]
pub fn build(project: &Project, findings: Vec<FindingReport>, options: &Options) -> Report {
    let gatherer = Gatherer::new(project);
    let mut report = Report {
        version: VERSION,
        tool: options.tool.clone(),
        date: options.date.clone(),
        accounts: gatherer.accounts(),
        references: gatherer.references(),
        connectors: gatherer.connectors(),
        flows: gatherer.flows(),
        tables: gatherer.tables(),
        balance: gatherer.balance(),
        privileges: gatherer.privileges(),
        findings: sorted(findings),
        ..Report::default()
    };
    report.unknown = gatherer.unknown(&report);
    report.summary = gatherer.summary(&report);
    shown(report)
}

/// The same with nothing in it that looks like a secret: names and descriptions come from files in which anything can stand.
fn shown<T: Serialize + DeserializeOwned>(data: T) -> T {
    let Ok(mut value) = serde_json::to_value(&data) else {
        return data;
    };
    if mask(&mut value) {
        serde_json::from_value(value).unwrap_or(data)
    } else {
        data
    }
}

/// Masks every text; says whether there was anything to mask.
fn mask(value: &mut Value) -> bool {
    match value {
        Value::String(text) => match secrets::masked(text) {
            Cow::Owned(shown) => {
                *text = shown;
                true
            }
            Cow::Borrowed(_) => false,
        },
        Value::Array(items) => items.iter_mut().fold(false, |any, item| mask(item) | any),
        Value::Object(members) => members.values_mut().fold(false, |any, member| mask(member) | any),
        _ => false,
    }
}

/// What each identity needs, alone.
#[must_use]
pub fn privileges(project: &Project) -> Vec<PrivilegeReport> {
    shown(Gatherer::new(project).privileges())
}

/// The worst first, then by rule, file and line.
fn sorted(mut findings: Vec<FindingReport>) -> Vec<FindingReport> {
    let rank = |severity: &str| rules::Severity::parse(severity).map_or(0, |severity| severity as u8);
    findings.sort_by(|a, b| {
        rank(&b.severity)
            .cmp(&rank(&a.severity))
            .then_with(|| (&a.category, &a.rule, &a.file, a.line).cmp(&(&b.category, &b.rule, &b.file, b.line)))
    });
    findings
}

struct Gatherer<'p> {
    project: &'p Project,
    workspace: &'p Workspace,
    reach: &'p Reach,
    /// Accounts in the order of the report.
    ranked: Vec<AccountId>,
    /// Places of accounts in the report.
    places: FxHashMap<AccountId, usize>,
    /// Connectors in the order of the report.
    sorted_connectors: Vec<ConnectorId>,
    connector_places: FxHashMap<ConnectorId, usize>,
}

impl<'p> Gatherer<'p> {
    fn new(project: &'p Project) -> Self {
        let reach = project.reach();
        let mut ranked: Vec<(usize, usize, &str, AccountId)> = (0..reach.accounts.len())
            .map(|index| {
                let id = AccountId(u32::try_from(index).unwrap_or(u32::MAX));
                let uses = reach.uses_of_account(id);
                let mut flows: Vec<FlowId> = uses.iter().map(|used| reach.use_of(*used).flow).collect();
                flows.dedup();
                (flows.len(), uses.len(), &*reach.account(id).name, id)
            })
            .collect();
        ranked.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.cmp(b.2)));
        let ranked: Vec<AccountId> = ranked.into_iter().map(|(.., id)| id).collect();
        let mut sorted_connectors: Vec<ConnectorId> = (0..reach.connectors.len())
            .map(|index| ConnectorId(u32::try_from(index).unwrap_or(u32::MAX)))
            .collect();
        sorted_connectors.sort_by_key(|id| {
            let name = &reach.connector(*id).name;
            (connector_title(name).to_lowercase(), name)
        });
        Self {
            project,
            workspace: project.workspace(),
            reach,
            places: ranked.iter().enumerate().map(|(at, id)| (*id, at)).collect(),
            ranked,
            connector_places: sorted_connectors.iter().enumerate().map(|(at, id)| (*id, at)).collect(),
            sorted_connectors,
        }
    }

    fn place(&self, account: AccountId) -> usize {
        self.places.get(&account).copied().unwrap_or_default()
    }

    fn summary(&self, report: &Report) -> Summary {
        let mut findings = std::collections::BTreeMap::new();
        for finding in &report.findings {
            *findings.entry(finding.severity.clone()).or_default() += 1;
        }
        let known = |reference: &&ReferenceReport| reference.backings.iter().any(|backing| backing.account.is_some());
        Summary {
            solutions: self.project.stats().solutions,
            flows: report.flows.len(),
            accounts: report.accounts.len(),
            connections: self.reach.connections.len(),
            references: report.references.len(),
            connectors: report
                .connectors
                .iter()
                .filter(|connector| connector.operations > 0)
                .count(),
            operations: self.reach.uses.len(),
            references_with_account: report.references.iter().filter(known).count(),
            findings,
        }
    }

    fn references(&self) -> Vec<ReferenceReport> {
        self.reach
            .references
            .iter()
            .map(|reference| {
                let backings = reference.backings.iter().map(|id| {
                    let backing = &self.reach.backings[*id];
                    BackingReport {
                        account: backing.account.map(|account| self.place(account)),
                        environment: backing.environment.clone(),
                        connection: backing
                            .connection
                            .map(|connection| self.reach.connection_label(connection)),
                        witness: match backing.witness {
                            BackedBy::Inventory => "inventory",
                            BackedBy::Owner => "owner",
                            BackedBy::Plan => "plan",
                            BackedBy::Nobody => "nobody",
                        }
                        .to_owned(),
                    }
                });
                let solutions = reference.declared.iter();
                let mut solutions: Vec<String> = solutions
                    .map(|(solution, _)| self.workspace.solution_name(*solution).to_owned())
                    .collect();
                solutions.sort();
                solutions.dedup();
                ReferenceReport {
                    name: reference.name.clone(),
                    title: reference.title.clone(),
                    connector: connector_title(&reference.connector),
                    solutions,
                    backings: backings.collect(),
                    flows: numbers(&reference.flows),
                    operations: reference.uses.len(),
                    effects: words(self.effects(&reference.uses)),
                }
            })
            .collect()
    }

    fn connectors(&self) -> Vec<ConnectorReport> {
        let of = |id: &ConnectorId| {
            let node = self.reach.connector(*id);
            let mut flows: Vec<FlowId> = node.uses.iter().map(|used| self.reach.use_of(*used).flow).collect();
            flows.sort_unstable();
            flows.dedup();
            let inferred = |used: &UseId| self.reach.use_of(*used).judgement.inferred;
            ConnectorReport {
                name: node.name.clone(),
                title: connector_title(&node.name),
                custom: connectors::is_custom(&node.name),
                boundary: connectors::find(&node.name).map(|connector| boundary(connector.boundary).to_owned()),
                flows: numbers(&flows),
                operations: node.uses.len(),
                effects: words(self.effects(&node.uses)),
                inferred: node.uses.iter().any(inferred),
            }
        };
        self.sorted_connectors.iter().map(of).collect()
    }

    fn flows(&self) -> Vec<FlowReport> {
        self.reach
            .flows
            .iter()
            .map(|flow| {
                let sum = self.reach.sum(self.workspace, &flow.uses);
                let mut accounts: Vec<usize> = flow
                    .uses
                    .iter()
                    .flat_map(|used| self.reach.accounts_of(*used))
                    .map(|account| self.place(account))
                    .collect();
                accounts.sort_unstable();
                accounts.dedup();
                let mut solutions: Vec<String> = flow
                    .solutions
                    .iter()
                    .map(|solution| self.workspace.solution_name(*solution).to_owned())
                    .collect();
                solutions.sort();
                solutions.dedup();
                FlowReport {
                    name: flow.name.clone(),
                    id: flow.id.map(|id| id.to_string()),
                    solutions,
                    on: flow.on,
                    trigger: flow.trigger.clone(),
                    references: flow.references.iter().map(|id| id.index()).collect(),
                    as_caller: flow.as_caller.iter().map(|id| id.index()).collect(),
                    connectors: self.connector_uses(&sum.connectors),
                    accounts,
                    calls: numbers(&flow.calls),
                    targets: sum.targets.into_iter().collect(),
                    operations: flow.uses.len(),
                }
            })
            .collect()
    }

    fn connector_uses(&self, sums: &[ConnectorSum]) -> Vec<ConnectorUse> {
        sums.iter()
            .map(|sum| ConnectorUse {
                connector: self.connector_places.get(&sum.connector).copied().unwrap_or_default(),
                operations: sum.operations,
                effects: words(sum.effects),
                inferred: sum.inferred,
            })
            .collect()
    }

    fn effects(&self, uses: &[UseId]) -> Effects {
        uses.iter().fold(Effects::default(), |all, used| {
            all.union(self.reach.use_of(*used).judgement.effects)
        })
    }

    /// Whose account an operation runs with, in words.
    fn identity(&self, used: UseId) -> String {
        match self.reach.use_of(used).via {
            Via::Reference(reference) => {
                let accounts = self.reach.accounts_of(used);
                if accounts.is_empty() {
                    return format!("unknown account behind {}", self.reach.reference(reference).name);
                }
                let names: Vec<&str> = accounts
                    .iter()
                    .map(|id| self.reach.account(*id).name.as_str())
                    .collect();
                listed(&names, 4)
            }
            Via::Caller(_) => "whoever starts the flow".to_owned(),
            Via::Unbound => "unknown account of a connection without reference".to_owned(),
            Via::Direct => "no account: it calls an address itself".to_owned(),
        }
    }

    /// The flow and the action of an operation.
    fn site(&self, used: UseId) -> (String, String) {
        let entry = self.reach.use_of(used);
        let operation = self.reach.operation(self.workspace, entry);
        let action = operation.map_or_else(String::new, |operation| operation.action.replace('_', " "));
        (self.reach.flow(entry.flow).name.clone(), action)
    }
}

/// A connector's name for people; flows of old do not tell it.
fn connector_title(name: &str) -> String {
    if name.is_empty() {
        "unnamed connector".to_owned()
    } else {
        connectors::title(name)
    }
}

fn boundary(boundary: connectors::Boundary) -> &'static str {
    use connectors::Boundary as B;
    match boundary {
        B::None => "stays in the platform",
        B::Tenant => "stays in the tenant",
        B::TenantCanShare => "in the tenant, can be shared outside",
        B::Azure => "an Azure resource",
        B::AzureOrOnprem => "an Azure resource or a server of one's own",
        B::Onprem => "a server of one's own",
        B::ArbitraryEndpoint => "any address",
        B::ExternalSaas => "a cloud of somebody else",
        B::ExternalRead => "reads public data",
        B::Inbound => "calls come in",
    }
}

fn words(effects: Effects) -> Vec<String> {
    effects.iter().map(|effect| effect.name().to_owned()).collect()
}

fn numbers(flows: &[FlowId]) -> Vec<usize> {
    flows.iter().map(|flow| flow.index()).collect()
}

fn indices(references: &[ReferenceId]) -> Vec<usize> {
    references.iter().map(|reference| reference.index()).collect()
}
