//! Where data becomes part of a language.

use super::*;

#[test]
fn every_language_is_found() {
    let body = "@{triggerBody()?['x']}";
    let fetch = format!(r#""entityName":"accounts","fetchXml":"<fetch><condition value='{body}'/></fetch>""#);
    let query = format!(r#""server":"s","database":"d","query/query":"select * from t where a = '{body}'""#);
    let graph = format!(r#""request/method":"GET","request/url":"https://graph.microsoft.com/v1.0/users/{body}""#);
    for (actions, says) in [
        (rows(&format!("name eq '{body}'")), "the filter of `List rows`"),
        (rows("@triggerBody()?['filter']"), "the filter"),
        (rows("@concat('name eq ''', triggerBody()?['x'], '''')"), "the filter"),
        (rows("accountid eq @{triggerOutputs()?['body/x']}"), "the filter"),
        (rows("name eq '@{triggerOutputs()['queries']['x']}'"), "the filter"),
        (
            operation(
                "Find",
                "shared_sharepointonline",
                "GetItems",
                &format!(r#""$filter":"Title eq '{body}'""#),
            ),
            "the filter of `Find`",
        ),
        (
            operation("Fetch", "shared_commondataserviceforapps", "ListRecords", &fetch),
            "the FetchXML of `Fetch`",
        ),
        (
            operation("Query", "shared_sql", "ExecutePassThroughNativeQuery_V2", &query),
            "the query of `Query`",
        ),
        (
            http(&format!("https://api.contoso.com/orders/{body}")),
            "the address that `Call` calls",
        ),
        (
            http("@concat('https://api.contoso.com/orders?id=', triggerBody()?['x'])"),
            "the address",
        ),
        (
            operation("Ask", "shared_webcontents", "InvokeHttp", &graph),
            "the address that `Ask` calls",
        ),
        (
            mail(&format!(
                r#""emailMessage/To":"a@b.example","emailMessage/Body":"<p>{body}</p>""#
            )),
            "the HTML",
        ),
        (
            mail(&format!(
                r#""emailMessage/To":"{body}","emailMessage/Body":"<p>Hello</p>""#
            )),
            "the recipients",
        ),
        (
            operation("Run", "shared_ssh", "RunCommand", &format!(r#""command":"ls {body}""#)),
            "the command",
        ),
    ] {
        let found = found(&actions);
        assert_eq!(found.len(), 1, "{actions}: {found:#?}");
        assert!(found[0].finding.message.contains(says), "{}", found[0].finding.message);
        assert_eq!(found[0].finding.severity, Severity::Warning);
    }
}

#[test]
fn hosts_are_told_once() {
    // The rule about hosts says what the trigger decides itself.
    assert_eq!(marked(&http("https://@{triggerBody()?['host']}/x")), [""; 0]);
    assert_eq!(marked(&http("@triggerBody()?['url']")), [""; 0]);
    let kept = |uri: &str, value: &str| {
        format!(
            r#""Url":{{"runAfter":{{}},"type":"Compose","inputs":"{value}"}},{}"#,
            http(uri)
        )
    };
    let says = |actions: &str| {
        let found = found(actions);
        assert_eq!(found.len(), 1, "{actions}");
        found[0].finding.message.clone()
    };
    assert!(says(&kept("@outputs('Url')", "@triggerBody()?['url']")).contains("the host"));
    assert!(says(&kept("https://@{outputs('Url')}", "@triggerBody()?['h']")).contains("the host"));
    let path = kept("@outputs('Url')", "https://a.example/@{triggerBody()?['p']}");
    assert!(says(&path).contains("the address"));
    let path = kept("https://a.example/@{outputs('Url')}", "x/@{triggerBody()?['p']}");
    assert!(says(&path).contains("the address"));
}

#[test]
fn fixes_make_it_harmless() {
    let two = "@concat('name eq ''', triggerBody()?['x'], ''' or a eq ''', triggerBody()?['y'], '''')";
    for (actions, fixes) in [
        (rows("name eq '@{triggerBody()?['x']}'"), 1),
        (rows(two), 1),
        (
            rows("name eq '@{toLower(triggerBody()?['x'])}' and b eq '@{triggerBody()?['y']}'"),
            2,
        ),
        (http("https://api.contoso.com/orders/@{triggerBody()?['x']}"), 1),
        (
            http("@concat('https://api.contoso.com/orders?id=', triggerBody()?['x'])"),
            1,
        ),
        (
            mail(r#""emailMessage/To":"a@b.example","emailMessage/Body":"<p>@{triggerBody()?['x']}</p>""#),
            1,
        ),
        // Nothing helps where no quotes are around, or where it is all the query.
        (rows("accountid eq @{triggerBody()?['x']}"), 0),
        (rows("@triggerBody()?['filter']"), 0),
    ] {
        let sample = flow(ANYONE, &actions);
        assert!(!sample.marked(RULE.id).is_empty(), "{actions}");
        assert_eq!(sample.assert_fixes(RULE.id), fixes, "{actions}");
    }
    let sample = flow(ANYONE, &rows("name eq '@{triggerBody()?['x']}'"));
    let fixed = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
    assert!(fixed.files[FLOW].contains("name eq '@{replace(triggerBody()?['x'], '''', '''''')}'"));
}

#[test]
fn older_actions_and_damaged_files() {
    let older = r#""Get":{"runAfter":{},"type":"ApiConnection","inputs":{"host":{"connection":{"name":"@parameters('$connections')['shared_sql']['connectionId']"},"operationId":"GetItems_V2"},"method":"get","path":"/tables","queries":{"$filter":"a eq '@{triggerBody()?['x']}'"}}}"#;
    assert_eq!(marked(older), ["triggerBody()?['x']"]);
    let sample = flow(ANYONE, &rows("name eq '@{triggerBody()?['x']}'"));
    let broken = sample.replace(FLOW, r#""schemaVersion":"1.0.0.0"}"#, r#""schemaVersion":"#);
    assert_eq!(broken.marked(RULE.id).len(), 1);
    let odd = r#""List_rows":{"type":"OpenApiConnection","inputs":{"host":{"operationId":7},"parameters":["@triggerBody()"]}},"S":{"type":"SetVariable","inputs":"@triggerBody()"},"C":{"type":"Foreach","foreach":{"x":["@triggerBody()"]}}"#;
    assert_eq!(marked(odd), [""; 0]);
}

#[test]
fn places_are_chosen_by_the_flow() {
    let site = "@triggerBody()?['site']";
    let in_place = |connector: &str, id: &str, parameters: &str| operation("Step", connector, id, parameters);
    for (connector, id, parameters) in [
        (
            "shared_sharepointonline",
            "GetItems",
            format!(r#""dataset":"{site}","table":"t""#),
        ),
        (
            "shared_sharepointonline",
            "CreateFile",
            r#""dataset":"@{concat('https://contoso.sharepoint.com/sites/', triggerBody()?['site'])}","name":"n""#
                .to_owned(),
        ),
        (
            "shared_commondataserviceforapps",
            "ListRecordsWithOrganization",
            format!(r#""organization":"{site}","entityName":"accounts""#),
        ),
        (
            "shared_sql",
            "GetItems_V2",
            format!(r#""server":"{site}","database":"d","table":"t""#),
        ),
        (
            "shared_azureblob",
            "CreateFile_V2",
            format!(r#""dataset":"{site}","folderPath":"/x""#),
        ),
    ] {
        let found = found(&in_place(connector, id, &parameters));
        assert_eq!(found.len(), 1, "{parameters}");
        let message = &found[0].finding.message;
        assert!(
            message.contains("the name of the place that `Step` works in"),
            "{message}"
        );
    }
    for (connector, id, parameters) in [
        // Ids of things in a place that is fixed.
        (
            "shared_sharepointonline",
            "GetItem",
            r#""dataset":"https://contoso.sharepoint.com/sites/a","table":"@triggerBody()?['site']","id":1"#,
        ),
        (
            "shared_sharepointonline",
            "GetItems",
            r#""dataset":"@parameters('Site (con_site)')","table":"t""#,
        ),
        (
            "shared_excelonlinebusiness",
            "GetItems",
            r#""dataset":"@triggerBody()?['site']""#,
        ),
        (
            "shared_azureblob",
            "GetFile_V2",
            r#""dataset":"@int(triggerBody()?['site'])""#,
        ),
    ] {
        assert_eq!(marked(&in_place(connector, id, parameters)), [""; 0], "{parameters}");
    }
}
