//! A flow that starts itself.

use analysis::dataverse::{RowTrigger, RowWrite, Write, is_guarded, row_triggers, row_writes, same_table};
use analysis::sharepoint::{list_triggers, list_writes};
use edits::WorkspaceEdit;
use model::Profile;

use super::dataverse_trigger_without_filtering_columns::{columns_read, listen_to};
use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that a change of a Dataverse table starts, and that makes such a change itself: it updates a column that the
    /// trigger listens to, or any column where the trigger listens to all; or it adds rows where added rows start it. A flow that
    /// a change of a SharePoint list starts is found likewise. A row filter or a condition on the trigger counts as the way out.
    /// Below a condition, and where one may end the run, the finding is less certain.
    ///
    /// # Why it matters
    ///
    /// Each run may start the next. Unless a condition of the flow stops it, it writes on until the service throttles it
    /// or turns it off, and the rows it wrote stay.
    ///
    /// # How to fix
    ///
    /// Let the trigger listen only to columns that the flow does not write, or give it a row filter that its own writes do
    /// not meet. The fix names the columns that the flow reads and does not write; look them over. Triggers of SharePoint know no
    /// columns: give them a condition, such as that the flow's own account did not make the change.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong: listens to `name` and writes `name`
    /// "subscriptionRequest/filteringattributes": "name"
    /// "operationId": "UpdateOnlyRecord", "item/name": "@{trim(triggerOutputs()?['body/name'])}"
    /// ```
    ///
    /// # References
    ///
    /// - [Avoid infinite loops in flows](https://learn.microsoft.com/power-automate/guidance/coding-guidelines/avoid-recursive-loops)
    static RULE = {
        id: "recursive-trigger",
        summary: "a flow that starts itself",
        category: Category::Exposure,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    check_rows(flow, findings);
    check_lists(flow, findings);
}

fn check_rows(flow: &FlowContext<'_>, findings: &mut Findings) {
    let triggers = row_triggers(flow.body, flow.tree, flow.text);
    if triggers.iter().all(|trigger| trigger.is_conditional) {
        return;
    }
    let writes = row_writes(flow.body, flow.tree, flow.text);
    for trigger in triggers.iter().filter(|trigger| !trigger.is_conditional) {
        for write in &writes {
            let Some(cause) = starts(trigger, write) else { continue };
            let path = flow.body.owner_path(write.operation.owner);
            let sure = !trigger.columns.is_empty() && !is_guarded(flow.body, write.operation.owner);
            // Something around the write, or other rows than the trigger's, may end the chain: then nothing is said of its length.
            let (starts, confidence) = if sure {
                ("starts this flow again, without end", Confidence::High)
            } else {
                ("may start this flow again and again", Confidence::Medium)
            };
            let message = format!(
                "This {cause}, which {starts}. Let the trigger listen only to columns that the flow does not write, or give it a row filter."
            );
            let mut finding = Finding::new(
                &RULE,
                flow.file,
                write.table_span,
                path.clone().unwrap_or_default(),
                message,
            )
            .confidence(confidence)
            .action(path);
            if let Some(declared) = flow.body.triggers.get(trigger.index as usize) {
                finding = finding.related(flow.file, declared.name.span, "the trigger that it starts");
            }
            if let Some(edit) = way_out(flow, trigger, write, &writes) {
                finding = finding.fix("Start for columns that the flow reads and does not write", false, edit);
            }
            findings.push(finding);
        }
    }
}

/// The change that takes the columns that the flow writes from those that start it, where some are left.
fn way_out(
    flow: &FlowContext<'_>,
    trigger: &RowTrigger<'_>,
    write: &RowWrite<'_>,
    all: &[RowWrite<'_>],
) -> Option<WorkspaceEdit> {
    let table = trigger.table.as_deref()?;
    if !matches!(write.write, Write::Update | Write::Upsert) || !flow.summary.complete {
        return None;
    }
    let mut columns = match trigger.columns.as_slice() {
        [] => columns_read(flow, table),
        listed => listed.iter().cloned().collect(),
    };
    for write in all
        .iter()
        .filter(|write| write.table.as_deref().is_some_and(|set| same_table(set, table)))
    {
        let written = write.columns.as_ref()?;
        columns.retain(|column| !written.contains(column));
    }
    listen_to(flow, trigger, &columns)
}

fn check_lists(flow: &FlowContext<'_>, findings: &mut Findings) {
    let triggers = list_triggers(flow.body, flow.tree, flow.text);
    if triggers.iter().all(|trigger| trigger.is_conditional) {
        return;
    }
    let writes = list_writes(flow.body, flow.tree, flow.text);
    for trigger in triggers.iter().filter(|trigger| !trigger.is_conditional) {
        for write in writes.iter().filter(|write| write.list == trigger.list) {
            let does = match write.write {
                Write::Create if trigger.on_create => "adds an item to",
                Write::Update if trigger.on_update => "changes an item of",
                _ => continue,
            };
            let path = flow.body.owner_path(write.operation.owner);
            let (starts, confidence) = if write.of_trigger && !is_guarded(flow.body, write.operation.owner) {
                ("starts it again, without end", Confidence::High)
            } else {
                ("may start it again and again", Confidence::Medium)
            };
            let message = format!(
                "This {does} the list whose changes start the flow, which {starts}. Give the trigger a condition that the flow's own changes do not meet."
            );
            let mut finding = Finding::new(&RULE, flow.file, write.place, path.clone().unwrap_or_default(), message)
                .confidence(confidence)
                .action(path);
            if let Some(declared) = flow.body.triggers.get(trigger.index as usize) {
                finding = finding.related(flow.file, declared.name.span, "the trigger that it starts");
            }
            findings.push(finding);
        }
    }
}

/// What a write does that starts the trigger; `None` where it does not, or cannot be known to.
fn starts(trigger: &RowTrigger<'_>, write: &RowWrite<'_>) -> Option<String> {
    let (table, listened) = (write.table.as_deref()?, trigger.table.as_deref()?);
    if !same_table(table, listened) {
        return None;
    }
    match write.write {
        Write::Create if trigger.on_create => Some(format!("adds a row to `{table}`")),
        Write::Delete if trigger.on_delete => Some(format!("deletes a row of `{table}`")),
        Write::Update | Write::Upsert if trigger.on_update => {
            let columns = write.columns.as_ref()?;
            if trigger.columns.is_empty() {
                return (!columns.is_empty()).then(|| format!("changes a row of `{table}`"));
            }
            let column = columns.iter().find(|column| trigger.columns.contains(column))?;
            Some(format!("changes `{column}` of `{table}`, which the trigger listens to"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    /// The confidences of what is found, after checking that only the certain ones say "without end".
    fn confidences(trigger: &str, operation: &str, entity: &str, row: &str, guarded: bool) -> Vec<Confidence> {
        let host = |id: &str| {
            format!(
                r#""host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"{id}"}}"#
            )
        };
        let action = format!(
            r#""Write":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{{},"parameters":{{"entityName":"{entity}","recordId":"x",{row}}}}}}}"#,
            host(operation)
        );
        let actions = if guarded {
            format!(r#""If":{{"type":"If","runAfter":{{}},"expression":"@equals(1, 1)","actions":{{{action}}}}}"#)
        } else {
            action
        };
        let sample = Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"triggers":{{"Row":{{"type":"OpenApiConnectionWebhook","inputs":{{{},"parameters":{{"subscriptionRequest/entityname":"account",{trigger}}}}}}}}},"actions":{{{actions}}}}}"#,
                host("SubscribeWebhookTrigger")
            ),
            &[],
        );
        let found = sample.of(RULE.id);
        for found in &found {
            let certain = found.finding.confidence == Confidence::High;
            assert_eq!(found.finding.message.contains("without end"), certain);
        }
        found.iter().map(|found| found.finding.confidence).collect()
    }

    const NAME: &str = r#""subscriptionRequest/message":3,"subscriptionRequest/filteringattributes":"name,con_owner""#;
    const ANY: &str = r#""subscriptionRequest/message":4"#;

    #[test]
    fn writes_that_start_the_flow() {
        let found = |trigger, operation, row, guarded| confidences(trigger, operation, "accounts", row, guarded);
        let name = r#""item/name":"x""#;
        assert_eq!(found(NAME, "UpdateOnlyRecord", name, false), [Confidence::High]);
        assert_eq!(found(NAME, "UpdateRecord", name, true), [Confidence::Medium]);
        let bound = r#""item/con_Owner@odata.bind":"x""#;
        assert_eq!(found(NAME, "UpdateRecord", bound, false), [Confidence::High]);
        assert_eq!(found(ANY, "UpdateRecord", name, false), [Confidence::Medium]);
        assert_eq!(found(ANY, "CreateRecord", name, false), [Confidence::Medium]);
    }

    #[test]
    fn columns_that_are_left_over() {
        let row = |listened: &str, read: &str| {
            let dataverse = |id: &str| {
                format!(
                    r#""host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_commondataserviceforapps","operationId":"{id}"}}"#
                )
            };
            Sample::new(
                &format!(
                    r#""connectionReferences":{{}},"definition":{{"triggers":{{"Row":{{"type":"OpenApiConnectionWebhook","inputs":{{{},"parameters":{{"subscriptionRequest/entityname":"account","subscriptionRequest/message":3{listened}}}}}}}}},"actions":{{"Write":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{{},"parameters":{{"entityName":"accounts","recordId":"x","item/name":"@{{triggerOutputs()?['body/{read}']}}"}}}}}}}}}}"#,
                    dataverse("SubscribeWebhookTrigger"),
                    dataverse("UpdateOnlyRecord")
                ),
                &[],
            )
        };
        for (listened, read, tried) in [
            ("", "creditlimit", 1),
            (
                r#","subscriptionRequest/filteringattributes":"name,creditlimit""#,
                "name",
                1,
            ),
            (r#","subscriptionRequest/filteringattributes":"name""#, "creditlimit", 0),
            ("", "name", 0),
        ] {
            let sample = row(listened, read);
            assert_eq!(sample.assert_fixes(RULE.id), tried, "{listened} {read}");
            for fix in &sample.of(RULE.id)[0].finding.fixes {
                let after = sample.apply(fix);
                assert!(after.files[crate::testing::FLOW].contains(r#"filteringattributes":"creditlimit""#));
            }
        }
    }

    /// Confidences for a trigger and an operation on lists of SharePoint.
    fn lists(trigger: &str, more: &str, operation: &str, list: &str, id: &str) -> Vec<Confidence> {
        let host = |id: &str| {
            format!(
                r#""host":{{"apiId":"/providers/Microsoft.PowerApps/apis/shared_sharepointonline","operationId":"{id}"}}"#
            )
        };
        let sample = Sample::new(
            &format!(
                r#""connectionReferences":{{}},"definition":{{"triggers":{{"Item":{{"type":"OpenApiConnection","inputs":{{{},"parameters":{{"dataset":"https://contoso.sharepoint.com/sites/a","table":"1f"}}}}{more}}}}},"actions":{{"Write":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{{},"parameters":{{"dataset":"https://contoso.sharepoint.com/sites/A/","table":"{list}","id":"{id}","item/Title":"x"}}}}}}}}}}"#,
                host(trigger),
                host(operation)
            ),
            &[],
        );
        sample
            .of(RULE.id)
            .iter()
            .map(|found| found.finding.confidence)
            .collect()
    }

    #[test]
    fn items_of_the_list_that_starts_the_flow() {
        let own = "@triggerOutputs()?['body/ID']";
        assert_eq!(
            lists("GetOnUpdatedItems", "", "PatchItem", "1F", own),
            [Confidence::High]
        );
        assert_eq!(
            lists("GetOnChangedItems", "", "PatchFileItem", "1f", "7"),
            [Confidence::Medium]
        );
        assert_eq!(lists("GetOnNewItems", "", "PostItem", "1f", ""), [Confidence::Medium]);
        let condition = r#","conditions":[{"expression":"@equals(1, 2)"}]"#;
        for (trigger, more, operation, list) in [
            ("GetOnNewItems", "", "PatchItem", "1f"),
            ("GetOnUpdatedItems", "", "PatchItem", "2f"),
            ("GetOnUpdatedItems", "", "GetItem", "1f"),
            ("GetOnUpdatedItems", condition, "PatchItem", "1f"),
        ] {
            assert_eq!(
                lists(trigger, more, operation, list, own),
                [],
                "{trigger} {operation} {list}"
            );
        }
    }

    #[test]
    fn other_writes_are_silent() {
        let name = r#""item/name":"x""#;
        let filter = r#""subscriptionRequest/message":3,"subscriptionRequest/filterexpression":"name eq null""#;
        for (trigger, operation, entity, row) in [
            (NAME, "UpdateRecord", "accounts", r#""item/telephone1":"x""#),
            (NAME, "UpdateRecord", "contacts", name),
            (NAME, "CreateRecord", "accounts", name),
            (NAME, "UpdateRecord", "@{variables('table')}", name),
            (NAME, "UpdateRecord", "accounts", r#""item":"@outputs('Row')""#),
            (filter, "UpdateRecord", "accounts", name),
        ] {
            assert_eq!(
                confidences(trigger, operation, entity, row, false),
                [],
                "{trigger} {entity} {row}"
            );
        }
    }
}
