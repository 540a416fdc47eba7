//! Metadata of a flow that speaks of another file or another flow.

use edits::WorkspaceEdit;
use model::files::name_of;
use model::workflow_metadata::{CLOUD_FLOW, WorkflowMetadata};
use model::{FileId, Guid, Profile};

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Metadata of a cloud flow (`X.json.data.xml`, or the entry in the customizations) whose `JsonFileName` is not the flow's
    /// file, or whose `WorkflowId` is not the id in the name of that file. Case does not count. The display name is not compared: it changes
    /// when somebody renames the flow, and the file keeps the old one.
    ///
    /// # Why it matters
    ///
    /// Mostly a file was copied or renamed by hand. The solution cannot be packed or imported, or the import writes one flow's definition
    /// over another.
    ///
    /// # How to fix
    ///
    /// Make them agree. The fix writes the file's name into the metadata, and its id where the solution's root components have
    /// that id.
    ///
    /// # Example
    ///
    /// ```xml
    /// <!-- wrong, in NotifySales-1B2C….json.data.xml -->
    /// <JsonFileName>/Workflows/NotifyOrders-9F8E….json</JsonFileName>
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Work with cloud flows using code", <https://learn.microsoft.com/power-automate/manage-flows-with-code>
    static RULE = {
        id: "workflow-metadata-mismatch",
        summary: "metadata of a flow speaks of another file or another flow",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    for (flow, _) in context.flows() {
        let Some((file, metadata)) = context.workspace.metadata_of(flow) else {
            continue;
        };
        if metadata.category == Some(CLOUD_FLOW) && metadata.complete {
            findings.found.extend(other_file(context, flow, file, metadata));
            findings.found.extend(other_id(context, flow, file, metadata));
        }
    }
}

fn other_file(
    context: &SolutionContext<'_>,
    flow: FileId,
    file: FileId,
    metadata: &WorkflowMetadata,
) -> Option<Finding> {
    let path = &context.workspace.file(flow).path;
    let own = name_of(path);
    let written = metadata.json_file_name.as_ref().filter(|name| !name.value.is_empty())?;
    let named = written.value.rsplit(['/', '\\']).next().unwrap_or_default();
    if named.eq_ignore_ascii_case(own) {
        return None;
    }
    let message = format!(
        "The metadata of flow `{}` names `{named}` as its definition, and stands beside `{own}`, so the solution cannot be packed or takes another flow's definition. Write the name of its own file.",
        context.workspace.flow_name(flow)
    );
    let edit = WorkspaceEdit::replace(file, written.span, format!("/Workflows/{own}"));
    Some(Finding::new(&RULE, file, written.span, own, message).fix(format!("Write `/Workflows/{own}`"), true, edit))
}

fn other_id(context: &SolutionContext<'_>, flow: FileId, file: FileId, metadata: &WorkflowMetadata) -> Option<Finding> {
    let workspace = context.workspace;
    let own = Guid::from_flow_file(name_of(&workspace.file(flow).path))?;
    let written = metadata.id.as_ref().filter(|id| id.value != own)?;
    let message = format!(
        "The metadata of flow `{}` has another id than the name of its definition, so an import writes over another flow, or makes a second one. Let both have one id.",
        workspace.flow_name(flow)
    );
    let finding = Finding::new(&RULE, file, written.span, own.to_string(), message);
    let manifest = workspace.file(context.solution.manifest?).facts.manifest()?;
    let listed = |id| manifest.workflow_component(id).is_some();
    if !listed(own) {
        return Some(finding);
    }
    let edit = WorkspaceEdit::replace(file, written.span, format!("{{{own}}}"));
    // Where the components have both, one of them may be another flow.
    let safe = !listed(written.value);
    Some(finding.fix("Write the id of the file", safe, edit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, FLOW_ID, Sample};

    const OTHER: &str = "99999999-2222-3333-4444-555555555555";

    fn metadata() -> String {
        format!("{FLOW}.data.xml")
    }

    #[test]
    fn the_name_of_another_file() {
        for name in ["Workflows/Other.json", "/Workflows/Main-copy.json", "Other.json"] {
            let sample = Sample::actions("").replace(&metadata(), &FLOW[2..], name);
            assert_eq!(sample.marked(RULE.id), [name]);
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{name}");
            assert!(sample.of(RULE.id)[0].finding.fixes[0].safe);
        }
    }

    #[test]
    fn the_id_of_another_flow() {
        let sample = Sample::actions("").replace(&metadata(), &format!("{{{FLOW_ID}}}"), &format!("{{{OTHER}}}"));
        assert_eq!(sample.of(RULE.id).len(), 1);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        assert!(sample.of(RULE.id)[0].finding.fixes[0].safe);
        let unlisted = sample.replace("/s/Other/Solution.xml", FLOW_ID, OTHER);
        assert_eq!(unlisted.of(RULE.id)[0].finding.fixes, []);
    }

    #[test]
    fn what_agrees_is_silent() {
        let sample = Sample::actions("");
        assert_eq!(sample.marked(RULE.id), [""; 0]);
        let upper = sample.replace(&metadata(), FLOW_ID, &FLOW_ID.to_uppercase());
        assert_eq!(upper.marked(RULE.id), [""; 0]);
        let classic = Sample::actions("")
            .replace(&metadata(), "<Category>5", "<Category>0")
            .replace(&metadata(), &FLOW[2..], "x.json");
        assert_eq!(classic.marked(RULE.id), [""; 0]);
    }
}
