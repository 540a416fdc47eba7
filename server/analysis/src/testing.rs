//! A workspace made of texts, for the tests of this crate.

use std::sync::Arc;

use model::flow::StringMemo;
use model::{Facts, File, Workspace};
use syntax::{Encoding, LineIndex};

/// The workspace of these files; inventories that configurations name are read as such.
pub fn workspace(files: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::default();
    let memo = StringMemo::default();
    let file = |workspace: &Workspace, path: &str, text: &str| {
        let read_as = workspace.read_as(path)?;
        let facts = model::reading::read(path, read_as, text, &memo).facts;
        Some(File {
            path: path.into(),
            read_as,
            facts,
            lines: Arc::new(LineIndex::new(text)),
            encoding: Encoding::Utf8,
            bom: false,
            bytes: text.len() as u64,
            solution: None,
        })
    };
    // Configurations first: they say which files are inventories.
    for configurations in [true, false] {
        for (path, text) in files {
            let Some(file) = file(&workspace, path, text) else {
                continue;
            };
            if matches!(file.facts, Facts::Configuration(_)) == configurations {
                workspace.set(file);
            }
        }
        workspace.refresh();
    }
    workspace
}

/// A manifest and customizations in the classic layout, with these connection references and connectors.
pub fn solution(root: &str, name: &str, references: &[(&str, &str)]) -> [(String, String); 2] {
    let references: String = references
        .iter()
        .map(|(name, connector)| {
            format!(
                "<connectionreference connectionreferencelogicalname=\"{name}\"><connectionreferencedisplayname>{name} shown\
                 </connectionreferencedisplayname><connectorid>/providers/Microsoft.PowerApps/apis/{connector}</connectorid>\
                 </connectionreference>"
            )
        })
        .collect();
    [
        (
            format!("{root}/Other/Solution.xml"),
            format!(
                "<ImportExportXml><SolutionManifest><UniqueName>{name}</UniqueName></SolutionManifest></ImportExportXml>"
            ),
        ),
        (
            format!("{root}/Other/Customizations.xml"),
            format!("<ImportExportXml><connectionreferences>{references}</connectionreferences></ImportExportXml>"),
        ),
    ]
}

/// The path of a flow with a number for its id.
pub fn flow_path(root: &str, name: &str, number: u32) -> String {
    format!("{root}/Workflows/{name}-00000000-0000-0000-0000-{number:012}.json")
}

/// A flow with one key for each of these references, a trigger and actions, all as members of JSON objects. A reference
/// that begins with `?` is used as whoever starts the flow.
pub fn flow(references: &[(&str, &str)], trigger: &str, actions: &str) -> String {
    let keys: Vec<String> = references
        .iter()
        .map(|(name, connector)| {
            let (source, name) = match name.strip_prefix('?') {
                Some(name) => ("invoker", name),
                None => ("embedded", *name),
            };
            format!(
                r#""{name}":{{"runtimeSource":"{source}","connection":{{"connectionReferenceLogicalName":"{name}"}},"api":{{"name":"{connector}"}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"properties":{{"connectionReferences":{{{}}},"definition":{{"$schema":"workflowdefinition.json#","triggers":{{{trigger}}},"actions":{{{actions}}}}}}},"schemaVersion":"1.0.0.0"}}"#,
        keys.join(",")
    )
}

/// An operation as an action or trigger: name, key, connector, operation and the members of its parameters.
pub fn operation(name: &str, key: &str, connector: &str, id: &str, parameters: &str) -> String {
    format!(
        r#""{name}":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"{key}","operationId":"{id}","apiId":"/providers/Microsoft.PowerApps/apis/{connector}"}},"parameters":{{{parameters}}}}}}}"#
    )
}

/// A call of the child flow with this number.
pub fn call(name: &str, number: u32) -> String {
    format!(
        r#""{name}":{{"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"00000000-0000-0000-0000-{number:012}"}}}}}}"#
    )
}
