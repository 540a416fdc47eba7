//! `flowsentry rules`.

use std::ffi::OsString;
use std::io;

use lexopt::Arg::{Long, Short};
use model::Profile;
use rules::{RULES, Rule};
use serde::Serialize;

use super::arguments::Arguments;
use super::{Failure, Out, Outcome, help};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

const FORMATS: [(&str, Format); 2] = [("text", Format::Text), ("json", Format::Json)];

/// Every rule, as JSON.
#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    rules: Vec<Entry>,
}

/// One rule.
#[derive(Debug, Serialize)]
struct Entry {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    /// The mildest profile that runs it.
    profile: &'static str,
    category: &'static str,
    /// `none`, `offered` or `safe`.
    fix: &'static str,
    summary: &'static str,
}

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::new(arguments, &["--format", "--help"], help::RULES);
    let mut format = Format::Text;
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return help::print(help::RULES, out),
            Long("format") => format = arguments.choice("--format", &FORMATS)?,
            other => {
                let unexpected = other.into();
                return Err(arguments.unexpected(&unexpected).into());
            }
        }
    }
    let entries: Vec<Entry> = RULES.iter().copied().map(entry).collect();
    match format {
        Format::Text => table(&entries, out)?,
        Format::Json => {
            let text = serde_json::to_string(&Document {
                version: 1,
                rules: entries,
            })
            .map_err(io::Error::other)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(Outcome::Clean)
}

fn entry(rule: &'static Rule) -> Entry {
    Entry {
        rule: rule.id,
        severity: rule.severity.name(),
        confidence: rule.confidence.name(),
        profile: profile_name(rule.profile),
        category: rule.category.name(),
        fix: rule.fix.name(),
        summary: rule.summary,
    }
}

fn table(entries: &[Entry], out: Out<'_>) -> io::Result<()> {
    const HEAD: [&str; 6] = ["rule", "severity", "confidence", "profile", "fix", "finds"];
    let rows = entries
        .iter()
        .map(|e| [e.rule, e.severity, e.confidence, e.profile, e.fix, e.summary]);
    let rows: Vec<[&str; 6]> = std::iter::once(HEAD).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    for row in &rows {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "{cell:width$}  ")?;
        }
        writeln!(out, "{}", row[5])?;
    }
    Ok(())
}

/// A profile's name.
#[must_use]
pub fn profile_name(profile: Profile) -> &'static str {
    Profile::ALL
        .iter()
        .find(|(_, other)| *other == profile)
        .map_or("", |(name, _)| name)
}
