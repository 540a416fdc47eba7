//! Settings call a flow by the name of another.

use edits::WorkspaceEdit;
use model::settings::{CustomSettings, FlowEntry};
use model::{FileId, Guid, Profile, Workspace, same_name};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{settings_for, squeezed};

declare_rule! {
    /// # What it finds
    ///
    /// An entry of `customDeploymentSettings.json` whose id is that of one flow and whose name is that of another flow of the
    /// same solution. A name that no flow has is left alone: flows are renamed. Blanks and marks do not count.
    ///
    /// # Why it matters
    ///
    /// The id counts, the name is what people read. The owner, the sharing or the switching on that was meant for one flow goes to
    /// the other, and the review of the file sees nothing.
    ///
    /// # How to fix
    ///
    /// Write the id of the flow that is meant, or its name.
    ///
    /// # Example
    ///
    /// Wrong, where the id is that of the flow `Delete orders`:
    ///
    /// ```json
    /// { "solutionComponentName": "Read orders", "solutionComponentUniqueName": "11111111-2222-3333-4444-555555555555", "ownerEmail": "svc-flowowner@contoso.com" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Deployment settings of the ALM Accelerator",
    ///   <https://learn.microsoft.com/power-platform/guidance/alm-accelerator/setup-data-deployment-configuration>
    static RULE = {
        id: "deployment-settings-name-mismatch",
        summary: "deployment settings call a flow by the name of another",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &settings in workspace.custom_settings() {
        let Some(facts) = workspace.file(settings).facts.custom_settings() else {
            continue;
        };
        let names = Names::of(workspace, facts);
        // Sections repeat what an entry is called: one mistake, told where it first stands.
        let mut told: FxHashSet<(Guid, String)> = FxHashSet::default();
        for entry in &facts.entries {
            let Some(own) = names.contradict(entry) else {
                continue;
            };
            let name = entry
                .name
                .as_ref()
                .map(|name| name.value.to_lowercase())
                .unwrap_or_default();
            if told.insert((entry.id.value, name)) {
                findings.push(finding(workspace, settings, facts, entry, own));
            }
        }
    }
}

/// Names of the flows of the solutions whose flows the settings name.
struct Names {
    by_id: FxHashMap<Guid, String>,
    /// Ids by squeezed name; `None` for a name of several flows.
    by_name: FxHashMap<String, Option<Guid>>,
}

impl Names {
    fn of(workspace: &Workspace, facts: &CustomSettings) -> Self {
        let files = facts
            .entries
            .iter()
            .flat_map(|entry| workspace.flows_with_id(entry.id.value));
        let solutions: FxHashSet<_> = files.filter_map(|file| workspace.file(*file).solution).collect();
        let mut names = Self {
            by_id: FxHashMap::default(),
            by_name: FxHashMap::default(),
        };
        for solution in solutions {
            for &file in &workspace.solution(solution).flows {
                let Some(id) = workspace.file(file).facts.flow().and_then(|flow| flow.id) else {
                    continue;
                };
                let name = workspace.flow_name(file);
                let known = names.by_name.entry(squeezed(&name)).or_insert(Some(id));
                if *known != Some(id) {
                    *known = None;
                }
                names.by_id.insert(id, name);
            }
        }
        names
    }

    /// The name of the flow that an entry gives the id of, where it gives the name of another.
    fn contradict(&self, entry: &FlowEntry) -> Option<&str> {
        let own = self.by_id.get(&entry.id.value)?;
        let name = squeezed(&entry.name.as_ref()?.value);
        if squeezed(own) == name {
            return None;
        }
        let other = (*self.by_name.get(&name)?)?;
        (other != entry.id.value).then_some(own.as_str())
    }
}

fn finding(workspace: &Workspace, settings: FileId, facts: &CustomSettings, entry: &FlowEntry, own: &str) -> Finding {
    let called = entry.name.as_ref().map_or("", |name| name.value.trim());
    let message = format!(
        "An entry in {} is called `{called}` and has the id of `{own}`, and the id counts: what it gives goes to `{own}`. Write the id or the name of the flow that is meant.",
        settings_for(workspace, settings),
    );
    let is_same = |one: &&FlowEntry| {
        let name = one.name.as_ref().map(|name| name.value.trim());
        one.id.value == entry.id.value && name.is_some_and(|name| same_name(name, called))
    };
    let alike: Vec<&FlowEntry> = facts.entries.iter().filter(is_same).collect();
    let mut finding = Finding::new(&RULE, settings, entry.id.span, called, message);
    for again in alike.iter().skip(1) {
        finding = finding.related(settings, again.id.span, format!("again in `{}`", again.section));
    }
    // Another id would take the entry away from the flow that has it now, and whether that is meant nobody can see.
    let mut edit = WorkspaceEdit::default();
    for name in alike.iter().filter_map(|one| one.name.as_ref()) {
        edit.push(
            settings,
            syntax::edit::TextEdit::new(name.span, syntax::json::escape(own)),
        );
    }
    finding.fix(format!("Write the name `{own}`"), false, edit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, FLOW_ID, Sample};

    const OTHER: &str = "66666666-2222-3333-4444-555555555555";

    fn sample(entries: &[(&str, &str)]) -> Sample {
        let entry = |(id, name): &(&str, &str)| {
            format!(
                r#"{{"solutionComponentType":29,"solutionComponentName":"{name}","solutionComponentUniqueName":"{id}","ownerEmail":"svc-owner@contoso.com"}}"#
            )
        };
        let entries = entries.iter().map(entry).collect::<Vec<_>>().join(",");
        let sample = Sample::actions("");
        let flow = sample.files[FLOW].clone();
        let second = FLOW.replace("Main-", "Second-").replace(FLOW_ID, OTHER);
        sample
            .with(&second, flow)
            .with(
                &format!("{second}.data.xml"),
                format!("<Workflow WorkflowId=\"{{{OTHER}}}\" Name=\"Second flow\"><JsonFileName>{}</JsonFileName><Category>5</Category></Workflow>", &second[2..]),
            )
            .with(
                "/s/config/prod/custom.json",
                format!(r#"{{"SolutionComponentOwnershipConfiguration":[{entries}],"ActivateFlowConfiguration":[{entries}]}}"#),
            )
    }

    #[test]
    fn the_name_of_another_flow_is_told_once() {
        let wrong = sample(&[(FLOW_ID, "secondflow")]);
        assert_eq!(wrong.marked(RULE.id), [FLOW_ID]);
        assert_eq!(wrong.of(RULE.id)[0].finding.related.len(), 1);
        assert_eq!(wrong.assert_fixes(RULE.id), 1);
        let swapped = sample(&[(FLOW_ID, "Second flow"), (OTHER, "Main flow")]);
        assert_eq!(swapped.marked(RULE.id), [FLOW_ID, OTHER]);
        assert_eq!(swapped.assert_fixes(RULE.id), 2);
    }

    #[test]
    fn names_of_nobody_are_left_alone() {
        for entries in [
            [(FLOW_ID, "Main flow"), (OTHER, "SECOND flow")],
            [(FLOW_ID, "Its former name"), (OTHER, "")],
            [(FLOW_ID, "MainFlow"), (OTHER, "Second-flow")],
        ] {
            assert_eq!(sample(&entries).marked(RULE.id), [""; 0]);
        }
    }
}
