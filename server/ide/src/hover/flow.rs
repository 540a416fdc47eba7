//! Hovers on the things of one flow: actions, triggers, variables, parameters, functions.

use std::fmt::Write;

use expr::Function;
use model::FileId;
use model::flow::{ActionId, Owner, Slot};
use rules::Project;
use syntax::json::Value;

use super::{code, plain, shortened};
use crate::target::OpenFlow;

/// A function: signature, meaning, an example.
pub fn function(function: &Function) -> String {
    let mut text = format!("```\n{}\n```\n{}", function.signature(), function.description);
    if !function.returns.is_empty() {
        let _ = write!(text, "\n\nReturns {}.", function.returns.join(" or "));
    }
    if !function.example.is_empty() {
        let _ = write!(text, "\n\n```\n{}\n```", function.example);
    }
    text
}

/// An action: type, connector and operation, where it stands, what it waits for.
pub fn action(project: &Project, file: FileId, flow: &OpenFlow<'_>, id: ActionId) -> String {
    let action = flow.body.action(id);
    let mut text = format!("**{}** · {}", plain(&action.title()), plain(&action.kind));
    let value = flow.tree.value(flow.text, action.node);
    let inputs = value.and_then(|value| value.get("inputs"));
    let host = inputs.and_then(|inputs| inputs.get("host"));
    if let Some(operation) = host.and_then(|host| host.get("operationId")).and_then(|v| v.as_str()) {
        let connector = host.and_then(|host| host.get("apiId")).and_then(|v| v.as_str());
        let connector = connector.as_deref().map(model::connector_name).unwrap_or_default();
        let _ = write!(text, "\n\nOperation {} of {}", code(&operation), code(connector));
    }
    if let Some(used) = flow.body.key_uses.iter().find(|used| used.owner == Owner::Action(id)) {
        let connection = flow
            .summary
            .connections
            .iter()
            .find(|c| model::same_name(&c.key.value, &used.key.value));
        if let Some(name) = connection.and_then(|c| c.logical_name.as_ref()) {
            let line = super::solution::reference_line(project, file, &name.value);
            let _ = write!(text, "\n\nActs through {line}");
        }
    }
    if let Some(description) = value
        .and_then(|value| value.get("description"))
        .and_then(|v| v.as_str())
    {
        let _ = write!(text, "\n\n{}", plain(&shortened(&description, 600)));
    }
    if let Some(parent) = flow.body.parent(id) {
        let slot = match &flow.body.block(action.block).slot {
            Slot::Actions => String::new(),
            Slot::Else => " (if no)".to_owned(),
            Slot::Case(name) => format!(" (case {})", plain(name)),
            Slot::Default => " (default)".to_owned(),
        };
        let _ = write!(
            text,
            "\n\nInside **{}**{slot}",
            plain(&flow.body.action(parent).title())
        );
    }
    let after = action.run_after.iter().flat_map(|run_after| &run_after.entries);
    let waits: Vec<String> = after
        .map(|entry| {
            let statuses: Vec<String> = entry
                .statuses
                .iter()
                .map(|status| status.value.to_lowercase())
                .collect();
            format!(
                "**{}** {}",
                plain(&entry.name.value.replace('_', " ")),
                plain(&statuses.join(" or "))
            )
        })
        .collect();
    if !waits.is_empty() {
        let _ = write!(text, "\n\nRuns after {}", waits.join(", and "));
    }
    text
}

/// A trigger: type and kind.
pub fn trigger(flow: &OpenFlow<'_>, index: usize) -> Option<String> {
    let trigger = flow.body.triggers.get(index)?;
    let kind = if trigger.subkind.is_empty() {
        String::new()
    } else {
        format!(", {}", plain(&trigger.subkind))
    };
    let mut text = format!(
        "**{}** · trigger, {}{kind}",
        plain(&trigger.name.value.replace('_', " ")),
        plain(&trigger.kind)
    );
    let inputs = flow
        .tree
        .value(flow.text, trigger.node)
        .and_then(|value| value.get("inputs"));
    if let Some(who) = inputs
        .and_then(|inputs| inputs.get("triggerAuthenticationType"))
        .and_then(|v| v.as_str())
    {
        let _ = write!(text, "\n\nMay be called by: {}", code(&who));
    }
    Some(text)
}

/// A variable: type, first value, who changes it.
pub fn variable(flow: &OpenFlow<'_>, name: &str) -> String {
    let declaration = flow
        .body
        .variables
        .iter()
        .find(|v| model::same_name(&v.name.value, name));
    let Some(declaration) = declaration else {
        return format!("Variable {}, which this flow never initialises", code(name));
    };
    let action = flow.body.action(declaration.action);
    let mut text = format!(
        "Variable {} · {}",
        code(&declaration.name.value),
        plain(&declaration.kind)
    );
    let _ = write!(text, "\n\nInitialised by **{}**", plain(&action.title()));
    let writes = flow
        .body
        .variable_writes
        .iter()
        .filter(|w| model::same_name(&w.name.value, name));
    let writers: Vec<String> = writes
        .map(|write| format!("**{}**", plain(&flow.body.action(write.action).title())))
        .collect();
    if !writers.is_empty() {
        let shown = writers.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more = writers.len().saturating_sub(5);
        let _ = write!(
            text,
            "\n\nChanged by {shown}{}",
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            }
        );
    }
    text
}

/// A parameter that stands for no environment variable.
pub fn parameter(flow: &OpenFlow<'_>, name: &str) -> Option<String> {
    let parameter = flow
        .summary
        .parameters
        .iter()
        .find(|p| model::same_name(&p.name.value, name))?;
    let mut text = format!("Parameter {} · {}", code(&parameter.name.value), plain(&parameter.kind));
    match parameter.name.value.as_str() {
        "$connections" => text.push_str("\n\nThe connections the service hands to the flow when it runs."),
        "$authentication" => {
            text.push_str("\n\nThe credentials the service hands to the flow's connectors when it runs.")
        }
        _ => {
            let default = flow.body.parameters.and_then(|id| flow.tree.value(flow.text, id));
            let default = default
                .and_then(|list| list.get(&parameter.name.value))
                .and_then(|value| value.get("defaultValue"));
            // Secret types keep their values to themselves.
            let secret = parameter.kind.to_ascii_lowercase().starts_with("secure");
            if let Some(default) = default.filter(|_| !secret) {
                let _ = write!(text, "\n\nDefault {}", code(&shortened(Value::raw(&default), 80)));
            }
        }
    }
    Some(text)
}
