//! The parameters of the call in which the cursor stands.

use std::fmt::Write;

use expr::{Function, Param};
use model::FileId;
use rules::Project;
use syntax::Span;

use crate::cursor::CursorString;
use crate::hover;
use crate::target::open_flow;

/// A function that is being called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The call, with its parameters and its result.
    pub label: String,
    /// What it does: Markdown.
    pub documentation: String,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// Which one the cursor stands at; `None` behind the last one.
    pub active: Option<usize>,
}

/// A parameter of a [`Signature`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Where it stands in the label, in bytes.
    pub span: Span,
    /// What it takes.
    pub documentation: String,
}

/// The innermost call around an offset whose function is known by its name.
#[must_use]
pub fn signature(project: &Project, file: FileId, offset: u32) -> Option<Signature> {
    let flow = open_flow(project, file)?;
    let string = CursorString::at(&flow, offset)?;
    let cursor = expr::cursor(&string.text, string.offset)?;
    let call = cursor.calls.last()?;
    let function = call.function?;
    let mut label = format!("{}(", function.name);
    let mut parameters = Vec::new();
    for param in &function.params {
        if !parameters.is_empty() {
            label.push_str(", ");
        }
        let start = length(&label);
        label.push_str(&param.label());
        parameters.push(Parameter {
            span: Span::new(start, length(&label)),
            documentation: takes(param),
        });
    }
    label.push(')');
    if !function.returns.is_empty() {
        let _ = write!(label, " → {}", function.returns.join(" or "));
    }
    let last = parameters.len().checked_sub(1);
    let repeated = last.filter(|_| function.params.last().is_some_and(|param| param.variadic));
    Some(Signature {
        label,
        documentation: documentation(function),
        active: (call.argument < parameters.len()).then_some(call.argument).or(repeated),
        parameters,
    })
}

/// What a parameter takes.
fn takes(param: &Param) -> String {
    let mut text = param.types.join(" or ");
    if !param.values.is_empty() {
        let _ = write!(text, ": {}", param.values.join(", "));
    }
    if param.time_zone {
        text.push_str(": the name of a time zone as Windows has it, such as `W. Europe Standard Time`");
    }
    text
}

fn documentation(function: &Function) -> String {
    let mut text = hover::plain(&function.description);
    if !function.example.is_empty() {
        let _ = write!(text, "\n\n```\n{}\n```", function.example);
    }
    if let Some(other) = &function.replacement {
        let _ = write!(text, "\n\nUse `{other}` instead.");
    }
    text
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
