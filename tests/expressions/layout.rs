//! The layout of an expression in a document of its own.

use serde_json::{Value, json};

use super::support::folder::Folder;
use super::support::session::{Session, apply};
use super::{Desk, INPUTS};

#[test]
fn the_document_is_formatted() {
    let mut desk = Desk::new();
    let taken = desk.open("outputs('First')?");
    let uri = taken["uri"].as_str().unwrap().to_owned();
    let ask = |desk: &mut Desk, uri: &str| {
        let params = json!({"textDocument": {"uri": uri}, "options": {"tabSize": 4, "insertSpaces": true}});
        desk.session.request("textDocument/formatting", params)["result"].clone()
    };
    assert_eq!(ask(&mut desk, &uri), json!([]));
    for (version, mess) in [(2, "@"), (3, ""), (4, " \n")] {
        let mess = format!("{mess}{}\r\n", INPUTS[1..].replace("\\\"", "\""));
        desk.session.change(&uri, version, json!([{"text": mess}]));
        let edits = ask(&mut desk, &uri);
        let sign = if mess.starts_with('@') { "@" } else { "" };
        let expected = format!("{sign}{}", taken["text"].as_str().unwrap());
        assert_eq!(apply(&mess, edits.as_array().unwrap()), expected);
    }
    // Flows keep the layout that the service gave them.
    let flow = desk.flow.clone();
    assert_eq!(ask(&mut desk, &flow), Value::Null);
    assert!(desk.session.capabilities.get("documentFormattingProvider").is_none());
}

#[test]
fn who_can_be_told_is_told_what_is_formatted() {
    let folder = Folder::new();
    let able = json!({"textDocument": {"formatting": {"dynamicRegistration": true}}});
    let mut session = Session::start_with(folder.path(), able, Value::Null);
    session.sync();
    if !session
        .heard
        .iter()
        .any(|message| message["method"] == "client/registerCapability")
    {
        session.until(|message| message["method"] == "client/registerCapability");
    }
    let told = session
        .heard
        .iter()
        .find(|message| message["method"] == "client/registerCapability");
    let registration = &told.unwrap()["params"]["registrations"][0];
    assert_eq!(registration["method"], "textDocument/formatting");
    assert_eq!(
        registration["registerOptions"]["documentSelector"],
        json!([{"scheme": "flowsentry-expression"}])
    );
}

/// Every expression of the fixtures, and of real flows where `FLOWSENTRY_CORPUS` names a folder, means what it meant.
#[test]
fn layout_keeps_every_expression() {
    let mut folders = vec![std::path::PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests"
    ))];
    folders.extend(std::env::var_os("FLOWSENTRY_CORPUS").map(Into::into));
    let mut strings = std::collections::BTreeSet::new();
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().flatten() {
            let path = entry.path();
            if path.is_symlink() || path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json")
                && let Ok(text) = std::fs::read_to_string(&path)
                && let Ok(value) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'))
            {
                gather(value, &mut strings);
            }
        }
    }
    println!("{} strings with expressions", strings.len());
    assert!(strings.len() > 20);
    for text in &strings {
        let tree = expr::parse(text);
        let lines = expr::format_template(text, expr::LINE_WIDTH);
        assert!(expr::same_tree(&tree, &expr::parse(&lines)), "{text}");
        assert_eq!(expr::format_template(&lines, expr::LINE_WIDTH), lines, "{text}");
        let one = expr::minify_template(&lines, ", ");
        assert!(expr::same_tree(&tree, &expr::parse(&one)), "{text}");
        if tree.is_valid() {
            assert_eq!(expr::ast_json(&tree), expr::ast_json(&expr::parse(&one)), "{text}");
        }
    }
}

fn gather(value: Value, strings: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::String(text) if text.contains('@') => {
            strings.insert(text);
        }
        Value::Array(items) => items.into_iter().for_each(|item| gather(item, strings)),
        Value::Object(members) => members.into_iter().for_each(|(_, item)| gather(item, strings)),
        _ => {}
    }
}
