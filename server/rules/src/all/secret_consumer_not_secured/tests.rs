//! Tests of the rule.

use super::*;
use crate::testing::{FLOW, Sample};

const CHILD: &str = "00000000-0000-0000-0000-00000000000c";
const HIDES: &str = r#","runtimeConfiguration":{"secureData":{"properties":["inputs"]}}"#;

fn operation(name: &str, connector: &str, id: &str, parameters: &str, more: &str) -> String {
    format!(
        r#""{name}":{{"runAfter":{{}},"type":"OpenApiConnection","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}","connectionName":"c"}},"parameters":{{{parameters}}}}}{more}}}"#
    )
}

fn vault() -> String {
    let hides = r#","runtimeConfiguration":{"secureData":{"properties":["outputs"]}}"#;
    operation("Get_key", "shared_keyvault", "GetSecret", r#""secretName":"x""#, hides)
}

fn action(name: &str, kind: &str, inputs: &str, more: &str) -> String {
    format!(r#""{name}":{{"runAfter":{{}},"type":"{kind}","inputs":{inputs}{more}}}"#)
}

fn with(actions: &str) -> Sample {
    Sample::actions(&format!("{},{actions}", vault()))
}

const KEY: &str = "@{body('Get_key')?['value']}";

#[test]
fn steps_that_show_what_they_are_given() {
    let uses = |more: &str| {
        [
            action(
                "Step",
                "Http",
                &format!(r#"{{"method":"GET","uri":"https://a.example","headers":{{"X-Key":"{KEY}"}}}}"#),
                more,
            ),
            action(
                "Step",
                "Http",
                r#"{"method":"POST","uri":"https://a.example","body":"@outputs('Get_key')?['body/value']"}"#,
                more,
            ),
            action("Step", "Compose", &format!(r#""Bearer {KEY}""#), more),
            action("Step", "Compose", &format!(r#"{{"a":["{KEY}"]}}"#), more),
            action(
                "Step",
                "ParseJson",
                r#"{"content":"@outputs('Get_key')?['body']","schema":{}}"#,
                more,
            ),
            action(
                "Step",
                "Select",
                r#"{"from":"@body('Get_key')","select":{"a":"@item()"}}"#,
                more,
            ),
            action(
                "Step",
                "Workflow",
                &format!(r#"{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{"text":"{KEY}"}}}}"#),
                more,
            ),
            action(
                "Step",
                "Http",
                &format!(
                    r#"{{"method":"GET","uri":"https://a.example?n=@{{base64(concat('u:', string(body('Get_key')?['value'])))}}{}"}}"#,
                    ""
                ),
                more,
            ),
            operation(
                "Step",
                "shared_sql",
                "ExecuteProcedure_V2",
                &format!(r#""parameters/p":"{KEY}""#),
                more,
            ),
            operation(
                "Step",
                "shared_commondataserviceforapps",
                "CreateRecord",
                &format!(r#""entityName":"as","item/name":"{KEY}""#),
                more,
            ),
        ]
    };
    for step in uses("") {
        let sample = with(&step);
        let found = sample.of(RULE.id);
        assert_eq!(found.len(), 1, "{step}: {found:#?}");
        assert_eq!(found[0].finding.severity, Severity::Warning);
        assert_eq!(found[0].finding.action.as_deref(), Some("Step"));
        assert_eq!(sample.assert_fixes(RULE.id), 1, "{step}");
    }
    for step in uses(HIDES) {
        assert_eq!(with(&step).marked(RULE.id), [""; 0], "{step}");
    }
}

#[test]
fn hidden_outputs_hide_what_reads_them_itself() {
    let header = |more: &str| action("Header", "Compose", &format!(r#""{KEY}""#), more);
    let call = action(
        "Call",
        "Http",
        r#"{"method":"GET","uri":"https://a.example?k=@{outputs('Header')}"}"#,
        "",
    );
    let recommended = |sample: Sample| sample.profile(Profile::Recommended).marked(RULE.id);
    assert_eq!(recommended(with(&header(""))), [""; 0]);
    assert_eq!(
        recommended(with(&format!("{},{call}", header("")))),
        ["outputs('Header')"]
    );
    let open = with(&header("")).replace(FLOW, r#"["outputs"]"#, "[]");
    assert_eq!(recommended(open).len(), 1);
}

#[test]
fn what_is_no_secret_is_silent() {
    for step in [
        action("Step", "Compose", r#""@body('Get_key')?['name']""#, ""),
        action("Step", "Compose", r#""@length(body('Get_key')?['value'])""#, ""),
        action("Step", "Compose", r#""@equals(body('Get_key')?['value'], 'x')""#, ""),
        action("Step", "Compose", r#""@outputs('Get_key')?['statusCode']""#, ""),
        action(
            "Step",
            "Compose",
            r#""@if(empty(body('Get_key')?['value']), 'a', 'b')""#,
            "",
        ),
        action("Step", "Compose", r#""@@{body('Get_key')?['value']}""#, ""),
        action("Step", "Compose", r#""@body('Get_other')?['value']""#, ""),
        r#""Step":{"runAfter":{},"type":"If","expression":{"equals":["@body('Get_key')?['value']","a"]},"actions":{}}"#
            .to_owned(),
    ] {
        assert_eq!(with(&step).marked(RULE.id), [""; 0], "{step}");
    }
    let token = action(
        "Get_token",
        "Http",
        r#"{"method":"POST","uri":"https://login.example/oauth2/v2.0/token"}"#,
        "",
    );
    let lives = action("Step", "Compose", r#""@body('Get_token')?['expires_in']""#, "");
    assert_eq!(Sample::actions(&format!("{token},{lives}")).marked(RULE.id), [""; 0]);
    let shows = action("Step", "Compose", r#""@body('Get_token')?['access_token']""#, "");
    assert_eq!(Sample::actions(&format!("{token},{shows}")).marked(RULE.id).len(), 1);
}

#[test]
fn secrets_are_followed() {
    let through = |step: &str| {
        let compose = action(
            "Header",
            "Compose",
            &format!(r#"{{"key":"{KEY}","url":"https://a.example"}}"#),
            HIDES,
        );
        with(&format!("{compose},{step}"))
    };
    let call = |value: &str| action("Call", "Http", &format!(r#"{{"method":"GET","uri":"{value}"}}"#), "");
    let sample = through(&call("https://a.example?key=@{outputs('Header')['key']}"));
    let found = sample.of(RULE.id);
    assert_eq!(found.len(), 1);
    let steps: Vec<&str> = found[0]
        .finding
        .related
        .iter()
        .map(|step| step.message.as_str())
        .collect();
    assert_eq!(
        steps,
        [
            "`Get key` gives a secret of a key vault",
            "put together by `Header`",
            "used by `Call`"
        ]
    );
    assert_eq!(through(&call("@outputs('Header')['url']")).marked(RULE.id), [""; 0]);
    assert_eq!(through(&call("@outputs('Header')?['url']")).marked(RULE.id), [""; 0]);
    let loops = format!(
        r#""Each":{{"runAfter":{{}},"type":"Foreach","foreach":"@createArray(outputs('Header')['key'])","actions":{{{}}}}}"#,
        call("https://a.example?key=@{item()}")
    );
    assert_eq!(through(&loops).marked(RULE.id), ["item()"]);
    let variable = format!(
        r#""Init":{{"runAfter":{{}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"k","type":"string","value":"@outputs('Header')['key']"}}]}}}},{}"#,
        call("https://a.example?key=@{variables('k')}")
            .replace(r#""runAfter":{}"#, r#""runAfter":{"Init":["Succeeded"]}"#)
    );
    assert_eq!(through(&variable).marked(RULE.id), ["variables('k')"]);
}

#[test]
fn receivers_read_it() {
    let text = format!(r#""x":"The key is {KEY}""#);
    for (connector, id, member, says) in [
        ("shared_office365", "SendEmailV2", "emailMessage/Body", "a mail"),
        (
            "shared_teams",
            "PostMessageToConversation",
            "body/messageBody",
            "a Teams message",
        ),
        (
            "shared_approvals",
            "StartAndWaitForAnApproval",
            "WebhookApprovalCreationInput/details",
            "an approval",
        ),
        ("shared_sharepointonline", "CreateFile", "body", "a file"),
    ] {
        for more in ["", HIDES] {
            let step = operation(
                "Step",
                connector,
                id,
                &text.replace("\"x\"", &format!("\"{member}\"")),
                more,
            );
            let found = with(&step).of(RULE.id);
            assert_eq!(found.len(), 1, "{step}");
            assert_eq!(found[0].finding.severity, Severity::Error);
            assert!(found[0].finding.message.contains(says), "{}", found[0].finding.message);
            assert!(found[0].finding.fixes.is_empty());
        }
    }
    let answer = action(
        "Step",
        "Response",
        &format!(r#"{{"statusCode":200,"body":{{"key":"{KEY}"}}}}"#),
        "",
    );
    let severity = |sample: Sample| {
        sample
            .of(RULE.id)
            .iter()
            .map(|f| f.finding.severity)
            .collect::<Vec<_>>()
    };
    assert_eq!(severity(with(&answer)), [Severity::Warning]);
    let called = with(&answer).replace(FLOW, r#""kind":"Button""#, r#""kind":"Http""#);
    assert_eq!(severity(called), [Severity::Error]);
    let hidden = action(
        "Step",
        "Response",
        &format!(r#"{{"statusCode":200,"body":{{"key":"{KEY}"}}}}"#),
        HIDES,
    );
    assert_eq!(severity(with(&hidden)), []);
}

fn child(actions: &str) -> (String, String) {
    (
        format!("/s/Workflows/Child-{CHILD}.json"),
        format!(
            r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{{actions}}}}}}},"schemaVersion":"1.0.0.0"}}"#
        ),
    )
}

#[test]
fn children_are_given_secrets_and_answer_them() {
    let call = |body: &str| {
        action(
            "Run",
            "Workflow",
            &format!(r#"{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{{body}}}}}"#),
            HIDES,
        )
    };
    let step = action("Step", "Compose", r#""@triggerBody()?['text']""#, "");
    let (path, text) = child(&step);
    let found = with(&call(&format!(r#""text":"{KEY}""#)))
        .with(&path, text.clone())
        .of(RULE.id);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].path.contains("Child") && found[0].finding.message.contains("Main flow"));
    assert_eq!(
        with(&call(&format!(r#""other":"{KEY}""#)))
            .with(&path, text)
            .marked(RULE.id),
        [""; 0]
    );
    let answer = action(
        "Answer",
        "Response",
        &format!(r#"{{"statusCode":200,"body":{{"key":"{KEY}","ok":"yes"}}}}"#),
        HIDES,
    );
    let (path, text) = child(&format!("{},{answer}", vault()));
    let parent = |read: &str| {
        let actions = format!(
            "{},{}",
            call(""),
            action("Step", "Compose", &format!(r#""{read}""#), "")
        );
        Sample::actions(&actions).with(&path, text.clone()).of(RULE.id)
    };
    let found = parent("@body('Run')?['key']");
    assert_eq!(found.len(), 1);
    assert!(found[0].path.contains("Main"));
    assert_eq!(parent("@body('Run')?['ok']").len(), 0);
}

#[test]
fn members_functions_and_results_are_followed() {
    let kept = action(
        "Kept",
        "Compose",
        &format!(r#"{{"a":{{"b":"{KEY}","c":"open"}},"d":["{KEY}"]}}"#),
        HIDES,
    );
    let reads = |value: &str| {
        let step = action("Step", "Compose", &format!(r#""{value}""#), "");
        with(&format!("{kept},{step}")).of(RULE.id).len()
    };
    for value in [
        "@outputs('Kept')?['a']?['b']",
        "@outputs('Kept')['a/b']",
        "@outputs('Kept')['d'][0]",
        "@string(outputs('Kept')?['a'])",
        "@base64ToString(base64(outputs('Kept')?['a']?['b']))",
        "@decodeUriComponent(encodeUriComponent(outputs('Kept')?['a']?['b']))",
        "@split(outputs('Kept')?['a']?['b'], '.')[1]",
        "@join(createArray('a', outputs('Kept')?['a']?['b']), '')",
        "@xpath(xml(outputs('Kept')), '//b')",
        "@union(json('{}'), outputs('Kept'))?['a']?['b']",
        "@setProperty(json('{}'), 'x', outputs('Kept')?['a'])?['x']?['b']",
        "@replace(outputs('Kept')?['a']?['b'], '''', '')",
        "@actions('Kept')?['inputs']?['a/b']",
    ] {
        assert_eq!(reads(value), 1, "{value}");
    }
    for value in [
        "@outputs('Kept')?['a']?['c']",
        "@outputs('Kept')['a/c']",
        "@outputs('Kept')?['e']",
        "@length(outputs('Kept')?['a']?['b'])",
        "@union(json('{}'), outputs('Kept'))?['a']?['c']",
        "@setProperty(json('{}'), 'x', outputs('Kept')?['a'])?['x']?['c']",
        "@equals(outputs('Kept')?['a']?['b'], 'x')",
        "@actions('Kept')?['inputs']?['a/c']",
    ] {
        assert_eq!(reads(value), 0, "{value}");
    }
}

#[test]
fn handlers_of_errors_are_given_what_steps_are_given() {
    let request = action(
        "Call",
        "Http",
        &format!(r#"{{"method":"GET","uri":"https://a.example","headers":{{"X-Key":"{KEY}"}}}}"#),
        HIDES,
    );
    let scope = format!(
        r#""Try":{{"runAfter":{{}},"type":"Scope","actions":{{{},{request}}}}}"#,
        vault()
    );
    let failed = r#""Failed":{"runAfter":{"Try":["Failed"]},"type":"Query","inputs":{"from":"@result('Try')","where":"@or(equals(item()?['status'], 'Failed'), equals(item()?['status'], 'TimedOut'))"},"runtimeConfiguration":{"secureData":{"properties":["inputs"]}}}"#;
    let with = |step: String| Sample::actions(&format!("{scope},{failed},{step}")).of(RULE.id).len();
    let compose = |value: &str| with(action("Step", "Compose", &format!(r#""{value}""#), ""));
    assert_eq!(compose("@result('Try')"), 1);
    assert_eq!(compose("@first(body('Failed'))?['inputs']"), 1);
    assert_eq!(compose("@string(body('Failed'))"), 1);
    // What failed gave no secret, and the rest of an item is none.
    assert_eq!(compose("@first(body('Failed'))?['outputs']"), 0);
    assert_eq!(compose("@first(body('Failed'))?['error']?['message']"), 0);
    assert_eq!(compose("@body('Failed')?[0]?['name']"), 0);
    assert_eq!(compose("@result('Try')?[0]?['code']"), 0);
    assert_eq!(compose("@result('Other')"), 0);
    let each = |value: &str| {
        with(format!(
            r#""Each":{{"runAfter":{{}},"type":"Foreach","foreach":"@body('Failed')","actions":{{{}}}}}"#,
            action("Step", "Compose", &format!(r#""{value}""#), "")
        ))
    };
    assert_eq!(each("@items('Each')?['inputs']?['headers']"), 1);
    assert_eq!(each("@items('Each')?['error']"), 0);
}

#[test]
fn a_fix_hides_the_secret_in_all_flows() {
    let call = |more: &str| {
        action(
            "Run",
            "Workflow",
            &format!(r#"{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{"text":"{KEY}"}}}}"#),
            more,
        )
    };
    let (path, text) = child(&action("Step", "Compose", r#""@triggerBody()?['text']""#, ""));
    let sample = with(&call(HIDES)).with(&path, text.clone());
    assert_eq!(sample.assert_fixes(RULE.id), 1);
    let fixed = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
    assert_eq!(fixed.files[FLOW], sample.files[FLOW]);
    let child_text = &fixed.files[&path];
    assert_eq!(child_text.matches("secureData").count(), 2, "{child_text}");
    assert!(child_text.contains(r#"["outputs"]"#) && child_text.contains(r#"["inputs"]"#));
    // The call is hidden with it, where it is not yet.
    let open = with(&call("")).with(&path, text);
    let across = open.of(RULE.id).into_iter().find(|found| found.path == path);
    let fixed = open.apply(&across.expect("the child shows it").finding.fixes[0]);
    assert!(fixed.files[FLOW].len() > open.files[FLOW].len());
    assert_eq!(fixed.marked(RULE.id), [""; 0]);
    // An answer is hidden where it is given and where it is got.
    let answer = action(
        "Answer",
        "Response",
        &format!(r#"{{"statusCode":200,"body":{{"key":"{KEY}"}}}}"#),
        "",
    );
    let (path, text) = child(&format!("{},{answer}", vault()));
    let run = action(
        "Run",
        "Workflow",
        &format!(r#"{{"host":{{"workflowReferenceName":"{CHILD}"}}}}"#),
        "",
    );
    let step = action("Step", "Compose", r#""@body('Run')?['key']""#, "");
    let sample = Sample::actions(&format!("{run},{step}")).with(&path, text);
    let found = sample.of(RULE.id).into_iter().find(|found| found.path == FLOW);
    let fixed = sample.apply(&found.expect("the parent shows it").finding.fixes[0]);
    assert_eq!(
        fixed.files[FLOW].matches("secureData").count(),
        2,
        "{}",
        fixed.files[FLOW]
    );
    assert!(fixed.files[&path].matches("secureData").count() > sample.files[&path].matches("secureData").count());
    assert_eq!(fixed.marked(RULE.id), [""; 0]);
}
