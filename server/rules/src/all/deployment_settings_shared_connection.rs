//! Two environments are given the same connection.

use analysis::identity::{environment_label, is_literal_connection};
use model::configuration::same_environment;
use model::{FileId, Profile, Spanned, Workspace};
use rustc_hash::FxHashMap;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{settings_for, short_id};

declare_rule! {
    /// # What it finds
    ///
    /// The same connection in the deployment settings of two environments. Environments are told by the names of files and
    /// folders, such as `prod.deploymentSettings.json` or `config/Test/`; where these tell nothing, two files for the same
    /// solution count as two environments, with less certainty. Tokens of pipelines are not compared.
    ///
    /// # Why it matters
    ///
    /// A connection lives in one environment and acts with one account. In settings for two, either an import fails, or what
    /// was made for development acts in production: whoever holds the account in one environment reaches the data of both.
    ///
    /// # How to fix
    ///
    /// Create a connection of its own in each environment, with an account of its own where the data is worth it, and write
    /// its id into the settings of that environment.
    ///
    /// # Example
    ///
    /// `test.deploymentSettings.json` and `prod.deploymentSettings.json`, wrong:
    ///
    /// ```json
    /// { "LogicalName": "con_Dataverse", "ConnectionId": "926f0e4a1b2c4d5e8f90112233445566" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    /// - Microsoft Learn, Power Platform Well-Architected: "Recommendations for identity and access management",
    ///   <https://learn.microsoft.com/power-platform/well-architected/security/identity-access>
    static RULE = {
        id: "deployment-settings-shared-connection",
        summary: "two environments are given the same connection",
        category: Category::Identity,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check)],
    };
}

/// One use of a connection.
struct Use<'a> {
    settings: FileId,
    connection: &'a Spanned<String>,
    logical_name: &'a str,
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let mut uses: FxHashMap<String, Vec<Use<'_>>> = FxHashMap::default();
    for &settings in workspace.settings() {
        let facts = workspace.file(settings).facts.settings();
        for entry in facts.into_iter().flat_map(|facts| &facts.references) {
            let Some(connection) = entry
                .connection_id
                .as_ref()
                .filter(|id| is_literal_connection(&id.value))
            else {
                continue;
            };
            let key = model::connector_name(&connection.value)
                .to_ascii_lowercase()
                .replace('-', "");
            uses.entry(key).or_default().push(Use {
                settings,
                connection,
                logical_name: &entry.logical_name.value,
            });
        }
    }
    let mut uses: Vec<_> = uses.into_iter().filter(|(_, uses)| uses.len() > 1).collect();
    uses.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, uses) in uses {
        for used in &uses {
            // The first other environment that uses it; a scan, but a connection has few uses.
            let other = uses
                .iter()
                .find_map(|other| Some((other, apart(context, used.settings, other.settings)?)));
            if let Some((other, confidence)) = other {
                findings.push(finding(workspace, used, other, confidence));
            }
        }
    }
}

/// How sure it is that two settings files are for different environments.
fn apart(context: &WorkspaceContext<'_>, a: FileId, b: FileId) -> Option<Confidence> {
    if a == b {
        return None;
    }
    let workspace = context.workspace;
    let label = |file: FileId| environment_label(&workspace.file(file).path);
    if let (Some(one), Some(other)) = (label(a), label(b)) {
        return (!same_environment(one, other)).then_some(Confidence::High);
    }
    let of = |file: FileId| context.targets().of(file);
    of(a)
        .iter()
        .any(|solution| of(b).contains(solution))
        .then_some(Confidence::Medium)
}

fn finding(workspace: &Workspace, used: &Use<'_>, other: &Use<'_>, confidence: Confidence) -> Finding {
    let here = settings_for(workspace, used.settings);
    let there = settings_for(workspace, other.settings);
    let message = format!(
        "`{}` has the connection {} in {here} and in {there}: what was made for one environment would act in the other, with the same account. Create a connection of its own for each environment.",
        used.logical_name,
        short_id(&used.connection.value)
    );
    Finding::new(&RULE, used.settings, used.connection.span, used.logical_name, message)
        .confidence(confidence)
        .related(
            other.settings,
            other.connection.span,
            "the same connection for the other environment",
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const ID: &str = "926f0e4a1b2c4d5e8f90112233445566";

    fn sample(one: (&str, &str), other: (&str, &str)) -> Sample {
        let text = |id: &str| {
            format!(
                r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{{"LogicalName":"con_Mail","ConnectionId":"{id}"}}]}}"#
            )
        };
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365")],
        )
        .with(one.0, text(one.1))
        .with(other.0, text(other.1))
    }

    #[test]
    fn one_connection_for_two_environments_is_told_in_both() {
        let hyphens = "926F0E4A-1B2C-4D5E-8F90-112233445566";
        let found = sample(("/s/test.settings.json", ID), ("/s/config/prod/settings.json", hyphens)).of(RULE.id);
        assert_eq!(found.len(), 2);
        assert!(
            found
                .iter()
                .all(|f| f.finding.confidence == Confidence::High && f.finding.related.len() == 1)
        );
        assert!(found[1].finding.message.contains("926f0e4a…"));
        let unnamed = sample(("/s/a.json", ID), ("/s/b.json", ID)).of(RULE.id);
        assert!(unnamed.len() == 2 && unnamed[0].finding.confidence == Confidence::Medium);
    }

    #[test]
    fn one_environment_tokens_and_placeholders_are_left_alone() {
        for (one, other, id) in [
            ("/s/prod.a.json", "/s/production.b.json", ID),
            ("/s/test.json", "/s/prod.json", "#{con_Mail}#"),
            ("/s/test.json", "/s/prod.json", "00000000000000000000000000000000"),
            ("/s/test.json", "/s/prod.json", "your connection id"),
        ] {
            assert!(
                sample((one, id), (other, id)).of(RULE.id).is_empty(),
                "{one} {other} {id}"
            );
        }
        let different = sample(
            ("/s/test.json", ID),
            ("/s/prod.json", "a26f0e4a1b2c4d5e8f90112233445566"),
        );
        assert!(different.of(RULE.id).is_empty());
    }
}
