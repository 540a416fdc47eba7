//! Whatever a flow says in one of these places, deleted, is among the offers there.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ide::completion::completions;
use model::files::MemoryFiles;
use model::flow::KeyForm;
use model::{FileId, same_name};
use rules::Project;
use syntax::Span;

use crate::support::tree::{list, sample};

/// The project over a folder.
fn load(folder: &Path) -> Project {
    let mut paths = Vec::new();
    list(folder, &mut paths);
    let mut files = MemoryFiles::default();
    for path in paths {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if ["json", "jsonc", "xml", "csv"].contains(&end) {
            files.insert(name_of(&path), std::fs::read(&path).unwrap());
        }
    }
    let mut project = Project::new(rules::Options::default());
    project.load(&files, &[name_of(folder)], &|_| {});
    project
}

fn name_of(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// A place whose text is deleted, and what kind of thing it names.
struct Deleted {
    /// The string without its quotes.
    span: Span,
    kind: &'static str,
}

fn places(project: &Project, file: FileId) -> Vec<Deleted> {
    let mut found = Vec::new();
    let workspace = project.workspace();
    let open = project.open_file(file).unwrap();
    let (Some(body), Some(tree)) = (open.body(), open.tree()) else {
        return found;
    };
    let text = open.document().text();
    let flow = workspace.file(file).facts.flow().unwrap();
    let mut add = |span, kind| found.push(Deleted { span, kind });
    for (id, action) in body.actions() {
        let siblings = &body.block(action.block).actions;
        for entry in action.run_after.iter().flat_map(|list| &list.entries) {
            let known =
                |other: &&model::flow::ActionId| body.action(**other).name.value == entry.name.value && **other != id;
            if siblings.iter().find(known).is_some() {
                add(entry.name.span, "runAfter");
            }
            for status in &entry.statuses {
                if ["Succeeded", "Failed", "Skipped", "TimedOut"].contains(&status.value.as_str()) {
                    add(status.span, "status");
                }
            }
        }
    }
    let nodes = body
        .actions
        .iter()
        .map(|action| action.node)
        .chain(body.triggers.iter().map(|one| one.node));
    for node in nodes {
        let value = tree.value(text, node).unwrap();
        for (path, kind) in [
            (&["type"][..], "type"),
            (&["inputs", "host", "apiId"], "apiId"),
            (&["inputs", "retryPolicy", "type"], "retry policy"),
            (&["recurrence", "frequency"], "frequency"),
            (&["inputs", "runStatus"], "run status"),
            (&["inputs", "triggerAuthenticationType"], "trigger authentication"),
            (&["inputs", "interval", "unit"], "unit"),
        ] {
            if let Some(found) = value
                .path(path)
                .filter(|found| found.is_string() && !found.is_empty_string())
            {
                add(found.content_span(), kind);
            }
        }
        let variables = value.path(&["inputs", "variables"]);
        for variable in variables.iter().flat_map(|list| list.items()) {
            if let Some(kind) = variable
                .get("type")
                .filter(|kind| kind.as_str().is_some_and(|kind| kind == kind.to_lowercase()))
            {
                add(kind.content_span(), "variable type");
            }
        }
    }
    for operation in &body.operations {
        // One that is called here only, and of a connector that nobody lists, is known no more once it is deleted.
        let id = &operation.id;
        let all = workspace
            .files()
            .filter_map(|(_, file)| file.facts.flow())
            .flat_map(|flow| &flow.operations);
        let same = all.filter(|other| *other.connector == *operation.connector && *other.id == *id.value);
        let listed = analysis::effects::listed(&operation.connector).any(|known| known == id.value);
        // Older forms name it in a note.
        let head = &text[..id.span.start as usize];
        let in_host = head.trim_end_matches(['"', ' ', ':']).ends_with("\"operationId");
        if in_host && !id.value.is_empty() && (same.count() > 1 || listed) {
            add(id.span, "operationId");
        }
    }
    for used in body.key_uses.iter().filter(|used| used.form == KeyForm::Text) {
        if flow.connections.iter().any(|key| key.key.value == used.key.value) {
            add(used.key.span, "connection key");
        }
    }
    let solution = workspace.file(file).solution;
    for name in flow.connections.iter().filter_map(|key| key.logical_name.as_ref()) {
        let declared = solution.and_then(|id| workspace.reference(id, &name.value));
        if declared.is_some_and(|declared| declared.logical_name.value == name.value) {
            add(name.span, "connection reference");
        }
    }
    for call in &flow.child_calls {
        let called = call.id.map_or(&[][..], |id| workspace.flows_with_id(id));
        let callable = |file: &FileId| {
            let other = workspace.file(*file);
            let request =
                |flow: &model::flow::FlowSummary| flow.triggers.iter().any(|one| same_name(&one.kind, "Request"));
            other.solution.is_some() && other.facts.flow().is_some_and(request)
        };
        if called.iter().any(|other| *other != file && callable(other)) {
            add(call.name.span, "child flow");
        }
    }
    found
}

trait EmptyString {
    fn is_empty_string(&self) -> bool;
}

impl EmptyString for syntax::json::Value<'_> {
    fn is_empty_string(&self) -> bool {
        self.content_span().is_empty() || self.raw().contains("@")
    }
}

/// Deletes each place of a file's flow in turn, at most `most` of each kind, and asks there.
fn check(
    project: &mut Project,
    path: &Path,
    most: usize,
    counts: &mut std::collections::BTreeMap<&'static str, usize>,
) -> Duration {
    let name = name_of(path);
    let Ok(text) = std::fs::read_to_string(path) else {
        return Duration::ZERO;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    let Some(file) = project.open(&name, text.clone(), false) else {
        return Duration::ZERO;
    };
    if project.workspace().file(file).facts.flow().is_none() {
        return Duration::ZERO;
    }
    let mut slowest = Duration::ZERO;
    let mut own: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for place in places(project, file) {
        let seen = own.entry(place.kind).or_default();
        *seen += 1;
        if *seen > most {
            continue;
        }
        let written = place.span.slice(&text);
        project.edit(file, Some(place.span), "");
        project.analyse(file);
        let started = Instant::now();
        let offered = completions(project, file, place.span.start, None);
        slowest = slowest.max(started.elapsed());
        let wanted = format!("\"{written}\"");
        let found = offered.items.iter().any(|offer| offer.edit.new_text == wanted);
        let labels: Vec<&str> = offered.items.iter().map(|offer| offer.label.as_str()).collect();
        assert!(
            found,
            "{} {written:?} at {} of {name}: {labels:?}",
            place.kind, place.span.start
        );
        let replaced = Span::new(place.span.start - 1, place.span.start + 1);
        assert!(
            offered.items.iter().all(|offer| offer.edit.span == replaced),
            "{} of {name}",
            place.kind
        );
        project.edit(file, Some(Span::at(place.span.start)), written);
        *counts.entry(place.kind).or_default() += 1;
    }
    project.analyse(file);
    slowest
}

fn flows(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    list(folder, &mut files);
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    files.sort();
    files
}

#[test]
fn what_the_sample_says_is_on_offer() {
    let mut project = load(&sample());
    let mut counts = std::collections::BTreeMap::new();
    for path in flows(&sample()) {
        check(&mut project, &path, usize::MAX, &mut counts);
    }
    println!("{counts:?}");
    for kind in [
        "runAfter",
        "status",
        "type",
        "connection key",
        "connection reference",
        "child flow",
        "apiId",
        "operationId",
    ] {
        assert!(counts.contains_key(kind), "the sample holds no {kind}");
    }
}

#[test]
fn what_real_flows_say_is_on_offer() {
    let Some(folder) = std::env::var_os("FLOWSENTRY_CORPUS").map(PathBuf::from) else {
        println!("skipped: FLOWSENTRY_CORPUS names no folder of real solutions");
        return;
    };
    let mut project = load(&folder);
    let mut counts = std::collections::BTreeMap::new();
    let mut slowest = (Duration::ZERO, PathBuf::new());
    // A sample, bounded so that the test stays quick.
    for path in flows(&folder).into_iter().step_by(7) {
        let time = check(&mut project, &path, 3, &mut counts);
        if time > slowest.0 {
            slowest = (time, path);
        }
    }
    println!("{counts:?}, slowest answer {:?} in {}", slowest.0, slowest.1.display());
}
