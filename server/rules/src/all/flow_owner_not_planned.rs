//! Settings give flows to another owner than the plan.

use analysis::identity::environment_label;
use model::configuration::PlannedAccount;
use model::files::name_of;
use model::settings::{FlowOwner, is_token};
use model::{FileId, Profile, Workspace};
use rustc_hash::FxHashMap;

use crate::accounts::is_other;
use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, settings_for};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that `SolutionComponentOwnershipConfiguration` gives to one account, while `owners` of the identity plan wants another
    /// for it. Accounts are compared where they can be: an address is not compared with an id. Flows of one wrong owner are one
    /// finding.
    ///
    /// # Why it matters
    ///
    /// The plan is what was agreed, the settings are what the release does. Where they differ, flows belong to an account of
    /// which nobody has thought what it may do.
    ///
    /// # How to fix
    ///
    /// Write the planned account into the settings, or correct the plan.
    ///
    /// # Example
    ///
    /// `flowsentry.jsonc`:
    ///
    /// ```jsonc
    /// "owners": [{ "match": "*", "account": "svc-flowowner@contoso.com" }]
    /// ```
    ///
    /// `customDeploymentSettings.json`, wrong:
    ///
    /// ```json
    /// { "solutionComponentName": "Orders", "solutionComponentUniqueName": "11111111-2222-3333-4444-555555555555", "ownerEmail": "svc-release@contoso.com" }
    /// ```
    ///
    /// # References
    ///
    /// - `docs/configuration.md` of Flow Sentry describes the identity plan.
    static RULE = {
        id: "flow-owner-not-planned",
        summary: "settings give flows to another owner than the plan wants",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for &settings in workspace.custom_settings() {
        let path = &workspace.file(settings).path;
        let Some((plan_file, plan)) = workspace.configuration_file_of(path) else {
            continue;
        };
        let facts = workspace.file(settings).facts.custom_settings();
        // By who owns them and who should: a list of flows may be long.
        let mut wrong: Vec<(&PlannedAccount, Vec<Owned<'_>>)> = Vec::new();
        let mut seen: FxHashMap<(u32, String), usize> = FxHashMap::default();
        for owner in facts.into_iter().flat_map(|facts| &facts.owners) {
            if owner.field != "ownerEmail" || is_token(&owner.account.value) {
                continue;
            }
            let owned = Owned::of(workspace, owner);
            let id = owner.flow.map(|id| id.to_string()).unwrap_or_default();
            let names: Vec<&str> = [owned.name.as_str(), &id]
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect();
            let planned = plan
                .owner(&names)
                .and_then(|entry| entry.account_in(environment_label(path)));
            let Some(planned) = planned.filter(|planned| is_other(plan, &planned.account.value, &owner.account.value))
            else {
                continue;
            };
            let key = (planned.account.span.start, owner.account.value.trim().to_lowercase());
            let at = *seen.entry(key).or_insert(wrong.len());
            if at == wrong.len() {
                wrong.push((planned, Vec::new()));
            }
            wrong[at].1.push(owned);
        }
        for (planned, flows) in wrong {
            findings.push(finding(workspace, settings, plan_file, planned, &flows));
        }
    }
}

/// A flow with its owner.
struct Owned<'w> {
    owner: &'w FlowOwner,
    name: String,
}

impl<'w> Owned<'w> {
    fn of(workspace: &Workspace, owner: &'w FlowOwner) -> Self {
        let file = owner.flow.and_then(|id| workspace.flows_with_id(id).first().copied());
        let name = file
            .map(|file| workspace.flow_name(file))
            .or_else(|| owner.flow_name.clone());
        Self {
            owner,
            name: name.unwrap_or_default(),
        }
    }
}

fn finding(
    workspace: &Workspace,
    settings: FileId,
    plan: FileId,
    planned: &PlannedAccount,
    flows: &[Owned<'_>],
) -> Finding {
    let first = flows[0].owner;
    let names: Vec<String> = flows.iter().map(|owned| format!("`{}`", owned.name)).collect();
    let (what, each) = if flows.len() == 1 {
        ("The flow", "is")
    } else {
        ("The flows", "are")
    };
    let message = format!(
        "{what} {} {each} given to {} by {}, and the plan in {} wants {}. Write the planned account there, or correct the plan.",
        listed(&names),
        first.account.value.trim(),
        settings_for(workspace, settings),
        name_of(&workspace.file(plan).path),
        planned.account.value.trim(),
    );
    let subject = format!("{} {}", flows[0].name, first.account.value);
    let mut finding = Finding::new(&RULE, settings, first.account.span, subject, message);
    for other in flows.iter().skip(1).take(3) {
        finding = finding.related(
            settings,
            other.owner.account.span,
            format!("the owner of `{}`", other.name),
        );
    }
    finding.related(plan, planned.account.span, "the plan")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW_ID, Sample};

    const OTHER: &str = "66666666-2222-3333-4444-555555555555";

    fn sample(owners: &str, given: &[(&str, &str)]) -> Sample {
        let entry = |(id, owner): &(&str, &str)| {
            format!(
                r#"{{"solutionComponentType":29,"solutionComponentName":"Elsewhere","solutionComponentUniqueName":"{id}","ownerEmail":"{owner}"}}"#
            )
        };
        let given: Vec<String> = given.iter().map(entry).collect();
        Sample::actions("")
            .with("/s/flowsentry.jsonc", format!(r#"{{ "accounts": [{{ "kind": "service", "match": "svc-*@contoso.com" }}, {{ "kind": "application", "match": "{OTHER}", "name": "owner" }}], "owners": [{owners}] }}"#))
            .with("/s/config/prod/custom.json", format!(r#"{{"SolutionComponentOwnershipConfiguration":[{}]}}"#, given.join(",")))
    }

    const MEANT: &str = "svc-owner@contoso.com";
    const WRONG: &str = "svc-release@contoso.com";

    #[test]
    fn another_owner_than_the_planned_one() {
        let plan = format!(
            r#"{{ "match": "Main flow", "account": {{ "prod": "{MEANT}" }} }}, {{ "match": "*", "account": "{MEANT}" }}"#
        );
        let both = sample(
            &plan,
            &[(FLOW_ID, WRONG), (OTHER, WRONG), (OTHER, "SVC-release@contoso.com")],
        );
        assert_eq!(both.marked(RULE.id), [WRONG, WRONG], "by each entry of the plan");
        let message = &both.of(RULE.id)[0].finding.message;
        assert!(message.starts_with(
            "The flow `Main flow` is given to svc-release@contoso.com by the deployment settings for prod"
        ));
        assert!(
            both.of(RULE.id)[1]
                .finding
                .message
                .contains("`Elsewhere` and `Elsewhere` are given")
        );
    }

    #[test]
    fn what_agrees_or_cannot_be_compared_is_left_alone() {
        let all = |account: &str| format!(r#"{{ "match": "*", "account": "{account}" }}"#);
        assert!(
            sample(&all(MEANT), &[(FLOW_ID, "SVC-owner@contoso.com")])
                .of(RULE.id)
                .is_empty()
        );
        assert!(
            sample(&all("owner"), &[(FLOW_ID, WRONG)]).of(RULE.id).is_empty(),
            "an id and an address"
        );
        assert!(sample(&all(MEANT), &[(FLOW_ID, "#{owner}#")]).of(RULE.id).is_empty());
        let test = format!(r#"{{ "match": "*", "account": {{ "test": "{MEANT}" }} }}"#);
        assert!(sample(&test, &[(FLOW_ID, WRONG)]).of(RULE.id).is_empty());
        assert!(sample("", &[(FLOW_ID, WRONG)]).of(RULE.id).is_empty());
    }
}
