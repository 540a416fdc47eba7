//! A filter that the connector cannot read.

use analysis::filters::{self, Problem};
use edits::WorkspaceEdit;
use expr::{Segment, TemplateKind};
use model::Profile;
use model::flow::{Operation, is_dataverse};
use syntax::json::Value;
use syntax::{Span, TextEdit};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A filter of a table connector (Dataverse, SharePoint, Excel, SQL, Azure tables and their like) that no dialect of
    /// OData takes: quotes or parentheses that do not match, double or typographic quotes around a text, operators of other
    /// languages such as `=` or `&&`, a word that is no operator, an operator without a value. What an expression puts into
    /// the filter is not judged, and neither are functions and names of columns.
    ///
    /// # Why it matters
    ///
    /// Nothing checks the filter before the flow runs: saving, packing and importing all pass. The connector answers with
    /// status 400, and the flow fails in each run until somebody notices.
    ///
    /// # How to fix
    ///
    /// Correct the marked place: texts stand in single quotes, a quote inside a text is doubled, and the operators are words
    /// such as `eq`, `ne`, `gt`, `and`. Where the slip is only one of quotes, the quick fix is safe to apply unseen.
    ///
    /// # Example
    ///
    /// ```json
    /// "$filter": "con_status = 1 && con_name eq \"@{triggerBody()?['text']}\""
    /// ```
    ///
    /// ```json
    /// "$filter": "con_status eq 1 and con_name eq '@{triggerBody()?['text']}'"
    /// ```
    ///
    /// # References
    ///
    /// - OASIS, *OData Version 4.01, Part 2: URL Conventions*, System Query Option `$filter`:
    ///   <https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html>
    /// - Microsoft Learn, *Filter rows* of the Dataverse Web API:
    ///   <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows>
    static RULE = {
        id: "odata-filter-syntax",
        summary: "a filter cannot be read by the connector",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

/// Connectors beside Dataverse whose rows are filtered by OData.
const TABLES: [&str; 12] = [
    "shared_sharepointonline",
    "shared_excelonlinebusiness",
    "shared_excelonline",
    "shared_sql",
    "shared_sqldw",
    "shared_azuretables",
    "shared_oracle",
    "shared_postgresql",
    "shared_mysql",
    "shared_db2",
    "shared_informix",
    "shared_salesforce",
];

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for operation in &flow.body.operations {
        if !is_dataverse(&operation.connector) && !TABLES.contains(&operation.connector.as_str()) {
            continue;
        }
        let Some(parameters) = operation.parameters.and_then(|node| flow.value(node)) else {
            continue;
        };
        let parameters = if operation.older {
            parameters.get("queries")
        } else {
            Some(parameters)
        };
        for member in parameters.iter().flat_map(Value::members) {
            let is_filter = member.key.as_str().is_some_and(|key| {
                key.eq_ignore_ascii_case("$filter") || key == "subscriptionRequest/filterexpression"
            });
            if let (true, Some(value)) = (is_filter, member.value) {
                findings.found.extend(finding(flow, operation, value));
            }
        }
    }
}

fn finding(flow: &FlowContext<'_>, operation: &Operation, value: Value<'_>) -> Option<Finding> {
    let text = value.as_str()?;
    let holes = holes(&text)?;
    let issue = filters::issue(&text, &holes)?;
    let place = value.source_span(issue.span);
    let message = format!(
        "{} The connector refuses such a filter, so the flow fails when it runs.",
        what(issue.problem, issue.span.slice(&text))
    );
    let finding = Finding::new(&RULE, flow.file, place, subject(issue.problem), message)
        .action(flow.body.owner_path(operation.owner));
    if issue.correction.is_empty() {
        return Some(finding);
    }
    let mut edit = WorkspaceEdit::default();
    for change in &issue.correction {
        edit.push(
            flow.file,
            TextEdit::new(value.source_span(change.span), syntax::json::escape(&change.new_text)),
        );
    }
    let (title, safe) = match issue.problem {
        Problem::DoubleQuotes | Problem::TypographicQuotes | Problem::OpenText => {
            ("Use single quotes".to_owned(), true)
        }
        Problem::Prefix => ("Leave out `$filter=`".to_owned(), false),
        Problem::UnknownOperator(Some(word)) => (format!("Write `{word}`"), false),
        _ => ("Write the operators of OData".to_owned(), false),
    };
    Some(finding.fix(title, safe, edit))
}

/// Where expressions stand in a filter; `None` where nothing of it is known.
fn holes(text: &str) -> Option<Vec<Span>> {
    if expr::is_plain(text) {
        return Some(Vec::new());
    }
    let template = expr::parse(text);
    let TemplateKind::Interpolation(segments) = &template.kind else {
        return None;
    };
    // A brace that is missing is another rule's finding, and what follows it says nothing.
    template.is_valid().then(|| {
        let hole = |segment: &Segment| match segment {
            Segment::Expression { span, .. } => Some(*span),
            Segment::Text { .. } => None,
        };
        segments.iter().filter_map(hole).collect()
    })
}

fn what(problem: Problem, written: &str) -> String {
    match problem {
        Problem::DoubleQuotes => "A text in a filter stands in single quotes, not in double ones.".to_owned(),
        Problem::TypographicQuotes => "A text in a filter stands in straight single quotes.".to_owned(),
        Problem::OpenText => "The quote that opens this text of the filter is never closed.".to_owned(),
        Problem::QuoteInText => {
            "A quote before this ends the text of the filter too early: write two quotes for one inside a text."
                .to_owned()
        }
        Problem::OpenParenthesis => "This parenthesis of the filter is never closed.".to_owned(),
        Problem::LoneParenthesis => "Nothing in the filter opens this parenthesis.".to_owned(),
        Problem::Symbol(instead) => format!("A filter knows no `{written}`: write `{instead}`."),
        Problem::UnknownOperator(Some(instead)) => {
            format!("A filter knows no operator `{written}`: write `{instead}`.")
        }
        Problem::UnknownOperator(None) => format!(
            "A filter knows no operator `{written}`: use `eq`, `ne`, `gt`, `ge`, `lt`, `le` or a function such as `contains(…)`."
        ),
        Problem::MissingOperator => format!(
            "Before `{written}` an operator of the filter is missing, or a text has no quotes: write `and`, `or`, or quotes around the text."
        ),
        Problem::MissingOperand => format!("A value is missing beside `{written}` in this filter."),
        Problem::Comma => "A comma does not join the conditions of a filter: write `and`.".to_owned(),
        Problem::Prefix => "The filter begins with the name of its parameter: leave out `$filter=`.".to_owned(),
    }
}

fn subject(problem: Problem) -> &'static str {
    match problem {
        Problem::DoubleQuotes | Problem::TypographicQuotes | Problem::OpenText | Problem::QuoteInText => "quotes",
        Problem::OpenParenthesis | Problem::LoneParenthesis => "parentheses",
        Problem::Prefix => "prefix",
        _ => "operators",
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "odata-filter-syntax";

    fn sample(connector: &str, parameters: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"k":{{"connection":{{"connectionReferenceLogicalName":"con_k"}},"api":{{"name":"{connector}"}}}}}},
                "definition":{{"triggers":{{"manual":{{"type":"Request","kind":"Button","inputs":{{}}}}}},
                "actions":{{"List":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"connectionName":"k",
                "operationId":"ListRecords","apiId":"/providers/Microsoft.PowerApps/apis/{connector}"}},"parameters":{{{parameters}}}}}}}}}}}"#
            ),
            &[("con_k", connector)],
        )
    }

    fn filter(connector: &str, filter: &str) -> Sample {
        sample(
            connector,
            &format!(r#""entityName":"accounts","$filter":{}"#, syntax::json::quote(filter)),
        )
    }

    #[test]
    fn slips_are_marked_with_what_to_write() {
        for (text, mark, says) in [
            ("name = 'x'", "=", "write `eq`"),
            ("name eq 'x", "'x", "never closed"),
            ("(a eq 1 and b eq 2", "(", "never closed"),
            ("a eq 1 and", "and", "missing"),
            ("a like 'x'", "like", "contains"),
            ("name eq @{triggerBody()?['x']} b eq 1", "b", "missing"),
        ] {
            for connector in [
                "shared_commondataserviceforapps",
                "shared_sharepointonline",
                "shared_sql",
            ] {
                let found = filter(connector, text).of(RULE);
                assert_eq!(found.len(), 1, "{text}: {found:#?}");
                assert_eq!(found[0].marked, mark);
                assert!(found[0].finding.message.contains(says), "{}", found[0].finding.message);
                assert_eq!(found[0].finding.action.as_deref(), Some("List"));
            }
        }
    }

    #[test]
    fn fixes_mend_the_filter() {
        for (text, right, safe) in [
            ("a == 1 && b ne 2", "a eq 1 and b ne 2", false),
            (
                "a eq \"it's @{triggerBody()?['x']}\"",
                "a eq 'it''s @{triggerBody()?['x']}'",
                true,
            ),
            ("a eq ‘x’", "a eq 'x'", true),
            ("a equals 'x'", "a eq 'x'", false),
            ("$filter=a eq 1", "a eq 1", false),
        ] {
            let sample = filter("shared_commondataserviceforapps", text);
            assert_eq!(sample.assert_fixes(RULE), 1, "{text}");
            let fix = sample.of(RULE)[0].finding.fixes[0].clone();
            assert_eq!(fix.safe, safe, "{text}");
            assert!(
                sample.apply(&fix).files[FLOW].contains(&format!(r#""$filter":"{right}""#)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_right_unknown_or_of_others_is_left_alone() {
        for text in [
            "",
            "name eq 'x' and contains(b,'y')",
            "@variables('filter')",
            "@concat('a = ', 'b')",
            "a eq @{variables('x')} and @{variables('rest')}",
            "a eq '@{concat('x'}",
        ] {
            assert!(
                filter("shared_commondataserviceforapps", text).of(RULE).is_empty(),
                "{text}"
            );
        }
        // A connector that is no table may take filters of its own language.
        assert!(filter("shared_contoso", "a = 1").of(RULE).is_empty());
        assert!(
            sample("shared_sql", r#""query/query":"a = 1","$filter":5"#)
                .of(RULE)
                .is_empty()
        );
    }

    #[test]
    fn triggers_and_the_older_form_are_read() {
        let trigger = Sample::new(
            r#""connectionReferences":{},"definition":{"triggers":{"T":{"type":"OpenApiConnectionWebhook","inputs":{"host":{"connectionName":"k",
            "operationId":"SubscribeWebhookTrigger","apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps"},
            "parameters":{"subscriptionRequest/entityname":"account","subscriptionRequest/filterexpression":"statecode == 0"}}}},"actions":{}}"#,
            &[],
        );
        assert_eq!(trigger.marked(RULE), ["=="]);
        let older = Sample::new(
            r#""connectionReferences":{"k":{"connection":{"connectionReferenceLogicalName":"con_k"},"api":{"name":"shared_sharepointonline"}}},
            "definition":{"triggers":{"manual":{"type":"Request","kind":"Button","inputs":{}}},"actions":{"Get":{"type":"ApiConnection","runAfter":{},
            "inputs":{"host":{"connection":{"name":"@parameters('$connections')['k']['connectionId']"}},"method":"get","path":"/x",
            "queries":{"$filter":"Title \u0065q \u0022x\u0022"}}}}}"#,
            &[("con_k", "shared_sharepointonline")],
        );
        assert_eq!(older.marked(RULE), ["\\u0022x\\u0022"]);
        assert_eq!(older.assert_fixes(RULE), 1);
    }
}
