//! Deployment settings name a connection that the inventory of their environment does not list.

use std::collections::BTreeMap;

use analysis::identity::{connection_key, environment_label, is_literal_connection};
use edits::WorkspaceEdit;
use model::configuration::same_environment;
use model::files::name_of;
use model::inventory::{ConnectionRecord, InventoryFormat};
use model::settings::SettingsReference;
use model::{FileId, Profile, Spanned, Workspace};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{listed, settings_for, short_id};

declare_rule! {
    /// # What it finds
    ///
    /// A `ConnectionId` in deployment settings that no inventory lists, although one covers the environment of the settings: at
    /// least half of their other connections stand in it, or its environment is named like theirs. Also a connection that the
    /// inventory lists for another environment than the others of the file.
    ///
    /// Lists of what one person can see (`pac connection list`, saved responses) and lists of one connector prove no absence: of
    /// these only an id is told that differs from a listed one by a slip. Nothing is reported where an inventory could not be
    /// read whole.
    ///
    /// # Why it matters
    ///
    /// The connection does not exist, and the import stops with "connection not found"; or the inventory is older than the
    /// connection, and everything that is said about its account is a guess.
    ///
    /// # How to fix
    ///
    /// Write the id that the finding proposes. Where the id is right, export the inventory again.
    ///
    /// # Example
    ///
    /// Wrong, where the inventory lists `926f0e1122334455`:
    ///
    /// ```json
    /// { "LogicalName": "con_Mail", "ConnectionId": "926f0e1122334456" }
    /// ```
    ///
    /// # References
    ///
    /// - `docs/configuration.md` of Flow Sentry tells how to export inventories.
    static RULE = {
        id: "deployment-settings-unknown-connection",
        summary: "deployment settings name a connection that the inventory of their environment does not list",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

/// More than so many of one file are one finding: the inventory is out of date, or of something else.
const SINGLE: usize = 3;
/// Of more ids than these nobody made slips in each.
const MOST_SLIPS: usize = 50;

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    // Settings of one environment tell together which inventory covers it; those that follow different configurations may
    // have different inventories.
    let mut groups: BTreeMap<(Vec<FileId>, String), Vec<FileId>> = BTreeMap::new();
    for &settings in workspace.settings() {
        let path = &workspace.file(settings).path;
        let inventories: Vec<FileId> = workspace.inventories_for(path).collect();
        let label = environment_label(path).map_or_else(|| path.to_string(), str::to_lowercase);
        if !inventories.is_empty() {
            groups.entry((inventories, label)).or_default().push(settings);
        }
    }
    let mut listed: FxHashMap<&[FileId], Option<Listed<'_>>> = FxHashMap::default();
    for ((inventories, _), group) in &groups {
        let uses: Vec<Use<'_>> = group.iter().flat_map(|file| uses(workspace, *file)).collect();
        if uses.is_empty() {
            continue;
        }
        let listed = listed
            .entry(inventories)
            .or_insert_with(|| Listed::of(workspace, inventories));
        let Some(listed) = listed else { continue };
        let covering = listed.covering(workspace, &uses);
        for settings in group {
            check_file(context, (*settings, group), listed, covering, &uses, findings);
        }
    }
}

/// A connection that settings name.
struct Use<'w> {
    settings: FileId,
    entry: &'w SettingsReference,
    connection: &'w Spanned<String>,
    key: String,
}

fn uses(workspace: &Workspace, settings: FileId) -> Vec<Use<'_>> {
    let facts = workspace.file(settings).facts.settings();
    let entries = facts.into_iter().flat_map(|facts| &facts.references);
    let one = |entry| {
        let entry: &SettingsReference = entry;
        let connection = entry
            .connection_id
            .as_ref()
            .filter(|id| is_literal_connection(&id.value))?;
        Some(Use {
            settings,
            entry,
            connection,
            key: connection_key(model::connector_name(connection.value.trim())),
        })
    };
    entries.filter_map(one).collect()
}

/// What inventories list.
struct Listed<'w> {
    by_key: FxHashMap<String, Vec<Row<'w>>>,
    environments: Vec<Environment<'w>>,
}

/// One environment of the inventories.
struct Environment<'w> {
    /// Its name in lower case; an inventory that names none is of one alone.
    name: Option<String>,
    rows: Vec<Row<'w>>,
}

#[derive(Clone, Copy)]
struct Row<'w> {
    file: FileId,
    format: InventoryFormat,
    record: &'w ConnectionRecord,
    /// Which of the environments.
    environment: usize,
}

impl<'w> Listed<'w> {
    /// `None` where one of the inventories could not be read whole, or none lists a connection: absence proves nothing then.
    fn of(workspace: &'w Workspace, inventories: &[FileId]) -> Option<Self> {
        let mut listed = Self {
            by_key: FxHashMap::default(),
            environments: Vec::new(),
        };
        let mut known: FxHashMap<(Option<FileId>, Option<String>), usize> = FxHashMap::default();
        for &file in inventories {
            let inventory = workspace
                .file(file)
                .facts
                .inventory()
                .filter(|inventory| inventory.complete)?;
            for record in &inventory.connections {
                let name = record.environment.as_ref().map(|name| name.trim().to_lowercase());
                let name = name.filter(|name| !name.is_empty());
                let key = (name.is_none().then_some(file), name.clone());
                let environment = *known.entry(key).or_insert_with(|| {
                    listed.environments.push(Environment { name, rows: Vec::new() });
                    listed.environments.len() - 1
                });
                let row = Row {
                    file,
                    format: inventory.format,
                    record,
                    environment,
                };
                listed.by_key.entry(connection_key(&record.name)).or_default().push(row);
                listed.environments[environment].rows.push(row);
            }
        }
        (!listed.by_key.is_empty()).then_some(listed)
    }

    /// The environment that these settings are for: the one that lists most of their connections, if it lists half of them,
    /// else the only one with their name.
    fn covering(&self, workspace: &Workspace, uses: &[Use<'_>]) -> Option<usize> {
        let distinct: FxHashSet<&str> = uses.iter().map(|used| used.key.as_str()).collect();
        let mut counts = vec![0; self.environments.len()];
        for key in &distinct {
            let rows = self.by_key.get(*key).into_iter().flatten();
            let environments: FxHashSet<usize> = rows.map(|row| row.environment).collect();
            environments
                .into_iter()
                .for_each(|environment| counts[environment] += 1);
        }
        let most = counts.iter().copied().max()?;
        let mut best = (0..counts.len()).filter(|environment| counts[*environment] == most);
        let first = best.next()?;
        if most > 0 && most * 2 >= distinct.len() {
            // Two that list the same connections: which is meant is not known.
            return best.next().is_none().then_some(first);
        }
        let label = environment_label(&workspace.file(uses.first()?.settings).path)?;
        let is_named = |environment: &usize| {
            let name = self.environments[*environment].name.as_deref();
            name.is_some_and(|name| has_word(name, label))
        };
        let mut named = (0..self.environments.len()).filter(is_named);
        let only = named.next()?;
        named.next().is_none().then_some(only)
    }
}

fn has_word(name: &str, label: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric())
        .any(|word| same_environment(word, label))
}

fn check_file(
    context: &WorkspaceContext<'_>,
    (settings, group): (FileId, &[FileId]),
    listed: &Listed<'_>,
    covering: Option<usize>,
    uses: &[Use<'_>],
    findings: &mut Findings,
) {
    let workspace = context.workspace;
    let covering = covering.map(|own| &listed.environments[own]);
    let taken: FxHashSet<&str> = uses.iter().map(|used| used.key.as_str()).collect();
    let mut absent = Vec::new();
    for used in uses.iter().filter(|used| used.settings == settings) {
        match (listed.by_key.get(&used.key), covering) {
            // Entries of nothing and connections of two environments are told as that.
            (None, _) if is_of_nothing(context, used) || is_shared(context, group, used) => {}
            (None, _) => absent.push(used),
            (Some(rows), Some(own)) => {
                let here = |row: &Row<'_>| std::ptr::eq(&listed.environments[row.environment], own);
                if !rows.iter().any(here) && !is_shared(context, group, used) {
                    findings.found.extend(of_another(workspace, own, used, rows));
                }
            }
            _ => {}
        }
    }
    // Where it is not known which environment is meant, a slip ties the two by itself.
    let slip = |used: &Use<'_>| {
        let rows: Vec<&Row<'_>> = match covering {
            Some(own) => own.rows.iter().collect(),
            None => listed.by_key.values().flatten().collect(),
        };
        let is_free = |row: &&&Row<'_>| !taken.contains(connection_key(&row.record.name).as_str()) && is_of(row, used);
        let free: Vec<&Row<'_>> = rows.iter().filter(is_free).copied().collect();
        let name = expr::did_you_mean(&used.key, free.iter().map(|row| row.record.name.as_str()))?;
        free.into_iter().find(|row| row.record.name == name).copied()
    };
    let few = absent.len() <= MOST_SLIPS;
    let mut left = Vec::new();
    for used in absent {
        match few.then(|| slip(used)).flatten() {
            Some(row) => findings.push(misspelt(workspace, used, &row)),
            None if covering.is_some_and(|own| proves_absence(own, used)) => left.push(used),
            None => {}
        }
    }
    let Some(own) = covering else { return };
    if left.len() > SINGLE {
        findings.found.extend(out_of_date(workspace, own, &left));
    } else {
        findings
            .found
            .extend(left.iter().map(|used| missing(workspace, own, used)));
    }
}

/// Whether a row can be the connection of an entry: its connector is the same, or one of them is not known.
fn is_of(row: &Row<'_>, used: &Use<'_>) -> bool {
    match (&row.record.connector, connector(used)) {
        (Some(own), Some(wanted)) => own.eq_ignore_ascii_case(wanted),
        _ => true,
    }
}

fn connector<'u>(used: &Use<'u>) -> Option<&'u str> {
    let id = used.entry.connector_id.as_ref()?;
    (!model::settings::is_token(&id.value)).then(|| model::connector_name(&id.value))
}

/// Whether what lists an environment lists all of it: an administrator's export or a file kept by hand, and not of one
/// connector only.
fn proves_absence(environment: &Environment<'_>, used: &Use<'_>) -> bool {
    let rows = &environment.rows;
    let mut whole = rows
        .iter()
        .filter(|row| matches!(row.format, InventoryFormat::AdminPowerShell | InventoryFormat::Csv));
    let connectors: FxHashSet<&str> = rows.iter().filter_map(|row| row.record.connector.as_deref()).collect();
    let of_one = connectors.len() == 1
        && connector(used).is_none_or(|wanted| !connectors.iter().any(|only| only.eq_ignore_ascii_case(wanted)));
    whole.next().is_some() && !of_one
}

/// Whether the entry is for a reference that none of the solutions declares which the settings serve.
fn is_of_nothing(context: &WorkspaceContext<'_>, used: &Use<'_>) -> bool {
    let name = &used.entry.logical_name.value;
    !context.targets().of(used.settings).is_empty() && context.workspace.solutions_with_reference(name).is_empty()
}

/// Whether settings of another environment name the connection too, which is told as that.
fn is_shared(context: &WorkspaceContext<'_>, group: &[FileId], used: &Use<'_>) -> bool {
    let known = context
        .connected()
        .named(model::connector_name(used.connection.value.trim()));
    known.is_some_and(|known| known.entries.iter().any(|entry| !group.contains(&entry.settings)))
}

fn of_another(workspace: &Workspace, own: &Environment<'_>, used: &Use<'_>, rows: &[Row<'_>]) -> Option<Finding> {
    let row = rows.first()?;
    let other = row.record.environment.as_deref()?;
    let own = own.rows.first()?.record.environment.as_deref()?;
    let message = format!(
        "The connection {} of `{}` in {} is one of the environment {other}, and the others there are of {own}: the import finds no such connection. Write the id of one in {own}.",
        short_id(&used.connection.value),
        used.entry.logical_name.value,
        settings_for(workspace, used.settings),
    );
    Some(finding(used, message).related(row.file, row.record.span, "the connection in the inventory"))
}

fn misspelt(workspace: &Workspace, used: &Use<'_>, row: &Row<'_>) -> Finding {
    let id = &row.record.name;
    let called = row
        .record
        .display_name
        .as_deref()
        .filter(|name| !name.trim().is_empty());
    let meant = called.map_or_else(
        || format!("the connection {}", short_id(id)),
        |name| format!("`{name}`"),
    );
    let message = format!(
        "No inventory lists the connection {} of `{}` in {}, and its id differs by a slip from that of {meant}. Did you mean that one?",
        short_id(&used.connection.value),
        used.entry.logical_name.value,
        settings_for(workspace, used.settings),
    );
    let edit = WorkspaceEdit::replace(used.settings, used.connection.span, syntax::json::escape(id));
    finding(used, message)
        .related(row.file, row.record.span, "the connection in the inventory")
        .fix(format!("Write the id of {meant}"), false, edit)
}

fn missing(workspace: &Workspace, own: &Environment<'_>, used: &Use<'_>) -> Finding {
    let rows = &own.rows;
    let inventory = rows.first().map_or("", |row| name_of(&workspace.file(row.file).path));
    let message = format!(
        "The connection {} of `{}` in {} is not in the inventory `{inventory}`, which lists {} connection{} of that environment. Correct the id, or export the inventory again if the connection is newer.",
        short_id(&used.connection.value),
        used.entry.logical_name.value,
        settings_for(workspace, used.settings),
        rows.len(),
        if rows.len() == 1 { "" } else { "s" },
    );
    let sure = rows.iter().any(|row| row.format == InventoryFormat::AdminPowerShell);
    let confidence = if sure { Confidence::High } else { Confidence::Medium };
    finding(used, message).confidence(confidence)
}

fn out_of_date(workspace: &Workspace, own: &Environment<'_>, left: &[&Use<'_>]) -> Option<Finding> {
    let first = left.first()?;
    let row = own.rows.first()?;
    let names: Vec<String> = left
        .iter()
        .map(|used| format!("`{}`", used.entry.logical_name.value))
        .collect();
    let message = format!(
        "The connections of {} in {} are not in the inventory `{}`, which lists {} of that environment. Export it again, and correct the ids that are still not there.",
        listed(&names),
        settings_for(workspace, first.settings),
        name_of(&workspace.file(row.file).path),
        own.rows.len(),
    );
    Some(finding(first, message).confidence(Confidence::Medium))
}

fn finding(used: &Use<'_>, message: String) -> Finding {
    Finding::new(
        &RULE,
        used.settings,
        used.connection.span,
        used.entry.logical_name.value.as_str(),
        message,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const A: &str = "a0b1c2d3e4f5061728394a5b6c7d8e9f";
    const B: &str = "b7c6d5e4f3021a1b2c3d4e5f60718293";
    const C: &str = "c3d2e1f00f1e2d3c4b5a69788796a5b4";
    const D: &str = "d9e8f7a6b5c4d3e2f10a1b2c3d4e5f60";

    fn settings(ids: &[&str]) -> String {
        let entry = |(at, id): (usize, &&str)| {
            format!(
                r#"{{"LogicalName":"con_{at}","ConnectionId":"{id}","ConnectorId":"/providers/Microsoft.PowerApps/apis/shared_sql"}}"#
            )
        };
        let entries: Vec<String> = ids.iter().enumerate().map(entry).collect();
        format!(
            r#"{{"EnvironmentVariables":[],"ConnectionReferences":[{}]}}"#,
            entries.join(",")
        )
    }

    /// Rows of an administrator's export: id, connector, environment.
    fn inventory(rows: &[(&str, &str, &str)]) -> String {
        let row = |(id, connector, environment): &(&str, &str, &str)| {
            format!(
                r#"{{"ConnectionName":"{id}","ConnectorName":"{connector}","DisplayName":"Stock","CreatedBy":{{"id":"1"}},"EnvironmentName":"{environment}"}}"#
            )
        };
        format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(","))
    }

    fn sample(ids: &[&str], inventory: &str) -> Sample {
        let names: Vec<String> = (0..30).map(|n| format!("con_{n}")).collect();
        let references: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "shared_sql")).collect();
        Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{},"actions":{}}"#,
            &references,
        )
        .with("/s/flowsentry.jsonc", r#"{ "connections": ["i.json"] }"#)
        .with("/s/prod.settings.json", settings(ids))
        .with("/s/i.json", inventory)
    }

    const PROD: &str = "e1b0a1f2";

    #[test]
    fn what_the_inventory_lacks_is_told() {
        let rows = inventory(&[(A, "shared_sql", PROD), (D, "shared_teams", PROD)]);
        let stale = sample(&[A, B], &rows);
        assert_eq!(stale.marked(RULE.id), [B]);
        let message = &stale.of(RULE.id)[0].finding.message;
        assert!(message.contains("`i.json`, which lists 2 connections"), "{message}");
        assert_eq!(sample(&[A], &rows).marked(RULE.id), [""; 0]);
        assert_eq!(sample(&[A, "#{b}#", "0a", ""], &rows).marked(RULE.id), [""; 0]);
        let named = inventory(&[(A, "shared_sql", "Contoso-prod"), (D, "shared_sql", "Contoso-test")]);
        assert_eq!(
            sample(&[B], &named).marked(RULE.id),
            [B],
            "the environment's name tells"
        );
    }

    #[test]
    fn a_slip_in_an_id_is_mended() {
        let slip = format!("{}7", &B[..31]);
        let rows = inventory(&[(A, "shared_sql", PROD), (B, "shared_sql", PROD)]);
        let wrong = sample(&[A, &slip], &rows);
        assert_eq!(wrong.marked(RULE.id), [slip.as_str()]);
        assert_eq!(wrong.assert_fixes(RULE.id), 1);
        assert!(wrong.of(RULE.id)[0].finding.message.contains("from that of `Stock`"));
        assert_eq!(
            sample(&[&slip], &rows).marked(RULE.id),
            [slip.as_str()],
            "a slip ties the two by itself"
        );
        let table = format!(
            "Id Name API Id Status\n{A} Stock /providers/Microsoft.PowerApps/apis/shared_sql Connected\n{B} Stock /providers/Microsoft.PowerApps/apis/shared_sql Connected\n"
        );
        assert_eq!(sample(&[A, &slip], &table).marked(RULE.id), [slip.as_str()]);
        assert_eq!(
            sample(&[A, C], &table).marked(RULE.id),
            [""; 0],
            "the table lists what one person sees"
        );
    }

    #[test]
    fn nothing_is_said_where_the_inventory_proves_nothing() {
        for (rows, why) in [
            (
                inventory(&[(D, "shared_sql", PROD)]),
                "of another environment, for all that is known",
            ),
            (inventory(&[(A, "shared_teams", PROD)]), "of one connector"),
            (
                inventory(&[(A, "shared_sql", PROD), (A, "shared_sql", "x")]),
                "two environments list the same",
            ),
            (
                inventory(&[(A, "shared_sql", PROD)]).replace(']', ",{\"x\":1}]"),
                "not read whole",
            ),
            (inventory(&[(A, "shared_sql", PROD)]).replace(']', ""), "cut off"),
        ] {
            assert_eq!(sample(&[A, B, C], &rows).marked(RULE.id), [""; 0], "{why}");
        }
        // One of three may be a chance; the same inventory covers settings of which it lists two of three.
        let rows = |second: &str| {
            inventory(&[
                (A, "shared_sql", PROD),
                (second, "shared_sql", PROD),
                (D, "shared_teams", PROD),
            ])
        };
        let other = "e8f7a6b5c4d3e2f10a1b2c3d4e5f6071";
        assert_eq!(sample(&[A, B, C], &rows(other)).marked(RULE.id), [""; 0]);
        assert_eq!(sample(&[A, B, C], &rows(B)).marked(RULE.id), [C]);
    }

    #[test]
    fn a_connection_of_another_environment() {
        let rows = inventory(&[
            (A, "shared_sql", PROD),
            (B, "shared_sql", PROD),
            (C, "shared_sql", "f2c3d4e5"),
        ]);
        let mixed = sample(&[A, B, C], &rows);
        assert_eq!(mixed.marked(RULE.id), [C]);
        assert!(
            mixed.of(RULE.id)[0]
                .finding
                .message
                .contains("one of the environment f2c3d4e5")
        );
        let shared = mixed.with("/s/test.settings.json", settings(&[C]));
        assert_eq!(shared.marked(RULE.id), [""; 0]);
        assert_eq!(shared.marked("deployment-settings-shared-connection").len(), 2);
    }

    #[test]
    fn many_are_one_finding() {
        let ids: Vec<String> = (10..30)
            .map(|n| format!("{n}a7{n}f1{n}c3{n}e5{n}b2{n}d4{n}90"))
            .collect();
        let mut all: Vec<&str> = ids.iter().map(String::as_str).collect();
        let listed: Vec<(&str, &str, &str)> = all[..10].iter().map(|id| (*id, "shared_sql", PROD)).collect();
        let stale = sample(&all, &inventory(&listed));
        assert_eq!(stale.marked(RULE.id), [all[10]]);
        let message = &stale.of(RULE.id)[0].finding.message;
        assert!(
            message.starts_with("The connections of `con_10`, `con_11`, `con_12` and 7 more in"),
            "{message}"
        );
        all.truncate(12);
        assert_eq!(sample(&all, &inventory(&listed)).of(RULE.id).len(), 2);
    }

    #[test]
    fn what_others_tell_is_left_to_them() {
        let rows = inventory(&[(A, "shared_sql", PROD), (D, "shared_teams", PROD)]);
        let gone = sample(&[A, B], &rows).replace("/s/prod.settings.json", "con_1", "con_gone");
        assert_eq!(gone.marked(RULE.id), [""; 0]);
        assert_eq!(gone.marked("deployment-settings-unknown-entry"), ["con_gone"]);
        let shared = sample(&[A, B], &rows).with("/s/test.settings.json", settings(&[D, B]));
        assert_eq!(shared.marked(RULE.id), [""; 0]);
        assert_eq!(shared.marked("deployment-settings-shared-connection"), [B, B]);
    }
}
