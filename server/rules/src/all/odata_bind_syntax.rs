//! A lookup that is written in a way that Dataverse does not take.

use analysis::dataverse::row_writes;
use edits::WorkspaceEdit;
use expr::{Segment, TemplateKind};
use model::Profile;
use syntax::Span;
use syntax::json::Value;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A column of a row that is added or updated in Dataverse and whose name or value binds no row: `@odata.bind` in other
    /// letters (`@odata.Bind`, `@odata_bind`, `@bind`), the column that only reads a lookup (`_ownerid_value`), and a written-out value that is
    /// no row, such as a lone id where `contacts(…)` belongs.
    ///
    /// # Why it matters
    ///
    /// Dataverse refuses the row, or keeps it without the lookup.
    ///
    /// # How to fix
    ///
    /// Name the lookup with `@odata.bind` behind it, and give the set and the id of the row: `contacts(…)`. The fix mends the spelling
    /// of the name.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "item/con_Contact@odata.Bind": "@{outputs('Contact')?['body/contactid']}"
    /// // right
    /// "item/con_Contact@odata.bind": "contacts(@{outputs('Contact')?['body/contactid']})"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Associate and disassociate table rows using the Web API",
    ///   <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api>
    static RULE = {
        id: "odata-bind-syntax",
        summary: "a lookup is written in a way that Dataverse does not take",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    for write in row_writes(flow.body, flow.tree, flow.text) {
        let Some(parameters) = write.operation.parameters.and_then(|node| flow.value(node)) else {
            continue;
        };
        let path = flow.body.owner_path(write.operation.owner);
        let mut judge = |prefix: usize, member: syntax::json::Member<'_>| {
            if let Some(finding) = judge(flow, prefix, member) {
                findings.push(finding.action(path.clone()));
            }
        };
        for member in parameters.members() {
            let name = member.key.as_str().unwrap_or_default();
            let prefix = "item/";
            if name
                .get(..prefix.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
            {
                judge(prefix.len(), member);
            } else if name.eq_ignore_ascii_case("item")
                && let Some(row) = member.value.filter(Value::is_object)
            {
                row.members().for_each(|member| judge(0, member));
            }
        }
    }
}

/// What is wrong with a column, whose name begins after `prefix`.
fn judge(flow: &FlowContext<'_>, prefix: usize, member: syntax::json::Member<'_>) -> Option<Finding> {
    let key = member.key.as_str()?;
    let column = key.get(prefix..)?;
    let span = |from: usize| {
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        member.key.source_span(Span::new(at(prefix + from), at(key.len())))
    };
    if let Some(at) = column.find('@') {
        let (name, mark) = column.split_at(at);
        if mark == "@odata.bind" {
            return not_a_row(flow, name, member.value?);
        }
        if name.is_empty() || is_other_mark(mark) {
            return None;
        }
        let message = format!(
            "`{mark}` behind the lookup `{name}` means nothing to Dataverse, so the row is refused. Write `@odata.bind`."
        );
        let edit = WorkspaceEdit::replace(flow.file, span(at), "@odata.bind");
        let finding = Finding::new(&RULE, flow.file, span(at), column, message);
        return Some(finding.fix("Write `@odata.bind`", false, edit));
    }
    let read = column.strip_prefix('_').and_then(|rest| rest.strip_suffix("_value"))?;
    let message = format!(
        "`{column}` only reads the lookup `{read}`, so Dataverse refuses to write it. Write the lookup's own name with `@odata.bind` behind it, and the row as `set(id)`."
    );
    Some(Finding::new(&RULE, flow.file, span(0), column, message))
}

/// Marks of other meanings, such as the type of a value.
fn is_other_mark(mark: &str) -> bool {
    let known = [
        "@odata.type",
        "@odata.id",
        "@odata.etag",
        "@odata.context",
        "@odata.navigationLink",
        "@odata.associationLink",
    ];
    known.contains(&mark)
        || mark.starts_with("@OData.Community")
        || mark.starts_with("@Microsoft.Dynamics")
        || mark.contains("@{")
}

/// A written-out value that names no row.
fn not_a_row(flow: &FlowContext<'_>, name: &str, value: Value<'_>) -> Option<Finding> {
    let text = value.as_str()?;
    let template = expr::parse(&text);
    let names_row = match &template.kind {
        TemplateKind::Literal(text) => {
            let text = text.trim();
            text.is_empty() || is_row(text, text)
        }
        TemplateKind::Interpolation(segments) => match (segments.first(), segments.last()) {
            (Some(Segment::Text { text: first, .. }), Some(Segment::Text { text: last, .. })) => is_row(first, last),
            // `contacts(` may come from the expression, and so may the rest.
            (Some(Segment::Expression { .. }), _) | (None, _) => segments.len() != 1 || !is_bare_id(&text),
            (Some(Segment::Text { text: first, .. }), _) => !first.contains('(') || first.trim_end().ends_with(')'),
        },
        TemplateKind::Expression(_) => true,
    };
    if names_row {
        return None;
    }
    let message = format!(
        "The value of `{name}@odata.bind` names no row, so Dataverse refuses it. Write the table's set and the id, as in `contacts(…)`."
    );
    Some(Finding::new(&RULE, flow.file, value.content_span(), name, message).confidence(Confidence::Medium))
}

/// Whether a text that begins and ends so is `set(key)`, or an address that ends so.
fn is_row(first: &str, last: &str) -> bool {
    let set = first.trim_start().trim_start_matches('/');
    let begins = set.contains("://")
        || set.split_once('(').is_some_and(|(set, _)| {
            !set.is_empty() && set.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
    begins && last.trim_end().ends_with(')')
}

/// Whether one expression that stands alone reads nothing but a column that is an id.
fn is_bare_id(text: &str) -> bool {
    let flat = text
        .trim()
        .trim_end_matches('}')
        .trim_end_matches("']")
        .to_ascii_lowercase();
    ["contactid", "accountid", "systemuserid", "teamid", "_value"]
        .iter()
        .any(|end| flat.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn write(row: &str) -> Sample {
        Sample::actions(&format!(
            r#""Write":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"UpdateRecord"}},"parameters":{{"entityName":"con_orders","recordId":"x",{row}}}}}}}"#
        ))
    }

    #[test]
    fn marks_in_other_letters() {
        for mark in ["@odata.Bind", "@odata_bind", "@bind", "@OData.bind", "@odata.bin"] {
            for row in [
                format!(r#""item/con_Contact{mark}":"contacts(1)""#),
                format!(r#""item":{{"con_Contact{mark}":"contacts(1)"}}"#),
            ] {
                let sample = write(&row);
                assert_eq!(sample.marked(RULE.id), [mark], "{row}");
                assert_eq!(sample.assert_fixes(RULE.id), 1, "{row}");
            }
        }
    }

    #[test]
    fn columns_that_only_read_and_values_that_are_no_rows() {
        assert_eq!(
            write(r#""item/_ownerid_value":"x""#).marked(RULE.id),
            ["_ownerid_value"]
        );
        for value in [
            "6f5a3c1e-1111-4a2b-9c3d-0123456789ab",
            "contacts/6f5a3c1e",
            "contacts(@{variables('id')}",
            "contacts @{variables('id')})",
            "@{outputs('Contact')?['body/contactid']}",
        ] {
            assert_eq!(
                write(&format!(r#""item/con_Contact@odata.bind":"{value}""#)).marked(RULE.id),
                [value]
            );
        }
    }

    #[test]
    fn rows_are_silent() {
        for value in [
            "contacts(@{variables('id')})",
            "/contacts(6f5a3c1e-1111-4a2b-9c3d-0123456789ab)",
            "https://x.crm.dynamics.com/api/data/v9.2/contacts(1)",
            "@concat('contacts(', variables('id'), ')')",
            "@{outputs('Row')}",
            "@{variables('set')}(@{variables('id')})",
            "contacts(con_key='@{variables('k')}')",
            "",
        ] {
            let row = format!(r#""item/con_Contact@odata.bind":"{value}""#);
            assert_eq!(write(&row).marked(RULE.id), [""; 0], "{value}");
        }
        for row in [
            r#""item/con_name":"a@b.com""#,
            r#""item/con_date@odata.type":"Edm.DateTimeOffset""#,
            r#""item/@odata.type":"x""#,
            r#""item/con_value":"x""#,
        ] {
            assert_eq!(write(row).marked(RULE.id), [""; 0], "{row}");
        }
    }
}
