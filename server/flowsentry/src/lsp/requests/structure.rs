//! What can be folded, and what "expand selection" selects.

use ide::folding::{Fold, folds};
use ide::selection::selection_ranges as steps_at;
use tower_lsp::ls_types::{FoldingRange, FoldingRangeParams, Range, SelectionRange, SelectionRangeParams};

use crate::lsp::convert::{self, Places};
use crate::lsp::state::State;

/// What can be folded; nothing, rather than an empty list, where the editor had better fold by indentation.
pub fn folding_ranges(state: &State, params: &FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let file = state.file(&params.text_document.uri)?;
    let client = state.client();
    let mut folds: Vec<Fold> = folds(state.project(), file)?;
    if let Some(most) = client.most_folds.and_then(|most| usize::try_from(most).ok())
        && folds.len() > most
    {
        // The longest folds are those that help most.
        folds.sort_by_key(|fold| std::cmp::Reverse(fold.span.len()));
        folds.truncate(most);
        folds.sort_by_key(|fold| fold.span);
    }
    let places = Places::of(state.project(), file, state.unit());
    let shown = folds.into_iter().filter_map(|fold| {
        let (range, close) = (places.range(fold.span), places.range(fold.close));
        if client.folds_lines_only {
            // The closing bracket stays in sight; what stands behind it on its line may begin something new.
            let end_line = if fold.close.is_empty() {
                range.end.line
            } else {
                close.start.line.saturating_sub(1)
            };
            return (end_line > range.start.line).then(|| FoldingRange {
                start_line: range.start.line,
                end_line,
                ..FoldingRange::default()
            });
        }
        Some(FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character + 1),
            end_line: close.start.line,
            end_character: Some(close.start.character),
            ..FoldingRange::default()
        })
    });
    Some(shown.collect())
}

/// What "expand selection" selects at each of the positions.
pub fn selection_ranges(state: &State, params: &SelectionRangeParams) -> Option<Vec<SelectionRange>> {
    let file = state.file(&params.text_document.uri)?;
    let answer = |position| {
        let offset = state.project().offset(file, convert::position(position), state.unit());
        let spans = steps_at(state.project(), file, offset);
        // Built from outside in, as each step holds the one around it.
        let chain = spans
            .into_iter()
            .rev()
            .fold(None, |parent: Option<SelectionRange>, span| {
                Some(SelectionRange {
                    range: convert::range(state.project(), file, span, state.unit()),
                    parent: parent.map(Box::new),
                })
            });
        chain.unwrap_or(SelectionRange {
            range: Range {
                start: position,
                end: position,
            },
            parent: None,
        })
    };
    Some(params.positions.iter().map(|position| answer(*position)).collect())
}
