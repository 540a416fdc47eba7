//! What a template refers to in its flow.

use crate::Span;
use crate::ast::{ExprId, NodeKind, Template};
use crate::catalogue::{Function, ReferenceKind};

/// A call that names something of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'t> {
    /// What is named.
    pub kind: ReferenceKind,
    /// The name as written, with doubled quotes made single.
    pub name: &'t str,
    /// The content of the string literal, inside the quotes.
    pub span: Span,
    /// The call.
    pub call: ExprId,
    /// The function called.
    pub function: &'static Function,
}

/// A call that refers to something of the flow without a readable name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnnamedReference {
    /// What is referred to.
    pub kind: ReferenceKind,
    /// The argument that computes the name, or holds a string not yet closed; `None` where there is none.
    pub argument: Option<ExprId>,
    /// The whole call.
    pub span: Span,
    /// The call.
    pub call: ExprId,
    /// The function called.
    pub function: &'static Function,
}

/// All references whose name is written out, in source order.
pub fn references(template: &Template) -> impl Iterator<Item = Reference<'_>> {
    scan(template).filter_map(|found| match found {
        Found::Named(reference) => Some(reference),
        Found::Unnamed(..) => None,
    })
}

/// All references whose name cannot be read: computed ones (`variables(concat('a', 'b'))`) and half-typed ones.
/// While there is one, nobody can say that something of that kind is unused.
pub fn dynamic_references(template: &Template) -> impl Iterator<Item = UnnamedReference> + '_ {
    scan(template).filter_map(|found| match found {
        Found::Unnamed(reference, true) => Some(reference),
        _ => None,
    })
}

/// All references that need no name: `triggerBody()`, `item()`, `workflow()` and the like.
pub fn implicit_references(template: &Template) -> impl Iterator<Item = UnnamedReference> + '_ {
    scan(template).filter_map(|found| match found {
        Found::Unnamed(reference, false) => Some(reference),
        _ => None,
    })
}

/// The kinds of things that a template refers to, by name or without.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReferenceKinds(u16);

impl ReferenceKinds {
    /// The kinds that a template refers to.
    pub fn of(template: &Template) -> Self {
        let bits = scan(template).map(|found| match found {
            Found::Named(reference) => reference.kind,
            Found::Unnamed(reference, _) => reference.kind,
        });
        Self(bits.fold(0, |all, kind| all | 1 << kind as u16))
    }

    /// Whether something of this kind is among them.
    pub fn has(self, kind: ReferenceKind) -> bool {
        self.0 & 1 << kind as u16 != 0
    }

    /// Whether something of one of these kinds is among them.
    pub fn has_any(self, kinds: &[ReferenceKind]) -> bool {
        kinds.iter().any(|kind| self.has(*kind))
    }
}

enum Found<'t> {
    Named(Reference<'t>),
    /// The flag says whether a name is due.
    Unnamed(UnnamedReference, bool),
}

fn scan(template: &Template) -> impl Iterator<Item = Found<'_>> {
    template.calls().filter_map(|(id, call)| {
        let function = call.function?;
        let reference = function.reference.as_ref()?;
        let kind = reference.kind;
        let unnamed = |argument| UnnamedReference {
            kind,
            argument,
            span: template.node(id).span,
            call: id,
            function,
        };
        let Some(index) = reference.arg_index else {
            return Some(Found::Unnamed(unnamed(None), false));
        };
        let argument = call.args.get(index).copied();
        match argument.map(|id| &template.node(id).kind) {
            Some(NodeKind::Str(literal)) if literal.closed => Some(Found::Named(Reference {
                kind,
                name: &literal.value,
                span: literal.content,
                call: id,
                function,
            })),
            _ => Some(Found::Unnamed(unnamed(argument), true)),
        }
    })
}
