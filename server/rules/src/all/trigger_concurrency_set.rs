//! A trigger whose concurrency is limited, which cannot be undone.

use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A trigger with `runtimeConfiguration.concurrency`.
    ///
    /// # Why it matters
    ///
    /// Once it is on, concurrency control of a trigger cannot be switched off again without making the trigger anew. With
    /// it on, `splitOn` takes 100 items at most, and runs that wait beyond the limit are dropped or delayed.
    ///
    /// # How to fix
    ///
    /// Make sure that it is meant. Where only one run may be at work, say so in the flow's description for the next
    /// person; where it is not needed, add the trigger anew without it.
    ///
    /// # Example
    ///
    /// ```json
    /// "runtimeConfiguration": { "concurrency": { "runs": 1 } }
    /// ```
    ///
    /// # References
    ///
    /// - [Concurrency, looping, and debatching limits](https://learn.microsoft.com/power-automate/limits-and-config)
    static RULE = {
        id: "trigger-concurrency-set",
        summary: "a trigger whose concurrency is limited, which cannot be undone",
        category: Category::Exposure,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for trigger in &flow.body.triggers {
        let concurrency = flow
            .value(trigger.node)
            .and_then(|value| value.get_ignore_case("runtimeConfiguration"))
            .and_then(|value| value.get_ignore_case("concurrency"));
        let Some(concurrency) = concurrency.filter(|value| !value.is_null()) else {
            continue;
        };
        let runs = concurrency.get_ignore_case("runs").and_then(|runs| runs.as_i64());
        let many = match runs {
            Some(1) => "one run at a time".to_owned(),
            Some(runs) => format!("{runs} runs at a time at most"),
            None => "a limited number of runs at a time".to_owned(),
        };
        let message = format!(
            "This trigger starts {many}. That setting cannot be taken back without making the trigger anew, and limits `splitOn` to 100 items; make sure that it is meant."
        );
        findings.push(
            Finding::new(&RULE, flow.file, concurrency.span(), &trigger.name.value, message)
                .action(Some(trigger.name.value.clone())),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    #[test]
    fn marks_the_setting() {
        let sample = Sample::triggers(
            r#""t":{"type":"Recurrence","recurrence":{"frequency":"Day","interval":1},"runtimeConfiguration":{"concurrency":{"runs":1}}}"#,
        );
        assert_eq!(sample.marked(RULE.id), [r#"{"runs":1}"#]);
    }

    #[test]
    fn other_settings_are_silent() {
        let sample = Sample::triggers(
            r#""t":{"type":"Recurrence","recurrence":{"frequency":"Day","interval":1},"runtimeConfiguration":{"secureData":{"properties":["inputs"]}}}"#,
        );
        assert_eq!(sample.marked(RULE.id), [""; 0]);
    }
}
