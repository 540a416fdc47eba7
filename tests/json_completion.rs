//! Completion in the JSON around expressions: what is deleted is on offer again, and what is taken leaves valid JSON,
//! however little is there when somebody asks.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

#[path = "json_completion/deleted.rs"]
mod deleted;
#[path = "json_completion/editor.rs"]
mod editor;
#[path = "json_completion/others.rs"]
mod others;
#[path = "json_completion/typing.rs"]
mod typing;

mod support;
