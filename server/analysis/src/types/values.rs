//! The type that a JSON value has once its expressions are evaluated.

use expr::TemplateKind;
use expr::types::{Inference, MAX_DEPTH, ObjectType, Property, Rest, Type};
use model::flow::Owner;
use syntax::json::{Kind, Value};

use super::FlowTypes;

/// So many parts of a value are read; the rest is [`Type::Any`].
const MAX_PARTS: u32 = 2000;

/// Reads one value.
pub(super) struct Reader<'a> {
    types: FlowTypes<'a>,
    owner: Owner,
    parts: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(types: FlowTypes<'a>, owner: Owner) -> Self {
        Self { types, owner, parts: 0 }
    }

    /// The type of a value of the trigger or action.
    pub(super) fn read(&mut self, value: Value<'a>) -> Type {
        let nesting = &self.types.memory.nesting;
        let depth = nesting.get();
        self.parts += 1;
        if self.parts > MAX_PARTS || depth >= MAX_DEPTH {
            return Type::Any;
        }
        match value.kind() {
            Kind::Null => Type::Null,
            Kind::True | Kind::False => Type::Boolean,
            Kind::Number if value.as_i64().is_some() => Type::Integer,
            Kind::Number => Type::Float,
            Kind::String => match self.types.site(self.owner, value.id()) {
                Some(site) => {
                    let place = self.types.place(self.owner, value.id());
                    Inference::new(&site.info.template, &place).whole()
                }
                None => Type::String,
            },
            Kind::Array | Kind::Object => {
                nesting.set(depth + 1);
                let found = if value.is_array() {
                    let items: Vec<Type> = value.items().map(|item| self.read(item)).collect();
                    Type::array(Type::union(items))
                } else {
                    self.object(value)
                };
                nesting.set(depth);
                found
            }
            _ => Type::Any,
        }
    }

    fn object(&mut self, value: Value<'a>) -> Type {
        let mut properties = Vec::new();
        let mut rest = Rest::None;
        for member in value.members() {
            let (Some(key), Some(value)) = (member.key.as_str(), member.value) else {
                // Half of a member is somebody typing.
                rest = Rest::Each(Type::Any);
                continue;
            };
            if self.parts > MAX_PARTS {
                return Type::any_object();
            }
            // Names are template strings too.
            let name = if expr::is_plain(&key) {
                key
            } else {
                match self
                    .types
                    .site(self.owner, member.key.id())
                    .map(|site| &site.info.template.kind)
                {
                    Some(TemplateKind::Literal(name)) => name.clone().into(),
                    _ => {
                        rest = Rest::Each(Type::Any);
                        continue;
                    }
                }
            };
            properties.push(Property::new(&name, self.read(value), true));
        }
        Type::object(ObjectType::new(properties, rest))
    }
}
