//! What stands at an offset of a file: the question every feature begins with.

use expr::{Function, NodeKind, ReferenceKind};
use model::flow::{ActionId, FlowSummary, FlowView, StringSite};
use model::{Component, Facts, FileId, Guid, SolutionId};
use rules::Project;
use syntax::Span;

use crate::dataverse;

/// A thing of a solution, and where its name stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The name or token.
    pub span: Span,
    /// The thing.
    pub kind: TargetKind,
}

/// The kinds of things.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetKind {
    /// A function of the expression language.
    Function(&'static Function),
    /// An action: its own name, or a reference to it.
    Action(ActionId),
    /// The trigger of this index.
    Trigger(usize),
    /// A variable of the flow.
    Variable(String),
    /// A parameter of the flow that stands for no environment variable.
    Parameter(String),
    /// An environment variable, by schema name.
    EnvironmentVariable(String),
    /// A connection key of the flow, by index.
    ConnectionKey(usize),
    /// A connection reference, by logical name.
    ConnectionReference(String),
    /// A flow, by workflow id.
    Flow(Guid),
    /// A table of Dataverse.
    Table(WrittenTable),
    /// A column of a table of Dataverse, by logical name.
    Column(Option<WrittenTable>, String),
    /// An account, as settings, inventories and the configuration name it.
    Account(String),
    /// A pattern for accounts in the configuration.
    Accounts(String),
}

/// A table as a place writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenTable {
    /// The name.
    pub name: String,
    /// Whether the place takes logical names; else it takes names of sets.
    pub logical: bool,
}

/// The flow of an open file: facts and body.
pub type OpenFlow<'a> = FlowView<'a>;

/// The flow of a file, when it is open.
#[must_use]
pub fn open_flow(project: &Project, file: FileId) -> Option<OpenFlow<'_>> {
    let open = project.open_file(file)?;
    Some(OpenFlow {
        summary: project.workspace().get(file)?.facts.flow()?,
        body: open.body()?,
        text: open.document().text(),
        tree: open.tree()?,
    })
}

/// What stands at `offset`.
#[must_use]
pub fn target_at(project: &Project, file: FileId, offset: u32) -> Option<Target> {
    match open_flow(project, file) {
        Some(flow) => target_in(&flow, offset),
        None => in_facts(project, file, offset).or_else(|| account_in_text(project, file, offset)),
    }
}

/// What stands at `offset` of a flow whose text is at hand.
#[must_use]
pub fn target_in(flow: &FlowView<'_>, offset: u32) -> Option<Target> {
    in_expression(flow, offset)
        .or_else(|| dataverse::in_operation(flow, offset))
        .or_else(|| in_flow(flow, offset))
}

/// What stands at `offset` of a file that is no flow, as far as its facts tell.
fn in_facts(project: &Project, file: FileId, offset: u32) -> Option<Target> {
    let workspace = project.workspace();
    let facts = &workspace.get(file)?.facts;
    let reference = |span: Span, name: &str| Target {
        span,
        kind: TargetKind::ConnectionReference(name.to_owned()),
    };
    let variable = |span: Span, name: &str| Target {
        span,
        kind: TargetKind::EnvironmentVariable(name.to_owned()),
    };
    if let Some(customizations) = facts.customizations() {
        let found = customizations
            .connection_references
            .iter()
            .find(|r| r.span.contains(offset));
        if let Some(found) = found {
            return Some(reference(found.logical_name.span, &found.logical_name.value));
        }
        let inline = &customizations.variable_definitions;
        if let Some(name) = inline.iter().find(|name| name.span.touches(offset)) {
            return Some(variable(name.span, &name.value));
        }
        let workflow = customizations.workflows.iter().find(|w| w.span.contains(offset))?;
        let id = workflow.id.as_ref()?;
        return Some(Target {
            span: id.span,
            kind: TargetKind::Flow(id.value),
        });
    }
    if let Some(found) = dataverse::in_definitions(facts, offset) {
        return Some(found);
    }
    if let Some(settings) = facts.settings() {
        let owner =
            |entry: &model::settings::SettingsReference| entry.owner.clone().filter(|owner| owner.span.touches(offset));
        if let Some(owner) = settings.references.iter().find_map(owner) {
            return Some(Target {
                span: owner.span,
                kind: TargetKind::Account(owner.value),
            });
        }
        if let Some(entry) = settings.references.iter().find(|entry| entry.span.contains(offset)) {
            return Some(reference(entry.logical_name.span, &entry.logical_name.value));
        }
        let entry = settings.variables.iter().find(|entry| entry.span.contains(offset))?;
        return Some(variable(entry.schema_name.span, &entry.schema_name.value));
    }
    if let Some(definition) = facts.variable_definition() {
        if let Some(parent) = definition.parent.as_ref().filter(|name| name.span.touches(offset)) {
            return Some(variable(parent.span, &parent.value));
        }
        return Some(variable(definition.schema_name.span, &definition.schema_name.value));
    }
    if let Some(metadata) = facts.workflow() {
        let id = metadata.id.as_ref()?;
        return Some(Target {
            span: id.span,
            kind: TargetKind::Flow(id.value),
        });
    }
    if let Some(configuration) = facts.configuration() {
        let patterns = configuration.accounts.iter().flat_map(|rule| &rule.patterns);
        let found = patterns.into_iter().find(|pattern| pattern.span.touches(offset))?;
        return Some(Target {
            span: found.span,
            kind: TargetKind::Accounts(found.value.clone()),
        });
    }
    let mentions = match facts {
        Facts::Manifest(manifest) => &manifest.mentions,
        Facts::CustomSettings(settings) => &settings.mentions,
        Facts::Caller(caller) => &caller.mentions,
        _ => return None,
    };
    if let Some(mention) = mentions.iter().find(|mention| mention.span.touches(offset)) {
        let kind = match &mention.component {
            Component::ConnectionReference(name) => TargetKind::ConnectionReference(name.clone()),
            Component::EnvironmentVariable(name) => TargetKind::EnvironmentVariable(name.clone()),
            Component::Flow(id) => TargetKind::Flow(*id),
        };
        return Some(Target {
            span: mention.span,
            kind,
        });
    }
    let manifest = facts.manifest()?;
    let component = manifest.root_components.iter().find(|c| c.span.contains(offset))?;
    Some(Target {
        span: component.span,
        kind: TargetKind::Flow(component.id?),
    })
}

/// An account that the text of an open file names at `offset`: the facts of inventories keep no place for it.
fn account_in_text(project: &Project, file: FileId, offset: u32) -> Option<Target> {
    let facts = &project.workspace().get(file)?.facts;
    if !matches!(
        facts,
        Facts::Inventory(_) | Facts::Configuration(_) | Facts::CustomSettings(_)
    ) {
        return None;
    }
    let text = project.open_file(file)?.document().text();
    let at = offset as usize;
    let is_end = |c: char| {
        matches!(
            c,
            '"' | '\'' | ',' | ';' | '\t' | '\n' | '\r' | '=' | '{' | '}' | '[' | ']'
        )
    };
    let start = text.get(..at)?.rfind(is_end).map_or(0, |before| before + 1);
    let end = text.get(at..)?.find(is_end).map_or(text.len(), |after| at + after);
    let written = text.get(start..end)?;
    let name = written.trim();
    let start = start + written.len() - written.trim_start().len();
    // Words of any length stand between such signs, names of accounts do not.
    if name.is_empty() || name.len() > 320 || project.reach().find_account(name).is_none() {
        return None;
    }
    let place = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Some(Target {
        span: Span::new(place(start), place(start + name.len())),
        kind: TargetKind::Account(name.to_owned()),
    })
}

/// The string with an expression that holds `offset`.
#[must_use]
pub fn string_at<'a>(flow: &OpenFlow<'a>, offset: u32) -> Option<&'a StringSite> {
    // Strings come block by block, so they are not sorted by place.
    flow.body.strings.iter().find(|site| site.span.contains(offset))
}

fn in_expression(flow: &OpenFlow<'_>, offset: u32) -> Option<Target> {
    let site = string_at(flow, offset)?;
    let value = flow.tree.value(flow.text, site.node)?;
    let decoded = value.decoded_offset(offset);
    let template = &site.info.template;
    let source = |span: Span| site.source_span(flow.tree, flow.text, span);
    let chain = template.node_at(decoded);
    for id in chain.iter().rev() {
        let node = template.node(*id);
        if let NodeKind::Call(call) = &node.kind
            && call.name_span.touches(decoded)
        {
            let function = call.function?;
            return Some(Target {
                span: source(call.name_span),
                kind: TargetKind::Function(function),
            });
        }
    }
    let reference = expr::references(template).find(|reference| reference.span.touches(decoded))?;
    let kind = match reference.kind {
        ReferenceKind::Action | ReferenceKind::Scope | ReferenceKind::Foreach | ReferenceKind::Until => {
            named_action(flow, reference.name)?
        }
        ReferenceKind::Variable => TargetKind::Variable(reference.name.to_owned()),
        ReferenceKind::Parameter => parameter(flow.summary, reference.name),
        _ => return None,
    };
    Some(Target {
        span: source(reference.span),
        kind,
    })
}

/// The action or trigger of a name.
fn named_action(flow: &OpenFlow<'_>, name: &str) -> Option<TargetKind> {
    let action = flow
        .body
        .actions()
        .find(|(_, action)| model::same_name(&action.name.value, name));
    let trigger = || {
        flow.body
            .triggers
            .iter()
            .position(|trigger| model::same_name(&trigger.name.value, name))
    };
    action
        .map(|(id, _)| TargetKind::Action(id))
        .or_else(|| trigger().map(TargetKind::Trigger))
}

fn parameter(flow: &FlowSummary, name: &str) -> TargetKind {
    let parameter = flow
        .parameters
        .iter()
        .find(|parameter| model::same_name(&parameter.name.value, name));
    match parameter.and_then(|parameter| parameter.schema_name.as_ref()) {
        Some(schema_name) => TargetKind::EnvironmentVariable(schema_name.value.clone()),
        None => TargetKind::Parameter(name.to_owned()),
    }
}

/// Names that stand in the flow outside expressions.
fn in_flow(flow: &OpenFlow<'_>, offset: u32) -> Option<Target> {
    let key = |name: &str| {
        flow.summary
            .connections
            .iter()
            .position(|c| model::same_name(&c.key.value, name))
    };
    for (at, connection) in flow.summary.connections.iter().enumerate() {
        if let Some(name) = connection.logical_name.as_ref().filter(|n| n.span.touches(offset)) {
            return Some(Target {
                span: name.span,
                kind: TargetKind::ConnectionReference(name.value.clone()),
            });
        }
        if connection.key.span.touches(offset) || connection.span.contains(offset) {
            return Some(Target {
                span: connection.key.span,
                kind: TargetKind::ConnectionKey(at),
            });
        }
    }
    if let Some(used) = flow.body.key_uses.iter().find(|used| used.key.span.touches(offset)) {
        return Some(Target {
            span: used.key.span,
            kind: TargetKind::ConnectionKey(key(&used.key.value)?),
        });
    }
    if let Some(parameter) = flow
        .summary
        .parameters
        .iter()
        .find(|p| p.name.span.touches(offset) || p.span.contains(offset))
    {
        let kind = match &parameter.schema_name {
            Some(schema_name) => TargetKind::EnvironmentVariable(schema_name.value.clone()),
            None => TargetKind::Parameter(parameter.name.value.clone()),
        };
        let named = parameter.schema_name.as_ref().map(|name| name.span);
        return Some(Target {
            span: named.filter(|span| span.touches(offset)).unwrap_or(parameter.name.span),
            kind,
        });
    }
    if let Some(read) = flow.body.secret_reads.iter().find(|read| read.span.touches(offset)) {
        return Some(Target {
            span: read.span,
            kind: TargetKind::EnvironmentVariable(read.value.clone()),
        });
    }
    if let Some(call) = flow
        .summary
        .child_calls
        .iter()
        .find(|call| call.name.span.touches(offset))
    {
        return Some(Target {
            span: call.name.span,
            kind: TargetKind::Flow(call.id?),
        });
    }
    let variable = |name: &model::Spanned<String>| {
        name.span.touches(offset).then(|| Target {
            span: name.span,
            kind: TargetKind::Variable(name.value.clone()),
        })
    };
    let declared = flow.body.variables.iter().find_map(|v| variable(&v.name));
    if let Some(found) = declared.or_else(|| flow.body.variable_writes.iter().find_map(|v| variable(&v.name))) {
        return Some(found);
    }
    for (id, action) in flow.body.actions() {
        if action.name.span.touches(offset) {
            return Some(Target {
                span: action.name.span,
                kind: TargetKind::Action(id),
            });
        }
        let after = action
            .run_after
            .iter()
            .flat_map(|run_after| &run_after.entries)
            .find(|entry| entry.name.span.touches(offset));
        if let Some(entry) = after {
            return Some(Target {
                span: entry.name.span,
                kind: named_action(flow, &entry.name.value)?,
            });
        }
    }
    let trigger = flow
        .body
        .triggers
        .iter()
        .position(|trigger| trigger.name.span.touches(offset))?;
    Some(Target {
        span: flow.body.triggers[trigger].name.span,
        kind: TargetKind::Trigger(trigger),
    })
}

/// The solution a file speaks about: its own, else the nearest one that has a connection reference of that name.
#[must_use]
pub fn solution_for(project: &Project, file: FileId, reference: &str) -> Option<SolutionId> {
    let workspace = project.workspace();
    let file = workspace.get(file)?;
    let declaring = workspace.solutions_with_reference(reference);
    let own = file.solution.filter(|own| declaring.contains(own));
    own.or_else(|| analysis::targets::nearest_one(workspace, &file.path, declaring))
        .or(file.solution)
}
