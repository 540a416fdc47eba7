//! What makes data harmless, and what only looks so.

use super::*;

#[test]
fn harmless_uses_are_silent() {
    let body = "@{triggerBody()?['x']}";
    let filter = r#""Filter":{"runAfter":{},"type":"Query","inputs":{"from":"@body('A')","where":"@equals(item()?['a'], triggerBody()?['x'])"}}"#;
    for actions in [
        rows("name eq '@{replace(triggerBody()?['x'], '''', '''''')}'"),
        rows("name eq '@{encodeUriComponent(triggerBody()?['x'])}'"),
        rows("number eq @{int(triggerBody()?['x'])}"),
        rows("number eq @{float(triggerBody()?['x'])}"),
        rows("active eq @{bool(triggerBody()?['x'])}"),
        rows("length eq @{length(triggerBody()?['x'])}"),
        rows("kind eq '@{if(equals(triggerBody()?['x'], 'a'), 'one', 'two')}'"),
        rows("createdon gt @{formatDateTime(triggerBody()?['x'], 'yyyy-MM-dd')}"),
        rows("createdon gt @{utcNow()}"),
        rows("name eq '@{workflow()['run']['name']}'"),
        rows("name eq '@@{triggerBody()?[''x'']}'"),
        http("https://api.contoso.com/orders/@{uriComponent(triggerBody()?['x'])}"),
        http("https://api.contoso.com/orders/@{encodeUriComponent(trim(triggerBody()?['x']))}"),
        // A body, a column and a subject are no language.
        format!(
            r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"POST","uri":"https://a.example/x","body":{{"x":"{body}"}}}}}}"#
        ),
        operation(
            "Add",
            "shared_commondataserviceforapps",
            "CreateRecord",
            &format!(r#""entityName":"accounts","item/name":"{body}""#),
        ),
        mail(&format!(
            r#""emailMessage/To":"a@b.example","emailMessage/Subject":"{body}""#
        )),
        operation(
            "Run",
            "shared_sql",
            "ExecuteProcedure_V2",
            &format!(r#""parameters/name":"{body}""#),
        ),
        // The list that is filtered here is read by no other program.
        format!("{filter},{}", rows("statecode eq 0")),
    ] {
        assert_eq!(marked(&actions), [""; 0], "{actions}");
    }
}

#[test]
fn what_only_looks_harmless_is_found() {
    for actions in [
        // The replacement leaves quotes, or replaces something else.
        rows("name eq '@{replace(triggerBody()?['x'], '''', '''')}'"),
        rows("name eq '@{replace(triggerBody()?['x'], '\"', '')}'"),
        rows("name eq '@{replace(triggerBody()?['x'], '''a', '')}'"),
        // Encoded and decoded again.
        rows("name eq '@{decodeUriComponent(encodeUriComponent(triggerBody()?['x']))}'"),
        rows("name eq '@{base64ToString(triggerBody()?['x'])}'"),
        rows("name eq '@{base64ToString(base64(triggerBody()?['x']))}'"),
        rows("name eq '@{dataUriToString(triggerBody()?['x'])}'"),
        // Doubled quotes are no help where none are around.
        rows("accountid eq @{replace(triggerBody()?['x'], '''', '''''')}"),
        rows("@replace(triggerBody()?['filter'], '''', '''''')"),
        // A length tells nothing of what is in it.
        condition(
            "If",
            r#"{"and":[{"equals":["@length(triggerBody()?['x'])",36]}]}"#,
            &rows("accountid eq @{triggerBody()?['x']}"),
            "",
        ),
        // The other member, and the branch where it is something else.
        condition(
            "If",
            r#"{"and":[{"equals":["@triggerBody()?['y']","a"]}]}"#,
            &rows("kind eq '@{triggerBody()?['x']}'"),
            "",
        ),
        condition(
            "If",
            r#"{"and":[{"equals":["@triggerBody()?['x']","a"]}]}"#,
            "",
            &rows("kind eq '@{triggerBody()?['x']}'"),
        ),
        condition(
            "If",
            r#"{"or":[{"equals":["@triggerBody()?['x']","a"]},{"equals":["@triggerBody()?['y']","a"]}]}"#,
            &rows("kind eq '@{triggerBody()?['x']}'"),
            "",
        ),
        condition(
            "If",
            r#"{"and":[{"equals":["@triggerBody()?['x']","@triggerBody()?['z']"]}]}"#,
            &rows("kind eq '@{triggerBody()?['x']}'"),
            "",
        ),
        condition(
            "If",
            r#"{"and":[{"contains":["@triggerBody()?['x']","a"]}]}"#,
            &rows("kind eq '@{triggerBody()?['x']}'"),
            "",
        ),
        rows("kind eq '@{if(equals(triggerBody()?['x'], 'a'), 'b', triggerBody()?['x'])}'"),
        rows("kind eq '@{if(equals(triggerBody()?['y'], 'a'), triggerBody()?['x'], 'b')}'"),
    ] {
        assert_eq!(marked(&actions).len(), 1, "{actions}");
    }
}

#[test]
fn texts_that_cannot_break_out() {
    let quoted = compose(
        "Quoted",
        r#""@concat('''', replace(triggerBody()?['x'], '''', ''''''), '''')""#,
    );
    let parts = [
        variable("f", "string", r#""name eq '""#),
        r#""Append":{"runAfter":{},"type":"AppendToStringVariable","inputs":{"name":"f","value":"@{replace(triggerBody()?['x'], '''', '''''')}"}}"#.to_owned(),
        r#""Append_2":{"runAfter":{},"type":"AppendToStringVariable","inputs":{"name":"f","value":"'"}}"#.to_owned(),
        rows("@variables('f')"),
    ];
    for actions in [
        rows("name eq '@{join(split(triggerBody()?['x'], ''''), '''''')}'"),
        rows("name eq '@{encodeXmlValue(triggerBody()?['x'])}'"),
        rows("total eq @{xpath(xml(triggerBody()?['x']), 'sum(//v)')}"),
        rows("number eq @{decimal(triggerBody()?['x'])}"),
        in_order(&[quoted, rows("name eq @{outputs('Quoted')}")]),
        in_order(&parts),
        rows("@concat('name eq ''', replace(triggerBody()?['x'], '''', ''''''), '''')"),
    ] {
        assert_eq!(marked(&actions), [""; 0], "{actions}");
    }
}

#[test]
fn values_that_conditions_know_are_harmless() {
    let filter = rows("kind eq @{triggerBody()?['x']}");
    let when = |expression: &str| condition("If", expression, &filter, "");
    let stop = r#""Stop":{"runAfter":{},"type":"Terminate","inputs":{"runStatus":"Failed"}}"#;
    let list = variable("kinds", "array", r#"["a","b"]"#);
    let row = operation(
        "Get_row",
        "shared_commondataserviceforapps",
        "GetItem",
        r#""entityName":"accounts","recordId":"x""#,
    );
    for actions in [
        when(r#"{"and":[{"equals":["@triggerBody()?['x']","a"]}]}"#),
        when(r#"{"and":[{"equals":["a","@triggerBody()['x']"]},{"not":{"equals":["@utcNow()",""]}}]}"#),
        when(r#"{"and":[{"and":[{"equals":["@{triggerBody()?['x']}","@parameters('Kind (con_kind)')"]}]}]}"#),
        when(r#""@equals( triggerBody()?['X'], 'a')""#),
        when(r#""@and(not(empty(triggerBody())), contains(createArray('a', 'b'), triggerBody()?['x']))""#),
        when(r#""@equals(contains(json('[\"a\"]'), triggerBody()?['x']), true)""#),
        when(r#"{"equals":["@contains(createArray('a'), triggerBody()?['x'])",true]}"#),
        when(r#""@isInt(triggerBody()?['x'])""#),
        condition("If", r#""@not(equals(triggerBody()?['x'], 'a'))""#, "", &filter),
        condition(
            "If",
            r#"{"or":[{"not":{"equals":["@triggerBody()?['x']","a"]}}]}"#,
            "",
            &filter,
        ),
        in_order(&[
            list.clone(),
            when(r#"{"contains":["@variables('kinds')","@triggerBody()?['x']"]}"#),
        ]),
        in_order(&[
            row,
            when(r#"{"equals":["@outputs('Get_row')?['body/kind']","@triggerBody()?['x']"]}"#),
        ]),
        // Deeper inside, and behind a branch that ends the flow.
        when(r#"{"equals":["@triggerBody()?['x']","a"]}"#).replace(
            &filter,
            &format!(r#""Scope":{{"runAfter":{{}},"type":"Scope","actions":{{{filter}}}}}"#),
        ),
        in_order(&[
            list,
            condition(
                "If",
                r#""@contains(variables('kinds'), triggerBody()?['x'])""#,
                "",
                stop,
            ),
            filter.clone(),
        ]),
        in_order(&[
            condition("If", r#""@not(equals(triggerBody()?['x'], 'a'))""#, stop, ""),
            format!(r#""Scope":{{"runAfter":{{}},"type":"Scope","actions":{{{filter}}}}}"#),
        ]),
        // A case of a switch.
        format!(
            r#""Switch":{{"runAfter":{{}},"type":"Switch","expression":"@triggerBody()?['x']","cases":{{"A":{{"case":"a","actions":{{{filter}}}}}}},"default":{{"actions":{{}}}}}}"#
        ),
        rows("kind eq @{if(equals(triggerBody()?['x'], 'a'), triggerBody()?['x'], 'b')}"),
        rows(
            "kind eq @{if(contains(createArray('a', 'b'), triggerBody()?['x']), concat('x', triggerBody()?['x']), 'b')}",
        ),
    ] {
        assert_eq!(marked(&actions), [""; 0], "{actions}");
    }
    for actions in [
        // Nobody knows what it is in the default, nor after a branch that goes on.
        format!(
            r#""Switch":{{"runAfter":{{}},"type":"Switch","expression":"@triggerBody()?['x']","cases":{{"A":{{"case":"a","actions":{{}}}}}},"default":{{"actions":{{{filter}}}}}}}"#
        ),
        in_order(&[
            condition(
                "If",
                r#""@equals(triggerBody()?['x'], 'a')""#,
                "",
                &compose("Note", r#""other""#),
            ),
            filter.clone(),
        ]),
        in_order(&[
            condition("If", r#""@equals(triggerBody()?['x'], 'a')""#, "", stop),
            filter.replace(r#""runAfter":{}"#, r#""runAfter":{"If":["Failed"]}"#),
        ])
        .replace(r#"{"If":["Succeeded"]}"#, r#"{"If":["Failed"]}"#),
        // A list that somebody else fills.
        in_order(&[
            variable("kinds", "array", r#""@triggerBody()?['kinds']""#),
            when(r#"{"contains":["@variables('kinds')","@triggerBody()?['x']"]}"#),
        ]),
    ] {
        assert_eq!(marked(&actions).len(), 1, "{actions}");
    }
    // The item of a loop is not that of the one inside.
    let inner = r#""Inner":{"runAfter":{},"type":"Foreach","foreach":"@triggerBody()?['b']","actions":{FILTER}}"#;
    let outer = |inner: &str| {
        let checked = condition("If", r#""@equals(item(), 'a')""#, inner, "");
        format!(
            r#""Outer":{{"runAfter":{{}},"type":"Foreach","foreach":"@triggerBody()?['a']","actions":{{{checked}}}}}"#
        )
    };
    let item = rows("kind eq '@{item()}'");
    assert_eq!(marked(&outer(&item)), [""; 0]);
    assert_eq!(marked(&outer(&inner.replace("FILTER", &item))).len(), 1);
}

#[test]
fn quotes_that_an_address_hides() {
    let query = |value: &str| {
        http(&format!(
            "https://api.contoso.com/orders?$top=1&$filter=name eq '@{{{value}}}'"
        ))
    };
    for value in [
        "encodeUriComponent(triggerBody()?['x'])",
        "uriComponent(trim(triggerBody()?['x']))",
        "replace(encodeUriComponent(triggerBody()?['x']), '''', '''''')",
    ] {
        let found = found(&query(value));
        assert_eq!(found.len(), 1, "{value}");
        assert!(found[0].finding.message.contains("the filter of `Call`"));
    }
    let sample = flow(ANYONE, &query("encodeUriComponent(triggerBody()?['x'])"));
    assert_eq!(sample.assert_fixes(RULE.id), 1);
    let open = flow(ANYONE, &query("triggerBody()?['x']"));
    assert_eq!(open.assert_fixes(RULE.id), 1);
    for value in [
        "encodeUriComponent(replace(triggerBody()?['x'], '''', ''''''))",
        "replace(encodeUriComponent(triggerBody()?['x']), '%27', '%27%27')",
        "int(triggerBody()?['x'])",
        "encodeUriComponent(base64(triggerBody()?['x']))",
    ] {
        assert_eq!(marked(&query(value)), [""; 0], "{value}");
    }
    // Nothing is quoted there, or it is a parameter that the connector encodes.
    let encoded = "@{encodeUriComponent(triggerBody()?['x'])}";
    assert_eq!(
        marked(&http(&format!("https://api.contoso.com/orders?name={encoded}"))),
        [""; 0]
    );
    assert_eq!(
        marked(&http(&format!("https://api.contoso.com/orders('{encoded}')"))),
        [""; 0]
    );
    assert_eq!(marked(&rows(&format!("name eq '{encoded}'"))), [""; 0]);
}
