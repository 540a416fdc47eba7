//! A recurrence that runs more often than the service allows or the request limits bear.

use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A `Recurrence` trigger that fires more often than every 15 minutes; more often than once a minute is an error,
    /// because the service does not take it.
    ///
    /// # Why it matters
    ///
    /// Each run counts against the requests that the account's licence allows in a day. A flow that runs every minute
    /// makes 1,440 runs, most of which find nothing to do; when the limit is reached, all flows of the account slow down.
    ///
    /// # How to fix
    ///
    /// Let an event start the flow (a row was added, a mail arrived), or raise the interval.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "recurrence": { "frequency": "Minute", "interval": 1 }
    /// // right
    /// "recurrence": { "frequency": "Minute", "interval": 30 }
    /// ```
    ///
    /// # References
    ///
    /// - [Limits of automated, scheduled, and instant flows](https://learn.microsoft.com/power-automate/limits-and-config)
    static RULE = {
        id: "recurrence-too-frequent",
        summary: "a recurrence that runs too often",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

/// The shortest interval that the service takes, in seconds.
const MINIMUM: i64 = 60;
/// Below this, in seconds, an event would do better.
const FREQUENT: i64 = 15 * 60;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for trigger in &flow.body.triggers {
        if !trigger.kind.eq_ignore_ascii_case("Recurrence") {
            continue;
        }
        let recurrence = flow
            .value(trigger.node)
            .and_then(|value| value.get_ignore_case("recurrence"));
        let field = |name| recurrence.and_then(|recurrence| recurrence.get_ignore_case(name));
        let (Some(frequency), Some(interval)) = (field("frequency"), field("interval")) else {
            continue;
        };
        let unit: i64 = match frequency.as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
            "second" => 1,
            "minute" => 60,
            _ => continue,
        };
        let Some(count) = interval.as_i64().filter(|count| *count > 0) else {
            continue;
        };
        let seconds = unit.saturating_mul(count);
        if seconds >= FREQUENT {
            continue;
        }
        let finding = if seconds < MINIMUM {
            let message = format!("The flow would run every {seconds} seconds; the service takes 60 and more.");
            Finding::new(&RULE, flow.file, interval.span(), &trigger.name.value, message).severity(Severity::Error)
        } else {
            let runs = 24 * 60 * 60 / seconds;
            let message = format!(
                "The flow runs {runs} times a day, which counts against the daily requests of its account. Let an event start it, or run it every 15 minutes or less often."
            );
            Finding::new(&RULE, flow.file, interval.span(), &trigger.name.value, message)
        };
        findings.push(finding.action(Some(trigger.name.value.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn severities(frequency: &str, interval: &str) -> Vec<Severity> {
        let sample = Sample::triggers(&format!(
            r#""t":{{"type":"Recurrence","recurrence":{{"frequency":"{frequency}","interval":{interval}}}}}"#
        ));
        let found = sample.of(RULE.id);
        found.iter().map(|found| found.finding.severity).collect()
    }

    #[test]
    fn short_intervals() {
        assert_eq!(severities("Second", "30"), [Severity::Error]);
        assert_eq!(severities("Minute", "1"), [Severity::Warning]);
        assert_eq!(severities("minute", "14"), [Severity::Warning]);
        assert_eq!(severities("Second", "60"), [Severity::Warning]);
    }

    #[test]
    fn longer_and_unknown_intervals_are_silent() {
        for (frequency, interval) in [
            ("Minute", "15"),
            ("Second", "900"),
            ("Hour", "1"),
            ("Minute", "\"@parameters('n')\""),
            ("Minute", "0"),
            ("Minute", "99999999999999999"),
        ] {
            assert_eq!(severities(frequency, interval), [], "{frequency} {interval}");
        }
    }
}
