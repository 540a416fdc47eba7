//! What other programs rely on: the JSON output, offsets, fingerprints, exit codes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::folder::Folder;
use super::{DAILY, REPORT, findings, fingerprints, keys, number, text, with_line_ends};

fn assert_range(range: &Value) {
    assert_eq!(keys(range), ["end", "start"]);
    for end in ["start", "end"] {
        assert_eq!(keys(&range[end]), ["column", "line", "offset"]);
        assert!(number(&range[end]["line"]) >= 1 && number(&range[end]["column"]) >= 1);
        number(&range[end]["offset"]);
    }
}

pub fn assert_contract(document: &Value) {
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
fn a_configuration_switches_on_what_the_profile_leaves_out() {
    let folder = Folder::with_sample();
    let customizations = folder.find("Other/Customizations.xml");
    let text = std::fs::read_to_string(&customizations).unwrap();
    std::fs::write(&customizations, text.replace("description>", "note>")).unwrap();
    let has = || super::rules(&folder.check(&["."])).contains("connection-reference-undescribed");
    folder.write("flowsentry.jsonc", "{}");
    assert!(!has(), "a rule of the strict profile");
    folder.write(
        "flowsentry.jsonc",
        r#"{"rules": {"connection-reference-undescribed": "warning"}}"#,
    );
    assert!(has(), "asked for by its name");
}

#[test]
fn json_keeps_its_contract() {
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
fn fingerprints_stay_when_lines_move() {
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
