//! An HTTP trigger that anyone who knows its address can call.

use edits::WorkspaceEdit;
use model::Profile;
use model::flow::Trigger;
use syntax::json::{Value, member_insertion};
use syntax::{TextEdit, indent_unit, line_ending};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A trigger "When an HTTP request is received", or "When a Teams webhook request is received", whose callers need no sign-in: `triggerAuthenticationType` is `All`
    /// ("Anyone" in the designer), or is not there, as in flows made before the setting existed.
    ///
    /// # Why it matters
    ///
    /// The address of the trigger is then the only key, and it does not expire. It ends up in the settings of other
    /// systems, in mails, logs and run histories; whoever finds it there starts the flow, with data of their own and with
    /// everything the flow's connections may do.
    ///
    /// # How to fix
    ///
    /// Choose "Any user in my tenant" or "Specific users in my tenant" and let callers sign in with a token of Microsoft
    /// Entra ID. Callers that send no token are refused from then on, so change them first. Where a caller cannot sign
    /// in, put Azure API Management or a function in front of the flow, and check a shared secret in its first action.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// "manual": { "type": "Request", "kind": "Http", "inputs": { "triggerAuthenticationType": "All" } }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "manual": { "type": "Request", "kind": "Http", "inputs": { "triggerAuthenticationType": "Tenant" } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Add OAuth authentication for HTTP request triggers",
    ///   <https://learn.microsoft.com/power-automate/oauth-authentication>
    static RULE = {
        id: "http-trigger-anyone",
        summary: "an HTTP trigger that anyone who knows its address can call",
        category: Category::Exposure,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

const MEMBER: &str = "triggerAuthenticationType";
const FIX: &str = "Allow only callers of the own tenant";
const ADVICE: &str = "Whoever learns the address starts the flow with all that its connections may do; allow only callers of your tenant.";

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for trigger in &flow.body.triggers {
        if !takes_requests(trigger) {
            continue;
        }
        let Some(value) = flow.value(trigger.node) else {
            continue;
        };
        let inputs = value.get_ignore_case("inputs");
        let allowed = inputs
            .and_then(|inputs| inputs.get_ignore_case(MEMBER))
            .filter(|allowed| !says_nothing(*allowed));
        match allowed {
            Some(allowed) if allowed.as_str().is_some_and(|word| word.eq_ignore_ascii_case("All")) => {
                let message = format!(
                    "Anyone can call the trigger `{}`, without signing in. {ADVICE}",
                    title(trigger)
                );
                let edit = WorkspaceEdit::replace(flow.file, allowed.content_span(), "Tenant");
                let finding = Finding::new(&RULE, flow.file, allowed.content_span(), &trigger.name.value, message);
                findings.push(finding.action(Some(trigger.name.value.clone())).fix(FIX, false, edit));
            }
            // Half a file may have lost the setting.
            None if flow.summary.complete => {
                let message = format!(
                    "The trigger `{}` does not say who may call it, so anyone can. {ADVICE}",
                    title(trigger)
                );
                let mut finding = Finding::new(&RULE, flow.file, trigger.name.span, &trigger.name.value, message)
                    .confidence(Confidence::Medium)
                    .action(Some(trigger.name.value.clone()));
                if let Some(edit) = insertion(value, inputs) {
                    let mut change = WorkspaceEdit::default();
                    change.push(flow.file, edit);
                    finding = finding.fix(FIX, false, change);
                }
                findings.push(finding);
            }
            _ => {}
        }
    }
}

/// Whether a trigger has an address that requests are sent to: an HTTP request, or a webhook of Teams. Without a kind it is the
/// former.
pub(crate) fn takes_requests(trigger: &Trigger) -> bool {
    let kinds = ["Http", "TeamsWebhook", ""];
    let kind = trigger.subkind.trim();
    trigger.kind.eq_ignore_ascii_case("Request") && kinds.iter().any(|known| kind.eq_ignore_ascii_case(known))
}

fn says_nothing(allowed: Value<'_>) -> bool {
    allowed.is_null() || allowed.as_str().is_some_and(|word| word.trim().is_empty())
}

fn title(trigger: &Trigger) -> String {
    trigger.name.value.replace('_', " ")
}

/// The edit that adds the setting to the trigger's `inputs`, or `inputs` with it.
fn insertion(trigger: Value<'_>, inputs: Option<Value<'_>>) -> Option<TextEdit> {
    if let Some(inputs) = inputs {
        // A setting that says nothing is written over.
        if let Some(nothing) = inputs.get_ignore_case(MEMBER) {
            return Some(TextEdit::new(nothing.span(), "\"Tenant\""));
        }
        return inputs
            .is_object()
            .then(|| member_insertion(inputs).member(MEMBER, "\"Tenant\""));
    }
    let place = member_insertion(trigger);
    let text = trigger.source();
    let json = if place.prefix.contains(['\n', '\r']) {
        let (end, indent, unit) = (line_ending(text), &place.indent, indent_unit(text));
        format!(
            "{{{end}{indent}{unit}\"{MEMBER}\"{}\"Tenant\"{end}{indent}}}",
            place.colon
        )
    } else {
        format!("{{\"{MEMBER}\"{}\"Tenant\"}}", place.colon)
    };
    trigger.is_object().then(|| place.member("inputs", &json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn trigger(more: &str) -> Sample {
        Sample::triggers(&format!(r#""When_called":{{"type":"Request","kind":"Http"{more}}}"#))
    }

    #[test]
    fn anyone_is_an_error_at_the_word() {
        for word in ["All", "all"] {
            let sample = trigger(&format!(
                r#","inputs":{{"schema":{{}},"triggerAuthenticationType":"{word}"}}"#
            ));
            let found = sample.of(RULE.id);
            assert_eq!((found.len(), found[0].marked.as_str()), (1, word));
            assert_eq!(
                (found[0].finding.severity, found[0].finding.confidence),
                (Severity::Error, Confidence::High)
            );
            assert_eq!(found[0].finding.action.as_deref(), Some("When_called"));
            assert_eq!(sample.assert_fixes(RULE.id), 1);
        }
    }

    #[test]
    fn no_word_is_less_certain() {
        for more in [
            "",
            r#","inputs":{}"#,
            r#","inputs":{"schema":{}}"#,
            r#","inputs":{"triggerAuthenticationType":null}"#,
            r#","inputs":{"triggerAuthenticationType":" "}"#,
        ] {
            let sample = trigger(more);
            let found = sample.of(RULE.id);
            assert_eq!((found.len(), found[0].marked.as_str()), (1, "When_called"), "{more}");
            assert_eq!(found[0].finding.confidence, Confidence::Medium);
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{more}");
        }
    }

    #[test]
    fn kinds_with_an_address() {
        for kind in [r#","kind":"TeamsWebhook""#, r#","kind":"http""#, ""] {
            let text = format!(r#""t":{{"type":"Request"{kind},"inputs":{{"triggerAuthenticationType":"All"}}}}"#);
            assert_eq!(Sample::triggers(&text).marked(RULE.id), ["All"], "{kind}");
        }
    }

    #[test]
    fn limited_and_other_triggers_are_silent() {
        for word in ["Tenant", "Users", "tenant"] {
            assert_eq!(
                trigger(&format!(r#","inputs":{{"triggerAuthenticationType":"{word}"}}"#)).marked(RULE.id),
                [""; 0]
            );
        }
        for other in [
            r#""type":"Request","kind":"Button""#,
            r#""type":"Request","kind":"PowerAppV2""#,
            r#""type":"Recurrence""#,
        ] {
            assert_eq!(
                Sample::triggers(&format!(r#""t":{{{other},"inputs":{{}}}}"#)).marked(RULE.id),
                [""; 0]
            );
        }
    }

    #[test]
    fn a_broken_file_proves_no_absence() {
        let broken = trigger("").replace(FLOW, r#""schemaVersion":"1.0.0.0"}"#, r#""schemaVersion":"#);
        assert_eq!(broken.marked(RULE.id), [""; 0]);
        let written = trigger(r#","inputs":{"triggerAuthenticationType":"All"}"#).replace(
            FLOW,
            r#""schemaVersion":"1.0.0.0"}"#,
            r#""schemaVersion":"#,
        );
        assert_eq!(written.marked(RULE.id), ["All"]);
    }

    #[test]
    fn the_fix_keeps_the_layout() {
        let sample =
            Sample::triggers("\n    \"t\": {\n      \"type\": \"REQUEST\",\n      \"kind\": \"HTTP\"\n    }\n  ");
        let found = sample.of(RULE.id);
        let fixed = sample.apply(&found[0].finding.fixes[0]).files[FLOW].clone();
        let expected = "\"kind\": \"HTTP\",\n      \"inputs\": {\n";
        assert!(
            fixed.contains(expected) && fixed.contains("\"triggerAuthenticationType\": \"Tenant\"\n      }\n    }"),
            "{fixed}"
        );
    }
}
