//! Values that are written out in a flow where an expression could give them.
//!
//! Not every string of a flow may become an expression: what names a connection, an operation, a type or a schema is read
//! before the flow runs. [`literals`] knows these places and leaves them out.

use expr::{ExprId, NodeKind, Segment, Template, TemplateKind};
use model::flow::{FlowView, Owner};
use syntax::Span;
use syntax::json::{Kind, NodeId, Value};

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
pub struct Literal {
    /// What it belongs to.
    pub owner: Owner,
    /// The value of the file it is, or stands in.
    pub node: NodeId,
    /// Where it stands in the file.
    pub span: Span,
    /// Where in the decoded string, for a part of one.
    pub part: Option<Part>,
    /// What it says.
    pub value: Constant,
}

/// What of a string a literal is. Spans are bytes of the decoded string.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// A literal of an expression.
    InExpression {
        /// The whole of it.
        whole: Span,
        /// What is between its quotes.
        content: Span,
    },
    /// Text between expressions.
    Text(Span),
}

impl Literal {
    /// Whether it is all of its value.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.part.is_none()
    }

    /// Whether it is text between expressions.
    #[must_use]
    pub fn is_text_between(&self) -> bool {
        matches!(self.part, Some(Part::Text(_)))
    }

    /// Whether it is a literal of an expression.
    #[must_use]
    pub fn is_in_expression(&self) -> bool {
        matches!(self.part, Some(Part::InExpression { .. }))
    }

    /// Whether its string begins with it.
    #[must_use]
    pub fn starts(&self) -> bool {
        match self.part {
            None => true,
            Some(Part::Text(span)) => span.start == 0,
            Some(Part::InExpression { .. }) => false,
        }
    }

    /// Whether an expression follows directly behind it, so that its end may be none.
    #[must_use]
    pub fn goes_on(&self, flow: &FlowView<'_>) -> bool {
        let Some(Part::Text(span)) = self.part else {
            return false;
        };
        let text = flow.tree.value(flow.text, self.node).and_then(|value| value.as_str());
        text.is_some_and(|text| span.end < length(&text))
    }

    /// Where in its text an offset of the file is; `None` where escapes of expressions hide that.
    #[must_use]
    pub fn offset(&self, flow: &FlowView<'_>, at: u32) -> Option<u32> {
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

    /// Where a part of its text stands in the file; all of it where escapes of expressions hide that.
    #[must_use]
    pub fn span_of(&self, flow: &FlowView<'_>, part: Span) -> Span {
        let (Constant::Text(own), Some(value)) = (&self.value, flow.tree.value(flow.text, self.node)) else {
            return self.span;
        };
        let Some(text) = value.as_str() else { return self.span };
        let start = match self.part {
            None => 0,
            Some(Part::Text(span)) => span.start,
            Some(Part::InExpression { content, .. }) => content.start,
        };
        let span = Span::new(start + part.start, start + part.end);
        let same = text
            .get(span.range())
            .is_some_and(|here| own.get(part.range()) == Some(here));
        if same { value.source_span(span) } else { self.span }
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
#[must_use]
pub fn literals(flow: &FlowView<'_>) -> Vec<Literal> {
    literals_of(flow, |_| true)
}

/// The same, of those numbers and strings of the file alone that are `wanted`.
#[must_use]
pub fn literals_of(flow: &FlowView<'_>, wanted: impl Fn(&Value<'_>) -> bool) -> Vec<Literal> {
    let mut found = Found {
        flow,
        wanted,
        literals: Vec::new(),
    };
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
        // What a trigger's request looks like is fixed; what it asks a connector for is not. A button in a list is found by
        // the list that its trigger writes out, though it asks a connector, too.
        let connector = trigger.kind.to_ascii_lowercase().contains("apiconnection");
        let member = value.and_then(|value| value.get("inputs")).filter(|_| connector);
        if let Some(member) = member {
            found.below(member, owner, &trigger.kind);
        }
    }
    found.literals.sort_by_key(|literal| literal.span);
    found.literals
}

struct Found<'f, W> {
    flow: &'f FlowView<'f>,
    wanted: W,
    literals: Vec<Literal>,
}

impl<W: Fn(&Value<'_>) -> bool> Found<'_, W> {
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
            } else if (self.wanted)(&node) {
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
                    match self.flow.body.site(owner, node.id()) {
                        Some(site) => self.template(node, &site.info.template, owner),
                        None => self.template(node, &expr::parse(&text), owner),
                    }
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

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
