//! What names a connection: keys where actions use them, connection references where the flow declares them, connectors.

use analysis::connectors;
use model::flow::{ConnectionKey, FlowView};
use model::manifest::RequiredComponent;
use model::{FileId, same_name};
use rules::Project;

use super::offers::{Offers, asks_again};
use super::place::{Place, Slot};
use crate::completion::{Completion, CompletionKind, Documentation};
use crate::lookup;

const APIS: &str = "/providers/Microsoft.PowerApps/apis/";

/// Below `connectionReferences`.
pub fn declared(
    project: &Project,
    file: FileId,
    flow: &FlowView<'_>,
    path: &[&str],
    place: &Place<'_>,
    offers: &mut Offers<'_, '_>,
) {
    let key = place.key();
    match (path, place.slot, key.as_deref()) {
        ([], Slot::Name, _) => entries(project, file, flow, place, offers),
        ([_], Slot::Name, _) => {
            for (name, template) in [
                ("runtimeSource", "\"‹embedded|invoker›\""),
                ("connection", "{\n\t\"connectionReferenceLogicalName\": \"‹›\"\n}"),
                ("api", "{\n\t\"name\": \"‹›\"\n}"),
                ("impersonation", "{}"),
            ] {
                if !place.has_member(name) {
                    offers.member(name, CompletionKind::Property, template);
                }
            }
        }
        ([_], Slot::Value(_), Some("runtimeSource")) => offers.texts(&["embedded", "invoker"], CompletionKind::Word),
        ([_, "connection"], Slot::Name, _) if !place.has_member("connectionReferenceLogicalName") => {
            asks_again(offers.member("connectionReferenceLogicalName", CompletionKind::Property, "\"‹›\""));
        }
        ([_, "connection"], Slot::Value(_), Some("connectionReferenceLogicalName")) => {
            let entry = place.containers.get(place.containers.len().wrapping_sub(2));
            let connector = entry.and_then(|entry| entry.path(&["api", "name"])?.as_str());
            references(project, file, connector.as_deref(), offers);
        }
        ([_, "api"], Slot::Name, _) if !place.has_member("name") => {
            asks_again(offers.member("name", CompletionKind::Property, "\"‹›\""));
        }
        ([_, "api"], Slot::Value(_), Some("name")) => {
            let entry = place.containers.get(place.containers.len().wrapping_sub(2));
            let named = entry.and_then(|entry| entry.path(&["connection", "connectionReferenceLogicalName"])?.as_str());
            let reference = named.and_then(|name| lookup::reference(project, file, &name));
            let first = reference.and_then(|(_, reference)| reference.connector());
            all_connectors(
                project,
                file,
                flow,
                first,
                |offers, name| {
                    offers.text(name, CompletionKind::Connection).detail = Some(connectors::title(name));
                },
                offers,
            );
        }
        _ => {}
    }
}

/// A whole entry for each connection reference of the solution that the flow does not use yet.
fn entries(project: &Project, file: FileId, flow: &FlowView<'_>, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let used: Vec<&str> = flow.summary.reference_names().collect();
    let workspace = project.workspace();
    let Some(solution) = workspace.get(file).and_then(|file| file.solution) else {
        return;
    };
    for reference in workspace.references(solution) {
        let name = reference.logical_name.value.as_str();
        let Some(connector) = reference.connector() else {
            continue;
        };
        offers.rank(u8::from(used.iter().any(|used| same_name(used, name))));
        let taken = |key: &str| place.has_member(key);
        let key = std::iter::once(connector.to_owned())
            .chain((1..).map(|number| format!("{connector}_{number}")))
            .find(|key| !taken(key));
        let template = format!(
            "{{\n\t\"runtimeSource\": \"embedded\",\n\t\"connection\": {{\n\t\t\"connectionReferenceLogicalName\": {}\n\t}},\n\t\"api\": {{\n\t\t\"name\": {}\n\t}}\n}}",
            syntax::json::quote(name),
            syntax::json::quote(connector)
        );
        let key = key.unwrap_or_default();
        let offer = offers.named_member(reference.title(), &key, CompletionKind::Connection, &template, false);
        offer.detail = Some(format!("{key}: {}", connectors::title(connector)));
    }
}

/// Logical names: those of the right connector first, then those that the manifest says come from elsewhere.
pub fn references(project: &Project, file: FileId, connector: Option<&str>, offers: &mut Offers<'_, '_>) {
    let workspace = project.workspace();
    let Some(solution) = workspace.get(file).and_then(|file| file.solution) else {
        return;
    };
    let mut names: Vec<&str> = Vec::new();
    for right in [true, false] {
        offers.rank(u8::from(!right));
        for reference in workspace.references(solution) {
            let own = reference.connector().unwrap_or_default();
            if connector.is_none_or(|connector| same_name(connector, own)) != right {
                continue;
            }
            let name = reference.logical_name.value.as_str();
            names.push(name);
            let offer = offers.text(name, CompletionKind::Connection);
            offer.detail = Some(format!("{} · {}", reference.title(), connectors::title(own)));
            if let Some(text) = &reference.description {
                offer.documentation = Some(Documentation::Markdown(text.clone()));
            }
        }
    }
    offers.rank(2);
    let manifest = workspace.solution(solution).manifest;
    let manifest = manifest.and_then(|manifest| workspace.file(manifest).facts.manifest());
    for missing in manifest.iter().flat_map(|manifest| &manifest.missing_dependencies) {
        if let RequiredComponent::ConnectionReference(name) = &missing.required
            && !names.iter().any(|known| same_name(known, name))
        {
            names.push(name);
            let from = missing.provided_by.as_deref().unwrap_or("none");
            offers.text(name, CompletionKind::Connection).detail = Some(format!("of another solution: {from}"));
        }
    }
}

/// `connectionName` in the `host` of an action: keys of the flow, those of the host's connector first.
pub fn keys(project: &Project, file: FileId, flow: &FlowView<'_>, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let host = place.holder();
    let api = host
        .get("apiId")
        .and_then(|id| Some(model::connector_name(&id.as_str()?).to_owned()));
    each_key(flow, api.as_deref(), offers, |offers, key| {
        let offer = offers.text(&key.key.value, CompletionKind::Connection);
        described(project, file, key, offer);
    });
}

/// The older form: an expression that looks the key up.
pub fn key_expressions(project: &Project, file: FileId, flow: &FlowView<'_>, offers: &mut Offers<'_, '_>) {
    each_key(flow, None, offers, |offers, key| {
        let quoted = key.key.value.replace('\'', "''");
        let text = format!("@parameters('$connections')['{quoted}']['connectionId']");
        let offer = offers.named_text(&key.key.value, &text, CompletionKind::Connection);
        described(project, file, key, offer);
    });
}

fn each_key(
    flow: &FlowView<'_>,
    connector: Option<&str>,
    offers: &mut Offers<'_, '_>,
    mut add: impl FnMut(&mut Offers<'_, '_>, &ConnectionKey),
) {
    for right in [true, false] {
        offers.rank(u8::from(!right));
        for key in &flow.summary.connections {
            let own = key.connector.as_ref().map_or("", |name| name.value.as_str());
            if connector.is_none_or(|connector| same_name(connector, own)) == right {
                add(offers, key);
            }
        }
    }
}

fn described(project: &Project, file: FileId, key: &ConnectionKey, offer: &mut Completion) {
    let connector = key.connector.as_ref().map(|name| connectors::title(&name.value));
    let reference = key.logical_name.as_ref().map(|name| {
        let known = lookup::reference(project, file, &name.value);
        known.map_or(name.value.clone(), |(_, reference)| reference.title().to_owned())
    });
    let parts: Vec<String> = reference.into_iter().chain(connector).collect();
    offer.detail = Some(parts.join(" · ")).filter(|detail| !detail.is_empty());
}

/// The connector of a `host`: what its `apiId` says, else its key.
pub fn connector_of_host(flow: &FlowView<'_>, place: &Place<'_>) -> Option<String> {
    let id = place.holder().get("apiId").and_then(|id| id.as_str());
    match id.filter(|id| id.contains("shared_")) {
        Some(id) => Some(model::connector_name(&id).to_owned()),
        None => connector_of_key(flow, place).map(str::to_owned),
    }
}

fn connector_of_key<'f>(flow: &'f FlowView<'_>, place: &Place<'_>) -> Option<&'f str> {
    let host = place.holder();
    let key = host
        .get("connectionName")
        .or_else(|| host.get("connectionReferenceName"))?;
    let key = key.as_str()?;
    let mut connections = flow.summary.connections.iter();
    let declared = connections.find(|one| same_name(&one.key.value, &key))?;
    declared.connector.as_ref().map(|name| name.value.as_str())
}

/// `apiId`: the connector of the key first, then the others of the flow.
pub fn api_ids(project: &Project, file: FileId, flow: &FlowView<'_>, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let first = connector_of_key(flow, place);
    all_connectors(project, file, flow, first, api_id, offers);
}

/// A connector by the id that the service has for it.
pub fn api_id(offers: &mut Offers<'_, '_>, name: &str) {
    let offer = offers.named_text(name, &format!("{APIS}{name}"), CompletionKind::Connection);
    offer.detail = Some(connectors::title(name));
}

fn all_connectors(
    project: &Project,
    file: FileId,
    flow: &FlowView<'_>,
    first: Option<&str>,
    mut add: impl FnMut(&mut Offers<'_, '_>, &str),
    offers: &mut Offers<'_, '_>,
) {
    let mut names: Vec<&str> = first.into_iter().collect();
    let own = flow.summary.connections.iter().filter_map(|key| key.connector.as_ref());
    let own = own.map(|name| name.value.as_str());
    let workspace = project.workspace();
    let solution = workspace.get(file).and_then(|file| file.solution);
    let declared = solution
        .into_iter()
        .flat_map(|id| workspace.references(id))
        .filter_map(|one| one.connector());
    for name in own.chain(declared) {
        if !names.iter().any(|known| same_name(known, name)) {
            names.push(name);
        }
    }
    for name in names {
        add(offers, name);
    }
}
