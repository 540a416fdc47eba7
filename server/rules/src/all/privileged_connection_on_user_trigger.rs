//! Whoever may start the flow acts with a powerful connection of somebody else.

use analysis::connectors::{self, Family};
use analysis::effects::{self, Effect};
use analysis::starters::{Starter, starter};
use edits::WorkspaceEdit;
use model::flow::{FlowSummary, OperationSummary};
use model::{Component, Facts, FileId, Guid, Profile};
use rustc_hash::FxHashSet;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow that people start (by its button, from an app, through an agent, by a request) and that does something powerful with a
    /// connection of its own (`"runtimeSource": "embedded"`): it changes the platform, the directory or Azure resources, changes
    /// roles and users of Dataverse, sends requests of its own making with HTTP with Microsoft Entra ID, or runs SQL text.
    ///
    /// What is powerful but usual, such as reading with an administrative connector, calling a stored procedure or writing rows of
    /// SQL and Dataverse, is an info of the `strict` profile. Flows that only other flows call are left alone.
    ///
    /// # Why it matters
    ///
    /// Everybody who may run the flow acts with the rights of its connection, not with their own. What they type in decides what
    /// happens to things that they could not touch themselves, and the log names the connection's account.
    ///
    /// # How to fix
    ///
    /// Let the connection be provided by the person who runs the flow (`"invoker"`). Where it has to be the flow's own, keep
    /// the account behind it as small as the step needs, share the flow with few, and check in its first steps who asks
    /// and whether they may.
    ///
    /// # Example
    ///
    /// ```json
    /// // wrong, in a flow with a button
    /// "shared_azuread": { "runtimeSource": "embedded" }
    /// // right
    /// "shared_azuread": { "runtimeSource": "invoker" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Share a cloud flow", run-only permissions,
    ///   <https://learn.microsoft.com/power-automate/create-team-flows>
    /// - OWASP Top 10 Low-Code/No-Code: "Account Impersonation"
    static RULE = {
        id: "privileged-connection-on-user-trigger",
        summary: "whoever may start the flow acts with a powerful connection of its own",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

/// Connectors that do with Azure what its portal does.
const AZURE_MANAGEMENT: [&str; 3] = ["shared_arm", "shared_azureautomation", "shared_azurevm"];
/// Tables of Dataverse that say who may do what, by set and by logical name.
const SECURITY_TABLES: [&str; 10] = [
    "systemusers",
    "systemuser",
    "roles",
    "role",
    "teams",
    "team",
    "fieldsecurityprofiles",
    "fieldsecurityprofile",
    "businessunits",
    "businessunit",
];

/// What is powerful about an operation.
struct Power {
    /// Whether it is so wherever people start it, and not only for those who look closely.
    grave: bool,
    /// The rest of a sentence that begins with the step.
    what: &'static str,
}

fn power(operation: &OperationSummary) -> Option<Power> {
    let connector = &*operation.connector;
    let judged = effects::of(operation).effects;
    let some = |grave: bool, what| Some(Power { grave, what });
    if connectors::manages(connector) {
        return if judged.changes() {
            some(true, "changes the platform or the directory")
        } else {
            some(false, "looks at the platform or the directory")
        };
    }
    match connector {
        "shared_office365groups" if judged.has(Effect::Admin) || judged.has(Effect::Delete) => {
            return some(true, "changes groups and who belongs to them");
        }
        "shared_webcontents" | "shared_webcontentsv2" => {
            return some(
                judged.is_empty() || judged.changes(),
                "sends a request of its own making",
            );
        }
        "shared_keyvault" => return some(false, "reads from a key vault"),
        _ if AZURE_MANAGEMENT.contains(&connector) && judged.changes() => {
            return some(true, "changes or runs Azure resources");
        }
        _ => {}
    }
    let family = connectors::find(connector).and_then(|connector| connector.family);
    match family {
        Some(Family::Sql) if operation.id.to_ascii_lowercase().contains("nativequery") => some(true, "runs SQL text"),
        Some(Family::Sql) if judged.changes() => some(false, "changes a database"),
        Some(Family::Dataverse) if judged.changes() => {
            let table = operation.table().unwrap_or_default().to_ascii_lowercase();
            if SECURITY_TABLES.contains(&table.as_str()) {
                some(true, "changes users, teams or roles of Dataverse")
            } else {
                some(false, "writes to Dataverse")
            }
        }
        _ => None,
    }
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let mut called: Option<FxHashSet<Guid>> = None;
    for (file, flow) in context.flows() {
        let Some(starter) = starter(flow).filter(|by| by.is_person() || *by == Starter::Request) else {
            continue;
        };
        // Only then it is worth looking who else calls the flow.
        let mut found = of_flow(context, file, flow, starter);
        if found.is_empty() {
            continue;
        }
        if matches!(starter, Starter::Button | Starter::App) {
            let called = called.get_or_insert_with(|| only_called_by_flows(context));
            if flow.id.is_some_and(|id| called.contains(&id)) {
                continue;
            }
        }
        findings.found.append(&mut found);
    }
}

/// Flows that flows of the solution call, and no app or agent of the workspace.
fn only_called_by_flows(context: &SolutionContext<'_>) -> FxHashSet<Guid> {
    let calls = context.flows().flat_map(|(_, flow)| &flow.child_calls);
    let mut called: FxHashSet<Guid> = calls.filter_map(|call| call.id).collect();
    for (_, file) in context.workspace.files() {
        if let Facts::Caller(caller) = &file.facts {
            for mention in &caller.mentions {
                if let Component::Flow(id) = &mention.component {
                    called.remove(id);
                }
            }
        }
    }
    called
}

fn of_flow(context: &SolutionContext<'_>, file: FileId, flow: &FlowSummary, starter: Starter) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, key) in flow.connections.iter().enumerate() {
        if key.legacy || key.is_invoker() {
            continue;
        }
        let powers = flow
            .operations
            .iter()
            .filter(|operation| operation.connection.is_some_and(|own| own as usize == index))
            .filter_map(|operation| Some((operation, power(operation)?)));
        // The first of the graver ones.
        let Some((operation, power)) = powers.min_by_key(|(_, power)| !power.grave) else {
            continue;
        };
        let who = match starter {
            Starter::Button => "Whoever may press the button of",
            Starter::App => "Whoever uses an app that calls",
            Starter::Agent => "Whoever talks to the agent that calls",
            Starter::Selection => "Whoever may run, for something selected,",
            _ => "Whoever may send requests to",
        };
        let advice = if starter.is_person() {
            "Use the connection of the person who runs it, or check first who asks and whether they may."
        } else {
            "Check first who asks and whether they may, and keep the account small."
        };
        let message = format!(
            "{who} `{}` acts with its own connection to {}: step `{}` {}. {advice}",
            context.workspace.flow_name(file),
            connectors::title(&operation.connector),
            operation.action.replace('_', " "),
            power.what
        );
        let source = key.runtime_source.as_ref();
        let place = source.map_or(key.key.span, |source| source.span);
        let mut finding = Finding::new(&RULE, file, place, key.key.value.as_str(), message);
        if let Some(source) = source.filter(|_| starter.is_person()) {
            let edit = WorkspaceEdit::replace(file, source.span, "invoker");
            finding = finding.fix("Use the connection of the person who runs the flow", false, edit);
        }
        if !power.grave {
            finding = finding.severity(Severity::Info).from_profile(Profile::Strict);
        }
        found.push(finding);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, FLOW_ID, Sample};

    fn flow(kind: &str, connector: &str, id: &str, parameters: &str) -> Sample {
        Sample::new(
            &format!(
                r#""connectionReferences":{{"k":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"con_It"}},"api":{{"name":"{connector}"}}}}}},"definition":{{"triggers":{{"t":{{"type":"Request","kind":"{kind}","inputs":{{"schema":{{}}}}}}}},"actions":{{"S":{{"type":"Scope","actions":{{"Do_it":{{"type":"OpenApiConnection","runAfter":{{}},"inputs":{{"host":{{"connectionName":"k","operationId":"{id}"}},"parameters":{{{parameters}}}}}}}}}}}}}}}"#
            ),
            &[("con_It", connector)],
        )
    }

    fn severities(sample: &Sample) -> Vec<Severity> {
        sample.of(RULE.id).iter().map(|found| found.finding.severity).collect()
    }

    #[test]
    fn powerful_operations_are_warnings() {
        for (connector, id, parameters) in [
            ("shared_azuread", "CreateUser", ""),
            ("shared_powerplatformforadmins", "Remove-AdminEnvironment", ""),
            ("shared_office365groups", "AddMemberToGroup", ""),
            ("shared_webcontents", "InvokeHttp", r#""request/method":"POST""#),
            (
                "shared_webcontentsv2",
                "InvokeHttp",
                r#""request/method":"@triggerBody()['m']""#,
            ),
            ("shared_sql", "ExecutePassThroughNativeQuery_V2", ""),
            ("shared_azureautomation", "CreateJob", ""),
            (
                "shared_commondataserviceforapps",
                "UpdateRecord",
                r#""entityName":"systemusers","recordId":"1""#,
            ),
        ] {
            for kind in ["Button", "PowerApp", "PowerAppV2", "Skills", "ApiConnection", "Http"] {
                let sample = flow(kind, connector, id, parameters);
                assert_eq!(severities(&sample), [Severity::Warning], "{kind} {connector}");
                assert_eq!(sample.marked(RULE.id), ["embedded"]);
                assert_eq!(sample.assert_fixes(RULE.id), usize::from(kind != "Http"));
            }
        }
        let message = &flow("Button", "shared_azuread", "CreateUser", "").of(RULE.id)[0]
            .finding
            .message
            .clone();
        assert!(message.contains("button of `Main flow`") && message.contains("step `Do it` changes the platform"));
    }

    #[test]
    fn usual_power_is_for_the_strict() {
        for (connector, id, parameters) in [
            ("shared_powerplatformforadmins", "Get-AdminEnvironment", ""),
            ("shared_webcontents", "InvokeHttp", r#""request/method":"GET""#),
            ("shared_sql", "PatchItem_V2", ""),
            ("shared_sql", "ExecuteProcedure_V2", ""),
            (
                "shared_commondataserviceforapps",
                "CreateRecord",
                r#""entityName":"accounts""#,
            ),
            ("shared_keyvault", "GetSecret", ""),
        ] {
            let sample = flow("Button", connector, id, parameters);
            assert_eq!(severities(&sample), [Severity::Info], "{connector} {id}");
            assert!(sample.profile(Profile::Recommended).marked(RULE.id).is_empty());
        }
    }

    #[test]
    fn usual_work_other_triggers_and_own_connections_are_fine() {
        for (connector, id) in [
            ("shared_sharepointonline", "PostItem"),
            ("shared_office365", "SendEmailV2"),
            ("shared_commondataserviceforapps", "ListRecords"),
            ("shared_sql", "GetItems_V2"),
            ("shared_office365users", "UserProfile_V2"),
        ] {
            assert!(
                severities(&flow("Button", connector, id, "")).is_empty(),
                "{connector} {id}"
            );
        }
        let admin = || flow("Button", "shared_azuread", "CreateUser", "");
        assert!(admin().replace(FLOW, "embedded", "invoker").marked(RULE.id).is_empty());
        let clock = admin().replace(FLOW, r#""type":"Request","kind":"Button""#, r#""type":"Recurrence""#);
        assert!(clock.marked(RULE.id).is_empty());
        let unused = admin().replace(FLOW, r#""connectionName":"k""#, r#""connectionName":"other""#);
        assert!(unused.marked(RULE.id).is_empty());
    }

    #[test]
    fn children_are_their_callers_business_unless_an_app_calls_them_too() {
        let parent = format!(
            r#"{{"properties":{{"connectionReferences":{{}},"definition":{{"triggers":{{}},"actions":{{"Run":{{"type":"Workflow","inputs":{{"host":{{"workflowReferenceName":"{FLOW_ID}"}}}}}}}}}}}}}}"#
        );
        let child = flow("Button", "shared_azuread", "CreateUser", "")
            .with("/s/Workflows/Parent-66666666-2222-3333-4444-555555555555.json", parent);
        assert!(child.marked(RULE.id).is_empty());
        let app = child.with(
            "/s/CanvasApps/con_app.meta.xml",
            format!(r#"<CanvasApp>{{"parameterHints":{{"workflowEntityId":{{"value":"{FLOW_ID}"}}}}}}</CanvasApp>"#),
        );
        assert_eq!(app.marked(RULE.id), ["embedded"]);
    }
}
