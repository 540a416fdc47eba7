//! The tables, and finding connections.

use super::*;

#[test]
fn the_table_of_pac() {
    let text = format!(
        "Connected as admin@contoso.com\r\nConnected to... Contoso Test\r\n\r\nId                               Name                 API Id                                            Status\r\n\
         {NAME} maria.keller@contoso.com /providers/Microsoft.PowerApps/apis/shared_office365 Connected\r\n\
         shared-sql-{APP}   Finance  DB (old)    /providers/Microsoft.PowerApps/apis/shared_sql Error\r\n\
         {OTHER} /providers/Microsoft.PowerApps/apis/shared_teams\r\n\r\nsomething else here\r\n"
    );
    let inventory = read(&text);
    assert!(looks_like_inventory(&text));
    assert_eq!(
        (inventory.format, inventory.connections.len()),
        (InventoryFormat::PacTable, 3)
    );
    let [first, second, third] = &inventory.connections[..] else {
        unreachable!()
    };
    assert_eq!(
        (first.name.as_str(), first.connector.as_deref(), first.status.as_deref()),
        (NAME, Some("shared_office365"), Some("Connected"))
    );
    assert_eq!(first.account.as_ref().unwrap().source, AccountSource::DisplayName);
    assert_eq!(
        (
            second.display_name.as_deref(),
            second.status.as_deref(),
            second.account.as_ref()
        ),
        (Some("Finance  DB (old)"), Some("Error"), None)
    );
    assert_eq!(
        (
            third.display_name.as_deref(),
            third.status.as_deref(),
            third.connector.as_deref()
        ),
        (None, None, Some("shared_teams"))
    );
    for record in &inventory.connections {
        assert_eq!(record.span.slice(&text), record.name);
    }
    assert_eq!(inventory.notes.len(), 1);
    assert_eq!(inventory.notes[0].span.slice(&text), "something else here");
}

#[test]
fn csv_of_many_hands() {
    let comma = format!(
        "Connection Name,Connector,Display name,ACCOUNT,Environment,Kind,Status,Cost centre\n{NAME},shared_sql,\"Finance, \"\"old\"\"\",svc@contoso.com,Prod,oauthSP,Connected,7\n"
    );
    let semicolon = comma
        .replace("\"Finance, \"\"old\"\"\"", "\u{1}")
        .replace(',', ";")
        .replace('\u{1}', "\"Finance, \"\"old\"\"\"")
        .replace('\n', "\r\n");
    for text in [
        comma.clone(),
        semicolon.clone(),
        format!("sep=;\r\n{semicolon}"),
        format!("\u{feff}{comma}"),
        comma.replace('\n', "\r"),
    ] {
        let inventory = read(&text);
        assert!(looks_like_inventory(&text), "{text}");
        assert_eq!(
            (inventory.format, inventory.connections.len()),
            (InventoryFormat::Csv, 1),
            "{text}"
        );
        let record = &inventory.connections[0];
        assert_eq!(record.span.slice(&text), NAME);
        assert_eq!(
            (record.display_name.as_deref(), record.connector.as_deref()),
            (Some("Finance, \"old\""), Some("shared_sql"))
        );
        assert_eq!(
            (record.environment.as_deref(), record.status.as_deref()),
            (Some("Prod"), Some("Connected"))
        );
        assert_eq!(record.account.as_ref().unwrap().value, "svc@contoso.com");
        assert!(record.acts_as_application());
        let notes: Vec<(&str, &str)> = inventory
            .notes
            .iter()
            .map(|note| (note.span.slice(&text), note.message.as_str()))
            .collect();
        assert_eq!(notes, [("Cost centre", "column `Cost centre` is not used")]);
    }
}

#[test]
fn csv_of_export_csv() {
    let id = path(NAME);
    let text = format!(
        "#TYPE Selected.System.Management.Automation.PSCustomObject\r\n\"ConnectionName\",\"ConnectionId\",\"DisplayName\",\"CreatedBy\",\"Statuses\",\"Internal\"\r\n\
         \"{NAME}\",\"{id}\",\"Two\r\nlines\",\"@{{id=1; displayName=Keller; Maria; email=m@contoso.com; type=User}}\",\"System.Object[]\",\"@{{name={NAME}; properties=}}\"\r\n\r\n\
         \"\",\"{}\",\"\",\"\",\"\",\"\"\r\n",
        path(OTHER)
    );
    let inventory = read(&text);
    assert_eq!(
        (inventory.connections.len(), inventory.notes.len()),
        (2, 0),
        "{inventory:#?}"
    );
    let record = &inventory.connections[0];
    assert_eq!(
        (record.display_name.as_deref(), record.status.as_deref()),
        (Some("Two\r\nlines"), None)
    );
    let account = record.account.as_ref().unwrap();
    assert_eq!(
        (account.value.as_str(), account.source, account.principal),
        ("m@contoso.com", AccountSource::CreatedBy, Principal::User)
    );
    assert_eq!(
        (
            inventory.connections[1].name.as_str(),
            inventory.connections[1].environment.as_deref()
        ),
        (OTHER, Some("Contoso-prod"))
    );
}

#[test]
fn csv_says_what_it_could_not_read() {
    assert!(messages("ConnectorName,Owner\nshared_sql,a@contoso.com\n")[0].contains("no connection name column"));
    let notes = messages("ConnectionName,Owner\n,a@contoso.com\n0a,b@contoso.com,extra\n0b,\"never closed\n");
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(
        notes[0].contains("no connection name") && notes[1].contains("more cells") && notes[2].contains("never closed")
    );
    assert_eq!(messages("ConnectionName,Owner\n"), ["the file lists no connections"]);
    // A title that lies: blanks are no part of a connection's name.
    let text = format!("ConnectionName;ConnectionId;UPN;Type\nShared mailbox;{NAME};{APP};ServicePrincipal\n");
    let record = only(&text);
    assert_eq!(
        (record.name.as_str(), record.display_name.as_deref()),
        (NAME, Some("Shared mailbox"))
    );
    assert_eq!(record.account.unwrap().principal, Principal::Application);
}

#[test]
fn blanks_after_separators_do_not_make_a_table_of_pacs() {
    let text = format!(
        "Id; Name; ApiId; Status\n{NAME}; Outlook; /providers/Microsoft.PowerApps/apis/shared_office365; Connected\n"
    );
    let inventory = read(&text);
    assert_eq!(inventory.format, InventoryFormat::Csv);
    assert_eq!(inventory.connections[0].display_name.as_deref(), Some("Outlook"));
}

#[test]
fn connections_are_found_by_name() {
    let pair = format!("{NAME}-{OTHER}");
    let text = format!(
        "ConnectionName,Environment,Owner\n{NAME},Contoso-test,a@contoso.com\n{NAME},Contoso-prod,b@contoso.com\n{pair},Contoso-prod,c@contoso.com\n11111111222233334444555555555555,E,d@contoso.com\n"
    );
    let inventory = read(&text);
    let owner = |name: &str| {
        inventory
            .connection(name)
            .map(|record| record.account.as_ref().unwrap().value.clone())
    };
    assert_eq!(owner(&NAME.to_uppercase()).as_deref(), Some("a@contoso.com"));
    assert_eq!(owner(&path(NAME)).as_deref(), Some("b@contoso.com"));
    assert_eq!(
        owner(&format!(
            "/providers/Microsoft.PowerApps/apis/shared_office365/connections/{NAME}/"
        ))
        .as_deref(),
        Some("a@contoso.com")
    );
    assert_eq!(owner(&pair).as_deref(), Some("c@contoso.com"));
    assert_eq!(
        owner("11111111-2222-3333-4444-555555555555").as_deref(),
        Some("d@contoso.com")
    );
    assert_eq!((owner(OTHER), owner(""), owner("  ")), (None, None, None));
    assert_eq!(inventory.connections_named(NAME).len(), 2);
}
