//! The commands besides `check`.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::folder::{Folder, Run};
use super::{keys, text};

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
