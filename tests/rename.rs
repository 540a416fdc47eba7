//! Renames over whole flows and solutions: the invented ones always, real ones where `FLOWSENTRY_CORPUS` names a folder.
//!
//! Every name is changed to a fresh one and back. The first change leaves no place with the old name and no new finding;
//! the second gives the file back, byte for byte.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use analysis::occurrences::{FlowName, Occurrence, Role, in_facts, in_flow};
use model::flow::FlowView;
use model::{Component, FileId, MemoryFiles};
use rules::{Options, Project};
use support::random::Random;
use support::tree::{files_in, sample};
use syntax::{Span, TextEdit};

/// What was renamed and what was not.
#[derive(Default)]
struct Count {
    flows: usize,
    renamed: BTreeMap<&'static str, usize>,
    places: usize,
    /// Names that people cannot give any more, so that the way back was written without asking.
    unnameable: usize,
    /// Flows in which a place writes the name in another case or with other escapes, so that it comes back as declared.
    respelled: usize,
    refused: BTreeMap<String, usize>,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.flows += other.flows;
        self.places += other.places;
        self.unnameable += other.unnameable;
        self.respelled += other.respelled;
        for (what, count) in other.renamed {
            *self.renamed.entry(what).or_default() += count;
        }
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
    }

    fn renames(&self) -> usize {
        self.renamed.values().sum()
    }
}

fn loaded(files: &MemoryFiles) -> Project {
    let mut project = Project::new(Options::default());
    project.load(files, &[String::new()], &|_| {});
    project
}

/// Folders that are loaded each on their own: the sample, and every folder of the corpus.
fn folders() -> Vec<PathBuf> {
    let mut all = vec![sample()];
    match std::env::var_os("FLOWSENTRY_CORPUS") {
        Some(corpus) => {
            let entries = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
            all.extend(entries.filter(|path| path.is_dir()));
        }
        None => println!("the sample alone: FLOWSENTRY_CORPUS names no folder of real solutions"),
    }
    all.sort();
    all
}

/// Runs a test over all folders on all cores.
fn over_folders(test: impl Fn(&Path) -> Count + Sync) -> Count {
    let folders = folders();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut count = Count::default();
        while let Some(folder) = folders.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            count.add(test(folder));
        }
        count
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..std::thread::available_parallelism().map_or(1, usize::from))
            .map(|_| scope.spawn(work))
            .collect();
        let mut all = Count::default();
        for thread in threads {
            all.add(thread.join().unwrap());
        }
        all
    })
}

fn flows(project: &Project) -> Vec<(FileId, String)> {
    let files = project.workspace().files();
    files
        .filter(|(_, file)| file.facts.flow().is_some())
        .map(|(id, file)| (id, file.path.to_string()))
        .collect()
}

fn view(project: &Project, file: FileId) -> FlowView<'_> {
    ide::target::open_flow(project, file).unwrap()
}

/// Findings of a file by rule.
fn findings(project: &Project, file: FileId) -> BTreeMap<&'static str, usize> {
    let mut count = BTreeMap::new();
    for finding in project.findings(file) {
        *count.entry(finding.rule).or_default() += 1;
    }
    count
}

fn text(project: &Project, file: FileId) -> &str {
    project.open_file(file).unwrap().document().text()
}

/// Applies edits to an open document as an editor sends them back: one by one, from the end.
fn edit(project: &mut Project, file: FileId, edits: &[TextEdit]) {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    for edit in edits {
        project.edit(file, Some(edit.span), &edit.new_text);
    }
    project.analyse(file);
}

/// Everything of a flow that has a name, with its kind.
fn names(flow: &FlowView<'_>) -> Vec<(&'static str, String)> {
    let body = flow.body;
    let actions = body.actions.iter().map(|action| ("action", action.name.value.clone()));
    let triggers = body
        .triggers
        .iter()
        .map(|trigger| ("trigger", trigger.name.value.clone()));
    let variables = body
        .variables
        .iter()
        .map(|variable| ("variable", variable.name.value.clone()));
    let parameters = flow
        .summary
        .parameters
        .iter()
        .map(|p| ("parameter", p.name.value.clone()));
    let keys = flow
        .summary
        .connections
        .iter()
        .map(|c| ("connection", c.key.value.clone()));
    actions
        .chain(triggers)
        .chain(variables)
        .chain(parameters)
        .chain(keys)
        .collect()
}

fn flow_name<'n>(kind: &str, name: &'n str) -> FlowName<'n> {
    match kind {
        "variable" => FlowName::Variable(name),
        "parameter" => FlowName::Parameter(name),
        "connection" => FlowName::Connection(name),
        _ => FlowName::Step(name),
    }
}

fn declaration(places: &[Occurrence]) -> u32 {
    let mut declared = places.iter().filter(|place| place.role == Role::Declaration);
    declared.next().unwrap().span.start
}

/// The reason without the names in it.
fn reason(refusal: &str) -> String {
    let parts: Vec<&str> = refusal.split('`').step_by(2).collect();
    parts.join("…")
}

/// From every place, the definition is where the thing is declared.
fn lead_to_declaration(project: &mut Project, files: &MemoryFiles, file: FileId, places: &[Occurrence], path: &str) {
    let declared = declaration(places);
    for place in places {
        let found = ide::definition(project, files, file, place.span.end);
        let (origin, found) = found.unwrap_or_else(|| panic!("{path}: {place:?} leads nowhere"));
        assert_eq!(
            (origin, found.file, found.name.start),
            (place.span, file, declared),
            "{path}"
        );
    }
}

fn rename_all_of_flow(project: &mut Project, files: &MemoryFiles, file: FileId, path: &str) -> Count {
    let mut count = Count {
        flows: 1,
        ..Count::default()
    };
    let before = findings(project, file);
    let original = text(project, file).to_owned();
    let mut respelled = false;
    for (kind, name) in names(&view(project, file)) {
        let what = flow_name(kind, &name);
        let places = in_flow(&view(project, file), what);
        if matches!(kind, "action" | "variable") {
            lead_to_declaration(project, files, file, &places, path);
        }
        let written = places.iter().filter(|place| place.spelling.is_written()).count();
        let fresh = flow_name(kind, "zq_Fresh_name");
        let edits = match ide::rename(project, files, file, declaration(&places), "zq_Fresh_name") {
            Ok(change) => change.unwrap_or_else(|| panic!("{path}: {name}")).files.remove(0).edits,
            Err(refusal) => {
                *count.refused.entry(reason(&refusal.0)).or_default() += 1;
                continue;
            }
        };
        *count.renamed.entry(kind).or_default() += 1;
        count.places += edits.len();
        assert_eq!(edits.len(), written, "{path}: {name}");
        edit(project, file, &edits);
        let left = in_flow(&view(project, file), what);
        assert!(left.is_empty(), "{path}: {name} is still at {left:?}");
        let now = in_flow(&view(project, file), fresh);
        assert_eq!(now.len(), places.len(), "{path}: {name}");
        for (rule, found) in findings(project, file) {
            let known = before.get(rule).copied().unwrap_or(0);
            assert!(
                found <= known,
                "{path}: renaming {name} gives {found} {rule} after {known}"
            );
        }
        let back = match ide::rename(project, files, file, declaration(&now), &name) {
            Ok(change) => change.unwrap().files.remove(0).edits,
            Err(_) => {
                count.unnameable += 1;
                edits::rename::respell(&now, &name).unwrap()
            }
        };
        edit(project, file, &back);
        let expected = edits::rename::respell(&places, &name).unwrap();
        let expected = syntax::edit::apply(&original, &expected).unwrap();
        assert!(
            text(project, file) == expected,
            "{path}: {name} there and back is not the same"
        );
        if expected != original {
            respelled = true;
            assert!(
                expected.eq_ignore_ascii_case(&original) || original.contains("\\u"),
                "{path}: {name}"
            );
            project.edit(file, None, &original);
            project.analyse(file);
        }
    }
    count.respelled += usize::from(respelled);
    count
}

#[test]
fn every_name_of_every_flow_there_and_back() {
    let started = Instant::now();
    let count = over_folders(|folder| {
        let files = files_in(folder);
        let mut project = loaded(&files);
        let mut count = Count::default();
        for (file, path) in flows(&project) {
            let bytes = model::FileSystem::read(&files, &path).unwrap();
            let stored = syntax::decode(bytes).unwrap().text;
            project.open(&path, stored, false).unwrap();
            count.add(rename_all_of_flow(&mut project, &files, file, &path));
            project.close(&path, &files);
        }
        count
    });
    println!(
        "{} flows, renamed {:?}, {} places, {} names could not be given again, in {} flows a place spelled its name otherwise, {:?}",
        count.flows,
        count.renamed,
        count.places,
        count.unnameable,
        count.respelled,
        started.elapsed()
    );
    for (why, times) in &count.refused {
        println!("refused {times} times: {why}");
    }
    assert!(count.flows >= 3 && count.renames() > 20);
    // The platform's own parameters and triggers with an address are refused by intent; else refusals are rare.
    let by_intent = |why: &str| why.contains("belongs to the service") || why.contains("part of the address");
    let rare: usize = count
        .refused
        .iter()
        .filter(|(why, _)| !by_intent(why))
        .map(|(_, n)| n)
        .sum();
    assert!(rare * 50 <= count.renames(), "{rare} refusals: {:#?}", count.refused);
}

/// Findings of all files by rule.
fn all_findings(project: &Project) -> BTreeMap<&'static str, usize> {
    let mut count = BTreeMap::new();
    for file in project.files_with_findings() {
        for (rule, found) in findings(project, file) {
            *count.entry(rule).or_default() += found;
        }
    }
    count
}

/// Stores a change of closed files, and has the project read them again. Gives the paths.
fn store(project: &mut Project, files: &mut MemoryFiles, change: &edits::WorkspaceEdit) -> Vec<String> {
    let mut paths = Vec::new();
    for file in &change.files {
        let known = project.workspace().file(file.file);
        let path = known.path.to_string();
        let source = syntax::decode(model::FileSystem::read(&*files, &path).unwrap()).unwrap();
        let text = syntax::edit::apply(&source.text, &file.edits).unwrap();
        files.insert(path.clone(), syntax::encode(&text, source.encoding, source.bom));
        paths.push(path);
    }
    project.reload(&*files, &paths);
    paths
}

/// A new name with the same prefix, which may end with underscores of its own, and what an agent puts behind its name:
/// another publisher's prefix would rightly be a finding.
fn fresh_reference(name: &str) -> String {
    let Some((prefix, rest)) = name.split_once('_') else {
        return "zqx_Fresh".to_owned();
    };
    let underscores = &rest[..rest.len() - rest.trim_start_matches('_').len()];
    let agent = name.find('.').map_or("", |dot| &name[dot..]);
    format!("{prefix}_{underscores}zqxFresh{agent}")
}

fn rename_all_references(folder: &Path) -> Count {
    let mut files = files_in(folder);
    let original = files.clone();
    let mut project = loaded(&files);
    let mut count = Count::default();
    let before = all_findings(&project);
    let solutions: Vec<_> = project.workspace().solutions().map(|(id, _)| id).collect();
    for solution in solutions {
        let names: Vec<String> = project
            .workspace()
            .references(solution)
            .map(|r| r.logical_name.value.clone())
            .collect();
        for name in names {
            let new = fresh_reference(&name);
            let (old, fresh) = (
                Component::ConnectionReference(name.clone()),
                Component::ConnectionReference(new.clone()),
            );
            let edits = |project: &Project, from: &str, to: &str| {
                edits::rename::connection_reference(project.workspace(), solution, from, to)
            };
            let change = match edits(&project, &name, &new) {
                Ok(change) => change,
                Err(refusal) => {
                    *count.refused.entry(reason(&refusal.0)).or_default() += 1;
                    continue;
                }
            };
            let places = |project: &Project, component: &Component| -> usize {
                let all = project.workspace().files();
                all.map(|(_, file)| in_facts(&file.facts, component).len()).sum()
            };
            let had = places(&project, &old);
            *count.renamed.entry("connection reference").or_default() += 1;
            count.places += change.files.iter().map(|file| file.edits.len()).sum::<usize>();
            let paths = store(&mut project, &mut files, &change);
            assert!(project.workspace().reference(solution, &new).is_some());
            let moved = places(&project, &fresh);
            assert_eq!(places(&project, &old) + moved, had, "{name}");
            for (rule, found) in all_findings(&project) {
                let known = before.get(rule).copied().unwrap_or(0);
                assert!(
                    found <= known,
                    "{folder:?}: renaming {name} gives {found} {rule} after {known}"
                );
            }
            let back = edits(&project, &new, &name).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            store(&mut project, &mut files, &back);
            for path in paths {
                let read = |files: &MemoryFiles| model::FileSystem::read(files, &path).unwrap();
                assert!(
                    read(&files) == read(&original),
                    "{folder:?}: {name} there and back is not the same in {path}"
                );
            }
        }
    }
    count
}

#[test]
fn every_connection_reference_there_and_back_across_files() {
    let started = Instant::now();
    let count = over_folders(rename_all_references);
    println!(
        "renamed {:?}, {} places, {:?}",
        count.renamed,
        count.places,
        started.elapsed()
    );
    for (why, times) in &count.refused {
        println!("refused {times} times: {why}");
    }
    assert!(count.renames() >= 3 && count.places >= 15, "{} places", count.places);
}

/// What a rename writes in a damaged file is what it writes in the whole one, or it is refused. Only strings that the
/// damage touches may differ: there it changed what the file says.
#[test]
fn damage_refuses_a_rename_or_leaves_it_whole() {
    let files = files_in(&sample());
    let mut project = loaded(&files);
    let mut random = Random::new(11);
    let (mut tried, mut broken, mut done, mut refused) = (0, 0, 0, 0);
    for (file, path) in flows(&project) {
        let bytes = model::FileSystem::read(&files, &path).unwrap();
        let original = syntax::decode(bytes).unwrap().text;
        project.open(&path, original.clone(), false).unwrap();
        let all = names(&view(&project, file));
        for _ in 0..1200 {
            let (kind, name) = random.pick(&all).clone();
            let what = flow_name(kind, &name);
            let places = in_flow(&view(&project, file), what);
            let offset = declaration(&places);
            let Ok(Some(whole)) = ide::rename(&mut project, &files, file, offset, "zq_Fresh_name") else {
                continue;
            };
            let (range, new) = random.edit(&original);
            let damage = Span::new(range.start as u32, range.end as u32);
            let grown = new.len() as i64 - range.len() as i64;
            let shifted = |span: Span| {
                if span.start >= damage.end {
                    span.shifted(grown)
                } else {
                    span
                }
            };
            if places
                .iter()
                .any(|place| place.span.start <= damage.end && damage.start <= place.span.end)
            {
                continue;
            }
            tried += 1;
            project.edit(file, Some(damage), &new);
            project.analyse(file);
            let at = shifted(Span::at(offset)).start;
            let complete = project
                .workspace()
                .file(file)
                .facts
                .flow()
                .is_some_and(|flow| flow.complete);
            broken += usize::from(!complete);
            match ide::rename(&mut project, &files, file, at, "zq_Fresh_name") {
                Ok(None) => {}
                Err(_) => refused += 1,
                Ok(Some(change)) => {
                    done += 1;
                    let spans: Vec<Span> = change.files[0].edits.iter().map(|edit| edit.span).collect();
                    let text = text(&project, file);
                    assert!(
                        syntax::edit::apply(text, &change.files[0].edits).is_some(),
                        "{path}: edits overlap"
                    );
                    for edit in &whole.files[0].edits {
                        let line = |offset: u32| original[..offset as usize].matches('\n').count();
                        let missed = !spans.contains(&shifted(edit.span));
                        // A quote more or less changes what the rest of its line is.
                        let touched = line(damage.start)..=line(damage.end);
                        assert!(
                            !missed || complete || touched.contains(&line(edit.span.start)),
                            "{path}: {name} is left at {edit:?} after {new:?} at {damage:?} for {:?}",
                            &original[range.clone()]
                        );
                    }
                }
            }
            // Questions of any place are answered, whatever the file looks like.
            let anywhere = random.below(text(&project, file).len()) as u32;
            let _ = ide::highlights(&project, file, anywhere);
            let _ = ide::occurrences(&mut project, &files, file, anywhere);
            let _ = ide::definition(&mut project, &files, file, anywhere);
            let _ = ide::prepare_rename(&mut project, &files, file, anywhere);
            project.edit(file, None, &original);
            project.analyse(file);
        }
        project.close(&path, &files);
    }
    println!("{tried} edits, {broken} files broken by them, {done} renames done, {refused} refused");
    assert!(broken > 200 && done > 500, "{tried} {broken} {done} {refused}");
}
