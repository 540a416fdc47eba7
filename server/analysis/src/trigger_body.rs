//! Which parts of a trigger's body a flow reads.

use expr::{ExprId, NodeKind, ReferenceKind, Template};
use model::flow::FlowView;

/// A value, as far as it is read: what it is and what is read of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Whether it is read by position, as lists are.
    pub list: Option<Box<Shape>>,
    /// Properties that are read, in the order in which they are first read.
    pub properties: Vec<(String, Shape)>,
}

impl Shape {
    /// Whether nothing is read of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_none() && self.properties.is_empty()
    }

    fn add(&mut self, path: &[Part]) {
        let mut shape = self;
        for part in path.iter().take(MAX_DEPTH) {
            shape = match part {
                Part::Item => shape.list.get_or_insert_default(),
                Part::Name(name) => {
                    let known = shape.properties.iter().position(|(own, _)| own == name);
                    let at = known.unwrap_or_else(|| {
                        shape.properties.push((name.clone(), Self::default()));
                        shape.properties.len() - 1
                    });
                    &mut shape.properties[at].1
                }
            };
        }
    }
}

/// What a flow reads of its trigger's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyUse {
    /// The parts that are read by name or position.
    pub shape: Shape,
    /// Whether the body is taken as a whole somewhere, or a part of it whose name is worked out.
    pub whole: bool,
}

impl BodyUse {
    /// Whether the flow does not look at the body at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.whole && self.shape.is_empty()
    }
}

enum Part {
    Name(String),
    Item,
}

/// Deeper paths are cut.
const MAX_DEPTH: usize = 16;

/// What a flow reads of its trigger's body: `triggerBody()`, and the same through `triggerOutputs()` and `trigger()`.
#[must_use]
pub fn body_use(flow: &FlowView<'_>) -> BodyUse {
    let mut used = BodyUse::default();
    let sites = flow.body.strings.iter();
    for site in sites.filter(|site| site.info.refers_to.has(ReferenceKind::Trigger)) {
        let template = &site.info.template;
        for (id, call) in template.calls() {
            let name = call.function.map(|function| function.name.as_str()).unwrap_or_default();
            let above: &[&str] = match name {
                "triggerBody" => &[],
                "triggerOutputs" => &["body"],
                "trigger" => &["outputs", "body"],
                _ => continue,
            };
            match read(template, id, above) {
                Some(path) if path.is_empty() => used.whole = true,
                Some(path) => used.shape.add(&path),
                None => {}
            }
        }
    }
    used
}

/// The path below the body that is read of a call; empty for all of it, `None` where something else is read.
fn read(template: &Template, call: ExprId, above: &[&str]) -> Option<Vec<Part>> {
    let mut path: Vec<Part> = Vec::new();
    let mut missing = above;
    let mut node = call;
    while let Some(outer) = template.parent(node) {
        let part = match &template.node(outer).kind {
            NodeKind::Dot { base, name, .. } if *base == node => Part::Name(name.clone()),
            NodeKind::Index { base, index, .. } if *base == node => match &template.node(*index).kind {
                NodeKind::Str(literal) => Part::Name(literal.value.clone()),
                NodeKind::Int(_) => Part::Item,
                // The name is worked out: everything may be meant.
                _ => break,
            },
            _ => break,
        };
        match (part, missing.split_first()) {
            (Part::Name(name), Some((next, rest))) => {
                // `triggerOutputs()?['body/name']` is one step with two names.
                let (first, more) = name.split_once('/').unwrap_or((&name, ""));
                if !first.eq_ignore_ascii_case(next) {
                    return None;
                }
                missing = rest;
                let mut more: Vec<&str> = more.split('/').filter(|part| !part.is_empty()).collect();
                while let (Some((next, rest)), false) = (missing.split_first(), more.is_empty()) {
                    if !more[0].eq_ignore_ascii_case(next) {
                        return None;
                    }
                    missing = rest;
                    more.remove(0);
                }
                path.extend(more.into_iter().map(|part| Part::Name(part.to_owned())));
            }
            (Part::Item, Some(_)) => return None,
            (part, None) => path.push(part),
        }
        node = outer;
    }
    // What is above the body as a whole holds the body too.
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::flow;
    use model::flow::StringMemo;
    use syntax::json::Tree;

    fn of(expressions: &[&str]) -> BodyUse {
        let actions: Vec<String> = expressions
            .iter()
            .enumerate()
            .map(|(at, text)| format!(r#""C{at}":{{"type":"Compose","inputs":"{text}"}}"#))
            .collect();
        let text = flow(&[], r#""t":{"type":"Request","kind":"Http"}"#, &actions.join(","));
        let tree = Tree::parse(&text);
        let flow =
            model::flow::read(&tree, &text, "/s/Workflows/F.json", true, &StringMemo::default()).expect("a flow");
        body_use(&FlowView {
            summary: &flow.summary,
            body: &flow.body,
            text: &text,
            tree: &tree,
        })
    }

    fn shown(shape: &Shape) -> String {
        let properties: Vec<String> = shape
            .properties
            .iter()
            .map(|(name, inner)| format!("{name}{}", shown(inner)))
            .collect();
        let list = shape
            .list
            .as_ref()
            .map(|item| format!("[{}]", shown(item)))
            .unwrap_or_default();
        match properties.as_slice() {
            [] => list,
            some => format!("({}){list}", some.join(" ")),
        }
    }

    #[test]
    fn paths_are_gathered() {
        let used = of(&[
            "@triggerBody()?['id']",
            "a@{triggerBody()['customer'].name}b@{triggerOutputs()?['body/customer/mail']}",
            "@triggerOutputs()?['body']?['lines'][0]?['sku']",
            "@trigger()['outputs']['body']['id']",
            "@concat(triggerBody()?['customer']?['name'], 'x')",
        ]);
        assert_eq!(shown(&used.shape), "(id customer(name mail) lines[(sku)])");
        assert!(!used.whole);
    }

    #[test]
    fn the_whole_body_and_what_is_not_the_body() {
        assert!(of(&["@triggerBody()"]).whole && of(&["@string(triggerOutputs())"]).whole);
        assert!(of(&["@triggerBody()?[variables('x')]"]).whole);
        let used = of(&[
            "@triggerOutputs()?['headers']?['x']",
            "@triggerOutputs()['queries/a']",
            "@trigger().name",
            "@utcNow()",
        ]);
        assert!(used.is_empty(), "{used:?}");
        assert!(of(&["@triggerBody()["]).whole || of(&["@triggerBody()["]).is_empty());
    }
}
