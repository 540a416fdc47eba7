//! Names of members.

use super::Step;
use crate::completion::CompletionKind;
use crate::completion::json::offers::{Offers, asks_again};
use crate::completion::json::place::Place;
use crate::completion::json::types::{ActionType, action_type};

const COMPARISONS: &[&str] = &[
    "equals",
    "greater",
    "greaterOrEquals",
    "less",
    "lessOrEquals",
    "contains",
    "startsWith",
    "endsWith",
];

type Members = &'static [(&'static str, &'static str)];

const CONFIGURATION: Members = &[
    ("concurrency", "{\n\t\"repetitions\": ‹20›\n}"),
    ("paginationPolicy", "{\n\t\"minimumItemCount\": ‹5000›\n}"),
    (
        "secureData",
        "{\n\t\"properties\": [\n\t\t\"inputs\",\n\t\t\"outputs\"\n\t]\n}",
    ),
    ("contentTransfer", "{\n\t\"transferMode\": \"Chunked\"\n}"),
    (
        "staticResult",
        "{\n\t\"name\": \"‹›\",\n\t\"staticResultOptions\": \"‹Enabled|Disabled›\"\n}",
    ),
];

/// The members that a place may get, at the end of `path` of a step.
pub fn names(
    step: Step,
    kind: &str,
    own: Option<&ActionType>,
    path: &[&str],
    place: &Place<'_>,
    offers: &mut Offers<'_, '_>,
) {
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    match (step, path) {
        (Step::Action(_), []) => action_members(own, place, offers),
        (Step::Trigger(_), []) => members(
            &[
                ("type", "\"‹›\""),
                ("kind", "\"‹›\""),
                ("inputs", "{\n\t‹›\n}"),
                (
                    "recurrence",
                    "{\n\t\"frequency\": \"‹Day|Minute|Hour|Week|Month›\",\n\t\"interval\": ‹1›\n}",
                ),
                ("conditions", "[\n\t{\n\t\t\"expression\": \"‹›\"\n\t}\n]"),
                ("splitOn", "\"‹@triggerOutputs()?['body/value']›\""),
                ("runtimeConfiguration", "{\n\t‹›\n}"),
                ("operationOptions", "\"‹›\""),
                ("description", "\"‹›\""),
                ("metadata", "{}"),
            ],
            place,
            offers,
        ),
        (Step::Action(_), ["inputs"]) => members(own.map_or(&[], |own| own.inputs), place, offers),
        (Step::Trigger(_), ["inputs"]) if is("Request") => members(
            &[
                (
                    "schema",
                    "{\n\t\"type\": \"object\",\n\t\"properties\": {\n\t\t‹›\n\t}\n}",
                ),
                ("triggerAuthenticationType", "\"‹Tenant|User|All›\""),
                ("triggerAllowedUsers", "\"‹›\""),
                ("method", "\"‹POST|GET|PUT|PATCH|DELETE›\""),
                ("relativePath", "\"‹›\""),
                ("headersSchema", "{}"),
            ],
            place,
            offers,
        ),
        (Step::Trigger(_), ["inputs"]) => {
            let like = action_type(kind).or_else(|| action_type("OpenApiConnection"));
            members(like.map_or(&[], |like| like.inputs), place, offers);
        }
        (_, ["inputs", "host"]) if is("Workflow") => members(&[("workflowReferenceName", "\"‹›\"")], place, offers),
        (_, ["inputs", "host"]) if kind.to_ascii_lowercase().starts_with("apiconnection") => {
            members(&[("connection", "{\n\t\"name\": \"‹›\"\n}")], place, offers);
        }
        (_, ["inputs", "host"]) => members(
            &[
                ("connectionName", "\"‹›\""),
                ("operationId", "\"‹›\""),
                ("apiId", "\"‹›\""),
            ],
            place,
            offers,
        ),
        (_, ["inputs", "host", "connection"]) => members(&[("name", "\"‹›\"")], place, offers),
        (_, ["inputs", "variables", "[]"]) => {
            members(
                &[("name", "\"‹›\""), ("type", "\"‹›\""), ("value", "\"‹›\"")],
                place,
                offers,
            );
        }
        (_, ["inputs", "interval"]) if is("Wait") => members(&[("count", "‹1›"), ("unit", "\"‹›\"")], place, offers),
        (_, ["inputs", "until"]) if is("Wait") => members(&[("timestamp", "\"‹›\"")], place, offers),
        (_, ["inputs", "runError"]) => members(&[("code", "\"‹›\""), ("message", "\"‹›\"")], place, offers),
        (_, ["inputs", "columns", "[]"]) if is("Table") => {
            members(&[("header", "\"‹›\""), ("value", "\"‹›\"")], place, offers)
        }
        (_, [.., "retryPolicy"]) => members(
            &[
                ("type", "\"‹›\""),
                ("count", "‹4›"),
                ("interval", "\"‹PT20S›\""),
                ("minimumInterval", "\"‹PT5S›\""),
                ("maximumInterval", "\"‹PT1H›\""),
            ],
            place,
            offers,
        ),
        (_, [.., "authentication"]) => authentication(place, offers),
        (_, ["limit"]) if is("Until") => members(&[("count", "‹60›"), ("timeout", "\"‹PT1H›\"")], place, offers),
        (_, ["limit"]) => members(&[("timeout", "\"‹PT1H›\"")], place, offers),
        (Step::Action(_), ["runtimeConfiguration"]) => {
            let fits = |name: &&(&str, &str)| (name.0 == "concurrency") == is("Foreach") || name.0 == "secureData";
            let list: Vec<_> = CONFIGURATION.iter().filter(fits).copied().collect();
            members(&list, place, offers);
        }
        (Step::Trigger(_), ["runtimeConfiguration"]) => members(
            &[
                ("concurrency", "{\n\t\"runs\": ‹1›\n}"),
                (
                    "secureData",
                    "{\n\t\"properties\": [\n\t\t\"inputs\",\n\t\t\"outputs\"\n\t]\n}",
                ),
            ],
            place,
            offers,
        ),
        (Step::Action(_), ["runtimeConfiguration", "concurrency"]) => {
            members(&[("repetitions", "‹20›")], place, offers)
        }
        (Step::Trigger(_), ["runtimeConfiguration", "concurrency"]) => {
            members(&[("runs", "‹1›"), ("maximumWaitingRuns", "‹10›")], place, offers);
        }
        (_, ["runtimeConfiguration", "paginationPolicy"]) => members(&[("minimumItemCount", "‹5000›")], place, offers),
        (_, ["runtimeConfiguration", "secureData"]) => {
            members(&[("properties", "[\n\t\"inputs\",\n\t\"outputs\"\n]")], place, offers)
        }
        (_, ["runtimeConfiguration", "contentTransfer"]) => members(&[("transferMode", "\"Chunked\"")], place, offers),
        (_, ["runtimeConfiguration", "staticResult"]) => {
            members(
                &[("name", "\"‹›\""), ("staticResultOptions", "\"‹Enabled|Disabled›\"")],
                place,
                offers,
            );
        }
        (_, ["recurrence"]) => members(
            &[
                ("frequency", "\"‹›\""),
                ("interval", "‹1›"),
                ("timeZone", "\"‹UTC›\""),
                ("startTime", "\"‹›\""),
                ("schedule", "{\n\t‹›\n}"),
            ],
            place,
            offers,
        ),
        (_, ["recurrence", "schedule"]) => members(
            &[
                ("hours", "[\n\t\"‹8›\"\n]"),
                ("minutes", "[\n\t‹0›\n]"),
                ("weekDays", "[\n\t\"‹›\"\n]"),
            ],
            place,
            offers,
        ),
        (_, ["conditions", "[]"]) => members(&[("expression", "\"‹›\"")], place, offers),
        (Step::Action(_), ["expression", ..]) => conditions(place, offers),
        (Step::Action(_), ["else" | "default"]) => members(&[("actions", "{\n\t‹›\n}")], place, offers),
        (Step::Action(_), ["cases"]) if place.wants_value() => {
            let template = "{\n\t\"case\": \"‹›\",\n\t\"actions\": {}\n}";
            let number = (1..).find(|number| !place.has_member(&case_name(*number))).unwrap_or(1);
            let name = case_name(number);
            offers.named_member(&name, &name, CompletionKind::Skeleton, template, true);
        }
        (Step::Action(_), ["cases", _]) => members(&[("case", "\"‹›\""), ("actions", "{\n\t‹›\n}")], place, offers),
        _ => {}
    }
}

fn case_name(number: u32) -> String {
    if number == 1 {
        "Case".to_owned()
    } else {
        format!("Case_{number}")
    }
}

/// Members whose values are on offer, too.
const LISTED: [&str; 12] = [
    "type",
    "kind",
    "runAfter",
    "connectionName",
    "operationId",
    "apiId",
    "workflowReferenceName",
    "operationOptions",
    "frequency",
    "unit",
    "name",
    "weekDays",
];

fn members(list: &[(&str, &str)], place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    for (name, template) in list.iter().filter(|(name, _)| !place.has_member(name)) {
        let offer = offers.member(name, CompletionKind::Property, template);
        if LISTED.contains(name) && template.contains("‹›") {
            asks_again(offer);
        }
    }
}

fn action_members(own: Option<&ActionType>, place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let mut list: Vec<(&str, &str)> = vec![("type", "\"‹›\"")];
    match own {
        Some(own) => list.extend(own.members),
        // Nobody knows yet what it becomes.
        None => list.extend([("inputs", "{\n\t‹›\n}"), ("actions", "{\n\t‹›\n}"), ("kind", "\"‹›\"")]),
    }
    list.push(("runAfter", "{‹›}"));
    if own.is_none_or(|own| !own.options.is_empty()) {
        list.push(("operationOptions", "\"‹›\""));
    }
    for (name, template) in [
        ("runtimeConfiguration", "{\n\t‹›\n}"),
        ("description", "\"‹›\""),
        ("limit", "{\n\t\"timeout\": \"‹PT1H›\"\n}"),
        ("trackedProperties", "{\n\t‹›\n}"),
        ("metadata", "{}"),
    ] {
        if !list.iter().any(|(known, _)| *known == name) {
            list.push((name, template));
        }
    }
    members(&list, place, offers);
}

fn authentication(place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    let kind = place
        .holder()
        .get("type")
        .and_then(|kind| kind.as_str())
        .unwrap_or_default();
    let fields: &[&str] = match kind.to_ascii_lowercase().as_str() {
        "basic" => &["username", "password"],
        "clientcertificate" => &["pfx", "password"],
        "activedirectoryoauth" => &[
            "tenant",
            "audience",
            "clientId",
            "secret",
            "authority",
            "pfx",
            "password",
        ],
        "raw" => &["value"],
        "managedserviceidentity" => &["audience", "identity"],
        _ => &[],
    };
    let list: Vec<(&str, &str)> = std::iter::once("type")
        .chain(fields.iter().copied())
        .map(|name| (name, "\"‹›\""))
        .collect();
    members(&list, place, offers);
}

/// The operators of a condition that is written as objects.
fn conditions(place: &Place<'_>, offers: &mut Offers<'_, '_>) {
    // An object of a condition holds one operator.
    if place
        .holder()
        .members()
        .any(|member| member.key.span().start != place.token.start)
    {
        return;
    }
    for name in ["and", "or"] {
        offers.member(
            name,
            CompletionKind::Word,
            "[\n\t{\n\t\t\"equals\": [\n\t\t\t\"‹›\",\n\t\t\t‹true›\n\t\t]\n\t}\n]",
        );
    }
    offers.member(
        "not",
        CompletionKind::Word,
        "{\n\t\"equals\": [\n\t\t\"‹›\",\n\t\t‹true›\n\t]\n}",
    );
    for name in COMPARISONS {
        offers.member(name, CompletionKind::Word, "[\n\t\"‹›\",\n\t‹\"\"›\n]");
    }
}
