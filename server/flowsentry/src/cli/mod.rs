//! The command line: which command, what it may print, how it ends.
//!
//! Invariants: results go to stdout through one buffered writer, everything else to stderr; a reader that goes away
//! ends the output and nothing else; text of the workspace is made harmless before a terminal or a build log sees it.

mod arguments;
mod check;
mod concise;
mod dates;
mod excerpt;
mod expressions;
mod fingerprint;
mod full;
mod help;
mod init;
mod json;
mod least_privilege;
mod loading;
mod plain;
mod progress;
mod report;
mod rule_list;
mod rule_page;
mod scope;
mod security_report;
mod style;

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use self::arguments::Usage;

/// How a run ended, and what it says to the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing to complain about.
    Clean,
    /// What was looked for was found.
    Found,
    /// There was nothing to look at.
    Nothing,
    /// The command or its input was wrong, or the program was.
    Failed,
}

impl Outcome {
    fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Failed => 2,
            Self::Nothing => 3,
        }
    }
}

/// Why a command did not come to its end.
#[derive(Debug)]
enum Failure {
    /// The command line was wrong.
    Usage(Usage),
    /// What it names cannot be used; one line each.
    Input(Vec<String>),
    /// The output could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

/// What a command writes its results to.
type Out<'a> = &'a mut dyn Write;

const COMMANDS: [&str; 9] = [
    "check",
    "init",
    "report",
    "privileges",
    "lsp",
    "rules",
    "explain",
    "expr",
    "help",
];

/// Runs the command that the arguments name.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        // Where, and never what: the text of a panic can quote the file that caused it, secrets included.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        complain(&format!("flowsentry: internal error at {place}; please report it"));
    }));
    if arguments.first().is_some_and(|first| first == "lsp") && !wants_help(&arguments) {
        // Clients add options of their own, such as `--stdio`; there is only one way to speak, so none matters.
        return crate::lsp::run();
    }
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| run_command(arguments))).unwrap_or(Outcome::Failed);
    ExitCode::from(outcome.code())
}

fn wants_help(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
}

fn run_command(mut arguments: Vec<OsString>) -> Outcome {
    let command = if arguments.is_empty() {
        OsString::new()
    } else {
        arguments.remove(0)
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let result = dispatch(&command.to_string_lossy(), arguments, &mut out);
    // Whoever closed the pipe has read what it wanted: the outcome stays what it was.
    let flushed = out.flush();
    match (result, flushed) {
        (Ok(outcome), Ok(())) => outcome,
        (Ok(outcome), Err(error)) if is_broken_pipe(&error) => outcome,
        (Err(Failure::Output(error)), _) if is_broken_pipe(&error) => Outcome::Clean,
        (Err(Failure::Output(error)), _) | (Ok(_), Err(error)) => {
            complain(&format!("flowsentry: the output could not be written: {error}"));
            Outcome::Failed
        }
        (Err(Failure::Input(lines)), _) => {
            lines.iter().for_each(|line| complain(&format!("flowsentry: {line}")));
            Outcome::Failed
        }
        (Err(Failure::Usage(usage)), _) => {
            complain(&usage.to_string());
            Outcome::Failed
        }
    }
}

fn dispatch(command: &str, rest: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    match command {
        "check" => check::run(rest, out),
        "init" => init::run(rest, out),
        "report" => security_report::run(rest, out),
        "privileges" => least_privilege::run(rest, out),
        "rules" => rule_list::run(rest, out),
        "explain" => rule_page::run(rest, out),
        "expr" => expressions::run(rest, out),
        "lsp" => help::print(help::LSP, out),
        "help" => help_for(rest.first().map(|name| name.to_string_lossy().into_owned()), out),
        "--help" | "-h" => help::print(help::PROGRAM, out),
        "--version" | "-V" => {
            writeln!(out, "flowsentry {}", env!("CARGO_PKG_VERSION"))?;
            Ok(Outcome::Clean)
        }
        "" => Err(Usage::bare(help::PROGRAM).into()),
        _ => Err(unknown_command(command).into()),
    }
}

fn help_for(topic: Option<String>, out: Out<'_>) -> Result<Outcome, Failure> {
    let Some(topic) = topic else {
        return help::print(help::PROGRAM, out);
    };
    match topic.as_str() {
        "check" => help::print(help::CHECK, out),
        "init" => help::print(help::INIT, out),
        "report" => help::print(help::REPORT, out),
        "privileges" => help::print(help::PRIVILEGES, out),
        "rules" => help::print(help::RULES, out),
        "explain" => help::print(help::EXPLAIN, out),
        "expr" => help::print(help::EXPR, out),
        "lsp" => help::print(help::LSP, out),
        _ => Err(unknown_command(&topic).into()),
    }
}

fn unknown_command(command: &str) -> Usage {
    let shown = plain::line(command);
    let usage = Usage::new(format!("there is no command `{shown}`"), help::PROGRAM);
    if let Some(near) = expr::did_you_mean(command, COMMANDS) {
        return usage.hint(format!("did you mean `{near}`?"));
    }
    if std::path::Path::new(command).exists() {
        return usage.hint(format!("did you mean `flowsentry check {shown}`?"));
    }
    usage
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

/// A line for a person, beside the results. There is nobody to tell when it cannot be written.
fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
