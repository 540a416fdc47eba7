//! What the tests of the program share.
#![allow(dead_code, reason = "each test program uses its part")]

pub mod random;
pub mod session;
pub mod tree;
