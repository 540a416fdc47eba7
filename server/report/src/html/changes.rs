//! What is new since an earlier report.

use super::writer::Page;
use crate::changes::Changes;
use crate::data::{FindingReport, Report};

/// So many findings and lines are written out.
const SHOWN: usize = 30;

/// The chapter.
pub fn write(page: &mut Page, _: &Report, changes: Option<&Changes>) {
    let Some(changes) = changes else { return };
    page.element("p", &[("class", "soft")], |page| {
        match &changes.since {
            Some(day) => page
                .text("Compared with the report of ")
                .leaf("time", &[("datetime", day)], day)
                .text("."),
            None => page.text("Compared with the report that was given."),
        };
    });
    if changes.is_empty() {
        page.leaf("p", &[], "Nothing changed.");
        return;
    }
    if !changes.figures.is_empty() {
        page.table("Figures that changed", &["What", "Before", "Now"]);
        for (what, before, now) in &changes.figures {
            page.raw("<tr>")
                .leaf("th", &[("scope", "row")], what)
                .raw("<td class=\"n\">");
            page.number(*before)
                .raw("</td><td class=\"n\">")
                .number(*now)
                .raw("</td></tr>");
        }
        page.end_table();
    }
    findings(page, "New findings", &changes.new_findings);
    findings(page, "Findings that are gone", &changes.gone_findings);
    names(page, "New accounts", &changes.new_accounts);
    names(page, "Accounts that are gone", &changes.gone_accounts);
    named_lines(page, "What accounts reach", &changes.reach);
    named_lines(page, "What identities need", &changes.rights);
    names(page, "New flows", &changes.new_flows);
    names(page, "Flows that are gone", &changes.gone_flows);
}

fn findings(page: &mut Page, title: &str, findings: &[FindingReport]) {
    if findings.is_empty() {
        return;
    }
    page.leaf("h3", &[], &format!("{title}: {}", findings.len()));
    page.list("plain", findings.iter().take(SHOWN), |page, finding| {
        page.leaf("code", &[], &finding.rule).text(" ").prose(&finding.message);
    });
    rest(page, findings.len());
}

fn names(page: &mut Page, title: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    page.leaf("h3", &[], &format!("{title}: {}", names.len()));
    page.raw("<div class=\"columns\">");
    page.list("plain", names.iter().take(SHOWN), |page, name| {
        page.text(name);
    });
    page.raw("</div>");
    rest(page, names.len());
}

fn named_lines(page: &mut Page, title: &str, all: &[(String, Vec<String>)]) {
    if all.is_empty() {
        return;
    }
    page.leaf("h3", &[], title);
    for (name, lines) in all.iter().take(SHOWN) {
        page.raw("<details><summary>");
        page.text(name)
            .raw(" <span class=\"soft\">")
            .number(lines.len())
            .raw("</span></summary><div class=\"inside\">");
        page.list("plain", lines.iter().take(SHOWN), |page, line| {
            let class = if line.starts_with('+') { "came" } else { "went" };
            page.leaf("span", &[("class", class)], line);
        });
        rest(page, lines.len());
        page.raw("</div></details>");
    }
    rest(page, all.len());
}

fn rest(page: &mut Page, count: usize) {
    if count > SHOWN {
        page.leaf("p", &[("class", "soft")], &format!("and {} more", count - SHOWN));
    }
}
