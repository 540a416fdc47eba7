//! The value of a step put in the place where it is read, once.

use analysis::occurrences::{FlowName, Spelling, in_flow};
use analysis::order::Order;
use expr::{NodeKind, Template, TemplateKind};
use model::flow::{ActionId, FlowView, Owner};
use model::{FileId, same_name};
use syntax::TextEdit;
use syntax::json::{Kind, Value, quote};

use super::remove::remove;
use crate::WorkspaceEdit;

/// Functions whose value depends on where or when they are called.
const MOVING: [&str; 10] = [
    "item",
    "items",
    "iterationIndexes",
    "variables",
    "utcNow",
    "guid",
    "rand",
    "result",
    "action",
    "listCallbackUrl",
];
/// Members that a step may have and lose: what it is, and the designer's own notes.
const LOSABLE: [&str; 4] = ["type", "inputs", "runAfter", "metadata"];

/// Puts the expression or the written value of a Compose into the one place that reads its output, and takes the step out.
///
/// `None` where anything else names the step, or may; where the expression could have another value at that place; and
/// where the step has settings that would be lost.
#[must_use]
pub fn inline(file: FileId, flow: &FlowView<'_>, order: &Order, own: ActionId) -> Option<WorkspaceEdit> {
    let body = flow.body;
    let action = body.action(own);
    if !flow.summary.complete || !action.is("Compose") || !order.is_readable(own) {
        return None;
    }
    let value = flow.tree.value(flow.text, action.node)?;
    let losable = |name: &str| LOSABLE.contains(&name);
    if !value
        .members()
        .all(|member| member.key.as_str().is_some_and(|name| losable(&name)))
    {
        return None;
    }
    let inputs = value.get("inputs")?;
    let moved = moved(inputs)?;
    let hidden = |template: &Template| !template.is_valid() || expr::dynamic_references(template).next().is_some();
    if body.strings.iter().any(|site| hidden(&site.info.template)) {
        return None;
    }
    let name = &action.name.value;
    let written = in_flow(flow, FlowName::Step(name));
    let read = written
        .iter()
        .filter(|place| matches!(place.spelling, Spelling::Literal | Spelling::Property));
    if read.count() != 1 {
        return None;
    }
    let (site, call) = body.strings.iter().filter(|site| !site.is_key).find_map(|site| {
        let template = &site.info.template;
        let mut calls = template
            .calls()
            .filter(|(_, call)| call.name.eq_ignore_ascii_case("outputs"));
        let (id, _) = calls.find(|(_, call)| match call.args.as_slice() {
            [only] => template.node(*only).as_str().is_some_and(|read| same_name(read, name)),
            _ => false,
        })?;
        Some((site, template.node(id).span))
    })?;
    let Owner::Action(reader) = site.owner else { return None };
    // Outside of what holds the step, it may not have run, or more than once.
    let inside = body
        .parent(own)
        .is_none_or(|outer| body.ancestors(reader).any(|id| id == outer));
    if !inside || !order.is_before(own, reader) {
        return None;
    }
    let text = site.info.text.as_ref();
    let alone = text.starts_with('@') && call.range() == (1..text.len());
    let is_written = inputs
        .as_str()
        .is_none_or(|source| expr::parse(&source).calls().next().is_none());
    let json = if alone && is_written {
        inputs.raw().to_owned()
    } else {
        let mut text = text.to_owned();
        text.replace_range(call.range(), &moved);
        if !expr::parse(&text).is_valid() {
            return None;
        }
        quote(&text)
    };
    let mut edit = remove(file, flow, order, &[own])?;
    edit.push(file, TextEdit::new(site.span, json));
    Some(edit)
}

/// What stands for the inputs of a Compose inside of an expression: their own expression, or the value that is written out.
fn moved(inputs: Value<'_>) -> Option<String> {
    match inputs.kind() {
        Kind::Number | Kind::True | Kind::False => return Some(inputs.raw().to_owned()),
        Kind::String => {}
        _ => return None,
    }
    let source = inputs.as_str()?;
    let template = expr::parse(&source);
    if let TemplateKind::Literal(text) = &template.kind {
        return Some(expr::quote(text));
    }
    if !may_move(&template) {
        return None;
    }
    Some(expr::minify(source.get(1..)?, ", "))
}

/// Whether a string is an expression that has the same value wherever it stands in the flow, and can be read from there
/// like an output.
fn may_move(template: &Template) -> bool {
    let TemplateKind::Expression(Some(root)) = &template.kind else {
        return false;
    };
    let moving = |name: &str| MOVING.iter().any(|moving| moving.eq_ignore_ascii_case(name));
    template.is_valid()
        && matches!(
            template.node(*root).kind,
            NodeKind::Call(_) | NodeKind::Dot { .. } | NodeKind::Index { .. }
        )
        && template
            .calls()
            .all(|(_, call)| call.function.is_some() && !moving(&call.name))
}
