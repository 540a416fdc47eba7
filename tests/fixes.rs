//! The law of fixes over whole solutions: applied alone, a fix leaves files that parse, takes its finding away, and adds none
//! as bad. The sample always, real ones where `FLOWSENTRY_CORPUS` names a folder.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::{FileId, FileSystem, MemoryFiles, Profile};
use rules::{Finding, Options, Project, Severity};
use support::tree::{list, sample};

/// So many fixes of each rule are tried in all real solutions together: enough to meet many shapes, and soon done.
const EACH: usize = 6;
/// So many of them in one solution, so that they are of several.
const EACH_IN_ONE: usize = 2;

/// Fixes that bring another finding to light, which is mended in turn: who takes the last key away by which a flow could use
/// a connection reference is told that nothing uses that reference.
const FOLLOWS: [(&str, &str); 1] = [("connection-key-unused", "connection-reference-unused")];

type Texts = BTreeMap<String, String>;

/// The files of a folder that the engine reads, as text.
fn texts(folder: &Path) -> Texts {
    let mut paths = Vec::new();
    list(folder, &mut paths);
    let mut texts = Texts::new();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
        if let Ok(source) = syntax::decode(std::fs::read(&path).unwrap()) {
            texts.insert(format!("/{name}"), source.text);
        }
    }
    texts
}

fn project(texts: &Texts) -> Project {
    let mut files = MemoryFiles::default();
    for (path, text) in texts {
        files.insert(path.clone(), text.clone().into_bytes());
    }
    let mut project = Project::new(Options {
        profile: Some(Profile::Auditor),
    });
    project.load(&files as &(dyn FileSystem + Sync), &[String::new()], &|_| {});
    project
}

fn all(project: &Project) -> Vec<(String, &Finding)> {
    let mut all = Vec::new();
    for file in project.files_with_findings() {
        let path = project.workspace().file(file).path.to_string();
        all.extend(
            project
                .findings(file)
                .into_iter()
                .map(|finding| (path.clone(), finding)),
        );
    }
    all.sort_by(|a, b| (&a.0, a.1.span, a.1.rule).cmp(&(&b.0, b.1.span, b.1.rule)));
    all
}

/// How many findings of each rule and severity there are: places move, and messages tell other names after a rename.
fn counts(found: &[(String, &Finding)]) -> BTreeMap<(&'static str, Severity), usize> {
    let mut counts = BTreeMap::new();
    for (_, finding) in found {
        *counts.entry((finding.rule, finding.severity)).or_default() += 1;
    }
    counts
}

/// Whether a text is whole, as far as its kind can be judged by its name.
fn parses(path: &str, text: &str) -> bool {
    if path.ends_with(".json") {
        serde_json::from_str::<serde_json::Value>(text).is_ok()
    } else if path.ends_with(".xml") {
        !syntax::xml::Tree::parse(text).is_broken()
    } else {
        true
    }
}

fn ends(text: &str) -> (bool, bool) {
    (text.contains("\r\n"), text.replace("\r\n", "").contains('\n'))
}

/// Tries the fixes of a folder's findings; what breaks the law is put into `broken`.
fn try_fixes(folder: &Path, tried: &mut BTreeMap<&'static str, usize>, each: usize, broken: &mut Vec<String>) {
    let before_texts = texts(folder);
    let project_before = project(&before_texts);
    let workspace = project_before.workspace();
    let before = all(&project_before);
    let before_counts = counts(&before);
    let text_of = |id: FileId| before_texts.get(&*workspace.get(id)?.path).cloned();
    let mut here: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (path, finding) in &before {
        for fix in &finding.fixes {
            let (own, total) = (
                here.entry(finding.rule).or_default(),
                tried.entry(finding.rule).or_default(),
            );
            if *total >= each || *own >= EACH_IN_ONE.max(each / 3) {
                continue;
            }
            // A fix that is worked out may turn out not to be possible; people see the reason then.
            let Ok(edit) = fix.edit(workspace, &text_of) else {
                continue;
            };
            *own += 1;
            *total += 1;
            let mut tell = |what: String| {
                broken.push(format!(
                    "{}{path}: {} ({}) {what}",
                    folder.display(),
                    fix.title,
                    finding.rule
                ));
            };
            let Some(changed) = edit.apply(workspace, |path| before_texts.get(path).cloned()) else {
                tell("has edits that overlap".to_owned());
                continue;
            };
            for (path, text) in &changed {
                let old = before_texts.get(path);
                if old.is_none_or(|old| parses(path, old)) && !parses(path, text) {
                    tell(format!("leaves {path} broken"));
                }
                if let Some(old) = old.filter(|old| ends(old) != (false, false))
                    && ends(old) != ends(text)
                    && edit.convert_to_utf8.is_empty()
                {
                    tell(format!("changes the line ends of {path}"));
                }
            }
            let mut after_texts = before_texts.clone();
            after_texts.extend(changed);
            for gone in edit.gone_paths(workspace) {
                after_texts.remove(gone);
            }
            let project_after = project(&after_texts);
            let after = all(&project_after);
            let after_counts = counts(&after);
            let count = |counts: &BTreeMap<_, usize>, rule| counts.get(&rule).copied().unwrap_or(0);
            let own_rule = (finding.rule, finding.severity);
            if count(&after_counts, own_rule) >= count(&before_counts, own_rule) {
                tell("leaves its finding".to_owned());
            }
            for (rule, now) in after_counts
                .iter()
                .filter(|((_, severity), _)| *severity >= finding.severity)
            {
                if *now > count(&before_counts, *rule) && !FOLLOWS.contains(&(finding.rule, rule.0)) {
                    let mut of = after.iter().filter(|(_, new)| new.rule == rule.0);
                    let new = of.next_back().map(|(path, new)| format!("{path}: {}", new.message));
                    tell(format!(
                        "adds {} of {} in {}",
                        now - count(&before_counts, *rule),
                        rule.0,
                        new.unwrap()
                    ));
                }
            }
        }
    }
}

#[test]
fn fixes_of_the_sample_keep_the_law() {
    let (mut tried, mut broken) = (BTreeMap::new(), Vec::new());
    let company = sample().with_file_name("brightwater").join("flawed");
    for folder in [sample(), company] {
        try_fixes(&folder, &mut tried, usize::MAX, &mut broken);
    }
    println!("{tried:?}");
    assert!(tried.len() >= 10, "{tried:?}");
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn fixes_of_real_solutions_keep_the_law() {
    let Some(corpus) = std::env::var_os("FLOWSENTRY_CORPUS") else {
        println!("skipped: FLOWSENTRY_CORPUS is not set");
        return;
    };
    let entries = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    let (mut tried, mut broken) = (BTreeMap::new(), Vec::new());
    for folder in folders {
        try_fixes(&folder, &mut tried, EACH, &mut broken);
    }
    println!("fixes tried: {tried:?}");
    assert!(broken.is_empty(), "{} of {tried:?}: {broken:#?}", broken.len());
}
