//! A function that the language does not have.

use edits::WorkspaceEdit;
use expr::CallIssue;
use model::Profile;
use model::flow::StringSite;
use syntax::{Span, TextEdit};

use super::expression_syntax::mistakes;
use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A call of a function that the expression language does not have, such as `len(…)`, `filter(…)` or a misspelt
    /// `triggerBodey()`. Functions that designers accept but that no current documentation lists are a hint.
    ///
    /// # Why it matters
    ///
    /// Names of functions are checked when a flow is saved or switched on, so a wrong one passes pack and import and the
    /// flow stays off in the target environment. One that slips through, as some in conditions do, fails the run that
    /// reaches it. An undocumented function runs today and is nobody's promise.
    ///
    /// # How to fix
    ///
    /// Use the function or action that the message names. Where the name is nearly one that exists, a fix changes it.
    ///
    /// # Example
    ///
    /// ```json
    /// "expression": "@greater(len(body('List_rows')?['value']), 0)"
    /// ```
    ///
    /// ```json
    /// "expression": "@greater(length(body('List_rows')?['value']), 0)"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference>
    static RULE = {
        id: "unknown-function",
        summary: "a function is called that does not exist",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Expression(check)],
    };
}

fn check(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    for issue in &site.info.issues {
        let CallIssue::UnknownFunction {
            name,
            span,
            undocumented,
            suggestion,
            hint,
        } = issue
        else {
            continue;
        };
        // In a text that is no expression, what looks like a call may be a word before a bracket.
        if !site.info.template.is_valid() && suggestion.is_none() && hint.is_none() {
            continue;
        }
        let place = flow.source_span(site, *span);
        let action = flow.body.owner_path(site.owner);
        if *undocumented {
            let replacement = expr::lookup(name).and_then(|function| function.replacement.as_deref());
            let instead = match (hint, replacement) {
                (Some(hint), _) => (*hint).to_owned(),
                (None, Some(other)) => format!("Use `{other}` instead."),
                (None, None) => "Prefer a documented one.".to_owned(),
            };
            let message =
                format!("The function `{name}` is in no current documentation, so it may stop working. {instead}");
            findings.push(
                Finding::new(&RULE, flow.file, place, name, message)
                    .severity(Severity::Hint)
                    .action(action),
            );
            continue;
        }
        let mut message = format!("There is no function `{name}`, so the flow cannot be saved or fails when it runs.");
        match (hint, suggestion) {
            (Some(hint), _) => message.extend([" ", hint]),
            (None, Some(near)) => message.push_str(&format!(" Did you mean `{near}`?")),
            (None, None) => {}
        }
        let mut finding = Finding::new(&RULE, flow.file, place, name, message).action(action);
        if let Some(near) = suggestion
            && leaves_less(site, *span, near)
        {
            finding = finding.fix(
                format!("Change to `{near}`"),
                false,
                WorkspaceEdit::replace(flow.file, place, *near),
            );
        }
        findings.push(finding);
    }
}

/// A wrong name hides a wrong number of arguments; where that would come to light, the name alone is no fix.
fn leaves_less(site: &StringSite, span: Span, name: &str) -> bool {
    let Some(text) = syntax::edit::apply(&site.info.text, &[TextEdit::new(span, name)]) else {
        return false;
    };
    let template = expr::parse(&text);
    !template.is_valid() || mistakes(&expr::check_calls(&template)) < mistakes(&site.info.issues)
}

#[cfg(test)]
mod tests {
    use crate::finding::Severity;
    use crate::testing::Sample;

    const RULE: &str = "unknown-function";

    fn compose(expression: &str) -> Sample {
        Sample::actions(&format!(
            r#""C":{{"type":"Compose","inputs":"{expression}","runAfter":{{}}}}"#
        ))
    }

    #[test]
    fn an_unknown_name_is_marked_and_mended() {
        let sample = compose("@concat(utcNwo(), 'x')");
        let found = sample.of(RULE);
        assert_eq!(sample.marked(RULE), ["utcNwo"]);
        assert!(
            found[0].finding.message.contains("`utcNow`"),
            "{}",
            found[0].finding.message
        );
        assert_eq!(sample.assert_fixes(RULE), 1);
    }

    #[test]
    fn a_name_of_another_language_gets_its_advice() {
        let found = compose("@filter(variables('a'), 1)").of(RULE);
        assert!(
            found[0].finding.message.contains("Filter array"),
            "{}",
            found[0].finding.message
        );
    }

    #[test]
    fn a_rename_that_uncovers_a_wrong_call_is_not_offered() {
        let sample = compose("@lenght()");
        assert_eq!(sample.marked(RULE), ["lenght"]);
        assert_eq!(sample.assert_fixes(RULE), 0);
    }

    #[test]
    fn case_does_not_matter_and_the_undocumented_is_a_hint() {
        assert!(compose("@UTCNOW()").of(RULE).is_empty());
        let found = compose("@utf8Length('x')").of(RULE);
        assert_eq!((found.len(), found[0].finding.severity), (1, Severity::Hint));
        assert!(
            compose("@actionBody('C')").of(RULE)[0]
                .finding
                .message
                .contains("Use `body`")
        );
    }

    #[test]
    fn words_of_a_broken_text_are_not_functions() {
        assert!(compose("@Everyone (please) read").of(RULE).is_empty());
        assert_eq!(
            compose("@concat(utcNwo(), ").marked(RULE),
            ["utcNwo"],
            "a half-typed expression is one"
        );
    }
}
