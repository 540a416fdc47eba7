//! How files come in: ids, kinds, and the one trait through which the engine sees a file system.
//!
//! Nothing below the program does IO. A host (the command, the language server, a test, one day a browser) hands in
//! paths and bytes; paths use `/`, are absolute in whatever sense the host likes, and compare as text.

use std::fmt;

/// A file of the workspace. Ids are never reused while a workspace lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// One file of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Path with `/`.
    pub path: String,
    /// Size in bytes when it was listed.
    pub size: u64,
}

/// Why a file could not be read, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError(pub String);

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The files below the folders a host was asked to look at, excludes already applied and links not followed.
pub trait FileSystem {
    /// Every file below `folder`, sorted by path.
    fn files(&self, folder: &str) -> Vec<FileEntry>;
    /// The bytes of one file.
    ///
    /// # Errors
    /// When the file is gone, is not a plain file or may not be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
    /// Whether `path` is a plain file now.
    fn is_file(&self, path: &str) -> bool;
}

/// A file system in memory, for tests and embedding.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: std::collections::BTreeMap<String, Vec<u8>>,
}

impl MemoryFiles {
    /// Adds or replaces a file.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Removes a file; says whether it was there.
    pub fn remove(&mut self, path: &str) -> bool {
        self.files.remove(path).is_some()
    }
}

impl FileSystem for MemoryFiles {
    fn files(&self, folder: &str) -> Vec<FileEntry> {
        let inside = |path: &str| folder.is_empty() || is_below(path, folder);
        let entry = |(path, bytes): (&String, &Vec<u8>)| FileEntry {
            path: path.clone(),
            size: bytes.len() as u64,
        };
        self.files.iter().filter(|(path, _)| inside(path)).map(entry).collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| ReadError("no such file".into()))
    }

    fn is_file(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// Whether `path` is `folder` or lies below it.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folder part of a path; empty for a bare name.
#[must_use]
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
#[must_use]
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `folder` and `name` as one path.
#[must_use]
pub fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        _ if folder.ends_with('/') => format!("{folder}{name}"),
        _ => format!("{folder}/{name}"),
    }
}

/// `relative` seen from `folder`: `./` and `../` are resolved by text, an absolute path stays.
#[must_use]
pub fn resolve(folder: &str, relative: &str) -> String {
    let relative = relative.replace('\\', "/");
    let absolute = relative.starts_with('/') || relative.as_bytes().get(1) == Some(&b':');
    let full = if absolute { relative } else { join(folder, &relative) };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// What a file is to the engine, as far as its path tells; content decides the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// `Other/Solution.xml` or `solution.xml`: the manifest.
    Manifest,
    /// `Other/Customizations.xml` or `customizations.xml`.
    Customizations,
    /// `Workflows/*.json`, or a JSON file elsewhere that holds a workflow definition.
    Flow,
    /// `Workflows/*.data.xml`: name, state and id of a workflow.
    WorkflowMetadata,
    /// `environmentvariabledefinition.xml`.
    VariableDefinition,
    /// `Entities/<table>/Entity.xml`: the definition of a table.
    Table,
    /// `Roles/*.xml`: a security role.
    Role,
    /// `environmentvariablevalues.json`.
    VariableValues,
    /// An app or an agent, which name the flows they call: `botcomponents/<name>/data`, the sets of agents in `Assets/`,
    /// `CanvasApps/*.meta.xml`.
    Caller,
    /// A JSON file that may be deployment settings; content decides.
    Json,
    /// `flowsentry.jsonc`.
    Configuration,
}

/// Name of the project's configuration file.
pub const CONFIGURATION_FILE: &str = "flowsentry.jsonc";

/// The kind a path suggests; `None` for files the engine has no use for.
#[must_use]
pub fn kind_of(path: &str) -> Option<FileKind> {
    let name = name_of(path);
    let folder = name_of(folder_of(path));
    let is = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    if is(name, CONFIGURATION_FILE) {
        return Some(FileKind::Configuration);
    }
    if is(name, "solution.xml") {
        return Some(FileKind::Manifest);
    }
    if is(name, "customizations.xml") {
        return Some(FileKind::Customizations);
    }
    if is(name, "environmentvariabledefinition.xml") {
        return Some(FileKind::VariableDefinition);
    }
    if is(name, "environmentvariablevalues.json") {
        return Some(FileKind::VariableValues);
    }
    let lower_end = |end: &str| {
        name.len() >= end.len() && name.as_bytes()[name.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
    };
    if is(name, "entity.xml") && is(above(path), "entities") {
        return Some(FileKind::Table);
    }
    if lower_end(".xml") && (is(folder, "roles") || is(above(path), "roles")) {
        return Some(FileKind::Role);
    }
    let in_set = || is(name, "botcomponent_workflowset.xml") || is(name, "botcomponent_connectionreferenceset.xml");
    if is(name, "data") && is(above(path), "botcomponents")
        || is(folder, "assets") && in_set()
        || is(folder, "canvasapps") && lower_end(".meta.xml")
    {
        return Some(FileKind::Caller);
    }
    if is(folder, "workflows") {
        if lower_end(".data.xml") {
            return Some(FileKind::WorkflowMetadata);
        }
        if lower_end(".json") {
            return Some(FileKind::Flow);
        }
        return None;
    }
    lower_end(".json").then_some(FileKind::Json)
}

/// The name of the folder above a file's folder.
fn above(path: &str) -> &str {
    name_of(folder_of(folder_of(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_layouts() {
        assert_eq!(kind_of("/a/Other/Solution.xml"), Some(FileKind::Manifest));
        assert_eq!(kind_of("/a/solution.xml"), Some(FileKind::Manifest));
        assert_eq!(kind_of("/a/workflows/F-1.json"), Some(FileKind::Flow));
        assert_eq!(
            kind_of("/a/Workflows/F-1.json.data.xml"),
            Some(FileKind::WorkflowMetadata)
        );
        assert_eq!(
            kind_of("/a/Workflows/F-1.xaml.data.xml"),
            Some(FileKind::WorkflowMetadata)
        );
        assert_eq!(kind_of("/a/Workflows/F-1.xaml"), None);
        assert_eq!(kind_of("/a/config/deploymentSettings.json"), Some(FileKind::Json));
        assert_eq!(kind_of("/a/Entities/con_Report/Entity.xml"), Some(FileKind::Table));
        assert_eq!(kind_of("/a/Entities/con_Report/FormXml/main/{1}.xml"), None);
        assert_eq!(kind_of("/a/Roles/Expense flows.xml"), Some(FileKind::Role));
        for caller in [
            "Assets/botcomponent_workflowset.xml",
            "CanvasApps/con_app.meta.xml",
            "botcomponents/con_a.b/data",
        ] {
            assert_eq!(kind_of(&format!("/a/{caller}")), Some(FileKind::Caller));
        }
        assert_eq!(kind_of("/a/botcomponents/con_a/botcomponent.xml"), None);
        assert_eq!(kind_of("/a/readme.md"), None);
    }

    #[test]
    fn paths_resolve_by_text() {
        assert_eq!(resolve("/a/b", "../c/./d.json"), "/a/c/d.json");
        assert_eq!(resolve("/a/b", "/x"), "/x");
        assert_eq!(resolve("C:/a", "D:\\x"), "D:/x");
        assert!(is_below("/a/b/c", "/a/b") && is_below("/a/b", "/a/b/") && !is_below("/a/bc", "/a/b"));
    }
}
