//! Which files and which configuration a run is about.

use std::fs;

use serde_json::Value;

use super::contract::assert_contract;
use super::support::folder::{Folder, Run};
use super::{DAILY, REPORT, WORKFLOWS, findings, fingerprints, of_file, rules, text};

#[test]
fn a_named_file_gets_the_findings_it_has_in_its_folder() {
    let folder = Folder::with_sample();
    let all = folder.check(&[]);
    let mut seen = 0;
    for entry in ["deployment", "solution/src/Other", WORKFLOWS, "inventory"] {
        for file in fs::read_dir(folder.at(entry)).expect("the folder is there") {
            let name = file
                .expect("the folder can be read")
                .file_name()
                .into_string()
                .expect("names are text");
            let path = format!("{entry}/{name}");
            let named = folder.check(&[&path]);
            assert_eq!(findings(&named), &of_file(&all, &path), "{path}");
            assert_eq!(named["summary"]["files"], 1);
            seen += findings(&named).len();
        }
    }
    assert_eq!(seen, findings(&all).len());

    let below = folder.check(&[WORKFLOWS]);
    let expected: Vec<Value> = findings(&all)
        .iter()
        .filter(|f| text(&f["file"]).starts_with(WORKFLOWS))
        .cloned()
        .collect();
    assert_eq!(findings(&below), &expected);
    assert_eq!(below["summary"]["flows"], 3);

    let two = folder.check(&[DAILY, REPORT]);
    assert_eq!(
        findings(&two).len(),
        of_file(&all, DAILY).len() + of_file(&all, REPORT).len()
    );
}

#[test]
fn a_solution_without_a_project_is_read_with_its_neighbours() {
    let folder = Folder::with_sample();
    let inventory = ["--connections", "inventory/connections.json"];
    fs::remove_file(folder.at("flowsentry.jsonc")).expect("it was there");
    folder.edit("deployment/prod.deploymentSettings.json", |text| {
        folder.write("solution/prod.deploymentSettings.json", &text);
        text
    });
    // The settings beside the solution are read, and not reported.
    let named = folder.check(&[&["solution/src/Other/Customizations.xml"], &inventory[..]].concat());
    assert!(rules(&named).contains("personal-account-identity"), "{named}");
    assert!(
        findings(&named)
            .iter()
            .all(|f| f["file"] == "solution/src/Other/Customizations.xml")
    );
    // A folder is what it is: nothing beside it is read.
    let alone = folder.check(&[&["solution/src"], &inventory[..]].concat());
    assert!(!rules(&alone).contains("personal-account-identity"), "{alone}");
}

#[test]
fn paths_are_told_from_the_working_directory() {
    let folder = Folder::with_sample();
    let run = |inside: &str, arguments: &[&str]| {
        let mut command = folder.command(["check", "--format", "json"].iter().chain(arguments));
        Run::of(
            command
                .current_dir(folder.at(inside))
                .output()
                .expect("the program starts"),
        )
        .json()
    };
    let all = folder.check(&[]);
    let below = run(WORKFLOWS, &["../../.."]);
    let place = |document: &Value, rule: &str| {
        let found = findings(document)
            .iter()
            .find(|f| f["rule"] == rule)
            .map(|f| text(&f["file"]));
        found.unwrap_or_else(|| panic!("{rule} is not found"))
    };
    assert_eq!(
        place(&below, "unknown-function"),
        DAILY.strip_prefix(WORKFLOWS).expect("it lies there")[1..]
    );
    let settings = findings(&below)
        .iter()
        .find(|f| text(&f["file"]).ends_with("deploymentSettings.json"));
    let settings = settings.expect("the settings have findings");
    assert_eq!(settings["file"], "../../../deployment/prod.deploymentSettings.json");
    // Where the command runs is no part of a finding.
    assert_eq!(fingerprints(&below), fingerprints(&all));
    let absolute = folder.at(DAILY);
    let named = folder.check(&[absolute.to_str().expect("the path is text")]);
    assert_eq!(findings(&named), &of_file(&all, DAILY));
}

#[test]
fn unreadable_files_cost_only_themselves() {
    let folder = Folder::with_sample();
    let all = folder.check(&[]);
    let large = format!("{WORKFLOWS}/Large-11111111-2222-3333-4444-555555555555.json");
    let wrong = format!("{WORKFLOWS}/Wrong-11111111-2222-3333-4444-666666666666.json");
    folder.write(&large, "");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(folder.at(&large))
        .expect("it was written");
    file.set_len(5 << 30).expect("the file can be sparse");
    folder.write(&wrong, b"{\"properties\": \"\xFF\"}");
    let document = folder.check(&[&large, &wrong, DAILY]);
    let [first, second] = [&large, &wrong].map(|path| of_file(&document, path));
    assert!(
        first.iter().any(|f| text(&f["message"]).contains("larger than 16 MiB")),
        "{document}"
    );
    assert!(
        second.iter().any(|f| text(&f["message"]).contains("UTF-8")),
        "{document}"
    );
    let kept = |f: &&Value| f["rule"] == "unknown-function";
    assert_eq!(
        of_file(&document, DAILY).iter().filter(kept).collect::<Vec<_>>(),
        of_file(&all, DAILY).iter().filter(kept).collect::<Vec<_>>()
    );
    assert_eq!(folder.run(["check", &large]).code, 1);
}

#[test]
fn odd_entries_do_no_harm() {
    let folder = Folder::with_sample();
    let all = folder.check(&[]);
    fs::create_dir_all(folder.at(&format!("{WORKFLOWS}/Folder-11111111-2222-3333-4444-555555555555.json")))
        .expect("folders can be made");
    fs::create_dir_all(folder.at("solution/src/flowsentry.jsonc")).expect("folders can be made");
    assert_eq!(folder.check(&[])["findings"], all["findings"]);

    for empty in [
        "Empty-11111111-2222-3333-4444-555555555555.json",
        "Empty-11111111-2222-3333-4444-555555555555.json.data.xml",
    ] {
        folder.write(&format!("{WORKFLOWS}/{empty}"), "");
    }
    folder.write("deployment/empty.json", "");
    folder.write("empty/Other/Solution.xml", "");
    folder.write("empty/Other/Customizations.xml", "");
    let document = folder.check(&[]);
    assert_contract(&document);
    assert!(rules(&document).is_superset(&rules(&all)));
    assert!(folder.run(["check"]).code == 1);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_pipes_not_opened() {
    use std::os::unix::fs::symlink;

    let folder = Folder::with_sample();
    let outside = Folder::with_sample();
    let all = folder.check(&[]);
    symlink(outside.at("solution"), folder.at("linked")).expect("links can be made");
    symlink(folder.at("."), folder.at("solution/loop")).expect("links can be made");
    let linked = format!("{WORKFLOWS}/Linked-11111111-2222-3333-4444-555555555555.json");
    symlink(outside.at(DAILY), folder.at(&linked)).expect("links can be made");
    let pipe = format!("{WORKFLOWS}/Pipe-11111111-2222-3333-4444-666666666666.json");
    let made = std::process::Command::new("mkfifo").arg(folder.at(&pipe)).status();
    let document = folder.check(&[]);
    assert_eq!(document["findings"], all["findings"]);
    assert_eq!(document["summary"]["files"], all["summary"]["files"]);

    let named = folder.run(["check", &linked]);
    assert_eq!(named.code, 3, "{}", named.out);
    assert!(named.err.contains("is a link"), "{}", named.err);
    let both = folder.run(["check", "--format", "json", &linked, DAILY]);
    assert_eq!(findings(&both.json()), &of_file(&all, DAILY));
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(folder.run(["check", &pipe]).code, 2);
    }
    // A folder that is named is meant, even by a link.
    assert_eq!(folder.check(&["linked"])["summary"]["flows"], 3);
}

#[test]
fn what_git_ignores_and_what_tools_make_is_left_out() {
    let folder = Folder::with_sample();
    let all = folder.check(&[]);
    for copy in ["ignored", "node_modules/x", "solution/bin/Debug", "obj", ".git/x"] {
        folder.copy("solution/src", copy);
    }
    folder.write(".gitignore", "ignored/\n");
    let document = folder.check(&[]);
    assert_eq!(document["summary"]["files"], all["summary"]["files"]);
    assert_eq!(document["findings"], all["findings"]);
    // What is named is meant.
    assert_eq!(folder.check(&["ignored"])["summary"]["flows"], 3);
    assert_eq!(folder.check(&["solution/bin/Debug"])["summary"]["flows"], 3);
    let file = DAILY.replace("solution/src", "ignored");
    assert!(rules(&folder.check(&[&file])).contains("unknown-function"));
    // A folder with a dot is a folder.
    folder.copy("solution/src", ".solutions/a");
    assert_eq!(folder.check(&[])["summary"]["solutions"], 2);
}

#[test]
fn configurations_are_found_upward_or_named() {
    let folder = Folder::with_sample();
    assert!(rules(&folder.check(&["solution/src"])).contains("unknown-function"));
    folder.write("flowsentry.jsonc", "{ \"rules\": { \"unknown-function\": \"off\" } }");
    for paths in [&["solution/src"][..], &[], &[DAILY], &[WORKFLOWS]] {
        assert!(!rules(&folder.check(paths)).contains("unknown-function"), "{paths:?}");
    }
    folder.write(
        "other/my.jsonc",
        "{ \"rules\": { \"unknown-action-reference\": \"off\", \"unknown-function\": \"hint\" } }",
    );
    let named = folder.check(&["--config", "other/my.jsonc", "solution/src"]);
    assert!(!rules(&named).contains("unknown-action-reference"));
    let typo = findings(&named)
        .iter()
        .find(|f| f["rule"] == "unknown-function")
        .expect("it is on again");
    assert_eq!(typo["severity"], "hint");
    assert_eq!(typo["file"], DAILY);

    // A broken configuration is not silent, even where it is not what was asked about.
    folder.write("flowsentry.jsonc", "{ \"rulez\": 1 }");
    let run = folder.run(["check", DAILY]);
    assert!(run.err.contains("flowsentry.jsonc has problems"), "{}", run.err);
    assert!(rules(&folder.check(&[])).contains("invalid-configuration"));
}

#[test]
fn inventories_can_be_named() {
    let folder = Folder::with_sample();
    fs::remove_file(folder.at("flowsentry.jsonc")).expect("it was there");
    let megan = |document: &Value| {
        let of = |f: &&Value| f["rule"] == "personal-account-identity" && text(&f["message"]).contains("megan.bowen");
        findings(document).iter().filter(of).count()
    };
    assert_eq!(megan(&folder.check(&[])), 0);
    assert!(megan(&folder.check(&["--connections", "inventory/connections.json"])) > 0);
}
