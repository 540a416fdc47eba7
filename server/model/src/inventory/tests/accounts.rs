//! Which account a connection acts as.

use super::*;

#[test]
fn the_cmdlets_object_is_read_whole() {
    let text = admin(
        "Outlook",
        MARIA,
        r#""accountName": "svc-mail@contoso.com", "allowSharing": true, "connectionParametersSet": {"name": "oauth", "values": {}}"#,
    );
    let inventory = read(&text);
    assert_eq!(inventory.format, InventoryFormat::AdminPowerShell);
    assert!(inventory.notes.is_empty() && looks_like_inventory(&text));
    let expected = ConnectionRecord {
        name: NAME.into(),
        span: inventory.connections[0].span,
        connector: Some("shared_office365".into()),
        display_name: Some("Outlook".into()),
        environment: Some("Contoso-prod".into()),
        status: Some("Error".into()),
        account: Some(Account {
            value: "svc-mail@contoso.com".into(),
            source: AccountSource::AccountName,
            principal: Principal::Unknown,
        }),
        created_by: Some(Account {
            value: "maria.keller@contoso.com".into(),
            source: AccountSource::CreatedBy,
            principal: Principal::User,
        }),
        authentication: Some("oauth".into()),
        shared: Some(true),
    };
    assert_eq!(inventory.connections, [expected]);
    assert_eq!(inventory.connections[0].span.slice(&text), NAME);
    assert!(!inventory.connections[0].acts_as_application());
}

#[test]
fn the_best_witness_names_the_account() {
    use AccountSource::{AccountName, AuthenticatedUser, CreatedBy, DisplayName};
    let cases = [
        (
            "a@contoso.com",
            r#""accountName": "b@contoso.com", "authenticatedUser": {"name": "c@contoso.com"}"#,
            "b@contoso.com",
            AccountName,
        ),
        (
            "a@contoso.com",
            r#""authenticatedUser": {"name": "c@contoso.com"}"#,
            "c@contoso.com",
            AuthenticatedUser,
        ),
        (
            "a@contoso.com",
            r#""accountName": "  ", "authenticatedUser": {}"#,
            "a@contoso.com",
            DisplayName,
        ),
        ("Finance mailbox", "", "maria.keller@contoso.com", CreatedBy),
    ];
    for (display_name, properties, value, source) in cases {
        let found = account(&admin(display_name, MARIA, properties));
        assert_eq!((found.0.as_str(), found.1), (value, source));
    }
    assert_eq!(AccountName.to_string(), "accountName");
    let guest =
        r#"{"userPrincipalName": "x_fabrikam.com#EXT#@contoso.com", "email": "x@fabrikam.com", "displayName": "X"}"#;
    assert_eq!(account(&admin("X", guest, "")).0, "x_fabrikam.com#EXT#@contoso.com");
    assert_eq!(
        account(&admin("X", r#"{"id": "00000000-0000-0000-0000-000000000007"}"#, "")),
        (USER_ID.into(), CreatedBy, Principal::Unknown)
    );
}

#[test]
fn applications_are_known_by_guid_type_or_authentication() {
    let principal =
        r#"{"id": "1234abcd-aaaa-bbbb-cccc-0123456789ab", "displayName": "Nightly", "type": "ServicePrincipal"}"#;
    let both = admin(
        "Application connection",
        principal,
        &format!(r#""accountName": "{APP}""#),
    );
    assert_eq!(
        account(&both),
        (APP.into(), AccountSource::AccountName, Principal::ServicePrincipal)
    );
    assert_eq!(
        account(&admin("x", principal, "")),
        ("Nightly".into(), AccountSource::CreatedBy, Principal::ServicePrincipal)
    );
    let alone = admin("x", MARIA, &format!(r#""accountName": "{APP}""#));
    assert_eq!(
        account(&alone),
        (APP.into(), AccountSource::AccountName, Principal::Application)
    );
    assert!(only(&alone).acts_as_application());

    // The user's own object id is no application.
    let own = admin("x", MARIA, &format!(r#""authenticatedUser": {{"name": "{USER_ID}"}}"#));
    assert_eq!(
        account(&own),
        (
            "maria.keller@contoso.com".into(),
            AccountSource::AuthenticatedUser,
            Principal::User
        )
    );

    // Whoever made a connection of an application is not who it acts as, nor is an address in its title.
    let set = |values: &str| {
        admin(
            "maria.keller@contoso.com",
            MARIA,
            &format!(r#""connectionParametersSet": {{"name": "oauthSP", "values": {{{values}}}}}"#),
        )
    };
    let unnamed = only(&set(""));
    assert!(unnamed.account.is_none() && unnamed.acts_as_application());
    assert_eq!(unnamed.created_by.unwrap().value, "maria.keller@contoso.com");
    let named = set(&format!(
        r#""token:clientSecret": {{"value": "{USER_ID}"}}, "token:clientId": {{"value": "{APP}"}}"#
    ));
    assert_eq!(
        account(&named),
        (APP.into(), AccountSource::ClientId, Principal::Application)
    );
}
