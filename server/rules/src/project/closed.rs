//! Closed files, read again for a question that facts alone do not answer.
//!
//! Closed files keep no text and no tree. What needs them for a moment (every use of a variable, a rename across files)
//! asks for them here, for few files at a time: facts say which.

use model::flow::{FlowBody, FlowView};
use model::{Facts, FileId, FileSystem, reading};
use rustc_hash::FxHashMap;
use syntax::json::Tree;
use syntax::{Document, LineIndex};

use super::Project;
use super::open::{OpenFile, same_facts};

/// A closed flow with its text, for as long as a question needs it.
#[derive(Debug)]
pub struct ClosedFlow {
    text: String,
    tree: Tree,
    body: FlowBody,
}

impl ClosedFlow {
    /// The flow as an open file.
    pub(super) fn into_open(self) -> OpenFile {
        OpenFile::read(Document::new(self.text), Some(self.tree), Some(self.body))
    }
}

impl Project {
    /// Reads closed flows again and gives their texts; open documents and files of other kinds are passed over.
    ///
    /// A file that changed on disk without anybody saying so is taken over first, as [`Project::reload`] does, whatever
    /// its kind: so facts, places and texts are of one state when this returns. Files that went are taken out.
    pub fn read_closed(&mut self, files: &(dyn FileSystem + Sync), ids: &[FileId]) -> FxHashMap<FileId, ClosedFlow> {
        let mut read = FxHashMap::default();
        let mut changed = Vec::new();
        for (id, again) in self.read_all_again(files, ids) {
            match again {
                Ok(Some(flow)) => {
                    read.insert(id, flow);
                }
                Ok(None) => {}
                Err(Changed(path)) => changed.push((id, path)),
            }
        }
        if !changed.is_empty() {
            let paths: Vec<String> = changed.iter().map(|(_, path)| path.clone()).collect();
            self.reload(files, &paths);
            for (id, _) in changed {
                // One that changes all the time is left out, rather than shown in the wrong places.
                if let Ok(Some(flow)) = self.read_again(files, id) {
                    read.insert(id, flow);
                }
            }
        }
        read
    }

    /// The body of one flow as it is stored, for those who go through many and keep little of each. `None` where the file
    /// is gone, cannot be read or is no flow any more.
    #[must_use]
    pub fn read_flow(&self, files: &dyn FileSystem, id: FileId) -> Option<FlowBody> {
        let file = self.workspace.get(id)?;
        let bytes = files
            .read(&file.path)
            .ok()
            .filter(|bytes| bytes.len() as u64 <= reading::MAX_FILE_BYTES)?;
        let text = syntax::decode(bytes).ok()?.text;
        reading::read(&file.path, file.read_as, &text, &self.memo).flow
    }

    /// A flow with its text: as the editor has it where it is open, else as [`Project::read_closed`] read it.
    #[must_use]
    pub fn flow_view<'a>(&'a self, closed: &'a FxHashMap<FileId, ClosedFlow>, file: FileId) -> Option<FlowView<'a>> {
        let summary = self.workspace.get(file)?.facts.flow()?;
        if let Some(open) = self.open.get(&file) {
            return Some(FlowView {
                summary,
                body: open.body()?,
                text: open.document().text(),
                tree: open.tree()?,
            });
        }
        let flow = closed.get(&file)?;
        Some(FlowView {
            summary,
            body: &flow.body,
            text: &flow.text,
            tree: &flow.tree,
        })
    }

    /// Looks at files on all cores where they are many: somebody waits for the answer.
    fn read_all_again(
        &self,
        files: &(dyn FileSystem + Sync),
        ids: &[FileId],
    ) -> Vec<(FileId, Result<Option<ClosedFlow>, Changed>)> {
        let read = |ids: &[FileId]| -> Vec<_> { ids.iter().map(|id| (*id, self.read_again(files, *id))).collect() };
        let threads = std::thread::available_parallelism()
            .map_or(1, |n| n.get().min(8))
            .min(ids.len().div_ceil(16));
        if threads <= 1 {
            return read(ids);
        }
        let share = ids.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let parts: Vec<_> = ids.chunks(share).map(|part| scope.spawn(move || read(part))).collect();
            parts
                .into_iter()
                .flat_map(|part| part.join().unwrap_or_default())
                .collect()
        })
    }

    /// A second look at a closed file: its flow, if it is one and nothing of it changed.
    fn read_again(&self, files: &(dyn FileSystem + Sync), id: FileId) -> Result<Option<ClosedFlow>, Changed> {
        let Some(file) = self.workspace.get(id).filter(|_| !self.open.contains_key(&id)) else {
            return Ok(None);
        };
        let changed = || Err(Changed(file.path.to_string()));
        if matches!(file.facts, Facts::Other | Facts::Unreadable(_)) {
            return Ok(None);
        }
        let text = match files.read(&file.path).map(syntax::decode) {
            Ok(Ok(source)) if source.text.len() as u64 <= reading::MAX_FILE_BYTES => source.text,
            _ => return changed(),
        };
        let reading = reading::read(&file.path, file.read_as, &text, &self.memo);
        // Places are told from facts and lines alone: where both are the same, no answer is wrong.
        if !same_facts(&file.facts, &reading.facts) || *file.lines != LineIndex::new(&text) {
            return changed();
        }
        Ok(match (reading.json, reading.flow) {
            (Some(tree), Some(body)) => Some(ClosedFlow { text, tree, body }),
            _ => None,
        })
    }
}

/// The path of a closed file that is not as it was, or is gone.
struct Changed(String);
