//! A value of a kind that the service refuses where it is given.

use analysis::types::{Refusal, RefusedBy};
use edits::WorkspaceEdit;
use expr::types::{Inference, Kind, Kinds, TypeIssue, TypeIssueKind, accepts, check};
use expr::{Function, NodeKind, Param, Segment, TemplateKind};
use model::Profile;
use model::flow::{ActionId, Owner, StringSite};
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A value of a kind that is refused where it stands, whatever the data:
    ///
    /// - an argument that its function does not take, such as a number in `toLower` or a text in `add`;
    /// - a comparison of a number with a text, in an expression or in the tree of a condition;
    /// - a property of a list (`body('Select')?['name']`), or of a text or a number;
    /// - a loop over, or a *Select*, *Filter array*, *Join* or table from, something that is no list;
    /// - a variable that is set to a value of another kind than its own, and a list appended to a list as one item.
    ///
    /// What a value is comes from literals, functions, types of variables and parameters, schemas of *Parse JSON* and of
    /// triggers, *Select*, *Compose* and the like. Where it can be right, as with everything that connectors answer, the
    /// rule says nothing.
    ///
    /// # Why it matters
    ///
    /// The service turns hardly any value into another kind by itself. The flow can be saved and imported, and the action
    /// fails each time it runs.
    ///
    /// # How to fix
    ///
    /// Convert the value (`int(…)`, `string(…)`, `json(…)`, `bool(…)`), or write the literal without quotes. Take an item of a list
    /// before its property: `first(body('Select'))?['name']`. Write `@variables('x')` where `@{variables('x')}` makes a text
    /// of what should stay a number or a list.
    ///
    /// # Example
    ///
    /// ```json
    /// "inputs": "@add(triggerBody()?['text'], 1)"
    /// ```
    ///
    /// ```json
    /// "inputs": "@add(int(triggerBody()?['text']), 1)"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference>
    static RULE = {
        id: "argument-type",
        summary: "a value is of a kind that is refused where it stands",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Expression(expression), Check::Action(action)],
    };
}

fn expression(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    let template = &site.info.template;
    if template.roots().is_empty() {
        return;
    }
    let place = flow.types().place_of(site);
    check(&Inference::new(template, &place), |issue| {
        let message = sentence(&issue);
        let span = flow.source_span(site, issue.span);
        let mut finding = Finding::new(&RULE, flow.file, span, subject(&issue), message);
        if let Some((written, literal)) = other_literal(site, &issue) {
            let edit = WorkspaceEdit::replace(
                flow.file,
                flow.source_span(site, written),
                syntax::json::escape(&literal),
            );
            finding = finding.fix(format!("Write `{literal}`"), false, edit);
        }
        findings.push(finding.action(flow.body.owner_path(site.owner)));
    });
}

/// The literal that was meant, where one of another kind is written: `5` for `'5'`, and the other way round. With it
/// the span it takes.
fn other_literal(site: &StringSite, issue: &TypeIssue) -> Option<(Span, String)> {
    let template = &site.info.template;
    let wanted = match &issue.kind {
        TypeIssueKind::Argument { param, .. } => accepts(param),
        // Quotes around the number would compare texts, where 10 comes before 9.
        TypeIssueKind::Order { left, right, .. } => left.with(*right).without(Kinds::of(&[Kind::String])),
        _ => return None,
    };
    let written = template.node(issue.node);
    let literal = match &written.kind {
        NodeKind::Str(text) => unquoted(&text.value, wanted)?,
        NodeKind::Int(text) | NodeKind::Float(text) if wanted.has(Kind::String) => format!("'{text}'"),
        _ => return None,
    };
    Some((written.span, literal))
}

/// The number or truth value that a text spells, where one is wanted.
fn unquoted(text: &str, wanted: Kinds) -> Option<String> {
    let text = text.trim();
    let number = || {
        let digits = text.strip_prefix('-').unwrap_or(text);
        // A number with a leading zero is a code that looks like one.
        let plain = digits.len() < 16 && (digits == "0" || !digits.starts_with('0') || digits.starts_with("0."));
        let shaped = digits
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        (plain && shaped && digits.split('.').count() <= 2).then(|| text.to_owned())
    };
    let truth = || {
        let lower = text.to_ascii_lowercase();
        ["true", "false"].contains(&&*lower).then_some(lower)
    };
    match (wanted.has(Kind::Integer), wanted.has(Kind::Boolean)) {
        (true, _) => number(),
        (_, true) => truth(),
        _ => None,
    }
}

/// What a finding is about: the function, or the property.
fn subject(issue: &TypeIssue) -> String {
    match &issue.kind {
        TypeIssueKind::Argument { function, .. }
        | TypeIssueKind::Order { function, .. }
        | TypeIssueKind::Mixed { function } => function.name.clone(),
        TypeIssueKind::PropertyOfList { name } => name.clone(),
        TypeIssueKind::PropertyOfValue { name, .. } => name.clone().unwrap_or_else(|| "item".to_owned()),
    }
}

fn sentence(issue: &TypeIssue) -> String {
    match &issue.kind {
        TypeIssueKind::Argument { function, param, found } => argument(function, param, *found),
        TypeIssueKind::Order { function, left, right } => order(function, *left, *right),
        TypeIssueKind::Mixed { function } => format!(
            "`{}` takes lists or objects, not both at once, so the action fails when it runs.",
            function.name
        ),
        TypeIssueKind::PropertyOfList { name } => format!(
            "This is a list, and a list has no property `{name}`, so the action fails when it runs. Take an item first, \
             as `first(…)?['{name}']` does, or go through the list in a loop."
        ),
        TypeIssueKind::PropertyOfValue { name, found } => {
            let what = name
                .as_ref()
                .map_or("items".to_owned(), |name| format!("property `{name}`"));
            format!(
                "This is {found}, which has no {what}, so the action fails when it runs. Where it is JSON as text, read it \
                 with `json(…)` first."
            )
        }
    }
}

fn argument(function: &Function, param: &Param, found: Kinds) -> String {
    let wanted = shown(accepts(param));
    format!(
        "`{}` takes {wanted} for `{}`, and this is {found}, so the action fails when it runs.{}",
        function.name,
        param.name,
        advice(accepts(param), found)
    )
}

fn order(function: &Function, left: Kinds, right: Kinds) -> String {
    format!(
        "`{}` compares two numbers or two texts, and this compares {left} with {right}, so the action fails when it runs.{}",
        function.name,
        advice(
            if right.has(Kind::String) { left } else { right },
            Kinds::of(&[Kind::String])
        )
    )
}

/// What is accepted, without what travels as objects and is only not known to be refused.
fn shown(kinds: Kinds) -> String {
    kinds
        .without(Kinds::of(&[Kind::Binary, Kind::Xml, Kind::Null]))
        .to_string()
}

/// How to turn what was found into what is taken.
fn advice(wanted: Kinds, found: Kinds) -> &'static str {
    let text = found.has(Kind::String);
    if text && wanted.has(Kind::Array) {
        " Where the text is JSON, read it with `json(…)`."
    } else if text && wanted.has(Kind::Integer) {
        " Convert it with `int(…)` or `float(…)`; a literal number has no quotes."
    } else if text && wanted.has(Kind::Boolean) {
        " A literal `true` or `false` has no quotes; a text becomes one with `bool(…)`."
    } else if wanted.has(Kind::String) && !found.has(Kind::Null) {
        " Convert it with `string(…)`."
    } else {
        ""
    }
}

fn action(flow: &FlowContext<'_>, id: ActionId, findings: &mut Findings) {
    flow.types().refusals(id, |refusal| {
        let (subject, message) = refused(&refusal);
        let span = refusal.value.span();
        let mut finding = Finding::new(&RULE, flow.file, span, subject, message);
        if let Some((title, text)) = other_value(flow, id, &refusal) {
            finding = finding.fix(title, false, WorkspaceEdit::replace(flow.file, span, text));
        }
        findings.push(finding.action(Some(flow.body.path(id))));
    });
}

/// The value that was meant: an expression without the braces that make a text of it, or a literal without quotes.
fn other_value(flow: &FlowContext<'_>, id: ActionId, refusal: &Refusal<'_>) -> Option<(String, String)> {
    let wanted = refusal.why.wanted();
    if let Some(text) = refusal.value.as_str() {
        let template = expr::parse(&text);
        if let TemplateKind::Interpolation(segments) = &template.kind {
            let [
                Segment::Expression {
                    expr: Some(root),
                    inner,
                    ..
                },
            ] = segments.as_slice()
            else {
                return None;
            };
            let place = flow.types().place(Owner::Action(id), refusal.value.id());
            let fits = Inference::new(&template, &place).of(*root).kinds().meets(wanted);
            let bare = format!("@{}", text.get(inner.range())?.trim());
            return fits.then(|| (format!("Write `{bare}`"), syntax::json::quote(&bare)));
        }
        let literal = unquoted(&text, wanted)?;
        return Some((format!("Write `{literal}` without quotes"), literal));
    }
    let number = refusal.value.as_f64().is_some() && wanted.has(Kind::String);
    number.then(|| {
        let quoted = syntax::json::quote(refusal.value.raw());
        (format!("Write `{quoted}`"), quoted)
    })
}

fn refused(refusal: &Refusal<'_>) -> (String, String) {
    let found = refusal.found;
    match &refusal.why {
        RefusedBy::List => (
            "list".to_owned(),
            format!(
                "This action goes through a list, and this is {found}, so it fails when it runs.{}",
                advice(Kinds::of(&[Kind::Array]), found)
            ),
        ),
        RefusedBy::Condition => (
            "condition".to_owned(),
            format!(
                "A condition is true or false, and this is {found}, so the action fails when it runs.{}",
                advice(Kinds::of(&[Kind::Boolean]), found)
            ),
        ),
        RefusedBy::Variable { name, holds } => (
            name.clone(),
            format!(
                "The variable `{name}` holds {holds}, and this is {found}, so the action fails when it runs.{}",
                advice(*holds, found)
            ),
        ),
        RefusedBy::Step => (
            "step".to_owned(),
            format!(
                "A variable is counted by a number, and this is {found}, so the action fails when it runs.{}",
                advice(Kinds::of(&[Kind::Integer]), found)
            ),
        ),
        RefusedBy::Append => (
            "append".to_owned(),
            "A list cannot be appended to a list as one item, so the action fails when it runs. To add all its items, set \
             the variable to `union(…)` of both, or append in a loop."
                .to_owned(),
        ),
        RefusedBy::Operand { function, param } => (function.name.clone(), argument(function, param, found)),
        RefusedBy::Order { function, other } => (function.name.clone(), order(function, *other, found)),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "argument-type";

    const VARIABLES: &str = r#""I1":{"type":"InitializeVariable","inputs":{"variables":[{"name":"count","type":"integer","value":0}]}},
        "I2":{"type":"InitializeVariable","inputs":{"variables":[{"name":"title","type":"string","value":"x"}]}},
        "I3":{"type":"InitializeVariable","inputs":{"variables":[{"name":"rows","type":"array","value":[]}]}},
        "I4":{"type":"InitializeVariable","inputs":{"variables":[{"name":"done","type":"boolean","value":false}]}},
        "Rows":{"type":"Select","inputs":{"from":"@variables('rows')","select":{"id":"@item()?['id']"}}}"#;

    fn sample(actions: &str) -> Sample {
        Sample::actions(&format!("{VARIABLES},{actions}"))
    }

    fn compose(expression: &str) -> Sample {
        sample(&format!(r#""C":{{"type":"Compose","inputs":"{expression}"}}"#))
    }

    #[test]
    fn wrong_arguments_are_marked_with_what_they_are() {
        let sample = compose("@concat(toLower(variables('count')), variables('title'))");
        assert_eq!(sample.marked(RULE), ["variables('count')"]);
        let found = sample.of(RULE);
        let message = &found[0].finding.message;
        assert!(
            message.contains("`toLower` takes a text for `text`, and this is a whole number"),
            "{message}"
        );
        assert_eq!(found[0].finding.action.as_deref(), Some("C"));
        assert_eq!(
            compose("@add(1, variables('title'))").marked(RULE),
            ["variables('title')"]
        );
        assert_eq!(compose("@greater(variables('count'), '5')").marked(RULE), ["'5'"]);
        assert_eq!(compose("@body('Rows')?['id']").marked(RULE), ["'id'"]);
        assert_eq!(compose("@variables('title').name").marked(RULE), ["name"]);
    }

    #[test]
    fn what_may_be_right_is_left_alone() {
        for expression in [
            "@add(int(variables('title')), 1)",
            "@toLower(triggerBody()?['x'])",
            "@first(body('Rows'))?['id']",
            "@body('Rows')[0]['id']",
            "@length(variables('rows'))",
            "@greater(variables('count'), 5)",
            "@concat(variables('count'))",
            "@add(1, body('Unknown'))",
        ] {
            let sample = compose(expression);
            assert!(sample.of(RULE).is_empty(), "{expression}: {:#?}", sample.of(RULE));
        }
    }

    #[test]
    fn actions_refuse_values_too() {
        for (action, marked) in [
            (
                r#""A":{"type":"Foreach","foreach":"@variables('title')","actions":{}}"#,
                r#""@variables('title')""#,
            ),
            (
                r#""A":{"type":"Foreach","foreach":"@{variables('rows')}","actions":{}}"#,
                r#""@{variables('rows')}""#,
            ),
            (
                r#""A":{"type":"Join","inputs":{"from":"@variables('count')","joinWith":","}}"#,
                r#""@variables('count')""#,
            ),
            (
                r#""A":{"type":"SetVariable","inputs":{"name":"COUNT","value":"@{add(variables('count'), 1)}"}}"#,
                r#""@{add(variables('count'), 1)}""#,
            ),
            (
                r#""A":{"type":"SetVariable","inputs":{"name":"done","value":"true"}}"#,
                r#""true""#,
            ),
            (r#""A":{"type":"SetVariable","inputs":{"name":"title","value":5}}"#, "5"),
            (
                r#""A":{"type":"AppendToArrayVariable","inputs":{"name":"rows","value":"@body('Rows')"}}"#,
                r#""@body('Rows')""#,
            ),
            (
                r#""A":{"type":"IncrementVariable","inputs":{"name":"count","value":"1"}}"#,
                r#""1""#,
            ),
            (
                r#""A":{"type":"If","expression":{"and":[{"greater":["@{variables('count')}",5]}]},"actions":{}}"#,
                r#""@{variables('count')}""#,
            ),
            (
                r#""A":{"type":"If","expression":"@variables('title')","actions":{}}"#,
                r#""@variables('title')""#,
            ),
            (
                r#""A":{"type":"If","expression":{"not":{"contains":["@variables('count')","x"]}},"actions":{}}"#,
                r#""@variables('count')""#,
            ),
        ] {
            assert_eq!(sample(action).marked(RULE), [marked], "{action}");
        }
        for action in [
            r#""A":{"type":"Foreach","foreach":"@body('Rows')","actions":{}}"#,
            r#""A":{"type":"Foreach","foreach":["a","b"],"actions":{}}"#,
            r#""A":{"type":"SetVariable","inputs":{"name":"title","value":null}}"#,
            r#""A":{"type":"SetVariable","inputs":{"name":"title","value":"@{variables('count')}"}}"#,
            r#""A":{"type":"SetVariable","inputs":{"name":"count","value":"@triggerBody()?['x']"}}"#,
            r#""A":{"type":"AppendToArrayVariable","inputs":{"name":"rows","value":{"id":1}}}"#,
            r#""A":{"type":"If","expression":{"and":[{"equals":["@variables('count')","5"]},{"greater":["@variables('count')",5]}]},"actions":{}}"#,
            r#""A":{"type":"If","expression":"@variables('done')","actions":{}}"#,
        ] {
            assert!(
                sample(action).of(RULE).is_empty(),
                "{action}: {:#?}",
                sample(action).of(RULE)
            );
        }
    }

    #[test]
    fn literals_and_braces_can_be_mended() {
        for (action, mended) in [
            (r#""A":{"type":"Compose","inputs":"@add('5', 1)"}"#, "@add(5, 1)"),
            (
                r#""A":{"type":"Compose","inputs":"@and(variables('done'), 'True')"}"#,
                "@and(variables('done'), true)",
            ),
            (
                r#""A":{"type":"Compose","inputs":"@less('10', variables('count'))"}"#,
                "@less(10, variables('count'))",
            ),
            (
                r#""A":{"type":"Compose","inputs":"@split(variables('title'), 1)"}"#,
                "@split(variables('title'), '1')",
            ),
            (
                r#""A":{"type":"SetVariable","inputs":{"name":"done","value":"true"}}"#,
                r#""value":true"#,
            ),
            (
                r#""A":{"type":"SetVariable","inputs":{"name":"title","value":5}}"#,
                r#""value":"5""#,
            ),
            (
                r#""A":{"type":"Foreach","foreach":"@{ variables('rows') }","actions":{}}"#,
                r#""foreach":"@variables('rows')""#,
            ),
        ] {
            let sample = sample(action);
            assert_eq!(sample.assert_fixes(RULE), 1, "{action}");
            let fixed = sample.apply(&sample.of(RULE)[0].finding.fixes[0]);
            assert!(fixed.files[FLOW].contains(mended), "{}", fixed.files[FLOW]);
        }
        for action in [
            r#""A":{"type":"Compose","inputs":"@add('007', 1)"}"#,
            r#""A":{"type":"Compose","inputs":"@add(variables('title'), 1)"}"#,
            r#""A":{"type":"Foreach","foreach":"rows: @{variables('rows')}","actions":{}}"#,
        ] {
            assert_eq!(sample(action).assert_fixes(RULE), 0, "{action}");
        }
    }
}
