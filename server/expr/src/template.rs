//! The level above expressions: which strings are text, which are expressions, which mix both.

use crate::Span;
use crate::arena::Arena;
use crate::ast::{ExprId, Segment, Template, TemplateKind};
use crate::error::{ErrorCode, ExprError};
use crate::lexer::{Detail, RawError};
use crate::parser::parse_expression;
use crate::{fix, hints};

/// Longest expression the service takes, in characters, without the `@` or the braces.
pub const MAX_EXPRESSION_CHARS: usize = 8192;

/// True when the string holds no expression and no escape, so that its value is the string itself.
pub fn is_plain(text: &str) -> bool {
    text.len() < 2 || !(text.as_bytes()[0] == b'@' || text.contains("@{"))
}

/// Parses a template string (a JSON string, decoded). Never fails: see [`Template::errors`].
/// Offsets in the result are bytes of `text`.
pub fn parse(text: &str) -> Template {
    let mut template = parse_without_fixes(text);
    if !template.errors.is_empty() {
        fix::add_fixes(text, &mut template.errors);
    }
    template
}

/// As [`parse`], but without the search for corrections, which parses again.
pub(crate) fn parse_without_fixes(text: &str) -> Template {
    if is_plain(text) {
        return Template::literal(text.to_owned());
    }
    let bytes = text.as_bytes();
    if bytes[0] == b'@' {
        match bytes[1] {
            b'@' => return Template::literal(text[1..].to_owned()),
            b'{' => {}
            _ => return whole(text),
        }
    }
    interpolation(text)
}

fn whole(text: &str) -> Template {
    let mut arena = Arena::with_capacity(text.len() / 8 + 1);
    let (root, error) = expression(text, 1, text.len(), &mut arena);
    let errors = error.map(|raw| finish(text, 1, 0, raw)).into_iter();
    Template {
        kind: TemplateKind::Expression(root),
        nodes: arena.nodes,
        parents: arena.parents,
        roots: root.into_iter().collect(),
        errors: errors.collect(),
    }
}

fn expression(text: &str, start: usize, end: usize, arena: &mut Arena) -> (Option<ExprId>, Option<RawError>) {
    let mut earlier = None;
    if end - start > MAX_EXPRESSION_CHARS {
        let chars = text[start..end].chars().count();
        if chars > MAX_EXPRESSION_CHARS {
            earlier = Some(RawError {
                code: ErrorCode::LimitExceeded,
                start,
                end,
                detail: Detail::Length(chars),
            });
        }
    }
    parse_expression(text, start, end, earlier, arena)
}

fn interpolation(text: &str) -> Template {
    let bytes = text.as_bytes();
    let mut arena = Arena::default();
    let mut segments = Vec::new();
    let mut roots = Vec::new();
    let mut errors: Vec<ExprError> = Vec::new();
    let mut run = String::new();
    let mut run_start = 0;
    let mut copied = 0;
    let mut expressions = 0;
    let mut at = 0;
    while let Some(offset) = text[at..].find('@') {
        at += offset;
        if bytes[at + 1..].starts_with(b"@{") {
            // `@@{` stands for `@{`: the first sign goes, and what follows is text.
            run.push_str(&text[copied..at]);
            copied = at + 1;
            at += 3;
            continue;
        }
        if bytes.get(at + 1) != Some(&b'{') {
            at += 1;
            continue;
        }
        run.push_str(&text[copied..at]);
        if at > run_start {
            segments.push(Segment::Text {
                text: std::mem::take(&mut run),
                span: Span::new(run_start as u32, at as u32),
            });
        }
        let inner = at + 2;
        let (end, after) = match segment_end(bytes, inner) {
            Some(end) => (end, end + 1),
            None => (text.len(), text.len()),
        };
        let blank = text[inner..end].trim().is_empty();
        let (root, mut error) = expression(text, inner, end, &mut arena);
        let mut base = inner;
        if after == end {
            // Nothing in an open segment can be judged: the missing brace is the error.
            error = Some(RawError {
                code: ErrorCode::InterpolationNotTerminated,
                start: at,
                end: at + 2,
                detail: Detail::Segment,
            });
            base = 0;
        }
        errors.extend(error.map(|raw| finish(text, base, expressions, raw)));
        roots.extend(root);
        segments.push(Segment::Expression {
            expr: root.filter(|_| !blank),
            span: Span::new(at as u32, after as u32),
            inner: Span::new(inner as u32, end as u32),
        });
        expressions += 1;
        at = after;
        copied = at;
        run_start = at;
    }
    run.push_str(&text[copied..]);
    if expressions == 0 {
        return Template::literal(run);
    }
    if run_start < text.len() {
        segments.push(Segment::Text {
            text: run,
            span: Span::new(run_start as u32, text.len() as u32),
        });
    }
    Template {
        kind: TemplateKind::Interpolation(segments),
        nodes: arena.nodes,
        parents: arena.parents,
        roots,
        errors,
    }
}

/// The first `}` outside single quotes. A doubled quote toggles twice, so it needs no care.
fn segment_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut quoted = false;
    for (offset, byte) in bytes[from..].iter().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'}' if !quoted => return Some(from + offset),
            _ => {}
        }
    }
    None
}

fn finish(text: &str, base: usize, segment: u32, raw: RawError) -> ExprError {
    let pos = text[base..raw.start.max(base)].chars().count() as u32;
    ExprError {
        code: raw.code,
        span: Span::new(raw.start as u32, raw.end as u32),
        pos,
        message: hints::message(text, &raw),
        hint: hints::hint(text, &raw),
        fix: None,
        segment,
        detail: raw.detail,
    }
}
