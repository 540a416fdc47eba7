//! What rules, editor and reports share: questions that take several facts to answer.

pub mod identity;
pub mod secrets;
pub mod targets;
