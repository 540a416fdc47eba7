//! What can be written inside expressions.
//!
//! The place comes from the text before the cursor (`expr::cursor`), what it offers from the flow around: names from its
//! actions and their order, properties from types and from what else is read of the same value.

mod accesses;
mod columns;
mod names;
mod properties;
mod values;

use std::cell::OnceCell;

use analysis::order::Order;
use analysis::types::{FlowTypes, Place, TypeMemory};
use expr::types::{Inference, Type};
use expr::{Cursor, CursorPlace, LiteralRole};
use model::FileId;
use model::flow::{ActionId, FlowView, Owner};
use rules::Project;
use syntax::{Span, TextEdit};

use self::columns::WorkspaceColumns;
use super::{Completion, CompletionKind, Completions, Inside};
use crate::cursor::CursorString;
use crate::target::open_flow;

/// What can be written at an offset; `None` where no expression stands there.
pub fn completions(project: &Project, file: FileId, offset: u32, typed: Option<char>) -> Option<Completions> {
    let flow = open_flow(project, file)?;
    let string = CursorString::at(&flow, offset)?;
    let at = expr::cursor(&string.text, string.offset);
    let (memory, columns) = (TypeMemory::default(), WorkspaceColumns::new(project));
    let place = At::new(project, file, flow, &string, (&memory, &columns));
    // Editors close their list at a space, also at the one behind a comma.
    let behind = |space: char| {
        let before = string.text.get(..string.offset as usize).unwrap_or_default();
        space != ' ' || before.trim_end().ends_with([',', '('])
    };
    let items = match at {
        Some(_) if typed.is_some_and(|typed| !behind(typed)) => Vec::new(),
        Some(cursor) => place.in_expression(&cursor),
        // A sign in the middle of a text may become an expression there.
        None if typed.is_none_or(|typed| typed == '@') => {
            let before = string.text.get(..string.offset as usize)?;
            let sign = before.strip_suffix('@').filter(|before| !before.ends_with('@'))?;
            let begins = u32::try_from(sign.len()).ok()?;
            place.beginnings(Span::new(begins, string.offset), "@{", "}")
        }
        None => return None,
    };
    Some(Completions {
        items,
        is_incomplete: false,
    })
}

/// Expressions to begin an empty text with, where the service evaluates it.
pub fn beginnings(project: &Project, file: FileId, offset: u32) -> Completions {
    let found = open_flow(project, file).and_then(|flow| {
        let string = CursorString::at(&flow, offset).filter(|string| string.text.is_empty())?;
        let (memory, columns) = (TypeMemory::default(), WorkspaceColumns::new(project));
        Some(At::new(project, file, flow, &string, (&memory, &columns)).beginnings(Span::at(0), "@", ""))
    });
    Completions {
        items: found.unwrap_or_default(),
        is_incomplete: false,
    }
}

/// A place in the string of a flow, and what is known around it.
struct At<'a> {
    project: &'a Project,
    file: FileId,
    flow: FlowView<'a>,
    string: &'a CursorString<'a>,
    types: FlowTypes<'a>,
    place: Place<'a>,
    order: OnceCell<Order>,
}

/// A text that is written at the place: what it replaces, and what is put around it.
#[derive(Clone, Copy, Debug)]
struct Frame<'t> {
    /// What is replaced, in the decoded string.
    span: Span,
    before: &'t str,
    after: &'t str,
}

impl<'t> Frame<'t> {
    fn new(span: Span, before: &'t str, after: &'t str) -> Self {
        Self { span, before, after }
    }
}

impl<'a> At<'a> {
    fn new(
        project: &'a Project,
        file: FileId,
        flow: FlowView<'a>,
        string: &'a CursorString<'a>,
        (memory, columns): (&'a TypeMemory, &'a WorkspaceColumns<'a>),
    ) -> Self {
        let types = FlowTypes::new(flow, memory).with_columns(columns);
        Self {
            project,
            file,
            flow,
            string,
            types,
            place: types.place(string.owner, string.node()),
            order: OnceCell::new(),
        }
    }

    fn in_expression(&self, cursor: &Cursor) -> Vec<Completion> {
        match &cursor.place {
            CursorPlace::Value { word, called, of } => {
                let mut items = Vec::new();
                if let Some(base) = of {
                    let close = if self.follows(word.end, ']') { "'" } else { "']" };
                    items = self.properties(*base, None, Frame::new(*word, "'", close));
                }
                self.values(cursor, *word, *called, of.is_some(), &mut items);
                items
            }
            CursorPlace::Literal {
                content,
                closed,
                ended,
                role,
            } => {
                // What is missing behind the text is written along with it.
                let end = |bracket: &'static str| match (closed, ended) {
                    (true, _) => "",
                    (false, true) => "'",
                    (false, false) => bracket,
                };
                match role {
                    LiteralRole::Key(base) => {
                        let upto = Span::new(content.start, self.string.offset);
                        self.properties(
                            *base,
                            Some(upto.slice(&self.string.text)),
                            Frame::new(*content, "", end("']")),
                        )
                    }
                    LiteralRole::Argument => {
                        let call = cursor.calls.last();
                        let last = call.and_then(|call| call.function).is_some_and(|function| {
                            function.max_args == Some(call.map_or(0, |call| call.argument) + 1)
                        });
                        let frame = Frame::new(*content, "", end(if last { "')" } else { "'" }));
                        let mut items = Vec::new();
                        self.named(cursor, frame, &mut items);
                        self.choices(cursor, frame, &mut items);
                        items
                    }
                    LiteralRole::Other => Vec::new(),
                }
            }
            CursorPlace::Property { name, of } => {
                let mut items = self.properties(*of, None, Frame::new(*name, "", ""));
                items.retain(|item| is_word(&item.label));
                items
            }
            CursorPlace::Accessor { sign, of } => self.properties(*of, None, Frame::new(*sign, "?['", "']")),
            CursorPlace::Nothing => Vec::new(),
        }
    }

    /// Whether a character follows, white space aside.
    fn follows(&self, offset: u32, sign: char) -> bool {
        let rest = self.string.text.get(offset as usize..).unwrap_or_default();
        rest.trim_start().starts_with(sign)
    }

    /// The action in which the cursor stands.
    fn reader(&self) -> Option<ActionId> {
        match self.string.owner {
            Owner::Action(id) => Some(id),
            _ => None,
        }
    }

    fn order(&self) -> &Order {
        self.order.get_or_init(|| Order::new(&self.flow))
    }

    /// The type of a piece of source.
    fn type_of(&self, source: &str) -> Type {
        let template = expr::parse(&format!("@{source}"));
        Inference::new(&template, &self.place).whole()
    }

    /// An offer of a text in a frame.
    fn offer(&self, label: &str, kind: CompletionKind, text: &str, frame: Frame<'_>) -> Completion {
        let new_text = format!("{}{text}{}", frame.before, frame.after);
        let edit = TextEdit::new(self.string.source(frame.span), new_text);
        Completion::new(label, kind, edit, Inside::String)
    }
}

/// A text inside single quotes.
fn doubled(text: &str) -> String {
    text.replace('\'', "''")
}

/// Whether a name can stand behind a dot.
fn is_word(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'))
}

/// A place among offers: first by group, then by number.
fn sort(group: char, rank: usize) -> String {
    format!("{group}{:05}", rank.min(99_999))
}
