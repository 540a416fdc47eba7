//! Deployment settings: connection references, their connectors and environment variables by the names that solutions
//! declare, those of the solution the file lies with first.

use analysis::connectors;
use analysis::targets::nearest;
use model::{FileId, SolutionId, same_name};
use rules::Project;
use syntax::json::quote;

use super::connections::api_id;
use super::offers::{Offers, asks_again};
use super::place::{Place, Slot};
use crate::completion::CompletionKind;

/// A name that a solution declares.
struct Declared {
    name: String,
    title: String,
    connector: Option<String>,
    /// Whether the settings file most likely serves the solution.
    near: bool,
}

/// What can be written in a file of deployment settings; nothing in other files.
pub fn in_settings(project: &Project, file: FileId, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let path = place.path_from(0);
    let path: Vec<&str> = path.iter().map(|name| &**name).collect();
    let key = place.key().unwrap_or_default();
    match (path.as_slice(), place.slot, &*key) {
        (["ConnectionReferences"], Slot::Item, _) => {
            for one in references(project, file)
                .iter()
                .filter(|one| !is_listed(place, 1, "LogicalName", &one.name))
            {
                let connector = one.connector.as_deref().unwrap_or_default();
                let id = format!("/providers/Microsoft.PowerApps/apis/{connector}");
                let template = format!(
                    "{{\n\t\"LogicalName\": {},\n\t\"ConnectionId\": \"‹›\",\n\t\"ConnectorId\": {}\n}}",
                    quote(&one.name),
                    quote(if connector.is_empty() { "" } else { &id })
                );
                offers.rank(u8::from(!one.near));
                offers.value(&one.name, CompletionKind::Connection, &template).detail = Some(described(one));
            }
        }
        (["EnvironmentVariables"], Slot::Item, _) => {
            for one in variables(project, file)
                .iter()
                .filter(|one| !is_listed(place, 1, "SchemaName", &one.name))
            {
                let template = format!("{{\n\t\"SchemaName\": {},\n\t\"Value\": \"‹›\"\n}}", quote(&one.name));
                offers.rank(u8::from(!one.near));
                offers.value(&one.name, CompletionKind::Parameter, &template).detail = Some(one.title.clone());
            }
        }
        (["ConnectionReferences", "[]"], Slot::Name, _) => {
            names(&["LogicalName", "ConnectionId", "ConnectorId"], place, offers);
        }
        (["EnvironmentVariables", "[]"], Slot::Name, _) => names(&["SchemaName", "Value"], place, offers),
        (["ConnectionReferences", "[]"], Slot::Value(_), "LogicalName") => {
            let all = references(project, file);
            each(&all, place, "LogicalName", CompletionKind::Connection, offers);
        }
        (["EnvironmentVariables", "[]"], Slot::Value(_), "SchemaName") => {
            let all = variables(project, file);
            each(&all, place, "SchemaName", CompletionKind::Parameter, offers);
        }
        (["ConnectionReferences", "[]"], Slot::Value(_), "ConnectorId") => {
            let own = place
                .holder()
                .get("LogicalName")
                .and_then(|name| name.as_str())
                .unwrap_or_default();
            let all = references(project, file);
            let mut connectors: Vec<&str> = Vec::new();
            let (right, others): (Vec<_>, Vec<_>) = all.iter().partition(|one| same_name(&one.name, &own));
            for name in right.iter().chain(&others).filter_map(|one| one.connector.as_deref()) {
                if !connectors.contains(&name) {
                    connectors.push(name);
                    api_id(offers, name);
                }
            }
        }
        _ => {}
    }
}

fn names(names: &[&str], place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    for name in names.iter().filter(|name| !place.has_member(name)) {
        let offer = offers.member(name, CompletionKind::Property, "\"‹›\"");
        if name.ends_with("Name") || *name == "ConnectorId" {
            asks_again(offer);
        }
    }
}

/// Names, those that have no entry yet first.
fn each(all: &[Declared], place: &Place<'_>, key: &str, kind: CompletionKind, offers: &mut Offers<'_, '_>) {
    for one in all {
        let listed = is_listed(place, 2, key, &one.name);
        offers.rank(u8::from(!one.near) * 2 + u8::from(listed));
        offers.text(&one.name, kind).detail = Some(described(one));
    }
}

/// Whether an entry of the list that lies `up` containers around the place names this, but for the entry at hand.
fn is_listed(place: &Place<'_>, up: usize, key: &str, name: &str) -> bool {
    let depth = place.containers.len();
    let Some(list) = depth.checked_sub(up).and_then(|at| place.containers.get(at)) else {
        return false;
    };
    let mut entries = list.items().filter(|entry| !entry.span().touches(place.token.start));
    entries.any(|entry| {
        let named = entry.get(key).and_then(|named| named.as_str());
        named.is_some_and(|named| same_name(&named, name))
    })
}

fn described(one: &Declared) -> String {
    match &one.connector {
        Some(connector) => format!("{} · {}", one.title, connectors::title(connector)),
        None => one.title.clone(),
    }
}

/// Solutions, each with whether a file at this path most likely serves it.
fn solutions(project: &Project, file: FileId) -> Vec<(SolutionId, bool)> {
    let workspace = project.workspace();
    let all: Vec<SolutionId> = workspace.solutions().map(|(id, _)| id).collect();
    let near = nearest(workspace, &workspace.file(file).path, &all);
    all.into_iter().map(|id| (id, near.contains(&id))).collect()
}

fn references(project: &Project, file: FileId) -> Vec<Declared> {
    let workspace = project.workspace();
    let mut found: Vec<Declared> = Vec::new();
    for (solution, near) in solutions(project, file) {
        for reference in workspace.references(solution) {
            add(
                &mut found,
                Declared {
                    name: reference.logical_name.value.clone(),
                    title: reference.title().to_owned(),
                    connector: reference.connector().map(str::to_owned),
                    near,
                },
            );
        }
    }
    found
}

fn variables(project: &Project, file: FileId) -> Vec<Declared> {
    let workspace = project.workspace();
    let mut found: Vec<Declared> = Vec::new();
    for (solution, near) in solutions(project, file) {
        for name in workspace.variable_names(workspace.solution(solution)) {
            let file = workspace.variable_file(solution, name);
            let facts = file.and_then(|file| workspace.file(file).facts.variable_definition());
            add(
                &mut found,
                Declared {
                    name: name.to_owned(),
                    title: facts.and_then(|facts| facts.display_name.clone()).unwrap_or_default(),
                    connector: None,
                    near,
                },
            );
        }
    }
    found
}

fn add(found: &mut Vec<Declared>, new: Declared) {
    match found.iter_mut().find(|known| same_name(&known.name, &new.name)) {
        Some(known) => known.near |= new.near,
        None => found.push(new),
    }
}
