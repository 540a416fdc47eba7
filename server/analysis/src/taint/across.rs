//! The ways of data through flows: what a flow gives to its child, and what the child answers. A child may stand in another
//! solution of the workspace.

use model::flow::data_paths::{Beginning, Dangers, DataPath, DataPaths, End, Source, Use};
use model::{FileId, SolutionId, Workspace};
use rustc_hash::{FxHashMap, FxHashSet};

/// The way of some data from where it begins to a step that uses it, maybe of another flow.
#[derive(Clone, Debug)]
pub struct Chain<'w> {
    /// Where it begins.
    pub source: &'w Source,
    /// Its parts, each within one flow.
    pub parts: Vec<(FileId, &'w DataPath)>,
    /// The use at its end.
    pub used: &'w Use,
    /// What it can still do there.
    pub dangers: Dangers,
}

/// So many flows call each other at most.
const MAX_PARTS: usize = 9;
/// More ways of a solution are not followed.
const MAX_CHAINS: usize = 2000;
/// Nor is more looked at than so many parts for one beginning.
const MAX_STEPS: usize = 4000;

/// Every way of data that was kept and begins in a solution: those through several flows, and those of connectors.
#[must_use]
pub fn chains(workspace: &Workspace, solution: SolutionId) -> Vec<Chain<'_>> {
    let flow = |file: &FileId| {
        let paths = workspace.data_paths(*file)?;
        Some(Flow { file: *file, paths })
    };
    let own: Vec<Flow<'_>> = workspace.solution(solution).flows.iter().filter_map(flow).collect();
    let linked = workspace.linked(solution);
    let others = linked.iter().filter(|id| **id != solution);
    let others = others.flat_map(|id| workspace.solution(*id).flows.iter().filter_map(flow));
    let mut search = Search {
        workspace,
        inputs: FxHashMap::default(),
        answers: FxHashMap::default(),
    };
    own.iter().for_each(|flow| search.add(flow));
    others.for_each(|flow| search.add(&flow));
    let mut found = Vec::new();
    for flow in &own {
        for path in &flow.paths.paths {
            if let Beginning::Source(source) = &path.from {
                search.follow(source, flow.file, path, &mut found);
            }
            if found.len() >= MAX_CHAINS {
                return found;
            }
        }
    }
    found
}

struct Flow<'w> {
    file: FileId,
    paths: &'w DataPaths,
}

struct Search<'w> {
    workspace: &'w Workspace,
    /// Ways that begin with what callers give, by the flow.
    inputs: FxHashMap<FileId, Vec<Next<'w>>>,
    /// Ways that begin with what a child flow answers, by the child.
    answers: FxHashMap<FileId, Vec<Next<'w>>>,
}

/// A way that goes on where another ends.
struct Next<'w> {
    file: FileId,
    /// The call whose answer it begins with.
    call: Option<u32>,
    field: Option<&'w str>,
    path: &'w DataPath,
}

/// A way that is being followed.
#[derive(Clone)]
struct Open<'w> {
    parts: Vec<(FileId, &'w DataPath)>,
    /// Flows that wait for the answer of the one the way is in: each with the call.
    callers: Vec<(FileId, u32)>,
    dangers: Dangers,
}

impl<'w> Search<'w> {
    fn add(&mut self, flow: &Flow<'w>) {
        let file = flow.file;
        for path in &flow.paths.paths {
            let (list, call, field) = match &path.from {
                Beginning::Input(field) => (self.inputs.entry(file), None, field),
                Beginning::Answer { call, child, field } => match self.workspace.called(file, *child) {
                    Some(child) => (self.answers.entry(child), Some(*call), field),
                    None => continue,
                },
                Beginning::Source(_) => continue,
            };
            let field = field.as_deref();
            list.or_default().push(Next {
                file,
                call,
                field,
                path,
            });
        }
    }

    fn follow(&self, source: &'w Source, file: FileId, path: &'w DataPath, found: &mut Vec<Chain<'w>>) {
        let mut seen = FxHashSet::default();
        let mut waiting = vec![Open {
            parts: vec![(file, path)],
            callers: Vec::new(),
            dangers: path.dangers,
        }];
        let mut steps = 0;
        while let Some(open) = waiting.pop() {
            steps += 1;
            let Some((file, last)) = open.parts.last().copied() else {
                continue;
            };
            if steps > MAX_STEPS || found.len() >= MAX_CHAINS {
                return;
            }
            let from = waiting.len();
            let mut go = |next: &Next<'w>, callers: Vec<(FileId, u32)>| {
                let path = next.path;
                let new = seen.insert((std::ptr::from_ref(path), callers.clone()));
                if new && open.parts.len() < MAX_PARTS {
                    let mut parts = open.parts.clone();
                    parts.push((next.file, path));
                    waiting.push(Open {
                        parts,
                        callers,
                        dangers: open.dangers.both(path.dangers),
                    });
                }
            };
            match &last.to {
                End::Use(used) => found.push(Chain {
                    source,
                    parts: open.parts,
                    used,
                    dangers: open.dangers,
                }),
                End::Call { call, child, field } => {
                    let mut callers = open.callers.clone();
                    callers.push((file, *call));
                    let called = self.workspace.called(file, *child);
                    let inputs = called.and_then(|called| self.inputs.get(&called));
                    for next in inputs.into_iter().flatten() {
                        if meet(field.as_deref(), next.field) {
                            go(next, callers.clone());
                        }
                    }
                }
                End::Answer(field) => self.answer(file, field.as_deref(), &open.callers, &mut go),
            }
            // The first way of the file is followed first.
            waiting[from..].reverse();
        }
    }

    /// What a flow answers goes to the call that it came from, or where it came from none, to every call.
    fn answer(
        &self,
        file: FileId,
        field: Option<&str>,
        callers: &[(FileId, u32)],
        go: &mut impl FnMut(&Next<'w>, Vec<(FileId, u32)>),
    ) {
        let (back, rest) = match callers.split_last() {
            Some((back, rest)) => (Some(*back), rest.to_vec()),
            None => (None, Vec::new()),
        };
        for next in self.answers.get(&file).into_iter().flatten() {
            let is_it = back.is_none_or(|(caller, call)| caller == next.file && Some(call) == next.call);
            if is_it && meet(field, next.field) {
                go(next, rest.clone());
            }
        }
    }
}

/// Whether a field that is given is one that is read, or one of them stands within the other; nothing stands for all.
fn meet(given: Option<&str>, read: Option<&str>) -> bool {
    let (Some(given), Some(read)) = (given, read) else {
        return true;
    };
    let mut names = given.split('/').zip(read.split('/'));
    names.all(|(given, read)| given.eq_ignore_ascii_case(read))
}
