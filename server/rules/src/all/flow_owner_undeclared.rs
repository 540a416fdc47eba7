//! Nobody says who is to own a flow.

use edits::WorkspaceEdit;
use edits::components::token;
use model::settings::CustomSettings;
use model::{FileId, Guid, Profile, Solution, SolutionId, Workspace};
use rustc_hash::FxHashSet;

use crate::context::WorkspaceContext;
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, settings_for};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that the ALM Accelerator's custom settings of an environment give no owner, while they give one to other flows
    /// of its solution; neither `SolutionComponentOwnershipConfiguration`, nor `activateAsUser`, nor `owners` in the identity plan
    /// names it. Where no file and no plan says anything about owners, the `auditor` profile says so once for each solution.
    ///
    /// # Why it matters
    ///
    /// Whoever runs the import becomes the owner: a person on the release team, or the pipeline's own application with all its
    /// permissions. Flows of one solution then have different owners, and the one that was forgotten stops with its owner.
    ///
    /// # How to fix
    ///
    /// Name an owner: an entry in the settings (the fix writes a `#{…}#` token for the address), or a pattern under `owners` in
    /// `flowsentry.jsonc`. Good owners are service accounts or applications without permissions on data.
    ///
    /// # Example
    ///
    /// ```json
    /// { "SolutionComponentOwnershipConfiguration": [
    ///   { "solutionComponentType": 29, "solutionComponentName": "Orders", "solutionComponentUniqueName": "11111111-2222-3333-4444-555555555555", "ownerEmail": "svc-flowowner@contoso.com" }
    /// ] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, Power Automate coding guidelines: "Manage ownership and access",
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/>
    /// - Microsoft Learn: "Deployment settings of the ALM Accelerator",
    ///   <https://learn.microsoft.com/power-platform/guidance/alm-accelerator/setup-data-deployment-configuration>
    static RULE = {
        id: "flow-owner-undeclared",
        summary: "nothing says who is to own a flow",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, solution) in workspace.solutions() {
        let flows = flows(workspace, solution);
        if flows.is_empty() || !workspace.is_complete(id) {
            continue;
        }
        let mut said = false;
        for &file in workspace.custom_settings() {
            let Some(facts) = workspace.file(file).facts.custom_settings() else {
                continue;
            };
            let owned: FxHashSet<Guid> = facts.owners.iter().filter_map(|owner| owner.flow).collect();
            if !flows.iter().any(|(_, flow)| owned.contains(flow)) {
                continue;
            }
            said = true;
            if facts.complete {
                let left_out = flows.iter().filter(|(_, flow)| !owned.contains(flow));
                let left_out: Vec<(FileId, Guid)> = left_out
                    .filter(|(file, flow)| !is_planned(workspace, *file, *flow))
                    .copied()
                    .collect();
                report(workspace, file, facts, &left_out, findings);
            }
        }
        // A plan that cannot be read may name owners.
        let unread = flows.iter().any(|(file, _)| {
            let plan = workspace.configuration_of(&workspace.file(*file).path);
            plan.is_some_and(|(_, plan)| plan.broken)
        });
        if !said && !unread && !flows.iter().any(|(file, flow)| is_planned(workspace, *file, *flow)) {
            findings.found.extend(nobody(workspace, id, solution, flows.len()));
        }
    }
}

/// The solution's flows that have an id. Nothing else of them is read here, so that typing in one changes nothing.
fn flows(workspace: &Workspace, solution: &Solution) -> Vec<(FileId, Guid)> {
    let id = |file: &FileId| Some((*file, workspace.file(*file).facts.flow()?.id?));
    solution.flows.iter().filter_map(id).collect()
}

fn is_planned(workspace: &Workspace, file: FileId, flow: Guid) -> bool {
    let plan = workspace
        .configuration_of(&workspace.file(file).path)
        .map(|(_, plan)| plan);
    plan.filter(|plan| !plan.owners.is_empty())
        .is_some_and(|plan| plan.owner(&[&workspace.flow_name(file), &flow.to_string()]).is_some())
}

/// More than so many of one file are one finding.
const SINGLE: usize = 3;

fn report(
    workspace: &Workspace,
    settings: FileId,
    facts: &CustomSettings,
    left_out: &[(FileId, Guid)],
    findings: &mut Findings,
) {
    if left_out.len() > SINGLE {
        findings.push(finding(workspace, settings, facts, left_out));
    } else {
        let each = left_out
            .iter()
            .map(|one| finding(workspace, settings, facts, std::slice::from_ref(one)));
        findings.found.extend(each);
    }
}

fn finding(workspace: &Workspace, settings: FileId, facts: &CustomSettings, left_out: &[(FileId, Guid)]) -> Finding {
    let names: Vec<String> = left_out.iter().map(|(file, _)| workspace.flow_name(*file)).collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (what, are) = if names.len() == 1 {
        ("The flow", "gets")
    } else {
        ("The flows", "get")
    };
    let message = format!(
        "{what} {} {are} no owner from {}, which name owners for other flows of the solution: whoever runs the import becomes the owner. Add an entry with the account that is to own it.",
        listed(&quoted),
        settings_for(workspace, settings)
    );
    let span = facts
        .ownership_list
        .as_ref()
        .and_then(|list| list.name_span)
        .unwrap_or(START);
    let subject = left_out.first().map(|(_, flow)| flow.to_string()).unwrap_or_default();
    let mut finding = Finding::new(&RULE, settings, span, subject, message);
    if let Some((flow, _)) = left_out.first() {
        finding = finding.related(*flow, START, "the flow");
    }
    let Some(list) = &facts.ownership_list else {
        return finding;
    };
    let entries: Vec<Vec<(&str, String)>> = left_out
        .iter()
        .zip(&names)
        .map(|((_, flow), name)| {
            let text = |value: &str| syntax::json::quote(value);
            vec![
                ("solutionComponentType", "29".to_owned()),
                ("solutionComponentName", text(name)),
                ("solutionComponentUniqueName", text(&flow.to_string())),
                ("ownerEmail", text(&token("owner.ownerEmail", &flow.to_string()))),
            ]
        })
        .collect();
    let mut edit = WorkspaceEdit::default();
    edit.push(settings, list.anchor.add_json(&entries));
    let title = match names.as_slice() {
        [one] => format!("Add an owner for `{one}`"),
        _ => "Add an owner for each".to_owned(),
    };
    finding.fix(title, false, edit)
}

fn nobody(workspace: &Workspace, id: SolutionId, solution: &Solution, flows: usize) -> Option<Finding> {
    let manifest = solution.manifest?;
    let name = workspace.file(manifest).facts.manifest()?.unique_name.as_ref();
    let span = name.map_or(START, |name| name.span);
    let message = format!(
        "Nothing says who is to own the {flows} flow{} of {}: whoever runs the import becomes the owner. Name one under `owners` in flowsentry.jsonc, an account without permissions on data.",
        if flows == 1 { "" } else { "s" },
        workspace.solution_name(id)
    );
    Some(
        Finding::new(&RULE, manifest, span, "solution", message)
            .severity(Severity::Info)
            .from_profile(Profile::Auditor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW_ID, MANIFEST, Sample};

    const OTHER: &str = "66666666-2222-3333-4444-555555555555";
    const CUSTOM: &str = "/s/config/prod/custom.json";

    fn sample(owned: &[&str]) -> Sample {
        let entries: Vec<String> = owned
            .iter()
            .map(|id| format!(r##"{{ "solutionComponentName": "F", "solutionComponentUniqueName": "{id}", "ownerEmail": "#{{owner}}#" }}"##))
            .collect();
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[],
        )
        .with(
            &format!("/s/Workflows/Other-{}.json", OTHER.to_uppercase()),
            r#"{"properties":{"connectionReferences":{},"definition":{"triggers":{},"actions":{}}}}"#,
        )
        .with(
            CUSTOM,
            format!(
                "{{\n  \"SolutionComponentOwnershipConfiguration\": [{}]\n}}",
                entries.join(",")
            ),
        )
    }

    #[test]
    fn a_forgotten_flow_is_told_and_added() {
        let found = sample(&[FLOW_ID]).of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].marked.as_str(), found[0].finding.severity),
            ("SolutionComponentOwnershipConfiguration", Severity::Warning)
        );
        assert_eq!(sample(&[FLOW_ID]).assert_fixes(RULE.id), 1);
        assert!(sample(&[FLOW_ID, OTHER]).of(RULE.id).is_empty());
    }

    #[test]
    fn a_plan_names_owners_too() {
        let plan =
            |owners: &str| sample(&[FLOW_ID]).with("/s/flowsentry.jsonc", format!(r#"{{ "owners": [{owners}] }}"#));
        assert!(
            plan(r#"{ "match": "Other", "account": "svc-o@contoso.com" }"#)
                .of(RULE.id)
                .is_empty()
        );
        assert_eq!(
            plan(r#"{ "match": "Main flow", "account": "svc-o@contoso.com" }"#)
                .of(RULE.id)
                .len(),
            1
        );
    }

    #[test]
    fn a_solution_of_which_nobody_says_anything_is_for_auditors() {
        let none = sample(&[]);
        let found = none.of(RULE.id);
        assert_eq!(
            (found.len(), found[0].path.as_str(), found[0].finding.severity),
            (1, MANIFEST, Severity::Info)
        );
        assert!(none.profile(Profile::Strict).of(RULE.id).is_empty());
        assert!(
            sample(&[])
                .with("/s/flowsentry.jsonc", "{ \"owners\": [")
                .of(RULE.id)
                .is_empty()
        );
        let empty = sample(&[FLOW_ID, OTHER]).replace(CUSTOM, "#{owner}#", " ");
        assert_eq!(empty.of(RULE.id).len(), 1, "who has no name owns nothing");
        let damaged = sample(&[FLOW_ID]).replace(CUSTOM, "]\n}", "]");
        assert!(damaged.of(RULE.id).is_empty());
    }
}
