//! What functions give, by what they are given.

use super::infer::{Environment, Inference};
use super::lattice::{Kind, Type};
use crate::ast::ExprId;
use crate::catalogue::Function;

/// What a function gives whatever it is given.
pub(super) fn result(function: &Function) -> Type {
    Type::union(function.returns.iter().map(|name| named(name)))
}

/// The type of this name in the catalogue.
fn named(name: &str) -> Type {
    match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "float" | "decimal" => Type::Float,
        "number" => Type::number(),
        "string" => Type::String,
        "binary" => Type::Binary,
        "xml" => Type::Xml,
        "array" => Type::array(Type::Any),
        "object" => Type::any_object(),
        _ => Type::Any,
    }
}

/// What a call of a function that refers to nothing gives.
pub(super) fn of_call<E: Environment + ?Sized>(
    inference: &Inference<'_, E>,
    function: &Function,
    args: &[ExprId],
    depth: u16,
) -> Type {
    let arg = |index: usize| args.get(index).map_or(Type::Any, |id| inference.at(*id, depth + 1));
    let all = |from: usize| args.iter().skip(from).map(|id| inference.at(*id, depth + 1));
    let constant = |index: usize| inference.template().node(*args.get(index)?).as_str();
    match function.name.as_str() {
        "if" => Type::union([arg(1), arg(2)]),
        "coalesce" => match args.split_last() {
            Some((last, others)) => {
                let others = others.iter().map(|id| inference.at(*id, depth + 1));
                // Null goes on to the next; only the last one can be the answer.
                let others = others.filter(|one| *one != Type::Null).map(Type::without_null);
                Type::union(others.chain([inference.at(*last, depth + 1)]))
            }
            None => Type::Any,
        },
        "createArray" => Type::array(Type::union(all(0))),
        "array" => Type::array(arg(0)),
        // Of null there is no first, and the call fails.
        "first" | "last" => arg(0).without_null().map(&mut |one| match one {
            Type::Array(_) => one.item().cloned().unwrap_or_default().or_null(),
            Type::String => Type::String,
            _ => Type::Any,
        }),
        "take" | "skip" => arg(0).map(&mut |one| match one {
            Type::Array(_) | Type::String => one.clone(),
            _ => Type::union([Type::array(Type::Any), Type::String]),
        }),
        "sort" | "reverse" => arg(0).map(&mut |one| match one {
            Type::Array(_) => one.clone(),
            _ => Type::array(Type::Any),
        }),
        "chunk" => arg(0).map(&mut |one| Type::array(one.clone())),
        "split" => Type::array(Type::String),
        "range" => Type::array(Type::Integer),
        "union" => collections(all(0).collect()),
        "intersection" => arg(0).map(&mut |one| match one {
            Type::Array(_) => one.clone(),
            Type::Object(_) => Type::any_object(),
            _ => result(function),
        }),
        "add" | "sub" | "mul" | "div" | "mod" => numbers(all(0)),
        "min" | "max" => numbers(all(0).map(|one| match one.item() {
            Some(item) => item.clone(),
            None => one,
        })),
        // Text of which nothing is known can hold any value; other values pass through.
        "json" => match constant(0).map(serde_json::from_str::<serde_json::Value>) {
            Some(Ok(value)) => Type::of_json(&value),
            Some(Err(_)) => Type::Any,
            None => arg(0).map(&mut |one| match one {
                Type::Any | Type::String | Type::Binary => Type::Any,
                Type::Xml => Type::any_object(),
                _ => one.clone(),
            }),
        },
        "setProperty" | "addProperty" => {
            let value = arg(2);
            arg(0).map(&mut |one| match (one, constant(1)) {
                (Type::Object(object), Some(name)) => Type::object(object.with(name, value.clone())),
                _ => Type::any_object(),
            })
        }
        "removeProperty" => arg(0).map(&mut |one| match (one, constant(1)) {
            (Type::Object(object), Some(name)) => Type::object(object.without(name)),
            _ => Type::any_object(),
        }),
        _ => result(function),
    }
}

/// Arithmetic: whole numbers give whole numbers, any other makes the result one with a fraction.
fn numbers(types: impl Iterator<Item = Type>) -> Type {
    let mut whole = true;
    for one in types {
        let kinds = one.kinds();
        if !kinds.has(Kind::Integer) && kinds.has(Kind::Float) {
            return Type::Float;
        }
        whole &= one == Type::Integer;
    }
    if whole { Type::Integer } else { Type::number() }
}

/// The union of lists is a list of what is in any of them, that of objects has the properties of all.
fn collections(types: Vec<Type>) -> Type {
    if types.iter().all(|one| matches!(one.declared(), Type::Array(_))) {
        let claimed = types.iter().any(Type::is_claimed);
        let items = types.iter().filter_map(|one| one.declared().item().cloned());
        let list = Type::array(Type::union(items));
        return if claimed { Type::claimed(list) } else { list };
    }
    let mut objects = types.iter().map(Type::as_object);
    let Some(Some(first)) = objects.next() else {
        return if types.iter().any(|one| one.item().is_some()) {
            Type::array(Type::Any)
        } else {
            Type::Any
        };
    };
    let mut all = super::ObjectType::new(first.properties().cloned().collect(), first.rest().clone());
    for next in objects {
        let Some(next) = next else { return Type::any_object() };
        if !matches!(next.rest(), super::Rest::None) {
            return Type::any_object();
        }
        for property in next.properties() {
            all = all.with(&property.name, property.value.clone());
        }
    }
    Type::object(all)
}
