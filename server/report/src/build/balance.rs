//! The balance: one account for everything makes one loss a loss of all; one account for each connection makes so many
//! that nobody can look after them. Both ends are named, whether they are there or not.

use std::collections::BTreeSet;

use analysis::reach::AccountId;

use super::Gatherer;
use crate::data::Extreme;
use crate::text::{counted, listed};

/// From so many kinds of work on, one account is one for everything.
const MANY_FAMILIES: usize = 3;
/// Fewer accounts than this are no sprawl, whatever each does.
const FEW_ACCOUNTS: usize = 5;

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
            let half = flows.len() * 2 > all.len() && all.len() > 2;
            if flows.len() > 1 && (half || sum.families.len() >= MANY_FAMILIES) {
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
            "No account reaches more than half of the flows, or three kinds of work. That is as it should be."
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
        let acting: Vec<(AccountId, usize)> = self
            .ranked
            .iter()
            .map(|id| (*id, self.reach.references_of(*id).len()))
            .filter(|(_, references)| *references > 0)
            .collect();
        let single = acting.iter().filter(|(_, references)| *references == 1).count();
        let present = acting.len() >= FEW_ACCOUNTS && single * 3 >= acting.len() * 2;
        let mut items: Vec<String> = Vec::new();
        if present {
            items.push(format!(
                "{single} of {} stand behind one connection reference only",
                counted(acting.len(), "account")
            ));
        }
        items.extend(self.duplicates());
        let text = if present {
            "So many accounts that each does one thing only are more than anybody renews, reviews and takes away in time. Let references of one kind of work share an account."
        } else if acting.is_empty() {
            "No account is known to stand behind any connection reference, so nobody can say."
        } else {
            "The accounts stand behind several references each, or are few enough to look after."
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
            let mut connectors: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
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
