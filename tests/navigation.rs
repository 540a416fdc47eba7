//! Definition, references, highlights and rename, as an editor asks for them.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

#[path = "navigation/many.rs"]
mod many;
#[path = "navigation/rename.rs"]
mod rename;
mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, apply, offset, position, uri};

/// A flow with everything that can be named in one, in CRLF and with characters of two and four bytes before the names.
const FLOW: &str = r#"{"properties":{
"connectionReferences":{"shared_sql":{"connection":{"connectionReferenceLogicalName":"fab_Sql"},"api":{"name":"shared_sql"}}},
"definition":{"parameters":{"Größe 😀":{"type":"String","defaultValue":"x"}},
"triggers":{"manual":{"type":"Request","kind":"Button","inputs":{}}},
"actions":{
"Init":{"type":"InitializeVariable","inputs":{"variables":[{"name":"Zähler","type":"integer","value":0}]},"runAfter":{}},
"It's_😀_each":{"type":"Foreach","foreach":"@triggerBody()?['😀']","runAfter":{"Init":["Succeeded"]},"actions":{
"Add":{"type":"IncrementVariable","inputs":{"name":"Zähler","value":"@items('It''s_😀_each')?['n']"},"runAfter":{}},
"Ask":{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"shared_sql"},"parameters":{"q":"😀 @{variables('zähler')} @{parameters('Größe 😀')} @{item()}"}},"runAfter":{"Add":["Succeeded"]}}}},
"End":{"type":"Compose","inputs":"@concat(result('It''s_😀_each'),outputs('End2'))","runAfter":{"It's_😀_each":["Succeeded"]}},
"End2":{"type":"Compose","inputs":1,"runAfter":{"End":["Succeeded"]}}
}}}}"#;

const CUSTOMIZATIONS: &str = "<ImportExportXml>\r\n  <connectionreferences>\r\n    <!-- ä😀 -->\r\n    <connectionreference connectionreferencelogicalname=\"fab_Sql\">\r\n      <connectorid>/providers/Microsoft.PowerApps/apis/shared_sql</connectorid>\r\n    </connectionreference>\r\n  </connectionreferences>\r\n</ImportExportXml>";

const MANIFEST: &str = "<ImportExportXml><SolutionManifest><UniqueName>Fabrikam</UniqueName><Version>1.0</Version><RootComponents><RootComponent type=\"29\" id=\"{11111111-2222-3333-4444-555555555555}\" /></RootComponents><MissingDependencies /></SolutionManifest></ImportExportXml>";

const NAME: &str = "src/Workflows/Main-11111111-2222-3333-4444-555555555555.json";

struct Editor {
    session: Session,
    folder: Folder,
    uri: String,
    text: String,
    version: i64,
}

impl Editor {
    /// The flow open in an editor, with this many things changed first.
    fn with(flow: &str) -> Self {
        let folder = Folder::new();
        let text = flow.replace('\n', "\r\n");
        let path = folder.write(NAME, &text);
        folder.write("src/Other/Customizations.xml", CUSTOMIZATIONS);
        folder.write("src/Other/Solution.xml", MANIFEST);
        let mut session = Session::start(folder.path());
        let uri = uri(&path);
        session.open(&uri, &text);
        Self {
            session,
            folder,
            uri,
            text,
            version: 1,
        }
    }

    fn new() -> Self {
        Self::with(FLOW)
    }

    /// What a rename of the name at a place says: the new texts by file, or the reason against it.
    fn rename(&mut self, needle: &str, at: usize, new_name: &str) -> Result<BTreeMap<String, String>, String> {
        let place = self.place(needle, at);
        let answer = self.ask("rename", place, json!({"newName": new_name}));
        if let Some(error) = answer.get("error") {
            assert_eq!(error["code"], -32803, "{error}");
            return Err(error["message"].as_str().unwrap().to_owned());
        }
        let changes = answer["result"]["documentChanges"].as_array().unwrap();
        Ok(changes.iter().map(|change| self.changed(change)).collect())
    }

    /// One file's new text. Open documents are named with their version, closed ones with none.
    fn changed(&self, change: &Value) -> (String, String) {
        let document = &change["textDocument"];
        let uri = document["uri"].as_str().unwrap();
        let name = uri.rsplit('/').next().unwrap();
        let text = if uri == self.uri {
            assert_eq!(document["version"], self.version);
            self.text.clone()
        } else {
            assert_eq!(document["version"], Value::Null);
            let text = std::fs::read_to_string(self.folder.find(name)).unwrap();
            text.trim_start_matches('\u{feff}').to_owned()
        };
        (name.to_owned(), apply(&text, change["edits"].as_array().unwrap()))
    }

    /// The name that an editor would show for a rename, or the reason against it, or nothing.
    fn prepare(&mut self, needle: &str, at: usize) -> Result<Option<(String, String)>, String> {
        let place = self.place(needle, at);
        let answer = self.ask("prepareRename", place, json!({}));
        if let Some(error) = answer.get("error") {
            return Err(error["message"].as_str().unwrap().to_owned());
        }
        let found = &answer["result"];
        Ok(found["placeholder"].as_str().map(|name| {
            let uri = self.uri.clone();
            (self.marked(&uri, &found["range"]), name.to_owned())
        }))
    }

    /// Where the cursor is: `at` bytes into the first `needle`.
    fn place(&self, needle: &str, at: usize) -> Value {
        let found = self.text.find(needle).unwrap_or_else(|| panic!("no {needle}"));
        position(&self.text, found + at)
    }

    fn ask(&mut self, method: &str, at: Value, more: Value) -> Value {
        let mut params = json!({"textDocument": {"uri": self.uri}, "position": at});
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.session.request(&format!("textDocument/{method}"), params)
    }

    /// Replaces the first `old` in the open document.
    fn type_over(&mut self, old: &str, new: &str) {
        let at = self.text.find(old).unwrap();
        let range = json!({"start": position(&self.text, at), "end": position(&self.text, at + old.len())});
        self.version += 1;
        let change = json!([{"range": range, "text": new}]);
        self.session.change(&self.uri, self.version, change);
        self.text.replace_range(at..at + old.len(), new);
    }

    /// The text of a range of a document: the open one's, or as it is on disk.
    fn marked(&self, uri: &str, range: &Value) -> String {
        let text = if uri == self.uri {
            self.text.clone()
        } else {
            let name = uri.rsplit('/').next().unwrap();
            let text = std::fs::read_to_string(self.folder.find(name)).unwrap();
            text.trim_start_matches('\u{feff}').to_owned()
        };
        text[offset(&text, &range["start"])..offset(&text, &range["end"])].to_owned()
    }

    /// The names at the references of a place, each with its file's first letters.
    fn references(&mut self, needle: &str, at: usize, declaration: bool) -> Vec<String> {
        let place = self.place(needle, at);
        let answer = self.ask(
            "references",
            place,
            json!({"context": {"includeDeclaration": declaration}}),
        );
        let locations = answer["result"].as_array().cloned().unwrap_or_default();
        let shown = |location: &Value| {
            let uri = location["uri"].as_str().unwrap();
            let file = uri.rsplit('/').next().unwrap();
            format!("{}: {}", &file[..4], self.marked(uri, &location["range"]))
        };
        locations.iter().map(shown).collect()
    }

    fn highlights(&mut self, needle: &str, at: usize) -> Vec<(String, u64)> {
        let place = self.place(needle, at);
        let answer = self.ask("documentHighlight", place, json!({}));
        let found = answer["result"].as_array().cloned().unwrap_or_default();
        let shown = |h: &Value| (self.marked(&self.uri, &h["range"]), h["kind"].as_u64().unwrap());
        found.iter().map(shown).collect()
    }

    /// Where the definition of a place is: the file's first letters, and the text there.
    fn definition(&mut self, needle: &str, at: usize) -> Vec<String> {
        let place = self.place(needle, at);
        let answer = self.ask("definition", place, json!({}));
        let found = answer["result"].as_array().cloned().unwrap_or_default();
        let shown = |location: &Value| {
            let uri = location["uri"].as_str().unwrap();
            let file = uri.rsplit('/').next().unwrap();
            let text = self.marked(uri, &location["range"]);
            format!("{}: {text}", &file[..4])
        };
        found.iter().map(shown).collect()
    }
}

#[test]
fn references_are_all_places_of_a_name() {
    let mut editor = Editor::new();
    let each = [
        "Main: It's_😀_each",
        "Main: It''s_😀_each",
        "Main: It''s_😀_each",
        "Main: It's_😀_each",
    ];
    for (needle, at) in [("It's_😀", 2), ("items('It''s", 9), ("result('", 9), ("{\"It's_", 3)] {
        assert_eq!(editor.references(needle, at, true), each, "{needle}");
    }
    assert_eq!(editor.references("It's_😀", 0, false), each[1..]);
    assert_eq!(
        editor.references("variables('", 12, true),
        ["Main: Zähler", "Main: Zähler", "Main: zähler"]
    );
    assert_eq!(
        editor.references("Größe", 2, true),
        ["Main: Größe 😀", "Main: Größe 😀"]
    );
    assert_eq!(
        editor.references("connectionName\":\"", 20, true),
        ["Main: shared_sql", "Main: shared_sql"]
    );
    assert_eq!(
        editor.references("fab_Sql", 1, true),
        ["Cust: fab_Sql", "Main: fab_Sql"]
    );
    assert_eq!(
        editor.references("\"manual", 3, true),
        ["Main: manual", "Main: triggerBody"]
    );
    assert!(editor.references("\"Compose", 3, true).is_empty());
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn highlights_tell_writes_from_reads() {
    let mut editor = Editor::new();
    assert_eq!(
        editor.highlights("Zähler", 1),
        [("Zähler".into(), 3), ("Zähler".into(), 3), ("zähler".into(), 2)]
    );
    assert_eq!(
        editor.highlights("{\"Init\"", 3),
        [("Init".into(), 3), ("Init".into(), 2)]
    );
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn definitions_lead_to_what_is_meant() {
    let mut editor = Editor::new();
    assert_eq!(editor.definition("items('It", 9), ["Main: It's_😀_each"]);
    assert_eq!(editor.definition("@{item()", 4), ["Main: It's_😀_each"]);
    assert_eq!(editor.definition("{\"Init\"", 4), ["Main: Init"]);
    assert_eq!(editor.definition("variables('z", 12), ["Main: Zähler"]);
    assert_eq!(editor.definition("parameters('", 13), ["Main: Größe 😀"]);
    assert_eq!(editor.definition("@triggerBody", 4), ["Main: manual"]);
    assert_eq!(editor.definition("connectionName\":\"", 20), ["Cust: fab_Sql"]);
    assert_eq!(editor.definition("\"shared_sql\":{", 4), ["Cust: fab_Sql"]);
    assert!(editor.definition("@concat", 3).is_empty());
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn half_typed_documents_still_tell() {
    let mut editor = Editor::new();
    editor.type_over("outputs('End2'))", "outputs('End2'),outputs('");
    assert_eq!(editor.references("\"It's_😀_each\":{", 3, true).len(), 4);
    assert_eq!(editor.definition("result('", 9), ["Main: It's_😀_each"]);
    editor.type_over("\"Zähler\",\"type\"", "\"Zähler\"\"type\"");
    assert_eq!(
        editor.highlights("variables('zähler", 12),
        [("Zähler".into(), 3), ("Zähler".into(), 3), ("zähler".into(), 2)]
    );
    editor.type_over("variables('zähler')", "variables('zähler");
    editor.ask("definition", json!({"line": 90_000, "character": 7}), json!({}));
    assert_eq!(editor.session.end(), Some(0));
}

#[test]
fn names_lead_across_the_files_of_a_solution() {
    let folder = Folder::with_sample();
    let mut session = Session::start_with(
        folder.path(),
        json!({"textDocument": {"definition": {"linkSupport": true}}}),
        Value::Null,
    );
    let path = folder.find("Expensereportsubmitted");
    let text = std::fs::read_to_string(&path).unwrap();
    let uri_ = uri(&path);
    session.open(&uri_, &text);
    let definition = |session: &mut Session, needle: &str, at: usize| -> (String, String, Value) {
        let place = position(&text, text.find(needle).unwrap() + at);
        let answer = session.request(
            "textDocument/definition",
            json!({"textDocument": {"uri": uri_}, "position": place}),
        );
        let link = &answer["result"][0];
        let target = link["targetUri"].as_str().unwrap().to_owned();
        let file = std::fs::read_to_string(folder.find(target.rsplit('/').next().unwrap())).unwrap();
        let file = file.trim_start_matches('\u{feff}');
        let part = |range: &Value| file[offset(file, &range["start"])..offset(file, &range["end"])].to_owned();
        let origin = &link["originSelectionRange"];
        assert!(origin["start"]["character"].as_u64() <= place["character"].as_u64());
        (
            target,
            part(&link["targetSelectionRange"]),
            json!(part(&link["targetRange"])),
        )
    };
    let (file, name, whole) = definition(&mut session, "workflowReferenceName\": \"", 30);
    assert!(file.contains("Notifyapprover"), "a closed flow is read for its trigger");
    assert_eq!(name, "manual");
    assert!(whole.as_str().unwrap().starts_with("manual\": {") && whole.as_str().unwrap().ends_with('}'));
    let (file, name, _) = definition(&mut session, "\"Approval limit", 4);
    assert!(
        file.ends_with("con_ApprovalLimit/environmentvariabledefinition.xml"),
        "{file}"
    );
    assert_eq!(name, "con_ApprovalLimit");
    let (file, name, whole) = definition(&mut session, "connectionName\": \"shared_common", 20);
    assert!(file.ends_with("Customizations.xml"));
    assert_eq!(name, "con_ContosoDataverse");
    assert!(whole.as_str().unwrap().ends_with("</connectionreference>"));
    let places = |session: &mut Session, needle: &str| -> Vec<String> {
        let place = position(&text, text.find(needle).unwrap() + 2);
        let answer = session.request(
            "textDocument/references",
            json!({"textDocument": {"uri": uri_}, "position": place, "context": {"includeDeclaration": true}}),
        );
        let locations = answer["result"].as_array().unwrap();
        let names = locations
            .iter()
            .map(|l| l["uri"].as_str().unwrap().rsplit('/').next().unwrap());
        names
            .map(|name| name.split(['-', '.']).next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        places(&mut session, "con_ApprovalLimit"),
        [
            "prod",
            "test",
            "Dailyexpensesummary",
            "Dailyexpensesummary",
            "Dailyexpensesummary",
            "Expensereportsubmitted",
            "Expensereportsubmitted",
            "Expensereportsubmitted",
            "Expensereportsubmitted",
            "environmentvariabledefinition"
        ]
    );
    let reference = places(&mut session, "con_ContosoDataverse");
    assert_eq!(reference[..3], ["prod", "test", "Customizations"]);
    assert!(reference.len() > 3);
    let flow = places(&mut session, "8a2e94d1-7e0e");
    assert!(
        flow.contains(&"Solution".to_owned()) && flow.contains(&"Notifyapprover".to_owned()),
        "{flow:?}"
    );
    assert_eq!(session.end(), Some(0));
}

/// A closed file that changed without a word of the client is read as it is, so no place is off.
#[test]
fn closed_files_are_told_as_they_are_on_disk() {
    let folder = Folder::with_sample();
    let mut session = Session::start(folder.path());
    let child = folder.find("Notifyapprover");
    let text = std::fs::read_to_string(&child).unwrap();
    std::fs::write(&child, text.replacen('{', "{\r\n\r\n", 1)).unwrap();
    let path = folder.find("Expensereportsubmitted");
    let (text, uri_) = (std::fs::read_to_string(&path).unwrap(), uri(&path));
    session.open(&uri_, &text);
    let place = position(&text, text.find("workflowReferenceName\": \"").unwrap() + 30);
    let answer = session.request(
        "textDocument/definition",
        json!({"textDocument": {"uri": uri_}, "position": place}),
    );
    let range = &answer["result"][0]["range"];
    let now = std::fs::read_to_string(&child).unwrap();
    assert_eq!(
        &now[offset(&now, &range["start"])..offset(&now, &range["end"])],
        "manual"
    );
    assert_eq!(session.end(), Some(0));
}
