//! `flowsentry report`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt as _;
use model::Profile;
use report::{Changes, FindingReport};
use rules::Severity;

use super::arguments::Arguments;
use super::loading::{Loaded, load, named};
use super::report::Report;
use super::{Failure, Out, Outcome, complain, dates, help, plain};
use crate::output;

/// Larger files are no earlier report, in bytes.
const MAX_EARLIER: u64 = 256 << 20;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Html,
    Markdown,
    Json,
}

const FORMATS: [(&str, Format); 3] = [
    ("html", Format::Html),
    ("markdown", Format::Markdown),
    ("json", Format::Json),
];
const OPTIONS: &[&str] = &[
    "--format",
    "--output",
    "--since",
    "--date",
    "--profile",
    "--config",
    "--connections",
    "--help",
];

#[derive(Debug)]
struct Request {
    paths: Vec<OsString>,
    format: Format,
    output: Option<OsString>,
    since: Option<OsString>,
    date: Option<String>,
    profile: Profile,
    configuration: Option<OsString>,
    connections: Vec<OsString>,
}

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    match parse(arguments)? {
        Some(request) => make(&request, out),
        None => help::print(help::REPORT, out),
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Option<Request>, Failure> {
    let mut arguments = Arguments::new(arguments, OPTIONS, help::REPORT);
    let mut request = Request {
        paths: Vec::new(),
        format: Format::Html,
        output: None,
        since: None,
        date: None,
        // A review wants to see what only a review asks for.
        profile: Profile::Auditor,
        configuration: None,
        connections: Vec::new(),
    };
    let mut given = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("format") => request.format = arguments.choice("--format", &FORMATS)?,
            Long("output") => request.output = Some(arguments.value("--output")?),
            Long("since") => request.since = Some(arguments.value("--since")?),
            Long("date") => {
                let value = arguments.value("--date")?.string();
                given = Some(value.map_err(|_| arguments.usage("--date takes a day"))?);
            }
            Long("profile") => request.profile = arguments.choice("--profile", &Profile::ALL)?,
            Long("config") => request.configuration = Some(arguments.value("--config")?),
            Long("connections") => request.connections.push(arguments.value("--connections")?),
            Value(path) => request.paths.push(path),
            other => {
                let unexpected = other.into();
                return Err(arguments.unexpected(&unexpected).into());
            }
        }
    }
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
    let day = dates::day(given.as_deref(), epoch.as_deref());
    request.date = day.map_err(|message| arguments.usage(message))?;
    Ok(Some(request))
}

fn make(request: &Request, out: Out<'_>) -> Result<Outcome, Failure> {
    // A mistake in what was given is told before anything takes time.
    let earlier = request
        .since
        .as_deref()
        .map(|path| earlier(Path::new(path)))
        .transpose()?;
    let loaded = load(
        &request.paths,
        request.configuration.as_ref(),
        &request.connections,
        Some(request.profile),
    )?;
    if loaded.project.stats().solutions == 0 && loaded.project.stats().flows == 0 {
        complain(&format!(
            "flowsentry: nothing to report in {}: no unpacked solution and no cloud flow",
            named(&request.paths)
        ));
        return Ok(Outcome::Nothing);
    }
    let options = report::Options {
        tool: format!("Flow Sentry {}", env!("CARGO_PKG_VERSION")),
        date: request.date.clone(),
    };
    let report = report::build(&loaded.project, findings(&loaded), &options);
    let changes = earlier.map(|earlier| Changes::between(&earlier, &report));
    let text = match request.format {
        Format::Html => report::html(&report, changes.as_ref()),
        Format::Markdown => report::markdown(&report, changes.as_ref()),
        Format::Json => {
            let text = serde_json::to_string(&report).map_err(std::io::Error::other)?;
            plain::json(text) + "\n"
        }
    };
    let Some(path) = &request.output else {
        out.write_all(text.as_bytes())?;
        return Ok(Outcome::Clean);
    };
    let shown = plain::line(&path.to_string_lossy()).into_owned();
    output::write(Path::new(path), text.as_bytes())
        .map_err(|error| Failure::Input(vec![format!("`{shown}` could not be written: {error}")]))?;
    complain(&format!("flowsentry: wrote {shown}"));
    Ok(Outcome::Clean)
}

/// An earlier report.
fn earlier(path: &Path) -> Result<report::Report, Failure> {
    let shown = plain::line(&path.to_string_lossy()).into_owned();
    let wrong = |reason: String| Failure::Input(vec![format!("`{shown}` cannot be compared with: {reason}")]);
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > MAX_EARLIER {
        return Err(wrong(format!("it is larger than {} MiB", MAX_EARLIER >> 20)));
    }
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text in UTF-8".to_owned()))?;
    report::read(&text).map_err(|error| wrong(error.to_string()))
}

fn findings(loaded: &Loaded) -> Vec<FindingReport> {
    let found = Report::new(
        &loaded.project,
        &loaded.scope,
        &loaded.here,
        Severity::Hint,
        loaded.milliseconds,
    );
    found
        .found
        .into_iter()
        .map(|found| FindingReport {
            rule: found.finding.rule.to_owned(),
            category: rules::rule(found.finding.rule).map_or_else(String::new, |rule| rule.category.name().to_owned()),
            severity: found.finding.severity.name().to_owned(),
            confidence: found.finding.confidence.name().to_owned(),
            message: found.finding.message.clone(),
            risk: report::risk_of(found.finding.rule),
            file: found.path,
            line: found.range.0.line,
            flow: found.flow.map(|flow| flow.name),
            fingerprint: found.fingerprint,
        })
        .collect()
}
