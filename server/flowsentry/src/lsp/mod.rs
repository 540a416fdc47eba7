//! The language server: one of the two doors to the engine.
//!
//! Handlers ([`server`]) only send: every message goes, in the order it came, to the one thread that owns all state
//! ([`main_loop`]). What goes back to the editor passes through the [`outbox`], so neither the handlers nor the loop
//! ever wait for the client. Bytes become protocol positions in [`convert`] and nowhere else.

mod away;
mod capabilities;
mod client;
mod convert;
mod diagnostics;
mod expressions;
mod main_loop;
mod outbox;
mod requests;
mod server;
mod settings;
mod state;

use std::process::ExitCode;

use tower_lsp::{LspService, Server};

/// Tower's default is four messages at a time, which would let a cancellation wait behind requests. Handlers only
/// forward, so nothing is gained by holding messages back.
const CONCURRENCY: usize = 1024;

/// Serves one editor over standard input and output until it leaves.
#[must_use]
pub fn run() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(_) => return ExitCode::from(2),
    };
    runtime.block_on(async {
        let (service, socket) = LspService::build(server::Backend::new)
            .custom_method("flowsentry/expression", server::Backend::expression)
            .custom_method("flowsentry/applyExpression", server::Backend::apply_expression)
            .custom_method("flowsentry/identityPlan", server::Backend::identity_plan)
            .finish();
        Server::new(tokio::io::stdin(), tokio::io::stdout(), socket)
            .concurrency_level(CONCURRENCY)
            .serve(service)
            .await;
    });
    // A read of standard input may still be under way on another thread; it must not keep the process.
    runtime.shutdown_background();
    ExitCode::SUCCESS
}
