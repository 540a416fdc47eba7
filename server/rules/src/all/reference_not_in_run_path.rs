//! An expression reads an action that does not run before it.

use expr::{Reference, ReferenceKind};
use model::Profile;
use model::flow::{ActionId, Owner, StringSite};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::run_path::gap;

declare_rule! {
    /// # What it finds
    ///
    /// An expression that reads an action which has not run by then: one that runs side by side with it, runs later, stands
    /// in another branch of the same condition, contains it, or is the action itself. What has run is everything on the way
    /// along `runAfter`, in the action's own scope and before each scope around it, with everything inside of those. The
    /// condition of an *Until* loop may read what is inside of the loop.
    ///
    /// Where the order cannot be read, because a name in `runAfter` is wrong or actions wait for each other, the rule says
    /// nothing.
    ///
    /// # Why it matters
    ///
    /// The service refuses such a flow when it is switched on, after the import has reported success: "Action 'Y' must
    /// either be in 'runAfter' path or within a scope action on the 'runAfter' path of action 'X', or be a Trigger".
    ///
    /// # How to fix
    ///
    /// Let the action, or the scope around it, run after the one it reads: a fix adds that entry to `runAfter` where the two
    /// run side by side. Otherwise move one of them.
    ///
    /// # Example
    ///
    /// ```json
    /// "Get_row": { "type": "OpenApiConnection", "runAfter": {} },
    /// "Compose": { "type": "Compose", "inputs": "@outputs('Get_row')?['body/name']", "runAfter": {} }
    /// ```
    ///
    /// ```json
    /// "Get_row": { "type": "OpenApiConnection", "runAfter": {} },
    /// "Compose": { "type": "Compose", "inputs": "@outputs('Get_row')?['body/name']", "runAfter": { "Get_row": [ "Succeeded" ] } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Workflow actions in Azure Logic Apps*, on `runAfter`:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers>
    static RULE = {
        id: "reference-not-in-run-path",
        summary: "an expression reads an action that has not run by then",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    for (site, reference) in flow.references(&[ReferenceKind::Action, ReferenceKind::Scope]) {
        let named = flow.order().named(flow.body, reference.name);
        let Some((target, gap)) = gap(flow, site.owner, named) else {
            continue;
        };
        // A name that the trigger has as well means the trigger.
        let is_trigger = |trigger: &model::flow::Trigger| model::same_name(&trigger.name.value, reference.name);
        if flow.body.triggers.iter().any(is_trigger) || is_after_the_action(flow, site, target) {
            continue;
        }
        findings.push(finding(flow, site, &reference, target, gap));
    }
}

fn finding(
    flow: &FlowContext<'_>,
    site: &StringSite,
    reference: &Reference<'_>,
    target: ActionId,
    gap: crate::run_path::Gap,
) -> Finding {
    let reader = match site.owner {
        Owner::Action(id) => format!("`{}`", flow.body.action(id).name.value),
        _ => "The trigger".to_owned(),
    };
    let what = match site.owner == Owner::Action(target) {
        true => "itself".to_owned(),
        false => format!("`{}`", flow.body.action(target).name.value),
    };
    let message = format!(
        "{reader} reads {what}, but {}, so the flow cannot be switched on. {}",
        gap.why, gap.advice
    );
    let span = flow.source_span(site, reference.span);
    let finding = Finding::new(&RULE, flow.file, span, reference.name, message);
    gap.show(flow, finding.action(flow.body.owner_path(site.owner)))
}

/// Whether a string is evaluated when its own action has ended, which it may name then.
fn is_after_the_action(flow: &FlowContext<'_>, site: &StringSite, target: ActionId) -> bool {
    if site.owner != Owner::Action(target) {
        return false;
    }
    let value = flow.value(flow.body.action(target).node);
    let late = [&["trackedProperties"][..], &["inputs", "unsubscribe"]];
    late.iter().any(|path| {
        let part = value.and_then(|value| value.path(path));
        part.is_some_and(|part| part.span().contains_span(site.span))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Found, Sample};

    const RULE: &str = "reference-not-in-run-path";

    /// First → Scope (Inside) → Check (Yes | No); Lone beside them; `Use` runs after `after` and has these inputs.
    fn sample(after: &str, inputs: &str) -> Sample {
        let compose = |name: &str| format!(r#""{name}":{{"type":"Compose","inputs":"@utcNow()","runAfter":{{}}}}"#);
        Sample::actions(&format!(
            r#"{first},
            "Scope":{{"type":"Scope","actions":{{{inside}}},"runAfter":{{"First":["Succeeded"]}}}},
            "Check":{{"type":"If","expression":"@empty('')","actions":{{{yes}}},"else":{{"actions":{{"Use":{{"type":"Compose","inputs":"{inputs}","runAfter":{{{after}}}}}}}}},"runAfter":{{"Scope":["Succeeded"]}}}},
            "Lone":{{"type":"Foreach","foreach":"@createArray(1)","actions":{{{deep}}},"runAfter":{{}}}}"#,
            first = compose("First"),
            inside = compose("Inside"),
            yes = compose("Yes"),
            deep = compose("Deep"),
        ))
    }

    fn only(sample: &Sample) -> Found {
        let mut found = sample.of(RULE);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    #[test]
    fn what_has_run_is_left_alone() {
        for name in ["First", "inside", "Scope", "manual"] {
            let flow = sample("", &format!("@outputs('{name}')"));
            assert!(flow.of(RULE).is_empty(), "{name}: {:#?}", flow.of(RULE));
        }
        let until = r#""U":{"type":"Until","expression":"@equals(outputs('I'), 1)","actions":{"I":{"type":"Compose","inputs":1}}}"#;
        assert!(Sample::actions(until).of(RULE).is_empty());
        let tracked = r#""A":{"type":"Compose","inputs":1,"trackedProperties":{"a":"@outputs('A')"}}"#;
        assert!(Sample::actions(tracked).of(RULE).is_empty());
    }

    #[test]
    fn each_reason_is_told() {
        for (name, says) in [
            (
                "Use",
                "`Use` reads itself, but an action has no result before it has run",
            ),
            ("Check", "`Check` contains `Use` and has not ended by then"),
            ("Yes", "`Yes` stands in another branch of `Check`"),
            ("Lone", "`Check` does not wait for `Lone`, so"),
            ("Deep", "`Check` does not wait for `Lone`, which contains `Deep`, so"),
        ] {
            let flow = sample("", &format!("@outputs('{name}')"));
            let found = only(&flow);
            assert_eq!(found.marked, name);
            assert!(found.finding.message.contains(says), "{}", found.finding.message);
            assert_eq!(found.finding.action.as_deref(), Some("Check/Use"));
        }
        let inside =
            Sample::actions(r#""S":{"type":"If","expression":"@empty(body('I'))","actions":{"I":{"type":"Http"}}}"#);
        assert!(only(&inside).finding.message.contains("`I` runs inside of `S`"));
        let later = Sample::actions(
            r#""A":{"type":"Compose","inputs":"@body('I')"},"S":{"type":"Scope","runAfter":{"A":["Succeeded"]},"actions":{"I":{"type":"Http"}}}"#,
        );
        let found = only(&later);
        assert!(
            found
                .finding
                .message
                .contains("`S`, which contains `I`, runs after `A`")
        );
        assert_eq!(&later.files[FLOW][found.finding.related[0].span.range()], "I");
        let trigger =
            Sample::actions(r#""A":{"type":"Http"}"#).replace(FLOW, r#""inputs":{}"#, r#""inputs":{"a":"@body('A')"}"#);
        assert!(only(&trigger).finding.message.starts_with("The trigger reads `A`"));
    }

    #[test]
    fn the_fix_lets_one_wait_for_the_other() {
        let flow = sample("", "@{outputs('Deep')}");
        let found = only(&flow);
        assert_eq!(found.finding.fixes[0].title, "Run `Check` after `Lone`");
        assert_eq!(flow.assert_fixes(RULE), 1);
        let fixed = flow.apply(&found.finding.fixes[0]);
        assert!(fixed.files[FLOW].contains(r#""runAfter":{"Scope":["Succeeded"],"Lone":["Succeeded"]}"#));
        let without =
            Sample::actions(r#""A":{"type":"Compose","inputs":1},"B":{"type":"Compose","inputs":"@outputs('A')"}"#);
        assert_eq!(without.assert_fixes(RULE), 1);
        let lines = without.replace(FLOW, "\"B\":{", "\n    \"B\": {\n      ");
        let fixed = lines.apply(&only(&lines).finding.fixes[0]);
        assert!(fixed.of(RULE).is_empty(), "{}", fixed.files[FLOW]);
    }

    #[test]
    fn an_order_that_cannot_be_read_says_nothing() {
        assert!(sample(r#""Gone":["Succeeded"]"#, "@outputs('Yes')").of(RULE).len() == 1);
        assert!(
            sample("", "@outputs('Deep')")
                .replace(FLOW, r#"{"Scope":["#, r#"{"Gone":["#)
                .of(RULE)
                .is_empty()
        );
        assert!(
            sample("", "@outputs('Deep')")
                .replace(FLOW, "\"Lone\":{", "\"Lone\"{")
                .of(RULE)
                .is_empty()
        );
        assert!(sample("", "@outputs(concat('De','ep'))").of(RULE).is_empty());
    }
}
