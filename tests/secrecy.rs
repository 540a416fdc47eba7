//! No output tells a secret: invented ones of every known shape are planted wherever text can stand in a solution, its
//! settings, inventory and plan, and whatever the program then says, in any form, holds no more of one than a few signs.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, position, uri};

const FLOW: &str = "solution/src/Workflows/Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json";
const LONG: &str = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7zA9bC1dE3fG5hJ7kL9mQ2wE4";
const HEX: &str = "90ab1c2d3e4f5061728394a5b6c7d8e9";
/// So many signs of a secret in a row are more than a few.
const FEW: usize = 9;

/// A text with a secret in it, and the secret: put together here, so that no scanner finds one in this file.
fn secrets() -> Vec<(String, String)> {
    let long = |from: usize, many: usize| &LONG[from..from + many];
    let whole = |parts: &[&str]| (parts.concat(), parts.concat());
    let within =
        |before: &[&str], secret: &str, after: &str| (format!("{}{secret}{after}", before.concat()), secret.to_owned());
    vec![
        whole(&["eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiI5ODc2NTQzMjEwIn0.", long(3, 40)]),
        within(
            &["-----BEGIN ", "PRIVATE KEY-----"],
            &format!("MIIE{}", long(5, 80)),
            "",
        ),
        within(
            &["DefaultEndpointsProtocol=https;AccountName=x;Account", "Key="],
            long(1, 86),
            "==",
        ),
        within(
            &["Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccess", "Key="],
            long(2, 43),
            "=",
        ),
        within(&["https://x.y/z?sp=%2Frun&sv=1.0&si", "g="], long(4, 43), ""),
        within(&["https://x.azurewebsites.net/api/f?co", "de="], long(6, 50), "=="),
        within(
            &["Server=x;Database=y;User Id=sa;Pass", "word="],
            "Gr3en!Tea77QzVx",
            ";",
        ),
        within(
            &["grant_type=client_credentials&client_", "secret="],
            "B1ack!Tea99KwLy",
            "&scope=x",
        ),
        whole(&["abc8", "Q~", long(7, 34)]),
        whole(&["gh", "p_", long(8, 36)]),
        whole(&["glp", "at-", long(9, 24)]),
        whole(&["xo", "xb-", long(10, 30)]),
        within(
            &["https://hooks.slack", ".com/services/"],
            &format!("TQ4X8ZK2M1/BW7R3YN5P9/{}", long(11, 24)),
            "",
        ),
        within(
            &[
                "https://a.webhook",
                ".office.com/webhookb2/11111111-2222-3333-4444-555555555555@11111111-2222-3333-4444-555555555555/IncomingWebhook/",
            ],
            HEX,
            "",
        ),
        within(
            &["https://discord", ".com/api/webhooks/"],
            &format!("830172946510385729/{}", long(12, 68)),
            "",
        ),
        whole(&["AK", "IAQ2W3E4R5T6Y7UABC"]),
        whole(&["AI", "za", long(13, 35)]),
        whole(&["sk_", "live_", long(14, 24)]),
        whole(&["SG", ".", long(15, 22), ".", long(16, 43)]),
        whole(&["S", "K", HEX]),
        whole(&["np", "m_", long(17, 36)]),
        whole(&[long(0, 76), "AZ", "DOabcd"]),
        whole(&["sk", "-proj", long(2, 20), "T3Blbk", "FJ", long(18, 24)]),
        within(&["https://user", ":"], "0olong!Tea55", "@host.example/x"),
        within(&["Ba", "sic "], "dXNlcjpXaGl0ZVRlYTIyWnFOcA==", ""),
        within(&["Bea", "rer "], long(19, 40), ""),
    ]
}

/// The places of the sample, each with a secret of its own: the secrets go round by `turn`.
struct Planter {
    all: Vec<(String, String)>,
    next: usize,
    planted: usize,
}

impl Planter {
    fn take(&mut self) -> String {
        let (text, _) = &self.all[self.next % self.all.len()];
        self.next += 1;
        self.planted += 1;
        text.clone()
    }

    /// For JSON and XML that is written by hand.
    fn escaped(&mut self) -> String {
        self.take().replace('&', "&amp;")
    }
}

fn planted(turn: usize) -> (Folder, usize) {
    let folder = Folder::with_sample();
    let mut planter = Planter {
        all: secrets(),
        next: turn,
        planted: 0,
    };
    let p = &mut planter;
    folder.edit(FLOW, |text| {
        let mut flow: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
        let definition = &mut flow["properties"]["definition"];
        let (name, expression) = (p.take(), p.take());
        definition["description"] = json!(p.take());
        definition["parameters"]["Key of something"] = json!({"type": "String", "defaultValue": p.take(), "metadata": {"description": p.take()}});
        let after = json!({});
        let actions = definition["actions"].as_object_mut().unwrap();
        let mut add = |name: &str, action: Value| drop(actions.insert(name.to_owned(), action));
        add("Plain", json!({"type": "Compose", "inputs": p.take(), "runAfter": after, "description": p.take()}));
        add("Deep", json!({"type": "Compose", "inputs": {"a": [p.take(), {"password": p.take()}]}, "runAfter": after}));
        add("Inside", json!({"type": "Compose", "inputs": format!("@concat('{}', utcNow())", p.take()), "runAfter": after}));
        add("Between", json!({"type": "Compose", "inputs": format!("x @{{utcNow()}} {}", p.take()), "runAfter": after}));
        add("Unknown", json!({"type": "Compose", "inputs": format!("@outputs('{}')", p.take()), "runAfter": after}));
        add("Variable", json!({"type": "Compose", "inputs": format!("@variables('{}')", p.take()), "runAfter": after}));
        add("Parameter", json!({"type": "Compose", "inputs": format!("@parameters('{}')", p.take()), "runAfter": after}));
        add("Equal", json!({"type": "If", "expression": {"equals": [p.take(), p.take()]}, "actions": {}, "runAfter": after}));
        add("Broken", json!({"type": "Compose", "inputs": format!("@concat('{expression}'"), "runAfter": after}));
        add("Function", json!({"type": "Compose", "inputs": format!("@nothing('{name}')"), "runAfter": after}));
        add("Call", json!({"type": "Http", "inputs": {"method": "POST", "uri": p.take(), "headers": {"Authorization": p.take(), "x-other": p.take()},
            "queries": {"subscription-key": p.take()}, "body": {"client_secret": p.take(), "text": p.take()},
            "authentication": {"type": "Basic", "username": "u", "password": p.take()}}, "runAfter": after}));
        add("Call_a_path", json!({"type": "Http", "inputs": {"method": "GET", "uri": format!("https://api.example/{}", p.take())}, "runAfter": after}));
        add("Row", json!({"type": "OpenApiConnection", "inputs": {"host": {"connectionName": p.take(), "operationId": "ListRecords", "apiId": "/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},
            "parameters": {"entityName": "con_keys", "$filter": format!("con_key eq '{}'", p.take())}}, "runAfter": after}));
        add("Write", json!({"type": "OpenApiConnection", "inputs": {"host": {"connectionName": "shared_commondataserviceforapps", "operationId": "UpdateRecord", "apiId": "/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},
            "parameters": {"entityName": "con_expensereports", "recordId": p.take(), "item/con_password": p.take()}}, "runAfter": after}));
        add("Mail", json!({"type": "OpenApiConnection", "inputs": {"host": {"connectionName": "shared_office365", "operationId": "SendEmailV2", "apiId": "/providers/Microsoft.PowerApps/apis/shared_office365"},
            "parameters": {"emailMessage/To": format!("{}; desk@elsewhere.example", p.take()), "emailMessage/Body": p.take()}}, "runAfter": after}));
        add("List", json!({"type": "OpenApiConnection", "inputs": {"host": {"connectionName": "sp", "operationId": p.take(), "apiId": "/providers/Microsoft.PowerApps/apis/shared_sharepointonline"},
            "parameters": {"dataset": format!("https://contoso.sharepoint.com/sites/{}", p.take()), "table": "con"}}, "runAfter": after}));
        add("Child", json!({"type": "Workflow", "inputs": {"host": {"workflowReferenceName": p.take()}, "body": {"text": p.take()}}, "runAfter": after}));
        add("Kind", json!({"type": p.take(), "inputs": {}, "runAfter": after}));
        add("Set", json!({"type": "SetVariable", "inputs": {"name": p.take(), "value": p.take()}, "runAfter": after}));
        flow["properties"]["connectionReferences"]["sp"] = json!({"runtimeSource": "embedded", "connection": {"connectionReferenceLogicalName": "con_Lists"}, "api": {"name": "shared_sharepointonline"}});
        serde_json::to_string_pretty(&flow).unwrap()
    });
    folder.edit(
        "solution/src/environmentvariabledefinitions/con_ApprovalLimit/environmentvariabledefinition.xml",
        |text| {
            let at = text.find("<displayname").unwrap();
            format!(
                "{}<defaultvalue>{}</defaultvalue>\n  {}",
                &text[..at],
                p.escaped(),
                &text[at..]
            )
        },
    );
    folder.write(
        "solution/src/environmentvariabledefinitions/con_FinanceMailbox/environmentvariablevalues.json",
        json!({"environmentvariablevalues": {"environmentvariablevalue": {"value": p.take()}}}).to_string(),
    );
    folder.edit("solution/src/Other/Customizations.xml", |text| {
        text.replace("Mails to approvers and to the finance team.", &p.escaped())
            .replace("Contoso | Teams", &p.escaped())
    });
    folder.edit("solution/src/Other/Solution.xml", |text| {
        text.replace("Cloud flows for expense reports.", &p.escaped())
    });
    for environment in ["test", "prod"] {
        folder.edit(&format!("deployment/{environment}.deploymentSettings.json"), |text| {
            let mut settings: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
            settings["EnvironmentVariables"][0]["Value"] = json!(p.take());
            settings["EnvironmentVariables"]
                .as_array_mut()
                .unwrap()
                .push(json!({"SchemaName": p.take(), "Value": p.take()}));
            let references = settings["ConnectionReferences"].as_array_mut().unwrap();
            references[0]["ConnectionOwner"] = json!(p.take());
            references.push(json!({"LogicalName": p.take(), "ConnectionId": p.take(), "ConnectorId": "/providers/Microsoft.PowerApps/apis/shared_sql"}));
            serde_json::to_string_pretty(&settings).unwrap()
        });
    }
    folder.write(
        "deployment/prod/customDeploymentSettings.json",
        json!({"SolutionComponentOwnershipConfiguration": [{"solutionComponentType": 29, "solutionComponentName": p.take(),
            "solutionComponentUniqueName": "8a2e94d1-7e0e-ef11-9f8a-6045bd0a41c7", "ownerEmail": p.take()}],
            "ActivateFlowConfiguration": [{"solutionComponentName": p.take(), "activateAsUser": p.take()}]})
        .to_string(),
    );
    folder.edit("inventory/connections.json", |text| {
        let mut inventory: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
        for record in inventory.as_array_mut().unwrap() {
            record["DisplayName"] = json!(p.take());
            record["CreatedBy"]["displayName"] = json!(p.take());
            record["Internal"]["properties"]["accountName"] = json!(p.take());
            record["Internal"]["properties"]["connectionParametersSet"] = json!({"name": "oauth", "values": {"token": {"value": p.take()}, "password": p.take()}});
        }
        let broken = json!({"ConnectionName": p.take(), "ConnectorName": "shared_sql", "EnvironmentName": p.take(), "CreatedBy": p.take()});
        inventory.as_array_mut().unwrap().push(broken);
        serde_json::to_string_pretty(&inventory).unwrap()
    });
    folder.write(
        "flowsentry.jsonc",
        json!({"profile": p.take(), "connections": ["inventory/connections.json", p.take()], "rules": {p.take(): p.take(), "unused-variable": p.take()},
            "accounts": [{"kind": p.take(), "match": p.take()}, {"kind": "service", "match": p.take(), "name": p.take(), "purpose": p.take(), "activity": p.take(), "reason": p.take(), "risk": p.take()},
                {"kind": "service", "match": "*", "reason": p.take(), "purpose": p.take()}],
            "references": [{"match": ["con_ContosoTeams", p.take()], "account": {"prod": p.take(), p.take(): "x@contoso.com"}, "reason": p.take(), "activity": p.take()},
                {"match": "con_*", "account": p.take(), "reason": p.take()}],
            "owners": [{"match": p.take(), "account": p.take(), "reason": p.take()}], "allowedHosts": [p.take()], "internalDomains": [p.take()],
            "sensitiveOperations": [p.take()], "allowedConnectors": [p.take()], p.take(): 1,
            "dataPolicies": [p.take(), {"name": p.take(), "business": [p.take()], "default": p.take()}]})
        .to_string()
        .replace("\",\"", "\",\n\""),
    );
    (folder, planter.planted)
}

/// The secrets of which a text tells more than a few signs.
fn told(text: &str, secrets: &[(String, String)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, secret) in secrets {
        let mut parts = secret
            .as_bytes()
            .windows(FEW)
            .filter_map(|part| std::str::from_utf8(part).ok());
        let leaked = parts.find(|part| text.contains(part));
        if let Some(part) = leaked {
            let at = text.find(part).unwrap();
            let start = (0..=at.saturating_sub(90))
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            found.insert(text[start..].chars().take(160).collect());
        }
    }
    found
}

fn assert_none_told(what: &str, text: &str, all: &[(String, String)]) {
    let found = told(text, all);
    assert!(
        found.is_empty(),
        "{what} tells {} secrets:\n{}",
        found.len(),
        found.into_iter().collect::<Vec<_>>().join("\n---\n")
    );
}

#[test]
fn no_command_tells_a_secret() {
    let all = secrets();
    for turn in 0..all.len() {
        let (folder, planted) = planted(turn);
        assert!(planted > all.len(), "every secret is planted");
        for arguments in [
            &["check", "--profile", "auditor", "."][..],
            &["check", "--profile", "auditor", "--format", "concise", "."],
            &["check", "--profile", "auditor", "--format", "json", "."],
            &["report"],
            &["report", "--format", "markdown"],
            &["report", "--format", "json"],
            &["privileges"],
            &["privileges", "--format", "json"],
            &["init", "--stdout", "--connections", "inventory/connections.json"],
        ] {
            let run = folder.run(arguments);
            assert!(
                run.code < 2 && run.out.len() > 200,
                "{arguments:?} {} {}",
                run.code,
                run.err
            );
            // Escapes of JSON and HTML must not hide what would be readable.
            let readable = run.out.replace("\\\"", "\"").replace("&amp;", "&").replace("\\/", "/");
            assert_none_told(&format!("{arguments:?} (turn {turn})"), &readable, &all);
            assert_none_told(&format!("{arguments:?} (turn {turn}), on stderr,"), &run.err, &all);
        }
    }
}

#[test]
fn the_editor_is_told_no_secret() {
    let all = secrets();
    for turn in (0..all.len()).step_by(4) {
        let (folder, _) = planted(turn);
        let capabilities = json!({
            "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
            "experimental": {"commands": {"commands": ["flowsentry.showReferences"]}}
        });
        let mut session = Session::start_with(folder.path(), capabilities, json!({"profile": "auditor"}));
        let files = [
            FLOW,
            "flowsentry.jsonc",
            "deployment/prod.deploymentSettings.json",
            "solution/src/Other/Customizations.xml",
        ];
        let mut said = String::new();
        for file in files {
            let (document, text) = (uri(&folder.at(file)), folder.read(file));
            session.open(&document, text.trim_start_matches('\u{feff}'));
            let text = text.trim_start_matches('\u{feff}');
            let here = json!({"uri": document});
            let everything = json!({"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}});
            let context = json!({"diagnostics": []});
            let actions = session.request(
                "textDocument/codeAction",
                json!({"textDocument": here, "range": everything, "context": context}),
            );
            for action in actions["result"].as_array().into_iter().flatten() {
                said.push_str(&format!("{} {}\n", action["title"], action["diagnostics"]));
            }
            for (method, params) in [
                ("textDocument/codeLens", json!({"textDocument": here})),
                (
                    "textDocument/inlayHint",
                    json!({"textDocument": here, "range": everything}),
                ),
                ("textDocument/documentSymbol", json!({"textDocument": here})),
                ("textDocument/documentLink", json!({"textDocument": here})),
            ] {
                said.push_str(&format!("{method} {}\n", session.request(method, params)["result"]));
            }
            let strings = text
                .match_indices(['"', '>'])
                .map(|(at, _)| at + 2)
                .filter(|at| text.is_char_boundary(*at) && *at < text.len());
            for (count, at) in strings.enumerate() {
                let place = json!({"textDocument": here, "position": position(text, at)});
                said.push_str(&format!(
                    "hover {}\n",
                    session.request("textDocument/hover", place.clone())["result"]["contents"]
                ));
                // Offers are much the same everywhere, and many.
                if count % 9 > 0 {
                    continue;
                }
                let completion = session.request("textDocument/completion", place);
                let items = completion["result"]["items"]
                    .as_array()
                    .or(completion["result"].as_array())
                    .cloned()
                    .unwrap_or_default();
                for item in items {
                    said.push_str(&format!(
                        "completion {} {} {}\n",
                        item["label"], item["detail"], item["documentation"]
                    ));
                }
            }
        }
        said.push_str(&session.request("workspace/symbol", json!({"query": "a"}))["result"].to_string());
        session.sync();
        for (document, (_, findings)) in &session.published {
            said.push_str(&format!("{document} {findings:?}\n"));
        }
        for message in &session.heard {
            if message["method"] != "textDocument/publishDiagnostics" {
                said.push_str(&format!("{message}\n"));
            }
        }
        assert!(said.len() > 10_000, "nothing was asked");
        assert_none_told(
            &format!("the server (turn {turn})"),
            &said.replace("\\\"", "\"").replace("\\\\", "\\"),
            &all,
        );
        session.end();
    }
}
