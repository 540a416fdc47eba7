//! Connection references.

use analysis::targets::Targets;
use model::{SolutionId, Workspace};
use syntax::xml;

use super::{manifest_of, token};
use crate::{WorkspaceEdit, naming};

/// A connection reference to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReference {
    /// Logical name.
    pub logical_name: String,
    /// Name for people.
    pub display_name: String,
    /// Connector's name, `shared_…`.
    pub connector: String,
}

impl NewReference {
    /// A reference of this connector, named for `solution`: `wanted`, or the connector's title, behind the publisher's
    /// prefix, and free there.
    ///
    /// `None` for connectors of the customer's own, which need more than their name, and where no prefix is known.
    #[must_use]
    pub fn named_for(
        workspace: &Workspace,
        solution: SolutionId,
        connector: &str,
        wanted: Option<&str>,
    ) -> Option<Self> {
        if connector.is_empty() || naming::is_custom_connector(connector) {
            return None;
        }
        let prefix = manifest_of(workspace, solution)?.prefix.as_deref()?;
        let title = naming::connector_title(connector);
        let base = wanted.map_or_else(
            || naming::logical_name(&title, prefix),
            |name| naming::with_prefix(name, prefix),
        );
        let logical_name = naming::free_name(base, |name| workspace.reference(solution, name).is_some());
        Some(Self {
            logical_name,
            display_name: title,
            connector: connector.to_owned(),
        })
    }
}

/// Adds a connection reference to the solution's customizations, and an entry to each of its settings files.
///
/// `None` when the solution has no customizations file that could take it.
#[must_use]
pub fn add_connection_reference(
    workspace: &Workspace,
    solution: SolutionId,
    new: &NewReference,
) -> Option<WorkspaceEdit> {
    let file = workspace.solution(solution).customizations?;
    let anchor = workspace
        .file(file)
        .facts
        .customizations()?
        .connection_references_anchor
        .as_ref()?;
    let id = format!("/providers/Microsoft.PowerApps/apis/{}", new.connector);
    let lines = [
        format!(
            "<connectionreference connectionreferencelogicalname=\"{}\">",
            xml::escape(&new.logical_name)
        ),
        format!(
            "  <connectionreferencedisplayname>{}</connectionreferencedisplayname>",
            xml::escape_text(&new.display_name)
        ),
        format!("  <connectorid>{}</connectorid>", xml::escape_text(&id)),
        "  <iscustomizable>1</iscustomizable>".to_owned(),
        "  <promptingbehavior>0</promptingbehavior>".to_owned(),
        "  <statecode>0</statecode>".to_owned(),
        "  <statuscode>1</statuscode>".to_owned(),
        "</connectionreference>".to_owned(),
    ];
    let mut edit = WorkspaceEdit::default();
    edit.push(file, anchor.add(&lines));
    for settings in Targets::new(workspace).settings_of(workspace, solution) {
        let Some(facts) = workspace.file(settings).facts.settings() else {
            continue;
        };
        let listed = facts
            .references
            .iter()
            .any(|r| model::same_name(&r.logical_name.value, &new.logical_name));
        if let Some(list) = facts.references_list.as_ref().filter(|_| !listed) {
            let connection = token("connectionreference", &new.logical_name);
            let members = [
                ("LogicalName", &*new.logical_name),
                ("ConnectionId", &*connection),
                ("ConnectorId", &*id),
            ];
            edit.push(settings, list.anchor.add(&members));
        }
    }
    Some(edit)
}
