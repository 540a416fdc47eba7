//! What a flow needs around it.

use model::files::{FileId, name_of};
use model::{Guid, SolutionId, Workspace};
use syntax::xml;

use super::{line_ending, manifest_of, new_file, version};
use crate::WorkspaceEdit;

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
