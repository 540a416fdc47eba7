//! The command line, from outside: the built program, run on the fixture and on folders made for a test.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/contract.rs"]
mod contract;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/scope.rs"]
mod scope;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use serde_json::Value;
use support::folder::{Folder, Run};
use support::tree::sample;

const WORKFLOWS: &str = "solution/src/Workflows";
const DAILY: &str = "solution/src/Workflows/Dailyexpensesummary-C5D07E36-810E-EF11-9F8A-6045BD0A41C7.json";
const REPORT: &str = "solution/src/Workflows/Expensereportsubmitted-3F6C1B52-7D0E-EF11-9F8A-6045BD0A41C7.json";

fn findings(document: &Value) -> &Vec<Value> {
    document["findings"].as_array().expect("findings are a list")
}

fn rules(document: &Value) -> BTreeSet<String> {
    findings(document)
        .iter()
        .map(|finding| text(&finding["rule"]))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("a small number")
}

/// The text with these line ends, whatever it had.
fn with_line_ends(text: &str, end: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', end)
}

/// The findings of one file.
fn of_file(document: &Value, file: &str) -> Vec<Value> {
    findings(document)
        .iter()
        .filter(|finding| finding["file"] == file)
        .cloned()
        .collect()
}

fn fingerprints(document: &Value) -> Vec<String> {
    let mut all: Vec<String> = findings(document)
        .iter()
        .map(|finding| text(&finding["fingerprint"]))
        .collect();
    all.sort();
    all
}

#[test]
fn the_fixture_shows_its_defects_and_nothing_else() {
    let folder = Folder::with_sample();
    let run = folder.run(["check", "--format", "json"]);
    assert_eq!(run.code, 1);
    let expected = [
        "connection-key-unused",
        "connection-reference-missing-from-solution",
        "http-credential-literal",
        "password-account-for-cloud-workload",
        "personal-account-identity",
        "unknown-action-reference",
        "unknown-function",
    ];
    assert_eq!(rules(&run.json()), expected.map(str::to_owned).into());
    assert_eq!(run.err, "");
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn a_reader_may_leave() {
    let folder = Folder::with_sample();
    let flow = folder.read(DAILY);
    for n in 0..200 {
        folder.write(&format!("{WORKFLOWS}/Copy-11111111-2222-3333-4444-{n:012}.json"), &flow);
    }
    for arguments in [&["check"][..], &["check", "--format", "json"], &["rules"], &["help"]] {
        let mut child = folder
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let run = Run::of(child.wait_with_output().expect("it ends"));
        assert!(
            run.code == 0 || run.code == 1,
            "{arguments:?}: {} {}",
            run.code,
            run.err
        );
        assert_eq!(run.err, "", "{arguments:?}");
    }
}

#[test]
fn checking_writes_nothing() {
    let folder = Folder::with_sample();
    let listing = || {
        let mut all = Vec::new();
        let mut folders = vec![folder.at("")];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).expect("it can be read") {
                let entry = entry.expect("it can be read");
                let metadata = entry.metadata().expect("it can be read");
                if metadata.is_dir() {
                    folders.push(entry.path());
                }
                all.push((entry.path(), metadata.len(), metadata.modified().expect("a time")));
            }
        }
        all.sort();
        all
    };
    let before = listing();
    folder.run(["check", "--profile", "auditor"]);
    assert_eq!(before, listing());
    assert!(fs::exists(sample()).expect("the fixture can be looked at"));
}
