//! Other files, damaged files, hostile files.

use super::*;

#[test]
fn other_documents_are_no_inventories() {
    let flow = r#"{"properties": {"apiId": "/providers/Microsoft.PowerApps/apis/shared_logicflows", "definition": {"actions": {"Send": {"inputs":
        {"host": {"connectionName": "shared_office365", "operationId": "SendEmailV2", "apiId": "/providers/Microsoft.PowerApps/apis/shared_office365"}}}}},
        "connectionReferences": {"shared_office365": {"connectionName": "shared-office365-1", "source": "Invoker", "id": "/providers/Microsoft.PowerApps/apis/shared_office365"}}},
        "name": "x", "id": "y"}"#;
    let settings = r#"{"EnvironmentVariables": [], "ConnectionReferences": [{"LogicalName": "cat_x", "ConnectionId": "0a", "ConnectorId": "/providers/x/shared_y"}]}"#;
    let app_roles = r#"[{"RoleId": "/providers/Microsoft.PowerApps/apps/1/permissions/2", "PrincipalType": "User", "RoleType": "CanEdit", "AppName": "onnection"}]"#;
    for text in [
        flow,
        settings,
        app_roles,
        "{}",
        "[]",
        "null",
        "",
        "[1, 2]",
        "# Title\n\ntext, more text; connection",
        "Id,Name,Email\n1,Maria,m@contoso.com\n",
    ] {
        assert!(!looks_like_inventory(text), "{text}");
        assert!(text.starts_with("Id,") || read(text).connections.is_empty(), "{text}");
        assert!(text.starts_with("Id,") || !read(text).notes.is_empty(), "{text}");
    }
    assert_eq!(
        messages(settings),
        ["these are deployment settings, not an inventory of connections"]
    );
    assert_eq!(messages("[]"), ["the file lists no connections"]);
    assert_eq!(
        messages(app_roles),
        ["this role assignment names no connection, so it is not used"]
    );
    assert!(
        messages("{}")[0].contains("Get-AdminPowerAppConnection")
            && messages("hello")[0].contains("pac connection list")
    );
    assert!(messages("ConnectionName : 0a\nConnectionId   : /x\n")[0].contains("ConvertTo-Json"));
}

#[test]
fn damaged_json_gives_what_is_there() {
    let record = admin("a@contoso.com", MARIA, "");
    let cut = format!("[{record}, {}", record.replace(NAME, OTHER).split_at(150).0);
    let inventory = read(&cut);
    assert_eq!(inventory.connections.len(), 2);
    assert!(inventory.notes[0].message.contains("not valid JSON"));
    let nameless = format!(r#"[{record}, {{"ConnectionName": "", "ConnectorName": "shared_x"}}, {{"x": 1}}]"#);
    let notes = messages(&nameless);
    assert!(
        notes[0].contains("has no name") && notes[1].contains("neither a connection nor"),
        "{notes:?}"
    );
    let many = format!("[{record}{}]", ", {\"x\": 1}".repeat(500));
    assert_eq!(read(&many).notes.len(), notes::MAX_NOTES + 1);
}

#[test]
fn what_is_lost_is_told_where_it_is() {
    let record = admin("a@contoso.com", MARIA, "");
    let lost = |text: &str| -> Vec<String> {
        let inventory = read(text);
        let lost = inventory.notes.iter().filter(|note| note.lost);
        let told: Vec<String> = lost.map(|note| text[note.span.range()].to_owned()).collect();
        assert_eq!(inventory.complete, told.is_empty(), "{text}");
        told
    };
    assert_eq!(lost(&format!("[{record}]")), [""; 0]);
    let cut = format!("[{record}, {{\"ConnectionName\": \"{OTHER}\", \"CreatedBy\": {{\"id\": \"1\"");
    assert_eq!(lost(&cut), ["{"], "of what is open, the innermost");
    assert_eq!(read(&cut).notes[0].span.start as usize, cut.rfind('{').unwrap());
    assert_eq!(
        lost(&format!("[{record}, 5, \"x\", null, {{\"x\": 1}}]")),
        ["5", "\"x\"", "{"]
    );
    let page = format!("{{\"value\": [{record}], \"nextLink\": \"https://x/y\"}}");
    assert_eq!(lost(&page), ["https://x/y"]);
    let wide: String = format!("[{record}]").chars().flat_map(|c| [c, '\0']).collect();
    assert!(read(&wide).notes[0].message.contains("UTF-16 without"));
    let table = format!(
        "Id Name API Id Status\n{NAME} a@contoso.com /providers/Microsoft.PowerApps/apis/shared_sql Connected\n{OTHER} b@contoso.com /providers/Microsoft.PowerApps/apis/shared_s"
    );
    assert_eq!(lost(&table).len(), 1);
    let read_table = read(&table);
    assert_eq!(
        (
            read_table.connections.len(),
            read_table.connections[1].connector.as_deref()
        ),
        (2, None)
    );
    let quote = format!("ConnectionName,Account\n{NAME},\"a@contoso.com\n{OTHER},b@contoso.com\n");
    assert_eq!(lost(&quote), ["\""]);
    let accounts: Vec<String> = read(&quote)
        .connections
        .into_iter()
        .filter_map(|c| Some(c.account?.value))
        .collect();
    assert_eq!(accounts, ["a@contoso.com", "b@contoso.com"], "the rows behind are read");
}

#[test]
fn columns_that_are_not_used_have_a_near_miss() {
    let notes = messages("ConnectionName,Acount,Enviroment,Region\n0a,a@contoso.com,x,y\n");
    assert!(notes[0].contains("no column names the account"), "{notes:?}");
    assert!(notes[1].ends_with("did you mean `account`?") && notes[2].ends_with("did you mean `environment`?"));
    assert_eq!(notes[3], "column `Region` is not used");
    let short = messages("ConnectionName,Connector,Account\n0a\n0b,shared_sql\n");
    assert!(short.len() == 1 && short[0].contains("one cell"), "{short:?}");
    let mixed = messages("ConnectionName,Connector;Account\n0a,shared_sql;a@contoso.com\n");
    assert!(
        mixed.iter().any(|note| note.contains("separate all columns alike")),
        "{mixed:?}"
    );
}

/// A generator good enough for tests, without a dependency.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let record = admin(
        "a@contoso.com",
        r#""@{id=1; displayName=b; type=User}""#,
        r#""accountName": "x""#,
    );
    let seeds = [
        format!("[{record}, {record}]"),
        format!(
            "Connected as x\nId Name API Id Status\n{NAME} ä ö /providers/Microsoft.PowerApps/apis/shared_x Connected\n"
        ),
        format!(
            "#TYPE x\r\n\"ConnectionName\";\"Display name\";\"CreatedBy\"\r\n\"{NAME}\";\"ä \"\"b\"\"\";\"@{{id=1; type=User}}\"\r\n"
        ),
        format!(
            r#"[{{"RoleId": "{}/permissions/1", "PrincipalType": "Group", "RoleType": "CanUse"}}]"#,
            path(NAME)
        ),
        r#"{"value": ["@{ConnectionName=1; CreatedBy=@{id=1; type=User}; Statuses=@{status=a} @{status=b}}"]}"#
            .to_owned(),
    ];
    let pieces = [
        "\"",
        "{",
        "}",
        "@{",
        "; ",
        ";",
        "=",
        ",",
        "\r",
        "\n",
        "[",
        "]",
        "\\u",
        "ä",
        "\u{feff}",
        "/",
        "connections/",
        "#",
        "sep=",
        "sep=ß",
        " ",
        "😀",
    ];
    let mut random = Random(7);
    for seed in &seeds {
        for _ in 0..4000 {
            let mut text: Vec<char> = seed.chars().collect();
            for _ in 0..=random.below(6) {
                let at = random.below(text.len());
                match random.below(4) {
                    0 => text.truncate(at),
                    1 => drop(text.drain(at..(at + random.below(20)).min(text.len()))),
                    2 => drop(text.splice(at..at, pieces[random.below(pieces.len())].chars())),
                    _ => text.rotate_left(at),
                }
            }
            let text: String = text.into_iter().collect();
            let inventory = read(&text);
            let _ = looks_like_inventory(&text);
            let spans = inventory
                .connections
                .iter()
                .map(|c| c.span)
                .chain(inventory.notes.iter().map(|n| n.span));
            for span in spans.chain(inventory.role_assignments.iter().map(|r| r.span)) {
                assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
            }
            for record in &inventory.connections {
                assert!(!record.name.is_empty());
                assert!(
                    inventory.connection(&record.name).is_some(),
                    "{:?} in {text:?}",
                    record.name
                );
            }
        }
    }
}

#[test]
fn hostile_sizes_take_linear_time() {
    let _ = read(&"[".repeat(200_000));
    let _ = read(&format!("[{}]", r#"{"ConnectionName":"#.repeat(50_000)));
    let _ = read(&format!(
        r#"{{"ConnectionName": "a", "CreatedBy": "{}"}}"#,
        "@{a=".repeat(100_000)
    ));
    let _ = read(&format!("ConnectionName,Owner\n{}", "\"\"\"".repeat(100_000)));
    let _ = read(&format!("ConnectionName{}", ",x".repeat(300_000)));
    let _ = read(&"#\n".repeat(100_000));
}
