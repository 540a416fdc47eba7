//! What the editor shows of reach: hovers on references, accounts, tables and columns, and where columns are named.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

mod support;

use serde_json::{Value, json};
use support::folder::Folder;
use support::session::{Session, position, uri};

const FLOW: &str = r##"{"properties":{
"connectionReferences":{"shared_cds":{"runtimeSource":"embedded","connection":{"connectionReferenceLogicalName":"con_data"},"api":{"name":"shared_commondataserviceforapps"}}},
"definition":{"$schema":"workflowdefinition.json#","triggers":{"manual":{"type":"Request","kind":"Button","inputs":{}}},
"actions":{
"Add_report":{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"shared_cds","operationId":"CreateRecord","apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},"parameters":{"entityName":"con_reports","item/con_name":"@{triggerBody()}","item/con_total":1}}},
"List_reports":{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"shared_cds","operationId":"ListRecords","apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},"parameters":{"entityName":"con_reports","$select":"con_total,con_name","$filter":"con_name eq '@{utcNow()}'"}}}
}}}}"##;
const OTHER: &str = r##"{"properties":{
"connectionReferences":{"shared_cds":{"runtimeSource":"embedded","connection":{"connectionReferenceLogicalName":"con_data"},"api":{"name":"shared_commondataserviceforapps"}}},
"definition":{"$schema":"workflowdefinition.json#","triggers":{"When":{"type":"OpenApiConnectionWebhook","inputs":{"host":{"connectionName":"shared_cds","operationId":"SubscribeWebhookTrigger","apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},"parameters":{"subscriptionRequest/message":4,"subscriptionRequest/entityname":"con_report","subscriptionRequest/scope":4,"subscriptionRequest/filteringattributes":"con_name"}}}},
"actions":{"Call":{"type":"Http","inputs":{"method":"POST","uri":"https://api.contoso.com/x"}}}}}}"##;
const CUSTOMIZATIONS: &str = r#"<ImportExportXml>
  <connectionreferences>
    <connectionreference connectionreferencelogicalname="con_data">
      <connectionreferencedisplayname>Contoso data</connectionreferencedisplayname>
      <connectorid>/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps</connectorid>
    </connectionreference>
  </connectionreferences>
</ImportExportXml>"#;
const MANIFEST: &str = "<ImportExportXml><SolutionManifest><UniqueName>Contoso</UniqueName><Version>1.0</Version><RootComponents><RootComponent type=\"29\" id=\"{11111111-2222-3333-4444-555555555555}\" /><RootComponent type=\"29\" id=\"{11111111-2222-3333-4444-666666666666}\" /></RootComponents></SolutionManifest></ImportExportXml>";
const TABLE: &str = r#"<Entity>
  <Name LocalizedName="Report">con_Report</Name>
  <EntityInfo>
    <entity Name="con_Report">
      <attributes>
        <attribute PhysicalName="con_Name"><LogicalName>con_name</LogicalName><IsAuditEnabled>0</IsAuditEnabled></attribute>
      </attributes>
      <EntitySetName>con_reports</EntitySetName>
      <IsAuditEnabled>1</IsAuditEnabled>
    </entity>
  </EntityInfo>
</Entity>"#;
const SETTINGS: &str = r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_data","ConnectionId":"0a0b","ConnectionOwner":"svc-flows@contoso.com"}]}"#;
const PLAN: &str = r#"{"connections":["inventory.csv"],"accounts":[{"kind":"service","match":"svc-*@contoso.com"}]}"#;
const INVENTORY: &str =
    "ConnectionName,ConnectorName,Account\n0a0b,shared_commondataserviceforapps,svc-flows@contoso.com\n";

struct Editor {
    session: Session,
    folder: Folder,
}

impl Editor {
    fn new() -> Self {
        let folder = Folder::new();
        folder.write("src/Workflows/Main-11111111-2222-3333-4444-555555555555.json", FLOW);
        folder.write(
            "src/Workflows/Listener-11111111-2222-3333-4444-666666666666.json",
            OTHER,
        );
        folder.write("src/Other/Customizations.xml", CUSTOMIZATIONS);
        folder.write("src/Other/Solution.xml", MANIFEST);
        folder.write("src/Entities/con_Report/Entity.xml", TABLE);
        folder.write("prod.deploymentSettings.json", SETTINGS);
        folder.write("flowsentry.jsonc", PLAN);
        folder.write("inventory.csv", INVENTORY);
        let session = Session::start(folder.path());
        Self { session, folder }
    }

    fn ask(&mut self, file: &str, text: &str, needle: &str, method: &str, more: Value) -> Value {
        let uri = uri(&self.folder.path().join(file));
        self.session.open(&uri, text);
        let at = text.find(needle).unwrap_or_else(|| panic!("no {needle}")) + needle.len() - 1;
        let mut params = json!({"textDocument": {"uri": uri}, "position": position(text, at)});
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = self.session.request(&format!("textDocument/{method}"), params);
        self.session
            .notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        answer
    }

    fn hover(&mut self, file: &str, text: &str, needle: &str) -> String {
        let answer = self.ask(file, text, needle, "hover", json!({}));
        answer["result"]["contents"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

const MAIN: &str = "src/Workflows/Main-11111111-2222-3333-4444-555555555555.json";
const ENTITY: &str = "src/Entities/con_Report/Entity.xml";

#[test]
fn columns_and_tables_say_who_writes_them() {
    let mut editor = Editor::new();
    let mut at = |file, text, needle| editor.hover(file, text, needle);
    for (file, text, needle) in [
        (MAIN, FLOW, "item/con_name"),
        (MAIN, FLOW, "con_total,con_name"),
        (MAIN, FLOW, "\"$filter\":\"con_name"),
        (ENTITY, TABLE, "<LogicalName>con_name"),
        (ENTITY, TABLE, "</LogicalName><IsAuditEnabled>0"),
    ] {
        let said = at(file, text, needle);
        for expected in [
            "Column `con_name` of **Report** `con_report`",
            "The table is audited, this column is not",
            "**Main**, Add report (create) as `svc-flows@contoso.com`",
            "Read by 1 flow: Main",
            "Its changes start 1 flow: Listener",
        ] {
            // Names in prose are escaped for Markdown.
            assert!(
                said.replace('\\', "").contains(expected),
                "{needle}: {expected} in\n{said}"
            );
        }
    }
    let total = at(MAIN, FLOW, "item/con_total");
    assert!(!total.contains("changes start"), "{total}");
    for (file, text, needle) in [
        (MAIN, FLOW, "\"entityName\":\"con_reports"),
        (ENTITY, TABLE, "<EntitySetName>con_reports"),
        (ENTITY, TABLE, "<entity Name=\"con_Report"),
    ] {
        let said = at(file, text, needle);
        assert!(said.starts_with("Table **Report** `con_report`"), "{needle}: {said}");
        assert!(said.contains("Written by\n- **Main**"), "{said}");
    }
}

#[test]
fn references_and_accounts_say_what_they_reach() {
    let mut editor = Editor::new();
    let reached = "Reaches 2 flows with 3 operations: Microsoft Dataverse (read, create)";
    for (file, text, needle) in [
        ("src/Other/Customizations.xml", CUSTOMIZATIONS, "logicalname=\"con_data"),
        ("prod.deploymentSettings.json", SETTINGS, "\"LogicalName\":\"con_data"),
        (
            "prod.deploymentSettings.json",
            SETTINGS,
            "\"ConnectionOwner\":\"svc-flows",
        ),
        ("flowsentry.jsonc", PLAN, "\"svc-*"),
        ("inventory.csv", INVENTORY, ",svc-flows"),
        (MAIN, FLOW, "\"connectionName\":\"shared_cds"),
    ] {
        let said = editor.hover(file, text, needle);
        assert!(said.contains(reached), "{file} {needle}:\n{said}");
    }
    let account = editor.hover("inventory.csv", INVENTORY, ",svc-flows");
    assert!(account.contains("Without it: 2 flows stop"), "{account}");
}

#[test]
fn columns_are_found_in_closed_flows_and_definitions() {
    let mut editor = Editor::new();
    let more = json!({"context": {"includeDeclaration": true}});
    let answer = editor.ask(MAIN, FLOW, "item/con_name", "references", more);
    let mut places: Vec<String> = answer["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| {
            let file = place["uri"].as_str().unwrap().rsplit('/').next().unwrap();
            format!(
                "{} {}",
                file.split('-').next().unwrap(),
                place["range"]["start"]["line"]
            )
        })
        .collect();
    places.sort();
    assert_eq!(places, ["Entity.xml 5", "Listener 2", "Main 4", "Main 5", "Main 5"]);
}
