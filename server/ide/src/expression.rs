//! One expression of a flow as a text of its own: taken out over several lines, and put back on one.
//!
//! An expression is known by its [`Place`], which does not change when text elsewhere does. What is put back must fit
//! what it was taken from: [`Expression::base`] is the string as it was then, and where the flow has another one by
//! now, nothing is written.

use expr::{Segment, TemplateKind};
use model::FileId;
use rules::Project;
use syntax::json::{NodeId, Tree, Value, quote};
use syntax::{Span, TextEdit};

use crate::target::{OpenFlow, open_flow};

/// Where an expression stands in its flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The string, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Which `@{…}` of the string, counted from 0; `None` where the whole string is the expression.
    pub segment: Option<u32>,
}

/// An expression taken out of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Where it stands.
    pub place: Place,
    /// Its source over several lines, without `@` or braces.
    pub text: String,
    /// What it is part of, for people: the step and the input.
    pub title: String,
    /// The whole string as it is now, decoded.
    pub base: String,
    /// The expression's bytes in the flow, without `@` or braces.
    pub span: Span,
}

/// Why an expression cannot be taken out or put back, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

fn refused<T>(why: &str) -> Result<T, Refusal> {
    Err(Refusal(why.to_owned()))
}

/// The expression at an offset of an open flow. In text between several, the next one is meant.
pub fn expression_at(project: &Project, file: FileId, offset: u32) -> Result<Expression, Refusal> {
    const NONE: &str = "There is no expression here. Place the cursor in a text that begins with @ or holds @{…}.";
    let Some(flow) = open_flow(project, file) else {
        return refused("Expressions are edited in flows; this file is none.");
    };
    // A cursor behind the closing quote still belongs to the string before it.
    let site = flow.body.strings.iter().find(|site| site.span.touches(offset));
    let Some(site) = site.filter(|site| site.info.template.has_expressions()) else {
        return refused(NONE);
    };
    if site.is_key {
        return refused("Names of members are edited in the flow itself.");
    }
    let Some(value) = flow.tree.value(flow.text, site.node) else {
        return refused(NONE);
    };
    let decoded = value.decoded_offset(offset);
    let segment = match &site.info.template.kind {
        TemplateKind::Interpolation(segments) => {
            let spans = expressions(segments).map(|(span, _)| span);
            let passed = spans.take_while(|span| span.end < decoded).count();
            Some(passed.min(expressions(segments).count().saturating_sub(1)))
        }
        _ => None,
    };
    let place = Place {
        pointer: pointer(flow.tree, flow.text, value.span().start),
        segment: segment.and_then(|at| u32::try_from(at).ok()),
    };
    expression(project, file, &place)
}

/// The expression at a place of an open flow.
pub fn expression(project: &Project, file: FileId, place: &Place) -> Result<Expression, Refusal> {
    let Some(flow) = open_flow(project, file) else {
        return refused("The flow cannot be read any more.");
    };
    let (value, base) = string(&flow, place)?;
    let inner = inner(&base, place)?;
    Ok(Expression {
        text: expr::format(inner.slice(&base), expr::LINE_WIDTH),
        title: title(&flow, value),
        span: value.source_span(inner),
        place: place.clone(),
        base,
    })
}

/// The text of an expression, as people write it, over several lines: with or without the sign before it.
#[must_use]
pub fn laid_out(text: &str) -> String {
    if text.starts_with('@') {
        expr::format_template(text, expr::LINE_WIDTH)
    } else {
        expr::format(text, expr::LINE_WIDTH)
    }
}

/// A change of an expression, and the string it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The edit of the flow; `None` where nothing but white space changed.
    pub edit: Option<TextEdit>,
    /// The string afterwards, decoded.
    pub base: String,
}

/// Puts an expression back: on one line, in the layout of the one it replaces.
///
/// # Errors
/// Where the flow's string is not `base` any more, or where the text would change what stands around the expression.
pub fn replace(project: &Project, file: FileId, place: &Place, base: &str, text: &str) -> Result<Change, Refusal> {
    let Some(flow) = open_flow(project, file) else {
        return refused("The flow cannot be read any more. Nothing was written.");
    };
    let (value, now) = string(&flow, place)?;
    if now != base {
        return refused(
            "The expression was changed in the flow since it was opened here. Nothing was written: copy your text, revert this editor to see the change, and edit again.",
        );
    }
    let inner = inner(base, place)?;
    let old = inner.slice(base);
    let text = bare(text);
    if expr::minify(old, ", ") == expr::minify(text, ", ") {
        return Ok(Change { edit: None, base: now });
    }
    let new = compose(base, place, inner, &expr::minify(text, expr::comma_style(old)))?;
    Ok(Change {
        edit: Some(TextEdit::new(value.span(), quote(&new))),
        base: new,
    })
}

/// The string with another expression in place of its own. What stands around it must stay what it was: a stray quote
/// or brace could swallow it.
fn compose(base: &str, place: &Place, inner: Span, text: &str) -> Result<String, Refusal> {
    if place.segment.is_none() {
        // A lone sign is text; without an expression, the string is empty.
        if text.is_empty() {
            return Ok(String::new());
        }
        if text.starts_with(['@', '{']) {
            return refused("An expression cannot begin with @ or a brace. Nothing was written.");
        }
        return Ok(format!("@{text}"));
    }
    let mut new = base.to_owned();
    new.replace_range(inner.range(), text);
    if keeps_surroundings(base, &new, place) {
        Ok(new)
    } else {
        refused(
            "The text is not closed: a quote or a brace in it would swallow what follows the expression in the flow. Nothing was written.",
        )
    }
}

/// Whether a string with another expression at a place is the same around it.
fn keeps_surroundings(base: &str, new: &str, place: &Place) -> bool {
    let around = |string: &str| -> Vec<String> {
        let template = expr::parse(string);
        let TemplateKind::Interpolation(segments) = &template.kind else {
            return Vec::new();
        };
        // Text and expressions in turn, beginning and ending with text.
        let mut parts = vec![String::new()];
        for segment in segments {
            match segment {
                Segment::Text { span, .. } => {
                    if let Some(last) = parts.last_mut() {
                        last.push_str(span.slice(string));
                    }
                }
                Segment::Expression { inner, .. } => {
                    let own = place.segment == u32::try_from(parts.len() / 2).ok();
                    parts.push(if own {
                        String::new()
                    } else {
                        inner.slice(string).to_owned()
                    });
                    parts.push(String::new());
                }
            }
        }
        parts
    };
    around(base) == around(new)
}

/// The source without the signs that people copy along: `@` before it, `@{` and `}` around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix("@{").and_then(|rest| rest.strip_suffix('}')) {
        return inner;
    }
    text.strip_prefix('@').unwrap_or(text)
}

/// The string of a place, and its text.
fn string<'a>(flow: &OpenFlow<'a>, place: &Place) -> Result<(Value<'a>, String), Refusal> {
    const GONE: &str = "The expression is no longer at its place in the flow: the step was renamed, moved or deleted. Nothing was written; open the expression again from the flow.";
    let Some(value) = resolve(flow.tree, flow.text, &place.pointer) else {
        return refused(GONE);
    };
    match value.as_str() {
        Some(text) if value.is_closed() => Ok((value, text.into_owned())),
        _ => refused(GONE),
    }
}

/// The expression's part of its string.
fn inner(base: &str, place: &Place) -> Result<Span, Refusal> {
    const OTHER: &str = "The text in the flow is no longer an expression of this kind. Nothing was written; open the expression again from the flow.";
    let template = expr::parse(base);
    let found = match (&template.kind, place.segment) {
        (TemplateKind::Expression(_), None) => Some(Span::new(1, length(base))),
        // What was emptied can be filled again.
        (TemplateKind::Literal(text), None) if text.is_empty() => Some(Span::at(0)),
        (TemplateKind::Interpolation(segments), Some(wanted)) => {
            expressions(segments).nth(wanted as usize).map(|(_, inner)| inner)
        }
        _ => None,
    };
    found.map_or_else(|| refused(OTHER), Ok)
}

/// Each `@{…}`: with and without its braces.
fn expressions(segments: &[Segment]) -> impl Iterator<Item = (Span, Span)> + '_ {
    segments.iter().filter_map(|segment| match segment {
        Segment::Expression { span, inner, .. } => Some((*span, *inner)),
        Segment::Text { .. } => None,
    })
}

/// Step and input, as far as both are there.
fn title(flow: &OpenFlow<'_>, value: Value<'_>) -> String {
    let at = value.span().start;
    let step = flow
        .body
        .action_at(at)
        .map(|id| flow.body.action(id).title())
        .or_else(|| {
            let trigger = flow.body.triggers.iter().find(|trigger| trigger.span.contains(at))?;
            Some(trigger.name.value.replace('_', " "))
        });
    let path = flow.tree.path_at(flow.text, at);
    let member = path.iter().rev().skip(1).find_map(|container| {
        let member = container
            .members()
            .find(|member| member.value.is_some_and(|inner| inner.span().touches(at)))?;
        Some(member.key.as_str()?.into_owned())
    });
    match (step, member) {
        (Some(step), Some(member)) => format!("{step} · {member}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "Expression".to_owned(),
    }
}

/// The JSON pointer of the value that begins at `start`.
fn pointer(tree: &Tree, text: &str, start: u32) -> String {
    let path = tree.path_at(text, start);
    let mut pointer = String::new();
    for (container, inner) in path.iter().zip(path.iter().skip(1)) {
        if container.is_array() {
            let index = container.items().take_while(|item| item != inner).count();
            pointer.push_str(&format!("/{index}"));
        } else if let Some(member) = container.members().find(|member| member.value == Some(*inner)) {
            let key = member.key.as_str().unwrap_or_default();
            pointer.push('/');
            pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        }
    }
    pointer
}

/// The value of a JSON pointer; `None` also where it is ambiguous, as two members of one object have one name.
fn resolve<'a>(tree: &'a Tree, text: &'a str, pointer: &str) -> Option<Value<'a>> {
    let mut value = tree.root(text)?;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        value = if value.is_array() {
            value.items().nth(step.parse().ok()?)?
        } else {
            let mut named = value.members().filter(|member| member.key.is_str(&step));
            let member = named.next()?;
            if named.next().is_some() {
                return None;
            }
            member.value?
        };
    }
    Some(value)
}

/// A text in place of an expression's string in a flow, and how places in the one are places in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// The string in the flow, which [`Overlay::string`] stands for.
    pub span: Span,
    /// The string with the text in it, quoted.
    pub string: String,
    /// Where the text begins in the string, decoded.
    before: u32,
    /// Length of the text.
    length: u32,
}

impl Overlay {
    /// Lays the text of a side editor over the flow, as it is: a space typed there is a space here.
    ///
    /// # Errors
    /// Where the flow has no expression at the place any more.
    pub fn new(project: &Project, file: FileId, place: &Place, text: &str) -> Result<Self, Refusal> {
        let Some(flow) = open_flow(project, file) else {
            return refused("The flow cannot be read any more.");
        };
        let (value, base) = string(&flow, place)?;
        let inner = inner(&base, place)?;
        // A sign that was copied along is taken for the one that is there.
        let signed = place.segment.is_none() && text.starts_with('@');
        let (mut before, mut after) = (if signed { "" } else { "@" }, "");
        if place.segment.is_some() {
            let around = (&base[..inner.start as usize], &base[inner.end as usize..]);
            // What is not closed is looked at alone: with the text behind it, its error would be somewhere else.
            if keeps_surroundings(&base, &format!("{}{text}{}", around.0, around.1), place) {
                (before, after) = around;
            }
        }
        Ok(Self {
            span: value.span(),
            string: quote(&format!("{before}{text}{after}")),
            before: length(before),
            length: length(text),
        })
    }

    /// Where an offset of the text stands in the flow with the text laid over it.
    #[must_use]
    pub fn to_flow(&self, flow: &OpenFlow<'_>, offset: u32) -> Option<u32> {
        Some(self.value(flow)?.source_offset(self.before + offset.min(self.length)))
    }

    /// Where a span of that flow stands in the text: `None` for spans outside it, all of it for those around it.
    #[must_use]
    pub fn to_text(&self, flow: &OpenFlow<'_>, span: Span) -> Option<Span> {
        let value = self.value(flow)?;
        if !value.span().contains_span(span) {
            return None;
        }
        let decoded = Span::new(value.decoded_offset(span.start), value.decoded_offset(span.end));
        let own = Span::new(self.before, self.before + self.length);
        if decoded.contains_span(own) {
            return Some(Span::new(0, self.length));
        }
        let inside = own.contains_span(decoded);
        inside.then(|| decoded.shifted(-i64::from(self.before)))
    }

    fn value<'a>(&self, flow: &OpenFlow<'a>) -> Option<Value<'a>> {
        let path = flow.tree.path_at(flow.text, self.span.start);
        let node: NodeId = path.iter().find(|value| value.span().start == self.span.start)?.id();
        flow.tree.value(flow.text, node).filter(Value::is_string)
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
