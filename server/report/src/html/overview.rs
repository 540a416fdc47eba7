//! The head of the page, its figures, and what to look at first.

use super::Section;
use super::writer::Page;
use crate::changes::Changes;
use crate::data::Report;
use crate::text::{counted, listed, plural};

/// Title, day and the way to each chapter.
pub fn header(page: &mut Page, report: &Report, sections: &[Section]) {
    page.raw("<header>\n<h1>Flow security report</h1>\n<p class=\"lead\">");
    page.text(&format!(
        "{} in {}",
        counted(report.summary.flows, "cloud flow"),
        counted(report.summary.solutions, "solution")
    ));
    if let Some(date) = &report.date {
        page.text(", ").leaf("time", &[("datetime", date)], date);
    }
    page.text(". Whose accounts stand behind the flows, what each of them reaches, and what stops without it, as far as the files tell.");
    page.raw("</p>\n<nav aria-label=\"Chapters\"><ul>");
    for section in sections {
        page.element("li", &[], |page| {
            page.leaf("a", &[("href", &format!("#{}", section.id))], section.title);
        });
    }
    page.raw("</ul></nav>\n</header>\n");
}

/// The figures.
pub fn glance(page: &mut Page, report: &Report, _: Option<&Changes>) {
    let summary = &report.summary;
    let severity = |name: &str| summary.findings.get(name).copied().unwrap_or(0);
    page.raw("<ul class=\"tiles\">");
    for (number, what) in [
        (summary.accounts, "account"),
        (summary.references, "connection reference"),
        (summary.flows, "cloud flow"),
        (summary.connectors, "connector"),
        (summary.operations, "operation"),
        (severity("error"), "error"),
        (severity("warning"), "warning"),
    ] {
        page.element("li", &[], |page| {
            page.element("b", &[], |page| {
                page.number(number);
            });
            page.leaf("span", &[], &plural(number, what));
        });
    }
    page.raw("</ul>\n");
    let first = highlights(report);
    if !first.is_empty() {
        page.raw("<h3>Look here first</h3><ul class=\"first\">");
        for (link, text) in &first {
            page.element("li", &[], |page| {
                page.text(text).text(" ").leaf("a", &[("href", link)], way(link));
            });
        }
        page.raw("</ul>\n");
    }
}

/// The words of a link to a chapter.
fn way(link: &str) -> &'static str {
    match link {
        "#accounts" => "See the accounts",
        "#findings" => "See the findings",
        "#tables" => "See the tables",
        _ => "See what is not known",
    }
}

/// The few things that a reviewer would ask about first, with where the page tells more.
fn highlights(report: &Report) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(widest) = report.accounts.first().filter(|account| !account.flows.is_empty()) {
        let families: Vec<&str> = widest.families.iter().map(String::as_str).collect();
        let kind = match widest.kind.as_deref() {
            Some("personal") => "a person's account",
            Some("service") => "a service account",
            Some("application") => "an application",
            _ => "nobody knows of what kind",
        };
        let what = if families.is_empty() {
            String::new()
        } else {
            format!(": {}", listed(&families, 6))
        };
        found.push((
            "#accounts",
            format!(
                "The widest reach has {}, {kind}: {} with {}{what}.",
                widest.title(),
                counted(widest.flows.len(), "flow"),
                counted(widest.operations, "operation"),
            ),
        ));
    }
    let personal: Vec<&str> = report
        .accounts
        .iter()
        .filter(|account| account.kind.as_deref() == Some("personal") && !account.flows.is_empty())
        .map(|account| account.short())
        .collect();
    if !personal.is_empty() {
        let are = if personal.len() == 1 {
            "is a person's"
        } else {
            "are people's"
        };
        found.push((
            "#accounts",
            format!(
                "{} behind flows {are} own: {}.",
                counted(personal.len(), "account"),
                listed(&personal, 4)
            ),
        ));
    }
    let errors: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| {
            finding.severity == "error"
                && matches!(
                    finding.category.as_str(),
                    "secrets" | "exposure" | "exfiltration" | "identity"
                )
        })
        .map(|finding| finding.rule.as_str())
        .collect();
    if !errors.is_empty() {
        let mut rules = errors.clone();
        rules.sort_unstable();
        rules.dedup();
        found.push((
            "#findings",
            format!(
                "{} about secrets, exposure, exfiltration or identity: {}.",
                counted(errors.len(), "error"),
                listed(&rules, 4)
            ),
        ));
    }
    let silent = report
        .tables
        .iter()
        .filter(|table| table.audited == Some(false) && !table.writers.is_empty())
        .count();
    if silent > 0 {
        found.push((
            "#tables",
            format!(
                "{} that flows write are not audited: nobody can tell afterwards who changed what.",
                counted(silent, "table")
            ),
        ));
    }
    let blind = report.summary.references - report.summary.references_with_account.min(report.summary.references);
    if blind > 0 {
        found.push((
            "#unknown",
            format!(
                "Whose account stands behind {blind} of {}, these files do not tell.",
                counted(report.summary.references, "connection reference")
            ),
        ));
    }
    found
}

/// How to read the page.
pub fn footer(page: &mut Page, report: &Report) {
    page.raw("<footer><p>");
    page.text("Made by ").text(&report.tool).text(
        " from source files, settings and inventories alone. It signs in nowhere and reads no environment: what these files do not say is listed as unknown, and is not safe for that.",
    );
    page.raw("</p></footer>\n");
}
