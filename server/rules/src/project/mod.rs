//! The engine both doors open to: files in, findings out.
//!
//! A [`Project`] holds the workspace's facts and the findings of every file. Files on disk come in once and leave only
//! facts behind; open documents keep their text and tree, and an edit reads only what it touched.
//!
//! Invariant: after any sequence of loads, edits and removals, facts and findings are those of a fresh read of the same
//! files (`tests/incremental.rs` holds this).

mod closed;
mod errand;
mod load;
mod open;
mod overlay;
mod shared;

use std::sync::{Arc, OnceLock};

use analysis::reach::Reach;
use model::flow::data_paths::DataPaths;
use model::flow::{FlowBody, StringMemo};
use model::{Facts, FileId, FileKind, ReadAs, Workspace};
use rustc_hash::{FxHashMap, FxHashSet};
use syntax::json::Tree;
use syntax::{ColumnUnit, Encoding, Position};

pub use self::errand::{ClosedFlow, Errand, Fetched};
pub use self::load::{LoadStep, Loaded, Stats};
pub use self::open::OpenFile;
pub use self::overlay::{Borrowed, Covered};
use self::shared::SharedFindings;
use crate::analyses::Analyses;
use crate::context::{FileContext, FlowContext};
use crate::driver::{Options, check_file};
use crate::finding::Finding;

/// Files, facts and findings.
#[derive(Debug, Default)]
pub struct Project {
    workspace: Workspace,
    memo: Arc<StringMemo>,
    options: Options,
    /// Findings of the rules that read one file.
    local: FxHashMap<FileId, Vec<Finding>>,
    /// Findings of the rules that read several.
    shared: SharedFindings,
    open: FxHashMap<FileId, OpenFile>,
    /// What was read on another thread, for the question at hand.
    fetched: Fetched,
    /// Files whose findings may have changed since they were last asked for.
    changed: FxHashSet<FileId>,
    /// The blast radius of the workspace as it is, made when somebody first asks.
    reach: OnceLock<Reach>,
    /// Folders and globs below them that the caller leaves out.
    excluded: Vec<(String, String)>,
}

impl Project {
    /// An empty project.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// The facts of all files.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// What accounts, references and flows of the workspace reach. The first question after a change of facts lays out the
    /// graph, every other one finds it ready.
    #[must_use]
    pub fn reach(&self) -> &Reach {
        self.reach.get_or_init(|| Reach::new(&self.workspace))
    }

    /// The open document of a file.
    #[must_use]
    pub fn open_file(&self, file: FileId) -> Option<&OpenFile> {
        self.open.get(&file)
    }

    /// Findings of one file, by place.
    #[must_use]
    pub fn findings(&self, file: FileId) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = self
            .local
            .get(&file)
            .into_iter()
            .flatten()
            .chain(self.shared.of(file))
            .collect();
        all.sort_by(|a, b| (a.span, a.rule).cmp(&(b.span, b.rule)));
        all
    }

    /// Files that have findings.
    pub fn files_with_findings(&self) -> impl Iterator<Item = FileId> + '_ {
        let local = self
            .local
            .iter()
            .filter(|(_, findings)| !findings.is_empty())
            .map(|(id, _)| *id);
        let ids: FxHashSet<FileId> = local.chain(self.shared.files()).collect();
        let mut ids: Vec<FileId> = ids.into_iter().collect();
        ids.sort();
        ids.into_iter()
    }

    /// Where an offset of a file stands.
    #[must_use]
    pub fn position(&self, file: FileId, offset: u32, unit: ColumnUnit) -> Position {
        match self.open.get(&file) {
            Some(open) => open.document().position(offset, unit),
            None => self.workspace.file(file).lines.position(offset, unit),
        }
    }

    /// The offset of a position, clamped into the file.
    #[must_use]
    pub fn offset(&self, file: FileId, position: Position, unit: ColumnUnit) -> u32 {
        match self.open.get(&file) {
            Some(open) => open.document().offset(position, unit),
            None => self.workspace.file(file).lines.offset(position, unit),
        }
    }

    /// Takes other options and checks everything anew, closed files through `read`, which gives a file's stored bytes.
    pub fn set_options(&mut self, options: Options, read: &(dyn Fn(&str) -> Option<Vec<u8>> + Sync)) {
        if self.options != options {
            self.options = options;
            self.recheck(read);
        }
    }

    /// Names inventories that count for every file.
    pub fn name_inventories(&mut self, paths: Vec<String>) {
        self.workspace.name_inventories(paths);
    }

    /// Makes every file follow this configuration.
    pub fn force_configuration(&mut self, path: Option<String>) {
        self.workspace.force_configuration(path);
    }

    /// Leaves out what these globs match, each below its folder, besides what configurations leave out.
    pub fn exclude(&mut self, globs: Vec<(String, String)>) {
        self.excluded = globs;
    }

    /// Has a file named by the next [`Project::take_changed`].
    pub fn mark_changed(&mut self, file: FileId) {
        self.changed.insert(file);
    }

    /// Files whose findings may have changed since the last call, removed files included, in order.
    pub fn take_changed(&mut self) -> Vec<FileId> {
        let mut changed: Vec<FileId> = self.changed.drain().collect();
        changed.sort();
        changed
    }

    /// Runs the rules that read several files.
    fn check_shared(&mut self) {
        self.reach.take();
        self.changed
            .extend(self.shared.check_all(&self.workspace, &self.options));
    }

    /// Takes the findings of the rules that read one file.
    fn set_local(&mut self, id: FileId, findings: Vec<Finding>) {
        if findings.is_empty() && !self.local.contains_key(&id) {
            return;
        }
        self.changed.insert(id);
        self.local.insert(id, findings);
    }

    /// Whether a file lies in a solution where files of its kind lie.
    fn in_solution(workspace: &Workspace, id: FileId) -> bool {
        let file = workspace.file(id);
        match file.read_as {
            ReadAs::Kind(FileKind::Flow | FileKind::WorkflowMetadata) => file.solution.is_some_and(|solution| {
                let root = &workspace.solution(solution).root;
                let rest = file.path.get(root.len()..).unwrap_or("").trim_start_matches('/');
                rest.split('/').count() == 2
            }),
            _ => file.solution.is_some(),
        }
    }
}

/// Runs the rules of one file over what reading made of it; with the ways of a flow's data that others ask about.
#[expect(
    clippy::too_many_arguments,
    reason = "one place that gathers a file's context from where its parts lie"
)]
fn local_findings(
    workspace: &Workspace,
    id: FileId,
    text: &str,
    facts: &Facts,
    tree: Option<&Tree>,
    body: Option<&FlowBody>,
    encoding: Encoding,
    options: &Options,
) -> (Vec<Finding>, Option<Arc<DataPaths>>) {
    let file = workspace.file(id);
    let context = FileContext {
        file: id,
        path: &file.path,
        read_as: file.read_as,
        in_solution: Project::in_solution(workspace, id),
        text,
        encoding,
        facts,
        tree,
        configuration: workspace
            .configuration_of(&file.path)
            .map(|(_, configuration)| configuration),
    };
    let analyses = Analyses::default();
    let flow = match (tree, facts.flow(), body) {
        (Some(tree), Some(summary), Some(body)) => Some(FlowContext {
            file_context: context,
            tree,
            summary,
            body,
            analyses: &analyses,
        }),
        _ => None,
    };
    let findings = check_file(&context, flow.as_ref(), options);
    let paths = flow.as_ref().and_then(FlowContext::data_paths);
    (findings, paths.map(Arc::new))
}
