//! What is written between and over the lines: hints, lenses, colours.

use super::*;

/// What stands before each hint, and the hint.
pub(super) fn hints(session: &mut Session, uri: &str, text: &str) -> Vec<(String, String)> {
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
