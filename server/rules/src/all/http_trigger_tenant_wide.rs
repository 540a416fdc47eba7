//! An HTTP trigger that everybody of the tenant can call.

use edits::WorkspaceEdit;
use model::Profile;
use syntax::TextEdit;
use syntax::json::{Value, member_insertion};

use super::http_trigger_anyone::takes_requests;
use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A trigger "When an HTTP request is received" that any user of the tenant may call (`Tenant`), or that is for
    /// specific users but names none: the service then lets any user of the tenant in.
    ///
    /// # Why it matters
    ///
    /// The tenant is everybody who has an account: all staff, guests, and whoever took over one of their accounts. Each
    /// of them can start the flow with everything its connections may do.
    ///
    /// # How to fix
    ///
    /// Choose "Specific users in my tenant" and name the callers: the object id of the application that calls, or the
    /// addresses of the people. The fix writes a token for them, `#{triggerAllowedUsers}#`, which a pipeline or a person fills in.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "inputs": { "triggerAuthenticationType": "Tenant" }
    /// // right
    /// "inputs": { "triggerAuthenticationType": "User", "triggerAllowedUsers": "4f1c0b0e-2f0a-4c8e-9a53-5a2f3a9d1b77" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Add OAuth authentication for HTTP request triggers",
    ///   <https://learn.microsoft.com/power-automate/oauth-authentication>
    static RULE = {
        id: "http-trigger-tenant-wide",
        summary: "an HTTP trigger that everybody of the tenant can call",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for trigger in &flow.body.triggers {
        if !takes_requests(trigger) {
            continue;
        }
        let inputs = flow
            .value(trigger.node)
            .and_then(|value| value.get_ignore_case("inputs"));
        let Some(inputs) = inputs else { continue };
        let Some(allowed) = inputs.get_ignore_case("triggerAuthenticationType") else {
            continue;
        };
        let word = allowed.as_str().unwrap_or_default();
        let users = inputs.get_ignore_case("triggerAllowedUsers");
        let names_users = users.is_some_and(names_somebody);
        let title = trigger.name.value.replace('_', " ");
        let message = if word.eq_ignore_ascii_case("Tenant") {
            format!(
                "Every account of the tenant, guests included, can call the trigger `{title}`. Allow specific users only, and name the callers."
            )
        } else if matches!(word.to_ascii_lowercase().as_str(), "user" | "users")
            && !names_users
            && flow.summary.complete
        {
            format!(
                "The trigger `{title}` is for specific users but names none, so every account of the tenant can call it. Name the callers in `triggerAllowedUsers`."
            )
        } else {
            continue;
        };
        let mut edit = WorkspaceEdit::default();
        edit.push(flow.file, TextEdit::new(allowed.content_span(), "User"));
        match users {
            Some(_) if names_users => {}
            Some(users) => edit.push(flow.file, TextEdit::new(users.span(), TOKEN)),
            None => edit.push(flow.file, member_insertion(inputs).member("triggerAllowedUsers", TOKEN)),
        }
        findings.push(
            Finding::new(&RULE, flow.file, allowed.content_span(), &trigger.name.value, message)
                .action(Some(trigger.name.value.clone()))
                .fix("Allow specific users only; a token stands for their ids", false, edit),
        );
    }
}

/// Who is allowed, for whoever deploys the flow to fill in.
const TOKEN: &str = "\"#{triggerAllowedUsers}#\"";

/// Whether a list of callers, as text or as an array, has one.
fn names_somebody(users: Value<'_>) -> bool {
    match users.as_str() {
        Some(text) => text.split([';', ',']).any(|user| !user.trim().is_empty()),
        None => !users.is_null() && (!users.is_array() || users.items().any(names_somebody)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(inputs: &str) -> Sample {
        Sample::triggers(&format!(
            r#""manual":{{"type":"Request","kind":"Http","inputs":{{{inputs}}}}}"#
        ))
    }

    fn marked(inputs: &str) -> Vec<String> {
        sample(inputs).marked(RULE.id)
    }

    #[test]
    fn everybody_of_the_tenant() {
        assert_eq!(marked(r#""triggerAuthenticationType":"Tenant""#), ["Tenant"]);
        assert_eq!(marked(r#""triggerAuthenticationType":"User""#), ["User"]);
        assert_eq!(
            marked(r#""triggerAuthenticationType":"User","triggerAllowedUsers":" ""#),
            ["User"]
        );
    }

    #[test]
    fn lists_that_name_nobody() {
        for users in [r#"" ""#, r#"";""#, "[]", "null", r#"[""]"#] {
            let sample = sample(&format!(
                r#""triggerAuthenticationType":"User","triggerAllowedUsers":{users}"#
            ));
            assert_eq!(sample.marked(RULE.id), ["User"], "{users}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{users}");
        }
        for inputs in [
            r#""triggerAuthenticationType":"Tenant""#,
            r#""triggerAuthenticationType":"tenant","triggerAllowedUsers":"x""#,
        ] {
            assert_eq!(sample(inputs).assert_fixes(RULE.id), 1, "{inputs}");
        }
    }

    #[test]
    fn named_callers_and_other_rules_are_silent() {
        for inputs in [
            r#""triggerAuthenticationType":"User","triggerAllowedUsers":"ann@contoso.com""#,
            r#""triggerAuthenticationType":"User","triggerAllowedUsers":["4f1c0b0e-2f0a-4c8e-9a53-5a2f3a9d1b77"]"#,
            r#""triggerAuthenticationType":"All""#,
            "",
        ] {
            assert_eq!(marked(inputs), [""; 0], "{inputs}");
        }
    }
}
