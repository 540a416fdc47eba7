//! Flows that call each other in a circle.

use model::flow::{ChildCall, FlowSummary};
use model::{FileId, Profile};
use rustc_hash::FxHashSet;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A call of a child flow that leads back to the flow that calls: the flow calls itself, or a flow that calls it, through
    /// however many others. The finding tells the way.
    ///
    /// # Why it matters
    ///
    /// Unless a condition ends it, each run waits for the next, until the service stops the chain for its depth or every call has timed out;
    /// requests are used up, and what the steps on the way wrote stays.
    ///
    /// # How to fix
    ///
    /// Take the common steps out into a flow that calls none of the others, or go through the data in a loop.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong: in the flow whose own id this is
    /// "Again": { "type": "Workflow", "inputs": { "host": { "workflowReferenceName": "2f6b…" } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Create child flows", <https://learn.microsoft.com/power-automate/create-child-flows>
    static RULE = {
        id: "child-flow-cycle",
        summary: "flows call each other in a circle",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Solution(check)],
    };
}

/// So long circles are told.
const LONGEST: usize = 16;

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    for (file, flow) in context.flows() {
        for call in &flow.child_calls {
            let Some(way) = way_back(context, file, flow, call) else {
                continue;
            };
            let workspace = context.workspace;
            let names: Vec<String> = way
                .iter()
                .map(|flow| format!("`{}`", workspace.flow_name(*flow)))
                .collect();
            let step = call.action.rsplit('/').next().unwrap_or_default().replace('_', " ");
            let message = match names.as_slice() {
                [] => format!(
                    "Step `{step}` calls the flow that it is a part of, which starts it again and again. Go through the data in a loop."
                ),
                names => format!(
                    "Step `{step}` calls {}, which calls this flow again, and so on without end. Take the common steps out into a flow of their own.",
                    names.join(", which calls ")
                ),
            };
            let mut finding = Finding::new(&RULE, file, call.name.span, call.name.value.as_str(), message)
                .action(Some(call.action.clone()));
            for (flow, next) in way.iter().zip(way.iter().skip(1).chain([&file])) {
                if let Some(call) = call_of(context, *flow, *next) {
                    finding = finding.related(*flow, call.name.span, "the call that leads back");
                }
            }
            findings.push(finding);
        }
    }
}

/// The flow of this solution that a call means.
fn called(context: &SolutionContext<'_>, call: &ChildCall) -> Option<FileId> {
    let homes = context.workspace.flows_with_id(call.id?);
    let here = |home: &&FileId| context.workspace.file(**home).solution == Some(context.id);
    homes.iter().find(here).copied()
}

fn call_of<'a>(context: &SolutionContext<'a>, flow: FileId, target: FileId) -> Option<&'a ChildCall> {
    let flow = context.workspace.file(flow).facts.flow()?;
    flow.child_calls
        .iter()
        .find(|call| called(context, call) == Some(target))
}

/// The flows between a call and the flow that calls, on the shortest way back; none where the flow calls itself.
fn way_back(context: &SolutionContext<'_>, file: FileId, flow: &FlowSummary, call: &ChildCall) -> Option<Vec<FileId>> {
    let first = called(context, call)?;
    if first == file || flow.id.is_some() && call.id == flow.id {
        return Some(Vec::new());
    }
    let mut seen = FxHashSet::from_iter([first]);
    let mut waiting = std::collections::VecDeque::from([vec![first]]);
    while let Some(way) = waiting.pop_front() {
        let last = way.last().and_then(|last| context.workspace.file(*last).facts.flow());
        for next in last
            .into_iter()
            .flat_map(|flow| &flow.child_calls)
            .filter_map(|call| called(context, call))
        {
            if next == file {
                return Some(way);
            }
            if way.len() < LONGEST && seen.insert(next) {
                waiting.push_back(way.iter().copied().chain([next]).collect());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW_ID, Sample};

    const OTHER: &str = "00000000-0000-0000-0000-00000000000b";
    const THIRD: &str = "00000000-0000-0000-0000-00000000000c";

    fn calls(id: &str) -> String {
        format!(
            r#""If":{{"type":"If","runAfter":{{}},"expression":"@equals(1, 2)","actions":{{}},"else":{{"actions":{{"Run_it":{{"type":"Workflow","runAfter":{{}},"inputs":{{"host":{{"workflowReferenceName":"{id}"}}}}}}}}}}}}"#
        )
    }

    fn flow(actions: &str) -> String {
        format!(
            r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{{actions}}}}}}}}}"#
        )
    }

    fn path(id: &str) -> String {
        format!("/s/Workflows/Other-{}.json", id.to_uppercase())
    }

    #[test]
    fn circles() {
        assert_eq!(Sample::actions(&calls(FLOW_ID)).of(RULE.id).len(), 1);
        let two = Sample::actions(&calls(OTHER)).with(&path(OTHER), flow(&calls(FLOW_ID)));
        let found = two.of(RULE.id);
        assert_eq!(found.len(), 2, "each of the two calls is told");
        assert_eq!(found[0].finding.action.as_deref(), Some("If/Run_it"));
        let three = Sample::actions(&calls(OTHER))
            .with(&path(OTHER), flow(&calls(THIRD)))
            .with(&path(THIRD), flow(&calls(FLOW_ID)));
        assert_eq!(three.of(RULE.id).len(), 3);
    }

    #[test]
    fn chains_without_a_way_back_are_silent() {
        let chain = Sample::actions(&calls(OTHER))
            .with(&path(OTHER), flow(&calls(THIRD)))
            .with(&path(THIRD), flow(""));
        assert_eq!(chain.marked(RULE.id), [""; 0]);
        // What is called from a circle is no part of it.
        let into = Sample::actions(&calls(OTHER)).with(&path(OTHER), flow(&calls(OTHER)));
        assert_eq!(into.of(RULE.id).len(), 1);
    }
}
