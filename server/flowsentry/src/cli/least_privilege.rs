//! `flowsentry privileges`.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short, Value};

use super::arguments::Arguments;
use super::loading::{load, named};
use super::{Failure, Out, Outcome, complain, help, plain};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Markdown,
    Json,
}

const FORMATS: [(&str, Format); 2] = [("markdown", Format::Markdown), ("json", Format::Json)];
const OPTIONS: &[&str] = &["--format", "--config", "--connections", "--help"];

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::new(arguments, OPTIONS, help::PRIVILEGES);
    let (mut paths, mut configuration, mut connections) = (Vec::new(), None, Vec::new());
    let mut format = Format::Markdown;
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return help::print(help::PRIVILEGES, out),
            Long("format") => format = arguments.choice("--format", &FORMATS)?,
            Long("config") => configuration = Some(arguments.value("--config")?),
            Long("connections") => connections.push(arguments.value("--connections")?),
            Value(path) => paths.push(path),
            other => {
                let unexpected = other.into();
                return Err(arguments.unexpected(&unexpected).into());
            }
        }
    }
    let loaded = load(&paths, configuration.as_ref(), &connections, None)?;
    let nothing = loaded.project.stats().flows == 0;
    if nothing {
        complain(&format!(
            "flowsentry: nothing to derive from in {}: no cloud flow",
            named(&paths)
        ));
        // Whoever parses the output gets a document even so.
        if format == Format::Markdown {
            return Ok(Outcome::Nothing);
        }
    }
    let privileges = report::privileges(&loaded.project);
    match format {
        Format::Markdown => out.write_all(report::privileges_markdown(&privileges).as_bytes())?,
        Format::Json => {
            let document = serde_json::json!({"version": report::VERSION, "privileges": privileges});
            writeln!(out, "{}", plain::json(document.to_string()))?;
        }
    }
    Ok(if nothing { Outcome::Nothing } else { Outcome::Clean })
}
