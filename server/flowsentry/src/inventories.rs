//! Inventories of connections that nobody named, found by their names and by what they hold.

use model::files::{kind_of, name_of};
use model::{FileKind, FileSystem as _};

use crate::files::DiskFiles;

/// Files named after connections that are tried as inventories, at most.
const TRIED: usize = 20;

/// Inventories below a folder that are called so: `connections.json`, `inventory/prod-connections.csv`.
#[must_use]
pub fn inventories_in(folder: &str) -> Vec<String> {
    let is_named = |path: &str| {
        let name = name_of(path).to_ascii_lowercase();
        name.contains("connection")
            && (name.ends_with(".json") || name.ends_with(".csv"))
            && !matches!(kind_of(path), Some(FileKind::Flow))
    };
    let files = DiskFiles::default().files(folder).into_iter().map(|file| file.path);
    files
        .filter(|path| is_named(path))
        .take(TRIED)
        .filter(|path| holds_connections(path))
        .collect()
}

/// Whether a file tells the account of a connection, which tells an inventory from any other list.
fn holds_connections(path: &str) -> bool {
    let text = DiskFiles::default()
        .read(path)
        .ok()
        .and_then(|bytes| syntax::decode(bytes).ok());
    text.is_some_and(|source| {
        let inventory = model::inventory::read(&source.text);
        inventory
            .connections
            .iter()
            .any(|connection| connection.account.is_some())
    })
}
