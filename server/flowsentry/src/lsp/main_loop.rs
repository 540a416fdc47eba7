//! The one thread that owns all state. It takes messages in the order they came and never waits for the editor.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;
use syntax::ColumnUnit;
use tower_lsp::Client;
use tower_lsp::ls_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    FileEvent, InitializeParams, MessageType, WorkspaceFoldersChangeEvent,
};

use super::outbox::Outbox;
use super::requests;
use super::state::{LoadedWorkspace, State};

/// A request, as what is to be done with the state.
pub type Request = Box<dyn FnOnce(&mut State) + Send>;

/// A message to the loop.
pub enum Event {
    /// The editor's capabilities and folders, and the agreed unit of columns.
    Initialize(Box<InitializeParams>, ColumnUnit),
    /// The editor is ready to be talked to.
    Initialized,
    /// A document was opened.
    Open(DidOpenTextDocumentParams),
    /// A document was edited.
    Change(DidChangeTextDocumentParams),
    /// A document was saved.
    Save(DidSaveTextDocumentParams),
    /// A document was closed.
    Close(DidCloseTextDocumentParams),
    /// Files changed on disk.
    Watched(Vec<FileEvent>),
    /// The settings changed.
    Settings(Value),
    /// Folders came or went.
    Folders(WorkspaceFoldersChangeEvent),
    /// A reading of the workspace is done.
    Loaded(Box<LoadedWorkspace>),
    /// A reading of this generation failed.
    LoadFailed(u64),
    /// A question.
    Request(Request),
}

/// The way in. Clones share one queue.
#[derive(Clone)]
pub struct Inbox(Sender<Event>);

impl Inbox {
    /// Sends without waiting.
    pub fn send(&self, event: Event) {
        // The loop ends only with the process.
        let _ = self.0.send(event);
    }
}

/// The loop.
pub struct MainLoop {
    state: State,
    outbox: Outbox,
    receiver: Receiver<Event>,
    waiting: VecDeque<Event>,
}

impl MainLoop {
    /// Starts the loop on a thread of its own; must be called where a runtime runs.
    pub fn start(client: Client) -> Inbox {
        let (sender, receiver) = channel();
        let inbox = Inbox(sender);
        let outbox = Outbox::start(client);
        let state = State::new(outbox.clone(), inbox.clone());
        let this = Self {
            state,
            outbox,
            receiver,
            waiting: VecDeque::new(),
        };
        // A flow may nest 512 levels, and the standard two MiB are the main thread's only.
        let started = std::thread::Builder::new()
            .name("main-loop".into())
            .stack_size(16 << 20)
            .spawn(move || this.run());
        drop(started);
        inbox
    }

    fn run(mut self) {
        while let Some(event) = self.next() {
            let handled = catch_unwind(AssertUnwindSafe(|| self.handle(event)));
            if handled.is_err() {
                self.outbox.log(
                    MessageType::ERROR,
                    "Flow Sentry met a defect of its own and goes on. Please report it with the steps that led here.",
                );
            }
        }
    }

    fn next(&mut self) -> Option<Event> {
        self.take_all();
        self.waiting.pop_front().or_else(|| self.receiver.recv().ok())
    }

    fn take_all(&mut self) {
        self.waiting.extend(self.receiver.try_iter());
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Change(params) => {
                self.state.change(params);
                self.take_all();
                // Keys typed faster than they are checked are checked together: the last version is what counts.
                if !matches!(self.waiting.front(), Some(Event::Change(_))) {
                    self.state.settle();
                }
            }
            Event::Request(answer) => {
                self.state.settle();
                answer(&mut self.state);
            }
            Event::Initialize(params, unit) => self.state.initialize(&params, unit),
            Event::Initialized => {
                if self.state.client().registers_formatting {
                    self.outbox.register(requests::formatting_registration());
                }
                self.state.load();
            }
            Event::Open(params) => self.state.open(params),
            Event::Save(params) => self.state.save(&params),
            Event::Close(params) => self.state.close(&params),
            Event::Watched(changes) => self.state.watched(&changes),
            Event::Settings(value) => self.state.settings(&value),
            Event::Folders(change) => self.state.folders(&change),
            Event::Loaded(loaded) => self.state.loaded(*loaded),
            Event::LoadFailed(generation) => self.state.load_failed(generation),
        }
        self.state.publish();
    }
}
