//! A call with too few or too many arguments.

use expr::CallIssue;
use model::Profile;
use model::flow::StringSite;
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A call with fewer or more arguments than its function takes, such as an `if` without its third one. Calls that hold
    /// a syntax error are left out: nobody knows yet how many arguments they have.
    ///
    /// # Why it matters
    ///
    /// The service counts arguments when a flow is saved or switched on and refuses the flow. Until then nothing tells:
    /// neither packing nor importing the solution looks at them.
    ///
    /// # How to fix
    ///
    /// Complete the call by the signature in the message. Often a comma or a closing parenthesis stands one place too
    /// early or too late.
    ///
    /// # Example
    ///
    /// ```json
    /// "inputs": "@if(equals(variables('count'), 0), 'none')"
    /// ```
    ///
    /// ```json
    /// "inputs": "@if(equals(variables('count'), 0), 'none', 'some')"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference>
    static RULE = {
        id: "wrong-argument-count",
        summary: "a function is called with too few or too many arguments",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Expression(check)],
    };
}

fn check(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    for issue in &site.info.issues {
        let CallIssue::WrongArgumentCount { function, span, .. } = issue else {
            continue;
        };
        // The name has the catalogue's length, in whatever case it is written; the whole call can be pages long.
        let name = Span::new(span.start, span.start + u32::try_from(function.name.len()).unwrap_or(0));
        let place = flow.source_span(site, name);
        let message = format!("The flow cannot be saved: {issue}");
        findings.push(
            Finding::new(&RULE, flow.file, place, &function.name, message).action(flow.body.owner_path(site.owner)),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Sample;

    const RULE: &str = "wrong-argument-count";

    fn compose(expression: &str) -> Sample {
        Sample::actions(&format!(
            r#""C":{{"type":"Compose","inputs":"{expression}","runAfter":{{}}}}"#
        ))
    }

    #[test]
    fn too_few_and_too_many_are_marked_at_the_name() {
        let sample = compose("@concat(IF(true, 1), guid('D', 2))");
        assert_eq!(sample.marked(RULE), ["IF", "guid"]);
        let found = sample.of(RULE);
        assert!(
            found[0].finding.message.contains("`if` takes 3 arguments, not 2"),
            "{}",
            found[0].finding.message
        );
        assert_eq!(found[0].finding.action.as_deref(), Some("C"));
    }

    #[test]
    fn right_calls_and_calls_still_being_typed_are_left_alone() {
        for expression in [
            "@if(true, 1, 2)",
            "@guid()",
            "@concat('a')",
            "@if(true, ",
            "@if(true, 1,)",
            "@if(true 1)",
        ] {
            assert!(compose(expression).of(RULE).is_empty(), "{expression}");
        }
    }
}
