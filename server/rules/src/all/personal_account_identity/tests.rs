//! Tests of the rule.

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
        all[1]
            .finding
            .message
            .starts_with("`con_Mail shown` (CON_mail) is to run as megan.bowen@contoso.com in prod: `ConnectionOwner`"),
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
    assert!(
        messages[0]
            .starts_with("The flow `Main flow` is switched on as megan.bowen@contoso.com in prod (`activateAsUser`), ")
    );
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
    assert!(
        found[0].finding.message.starts_with(
            "This package names maria.keller@contoso.com as the account of its Microsoft Teams connection"
        )
    );
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
