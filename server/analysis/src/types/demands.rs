//! What actions are known to refuse of what they are given.

use expr::types::{Kind, Kinds, Type, accepts, comparable};
use expr::{Function, Param};
use model::flow::{ActionId, Owner};
use syntax::json::Value;

use super::FlowTypes;
use crate::conditions;

/// A value that an action refuses whenever it runs.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    /// The value.
    pub value: Value<'a>,
    /// What it is.
    pub found: Kinds,
    /// Who refuses it.
    pub why: RefusedBy,
}

/// Who refuses a value.
#[derive(Clone, Debug)]
pub enum RefusedBy {
    /// An action that goes through a list: this member of it takes nothing else.
    List,
    /// A condition: it is neither true nor false.
    Condition,
    /// A variable of this type.
    Variable {
        /// Its name.
        name: String,
        /// What it holds.
        holds: Kinds,
    },
    /// A step that counts a variable up or down.
    Step,
    /// `AppendToArrayVariable`: an item is no list.
    Append,
    /// A function in the tree of a condition.
    Operand {
        /// The function.
        function: &'static Function,
        /// The parameter.
        param: &'static Param,
    },
    /// A comparison in the tree of a condition: there is no order between its operands.
    Order {
        /// The function.
        function: &'static Function,
        /// What the other operand is.
        other: Kinds,
    },
}

impl RefusedBy {
    /// What would be taken there.
    #[must_use]
    pub fn wanted(&self) -> Kinds {
        match self {
            Self::List => LIST,
            Self::Condition => TRUTH,
            Self::Variable { holds, .. } => *holds,
            Self::Step => NUMBER,
            Self::Append => Kinds::ALL.without(LIST),
            Self::Operand { param, .. } => accepts(param),
            Self::Order { other, .. } => *other,
        }
    }
}

const NULL: Kinds = Kinds::of(&[Kind::Null]);
const LIST: Kinds = Kinds::of(&[Kind::Array]);
const TEXT: Kinds = Kinds::of(&[Kind::String]);
const NUMBER: Kinds = Kinds::of(&[Kind::Integer, Kind::Float]);
const TRUTH: Kinds = Kinds::of(&[Kind::Boolean]);

impl<'a> FlowTypes<'a> {
    /// The values that an action refuses.
    pub fn refusals(&self, id: ActionId, mut found: impl FnMut(Refusal<'a>)) {
        let action = self.flow.body.action(id);
        let is = |kind: &str| action.is(kind);
        if is("Foreach") {
            // Null is a matter of data, and of what stands before the loop.
            self.require(id, &["foreach"], LIST.with(NULL), RefusedBy::List, &mut found);
        } else if is("Select") || is("Query") || is("Table") || is("Join") {
            self.require(id, &["inputs", "from"], LIST.with(NULL), RefusedBy::List, &mut found);
        } else if is("If") || is("Until") {
            self.condition(id, &mut found);
        } else if is("InitializeVariable") {
            for entry in self.member(id, &["inputs", "variables"]).iter().flat_map(Value::items) {
                let (Some(name), Some(kind), Some(value)) = (
                    entry.get("name").and_then(|name| name.as_str()),
                    entry.get("type").and_then(|kind| kind.as_str()),
                    entry.get("value"),
                ) else {
                    continue;
                };
                self.kept(id, &name, &kind, value, &mut found);
            }
        } else if is("SetVariable") {
            let name = self.member(id, &["inputs", "name"]).and_then(|name| name.as_str());
            let (Some(name), Some(value)) = (name, self.member(id, &["inputs", "value"])) else {
                return;
            };
            let same = |other: &str| model::same_name(other, &name);
            let mut declared = self.flow.body.variables.iter().filter(|v| same(&v.name.value));
            if let (Some(declaration), None) = (declared.next(), declared.next()) {
                self.kept(id, &name, &declaration.kind, value, &mut found);
            }
        } else if is("IncrementVariable") || is("DecrementVariable") {
            let accepted = NUMBER.with(NULL);
            self.require(id, &["inputs", "value"], accepted, RefusedBy::Step, &mut found);
        } else if is("AppendToArrayVariable") {
            let Some(value) = self.member(id, &["inputs", "value"]) else {
                return;
            };
            let kinds = self.of_value(Owner::Action(id), value).kinds();
            if kinds.within(LIST) {
                found(Refusal {
                    value,
                    found: kinds,
                    why: RefusedBy::Append,
                });
            }
        }
    }

    fn require(
        &self,
        id: ActionId,
        path: &[&str],
        accepted: Kinds,
        why: RefusedBy,
        found: &mut impl FnMut(Refusal<'a>),
    ) {
        let Some(value) = self.member(id, path) else { return };
        let kinds = self.of_value(Owner::Action(id), value).kinds();
        if !kinds.meets(accepted) {
            found(Refusal {
                value,
                found: kinds,
                why,
            });
        }
    }

    fn kept(&self, id: ActionId, name: &str, kind: &str, value: Value<'a>, found: &mut impl FnMut(Refusal<'a>)) {
        let holds = match kind.to_ascii_lowercase().as_str() {
            "string" => TEXT,
            "boolean" => TRUTH,
            "integer" | "float" => NUMBER,
            "array" => LIST,
            // What else than objects these take is not known.
            _ => return,
        };
        // Setting a variable to null is taken; bytes become texts where nobody can see it from here.
        let accepted = holds.with(Kinds::of(&[Kind::Null, Kind::Binary, Kind::Xml]));
        let kinds = self.of_value(Owner::Action(id), value).kinds();
        if !kinds.meets(accepted) {
            let name = name.to_owned();
            found(Refusal {
                value,
                found: kinds,
                why: RefusedBy::Variable { name, holds },
            });
        }
    }

    fn condition(&self, id: ActionId, found: &mut impl FnMut(Refusal<'a>)) {
        let Some(condition) = self.member(id, &["expression"]) else {
            return;
        };
        let owner = Owner::Action(id);
        if condition.is_string() {
            // Plain text is the business of whoever looks for constant conditions.
            let kinds = self.of_value(owner, condition).kinds();
            let computed = self.site(owner, condition.id()).is_some();
            if computed && !kinds.meets(TRUTH) {
                found(Refusal {
                    value: condition,
                    found: kinds,
                    why: RefusedBy::Condition,
                });
            }
            return;
        }
        for operation in conditions::operations(condition) {
            let function = operation.function;
            if !function.checks_types {
                continue;
            }
            let mut refused = false;
            for (index, operand) in operation.operands.iter().enumerate() {
                let Some(param) = function.param_at(index).filter(|param| param.checked) else {
                    continue;
                };
                let kinds = self.operand(owner, *operand).kinds();
                if !kinds.meets(accepts(param)) {
                    refused = true;
                    found(Refusal {
                        value: *operand,
                        found: kinds,
                        why: RefusedBy::Operand { function, param },
                    });
                }
            }
            if let (false, true, [left, right]) = (refused, ordered(function), operation.operands.as_slice()) {
                let kinds = [left, right].map(|one| self.operand(owner, *one).kinds());
                if !comparable(kinds[0], kinds[1]) {
                    // The text is what should have been a number.
                    let (value, at) = if kinds[0].within(TEXT) { (*left, 0) } else { (*right, 1) };
                    found(Refusal {
                        value,
                        found: kinds[at],
                        why: RefusedBy::Order {
                            function,
                            other: kinds[1 - at],
                        },
                    });
                }
            }
        }
    }

    /// The type of an operand of a condition's tree.
    #[must_use]
    pub fn operand(&self, owner: Owner, operand: Value<'a>) -> Type {
        match conditions::operation(operand).filter(|_| operand.is_object()) {
            Some(inner) if inner.function.returns == ["boolean"] => Type::Boolean,
            Some(_) => Type::Any,
            None => self.of_value(owner, operand),
        }
    }
}

/// Whether a function asks which of two values comes first.
fn ordered(function: &Function) -> bool {
    matches!(
        function.name.as_str(),
        "less" | "lessOrEquals" | "greater" | "greaterOrEquals"
    )
}
