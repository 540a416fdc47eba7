//! What is new since an earlier report, which is read from its JSON form.

use std::collections::{BTreeMap, BTreeSet};

use crate::VERSION;
use crate::data::{AccountReport, FindingReport, Report};

/// What changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The day of the earlier report, where it names one.
    pub since: Option<String>,
    /// Figures that differ: what, before, now.
    pub figures: Vec<(&'static str, usize, usize)>,
    /// Findings that are new.
    pub new_findings: Vec<FindingReport>,
    /// Findings that are gone.
    pub gone_findings: Vec<FindingReport>,
    /// Accounts that are new.
    pub new_accounts: Vec<String>,
    /// Accounts that are gone.
    pub gone_accounts: Vec<String>,
    /// Accounts that reach more or less: the account, and what.
    pub reach: Vec<(String, Vec<String>)>,
    /// Rights that identities need more, or no longer: the identity, and what.
    pub rights: Vec<(String, Vec<String>)>,
    /// Flows that are new.
    pub new_flows: Vec<String>,
    /// Flows that are gone.
    pub gone_flows: Vec<String>,
}

/// Why a file is no earlier report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It is no JSON, or none of this form; the reason.
    Form(String),
    /// It was written by a program with another contract.
    Version(u32),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form(reason) => write!(f, "it is no report of `flowsentry report --format json`: {reason}"),
            Self::Version(version) => write!(f, "its version is {version}, and this program reads version {VERSION}"),
        }
    }
}

/// Reads an earlier report.
///
/// # Errors
/// When the text is none, or one of another version.
pub fn read(text: &str) -> Result<Report, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let report: Report = serde_json::from_str(text).map_err(|error| {
        // The place, and never what stands there.
        ReadError::Form(format!("line {}, column {}", error.line(), error.column()))
    })?;
    match report.version {
        VERSION => Ok(report),
        0 => Err(ReadError::Form("it has no version".to_owned())),
        other => Err(ReadError::Version(other)),
    }
}

impl Changes {
    /// What is new in `now` against `before`.
    #[must_use]
    pub fn between(before: &Report, now: &Report) -> Self {
        let names = |report: &Report| -> BTreeSet<String> {
            let names = report.flows.iter().map(|flow| flow.name.clone());
            names.collect()
        };
        let accounts = |report: &Report| -> BTreeSet<String> {
            report.accounts.iter().map(|account| account.name.clone()).collect()
        };
        let (old_flows, new_flows) = (names(before), names(now));
        let (old_accounts, new_accounts) = (accounts(before), accounts(now));
        let difference = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
        Self {
            since: before.date.clone(),
            figures: figures(before, now),
            new_findings: missing(&now.findings, &before.findings),
            gone_findings: missing(&before.findings, &now.findings),
            new_accounts: difference(&new_accounts, &old_accounts),
            gone_accounts: difference(&old_accounts, &new_accounts),
            reach: reach(before, now),
            rights: rights(before, now),
            new_flows: difference(&new_flows, &old_flows),
            gone_flows: difference(&old_flows, &new_flows),
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
            && self.new_findings.is_empty()
            && self.gone_findings.is_empty()
            && self.new_accounts.is_empty()
            && self.gone_accounts.is_empty()
            && self.reach.is_empty()
            && self.rights.is_empty()
            && self.new_flows.is_empty()
            && self.gone_flows.is_empty()
    }
}

fn figures(before: &Report, now: &Report) -> Vec<(&'static str, usize, usize)> {
    let (a, b) = (&before.summary, &now.summary);
    let all = [
        ("Solutions", a.solutions, b.solutions),
        ("Flows", a.flows, b.flows),
        ("Accounts", a.accounts, b.accounts),
        ("Connection references", a.references, b.references),
        (
            "References with a known account",
            a.references_with_account,
            b.references_with_account,
        ),
        ("Connectors", a.connectors, b.connectors),
        ("Operations", a.operations, b.operations),
        ("Findings", before.findings.len(), now.findings.len()),
    ];
    all.into_iter().filter(|(_, old, new)| old != new).collect()
}

/// Findings of the one that the other does not have, by fingerprint.
fn missing(of: &[FindingReport], not_in: &[FindingReport]) -> Vec<FindingReport> {
    let known: BTreeSet<&str> = not_in.iter().map(|finding| finding.fingerprint.as_str()).collect();
    of.iter()
        .filter(|finding| !known.contains(finding.fingerprint.as_str()))
        .cloned()
        .collect()
}

/// What an account reaches, as words that can be compared.
fn reached(report: &Report, account: &AccountReport) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in &account.connectors {
        if let Some(connector) = report.connectors.get(entry.connector) {
            all.extend(
                entry
                    .effects
                    .iter()
                    .map(|effect| format!("{effect} in {}", connector.title)),
            );
        }
    }
    for entry in &account.tables {
        all.extend(entry.effects.iter().map(|effect| format!("{effect} {}", entry.table)));
    }
    let flows = account.flows.iter().filter_map(|flow| report.flows.get(*flow));
    all.extend(flows.map(|flow| format!("flow {}", flow.name)));
    all.extend(account.targets.iter().map(|target| format!("address {target}")));
    all
}

fn reach(before: &Report, now: &Report) -> Vec<(String, Vec<String>)> {
    let old: BTreeMap<&str, BTreeSet<String>> = before
        .accounts
        .iter()
        .map(|account| (account.name.as_str(), reached(before, account)))
        .collect();
    let mut changed = Vec::new();
    for account in &now.accounts {
        let Some(old) = old.get(account.name.as_str()) else {
            continue;
        };
        let lines = lines(old, &reached(now, account));
        if !lines.is_empty() {
            changed.push((account.name.clone(), lines));
        }
    }
    changed
}

fn rights(before: &Report, now: &Report) -> Vec<(String, Vec<String>)> {
    let of = |report: &Report| -> BTreeMap<String, BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for identity in &report.privileges {
            let known = all.entry(identity.identity.clone()).or_default();
            for table in &identity.tables {
                let needed = table.rights.iter().filter_map(|right| {
                    let depth = right.needed.as_ref()?;
                    Some(format!("{} {} ({depth})", right.right, table.table))
                });
                known.extend(needed);
            }
            known.extend(
                identity
                    .permissions
                    .iter()
                    .map(|found| format!("{}: {}", found.connector, found.permission)),
            );
        }
        all
    };
    let old = of(before);
    let mut changed = Vec::new();
    for (identity, new) in of(now) {
        let lines = old.get(&identity).map_or_else(Vec::new, |old| lines(old, &new));
        if !lines.is_empty() {
            changed.push((identity, lines));
        }
    }
    changed
}

/// What came and what went, marked as such.
fn lines(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Vec<String> {
    let came = new.difference(old).map(|line| format!("+ {line}"));
    let went = old.difference(new).map(|line| format!("− {line}"));
    came.chain(went).collect()
}
