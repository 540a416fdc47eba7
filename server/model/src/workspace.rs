//! The workspace: files with their facts, the solutions they make up, and the lookups across them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use syntax::{Encoding, LineIndex};

use crate::configuration::Configuration;
use crate::customizations::ConnectionReference;
use crate::facts::Facts;
use crate::files::{FileId, FileKind, folder_of, is_below, join, kind_of, name_of, resolve};
use crate::guid::Guid;
use crate::reading::ReadAs;
use crate::roles::RoleDefinition;
use crate::tables::TableDefinition;
use crate::workflow_metadata::WorkflowMetadata;

/// A solution of the workspace. Ids are valid until the set of files changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SolutionId(pub u32);

/// How a solution is laid out on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// `Other/Solution.xml`: what `pac solution unpack` writes.
    Classic,
    /// `solution.xml` beside `customizations.xml`: the content of a solution zip.
    Raw,
}

/// A file of the workspace.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, with `/`.
    pub path: Arc<str>,
    /// How it is read.
    pub read_as: ReadAs,
    /// What it says.
    pub facts: Facts,
    /// Where its lines are.
    pub lines: Arc<LineIndex>,
    /// How it is stored.
    pub encoding: Encoding,
    /// Whether it begins with a byte order mark.
    pub bom: bool,
    /// Size in bytes as stored.
    pub bytes: u64,
    /// The solution it belongs to.
    pub solution: Option<SolutionId>,
}

/// A solution: a folder in one of the layouts.
#[derive(Clone, Debug)]
pub struct Solution {
    /// Its folder.
    pub root: String,
    /// Its layout.
    pub layout: Layout,
    /// The manifest.
    pub manifest: Option<FileId>,
    /// The customizations.
    pub customizations: Option<FileId>,
    /// Flow files, sorted by path; desktop flows are not among them.
    pub flows: Vec<FileId>,
    /// Metadata files of workflows.
    pub metadata: Vec<FileId>,
    /// Environment variable definitions.
    pub variables: Vec<FileId>,
    /// Table definitions.
    pub tables: Vec<FileId>,
    /// Security roles.
    pub roles: Vec<FileId>,
}

/// All files, all solutions.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    files: Vec<Option<File>>,
    by_path: FxHashMap<Arc<str>, FileId>,
    solutions: Vec<Solution>,
    /// Folders of configuration files, the deepest first.
    configurations: Vec<(String, FileId)>,
    forced_configuration: Option<String>,
    /// Inventories that the caller named, which count everywhere.
    named_inventories: Vec<String>,
    index: Index,
}

/// Lookups by name across solutions; names are in lower case.
#[derive(Clone, Debug, Default)]
struct Index {
    references: FxHashMap<String, Vec<SolutionId>>,
    variables: FxHashMap<String, Vec<SolutionId>>,
    flows: FxHashMap<Guid, Vec<FileId>>,
    settings: Vec<FileId>,
    custom_settings: Vec<FileId>,
    inventories: Vec<FileId>,
}

impl Workspace {
    /// Makes every file follow this configuration, whatever lies above it.
    pub fn force_configuration(&mut self, path: Option<String>) {
        self.forced_configuration = path;
    }

    /// Names inventories that count for the whole workspace.
    pub fn name_inventories(&mut self, paths: Vec<String>) {
        self.named_inventories = paths;
    }

    /// How a file at `path` is to be read; `None` when the engine has no use for it.
    #[must_use]
    pub fn read_as(&self, path: &str) -> Option<ReadAs> {
        if self.inventory_paths().any(|inventory| inventory == path) {
            return Some(ReadAs::Inventory);
        }
        if self.policy_paths().any(|policies| policies == path) {
            return Some(ReadAs::Policies);
        }
        if self.forced_configuration.as_deref() == Some(path) {
            return Some(ReadAs::Kind(FileKind::Configuration));
        }
        kind_of(path).map(ReadAs::Kind)
    }

    /// Every inventory that the caller or a configuration points at, as paths.
    pub fn inventory_paths(&self) -> impl Iterator<Item = String> + '_ {
        let configured = self.configurations.iter().flat_map(move |(folder, id)| {
            let facts = self.file(*id).facts.configuration();
            facts
                .into_iter()
                .flat_map(|c| &c.connections)
                .map(move |path| resolve(folder, &path.value))
        });
        self.named_inventories.iter().cloned().chain(configured)
    }

    /// Every file of data policies that a configuration points at, as paths.
    pub fn policy_paths(&self) -> impl Iterator<Item = String> + '_ {
        self.configurations.iter().flat_map(move |(folder, id)| {
            let facts = self.file(*id).facts.configuration();
            facts
                .into_iter()
                .flat_map(|c| &c.policy_files)
                .map(move |path| resolve(folder, &path.value))
        })
    }

    /// Puts a file in, or replaces it; [`Workspace::refresh`] must follow before lookups are right.
    pub fn set(&mut self, file: File) -> FileId {
        if let Some(&id) = self.by_path.get(&file.path) {
            let solution = self.file(id).solution;
            self.files[id.0 as usize] = Some(File { solution, ..file });
            return id;
        }
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.by_path.insert(Arc::clone(&file.path), id);
        self.files.push(Some(file));
        id
    }

    /// Replaces a file's facts and lines after an edit of its text.
    pub fn update(&mut self, id: FileId, facts: Facts, lines: Arc<LineIndex>, bytes: u64) {
        if let Some(Some(file)) = self.files.get_mut(id.0 as usize) {
            file.facts = facts;
            file.lines = lines;
            file.bytes = bytes;
        }
    }

    /// Takes a file out; [`Workspace::refresh`] must follow.
    pub fn remove(&mut self, path: &str) -> Option<FileId> {
        let id = self.by_path.remove(path)?;
        self.files[id.0 as usize] = None;
        Some(id)
    }

    /// The file of an id that the workspace gave out and that has not been removed.
    ///
    /// # Panics
    /// On an id of a removed file: holding one is a bug of the caller.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "an id that outlives its file is a bug, and the callers catch panics"
    )]
    pub fn file(&self, id: FileId) -> &File {
        self.get(id).expect("the file of an id in use exists")
    }

    /// The file of an id, if it is still there.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)?.as_ref()
    }

    /// The id of a path.
    #[must_use]
    pub fn id(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// Every file.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        self.files
            .iter()
            .enumerate()
            .filter_map(|(i, file)| Some((FileId(u32::try_from(i).ok()?), file.as_ref()?)))
    }

    /// Every solution.
    pub fn solutions(&self) -> impl Iterator<Item = (SolutionId, &Solution)> {
        self.solutions
            .iter()
            .enumerate()
            .map(|(i, s)| (SolutionId(u32::try_from(i).unwrap_or(u32::MAX)), s))
    }

    /// A solution.
    #[must_use]
    pub fn solution(&self, id: SolutionId) -> &Solution {
        &self.solutions[id.0 as usize]
    }

    /// Works out solutions and lookups anew, from the facts at hand.
    pub fn refresh(&mut self) {
        self.find_configurations();
        self.find_solutions();
        self.index();
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

    /// Connection references that a solution declares.
    pub fn references(&self, id: SolutionId) -> impl Iterator<Item = &ConnectionReference> {
        let file = self.solution(id).customizations.map(|file| self.file(file));
        file.and_then(|file| file.facts.customizations())
            .into_iter()
            .flat_map(|c| &c.connection_references)
    }

    /// The connection reference of a logical name in a solution; names compare without case.
    #[must_use]
    pub fn reference(&self, id: SolutionId, logical_name: &str) -> Option<&ConnectionReference> {
        self.references(id)
            .find(|r| same_name(&r.logical_name.value, logical_name))
    }

    /// Solutions that declare a connection reference of this logical name.
    #[must_use]
    pub fn solutions_with_reference(&self, logical_name: &str) -> &[SolutionId] {
        self.index
            .references
            .get(&logical_name.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Schema names of the environment variables that a solution defines.
    pub fn variable_names<'a>(&'a self, solution: &'a Solution) -> impl Iterator<Item = &'a str> {
        let own = solution
            .variables
            .iter()
            .filter_map(|id| Some(self.file(*id).facts.variable_definition()?.schema_name.value.as_str()));
        let inline = solution
            .customizations
            .and_then(|id| self.file(id).facts.customizations());
        own.chain(
            inline
                .into_iter()
                .flat_map(|c| &c.variable_definitions)
                .map(|name| name.value.as_str()),
        )
    }

    /// Tables that a solution defines or extends, with the files they stand in.
    pub fn tables(&self, id: SolutionId) -> impl Iterator<Item = (FileId, &TableDefinition)> {
        let solution = self.solution(id);
        let own = solution
            .tables
            .iter()
            .filter_map(|file| Some((*file, self.file(*file).facts.table()?)));
        let inline = solution
            .customizations
            .and_then(|file| Some((file, self.file(file).facts.customizations()?)));
        own.chain(
            inline
                .into_iter()
                .flat_map(|(file, facts)| facts.tables.iter().map(move |table| (file, table))),
        )
    }

    /// Security roles of a solution, with the files they stand in.
    pub fn roles(&self, id: SolutionId) -> impl Iterator<Item = (FileId, &RoleDefinition)> {
        let solution = self.solution(id);
        let own = solution
            .roles
            .iter()
            .filter_map(|file| Some((*file, self.file(*file).facts.role()?)));
        let inline = solution
            .customizations
            .and_then(|file| Some((file, self.file(file).facts.customizations()?)));
        own.chain(
            inline
                .into_iter()
                .flat_map(|(file, facts)| facts.roles.iter().map(move |role| (file, role))),
        )
    }

    /// The definition file of an environment variable in a solution.
    #[must_use]
    pub fn variable_file(&self, id: SolutionId, schema_name: &str) -> Option<FileId> {
        let named = |file: &&FileId| {
            let facts = self.file(**file).facts.variable_definition();
            facts.is_some_and(|definition| same_name(&definition.schema_name.value, schema_name))
        };
        self.solution(id).variables.iter().find(named).copied()
    }

    /// Solutions that define an environment variable of this schema name.
    #[must_use]
    pub fn solutions_with_variable(&self, schema_name: &str) -> &[SolutionId] {
        self.index
            .variables
            .get(&schema_name.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Flow files of this workflow id; copies of one flow share an id.
    #[must_use]
    pub fn flows_with_id(&self, id: Guid) -> &[FileId] {
        self.index.flows.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Deployment settings files, by path.
    #[must_use]
    pub fn settings(&self) -> &[FileId] {
        &self.index.settings
    }

    /// Custom deployment settings files, by path.
    #[must_use]
    pub fn custom_settings(&self) -> &[FileId] {
        &self.index.custom_settings
    }

    /// Inventories that count for a file: those the caller named, and those its configuration names.
    pub fn inventories_for<'a>(&'a self, path: &'a str) -> impl Iterator<Item = FileId> + 'a {
        let configuration = self.configuration_of(path);
        self.index.inventories.iter().copied().filter(move |id| {
            let inventory = &*self.file(*id).path;
            self.named_inventories.iter().any(|named| named == inventory)
                || configuration
                    .is_some_and(|(folder, c)| c.connections.iter().any(|p| resolve(folder, &p.value) == inventory))
        })
    }

    /// Files of data policies that count for a file: those its configuration names, in its order.
    pub fn policies_for<'a>(&'a self, path: &str) -> impl Iterator<Item = FileId> + use<'a> {
        let named = self.configuration_of(path);
        named
            .into_iter()
            .flat_map(|(folder, c)| c.policy_files.iter().map(move |path| resolve(folder, &path.value)))
            .filter_map(|path| self.id(&path))
    }

    /// The configuration that counts for a path, with its folder.
    #[must_use]
    pub fn configuration_of(&self, path: &str) -> Option<(&str, &Configuration)> {
        let (folder, id) = self.configuration_entry(path)?;
        Some((folder, self.file(*id).facts.configuration()?))
    }

    /// The configuration that counts for a path, with its file.
    #[must_use]
    pub fn configuration_file_of(&self, path: &str) -> Option<(FileId, &Configuration)> {
        let (_, id) = self.configuration_entry(path)?;
        Some((*id, self.file(*id).facts.configuration()?))
    }

    fn configuration_entry(&self, path: &str) -> Option<&(String, FileId)> {
        let forced = self.forced_configuration.as_deref();
        match forced.and_then(|path| self.id(path)) {
            Some(id) => self.configurations.iter().find(|(_, c)| *c == id),
            None => self.configurations.iter().find(|(folder, _)| is_below(path, folder)),
        }
    }

    /// Metadata of a flow, from its own file or from the customizations, with the file it stands in.
    #[must_use]
    pub fn metadata_of(&self, flow: FileId) -> Option<(FileId, &WorkflowMetadata)> {
        let file = self.file(flow);
        let solution = self.solution(file.solution?);
        if let Some(id) = self.id(&format!("{}.data.xml", file.path))
            && let Some(facts) = self.file(id).facts.workflow()
        {
            return Some((id, facts));
        }
        let guid = file.facts.flow()?.id?;
        let own = |id: &&FileId| {
            self.file(**id)
                .facts
                .workflow()
                .and_then(|w| w.id.as_ref())
                .is_some_and(|id| id.value == guid)
        };
        if let Some(id) = solution.metadata.iter().find(own) {
            return Some((*id, self.file(*id).facts.workflow()?));
        }
        let id = solution.customizations?;
        let inline = self.file(id).facts.customizations()?;
        let found = inline
            .workflows
            .iter()
            .find(|w| w.id.as_ref().is_some_and(|id| id.value == guid))?;
        Some((id, found))
    }

    /// The name people know a flow by: its metadata's, else the one in its file name.
    #[must_use]
    pub fn flow_name(&self, flow: FileId) -> String {
        let file = self.file(flow);
        let metadata = self
            .metadata_of(flow)
            .and_then(|(_, m)| m.name.as_ref())
            .map(|name| name.value.clone());
        let legacy = || file.facts.flow().and_then(|f| f.display_name.clone());
        metadata.filter(|n| !n.is_empty()).or_else(legacy).unwrap_or_else(|| {
            let stem = name_of(&file.path).trim_end_matches(".json");
            let cut = stem
                .len()
                .checked_sub(37)
                .and_then(|at| stem.get(..at))
                .filter(|name| !name.is_empty());
            if Guid::from_flow_file(name_of(&file.path)).is_some() {
                cut.unwrap_or(stem).to_owned()
            } else {
                stem.to_owned()
            }
        })
    }

    /// A solution's unique name, else the name of its folder.
    #[must_use]
    pub fn solution_name(&self, id: SolutionId) -> &str {
        let solution = self.solution(id);
        let manifest = solution.manifest.and_then(|id| self.file(id).facts.manifest());
        let unique = manifest
            .and_then(|m| m.unique_name.as_ref())
            .map(|name| name.value.as_str());
        unique.unwrap_or_else(|| name_of(&solution.root))
    }

    /// Whether absence of a component in a solution can be trusted: its manifest and customizations could be read.
    #[must_use]
    pub fn is_complete(&self, id: SolutionId) -> bool {
        let solution = self.solution(id);
        let customizations = solution
            .customizations
            .and_then(|id| self.file(id).facts.customizations());
        let manifest = solution.manifest.and_then(|id| self.file(id).facts.manifest());
        customizations.is_some_and(|c| c.complete) && manifest.is_some_and(|m| m.complete)
    }

    /// Paths that the workspace reads besides what lies in its folders: a forced configuration, inventories and data
    /// policies.
    #[must_use]
    pub fn extra_paths(&self) -> Vec<String> {
        let mut seen = FxHashSet::default();
        self.forced_configuration
            .iter()
            .cloned()
            .chain(self.inventory_paths())
            .chain(self.policy_paths())
            .filter(|path| seen.insert(path.clone()))
            .collect()
    }
}

/// Whether two names are one: the service compares without case.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase()
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

/// The path of a file in a solution's folder.
#[must_use]
pub fn in_solution(solution: &Solution, relative: &str) -> String {
    join(&solution.root, relative)
}
