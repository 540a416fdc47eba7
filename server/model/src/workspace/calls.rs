//! Which flow a call means, and which solutions call each other's flows.

use super::{SolutionId, Workspace};
use crate::files::FileId;
use crate::guid::Guid;

impl Workspace {
    /// The flow that a call means: that of the caller's own solution, else the nearest one of another. Workspaces hold copies
    /// of solutions, and a copy calls what lies beside it.
    #[must_use]
    pub fn called(&self, caller: FileId, child: Guid) -> Option<FileId> {
        let (path, own) = (&self.file(caller).path, self.file(caller).solution);
        let nearness = |file: &FileId| {
            let other = self.file(*file);
            let shared = path
                .split('/')
                .zip(other.path.split('/'))
                .take_while(|(a, b)| a == b)
                .count();
            // Of two that are as near, the first by path.
            (other.solution == own, shared, std::cmp::Reverse(&other.path))
        };
        let homes = self.flows_with_id(child).iter();
        homes
            .filter(|file| self.file(**file).solution.is_some())
            .max_by_key(|file| nearness(file))
            .copied()
    }

    /// The solutions that data can come to from a solution's flows, by calls of each other's flows; itself among them.
    #[must_use]
    pub fn linked(&self, id: SolutionId) -> Vec<SolutionId> {
        let calls = self.calls_between.get_or_init(|| self.find_calls());
        let mut linked = vec![id];
        let mut next = 0;
        while let Some(own) = linked.get(next).copied() {
            next += 1;
            for (one, other) in calls {
                let beside = match own {
                    own if own == *one => *other,
                    own if own == *other => *one,
                    _ => continue,
                };
                if !linked.contains(&beside) {
                    linked.push(beside);
                }
            }
        }
        linked.sort();
        linked
    }

    fn find_calls(&self) -> Vec<(SolutionId, SolutionId)> {
        let mut found = Vec::new();
        for (file, facts) in self.files() {
            let (Some(own), Some(flow)) = (facts.solution, facts.facts.flow()) else {
                continue;
            };
            for child in flow.child_calls.iter().filter_map(|call| call.id) {
                let called = self.called(file, child).and_then(|called| self.file(called).solution);
                if let Some(other) = called.filter(|other| *other != own)
                    && !found.contains(&(own, other))
                {
                    found.push((own, other));
                }
            }
        }
        found
    }
}
