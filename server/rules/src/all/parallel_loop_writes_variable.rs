//! A loop that runs in parallel writes a variable.

use model::Profile;
use model::flow::{ActionId, Owner, VariableWrite};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A `Foreach` with a concurrency above one in which an action sets, increments, decrements or appends to a variable. A
    /// flag that every iteration sets to the same value is no finding.
    ///
    /// # Why it matters
    ///
    /// Variables belong to the whole run. Iterations that run at the same time overwrite each other, so the value is wrong now and then; appended entries arrive in any order.
    ///
    /// # How to fix
    ///
    /// Set the loop's concurrency to one, or keep the value inside the iteration with Compose and gather the results with Select.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "For_each": { "type": "Foreach", "runtimeConfiguration": { "concurrency": { "repetitions": 20 } },
    ///               "actions": { "Set_total": { "type": "SetVariable" } } }
    /// ```
    ///
    /// # References
    ///
    /// - [Employ parallel execution and concurrency](https://learn.microsoft.com/power-automate/guidance/coding-guidelines/implement-parallel-execution)
    static RULE = {
        id: "parallel-loop-writes-variable",
        summary: "a loop that runs in parallel writes a variable",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

/// The value a write sets when it is the same in every iteration, as written.
fn constant<'a>(flow: &FlowContext<'a>, write: &VariableWrite) -> Option<&'a str> {
    let action = flow.body.action(write.action);
    let value = flow
        .value(action.node)
        .filter(|_| action.is("SetVariable"))?
        .path(&["inputs", "value"])?;
    let text = value.raw();
    let literal = !text.contains('@') || ["\"@true\"", "\"@false\"", "\"@null\""].contains(&text);
    (literal && !value.is_object() && !value.is_array()).then_some(text)
}

/// Whether every write of the variable sets this value but at places outside of the loop: a flag that any iteration may
/// raise is the same whichever raises it last.
fn is_flag(flow: &FlowContext<'_>, write: &VariableWrite, outer: ActionId) -> bool {
    let Some(value) = constant(flow, write) else {
        return false;
    };
    let same = |other: &VariableWrite| {
        !model::same_name(&other.name.value, &write.name.value)
            || !flow.body.ancestors(other.action).any(|id| id == outer)
            || constant(flow, other) == Some(value)
    };
    flow.body.variable_writes.iter().all(same)
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for write in &flow.body.variable_writes {
        let repetitions = |id| {
            let action = flow.body.action(id);
            let value = flow.value(action.node).filter(|_| action.is("Foreach"))?;
            value
                .path(&["runtimeConfiguration", "concurrency", "repetitions"])?
                .as_i64()
        };
        let parallel = flow
            .body
            .ancestors(write.action)
            .find_map(|id| Some((id, repetitions(id).filter(|n| *n > 1)?)));
        let Some((outer, repetitions)) = parallel.filter(|(outer, _)| !is_flag(flow, write, *outer)) else {
            continue;
        };
        let (action, outer) = (flow.body.action(write.action), flow.body.action(outer));
        let appends = action.is("AppendToArrayVariable") || action.is("AppendToStringVariable");
        let (severity, result) = match appends {
            true => (Severity::Info, "its entries come in any order"),
            false => (
                Severity::Error,
                "iterations overwrite each other and its value is wrong now and then",
            ),
        };
        let name = &write.name;
        let message = format!(
            "`{}` changes the variable `{}` in a loop that runs {repetitions} iterations at a time, so {result}. Set the loop's concurrency to 1, or use Compose in the loop and Select after it.",
            action.title(),
            name.value
        );
        let finding = Finding::new(&RULE, flow.file, name.span, name.value.clone(), message).severity(severity);
        let path = flow.body.owner_path(Owner::Action(write.action));
        findings.push(finding.action(path).related(flow.file, outer.name.span, "the loop"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn in_loop(kind: &str, value: &str, repetitions: u32) -> Vec<Severity> {
        let sample = Sample::actions(&format!(
            r#""V":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"v","type":"string"}}]}}}},"L":{{"type":"Foreach","foreach":"@createArray(1)","runtimeConfiguration":{{"concurrency":{{"repetitions":{repetitions}}}}},"actions":{{"W":{{"type":"{kind}","inputs":{{"name":"v","value":{value}}}}}}}}}"#
        ));
        sample.of(RULE.id).iter().map(|found| found.finding.severity).collect()
    }

    #[test]
    fn only_loops_that_run_in_parallel() {
        assert_eq!(in_loop("SetVariable", "\"@item()\"", 20), [Severity::Error]);
        assert_eq!(in_loop("AppendToArrayVariable", "1", 2), [Severity::Info]);
        // A flag that any iteration may raise is no race.
        assert_eq!(in_loop("SetVariable", "true", 20), []);
        assert_eq!(in_loop("SetVariable", "\"@true\"", 20), []);
        assert_eq!(in_loop("SetVariable", "\"@item()\"", 1), []);
    }
}
