//! The map: accounts, connection references, flows and connectors, from left to right.
//!
//! [`layout`] decides what is one box and how boxes are joined: few things are drawn one by one, many are put together by
//! what they have in common, so that five flows and three hundred fill the same picture. [`draw`] draws it, and
//! [`write`] adds the same as a table.

mod draw;
mod layout;

use std::collections::BTreeSet;

use self::layout::layout;
use super::writer::Page;
use crate::changes::Changes;
use crate::data::Report;
use crate::text::{counted, listed};

/// The chapter.
pub fn write(page: &mut Page, report: &Report, _: Option<&Changes>) {
    if report.flows.is_empty() {
        page.leaf("p", &[], "There is no cloud flow among the files.");
        return;
    }
    page.raw("<p class=\"soft\">A band is as wide as the number of flows that it stands for. Accounts are coloured by kind: ");
    page.raw("<span class=\"tag personal\">personal</span> <span class=\"tag service\">service</span> <span class=\"tag application\">application</span> <span class=\"tag unknown\">unknown</span>. What is too much for one picture is put together.</p>");
    draw::draw(page, &layout(report), report);
    table(page, report);
}

/// The map in words, a row for each account.
fn table(page: &mut Page, report: &Report) {
    page.raw("<details><summary>The map as a table</summary><div class=\"inside\">");
    page.table(
        "Accounts with what they reach",
        &["Account", "References", "Flows", "Connectors"],
    );
    for account in report.accounts.iter().filter(|account| !account.flows.is_empty()) {
        let references: Vec<&str> = account
            .references
            .iter()
            .filter_map(|index| Some(report.references.get(*index)?.name.as_str()))
            .collect();
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
        page.raw("<tr>").leaf("th", &[("scope", "row")], &account.title());
        page.leaf("td", &[], &listed(&references, 6));
        page.leaf("td", &[], &flows(report, &account.flows))
            .leaf("td", &[], &listed(&connectors, 8))
            .raw("</tr>");
    }
    let blind = report.references.iter().filter(|reference| {
        reference.backings.iter().all(|backing| backing.account.is_none()) && !reference.flows.is_empty()
    });
    for reference in blind {
        page.raw("<tr>")
            .leaf("th", &[("scope", "row")], "unknown")
            .leaf("td", &[], &reference.name);
        page.leaf("td", &[], &flows(report, &reference.flows));
        page.leaf(
            "td",
            &[],
            &format!("{} ({})", reference.connector, reference.effects.join(", ")),
        )
        .raw("</tr>");
    }
    page.end_table();
    page.raw("</div></details>\n");
}

fn flows(report: &Report, indices: &[usize]) -> String {
    let names: BTreeSet<&str> = indices
        .iter()
        .filter_map(|index| Some(report.flows.get(*index)?.name.as_str()))
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    format!("{}: {}", counted(indices.len(), "flow"), listed(&names, 4))
}
