//! A variable is initialised inside another action.

use model::Profile;
use model::flow::Owner;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An `InitializeVariable` that stands inside a scope, condition, switch or loop.
    ///
    /// # Why it matters
    ///
    /// The service initialises variables at the top level of a flow only, and refuses to switch on a flow that does it elsewhere.
    ///
    /// # How to fix
    ///
    /// Move the action to the top level, before its container, and set the variable where the value is known.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "Scope": { "type": "Scope", "actions": { "Initialize_total": { "type": "InitializeVariable" } } }
    /// // right
    /// "Initialize_total": { "type": "InitializeVariable" }, "Scope": { "type": "Scope", "actions": {} }
    /// ```
    ///
    /// # References
    ///
    /// - [Create and use variables](https://learn.microsoft.com/azure/logic-apps/logic-apps-create-variables-store-values)
    static RULE = {
        id: "nested-initialize-variable",
        summary: "a variable is initialised inside another action",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    // A missing brace can put an action into another one.
    if !flow.summary.complete {
        return;
    }
    for (id, action) in flow.body.actions() {
        let Some(parent) = flow.body.parent(id).filter(|_| action.is("InitializeVariable")) else {
            continue;
        };
        let container = flow.body.action(parent);
        let message = format!(
            "`{}` initialises a variable inside `{}`, and the service allows that at the top level of a flow only. Move it before its container.",
            action.title(),
            container.title()
        );
        let name = &action.name;
        let finding = Finding::new(&RULE, flow.file, name.span, name.value.clone(), message);
        let path = flow.body.owner_path(Owner::Action(id));
        findings.push(
            finding
                .action(path)
                .related(flow.file, container.name.span, "the container"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    #[test]
    fn only_inside_containers() {
        let variable = r#""V":{"type":"initializevariable","inputs":{"variables":[{"name":"v","type":"string"}]}}"#;
        assert_eq!(Sample::actions(variable).marked(RULE.id), Vec::<String>::new());
        let nested =
            format!(r#""S":{{"type":"If","expression":"@true","actions":{{}},"else":{{"actions":{{{variable}}}}}}}"#);
        assert_eq!(Sample::actions(&nested).marked(RULE.id), ["V"]);
    }
}
