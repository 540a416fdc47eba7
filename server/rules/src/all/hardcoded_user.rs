//! A flow writes out the address of a person or a mailbox.

use analysis::hardcoded::Kind;
use model::Profile;

use crate::all::external_recipient::outside;
use crate::all::hardcoded_environment_value::{can_have_variables, finding, subject_of};
use crate::context::FlowContext;
use crate::finding::{Confidence, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A value that is nothing but an address, or a list of them: as approver, owner, recipient, mailbox or user of a site, in a
    /// variable, or in a comparison; and an address that a filter compares with (`mail eq '…'`) or whose path a request names (`/users/…`). Addresses within sentences, examples such as `you@example.com`, and addresses that a parameter
    /// holds are not reported; mailboxes that nobody reads (`noreply@…`) only with low confidence. An address is told once a flow, with its other places.
    /// Addresses outside of the organisation are told by `external-recipient`.
    ///
    /// # Why it matters
    ///
    /// People leave and change their roles, and the flow goes on to ask or write to who is no longer there: approvals wait for
    /// nobody. A test of the flow writes to the people of production.
    ///
    /// # How to fix
    ///
    /// Read the address from an environment variable, whose value whoever owns the process can see and change for each environment. A group or a
    /// shared mailbox lasts longer there than a person. The fix takes the variable of the solution that has the address by default, or makes one, and gives it an
    /// entry in each settings file.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "WebhookApprovalCreationInput/assignedTo": "megan.bowen@contoso.com"
    /// // right
    /// "WebhookApprovalCreationInput/assignedTo": "@parameters('Refund approvers (con_RefundApprovers)')"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use environment variables in solutions",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/environmentvariables>
    static RULE = {
        id: "hardcoded-user",
        summary: "a flow writes out the address of a person or mailbox",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let people: Vec<_> = flow
        .written()
        .iter()
        .filter(|written| written.kind == Kind::Person)
        .collect();
    if people.is_empty() {
        return;
    }
    let told = outside(flow);
    for written in people {
        let is_told = |span: syntax::Span| told.iter().any(|outside| span.contains_span(outside.span));
        if written.places.iter().all(|place| is_told(place.span)) {
            continue;
        }
        let what = if written.value.contains([';', ',']) {
            "addresses of people or mailboxes".to_owned()
        } else {
            format!("the address `{}`", written.value.trim())
        };
        let advice = if can_have_variables(flow) {
            "Read it from an environment variable, which whoever owns the process can change."
        } else {
            "Move the flow into a solution, and read it there from an environment variable, which whoever owns the process can change."
        };
        let message = format!(
            "{} {what}, so the flow goes on to use it when the person has left, and in every environment it is deployed to. {advice}",
            subject_of(flow, written)
        );
        findings.push(finding(&RULE, flow, written, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    fn send(connector: &str, id: &str, parameters: &str) -> Sample {
        Sample::actions(&format!(
            r#""Ask_the_boss":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}"}},"parameters":{{{parameters}}}}}}}"#
        ))
    }

    fn text(value: &str) -> Sample {
        Sample::actions(&format!(r#""A":{{"type":"Compose","inputs":"{value}"}}"#))
    }

    #[test]
    fn people_in_every_role() {
        for (connector, id, parameters) in [
            (
                "shared_approvals",
                "StartAndWaitForAnApproval",
                r#""WebhookApprovalCreationInput/assignedTo":"megan.bowen@contoso.com""#,
            ),
            (
                "shared_office365",
                "SendEmailV2",
                r#""emailMessage/To":"megan.bowen@contoso.com""#,
            ),
            (
                "shared_office365",
                "SharedMailboxSendEmailV2",
                r#""emailMessage/MailboxAddress":"megan.bowen@contoso.com""#,
            ),
            (
                "shared_office365users",
                "UserProfile_V2",
                r#""id":"megan.bowen@contoso.com""#,
            ),
            (
                "shared_teams",
                "PostMessageToConversation",
                r#""body/recipient/to":"megan.bowen@contoso.com""#,
            ),
            (
                "shared_sharepointonline",
                "PostItem",
                r#""item/Owner/Claims":"i:0#.f|membership|megan.bowen@contoso.com""#,
            ),
        ] {
            let found = send(connector, id, parameters).of(RULE.id);
            assert_eq!(found.len(), 1, "{connector}");
            assert_eq!(
                (found[0].marked.as_str(), found[0].finding.confidence),
                ("megan.bowen@contoso.com", Confidence::Medium)
            );
        }
        for (value, marked) in [
            ("megan.bowen@contoso.com", "megan.bowen@contoso.com"),
            (
                "a.b@contoso.com; Bo Lee <b@contoso.com>",
                "a.b@contoso.com; Bo Lee <b@contoso.com>",
            ),
            (
                "@{triggerBody()?['mail']};megan.bowen@contoso.com",
                "megan.bowen@contoso.com",
            ),
            (
                "@if(equals(1, 2), 'megan.bowen@contoso.com', variables('x'))",
                "megan.bowen@contoso.com",
            ),
            (
                "internalemailaddress eq 'megan.bowen@contoso.com'",
                "megan.bowen@contoso.com",
            ),
            (
                "https://graph.microsoft.com/v1.0/users/megan.bowen@contoso.com/messages?$top=@{variables('x')}",
                "megan.bowen@contoso.com",
            ),
            (
                "i:0#.f|membership|@{variables('x')};megan.bowen@contoso.com",
                "megan.bowen@contoso.com",
            ),
        ] {
            assert_eq!(text(value).marked(RULE.id), [marked], "{value}");
        }
        let condition = r#""If":{"type":"If","expression":{"equals":["@triggerBody()?['from']","megan.bowen@contoso.com"]},"actions":{}}"#;
        assert_eq!(Sample::actions(condition).marked(RULE.id), ["megan.bowen@contoso.com"]);
    }

    #[test]
    fn prose_examples_and_computed_addresses_are_fine() {
        for value in [
            "Ask megan.bowen@contoso.com for help",
            "you@example.com",
            "@parameters('Boss (con_Boss)')",
            "@{variables('name')}@contoso.com",
            "megan@contoso.@{variables('top')}",
            "@outputs('x')?['body/statecode@OData.Community.Display.V1.FormattedValue']",
            "@@contoso",
        ] {
            assert_eq!(text(value).marked(RULE.id), [""; 0], "{value}");
        }
        let noted = r#""A":{"type":"Compose","description":"megan.bowen@contoso.com","inputs":1}"#;
        assert_eq!(Sample::actions(noted).marked(RULE.id), [""; 0]);
        assert_eq!(
            text("no-reply@contoso.com").of(RULE.id)[0].finding.confidence,
            Confidence::Low
        );
    }

    #[test]
    fn what_leaves_the_organisation_is_told_elsewhere() {
        let sample = send(
            "shared_office365",
            "SendEmailV2",
            r#""emailMessage/To":"orders@fabrikam.com","emailMessage/Cc":"megan@contoso.com""#,
        )
        .with("/s/flowsentry.jsonc", r#"{ "internalDomains": ["contoso.com"] }"#);
        assert_eq!(sample.marked("external-recipient"), ["orders@fabrikam.com"]);
        assert_eq!(sample.marked(RULE.id), ["megan@contoso.com"]);
    }

    #[test]
    fn a_person_becomes_a_variable() {
        let sample = send(
            "shared_approvals",
            "StartAndWaitForAnApproval",
            r#""WebhookApprovalCreationInput/assignedTo":"megan.bowen@contoso.com""#,
        )
        .with(
            "/s/settings.json",
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[]}"#,
        )
        .with(
            "/s/environmentvariabledefinitions/con_Old/environmentvariabledefinition.xml",
            r#"<environmentvariabledefinition schemaname="con_Old"><defaultvalue>x</defaultvalue><type>100000000</type></environmentvariabledefinition>"#,
        );
        assert_eq!(sample.assert_fixes(RULE.id), 1);
        let after = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
        let flow = &after.files[FLOW];
        assert!(
            flow.contains("@parameters('Ask the boss approvers (con_AskTheBossApprovers)')"),
            "{flow}"
        );
        assert!(after.files["/s/settings.json"].contains("#{environmentvariable.con_AskTheBossApprovers}#"));
        let filter = text("mail eq 'megan.bowen@contoso.com'");
        assert_eq!(filter.assert_fixes(RULE.id), 1);
        let part = text("@{variables('x')};megan.bowen@contoso.com");
        assert_eq!(part.assert_fixes(RULE.id), 1);
    }
}
