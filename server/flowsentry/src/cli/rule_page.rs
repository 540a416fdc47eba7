//! `flowsentry explain`.

use std::ffi::OsString;
use std::io;

use expr::did_you_mean;
use lexopt::Arg::{Long, Short, Value};
use rules::{RULES, Rule};

use super::arguments::Arguments;
use super::rule_list::profile_name;
use super::style::{ColorChoice, Style};
use super::{Failure, Out, Outcome, help, plain};

/// Runs the command.
pub fn run(arguments: Vec<OsString>, out: Out<'_>) -> Result<Outcome, Failure> {
    let mut arguments = Arguments::new(arguments, &["--color", "--help"], help::EXPLAIN);
    let mut color = ColorChoice::Auto;
    let mut names: Vec<String> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return help::print(help::EXPLAIN, out),
            Long("color") => color = arguments.choice("--color", &ColorChoice::ALL)?,
            Value(name) => names.push(name.to_string_lossy().into_owned()),
            other => {
                let unexpected = other.into();
                return Err(arguments.unexpected(&unexpected).into());
            }
        }
    }
    let [name] = names.as_slice() else {
        return Err(arguments
            .usage("explain takes the name of one rule")
            .hint("`flowsentry rules` lists them")
            .into());
    };
    let Some(rule) = rules::rule(name) else {
        let usage = arguments.usage(format!("there is no rule `{}`", plain::line(name)));
        let hint = match nearest(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`flowsentry rules` lists them".to_owned(),
        };
        return Err(usage.hint(hint).into());
    };
    page(rule, Style::for_stdout(color), out)?;
    Ok(Outcome::Clean)
}

/// The rule that was probably meant: by its spelling, else the only one that holds the word.
fn nearest(name: &str) -> Option<&'static str> {
    let ids = || RULES.iter().map(|rule| rule.id);
    let lower = name.to_lowercase();
    did_you_mean(name, ids()).or_else(|| {
        let mut holding = ids().filter(|id| lower.len() > 3 && id.contains(&lower));
        holding.next().filter(|_| holding.next().is_none())
    })
}

fn page(rule: &Rule, style: Style, out: Out<'_>) -> io::Result<()> {
    writeln!(
        out,
        "{}: {}",
        style.severity(rule.severity, rule.id),
        style.bold(rule.summary)
    )?;
    writeln!(
        out,
        "severity {}, confidence {}, profile {}, category {}, fix {}",
        rule.severity.name(),
        rule.confidence.name(),
        profile_name(rule.profile),
        rule.category.name(),
        rule.fix.name()
    )?;
    writeln!(out)?;
    let mut fenced = false;
    // A doc comment's lines begin with the space that follows its slashes.
    for line in rule
        .documentation
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
    {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            writeln!(out, "    {line}")?;
        } else if line.starts_with('#') {
            writeln!(out, "{}", style.bold(line.trim_start_matches('#').trim_start()))?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}
