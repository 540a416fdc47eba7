//! Tables of Dataverse by the names that flows use: actions name the set (`con_reports`), triggers the table
//! (`con_report`). Definitions in the workspace tell which is which; the rest follows from how sets are named.

use std::sync::OnceLock;

use model::Workspace;
use model::flow::{OperationSummary, Role};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

/// Who the rows of a table belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ownership {
    /// Users or teams.
    User,
    /// A business unit.
    Business,
    /// The organisation: there is no assigning or sharing, and one depth only.
    Organization,
}

/// A table of Dataverse itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemTable {
    /// Logical name.
    pub name: String,
    /// Set name.
    pub set: String,
    /// Who its rows belong to.
    pub owner: Ownership,
    /// The word in its privileges' names, where it is not the logical name.
    #[serde(default)]
    pub privilege: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    tables: Vec<SystemTable>,
}

/// Tables of Dataverse itself that are listed.
#[must_use]
pub fn system_tables() -> &'static [SystemTable] {
    static TABLES: OnceLock<Vec<SystemTable>> = OnceLock::new();
    TABLES.get_or_init(|| {
        // The file is part of the program, and a test reads it: it cannot be wrong here.
        let data: Result<Data, _> = serde_json::from_str(include_str!("../data/tables.json"));
        data.map(|data| data.tables).unwrap_or_default()
    })
}

/// A table of Dataverse itself, by logical name in lower case.
#[must_use]
pub fn system_table(name: &str) -> Option<&'static SystemTable> {
    system_tables().iter().find(|table| table.name == name)
}

/// A table's logical name, and whether it was only guessed from the set's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName {
    /// Logical name in lower case.
    pub logical: String,
    /// Whether no definition, trigger or query of the workspace names it so.
    pub inferred: bool,
}

/// Look-ups from the names that flows use to logical names.
#[derive(Debug, Default)]
pub struct TableNames {
    /// Set name to logical name.
    sets: FxHashMap<String, String>,
    /// Logical names that occur as such.
    logical: FxHashSet<String>,
    /// Columns that are named together with a set: `con_reportid` tells that the set `con_reports` is of `con_report`.
    columns: FxHashMap<String, FxHashSet<String>>,
}

impl TableNames {
    /// Gathers the names of a workspace.
    #[must_use]
    pub fn new(workspace: &Workspace) -> Self {
        let mut names = Self::default();
        for table in system_tables() {
            names.sets.insert(table.set.clone(), table.name.clone());
            names.logical.insert(table.name.clone());
        }
        for (solution, _) in workspace.solutions() {
            for (_, table) in workspace.tables(solution) {
                let Some(logical) = table.logical_name() else { continue };
                if let Some(set) = &table.set_name {
                    names.sets.insert(set.value.to_ascii_lowercase(), logical.clone());
                }
                names.logical.insert(logical);
            }
        }
        for operation in workspace
            .files()
            .filter_map(|(_, file)| file.facts.flow())
            .flat_map(|flow| &flow.operations)
        {
            names.read(operation);
        }
        names
    }

    fn read(&mut self, operation: &OperationSummary) {
        self.logical
            .extend(operation.named(Role::LinkedTable).map(str::to_ascii_lowercase));
        let Some(table) = operation.table().map(str::to_ascii_lowercase) else {
            return;
        };
        if operation.takes_logical_names() {
            self.logical.insert(table);
            return;
        }
        let keys = operation
            .names
            .iter()
            .filter(|(role, name)| role.is_column() && ends_with_id(name))
            .map(|(_, name)| name.to_ascii_lowercase());
        self.columns.entry(table).or_default().extend(keys);
    }

    /// The table that a name in a flow means; `logical` where the place takes logical names.
    #[must_use]
    pub fn resolve(&self, written: &str, logical: bool) -> TableName {
        let name = written.to_ascii_lowercase();
        if logical {
            return TableName {
                logical: name,
                inferred: false,
            };
        }
        if let Some(known) = self.sets.get(&name) {
            return TableName {
                logical: known.clone(),
                inferred: false,
            };
        }
        let candidates = singulars(&name);
        let named = candidates.iter().find(|candidate| self.logical.contains(*candidate));
        let keyed = || {
            let columns = self.columns.get(&name)?;
            candidates
                .iter()
                .find(|candidate| columns.contains(&format!("{candidate}id")))
        };
        match named.or_else(keyed) {
            Some(found) => TableName {
                logical: found.clone(),
                inferred: false,
            },
            None => TableName {
                logical: candidates.into_iter().next().unwrap_or(name),
                inferred: true,
            },
        }
    }
}

fn ends_with_id(name: &str) -> bool {
    name.len() > 2
        && name
            .get(name.len() - 2..)
            .is_some_and(|end| end.eq_ignore_ascii_case("id"))
}

/// Names whose set may be called so, the likeliest first. Sets are the name with `s`, with `es` behind a hissing sound,
/// and with `ies` for `y`.
fn singulars(set: &str) -> Vec<String> {
    let without = |end: &str| set.strip_suffix(end).filter(|rest| !rest.is_empty());
    let mut all = Vec::new();
    // Tables that only join two others have a set of their name and `set`.
    all.extend(without("set").map(str::to_owned));
    if let Some(rest) = without("ies") {
        all.push(format!("{rest}y"));
    }
    if let Some(rest) = without("es")
        && ["s", "x", "z", "ch", "sh"].iter().any(|end| rest.ends_with(end))
    {
        all.push(rest.to_owned());
        // `con_cases` and `con_houses` are of names in `e`.
        let plain = rest.ends_with("as") || rest.ends_with("us") || rest.ends_with("ens");
        let at = if plain { all.len() - 1 } else { all.len() };
        all.insert(at, format!("{rest}e"));
    } else if let Some(rest) = without("s") {
        all.push(rest.to_owned());
    }
    all.push(set.to_owned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read() {
        assert_eq!(
            system_table("systemuser").and_then(|t| t.privilege.as_deref()),
            Some("User")
        );
        let names: FxHashSet<&str> = system_tables().iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names.len(), system_tables().len(), "a table is listed twice");
    }

    #[test]
    fn sets_have_a_likely_table() {
        for (set, name) in [
            ("con_reports", "con_report"),
            ("con_policies", "con_policy"),
            ("con_boxes", "con_box"),
            ("con_permissionses", "con_permissions"),
            ("con_cases", "con_case"),
            ("con_data", "con_data"),
            ("con_app_flowset", "con_app_flow"),
            ("s", "s"),
        ] {
            assert_eq!(singulars(set)[0], name, "{set}");
        }
    }

    #[test]
    fn system_tables_and_triggers_are_known() {
        let mut names = TableNames::new(&Workspace::default());
        assert_eq!(names.resolve("SystemUsers", false).logical, "systemuser");
        assert!(names.resolve("con_statuses", false).inferred);
        names.logical.insert("con_status".to_owned());
        assert_eq!(
            names.resolve("con_statuses", false),
            TableName {
                logical: "con_status".into(),
                inferred: false
            }
        );
        names
            .columns
            .entry("con_busses".into())
            .or_default()
            .insert("con_bussid".into());
        assert_eq!(
            names.resolve("con_busses", false),
            TableName {
                logical: "con_buss".into(),
                inferred: false
            }
        );
    }
}
