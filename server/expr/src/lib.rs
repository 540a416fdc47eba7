//! The `@expressions` of the workflow definition language: template strings, their trees and errors, the functions
//! they may call and what they refer to.
//!
//! Everything works on one decoded string at a time; offsets are bytes of that string. [`parse`] never fails and never
//! recurses: a broken expression gives its errors and everything that could still be read.

mod arena;
mod ast;
mod catalogue;
mod check;
mod cursor;
mod error;
mod fix;
mod format;
mod highlight;
mod hints;
mod json;
mod lexer;
mod parser;
mod print;
mod references;
mod suggest;
mod template;
pub mod types;

pub use ast::{Call, Children, ExprId, Node, NodeKind, Segment, StrLit, Template, TemplateKind};
pub use catalogue::{
    Availability, Function, FunctionReference, Param, ReferenceKind, catalogue, hint_for_unknown, lookup, suggest,
};
pub use check::{CallIssue, check_calls};
pub use cursor::{Base, Cursor, CursorPlace, LiteralRole, OpenCall, cursor};
pub use error::{ErrorCode, ExprError, ExprFix};
pub use format::{LINE_WIDTH, comma_style, format, format_template, minify, minify_template, same_tree};
pub use highlight::{Mark, MarkKind, highlight};
pub use json::{ast_json, first_error};
pub use print::{escape_literal, print, print_expression, quote};
pub use references::{
    Reference, ReferenceKinds, UnnamedReference, dynamic_references, implicit_references, references,
};
pub use suggest::{did_you_mean, edit_distance};
pub use syntax::Span;
pub use template::{MAX_EXPRESSION_CHARS, is_plain, parse};
