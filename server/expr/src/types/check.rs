//! Values that are given to somebody who is known to refuse them.

use super::infer::{Environment, Inference, Key};
use super::lattice::{Kind, Kinds};
use crate::Span;
use crate::ast::{Call, ExprId, NodeKind};
use crate::catalogue::{Function, Param};

/// A value of a kind that the service refuses there whenever it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeIssue {
    /// What is wrong.
    pub kind: TypeIssueKind,
    /// The value, or the key in brackets.
    pub node: ExprId,
    /// Where it is (bytes of the template string).
    pub span: Span,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeIssueKind {
    /// A function takes no such value.
    Argument {
        /// The function.
        function: &'static Function,
        /// The parameter.
        param: &'static Param,
        /// What the value is.
        found: Kinds,
    },
    /// A comparison of two values that have no order between them.
    Order {
        /// The function.
        function: &'static Function,
        /// What the first value is.
        left: Kinds,
        /// What the second value is.
        right: Kinds,
    },
    /// `union` or `intersection` of a list and an object.
    Mixed {
        /// The function.
        function: &'static Function,
    },
    /// A property of a list.
    PropertyOfList {
        /// The property.
        name: String,
    },
    /// A property or an item of what has none.
    PropertyOfValue {
        /// The property; `None` for an item.
        name: Option<String>,
        /// What the value is.
        found: Kinds,
    },
}

/// The kinds that the service takes for a parameter: all where it is not known to refuse any.
pub fn accepts(param: &Param) -> Kinds {
    if !param.checked {
        return Kinds::ALL;
    }
    // Bytes and XML travel as objects and turn into texts in many places: nobody knows all of them.
    let mut kinds = Kinds::of(&[Kind::Binary, Kind::Xml]);
    for name in &param.types {
        kinds = kinds.with(match name.as_str() {
            "null" => Kinds::of(&[Kind::Null]),
            "boolean" => Kinds::of(&[Kind::Boolean]),
            // Fractions of nothing, such as 2.0, pass for whole numbers in places.
            "integer" | "float" | "number" => NUMBERS,
            "string" => Kinds::of(&[Kind::String]),
            "array" => Kinds::of(&[Kind::Array]),
            "object" | "xml" | "binary" => Kinds::of(&[Kind::Object]),
            _ => Kinds::ALL,
        });
    }
    kinds
}

const NUMBERS: Kinds = Kinds::of(&[Kind::Integer, Kind::Float]);
const TEXT: Kinds = Kinds::of(&[Kind::String]);

/// Whether `less`, `greater` and their like find an order between values of these kinds.
pub fn comparable(left: Kinds, right: Kinds) -> bool {
    (left.meets(NUMBERS) && right.meets(NUMBERS)) || (left.meets(TEXT) && right.meets(TEXT))
}

/// Every such value of a template, in source order. Says nothing of calls that hold a syntax error.
pub fn check<E: Environment + ?Sized>(inference: &Inference<'_, E>, mut found: impl FnMut(TypeIssue)) {
    let template = inference.template();
    for (id, node) in template.nodes() {
        let issue = match &node.kind {
            NodeKind::Call(call) => {
                of_call(inference, call, &mut found);
                continue;
            }
            NodeKind::Dot { base, name, .. } if !name.is_empty() => access(inference, *base, &Key::Name(name), id),
            NodeKind::Index { base, index, .. } => access(inference, *base, &inference.key(*index, 0), *index),
            _ => continue,
        };
        if let Some((kind, node)) = issue {
            let span = match &template.node(id).kind {
                NodeKind::Dot { name_span, .. } => *name_span,
                _ => template.node(node).span,
            };
            found(TypeIssue { kind, node, span });
        }
    }
}

fn of_call<E: Environment + ?Sized>(inference: &Inference<'_, E>, call: &Call, found: &mut impl FnMut(TypeIssue)) {
    let Some(function) = call.function.filter(|function| function.checks_types) else {
        return;
    };
    // Where arguments are missing or too many, nobody knows which is meant for which parameter.
    if call.recovered || !call.closed || !function.takes(call.args.len()) {
        return;
    }
    let template = inference.template();
    let mut refused = false;
    for (index, id) in call.args.iter().enumerate() {
        let Some(param) = function.param_at(index).filter(|param| param.checked) else {
            continue;
        };
        let (kinds, node) = (inference.of(*id).kinds(), *id);
        if !kinds.meets(accepts(param)) {
            refused = true;
            let kind = TypeIssueKind::Argument {
                function,
                param,
                found: kinds,
            };
            let span = template.node(node).span;
            found(TypeIssue { kind, node, span });
        }
    }
    if refused {
        return;
    }
    let (kind, node) = match (function.name.as_str(), call.args.as_slice()) {
        ("less" | "lessOrEquals" | "greater" | "greaterOrEquals", &[first, second]) => {
            let (left, right) = (inference.of(first).kinds(), inference.of(second).kinds());
            if comparable(left, right) {
                return;
            }
            // The text is what should have been a number.
            let node = if left.within(TEXT) { first } else { second };
            (TypeIssueKind::Order { function, left, right }, node)
        }
        ("union" | "intersection", &[_, second, ..]) => {
            let list = Kinds::of(&[Kind::Array]);
            let kinds = || call.args.iter().map(|id| inference.of(*id).kinds());
            if !(kinds().any(|one| one.within(list)) && kinds().any(|one| !one.meets(list))) {
                return;
            }
            (TypeIssueKind::Mixed { function }, second)
        }
        _ => return,
    };
    let span = template.node(node).span;
    found(TypeIssue { kind, node, span });
}

fn access<E: Environment + ?Sized>(
    inference: &Inference<'_, E>,
    base: ExprId,
    key: &Key<'_>,
    place: ExprId,
) -> Option<(TypeIssueKind, ExprId)> {
    let kinds = inference.of(base).kinds();
    if kinds == Kinds::ALL {
        return None;
    }
    // With a question mark null is passed on, and without one it is a matter of data.
    let null = Kinds::of(&[Kind::Null]);
    let list = Kinds::of(&[Kind::Array]).with(null);
    let plain = Kinds::of(&[Kind::Boolean, Kind::Integer, Kind::Float, Kind::String]).with(null);
    if kinds.within(null) {
        return None;
    }
    if kinds.within(list) && !key.picks_items() {
        let Key::Name(name) = key else { return None };
        let name = (*name).to_owned();
        return Some((TypeIssueKind::PropertyOfList { name }, place));
    }
    if kinds.within(plain) {
        let name = match key {
            Key::Name(name) => Some((*name).to_owned()),
            Key::Position | Key::Unknown => None,
        };
        return Some((TypeIssueKind::PropertyOfValue { name, found: kinds }, place));
    }
    None
}
