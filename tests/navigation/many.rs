//! Questions over many closed flows, which are read apart from the main loop.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::MANIFEST;
use super::support::folder::Folder;
use super::support::session::{Session, apply, position, uri};

const FLOWS: usize = 40;

/// Flow number `n`, which reads the environment variable twice and calls over the connection reference.
fn flow(n: usize) -> String {
    format!(
        r#"{{"properties":{{"connectionReferences":{{"shared_sql":{{"connection":{{"connectionReferenceLogicalName":"fab_Sql"}},"api":{{"name":"shared_sql"}}}}}},
"definition":{{"parameters":{{"Site (fab_Site)":{{"type":"String","metadata":{{"schemaName":"fab_Site"}}}}}},
"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},
"actions":{{"Number_{n}":{{"type":"Compose","inputs":"@{{parameters('Site (fab_Site)')}}/{n}","runAfter":{{}}}}}}}}}}}}"#
    )
}

fn name(n: usize) -> String {
    format!("src/Workflows/Flow{n}-11111111-2222-3333-4444-{n:012}.json")
}

/// A solution with these flows, the first of them open.
fn many() -> (Folder, Session, String) {
    let folder = Folder::new();
    for n in 0..FLOWS {
        folder.write(&name(n), flow(n));
    }
    folder.write("src/Other/Solution.xml", MANIFEST);
    folder.write(
        "src/Other/Customizations.xml",
        "<ImportExportXml><connectionreferences><connectionreference connectionreferencelogicalname=\"fab_Sql\"><connectorid>/providers/Microsoft.PowerApps/apis/shared_sql</connectorid></connectionreference></connectionreferences></ImportExportXml>",
    );
    let mut session = Session::start(folder.path());
    let first = uri(&folder.at(&name(0)));
    session.open(&first, &flow(0));
    (folder, session, first)
}

/// A question about what `needle` begins in the first flow.
fn about(uri: &str, needle: &str, more: Value) -> Value {
    let text = flow(0);
    let mut params = json!({"textDocument": {"uri": uri}, "position": position(&text, text.find(needle).unwrap() + 2)});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    params
}

fn by_file(answer: &Value) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for location in answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")) {
        let file = location["uri"].as_str().unwrap().rsplit('/').next().unwrap();
        *found.entry(file.to_owned()).or_default() += 1;
    }
    found
}

#[test]
fn every_flow_tells_its_places_as_it_is_on_disk() {
    let (folder, mut session, first) = many();
    let ask = about(&first, "fab_Site\"", json!({"context": {"includeDeclaration": true}}));
    let answer = session.request("textDocument/references", ask.clone());
    let found = by_file(&answer);
    assert_eq!(found.len(), FLOWS);
    assert!(
        found.values().all(|places| *places == found[&name(0)[14..]]),
        "{found:?}"
    );

    // Nobody says that these changed.
    folder.write(&name(7), flow(7).replace("/7\"", "/@{parameters('Site (fab_Site)')}\""));
    std::fs::remove_file(folder.at(&name(8))).unwrap();
    let after = by_file(&session.request("textDocument/references", ask));
    assert_eq!(after.len(), FLOWS - 1);
    assert_eq!(after[&name(7)[14..]], found[&name(7)[14..]] + 1);
}

#[test]
fn a_rename_reaches_all() {
    let (folder, mut session, first) = many();
    let answer = session.request(
        "textDocument/rename",
        about(&first, "fab_Sql", json!({"newName": "fab_Database"})),
    );
    let changes = answer["result"]["documentChanges"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(changes.len(), FLOWS + 1);
    for change in changes {
        let file = change["textDocument"]["uri"].as_str().unwrap();
        let path = folder.find(file.rsplit('/').next().unwrap());
        let old = std::fs::read_to_string(path).unwrap();
        let new = apply(&old, change["edits"].as_array().unwrap());
        assert_eq!(new, old.replace("fab_Sql", "fab_Database"));
    }
}

#[test]
fn keys_and_cancellations_come_in_between() {
    let (_folder, mut session, first) = many();
    let all = by_file(&session.request(
        "textDocument/references",
        about(&first, "fab_Site\"", json!({"context": {"includeDeclaration": true}})),
    ));
    let (mut answered, mut moved, mut cancelled) = (0, 0, 0);
    for round in 0..30 {
        let id = format!("many-{round}");
        let params = about(&first, "fab_Site\"", json!({"context": {"includeDeclaration": true}}));
        session.send(json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/references", "params": params}));
        let version = round + 2;
        match round % 3 {
            0 => session.notify("$/cancelRequest", json!({"id": id})),
            1 => session.change(&first, version, json!([{"text": flow(0)}])),
            _ => {}
        }
        let answer = session.until(|message| message["id"] == id.as_str() && message.get("method").is_none());
        match answer["error"]["code"].as_i64() {
            None => {
                answered += 1;
                assert_eq!(by_file(&answer), all);
            }
            Some(-32801) => moved += 1,
            Some(-32800) => cancelled += 1,
            Some(_) => panic!("{answer}"),
        }
        if round % 3 == 1 {
            session.published_version(&first, version);
        }
    }
    assert!(
        answered >= 10,
        "{answered} answered, {moved} moved, {cancelled} cancelled"
    );
    assert!(moved <= 10 && cancelled <= 10);
    session.sync();
}

#[test]
fn names_of_all_flows_are_found_at_once() {
    let (_folder, mut session, _) = many();
    let answer = session.request("workspace/symbol", json!({"query": "Number"}));
    assert_eq!(answer["result"].as_array().unwrap().len(), FLOWS);
    let answer = session.request("workspace/symbol", json!({"query": "Number 17"}));
    assert_eq!(answer["result"].as_array().unwrap().len(), 1);
}
