//! What an editor shows of a flow besides findings, in whole sessions: outline, folds, selections, links, calls.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use serde_json::{Value, json};
use support::random::Random;
use support::session::{Session, position, uri};
use support::tree::Folder;

const CHILD_ID: &str = "8a2e94d1-7e0e-ef11-9f8a-6045bd0a41c7";

fn text_of(path: &std::path::Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// Opens the file whose path holds `part`; gives its URI and text.
fn opened(session: &mut Session, folder: &Folder, part: &str) -> (String, String) {
    let path = folder.find(part);
    let (uri, text) = (uri(&path), text_of(&path));
    session.open(&uri, &text);
    (uri, text)
}

/// A modern client: outlines as trees, folds of whole lines.
fn client() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16"]},
        "textDocument": {
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "foldingRange": {"lineFoldingOnly": true, "rangeLimit": 5000}
        },
        "experimental": {"commands": {"commands": ["flowsentry.showReferences"]}},
        "workspace": {
            "inlayHint": {"refreshSupport": true},
            "codeLens": {"refreshSupport": true},
            "semanticTokens": {"refreshSupport": true}
        }
    })
}

fn start(folder: &Folder) -> Session {
    Session::start_with(folder.path(), client(), Value::Null)
}

fn ask(session: &mut Session, method: &str, uri: &str, more: Value) -> Value {
    let mut params = json!({"textDocument": {"uri": uri}});
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap_or_default());
    let answer = session.request(method, params);
    assert!(answer.get("error").is_none(), "{method}: {answer}");
    answer["result"].clone()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// The text of a protocol range.
fn slice<'t>(text: &'t str, range: &Value) -> &'t str {
    let offset = |at: &Value| {
        (0..=text.len())
            .filter(|offset| text.is_char_boundary(*offset))
            .find(|offset| position(text, *offset) == *at)
            .unwrap_or_else(|| panic!("no place {at}"))
    };
    &text[offset(&range["start"])..offset(&range["end"])]
}

/// Line and character as one number, to compare places.
fn place(at: &Value) -> (u64, u64) {
    (at["line"].as_u64().unwrap(), at["character"].as_u64().unwrap())
}

fn holds(outer: &Value, inner: &Value) -> bool {
    place(&outer["start"]) <= place(&inner["start"]) && place(&inner["end"]) <= place(&outer["end"])
}

/// `name: detail` of every symbol, indented by depth.
fn drawn(symbols: &[Value], depth: usize, lines: &mut Vec<String>) {
    for symbol in symbols {
        let detail = symbol["detail"]
            .as_str()
            .map(|detail| format!(": {detail}"))
            .unwrap_or_default();
        lines.push(format!(
            "{}{}{detail}",
            "  ".repeat(depth),
            symbol["name"].as_str().unwrap()
        ));
        drawn(&list(&symbol["children"]), depth + 1, lines);
    }
}

fn outline(session: &mut Session, uri: &str) -> (Vec<Value>, String) {
    let symbols = list(&ask(session, "textDocument/documentSymbol", uri, json!({})));
    let mut lines = Vec::new();
    drawn(&symbols, 0, &mut lines);
    (symbols, lines.join("\n"))
}

#[test]
fn the_outline_of_a_flow_is_the_tree_of_its_actions() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri_, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let (symbols, drawing) = outline(&mut session, &uri_);
    let expected = "\
connections
  shared_commondataserviceforapps: Contoso | Dataverse
  shared_teams: Contoso | Teams
parameters
  $connections: Object
  $authentication: SecureObject
  Approval limit (con_ApprovalLimit): Int
When an expense report is added: trigger · OpenApiConnectionWebhook
Handle the report: Scope
  Get employee: OpenApiConnection · GetItem
  Report details: Compose
  Is above the limit: If
    Notify approver: Workflow
    Mark as waiting: OpenApiConnection · UpdateRecord
    else
      Mark as approved: OpenApiConnection · UpdateRecord
Handle the failure: Scope
  Mark as failed: OpenApiConnection · UpdateRecord
  Stop as failed: Terminate";
    assert_eq!(drawing, expected);
    let trigger = &symbols[2];
    assert_eq!(
        slice(&text, &trigger["selectionRange"]),
        "When_an_expense_report_is_added"
    );
    let whole = slice(&text, &trigger["range"]);
    assert!(whole.starts_with("\"When_an") && whole.ends_with('}'), "{whole}");

    // A client that shows no trees gets a list with containers.
    let mut flat = Session::start(folder.path());
    flat.open(&uri_, &text);
    let list = list(&ask(&mut flat, "textDocument/documentSymbol", &uri_, json!({})));
    let approved = list.iter().find(|symbol| symbol["name"] == "Mark as approved").unwrap();
    assert_eq!(approved["containerName"], "else");
    assert_eq!(approved["location"]["uri"], uri_);
}

#[test]
fn the_other_files_have_outlines_too() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri, _) = opened(&mut session, &folder, "Other/Customizations.xml");
    let (_, drawing) = outline(&mut session, &uri);
    assert!(drawing.contains("Contoso | Teams: Microsoft Teams"), "{drawing}");
    let (uri, text) = opened(&mut session, &folder, "Other/Solution.xml");
    let (symbols, drawing) = outline(&mut session, &uri);
    assert!(
        drawing.starts_with("Contoso Expenses: 1.2.0.0\n  Expense report submitted"),
        "{drawing}"
    );
    assert_eq!(slice(&text, &symbols[0]["selectionRange"]), "ContosoExpenses");
    let (uri, _) = opened(&mut session, &folder, "prod.deploymentSettings.json");
    let (_, drawing) = outline(&mut session, &uri);
    assert!(
        drawing.contains("Contoso | Outlook") && drawing.contains("Approval limit"),
        "{drawing}"
    );
    let (uri, _) = opened(
        &mut session,
        &folder,
        "con_ApprovalLimit/environmentvariabledefinition.xml",
    );
    let (_, drawing) = outline(&mut session, &uri);
    assert_eq!(drawing, "Approval limit: number");
}

#[test]
fn names_are_found_in_the_whole_workspace() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let mut found = |query: &str| {
        let answer = session.request("workspace/symbol", json!({"query": query}));
        list(&answer["result"])
    };
    let first = |found: &[Value]| (found[0]["name"].clone(), found[0]["containerName"].clone());
    // Flows by display name, actions of closed flows with or without underscores, references and variables by both names.
    assert_eq!(first(&found("notify approver")).0, "Notify approver");
    let action = found("mark_as w");
    assert_eq!(
        first(&action),
        ("Mark as waiting".into(), "Expense report submitted".into())
    );
    let path = folder.find("Expensereportsubmitted");
    assert_eq!(action[0]["location"]["uri"], uri(&path));
    assert_eq!(
        slice(&text_of(&path), &action[0]["location"]["range"]),
        "Mark_as_waiting"
    );
    assert_eq!(first(&found("contoso | teams")).0, "Contoso | Teams");
    assert_eq!(
        first(&found("con_ContosoTeams")),
        ("con_ContosoTeams".into(), "Contoso | Teams".into())
    );
    assert_eq!(
        first(&found("approval limit")),
        ("Approval limit".into(), "con_ApprovalLimit".into())
    );
    assert_eq!(first(&found("ContosoExpenses")).0, "ContosoExpenses");
    assert!(found("zzzzq").is_empty());
    assert!(found("").len() > 10);

    // What is typed counts at once, what is closed again counts as stored, and so does what another program wrote.
    let (uri_, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    session.change(&uri_, 2, json!([{"text": text.replace("Mark_as_waiting", "Zebra")}]));
    let one = |session: &mut Session, query: &str| {
        list(&session.request("workspace/symbol", json!({"query": query}))["result"]).len()
    };
    assert_eq!(
        (one(&mut session, "Zebra"), one(&mut session, "Mark_as_waiting")),
        (1, 0)
    );
    session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri_}}));
    assert_eq!(
        (one(&mut session, "Zebra"), one(&mut session, "Mark_as_waiting")),
        (0, 1)
    );
    std::fs::write(&path, text.replace("Mark_as_waiting", "Zebra")).unwrap();
    session.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": [{"uri": uri_, "type": 2}]}),
    );
    assert_eq!(
        (one(&mut session, "Zebra"), one(&mut session, "Mark_as_waiting")),
        (1, 0)
    );
}

#[test]
fn objects_lists_and_elements_fold() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri_, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let folds = list(&ask(&mut session, "textDocument/foldingRange", &uri_, json!({})));
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("\"Get_employee\": {"))
        .unwrap();
    let fold = folds.iter().find(|fold| fold["startLine"] == at).unwrap();
    let end = usize::try_from(fold["endLine"].as_u64().unwrap()).unwrap();
    assert_eq!(lines[end + 1].trim(), "},", "the closing bracket stays in sight");
    assert!(folds.iter().any(|fold| {
        lines[fold["startLine"].as_u64().unwrap() as usize]
            .trim_end()
            .ends_with('[')
    }));

    // A client that folds from character to character.
    let mut other = Session::start(folder.path());
    other.open(&uri_, &text);
    let folds = list(&ask(&mut other, "textDocument/foldingRange", &uri_, json!({})));
    let fold = folds.iter().find(|fold| fold["startLine"] == at).unwrap();
    assert_eq!(fold["startCharacter"], lines[at].len());
    assert_eq!(fold["endLine"], end + 1);

    let (uri_, text) = opened(&mut session, &folder, "Other/Customizations.xml");
    let folds = list(&ask(&mut session, "textDocument/foldingRange", &uri_, json!({})));
    let at = text
        .lines()
        .position(|line| line.contains("<connectionreferences>"))
        .unwrap();
    assert!(folds.iter().any(|fold| fold["startLine"] == at), "{folds:#?}");
    let (uri_, _) = opened(&mut session, &folder, "flowsentry.jsonc");
    assert_eq!(
        ask(&mut session, "textDocument/foldingRange", &uri_, json!({})),
        Value::Null
    );
}

/// The texts that "expand selection" selects, one after the other.
fn expanded(session: &mut Session, uri: &str, text: &str, needle: &str, at: usize) -> Vec<String> {
    let place = position(text, text.find(needle).unwrap_or_else(|| panic!("no {needle}")) + at);
    let answer = ask(
        session,
        "textDocument/selectionRange",
        uri,
        json!({"positions": [place]}),
    );
    let mut steps = Vec::new();
    let mut step = answer[0].clone();
    while !step.is_null() {
        steps.push(slice(text, &step["range"]).to_owned());
        step = step["parent"].clone();
    }
    steps
}

#[test]
fn selections_grow_along_expression_and_json() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let steps = expanded(&mut session, &uri, &text, "body/con_manageremail", 3);
    let expected = [
        "body/con_manageremail",
        "'body/con_manageremail'",
        "['body/con_manageremail']",
        "outputs('Get_employee')?['body/con_manageremail']",
        "@outputs('Get_employee')?['body/con_manageremail']",
        "\"@outputs('Get_employee')?['body/con_manageremail']\"",
        "\"email\": \"@outputs('Get_employee')?['body/con_manageremail']\"",
    ];
    assert_eq!(&steps[..expected.len()], expected);
    assert_eq!(steps.last().unwrap(), &text);
    let steps = expanded(
        &mut session,
        &uri,
        &text,
        "parameters('Approval limit (con_ApprovalLimit)')}",
        2,
    );
    assert_eq!(
        &steps[..3],
        [
            "parameters",
            "parameters('Approval limit (con_ApprovalLimit)')",
            "@{parameters('Approval limit (con_ApprovalLimit)')}",
        ]
    );
    let (uri, text) = opened(&mut session, &folder, "Other/Customizations.xml");
    let steps = expanded(&mut session, &uri, &text, "con_ContosoTeams", 3);
    assert_eq!(
        &steps[..2],
        [
            "con_ContosoTeams",
            "connectionreferencelogicalname=\"con_ContosoTeams\""
        ]
    );
    assert!(steps[2].starts_with("<connectionreference ") && steps[3].ends_with("</connectionreference>"));
}

#[test]
fn links_lead_to_children_metadata_definitions_and_pages() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri_, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let mut targets = |uri: &str, text: &str| -> Vec<(String, String)> {
        let links = list(&ask(&mut session, "textDocument/documentLink", uri, json!({})));
        let pair = |link: &Value| {
            let target = link["target"].as_str().unwrap();
            let name = target.rsplit('/').next().unwrap();
            (
                slice(text, &link["range"]).to_owned(),
                if target.starts_with("file") { name } else { target }.to_owned(),
            )
        };
        links.iter().map(pair).collect()
    };
    let found = targets(&uri_, &text);
    let leads = |what: &str, to: &str| {
        assert!(
            found.iter().any(|(span, target)| span == what && target.ends_with(to)),
            "{what} to {to}: {found:#?}"
        );
    };
    leads(
        "definition",
        "Expensereportsubmitted-3F6C1B52-7D0E-EF11-9F8A-6045BD0A41C7.json.data.xml",
    );
    leads(CHILD_ID, "Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json");
    leads("con_ApprovalLimit", "environmentvariabledefinition.xml");
    let schema =
        "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#";
    leads(schema, schema);

    let flow = |inputs: &str| {
        format!(
            r#"{{"properties":{{"definition":{{"triggers":{{}},"actions":{{"A":{{"type":"Compose","inputs":"{inputs}"}}}}}}}}}}"#
        )
    };
    for (inputs, expected) in [
        ("See https://contoso.com/a?b=c#d.", vec!["https://contoso.com/a?b=c#d"]),
        (
            "😀 \\\"https://contoso.com\\\" and\\nhttp://x.y/z",
            vec!["https://contoso.com", "http://x.y/z"],
        ),
        // The rest of the address is known at run time only.
        ("https://contoso.com/@{variables('x')}", vec![]),
        (
            "https://contoso.com/a @{variables('x')} https://contoso.com/b",
            vec!["https://contoso.com/a", "https://contoso.com/b"],
        ),
        ("@concat('https://contoso.com/', item())", vec![]),
        ("https:// http:// httpx://a https://a.logic.azure.com/x?sig=abc", vec![]),
    ] {
        let (uri, text) = ("untitled:links", flow(inputs));
        session.open(uri, &text);
        let links = list(&ask(&mut session, "textDocument/documentLink", uri, json!({})));
        let shown: Vec<&str> = links.iter().map(|link| slice(&text, &link["range"])).collect();
        assert_eq!(shown, expected, "{inputs}");
        session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    let (uri_, text) = opened(
        &mut session,
        &folder,
        "Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json.data.xml",
    );
    let links = list(&ask(&mut session, "textDocument/documentLink", &uri_, json!({})));
    assert!(slice(&text, &links[0]["range"]).ends_with(".json"));
    assert!(
        links[0]["target"]
            .as_str()
            .unwrap()
            .ends_with("Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json")
    );
}

#[test]
fn calls_between_flows_go_both_ways() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (parent, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let at = position(&text, text.find(CHILD_ID).unwrap() + 3);
    let child = ask(
        &mut session,
        "textDocument/prepareCallHierarchy",
        &parent,
        json!({"position": at}),
    )[0]
    .clone();
    assert_eq!(
        (child["name"].as_str(), child["detail"].as_str()),
        (Some("Notify approver"), Some("ContosoExpenses"))
    );
    let on_action = position(&text, text.find("\"Notify_approver\": {").unwrap() + 3);
    let same = ask(
        &mut session,
        "textDocument/prepareCallHierarchy",
        &parent,
        json!({"position": on_action}),
    );
    assert_eq!(same[0]["uri"], child["uri"]);
    let incoming = session.request("callHierarchy/incomingCalls", json!({"item": child}))["result"].clone();
    assert_eq!(list(&incoming).len(), 1);
    assert_eq!(incoming[0]["from"]["uri"], parent);
    assert_eq!(slice(&text, &incoming[0]["fromRanges"][0]), CHILD_ID);
    let caller = incoming[0]["from"].clone();
    assert_eq!(
        slice(&text, &caller["selectionRange"]),
        "When_an_expense_report_is_added"
    );
    let outgoing = session.request("callHierarchy/outgoingCalls", json!({"item": caller}))["result"].clone();
    assert_eq!(outgoing[0]["to"]["uri"], child["uri"]);
    assert_eq!(slice(&text, &outgoing[0]["fromRanges"][0]), CHILD_ID);
    // Anywhere else in a flow, that flow itself is meant.
    let own = ask(
        &mut session,
        "textDocument/prepareCallHierarchy",
        &parent,
        json!({"position": {"line": 0, "character": 0}}),
    );
    assert_eq!(own[0]["uri"], parent);
}

/// What stands before each hint, and the hint.
fn hints(session: &mut Session, uri: &str, text: &str) -> Vec<(String, String)> {
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}});
    let shown = list(&ask(session, "textDocument/inlayHint", uri, json!({"range": whole})));
    let line = |at: &Value| {
        let start = json!({"line": at["line"], "character": 0});
        slice(text, &json!({"start": start, "end": at})).trim().to_owned()
    };
    shown
        .iter()
        .map(|hint| {
            (
                line(&hint["position"]),
                hint["label"][0]["value"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn pair(before: &str, hint: &str) -> (String, String) {
    (before.to_owned(), hint.to_owned())
}

#[test]
fn hints_name_what_keys_ids_and_schema_names_stand_for() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri_, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let shown = hints(&mut session, &uri_, &text);
    for expected in [
        pair(
            "\"connectionReferenceLogicalName\": \"con_ContosoTeams\"",
            "Contoso | Teams",
        ),
        pair(
            "\"connectionName\": \"shared_commondataserviceforapps\"",
            "Contoso | Dataverse · Microsoft Dataverse",
        ),
        pair(&format!("\"workflowReferenceName\": \"{CHILD_ID}\""), "Notify approver"),
        pair("\"schemaName\": \"con_ApprovalLimit\"", "Approval limit"),
    ] {
        assert!(shown.contains(&expected), "{expected:?}: {shown:#?}");
    }
    // A hint leads to what it names.
    let at = position(&text, text.find(CHILD_ID).unwrap());
    let line = json!({"start": {"line": at["line"], "character": 0}, "end": {"line": at["line"], "character": 200}});
    let one = ask(&mut session, "textDocument/inlayHint", &uri_, json!({"range": line}));
    assert_eq!(list(&one).len(), 1, "only the hints of the range");
    let target = one[0]["label"][0]["location"]["uri"].as_str().unwrap();
    assert!(target.ends_with("Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json"));

    let (settings, entries) = opened(&mut session, &folder, "prod.deploymentSettings.json");
    let shown = hints(&mut session, &settings, &entries);
    assert!(
        shown.contains(&pair("\"SchemaName\": \"con_ApprovalLimit\"", "Approval limit")),
        "{shown:#?}"
    );
    let (manifest, xml) = opened(&mut session, &folder, "Other/Solution.xml");
    let shown = hints(&mut session, &manifest, &xml);
    assert!(shown.iter().any(|(_, hint)| hint == "Notify approver"), "{shown:#?}");

    // Each kind can be switched off; the client is asked to look again, and nothing is read anew.
    session.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"flowsentry": {"inlayHints": {"connections": false, "variables": false}}}}),
    );
    session.until(|message| message["method"] == "workspace/inlayHint/refresh");
    let shown = hints(&mut session, &uri_, &text);
    assert_eq!(
        shown,
        [pair(
            &format!("\"workflowReferenceName\": \"{CHILD_ID}\""),
            "Notify approver"
        )]
    );
    let readings = session
        .heard
        .iter()
        .filter(|m| m["params"]["state"] == "reading")
        .count();
    assert_eq!(readings, 1);
}

#[test]
fn hints_follow_a_change_in_another_file() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (flow, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let (customizations, xml) = opened(&mut session, &folder, "Other/Customizations.xml");
    let refreshed = |session: &Session| {
        session
            .heard
            .iter()
            .filter(|m| m["method"] == "workspace/inlayHint/refresh")
            .count()
    };
    let before = refreshed(&session);
    let renamed = xml.replace("Contoso | Teams<", "Contoso | Chat<");
    session.change(&customizations, 2, json!([{"text": renamed}]));
    let mut count = before;
    while count == before {
        session.until(|message| message["method"] == "workspace/inlayHint/refresh");
        count = refreshed(&session);
    }
    assert!(
        hints(&mut session, &flow, &text)
            .iter()
            .any(|(_, hint)| hint == "Contoso | Chat")
    );
}

#[test]
fn lenses_tell_who_uses_what() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let lenses = |session: &mut Session, uri: &str| list(&ask(session, "textDocument/codeLens", uri, json!({})));
    let titles = |lenses: &[Value]| -> Vec<String> {
        lenses
            .iter()
            .map(|lens| lens["command"]["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let (uri_, text) = opened(&mut session, &folder, "Other/Customizations.xml");
    let all = lenses(&mut session, &uri_);
    let is_use = |lens: &Value| lens["command"]["title"].as_str().unwrap().starts_with("used by");
    let (shown, reached): (Vec<Value>, Vec<Value>) = all.into_iter().partition(is_use);
    // Whose account stands behind a reference, and how far that account reaches, has a line of its own.
    assert_eq!(reached.len(), 3);
    assert!(
        titles(&reached)
            .iter()
            .any(|title| title.contains("service account svc-teams@contoso.com reaches 1 flow")),
        "{reached:?}"
    );
    assert_eq!(
        titles(&shown),
        [
            "used by 2 flows, in 2 settings files",
            "used by 2 flows, in 2 settings files",
            "used by 2 flows, in 2 settings files",
        ]
    );
    let command = &shown[1]["command"];
    assert_eq!(command["command"], "flowsentry.showReferences");
    assert_eq!(command["arguments"][0], uri_);
    let line = text
        .lines()
        .position(|line| line.contains("con_ContosoOutlook"))
        .unwrap();
    assert_eq!(command["arguments"][1]["line"], line);
    let places = list(&command["arguments"][2]);
    assert_eq!(places.len(), 4);
    assert!(places[0]["uri"].as_str().unwrap().contains("Dailyexpensesummary"));
    // A change in a closed flow or an open one is counted.
    session.change(
        &uri_,
        2,
        json!([{"text": text.replace("con_ContosoOutlook", "con_Nobody")}]),
    );
    assert!(titles(&lenses(&mut session, &uri_)).contains(&"used by no flow".to_owned()));

    let (child, _) = opened(
        &mut session,
        &folder,
        "Notifyapprover-8A2E94D1-7E0E-EF11-9F8A-6045BD0A41C7.json",
    );
    let shown = titles(&lenses(&mut session, &child));
    assert!(
        shown.contains(&"called by 1 flow".to_owned()) && shown.contains(&"used by 1 step".to_owned()),
        "{shown:?}"
    );
    let (variable, _) = opened(
        &mut session,
        &folder,
        "con_ApprovalLimit/environmentvariabledefinition.xml",
    );
    assert_eq!(
        titles(&lenses(&mut session, &variable)),
        ["used by 2 flows, in 2 settings files"]
    );

    session.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"flowsentry": {"codeLens": {"enabled": false}}}}),
    );
    session.until(|message| message["method"] == "workspace/codeLens/refresh");
    assert!(lenses(&mut session, &variable).is_empty());

    // A client that has no such command gets no lenses.
    let plain = Session::start(folder.path());
    assert_eq!(plain.capabilities["codeLensProvider"], Value::Null);
}

/// The tokens of an answer as `type:text`, checked for what the protocol demands on the way.
fn tokens(session: &Session, text: &str, data: &[Value]) -> Vec<String> {
    let types = &session.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"];
    let lines: Vec<Vec<u16>> = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r').encode_utf16().collect())
        .collect();
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let (mut line, mut start, mut free) = (0, 0, 0);
    let mut shown = Vec::new();
    for token in data.chunks(5) {
        let (down, right, length) = (number(&token[0]), number(&token[1]), number(&token[2]));
        (line, start) = if down > 0 {
            (line + down, right)
        } else {
            (line, start + right)
        };
        assert!(down > 0 || start >= free, "tokens overlap");
        assert!(
            length > 0 && start + length <= lines[line].len(),
            "{token:?} leaves its line in\n{text}"
        );
        free = start + length;
        // A token that cut a character in two would not decode.
        let part = String::from_utf16(&lines[line][start..free]).expect("whole characters");
        shown.push(format!("{}:{part}", types[number(&token[3])].as_str().unwrap()));
    }
    shown
}

fn full(session: &mut Session, uri: &str) -> (Value, Vec<Value>) {
    let answer = ask(session, "textDocument/semanticTokens/full", uri, json!({}));
    (answer["resultId"].clone(), list(&answer["data"]))
}

#[test]
fn expressions_are_coloured_under_escapes_and_wide_characters() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri_, text) = opened(&mut session, &folder, "Expensereportsubmitted");
    let (_, data) = full(&mut session, &uri_);
    let shown = tokens(&session, &text, &data).join(" ");
    let email = "keyword:@ function:outputs operator:( class:'Get_employee' operator:) operator:? operator:[ \
                 property:'body/con_manageremail' operator:]";
    assert!(shown.contains(email), "{shown}");
    let limit =
        "keyword:@{ function:parameters operator:( parameter:'Approval limit (con_ApprovalLimit)' operator:) keyword:}";
    assert!(shown.contains(limit), "{shown}");

    // A part of the document gives a part of the tokens.
    let line = text
        .lines()
        .position(|line| line.contains("con_manageremail']"))
        .unwrap();
    let range = json!({"start": {"line": line, "character": 0}, "end": {"line": line, "character": 500}});
    let part = list(
        &ask(
            &mut session,
            "textDocument/semanticTokens/range",
            &uri_,
            json!({"range": range}),
        )["data"],
    );
    assert_eq!(tokens(&session, &text, &part).join(" "), email);

    let flow = |inputs: &str| {
        format!(
            "{{\"properties\":{{\"definition\":{{\"triggers\":{{}},\r\n\"actions\":{{\"A\":{{\"type\":\"Compose\",\"inputs\":\"{inputs}\"}}}}}}}}}}"
        )
    };
    for (inputs, expected) in [
        (
            r#"😀\"é\" @{variables('ä\u00f6😀')} 😀"#,
            r#"keyword:@{ function:variables operator:( variable:'ä\u00f6😀' operator:) keyword:}"#,
        ),
        (
            r"@concat('a\\b',\n  1.5,\ttrue)",
            r"keyword:@ function:concat operator:( string:'a\\b' operator:, number:1.5 operator:, keyword:true operator:)",
        ),
        (
            r"\u0040body('A')?.b",
            r"keyword:\u0040 function:body operator:( class:'A' operator:) operator:? operator:. property:b",
        ),
        (
            "@concat(variables('",
            "keyword:@ function:concat operator:( function:variables operator:( variable:'",
        ),
        ("@@concat(1)", ""),
    ] {
        let (uri, text) = ("untitled:colours", flow(inputs));
        session.open(uri, &text);
        let (_, data) = full(&mut session, uri);
        assert_eq!(tokens(&session, &text, &data).join(" "), expected, "{inputs}");
        session.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }
    // What is no flow has none.
    let (uri, _) = opened(&mut session, &folder, "Other/Customizations.xml");
    assert_eq!(
        ask(&mut session, "textDocument/semanticTokens/full", &uri, json!({})),
        Value::Null
    );
}

/// After any edits, what the client makes of the deltas is what a full answer says, and every token lies in its line.
#[test]
fn colours_follow_what_is_typed() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    let (uri, mut text) = opened(&mut session, &folder, "Expensereportsubmitted");
    // An edit between the two bytes of a line end would make lines that this test does not count.
    text = text.replace('\r', "");
    session.change(&uri, 2, json!([{"text": text}]));
    let original = text.clone();
    let mut random = Random::new(23);
    let (mut id, mut data) = full(&mut session, &uri);
    let mut deltas = 0;
    for version in 3..160 {
        if version % 16 == 0 {
            text.clone_from(&original);
        }
        let (range, new) = random.edit(&text);
        let new = new.replace('\r', "");
        text.replace_range(range, &new);
        session.change(&uri, version, json!([{"text": text}]));
        if id.is_null() {
            // For a moment this was no flow at all, and there is nothing to build on.
            (id, data) = full(&mut session, &uri);
            continue;
        }
        let answer = ask(
            &mut session,
            "textDocument/semanticTokens/full/delta",
            &uri,
            json!({"previousResultId": id}),
        );
        if let Some(edits) = answer["edits"].as_array() {
            deltas += 1;
            for edit in edits.iter().rev() {
                let start = usize::try_from(edit["start"].as_u64().unwrap()).unwrap();
                let count = usize::try_from(edit["deleteCount"].as_u64().unwrap()).unwrap();
                data.splice(start..start + count, list(&edit["data"]));
            }
        } else {
            data = list(&answer["data"]);
        }
        let (new_id, whole) = full(&mut session, &uri);
        assert_eq!(data, whole, "version {version}");
        tokens(&session, &text, &data);
        id = new_id;
    }
    assert!(deltas > 100, "the name of the last answer is always known: {deltas}");
    // A name the server does not know gets everything.
    let answer = ask(
        &mut session,
        "textDocument/semanticTokens/full/delta",
        &uri,
        json!({"previousResultId": "old"}),
    );
    assert_eq!(list(&answer["data"]), data);
}

fn check_symbols(symbols: &[Value], around: Option<&Value>, text: &str) {
    for symbol in symbols {
        assert!(!symbol["name"].as_str().unwrap().is_empty());
        assert!(holds(&symbol["range"], &symbol["selectionRange"]), "{symbol}\n{text}");
        assert!(
            around.is_none_or(|around| holds(around, &symbol["range"])),
            "{symbol}\n{text}"
        );
        check_symbols(&list(&symbol["children"]), Some(&symbol["range"]), text);
    }
}

/// Whatever state a document is in while somebody types, every view is answered, and what it says is well-formed.
#[test]
fn views_hold_while_somebody_types() {
    let folder = Folder::with_sample();
    let mut session = start(&folder);
    for part in [
        "Expensereportsubmitted",
        "Other/Customizations.xml",
        "prod.deploymentSettings.json",
    ] {
        let (uri, mut text) = opened(&mut session, &folder, part);
        let original = text.clone();
        let mut random = Random::new(11);
        for version in 2..80 {
            if version % 20 == 0 {
                text.clone_from(&original);
            }
            let (range, new) = random.edit(&text);
            text.replace_range(range, &new);
            session.change(&uri, version, json!([{"text": text}]));
            check_symbols(
                &list(&ask(&mut session, "textDocument/documentSymbol", &uri, json!({}))),
                None,
                &text,
            );
            for fold in list(&ask(&mut session, "textDocument/foldingRange", &uri, json!({}))) {
                assert!(fold["startLine"].as_u64() < fold["endLine"].as_u64(), "{fold}");
            }
            let at = position(&text, text.floor_char_boundary(random.below(text.len() + 1)));
            let mut step = ask(
                &mut session,
                "textDocument/selectionRange",
                &uri,
                json!({"positions": [at]}),
            )[0]
            .clone();
            while !step["parent"].is_null() {
                let parent = step["parent"].clone();
                assert!(
                    holds(&parent["range"], &step["range"]) && parent["range"] != step["range"],
                    "{step}\n{text}"
                );
                step = parent;
            }
            ask(&mut session, "textDocument/documentLink", &uri, json!({}));
            ask(&mut session, "textDocument/codeLens", &uri, json!({}));
            for (before, hint) in hints(&mut session, &uri, &text) {
                assert!(!before.is_empty() && !hint.is_empty());
            }
            ask(
                &mut session,
                "textDocument/prepareCallHierarchy",
                &uri,
                json!({"position": at}),
            );
            assert!(
                session
                    .request("workspace/symbol", json!({"query": "a"}))
                    .get("error")
                    .is_none()
            );
        }
    }
    assert_eq!(session.end(), Some(0));
}
