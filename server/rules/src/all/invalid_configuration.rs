//! A setting of Flow Sentry that means nothing.

use analysis::policies::Policies;
use edits::WorkspaceEdit;
use model::configuration::is_open;
use model::files::{CONFIGURATION_FILE, folder_of, is_below, resolve};
use model::inventory::InventoryFormat;
use model::policies::{ConnectorGroup, GroupMember};
use model::{Configuration, Facts, FileId, Profile, Spanned};

use crate::context::{FileContext, WorkspaceContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::globs;
use crate::known_names::{Connectors, Slip, odd_connector, odd_operation};
use crate::registry::{RULES, rule};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Whatever in `flowsentry.jsonc` Flow Sentry cannot use: text that is no JSON, unknown settings, profiles and kinds of
    /// accounts, rules and levels that do not exist, globs that cannot be read, hosts and mail domains that are none, and files
    /// under `connections` and `dataPolicies` that are not there. What is wrong with one that is there is told in it
    /// (`invalid-file`), unless it lies outside the configuration's folder. A connector or an operation is told
    /// where its name has a shape that no name has, or differs from a known one by a slip; that no list knows it is no fault, as
    /// organisations have connectors of their own. It also finds what contradicts itself: an entry that never counts because
    /// one before it matches the same, a name or an environment that is there twice, a connector in two groups, and one that
    /// `allowedConnectors` allows and a policy blocks.
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
        checks: &[Check::File(check), Check::Workspace(check_files)],
    };
}

/// So many names of a list are compared with all that are known; nobody writes more.
const MOST_NAMES: usize = 1000;
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
        if globs::leaving_out(&exclude.value).is_none() {
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
    for connector in configuration.allowed_connectors.iter().flatten() {
        let odd = odd_connector(&connector.value);
        findings
            .found
            .extend(odd.map(|slip| slipped(file.file, connector, slip, Confidence::High)));
    }
    for operation in &configuration.sensitive_operations {
        let odd = odd_operation(&operation.value);
        findings
            .found
            .extend(odd.map(|slip| slipped(file.file, operation, slip, Confidence::High)));
    }
    for member in configuration.policies.iter().flat_map(|policy| policy.members()) {
        let name = member_name(member);
        let odd = odd_connector(&name.value);
        findings
            .found
            .extend(odd.map(|slip| slipped(file.file, &name, slip, Confidence::High)));
    }
    let accounts = configuration.accounts.iter().map(|rule| {
        (
            &rule.patterns,
            "account",
            "an address, or a pattern such as `svc-*@contoso.com`",
        )
    });
    let references = configuration.references.iter().map(|rule| {
        (
            &rule.patterns,
            "connection reference",
            "a logical name, or a pattern such as `con_*`",
        )
    });
    let owners = configuration
        .owners
        .iter()
        .map(|rule| (&rule.patterns, "flow", "a flow's name or id, or `*` for all"));
    for (patterns, what, instead) in accounts.chain(references).chain(owners) {
        for pattern in patterns.iter().filter(|p| p.value.trim().is_empty()) {
            let message = format!("An empty pattern matches no {what}. Write {instead}.");
            findings.push(Finding::new(&RULE, file.file, pattern.span, "match", message));
        }
    }
}

/// A name in the configuration with its place, and what is wrong with it.
fn slipped(file: FileId, name: &Spanned<String>, slip: Slip, confidence: Confidence) -> Finding {
    let hint = slip
        .near
        .as_ref()
        .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let message = format!("`{}` matches nothing: {}{hint}", name.value.trim(), slip.why);
    let message = sentence(message.strip_prefix("`` ").unwrap_or(&message));
    let finding = Finding::new(&RULE, file, name.span, subject(&name.value), message).confidence(confidence);
    proposing(finding, slip.near.as_deref())
}

/// Inventories and policies are other files: whether they are there is known when the workspace is.
fn check_files(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let mut known = None;
    for (id, file) in workspace.files() {
        let Some(configuration) = file.facts.configuration() else {
            continue;
        };
        for path in &configuration.connections {
            check_named(context, id, path, "inventory", "Its connections are unknown", findings);
        }
        for path in &configuration.policy_files {
            check_named(
                context,
                id,
                path,
                "data policy",
                "Its groups of connectors are unknown",
                findings,
            );
        }
        contradictory_connectors(context, id, configuration, findings);
        let names_some = configuration.allowed_connectors.is_some()
            || !configuration.sensitive_operations.is_empty()
            || !configuration.policies.is_empty();
        if !names_some {
            continue;
        }
        let known = known.get_or_insert_with(|| Connectors::of(workspace));
        misspelt_names(id, configuration, known, findings);
    }
}

/// Connectors and operations that are near others which the workspace or the catalogue knows. What has an odd shape is told
/// already.
fn misspelt_names(id: FileId, configuration: &Configuration, known: &Connectors, findings: &mut Findings) {
    let members: Vec<Spanned<String>> = configuration
        .policies
        .iter()
        .flat_map(|p| p.members())
        .map(member_name)
        .collect();
    let connectors = configuration.allowed_connectors.iter().flatten().chain(&members);
    for connector in connectors.take(MOST_NAMES) {
        let slip = known
            .slip(&connector.value)
            .filter(|_| odd_connector(&connector.value).is_none());
        findings
            .found
            .extend(slip.map(|slip| slipped(id, connector, slip, Confidence::Medium)));
    }
    for operation in configuration.sensitive_operations.iter().take(MOST_NAMES) {
        let slip = known
            .operation_slip(&operation.value)
            .filter(|_| odd_operation(&operation.value).is_none());
        findings
            .found
            .extend(slip.map(|slip| slipped(id, operation, slip, Confidence::Medium)));
    }
}

/// A connector of a policy in the plan. Its name was made whole when it was read.
fn member_name(member: &GroupMember) -> Spanned<String> {
    let name = member
        .connector
        .strip_prefix("shared_")
        .filter(|name| name.trim().is_empty() || name.contains(char::is_whitespace));
    Spanned::new(name.unwrap_or(&member.connector).to_owned(), member.span)
}

fn check_named(
    context: &WorkspaceContext<'_>,
    configuration: FileId,
    path: &Spanned<String>,
    what: &str,
    lost: &str,
    findings: &mut Findings,
) {
    let workspace = context.workspace;
    let full = resolve(folder_of(&workspace.file(configuration).path), &path.value);
    let found = workspace.id(&full).and_then(|id| workspace.get(id));
    // A file that is here says itself what is wrong with it; one from elsewhere is nobody's to be shown.
    let shown = is_below(&full, folder_of(&workspace.file(configuration).path));
    let because = |why: Option<&str>| {
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        why.trim_end_matches('.').to_owned()
    };
    let name = &path.value;
    let message = match found.map(|file| &file.facts) {
        None => {
            format!(
                "The {what} `{name}` is not there. {lost}; correct the path, which is relative to {CONFIGURATION_FILE}."
            )
        }
        _ if shown => return,
        Some(Facts::Unreadable(reason)) => {
            format!("The {what} `{name}` cannot be read: {reason}. {lost} until it can.")
        }
        Some(Facts::Inventory(inventory)) if inventory.format == InventoryFormat::Unknown => {
            let why = because(inventory.notes.first().map(|note| note.message.as_str()));
            format!("The file `{name}` holds no inventory of connections{why}. Export one as the documentation shows.")
        }
        Some(Facts::Policies(policies)) if policies.policies.is_empty() => {
            let why = because(policies.notes.first().map(|note| note.message.as_str()));
            format!("The file `{name}` holds no data policy{why}. Export one as the documentation shows.")
        }
        Some(_) => return,
    };
    findings.push(Finding::new(&RULE, configuration, path.span, subject(name), message));
}

/// Connectors that the project allows and one of its policies blocks.
fn contradictory_connectors(
    context: &WorkspaceContext<'_>,
    id: FileId,
    configuration: &Configuration,
    findings: &mut Findings,
) {
    let policies = Policies::of(context.workspace, &context.workspace.file(id).path);
    for allowed in configuration.allowed_connectors.iter().flatten() {
        let open = is_open(&allowed.value);
        let mut placed = policies.of_connector(&allowed.value, None);
        let Some(blocked) = placed.find(|p| !open && !p.by_default && p.group == ConnectorGroup::Blocked) else {
            continue;
        };
        let message = format!(
            "`{}` is allowed here, and the data policy `{}` blocks it. Flows that use it are stopped where the policy counts; remove it from one of the two.",
            allowed.value, blocked.policy.name.value
        );
        let finding = Finding::new(&RULE, id, allowed.span, subject(&allowed.value), message);
        findings.push(finding.related(blocked.file, blocked.span, "the policy blocks it here"));
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
    fn policies_must_be_there_and_agree() {
        let text = r#"{ "dataPolicies": ["p.json"], "allowedConnectors": ["shared_sql", "twitter", "shared_*"] }"#;
        assert_eq!(found(text), [("p.json".to_owned(), None)]);
        let policy =
            r#"{"BusinessDataGroup":[{"id":"/x/apis/shared_sql"}],"BlockedGroup":[{"id":"/x/apis/shared_twitter"}]}"#;
        let with = |policy: &str| sample(text).with("/s/p.json", policy);
        assert_eq!(with(policy).marked(RULE.id), ["twitter"]);
        assert_eq!(
            (with("{}").marked(RULE.id), with("{}").of("invalid-file").len()),
            (vec![], 1)
        );
        let elsewhere = sample(&text.replace("p.json", "../p.json")).with("/p.json", "{}");
        assert_eq!(elsewhere.marked(RULE.id), ["../p.json"]);
        let default = r#"{"connectorGroups":[],"defaultConnectorsClassification":"Blocked"}"#;
        assert!(
            with(default).marked(RULE.id).is_empty(),
            "a default is no contradiction: the list may be longer"
        );
    }

    #[test]
    fn connectors_and_operations_are_names() {
        let text = r#"{ "allowedConnectors": ["shared_sql", "SharePoint", "shared_ofice365", "shared_contosofleet", "shared_contosofleeet", ""],
            "sensitiveOperations": ["shared_office365/SendEmialV2", "office365/", "office365/SendEmailV2"],
            "dataPolicies": [{ "business": ["Office 365 Outlook", "shared_teems", "sql"], "blocked": ["unheardof"] }] }"#;
        let fix = |word: &str| Some(format!("Replace by `{word}`"));
        assert_eq!(
            found(text),
            [
                ("SharePoint".to_owned(), fix("shared_sharepointonline")),
                ("shared_ofice365".to_owned(), fix("shared_office365")),
                (String::new(), None),
                (
                    "shared_office365/SendEmialV2".to_owned(),
                    fix("shared_office365/SendEmailV2")
                ),
                ("office365/".to_owned(), fix("office365/*")),
                ("Office 365 Outlook".to_owned(), fix("shared_office365")),
                ("shared_teems".to_owned(), fix("shared_teams")),
            ]
        );
        assert_eq!(sample(text).assert_fixes(RULE.id), 6);
        let declared = Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &[("con_Fleet", "shared_contosofleet")],
        );
        assert!(
            declared
                .with(CONFIGURATION, text)
                .marked(RULE.id)
                .contains(&"shared_contosofleeet".to_owned())
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
        assert_eq!(both.marked(RULE.id), [""; 0], "one fault is told once, where it is");
        assert_eq!(both.of("invalid-file")[0].path, "/s/b.csv");
        let elsewhere = sample(r#"{ "connections": ["../b.csv"] }"#).with("/b.csv", "just words\n");
        assert!(
            elsewhere.of(RULE.id)[0]
                .finding
                .message
                .starts_with("The file `../b.csv` holds no inventory of connections")
        );
    }
}
