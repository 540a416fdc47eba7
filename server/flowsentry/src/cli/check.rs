//! `flowsentry check`.

use std::ffi::OsString;
use std::io::IsTerminal;

use lexopt::Arg::{Long, Short, Value};
use model::files::folder_of;
use model::{Facts, Profile};
use rules::{Project, Severity};

use super::arguments::Arguments;
use super::loading::{Loaded, load, named};
use super::report::{Report, relative};
use super::scope::Scope;
use super::style::{ColorChoice, Style};
use super::{Failure, Out, Outcome, complain, concise, full, help, json, plain};

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Full,
    Concise,
    Json,
}

/// What the command line asks for.
#[derive(Debug)]
struct Request {
    paths: Vec<OsString>,
    format: Format,
    profile: Option<Profile>,
    configuration: Option<OsString>,
    connections: Vec<OsString>,
    least: Severity,
    /// The mildest severity that fails the run.
    fail_on: Option<Severity>,
    color: ColorChoice,
}

const OPTIONS: &[&str] = &[
    "--format",
    "--profile",
    "--config",
    "--connections",
    "--min-severity",
    "--fail-on",
    "--color",
    "--help",
];
const FORMATS: [(&str, Format); 3] = [
    ("full", Format::Full),
    ("concise", Format::Concise),
    ("json", Format::Json),
];
const FAIL_ON: [(&str, Option<Severity>); 5] = [
    ("error", Some(Severity::Error)),
    ("warning", Some(Severity::Warning)),
    ("info", Some(Severity::Info)),
    ("hint", Some(Severity::Hint)),
    ("never", None),
];

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    match parse(arguments)? {
        Some(request) => check(&request, out),
        None => help::print(help::CHECK, out),
    }
}

/// The request, or `None` where help is asked for.
fn parse(arguments: Vec<OsString>) -> Result<Option<Request>, Failure> {
    let mut arguments = Arguments::new(arguments, OPTIONS, help::CHECK);
    let mut request = Request {
        paths: Vec::new(),
        format: Format::Full,
        profile: None,
        configuration: None,
        connections: Vec::new(),
        least: Severity::Hint,
        fail_on: Some(Severity::Warning),
        color: ColorChoice::Auto,
    };
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("format") => request.format = arguments.choice("--format", &FORMATS)?,
            Long("profile") => request.profile = Some(arguments.choice("--profile", &Profile::ALL)?),
            Long("config") => request.configuration = Some(arguments.value("--config")?),
            Long("connections") => request.connections.push(arguments.value("--connections")?),
            Long("min-severity") => request.least = arguments.choice("--min-severity", &Severity::ALL)?,
            Long("fail-on") => request.fail_on = arguments.choice("--fail-on", &FAIL_ON)?,
            Long("color") => request.color = arguments.choice("--color", &ColorChoice::ALL)?,
            Value(path) => request.paths.push(path),
            other => {
                let unexpected = other.into();
                return Err(arguments.unexpected(&unexpected).into());
            }
        }
    }
    Ok(Some(request))
}

fn check(request: &Request, out: Out<'_>) -> Result<Outcome, Failure> {
    let loaded = load(
        &request.paths,
        request.configuration.as_ref(),
        &request.connections,
        request.profile,
    )?;
    let Loaded {
        project,
        scope,
        here,
        milliseconds,
    } = &loaded;
    let report = Report::new(project, scope, here, request.least, *milliseconds);
    let nothing = holds_nothing(project) && report.found.is_empty() && report.hidden == 0;
    if nothing {
        complain(&nothing_found(request));
        // Whoever parses the output gets a document even so.
        if request.format != Format::Json {
            return Ok(Outcome::Nothing);
        }
    }
    warn_of_configurations(project, scope, here);
    let style = Style::for_stdout(request.color);
    match request.format {
        Format::Full => {
            full::print(&report, style, out)?;
            if !report.found.is_empty() && std::io::stdout().is_terminal() {
                let rule = report.found.first().map_or("RULE", |found| found.finding.rule);
                writeln!(
                    out,
                    "Run {} to learn about a rule.",
                    style.bold(&format!("flowsentry explain {rule}"))
                )?;
            }
        }
        Format::Concise => concise::print(&report, style, out)?,
        Format::Json => json::print(&report, out)?,
    }
    let fails = request
        .fail_on
        .is_some_and(|least| report.found.iter().any(|found| found.finding.severity >= least));
    Ok(match (nothing, fails) {
        (true, _) => Outcome::Nothing,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Clean,
    })
}

/// Whether there is no solution, no flow and no settings file in all that was read.
fn holds_nothing(project: &Project) -> bool {
    let stats = project.stats();
    let is_settings = |facts: &Facts| matches!(facts, Facts::Settings(_) | Facts::CustomSettings(_));
    stats.solutions == 0 && stats.flows == 0 && !project.workspace().files().any(|(_, file)| is_settings(&file.facts))
}

fn nothing_found(request: &Request) -> String {
    let place = named(&request.paths);
    format!(
        "flowsentry: nothing to check in {place}: no unpacked solution (Other/Solution.xml, or solution.xml beside \
         customizations.xml), no cloud flow, no deployment settings (what git ignores is not looked at)"
    )
}

/// A broken configuration counts for the named files too, but its own findings are not among theirs.
fn warn_of_configurations(project: &Project, scope: &Scope, here: &str) {
    let workspace = project.workspace();
    let reported = || workspace.files().filter(|(_, file)| scope.reports(&file.path));
    for (id, file) in workspace.files().filter(|(_, file)| !scope.reports(&file.path)) {
        let Some(configuration) = file.facts.configuration() else {
            continue;
        };
        if configuration.issues.is_empty() && project.findings(id).is_empty() {
            continue;
        }
        let folder = folder_of(&file.path);
        let follows = |path: &str| workspace.configuration_of(path).is_some_and(|(home, _)| home == folder);
        if reported().any(|(_, file)| follows(&file.path)) {
            let path = relative(&file.path, here);
            let path = plain::line(&path);
            complain(&format!(
                "flowsentry: the configuration {path} has problems; run `flowsentry check {path}` to see them"
            ));
        }
    }
}
