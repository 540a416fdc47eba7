//! `--format json`: one document, on one line. This file is the contract.
//!
//! - `version` rises when a field goes or changes its meaning; fields may be added without.
//! - Lines and columns begin at 1; columns count characters (Unicode scalar values). An `end` is the place behind the
//!   last character.
//! - Offsets are bytes of the file as stored, a UTF-8 byte order mark included. For a UTF-16 file they are bytes of its
//!   text in UTF-8, without a mark, and the finding says `"encoding":"utf-16"`.
//! - Paths are told from the working directory, with `/`; absolute where nothing but the root is shared.
//! - A `fingerprint` stays when lines move; `fingerprint.rs` says of what it is made.

use std::io;

use rules::Severity;
use serde::Serialize;
use syntax::Encoding;

use super::Out;
use super::plain;
use super::report::{Found, Place, Report};

/// The document.
#[derive(Debug, Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    summary: Summary,
    findings: Vec<Finding<'a>>,
}

/// What wrote the document.
#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// What was looked at, and how much was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    solutions: usize,
    flows: usize,
    files: usize,
    bytes: u64,
    elapsed_ms: u64,
    findings: Counts,
}

/// Findings in this document, by severity.
#[derive(Debug, Serialize)]
struct Counts {
    error: usize,
    warning: usize,
    info: usize,
    hint: usize,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding<'a> {
    rule: &'static str,
    /// `error`, `warning`, `info` or `hint`.
    severity: &'static str,
    /// `high`, `medium` or `low`.
    confidence: &'static str,
    category: &'static str,
    message: &'a str,
    file: &'a str,
    /// `utf-16`, or absent for UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    range: Range,
    /// Unique name of the solution.
    solution: Option<&'a str>,
    flow: Option<Flow<'a>>,
    /// Names from the outermost container to the action, joined by `/`.
    action: Option<&'a str>,
    fixes: Vec<Fix<'a>>,
    related: Vec<Related<'a>>,
    fingerprint: &'a str,
}

/// A flow.
#[derive(Debug, Serialize)]
struct Flow<'a> {
    /// The workflow's id in lower case, without braces.
    id: Option<String>,
    /// The name people know it by.
    name: &'a str,
}

/// A way to mend a finding.
#[derive(Debug, Serialize)]
struct Fix<'a> {
    title: &'a str,
    /// Whether it keeps the flow's behaviour and may be applied unseen.
    safe: bool,
}

/// The other end of a finding.
#[derive(Debug, Serialize)]
struct Related<'a> {
    message: &'a str,
    file: &'a str,
    range: Range,
}

/// From the first character to behind the last.
#[derive(Debug, Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// A place.
#[derive(Debug, Serialize)]
struct Position {
    line: u32,
    column: u32,
    offset: u32,
}

/// Writes the document.
pub fn print(report: &Report<'_>, out: Out<'_>) -> io::Result<()> {
    let document = Document {
        version: 1,
        tool: Tool {
            name: "flowsentry",
            version: env!("CARGO_PKG_VERSION"),
        },
        summary: Summary {
            solutions: report.totals.solutions,
            flows: report.totals.flows,
            files: report.totals.files,
            bytes: report.totals.bytes,
            elapsed_ms: report.milliseconds,
            findings: Counts {
                error: report.count(Severity::Error),
                warning: report.count(Severity::Warning),
                info: report.count(Severity::Info),
                hint: report.count(Severity::Hint),
            },
        },
        findings: report.found.iter().map(finding).collect(),
    };
    let text = serde_json::to_string(&document).map_err(io::Error::other)?;
    writeln!(out, "{}", plain::json(text))
}

fn finding<'a>(found: &'a Found<'_>) -> Finding<'a> {
    let finding = found.finding;
    Finding {
        rule: finding.rule,
        severity: finding.severity.name(),
        confidence: finding.confidence.name(),
        category: rules::rule(finding.rule).map_or("", |rule| rule.category.name()),
        message: &finding.message,
        file: &found.path,
        encoding: (found.file.encoding != Encoding::Utf8).then_some("utf-16"),
        range: range(found.range),
        solution: found.solution,
        flow: found.flow.as_ref().map(|flow| Flow {
            id: flow.id.map(|id| id.to_string()),
            name: &flow.name,
        }),
        action: finding.action.as_deref(),
        fixes: finding
            .fixes
            .iter()
            .map(|fix| Fix {
                title: &fix.title,
                safe: fix.safe,
            })
            .collect(),
        related: found
            .others
            .iter()
            .map(|other| Related {
                message: other.message,
                file: &other.path,
                range: range(other.range),
            })
            .collect(),
        fingerprint: &found.fingerprint,
    }
}

fn range((start, end): (Place, Place)) -> Range {
    let position = |place: Place| Position {
        line: place.line,
        column: place.column,
        offset: place.offset,
    };
    Range {
        start: position(start),
        end: position(end),
    }
}
