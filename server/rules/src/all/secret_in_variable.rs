//! A secret is kept in a variable, which the run history shows.

use analysis::secrets::{is_placeholder, promises_secret};
use analysis::taint::Chain;
use expr::{NodeKind, TemplateKind};
use model::Profile;
use model::flow::data_paths::{Shows, SourceKind};
use model::flow::{ActionId, Owner};
use rustc_hash::FxHashSet;
use syntax::json::{Kind, Value};

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::ways::{with_chain, with_way};

declare_rule! {
    /// # What it finds
    ///
    /// A variable that is set to a secret: to what a key vault, a secret environment variable or a token endpoint gave, by
    /// whatever way, or to anything that is not plainly harmless while the variable's name promises a password, a secret, a
    /// key or a token. Tokens that only ask for the next page are none.
    ///
    /// # Why it matters
    ///
    /// Actions that set variables cannot hide their inputs: the history of runs shows what each was set to, in clear text, for
    /// 28 days, to everybody who may see the flow's runs.
    ///
    /// # How to fix
    ///
    /// Read the secret from the step that gives it, wherever it is needed, and hide inputs and outputs of these steps. Where a
    /// value has to be put together, use a Compose with hidden inputs.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "Init": { "type": "InitializeVariable", "inputs": { "variables": [ { "name": "token", "type": "string", "value": "@body('Get_token')?['access_token']" } ] } }
    /// // right
    /// "Call": { "type": "Http", "inputs": { "headers": { "Authorization": "Bearer @{body('Get_token')?['access_token']}" } },
    ///           "runtimeConfiguration": { "secureData": { "properties": ["inputs"] } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Manage sensitive input like passwords in Power Automate",
    ///   <https://learn.microsoft.com/power-automate/guidance/coding-guidelines/use-secure-inputs-outputs>
    static RULE = {
        id: "secret-in-variable",
        summary: "a secret is kept in a variable, which the run history shows",
        category: Category::Secrets,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check), Check::Ways(check_across)],
    };
}

const ADVICE: &str =
    "The run history shows variables to everybody who may see the flow's runs: read it where it comes from instead.";

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let mut told: FxHashSet<ActionId> = FxHashSet::default();
    for hit in flow.taint().map_or(&[][..], |taint| taint.hits()) {
        let Some(taint) = flow.taint().filter(|_| hit.shows == Shows::Variable) else {
            continue;
        };
        let mut arrivals = taint.arrivals(hit).into_iter();
        let secret = arrivals.find_map(|arrival| match arrival.kind {
            SourceKind::Secret(kind) => Some((kind, arrival.label)),
            _ => None,
        });
        let Some((kind, label)) = secret.filter(|_| told.insert(hit.action)) else {
            continue;
        };
        let path = flow.body.path(hit.action);
        let message = format!("{} is set to {kind}. {ADVICE}", variable_of(flow, hit.action));
        let finding =
            Finding::new(&RULE, flow.file, taint.span(flow.view(), hit), &path, message).action(Some(path.clone()));
        let way = taint.way(flow.view(), flow.order(), hit, label);
        findings.push(with_way(finding, flow.file, &way));
    }
    by_name(flow, &told, findings);
}

/// The variable that an action sets, for the beginning of a sentence.
fn variable_of(flow: &FlowContext<'_>, id: ActionId) -> String {
    let declared = flow.body.variables.iter().find(|variable| variable.action == id);
    let written = flow.body.variable_writes.iter().find(|write| write.action == id);
    match declared.map(|v| &v.name).or(written.map(|w| &w.name)) {
        Some(name) => format!("The variable `{}`", name.value),
        None => "A variable".to_owned(),
    }
}

/// Variables whose name promises a secret.
fn by_name(flow: &FlowContext<'_>, told: &FxHashSet<ActionId>, findings: &mut Findings) {
    let declared = flow
        .body
        .variables
        .iter()
        .map(|variable| (&variable.name, variable.action));
    let written = flow
        .body
        .variable_writes
        .iter()
        .map(|write| (&write.name, write.action));
    for (name, id) in declared.chain(written) {
        let Some(kind) = promises_secret(&name.value).filter(|_| !told.contains(&id)) else {
            continue;
        };
        let inputs = flow
            .value(flow.body.action(id).node)
            .and_then(|action| action.get("inputs"));
        let value = inputs.and_then(|inputs| match inputs.get("variables") {
            Some(list) => {
                let mut entries = list.items();
                let is_it = |entry: &Value<'_>| entry.get("name").is_some_and(|own| own.is_str(&name.value));
                entries.find(is_it)?.get("value")
            }
            None => inputs.get("value"),
        });
        let Some(value) = value.filter(|value| !is_harmless(flow, id, *value)) else {
            continue;
        };
        let path = flow.body.path(id);
        let message = format!("The variable `{}` keeps {kind}, as its name says. {ADVICE}", name.value);
        let finding = Finding::new(&RULE, flow.file, value.content_span(), &path, message);
        findings.push(finding.action(Some(path.clone())));
    }
}

/// Whether a value can be no secret: nothing, a switch, a number, a text that only stands for one, a next page.
fn is_harmless(flow: &FlowContext<'_>, id: ActionId, value: Value<'_>) -> bool {
    match value.kind() {
        Kind::String => {}
        Kind::Array | Kind::Object => return value.is_empty(),
        _ => return true,
    }
    let text = value.as_str().unwrap_or_default();
    let Some(site) = flow.body.site(Owner::Action(id), value.id()) else {
        return is_placeholder(&text);
    };
    let template = &site.info.template;
    let flat = text.to_ascii_lowercase().replace([' ', '_'], "");
    if ["nextlink", "skiptoken", "deltalink", "continuation"]
        .iter()
        .any(|word| flat.contains(word))
    {
        return true;
    }
    match &template.kind {
        TemplateKind::Literal(text) => is_placeholder(text),
        TemplateKind::Expression(None) => true,
        TemplateKind::Expression(Some(root)) => match &template.node(*root).kind {
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_) => true,
            NodeKind::Str(literal) => is_placeholder(&literal.value),
            NodeKind::Call(call) => {
                let nothing = ["createArray", "json", "string"];
                let literal = call
                    .args
                    .iter()
                    .all(|arg| template.node(*arg).as_str().is_some_and(is_placeholder));
                let refers = call
                    .function
                    .is_some_and(|function| function.returns.iter().all(|kind| kind == "boolean"));
                refers || literal && nothing.iter().any(|name| call.name.eq_ignore_ascii_case(name))
            }
            _ => false,
        },
        TemplateKind::Interpolation(_) => false,
    }
}

/// Secrets that a child flow is given, or that it answers.
fn check_across(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut told = FxHashSet::default();
    for chain in context.chains().iter().filter(|chain| chain.parts.len() > 1) {
        let (SourceKind::Secret(kind), Some((file, _)), Some((first, _))) =
            (&chain.source.kind, chain.parts.last(), chain.parts.first())
        else {
            continue;
        };
        if chain.used.shows == Shows::Variable && told.insert((*file, &chain.used.path)) {
            let from = context.workspace.flow_name(*first);
            findings.push(across(chain, *file, &format!("{kind} of the flow `{from}`")));
        }
    }
}

fn across(chain: &Chain<'_>, file: model::FileId, kind: &str) -> Finding {
    let path = chain.used.path.to_string();
    let message = format!("The action `{}` sets a variable to {kind}. {ADVICE}", chain.used.title);
    let finding = Finding::new(&RULE, file, chain.used.span, &path, message).action(Some(path.clone()));
    with_chain(finding, chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const VAULT: &str = r#""Get_key":{"runAfter":{},"type":"OpenApiConnection","inputs":{"host":{"apiId":"/providers/Microsoft.PowerApps/apis/shared_keyvault","operationId":"GetSecret","connectionName":"c"},"parameters":{"secretName":"x"}}}"#;
    const CHILD: &str = "00000000-0000-0000-0000-00000000000c";

    fn init(name: &str, value: &str) -> String {
        format!(
            r#""Init":{{"runAfter":{{}},"type":"InitializeVariable","inputs":{{"variables":[{{"name":"{name}","type":"string","value":{value}}}]}}}}"#
        )
    }

    fn set(kind: &str, value: &str) -> String {
        format!(
            r#"{},"Set":{{"runAfter":{{"Init":["Succeeded"]}},"type":"{kind}","inputs":{{"name":"x","value":{value}}}}}"#,
            init("x", "\"\"")
        )
    }

    fn marked(actions: &str) -> Vec<String> {
        Sample::actions(&format!("{VAULT},{actions}")).marked(RULE.id)
    }

    #[test]
    fn secrets_that_are_kept() {
        let key = r#""@body('Get_key')?['value']""#;
        for actions in [
            init("x", key),
            set("SetVariable", key),
            set("AppendToStringVariable", r#""Bearer @{body('Get_key')?['value']}""#),
            set("AppendToArrayVariable", r#"{"key":"@body('Get_key')?['value']"}"#),
            set("SetVariable", r#""@concat('a', outputs('Get_key')?['body/value'])""#),
            set("SetVariable", r#""@json(string(body('Get_key')))""#),
            format!(
                r#""C":{{"runAfter":{{}},"type":"Compose","inputs":{key}}},{}"#,
                set("SetVariable", r#""@outputs('C')""#)
            ),
        ] {
            assert_eq!(marked(&actions).len(), 1, "{actions}");
        }
        for actions in [
            init("x", r#""@body('Get_key')?['name']""#),
            set("SetVariable", r#""@empty(body('Get_key')?['value'])""#),
            set("SetVariable", r#""@body('Other')?['value']""#),
            set("IncrementVariable", "1"),
        ] {
            assert_eq!(marked(&actions), [""; 0], "{actions}");
        }
    }

    #[test]
    fn names_that_promise_a_secret() {
        for name in [
            "password",
            "varPassword",
            "client_secret",
            "Client Secret",
            "token",
            "varToken",
            "access_token",
            "apiKey",
            "Bearer Token",
        ] {
            for value in [
                r#""@triggerBody()?['text']""#,
                r#""Wint3r-Made-Up""#,
                r#""@{parameters('P')}""#,
                r#""@concat(guid(), 'A!')""#,
                r#"{"a":"@parameters('P')"}"#,
            ] {
                assert_eq!(marked(&init(name, value)).len(), 1, "{name} {value}");
            }
            for value in [
                "\"\"",
                "null",
                "true",
                "7",
                "[]",
                "{}",
                "\"@null\"",
                "\"@{null}\"",
                "\"@string('')\"",
                "\"<your key>\"",
            ] {
                let harmless = value != "\"@{null}\"";
                assert_eq!(marked(&init(name, value)).is_empty(), harmless, "{name} {value}");
            }
        }
        for name in [
            "skipToken",
            "nextPageToken",
            "continuation_token",
            "tokens",
            "tokenCount",
            "passwordPolicy",
            "secretName",
            "key",
            "deltaToken",
            "isPassword",
        ] {
            assert_eq!(marked(&init(name, r#""@triggerBody()?['text']""#)), [""; 0], "{name}");
        }
        assert_eq!(
            marked(&init("token", r#""@body('List')?['@odata.nextLink']""#)),
            [""; 0]
        );
        assert_eq!(marked(&init("token", r#""@equals(1, 1)""#)), [""; 0]);
    }

    #[test]
    fn a_variable_is_told_of_once_and_its_way_with_it() {
        let found = Sample::actions(&format!(
            "{VAULT},{}",
            init("password", r#""@body('Get_key')?['value']""#)
        ))
        .of(RULE.id);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].marked, "body('Get_key')?['value']");
        let steps: Vec<&str> = found[0]
            .finding
            .related
            .iter()
            .map(|step| step.message.as_str())
            .collect();
        assert_eq!(steps, ["`Get key` gives a secret of a key vault", "used by `Init`"]);
        let broken = r#""Init":{"type":"InitializeVariable","inputs":{"variables":[{"name":"password"},{"value":"x"},7]}},"S":{"type":"SetVariable","inputs":{"name":"token"}}"#;
        assert_eq!(marked(broken), [""; 0]);
    }

    #[test]
    fn children_keep_what_they_are_given() {
        let call = format!(
            r#"{VAULT},"Run":{{"runAfter":{{}},"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{"text":"@body('Get_key')?['value']"}}}}}}"#
        );
        let child = format!(
            r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{{}}}}}}},"schemaVersion":"1.0.0.0"}}"#,
            init("x", r#""@triggerBody()['text']""#)
        );
        let found = Sample::actions(&call)
            .with(&format!("/s/Workflows/Child-{CHILD}.json"), child)
            .of(RULE.id);
        assert_eq!(found.len(), 1);
        assert!(found[0].path.contains("Child"));
    }

    #[test]
    fn members_and_results_that_are_kept() {
        let kept =
            r#""C":{"runAfter":{},"type":"Compose","inputs":{"a":{"b":"@body('Get_key')?['value']","c":"open"}}}"#;
        let with = |value: &str| marked(&format!("{kept},{}", set("SetVariable", value))).len();
        assert_eq!(with(r#""@outputs('C')?['a']?['b']""#), 1);
        assert_eq!(with(r#""@outputs('C')?['a']""#), 1);
        assert_eq!(with(r#""@outputs('C')?['a']?['c']""#), 0);
        assert_eq!(with(r#""@if(equals(outputs('C')?['a/b'], 'x'), 'yes', 'no')""#), 0);
        let scope = |value: &str| {
            let inner = format!(r#""Try":{{"runAfter":{{}},"type":"Scope","actions":{{{VAULT}}}}}"#);
            let actions = format!("{inner},{}", set("AppendToArrayVariable", value));
            Sample::actions(&actions).marked(RULE.id).len()
        };
        assert_eq!(scope(r#""@result('Try')""#), 1);
        assert_eq!(scope(r#""@first(result('Try'))?['outputs']?['body']""#), 1);
        assert_eq!(scope(r#""@first(result('Try'))?['status']""#), 0);
        assert_eq!(scope(r#""@first(result('Try'))?['outputs']?['body']?['name']""#), 0);
    }
}
