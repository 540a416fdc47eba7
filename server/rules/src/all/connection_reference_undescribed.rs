//! A connection reference says nothing about itself.

use analysis::identity::Holding;
use edits::WorkspaceEdit;
use edits::components::token;
use model::{ConnectionReference, Profile};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, titled};

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference without a description.
    ///
    /// # Why it matters
    ///
    /// The next person has to choose a connection for it: with which account, for which purpose, who to ask? The description
    /// travels with the solution and stands where the choice is made.
    ///
    /// # How to fix
    ///
    /// Say in a sentence which account it is for, what it does, and whom to ask. The fix writes a description from what the
    /// identity plan and the settings tell, with `#{…}#` tokens for what nobody has said yet.
    ///
    /// # Example
    ///
    /// ```xml
    /// <description>Account: application user sync. Purpose: nightly synchronisation of orders. Ask: orders team.</description>
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use a connection reference in a solution",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference>
    static RULE = {
        id: "connection-reference-undescribed",
        summary: "a connection reference has no description",
        category: Category::Identity,
        severity: Severity::Hint,
        confidence: Confidence::High,
        profile: Profile::Strict,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, solution) in workspace.solutions() {
        let Some(file) = solution.customizations else { continue };
        for reference in workspace
            .references(id)
            .filter(|reference| reference.description.is_none())
        {
            let name = &reference.logical_name;
            let message = format!(
                "The connection reference {} has no description, so whoever imports it has to guess the account and the purpose. Say both in a sentence.",
                titled(reference.title(), &name.value)
            );
            let finding = Finding::new(&RULE, file, name.span, name.value.as_str(), message);
            let Some(place) = &reference.description_place else {
                findings.push(finding);
                continue;
            };
            let mut edit = WorkspaceEdit::default();
            edit.push(file, place.write(&description(context, reference)));
            findings.push(finding.fix("Write a description", false, edit));
        }
    }
}

/// What is known, and tokens for what is not.
fn description(context: &WorkspaceContext<'_>, reference: &ConnectionReference) -> String {
    let is_it = |holding: &&Holding<'_>| std::ptr::eq(holding.reference, reference);
    let held: Vec<&Holding<'_>> = context.holdings().all().iter().filter(is_it).collect();
    let mut accounts: Vec<String> = Vec::new();
    for holding in &held {
        let kind = holding
            .verdict
            .as_ref()
            .map(|verdict| format!("{} ", verdict.kind.name()))
            .unwrap_or_default();
        let account = format!("{kind}{}", holding.account);
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    let unknown = |what: &str| token(what, &reference.logical_name.value);
    let account = if accounts.is_empty() {
        unknown("account")
    } else {
        listed(&accounts)
    };
    let activity = held.iter().find_map(|holding| holding.activity.clone());
    format!(
        "Account: {account}. Purpose: {}. Ask: {}.",
        activity.unwrap_or_else(|| unknown("purpose")),
        unknown("contact")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, Sample};

    fn sample() -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365")],
        )
    }

    #[test]
    fn a_description_is_written_from_what_is_known() {
        assert_eq!(sample().marked(RULE.id), ["con_Mail"]);
        assert_eq!(sample().assert_fixes(RULE.id), 1);
        let planned = sample().with(
            "/s/flowsentry.jsonc",
            r#"{ "references": [{ "match": "con_Mail", "account": "svc-mail@contoso.com", "activity": "approvals" }] }"#,
        );
        let after = planned.apply(&planned.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files[CUSTOMIZATIONS].contains("<description>Account: service svc-mail@contoso.com. Purpose: approvals. Ask: #{contact.con_Mail}#.</description>"));
    }

    #[test]
    fn a_described_one_is_left_alone() {
        let described = sample().replace(
            CUSTOMIZATIONS,
            "</connectorid>",
            "</connectorid><description>Mail to approvers</description>",
        );
        assert!(described.marked(RULE.id).is_empty());
        let empty = sample().replace(
            CUSTOMIZATIONS,
            "</connectorid>",
            "</connectorid><description></description>",
        );
        assert_eq!(empty.assert_fixes(RULE.id), 1);
    }
}
