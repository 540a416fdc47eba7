//! An address that is a key, written out.

use model::Profile;

use super::hardcoded_secret::{Wanted, in_file, in_flow};
use crate::context::{FileContext, FlowContext};
use crate::finding::{Confidence, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// An address that works for whoever has it, written into a flow, the default or value of an environment variable, or a settings
    /// file: the trigger address of another flow or logic app (`sig=`), a shared access signature of Azure Storage or Service Bus,
    /// an Azure function with its `code=`, and incoming webhooks of Teams, Slack and Discord. The finding never repeats the
    /// key.
    ///
    /// # Why it matters
    ///
    /// There is no sign-in behind such an address. Whoever can read the repository, the solution or a run's history can call
    /// the flow, read the container or post into the channel, until the key is changed, and nobody sees who it was.
    ///
    /// # How to fix
    ///
    /// Change the key at the service: it must count as known. Call a flow in the same solution as a child flow, let others sign
    /// in with Microsoft Entra ID, and use a connector or a managed identity for storage. Where only an address with a key will do,
    /// keep it in Azure Key Vault behind an environment variable of type secret, and hide inputs and outputs of the steps that use it:
    /// the fix adds the variable and the action that reads it.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// "uri": "https://prod-1.westeurope.logic.azure.com/workflows/…/paths/invoke?sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=…"
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// "uri": "@{body('Get_address')?['EnvironmentVariableSecretValue']}"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Grant limited access to Azure Storage resources using shared access signatures",
    ///   <https://learn.microsoft.com/azure/storage/common/storage-sas-overview>
    /// - Microsoft Learn: "Add OAuth authentication for HTTP request triggers", <https://learn.microsoft.com/power-automate/oauth-authentication>
    static RULE = {
        id: "signed-url-literal",
        summary: "an address that works for whoever has it, in clear text",
        category: Category::Secrets,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check_flow), Check::File(check_file)],
    };
}

const ADDRESSES: Wanted = Wanted {
    rule: &RULE,
    is: |hit| hit.is_address(),
    advice: "and whoever has the address needs no more than that. Change it where it was issued, and keep the new one in a secret environment variable, or call the service with a sign-in.",
};

fn check_flow(flow: &FlowContext<'_>, findings: &mut Findings) {
    in_flow(flow, &ADDRESSES, findings);
}

fn check_file(file: &FileContext<'_>, findings: &mut Findings) {
    in_file(file, &ADDRESSES, findings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn call(uri: &str) -> Sample {
        Sample::actions(&format!(
            r#""Call":{{"type":"Http","runAfter":{{}},"inputs":{{"method":"POST","uri":"{uri}"}}}}"#
        ))
    }

    #[test]
    fn addresses_with_keys_are_told_once_and_not_shown() {
        let key = "q1W2e3R4t5".repeat(4);
        for uri in [
            format!(
                "https://prod-1.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers&sv=1.0&sig={key}"
            ),
            format!("https://fabrikam.blob.core.windows.net/in?sv=2022-11-02&se=2030-01-01&sp=r&sig={key}"),
            format!("https://fabrikam.azurewebsites.net/api/Orders?code={key}"),
        ] {
            let sample = call(&uri);
            assert_eq!(sample.marked(RULE.id), [key.as_str()], "{uri}");
            assert_eq!(sample.marked("hardcoded-secret"), [""; 0], "{uri}");
            assert!(!sample.of(RULE.id)[0].finding.message.contains(&key));
        }
    }

    #[test]
    fn addresses_without_keys_are_silent() {
        for uri in [
            "https://fabrikam.azurewebsites.net/api/Orders?code=@{parameters('Key (con_Key)')}",
            "https://x.example/?sig=abc&sv=1",
            "https://x.example/design=abcdefghijklmnopqrstuvwxyz&sv=1",
        ] {
            assert_eq!(call(uri).marked(RULE.id), [""; 0], "{uri}");
        }
    }
}
