//! The JSON shapes.

use super::*;

#[test]
fn wrappings_are_seen_through() {
    let record = admin("x", MARIA, "");
    for text in [
        record.clone(),
        format!("[{record}]"),
        format!(r#"{{"value": [{record}], "Count": 1}}"#),
        format!(r#"{{"value": {{"value": [[{record}]]}}}}"#),
        format!(" \r\n{record}\r\n"),
    ] {
        assert_eq!(only(&text).name, NAME);
        assert!(looks_like_inventory(&text), "{text}");
    }
    let two = format!("[{record}, {}]", record.replace(NAME, OTHER));
    let names: Vec<String> = read(&two).connections.into_iter().map(|c| c.name).collect();
    assert_eq!(names, [NAME, OTHER]);
}

#[test]
fn text_in_place_of_deep_objects_is_read() {
    let created = format!(
        r#""@{{id={USER_ID}; displayName=Keller; Maria; userPrincipalName=alex@contoso.com; type=User; tenantId=t}}""#
    );
    assert_eq!(
        account(&admin("x", &created, "")),
        ("alex@contoso.com".into(), AccountSource::CreatedBy, Principal::User)
    );

    let id = path(NAME);
    let flat = format!(
        r#"{{"ConnectionName": "{NAME}", "ConnectionId": "{id}", "DisplayName": "x", "CreatedBy": "@{{id=1; displayName=b@contoso.com; type=User}}",
            "Statuses": "@{{status=Connected}} @{{status=Error; target=token}}",
            "Internal": "@{{name={NAME}; id={id}; type=t; properties=@{{accountName=svc@contoso.com; statuses=System.Object[]; allowSharing=True; createdBy=}}}}"}}"#
    );
    let record = only(&flat);
    assert_eq!(record.account.unwrap().value, "svc@contoso.com");
    assert_eq!((record.status.as_deref(), record.shared), (Some("Error"), Some(true)));
    assert_eq!(record.connector.as_deref(), Some("shared_office365"));
    assert_eq!(record.environment.as_deref(), Some("Contoso-prod"));

    let rows =
        format!(r#"{{"value": ["@{{ConnectionName={NAME}; DisplayName=a@contoso.com; Internal=}}"], "Count": 1}}"#);
    assert_eq!(account(&rows).0, "a@contoso.com");
    assert!(looks_like_inventory(&rows));
    let joined =
        format!(r#"{{"value": "@{{ConnectionName={NAME}; Internal=}} @{{ConnectionName={OTHER}; Internal=}}"}}"#);
    assert_eq!(read(&joined).connections.len(), 2);
    let types = format!(
        r#"{{"ConnectionName": "{NAME}", "CreatedBy": "System.Object", "Statuses": "System.Object[]", "Internal": null}}"#
    );
    let record = only(&types);
    assert!(record.account.is_none() && record.status.is_none() && record.created_by.is_none());
}

#[test]
fn objects_of_the_api() {
    let id = path(NAME);
    let record = format!(
        r#"{{"name": "{NAME}", "id": "{id}", "type": "Microsoft.PowerApps/apis/connections", "properties": {{
            "apiId": "/providers/Microsoft.PowerApps/apis/shared_Office365", "displayName": "d@contoso.com", "createdBy": {MARIA},
            "statuses": [{{"status": "Connected"}}], "connectionParameters": {{}}, "allowSharing": false,
            "environment": {{"id": "/providers/Microsoft.PowerApps/environments/Contoso-test", "name": "Contoso-test"}}}}}}"#
    );
    for text in [
        record.clone(),
        format!("[{record}]"),
        format!(r#"{{"value": [{record}]}}"#),
        record.replace(r#""name": "0"#, r#""nome": "0"#),
    ] {
        let inventory = read(&text);
        assert_eq!(inventory.format, InventoryFormat::ApiObject);
        let found = &inventory.connections[0];
        assert_eq!(
            (found.name.as_str(), found.environment.as_deref(), found.shared),
            (NAME, Some("Contoso-test"), Some(false))
        );
        assert_eq!(found.connector.as_deref(), Some("shared_office365"));
        assert_eq!(found.account.as_ref().unwrap().source, AccountSource::DisplayName);
        assert_eq!(found.authentication, None);
        assert!(looks_like_inventory(&text));
    }
    let bare = read(&record.replace(r#""type": "Microsoft.PowerApps/apis/connections", "#, ""));
    assert_eq!(bare.connections.len(), 1);
    assert!(
        read(&record.replace("Microsoft.PowerApps/apis/connections", "Microsoft.Web/connections"))
            .connections
            .is_empty()
    );
}

#[test]
fn flat_objects_kept_by_hand() {
    let text = format!(
        r#"[{{"Id": "{NAME}", "Name": "Shared mailbox", "ApiId": "/providers/Microsoft.PowerApps/apis/shared_sql", "Owner": "svc@contoso.com", "Kind": "basic"}}]"#
    );
    let record = only(&text);
    assert_eq!(
        (
            record.name.as_str(),
            record.display_name.as_deref(),
            record.connector.as_deref()
        ),
        (NAME, Some("Shared mailbox"), Some("shared_sql"))
    );
    assert_eq!(
        (record.account.unwrap().source, record.authentication.as_deref()),
        (AccountSource::Owner, Some("basic"))
    );
    let path_only = format!(r#"{{"ConnectionId": "{}"}}"#, path(NAME));
    assert_eq!(only(&path_only).name, NAME);
}

#[test]
fn role_assignments_of_both_shapes() {
    let id = format!("{}/permissions/77", path(NAME));
    let cmdlet = |principal: &str| {
        format!(
            r#"{{"RoleId": "{id}", "RoleName": "77", {principal}, "RoleType": "CanUseAndShare", "ConnectionName": "{NAME}", "ConnectorName": "shared_office365", "EnvironmentName": "Contoso-prod", "Internal": null}}"#
        )
    };
    let text = format!(
        "[{}, {}, {}]",
        cmdlet(
            r#""PrincipalDisplayName": "Makers", "PrincipalEmail": "makers@contoso.com", "PrincipalObjectId": "1", "PrincipalType": "Group""#
        ),
        cmdlet(
            r#""PrincipalDisplayName": null, "PrincipalEmail": null, "PrincipalObjectId": "2", "PrincipalType": "ServicePrincipal""#
        ),
        cmdlet(
            r#""PrincipalDisplayName": null, "PrincipalEmail": null, "PrincipalObjectId": null, "PrincipalType": "Tenant""#
        ),
    );
    let inventory = read(&text);
    assert!(looks_like_inventory(&text) && inventory.notes.is_empty() && inventory.connections.is_empty());
    assert_eq!(inventory.format, InventoryFormat::RoleAssignments);
    let principals: Vec<&str> = inventory
        .role_assignments
        .iter()
        .map(|role| role.principal.as_str())
        .collect();
    assert_eq!(principals, ["Makers", "2", "Tenant"]);
    let first = &inventory.role_assignments[0];
    assert_eq!(
        (
            first.role.as_str(),
            first.principal_type.as_str(),
            first.principal_email.as_deref()
        ),
        ("CanUseAndShare", "Group", Some("makers@contoso.com"))
    );
    assert_eq!(
        (
            first.connection.as_str(),
            first.connector.as_deref(),
            first.environment.as_deref()
        ),
        (NAME, Some("shared_office365"), Some("Contoso-prod"))
    );
    assert_eq!(inventory.role_assignments_of(&path(NAME)).len(), 3);

    let raw = format!(
        r#"{{"value": [{{"name": "77", "id": "{id}", "type": "x", "properties": {{"roleName": "Owner", "principal": {{"id": "3", "displayName": "Maria", "email": "m@contoso.com", "type": "User"}}}}}}]}}"#
    );
    let role = &read(&raw).role_assignments[0];
    assert_eq!(
        (role.connection.as_str(), role.role.as_str(), role.principal.as_str()),
        (NAME, "Owner", "Maria")
    );
    assert_eq!(
        (role.connector.as_deref(), role.environment.as_deref()),
        (Some("shared_office365"), Some("Contoso-prod"))
    );

    let csv = format!(
        "\"RoleId\",\"PrincipalDisplayName\",\"PrincipalType\",\"RoleType\",\"ConnectionName\"\r\n\"{id}\",\"Makers\",\"Group\",\"CanUse\",\"{NAME}\"\r\n"
    );
    let inventory = read(&csv);
    assert_eq!(
        (
            inventory.format,
            inventory.role_assignments.len(),
            inventory.connections.len()
        ),
        (InventoryFormat::Csv, 1, 0)
    );
    assert_eq!(inventory.role_assignments[0].span.slice(&csv), NAME);
}
