//! Workspaces and clients that nobody means well with: `check` ends in time and prints no orders, the server goes on.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "hostile/client.rs"]
mod client;
mod support;

use std::time::{Duration, Instant};

use serde_json::Value;
use support::folder::{Folder, Run};

/// Far more than any of these takes, and far less than what explodes would.
const PATIENCE: Duration = Duration::from_secs(60);

const MANIFEST: &str = "<ImportExportXml><SolutionManifest><UniqueName>Fabrikam</UniqueName><Version>1.0</Version><RootComponents /><MissingDependencies /></SolutionManifest></ImportExportXml>";

/// A flow with these actions.
fn flow(actions: &str) -> String {
    format!(
        r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{actions}}}}}}}"#
    )
}

/// Actions made one by one.
fn actions(count: usize, one: impl Fn(usize) -> String) -> String {
    format!("{{{}}}", (0..count).map(one).collect::<Vec<_>>().join(","))
}

fn name(n: usize) -> String {
    format!("src/Workflows/Flow{n}-11111111-2222-3333-4444-{n:012}.json")
}

/// A solution with these flows.
fn solution<T: AsRef<[u8]>>(flows: impl IntoIterator<Item = T>) -> Folder {
    let folder = Folder::new();
    folder.write("src/Other/Solution.xml", MANIFEST);
    folder.write(
        "src/Other/Customizations.xml",
        "<ImportExportXml><connectionreferences /></ImportExportXml>",
    );
    for (n, flow) in flows.into_iter().enumerate() {
        folder.write(&name(n), flow);
    }
    folder
}

/// `check` with everything switched on, in time.
fn checked(folder: &Folder) -> Value {
    let start = Instant::now();
    let run = folder.run(["check", "--profile", "auditor", "--format", "json"]);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert!(run.code == 0 || run.code == 1, "{}: {}", run.code, run.err);
    run.json()
}

/// The findings of a rule.
fn of_rule<'a>(document: &'a Value, rule: &str) -> Vec<&'a Value> {
    let all = document["findings"].as_array().unwrap();
    all.iter().filter(|finding| finding["rule"] == rule).collect()
}

#[test]
fn depth_is_bounded() {
    let compose = |value: &str| flow(&format!(r#"{{"C":{{"type":"Compose","inputs":{value}}}}}"#));
    let scopes = |depth: usize| {
        flow(&format!(
            "{}{}{}",
            r#"{"S":{"type":"Scope","actions":"#.repeat(depth),
            r#"{"C":{"type":"Compose","inputs":"@nope()"}}"#,
            "}}".repeat(depth)
        ))
    };
    let folder = solution([
        scopes(200),
        scopes(5000),
        compose(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        compose(&format!("\"@{}true{}\"", "not(".repeat(2000), ")".repeat(2000))),
        compose(&format!("\"@{}\"", "(".repeat(100_000))),
        compose(&format!("\"{}\"", "@{".repeat(50_000))),
        compose(&format!("\"@outputs('C'){}\"", "?['a']".repeat(20_000))),
        "[".repeat(1_000_000),
    ]);
    let document = checked(&folder);
    assert_eq!(
        of_rule(&document, "unknown-function").len(),
        1,
        "the flow that can be read is checked"
    );
    let deep = of_rule(&document, "invalid-flow-file");
    assert!(
        deep.iter()
            .filter(|f| f["message"].as_str().unwrap().contains("512"))
            .count()
            >= 3
    );
}

#[test]
fn numbers_are_bounded() {
    let folder = solution([
        flow(&actions(100_000, |n| {
            format!(r#""C{n}":{{"type":"Compose","inputs":1}}"#)
        })),
        flow(&actions(10_000, |n| {
            format!(r#""C{n}":{{"type":"Compose","inputs":"@outputs('Missing {n}')"}}"#)
        })),
        flow(&actions(10_000, |n| {
            format!(r#""C{n}":{{"type":"SetVariable","inputs":{{"name":"v{n}","value":"@variables('w{n}')"}}}}"#)
        })),
        flow(&actions(10_000, |n| {
            format!(
                r#""C{n}":{{"type":"Compose","inputs":"@outputs('C0')","runAfter":{{"C{}":["Succeeded"]}}}}"#,
                n / 2
            )
        })),
    ]);
    let document = checked(&folder);
    for n in [1, 2] {
        let path = name(n);
        let all = document["findings"].as_array().unwrap();
        let of_file = all.iter().filter(|finding| finding["file"] == path.as_str()).count();
        assert!((2000..2010).contains(&of_file), "{of_file}");
    }
    assert_eq!(of_rule(&document, "too-many-findings").len(), 2);
}

#[test]
fn circles_are_walked_once() {
    let ring = flow(&actions(3000, |n| {
        format!(
            r#""C{n}":{{"type":"Compose","inputs":"@outputs('C{}')","runAfter":{{"C{}":["Succeeded"]}}}}"#,
            (n + 7) % 3000,
            (n + 1) % 3000
        )
    }));
    let everyone = flow(&actions(200, |n| {
        let others: Vec<String> = (0..200)
            .filter(|m| *m != n)
            .map(|m| format!(r#""C{m}":["Succeeded","Failed"]"#))
            .collect();
        format!(
            r#""C{n}":{{"type":"Compose","inputs":1,"runAfter":{{{}}}}}"#,
            others.join(",")
        )
    }));
    let layers = flow(&actions(1500, |n| {
        let before: Vec<String> = (n.saturating_sub(60)..n)
            .map(|m| format!(r#""C{m}":["Succeeded"]"#))
            .collect();
        format!(
            r#""C{n}":{{"type":"Compose","inputs":"@outputs('C{}')","runAfter":{{{}}}}}"#,
            n.saturating_sub(1),
            before.join(",")
        )
    }));
    let document = checked(&solution([ring, everyone, layers]));
    assert!(!of_rule(&document, "invalid-run-after").is_empty());
}

#[test]
fn flows_that_all_call_each_other_are_no_tower() {
    let calls = actions(60, |n| {
        format!(
            r#""Run{n}":{{"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"11111111-2222-3333-4444-{n:012}"}}}}}}"#
        )
    });
    let folder = solution((0..60).map(|_| flow(&calls)));
    checked(&folder);
    let start = Instant::now();
    for arguments in [
        &["report", "--format", "html"][..],
        &["report", "--format", "markdown"],
        &["privileges"],
    ] {
        let run = folder.run(arguments);
        assert!(run.code <= 1, "{arguments:?}: {} {}", run.code, run.err);
    }
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn long_strings_take_no_longer_than_long_files() {
    let compose = |value: String| flow(&format!(r#"{{"C":{{"type":"Compose","inputs":"{value}"}}}}"#));
    checked(&solution([
        compose("a".repeat(15_000_000)),
        compose("@{utcNow()} ".repeat(100_000)),
        compose("password=abc;".repeat(200_000)),
        compose("\\u0041".repeat(500_000)),
        compose(format!("https://{}", "a.".repeat(300_000))),
        compose("''".repeat(300_000)),
        compose("$filter=a eq 'b' and ".repeat(50_000)),
    ]));
}

#[test]
fn bytes_that_are_no_text_are_said_to_be_none() {
    let document = checked(&solution([
        &b"\xFF\xFE\x00\xD8\x00\xD8{"[..],
        &[0; 100_000],
        b"{\"properties\":\x00\x01\xFF}",
        b"\xEF\xBB\xBF",
        b"\xFE\xFF\x00{",
        b"\xFF\xFE{",
        b"",
        b"\x00",
    ]));
    assert_eq!(of_rule(&document, "invalid-flow-file").len(), 8);
}

#[test]
fn entities_and_elements_are_bounded() {
    let folder = solution([flow("{}")]);
    let entities: String = (1..12)
        .map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)))
        .collect();
    folder.write(
        "src/Other/Customizations.xml",
        format!("<!DOCTYPE lol [<!ENTITY a0 \"aaaaaaaaaa\">{entities}<!ENTITY file SYSTEM \"file:///etc/passwd\">]><ImportExportXml><connectionreferences>&a11;&file;</connectionreferences></ImportExportXml>"),
    );
    folder.write(
        "src/Other/Solution.xml",
        format!("<ImportExportXml>{}", "<a>".repeat(200_000)),
    );
    let attributes: String = (0..50_000).map(|n| format!("a{n}=\"1\" ")).collect();
    folder.write(
        "src/environmentvariabledefinitions/x/environmentvariabledefinition.xml",
        format!("<environmentvariabledefinition schemaname=\"x\" {attributes}/>"),
    );
    let document = checked(&folder);
    assert!(!of_rule(&document, "invalid-file").is_empty());
    assert!(
        !document.to_string().contains("root:"),
        "no file is read by the name an entity gives"
    );
}

#[test]
fn globs_and_patterns_of_the_configuration_are_bounded() {
    for exclude in [
        format!("{}x", "**/".repeat(5000)),
        format!("{{{}}}", ["a"; 5000].join(",")),
        format!("{}{}", "{a,".repeat(300), "}".repeat(300)),
        "{a,b}{c,d}{e,f}{g,h}".repeat(40),
        "[[[[".to_owned(),
    ] {
        let folder = solution([flow(r#"{"C":{"type":"Compose","inputs":"@nope()"}}"#)]);
        let configuration = serde_json::json!({
            "exclude": [exclude],
            "accounts": [{"match": "*a".repeat(500) + "*b", "kind": "service"}],
            "allowedHosts": ["*".repeat(1000)],
            "connections": ["../../../../../../etc/passwd", "/dev/zero", "inventory.csv"],
        });
        folder.write("flowsentry.jsonc", configuration.to_string());
        folder.write(
            "inventory.csv",
            format!("Name,Account\n{}", "1,aaaaaaaaaaaaaaaaaaaaaaa@aaaa\n".repeat(100_000)),
        );
        let document = checked(&folder);
        assert_eq!(of_rule(&document, "unknown-function").len(), 1);
    }
    let folder = solution([flow(r#"{"C":{"type":"Compose","inputs":"@nope()"}}"#)]);
    folder.write("flowsentry.jsonc", r#"{"exclude": ["../../**", "/**/../*"]}"#);
    assert_eq!(
        of_rule(&checked(&folder), "unknown-function").len(),
        1,
        "a glob reaches only what lies below it"
    );
}

/// What a terminal takes for an order.
fn orders(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

#[cfg(unix)]
#[test]
fn names_of_files_and_folders_give_no_orders() {
    let folder = Folder::new();
    let evil = "a\u{1b}]0;owned\u{7}\n::error::b\r\u{9b}2J\u{202E}c";
    folder.write(&format!("{evil}/Other/Solution.xml"), MANIFEST);
    folder.write(
        &format!("{evil}/Other/Customizations.xml"),
        "<ImportExportXml><connectionreferences /></ImportExportXml>",
    );
    let flow = flow(&format!(
        r#"{{"C":{{"type":"Compose","inputs":"@nope('{0}')"}},"D{0}":{{"type":"Compose","inputs":"@outputs('{0}')"}}}}"#,
        "\\u001b[31m\\u009b2J\\u202e"
    ));
    folder.write(
        &format!("{evil}/Workflows/F{evil}-11111111-2222-3333-4444-555555555555.json"),
        flow,
    );
    for arguments in [
        &["check", "--profile", "auditor"][..],
        &["check", "--format", "concise"],
        &["check", "--format", "json"],
        &["report", "--format", "markdown"],
        &["privileges"],
        &["check", evil],
        &["check", "no\u{1b}[31m\nsuch"],
    ] {
        let Run { code, out, err } = folder.run(arguments);
        assert!(code <= 3, "{arguments:?}");
        assert_eq!(orders(&out), [], "{arguments:?}: {out:?}");
        assert_eq!(orders(&err), [], "{arguments:?}: {err:?}");
        let lines = out.lines().chain(err.lines());
        assert!(
            lines.into_iter().all(|line| !line.starts_with("::error")),
            "{arguments:?}: {out}"
        );
    }
}
