//! Ways through several flows.

use super::*;

#[test]
fn children_use_what_they_are_given() {
    let with = |given: &str, filter: &str| {
        let (path, text) = child(BUTTON, &rows(filter));
        flow(ANYONE, &call("Run", given)).with(&path, text)
    };
    let given = r#""text":"@triggerBody()?['x']","text_1":"fixed""#;
    let sample = with(given, "n eq '@{triggerBody()['text']}'");
    let found = certain(&sample);
    assert_eq!(found.len(), 1);
    assert!(found[0].path.contains("Child"));
    assert_eq!(
        (found[0].marked.as_str(), found[0].finding.confidence),
        ("triggerBody()['text']", Confidence::High)
    );
    assert_eq!(
        steps(&found[0]),
        [
            "`triggerBody()?['x']` comes in from the HTTP request",
            "given to the child flow by `Run` as `text`",
            "comes in as `text`",
            "used by `List rows`"
        ]
    );
    assert!(sample.assert_fixes(RULE.id) > 0);
    let other = with(given, "n eq '@{triggerBody()['text_1']}'");
    assert_eq!(certain(&other).len(), 0);
    let safe = with(
        r#""text":"@{replace(triggerBody()?['x'],'''','''''')}""#,
        "n eq '@{triggerBody()['text']}'",
    );
    assert_eq!(certain(&safe).len(), 0);
}

#[test]
fn children_answer_what_they_are_given() {
    let answer = |value: &str| {
        format!(
            r#""Answer":{{"runAfter":{{}},"type":"Response","kind":"Http","inputs":{{"statusCode":200,"body":{{"clean":"x","out":"{value}"}}}}}}"#
        )
    };
    let with = |value: &str, filter: &str| {
        let (path, text) = child(BUTTON, &answer(value));
        let actions = format!("{},{}", call("Run", r#""text":"@triggerBody()?['x']""#), rows(filter));
        certain(&flow(ANYONE, &actions).with(&path, text))
    };
    let found = with("@{triggerBody()['text']}", "n eq '@{outputs('Run')?['body/out']}'");
    assert_eq!(found.len(), 1);
    assert!(found[0].path.contains("Main"));
    assert_eq!(
        with("@{triggerBody()['text']}", "n eq '@{body('Run')?['clean']}'").len(),
        0
    );
    assert_eq!(
        with("@{int(triggerBody()['text'])}", "n eq '@{body('Run')?['out']}'").len(),
        0
    );
    // A child that reads a form brings it in itself.
    let (path, text) = child(
        BUTTON,
        &format!(
            "{},{}",
            operation(
                "Details",
                "shared_microsoftforms",
                "GetFormResponseById",
                r#""form_id":"f""#
            ),
            answer("@{outputs('Details')?['body/r1']}")
        ),
    );
    let actions = format!("{},{}", call("Run", ""), rows("n eq '@{body('Run')?['out']}'"));
    assert_eq!(certain(&flow(DATAVERSE, &actions).with(&path, text)).len(), 1);
}

#[test]
fn everything_at_once() {
    let inner = long("name eq '@{outputs('Compose')?['name']}'").replace("['customer']?['name']", "['text']");
    let (path, text) = child(BUTTON, &inner);
    let run = call("Run", r#""text":"@variables('p')?['name']""#);
    let parent = format!(
        r#""Init_p":{{"runAfter":{{}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"p","type":"object","value":"@triggerBody()"}}]}}}},{}"#,
        run.replace(r#""runAfter":{}"#, r#""runAfter":{"Init_p":["Succeeded"]}"#)
    );
    let found = certain(&flow(ANYONE, &parent).with(&path, text.clone()));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].finding.related.len(), 9, "{:#?}", steps(&found[0]));
    // A flow that calls itself ends.
    let own = call("Run", r#""text":"@triggerBody()?['text']""#).replace(CHILD, FLOW_ID);
    let own = format!("{own},{}", rows("n eq '@{triggerBody()?['text']}'"));
    assert_eq!(flow(ANYONE, &own).of(RULE.id).len(), 1);
}

/// The child's one sure finding goes with each edit of a file, text for text, and is back when the edit is undone.
fn each_edit_takes_the_finding_away(sample: &Sample, child: &str, edits: &[(&str, &str, &str)]) {
    let mut project = sample.project();
    let sure = |project: &crate::Project| {
        let child = project.workspace().id(child).expect("the child is there");
        let found = project.findings(child).into_iter();
        found
            .filter(|f| f.rule == RULE.id && f.confidence == Confidence::High)
            .count()
    };
    assert_eq!(sure(&project), 1);
    for (file, from, to) in edits {
        let text = sample.files[*file].clone();
        let id = project.open(file, text.clone(), false).expect("a flow");
        let at = u32::try_from(text.find(from).expect("it is there")).expect("small");
        let length = |text: &str| u32::try_from(text.len()).expect("small");
        project.edit(id, Some(Span::new(at, at + length(from))), to);
        project.analyse(id);
        assert_eq!(sure(&project), 0, "{file}");
        project.edit(id, Some(Span::new(at, at + length(to))), from);
        project.analyse(id);
        assert_eq!(sure(&project), 1, "{file}");
    }
}

#[test]
fn edits_of_one_flow_reach_the_other() {
    let (path, text) = child(BUTTON, &rows("n eq '@{triggerBody()['text']}'"));
    let sample = flow(ANYONE, &call("Run", r#""text":"@triggerBody()?['x']""#)).with(&path, text);
    let edits = [
        (FLOW, "@triggerBody()?['x']", "@{int(triggerBody()?['x'])}"),
        (path.as_str(), "triggerBody()['text']", "triggerBody()['other']"),
    ];
    each_edit_takes_the_finding_away(&sample, &path, &edits);
}

#[test]
fn fields_inside_of_fields_are_told_apart() {
    let answer = r#""Answer":{"runAfter":{},"type":"Response","kind":"Http","inputs":{"statusCode":200,"body":{"a":{"b":"@triggerBody()['text']","c":"fixed"}}}}"#;
    let (path, text) = child(BUTTON, answer);
    let with = |filter: &str| {
        let actions = in_order(&[call("Run", r#""text":"@triggerBody()?['x']""#), rows(filter)]);
        certain(&flow(ANYONE, &actions).with(&path, text.clone())).len()
    };
    for filter in [
        "n eq '@{body('Run')?['a']?['b']}'",
        "n eq '@{outputs('Run')?['body/a/b']}'",
        "n eq '@{outputs('Run')?['body']?['a']}'",
        "n eq '@{body('Run')}'",
    ] {
        assert_eq!(with(filter), 1, "{filter}");
    }
    for filter in [
        "n eq '@{body('Run')?['a']?['c']}'",
        "n eq '@{outputs('Run')?['body/a/c']}'",
        "n eq '@{body('Run')?['d']}'",
    ] {
        assert_eq!(with(filter), 0, "{filter}");
    }
}

/// A second solution beside the sample's, with one flow.
fn beside(root: &str, trigger: &str, actions: &str) -> [(String, String); 3] {
    let sample = Sample::new(&definition(trigger, actions), &[]);
    let own = |path: &str| sample.files[path].replace("Sample", "Other").replace(FLOW_ID, CHILD);
    let flow = format!("{root}/Workflows/Child-{CHILD}.json");
    [
        (format!("{root}/Other/Solution.xml"), own(crate::testing::MANIFEST)),
        (
            format!("{root}/Other/Customizations.xml"),
            own(crate::testing::CUSTOMIZATIONS),
        ),
        (flow, own(FLOW)),
    ]
}

#[test]
fn children_may_stand_in_another_solution() {
    let filter = rows("n eq '@{triggerBody()['text']}'");
    let caller = flow(ANYONE, &call("Run", r#""text":"@triggerBody()?['x']""#));
    let with = |sample: &Sample, root: &str, actions: &str| {
        beside(root, BUTTON, actions)
            .into_iter()
            .fold(sample.clone(), |sample, (path, text)| sample.with(&path, text))
    };
    let sample = with(&caller, "/other", &filter);
    let found = certain(&sample);
    assert_eq!(found.len(), 1);
    assert!(found[0].path.starts_with("/other"));
    assert!(sample.assert_fixes(RULE.id) > 0);
    // The nearest is meant where there are copies, and the own one before all others.
    let copies = with(&sample, "/s/near", &rows("n eq 'fixed'"));
    assert_eq!(certain(&copies).len(), 0);
    let (path, text) = child(BUTTON, &rows("n eq 'fixed'"));
    assert_eq!(certain(&sample.clone().with(&path, text)).len(), 0);
    // And back.
    let answer = r#""Answer":{"runAfter":{},"type":"Response","kind":"Http","inputs":{"statusCode":200,"body":{"out":"@triggerBody()['text']"}}}"#;
    let actions = in_order(&[
        call("Run", r#""text":"@triggerBody()?['x']""#),
        rows("n eq '@{body('Run')?['out']}'"),
    ]);
    assert_eq!(certain(&with(&flow(ANYONE, &actions), "/other", answer)).len(), 1);
}

#[test]
fn edits_reach_flows_of_other_solutions() {
    let caller = flow(ANYONE, &call("Run", r#""text":"@triggerBody()?['x']""#));
    let sample = beside("/other", BUTTON, &rows("n eq '@{triggerBody()['text']}'"))
        .into_iter()
        .fold(caller, |sample, (path, text)| sample.with(&path, text));
    let path = format!("/other/Workflows/Child-{CHILD}.json");
    let none = CHILD.replace("000c", "000d");
    let edits = [
        (FLOW, "@triggerBody()?['x']", "@{int(triggerBody()?['x'])}"),
        (path.as_str(), "triggerBody()['text']", "triggerBody()['other']"),
        (FLOW, CHILD, none.as_str()),
    ];
    each_edit_takes_the_finding_away(&sample, &path, &edits);
}
