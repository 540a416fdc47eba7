//! What somebody outside wrote becomes part of a query, an address, a mail or a command.

use analysis::http::{Host, host_of};
use analysis::taint::{Arrival, Chain, Hit, Origin};
use edits::WorkspaceEdit;
use model::Profile;
use model::flow::data_paths::{Beginning, Inject, SourceKind, Trust};
use rustc_hash::FxHashMap;
use syntax::{Span, TextEdit};

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::ways::{with_chain, with_way};

declare_rule! {
    /// # What it finds
    ///
    /// Data that somebody outside wrote and that becomes part of a text which is read as a language: an OData `$filter`,
    /// FetchXML, a query of a database, the address of a request, the HTML or the recipients of a mail, a command. The data
    /// comes in with an HTTP request, a mail, an answer to a form, a web site or a public service, or with an app or a
    /// button. It is followed through expressions, variables, Compose, Parse JSON, loops and child flows, and the finding
    /// tells its way.
    ///
    /// Data is harmless where its quotes are doubled (`replace(x, '''', '''''')`), where it is encoded
    /// (`encodeUriComponent`), turned into a number or a date, or only compared. Rows of Dataverse or SharePoint are the
    /// organisation's own and no findings. How sure a finding is depends on who can write the data: requests that anyone can
    /// send are certain, what comes from an app or a button is shown in the strict profile.
    ///
    /// # Why it matters
    ///
    /// Whoever writes the data writes part of the query: `x' or 'a' eq 'a` finds every row, an `&` adds a parameter, `../`
    /// asks for another resource, and markup in a mail makes the organisation send somebody else's links. The flow does it
    /// with its own account.
    ///
    /// # How to fix
    ///
    /// In quotes, double the quotes of the data; in an address, encode it; in markup, escape `&` and `<`. Fixes offer that. A
    /// value without quotes around it, such as an id in a filter, is best turned into a number or compared with known values
    /// first. Pass parameters to queries of databases. Send mails to fixed addresses.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "$filter": "name eq '@{triggerBody()?['name']}'"
    /// // right
    /// "$filter": "name eq '@{replace(triggerBody()?['name'], '''', '''''')}'"
    /// ```
    ///
    /// # References
    ///
    /// - OWASP: [Low-code/no-code top 10, injection handling failures](https://owasp.org/www-project-top-10-low-code-no-code-security-risks/)
    static RULE = {
        id: "untrusted-input-in-sink",
        summary: "what somebody outside wrote becomes part of a query, an address, a mail or a command",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check), Check::Ways(check_across)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(taint) = flow.taint() else { return };
    for hit in taint.hits() {
        let Some(inject) = hit.inject else { continue };
        let mut worst: Option<(Confidence, Arrival)> = None;
        for arrival in taint.arrivals(hit) {
            let SourceKind::Outside(trust) = arrival.kind else {
                continue;
            };
            let sure = confidence(trust, inject, &arrival.origin).filter(|_| arrival.dangers.harm(inject));
            if let Some(sure) = sure
                && worst.as_ref().is_none_or(|(known, _)| sure > *known)
            {
                worst = Some((sure, arrival));
            }
        }
        if let Some((sure, arrival)) = worst {
            findings.found.extend(finding(flow, hit, &arrival, sure));
        }
    }
}

fn finding(flow: &FlowContext<'_>, hit: &Hit, arrival: &Arrival, sure: Confidence) -> Option<Finding> {
    let taint = flow.taint()?;
    let way = taint.way(flow.view(), flow.order(), hit, arrival.label);
    let inject = way.inject?;
    if inject == Inject::Host && arrival.origin.is_trigger() && says_so_already(flow, hit) {
        return None;
    }
    let from = match &arrival.origin {
        Origin::Action(id) => format!(
            "What somebody outside wrote and `{}` reads",
            flow.body.action(*id).title()
        ),
        _ => format!("What comes in from {}", taint.sender(flow.view())),
    };
    let step = flow.body.action(hit.action).title();
    let path = flow.body.path(hit.action);
    let message = message(&from, inject, &step);
    let finding = Finding::new(&RULE, flow.file, taint.span(flow.view(), hit), &path, message)
        .confidence(sure)
        .action(Some(path.clone()));
    let finding = with_way(finding, flow.file, &way);
    Some(mended(finding, flow.file, inject, &way.mend))
}

/// Whether the rule about hosts that the trigger decides speaks of the address.
fn says_so_already(flow: &FlowContext<'_>, hit: &Hit) -> bool {
    let address = flow.taint().and_then(|taint| flow.value(taint.node(flow.view(), hit)));
    address.is_some_and(|address| matches!(host_of(address), Host::Computed { by_trigger: true, .. }))
}

/// How sure a finding is by who can write the data; `None` where it is meant to be so.
fn confidence(trust: Trust, inject: Inject, origin: &Origin) -> Option<Confidence> {
    let sure = match trust {
        Trust::Anyone => Confidence::High,
        Trust::Public | Trust::Chat | Trust::SignedIn => Confidence::Medium,
        Trust::User => Confidence::Low,
    };
    match inject {
        // To answer whoever wrote a mail or a form is what flows are made for.
        Inject::Recipient => {
            let asked = matches!(trust, Trust::Anyone | Trust::SignedIn) && origin.is_trigger();
            asked.then_some(Confidence::Medium)
        }
        // A mail that tells what came in is common, and most readers of it know.
        Inject::Markup => Some(if trust == Trust::Anyone {
            Confidence::Medium
        } else {
            Confidence::Low
        }),
        _ => Some(sure),
    }
}

fn message(from: &str, inject: Inject, step: &str) -> String {
    let (what, risk, advice) = match inject {
        Inject::Filter => (
            format!("the filter of `{step}`"),
            "can change what is found",
            "Double the quotes in it with `replace`, or let only values of a known form through.",
        ),
        Inject::Fetch => (
            format!("the FetchXML of `{step}`"),
            "can change what is found",
            "Escape it with `replace`, or let only values of a known form through.",
        ),
        Inject::Query => (
            format!("the query of `{step}`"),
            "can run a query of their own",
            "Give it to the query as a parameter, or double the quotes in it with `replace`.",
        ),
        Inject::Host => (
            format!("the host that `{step}` calls"),
            "decides where the request goes",
            "Take the host from an environment variable.",
        ),
        Inject::Address => (
            format!("the address that `{step}` calls"),
            "can ask for something else",
            "Encode it with `encodeUriComponent`.",
        ),
        Inject::Markup => (
            format!("the HTML of the mail that `{step}` sends"),
            "can put links of their own into it",
            "Escape `&` and `<` in it with `replace`.",
        ),
        Inject::Recipient => (
            format!("the recipients of the mail that `{step}` sends"),
            "can have the flow send mails to anybody",
            "Send to fixed addresses, or check the address first.",
        ),
        Inject::Command => (
            format!("the command that `{step}` runs"),
            "can run commands of their own",
            "Pass it as a parameter, or choose among fixed commands.",
        ),
    };
    format!("{from} becomes part of {what}, so whoever writes it {risk}. {advice}")
}

fn mended(finding: Finding, file: model::FileId, inject: Inject, edits: &[TextEdit]) -> Finding {
    let title = match inject {
        Inject::Address => "Encode it for the address",
        Inject::Markup => "Escape the markup in it",
        _ => "Double the quotes in it",
    };
    if edits.is_empty() {
        return finding;
    }
    let mut change = WorkspaceEdit::default();
    for edit in edits {
        change.push(file, edit.clone());
    }
    finding.fix(title, false, change)
}

/// Whether the flow at the end of a way takes what it is given from callers of its own too, and so is found without it.
fn says_so_itself(context: &SolutionContext<'_>, chain: &Chain<'_>) -> bool {
    let Some((file, part)) = chain.parts.last() else {
        return false;
    };
    let summary = context.workspace.file(*file).facts.flow();
    let trigger = summary.and_then(|summary| summary.triggers.first());
    let called = |trigger: &model::flow::TriggerSummary| {
        let kinds = ["Http", "PowerPages", "Skills", "VirtualAgent", "Agent", ""];
        kinds.iter().any(|kind| trigger.subkind.eq_ignore_ascii_case(kind))
    };
    matches!(part.from, Beginning::Input(_)) && trigger.is_some_and(called)
}

/// Ways through several flows end in a flow that does not know who calls it.
fn check_across(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut worst: FxHashMap<(model::FileId, Span), (Confidence, &Chain<'_>)> = FxHashMap::default();
    let mut places = Vec::new();
    for chain in context.chains().iter().filter(|chain| chain.parts.len() > 1) {
        let (SourceKind::Outside(trust), Some(inject)) = (&chain.source.kind, chain.used.inject) else {
            continue;
        };
        let origin = Origin::Trigger(None);
        let (Some(sure), Some((file, _))) = (confidence(*trust, inject, &origin), chain.parts.last()) else {
            continue;
        };
        // What users of an app or a button give is said of the step itself.
        if *trust == Trust::User || !chain.dangers.harm(inject) || says_so_itself(context, chain) {
            continue;
        }
        let place = (*file, chain.used.span);
        match worst.get(&place) {
            Some((known, _)) if *known >= sure => continue,
            Some(_) => {}
            None => places.push(place),
        }
        worst.insert(place, (sure, chain));
    }
    for place in places {
        let Some((sure, chain)) = worst.get(&place) else {
            continue;
        };
        let (Some((first, _)), Some(inject)) = (chain.parts.first(), chain.used.inject) else {
            continue;
        };
        let from = format!(
            "What comes in with `{}` of the flow `{}`",
            chain.source.step,
            context.workspace.flow_name(*first)
        );
        let path = chain.used.path.to_string();
        let message = message(&from, inject, &chain.used.title);
        let finding = Finding::new(&RULE, place.0, place.1, &path, message)
            .confidence(*sure)
            .action(Some(path.clone()));
        let finding = with_chain(finding, chain);
        findings.push(mended(finding, place.0, inject, &chain.used.mend));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, FLOW_ID, Found, Sample};

    const ANYONE: &str =
        r#""manual":{"type":"Request","kind":"Http","inputs":{"triggerAuthenticationType":"All","schema":{}}}"#;
    const DATAVERSE: &str = r#""When_changed":{"type":"OpenApiConnectionWebhook","inputs":{"host":{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"SubscribeWebhookTrigger","connectionName":"d"},"parameters":{"subscriptionRequest/message":3,"subscriptionRequest/entityname":"account"}}}"#;
    const CHILD: &str = "00000000-0000-0000-0000-00000000000c";

    fn definition(trigger: &str, actions: &str) -> String {
        format!(r#""connectionReferences":{{}},"definition":{{"triggers":{{{trigger}}},"actions":{{{actions}}}}}"#)
    }

    fn flow(trigger: &str, actions: &str) -> Sample {
        Sample::new(&definition(trigger, actions), &[])
    }

    fn operation(name: &str, connector: &str, id: &str, parameters: &str) -> String {
        format!(
            r#""{name}":{{"runAfter":{{}},"type":"OpenApiConnection","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}","connectionName":"c"}},"parameters":{{{parameters}}}}}}}"#
        )
    }

    fn rows(filter: &str) -> String {
        operation(
            "List_rows",
            "shared_commondataserviceforapps",
            "ListRecords",
            &format!(r#""entityName":"accounts","$filter":"{filter}""#),
        )
    }

    fn http(uri: &str) -> String {
        format!(r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"GET","uri":"{uri}"}}}}"#)
    }

    fn mail(parameters: &str) -> String {
        operation("Mail", "shared_office365", "SendEmailV2", parameters)
    }

    fn found(actions: &str) -> Vec<Found> {
        flow(ANYONE, actions).of(RULE.id)
    }

    fn marked(actions: &str) -> Vec<String> {
        flow(ANYONE, actions).marked(RULE.id)
    }

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

    /// Two variables, a Compose and Parse JSON lie between.
    fn long(filter: &str) -> String {
        format!(
            r#""Parse":{{"runAfter":{{}},"type":"ParseJson","inputs":{{"content":"@triggerBody()","schema":{{}}}}}},
            "Init":{{"runAfter":{{"Parse":["Succeeded"]}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"first","type":"string","value":"@{{body('Parse')?['customer']?['name']}}"}}]}}}},
            "Init_2":{{"runAfter":{{"Init":["Succeeded"]}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"Second","type":"string"}}]}}}},
            "Set":{{"runAfter":{{"Init_2":["Succeeded"]}},"type":"SetVariable","inputs":{{"name":"Second","value":"@trim(variables('First'))"}}}},
            "Compose":{{"runAfter":{{"Set":["Succeeded"]}},"type":"Compose","inputs":{{"name":"@variables('second')","other":"x"}}}},
            {}"#,
            rows(filter).replace(r#""runAfter":{}"#, r#""runAfter":{"Compose":["Succeeded"]}"#)
        )
    }

    fn steps(found: &Found) -> Vec<&str> {
        let related = found.finding.related.iter();
        related.map(|step| step.message.as_str()).collect()
    }

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
    fn who_can_write_it_decides_how_sure_it_is() {
        let mailbox = |id: &str| {
            format!(
                r#""mail":{{"type":"OpenApiConnectionWebhook","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_office365","operationId":"{id}","connectionName":"o"}},"parameters":{{}}}}}}"#
            )
        };
        let request = |kind: &str, more: &str| {
            format!(r#""t":{{"type":"Request","kind":"{kind}","inputs":{{{more}"schema":{{}}}}}}"#)
        };
        let filter = rows("n eq '@{triggerOutputs()?['body/subject']}'");
        let sure = |trigger: &str, actions: &str| {
            let found = flow(trigger, actions).of(RULE.id);
            found.iter().map(|found| found.finding.confidence).collect::<Vec<_>>()
        };
        assert_eq!(sure(&request("Http", ""), &filter), [Confidence::High]);
        let signed_in = request("http", r#""triggerAuthenticationType":"Tenant","#);
        assert_eq!(sure(&signed_in, &filter), [Confidence::Medium]);
        assert_eq!(sure(&mailbox("OnNewEmailV3"), &filter), [Confidence::Medium]);
        assert_eq!(
            sure(&mailbox("SharedMailboxOnNewEmailV2"), &filter),
            [Confidence::Medium]
        );
        assert_eq!(sure(&request("PowerPages", ""), &filter), [Confidence::Medium]);
        assert_eq!(sure(&request("Skills", ""), &filter), [Confidence::Medium]);
        for kind in ["Button", "PowerApp", "PowerAppV2"] {
            assert_eq!(sure(&request(kind, ""), &filter), [Confidence::Low], "{kind}");
        }
        let daily = r#""r":{"type":"Recurrence","recurrence":{"interval":1,"frequency":"Day"}}"#;
        for trigger in [DATAVERSE, daily] {
            assert_eq!(sure(trigger, &filter), []);
            let parent = rows("_parent_value eq @{triggerOutputs()?['body/accountid']}");
            assert_eq!(sure(trigger, &parent), []);
        }
        // What the mail service makes, and answers to whoever wrote.
        let uri = http("https://graph.microsoft.com/v1.0/me/messages/@{triggerOutputs()?['body/id']}");
        assert_eq!(sure(&mailbox("OnNewEmailV3"), &uri), []);
        let reply = mail(r#""emailMessage/To":"@triggerOutputs()?['body/from']""#);
        assert_eq!(sure(&mailbox("OnNewEmailV3"), &reply), []);
        let app = flow(&request("PowerAppV2", ""), &filter).profile(Profile::Recommended);
        assert_eq!(app.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn forms_and_mailboxes_are_read_from_outside() {
        let form = operation(
            "Details",
            "shared_microsoftforms",
            "GetFormResponseById",
            r#""form_id":"f","response_id":"r""#,
        );
        let with = |filter: &str| flow(DATAVERSE, &format!("{form},{}", rows(filter))).of(RULE.id);
        let found = with("n eq '@{outputs('Details')?['body/r1']}'");
        assert_eq!((found.len(), found[0].finding.confidence), (1, Confidence::Medium));
        assert!(steps(&found[0])[0].contains("somebody outside wrote"));
        assert_eq!(with("n eq '@{outputs('Details')?['body/responder']}'").len(), 0);
        assert_eq!(with("n eq '@{body('Details')?['submitDate']}'").len(), 0);
        let mails = operation("Get_emails", "shared_office365", "GetEmailsV3", "");
        let each = |field: &str| {
            format!(
                r#"{mails},"Each":{{"runAfter":{{"Get_emails":["Succeeded"]}},"type":"Foreach","foreach":"@outputs('Get_emails')?['body/value']","actions":{{{}}}}}"#,
                rows(&format!("n eq '@{{items('Each')?['{field}']}}'"))
            )
        };
        assert_eq!(flow(DATAVERSE, &each("subject")).marked(RULE.id).len(), 1);
        assert_eq!(flow(DATAVERSE, &each("id")).marked(RULE.id), [""; 0]);
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

    fn child(trigger: &str, actions: &str) -> (String, String) {
        (
            format!("/s/Workflows/Child-{CHILD}.json"),
            format!(
                r#"{{"properties":{{{}}},"schemaVersion":"1.0.0.0"}}"#,
                definition(trigger, actions)
            ),
        )
    }

    fn call(name: &str, body: &str) -> String {
        format!(
            r#""{name}":{{"runAfter":{{}},"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{{body}}}}}}}"#
        )
    }

    const BUTTON: &str = r#""manual":{"type":"Request","kind":"Button","inputs":{"schema":{"type":"object","properties":{"text":{"type":"string"}}}}}"#;

    fn certain(sample: &Sample) -> Vec<Found> {
        let mut found = sample.of(RULE.id);
        found.retain(|found| found.finding.confidence > Confidence::Low);
        found
    }

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

    #[test]
    fn edits_of_one_flow_reach_the_other() {
        let (path, text) = child(BUTTON, &rows("n eq '@{triggerBody()['text']}'"));
        let sample = flow(ANYONE, &call("Run", r#""text":"@triggerBody()?['x']""#)).with(&path, text);
        let mut project = sample.project();
        let sure = |project: &crate::Project| {
            let child = project.workspace().id(&path).expect("the child is there");
            let found = project.findings(child).into_iter();
            found
                .filter(|f| f.rule == RULE.id && f.confidence == Confidence::High)
                .count()
        };
        assert_eq!(sure(&project), 1);
        for (file, from, to) in [
            (FLOW, "@triggerBody()?['x']", "@{int(triggerBody()?['x'])}"),
            (path.as_str(), "triggerBody()['text']", "triggerBody()['other']"),
        ] {
            let text = sample.files[file].clone();
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
    fn older_actions_and_damaged_files() {
        let older = r#""Get":{"runAfter":{},"type":"ApiConnection","inputs":{"host":{"connection":{"name":"@parameters('$connections')['shared_sql']['connectionId']"},"operationId":"GetItems_V2"},"method":"get","path":"/tables","queries":{"$filter":"a eq '@{triggerBody()?['x']}'"}}}"#;
        assert_eq!(marked(older), ["triggerBody()?['x']"]);
        let sample = flow(ANYONE, &rows("name eq '@{triggerBody()?['x']}'"));
        let broken = sample.replace(FLOW, r#""schemaVersion":"1.0.0.0"}"#, r#""schemaVersion":"#);
        assert_eq!(broken.marked(RULE.id).len(), 1);
        let odd = r#""List_rows":{"type":"OpenApiConnection","inputs":{"host":{"operationId":7},"parameters":["@triggerBody()"]}},"S":{"type":"SetVariable","inputs":"@triggerBody()"},"C":{"type":"Foreach","foreach":{"x":["@triggerBody()"]}}"#;
        assert_eq!(marked(odd), [""; 0]);
    }
}
