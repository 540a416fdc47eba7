//! What a call names: the operation of a connector, and the child flow.

use analysis::effects;
use model::flow::FlowView;
use model::{FileId, same_name};
use rules::Project;

use super::connections::connector_of_host;
use super::offers::Offers;
use super::place::Place;
use crate::completion::CompletionKind;

/// Operations of a connector: those that flows of the workspace call, then the others that are known.
pub fn operations(project: &Project, flow: &FlowView<'_>, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let Some(connector) = connector_of_host(flow, place).map(|name| name.to_ascii_lowercase()) else {
        return;
    };
    let mut names: Vec<&str> = Vec::new();
    let flows = project.workspace().files().filter_map(|(_, file)| file.facts.flow());
    let called = flows.flat_map(|flow| &flow.operations);
    let called = called.filter(|operation| *operation.connector == *connector && !operation.id.is_empty());
    for operation in called {
        if !names.contains(&&*operation.id) {
            names.push(&operation.id);
        }
    }
    names.sort_unstable();
    let known = names.len();
    let mut others: Vec<&str> = effects::listed(&connector).collect();
    others.sort_unstable();
    others.dedup();
    for name in others {
        if !names.iter().any(|known| same_name(known, name)) {
            names.push(name);
        }
    }
    for (at, name) in names.iter().enumerate() {
        offers.rank(u8::from(at >= known));
        let judged = effects::judge(&connector, name, None);
        let offer = offers.text(name, CompletionKind::Function);
        offer.detail = (!judged.effects.is_empty()).then(|| judged.effects.to_string());
    }
}

/// Flows that can be called, by name: those of the own solution first.
pub fn child_flows(project: &Project, file: FileId, offers: &mut Offers<'_, '_>) {
    let workspace = project.workspace();
    let own = workspace.get(file).and_then(|file| file.solution);
    let mut flows: Vec<(bool, String, String)> = Vec::new();
    for (id, other) in workspace.files() {
        let Some(flow) = other.facts.flow() else { continue };
        let callable = flow.triggers.iter().any(|trigger| {
            trigger.kind.eq_ignore_ascii_case("Request") && !trigger.subkind.eq_ignore_ascii_case("ApiConnection")
        });
        let (Some(guid), true) = (flow.id, callable && id != file && other.solution.is_some()) else {
            continue;
        };
        flows.push((other.solution != own, workspace.flow_name(id), guid.to_string()));
    }
    flows.sort();
    flows.dedup();
    for (foreign, name, guid) in flows {
        offers.rank(u8::from(foreign));
        let offer = offers.named_text(&name, &guid, CompletionKind::Flow);
        offer.detail = Some(if foreign {
            "of another solution".to_owned()
        } else {
            guid
        });
    }
}
