//! A recurrence that runs more often than the service allows or the request limits bear.

use edits::WorkspaceEdit;
use model::Profile;
use syntax::TextEdit;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A `Recurrence` or `SlidingWindow` trigger that fires more often than every 15 minutes, by its interval or by the minutes of
    /// its schedule; more often than once a minute is an error, of triggers of connectors too, because the service does not take it.
    ///
    /// # Why it matters
    ///
    /// Each run counts against the requests that the account's licence allows in a day. A flow that runs every minute
    /// makes 1,440 runs, most of which find nothing to do; when the limit is reached, all flows of the account slow down.
    ///
    /// # How to fix
    ///
    /// Let an event start the flow (a row was added, a mail arrived), or raise the interval. The fix does the latter.
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
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// The shortest interval that the service takes, in seconds.
const MINIMUM: i64 = 60;
/// Below this, in seconds, an event would do better.
const FREQUENT: i64 = 15 * 60;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for trigger in &flow.body.triggers {
        // Triggers of connectors look for news so often, and start a run only where there are some.
        let is_clock = ["Recurrence", "SlidingWindow"]
            .iter()
            .any(|kind| trigger.kind.eq_ignore_ascii_case(kind));
        let recurrence = flow
            .value(trigger.node)
            .and_then(|value| value.get_ignore_case("recurrence"));
        let field = |name| recurrence.and_then(|recurrence| recurrence.get_ignore_case(name));
        let (Some(recurrence), Some(frequency), Some(interval)) = (recurrence, field("frequency"), field("interval"))
        else {
            continue;
        };
        let Some(unit) = frequency.as_str().and_then(|word| seconds_of(&word)) else {
            continue;
        };
        let Some(count) = number(interval).filter(|count| *count > 0) else {
            continue;
        };
        let seconds = unit.saturating_mul(count);
        let name = &trigger.name.value;
        let finding = if seconds < MINIMUM {
            let message = format!("The flow would run every {seconds} seconds; the service takes 60 and more.");
            let finding = Finding::new(&RULE, flow.file, interval.span(), name, message).severity(Severity::Error);
            raise(flow, finding, frequency, interval, 1)
        } else if is_clock && seconds < FREQUENT {
            let message = format!("The flow runs {} times a day, which {ADVICE}", 24 * 60 * 60 / seconds);
            let finding = Finding::new(&RULE, flow.file, interval.span(), name, message);
            raise(flow, finding, frequency, interval, FREQUENT / 60)
        } else if let Some((list, gap)) = closest(recurrence).filter(|(_, gap)| is_clock && *gap < FREQUENT / 60) {
            let message = format!("The schedule starts the flow every {gap} minutes, which {ADVICE}");
            Finding::new(&RULE, flow.file, list.span(), name, message)
        } else {
            continue;
        };
        findings.push(finding.action(Some(name.clone())));
    }
}

const ADVICE: &str = "counts against the daily requests of its account. Let an event start it, or run it every 15 minutes or less often.";

/// The finding with the fix that runs the flow once in so many minutes.
fn raise(flow: &FlowContext<'_>, finding: Finding, frequency: Value<'_>, interval: Value<'_>, minutes: i64) -> Finding {
    let mut edit = WorkspaceEdit::default();
    edit.push(flow.file, TextEdit::new(frequency.span(), "\"Minute\""));
    edit.push(flow.file, TextEdit::new(interval.span(), minutes.to_string()));
    let title = match minutes {
        1 => "Run it once a minute".to_owned(),
        _ => format!("Run it every {minutes} minutes"),
    };
    finding.fix(title, false, edit)
}

fn seconds_of(unit: &str) -> Option<i64> {
    let units = [
        ("second", 1),
        ("minute", 60),
        ("hour", 3600),
        ("day", 86_400),
        ("week", 604_800),
        ("month", 2_592_000),
    ];
    let is_it = |(name, _): &&(&str, i64)| unit.trim().eq_ignore_ascii_case(name);
    units.iter().find(is_it).map(|(_, seconds)| *seconds)
}

fn number(value: Value<'_>) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// The minutes of a schedule, where there are three and more, and the usual minutes between two: a pair close together is
/// mostly meant.
fn closest(recurrence: Value<'_>) -> Option<(Value<'_>, i64)> {
    let list = recurrence.get_ignore_case("schedule")?.get_ignore_case("minutes")?;
    let mut minutes: Vec<i64> = list.items().filter_map(number).collect();
    minutes.sort_unstable();
    minutes.dedup();
    let (first, last) = (*minutes.first()?, *minutes.last()?);
    let gaps = i64::try_from(minutes.len()).ok()? - 1;
    (gaps >= 2).then(|| (list, (last - first) / gaps))
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
    fn intervals_are_raised() {
        for (frequency, interval) in [
            ("Minute", "5"),
            ("Minute", "\"5\""),
            ("Second", "10"),
            ("second", "600"),
        ] {
            let sample = Sample::triggers(&format!(
                r#""t":{{"type":"SlidingWindow","recurrence":{{"frequency":"{frequency}","interval":{interval}}}}}"#
            ));
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{frequency} {interval}");
        }
    }

    #[test]
    fn minutes_of_a_schedule() {
        let marked = |kind: &str, minutes: &str| {
            Sample::triggers(&format!(
                r#""t":{{"type":"{kind}","recurrence":{{"frequency":"Day","interval":1,"schedule":{{"hours":["8"],"minutes":{minutes}}},"timeZone":"UTC"}}}}"#
            ))
            .marked(RULE.id)
        };
        assert_eq!(marked("Recurrence", r#"[0,"10",20,30]"#), [r#"[0,"10",20,30]"#]);
        for minutes in ["[0,15,30,45]", "[0,5]", "[0]", "[]"] {
            assert_eq!(marked("Recurrence", minutes), [""; 0], "{minutes}");
        }
    }

    #[test]
    fn connectors_that_look_for_news() {
        let marked = |frequency: &str, interval: i64| {
            Sample::triggers(&format!(
                r#""t":{{"type":"OpenApiConnection","recurrence":{{"frequency":"{frequency}","interval":{interval}}},"inputs":{{}}}}"#
            ))
            .marked(RULE.id)
        };
        assert_eq!(marked("Second", 30), ["30"]);
        assert_eq!(marked("Minute", 1), [""; 0]);
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
