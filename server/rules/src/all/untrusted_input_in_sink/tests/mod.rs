//! Tests of the rule, by what they look at.

mod flows;
mod harmless;
mod senders;
mod sinks;
mod ways;

use super::*;
use crate::testing::{FLOW, FLOW_ID, Found, Sample};

const ANYONE: &str =
    r#""manual":{"type":"Request","kind":"Http","inputs":{"triggerAuthenticationType":"All","schema":{}}}"#;

const DATAVERSE: &str = r#""When_changed":{"type":"OpenApiConnectionWebhook","inputs":{"host":{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"SubscribeWebhookTrigger","connectionName":"d"},"parameters":{"subscriptionRequest/message":3,"subscriptionRequest/entityname":"account"}}}"#;

const CHILD: &str = "00000000-0000-0000-0000-00000000000c";

const BUTTON: &str = r#""manual":{"type":"Request","kind":"Button","inputs":{"schema":{"type":"object","properties":{"text":{"type":"string"}}}}}"#;

fn definition(trigger: &str, actions: &str) -> String {
    format!(r#""connectionReferences":{{}},"definition":{{"triggers":{{{trigger}}},"actions":{{{actions}}}}}"#)
}

fn flow(trigger: &str, actions: &str) -> Sample {
    Sample::new(&definition(trigger, actions), &[])
}

fn operation(name: &str, connector: &str, id: &str, parameters: &str) -> String {
    format!(
        r#""{name}":{{"runAfter":{{}},"type":"OpenApiConnection","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}","connectionName":"c"}},"parameters":{{{parameters}}}}}}}"#
    )
}

fn rows(filter: &str) -> String {
    operation(
        "List_rows",
        "shared_commondataserviceforapps",
        "ListRecords",
        &format!(r#""entityName":"accounts","$filter":"{filter}""#),
    )
}

fn http(uri: &str) -> String {
    format!(r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"GET","uri":"{uri}"}}}}"#)
}

fn mail(parameters: &str) -> String {
    operation("Mail", "shared_office365", "SendEmailV2", parameters)
}

fn found(actions: &str) -> Vec<Found> {
    flow(ANYONE, actions).of(RULE.id)
}

fn marked(actions: &str) -> Vec<String> {
    flow(ANYONE, actions).marked(RULE.id)
}

/// Two variables, a Compose and Parse JSON lie between.
fn long(filter: &str) -> String {
    format!(
        r#""Parse":{{"runAfter":{{}},"type":"ParseJson","inputs":{{"content":"@triggerBody()","schema":{{}}}}}},
        "Init":{{"runAfter":{{"Parse":["Succeeded"]}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"first","type":"string","value":"@{{body('Parse')?['customer']?['name']}}"}}]}}}},
        "Init_2":{{"runAfter":{{"Init":["Succeeded"]}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"Second","type":"string"}}]}}}},
        "Set":{{"runAfter":{{"Init_2":["Succeeded"]}},"type":"SetVariable","inputs":{{"name":"Second","value":"@trim(variables('First'))"}}}},
        "Compose":{{"runAfter":{{"Set":["Succeeded"]}},"type":"Compose","inputs":{{"name":"@variables('second')","other":"x"}}}},
        {}"#,
        rows(filter).replace(r#""runAfter":{}"#, r#""runAfter":{"Compose":["Succeeded"]}"#)
    )
}

fn steps(found: &Found) -> Vec<&str> {
    let related = found.finding.related.iter();
    related.map(|step| step.message.as_str()).collect()
}

fn child(trigger: &str, actions: &str) -> (String, String) {
    (
        format!("/s/Workflows/Child-{CHILD}.json"),
        format!(
            r#"{{"properties":{{{}}},"schemaVersion":"1.0.0.0"}}"#,
            definition(trigger, actions)
        ),
    )
}

fn call(name: &str, body: &str) -> String {
    format!(
        r#""{name}":{{"runAfter":{{}},"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{{body}}}}}}}"#
    )
}

fn certain(sample: &Sample) -> Vec<Found> {
    let mut found = sample.of(RULE.id);
    found.retain(|found| found.finding.confidence > Confidence::Low);
    found
}

/// Actions that run one after the other, each after the one before.
fn in_order(actions: &[String]) -> String {
    let mut before: Option<String> = None;
    let mut all = Vec::new();
    for action in actions {
        let after = before.map_or(String::new(), |before| format!(r#""{before}":["Succeeded"]"#));
        all.push(action.replacen(r#""runAfter":{}"#, &format!(r#""runAfter":{{{after}}}"#), 1));
        before = action.split('"').nth(1).map(str::to_owned);
    }
    all.join(",")
}

fn compose(name: &str, inputs: &str) -> String {
    format!(r#""{name}":{{"runAfter":{{}},"type":"Compose","inputs":{inputs}}}"#)
}

fn variable(name: &str, kind: &str, value: &str) -> String {
    format!(
        r#""Init_{name}":{{"runAfter":{{}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"{name}","type":"{kind}","value":{value}}}]}}}}"#
    )
}

fn condition(name: &str, expression: &str, yes: &str, no: &str) -> String {
    format!(
        r#""{name}":{{"runAfter":{{}},"type":"If","expression":{expression},"actions":{{{yes}}},"else":{{"actions":{{{no}}}}}}}"#
    )
}
