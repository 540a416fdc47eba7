//! Files from disk: read, turned into facts, checked, and let go.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::flow::data_paths::DataPaths;
use model::reading::{self, MAX_FILE_BYTES};
use model::{Facts, File, FileId, FileKind, FileSystem, ReadAs};
use syntax::{Encoding, LineIndex, SourceText};

use super::errand::STACK;
use super::{Project, local_findings};
use crate::finding::Finding;
use crate::globs;

/// How far a load has come, for progress displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadStep {
    /// Files read so far.
    pub done: usize,
    /// Files to read.
    pub total: usize,
}

/// What a project holds, for summaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Solutions.
    pub solutions: usize,
    /// Cloud flows.
    pub flows: usize,
    /// Files read.
    pub files: usize,
    /// Their bytes as stored.
    pub bytes: u64,
}

/// A file as reading left it.
#[derive(Debug)]
pub struct Loaded {
    facts: Facts,
    lines: Arc<LineIndex>,
    encoding: Encoding,
    bom: bool,
    bytes: u64,
    findings: Vec<Finding>,
    paths: Option<Arc<DataPaths>>,
}

impl Project {
    /// Reads every file below `folders`, besides the files the configuration points at.
    ///
    /// `progress` is called from the reading threads, now and then.
    pub fn load(&mut self, files: &(dyn FileSystem + Sync), folders: &[String], progress: &(dyn Fn(LoadStep) + Sync)) {
        let mut paths: Vec<String> = folders
            .iter()
            .flat_map(|folder| files.files(folder))
            .map(|entry| entry.path)
            .collect();
        paths.sort();
        paths.dedup();
        // Configurations first: they say what else is read, and what is left out.
        let forced = self.workspace.extra_paths();
        let is_configuration =
            |path: &&String| self.workspace.read_as(path) == Some(ReadAs::Kind(FileKind::Configuration));
        let configurations: Vec<String> = paths.iter().chain(&forced).filter(is_configuration).cloned().collect();
        self.read_all(files, &configurations, &|_| {});
        self.workspace.refresh();
        let excluded = self.excludes();
        paths.retain(|path| !excluded.iter().any(|exclude| exclude.matches(path)));
        // One that is not there is a finding in the file that names it, not in a file nobody has.
        paths.extend(
            self.workspace
                .extra_paths()
                .into_iter()
                .filter(|path| files.is_file(path)),
        );
        paths.sort();
        paths.dedup();
        paths.retain(|path| self.workspace.read_as(path).is_some());
        self.read_all(files, &paths, progress);
        self.check_shared();
    }

    /// Reads files anew, or takes out those that are gone; open documents stay as they are.
    pub fn reload(&mut self, files: &(dyn FileSystem + Sync), paths: &[String]) {
        let (here, gone): (Vec<String>, Vec<String>) = paths.iter().cloned().partition(|path| files.is_file(path));
        for path in gone {
            let open = self.workspace.id(&path).is_some_and(|id| self.open.contains_key(&id));
            if !open && let Some(id) = self.workspace.remove(&path) {
                self.local.remove(&id);
                self.changed.insert(id);
            }
        }
        let excluded = self.excludes();
        let wanted = |path: &String| {
            self.workspace.read_as(path).is_some()
                && !excluded.iter().any(|exclude| exclude.matches(path))
                && !self.workspace.id(path).is_some_and(|id| self.open.contains_key(&id))
        };
        let here: Vec<String> = here.into_iter().filter(wanted).collect();
        self.read_all(files, &here, &|_| {});
        self.check_shared();
    }

    /// What the project holds.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            solutions: self.workspace.solutions().count(),
            ..Stats::default()
        };
        for (_, file) in self.workspace.files() {
            stats.files += 1;
            stats.bytes += file.bytes;
            stats.flows += usize::from(file.facts.flow().is_some());
        }
        stats
    }

    /// Checks every file anew, because what counts for them changed.
    pub(super) fn recheck(&mut self, read: &(dyn Fn(&str) -> Option<Vec<u8>> + Sync)) {
        struct Stored<'a>(&'a (dyn Fn(&str) -> Option<Vec<u8>> + Sync));
        impl FileSystem for Stored<'_> {
            fn files(&self, _: &str) -> Vec<model::FileEntry> {
                Vec::new()
            }
            fn read(&self, path: &str) -> Result<Vec<u8>, model::ReadError> {
                (self.0)(path).ok_or_else(|| model::ReadError("the file is gone".into()))
            }
            fn is_file(&self, _: &str) -> bool {
                true
            }
        }
        let closed: Vec<String> = self
            .workspace
            .files()
            .filter(|(id, _)| !self.open.contains_key(id))
            .map(|(_, file)| file.path.to_string())
            .collect();
        self.read_all(&Stored(read), &closed, &|_| {});
        let open: Vec<FileId> = self.open.keys().copied().collect();
        for id in open {
            self.recheck_open(id);
        }
        self.check_shared();
    }

    /// Reads files on all cores. Ids and solutions are given out first, so that the threads need only look.
    fn read_all(&mut self, files: &(dyn FileSystem + Sync), paths: &[String], progress: &(dyn Fn(LoadStep) + Sync)) {
        let mut ids = Vec::with_capacity(paths.len());
        for path in paths {
            let Some(read_as) = self.workspace.read_as(path) else {
                continue;
            };
            let known = self
                .workspace
                .id(path)
                .filter(|id| self.workspace.file(*id).read_as == read_as);
            let id = known.unwrap_or_else(|| {
                self.workspace.set(File {
                    path: path.as_str().into(),
                    read_as,
                    facts: Facts::Other,
                    lines: Arc::new(LineIndex::new("")),
                    encoding: Encoding::Utf8,
                    bom: false,
                    bytes: 0,
                    solution: None,
                })
            });
            ids.push(id);
        }
        self.workspace.refresh();
        let next = AtomicUsize::new(0);
        let this = &*self;
        let work = || {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(&id) = ids.get(at) else { return done };
                // A file that reading stumbles over costs itself, not those that the thread would have read.
                let read = catch_unwind(AssertUnwindSafe(|| this.read_one(files, id)));
                let read = read.unwrap_or_else(|_| this.unreadable(id, "reading it met a defect of Flow Sentry", 0));
                done.push((id, read));
                if at.is_multiple_of(16) {
                    progress(LoadStep {
                        done: at,
                        total: ids.len(),
                    });
                }
            }
        };
        let threads = std::thread::available_parallelism()
            .map_or(1, |n| n.get().min(8))
            .min(ids.len().div_ceil(32))
            .max(1);
        let loaded: Vec<(FileId, Loaded)> = if threads == 1 {
            work()
        } else {
            std::thread::scope(|scope| {
                let handles: Vec<_> = (0..threads)
                    .filter_map(|_| {
                        let thread = std::thread::Builder::new().stack_size(STACK);
                        thread.spawn_scoped(scope, work).ok()
                    })
                    .collect();
                handles
                    .into_iter()
                    .flat_map(|handle| handle.join().unwrap_or_default())
                    .collect()
            })
        };
        for (id, loaded) in loaded {
            let old = self.workspace.file(id).clone();
            self.workspace.set(File {
                facts: loaded.facts,
                lines: loaded.lines,
                encoding: loaded.encoding,
                bom: loaded.bom,
                bytes: loaded.bytes,
                ..old
            });
            self.workspace.set_data_paths(id, loaded.paths);
            self.set_local(id, loaded.findings);
        }
        self.workspace.refresh();
    }

    fn read_one(&self, files: &(dyn FileSystem + Sync), id: FileId) -> Loaded {
        let file = self.workspace.file(id);
        let unreadable = |reason: String, bytes: u64| self.unreadable(id, &reason, bytes);
        let bytes = match files.read(&file.path) {
            Ok(bytes) => bytes,
            Err(error) => return unreadable(error.to_string(), 0),
        };
        let size = bytes.len() as u64;
        if size > MAX_FILE_BYTES {
            return unreadable(format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20), size);
        }
        let SourceText { text, encoding, bom } = match syntax::decode(bytes) {
            Ok(source) => source,
            Err(error) => return unreadable(error.to_string(), size),
        };
        let reading = reading::read(&file.path, file.read_as, &text, &self.memo);
        let (tree, body) = (reading.json.as_ref(), reading.flow.as_ref());
        let (findings, paths) = local_findings(
            &self.workspace,
            id,
            &text,
            &reading.facts,
            tree,
            body,
            encoding,
            &self.options,
        );
        let lines = match reading.facts {
            Facts::Other if findings.is_empty() => LineIndex::new(""),
            _ => LineIndex::new(&text),
        };
        Loaded {
            facts: reading.facts,
            lines: Arc::new(lines),
            encoding,
            bom,
            bytes: size,
            findings,
            paths,
        }
    }

    /// What is known of a file that cannot be read.
    fn unreadable(&self, id: FileId, reason: &str, bytes: u64) -> Loaded {
        let facts = Facts::Unreadable(reason.to_owned());
        let (findings, _) = local_findings(
            &self.workspace,
            id,
            "",
            &facts,
            None,
            None,
            Encoding::Utf8,
            &self.options,
        );
        Loaded {
            facts,
            lines: Arc::new(LineIndex::new("")),
            encoding: Encoding::Utf8,
            bom: false,
            bytes,
            findings,
            paths: None,
        }
    }

    /// Whether a path is left out.
    pub(super) fn is_excluded(&self, path: &str) -> bool {
        self.excludes().iter().any(|exclude| exclude.matches(path))
    }

    /// Globs of the configurations, each below its own folder.
    fn excludes(&self) -> Vec<Exclude> {
        let mut all: Vec<Exclude> = self
            .excluded
            .iter()
            .filter_map(|(folder, glob)| Exclude::new(folder, glob))
            .collect();
        for (_, file) in self.workspace.files() {
            let Some(configuration) = file.facts.configuration() else {
                continue;
            };
            let folder = model::files::folder_of(&file.path).to_owned();
            all.extend(
                configuration
                    .exclude
                    .iter()
                    .filter_map(|glob| Exclude::new(&folder, &glob.value)),
            );
        }
        all
    }
}

/// One glob of `exclude`.
struct Exclude {
    folder: String,
    glob: globset::GlobSet,
}

impl Exclude {
    fn new(folder: &str, pattern: &str) -> Option<Self> {
        Some(Self {
            folder: folder.to_owned(),
            glob: globs::leaving_out(pattern)?,
        })
    }

    fn matches(&self, path: &str) -> bool {
        model::files::is_below(path, &self.folder)
            && path
                .get(self.folder.len()..)
                .is_some_and(|rest| self.glob.is_match(rest.trim_start_matches('/')))
    }
}
