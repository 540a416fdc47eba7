//! The workspace: files with their facts, the solutions they make up, and the lookups across them.

mod calls;
mod grouping;
mod lookups;

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use syntax::{Encoding, LineIndex};

use crate::facts::Facts;
use crate::files::{FileId, FileKind, join, kind_of, resolve};
use crate::flow::data_paths::DataPaths;
use crate::guid::Guid;
use crate::reading::ReadAs;

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
    /// Ways that data takes through flows, for those in which other flows take part.
    data_paths: FxHashMap<FileId, Arc<DataPaths>>,
    /// Solutions of which a flow calls one of the other, made when somebody first asks.
    calls_between: OnceLock<Vec<(SolutionId, SolutionId)>>,
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
            let calls = |facts: &Facts| {
                let calls = facts.flow().map_or(&[][..], |flow| flow.child_calls.as_slice());
                calls.iter().map(|call| call.id).collect::<Vec<_>>()
            };
            if calls(&file.facts) != calls(&facts) {
                self.calls_between.take();
            }
            file.facts = facts;
            file.lines = lines;
            file.bytes = bytes;
        }
    }

    /// Takes a file out; [`Workspace::refresh`] must follow.
    pub fn remove(&mut self, path: &str) -> Option<FileId> {
        let id = self.by_path.remove(path)?;
        self.files[id.0 as usize] = None;
        self.data_paths.remove(&id);
        Some(id)
    }

    /// Takes over the ways that data takes through a flow; whether they are others than before.
    pub fn set_data_paths(&mut self, id: FileId, paths: Option<Arc<DataPaths>>) -> bool {
        match paths {
            Some(paths) => {
                let old = self.data_paths.insert(id, Arc::clone(&paths));
                old != Some(paths)
            }
            None => self.data_paths.remove(&id).is_some(),
        }
    }

    /// The ways that data takes through a flow, where other flows or data policies take part.
    #[must_use]
    pub fn data_paths(&self, id: FileId) -> Option<&DataPaths> {
        self.data_paths.get(&id).map(|paths| &**paths)
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
}

/// Whether two names are one: the service compares without case.
#[must_use]
pub fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase()
}

/// The path of a file in a solution's folder.
#[must_use]
pub fn in_solution(solution: &Solution, relative: &str) -> String {
    join(&solution.root, relative)
}
