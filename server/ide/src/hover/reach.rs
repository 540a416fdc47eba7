//! Hovers on what is reached: accounts, tables, columns, and the lines that others add about it.

use std::fmt::Write;

use analysis::effects::Effects;
use analysis::reach::{AccountId, FlowId, Reach, Sum, TableId, UseId, Via};
use model::flow::{OperationSummary, Role};
use rules::Project;

use super::{code, plain};
use crate::target::WrittenTable;

/// Names listed before the rest is counted.
const SHOWN: usize = 5;

/// What operations reach, in one or two lines; empty where there are none.
pub fn summary(reach: &Reach, sum: &Sum) -> String {
    if sum.operations == 0 {
        return String::new();
    }
    let connectors = sum.connectors.iter().map(|entry| {
        let title = analysis::connectors::title(&reach.connector(entry.connector).name);
        let title = if title.is_empty() {
            "an unknown connector".to_owned()
        } else {
            plain(&title)
        };
        format!("{title} ({})", entry.effects)
    });
    let mut text = format!(
        "Reaches {} with {}: {}",
        counted(sum.flows.len(), "flow"),
        counted(sum.operations, "operation"),
        listed(connectors.collect())
    );
    if !sum.tables.is_empty() {
        let tables = sum
            .tables
            .iter()
            .map(|entry| format!("{} ({})", code(&reach.table(entry.table).name), entry.effects));
        let _ = write!(text, "\n\nTables: {}", listed(tables.collect()));
        if sum.dynamic_tables > 0 {
            let _ = write!(
                text,
                ", and {} whose table an expression names",
                counted(sum.dynamic_tables, "operation")
            );
        }
    }
    text
}

/// An account: what it is, what it stands behind, what it reaches, what stops without it.
pub fn account(project: &Project, name: &str) -> Option<String> {
    let reach = project.reach();
    Some(of_account(project, reach.find_account(name)?))
}

fn of_account(project: &Project, id: AccountId) -> String {
    let (reach, workspace) = (project.reach(), project.workspace());
    let account = reach.account(id);
    let mut text = format!("Account {}", code(&account.title()));
    if let Some(verdict) = &account.verdict {
        let _ = write!(text, " · **{}**: {}", verdict.kind.name(), plain(&verdict.why));
    }
    let references = reach.references_of(id);
    let mut stands = vec![counted(references.len(), "connection reference")];
    if !account.connections.is_empty() {
        stands.push(counted(account.connections.len(), "connection"));
    }
    let _ = write!(text, "\n\nStands behind {}", stands.join(" and "));
    let environments = reach.environments_of(id);
    if !environments.is_empty() {
        let names = environments.iter().map(|name| plain(name)).collect();
        let _ = write!(text, " in {}", listed(names));
    }
    if !account.shared.is_empty() {
        let _ = write!(
            text,
            "; may use {} of others",
            counted(account.shared.len(), "connection")
        );
    }
    let sum = reach.sum(workspace, &reach.uses_of_account(id));
    let reached = summary(reach, &sum);
    if !reached.is_empty() {
        let _ = write!(text, "\n\n{reached}");
    }
    let impact = reach.impact(workspace, id);
    let mut gone = Vec::new();
    let mut add = |count: usize, one: &str, many: &str| {
        if count > 0 {
            let what = if count == 1 { one } else { many };
            gone.push(format!("{} {what}", counted(count, "flow")));
        }
    };
    add(impact.stops.len(), "stops", "stop");
    add(
        impact.fails.len(),
        "that calls one of them fails",
        "that call them fail",
    );
    add(impact.starved.len(), "is no longer started", "are no longer started");
    add(impact.unowned.len(), "loses its owner", "lose their owner");
    if !gone.is_empty() {
        let _ = write!(text, "\n\nWithout it: {}", gone.join(", "));
    }
    text
}

/// Accounts that a pattern of the configuration matches.
pub fn accounts(project: &Project, pattern: &str) -> String {
    let reach = project.reach();
    let matching = |id: &usize| model::configuration::matches_pattern(pattern, &reach.accounts[*id].name);
    let mut found: Vec<usize> = (0..reach.accounts.len()).filter(matching).collect();
    found.sort_by_key(|id| &reach.accounts[*id].name);
    let id = |index: usize| AccountId(u32::try_from(index).unwrap_or(u32::MAX));
    match found.as_slice() {
        [] => format!(
            "{} matches no account that settings or inventories of the workspace name",
            code(pattern)
        ),
        [one] => of_account(project, id(*one)),
        all => {
            let mut text = format!("{} matches {}", code(pattern), counted(all.len(), "account"));
            for index in all.iter().take(SHOWN) {
                let sum = reach.sum(project.workspace(), &reach.uses_of_account(id(*index)));
                let _ = write!(
                    text,
                    "\n- {}: {}, {}",
                    code(&reach.accounts[*index].title()),
                    counted(sum.flows.len(), "flow"),
                    counted(sum.operations, "operation")
                );
            }
            if all.len() > SHOWN {
                let _ = write!(text, "\n- and {} more", all.len() - SHOWN);
            }
            text
        }
    }
}

/// A table: who writes it, who reads it, whom it starts.
pub fn table(project: &Project, written: &WrittenTable) -> String {
    let reach = project.reach();
    let name = reach.names.resolve(&written.name, written.logical);
    let mut text = format!("Table {}", title(reach, &name.logical));
    if name.inferred {
        text.push_str(" (as the name of its set suggests)");
    }
    let Some(id) = reach.find_table(&name.logical) else {
        text.push_str("\n\nNo flow of the workspace names it.");
        return text;
    };
    text.push_str(&audited(reach.table(id).audited));
    text.push_str(&touched(project, id, None));
    text
}

/// A column: who writes it, who reads it, whom its change starts.
pub fn column(project: &Project, written: Option<&WrittenTable>, column: &str) -> String {
    let reach = project.reach();
    let Some(written) = written else {
        return format!("Column {} of a table that an expression names", code(column));
    };
    let name = reach.names.resolve(&written.name, written.logical);
    let mut text = format!(
        "Column {} of {}",
        code(&column.to_ascii_lowercase()),
        title(reach, &name.logical)
    );
    let Some(id) = reach.find_table(&name.logical) else {
        text.push_str("\n\nNo flow of the workspace names its table.");
        return text;
    };
    let table = reach.table(id);
    let own = column_audit(project, id, column);
    match (table.audited, own) {
        (Some(true), Some(false)) => text.push_str("\n\nThe table is audited, this column is not"),
        (Some(true), Some(true)) => text.push_str("\n\nChanges are audited"),
        (audit, _) => text.push_str(&audited(audit)),
    }
    text.push_str(&touched(project, id, Some(column)));
    text
}

fn title(reach: &Reach, logical: &str) -> String {
    let title = reach
        .find_table(logical)
        .and_then(|id| reach.table(id).title.as_deref());
    title.map_or_else(
        || code(logical),
        |title| format!("**{}** {}", plain(title), code(logical)),
    )
}

fn audited(on: Option<bool>) -> String {
    match on {
        Some(true) => "\n\nChanges are audited, where auditing is on for the environment".to_owned(),
        Some(false) => "\n\nChanges are **not audited**: nobody can tell afterwards who made them".to_owned(),
        None => String::new(),
    }
}

/// Whether a column is audited, where the definitions of its table agree.
fn column_audit(project: &Project, table: TableId, column: &str) -> Option<bool> {
    let reach = project.reach();
    let mut said = None;
    for file in &reach.table(table).defined {
        let facts = &project.workspace().get(*file)?.facts;
        for definition in crate::dataverse::definitions(facts) {
            let is_own = definition.logical_name().as_deref() == Some(&reach.table(table).name);
            let on = definition
                .column(column)
                .filter(|_| is_own)
                .and_then(|column| column.audited.as_ref());
            if let Some(on) = on {
                if said.is_some_and(|before| before != on.value) {
                    return None;
                }
                said = Some(on.value);
            }
        }
    }
    said
}

/// What an operation does to a column, or to any of the table's.
fn writes(operation: &OperationSummary, effects: Effects, column: Option<&str>) -> Option<&'static str> {
    use analysis::effects::Effect;
    let named = |column: &str| {
        let bound = operation.named(Role::Bind);
        operation
            .named(Role::Write)
            .chain(bound)
            .any(|own| model::same_name(own, column))
    };
    if !effects.changes() {
        return None;
    }
    match column {
        None => Some(""),
        Some(column) if named(column) => Some(""),
        Some(_) if effects.has(Effect::Delete) => Some(", the whole row"),
        Some(_) if operation.dynamic_row => Some(", maybe: an expression gives the row"),
        Some(_) => None,
    }
}

fn reads(operation: &OperationSummary, column: Option<&str>) -> bool {
    column.is_none_or(|column| operation.named(Role::Read).any(|own| model::same_name(own, column)))
}

fn watches(operation: &OperationSummary, column: Option<&str>) -> bool {
    let mut watched = operation.named(Role::Watch).peekable();
    let all = watched.peek().is_none();
    column.is_none_or(|column| all || watched.any(|own| model::same_name(own, column)))
}

/// Who writes, reads and waits for a table or one of its columns.
fn touched(project: &Project, id: TableId, column: Option<&str>) -> String {
    let (reach, workspace) = (project.reach(), project.workspace());
    let (mut writers, mut readers, mut listeners): (Vec<String>, Vec<FlowId>, Vec<FlowId>) = Default::default();
    for used in &reach.table(id).uses {
        let entry = reach.use_of(*used);
        let Some(operation) = reach.operation(workspace, entry) else {
            continue;
        };
        if operation.subscription.is_some() {
            if watches(operation, column) {
                listeners.push(entry.flow);
            }
        } else if let Some(how) = writes(operation, entry.judgement.effects, column) {
            writers.push(format!(
                "**{}**, {} ({}{how}) as {}",
                plain(&reach.flow(entry.flow).name),
                plain(&operation.action.replace('_', " ")),
                entry.judgement.effects,
                identity(reach, *used)
            ));
        } else if reads(operation, column) {
            readers.push(entry.flow);
        }
    }
    let mut text = String::new();
    match writers.len() {
        0 => text.push_str("\n\nNo flow of the workspace writes it"),
        count => {
            text.push_str("\n\nWritten by");
            for line in writers.iter().take(SHOWN * 2) {
                let _ = write!(text, "\n- {line}");
            }
            if count > SHOWN * 2 {
                let _ = write!(text, "\n- and {} more operations", count - SHOWN * 2);
            }
        }
    }
    for (what, mut flows) in [("Read by", readers), ("Its changes start", listeners)] {
        flows.sort_unstable();
        flows.dedup();
        if !flows.is_empty() {
            let names = flows.iter().map(|flow| plain(&reach.flow(*flow).name)).collect();
            let _ = write!(text, "\n\n{what} {}: {}", counted(flows.len(), "flow"), listed(names));
        }
    }
    text
}

/// Whose account an operation runs with.
fn identity(reach: &Reach, used: UseId) -> String {
    match reach.use_of(used).via {
        Via::Reference(reference) => {
            let accounts = reach.accounts_of(used);
            if accounts.is_empty() {
                return format!("{} (account unknown)", code(&reach.reference(reference).name));
            }
            listed(accounts.iter().map(|id| code(&reach.account(*id).name)).collect())
        }
        Via::Caller(_) => "whoever starts the flow".to_owned(),
        Via::Unbound => "a connection without reference (account unknown)".to_owned(),
        Via::Direct => "nobody: it calls an address itself".to_owned(),
    }
}

fn listed(names: Vec<String>) -> String {
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
