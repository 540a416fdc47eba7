//! Refactorings over sessions and over whole flows: the sample always, real ones where `FLOWSENTRY_CORPUS` names a folder.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::{FileId, MemoryFiles};
use rules::{Options, Project, Severity};
use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, apply, position, uri};
use support::tree::{list, sample};
use syntax::TextEdit;

const FLOW: &str = r#"{
  "properties": {
    "definition": {
      "triggers": {"manual": {"type": "Request", "kind": "Button", "inputs": {"schema": {"type": "object", "properties": {}}}}},
      "actions": {
        "Try_it": {
          "type": "Scope",
          "actions": {
            "Compose": {"type": "Compose", "inputs": 1}
          },
          "runAfter": {}
        },
        "Catch_Try_it": {
          "type": "Compose",
          "inputs": "x",
          "runAfter": {
            "Try_it": [
              "Succeeded"
            ]
          }
        }
      }
    }
  }
}"#;

fn ask(session: &mut Session, flow: &str, text: &str, needle: &str, only: &str) -> Vec<Value> {
    let at = position(text, text.find(needle).unwrap() + 1);
    let answer = session.request(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": flow}, "range": {"start": at, "end": at},
            "context": {"diagnostics": [], "only": [only]}
        }),
    );
    answer["result"].as_array().unwrap().clone()
}

#[test]
fn a_scope_gets_a_catch() {
    let folder = Folder::new();
    let path = folder.write("Workflows/Flow-11111111-2222-3333-4444-555555555555.json", FLOW);
    let mut session = Session::start(folder.path());
    let flow = uri(&path);
    session.open(&flow, FLOW);
    let kinds = &session.capabilities["codeActionProvider"]["codeActionKinds"];
    assert!(
        kinds.as_array().unwrap().contains(&json!("refactor.rewrite")),
        "{kinds}"
    );
    let offered = ask(&mut session, &flow, FLOW, "Try_it", "refactor");
    assert_eq!(offered.len(), 1, "{offered:?}");
    assert_eq!(offered[0]["kind"], "refactor.rewrite");
    assert_eq!(
        offered[0]["title"],
        "Catch failures of `Try it` in a scope of their own"
    );
    let edits = offered[0]["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
    let text = apply(FLOW, edits);
    let added = r#",
        "Catch_Try_it_2": {
          "type": "Scope",
          "actions": {
            "End_after_failure_of_Try_it": {
              "type": "Terminate",
              "inputs": {
                "runStatus": "Failed",
                "runError": {
                  "code": "ScopeFailed",
                  "message": "The scope Try it failed."
                }
              },
              "runAfter": {}
            }
          },
          "runAfter": {"Try_it": ["Failed", "TimedOut"]}
        }
      }
    }
  }
}"#;
    let text_before = FLOW.strip_suffix("\n      }\n    }\n  }\n}").unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let wanted: Value = serde_json::from_str(&format!("{text_before}{added}")).unwrap();
    assert_eq!(whole, wanted);
    assert!(text.starts_with(text_before), "{text}");
    assert!(
        text.contains(&added[..added.find("          \"runAfter\": {\"Try").unwrap()]),
        "{text}"
    );

    // Once only: the failure is handled then. Not on other actions, and not where fixes are asked for.
    session.change(&flow, 2, json!([{"text": text}]));
    assert!(ask(&mut session, &flow, &text, "Try_it", "refactor").is_empty());
    session.change(&flow, 3, json!([{"text": FLOW}]));
    assert!(ask(&mut session, &flow, FLOW, "\"Compose\"", "refactor").is_empty());
    assert!(ask(&mut session, &flow, FLOW, "Try_it", "refactor.extract").is_empty());
    // The service ends no run from inside a loop.
    let looped = FLOW
        .replace(
            "\"Try_it\": {\n",
            "\"Loop\": {\"type\": \"Foreach\", \"foreach\": \"@createArray(1)\", \"actions\": {\"Try_it\": {\n",
        )
        .replace(
            "\"runAfter\": {}\n        },",
            "\"runAfter\": {}\n        }}, \"runAfter\": {}},",
        )
        .replace("            \"Try_it\": [", "            \"Loop\": [");
    assert!(serde_json::from_str::<Value>(&looped).is_ok(), "{looped}");
    session.change(&flow, 4, json!([{"text": looped}]));
    assert!(ask(&mut session, &flow, &looped, "Try_it", "refactor").is_empty());
}

#[test]
fn a_compose_goes_where_it_is_read() {
    let actions = |first: &str, second: &str| {
        format!(
            r#"{{"properties": {{"definition": {{"triggers": {{"manual": {{"type": "Request", "kind": "Button", "inputs": {{}}}}}}, "actions": {{
  "First": {{"type": "Compose", "inputs": "{first}", "runAfter": {{}}}},
  "Second": {{"type": "Compose", "inputs": "{second}", "runAfter": {{"First": ["Succeeded"]}}}}
}}}}}}}}"#
        )
    };
    let folder = Folder::new();
    let before = actions("@concat( 'a\\\"', triggerBody() )", "Hi @{outputs('First')?['x']}, you");
    let path = folder.write("Workflows/Flow-11111111-2222-3333-4444-555555555555.json", &before);
    let mut session = Session::start(folder.path());
    let flow = uri(&path);
    session.open(&flow, &before);
    let offered = ask(&mut session, &flow, &before, "First", "refactor.inline");
    assert_eq!(offered.len(), 1, "{offered:?}");
    assert_eq!(offered[0]["kind"], "refactor.inline");
    let after = apply(
        &before,
        offered[0]["edit"]["documentChanges"][0]["edits"].as_array().unwrap(),
    );
    let after: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(
        after["properties"]["definition"]["actions"],
        json!({"Second": {"type": "Compose", "inputs": "Hi @{concat('a\"', triggerBody())?['x']}, you", "runAfter": {}}})
    );
    // Another value at the other place, read twice, no expression, a name that is worked out.
    for (version, first, second) in [
        (2, "@utcNow()", "@outputs('First')"),
        (3, "@triggerBody()", "@concat(outputs('First'), outputs('First'))"),
        (4, "text", "@outputs('First')"),
        (
            5,
            "@triggerBody()",
            "@concat(outputs('First'), outputs(concat('Fi', 'rst')))",
        ),
        (6, "@triggerBody()", "x"),
    ] {
        let text = actions(first, second);
        session.change(&flow, version, json!([{"text": text}]));
        assert!(
            ask(&mut session, &flow, &text, "First", "refactor").is_empty(),
            "{text}"
        );
    }
}

fn loaded(folder: &Path) -> (Project, MemoryFiles) {
    let mut paths = Vec::new();
    list(folder, &mut paths);
    let mut files = MemoryFiles::default();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        if model::files::kind_of(&name).is_some() {
            files.insert(format!("/{name}"), std::fs::read(&path).unwrap());
        }
    }
    let mut project = Project::new(Options::default());
    project.load(&files, &[String::new()], &|_| {});
    (project, files)
}

/// Findings from warning up, by rule.
fn findings(project: &Project, file: FileId) -> BTreeMap<&'static str, usize> {
    let mut count = BTreeMap::new();
    for finding in project.findings(file) {
        if finding.severity >= Severity::Warning {
            *count.entry(finding.rule).or_default() += 1;
        }
    }
    count
}

fn carry_out(project: &mut Project, file: FileId, edits: &[TextEdit]) {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    for edit in edits {
        project.edit(file, Some(edit.span), &edit.new_text);
    }
    project.analyse(file);
}

/// Flows with a scope that nothing guards: over lines, with tabs, on one line, inside of a condition, with a long name.
fn unguarded() -> [String; 5] {
    let one_line: String = FLOW.lines().map(str::trim).collect();
    let nested = FLOW
        .replace(
            "\"Try_it\": {\n",
            "\"Ask\": {\"type\": \"If\", \"expression\": {\"equals\": [1, \"@triggerBody()\"]}, \"else\": {\"actions\": {\"Try_it\": {\n",
        )
        .replace("\"runAfter\": {}\n        },", "\"runAfter\": {}\n        }}}, \"runAfter\": {}},")
        .replace("            \"Try_it\": [", "            \"Ask\": [");
    [
        FLOW.to_owned(),
        FLOW.replace("  ", "\t").replace('\n', "\r\n"),
        one_line,
        nested,
        FLOW.replace("Try_it", &format!("@{{x}}_ü_{}", "long_".repeat(13))),
    ]
}

/// Every refactoring leaves a file that parses and adds no finding from warning up.
#[test]
fn refactorings_add_no_findings() {
    // The sample guards its scopes; a second folder holds some that nothing guards.
    let bare = Folder::new();
    for (at, flow) in unguarded().iter().enumerate() {
        bare.write(
            &format!("Workflows/Bare-11111111-2222-3333-4444-55555555555{at}.json"),
            flow,
        );
    }
    let mut folders: Vec<PathBuf> = vec![sample(), bare.path().to_owned()];
    if let Some(corpus) = std::env::var_os("FLOWSENTRY_CORPUS") {
        let entries = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(entries.filter(|path| path.is_dir()));
    }
    let (mut offered, mut steps) = (0, 0);
    for folder in folders {
        let (mut project, files) = loaded(&folder);
        let flows: Vec<(FileId, String)> = project
            .workspace()
            .files()
            .filter(|(_, file)| file.facts.flow().is_some())
            .map(|(id, file)| (id, file.path.to_string()))
            .collect();
        for (file, path) in flows {
            let bytes = model::FileSystem::read(&files, &path).unwrap();
            let text = syntax::decode(bytes).unwrap().text;
            project.open(&path, text, false);
            project.analyse(file);
            let Some(flow) = ide::target::open_flow(&project, file) else {
                continue;
            };
            let all = flow.body.actions.iter();
            let names: Vec<_> = all.map(|action| action.name.span).collect();
            let before = findings(&project, file);
            for name in names {
                steps += 1;
                for rewrite in ide::refactor::refactorings(&project, file, name) {
                    offered += 1;
                    let original = project.open_file(file).unwrap().document().text().to_owned();
                    carry_out(&mut project, file, &rewrite.edit.files[0].edits);
                    let text = project.open_file(file).unwrap().document().text().to_owned();
                    serde_json::from_str::<Value>(&text).unwrap();
                    for (rule, count) in findings(&project, file) {
                        let known = before.get(rule).copied().unwrap_or(0);
                        assert!(count <= known, "{path}: {} adds {rule}", rewrite.title);
                    }
                    let again = ide::refactor::refactorings(&project, file, name);
                    // Where a step was taken out, another may stand now.
                    let same = again.iter().any(|other| other.title == rewrite.title);
                    assert!(!same, "{path}: {} is offered again", rewrite.title);
                    let whole = syntax::Span::new(0, u32::try_from(text.len()).unwrap());
                    project.edit(file, Some(whole), &original);
                    project.analyse(file);
                }
            }
            project.close(&path, &files);
        }
    }
    println!("{offered} refactorings of {steps} steps");
    assert!(offered >= unguarded().len());
}
