//! What the tests of the program share.
#![allow(dead_code, reason = "each test program uses its part")]
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

pub mod folder;
pub mod random;
pub mod session;
pub mod tree;
