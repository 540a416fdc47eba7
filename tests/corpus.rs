//! The checker over real solutions, where they are at hand: `FLOWSENTRY_CORPUS` names the folder.
//!
//! Those solutions were exported from, and accepted by, the service. So every error is explained, one by one, in
//! `tests/corpus/README.md`: an error without an explanation fails here, and so does an explanation without its error.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::tree::{list, root};

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("FLOWSENTRY_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: FLOWSENTRY_CORPUS names no folder of real solutions");
    }
    folder
}

fn check(corpus: &PathBuf, profile: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_flowsentry"))
        .args(["check", "--format", "json", "--profile", profile, "."])
        .current_dir(corpus)
        .output()
        .unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{:?} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Rows of the table in the README: rule, and a part of the path and the message that tell the finding.
fn explained() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(root().join("tests/corpus/README.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<String> = row
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect();
        assert!(
            cells.len() == 4 && cells[3].len() > 20,
            "a row is rule, file, finding, explanation: {row}"
        );
        (cells[0].clone(), cells[1].clone(), cells[2].clone())
    })
    .collect()
}

#[test]
fn every_error_on_real_solutions_is_explained() {
    let Some(corpus) = corpus() else { return };
    let report = check(&corpus, "recommended");
    let rows = explained();
    let mut used = BTreeSet::new();
    let mut unexplained = Vec::new();
    for finding in report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["severity"] == "error")
    {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        let row = rows.iter().position(|(rule, file, part)| {
            rule == text("rule") && text("file").contains(file.as_str()) && text("message").contains(part.as_str())
        });
        match row {
            Some(row) => {
                used.insert(row);
            }
            None => unexplained.push(format!(
                "{} {}:{} {}",
                text("rule"),
                text("file"),
                finding["range"]["start"]["line"],
                text("message")
            )),
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} errors without an explanation:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    let stale: Vec<_> = rows
        .iter()
        .enumerate()
        .filter(|(i, _)| !used.contains(i))
        .map(|(_, row)| row)
        .collect();
    assert!(
        stale.is_empty(),
        "explanations of errors that are not found any more: {stale:#?}"
    );
}

#[test]
fn rates_stay_bearable() {
    let Some(corpus) = corpus() else { return };
    let report = check(&corpus, "recommended");
    let flows = report["summary"]["flows"].as_u64().unwrap() as usize;
    let mut by_rule: BTreeMap<(String, String), (usize, BTreeSet<String>)> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let entry = by_rule.entry((text("rule"), text("severity"))).or_default();
        entry.0 += 1;
        entry.1.insert(text("file"));
    }
    println!("{}", report["summary"]);
    // A rule may report with several severities: it speaks of a file all the same.
    let mut spoken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for ((rule, severity), (count, files)) in &by_rule {
        println!("{rule:45} {severity:8} {count:5} findings in {:4} files", files.len());
        let all = spoken.entry(rule).or_default();
        all.extend(files.iter().map(String::as_str));
    }
    for (rule, files) in spoken {
        assert!(
            files.len() * 5 <= flows,
            "{rule} fires on more than a fifth of all flows"
        );
    }
    let shown = std::fs::read_to_string(root().join("tests/corpus/README.md")).unwrap();
    let shown = shown.replace("\r\n", "\n");
    if !shown.contains(&format!("({flows} flows, ")) {
        println!("the rates in tests/corpus/README.md are those of other solutions than these: not compared");
        return;
    }
    let (_, table) = shown
        .split_once("| rule | severity | findings | files | of the flows |\n| --- | --- | --- | --- | --- |\n")
        .unwrap();
    let rows: String = by_rule
        .iter()
        .map(|((rule, severity), (count, files))| {
            let share = 100.0 * files.len() as f64 / flows as f64;
            format!("| {rule} | {severity} | {count} | {} | {share:.1} % |\n", files.len())
        })
        .collect();
    assert_eq!(
        table.trim_end(),
        rows.trim_end(),
        "the rates that are kept are not those of today"
    );
}

#[test]
fn every_file_is_read() {
    let Some(corpus) = corpus() else { return };
    let mut files = Vec::new();
    list(&corpus, &mut files);
    let mut flows = 0;
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
    {
        let folder = path
            .parent()
            .and_then(|folder| folder.file_name())
            .is_some_and(|name| name.eq_ignore_ascii_case("workflows"));
        let Ok(source) = syntax::decode(std::fs::read(path).unwrap()) else {
            continue;
        };
        let Ok(value) = serde_json::from_str::<Value>(&source.text) else {
            continue;
        };
        flows += usize::from(folder && value["properties"]["definition"]["triggers"].is_object());
    }
    let report = check(&corpus, "recommended");
    let counted = report["summary"]["flows"].as_u64().unwrap() as usize;
    assert!(
        flows > 0 && counted >= flows,
        "{counted} flows read, {flows} are there by a plain count"
    );
}
