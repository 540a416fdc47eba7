//! Law: after any edits, facts and findings are those of a fresh read of the same files.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use std::collections::BTreeMap;

use model::{FileSystem, MemoryFiles, Profile};
use rules::{Options, Project};
use support::random::Random;
use support::tree::{list, sample};
use syntax::{ColumnUnit, Span};

const ROUNDS: u64 = 40;
const EDITS: usize = 60;

fn sample_files() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    list(&sample(), &mut paths);
    let mut files = BTreeMap::new();
    for path in paths {
        let name = path
            .strip_prefix(sample())
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let text = syntax::decode(std::fs::read(&path).unwrap()).unwrap().text;
        files.insert(format!("/sample/{name}"), text);
    }
    files
}

fn project(files: &BTreeMap<String, String>) -> Project {
    let mut memory = MemoryFiles::default();
    for (path, text) in files {
        memory.insert(path.clone(), text.clone().into_bytes());
    }
    let mut project = Project::new(Options {
        profile: Some(Profile::Auditor),
    });
    project.load(&memory as &(dyn FileSystem + Sync), &[String::new()], &|_| {});
    project
}

/// Everything that is shown of a project: each finding whole, with its places as line and column.
fn shown(project: &Project, files: &BTreeMap<String, String>) -> Vec<String> {
    let text_of = |id| files.get(&*project.workspace().get(id)?.path).cloned();
    let mut all = Vec::new();
    for file in project.files_with_findings() {
        let path = &project.workspace().file(file).path;
        for finding in project.findings(file) {
            let mut finding = finding.clone();
            let start = project.position(file, finding.span.start, ColumnUnit::Utf16);
            let end = project.position(file, finding.span.end, ColumnUnit::Utf16);
            let related: Vec<String> = finding
                .related
                .iter()
                .map(|r| format!("{} {:?} {}", project.workspace().file(r.file).path, r.span, r.message))
                .collect();
            // Ids differ between two projects; what they stand for is compared by path.
            finding.file = model::FileId(0);
            finding.related.clear();
            let fixes: Vec<String> = finding
                .fixes
                .drain(..)
                .map(|fix| {
                    let Ok(edit) = fix.edit(project.workspace(), &text_of) else {
                        return format!("{} cannot be made", fix.title);
                    };
                    let edits: Vec<String> = edit
                        .files
                        .iter()
                        .map(|f| format!("{} {:?}", project.workspace().file(f.file).path, f.edits))
                        .collect();
                    format!("{} {} {edits:?} {:?}", fix.title, fix.safe, edit.new_files)
                })
                .collect();
            all.push(format!("{path} {start:?} {end:?} {finding:?} {related:?} {fixes:?}"));
        }
    }
    all.sort();
    all
}

#[test]
fn findings_after_edits_are_those_of_a_fresh_read() {
    let original = sample_files();
    // A configuration counts when it is saved, and hosts read everything anew then.
    let paths: Vec<&String> = original
        .keys()
        .filter(|path| !path.ends_with(".md") && !path.ends_with("flowsentry.jsonc"))
        .collect();
    let mut compared = 0;
    for seed in 0..ROUNDS {
        let mut random = Random::new(seed + 1);
        let mut files = original.clone();
        let mut live = project(&files);
        // Most edits go to flows, some to every other kind of file.
        let flows: Vec<&String> = paths
            .iter()
            .copied()
            .filter(|path| path.ends_with(".json") && path.contains("Workflows"))
            .collect();
        let path = if seed % 3 == 2 {
            *random.pick(&paths)
        } else {
            *random.pick(&flows)
        };
        let id = live.open(path, files[path].clone(), false).unwrap();
        for step in 0..EDITS {
            // After a while the text is made whole again, so that edits meet valid documents as often as broken ones.
            let text = files.get_mut(path).unwrap();
            if step % 15 == 14 {
                *text = original[path].clone();
                live.edit(id, None, text);
            } else {
                let (range, new) = random.edit(text);
                live.edit(id, Some(Span::new(range.start as u32, range.end as u32)), &new);
                text.replace_range(range, &new);
            }
            live.analyse(id);
            assert_eq!(live.open_file(id).unwrap().document().text(), files[path]);
            let (now, fresh) = (shown(&live, &files), shown(&project(&files), &files));
            assert!(
                now == fresh,
                "seed {seed} step {step} {path}\nafter edits: {now:#?}\nfresh: {fresh:#?}\n{}",
                files[path]
            );
            compared += now.len();
        }
    }
    // The comparison means something only where there is something to compare.
    assert!(compared > 1000, "{compared}");
}

#[test]
fn files_that_come_and_go_leave_what_a_fresh_read_finds() {
    let original = sample_files();
    let mut random = Random::new(77);
    let mut files = original.clone();
    let mut live = project(&files);
    let paths: Vec<String> = original.keys().cloned().collect();
    for step in 0..60 {
        let path = random.pick(&paths).clone();
        if files.remove(&path).is_none() {
            files.insert(path.clone(), original[&path].clone());
        }
        let mut memory = MemoryFiles::default();
        for (path, text) in &files {
            memory.insert(path.clone(), text.clone().into_bytes());
        }
        if path.ends_with("flowsentry.jsonc") {
            // A configuration counts for everything; hosts read the workspace anew.
            live = project(&files);
        } else {
            live.reload(&memory, std::slice::from_ref(&path));
        }
        let (now, fresh) = (shown(&live, &files), shown(&project(&files), &files));
        assert!(now == fresh, "step {step} {path}\nafter: {now:#?}\nfresh: {fresh:#?}");
    }
}
