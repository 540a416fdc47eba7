//! The part of `cargo xtask bench` that asks what can be written, and which call the cursor stands in.

use serde_json::json;

use crate::Result;
use crate::bench_views::both;
use crate::client::Client;

const TIMES: usize = 100;

/// Times completion and signature help in an open flow: at places near its end, which most of it comes before.
pub fn typing(client: &mut Client, uri: &str, text: &str) -> Result<()> {
    for (what, method, before) in [
        ("functions", "completion", "\"@"),
        ("names of actions", "completion", "outputs('"),
        ("names of variables", "completion", "variables('"),
        ("properties", "completion", "?['"),
        ("a call", "signatureHelp", "outputs("),
    ] {
        let Some(at) = text.rfind(before).map(|found| found + before.len()) else {
            continue;
        };
        let line = text[..at].matches('\n').count();
        let column = text[..at].rsplit('\n').next().map_or(0, |l| l.encode_utf16().count());
        let params = json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": column}});
        let mut times = Vec::new();
        let mut count = 0;
        for _ in 0..TIMES {
            let (time, answer) = client.request(&format!("textDocument/{method}"), &params)?;
            times.push(time);
            let items = &answer["result"]["items"];
            count = items
                .as_array()
                .map_or(usize::from(!answer["result"].is_null()), Vec::len);
        }
        println!("  {method} of {what}, {count} offered: {}", both(&mut times));
    }
    Ok(())
}
