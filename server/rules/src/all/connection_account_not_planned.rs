//! A connection belongs to another account than was said.

use analysis::identity::{Evidence, Witness};
use model::files::name_of;
use model::{FileId, Profile, Workspace};
use syntax::Span;

use crate::accounts::{differ, is_other};
use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{in_environment, short_id};

declare_rule! {
    /// # What it finds
    ///
    /// Two files that name different accounts for one connection reference and environment: the identity plan names one, and the
    /// deployment settings or an inventory another; or `ConnectionOwner` of the settings names one, and the inventory says that
    /// the connection acts as another. Accounts are compared where they can be: an address is not compared with an id.
    ///
    /// # Why it matters
    ///
    /// The plan is what was agreed, the inventory is what is. Where they differ, a connection was made with whatever account was
    /// at hand, mostly a developer's own, and everything that was thought about permissions does not hold.
    ///
    /// # How to fix
    ///
    /// Make the connection again with the planned account and write its id into the settings. Where the plan is out of date,
    /// correct the plan. Where the inventory is, export it again.
    ///
    /// # Example
    ///
    /// `flowsentry.jsonc`:
    ///
    /// ```jsonc
    /// "references": [{ "match": "con_Mail", "account": "svc-mail@contoso.com" }]
    /// ```
    ///
    /// `prod.deploymentSettings.json`, wrong:
    ///
    /// ```json
    /// { "LogicalName": "con_Mail", "ConnectionId": "926f0e…", "ConnectionOwner": "megan.bowen@contoso.com" }
    /// ```
    ///
    /// # References
    ///
    /// - `docs/configuration.md` of Flow Sentry describes the identity plan and inventories.
    static RULE = {
        id: "connection-account-not-planned",
        summary: "a connection belongs to another account than the plan or the settings say",
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
    for &settings in workspace.settings() {
        let all = context.identities().of_settings(settings);
        for entry in all.chunk_by(|a, b| a.entry == b.entry) {
            let owner = entry.iter().find(|e| matches!(e.witness, Witness::Owner { .. }));
            let acting: Vec<&Evidence> = entry
                .iter()
                .filter(|e| e.account.is_some() && matches!(e.witness, Witness::Inventory { .. }))
                .collect();
            // Several records of one name may be of several environments: one that fits is enough.
            if let (Some(owner), Some(first)) = (owner, acting.first())
                && acting
                    .iter()
                    .all(|acting| differ(owner.account.as_deref(), acting.account.as_deref()))
            {
                findings.push(owner_finding(workspace, owner, first));
            }
            let said = if acting.is_empty() {
                owner.into_iter().collect()
            } else {
                acting
            };
            findings.found.extend(plan_finding(workspace, &said));
        }
    }
}

fn owner_finding(workspace: &Workspace, owner: &Evidence, acting: &Evidence) -> Finding {
    let name = &owner.logical_name.value;
    let message = format!(
        "The settings name {} as owner of the connection of `{name}` {}, and the connection {} acts as {}. Make the connection with the account that is meant, or correct the owner.",
        account(owner),
        in_environment(workspace, owner.settings),
        connection(acting),
        account(acting),
    );
    let subject = format!("{name} {}", account(owner));
    let finding = Finding::new(&RULE, owner.settings, owner.settings_span(), subject, message);
    with_inventory(finding, acting)
}

/// The finding where the plan names an account and none of what is said of an entry is it.
fn plan_finding(workspace: &Workspace, said: &[&Evidence]) -> Option<Finding> {
    let first = *said.first()?;
    let (file, plan) = workspace.configuration_file_of(&workspace.file(first.settings).path)?;
    let name = &first.logical_name.value;
    let planned = plan.reference(name)?.account_in(first.environment.as_deref())?;
    if !said
        .iter()
        .all(|evidence| is_other(plan, &planned.account.value, account(evidence)))
    {
        return None;
    }
    let message = format!(
        "`{name}` acts as {} {}, and the plan in {} wants {}. Make the connection with the planned account, or correct the plan.",
        account(first),
        in_environment(workspace, first.settings),
        name_of(&workspace.file(file).path),
        planned.account.value,
    );
    Some(with_plan(first, file, planned.account.span, message))
}

fn with_plan(evidence: &Evidence, plan: FileId, span: Span, message: String) -> Finding {
    let subject = format!("{} {}", evidence.logical_name.value, account(evidence));
    let finding = Finding::new(&RULE, evidence.settings, evidence.settings_span(), subject, message);
    with_inventory(finding.related(plan, span, "the plan"), evidence)
}

fn account(evidence: &Evidence) -> &str {
    evidence.account.as_deref().unwrap_or_default()
}

fn connection(evidence: &Evidence) -> String {
    evidence
        .connection
        .as_ref()
        .map(|id| short_id(&id.value))
        .unwrap_or_default()
}

fn with_inventory(finding: Finding, evidence: &Evidence) -> Finding {
    match &evidence.witness {
        Witness::Inventory { file, span, .. } => finding.related(*file, *span, "the connection in the inventory"),
        Witness::Owner { .. } => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(plan: &str, owner: &str, acting: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365")],
        )
        .with(
            "/s/prod.settings.json",
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"con_Mail","ConnectionId":"926f0e4a1b2c4d5e","ConnectionOwner":"{owner}"}}]}}"#),
        )
        .with("/s/flowsentry.jsonc", format!(r#"{{ "connections": ["i.csv"] {plan} }}"#))
        .with("/s/i.csv", format!("ConnectionName,Account\n926f0e4a1b2c4d5e,{acting}\n"))
    }

    const MAIL: &str = "svc-mail@contoso.com";
    const MEGAN: &str = "megan.bowen@contoso.com";

    #[test]
    fn plan_settings_and_inventory_are_compared() {
        let plan = r#", "references": [{ "match": "con_Mail", "account": { "Production": "svc-mail@contoso.com" } }]"#;
        assert_eq!(sample(plan, "#{o}#", MEGAN).marked(RULE.id), ["926f0e4a1b2c4d5e"]);
        assert_eq!(sample(plan, MEGAN, "").marked(RULE.id), [MEGAN]);
        assert_eq!(sample("", MAIL, MEGAN).marked(RULE.id), [MAIL]);
        let found = sample("", MAIL, MEGAN).of(RULE.id);
        assert!(
            found[0]
                .finding
                .message
                .contains("the connection 926f0e4a… acts as megan.bowen@contoso.com")
        );
    }

    #[test]
    fn what_agrees_or_cannot_be_compared_is_left_alone() {
        let id = "6f5a3c1e-1111-4a2b-9c3d-0123456789ab";
        let plan = r#", "references": [{ "match": "con_Mail", "account": "mail" }], "accounts": [{ "kind": "service", "match": ["svc-*@contoso.com", "mail@contoso.com"], "name": "mail" }]"#;
        assert!(sample(plan, "SVC-mail@contoso.com", MAIL).of(RULE.id).is_empty());
        assert!(sample(plan, id, id).of(RULE.id).is_empty(), "the plan names addresses");
        assert!(sample("", id, MEGAN).of(RULE.id).is_empty());
        assert!(sample("", "#{o}#", MEGAN).of(RULE.id).is_empty());
        let test = r#", "references": [{ "match": "con_Mail", "account": { "test": "svc-mail@contoso.com" } }]"#;
        assert!(sample(test, MEGAN, "").of(RULE.id).is_empty());
        assert_eq!(sample(plan, MEGAN, MEGAN).of(RULE.id).len(), 1);
    }
}
