//! A flow calls a child flow that its solution does not contain.

use model::flow::ChildCall;
use model::manifest::RequiredComponent;
use model::{FileId, Guid, Profile, SolutionId};

use crate::absence::{Elsewhere, contains_workflow, dependency_name, elsewhere};
use crate::context::SolutionContext;
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A *Run a child flow* action whose flow is not in the solution. Where the child is instead decides how bad that is:
    ///
    /// | The child flow is … | Severity |
    /// |---|---|
    /// | nowhere to be found | error |
    /// | only in the environment of the export, in no solution there (`MissingDependencies` says `Active`) | warning |
    /// | in another solution of this workspace | info |
    /// | in an installed solution that the manifest names as a dependency | info, in the profile `auditor` |
    ///
    /// # Why it matters
    ///
    /// A child flow is known by its id alone. Where no flow has that id, the import fails or the parent cannot be
    /// switched on, and nobody sees from the id which flow it was.
    ///
    /// # How to fix
    ///
    /// Add the child flow to the solution and export again, or choose another child in the action.
    ///
    /// # Example
    ///
    /// The solution has one flow, `Notify-0A8B1C2D-0000-0000-0000-000000000001.json`.
    ///
    /// ```json
    /// "host": { "workflowReferenceName": "0a8b1c2d-0000-0000-0000-000000000009" }
    /// ```
    ///
    /// ```json
    /// "host": { "workflowReferenceName": "0a8b1c2d-0000-0000-0000-000000000001" }
    /// ```
    ///
    /// # References
    ///
    /// - [Create child flows](https://learn.microsoft.com/power-automate/create-child-flows)
    static RULE = {
        id: "child-flow-missing",
        summary: "a flow calls a child flow that its solution does not contain",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    if !context.workspace.is_complete(context.id) {
        return;
    }
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for call in &flow.child_calls {
            if let Some(id) = call.id.filter(|id| !contains_workflow(context, *id)) {
                findings
                    .found
                    .extend(missing(context, file, call, id, findings.wants(Profile::Auditor)));
            }
        }
    }
}

fn missing(context: &SolutionContext<'_>, file: FileId, call: &ChildCall, id: Guid, provided: bool) -> Option<Finding> {
    let workspace = context.workspace;
    let is_it = |required: &RequiredComponent| *required == RequiredComponent::Workflow(id);
    let homes: Vec<(FileId, SolutionId)> = workspace
        .flows_with_id(id)
        .iter()
        .filter_map(|flow| Some((*flow, workspace.file(*flow).solution?)))
        .collect();
    let place = elsewhere(context, homes.iter().map(|(_, home)| *home), is_it);
    if matches!(place, Elsewhere::Provided(_)) && !provided {
        return None;
    }
    let flow = workspace.flow_name(file);
    let solution = workspace.solution_name(context.id);
    let step = call.action.rsplit('/').next().unwrap_or_default().replace('_', " ");
    let name = dependency_name(context, is_it)
        .map(str::to_owned)
        .or_else(|| homes.first().map(|(flow, _)| workspace.flow_name(*flow)))
        .unwrap_or_else(|| id.to_string());
    let what = format!("Step `{step}` of flow `{flow}` calls the child flow `{name}`");
    let message = match place {
        Elsewhere::Nowhere => format!(
            "{what}, which solution `{solution}` does not contain, so the flow cannot be imported or switched on. Add the child flow to the solution, or call another."
        ),
        Elsewhere::Unmanaged => format!(
            "{what}, which is in no solution and exists only in the environment of the export, so `{solution}` will not run elsewhere. Add the child flow to the solution."
        ),
        Elsewhere::Solution(other) => format!(
            "{what} of solution `{}`, which the manifest of `{solution}` does not name as a dependency. Import that solution first, or add the child flow to this one.",
            workspace.solution_name(other)
        ),
        Elsewhere::Provided(provider) => {
            format!("{what}, which solution `{provider}` provides. Install that solution before `{solution}`.")
        }
    };
    let mut finding =
        Finding::new(&RULE, file, call.name.span, id.to_string(), message).action(Some(call.action.clone()));
    for (flow, home) in homes.iter().take(3) {
        let said = format!("the child flow, in solution `{}`", workspace.solution_name(*home));
        finding = finding.related(*flow, START, said);
    }
    Some(match place {
        Elsewhere::Provided(_) => finding.severity(Severity::Info).from_profile(Profile::Auditor),
        Elsewhere::Solution(_) => finding.severity(Severity::Info),
        Elsewhere::Unmanaged => finding.severity(Severity::Warning),
        Elsewhere::Nowhere => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, FLOW_ID, MANIFEST, Sample};

    const CHILD: &str = "0a8b1c2d-0000-0000-0000-00000000000f";

    fn sample(child: &str) -> Sample {
        Sample::actions(&format!(
            r#""Box":{{"type":"Scope","actions":{{"Run_it":{{"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{child}"}}}}}}}}}}"#
        ))
    }

    fn dependency(solution: &str) -> String {
        format!(
            r#"<MissingDependencies><MissingDependency><Required type="29" displayName="Notify" solution="{solution}" id="{{{CHILD}}}" /></MissingDependency></MissingDependencies>"#
        )
    }

    #[test]
    fn nowhere_is_an_error_at_the_id() {
        let found = sample(CHILD).of(RULE.id);
        assert_eq!(
            (found.len(), found[0].marked.as_str(), found[0].finding.severity),
            (1, CHILD, Severity::Error)
        );
        assert_eq!(found[0].finding.action.as_deref(), Some("Box/Run_it"));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("Step `Run it` of flow `Main flow` calls")
        );
    }

    #[test]
    fn a_child_in_any_form_is_fine() {
        assert_eq!(sample(FLOW_ID).marked(RULE.id), [""; 0]);
        assert_eq!(sample("@{variables('x')}").marked(RULE.id), [""; 0]);
        let upper = CHILD.to_uppercase();
        let flow = sample(CHILD).files[FLOW].clone();
        assert_eq!(
            sample(CHILD)
                .with(&format!("/s/Workflows/Notify-{upper}.json"), flow)
                .marked(RULE.id),
            [""; 0]
        );
        let metadata = format!("<Workflow WorkflowId=\"{{{CHILD}}}\"><Category>0</Category></Workflow>");
        assert_eq!(
            sample(CHILD)
                .with("/s/Workflows/Old.xaml.data.xml", metadata.as_str())
                .marked(RULE.id),
            [""; 0]
        );
        let inline = format!("<Workflows>{metadata}</Workflows>");
        assert_eq!(
            sample(CHILD)
                .replace(CUSTOMIZATIONS, "<Workflows />", &inline)
                .marked(RULE.id),
            [""; 0]
        );
        let component = format!("<RootComponents><RootComponent type=\"29\" id=\"{{{CHILD}}}\" />");
        assert_eq!(
            sample(CHILD)
                .replace(MANIFEST, "<RootComponents>", &component)
                .marked(RULE.id),
            [""; 0]
        );
    }

    #[test]
    fn damaged_files_are_not_missing() {
        assert_eq!(
            sample(CHILD)
                .with(&format!("/s/Workflows/Notify-{CHILD}.json"), "{")
                .marked(RULE.id),
            [""; 0]
        );
        assert_eq!(
            sample(CHILD)
                .with(&format!("/s/Workflows/Notify-{CHILD}.xaml.data.xml"), "<Work")
                .marked(RULE.id),
            [""; 0]
        );
        for (path, from, to) in [
            (CUSTOMIZATIONS, "<Workflows />", "<Workflows"),
            (MANIFEST, "<Managed>", "<Manag<ed>"),
            (FLOW, "\"Box\":", "\"Box\":,"),
        ] {
            assert_eq!(sample(CHILD).replace(path, from, to).of(RULE.id).len(), 0, "{path}");
        }
    }

    #[test]
    fn the_manifest_tells_unmanaged_from_provided() {
        let with = |solution| sample(CHILD).replace(MANIFEST, "<MissingDependencies />", &dependency(solution));
        let found = with("Active").of(RULE.id);
        assert_eq!(found[0].finding.severity, Severity::Warning);
        assert!(found[0].finding.message.contains("`Notify`, which is in no solution"));
        assert_eq!(with("Core (1.0)").of(RULE.id)[0].finding.severity, Severity::Info);
        assert_eq!(with("Core (1.0)").profile(Profile::Strict).of(RULE.id).len(), 0);
    }

    #[test]
    fn another_solution_is_named() {
        let bad = sample(CHILD);
        let manifest = bad.files[MANIFEST].replace("Sample", "Core").replace(FLOW_ID, CHILD);
        let (customizations, flow) = (bad.files[CUSTOMIZATIONS].clone(), bad.files[FLOW].clone());
        let other = bad
            .with("/core/Other/Solution.xml", manifest)
            .with("/core/Other/Customizations.xml", customizations)
            .with(
                &format!("/core/Workflows/Notify-{CHILD}.json"),
                flow.replace(CHILD, FLOW_ID),
            );
        let found: Vec<_> = other
            .of(RULE.id)
            .into_iter()
            .filter(|found| found.path == FLOW)
            .collect();
        assert_eq!(
            (found[0].finding.severity, found[0].finding.related.len()),
            (Severity::Info, 1)
        );
        assert!(found[0].finding.message.contains("`Notify` of solution `Core`"));
    }
}
