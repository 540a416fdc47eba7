//! Lines above connection references that tell what they reach, and what the account behind them reaches in all.

use analysis::connectors::Family;
use analysis::reach::{AccountId, Reach, ReferenceId};
use model::FileId;
use rules::Project;
use syntax::Span;

/// A line above a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachLens {
    /// The place.
    pub span: Span,
    /// The line.
    pub title: String,
}

/// The lines of a file with connection references; none for other files.
#[must_use]
pub fn reach_lenses(project: &Project, file: FileId) -> Vec<ReachLens> {
    let facts = project
        .workspace()
        .get(file)
        .and_then(|file| file.facts.customizations());
    let reach = project.reach();
    // References often share an account.
    let mut known: Vec<(AccountId, String)> = Vec::new();
    let mut lenses = Vec::new();
    for declared in facts.into_iter().flat_map(|facts| &facts.connection_references) {
        if let Some(id) = reach.find_reference(&declared.logical_name.value) {
            lenses.push(ReachLens {
                span: declared.logical_name.span,
                title: title(project, reach, id, &mut known),
            });
        }
    }
    lenses
}

fn title(project: &Project, reach: &Reach, id: ReferenceId, known: &mut Vec<(AccountId, String)>) -> String {
    let reference = reach.reference(id);
    let mut accounts: Vec<AccountId> = reference
        .backings
        .iter()
        .filter_map(|backing| reach.backings[*backing].account)
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    let mut line = |account: AccountId| {
        let text = known
            .iter()
            .find(|(own, _)| *own == account)
            .map(|(_, text)| text.clone());
        text.unwrap_or_else(|| {
            let text = of_account(project, reach, account);
            known.push((account, text.clone()));
            text
        })
    };
    match accounts.as_slice() {
        [] => {
            let sum = reach.sum(project.workspace(), &reference.uses);
            let does = if sum.operations == 0 {
                "nothing".to_owned()
            } else {
                sum.effects.to_string()
            };
            format!("account unknown, does: {does}")
        }
        [one] => line(*one),
        all => {
            // The one that reaches most is the one to think of.
            let widest = all.iter().max_by_key(|id| reach.uses_of_account(**id).len());
            let widest = widest.map_or_else(String::new, |id| format!("; {}", line(*id)));
            format!("{} accounts{widest}", all.len())
        }
    }
}

fn of_account(project: &Project, reach: &Reach, account: AccountId) -> String {
    let node = reach.account(account);
    let sum = reach.sum(project.workspace(), &reach.uses_of_account(account));
    let (flows, connectors) = (sum.flows.len(), sum.connectors.len());
    let writes = sum.tables.iter().any(|table| table.effects.changes()) && sum.families.contains(&Family::Dataverse);
    let kind = node.verdict.as_ref().map_or("", |verdict| verdict.kind.name());
    format!(
        "{kind}{}account {} reaches {flows} flow{}, {connectors} connector{}{}",
        if kind.is_empty() { "" } else { " " },
        node.plan_name().unwrap_or(&node.name),
        if flows == 1 { "" } else { "s" },
        if connectors == 1 { "" } else { "s" },
        if writes { ", writes Dataverse" } else { "" }
    )
}
