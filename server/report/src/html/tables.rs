//! Tables of Dataverse: who writes them, under whose account, who reads them, whom their changes start.

use std::collections::BTreeSet;

use super::writer::Page;
use crate::changes::Changes;
use crate::data::{Report, TableReport};
use crate::text::{counted, listed};

/// So many operations of one table are written out.
const SHOWN: usize = 30;

/// The chapter.
pub fn write(page: &mut Page, report: &Report, _: Option<&Changes>) {
    let (written, read): (Vec<&TableReport>, Vec<&TableReport>) =
        report.tables.iter().partition(|table| !table.writers.is_empty());
    page.element("p", &[("class", "soft")], |page| {
        page.text(&format!(
            "Flows write {} and only read {}. Auditing is told where a definition of the table is among the files; it also has to be on for the environment.",
            counted(written.len(), "table"),
            counted(read.len(), "table")
        ));
    });
    let mut written = written;
    written.sort_by_key(|table| (std::cmp::Reverse(table.writers.len()), table.name.clone()));
    for table in written {
        one(page, report, table);
    }
    if !read.is_empty() {
        page.raw("<details><summary>Tables that are only read <span class=\"soft\">");
        page.number(read.len())
            .raw("</span></summary><div class=\"inside columns\">");
        page.list("plain", read, |page, table| {
            page.leaf("code", &[], &table.name);
            page.text(&format!(" by {}", counted(table.readers.len(), "flow")));
        });
        page.raw("</div></details>\n");
    }
}

fn one(page: &mut Page, report: &Report, table: &TableReport) {
    let flow = |index: usize| report.flows.get(index).map_or("", |flow| flow.name.as_str());
    let flows: BTreeSet<usize> = table.writers.iter().map(|writer| writer.flow).collect();
    let identities: BTreeSet<&str> = table.writers.iter().map(|writer| writer.identity.as_str()).collect();
    page.open("details", &[]);
    page.element("summary", &[], |page| {
        page.leaf("code", &[], &table.name);
        if let Some(title) = &table.title {
            page.text(" ").text(title);
        }
        page.raw(" <span class=\"soft\">");
        page.text(&format!("written by {}", counted(flows.len(), "flow")));
        page.text(match table.audited {
            Some(true) => ", audited",
            Some(false) => ", not audited",
            None => "",
        });
        page.raw("</span>");
    });
    page.raw("<div class=\"inside\">");
    let identities: Vec<&str> = identities.into_iter().collect();
    page.element("p", &[], |page| {
        page.leaf("b", &[], "Written as: ").text(&listed(&identities, 8));
    });
    page.table("Operations that write it", &["Flow", "Action", "Does", "Columns", "As"]);
    for writer in table.writers.iter().take(SHOWN) {
        let columns = listed(&writer.columns, 10);
        let more = if writer.more_columns {
            " and what an expression gives"
        } else {
            ""
        };
        page.raw("<tr>")
            .leaf("td", &[], flow(writer.flow))
            .leaf("td", &[], &writer.action);
        page.leaf("td", &[], &writer.effects.join(", "));
        page.leaf("td", &[], &format!("{columns}{more}"));
        page.leaf("td", &[], &writer.identity).raw("</tr>");
    }
    page.end_table();
    if table.writers.len() > SHOWN {
        page.leaf(
            "p",
            &[("class", "soft")],
            &format!("and {} more", counted(table.writers.len() - SHOWN, "operation")),
        );
    }
    for (what, flows) in [("Read by", &table.readers), ("Its changes start", &table.listeners)] {
        if !flows.is_empty() {
            let names: Vec<&str> = flows.iter().map(|index| flow(*index)).collect();
            page.element("p", &[], |page| {
                page.leaf("b", &[], &format!("{what} {}: ", counted(names.len(), "flow")));
                page.text(&listed(&names, 12));
            });
        }
    }
    page.raw("</div></details>\n");
}
