//! An expression names an action that the flow does not have.

use edits::WorkspaceEdit;
use expr::{Reference, ReferenceKind};
use model::Profile;
use model::flow::{Action, FlowBody, Owner, StringSite, Trigger};
use rustc_hash::FxHashMap;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An expression that names an action the flow does not have, on any level: in `outputs`, `body`, `actions`,
    /// `result`, `items`, `iterationIndexes` and the functions for forms and multipart bodies. Names compare without case,
    /// as they do when the flow runs. Names that an expression computes are left out, and so is a file that is not valid
    /// JSON at the moment.
    ///
    /// # Why it matters
    ///
    /// It is what remains when an action is renamed or deleted outside the designer. The service refuses such a flow when
    /// it is switched on, after the import has reported success.
    ///
    /// # How to fix
    ///
    /// Name the action by its key in `actions`, where blanks are written as underscores. Where one is nearly called so, a
    /// fix renames the reference.
    ///
    /// # Example
    ///
    /// ```json
    /// "List_rows": { "type": "OpenApiConnection" },
    /// "Compose": { "type": "Compose", "inputs": "@outputs('List_row')?['body/value']" }
    /// ```
    ///
    /// ```json
    /// "List_rows": { "type": "OpenApiConnection" },
    /// "Compose": { "type": "Compose", "inputs": "@outputs('List_rows')?['body/value']" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference>
    static RULE = {
        id: "unknown-action-reference",
        summary: "an expression names an action that the flow does not have",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// So many references get a suggestion; each looks at every name of the flow.
const MAX_SUGGESTIONS: usize = 50;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    let mut names = None;
    let mut suggestions = 0;
    let order = flow.order();
    for (site, reference) in flow.references(&STEPS) {
        let is_trigger = |trigger: &Trigger| model::same_name(&trigger.name.value, reference.name);
        if order.named(flow.body, reference.name).next().is_some() || flow.body.triggers.iter().any(is_trigger) {
            continue;
        }
        suggestions += 1;
        let near = if suggestions <= MAX_SUGGESTIONS {
            let names = names.get_or_insert_with(|| Names::of(flow.body));
            names.near(flow.body, site, &reference)
        } else {
            None
        };
        findings.push(finding(flow, site, &reference, near));
    }
}

/// What names an action.
const STEPS: [ReferenceKind; 4] = [
    ReferenceKind::Action,
    ReferenceKind::Scope,
    ReferenceKind::Foreach,
    ReferenceKind::Until,
];

fn finding(flow: &FlowContext<'_>, site: &StringSite, reference: &Reference<'_>, near: Option<&Action>) -> Finding {
    let name = reference.name;
    // An empty name has no width to mark.
    let place = if reference.span.is_empty() {
        site.info.template.node(reference.call).span
    } else {
        reference.span
    };
    let what = match reference.kind {
        ReferenceKind::Foreach | ReferenceKind::Until => "loop",
        ReferenceKind::Scope => "scope",
        _ => "action",
    };
    let advice = match near {
        Some(action) => format!("Did you mean `{}`?", action.name.value),
        None => "It was renamed, deleted, or never there: name an action of this flow.".to_owned(),
    };
    let message = format!("This flow has no {what} `{name}`, so it cannot be switched on. {advice}");
    let finding = Finding::new(&RULE, flow.file, flow.source_span(site, place), name, message)
        .action(flow.body.owner_path(site.owner));
    let Some(action) = near else { return finding };
    let literal = syntax::json::escape(&action.name.value.replace('\'', "''"));
    let edit = WorkspaceEdit::replace(flow.file, flow.source_span(site, reference.span), literal);
    finding
        .fix(format!("Rename to `{}`", action.name.value), false, edit)
        .related(flow.file, action.name.span, format!("`{}` is here", action.name.value))
}

/// The actions of all levels by name.
struct Names<'a> {
    exact: FxHashMap<&'a str, &'a Action>,
    folded: FxHashMap<String, &'a Action>,
}

impl<'a> Names<'a> {
    fn of(body: &'a FlowBody) -> Self {
        let actions = body.actions.iter();
        let exact: FxHashMap<&str, &Action> = actions.map(|action| (action.name.value.as_str(), action)).collect();
        let folded = exact
            .iter()
            .map(|(name, action)| (name.to_lowercase(), *action))
            .collect();
        Self { exact, folded }
    }

    /// The action that was meant, if one is called nearly so and is of the kind the function needs.
    fn near(&self, body: &FlowBody, site: &StringSite, reference: &Reference<'_>) -> Option<&'a Action> {
        let own = match site.owner {
            Owner::Action(id) => Some(body.action(id).name.span),
            _ => None,
        };
        // Only a loop around the place has a current item there.
        let around = |action: &Action| match site.owner {
            Owner::Action(id) => body
                .ancestors(id)
                .any(|outer| body.action(outer).name.span == action.name.span),
            _ => false,
        };
        let fits = |action: &&'a Action| match reference.kind {
            ReferenceKind::Foreach => action.is("Foreach") && around(action),
            ReferenceKind::Until => action.is("Until"),
            ReferenceKind::Scope => ["Scope", "Foreach", "Until"].iter().any(|kind| action.is(kind)),
            _ => Some(action.name.span) != own,
        };
        // The designer shows underscores as blanks, so that is how people write them.
        let shown = reference.name.trim().replace(' ', "_").to_lowercase();
        if let Some(action) = self.folded.get(&shown).copied().filter(fits) {
            return Some(action);
        }
        let candidates = self.exact.values().copied().filter(fits);
        let near = expr::did_you_mean(reference.name, candidates.map(|action| action.name.value.as_str()))?;
        self.exact.get(near).copied()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "unknown-action-reference";

    fn sample(expression: &str) -> Sample {
        Sample::actions(&format!(
            r#""List_rows":{{"type":"Compose","inputs":1,"runAfter":{{}}}},
               "It's_a_\"loop\"":{{"type":"Foreach","foreach":"@createArray(1)","runAfter":{{}},"actions":{{
                 "Inner":{{"type":"Compose","inputs":"x","runAfter":{{}}}}}}}},
               "Use":{{"type":"Compose","inputs":"{expression}","runAfter":{{"List_rows":["Succeeded"],"It's_a_\"loop\"":["Succeeded"]}}}}"#
        ))
    }

    #[test]
    fn a_name_that_nothing_has_is_marked() {
        let sample = sample("@concat(outputs('List_row'), body('Nowhere at all'))");
        assert_eq!(sample.marked(RULE), ["List_row", "Nowhere at all"]);
        let found = sample.of(RULE);
        assert_eq!(
            (found[0].finding.action.as_deref(), found[0].path.as_str()),
            (Some("Use"), FLOW)
        );
        assert!(found[0].finding.message.contains("`List_rows`") && found[1].finding.fixes.is_empty());
        assert_eq!(
            &sample.files[FLOW][found[0].finding.related[0].span.range()],
            "List_rows"
        );
        assert_eq!(sample.assert_fixes(RULE), 1);
    }

    #[test]
    fn every_level_the_trigger_and_any_case_count() {
        for expression in [
            "@outputs('list_ROWS')",
            "@body('Inner')",
            "@outputs('manual')",
            "@body(concat('a', 'b'))",
            "@items('It''s_a_\\\"loop\\\"')",
        ] {
            assert!(sample(expression).of(RULE).is_empty(), "{expression}");
        }
    }

    #[test]
    fn the_name_as_the_designer_shows_it_is_recognised() {
        let sample = sample("@body('list rows')");
        assert!(sample.of(RULE)[0].finding.message.contains("`List_rows`"));
        assert_eq!(sample.assert_fixes(RULE), 1);
    }

    #[test]
    fn apostrophes_and_quotes_survive_the_fix() {
        let sample = sample("@outputs('Its_a_\\\"loop\\\"')");
        assert_eq!(sample.assert_fixes(RULE), 1);
        let fixed = sample.apply(&sample.of(RULE)[0].finding.fixes[0]);
        assert!(
            fixed.files[FLOW].contains(r#"@outputs('It''s_a_\"loop\"')"#),
            "{}",
            fixed.files[FLOW]
        );
    }

    #[test]
    fn only_a_loop_is_suggested_for_items_and_never_the_action_itself() {
        assert!(sample("@items('List_row')").of(RULE)[0].finding.fixes.is_empty());
        assert!(sample("@outputs('Used')").of(RULE)[0].finding.fixes.is_empty());
    }

    #[test]
    fn a_broken_file_misses_nothing() {
        let broken = sample("@outputs('Nowhere')").replace(FLOW, r#""inputs":1,"#, r#""inputs":1"#);
        assert!(broken.of(RULE).is_empty());
    }
}
