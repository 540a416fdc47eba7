//! The outline of a flow: connections, parameters, triggers, and actions as they nest.

use model::FileId;
use model::flow::{ActionId, Block, BlockId, Slot};
use rules::Project;
use syntax::Span;
use syntax::json::{NodeId, Value};

use super::{Symbol, SymbolKind};
use crate::lookup;
use crate::target::OpenFlow;

/// The outline, in the order of the file.
pub fn outline(project: &Project, file: FileId, flow: &OpenFlow<'_>) -> Vec<Symbol> {
    let mut all: Vec<Symbol> = Vec::new();
    all.extend(group(
        flow,
        "connections",
        flow.body.connections,
        connections(project, file, flow),
    ));
    all.extend(group(flow, "parameters", flow.body.parameters, parameters(flow)));
    for trigger in &flow.body.triggers {
        let detail = if trigger.subkind.is_empty() {
            format!("trigger · {}", trigger.kind)
        } else {
            format!("trigger · {} · {}", trigger.kind, trigger.subkind)
        };
        let span = member_span(trigger.name.span, trigger.span);
        all.push(Symbol::new(
            SymbolKind::Trigger,
            title(&trigger.name.value),
            detail,
            span,
            trigger.name.span,
        ));
    }
    all.extend(actions(flow));
    all.sort_by_key(|symbol| symbol.span);
    all
}

/// A name as the designer shows it.
fn title(name: &str) -> String {
    name.replace('_', " ")
}

/// A member from the quote before its name to the end of its value.
fn member_span(name: Span, value: Span) -> Span {
    Span::new(name.start.saturating_sub(1), value.end)
}

fn group(flow: &OpenFlow<'_>, name: &str, node: Option<NodeId>, children: Vec<Symbol>) -> Option<Symbol> {
    let span = flow.tree.value(flow.text, node?)?.span();
    let mut group = Symbol::new(SymbolKind::Group, name, "", span, Span::at(span.start));
    group.children = children;
    (!group.children.is_empty()).then_some(group)
}

fn connections(project: &Project, file: FileId, flow: &OpenFlow<'_>) -> Vec<Symbol> {
    let one = |connection: &model::flow::ConnectionKey| {
        let detail = match &connection.logical_name {
            Some(name) => lookup::reference(project, file, &name.value)
                .map_or_else(|| name.value.clone(), |(_, reference)| reference.title().to_owned()),
            None => "no connection reference".to_owned(),
        };
        Symbol::new(
            SymbolKind::ConnectionKey,
            connection.key.value.clone(),
            detail,
            member_span(connection.key.span, connection.span),
            connection.key.span,
        )
    };
    flow.summary.connections.iter().map(one).collect()
}

fn parameters(flow: &OpenFlow<'_>) -> Vec<Symbol> {
    let one = |parameter: &model::flow::Parameter| {
        let kind = match parameter.schema_name {
            Some(_) => SymbolKind::EnvironmentVariable,
            None => SymbolKind::Parameter,
        };
        Symbol::new(
            kind,
            parameter.name.value.clone(),
            parameter.kind.clone(),
            member_span(parameter.name.span, parameter.span),
            parameter.name.span,
        )
    };
    flow.summary.parameters.iter().map(one).collect()
}

/// The actions as a tree. Blocks are filled from the last one back: what a block holds stands behind it, so it is
/// complete when its turn comes, and no depth needs recursion.
fn actions(flow: &OpenFlow<'_>) -> Vec<Symbol> {
    let body = flow.body;
    let mut inside: Vec<Vec<Symbol>> = body.actions.iter().map(|_| Vec::new()).collect();
    let mut top = Vec::new();
    for (at, block) in body.blocks.iter().enumerate().rev() {
        let mut list: Vec<Symbol> = block
            .actions
            .iter()
            .map(|id| {
                let children = inside.get_mut(id.0 as usize).map(std::mem::take).unwrap_or_default();
                action(flow, *id, children)
            })
            .collect();
        let Some(owner) = block.owner.and_then(|id| inside.get_mut(id.0 as usize)) else {
            top.append(&mut list);
            continue;
        };
        if list.is_empty() {
            continue;
        }
        match branch(flow, BlockId(u32::try_from(at).unwrap_or(u32::MAX)), block) {
            Some(mut branch) => {
                branch.children = list;
                owner.push(branch);
            }
            None => owner.append(&mut list),
        }
    }
    top
}

fn action(flow: &OpenFlow<'_>, id: ActionId, mut children: Vec<Symbol>) -> Symbol {
    let action = flow.body.action(id);
    let kind = if children.is_empty() && !is_container(&action.kind) {
        SymbolKind::Action
    } else {
        SymbolKind::Container
    };
    children.sort_by_key(|symbol| symbol.span);
    let operation = flow
        .tree
        .value(flow.text, action.node)
        .and_then(|value| value.path(&["inputs", "host", "operationId"]))
        .and_then(|operation| operation.as_str());
    let detail = match operation {
        Some(operation) => format!("{} · {operation}", action.kind),
        None => action.kind.clone(),
    };
    let span = member_span(action.name.span, action.span);
    let mut symbol = Symbol::new(kind, action.title(), detail, span, action.name.span);
    symbol.children = children;
    symbol
}

fn is_container(kind: &str) -> bool {
    ["Scope", "If", "Switch", "Foreach", "Until"]
        .iter()
        .any(|container| kind.eq_ignore_ascii_case(container))
}

/// The entry of a block that is not its owner's only way; empty ways are not shown.
fn branch(flow: &OpenFlow<'_>, id: BlockId, block: &Block) -> Option<Symbol> {
    let name = match &block.slot {
        Slot::Actions => return None,
        Slot::Else => "else".to_owned(),
        Slot::Case(name) => format!("case {name}"),
        Slot::Default => "default".to_owned(),
    };
    let list = flow.tree.value(flow.text, flow.body.block(id).node)?;
    let case = case_value(flow, block);
    let span = list.span();
    Some(Symbol::new(
        SymbolKind::Branch,
        name,
        case.unwrap_or_default(),
        span,
        Span::at(span.start),
    ))
}

/// What a case is taken for.
fn case_value(flow: &OpenFlow<'_>, block: &Block) -> Option<String> {
    let Slot::Case(name) = &block.slot else { return None };
    let owner = flow.tree.value(flow.text, flow.body.action(block.owner?).node)?;
    let case: Value<'_> = owner.get("cases")?.get(name)?.get("case")?;
    let text = case.raw();
    (text.len() <= 60).then(|| text.to_owned())
}
