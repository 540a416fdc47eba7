//! Where a value is due: functions, words, and what the flow has ready.

use expr::types::{Kind, Kinds, Type};
use expr::{Cursor, Function, catalogue};
use syntax::{Span, TextEdit};

use super::names::names;
use super::{At, Frame, doubled, sort};
use crate::completion::{Completion, CompletionKind, Documentation, Next, Part, Snippet};

impl At<'_> {
    /// What can be written where a value is due.
    pub(super) fn values(
        &self,
        cursor: &Cursor,
        word: Span,
        called: bool,
        in_brackets: bool,
        items: &mut Vec<Completion>,
    ) {
        let frame = Frame::new(word, "", "");
        if called {
            return self.functions(frame, true, Kinds::ALL, false, items);
        }
        let call = cursor.calls.last();
        let names_something = !in_brackets && call.and_then(names).is_some();
        let close = self.follows(word.end, ')');
        if names_something {
            let last = call.and_then(|call| call.function?.max_args) == call.map(|call| call.argument + 1);
            let end = if close || !last { "'" } else { "')" };
            self.named(cursor, Frame::new(word, "'", end), items);
        } else if !in_brackets {
            self.choices(cursor, Frame::new(word, "'", "'"), items);
        }
        let wanted = if in_brackets {
            Kinds::of(&[Kind::String, Kind::Integer])
        } else {
            self.wanted(cursor)
        };
        if !names_something && !in_brackets {
            self.words(frame, wanted, items);
            self.ready(frame, wanted, items);
        }
        self.functions(frame, false, wanted, names_something || in_brackets, items);
    }

    /// Expressions to begin with, between two texts.
    pub(super) fn beginnings(&self, span: Span, before: &str, after: &str) -> Vec<Completion> {
        let mut items = Vec::new();
        let frame = Frame::new(span, before, after);
        let wanted = if after.is_empty() {
            self.wanted_whole()
        } else {
            Kinds::ALL
        };
        self.ready(frame, wanted, &mut items);
        self.functions(frame, false, wanted, false, &mut items);
        for item in &mut items {
            // What is typed begins with the sign.
            item.filter = Some(format!("@{}", item.label));
        }
        items
    }

    /// The kinds of values that are taken at the cursor.
    fn wanted(&self, cursor: &Cursor) -> Kinds {
        let Some(call) = cursor.calls.last() else {
            return self.wanted_whole();
        };
        let param = call.function.and_then(|function| function.param_at(call.argument));
        param.map_or(Kinds::ALL, |param| kinds(&param.types))
    }

    /// The kinds of values that the member takes whose whole value the string is.
    fn wanted_whole(&self) -> Kinds {
        let Some(id) = self.reader().filter(|_| self.string.text.get(..2) != Some("@{")) else {
            return Kinds::ALL;
        };
        let action = self.flow.body.action(id);
        let Some(value) = self.flow.tree.value(self.flow.text, action.node) else {
            return Kinds::ALL;
        };
        let is = |path: &[&str]| value.path(path) == Some(self.string.value());
        let list = is(&["foreach"]) && action.is("Foreach")
            || is(&["inputs", "from"]) && ["Select", "Query", "Table", "Join"].iter().any(|kind| action.is(kind));
        let truth = is(&["expression"]) && ["If", "Until"].iter().any(|kind| action.is(kind))
            || is(&["inputs", "where"]) && action.is("Query");
        match (list, truth) {
            (true, _) => Kinds::of(&[Kind::Array]),
            (_, true) => Kinds::of(&[Kind::Boolean]),
            _ => Kinds::ALL,
        }
    }

    /// The few texts that the argument at the cursor can be.
    pub(super) fn choices(&self, cursor: &Cursor, frame: Frame<'_>, items: &mut Vec<Completion>) {
        let Some(call) = cursor.calls.last() else { return };
        let Some(param) = call.function.and_then(|function| function.param_at(call.argument)) else {
            return;
        };
        for (rank, value) in param.values.iter().enumerate() {
            let mut item = self.offer(value, CompletionKind::Word, &doubled(value), frame);
            item.sort = sort('a', rank);
            item.detail = Some(param.name.clone());
            items.push(item);
        }
    }

    fn words(&self, frame: Frame<'_>, wanted: Kinds, items: &mut Vec<Completion>) {
        for (rank, (word, kind)) in [("true", Kind::Boolean), ("false", Kind::Boolean), ("null", Kind::Null)]
            .into_iter()
            .enumerate()
        {
            let mut item = self.offer(word, CompletionKind::Word, word, frame);
            let fits = wanted != Kinds::ALL && wanted.has(kind);
            item.sort = sort(if fits { 'c' } else { 'f' }, rank);
            items.push(item);
        }
    }

    /// Variables, parameters, loops and what ran before, ready to be read.
    fn ready(&self, frame: Frame<'_>, wanted: Kinds, items: &mut Vec<Completion>) {
        let mut push = |function: &str, name: &str, kind: CompletionKind, gives: &Type, detail: String, rank: usize| {
            let text = format!("{function}('{}')", doubled(name));
            let mut item = self.offer(&text, kind, &text, frame);
            item.sort = sort(group(wanted, gives.kinds(), ['b', 'e', 'h']), rank);
            item.detail = Some(detail);
            items.push(item);
        };
        let body = self.flow.body;
        for (rank, id) in self.loops_around("Foreach").enumerate() {
            let gives = self.types.items(id);
            let name = &body.action(id).name.value;
            push("items", name, CompletionKind::Action, &gives, gives.to_string(), rank);
        }
        let ranks = self.ranks();
        for (rank, declared) in body.variables.iter().enumerate() {
            if self.reader().is_some() && ranks.contains_key(&declared.action) {
                let name = &declared.name.value;
                let gives = self.types.variable(name);
                let detail = declared.kind.to_lowercase();
                push("variables", name, CompletionKind::Variable, &gives, detail, 100 + rank);
            }
        }
        for (rank, parameter) in self.flow.summary.parameters.iter().enumerate() {
            let name = &parameter.name.value;
            if !name.starts_with('$') {
                let gives = self.types.parameter(name);
                let detail = self.parameter_detail(parameter);
                push(
                    "parameters",
                    name,
                    CompletionKind::Parameter,
                    &gives,
                    detail,
                    1000 + rank,
                );
            }
        }
        for (id, rank) in &ranks {
            let action = body.action(*id);
            let (function, gives) = if action.is("Compose") {
                ("outputs", self.types.outputs(*id))
            } else if [
                "ParseJson",
                "Query",
                "Select",
                "Table",
                "Join",
                "Http",
                "Workflow",
                "OpenApiConnection",
            ]
            .iter()
            .any(|kind| action.is(kind))
            {
                ("body", self.types.body(*id))
            } else {
                continue;
            };
            let name = &action.name.value;
            push(
                function,
                name,
                CompletionKind::Action,
                &gives,
                gives.to_string(),
                2000 + rank,
            );
        }
    }

    fn functions(&self, frame: Frame<'_>, called: bool, wanted: Kinds, unlikely: bool, items: &mut Vec<Completion>) {
        let span = self.string.source(frame.span);
        for function in catalogue() {
            if !function.availability.power_automate {
                continue;
            }
            let plain = if called { "" } else { "(" };
            let takes_none = !called && function.max_args == Some(0);
            let new_text = match takes_none {
                true => format!("{}{}(){}", frame.before, function.name, frame.after),
                false => format!("{}{}{plain}", frame.before, function.name),
            };
            let mut item = Completion::new(
                &*function.name,
                CompletionKind::Function,
                TextEdit::new(span, new_text),
                crate::completion::Inside::String,
            );
            let rank = 99_999_usize.saturating_sub(function.uses as usize);
            let dated = function.deprecated || function.undocumented;
            item.sort = match (dated, unlikely) {
                (true, _) => sort('z', rank),
                (false, true) => sort('x', rank),
                (false, false) => sort(group(wanted, kinds(&function.returns), ['d', 'e', 'g']), rank),
            };
            item.detail = Some(detail(function));
            item.documentation = Some(Documentation::Function(function));
            if !called && !takes_none {
                item.snippet = Some(call(function, frame));
                item.next = Some(if names_first(function) {
                    Next::Completion
                } else {
                    Next::Signature
                });
            }
            items.push(item);
        }
    }
}

/// The group of something that gives values of these kinds: fits, may fit, does not fit.
fn group(wanted: Kinds, gives: Kinds, [fits, may, not]: [char; 3]) -> char {
    if wanted != Kinds::ALL && gives.within(wanted) {
        fits
    } else if gives.meets(wanted) {
        may
    } else {
        not
    }
}

/// Parameters and result, without the name, which stands before it.
fn detail(function: &Function) -> String {
    let signature = function.signature();
    let parameters = signature.get(function.name.len()..).unwrap_or_default();
    let gives = function.returns.join(" or ");
    match (&function.replacement, function.deprecated) {
        (Some(other), true) => format!("{parameters} → {gives} · use {other}"),
        _ => format!("{parameters} → {gives}"),
    }
}

/// Whether the first argument names something of the flow.
fn names_first(function: &Function) -> bool {
    let reference = function.reference.as_ref();
    reference.is_some_and(|reference| reference.arg_index == Some(0))
}

/// A call with a gap for each argument that it needs.
fn call(function: &Function, frame: Frame<'_>) -> Snippet {
    let text = |text: &str| Part::Text(text.to_owned());
    let mut parts = vec![text(frame.before), text(&function.name)];
    if names_first(function) {
        parts.extend([text("('"), Part::Gap(String::new()), text("'")]);
        for param in function.params.iter().skip(1).filter(|param| !param.optional) {
            parts.extend([text(", "), Part::Gap(param.name.clone())]);
        }
    } else {
        parts.push(text("("));
        // What may be repeated without end is of use with two.
        let needed = function.params.iter().filter(|param| !param.optional || param.variadic);
        let mut first = true;
        for param in needed {
            if !first {
                parts.push(text(", "));
            }
            first = false;
            parts.push(match param.values.as_slice() {
                [] => Part::Gap(param.name.clone()),
                values => Part::Choice(values.iter().map(|value| format!("'{value}'")).collect()),
            });
        }
        if first {
            parts.push(Part::Gap(String::new()));
        }
    }
    parts.extend([text(")"), text(frame.after), Part::End]);
    Snippet(parts)
}

/// The kinds that these names of types stand for.
fn kinds(names: &[String]) -> Kinds {
    names.iter().fold(Kinds::default(), |all, name| {
        all.with(match name.as_str() {
            "null" => Kinds::of(&[Kind::Null]),
            "boolean" => Kinds::of(&[Kind::Boolean]),
            "integer" => Kinds::of(&[Kind::Integer]),
            "float" | "decimal" | "number" => Kinds::of(&[Kind::Integer, Kind::Float]),
            "string" => Kinds::of(&[Kind::String]),
            "binary" => Kinds::of(&[Kind::Binary]),
            "xml" => Kinds::of(&[Kind::Xml]),
            "array" => Kinds::of(&[Kind::Array]),
            "object" => Kinds::of(&[Kind::Object]),
            _ => Kinds::ALL,
        })
    })
}
