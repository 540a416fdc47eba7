//! A value of one environment, into an environment variable: the one that has it already, else a new one.

use analysis::hardcoded::{Kind, Place, Written, written};
use analysis::literals::{Constant, Literal};
use analysis::secrets::promises_secret;
use model::flow::{FlowView, Owner};
use model::{FileId, Workspace, same_name};

use super::{Repeated, address, purpose, title_of};
use crate::{Refusal, WorkspaceEdit, naming};

/// Reads the value from an environment variable in every place where the flow writes it out.
///
/// # Errors
/// The reason, where that cannot be done.
pub fn extract_written(
    workspace: &Workspace,
    file: FileId,
    flow: &FlowView<'_>,
    kind: Kind,
    value: &str,
) -> Result<WorkspaceEdit, Refusal> {
    if workspace.get(file).and_then(|file| file.solution).is_none() {
        return Refusal::new("The flow belongs to no solution that could hold an environment variable.");
    }
    if !flow.summary.complete {
        return Refusal::new("The flow is not valid JSON at the moment. Mend it first.");
    }
    let all = written(flow);
    let Some(found) = all.iter().find(|own| own.kind == kind && own.value == value) else {
        return Refusal::new("The value stands there no more.");
    };
    let places = found
        .places
        .iter()
        .map(|place| (Literal::clone(&place.literal), place.part))
        .collect();
    let Some(repeated) = Repeated::known(file, flow, value.to_owned(), title(flow, found), places) else {
        return Refusal::new("The value is part of a secret, which belongs into no plain variable.");
    };
    match repeated.to_environment_variable(workspace) {
        Some(extracted) => Ok(extracted.edit),
        None => Refusal::new(
            "The value cannot become that of an environment variable: the solution names no prefix of its publisher, or an expression cannot stand in its place.",
        ),
    }
}

/// A name for people: what the value is, and for what there are several of, where it is used.
fn title(flow: &FlowView<'_>, found: &Written) -> String {
    let Some(first) = found.places.first() else {
        return String::new();
    };
    let title = match found.kind {
        Kind::Site | Kind::Portal | Kind::Resource => address::title(&found.value),
        Kind::Dataverse => "Dataverse address".to_owned(),
        Kind::Finance => "Finance and Operations address".to_owned(),
        Kind::EnvironmentAddress => "Environment address".to_owned(),
        Kind::Environment => "Environment id".to_owned(),
        Kind::Tenant => "Tenant id".to_owned(),
        Kind::Application => "Application id".to_owned(),
        Kind::Person => person(flow, first),
        Kind::App => with_step(flow, first, "app"),
        Kind::List => with_step(flow, first, "list"),
        Kind::View => with_step(flow, first, "view"),
        Kind::Group => with_step(flow, first, "group"),
        Kind::Channel => with_step(flow, first, "channel"),
        Kind::Plan => with_step(flow, first, "plan"),
        Kind::Bucket => with_step(flow, first, "bucket"),
        Kind::Form => with_step(flow, first, "form"),
        Kind::Drive => with_step(flow, first, "drive"),
        Kind::File => with_step(flow, first, "file"),
        Kind::Folder => with_step(flow, first, "folder"),
        Kind::Workspace => with_step(flow, first, "workspace"),
    };
    // A step called `Get token` would give a plain value the name of a secret.
    let title = if promises_secret(&title).is_some() {
        naming::words(found.kind.noun()).skip(1).collect::<Vec<_>>().join(" ")
    } else {
        title
    };
    naming::capital(&title)
}

/// What people are asked or told by a step is named for it; a variable of the flow has a name already.
fn person(flow: &FlowView<'_>, place: &Place) -> String {
    let field = purpose(flow, &place.literal).unwrap_or_default();
    let is = |names: &[&str]| names.iter().any(|name| same_name(name, &field));
    if is(&[
        "to",
        "cc",
        "bcc",
        "recipient",
        "recipients",
        "email",
        "emailaddress",
        "attendees",
        "requiredAttendees",
    ]) {
        with_step(flow, place, "recipients")
    } else if is(&["assignedTo", "approver", "approvers"]) {
        with_step(flow, place, "approvers")
    } else if is(&["mailboxAddress", "mailbox", "from"]) {
        with_step(flow, place, "mailbox")
    } else if field.chars().count() > 3 && !is(&["upn", "claims", "userId", "user"]) {
        title_of(flow, &place.literal)
    } else {
        with_step(flow, place, "account")
    }
}

fn with_step(flow: &FlowView<'_>, place: &Place, noun: &str) -> String {
    let step = match place.owner() {
        Owner::Action(id) => flow.body.action(id).title(),
        Owner::Trigger(at) => flow
            .body
            .triggers
            .get(at as usize)
            .map_or_else(String::new, |trigger| trigger.name.value.replace('_', " ")),
        Owner::Definition => String::new(),
    };
    let is_said = |word: &&str| !word.eq_ignore_ascii_case(noun);
    // What the step is called may repeat the value.
    let quotes = matches!(&place.literal.value, Constant::Text(text) if step.contains(text.as_str()));
    let words: Vec<&str> = naming::words(&step).filter(is_said).take(5).collect();
    if quotes || words.is_empty() {
        noun.to_owned()
    } else {
        format!("{} {noun}", words.join(" "))
    }
}
