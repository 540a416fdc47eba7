//! Conditions: the trees of `If` and `Until`, and the expressions of triggers.
//!
//! A tree is an object that names a function, `{"equals": [left, right]}`, and holds its operands: values, or trees again.

use expr::Function;
use syntax::json::Value;

/// One function of a condition's tree.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The function.
    pub function: &'static Function,
    /// Its name in the file.
    pub name: Value<'a>,
    /// What it is given, in order.
    pub operands: Vec<Value<'a>>,
}

/// Longer trees are read in part.
const MAX_OPERATIONS: usize = 2000;

/// Every function of a tree, the outer ones first. Empty for conditions that are no tree.
#[must_use]
pub fn operations(condition: Value<'_>) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    let mut waiting = vec![condition];
    while let Some(tree) = waiting.pop() {
        if found.len() >= MAX_OPERATIONS {
            break;
        }
        let Some(operation) = operation(tree) else { continue };
        waiting.extend(operation.operands.iter().rev().filter(|operand| operand.is_object()));
        found.push(operation);
    }
    found
}

/// The function that stands at the top of a tree.
#[must_use]
pub fn operation(tree: Value<'_>) -> Option<Operation<'_>> {
    let mut members = tree.members();
    let (Some(member), None) = (members.next(), members.next()) else {
        return None;
    };
    let operands = member.value?;
    Some(Operation {
        function: expr::lookup(&member.key.as_str()?)?,
        name: member.key,
        operands: match operands.is_array() {
            true => operands.items().collect(),
            false => vec![operands],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::json::Tree;

    #[test]
    fn trees_are_read_from_the_outside_in() {
        let text =
            r#"{"and":[{"equals":["@a()",1]},{"not":{"Greater":["x",2]}},{"nothing":[]},{"or":[],"and":[]},"text"]}"#;
        let tree = Tree::parse(text);
        let root = tree.root(text).expect("a value");
        let names: Vec<_> = operations(root)
            .into_iter()
            .map(|one| (one.function.name.clone(), one.operands.len()))
            .collect();
        let expected = [("and", 5), ("equals", 2), ("not", 1), ("greater", 2)];
        assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)));
        for other in ["[]", "5", "{}", "{\"equals\"", "\"@true\""] {
            let tree = Tree::parse(other);
            assert!(
                tree.root(other).is_none_or(|root| operations(root).len() <= 1),
                "{other}"
            );
        }
    }
}
