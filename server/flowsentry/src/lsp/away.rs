//! Questions over many closed files: the files are read on a thread of their own while the main loop goes on with keys.
//!
//! The main loop says which files, then hears of it again when they have been read. Who gives up in between, as editors do
//! on the next key, stops the reading; and where the document has been edited, the places asked about are no more.

use std::sync::Arc;

use ide::symbols::NameList;
use model::FileId;
use rules::project::{Errand, Fetched};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::Uri;

use super::server::Backend;
use super::state::State;
use crate::files::DiskFiles;

/// Fewer files than this are read in place: that takes less than a key.
const FEW: usize = 4;
/// A flow may nest 512 levels, for which the standard stack of a thread is small.
const STACK: usize = 16 << 20;

enum Step<T> {
    Answered(T),
    Away(Errand, Option<i32>),
}

impl Backend {
    /// Has the main loop answer a question about a document, for which it may need the files that `needed` names.
    pub(super) async fn ask_over_files<Q, T>(
        &self,
        document: Uri,
        question: Q,
        needed: impl FnOnce(&mut State, &Q) -> Vec<FileId> + Send + 'static,
        answer: impl Fn(&mut State, &Q) -> T + Clone + Send + 'static,
    ) -> Result<T>
    where
        Q: Send + Sync + 'static,
        T: Send + 'static,
    {
        let question = Arc::new(question);
        let step = {
            let (question, answer, document) = (Arc::clone(&question), answer.clone(), document.clone());
            self.ask(move |state| {
                let needed = needed(state, &question);
                let errand = state.project().errand(&needed);
                if errand.len() < FEW {
                    Step::Answered(answer(state, &question))
                } else {
                    Step::Away(errand, state.document_version(&document))
                }
            })
            .await?
        };
        let (errand, version) = match step {
            Step::Answered(answer) => return Ok(answer),
            Step::Away(errand, version) => (errand, version),
        };
        let fetched = away(move |given_up| errand.run(&DiskFiles::default(), given_up)).await?;
        self.ask(move |state| {
            if state.document_version(&document) != version {
                return Err(content_modified());
            }
            state.project_mut().keep(fetched);
            let answer = answer(state, &question);
            state.project_mut().keep(Fetched::default());
            Ok(answer)
        })
        .await?
    }

    /// Has the names inside closed flows read, as far as they are not known.
    pub(super) async fn read_flow_names(&self) -> Result<()> {
        let errand = self.ask(|state| state.flow_names_errand()).await?;
        if errand.len() < FEW {
            return Ok(());
        }
        let gather = move |given_up: &(dyn Fn() -> bool + Sync)| {
            errand.gather(&DiskFiles::default(), given_up, &|flow| NameList::of(flow.body()))
        };
        let names = away(gather).await?;
        self.ask(move |state| state.take_flow_names(names)).await
    }
}

/// Works on a thread of its own. What it is given says whether nobody waits any more.
pub(super) async fn away<T: Send + 'static>(
    work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> T + Send + 'static,
) -> Result<T> {
    let (reply, done) = oneshot::channel();
    let thread = std::thread::Builder::new().name("errand".into()).stack_size(STACK);
    let started = thread.spawn(move || {
        let made = work(&|| reply.is_closed());
        // The asker may have given up; the answer is nobody's then.
        let _ = reply.send(made);
    });
    started.map_err(|_| Error::internal_error())?;
    done.await.map_err(|_| Error::internal_error())
}

/// The document was edited since it was asked about: editors ask again or let it be, and show no error.
fn content_modified() -> Error {
    Error {
        code: ErrorCode::ServerError(-32801),
        message: "the document was edited meanwhile".into(),
        data: None,
    }
}
