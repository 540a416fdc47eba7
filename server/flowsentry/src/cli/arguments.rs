//! What all commands share in reading their arguments: choices with names, and mistakes with the nearest right word.

use std::ffi::OsString;
use std::fmt;

use expr::did_you_mean;
use lexopt::{Arg, Parser, ValueExt as _};

use super::plain;

/// A mistake on the command line, told with the usage of the command.
#[derive(Debug)]
pub struct Usage {
    message: Option<String>,
    hint: Option<String>,
    help: &'static str,
}

impl Usage {
    /// A mistake in using the command of this help text.
    #[must_use]
    pub fn new(message: impl Into<String>, help: &'static str) -> Self {
        Self {
            message: Some(message.into()),
            hint: None,
            help,
        }
    }

    /// No command at all: the help text itself is the answer.
    #[must_use]
    pub fn bare(help: &'static str) -> Self {
        Self {
            message: None,
            hint: None,
            help,
        }
    }

    /// With the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(message) = &self.message else {
            return f.write_str(self.help.trim_end());
        };
        write!(f, "flowsentry: {message}")?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        let usage = self.help.lines().filter(|line| line.starts_with("Usage:"));
        usage.into_iter().try_for_each(|line| write!(f, "\n{line}"))?;
        f.write_str("\nTry `--help` for all options.")
    }
}

/// The arguments of one command.
#[derive(Debug)]
pub struct Arguments {
    parser: Parser,
    options: &'static [&'static str],
    help: &'static str,
}

impl Arguments {
    /// Arguments of a command that has these long options besides `--help`.
    #[must_use]
    pub fn new(arguments: Vec<OsString>, options: &'static [&'static str], help: &'static str) -> Self {
        Self {
            parser: Parser::from_args(arguments),
            options,
            help,
        }
    }

    /// The next argument.
    ///
    /// # Errors
    /// When an option has a value that it does not take.
    pub fn next(&mut self) -> Result<Option<Arg<'_>>, Usage> {
        let help = self.help;
        self.parser
            .next()
            .map_err(|error| Usage::new(plain::line(&error.to_string()), help))
    }

    /// The value of the option that came last, as a word of a list.
    ///
    /// # Errors
    /// When the value is missing or is none of them.
    pub fn choice<T: Copy>(&mut self, option: &str, choices: &[(&'static str, T)]) -> Result<T, Usage> {
        let value = self
            .value(option)?
            .string()
            .map_err(|_| self.usage(format!("{option} takes a word")))?;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == value) {
            return Ok(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let message = format!("{option} is one of {}, not `{}`", names.join(", "), plain::line(&value));
        Err(match did_you_mean(&value, names) {
            Some(near) => self.usage(message).hint(format!("did you mean `{near}`?")),
            None => self.usage(message),
        })
    }

    /// The value of the option that came last.
    ///
    /// # Errors
    /// When it is missing.
    pub fn value(&mut self, option: &str) -> Result<OsString, Usage> {
        self.parser
            .value()
            .map_err(|_| Usage::new(format!("{option} needs a value"), self.help))
    }

    /// A mistake in these arguments.
    #[must_use]
    pub fn usage(&self, message: impl Into<String>) -> Usage {
        Usage::new(message, self.help)
    }

    /// The mistake that an argument is which the command does not know.
    #[must_use]
    pub fn unexpected(&self, argument: &Unexpected) -> Usage {
        match argument {
            Unexpected::Option(name) => {
                let usage = self.usage(format!("there is no option `{}`", plain::line(name)));
                let near = did_you_mean(name, self.options.iter().copied().chain(["--help"]));
                near.map_or_else(
                    || self.usage(format!("there is no option `{}`", plain::line(name))),
                    |near| usage.hint(format!("did you mean `{near}`?")),
                )
            }
            Unexpected::Value(value) => self.usage(format!("`{}` is one argument too many", plain::line(value))),
        }
    }
}

/// An argument that a command does not know, on its own feet so that the parser is free again.
#[derive(Debug)]
pub enum Unexpected {
    /// An option, with its dashes.
    Option(String),
    /// Anything else.
    Value(String),
}

impl From<Arg<'_>> for Unexpected {
    fn from(argument: Arg<'_>) -> Self {
        match argument {
            Arg::Long(name) => Self::Option(format!("--{name}")),
            Arg::Short(letter) => Self::Option(format!("-{letter}")),
            Arg::Value(value) => Self::Value(value.to_string_lossy().into_owned()),
        }
    }
}
