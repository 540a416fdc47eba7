//! Answers to the editor's questions, in the protocol's terms: one file a question. What they say comes from `ide`.

mod code_actions;
mod edits;
mod hover;

pub use self::code_actions::code_actions;
pub use self::hover::hover;
