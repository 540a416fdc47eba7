//! Conditions: the trees of `If` and `Until`, and the expressions of triggers.
//!
//! A tree is an object that names a function, `{"equals": [left, right]}`, and holds its operands: values, or trees again.

use expr::{Function, Segment, TemplateKind, print_expression, quote};
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

/// A condition as one expression, without the sign before it: what stands in a tree as `{"equals": ["@a()", "x"]}` is
/// `equals(a(), 'x')`. `None` where it cannot be written so, or is longer than expressions may be.
#[must_use]
pub fn as_expression(condition: Value<'_>) -> Option<String> {
    let text = match condition.as_str() {
        Some(text) => operand_text(&text)?,
        None => tree_text(condition, 0)?,
    };
    let whole = format!("@{text}");
    let fits = text.chars().count() <= expr::MAX_EXPRESSION_CHARS && expr::parse(&whole).is_valid();
    fits.then_some(text)
}

/// Trees that are nested deeper are not written out.
const MAX_DEPTH: usize = 32;

fn tree_text(tree: Value<'_>, depth: usize) -> Option<String> {
    if depth > MAX_DEPTH {
        return None;
    }
    let operation = operation(tree)?;
    let operands: Option<Vec<String>> = operation
        .operands
        .iter()
        .map(|operand| match operand.as_str() {
            Some(text) => operand_text(&text),
            None if operand.is_object() => tree_text(*operand, depth + 1),
            None if operand.is_array() => None,
            None => Some(operand.raw().trim().to_owned()),
        })
        .collect();
    let operands = operands?;
    match (operation.function.name.as_str(), operands.as_slice()) {
        (_, []) => None,
        // A list of one condition, as the designer writes it.
        ("and" | "or", [one]) => Some(one.clone()),
        (name, all) => Some(format!("{name}({})", all.join(", "))),
    }
}

/// A text of a condition as an operand: a literal in quotes, an expression as it is, a mixture put together.
fn operand_text(text: &str) -> Option<String> {
    let template = expr::parse(text);
    if !template.is_valid() {
        return None;
    }
    match &template.kind {
        TemplateKind::Literal(text) => Some(quote(text)),
        TemplateKind::Expression(root) => Some(print_expression(&template, (*root)?)),
        TemplateKind::Interpolation(segments) => {
            let parts: Option<Vec<String>> = segments
                .iter()
                .map(|segment| match segment {
                    Segment::Text { text, .. } => Some(quote(text)),
                    Segment::Expression { expr, .. } => Some(print_expression(&template, (*expr)?)),
                })
                .collect();
            match parts?.as_slice() {
                [] => Some("''".to_owned()),
                [one] => Some(format!("string({one})")),
                all => Some(format!("concat({})", all.join(", "))),
            }
        }
    }
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

    #[test]
    fn trees_become_expressions() {
        let written = |text: &str| {
            let tree = Tree::parse(text);
            as_expression(tree.root(text).expect("a value"))
        };
        for (tree, expression) in [
            (
                r#"{"and":[{"equals":["@triggerBody()?['a']","it's"]},{"not":{"greater":["@x('b')",2]}}]}"#,
                "and(equals(triggerBody()?['a'], 'it''s'), not(greater(x('b'), 2)))",
            ),
            (
                r#"{"and":[{"equals":["a@{item()}b",true]}]}"#,
                "equals(concat('a', item(), 'b'), true)",
            ),
            (r#"{"Equals":["@{item()}",null]}"#, "equals(string(item()), null)"),
            (r#""@equals(item(),'@@x')""#, "equals(item(), '@@x')"),
            (r#"{"equals":["@@x",1.5]}"#, "equals('@x', 1.5)"),
        ] {
            assert_eq!(written(tree).as_deref(), Some(expression), "{tree}");
        }
        for tree in [
            "{}",
            r#"{"and":[]}"#,
            r#"{"equals":[[],1]}"#,
            r#"{"unheard":[1]}"#,
            r#"{"equals":["@x(",1]}"#,
            "5",
        ] {
            assert_eq!(written(tree), None, "{tree}");
        }
    }
}
