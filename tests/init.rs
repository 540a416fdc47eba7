//! `flowsentry init`: a first identity plan, from the command line and from an editor.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use model::Configuration;
use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, uri};

const PLAN: &str = "flowsentry.jsonc";
const INVENTORY: &str = "inventory/connections.json";

/// The sample without its configuration.
fn without_plan() -> Folder {
    let folder = Folder::with_sample();
    std::fs::remove_file(folder.at(PLAN)).unwrap();
    folder
}

fn rules_of(report: &Value, file: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let here = findings.filter(|finding| finding["file"].as_str().unwrap().ends_with(file));
    here.map(|finding| format!("{}: {}", finding["rule"], finding["message"]))
        .collect()
}

#[test]
fn the_plan_says_what_is_and_checks_agree_with_it() {
    let folder = without_plan();
    let before = folder.check(&["--connections", INVENTORY, "--profile", "auditor", "."]);
    let run = folder.run(["init"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(
        run.err
            .contains("inventory/connections.json is an inventory of connections"),
        "{}",
        run.err
    );
    assert!(
        run.err
            .contains("wrote flowsentry.jsonc: 5 accounts (1 of them a person's), 3 of 3"),
        "{}",
        run.err
    );

    let text = folder.read(PLAN);
    let plan = Configuration::read(&text);
    assert_eq!(plan.issues, []);
    assert_eq!(plan.connections[0].value, INVENTORY);
    let kind = |account: &str| plan.account(account).unwrap().0.kind.name();
    assert_eq!(kind("megan.bowen@contoso.com"), "personal");
    assert_eq!(kind("svc-teams@contoso.com"), "service");
    assert_eq!(kind("00ea3806-cad5-4739-b454-aa078a2a3119"), "application");
    let wanted = |name: &str, environment: &str| {
        let account = plan.reference(name).unwrap().account_in(Some(environment));
        account.map(|account| account.account.value.clone())
    };
    assert_eq!(
        wanted("con_ContosoTeams", "prod").as_deref(),
        Some("svc-teams@contoso.com")
    );
    assert_eq!(
        wanted("con_ContosoOutlook", "test").as_deref(),
        Some("svc-expenses@contoso.com")
    );
    assert_eq!(wanted("con_ContosoOutlook", "prod"), None, "a person is never planned");
    for expected in [
        "an address that looks like a person's. Contoso | Outlook in prod (accountName in",
        "Not planned: prod: megan.bowen@contoso.com, a person",
        r#"// "allowedHosts": ["api.contoso-travel.example"],"#,
        r#"// "internalDomains": ["contoso.com"],"#,
        "Risk it reduces",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }

    let after = folder.check(&["--profile", "auditor", "."]);
    assert_eq!(rules_of(&after, PLAN), [""; 0]);
    let rules = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().unwrap().iter();
        let mut all: Vec<_> = findings
            .map(|finding| finding["rule"].as_str().unwrap().to_owned())
            .collect();
        all.sort();
        all
    };
    let known: Vec<String> = rules(&before);
    assert!(known.contains(&"personal-account-identity".to_owned()));
    for rule in &known {
        assert!(rules(&after).contains(rule), "the plan hides {rule}");
    }
    assert!(!rules(&after).contains(&"connection-account-not-planned".to_owned()));

    // Every proposal that is a comment can be uncommented.
    let whole = text.replace("\n    // {", "\n    {").replace("\n  // \"", "\n  \"");
    assert_eq!(Configuration::read(&whole).issues, []);
}

#[test]
fn nothing_is_ever_replaced() {
    let folder = Folder::with_sample();
    let before = folder.read(PLAN);
    let run = folder.run(["init"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("`flowsentry.jsonc` is there already"), "{}", run.err);
    let printed = folder.run(["init", "--stdout"]);
    assert_eq!(printed.code, 0);
    assert_eq!(Configuration::read(&printed.out).issues, []);
    assert_eq!(folder.read(PLAN), before);
    #[cfg(unix)]
    {
        let folder = without_plan();
        std::os::unix::fs::symlink(folder.at("nowhere.txt"), folder.at(PLAN)).unwrap();
        assert_eq!(folder.run(["init"]).code, 2);
        assert!(!folder.at("nowhere.txt").exists());
        let left = std::fs::read_dir(folder.path()).unwrap();
        assert!(
            left.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".tmp"))
                .count()
                == 0
        );
    }
}

#[test]
fn where_nothing_is_known_all_is_a_proposal() {
    let folder = without_plan();
    std::fs::remove_dir_all(folder.at("inventory")).unwrap();
    let run = folder.run(["init", "solution"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("wrote solution/flowsentry.jsonc: 0 accounts, 0 of 3"),
        "{}",
        run.err
    );
    let text = folder.read("solution/flowsentry.jsonc");
    let plan = Configuration::read(&text);
    assert_eq!(
        (plan.issues.len(), plan.accounts.len(), plan.references.len()),
        (0, 0, 0)
    );
    assert!(text.contains("nothing tells its account"));

    let empty = Folder::new();
    empty.write("package.json", "{}");
    let run = empty.run(["init"]);
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert!(!empty.at(PLAN).exists());
    for (arguments, message) in [
        (vec!["init", "missing"], "there is no folder `missing`"),
        (vec!["init", "package.json"], "is no folder"),
        (vec!["init", ".", "."], "one argument too many"),
        (vec!["init", "--conections", "x"], "did you mean `--connections`?"),
        (
            vec!["init", "--connections", "none.json"],
            "there is no inventory `none.json`",
        ),
    ] {
        let run = empty.run(&arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.err.contains(message), "{}", run.err);
    }
}

#[test]
fn owners_and_hostile_names_are_written_as_they_are_meant() {
    let folder = without_plan();
    let flow = "c5d07e36-810e-ef11-9f8a-6045bd0a41c7";
    folder.write(
        "deployment/prod/customDeploymentSettings.json",
        format!(
            r##"{{ "SolutionComponentOwnershipConfiguration": [
              {{ "solutionComponentType": 29, "solutionComponentUniqueName": "{flow}", "ownerEmail": "svc-owner@contoso.com" }},
              {{ "solutionComponentType": 29, "solutionComponentUniqueName": "8a2e94d1-7e0e-ef11-9f8a-6045bd0a41c7", "ownerEmail": "#{{owner}}#" }}] }}"##
        ),
    );
    folder.edit("solution/src/Other/Customizations.xml", |text| {
        text.replace("Contoso | Outlook", "Out&#10;\"evil\": 1, /* look */ // \u{202e}AccountKey=bm90LWEtcmVhbC1rZXktanVzdC1mb3ItdGVzdGluZy1pdC0xMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTA=")
    });
    let run = folder.run(["init", "--stdout"]);
    let plan = Configuration::read(&run.out);
    assert_eq!(plan.issues, []);
    let owner = plan
        .owner(&["Daily expense summary"])
        .expect("the settings name its owner");
    assert_eq!(
        owner.account_in(Some("prod")).unwrap().account.value,
        "svc-owner@contoso.com"
    );
    assert_eq!(plan.owners.len(), 1, "a token is no owner");
    let (account, _) = plan.account("svc-owner@contoso.com").unwrap();
    assert_eq!(account.notes.purpose.as_ref().unwrap().value, "owner");
    assert!(
        !run.out.contains("bm90LWEtcmVhbC1rZXkt") && !run.out.contains('\u{202e}'),
        "{}",
        run.out
    );
}

#[test]
fn a_configuration_further_up_is_told() {
    let folder = Folder::with_sample();
    let run = folder.run(["init", "solution"]);
    assert_eq!(run.code, 0);
    assert!(
        run.err
            .contains("flowsentry.jsonc` no longer counts below the new plan"),
        "{}",
        run.err
    );
}

#[test]
fn an_editor_with_the_command_gets_the_inventories_that_nobody_named() {
    let folder = without_plan();
    let mut session = Session::start_with(
        folder.path(),
        json!({
            "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
            "experimental": {"commands": {"commands": ["flowsentry.createIdentityPlan"]}},
        }),
        json!({}),
    );
    let settings = uri(&folder.at("deployment/prod.deploymentSettings.json"));
    let start = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
    let context = json!({"diagnostics": [], "only": ["source.identityPlan.flowsentry"]});
    let answer = session.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": settings}, "range": start, "context": context}),
    );
    let action = &answer["result"][0];
    assert_eq!(
        action["command"]["command"], "flowsentry.createIdentityPlan",
        "{answer}"
    );
    assert_eq!(action["edit"], Value::Null);
    let plan = session.request("flowsentry/identityPlan", json!({}));
    let text = plan["result"]["edit"]["documentChanges"][1]["edits"][0]["newText"]
        .as_str()
        .unwrap();
    assert!(
        text.contains(r#""connections": ["inventory/connections.json"]"#),
        "{text}"
    );
    assert!(text.contains("megan.bowen@contoso.com"), "{text}");
    session.end();
}

#[test]
fn an_editor_is_offered_the_plan_where_it_is_missing() {
    let folder = without_plan();
    let mut session = Session::start_with(
        folder.path(),
        json!({"workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}}}),
        json!({"connections": [folder.at(INVENTORY)]}),
    );
    let settings = uri(&folder.at("deployment/prod.deploymentSettings.json"));
    let finding = session.findings(&settings);
    let at = finding
        .iter()
        .find(|finding| finding["code"] == "personal-account-identity")
        .expect("Megan");
    let range = at["range"].clone();
    let mut actions = |only: Value, range: &Value| {
        let context = json!({"diagnostics": [], "only": only});
        let answer = session.request(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": settings}, "range": range, "context": context}),
        );
        let all = answer["result"].as_array().unwrap().clone();
        all.into_iter()
            .filter(|action| action["title"].as_str().unwrap().contains("identity plan"))
            .collect::<Vec<_>>()
    };
    let offered = actions(Value::Null, &range);
    assert_eq!(offered.len(), 1);
    let text = offered[0]["edit"]["documentChanges"][1]["edits"][0]["newText"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(Configuration::read(&text).issues, []);
    assert!(
        text.contains(r#""connections": ["inventory/connections.json"]"#),
        "{text}"
    );
    let start = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
    assert!(actions(Value::Null, &start).is_empty());
    assert_eq!(
        actions(json!(["source"]), &start)[0]["kind"],
        "source.identityPlan.flowsentry"
    );
    let plan = session.request("flowsentry/identityPlan", json!({}));
    assert_eq!(plan["result"]["uri"], uri(&folder.at(PLAN)));
    assert_eq!(
        plan["result"]["edit"]["documentChanges"][1]["edits"][0]["newText"],
        text
    );
    session.end();

    let planned = Folder::with_sample();
    let mut session = Session::start(planned.path());
    let answer = session.request("flowsentry/identityPlan", json!({}));
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("counts here already"),
        "{answer}"
    );
    session.end();
}
