//! A call that gives a child flow other things than its trigger asks for.

use edits::WorkspaceEdit;
use model::flow::ChildCall;
use model::flow::contract::{Given, Input, Shape};
use model::{FileId, Profile, Workspace};
use syntax::json::quote;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A call of a child flow of the same solution that leaves out a required input of the child's trigger, or gives one a
    /// written-out value of another type. An input that the trigger does not know is a warning. Calls whose whole body an expression
    /// gives, and values from expressions, are not looked at. A property of the child's answer that the flow reads and that none of the child's
    /// responses gives is a warning.
    ///
    /// # Why it matters
    ///
    /// The service refuses the call when the flow runs, and nothing says so before. What the trigger does not know is dropped without a
    /// word: mostly the input was renamed, and its successor stays empty.
    ///
    /// # How to fix
    ///
    /// Give the child what its trigger asks for. The fix adds the input with an empty value of its type; write the right one.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong, where the child's trigger requires `text` and `number`
    /// "Run": { "type": "Workflow", "inputs": { "host": { "workflowReferenceName": "2f6b…" }, "body": { "text": "@variables('name')" } } }
    /// // right
    /// "Run": { "type": "Workflow", "inputs": { "host": { "workflowReferenceName": "2f6b…" }, "body": { "text": "@variables('name')", "number": 7 } } }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Create child flows", <https://learn.microsoft.com/power-automate/create-child-flows>
    static RULE = {
        id: "child-flow-contract",
        summary: "a call gives a child flow other things than its trigger asks for",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for call in &flow.child_calls {
            let child = call.id.and_then(|id| {
                let homes = context.workspace.flows_with_id(id);
                homes
                    .iter()
                    .find(|home| context.workspace.file(**home).solution == Some(context.id))
            });
            let facts = child.and_then(|child| context.workspace.file(*child).facts.flow());
            let (Some(child), Some(facts)) = (child, facts.filter(|facts| facts.complete)) else {
                continue;
            };
            let pair = Pair {
                workspace: context.workspace,
                file,
                call,
                child: *child,
            };
            if let (Some(given), Some(wanted), [_]) = (&call.given, &facts.inputs, facts.triggers.as_slice()) {
                pair.compare(given, wanted, findings);
            }
            let answers = facts.answers.as_ref().filter(|_| facts.responds);
            let unknown = |read: &&String| {
                !FAILURE.iter().any(|own| own.eq_ignore_ascii_case(read))
                    && answers.is_some_and(|answers| !answers.iter().any(|own| own.eq_ignore_ascii_case(read)))
            };
            for read in call.reads.iter().filter(unknown) {
                let message = format!("reads `{read}` of its answer, which no response of it gives");
                let advice = "so the value is always empty. Read what it answers, or answer it there.";
                findings.push(pair.finding(read, &message, advice).severity(Severity::Warning));
            }
        }
    }
}

/// What the service answers for a child that failed.
const FAILURE: [&str; 4] = ["error", "code", "message", "status"];

/// A call and the flow that it calls.
struct Pair<'c> {
    workspace: &'c Workspace,
    file: FileId,
    call: &'c ChildCall,
    child: FileId,
}

impl Pair<'_> {
    fn compare(&self, given: &Given, wanted: &[Input], findings: &mut Findings) {
        let gives = |input: &Input| given.members.iter().find(|(name, _)| *name == input.name);
        for input in wanted {
            match gives(input) {
                None if input.required => findings.push(self.missing(given, input)),
                Some((_, shape)) => {
                    if let Some(what) = mismatch(&input.kind, *shape) {
                        let message = format!("gives {} {what}, and it asks for {}", titled(input), noun(&input.kind));
                        let advice = "so the call is refused. Give a value of that type.";
                        findings.push(self.finding(&input.name, &message, advice));
                    }
                }
                None => {}
            }
        }
        for (name, _) in &given.members {
            if !wanted.iter().any(|input| input.name == *name) {
                let message = format!("gives `{name}`, which its trigger does not ask for");
                let advice = "so it is dropped. Take it out, or give the input that is meant.";
                findings.push(self.finding(name, &message, advice).severity(Severity::Warning));
            }
        }
    }

    fn missing(&self, given: &Given, input: &Input) -> Finding {
        let message = format!("leaves out {}, which its trigger requires", titled(input));
        let finding = self.finding(&input.name, &message, "so the call is refused. Give it.");
        let empty = match input.kind.as_str() {
            "number" | "integer" => "0",
            "boolean" => "false",
            "object" => "{}",
            "array" => "[]",
            _ => "\"\"",
        };
        let mut edit = WorkspaceEdit::default();
        edit.push(
            self.file,
            match given.without_body {
                true => {
                    let body = format!("{{{}{}{empty}}}", quote(&input.name), given.place.colon);
                    given.place.member("body", &body)
                }
                false => given.place.member(&input.name, empty),
            },
        );
        finding.fix(format!("Add `{}` with an empty value", input.name), false, edit)
    }

    fn finding(&self, name: &str, says: &str, advice: &str) -> Finding {
        let step = self
            .call
            .action
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace('_', " ");
        let child = self.workspace.flow_name(self.child);
        let message = format!("Step `{step}` calls the child flow `{child}` and {says}, {advice}");
        let subject = format!("{} {name}", self.call.action);
        Finding::new(&RULE, self.file, self.call.name.span, subject, message)
            .action(Some(self.call.action.clone()))
            .related(self.child, syntax::Span::at(0), "the child flow")
    }
}

fn titled(input: &Input) -> String {
    match input.title == input.name {
        true => format!("`{}`", input.name),
        false => format!("`{}` (`{}`)", input.title, input.name),
    }
}

fn noun(kind: &str) -> &'static str {
    match kind {
        "number" | "integer" => "a number",
        "boolean" => "true or false",
        "object" => "an object",
        "array" => "a list",
        _ => "a text",
    }
}

/// What a value is that an input of a type does not take.
fn mismatch(kind: &str, shape: Shape) -> Option<&'static str> {
    let fits = match kind {
        "number" | "integer" => matches!(shape, Shape::Number | Shape::Digits),
        "boolean" => matches!(shape, Shape::Flag | Shape::Word),
        "string" => matches!(shape, Shape::Text | Shape::Digits | Shape::Word),
        "object" => shape == Shape::Object,
        "array" => shape == Shape::List,
        _ => true,
    };
    let what = match shape {
        Shape::Text | Shape::Digits | Shape::Word => "a text",
        Shape::Number => "a number",
        Shape::Flag => "true or false",
        Shape::List => "a list",
        Shape::Object => "an object",
        Shape::Open => return None,
    };
    (!fits).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    const CHILD: &str = "00000000-0000-0000-0000-00000000000c";
    const SCHEMA: &str = r#"{"type":"object","properties":{"text":{"title":"Customer","type":"string"},"number":{"type":"number"},"boolean":{"type":"boolean"}},"required":["text","number"]}"#;

    fn call(body: &str, trigger: &str) -> Sample {
        Sample::actions(&format!(
            r#""If":{{"type":"If","runAfter":{{}},"expression":"@equals(1, 2)","actions":{{"Run_it":{{"type":"Workflow","runAfter":{{}},"inputs":{{"host":{{"workflowReferenceName":"{CHILD}"}}{body}}}}}}}}}"#
        ))
        .with(
            &format!("/s/Workflows/Child-{CHILD}.json"),
            format!(
                r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{"manual":{{"type":"Request",{trigger}}}}},"actions":{{}}}}}}}}"#
            ),
        )
    }

    fn button(body: &str) -> Sample {
        call(body, &format!(r#""kind":"Button","inputs":{{"schema":{SCHEMA}}}"#))
    }

    fn told(sample: &Sample) -> Vec<(Severity, String)> {
        let found = sample.of(RULE.id);
        found
            .iter()
            .map(|found| (found.finding.severity, found.finding.subject.clone()))
            .collect()
    }

    #[test]
    fn required_inputs_that_are_left_out() {
        for (body, missing) in [
            ("", 2),
            (r#","body":{}"#, 2),
            (r#","body":{"text":"x"}"#, 1),
            (r#","body":{"number":"@variables('n')","boolean":true}"#, 1),
        ] {
            let sample = button(body);
            let found = told(&sample);
            assert_eq!(found.len(), missing, "{body}");
            assert!(found.iter().all(|(severity, _)| *severity == Severity::Error));
            assert_eq!(sample.assert_fixes(RULE.id), missing, "{body}");
        }
        let message = &button(r#","body":{"number":1}"#).of(RULE.id)[0].finding.message;
        assert!(message.contains("leaves out `Customer` (`text`)"), "{message}");
    }

    #[test]
    fn unknown_inputs_and_other_types() {
        let unknown = told(&button(r#","body":{"text":"x","number":1,"text_1":"y"}"#));
        assert_eq!(unknown, [(Severity::Warning, "If/Run_it text_1".to_owned())]);
        for (text, number, boolean) in [
            ("1", "1", "true"),
            (r#""x""#, r#""many""#, "true"),
            (r#""x""#, "1", "0"),
            ("{}", "1", "true"),
        ] {
            let body = format!(r#","body":{{"text":{text},"number":{number},"boolean":{boolean}}}"#);
            let found = told(&button(&body));
            assert!(found.len() == 1 && found[0].0 == Severity::Error, "{body} {found:?}");
        }
    }

    #[test]
    fn answers_that_are_read() {
        let read = |response: &str| {
            let sample = button(r#","body":{"text":"x","number":1}"#)
                .replace(
                    crate::testing::FLOW,
                    r#""If":{"type""#,
                    r#""Use":{"type":"Compose","runAfter":{"If":["Succeeded"]},"inputs":"@{outputs('run_it')?['body/Total']} @{body('Run_it')?['sum']}"},"If":{"type""#,
                )
                .replace(&format!("/s/Workflows/Child-{CHILD}.json"), r#""actions":{}"#, &format!(r#""actions":{{{response}}}"#));
            told(&sample)
        };
        let response = |name: &str, body: &str| {
            format!(
                r#""{name}":{{"type":"Response","kind":"Http","runAfter":{{}},"inputs":{{"statusCode":200{body}}}}}"#
            )
        };
        let both = r#","body":{"total":1,"Sum":2}"#;
        let missing = (Severity::Warning, "If/Run_it sum".to_owned());
        assert_eq!(read(&response("A", r#","body":{"total":1}"#)), [missing]);
        assert_eq!(read(&response("A", both)), []);
        let two = [
            response("A", r#","body":{"total":1}"#),
            response("B", r#","body":{"sum":1}"#),
        ]
        .join(",");
        assert_eq!(read(&two), []);
        assert_eq!(read(&response("A", r#","body":"@outputs('x')""#)), []);
        assert_eq!(
            read(&response("A", r#","schema":{"properties":{"total":{},"sum":{}}}"#)),
            []
        );
        assert_eq!(read(""), [], "a child that does not answer is found by another rule");
    }

    #[test]
    fn what_fits_or_cannot_be_told_is_silent() {
        for body in [
            r#","body":{"text":"x","number":"5","boolean":"True"}"#,
            r#","body":{"text":"@{variables('a')}","number":"@variables('n')"}"#,
            r#","body":"@variables('body')""#,
        ] {
            assert_eq!(told(&button(body)), [], "{body}");
        }
        for trigger in [
            r#""kind":"Button","inputs":{}"#,
            r#""kind":"Http","inputs":{"schema":{"type":"object","properties":{"a":{}},"required":["a"]}}"#,
            r#""kind":"Button","inputs":{"schema":"@x"}"#,
        ] {
            assert_eq!(told(&call(r#","body":{"x":1}"#, trigger)), [], "{trigger}");
        }
    }
}
