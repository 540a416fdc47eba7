//! A name is written in other letter case where it is used than where it is declared.

use std::cell::OnceCell;

use edits::WorkspaceEdit;
use expr::ReferenceKind;
use model::flow::Owner;
use model::{Profile, Spanned};
use rustc_hash::{FxHashMap, FxHashSet};
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An action, variable or parameter that an expression names in other letter case than it has, and a variable that an
    /// action sets, appends to or counts under such a name. What `runAfter` names is looked at by `invalid-run-after`.
    ///
    /// # Why it matters
    ///
    /// The service finds the name in any case, so the flow runs. But a search for the name misses the place, renaming in the
    /// designer can leave it behind, and other tools read the two as different names.
    ///
    /// # How to fix
    ///
    /// Write the name as it is declared. The fix does so and changes nothing else.
    ///
    /// # Example
    ///
    /// ```json
    /// "inputs": { "variables": [ { "name": "Counter", "type": "integer" } ] }
    /// "inputs": "@variables('counter')"
    /// ```
    ///
    /// ```json
    /// "inputs": { "variables": [ { "name": "Counter", "type": "integer" } ] }
    /// "inputs": "@variables('Counter')"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference>
    static RULE = {
        id: "reference-case-mismatch",
        summary: "a name is written in other letter case than it is declared in",
        category: Category::Expressions,
        severity: Severity::Hint,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let body = flow.body;
    let actions = Names::new("action", || body.actions.iter().map(|action| &action.name));
    let variables = Names::new("variable", || body.variables.iter().map(|variable| &variable.name));
    let parameters = Names::new("parameter", || {
        flow.summary.parameters.iter().map(|parameter| &parameter.name)
    });
    for site in &body.strings {
        for reference in expr::references(&site.info.template) {
            let declared = match reference.kind {
                ReferenceKind::Action | ReferenceKind::Scope | ReferenceKind::Foreach | ReferenceKind::Until => {
                    actions.other_case(reference.name)
                }
                ReferenceKind::Variable => variables.other_case(reference.name),
                ReferenceKind::Parameter => parameters.other_case(reference.name),
                _ => None,
            };
            if let Some(declared) = declared {
                let place = flow.source_span(site, reference.span);
                let text = declared.name.replace('\'', "''");
                findings.push(finding(flow, reference.name, &declared, place, &text, site.owner));
            }
        }
    }
    for write in &body.variable_writes {
        let name = &write.name.value;
        if let Some(declared) = variables.other_case(name) {
            let owner = Owner::Action(write.action);
            findings.push(finding(flow, name, &declared, write.name.span, declared.name, owner));
        }
    }
}

/// What a name stands for.
struct Declared<'a> {
    what: &'static str,
    name: &'a str,
    span: Span,
}

/// The names of one kind of thing.
struct Names<'a, I: Iterator<Item = &'a Spanned<String>>, F: Fn() -> I> {
    what: &'static str,
    all: F,
    exact: FxHashSet<&'a str>,
    /// By lower case. Nearly every name is right, and then nobody needs this.
    folded: OnceCell<FxHashMap<String, &'a Spanned<String>>>,
}

impl<'a, I: Iterator<Item = &'a Spanned<String>>, F: Fn() -> I> Names<'a, I, F> {
    fn new(what: &'static str, all: F) -> Self {
        Self {
            what,
            exact: all().map(|name| name.value.as_str()).collect(),
            all,
            folded: OnceCell::new(),
        }
    }

    /// The thing that has this name in other letter case; `None` where one has exactly this name.
    fn other_case(&self, name: &str) -> Option<Declared<'a>> {
        if self.exact.contains(name) {
            return None;
        }
        let folded = self.folded.get_or_init(|| {
            let mut folded = FxHashMap::default();
            for name in (self.all)() {
                folded.entry(name.value.to_lowercase()).or_insert(name);
            }
            folded
        });
        folded.get(&name.to_lowercase()).map(|found| Declared {
            what: self.what,
            name: &found.value,
            span: found.span,
        })
    }
}

fn finding(
    flow: &FlowContext<'_>,
    written: &str,
    declared: &Declared<'_>,
    place: Span,
    text: &str,
    owner: Owner,
) -> Finding {
    let Declared { what, name, span } = declared;
    let message =
        format!("The {what} is called `{name}`, not `{written}`. It is found in any case, but write it as it is.");
    let edit = WorkspaceEdit::replace(flow.file, place, syntax::json::escape(text));
    Finding::new(&RULE, flow.file, place, written, message)
        .action(flow.body.owner_path(owner))
        .fix(format!("Write `{name}`"), true, edit)
        .related(flow.file, *span, format!("the {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn sample(rest: &str) -> Sample {
        Sample::actions(&format!(
            r#""Init":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"People's List","type":"array"}}]}}}},
               "Each_Row":{{"type":"Foreach","runAfter":{{"Init":["Succeeded"]}},"foreach":"@createArray(1)","actions":{{}}}},{rest}"#
        ))
    }

    #[test]
    fn names_in_another_case_are_hints_with_a_safe_fix() {
        let sample = sample(
            r#""A":{"type":"Compose","runAfter":{"Each_Row":["Succeeded"]},"inputs":"@concat(result('each_row'), variables('people''s list'), parameters('$Authentication'))"},
               "B":{"type":"AppendToArrayVariable","runAfter":{"A":["Succeeded"]},"inputs":{"name":"PEOPLE'S LIST","value":"@outputs('a')"}}"#,
        );
        assert_eq!(
            sample.marked(RULE.id),
            ["each_row", "people''s list", "$Authentication", "PEOPLE'S LIST", "a"]
        );
        let found = sample.of(RULE.id);
        assert!(
            found
                .iter()
                .all(|one| one.finding.severity == Severity::Hint && one.finding.fixes[0].safe)
        );
        assert_eq!(sample.assert_fixes(RULE.id), 5);
        let fixed = sample.apply(&found[1].finding.fixes[0]);
        assert!(fixed.files[FLOW].contains("variables('People''s List')"));
    }

    #[test]
    fn right_and_unknown_names_are_left_alone() {
        let sample = sample(
            r#""A":{"type":"Compose","inputs":"@concat(result('Each_Row'), variables('People''s List'), outputs('Gone'), variables('x'))"},
               "a":{"type":"Compose","inputs":"@outputs('A')"},
               "B":{"type":"Compose","inputs":"@outputs('a')"}"#,
        );
        assert!(sample.of(RULE.id).is_empty(), "{:#?}", sample.of(RULE.id));
    }
}
