//! Measures the JSON parser beside `serde_json` on a made-up flow of about 2 MB:
//! `cargo run --release -p syntax --example parse_speed`.
#![allow(clippy::print_stdout, reason = "it prints its figures")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};
use syntax::Span;
use syntax::json::Tree;

/// A flow in the shape the service exports, with line ends or without.
fn flow(actions: usize, pretty: bool) -> String {
    let mut text =
        String::from("{\"properties\":{\"connectionReferences\":{},\"definition\":{\"triggers\":{},\"actions\":{");
    for number in 0..actions {
        let before = number
            .checked_sub(1)
            .map(|n| format!("\"Get_item_{n}\":[\"Succeeded\"]"))
            .unwrap_or_default();
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}\"Get_item_{number}\":{{\"runAfter\":{{{before}}},\"metadata\":{{\"operationMetadataId\":\"00000000-0000-0000-0000-{number:012}\"}},\"type\":\"OpenApiConnection\",\"inputs\":{{\"host\":{{\"connectionName\":\"shared_sharepointonline\",\"operationId\":\"GetItem\",\"apiId\":\"/providers/Microsoft.PowerApps/apis/shared_sharepointonline\"}},\"parameters\":{{\"dataset\":\"@parameters('Site (new_Site)')\",\"id\":\"@triggerOutputs()?['body/ID']\",\"item/Title\":\"a \\\"title\\\" of @{{variables('Name')}}\",\"count\":{number},\"flag\":true}},\"authentication\":\"@parameters('$authentication')\"}}}}"
        );
    }
    text.push_str("},\"outputs\":{}},\"templateName\":\"\"},\"schemaVersion\":\"1.0.0.0\"}");
    if !pretty {
        return text;
    }
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// The best of several runs.
fn time<T>(mut run: impl FnMut() -> T) -> Duration {
    (0..20)
        .map(|_| {
            let start = Instant::now();
            let result = black_box(run());
            let taken = start.elapsed();
            drop(result);
            taken
        })
        .min()
        .unwrap_or_default()
}

fn type_at(name: &str, text: &str, at: usize) {
    let mut text = text.to_owned();
    let mut tree = Tree::parse(&text);
    let mut taken = Vec::new();
    for _ in 0..50 {
        text.insert(at, 'x');
        let start = Instant::now();
        let change = black_box(tree.splice(&text, Span::at(at as u32), 1));
        taken.push(start.elapsed());
        assert!(!change.whole, "{name}");
    }
    taken.sort_unstable();
    println!(
        "  splice, {name}: median {:?}, best {:?}",
        taken[taken.len() / 2],
        taken[0]
    );
    assert!(tree == Tree::parse(&text));
}

fn main() {
    for (name, text) in [("pretty", flow(1900, true)), ("minified", flow(2900, false))] {
        let megabytes = text.len() as f64 / 1e6;
        let ours = time(|| Tree::parse(black_box(&text)));
        let theirs = time(|| serde_json::from_str::<serde_json::Value>(black_box(&text)).is_ok());
        let checked = time(|| serde_json::from_str::<serde::de::IgnoredAny>(black_box(&text)).is_ok());
        let tree = Tree::parse(&text);
        println!("{name}: {megabytes:.2} MB, {} nodes", tree.len());
        println!("  parse: {ours:?} ({:.0} MB/s)", megabytes / ours.as_secs_f64());
        println!(
            "  serde_json to Value: {theirs:?} ({:.1} times as long)",
            theirs.as_secs_f64() / ours.as_secs_f64()
        );
        println!("  serde_json, syntax only: {checked:?}");
        for (place, offset) in [
            ("first tenth", text.len() / 10),
            ("middle", text.len() / 2),
            ("last tenth", text.len() * 9 / 10),
        ] {
            if let Some(found) = text[offset..].find("triggerOutputs") {
                type_at(&format!("in a string, {place}"), &text, offset + found);
            }
            if let Some(found) = text[offset..].find("operationMetadataId") {
                type_at(&format!("in a name, {place}"), &text, offset + found);
            }
        }
    }
}
