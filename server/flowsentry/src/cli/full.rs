//! `--format full`: what a person reads in a terminal. Each finding with its line and what could mend it, then a summary.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use model::{File, FileSystem as _};
use rules::Severity;
use syntax::{LineIndex, Span};

use super::excerpt::{Excerpt, excerpt};
use super::report::{Found, Other, Report};
use super::style::Style;
use super::{Out, plain};
use crate::files::DiskFiles;

/// More ways to mend a finding than this are for the editor to offer.
const FIXES: usize = 3;
/// More other ends than this are no help.
const OTHERS: usize = 5;

/// Writes findings and summary.
pub fn print(report: &Report<'_>, style: Style, out: Out<'_>) -> io::Result<()> {
    let mut texts = Texts {
        secrets: &report.secrets,
        current: None,
    };
    for found in &report.found {
        print_finding(found, &mut texts, style, out)?;
    }
    writeln!(out, "{}", summary(report, style))
}

fn print_finding(found: &Found<'_>, texts: &mut Texts<'_>, style: Style, out: Out<'_>) -> io::Result<()> {
    let finding = found.finding;
    let start = found.range.0;
    let title = format!("{}[{}]", finding.severity.name(), finding.rule);
    let message = plain::line(&finding.message);
    writeln!(
        out,
        "{}: {}",
        style.severity(finding.severity, &title),
        style.bold(&message)
    )?;
    let number = start.line.to_string();
    let gutter = " ".repeat(number.len());
    let place = format!("{}:{}:{}", plain::line(&found.path), start.line, start.column);
    writeln!(out, "{gutter}{} {place}", style.frame("-->"))?;
    let bar = style.frame("|");
    if let Some(excerpt) = texts.excerpt(found) {
        let mark = style.severity(finding.severity, &"^".repeat(excerpt.width));
        writeln!(out, "{gutter} {bar}")?;
        writeln!(out, "{} {bar} {}", style.frame(&number), excerpt.text)?;
        writeln!(out, "{gutter} {bar} {}{mark}", " ".repeat(excerpt.indent))?;
    }
    let equals = style.frame("=");
    if let Some(home) = home(found) {
        writeln!(out, "{gutter} {equals} {home}")?;
    }
    for Other { message, path, range } in found.others.iter().take(OTHERS) {
        // Paths of flows are long; the one above need not be read twice.
        let place = if *path == found.path {
            format!("line {}, column {}", range.0.line, range.0.column)
        } else {
            format!("{}:{}:{}", plain::line(path), range.0.line, range.0.column)
        };
        writeln!(
            out,
            "{gutter} {equals} {} {} ({place})",
            style.bold("note:"),
            plain::line(message)
        )?;
    }
    if found.others.len() > OTHERS {
        writeln!(
            out,
            "{gutter} {equals} {} and {} more places",
            style.bold("note:"),
            found.others.len() - OTHERS
        )?;
    }
    for fix in finding.fixes.iter().take(FIXES) {
        // A safe fix can be left to a machine; any other is advice.
        let word = if fix.safe { "fix:" } else { "help:" };
        writeln!(
            out,
            "{gutter} {equals} {} {}",
            style.help(word),
            plain::line(&fix.title)
        )?;
    }
    writeln!(out)
}

/// Which flow and which action, in a line.
fn home(found: &Found<'_>) -> Option<String> {
    let flow = found
        .flow
        .as_ref()
        .map(|flow| format!("flow \"{}\"", plain::line(&flow.name)));
    let action = found
        .finding
        .action
        .as_deref()
        .map(|action| format!("action {}", plain::line(action)));
    let parts: Vec<String> = flow.into_iter().chain(action).collect();
    (!parts.is_empty()).then(|| format!("in {}", parts.join(", ")))
}

fn summary(report: &Report<'_>, style: Style) -> String {
    let totals = report.totals;
    let seconds = format!(
        "{}.{:02} s",
        report.milliseconds / 1000,
        report.milliseconds % 1000 / 10
    );
    let files = counted(totals.files, "file");
    let place = match (totals.flows, totals.solutions) {
        (0, 0) => format!("{files} ({seconds})"),
        (flows, 0) => format!("{} ({files}, {seconds})", counted(flows, "flow")),
        (0, solutions) => format!("{} ({files}, {seconds})", counted(solutions, "solution")),
        (flows, solutions) => {
            format!(
                "{} of {} ({files}, {seconds})",
                counted(flows, "flow"),
                counted(solutions, "solution")
            )
        }
    };
    let hidden = match report.hidden {
        0 => String::new(),
        n => format!(
            " {} below the asked severity {} not shown.",
            counted(n, "finding"),
            if n == 1 { "is" } else { "are" }
        ),
    };
    if report.found.is_empty() {
        return format!("{} in {place}.{hidden}", style.bold("No findings"));
    }
    let parts = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "info"),
        (Severity::Hint, "hint"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(severity, word)| (severity, report.count(severity), word))
        .filter(|(_, count, _)| *count > 0)
        .map(|(severity, count, word)| {
            let text = if severity == Severity::Info {
                format!("{count} {word}")
            } else {
                counted(count, word)
            };
            style.severity(severity, &text)
        })
        .collect();
    format!("Found {} in {place}.{hidden}", parts.join(", "))
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 {
        format!("1 {word}")
    } else {
        format!("{count} {word}s")
    }
}

/// The text of the file that findings are printed of: the engine lets go of texts, and findings come file by file.
#[derive(Debug)]
struct Texts<'a> {
    secrets: &'a BTreeMap<&'a str, Vec<Span>>,
    current: Option<(Arc<str>, Option<Text>)>,
}

/// A text and where its lines are.
type Text = (String, LineIndex);

impl Texts<'_> {
    /// The line of a finding; `None` where there is nothing to show.
    fn excerpt(&mut self, found: &Found<'_>) -> Option<Excerpt> {
        let span = found.finding.span;
        if span.end == 0 {
            // About the whole file.
            return None;
        }
        if self.current.as_ref().is_none_or(|(path, _)| *path != found.file.path) {
            self.current = Some((Arc::clone(&found.file.path), self.read(found.file)));
        }
        let (text, lines) = self.current.as_ref()?.1.as_ref()?;
        let line = lines.line_span(found.range.0.line - 1);
        let from = |offset: u32| offset.saturating_sub(line.start) as usize;
        let shown = excerpt(text.get(line.range())?, from(span.start)..from(span.end));
        (!shown.text.is_empty()).then_some(shown)
    }

    fn read(&self, file: &File) -> Option<Text> {
        let bytes = DiskFiles::default().read(&file.path).ok()?;
        // The file changed since it was checked: marks would be beside the point, and secrets beside their masks.
        if bytes.len() as u64 != file.bytes {
            return None;
        }
        let text = syntax::decode(bytes).ok()?.text;
        let text = match self.secrets.get(&*file.path) {
            Some(secrets) => masked(text, secrets),
            None => text,
        };
        // And what looks like one, though no rule was asked about it.
        let hits: Vec<Span> = analysis::secrets::scan(&text).iter().map(|hit| hit.span).collect();
        let text = masked(text, &hits);
        let lines = LineIndex::new(&text);
        Some((text, lines))
    }
}

/// The text with what these spans mark made unreadable, byte for byte, its lines kept: build logs are read by many.
fn masked(text: String, secrets: &[Span]) -> String {
    let mut bytes = text.into_bytes();
    for span in secrets {
        let secret = bytes.get_mut(span.range()).into_iter().flatten();
        secret
            .filter(|byte| !matches!(byte, b'\n' | b'\r'))
            .for_each(|byte| *byte = b'*');
    }
    // A span that cuts a character in two, which none does, shows nothing rather than a part of a secret.
    String::from_utf8(bytes).unwrap_or_default()
}
