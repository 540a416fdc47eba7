//! Closed files, read again for a question that facts alone do not answer.
//!
//! Closed files keep no text and no tree. What needs them for a moment (every use of a variable, a rename across files)
//! asks for them here, for few files at a time: facts say which.

use model::flow::{FlowBody, FlowView};
use model::{FileId, FileSystem, reading};
use rustc_hash::FxHashMap;
use syntax::Document;

use super::Project;
use super::errand::{ClosedFlow, Look};
use super::open::OpenFile;

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
        for (id, look) in self.look_again(files, ids) {
            match look {
                Look::Same(flow) => {
                    read.insert(id, *flow);
                }
                Look::NoFlow => {}
                Look::Changed => changed.push(id),
            }
        }
        if !changed.is_empty() {
            let path = |id: &FileId| Some(self.workspace.get(*id)?.path.to_string());
            let paths: Vec<String> = changed.iter().filter_map(path).collect();
            self.reload(files, &paths);
            for (id, look) in self.look_again(files, &changed) {
                // One that changes all the time is left out, rather than shown in the wrong places.
                if let Look::Same(flow) = look {
                    read.insert(id, *flow);
                }
            }
        }
        read
    }

    /// Looks at closed files again, as far as no errand has done so already.
    fn look_again(&mut self, files: &(dyn FileSystem + Sync), ids: &[FileId]) -> Vec<(FileId, Look)> {
        let mut fetched = std::mem::take(&mut self.fetched);
        let (mut looks, mut rest) = (Vec::new(), Vec::new());
        for id in ids.iter().filter(|id| !self.open.contains_key(id)) {
            match fetched.take(self, *id) {
                Some(look) => looks.push((*id, look)),
                None => rest.push(*id),
            }
        }
        self.fetched = fetched;
        looks.extend(self.errand(&rest).run(files, &|| false).into_looks());
        looks
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
}
