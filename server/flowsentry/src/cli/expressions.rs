//! `flowsentry expr`: the expression parser and formatter by themselves, for scripts and for the conformance cases.

use std::ffi::OsString;
use std::io::{self, BufRead as _, Read as _};

use lexopt::Arg::{Long, Short, Value};
use serde::Serialize;

use super::arguments::Arguments;
use super::{Failure, Out, Outcome, help, plain};

/// What is printed of one string.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    /// It is valid; its tree, in the form of the conformance cases.
    Valid { valid: bool, ast: serde_json::Value },
    /// It is not; the first error.
    Invalid {
        valid: bool,
        error: &'static str,
        /// In characters, from after `@` or `@{`.
        offset: u32,
        message: String,
    },
}

/// How expressions are written.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// Over several lines.
    Format,
    /// On one line.
    Minify,
}

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::new(arguments, &["--help", "--format", "--minify"], help::EXPR);
    let mut texts: Vec<String> = Vec::new();
    let mut layout = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return help::print(help::EXPR, out),
            Long("format") => layout = Some(Layout::Format),
            Long("minify") => layout = Some(Layout::Minify),
            Value(text) => match text.into_string() {
                Ok(text) => texts.push(text),
                Err(_) => return Err(arguments.usage("an expression must be valid text").into()),
            },
            other => {
                let unexpected = other.into();
                let usage = arguments.unexpected(&unexpected);
                return Err(usage.hint("a text that begins with `-` goes behind `--`").into());
            }
        }
    }
    if let Some(layout) = layout {
        if texts.is_empty() {
            texts.push(whole_input()?);
        }
        return lay_out(&texts, layout, out);
    }
    if texts.is_empty() {
        return lines(out);
    }
    let mut outcome = Outcome::Clean;
    for text in &texts {
        if !write(&parse(text), out)? {
            outcome = Outcome::Found;
        }
    }
    Ok(outcome)
}

/// All of stdin, without the line end that tools put behind a text.
fn whole_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let mut text = String::from_utf8(bytes)
        .map_err(|_| Failure::Input(vec!["stdin: an expression must be valid UTF-8".into()]))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// Prints texts in a layout. They are the caller's own, and another byte would be another expression, so what is in them
/// is printed as it is.
fn lay_out(texts: &[String], layout: Layout, out: Out<'_>) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Clean;
    for text in texts {
        let new = match layout {
            Layout::Format => expr::format_template(text, expr::LINE_WIDTH),
            Layout::Minify => expr::minify_template(text, ", "),
        };
        writeln!(out, "{new}")?;
        if !expr::parse(text).is_valid() {
            outcome = Outcome::Found;
        }
    }
    Ok(outcome)
}

fn lines(out: Out<'_>) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::Clean;
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(outcome);
        }
        match serde_json::from_slice::<String>(&line) {
            Ok(text) => {
                if !write(&parse(&text), out)? && outcome == Outcome::Clean {
                    outcome = Outcome::Found;
                }
            }
            Err(error) => {
                outcome = Outcome::Failed;
                let offset = u32::try_from(error.column().saturating_sub(1)).unwrap_or(u32::MAX);
                let message = format!("The line is not a JSON string: {error}.");
                write(
                    &Answer::Invalid {
                        valid: false,
                        error: "NotAJsonString",
                        offset,
                        message,
                    },
                    out,
                )?;
            }
        }
    }
}

fn parse(text: &str) -> Answer {
    let template = expr::parse(text);
    match (expr::first_error(&template), template.errors().first()) {
        (Some((error, offset)), Some(first)) => Answer::Invalid {
            valid: false,
            error,
            offset,
            message: first.to_string(),
        },
        _ => Answer::Valid {
            valid: true,
            ast: expr::ast_json(&template),
        },
    }
}

/// Writes one line and says whether it is a valid one.
fn write(answer: &Answer, out: Out<'_>) -> io::Result<bool> {
    let text = serde_json::to_string(answer).map_err(io::Error::other)?;
    writeln!(out, "{}", plain::json(text))?;
    Ok(matches!(answer, Answer::Valid { .. }))
}
