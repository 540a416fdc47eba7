//! The string in which a cursor stands while somebody types: what it says, where it belongs, and where its parts stand.
//!
//! Strings that hold an expression are known to the flow's body, but one that is being typed may be none yet, may lack its
//! quote, or may have lost the end of its line to what looks like structure. So they are looked up in the tree.

use std::borrow::Cow;

use model::flow::{FlowView, Owner};
use syntax::Span;
use syntax::json::{NodeId, Value};

/// A string with a cursor in it.
#[derive(Clone, Debug)]
pub(crate) struct CursorString<'a> {
    /// The string.
    value: Value<'a>,
    /// What it belongs to.
    pub owner: Owner,
    /// Its text, decoded; up to the cursor at least, where its quote is missing.
    pub text: Cow<'a, str>,
    /// The cursor in that text.
    pub offset: u32,
}

impl<'a> CursorString<'a> {
    /// The string around an offset, where the service evaluates it.
    pub fn at(flow: &FlowView<'a>, offset: u32) -> Option<Self> {
        let value = string_around(flow, offset)?;
        let owner = owner(flow, value)?;
        let content = value.content_span();
        let mut text = value.as_str()?;
        let mut decoded = value.decoded_offset(offset);
        if offset > content.end {
            // The rest of the line was taken for structure.
            text.to_mut()
                .push_str(flow.text.get(content.end as usize..offset as usize)?);
            decoded = u32::try_from(text.len()).ok()?;
        }
        Some(Self {
            value,
            owner,
            text,
            offset: decoded,
        })
    }

    /// The string's node.
    pub fn node(&self) -> NodeId {
        self.value.id()
    }

    /// The string's value.
    pub fn value(&self) -> Value<'a> {
        self.value
    }

    /// Where a span of the text stands in the file.
    pub fn source(&self, decoded: Span) -> Span {
        let end = self.value.content_span().end;
        let known = self.value.decoded_offset(end);
        let at = |offset: u32| match offset.checked_sub(known) {
            Some(beyond) => end + beyond,
            None => self.value.source_offset(offset),
        };
        Span::new(at(decoded.start), at(decoded.end))
    }
}

/// The string between whose quotes an offset stands.
fn string_around<'a>(flow: &FlowView<'a>, offset: u32) -> Option<Value<'a>> {
    let path = flow.tree.path_at(flow.text, offset);
    let innermost = *path.last()?;
    if innermost.is_string() {
        return (innermost.span().start < offset && offset <= innermost.content_span().end).then_some(innermost);
    }
    // A string without its quote may have ended before the cursor, which still stands on its line.
    let before = innermost
        .descendants()
        .skip(1)
        .take_while(|node| node.span().start < offset);
    let last = before.last().filter(|last| last.is_string() && !last.is_closed())?;
    let between = flow.text.get(last.span().end as usize..offset as usize)?;
    (!between.contains(['\n', '\r', '"'])).then_some(last)
}

/// What a string belongs to; `None` where the service takes it as it is.
fn owner(flow: &FlowView<'_>, string: Value<'_>) -> Option<Owner> {
    let at = string.span().start;
    let evaluated = |node: NodeId| {
        let whole = flow.tree.value(flow.text, node)?;
        let holder = whole
            .members()
            .take_while(|member| member.key.span().start <= at)
            .last()?;
        let name = holder.key.as_str()?;
        let inside = holder.value.is_some_and(|value| value.span().touches(at));
        (inside && model::flow::is_evaluated(&name)).then_some(())
    };
    if let Some(id) = flow.body.action_at(at) {
        evaluated(flow.body.action(id).node)?;
        return Some(Owner::Action(id));
    }
    let mut triggers = flow.body.triggers.iter();
    if let Some(index) = triggers.position(|trigger| trigger.span.contains(at)) {
        evaluated(flow.body.triggers[index].node)?;
        return Some(Owner::Trigger(u32::try_from(index).ok()?));
    }
    let definition = flow.tree.value(flow.text, flow.body.definition?)?;
    let outputs = definition.get("outputs")?;
    outputs.span().contains(at).then_some(Owner::Definition)
}
