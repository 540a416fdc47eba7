//! Which files make up which solution, and the lookups by name that follow from it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{File, Index, Layout, Solution, SolutionId, Workspace};
use crate::facts::Facts;
use crate::files::{FileId, FileKind, folder_of, name_of};
use crate::reading::ReadAs;

impl Workspace {
    /// Works out solutions and lookups anew, from the facts at hand.
    pub fn refresh(&mut self) {
        self.find_configurations();
        self.find_solutions();
        self.index();
        self.calls_between.take();
    }

    fn find_configurations(&mut self) {
        let is_configuration = |(_, file): &(FileId, &File)| matches!(file.facts, Facts::Configuration(_));
        let mut found: Vec<(String, FileId)> = self
            .files()
            .filter(is_configuration)
            .map(|(id, file)| (folder_of(&file.path).to_owned(), id))
            .collect();
        found.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        self.configurations = found;
    }

    fn find_solutions(&mut self) {
        let mut roots: FxHashMap<String, Solution> = FxHashMap::default();
        let mut ordered: Vec<(Arc<str>, FileId, ReadAs)> = self
            .files()
            .map(|(id, file)| (Arc::clone(&file.path), id, file.read_as))
            .collect();
        ordered.sort_by(|a, b| a.0.cmp(&b.0));
        // Classic manifests first: where both lie in one folder, they are one solution, the classic one.
        for classic in [true, false] {
            for (path, id, read_as) in &ordered {
                let ReadAs::Kind(kind @ (FileKind::Manifest | FileKind::Customizations)) = read_as else {
                    continue;
                };
                let folder = folder_of(path);
                if name_of(folder).eq_ignore_ascii_case("Other") != classic {
                    continue;
                }
                let (root, layout) = if classic {
                    (folder_of(folder), Layout::Classic)
                } else {
                    (folder, Layout::Raw)
                };
                let entry = roots.entry(root.to_owned()).or_insert_with(|| Solution {
                    root: root.to_owned(),
                    layout,
                    manifest: None,
                    customizations: None,
                    flows: Vec::new(),
                    metadata: Vec::new(),
                    variables: Vec::new(),
                    tables: Vec::new(),
                    roles: Vec::new(),
                });
                if entry.layout != layout {
                    continue;
                }
                match kind {
                    FileKind::Manifest => entry.manifest = Some(*id),
                    _ => entry.customizations = Some(*id),
                }
            }
        }
        // A lone `solution.xml` or `customizations.xml` of the raw kind is some other program's file.
        roots.retain(|_, s| s.layout == Layout::Classic || s.manifest.is_some() && s.customizations.is_some());
        let mut solutions: Vec<Solution> = roots.into_values().collect();
        solutions.sort_by(|a, b| a.root.cmp(&b.root));
        let by_root: FxHashMap<String, SolutionId> = solutions
            .iter()
            .enumerate()
            .map(|(i, s)| (s.root.clone(), SolutionId(u32::try_from(i).unwrap_or(u32::MAX))))
            .collect();
        for (path, id, read_as) in &ordered {
            let home = nearest_root(path, &by_root);
            let file = self.files[id.0 as usize].as_mut();
            let Some(file) = file else { continue };
            file.solution = home;
            let (Some(home), ReadAs::Kind(kind)) = (home, read_as) else {
                continue;
            };
            let solution = &mut solutions[home.0 as usize];
            let in_workflows = || {
                path[solution.root.len()..]
                    .trim_start_matches('/')
                    .split_once('/')
                    .is_some_and(|(folder, rest)| folder.eq_ignore_ascii_case("workflows") && !rest.contains('/'))
            };
            match kind {
                FileKind::Flow if in_workflows() => {
                    if matches!(file.facts, Facts::Flow(_)) {
                        solution.flows.push(*id);
                    }
                }
                FileKind::WorkflowMetadata if in_workflows() => solution.metadata.push(*id),
                FileKind::VariableDefinition => solution.variables.push(*id),
                FileKind::Table => solution.tables.push(*id),
                FileKind::Role => solution.roles.push(*id),
                FileKind::Manifest | FileKind::Customizations => {
                    if solution.manifest != Some(*id) && solution.customizations != Some(*id) {
                        file.solution = None;
                    }
                }
                FileKind::VariableValues | FileKind::Caller => {}
                _ => file.solution = None,
            }
        }
        self.solutions = solutions;
    }

    fn index(&mut self) {
        let mut index = Index::default();
        for (id, solution) in self.solutions() {
            for reference in self.references(id) {
                index
                    .references
                    .entry(reference.logical_name.value.to_lowercase())
                    .or_default()
                    .push(id);
            }
            for name in self.variable_names(solution) {
                index.variables.entry(name.to_lowercase()).or_default().push(id);
            }
        }
        for (id, file) in self.files() {
            match &file.facts {
                Facts::Flow(flow) => {
                    if let Some(guid) = flow.id {
                        index.flows.entry(guid).or_default().push(id);
                    }
                }
                Facts::Settings(_) => index.settings.push(id),
                Facts::CustomSettings(_) => index.custom_settings.push(id),
                Facts::Inventory(_) => index.inventories.push(id),
                _ => {}
            }
        }
        let by_path = |ids: &mut Vec<FileId>| ids.sort_by(|a, b| self.file(*a).path.cmp(&self.file(*b).path));
        by_path(&mut index.settings);
        by_path(&mut index.custom_settings);
        by_path(&mut index.inventories);
        self.index = index;
    }
}

fn nearest_root(path: &str, roots: &FxHashMap<String, SolutionId>) -> Option<SolutionId> {
    let mut folder = folder_of(path);
    loop {
        if let Some(id) = roots.get(folder) {
            return Some(*id);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}
