//! A role of the workspace beside what an identity needs: too much, too little.

use std::collections::{BTreeMap, BTreeSet};

use model::roles::{Depth, RoleDefinition};
use model::{FileId, Workspace};

use super::{Privileges, Right, privilege_word};
use crate::reach::{Reach, TableId};

/// A role beside what an identity needs.
#[derive(Clone, Debug)]
pub struct RoleComparison {
    /// The role's name.
    pub role: String,
    /// Its file.
    pub file: FileId,
    /// How many of the needed rights it grants as deep as needed.
    pub granted: usize,
    /// How many are needed.
    pub needed: usize,
    /// What is needed and not granted, or not as deep: the right, the depth needed, the depth granted.
    pub missing: Vec<(TableId, Right, Depth, Option<Depth>)>,
    /// What is granted and not needed, or deeper than needed: the table's word, the right, the depth granted, the depth
    /// needed.
    pub surplus: Vec<(String, Right, Depth, Option<Depth>)>,
    /// Privileges that are no right on a table, or of a form that is not known; no operation explains them.
    pub others: Vec<String>,
}

/// The roles of the workspace that fit an identity best: those that grant the most of what it needs. None where no role
/// grants even half of it.
#[must_use]
pub fn compare(workspace: &Workspace, reach: &Reach, privileges: &Privileges) -> Vec<RoleComparison> {
    let needed = needed(reach, privileges);
    if needed.is_empty() {
        return Vec::new();
    }
    let mut all: Vec<RoleComparison> = Vec::new();
    for (solution, _) in workspace.solutions() {
        for (file, role) in workspace.roles(solution) {
            let found = one(file, role, &needed);
            // The same role may lie in several folders of a workspace.
            let same = |other: &RoleComparison| other.role == found.role && other.surplus == found.surplus;
            if found.granted * 2 >= found.needed && !all.iter().any(same) {
                all.push(found);
            }
        }
    }
    all.sort_by(|a, b| {
        let key = |found: &RoleComparison| (found.missing.len(), found.surplus.len() + found.others.len());
        key(a).cmp(&key(b)).then_with(|| a.role.cmp(&b.role))
    });
    all.truncate(3);
    all
}

/// What is needed of a table, by the word in privileges' names.
type Needed = BTreeMap<(String, Right), (TableId, Option<Depth>, Depth)>;

fn needed(reach: &Reach, privileges: &Privileges) -> Needed {
    let mut all = Needed::new();
    for entry in privileges.tables.iter().filter(|entry| !entry.elsewhere) {
        let word = privilege_word(&reach.table(entry.table).name);
        for (right, grant) in &entry.grants {
            let Some(most) = grant.needed.max(grant.maybe) else {
                continue;
            };
            let known = all.entry((word.clone(), *right)).or_insert((entry.table, None, most));
            known.1 = known.1.max(grant.needed);
            known.2 = known.2.max(most);
        }
    }
    all
}

fn one(file: FileId, role: &RoleDefinition, needed: &Needed) -> RoleComparison {
    let mut granted: BTreeMap<(String, Right), Depth> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for privilege in &role.privileges {
        match (parse(&privilege.name.value), privilege.level) {
            (Some(key), Some(level)) => {
                let depth = granted.entry(key).or_insert(level);
                *depth = (*depth).max(level);
            }
            _ => {
                others.insert(privilege.name.value.clone());
            }
        }
    }
    let mut missing = Vec::new();
    let mut wanted = 0;
    for (key, (table, need, _)) in needed {
        let Some(need) = need else { continue };
        wanted += 1;
        let has = granted.get(key).copied();
        if has.is_none_or(|has| has < *need) {
            missing.push((*table, key.1, *need, has));
        }
    }
    let surplus = granted
        .iter()
        .filter_map(|(key, has)| {
            let most = needed.get(key).map(|(_, _, most)| *most);
            most.is_none_or(|most| *has > most)
                .then(|| (key.0.clone(), key.1, *has, most))
        })
        .collect();
    RoleComparison {
        role: role.name.as_ref().map_or_else(String::new, |name| name.value.clone()),
        file,
        granted: wanted - missing.len(),
        needed: wanted,
        missing,
        surplus,
        others: others.into_iter().collect(),
    }
}

/// The table's word and the right in a privilege's name: `prvAppendTocon_Report`.
fn parse(name: &str) -> Option<(String, Right)> {
    let rest = name
        .get(..3)
        .filter(|start| start.eq_ignore_ascii_case("prv"))
        .and(name.get(3..))?;
    // `AppendTo` goes before `Append`.
    let mut rights = Right::ALL;
    rights.sort_by_key(|(_, word, _)| std::cmp::Reverse(word.len()));
    rights.iter().find_map(|(_, word, right)| {
        let head = rest.get(..word.len())?;
        let table = rest.get(word.len()..)?;
        (head.eq_ignore_ascii_case(word) && !table.is_empty()).then(|| (table.to_ascii_lowercase(), *right))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileges_are_rights_on_tables() {
        assert_eq!(parse("prvReadcon_Report"), Some(("con_report".into(), Right::Read)));
        assert_eq!(parse("prvAppendToAccount"), Some(("account".into(), Right::AppendTo)));
        assert_eq!(parse("PRVAPPENDaccount"), Some(("account".into(), Right::Append)));
        assert_eq!(parse("prvGoOffline"), None);
        assert_eq!(parse("prvRead"), None);
        assert_eq!(parse("é"), None);
    }
}
