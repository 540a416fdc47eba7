//! The value itself.

use std::collections::BTreeMap;

use model::{FileId, Workspace};
use syntax::{Span, TextEdit};

/// Edits of one file, in offsets of its text without the byte order mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub file: FileId,
    /// Its edits, which do not overlap.
    pub edits: Vec<TextEdit>,
}

/// A file to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it begins with a byte order mark.
    pub bom: bool,
}

/// A change that may span files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceEdit {
    /// Files that change.
    pub files: Vec<FileEdit>,
    /// Files that appear.
    pub new_files: Vec<NewFile>,
    /// Files that go.
    pub gone: Vec<FileId>,
    /// Files to store again in UTF-8 without a byte order mark, whatever else changes in them. Only who writes bytes can
    /// do that: an editor's protocol knows no encodings, so there such a change is left out.
    pub convert_to_utf8: Vec<FileId>,
}

impl WorkspaceEdit {
    /// A change of one place.
    #[must_use]
    pub fn replace(file: FileId, span: Span, new_text: impl Into<String>) -> Self {
        let mut edit = Self::default();
        edit.push(
            file,
            TextEdit {
                span,
                new_text: new_text.into(),
            },
        );
        edit
    }

    /// Adds a change of one place.
    pub fn push(&mut self, file: FileId, edit: TextEdit) {
        match self.files.iter_mut().find(|f| f.file == file) {
            Some(found) => found.edits.push(edit),
            None => self.files.push(FileEdit {
                file,
                edits: vec![edit],
            }),
        }
    }

    /// Adds all of another change.
    pub fn extend(&mut self, other: Self) {
        for file in other.files {
            for edit in file.edits {
                self.push(file.file, edit);
            }
        }
        self.new_files.extend(other.new_files);
        self.gone.extend(other.gone);
        self.convert_to_utf8.extend(other.convert_to_utf8);
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.new_files.is_empty() && self.gone.is_empty() && self.convert_to_utf8.is_empty()
    }

    /// The paths of the files that go.
    pub fn gone_paths<'w>(&self, workspace: &'w Workspace) -> impl Iterator<Item = &'w str> {
        self.gone.iter().filter_map(|id| Some(&*workspace.get(*id)?.path))
    }

    /// The new text of every file that changes, is stored anew or appears, by path; `None` where edits overlap or a text
    /// is missing.
    #[must_use]
    pub fn apply(
        &self,
        workspace: &Workspace,
        text_of: impl Fn(&str) -> Option<String>,
    ) -> Option<BTreeMap<String, String>> {
        let mut result = BTreeMap::new();
        for file in &self.files {
            let path = workspace.get(file.file)?.path.to_string();
            let text = text_of(&path)?;
            result.insert(path, syntax::edit::apply(&text, &file.edits)?);
        }
        for file in &self.convert_to_utf8 {
            let path = workspace.get(*file)?.path.to_string();
            if let std::collections::btree_map::Entry::Vacant(entry) = result.entry(path) {
                let text = text_of(entry.key())?;
                entry.insert(text);
            }
        }
        for file in &self.new_files {
            result.insert(file.path.clone(), file.text.clone());
        }
        Some(result)
    }
}
