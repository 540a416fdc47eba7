//! One expression of a flow in a document of its own: taken out, asked about, put back.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "expressions/layout.rs"]
mod layout;
mod support;

use serde_json::{Value, json};
use support::folder::Folder;
use support::random::Random;
use support::session::{Session, apply, position, uri};

const INPUTS: &str =
    r#"@if(equals(variables('Total'),5),concat('a \"b\" é😀',outputs('First')?['body']?['value'],'it''s'),null)"#;
const MIXED: &str = "Dear @{outputs('First')}, you owe @{variables('Total')} \\\"now\\\"";

fn flow(inputs: &str, mixed: &str) -> String {
    format!(
        "{{\r\n  \"properties\": {{\r\n    \"definition\": {{\r\n      \"triggers\": {{}},\r\n      \"actions\": {{\r\n        \
         \"Init\": {{\"type\": \"InitializeVariable\", \"inputs\": {{\"variables\": [{{\"name\": \"Total\", \"type\": \"integer\"}}]}}}},\r\n        \
         \"First\": {{\"type\": \"Compose\", \"inputs\": 1, \"runAfter\": {{\"Init\": [\"Succeeded\"]}}}},\r\n        \
         \"Second/one\": {{\"type\": \"Compose\", \"inputs\": {{\"text\": [\"{inputs}\"], \"mail\": \"{mixed}\"}}, \"runAfter\": {{\"First\": [\"Succeeded\"]}}}}\r\n      \
         }}\r\n    }}\r\n  }}\r\n}}"
    )
}

/// A session with one flow open.
struct Desk {
    session: Session,
    flow: String,
    text: String,
    version: i64,
    _folder: Folder,
}

impl Desk {
    fn with(text: String) -> Self {
        let folder = Folder::new();
        let path = folder.write("Workflows/Flow ü-11111111-2222-3333-4444-555555555555.json", &text);
        let mut session = Session::start(folder.path());
        let flow = uri(&path);
        session.open(&flow, &text);
        Self {
            session,
            flow,
            text,
            version: 1,
            _folder: folder,
        }
    }

    fn new() -> Self {
        Self::with(flow(INPUTS, MIXED))
    }

    /// Where `needle` stands in the flow, `at` bytes into it.
    fn place(&self, needle: &str, at: usize) -> Value {
        position(&self.text, self.text.find(needle).unwrap() + at)
    }

    fn take(&mut self, needle: &str) -> Value {
        let params = json!({"textDocument": {"uri": self.flow}, "position": self.place(needle, 1)});
        self.session.request("flowsentry/expression", params)
    }

    /// Takes an expression out and opens the document for it.
    fn open(&mut self, needle: &str) -> Value {
        let answer = self.take(needle)["result"].clone();
        let uri = answer["uri"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        self.session.open(&uri, answer["text"].as_str().unwrap());
        answer
    }

    fn put(&mut self, taken: &Value, text: &str) -> Value {
        let params = json!({"textDocument": {"uri": taken["uri"]}, "text": text, "base": taken["base"]});
        self.session.request("flowsentry/applyExpression", params)
    }

    /// Carries an edit out in the flow, as the editor does.
    fn carry_out(&mut self, answer: &Value) {
        let change = &answer["result"]["edit"]["documentChanges"][0];
        assert_eq!(
            change["textDocument"],
            json!({"uri": self.flow, "version": self.version}),
            "{answer}"
        );
        let text = apply(&self.text, change["edits"].as_array().unwrap());
        self.edit(text);
    }

    fn edit(&mut self, text: String) {
        self.text = text;
        self.version += 1;
        self.session
            .change(&self.flow.clone(), self.version, json!([{"text": self.text}]));
        self.session.published_version(&self.flow, self.version);
    }

    fn ask(&mut self, method: &str, uri: &Value, text: &str, needle: &str, at: usize) -> Value {
        let place = position(text, text.find(needle).unwrap() + at);
        let answer = self
            .session
            .request(method, json!({"textDocument": {"uri": uri}, "position": place}));
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }
}

fn slice<'t>(text: &'t str, range: &Value) -> &'t str {
    let offset = |at: &Value| {
        (0..=text.len())
            .filter(|o| text.is_char_boundary(*o))
            .find(|o| position(text, *o) == *at)
            .unwrap()
    };
    &text[offset(&range["start"])..offset(&range["end"])]
}

#[test]
fn an_expression_is_taken_out_over_several_lines() {
    let mut desk = Desk::new();
    let taken = desk.take("outputs('First')?")["result"].clone();
    let expected = "if(\n  equals(variables('Total'), 5),\n  concat('a \"b\" é😀', outputs('First')?['body']?['value'], 'it''s'),\n  null\n)";
    assert_eq!(taken["text"], expected);
    assert_eq!(taken["title"], "Second/one · text");
    assert_eq!(slice(&desk.text, &taken["range"]), &INPUTS[1..]);
    let address = taken["uri"].as_str().unwrap();
    assert!(
        address.starts_with("flowsentry-expression:/Second%20one%20"),
        "{address}"
    );
    // The address alone says where it is, also as editors write it.
    for address in [
        address.to_owned(),
        address
            .replace('=', "%3D")
            .replace('&', "%26")
            .replace("%2", "%252")
            .replace("%253D", "%3D")
            .replace("%2526", "%26"),
    ] {
        let again = desk
            .session
            .request("flowsentry/expression", json!({"textDocument": {"uri": address}}));
        assert_eq!(again["result"]["text"], expected, "{again}");
        assert_eq!(again["result"]["uri"], address);
    }

    // Of a text with several, the one under the cursor; between them the next one.
    assert_eq!(desk.take("outputs('First')}")["result"]["text"], "outputs('First')");
    assert_eq!(desk.take("variables('Total')}")["result"]["text"], "variables('Total')");
    assert_eq!(desk.take("you owe")["result"]["text"], "variables('Total')");
    assert_eq!(desk.take(" \\\"now")["result"]["text"], "variables('Total')");

    // Where there is none, that is said.
    for needle in ["\"Compose\"", "Succeeded", "properties"] {
        let refused = desk.take(needle);
        assert!(
            refused["error"]["message"].as_str().unwrap().contains("no expression"),
            "{refused}"
        );
    }
    let nowhere = json!({"textDocument": {"uri": "file:///none.json"}, "position": {"line": 0, "character": 0}});
    assert!(desk.session.request("flowsentry/expression", nowhere)["error"]["message"].is_string());
}

#[test]
fn it_is_put_back_minified_and_escaped() {
    let mut desk = Desk::new();
    let taken = desk.open("outputs('First')?");
    let text = taken["text"].as_str().unwrap().to_owned();
    // White space alone changes nothing.
    let same = desk.put(&taken, &format!("{text}\n\n"));
    assert_eq!(same["result"]["edit"], Value::Null);
    let new = text.replace("'it''s'", "'it''s',\n    '\"two\"\nlines'");
    let answer = desk.put(&taken, &new);
    let before = desk.text.clone();
    desk.carry_out(&answer);
    // Commas are written as before, and nothing else changes.
    let expected = before.replace(",'it''s'", ",'it''s','\\\"two\\\"\\nlines'");
    assert_eq!(desk.text, expected);
    // What it is now is the base of the next change.
    let mut next = taken.clone();
    next["base"] = answer["result"]["base"].clone();
    let answer = desk.put(&next, "@{null}");
    desk.carry_out(&answer);
    assert!(desk.text.contains("[\"@null\"]"), "{}", desk.text);
    next["base"] = answer["result"]["base"].clone();
    let answer = desk.put(&next, "  ");
    desk.carry_out(&answer);
    assert!(desk.text.contains("[\"\"]"), "{}", desk.text);
    next["base"] = answer["result"]["base"].clone();
    let answer = desk.put(&next, "item()");
    desk.carry_out(&answer);
    assert!(desk.text.contains("[\"@item()\"]"), "{}", desk.text);

    let taken = desk.open("variables('Total')}");
    let answer = desk.put(&taken, "\nadd(\n  variables('Total'),\n  1\n)");
    desk.carry_out(&answer);
    assert!(
        desk.text
            .contains("Dear @{outputs('First')}, you owe @{add(variables('Total'), 1)} \\\"now\\\""),
        "{}",
        desk.text
    );
}

#[test]
fn nothing_is_written_over_what_changed_underneath() {
    let mut desk = Desk::new();
    let whole = desk.open("outputs('First')?");
    let part = desk.open("variables('Total')}");
    let refused = |answer: &Value, why: &str| {
        let message = answer["error"]["message"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"));
        assert!(
            message.contains(why) && message.contains("Nothing was written"),
            "{message}"
        );
    };
    // Another step changed: that is no reason to refuse, and places are those of the new text.
    desk.edit(desk.text.replace("\"inputs\": 1", "\"inputs\": \"a longer one\""));
    let answer = desk.put(&whole, "item()");
    assert!(answer["result"]["edit"]["documentChanges"].is_array(), "{answer}");
    // The string changed, in the expression or beside it.
    desk.edit(desk.text.replace("Dear", "Hello").replace("'it''s'", "'its'"));
    refused(&desk.put(&whole, "item()"), "changed in the flow");
    refused(&desk.put(&part, "item()"), "changed in the flow");
    // The step was renamed: there is no such place any more.
    desk.edit(desk.text.replace("Second/one", "Third"));
    refused(&desk.put(&whole, "item()"), "no longer at its place");
    let gone = desk
        .session
        .request("flowsentry/expression", json!({"textDocument": {"uri": whole["uri"]}}));
    refused(&gone, "no longer at its place");
    // Two of one name: nobody knows which one is meant.
    let twice = desk.text.replace("\"First\": {\"type\"", "\"Third\": {\"type\"");
    desk.edit(twice);
    let third = json!({"textDocument": {"uri": desk.flow}, "position": desk.place("outputs('First')?", 1)});
    let answer = desk.session.request("flowsentry/expression", third);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no longer at its place"),
        "{answer}"
    );
    // What would swallow the text behind it.
    desk.edit(flow(INPUTS, MIXED));
    for text in ["concat('", "a } b", "'}' }", "@{item()} @{item()}"] {
        refused(&desk.put(&part, text), "not closed");
    }
    let whole = desk.open("outputs('First')?");
    refused(&desk.put(&whole, "{x}"), "cannot begin");
    // Half-typed, but harmless: it is saved, and found.
    let answer = desk.put(&whole, "concat('");
    desk.carry_out(&answer);
    assert!(desk.text.contains("[\"@concat('\"]"), "{}", desk.text);
}

#[test]
fn the_document_has_hovers_highlights_selections_and_colours() {
    let mut desk = Desk::new();
    let taken = desk.open("outputs('First')?");
    let (uri, text) = (taken["uri"].clone(), taken["text"].as_str().unwrap().to_owned());
    let hover = desk.ask("textDocument/hover", &uri, &text, "Total", 2);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("Init"), "{hover}");
    assert_eq!(slice(&text, &hover["range"]), "Total");
    let hover = desk.ask("textDocument/hover", &uri, &text, "concat", 0);
    assert!(
        hover["contents"]["value"].as_str().unwrap().contains("concat("),
        "{hover}"
    );
    // The text of the document counts, not that of the flow.
    let typed = text.replace("'it''s'", "\n  body(  'First' ),\r\n  '😀', variables('Total')");
    desk.session.change(uri.as_str().unwrap(), 2, json!([{"text": typed}]));
    let hover = desk.ask("textDocument/hover", &uri, &typed, "body(  'First'", 9);
    assert!(
        hover["contents"]["value"].as_str().unwrap().contains("**First**"),
        "{hover}"
    );
    assert_eq!(slice(&typed, &hover["range"]), "First");
    let lit = desk.ask("textDocument/documentHighlight", &uri, &typed, "Total", 1);
    let lit: Vec<&str> = lit
        .as_array()
        .unwrap()
        .iter()
        .map(|h| slice(&typed, &h["range"]))
        .collect();
    assert_eq!(lit, ["Total", "Total"]);
    let definition = desk.ask("textDocument/definition", &uri, &typed, "Total", 1);
    assert_eq!(definition[0]["uri"], desk.flow, "{definition}");
    let place = position(&typed, typed.find("'😀'").unwrap() + 1);
    let steps = desk.session.request(
        "textDocument/selectionRange",
        json!({"textDocument": {"uri": uri}, "positions": [place]}),
    );
    let mut step = steps["result"][0].clone();
    let mut selected = Vec::new();
    while !step.is_null() {
        selected.push(slice(&typed, &step["range"]).to_owned());
        step = step["parent"].clone();
    }
    assert_eq!(&selected[..2], ["😀", "'😀'"]);
    assert_eq!(selected.last().unwrap(), &typed);
    let colours = desk.session.request(
        "textDocument/semanticTokens/full",
        json!({"textDocument": {"uri": uri}}),
    );
    assert_eq!(
        &colours["result"]["data"].as_array().unwrap()[..5],
        [json!(0), json!(0), json!(2), json!(0), json!(1)]
    );
    // The flow itself is as it was: its expression is long, and shown over several lines.
    let hover = desk.ask("textDocument/hover", &json!(desk.flow), &desk.text.clone(), "it''s", 1);
    let shown = hover["contents"]["value"].as_str().unwrap();
    assert_eq!(
        shown,
        format!("```flowsentry-expression\n{}\n```", taken["text"].as_str().unwrap())
    );
    assert_eq!(slice(&desk.text, &hover["range"]), &INPUTS[1..]);
    // What has a name is told first.
    let hover = desk.ask("textDocument/hover", &json!(desk.flow), &desk.text.clone(), "concat", 1);
    let told = hover["contents"]["value"].as_str().unwrap();
    assert!(
        told.contains("concat(") && told.ends_with(shown) && told.len() > shown.len(),
        "{told}"
    );
    // What fits on a line is not.
    let hover = desk.ask("textDocument/hover", &json!(desk.flow), &desk.text.clone(), "Dear", 1);
    assert_eq!(hover, Value::Null);
}

/// A flow on one line: what follows the expression stands elsewhere while its text is longer, and is told where it is.
#[test]
fn places_behind_the_expression_are_those_of_the_flow() {
    let one_line = flow(INPUTS, MIXED).replace("\r\n", "").replace("    ", "");
    let mut desk = Desk::with(one_line);
    let taken = desk.open("outputs('First')?");
    let typed = "concat(\n  variables('Total'),\n  variables('Total'),\n  'é😀 and much more than there was before, so that everything behind moves',\n  '.....................................................'\n)";
    desk.session
        .change(taken["uri"].as_str().unwrap(), 2, json!([{"text": typed}]));
    let at = position(typed, typed.find("Total").unwrap() + 1);
    let params =
        json!({"textDocument": {"uri": taken["uri"]}, "position": at, "context": {"includeDeclaration": true}});
    let places = desk.session.request("textDocument/references", params)["result"].clone();
    let mut named: Vec<(bool, &str)> = places
        .as_array()
        .unwrap()
        .iter()
        .map(|place| {
            let side = place["uri"] == taken["uri"];
            (side, slice(if side { typed } else { &desk.text }, &place["range"]))
        })
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [(false, "Total"), (false, "Total"), (true, "Total"), (true, "Total")]
    );
}

#[test]
fn the_document_has_the_findings_of_its_text_and_their_fixes() {
    let mut desk = Desk::new();
    let taken = desk.open("variables('Total')}");
    let uri = taken["uri"].as_str().unwrap().to_owned();
    assert!(desk.session.findings(&uri).is_empty());
    let typed = "add(\n  variables('Totl'),\n  lengt('é\"😀')\n)";
    desk.session.change(&uri, 2, json!([{"text": typed}]));
    let found = desk.session.published_version(&uri, 2);
    let mut shown: Vec<(&str, &str)> = found
        .iter()
        .map(|f| (f["code"].as_str().unwrap(), slice(typed, &f["range"])))
        .collect();
    shown.sort_unstable();
    assert_eq!(shown, [("unknown-function", "lengt"), ("unknown-variable", "Totl")]);
    let place = position(typed, typed.find("lengt").unwrap());
    let actions = desk.session.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": {"diagnostics": []}}),
    );
    let fix = actions["result"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["title"].as_str().unwrap().contains("length"))
        .unwrap()
        .clone();
    let mended = apply(typed, fix["edit"]["changes"][&uri].as_array().unwrap());
    assert_eq!(mended, typed.replace("lengt", "length"));
    // Half-typed.
    desk.session.change(&uri, 3, json!([{"text": "add(1,"}]));
    let found = desk.session.published_version(&uri, 3);
    assert_eq!(found[0]["code"], "expression-syntax", "{found:#?}");
    desk.session.change(&uri, 10, json!([{"text": "add(1,\n  'é"}]));
    let found = desk.session.published_version(&uri, 10);
    assert_eq!(
        (found.len(), &found[0]["code"]),
        (1, &json!("expression-syntax")),
        "an open quote: {found:#?}"
    );
    assert_eq!(found[0]["range"]["start"], json!({"line": 1, "character": 2}));
    // What changes in the flow counts here: the variable has another name now.
    desk.session.change(&uri, 11, json!([{"text": "variables('Sum')"}]));
    assert_eq!(desk.session.published_version(&uri, 11).len(), 1);
    desk.edit(desk.text.replace("\"name\": \"Total\"", "\"name\": \"Sum\""));
    desk.session.sync();
    assert!(desk.session.findings(&uri).is_empty());
    // The layout alone makes no expression too long.
    let wide = format!("concat(\n{}'b')", "  'a',\n".repeat(1600));
    desk.session.change(&uri, 12, json!([{"text": wide}]));
    assert!(
        desk.session.published_version(&uri, 12).is_empty(),
        "{:?}",
        desk.session.findings(&uri)
    );
    desk.session
        .notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    desk.session.sync();
    assert!(desk.session.findings(&uri).is_empty());
}

#[test]
fn it_works_on_flows_that_are_not_open() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let path = folder.find("Expensereportsubmitted");
    let text = std::fs::read_to_string(&path).unwrap();
    let place = position(&text, text.find("outputs('Get_employee')").unwrap());
    let taken = session.request(
        "flowsentry/expression",
        json!({"textDocument": {"uri": uri(&path)}, "position": place}),
    );
    let taken = taken["result"].clone();
    session.open(taken["uri"].as_str().unwrap(), "outputs('Get_employe')");
    assert_eq!(
        session.findings(taken["uri"].as_str().unwrap())[0]["code"],
        "unknown-action-reference"
    );
    let answer = session.request(
        "flowsentry/applyExpression",
        json!({"textDocument": {"uri": taken["uri"]}, "text": "outputs('x')", "base": taken["base"]}),
    );
    let change = &answer["result"]["edit"]["documentChanges"][0];
    assert_eq!(
        change["textDocument"],
        json!({"uri": uri(&path), "version": null}),
        "{answer}"
    );
    // Asking changed nothing.
    assert!(session.request("workspace/symbol", json!({"query": "Get_employee"}))["result"][0].is_object());
    assert_eq!(session.end(), Some(0));
}

/// Whatever is typed on either side, answers come, findings lie in the text, and the flow's own are untouched.
#[test]
fn both_sides_hold_while_somebody_types() {
    let mut desk = Desk::new();
    let taken = desk.open("outputs('First')?");
    let uri = taken["uri"].as_str().unwrap().to_owned();
    let mut text = taken["text"].as_str().unwrap().to_owned();
    let mut random = Random::new(31);
    for version in 2..120 {
        let (range, new) = random.edit(&text);
        let change =
            json!({"range": {"start": position(&text, range.start), "end": position(&text, range.end)}, "text": new});
        text.replace_range(range, &new);
        desk.session.change(&uri, version, json!([change]));
        for finding in desk.session.published_version(&uri, version) {
            slice(&text, &finding["range"]);
        }
        let at = position(&text, text.floor_char_boundary(random.below(text.len() + 1)));
        for method in ["hover", "documentHighlight", "definition"] {
            let answer = desk.session.request(
                &format!("textDocument/{method}"),
                json!({"textDocument": {"uri": uri}, "position": at}),
            );
            assert!(answer.get("error").is_none(), "{answer}");
        }
        let range = json!({"start": at, "end": at});
        let answer = desk.session.request(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}}),
        );
        assert!(answer.get("error").is_none(), "{answer}");
        let answer = desk.put(&taken, &text);
        if let Some(change) = answer["result"]["edit"]["documentChanges"].get(0) {
            // What is written is a flow with the same things around the expression.
            let written = apply(&desk.text, change["edits"].as_array().unwrap());
            let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            let (mut old, mut new) = (read(&desk.text), read(&written));
            for flow in [&mut old, &mut new] {
                flow["properties"]["definition"]["actions"]["Second/one"]["inputs"]["text"][0] = Value::Null;
            }
            assert_eq!(old, new);
        }
        if version % 15 == 0 {
            let (range, new) = random.edit(&desk.text);
            let mut flow = desk.text.clone();
            flow.replace_range(range, &new);
            desk.edit(flow);
            desk.edit(self::flow(INPUTS, MIXED));
        }
        if version % 30 == 0 {
            text = taken["text"].as_str().unwrap().to_owned();
            desk.session.change(&uri, version, json!([{"text": text}]));
        }
    }
    desk.edit(flow(INPUTS, MIXED));
    let shown = desk.session.findings(&desk.flow.clone());
    let mut fresh = Desk::new();
    assert_eq!(shown, fresh.session.published_version(&fresh.flow.clone(), 1));
    assert_eq!(desk.session.end(), Some(0));
}
