//! One application user serves several processes.

use analysis::identity::Holding;
use model::{AccountKind, Profile, Workspace};
use rustc_hash::FxHashMap;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{known_by, with_chain, with_others};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::listed;

declare_rule! {
    /// # What it finds
    ///
    /// An application user behind connection references to which the identity plan gives different activities.
    ///
    /// # Why it matters
    ///
    /// "Created by" and "modified by" name the application user. When the nightly synchronisation and the clean-up write with the
    /// same one, nobody can tell afterwards which of them wrote a record, and neither can be stopped alone. It also needs the
    /// permissions of both.
    ///
    /// # How to fix
    ///
    /// Register an application for each activity, each with a security role that grants what it needs. Activities that belong
    /// together may share one: then give them one name.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "references": [
    ///   { "match": "con_DataverseSync", "account": "app", "activity": "sync" },
    ///   { "match": "con_DataverseAudit", "account": "app", "activity": "audit" }
    /// ]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "references": [
    ///   { "match": "con_DataverseSync", "account": "sync-app", "activity": "sync" },
    ///   { "match": "con_DataverseAudit", "account": "audit-app", "activity": "audit" }
    /// ]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Manage application users in the Power Platform admin center",
    ///   <https://learn.microsoft.com/power-platform/admin/manage-application-users>
    static RULE = {
        id: "application-user-shared-across-activities",
        summary: "one application user serves several activities",
        category: Category::Identity,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    for group in context.holdings().by_account() {
        let is_application = |holding: &&&Holding<'_>| {
            let kind = holding.verdict.as_ref().map(|verdict| verdict.kind);
            kind == Some(AccountKind::Application) && holding.activity.is_some()
        };
        let mut by_activity: FxHashMap<String, Vec<&Holding<'_>>> = FxHashMap::default();
        for holding in group.holdings.iter().filter(is_application) {
            let activity = holding.activity.as_deref().unwrap_or_default().trim().to_lowercase();
            by_activity.entry(activity).or_default().push(holding);
        }
        if by_activity.len() > 1 {
            let mut activities: Vec<_> = by_activity.into_values().collect();
            activities.sort_by_key(|holdings| holdings[0].reference.logical_name.value.to_lowercase());
            findings.found.extend(finding(context.workspace, &activities));
        }
    }
}

fn finding(workspace: &Workspace, activities: &[Vec<&Holding<'_>>]) -> Option<Finding> {
    let first = *activities.first()?.first()?;
    let each: Vec<String> = activities
        .iter()
        .filter_map(|holdings| holdings.first())
        .map(|holding| {
            let activity = holding.activity.as_deref().unwrap_or_default();
            format!("{activity} (`{}`)", holding.reference.title())
        })
        .collect();
    let message = format!(
        "The application user {} serves {} ({}): \"modified by\" cannot tell which of them wrote, and it needs the permissions of all. Register one for each activity.",
        first.account,
        listed(&each),
        known_by(workspace, first)
    );
    let place = first.place();
    let finding = Finding::new(&RULE, place.0, place.1, first.account.as_str(), message);
    let all: Vec<&Holding<'_>> = activities.iter().flatten().copied().collect();
    Some(with_others(with_chain(finding, workspace, first), &all, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(sync: &str, audit: &str) -> Sample {
        let plan = format!(
            r#"{{ "accounts": [{{ "kind": "application", "match": ["6f5a3c1e-1111-4a2b-9c3d-0123456789ab"], "name": "app" }}, {{ "kind": "application", "match": "7f5a3c1e-1111-4a2b-9c3d-0123456789ab", "name": "other" }}],
                "references": [{{ "match": "con_Sync", {sync} }}, {{ "match": "con_Audit", {audit} }}] }}"#
        );
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[
                ("con_Sync", "shared_commondataserviceforapps"),
                ("con_Audit", "shared_commondataserviceforapps"),
            ],
        )
        .with("/s/flowsentry.jsonc", plan)
    }

    #[test]
    fn two_activities_want_two_users() {
        let found = sample(
            r#""account": "app", "activity": "sync""#,
            r#""account": "app", "activity": "audit""#,
        )
        .of(RULE.id);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .finding
                .message
                .contains("audit (`con_Audit shown`) and sync (`con_Sync shown`)")
        );
    }

    #[test]
    fn one_activity_two_users_or_no_activity_are_left_alone() {
        for (sync, audit) in [
            (
                r#""account": "app", "activity": "sync""#,
                r#""account": "app", "activity": "Sync""#,
            ),
            (
                r#""account": "app", "activity": "sync""#,
                r#""account": "other", "activity": "audit""#,
            ),
            (r#""account": "app", "activity": "sync""#, r#""account": "app""#),
        ] {
            assert!(sample(sync, audit).of(RULE.id).is_empty(), "{sync} {audit}");
        }
    }
}
