//! Folders for a test, removed when it ends, and the sample in one of them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

/// The sample solution.
pub fn sample() -> PathBuf {
    root().join("tests/fixtures/contoso-expenses")
}

/// A folder of its own.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "flowsentry-test-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        // macOS's temporary folder is a link; the program names files by where they really are.
        Self(path.canonicalize().unwrap())
    }

    /// A folder with a copy of the sample.
    pub fn with_sample() -> Self {
        let this = Self::new();
        copy(&sample(), &this.0);
        this
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The file below the folder whose path holds `part`.
    pub fn find(&self, part: &str) -> PathBuf {
        let mut found = Vec::new();
        list(&self.0, &mut found);
        let fits = |path: &PathBuf| path.to_string_lossy().replace('\\', "/").contains(part);
        found.sort();
        found
            .into_iter()
            .find(fits)
            .unwrap_or_else(|| panic!("no file with {part} in its path"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn list(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, found)
        } else {
            found.push(path)
        }
    }
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
