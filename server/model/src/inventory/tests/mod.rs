//! Every shape and its traps, in memory. All names, ids and addresses are invented.

mod accounts;
mod damage;
mod json;
mod tables;

use super::*;

const NAME: &str = "0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d";
const OTHER: &str = "ffff2c3d0a1b2c3d0a1b2c3d0a1b2c3d";
const APP: &str = "1234abcd-aaaa-bbbb-cccc-0123456789ab";
const USER_ID: &str = "00000000-0000-0000-0000-000000000007";

fn path(name: &str) -> String {
    format!(
        "/providers/Microsoft.PowerApps/scopes/admin/environments/Contoso-prod/apis/shared_office365/connections/{name}"
    )
}

/// What `ConvertTo-Json -Depth 5` gives for one row; `properties` are members of `Internal.properties`.
fn admin(display_name: &str, created_by: &str, properties: &str) -> String {
    let id = path(NAME);
    format!(
        r#"{{"ConnectionName": "{NAME}", "ConnectionId": "{id}",
            "FullConnectorName": "/providers/Microsoft.PowerApps/scopes/admin/environments/Contoso-prod/apis/shared_office365",
            "ConnectorName": "shared_office365", "DisplayName": "{display_name}", "CreatedTime": "2026-02-03T08:00:00Z",
            "CreatedBy": {created_by}, "LastModifiedTime": "2026-02-03T08:00:00Z", "EnvironmentName": "Contoso-prod",
            "Statuses": [{{"status": "Connected"}}, {{"status": "Error", "target": "token"}}],
            "Internal": {{"name": "{NAME}", "id": "{id}", "type": "Microsoft.PowerApps/scopes/apis/connections", "properties": {{{properties}}}}}}}"#
    )
}

const MARIA: &str = r#"{"id": "00000000-0000-0000-0000-000000000007", "displayName": "Maria Keller", "email": "maria.keller@contoso.com", "type": "User", "tenantId": "t"}"#;

fn only(text: &str) -> ConnectionRecord {
    let inventory = read(text);
    assert_eq!(inventory.connections.len(), 1, "{inventory:#?}");
    inventory.connections.into_iter().next().unwrap()
}

fn account(text: &str) -> (String, AccountSource, Principal) {
    let account = only(text).account.unwrap();
    (account.value, account.source, account.principal)
}

fn messages(text: &str) -> Vec<String> {
    read(text).notes.into_iter().map(|note| note.message).collect()
}
