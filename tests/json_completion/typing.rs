//! A session over standard streams: somebody types, asks, takes an offer. What is written is exactly what lacked.

use serde_json::{Value, json};

use super::editor::{Editor, FLOW, MAIN};
use crate::support::folder::Folder;
use crate::support::session::{Session, position, uri};

const LAST: &str =
    "          \"runAfter\": {\n            \"Count\": [\n              \"Succeeded\"\n            ]\n          }\n";

#[test]
fn siblings_and_statuses() {
    let mut editor = Editor::new();
    for typed in [
        "          \"runAfter\": {|}\n",
        "          \"runAfter\": { | }\n",
        "          \"runAfter\": {\"|\"}\n",
        "          \"runAfter\": { \"| }\n",
        "          \"runAfter\": {\n            \"|\n          }\n",
        "          \"runAfter\": {\n            |\n          }\n",
        "          \"runAfter\": {\n            \"Cou|\n          }\n",
    ] {
        assert_eq!(editor.labels(LAST, typed), ["Count", "First"], "{typed}");
        let ask = editor.action(LAST, typed, "Count", "Ask");
        assert_eq!(ask["runAfter"], json!({"Count": ["Succeeded"]}), "{typed}");
    }
    // Whoever waits for the action comes last, and what is there already is left out.
    let first = "        \"Ask\": {\n";
    assert!(
        editor
            .labels(first, "        \"Ask\": {\n          \"runAfter\": {\"|\": []},\n")
            .contains(&"Count".to_owned())
    );
    let both = "          \"runAfter\": {\n            \"First\": [\"Succeeded\"]\n            \"|\n          }\n";
    assert_eq!(editor.labels(LAST, both), ["Count"]);
    assert_eq!(
        editor.action(LAST, both, "Count", "Ask")["runAfter"],
        json!({"First": ["Succeeded"], "Count": ["Succeeded"]})
    );
    // A key alone is replaced whole, and its value kept.
    let key = LAST.replace("\"Count\"", "\"Co|unt\"");
    assert_eq!(
        editor.action(LAST, &key, "First", "Ask")["runAfter"],
        json!({"First": ["Succeeded"]})
    );
    for (typed, labels) in [
        ("[\"|\"]", &["Succeeded", "Failed", "Skipped", "TimedOut"][..]),
        ("[|]", &["Succeeded", "Failed", "Skipped", "TimedOut"]),
        ("[\"Succeeded\", \"|\"]", &["Failed", "Skipped", "TimedOut"]),
        ("[\"Succeeded\" \"|]", &["Failed", "Skipped", "TimedOut"]),
        ("[\n\"Succeeded\",\n\"Fai|\n]", &["Failed", "Skipped", "TimedOut"]),
    ] {
        let typed = LAST.replace("[\n              \"Succeeded\"\n            ]", typed);
        assert_eq!(editor.labels(LAST, &typed), labels, "{typed}");
        let ask = editor.action(LAST, &typed, "Failed", "Ask");
        let statuses = ask["runAfter"]["Count"].as_array().unwrap();
        assert_eq!(statuses.last().unwrap(), "Failed", "{typed}");
    }
    let value = LAST.replace("[\n              \"Succeeded\"\n            ]", "|");
    assert_eq!(
        editor.action(LAST, &value, "Skipped", "Ask")["runAfter"]["Count"],
        json!(["Skipped"])
    );
}

#[test]
fn those_that_wait_for_the_action_come_last() {
    let mut editor = Editor::new();
    let own = "          \"inputs\": \"x\",\n          \"runAfter\": {}\n";
    let typed = "          \"inputs\": \"x\",\n          \"runAfter\": {\"|\"}\n";
    let items = editor.typed(own, typed);
    let details: Vec<&str> = items.iter().map(|item| item["detail"].as_str().unwrap()).collect();
    assert_eq!(details.len(), 2);
    assert!(
        details.iter().all(|detail| detail.contains("waits for this action")),
        "{details:?}"
    );
}

#[test]
fn connections_of_actions() {
    let mut editor = Editor::new();
    let own = "\"connectionName\": \"shared_office365\",";
    for typed in [
        "\"connectionName\": \"|\",",
        "\"connectionName\": |",
        "\"connectionName\":|,",
        "\"connectionName\": \"shared_|\",",
        "\"connectionName\": \"|,",
        "\"connectionName\": shared|,",
    ] {
        assert_eq!(
            editor.labels(own, typed),
            ["shared_office365", "shared_commondataserviceforapps"],
            "the connector of the host comes first: {typed}"
        );
        let ask = editor.action(own, typed, "shared_commondataserviceforapps", "Ask");
        assert_eq!(
            ask["inputs"]["host"]["connectionName"], "shared_commondataserviceforapps",
            "{typed}"
        );
    }
    let items = editor.typed(own, "\"connectionName\": \"|\",");
    assert!(
        items
            .iter()
            .any(|item| item["detail"] == "Mail of finance · Office 365 Outlook"),
        "{items:#?}"
    );
    let operation = "\"operationId\": \"SendEmailV2\",";
    assert!(
        editor
            .labels(operation, "\"operationId\": \"|\",")
            .contains(&"SendEmailV2".to_owned())
    );
    let api = "\"apiId\": \"/providers/Microsoft.PowerApps/apis/shared_office365\"";
    let ask = editor.action(api, "\"apiId\": \"|", "shared_office365", "Ask");
    assert_eq!(
        ask["inputs"]["host"]["apiId"],
        "/providers/Microsoft.PowerApps/apis/shared_office365"
    );
    let host = "            \"host\": {\n              \"connectionName\": \"shared_office365\",\n              \"operationId\": \"SendEmailV2\",\n";
    let typed = "            \"host\": {\n              \"|\n              \"operationId\": \"SendEmailV2\",\n";
    assert_eq!(editor.labels(host, typed), ["connectionName"]);
    let ask = editor.action(host, typed, "connectionName", "Ask");
    assert_eq!(ask["inputs"]["host"]["connectionName"], "");
}

#[test]
fn connection_references_of_the_right_connector() {
    let mut editor = Editor::new();
    let own = "\"connectionReferenceLogicalName\": \"con_Mail\"";
    for typed in [
        "\"connectionReferenceLogicalName\": \"|\"",
        "\"connectionReferenceLogicalName\": |",
        "\"connectionReferenceLogicalName\": \"con_|",
    ] {
        assert_eq!(editor.labels(own, typed), ["con_Mail", "con_Data"], "{typed}");
        let flow = editor.json(own, typed, "con_Data");
        let entry = &flow["properties"]["connectionReferences"]["shared_office365"];
        assert_eq!(
            entry["connection"]["connectionReferenceLogicalName"], "con_Data",
            "{typed}"
        );
    }
    let items = editor.typed(own, "\"connectionReferenceLogicalName\": \"|\"");
    assert_eq!(items[0]["detail"], "Mail of finance · Office 365 Outlook");
    let list = "    \"connectionReferences\": {\n";
    let flow = editor.json(list, "    \"connectionReferences\": {\n      \"|\n", "Mail of finance");
    let entry = &flow["properties"]["connectionReferences"]["shared_office365_1"];
    assert_eq!(entry["connection"]["connectionReferenceLogicalName"], "con_Mail");
}

#[test]
fn child_flows_by_name() {
    let mut editor = Editor::new();
    let end = "          \"type\": \"Compose\",\n          \"inputs\": \"x\",\n";
    for typed in [
        "{ \"workflowReferenceName\": \"|\" }",
        "{ \"workflowReferenceName\": | }",
        "{ \"workflowReferenceName\": \"Not|\" }",
    ] {
        let typed = format!("          \"type\": \"Workflow\",\n          \"inputs\": {{ \"host\": {typed} }},\n");
        assert_eq!(editor.labels(end, &typed), ["Notify the team"], "{typed}");
        let first = editor.action(end, &typed, "Notify the team", "First");
        assert_eq!(
            first["inputs"]["host"]["workflowReferenceName"],
            "22222222-3333-4444-5555-666666666666"
        );
    }
}

#[test]
fn new_actions_with_what_they_need() {
    let mut editor = Editor::new();
    let end = "            ]\n          }\n        }\n      }\n";
    for (typed, name) in [
        (
            "            ]\n          }\n        },\n        |\n      }\n",
            "Compose",
        ),
        (
            "            ]\n          }\n        },\n        \"|\n      }\n",
            "Compose",
        ),
        (
            "            ]\n          }\n        }\n        \"|\"\n      }\n",
            "Compose",
        ),
        (
            "            ]\n          }\n        },\n        \"Check the sum|\"\n      }\n",
            "Check_the_sum",
        ),
        (
            "            ]\n          }\n        },\n        \"ask|\"\n      }\n",
            "ask_2",
        ),
    ] {
        let flow = editor.json(end, typed, "Compose");
        let new = &flow["properties"]["definition"]["actions"][name];
        assert_eq!(
            *new,
            json!({"type": "Compose", "inputs": "", "runAfter": {"Ask": ["Succeeded"]}}),
            "{typed} {flow:#}"
        );
    }
    // Laid out as the file is.
    let text = editor.taken(
        end,
        "            ]\n          }\n        },\n        |\n      }\n",
        "Scope",
    );
    let laid = "        \"Scope\": {\n          \"type\": \"Scope\",\n          \"actions\": {},\n          \"runAfter\": {\n            \"Ask\": [\n              \"Succeeded\"\n            ]\n          }\n        }\n";
    assert!(text.contains(laid), "{text}");
    // A name that is taken gets a number, and the first of a block runs after nothing.
    let first = "          \"type\": \"Compose\",\n          \"inputs\": \"x\",\n";
    let inner = editor.action(
        first,
        "          \"type\": \"Scope\",\n          \"actions\": {|},\n",
        "Compose",
        "First",
    );
    assert_eq!(inner["actions"]["Compose"]["runAfter"], json!({}), "{inner}");
    let labels = editor.labels(first, "          \"type\": \"Scope\",\n          \"actions\": {\"|},\n");
    assert!(
        labels.contains(&"Condition".to_owned()) && !labels.contains(&"Initialize_variable".to_owned()),
        "{labels:?}"
    );
    for label in labels {
        editor.json(
            first,
            "          \"type\": \"Scope\",\n          \"actions\": {|},\n",
            &label,
        );
    }
}

#[test]
fn types_and_members_of_actions() {
    let mut editor = Editor::new();
    let own = "          \"type\": \"Compose\",\n";
    for typed in [
        "          \"type\": \"|\",\n",
        "          \"type\": |\n",
        "          \"type\":|\n",
        "          \"type\": \"Sco|\n",
        "          \"type\": Sco|,\n",
    ] {
        let first = editor.action(own, typed, "Scope", "First");
        assert_eq!(
            (&first["type"], &first["inputs"]),
            (&json!("Scope"), &json!("x")),
            "{typed}"
        );
    }
    for typed in [
        "          |\n",
        "          \"|\n",
        "          \"|\"\n",
        "          ty|\n",
    ] {
        let labels = editor.labels(own, typed);
        assert_eq!(labels[0], "type", "{typed}");
        assert!(!labels.contains(&"inputs".to_owned()), "it is there: {labels:?}");
        let first = editor.action(own, typed, "description", "First");
        assert_eq!(first["description"], "", "{typed}");
    }
    let typed = "          \"type\": \"Foreach\",\n          \"|\n";
    let labels = editor.labels(own, typed);
    assert_eq!(labels[..2], ["foreach", "actions"], "{labels:?}");
    assert!(labels.contains(&"operationOptions".to_owned()));
    let kinds = "          \"kind\": \"Http\",\n";
    let flow = editor.json(kinds, "          \"kind\": \"|\",\n", "PowerAppV2");
    assert_eq!(
        flow["properties"]["definition"]["triggers"]["manual"]["kind"],
        "PowerAppV2"
    );
}

#[test]
fn words_of_members() {
    let mut editor = Editor::new();
    let own = "          \"type\": \"Compose\",\n          \"inputs\": \"x\",\n";
    for (typed, label, pointer, value) in [
        (
            "\"type\": \"Terminate\", \"inputs\": {\"runStatus\": \"|\"},",
            "Cancelled",
            "/inputs/runStatus",
            json!("Cancelled"),
        ),
        (
            "\"type\": \"Foreach\", \"operationOptions\": \"|\",",
            "Sequential",
            "/operationOptions",
            json!("Sequential"),
        ),
        (
            "\"type\": \"Http\", \"operationOptions\": \"DisableAsyncPattern, |\",",
            "SuppressWorkflowHeaders",
            "/operationOptions",
            json!("DisableAsyncPattern, SuppressWorkflowHeaders"),
        ),
        (
            "\"type\": \"Http\", \"inputs\": {\"method\": |},",
            "PATCH",
            "/inputs/method",
            json!("PATCH"),
        ),
        (
            "\"type\": \"Http\", \"inputs\": {\"retryPolicy\": {\"type\": \"|\"}},",
            "exponential",
            "/inputs/retryPolicy/type",
            json!("exponential"),
        ),
        (
            "\"type\": \"Http\", \"inputs\": {\"retryPolicy\": {|}},",
            "count",
            "/inputs/retryPolicy/count",
            json!(4),
        ),
        (
            "\"type\": \"Http\", \"runtimeConfiguration\": {\"secureData\": {\"properties\": [\"inputs\", \"|\"]}},",
            "outputs",
            "/runtimeConfiguration/secureData/properties",
            json!(["inputs", "outputs"]),
        ),
        (
            "\"type\": \"Http\", \"runtimeConfiguration\": {\"|},",
            "secureData",
            "/runtimeConfiguration/secureData/properties/0",
            json!("inputs"),
        ),
        (
            "\"type\": \"IncrementVariable\", \"inputs\": {\"name\": \"|\"},",
            "n",
            "/inputs/name",
            json!("n"),
        ),
        (
            "\"type\": \"Wait\", \"inputs\": {\"interval\": {\"unit\": \"|\"}},",
            "Hour",
            "/inputs/interval/unit",
            json!("Hour"),
        ),
        (
            "\"type\": \"Table\", \"inputs\": {\"format\": \"|\"},",
            "CSV",
            "/inputs/format",
            json!("CSV"),
        ),
        (
            "\"type\": \"Response\", \"kind\": \"|\",",
            "PowerApp",
            "/kind",
            json!("PowerApp"),
        ),
        (
            "\"type\": \"Until\", \"limit\": {|},",
            "timeout",
            "/limit/timeout",
            json!("PT1H"),
        ),
        (
            "\"type\": \"If\", \"expression\": {\"|},",
            "not",
            "/expression/not/equals/1",
            json!(true),
        ),
        (
            "\"type\": \"Switch\", \"cases\": {|},",
            "Case",
            "/cases/Case/case",
            json!(""),
        ),
        (
            "\"type\": \"ApiConnection\", \"inputs\": {\"host\": {\"connection\": {\"name\": \"|\"}}},",
            "shared_office365",
            "/inputs/host/connection/name",
            json!("@parameters('$connections')['shared_office365']['connectionId']"),
        ),
    ] {
        let typed = format!("          {typed}\n");
        let first = editor.action(own, &typed, label, "First");
        assert_eq!(first.pointer(pointer), Some(&value), "{typed}: {first:#}");
    }
    let trigger = "            \"schema\": {}\n";
    let flow = editor.json(
        trigger,
        "            \"schema\": {},\n            \"triggerAuthenticationType\": \"|\"\n",
        "Tenant",
    );
    assert_eq!(
        flow["properties"]["definition"]["triggers"]["manual"]["inputs"]["triggerAuthenticationType"],
        "Tenant"
    );
    let request = "          \"type\": \"Request\",\n";
    let flow = editor.json(
        request,
        "          \"recurrence\": {\"frequency\": \"|\", \"schedule\": {\"weekDays\": [\"Monday\"]}},\n          \"type\": \"Request\",\n",
        "Week",
    );
    assert_eq!(
        flow["properties"]["definition"]["triggers"]["manual"]["recurrence"]["frequency"],
        "Week"
    );
    let typed = "          \"recurrence\": {\"frequency\": \"Week\", \"schedule\": {\"weekDays\": [\"Monday\", |]}},\n          \"type\": \"Request\",\n";
    assert!(!editor.labels(request, typed).contains(&"Monday".to_owned()));
}

#[test]
fn a_modern_client_gets_gaps_and_both_ranges() {
    let folder = Folder::new();
    let path = folder.write(MAIN, FLOW);
    let mut session = Session::start_with(
        folder.path(),
        json!({"textDocument": {"completion": {"completionItem": {"snippetSupport": true, "insertReplaceSupport": true}}}}),
        Value::Null,
    );
    let uri = uri(&path);
    let marked = FLOW.replace(
        "\"inputs\": \"x\",\n          \"runAfter\": {}",
        "\"inputs\": \"x\",\n          \"runAfter\": {\"C|o\"}",
    );
    let at = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    session.open(&uri, &text);
    let answer = session.request(
        "textDocument/completion",
        json!({"textDocument": {"uri": uri}, "position": position(&text, at), "context": {"triggerKind": 1}}),
    );
    let items = answer["result"]["items"].as_array().unwrap();
    let item = items.iter().find(|item| item["label"] == "Count").unwrap();
    assert_eq!(item["filterText"], "\"Count\"");
    assert_eq!(item["insertTextFormat"], 2);
    let edit = &item["textEdit"];
    assert!(
        edit["newText"]
            .as_str()
            .unwrap()
            .contains("\"${1|Succeeded,Failed,Skipped,TimedOut|}\""),
        "{edit}"
    );
    let columns =
        |range: &Value| range["end"]["character"].as_u64().unwrap() - range["start"]["character"].as_u64().unwrap();
    assert_eq!((columns(&edit["insert"]), columns(&edit["replace"])), (2, 4));
}
