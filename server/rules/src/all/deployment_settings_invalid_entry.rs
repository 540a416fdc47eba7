//! Deployment settings hold what no tool can use.

use analysis::identity::environment_label;
use edits::WorkspaceEdit;
use model::files::name_of;
use model::settings::{Fault, SettingsFault};
use model::{Facts, Profile};

use crate::context::FileContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::short_id;

declare_rule! {
    /// # What it finds
    ///
    /// Parts of deployment settings, or of `customDeploymentSettings.json`, in a shape that no tool takes: a section or a member
    /// whose name is misspelt, a section that is no list, an entry that is no object or does not say what it is about, a
    /// `Value`, `ConnectionId` or account that is no text, and a whole path where the name of a connection is wanted.
    ///
    /// # Why it matters
    ///
    /// What a tool does not know it passes over in silence: the import reports success, and the reference keeps no connection
    /// or the variable its default. What it knows in another shape makes it stop in the middle of a release.
    ///
    /// # How to fix
    ///
    /// Write the name that the finding proposes, or the value as text. A variable of type yes/no takes `"yes"` and `"no"`, one of
    /// type JSON the JSON as text.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// { "EnvironmentVariables": [{ "SchemaName": "con_Limit", "Value": 500 }],
    ///   "ConnectionReferences": [{ "LogicalName": "con_Mail", "ConnectonId": "926f0e…" }] }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "EnvironmentVariables": [{ "SchemaName": "con_Limit", "Value": "500" }],
    ///   "ConnectionReferences": [{ "LogicalName": "con_Mail", "ConnectionId": "926f0e…" }] }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "deployment-settings-invalid-entry",
        summary: "deployment settings hold an entry that no tool can use",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::File(check)],
    };
}

fn check(file: &FileContext<'_>, findings: &mut Findings) {
    let (faults, connectors) = match file.facts {
        Facts::Settings(settings) => (&settings.faults, settings.references.as_slice()),
        Facts::CustomSettings(settings) => (&settings.faults, &[][..]),
        _ => return,
    };
    for fault in faults {
        // A connection of another connector is told as that, by the rule about connectors.
        if let Fault::Path {
            connector: Some(connector),
            ..
        } = &fault.fault
        {
            // Entries stand in the order of the file.
            let behind = connectors.partition_point(|entry| entry.span.start <= fault.span.start);
            let entry = behind.checked_sub(1).and_then(|at| connectors.get(at));
            let wanted = entry.and_then(|entry| entry.connector_id.as_ref());
            let other = |id: &str| !model::connector_name(id).eq_ignore_ascii_case(connector);
            if wanted.is_some_and(|id| !model::settings::is_token(&id.value) && other(&id.value)) {
                continue;
            }
        }
        findings.push(finding(file, fault));
    }
}

fn finding(file: &FileContext<'_>, fault: &SettingsFault) -> Finding {
    let place = environment_label(file.path).map_or_else(
        || format!("`{}`", name_of(file.path)),
        |label| format!("the deployment settings for {label}"),
    );
    let report = |subject: &str, message: String| Finding::new(&RULE, file.file, fault.span, subject, message);
    let replace = |new: &str| WorkspaceEdit::replace(file.file, fault.span, syntax::json::escape(new));
    match &fault.fault {
        Fault::Section { name, meant, is_there } => {
            let (hint, lost) = if *is_there {
                ("Move what is in it to", "the other section alone counts")
            } else {
                ("Did you mean", "nothing in it counts")
            };
            let end = if *is_there { "." } else { "?" };
            let message = format!("No tool reads the section `{name}` of {place}, so {lost}. {hint} `{meant}`{end}");
            let finding = by_case(report(name, message), name, meant);
            if *is_there {
                return finding;
            }
            finding.fix(format!("Replace by `{meant}`"), false, replace(meant))
        }
        Fault::Member { name, meant } => {
            let message = format!(
                "No tool reads the member `{name}`, so this entry of {place} gives no `{meant}`. Did you mean `{meant}`?"
            );
            by_case(report(name, message), name, meant).fix(format!("Replace by `{meant}`"), false, replace(meant))
        }
        Fault::NoList { section, is_entry } => {
            let why = if *is_entry {
                ", and this is one entry without it"
            } else {
                ""
            };
            let message = format!(
                "`{section}` of {place} is a list of entries{why}, so no tool can read it. Write its entries in `[` and `]`."
            );
            report(section, message)
        }
        Fault::NoObject { section, removal } => {
            let message = format!(
                "An entry of `{section}` is an object, and this is none: tools stop at it or pass over it. Write it as the others, or remove it."
            );
            report(section, message).fix("Remove it", false, WorkspaceEdit::replace(file.file, *removal, ""))
        }
        Fault::Nameless { section, member } => {
            let message = format!(
                "This entry of `{section}` has no `{member}`, so nobody can tell what it is for. Write the name as text, or remove the entry."
            );
            report(section, message)
        }
        Fault::NoText {
            member,
            of,
            found,
            whole,
            as_text,
        } => {
            let about = if of.is_empty() {
                String::new()
            } else {
                format!(" of `{of}`")
            };
            let message =
                format!("`{member}`{about} in {place} is {found}, and tools take text alone. Write it in quotes.");
            let mut finding = report(of, message);
            // Most tools make text of them; what they make of a list is no JSON.
            if matches!(*found, "a number" | "true or false") {
                finding = finding.severity(Severity::Warning);
            }
            let words = match as_text.as_deref() {
                Some("true") => vec!["yes".to_owned(), "true".to_owned()],
                Some("false") => vec!["no".to_owned(), "false".to_owned()],
                other => other.map(str::to_owned).into_iter().collect(),
            };
            for word in words {
                let title = match *found {
                    "a number" | "true or false" => format!("Write it as the text `{word}`"),
                    _ => "Write it as text".to_owned(),
                };
                finding = finding.fix(
                    title,
                    false,
                    WorkspaceEdit::replace(file.file, *whole, syntax::json::quote(&word)),
                );
            }
            finding
        }
        Fault::Path { of, name, .. } => {
            let message = format!(
                "`ConnectionId` of `{of}` in {place} is a path, and the import looks for a connection of that name. Write the name alone, {}.",
                short_id(name)
            );
            report(of, message).fix(format!("Replace by `{}`", short_id(name)), false, replace(name))
        }
    }
}

/// Some tools read names whatever their case.
fn by_case(finding: Finding, name: &str, meant: &str) -> Finding {
    if name.eq_ignore_ascii_case(meant) {
        finding.severity(Severity::Warning)
    } else {
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const SETTINGS: &str = "/s/prod.settings.json";
    const MAIL: &str = r#"{"LogicalName":"con_Mail","ConnectionId":"0123456789abcdef0123456789abcdef","ConnectorId":"/providers/Microsoft.PowerApps/apis/shared_office365"}"#;

    fn with(text: &str) -> Sample {
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Mail", "shared_office365")],
        )
        .with(SETTINGS, text)
    }

    fn sample(references: &str, variables: &str) -> Sample {
        with(&format!(
            "{{\n  \"EnvironmentVariables\": [{variables}],\n  \"ConnectionReferences\": [{references}]\n}}"
        ))
    }

    /// Rules that speak of the files' settings, to see that one fault is told once.
    fn settings_rules(sample: &Sample) -> Vec<&'static str> {
        let found = sample.findings().into_iter().map(|found| found.finding.rule);
        found.filter(|rule| rule.starts_with("deployment-settings")).collect()
    }

    #[test]
    fn what_tools_take_is_left_alone() {
        let all = sample(
            &format!(
                r##"{MAIL},{{"LogicalName":"con_Data","ConnectionId":"#{{x}}#","ConnectorId":null,"ConnectionOwner":null,"Comment":5}}"##
            ),
            r#"{"SchemaName":"con_V","Value":"5"}"#,
        );
        assert_eq!(all.marked(RULE.id), [""; 0]);
        let more = with(
            r#"{"EnvironmentVariables":null,"ConnectionReferences":[{"LogicalName":"con_Mail","ConnectionId":"0a"}],"CopilotAgents":[{"SchemaName":"a"}],"Notes":"x"}"#,
        );
        assert_eq!(more.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn entries_that_are_none() {
        let odd = sample(
            &format!(
                r#"{MAIL},"con_Data",null,[1],{{"LogicalName":null,"ConnectionId":"0a"}},{{"LogicalName":" ","ConnectionId":"0a"}},{{"ConnectionId":"0b"}}"#
            ),
            r#"7,{"Value":"x"}"#,
        );
        assert_eq!(
            odd.marked(RULE.id),
            ["7", "{", "\"con_Data\"", "null", "[", "null", "\" \"", "{"]
        );
        assert_eq!(odd.assert_fixes(RULE.id), 4);
        assert!(
            settings_rules(&odd).iter().all(|rule| *rule == RULE.id),
            "an entry that cannot be read may be the one that seems to be missing"
        );
    }

    #[test]
    fn values_that_are_no_text() {
        let values = sample(
            &MAIL.replace("\"0123456789abcdef0123456789abcdef\"", "12"),
            r#"{"SchemaName":"con_V","Value":5},{"SchemaName":"con_W","Value":true},{"SchemaName":"con_X","Value":{"a":[1]}},{"SchemaName":"con_Y","Value":[1]}"#,
        );
        assert_eq!(values.marked(RULE.id), ["5", "true", "{", "[", "12"]);
        assert_eq!(values.assert_fixes(RULE.id), 6);
        let severities: Vec<Severity> = values.of(RULE.id).iter().map(|f| f.finding.severity).collect();
        assert_eq!(severities[..3], [Severity::Warning, Severity::Warning, Severity::Error]);
        let json = &values.of(RULE.id)[2].finding.fixes[0];
        assert!(values.apply(json).files[SETTINGS].contains(r#""Value":"{\"a\":[1]}""#));
    }

    #[test]
    fn names_that_are_misspelt() {
        for (text, marked) in [
            (
                format!(r#"{{"EnvironmentVariables":[],"ConnectionReference":[{MAIL}]}}"#),
                "ConnectionReference",
            ),
            (
                format!(r#"{{"EnvironmentVariables":[],"ConnectionRefs":[{MAIL}]}}"#),
                "ConnectionRefs",
            ),
            (
                format!(r#"{{"EnvironmentVariable":[],"ConnectionReferences":[{MAIL}]}}"#),
                "EnvironmentVariable",
            ),
            (
                format!(r#"{{"EnvironmentVariables":[],"connectionReferences":[{MAIL}]}}"#),
                "connectionReferences",
            ),
            (
                format!(
                    r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{}]}}"#,
                    MAIL.replace("ConnectionId", "ConnectonId")
                ),
                "ConnectonId",
            ),
            (
                format!(
                    r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{}]}}"#,
                    MAIL.replace("LogicalName", "logicalName")
                ),
                "logicalName",
            ),
            (
                format!(
                    r#"{{"EnvironmentVariables":[{{"SchemaName":"v","Valu":"x"}}],"ConnectionReferences":[{MAIL}]}}"#
                ),
                "Valu",
            ),
        ] {
            let sample = with(&text);
            assert_eq!(sample.marked(RULE.id), [marked], "{text}");
            let told: Vec<_> = settings_rules(&sample);
            assert!(
                !told.contains(&"deployment-settings-missing-entry")
                    && !told.contains(&"deployment-settings-empty-value"),
                "{told:?}"
            );
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{text}");
        }
    }

    #[test]
    fn a_section_beside_the_right_one() {
        let both = with(&format!(
            r#"{{"EnvironmentVariables":[],"EnvironmentVariable":[{{"SchemaName":"a","Value":"b"}}],"ConnectionReferences":[{MAIL}]}}"#
        ));
        assert_eq!(both.marked(RULE.id), ["EnvironmentVariable"]);
        assert!(
            both.of(RULE.id)[0].finding.fixes.is_empty(),
            "two sections of one name are no better"
        );
    }

    #[test]
    fn sections_that_are_no_lists() {
        let lone = with(&format!(
            r#"{{"EnvironmentVariables":[{{"SchemaName":"v","Value":"x"}}],"ConnectionReferences":{MAIL}}}"#
        ));
        assert_eq!(lone.marked(RULE.id), ["{"]);
        assert!(lone.of(RULE.id)[0].finding.message.contains("one entry without it"));
        assert_eq!(
            with(&format!(
                r#"{{"EnvironmentVariables":"x","ConnectionReferences":[{MAIL}]}}"#
            ))
            .marked(RULE.id),
            ["\"x\""]
        );
    }

    #[test]
    fn paths_instead_of_names() {
        let path = "/providers/Microsoft.PowerApps/apis/shared_office365/connections/0123456789abcdef0123456789abcdef";
        let with_path = sample(&MAIL.replace("0123456789abcdef0123456789abcdef", path), "");
        assert_eq!(with_path.marked(RULE.id), [path]);
        assert_eq!(with_path.assert_fixes(RULE.id), 1);
    }

    #[test]
    fn custom_settings() {
        let custom = |text: &str| Sample::actions("").with("/s/config/prod/custom.json", text);
        let odd = custom(
            r#"{"ActivateFlowConfiguration":[],"SolutionComponentOwnershipConfiguratoin":[{}],"FlowShareWithGroupTeamConfiguration":{},"SolutionComponentOwnershipConfig":[]}"#,
        );
        assert_eq!(odd.marked(RULE.id), ["SolutionComponentOwnershipConfiguratoin", "{"]);
        let odd = custom(
            r#"{"SolutionComponentOwnershipConfiguration":["x",{"solutionComponentName":"F","solutionComponentUniqueName":"","ownerEmail":7}],"WebhookUrls":[],"Others":[1]}"#,
        );
        assert_eq!(odd.marked(RULE.id), ["\"x\"", "7"]);
        assert_eq!(odd.assert_fixes(RULE.id), 2);
    }
}
