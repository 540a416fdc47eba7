//! What an editor shows of a flow besides findings, in whole sessions.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "views/marks.rs"]
mod marks;
#[path = "views/structure.rs"]
mod structure;
mod support;

use marks::hints;
use serde_json::{Value, json};
use support::folder::Folder;
use support::random::Random;
use support::session::{Session, position, uri};

const CHILD_ID: &str = "8a2e94d1-7e0e-ef11-9f8a-6045bd0a41c7";

fn text_of(path: &std::path::Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// Opens the file whose path holds `part`; gives its URI and text.
fn opened(session: &mut Session, folder: &Folder, part: &str) -> (String, String) {
    let path = folder.find(part);
    let (uri, text) = (uri(&path), text_of(&path));
    session.open(&uri, &text);
    (uri, text)
}

/// A modern client: outlines as trees, folds of whole lines.
fn client() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "foldingRange": {"lineFoldingOnly": true, "rangeLimit": 5000}
        },
        "experimental": {"commands": {"commands": ["flowsentry.showReferences"]}},
        "workspace": {
            "inlayHint": {"refreshSupport": true},
            "codeLens": {"refreshSupport": true},
            "semanticTokens": {"refreshSupport": true}
        }
    })
}

fn start(folder: &Folder) -> Session {
    Session::start_with(folder.path(), client(), Value::Null)
}

fn ask(session: &mut Session, method: &str, uri: &str, more: Value) -> Value {
    let mut params = json!({"textDocument": {"uri": uri}});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    let answer = session.request(method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].clone()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// The text of a protocol range.
fn slice<'t>(text: &'t str, range: &Value) -> &'t str {
    let offset = |at: &Value| {
        (0..=text.len())
            .filter(|offset| text.is_char_boundary(*offset))
            .find(|offset| position(text, *offset) == *at)
            .unwrap_or_else(|| panic!("no place {at}"))
    };
    &text[offset(&range["start"])..offset(&range["end"])]
}

/// Line and character as one number, to compare places.
fn place(at: &Value) -> (u64, u64) {
    (at["line"].as_u64().unwrap(), at["character"].as_u64().unwrap())
}

fn holds(outer: &Value, inner: &Value) -> bool {
    place(&outer["start"]) <= place(&inner["start"]) && place(&inner["end"]) <= place(&outer["end"])
}

fn check_symbols(symbols: &[Value], around: Option<&Value>, text: &str) {
    for symbol in symbols {
        assert!(!symbol["name"].as_str().unwrap().is_empty());
        assert!(holds(&symbol["range"], &symbol["selectionRange"]), "{symbol}\n{text}");
        assert!(
            around.is_none_or(|around| holds(around, &symbol["range"])),
            "{symbol}\n{text}"
        );
        check_symbols(&list(&symbol["children"]), Some(&symbol["range"]), text);
    }
}

/// Whatever state a document is in while somebody types, every view is answered, and what it says is well-formed.
#[test]
fn views_hold_while_somebody_types() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    for part in [
        "Expensereportsubmitted",
        "Other/Customizations.xml",
        "prod.deploymentSettings.json",
    ] {
        let (uri, mut text) = opened(&mut session, &folder, part);
        let original = text.clone();
        let mut random = Random::new(11);
        for version in 2..80 {
            if version % 20 == 0 {
                text.clone_from(&original);
            }
            let (range, new) = random.edit(&text);
            text.replace_range(range, &new);
            session.change(&uri, version, json!([{"text": text}]));
            check_symbols(
                &list(&ask(&mut session, "textDocument/documentSymbol", &uri, json!({}))),
                None,
                &text,
            );
            for fold in list(&ask(&mut session, "textDocument/foldingRange", &uri, json!({}))) {
                assert!(fold["startLine"].as_u64() < fold["endLine"].as_u64(), "{fold}");
            }
            let at = position(&text, text.floor_char_boundary(random.below(text.len() + 1)));
            let mut step = ask(
                &mut session,
                "textDocument/selectionRange",
                &uri,
                json!({"positions": [at]}),
            )[0]
            .clone();
            while !step["parent"].is_null() {
                let parent = step["parent"].clone();
                assert!(
                    holds(&parent["range"], &step["range"]) && parent["range"] != step["range"],
                    "{step}\n{text}"
                );
                step = parent;
            }
            ask(&mut session, "textDocument/documentLink", &uri, json!({}));
            ask(&mut session, "textDocument/codeLens", &uri, json!({}));
            for (before, hint) in hints(&mut session, &uri, &text) {
                assert!(!before.is_empty() && !hint.is_empty());
            }
            ask(
                &mut session,
                "textDocument/prepareCallHierarchy",
                &uri,
                json!({"position": at}),
            );
            assert!(
                session
                    .request("workspace/symbol", json!({"query": "a"}))
                    .get("error")
                    .is_none()
            );
        }
    }
    assert_eq!(session.end(), Some(0));
}
