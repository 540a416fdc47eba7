//! The command line, from outside: the built program, run on the fixture and on folders made for a test.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "support/folder.rs"]
mod folder;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use folder::{FIXTURE, Folder, Run};
use serde_json::{Value, json};

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
    let folder = Folder::with_fixture();
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

#[test]
fn full_output_reads_well() {
    let folder = Folder::with_fixture();
    let run = folder.run(["check"]);
    assert_eq!(run.code, 1);
    for expected in [
        "error[unknown-function]: ",
        &format!("   --> {DAILY}:285:61\n    |\n285 |"),
        "| formatDateTme",
        "    |                                                             ^^^^^^^^^^^^^\n",
        "= in flow \"Daily expense summary\", action Mail_the_summary\n",
        "= help: ",
        "= note: ",
        "\nFound ",
        " in 3 flows of 1 solution (14 files, ",
    ] {
        // The excerpt itself stands between the first two lines.
        let expected = if expected == "| formatDateTme" {
            "@{formatDateTme(utcNow()"
        } else {
            expected
        };
        assert!(run.out.contains(expected), "{expected:?} is missing in:\n{}", run.out);
    }
    assert!(!run.out.contains('\u{1b}'), "a pipe gets no colours");
    assert!(
        run.out.trim_end().ends_with(" s)."),
        "the summary is the last line: {}",
        run.out
    );

    folder.edit(DAILY, |text| text.replace("formatDateTme", "formatDateTime"));
    let clean = folder.run([
        "check",
        DAILY,
        "--min-severity",
        "error",
        "--config",
        "flowsentry.jsonc",
    ]);
    assert!(!clean.out.contains("formatDateTime"), "{}", clean.out);
}

#[test]
fn secrets_are_found_and_not_shown() {
    const KEY: &str = "c0ffee15badc0ffee0ddba11deadbeef";
    const NOTIFY: &str = "solution/src/Workflows/Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json";
    let folder = Folder::with_fixture();
    let flow = folder.read(NOTIFY);
    assert!(flow.contains(KEY));
    let one_line: Value = serde_json::from_str(&flow).expect("the flow is JSON");
    // In one line, what stands beside a finding is shown with it.
    let broken = serde_json::to_string(&one_line)
        .expect("it is JSON still")
        .replace(KEY, &format!("{KEY}\",\"x\":\"@nope()"));
    for text in [flow, broken] {
        folder.write(NOTIFY, text);
        for format in ["full", "concise", "json"] {
            let run = folder.run(["check", "--format", format]);
            assert!(
                run.out.contains("http-credential-literal") && !run.out.contains(KEY),
                "{}",
                run.out
            );
        }
    }
    let run = folder.run(["check", NOTIFY]);
    assert!(run.out.contains("@nope()") && run.out.contains("****"), "{}", run.out);
}

#[test]
fn a_clean_run_says_so_in_one_line() {
    let folder = Folder::with_fixture();
    let run = folder.run(["check", "solution/src/Other/Solution.xml"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 1), "{}", run.out);
    assert!(
        run.out.starts_with("No findings in 1 solution (1 file, "),
        "{}",
        run.out
    );
}

#[test]
fn concise_output_is_one_line_a_finding() {
    let folder = Folder::with_fixture();
    let run = folder.run(["check", "--format", "concise"]);
    let document = folder.check(&[]);
    assert_eq!(run.out.lines().count(), findings(&document).len());
    for (line, finding) in run.out.lines().zip(findings(&document)) {
        let start = &finding["range"]["start"];
        let expected = format!(
            "{}:{}:{}: {}[{}] {}",
            text(&finding["file"]),
            start["line"],
            start["column"],
            text(&finding["severity"]),
            text(&finding["rule"]),
            text(&finding["message"])
        );
        assert_eq!(line, expected);
    }
}

#[test]
fn findings_come_by_path_then_place() {
    let folder = Folder::with_fixture();
    let document = folder.check(&[]);
    let order: Vec<(String, usize)> = findings(&document)
        .iter()
        .map(|f| (text(&f["file"]), number(&f["range"]["start"]["offset"])))
        .collect();
    let mut sorted = order.clone();
    sorted.sort();
    assert_eq!(order, sorted);
    let again = folder.check(&[]);
    assert_eq!(document["findings"], again["findings"]);
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

fn assert_range(range: &Value) {
    assert_eq!(keys(range), ["end", "start"]);
    for end in ["start", "end"] {
        assert_eq!(keys(&range[end]), ["column", "line", "offset"]);
        assert!(number(&range[end]["line"]) >= 1 && number(&range[end]["column"]) >= 1);
        number(&range[end]["offset"]);
    }
}

fn assert_contract(document: &Value) {
    assert_eq!(keys(document), ["findings", "summary", "tool", "version"]);
    assert_eq!(document["version"], 1);
    assert_eq!(
        document["tool"],
        json!({"name": "flowsentry", "version": env!("CARGO_PKG_VERSION")})
    );
    let summary = &document["summary"];
    assert_eq!(
        keys(summary),
        ["bytes", "elapsedMs", "files", "findings", "flows", "solutions"]
    );
    for key in ["bytes", "elapsedMs", "files", "flows", "solutions"] {
        number(&summary[key]);
    }
    assert_eq!(keys(&summary["findings"]), ["error", "hint", "info", "warning"]);
    for severity in ["error", "hint", "info", "warning"] {
        let listed = findings(document)
            .iter()
            .filter(|finding| finding["severity"] == severity)
            .count();
        assert_eq!(number(&summary["findings"][severity]), listed);
    }
    for finding in findings(document) {
        let mut expected = vec![
            "action",
            "category",
            "confidence",
            "file",
            "fingerprint",
            "fixes",
            "flow",
            "message",
            "range",
            "related",
            "rule",
            "severity",
            "solution",
        ];
        if finding.get("encoding").is_some() {
            assert_eq!(finding["encoding"], "utf-16");
            expected.insert(3, "encoding");
        }
        let mut found = keys(finding);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        for key in ["category", "file", "message", "rule"] {
            assert!(!text(&finding[key]).is_empty());
        }
        assert!(["error", "warning", "info", "hint"].contains(&text(&finding["severity"]).as_str()));
        assert!(["high", "medium", "low"].contains(&text(&finding["confidence"]).as_str()));
        for key in ["action", "solution"] {
            assert!(finding[key].is_null() || finding[key].is_string());
        }
        let print = text(&finding["fingerprint"]);
        assert!(print.len() == 16 && print.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
        assert_range(&finding["range"]);
        if !finding["flow"].is_null() {
            assert_eq!(keys(&finding["flow"]), ["id", "name"]);
            text(&finding["flow"]["name"]);
            let id = &finding["flow"]["id"];
            assert!(id.is_null() || text(id) == text(id).to_lowercase() && text(id).len() == 36);
        }
        for fix in finding["fixes"].as_array().expect("fixes are a list") {
            assert_eq!(keys(fix), ["safe", "title"]);
            assert!(fix["safe"].is_boolean() && fix["title"].is_string());
        }
        for related in finding["related"].as_array().expect("related is a list") {
            assert_eq!(keys(related), ["file", "message", "range"]);
            assert!(related["file"].is_string() && related["message"].is_string());
            assert_range(&related["range"]);
        }
    }
}

#[test]
fn json_keeps_its_contract() {
    let folder = Folder::with_fixture();
    for profile in ["recommended", "strict", "auditor"] {
        assert_contract(&folder.check(&["--profile", profile]));
    }
    let document = folder.check(&[]);
    assert_eq!(document["summary"]["solutions"], 1);
    assert_eq!(document["summary"]["flows"], 3);
    let typo = findings(&document)
        .iter()
        .find(|f| f["rule"] == "unknown-function")
        .expect("the typo is found");
    assert_eq!(typo["file"], DAILY);
    assert_eq!(typo["solution"], "ContosoExpenses");
    assert_eq!(
        typo["flow"],
        json!({"id": "c5d07e36-810e-ef11-9f8a-6045bd0a41c7", "name": "Daily expense summary"})
    );
    assert_eq!(typo["action"], "Mail_the_summary");
    assert_eq!(typo["severity"], "error");
    assert_eq!(typo["range"]["start"]["line"], 285);
    assert_eq!(typo["range"]["start"]["column"], 61);
}

/// The typo's range, and the bytes that its offsets cut out of these.
fn typo(document: &Value, bytes: &[u8]) -> (Value, String) {
    let found = findings(document)
        .iter()
        .find(|f| f["rule"] == "unknown-function")
        .expect("the typo is found")
        .clone();
    let (start, end) = (
        number(&found["range"]["start"]["offset"]),
        number(&found["range"]["end"]["offset"]),
    );
    let cut = String::from_utf8(bytes[start..end].to_vec()).expect("offsets lie between characters");
    (found, cut)
}

#[test]
fn offsets_are_bytes_of_the_stored_file() {
    let folder = Folder::with_fixture();
    let changed = folder.read(DAILY).replace("Expense reports of", "日本 é 😀");
    let changed = with_line_ends(&changed, "\r\n");
    for (name, bytes) in [
        ("plain", changed.clone().into_bytes()),
        ("with a byte order mark", [b"\xEF\xBB\xBF", changed.as_bytes()].concat()),
    ] {
        folder.write(DAILY, &bytes);
        let document = folder.check(&[]);
        assert_contract(&document);
        let (found, cut) = typo(&document, &bytes);
        assert_eq!(cut, "formatDateTme", "{name}");
        let line = changed
            .lines()
            .position(|line| line.contains("formatDateTme"))
            .expect("the typo is there");
        assert_eq!(number(&found["range"]["start"]["line"]), line + 1, "{name}");
        let before = changed
            .lines()
            .nth(line)
            .and_then(|l| l.split("formatDateTme").next())
            .expect("a line");
        assert_eq!(
            number(&found["range"]["start"]["column"]),
            before.chars().count() + 1,
            "{name}"
        );
        assert!(found.get("encoding").is_none());
        let full = folder.run(["check", DAILY]);
        let lines: Vec<&str> = full.out.lines().collect();
        let at = lines
            .iter()
            .position(|line| line.contains("@{formatDateTme"))
            .expect("the line is shown");
        let shown = lines[at].split("formatDateTme").next().expect("something before it");
        // Each of 日, 本 and 😀 is two columns wide.
        assert_eq!(
            lines[at + 1].find('^'),
            Some(shown.chars().count() + 3),
            "{name}:\n{}",
            full.out
        );
    }
}

#[test]
fn offsets_of_utf_16_files_are_those_of_their_text() {
    let folder = Folder::with_fixture();
    let changed = folder.read(DAILY).replace("Expense reports of", "日本 é 😀");
    let units = changed.encode_utf16().flat_map(u16::to_le_bytes);
    folder.write(DAILY, [0xFF, 0xFE].into_iter().chain(units).collect::<Vec<u8>>());
    let document = folder.check(&[]);
    assert_contract(&document);
    let (found, cut) = typo(&document, changed.as_bytes());
    assert_eq!(cut, "formatDateTme");
    assert_eq!(found["encoding"], "utf-16");
}

#[test]
fn a_named_file_gets_the_findings_it_has_in_its_folder() {
    let folder = Folder::with_fixture();
    let all = folder.check(&[]);
    let mut seen = 0;
    for entry in ["deployment", "solution/src/Other", WORKFLOWS, "inventory"] {
        for file in fs::read_dir(folder.path(entry)).expect("the folder is there") {
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
    let folder = Folder::with_fixture();
    let inventory = ["--connections", "inventory/connections.json"];
    fs::remove_file(folder.path("flowsentry.jsonc")).expect("it was there");
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
    let folder = Folder::with_fixture();
    let run = |inside: &str, arguments: &[&str]| {
        let mut command = folder.command(["check", "--format", "json"].iter().chain(arguments));
        Run::of(
            command
                .current_dir(folder.path(inside))
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
    let absolute = folder.path(DAILY);
    let named = folder.check(&[absolute.to_str().expect("the path is text")]);
    assert_eq!(findings(&named), &of_file(&all, DAILY));
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let folder = Folder::with_fixture();
    let before = folder.check(&[]);
    folder.edit(DAILY, |text| format!("\n\n\n{text}"));
    let other = if folder.read(REPORT).contains("\r\n") {
        "\n"
    } else {
        "\r\n"
    };
    folder.edit(REPORT, |text| with_line_ends(&text, other));
    let after = folder.check(&[]);
    assert_eq!(fingerprints(&before), fingerprints(&after));
    let lines = |document: &Value| number(&typo(document, folder.read(DAILY).as_bytes()).0["range"]["start"]["line"]);
    assert_eq!(lines(&after), lines(&before) + 3);
    let unique: BTreeSet<String> = fingerprints(&before).into_iter().collect();
    assert_eq!(unique.len(), findings(&before).len());

    // One more of the same is one more fingerprint, and the old ones stay.
    folder.edit(DAILY, |text| {
        text.replace(
            "@{formatDateTme(utcNow()",
            "@{formatDateTme(utcNow())} @{formatDateTme(utcNow()",
        )
    });
    let more: BTreeSet<String> = fingerprints(&folder.check(&[])).into_iter().collect();
    assert_eq!(more.len(), unique.len() + 1);
    assert!(more.is_superset(&unique));
}

#[test]
fn severities_filter_and_fail() {
    let folder = Folder::with_fixture();
    let code = |arguments: &[&str]| folder.run(["check"].iter().chain(arguments)).code;
    assert_eq!(code(&["--fail-on", "never"]), 0);
    assert_eq!(code(&["--fail-on", "error"]), 1);
    let settings = "deployment/prod.deploymentSettings.json";
    assert_eq!(code(&[settings]), 1);
    assert_eq!(code(&[settings, "--fail-on", "error"]), 0);
    assert_eq!(code(&[settings, "--fail-on=hint"]), 1);
    assert_eq!(code(&[settings, "--min-severity", "error"]), 0);
    let errors = folder.check(&["--min-severity", "error"]);
    assert!(!findings(&errors).is_empty() && findings(&errors).iter().all(|f| f["severity"] == "error"));
    assert_eq!(errors["summary"]["findings"]["warning"], 0);
    let all = folder.check(&[]);
    assert!(findings(&errors).iter().all(|finding| findings(&all).contains(finding)));
    let run = folder.run(["check", "--min-severity", "error"]);
    assert!(
        run.out.contains("below the asked severity are not shown."),
        "{}",
        run.out
    );
}

#[test]
fn exit_codes_tell_what_happened() {
    let folder = Folder::new();
    let nothing = folder.run(["check"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (3, ""));
    assert_eq!(nothing.err.lines().count(), 1);
    assert!(
        nothing.err.contains("Other/Solution.xml") && nothing.err.contains("deployment settings"),
        "{}",
        nothing.err
    );
    let document = folder.run(["check", "--format", "json"]);
    assert_eq!(document.code, 3);
    assert_contract(&document.json());

    let missing = folder.run(["check", "no/such", "place"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(
        missing.err.contains("`no/such`") && missing.err.contains("`place`"),
        "{}",
        missing.err
    );
    for (arguments, expected) in [
        (&["check", "--formt", "json"][..], "did you mean `--format`?"),
        (&["check", "--format", "jsn"], "did you mean `json`?"),
        (&["check", "--format"], "--format needs a value"),
        (&["check", "--config", "nope.jsonc"], "`nope.jsonc`"),
        (&["check", "--connections", "nope.csv"], "`nope.csv`"),
        (&["check", "--config", "."], "is not a file"),
        (&["chck"], "did you mean `check`?"),
        (&["."], "did you mean `flowsentry check .`?"),
        (&["explain", "unknown-functon"], "did you mean `unknown-function`?"),
        (&["explain"], "the name of one rule"),
        (&["rules", "--format=yaml"], "text, json"),
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(
            run.err.contains(expected) && run.err.contains("Usage:") || run.err.contains(expected),
            "{}",
            run.err
        );
    }
    assert_eq!(
        folder
            .run(["check", "--formt"])
            .err
            .matches("Usage: flowsentry check")
            .count(),
        1
    );
    assert_eq!(folder.run::<&str>([]).code, 2);
    for arguments in [
        &["--help"][..],
        &["help"],
        &["help", "check"],
        &["check", "-h"],
        &["lsp", "--help"],
        &["-V"],
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{arguments:?}");
        assert!(run.out.contains("flowsentry"), "{}", run.out);
    }
}

#[test]
fn unreadable_files_cost_only_themselves() {
    let folder = Folder::with_fixture();
    let all = folder.check(&[]);
    let large = format!("{WORKFLOWS}/Large-11111111-2222-3333-4444-555555555555.json");
    let wrong = format!("{WORKFLOWS}/Wrong-11111111-2222-3333-4444-666666666666.json");
    folder.write(&large, "");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(folder.path(&large))
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
    let folder = Folder::with_fixture();
    let all = folder.check(&[]);
    fs::create_dir_all(folder.path(&format!("{WORKFLOWS}/Folder-11111111-2222-3333-4444-555555555555.json")))
        .expect("folders can be made");
    fs::create_dir_all(folder.path("solution/src/flowsentry.jsonc")).expect("folders can be made");
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

    let folder = Folder::with_fixture();
    let outside = Folder::with_fixture();
    let all = folder.check(&[]);
    symlink(outside.path("solution"), folder.path("linked")).expect("links can be made");
    symlink(folder.path("."), folder.path("solution/loop")).expect("links can be made");
    let linked = format!("{WORKFLOWS}/Linked-11111111-2222-3333-4444-555555555555.json");
    symlink(outside.path(DAILY), folder.path(&linked)).expect("links can be made");
    let pipe = format!("{WORKFLOWS}/Pipe-11111111-2222-3333-4444-666666666666.json");
    let made = std::process::Command::new("mkfifo").arg(folder.path(&pipe)).status();
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
    let folder = Folder::with_fixture();
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
    let folder = Folder::with_fixture();
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
    let folder = Folder::with_fixture();
    fs::remove_file(folder.path("flowsentry.jsonc")).expect("it was there");
    let megan = |document: &Value| {
        let of = |f: &&Value| f["rule"] == "personal-account-identity" && text(&f["message"]).contains("megan.bowen");
        findings(document).iter().filter(of).count()
    };
    assert_eq!(megan(&folder.check(&[])), 0);
    assert!(megan(&folder.check(&["--connections", "inventory/connections.json"])) > 0);
}

#[test]
fn text_of_a_workspace_gives_no_orders() {
    let folder = Folder::with_fixture();
    let order = "\u{9b}31m ##vso[task.setvariable variable=a]b ##[error]c \u{202E} ";
    folder.edit(DAILY, |text| {
        let text = text.replace(
            "Expense reports of @{formatDateTme(",
            &format!("{order} @{{formatDateTme##vso[x](1, "),
        );
        text.replace("Mail_the_summary", "Mail_##vso[y]")
    });
    folder.edit(&format!("{DAILY}.data.xml"), |text| {
        text.replace("Daily expense summary", &format!("Daily {order}"))
    });
    for format in ["full", "concise", "json"] {
        let run = folder.run(["check", "--format", format]);
        assert_eq!(run.code, 1);
        let lower = run.out.to_lowercase();
        assert!(
            !lower.contains("##vso[") && !lower.contains("##["),
            "{format}: {}",
            run.out
        );
        if format != "json" {
            assert!(!run.out.contains(['\u{9b}', '\u{202E}']), "{format}: {}", run.out);
        }
    }
    let document = folder.check(&[]);
    assert!(
        findings(&document)
            .iter()
            .any(|f| f["flow"]["name"] == format!("Daily {order}")),
        "{document}"
    );
}

#[test]
fn colours_are_for_those_who_want_them() {
    let folder = Folder::with_fixture();
    let colored = folder.run(["check", "--color", "always"]).out;
    assert!(colored.contains("\u{1b}[1;31merror[unknown-function]\u{1b}[0m"));
    let plain = folder.run(["check", "--color", "never"]).out;
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    stripped.push_str(rest);
    let body = |text: &str| text.rsplit_once("\nFound").map(|(body, _)| body.to_owned());
    assert_eq!(body(&stripped), body(&plain));
    assert!(
        !folder
            .run(["check", "--format", "json", "--color", "always"])
            .out
            .contains('\u{1b}')
    );
}

#[test]
fn a_reader_may_leave() {
    let folder = Folder::with_fixture();
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
fn one_long_line_is_cut_around_the_mark() {
    let folder = Folder::with_fixture();
    let document: Value = serde_json::from_str(&folder.read(DAILY)).expect("the flow is JSON");
    folder.write(DAILY, serde_json::to_string(&document).expect("it is JSON still"));
    let run = folder.run(["check", DAILY]);
    assert!(run.out.contains("formatDateTme(utcNow()"), "{}", run.out);
    let excerpts: Vec<&str> = run.out.lines().filter(|line| line.starts_with("1 | ")).collect();
    assert!(
        !excerpts.is_empty() && excerpts.iter().all(|line| line.chars().count() <= 110),
        "{}",
        run.out
    );
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = Folder::new();
    let listed = folder.run(["rules", "--format", "json"]).json();
    let table = folder.run(["rules"]);
    let rules = listed["rules"].as_array().expect("rules are a list");
    assert_eq!(table.out.lines().count(), rules.len() + 1);
    for rule in rules {
        assert_eq!(keys(rule).len(), 7);
        let name = text(&rule["rule"]);
        assert!(table.out.lines().any(|line| line.starts_with(&format!("{name} "))));
        let page = folder.run(["explain", &name]);
        assert_eq!(page.code, 0);
        assert!(
            page.out
                .starts_with(&format!("{name}: {}\nseverity ", text(&rule["summary"]))),
            "{}",
            page.out
        );
        assert!(page.out.contains("\nWhat it finds\n"), "{}", page.out);
    }
}

#[test]
fn expressions_are_parsed() {
    let folder = Folder::new();
    let run = folder.run(["expr", "@add(1, 2)", "text", "Hi @{triggerBody()}"]);
    assert_eq!(run.code, 0);
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON lines"))
        .collect();
    assert_eq!(
        lines[0],
        json!({"valid": true, "ast": ["expr", ["call", "add", [["int", "1"], ["int", "2"]]]]})
    );
    assert_eq!(lines[1], json!({"valid": true, "ast": ["lit", "text"]}));
    assert_eq!(
        lines[2],
        json!({"valid": true, "ast": ["interp", ["Hi ", ["call", "triggerBody", []]]]})
    );

    let wrong = folder.run(["expr", "@add(1, 2", "@utcNow()"]);
    assert_eq!((wrong.code, wrong.out.lines().count()), (1, 2));
    let first: Value = serde_json::from_str(wrong.out.lines().next().expect("a line")).expect("JSON lines");
    assert_eq!(keys(&first), ["error", "message", "offset", "valid"]);
    assert_eq!(
        (&first["valid"], &first["error"], &first["offset"]),
        (&json!(false), &json!("UnexpectedToken"), &json!(8))
    );

    let lines = |input: &[u8]| {
        let mut child = folder
            .command(["expr"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        child
            .stdin
            .take()
            .expect("it reads")
            .write_all(input)
            .expect("it takes the input");
        Run::of(child.wait_with_output().expect("it ends"))
    };
    assert_eq!(lines(b"\"@utcNow()\"\r\n\"x\\n\"").code, 0);
    assert_eq!(lines(b"\"@utcNow(\"\n\"x\"\n").code, 1);
    let mixed = lines(b"\"x\"\nnot json\n\"\xFF\"\n\n{}\n\"@(\"\n");
    assert_eq!((mixed.code, mixed.out.lines().count()), (2, 6));
    assert_eq!(mixed.out.matches("\"NotAJsonString\"").count(), 4);
    assert_eq!(lines(b"").code, 0);
}

#[test]
fn expressions_are_laid_out() {
    let folder = Folder::new();
    let source =
        "@if(equals(variables('Status'),'done'),concat('first','second',outputs('Compose')?['body']?['value']),null)";
    let lines = "@if(\n  equals(variables('Status'), 'done'),\n  concat('first', 'second', outputs('Compose')?['body']?['value']),\n  null\n)";
    let formatted = folder.run(["expr", "--format", source, "add( 1,2 )"]);
    assert_eq!((formatted.code, formatted.out), (0, format!("{lines}\nadd( 1,2 )\n")));
    let minified = folder.run(["expr", "--minify", lines]);
    assert_eq!(
        (minified.code, minified.out),
        (0, format!("{}\n", source.replace(',', ", ")))
    );
    assert_eq!(folder.run(["expr", "--format", "@add( 1"]).code, 1);

    let piped = |input: &[u8]| {
        let mut command = folder.command(["expr", "--format"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("it reads");
        stdin.write_all(input).expect("it takes the input");
        drop(stdin);
        Run::of(child.wait_with_output().expect("it ends"))
    };
    let run = piped(b"Total:\n @{add( 1,2 )}\r\n");
    assert_eq!((run.code, run.out.as_str()), (0, "Total:\n @{add(1, 2)}\n"));
    assert_eq!(piped(b"\xff").code, 2);
}

#[test]
fn checking_writes_nothing() {
    let folder = Folder::with_fixture();
    let listing = || {
        let mut all = Vec::new();
        let mut folders = vec![folder.path("")];
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
    assert!(fs::exists(FIXTURE).expect("the fixture can be looked at"));
}
