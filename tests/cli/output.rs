//! What `check` prints for people: order, excerpts, colours, and nothing that it should not.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::support::folder::{Folder, Run};
use super::support::tree::root;
use super::{DAILY, findings, number, text};

#[test]
fn the_readme_shows_what_the_sample_gives() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let readme = readme.replace("\r\n", "\n");
    let (_, shown) = readme.split_once("findings in the sample:\n\n```text\n").unwrap();
    let (shown, _) = shown.split_once("\n```").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowsentry"));
    let command = command
        .current_dir(root())
        .args(["check", "tests/fixtures/contoso-expenses"]);
    let run = Run::of(command.output().unwrap());
    assert_eq!(shown.split("\n\n").count(), 3);
    for finding in shown.split("\n\n") {
        assert!(
            run.out.contains(finding),
            "not in the output:\n{finding}\n\n{}",
            run.out
        );
    }
}

#[test]
fn full_output_reads_well() {
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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

#[test]
fn text_of_a_workspace_gives_no_orders() {
    let folder = Folder::with_sample();
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
    let folder = Folder::with_sample();
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
fn one_long_line_is_cut_around_the_mark() {
    let folder = Folder::with_sample();
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
