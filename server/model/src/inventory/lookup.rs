//! Finding a connection of an inventory by what deployment settings call it.

use super::{ConnectionRecord, Inventory, RoleAssignment, names};

impl Inventory {
    /// The connection of this name, without regard to case; of several, the first.
    ///
    /// `name` may be a name of any form (32 hex digits, two hex parts joined by `-`, a GUID), which is compared as a
    /// whole: half a name proves nothing. It may also be a full path; then a connection of the path's connector and
    /// environment goes before others. Where no name is equal, ids that differ in their hyphens only are taken.
    #[must_use]
    pub fn connection(&self, name: &str) -> Option<&ConnectionRecord> {
        let found = self.connections_named(name);
        let environment = names::environment_of(name);
        let connector = if name.contains('/') {
            names::connector(name)
        } else {
            None
        };
        // Ties keep the order of the file: `min_by_key` takes the first.
        found.into_iter().min_by_key(|record| {
            let elsewhere = |wanted: Option<&str>, has: Option<&str>| match (wanted, has) {
                (Some(wanted), Some(has)) => !wanted.eq_ignore_ascii_case(has),
                _ => false,
            };
            (
                elsewhere(environment, record.environment.as_deref()),
                elsewhere(connector.as_deref(), record.connector.as_deref()),
            )
        })
    }

    /// Every connection of this name, in the order of the file, compared as in [`Self::connection`]: the same name may
    /// be used in several environments.
    #[must_use]
    pub fn connections_named(&self, name: &str) -> Vec<&ConnectionRecord> {
        select(&self.connections, |record| &record.name, name)
    }

    /// The role assignments of the connection of this name, in the order of the file, compared as in
    /// [`Self::connection`].
    #[must_use]
    pub fn role_assignments_of(&self, name: &str) -> Vec<&RoleAssignment> {
        select(&self.role_assignments, |assignment| &assignment.connection, name)
    }
}

fn select<'a, T>(all: &'a [T], name_of: impl Fn(&T) -> &str, name: &str) -> Vec<&'a T> {
    let name = names::connection_name(name.trim());
    if name.is_empty() {
        return Vec::new();
    }
    let found: Vec<&T> = all
        .iter()
        .filter(|entry| names::same_name(name_of(entry), name))
        .collect();
    if found.is_empty() {
        all.iter()
            .filter(|entry| names::same_id(name_of(entry), name))
            .collect()
    } else {
        found
    }
}
