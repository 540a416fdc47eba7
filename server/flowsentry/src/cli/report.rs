//! What a run found, in the terms of its readers: paths as they would type them, lines and columns, names of flows.

use std::collections::{BTreeMap, BTreeSet};

use model::files::{folder_of, is_below};
use model::{Facts, File, FileId, Guid};
use rules::{Category, Finding, Project, Severity};
use syntax::{ColumnUnit, Encoding, Span};

use super::fingerprint::Fingerprints;
use super::scope::{Scope, project_of};

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Byte of the file as stored; for UTF-16 files byte of the text in UTF-8.
    pub offset: u32,
}

/// A flow as a finding names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowName {
    /// The workflow's id.
    pub id: Option<Guid>,
    /// The name people know it by.
    pub name: String,
}

/// The other end of a finding.
#[derive(Clone, Debug)]
pub struct Other<'a> {
    /// What stands there.
    pub message: &'a str,
    /// Its file, as the reader would type it.
    pub path: String,
    /// Where it begins and ends.
    pub range: (Place, Place),
}

/// A finding with everything that outputs say of it.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Its file.
    pub file: &'a File,
    /// The file's path, as the reader would type it.
    pub path: String,
    /// Where it begins and ends.
    pub range: (Place, Place),
    /// Unique name of its solution.
    pub solution: Option<&'a str>,
    /// The flow it is about.
    pub flow: Option<FlowName>,
    /// Its other ends.
    pub others: Vec<Other<'a>>,
    /// What it is known by from one run to the next.
    pub fingerprint: String,
}

/// How many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Solutions that the reported files belong to.
    pub solutions: usize,
    /// Cloud flows among the reported files.
    pub flows: usize,
    /// Files that were read and are reported.
    pub files: usize,
    /// Their bytes as stored.
    pub bytes: u64,
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// Findings by path, then place.
    pub found: Vec<Found<'a>>,
    /// Findings too mild to be listed.
    pub hidden: usize,
    /// What was looked at.
    pub totals: Totals,
    /// How long it took.
    pub milliseconds: u64,
    /// What must not be shown of files, by path: the text that findings call a secret, listed or not.
    pub secrets: BTreeMap<&'a str, Vec<Span>>,
}

impl<'a> Report<'a> {
    /// Gathers the findings that the scope reports and that are at least this severe. Paths are told from `here`.
    #[must_use]
    pub fn new(project: &'a Project, scope: &Scope, here: &str, least: Severity, milliseconds: u64) -> Self {
        let mut report = Self {
            found: Vec::new(),
            hidden: 0,
            totals: Totals::default(),
            milliseconds,
            secrets: BTreeMap::new(),
        };
        let mut solutions = BTreeSet::new();
        let mut files: Vec<(FileId, &File)> = project
            .workspace()
            .files()
            .filter(|(_, f)| scope.reports(&f.path))
            .collect();
        files.sort_by(|a, b| a.1.path.cmp(&b.1.path));
        for (id, file) in files {
            report.totals.files += 1;
            report.totals.bytes += file.bytes;
            report.totals.flows += usize::from(file.facts.flow().is_some());
            solutions.extend(file.solution);
            report.add(project, id, file, here, least);
        }
        report.totals.solutions = solutions.len();
        report
    }

    /// How many findings of a severity are listed.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.found
            .iter()
            .filter(|found| found.finding.severity == severity)
            .count()
    }

    fn add(&mut self, project: &'a Project, id: FileId, file: &'a File, here: &str, least: Severity) {
        let mut findings = project.findings(id);
        if findings.is_empty() {
            return;
        }
        findings.sort_by(|a, b| {
            let by_place = (a.span.start, a.span.end).cmp(&(b.span.start, b.span.end));
            by_place
                .then_with(|| b.severity.cmp(&a.severity))
                .then_with(|| (a.rule, &a.message).cmp(&(b.rule, &b.message)))
        });
        let workspace = project.workspace();
        let solution = file.solution.map(|id| workspace.solution(id));
        let manifest = solution
            .and_then(|s| s.manifest)
            .and_then(|id| workspace.file(id).facts.manifest());
        let unique_name = manifest
            .and_then(|m| m.unique_name.as_ref())
            .map(|name| name.value.as_str());
        let flow = flow_of(project, id, file);
        let path = relative(&file.path, here);
        let home = solution.map_or_else(|| project_of(&file.path).unwrap_or(here), |solution| &solution.root);
        let inside = relative(&file.path, home);
        let mut prints = Fingerprints::default();
        for finding in findings {
            let action = finding.action.as_deref().unwrap_or("");
            let fingerprint = prints.next([
                finding.rule,
                unique_name.unwrap_or(""),
                &inside,
                action,
                &finding.subject,
            ]);
            if rules::rule(finding.rule).is_some_and(|rule| rule.category == Category::Secrets) {
                self.secrets.entry(&file.path).or_default().push(finding.span);
            }
            if finding.severity < least {
                self.hidden += 1;
                continue;
            }
            let others = finding.related.iter().filter_map(|other| {
                let there = workspace.get(other.file)?;
                let range = range(project, other.file, there, other.span);
                Some(Other {
                    message: &other.message,
                    path: relative(&there.path, here),
                    range,
                })
            });
            self.found.push(Found {
                finding,
                file,
                path: path.clone(),
                range: range(project, id, file, finding.span),
                solution: unique_name,
                flow: flow.clone(),
                others: others.collect(),
                fingerprint,
            });
        }
    }
}

/// The flow that a file is, or is about.
fn flow_of(project: &Project, id: FileId, file: &File) -> Option<FlowName> {
    let workspace = project.workspace();
    match &file.facts {
        Facts::Flow(flow) => Some(FlowName {
            id: flow.id,
            name: workspace.flow_name(id),
        }),
        Facts::Workflow(workflow) => {
            let id = workflow.id.as_ref().map(|id| id.value);
            let name = workflow.name.as_ref().map(|name| name.value.clone())?;
            Some(FlowName { id, name })
        }
        _ => None,
    }
}

fn range(project: &Project, id: FileId, file: &File, span: Span) -> (Place, Place) {
    // The engine's text has no byte order mark; the stored file does.
    let mark = if file.bom && file.encoding == Encoding::Utf8 {
        3
    } else {
        0
    };
    let place = |offset: u32| {
        let position = project.position(id, offset, ColumnUnit::Chars);
        Place {
            line: position.line + 1,
            column: position.column + 1,
            offset: offset.saturating_add(mark),
        }
    };
    (place(span.start), place(span.end))
}

/// A path as somebody in `here` would type it: below `here` without it, beside it with `../`, else absolute.
#[must_use]
pub fn relative(path: &str, here: &str) -> String {
    if is_below(path, here) {
        let rest = path
            .get(here.trim_end_matches('/').len()..)
            .unwrap_or(path)
            .trim_start_matches('/');
        // A line that begins with `::` is a command to some build agents.
        return if rest.starts_with("::") {
            format!("./{rest}")
        } else {
            rest.to_owned()
        };
    }
    let mut up = String::new();
    let mut base = here;
    loop {
        base = folder_of(base);
        up.push_str("../");
        // What shares no more than the root or the drive with `here` is told in full.
        if base.is_empty() || base.ends_with(':') {
            return path.to_owned();
        }
        if is_below(path, base) {
            return format!("{up}{}", path.get(base.len() + 1..).unwrap_or(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_where_the_reader_is() {
        assert_eq!(relative("/a/b/c.json", "/a/b"), "c.json");
        assert_eq!(relative("/a/x/c.json", "/a/b"), "../x/c.json");
        assert_eq!(relative("/a/x/c.json", "/a/b/d"), "../../x/c.json");
        assert_eq!(relative("/q/c.json", "/a/b"), "/q/c.json");
        assert_eq!(relative("/q/c.json", "/"), "q/c.json");
        assert_eq!(relative("D:/q/c.json", "C:/a"), "D:/q/c.json");
        assert_eq!(relative("/a/::error::x.json", "/a"), "./::error::x.json");
    }
}
