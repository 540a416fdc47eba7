//! What the editor is shown without asking: findings, and that it is to ask again for the rest.

use model::FileId;
use tower_lsp::ls_types::{PublishDiagnosticsParams, Uri};

use super::State;
use crate::lsp::diagnostics;
use crate::lsp::outbox::Refresh;

impl State {
    /// Has the client ask again for what it shows of files it has open, as far as it can.
    pub(super) fn refresh(&self) {
        self.outbox.refresh(Refresh {
            lenses: self.client.refreshes_lenses && self.client.shows_references,
            hints: self.client.refreshes_hints,
            tokens: false,
        });
    }

    /// Publishes what the editor has not been shown: edited documents always, other files when their findings changed.
    pub fn publish(&mut self) {
        let changed = self.project.take_changed();
        if self.documents.values().any(|document| document.stale) {
            // Between two edits that are checked together nothing may be shown; what changed is shown after them.
            for file in changed {
                self.project.mark_changed(file);
            }
            return;
        }
        let documents: Vec<(Uri, i32, Option<FileId>)> = self
            .documents
            .values_mut()
            .filter_map(|document| {
                let due = std::mem::take(&mut document.unpublished);
                due.then(|| (document.uri.clone(), document.version, document.file))
            })
            .collect();
        if !documents.is_empty() || !changed.is_empty() {
            self.expressions.mark_all();
        }
        for (uri, version, file) in &documents {
            match file {
                Some(file) => self.publish_file(*file, uri.clone(), Some(*version)),
                None => self.outbox.publish(PublishDiagnosticsParams {
                    uri: uri.clone(),
                    diagnostics: Vec::new(),
                    version: Some(*version),
                }),
            }
        }
        for file in changed {
            if documents.iter().any(|(_, _, published)| *published == Some(file)) {
                continue;
            }
            if self.project.workspace().get(file).is_none() {
                if let Some(uri) = self.shown.remove(&file) {
                    self.clear(uri);
                }
            } else if let Some(uri) = self.uri(file) {
                self.publish_file(file, uri, self.version(file));
            }
        }
        self.publish_expressions();
    }

    fn publish_file(&mut self, file: FileId, uri: Uri, version: Option<i32>) {
        let diagnostics = diagnostics::of_file(&self.project, file, self.unit, |id| self.uri(id));
        if diagnostics.is_empty() {
            let was_shown = self.shown.remove(&file).is_some();
            if !was_shown && version.is_none() {
                return;
            }
        } else {
            self.shown.insert(file, uri.clone());
        }
        self.outbox.publish(PublishDiagnosticsParams {
            uri,
            diagnostics,
            version,
        });
    }

    pub(super) fn clear(&self, uri: Uri) {
        self.outbox.publish(PublishDiagnosticsParams {
            uri,
            diagnostics: Vec::new(),
            version: None,
        });
    }
}
