//! Flows that custom settings name by id.

use model::files::{folder_of, is_below};
use model::settings::{CustomSettings, FlowEntry};
use model::{Component, Facts, Guid};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{FileId, Finding, Findings, RULE, Workspace, WorkspaceEdit, settings_for};
use crate::wording::squeezed;

pub(super) fn check(workspace: &Workspace, findings: &mut Findings) {
    if workspace.custom_settings().is_empty() {
        return;
    }
    let known = known(workspace);
    for &settings in workspace.custom_settings() {
        let Some(facts) = workspace.file(settings).facts.custom_settings() else {
            continue;
        };
        let mut gone: Vec<Vec<&FlowEntry>> = Vec::new();
        let mut seen: FxHashMap<Guid, usize> = FxHashMap::default();
        for entry in facts.entries.iter().filter(|entry| !known.contains(&entry.id.value)) {
            let at = *seen.entry(entry.id.value).or_insert(gone.len());
            if at == gone.len() {
                gone.push(Vec::new());
            }
            gone[at].push(entry);
        }
        let serves = serves_what_is_here(workspace, facts);
        let free = (gone.len() <= MOST_SOUGHT).then(|| Free::of(workspace, settings, facts, serves));
        for entries in gone {
            let near = free.as_ref().and_then(|free| free.near(&entries));
            if serves || near.is_some() {
                findings.push(finding(workspace, settings, &entries, near));
            }
        }
    }
}

/// Ids of every flow and process that any file tells of. Of flows nothing else is read here, so that typing in one
/// changes nothing.
fn known(workspace: &Workspace) -> FxHashSet<Guid> {
    let mut known = FxHashSet::default();
    for (_, file) in workspace.files() {
        match &file.facts {
            Facts::Flow(flow) => known.extend(flow.id),
            Facts::Workflow(metadata) => known.extend(metadata.id.as_ref().map(|id| id.value)),
            Facts::Customizations(facts) => {
                known.extend(facts.workflows.iter().filter_map(|w| w.id.as_ref().map(|id| id.value)));
            }
            Facts::Manifest(manifest) => known.extend(manifest.mentions.iter().filter_map(|m| match m.component {
                Component::Flow(id) => Some(id),
                _ => None,
            })),
            _ => {}
        }
    }
    known
}

/// Whether most flows of the settings are here, in solutions that can be read: the others are gone then.
fn serves_what_is_here(workspace: &Workspace, facts: &CustomSettings) -> bool {
    let named: FxHashSet<Guid> = facts.entries.iter().map(|entry| entry.id.value).collect();
    let solutions = |id: &Guid| {
        let files = workspace.flows_with_id(*id).iter();
        files
            .filter_map(|file| workspace.file(*file).solution)
            .collect::<Vec<_>>()
    };
    let here: Vec<_> = named.iter().map(solutions).filter(|found| !found.is_empty()).collect();
    let complete = here.iter().flatten().all(|solution| workspace.is_complete(*solution));
    !here.is_empty() && here.len() * 2 >= named.len() && complete
}

/// Of so many flows that are gone, nobody meant others.
const MOST_SOUGHT: usize = 50;

/// Flows that an entry may have meant: those that its section does not name already.
struct Free<'a> {
    flows: FxHashMap<Guid, String>,
    /// Those of solutions that the settings serve or lie with, whose names prove something.
    beside: FxHashSet<Guid>,
    named: FxHashSet<(&'a str, Guid)>,
}

impl<'a> Free<'a> {
    fn of(workspace: &Workspace, settings: FileId, facts: &'a CustomSettings, serves: bool) -> Self {
        let mut all = Self {
            flows: FxHashMap::default(),
            beside: FxHashSet::default(),
            named: facts
                .entries
                .iter()
                .map(|entry| (entry.section, entry.id.value))
                .collect(),
        };
        for (_, solution) in workspace.solutions() {
            let lies_with = is_below(&workspace.file(settings).path, folder_of(&solution.root));
            for &file in &solution.flows {
                let id = workspace.file(file).facts.flow().and_then(|flow| flow.id);
                if let Some(id) = id {
                    all.flows.entry(id).or_insert_with(|| workspace.flow_name(file));
                    all.beside.extend((serves || lies_with).then_some(id));
                }
            }
        }
        all
    }

    /// The one that was probably meant: its id differs by a slip, or it alone has the name.
    fn near(&self, entries: &[&FlowEntry]) -> Option<(Guid, &str)> {
        let first = entries.first()?;
        let free = || {
            self.flows
                .iter()
                .filter(|(id, _)| !self.named.contains(&(first.section, **id)))
        };
        let ids: Vec<String> = free().map(|(id, _)| id.to_string()).collect();
        let by_id =
            expr::did_you_mean(&first.id.value.to_string(), ids.iter().map(String::as_str)).and_then(Guid::parse);
        let by_name = || {
            let wanted = first
                .name
                .as_ref()
                .map(|name| name.value.as_str())
                .filter(|name| !name.trim().is_empty())?;
            let mut named = free().filter(|(id, name)| self.beside.contains(id) && squeezed(name) == squeezed(wanted));
            let (id, _) = named.next()?;
            named.next().is_none().then_some(*id)
        };
        let id = by_id.or_else(by_name)?;
        Some((id, self.flows.get(&id)?))
    }
}

fn finding(workspace: &Workspace, settings: FileId, entries: &[&FlowEntry], near: Option<(Guid, &str)>) -> Finding {
    let first = entries[0];
    let name = first
        .name
        .as_ref()
        .map(|name| name.value.as_str())
        .filter(|name| !name.trim().is_empty());
    let (called, place) = (name.unwrap_or("A flow"), settings_for(workspace, settings));
    let hint = near.as_ref().map_or_else(
        || "Remove the entry.".to_owned(),
        |(_, near)| format!("Did you mean the id of `{near}`?"),
    );
    let message = format!(
        "`{called}` in {place} has an id that is of no flow here, so its entry in `{}` has no effect or stops the import. {hint}",
        first.section
    );
    let mut finding = Finding::new(&RULE, settings, first.id.span, called, message);
    for other in &entries[1..] {
        finding = finding.related(settings, other.id.span, format!("named again in `{}`", other.section));
    }
    // Two entries of one section are told apart by the rule about such.
    let mut each: Vec<&FlowEntry> = Vec::new();
    for entry in entries {
        if !each.iter().any(|own| own.section == entry.section) {
            each.push(entry);
        }
    }
    if let Some((id, near)) = &near {
        let mut edit = WorkspaceEdit::default();
        for entry in &each {
            edit.push(settings, syntax::edit::TextEdit::new(entry.id.span, id.to_string()));
        }
        return finding.fix(format!("Write the id of `{near}`"), false, edit);
    }
    let mut edit = WorkspaceEdit::default();
    for entry in &each {
        edit.push(settings, syntax::edit::TextEdit::new(entry.removal, ""));
    }
    finding.fix(
        format!("Remove the entry for `{called}`"),
        entries.len() == each.len(),
        edit,
    )
}
