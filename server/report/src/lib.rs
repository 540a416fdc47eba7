//! The security report: what a review asks of a workspace, on one page.
//!
//! [`build`] gathers everything as plain data, [`Report`], which is also the JSON form and its contract; [`html`] and
//! [`markdown`] write it for people, and [`Changes`] says what is new since an earlier one.
//!
//! Invariants: the same workspace gives the same bytes, as no clock is read and no order depends on hashing; nothing of a
//! workspace reaches a page unescaped; what looks like a secret is taken out of every text, names and
//! descriptions included, before anything is written.

mod build;
mod changes;
mod data;
mod html;
mod markdown;
mod risk;
mod text;

pub use build::{Options, build, privileges};
pub use changes::{Changes, ReadError, read};
pub use data::*;
pub use html::html;
pub use markdown::{markdown, privileges_markdown};
pub use risk::risk_of;

/// Rises when a field of the JSON form goes or changes its meaning; fields may be added without.
pub const VERSION: u32 = 1;
