//! A child flow that wants the connection of the person who runs it.

use analysis::connectors;
use edits::WorkspaceEdit;
use model::flow::ChildCall;
use model::{FileId, Guid, Profile};
use rustc_hash::FxHashMap;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that another flow of the solution calls, with an entry of `connectionReferences` whose `runtimeSource` is
    /// `invoker`: the connection is to be provided by the run-only user.
    ///
    /// # Why it matters
    ///
    /// A child flow cannot be given the connections of its caller. A flow with a step "Run a Child Flow" for it cannot be saved; one that
    /// was saved before the child was changed goes on until somebody saves it again, or until its connection is missing.
    ///
    /// # How to fix
    ///
    /// Set `"embedded"`: in the designer, choose the connection instead of "Provided by run-only user" under the child
    /// flow's run-only users.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong, in the child flow
    /// "shared_office365": { "runtimeSource": "invoker" }
    /// // right
    /// "shared_office365": { "runtimeSource": "embedded" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Create child flows", <https://learn.microsoft.com/power-automate/create-child-flows>
    static RULE = {
        id: "invoker-in-child-flow",
        summary: "a child flow wants the connection of the person who runs it",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut calls: FxHashMap<Guid, (FileId, &ChildCall)> = FxHashMap::default();
    for (file, flow) in context.flows() {
        for call in &flow.child_calls {
            if let Some(id) = call.id {
                calls.entry(id).or_insert((file, call));
            }
        }
    }
    if calls.is_empty() {
        return;
    }
    for (file, flow) in context.flows() {
        let Some((caller, call)) = flow.id.and_then(|id| calls.get(&id)) else {
            continue;
        };
        for key in flow.connections.iter().filter(|key| key.is_invoker()) {
            let Some(source) = &key.runtime_source else { continue };
            let connector = key.connector.as_ref().map_or(&*key.key.value, |name| &*name.value);
            let message = format!(
                "`{}` calls this flow, and a child flow cannot use the {} connection of whoever runs it: the caller cannot be saved again, or the step fails. Use the flow's own connection.",
                context.workspace.flow_name(*caller),
                connectors::title(connector)
            );
            let edit = WorkspaceEdit::replace(file, source.span, "embedded");
            findings.push(
                Finding::new(&RULE, file, source.span, key.key.value.as_str(), message)
                    .fix("Use the flow's own connection", false, edit)
                    .related(*caller, call.name.span, "the call"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW_ID, Sample};

    const PARENT: &str = "/s/Workflows/Parent-66666666-2222-3333-4444-555555555555.json";

    fn child(source: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"k":{{"runtimeSource":"{source}","connection":{{"connectionReferenceLogicalName":"con_Mail"}},"api":{{"name":"shared_office365"}}}}}},"definition":{{"triggers":{{"t":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{"Send":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"connectionName":"k","operationId":"SendEmailV2"}},"parameters":{{}}}}}}}}}}"#
            ),
            &[("con_Mail", "shared_office365")],
        )
    }

    fn parent(id: &str) -> String {
        format!(
            r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{}},"actions":{{"S":{{"type":"Scope","actions":{{"Run":{{"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{id}"}}}}}}}}}}}}}}}}}}"#
        )
    }

    #[test]
    fn a_called_flow_with_its_callers_connection() {
        let sample = child("invoker").with(PARENT, parent(&FLOW_ID.to_uppercase()));
        assert_eq!(sample.marked(RULE.id), ["invoker"]);
        assert!(
            sample.of(RULE.id)[0]
                .finding
                .message
                .starts_with("`Parent` calls this flow")
        );
        assert_eq!(sample.of(RULE.id)[0].finding.related.len(), 1);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn flows_that_nobody_calls_and_own_connections_are_fine() {
        assert_eq!(child("invoker").marked(RULE.id), [""; 0]);
        assert_eq!(child("embedded").with(PARENT, parent(FLOW_ID)).marked(RULE.id), [""; 0]);
        let other = "0a8b1c2d-0000-0000-0000-00000000000f";
        assert_eq!(child("invoker").with(PARENT, parent(other)).marked(RULE.id), [""; 0]);
    }
}
