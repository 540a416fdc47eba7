//! Values that come from a list.

use analysis::words::{RETRY_POLICIES, RUN_STATUSES, TIME_UNITS, WEEK_DAYS};
use model::FileId;
use model::flow::{FlowBody, FlowView};
use rules::Project;

use super::Step;
use crate::completion::CompletionKind;
use crate::completion::json::offers::Offers;
use crate::completion::json::place::Place;
use crate::completion::json::types::{ACTIONS_OF_FLOWS, ActionType, REQUEST_KINDS, TRIGGERS};
use crate::completion::json::{calls, connections, order};

const VARIABLE_TYPES: &[&str] = &["string", "boolean", "integer", "float", "object", "array"];
const AUTHENTICATIONS: &[&str] = &[
    "ActiveDirectoryOAuth",
    "Basic",
    "ClientCertificate",
    "Raw",
    "ManagedServiceIdentity",
    "None",
];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
const RESPONSE_KINDS: &[&str] = &["Http", "PowerApp", "VirtualAgent", "Skills"];
const EXPRESSION_KINDS: &[&str] = &[
    "CurrentTime",
    "AddToTime",
    "SubtractFromTime",
    "GetFutureTime",
    "GetPastTime",
    "ConvertTimeZone",
    "FormatNumber",
    "IndexOf",
    "Substring",
];
const TRIGGER_OPTIONS: &[&str] = &[
    "SingleInstance",
    "SuppressWorkflowHeadersOnResponse",
    "EnableSchemaValidation",
];
/// What `host` names.
pub fn host_value(
    project: &Project,
    file: FileId,
    flow: &FlowView<'_>,
    key: &str,
    path: &[&str],
    place: &Place<'_>,
    offers: &mut Offers<'_, '_>,
) {
    match (path.last(), key) {
        (Some(&"connection"), "name") => connections::key_expressions(project, file, flow, offers),
        (_, "connectionName" | "connectionReferenceName") => connections::keys(project, file, flow, place, offers),
        (_, "operationId") => calls::operations(project, flow, place, offers),
        (_, "apiId") => connections::api_ids(project, file, flow, place, offers),
        (_, "workflowReferenceName") => calls::child_flows(project, file, offers),
        _ => {}
    }
}

/// Items of arrays.
pub fn items(path: &[&str], offers: &mut Offers<'_, '_>) {
    match path {
        ["runtimeConfiguration", "secureData", "properties"] => {
            offers.texts(&["inputs", "outputs"], CompletionKind::Word)
        }
        [.., "schedule", "weekDays"] => offers.texts(WEEK_DAYS, CompletionKind::Word),
        _ => {}
    }
}

/// Values of all other members.
#[expect(clippy::too_many_arguments, reason = "a place is all of this")]
pub fn values(
    flow: &FlowView<'_>,
    step: Step,
    kind: &str,
    own: Option<&ActionType>,
    path: &[&str],
    key: &str,
    place: &Place<'_>,
    offers: &mut Offers<'_, '_>,
) {
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    let word = CompletionKind::Word;
    match (step, path, key) {
        (Step::Action(_), [], "type") => {
            for one in ACTIONS_OF_FLOWS {
                offers.text(one.name, CompletionKind::Skeleton).detail = Some(one.about.to_owned());
            }
        }
        (Step::Trigger(_), [], "type") => {
            for one in TRIGGERS {
                offers.text(one.name, CompletionKind::Skeleton).detail = Some(one.about.to_owned());
            }
        }
        (Step::Action(_), [], "kind") if is("Response") => offers.texts(RESPONSE_KINDS, word),
        (Step::Action(_), [], "kind") => offers.texts(EXPRESSION_KINDS, word),
        (Step::Trigger(_), [], "kind") => offers.texts(REQUEST_KINDS, word),
        (Step::Action(_), [], "operationOptions") => options(own.map_or(&[], |own| own.options), place, offers),
        (Step::Trigger(_), [], "operationOptions") => options(TRIGGER_OPTIONS, place, offers),
        (Step::Action(id), [], "runAfter") => {
            let block = flow.body.action(id).block;
            let after = order::after_the_last(flow.body, block, place);
            if after != "{}" {
                offers.value(&after.replace(['\n', '\t'], ""), CompletionKind::Action, &after);
            }
            offers.value("{}", word, "{}");
        }
        (_, [.., "retryPolicy"], "type") => offers.texts(RETRY_POLICIES, word),
        (_, [.., "authentication"], "type") => offers.texts(AUTHENTICATIONS, word),
        (_, ["inputs"], "authentication") => {
            let text = "@parameters('$authentication')";
            offers.text(text, CompletionKind::Parameter);
        }
        (_, ["recurrence"], "frequency") => offers.texts(TIME_UNITS, word),
        (_, ["inputs", "variables", "[]"], "type") => offers.texts(VARIABLE_TYPES, word),
        (Step::Action(_), ["inputs"], "name") if kind.to_ascii_lowercase().contains("variable") => {
            variables(flow.body, kind, offers);
        }
        (_, ["inputs", "interval"], "unit") | (_, ["inputs"], "timeUnit") => offers.texts(TIME_UNITS, word),
        (Step::Trigger(_), ["inputs"], "triggerAuthenticationType") => {
            for (name, detail) in [
                ("Tenant", "any account of the tenant"),
                ("User", "only the accounts of `triggerAllowedUsers`"),
                ("All", "whoever has the address"),
            ] {
                offers.text(name, word).detail = Some(detail.to_owned());
            }
        }
        (_, ["inputs"] | ["inputs", "subscribe" | "unsubscribe"], "method") => {
            if kind.to_ascii_lowercase().starts_with("apiconnection") {
                offers.texts(&["get", "post", "put", "patch", "delete"], word);
            } else {
                offers.texts(METHODS, word);
            }
        }
        (_, ["inputs"], "accessKeyType") => offers.texts(&["Primary", "Secondary"], word),
        (_, ["inputs"], "format") if is("Table") => offers.texts(&["HTML", "CSV"], word),
        (_, ["inputs"], "runStatus") => offers.texts(RUN_STATUSES, word),
        (_, ["runtimeConfiguration", "contentTransfer"], "transferMode") => offers.texts(&["Chunked"], word),
        (_, ["runtimeConfiguration", "staticResult"], "staticResultOptions") => {
            offers.texts(&["Enabled", "Disabled"], word)
        }
        (_, ["runtimeConfiguration", "secureData"], "properties") => {
            for list in [
                "[\n\t\"inputs\",\n\t\"outputs\"\n]",
                "[\n\t\"inputs\"\n]",
                "[\n\t\"outputs\"\n]",
            ] {
                offers.value(
                    &list.replace(['\n', '\t', '[', ']', '"'], "").replace(',', ", "),
                    word,
                    list,
                );
            }
        }
        _ => {}
    }
}

/// Options are several words with commas between: what is typed keeps those before.
fn options(known: &[&str], place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let typed = place.typed();
    let before = typed.rsplit_once(',').map_or("", |(before, _)| before);
    let taken = |name: &str| before.split(',').any(|word| word.trim().eq_ignore_ascii_case(name));
    for name in known.iter().filter(|name| !taken(name)) {
        if before.is_empty() {
            offers.text(name, CompletionKind::Word);
        } else {
            offers.named_text(name, &format!("{before}, {name}"), CompletionKind::Word);
        }
    }
}

/// Variables of the flow, those that the action can change first.
fn variables(body: &FlowBody, kind: &str, offers: &mut Offers<'_, '_>) {
    let takes = |of: &str| {
        let is = |names: &[&str]| names.iter().any(|name| of.eq_ignore_ascii_case(name));
        match kind.to_ascii_lowercase().as_str() {
            "incrementvariable" | "decrementvariable" => is(&["integer", "float"]),
            "appendtoarrayvariable" => is(&["array"]),
            "appendtostringvariable" => is(&["string"]),
            _ => true,
        }
    };
    for fits in [true, false] {
        offers.rank(u8::from(!fits));
        for variable in body.variables.iter().filter(|variable| takes(&variable.kind) == fits) {
            offers.text(&variable.name.value, CompletionKind::Variable).detail = Some(variable.kind.clone());
        }
    }
}
