//! Completion: what can be written at the cursor.

use analysis::secrets::masked;
use ide::completion::{Completion, CompletionKind, Documentation as Meaning, Inside, Next};
use serde_json::json;
use syntax::Span;
use tower_lsp::ls_types::{
    Command, CompletionItem, CompletionItemKind, CompletionItemLabelDetails, CompletionList, CompletionParams,
    CompletionResponse, CompletionTextEdit, Documentation, InsertReplaceEdit, InsertTextFormat, InsertTextMode,
    MarkupContent, MarkupKind, Range, TextEdit,
};

use crate::lsp::client::ClientAbilities;
use crate::lsp::convert;
use crate::lsp::expressions::{Answer, Side};
use crate::lsp::state::State;

/// Characters after which editors ask by themselves.
pub const TRIGGERS: [&str; 11] = ["@", "{", "(", "'", "[", ",", " ", ".", "\"", "/", "?"];

/// Commands of the client that an offer may call once it was taken.
pub const SUGGEST: &str = "editor.action.triggerSuggest";
/// See [`SUGGEST`].
pub const PARAMETER_HINTS: &str = "editor.action.triggerParameterHints";

/// Offers with their places, before it is known which document they are written into.
pub struct Offers {
    items: Vec<Offer>,
    is_incomplete: bool,
    /// Whether texts go into JSON strings, and not into a document of their own.
    in_json: bool,
    client: ClientAbilities,
}

struct Offer {
    completion: Completion,
    /// Up to the cursor, and up to the end of what is replaced.
    ranges: [Range; 2],
    /// Of what else changes.
    also: Vec<TextEdit>,
}

/// The offers at a position.
pub fn completion(state: &State, params: &CompletionParams) -> Option<Offers> {
    let (file, offset) = state.place(&params.text_document_position)?;
    let context = params.context.as_ref();
    let typed = context.and_then(|context| context.trigger_character.as_ref()?.chars().next());
    let found = ide::completion::completions(state.project(), file, offset, typed);
    let ranges_of = |span: Span| {
        let insert = Span::new(span.start.min(offset), offset);
        [insert, span].map(|span| convert::range(state.project(), file, span, state.unit()))
    };
    // Nearly all replace the same.
    let mut known: Option<(Span, [Range; 2])> = None;
    let items = found.items.into_iter().map(|completion| {
        let span = completion.edit.span;
        let ranges = match known {
            Some((same, ranges)) if same == span => ranges,
            _ => ranges_of(span),
        };
        known = Some((span, ranges));
        let also = completion.also.iter().map(|edit| TextEdit {
            range: convert::range(state.project(), file, edit.span, state.unit()),
            new_text: edit.new_text.clone(),
        });
        let also = also.collect();
        Offer {
            completion,
            ranges,
            also,
        }
    });
    Some(Offers {
        items: items.collect(),
        is_incomplete: found.is_incomplete,
        in_json: true,
        client: state.client(),
    })
}

impl Answer for Offers {
    fn to_text(mut self, side: &Side, state: &State) -> Option<Self> {
        self.in_json = false;
        self.items.retain_mut(|offer| {
            let ranges = offer.ranges.map(|range| side.to_text(state, range));
            let [Some(insert), Some(replace)] = ranges else {
                return false;
            };
            offer.ranges = [insert, replace];
            offer.completion.inside == Inside::String
        });
        Some(self)
    }
}

impl Offers {
    /// The offers in the protocol's terms.
    pub fn into_response(self) -> CompletionResponse {
        let Self {
            items,
            is_incomplete,
            in_json,
            client,
        } = self;
        let items = items.into_iter().map(|offer| item(offer, in_json, client));
        CompletionResponse::List(CompletionList {
            is_incomplete,
            items: items.collect(),
        })
    }
}

fn item(offer: Offer, in_json: bool, client: ClientAbilities) -> CompletionItem {
    let Offer {
        completion,
        ranges,
        also,
    } = offer;
    let escape = |text: &str| match completion.inside {
        Inside::String if in_json => syntax::json::escape(text),
        _ => text.to_owned(),
    };
    let snippet = completion.snippet.as_ref().filter(|_| client.snippets);
    let new_text = match snippet {
        Some(snippet) => snippet.notation(escape),
        None => escape(&completion.edit.new_text),
    };
    let lines = new_text.contains('\n');
    let [insert, replace] = ranges;
    let text_edit = if client.inserts_or_replaces {
        CompletionTextEdit::InsertAndReplace(InsertReplaceEdit {
            new_text,
            insert,
            replace,
        })
    } else {
        CompletionTextEdit::Edit(TextEdit {
            range: replace,
            new_text,
        })
    };
    let (documentation, data) = match completion.documentation {
        Some(Meaning::Function(function)) if client.resolves_documentation => {
            (None, Some(json!({"function": function.name})))
        }
        Some(other) => (Some(markdown(other.markdown())), None),
        None => (None, None),
    };
    let command = match completion.next {
        Some(Next::Completion) if client.suggests_again => Some(SUGGEST),
        Some(Next::Signature) if client.hints_parameters => Some(PARAMETER_HINTS),
        _ => None,
    };
    let detail = completion.detail.map(|detail| masked(&detail).into_owned());
    CompletionItem {
        label_details: detail
            .as_ref()
            .filter(|_| client.label_details)
            .map(|detail| CompletionItemLabelDetails {
                detail: None,
                description: Some(detail.clone()),
            }),
        label: masked(&completion.label).into_owned(),
        kind: Some(kind(completion.kind)),
        detail,
        documentation,
        sort_text: Some(completion.sort).filter(|sort| !sort.is_empty()),
        filter_text: completion.filter.map(|filter| escape(&filter)),
        insert_text_format: snippet.map(|_| InsertTextFormat::SNIPPET),
        // Lines are indented already.
        insert_text_mode: lines.then_some(InsertTextMode::AS_IS),
        additional_text_edits: Some(also).filter(|also| !also.is_empty()),
        text_edit: Some(text_edit),
        command: command.map(|name| Command {
            title: String::new(),
            command: name.to_owned(),
            arguments: None,
        }),
        data,
        ..CompletionItem::default()
    }
}

/// Adds what an item left out.
pub fn resolve_completion(mut item: CompletionItem) -> CompletionItem {
    let name = item.data.as_ref().and_then(|data| data.get("function")?.as_str());
    if let Some(function) = name.and_then(expr::lookup) {
        item.documentation = Some(markdown(Meaning::Function(function).markdown()));
    }
    item
}

fn markdown(value: String) -> Documentation {
    Documentation::MarkupContent(MarkupContent {
        kind: MarkupKind::Markdown,
        value: masked(&value).into_owned(),
    })
}

fn kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Function => CompletionItemKind::FUNCTION,
        CompletionKind::Word => CompletionItemKind::KEYWORD,
        CompletionKind::Action => CompletionItemKind::METHOD,
        CompletionKind::Variable => CompletionItemKind::VARIABLE,
        CompletionKind::Parameter => CompletionItemKind::CONSTANT,
        CompletionKind::Property => CompletionItemKind::FIELD,
        CompletionKind::Skeleton => CompletionItemKind::SNIPPET,
        CompletionKind::Connection => CompletionItemKind::REFERENCE,
        CompletionKind::Flow => CompletionItemKind::MODULE,
    }
}
