//! Nearly every flow has a connection reference and an account of its own for the same connector.

use analysis::connectors;
use analysis::identity::Holding;
use model::{Facts, Profile, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{in_place, known_by, references, with_chain};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Five or more connection references of one connector, of which at least four in five are used by exactly one flow and
    /// have, in one environment, an account that stands behind no other reference. Accounts are known from deployment settings,
    /// inventories and the identity plan; without them nothing is reported. References to which the plan gives an
    /// `activity` or `reason` of their own are meant to be apart, and do not count.
    ///
    /// # Why it matters
    ///
    /// It is the other extreme of one account for everything. So many registrations cannot be looked after: secrets run out unseen,
    /// permissions are copied from one to the next, and nobody knows any more which one may be revoked.
    ///
    /// # How to fix
    ///
    /// Group flows by what they do, such as synchronising, notifying, cleaning up, and give each group one reference with one account.
    /// Where each account has its reason, say so with `reason` or `activity` in `references` of `flowsentry.jsonc`.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "references": [
    ///   { "match": "con_DataverseOrders1", "account": "app-orders-1" },
    ///   { "match": "con_DataverseOrders2", "account": "app-orders-2" } // and so on, one for each flow
    /// ]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "references": [{ "match": "con_DataverseOrders", "account": "app-orders", "activity": "orders" }]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, Power Platform Well-Architected: "Recommendations for identity and access management",
    ///   <https://learn.microsoft.com/power-platform/well-architected/security/identity-access>
    static RULE = {
        id: "identity-per-flow-sprawl",
        summary: "nearly every flow has an account of its own for the same connector",
        category: Category::Identity,
        severity: Severity::Info,
        confidence: Confidence::Low,
        profile: Profile::Strict,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

/// So many accounts for one connector are worth a look.
const MANY: usize = 5;

/// What flows tell here are the references they use, and where those change, the whole workspace is looked at anew.
fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let knows_accounts =
        !workspace.settings().is_empty() || context.workspace.files().any(|(_, file)| plans(&file.facts));
    if !knows_accounts {
        return;
    }
    let mut flows: FxHashMap<String, usize> = FxHashMap::default();
    for (_, file) in workspace.files() {
        if let Some(flow) = file.facts.flow() {
            let mut names: Vec<String> = flow.reference_names().map(str::to_lowercase).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                *flows.entry(name).or_default() += 1;
            }
        }
    }
    let by_one_flow = |name: &str| flows.get(&name.to_lowercase()) == Some(&1);
    for (id, _) in workspace.solutions() {
        check_one(context, id, &by_one_flow, findings);
    }
}

fn check_one(
    context: &WorkspaceContext<'_>,
    id: SolutionId,
    by_one_flow: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) {
    let workspace = context.workspace;
    let mut counts: FxHashMap<String, usize> = FxHashMap::default();
    for reference in workspace.references(id) {
        if by_one_flow(&reference.logical_name.value) {
            let connector = reference.connector().unwrap_or_default().to_ascii_lowercase();
            *counts.entry(connector).or_default() += 1;
        }
    }
    // Only then it is worth finding the accounts.
    if !counts
        .iter()
        .any(|(connector, count)| !connector.is_empty() && *count >= MANY)
    {
        return;
    }
    let groups = context.holdings().by_account();
    let mut sets: Vec<(String, Option<&str>, Vec<&Holding<'_>>)> = Vec::new();
    // Accounts that stand behind more than one reference, by the place of their holdings among the others.
    let mut single: Vec<&Holding<'_>> = Vec::new();
    for group in &groups {
        if let [only] = group.holdings.as_slice() {
            single.push(only);
        }
        for holding in group.holdings.iter().filter(|holding| holding.solution == id) {
            let key = (holding.connector(), group.environment);
            match sets
                .iter_mut()
                .find(|(connector, environment, _)| (connector, *environment) == (&key.0, key.1))
            {
                Some((_, _, known)) => known.push(holding),
                None => sets.push((key.0, key.1, vec![holding])),
            }
        }
    }
    for (connector, environment, all) in sets {
        if connector.is_empty() || all.len() < MANY {
            continue;
        }
        let own: Vec<&Holding<'_>> = all
            .iter()
            .copied()
            .filter(|holding| by_one_flow(&holding.reference.logical_name.value) && !is_meant(workspace, id, holding))
            .filter(|holding| single.iter().any(|other| std::ptr::eq(*other, *holding)))
            .collect();
        if own.len() < MANY || own.len() * 5 < all.len() * 4 {
            continue;
        }
        findings
            .found
            .extend(finding(workspace, id, &connector, environment, &own));
    }
}

fn plans(facts: &Facts) -> bool {
    facts.configuration().is_some_and(|plan| !plan.references.is_empty())
}

/// Whether the plan says why the reference is one of its own.
fn is_meant(workspace: &Workspace, solution: SolutionId, holding: &Holding<'_>) -> bool {
    let Some(file) = workspace.solution(solution).customizations else {
        return false;
    };
    let plan = workspace.configuration_of(&workspace.file(file).path);
    let assignment = plan.and_then(|(_, plan)| plan.reference(&holding.reference.logical_name.value));
    assignment.is_some_and(|assignment| assignment.notes.reason.is_some() || assignment.notes.activity.is_some())
}

fn finding(
    workspace: &Workspace,
    solution: SolutionId,
    connector: &str,
    environment: Option<&str>,
    own: &[&Holding<'_>],
) -> Option<Finding> {
    let first = *own.first()?;
    let message = format!(
        "{} connection references to {}{} have an account of their own and one flow each, {} among them ({}): more than anybody can look after. Give flows that do alike one reference with one account.",
        own.len(),
        connectors::title(connector),
        in_place(environment),
        references(own),
        known_by(workspace, first)
    );
    let file = workspace.solution(solution).customizations?;
    let finding = Finding::new(&RULE, file, first.reference.logical_name.span, connector, message);
    Some(with_chain(finding, workspace, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    /// Six flows with a reference each, and these accounts behind them.
    fn sample(accounts: &[&str], more: &str) -> Sample {
        let names: Vec<String> = (0..accounts.len()).map(|at| format!("con_Dv{at}")).collect();
        let references: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (name.as_str(), "shared_commondataserviceforapps"))
            .collect();
        let mut sample = Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &references,
        );
        let mut plan = Vec::new();
        for (name, account) in names.iter().zip(accounts) {
            let at = plan.len();
            sample = sample.with(
                &format!("/s/Workflows/F{at}-{at}1111111-2222-3333-4444-666666666666.json"),
                format!(r#"{{"properties":{{"connectionReferences":{{"k":{{"connection":{{"connectionReferenceLogicalName":"{name}"}},"api":{{"name":"shared_commondataserviceforapps"}}}}}},"definition":{{"triggers":{{}},"actions":{{}}}}}}}}"#),
            );
            plan.push(format!(r#"{{ "match": "{name}", "account": "{account}"{more} }}"#));
        }
        sample.with(
            "/s/flowsentry.jsonc",
            format!(r#"{{ "references": [{}] }}"#, plan.join(",")),
        )
    }

    const SIX: [&str; 6] = ["a@c.de", "b@c.de", "c@c.de", "d@c.de", "e@c.de", "f@c.de"];

    #[test]
    fn an_account_for_each_flow() {
        let found = sample(&SIX, "").of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "con_Dv0"));
        assert!(
            found[0]
                .finding
                .message
                .starts_with("6 connection references to Microsoft Dataverse have")
        );
    }

    #[test]
    fn few_shared_and_meant_ones_are_fine() {
        assert!(sample(&SIX[..4], "").of(RULE.id).is_empty());
        assert!(
            sample(&["a@c.de", "a@c.de", "c@c.de", "d@c.de", "e@c.de", "f@c.de"], "")
                .of(RULE.id)
                .is_empty()
        );
        assert!(
            sample(&SIX, r#", "reason": "told apart by auditors""#)
                .of(RULE.id)
                .is_empty()
        );
        assert!(sample(&SIX, "").without("/s/flowsentry.jsonc").of(RULE.id).is_empty());
    }

    #[test]
    fn references_of_several_flows_are_fine() {
        let mut sample = sample(&SIX, "");
        for at in 0..3 {
            sample = sample.with(
                &format!("/s/Workflows/G{at}-{at}1111111-2222-3333-4444-777777777777.json"),
                format!(r#"{{"properties":{{"connectionReferences":{{"k":{{"connection":{{"connectionReferenceLogicalName":"con_dv{at}"}},"api":{{"name":"shared_commondataserviceforapps"}}}}}},"definition":{{"triggers":{{}},"actions":{{}}}}}}}}"#),
            );
        }
        assert!(sample.of(RULE.id).is_empty());
    }
}
