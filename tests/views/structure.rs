//! Outline, search, folds, selections, links, calls.

use super::*;

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
        ("Mark_as_waiting".into(), "Expense report submitted".into())
    );
    assert_eq!(first(&found("mark as w")), first(&found("MARK AS WAITING")));
    assert_eq!(first(&found("mark as w")).0, "Mark as waiting");
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
