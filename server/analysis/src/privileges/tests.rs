//! What invented flows need of Dataverse, and invented roles beside it.

use model::Workspace;
use model::roles::Depth;

use super::{Identity, Privileges, Right, compare, derive};
use crate::reach::Reach;
use crate::testing::{flow, flow_path, operation, solution, workspace};

const DATAVERSE: &str = "shared_commondataserviceforapps";
const BUTTON: &str = r#""manual":{"type":"Request","kind":"Button","inputs":{}}"#;

fn with(trigger: &str, actions: &[(&str, &str)], more: &[(&str, &str)]) -> Workspace {
    let actions: Vec<String> = actions
        .iter()
        .enumerate()
        .map(|(at, (id, parameters))| operation(&format!("A{at}"), "con_data", DATAVERSE, id, parameters))
        .collect();
    let mut files: Vec<(String, String)> = solution("/r", "Expenses", &[("con_data", DATAVERSE)]).into();
    files.push((
        flow_path("/r", "Flow", 1),
        flow(&[("con_data", DATAVERSE)], trigger, &actions.join(",")),
    ));
    files.extend(more.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    workspace(&files)
}

/// The rights of the only identity, as `table: Right depth`, with `?` for what only may be needed.
fn rights(workspace: &Workspace) -> (Vec<String>, Privileges) {
    let reach = Reach::new(workspace);
    let mut all = derive(workspace, &reach);
    assert_eq!(all.len(), 1, "{all:#?}");
    let found = all.remove(0);
    let mut lines = Vec::new();
    for entry in &found.tables {
        for (right, grant) in &entry.grants {
            let elsewhere = if entry.elsewhere { " elsewhere" } else { "" };
            let table = format!("{}{elsewhere}: {}", reach.table(entry.table).name, right.name());
            lines.extend(grant.needed.map(|depth| format!("{table} {}", depth.name())));
            lines.extend(grant.maybe.map(|depth| format!("{table} {}?", depth.name())));
        }
    }
    (lines, found)
}

#[test]
fn a_row_of_ones_own_needs_no_more_than_user_depth() {
    let (lines, found) = rights(&with(
        BUTTON,
        &[("CreateRecord", r#""entityName":"con_reports","item/con_name":"x""#)],
        &[],
    ));
    assert_eq!(lines, ["con_report: Create User", "con_report: Read User"]);
    assert!(found.gaps.is_empty());
    assert!(matches!(found.identity, Identity::Reference(_)));
}

#[test]
fn lookups_append_and_owners_assign() {
    let (lines, _) = rights(&with(
        BUTTON,
        &[(
            "CreateRecord",
            r#""entityName":"con_reports","item/con_Account@odata.bind":"/accounts(1)","item/ownerid@odata.bind":"/teams(@{x})""#,
        )],
        &[],
    ));
    assert_eq!(
        lines,
        [
            "account: Read Organization",
            "account: Write Organization?",
            "account: Append to Organization",
            "con_report: Create Organization",
            "con_report: Read Organization",
            "con_report: Write Organization",
            "con_report: Append Organization",
            "con_report: Assign Organization",
        ]
    );
}

#[test]
fn updates_may_create_and_deletes_delete() {
    let (lines, _) = rights(&with(
        BUTTON,
        &[
            (
                "UpdateRecord",
                r#""entityName":"con_reports","recordId":"1","item/con_name":"x""#,
            ),
            ("DeleteRecord", r#""entityName":"con_lines","recordId":"1""#),
            (
                "UpdateOnlyRecordWithOrganization",
                r#""organization":"x","entityName":"con_reports","recordId":"1","item/con_name":"x""#,
            ),
        ],
        &[],
    ));
    assert_eq!(
        lines,
        [
            "con_line: Delete Organization",
            "con_report: Create Organization?",
            "con_report: Read Organization",
            "con_report: Write Organization",
            "con_report elsewhere: Read Organization",
            "con_report elsewhere: Write Organization",
        ]
    );
}

#[test]
fn triggers_keep_a_subscription_and_read_by_their_scope() {
    let trigger = operation(
        "When",
        "con_data",
        DATAVERSE,
        "SubscribeWebhookTrigger",
        r#""subscriptionRequest/message":4,"subscriptionRequest/entityname":"con_report","subscriptionRequest/scope":2,"subscriptionRequest/runas":3"#,
    );
    let (lines, found) = rights(&with(&trigger, &[], &[]));
    assert_eq!(
        lines,
        [
            "callbackregistration: Create User",
            "callbackregistration: Read User",
            "callbackregistration: Write User",
            "callbackregistration: Delete User",
            "con_report: Read Business unit",
        ]
    );
    assert!(found.gaps.iter().any(|gap| gap.text.contains("Run as")));
}

#[test]
fn queries_read_the_tables_they_follow() {
    let (lines, found) = rights(&with(
        BUTTON,
        &[
            (
                "ListRecords",
                r#""entityName":"con_reports","$expand":"con_Account($select=name),con_Lines,createdby""#,
            ),
            (
                "UpdateOnlyRecord",
                r#""entityName":"con_reports","recordId":"1","item/con_Account@odata.bind":"/accounts(1)""#,
            ),
        ],
        &[],
    ));
    assert!(lines.contains(&"account: Read Organization".to_owned()));
    assert!(lines.contains(&"systemuser: Read Organization".to_owned()));
    let gaps: Vec<&str> = found.gaps.iter().map(|gap| gap.subject.as_str()).collect();
    assert_eq!(gaps, ["con_Lines"]);
}

#[test]
fn what_the_text_does_not_tell_is_listed() {
    let (lines, found) = rights(&with(
        BUTTON,
        &[
            ("CreateRecord", r#""entityName":"@parameters('t')","item/a":1"#),
            ("PerformUnboundAction", r#""actionName":"con_Approve""#),
            (
                "PerformBoundAction",
                r#""entityName":"con_reports","recordId":"1","actionName":"Microsoft.Dynamics.CRM.GrantAccess""#,
            ),
            ("NewAndUnheardOf", r#""entityName":"con_reports""#),
        ],
        &[],
    ));
    assert!(lines.is_empty(), "{lines:?}");
    let subjects: Vec<&str> = found.gaps.iter().map(|gap| gap.subject.as_str()).collect();
    assert_eq!(subjects.len(), 4, "{subjects:?}");
    assert!(subjects.contains(&"con_Approve"));
}

#[test]
fn rows_of_the_organisation_know_one_depth_and_no_owner() {
    let table = "<Entity><EntityInfo><entity Name=\"con_Setting\"><EntitySetName>con_settings</EntitySetName>\
                 <OwnershipTypeMask>OrgOwned</OwnershipTypeMask></entity></EntityInfo></Entity>";
    let (lines, _) = rights(&with(
        BUTTON,
        &[("CreateRecord", r#""entityName":"con_settings","item":"@body('row')""#)],
        &[("/r/Entities/con_Setting/Entity.xml", table)],
    ));
    assert_eq!(
        lines,
        [
            "con_setting: Create Organization",
            "con_setting: Read Organization",
            "con_setting: Append Organization?",
        ]
    );
}

#[test]
fn roles_grant_too_much_and_too_little() {
    let role = r#"<Role id="{a696980c-5fd0-ec11-a7b5-0022486dabee}" name="Contoso flows"><RolePrivileges>
        <RolePrivilege name="prvReadcon_Report" level="Global" />
        <RolePrivilege name="prvCreatecon_Report" level="Basic" />
        <RolePrivilege name="prvDeletecon_Report" level="Global" />
        <RolePrivilege name="prvReadUser" level="Global" />
        <RolePrivilege name="prvGoOffline" level="Global" />
    </RolePrivileges></Role>"#;
    let raw = format!(
        "<ImportExportXml><connectionreferences /><Roles>{}</Roles></ImportExportXml>",
        role.replace("Contoso flows", "Raw flows")
            .replace("<RolePrivilege name=\"prvDeletecon_Report\" level=\"Global\" />", "")
    );
    let workspace = with(
        BUTTON,
        &[
            ("CreateRecord", r#""entityName":"con_reports","item/con_name":"x""#),
            (
                "UpdateRecord",
                r#""entityName":"con_reports","recordId":"1","item/con_name":"x""#,
            ),
        ],
        &[
            ("/r/Roles/Contoso flows.xml", role),
            ("/raw/customizations.xml", &raw),
            (
                "/raw/solution.xml",
                "<ImportExportXml><SolutionManifest><UniqueName>Raw</UniqueName></SolutionManifest></ImportExportXml>",
            ),
            (
                "/r/Roles/Nothing.xml",
                "<Role name=\"Nothing\"><RolePrivileges /></Role>",
            ),
        ],
    );
    let (_, found) = rights(&workspace);
    let reach = Reach::new(&workspace);
    let compared = compare(&workspace, &reach, &found);
    let names: Vec<&str> = compared.iter().map(|found| found.role.as_str()).collect();
    assert_eq!(names, ["Raw flows", "Contoso flows"]);
    let best = &compared[1];
    assert_eq!((best.granted, best.needed), (2, 3));
    assert_eq!(
        (best.missing[0].1, best.missing[0].2, best.missing[0].3),
        (Right::Write, Depth::Organization, None)
    );
    // Create may be needed for all rows, so a smaller depth is neither too much nor too little.
    let surplus: Vec<String> = best
        .surplus
        .iter()
        .map(|(table, right, ..)| format!("{table} {}", right.name()))
        .collect();
    assert_eq!(surplus, ["con_report Delete", "user Read"]);
    assert_eq!(best.others, ["prvGoOffline"]);
}
