//! A step is given a secret that another step gave, and shows it.

use analysis::run_history::hidden;
use analysis::taint::{Arrival, Chain, Hit};
use model::Profile;
use model::flow::data_paths::{Shows, SourceKind};
use model::flow::{ActionId, Owner};
use rustc_hash::FxHashSet;

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::steps::step;
use crate::ways::{with_chain, with_way};

declare_rule! {
    /// # What it finds
    ///
    /// A step whose inputs hold a secret that an earlier step gave (a key vault, a secret environment variable, a token
    /// endpoint) and that does not hide its inputs. The secret is followed through expressions, variables, Compose, Parse
    /// JSON, loops and child flows, and the finding tells its way. Variables are the matter of `secret-in-variable`.
    ///
    /// What reads hidden outputs directly is shown in the strict profile only: the service hides its inputs too.
    ///
    /// Where the secret goes into a mail, a Teams message, an approval, a file or an answer to the caller, it is an error: to
    /// hide the step's inputs does not help there.
    ///
    /// # Why it matters
    ///
    /// To hide the outputs of the step that gets the secret is only the first half. Behind a Compose, a variable or a child
    /// flow the history of runs shows the secret in clear text, for 28 days, to everybody who may see the flow's runs.
    ///
    /// # How to fix
    ///
    /// Switch "Secure inputs" on for every step that is given the secret, and "Secure outputs" where it passes the secret on.
    /// Keep secrets out of mails, messages, files and answers; say where the secret is kept instead.
    ///
    /// # Example
    ///
    /// Right:
    ///
    /// ```json
    /// "Header": { "type": "Compose", "inputs": "Bearer @{body('Get_key')?['value']}",
    ///             "runtimeConfiguration": { "secureData": { "properties": ["inputs"] } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Secure access and data in workflows", on secured inputs and outputs in run history,
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app>
    static RULE = {
        id: "secret-consumer-not-secured",
        summary: "a step is given a secret and shows it",
        category: Category::Secrets,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check), Check::Ways(check_across)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(taint) = flow.taint() else { return };
    let mut told: FxHashSet<(ActionId, Shows)> = FxHashSet::default();
    for hit in taint.hits().iter().filter(|hit| is_shown(hit.shows)) {
        let mut arrivals = taint.arrivals(hit).into_iter();
        let secret = arrivals.find(|arrival| matches!(arrival.kind, SourceKind::Secret(_)));
        if let Some(arrival) = secret
            && told.insert((hit.action, hit.shows))
        {
            findings.found.extend(finding(flow, hit, &arrival));
        }
    }
}

fn is_shown(shows: Shows) -> bool {
    matches!(shows, Shows::History | Shows::Receiver(_))
}

fn finding(flow: &FlowContext<'_>, hit: &Hit, arrival: &Arrival) -> Option<Finding> {
    let taint = flow.taint()?;
    let SourceKind::Secret(kind) = arrival.kind else {
        return None;
    };
    let step = step(flow, Owner::Action(hit.action))?;
    let way = taint.way(flow.view(), flow.order(), hit, arrival.label);
    let (message, severity) = message(&step.title, kind, hit.shows);
    let mut finding = Finding::new(&RULE, flow.file, taint.span(flow.view(), hit), &step.path, message)
        .severity(severity)
        .action(Some(step.path.clone()));
    // The service hides by itself what reads hidden outputs without anything between.
    let source = way.straight_from.and_then(|id| flow.value(flow.body.action(id).node));
    if severity == Severity::Warning && source.is_some_and(|source| hidden(source).outputs) {
        finding = finding.confidence(Confidence::Low);
    }
    // Compose, Parse JSON and Response have one switch for both.
    let action = flow.body.action(hit.action);
    let passes = ["Select", "Query", "Join", "Table", "Expression"]
        .iter()
        .any(|kind| action.is(kind));
    let sides: &[&str] = if passes { &["inputs", "outputs"] } else { &["inputs"] };
    if hit.shows == Shows::History
        && let Some(edit) = edits::actions::secure(flow.file, &flow.view(), step.value.id(), sides)
    {
        finding = finding.fix("Hide the inputs in the run history", true, edit);
    }
    Some(with_way(finding, flow.file, &way))
}

fn message(step: &str, kind: &str, shows: Shows) -> (String, Severity) {
    match shows {
        Shows::Receiver(what) => (
            format!("{step} puts {kind} into {what}, where whoever gets it can read it. Leave the secret out."),
            Severity::Error,
        ),
        _ => (
            format!(
                "{step} is given {kind} and does not hide its inputs, so the run history can show it to everybody who may see the flow's runs. Hide its inputs."
            ),
            Severity::Warning,
        ),
    }
}

/// Secrets that a child flow is given, or that it answers.
fn check_across(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut told = FxHashSet::default();
    for chain in context.chains().iter().filter(|chain| chain.parts.len() > 1) {
        let Some((file, _)) = chain.parts.last().filter(|_| is_shown(chain.used.shows)) else {
            continue;
        };
        if matches!(chain.source.kind, SourceKind::Secret(_))
            && told.insert((*file, &chain.used.path, chain.used.shows))
        {
            findings.push(across(context, chain, *file));
        }
    }
}

fn across(context: &SolutionContext<'_>, chain: &Chain<'_>, file: model::FileId) -> Finding {
    let kind = match chain.source.kind {
        SourceKind::Secret(kind) => kind,
        _ => "a secret",
    };
    let from = chain
        .parts
        .first()
        .map(|(first, _)| context.workspace.flow_name(*first));
    let kind = format!("{kind} of the flow `{}`", from.unwrap_or_default());
    let (message, severity) = message(&format!("The action `{}`", chain.used.title), &kind, chain.used.shows);
    let path = chain.used.path.to_string();
    let finding = Finding::new(&RULE, file, chain.used.span, &path, message)
        .severity(severity)
        .action(Some(path.clone()));
    with_chain(finding, chain)
}

#[cfg(test)]
mod tests {
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
            action("Step", "Compose", r#""@if(empty(body('Get_key')?['value']), 'a', 'b')""#, ""),
            action("Step", "Compose", r#""@@{body('Get_key')?['value']}""#, ""),
            action("Step", "Compose", r#""@body('Get_other')?['value']""#, ""),
            r#""Step":{"runAfter":{},"type":"If","expression":{"equals":["@body('Get_key')?['value']","a"]},"actions":{}}"#.to_owned(),
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
}
