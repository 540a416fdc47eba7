//! What each identity needs: rights on tables as a role has them, permissions of other connectors, what is not derivable,
//! and the roles of the workspace beside it.

use super::writer::Page;
use crate::changes::Changes;
use crate::data::{PrivilegeReport, Report, RightReport, RoleDifference, RoleReport};
use crate::text::{counted, listed};

const RIGHTS: [&str; 8] = [
    "Create",
    "Read",
    "Write",
    "Delete",
    "Append",
    "Append to",
    "Assign",
    "Share",
];

/// The chapter.
pub fn write(page: &mut Page, report: &Report, _: Option<&Changes>) {
    page.raw("<p class=\"soft\">The smallest role that the flows of each identity need, derived from what they do. <b>Org</b>, <b>P:C</b>, <b>BU</b> and <b>User</b> tell how deep; depths in brackets may be needed, depending on what a run finds. Organization is taken unless the flow says less. What the platform asks of every user besides is not in here.</p>");
    for (index, identity) in report.privileges.iter().enumerate() {
        one(page, identity, index == 0 && report.privileges.len() < 6);
    }
}

fn one(page: &mut Page, identity: &PrivilegeReport, open: bool) {
    let attributes: &[(&'static str, &str)] = if open { &[("open", "")] } else { &[] };
    page.open("details", attributes);
    page.element("summary", &[], |page| {
        let what = match identity.kind.as_str() {
            "reference" => "unknown account behind ",
            _ => "",
        };
        page.text(what).text(&identity.title()).raw(" <span class=\"soft\">");
        let mut parts = Vec::new();
        if !identity.tables.is_empty() {
            parts.push(counted(identity.tables.len(), "table"));
        }
        if !identity.permissions.is_empty() {
            parts.push(counted(identity.permissions.len(), "permission"));
        }
        let open = identity.gaps.len() + identity.unknown.len();
        if open > 0 {
            parts.push(format!("{open} open"));
        }
        page.text(&parts.join(", "));
        page.raw("</span>");
    });
    page.raw("<div class=\"inside\">");
    if !identity.tables.is_empty() {
        matrix(page, identity);
    }
    if !identity.permissions.is_empty() {
        page.table(
            "Permissions outside Dataverse, and the page that names them",
            &["Connector", "Needs", "For", "Source"],
        );
        for found in &identity.permissions {
            page.raw("<tr>")
                .leaf("td", &[], &found.connector)
                .raw("<td>")
                .text(&found.permission);
            if found.by_address {
                page.text(" (by the first part of the address; deeper ones may need more)");
            }
            page.raw("</td>").leaf(
                "td",
                &[],
                &format!("{}, such as in {}", counted(found.operations, "operation"), found.flow),
            );
            page.element("td", &[], |page| {
                page.leaf("a", &[("href", &found.source), ("rel", "noreferrer")], "documentation");
            });
            page.raw("</tr>");
        }
        page.end_table();
    }
    if !identity.unknown.is_empty() {
        let names: Vec<String> = identity
            .unknown
            .iter()
            .map(|found| match found.operation.as_str() {
                "" => found.connector.clone(),
                operation => format!("{} {operation}", found.connector),
            })
            .collect();
        page.element("p", &[], |page| {
            page.leaf("b", &[], "No permission is documented here for: ")
                .text(&listed(&names, 20));
        });
    }
    if !identity.gaps.is_empty() {
        page.leaf("h3", &[], "What the flows do not tell");
        page.list("plain", identity.gaps.iter().take(25), |page, gap| {
            page.leaf("b", &[], &gap.subject).text(": ").text(&gap.text);
            page.raw(" <span class=\"soft\">");
            page.text(&format!(
                "{}, such as {} in {}",
                counted(gap.operations, "operation"),
                gap.action,
                gap.flow
            ));
            page.raw("</span>");
        });
        if identity.gaps.len() > 25 {
            page.leaf(
                "p",
                &[("class", "soft")],
                &format!("and {} more", identity.gaps.len() - 25),
            );
        }
    }
    for role in &identity.roles {
        role_beside(page, role);
    }
    page.raw("</div></details>\n");
}

fn matrix(page: &mut Page, identity: &PrivilegeReport) {
    let mut columns = vec!["Table"];
    columns.extend(RIGHTS);
    page.raw("<div class=\"matrix\">");
    page.table("Rights on tables of Dataverse", &columns);
    for table in &identity.tables {
        page.raw("<tr>");
        page.element("th", &[("scope", "row")], |page| {
            page.leaf("code", &[], &table.table);
            if table.elsewhere {
                page.raw(" <span class=\"soft\">in another environment</span>");
            }
            if table.inferred {
                page.raw(" <span class=\"soft\">(name guessed)</span>");
            }
        });
        for right in RIGHTS {
            let found = table.rights.iter().find(|own| own.right == right);
            page.element("td", &[], |page| {
                if let Some(found) = found {
                    cell(page, found);
                }
            });
        }
        page.raw("</tr>");
    }
    page.end_table();
    page.raw("</div>");
}

/// A depth with its reasons, which show when the pointer rests on it; the JSON form has them too.
fn cell(page: &mut Page, right: &RightReport) {
    let reasons: Vec<String> = right
        .why
        .iter()
        .map(|why| format!("{} ({}, {})", why.reason, why.flow, why.action))
        .collect();
    let title = reasons.join("; ");
    let more = right
        .maybe
        .as_deref()
        .filter(|depth| right.needed.as_deref() != Some(*depth));
    let shown = match (&right.needed, more) {
        (Some(depth), None) => short(depth).to_owned(),
        (Some(depth), Some(more)) => format!("{} ({})", short(depth), short(more)),
        (None, Some(more)) => format!("({})", short(more)),
        (None, None) => return,
    };
    let class = if right.needed.is_some() { "d" } else { "m" };
    page.leaf("abbr", &[("class", class), ("title", &title)], &shown);
}

fn short(depth: &str) -> &str {
    match depth {
        "Organization" => "Org",
        "Business unit" => "BU",
        "User" => "User",
        _ => "P:C",
    }
}

fn role_beside(page: &mut Page, role: &RoleReport) {
    page.element("h3", &[], |page| {
        page.text("Role ")
            .text(&role.role)
            .text(&format!(": grants {} of {} needed rights", role.granted, role.needed));
    });
    let line = |difference: &RoleDifference| {
        let depth = |depth: &Option<String>| depth.clone().unwrap_or_else(|| "none".to_owned());
        format!(
            "{} {}: needed {}, granted {}",
            difference.right,
            difference.table,
            depth(&difference.needed),
            depth(&difference.granted)
        )
    };
    for (what, differences) in [("Too little", &role.missing), ("Too much", &role.surplus)] {
        if !differences.is_empty() {
            page.element("p", &[], |page| {
                page.leaf("b", &[], what).text(&format!(" ({})", differences.len()));
            });
            page.list("plain", differences.iter().take(25), |page, difference| {
                page.text(&line(difference));
            });
            if differences.len() > 25 {
                page.leaf(
                    "p",
                    &[("class", "soft")],
                    &format!("and {} more", differences.len() - 25),
                );
            }
        }
    }
    if !role.others.is_empty() {
        page.element("p", &[("class", "soft")], |page| {
            page.text("Privileges that no operation explains: ")
                .text(&listed(&role.others, 10));
        });
    }
}
