//! Refactorings over sessions and over whole flows: the sample always, real ones where `FLOWSENTRY_CORPUS` names a folder.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing helper is a failing test"
)]

#[path = "refactor/law.rs"]
mod law;
mod support;

use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, apply, position, uri};

const FLOW: &str = r#"{
  "properties": {
    "definition": {
      "triggers": {"manual": {"type": "Request", "kind": "Button", "inputs": {"schema": {"type": "object", "properties": {}}}}},
      "actions": {
        "Try_it": {
          "type": "Scope",
          "actions": {
            "Compose": {"type": "Compose", "inputs": 1}
          },
          "runAfter": {}
        },
        "Catch_Try_it": {
          "type": "Compose",
          "inputs": "x",
          "runAfter": {
            "Try_it": [
              "Succeeded"
            ]
          }
        }
      }
    }
  }
}"#;

fn ask(session: &mut Session, flow: &str, text: &str, needle: &str, only: &str) -> Vec<Value> {
    let at = position(text, text.find(needle).unwrap() + 1);
    let answer = session.request(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": flow}, "range": {"start": at, "end": at},
            "context": {"diagnostics": [], "only": [only]}
        }),
    );
    answer["result"].as_array().unwrap().clone()
}

fn titles(offered: &[Value]) -> Vec<&str> {
    offered.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

#[test]
fn a_scope_gets_a_catch() {
    let folder = Folder::new();
    let path = folder.write("Workflows/Flow-11111111-2222-3333-4444-555555555555.json", FLOW);
    let mut session = Session::start(folder.path());
    let flow = uri(&path);
    session.open(&flow, FLOW);
    let kinds = &session.capabilities["codeActionProvider"]["codeActionKinds"];
    assert!(
        kinds.as_array().unwrap().contains(&json!("refactor.rewrite")),
        "{kinds}"
    );
    let offered = ask(&mut session, &flow, FLOW, "Try_it", "refactor");
    assert_eq!(
        titles(&offered),
        [
            "Catch failures of `Try it` in a scope of their own",
            "Wrap `Try it` in a scope"
        ]
    );
    assert_eq!(offered[0]["kind"], "refactor.rewrite");
    assert_eq!(
        offered[0]["title"],
        "Catch failures of `Try it` in a scope of their own"
    );
    let edits = offered[0]["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
    let text = apply(FLOW, edits);
    let added = r#",
        "Catch_Try_it_2": {
          "type": "Scope",
          "actions": {
            "End_after_failure_of_Try_it": {
              "type": "Terminate",
              "inputs": {
                "runStatus": "Failed",
                "runError": {
                  "code": "ScopeFailed",
                  "message": "The scope Try it failed."
                }
              },
              "runAfter": {}
            }
          },
          "runAfter": {"Try_it": ["Failed", "TimedOut"]}
        }
      }
    }
  }
}"#;
    let text_before = FLOW.strip_suffix("\n      }\n    }\n  }\n}").unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let wanted: Value = serde_json::from_str(&format!("{text_before}{added}")).unwrap();
    assert_eq!(whole, wanted);
    assert!(text.starts_with(text_before), "{text}");
    assert!(
        text.contains(&added[..added.find("          \"runAfter\": {\"Try").unwrap()]),
        "{text}"
    );

    // Once only: the failure is handled then. Not on other actions, and not where fixes are asked for.
    session.change(&flow, 2, json!([{"text": text}]));
    let catches = |offered: Vec<Value>| titles(&offered).iter().any(|title| title.starts_with("Catch"));
    assert!(!catches(ask(&mut session, &flow, &text, "Try_it", "refactor")));
    session.change(&flow, 3, json!([{"text": FLOW}]));
    assert!(!catches(ask(&mut session, &flow, FLOW, "\"Compose\"", "refactor")));
    assert!(ask(&mut session, &flow, FLOW, "Try_it", "refactor.extract").is_empty());
    // The service ends no run from inside a loop.
    let looped = FLOW
        .replace(
            "\"Try_it\": {\n",
            "\"Loop\": {\"type\": \"Foreach\", \"foreach\": \"@createArray(1)\", \"actions\": {\"Try_it\": {\n",
        )
        .replace(
            "\"runAfter\": {}\n        },",
            "\"runAfter\": {}\n        }}, \"runAfter\": {}},",
        )
        .replace("            \"Try_it\": [", "            \"Loop\": [");
    assert!(serde_json::from_str::<Value>(&looped).is_ok(), "{looped}");
    session.change(&flow, 4, json!([{"text": looped}]));
    assert!(!catches(ask(&mut session, &flow, &looped, "Try_it", "refactor")));
}

#[test]
fn a_compose_goes_where_it_is_read() {
    let actions = |first: &str, second: &str| {
        format!(
            r#"{{"properties": {{"definition": {{"triggers": {{"manual": {{"type": "Request", "kind": "Button", "inputs": {{}}}}}}, "actions": {{
  "First": {{"type": "Compose", "inputs": "{first}", "runAfter": {{}}}},
  "Second": {{"type": "Compose", "inputs": "{second}", "runAfter": {{"First": ["Succeeded"]}}}}
}}}}}}}}"#
        )
    };
    let folder = Folder::new();
    let before = actions("@concat( 'a\\\"', triggerBody() )", "Hi @{outputs('First')?['x']}, you");
    let path = folder.write("Workflows/Flow-11111111-2222-3333-4444-555555555555.json", &before);
    let mut session = Session::start(folder.path());
    let flow = uri(&path);
    session.open(&flow, &before);
    let offered = ask(&mut session, &flow, &before, "First", "refactor.inline");
    assert_eq!(offered.len(), 1, "{offered:?}");
    assert_eq!(offered[0]["kind"], "refactor.inline");
    let after = apply(
        &before,
        offered[0]["edit"]["documentChanges"][0]["edits"].as_array().unwrap(),
    );
    let after: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(
        after["properties"]["definition"]["actions"],
        json!({"Second": {"type": "Compose", "inputs": "Hi @{concat('a\"', triggerBody())?['x']}, you", "runAfter": {}}})
    );
    // Whatever stands around it: the type stays where the string is nothing else, and is text where there is text.
    for (version, first, second, after) in [
        (20, "@triggerBody()", "@outputs('First')", "@triggerBody()"),
        (21, "@triggerBody()", "@{outputs('First')}", "@{triggerBody()}"),
        (
            22,
            "@triggerBody()",
            "@outputs('first')?['a']?['b']",
            "@triggerBody()?['a']?['b']",
        ),
        (
            23,
            "@triggerBody()?['x']",
            "@outputs('First')[0]",
            "@triggerBody()?['x'][0]",
        ),
        (
            24,
            "@concat('}', 'it''s')",
            "a@{toLower(outputs('First'))}b",
            "a@{toLower(concat('}', 'it''s'))}b",
        ),
        (
            25,
            "@concat('x',\\n 'y')",
            "@if(true, outputs('First'), 1)",
            "@if(true, concat('x', 'y'), 1)",
        ),
        (26, "it's", "@outputs('First')", "it's"),
        (27, "a@@{b}", "@outputs('First')", "a@@{b}"),
        (28, "it's", "<@{outputs('First')}>", "<@{'it''s'}>"),
        (29, "it's", "@concat(outputs('First'), '!')", "@concat('it''s', '!')"),
    ] {
        let text = actions(first, second);
        session.change(&flow, version, json!([{"text": text}]));
        let offered = ask(&mut session, &flow, &text, "First", "refactor.inline");
        assert_eq!(offered.len(), 1, "{text}");
        let new = apply(
            &text,
            offered[0]["edit"]["documentChanges"][0]["edits"].as_array().unwrap(),
        );
        let new: Value = serde_json::from_str(&new).unwrap();
        assert_eq!(new["properties"]["definition"]["actions"]["Second"]["inputs"], after);
    }
    // Another value at the other place, read twice, text around an expression, a member of a text, a name that is worked out.
    for (version, first, second) in [
        (32, "@utcNow()", "@outputs('First')"),
        (33, "@triggerBody()", "@concat(outputs('First'), outputs('First'))"),
        (34, "text @{triggerBody()}", "@outputs('First')"),
        (37, "text", "@outputs('First')?['x']"),
        (
            35,
            "@triggerBody()",
            "@concat(outputs('First'), outputs(concat('Fi', 'rst')))",
        ),
        (36, "@triggerBody()", "x"),
    ] {
        let text = actions(first, second);
        session.change(&flow, version, json!([{"text": text}]));
        assert!(
            ask(&mut session, &flow, &text, "First", "refactor.inline").is_empty(),
            "{text}"
        );
    }
}

const REPEATED: &str = "{\r\n\t\"properties\": {\r\n\t\t\"connectionReferences\": {},\r\n\t\t\"definition\": {\r\n\t\t\t\"parameters\": {},\r\n\t\t\t\"triggers\": {\"manual\": {\"type\": \"Request\", \"kind\": \"Button\", \"inputs\": {}}},\r\n\t\t\t\"actions\": {\r\n\t\t\t\t\"Ask\": {\r\n\t\t\t\t\t\"type\": \"Http\",\r\n\t\t\t\t\t\"inputs\": {\"method\": \"GET\", \"uri\": \"https://api.contoso.com/v1/orders\", \"body\": \"@concat('orders', 5)\"},\r\n\t\t\t\t\t\"runAfter\": {}\r\n\t\t\t\t},\r\n\t\t\t\t\"Note\": {\r\n\t\t\t\t\t\"type\": \"Compose\",\r\n\t\t\t\t\t\"inputs\": {\"kept\": \"orders\", \"more\": \"see https://api.contoso.com/help @{triggerBody()}\"},\r\n\t\t\t\t\t\"runAfter\": {\"Ask\": [\"Succeeded\"]}\r\n\t\t\t\t}\r\n\t\t\t}\r\n\t\t}\r\n\t}\r\n}";

/// A solution with the flow [`REPEATED`] and settings for two environments, open in an editor that creates files and shows
/// what it cannot do.
fn solution() -> (Folder, Session, String) {
    let folder = Folder::new();
    folder.write(
        "Other/Solution.xml",
        "<ImportExportXml>\n  <SolutionManifest>\n    <UniqueName>S</UniqueName>\n    <Version>1.0</Version>\n    <Publisher>\n      <CustomizationPrefix>con</CustomizationPrefix>\n    </Publisher>\n    <RootComponents />\n    <MissingDependencies />\n  </SolutionManifest>\n</ImportExportXml>",
    );
    folder.write(
        "Other/Customizations.xml",
        "<ImportExportXml>\n  <connectionreferences>\n    <connectionreference connectionreferencelogicalname=\"con_dv\">\n      <connectorid>/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps</connectorid>\n    </connectionreference>\n  </connectionreferences>\n</ImportExportXml>",
    );
    for environment in ["test", "prod"] {
        folder.write(
            &format!("config/{environment}.json"),
            "{\n  \"ConnectionReferences\": [\n    { \"LogicalName\": \"con_dv\", \"ConnectionId\": \"#{c}#\" }\n  ]\n}",
        );
    }
    let path = folder.write("Workflows/Flow-11111111-2222-3333-4444-555555555555.json", REPEATED);
    let session = Session::start_with(
        folder.path(),
        json!({
            "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
            "textDocument": {"codeAction": {"disabledSupport": true}}
        }),
        Value::Null,
    );
    (folder, session, uri(&path))
}

fn offered<'o>(actions: &'o [Value], title: &str) -> &'o Value {
    let found = actions.iter().find(|action| action["title"] == title);
    found.unwrap_or_else(|| panic!("{title} is not among {:?}", titles(actions)))
}

/// The edits of an action for the file whose address ends so.
fn edits_of<'o>(action: &'o Value, end: &str) -> &'o Vec<Value> {
    let changes = action["edit"]["documentChanges"].as_array().unwrap();
    let of = |change: &&Value| {
        change["textDocument"]["uri"]
            .as_str()
            .is_some_and(|uri| uri.ends_with(end))
    };
    changes.iter().find(of).unwrap()["edits"].as_array().unwrap()
}

#[test]
fn a_repeated_value_gets_a_name() {
    let (_folder, mut session, flow) = solution();
    session.open(&flow, REPEATED);
    let kinds = &session.capabilities["codeActionProvider"]["codeActionKinds"];
    assert!(
        kinds.as_array().unwrap().contains(&json!("refactor.extract")),
        "{kinds}"
    );
    let actions = ask(&mut session, &flow, REPEATED, "orders', 5", "refactor.extract");
    assert_eq!(
        titles(&actions),
        [
            "Extract to environment variable `con_Orders` (2 places)",
            "Extract to variable `Orders` (2 places)",
            "Extract to parameter `Orders` (2 places)"
        ]
    );
    assert!(actions.iter().all(|action| action["kind"] == "refactor.extract"));
    assert!(ask(&mut session, &flow, REPEATED, "orders', 5", "refactor.rewrite").is_empty());
    assert!(ask(&mut session, &flow, REPEATED, "orders', 5", "quickfix").is_empty());

    let variable = apply(REPEATED, edits_of(&actions[1], "5555.json"));
    let first = "\r\n\t\t\t\t\"Initialize_Orders\": {\r\n\t\t\t\t\t\"type\": \"InitializeVariable\",\r\n\t\t\t\t\t\"inputs\": {\r\n\t\t\t\t\t\t\"variables\": [\r\n\t\t\t\t\t\t\t{\r\n\t\t\t\t\t\t\t\t\"name\": \"Orders\",\r\n\t\t\t\t\t\t\t\t\"type\": \"string\",\r\n\t\t\t\t\t\t\t\t\"value\": \"orders\"\r\n\t\t\t\t\t\t\t}\r\n\t\t\t\t\t\t]\r\n\t\t\t\t\t},\r\n\t\t\t\t\t\"runAfter\": {}\r\n\t\t\t\t},\r\n\t\t\t\t\"Ask\": {";
    assert!(variable.contains(first), "{variable}");
    assert!(
        variable.contains("\"@concat(variables('Orders'), 5)\"")
            && variable.contains("\"kept\": \"@variables('Orders')\"")
    );
    assert!(
        variable.contains("\"runAfter\": {\"Initialize_Orders\": [\"Succeeded\"]}"),
        "{variable}"
    );
    let parameter = apply(REPEATED, edits_of(&actions[2], "5555.json"));
    let value: Value = serde_json::from_str(&parameter).unwrap();
    assert_eq!(
        value["properties"]["definition"]["parameters"],
        json!({"Orders": {"defaultValue": "orders", "type": "String"}})
    );
    assert!(parameter.contains("concat(parameters('Orders'), 5)"));

    let number = ask(&mut session, &flow, REPEATED, " 5)", "refactor.extract");
    let number = offered(&number, "Extract to parameter `Ask`");
    assert!(apply(REPEATED, edits_of(number, "5555.json")).contains("\"defaultValue\": 5,"));
}

#[test]
fn a_host_goes_to_an_environment_variable_of_every_environment() {
    let (_folder, mut session, flow) = solution();
    session.open(&flow, REPEATED);
    let actions = ask(&mut session, &flow, REPEATED, "contoso.com/v1", "refactor.extract");
    let title = "Extract `https://api.contoso.com` to environment variable `con_ContosoAddress` (2 places)";
    let action = offered(&actions, title);
    let after = apply(REPEATED, edits_of(action, "5555.json"));
    let name = "@{parameters('Contoso address (con_ContosoAddress)')}";
    assert!(
        after.contains(&format!("\"{name}/v1/orders\""))
            && after.contains(&format!("see {name}/help @{{triggerBody()}}"))
    );
    let value: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(
        value["properties"]["definition"]["parameters"]["Contoso address (con_ContosoAddress)"]["metadata"]["schemaName"],
        "con_ContosoAddress"
    );
    let created = &action["edit"]["documentChanges"][0];
    assert_eq!(created["kind"], "create");
    let definition = "con_ContosoAddress/environmentvariabledefinition.xml";
    assert!(created["uri"].as_str().unwrap().ends_with(definition), "{created}");
    let text = edits_of(action, definition)[0]["newText"].as_str().unwrap();
    assert!(
        text.contains("<defaultvalue>https://api.contoso.com</defaultvalue>"),
        "{text}"
    );
    for environment in ["test.json", "prod.json"] {
        let added = edits_of(action, environment)[0]["newText"].as_str().unwrap();
        assert!(
            added.contains("\"EnvironmentVariables\"") && added.contains("#{environmentvariable.con_ContosoAddress}#")
        );
    }
}

#[test]
fn actions_go_into_a_scope() {
    let (_folder, mut session, flow) = solution();
    session.open(&flow, REPEATED);
    let (start, end) = (REPEATED.find("\"Ask\": {").unwrap(), REPEATED.find("\"kept\"").unwrap());
    let answer = session.request(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": flow},
            "range": {"start": position(REPEATED, start), "end": position(REPEATED, end)},
            "context": {"diagnostics": [], "only": ["refactor"]}
        }),
    );
    let actions = answer["result"].as_array().unwrap();
    assert_eq!(titles(actions), ["Wrap 2 actions in a scope"]);
    assert_eq!(actions[0]["kind"], "refactor.rewrite");
    let after = apply(REPEATED, edits_of(&actions[0], "5555.json"));
    let begin = "\r\n\t\t\t\t\"Scope\": {\r\n\t\t\t\t\t\"type\": \"Scope\",\r\n\t\t\t\t\t\"actions\": {\r\n\t\t\t\t\t\t\"Ask\": {\r\n\t\t\t\t\t\t\t\"type\": \"Http\",";
    assert!(after.contains(begin), "{after}");
    let value: Value = serde_json::from_str(&after).unwrap();
    let before: Value = serde_json::from_str(REPEATED).unwrap();
    let actions = &value["properties"]["definition"]["actions"];
    assert_eq!(
        actions["Scope"]["actions"],
        before["properties"]["definition"]["actions"]
    );
    assert_eq!(
        (actions.as_object().unwrap().len(), &actions["Scope"]["runAfter"]),
        (1, &json!({}))
    );

    // What a scope cannot hold is told where people ask.
    let declared = REPEATED.replace(
        "\"type\": \"Compose\",\r\n\t\t\t\t\t\"inputs\": {\"kept\": \"orders\", \"more\": \"see https://api.contoso.com/help @{triggerBody()}\"}",
        "\"type\": \"InitializeVariable\",\r\n\t\t\t\t\t\"inputs\": {\"variables\": [{\"name\": \"x\", \"type\": \"string\"}]}",
    );
    assert_ne!(declared, REPEATED);
    session.change(&flow, 2, json!([{"text": declared}]));
    let refused = ask(&mut session, &flow, &declared, "Note\"", "refactor.rewrite");
    let refused = offered(&refused, "Wrap `Note` in a scope");
    let reason = refused["disabled"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("declares a variable") && refused["edit"].is_null(),
        "{refused}"
    );
}
