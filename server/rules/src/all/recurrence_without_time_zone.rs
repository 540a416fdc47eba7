//! A schedule at fixed hours that names no time zone.

use edits::WorkspaceEdit;
use model::Profile;
use syntax::TextEdit;
use syntax::json::member_insertion;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A recurrence with hours or days in its `schedule` and no `timeZone`. Minutes alone are the same everywhere, or nearly.
    ///
    /// # Why it matters
    ///
    /// The hours are UTC then. The flow runs an hour early or late for half of the year where clocks change, and the
    /// next person who reads "8" takes it for eight o'clock at home.
    ///
    /// # How to fix
    ///
    /// Name the zone that is meant. The fix writes `UTC`, which keeps the behaviour and makes it plain.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "recurrence": { "frequency": "Day", "interval": 1, "schedule": { "hours": ["8"] } }
    /// // right
    /// "recurrence": { "frequency": "Day", "interval": 1, "schedule": { "hours": ["8"] }, "timeZone": "W. Europe Standard Time" }
    /// ```
    ///
    /// # References
    ///
    /// - [Schedule and run recurring workflows](https://learn.microsoft.com/azure/connectors/connectors-native-recurrence)
    static RULE = {
        id: "recurrence-without-time-zone",
        summary: "a schedule at fixed hours that names no time zone",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for trigger in &flow.body.triggers {
        let recurrence = flow
            .value(trigger.node)
            .and_then(|value| value.get_ignore_case("recurrence"));
        let Some(recurrence) = recurrence.filter(|recurrence| recurrence.is_object()) else {
            continue;
        };
        let zone = recurrence.get_ignore_case("timeZone");
        let named = zone.is_some_and(|zone| zone.as_str().is_some_and(|name| !name.trim().is_empty()));
        let schedule = recurrence.get_ignore_case("schedule");
        let filled = |name: &str| {
            let value = schedule?.get_ignore_case(name)?;
            (value.is_string() || value.as_i64().is_some() || value.items().next().is_some()).then_some(value)
        };
        let (what, place) = match (filled("hours"), filled("weekDays").or_else(|| filled("monthDays"))) {
            (Some(hours), _) => ("hours", hours),
            (None, Some(days)) => ("days", days),
            (None, None) => continue,
        };
        if named || !flow.summary.complete {
            continue;
        }
        let message = format!(
            "The {what} of this schedule are UTC, because it names no time zone: {}. Name the time zone that is meant.",
            match what {
                "hours" => "where clocks change, the flow runs an hour off for half of the year",
                _ => "elsewhere they begin and end at other hours, and those shift where clocks change",
            }
        );
        let mut edit = WorkspaceEdit::default();
        edit.push(
            flow.file,
            match zone {
                Some(nothing) => TextEdit::new(nothing.span(), "\"UTC\""),
                None => member_insertion(recurrence).member("timeZone", "\"UTC\""),
            },
        );
        findings.push(
            Finding::new(&RULE, flow.file, place.span(), &trigger.name.value, message)
                .action(Some(trigger.name.value.clone()))
                .fix(format!("Say that the {what} are UTC"), true, edit),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn recurrence(more: &str) -> Sample {
        Sample::triggers(&format!(
            r#""Every_day":{{"type":"Recurrence","recurrence":{{"frequency":"Day","interval":1{more}}}}}"#
        ))
    }

    #[test]
    fn hours_without_a_zone() {
        let sample = recurrence(r#","schedule":{"hours":["8"],"minutes":[30]}"#);
        assert_eq!(sample.marked(RULE.id), [r#"["8"]"#]);
        assert_eq!(sample.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn days_and_empty_zones() {
        for (more, marked) in [
            (r#","schedule":{"weekDays":["Monday"]}"#, r#"["Monday"]"#),
            (r#","schedule":{"monthDays":[1]}"#, "[1]"),
            (r#","schedule":{"hours":[8]},"timeZone":"""#, "[8]"),
            (
                r#","schedule":{"hours":[8],"weekDays":["Monday"]},"timeZone":null"#,
                "[8]",
            ),
        ] {
            let sample = recurrence(more);
            assert_eq!(sample.marked(RULE.id), [marked], "{more}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{more}");
        }
    }

    #[test]
    fn zones_and_plain_intervals_are_silent() {
        for more in [
            "",
            r#","schedule":{"minutes":[0,30]}"#,
            r#","schedule":{"hours":["8"]},"timeZone":"UTC""#,
        ] {
            assert_eq!(recurrence(more).marked(RULE.id), [""; 0], "{more}");
        }
    }
}
