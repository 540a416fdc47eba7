//! Open documents: text and tree kept, edits spliced in.

use std::borrow::Cow;
use std::sync::Arc;

use edits::{Refusal, WorkspaceEdit};
use model::flow::FlowBody;
use model::reading::{self, Reading};
use model::{Facts, File, FileId, FileSystem, ReadAs, SolutionId};
use syntax::json::Tree;
use syntax::{Document, Encoding, LineIndex, Span};

use super::{Project, local_findings};
use crate::finding::Fix;

/// A document that an editor holds open.
#[derive(Clone, Debug)]
pub struct OpenFile {
    document: Document,
    tree: Option<Tree>,
    body: Option<FlowBody>,
    /// Whether edits came in that have not been analysed.
    stale: bool,
}

impl OpenFile {
    /// A file whose text has been read already.
    pub(super) fn read(document: Document, tree: Option<Tree>, body: Option<FlowBody>) -> Self {
        Self {
            document,
            tree,
            body,
            stale: false,
        }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Its JSON tree.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }

    /// Its flow's body.
    #[must_use]
    pub fn body(&self) -> Option<&FlowBody> {
        self.body.as_ref()
    }
}

impl Project {
    /// The change of a fix, with the texts of the documents that are open.
    ///
    /// # Errors
    /// The reason, where it turns out that the change cannot be made.
    pub fn edit_of<'f>(&self, fix: &'f Fix) -> Result<Cow<'f, WorkspaceEdit>, Refusal> {
        let text_of = |id| Some(self.open.get(&id)?.document().text().to_owned());
        fix.edit(&self.workspace, &text_of)
    }

    /// Takes a document over from the disk. A path the engine has no use for is read by its content when `untitled`.
    ///
    /// `None` when the document is none of the engine's.
    pub fn open(&mut self, path: &str, text: String, untitled: bool) -> Option<FileId> {
        let read_as = self.workspace.read_as(path).or(untitled.then_some(ReadAs::Untitled))?;
        // What is left out on disk is left out in the editor, or the two doors would differ.
        if !untitled && self.is_excluded(path) {
            return None;
        }
        // What is known of the file stays until the text has been read, so that nothing is missing in between.
        let known = self
            .workspace
            .id(path)
            .map(|id| self.workspace.file(id))
            .filter(|file| file.read_as == read_as);
        let (encoding, bom) = known.map_or((Encoding::Utf8, false), |file| (file.encoding, file.bom));
        let facts = known.map_or(Facts::Other, |file| file.facts.clone());
        let id = self.workspace.set(File {
            path: path.into(),
            read_as,
            facts,
            lines: Arc::new(LineIndex::new("")),
            encoding,
            bom,
            bytes: text.len() as u64,
            solution: None,
        });
        self.open.insert(
            id,
            OpenFile {
                document: Document::new(text),
                tree: None,
                body: None,
                stale: true,
            },
        );
        self.reach.take();
        self.workspace.refresh();
        self.analyse(id);
        Some(id)
    }

    /// Gives a document back to the disk.
    pub fn close(&mut self, path: &str, files: &(dyn FileSystem + Sync)) -> Option<FileId> {
        let id = self.workspace.id(path)?;
        self.open.remove(&id)?;
        if self.workspace.file(id).read_as == ReadAs::Untitled {
            self.workspace.remove(path);
            self.local.remove(&id);
            self.changed.insert(id);
            self.workspace.refresh();
            self.check_shared();
        } else {
            self.reload(files, &[path.to_owned()]);
        }
        Some(id)
    }

    /// Replaces part of an open document, or all of it; [`Project::analyse`] must follow.
    pub fn edit(&mut self, id: FileId, span: Option<Span>, new_text: &str) {
        let Some(open) = self.open.get_mut(&id) else { return };
        open.stale = true;
        let all = Span::new(0, u32::try_from(open.document.text().len()).unwrap_or(u32::MAX));
        let span = span.unwrap_or(all);
        open.document.replace(span, new_text);
        let inserted = u32::try_from(new_text.len()).unwrap_or(u32::MAX);
        if let Some(tree) = &mut open.tree {
            tree.splice(open.document.text(), span, inserted);
        }
    }

    /// Brings facts and findings up to an open document's text. Says whether other files see another flow now.
    pub fn analyse(&mut self, id: FileId) -> bool {
        let Some(open) = self.open.get_mut(&id).filter(|open| open.stale) else {
            return false;
        };
        open.stale = false;
        let Some(file) = self.workspace.get(id) else {
            return false;
        };
        let text = open.document.text();
        let reading = match open.tree.take() {
            Some(tree) => reading::read_json(&file.path, file.read_as, tree, text, &self.memo),
            None => reading::read(&file.path, file.read_as, text, &self.memo),
        };
        let Reading { facts, json, flow } = reading;
        let bytes = text.len() as u64;
        let same_for_others = same_facts(&file.facts, &facts);
        let structural = !same_for_others && changes_lookups(&file.facts, &facts);
        let configuration = matches!(
            (&file.facts, &facts),
            (Facts::Configuration(_), Facts::Configuration(_))
        );
        let own_solution = file.solution.filter(|_| !structural && matches!(facts, Facts::Flow(_)));
        let (findings, paths) = local_findings(
            &self.workspace,
            id,
            text,
            &facts,
            json.as_ref(),
            flow.as_ref(),
            file.encoding,
            &self.options,
        );
        (open.tree, open.body) = (json, flow);
        self.set_local(id, findings);
        let ways_moved = self.workspace.set_data_paths(id, paths);
        let mut linked = own_solution.map_or_else(Vec::new, |solution| self.workspace.linked(solution));
        if same_for_others {
            if ways_moved {
                self.check_ways(&linked);
            }
            return false;
        }
        if configuration {
            // A configuration decides what is read at all. It counts when it is saved and the host reads everything anew;
            // until then only its own words are checked, and what others say of its old text is not shown.
            self.changed.extend(self.shared.forget(id));
            return false;
        }
        self.reach.take();
        self.workspace.update(id, facts, Arc::new(LineIndex::new("")), bytes);
        if structural {
            self.workspace.refresh();
        }
        match own_solution {
            Some(solution) => {
                self.changed
                    .extend(self.shared.check_one(&self.workspace, solution, &self.options));
                // A call that came or went ties other solutions to this one.
                linked.extend(self.workspace.linked(solution));
                linked.sort();
                linked.dedup();
                self.check_ways(&linked);
            }
            None => self.check_shared(),
        }
        true
    }

    /// Follows data anew from the flows of these solutions.
    fn check_ways(&mut self, solutions: &[SolutionId]) {
        for solution in solutions {
            let changed = self.shared.check_ways(&self.workspace, *solution, &self.options);
            self.changed.extend(changed);
        }
    }

    /// Checks an open document anew though its text is the same.
    pub(super) fn recheck_open(&mut self, id: FileId) {
        let Some(open) = self.open.get(&id) else { return };
        let file = self.workspace.file(id);
        let text = open.document.text();
        let (findings, paths) = local_findings(
            &self.workspace,
            id,
            text,
            &file.facts,
            open.tree.as_ref(),
            open.body.as_ref(),
            file.encoding,
            &self.options,
        );
        self.workspace.set_data_paths(id, paths);
        self.set_local(id, findings);
    }
}

/// Whether other files see no difference, places included.
pub(super) fn same_facts(old: &Facts, new: &Facts) -> bool {
    match (old, new) {
        (Facts::Flow(a), Facts::Flow(b)) => a == b,
        (Facts::Manifest(a), Facts::Manifest(b)) => a == b,
        (Facts::Customizations(a), Facts::Customizations(b)) => a == b,
        (Facts::Workflow(a), Facts::Workflow(b)) => a == b,
        (Facts::VariableDefinition(a), Facts::VariableDefinition(b)) => a == b,
        (Facts::Table(a), Facts::Table(b)) => a == b,
        (Facts::Role(a), Facts::Role(b)) => a == b,
        (Facts::VariableValues(a), Facts::VariableValues(b)) => a == b,
        (Facts::Settings(a), Facts::Settings(b)) => a == b,
        (Facts::CustomSettings(a), Facts::CustomSettings(b)) => a == b,
        (Facts::Caller(a), Facts::Caller(b)) => a == b,
        (Facts::Inventory(a), Facts::Inventory(b)) => a == b,
        (Facts::Policies(a), Facts::Policies(b)) => a == b,
        (Facts::Configuration(a), Facts::Configuration(b)) => a == b,
        (Facts::Other, Facts::Other) => true,
        _ => false,
    }
}

/// Whether the workspace's lookups must be worked out anew: not for a flow that is still the same flow and uses the same
/// connection references, which other solutions may ask about.
fn changes_lookups(old: &Facts, new: &Facts) -> bool {
    match (old, new) {
        (Facts::Flow(a), Facts::Flow(b)) => {
            (a.id, &a.display_name, a.complete) != (b.id, &b.display_name, b.complete)
                || !a.reference_names().eq(b.reference_names())
        }
        (Facts::Workflow(_), Facts::Workflow(_)) | (Facts::VariableValues(_), Facts::VariableValues(_)) => false,
        _ => true,
    }
}
