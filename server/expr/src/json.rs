//! The tree in the form of the conformance cases.

use crate::ast::{ExprId, NodeKind, Segment, Template, TemplateKind};
use serde_json::{Value, json};

/// A valid template as `["lit", text]`, `["expr", E]` or `["interp", [text or E, …]]`, where `E` is `["null"]`,
/// `["bool", b]`, `["int", source]`, `["float", source]`, `["str", text]`, `["call", name, [E, …]]`,
/// `["dot", base, name, safe]` or `["index", base, E, safe]`. An invalid one gives null.
pub fn ast_json(template: &Template) -> Value {
    if !template.is_valid() {
        return Value::Null;
    }
    match &template.kind {
        TemplateKind::Literal(text) => json!(["lit", text]),
        TemplateKind::Expression(root) => json!(["expr", root.map(|id| node_json(template, id))]),
        TemplateKind::Interpolation(segments) => {
            let parts: Vec<Value> = segments
                .iter()
                .map(|segment| match segment {
                    Segment::Text { text, .. } => json!(text),
                    Segment::Expression { expr, .. } => json!(expr.map(|id| node_json(template, id))),
                })
                .collect();
            json!(["interp", parts])
        }
    }
}

/// Recursion is bounded: a tree without errors is at most 512 high.
fn node_json(template: &Template, id: ExprId) -> Value {
    let sub = |id: &ExprId| node_json(template, *id);
    match &template.node(id).kind {
        NodeKind::Null => json!(["null"]),
        NodeKind::Bool(value) => json!(["bool", value]),
        NodeKind::Int(text) => json!(["int", text]),
        NodeKind::Float(text) => json!(["float", text]),
        NodeKind::Str(literal) => json!(["str", literal.value]),
        NodeKind::Call(call) => {
            let args: Vec<Value> = call.args.iter().map(sub).collect();
            json!(["call", call.name, args])
        }
        NodeKind::Dot { base, name, safe, .. } => json!(["dot", sub(base), name, safe]),
        NodeKind::Index { base, index, safe, .. } => json!(["index", sub(base), sub(index), safe]),
        NodeKind::Missing | NodeKind::Error { .. } => Value::Null,
    }
}

/// Code and position of the first error, in the form of the conformance cases: the position counts characters from
/// after `@` or `@{`, for an unterminated segment from the start of the string.
pub fn first_error(template: &Template) -> Option<(&'static str, u32)> {
    template.errors().first().map(|error| (error.code.name(), error.pos))
}
