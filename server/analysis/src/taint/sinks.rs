//! Sinks: members of steps whose text is read as a language, or decides where the step works.

use model::flow::data_paths::Inject;
use model::flow::{ActionId, FlowView, Operation};

use super::uses::Step;
use crate::http;

/// The language that a member's text is read in; `member` is the way to it, names joined by `/` and in lower case.
pub(super) fn inject(view: &FlowView<'_>, id: ActionId, step: &Step<'_>, member: &str) -> Option<Inject> {
    let action = view.body.action(id);
    let rest = member.strip_prefix("inputs/")?;
    if action.is("Http") || action.is("HttpWebhook") {
        let address = rest == "uri" || rest.ends_with("subscribe/uri");
        return address.then_some(Inject::Address);
    }
    let operation = step.operation?;
    let name = rest.rsplit('/').next().unwrap_or(rest);
    let within = rest
        .strip_prefix("parameters/")
        .or_else(|| rest.strip_prefix("queries/"))
        .or_else(|| rest.strip_prefix("body/").filter(|_| operation.older))
        .unwrap_or_default();
    if within.is_empty() {
        return None;
    }
    if matches!(name, "uri" | "url") && http::is_tunnel(&operation.id.value) {
        return Some(Inject::Address);
    }
    text(name)
        .or_else(|| query(operation, &step.name, name))
        .or_else(|| place(operation, within))
        .or_else(|| mail(step, name))
}

/// Members that are called so wherever they stand.
fn text(name: &str) -> Option<Inject> {
    match name {
        "$filter" | "sysparm_query" => Some(Inject::Filter),
        "fetchxml" => Some(Inject::Fetch),
        "command" | "commandtext" | "script" | "scripttext" | "scriptcontent" | "powershell" => Some(Inject::Command),
        _ => None,
    }
}

/// Connectors whose operations take a query as text.
const QUERIED: [&str; 15] = [
    "shared_sql",
    "shared_sqldw",
    "shared_kusto",
    "shared_azuremonitorlogs",
    "shared_azureloganalytics",
    "shared_azureloganalyticsdatacollector",
    "shared_databricks",
    "shared_snowflakev2",
    "shared_snowflake",
    "shared_oracle",
    "shared_mysql",
    "shared_postgresql",
    "shared_db2",
    "shared_documentdb",
    "shared_powerbi",
];

fn query(operation: &Operation, id: &str, name: &str) -> Option<Inject> {
    let names = [
        "query",
        "csl",
        "statement",
        "sql",
        "sqlquery",
        "querytext",
        "warehousequery",
    ];
    let is_query =
        names.contains(&name) && (QUERIED.contains(&operation.connector.as_str()) || id.contains("nativequery"));
    is_query.then_some(Inject::Query)
}

/// Parameters that name the site, environment, server or account in which an operation works. What is listed names it
/// whole, as an address or a name that anybody can make up; ids of a tenant's own things are not among it.
const PLACES: [(&str, &[&str]); 13] = [
    ("shared_sharepointonline", &["dataset"]),
    ("shared_commondataserviceforapps", &["organization"]),
    ("shared_commondataservice", &["dataset"]),
    ("shared_dynamicscrmonline", &["dataset"]),
    ("shared_dynamicsax", &["dataset", "instance"]),
    ("shared_sql", &["server"]),
    ("shared_sqldw", &["server"]),
    ("shared_kusto", &["cluster"]),
    ("shared_azureblob", &["dataset"]),
    ("shared_azurequeues", &["storageaccountname"]),
    ("shared_azuretables", &["storageaccountname"]),
    ("shared_documentdb", &["databaseaccount"]),
    ("shared_visualstudioteamservices", &["account"]),
];

fn place(operation: &Operation, within: &str) -> Option<Inject> {
    let known = PLACES.iter().find(|(connector, _)| *connector == operation.connector);
    known
        .filter(|(_, names)| names.contains(&within))
        .map(|_| Inject::Place)
}

fn mail(step: &Step<'_>, name: &str) -> Option<Inject> {
    if !step.mails {
        return None;
    }
    // Older operations say `emailMessage/Body`, newer ones `Body`.
    match name {
        "body" | "htmlbody" | "html" => Some(Inject::Markup),
        "to" | "cc" | "bcc" => Some(Inject::Recipient),
        _ => None,
    }
}
