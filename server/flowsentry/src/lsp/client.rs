//! What the client can do, as far as the server asks.

use serde_json::Value;
use tower_lsp::ls_types::{ClientCapabilities, ResourceOperationKind};

/// Abilities of one client. What it does not mention, it cannot do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientAbilities {
    /// Takes edits with versions and file operations.
    pub document_changes: bool,
    /// Creates files as part of an edit.
    pub creates_files: bool,
    /// Whether a change may delete files.
    pub deletes_files: bool,
    /// Shows progress that the server begins.
    pub progress: bool,
    /// Takes definitions with the whole of what they name.
    pub definition_links: bool,
    /// Asks before a rename whether there is something to rename.
    pub prepares_renames: bool,
    /// Shows outlines as trees.
    pub nested_symbols: bool,
    /// Folds whole lines only, so that the line a fold ends on has to stay in sight.
    pub folds_lines_only: bool,
    /// How many folds it takes of a file.
    pub most_folds: Option<u32>,
    /// Knows the command [`super::requests::SHOW_REFERENCES`], which lenses call.
    pub shows_references: bool,
    /// Knows the command [`super::requests::CREATE_PLAN_COMMAND`], which asks for a first identity plan.
    pub creates_plans: bool,
    /// Lets people fill in the gaps of what is written.
    pub snippets: bool,
    /// Takes two places for an offer: up to the cursor, and up to the end of the word.
    pub inserts_or_replaces: bool,
    /// Asks for what an offer means when somebody looks at it.
    pub resolves_documentation: bool,
    /// Knows the command [`super::requests::SUGGEST`].
    pub suggests_again: bool,
    /// Knows the command [`super::requests::PARAMETER_HINTS`].
    pub hints_parameters: bool,
    /// Shows what stands beside an offer for all of a list, not for the one in focus alone.
    pub label_details: bool,
    /// Takes the places of parameters in signatures.
    pub parameter_offsets: bool,
    /// Asks for lenses again when told to.
    pub refreshes_lenses: bool,
    /// Asks for inlay hints again when told to.
    pub refreshes_hints: bool,
    /// Asks for semantic tokens again when told to.
    pub refreshes_tokens: bool,
    /// Shows actions that cannot be carried out, with the reason.
    pub shows_disabled: bool,
    /// Can be told while running which documents are formatted.
    pub registers_formatting: bool,
}

impl ClientAbilities {
    /// Reads the capabilities that a client sent.
    pub fn of(client: &ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let document = client.text_document.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edit.and_then(|edit| edit.resource_operations.as_deref()).unwrap_or(&[]);
        let item = document.and_then(|document| document.completion.as_ref()?.completion_item.as_ref());
        let folding = document.and_then(|document| document.folding_range.as_ref());
        // The protocol has no word for commands of the client; this is how others came to say it.
        let commands = client.experimental.as_ref().and_then(|other| {
            let commands = serde_json::to_value(other)
                .ok()?
                .get("commands")?
                .get("commands")?
                .clone();
            commands.as_array().cloned()
        });
        let knows = |command: &str| commands.iter().flatten().any(|known: &Value| known == command);
        Self {
            document_changes: edit.and_then(|edit| edit.document_changes).unwrap_or(false),
            deletes_files: operations.contains(&ResourceOperationKind::Delete),
            creates_files: operations.contains(&ResourceOperationKind::Create),
            progress: client
                .window
                .as_ref()
                .and_then(|window| window.work_done_progress)
                .unwrap_or(false),
            definition_links: document
                .and_then(|document| document.definition?.link_support)
                .unwrap_or(false),
            prepares_renames: document
                .and_then(|document| document.rename.as_ref()?.prepare_support)
                .unwrap_or(false),
            nested_symbols: document
                .and_then(|document| document.document_symbol.as_ref()?.hierarchical_document_symbol_support)
                .unwrap_or(false),
            folds_lines_only: folding.and_then(|folding| folding.line_folding_only).unwrap_or(false),
            most_folds: folding.and_then(|folding| folding.range_limit),
            shows_references: knows(super::requests::SHOW_REFERENCES),
            creates_plans: knows(super::requests::CREATE_PLAN_COMMAND),
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
            inserts_or_replaces: item.and_then(|item| item.insert_replace_support).unwrap_or(false),
            resolves_documentation: item
                .and_then(|item| item.resolve_support.as_ref())
                .is_some_and(|resolved| resolved.properties.iter().any(|name| name == "documentation")),
            suggests_again: knows(super::requests::SUGGEST),
            hints_parameters: knows(super::requests::PARAMETER_HINTS),
            label_details: item.and_then(|item| item.label_details_support).unwrap_or(false),
            parameter_offsets: document
                .and_then(|document| document.signature_help.as_ref()?.signature_information.as_ref())
                .and_then(|signature| signature.parameter_information.as_ref()?.label_offset_support)
                .unwrap_or(false),
            refreshes_lenses: workspace
                .and_then(|workspace| workspace.code_lens.as_ref()?.refresh_support)
                .unwrap_or(false),
            refreshes_hints: workspace
                .and_then(|workspace| workspace.inlay_hint.as_ref()?.refresh_support)
                .unwrap_or(false),
            refreshes_tokens: workspace
                .and_then(|workspace| workspace.semantic_tokens.as_ref()?.refresh_support)
                .unwrap_or(false),
            shows_disabled: document
                .and_then(|document| document.code_action.as_ref()?.disabled_support)
                .unwrap_or(false),
            registers_formatting: document
                .and_then(|document| document.formatting.as_ref()?.dynamic_registration)
                .unwrap_or(false),
        }
    }
}
