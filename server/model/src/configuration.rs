//! Facts of `flowsentry.jsonc`, the project's configuration, and what is wrong with it.
//!
//! A wrong configuration is a finding in that file, never a silent default: each problem keeps its place and the
//! nearest valid word.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use syntax::Span;

use crate::facts::Spanned;

/// How strictly a project wants to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Profile {
    /// What a reader never regrets switching on.
    #[default]
    Recommended,
    /// Also what is good style.
    Strict,
    /// Also what only a security review asks for.
    Auditor,
}

impl Profile {
    /// Every profile with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("recommended", Self::Recommended),
        ("strict", Self::Strict),
        ("auditor", Self::Auditor),
    ];

    /// The profile of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, profile)| *profile)
    }
}

/// What kind of account stands behind a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountKind {
    /// A person's own account.
    Personal,
    /// An account made for automation, with a password.
    Service,
    /// An application user: a service principal.
    Application,
}

impl AccountKind {
    /// Every kind with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("personal", Self::Personal),
        ("service", Self::Service),
        ("application", Self::Application),
    ];

    /// The kind's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }
}

/// An entry of `accounts`: which accounts are what, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountRule {
    /// What the matching accounts are.
    pub kind: AccountKind,
    /// Patterns of addresses, names or ids; `*` stands for any text, case is ignored.
    pub patterns: Vec<Spanned<String>>,
    /// What the account is for.
    pub purpose: Option<String>,
    /// Why it is so.
    pub reason: Option<String>,
}

impl AccountRule {
    /// The pattern that matches `account`.
    #[must_use]
    pub fn matching(&self, account: &str) -> Option<&Spanned<String>> {
        self.patterns
            .iter()
            .find(|pattern| matches_pattern(&pattern.value, account))
    }
}

/// Whether `text` matches `pattern`, where `*` stands for any run of characters and case is ignored.
#[must_use]
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            p = at + 1;
            t = from + 1;
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// What a project sets for one rule.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuleSetting {
    /// The rule's name, with its place: whether it exists is for the rules to say.
    pub rule: Spanned<String>,
    /// `off`, or a severity's name, checked by the rules.
    pub level: Spanned<String>,
}

/// Something wrong in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigurationIssue {
    /// Where.
    pub span: Span,
    /// What, in one sentence.
    pub message: String,
    /// The valid word that was probably meant, to stand in the place of the span.
    pub suggestion: Option<String>,
}

/// The project's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Configuration {
    /// `profile`.
    pub profile: Option<Profile>,
    /// `connections`: inventory files, relative to the configuration's folder.
    pub connections: Vec<Spanned<String>>,
    /// `exclude`: globs below the configuration's folder that are not read.
    pub exclude: Vec<Spanned<String>>,
    /// `rules`.
    pub rules: Vec<RuleSetting>,
    /// `accounts`.
    pub accounts: Vec<AccountRule>,
    /// What is wrong with the file.
    pub issues: Vec<ConfigurationIssue>,
}

/// Keys of the configuration, for completion, the schema and near misses.
pub const KEYS: [&str; 6] = ["$schema", "profile", "connections", "exclude", "rules", "accounts"];
const ACCOUNT_KEYS: [&str; 4] = ["kind", "match", "purpose", "reason"];

impl Configuration {
    /// Reads the configuration; what cannot be used becomes an issue.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut reader = Reader { facts: Self::default() };
        match parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()) {
            Ok(parsed) => match parsed.value {
                Some(Value::Object(root)) => reader.root(&root),
                Some(other) => reader.issue(span_of(&other), "the configuration must be an object `{ … }`"),
                None => {}
            },
            Err(error) => {
                let range = error.range();
                let span = Span::new(
                    u32::try_from(range.start).unwrap_or(0),
                    u32::try_from(range.end).unwrap_or(0),
                );
                reader.issue(span, &format!("the configuration cannot be read: {}", error.kind()));
            }
        }
        reader.facts
    }
}

struct Reader {
    facts: Configuration,
}

impl Reader {
    fn issue(&mut self, span: Span, message: &str) {
        self.facts.issues.push(ConfigurationIssue {
            span,
            message: message.to_owned(),
            suggestion: None,
        });
    }

    /// An unknown word, with the nearest of the valid ones.
    fn unknown(&mut self, span: Span, what: &str, word: &str, valid: &[&str]) {
        let suggestion = expr::did_you_mean(word, valid.iter().copied()).map(str::to_owned);
        let hint = suggestion.as_ref().map_or_else(
            || format!("known are {}", valid.join(", ")),
            |s| format!("did you mean `{s}`?"),
        );
        self.facts.issues.push(ConfigurationIssue {
            span,
            message: format!("unknown {what} `{word}`; {hint}"),
            suggestion,
        });
    }

    fn root(&mut self, root: &Object<'_>) {
        for member in &root.properties {
            let key_span = name_span(&member.name);
            match member.name.as_str() {
                "$schema" => {}
                "profile" => {
                    if let Some(word) = self.string(&member.value, "profile") {
                        self.facts.profile = Profile::parse(&word.value);
                        if self.facts.profile.is_none() {
                            self.unknown(word.span, "profile", &word.value, &Profile::ALL.map(|(name, _)| name));
                        }
                    }
                }
                "connections" => self.facts.connections = self.strings(&member.value, "connections"),
                "exclude" => self.facts.exclude = self.strings(&member.value, "exclude"),
                "rules" => self.rules(&member.value),
                "accounts" => self.accounts(&member.value),
                other => self.unknown(key_span, "setting", other, &KEYS),
            }
        }
    }

    fn rules(&mut self, value: &Value<'_>) {
        let Value::Object(rules) = value else {
            return self.issue(span_of(value), "`rules` must be an object of rule names");
        };
        for member in &rules.properties {
            if let Some(level) = self.string(&member.value, "a rule's setting") {
                let rule = Spanned::new(member.name.as_str().to_owned(), name_span(&member.name));
                self.facts.rules.push(RuleSetting { rule, level });
            }
        }
    }

    fn accounts(&mut self, value: &Value<'_>) {
        let Value::Array(entries) = value else {
            return self.issue(span_of(value), "`accounts` must be a list of objects");
        };
        for entry in &entries.elements {
            let Value::Object(account) = entry else {
                self.issue(span_of(entry), "an account is an object with `kind` and `match`");
                continue;
            };
            let (mut kind, mut patterns, mut purpose, mut reason) = (None, Vec::new(), None, None);
            for member in &account.properties {
                match member.name.as_str() {
                    "kind" => {
                        let Some(word) = self.string(&member.value, "kind") else {
                            continue;
                        };
                        kind = AccountKind::ALL
                            .iter()
                            .find(|(name, _)| *name == word.value)
                            .map(|(_, kind)| *kind);
                        if kind.is_none() {
                            self.unknown(
                                word.span,
                                "kind of account",
                                &word.value,
                                &AccountKind::ALL.map(|(name, _)| name),
                            );
                        }
                    }
                    "match" => {
                        patterns = match &member.value {
                            Value::StringLit(_) => self.string(&member.value, "match").into_iter().collect(),
                            list => self.strings(list, "match"),
                        }
                    }
                    "purpose" => purpose = self.string(&member.value, "purpose").map(|s| s.value),
                    "reason" => reason = self.string(&member.value, "reason").map(|s| s.value),
                    other => self.unknown(name_span(&member.name), "setting of an account", other, &ACCOUNT_KEYS),
                }
            }
            match kind {
                Some(kind) if !patterns.is_empty() => self.facts.accounts.push(AccountRule {
                    kind,
                    patterns,
                    purpose,
                    reason,
                }),
                Some(_) => self.issue(
                    span_of(entry),
                    "an account needs `match`: the names or patterns it stands for",
                ),
                None if account.get("kind").is_none() => {
                    self.issue(
                        span_of(entry),
                        "an account needs `kind`: personal, service or application",
                    );
                }
                None => {}
            }
        }
    }

    fn string(&mut self, value: &Value<'_>, what: &str) -> Option<Spanned<String>> {
        if let Value::StringLit(text) = value {
            let span = span_of(value);
            return Some(Spanned::new(
                text.value.to_string(),
                Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1)),
            ));
        }
        self.issue(span_of(value), &format!("{what} must be text"));
        None
    }

    fn strings(&mut self, value: &Value<'_>, what: &str) -> Vec<Spanned<String>> {
        let Value::Array(list) = value else {
            self.issue(span_of(value), &format!("`{what}` must be a list of texts"));
            return Vec::new();
        };
        list.elements
            .iter()
            .filter_map(|entry| self.string(entry, what))
            .collect()
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(
        u32::try_from(start).unwrap_or(u32::MAX),
        u32::try_from(end).unwrap_or(u32::MAX),
    )
}

fn span_of(value: &Value<'_>) -> Span {
    span(value.start(), value.end())
}

fn name_span(name: &jsonc_parser::ast::ObjectPropName<'_>) -> Span {
    match name {
        jsonc_parser::ast::ObjectPropName::String(_) => {
            span(name.start() + 1, name.end().saturating_sub(1).max(name.start() + 1))
        }
        jsonc_parser::ast::ObjectPropName::Word(_) => span(name.start(), name.end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_whole_configuration() {
        let facts = Configuration::read(
            r#"{
  // how strict
  "profile": "strict",
  "connections": ["inventory/connections.json"],
  "exclude": ["archive/**"],
  "rules": { "hardcoded-secret": "off" },
  "accounts": [{ "kind": "service", "match": "svc-*@contoso.com", "reason": "made for flows" }],
}"#,
        );
        assert_eq!(facts.issues, []);
        assert_eq!(facts.profile, Some(Profile::Strict));
        assert_eq!(facts.connections[0].value, "inventory/connections.json");
        assert!(facts.accounts[0].matching("SVC-hr@contoso.com").is_some());
        assert_eq!(facts.rules[0].rule.value, "hardcoded-secret");
    }

    #[test]
    fn wrong_words_get_the_near_miss() {
        let text = r#"{ "profil": "strict", "profile": "strickt", "accounts": [{ "kind": "servise", "match": [] }] }"#;
        let facts = Configuration::read(text);
        let seen: Vec<(&str, Option<&str>)> = facts
            .issues
            .iter()
            .map(|i| (&text[i.span.range()], i.suggestion.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("profil", Some("profile")),
                ("strickt", Some("strict")),
                ("servise", Some("service"))
            ]
        );
    }

    #[test]
    fn a_broken_file_is_one_issue() {
        assert_eq!(Configuration::read("{ \"profile\": ").issues.len(), 1);
        assert_eq!(Configuration::read("[]").issues.len(), 1);
        assert_eq!(Configuration::read("").issues.len(), 0);
    }

    #[test]
    fn patterns_match_whole_texts() {
        assert!(
            matches_pattern("svc-*@*.com", "svc-a@b.com") && matches_pattern("*", "") && matches_pattern("A*c", "abbc")
        );
        assert!(!matches_pattern("svc-*", "a-svc-b") && !matches_pattern("a*b", "abc"));
    }
}
