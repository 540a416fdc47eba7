//! What the server knows: the project, the open documents and what the editor has been shown.

mod loading;
mod publishing;

use ide::symbols::{FlowNames, NameList};
use model::{Facts, FileId, FileSystem};
use rules::Project;
use rules::project::Errand;
use rustc_hash::FxHashMap;
use serde_json::Value;
use syntax::ColumnUnit;
use tower_lsp::ls_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    FileEvent, InitializeParams, MessageType, SemanticToken, TextDocumentPositionParams, Uri,
    WorkspaceFoldersChangeEvent,
};

pub use self::loading::LoadedWorkspace;
use super::client::ClientAbilities;
use super::convert;
use super::expressions::Expressions;
use super::expressions::uri::is_expression;
use super::main_loop::Inbox;
use super::outbox::Outbox;
use super::settings::{Settings, ViewSettings};
use crate::files::DiskFiles;

/// A document the editor holds open.
struct OpenDocument {
    uri: Uri,
    version: i32,
    /// `None` when the document is none of the engine's.
    file: Option<FileId>,
    /// Whether its findings for this version are still to be published.
    unpublished: bool,
    /// Whether edits came that the project has not analysed.
    stale: bool,
    /// The tokens the client has, by the name they were given.
    tokens: Option<(String, Vec<SemanticToken>)>,
}

/// All state of the server.
pub struct State {
    project: Project,
    unit: ColumnUnit,
    client: ClientAbilities,
    folders: Vec<String>,
    settings: Settings,
    /// Open documents by the engine's path.
    documents: FxHashMap<String, OpenDocument>,
    /// Documents whose shown findings are not none, with their URIs: to clear them when the file goes.
    shown: FxHashMap<FileId, Uri>,
    /// Counts readings of the workspace, so that one that was overtaken is dropped.
    generation: u64,
    /// Files that changed on disk while a reading was under way.
    missed: Vec<String>,
    loading: bool,
    /// Names inside closed flows, for the search in the workspace.
    flow_names: FlowNames,
    /// Counts the semantic tokens given out, to name them.
    token_results: u64,
    /// Open documents that hold one expression of a flow.
    expressions: Expressions,
    outbox: Outbox,
    inbox: Inbox,
}

impl State {
    /// The state before the editor has said anything.
    pub fn new(outbox: Outbox, inbox: Inbox) -> Self {
        Self {
            project: Project::default(),
            unit: ColumnUnit::Utf16,
            client: ClientAbilities::default(),
            folders: Vec::new(),
            settings: Settings::default(),
            documents: FxHashMap::default(),
            shown: FxHashMap::default(),
            generation: 0,
            missed: Vec::new(),
            loading: false,
            flow_names: FlowNames::default(),
            token_results: 0,
            expressions: Expressions::default(),
            outbox,
            inbox,
        }
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The project, for questions that read closed files again.
    pub fn project_mut(&mut self) -> &mut Project {
        &mut self.project
    }

    /// Open documents that hold one expression of a flow.
    pub fn expressions(&self) -> &Expressions {
        &self.expressions
    }

    /// The same, to be changed.
    pub fn expressions_mut(&mut self) -> &mut Expressions {
        &mut self.expressions
    }

    /// The way to the editor.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The file and the offset of a place that the client asks about.
    pub fn place(&self, at: &TextDocumentPositionParams) -> Option<(FileId, u32)> {
        let file = self.file(&at.text_document.uri)?;
        let offset = self.project.offset(file, convert::position(at.position), self.unit);
        Some((file, offset))
    }

    /// The agreed unit of columns.
    pub fn unit(&self) -> ColumnUnit {
        self.unit
    }

    /// What the client can do.
    pub fn client(&self) -> ClientAbilities {
        self.client
    }

    /// What is shown besides findings.
    pub fn views(&self) -> ViewSettings {
        self.settings.views
    }

    /// Names inside closed flows, as [`State::read_flow_names`] found them.
    pub fn flow_names(&self) -> &FlowNames {
        &self.flow_names
    }

    /// Closed flows whose names are not known, to be read on another thread.
    pub fn flow_names_errand(&self) -> Errand {
        self.project.errand(&self.flow_names.unknown(&self.project))
    }

    /// Takes names over that were read on another thread.
    pub fn take_flow_names(&mut self, names: Vec<(FileId, Facts, NameList)>) {
        self.flow_names.take(names);
    }

    /// Reads the names inside closed flows, as far as they are not known.
    pub fn read_flow_names(&mut self) {
        let (project, disk) = (&self.project, DiskFiles::default());
        self.flow_names.refresh(project, &|file| project.read_flow(&disk, file));
    }

    /// Keeps the tokens that a client is given, and names them.
    pub fn remember_tokens(&mut self, uri: &Uri, tokens: Vec<SemanticToken>) -> Option<String> {
        let document = self.documents.get_mut(&convert::path_of(uri))?;
        self.token_results += 1;
        let name = self.token_results.to_string();
        document.tokens = Some((name.clone(), tokens));
        Some(name)
    }

    /// The tokens of this name, if they are the last ones given.
    pub fn take_tokens(&mut self, uri: &Uri, name: &str) -> Option<Vec<SemanticToken>> {
        let document = self.documents.get_mut(&convert::path_of(uri))?;
        document
            .tokens
            .take()
            .filter(|(known, _)| known == name)
            .map(|(_, tokens)| tokens)
    }

    /// The file of a document.
    pub fn file(&self, uri: &Uri) -> Option<FileId> {
        self.project.workspace().id(&convert::path_of(uri))
    }

    /// The folder of the workspace that holds a path, the innermost one; the first where no path is given.
    pub fn folder_of(&self, path: Option<&str>) -> Option<&str> {
        let Some(path) = path else {
            return self.folders.first().map(String::as_str);
        };
        let around = self
            .folders
            .iter()
            .filter(|folder| model::files::is_below(path, folder));
        around.max_by_key(|folder| folder.len()).map(String::as_str)
    }

    /// The URI of a file: the editor's own spelling where it has the document open.
    pub fn uri(&self, file: FileId) -> Option<Uri> {
        let path = &*self.project.workspace().get(file)?.path;
        self.documents
            .get(path)
            .map(|document| document.uri.clone())
            .or_else(|| convert::uri_of(path))
    }

    /// The version of a file's open document.
    pub fn version(&self, file: FileId) -> Option<i32> {
        let path = &*self.project.workspace().get(file)?.path;
        self.documents.get(path).map(|document| document.version)
    }

    /// The version of an open document, be it a file or an expression.
    pub fn document_version(&self, uri: &Uri) -> Option<i32> {
        let document = self.documents.get(&convert::path_of(uri));
        document
            .map(|document| document.version)
            .or_else(|| self.expressions.version(uri))
    }

    /// Takes the editor's capabilities, folders and settings.
    #[expect(deprecated, reason = "`root_uri` is all that some clients send")]
    pub fn initialize(&mut self, params: &InitializeParams, unit: ColumnUnit) {
        self.unit = unit;
        self.client = ClientAbilities::of(&params.capabilities);
        let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
        self.folders = folders
            .filter(|uri| convert::is_file(uri))
            .map(convert::path_of)
            .collect();
        if self.folders.is_empty() {
            self.folders.extend(
                params
                    .root_uri
                    .as_ref()
                    .filter(|uri| convert::is_file(uri))
                    .map(convert::path_of),
            );
        }
        if let Some(options) = &params.initialization_options {
            let value = serde_json::to_value(options).unwrap_or(Value::Null);
            self.take_settings(&value);
        }
        self.project = self.empty_project();
    }

    /// Takes settings; gives the ones before.
    fn take_settings(&mut self, value: &Value) -> Settings {
        let (settings, wrong) = Settings::read(value);
        for message in wrong {
            self.outbox.log(MessageType::WARNING, message);
        }
        std::mem::replace(&mut self.settings, settings)
    }

    /// A document was opened.
    pub fn open(&mut self, params: DidOpenTextDocumentParams) {
        if is_expression(&params.text_document.uri) {
            return self.expressions.open(params);
        }
        let document = params.text_document;
        let path = convert::path_of(&document.uri);
        let untitled = !convert::is_file(&document.uri);
        // Some clients send the byte order mark along; the engine's texts have none.
        let text = document
            .text
            .strip_prefix('\u{feff}')
            .map(str::to_owned)
            .unwrap_or(document.text);
        let file = self.project.open(&path, text, untitled);
        let open = OpenDocument {
            uri: document.uri,
            version: document.version,
            file,
            unpublished: true,
            stale: false,
            tokens: None,
        };
        self.documents.insert(path, open);
    }

    /// A document was edited; [`State::settle`] analyses it.
    pub fn change(&mut self, params: DidChangeTextDocumentParams) {
        if is_expression(&params.text_document.uri) {
            return self.expressions.change(params, self.unit);
        }
        let path = convert::path_of(&params.text_document.uri);
        let Some(document) = self.documents.get_mut(&path) else {
            return;
        };
        document.version = params.text_document.version;
        document.unpublished = true;
        let Some(file) = document.file else { return };
        document.stale = true;
        for change in params.content_changes {
            let span = change
                .range
                .map(|range| convert::span(&self.project, file, range, self.unit));
            self.project.edit(file, span, &change.text);
        }
    }

    /// Brings findings up to the documents' texts.
    pub fn settle(&mut self) {
        let mut seen_elsewhere = false;
        for document in self.documents.values_mut().filter(|document| document.stale) {
            document.stale = false;
            if let Some(file) = document.file {
                seen_elsewhere |= self.project.analyse(file);
            }
        }
        if seen_elsewhere {
            self.refresh();
        }
    }

    /// A document was saved: a configuration that counts for everything is read anew.
    pub fn save(&mut self, params: &DidSaveTextDocumentParams) {
        if is_configuration(&convert::path_of(&params.text_document.uri)) {
            self.load();
        }
    }

    /// A document was closed: the disk counts again.
    pub fn close(&mut self, params: &DidCloseTextDocumentParams) {
        if self.expressions.close(&params.text_document.uri) {
            return self.clear(params.text_document.uri.clone());
        }
        let path = convert::path_of(&params.text_document.uri);
        let Some(document) = self.documents.remove(&path) else {
            return;
        };
        let Some(file) = document.file else { return };
        self.project.close(&path, &DiskFiles::default());
        self.refresh();
        if self.project.workspace().get(file).is_none() {
            self.shown.remove(&file);
            self.clear(document.uri);
        }
    }

    /// Files changed on disk.
    pub fn watched(&mut self, changes: &[FileEvent]) {
        let paths: Vec<String> = changes
            .iter()
            .filter(|c| convert::is_file(&c.uri))
            .map(|c| convert::path_of(&c.uri))
            .collect();
        if paths
            .iter()
            .any(|path| is_configuration(path) && !self.documents.contains_key(path))
        {
            return self.load();
        }
        if self.loading {
            self.missed.extend(paths);
            return;
        }
        // A folder that went takes all its files along, and one that came brings them.
        let disk = DiskFiles::default();
        let mut all = Vec::new();
        for path in paths {
            let below = self
                .project
                .workspace()
                .files()
                .filter(|(_, file)| model::files::is_below(&file.path, &path));
            all.extend(below.map(|(_, file)| file.path.to_string()));
            if !disk.is_file(&path) {
                all.extend(disk.files(&path).into_iter().map(|entry| entry.path));
            }
            all.push(path);
        }
        all.sort();
        all.dedup();
        self.project.reload(&disk, &all);
        self.refresh();
    }

    /// The settings changed.
    pub fn settings(&mut self, value: &Value) {
        // Clients that keep no settings of ours send null or nothing; that is no wish to reset them.
        let section = value.get("flowsentry").unwrap_or(value);
        if section.as_object().is_none_or(serde_json::Map::is_empty) {
            return;
        }
        let before = self.take_settings(value);
        let only_views = Settings {
            views: self.settings.views,
            ..before.clone()
        };
        if only_views != self.settings {
            self.load();
        } else if before != self.settings {
            self.refresh();
        }
    }

    /// Folders came or went.
    pub fn folders(&mut self, change: &WorkspaceFoldersChangeEvent) {
        let removed: Vec<String> = change
            .removed
            .iter()
            .map(|folder| convert::path_of(&folder.uri))
            .collect();
        self.folders.retain(|folder| !removed.contains(folder));
        let added = change
            .added
            .iter()
            .filter(|folder| convert::is_file(&folder.uri))
            .map(|folder| convert::path_of(&folder.uri));
        self.folders.extend(added);
        self.load();
    }
}

fn is_configuration(path: &str) -> bool {
    model::files::name_of(path).eq_ignore_ascii_case(model::files::CONFIGURATION_FILE)
}
