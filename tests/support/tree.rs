//! Where the repository and its sample are, and what can be done with trees of files.

use std::path::{Path, PathBuf};

use model::MemoryFiles;

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

/// The files below a folder.
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

/// Copies what is in a folder to another.
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

/// The files of a folder in memory, those that the engine reads.
pub fn files_in(folder: &Path) -> MemoryFiles {
    let mut paths = Vec::new();
    list(folder, &mut paths);
    let mut files = MemoryFiles::default();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        if model::files::kind_of(&name).is_some() {
            files.insert(format!("/{name}"), std::fs::read(&path).unwrap());
        }
    }
    files
}
