//! Findings by rule, the worst first, each with the risk that mending it reduces.

use rules::Category;

use super::writer::Page;
use crate::changes::Changes;
use crate::data::{FindingReport, Report};
use crate::risk::of_category;
use crate::text::counted;

/// So many findings of one rule are written out; `check` lists all.
const SHOWN: usize = 40;

/// The chapter.
pub fn write(page: &mut Page, report: &Report, _: Option<&Changes>) {
    if report.findings.is_empty() {
        page.leaf("p", &[], "No findings.");
        return;
    }
    // Findings come sorted by severity, category and rule.
    let mut groups: Vec<Vec<&FindingReport>> = Vec::new();
    for finding in &report.findings {
        match groups.last_mut() {
            Some(group) if group[0].rule == finding.rule && group[0].severity == finding.severity => {
                group.push(finding)
            }
            _ => groups.push(vec![finding]),
        }
    }
    page.table("Findings by what they are about", &["About", "Findings", "Risk"]);
    for category in Category::ALL {
        let name = category.name();
        let count = report
            .findings
            .iter()
            .filter(|finding| finding.category == name)
            .count();
        if count == 0 {
            continue;
        }
        page.raw("<tr>").leaf("th", &[("scope", "row")], name);
        page.element("td", &[("class", "n")], |page| {
            page.number(count);
        });
        page.leaf("td", &[], of_category(category)).raw("</tr>");
    }
    page.end_table();
    for group in groups {
        rule(page, &group);
    }
}

fn rule(page: &mut Page, group: &[&FindingReport]) {
    let first = group[0];
    page.open("details", &[]);
    page.element("summary", &[], |page| {
        let severity = match first.severity.as_str() {
            "error" => "tag error",
            "warning" => "tag warning",
            "info" => "tag info",
            _ => "tag hint",
        };
        page.leaf("span", &[("class", severity)], &first.severity);
        page.text(" ")
            .leaf("code", &[], &first.rule)
            .raw(" <span class=\"soft\">");
        page.text(&counted(group.len(), "finding")).raw("</span>");
    });
    page.raw("<div class=\"inside\">");
    page.element("p", &[], |page| {
        page.leaf("b", &[], "Risk it reduces: ").prose(&first.risk);
    });
    page.table("Findings of this rule", &["Where", "What"]);
    for finding in group.iter().take(SHOWN) {
        page.raw("<tr><td>");
        if let Some(flow) = &finding.flow {
            page.text(flow).raw("<br>");
        }
        page.element("span", &[("class", "soft")], |page| {
            page.text(&finding.file).text(":").text(&finding.line.to_string());
        });
        page.raw("</td><td>").prose(&finding.message).raw("</td></tr>");
    }
    page.end_table();
    if group.len() > SHOWN {
        page.element("p", &[("class", "soft")], |page| {
            page.text(&format!("and {} more, which ", group.len() - SHOWN));
            page.leaf("code", &[], "flowsentry check").text(" lists.");
        });
    }
    page.raw("</div></details>\n");
}
