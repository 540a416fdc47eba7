//! What expressions read of a value, step by step: two texts that read the same have the same steps.

use expr::{ExprId, NodeKind, Template};

/// What is read, from a call outwards: `body('A')?['b/c'].d` has the call `outputs('a')` and the steps `body`, `b`, `c`,
/// `d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Access<'t> {
    /// The call, in one spelling.
    pub call: String,
    /// The steps, as written.
    pub steps: Vec<&'t str>,
}

/// A step to some item of a list.
pub(super) const ITEM: &str = "[]";

impl<'t> Access<'t> {
    /// What a node reads; `None` where it is not read from a call that names what it gives.
    pub fn of(template: &'t Template, node: ExprId) -> Option<Self> {
        let mut steps: Vec<&str> = Vec::new();
        let mut at = node;
        let call = loop {
            match &template.node(at).kind {
                NodeKind::Dot { base, name, .. } => {
                    steps.push(name);
                    at = *base;
                }
                NodeKind::Index { base, index, .. } => {
                    match &template.node(*index).kind {
                        NodeKind::Str(literal) => steps.extend(literal.value.rsplit('/')),
                        _ => steps.push(ITEM),
                    }
                    at = *base;
                }
                NodeKind::Call(call) => break call,
                _ => return None,
            }
        };
        let function = call.function?;
        let name = match call.args.as_slice() {
            [] => String::new(),
            [one] => template.node(*one).as_str()?.to_lowercase(),
            _ => return None,
        };
        function.reference.as_ref()?;
        let (call, body) = match function.name.as_str() {
            "body" | "actionBody" => ("outputs", true),
            "actionOutputs" => ("outputs", false),
            "triggerBody" => ("triggerOutputs", true),
            other => (other, false),
        };
        if body {
            steps.push("body");
        }
        steps.reverse();
        Some(Self {
            call: format!("{call}('{name}')"),
            steps,
        })
    }

    /// The steps behind those of `base`, where this reads something of the same value.
    pub fn behind(&self, base: &Self) -> Option<&[&'t str]> {
        if self.call != base.call || self.steps.len() <= base.steps.len() {
            return None;
        }
        let (own, rest) = self.steps.split_at(base.steps.len());
        let same = own.iter().zip(&base.steps).all(|(a, b)| a.eq_ignore_ascii_case(b));
        same.then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let template = expr::parse(text);
        let found = template.roots().first().and_then(|root| Access::of(&template, *root));
        found.map_or(String::new(), |found| {
            format!("{} {}", found.call, found.steps.join(" "))
        })
    }

    #[test]
    fn what_reads_the_same_has_the_same_steps() {
        for same in [
            "@body('A b')?['c/d'].e",
            "@outputs('a b')?['body/c/d']?['e']",
            "@outputs('A b')['body']?['c']['d/e']",
        ] {
            assert_eq!(of(same), "outputs('a b') body c d e");
        }
        assert_eq!(of("@triggerBody()?['x']?[0]?['y']"), "triggerOutputs('') body x [] y");
        assert_eq!(of("@items('Each')"), "items('each') ");
        assert_eq!(of("@first(body('A'))?['x']"), "");
        assert_eq!(of("@body(concat('a', 'b'))?['x']"), "");
    }
}
