//! Connections by name: what inventories list of them, and which connection references settings give them to.

use model::inventory::ConnectionRecord;
use model::settings::is_token;
use model::{FileId, Workspace};
use rustc_hash::FxHashMap;
use syntax::Span;

use super::connections::key;

/// Whether a text is a connection's name and no placeholder: letters of ids, enough of them, and not one repeated.
#[must_use]
pub fn is_literal_connection(id: &str) -> bool {
    let name = model::connector_name(id.trim());
    let digits: Vec<u8> = name.bytes().filter(u8::is_ascii_hexdigit).collect();
    let varied = digits.iter().any(|byte| *byte != digits[0]);
    !is_token(id)
        && digits.len() >= 16
        && varied
        && !name.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '['))
}

/// A settings entry that gives a connection to a connection reference.
#[derive(Clone, Debug)]
pub struct Entry<'w> {
    /// The settings.
    pub settings: FileId,
    /// Where they name the connection.
    pub span: Span,
    /// The connection reference.
    pub logical_name: &'w str,
}

/// What is known of one connection.
#[derive(Clone, Debug, Default)]
pub struct Known<'w> {
    /// What inventories list, with the inventory.
    pub records: Vec<(FileId, &'w ConnectionRecord)>,
    /// Where settings use it.
    pub entries: Vec<Entry<'w>>,
}

impl<'w> Known<'w> {
    /// The account it acts as, as an inventory says.
    #[must_use]
    pub fn account(&self) -> Option<&'w str> {
        self.records
            .iter()
            .find_map(|(_, record)| Some(record.account.as_ref()?.value.as_str()))
    }

    /// The name people see.
    #[must_use]
    pub fn display_name(&self) -> Option<&'w str> {
        self.records
            .iter()
            .find_map(|(_, record)| record.display_name.as_deref())
    }

    /// Its connector's name, as an inventory says.
    #[must_use]
    pub fn connector(&self) -> Option<&'w str> {
        self.records.iter().find_map(|(_, record)| record.connector.as_deref())
    }
}

/// Every connection that inventories list or settings name.
#[derive(Debug, Default)]
pub struct Connected<'w> {
    all: FxHashMap<String, Known<'w>>,
}

impl<'w> Connected<'w> {
    /// Gathers them.
    #[must_use]
    pub fn new(workspace: &'w Workspace) -> Self {
        let mut all: FxHashMap<String, Known<'w>> = FxHashMap::default();
        for (file, entry) in workspace.files() {
            for record in entry.facts.inventory().into_iter().flat_map(|facts| &facts.connections) {
                all.entry(key(&record.name)).or_default().records.push((file, record));
            }
        }
        for &settings in workspace.settings() {
            let facts = workspace.get(settings).and_then(|file| file.facts.settings());
            for reference in facts.into_iter().flat_map(|facts| &facts.references) {
                let Some(id) = reference.connection_id.as_ref().filter(|id| !is_token(&id.value)) else {
                    continue;
                };
                let name = id.value.trim().trim_end_matches('/');
                let name = name.rsplit('/').next().unwrap_or(name);
                all.entry(key(name)).or_default().entries.push(Entry {
                    settings,
                    span: id.span,
                    logical_name: &reference.logical_name.value,
                });
            }
        }
        Self { all }
    }

    /// What is known of the connection of a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Known<'w>> {
        self.all.get(&key(name))
    }
}
