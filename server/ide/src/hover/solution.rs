//! Hovers on the things that files of a solution share: connection references with the accounts behind them,
//! environment variables, flows.

use std::fmt::Write;

use analysis::identity::Witness;
use model::{FileId, Guid};
use rules::Project;

use super::{code, plain, shortened};
use crate::target::solution_for;

/// A connection key: the reference it stands for, or what is wrong.
pub fn connection_key(project: &Project, file: FileId, index: usize) -> Option<String> {
    let connection = project.workspace().get(file)?.facts.flow()?.connections.get(index)?;
    let source = match connection.runtime_source.as_ref().map(|source| source.value.as_str()) {
        Some("invoker") => "\n\nUsed with the account of whoever starts the flow.",
        Some("embedded") => "\n\nUsed with the account of the connection, whoever starts the flow.",
        _ => "",
    };
    let body = match &connection.logical_name {
        Some(name) => connection_reference(project, file, &name.value),
        None => "No connection reference: the flow is bound to whatever connection its maker had.".to_owned(),
    };
    Some(format!(
        "Connection key {}{source}\n\n{body}",
        code(&connection.key.value)
    ))
}

/// A connection reference in one line: title and connector.
pub fn reference_line(project: &Project, file: FileId, logical_name: &str) -> String {
    let workspace = project.workspace();
    let reference = solution_for(project, file, logical_name).and_then(|id| workspace.reference(id, logical_name));
    match reference {
        Some(reference) => {
            format!(
                "**{}** · {}",
                plain(reference.title()),
                code(reference.connector().unwrap_or("unknown connector"))
            )
        }
        None => format!("{} (not in this solution)", code(logical_name)),
    }
}

/// A connection reference with the chain to the accounts behind it.
pub fn connection_reference(project: &Project, file: FileId, logical_name: &str) -> String {
    let workspace = project.workspace();
    let mut text = format!("Connection reference {}", reference_line(project, file, logical_name));
    let Some(solution) = solution_for(project, file, logical_name) else {
        return text;
    };
    if let Some(reference) = workspace.reference(solution, logical_name) {
        let _ = write!(
            text,
            "\n\nLogical name {} in solution {}",
            code(&reference.logical_name.value),
            plain(workspace.solution_name(solution))
        );
        if let Some(description) = &reference.description {
            let _ = write!(text, "\n\n{}", plain(&shortened(description, 600)));
        }
    }
    text.push_str(&accounts(project, solution, logical_name));
    let reach = project.reach();
    if let Some(id) = reach.find_reference(logical_name) {
        let sum = reach.sum(workspace, &reach.reference(id).uses);
        let reached = super::reach::summary(reach, &sum);
        if !reached.is_empty() {
            let _ = write!(text, "\n\n{reached}");
        }
    }
    let users = workspace.solution(solution).flows.iter().filter(|flow| {
        let facts = workspace.file(**flow).facts.flow();
        facts.is_some_and(|f| {
            f.connections
                .iter()
                .filter_map(|c| c.logical_name.as_ref())
                .any(|n| model::same_name(&n.value, logical_name))
        })
    });
    let names: Vec<String> = users.map(|flow| plain(&workspace.flow_name(*flow))).collect();
    let _ = match names.len() {
        0 => write!(text, "\n\nUsed by no flow of the solution"),
        count => {
            let shown = names.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            let more = if count > 5 {
                format!(" and {} more", count - 5)
            } else {
                String::new()
            };
            write!(
                text,
                "\n\nUsed by {count} flow{}: {shown}{more}",
                if count == 1 { "" } else { "s" }
            )
        }
    };
    text
}

/// The chain reference → connection → account → verdict, a piece of evidence a line; unknown is said to be unknown.
fn accounts(project: &Project, solution: model::SolutionId, logical_name: &str) -> String {
    let workspace = project.workspace();
    let evidence = analysis::identity::accounts_of_reference(workspace, solution, logical_name);
    if evidence.is_empty() {
        return "\n\nAccount unknown: no deployment settings or inventory of the workspace names it.".to_owned();
    }
    let mut text = String::from("\n\nAccounts:");
    let sharings = analysis::sharing::Sharings::new(workspace);
    for found in &evidence {
        let settings = workspace
            .get(found.settings)
            .map(|file| model::files::name_of(&file.path))
            .unwrap_or_default();
        let place = found.environment.as_deref().unwrap_or(settings);
        let _ = write!(text, "\n- {}: ", plain(place));
        if let Some(connection) = &found.connection {
            let _ = write!(text, "connection {} → ", code(&shortened(&connection.value, 12)));
        }
        match &found.account {
            Some(account) => text.push_str(&code(account)),
            None => text.push_str("account unknown"),
        }
        match &found.verdict {
            Some(verdict) => {
                let _ = write!(text, ", **{}**: {}", verdict.kind.name(), plain(&verdict.why));
            }
            None if found.account.is_some() => text.push_str(", of unknown kind"),
            None => {}
        }
        let said = match &found.witness {
            Witness::Owner { .. } => Some(format!("ConnectionOwner in {settings}")),
            Witness::Inventory { file, field, .. } => workspace.get(*file).map(|file| {
                let name = model::files::name_of(&file.path);
                field.map_or_else(|| name.to_owned(), |field| format!("{field} in {name}"))
            }),
        };
        if let Some(said) = said {
            let _ = write!(text, " ({})", plain(&said));
        }
        if let Some(connection) = &found.connection {
            let sharing = sharings.of(&connection.value);
            let told = sharing.told_by.and_then(|file| workspace.get(file));
            let told = told.map(|file| format!(" ({})", model::files::name_of(&file.path)));
            let said = plain(&format!("{sharing}{}", told.unwrap_or_default()));
            let mark = if sharing.everyone().is_some() { "**" } else { "" };
            let _ = write!(text, "; {mark}{said}{mark}");
        }
    }
    text
}

/// An environment variable: definition, default, values in settings.
pub fn environment_variable(project: &Project, file: FileId, schema_name: &str) -> String {
    let workspace = project.workspace();
    let declaring = workspace.solutions_with_variable(schema_name);
    let path = workspace
        .get(file)
        .map(|file| file.path.to_string())
        .unwrap_or_default();
    let own = workspace
        .get(file)
        .and_then(|file| file.solution)
        .filter(|own| declaring.contains(own));
    let Some(solution) = own.or_else(|| analysis::targets::nearest_one(workspace, &path, declaring)) else {
        return format!(
            "Environment variable {}, which no solution of the workspace defines",
            code(schema_name)
        );
    };
    let definition = workspace
        .variable_file(solution, schema_name)
        .and_then(|id| workspace.file(id).facts.variable_definition());
    let Some(definition) = definition else {
        return format!(
            "Environment variable {} of solution {}",
            code(schema_name),
            plain(workspace.solution_name(solution))
        );
    };
    let title = definition.display_name.as_deref().unwrap_or(schema_name);
    let mut text = format!("Environment variable **{}** · {}", plain(title), definition.kind_name());
    let _ = write!(
        text,
        "\n\nSchema name {} in solution {}",
        code(&definition.schema_name.value),
        plain(workspace.solution_name(solution))
    );
    if let Some(description) = &definition.description {
        let _ = write!(text, "\n\n{}", plain(&shortened(description, 600)));
    }
    let secret = definition.kind == Some(model::variables::SECRET_TYPE);
    match &definition.default {
        Some(_) if secret => text.push_str("\n\nHas a default, which is a secret's reference and not shown"),
        Some(default) => {
            let _ = write!(text, "\n\nDefault {}", code(&shortened(&default.value, 120)));
        }
        None => text.push_str("\n\nNo default"),
    }
    let mut lines = String::new();
    for id in workspace.settings() {
        let settings = workspace.file(*id);
        let entry = settings.facts.settings().and_then(|s| {
            s.variables
                .iter()
                .find(|v| model::same_name(&v.schema_name.value, schema_name))
        });
        if let Some(value) = entry.filter(|_| !secret).and_then(|entry| entry.value.as_ref()) {
            let shown = if value.value.is_empty() {
                "empty".to_owned()
            } else {
                code(&shortened(&value.value, 80))
            };
            let _ = write!(lines, "\n- {}: {shown}", plain(model::files::name_of(&settings.path)));
        }
    }
    if !lines.is_empty() {
        let _ = write!(text, "\n\nDeployment settings:{lines}");
    }
    text
}

/// A flow: name, solution, trigger, whether it is on.
pub fn flow(project: &Project, file: FileId, id: Guid) -> String {
    let workspace = project.workspace();
    let files = workspace.flows_with_id(id);
    let own = workspace.get(file).and_then(|file| file.solution);
    let found = files
        .iter()
        .find(|flow| workspace.file(**flow).solution == own)
        .or_else(|| files.first());
    let Some(&flow) = found else {
        return format!("Flow {}, which is not in this workspace", code(&id.to_string()));
    };
    let facts = workspace.file(flow).facts.flow();
    let mut text = format!("Flow **{}**", plain(&workspace.flow_name(flow)));
    if let Some(trigger) = facts.and_then(|facts| facts.triggers.first()) {
        let kind = if trigger.subkind.is_empty() {
            &trigger.kind
        } else {
            &trigger.subkind
        };
        let _ = write!(text, " · started by {}", code(kind));
    }
    if let Some(solution) = workspace.file(flow).solution {
        let _ = write!(text, "\n\nIn solution {}", plain(workspace.solution_name(solution)));
    }
    if let Some((_, metadata)) = workspace.metadata_of(flow) {
        match metadata.state {
            Some(1) => text.push_str(", on after import"),
            Some(0) => text.push_str(", off after import"),
            _ => {}
        }
        if let Some(description) = metadata.description.as_ref().filter(|text| !text.is_empty()) {
            let _ = write!(text, "\n\n{}", plain(&shortened(description, 600)));
        }
    }
    if let Some(facts) = facts {
        let _ = write!(
            text,
            "\n\n{} actions, {} connections",
            facts.action_count,
            facts.connections.len()
        );
    }
    let reach = project.reach();
    if let Some(node) = reach.flow_of(flow) {
        let sum = reach.sum(workspace, &reach.flow(node).uses);
        let reached = super::reach::summary(reach, &sum).replacen("Reaches 1 flow with ", "Performs ", 1);
        if !reached.is_empty() {
            let _ = write!(text, "\n\n{reached}");
        }
    }
    text
}
