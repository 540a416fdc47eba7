//! Lines above connection references that tell what they reach, and what the account behind them reaches in all.

use analysis::connectors::Family;
use analysis::effects::Effects;
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
    let sum = reach.sum(project.workspace(), &reference.uses);
    let own = match sum.flows.len() {
        0 => "reaches no flow".to_owned(),
        1 => format!("reaches 1 flow{}", does(sum.effects)),
        count => format!("reaches {count} flows{}", does(sum.effects)),
    };
    let mut accounts: Vec<AccountId> = reference
        .backings
        .iter()
        .filter_map(|backing| reach.backings[*backing].account)
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    match accounts.as_slice() {
        [] => format!("{own} · account unknown"),
        [one] => {
            let text = known
                .iter()
                .find(|(account, _)| account == one)
                .map(|(_, text)| text.clone());
            let text = text.unwrap_or_else(|| {
                let text = of_account(project, reach, *one);
                known.push((*one, text.clone()));
                text
            });
            format!("{own} · {text}")
        }
        all => format!("{own} · {} accounts", all.len()),
    }
}

fn of_account(project: &Project, reach: &Reach, account: AccountId) -> String {
    let sum = reach.sum(project.workspace(), &reach.uses_of_account(account));
    let flows = sum.flows.len();
    let connectors = sum.connectors.len();
    let writes = sum.tables.iter().any(|table| table.effects.changes()) && sum.families.contains(&Family::Dataverse);
    format!(
        "its account reaches {flows} flow{}, {connectors} connector{}{}",
        if flows == 1 { "" } else { "s" },
        if connectors == 1 { "" } else { "s" },
        if writes { ", writes Dataverse" } else { "" }
    )
}

fn does(effects: Effects) -> String {
    if effects.is_empty() {
        String::new()
    } else {
        format!(": {effects}")
    }
}
