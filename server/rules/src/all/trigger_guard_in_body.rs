//! A condition decides after the start whether the run was worth starting.

use analysis::responses::untroubled;
use analysis::starters::{Starter, starter};
use edits::actions::move_guard;
use expr::ReferenceKind;
use model::Profile;
use model::flow::{ActionId, BlockId, Owner, Slot};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that an event starts, whose first step is a condition that looks at the trigger's data only and ends the run, or does
    /// nothing, one way.
    ///
    /// # Why it matters
    ///
    /// The flow starts for every event, also for those it does not want. Each start counts towards limits, fills the run history
    /// with runs that did nothing, and hides those that matter.
    ///
    /// # How to fix
    ///
    /// Move the expression into the trigger's conditions (its settings in the designer), so that runs only start for events the flow
    /// wants. The fix does it: the condition becomes a scope of the same name. Runs that did nothing are then missing from the
    /// history, which is the point.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// "actions": {
    ///   "Is_it_urgent": {
    ///     "type": "If",
    ///     "expression": { "equals": ["@triggerBody()?['Priority']", "Urgent"] },
    ///     "actions": { "Call_somebody": {} }
    ///   }
    /// }
    /// ```
    ///
    /// Right, in the trigger:
    ///
    /// ```json
    /// "conditions": [{ "expression": "@equals(triggerBody()?['Priority'], 'Urgent')" }]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Customize your triggers with conditions",
    ///   <https://learn.microsoft.com/power-automate/customize-triggers>
    static RULE = {
        id: "trigger-guard-in-body",
        summary: "a condition decides after the start whether the run was worth starting",
        category: Category::Exposure,
        severity: Severity::Info,
        confidence: Confidence::Medium,
        profile: Profile::Strict,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// What a guard does where the run is not wanted.
enum Guard {
    /// It does what is wanted, and nothing else follows.
    Holds,
    /// It ends the run where its expression holds.
    Stops,
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete || starter(flow.summary) != Some(Starter::Event) || flow.body.triggers.len() != 1 {
        return;
    }
    let Some((id, guard)) = guard(flow) else { return };
    let action = flow.body.action(id);
    let message = format!(
        "The flow starts for every event, and `{}` then decides by the trigger's data whether there is anything to do. Move its expression into the trigger's conditions, so that other runs do not start.",
        action.title()
    );
    let mut finding =
        Finding::new(&RULE, flow.file, action.name.span, &action.name.value, message).action(Some(flow.body.path(id)));
    let stops = matches!(guard, Guard::Stops);
    if let Some(edit) = move_guard(flow.file, &flow.view(), flow.order(), id, stops) {
        finding = finding.fix("Move the expression into the trigger's conditions", false, edit);
    }
    findings.push(finding);
}

/// The condition that everything else of the flow waits for.
fn guard(flow: &FlowContext<'_>) -> Option<(ActionId, Guard)> {
    let body = flow.body;
    let order = flow.order();
    let top = body.blocks.first()?;
    let mut first = top.actions.iter().filter(|id| order.waits_for(**id).next().is_none());
    let (Some(&id), None) = (first.next(), first.next()) else {
        return None;
    };
    let others = || top.actions.iter().filter(|other| **other != id);
    if !body.action(id).is("If")
        || !top.actions.iter().all(|id| order.is_sure(*id))
        || !others().all(|other| order.is_before(id, *other))
        || !reads_trigger_only(flow, id)
    {
        return None;
    }
    let block = |slot: &Slot| {
        body.blocks
            .iter()
            .position(|block| block.owner == Some(id) && block.slot == *slot)
            .and_then(|at| u32::try_from(at).ok())
            .map(BlockId)
    };
    let (yes, no) = (block(&Slot::Actions), block(&Slot::Else));
    let is_empty = |block: Option<BlockId>| block.is_none_or(|block| body.block(block).actions.is_empty());
    let ends = |block: Option<BlockId>| block.is_some_and(|block| ends_run(flow, block));
    if is_empty(yes) {
        return None;
    }
    if ends(yes) {
        // Where it is taken out, nobody may read how it ended.
        return (is_empty(no) && others().next().is_some()).then_some((id, Guard::Stops));
    }
    (ends(no) || is_empty(no) && others().next().is_none()).then_some((id, Guard::Holds))
}

/// Whether a block does nothing but end the run, and not as a failure.
fn ends_run(flow: &FlowContext<'_>, block: BlockId) -> bool {
    let [only] = flow.body.block(block).actions.as_slice() else {
        return false;
    };
    let action = flow.body.action(*only);
    let status = flow
        .value(action.node)
        .and_then(|value| value.path(&["inputs", "runStatus"]))
        .and_then(|status| Some(status.as_str()?.into_owned()));
    let well =
        status.is_some_and(|word| word.eq_ignore_ascii_case("Succeeded") || word.eq_ignore_ascii_case("Cancelled"));
    action.is("Terminate") && well && !untroubled(&flow.view(), flow.order(), block).is_empty()
}

/// Whether the expression of a condition reads the trigger and nothing else of the flow.
fn reads_trigger_only(flow: &FlowContext<'_>, id: ActionId) -> bool {
    const OTHERS: [ReferenceKind; 10] = [
        ReferenceKind::Action,
        ReferenceKind::Scope,
        ReferenceKind::Foreach,
        ReferenceKind::Until,
        ReferenceKind::Variable,
        ReferenceKind::Parameter,
        ReferenceKind::Item,
        ReferenceKind::Own,
        ReferenceKind::AppSetting,
        ReferenceKind::AgentParameter,
    ];
    let sites = || flow.body.strings.iter().filter(|site| site.owner == Owner::Action(id));
    sites().any(|site| site.info.refers_to.has(ReferenceKind::Trigger))
        && sites().all(|site| site.info.template.is_valid() && !site.info.refers_to.has_any(&OTHERS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const TRIGGER: &str = r#""t":{"type":"OpenApiConnectionWebhook","inputs":{}}"#;
    const URGENT: &str = r#"{"and":[{"equals":["@triggerBody()?['p']","Urgent"]},{"not":{"equals":["@triggerOutputs()?['body/x']",null]}}]}"#;
    const WORK: &str = r#""Work":{"type":"Compose","inputs":1,"runAfter":{}}"#;

    fn end(status: &str) -> String {
        format!(r#""End":{{"type":"Terminate","inputs":{{"runStatus":"{status}"}},"runAfter":{{}}}}"#)
    }

    fn flow(expression: &str, yes: &str, no: &str, after: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"triggers":{{{TRIGGER}}},"actions":{{"Is_it":{{"type":"If","expression":{expression},"actions":{{{yes}}},{no}"runAfter":{{}}}}{after}}}}}"#
            ),
            &[],
        )
    }

    fn other(actions: &str) -> String {
        format!(r#""else":{{"actions":{{{actions}}}}},"#)
    }

    const NEXT: &str = r#","Next":{"type":"Compose","inputs":2,"runAfter":{"Is_it":["Succeeded"]}}"#;

    #[test]
    fn guards_of_every_shape_move() {
        for sample in [
            flow(URGENT, WORK, "", ""),
            flow(URGENT, WORK, &other(""), ""),
            flow(URGENT, WORK, &other(&end("Succeeded")), ""),
            flow(URGENT, WORK, &other(&end("Cancelled")), NEXT),
            flow(r#""@equals(triggerBody()?['p'],'Urgent')""#, WORK, "", ""),
        ] {
            assert_eq!(sample.marked(RULE.id), ["Is_it"], "{}", sample.files[FLOW]);
            assert_eq!(sample.assert_fixes(RULE.id), 1);
            let fixed = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
            let text = &fixed.files[FLOW];
            assert!(
                text.contains(r#""conditions":[{"expression":"@"#) && text.contains(r#""type":"Scope""#),
                "{text}"
            );
            assert!(
                !text.contains(r#""else""#) && !text.contains(r#""expression":{"#),
                "{text}"
            );
        }
        let text = flow(URGENT, WORK, "", "");
        let text = text.apply(&text.of(RULE.id)[0].finding.fixes[0]).files[FLOW].clone();
        assert!(
            text.contains(
                "@and(equals(triggerBody()?['p'], 'Urgent'), not(equals(triggerOutputs()?['body/x'], null)))"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_guard_that_stops_is_turned_round() {
        let sample = flow(URGENT, &end("Succeeded"), "", NEXT);
        assert_eq!(sample.marked(RULE.id), ["Is_it"]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let text = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]).files[FLOW].clone();
        assert!(
            text.contains("@not(and(") && !text.contains("Is_it") && text.contains(r#""Next""#),
            "{text}"
        );
    }

    #[test]
    fn conditions_that_are_no_guards_stay() {
        let variable = r#"{"equals":["@triggerBody()?['p']","@variables('x')"]}"#;
        let constant = r#"{"equals":[1,1]}"#;
        for sample in [
            flow(variable, WORK, "", ""),
            flow(constant, WORK, "", ""),
            flow(
                URGENT,
                WORK,
                &other(r#""Other":{"type":"Compose","inputs":3,"runAfter":{}}"#),
                "",
            ),
            flow(URGENT, WORK, &other(&end("Failed")), ""),
            flow(URGENT, WORK, "", NEXT),
            flow(URGENT, "", "", NEXT),
            flow(
                URGENT,
                WORK,
                "",
                r#","Beside":{"type":"Compose","inputs":2,"runAfter":{}}"#,
            ),
            flow(URGENT, WORK, "", "").replace(FLOW, "OpenApiConnectionWebhook", "Request"),
            flow(URGENT, WORK, "", "").replace(FLOW, r#""type":"If""#, r#""type":"Scope""#),
        ] {
            assert_eq!(sample.marked(RULE.id), [""; 0], "{}", sample.files[FLOW]);
        }
    }

    #[test]
    fn conditions_of_the_trigger_are_kept() {
        let sample = flow(URGENT, WORK, "", "").replace(
            FLOW,
            r#""inputs":{}}}"#,
            r#""conditions":[{"expression":"@true"}],"inputs":{}}}"#,
        );
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let text = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]).files[FLOW].clone();
        assert!(
            text.contains(r#"[{"expression":"@true"},{"expression":"@and("#),
            "{text}"
        );
    }
}
