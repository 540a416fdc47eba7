//! A variable is used that the flow never initialises.

use edits::WorkspaceEdit;
use expr::ReferenceKind;
use model::Profile;
use model::flow::{FlowBody, Owner};
use rustc_hash::{FxHashMap, FxHashSet};
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A variable that is read by `variables('…')`, or set, appended to, increased or decreased by an action, although no
    /// *Initialize variable* action of the flow declares it. Names compare without case. Where a name is computed by an
    /// expression, nobody can know what exists, and the rule says nothing.
    ///
    /// # Why it matters
    ///
    /// A flow that uses a variable before declaring it is refused when it is switched on. The import before that reports
    /// success, so the fault shows only in the target environment.
    ///
    /// # How to fix
    ///
    /// Correct the name, or add an *Initialize variable* action at the top level of the flow, before the first use. Where a
    /// variable is nearly called so, a fix renames the use.
    ///
    /// # Example
    ///
    /// ```json
    /// "inputs": { "variables": [ { "name": "counter", "type": "integer" } ] }
    /// "inputs": "@variables('conter')"
    /// ```
    ///
    /// ```json
    /// "inputs": { "variables": [ { "name": "counter", "type": "integer" } ] }
    /// "inputs": "@variables('counter')"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Store and manage values by using variables in Azure Logic Apps*:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-create-variables-store-values>
    static RULE = {
        id: "unknown-variable",
        summary: "a variable is used that the flow never initialises",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

/// So many uses get a suggestion; each looks at every variable of the flow.
const MAX_SUGGESTIONS: usize = 50;

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    let Some(declared) = declared(flow.body) else { return };
    let mut uses: Vec<Use<'_>> = Vec::new();
    for (site, reference) in flow.references(&[ReferenceKind::Variable]) {
        if declared.contains_key(&*folded(reference.name)) {
            continue;
        }
        let content = flow.source_span(site, reference.span);
        // An empty name has no width to mark.
        let call = || flow.source_span(site, site.info.template.node(reference.call).span);
        let place = if content.is_empty() { call() } else { content };
        uses.push(Use {
            name: reference.name,
            place,
            content,
            owner: site.owner,
            in_expression: true,
        });
    }
    for write in &flow.body.variable_writes {
        let name = &write.name.value;
        if expr::is_plain(name) && !declared.contains_key(&*folded(name)) {
            let content = write.name.span;
            let place = if content.is_empty() {
                flow.body.action(write.action).name.span
            } else {
                content
            };
            uses.push(Use {
                name,
                place,
                content,
                owner: Owner::Action(write.action),
                in_expression: false,
            });
        }
    }
    for (count, found) in uses.iter().enumerate() {
        let near = (count < MAX_SUGGESTIONS)
            .then(|| expr::did_you_mean(found.name, declared.values().map(|(name, _)| *name)))
            .flatten();
        findings.push(finding(flow, found, near.and_then(|name| declared.get(&*folded(name)))));
    }
}

/// A use of a name that nothing declares.
struct Use<'a> {
    name: &'a str,
    /// What is marked.
    place: Span,
    /// What a rename replaces.
    content: Span,
    owner: Owner,
    in_expression: bool,
}

/// The variables that are declared, by name in lower case; `None` where that cannot be known.
fn declared(body: &FlowBody) -> Option<FxHashMap<String, (&str, Span)>> {
    if body
        .variables
        .iter()
        .any(|variable| !expr::is_plain(&variable.name.value))
    {
        return None;
    }
    // An action that declares nothing readable may be half typed, or take its list from an expression.
    let readable: FxHashSet<u32> = body.variables.iter().map(|variable| variable.action.0).collect();
    let unread = body
        .actions()
        .any(|(id, action)| action.is("InitializeVariable") && !readable.contains(&id.0));
    let entry = |variable: &'_ model::flow::VariableDeclaration| variable.name.value.to_lowercase();
    (!unread).then(|| {
        body.variables
            .iter()
            .map(|v| (entry(v), (v.name.value.as_str(), v.name.span)))
            .collect()
    })
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn finding(flow: &FlowContext<'_>, found: &Use<'_>, near: Option<&(&str, Span)>) -> Finding {
    let name = found.name;
    let advice = match near {
        Some((near, _)) => format!("Did you mean `{near}`?"),
        None => "Correct the name, or initialise the variable before its first use.".to_owned(),
    };
    let message = format!("No action initialises the variable `{name}`, so the flow cannot be switched on. {advice}");
    let finding = Finding::new(&RULE, flow.file, found.place, name, message).action(flow.body.owner_path(found.owner));
    let Some((near, declaration)) = near else {
        return finding;
    };
    let text = if found.in_expression {
        near.replace('\'', "''")
    } else {
        (*near).to_owned()
    };
    let edit = WorkspaceEdit::replace(flow.file, found.content, syntax::json::escape(&text));
    finding.fix(format!("Rename to `{near}`"), false, edit).related(
        flow.file,
        *declaration,
        format!("`{near}` is initialised here"),
    )
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "unknown-variable";

    fn sample(rest: &str) -> Sample {
        Sample::actions(&format!(
            r#""Init":{{"type":"InitializeVariable","runAfter":{{}},"inputs":{{"variables":[{{"name":"People's list","type":"array"}}]}}}},
               "Second":{{"type":"InitializeVariable","runAfter":{{}},"inputs":{{"variables":[{{"name":"counter","type":"integer"}}]}}}},
               {rest}"#
        ))
    }

    #[test]
    fn reads_and_writes_of_unknown_names_are_marked() {
        let sample = sample(
            r#""Set":{"type":"SetVariable","inputs":{"name":"conter","value":"@variables('Peoples list')"},"runAfter":{"Init":["Succeeded"],"Second":["Succeeded"]}},
               "Other":{"type":"IncrementVariable","inputs":{"name":"elsewhere","value":1},"runAfter":{}}"#,
        );
        assert_eq!(sample.marked(RULE), ["conter", "Peoples list", "elsewhere"]);
        let found = sample.of(RULE);
        assert_eq!(found[0].finding.action.as_deref(), Some("Set"));
        assert_eq!(&sample.files[FLOW][found[0].finding.related[0].span.range()], "counter");
        assert_eq!(sample.assert_fixes(RULE), 2);
        let fixed = sample.apply(&found[1].finding.fixes[0]);
        assert!(fixed.files[FLOW].contains("variables('People''s list')"));
    }

    #[test]
    fn any_case_and_computed_uses_are_left_alone() {
        let sample = sample(
            r#""Set":{"type":"SetVariable","inputs":{"name":"COUNTER","value":"@variables(concat('a','b'))"},"runAfter":{}},
               "Get":{"type":"Compose","inputs":"@variables('Counter')","runAfter":{}},
               "Any":{"type":"SetVariable","inputs":{"name":"@{item()}","value":1},"runAfter":{}}"#,
        );
        assert!(sample.of(RULE).is_empty(), "{:#?}", sample.of(RULE));
    }

    #[test]
    fn what_cannot_be_known_is_not_reported() {
        let use_it = r#""Get":{"type":"Compose","inputs":"@variables('x')","runAfter":{}}"#;
        assert_eq!(sample(use_it).of(RULE).len(), 1);
        let computed = sample(use_it).replace(FLOW, r#""name":"counter""#, r#""name":"@{utcNow()}""#);
        assert!(computed.of(RULE).is_empty());
        let unread = sample(use_it).replace(FLOW, r#"[{"name":"counter","type":"integer"}]"#, r#""@json('[]')""#);
        assert!(unread.of(RULE).is_empty());
        let broken = sample(use_it).replace(FLOW, r#""Init":{"#, r#""Init"{"#);
        assert!(broken.of(RULE).is_empty());
    }

    #[test]
    fn an_empty_name_is_marked_where_it_can_be_seen() {
        let sample = sample(r#""Get":{"type":"Compose","inputs":"@variables('')","runAfter":{}}"#);
        assert_eq!(sample.marked(RULE), ["variables('')"]);
    }
}
