//! One account stands behind connections of every kind.

use analysis::connectors::{self, Family};
use analysis::identity::Group;
use model::{Profile, Workspace};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::holders::{in_place, known_by, references, with_chain, with_others};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::listed;

declare_rule! {
    /// # What it finds
    ///
    /// An account that, in one environment, stands behind connection references of four or more kinds of services, such as
    /// Dataverse, SharePoint, Exchange, Microsoft Entra and Azure. Three kinds are information. Accounts are known from
    /// deployment settings, inventories and the identity plan; without them nothing is reported.
    ///
    /// # Why it matters
    ///
    /// Who gets hold of that account, by one leaked password or one careless flow, reaches everything at once: data, mail,
    /// users and infrastructure. Assume that it happens: then the size of the damage is what this account may do.
    ///
    /// # How to fix
    ///
    /// Split by kind of work, not by connection: an application user for Dataverse, an app registration for each of SharePoint,
    /// mail and directory where they allow one, a service account for what is left. One account for each connection would be
    /// the other extreme. Write the split into `references` of `flowsentry.jsonc`, with the reason.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// "references": [{ "match": "*", "account": "svc-everything@contoso.com" }]
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// "references": [
    ///   { "match": "con_Dataverse*", "account": "sync-app" },
    ///   { "match": "con_Directory*", "account": "directory-app" },
    ///   { "match": "*", "account": "svc-office@contoso.com" }
    /// ]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, Power Platform Well-Architected: "Recommendations for identity and access management",
    ///   <https://learn.microsoft.com/power-platform/well-architected/security/identity-access>
    static RULE = {
        id: "single-identity-for-all-workloads",
        summary: "one account stands behind connections of many kinds",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

/// So many kinds are everything; one less is worth a word.
const EVERYTHING: usize = 4;

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    for group in context.holdings().by_account() {
        findings.found.extend(finding(context.workspace, &group));
    }
}

fn families(group: &Group<'_, '_>) -> Vec<Family> {
    let connectors = group
        .holdings
        .iter()
        .filter_map(|holding| connectors::find(&holding.connector()));
    let mut families: Vec<Family> = connectors.filter_map(|connector| connector.family).collect();
    families.sort_unstable();
    families.dedup();
    families
}

fn finding(workspace: &Workspace, group: &Group<'_, '_>) -> Option<Finding> {
    let families = families(group);
    if families.len() + 1 < EVERYTHING {
        return None;
    }
    let first = group.holdings.first()?;
    let names: Vec<String> = families.iter().map(|family| family.name().to_owned()).collect();
    let message = format!(
        "{} stands behind {} connection references of {} kinds of services{} ({}): {}, {}. Who gets hold of this account reaches all of them; split it by kind of work.",
        group.account,
        group.holdings.len(),
        families.len(),
        in_place(group.environment),
        names.join(", "),
        references(&group.holdings),
        known_by(workspace, first)
    );
    let message = if names.len() > 6 {
        message.replace(&names.join(", "), &listed(&names))
    } else {
        message
    };
    let place = first.place();
    let mut finding = Finding::new(&RULE, place.0, place.1, group.account, message);
    if families.len() < EVERYTHING {
        finding = finding.severity(Severity::Info);
    }
    let finding = with_chain(finding, workspace, first);
    Some(with_others(finding, &group.holdings, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(owners: &[&str]) -> Sample {
        let references = [
            ("con_Dv", "shared_commondataserviceforapps"),
            ("con_Sp", "shared_sharepointonline"),
            ("con_Mail", "shared_office365"),
            ("con_Users", "shared_azuread"),
            ("con_Approve", "shared_approvals"),
        ];
        let entries: Vec<String> = references
            .iter()
            .zip(owners)
            .map(|((name, _), owner)| {
                format!(r#"{{"LogicalName":"{name}","ConnectionId":"$(X)","ConnectionOwner":"{owner}"}}"#)
            })
            .collect();
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &references,
        )
        .with(
            "/s/prod.settings.json",
            format!(
                r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{}]}}"#,
                entries.join(",")
            ),
        )
    }

    #[test]
    fn four_kinds_are_everything_and_three_are_worth_a_word() {
        let all = "svc-all@contoso.com";
        let found = sample(&[all, all, "SVC-all@contoso.com", all, all]).of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.severity, Severity::Warning);
        assert!(found[0].finding.message.contains("4 kinds of services in prod"));
        assert_eq!(found[0].finding.related.len(), 5);
        let three = sample(&[all, all, all, "svc-directory@contoso.com", all]).of(RULE.id);
        assert_eq!(three[0].finding.severity, Severity::Info);
    }

    #[test]
    fn a_split_and_unknown_accounts_are_left_alone() {
        let (a, b) = ("svc-a@contoso.com", "svc-b@contoso.com");
        assert!(sample(&[a, a, b, b, a]).of(RULE.id).is_empty());
        let token = "#{owner}#";
        assert!(sample(&[token, token, token, token, token]).of(RULE.id).is_empty());
    }

    #[test]
    fn the_plan_is_judged_where_nothing_else_is_known() {
        let planned = sample(&[]).with(
            "/s/flowsentry.jsonc",
            r#"{ "references": [{ "match": "*", "account": "svc-everything@contoso.com" }] }"#,
        );
        let found = planned.of(RULE.id);
        assert_eq!((found.len(), found[0].path.as_str()), (1, "/s/flowsentry.jsonc"));
    }
}
