//! What values expressions give: a small lattice of types, and what follows for a parsed template.
//!
//! A [`Type`] says what a value can be; [`Type::Any`] where the files do not tell. What a name stands for
//! is asked of an [`Environment`], so that nothing here knows flows. [`Inference`] gives the type of each node, and
//! [`check`] says where a value is given to somebody who is known to refuse it.
//!
//! Types are bounded in size and height, and inference in depth: what is larger is `Any`.

mod check;
mod functions;
mod infer;
mod lattice;
mod object;
mod properties;

pub use check::{TypeIssue, TypeIssueKind, accepts, check, comparable};
pub use infer::{Environment, Inference, Key, MAX_DEPTH, Nothing};
pub use lattice::{Kind, Kinds, Type};
pub use object::{Found, ObjectType, Property, Rest};
pub use properties::{UnknownProperty, unknown_properties};

#[cfg(test)]
mod tests;
