//! Files beside flows: deployment settings, the manifest and the customizations, and the project's own configuration.

use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::session::{Session, apply, position, uri};
use crate::support::tree::{copy, sample};

const SETTINGS: &str = "deployment/prod.deploymentSettings.json";
const MANIFEST: &str = "solution/src/Other/Solution.xml";
const CUSTOMIZATIONS: &str = "solution/src/Other/Customizations.xml";
const CONFIGURATION: &str = "flowsentry.jsonc";

/// The sample with one file of this text open, whose `¦` is the cursor.
struct Asked {
    text: String,
    items: Vec<Value>,
}

fn ask(file: &str, marked: &str) -> Asked {
    let folder = Folder::new();
    copy(&sample(), folder.path());
    let mut session = Session::start(folder.path());
    let uri = uri(&folder.path().join(file));
    let at = marked.find('¦').unwrap();
    let text = marked.replacen('¦', "", 1);
    session.open(&uri, &text);
    let answer = session.request(
        "textDocument/completion",
        json!({"textDocument": {"uri": uri}, "position": position(&text, at), "context": {"triggerKind": 1}}),
    );
    let mut items = answer["result"]["items"].as_array().cloned().unwrap_or_default();
    items.sort_by_key(|item| item["sortText"].as_str().unwrap_or_default().to_owned());
    Asked { text, items }
}

impl Asked {
    fn labels(&self) -> Vec<&str> {
        self.items.iter().map(|item| item["label"].as_str().unwrap()).collect()
    }

    fn taken(&self, label: &str) -> String {
        let item = self.items.iter().find(|item| item["label"] == label);
        let item = item.unwrap_or_else(|| panic!("no {label} in {:?}", self.labels()));
        let mut edits = vec![item["textEdit"].clone()];
        edits.extend(item["additionalTextEdits"].as_array().cloned().unwrap_or_default());
        apply(&self.text, &edits)
    }

    fn json(&self, label: &str) -> Value {
        let text = self.taken(label);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }
}

fn file(name: &str) -> String {
    let text = std::fs::read_to_string(sample().join(name)).unwrap();
    text.trim_start_matches('\u{feff}').to_owned()
}

#[test]
fn settings_name_what_solutions_declare() {
    let asked = ask(
        SETTINGS,
        "{\n  \"EnvironmentVariables\": [],\n  \"ConnectionReferences\": [\n    {\n      \"LogicalName\": \"¦\n      \"ConnectionId\": \"\"\n    }\n  ]\n}",
    );
    let labels = asked.labels();
    assert!(
        labels.len() > 1 && labels.iter().all(|label| label.starts_with("con_")),
        "{labels:?}"
    );
    assert!(
        asked.items[0]["detail"].as_str().unwrap().contains(" · "),
        "{:?}",
        asked.items[0]
    );
    let first = labels[0].to_owned();
    assert_eq!(
        asked.json(&first)["ConnectionReferences"][0]["LogicalName"],
        first.as_str()
    );
    // What has an entry comes after what has none.
    let listed = ask(
        SETTINGS,
        &format!(
            "{{\"ConnectionReferences\": [{{\"LogicalName\": \"{first}\"}}, {{\"LogicalName\": ¦}}], \"EnvironmentVariables\": []}}"
        ),
    );
    assert_eq!(listed.labels().last(), Some(&first.as_str()));
    let whole = ask(
        SETTINGS,
        &format!(
            "{{\n  \"ConnectionReferences\": [\n    {{\"LogicalName\": \"{first}\"}}\n    ¦\n  ],\n  \"EnvironmentVariables\": []\n}}"
        ),
    );
    assert!(!whole.labels().contains(&first.as_str()));
    let second = whole.labels()[0].to_owned();
    let entry = &whole.json(&second)["ConnectionReferences"][1];
    assert_eq!(
        (&entry["LogicalName"], &entry["ConnectionId"]),
        (&json!(second), &json!(""))
    );
    assert!(
        entry["ConnectorId"]
            .as_str()
            .unwrap()
            .starts_with("/providers/Microsoft.PowerApps/apis/shared_")
    );
    let connector = ask(
        SETTINGS,
        &format!(
            "{{\"ConnectionReferences\": [{{\"LogicalName\": \"{second}\", \"ConnectorId\": \"¦}}], \"EnvironmentVariables\": []}}"
        ),
    );
    let name = connector.labels()[0].to_owned();
    assert_eq!(
        connector.json(&name)["ConnectionReferences"][0]["ConnectorId"],
        entry["ConnectorId"]
    );
    let variable = ask(
        SETTINGS,
        "{\"EnvironmentVariables\": [{\"SchemaName\": \"con_¦\"}], \"ConnectionReferences\": []}",
    );
    assert_eq!(variable.labels(), ["con_ApprovalLimit", "con_FinanceMailbox"]);
    let members = ask(
        SETTINGS,
        "{\"EnvironmentVariables\": [{ \"SchemaName\": \"x\" ¦ }], \"ConnectionReferences\": []}",
    );
    assert_eq!(members.labels(), ["Value"]);
    assert_eq!(
        members.json("Value")["EnvironmentVariables"][0],
        json!({"SchemaName": "x", "Value": ""})
    );
}

#[test]
fn xml_names_what_flows_use() {
    let customizations = file(CUSTOMIZATIONS);
    let at =
        customizations.find("connectionreferencelogicalname=\"").unwrap() + "connectionreferencelogicalname=\"".len();
    let end = at + customizations[at..].find('"').unwrap();
    let name = customizations[at..end].to_owned();
    for typed in [
        format!("{}¦{}", &customizations[..at], &customizations[end..]),
        format!("{}co¦{}", &customizations[..at], &customizations[end + 1..]),
    ] {
        let asked = ask(CUSTOMIZATIONS, &typed);
        assert_eq!(asked.labels()[0], name, "it is used and not declared any more");
        assert_eq!(asked.taken(&name), customizations);
    }
    let connector = customizations.find("<connectorid>").unwrap() + "<connectorid>".len();
    let end = connector + customizations[connector..].find('<').unwrap();
    let id = &customizations[connector..end];
    let asked = ask(
        CUSTOMIZATIONS,
        &format!("{}¦{}", &customizations[..connector], &customizations[end..]),
    );
    assert_eq!(asked.labels()[0], id);
    assert_eq!(asked.taken(id), customizations);

    let manifest = file(MANIFEST).replace(
        "<MissingDependencies",
        "<Probe><Required type=\"connectionreference\" id.connectionreferencelogicalname=\"¦\" /></Probe><MissingDependencies",
    );
    let asked = ask(MANIFEST, &manifest);
    assert!(asked.labels().contains(&name.as_str()), "{:?}", asked.labels());
    let flows = file(MANIFEST).replacen(
        "<RootComponents>",
        "<RootComponents><RootComponent type=\"29\" id=\"¦\" />",
        1,
    );
    let asked = ask(MANIFEST, &flows);
    assert_eq!(asked.labels().len(), 3, "{:?}", asked.labels());
    assert!(
        asked.items[0]["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    assert!(
        ask(MANIFEST, &file(MANIFEST).replacen("<Version>", "<Version>¦", 1))
            .labels()
            .is_empty()
    );
}

#[test]
fn the_configuration_knows_the_project() {
    let asked = ask(
        CONFIGURATION,
        "{\n  // \"accounts\": none, it's said\n  \"accounts\": [{\"kind\": \"service\", \"match\": \"svc@contoso.com\", \"name\": \"sync\"}],\n  \"references\": [{\"match\": \"¦\", \"account\": \"sync\"}]\n}",
    );
    assert!(
        asked.labels().iter().all(|label| label.starts_with("con_")) && asked.labels().len() > 1,
        "{:?}",
        asked.labels()
    );
    let accounts = "{\n  \"accounts\": [{\"kind\": \"service\", \"match\": \"svc@contoso.com\", \"name\": \"sync\"}],\n  \"references\": [\n    {\"match\": \"con_x\", \"account\": ¦}\n  ] /* \"end */\n}";
    let asked = ask(CONFIGURATION, accounts);
    assert_eq!(asked.labels()[0], "sync");
    assert!(
        asked.taken("sync").contains("\"account\": \"sync\"}"),
        "{}",
        asked.taken("sync")
    );
    let asked = ask(
        CONFIGURATION,
        "{\"owners\": [{\"match\": [\"¦\"], \"account\": \"x\"}]}",
    );
    assert_eq!(asked.labels().len(), 3, "{:?}", asked.labels());
    let asked = ask(
        CONFIGURATION,
        "{\"references\": [{\"match\": \"x\", \"account\": {\"¦\"}}]}",
    );
    assert_eq!(asked.labels(), ["prod", "test", "*"]);
    assert!(
        asked.taken("prod").contains("{\"prod\": \"\"}"),
        "{}",
        asked.taken("prod")
    );
    let asked = ask(CONFIGURATION, "{\"allowedConnectors\": [¦]}");
    assert!(
        asked.labels().contains(&"shared_commondataserviceforapps"),
        "{:?}",
        asked.labels()
    );
}
