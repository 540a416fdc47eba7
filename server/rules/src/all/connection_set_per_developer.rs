//! Developers who each have connections of their own to the same services.

use std::collections::BTreeMap;

use analysis::connectors;
use analysis::identity::{judge, judge_record};
use analysis::sharing::{Sharing, Sharings};
use model::inventory::ConnectionRecord;
use model::{AccountKind, FileId, Profile, Workspace};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::listed;

declare_rule! {
    /// # What it finds
    ///
    /// Two or more people who, in one environment, each own a connection of the same connector, shared with nobody, where solutions of
    /// the workspace have connection references of that connector and nobody shares one with the team. Inventories with connections
    /// and role assignments tell; without both nothing is reported, and accounts that look like a service's are no people.
    ///
    /// # Why it matters
    ///
    /// Each flow then runs with the account of whoever built it: permissions differ from one developer to the next, a flow that works for
    /// one fails for another, and it stops when that person leaves.
    ///
    /// # How to fix
    ///
    /// Make one connection for each connector with a service account, share it with the developers' group (`CanUse`), and bind the
    /// connection references to it.
    ///
    /// # Example
    ///
    /// Wrong, by owner:
    ///
    /// ```csv
    /// ConnectionName,ConnectorName,Owner
    /// 0a1b,shared_sharepointonline,alex@contoso.com
    /// 0c2d,shared_sharepointonline,kim@contoso.com
    /// ```
    ///
    /// Right:
    ///
    /// ```csv
    /// ConnectionName,ConnectorName,Owner
    /// 0e3f,shared_sharepointonline,svc-dev@contoso.com
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Share app resources in Power Apps", <https://learn.microsoft.com/power-apps/maker/canvas-apps/share-app-resources>
    static RULE = {
        id: "connection-set-per-developer",
        summary: "developers each have connections of their own to the same services",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

/// A connection that one person has for themselves.
struct Own<'w> {
    person: String,
    connector: String,
    file: FileId,
    record: &'w ConnectionRecord,
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let sharings = Sharings::new(workspace);
    if sharings.is_empty() {
        return;
    }
    let wanted: FxHashSet<String> = workspace
        .solutions()
        .flat_map(|(id, _)| workspace.references(id))
        .filter_map(|reference| Some(reference.connector()?.to_ascii_lowercase()))
        .collect();
    // By environment; the connectors of which the team has one.
    let mut places: BTreeMap<String, (Vec<Own<'_>>, FxHashSet<String>)> = BTreeMap::new();
    let mut seen: FxHashSet<(String, String)> = FxHashSet::default();
    for (file, entry) in workspace.files() {
        let inventory = entry.facts.inventory();
        for record in inventory.into_iter().flat_map(|facts| &facts.connections) {
            let Some(connector) = record.connector.as_ref().filter(|name| wanted.contains(*name)) else {
                continue;
            };
            let environment = record.environment.clone().unwrap_or_default().to_lowercase();
            // Two exports may list one connection.
            if !seen.insert((environment.clone(), record.name.to_lowercase())) {
                continue;
            }
            let sharing = sharings.of(&record.name);
            let place = places.entry(environment).or_default();
            if sharing.is_unknown() {
                continue;
            }
            if !sharing.is_private() {
                place.1.insert(connector.clone());
            } else if let Some(person) = person(workspace, &entry.path, record, sharing) {
                place.0.push(Own {
                    person,
                    connector: connector.clone(),
                    file,
                    record,
                });
            }
        }
    }
    for (own, shared) in places.into_values() {
        findings.found.extend(finding(own, &shared));
    }
}

/// The person who owns a connection; `None` where it is an account made for automation, or nobody is known.
fn person(workspace: &Workspace, path: &str, record: &ConnectionRecord, sharing: &Sharing) -> Option<String> {
    let configuration = workspace.configuration_of(path).map(|(_, configuration)| configuration);
    if judge_record(configuration, record).is_some_and(|verdict| verdict.kind != AccountKind::Personal) {
        return None;
    }
    let account = record.account.as_ref().or(record.created_by.as_ref());
    let owner = sharing
        .owners
        .first()
        .cloned()
        .or_else(|| Some(account?.value.clone()))?;
    let is_person = judge(configuration, &owner).is_some_and(|verdict| verdict.kind == AccountKind::Personal);
    is_person.then(|| owner.to_lowercase())
}

fn finding(own: Vec<Own<'_>>, shared: &FxHashSet<String>) -> Option<Finding> {
    let own: Vec<Own<'_>> = own.into_iter().filter(|own| !shared.contains(&own.connector)).collect();
    // By connector the first person, and whether there are others.
    let mut people: FxHashMap<&str, (&str, bool)> = FxHashMap::default();
    for one in &own {
        let known = people.entry(&one.connector).or_insert((&one.person, false));
        known.1 |= known.0 != one.person;
    }
    let several = |one: &&Own<'_>| people.get(one.connector.as_str()).is_some_and(|(_, others)| *others);
    let mut sets: Vec<&Own<'_>> = own.iter().filter(several).collect();
    sets.sort_by_key(|own| (own.file, own.record.span));
    let first = *sets.first()?;
    let unique = |texts: Vec<String>| {
        let mut all: Vec<String> = Vec::new();
        for text in texts {
            if !all.contains(&text) {
                all.push(text);
            }
        }
        all
    };
    let people = unique(sets.iter().map(|own| own.person.clone()).collect());
    let services = unique(sets.iter().map(|own| connectors::title(&own.connector)).collect());
    let place = first
        .record
        .environment
        .as_ref()
        .map(|environment| format!(" in the environment {environment}"))
        .unwrap_or_default();
    let message = format!(
        "{} each have connections of their own to {}{place}, shared with nobody, so flows run with whoever built them and stop when they leave. Make one with a service account and share it with the team.",
        listed(&people),
        listed(&services)
    );
    let mut finding = Finding::new(&RULE, first.file, first.record.span, people.join(" "), message);
    for other in sets.iter().skip(1).take(8) {
        let said = format!(
            "the connection of {} to {}",
            other.person,
            connectors::title(&other.connector)
        );
        finding = finding.related(other.file, other.record.span, said);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    /// Connections by name, connector, environment and owner, and who else may use them.
    fn sample(connections: &[(&str, &str, &str, &str)], grants: &[(&str, &str)]) -> Sample {
        let mut list = String::from("ConnectionName;ConnectorName;Environment;Owner\n");
        let mut roles = Vec::new();
        for (name, connector, environment, owner) in connections {
            list.push_str(&format!("{name};{connector};{environment};{owner}\n"));
            roles.push(format!(
                r#"{{"ConnectionName":"{name}","RoleType":"Owner","PrincipalType":"User","PrincipalEmail":"{owner}"}}"#
            ));
        }
        for (name, group) in grants {
            roles.push(format!(
                r#"{{"ConnectionName":"{name}","RoleType":"CanUse","PrincipalType":"Group","PrincipalDisplayName":"{group}"}}"#
            ));
        }
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[
                ("con_Files", "shared_sharepointonline"),
                ("con_Mail", "shared_office365"),
            ],
        )
        .with(
            "/s/flowsentry.jsonc",
            r#"{ "connections": ["list.csv", "roles.json"] }"#,
        )
        .with("/s/list.csv", list)
        .with("/s/roles.json", format!("[{}]", roles.join(",")))
    }

    const FILES: &str = "shared_sharepointonline";
    const TWO: [(&str, &str, &str, &str); 3] = [
        ("0a", FILES, "dev", "alex.kim@contoso.com"),
        ("0b", FILES, "dev", "maria.keller@contoso.com"),
        ("0c", "shared_office365", "dev", "maria.keller@contoso.com"),
    ];

    #[test]
    fn a_set_for_each_person() {
        let found = sample(&TWO, &[]).of(RULE.id);
        assert_eq!(
            (found.len(), found[0].path.as_str(), found[0].marked.as_str()),
            (1, "/s/list.csv", "0a")
        );
        let message = &found[0].finding.message;
        assert!(message.starts_with("alex.kim@contoso.com and maria.keller@contoso.com each have connections of their own to SharePoint in the environment dev, shared with nobody"), "{message}");
        assert_eq!(found[0].finding.related.len(), 1);
    }

    #[test]
    fn shared_ones_other_places_services_and_unknown_sharing_are_fine() {
        assert!(sample(&TWO, &[("0a", "Makers")]).of(RULE.id).is_empty());
        let team = [TWO[0], TWO[1], ("0d", FILES, "dev", "svc-dev@contoso.com")];
        assert!(sample(&team, &[("0d", "Makers")]).of(RULE.id).is_empty());
        let elsewhere = [TWO[0], ("0b", FILES, "test", "maria.keller@contoso.com")];
        assert!(sample(&elsewhere, &[]).of(RULE.id).is_empty());
        let service = [TWO[0], ("0b", FILES, "dev", "svc-flows@contoso.com")];
        assert!(sample(&service, &[]).of(RULE.id).is_empty());
        let same = [TWO[0], ("0b", FILES, "dev", "Alex.Kim@contoso.com")];
        assert!(sample(&same, &[]).of(RULE.id).is_empty());
        let unused = [
            ("0a", "shared_trello", "dev", "a.b@c.de"),
            ("0b", "shared_trello", "dev", "c.d@c.de"),
        ];
        assert!(sample(&unused, &[]).of(RULE.id).is_empty());
        assert!(sample(&TWO, &[]).with("/s/roles.json", "[]").of(RULE.id).is_empty());
        assert!(sample(&TWO, &[]).without("/s/roles.json").of(RULE.id).is_empty());
    }
}
