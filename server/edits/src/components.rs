//! Adding components to a solution.

use analysis::targets::Targets;
use model::files::{FileId, folder_of, name_of};
use model::manifest::Manifest;
use model::workspace::in_solution;
use model::{Guid, SolutionId, Workspace};
use syntax::xml;

use crate::workspace_edit::NewFile;
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

/// An environment variable to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVariable {
    /// Schema name.
    pub schema_name: String,
    /// Name for people.
    pub display_name: String,
    /// Type as the definition writes it, such as 100000000 for text.
    pub kind: u32,
}

/// The token written where nobody can know a value: pipelines replace it, and no rule calls it empty.
#[must_use]
pub fn token(kind: &str, name: &str) -> String {
    format!("#{{{kind}.{name}}}#")
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

/// Adds a root component for a flow to the solution's manifest.
#[must_use]
pub fn add_flow_component(workspace: &Workspace, solution: SolutionId, flow: Guid) -> Option<WorkspaceEdit> {
    let file = workspace.solution(solution).manifest?;
    let anchor = workspace.file(file).facts.manifest()?.root_components_anchor.as_ref()?;
    let mut edit = WorkspaceEdit::default();
    edit.push(
        file,
        anchor.add(&[format!(
            "<RootComponent type=\"29\" id=\"{{{flow}}}\" behavior=\"0\" />"
        )]),
    );
    Some(edit)
}

/// Creates the definition of an environment variable in the solution, without a value.
///
/// `None` when the name cannot be a folder's, or the definition is there already.
#[must_use]
pub fn add_variable(workspace: &Workspace, solution: SolutionId, new: &NewVariable) -> Option<WorkspaceEdit> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if new.schema_name.is_empty() || !new.schema_name.chars().all(is_plain) {
        return None;
    }
    let manifest = manifest_of(workspace, solution)?;
    let root = workspace.solution(solution);
    let sibling = root
        .variables
        .first()
        .map(|id| folder_of(folder_of(&workspace.file(*id).path)).to_owned());
    let folder = sibling.unwrap_or_else(|| in_solution(root, "environmentvariabledefinitions"));
    let path = format!("{folder}/{}/environmentvariabledefinition.xml", new.schema_name);
    let (name, title) = (xml::escape(&new.schema_name), xml::escape(&new.display_name));
    let lines = [
        format!("<environmentvariabledefinition schemaname=\"{name}\">"),
        format!("  <displayname default=\"{title}\">"),
        format!("    <label description=\"{title}\" languagecode=\"1033\" />"),
        "  </displayname>".to_owned(),
        format!("  <introducedversion>{}</introducedversion>", version(manifest)),
        "  <iscustomizable>1</iscustomizable>".to_owned(),
        "  <isrequired>0</isrequired>".to_owned(),
        "  <secretstore>0</secretstore>".to_owned(),
        format!("  <type>{}</type>", new.kind),
        "</environmentvariabledefinition>".to_owned(),
    ];
    new_file(workspace, path, &lines.join(line_ending(manifest)), false)
}

/// Creates the metadata file of a flow that lies in a classic root without one; the flow is off in it.
#[must_use]
pub fn add_flow_metadata(workspace: &Workspace, solution: SolutionId, flow: FileId, id: Guid) -> Option<WorkspaceEdit> {
    let manifest = manifest_of(workspace, solution)?;
    let path = &workspace.file(flow).path;
    let title = xml::escape(&workspace.flow_name(flow));
    let json_file = xml::escape_text(name_of(path));
    let version = version(manifest);
    let text = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Workflow WorkflowId="{{{id}}}" Name="{title}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <JsonFileName>/Workflows/{json_file}</JsonFileName>
  <Type>1</Type>
  <Subprocess>0</Subprocess>
  <Category>5</Category>
  <Mode>0</Mode>
  <Scope>4</Scope>
  <OnDemand>0</OnDemand>
  <TriggerOnCreate>0</TriggerOnCreate>
  <TriggerOnDelete>0</TriggerOnDelete>
  <AsyncAutodelete>0</AsyncAutodelete>
  <SyncWorkflowLogOnFailure>0</SyncWorkflowLogOnFailure>
  <StateCode>0</StateCode>
  <StatusCode>1</StatusCode>
  <RunAs>1</RunAs>
  <IsTransacted>1</IsTransacted>
  <IntroducedVersion>{version}</IntroducedVersion>
  <IsCustomizable>1</IsCustomizable>
  <PrimaryEntity>none</PrimaryEntity>
  <LocalizedNames>
    <LocalizedName languagecode="1033" description="{title}" />
  </LocalizedNames>
</Workflow>"#
    );
    let text = text.replace('\n', line_ending(manifest));
    new_file(workspace, format!("{path}.data.xml"), &text, true)
}

fn new_file(workspace: &Workspace, path: String, text: &str, bom: bool) -> Option<WorkspaceEdit> {
    let mut edit = WorkspaceEdit::default();
    if workspace.id(&path).is_some() {
        return None;
    }
    edit.new_files.push(NewFile {
        path,
        text: text.to_owned(),
        bom,
    });
    Some(edit)
}

fn manifest_of(workspace: &Workspace, solution: SolutionId) -> Option<&Manifest> {
    workspace.file(workspace.solution(solution).manifest?).facts.manifest()
}

fn version(manifest: &Manifest) -> String {
    xml::escape_text(manifest.version.as_deref().unwrap_or("1.0.0.0"))
}

fn line_ending(manifest: &Manifest) -> &'static str {
    manifest
        .root_components_anchor
        .as_ref()
        .map_or("\n", model::anchor::ListAnchor::line_ending)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::flow::StringMemo;
    use model::{File, reading};
    use syntax::{Encoding, LineIndex};

    use super::*;

    const MANIFEST: &str = "<ImportExportXml>\r\n  <SolutionManifest>\r\n    <UniqueName>S</UniqueName>\r\n    <Version>1.2</Version>\r\n    <Publisher>\r\n      <CustomizationPrefix>con</CustomizationPrefix>\r\n    </Publisher>\r\n    <RootComponents />\r\n  </SolutionManifest>\r\n</ImportExportXml>";
    const CUSTOMIZATIONS: &str = "<ImportExportXml>\n  <connectionreferences>\n    <connectionreference connectionreferencelogicalname=\"con_Office365Outlook\" />\n  </connectionreferences>\n</ImportExportXml>";
    const FLOW: &str = "/s/Workflows/A & B-11111111-2222-3333-4444-555555555555.json";
    const SETTINGS: &str = "{\n  \"EnvironmentVariables\": [],\n  \"ConnectionReferences\": [\n    { \"LogicalName\": \"con_Office365Outlook\" }\n  ]\n}";

    fn workspace() -> Workspace {
        let mut workspace = Workspace::default();
        let memo = StringMemo::default();
        for (path, text) in [
            ("/s/Other/Solution.xml", MANIFEST),
            ("/s/Other/Customizations.xml", CUSTOMIZATIONS),
            (FLOW, r#"{"properties":{"definition":{"triggers":{},"actions":{}}}}"#),
            ("/s/settings.json", SETTINGS),
        ] {
            let read_as = workspace.read_as(path).unwrap();
            workspace.set(File {
                path: path.into(),
                read_as,
                facts: reading::read(path, read_as, text, &memo).facts,
                lines: Arc::new(LineIndex::new(text)),
                encoding: Encoding::Utf8,
                bom: false,
                bytes: 0,
                solution: None,
            });
        }
        workspace.refresh();
        workspace
    }

    #[test]
    fn a_new_reference_is_named_and_gets_its_settings() {
        let workspace = workspace();
        let named = |connector, wanted| NewReference::named_for(&workspace, SolutionId(0), connector, wanted);
        assert_eq!(
            named("shared_office365", None).unwrap().logical_name,
            "con_Office365Outlook_2"
        );
        assert_eq!(
            named("shared_office365", Some("new_mail")).unwrap().logical_name,
            "con_mail"
        );
        assert_eq!(named("shared_cat-5fx-5f0123456789abcdef", None), None);
        let new = named("shared_sql", None).unwrap();
        let edit = add_connection_reference(&workspace, SolutionId(0), &new).unwrap();
        let text_of = |path: &str| {
            Some(
                if path == "/s/settings.json" {
                    SETTINGS
                } else {
                    CUSTOMIZATIONS
                }
                .to_owned(),
            )
        };
        let after = edit.apply(&workspace, text_of).unwrap();
        assert!(after["/s/settings.json"].contains("#{connectionreference.con_SQLServer}#"));
        let facts = model::customizations::Customizations::read(&after["/s/Other/Customizations.xml"]);
        assert!(facts.complete && facts.connection_references[1].title() == "SQL Server");
    }

    #[test]
    fn new_files_read_back_and_end_lines_as_the_manifest_does() {
        let workspace = workspace();
        let new = NewVariable {
            schema_name: "con_Url".into(),
            display_name: "Url \"1\" & 2".into(),
            kind: 100_000_000,
        };
        let file = add_variable(&workspace, SolutionId(0), &new)
            .unwrap()
            .new_files
            .remove(0);
        assert_eq!(
            file.path,
            "/s/environmentvariabledefinitions/con_Url/environmentvariabledefinition.xml"
        );
        let facts = model::variables::VariableDefinition::read(&file.text);
        assert_eq!(
            (facts.display_name.as_deref(), facts.complete, facts.kind_name()),
            (Some("Url \"1\" & 2"), true, "text")
        );
        assert!(file.text.contains("\r\n") && !file.text.replace("\r\n", "").contains('\n') && !file.bom);
        assert_eq!(
            add_variable(
                &workspace,
                SolutionId(0),
                &NewVariable {
                    schema_name: "../x".into(),
                    ..new
                }
            ),
            None
        );

        let flow = workspace.id(FLOW).unwrap();
        let id = Guid::parse("11111111-2222-3333-4444-555555555555").unwrap();
        let file = add_flow_metadata(&workspace, SolutionId(0), flow, id)
            .unwrap()
            .new_files
            .remove(0);
        let facts = model::workflow_metadata::WorkflowMetadata::read(&file.text);
        assert_eq!(
            (facts.complete, facts.category, facts.state, file.bom),
            (true, Some(5), Some(0), true)
        );
        assert_eq!(facts.name.unwrap().value, "A & B");
        assert_eq!(facts.json_file_name.unwrap().value, &FLOW[2..]);
    }
}
