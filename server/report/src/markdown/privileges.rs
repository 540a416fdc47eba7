//! What identities need, as Markdown.

use super::{code, plain, table};
use crate::data::{PrivilegeReport, RoleDifference};
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

/// What identities need, alone.
#[must_use]
pub fn privileges_markdown(all: &[PrivilegeReport]) -> String {
    let mut out = String::from(
        "# Least privilege\n\nThe smallest rights that the flows of each identity need, derived from what they do. ",
    );
    out.push_str("Depths in brackets may be needed, depending on what a run finds. What the platform asks of every user besides is not in here.\n");
    if all.is_empty() {
        out.push_str("\nNo flow performs an operation that needs a right.\n");
    }
    write(&mut out, all);
    out
}

/// A chapter for each identity.
pub(super) fn write(out: &mut String, all: &[PrivilegeReport]) {
    for identity in all {
        let what = if identity.kind == "reference" {
            "Unknown account behind "
        } else {
            ""
        };
        out.push_str(&format!("\n### {what}{}\n", plain(&identity.title())));
        if !identity.tables.is_empty() {
            tables(out, identity);
        }
        for found in &identity.permissions {
            out.push_str(&format!(
                "\n- {}: {} ({}, [documentation]({}))",
                plain(&found.connector),
                plain(&found.permission),
                counted(found.operations, "operation"),
                found.source
            ));
        }
        if !identity.permissions.is_empty() {
            out.push('\n');
        }
        if !identity.unknown.is_empty() {
            let names: Vec<String> = identity
                .unknown
                .iter()
                .map(|found| format!("{} {}", found.connector, found.operation).trim().to_owned())
                .collect();
            out.push_str(&format!(
                "\nNo permission is documented here for: {}\n",
                plain(&listed(&names, 20))
            ));
        }
        if !identity.gaps.is_empty() {
            out.push_str("\nWhat the flows do not tell:\n\n");
            for gap in &identity.gaps {
                out.push_str(&format!(
                    "- {}: {} ({}, such as {} in {})\n",
                    code(&gap.subject),
                    plain(&gap.text),
                    counted(gap.operations, "operation"),
                    plain(&gap.action),
                    plain(&gap.flow)
                ));
            }
        }
        roles(out, identity);
    }
}

fn tables(out: &mut String, identity: &PrivilegeReport) {
    let mut columns = vec!["Table"];
    columns.extend(RIGHTS);
    let rows = identity.tables.iter().map(|entry| {
        let place = if entry.elsewhere { " (another environment)" } else { "" };
        let mut row = vec![format!("{}{place}", entry.table)];
        row.extend(RIGHTS.iter().map(|right| {
            let found = entry.rights.iter().find(|own| own.right == *right);
            match found.map(|found| (&found.needed, &found.maybe)) {
                Some((Some(depth), Some(more))) if depth != more => format!("{depth} ({more})"),
                Some((Some(depth), _)) => depth.clone(),
                Some((None, Some(depth))) => format!("({depth})"),
                _ => String::new(),
            }
        }));
        row
    });
    table(out, &columns, rows.collect());
}

fn roles(out: &mut String, identity: &PrivilegeReport) {
    let line = |difference: &RoleDifference| {
        let depth = |depth: &Option<String>| depth.clone().unwrap_or_else(|| "none".to_owned());
        plain(&format!(
            "{} {}: needed {}, granted {}",
            difference.right,
            difference.table,
            depth(&difference.needed),
            depth(&difference.granted)
        ))
    };
    for role in &identity.roles {
        out.push_str(&format!(
            "\nRole {}: grants {} of {} needed rights.\n",
            plain(&role.role),
            role.granted,
            role.needed
        ));
        for (what, differences) in [("Too little", &role.missing), ("Too much", &role.surplus)] {
            if !differences.is_empty() {
                out.push_str(&format!("\n{what}:\n\n"));
                differences
                    .iter()
                    .for_each(|difference| out.push_str(&format!("- {}\n", line(difference))));
            }
        }
        if !role.others.is_empty() {
            out.push_str(&format!(
                "\nPrivileges that no operation explains: {}\n",
                plain(&listed(&role.others, 10))
            ));
        }
    }
}
