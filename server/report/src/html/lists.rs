//! The balance, and what is not known.

use super::writer::Page;
use crate::changes::Changes;
use crate::data::Report;

/// The two extremes.
pub fn balance(page: &mut Page, report: &Report, _: Option<&Changes>) {
    page.raw("<p class=\"soft\">Between one account for everything, whose loss is the loss of all, and one account for each connection, which nobody can look after.</p>");
    for extreme in &report.balance {
        page.element("h3", &[], |page| {
            page.text(&extreme.title).text(": ");
            let (class, word) = if extreme.present { ("yes", "yes") } else { ("no", "no") };
            page.leaf("span", &[("class", class)], word);
        });
        page.leaf("p", &[], &extreme.text);
        if !extreme.items.is_empty() {
            page.list("plain", &extreme.items, |page, item| {
                page.text(item);
            });
        }
    }
}

/// What the files do not tell.
pub fn unknown(page: &mut Page, report: &Report, _: Option<&Changes>) {
    if report.unknown.is_empty() {
        page.leaf("p", &[], "Nothing that this report asks was left open by the files.");
        return;
    }
    page.raw("<p class=\"soft\">None of this is safe because it is not known. Each part says how to find out.</p>");
    for entry in &report.unknown {
        page.open("details", &[]);
        page.element("summary", &[], |page| {
            page.text(&entry.what).raw(" <span class=\"soft\">");
            page.number(entry.count).raw("</span>");
        });
        page.raw("<div class=\"inside\">");
        page.element("p", &[], |page| {
            page.leaf("b", &[], "How to find out: ").prose(&entry.how);
        });
        page.raw("<div class=\"columns\">");
        page.list("plain", &entry.items, |page, item| {
            page.text(item);
        });
        page.raw("</div>");
        let more = entry.count.saturating_sub(entry.items.len());
        if more > 0 {
            page.element("p", &[("class", "soft")], |page| {
                page.text("and ").number(more).text(" more");
            });
        }
        page.raw("</div></details>\n");
    }
}
