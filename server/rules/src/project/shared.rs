//! Findings of the rules that read several files, kept by what was read for them: an edit of a flow checks its solution
//! again, and nothing else.

use model::{FileId, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use crate::driver::{Options, bounded, check_solution, check_ways, check_workspace};
use crate::finding::Finding;

/// What was read for a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Solution(SolutionId),
    /// The ways of data that begin in a solution.
    Ways(SolutionId),
    Workspace,
}

/// Findings by file and source.
#[derive(Debug, Default)]
pub(super) struct SharedFindings {
    by_source: FxHashMap<Source, FxHashMap<FileId, Vec<Finding>>>,
    /// The same, by file alone.
    by_file: FxHashMap<FileId, Vec<Finding>>,
}

impl SharedFindings {
    /// Findings of one file.
    pub(super) fn of(&self, file: FileId) -> &[Finding] {
        self.by_file.get(&file).map_or(&[], Vec::as_slice)
    }

    /// Files that have some.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.by_file
            .iter()
            .filter(|(_, findings)| !findings.is_empty())
            .map(|(id, _)| *id)
    }

    /// Runs every rule; the files whose findings changed.
    pub(super) fn check_all(&mut self, workspace: &Workspace, options: &Options) -> Vec<FileId> {
        let before = std::mem::take(&mut self.by_file);
        self.by_source.clear();
        for (id, _) in workspace.solutions() {
            self.by_source
                .insert(Source::Solution(id), by_file(check_solution(workspace, id, options)));
            self.by_source
                .insert(Source::Ways(id), by_file(check_ways(workspace, id, options)));
        }
        self.by_source
            .insert(Source::Workspace, by_file(check_workspace(workspace, options)));
        let files: Vec<FileId> = self
            .by_source
            .values()
            .flat_map(|files| files.keys().copied())
            .collect();
        for file in files {
            self.merge(file);
        }
        let differs = |id: &&FileId| before.get(id) != self.by_file.get(id);
        before
            .keys()
            .chain(self.by_file.keys())
            .filter(differs)
            .copied()
            .collect()
    }

    /// Runs the rules of one solution but for those that follow data; the files whose findings changed.
    pub(super) fn check_one(&mut self, workspace: &Workspace, id: SolutionId, options: &Options) -> Vec<FileId> {
        self.replace(Source::Solution(id), check_solution(workspace, id, options))
    }

    /// Runs the rules that follow data from one solution on; the files whose findings changed.
    pub(super) fn check_ways(&mut self, workspace: &Workspace, id: SolutionId, options: &Options) -> Vec<FileId> {
        self.replace(Source::Ways(id), check_ways(workspace, id, options))
    }

    fn replace(&mut self, source: Source, findings: Vec<Finding>) -> Vec<FileId> {
        let old = self.by_source.insert(source, by_file(findings)).unwrap_or_default();
        let new = self.by_source.get(&source);
        let differs = |file: &FileId| old.get(file) != new.and_then(|new| new.get(file));
        let files = old.keys().chain(new.into_iter().flat_map(FxHashMap::keys));
        let mut changed: Vec<FileId> = files.filter(|file| differs(file)).copied().collect();
        changed.sort();
        changed.dedup();
        for file in &changed {
            self.merge(*file);
        }
        changed
    }

    /// Drops the findings of one file until the next check; the file, if it had some.
    pub(super) fn forget(&mut self, file: FileId) -> Option<FileId> {
        for files in self.by_source.values_mut() {
            files.remove(&file);
        }
        self.by_file.remove(&file).map(|_| file)
    }

    /// Makes a file's findings anew from those of each source.
    fn merge(&mut self, file: FileId) {
        let all: Vec<Finding> = self
            .by_source
            .values()
            .filter_map(|files| files.get(&file))
            .flatten()
            .cloned()
            .collect();
        if all.is_empty() {
            self.by_file.remove(&file);
        } else {
            self.by_file.insert(file, bounded(file, all));
        }
    }
}

fn by_file(findings: Vec<Finding>) -> FxHashMap<FileId, Vec<Finding>> {
    let mut files: FxHashMap<FileId, Vec<Finding>> = FxHashMap::default();
    for finding in findings {
        files.entry(finding.file).or_default().push(finding);
    }
    files
}
