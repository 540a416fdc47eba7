//! A word or a length of time where the service knows only certain ones.

use analysis::words::{RETRY_POLICIES, RUN_STATUSES, TIME_UNITS, WEEK_DAYS};
use edits::WorkspaceEdit;
use model::Profile;
use model::flow::Owner;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A setting with a value that the service does not know: the `runStatus` of *Terminate*, the `unit` of *Delay*, the `frequency` and the days of a
    /// recurrence, the `type` of a retry policy, a length of time that is none (`5 minutes` for `PT5M`), and two cases of a *Switch* with the same value.
    /// Values from expressions are left alone.
    ///
    /// # Why it matters
    ///
    /// The service refuses the definition, so the flow cannot be saved or switched on, which often shows only after an import that reported success.
    ///
    /// # How to fix
    ///
    /// Write the word as the message proposes. Lengths of time follow ISO 8601: `PT30S`, `PT5M`, `PT1H`, `P14D`.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "recurrence": { "frequency": "Weekly", "interval": 1 }
    /// // right
    /// "recurrence": { "frequency": "Week", "interval": 1 }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Schema reference guide for trigger and action types in Azure Logic Apps*:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-actions-triggers>
    static RULE = {
        id: "invalid-setting-value",
        summary: "a setting has a value that the service does not know",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// Words that people write for others.
const MEANT: [(&str, &str); 13] = [
    ("secondly", "Second"),
    ("minutely", "Minute"),
    ("hourly", "Hour"),
    ("daily", "Day"),
    ("weekly", "Week"),
    ("monthly", "Month"),
    ("yearly", "Year"),
    ("success", "Succeeded"),
    ("fail", "Failed"),
    ("failure", "Failed"),
    ("error", "Failed"),
    ("canceled", "Cancelled"),
    ("cancel", "Cancelled"),
];

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for (index, trigger) in (0..).zip(&flow.body.triggers) {
        let Some(value) = flow.value(trigger.node) else {
            continue;
        };
        let mut settings = Settings::new(flow, Owner::Trigger(index), &trigger.name.value, findings);
        settings.recurrence(value);
        settings.common(value);
    }
    for (id, action) in flow.body.actions() {
        let Some(value) = flow.value(action.node) else { continue };
        let mut settings = Settings::new(flow, Owner::Action(id), &action.name.value, findings);
        settings.common(value);
        if action.is("Terminate") {
            settings.word(value.path(&["inputs", "runStatus"]), "run status", RUN_STATUSES);
        } else if action.is("Wait") {
            settings.word(value.path(&["inputs", "interval", "unit"]), "unit of time", TIME_UNITS);
        } else if action.is("Switch") {
            settings.cases(value);
        }
    }
}

/// The settings of one trigger or action.
struct Settings<'a, 'f> {
    flow: &'f FlowContext<'a>,
    owner: Owner,
    name: &'f str,
    findings: &'f mut Findings,
}

impl<'a, 'f> Settings<'a, 'f> {
    fn new(flow: &'f FlowContext<'a>, owner: Owner, name: &'f str, findings: &'f mut Findings) -> Self {
        Self {
            flow,
            owner,
            name,
            findings,
        }
    }

    /// What triggers and actions of every kind may have.
    fn common(&mut self, value: Value<'a>) {
        self.time(value.path(&["limit", "timeout"]));
        // The inputs of a Compose are its value, whatever their members are called.
        let kind = value.get("type").and_then(|kind| kind.as_str());
        if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Compose")) {
            return;
        }
        let Some(retry) = value.path(&["inputs", "retryPolicy"]).filter(Value::is_object) else {
            return;
        };
        self.word(retry.get("type"), "kind of retry policy", RETRY_POLICIES);
        for member in ["interval", "minimumInterval", "maximumInterval"] {
            self.time(retry.get(member));
        }
    }

    fn recurrence(&mut self, trigger: Value<'a>) {
        let Some(recurrence) = trigger.get("recurrence").filter(Value::is_object) else {
            return;
        };
        self.word(recurrence.get("frequency"), "frequency", TIME_UNITS);
        let days = recurrence.path(&["schedule", "weekDays"]);
        for day in days.iter().flat_map(Value::items) {
            self.word(Some(day), "day of the week", WEEK_DAYS);
        }
    }

    /// The service reads words in any letter case.
    fn word(&mut self, value: Option<Value<'a>>, what: &str, known: &[&'static str]) {
        let Some((value, written)) = plain(value) else { return };
        if known.iter().any(|word| word.eq_ignore_ascii_case(written.trim())) {
            return;
        }
        let meant = MEANT.iter().find(|(word, _)| word.eq_ignore_ascii_case(&written));
        let near = meant
            .map(|(_, meant)| *meant)
            .filter(|meant| known.contains(meant))
            .or_else(|| known.iter().copied().find(|word| is_plural(&written, word)))
            .or_else(|| expr::did_you_mean(&written, known.iter().copied()));
        let advice = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("Known are {}.", known.join(", ")),
        };
        let message = format!("`{written}` is no {what}, so the flow cannot be saved. {advice}");
        self.report(value, message, near);
    }

    fn time(&mut self, value: Option<Value<'a>>) {
        let Some((value, written)) = plain(value) else { return };
        if is_duration(&written) {
            return;
        }
        let near = [format!("P{written}"), format!("PT{written}")]
            .into_iter()
            .find(|near| is_duration(near));
        let message = format!(
            "`{written}` is no length of time, so the flow cannot be saved. Write it as ISO 8601 does, as {}.",
            near.as_ref()
                .map_or_else(|| "`PT5M` or `P14D`".to_owned(), |near| format!("`{near}`"))
        );
        self.report(value, message, near.as_deref());
    }

    fn cases(&mut self, switch: Value<'a>) {
        let cases = switch.get("cases").filter(Value::is_object);
        let mut seen: Vec<(Value<'a>, &str)> = Vec::new();
        for member in cases.iter().flat_map(Value::members) {
            let Some(value) = member.value.and_then(|case| case.get("case")) else {
                continue;
            };
            if value.is_object() || value.is_array() || value.as_str().is_some_and(|text| text.contains('@')) {
                continue;
            }
            let Some((first, _)) = seen.iter().find(|(_, raw)| *raw == value.raw()) else {
                seen.push((value, value.raw()));
                continue;
            };
            let message = format!(
                "Two cases of `{}` have the value {}, so the flow cannot be saved. Give each its own, or join them.",
                self.name,
                value.raw()
            );
            let first = first.span();
            let finding = self.finding(value, message);
            self.findings
                .push(finding.related(self.flow.file, first, "the same value"));
        }
    }

    fn report(&mut self, value: Value<'a>, message: String, near: Option<&str>) {
        let finding = self.finding(value, message);
        self.findings.push(match near {
            Some(near) => {
                let edit = WorkspaceEdit::replace(self.flow.file, value.content_span(), near);
                finding.fix(format!("Change to `{near}`"), false, edit)
            }
            None => finding,
        });
    }

    fn finding(&self, value: Value<'a>, message: String) -> Finding {
        let path = match self.owner {
            Owner::Action(id) => self.flow.body.path(id),
            _ => self.name.to_owned(),
        };
        Finding::new(&RULE, self.flow.file, value.content_span(), self.name, message).action(Some(path))
    }
}

/// A text that is no expression.
fn plain(value: Option<Value<'_>>) -> Option<(Value<'_>, String)> {
    let value = value.filter(|value| value.is_closed())?;
    let written = value.as_str()?.into_owned();
    // What is empty is still being typed, and pipelines put values in place of tokens.
    (!written.trim().is_empty() && !written.contains(['@', '#'])).then_some((value, written))
}

fn is_plural(written: &str, word: &str) -> bool {
    let singular = written.strip_suffix(['s', 'S']);
    singular.is_some_and(|singular| singular.eq_ignore_ascii_case(word))
}

/// Whether a text is a duration of ISO 8601: `P`, numbers with their units, those of the day behind a `T`.
fn is_duration(text: &str) -> bool {
    let text = text.trim().trim_start_matches('-').to_ascii_uppercase();
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    let (date, time) = rest
        .split_once('T')
        .map_or((rest, None), |(date, time)| (date, Some(time)));
    let parts = [
        is_parts(date, "YMWD"),
        time.map_or(Some(false), |time| is_parts(time, "HMS")),
    ];
    parts.iter().all(Option::is_some) && parts.contains(&Some(true)) && time.is_none_or(|time| !time.is_empty())
}

/// Whether a text has parts; `None` where it is no list of numbers with these units, in their order.
fn is_parts(text: &str, units: &str) -> Option<bool> {
    let mut units = units.chars();
    let mut digits = 0;
    for c in text.chars() {
        if c.is_ascii_digit() || (matches!(c, '.' | ',') && digits > 0) {
            digits += 1;
        } else {
            (digits > 0 && units.any(|unit| unit == c)).then_some(())?;
            digits = 0;
        }
    }
    (digits == 0).then_some(!text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn marked(actions: &str) -> Vec<String> {
        Sample::actions(actions).marked(RULE.id)
    }

    #[test]
    fn words_that_are_known_are_left_alone() {
        for actions in [
            r#""T":{"type":"Terminate","inputs":{"runStatus":"failed"}}"#,
            r#""T":{"type":"Terminate","inputs":{"runStatus":"@outputs('x')"}}"#,
            r#""T":{"type":"Terminate","inputs":{"runStatus":"@{variables('x')}"}}"#,
            r#""T":{"type":"Terminate","inputs":{"runStatus":""}}"#,
            r#""T":{"type":"Terminate"}"#,
            r#""W":{"type":"Wait","inputs":{"interval":{"count":1,"unit":"Minute"}}}"#,
            r#""W":{"type":"Wait","inputs":{"until":{"timestamp":"2026-01-01"}}}"#,
            r##""H":{"type":"Http","inputs":{"retryPolicy":{"type":"Exponential","count":3,"interval":"PT10S"}},"limit":{"timeout":"#{timeout}#"}}"##,
            r#""H":{"type":"Http","inputs":{"retryPolicy":"@parameters('p')"},"limit":{"timeout":"P1DT2H30M"}}"#,
            r#""H":{"type":"Compose","inputs":{"retryPolicy":{"count":3}},"limit":{"timeout":7}}"#,
            r#""C":{"type":"Compose","inputs":{"retryPolicy":{"type":"ours","interval":"often"}}}"#,
            r#""S":{"type":"Switch","expression":"@1","cases":{"A":{"case":"1","actions":{}},"B":{"case":1,"actions":{}},"C":{"case":"@x","actions":{}},"D":{"case":"@x","actions":{}}}}"#,
        ] {
            assert_eq!(marked(actions), [""; 0], "{actions}");
        }
    }

    #[test]
    fn wrong_words_get_the_right_one() {
        for (actions, wrong) in [
            (r#""T":{"type":"Terminate","inputs":{"runStatus":"Fail"}}"#, "Fail"),
            (
                r#""T":{"type":"terminate","inputs":{"runStatus":"Canceled"}}"#,
                "Canceled",
            ),
            (
                r#""W":{"type":"Wait","inputs":{"interval":{"count":1,"unit":"Minutes"}}}"#,
                "Minutes",
            ),
            (
                r#""H":{"type":"Http","inputs":{"retryPolicy":{"type":"exponentiel"}}}"#,
                "exponentiel",
            ),
            (r#""H":{"type":"Http","limit":{"timeout":"14D"}}"#, "14D"),
            (r#""H":{"type":"Http","limit":{"timeout":"5M"}}"#, "5M"),
            (
                r#""S":{"type":"Scope","actions":{"H":{"type":"Http","inputs":{"retryPolicy":{"type":"fixed","interval":"T5S"}}}}}"#,
                "T5S",
            ),
        ] {
            let sample = Sample::actions(actions);
            assert_eq!(sample.marked(RULE.id), [wrong], "{actions}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{actions}");
        }
        assert_eq!(marked(r#""H":{"type":"Http","limit":{"timeout":"soon"}}"#), ["soon"]);
    }

    #[test]
    fn recurrences_of_every_trigger() {
        let trigger =
            |recurrence: &str| Sample::triggers(&format!(r#""R":{{"type":"Recurrence","recurrence":{recurrence}}}"#));
        assert_eq!(
            trigger(r#"{"frequency":"week","interval":1,"schedule":{"weekDays":["monday","Sunday"]}}"#).marked(RULE.id),
            [""; 0]
        );
        let wrong = trigger(r#"{"frequency":"Weekly","interval":1,"schedule":{"weekDays":["Mon day","Freitag"]}}"#);
        assert_eq!(wrong.marked(RULE.id), ["Weekly", "Mon day", "Freitag"]);
        assert!(wrong.assert_fixes(RULE.id) >= 2);
    }

    #[test]
    fn two_cases_with_one_value() {
        let switch = r#""S":{"type":"Switch","expression":"@1","cases":{"A":{"case":"x","actions":{}},"B":{"case":"y","actions":{}},"C":{"case":"x","actions":{}}}}"#;
        assert_eq!(marked(switch), ["x"]);
    }

    #[test]
    fn lengths_of_time() {
        for good in ["PT1H", "P14D", "PT0.5S", "P1Y2M3W4DT5H6M7S", "pt5m", "P1W"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in [
            "",
            "P",
            "PT",
            "P1",
            "P1H",
            "PT1D",
            "1H",
            "PTH",
            "P1DT",
            "PT1M1H",
            "00:05:00",
            "5 minutes",
        ] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}
