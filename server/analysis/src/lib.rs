//! What rules, editor and reports share: questions that take several facts to answer.

pub mod conditions;
pub mod connectors;
pub mod credentials;
pub mod dataverse;
pub mod effects;
pub mod filters;
pub mod hardcoded;
pub mod http;
pub mod identity;
pub mod literals;
pub mod occurrences;
pub mod order;
pub mod parameters;
pub mod permissions;
pub mod policies;
pub mod privileges;
pub mod reach;
pub mod responses;
pub mod run_history;
pub mod secrets;
pub mod sharepoint;
pub mod sharing;
pub mod starters;
pub mod tables;
pub mod taint;
pub mod targets;
#[cfg(test)]
mod testing;
pub mod trigger_body;
pub mod types;
pub mod variables;
pub mod words;

/// How sure an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Certainty {
    /// A name or a value looks like it.
    Medium,
    /// A fixed shape, a kind of principal or the project's configuration says so.
    High,
}
