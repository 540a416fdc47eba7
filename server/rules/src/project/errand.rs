//! Closed files to be read again on a thread that has nothing of the project.
//!
//! A question over hundreds of flows takes tens of milliseconds, and the thread that owns the project has keys to check
//! meanwhile. So the project gives an errand away, which carries what is known of the files; what it brings back counts
//! where the project still knows the same of them, and is read again where it does not.

use std::sync::Arc;

use model::flow::{FlowBody, StringMemo};
use model::reading::{self, ReadAs};
use model::{Facts, FileId, FileSystem};
use rustc_hash::FxHashMap;
use syntax::LineIndex;
use syntax::json::Tree;

use super::Project;
use super::open::same_facts;

/// So many files are worth a thread of their own.
const SHARE: usize = 16;
/// A flow may nest 512 levels, for which the standard stack of a thread is small.
pub(super) const STACK: usize = 16 << 20;

/// A closed flow with its text, for as long as a question needs it.
#[derive(Debug)]
pub struct ClosedFlow {
    pub(super) text: String,
    pub(super) tree: Tree,
    pub(super) body: FlowBody,
}

impl ClosedFlow {
    /// What the flow consists of.
    #[must_use]
    pub fn body(&self) -> &FlowBody {
        &self.body
    }
}

/// What is known of a closed file.
#[derive(Clone, Debug)]
struct Known {
    id: FileId,
    path: Arc<str>,
    read_as: ReadAs,
    facts: Facts,
    lines: Arc<LineIndex>,
}

impl Known {
    /// A second look: the flow, if the file is one and nothing of it changed.
    fn look_again(&self, files: &(dyn FileSystem + Sync), memo: &StringMemo) -> Look {
        if matches!(self.facts, Facts::Other | Facts::Unreadable(_)) {
            return Look::NoFlow;
        }
        let text = match files.read(&self.path).map(syntax::decode) {
            Ok(Ok(source)) if source.text.len() as u64 <= reading::MAX_FILE_BYTES => source.text,
            _ => return Look::Changed,
        };
        let reading = reading::read(&self.path, self.read_as, &text, memo);
        // Places are told from facts and lines alone: where both are the same, no answer is wrong.
        if !same_facts(&self.facts, &reading.facts) || *self.lines != LineIndex::new(&text) {
            return Look::Changed;
        }
        match (reading.json, reading.flow) {
            (Some(tree), Some(body)) => Look::Same(Box::new(ClosedFlow { text, tree, body })),
            _ => Look::NoFlow,
        }
    }
}

/// What a second look at a file found.
#[derive(Debug)]
pub(super) enum Look {
    /// The flow as it was.
    Same(Box<ClosedFlow>),
    /// As it was, and no flow.
    NoFlow,
    /// Something else than before, or nothing.
    Changed,
}

/// Closed files to be read again.
#[derive(Debug)]
pub struct Errand {
    memo: Arc<StringMemo>,
    files: Vec<Known>,
}

impl Errand {
    /// How many files it is about.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Reads the files, on all cores where they are many. Stops early where `given_up` says that nobody waits any more.
    #[must_use]
    pub fn run(self, files: &(dyn FileSystem + Sync), given_up: &(dyn Fn() -> bool + Sync)) -> Fetched {
        let looks = self.each(files, given_up, &|_, look| look);
        let known = self.files.into_iter().map(|known| (known.id, known));
        let mut known: FxHashMap<FileId, Known> = known.collect();
        let fetched = looks
            .into_iter()
            .filter_map(|(id, look)| Some((id, (known.remove(&id)?, look))));
        Fetched(fetched.collect())
    }

    /// Reads the flows and keeps of each what `make` makes of it, with the facts that it belongs to.
    #[must_use]
    pub fn gather<T: Send>(
        &self,
        files: &(dyn FileSystem + Sync),
        given_up: &(dyn Fn() -> bool + Sync),
        make: &(dyn Fn(&ClosedFlow) -> T + Sync),
    ) -> Vec<(FileId, Facts, T)> {
        let found = self.each(files, given_up, &|known, look| match look {
            Look::Same(flow) => Some((known.facts.clone(), make(&flow))),
            Look::NoFlow | Look::Changed => None,
        });
        found
            .into_iter()
            .filter_map(|(id, found)| found.map(|(facts, made)| (id, facts, made)))
            .collect()
    }

    fn each<T: Send>(
        &self,
        files: &(dyn FileSystem + Sync),
        given_up: &(dyn Fn() -> bool + Sync),
        make: &(dyn Fn(&Known, Look) -> T + Sync),
    ) -> Vec<(FileId, T)> {
        let read = |part: &[Known]| -> Vec<(FileId, T)> {
            part.iter()
                .take_while(|_| !given_up())
                .map(|known| (known.id, make(known, known.look_again(files, &self.memo))))
                .collect()
        };
        let threads = std::thread::available_parallelism()
            .map_or(1, |n| n.get().min(8))
            .min(self.files.len().div_ceil(SHARE));
        if threads <= 1 {
            return read(&self.files);
        }
        let share = self.files.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let parts: Vec<_> = self
                .files
                .chunks(share)
                .filter_map(|part| {
                    let thread = std::thread::Builder::new().stack_size(STACK);
                    thread.spawn_scoped(scope, move || read(part)).ok()
                })
                .collect();
            parts
                .into_iter()
                .flat_map(|part| part.join().unwrap_or_default())
                .collect()
        })
    }
}

/// What an errand brought back.
#[derive(Debug, Default)]
pub struct Fetched(FxHashMap<FileId, (Known, Look)>);

impl Fetched {
    /// All of it, fresh from the errand.
    pub(super) fn into_looks(self) -> impl Iterator<Item = (FileId, Look)> {
        self.0.into_iter().map(|(id, (_, look))| (id, look))
    }

    /// The look at a file, where the project still knows the same of it.
    pub(super) fn take(&mut self, project: &Project, id: FileId) -> Option<Look> {
        let (known, look) = self.0.remove(&id)?;
        let file = project.workspace.get(id)?;
        let same = file.path == known.path
            && file.read_as == known.read_as
            && Arc::ptr_eq(&file.lines, &known.lines)
            && same_facts(&file.facts, &known.facts);
        same.then_some(look)
    }
}

impl Project {
    /// Has closed files read again elsewhere; open documents are passed over.
    #[must_use]
    pub fn errand(&self, ids: &[FileId]) -> Errand {
        let known = ids.iter().filter(|id| !self.open.contains_key(id)).filter_map(|id| {
            let file = self.workspace.get(*id)?;
            Some(Known {
                id: *id,
                path: Arc::clone(&file.path),
                read_as: file.read_as,
                facts: file.facts.clone(),
                lines: Arc::clone(&file.lines),
            })
        });
        Errand {
            files: known.collect(),
            memo: Arc::clone(&self.memo),
        }
    }

    /// Keeps what an errand brought back for the next [`Project::read_closed`], until this is called again.
    pub fn keep(&mut self, fetched: Fetched) {
        self.fetched = fetched;
    }
}
