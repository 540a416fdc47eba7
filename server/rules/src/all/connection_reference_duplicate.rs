//! A solution has several connection references to one connector, and nothing says why.

use analysis::connectors;
use analysis::identity::Holding;
use edits::Recipe;
use model::configuration::Assignment;
use model::{ConnectionReference, Profile, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use crate::context::WorkspaceContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// Several connection references to the same connector in one solution which nothing tells apart: not the identity plan (an
    /// account, an activity or a purpose of their own), not the accounts behind them, not descriptions that differ.
    ///
    /// # Why it matters
    ///
    /// Each reference has to be given a connection in each environment, consented to and renewed. Two that mean the same are
    /// twice the work and get different accounts by mistake. One registration for each connection is the other extreme to one
    /// account for everything.
    ///
    /// # How to fix
    ///
    /// Keep one and use it everywhere; the fix merges two, in flows, customizations and settings. Where both are meant, because
    /// they run as different accounts, say so: in their descriptions, or under `references` in `flowsentry.jsonc`.
    ///
    /// # Example
    ///
    /// Right, though the connector is the same:
    ///
    /// ```jsonc
    /// "references": [
    ///   { "match": "con_DataverseSync", "activity": "sync" },
    ///   { "match": "con_DataverseAudit", "activity": "audit" }
    /// ]
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use a connection reference in a solution",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference>
    static RULE = {
        id: "connection-reference-duplicate",
        summary: "a solution has several connection references to one connector without a difference",
        category: Category::Identity,
        severity: Severity::Info,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Workspace(check)],
    };
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, solution) in workspace.solutions() {
        let Some(file) = solution.customizations else { continue };
        let mut by_connector: FxHashMap<String, Vec<&ConnectionReference>> = FxHashMap::default();
        for reference in workspace.references(id) {
            let connector = reference.connector().unwrap_or_default().to_ascii_lowercase();
            if !connector.is_empty() {
                by_connector.entry(connector).or_default().push(reference);
            }
        }
        let mut groups: Vec<_> = by_connector.into_iter().filter(|(_, all)| all.len() > 1).collect();
        groups.sort_by(|a, b| a.0.cmp(&b.0));
        for (connector, all) in groups {
            let marks: Vec<Mark> = all.iter().map(|reference| Mark::of(context, id, reference)).collect();
            for (at, reference) in all.iter().enumerate() {
                // Each is compared with the best of those that say the same of themselves.
                let alike = (0..all.len()).filter(|other| marks[*other].is_like(&marks[at]));
                let keep = alike.min_by_key(|other| (is_made_up(all[*other]), *other));
                let Some(keep) = keep.filter(|keep| *keep != at).map(|keep| all[keep]) else {
                    continue;
                };
                let name = &reference.logical_name;
                let message = format!(
                    "{} and {} are both references to {}, and nothing tells what the difference is: each has to be given a connection in each environment. Merge them, or say in description or plan what each is for.",
                    titled(reference.title(), &name.value),
                    titled(keep.title(), &keep.logical_name.value),
                    connectors::title(&connector),
                );
                let finding = Finding::new(&RULE, file, name.span, name.value.as_str(), message);
                let (keep_name, gone) = (keep.logical_name.value.clone(), name.value.clone());
                let title = format!("Merge into `{keep_name}` in every file");
                let recipe = Recipe::MergeReferences {
                    solution: id,
                    keep: keep_name,
                    gone,
                };
                findings.push(
                    finding
                        .related(file, keep.logical_name.span, "the other reference")
                        .recipe(title, recipe),
                );
            }
        }
    }
}

/// Whether a name ends as the designer makes them up, so that the other of two is kept.
fn is_made_up(reference: &ConnectionReference) -> bool {
    let tail = reference.logical_name.value.rsplit('_').next().unwrap_or_default();
    tail.len() == 5 && tail.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What tells a reference apart.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    planned: Option<(Vec<String>, Option<String>, Option<String>)>,
    accounts: Vec<(Option<String>, String)>,
    description: Option<String>,
}

impl Mark {
    fn of(context: &WorkspaceContext<'_>, solution: SolutionId, reference: &ConnectionReference) -> Self {
        let is_it = |holding: &&Holding<'_>| std::ptr::eq(holding.reference, reference);
        let held = context.holdings().all().iter().filter(is_it);
        Self {
            planned: plan_of(context.workspace, solution, reference).map(|plan| {
                let word =
                    |text: &Option<model::Spanned<String>>| text.as_ref().map(|text| text.value.trim().to_lowercase());
                let accounts = plan.accounts.iter().map(|planned| planned.account.value.to_lowercase());
                (
                    accounts.collect(),
                    word(&plan.notes.activity),
                    word(&plan.notes.purpose),
                )
            }),
            accounts: held
                .map(|holding| (holding.environment.clone(), holding.key.clone()))
                .collect(),
            description: reference.description.clone(),
        }
    }

    /// Whether nothing tells two references apart: what only one of them says is no difference that anybody declared.
    fn is_like(&self, other: &Self) -> bool {
        let differ = |a: bool, b: bool, same: bool| a && b && !same;
        !(differ(
            self.planned.is_some(),
            other.planned.is_some(),
            self.planned == other.planned,
        ) || differ(
            !self.accounts.is_empty(),
            !other.accounts.is_empty(),
            self.accounts == other.accounts,
        ) || differ(
            self.description.is_some(),
            other.description.is_some(),
            self.description == other.description,
        ))
    }
}

fn plan_of<'w>(
    workspace: &'w Workspace,
    solution: SolutionId,
    reference: &ConnectionReference,
) -> Option<&'w Assignment> {
    let file = workspace.solution(solution).customizations?;
    let (_, plan) = workspace.configuration_of(&workspace.file(file).path)?;
    plan.reference(&reference.logical_name.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, Sample};

    fn sample() -> Sample {
        let key = |key: &str, name: &str| {
            format!(
                r#""{key}":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"{name}"}},"api":{{"name":"shared_sql"}}}}"#
            )
        };
        let action = |name: &str, key: &str| {
            format!(
                r#""{name}":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"{key}","operationId":"X"}}}},"runAfter":{{}}}}"#
            )
        };
        Sample::new(
            &format!(
                r#""connectionReferences":{{{},{}}},"definition":{{"triggers":{{}},"actions":{{{},{}}}}}"#,
                key("a", "con_Sql_1a2b3"),
                key("b", "con_Sql"),
                action("A", "a"),
                action("B", "b")
            ),
            &[("con_Sql_1a2b3", "shared_sql"), ("con_Sql", "shared_SQL"), ("con_Mail", "shared_office365")],
        )
        .with(
            "/s/settings.json",
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_Sql_1a2b3","ConnectionId":"0a"},{"LogicalName":"con_Sql","ConnectionId":"0b"},{"LogicalName":"con_Mail","ConnectionId":"0c"}]}"#,
        )
    }

    #[test]
    fn two_alike_are_merged_into_the_one_with_a_name() {
        assert_eq!(sample().marked(RULE.id), ["con_Sql_1a2b3"]);
        assert_eq!(sample().assert_fixes(RULE.id), 1);
        let after = sample().apply(&sample().of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files.values().all(|text| !text.contains("1a2b3")));
        assert_eq!(after.files[FLOW].matches("\"con_Sql\"").count(), 2);
        assert_eq!(after.files["/s/settings.json"].matches("con_Sql").count(), 1);
        // An entry that only the one that goes has becomes the other's.
        let alone = sample().replace(
            "/s/settings.json",
            r#",{"LogicalName":"con_Sql","ConnectionId":"0b"}"#,
            "",
        );
        let after = alone.apply(&alone.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files["/s/settings.json"].contains(r#"{"LogicalName":"con_Sql","ConnectionId":"0a"}"#));
    }

    #[test]
    fn agents_and_apps_name_the_other_then() {
        let agents = r#"<botcomponent_connectionreferences><botcomponent_connectionreference botcomponentid.schemaname="con_x" connectionreferenceid.connectionreferencelogicalname="con_Sql_1a2b3" /></botcomponent_connectionreferences>"#;
        let path = "/s/Assets/botcomponent_connectionreferenceset.xml";
        let named = sample().with(path, agents);
        assert_eq!(named.assert_fixes(RULE.id), 1);
        let after = named.apply(&named.of(RULE.id)[0].finding.fixes[0]);
        assert!(
            after.files[path].contains(r#"logicalname="con_Sql""#),
            "{}",
            after.files[path]
        );
    }

    #[test]
    fn what_would_be_left_dangling_refuses_the_merge_with_the_reason() {
        let refused = |sample: Sample| {
            let project = sample.project();
            let file = project.workspace().id(CUSTOMIZATIONS).unwrap();
            let finding = project
                .findings(file)
                .into_iter()
                .find(|finding| finding.rule == RULE.id);
            let edit = finding.unwrap().fixes[0].edit(project.workspace(), &|_| None);
            edit.unwrap_err().0
        };
        // The name of something that lives elsewhere is not the solution's to change.
        let dependency = r#"<MissingDependencies><MissingDependency><Required type="connectionreference" displayName="x" solution="Active" id.connectionreferencelogicalname="con_Sql_1a2b3" /><Dependent type="29" displayName="y" id="{11111111-2222-3333-4444-555555555555}" /></MissingDependency></MissingDependencies>"#;
        let depends = sample().replace(crate::testing::MANIFEST, "<MissingDependencies />", dependency);
        assert_eq!(
            refused(depends),
            "Solution.xml names `con_Sql_1a2b3`, which would then be nowhere."
        );
        let damaged = sample().with(
            "/s/Workflows/B-21111111-2222-3333-4444-555555555555.json",
            r#"{"properties":{"definition":{"actions":{"#,
        );
        assert!(refused(damaged).contains("may name `con_Sql_1a2b3` unseen"));
        let twice = sample().replace(
            "/s/settings.json",
            r#"{"LogicalName":"con_Mail""#,
            r#"{"LogicalName":"con_Sql_1a2b3""#,
        );
        assert!(refused(twice).contains("two connections"));
    }

    #[test]
    fn what_tells_them_apart_is_respected() {
        let planned = sample().with(
            "/s/flowsentry.jsonc",
            r#"{ "references": [{ "match": "con_Sql", "activity": "sync" }, { "match": "con_Sql_1a2b3", "activity": "audit" }] }"#,
        );
        assert!(planned.marked(RULE.id).is_empty());
        let owned = sample()
            .replace(
                "/s/settings.json",
                r#""0a""#,
                r#""0a","ConnectionOwner":"svc-a@contoso.com""#,
            )
            .replace(
                "/s/settings.json",
                r#""0b""#,
                r#""0b","ConnectionOwner":"svc-b@contoso.com""#,
            );
        assert!(owned.marked(RULE.id).is_empty());
        let described = |a: &str, b: &str| {
            sample()
                .replace(
                    CUSTOMIZATIONS,
                    "shared_sql</connectorid>",
                    &format!("shared_sql</connectorid><description>{a}</description>"),
                )
                .replace(
                    CUSTOMIZATIONS,
                    "shared_SQL</connectorid>",
                    &format!("shared_SQL</connectorid><description>{b}</description>"),
                )
        };
        assert!(described("orders", "audit").marked(RULE.id).is_empty());
        assert_eq!(described("orders", "orders").marked(RULE.id).len(), 1);
    }

    #[test]
    fn raw_roots_are_merged_too() {
        let raw = sample().raw();
        assert_eq!(raw.marked(RULE.id), ["con_Sql_1a2b3"]);
        assert_eq!(raw.assert_fixes(RULE.id), 1);
        let after = raw.apply(&raw.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files.values().all(|text| !text.contains("1a2b3")));
        assert!(after.files["/s/customizations.xml"].contains("<Workflow WorkflowId="));
    }

    #[test]
    fn steps_of_the_older_kind_keep_their_keys() {
        let older = r#""type":"ApiConnection","inputs":{"host":{"connection":{"name":"@parameters('$connections')['a']['connectionId']"}},"method":"get","path":"/x"}"#;
        let newer = r#""type":"OpenApiConnection","inputs":{"host":{"connectionName":"a","operationId":"X"}}"#;
        let mixed = sample().replace(FLOW, newer, older);
        assert_eq!(mixed.assert_fixes(RULE.id), 1);
        let after = mixed.apply(&mixed.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files[FLOW].contains(older), "the step names the key, which stays");
        assert_eq!(
            after.files[FLOW]
                .matches(r#""connectionReferenceLogicalName":"con_Sql""#)
                .count(),
            2
        );
    }

    #[test]
    fn canvas_apps_name_the_other_then() {
        let app = r#"<CanvasApp><Name>con_app</Name><ConnectionReferences>{"a":{"id":"/providers/microsoft.powerapps/apis/shared_sql","xrmConnectionReferenceLogicalName":"con_Sql_1a2b3"}}</ConnectionReferences></CanvasApp>"#;
        let path = "/s/CanvasApps/con_app.meta.xml";
        let named = sample().with(path, app);
        assert_eq!(named.assert_fixes(RULE.id), 1);
        let after = named.apply(&named.of(RULE.id)[0].finding.fixes[0]);
        assert_eq!(after.files[path], app.replace("con_Sql_1a2b3", "con_Sql"));
    }

    #[test]
    fn line_ends_are_kept_in_every_file() {
        let mut windows = sample();
        for text in windows.files.values_mut() {
            *text = text.replace("},", "},\n  ").replace('\n', "\r\n");
        }
        let after = windows.apply(&windows.of(RULE.id)[0].finding.fixes[0]);
        for (path, text) in &after.files {
            let (all, whole) = (text.matches('\n').count(), text.matches("\r\n").count());
            assert_eq!(all, whole, "{path} has one kind of line ends");
        }
        assert_eq!(windows.assert_fixes(RULE.id), 1);
    }
}
