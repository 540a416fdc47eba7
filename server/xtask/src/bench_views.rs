//! The part of `cargo xtask bench` that asks for what an editor shows besides findings.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Result;
use crate::bench::{at_percent, millis};
use crate::client::Client;

const TIMES: usize = 50;

/// Times the views of an open flow, the search in the workspace, and keys typed in a side editor.
pub fn views(client: &mut Client, uri: &str, text: &str) -> Result<()> {
    let lines = text.matches('\n').count() + 1;
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines, "character": 0}});
    let middle = json!([{"line": lines / 2, "character": 30}]);
    for (method, more, counted) in [
        ("documentSymbol", json!({}), ""),
        ("foldingRange", json!({}), ""),
        ("selectionRange", json!({"positions": middle}), ""),
        ("documentLink", json!({}), ""),
        ("codeLens", json!({}), ""),
        ("inlayHint", json!({"range": whole}), ""),
        ("semanticTokens/full", json!({}), "data"),
    ] {
        let mut params = json!({"textDocument": {"uri": uri}});
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key] = value.clone();
        }
        let mut times = Vec::new();
        let mut answer = Value::Null;
        for _ in 0..TIMES {
            let (time, answered) = client.request(&format!("textDocument/{method}"), &params)?;
            times.push(time);
            answer = answered;
        }
        let list = if counted.is_empty() {
            &answer["result"]
        } else {
            &answer["result"][counted]
        };
        let count = list.as_array().map_or(0, Vec::len);
        println!("  {method}, {count} entries: {}", both(&mut times));
    }
    let mut first = None;
    let mut times = Vec::new();
    for query in ["g", "ge", "get", "get i", "get it", "send", "x", ""]
        .iter()
        .cycle()
        .take(TIMES)
    {
        let (time, _) = client.request("workspace/symbol", &json!({"query": query}))?;
        match first {
            None => first = Some(time),
            Some(_) => times.push(time),
        }
    }
    println!(
        "  workspace/symbol: first {}, then {}",
        millis(first.unwrap_or_default()),
        both(&mut times)
    );
    side_editor(client, uri, text)
}

fn side_editor(client: &mut Client, uri: &str, text: &str) -> Result<()> {
    let half = text.floor_char_boundary(text.len() / 2);
    let Some(at) = text[half..].find("\"@").map(|found| half + found + 3) else {
        return Ok(());
    };
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().map_or(0, |l| l.encode_utf16().count());
    let params = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}});
    let (taken, answer) = client.request("flowsentry/expression", &params)?;
    let Some(side) = answer["result"]["uri"].as_str().map(str::to_owned) else {
        println!("  side editor: {}", answer["error"]["message"]);
        return Ok(());
    };
    let document =
        json!({"uri": side, "languageId": "flowsentry-expression", "version": 1, "text": answer["result"]["text"]});
    client.notify("textDocument/didOpen", &json!({"textDocument": document}))?;
    client.published(&side, 1)?;
    let (mut keys, mut hovers) = (Vec::new(), Vec::new());
    for key in 0..TIMES {
        let version = i64::try_from(key)? + 2;
        let (to, new) = if key % 2 == 0 { (0, "x") } else { (1, "") };
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": to}});
        let change = json!({"textDocument": {"uri": side, "version": version}, "contentChanges": [{"range": range, "text": new}]});
        let sent = client.notify("textDocument/didChange", &change)?;
        keys.push(client.published(&side, version)? - sent);
        let place = json!({"textDocument": {"uri": side}, "position": {"line": 0, "character": 1}});
        hovers.push(client.request("textDocument/hover", &place)?.0);
    }
    println!(
        "  side editor: opened {}, a key to its findings {}, hover {}",
        millis(taken),
        both(&mut keys),
        both(&mut hovers)
    );
    Ok(())
}

/// Median and 99th percentile in words.
pub fn both(times: &mut [Duration]) -> String {
    times.sort();
    format!(
        "median {}, 99th percentile {}",
        millis(at_percent(times, 50)),
        millis(at_percent(times, 99))
    )
}
