//! The project's own configuration: what its plan names. The schema knows its keys and fixed words; this knows the names
//! of the project.

use analysis::identity::environment_label;
use model::FileId;
use rules::Project;

use super::offers::Offers;
use super::place::{Place, Slot};
use crate::completion::CompletionKind;

/// What can be written in `flowsentry.jsonc`.
pub fn in_configuration(project: &Project, file: FileId, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let path = place.path_from(0);
    let path: Vec<&str> = path.iter().map(|name| &**name).collect();
    let key = place.key();
    let value = matches!(place.slot, Slot::Value(_));
    match (path.as_slice(), key.as_deref()) {
        (["references", "[]"], Some("match")) | (["references", "[]", "match"], None) => {
            references(project, file, offers)
        }
        (["owners", "[]"], Some("match")) | (["owners", "[]", "match"], None) => flows(project, file, offers),
        (["references" | "owners", "[]"], Some("account")) => accounts(project, place, offers),
        (["references" | "owners", "[]", "account"], _) if value => accounts(project, place, offers),
        (["references" | "owners", "[]", "account"], None) => environments(project, place, offers),
        (["accounts", "[]"], Some("match")) | (["accounts", "[]", "match"], None) => {
            known_accounts(project, place, offers)
        }
        (["allowedConnectors"], None) => {
            for name in used(project, |operation| operation.connector.to_string()) {
                if name.starts_with("shared_") && !place.has_item(&name) {
                    offers.text(&name, CompletionKind::Connection).detail = Some(analysis::connectors::title(&name));
                }
            }
        }
        (["sensitiveOperations"], None) => {
            for name in used(project, |operation| format!("{}/{}", operation.connector, operation.id)) {
                if name.starts_with("shared_") && !name.ends_with('/') && !place.has_item(&name) {
                    offers.text(&name, CompletionKind::Function);
                }
            }
        }
        _ => {}
    }
}

fn used(project: &Project, name: impl Fn(&model::flow::OperationSummary) -> String) -> Vec<String> {
    let flows = project.workspace().files().filter_map(|(_, file)| file.facts.flow());
    let mut names: Vec<String> = flows.flat_map(|flow| &flow.operations).map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// Files below the configuration's folder are what it is about.
fn is_below(project: &Project, configuration: FileId, path: &str) -> bool {
    let own = &project.workspace().file(configuration).path;
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    model::files::is_below(path, folder)
}

fn references(project: &Project, file: FileId, offers: &mut Offers<'_, '_>) {
    let workspace = project.workspace();
    let mut known: Vec<&str> = Vec::new();
    for (id, solution) in workspace.solutions() {
        if !is_below(project, file, &solution.root) {
            continue;
        }
        for reference in workspace.references(id) {
            let name = reference.logical_name.value.as_str();
            if !known.contains(&name) {
                known.push(name);
                let connector = reference
                    .connector()
                    .map(analysis::connectors::title)
                    .unwrap_or_default();
                let detail = format!("{} · {connector}", reference.title());
                offers.text(name, CompletionKind::Connection).detail = Some(detail);
            }
        }
    }
}

fn flows(project: &Project, file: FileId, offers: &mut Offers<'_, '_>) {
    let workspace = project.workspace();
    let flows = workspace.files().filter(|(_, other)| other.facts.flow().is_some());
    let flows = flows.filter(|(_, other)| is_below(project, file, &other.path));
    let mut names: Vec<String> = flows.map(|(id, _)| workspace.flow_name(id)).collect();
    names.sort();
    names.dedup();
    for name in names {
        offers.text(&name, CompletionKind::Flow);
    }
}

/// Accounts by the names the configuration gives them, then as it matches them.
fn accounts(project: &Project, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let list = place.containers.first().and_then(|root| root.get("accounts"));
    for entry in list.iter().flat_map(|list| list.items()) {
        let text = |key: &str| Some(entry.get(key)?.as_str()?.into_owned());
        if let Some(name) = text("name") {
            let parts = [text("kind"), text("match"), text("purpose")];
            let detail: Vec<String> = parts.into_iter().flatten().collect();
            offers.text(&name, CompletionKind::Word).detail = Some(detail.join(" · "));
        }
    }
    offers.rank(1);
    known_accounts(project, place, offers);
}

/// Accounts that deployment settings name.
fn known_accounts(project: &Project, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let workspace = project.workspace();
    let settings = workspace.files().filter_map(|(_, file)| file.facts.settings());
    let owners = settings
        .flat_map(|settings| &settings.references)
        .filter_map(|entry| entry.owner.as_ref());
    let mut names: Vec<&str> = owners.map(|owner| owner.value.as_str()).collect();
    let custom = workspace.files().filter_map(|(_, file)| file.facts.custom_settings());
    names.extend(
        custom
            .flat_map(|custom| &custom.owners)
            .map(|owner| owner.account.value.as_str()),
    );
    names.retain(|name| !name.is_empty() && !model::settings::is_token(name));
    names.sort_unstable();
    names.dedup();
    for name in names {
        if !place.has_item(name) {
            offers.text(name, CompletionKind::Word);
        }
    }
}

/// Environments by the names that paths of deployment settings give them, and `*` for all others.
fn environments(project: &Project, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let workspace = project.workspace();
    let files = workspace.settings().iter().chain(workspace.custom_settings());
    let mut names: Vec<&str> = files
        .filter_map(|file| environment_label(&workspace.file(*file).path))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.push("*");
    for name in names.iter().filter(|name| !place.has_member(name)) {
        offers.member(name, CompletionKind::Word, "\"‹›\"");
    }
}

/// The text with its comments blanked, so that it is JSON and every place stays where it is.
pub fn without_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut quoted) = (0, false);
    while at < bytes.len() {
        match (quoted, bytes[at], bytes.get(at + 1)) {
            (true, b'\\', _) => at += 1,
            // A quote that nothing closes ends with its line.
            (true, b'\n', _) => quoted = false,
            (_, b'"', _) => quoted = !quoted,
            (false, b'/', Some(b'/')) => {
                while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r') {
                    bytes[at] = b' ';
                    at += 1;
                }
                continue;
            }
            (false, b'/', Some(b'*')) => {
                let end = text[at + 2..].find("*/").map_or(bytes.len(), |end| at + end + 4);
                for byte in &mut bytes[at..end] {
                    if !matches!(*byte, b'\n' | b'\r') {
                        *byte = b' ';
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_give_way_to_blanks() {
        let text = "{ // ä \"x\"\n \"a//b\": \"c\\\"/*\", /* d\ne */ \"f\": 1 }";
        let blank = without_comments(text);
        assert_eq!(blank.len(), text.len());
        assert_eq!(blank.find("\"f\""), text.find("\"f\""));
        assert!(!blank.contains('ä') && blank.contains("a//b") && blank.contains("/*\"") && !blank.contains("e */"));
    }
}
