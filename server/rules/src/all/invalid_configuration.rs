//! A setting of Flow Sentry that means nothing.

use model::{FileKind, Profile, ReadAs};

use crate::context::{FileContext, WorkspaceContext};
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::registry::RULES;
use crate::rule::{Category, Check, FixKind, declare_rule};
use edits::WorkspaceEdit;
use model::configuration::{ConfigurationIssue, RuleSetting};

declare_rule! {
    /// # What it finds
    ///
    /// In `flowsentry.jsonc`: text that is no JSON with comments, settings and words that do not exist, rules that do not
    /// exist, and inventories that are not where the setting says.
    ///
    /// # Why it matters
    ///
    /// A setting that means nothing does nothing. A rule that somebody thought was off keeps reporting, and a rule about
    /// accounts stays silent because its inventory was never read.
    ///
    /// # How to fix
    ///
    /// Take the suggestion, or look the setting up in `docs/configuration.md`. Editors that know the schema complete it.
    ///
    /// # Example
    ///
    /// ```jsonc
    /// // wrong: there is no such profile, and no such rule
    /// { "profile": "strickt", "rules": { "hardcoded-secrets": "off" } }
    /// // right
    /// { "profile": "strict", "rules": { "hardcoded-secret": "off" } }
    /// ```
    ///
    /// # References
    ///
    /// - `docs/configuration.md` lists every setting.
    static RULE = {
        id: "invalid-configuration",
        summary: "a setting of Flow Sentry that means nothing",
        category: Category::Files,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::File(check), Check::Workspace(check_inventories)],
    };
}

fn check(file: &FileContext<'_>, findings: &mut Findings) {
    let Some(configuration) = file.facts.configuration() else {
        if let (ReadAs::Kind(FileKind::Configuration), model::Facts::Unreadable(reason)) = (file.read_as, file.facts) {
            let message = format!("This configuration cannot be read, so nothing in it counts: {reason}.");
            findings.push(Finding::new(&RULE, file.file, START, "unreadable", message));
        }
        return;
    };
    for issue in &configuration.issues {
        report(file, issue, findings);
    }
    for setting in &configuration.rules {
        if let Some(issue) = wrong_rule(setting) {
            report(file, &issue, findings);
        }
    }
}

fn report(file: &FileContext<'_>, issue: &ConfigurationIssue, findings: &mut Findings) {
    let word = file.text.get(issue.span.range()).unwrap_or_default();
    let mut finding = Finding::new(
        &RULE,
        file.file,
        issue.span,
        word,
        format!("{}.", capitalised(&issue.message)),
    );
    if let Some(suggestion) = &issue.suggestion {
        let edit = WorkspaceEdit::replace(file.file, issue.span, suggestion.clone());
        finding = finding.fix(format!("Change to `{suggestion}`"), false, edit);
    }
    findings.push(finding);
}

/// A sentence that ends with its question mark keeps it.
fn capitalised(text: &str) -> String {
    let mut chars = text.trim_end_matches(['.', '?']).chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", chars.as_str())
}

fn wrong_rule(setting: &RuleSetting) -> Option<ConfigurationIssue> {
    let issue = |place: &model::Spanned<String>, what: &str, words: Vec<&'static str>| {
        let suggestion = expr::did_you_mean(&place.value, words.iter().copied()).map(str::to_owned);
        let hint = suggestion
            .as_ref()
            .map(|word| format!("; did you mean `{word}`"))
            .unwrap_or_default();
        Some(ConfigurationIssue {
            span: place.span,
            message: format!("there is no {what} `{}`{hint}", place.value),
            suggestion,
        })
    };
    if crate::registry::rule(&setting.rule.value).is_none() {
        return issue(&setting.rule, "rule", RULES.iter().map(|rule| rule.id).collect());
    }
    let level = setting.level.value.as_str();
    if level != "off" && Severity::parse(level).is_none() {
        let mut words = vec!["off"];
        words.extend(Severity::ALL.map(|(name, _)| name));
        return issue(&setting.level, "severity", words);
    }
    None
}

/// Inventories are read where the configuration says; one that is not there proves nothing about any account.
fn check_inventories(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, file) in workspace.files() {
        let Some(configuration) = file.facts.configuration() else {
            continue;
        };
        let folder = model::files::folder_of(&file.path);
        for place in &configuration.connections {
            let path = model::files::resolve(folder, &place.value);
            let read = workspace
                .id(&path)
                .is_some_and(|id| !matches!(workspace.file(id).facts, model::Facts::Unreadable(_)));
            if !read {
                let message = format!(
                    "The inventory `{}` cannot be read, so no account is known from it. Correct the path, which starts from this file's folder.",
                    place.value
                );
                findings.push(Finding::new(&RULE, id, place.span, place.value.clone(), message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const PATH: &str = "/s/flowsentry.jsonc";

    fn configured(text: &str) -> Sample {
        Sample::actions("").with(PATH, text)
    }

    #[test]
    fn wrong_words_with_their_near_misses() {
        let sample = configured(
            r#"{ "profil": "strict", "rules": { "hardcoded-secrets": "off", "unknown-function": "offf", "unknown-variable": "hint" } }"#,
        );
        assert_eq!(sample.marked(RULE.id), ["profil", "hardcoded-secrets", "offf"]);
        assert_eq!(sample.assert_fixes(RULE.id), 3);
    }

    #[test]
    fn broken_text_and_missing_inventories() {
        assert_eq!(configured("{ \"profile\": ").of(RULE.id).len(), 1);
        let sample =
            configured(r#"{ "connections": ["inventory.json", "gone.json"] }"#).with("/s/inventory.json", "[]");
        assert_eq!(sample.marked(RULE.id), ["gone.json"]);
    }

    #[test]
    fn a_right_configuration_is_silent() {
        let sample = configured(
            r#"{ "profile": "auditor", // all
            "accounts": [{ "kind": "service", "match": ["svc-*"] }], "exclude": ["x"] }"#,
        );
        assert_eq!(sample.marked(RULE.id), Vec::<String>::new());
    }
}
