//! The source of a tree, in one canonical form.

use crate::ast::{ExprId, NodeKind, Segment, Template, TemplateKind};

/// The template string that a valid template stands for, with one blank after each comma and no other white space:
/// parsing it gives the same tree. What is missing or wrong in an invalid one is left out.
pub fn print(template: &Template) -> String {
    match &template.kind {
        TemplateKind::Literal(text) => escape_literal(text),
        TemplateKind::Expression(root) => {
            let source = root.map(|root| print_expression(template, root));
            format!("@{}", source.unwrap_or_default())
        }
        TemplateKind::Interpolation(segments) => {
            let mut out = String::new();
            for segment in segments {
                match segment {
                    Segment::Text { text, .. } => out.push_str(&text.replace("@{", "@@{")),
                    Segment::Expression { expr, .. } => {
                        out.push_str("@{");
                        if let Some(root) = expr {
                            out.push_str(&print_expression(template, *root));
                        }
                        out.push('}');
                    }
                }
            }
            out
        }
    }
}

/// The template string whose value is exactly `text`: signs that would begin an expression are doubled.
pub fn escape_literal(text: &str) -> String {
    if text.len() >= 2 && text.starts_with('@') {
        format!("@{text}")
    } else {
        text.replace("@{", "@@{")
    }
}

/// A string literal with this value: single quotes around, quotes inside doubled.
pub fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

enum Piece<'t> {
    Node(ExprId),
    Text(&'t str),
}

/// The source of one expression, without `@` or braces.
pub fn print_expression(template: &Template, root: ExprId) -> String {
    let mut out = String::new();
    let mut stack = vec![Piece::Node(root)];
    while let Some(piece) = stack.pop() {
        let id = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Node(id) => id,
        };
        match &template.node(id).kind {
            NodeKind::Null => out.push_str("null"),
            NodeKind::Bool(true) => out.push_str("true"),
            NodeKind::Bool(false) => out.push_str("false"),
            NodeKind::Int(text) | NodeKind::Float(text) => out.push_str(text),
            NodeKind::Str(literal) => out.push_str(&quote(&literal.value)),
            NodeKind::Call(call) => {
                out.push_str(&call.name);
                out.push('(');
                stack.push(Piece::Text(")"));
                push_list(&mut stack, &call.args);
            }
            NodeKind::Dot { base, name, safe, .. } => {
                stack.push(Piece::Text(name));
                stack.push(Piece::Text(if *safe { "?." } else { "." }));
                stack.push(Piece::Node(*base));
            }
            NodeKind::Index { base, index, safe, .. } => {
                stack.push(Piece::Text("]"));
                stack.push(Piece::Node(*index));
                stack.push(Piece::Text(if *safe { "?[" } else { "[" }));
                stack.push(Piece::Node(*base));
            }
            NodeKind::Missing => {}
            NodeKind::Error { parts } => push_list(&mut stack, parts),
        }
    }
    out
}

/// Pushes a comma-separated list so that it is popped in order.
fn push_list<'t>(stack: &mut Vec<Piece<'t>>, list: &[ExprId]) {
    for (index, id) in list.iter().enumerate().rev() {
        stack.push(Piece::Node(*id));
        if index > 0 {
            stack.push(Piece::Text(", "));
        }
    }
}
