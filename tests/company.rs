//! A made-up company in which every rule about who can do what has its one defect, and the same company without any:
//! `tests/fixtures/brightwater`, whose README tells finding by finding what is wrong.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use rules::{Category, RULES, Rule};
use serde_json::Value;

/// A row of the table: rule, a part of the path, a part of the message.
#[derive(Debug)]
struct Row {
    rule: String,
    file: String,
    message: String,
}

fn company() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/brightwater")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(company().join("README.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<String> = line
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().replace("\\|", "|"))
            .collect();
        let [rule, file, message, wrong] = cells.as_slice() else {
            panic!("a row is rule, file, finding, what is wrong: {line}")
        };
        assert!(wrong.len() > 10, "{line}");
        Row {
            rule: rule.trim_matches('`').to_owned(),
            file: file.trim_matches('`').to_owned(),
            message: message.clone(),
        }
    })
    .collect()
}

/// Whether a rule is about accounts, connections, secrets, triggers, ways out or deployment settings.
fn is_shown(rule: &Rule) -> bool {
    let by_kind = matches!(
        rule.category,
        Category::Identity | Category::Secrets | Category::Exposure | Category::Exfiltration
    );
    by_kind
        || ["deployment-settings-", "connection-"]
            .iter()
            .any(|start| rule.id.starts_with(start))
}

fn findings(folder: &str) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_flowsentry"))
        .args(["check", "--format", "json", "--profile", "auditor", "."])
        .current_dir(company().join(folder))
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["solutions"], 3, "{report}");
    let all = report["findings"].as_array().unwrap().clone();
    let about = |finding: &Value| rules::rule(finding["rule"].as_str().unwrap()).is_none_or(is_shown);
    all.into_iter().filter(about).collect()
}

fn told(finding: &Value) -> String {
    format!("{} in {}: {}", finding["rule"], finding["file"], finding["message"])
}

#[test]
fn every_rule_finds_its_one_defect() {
    let rows = rows();
    let fits = |finding: &Value, row: &Row| {
        let text = |key: &str| finding[key].as_str().unwrap().replace('\\', "/");
        text("rule") == row.rule
            && text("file").contains(&row.file)
            && finding["message"].as_str().unwrap().contains(&row.message)
    };
    let found = findings("flawed");
    let mut left: Vec<&Row> = rows.iter().collect();
    let mut more = Vec::new();
    for finding in &found {
        match left.iter().position(|row| fits(finding, row)) {
            Some(at) => drop(left.swap_remove(at)),
            None => more.push(told(finding)),
        }
    }
    assert!(left.is_empty(), "not found: {left:#?}");
    assert!(
        more.is_empty(),
        "not in the table of the fixture's README:\n{}",
        more.join("\n")
    );
}

#[test]
fn every_rule_of_these_kinds_is_shown() {
    let shown: BTreeSet<String> = rows().into_iter().map(|row| row.rule).collect();
    let missing: Vec<&str> = RULES
        .iter()
        .filter(|rule| is_shown(rule) && !shown.contains(rule.id))
        .map(|rule| rule.id)
        .collect();
    assert!(
        missing.is_empty(),
        "tests/fixtures/brightwater shows no defect for {missing:?}: plant one in `flawed`, mend it in `mended`, add a row to its README"
    );
}

#[test]
fn the_mended_company_has_none() {
    let found: Vec<String> = findings("mended").iter().map(told).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
