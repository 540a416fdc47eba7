//! Adding components to a solution, with what goes with them: entries of settings, root components, files.

mod flow;
mod reference;
mod settings;
mod variable;

use model::manifest::Manifest;
use model::{SolutionId, Workspace};
use syntax::xml;

use crate::WorkspaceEdit;
use crate::workspace_edit::NewFile;

pub use self::flow::{add_flow_component, add_flow_metadata};
pub use self::reference::{NewReference, add_connection_reference};
pub use self::settings::add_settings;
pub use self::variable::{NUMBER, NewVariable, TEXT, add_variable};

/// The token written where nobody can know a value: pipelines replace it, and no rule calls it empty.
#[must_use]
pub fn token(kind: &str, name: &str) -> String {
    format!("#{{{kind}.{name}}}#")
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
    use model::{File, Guid, reading};
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
            default: None,
        };
        let mut added = add_variable(&workspace, SolutionId(0), &new).unwrap();
        let settings = syntax::edit::apply(SETTINGS, &added.files[0].edits).unwrap();
        assert!(
            settings.contains("\"Value\": \"#{environmentvariable.con_Url}#\""),
            "{settings}"
        );
        let file = added.new_files.remove(0);
        assert_eq!(
            file.path,
            "/s/environmentvariabledefinitions/con_Url/environmentvariabledefinition.xml"
        );
        let facts = model::variables::VariableDefinition::read(&file.text);
        assert_eq!(
            (facts.display_name.as_deref(), facts.complete, facts.kind_name()),
            (Some("Url \"1\" & 2"), true, "text")
        );
        let named = NewVariable::named_for(&workspace, SolutionId(0), "HR-site URL", TEXT, Some("a<b".into())).unwrap();
        assert_eq!(
            (&*named.schema_name, &*named.display_name),
            ("con_HRSiteURL", "HR site URL")
        );
        let text = &add_variable(&workspace, SolutionId(0), &named).unwrap().new_files[0].text;
        let default = model::variables::VariableDefinition::read(text).default;
        assert_eq!(default.map(|default| default.value).as_deref(), Some("a<b"));
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
