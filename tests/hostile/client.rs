//! Clients that do not keep to the protocol.

use serde_json::{Value, json};

use super::support::folder::Folder;
use super::support::session::{Session, uri};
use super::{flow, solution};

/// A session whose first flow is open, with its URI.
fn opened(text: &str) -> (Folder, Session, String) {
    let folder = solution([text]);
    let mut session = Session::start(folder.path());
    let uri = uri(&folder.at(&super::name(0)));
    session.open(&uri, text);
    (folder, session, uri)
}

fn codes(findings: &[Value]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect()
}

#[test]
fn places_that_are_none_are_taken_for_the_nearest() {
    let text = flow(r#"{"C":{"type":"Compose","inputs":"@{utcNow()} é😀"}}"#);
    let (_folder, mut session, uri) = opened(&text);
    let far = u32::MAX;
    for (line, character) in [(0, far), (far, 0), (far, far), (1_000_000, 3), (0, 150)] {
        let position = json!({"line": line, "character": character});
        let range = json!({"start": position, "end": {"line": 0, "character": 0}});
        let document = json!({"uri": uri});
        for (method, params) in [
            (
                "textDocument/hover",
                json!({"textDocument": document, "position": position}),
            ),
            (
                "textDocument/definition",
                json!({"textDocument": document, "position": position}),
            ),
            (
                "textDocument/references",
                json!({"textDocument": document, "position": position, "context": {"includeDeclaration": true}}),
            ),
            (
                "textDocument/documentHighlight",
                json!({"textDocument": document, "position": position}),
            ),
            (
                "textDocument/completion",
                json!({"textDocument": document, "position": position}),
            ),
            (
                "textDocument/prepareRename",
                json!({"textDocument": document, "position": position}),
            ),
            (
                "textDocument/rename",
                json!({"textDocument": document, "position": position, "newName": "x\u{0}\n"}),
            ),
            (
                "textDocument/selectionRange",
                json!({"textDocument": document, "positions": [position, position]}),
            ),
            (
                "textDocument/codeAction",
                json!({"textDocument": document, "range": range, "context": {"diagnostics": []}}),
            ),
            (
                "textDocument/inlayHint",
                json!({"textDocument": document, "range": range}),
            ),
            (
                "textDocument/semanticTokens/range",
                json!({"textDocument": document, "range": range}),
            ),
            (
                "flowsentry/expression",
                json!({"textDocument": document, "position": position}),
            ),
        ] {
            let answer = session.request(method, params);
            assert_ne!(
                answer["error"]["code"], -32603,
                "{method} at {line}:{character}: {answer}"
            );
        }
    }
    // Numbers that no position has are an error of the client, and cost the session nothing.
    for position in [
        json!({"line": -1, "character": 0}),
        json!({"line": 1e30, "character": "x"}),
        json!(null),
    ] {
        let answer = session.request(
            "textDocument/hover",
            json!({"textDocument": {"uri": uri}, "position": position}),
        );
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    assert_eq!(session.end(), Some(0));
}

#[test]
fn edits_out_of_order_and_out_of_place_end_in_the_last_text() {
    let text = flow(r#"{"C":{"type":"Compose","inputs":"@utcNow()"}}"#);
    let (_folder, mut session, uri) = opened(&text);
    let whole = |end: u32| json!({"start": {"line": 0, "character": 0}, "end": {"line": end, "character": end}});
    // Versions that go back, ranges that end before they begin, ranges far outside.
    session.change(
        &uri,
        9,
        json!([{"range": {"start": {"line": 5, "character": 5}, "end": {"line": 0, "character": 1}}, "text": "{"}]),
    );
    session.published_version(&uri, 9);
    session.change(
        &uri,
        3,
        json!([{"range": whole(u32::MAX), "text": "["}, {"range": whole(u32::MAX), "text": ""}]),
    );
    session.published_version(&uri, 3);
    let good = flow(r#"{"C":{"type":"Compose","inputs":"@nope()"}}"#);
    session.change(&uri, 4, json!([{"text": good}]));
    assert_eq!(
        codes(&session.published_version(&uri, 4)),
        ["flow-not-in-solution", "unknown-function"]
    );
    // Edits and questions about what is not open, or was closed.
    session.change("file:///nowhere/at/all.json", 1, json!([{"text": "x"}]));
    session.change("untitled:Untitled-1", 1, json!([{"text": "x"}]));
    session.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": "http://example.com/x.json"}}),
    );
    // A second opening of an open document counts as the text it is now.
    session.open(&uri, &text);
    assert_eq!(codes(&session.published_version(&uri, 1)), ["flow-not-in-solution"]);
    session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    session.change(&uri, 12, json!([{"text": "x"}]));
    session.sync();
    assert_eq!(session.end(), Some(0));
}

#[test]
fn thousands_of_edits_at_once_are_one_text() {
    let text = flow(r#"{"C":{"type":"Compose","inputs":"@utcNow()"}}"#);
    let (_folder, mut session, uri) = opened(&text);
    let at = u32::try_from(text.find("@utcNow").unwrap()).unwrap();
    let key = |n: usize| json!({"range": {"start": {"line": 0, "character": at}, "end": {"line": 0, "character": at}}, "text": if n.is_multiple_of(7) { "\\" } else { "[" }});
    let batch: Vec<Value> = (0..5000).map(key).collect();
    session.change(&uri, 2, json!(batch));
    session.published_version(&uri, 2);
    for version in 3..500 {
        session.change(&uri, version, json!([key(version as usize)]));
    }
    session.change(&uri, 500, json!([{"text": text}]));
    assert_eq!(codes(&session.published_version(&uri, 500)), ["flow-not-in-solution"]);
    // As many questions as nobody asks, half of them given up.
    for n in 0..2000 {
        session.send(
            json!({"jsonrpc": "2.0", "id": format!("q{n}"), "method": "textDocument/hover",
            "params": {"textDocument": {"uri": uri}, "position": {"line": 0, "character": at + 2}}}),
        );
        if n % 2 == 0 {
            session.notify("$/cancelRequest", json!({"id": format!("q{n}")}));
        }
    }
    session.sync();
    assert_eq!(session.end(), Some(0));
}

#[test]
fn a_configuration_that_explodes_leaves_the_server_at_work() {
    let folder = solution([flow(r#"{"C":{"type":"Compose","inputs":"@nope()"}}"#)]);
    let globs = [format!("{}x", "**/".repeat(5000)), "{a,b}{c,d}".repeat(90)];
    folder.write("flowsentry.jsonc", json!({"exclude": globs}).to_string());
    let mut session = Session::start(folder.path());
    let flow = uri(&folder.at(&super::name(0)));
    assert!(codes(&session.findings(&flow)).contains(&"unknown-function"));
    session.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"flowsentry": {"exclude": globs}}}),
    );
    session.until_ready();
    assert!(codes(&session.findings(&flow)).contains(&"unknown-function"));
    assert_eq!(session.end(), Some(0));
}
