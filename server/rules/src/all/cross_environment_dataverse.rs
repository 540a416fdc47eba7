//! An operation that reads or writes rows of another environment.

use model::Profile;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A Dataverse operation "in selected environment" (its id ends in `WithOrganization`) whose environment is not
    /// `current`.
    ///
    /// # Why it matters
    ///
    /// It crosses the border between environments: a flow in development can read or change production, and data
    /// policies of one environment do not see what happens in the other.
    ///
    /// # How to fix
    ///
    /// Where it is meant, as in tools for administrators, take the address from an environment variable and give the
    /// connection an application user of its own in the other environment.
    ///
    /// # Example
    ///
    /// ```json
    /// "operationId": "ListRecordsWithOrganization", "organization": "https://contoso.crm.dynamics.com"
    /// ```
    ///
    /// # References
    ///
    /// - [Microsoft Dataverse connector](https://learn.microsoft.com/connectors/commondataserviceforapps/)
    static RULE = {
        id: "cross-environment-dataverse",
        summary: "an operation that reads or writes rows of another environment",
        category: Category::Exfiltration,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Auditor,
        fix: FixKind::None,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for operation in &flow.body.operations {
        if operation.connector != analysis::dataverse::CONNECTOR
            || !operation.id.value.to_ascii_lowercase().ends_with("withorganization")
        {
            continue;
        }
        let parameters = operation.parameters.and_then(|node| flow.value(node));
        let organization = parameters.and_then(|parameters| parameters.get_ignore_case("organization"));
        let Some(organization) = organization else { continue };
        if organization
            .as_str()
            .is_some_and(|text| text.trim().eq_ignore_ascii_case("current"))
        {
            continue;
        }
        let path = flow.body.owner_path(operation.owner);
        let message = "This operation works in another environment, whose data policies do not see it. Give its connection an application user of its own there, with no more rights than it needs.";
        findings.push(
            Finding::new(
                &RULE,
                flow.file,
                organization.content_span(),
                path.clone().unwrap_or_default(),
                message,
            )
            .action(path),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn marked(id: &str, organization: &str) -> Vec<String> {
        Sample::actions(&format!(
            r#""Rows":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"{id}"}},"parameters":{{"organization":"{organization}","entityName":"accounts"}}}}}}"#
        ))
        .marked(RULE.id)
    }

    #[test]
    fn another_environment() {
        let address = "https://contoso.crm.dynamics.com";
        assert_eq!(marked("ListRecordsWithOrganization", address), [address]);
        assert_eq!(marked("ListRecordsWithOrganization", "current"), [""; 0]);
        assert_eq!(marked("ListRecords", address), [""; 0]);
    }
}
