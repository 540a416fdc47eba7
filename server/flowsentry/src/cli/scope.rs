//! From the paths of a command line to what is read and what is reported.
//!
//! A file, or a folder inside a solution, is checked as an editor would check it: with the whole solution and what lies
//! around it at hand. Only what was named is reported, so a hook may pass the names of changed files.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use model::files::{CONFIGURATION_FILE, folder_of, is_below, join, name_of};
use model::{FileEntry, FileSystem, ReadError};

use super::plain;
use crate::files::{DiskFiles, engine_path, files_directly_in};

/// How much of a folder is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Only the files that lie directly in it.
    Direct,
    /// Everything.
    All,
}

/// What is read and what is reported.
#[derive(Debug, Default)]
pub struct Scope {
    folders: BTreeMap<String, Depth>,
    /// Files that are read wherever they lie.
    files: BTreeSet<String>,
    named_files: BTreeSet<String>,
    named_folders: Vec<String>,
    configuration: Option<String>,
    inventories: Vec<String>,
    /// Paths that were named and are passed over, with the reason.
    passed_over: Vec<String>,
}

impl Scope {
    /// The scope of the named paths, with the configuration and inventories that were named.
    ///
    /// # Errors
    /// A line for each path that cannot be used.
    pub fn new(
        paths: &[OsString],
        configuration: Option<&OsString>,
        inventories: &[OsString],
    ) -> Result<Self, Vec<String>> {
        let mut scope = Self::default();
        let mut mistakes = Vec::new();
        let mut note = |result: Result<(), String>| mistakes.extend(result.err());
        if paths.is_empty() {
            note(scope.name(Path::new(".")));
        }
        for path in paths {
            note(scope.name(Path::new(path)));
        }
        if let Some(path) = configuration {
            let found = plain_file(Path::new(path), "configuration");
            note(found.map(|path| scope.configuration = Some(path)));
        }
        for path in inventories {
            note(plain_file(Path::new(path), "inventory").map(|path| scope.inventories.push(path)));
        }
        if scope.configuration.is_none() {
            scope.find_configurations();
        }
        if mistakes.is_empty() { Ok(scope) } else { Err(mistakes) }
    }

    /// What the engine is asked to load.
    #[must_use]
    pub fn to_load(&self) -> Vec<String> {
        self.folders.keys().chain(&self.files).cloned().collect()
    }

    /// The configuration that was named.
    #[must_use]
    pub fn configuration(&self) -> Option<String> {
        self.configuration.clone()
    }

    /// The inventories that were named.
    #[must_use]
    pub fn inventories(&self) -> Vec<String> {
        self.inventories.clone()
    }

    /// Whether findings of this file are reported.
    #[must_use]
    pub fn reports(&self, path: &str) -> bool {
        self.named_files.contains(path)
            || self.named_folders.iter().any(|folder| is_below(path, folder))
            || self.configuration.as_deref() == Some(path)
            || self.inventories.iter().any(|inventory| inventory == path)
    }

    /// Lines about named paths that are passed over.
    #[must_use]
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    fn name(&mut self, path: &Path) -> Result<(), String> {
        let shown = plain::line(&path.to_string_lossy()).into_owned();
        let mut metadata = fs::symlink_metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file or folder `{shown}`"),
            _ => format!("`{shown}` cannot be read: {error}"),
        })?;
        let mut path = path.to_path_buf();
        if metadata.is_symlink() && fs::metadata(&path).is_ok_and(|target| target.is_dir()) {
            // A folder that the user names is meant, even by a link; links inside it are not followed.
            path = fs::canonicalize(&path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
            metadata = fs::symlink_metadata(&path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
        }
        if metadata.is_symlink() {
            // A hook names every changed file. What a link points at is not part of the change.
            self.passed_over.push(format!("`{shown}` is a link and is passed over"));
            return Ok(());
        }
        let path = engine_path(&path).ok_or_else(|| format!("the name `{shown}` is not valid text"))?;
        if metadata.is_dir() {
            self.name_folder(path);
        } else if metadata.is_file() {
            self.name_file(path);
        } else {
            return Err(format!("`{shown}` is neither a file nor a folder"));
        }
        Ok(())
    }

    fn name_folder(&mut self, folder: String) {
        if !is_solution_root(&folder)
            && let Some(root) = solution_root(&folder)
        {
            self.surround(&root, Depth::All);
        }
        self.add(&folder, Depth::All);
        self.named_folders.push(folder);
    }

    fn name_file(&mut self, file: String) {
        let folder = folder_or_root(&file).to_owned();
        match solution_root(&folder) {
            Some(root) => self.surround(&root, Depth::All),
            None => self.surround(&folder, Depth::Direct),
        }
        self.files.insert(file.clone());
        self.named_files.insert(file);
    }

    /// Adds a folder with the project around it: the nearest folder with a configuration or a repository. Where there is
    /// none, a solution's neighbours are read, because its deployment settings often lie beside it.
    fn surround(&mut self, folder: &str, depth: Depth) {
        match ancestors(folder).find(|folder| is_project(folder)) {
            Some(project) => self.add(project, Depth::All),
            None if depth == Depth::All => self.add(folder_or_root(folder), Depth::Direct),
            None => {}
        }
        self.add(folder, depth);
    }

    fn add(&mut self, folder: &str, depth: Depth) {
        let known = self.folders.entry(folder.to_owned()).or_insert(depth);
        if depth == Depth::All {
            *known = Depth::All;
        }
    }

    /// Adds the configurations that lie above what is read.
    fn find_configurations(&mut self) {
        let above = |folder: &String| {
            let path = ancestors(folder)
                .find(|folder| is_project(folder))
                .map(configuration_in)?;
            is_plain_file(&path).then_some(path)
        };
        let found: Vec<String> = self.folders.keys().filter_map(above).collect();
        self.files.extend(found);
    }
}

impl FileSystem for Scope {
    fn files(&self, folder: &str) -> Vec<FileEntry> {
        match self.folders.get(folder) {
            Some(Depth::Direct) => files_directly_in(folder),
            Some(Depth::All) => DiskFiles::default().files(folder),
            None => vec![FileEntry {
                path: folder.to_owned(),
                size: fs::metadata(folder).map_or(0, |m| m.len()),
            }],
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        DiskFiles::default().read(path)
    }

    fn is_file(&self, path: &str) -> bool {
        DiskFiles::default().is_file(path)
    }
}

/// The folder that holds the project of a path: the nearest one with a configuration or a repository.
#[must_use]
pub fn project_of(path: &str) -> Option<&str> {
    ancestors(folder_or_root(path)).find(|folder| is_project(folder))
}

fn plain_file(path: &Path, what: &str) -> Result<String, String> {
    let shown = plain::line(&path.to_string_lossy()).into_owned();
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no {what} `{shown}`"),
        _ => format!("the {what} `{shown}` cannot be read: {error}"),
    })?;
    if !metadata.is_file() {
        return Err(format!("the {what} `{shown}` is not a file"));
    }
    // What the user points at may be a link; the engine reads what it leads to.
    let target = fs::canonicalize(path)
        .ok()
        .filter(|_| fs::symlink_metadata(path).is_ok_and(|m| m.is_symlink()));
    engine_path(target.as_deref().unwrap_or(path)).ok_or_else(|| format!("the name `{shown}` is not valid text"))
}

/// The folder and those above it, up to the one that holds the repository.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let folder = next?;
        let parent = folder_or_root(folder);
        next = (parent.len() < folder.len() && !has_repository(folder)).then_some(parent);
        Some(folder)
    })
}

/// The folder part of an absolute path, which is never empty.
fn folder_or_root(path: &str) -> &str {
    match folder_of(path) {
        "" => path.get(..1).unwrap_or(path),
        folder => folder,
    }
}

fn has_repository(folder: &str) -> bool {
    // A file in worktrees and submodules.
    Path::new(&join(folder, ".git")).exists()
}

fn configuration_in(folder: &str) -> String {
    join(folder, CONFIGURATION_FILE)
}

fn is_plain_file(path: &str) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn is_project(folder: &str) -> bool {
    is_plain_file(&configuration_in(folder)) || has_repository(folder)
}

/// The nearest solution root at or above a folder.
fn solution_root(folder: &str) -> Option<String> {
    ancestors(folder)
        .find(|folder| is_solution_root(folder))
        .map(str::to_owned)
}

/// Whether a folder holds a solution in one of the two layouts, in any case of letters.
fn is_solution_root(folder: &str) -> bool {
    let is_other = |name: &str| name.eq_ignore_ascii_case("Other");
    if !is_other(name_of(folder)) {
        let [manifest, customizations] = manifest_and_customizations(folder);
        if manifest && customizations {
            return true;
        }
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut others = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_other));
    others.any(|other| {
        let path = engine_path(&other.path());
        path.is_some_and(|path| manifest_and_customizations(&path).contains(&true))
    })
}

/// Whether a folder holds a manifest, and whether it holds customizations.
fn manifest_and_customizations(folder: &str) -> [bool; 2] {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = [false; 2];
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
        let name = entry.file_name();
        found[0] |= name.eq_ignore_ascii_case("solution.xml");
        found[1] |= name.eq_ignore_ascii_case("customizations.xml");
    }
    found
}
