//! An expression that is written as text.

use edits::WorkspaceEdit;
use expr::{ExprId, NodeKind, ReferenceKind, Segment, Template, TemplateKind};
use model::flow::{FlowBody, Owner};
use model::{Profile, same_name};
use syntax::Span;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A value that is one whole expression of the language and names something of this flow (an action, a variable, a
    /// parameter, the trigger, the current item), but has no `@` before it. The same inside a text: `{triggerBody()?['name']}`
    /// between braces that no `@` precedes. Descriptions, schemas, scripts and queries are not looked at.
    ///
    /// # Why it matters
    ///
    /// Without the `@` the service takes the value for text: the flow runs, and sends the words of the expression instead of
    /// its result. In a condition the text is compared, so one branch is never taken.
    ///
    /// # How to fix
    ///
    /// Write `@` before the expression, inside a text `@{…}`. Where the words are meant, nothing has to change: silence the
    /// place.
    ///
    /// # Example
    ///
    /// ```json
    /// "item/name": "triggerBody()?['name']"
    /// ```
    ///
    /// ```json
    /// "item/name": "@triggerBody()?['name']"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Schema reference for the Workflow Definition Language in Azure Logic Apps*, Expressions:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-definition-language#expressions>
    static RULE = {
        id: "expression-missing-at",
        summary: "an expression is sent as text, because no `@` stands before it",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// Members that hold no values of the flow: notes, shapes, and texts of other languages.
const NO_VALUES: [&str; 15] = [
    "description",
    "metadata",
    "runAfter",
    "type",
    "kind",
    "operationOptions",
    "evaluatedRecurrence",
    "schema",
    "code",
    "script",
    "explicitDependencies",
    "query",
    "query/query",
    "formalParameters",
    "notes",
];

/// Functions that no other language has.
const OWN_NAMES: [&str; 14] = [
    "utcNow",
    "formatDateTime",
    "convertFromUtc",
    "convertToUtc",
    "convertTimeZone",
    "addToTime",
    "subtractFromTime",
    "getPastTime",
    "getFutureTime",
    "startOfMonth",
    "encodeUriComponent",
    "decodeUriComponent",
    "base64ToString",
    "base64ToBinary",
];

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    let body = flow.body;
    let steps = (0..)
        .zip(&body.triggers)
        .map(|(index, trigger)| (trigger.node, Owner::Trigger(index)));
    let steps = steps.chain(body.actions().map(|(id, action)| (action.node, Owner::Action(id))));
    // Most subtrees hold no call, and to know where some stand costs less than to walk them all.
    let calls: Vec<u32> = memchr::memchr_iter(b'(', flow.text.as_bytes()).map(offset).collect();
    let holds_call = |span: Span| {
        calls
            .get(calls.partition_point(|at| *at < span.start))
            .is_some_and(|at| *at < span.end)
    };
    for (node, owner) in steps {
        let Some(step) = flow.value(node) else { continue };
        // Blocks of actions inside are steps of their own.
        values(step, true, &holds_call, &mut |value| {
            look_at(flow, owner, value, findings)
        });
    }
}

/// Every string below a value that may be meant as an expression.
fn values<'a>(value: Value<'a>, top: bool, holds_call: &impl Fn(Span) -> bool, found: &mut impl FnMut(Value<'a>)) {
    let mut waiting = vec![(value, top)];
    while let Some((value, top)) = waiting.pop() {
        if !holds_call(value.span()) {
            continue;
        }
        if value.is_string() {
            found(value);
        } else if value.is_array() {
            waiting.extend(value.items().map(|item| (item, false)));
        } else {
            for member in value.members() {
                let Some(inner) = member.value else { continue };
                let name = member.key.as_str().unwrap_or_default();
                let block =
                    top && inner.is_object() && ["actions", "else", "cases", "default"].contains(&name.as_ref());
                if !block && !NO_VALUES.contains(&name.as_ref()) {
                    waiting.push((inner, false));
                }
            }
        }
    }
}

fn look_at(flow: &FlowContext<'_>, owner: Owner, value: Value<'_>, findings: &mut Findings) {
    let Some(text) = value.as_str() else { return };
    if expr::is_plain(&text) {
        let lead = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        // `concat(…)` and the like: a name, then a parenthesis.
        let name = trimmed.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(0);
        if name > 0 && trimmed[name..].starts_with('(') && expr::lookup(&trimmed[..name]).is_some() {
            if is_expression(flow, owner, trimmed, true) {
                findings.push(whole(flow, owner, value, lead));
            }
            return;
        }
        in_text(flow, owner, value, &text, Span::new(0, offset(text.len())), findings);
        return;
    }
    let Some(site) = flow.types().site(owner, value.id()) else {
        return;
    };
    let TemplateKind::Interpolation(segments) = &site.info.template.kind else {
        return;
    };
    for segment in segments {
        if let Segment::Text { span, .. } = segment {
            in_text(flow, owner, value, &text, *span, findings);
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn whole(flow: &FlowContext<'_>, owner: Owner, value: Value<'_>, lead: usize) -> Finding {
    let place = value.source_span(Span::new(0, offset(lead)));
    let message =
        "This is an expression without its `@`, so its words are sent and not its result. Write `@` before it.";
    Finding::new(&RULE, flow.file, value.content_span(), "value", message)
        .action(flow.body.owner_path(owner))
        .fix(
            "Write `@` before the expression",
            false,
            WorkspaceEdit::replace(flow.file, place, "@"),
        )
}

/// Expressions in braces that no `@` precedes.
fn in_text(flow: &FlowContext<'_>, owner: Owner, value: Value<'_>, text: &str, part: Span, findings: &mut Findings) {
    /// A text with more braces is none that somebody wrote by hand around expressions.
    const MAX_BRACES: usize = 64;
    let bytes = text.as_bytes();
    let braces = part.slice(text).match_indices('{').take(MAX_BRACES);
    for open in braces.map(|(at, _)| part.start as usize + at) {
        // `${…}`, `{{…}}` and `@{…}` are of other languages or right.
        let before = open.checked_sub(1).and_then(|before| bytes.get(before));
        if matches!(before, Some(b'$' | b'{' | b'@' | b'#' | b'%' | b'\\')) {
            continue;
        }
        let Some(close) = closing(&bytes[..part.end as usize], open + 1) else {
            continue;
        };
        if bytes.get(close + 1) == Some(&b'}') {
            continue;
        }
        if is_expression(flow, owner, &text[open + 1..close], false) {
            let place = value.source_span(Span::new(offset(open), offset(close + 1)));
            let message = "These braces hold an expression without its `@`, so its words are sent and not its result. Write `@{…}`.";
            let edit = WorkspaceEdit::replace(flow.file, Span::at(place.start), "@");
            findings.push(
                Finding::new(&RULE, flow.file, place, "braces", message)
                    .action(flow.body.owner_path(owner))
                    .fix("Write `@` before the braces", false, edit),
            );
        }
    }
}

/// The brace that closes an expression, quotes considered.
fn closing(bytes: &[u8], from: usize) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'\'' => quoted = !quoted,
            b'}' if !quoted => return Some(at),
            b'{' if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// Whether a text is an expression that this flow could mean: it can be read, its functions exist and take these
/// arguments, and it names something that is there. `alone` says that nothing else stands in the value, where a call of
/// a function that no other language has is enough.
fn is_expression(flow: &FlowContext<'_>, owner: Owner, text: &str, alone: bool) -> bool {
    let template = expr::parse(&format!("@{text}"));
    let TemplateKind::Expression(Some(root)) = template.kind else {
        return false;
    };
    if !template.is_valid() || first_call(&template, root).is_none() || !expr::check_calls(&template).is_empty() {
        return false;
    }
    let mut named = false;
    for reference in expr::references(&template) {
        if !exists(flow, reference.kind, reference.name) {
            return false;
        }
        named = true;
    }
    named |= expr::implicit_references(&template).any(|reference| match reference.kind {
        ReferenceKind::Trigger => true,
        ReferenceKind::Item => has_item(flow.body, owner),
        // `workflow()` alone may be a word of somebody's; a property of it is none.
        ReferenceKind::Workflow => template.parent(reference.call).is_some(),
        _ => false,
    });
    let own = |name: &str| OWN_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    named || alone && template.calls().any(|(_, call)| own(&call.name))
}

/// The function that an expression calls, perhaps to read properties of its result.
fn first_call(template: &Template, root: ExprId) -> Option<&str> {
    let mut at = root;
    loop {
        match &template.node(at).kind {
            NodeKind::Call(call) => return Some(&call.name),
            NodeKind::Dot { base, .. } | NodeKind::Index { base, .. } => at = *base,
            _ => return None,
        }
    }
}

fn exists(flow: &FlowContext<'_>, kind: ReferenceKind, name: &str) -> bool {
    let body = flow.body;
    match kind {
        ReferenceKind::Variable => body
            .variables
            .iter()
            .any(|variable| same_name(&variable.name.value, name)),
        ReferenceKind::Parameter => {
            let mut parameters = flow.summary.parameters.iter();
            parameters.any(|parameter| same_name(&parameter.name.value, name))
        }
        ReferenceKind::Action | ReferenceKind::Scope | ReferenceKind::Foreach | ReferenceKind::Until => {
            body.actions.iter().any(|action| same_name(&action.name.value, name))
                || body.triggers.iter().any(|trigger| same_name(&trigger.name.value, name))
        }
        _ => false,
    }
}

/// Whether `item()` means something in an action.
fn has_item(body: &FlowBody, owner: Owner) -> bool {
    let Owner::Action(id) = owner else { return false };
    let own = ["Select", "Query", "Table"].iter().any(|kind| body.action(id).is(kind));
    own || body.ancestors(id).any(|id| body.action(id).is("Foreach"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "expression-missing-at";

    fn compose(text: &str) -> Sample {
        inputs(&syntax::json::quote(text))
    }

    fn inputs(inputs: &str) -> Sample {
        Sample::actions(&format!(
            r#""V":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"b","type":"string"}}]}},"runAfter":{{}}}},
               "Get_it":{{"type":"Compose","inputs":"@triggerBody()","runAfter":{{"V":["Succeeded"]}}}},
               "C":{{"type":"Compose","inputs":{inputs},"runAfter":{{"Get_it":["Succeeded"]}}}}"#
        ))
    }

    #[test]
    fn a_whole_expression_without_its_sign_is_found() {
        for text in [
            "triggerBody()?['x']",
            "triggerOutputs()?['body/x']",
            "concat('a', variables('b'))",
            "VARIABLES('B')",
            "  outputs('Get_it')?['a']?[0].c ",
            "if(equals(body('get_it'), 1), 'a', 'b')",
            "parameters('$authentication')",
            "workflow()?['tags']?['name']",
            "utcNow()",
            "formatDateTime('2024-01-01', 'yyyy')",
            "length(triggerBody()?['x'])",
            "dayOfWeek(utcnow())",
        ] {
            let sample = compose(text);
            assert_eq!(sample.marked(RULE), [text], "{text}");
            assert_eq!(sample.of(RULE)[0].finding.action.as_deref(), Some("C"));
            assert_eq!(sample.assert_fixes(RULE), 1, "{text}");
            let fixed = sample.apply(&sample.of(RULE)[0].finding.fixes[0]);
            assert!(
                fixed.files[FLOW].contains(&format!("\"@{}", text.trim_start())),
                "{text}"
            );
        }
    }

    #[test]
    fn braces_without_their_sign_are_found() {
        let sample = compose("Hello {triggerBody()?['name']}, @{variables('b')} and { variables('b') }");
        assert_eq!(sample.marked(RULE), ["{triggerBody()?['name']}", "{ variables('b') }"]);
        assert_eq!(sample.assert_fixes(RULE), 2);
        assert_eq!(
            compose("{concat('}', variables('b'))}").marked(RULE),
            ["{concat('}', variables('b'))}"]
        );
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            "@triggerBody()?['x']",
            "@{triggerBody()?['x']}",
            "@@triggerBody()?['x']",
            "Hello (world)",
            "concat('a', 'b')",
            "length(name) gt 5",
            "variables('unknown')",
            "outputs('Gone')?['a']",
            "body(x)",
            "triggerBody().",
            "item()?['x']",
            "see triggerBody()?['x']",
            "triggerBody()?['x'] is read",
            "noSuchFunction(variables('b'))",
            "concat(variables('b')",
            "workflow()",
            "${variables('b')}",
            "{{variables('b')}}",
            "{\"a\": \"variables('b')\"}",
            "{utcNow()}",
            "{variables('c')}",
            "function f() { return variables('b'); }",
            "replace('a', 'b', 'c')",
            "int(5)",
            "guid()",
            "SUM(1)",
            "first",
            "@{'{variables(b)}'}",
        ] {
            assert!(
                compose(text).of(RULE).is_empty(),
                "{text}: {:#?}",
                compose(text).of(RULE)
            );
        }
    }

    #[test]
    fn notes_schemas_and_scripts_are_not_values() {
        for inputs in [
            r#"{"schema":{"properties":{"a":{"description":"triggerBody()?['x']","default":"utcNow()"}}}}"#,
            r#"{"code":"variables('b')"}"#,
            r#"{"parameters":{"query/query":"variables('b')"}}"#,
            r#"{"variables('b')":1}"#,
        ] {
            assert!(self::inputs(inputs).of(RULE).is_empty(), "{inputs}");
        }
        let noted = r#""C":{"type":"Compose","inputs":"x","description":"triggerBody()?['x']","metadata":{"a":"utcNow()"},"runAfter":{}}"#;
        assert!(Sample::actions(noted).of(RULE).is_empty());
    }

    #[test]
    fn conditions_loops_and_nested_actions_are_read_once() {
        let sample = Sample::actions(
            r#""L":{"type":"Foreach","foreach":"triggerBody()?['x']","runAfter":{},"actions":{
                "If":{"type":"If","expression":{"and":[{"equals":["items('L')?['a']",1]}]},"actions":{
                  "S":{"type":"Select","inputs":{"from":"@triggerBody()","select":{"a":"item()?['b']"}},"runAfter":{}}},
                  "else":{"actions":{"U":{"type":"Until","expression":"equals(item(), 1)","actions":{},"runAfter":{}}}},"runAfter":{}}}}"#,
        );
        assert_eq!(
            sample.marked(RULE),
            [
                "triggerBody()?['x']",
                "items('L')?['a']",
                "item()?['b']",
                "equals(item(), 1)"
            ]
        );
    }

    #[test]
    fn conditions_of_triggers_are_read() {
        let sample = Sample::triggers(
            r#""T":{"type":"Request","kind":"Button","inputs":{"schema":{"a":"utcNow()"}},"conditions":[{"expression":"equals(triggerBody()?['a'], 1)"}]}"#,
        );
        assert_eq!(sample.marked(RULE), ["equals(triggerBody()?['a'], 1)"]);
    }
}
