//! The disk, as the engine sees it.
//!
//! Paths are absolute and use `/`. What git ignores is left out, links are never followed, only plain files are read,
//! and never more of one than the engine would parse.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use ignore::{DirEntry, WalkBuilder};
use model::files::resolve;
use model::reading::MAX_FILE_BYTES;
use model::{FileEntry, FileSystem, ReadError};

/// Folders that hold no source of a solution, whatever git thinks of them.
const EXCLUDED_FOLDERS: [&str; 4] = [".git", "node_modules", "bin", "obj"];

/// The files on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskFiles {}

impl FileSystem for DiskFiles {
    /// Every plain file below `folder`; a `folder` that is a plain file itself is its own only entry.
    fn files(&self, folder: &str) -> Vec<FileEntry> {
        let mut walk = WalkBuilder::new(folder);
        walk.hidden(false)
            .ignore(false)
            .follow_links(false)
            .filter_entry(|entry| !is_excluded(entry));
        // Folders that may not be read are passed over: what lies in them is as good as absent.
        let mut found: Vec<FileEntry> = walk.build().flatten().filter_map(|entry| listed(&entry)).collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        read(Path::new(path)).map_err(|error| ReadError(words(&error)))
    }

    fn is_file(&self, path: &str) -> bool {
        fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file())
    }
}

/// The files that lie directly in a folder.
#[must_use]
pub fn files_directly_in(folder: &str) -> Vec<FileEntry> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<FileEntry> = entries
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(FileEntry {
                path: engine_path(&entry.path())?,
                size: metadata.len(),
            })
        })
        .collect();
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// A path as the engine writes it: absolute, with `/`, without `.` and `..`. `None` for names that are no text.
#[must_use]
pub fn engine_path(path: &Path) -> Option<String> {
    let absolute = std::path::absolute(path).ok()?;
    let text = absolute.to_str()?;
    if !cfg!(windows) {
        let resolved = resolve("", text);
        return Some(if resolved.is_empty() {
            "/".to_owned()
        } else {
            trimmed(resolved)
        });
    }
    let text = text.strip_prefix(r"\\?\").unwrap_or(text).replace('\\', "/");
    // A drive letter has two spellings; editors use either.
    let mut text = trimmed(resolve("", &text));
    if text.as_bytes().get(1) == Some(&b':') {
        text[..1].make_ascii_uppercase();
    }
    Some(text)
}

fn trimmed(mut path: String) -> String {
    while path.len() > 1 && path.ends_with('/') {
        path.pop();
    }
    path
}

fn is_excluded(entry: &DirEntry) -> bool {
    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
    // A folder that the user named is read, whatever it is called.
    is_folder
        && entry.depth() > 0
        && EXCLUDED_FOLDERS
            .iter()
            .any(|name| entry.file_name().eq_ignore_ascii_case(name))
}

fn listed(entry: &DirEntry) -> Option<FileEntry> {
    if !entry.file_type().is_some_and(|kind| kind.is_file()) {
        return None;
    }
    let path = entry.path().to_str()?;
    let path = if cfg!(windows) {
        engine_path(entry.path())?
    } else {
        path.to_owned()
    };
    Some(FileEntry {
        path,
        size: entry.metadata().ok()?.len(),
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"));
    }
    let (bytes, whole) = read_once(path)?;
    if whole {
        return Ok(bytes);
    }
    // Somebody is writing it. A second look is usually enough, and a third would be a race of its own.
    Ok(read_once(path)?.0)
}

/// The file's bytes, and whether they are as many as the file held when it was opened.
fn read_once(path: &Path) -> io::Result<(Vec<u8>, bool)> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_FILE_BYTES {
        let reason = format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    let whole = bytes.len() as u64 == size;
    Ok((bytes, whole))
}

/// An error in words that go on from "could not be read:".
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is gone".to_owned(),
        io::ErrorKind::PermissionDenied => "the permission to read it is missing".to_owned(),
        _ => error.to_string(),
    }
}
