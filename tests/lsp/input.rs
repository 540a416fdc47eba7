//! Settings, inventories and the configuration in an editor: what is wrong with them shows while they are typed, and what fixes
//! write into stored files keeps their marks and line ends.

use serde_json::{Value, json};

use super::support::folder::Folder;
use super::support::session::{Session, apply, position, uri};
use super::{actions, code, place, text_of};

/// The findings of some rules, as marked texts.
fn marked(text: &str, findings: &[Value], rules: &[&str]) -> Vec<String> {
    let offset = |place: &Value| super::support::session::offset(text, place);
    let of = findings.iter().filter(|finding| rules.contains(&code(finding)));
    let mut spans: Vec<(usize, usize)> = of
        .map(|finding| (offset(&finding["range"]["start"]), offset(&finding["range"]["end"])))
        .collect();
    spans.sort_unstable();
    spans
        .into_iter()
        .map(|(start, end)| text[start..end].to_owned())
        .collect()
}

/// Writes `new` in the place of `old` in an open document, as version `version`, and gives the findings of that version.
fn retype(session: &mut Session, uri: &str, version: i64, text: &mut String, old: &str, new: &str) -> Vec<Value> {
    let at = text.find(old).unwrap_or_else(|| panic!("no {old}"));
    let range = json!({"start": position(text, at), "end": position(text, at + old.len())});
    session.change(uri, version, json!([{"range": range, "text": new}]));
    *text = text.replacen(old, new, 1);
    session.published_version(uri, version)
}

#[test]
fn unsaved_settings_show_what_is_wrong_with_them() {
    let folder = Folder::with_sample();
    let path = folder.find("prod.deploymentSettings.json");
    let (mut text, uri) = (text_of(&path), uri(&path));
    let mut session = Session::start(folder.path());
    session.open(&uri, &text);
    let rules = [
        "deployment-settings-invalid-entry",
        "deployment-settings-unknown-entry",
        "deployment-settings-duplicate-entry",
        "invalid-file",
    ];
    assert_eq!(marked(&text, &session.findings(&uri), &rules), [""; 0]);

    let found = retype(&mut session, &uri, 2, &mut text, "\"SchemaName\"", "\"SchemaNam\"");
    assert_eq!(marked(&text, &found, &rules), ["SchemaNam"]);
    retype(&mut session, &uri, 3, &mut text, "\"SchemaNam\"", "\"SchemaName\"");
    let found = retype(
        &mut session,
        &uri,
        4,
        &mut text,
        "\"con_ContosoTeams\"",
        "\"con_ContosoTaems\"",
    );
    assert_eq!(
        marked(&text, &found, &rules),
        ["con_ContosoTaems"],
        "judged by the solution while it is typed"
    );
    let range = found.iter().find(|f| code(f) == rules[1]).unwrap()["range"].clone();
    let offered = actions(&mut session, &uri, &range, json!({"diagnostics": []}));
    let fix = offered
        .iter()
        .find(|a| a["title"] == "Replace by `con_ContosoTeams`")
        .unwrap();
    text = apply(&text, fix["edit"]["documentChanges"][0]["edits"].as_array().unwrap());
    session.change(&uri, 5, json!([{"text": text}]));
    let found = session.published_version(&uri, 5);
    assert_eq!(marked(&text, &found, &rules), [""; 0]);

    // A comma that lacks, and one that is there again.
    let found = retype(&mut session, &uri, 6, &mut text, "],", "]");
    assert!(!marked(&text, &found, &["invalid-file"]).is_empty(), "{found:#?}");
    let found = retype(&mut session, &uri, 7, &mut text, "]", "],");
    assert_eq!(marked(&text, &found, &["invalid-file"]), [""; 0]);
    assert_eq!(session.end(), Some(0));
}

#[test]
fn an_unsaved_configuration_shows_its_own_words_and_the_rest_when_it_is_saved() {
    let folder = Folder::with_sample();
    let path = folder.find("flowsentry.jsonc");
    let uri = uri(&path);
    let mut text = r#"{ "profile": "strict", "allowedConnectors": ["shared_teams"], "references": [{ "match": "con_ContosoTeams" }] }"#.to_owned();
    std::fs::write(&path, &text).unwrap();
    let mut session = Session::start(folder.path());
    session.open(&uri, &text);
    let rules = ["invalid-configuration", "identity-plan-stale"];
    assert_eq!(marked(&text, &session.findings(&uri), &rules), [""; 0]);
    // Its own words, as they are typed.
    let found = retype(&mut session, &uri, 2, &mut text, "strict", "strickt");
    assert_eq!(marked(&text, &found, &rules), ["strickt"]);
    let found = retype(
        &mut session,
        &uri,
        3,
        &mut text,
        "\"shared_teams\"",
        "\"Microsoft Teams\"",
    );
    assert_eq!(marked(&text, &found, &rules), ["strickt", "Microsoft Teams"]);
    // What other files decide, when it is saved.
    retype(
        &mut session,
        &uri,
        4,
        &mut text,
        "\"Microsoft Teams\"",
        "\"shared_teems\"",
    );
    let found = retype(&mut session, &uri, 5, &mut text, "con_ContosoTeams", "con_ContosoTaems");
    assert_eq!(marked(&text, &found, &rules), ["strickt"]);
    std::fs::write(&path, &text).unwrap();
    session.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
    session.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": uri, "type": 2}]}),
    );
    session.until_ready();
    assert_eq!(
        marked(&text, &session.findings(&uri), &rules),
        ["strickt", "shared_teems", "con_ContosoTaems"]
    );
    assert_eq!(session.end(), Some(0));
}

/// The fix of this title for the first finding of a rule in a closed file, carried out on all files it changes.
fn carry_out(folder: &Folder, session: &mut Session, uri: &str, rule: &str, title: &str) -> Vec<(String, String)> {
    let finding = session.findings(uri).into_iter().find(|finding| code(finding) == rule);
    let finding = finding.unwrap_or_else(|| panic!("no {rule} in {uri}"));
    let offered = actions(session, uri, &finding["range"], json!({"diagnostics": [finding]}));
    let chosen = offered
        .iter()
        .find(|action| action["title"].as_str().unwrap().starts_with(title));
    let chosen = chosen.unwrap_or_else(|| panic!("no {title} in {offered:#?}"));
    let changes = chosen["edit"]["documentChanges"].as_array().unwrap();
    let mut written = Vec::new();
    for change in changes {
        let name = change["textDocument"]["uri"].as_str().unwrap();
        let path = folder.find(name.rsplit('/').next().unwrap());
        written.push((
            name.to_owned(),
            apply(&text_of(&path), change["edits"].as_array().unwrap()),
        ));
    }
    written
}

#[test]
fn fixes_fit_files_with_a_byte_order_mark_and_windows_line_ends() {
    let folder = Folder::with_sample();
    let mark = |part: &str, change: &dyn Fn(String) -> String| {
        let path = folder.find(part);
        let text = change(text_of(&path)).replace("\r\n", "\n").replace('\n', "\r\n");
        std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
        uri(&path)
    };
    // On one line, so that a mark that was counted would shift every place.
    let prod = mark("prod.deploymentSettings.json", &|text| {
        text.split_whitespace()
            .collect::<String>()
            .replace("con_ContosoTeams", "con_ContosoTaems")
    });
    mark("test.deploymentSettings.json", &|text| text);
    mark("Customizations.xml", &|text| text);
    let flow = mark("Dailyexpensesummary", &|text| text);
    let mut session = Session::start(folder.path());
    let written = carry_out(
        &folder,
        &mut session,
        &prod,
        "deployment-settings-unknown-entry",
        "Replace by",
    );
    assert!(
        written[0].1.contains("\"LogicalName\":\"con_ContosoTeams\""),
        "{}",
        written[0].1
    );
    let written = carry_out(
        &folder,
        &mut session,
        &flow,
        "connection-reference-missing-from-solution",
        "Add",
    );
    assert_eq!(written.len(), 3, "customizations and two settings files");
    for (name, text) in written {
        assert!(!text.contains('\u{feff}'), "{name}");
        assert_eq!(
            text.matches('\n').count(),
            text.matches("\r\n").count(),
            "{name} has one kind of line ends"
        );
        if name.ends_with(".json") {
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        }
    }
    let at = place(&text_of(&folder.find("Dailyexpensesummary")), "formatDateTme", 3);
    let range = json!({"start": at, "end": at});
    let offered = actions(&mut session, &flow, &range, json!({"diagnostics": []}));
    let fix = offered
        .iter()
        .find(|a| a["title"].as_str().unwrap().contains("formatDateTime"))
        .unwrap();
    let mended = apply(
        &text_of(&folder.find("Dailyexpensesummary")),
        fix["edit"]["documentChanges"][0]["edits"].as_array().unwrap(),
    );
    assert!(
        mended.contains("formatDateTime(utcNow()") && mended.matches('\n').count() == mended.matches("\r\n").count()
    );
    assert_eq!(session.end(), Some(0));
}
