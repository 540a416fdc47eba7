//! Completion and signature help inside expressions, asked of the server while a flow is half typed.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, apply, position, uri};

/// A flow with one step that is being typed: `LINE` is its line.
const FLOW: &str = r#"{
  "properties": {
    "connectionReferences": {},
    "definition": {
      "parameters": {
        "$connections": {"defaultValue": {}, "type": "Object"},
        "Site (con_site)": {"defaultValue": "x", "type": "String", "metadata": {"schemaName": "con_site"}}
      },
      "triggers": {
        "manual": {
          "type": "Request", "kind": "Button",
          "inputs": {"schema": {"type": "object", "properties": {
            "text": {"type": "string", "title": "Your name", "description": "Who asks"}, "number": {"type": "number"}
          }, "required": ["text"]}}
        }
      },
      "actions": {
        "Count": {"type": "InitializeVariable", "inputs": {"variables": [{"name": "Total ü", "type": "integer", "value": 1}]}},
        "Parse": {
          "type": "ParseJson", "runAfter": {"Count": ["Succeeded"]},
          "inputs": {"content": "@null", "schema": {"type": "object", "properties": {
            "id": {"type": "integer"}, "it's \"so\"": {"type": "string"},
            "rows": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}
          }}}
        },
        "Call": {"type": "Http", "runAfter": {"Parse": ["Succeeded"]}, "inputs": {"method": "GET", "uri": "https://example.com"}},
        "Each": {
          "type": "Foreach", "foreach": "@body('Parse')?['rows']", "runAfter": {"Call": ["Succeeded"]},
          "actions": {
            "Inner": {"type": "Compose", "inputs": "@items('Each')?['name']"},
            "Typed": {
              "type": "Compose", "runAfter": {"Inner": ["Succeeded"]},
              LINE
            }
          }
        },
        "Later_on": {"type": "Compose", "inputs": 1, "runAfter": {"Each": ["Succeeded"]}},
        "Aside": {"type": "Scope", "actions": {"In_aside": {"type": "Compose", "inputs": 2}}}
      }
    }
  }
}
"#;

const WHOLE: &str = r#"{"textDocument": {"completion": {"completionItem": {
    "snippetSupport": true, "labelDetailsSupport": true, "insertReplaceSupport": true, "resolveSupport": {"properties": ["documentation"]}
  }}, "signatureHelp": {"signatureInformation": {"parameterInformation": {"labelOffsetSupport": true}}}},
  "experimental": {"commands": {"commands": ["editor.action.triggerSuggest", "editor.action.triggerParameterHints"]}}}"#;

struct Desk {
    session: Session,
    uri: String,
    text: String,
    version: i64,
    utf8: bool,
    _folder: Folder,
}

impl Desk {
    fn new() -> Self {
        Self::with(serde_json::from_str(WHOLE).unwrap())
    }

    fn with(mut capabilities: Value) -> Self {
        let utf8 = capabilities["general"]["positionEncodings"][0] == "utf-8";
        if !utf8 {
            capabilities["general"] = json!({"positionEncodings": ["utf-16"]});
        }
        let folder = Folder::new();
        let text = FLOW.replace("LINE", "\"inputs\": \"\"");
        let path = folder.write("Workflows/Flow-11111111-2222-3333-4444-555555555555.json", &text);
        let mut session = Session::start_with(folder.path(), capabilities, Value::Null);
        let uri = uri(&path);
        session.open(&uri, &text);
        Self {
            session,
            uri,
            text,
            version: 1,
            utf8,
            _folder: folder,
        }
    }

    /// Types a line; gives the place of `|` in it.
    fn type_line(&mut self, line: &str) -> Value {
        self.type_text(&FLOW.replace("LINE", line))
    }

    fn type_text(&mut self, marked: &str) -> Value {
        let offset = marked.find('|').unwrap();
        self.text = marked.replacen('|', "", 1);
        self.version += 1;
        let uri = self.uri.clone();
        self.session.change(&uri, self.version, json!([{"text": self.text}]));
        if self.utf8 {
            let line = self.text[..offset].matches('\n').count();
            let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
            return json!({"line": line, "character": offset - start});
        }
        position(&self.text, offset)
    }

    /// Types a line and asks what fits at `|`.
    fn complete(&mut self, line: &str) -> Vec<Value> {
        let at = self.type_line(line);
        self.ask(&self.uri.clone(), at, None)
    }

    fn ask(&mut self, uri: &str, at: Value, typed: Option<&str>) -> Vec<Value> {
        let context = match typed {
            Some(sign) => json!({"triggerKind": 2, "triggerCharacter": sign}),
            None => json!({"triggerKind": 1}),
        };
        let answer = self.session.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": uri}, "position": at, "context": context}),
        );
        assert!(answer.get("error").is_none(), "{answer}");
        let items = answer["result"]["items"].as_array().cloned().unwrap_or_default();
        sorted(items)
    }

    fn signature(&mut self, line: &str) -> Value {
        let at = self.type_line(line);
        self.session.request(
            "textDocument/signatureHelp",
            json!({"textDocument": {"uri": self.uri}, "position": at}),
        )["result"]
            .clone()
    }

    /// The line in which people type, once an item was taken in the place of the whole word.
    fn taken(&self, item: &Value) -> String {
        let edit = &item["textEdit"];
        let range = edit.get("replace").unwrap_or(&edit["range"]);
        let text = apply(&self.text, &[json!({"range": range, "newText": edit["newText"]})]);
        let line = range["start"]["line"].as_u64().unwrap();
        text.lines()
            .nth(usize::try_from(line).unwrap())
            .unwrap()
            .trim()
            .to_owned()
    }
}

/// The items in the order in which editors show them before anything is typed.
fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(|item| {
        let text = |key: &str| item[key].as_str().map(str::to_owned);
        (text("sortText").or_else(|| text("label")), text("label"))
    });
    items
}

fn labels(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["label"].as_str().unwrap()).collect()
}

fn item<'i>(items: &'i [Value], label: &str) -> &'i Value {
    let found = items.iter().find(|item| item["label"] == label);
    found.unwrap_or_else(|| panic!("{label} is not among {:?}", labels(items)))
}

#[test]
fn the_server_says_what_it_completes() {
    let mut desk = Desk::new();
    let provider = &desk.session.capabilities["completionProvider"];
    assert_eq!(provider["resolveProvider"], true);
    for sign in ["@", "{", "(", "'", "[", ",", ".", "\"", "/", "?"] {
        assert!(provider["triggerCharacters"].as_array().unwrap().contains(&json!(sign)));
    }
    let signatures = &desk.session.capabilities["signatureHelpProvider"];
    assert_eq!(signatures["triggerCharacters"], json!(["(", ","]));
    desk.session.sync();
}

#[test]
fn functions_come_with_their_gaps_and_their_meaning() {
    let mut desk = Desk::new();
    let items = desk.complete(r#""inputs": "@|""#);
    let concat = item(&items, "concat");
    assert_eq!(concat["insertTextFormat"], 2);
    assert_eq!(concat["textEdit"]["newText"], "concat(${1:text1}, ${2:text})$0");
    assert_eq!(concat["detail"], "(text1, [text…]) → string");
    assert_eq!(concat["command"]["command"], "editor.action.triggerParameterHints");
    assert!(concat.get("documentation").is_none());
    let resolved = desk.session.request("completionItem/resolve", concat.clone())["result"].clone();
    assert!(
        resolved["documentation"]["value"].as_str().unwrap().contains("concat("),
        "{resolved}"
    );
    // What names something goes on to the names; what takes nothing is whole.
    let outputs = item(&items, "outputs");
    assert_eq!(outputs["textEdit"]["newText"], "outputs('${1}')$0");
    assert_eq!(outputs["command"]["command"], "editor.action.triggerSuggest");
    assert_eq!(item(&items, "triggerBody")["textEdit"]["newText"], "triggerBody()");
    let unit = item(&items, "addToTime")["textEdit"]["newText"].as_str().unwrap();
    assert!(unit.contains("${3|'Second','Minute'"), "{unit}");
    // What the flow has is ready.
    for ready in [
        "items('Each')",
        "variables('Total ü')",
        "parameters('Site (con_site)')",
        "body('Parse')",
        "outputs('Inner')",
    ] {
        item(&items, ready);
    }
    assert!(!labels(&items).iter().any(|label| label.contains("Later_on")));

    // A word that has its parenthesis keeps it.
    let items = desk.complete(r#""inputs": "@con|cat('a')""#);
    assert_eq!(desk.taken(item(&items, "contains")), r#""inputs": "@contains('a')""#);
    // The first text that is typed may become an expression, and a sign inside of text.
    let items = desk.complete(r#""inputs": "|""#);
    assert_eq!(item(&items, "triggerBody")["textEdit"]["newText"], "@triggerBody()");
    let items = desk.complete(r#""inputs": "Dear @|,""#);
    assert_eq!(item(&items, "triggerBody")["filterText"], "@triggerBody");
    assert_eq!(
        desk.taken(item(&items, "triggerBody")),
        r#""inputs": "Dear @{triggerBody()},""#
    );
    // Conditions want what is true or false.
    let items = desk.complete(r#""inputs": "@if(|""#);
    let first: Vec<&str> = labels(&items).into_iter().take(3).collect();
    assert!(first.contains(&"true") && first.contains(&"false"), "{first:?}");
    assert!(labels(&items).iter().position(|l| *l == "equals") < labels(&items).iter().position(|l| *l == "concat"));
}

#[test]
fn nothing_is_offered_where_nothing_is_named() {
    let mut desk = Desk::new();
    for line in [
        r#""inputs": "plain te|xt""#,
        r#""inputs": "@@te|xt""#,
        r#""inputs": "@concat('te|xt')""#,
        r#""inputs": "@concat('text' |""#,
        r#""inputs": "@add(1|""#,
        r#""description": "@out|""#,
        r#""metadata": {"x": "@out|"}"#,
    ] {
        assert_eq!(desk.complete(line), Vec::<Value>::new(), "{line}");
    }
    // Signs that mean something in expressions mean nothing around them.
    for (line, sign) in [
        (r#""inputs": "|""#, "\""),
        (r#""inputs": {|"#, "{"),
        (r#""inputs": [|"#, "["),
        (r#""inputs": 1,|"#, ","),
        (r#""inputs": |"#, " "),
        (r#""inputs": "@concat('a' |)""#, " "),
    ] {
        let at = desk.type_line(line);
        let uri = desk.uri.clone();
        assert_eq!(desk.ask(&uri, at, Some(sign)), Vec::<Value>::new(), "{line}");
    }
}

#[test]
fn names_stand_in_the_order_in_which_they_can_be_read() {
    let mut desk = Desk::new();
    for line in [
        r#""inputs": "@outputs('|')""#,
        r#""inputs": "@outputs('|""#,
        r#""inputs": "@outputs('|"#,
        r#""inputs": "@concat(outputs('|, variables('Total ü'))""#,
        r#""inputs": {"a": ["x @{outputs('|} y"], "b": 1"#,
    ] {
        let items = desk.complete(line);
        let names = labels(&items);
        assert_eq!(names[..3], ["Inner", "Call", "Parse"], "{line}: {names:?}");
        let later = item(&items, "Later_on");
        assert_eq!(later["detail"], "Compose · not in the run path");
        assert_eq!(later["labelDetails"]["description"], later["detail"]);
        assert!(!names.contains(&"Typed"), "{names:?}");
    }
    let items = desk.complete(r#""inputs": "@outputs('|""#);
    assert_eq!(desk.taken(item(&items, "Call")), r#""inputs": "@outputs('Call')""#);
    let items = desk.complete(r#""inputs": "@outputs('Ca|xx')""#);
    assert_eq!(desk.taken(item(&items, "Call")), r#""inputs": "@outputs('Call')""#);
    let insert = &item(&items, "Call")["textEdit"]["insert"];
    let length = insert["end"]["character"].as_u64().unwrap() - insert["start"]["character"].as_u64().unwrap();
    assert_eq!(length, 2);
    // Without a quote yet.
    let items = desk.complete(r#""inputs": "@outputs(|)""#);
    assert_eq!(desk.taken(item(&items, "Inner")), r#""inputs": "@outputs('Inner')""#);
    let items = desk.complete(r#""inputs": "@body(Pa|""#);
    assert_eq!(desk.taken(item(&items, "Parse")), r#""inputs": "@body('Parse')""#);
    // As the designer writes it.
    let items = desk.complete(r#""inputs": "@outputs('Later o|')""#);
    assert_eq!(item(&items, "Later_on")["filterText"], "Later on");

    assert_eq!(labels(&desk.complete(r#""inputs": "@items('|""#)), ["Each"]);
    let items = desk.complete(r#""inputs": "@variables('|""#);
    assert_eq!(labels(&items), ["Total ü"]);
    assert_eq!(items[0]["detail"], "integer");
    let items = desk.complete(r#""inputs": "@parameters('|""#);
    assert_eq!(labels(&items), ["Site (con_site)", "$connections"]);
    let items = desk.complete(r#""inputs": "@result('|""#);
    assert_eq!(labels(&items), ["Aside", "Each"]);
    assert_eq!(item(&items, "Each")["detail"], "Foreach · is still running here");
    let items = desk.complete(r#""inputs": "@addToTime(utcNow(), 1, '|')""#);
    assert_eq!(labels(&items)[..2], ["Second", "Minute"]);
}

#[test]
fn properties_come_from_types_and_from_what_is_read_elsewhere() {
    let mut desk = Desk::new();
    let items = desk.complete(r#""inputs": "@triggerBody()?['|""#);
    assert_eq!(labels(&items), ["text", "number"]);
    assert_eq!(items[0]["detail"], "string · Your name");
    assert_eq!(items[0]["documentation"]["value"], "Who asks");
    assert_eq!(desk.taken(&items[0]), r#""inputs": "@triggerBody()?['text']""#);
    for (line, label, taken) in [
        ("@triggerBody()?[|", "text", "@triggerBody()?['text']"),
        ("@triggerBody()?|", "text", "@triggerBody()?['text']"),
        ("@triggerBody()|", "text", "@triggerBody()?['text']"),
        ("@triggerBody()?.te|", "text", "@triggerBody()?.text"),
        (
            "@triggerOutputs()?['body/|']",
            "body/text",
            "@triggerOutputs()?['body/text']",
        ),
        (
            "@triggerOutputs()?['|']",
            "body/number",
            "@triggerOutputs()?['body/number']",
        ),
        ("@body('Parse')?['|']", "rows", "@body('Parse')?['rows']"),
        ("@items('Each')?['|']", "name", "@items('Each')?['name']"),
        ("@item()?['|']", "name", "@item()?['name']"),
        (
            "@first(body('Parse')?['rows'])?['n|",
            "name",
            "@first(body('Parse')?['rows'])?['name']",
        ),
        (
            "@outputs('Call')?['st|']",
            "statusCode",
            "@outputs('Call')?['statusCode']",
        ),
        (
            "@concat('a', outputs('Call')['|'])",
            "headers",
            "@concat('a', outputs('Call')['headers'])",
        ),
        (
            "@workflow()?['tags']?['|",
            "environmentName",
            "@workflow()?['tags']?['environmentName']",
        ),
    ] {
        let line = format!("\"inputs\": \"{line}\"");
        let items = desk.complete(&line);
        assert_eq!(
            desk.taken(item(&items, label)),
            format!("\"inputs\": \"{taken}\""),
            "{line}"
        );
    }
    // Quotes are doubled for the language, and escaped for JSON.
    let items = desk.complete(r#""inputs": "@body('Parse')?['it|']""#);
    let odd = item(&items, "it's \"so\"");
    assert_eq!(odd["textEdit"]["newText"], r#"it''s \"so\""#);
    assert_eq!(desk.taken(odd), r#""inputs": "@body('Parse')?['it''s \"so\"']""#);
    // What no type tells, other expressions do.
    let items = desk.complete(
        r#""inputs": {"a": "@body('Call')?['people']?[0]?['age']", "b": "@outputs('Call')?['body/people']", "c": "@outputs('Call')?['body']?['|']"}"#,
    );
    assert_eq!(labels(&items), ["people"]);
    assert_eq!(items[0]["detail"], "read elsewhere in this flow");
}

#[test]
fn rows_have_the_columns_that_the_workspace_names() {
    let mut desk = Desk::new();
    let operation = |id: &str, more: &str| {
        format!(
            r#"{{"type": "OpenApiConnection", "runAfter": {{}}, "inputs": {{
              "host": {{"connectionName": "d", "operationId": "{id}", "apiId": "/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"}},
              "parameters": {{"entityName": "con_reports", {more}}}}}}}"#
        )
    };
    let list = operation("ListRecords", "\"$select\": \"con_title,_con_owner_value\"");
    let update = operation(
        "UpdateRecord",
        "\"recordId\": \"x\", \"item/con_amount\": 1, \"item/con_Manager@odata.bind\": \"contacts(1)\"",
    );
    let flow = FLOW.replace(
        "\"Later_on\"",
        &format!("\"List\": {list},\n        \"Update\": {update},\n        \"Later_on\""),
    );
    let uri = desk.uri.clone();
    for (expression, label) in [
        ("@first(outputs('List')?['body/value'])?['|']", "con_amount"),
        ("@first(body('List')?['value'])?['con_|", "con_title"),
        ("@outputs('Update')?['body/_con|']", "body/_con_manager_value"),
        ("@body('Update')?['|']", "con_reportid"),
        ("@body('List')?['|']", "value"),
        ("@first(body('List')?['value'])?['|", "_con_owner_value"),
    ] {
        let at = desk.type_text(&flow.replace("LINE", &format!("\"inputs\": \"{expression}\"")));
        let items = desk.ask(&uri, at, None);
        item(&items, label);
    }
}

#[test]
fn a_document_of_its_own_gets_texts_as_they_are() {
    let mut desk = Desk::new();
    let at = desk.type_line(r#""inputs": "@bo|dy('Parse')""#);
    let taken = desk.session.request(
        "flowsentry/expression",
        json!({"textDocument": {"uri": desk.uri}, "position": at}),
    )["result"]
        .clone();
    let side = taken["uri"].as_str().unwrap().to_owned();
    desk.session.open(&side, "body('Parse')");
    for (version, (text, label, inserted, range)) in [
        (
            "concat(\n  body('Parse')?['it|', 'ü')",
            "it's \"so\"",
            "it''s \"so\"",
            (1, 18, 20),
        ),
        ("outputs('|", "Inner", "Inner')", (0, 9, 9)),
        ("|", "triggerBody", "triggerBody()", (0, 0, 0)),
        ("body('Pa|rse')?[", "Parse", "Parse", (0, 6, 11)),
    ]
    .into_iter()
    .enumerate()
    {
        let offset = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        desk.session.change(&side, version as i64 + 2, json!([{"text": text}]));
        let items = desk.ask(&side, position(&text, offset), None);
        let found = item(&items, label);
        assert_eq!(found["textEdit"]["newText"], inserted, "{text}");
        let (line, start, end) = range;
        assert_eq!(
            found["textEdit"]["replace"],
            json!({"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}),
            "{text}"
        );
    }
    let text = "concat(\n  body('Parse'),\n  ";
    desk.session.change(&side, 9, json!([{"text": text}]));
    let help = desk.session.request(
        "textDocument/signatureHelp",
        json!({"textDocument": {"uri": side}, "position": position(text, text.len())}),
    );
    assert_eq!(
        help["result"]["signatures"][0]["label"],
        "concat(text1, [text…]) → string"
    );
    assert_eq!(help["result"]["activeParameter"], 1);
}

#[test]
fn places_are_counted_as_the_client_counts() {
    // An emoji is four bytes, two units of UTF-16.
    let line = r#""inputs": "@concat('😀é', outputs('Ca|ll'))""#;
    let column = |items: &[Value]| {
        let edit = &item(items, "Call")["textEdit"];
        let range = edit.get("replace").unwrap_or(&edit["range"]);
        range["start"]["character"].as_u64().unwrap()
    };
    let utf16 = column(&Desk::new().complete(line));
    let utf8 = column(&Desk::with(json!({"general": {"positionEncodings": ["utf-8"]}})).complete(line));
    assert_eq!(utf8 - utf16, 3);
}

#[test]
fn clients_that_fill_no_gaps_get_plain_text() {
    let mut desk = Desk::with(json!({}));
    let items = desk.complete(r#""inputs": "@con|""#);
    let concat = item(&items, "concat");
    assert!(concat.get("insertTextFormat").is_none() && concat.get("command").is_none());
    assert_eq!(concat["textEdit"]["newText"], "concat(");
    assert!(concat["documentation"]["value"].as_str().unwrap().contains("concat("));
    assert_eq!(desk.taken(concat), r#""inputs": "@concat(""#);
}

#[test]
fn the_rest_of_the_file_may_be_missing_or_damaged() {
    let mut desk = Desk::new();
    let uri = desk.uri.clone();
    let before = FLOW.split("LINE").next().unwrap();
    for marked in [
        format!("{before}\"inputs\": \"@outputs('|"),
        format!("{before}\"inputs\": \"@concat(outputs('|\n}}}}}}]]"),
        // A comma is missing before, a bracket behind.
        FLOW.replace(
            "\"runAfter\": {\"Inner\": [\"Succeeded\"]},\n",
            "\"runAfter\": {\"Inner\": [\"Succeeded\"]}\n",
        )
        .replace("LINE", "\"inputs\": \"@outputs('|')\""),
        FLOW.replace("LINE\n            }", "\"inputs\": {\"a\": \"@outputs('|')\"\n"),
        FLOW.replace("LINE", "\"inputs\": {\"x\" \"@outputs('|"),
    ] {
        let at = desk.type_text(&marked);
        let items = desk.ask(&uri, at, None);
        assert_eq!(labels(&items)[..3], ["Inner", "Call", "Parse"], "{marked}");
    }
}

#[test]
fn the_call_around_the_cursor_is_shown_with_its_parameter() {
    let mut desk = Desk::new();
    let active = |help: &Value| {
        let signature = &help["signatures"][0];
        let label: Vec<u16> = signature["label"].as_str().unwrap().encode_utf16().collect();
        let at = usize::try_from(help["activeParameter"].as_u64().unwrap()).unwrap();
        let parameter = &signature["parameters"][at]["label"];
        let offset = |index: usize| usize::try_from(parameter[index].as_u64().unwrap()).unwrap();
        String::from_utf16(&label[offset(0)..offset(1)]).unwrap()
    };
    for (line, label, parameter) in [
        ("@substring(|", "substring(text, startIndex, [length]) → string", "text"),
        (
            "@substring(|)",
            "substring(text, startIndex, [length]) → string",
            "text",
        ),
        (
            "@substring('a,b', |",
            "substring(text, startIndex, [length]) → string",
            "startIndex",
        ),
        (
            "@substring('a', 1, le|",
            "substring(text, startIndex, [length]) → string",
            "[length]",
        ),
        ("@concat('a', 'b', 'c', |", "concat(text1, [text…]) → string", "[text…]"),
        (
            "@if(equals(1, |), 2, 3)",
            "equals(object1, object2) → boolean",
            "object2",
        ),
        (
            "@if(equals(1, 2), |, 3)",
            "if(condition, valueIfTrue, valueIfFalse) → any",
            "valueIfTrue",
        ),
        ("a @{variables('|'} b", "variables(variableName) → any", "variableName"),
        (
            "@if(triggerBody()?['a'][|",
            "if(condition, valueIfTrue, valueIfFalse) → any",
            "condition",
        ),
    ] {
        let help = desk.signature(&format!("\"inputs\": \"{line}\""));
        assert_eq!(help["signatures"][0]["label"], label, "{line}");
        assert_eq!(active(&help), parameter, "{line}");
        assert!(help["signatures"][0]["documentation"]["value"].is_string());
    }
    // Behind the last parameter none is active; where nothing is called, nothing is shown.
    let help = desk.signature(r#""inputs": "@not(1, 2, |""#);
    assert_eq!(help["activeParameter"], 1);
    for line in ["@utcNow()|", "@no_such(|", "plain (|", "@|", "@concat('a')|"] {
        assert_eq!(
            desk.signature(&format!("\"inputs\": \"{line}\"")),
            Value::Null,
            "{line}"
        );
    }
    // Without its quote, and with nothing behind it.
    let help = desk.signature("\"inputs\": \"@not(|");
    assert_eq!(active(&help), "expression");
}
