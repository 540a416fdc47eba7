//! A connection reference has the name that the designer made up.

use edits::{Recipe, naming};
use model::{ConnectionReference, Profile, SolutionId, Workspace};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference whose logical name or display name ends in the five letters that the designer puts there, such as
    /// `con_sharedoffice365_4ee46` or `Office 365 Outlook Expenses-4ee46`.
    ///
    /// # Why it matters
    ///
    /// At the import somebody has to choose a connection for each reference, by its name alone. Names that tell neither the account
    /// nor the purpose get the wrong one, and in settings files they are told apart by five letters.
    ///
    /// # How to fix
    ///
    /// Rename it after what it is for, such as `con_MailToApprovers`. The fix proposes the connector's name and renames
    /// the reference wherever it is named: customizations, flows, apps, settings. An environment that has the reference already
    /// keeps it under its old name beside the new one.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```xml
    /// <connectionreference connectionreferencelogicalname="con_sharedoffice365_4ee46">
    /// ```
    ///
    /// Right:
    ///
    /// ```xml
    /// <connectionreference connectionreferencelogicalname="con_MailToApprovers">
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use a connection reference in a solution",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference>
    static RULE = {
        id: "connection-reference-default-name",
        summary: "a connection reference has the name that the designer made up",
        category: Category::Identity,
        severity: Severity::Info,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, solution) in workspace.solutions() {
        let Some(file) = solution.customizations else { continue };
        for reference in workspace.references(id) {
            let name = &reference.logical_name;
            let by_name = naming::is_made_up(&name.value, '_');
            if !by_name
                && !reference
                    .display_name
                    .as_deref()
                    .is_some_and(|title| naming::is_made_up(title, '-'))
            {
                continue;
            }
            let shown = if by_name { &name.value } else { reference.title() };
            let message = format!(
                "`{shown}` is a name that the designer made up: it tells neither the account nor the purpose, so at the import the wrong connection is easily chosen. Rename it after what it is for."
            );
            let mut finding = Finding::new(&RULE, file, name.span, name.value.as_str(), message);
            // A display name alone is for a person to change: nothing refers to it.
            if by_name && let Some(to) = proposal(workspace, id, reference) {
                let title = format!("Rename to `{to}` in every file");
                let from = name.value.clone();
                finding = finding.recipe(
                    title,
                    Recipe::RenameReference {
                        solution: id,
                        from,
                        to,
                        retitle: true,
                    },
                );
            }
            findings.push(finding);
        }
    }
}

/// The connector's name behind the publisher's prefix, else behind the prefix the reference has.
fn proposal(workspace: &Workspace, solution: SolutionId, reference: &ConnectionReference) -> Option<String> {
    let connector = reference.connector()?;
    let manifest = workspace.solution(solution).manifest?;
    let prefix = workspace.file(manifest).facts.manifest()?.prefix.as_deref();
    let prefix = prefix.or_else(|| reference.logical_name.value.split_once('_').map(|(prefix, _)| prefix))?;
    let base = naming::logical_name(&naming::connector_title(connector), prefix);
    Some(naming::free_name(base, |name| {
        !workspace.solutions_with_reference(name).is_empty()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, Sample};

    const NAME: &str = "con_sharedoffice365_4ee46";

    fn sample(name: &str) -> Sample {
        Sample::new(
            &format!(r#""connectionReferences":{{"k":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"{name}"}},"api":{{"name":"shared_office365"}}}}}},"definition":{{"triggers":{{}},"actions":{{"A":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"k","operationId":"X"}}}},"runAfter":{{}}}}}}}}"#),
            &[(name, "shared_office365")],
        )
        .with(
            "/s/settings.json",
            format!(r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"{name}","ConnectionId":"0a"}}]}}"#),
        )
    }

    #[test]
    fn a_made_up_name_is_renamed_everywhere() {
        let made_up = sample(NAME);
        assert_eq!(made_up.marked(RULE.id), [NAME]);
        assert_eq!(made_up.assert_fixes(RULE.id), 1);
        let fix = made_up.of(RULE.id).remove(0).finding.fixes.remove(0);
        let after = made_up.apply(&fix);
        assert!(
            [CUSTOMIZATIONS, FLOW, "/s/settings.json"]
                .iter()
                .all(|path| after.files[*path].contains("con_Office365Outlook"))
        );
        let quoted = format!("\"{NAME}\"");
        assert!(after.files.values().all(|text| !text.contains(&quoted)));
    }

    #[test]
    fn a_made_up_display_name_goes_with_it() {
        let both = sample(NAME).replace(CUSTOMIZATIONS, &format!("{NAME} shown"), "Mail &amp; more Orders-4ee46");
        assert_eq!(both.assert_fixes(RULE.id), 1);
        let after = both.apply(&both.of(RULE.id)[0].finding.fixes[0]);
        assert!(
            after.files[CUSTOMIZATIONS].contains(">Mail &amp; more Orders<"),
            "{}",
            after.files[CUSTOMIZATIONS]
        );
        assert_eq!(after.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn names_that_mean_something_are_left_alone() {
        for name in [
            "con_Mail",
            "con_decade",
            "con_facade",
            "con_x_12345x",
            "con_Mail_2024",
            "12345",
        ] {
            assert!(sample(name).marked(RULE.id).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_made_up_title_is_told_too() {
        let titled = sample("con_Mail").replace(CUSTOMIZATIONS, "con_Mail shown", "Office 365 Outlook Expenses-4ee46");
        let found = titled.of(RULE.id);
        assert_eq!(found.len(), 1);
        assert!(found[0].finding.fixes.is_empty() && found[0].finding.message.contains("Expenses-4ee46"));
    }
}
