//! An expression reads the item of a loop it is not in.

use model::Profile;
use model::flow::Owner;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// `items('Loop')` in an action that does not stand inside that loop.
    ///
    /// # Why it matters
    ///
    /// Outside of the loop there is no current item. The service refuses to switch on the flow.
    ///
    /// # How to fix
    ///
    /// Move the action into the loop, or read what the loop produced, for example from a variable that the loop fills.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong: the action runs after the loop
    /// "Compose": { "type": "Compose", "inputs": "@items('For_each')?['id']", "runAfter": { "For_each": ["Succeeded"] } }
    /// ```
    ///
    /// # References
    ///
    /// - [Workflow expression functions: items](https://learn.microsoft.com/azure/logic-apps/expression-functions-reference#items)
    static RULE = {
        id: "item-out-of-scope",
        summary: "an expression reads the item of a loop it is not in",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    for site in &flow.body.strings {
        let Owner::Action(id) = site.owner else { continue };
        for reference in expr::references(&site.info.template) {
            if reference.kind != expr::ReferenceKind::Foreach {
                continue;
            }
            let named = |action: &model::flow::Action| model::same_name(&action.name.value, reference.name);
            let inside = flow.body.ancestors(id).any(|outer| named(flow.body.action(outer)));
            // A name that no action has is the business of `unknown-action-reference`.
            let Some((_, target)) = flow
                .body
                .actions()
                .find(|(_, action)| named(action))
                .filter(|_| !inside)
            else {
                continue;
            };
            let what = if target.is("Foreach") || target.is("Until") {
                "this action does not stand inside that loop"
            } else {
                "that is no loop around this action"
            };
            let message = format!(
                "The current item of `{}` is read here, but {what}, so the flow cannot be switched on. Move the action into the loop, or read what the loop produced.",
                target.title()
            );
            let span = flow.source_span(site, syntax::Span::new(reference.span.start, reference.span.end));
            let finding = Finding::new(&RULE, flow.file, span, reference.name, message);
            let path = flow.body.owner_path(site.owner);
            findings.push(finding.action(path).related(flow.file, target.name.span, "the loop"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    #[test]
    fn outside_and_inside() {
        let outside = r#""L":{"type":"Foreach","foreach":"@createArray(1)","actions":{"I":{"type":"Compose","inputs":"@items('l')"}}},"A":{"type":"Compose","inputs":"@items('L')","runAfter":{"L":["Succeeded"]}}"#;
        let found = Sample::actions(outside).of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].marked.as_str(), found[0].finding.action.as_deref()),
            ("L", Some("A"))
        );
    }
}
