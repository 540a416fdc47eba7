//! Calls against the catalogue.

use crate::Span;
use crate::ast::{NodeKind, Template};
use crate::catalogue::{Function, hint_for_unknown, suggest};
use std::fmt;

/// Something wrong with a call. `Display` gives the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallIssue {
    /// A function that the catalogue does not hold, or holds as undocumented.
    UnknownFunction {
        /// The name as written.
        name: String,
        /// Where the name is (bytes of the template string).
        span: Span,
        /// Known, but in no current documentation: deserves a hint at most.
        undocumented: bool,
        /// A function of nearly that name.
        suggestion: Option<&'static str>,
        /// What to do instead.
        hint: Option<&'static str>,
    },
    /// Too few or too many arguments.
    WrongArgumentCount {
        /// The function called.
        function: &'static Function,
        /// How many arguments there are.
        got: usize,
        /// The name and the parentheses with everything between.
        span: Span,
        /// Fewest arguments.
        min: usize,
        /// Most arguments; `None` for any number.
        max: Option<usize>,
    },
}

impl CallIssue {
    /// Where it is (bytes of the template string).
    pub fn span(&self) -> Span {
        match self {
            CallIssue::UnknownFunction { span, .. } | CallIssue::WrongArgumentCount { span, .. } => *span,
        }
    }
}

impl fmt::Display for CallIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallIssue::UnknownFunction {
                name,
                undocumented: true,
                ..
            } => write!(f, "The function `{name}` is in no current documentation."),
            CallIssue::UnknownFunction {
                name, suggestion, hint, ..
            } => {
                write!(f, "There is no function `{name}`.")?;
                match (hint, suggestion) {
                    (Some(hint), _) => write!(f, " {hint}"),
                    (None, Some(suggestion)) => write!(f, " Did you mean `{suggestion}`?"),
                    (None, None) => Ok(()),
                }
            }
            CallIssue::WrongArgumentCount {
                function,
                got,
                min,
                max,
                ..
            } => {
                write!(f, "`{}` takes ", function.name)?;
                match max {
                    Some(0) => f.write_str("no arguments")?,
                    Some(max) if max == min => write!(f, "{}", counted(*min))?,
                    Some(max) => write!(f, "{min} to {}", counted(*max))?,
                    None => write!(f, "at least {}", counted(*min))?,
                }
                write!(f, ", not {got}: {}.", function.signature())
            }
        }
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}

/// Checks every call of a template, in source order. Calls that hold a syntax error are not counted.
pub fn check_calls(template: &Template) -> Vec<CallIssue> {
    let mut issues = Vec::new();
    for (id, call) in template.calls() {
        let function = call.function;
        if function.is_none_or(|function| function.undocumented) {
            issues.push(CallIssue::UnknownFunction {
                name: call.name.clone(),
                span: call.name_span,
                undocumented: function.is_some(),
                suggestion: if function.is_none() { suggest(&call.name) } else { None },
                hint: hint_for_unknown(&call.name),
            });
        }
        let Some(function) = function else { continue };
        let missing = |id: &_| matches!(template.node(*id).kind, NodeKind::Missing);
        if !call.closed || call.recovered || call.args.iter().any(missing) {
            continue;
        }
        let got = call.args.len();
        if !function.takes(got) {
            issues.push(CallIssue::WrongArgumentCount {
                function,
                got,
                span: template.node(id).span,
                min: function.min_args,
                max: function.max_args,
            });
        }
    }
    issues
}
