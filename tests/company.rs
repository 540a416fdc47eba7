//! A made-up company in which every rule about who can do what has its one defect, and the same company without any:
//! `tests/fixtures/brightwater`, whose README tells finding by finding what is wrong.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use rules::{Category, RULES, Rule};
use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, position, uri};
use support::tree::root;

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

/// Rows of the table of advice: rules, and what hover and report are to say.
fn advice() -> Vec<[String; 4]> {
    let text = std::fs::read_to_string(root().join("docs/identity.md")).unwrap();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("` |") || line.contains("`, `"));
    let rows = rows.filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    rows.map(|line| {
        let cells: Vec<String> = line
            .trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect();
        <[String; 4]>::try_from(cells)
            .unwrap_or_else(|cells| panic!("a row is advice, rules, hover, report: {cells:?}"))
    })
    .collect()
}

/// What the editor says on every string of these files.
fn hovers(folder: &Path, files: &[&str]) -> String {
    let mut session = Session::start(folder);
    let mut said = String::new();
    for file in files {
        let path = folder.join(file);
        let (document, text) = (uri(&path), std::fs::read_to_string(path).unwrap());
        session.open(&document, &text);
        for (at, _) in text.match_indices('"') {
            let place = json!({"textDocument": {"uri": document}, "position": position(&text, at + 2)});
            let answer = session.request("textDocument/hover", place);
            said.push_str(answer["result"]["contents"]["value"].as_str().unwrap_or_default());
            said.push('\n');
        }
    }
    session.end();
    said
}

#[test]
fn all_advice_is_carried() {
    let folder = Folder::new();
    support::tree::copy(&company().join("flawed"), folder.path());
    let saved = folder.run(["report", "--format", "json", "--output", "old.json"]);
    assert_eq!(saved.code, 0, "{}", saved.err);
    let report = folder
        .run(["report", "--since", "old.json", "--format", "markdown"])
        .out;
    let page = folder.run(["report", "--since", "old.json"]).out;
    let said = hovers(
        folder.path(),
        &[
            "flowsentry.jsonc",
            "solutions/metering/Other/Customizations.xml",
            "deployment/prod/metering.deploymentSettings.json",
            "deployment/prod/metering.customDeploymentSettings.json",
            "solutions/metering/Workflows/TariffChanged-7D3E5A10-0000-4C4D-8E8E-000000000004.json",
            "solutions/metering/Workflows/SendReadingsToTheGrid-7D3E5A10-0000-4C4D-8E8E-000000000006.json",
        ],
    );
    // An application user is called what the plan calls it, with its id behind that.
    let id = "4b1c0a6e-2f07-4d7e-9a51-0c5d1f3e8a01";
    assert!(
        page.contains(">metering</a>"),
        "the ranking calls accounts by their names"
    );
    assert!(report.contains(&format!("metering ({id})")), "{report}");
    assert!(said.contains(&format!("metering ({id})")), "{said}");
    let shown: BTreeSet<String> = rows().into_iter().map(|row| row.rule).collect();
    let mut carried = BTreeSet::new();
    let table = advice();
    assert!(table.len() > 12, "{table:?}");
    for [advice, rules, hover, chapter] in &table {
        for rule in rules.split(", ").map(|rule| rule.trim_matches('`')) {
            assert!(rules::rule(rule).is_some(), "{advice}: there is no rule {rule}");
            assert!(shown.contains(rule), "{advice}: no fixture shows {rule}");
            carried.insert(rule.to_owned());
        }
        let hover = hover.trim_matches('"');
        assert!(
            !hover.is_empty() && said.contains(hover),
            "{advice}: no hover says {hover}"
        );
        let chapter = chapter.trim_matches('"');
        assert!(
            page.contains(&format!(">{chapter}</h2>")),
            "{advice}: the report has no chapter {chapter}"
        );
        // Markdown has no drawn map and no chapter at a glance.
        let told = report.contains(&format!("## {chapter}")) || chapter == "Who reaches what";
        assert!(told, "{advice}: the report in Markdown has no chapter {chapter}");
    }
    let forgotten: Vec<&str> = RULES
        .iter()
        .filter(|rule| is_shown(rule) && !carried.contains(rule.id))
        .map(|rule| rule.id)
        .collect();
    assert!(
        forgotten.is_empty(),
        "docs/identity.md says of no advice that {forgotten:?} carry it"
    );
}
