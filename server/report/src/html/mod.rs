//! The report as one page: no script, nothing from elsewhere, readable on paper and without eyes.

mod accounts;
mod changes;
mod findings;
mod lists;
mod map;
mod overview;
mod privileges;
mod tables;
mod writer;

use self::writer::Page;
use crate::changes::Changes;
use crate::data::Report;

/// The page.
#[must_use]
pub fn html(report: &Report, changes: Option<&Changes>) -> String {
    let mut page = Page::default();
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        // Nothing may be fetched or run, whatever a name in a workspace tries.
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n")
        .raw("<title>Flow security report</title>\n<style>\n")
        .raw(include_str!("style.css"))
        // An icon of its own, so that no browser asks a server for one.
        .raw("</style>\n<link rel=\"icon\" href=\"data:,\">\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
    let sections = sections(report, changes);
    overview::header(&mut page, report, &sections);
    page.raw("<main id=\"main\">\n");
    for section in &sections {
        page.open("section", &[("id", section.id), ("aria-labelledby", section.heading)]);
        page.leaf("h2", &[("id", section.heading)], section.title);
        (section.write)(&mut page, report, changes);
        page.close("section").raw("\n");
    }
    page.raw("</main>\n");
    overview::footer(&mut page, report);
    page.raw("</body>\n</html>\n");
    page.finish()
}

/// A chapter of the page.
struct Section {
    id: &'static str,
    heading: &'static str,
    title: &'static str,
    write: fn(&mut Page, &Report, Option<&Changes>),
}

fn sections(report: &Report, changes: Option<&Changes>) -> Vec<Section> {
    let section = |id, heading, title, write| Section {
        id,
        heading,
        title,
        write,
    };
    let mut all = vec![section(
        "glance",
        "glance-title",
        "At a glance",
        overview::glance as fn(&mut Page, &Report, Option<&Changes>),
    )];
    if changes.is_some() {
        all.push(section(
            "changes",
            "changes-title",
            "Since the last report",
            changes::write,
        ));
    }
    all.push(section("map", "map-heading", "Who reaches what", map::write));
    if !report.accounts.is_empty() {
        all.push(section(
            "accounts",
            "accounts-title",
            "Accounts, by what they reach",
            accounts::write,
        ));
    }
    all.push(section("balance", "balance-title", "The balance", lists::balance));
    all.push(section(
        "findings",
        "findings-title",
        "Findings, and the risk each reduces",
        findings::write,
    ));
    if !report.tables.is_empty() {
        all.push(section(
            "tables",
            "tables-title",
            "Who writes which table",
            tables::write,
        ));
    }
    if !report.privileges.is_empty() {
        all.push(section(
            "privileges",
            "privileges-title",
            "Least privilege",
            privileges::write,
        ));
    }
    all.push(section("unknown", "unknown-title", "What is not known", lists::unknown));
    all
}

/// The CSS class of a kind of account.
fn kind_class(kind: Option<&str>) -> &'static str {
    match kind {
        Some("personal") => "personal",
        Some("service") => "service",
        Some("application") => "application",
        _ => "unknown",
    }
}
