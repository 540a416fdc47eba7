//! What "expand selection" selects, step by step: first along the expression, then along the JSON or XML around it.

use expr::{NodeKind, Segment, TemplateKind};
use model::FileId;
use rules::Project;
use syntax::json::{Tree, Value};
use syntax::{Span, xml};

use crate::folding::is_xml;
use crate::target::{OpenFlow, open_flow, string_at};

/// Ranges around an offset of an open file, the innermost first; each holds the one before it and more.
#[must_use]
pub fn selection_ranges(project: &Project, file: FileId, offset: u32) -> Vec<Span> {
    let Some(open) = project.open_file(file) else {
        return Vec::new();
    };
    let text = open.document().text();
    let mut steps = Vec::new();
    if let Some(flow) = open_flow(project, file) {
        expression(&flow, offset, &mut steps);
    }
    if let Some(tree) = open.tree() {
        json(tree, text, offset, &mut steps);
    } else if is_xml(project, file) {
        markup(text, offset, &mut steps);
    }
    steps.push(Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX)));
    let mut growing: Vec<Span> = Vec::new();
    for step in steps {
        let grows = |last: &Span| step.contains_span(*last) && step != *last;
        if !step.is_empty() && step.touches(offset) && growing.last().is_none_or(grows) {
            growing.push(step);
        }
    }
    growing
}

fn expression(flow: &OpenFlow<'_>, offset: u32, steps: &mut Vec<Span>) {
    let Some(site) = string_at(flow, offset) else { return };
    let Some(value) = flow.tree.value(flow.text, site.node) else {
        return;
    };
    let at = value.decoded_offset(offset);
    let template = &site.info.template;
    let mut decoded: Vec<Span> = Vec::new();
    for id in template.node_at(at).into_iter().rev() {
        let node = template.node(id);
        match &node.kind {
            NodeKind::Str(literal) => decoded.push(literal.content),
            NodeKind::Call(call) => {
                if call.name_span.touches(at) {
                    decoded.push(call.name_span);
                }
                if call.args_span.touches(at) {
                    let close = u32::from(call.closed);
                    decoded.push(Span::new(
                        call.args_span.start + 1,
                        call.args_span.end.saturating_sub(close),
                    ));
                    decoded.push(call.args_span);
                }
            }
            NodeKind::Dot { name_span, .. } => decoded.push(*name_span),
            NodeKind::Index { brackets, closed, .. } => {
                decoded.push(Span::new(
                    brackets.start + 1,
                    brackets.end.saturating_sub(u32::from(*closed)),
                ));
                decoded.push(*brackets);
            }
            _ => {}
        }
        decoded.push(node.span);
    }
    if let TemplateKind::Interpolation(segments) = &template.kind {
        for segment in segments {
            match segment {
                Segment::Text { span, .. } if span.touches(at) => decoded.push(*span),
                Segment::Expression { span, inner, .. } if span.touches(at) => decoded.extend([*inner, *span]),
                _ => {}
            }
        }
    }
    // Between two segments the cursor touches both; only what lies around the innermost counts, and the caller sorts
    // that out.
    steps.extend(decoded.into_iter().map(|span| value.source_span(span)));
}

fn json(tree: &Tree, text: &str, offset: u32, steps: &mut Vec<Span>) {
    let path: Vec<Value<'_>> = tree.path_at(text, offset);
    for (at, value) in path.iter().enumerate().rev() {
        if value.is_string() || !value.content_span().is_empty() {
            steps.push(value.content_span());
        }
        steps.push(value.span());
        let Some(parent) = at.checked_sub(1).and_then(|at| path.get(at)) else {
            continue;
        };
        if let Some(member) = parent.members().find(|m| m.key == *value || m.value == Some(*value)) {
            steps.push(member.span());
        }
    }
}

fn markup(text: &str, offset: u32, steps: &mut Vec<Span>) {
    let tree = xml::Tree::parse(text);
    for element in tree.element_at(offset).into_iter().rev() {
        if let Some(attribute) = element.attributes().find(|a| a.span().touches(offset)) {
            if attribute.value_span().touches(offset) {
                steps.push(attribute.value_span());
            } else {
                steps.push(attribute.name_span());
            }
            steps.push(attribute.span());
        }
        if element.start_tag_span().touches(offset) {
            steps.push(element.name_span());
            steps.push(element.start_tag_span());
        }
        steps.extend(element.trimmed_text_span());
        steps.extend(element.content_span());
        steps.push(element.span());
    }
}
