//! Outlines of the files around flows: customizations, manifests, settings, definitions, metadata.

use model::customizations::Customizations;
use model::manifest::{Manifest, RequiredComponent};
use model::settings::{DeploymentSettings, is_token};
use model::workflow_metadata::{CLOUD_FLOW, WorkflowMetadata};
use model::{Facts, FileId};
use rules::Project;
use syntax::Span;

use super::{Symbol, SymbolKind};
use crate::lookup;

/// The outline, in the order of the file.
pub fn outline(project: &Project, file: FileId) -> Vec<Symbol> {
    // The places of facts are those of the text only while that is open, and nobody asks for an outline otherwise.
    let Some(open) = project.open_file(file) else {
        return Vec::new();
    };
    let Some(known) = project.workspace().get(file) else {
        return Vec::new();
    };
    let mut all = match &known.facts {
        Facts::Customizations(facts) => customizations(facts),
        Facts::Manifest(facts) => manifest(project, file, facts, open.document().text()),
        Facts::Settings(facts) => settings(project, file, facts),
        Facts::VariableDefinition(facts) => vec![Symbol::new(
            SymbolKind::EnvironmentVariable,
            facts.display_name.as_deref().unwrap_or(&facts.schema_name.value),
            facts.kind_name(),
            facts.schema_name.span,
            facts.schema_name.span,
        )],
        Facts::Workflow(facts) => vec![workflow(facts)],
        _ => Vec::new(),
    };
    all.sort_by_key(|symbol| symbol.span);
    all
}

fn customizations(facts: &Customizations) -> Vec<Symbol> {
    let references = facts.connection_references.iter().map(|reference| {
        Symbol::new(
            SymbolKind::ConnectionReference,
            reference.title(),
            reference
                .connector()
                .map(analysis::connectors::title)
                .unwrap_or_default(),
            reference.span,
            reference.logical_name.span,
        )
    });
    let variables = facts.variable_definitions.iter().map(|name| {
        Symbol::new(
            SymbolKind::EnvironmentVariable,
            name.value.clone(),
            "",
            name.span,
            name.span,
        )
    });
    references
        .chain(facts.workflows.iter().map(workflow))
        .chain(variables)
        .collect()
}

fn workflow(facts: &WorkflowMetadata) -> Symbol {
    let name = facts.name.as_ref();
    let detail = match (facts.category, facts.state) {
        (Some(CLOUD_FLOW), Some(0)) => "cloud flow, off",
        (Some(CLOUD_FLOW), _) => "cloud flow",
        (Some(6), _) => "desktop flow",
        _ => "process",
    };
    Symbol::new(
        SymbolKind::Flow,
        name.map(|name| name.value.as_str()).unwrap_or_default(),
        detail,
        facts.span,
        name.map_or(Span::at(facts.span.start), |name| name.span),
    )
}

fn manifest(project: &Project, file: FileId, facts: &Manifest, text: &str) -> Vec<Symbol> {
    let components: Vec<Symbol> = facts
        .root_components
        .iter()
        .map(|component| {
            let flow = component.id.and_then(|id| lookup::flow(project, file, id));
            let name = flow
                .map(|flow| project.workspace().flow_name(flow))
                .or_else(|| component.schema_name.clone())
                .or_else(|| component.id.map(|id| id.to_string()));
            Symbol::new(
                if flow.is_some() {
                    SymbolKind::Flow
                } else {
                    SymbolKind::Component
                },
                name.unwrap_or_default(),
                format!("component of type {}", component.kind),
                component.span,
                component.span,
            )
        })
        .collect();
    let required = facts.missing_dependencies.iter().map(|dependency| {
        let name = match &dependency.required {
            RequiredComponent::ConnectionReference(name) | RequiredComponent::EnvironmentVariable(name) => name.clone(),
            RequiredComponent::Workflow(id) => id.to_string(),
            RequiredComponent::Other => String::new(),
        };
        let shown = if dependency.display_name.is_empty() {
            name
        } else {
            dependency.display_name.clone()
        };
        let detail = match &dependency.provided_by {
            Some(solution) => format!("needed, from {solution}"),
            None => "needed".to_owned(),
        };
        Symbol::new(SymbolKind::Component, shown, detail, dependency.span, dependency.span)
    });
    let children: Vec<Symbol> = components.into_iter().chain(required).collect();
    let Some(name) = &facts.unique_name else {
        return children;
    };
    // The solution is the whole file, so that its components lie inside it.
    let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let mut solution = Symbol::new(
        SymbolKind::Solution,
        facts.display_name.as_deref().unwrap_or(&name.value),
        facts.version.clone().unwrap_or_default(),
        whole,
        name.span,
    );
    solution.children = children;
    solution.children.sort_by_key(|symbol| symbol.span);
    vec![solution]
}

fn settings(project: &Project, file: FileId, facts: &DeploymentSettings) -> Vec<Symbol> {
    let references = facts.references.iter().map(|entry| {
        let known = lookup::reference(project, file, &entry.logical_name.value);
        let detail = match &entry.connection_id {
            Some(id) if is_token(&id.value) => "connection given at deployment",
            Some(_) => "connection given",
            None => "no connection",
        };
        let name = known.map_or(entry.logical_name.value.as_str(), |(_, reference)| reference.title());
        Symbol::new(
            SymbolKind::ConnectionReference,
            name,
            detail,
            entry.span,
            entry.logical_name.span,
        )
    });
    let variables = facts.variables.iter().map(|entry| {
        let known = lookup::variable(project, file, &entry.schema_name.value);
        let name = known
            .and_then(|(_, definition)| definition.display_name.as_deref())
            .unwrap_or(&entry.schema_name.value);
        // Values are not shown: they may be secrets.
        let detail = match &entry.value {
            Some(value) if value.value.is_empty() => "empty",
            Some(_) => "value given",
            None => "",
        };
        Symbol::new(
            SymbolKind::EnvironmentVariable,
            name,
            detail,
            entry.span,
            entry.schema_name.span,
        )
    });
    references.chain(variables).collect()
}
