//! Columns of Dataverse tables, gathered from the workspace: definitions, and what flows select and write.

use std::cell::RefCell;
use std::collections::BTreeSet;

use analysis::tables::system_tables;
use analysis::types::Columns;
use model::flow::{OperationSummary, Role};
use model::tables::TableDefinition;
use rules::Project;
use rustc_hash::FxHashMap;

/// Columns that all tables have, or nearly all.
const EVERYWHERE: [&str; 7] = [
    "createdon",
    "modifiedon",
    "statecode",
    "statuscode",
    "_ownerid_value",
    "_createdby_value",
    "_modifiedby_value",
];

/// The columns that files of a workspace name.
#[derive(Debug)]
pub(super) struct WorkspaceColumns<'a> {
    project: &'a Project,
    /// What was gathered already: a flow works on few tables, many times.
    known: RefCell<FxHashMap<(String, bool), Vec<String>>>,
}

impl Columns for WorkspaceColumns<'_> {
    fn of(&self, table: &str, logical: bool) -> Vec<String> {
        let key = (table.to_ascii_lowercase(), logical);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found = self.gather(table, logical);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }
}

impl<'a> WorkspaceColumns<'a> {
    pub(super) fn new(project: &'a Project) -> Self {
        Self {
            project,
            known: RefCell::default(),
        }
    }

    fn gather(&self, table: &str, logical: bool) -> Vec<String> {
        let workspace = self.project.workspace();
        let solutions = workspace.solutions().map(|(id, _)| id);
        let definitions: Vec<&TableDefinition> = solutions
            .flat_map(|id| workspace.tables(id).map(|(_, table)| table))
            .collect();
        let names = Names::new(table, logical, &definitions);
        let mut found: BTreeSet<String> = EVERYWHERE.map(str::to_owned).into();
        let mut lookups: BTreeSet<String> = BTreeSet::new();
        let flows = workspace.files().filter_map(|(_, file)| file.facts.flow());
        for operation in flows
            .flat_map(|flow| &flow.operations)
            .filter(|operation| names.has(operation))
        {
            for (role, name) in operation.names.iter() {
                match role {
                    Role::Read | Role::Write | Role::Watch => found.insert(name.to_ascii_lowercase()),
                    Role::Bind => lookups.insert(name.to_ascii_lowercase()),
                    _ => false,
                };
            }
        }
        for table in definitions {
            if table.logical_name().is_some_and(|name| names.logical.contains(&name)) {
                found.extend(
                    table
                        .columns
                        .iter()
                        .map(|column| column.name.value.to_ascii_lowercase()),
                );
            }
        }
        found.extend(names.logical.first().map(|name| format!("{name}id")));
        for lookup in lookups {
            found.remove(&lookup);
            found.insert(format!("_{lookup}_value"));
        }
        found.into_iter().collect()
    }
}

/// What one table may be called: worked out for suggestions, at a key's notice, so names that are likely will do.
struct Names {
    logical: Vec<String>,
    sets: Vec<String>,
}

impl Names {
    fn new(written: &str, logical: bool, definitions: &[&TableDefinition]) -> Self {
        let written = written.to_ascii_lowercase();
        let defined = definitions.iter().filter_map(|table| {
            let set = table.set_name.as_ref()?.value.to_ascii_lowercase();
            Some((table.logical_name()?, set))
        });
        let of_system = system_tables()
            .iter()
            .map(|table| (table.name.clone(), table.set.clone()));
        let known = defined
            .chain(of_system)
            .find(|(name, set)| if logical { *name == written } else { *set == written });
        if let Some((name, set)) = known {
            return Self {
                logical: vec![name],
                sets: vec![set],
            };
        }
        if logical {
            let mut sets = vec![format!("{written}s"), format!("{written}es")];
            sets.extend(written.strip_suffix('y').map(|stem| format!("{stem}ies")));
            return Self {
                logical: vec![written],
                sets,
            };
        }
        let mut names: Vec<String> = Vec::new();
        names.extend(written.strip_suffix("ies").map(|stem| format!("{stem}y")));
        names.extend(written.strip_suffix('s').map(str::to_owned));
        names.extend(written.strip_suffix("es").map(str::to_owned));
        Self {
            logical: names,
            sets: vec![written],
        }
    }

    /// Whether an operation works on the table.
    fn has(&self, operation: &OperationSummary) -> bool {
        let own = if operation.takes_logical_names() {
            &self.logical
        } else {
            &self.sets
        };
        let table = operation.table();
        table.is_some_and(|table| own.iter().any(|name| name.eq_ignore_ascii_case(table)))
    }
}
