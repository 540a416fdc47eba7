//! The balance: one account for everything makes one loss a loss of all; one account for each connection makes so many
//! that nobody can look after them. Both ends are named, whether they are there or not.

use std::collections::{BTreeMap, BTreeSet};

use analysis::reach::{AccountId, ReferenceId};

use super::Gatherer;
use crate::data::Extreme;
use crate::text::{counted, listed};

/// From so many kinds of work on, an account with a good part of the flows is one for everything.
const MANY_FAMILIES: usize = 3;
/// So many references of one connector in one environment could share an account.
const MANY_REFERENCES: usize = 3;

impl Gatherer<'_> {
    pub(super) fn balance(&self) -> Vec<Extreme> {
        vec![self.one_for_everything(), self.one_for_each()]
    }

    fn one_for_everything(&self) -> Extreme {
        let title = "One account for everything".to_owned();
        let all: BTreeSet<_> = self.ranked.iter().flat_map(|id| self.flows_of(*id)).collect();
        if all.is_empty() {
            return Extreme {
                title,
                present: false,
                text: "No account is known to stand behind any flow, so nobody can say. Give the report an inventory of connections and the deployment settings."
                    .to_owned(),
                items: Vec::new(),
            };
        }
        let mut items = Vec::new();
        for id in &self.ranked {
            let flows = self.flows_of(*id);
            let sum = self.reach.sum(self.workspace, &self.reach.uses_of_account(*id));
            // Most flows with one kind of work alone are what an account is for.
            let (count, kinds) = (flows.len(), sum.families.len());
            let wide = kinds >= MANY_FAMILIES && count * 4 >= all.len() || kinds > 1 && count * 2 > all.len();
            if count > 1 && wide {
                let families: Vec<&str> = sum.families.iter().map(|family| family.name()).collect();
                let share = flows.len() * 100 / all.len();
                items.push(format!(
                    "{} reaches {} of {} ({share} %): {}",
                    self.reach.account(*id).name,
                    counted(flows.len(), "flow"),
                    all.len(),
                    listed(&families, 8)
                ));
            }
        }
        let present = !items.is_empty();
        let text = if present {
            "Whoever gets hold of one of these accounts reaches most of what the flows can do. Give each kind of work an account of its own: directory, files, mail, data, administration."
        } else {
            "No account does three kinds of work for a quarter of the flows, or two for half of them. That is as it should be."
        };
        Extreme {
            title,
            present,
            text: text.to_owned(),
            items,
        }
    }

    fn flows_of(&self, account: AccountId) -> Vec<analysis::reach::FlowId> {
        let uses = self.reach.uses_of_account(account);
        let flows: BTreeSet<_> = uses.iter().map(|used| self.reach.use_of(*used).flow).collect();
        flows.into_iter().collect()
    }

    fn one_for_each(&self) -> Extreme {
        let title = "One account for each connection".to_owned();
        // What could share an account: references of one connector in one environment.
        let mut groups: BTreeMap<(String, String), (BTreeSet<ReferenceId>, BTreeSet<AccountId>)> = BTreeMap::new();
        for backing in &self.reach.backings {
            let Some(account) = backing.account else { continue };
            let environment = backing.environment.clone().unwrap_or_default().to_lowercase();
            let connector = self.reach.reference(backing.reference).connector.clone();
            let group = groups.entry((environment, connector)).or_default();
            group.0.insert(backing.reference);
            group.1.insert(account);
        }
        let known = !groups.is_empty();
        let many = groups
            .into_iter()
            .filter(|(_, (references, _))| references.len() >= MANY_REFERENCES);
        let (mut references_in_all, mut accounts_in_all) = (0, 0);
        let mut items: Vec<String> = Vec::new();
        for ((environment, connector), (references, accounts)) in many {
            references_in_all += references.len();
            accounts_in_all += accounts.len();
            if accounts.len() * 3 >= references.len() * 2 {
                let place = if environment.is_empty() {
                    String::new()
                } else {
                    format!("{environment}: ")
                };
                items.push(format!(
                    "{place}{} behind {} of {}",
                    counted(accounts.len(), "account"),
                    counted(references.len(), "connection reference"),
                    super::connector_title(&connector)
                ));
            }
        }
        let present = accounts_in_all > 0 && accounts_in_all * 3 >= references_in_all * 2;
        if !present {
            items.clear();
        }
        items.extend(self.duplicates());
        let text = if present {
            "So many accounts that each does one thing only are more than anybody renews, reviews and takes away in time. Let references of one kind of work share an account."
        } else if known {
            "Where several connection references of one connector stand in one environment, they share accounts, or there are none such."
        } else {
            "No account is known to stand behind any connection reference, so nobody can say."
        };
        Extreme {
            title,
            present,
            text: text.to_owned(),
            items,
        }
    }

    /// Connectors with many references in one solution: each is mapped, consented to and rotated on its own.
    fn duplicates(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (solution, _) in self.workspace.solutions() {
            let mut connectors: BTreeMap<String, usize> = BTreeMap::new();
            for reference in self.workspace.references(solution) {
                if let Some(connector) = reference.connector() {
                    *connectors
                        .entry(super::connector_title(&connector.to_ascii_lowercase()))
                        .or_default() += 1;
                }
            }
            for (connector, count) in connectors.into_iter().filter(|(_, count)| *count > 2) {
                let name = self.workspace.solution_name(solution);
                found.push((
                    count,
                    format!("{name} has {count} connection references of {connector}"),
                ));
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.dedup();
        found.into_iter().take(8).map(|(_, line)| line).collect()
    }
}
