//! A file as it would be with another text in one place: what a side editor asks about while somebody types there and
//! the file itself is as it was.
//!
//! Both steps are undone by giving back what they gave. In between the project must only be asked.

use std::sync::Arc;

use model::reading::{self, Reading};
use model::{File, FileId, FileSystem};
use syntax::{Document, LineIndex, TextEdit};

use super::open::OpenFile;
use super::{Project, local_findings};
use crate::finding::Finding;

/// A closed file that is open for the time of a question.
#[derive(Debug)]
#[must_use = "the file stays open until this is given back"]
pub struct Borrowed(Option<FileId>);

/// What an edit that is only looked at took the place of.
#[derive(Debug)]
#[must_use = "the edit stays until this is given back"]
pub struct Covered {
    id: FileId,
    file: File,
    open: Option<OpenFile>,
    findings: Option<Vec<Finding>>,
    /// Whether the blast radius was known.
    reach: bool,
}

impl Project {
    /// Has a flow open with its text as it is stored, unless an editor holds it open already. `None` where the file
    /// cannot be read or is no flow.
    pub fn borrow(&mut self, files: &(dyn FileSystem + Sync), id: FileId) -> Option<Borrowed> {
        if self.open.contains_key(&id) {
            return Some(Borrowed(None));
        }
        let closed = self.read_closed(files, &[id]).remove(&id)?;
        self.open.insert(id, closed.into_open());
        Some(Borrowed(Some(id)))
    }

    /// Closes what [`Project::borrow`] opened.
    pub fn give_back(&mut self, borrowed: Borrowed) {
        if let Some(id) = borrowed.0 {
            self.open.remove(&id);
        }
    }

    /// Makes an edit inside one string of an open file, to look at what comes of it. Findings are those of the rules that
    /// read one file; what other files say of it is not worked out anew. `None` where the file is not open.
    pub fn cover(&mut self, id: FileId, edit: &TextEdit) -> Option<Covered> {
        let open = self.open.get(&id)?;
        let file = self.workspace.get(id)?.clone();
        let mut document = Document::new(open.document().text().to_owned());
        document.replace(edit.span, &edit.new_text);
        let text = document.text();
        let Reading { facts, json, flow } = match open.tree() {
            Some(tree) => {
                let mut tree = tree.clone();
                let inserted = u32::try_from(edit.new_text.len()).unwrap_or(u32::MAX);
                tree.splice(text, edit.span, inserted);
                reading::read_json(&file.path, file.read_as, tree, text, &self.memo)
            }
            None => reading::read(&file.path, file.read_as, text, &self.memo),
        };
        let (findings, _) = local_findings(
            &self.workspace,
            id,
            text,
            &facts,
            json.as_ref(),
            flow.as_ref(),
            file.encoding,
            &self.options,
        );
        let bytes = text.len() as u64;
        let covered = Covered {
            id,
            file,
            open: self.open.insert(id, OpenFile::read(document, json, flow)),
            findings: self.local.insert(id, findings),
            reach: self.reach.get().is_some(),
        };
        self.workspace.update(id, facts, Arc::new(LineIndex::new("")), bytes);
        Some(covered)
    }

    /// Takes the edit of [`Project::cover`] away again.
    pub fn uncover(&mut self, covered: Covered) {
        let Covered {
            id,
            file,
            open,
            findings,
            reach,
        } = covered;
        self.workspace.set(file);
        match findings {
            Some(findings) => self.local.insert(id, findings),
            None => self.local.remove(&id),
        };
        match open {
            Some(open) => self.open.insert(id, open),
            None => self.open.remove(&id),
        };
        // What was worked out with the edit in place is not kept.
        if !reach {
            self.reach.take();
        }
    }
}
