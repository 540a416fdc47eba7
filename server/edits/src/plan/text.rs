//! The plan as text: JSON with comments that say why, and which risk each choice reduces.

use syntax::json::quote;

use super::find::{Account, AccountIn, Found, Ownership, Reference};

/// Comments are wrapped at this column.
const WIDTH: usize = 110;
/// So many places of an account are listed.
const PLACES: usize = 4;

/// Writes the plan.
pub fn write(found: &Found, inventories: &[String]) -> String {
    let mut out = Writer::default();
    out.comment(
        0,
        "The identity plan of this folder: which accounts there are, which of them stands behind each connection reference and who owns \
         the flows. It was drafted from the files at hand and decides nothing yet: read each line, change what is into what should be, and \
         write the reason beside it for the next person. Findings are judged by this file.",
    );
    if found.settings > 0 {
        let environments = match found.environments.as_slice() {
            [] => ", whose paths name no environment".to_owned(),
            named => format!(" for {}", named.join(", ")),
        };
        out.comment(0, &format!("Settings files at hand: {}{environments}.", found.settings));
    }
    out.line(0, "{");
    connections(&mut out, inventories);
    accounts(&mut out, found);
    references(&mut out, found);
    owners(&mut out, found);
    limits(&mut out, found);
    out.line(0, "}");
    out.text
}

fn connections(out: &mut Writer, inventories: &[String]) {
    out.comment(
        1,
        "Which account each connection acts as. An administrator exports it: Get-AdminPowerAppConnection | ConvertTo-Json -Depth 5. \
         Risk it reduces: a connection that belongs to somebody who leaves is found on the day they leave.",
    );
    if inventories.is_empty() {
        out.line(1, r#"// "connections": ["inventory/connections.json"],"#);
    } else {
        out.line(1, &format!(r#""connections": {},"#, list(inventories)));
    }
    out.blank();
}

fn accounts(out: &mut Writer, found: &Found) {
    out.comment(
        1,
        "The accounts. kind: personal (flows stop when the person leaves or changes the password), service (made for automation; it has a \
         password, so where the connector takes an app registration that is better) or application (a service principal). purpose: owner \
         (owns flows, no permission on data), managing (administers the platform), workload (works on data). activity: the process an \
         account serves. Risk it reduces: one account for everything opens everything when it leaks; one for each connection cannot be \
         looked after.",
    );
    let entries = found.accounts.iter().map(|account| {
        let mut entry = Entry {
            comments: vec![evidence(account)],
            ..Entry::default()
        };
        let mut members = vec![("match", quote(&account.name))];
        members.extend(
            account
                .purpose
                .map(|purpose| ("purpose", quote(&format!("{purpose:?}").to_lowercase()))),
        );
        match account.kind() {
            Some(kind) => {
                members.insert(0, ("kind", quote(kind.name())));
                entry.json = Some(object(&members));
            }
            None => {
                members.insert(0, ("kind", quote("service")));
                entry.proposal = Some(object(&members));
            }
        }
        entry
    });
    let mut entries: Vec<Entry> = entries.collect();
    if entries.is_empty() {
        entries.push(Entry {
            comments: vec![
                "None is known: the settings name no owner, and no inventory was read. For example:".to_owned(),
            ],
            proposal: Some(
                r#"{ "kind": "service", "match": "svc-*@contoso.com", "reason": "made for flows" }"#.to_owned(),
            ),
            json: None,
        });
    }
    out.array("accounts", &entries);
}

/// Why an account counts as what it does, and where it was met.
fn evidence(account: &Account) -> String {
    let why = match &account.verdict {
        Some(verdict) if account.is_guess() => format!("A guess: {}.", verdict.why),
        Some(verdict) => format!("{}.", sentence(&verdict.why)),
        None => "Nothing tells what this account is; say it here.".to_owned(),
    };
    let mut by_source: Vec<(&str, Vec<&str>)> = Vec::new();
    for (place, source) in account.seen.iter().take(PLACES) {
        match by_source.iter_mut().find(|(known, _)| known == source) {
            Some((_, places)) => places.push(place),
            None => by_source.push((source, vec![place])),
        }
    }
    let told: Vec<String> = by_source
        .iter()
        .map(|(source, places)| format!("{} ({source})", places.join(", ")))
        .collect();
    let more = match account.seen.len().saturating_sub(PLACES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{why} {}{more}", told.join(", "))
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn references(out: &mut Writer, found: &Found) {
    out.comment(
        1,
        "Which account stands behind each connection reference: the same everywhere, or one for each environment. Different activities \
         with different application users make \"modified by\" tell which process wrote. Risk it reduces: a connection that somebody \
         makes anew with another account is a finding.",
    );
    let mut entries = Vec::new();
    for solution in found
        .solutions
        .iter()
        .filter(|solution| !solution.references.is_empty())
    {
        for (at, reference) in solution.references.iter().enumerate() {
            let mut entry = reference_entry(reference);
            if at == 0 && found.solutions.len() > 1 {
                entry.comments.insert(0, format!("Solution {}", solution.name));
            }
            entries.push(entry);
        }
    }
    out.array("references", &entries);
}

fn reference_entry(reference: &Reference) -> Entry {
    let mut about = reference.title.clone();
    if !reference.not_planned.is_empty() {
        about.push_str(&format!(". Not planned: {}", reference.not_planned.join("; ")));
    } else if reference.planned.is_empty() {
        about.push_str(": nothing tells its account");
    }
    let name = ("match", quote(&reference.logical_name));
    if reference.planned.is_empty() {
        return Entry {
            comments: vec![about],
            proposal: Some(object(&[name, ("account", quote("…"))])),
            json: None,
        };
    }
    // Where all that is known is one account, and nothing speaks against it, it is meant everywhere.
    let accounts = by_environment(&reference.planned, reference.not_planned.is_empty());
    Entry {
        comments: vec![about],
        json: Some(object(&[name, ("account", accounts)])),
        proposal: None,
    }
}

/// One account, or an object of environments.
fn by_environment(accounts: &[AccountIn], may_be_one: bool) -> String {
    match accounts {
        [(None, account)] => return quote(account),
        [(_, first), rest @ ..] if may_be_one && !rest.is_empty() && rest.iter().all(|(_, other)| other == first) => {
            return quote(first);
        }
        _ => {}
    }
    let members: Vec<(&str, String)> = accounts
        .iter()
        .map(|(environment, account)| (environment.as_deref().unwrap_or("*"), quote(account)))
        .collect();
    object(&members)
}

fn owners(out: &mut Writer, found: &Found) {
    out.comment(
        1,
        "Who owns the flows, by their names: a service account or an application that manages flows and has no permission on data. Risk it \
         reduces: without an owner named, whoever runs the import becomes it; and who takes over an owner of flows can change them, so it \
         should not open the data as well.",
    );
    let mut entries: Vec<Entry> = found.owners.iter().map(owner_entry).collect();
    if entries.is_empty() {
        entries.push(Entry {
            comments: vec!["No settings name an owner that is no person's account. For example:".to_owned()],
            proposal: Some(
                r#"{ "match": "*", "account": "svc-flowowner@contoso.com", "reason": "flows outlive people" }"#
                    .to_owned(),
            ),
            json: None,
        });
    }
    out.array("owners", &entries);
}

fn owner_entry(owner: &Ownership) -> Entry {
    let flows = match owner.flows.as_slice() {
        [only] => quote(only),
        several => list(several),
    };
    Entry {
        json: Some(object(&[
            ("match", flows),
            ("account", by_environment(&owner.accounts, true)),
        ])),
        ..Entry::default()
    }
}

/// What data may leave by; all of it proposals, because a list makes everything outside it a finding.
fn limits(out: &mut Writer, found: &Found) {
    out.comment(
        1,
        "Where data may go. Each list makes what is not on it a finding, so take the marks away once it is whole. Risk it reduces: a new \
         way out of the organisation is seen in review.",
    );
    let mut limit = |about: &str, key: &str, values: &[String]| {
        if !values.is_empty() {
            out.comment(1, about);
            out.line(1, &format!("// {}: {},", quote(key), harmless(&list(values))));
        }
    };
    limit("Hosts that flows call by HTTP today.", "allowedHosts", &found.hosts);
    limit("Mail domains of the accounts above.", "internalDomains", &found.domains);
    limit(
        "Connectors that flows use today.",
        "allowedConnectors",
        &found.connectors,
    );
    // A member that always stands last: whatever comes before it ends with a comma, marks taken away or not.
    out.comment(1, "How much is reported: recommended, strict, or auditor for a review.");
    out.line(1, r#""profile": "recommended""#);
}

/// An entry of a list: comments above it, and the entry or a commented proposal.
#[derive(Debug, Default)]
struct Entry {
    comments: Vec<String>,
    json: Option<String>,
    proposal: Option<String>,
}

/// Collects lines.
#[derive(Debug, Default)]
struct Writer {
    text: String,
}

impl Writer {
    fn line(&mut self, level: usize, text: &str) {
        self.text.push_str(&"  ".repeat(level));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A comment, wrapped. Whatever it quotes stays within its line.
    fn comment(&mut self, level: usize, text: &str) {
        let mut line = String::new();
        for word in harmless(text).split_whitespace() {
            if !line.is_empty() && line.chars().count() + word.chars().count() + 4 + 2 * level > WIDTH {
                self.line(level, &format!("// {line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(level, &format!("// {line}"));
    }

    fn array(&mut self, key: &str, entries: &[Entry]) {
        self.line(1, &format!("{}: [", quote(key)));
        let last = entries.iter().rposition(|entry| entry.json.is_some());
        for (at, entry) in entries.iter().enumerate() {
            for comment in &entry.comments {
                self.comment(2, comment);
            }
            if let Some(json) = &entry.json {
                let comma = if Some(at) == last { "" } else { "," };
                self.line(2, &format!("{json}{comma}"));
            }
            if let Some(proposal) = &entry.proposal {
                self.line(2, &format!("// {},", harmless(proposal)));
            }
        }
        self.line(1, "],");
        self.blank();
    }
}

/// Text of the workspace for a comment: nothing that ends a line, turns text around or is a secret.
fn harmless(text: &str) -> String {
    let mut shown = text.to_owned();
    for hit in analysis::secrets::scan(text).iter().rev() {
        shown.replace_range(hit.span.range(), "…");
    }
    let is_harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    shown.replace(is_harmful, " ")
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{}: {value}", quote(key)))
        .collect();
    format!("{{ {} }}", members.join(", "))
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quote(value)).collect();
    format!("[{}]", values.join(", "))
}
