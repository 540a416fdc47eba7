//! Renames as an editor asks for them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Editor;
use super::support::folder::Folder;
use super::support::session::{Session, apply, position, uri};

#[test]
fn renames_show_the_name_without_its_escapes() {
    let mut editor = Editor::new();
    assert_eq!(
        editor.prepare("items('It''s", 9),
        Ok(Some(("It''s_😀_each".into(), "It's_😀_each".into())))
    );
    assert_eq!(
        editor.prepare("variables('z", 12),
        Ok(Some(("zähler".into(), "Zähler".into())))
    );
    assert_eq!(
        editor.prepare("fab_Sql", 2),
        Ok(Some(("fab_Sql".into(), "fab_Sql".into())))
    );
    // Nothing, and what has no name of its own.
    assert_eq!(editor.prepare("\"Compose", 3), Ok(None));
    assert_eq!(editor.prepare("@concat", 3), Ok(None));
    assert_eq!(editor.prepare("@triggerBody", 3), Ok(None));
    assert!(
        editor
            .prepare("\"manual", 3)
            .unwrap_err()
            .contains("part of the address")
    );
    assert_eq!(editor.session.capabilities["renameProvider"], true);
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn renames_reach_every_place_of_a_flow() {
    let mut editor = Editor::new();
    let main = |changes: BTreeMap<String, String>| {
        assert_eq!(changes.len(), 1);
        changes.into_values().next().unwrap()
    };
    let text = main(editor.rename("result('", 9, "Für jede \"Zeile\" 😀").unwrap());
    let expected = editor
        .text
        .replace("It''s_😀_each", "Für_jede_\\\"Zeile\\\"_😀")
        .replace("It's_😀_each", "Für_jede_\\\"Zeile\\\"_😀");
    assert_eq!(text, expected);
    let text = main(editor.rename("Zähler", 0, "n").unwrap());
    assert_eq!(text, editor.text.replace("Zähler", "n").replace("zähler", "n"));
    let text = main(editor.rename("Größe", 0, "Size").unwrap());
    assert_eq!(text, editor.text.replace("Größe 😀", "Size"));
    let text = main(editor.rename("connectionName\":\"", 18, "shared_db").unwrap());
    assert_eq!(text.matches("shared_db").count(), 2);
    assert!(text.contains("\"api\":{\"name\":\"shared_sql\"}"));
    for (needle, at, new_name, why) in [
        ("{\"Init\"", 3, "END", "is there already"),
        ("{\"Init\"", 3, "a/b", "cannot stand"),
        ("{\"Init\"", 3, " ", "empty"),
        ("{\"Init\"", 3, &"x".repeat(81), "81 characters"),
        ("fab_Sql", 1, "Sql", "prefix"),
    ] {
        assert!(
            editor.rename(needle, at, new_name).unwrap_err().contains(why),
            "{new_name}"
        );
    }
    // Half typed elsewhere is no hindrance, half typed around the name is.
    editor.type_over("outputs('End2'))", "outputs('End2'), outputs('");
    assert!(editor.rename("{\"Init\"", 3, "Begin").is_ok());
    editor.type_over(", outputs('", ", outputs('Init");
    assert!(
        editor
            .rename("{\"Init\"", 3, "Begin")
            .unwrap_err()
            .contains("Mend the expression")
    );
    editor.type_over(", outputs('Init", ", outputs(");
    assert!(editor.rename("{\"Init\"", 3, "Begin").is_ok());
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn a_connection_reference_is_renamed_in_all_files_at_once() {
    let mut editor = Editor::new();
    // Nobody tells the server of this change: places are told from the file as it is.
    let path = editor.folder.find("Customizations.xml");
    let customizations = std::fs::read_to_string(&path).unwrap().replace("ä😀", "\r\n\r\n😀");
    std::fs::write(&path, &customizations).unwrap();
    let changes = editor.rename("fab_Sql", 2, "fab_Database").unwrap();
    let names: Vec<&str> = changes.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["Customizations.xml", "Main-11111111-2222-3333-4444-555555555555.json"]
    );
    assert_eq!(
        changes["Customizations.xml"],
        customizations.replace("fab_Sql", "fab_Database")
    );
    assert_eq!(changes[names[1]], editor.text.replace("fab_Sql", "fab_Database"));
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn the_sample_is_whole_after_a_rename_across_files() {
    let folder = Folder::with_sample();
    let mut session = Session::start_with(
        folder.path(),
        json!({"textDocument": {"rename": {"prepareSupport": true}}}),
        Value::Null,
    );
    assert_eq!(session.capabilities["renameProvider"]["prepareProvider"], true);
    let path = folder.find("Other/Customizations.xml");
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .trim_start_matches('\u{feff}')
        .to_owned();
    let place = position(&text, text.find("con_ContosoTeams").unwrap() + 3);
    let answer = session.request(
        "textDocument/rename",
        json!({"textDocument": {"uri": uri(&path)}, "position": place, "newName": "con_Chat"}),
    );
    // A client that takes no document changes gets the plain ones.
    let changes = answer["result"]["changes"].as_object().unwrap();
    let mut changed: Vec<String> = Vec::new();
    let before = all_codes(&session);
    for (target, edits) in changes {
        let file = folder.find(target.rsplit('/').next().unwrap());
        let bytes = std::fs::read(&file).unwrap();
        let mark = if bytes.starts_with(b"\xef\xbb\xbf") {
            "\u{feff}"
        } else {
            ""
        };
        let text = String::from_utf8(bytes[mark.len()..].to_vec()).unwrap();
        let new = apply(&text, edits.as_array().unwrap());
        assert_eq!(new, text.replace("con_ContosoTeams", "con_Chat"), "{target}");
        std::fs::write(&file, format!("{mark}{new}")).unwrap();
        changed.push(target.clone());
    }
    assert!(
        changed.len() >= 5,
        "customizations, two flows, two settings: {changed:?}"
    );
    let events: Vec<Value> = changed.iter().map(|uri| json!({"uri": uri, "type": 2})).collect();
    session.notify("workspace/didChangeWatchedFiles", json!({"changes": events}));
    session.sync();
    assert_eq!(all_codes(&session), before);
    assert_eq!(session.end(), Some(0));
}

/// The codes of everything that is shown, sorted.
fn all_codes(session: &Session) -> Vec<String> {
    let shown = session.published.values().flat_map(|(_, findings)| findings);
    let mut codes: Vec<String> = shown.map(|f| f["code"].as_str().unwrap().to_owned()).collect();
    codes.sort();
    codes
}
