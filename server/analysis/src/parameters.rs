//! Parameters of operations by their names, however a file nests them: `"item/name": …`, `"item": { "name": … }`, or, in
//! actions of the older form, in the request's `body` and `queries`.

use syntax::json::Value;

/// The parameter of a path such as `subscriptionRequest/message`, without regard to case.
#[must_use]
pub fn parameter<'a>(parameters: Value<'a>, path: &str) -> Option<Value<'a>> {
    if let Some(value) = parameters.get_ignore_case(path) {
        return Some(value);
    }
    path.match_indices('/').find_map(|(at, _)| {
        let inner = parameters.get_ignore_case(path.get(..at)?)?;
        parameter(inner, path.get(at + 1..)?)
    })
}

/// The same for the inputs of an action of the older form, whose `body` holds what `root` holds in today's form.
#[must_use]
pub fn older_parameter<'a>(inputs: Value<'a>, name: &str) -> Option<Value<'a>> {
    let parts = ["body", "queries"].into_iter();
    parts
        .filter_map(|part| inputs.get_ignore_case(part))
        .find_map(|part| parameter(part, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::json::Tree;

    #[test]
    fn flat_nested_and_older() {
        for text in [
            r#"{"Item/Name/value":"x"}"#,
            r#"{"item":{"name/value":"x"}}"#,
            r#"{"item":{"name":{"Value":"x"}}}"#,
            r#"{"item/name":{"value":"x"}}"#,
        ] {
            let tree = Tree::parse(text);
            let found = parameter(tree.root(text).unwrap(), "item/name/value");
            assert!(found.is_some_and(|value| value.is_str("x")), "{text}");
        }
        let text = r#"{"method":"post","body":{"message":3}}"#;
        let tree = Tree::parse(text);
        assert!(older_parameter(tree.root(text).unwrap(), "Message").is_some());
        assert!(parameter(tree.root(text).unwrap(), "message/x").is_none());
    }
}
