//! What the server tells the editor, in order, without anybody waiting for the editor.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tower_lsp::Client;
use tower_lsp::ls_types::notification::{LogMessage, Notification, Progress, PublishDiagnostics};
use tower_lsp::ls_types::{
    LogMessageParams, MessageType, NumberOrString, ProgressParams, ProgressParamsValue, ProgressToken,
    PublishDiagnosticsParams, Registration, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd,
    WorkDoneProgressReport,
};

enum Message {
    Diagnostics(PublishDiagnosticsParams),
    Log(MessageType, String),
    CreateProgress(ProgressToken),
    Progress(ProgressParams),
    Status(StatusParams),
    Refresh,
    Register(Registration),
}

/// How long changes are gathered before the editor is told to ask again for what it shows.
const GATHERING: Duration = Duration::from_millis(250);

/// What the editor is to ask for again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refresh {
    /// Code lenses.
    pub lenses: bool,
    /// Inlay hints.
    pub hints: bool,
    /// Semantic tokens.
    pub tokens: bool,
}

impl Refresh {
    async fn send(self, client: Client) {
        // The answers say nothing, and one that never comes holds up nobody: this runs apart.
        if self.lenses {
            let _ = client.code_lens_refresh().await;
        }
        if self.hints {
            let _ = client.inlay_hint_refresh().await;
        }
        if self.tokens {
            let _ = client.semantic_tokens_refresh().await;
        }
    }
}

/// Tells the editor's status item what the server is doing. A notification of our own; clients that do not know it
/// ignore it.
pub enum Status {}

impl Notification for Status {
    type Params = StatusParams;
    const METHOD: &'static str = "flowsentry/status";
}

/// What the server is doing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusParams {
    /// `reading` or `ready`.
    pub state: String,
    /// Solutions in the workspace.
    pub solutions: usize,
    /// Flows in the workspace.
    pub flows: usize,
}

/// The way out. Clones share one queue.
#[derive(Clone)]
pub struct Outbox {
    sender: UnboundedSender<Message>,
    /// What is to be refreshed once the gathering is over; `None` while there is nothing.
    refresh: Arc<Mutex<Option<Refresh>>>,
}

impl Outbox {
    /// Starts the task that empties the queue; must be called where a runtime runs.
    pub fn start(client: Client) -> Self {
        let (sender, mut receiver) = unbounded_channel();
        let refresh: Arc<Mutex<Option<Refresh>>> = Arc::default();
        let due = Arc::clone(&refresh);
        tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                match message {
                    Message::Diagnostics(params) => client.send_notification::<PublishDiagnostics>(params).await,
                    Message::Log(typ, message) => {
                        client
                            .send_notification::<LogMessage>(LogMessageParams { typ, message })
                            .await
                    }
                    // The answer is not awaited: a client that never gives one must not stop the queue.
                    Message::CreateProgress(token) => {
                        let client = client.clone();
                        tokio::spawn(async move { client.create_work_done_progress(token).await });
                    }
                    Message::Register(registration) => {
                        let client = client.clone();
                        tokio::spawn(async move { client.register_capability(vec![registration]).await });
                    }
                    Message::Progress(params) => client.send_notification::<Progress>(params).await,
                    Message::Status(params) => client.send_notification::<Status>(params).await,
                    Message::Refresh => {
                        let (client, due) = (client.clone(), Arc::clone(&due));
                        tokio::spawn(async move {
                            tokio::time::sleep(GATHERING).await;
                            let refresh = due.lock().unwrap_or_else(PoisonError::into_inner).take();
                            refresh.unwrap_or_default().send(client).await;
                        });
                    }
                }
            }
        });
        Self { sender, refresh }
    }

    fn send(&self, message: Message) {
        // The queue is closed only when the runtime is going down, and then nobody listens.
        let _ = self.sender.send(message);
    }

    /// Publishes the findings of a document.
    pub fn publish(&self, params: PublishDiagnosticsParams) {
        self.send(Message::Diagnostics(params));
    }

    /// Writes to the editor's output channel.
    pub fn log(&self, kind: MessageType, message: impl Into<String>) {
        self.send(Message::Log(kind, message.into()));
    }

    /// Tells the editor of something that the server can do.
    pub fn register(&self, registration: Registration) {
        self.send(Message::Register(registration));
    }

    /// Says what the server is doing.
    pub fn status(&self, status: StatusParams) {
        self.send(Message::Status(status));
    }

    /// Has the editor ask again for what it shows, soon: what comes in quick succession is one such wish.
    pub fn refresh(&self, wanted: Refresh) {
        let mut due = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        if due.is_none() {
            self.send(Message::Refresh);
        }
        let due = due.get_or_insert_default();
        due.lenses |= wanted.lenses;
        due.hints |= wanted.hints;
        due.tokens |= wanted.tokens;
    }

    /// Opens a progress display.
    pub fn begin(&self, token: i32, title: &str) {
        self.send(Message::CreateProgress(NumberOrString::Number(token)));
        let begin = WorkDoneProgressBegin {
            title: title.to_owned(),
            percentage: Some(0),
            ..WorkDoneProgressBegin::default()
        };
        self.progress(token, WorkDoneProgress::Begin(begin));
    }

    /// Moves a progress display.
    pub fn report(&self, token: i32, message: String, percentage: u32) {
        let report = WorkDoneProgressReport {
            message: Some(message),
            percentage: Some(percentage),
            cancellable: None,
        };
        self.progress(token, WorkDoneProgress::Report(report));
    }

    /// Closes a progress display.
    pub fn end(&self, token: i32, message: String) {
        self.progress(
            token,
            WorkDoneProgress::End(WorkDoneProgressEnd { message: Some(message) }),
        );
    }

    fn progress(&self, token: i32, value: WorkDoneProgress) {
        let value = ProgressParamsValue::WorkDone(value);
        self.send(Message::Progress(ProgressParams {
            token: NumberOrString::Number(token),
            value,
        }));
    }
}
