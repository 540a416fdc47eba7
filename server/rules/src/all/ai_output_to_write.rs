//! What a language model made is written, sent or requested, and nobody looked at it.

use analysis::taint::Arrival;
use model::Profile;
use model::flow::ActionId;
use model::flow::data_paths::SourceKind;
use rustc_hash::FxHashSet;

use crate::context::{FlowContext, SolutionContext};
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::ways::{with_chain, with_way};

declare_rule! {
    /// # What it finds
    ///
    /// The answer of AI Builder, of a prompt or of another language model that becomes part of what a step writes, sends or
    /// requests, with no condition and no approval between. The answer is followed through expressions, variables, Compose,
    /// Parse JSON, loops and child flows.
    ///
    /// # Why it matters
    ///
    /// Whoever writes what the model reads (a mail, a form, a document) can tell it what to answer. What it answers is then
    /// written and sent with the flow's own account.
    ///
    /// # How to fix
    ///
    /// Check the answer with a condition before it is used: that it is one of the values that are expected, or has their
    /// form. Have somebody approve what is sent out or changes data that matters.
    ///
    /// # Example
    ///
    /// ```json
    /// "If_known": { "type": "If", "expression": { "in": [ "@body('Prompt')?['text']", [ "complaint", "question" ] ] },
    ///               "actions": { "Update_row": {} } }
    /// ```
    ///
    /// # References
    ///
    /// - OWASP: [LLM01 Prompt injection](https://genai.owasp.org/llmrisk/llm01-prompt-injection/)
    static RULE = {
        id: "ai-output-to-write",
        summary: "what a language model made is written or sent, and nobody looked at it",
        category: Category::Exfiltration,
        severity: Severity::Info,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Flow(check), Check::Ways(check_across)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let Some(taint) = flow.taint() else { return };
    let mut told: FxHashSet<ActionId> = FxHashSet::default();
    for hit in taint.hits().iter().filter(|hit| hit.member.starts_with("inputs")) {
        let by_model = |arrival: &Arrival| arrival.kind == SourceKind::Machine;
        let Some(arrival) = taint.arrivals(hit).into_iter().find(by_model) else {
            continue;
        };
        let from = arrival.origin.action();
        // A model that is asked about the answer of another writes nothing.
        if told.contains(&hit.action)
            || !taint.acts(flow.view(), hit.action)
            || taint.is_source(hit.action)
            || taint.is_guarded(flow.view(), flow.order(), from, hit.action)
        {
            continue;
        }
        told.insert(hit.action);
        let model = from.map_or_else(String::new, |id| flow.body.action(id).title());
        let path = flow.body.path(hit.action);
        let message = message(&model, &flow.body.action(hit.action).title());
        let finding =
            Finding::new(&RULE, flow.file, taint.span(flow.view(), hit), &path, message).action(Some(path.clone()));
        let way = taint.way(flow.view(), flow.order(), hit, arrival.label);
        findings.push(with_way(finding, flow.file, &way));
    }
}

fn message(model: &str, step: &str) -> String {
    format!(
        "What `{model}` made goes into `{step}` with no condition or approval between, so whoever writes what the model reads can decide it. Check the answer first."
    )
}

fn check_across(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut told = FxHashSet::default();
    for chain in context
        .chains()
        .iter()
        .filter(|chain| chain.parts.len() > 1 && chain.used.acts)
    {
        let Some((file, _)) = chain.parts.last().filter(|_| chain.source.kind == SourceKind::Machine) else {
            continue;
        };
        if told.insert((*file, &chain.used.path)) {
            let path = chain.used.path.to_string();
            let message = message(&chain.source.step, &chain.used.title);
            let finding = Finding::new(&RULE, *file, chain.used.span, &path, message).action(Some(path.clone()));
            findings.push(with_chain(finding, chain));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const CHILD: &str = "00000000-0000-0000-0000-00000000000c";

    fn operation(name: &str, connector: &str, id: &str, parameters: &str, after: &str) -> String {
        format!(
            r#""{name}":{{"runAfter":{{{after}}},"type":"OpenApiConnection","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/{connector}","operationId":"{id}","connectionName":"c"}},"parameters":{{{parameters}}}}}}}"#
        )
    }

    const DATAVERSE: &str = "shared_commondataserviceforapps";
    const TEXT: &str = "@outputs('Prompt')?['body/responsev2/predictionOutput/text']";

    fn prompt() -> String {
        operation(
            "Prompt",
            DATAVERSE,
            "aibuilderpredict_customprompt",
            r#""recordId":"x""#,
            "",
        )
    }

    fn write(value: &str, after: &str) -> String {
        operation(
            "Write",
            DATAVERSE,
            "UpdateRecord",
            &format!(r#""entityName":"as","item/name":"{value}""#),
            after,
        )
    }

    fn marked(actions: &str) -> Vec<String> {
        Sample::actions(&format!("{},{actions}", prompt())).marked(RULE.id)
    }

    const AFTER: &str = r#""Prompt":["Succeeded"]"#;

    #[test]
    fn answers_that_act() {
        for actions in [
            write(TEXT, AFTER),
            write(
                "Answer: @{body('Prompt')?['responsev2']?['predictionOutput']?['text']}",
                AFTER,
            ),
            write("@int(body('Prompt')?['score'])", AFTER),
            operation(
                "Mail",
                "shared_office365",
                "SendEmailV2",
                &format!(r#""emailMessage/Body":"{TEXT}""#),
                AFTER,
            ),
            operation(
                "Post",
                "shared_teams",
                "PostMessageToConversation",
                &format!(r#""body/messageBody":"{TEXT}""#),
                AFTER,
            ),
            operation(
                "Run",
                "shared_sql",
                "ExecuteProcedure_V2",
                &format!(r#""parameters/p":"{TEXT}""#),
                AFTER,
            ),
            format!(
                r#""Call":{{"runAfter":{{{AFTER}}},"type":"Http","inputs":{{"method":"POST","uri":"https://a.example","body":"{TEXT}"}}}}"#
            ),
            format!(
                r#""C":{{"runAfter":{{{AFTER}}},"type":"ParseJson","inputs":{{"content":"{TEXT}","schema":{{}}}}}},{}"#,
                write("@body('C')?['name']", r#""C":["Succeeded"]"#)
            ),
            format!(
                r#""Each":{{"runAfter":{{{AFTER}}},"type":"Foreach","foreach":"@body('Prompt')?['items']","actions":{{{}}}}}"#,
                write("@items('Each')", "")
            ),
            format!(
                r#""S":{{"runAfter":{{{AFTER}}},"type":"Scope","actions":{{{}}}}}"#,
                write(TEXT, "")
            ),
        ] {
            assert_eq!(marked(&actions).len(), 1, "{actions}");
        }
        let found = Sample::actions(&format!("{},{}", prompt(), write(TEXT, AFTER))).of(RULE.id);
        assert_eq!(found[0].finding.severity, Severity::Info);
        assert_eq!(found[0].finding.related.len(), 2);
        let open = r#""Prompt":{"runAfter":{},"type":"Http","inputs":{"method":"POST","uri":"https://x.openai.azure.com/openai/deployments/a/chat/completions","body":{}}}"#;
        let sample = Sample::actions(&format!("{open},{}", write("@body('Prompt')?['choices']", AFTER)));
        assert_eq!(sample.marked(RULE.id).len(), 1);
    }

    #[test]
    fn answers_that_somebody_looked_at_or_that_go_nowhere() {
        let approval = operation(
            "Ask",
            "shared_approvals",
            "StartAndWaitForAnApproval",
            r#""approvalType":"Basic""#,
            AFTER,
        );
        let card = operation("Ask", "shared_teams", "PostCardAndWaitForResponse", r#""a":"b""#, AFTER);
        for actions in [
            format!(
                r#""If":{{"runAfter":{{{AFTER}}},"type":"If","expression":{{"equals":["{TEXT}","a"]}},"actions":{{{}}}}}"#,
                write(TEXT, "")
            ),
            format!(
                r#""Switch":{{"runAfter":{{{AFTER}}},"type":"Switch","expression":"{TEXT}","cases":{{"a":{{"case":"a","actions":{{{}}}}}}}}}"#,
                write(TEXT, "")
            ),
            format!("{approval},{}", write(TEXT, r#""Ask":["Succeeded"]"#)),
            format!("{card},{}", write(TEXT, r#""Ask":["Succeeded"]"#)),
            // An approval of the answer itself is the look at it.
            operation(
                "Ask",
                "shared_approvals",
                "StartAndWaitForATextSuggestionApproval",
                &format!(r#""WebhookTextSuggestionApprovalCreationInput/suggestedText":"{TEXT}""#),
                AFTER,
            ),
            operation(
                "Ask",
                "shared_teams",
                "PostCardAndWaitForResponse",
                &format!(r#""body/messageBody":"{TEXT}""#),
                AFTER,
            ),
            write("@if(equals(body('Prompt')?['x'], 'a'), 'one', 'two')", AFTER),
            write("@length(body('Prompt')?['x'])", AFTER),
            write("@body('Other')?['x']", AFTER),
            operation(
                "Get",
                DATAVERSE,
                "GetItem",
                &format!(r#""entityName":"as","recordId":"{TEXT}""#),
                AFTER,
            ),
            operation(
                "Second",
                DATAVERSE,
                "aibuilderpredict_customprompt",
                &format!(r#""item/x":"{TEXT}""#),
                AFTER,
            ),
            format!(r#""C":{{"runAfter":{{{AFTER}}},"type":"Compose","inputs":"{TEXT}"}}"#),
            format!(
                r#""R":{{"runAfter":{{{AFTER}}},"type":"Response","inputs":{{"statusCode":200,"body":{{"a":"{TEXT}"}}}}}}"#
            ),
        ] {
            assert_eq!(marked(&actions), [""; 0], "{actions}");
        }
        // An approval beside the way is none on it, nor is a condition around both.
        let beside = operation("Ask", "shared_approvals", "StartAndWaitForAnApproval", "", "");
        assert_eq!(marked(&format!("{beside},{}", write(TEXT, AFTER))).len(), 1);
        let both = format!(
            r#""If":{{"runAfter":{{}},"type":"If","expression":true,"actions":{{{},{}}}}}"#,
            prompt(),
            write(TEXT, AFTER)
        );
        assert_eq!(Sample::actions(&both).marked(RULE.id).len(), 1);
    }

    #[test]
    fn children_write_what_they_are_given() {
        let call = format!(
            r#"{},"Run":{{"runAfter":{{{AFTER}}},"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{CHILD}"}},"body":{{"text":"{TEXT}"}}}}}}"#,
            prompt()
        );
        let child = |actions: &str| {
            let text = format!(
                r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},"actions":{{{actions}}}}}}},"schemaVersion":"1.0.0.0"}}"#
            );
            Sample::actions(&call)
                .with(&format!("/s/Workflows/Child-{CHILD}.json"), text)
                .of(RULE.id)
        };
        let found = child(&write("@triggerBody()?['text']", ""));
        assert_eq!(found.len(), 1);
        assert!(found[0].path.contains("Child"));
        assert_eq!(child(&write("@triggerBody()?['text_1']", "")).len(), 0);
        let guarded = format!(
            r#""If":{{"type":"If","expression":true,"actions":{{{}}}}}"#,
            write("@triggerBody()?['text']", "")
        );
        assert_eq!(child(&guarded).len(), 0);
    }

    #[test]
    fn answers_by_other_ways() {
        let kept =
            format!(r#""C":{{"runAfter":{{{AFTER}}},"type":"Compose","inputs":{{"a":{{"b":"{TEXT}","c":"fixed"}}}}}}"#);
        let with = |value: &str| marked(&format!("{kept},{}", write(value, r#""C":["Succeeded"]"#))).len();
        assert_eq!(with("@outputs('C')?['a']?['b']"), 1);
        assert_eq!(with("@json(string(outputs('C')?['a']))?['b']"), 1);
        assert_eq!(with("@outputs('C')?['a']?['c']"), 0);
        assert_eq!(with("@if(equals(outputs('C')?['a/b'], 'yes'), 1, 2)"), 0);
        // What it may be is written out.
        assert_eq!(
            with("@if(contains(createArray('yes', 'no'), outputs('C')?['a']?['b']), outputs('C')?['a']?['b'], 'no')"),
            0
        );
        let scope = |value: &str| {
            let actions = format!(
                r#""Try":{{"runAfter":{{}},"type":"Scope","actions":{{{}}}}},{}"#,
                prompt(),
                write(value, r#""Try":["Succeeded"]"#)
            );
            Sample::actions(&actions).marked(RULE.id).len()
        };
        assert_eq!(scope("@{result('Try')[0]?['outputs']?['body']}"), 1);
        assert_eq!(scope("@{result('Try')[0]?['status']}"), 0);
    }
}
