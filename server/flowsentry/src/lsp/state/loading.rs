//! Reading the workspace on a thread of its own, and taking over what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use model::FileId;
use rules::project::Stats;
use rules::{Options, Project};
use tower_lsp::ls_types::{MessageType, Uri};

use super::State;
use crate::files::DiskFiles;
use crate::lsp::convert;
use crate::lsp::main_loop::Event;
use crate::lsp::outbox::{Refresh, StatusParams};

/// A workspace as a reading thread left it.
pub struct LoadedWorkspace {
    project: Project,
    generation: u64,
}

impl State {
    /// A project with the client's settings, before anything is read.
    pub fn empty_project(&self) -> Project {
        let mut project = Project::new(Options {
            profile: self.settings.profile,
        });
        let base = self.folders.first().map_or("", String::as_str);
        project.name_inventories(
            self.settings
                .connections
                .iter()
                .map(|path| model::files::resolve(base, path))
                .collect(),
        );
        let excludes = self
            .folders
            .iter()
            .flat_map(|folder| self.settings.exclude.iter().map(|glob| (folder.clone(), glob.clone())));
        project.exclude(excludes.collect());
        project
    }

    /// Reads the workspace on a thread of its own.
    pub fn load(&mut self) {
        self.generation += 1;
        self.loading = true;
        self.missed.clear();
        let (generation, folders) = (self.generation, self.folders.clone());
        let (outbox, inbox) = (self.outbox.clone(), self.inbox.clone());
        let mut project = self.empty_project();
        let progress = self.client.progress.then(|| i32::try_from(generation).unwrap_or(0));
        outbox.status(StatusParams {
            state: "reading".into(),
            solutions: 0,
            flows: 0,
        });
        let failed = self.inbox.clone();
        let work = move || {
            if let Some(token) = progress {
                outbox.begin(token, "Flow Sentry: reading solutions");
            }
            let shown = AtomicUsize::new(0);
            project.load(&DiskFiles::default(), &folders, &|step| {
                let percent = step.done * 100 / step.total.max(1);
                // Each percent is told once, whichever thread gets there first.
                if let Some(token) = progress
                    && shown.fetch_max(percent, Ordering::Relaxed) < percent
                {
                    outbox.report(
                        token,
                        format!("{} of {} files", step.done, step.total),
                        u32::try_from(percent).unwrap_or(100),
                    );
                }
            });
            if let Some(token) = progress {
                outbox.end(
                    token,
                    format!(
                        "{} solutions, {} flows",
                        project.stats().solutions,
                        project.stats().flows
                    ),
                );
            }
            inbox.send(Event::Loaded(Box::new(LoadedWorkspace { project, generation })));
        };
        let started = std::thread::Builder::new()
            .name("reader".into())
            .stack_size(16 << 20)
            .spawn(move || {
                if catch_unwind(AssertUnwindSafe(work)).is_err() {
                    failed.send(Event::LoadFailed(generation));
                }
            });
        if let Err(error) = started {
            self.loading = false;
            self.outbox
                .log(MessageType::ERROR, format!("the workspace cannot be read: {error}"));
        }
    }

    /// A reading met a defect of our own: what was known before stays, and edits are checked.
    pub fn load_failed(&mut self, generation: u64) {
        if generation != self.generation {
            return;
        }
        self.loading = false;
        self.missed.clear();
        self.outbox.log(
            MessageType::ERROR,
            "Flow Sentry met a defect of its own while it read the workspace. Please report it with the files that led here.",
        );
        self.tell_ready();
    }

    fn tell_ready(&self) -> Stats {
        let stats = self.project.stats();
        self.outbox.status(StatusParams {
            state: "ready".into(),
            solutions: stats.solutions,
            flows: stats.flows,
        });
        stats
    }

    /// Puts a read workspace in place of the one before, with the open documents as they are now.
    pub fn loaded(&mut self, loaded: LoadedWorkspace) {
        if loaded.generation != self.generation {
            return;
        }
        self.loading = false;
        let mut new = loaded.project;
        let text_of = |file: FileId| Some(self.project.open_file(file)?.document().text().to_owned());
        let open: Vec<(String, bool, String)> = self
            .documents
            .iter()
            .filter_map(|(path, document)| {
                Some((path.clone(), !convert::is_file(&document.uri), text_of(document.file?)?))
            })
            .collect();
        let shown: Vec<(Uri, Option<String>)> = self
            .shown
            .drain()
            .map(|(file, uri)| {
                (
                    uri,
                    self.project.workspace().get(file).map(|file| file.path.to_string()),
                )
            })
            .collect();
        for (path, untitled, text) in open {
            let file = new.open(&path, text, untitled);
            if let Some(document) = self.documents.get_mut(&path) {
                document.file = file;
                document.stale = false;
                document.unpublished = true;
            }
        }
        self.project = new;
        // What the old workspace showed and the new one does not have any more is cleared.
        for (uri, path) in shown {
            match path.and_then(|path| self.project.workspace().id(&path)) {
                Some(id) => {
                    self.project.mark_changed(id);
                    self.shown.insert(id, uri);
                }
                None => self.clear(uri),
            }
        }
        let missed = std::mem::take(&mut self.missed);
        if !missed.is_empty() {
            self.project.reload(&DiskFiles::default(), &missed);
        }
        self.refresh();
        self.outbox.refresh(Refresh {
            tokens: self.client.refreshes_tokens,
            ..Refresh::default()
        });
        let stats = self.tell_ready();
        self.outbox.log(
            MessageType::INFO,
            format!(
                "{} solutions, {} flows, {} files read",
                stats.solutions, stats.flows, stats.files
            ),
        );
    }
}
