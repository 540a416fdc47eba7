//! What the expression language makes of a string, remembered by the string itself.
//!
//! Expressions repeat, inside a flow, between flows and above all between two keystrokes. So the work that depends on
//! the text alone is done once per text: this is what makes reading a changed flow again cheap, and because nothing of
//! the place goes into the memory, a warm read and a fresh one cannot differ.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use expr::{CallIssue, ReferenceKinds, Template};
use rustc_hash::FxBuildHasher;

/// A string and what the expression language makes of it.
#[derive(Debug)]
pub struct StringInfo {
    /// The decoded text.
    pub text: Box<str>,
    /// Its parse.
    pub template: Template,
    /// The kinds of things it refers to, so that who looks for one kind need not look through every call.
    pub refers_to: ReferenceKinds,
    /// Unknown functions and wrong numbers of arguments.
    pub issues: Vec<CallIssue>,
}

impl StringInfo {
    fn new(text: &str) -> Self {
        let template = expr::parse(text);
        let issues = expr::check_calls(&template);
        Self {
            text: text.into(),
            refers_to: ReferenceKinds::of(&template),
            template,
            issues,
        }
    }
}

/// A memory of [`StringInfo`] by text, shared by all threads that read files.
///
/// It hands out `Arc`s only: no guard of the map outlives a call, so no caller can lock another out.
#[derive(Debug, Default)]
pub struct StringMemo {
    known: DashMap<Box<str>, Arc<StringInfo>, FxBuildHasher>,
    bytes: AtomicUsize,
}

/// Above this many bytes of text the memory starts anew; a bound, not a tuning knob.
const LIMIT: usize = 4 << 20;

impl StringMemo {
    /// The info of `text`, made now or earlier.
    #[must_use]
    pub fn get(&self, text: &str) -> Arc<StringInfo> {
        if let Some(info) = self.known.get(text) {
            return Arc::clone(&info);
        }
        let info = Arc::new(StringInfo::new(text));
        if self.bytes.fetch_add(text.len(), Ordering::Relaxed) > LIMIT {
            self.known.clear();
            self.bytes.store(text.len(), Ordering::Relaxed);
        }
        self.known.insert(text.into(), Arc::clone(&info));
        info
    }
}
