//! What the server tells the editor, in order, without anybody waiting for the editor.

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tower_lsp::Client;
use tower_lsp::ls_types::notification::{LogMessage, Notification, Progress, PublishDiagnostics};
use tower_lsp::ls_types::{
    LogMessageParams, MessageType, NumberOrString, ProgressParams, ProgressParamsValue, ProgressToken,
    PublishDiagnosticsParams, WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressEnd, WorkDoneProgressReport,
};

enum Message {
    Diagnostics(PublishDiagnosticsParams),
    Log(MessageType, String),
    CreateProgress(ProgressToken),
    Progress(ProgressParams),
    Status(StatusParams),
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
pub struct Outbox(UnboundedSender<Message>);

impl Outbox {
    /// Starts the task that empties the queue; must be called where a runtime runs.
    pub fn start(client: Client) -> Self {
        let (sender, mut receiver) = unbounded_channel();
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
                    Message::Progress(params) => client.send_notification::<Progress>(params).await,
                    Message::Status(params) => client.send_notification::<Status>(params).await,
                }
            }
        });
        Self(sender)
    }

    fn send(&self, message: Message) {
        // The queue is closed only when the runtime is going down, and then nobody listens.
        let _ = self.0.send(message);
    }

    /// Publishes the findings of a document.
    pub fn publish(&self, params: PublishDiagnosticsParams) {
        self.send(Message::Diagnostics(params));
    }

    /// Writes to the editor's output channel.
    pub fn log(&self, kind: MessageType, message: impl Into<String>) {
        self.send(Message::Log(kind, message.into()));
    }

    /// Says what the server is doing.
    pub fn status(&self, status: StatusParams) {
        self.send(Message::Status(status));
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
