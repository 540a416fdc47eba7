//! Properties that are read from objects known not to have them.

use super::infer::{Environment, Inference, Key, select};
use super::lattice::Type;
use super::object::{Found, ObjectType, Property};
use crate::Span;
use crate::ast::{ExprId, NodeKind, StrLit};

/// A property that is read and that its object does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProperty {
    /// Its name.
    pub name: String,
    /// Where the name stands (bytes of the template string).
    pub span: Span,
    /// The accessor.
    pub node: ExprId,
    /// Whether a question mark makes null of it; else the action fails.
    pub safe: bool,
    /// Whether the object was seen. Else a schema says what it has, and nobody holds values to having no more.
    pub seen: bool,
    /// What the object is.
    pub object: Type,
}

impl UnknownProperty {
    /// What the object has.
    pub fn properties(&self) -> impl Iterator<Item = &Property> {
        let objects = self
            .object
            .members()
            .iter()
            .filter_map(|one| one.declared().as_object());
        objects.flat_map(ObjectType::properties)
    }
}

/// Every such property of a template, in source order.
pub fn unknown_properties<E: Environment + ?Sized>(
    inference: &Inference<'_, E>,
    text: &str,
    mut found: impl FnMut(UnknownProperty),
) {
    let template = inference.template();
    for (id, node) in template.nodes() {
        match &node.kind {
            NodeKind::Dot {
                base,
                name,
                name_span,
                safe,
            } if !name.is_empty() => {
                let base = inference.of(*base);
                found_in(&base, name, *safe, id, |_| *name_span, &mut found);
            }
            NodeKind::Index { base, index, safe, .. } => {
                let NodeKind::Str(literal) = &template.node(*index).kind else {
                    continue;
                };
                if literal.closed && !literal.value.is_empty() {
                    let base = inference.of(*base);
                    let place = |part: (usize, usize)| within(literal, text, part);
                    found_in(&base, &literal.value, *safe, id, place, &mut found);
                }
            }
            _ => {}
        }
    }
}

/// Where a part of a literal's decoded text stands.
fn within(literal: &StrLit, text: &str, (from, to): (usize, usize)) -> Span {
    Span::new(literal.raw_offset(text, from), literal.raw_offset(text, to))
}

fn found_in(
    base: &Type,
    key: &str,
    safe: bool,
    node: ExprId,
    place: impl Fn((usize, usize)) -> Span,
    found: &mut impl FnMut(UnknownProperty),
) {
    let mut base = base.clone();
    let mut from = 0;
    loop {
        let rest = &key[from..];
        let whole = lookup(&base, rest);
        // `body/value` reads `value` of `body`: the first part that is missing is what is wrong.
        if let (Some((first, _)), false) = (rest.split_once('/'), matches!(whole, Lookup::Has))
            && matches!(lookup(&base, first), Lookup::Has)
        {
            base = select(&base, &Key::Name(first), true).without_null();
            from += first.len() + 1;
            continue;
        }
        let Lookup::Lacks { seen } = whole else { return };
        let name = rest.split('/').next().unwrap_or(rest);
        return found(UnknownProperty {
            name: name.to_owned(),
            span: place((from, from + name.len())),
            node,
            safe,
            seen,
            object: base,
        });
    }
}

enum Lookup {
    Has,
    Lacks { seen: bool },
    Unknown,
}

/// Whether any object that a value can be has a property.
fn lookup(base: &Type, name: &str) -> Lookup {
    let mut all_seen = true;
    let mut objects = 0;
    for one in base.members() {
        all_seen &= !one.is_claimed();
        match one.declared() {
            Type::Null => {}
            Type::Object(object) => {
                objects += 1;
                match object.find(name) {
                    Found::Property(_) => return Lookup::Has,
                    Found::Each(_) => return Lookup::Unknown,
                    Found::Unlisted => all_seen = false,
                    Found::Absent => {}
                }
            }
            _ => return Lookup::Unknown,
        }
    }
    match objects {
        0 => Lookup::Unknown,
        _ => Lookup::Lacks { seen: all_seen },
    }
}
