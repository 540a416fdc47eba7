//! The table of handlers. Each forwards to the main loop before it first waits, which keeps the order of messages.

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem, CallHierarchyOutgoingCall,
    CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, CodeActionParams, CodeActionResponse, CodeLens,
    CodeLensParams, CompletionItem, CompletionParams, CompletionResponse, DidChangeConfigurationParams,
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, DocumentFormattingParams,
    DocumentHighlight, DocumentHighlightParams, DocumentLink, DocumentLinkParams, DocumentSymbolParams,
    DocumentSymbolResponse, FoldingRange, FoldingRangeParams, GotoDefinitionParams, GotoDefinitionResponse, Hover,
    HoverParams, InitializeParams, InitializeResult, InitializedParams, InlayHint, InlayHintParams, Location,
    PrepareRenameResponse, ReferenceParams, RenameParams, SelectionRange, SelectionRangeParams,
    SemanticTokensDeltaParams, SemanticTokensFullDeltaResult, SemanticTokensParams, SemanticTokensRangeParams,
    SemanticTokensRangeResult, SemanticTokensResult, ServerInfo, SignatureHelp, SignatureHelpParams,
    TextDocumentPositionParams, TextEdit, WorkspaceEdit, WorkspaceSymbolParams, WorkspaceSymbolResponse,
};
use tower_lsp::{Client, LanguageServer};

use super::away::away;
use super::capabilities;
use super::client::ClientAbilities;
use super::convert;
use super::expressions::{self, Answer, Question};
use super::main_loop::{Event, Inbox, MainLoop};
use super::requests::{
    self, ApplyExpressionParams, ApplyExpressionResult, ExpressionParams, ExpressionResult, IdentityPlanParams,
    IdentityPlanResult,
};
use super::state::State;

/// Kind of the action that applies every safe fix of a file.
pub const FIX_ALL: &str = "source.fixAll.flowsentry";

/// Kind of the action that creates a first identity plan.
pub const CREATE_PLAN: &str = "source.identityPlan.flowsentry";

/// What the protocol library calls.
pub struct Backend {
    inbox: Inbox,
}

impl Backend {
    /// Starts the main loop for a client.
    pub fn new(client: Client) -> Self {
        Self {
            inbox: MainLoop::start(client),
        }
    }

    /// Has the main loop answer a request. A request that panics there is an error here, and nothing else.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> Result<T> {
        let (reply, answered) = oneshot::channel();
        self.inbox.send(Event::Request(Box::new(move |state| {
            // The asker may have given up; its answer is nobody's then.
            if !reply.is_closed() {
                let _ = reply.send(answer(state));
            }
        })));
        answered.await.map_err(|_| Error::internal_error())
    }

    /// Has the main loop answer a question that may be about an expression on its own.
    async fn ask_anywhere<Q, A>(
        &self,
        question: Q,
        answer: impl FnOnce(&mut State, &Q) -> Option<A> + Send + 'static,
    ) -> Result<Option<A>>
    where
        Q: Question + Send + 'static,
        A: Answer + Send + 'static,
    {
        self.ask(move |state| expressions::asked(state, &question, answer))
            .await
    }

    /// `flowsentry/expression`.
    pub async fn expression(&self, params: ExpressionParams) -> Result<ExpressionResult> {
        self.ask(move |state| requests::expression(state, &params)).await?
    }

    /// `flowsentry/applyExpression`.
    pub async fn apply_expression(&self, params: ApplyExpressionParams) -> Result<ApplyExpressionResult> {
        self.ask(move |state| requests::apply_expression(state, &params))
            .await?
    }

    /// `flowsentry/identityPlan`.
    pub async fn identity_plan(&self, params: IdentityPlanParams) -> Result<IdentityPlanResult> {
        let errand = self
            .ask(move |state| requests::identity_plan_errand(state, &params))
            .await??;
        let drafted = away(move |_| errand.run()).await?;
        self.ask(move |state| requests::identity_plan(state, drafted)).await?
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let encoding = convert::choose_encoding(&params.capabilities);
        let kind = convert::encoding_kind(encoding);
        let client = ClientAbilities::of(&params.capabilities);
        self.inbox.send(Event::Initialize(Box::new(params), encoding));
        Ok(InitializeResult {
            capabilities: capabilities::of(kind, client),
            server_info: Some(ServerInfo {
                name: "flowsentry".into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.inbox.send(Event::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        self.inbox.send(Event::Open(params));
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        self.inbox.send(Event::Change(params));
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.inbox.send(Event::Save(params));
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.inbox.send(Event::Close(params));
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        self.inbox.send(Event::Watched(params.changes));
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let settings = serde_json::to_value(params.settings).unwrap_or(Value::Null);
        self.inbox.send(Event::Settings(settings));
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        self.inbox.send(Event::Folders(params.event));
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        self.ask_anywhere(params, |state, params| requests::hover(state, params))
            .await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        self.ask_anywhere(params, requests::definition).await
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let document = params.text_document_position.text_document.uri.clone();
        let answer =
            |state: &mut State, params: &ReferenceParams| expressions::asked(state, params, requests::references);
        self.ask_over_files(document, params, requests::files_for_references, answer)
            .await
    }

    async fn document_highlight(&self, params: DocumentHighlightParams) -> Result<Option<Vec<DocumentHighlight>>> {
        self.ask_anywhere(params, |state, params| requests::highlight(state, params))
            .await
    }

    async fn prepare_rename(&self, params: TextDocumentPositionParams) -> Result<Option<PrepareRenameResponse>> {
        self.ask(move |state| requests::prepare_rename(state, &params)).await?
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let document = params.text_document_position.text_document.uri.clone();
        self.ask_over_files(document, params, requests::files_for_rename, requests::rename)
            .await?
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let offers = self
            .ask_anywhere(params, |state, params| requests::completion(state, params))
            .await?;
        Ok(offers.map(|offers| offers.into_response()))
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        // What the catalogue says needs no state, and no turn in the queue.
        Ok(requests::resolve_completion(item))
    }

    async fn signature_help(&self, params: SignatureHelpParams) -> Result<Option<SignatureHelp>> {
        self.ask_anywhere(params, |state, params| requests::signature_help(state, params))
            .await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.ask_anywhere(params, |state, params| requests::code_actions(state, params))
            .await
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.ask(move |state| requests::formatting(state, &params)).await
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.ask(move |state| requests::document_symbols(state, &params)).await
    }

    async fn symbol(&self, params: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        self.read_flow_names().await?;
        self.ask(move |state| Some(requests::workspace_symbols(state, &params)))
            .await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.ask(move |state| requests::folding_ranges(state, &params)).await
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        self.ask_anywhere(params, |state, params| requests::selection_ranges(state, params))
            .await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.ask(move |state| requests::document_links(state, &params)).await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        self.ask(move |state| requests::prepare_call_hierarchy(state, &params))
            .await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        self.ask(move |state| requests::incoming_calls(state, &params)).await
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.ask(move |state| requests::outgoing_calls(state, &params)).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.ask(move |state| requests::code_lenses(state, &params)).await
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.ask(move |state| requests::inlay_hints(state, &params)).await
    }

    async fn semantic_tokens_full(&self, params: SemanticTokensParams) -> Result<Option<SemanticTokensResult>> {
        self.ask(move |state| requests::semantic_tokens(state, &params)).await
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        self.ask(move |state| requests::semantic_tokens_delta(state, &params))
            .await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        self.ask(move |state| requests::semantic_tokens_range(state, &params))
            .await
    }
}
