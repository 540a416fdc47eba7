//! Facts of `flowsentry.jsonc`, the project's configuration and identity plan, and what is wrong with it.
//!
//! A wrong configuration is a finding in that file, never a silent default: each problem keeps its place and the
//! nearest valid word. What needs other files to be judged (whether a named reference exists) is for the rules to say.

mod patterns;
mod read;

use syntax::Span;

pub use self::patterns::{
    host_as_meant, is_open, matches_connector, matches_operation, matches_pattern, never_a_host, same_environment,
};
pub use self::read::{ACCOUNT_KEYS, KEYS, OWNER_KEYS, POLICY_KEYS, REFERENCE_KEYS};
use crate::facts::Spanned;
use crate::policies::DataPolicy;

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

/// What an account is for, where `purpose` is one of the words that mean it; any other text is for people to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Owns flows and manages them; has no permission on data.
    Owner,
    /// Administers environments, the platform or the directory.
    Managing,
    /// Reads and writes data on behalf of flows.
    Workload,
}

impl Purpose {
    /// Every purpose with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("owner", Self::Owner),
        ("managing", Self::Managing),
        ("workload", Self::Workload),
    ];

    /// The purpose that a word means.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(word.trim());
        Self::ALL.iter().find(|(name, _)| is(name)).map(|(_, purpose)| *purpose)
    }
}

/// What the plan says in words about an entry, whichever it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Notes {
    /// `purpose`: one of the words of [`Purpose`], or any text.
    pub purpose: Option<Spanned<String>>,
    /// `activity`: the process that the account or reference serves, such as `sync` or `audit`.
    pub activity: Option<Spanned<String>>,
    /// `reason`: why it is so.
    pub reason: Option<Spanned<String>>,
    /// `risk`: the risk that the choice reduces.
    pub risk: Option<Spanned<String>>,
}

impl Notes {
    /// What the entry is for, where a word of [`Purpose`] says so.
    #[must_use]
    pub fn means(&self) -> Option<Purpose> {
        Purpose::parse(&self.purpose.as_ref()?.value)
    }

    /// The first of reason and purpose, for the end of a sentence.
    #[must_use]
    pub fn short(&self) -> Option<&str> {
        self.reason
            .as_ref()
            .or(self.purpose.as_ref())
            .map(|note| note.value.trim().trim_end_matches('.'))
    }
}

/// An entry of `accounts`: which accounts are what, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountRule {
    /// What the matching accounts are.
    pub kind: AccountKind,
    /// Patterns of addresses, names or ids; `*` stands for any text, case is ignored.
    pub patterns: Vec<Spanned<String>>,
    /// The name by which the rest of the plan speaks of the account.
    pub name: Option<Spanned<String>>,
    /// Purpose, activity, reason, risk.
    pub notes: Notes,
    /// The whole entry.
    pub span: Span,
}

impl AccountRule {
    /// The pattern that matches `account`.
    #[must_use]
    pub fn matching(&self, account: &str) -> Option<&Spanned<String>> {
        first_match(&self.patterns, account)
    }
}

/// The account that the plan wants, everywhere or in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlannedAccount {
    /// The environment's name as settings files call it; `None` where it counts for all others.
    pub environment: Option<Spanned<String>>,
    /// An address, an id, or the name of an entry of `accounts`.
    pub account: Spanned<String>,
}

/// An entry of `references` or `owners`: the accounts that connection references run as, or that own flows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// Patterns of logical names, or of flows' names and ids.
    pub patterns: Vec<Spanned<String>>,
    /// The accounts.
    pub accounts: Vec<PlannedAccount>,
    /// Purpose, activity, reason, risk.
    pub notes: Notes,
    /// The whole entry.
    pub span: Span,
}

impl Assignment {
    /// The pattern that matches a name.
    #[must_use]
    pub fn matching(&self, name: &str) -> Option<&Spanned<String>> {
        first_match(&self.patterns, name)
    }

    /// The account wanted in an environment: the one of that name, else the one for all.
    #[must_use]
    pub fn account_in(&self, environment: Option<&str>) -> Option<&PlannedAccount> {
        let named = |planned: &&PlannedAccount| match (&planned.environment, environment) {
            (Some(own), Some(wanted)) => same_environment(&own.value, wanted),
            _ => false,
        };
        self.accounts
            .iter()
            .find(named)
            .or_else(|| self.accounts.iter().find(|planned| planned.environment.is_none()))
    }
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
    /// `references`: which account stands behind which connection reference.
    pub references: Vec<Assignment>,
    /// `owners`: which account owns which flow.
    pub owners: Vec<Assignment>,
    /// `allowedHosts`: hosts that flows may call; `None` where the project sets no list.
    pub allowed_hosts: Option<Vec<Spanned<String>>>,
    /// `internalDomains`: mail domains of the organisation; `None` where the project sets no list.
    pub internal_domains: Option<Vec<Spanned<String>>>,
    /// `sensitiveOperations`: `connector/operation` whose inputs and outputs must not stand in run history.
    pub sensitive_operations: Vec<Spanned<String>>,
    /// `allowedConnectors`: connectors that flows may use; `None` where the project sets no list.
    pub allowed_connectors: Option<Vec<Spanned<String>>>,
    /// Texts of `dataPolicies`: files with exported policies, relative to the configuration's folder.
    pub policy_files: Vec<Spanned<String>>,
    /// Objects of `dataPolicies`: policies written in the plan itself.
    pub policies: Vec<DataPolicy>,
    /// What is wrong with the file.
    pub issues: Vec<ConfigurationIssue>,
    /// Whether the file could not be read at all, so that what it does not say may only be unseen.
    pub broken: bool,
}

impl Configuration {
    /// The first entry of `accounts` that matches an account, with the pattern that does.
    #[must_use]
    pub fn account(&self, account: &str) -> Option<(&AccountRule, &Spanned<String>)> {
        let account = account.trim();
        self.accounts
            .iter()
            .find_map(|rule| Some((rule, rule.matching(account)?)))
    }

    /// The entry of `accounts` that has this name.
    #[must_use]
    pub fn account_named(&self, name: &str) -> Option<&AccountRule> {
        let is = |rule: &&AccountRule| rule.name.as_ref().is_some_and(|own| crate::same_name(&own.value, name));
        self.accounts.iter().find(is)
    }

    /// The first entry of `references` that matches a logical name.
    #[must_use]
    pub fn reference(&self, logical_name: &str) -> Option<&Assignment> {
        self.references
            .iter()
            .find(|rule| rule.matching(logical_name).is_some())
    }

    /// The first entry of `owners` that matches one of a flow's names: its title, its id.
    #[must_use]
    pub fn owner(&self, names: &[&str]) -> Option<&Assignment> {
        self.owners
            .iter()
            .find(|rule| names.iter().any(|name| rule.matching(name).is_some()))
    }

    /// Whether a host may be called; `None` where the project sets no list.
    #[must_use]
    pub fn allows_host(&self, host: &str) -> Option<bool> {
        let hosts = self.allowed_hosts.as_ref()?;
        Some(hosts.iter().any(|pattern| matches_pattern(&pattern.value, host)))
    }

    /// Whether a mail address or a bare domain is the organisation's own; `None` where the project sets no list.
    #[must_use]
    pub fn is_internal(&self, address: &str) -> Option<bool> {
        let domains = self.internal_domains.as_ref()?;
        let domain = address.rsplit('@').next().unwrap_or(address).trim();
        let is = |pattern: &Spanned<String>| matches_pattern(pattern.value.trim_start_matches('@'), domain);
        Some(domains.iter().any(is))
    }

    /// Whether a connector may be used, by its name `shared_…`; `None` where the project sets no list.
    #[must_use]
    pub fn allows_connector(&self, connector: &str) -> Option<bool> {
        let connectors = self.allowed_connectors.as_ref()?;
        let is = |pattern: &Spanned<String>| matches_connector(&pattern.value, connector);
        Some(connectors.iter().any(is))
    }

    /// The entry of `sensitiveOperations` that means an operation.
    #[must_use]
    pub fn sensitive(&self, connector: &str, operation: &str) -> Option<&Spanned<String>> {
        let is = |pattern: &&Spanned<String>| matches_operation(&pattern.value, connector, operation);
        self.sensitive_operations.iter().find(is)
    }
}

fn first_match<'a>(patterns: &'a [Spanned<String>], text: &str) -> Option<&'a Spanned<String>> {
    patterns.iter().find(|pattern| matches_pattern(&pattern.value, text))
}
