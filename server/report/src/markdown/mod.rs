//! The report as Markdown, for wikis and reviews: the same chapters, shorter.

mod privileges;

use crate::changes::Changes;
use crate::data::{AccountReport, Report};
use crate::text::{counted, listed};

pub use self::privileges::privileges_markdown;

/// So many rows of each table are written out.
const SHOWN: usize = 50;

/// The report.
#[must_use]
pub fn markdown(report: &Report, changes: Option<&Changes>) -> String {
    let mut out = String::from("# Flow security report\n\n");
    let summary = &report.summary;
    let day = report
        .date
        .as_ref()
        .map_or_else(String::new, |date| format!(", {}", plain(date)));
    out.push_str(&format!(
        "{} in {}{day}. {} behind {}, {} to {}.\n",
        counted(summary.flows, "cloud flow"),
        counted(summary.solutions, "solution"),
        counted(summary.accounts, "account"),
        counted(summary.references, "connection reference"),
        counted(summary.operations, "operation"),
        counted(summary.connectors, "connector"),
    ));
    if let Some(changes) = changes {
        since(&mut out, changes);
    }
    accounts(&mut out, report);
    out.push_str("\n## The balance\n");
    for extreme in &report.balance {
        let word = if extreme.present { "yes" } else { "no" };
        out.push_str(&format!(
            "\n**{}: {word}.** {}\n",
            plain(&extreme.title),
            plain(&extreme.text)
        ));
        items(&mut out, &extreme.items);
    }
    findings(&mut out, report);
    tables(&mut out, report);
    if !report.privileges.is_empty() {
        out.push_str("\n## Least privilege\n");
        privileges::write(&mut out, &report.privileges);
    }
    out.push_str("\n## What is not known\n");
    for entry in &report.unknown {
        out.push_str(&format!(
            "\n**{}: {}.** {}\n",
            plain(&entry.what),
            entry.count,
            plain(&entry.how)
        ));
        items(&mut out, &entry.items);
        if entry.count > entry.items.len() {
            out.push_str(&format!("- and {} more\n", entry.count - entry.items.len()));
        }
    }
    out.push_str(&format!(
        "\nMade by {} from source files, settings and inventories alone.\n",
        plain(&report.tool)
    ));
    out
}

fn accounts(out: &mut String, report: &Report) {
    let reaching: Vec<&AccountReport> = report
        .accounts
        .iter()
        .filter(|account| !account.flows.is_empty())
        .collect();
    if reaching.is_empty() {
        return;
    }
    out.push_str("\n## Accounts, by what they reach\n");
    let rows = reaching.iter().take(SHOWN).map(|account| {
        let connectors: Vec<String> = account
            .connectors
            .iter()
            .filter_map(|used| {
                Some(format!(
                    "{} ({})",
                    report.connectors.get(used.connector)?.title,
                    used.effects.join(", ")
                ))
            })
            .collect();
        vec![
            account.title(),
            account.kind.clone().unwrap_or_else(|| "unknown".to_owned()),
            account.flows.len().to_string(),
            account.operations.to_string(),
            listed(&connectors, 6),
            format!(
                "{} stop, {} fail with them, {} no longer started",
                account.impact.stops.len(),
                account.impact.fails.len(),
                account.impact.starved.len()
            ),
        ]
    });
    table(
        out,
        &["Account", "Kind", "Flows", "Operations", "Reaches", "Without it"],
        rows.collect(),
    );
    rest(out, reaching.len());
    for account in reaching.iter().take(SHOWN) {
        if !account.sharing.is_empty() {
            out.push_str(&format!(
                "\n### Who else may use the connections of {}\n\n",
                plain(&account.title())
            ));
            for line in account.sharing.iter().take(SHOWN) {
                out.push_str(&format!("- {}\n", plain(line)));
            }
            rest(out, account.sharing.len());
        }
        out.push_str(&format!("\n### Replacing {}\n\n", plain(&account.title())));
        for (at, step) in account.rotation.iter().enumerate() {
            out.push_str(&format!("{}. {}", at + 1, plain(&step.title)));
            if !step.items.is_empty() {
                out.push_str(&format!(": {}", plain(&listed(&step.items, 12))));
            }
            out.push('\n');
        }
    }
}

fn findings(out: &mut String, report: &Report) {
    out.push_str("\n## Findings, and the risk each reduces\n");
    if report.findings.is_empty() {
        out.push_str("\nNone.\n");
        return;
    }
    let mut start = 0;
    while let Some(first) = report.findings.get(start) {
        let same =
            |finding: &&crate::data::FindingReport| finding.rule == first.rule && finding.severity == first.severity;
        let group: Vec<_> = report.findings[start..].iter().take_while(same).collect();
        out.push_str(&format!(
            "\n**{} {}** ({}): {}\n\n",
            plain(&first.severity),
            code(&first.rule),
            group.len(),
            plain(&first.risk)
        ));
        for finding in group.iter().take(10) {
            out.push_str(&format!(
                "- {}:{} {}\n",
                plain(&finding.file),
                finding.line,
                plain(&finding.message)
            ));
        }
        if group.len() > 10 {
            out.push_str(&format!("- and {} more\n", group.len() - 10));
        }
        start += group.len();
    }
}

fn tables(out: &mut String, report: &Report) {
    let written: Vec<_> = report.tables.iter().filter(|table| !table.writers.is_empty()).collect();
    if written.is_empty() {
        return;
    }
    out.push_str("\n## Who writes which table\n");
    let rows = written.iter().take(SHOWN).map(|entry| {
        let mut flows: Vec<&str> = entry
            .writers
            .iter()
            .filter_map(|writer| Some(report.flows.get(writer.flow)?.name.as_str()))
            .collect();
        flows.sort_unstable();
        flows.dedup();
        let mut identities: Vec<&str> = entry.writers.iter().map(|writer| writer.identity.as_str()).collect();
        identities.sort_unstable();
        identities.dedup();
        let audited = match entry.audited {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        vec![
            entry.name.clone(),
            audited.to_owned(),
            listed(&flows, 6),
            listed(&identities, 4),
            entry.readers.len().to_string(),
            entry.listeners.len().to_string(),
        ]
    });
    table(
        out,
        &["Table", "Audited", "Written by", "As", "Readers", "Starts"],
        rows.collect(),
    );
    rest(out, written.len());
}

fn since(out: &mut String, changes: &Changes) {
    out.push_str("\n## Since the last report\n\n");
    if changes.is_empty() {
        out.push_str("Nothing changed.\n");
        return;
    }
    for (what, before, now) in &changes.figures {
        out.push_str(&format!("- {what}: {before} → {now}\n"));
    }
    for (what, findings) in [("New finding", &changes.new_findings), ("Gone", &changes.gone_findings)] {
        for finding in findings.iter().take(SHOWN) {
            out.push_str(&format!(
                "- {what}: {} {}\n",
                code(&finding.rule),
                plain(&finding.message)
            ));
        }
        rest(out, findings.len());
    }
    for (what, names) in [
        ("New accounts", &changes.new_accounts),
        ("Accounts gone", &changes.gone_accounts),
        ("New flows", &changes.new_flows),
        ("Flows gone", &changes.gone_flows),
    ] {
        if !names.is_empty() {
            out.push_str(&format!("- {what}: {}\n", plain(&listed(names, 12))));
        }
    }
    for (what, all) in [("reaches", &changes.reach), ("needs", &changes.rights)] {
        for (name, lines) in all.iter().take(SHOWN) {
            out.push_str(&format!("- {} {what}: {}\n", plain(name), plain(&listed(lines, 8))));
        }
        rest(out, all.len());
    }
}

fn rest(out: &mut String, count: usize) {
    if count > SHOWN {
        out.push_str(&format!("\nand {} more\n", count - SHOWN));
    }
}

fn items(out: &mut String, items: &[String]) {
    if !items.is_empty() {
        out.push('\n');
    }
    for item in items {
        out.push_str(&format!("- {}\n", plain(item)));
    }
}

/// A table; cells are text, not Markdown.
fn table(out: &mut String, columns: &[&str], rows: Vec<Vec<String>>) {
    out.push('\n');
    out.push_str(&format!("| {} |\n", columns.join(" | ")));
    out.push_str(&format!("|{}\n", " --- |".repeat(columns.len())));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

/// Text that stays text in Markdown and in the HTML made from it.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // Inside a word it is itself.
            '_' if before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric()) => out.push(c),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                out.push('\u{FFFD}');
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace(['`', '\n', '\r'], "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        assert_eq!(plain("a|b\n<script>[x](y)"), "a\\|b \\<script\\>\\[x\\](y)");
        assert_eq!(plain("con_report _x_"), "con_report \\_x\\_");
        assert_eq!(code("a`b"), "`a'b`");
    }
}
