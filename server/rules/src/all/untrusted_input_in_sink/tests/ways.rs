//! The ways of data through one flow.

use super::*;

#[test]
fn the_way_is_told() {
    let sample = flow(ANYONE, &long("name eq '@{outputs('compose')?['name']}'"));
    let found = sample.of(RULE.id);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].marked, "outputs('compose')?['name']");
    assert_eq!(found[0].finding.confidence, Confidence::High);
    assert_eq!(
        steps(&found[0]),
        [
            "`triggerBody()` comes in from the HTTP request",
            "parsed by `Parse`",
            "kept in the variable `first` by `Init`",
            "kept in the variable `Second` by `Set`",
            "put together by `Compose`",
            "used by `List rows`",
        ]
    );
    let text = &sample.files[FLOW];
    let at = |index: usize| &text[found[0].finding.related[index].span.range()];
    assert_eq!((at(0), at(1), at(3)), ("manual", "triggerBody()", "variables('First')"));
    assert_eq!(sample.assert_fixes(RULE.id), 1);
    // Another member of the same object carries nothing.
    assert_eq!(marked(&long("name eq '@{outputs('Compose')?['other']}'")), [""; 0]);
}

#[test]
fn lists_loops_and_rows() {
    let inside = |inner: &str| {
        format!(
            r#""Each":{{"runAfter":{{}},"type":"Foreach","foreach":"@triggerBody()?['orders']","actions":{{{inner}}}}}"#
        )
    };
    assert_eq!(marked(&inside(&rows("n eq '@{items('Each')?['id']}'"))).len(), 1);
    assert_eq!(marked(&inside(&rows("n eq '@{item()['id']}'"))).len(), 1);
    let nested = format!(
        r#""If":{{"runAfter":{{}},"type":"If","expression":true,"actions":{{}},"else":{{"actions":{{"Scope":{{"type":"Scope","actions":{{{}}}}}}}}}}}"#,
        inside(&rows("n eq '@{items('Each')}'"))
    );
    assert_eq!(marked(&nested).len(), 1);
    let picked = |filter: &str| {
        format!(
            r#""Select":{{"runAfter":{{}},"type":"Select","inputs":{{"from":"@triggerBody()?['orders']","select":{{"a":"@item()?['a']","b":"fixed"}}}}}},{}"#,
            rows(filter)
        )
    };
    assert_eq!(marked(&picked("n eq '@{first(body('Select'))?['a']}'")).len(), 1);
    assert_eq!(marked(&picked("n eq '@{first(body('Select'))?['b']}'")), [""; 0]);
    let joined = format!(
        r#""Join":{{"runAfter":{{}},"type":"Join","inputs":{{"from":"@triggerBody()?['names']","joinWith":","}}}},{}"#,
        rows("n in (@{body('Join')})")
    );
    assert_eq!(marked(&joined).len(), 1);
    let appended = format!(
        r#""Init":{{"runAfter":{{}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"f","type":"string","value":"a eq 1"}}]}}}},
        "Append":{{"runAfter":{{"Init":["Succeeded"]}},"type":"AppendToStringVariable","inputs":{{"name":"f","value":" or a eq '@{{triggerBody()?['x']}}'"}}}},{}"#,
        rows("@variables('f')").replace(r#""runAfter":{}"#, r#""runAfter":{"Append":["Succeeded"]}"#)
    );
    let sample = flow(ANYONE, &appended);
    assert_eq!(sample.marked(RULE.id), ["variables('f')"]);
    assert_eq!(sample.assert_fixes(RULE.id), 1);
}

#[test]
fn variables_are_followed_in_order() {
    let set = |name: &str, after: &str, value: &str| {
        format!(
            r#""{name}":{{"runAfter":{{"{after}":["Succeeded"]}},"type":"SetVariable","inputs":{{"name":"v","value":"{value}"}}}}"#
        )
    };
    let init = r#""Init":{"runAfter":{},"type":"InitializeVariable","inputs":{"variables":[{"name":"v","type":"string","value":"x"}]}}"#;
    let read = |after: &str| {
        let after = format!(r#""runAfter":{{"{after}":["Succeeded"]}}"#);
        rows("n eq '@{variables('v')}'").replace(r#""runAfter":{}"#, &after)
    };
    let flow = |parts: &[String]| format!("{init},{}", parts.join(","));
    let dirty = |after: &str| set("Dirty", after, "@{triggerBody()?['v']}");
    let clean = |after: &str| set("Clean", after, "fixed");
    assert_eq!(marked(&flow(&[dirty("Init"), read("Dirty")])).len(), 1);
    assert_eq!(marked(&flow(&[clean("Init"), dirty("Clean"), read("Dirty")])).len(), 1);
    // Set anew before it is read, or only later.
    assert_eq!(marked(&flow(&[dirty("Init"), clean("Dirty"), read("Clean")])), [""; 0]);
    assert_eq!(marked(&flow(&[read("Init"), dirty("List_rows")])), [""; 0]);
    // In a loop, later is earlier in the next round.
    let each = format!(
        r#"{init},"Each":{{"runAfter":{{"Init":["Succeeded"]}},"type":"Foreach","foreach":"@createArray(1,2)","actions":{{{},{}}}}}"#,
        rows("n eq '@{variables('v')}'"),
        dirty("List_rows")
    );
    assert_eq!(marked(&each).len(), 1);
    // One branch that cleans leaves the other.
    let branch = format!(
        r#"{init},{},"If":{{"runAfter":{{"Dirty":["Succeeded"]}},"type":"If","expression":true,"actions":{{"Clean":{{"runAfter":{{}},"type":"SetVariable","inputs":{{"name":"v","value":"fixed"}}}}}}}},{}"#,
        dirty("Init"),
        read("If")
    );
    assert_eq!(marked(&branch).len(), 1);
}

#[test]
fn members_are_told_apart_in_depth() {
    let kept = compose(
        "Kept",
        r#"{"a":{"b":"@triggerBody()?['x']","c":"fixed","d":{"e":"@triggerBody()"}},"f":["@{triggerBody()?['x']}"]}"#,
    );
    let with = |filter: &str| marked(&in_order(&[kept.clone(), rows(filter)])).len();
    for filter in [
        "n eq '@{outputs('Kept')?['a']?['b']}'",
        "n eq '@{outputs('Kept')['A'].B}'",
        "n eq '@{outputs('Kept')?['a/b']}'",
        "n eq '@{outputs('Kept')?['a']?['d']?['e']?['any']}'",
        "n eq '@{string(outputs('Kept')?['a'])}'",
        "n eq '@{first(outputs('Kept')?['f'])}'",
        "n eq '@{setProperty(outputs('Kept'), 'a', 'x')?['f']}'",
        "n eq '@{addProperty(json('{}'), 'z', outputs('Kept')?['a'])?['z']?['b']}'",
        "n eq '@{union(outputs('Kept'), json('{}'))?['a']?['b']}'",
        "n eq '@{createArray('x', outputs('Kept')?['a'])[1]?['b']}'",
        "n eq '@{coalesce(outputs('Kept')?['a'], null)?['b']}'",
        "n eq '@{if(true, outputs('Kept'), null)?['a']?['b']}'",
        "n eq '@{outputs('Kept')?[variables('which')]}'",
    ] {
        assert_eq!(with(filter), 1, "{filter}");
    }
    for filter in [
        "n eq '@{outputs('Kept')?['a']?['c']}'",
        "n eq '@{outputs('Kept')?['a/c']}'",
        "n eq '@{outputs('Kept')?['g']}'",
        "n eq '@{setProperty(outputs('Kept'), 'a', 'x')?['a']}'",
        "n eq '@{addProperty(json('{}'), 'z', outputs('Kept')?['a'])?['z']?['c']}'",
        "n eq '@{union(outputs('Kept'), json('{}'))?['a']?['c']}'",
        "n eq '@{coalesce(outputs('Kept')?['a'], null)?['c']}'",
        "n eq '@{removeProperty(outputs('Kept'), 'a')?['a']}'",
    ] {
        assert_eq!(with(filter), 0, "{filter}");
    }
}

#[test]
fn functions_pass_on_what_they_are_given() {
    for value in [
        "trigger()?['outputs']?['body']?['x']",
        "trigger()['outputs/body/x']",
        "triggerFormDataValue('x')",
        "triggerFormDataMultiValues('x')[0]",
        "triggerMultipartBody(0)",
        "json(triggerBody())?['a']?['b']",
        "xpath(xml(triggerBody()), '//name')",
        "split(triggerBody()?['x'], ';')[0]",
        "last(split(triggerBody()?['x'], ''''''))",
        "join(createArray('a', triggerBody()?['x']), ',')",
        "union(createArray('a'), triggerBody()?['x'])",
        "trim(concat('a', toLower(triggerBody()?['x'])))",
        "uriQuery(triggerBody()?['x'])",
        "chunk(triggerBody()?['x'], 10)",
        "createObject('k', triggerBody()?['x'])?['k']",
        "mergeObjects(json('{}'), triggerBody())?['x']",
        "decodeUriComponent(triggerBody()?['x'])",
        "string(triggerOutputs()?['headers'])",
    ] {
        let filter = format!("n eq '@{{{value}}}'");
        assert_eq!(marked(&rows(&filter)).len(), 1, "{value}");
    }
    let post = r#""Post":{"runAfter":{},"type":"Compose","inputs":{"form":"@triggerBody()","other":"x"}}"#;
    let with = |filter: &str| marked(&in_order(&[post.to_owned(), rows(filter)])).len();
    assert_eq!(with("n eq '@{formDataValue('Post', 'form')}'"), 1);
    assert_eq!(with("n eq '@{formDataValue('Post', 'other')}'"), 0);
    assert_eq!(with("n eq '@{createObject('k', 'v', 'w', triggerBody())?['k']}'"), 0);
}

#[test]
fn lists_are_put_together_and_gone_through() {
    let append = |value: &str| {
        format!(
            r#""Append":{{"runAfter":{{}},"type":"AppendToArrayVariable","inputs":{{"name":"all","value":{value}}}}}"#
        )
    };
    let list = variable("all", "array", "[]");
    let joined = |value: &str, filter: &str| in_order(&[list.clone(), append(value), rows(filter)]);
    let value = r#""a eq '@{triggerBody()?['x']}'""#;
    let sample = flow(ANYONE, &joined(value, "@join(variables('all'), ' or ')"));
    assert_eq!(sample.marked(RULE.id), ["join(variables('all'), ' or ')"]);
    assert_eq!(sample.assert_fixes(RULE.id), 1);
    let safe = r#""a eq '@{replace(triggerBody()?['x'], '''', '''''')}'""#;
    assert_eq!(marked(&joined(safe, "@join(variables('all'), ' or ')")), [""; 0]);
    let object = r#"{"id":"@triggerBody()?['x']","kind":"fixed"}"#;
    assert_eq!(marked(&joined(object, "n eq '@{variables('all')[0]?['id']}'")).len(), 1);
    assert_eq!(
        marked(&joined(object, "n eq '@{variables('all')[0]?['kind']}'")),
        [""; 0]
    );
    // A loop over what a filter left of what a Select made.
    let steps = |filter: &str| {
        in_order(&[
            r#""Select":{"runAfter":{},"type":"Select","inputs":{"from":"@triggerBody()?['orders']","select":{"a":{"id":"@item()?['id']"},"b":"fixed"}}}"#.to_owned(),
            r#""Filter":{"runAfter":{},"type":"Query","inputs":{"from":"@body('Select')","where":"@not(empty(item()?['a']))"}}"#.to_owned(),
            format!(r#""Each":{{"runAfter":{{}},"type":"Foreach","foreach":"@body('Filter')","actions":{{{}}}}}"#, rows(filter)),
        ])
    };
    assert_eq!(marked(&steps("n eq '@{items('Each')?['a']?['id']}'")).len(), 1);
    assert_eq!(marked(&steps("n eq '@{item()?['a/id']}'")).len(), 1);
    assert_eq!(marked(&steps("n eq '@{items('Each')?['b']}'")), [""; 0]);
    // A round of an Until sets what the next one reads, and what is read behind it.
    let until = |inner: &str, after: &str| {
        in_order(&[
            variable("v", "string", r#""x""#),
            format!(
                r#""Until":{{"runAfter":{{}},"type":"Until","expression":"@equals(variables('v'), 'y')","actions":{{{inner}}}}}"#
            ),
            after.to_owned(),
        ])
    };
    let set = r#""Set":{"runAfter":{"List_rows":["Succeeded"]},"type":"SetVariable","inputs":{"name":"v","value":"@{triggerBody()?['x']}"}}"#;
    let read = rows("n eq '@{variables('v')}'");
    assert_eq!(
        marked(&until(&format!("{read},{set}"), &compose("End", r#""x""#))).len(),
        1
    );
    let set = set.replace(r#"{"List_rows":["Succeeded"]}"#, "{}");
    assert_eq!(marked(&until(&set, &read)).len(), 1);
}

#[test]
fn results_of_scopes_are_followed() {
    let scope = |inner: &str| format!(r#""Try":{{"runAfter":{{}},"type":"Scope","actions":{{{inner}}}}}"#);
    let inner = in_order(&[
        compose("Kept", r#"{"a":"@triggerBody()?['x']","b":"fixed"}"#),
        http("https://api.contoso.com/x").replace(
            r#""method":"GET""#,
            r#""method":"POST","body":{"q":"@triggerBody()?['x']"}"#,
        ),
    ]);
    let after = |steps: &[String]| {
        let mut all = vec![scope(&inner)];
        all.extend_from_slice(steps);
        in_order(&all).replace(r#""Try":["Succeeded"]"#, r#""Try":["Failed","TimedOut"]"#)
    };
    for filter in [
        "n eq '@{result('Try')[0]?['outputs']?['a']}'",
        "n eq '@{first(result('Try'))?['inputs']?['body']?['q']}'",
        "n eq '@{string(result('try'))}'",
        "n eq '@{actions('Call')?['inputs']?['body/q']}'",
    ] {
        assert_eq!(marked(&after(&[rows(filter)])).len(), 1, "{filter}");
    }
    for filter in [
        "n eq '@{result('Try')[0]?['outputs']?['b']}'",
        "n eq '@{first(result('Try'))?['error']?['message']}'",
        "n eq '@{result('Try')[0]['name']}'",
        "n eq '@{first(result('Try'))?['inputs']?['uri']}'",
        "n eq '@{result('Other')[0]?['outputs']}'",
        "n eq '@{actions('Call')?['status']}'",
    ] {
        assert_eq!(marked(&after(&[rows(filter)])), [""; 0], "{filter}");
    }
    let failed = r#""Failed":{"runAfter":{},"type":"Query","inputs":{"from":"@result('Try')","where":"@equals(item()?['status'], 'Failed')"}}"#;
    let with = |filter: &str| marked(&after(&[failed.to_owned(), rows(filter)])).len();
    assert_eq!(with("n eq '@{body('Failed')?[0]?['inputs']?['body']}'"), 1);
    assert_eq!(with("n eq '@{first(body('Failed'))?['error']?['message']}'"), 0);
    // What failed gave nothing.
    assert_eq!(with("n eq '@{body('Failed')?[0]?['outputs']}'"), 0);
    let all = failed.replace("@equals(item()?['status'], 'Failed')", "@greater(item()?['code'], 'a')");
    assert_eq!(
        marked(&after(&[all, rows("n eq '@{body('Failed')?[0]?['outputs']?['a']}'")])).len(),
        1
    );
    let found = found(&after(&[
        compose("Note", r#"{"all":"@result('Try')"}"#),
        rows("n eq '@{outputs('Note')?['all'][0]?['inputs']?['body']?['q']}'"),
    ]));
    assert_eq!(
        steps(&found[0]),
        [
            "`triggerBody()?['x']` comes in from the HTTP request",
            "put together by `Kept`",
            "put together by `Note`",
            "used by `List rows`"
        ]
    );
}
