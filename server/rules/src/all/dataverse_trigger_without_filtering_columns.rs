//! A Dataverse trigger that starts the flow for a change of any column.

use std::collections::BTreeSet;

use analysis::dataverse::{RowTrigger, row_triggers};
use edits::WorkspaceEdit;
use expr::NodeKind;
use model::Profile;
use syntax::TextEdit;
use syntax::json::{Value, member_insertion};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A trigger "When a row is added, modified or deleted" that listens to changes and names no columns.
    ///
    /// # Why it matters
    ///
    /// Every change of every column of every row starts a run, changes made by other flows and by the system included.
    /// Runs count against the account's daily requests, and a flow that writes to the same table starts itself.
    ///
    /// # How to fix
    ///
    /// Name the columns whose change matters in "Select columns". The fix writes those that the flow reads from the
    /// trigger; look them over, since a column that is only read need not start the flow.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong
    /// "subscriptionRequest/message": 3, "subscriptionRequest/entityname": "account"
    /// // right
    /// "subscriptionRequest/message": 3, "subscriptionRequest/entityname": "account",
    /// "subscriptionRequest/filteringattributes": "creditlimit"
    /// ```
    ///
    /// # References
    ///
    /// - [Trigger flows when a row is added, modified, or deleted](https://learn.microsoft.com/power-automate/dataverse/create-update-delete-trigger)
    static RULE = {
        id: "dataverse-trigger-without-filtering-columns",
        summary: "a Dataverse trigger that starts the flow for a change of any column",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    for trigger in row_triggers(flow.body, flow.tree, flow.text) {
        let declared = flow.body.triggers.get(trigger.index as usize);
        let (true, true, Some(declared)) = (trigger.on_update, trigger.columns.is_empty(), declared) else {
            continue;
        };
        let table = trigger.table.as_deref().unwrap_or("its table");
        let message = format!(
            "A change of any column of `{table}` starts this flow. Name the columns that matter in `subscriptionRequest/filteringattributes`."
        );
        let mut finding = Finding::new(&RULE, flow.file, declared.name.span, &declared.name.value, message)
            .action(Some(declared.name.value.clone()));
        let columns = columns_read(flow, table);
        if !columns.is_empty()
            && let Some(edit) = listen_to(flow, &trigger, &columns)
        {
            finding = finding.fix("Start for the columns that the flow reads", false, edit);
        }
        findings.push(finding);
    }
}

/// The change that has a trigger listen to these columns and no others.
pub(crate) fn listen_to(
    flow: &FlowContext<'_>,
    trigger: &RowTrigger<'_>,
    columns: &BTreeSet<String>,
) -> Option<WorkspaceEdit> {
    const FIELD: &str = "filteringattributes";
    let list: Vec<&str> = columns.iter().map(String::as_str).collect();
    let json = syntax::json::quote(&list.join(","));
    let nested = ["subscriptionRequest", "body"].into_iter();
    let nested = nested
        .filter_map(|name| trigger.parameters.get_ignore_case(name))
        .find(Value::is_object);
    let edit = match (trigger.column_list, nested) {
        (Some(old), _) => TextEdit::new(old.span(), json),
        (None, Some(object)) => member_insertion(object).member(FIELD, &json),
        (None, None) => member_insertion(trigger.parameters).member(&format!("subscriptionRequest/{FIELD}"), &json),
    };
    let mut change = WorkspaceEdit::default();
    change.push(flow.file, edit);
    (!columns.is_empty()).then_some(change)
}

/// The columns of the row that expressions read from the trigger, but its id.
pub(crate) fn columns_read(flow: &FlowContext<'_>, table: &str) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for site in &flow.body.strings {
        let template = &site.info.template;
        for (_, node) in template.nodes() {
            let NodeKind::Index { base, index, .. } = &node.kind else {
                continue;
            };
            let call = template
                .node(*base)
                .as_call()
                .map(|call| call.name.to_ascii_lowercase());
            let Some(name) = template.node(*index).as_str() else {
                continue;
            };
            let column = match call.as_deref() {
                Some("triggeroutputs") => name.strip_prefix("body/"),
                Some("triggerbody") => Some(name),
                _ => None,
            };
            let Some(column) = column.map(str::to_ascii_lowercase) else {
                continue;
            };
            let lookup = column.strip_prefix('_').and_then(|rest| rest.strip_suffix("_value"));
            let column = lookup.map_or(column.clone(), str::to_owned);
            let plain = column.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let never_changes = [
                "createdon",
                "createdby",
                "sdkmessage",
                "iteminternalid",
                "runassystemuserid",
            ];
            if plain && column != format!("{table}id") && !never_changes.contains(&column.as_str()) {
                columns.insert(column);
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    fn sample(parameters: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"triggers":{{"Row":{{"type":"OpenApiConnectionWebhook","inputs":{{"host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"SubscribeWebhookTrigger"}},"parameters":{{"subscriptionRequest/entityname":"account",{parameters}}}}}}}}},"actions":{{"Note":{{"type":"Compose","runAfter":{{}},"inputs":"@{{triggerOutputs()?['body/name']}} @{{triggerOutputs()?['body/_owner_value']}} @{{triggerOutputs()?['body/accountid']}}"}}}}}}"#
            ),
            &[],
        )
    }

    #[test]
    fn any_column() {
        for message in ["3", "4", "7", "\"6\""] {
            let sample = sample(&format!(r#""subscriptionRequest/message":{message}"#));
            assert_eq!(sample.marked(RULE.id), ["Row"], "{message}");
            assert_eq!(sample.assert_fixes(RULE.id), 1);
            let fix = &sample.of(RULE.id)[0].finding.fixes[0];
            assert!(sample.apply(fix).files[crate::testing::FLOW].contains("\"name,owner\""));
        }
    }

    #[test]
    fn other_forms() {
        let flat = r#""subscriptionRequest/message":3"#;
        for (from, to) in [
            (
                r#""subscriptionRequest/entityname":"account","subscriptionRequest/message":3"#,
                r#""subscriptionRequest":{"entityname":"account","message":3}"#,
            ),
            (
                r#"subscriptionRequest/message":3"#,
                r#"subscriptionRequest/message":3,"subscriptionRequest/filteringattributes":" ""#,
            ),
            ("SubscribeWebhookTrigger", "SubscribeWebhookTriggerWithOrganization"),
        ] {
            let sample = sample(flat).replace(crate::testing::FLOW, from, to);
            assert_eq!(sample.marked(RULE.id), ["Row"], "{to}");
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{to}");
        }
    }

    #[test]
    fn named_columns_and_other_messages_are_silent() {
        for parameters in [
            r#""subscriptionRequest/message":1"#,
            r#""subscriptionRequest/message":2"#,
            r#""subscriptionRequest/message":3,"subscriptionRequest/filteringattributes":"name""#,
        ] {
            assert_eq!(sample(parameters).marked(RULE.id), [""; 0], "{parameters}");
        }
    }
}
