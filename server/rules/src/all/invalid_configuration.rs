//! A setting of Flow Sentry that means nothing.

use edits::WorkspaceEdit;
use model::files::{CONFIGURATION_FILE, folder_of, resolve};
use model::inventory::InventoryFormat;
use model::{Facts, Profile};

use crate::context::{FileContext, WorkspaceContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::registry::{RULES, rule};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Whatever in `flowsentry.jsonc` Flow Sentry cannot use: text that is no JSON, unknown settings, profiles and kinds of
    /// accounts, rules and levels that do not exist, globs that cannot be read, and files under `connections` that are not
    /// there or hold no inventory of connections.
    ///
    /// # Why it matters
    ///
    /// A setting that is misspelt does nothing. Then a rule that was meant to be switched off keeps reporting, or worse, an
    /// inventory that was meant to be read is not, and connections of personal accounts pass unseen.
    ///
    /// # How to fix
    ///
    /// Write the word that the finding proposes; where it is sure of one, the editor offers the change.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```jsonc
    /// { "profile": "strickt", "rules": { "hardcoded-secrets": "warn" } }
    /// ```
    ///
    /// Right:
    ///
    /// ```jsonc
    /// { "profile": "strict", "rules": { "hardcoded-secret": "warning" } }
    /// ```
    ///
    /// # References
    ///
    /// - `docs/configuration.md` of Flow Sentry lists every setting.
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

const LEVELS: [&str; 5] = ["off", "hint", "info", "warning", "error"];
/// What people write who come from other tools.
const OTHER_WORDS: [(&str, &str); 6] = [
    ("warn", "warning"),
    ("information", "info"),
    ("note", "info"),
    ("none", "off"),
    ("disabled", "off"),
    ("suggestion", "hint"),
];

fn check(file: &FileContext<'_>, findings: &mut Findings) {
    let Some(configuration) = file.facts.configuration() else {
        return;
    };
    for issue in &configuration.issues {
        let message = sentence(&issue.message);
        let finding = Finding::new(
            &RULE,
            file.file,
            issue.span,
            subject(issue.span.slice(file.text)),
            message,
        );
        findings.push(proposing(finding, issue.suggestion.as_deref()));
    }
    for setting in &configuration.rules {
        let name = &setting.rule.value;
        if rule(name).is_none() {
            let near = expr::did_you_mean(name, RULES.iter().map(|rule| rule.id))
                .map(str::to_owned)
                .or_else(|| folded(name));
            let hint = near.as_ref().map_or_else(
                || "its setting does nothing".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = sentence(&format!("there is no rule `{name}`; {hint}"));
            findings.push(proposing(
                Finding::new(&RULE, file.file, setting.rule.span, subject(name), message),
                near.as_deref(),
            ));
        }
        let level = &setting.level.value;
        if !LEVELS.contains(&level.as_str()) {
            let other = OTHER_WORDS
                .iter()
                .find(|(word, _)| level.eq_ignore_ascii_case(word))
                .map(|(_, meant)| *meant);
            let near = other.or_else(|| expr::did_you_mean(level, LEVELS));
            let hint = near.map_or_else(
                || format!("known are {}", LEVELS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            let message = sentence(&format!("unknown level `{level}` for the rule `{name}`; {hint}"));
            findings.push(proposing(
                Finding::new(&RULE, file.file, setting.level.span, subject(name), message),
                near,
            ));
        }
    }
    for exclude in &configuration.exclude {
        if globset::GlobBuilder::new(&exclude.value)
            .literal_separator(true)
            .build()
            .is_err()
        {
            let message = format!(
                "The glob `{}` cannot be read, so it leaves nothing out. Write one such as `archive/**`.",
                exclude.value
            );
            findings.push(Finding::new(
                &RULE,
                file.file,
                exclude.span,
                subject(&exclude.value),
                message,
            ));
        }
    }
    for pattern in configuration
        .accounts
        .iter()
        .flat_map(|account| &account.patterns)
        .filter(|p| p.value.trim().is_empty())
    {
        let message =
            "An empty pattern matches no account. Write an address, or a pattern such as `svc-*@contoso.com`.";
        findings.push(Finding::new(&RULE, file.file, pattern.span, "match", message));
    }
}

/// Inventories are other files: whether they are there is known when the workspace is.
fn check_inventories(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, file) in workspace.files() {
        let Some(configuration) = file.facts.configuration() else {
            continue;
        };
        for path in &configuration.connections {
            let full = resolve(folder_of(&file.path), &path.value);
            let found = workspace.id(&full).and_then(|id| workspace.get(id));
            let message = match found.map(|file| &file.facts) {
                None => format!(
                    "The inventory `{}` is not there, so its connections are unknown. Correct the path, which is relative to {CONFIGURATION_FILE}.",
                    path.value
                ),
                Some(Facts::Unreadable(reason)) => {
                    format!(
                        "The inventory `{}` cannot be read: {reason}. Its connections are unknown until it can.",
                        path.value
                    )
                }
                Some(Facts::Inventory(inventory)) if inventory.format == InventoryFormat::Unknown => {
                    let why = inventory
                        .notes
                        .first()
                        .map(|note| format!(": {}", note.message))
                        .unwrap_or_default();
                    format!(
                        "The file `{}` holds no inventory of connections{}. Export one as the documentation shows.",
                        path.value,
                        why.trim_end_matches('.')
                    )
                }
                Some(_) => continue,
            };
            findings.push(Finding::new(&RULE, id, path.span, subject(&path.value), message));
        }
    }
}

fn proposing(finding: Finding, near: Option<&str>) -> Finding {
    let Some(near) = near else { return finding };
    let edit = WorkspaceEdit::replace(finding.file, finding.span, near);
    finding.fix(format!("Replace by `{near}`"), false, edit)
}

/// The rule that a name means but for case and the signs between its words.
fn folded(name: &str) -> Option<String> {
    let fold = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let wanted = fold(name);
    RULES
        .iter()
        .find(|rule| fold(rule.id) == wanted)
        .map(|rule| rule.id.to_owned())
}

/// With a capital at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

/// A few words of what is wrong, for the fingerprint.
fn subject(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Found, Sample};

    const CONFIGURATION: &str = "/s/flowsentry.jsonc";

    fn sample(text: &str) -> Sample {
        Sample::actions("").with(CONFIGURATION, text)
    }

    fn found(text: &str) -> Vec<(String, Option<String>)> {
        let fix = |found: Found| (found.marked, found.finding.fixes.first().map(|fix| fix.title.clone()));
        sample(text).of(RULE.id).into_iter().map(fix).collect()
    }

    #[test]
    fn words_are_corrected() {
        let text = r#"{ "profil": "strict", // which
            "rules": { "hardcoded-secrets": "off", "HttpTriggerAnyone": "error", "internal-error": "warn", "no-such-thing-at-all": "off" } }"#;
        let fix = |word: &str| Some(format!("Replace by `{word}`"));
        assert_eq!(
            found(text),
            [
                ("profil".to_owned(), fix("profile")),
                ("hardcoded-secrets".to_owned(), fix("hardcoded-secret")),
                ("HttpTriggerAnyone".to_owned(), fix("http-trigger-anyone")),
                ("warn".to_owned(), fix("warning")),
                ("no-such-thing-at-all".to_owned(), None),
            ]
        );
        assert_eq!(sample(text).assert_fixes(RULE.id), 4);
    }

    #[test]
    fn names_without_quotes_are_marked_whole() {
        assert_eq!(
            found("{ profil: \"strict\" }"),
            [("profil".to_owned(), Some("Replace by `profile`".to_owned()))]
        );
        assert_eq!(sample("{ profil: \"strict\" }").assert_fixes(RULE.id), 1);
    }

    #[test]
    fn a_right_configuration_is_silent() {
        for text in [
            "",
            "{}",
            r#"{ "$schema": "x", "profile": "auditor", "exclude": ["archive/**", "old"], "rules": { "hardcoded-secret": "hint" }, "accounts": [{ "kind": "service", "match": ["svc-*"] }], }"#,
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        assert_eq!(found(r#"{ "profile": "#).len(), 1);
        assert_eq!(found("[]").len(), 1);
        assert_eq!(found(r#"{ "exclude": ["a{b"] }"#), [("a{b".to_owned(), None)]);
        assert_eq!(
            found(r#"{ "accounts": [{ "kind": "service", "match": "" }] }"#).len(),
            1
        );
    }

    #[test]
    fn inventories_must_be_there() {
        let text = r#"{ "connections": ["inventory/a.json", "b.csv"] }"#;
        let inventory =
            r#"[{"ConnectionName":"0a","ConnectorName":"shared_x","DisplayName":"a@b.c","CreatedBy":{"id":"1"}}]"#;
        assert_eq!(
            found(text),
            [("inventory/a.json".to_owned(), None), ("b.csv".to_owned(), None)]
        );
        let here = sample(text).with("/s/inventory/a.json", inventory);
        assert_eq!(here.marked(RULE.id), ["b.csv"]);
        let both = here.with("/s/b.csv", "just words\n");
        assert_eq!(both.marked(RULE.id), ["b.csv"]);
        assert!(
            both.of(RULE.id)[0]
                .finding
                .message
                .starts_with("The file `b.csv` holds no inventory of connections")
        );
    }
}
