//! An expression reads the item of a loop it is not in.

use expr::{Reference, ReferenceKind};
use model::Profile;
use model::flow::{ActionId, Owner, StringSite};
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// - `items('Loop')` in an action that does not stand inside the `Foreach` of that name, the loop's own list included.
    ///   Inside an `Until` of that name it is a hint, since the service's own text speaks of `Foreach` only.
    /// - `item()` outside of every `Foreach`, but for the places that go through rows themselves: `select` of *Select*, `where`
    ///   of *Filter array* and `columns` of *Create table*.
    /// - `iterationIndexes('Loop')` in an action that does not stand inside the `Until` of that name.
    ///
    /// # Why it matters
    ///
    /// Outside of the loop there is no current item. The service refuses to switch on the flow, after the import has reported
    /// success.
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
    for (site, reference) in flow.references(&[ReferenceKind::Foreach, ReferenceKind::Until]) {
        named(flow, site, &reference, findings);
    }
    let rows = |site: &&StringSite| site.info.refers_to.has(ReferenceKind::Item);
    for site in flow.body.strings.iter().filter(rows) {
        let Owner::Action(id) = site.owner else { continue };
        if !has_item(flow, site, id) {
            for reference in expr::implicit_references(&site.info.template) {
                if reference.kind == ReferenceKind::Item {
                    findings.push(without_item(flow, site, reference.span));
                }
            }
        }
    }
}

/// The loop that a reference names is to be around it.
fn named(flow: &FlowContext<'_>, site: &StringSite, reference: &Reference<'_>, findings: &mut Findings) {
    let Owner::Action(id) = site.owner else { return };
    let counts = reference.kind == ReferenceKind::Until;
    let is_it = |id: &ActionId| model::same_name(&flow.body.action(*id).name.value, reference.name);
    // The condition of an `Until` is looked at inside of the loop.
    let own = Some(id).filter(|id| counts && flow.body.action(*id).is("Until"));
    let around = own.into_iter().chain(flow.body.ancestors(id)).find(is_it);
    let wanted = if counts { "Until" } else { "Foreach" };
    if around.is_some_and(|outer| flow.body.action(outer).is(wanted)) {
        return;
    }
    let tolerated = around.is_some_and(|outer| !counts && flow.body.action(outer).is("Until"));
    // A name that no action has is the business of `unknown-action-reference`.
    let Some(target) = around.or_else(|| flow.order().named(flow.body, reference.name).next()) else {
        return;
    };
    let target = flow.body.action(target);
    let name = &target.name.value;
    let what = if counts {
        "The number of the iteration"
    } else {
        "The current item"
    };
    let message = if tolerated {
        format!(
            "The current item of `{name}` is read here, and an `Until` has no items. Read its number with `iterationIndexes('{name}')`."
        )
    } else if target.is(wanted) || !counts && target.is("Until") {
        format!(
            "{what} of `{name}` is read here, but this action does not stand inside that loop, so the flow cannot be switched on. Move the action into the loop, or read what the loop produced."
        )
    } else {
        format!(
            "{what} of `{name}` is read here, but that is no `{wanted}` loop around this action, so the flow cannot be switched on. Name the loop that this stands in."
        )
    };
    let span = flow.source_span(site, reference.span);
    let mut finding = Finding::new(&RULE, flow.file, span, reference.name, message);
    if tolerated {
        finding = finding.severity(Severity::Hint);
    } else if counts {
        finding = finding.confidence(Confidence::Medium);
    }
    let path = flow.body.owner_path(site.owner);
    findings.push(
        finding
            .action(path)
            .related(flow.file, target.name.span, format!("`{name}` is here")),
    );
}

/// Whether `item()` means something in a string of an action.
fn has_item(flow: &FlowContext<'_>, site: &StringSite, id: ActionId) -> bool {
    if flow
        .body
        .ancestors(id)
        .any(|outer| flow.body.action(outer).is("Foreach"))
    {
        return true;
    }
    let action = flow.body.action(id);
    let rows = [("Select", "select"), ("Query", "where"), ("Table", "columns")];
    let Some((_, member)) = rows.iter().find(|(kind, _)| action.is(kind)) else {
        return false;
    };
    let rows = flow
        .value(action.node)
        .and_then(|value| value.path(&["inputs", member]));
    rows.is_some_and(|rows| rows.span().contains_span(site.span))
}

fn without_item(flow: &FlowContext<'_>, site: &StringSite, call: Span) -> Finding {
    let message = "`item()` is read here, but no `Foreach` is around this action, so the flow cannot be switched on. Move the action into the loop, or use it in Select, Filter array or Create table.";
    let finding = Finding::new(&RULE, flow.file, flow.source_span(site, call), "item()", message);
    finding.action(flow.body.owner_path(site.owner))
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
        let own_list = Sample::actions(r#""L":{"type":"Foreach","foreach":"@items('L')","actions":{}}"#);
        assert_eq!(own_list.marked(RULE.id), ["L"]);
    }

    fn within(kind: &str, expression: &str) -> Vec<(Severity, String)> {
        let sample = Sample::actions(&format!(
            r#""L":{{"type":{kind},"runAfter":{{}},"actions":{{"S":{{"type":"Scope","runAfter":{{}},"actions":{{"A":{{"type":"Compose","inputs":"{expression}","runAfter":{{}}}}}}}}}}}}"#
        ));
        let found = sample.of(RULE.id).into_iter();
        found.map(|found| (found.finding.severity, found.marked)).collect()
    }

    #[test]
    fn each_loop_has_its_own_function() {
        let (each, until) = (
            r#""Foreach","foreach":"@createArray(1)""#,
            r#""Until","expression":"@true""#,
        );
        assert_eq!(within(each, "@item()"), []);
        assert_eq!(within(each, "@{items('L')}"), []);
        assert_eq!(within(until, "@iterationIndexes('L')"), []);
        assert_eq!(within(until, "@items('L')"), [(Severity::Hint, "L".to_owned())]);
        assert_eq!(within(until, "@item()?['a']"), [(Severity::Error, "item()".to_owned())]);
        assert_eq!(
            within(each, "@iterationIndexes('L')"),
            [(Severity::Error, "L".to_owned())]
        );
        assert_eq!(within(each, "@items('S')"), [(Severity::Error, "S".to_owned())]);
        let condition = r#""U":{"type":"Until","expression":"@greater(iterationIndexes('U'), 3)","actions":{}}"#;
        assert_eq!(Sample::actions(condition).marked(RULE.id), [""; 0]);
    }

    #[test]
    fn actions_that_go_through_rows_have_items() {
        let actions = r#""F":{"type":"Query","inputs":{"from":"@createArray(1)","where":"@equals(item(), 1)"}},
            "S":{"type":"Select","inputs":{"from":"@createArray(1)","select":{"a":"@item()"}}},
            "T":{"type":"Table","inputs":{"from":"@createArray(1)","format":"HTML","columns":[{"header":"a","value":"@item()"}]}}"#;
        assert_eq!(Sample::actions(actions).marked(RULE.id), [""; 0]);
        let from = r#""S":{"type":"Select","inputs":{"from":"@item()","select":"x"}}"#;
        assert_eq!(Sample::actions(from).marked(RULE.id), ["item()"]);
        let broken = Sample::actions(from).replace(crate::testing::FLOW, "\"x\"", "\"x\",,");
        assert_eq!(broken.marked(RULE.id), [""; 0]);
    }
}
