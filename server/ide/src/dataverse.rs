//! Tables and columns of Dataverse: where flows and definitions name them.

use analysis::occurrences::{Occurrence, Role as Part, Spelling};
use model::flow::{FlowView, Operation, Role, StringMemo, Touch, touches};
use model::tables::TableDefinition;
use model::{Facts, FileId, Spanned, same_name};
use rules::Project;
use syntax::Span;

use crate::target::{Target, TargetKind, WrittenTable};

/// The table or column that an operation of a flow names at `offset`.
pub fn in_operation(flow: &FlowView<'_>, offset: u32) -> Option<Target> {
    let here = |operation: &&Operation| {
        let parameters = operation.parameters.and_then(|node| flow.tree.value(flow.text, node));
        parameters.is_some_and(|value| value.span().contains(offset))
    };
    let operation = flow.body.operations.iter().find(here)?;
    let names = names_of(flow, operation, &StringMemo::default());
    let touch = names.iter().find(|touch| touch.span.touches(offset))?;
    let kind = kind_of(operation, &names, touch)?;
    Some(Target { span: touch.span, kind })
}

/// Every table and column that the operations of a flow name, with the place.
fn all_in_operations(flow: &FlowView<'_>, memo: &StringMemo) -> Vec<(Target, Role)> {
    let mut all = Vec::new();
    for operation in &flow.body.operations {
        let names = names_of(flow, operation, memo);
        for touch in &names {
            if let Some(kind) = kind_of(operation, &names, touch) {
                all.push((Target { span: touch.span, kind }, touch.role));
            }
        }
    }
    all
}

fn names_of(flow: &FlowView<'_>, operation: &Operation, memo: &StringMemo) -> Vec<Touch> {
    let parameters = operation.parameters.and_then(|node| flow.tree.value(flow.text, node));
    parameters.map_or_else(Vec::new, |parameters| touches(operation, parameters, memo).names)
}

fn kind_of(operation: &Operation, names: &[Touch], touch: &Touch) -> Option<TargetKind> {
    let table = |touch: &Touch| WrittenTable {
        name: touch.name.clone(),
        logical: touch.role == Role::LinkedTable || operation.takes_logical_names(),
    };
    if touch.role.is_table() {
        return Some(TargetKind::Table(table(touch)));
    }
    if touch.role.is_column() {
        let own = names.iter().find(|other| other.role == Role::Table).map(table);
        return Some(TargetKind::Column(own, touch.name.clone()));
    }
    None
}

/// The table or column that a definition names at `offset`.
pub fn in_definitions(facts: &Facts, offset: u32) -> Option<Target> {
    definitions(facts).iter().find_map(|table| in_definition(table, offset))
}

/// The definitions of a file.
pub fn definitions(facts: &Facts) -> &[TableDefinition] {
    match facts {
        Facts::Table(table) => std::slice::from_ref(table),
        Facts::Customizations(customizations) => &customizations.tables,
        _ => &[],
    }
}

fn in_definition(table: &TableDefinition, offset: u32) -> Option<Target> {
    let touched = |span: Span| span.touches(offset);
    let own = WrittenTable {
        name: table.logical_name()?,
        logical: true,
    };
    let audited = table.audited.as_ref().map(|on| on.span);
    let spans = [table.name.as_ref(), table.set_name.as_ref()];
    let names = spans.into_iter().flatten().map(|name| name.span).chain(audited);
    if let Some(span) = names.into_iter().find(|span| touched(*span)) {
        return Some(Target {
            span,
            kind: TargetKind::Table(own),
        });
    }
    let column = table
        .columns
        .iter()
        .find(|column| touched(column.name.span) || column.audited.as_ref().is_some_and(|on| touched(on.span)))?;
    let Spanned { value, span } = &column.name;
    let span = column
        .audited
        .as_ref()
        .map(|on| on.span)
        .filter(|on| touched(*on))
        .unwrap_or(*span);
    Some(Target {
        span,
        kind: TargetKind::Column(Some(own), value.clone()),
    })
}

/// The places of one file that name a table, or one of its columns.
pub fn places(
    project: &Project,
    file: FileId,
    flow: Option<&FlowView<'_>>,
    table: &WrittenTable,
    column: Option<&str>,
) -> Vec<Occurrence> {
    let names = &project.reach().names;
    let wanted = names.resolve(&table.name, table.logical).logical;
    let is_wanted = |other: &WrittenTable| names.resolve(&other.name, other.logical).logical == wanted;
    let mut found = Vec::new();
    for (target, role) in flow.map_or_else(Vec::new, |flow| all_in_operations(flow, &StringMemo::default())) {
        let same = match (&target.kind, column) {
            (TargetKind::Table(other), None) => is_wanted(other),
            (TargetKind::Column(Some(other), name), Some(column)) => same_name(name, column) && is_wanted(other),
            _ => false,
        };
        if same {
            found.push(Occurrence {
                span: target.span,
                role: if matches!(role, Role::Write | Role::Bind) {
                    Part::Write
                } else {
                    Part::Read
                },
                spelling: Spelling::Json,
            });
        }
    }
    let facts = project.workspace().get(file).map(|file| &file.facts);
    for definition in facts.map_or(&[][..], definitions) {
        if definition.logical_name().as_deref() != Some(&wanted) {
            continue;
        }
        let declared = |span: Span| Occurrence {
            span,
            role: Part::Declaration,
            spelling: Spelling::Xml,
        };
        match column {
            Some(column) => found.extend(definition.column(column).map(|column| declared(column.name.span))),
            None => found.extend(definition.name.as_ref().map(|name| declared(name.span))),
        }
    }
    found
}

/// Flows that name a table.
pub fn flows_naming(project: &Project, table: &WrittenTable) -> Vec<FileId> {
    let reach = project.reach();
    let name = reach.names.resolve(&table.name, table.logical);
    let Some(id) = reach.find_table(&name.logical) else {
        return Vec::new();
    };
    let table = reach.table(id);
    let uses = table.uses.iter().chain(&table.others);
    let mut files: Vec<FileId> = uses
        .flat_map(|used| reach.flow(reach.use_of(*used).flow).files.iter().copied())
        .collect();
    files.sort_unstable();
    files.dedup();
    files
}
