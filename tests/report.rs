//! `flowsentry report` and `flowsentry privileges`, from outside: every form, what they write and what they refuse.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use std::fs;

use serde_json::Value;
use support::folder::{Folder, Run};

/// The credential that the sample holds in a flow.
const KEY: &str = "c0ffee15badc0ffee0ddba11deadbeef";
const CUSTOMIZATIONS: &str = "solution/src/Other/Customizations.xml";
const NOTIFY: &str = "solution/src/Workflows/Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json";

fn names(value: &Value, field: &str) -> Vec<String> {
    let all = value.as_array().expect("a list").iter();
    all.map(|entry| entry[field].as_str().expect("text").to_owned())
        .collect()
}

fn refused(run: &Run, message: &str) {
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(run.err.contains(message), "{message:?} is not in {}", run.err);
}

#[test]
fn every_form_tells_the_same_and_no_secret() {
    let folder = Folder::with_sample();
    assert!(folder.read(NOTIFY).contains(KEY));
    for format in ["html", "markdown", "json"] {
        let run = folder.run(["report", "--format", format, "--date", "2026-11-24"]);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{format}");
        // Markdown writes some signs with a backslash before them.
        let out = run.out.replace('\\', "");
        for expected in [
            "megan.bowen@contoso.com",
            "svc-expenses@contoso.com",
            "2026-11-24",
            "con_expensereport",
            "http-credential-literal",
            "personal",
            "One account for everything",
            "callbackregistration",
        ] {
            assert!(out.contains(expected), "{format}: {expected}");
        }
        assert!(!out.contains(KEY), "{format}");
        let again = folder.run(["report", "--format", format, "--date", "2026-11-24"]);
        assert_eq!(run.out, again.out, "{format} is not the same twice");
    }
}

#[test]
fn the_page_stands_alone() {
    let folder = Folder::with_sample();
    let page = folder.run(["report"]).out;
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    for forbidden in ["<script", " src=", "@import", "url(", "<iframe", "javascript:"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let elsewhere = page.match_indices("https://").map(|(at, _)| &page[at..]);
    for link in elsewhere {
        assert!(link.starts_with("https://learn.microsoft.com/"), "{}", &link[..60]);
    }
    assert!(!page.contains("<time"), "no day was given, so none is told");
}

#[test]
fn the_document_names_who_reaches_what() {
    let folder = Folder::with_sample();
    let report = folder.run(["report", "--format", "json"]).json();
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["flows"], 3);
    let accounts = report["accounts"].as_array().unwrap();
    let flows = |account: &Value| account["flows"].as_array().unwrap().len();
    assert!(
        accounts.windows(2).all(|pair| flows(&pair[0]) >= flows(&pair[1])),
        "those that reach the most go first"
    );
    let megan = accounts
        .iter()
        .find(|account| account["name"] == "megan.bowen@contoso.com")
        .expect("the inventory names her");
    assert_eq!(megan["kind"], "personal");
    assert_eq!(megan["impact"]["stops"].as_array().unwrap().len(), 2);
    assert_eq!(
        megan["impact"]["fails"].as_array().unwrap().len(),
        1,
        "a caller fails with its child"
    );
    assert!(megan["rotation"].as_array().unwrap().len() > 4);
    let table = &report["tables"].as_array().unwrap()[1];
    assert_eq!(table["name"], "con_expensereport");
    assert!(!table["writers"].as_array().unwrap().is_empty());
    for finding in report["findings"].as_array().unwrap() {
        assert!(finding["risk"].as_str().unwrap().len() > 10, "{finding}");
    }
    assert!(!report["unknown"].as_array().unwrap().is_empty());
}

#[test]
fn what_changed_since_is_told() {
    let folder = Folder::with_sample();
    let run = folder.run([
        "report",
        "--format",
        "json",
        "--output",
        "old.json",
        "--date",
        "2026-01-02",
    ]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    let same = folder.run(["report", "--since", "old.json", "--format", "markdown"]);
    assert!(same.out.contains("Nothing changed."), "{}", same.out);
    folder.edit(NOTIFY, |text| text.replace(KEY, "@{parameters('k')}"));
    folder.edit("inventory/connections.json", |text| {
        text.replace("svc-teams@contoso.com", "svc-chat@contoso.com")
    });
    for format in ["html", "markdown"] {
        let run = folder.run(["report", "--since", "old.json", "--format", format]);
        let out = run.out.replace('\\', "");
        let (_, changes) = out.split_once("Since the last report").expect("the chapter is there");
        let gone = out.contains("Findings that are gone: 1") || changes.contains("- Gone: `http-credential-literal`");
        assert!(gone, "{format}");
        assert!(
            changes.contains("svc-chat@contoso.com") && changes.contains("svc-teams@contoso.com"),
            "{format}"
        );
    }
}

#[test]
fn an_earlier_report_must_be_one() {
    let folder = Folder::with_sample();
    folder.write("no.json", "{ this is none");
    folder.write("other.json", r#"{"version": 99}"#);
    folder.write("bare.json", "{}");
    folder.write("bytes.json", b"\xff\xfe");
    for (file, message) in [
        ("no.json", "it is no report"),
        ("other.json", "its version is 99"),
        ("bare.json", "it has no version"),
        ("bytes.json", "no text in UTF-8"),
        ("missing.json", "cannot be compared with"),
    ] {
        refused(&folder.run(["report", "--since", file]), message);
    }
}

#[test]
fn output_is_written_whole_and_never_through_a_link() {
    let folder = Folder::with_sample();
    folder.write("r.html", "what was there before");
    let run = folder.run(["report", "--output", "r.html"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.contains("wrote r.html"));
    assert!(folder.read("r.html").starts_with("<!DOCTYPE html>"));
    let left = fs::read_dir(folder.at("")).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".tmp")
    });
    assert_eq!(left.count(), 0, "no temporary file stays");

    refused(&folder.run(["report", "--output", "solution"]), "it is no file");
    refused(
        &folder.run(["report", "--output", "no/such/folder/r.html"]),
        "could not be written",
    );
    #[cfg(unix)]
    {
        folder.write("target.txt", "untouched");
        std::os::unix::fs::symlink(folder.at("target.txt"), folder.at("link.html")).unwrap();
        std::os::unix::fs::symlink(folder.at("nowhere.txt"), folder.at("dangling.html")).unwrap();
        refused(&folder.run(["report", "--output", "link.html"]), "it is a link");
        refused(&folder.run(["report", "--output", "dangling.html"]), "it is a link");
        assert_eq!(folder.read("target.txt"), "untouched");
        assert!(!folder.at("nowhere.txt").exists());
    }
}

#[test]
fn hostile_names_stay_text() {
    let folder = Folder::with_sample();
    let hostile = "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;| `a` [x](javascript:y) ##vso[task.x]";
    folder.edit(CUSTOMIZATIONS, |text| {
        text.replace(
            "<connectionreferencedisplayname>Contoso | Outlook",
            &format!("<connectionreferencedisplayname>{hostile}"),
        )
    });
    assert!(folder.read(CUSTOMIZATIONS).contains("onerror"));
    let page = folder.run(["report"]).out;
    assert!(page.contains("&lt;img src=x onerror=alert(1)") && !page.contains("<img"));
    for format in ["html", "markdown", "json"] {
        let run = folder.run(["report", "--format", format]);
        assert_eq!(run.code, 0);
        // What stands behind a backslash is text in Markdown, and in JSON any text is.
        let out = run.out.replace("\\<", "");
        assert!(
            !out.contains("##vso[") && (format == "json" || !out.contains("<img")),
            "{format}"
        );
    }
}

#[test]
fn days_are_given_or_not_told() {
    let folder = Folder::with_sample();
    let date = |run: Run| run.json()["date"].clone();
    assert_eq!(date(folder.run(["report", "--format", "json"])), Value::Null);
    let output = folder
        .command(["report", "--format", "json"])
        .env("SOURCE_DATE_EPOCH", "1795478400")
        .output()
        .unwrap();
    assert_eq!(date(Run::of(output)), "2026-11-24");
    refused(
        &folder.run(["report", "--date", "<b>"]),
        "--date takes `today` or a day",
    );
    let today = date(folder.run(["report", "--format", "json", "--date", "today"]));
    assert_eq!(today.as_str().map(str::len), Some(10));
}

#[test]
fn nothing_to_report_is_said() {
    let folder = Folder::new();
    folder.write("package.json", "{}");
    for command in ["report", "privileges"] {
        let run = folder.run([command]);
        assert_eq!((run.code, run.out.as_str()), (3, ""), "{command}");
        assert!(run.err.contains("nothing to"), "{}", run.err);
    }
    refused(
        &folder.run(["report", "--format", "pdf"]),
        "--format is one of html, markdown, json",
    );
    refused(&folder.run(["privileges", "missing"]), "there is no file or folder");
    for command in ["report", "privileges"] {
        let help = folder.run(["help", command]);
        assert!(
            help.out.contains(&format!("Usage: flowsentry {command}")),
            "{}",
            help.out
        );
        assert_eq!(help.out, folder.run([command, "--help"]).out);
    }
}

#[test]
fn privileges_are_derived_and_compared_with_roles() {
    let folder = Folder::with_sample();
    folder.write(
        "solution/src/Roles/Expense flows.xml",
        r#"<Role id="{a696980c-5fd0-ec11-a7b5-0022486dabee}" name="Expense flows"><RolePrivileges>
            <RolePrivilege name="prvReadcon_ExpenseReport" level="Global" />
            <RolePrivilege name="prvDeletecon_ExpenseReport" level="Global" />
            <RolePrivilege name="prvReadcon_Employee" level="Global" />
            <RolePrivilege name="prvReadcon_ExpenseSetting" level="Global" />
            <RolePrivilege name="prvCreateCallbackRegistration" level="Basic" />
            <RolePrivilege name="prvReadCallbackRegistration" level="Basic" />
            <RolePrivilege name="prvWriteCallbackRegistration" level="Basic" />
        </RolePrivileges></Role>"#,
    );
    let document = folder.run(["privileges", "--format", "json"]).json();
    assert_eq!(document["version"], 1);
    let all = document["privileges"].as_array().unwrap();
    let application = all
        .iter()
        .find(|found| found["identity"] == "00ea3806-cad5-4739-b454-aa078a2a3119")
        .expect("the inventory names it");
    assert_eq!(
        names(&application["tables"], "table"),
        [
            "callbackregistration",
            "con_employee",
            "con_expensereport",
            "con_expensesetting"
        ]
    );
    let reports = &application["tables"][2]["rights"];
    assert_eq!(names(reports, "right"), ["Create", "Read", "Write"]);
    assert_eq!(
        (&reports[0]["needed"], &reports[0]["maybe"]),
        (&Value::Null, &"Organization".into())
    );
    assert_eq!(reports[1]["privilege"], "prvReadcon_expensereport");
    assert!(reports[1]["why"][0]["flow"].as_str().is_some());
    let role = &application["roles"][0];
    assert_eq!(
        (&role["role"], &role["granted"], &role["needed"]),
        (&"Expense flows".into(), &6.into(), &8.into())
    );
    assert_eq!(names(&role["missing"], "right"), ["Delete", "Write"]);
    assert_eq!(names(&role["surplus"], "right"), ["Delete"]);

    let markdown = folder.run(["privileges"]).out;
    assert!(
        markdown.contains("| con_expensereport | (Organization) | Organization | Organization |"),
        "{markdown}"
    );
    assert!(markdown.contains("Role Expense flows: grants 6 of 8 needed rights."));
    assert!(markdown.contains("Too little") && markdown.contains("Too much"));
}
