//! Whole sessions with the server, as an editor has them.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "lsp/input.rs"]
mod input;
mod support;

use std::process::Command;

use serde_json::{Value, json};
use support::folder::Folder;
use support::random::Random;
use support::session::{Session, apply, position, uri};

fn code(finding: &Value) -> &str {
    finding["code"].as_str().unwrap()
}

fn text_of(path: &std::path::Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// Where `needle` stands in `text`, `at` bytes into it.
fn place(text: &str, needle: &str, at: usize) -> Value {
    position(text, text.find(needle).unwrap_or_else(|| panic!("no {needle}")) + at)
}

fn hover(session: &mut Session, uri: &str, at: Value) -> String {
    let answer = session.request(
        "textDocument/hover",
        json!({"textDocument": {"uri": uri}, "position": at}),
    );
    answer["result"]["contents"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn actions(session: &mut Session, uri: &str, range: &Value, context: Value) -> Vec<Value> {
    let answer = session.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri}, "range": range, "context": context}),
    );
    answer["result"].as_array().cloned().unwrap_or_default()
}

#[test]
fn closed_files_have_findings_and_lose_them() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let customizations = uri(&folder.find("Other/Customizations.xml"));
    let shown = session.findings(&customizations);
    assert!(
        shown.iter().any(|f| code(f) == "personal-account-identity"),
        "{shown:#?}"
    );
    assert!(shown.iter().all(|f| f["source"] == "Flow Sentry"));
    // A finding that spans files points at its other end.
    assert!(
        shown
            .iter()
            .any(|f| !f["relatedInformation"].as_array().is_none_or(Vec::is_empty))
    );
    let summary = folder.find("Dailyexpensesummary");
    assert!(
        session
            .findings(&uri(&summary))
            .iter()
            .any(|f| code(f) == "connection-reference-missing-from-solution")
    );
    std::fs::remove_file(&summary).unwrap();
    session.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": uri(&summary), "type": 3}]}),
    );
    session.sync();
    assert!(
        session.findings(&uri(&summary)).is_empty(),
        "findings of a deleted file are cleared"
    );
    assert_eq!(session.end(), Some(0));
}

#[test]
fn an_edit_is_published_with_its_version_and_a_missing_sibling_shows_elsewhere() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let path = folder.find("Other/Customizations.xml");
    let flow = uri(&folder.find("Notifyapprover"));
    let text = text_of(&path);
    let uri = uri(&path);
    session.open(&uri, &text);
    let before = session
        .findings(&flow)
        .iter()
        .filter(|f| code(f) == "connection-reference-missing-from-solution")
        .count();
    let at = text.find("con_ContosoTeams").unwrap();
    let range = json!({"start": position(&text, at), "end": position(&text, at + "con_ContosoTeams".len())});
    session.change(&uri, 2, json!([{"range": range, "text": "con_Renamed"}]));
    session.published_version(&uri, 2);
    session.sync();
    let after = session
        .findings(&flow)
        .iter()
        .filter(|f| code(f) == "connection-reference-missing-from-solution")
        .count();
    assert_eq!(after, before + 1, "the closed flow that names the reference says so");
    // Closing without saving gives the file on disk back.
    session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    session.sync();
    let closed = session
        .findings(&flow)
        .iter()
        .filter(|f| code(f) == "connection-reference-missing-from-solution")
        .count();
    assert_eq!(closed, before);
}

#[test]
fn fixes_come_from_the_range_and_mend_what_they_say() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let path = folder.find("Dailyexpensesummary");
    let (text, uri) = (text_of(&path), uri(&path));
    session.open(&uri, &text);
    let at = place(&text, "formatDateTme", 3);
    let range = json!({"start": at, "end": at});
    // Without the diagnostics in the context, as some editors ask.
    let offered = actions(&mut session, &uri, &range, json!({"diagnostics": []}));
    let fix = offered
        .iter()
        .find(|a| a["title"].as_str().unwrap().contains("formatDateTime"))
        .unwrap_or_else(|| panic!("{offered:#?}"));
    assert_eq!(fix["kind"], "quickfix");
    let change = &fix["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({"uri": uri, "version": 1}));
    let mended = apply(&text, change["edits"].as_array().unwrap());
    assert!(mended.contains("formatDateTime(utcNow()") && !mended.contains("formatDateTme"));
    session.change(&uri, 2, json!([{"text": mended}]));
    let left = session.published_version(&uri, 2);
    assert!(left.iter().all(|f| code(f) != "unknown-function"), "{left:#?}");
    assert_eq!(session.end(), Some(0));
}

#[test]
fn missing_references_can_be_added_across_files() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let path = folder.find("Dailyexpensesummary");
    let (text, uri) = (text_of(&path), uri(&path));
    session.open(&uri, &text);
    let finding = session
        .findings(&uri)
        .into_iter()
        .find(|f| code(f) == "connection-reference-missing-from-solution")
        .unwrap();
    let offered = actions(&mut session, &uri, &finding["range"], json!({"diagnostics": [finding]}));
    let add = offered
        .iter()
        .find(|a| a["title"].as_str().unwrap().starts_with("Add"))
        .unwrap_or_else(|| panic!("{offered:#?}"));
    let touched: Vec<&str> = add["edit"]["documentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["textDocument"]["uri"].as_str().unwrap())
        .collect();
    assert!(
        touched.iter().any(|uri| uri.ends_with("Customizations.xml")),
        "{touched:?}"
    );
    assert_eq!(
        touched
            .iter()
            .filter(|uri| uri.ends_with("deploymentSettings.json"))
            .count(),
        2,
        "both environments get an entry"
    );
    for change in add["edit"]["documentChanges"].as_array().unwrap() {
        let name = change["textDocument"]["uri"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap();
        let path = folder.find(name);
        let bytes = std::fs::read(&path).unwrap();
        let had_mark = bytes.starts_with(b"\xef\xbb\xbf");
        let mended = apply(&text_of(&path), change["edits"].as_array().unwrap());
        std::fs::write(&path, format!("{}{mended}", if had_mark { "\u{feff}" } else { "" })).unwrap();
        session.notify(
            "workspace/didChangeWatchedFiles",
            json!({"changes": [{"uri": change["textDocument"]["uri"], "type": 2}]}),
        );
    }
    session.sync();
    assert!(
        session
            .findings(&uri)
            .iter()
            .all(|f| code(f) != "connection-reference-missing-from-solution")
    );
}

#[test]
fn files_are_deleted_by_editors_that_can() {
    let folder = Folder::with_sample();
    let definition = folder.find("environmentvariabledefinition.xml");
    let values = definition.with_file_name("environmentvariablevalues.json");
    let text = r#"{"environmentvariablevalues":{"environmentvariablevalue":{"value":"https://made-up.example"}}}"#;
    std::fs::write(&values, text).unwrap();
    let uri = uri(&values);
    for (operations, deletes) in [
        (json!(["create", "rename", "delete"]), true),
        (json!(["create"]), false),
    ] {
        let edits = json!({"documentChanges": true, "resourceOperations": operations});
        let mut session = Session::start_with(
            folder.path(),
            json!({"workspace": {"workspaceEdit": edits}}),
            Value::Null,
        );
        let found = session.findings(&uri);
        let finding = found
            .iter()
            .find(|finding| code(finding) == "environment-variable-value-in-solution")
            .unwrap();
        let offered = actions(&mut session, &uri, &finding["range"], json!({"diagnostics": [finding]}));
        let delete = offered
            .iter()
            .find(|action| action["title"].as_str().unwrap().starts_with("Delete the file"));
        assert_eq!(delete.is_some(), deletes, "{offered:#?}");
        if let Some(delete) = delete {
            let changes = delete["edit"]["documentChanges"].as_array().unwrap();
            let last = changes.last().unwrap();
            assert_eq!((&last["kind"], &last["uri"]), (&json!("delete"), &json!(uri)));
        }
        session.end();
    }
}

#[test]
fn hovers_tell_what_stands_there() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let path = folder.find("Expensereportsubmitted");
    let (text, uri_) = (text_of(&path), uri(&path));
    session.open(&uri_, &text);
    let on = |session: &mut Session, needle: &str, at: usize| hover(session, &uri_, place(&text, needle, at));
    let reference = on(&mut session, "con_ContosoDataverse", 4);
    assert!(
        reference.contains("Connection reference") && reference.contains("shared_commondataserviceforapps"),
        "{reference}"
    );
    let action = on(&mut session, "\"Get_employee\": {", 4);
    assert!(
        action.contains("Get employee") && action.contains("GetItem"),
        "{action}"
    );
    let child = on(&mut session, "\"workflowReferenceName\": \"", 30);
    assert!(child.contains("Notify approver"), "{child}");
    let variable = on(&mut session, "con_ApprovalLimit", 4);
    assert!(
        variable.contains("Environment variable") && variable.contains("number"),
        "{variable}"
    );
    let function = on(&mut session, "@outputs(", 3);
    assert!(function.contains("outputs("), "{function}");
    assert_eq!(hover(&mut session, &uri_, json!({"line": 0, "character": 0})), "");
    // In the customizations the chain of accounts is told.
    let path = folder.find("Other/Customizations.xml");
    let chain = {
        let text = text_of(&path);
        hover(&mut session, &uri(&path), place(&text, "con_ContosoOutlook", 3))
    };
    assert!(
        chain.contains("megan.bowen@contoso.com") && chain.contains("svc-expenses@contoso.com"),
        "{chain}"
    );
}

#[test]
fn positions_count_utf_16_units_and_are_clamped() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    assert_eq!(session.capabilities["positionEncoding"], "utf-16");
    let uri = format!(
        "{}/Workflows/New-11111111-2222-3333-4444-555555555555.json",
        uri(folder.path())
    );
    let text = "{\r\n\"properties\":{\"definition\":{\"triggers\":{},\"actions\":{\r\"A😀é\":{\"type\":\"Compose\",\"inputs\":\"😀@{variables('no')}\"}}}}}";
    session.open(&uri, text);
    let finding = session
        .findings(&uri)
        .into_iter()
        .find(|f| code(f) == "unknown-variable")
        .unwrap();
    assert_eq!(finding["range"]["start"], place(text, "no')", 0));
    assert_eq!(finding["range"]["end"], place(text, "')}", 0));
    // Places far outside are the nearest ones inside.
    let wild = json!({"start": {"line": 7_000_000, "character": 9}, "end": {"line": 4_000_000_000_u32, "character": 4_000_000_000_u32}});
    session.change(&uri, 2, json!([{"range": wild, "text": " "}]));
    assert_eq!(session.published_version(&uri, 2).len(), session.findings(&uri).len());
    assert!(session.findings(&uri).iter().any(|f| code(f) == "unknown-variable"));
    assert_eq!(session.end(), Some(0));
}

#[test]
fn utf_8_positions_where_the_client_takes_them() {
    let folder = Folder::with_sample();
    let session = Session::start_with(
        folder.path(),
        json!({"general": {"positionEncodings": ["utf-16", "utf-8"]}}),
        Value::Null,
    );
    assert_eq!(session.capabilities["positionEncoding"], "utf-8");
}

/// After random edits, the server shows what `check` finds in the same text on disk.
#[test]
fn edited_documents_show_what_check_finds() {
    let folder = Folder::with_sample();
    let mut session = Session::start_with(
        folder.path(),
        json!({"general": {"positionEncodings": ["utf-16"]}}),
        json!({"profile": "auditor"}),
    );
    let path = folder.find("Expensereportsubmitted");
    let uri = uri(&path);
    let original = text_of(&path).replace("Expense report", "Expense 😀 report");
    let mut text = original.clone();
    session.open(&uri, &text);
    let mut random = Random::new(5);
    let mut version = 1;
    for round in 0..12 {
        for _ in 0..8 {
            let (range, new) = random.edit(&text);
            version += 1;
            let change = json!({"range": {"start": position(&text, range.start), "end": position(&text, range.end)}, "text": new});
            text.replace_range(range, &new);
            session.change(&uri, version, json!([change]));
        }
        let mut shown: Vec<Value> = session.published_version(&uri, version);
        std::fs::write(&path, &text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_flowsentry"))
            .args(["check", "--format", "json", "--profile", "auditor"])
            .arg(&path)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        let place = |p: &Value| position(&text, p["offset"].as_u64().unwrap() as usize);
        let mut checked: Vec<(String, String, Value, Value)> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| {
                let range = &f["range"];
                (
                    f["rule"].as_str().unwrap().into(),
                    f["message"].as_str().unwrap().into(),
                    place(&range["start"]),
                    place(&range["end"]),
                )
            })
            .collect();
        let key = |f: &(String, String, Value, Value)| {
            (
                f.2["line"].as_u64(),
                f.2["character"].as_u64(),
                f.0.clone(),
                f.1.clone(),
            )
        };
        checked.sort_by_key(key);
        let mut seen: Vec<(String, String, Value, Value)> = shown
            .drain(..)
            .map(|f| {
                (
                    code(&f).to_owned(),
                    f["message"].as_str().unwrap().to_owned(),
                    f["range"]["start"].clone(),
                    f["range"]["end"].clone(),
                )
            })
            .collect();
        seen.sort_by_key(key);
        assert_eq!(seen, checked, "round {round}\n{text}");
        if round % 4 == 3 {
            text = original.clone();
            version += 1;
            session.change(&uri, version, json!([{"text": text}]));
        }
    }
}

#[test]
fn documents_without_a_place_work_in_memory() {
    let folder = Folder::new();
    let mut session = Session::start(folder.path());
    let text = "{\"properties\":{\"definition\":{\"triggers\":{\"t\":{\"type\":\"Request\",\"kind\":\"Button\"}},\"actions\":{\"A\":{\"type\":\"Compose\",\"inputs\":\"@conct('a')\"}}}}}";
    session.open("untitled:Untitled-1", text);
    let found = session.findings("untitled:Untitled-1");
    assert!(found.iter().any(|f| code(f) == "unknown-function"), "{found:#?}");
    let word = hover(&mut session, "untitled:Untitled-1", place(text, "conct", 1));
    assert_eq!(word, "", "an unknown function has no hover");
    session.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": "untitled:Untitled-1"}}),
    );
    session.sync();
    assert!(session.findings("untitled:Untitled-1").is_empty());
    // A document that is none of ours is answered with no findings, not with silence.
    session.open("untitled:notes", "hello");
    assert!(session.findings("untitled:notes").is_empty());
    assert_eq!(session.end(), Some(0));
}

#[test]
fn settings_change_what_is_shown() {
    let folder = Folder::with_sample();
    let flow = folder.find("Dailyexpensesummary");
    let mut session = Session::start(folder.path());
    assert!(
        session
            .findings(&uri(&flow))
            .iter()
            .any(|f| code(f) == "unknown-function")
    );
    folder.write(
        "flowsentry.jsonc",
        "{\"rules\": {\"unknown-function\": \"off\", \"nonsense\": \"off\"}}",
    );
    let configuration = uri(&folder.path().join("flowsentry.jsonc"));
    session.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": configuration, "type": 2}]}),
    );
    session.until_ready();
    assert!(
        session
            .findings(&uri(&flow))
            .iter()
            .all(|f| code(f) != "unknown-function")
    );
    assert!(
        session
            .findings(&configuration)
            .iter()
            .any(|f| code(f) == "invalid-configuration"),
        "a wrong word is a finding in its file"
    );
    session.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"flowsentry": {"exclude": ["**/Workflows"]}}}),
    );
    session.until_ready();
    assert!(
        session.findings(&uri(&flow)).is_empty(),
        "what is excluded shows nothing"
    );
}

#[test]
fn nonsense_does_not_end_the_session() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    session.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///never/opened.json", "version": 3}, "contentChanges": [{"text": "x"}]}),
    );
    session.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": "file:///never/opened.json"}}),
    );
    session.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": "file:///never/there", "type": 1}, {"uri": "git:/x", "type": 2}]}),
    );
    session.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    session.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"flowsentry": {"profile": 7, "connections": "x"}}}),
    );
    session.notify("$/unknown", json!({"a": 1}));
    let unknown = session.request("textDocument/neverHeardOf", json!({}));
    assert_eq!(unknown["error"]["code"], -32601);
    let deep = "[".repeat(200_000);
    let uri = format!(
        "{}/Workflows/Deep-11111111-2222-3333-4444-666666666666.json",
        uri(folder.path())
    );
    session.open(&uri, &deep);
    session.change(
        &uri,
        2,
        json!([{"range": {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 2}}, "text": "}"}]),
    );
    session.published_version(&uri, 2);
    assert_eq!(session.end(), Some(0));
}

#[test]
fn progress_begins_and_ends() {
    let folder = Folder::with_sample();
    let session = Session::start(folder.path());
    let kinds: Vec<&str> = session
        .heard
        .iter()
        .filter(|m| m["method"] == "$/progress")
        .map(|m| m["params"]["value"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds.first(), Some(&"begin"));
    assert_eq!(kinds.last(), Some(&"end"));
}
