//! Somebody who types into a flow of a small solution, asks there and takes an offer.

use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::session::{Session, apply, position, uri};

pub const MAIN: &str = "src/Workflows/Main-11111111-2222-3333-4444-555555555555.json";
const CHILD: &str = "src/Workflows/Child-22222222-3333-4444-5555-666666666666.json";

const CUSTOMIZATIONS: &str = r#"<ImportExportXml>
  <connectionreferences>
    <connectionreference connectionreferencelogicalname="con_Mail">
      <connectionreferencedisplayname>Mail of finance</connectionreferencedisplayname>
      <connectorid>/providers/Microsoft.PowerApps/apis/shared_office365</connectorid>
    </connectionreference>
    <connectionreference connectionreferencelogicalname="con_Data">
      <connectionreferencedisplayname>Data</connectionreferencedisplayname>
      <connectorid>/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps</connectorid>
    </connectionreference>
  </connectionreferences>
</ImportExportXml>"#;

const MANIFEST: &str = "<ImportExportXml><SolutionManifest><UniqueName>Contoso</UniqueName><Version>1.0</Version><RootComponents><RootComponent type=\"29\" id=\"{11111111-2222-3333-4444-555555555555}\" /><RootComponent type=\"29\" id=\"{22222222-3333-4444-5555-666666666666}\" /></RootComponents><MissingDependencies /></SolutionManifest></ImportExportXml>";

/// A flow with one part that tests replace.
pub const FLOW: &str = r#"{
  "properties": {
    "connectionReferences": {
      "shared_office365": {
        "runtimeSource": "embedded",
        "connection": {
          "connectionReferenceLogicalName": "con_Mail"
        },
        "api": {
          "name": "shared_office365"
        }
      },
      "shared_commondataserviceforapps": {
        "connection": {
          "connectionReferenceLogicalName": "con_Data"
        },
        "api": {
          "name": "shared_commondataserviceforapps"
        }
      }
    },
    "definition": {
      "triggers": {
        "manual": {
          "type": "Request",
          "kind": "Http",
          "inputs": {
            "schema": {}
          }
        }
      },
      "actions": {
        "First": {
          "type": "Compose",
          "inputs": "x",
          "runAfter": {}
        },
        "Count": {
          "type": "InitializeVariable",
          "inputs": {
            "variables": [
              {
                "name": "n",
                "type": "integer"
              }
            ]
          },
          "runAfter": {
            "First": [
              "Succeeded"
            ]
          }
        },
        "Ask": {
          "type": "OpenApiConnection",
          "inputs": {
            "host": {
              "connectionName": "shared_office365",
              "operationId": "SendEmailV2",
              "apiId": "/providers/Microsoft.PowerApps/apis/shared_office365"
            },
            "parameters": {}
          },
          "runAfter": {
            "Count": [
              "Succeeded"
            ]
          }
        }
      }
    }
  },
  "schemaVersion": "1.0.0.0"
}"#;

/// Somebody at the flow.
pub struct Editor {
    session: Session,
    _folder: Folder,
    uri: String,
    text: String,
    version: i64,
}

impl Editor {
    pub fn new() -> Self {
        let folder = Folder::new();
        let path = folder.write(MAIN, FLOW);
        folder.write(CHILD, FLOW.replace("con_Mail", "con_Data"));
        for (file, name) in [(MAIN, "Main flow"), (CHILD, "Notify the team")] {
            let id = &file[file.len() - 41..file.len() - 5];
            let data = format!(
                "<Workflow WorkflowId=\"{{{id}}}\" Name=\"{name}\"><JsonFileName>/{}</JsonFileName><Category>5</Category></Workflow>",
                &file[4..]
            );
            folder.write(&format!("{file}.data.xml"), &data);
        }
        folder.write("src/Other/Customizations.xml", CUSTOMIZATIONS);
        folder.write("src/Other/Solution.xml", MANIFEST);
        let mut session = Session::start(folder.path());
        let uri = uri(&path);
        session.open(&uri, FLOW);
        Self {
            session,
            _folder: folder,
            uri,
            text: FLOW.to_owned(),
            version: 1,
        }
    }

    /// The flow with `from` replaced by `to`, whose `|` is the cursor; the offers there.
    pub fn typed(&mut self, from: &str, to: &str) -> Vec<Value> {
        assert_eq!(FLOW.matches(from).count(), 1, "{from}");
        let marked = FLOW.replace(from, to);
        let at = marked.find('|').unwrap();
        self.text = marked.replacen('|', "", 1);
        self.version += 1;
        self.session
            .change(&self.uri, self.version, json!([{"text": self.text}]));
        let answer = self.session.request(
            "textDocument/completion",
            json!({"textDocument": {"uri": self.uri}, "position": position(&self.text, at), "context": {"triggerKind": 1}}),
        );
        answer["result"]["items"].as_array().cloned().unwrap_or_default()
    }

    /// The labels on offer, in the order they are shown.
    pub fn labels(&mut self, from: &str, to: &str) -> Vec<String> {
        let mut items = self.typed(from, to);
        items.sort_by_key(|item| item["sortText"].as_str().unwrap_or_default().to_owned());
        items
            .iter()
            .map(|item| item["label"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The document after an offer was taken.
    pub fn taken(&mut self, from: &str, to: &str, label: &str) -> String {
        let items = self.typed(from, to);
        let item = items.iter().find(|item| item["label"] == label);
        let item = item.unwrap_or_else(|| panic!("no {label} in {items:#?}"));
        let edit = &item["textEdit"];
        let range = if edit["replace"].is_null() {
            &edit["range"]
        } else {
            &edit["replace"]
        };
        let mut edits = vec![json!({"range": range, "newText": edit["newText"]})];
        edits.extend(item["additionalTextEdits"].as_array().cloned().unwrap_or_default());
        apply(&self.text, &edits)
    }

    /// The document as JSON after an offer was taken.
    pub fn json(&mut self, from: &str, to: &str, label: &str) -> Value {
        let text = self.taken(from, to, label);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{label} at {to}: {error}\n{text}"))
    }

    pub fn action(&mut self, from: &str, to: &str, label: &str, name: &str) -> Value {
        self.json(from, to, label)["properties"]["definition"]["actions"][name].clone()
    }
}
