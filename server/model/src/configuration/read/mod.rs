//! Reads `flowsentry.jsonc`.

mod policies;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use rustc_hash::FxHashSet;
use syntax::Span;

use super::{
    AccountKind, AccountRule, Assignment, Configuration, ConfigurationIssue, Notes, PlannedAccount, Profile, Purpose,
    RuleSetting, first_match, host_as_meant, is_open, never_a_host, same_environment,
};
use crate::facts::Spanned;

/// Of more patterns than these nobody is told which never count: comparing them would take too long.
const MOST_PATTERNS: usize = 5000;
/// Keys of the configuration, for completion, the schema and near misses.
pub const KEYS: [&str; 13] = [
    "$schema",
    "profile",
    "connections",
    "exclude",
    "rules",
    "accounts",
    "references",
    "owners",
    "allowedHosts",
    "internalDomains",
    "sensitiveOperations",
    "allowedConnectors",
    "dataPolicies",
];
/// Keys of an entry of `accounts`.
pub const ACCOUNT_KEYS: [&str; 7] = ["kind", "match", "name", "purpose", "activity", "reason", "risk"];
/// Keys of an entry of `references`.
pub const REFERENCE_KEYS: [&str; 6] = ["match", "account", "purpose", "activity", "reason", "risk"];
/// Keys of an entry of `owners`.
pub const OWNER_KEYS: [&str; 4] = ["match", "account", "reason", "risk"];
/// Keys of a policy that is written in `dataPolicies`.
pub const POLICY_KEYS: [&str; 6] = ["name", "business", "nonBusiness", "blocked", "default", "environments"];

impl Configuration {
    /// Reads the configuration; what cannot be used becomes an issue.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut reader = Reader { facts: Self::default() };
        match parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()) {
            Ok(parsed) => match parsed.value {
                Some(Value::Object(root)) => {
                    reader.commas(text);
                    reader.root(&root);
                    reader.twice(&Value::Object(root));
                }
                Some(other) => {
                    reader.facts.broken = true;
                    reader.issue(span_of(&other), "the configuration must be an object `{ … }`");
                }
                None => {}
            },
            Err(error) => {
                reader.facts.broken = true;
                let range = error.range();
                let message = format!("the configuration cannot be read: {}", error.kind());
                reader.issue(span(range.start, range.end), &message);
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
        self.suggest(span, message.to_owned(), None);
    }

    fn suggest(&mut self, span: Span, message: String, suggestion: Option<String>) {
        self.facts.issues.push(ConfigurationIssue {
            span,
            message,
            suggestion,
        });
    }

    /// The first place where a comma lacks. What stands there is read all the same.
    fn commas(&mut self, text: &str) {
        let strict = ParseOptions {
            allow_missing_commas: false,
            ..ParseOptions::default()
        };
        if let Err(error) = parse_to_ast(text, &CollectOptions::default(), &strict) {
            let range = error.range();
            let message = format!("this is no JSON: {}; other tools cannot read the file", error.kind());
            self.issue(span(range.start, range.end), &message);
        }
    }

    /// An unknown word, with the nearest of the valid ones.
    fn unknown(&mut self, span: Span, what: &str, word: &str, valid: &[&str]) {
        let suggestion = expr::did_you_mean(word, valid.iter().copied()).map(str::to_owned);
        let hint = suggestion.as_ref().map_or_else(
            || format!("known are {}", valid.join(", ")),
            |s| format!("did you mean `{s}`?"),
        );
        self.suggest(span, format!("unknown {what} `{word}`; {hint}"), suggestion);
    }

    fn root(&mut self, root: &Object<'_>) {
        for member in &root.properties {
            let value = &member.value;
            match member.name.as_str() {
                "$schema" => {}
                "profile" => {
                    if let Some(word) = self.string(value, "profile") {
                        self.facts.profile = Profile::parse(&word.value);
                        if self.facts.profile.is_none() {
                            self.unknown(word.span, "profile", &word.value, &Profile::ALL.map(|(name, _)| name));
                        }
                    }
                }
                "connections" => self.facts.connections = self.strings(value, "connections"),
                "exclude" => self.facts.exclude = self.strings(value, "exclude"),
                "rules" => self.rules(value),
                "accounts" => self.accounts(value),
                "references" => self.facts.references = self.assignments(value, "references", &REFERENCE_KEYS),
                "owners" => self.facts.owners = self.assignments(value, "owners", &OWNER_KEYS),
                "allowedHosts" => self.facts.allowed_hosts = self.hosts(value, "allowedHosts", "host"),
                "internalDomains" => self.facts.internal_domains = self.hosts(value, "internalDomains", "domain"),
                "sensitiveOperations" => {
                    self.facts.sensitive_operations = self.strings(value, "sensitiveOperations");
                }
                "allowedConnectors" => self.facts.allowed_connectors = self.list(value, "allowedConnectors"),
                "dataPolicies" => self.policies(value),
                other => self.unknown(name_span(member), "setting", other, &KEYS),
            }
        }
        self.dotless();
        self.hidden();
        self.repeated_names();
    }

    fn rules(&mut self, value: &Value<'_>) {
        let Value::Object(rules) = value else {
            return self.issue(span_of(value), "`rules` must be an object of rule names");
        };
        for member in &rules.properties {
            if let Some(level) = self.string(&member.value, "a rule's setting") {
                let rule = Spanned::new(member.name.as_str().to_owned(), name_span(member));
                self.facts.rules.push(RuleSetting { rule, level });
            }
        }
    }

    /// The objects of a list.
    fn objects<'v, 'a>(&mut self, value: &'v Value<'a>, what: &str, needs: &str) -> Vec<&'v Object<'a>> {
        let Value::Array(entries) = value else {
            self.issue(span_of(value), &format!("`{what}` must be a list of objects"));
            return Vec::new();
        };
        let mut objects = Vec::new();
        for entry in &entries.elements {
            match entry {
                Value::Object(object) => objects.push(object),
                other => self.issue(
                    span_of(other),
                    &format!("an entry of `{what}` is an object with {needs}"),
                ),
            }
        }
        objects
    }

    fn accounts(&mut self, value: &Value<'_>) {
        for account in self.objects(value, "accounts", "`kind` and `match`") {
            let (mut kind, mut patterns, mut name, mut notes) = (None, Vec::new(), None, Notes::default());
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
                            let kinds = AccountKind::ALL.map(|(name, _)| name);
                            self.unknown(word.span, "kind of account", &word.value, &kinds);
                        }
                    }
                    "match" => patterns = self.one_or_more(&member.value, "match"),
                    "name" => name = self.string(&member.value, "name"),
                    _ => self.note(member, &mut notes, "setting of an account", &ACCOUNT_KEYS),
                }
            }
            for pattern in &patterns {
                // Inventories and settings write ids without.
                let bare = pattern.value.trim().trim_start_matches('{').trim_end_matches('}');
                if bare.len() + 2 == pattern.value.trim().len() && crate::Guid::parse(bare).is_some() {
                    let message = format!(
                        "ids of accounts stand without braces, so `{}` matches nothing; did you mean `{bare}`?",
                        pattern.value
                    );
                    self.suggest(pattern.span, message, Some(bare.to_owned()));
                }
            }
            let whole = span(account.start(), account.end());
            match kind {
                Some(kind) if !patterns.is_empty() => self.facts.accounts.push(AccountRule {
                    kind,
                    patterns,
                    name,
                    notes,
                    span: whole,
                }),
                Some(_) => self.issue(whole, "an account needs `match`: the names or patterns it stands for"),
                None if account.get("kind").is_none() => {
                    self.issue(whole, "an account needs `kind`: personal, service or application");
                }
                None => {}
            }
        }
    }

    fn assignments(&mut self, value: &Value<'_>, what: &str, keys: &[&str]) -> Vec<Assignment> {
        let mut all = Vec::new();
        for entry in self.objects(value, what, "`match`") {
            let (mut patterns, mut accounts, mut notes) = (Vec::new(), Vec::new(), Notes::default());
            for member in &entry.properties {
                match member.name.as_str() {
                    "match" => patterns = self.one_or_more(&member.value, "match"),
                    "account" => accounts = self.planned_accounts(&member.value),
                    _ => self.note(member, &mut notes, &format!("setting of an entry of `{what}`"), keys),
                }
            }
            let whole = span(entry.start(), entry.end());
            if patterns.is_empty() {
                self.issue(
                    whole,
                    &format!("an entry of `{what}` needs `match`: the names it is about"),
                );
                continue;
            }
            if what == "owners" && accounts.is_empty() && entry.get("account").is_none() {
                self.issue(whole, "an entry of `owners` needs `account`: who is to own the flows");
                continue;
            }
            all.push(Assignment {
                patterns,
                accounts,
                notes,
                span: whole,
            });
        }
        all
    }

    /// One account, or one for each environment.
    fn planned_accounts(&mut self, value: &Value<'_>) -> Vec<PlannedAccount> {
        let Value::Object(environments) = value else {
            let account = self.string(value, "account, where it is not an object of environments,");
            let account = account.filter(|account| self.names_one(account));
            let everywhere = |account| PlannedAccount {
                environment: None,
                account,
            };
            return account.map(everywhere).into_iter().collect();
        };
        if environments.properties.is_empty() {
            self.issue(
                span_of(value),
                "`account` names none; write an address, an id or the `name` of an account",
            );
        }
        let mut all: Vec<PlannedAccount> = Vec::new();
        for member in &environments.properties {
            let environment = Spanned::new(member.name.as_str().to_owned(), name_span(member));
            let account = self.string(&member.value, "an environment's account");
            let Some(account) = account.filter(|account| self.names_one(account)) else {
                continue;
            };
            let environment = (environment.value != "*").then_some(environment);
            // The same word again is told as that.
            let again = |own: &PlannedAccount| {
                own.environment.as_ref().map(|e| &e.value) == environment.as_ref().map(|e| &e.value)
            };
            let is_new = !all.iter().any(again);
            let same = |own: &PlannedAccount, new: &Spanned<String>| {
                is_new
                    && own
                        .environment
                        .as_ref()
                        .is_some_and(|own| own.value != new.value && same_environment(&own.value, &new.value))
            };
            if let Some((new, earlier)) = environment
                .as_ref()
                .and_then(|new| Some((new, all.iter().find(|own| same(own, new))?.environment.as_ref()?)))
            {
                let message = format!(
                    "`{}` and `{}` are one environment, so this account never counts; keep one of the two",
                    new.value, earlier.value
                );
                self.issue(new.span, &message);
            }
            all.push(PlannedAccount { environment, account });
        }
        all
    }

    /// Whether an account is named; an empty text names none.
    fn names_one(&mut self, account: &Spanned<String>) -> bool {
        let empty = account.value.trim().is_empty();
        if empty {
            self.issue(
                account.span,
                "an empty account names none; write an address, an id or the `name` of an account",
            );
        }
        !empty
    }

    /// Reads `purpose`, `activity`, `reason` or `risk`, or says that there is no such key.
    fn note(&mut self, member: &ObjectProp<'_>, notes: &mut Notes, what: &str, keys: &[&str]) {
        let name = member.name.as_str();
        if !keys.contains(&name) {
            return self.unknown(name_span(member), what, name, keys);
        }
        let Some(text) = self.string(&member.value, name) else {
            return;
        };
        match name {
            "purpose" => {
                let words = Purpose::ALL.map(|(word, _)| word);
                let near = expr::did_you_mean(&text.value, words).filter(|_| Purpose::parse(&text.value).is_none());
                if let Some(near) = near {
                    let message = format!("`{}` is no word that rules know; did you mean `{near}`?", text.value);
                    self.suggest(text.span, message, Some(near.to_owned()));
                }
                notes.purpose = Some(text);
            }
            "activity" => notes.activity = Some(text),
            "reason" => notes.reason = Some(text),
            _ => notes.risk = Some(text),
        }
    }

    fn hosts(&mut self, value: &Value<'_>, what: &str, one: &str) -> Option<Vec<Spanned<String>>> {
        let list = self.list(value, what)?;
        for entry in &list {
            if crate::settings::is_token(&entry.value) && !entry.value.trim().is_empty() {
                continue;
            }
            if let Some(why) = never_a_host(&entry.value) {
                let message = format!(
                    "`{}` is no {one} name, so nothing matches it: {why}; write one such as `contoso.com`",
                    entry.value
                );
                self.issue(entry.span, &message);
            } else if let Some(meant) = host_as_meant(&entry.value) {
                let message = if entry.value.starts_with('*') && !entry.value.starts_with("*.") {
                    format!(
                        "`{}` also lets names through that only end alike; did you mean `{meant}`?",
                        entry.value
                    )
                } else {
                    format!(
                        "`{}` is no bare {one} name, so nothing matches it; did you mean `{meant}`?",
                        entry.value
                    )
                };
                self.suggest(entry.span, message, Some(meant));
            }
        }
        Some(list)
    }

    /// Mail domains without a dot, which are only parts of some.
    fn dotless(&mut self) {
        let is_dotless = |entry: &&Spanned<String>| {
            let text = entry.value.trim();
            !text.contains('.') && !is_open(text) && never_a_host(text).is_none() && host_as_meant(text).is_none()
        };
        let all: Vec<Spanned<String>> = self
            .facts
            .internal_domains
            .iter()
            .flatten()
            .filter(is_dotless)
            .cloned()
            .collect();
        for entry in all {
            let accounts = self.facts.accounts.iter().flat_map(|rule| &rule.patterns);
            let mut domains = accounts.filter_map(|pattern| Some(pattern.value.rsplit_once('@')?.1));
            let begins = |domain: &&str| {
                let first = domain.split_once('.').map(|(first, _)| first);
                first.is_some_and(|first| crate::same_name(first, entry.value.trim()))
            };
            let near = domains.find(begins).map(str::to_owned);
            let hint = near.as_ref().map_or_else(
                || "write the whole, such as `contoso.com`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!(
                "`{}` is no domain of mail addresses, so nothing matches it; {hint}",
                entry.value
            );
            self.suggest(entry.span, message, near);
        }
    }

    /// Names that are twice in one object: which of the two counts is not for a reader to know.
    fn twice(&mut self, value: &Value<'_>) {
        match value {
            Value::Object(object) => {
                let mut seen = FxHashSet::default();
                for member in &object.properties {
                    let name = member.name.as_str();
                    if !seen.insert(name) {
                        self.issue(
                            name_span(member),
                            &format!("`{name}` is there twice in one object; keep one of the two"),
                        );
                    }
                    self.twice(&member.value);
                }
            }
            Value::Array(list) => list.elements.iter().for_each(|entry| self.twice(entry)),
            _ => {}
        }
    }

    /// Names that two accounts have: nobody could say which of them the rest of the plan means.
    fn repeated_names(&mut self) {
        let names: Vec<Spanned<String>> = self
            .facts
            .accounts
            .iter()
            .filter_map(|rule| rule.name.clone())
            .collect();
        for (at, name) in names.iter().enumerate() {
            if names[..at]
                .iter()
                .any(|earlier| crate::same_name(&earlier.value, &name.value))
            {
                let message = format!(
                    "two accounts have the name `{}`, so the plan cannot tell which one it means; give one of them another name",
                    name.value
                );
                self.issue(name.span, &message);
            }
        }
    }

    /// Entries that never count, because one before them matches all they match.
    fn hidden(&mut self) {
        let kinds: Vec<Option<AccountKind>> = self.facts.accounts.iter().map(|rule| Some(rule.kind)).collect();
        let lists = [
            self.facts
                .accounts
                .iter()
                .map(|rule| &rule.patterns)
                .collect::<Vec<_>>(),
            self.facts.references.iter().map(|rule| &rule.patterns).collect(),
            self.facts.owners.iter().map(|rule| &rule.patterns).collect(),
        ];
        let mut issues = Vec::new();
        for (list, kinds) in lists.iter().zip([kinds.as_slice(), &[], &[]]) {
            let kind = |at: usize| kinds.get(at).copied().flatten();
            // Each is compared with all before it.
            if list.iter().map(|patterns| patterns.len()).sum::<usize>() > MOST_PATTERNS {
                continue;
            }
            for (at, patterns) in list.iter().enumerate() {
                for (place, pattern) in patterns.iter().enumerate() {
                    let same = |earlier: &&Spanned<String>| crate::same_name(&earlier.value, &pattern.value);
                    if patterns[..place].iter().any(|earlier| same(&earlier)) {
                        let message = format!("`{}` is there twice in this list; keep one of the two", pattern.value);
                        issues.push((pattern.span, message));
                        continue;
                    }
                    // A star of an open pattern is matched by stars alone, so what matches its text matches all that it does.
                    let earlier = list[..at]
                        .iter()
                        .enumerate()
                        .find_map(|(at, earlier)| Some((at, first_match(earlier, &pattern.value)?)));
                    let Some((first, earlier)) = earlier else { continue };
                    let message = match (kind(first), kind(at)) {
                        (Some(before), Some(here)) if before != here => format!(
                            "`{}` is {} here and, by `{}` further up, {}: only the first counts; move this entry before that one, or remove it",
                            pattern.value,
                            here.name(),
                            earlier.value,
                            before.name()
                        ),
                        _ => format!(
                            "`{}` never counts here, because `{}` further up matches it already; move this entry before that one, or remove it",
                            pattern.value, earlier.value
                        ),
                    };
                    issues.push((pattern.span, message));
                }
            }
        }
        for (span, message) in issues {
            self.issue(span, &message);
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

    fn one_or_more(&mut self, value: &Value<'_>, what: &str) -> Vec<Spanned<String>> {
        match value {
            Value::StringLit(_) => self.string(value, what).into_iter().collect(),
            list => self.strings(list, what),
        }
    }

    fn strings(&mut self, value: &Value<'_>, what: &str) -> Vec<Spanned<String>> {
        self.list(value, what).unwrap_or_default()
    }

    /// A list of texts; `None` where it is no list.
    fn list(&mut self, value: &Value<'_>, what: &str) -> Option<Vec<Spanned<String>>> {
        let Value::Array(list) = value else {
            self.issue(span_of(value), &format!("`{what}` must be a list of texts"));
            return None;
        };
        let texts = list.elements.iter().filter_map(|entry| self.string(entry, what));
        Some(texts.collect())
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

fn name_span(member: &ObjectProp<'_>) -> Span {
    let name = &member.name;
    match name {
        jsonc_parser::ast::ObjectPropName::String(_) => {
            span(name.start() + 1, name.end().saturating_sub(1).max(name.start() + 1))
        }
        jsonc_parser::ast::ObjectPropName::Word(_) => span(name.start(), name.end()),
    }
}

#[cfg(test)]
mod tests;
