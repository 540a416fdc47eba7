//! A connection or a flow runs with a person's own account.

use analysis::identity::{Evidence, OwnerEvidence, Verdict, Witness, judge, resolve};
use analysis::targets::solutions_of_settings_entry;
use analysis::{Certainty, connectors};
use model::files::name_of;
use model::package::PackageManifest;
use model::{AccountKind, Configuration, ConnectionReference, FileId, Profile, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use crate::context::{FileContext, WorkspaceContext};
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{in_environment, listed, short_id};

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference whose connection, in some environment, belongs to a person's own account, and a flow that
    /// is to be owned or switched on by one. Solutions name no accounts, so this is known from other files only:
    ///
    /// - deployment settings, whose `ConnectionOwner` names an account, or whose `ConnectionId` names a connection that an
    ///   inventory lists with its account (`connections` in `flowsentry.jsonc`, or `--connections`);
    /// - the ALM Accelerator's custom settings, whose `ownerEmail` and `activateAsUser` name the owners of flows;
    /// - the identity plan, which may want such an account under `references` or `owners`.
    ///
    /// What the project's configuration says about an account under `accounts` counts first and is certain. Otherwise an
    /// id is an application's, a name such as `svc-…` or `….automation` is a service account's, and any other address
    /// counts as a person's, with less certainty. Pipeline tokens such as `#{…}#` say nothing, and nothing is reported.
    ///
    /// The finding stands at the entry of the settings and at the connection reference.
    ///
    /// # Why it matters
    ///
    /// A flow acts with the account behind its connections. When that is a person's, every flow of the solution stops on
    /// the day that person leaves, changes the password or has to confirm a sign-in again, and until then each maker who may
    /// use the connection acts with all that person may read and write.
    ///
    /// # How to fix
    ///
    /// Create the connection with an application user where its connector allows that, else with a service account made for
    /// this purpose, and put the new connection's id into the settings. Where the account only looks like a person's, say so
    /// once in `flowsentry.jsonc`: `"accounts": [{ "kind": "service", "match": "orders@contoso.com", "reason": "…" }]`.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// { "LogicalName": "con_Outlook", "ConnectionId": "926f…", "ConnectionOwner": "megan.bowen@contoso.com" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "LogicalName": "con_Outlook", "ConnectionId": "0c41…", "ConnectionOwner": "svc-orders@contoso.com" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Support for service principal owned flows",
    ///   <https://learn.microsoft.com/power-automate/service-principal-support>
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "personal-account-identity",
        summary: "a connection or a flow runs with a person's own account",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check), Check::File(check_package)],
    };
}

const CONNECT: &str = "When the person leaves or changes the password the flows stop; connect with a service account or an application user.";
const OWN: &str = "When the person leaves or changes the password the flow stops; let a service account or an application user own it.";

/// Evidence about one connection reference and one account, from all settings files.
#[derive(Default)]
struct Group {
    evidence: Vec<Evidence>,
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, file) in workspace.files() {
        if let Some(plan) = file.facts.configuration() {
            findings.found.extend(planned(id, plan));
        }
    }
    if workspace.settings().is_empty() && workspace.custom_settings().is_empty() {
        return;
    }
    let identities = context.identities();
    let mut groups: FxHashMap<(SolutionId, String, String), Group> = FxHashMap::default();
    for &settings in workspace.settings() {
        let all = identities.of_settings(settings);
        for entry in all.chunk_by(|a, b| a.entry == b.entry) {
            check_entry(workspace, entry, &mut groups, findings);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    for ((solution, _, _), group) in groups {
        findings
            .found
            .extend(reference_finding(workspace, solution, &group.evidence));
    }
    for &settings in workspace.custom_settings() {
        for owner in identities.of_custom_settings(settings) {
            findings.found.extend(owner_finding(workspace, settings, &owner));
        }
    }
}

/// The accounts that the manifest of a legacy package names.
fn check_package(file: &FileContext<'_>, findings: &mut Findings) {
    if !name_of(file.path).eq_ignore_ascii_case("manifest.json") {
        return;
    }
    let Some(package) = PackageManifest::read(file.text) else {
        return;
    };
    let mut known: Vec<&str> = Vec::new();
    for connection in &package.connections {
        let account = connection.display_name.value.trim();
        let verdict = judge(file.configuration, account).filter(|verdict| verdict.kind == AccountKind::Personal);
        let Some(verdict) = verdict.filter(|_| !known.iter().any(|own| model::same_name(own, account))) else {
            continue;
        };
        known.push(account);
        let connector = connection.connector.as_deref().map(connectors::title);
        let message = format!(
            "This package names {account} as the account of its {}connection, {}. Flows that are imported from it are built on a person's account, and whoever has the package has the address; export the flow in a solution with connection references.",
            connector.map(|title| format!("{title} ")).unwrap_or_default(),
            verdict.why
        );
        let finding = Finding::new(&RULE, file.file, connection.display_name.span, account, message);
        findings.push(finding.confidence(confidence(&verdict)).from_profile(Profile::Auditor));
    }
}

/// Reports what one settings entry proves, and keeps it for the connection references that the entry serves.
fn check_entry(
    workspace: &Workspace,
    entry: &[Evidence],
    groups: &mut FxHashMap<(SolutionId, String, String), Group>,
    findings: &mut Findings,
) {
    for (at, evidence) in entry.iter().enumerate() {
        let (Some(verdict), Some(account)) = (personal(evidence), &evidence.account) else {
            continue;
        };
        // Where owner and inventory agree, the inventory's chain is the longer one: it is told, once.
        let by_owner = matches!(evidence.witness, Witness::Owner { .. });
        if by_owner && entry.iter().skip(at + 1).any(|other| other.same_account(evidence)) {
            continue;
        }
        let solutions = solutions_of_settings_entry(workspace, evidence.settings, &evidence.logical_name.value);
        let title = solutions
            .iter()
            .find_map(|id| workspace.reference(*id, &evidence.logical_name.value));
        let title = title.map_or(evidence.logical_name.value.as_str(), ConnectionReference::title);
        let other = entry
            .iter()
            .find(|other| other.account.is_some() && !other.same_account(evidence));
        let message = message(workspace, title, &[evidence], verdict, other);
        let subject = format!("{} {account}", evidence.logical_name.value);
        let mut finding = Finding::new(&RULE, evidence.settings, evidence.settings_span(), subject, message)
            .confidence(confidence(verdict));
        for solution in &solutions {
            if let (Some(file), Some(reference)) = (
                workspace.solution(*solution).customizations,
                workspace.reference(*solution, &evidence.logical_name.value),
            ) {
                finding = finding.related(file, reference.logical_name.span, "the connection reference");
            }
            let key = (
                *solution,
                evidence.logical_name.value.to_lowercase(),
                account.to_lowercase(),
            );
            groups.entry(key).or_default().evidence.push(evidence.clone());
        }
        findings.push(with_inventory(finding, evidence));
    }
}

fn reference_finding(workspace: &Workspace, solution: SolutionId, evidence: &[Evidence]) -> Option<Finding> {
    let first = evidence.first()?;
    let (verdict, account) = (personal(first)?, first.account.as_ref()?);
    let reference = workspace.reference(solution, &first.logical_name.value)?;
    let file = workspace.solution(solution).customizations?;
    let all: Vec<&Evidence> = evidence.iter().collect();
    let message = message(workspace, reference.title(), &all, verdict, None);
    let subject = format!("{} {account}", reference.logical_name.value);
    let mut finding =
        Finding::new(&RULE, file, reference.logical_name.span, subject, message).confidence(confidence(verdict));
    for evidence in evidence {
        let place = evidence
            .environment
            .as_ref()
            .map(|label| format!(" for {label}"))
            .unwrap_or_default();
        finding = finding.related(
            evidence.settings,
            evidence.settings_span(),
            format!("the deployment settings{place}"),
        );
        finding = with_inventory(finding, evidence);
    }
    Some(finding)
}

fn owner_finding(workspace: &Workspace, settings: FileId, owner: &OwnerEvidence) -> Option<Finding> {
    let verdict = owner
        .verdict
        .as_ref()
        .filter(|verdict| verdict.kind == AccountKind::Personal)?;
    let flow = owner.flow.and_then(|id| {
        let flows = workspace.flows_with_id(id);
        flows
            .iter()
            .find(|flow| workspace.file(**flow).solution.is_some())
            .or(flows.first())
            .copied()
    });
    let name = flow
        .map(|flow| workspace.flow_name(flow))
        .or_else(|| owner.flow_name.clone());
    let what = name.map_or_else(|| "A flow".to_owned(), |name| format!("The flow `{name}`"));
    let place = in_environment(workspace, settings);
    let does = if owner.field == "activateAsUser" {
        "is switched on as"
    } else {
        "is given to"
    };
    let account = &owner.account.value;
    let message = format!(
        "{what} {does} {account} {place} (`{}`), {}. {OWN}",
        owner.field, verdict.why
    );
    let subject = owner
        .flow
        .map_or_else(|| account.clone(), |flow| format!("{flow} {}", owner.field));
    let finding = Finding::new(&RULE, settings, owner.account.span, subject, message).confidence(confidence(verdict));
    Some(match flow {
        Some(flow) => finding.related(flow, START, "the flow"),
        None => finding,
    })
}

/// People whom the plan itself wants behind a reference or a flow.
fn planned(file: FileId, plan: &Configuration) -> Vec<Finding> {
    let mut found = Vec::new();
    for (entries, what) in [
        (&plan.references, "behind the connection"),
        (&plan.owners, "as the owner of flows"),
    ] {
        for entry in entries {
            let about = entry.patterns.first().map_or("", |pattern| pattern.value.as_str());
            for wanted in &entry.accounts {
                let account = resolve(plan, &wanted.account.value);
                let verdict = judge(Some(plan), account);
                let Some(verdict) = verdict.filter(|verdict| verdict.kind == AccountKind::Personal) else {
                    continue;
                };
                let message = format!("The plan wants {account} {what} (`{about}`), {}. {OWN}", verdict.why);
                let finding = Finding::new(&RULE, file, wanted.account.span, format!("{about} {account}"), message);
                found.push(finding.confidence(confidence(&verdict)));
            }
        }
    }
    found
}

fn personal(evidence: &Evidence) -> Option<&Verdict> {
    evidence
        .verdict
        .as_ref()
        .filter(|verdict| verdict.kind == AccountKind::Personal)
}

fn confidence(verdict: &Verdict) -> Confidence {
    match verdict.certainty {
        Certainty::High => Confidence::High,
        Certainty::Medium => Confidence::Medium,
    }
}

fn with_inventory(finding: Finding, evidence: &Evidence) -> Finding {
    match &evidence.witness {
        Witness::Inventory { file, span, .. } => finding.related(*file, *span, "the connection in the inventory"),
        Witness::Owner { .. } => finding,
    }
}

/// The chain in words: reference, account, environments, who says so and why that is a person's.
fn message(
    workspace: &Workspace,
    title: &str,
    evidence: &[&Evidence],
    verdict: &Verdict,
    other: Option<&Evidence>,
) -> String {
    let Some(first) = evidence.first() else {
        return String::new();
    };
    let account = first.account.as_deref().unwrap_or_default();
    let mut places: Vec<String> = Vec::new();
    for evidence in evidence {
        let place = in_environment(workspace, evidence.settings);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let places = listed(&places);
    let (verb, witness) = match &first.witness {
        Witness::Owner { .. } => (
            "is to run as",
            "`ConnectionOwner` of the settings names that account".to_owned(),
        ),
        Witness::Inventory { file, field, .. } => {
            let id = first
                .connection
                .as_ref()
                .map_or("", |connection| connection.value.as_str());
            let inventory = name_of(&workspace.file(*file).path);
            let (relation, field) = match field {
                Some(model::inventory::AccountSource::CreatedBy) => ("was made by", "CreatedBy"),
                Some(field) => ("belongs to", field.as_str()),
                None => ("belongs to", "no field"),
            };
            (
                "runs as",
                format!(
                    "connection {} {relation} that account ({field} in {inventory})",
                    short_id(id)
                ),
            )
        }
    };
    let other = other.map(|other| contrast(workspace, other)).unwrap_or_default();
    // Settings know the reference by its logical name, people by its title.
    let logical = &first.logical_name.value;
    let name = if title == logical {
        String::new()
    } else {
        format!(" ({logical})")
    };
    format!(
        "`{title}`{name} {verb} {account} {places}: {witness}, {}{other}. {CONNECT}",
        verdict.why
    )
}

/// What a second witness says of the same entry, where it names another account.
fn contrast(workspace: &Workspace, other: &Evidence) -> String {
    let account = other.account.as_deref().unwrap_or_default();
    match &other.witness {
        Witness::Owner { .. } => format!("; `ConnectionOwner` names {account} instead"),
        Witness::Inventory { file, .. } => {
            format!(
                "; {} names {account} for this connection instead",
                name_of(&workspace.file(*file).path)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW_ID, Found, Sample};

    const SETTINGS: &str = "/s/config/prod/deploymentSettings.json";
    const ID: &str = "926f0000000000000000000000000001";

    fn sample(entries: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365")],
        )
        .with(
            SETTINGS,
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{entries}]}}"#),
        )
    }

    fn entry(more: &str) -> String {
        format!(
            r#"{{"LogicalName":"CON_mail","ConnectionId":"{ID}","ConnectorId":"/providers/Microsoft.PowerApps/apis/shared_office365"{more}}}"#
        )
    }

    fn inventory(account: &str) -> String {
        format!(
            r#"[{{"ConnectionName":"{}","ConnectorName":"shared_office365","DisplayName":"Mail","EnvironmentName":"Contoso-prod","Internal":{{"properties":{{"accountName":"{account}"}}}}}}]"#,
            ID.to_uppercase()
        )
    }

    fn with_inventory(sample: Sample, account: &str) -> Sample {
        sample
            .with(
                "/s/flowsentry.jsonc",
                r#"{"connections":["inventory/connections.json"]}"#,
            )
            .with("/s/inventory/connections.json", inventory(account))
    }

    fn found(sample: &Sample) -> Vec<Found> {
        sample.of(RULE.id)
    }

    fn marks(sample: &Sample) -> Vec<(String, String)> {
        found(sample).into_iter().map(|f| (f.path, f.marked)).collect()
    }

    #[test]
    fn an_owner_in_the_settings_is_reported_at_both_ends() {
        let sample = sample(&entry(r#","ConnectionOwner":"megan.bowen@contoso.com""#));
        assert_eq!(
            marks(&sample),
            [
                (CUSTOMIZATIONS.into(), "con_Mail".into()),
                (SETTINGS.into(), "megan.bowen@contoso.com".into())
            ]
        );
        let all = found(&sample);
        assert!(
            all[1].finding.message.starts_with(
                "`con_Mail shown` (CON_mail) is to run as megan.bowen@contoso.com in prod: `ConnectionOwner`"
            ),
            "{all:#?}"
        );
        assert_eq!((all[0].finding.related.len(), all[1].finding.related.len()), (1, 1));
        assert!(
            all.iter()
                .all(|f| f.finding.confidence == Confidence::Medium && f.finding.severity == Severity::Warning)
        );
    }

    #[test]
    fn a_connection_of_the_inventory_is_followed_to_its_account() {
        let all = found(&with_inventory(sample(&entry("")), "megan.bowen@contoso.com"));
        assert_eq!(all.len(), 2);
        assert_eq!((all[1].path.as_str(), all[1].marked.as_str()), (SETTINGS, ID));
        assert_eq!(
            all[1].finding.message,
            "`con_Mail shown` (CON_mail) runs as megan.bowen@contoso.com in prod: connection 926f0000… belongs to that account \
             (accountName in connections.json), an address that looks like a person's. When the person leaves or changes the \
             password the flows stop; connect with a service account or an application user."
        );
        assert_eq!((all[0].finding.related.len(), all[1].finding.related.len()), (2, 2));
    }

    #[test]
    fn services_applications_tokens_and_unknown_connections_are_silent() {
        for owner in [
            "svc-powerplatform@contoso.com",
            "6f5a3c1e-1111-4a2b-9c3d-0123456789ab",
            "#{connectionreference.user.x}#",
            "",
            "Megan",
        ] {
            let owned = sample(&entry(&format!(r#","ConnectionOwner":"{owner}""#)));
            assert_eq!(marks(&owned), [], "{owner}");
            assert_eq!(marks(&with_inventory(owned, "svc-mail@contoso.com")), []);
        }
        let other = with_inventory(sample(&entry("").replace("926f", "926e")), "megan.bowen@contoso.com");
        assert_eq!(marks(&other), []);
        let uncounted = sample(&entry("")).with("/s/inventory/connections.json", inventory("megan.bowen@contoso.com"));
        assert_eq!(marks(&uncounted), []);
    }

    #[test]
    fn owner_and_inventory_are_two_witnesses() {
        let owned = sample(&entry(r#","ConnectionOwner":"Megan.Bowen@contoso.com""#));
        assert_eq!(
            marks(&with_inventory(owned.clone_files(), "megan.bowen@contoso.com")).len(),
            2
        );
        let differ = found(&with_inventory(owned.clone_files(), "svc-mail@contoso.com"));
        assert_eq!(differ.len(), 2);
        assert!(
            differ[1]
                .finding
                .message
                .contains("; connections.json names svc-mail@contoso.com for this connection instead")
        );
        assert_eq!(marks(&with_inventory(owned, "alex.wilber@contoso.com")).len(), 4);
    }

    #[test]
    fn several_environments_are_one_finding_on_the_reference() {
        let prod = sample(&entry(r#","ConnectionOwner":"megan.bowen@contoso.com""#));
        let text = prod.files[SETTINGS].clone();
        let both = found(&prod.with("/s/config/test/deploymentSettings.json", text));
        assert_eq!(
            both.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(),
            [CUSTOMIZATIONS, SETTINGS, "/s/config/test/deploymentSettings.json"]
        );
        assert!(
            both[0].finding.message.contains(" in prod and in test: "),
            "{}",
            both[0].finding.message
        );
    }

    #[test]
    fn the_plan_decides_with_certainty() {
        let owned = sample(&entry(r#","ConnectionOwner":"orders@contoso.com""#));
        assert_eq!(marks(&owned).len(), 2);
        let plan = |kind: &str| format!(r#"{{"accounts":[{{"kind":"{kind}","match":"orders@*"}}]}}"#);
        assert_eq!(
            marks(&owned.clone_files().with("/s/flowsentry.jsonc", plan("service"))),
            []
        );
        let sure = found(&owned.with("/s/flowsentry.jsonc", plan("personal")));
        assert!(sure.len() == 2 && sure.iter().all(|f| f.finding.confidence == Confidence::High));
        assert!(
            sure[1]
                .finding
                .message
                .contains("personal by `orders@*` in flowsentry.jsonc")
        );
    }

    #[test]
    fn owners_of_flows() {
        let text = format!(
            r#"{{"ActivateFlowConfiguration":[{{"solutionComponentUniqueName":"{FLOW_ID}","activateAsUser":"megan.bowen@contoso.com"}}],"SolutionComponentOwnershipConfiguration":[{{"solutionComponentName":"X","ownerEmail":"svc-x@contoso.com"}},{{"ownerEmail":"\#{{owner}}\#"}},{{"solutionComponentName":"Y","ownerEmail":"j.okafor@contoso.com"}}]}}"#
        )
        .replace("\\#", "#");
        let all = found(&sample("").with("/s/config/prod/customDeploymentSettings.json", text));
        let messages: Vec<&str> = all.iter().map(|f| f.finding.message.as_str()).collect();
        assert_eq!(all.len(), 2, "{messages:#?}");
        assert!(messages[0].starts_with(
            "The flow `Main flow` is switched on as megan.bowen@contoso.com in prod (`activateAsUser`), "
        ));
        assert!(messages[1].starts_with("The flow `Y` is given to j.okafor@contoso.com in prod (`ownerEmail`), "));
        assert_eq!(all[1].marked, "j.okafor@contoso.com");
    }

    #[test]
    fn an_entry_for_no_known_reference_is_reported_where_it_stands() {
        let sample = sample(&entry(r#","ConnectionOwner":"megan.bowen@contoso.com""#).replace("CON_mail", "con_gone"));
        assert_eq!(marks(&sample), [(SETTINGS.into(), "megan.bowen@contoso.com".into())]);
    }

    #[test]
    fn the_nearest_solution_is_served() {
        let one = sample(&entry(r#","ConnectionOwner":"megan.bowen@contoso.com""#));
        let (xml, manifest) = (
            one.files[CUSTOMIZATIONS].clone(),
            one.files[crate::testing::MANIFEST].clone(),
        );
        let two = one
            .with("/t/Other/Customizations.xml", xml)
            .with("/t/Other/Solution.xml", manifest);
        assert_eq!(
            marks(&two).iter().map(|m| m.0.as_str()).collect::<Vec<_>>(),
            [CUSTOMIZATIONS, SETTINGS]
        );
    }

    trait CloneFiles {
        fn clone_files(&self) -> Sample;
    }

    impl CloneFiles for Sample {
        fn clone_files(&self) -> Sample {
            self.files.iter().fold(Sample::actions(""), |sample, (path, text)| {
                sample.with(path, text.clone())
            })
        }
    }

    #[test]
    fn a_plan_that_wants_a_person_is_told() {
        let plan = r#"{ "accounts": [{ "kind": "personal", "match": "*@contoso.com" }, { "kind": "service", "match": "svc@x.example" }],
            "references": [{ "match": "con_Outlook", "account": { "dev": "megan@contoso.com", "*": "svc@x.example" } }],
            "owners": [{ "match": "*", "account": "megan@contoso.com" }] }"#;
        let sample = crate::testing::Sample::actions("").with("/s/flowsentry.jsonc", plan);
        assert_eq!(sample.marked(RULE.id), ["megan@contoso.com", "megan@contoso.com"]);
    }

    #[test]
    fn manifests_of_packages_are_for_auditors() {
        let manifest = |account: &str| {
            format!(
                r#"{{"resources":{{"1":{{"name":"shared_teams","type":"Microsoft.PowerApps/apis"}},"2":{{"type":"Microsoft.PowerApps/apis/connections","details":{{"displayName":"{account}"}},"dependsOn":["1"]}},"3":{{"type":"Microsoft.PowerApps/apis/connections","details":{{"displayName":"{account}"}}}}}}}}"#
            )
        };
        let sample = |account: &str| Sample::actions("").with("/p/manifest.json", manifest(account));
        let found = sample("maria.keller@contoso.com").of(RULE.id);
        assert_eq!((found.len(), found[0].marked.as_str()), (1, "maria.keller@contoso.com"));
        assert!(found[0].finding.message.starts_with(
            "This package names maria.keller@contoso.com as the account of its Microsoft Teams connection"
        ));
        assert!(
            sample("maria.keller@contoso.com")
                .profile(Profile::Strict)
                .of(RULE.id)
                .is_empty()
        );
        for account in ["svc-flows@contoso.com", "SharePoint", ""] {
            assert!(sample(account).of(RULE.id).is_empty(), "{account}");
        }
    }
}
