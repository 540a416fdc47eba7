//! The law of refactorings: what is offered over whole flows leaves them readable and adds no finding.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::{FileId, FileSystem, MemoryFiles};
use rules::{Options, Project, Severity};
use serde_json::Value;
use syntax::{Span, TextEdit};

use crate::FLOW;
use crate::support::folder::Folder;
use crate::support::tree::{files_in, sample};

fn loaded(folder: &Path) -> (Project, MemoryFiles) {
    let files = files_in(folder);
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

/// Makes a change in the open flow; what it does to other files is only put together.
fn carry_out(project: &mut Project, files: &MemoryFiles, file: FileId, change: &edits::WorkspaceEdit) {
    let text_of =
        |project: &Project, path: &str| match project.workspace().id(path).and_then(|id| project.open_file(id)) {
            Some(open) => Some(open.document().text().to_owned()),
            None => Some(syntax::decode(FileSystem::read(files, path).ok()?).ok()?.text),
        };
    let after = change
        .apply(project.workspace(), |path| text_of(project, path))
        .unwrap();
    for (path, text) in &after {
        if path.ends_with(".json") {
            serde_json::from_str::<Value>(text).unwrap();
        } else {
            assert!(!syntax::xml::Tree::parse(text).is_broken(), "{path}");
        }
    }
    let own = change.files.iter().find(|of| of.file == file).unwrap();
    let mut edits: Vec<(usize, &TextEdit)> = own.edits.iter().enumerate().collect();
    // From the end on, and of insertions at one place the last first.
    edits.sort_by_key(|(at, edit)| std::cmp::Reverse((edit.span, *at)));
    for (_, edit) in edits {
        project.edit(file, Some(edit.span), &edit.new_text);
    }
    project.analyse(file);
}

/// How a text ends its lines, and whether its indentation is made of tabs.
fn layout(text: &str) -> (bool, bool, bool) {
    let bare = text.replace("\r\n", "").contains('\n');
    (
        text.contains("\r\n"),
        bare,
        text.contains("\n\t") || text.contains("\r\t"),
    )
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

/// So many refactorings of each sort are tried on one real flow: enough to meet every shape, and soon done.
const EACH: usize = 1;

/// In so many places of a flow they are asked for.
const PLACES: usize = 60;

/// Every refactoring leaves files that parse, in their layout, and adds no finding from warning up.
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
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    for folder in folders {
        let (mut project, files) = loaded(&folder);
        let flows: Vec<(FileId, String)> = project
            .workspace()
            .files()
            .filter(|(_, file)| file.facts.flow().is_some())
            .map(|(id, file)| (id, file.path.to_string()))
            .collect();
        for (file, path) in flows {
            let bytes = FileSystem::read(&files, &path).unwrap();
            let text = syntax::decode(bytes).unwrap().text;
            project.open(&path, text.clone(), false);
            project.analyse(file);
            try_all(&mut project, &files, file, &path, &text, &mut tried);
            project.close(&path, &files);
        }
    }
    println!("refactorings tried: {tried:?}");
    assert!(tried["Catch"] >= unguarded().len(), "{tried:?}");
    for sort in ["Wrap", "Wrap several", "Extract variable", "Extract parameter"] {
        assert!(tried.contains_key(sort), "{sort}: {tried:?}");
    }
}

/// What a refactoring is counted as.
fn sort_of(title: &str) -> String {
    let word = title.split(' ').next().unwrap_or_default();
    match word {
        "Wrap" if title.starts_with("Wrap `") => "Wrap".to_owned(),
        "Wrap" => "Wrap several".to_owned(),
        "Extract" if title.contains("to environment variable") => "Extract environment variable".to_owned(),
        "Extract" if title.contains("to parameter") => "Extract parameter".to_owned(),
        "Extract" => "Extract variable".to_owned(),
        other => other.to_owned(),
    }
}

/// The places of a flow where people may ask: names, two neighbours, strings and numbers.
fn places(project: &Project, file: FileId) -> Vec<Span> {
    let Some(flow) = ide::target::open_flow(project, file) else {
        return Vec::new();
    };
    let mut places: Vec<Span> = flow.body.actions.iter().map(|action| action.name.span).collect();
    for block in &flow.body.blocks {
        for pair in block.actions.windows(2) {
            let (one, two) = (flow.body.action(pair[0]), flow.body.action(pair[1]));
            places.push(one.name.span.cover(two.span));
        }
    }
    let all = flow.tree.root(flow.text).unwrap().descendants();
    let values = all.filter(|value| value.kind() == syntax::json::Kind::Number || value.is_string() && !value.is_key());
    places.extend(values.map(|value| Span::at(value.span().start + value.span().len() / 2)));
    let step = places.len().div_ceil(PLACES).max(1);
    places.into_iter().step_by(step).collect()
}

fn messages(project: &Project, file: FileId, rule: &str) -> Vec<String> {
    let all = project
        .findings(file)
        .into_iter()
        .filter(|finding| finding.rule == rule);
    all.map(|finding| format!("{:?}: {}", finding.action, finding.message))
        .collect()
}

fn try_all(
    project: &mut Project,
    files: &MemoryFiles,
    file: FileId,
    path: &str,
    original: &str,
    tried: &mut BTreeMap<String, usize>,
) {
    let before = findings(project, file);
    let mut here: BTreeMap<String, usize> = BTreeMap::new();
    for place in places(project, file) {
        for offer in ide::refactor::refactorings(project, file, place) {
            let Ok(change) = &offer.edit else { continue };
            let sort = sort_of(&offer.title);
            let count = here.entry(sort.clone()).or_default();
            if *count >= EACH {
                continue;
            }
            *count += 1;
            *tried.entry(sort).or_default() += 1;
            let title = &offer.title;
            carry_out(project, files, file, change);
            let text = project.open_file(file).unwrap().document().text().to_owned();
            assert_eq!(layout(&text), layout(original), "{path}: {title}");
            for (rule, count) in findings(project, file) {
                let known = before.get(rule).copied().unwrap_or(0);
                // The definition of a new variable is a file that only a host writes.
                let apart = rule == "environment-variable-undeclared" && !change.new_files.is_empty();
                assert!(
                    count <= known + usize::from(apart),
                    "{path}: {title} adds {rule}: {:#?}",
                    messages(project, file, rule)
                );
            }
            let again = ide::refactor::refactorings(project, file, place);
            // Where a step was taken out, another may stand now; a scope takes any number of scopes around it.
            let same = again
                .iter()
                .any(|other| other.title == *title && other.edit.is_ok() && !title.starts_with("Wrap"));
            assert!(!same, "{path}: {title} is offered again");
            project.edit(file, None, original);
            project.analyse(file);
        }
    }
}
