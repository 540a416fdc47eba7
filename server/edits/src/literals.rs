//! An expression in the place of values that are written out.

use analysis::literals::{Constant, Literal, Part};
use model::flow::FlowView;
use syntax::json::{escape, quote};
use syntax::{Span, TextEdit};

/// A part of a flow's text that an expression is to give.
#[derive(Clone, Debug)]
pub(crate) struct Replacement<'l> {
    /// The literal it stands in.
    pub(crate) literal: &'l Literal,
    /// Which part of the literal's text, in bytes of it; `None` for all.
    pub(crate) part: Option<Span>,
}

/// The edits that put an expression in the place of these; `None` where one of them cannot take it.
pub(crate) fn replace(flow: &FlowView<'_>, all: &[Replacement<'_>], expression: &str) -> Option<Vec<TextEdit>> {
    let mut edits = Vec::new();
    let mut left = all;
    while let Some(first) = left.first() {
        let node = first.literal.node;
        let count = left.iter().take_while(|one| one.literal.node == node).count();
        let (of_node, rest) = left.split_at(count);
        left = rest;
        let value = flow.tree.value(flow.text, node)?;
        if !value.is_string() {
            edits.push(TextEdit::new(value.span(), quote(&format!("@{expression}"))));
            continue;
        }
        let text = value.as_str()?;
        let parts: Option<Vec<TextEdit>> = of_node.iter().map(|one| in_string(&text, one, expression)).collect();
        let parts = parts?;
        let new = syntax::edit::apply(&text, &parts)?;
        let after = expr::parse(&new);
        let grown = after.calls().count() >= expr::parse(&text).calls().count() + of_node.len();
        if !after.is_valid() || !grown {
            return None;
        }
        edits.extend(parts.into_iter().map(|part| {
            let span = if part.span == Span::new(0, length(&text)) {
                value.content_span()
            } else {
                value.source_span(part.span)
            };
            TextEdit::new(span, escape(&part.new_text))
        }));
    }
    Some(edits)
}

/// The edit of a decoded string.
fn in_string(text: &str, one: &Replacement<'_>, expression: &str) -> Option<TextEdit> {
    let whole = Span::new(0, length(text));
    let Constant::Text(value) = &one.literal.value else {
        return match one.literal.part? {
            Part::InExpression { whole, .. } => Some(TextEdit::new(whole, expression)),
            Part::Text(_) => None,
        };
    };
    let part = one.part.filter(|part| *part != Span::new(0, length(value)));
    match (one.literal.part, part) {
        (None, None) => Some(TextEdit::new(whole, format!("@{expression}"))),
        // `@@` at the beginning stands for a text without expressions.
        (None, Some(_)) if text.starts_with("@@") => None,
        (None, Some(part)) => in_text(text, value, whole, part, expression),
        (Some(Part::Text(span)), None) => Some(TextEdit::new(span, format!("@{{{expression}}}"))),
        (Some(Part::Text(span)), Some(part)) => in_text(text, value, span, part, expression),
        (Some(Part::InExpression { whole, .. }), None) => Some(TextEdit::new(whole, expression)),
        (Some(Part::InExpression { whole, content }), Some(part)) => {
            // Doubled quotes would shift the places.
            if content.slice(text) != value {
                return None;
            }
            let (before, after) = (value.get(..part.start as usize)?, value.get(part.end as usize..)?);
            let mut pieces = Vec::new();
            if !before.is_empty() {
                pieces.push(expr::quote(before));
            }
            pieces.push(expression.to_owned());
            if !after.is_empty() {
                pieces.push(expr::quote(after));
            }
            Some(TextEdit::new(whole, format!("concat({})", pieces.join(", "))))
        }
    }
}

/// A part of a text between expressions; `span` is where the text stands.
fn in_text(text: &str, value: &str, span: Span, part: Span, expression: &str) -> Option<TextEdit> {
    // Escapes would shift the places.
    if span.slice(text) != value {
        return None;
    }
    let start = span.start + part.start;
    Some(TextEdit::new(
        Span::new(start, start + part.len()),
        format!("@{{{expression}}}"),
    ))
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
