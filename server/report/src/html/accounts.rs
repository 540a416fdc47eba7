//! Accounts by what they reach; for each what it does, what stops without it, and how to replace it.

use super::kind_class;
use super::writer::Page;
use crate::changes::Changes;
use crate::data::{AccountReport, Report};
use crate::text::{counted, listed};

/// So many names are written out in lists of flows.
const SHOWN: usize = 40;
/// So many tables are written out.
const TABLES: usize = 100;
/// So many accounts stand in the first table.
const RANKED: usize = 15;

/// An account with its place in the report.
type Ranked<'r> = (usize, &'r AccountReport);

/// The chapter.
pub fn write(page: &mut Page, report: &Report, _: Option<&Changes>) {
    let (reaching, idle): (Vec<Ranked<'_>>, Vec<Ranked<'_>>) = report
        .accounts
        .iter()
        .enumerate()
        .partition(|(_, account)| !account.flows.is_empty());
    let most = reaching.first().map_or(1, |(_, account)| account.flows.len()).max(1);
    if !reaching.is_empty() {
        let (first, more) = reaching.split_at(reaching.len().min(RANKED));
        ranks(page, "Accounts that flows run with", first, most);
        if !more.is_empty() {
            page.raw("<details><summary>Accounts that reach less <span class=\"soft\">");
            page.number(more.len()).raw("</span></summary><div class=\"inside\">");
            ranks(page, "Accounts that reach less", more, most);
            page.raw("</div></details>\n");
        }
        page.leaf(
            "h3",
            &[],
            "What each reaches, what stops without it, and how to replace it",
        );
        for (index, account) in &reaching {
            one(page, report, *index, account);
        }
    }
    if !idle.is_empty() {
        page.raw("<details><summary>Accounts that no flow here runs with <span class=\"soft\">");
        page.number(idle.len())
            .raw("</span></summary><div class=\"inside columns\">");
        page.list("plain", idle, |page, (_, account)| {
            page.text(&account.title()).text(" ");
            tag(page, account);
            let mut has = Vec::new();
            if !account.connections.is_empty() {
                has.push(counted(account.connections.len(), "connection"));
            }
            if !account.shared.is_empty() {
                has.push(format!(
                    "may use {} of others",
                    counted(account.shared.len(), "connection")
                ));
            }
            if !account.impact.unowned.is_empty() {
                has.push(format!("owns {}", counted(account.impact.unowned.len(), "flow")));
            }
            page.raw(" <span class=\"soft\">").text(&has.join(", ")).raw("</span>");
        });
        page.raw("</div></details>\n");
    }
}

fn ranks(page: &mut Page, caption: &str, accounts: &[Ranked<'_>], most: usize) {
    let columns = [
        "Account",
        "Kind",
        "Flows",
        "Operations",
        "References",
        "Does",
        "Stops without it",
    ];
    page.table(caption, &columns);
    for (index, account) in accounts {
        row(page, *index, account, most);
    }
    page.end_table();
}

fn tag(page: &mut Page, account: &AccountReport) {
    let class = format!("tag {}", kind_class(account.kind.as_deref()));
    page.leaf(
        "span",
        &[("class", &class)],
        account.kind.as_deref().unwrap_or("unknown"),
    );
}

fn row(page: &mut Page, index: usize, account: &AccountReport, most: usize) {
    page.raw("<tr>");
    page.element("th", &[("scope", "row")], |page| {
        page.leaf("a", &[("href", &format!("#account-{index}"))], account.short());
        if account.plan_name.is_some() {
            page.raw(" ").leaf("span", &[("class", "soft id")], &account.name);
        }
        // A drawing rather than a style: the width is data.
        let width = (account.flows.len() * 100 / most).max(2).to_string();
        let class = format!("bar k-{}", kind_class(account.kind.as_deref()));
        page.element("span", &[("class", &class), ("aria-hidden", "true")], |page| {
            page.open("svg", &[("viewBox", "0 0 100 8"), ("preserveAspectRatio", "none")]);
            page.open("rect", &[("width", &width), ("height", "8")])
                .close("rect")
                .close("svg");
        });
    });
    page.element("td", &[], |page| tag(page, account));
    for number in [account.flows.len(), account.operations, account.references.len()] {
        page.element("td", &[("class", "n")], |page| {
            page.number(number);
        });
    }
    page.leaf("td", &[], &account.effects.join(", "));
    let impact = &account.impact;
    let mut lost = vec![counted(impact.stops.len(), "flow")];
    if !impact.fails.is_empty() {
        lost.push(counted(impact.fails.len(), "caller"));
    }
    page.leaf("td", &[], &lost.join(", ")).raw("</tr>");
}

fn one(page: &mut Page, report: &Report, index: usize, account: &AccountReport) {
    page.raw("<details><summary>");
    page.text(&account.title()).text(" ");
    tag(page, account);
    page.raw("</summary>");
    // The place inside, so that a link to it opens the details.
    page.open("div", &[("class", "inside"), ("id", &format!("account-{index}"))]);
    page.element("p", &[], |page| {
        match (&account.kind, &account.why) {
            (Some(kind), Some(why)) => page.prose(&format!("Counts as {kind}: {why}. ")),
            _ => page.text("Nothing tells what kind of account it is. "),
        };
        let mut holds = vec![counted(account.references.len(), "connection reference")];
        if !account.connections.is_empty() {
            holds.push(counted(account.connections.len(), "connection"));
        }
        page.text(&format!("It stands behind {}", holds.join(" and ")));
        if !account.environments.is_empty() {
            page.text(&format!(" in {}", listed(&account.environments, 6)));
        }
        page.text(".");
        if !account.shared.is_empty() {
            page.text(&format!(
                " It may also use {} of others.",
                counted(account.shared.len(), "connection")
            ));
        }
    });
    if !account.sharing.is_empty() {
        page.leaf("h4", &[], "Who else may use its connections");
        names(page, account.sharing.iter().map(String::as_str).collect());
    }
    reach(page, report, account);
    impact(page, report, account);
    page.leaf("h4", &[], "Replace it in this order");
    page.raw("<ol class=\"steps\">");
    for step in &account.rotation {
        page.element("li", &[], |page| {
            page.leaf("b", &[], &step.title);
            names(page, step.items.iter().map(String::as_str).collect());
        });
    }
    page.raw("</ol></div></details>\n");
}

fn reach(page: &mut Page, report: &Report, account: &AccountReport) {
    page.leaf("h4", &[], "What it reaches");
    page.table("By connector", &["Connector", "Operations", "Does", "Where data goes"]);
    for used in &account.connectors {
        let Some(connector) = report.connectors.get(used.connector) else {
            continue;
        };
        page.raw("<tr>").leaf("th", &[("scope", "row")], &connector.title);
        page.element("td", &[("class", "n")], |page| {
            page.number(used.operations);
        });
        let does = if used.effects.is_empty() {
            "unknown".to_owned()
        } else {
            used.effects.join(", ")
        };
        let guessed = if used.inferred { " (partly by name)" } else { "" };
        page.leaf("td", &[], &format!("{does}{guessed}"));
        page.leaf("td", &[], connector.boundary.as_deref().unwrap_or("unknown"))
            .raw("</tr>");
    }
    page.end_table();
    if !account.tables.is_empty() {
        page.element("p", &[("class", "group")], |page| {
            page.leaf("b", &[], &counted(account.tables.len(), "table"));
        });
        page.raw("<div class=\"columns\">");
        page.list("plain", account.tables.iter().take(TABLES), |page, used| {
            page.leaf("code", &[], &used.table);
            page.raw(" <span class=\"soft\">")
                .text(&used.effects.join(", "))
                .raw("</span>");
        });
        page.raw("</div>");
        let more = account.tables.len().saturating_sub(TABLES);
        if more > 0 {
            page.leaf("p", &[("class", "soft")], &format!("and {more} more"));
        }
    }
    if !account.targets.is_empty() {
        page.element("p", &[], |page| {
            page.leaf("b", &[], "Addresses: ")
                .text(&listed(&account.targets, SHOWN));
        });
    }
}

fn impact(page: &mut Page, report: &Report, account: &AccountReport) {
    let flow = |index: usize| report.flows.get(index).map_or("", |flow| flow.name.as_str());
    let impact = &account.impact;
    page.leaf("h4", &[], "What stops without it");
    let stops = impact.stops.iter().map(|stopped| {
        let how = match (stopped.trigger, stopped.operations) {
            (true, _) => "does not start".to_owned(),
            (false, 0) => "holds a connection it does not use".to_owned(),
            (false, count) => format!("fails at {}", counted(count, "operation")),
        };
        format!("{}: {how}", flow(stopped.flow))
    });
    group(page, "Stop", stops.collect());
    let fails = impact
        .fails
        .iter()
        .map(|(caller, by)| format!("{}, which calls {}", flow(*caller), flow(*by)));
    group(page, "Fail with them", fails.collect());
    let starved = impact.starved.iter().map(|starved| {
        let how = match (&starved.table, starved.others) {
            (Some(table), _) => format!("{} no longer writes {table}", flow(starved.by)),
            (None, true) => format!("{} no longer calls it, others still do", flow(starved.by)),
            (None, false) => format!("{} no longer calls it", flow(starved.by)),
        };
        format!("{}: {how}", flow(starved.flow))
    });
    group(page, "Are no longer started", starved.collect());
    let unowned = impact.unowned.iter().map(|index| flow(*index).to_owned());
    group(page, "Lose their owner", unowned.collect());
}

fn group(page: &mut Page, title: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    page.element("p", &[("class", "group")], |page| {
        page.leaf("b", &[], &format!("{title}: {}", lines.len()));
    });
    names(page, lines.iter().map(String::as_str).collect());
}

fn names(page: &mut Page, all: Vec<&str>) {
    if all.is_empty() {
        return;
    }
    page.raw("<div class=\"columns\">");
    let more = all.len().saturating_sub(SHOWN);
    page.list("plain", all.into_iter().take(SHOWN), |page, name| {
        page.text(name);
    });
    page.raw("</div>");
    if more > 0 {
        page.leaf("p", &[("class", "soft")], &format!("and {more} more"));
    }
}
