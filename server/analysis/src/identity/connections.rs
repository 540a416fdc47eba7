//! Finding connections of all inventories by name, in one look.

use model::inventory::ConnectionRecord;
use model::{Facts, FileId, Workspace};
use rustc_hash::FxHashMap;

/// Every connection of every inventory, by its name without case and hyphens.
#[derive(Debug, Default)]
pub(super) struct Connections<'w> {
    by_name: FxHashMap<String, Vec<(FileId, usize, &'w ConnectionRecord)>>,
}

impl<'w> Connections<'w> {
    pub(super) fn new(workspace: &'w Workspace) -> Self {
        let mut by_name: FxHashMap<String, Vec<_>> = FxHashMap::default();
        for (file, entry) in workspace.files() {
            let Facts::Inventory(inventory) = &entry.facts else {
                continue;
            };
            for (index, record) in inventory.connections.iter().enumerate() {
                by_name
                    .entry(key(&record.name))
                    .or_default()
                    .push((file, index, record));
            }
        }
        Self { by_name }
    }

    /// The connections of this name in these inventories: those that agree with the connector and the environment
    /// where both sides name one, and that tell an account, go before others.
    pub(super) fn named(
        &self,
        name: &str,
        inventories: &[FileId],
        connector: Option<&str>,
        environment: Option<&str>,
    ) -> Vec<(FileId, usize, &'w ConnectionRecord)> {
        // A whole path names its connection after `connections`.
        let mut parts = name
            .trim()
            .split('/')
            .skip_while(|part| !part.eq_ignore_ascii_case("connections"));
        let name = parts
            .nth(1)
            .unwrap_or_else(|| name.trim().rsplit('/').next().unwrap_or(name));
        let known = self.by_name.get(&key(name)).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<_> = known
            .iter()
            .copied()
            .filter(|(file, ..)| inventories.contains(file))
            .collect();
        prefer(&mut found, |record| model::same_name(&record.name, name));
        if let Some(connector) = connector {
            prefer(&mut found, |record| {
                record
                    .connector
                    .as_ref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(connector))
            });
        }
        if let Some(environment) = environment {
            prefer(&mut found, |record| {
                record
                    .environment
                    .as_ref()
                    .is_some_and(|own| has_word(own, environment))
            });
        }
        prefer(&mut found, |record| {
            record.account.is_some() || record.acts_as_application()
        });
        found
    }
}

fn prefer(found: &mut Vec<(FileId, usize, &ConnectionRecord)>, wanted: impl Fn(&ConnectionRecord) -> bool) {
    if found.len() > 1 && found.iter().any(|(.., record)| wanted(record)) {
        found.retain(|(.., record)| wanted(record));
    }
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .any(|part| part.eq_ignore_ascii_case(word))
}

/// What a connection is looked up by: its name without case. Ids are one with and without hyphens; other names are not.
#[must_use]
pub fn key(name: &str) -> String {
    let is_id = !name.is_empty() && name.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    let kept = name.chars().filter(|c| !is_id || *c != '-');
    kept.flat_map(char::to_lowercase).collect()
}
