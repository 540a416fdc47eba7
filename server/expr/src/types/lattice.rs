//! The types themselves.

use super::object::ObjectType;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// What a value can be. Cheap to copy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Type {
    /// Anything: nobody can know.
    #[default]
    Any,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number that can have a fraction.
    Float,
    /// A text.
    String,
    /// Bytes, which travel as an object of a content type and base64.
    Binary,
    /// An XML document, which travels as bytes do.
    Xml,
    /// A list; see [`Type::array`].
    Array(Arc<Sized>),
    /// An object; see [`Type::object`].
    Object(Arc<ObjectType>),
    /// One of several; see [`Type::union`].
    Union(Arc<Members>),
    /// What a schema says that nobody holds values to: good for suggestions, proof of nothing. See [`Type::claimed`].
    Claimed(Arc<Sized>),
}

/// A type inside another, with its measure.
#[derive(Debug, PartialEq, Eq)]
pub struct Sized {
    inner: Type,
    weight: Weight,
}

/// The members of a union, with their measure.
#[derive(Debug, PartialEq, Eq)]
pub struct Members {
    types: Vec<Type>,
    weight: Weight,
}

/// How large a type is: counted when it is made, so that no walk over types is ever long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Weight {
    pub size: u32,
    pub height: u16,
}

impl Weight {
    const MAX_SIZE: u32 = 4096;
    const MAX_HEIGHT: u16 = 32;

    /// The weight of something that holds these.
    pub fn around<'t>(types: impl IntoIterator<Item = &'t Type>) -> Self {
        let mut weight = Self { size: 1, height: 1 };
        for inner in types {
            let own = inner.weight();
            weight.size = weight.size.saturating_add(own.size);
            weight.height = weight.height.max(own.height.saturating_add(1));
        }
        weight
    }

    pub fn is_too_much(self) -> bool {
        self.size > Self::MAX_SIZE || self.height > Self::MAX_HEIGHT
    }
}

/// More members than this make no union but [`Type::Any`].
const MAX_MEMBERS: usize = 8;

impl Type {
    /// A list of these.
    pub fn array(item: Type) -> Type {
        let weight = Weight::around([&item]);
        let inner = if weight.is_too_much() { Type::Any } else { item };
        let weight = Weight::around([&inner]);
        Type::Array(Arc::new(Sized { inner, weight }))
    }

    /// An object.
    pub fn object(object: ObjectType) -> Type {
        if object.weight.is_too_much() {
            return Type::any_object();
        }
        Type::Object(Arc::new(object))
    }

    /// An object of which nothing is known.
    pub fn any_object() -> Type {
        Type::Object(Arc::new(ObjectType::open()))
    }

    /// What a schema says that nobody holds values to.
    pub fn claimed(inner: Type) -> Type {
        match inner {
            Type::Any | Type::Claimed(_) => inner,
            _ => {
                let weight = inner.weight();
                Type::Claimed(Arc::new(Sized { inner, weight }))
            }
        }
    }

    /// A number of either kind.
    pub fn number() -> Type {
        Type::union([Type::Integer, Type::Float])
    }

    /// One of these; [`Type::Any`] where there is none, or too many.
    pub fn union(types: impl IntoIterator<Item = Type>) -> Type {
        let mut members: Vec<Type> = Vec::new();
        for one in types {
            let several: &[Type] = match &one {
                Type::Any => return Type::Any,
                Type::Union(union) => &union.types,
                _ => std::slice::from_ref(&one),
            };
            for member in several {
                if !members.contains(member) {
                    members.push(member.clone());
                }
            }
            if members.len() > MAX_MEMBERS {
                return Type::Any;
            }
        }
        let weight = Weight::around(&members);
        match (members.pop(), members.is_empty()) {
            (None, _) => Type::Any,
            (Some(only), true) => only,
            _ if weight.is_too_much() => Type::Any,
            (Some(last), false) => {
                members.push(last);
                Type::Union(Arc::new(Members { types: members, weight }))
            }
        }
    }

    /// This, or null.
    #[must_use]
    pub fn or_null(self) -> Type {
        Type::union([self, Type::Null])
    }

    /// This without null.
    #[must_use]
    pub fn without_null(self) -> Type {
        match &self {
            Type::Union(union) => Type::union(union.types.iter().filter(|member| **member != Type::Null).cloned()),
            Type::Claimed(claim) => Type::claimed(claim.inner.clone().without_null()),
            _ => self,
        }
    }

    /// The types it can be: the members of a union, else itself. What is claimed counts as itself.
    pub fn members(&self) -> &[Type] {
        match self {
            Type::Union(union) => &union.types,
            _ => std::slice::from_ref(self),
        }
    }

    /// What a schema claims, where this is a claim; else itself.
    pub fn declared(&self) -> &Type {
        match self {
            Type::Claimed(claim) => &claim.inner,
            _ => self,
        }
    }

    /// Whether it is only claimed.
    pub fn is_claimed(&self) -> bool {
        matches!(self, Type::Claimed(_))
    }

    /// The type of the items, for a list.
    pub fn item(&self) -> Option<&Type> {
        match self {
            Type::Array(item) => Some(&item.inner),
            _ => None,
        }
    }

    /// The object, for one.
    pub fn as_object(&self) -> Option<&ObjectType> {
        match self {
            Type::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The same for each member, put together again. What a claim gives is a claim.
    pub(super) fn map(&self, each: &mut impl FnMut(&Type) -> Type) -> Type {
        match self {
            Type::Union(union) => Type::union(union.types.iter().map(|member| member.map(each)).collect::<Vec<_>>()),
            Type::Claimed(claim) => Type::claimed(claim.inner.map(each)),
            _ => each(self),
        }
    }

    /// The kinds of values it allows.
    pub fn kinds(&self) -> Kinds {
        match self {
            Type::Any | Type::Claimed(_) => Kinds::ALL,
            Type::Null => Kinds::of(&[Kind::Null]),
            Type::Boolean => Kinds::of(&[Kind::Boolean]),
            Type::Integer => Kinds::of(&[Kind::Integer]),
            Type::Float => Kinds::of(&[Kind::Float]),
            Type::String => Kinds::of(&[Kind::String]),
            Type::Binary => Kinds::of(&[Kind::Binary]),
            Type::Xml => Kinds::of(&[Kind::Xml]),
            Type::Array(_) => Kinds::of(&[Kind::Array]),
            Type::Object(_) => Kinds::of(&[Kind::Object]),
            Type::Union(union) => union
                .types
                .iter()
                .fold(Kinds::default(), |all, member| all.with(member.kinds())),
        }
    }

    pub(super) fn weight(&self) -> Weight {
        match self {
            Type::Array(inner) | Type::Claimed(inner) => inner.weight,
            Type::Object(object) => object.weight,
            Type::Union(union) => union.weight,
            _ => Weight { size: 1, height: 1 },
        }
    }

    /// The type of a JSON value. Objects have these properties and no others.
    pub fn of_json(value: &serde_json::Value) -> Type {
        use serde_json::Value;
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Boolean,
            Value::Number(number) if number.is_f64() => Type::Float,
            Value::Number(_) => Type::Integer,
            Value::String(_) => Type::String,
            Value::Array(items) => Type::array(Type::union(items.iter().map(Type::of_json))),
            Value::Object(members) => Type::object(ObjectType::closed(
                members
                    .iter()
                    .map(|(name, value)| super::Property::new(name, Type::of_json(value), true))
                    .collect(),
            )),
        }
    }
}

/// In words as the language has them: `string`, `array of integer or null`, `object`. Never long: lists of lists of
/// lists are lists.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(0))
    }
}

impl Type {
    fn words(&self, depth: u8) -> Cow<'static, str> {
        match self {
            Type::Any => "any".into(),
            Type::Null => "null".into(),
            Type::Boolean => "boolean".into(),
            Type::Integer => "integer".into(),
            Type::Float => "float".into(),
            Type::String => "string".into(),
            Type::Binary => "binary".into(),
            Type::Xml => "XML".into(),
            Type::Array(item) if item.inner == Type::Any || depth > 2 => "array".into(),
            Type::Array(item) => format!("array of {}", item.inner.words(depth + 1)).into(),
            Type::Object(_) => "object".into(),
            Type::Claimed(claim) => claim.inner.words(depth),
            Type::Union(union) => {
                let mut all: Vec<Cow<'static, str>> = Vec::new();
                for member in &union.types {
                    let words = member.words(depth + 1);
                    if !all.contains(&words) {
                        all.push(words);
                    }
                }
                all.join(" or ").into()
            }
        }
    }
}

/// A kind of value, as the service tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number that can have a fraction.
    Float,
    /// A text.
    String,
    /// Bytes.
    Binary,
    /// XML.
    Xml,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// Every kind with what it is in a sentence.
    pub const ALL: [(Kind, &'static str); 9] = [
        (Kind::Null, "null"),
        (Kind::Boolean, "true or false"),
        (Kind::Integer, "a whole number"),
        (Kind::Float, "a number"),
        (Kind::String, "a text"),
        (Kind::Binary, "bytes"),
        (Kind::Xml, "XML"),
        (Kind::Array, "a list"),
        (Kind::Object, "an object"),
    ];
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// Every kind.
    pub const ALL: Kinds = Kinds((1 << Kind::ALL.len()) - 1);

    /// These.
    pub const fn of(kinds: &[Kind]) -> Kinds {
        let mut bits = 0;
        let mut index = 0;
        while index < kinds.len() {
            bits |= 1 << kinds[index] as u16;
            index += 1;
        }
        Kinds(bits)
    }

    /// Those of both.
    #[must_use]
    pub const fn with(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Those that are not in the other set.
    #[must_use]
    pub const fn without(self, other: Kinds) -> Kinds {
        Kinds(self.0 & !other.0)
    }

    /// Whether a kind is in both.
    pub const fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether all of these are in the other set.
    pub const fn within(self, other: Kinds) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether this kind is in it.
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }
}

/// In a sentence: `a text or null`.
impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Kinds::ALL {
            return f.write_str("anything");
        }
        let number = self.has(Kind::Integer) && self.has(Kind::Float);
        // Null comes last, as people say it.
        let (null, others) = Kind::ALL.split_at(1);
        let named = others
            .iter()
            .filter(|(kind, _)| self.has(*kind) && !(number && *kind == Kind::Integer))
            .chain(null.iter().filter(|(kind, _)| self.has(*kind)));
        for (index, (_, words)) in named.enumerate() {
            f.write_str(if index == 0 { "" } else { " or " })?;
            f.write_str(words)?;
        }
        Ok(())
    }
}
