//! `customDeploymentSettings.json` of the ALM Accelerator: who owns, switches on or may run which flow.

use syntax::Span;
use syntax::json::{Tree, Value};

use super::{SettingsList, faults, settings_list, string};
use crate::component::{Component, Mention};
use crate::facts::Spanned;
use crate::guid::Guid;

/// The section that names the owners of components.
const OWNERSHIP: &str = "SolutionComponentOwnershipConfiguration";
/// The section that names what to switch on.
const ACTIVATION: &str = "ActivateFlowConfiguration";
/// Sections whose entries are about flows.
const OF_FLOWS: [&str; 3] = [OWNERSHIP, ACTIVATION, "FlowShareWithGroupTeamConfiguration"];
/// Every section that the accelerator reads.
pub(super) const SECTIONS: [&str; 9] = [
    ACTIVATION,
    OWNERSHIP,
    "FlowShareWithGroupTeamConfiguration",
    "ConnectorShareWithGroupTeamConfiguration",
    "AadGroupCanvasConfiguration",
    "AadGroupTeamConfiguration",
    "WebhookUrls",
    "SDKMessages",
    "OrgSettings",
];
/// `solutionComponentType` of flows and other processes.
const PROCESS: i64 = 29;

/// Owners that the ALM Accelerator's settings give to flows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CustomSettings {
    /// Whether the file is valid JSON and every section and entry can be read, so that absence in it means absence.
    pub complete: bool,
    /// `SolutionComponentOwnershipConfiguration`, which names the owners of components.
    pub ownership_list: Option<SettingsList>,
    /// Who is to own, or to switch on, which flow.
    pub owners: Vec<FlowOwner>,
    /// Entries about flows and other processes, in the order of the file.
    pub entries: Vec<FlowEntry>,
    /// Every place where it names a flow, or something else that is owned: a connection reference.
    pub mentions: Vec<Mention>,
    /// What no tool can use.
    pub faults: Vec<faults::SettingsFault>,
}

/// One owner of one flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowOwner {
    /// The flow, where its id can be read.
    pub flow: Option<Guid>,
    /// The flow's name as the file gives it.
    pub flow_name: Option<String>,
    /// The account: an address, or a pipeline token.
    pub account: Spanned<String>,
    /// Which field said so: `ownerEmail` or `activateAsUser`.
    pub field: &'static str,
}

/// An entry about a flow or another process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowEntry {
    /// The section it stands in.
    pub section: &'static str,
    /// The flow's id, with its place.
    pub id: Spanned<Guid>,
    /// The flow's name as the entry gives it.
    pub name: Option<Spanned<String>>,
    /// What the entry says besides id and name, to tell whether two say the same.
    pub says: Vec<(String, String)>,
    /// What to delete to remove the entry.
    pub removal: Span,
}

/// Reads the settings; `None` where the document has none of their sections.
pub(super) fn read(tree: &Tree, root: Value<'_>, text: &str) -> Option<CustomSettings> {
    let array = |name: &str| root.get(name).filter(|list| list.is_array());
    let known = [ACTIVATION, OWNERSHIP, "ConnectorShareWithGroupTeamConfiguration"];
    if !known.iter().any(|name| array(name).is_some()) {
        return None;
    }
    let mut owners = Vec::new();
    for (section, field) in [(OWNERSHIP, "ownerEmail"), (ACTIVATION, "activateAsUser")] {
        for entry in array(section).iter().flat_map(Value::items) {
            // An empty account owns nothing, whatever the entry was made for.
            let account = entry.get(field).and_then(string);
            let Some(account) = account.filter(|account| !account.value.trim().is_empty()) else {
                continue;
            };
            owners.push(FlowOwner {
                flow: id_of(entry).map(|id| id.value),
                flow_name: name_of(entry).map(|name| name.value),
                account,
                field,
            });
        }
    }
    let faults = faults::of_custom(root);
    Some(CustomSettings {
        complete: !tree.is_broken() && faults.iter().all(|fault| !fault.hides()),
        ownership_list: settings_list(root, OWNERSHIP, text).filter(|list| list.name_span.is_some()),
        owners,
        entries: OF_FLOWS
            .iter()
            .flat_map(|section| flow_entries(array(section), section))
            .collect(),
        mentions: mentions(root),
        faults,
    })
}

fn id_of(entry: Value<'_>) -> Option<Spanned<Guid>> {
    let named = ["solutionComponentUniqueName", "solutionComponentId"];
    named.iter().find_map(|key| {
        let value = entry.get(key)?;
        Some(Spanned::new(Guid::parse(&value.as_str()?)?, value.content_span()))
    })
}

fn name_of(entry: Value<'_>) -> Option<Spanned<String>> {
    entry.get("solutionComponentName").and_then(string)
}

fn flow_entries(list: Option<Value<'_>>, section: &'static str) -> Vec<FlowEntry> {
    let Some(list) = list else { return Vec::new() };
    let is_process = |entry: &Value<'_>| {
        entry
            .get("solutionComponentType")
            .is_none_or(|kind| kind.as_i64() == Some(PROCESS) || kind.is_str("29"))
    };
    let entries = super::entries(Some(list), |entry, removal| {
        let id = is_process(&entry).then(|| id_of(entry)).flatten()?;
        let said = entry.members().filter_map(|member| {
            let name = member.key.as_str()?;
            let counts = !name.starts_with("solutionComponent");
            counts.then(|| Some((name.to_ascii_lowercase(), member.value?.raw().to_lowercase())))?
        });
        let mut says: Vec<(String, String)> = said.collect();
        says.sort();
        Some(FlowEntry {
            section: "",
            id,
            name: name_of(entry),
            says,
            removal,
        })
    });
    entries
        .into_iter()
        .map(|entry| FlowEntry { section, ..entry })
        .collect()
}

/// Names of components in every section. Sections about connectors name connectors, which may be called like anything.
fn mentions(root: Value<'_>) -> Vec<Mention> {
    let mut found = Vec::new();
    for section in root.members() {
        let (Some(name), Some(list)) = (section.key.as_str(), section.value) else {
            continue;
        };
        for entry in list.items() {
            let names = ["solutionComponentUniqueName", "solutionComponentId"];
            let named = names.iter().filter_map(|key| entry.get(key).and_then(string));
            found.extend(named.filter(|named| !named.value.is_empty()).filter_map(|named| {
                let component = match Guid::parse(&named.value) {
                    Some(id) => Component::Flow(id),
                    None if name.starts_with("Connector") => return None,
                    None => Component::ConnectionReference(named.value),
                };
                Some(Mention {
                    component,
                    span: named.span,
                })
            }));
        }
    }
    found
}
