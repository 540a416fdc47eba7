//! Colours of expressions, in the protocol's numbers: each token by its distance from the one before.

use expr::MarkKind;
use ide::tokens::{Token, expression_tokens, tokens};
use syntax::{ColumnUnit, Span};
use tower_lsp::ls_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensDelta,
    SemanticTokensDeltaParams, SemanticTokensEdit, SemanticTokensFullDeltaResult, SemanticTokensLegend,
    SemanticTokensParams, SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult, Uri,
};

use crate::lsp::convert;
use crate::lsp::expressions::uri::is_expression;
use crate::lsp::state::State;

/// Standard types only, that every theme colours. A name of an action is a class, for want of anything closer.
const TYPES: [SemanticTokenType; 9] = [
    SemanticTokenType::FUNCTION,
    SemanticTokenType::CLASS,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::KEYWORD,
    SemanticTokenType::OPERATOR,
];

/// The bit of functions that the language has.
const DEFAULT_LIBRARY: u32 = 1;

/// What the numbers of tokens stand for.
pub fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.to_vec(),
        token_modifiers: vec![SemanticTokenModifier::DEFAULT_LIBRARY],
    }
}

/// All tokens of a document.
pub fn semantic_tokens(state: &mut State, params: &SemanticTokensParams) -> Option<SemanticTokensResult> {
    let uri = &params.text_document.uri;
    let data = all(state, uri)?;
    let result_id = state.remember_tokens(uri, data.clone());
    Some(SemanticTokensResult::Tokens(SemanticTokens { result_id, data }))
}

/// What changed since the tokens the client has; all of them where nobody knows which those are.
pub fn semantic_tokens_delta(
    state: &mut State,
    params: &SemanticTokensDeltaParams,
) -> Option<SemanticTokensFullDeltaResult> {
    let uri = &params.text_document.uri;
    let data = all(state, uri)?;
    let before = state.take_tokens(uri, &params.previous_result_id);
    let result_id = state.remember_tokens(uri, data.clone());
    Some(match before {
        Some(before) => SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta {
            result_id,
            edits: edit(&before, &data).into_iter().collect(),
        }),
        None => SemanticTokensFullDeltaResult::Tokens(SemanticTokens { result_id, data }),
    })
}

/// The tokens of a part of a document.
pub fn semantic_tokens_range(state: &State, params: &SemanticTokensRangeParams) -> Option<SemanticTokensRangeResult> {
    if is_expression(&params.text_document.uri) {
        // Expressions are short; more than was asked for is allowed.
        let data = all(state, &params.text_document.uri)?;
        return Some(SemanticTokensRangeResult::Tokens(SemanticTokens {
            result_id: None,
            data,
        }));
    }
    let file = state.file(&params.text_document.uri)?;
    let range = convert::span(state.project(), file, params.range, state.unit());
    let text = state.project().open_file(file)?.document().text();
    let tokens = tokens(state.project(), file, Some(range))?;
    Some(SemanticTokensRangeResult::Tokens(SemanticTokens {
        result_id: None,
        data: encode(text, &tokens, state.unit()),
    }))
}

fn all(state: &State, uri: &Uri) -> Option<Vec<SemanticToken>> {
    if let Some(text) = state.expressions().text(uri) {
        return Some(encode(text, &expression_tokens(text), state.unit()));
    }
    let file = state.file(uri)?;
    let text = state.project().open_file(file)?.document().text();
    Some(encode(text, &tokens(state.project(), file, None)?, state.unit()))
}

/// What makes `after` of `before`: the part between what both begin and end with. Counted in numbers, five a token.
fn edit(before: &[SemanticToken], after: &[SemanticToken]) -> Option<SemanticTokensEdit> {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    if same == before.len() && same == after.len() {
        return None;
    }
    let (old, new) = (&before[same..], &after[same..]);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let number = |tokens: usize| u32::try_from(tokens * 5).unwrap_or(u32::MAX);
    Some(SemanticTokensEdit {
        start: number(same),
        delete_count: number(old.len() - tail),
        data: Some(new[..new.len() - tail].to_vec()),
    })
}

fn type_of(kind: MarkKind) -> u32 {
    let wanted = match kind {
        MarkKind::Function { .. } => SemanticTokenType::FUNCTION,
        MarkKind::Action => SemanticTokenType::CLASS,
        MarkKind::Variable => SemanticTokenType::VARIABLE,
        MarkKind::Parameter => SemanticTokenType::PARAMETER,
        MarkKind::Property => SemanticTokenType::PROPERTY,
        MarkKind::String => SemanticTokenType::STRING,
        MarkKind::Number => SemanticTokenType::NUMBER,
        // The signs that make text an expression are coloured as languages with templates colour theirs.
        MarkKind::Keyword | MarkKind::Delimiter => SemanticTokenType::KEYWORD,
        MarkKind::Operator => SemanticTokenType::OPERATOR,
    };
    let index = TYPES.iter().position(|known| *known == wanted).unwrap_or_default();
    u32::try_from(index).unwrap_or_default()
}

/// Tokens as the protocol counts them. The text is gone through once; a token that runs over the end of a line becomes
/// one for each line, as not every client takes longer ones.
fn encode(text: &str, tokens: &[Token], unit: ColumnUnit) -> Vec<SemanticToken> {
    let mut data = Vec::with_capacity(tokens.len());
    let mut place = Walk::new(text, unit);
    let (mut line, mut column) = (0, 0);
    for token in tokens {
        let modifiers = match token.kind {
            MarkKind::Function { known: true } => DEFAULT_LIBRARY,
            _ => 0,
        };
        for part in lines_of(text, token.span) {
            place.go(part.start);
            let (at_line, at_column) = (place.line, place.column);
            place.go(part.end);
            let length = place.column - at_column;
            if length == 0 {
                continue;
            }
            data.push(SemanticToken {
                delta_line: at_line - line,
                delta_start: if at_line == line { at_column - column } else { at_column },
                length,
                token_type: type_of(token.kind),
                token_modifiers_bitset: modifiers,
            });
            (line, column) = (at_line, at_column);
        }
    }
    data
}

/// The parts of a span that lie on one line each, without the line ends.
fn lines_of(text: &str, span: Span) -> impl Iterator<Item = Span> + '_ {
    let mut start = span.start;
    span.slice(text).split(['\n', '\r']).map(move |part| {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        let part = Span::new(start, start + length);
        start = part.end + 1;
        part
    })
}

/// A walk through a text that knows its line and column.
struct Walk<'a> {
    text: &'a str,
    unit: ColumnUnit,
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, unit: ColumnUnit) -> Self {
        Self {
            text,
            unit,
            at: 0,
            line: 0,
            column: 0,
        }
    }

    /// Goes on to an offset that does not lie before this one.
    fn go(&mut self, offset: u32) {
        let Some(part) = self.text.get(self.at..offset as usize) else {
            return;
        };
        let bytes = part.as_bytes();
        let mut line_start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            // Both bytes of `\r\n` end one line: the second one does.
            let before_newline = || self.text.as_bytes().get(self.at + at + 1) == Some(&b'\n');
            if *byte == b'\n' || *byte == b'\r' && !before_newline() {
                self.line += 1;
                self.column = 0;
                line_start = at + 1;
            }
        }
        let rest = &part[line_start..];
        let units = match self.unit {
            ColumnUnit::Utf8 => rest.len(),
            ColumnUnit::Utf16 => rest.chars().map(char::len_utf16).sum(),
            ColumnUnit::Chars => rest.chars().count(),
        };
        self.column += u32::try_from(units).unwrap_or(u32::MAX);
        self.at = offset as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(start: usize, end: usize) -> Token {
        Token {
            span: Span::new(u32::try_from(start).unwrap(), u32::try_from(end).unwrap()),
            kind: MarkKind::String,
        }
    }

    #[test]
    fn places_count_from_the_token_before() {
        let text = "a😀b\r\nc\rdé\nef";
        let at = |needle: &str| text.find(needle).unwrap();
        let tokens = [
            token(at("b"), at("b") + 1),
            token(at("c"), at("c") + 1),
            token(at("d"), at("f") + 1),
        ];
        let numbers = |unit| -> Vec<(u32, u32, u32)> {
            let data = encode(text, &tokens, unit);
            data.iter().map(|t| (t.delta_line, t.delta_start, t.length)).collect()
        };
        assert_eq!(numbers(ColumnUnit::Utf16), [(0, 3, 1), (1, 0, 1), (1, 0, 2), (1, 0, 2)]);
        assert_eq!(numbers(ColumnUnit::Utf8), [(0, 5, 1), (1, 0, 1), (1, 0, 3), (1, 0, 2)]);
    }

    #[test]
    fn a_delta_makes_the_new_of_the_old() {
        let tokens = |types: &[u32]| -> Vec<SemanticToken> {
            types
                .iter()
                .map(|token_type| SemanticToken {
                    token_type: *token_type,
                    ..SemanticToken::default()
                })
                .collect()
        };
        let cases: [(&[u32], &[u32]); 6] = [
            (&[], &[1]),
            (&[1, 2, 3], &[1, 9, 3]),
            (&[1, 1, 1], &[1, 1]),
            (&[1], &[1, 1, 1]),
            (&[1, 2], &[]),
            (&[5, 1, 2], &[1, 2]),
        ];
        for (before, after) in cases {
            let (mut old, new) = (tokens(before), tokens(after));
            let edit = edit(&old, &new).unwrap();
            let start = edit.start as usize / 5;
            old.splice(start..start + edit.delete_count as usize / 5, edit.data.unwrap());
            assert_eq!(old, new);
        }
        assert_eq!(edit(&tokens(&[1, 2]), &tokens(&[1, 2])), None);
    }
}
