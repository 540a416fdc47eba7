//! Two invented solutions with accounts, and what they reach.

use model::Workspace;

use super::{Reach, Starved};
use crate::testing::{call, flow, flow_path, operation, solution, workspace};

const DATAVERSE: &str = "shared_commondataserviceforapps";
const OUTLOOK: &str = "shared_office365";
const BUTTON: &str = r#""manual":{"type":"Request","kind":"Button","inputs":{}}"#;
const DAILY: &str = r#""Recurrence":{"type":"Recurrence","recurrence":{"frequency":"Day","interval":1}}"#;

fn sample() -> Workspace {
    let mut files: Vec<(String, String)> = Vec::new();
    files.extend(solution(
        "/r/a",
        "Expenses",
        &[("con_data", DATAVERSE), ("con_mail", OUTLOOK)],
    ));
    files.extend(solution("/r/b", "Travel", &[("con_other", DATAVERSE)]));
    let write = operation(
        "Add_report",
        "con_data",
        DATAVERSE,
        "CreateRecord",
        r#""entityName":"con_reports","item/con_name":"x","item/con_Owner@odata.bind":"/contacts(1)""#,
    );
    files.push((flow_path("/r/a", "Parent", 1), flow(&[], BUTTON, &call("Run_child", 2))));
    files.push((
        flow_path("/r/a", "Child", 2),
        flow(&[("con_data", DATAVERSE)], BUTTON, &write),
    ));
    let trigger = operation(
        "When_added",
        "con_mail",
        DATAVERSE,
        "SubscribeWebhookTrigger",
        r#""subscriptionRequest/message":1,"subscriptionRequest/entityname":"con_report","subscriptionRequest/scope":4"#,
    );
    let send = operation(
        "Send",
        "con_mail",
        OUTLOOK,
        "SendEmailV2",
        r#""emailMessage/To":"a@contoso.com""#,
    );
    files.push((
        flow_path("/r/b", "Listener", 3),
        flow(
            &[("con_other", DATAVERSE)],
            &trigger.replace("con_mail", "con_other"),
            "",
        ),
    ));
    files.push((
        flow_path("/r/a", "Mailer", 4),
        flow(&[("con_mail", OUTLOOK)], DAILY, &send),
    ));
    files.push((
        flow_path("/r/a", "AsCaller", 5),
        flow(&[("?con_mail", OUTLOOK)], BUTTON, &send),
    ));
    files.push((
        "/r/prod.deploymentSettings.json".into(),
        r##"{"EnvironmentVariables":[],"ConnectionReferences":[
            {"LogicalName":"con_data","ConnectionId":"0a0a","ConnectorId":"/x/shared_commondataserviceforapps"},
            {"LogicalName":"con_mail","ConnectionId":"0b0b","ConnectorId":"/x/shared_office365"},
            {"LogicalName":"con_other","ConnectionId":"#{token}#","ConnectorId":"/x/shared_commondataserviceforapps"}]}"##
            .into(),
    ));
    files.push((
        "/r/flowsentry.jsonc".into(),
        r#"{"connections":["inventory.csv"]}"#.into(),
    ));
    files.push((
        "/r/inventory.csv".into(),
        "ConnectionName,ConnectorName,Account,Environment\n\
         0a0a,shared_commondataserviceforapps,svc-flows@contoso.com,Contoso Production\n\
         0c0c,shared_sql,svc-flows@contoso.com,Contoso Test\n"
            .into(),
    ));
    files.push((
        "/r/a/Entities/con_Report/Entity.xml".into(),
        "<Entity><EntityInfo><entity Name=\"con_Report\"><EntitySetName>con_reports</EntitySetName>\
         <IsAuditEnabled>1</IsAuditEnabled></entity></EntityInfo></Entity>"
            .into(),
    ));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    workspace(&files)
}

#[test]
fn an_account_reaches_what_its_references_do() {
    let workspace = sample();
    let reach = Reach::new(&workspace);
    let account = reach
        .find_account("SVC-flows@contoso.com")
        .expect("the inventory names it");
    assert_eq!(reach.references_of(account).len(), 1);
    assert_eq!(
        reach.account(account).connections.len(),
        2,
        "one of them stands behind nothing here"
    );
    // The mapped connection's environment is what the settings call it, the other's what the inventory does.
    assert_eq!(reach.environments_of(account), ["Contoso Test", "prod"]);
    let sum = reach.sum(&workspace, &reach.uses_of_account(account));
    assert_eq!((sum.flows.len(), sum.operations), (1, 1));
    assert_eq!(sum.effects.to_string(), "create");
    assert_eq!(reach.table(sum.tables[0].table).name, "con_report");
}

#[test]
fn tables_know_who_touches_them() {
    let workspace = sample();
    let reach = Reach::new(&workspace);
    let table = reach.table(reach.find_table("con_report").expect("it is touched"));
    assert_eq!(
        (table.inferred, table.audited, table.uses.len()),
        (false, Some(true), 2)
    );
    assert_eq!(table.listeners.len(), 1);
    let bound = reach.table(reach.find_table("contact").expect("rows are bound to it"));
    assert_eq!((bound.uses.len(), bound.others.len()), (0, 1));
}

#[test]
fn what_stops_spreads_to_callers_and_what_they_feed() {
    let workspace = sample();
    let reach = Reach::new(&workspace);
    let account = reach
        .find_account("svc-flows@contoso.com")
        .expect("the inventory names it");
    let impact = reach.impact(&workspace, account);
    let name = |flow: super::FlowId| reach.flow(flow).name.as_str();
    assert_eq!(impact.stops.iter().map(|s| name(s.flow)).collect::<Vec<_>>(), ["Child"]);
    assert!(!impact.stops[0].trigger);
    assert_eq!(
        impact
            .fails
            .iter()
            .map(|(f, by)| (name(*f), name(*by)))
            .collect::<Vec<_>>(),
        [("Parent", "Child")]
    );
    let starved: Vec<Starved> = impact.starved.clone();
    assert_eq!(starved.len(), 1);
    assert_eq!((name(starved[0].flow), name(starved[0].by)), ("Listener", "Child"));
    let list = reach.rotation(&workspace, account, &impact);
    let on = list
        .steps
        .iter()
        .find(|step| step.title.starts_with("Switch flows on"))
        .expect("flows stop");
    assert_eq!(on.items, ["Child", "Parent"]);
    assert!(list.steps.last().is_some_and(|step| step.items.len() == 2), "{list:#?}");
}

#[test]
fn the_starters_account_is_nobodys_reach() {
    let workspace = sample();
    let reach = Reach::new(&workspace);
    let mail = reach.reference(reach.find_reference("con_mail").expect("declared"));
    let flows: Vec<&str> = mail
        .uses
        .iter()
        .map(|id| reach.flow(reach.use_of(*id).flow).name.as_str())
        .collect();
    assert_eq!(flows, ["Mailer"]);
    assert_eq!(mail.backings.len(), 1, "the connection is known, its account is not");
    assert_eq!(reach.backings[mail.backings[0]].account, None);
}

#[test]
fn copies_of_a_flow_count_once() {
    let mut files: Vec<(String, String)> = Vec::new();
    let send = operation("Send", "con_mail", OUTLOOK, "SendEmailV2", "");
    let text = flow(&[("con_mail", OUTLOOK)], BUTTON, &send);
    for root in ["/r/src", "/r/managed"] {
        files.extend(solution(root, "Expenses", &[("con_mail", OUTLOOK)]));
        files.push((flow_path(root, "Mailer", 1), text.clone()));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let reach = Reach::new(&workspace(&files));
    assert_eq!((reach.flows.len(), reach.uses.len(), reach.references.len()), (1, 1, 1));
    assert_eq!(reach.flows[0].solutions.len(), 2);
    assert_eq!(reach.references[0].declared.len(), 2);
}

#[test]
fn rings_of_calls_end() {
    let mut files: Vec<(String, String)> = solution("/r", "Ring", &[("con_mail", OUTLOOK)]).into();
    for (number, next) in [(1, 2), (2, 3), (3, 1)] {
        let actions = format!(
            "{},{}",
            call("Next", next),
            operation("Send", "con_mail", OUTLOOK, "SendEmailV2", "")
        );
        files.push((
            flow_path("/r", "Ring", number),
            flow(&[("con_mail", OUTLOOK)], BUTTON, &actions),
        ));
    }
    files.push((
        "/r/settings.json".into(),
        r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_mail","ConnectionOwner":"svc-a@contoso.com"}]}"#.into(),
    ));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let workspace = workspace(&files);
    let reach = Reach::new(&workspace);
    let account = reach.find_account("svc-a@contoso.com").expect("it is named");
    let impact = reach.impact(&workspace, account);
    assert_eq!(
        (impact.stops.len(), impact.fails.len(), impact.starved.len()),
        (3, 0, 0)
    );
    assert!(!reach.rotation(&workspace, account, &impact).steps.is_empty());
}
