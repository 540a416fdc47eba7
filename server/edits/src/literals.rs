//! Values that are written out in a flow where an expression could give them.
//!
//! Not every string of a flow may become an expression: what names a connection, an operation, a type or a schema is read
//! before the flow runs. [`literals`] knows these places and leaves them out.

use expr::{ExprId, NodeKind, Segment, Template, TemplateKind};
use model::flow::{FlowView, Owner};
use syntax::json::{Kind, NodeId, Value, escape, quote};
use syntax::{Span, TextEdit};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A text.
    Text(String),
    /// A whole number, as written.
    Integer(String),
    /// Another number, as written.
    Float(String),
}

/// A value that is written out.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    /// What it belongs to.
    pub(crate) owner: Owner,
    /// The value of the file it is, or stands in.
    pub(crate) node: NodeId,
    /// Where it stands in the file.
    pub(crate) span: Span,
    /// Where in the decoded string, for a part of one.
    part: Option<Part>,
    pub(crate) value: Constant,
}

/// What of a string a literal is. Spans are bytes of the decoded string.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A literal of an expression: the whole of it, and what is between its quotes.
    InExpression { whole: Span, content: Span },
    /// Text between expressions.
    Text(Span),
}

impl Literal {
    /// Whether it is all of its value.
    pub(crate) fn is_whole(&self) -> bool {
        self.part.is_none()
    }

    /// Whether it is text between expressions.
    pub(crate) fn is_text_between(&self) -> bool {
        matches!(self.part, Some(Part::Text(_)))
    }

    /// Whether it is a literal of an expression.
    pub(crate) fn is_in_expression(&self) -> bool {
        matches!(self.part, Some(Part::InExpression { .. }))
    }

    /// Whether an expression follows directly behind it, so that its end may be none.
    pub(crate) fn goes_on(&self, flow: &FlowView<'_>) -> bool {
        let Some(Part::Text(span)) = self.part else {
            return false;
        };
        let text = flow.tree.value(flow.text, self.node).and_then(|value| value.as_str());
        text.is_some_and(|text| span.end < length(&text))
    }

    /// Where in its text an offset of the file is; `None` where escapes of expressions hide that.
    pub(crate) fn offset(&self, flow: &FlowView<'_>, at: u32) -> Option<u32> {
        let Constant::Text(own) = &self.value else { return None };
        let value = flow.tree.value(flow.text, self.node)?;
        let text = value.as_str()?;
        let span = match self.part {
            None => Span::new(0, length(&text)),
            Some(Part::Text(span)) => span,
            Some(Part::InExpression { content, .. }) => content,
        };
        (span.slice(&text) == own).then(|| value.decoded_offset(at).clamp(span.start, span.end) - span.start)
    }
}

/// Members whose value is fixed before a flow runs, by the path below `inputs`.
const FIXED: [&str; 17] = [
    "host",
    "method",
    "schema",
    "retryPolicy",
    "format",
    "runStatus",
    "unit",
    "interval",
    "kind",
    "$consistencyLevel",
    "operationId",
    "actionName",
    "entityName",
    "item/EnvironmentVariableName",
    "staticResult",
    "recurrence",
    "chunkTransfer",
];

/// Every value that is written out where an expression may stand, in the order of the file.
pub(crate) fn literals(flow: &FlowView<'_>) -> Vec<Literal> {
    let mut found = Found { literals: Vec::new() };
    for (id, action) in flow.body.actions() {
        let Some(value) = flow.tree.value(flow.text, action.node) else {
            continue;
        };
        for name in ["inputs", "expression", "foreach"] {
            if let Some(member) = value.get(name) {
                found.below(member, Owner::Action(id), &action.kind);
            }
        }
    }
    for (at, trigger) in flow.body.triggers.iter().enumerate() {
        let owner = Owner::Trigger(u32::try_from(at).unwrap_or(u32::MAX));
        let value = flow.tree.value(flow.text, trigger.node);
        // What a trigger's request looks like is fixed; what it asks a connector for is not.
        let connector = trigger.kind.to_ascii_lowercase().contains("apiconnection");
        let member = value.and_then(|value| value.get("inputs")).filter(|_| connector);
        if let Some(member) = member {
            found.below(member, owner, &trigger.kind);
        }
    }
    found.literals.sort_by_key(|literal| literal.span);
    found.literals
}

struct Found {
    literals: Vec<Literal>,
}

impl Found {
    fn below(&mut self, value: Value<'_>, owner: Owner, kind: &str) {
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        let writes_variable = kind.to_ascii_lowercase().ends_with("variable");
        let mut fixed_until = 0;
        let mut key: Option<Value<'_>> = None;
        for node in value.descendants() {
            if node.span().start < fixed_until {
                continue;
            }
            if node.is_key() {
                key = Some(node);
                continue;
            }
            let own = key.take().and_then(|key| key.as_str());
            let fixed = own.is_some_and(|own| {
                FIXED.contains(&&*own)
                    || own.starts_with("subscriptionRequest/")
                    || writes_variable && matches!(&*own, "name" | "type")
                    || own == "type" && !is("Compose") && !is("Response")
            });
            if fixed {
                fixed_until = node.span().end;
            } else {
                self.value(node, owner);
            }
        }
    }

    fn value(&mut self, node: Value<'_>, owner: Owner) {
        let span = node.span();
        match node.kind() {
            Kind::Number => {
                let raw = node.raw().to_owned();
                let value = if node.as_i64().is_some() {
                    Constant::Integer(raw)
                } else {
                    Constant::Float(raw)
                };
                self.push(owner, &node, span, None, value);
            }
            Kind::String if node.is_closed() => {
                let Some(text) = node.as_str() else { return };
                if expr::is_plain(&text) {
                    self.push(
                        owner,
                        &node,
                        node.content_span(),
                        None,
                        Constant::Text(text.into_owned()),
                    );
                } else {
                    self.template(node, &expr::parse(&text), owner);
                }
            }
            _ => {}
        }
    }

    fn template(&mut self, node: Value<'_>, template: &Template, owner: Owner) {
        match &template.kind {
            TemplateKind::Literal(text) => {
                self.push(owner, &node, node.content_span(), None, Constant::Text(text.clone()));
                return;
            }
            // What is half typed may mean anything.
            _ if !template.is_valid() => return,
            TemplateKind::Expression(_) => {}
            TemplateKind::Interpolation(segments) => {
                for segment in segments {
                    if let Segment::Text { text, span } = segment {
                        let value = Constant::Text(text.clone());
                        self.push(owner, &node, node.source_span(*span), Some(Part::Text(*span)), value);
                    }
                }
            }
        }
        for (id, literal) in template.nodes() {
            let (content, value) = match &literal.kind {
                NodeKind::Str(text) if text.closed && text.straight => {
                    (text.content, Constant::Text(text.value.clone()))
                }
                NodeKind::Int(text) => (literal.span, Constant::Integer(text.clone())),
                NodeKind::Float(text) => (literal.span, Constant::Float(text.clone())),
                _ => continue,
            };
            if names_something(template, id) {
                continue;
            }
            let part = Part::InExpression {
                whole: literal.span,
                content,
            };
            self.push(owner, &node, node.source_span(content), Some(part), value);
        }
    }

    fn push(&mut self, owner: Owner, node: &Value<'_>, span: Span, part: Option<Part>, value: Constant) {
        self.literals.push(Literal {
            owner,
            node: node.id(),
            span,
            part,
            value,
        });
    }
}

/// Whether a literal of an expression names a part of the flow, or a property of a value: it must stand there as it is.
fn names_something(template: &Template, id: ExprId) -> bool {
    let Some(parent) = template.parent(id) else {
        return false;
    };
    match &template.node(parent).kind {
        NodeKind::Call(call) => {
            let reference = call.function.and_then(|function| function.reference.as_ref());
            let named = reference.and_then(|reference| call.args.get(reference.arg_index?));
            named == Some(&id)
        }
        NodeKind::Index { index, .. } => *index == id,
        _ => false,
    }
}

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
