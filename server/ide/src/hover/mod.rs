//! What the editor shows when the cursor rests on something.

mod expression;
mod flow;
mod reach;
mod solution;

use analysis::secrets;
use model::FileId;
use rules::Project;
use syntax::Span;

use crate::target::{TargetKind, open_flow, target_at};

pub(crate) use self::flow::function;

/// What to show, and for which text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// Markdown.
    pub markdown: String,
    /// The text it is about.
    pub span: Span,
}

/// The hover at an offset: what stands there, and the expression around it where it is a long one.
#[must_use]
pub fn hover(project: &Project, file: FileId, offset: u32) -> Option<Hover> {
    let around = expression::formatted(project, file, offset);
    match (named(project, file, offset), around) {
        (Some(mut named), Some(around)) => {
            named.markdown.push_str("\n\n---\n\n");
            named.markdown.push_str(&around.markdown);
            Some(named)
        }
        (named, around) => named.or(around),
    }
}

/// The hover on what has a name.
fn named(project: &Project, file: FileId, offset: u32) -> Option<Hover> {
    let target = target_at(project, file, offset)?;
    let markdown = match &target.kind {
        TargetKind::Function(function) => flow::function(function),
        TargetKind::Action(id) => flow::action(project, file, &open_flow(project, file)?, *id),
        TargetKind::Trigger(index) => flow::trigger(&open_flow(project, file)?, *index)?,
        TargetKind::Variable(name) => flow::variable(&open_flow(project, file)?, name),
        TargetKind::Parameter(name) => flow::parameter(&open_flow(project, file)?, name)?,
        TargetKind::EnvironmentVariable(name) => solution::environment_variable(project, file, name),
        TargetKind::ConnectionKey(index) => solution::connection_key(project, file, *index)?,
        TargetKind::ConnectionReference(name) => solution::connection_reference(project, file, name),
        TargetKind::Flow(id) => solution::flow(project, file, *id),
        TargetKind::Table(table) => reach::table(project, table),
        TargetKind::Column(table, name) => reach::column(project, table.as_ref(), name),
        TargetKind::Account(name) => reach::account(project, name)?,
        TargetKind::Accounts(pattern) => reach::accounts(project, pattern),
    };
    Some(Hover {
        markdown,
        span: target.span,
    })
}

/// Text as it is, inside Markdown code; secrets go before signs of Markdown hide them.
fn code(text: &str) -> String {
    let text = &*secrets::masked(text);
    // A backtick cannot be escaped inside code; longer fences hold it.
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// Text as it is, inside Markdown prose.
pub(crate) fn plain(text: &str) -> String {
    let text = &*secrets::masked(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}

/// At most `limit` characters of a text. Secrets go before it is cut: what is left of one would not be known for one.
fn shortened(text: &str, limit: usize) -> String {
    let text = &*secrets::masked(text);
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
