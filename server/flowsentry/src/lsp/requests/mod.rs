//! Answers to the editor's questions, in the protocol's terms: one file a question. What they say comes from `ide`.

mod calls;
mod code_actions;
mod code_lens;
mod completion;
mod definition;
mod edits;
mod expression;
mod formatting;
mod highlight;
mod hover;
mod inlay_hints;
mod links;
mod plan;
mod references;
mod rename;
mod semantic_tokens;
mod signature;
mod structure;
mod symbols;

pub use self::calls::{incoming_calls, outgoing_calls, prepare_call_hierarchy};
pub use self::code_actions::code_actions;
pub use self::code_lens::code_lenses;
pub use self::completion::{PARAMETER_HINTS, SUGGEST, TRIGGERS, completion, resolve_completion};
pub use self::definition::definition;
pub use self::expression::{
    ApplyExpressionParams, ApplyExpressionResult, ExpressionParams, ExpressionResult, apply_expression, expression,
};
pub use self::formatting::{formatting, registration as formatting_registration};
pub use self::highlight::highlight;
pub use self::hover::hover;
pub use self::inlay_hints::inlay_hints;
pub use self::links::document_links;
pub use self::plan::{
    COMMAND as CREATE_PLAN_COMMAND, IdentityPlanParams, IdentityPlanResult, identity_plan, identity_plan_errand,
};
pub use self::references::{files_for_references, references};
pub use self::rename::{files_for_rename, prepare_rename, rename};
pub use self::semantic_tokens::{legend, semantic_tokens, semantic_tokens_delta, semantic_tokens_range};
pub use self::signature::{SIGNATURE_TRIGGERS, signature_help};
pub use self::structure::{folding_ranges, selection_ranges};
pub use self::symbols::{document_symbols, workspace_symbols};

/// A command of the client that shows a list of places: their document, the position they belong to, the places.
pub const SHOW_REFERENCES: &str = "flowsentry.showReferences";
