//! A connection reference that nothing uses.

use edits::Recipe;
use model::manifest::RequiredComponent;
use model::{Component, Facts, FileKind, Layout, Profile, ReadAs};
use rustc_hash::FxHashSet;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::titled;

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference that no flow, no app and no agent of the workspace names, and no manifest requires. Nothing is
    /// reported where a flow of the solution cannot be read completely, where an app of its manifest is not among the files,
    /// where the solution has desktop flows, which may use references unseen, or no cloud flows at all; and nothing of references
    /// to a connector of which an app has a connection without naming a reference, since it may mean this one.
    ///
    /// # Why it matters
    ///
    /// The import asks for a connection for it all the same: standing access that nobody needs, one more account to rotate, and one
    /// more entry in each settings file.
    ///
    /// # How to fix
    ///
    /// Remove it from the solution and from the settings; the fix does both. Keep it where a component outside this
    /// workspace uses it, and switch the rule off for that folder.
    ///
    /// # Example
    ///
    /// ```xml
    /// <connectionreference connectionreferencelogicalname="con_NoLongerUsed">
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Use a connection reference in a solution",
    ///   <https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference>
    static RULE = {
        id: "connection-reference-unused",
        summary: "nothing uses a connection reference of the solution",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

/// Type of canvas apps among root components.
const CANVAS_APP: &str = "300";
/// Category of desktop flows.
const DESKTOP: u32 = 6;

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let Some(file) = context.solution.customizations else {
        return;
    };
    if !workspace.is_complete(context.id) {
        return;
    }
    let mut used: FxHashSet<String> = FxHashSet::default();
    let mut flows = 0;
    for (_, flow) in context.flows() {
        if !flow.complete {
            return;
        }
        flows += 1;
        used.extend(flow.reference_names().map(str::to_lowercase));
    }
    let unused = |used: &FxHashSet<String>| -> bool {
        let mut references = workspace.references(context.id);
        references.any(|reference| !used.contains(&reference.logical_name.value.to_lowercase()))
    };
    // What others use is looked for only where the solution's own flows leave something over.
    if flows == 0 || !unused(&used) || !others(context, &mut used) {
        return;
    }
    // An app that has a connection without a reference may mean the one that is here for its connector.
    let unnamed: Vec<&str> = workspace
        .files()
        .filter(|(_, file)| file.solution == Some(context.id))
        .filter_map(|(_, file)| match &file.facts {
            Facts::Caller(caller) => Some(&caller.unnamed),
            _ => None,
        })
        .flatten()
        .map(String::as_str)
        .collect();
    for reference in workspace.references(context.id) {
        let name = &reference.logical_name;
        if used.contains(&name.value.to_lowercase()) {
            continue;
        }
        let connector = reference.connector().unwrap_or_default().to_lowercase();
        if unnamed.contains(&connector.as_str()) {
            continue;
        }
        let message = format!(
            "No flow, app or agent here uses the connection reference {}, and each import asks for a connection for it: access that nobody needs. Remove it.",
            titled(reference.title(), &name.value)
        );
        let recipe = Recipe::RemoveReference {
            solution: context.id,
            name: name.value.clone(),
        };
        let finding = Finding::new(&RULE, file, name.span, name.value.as_str(), message);
        findings.push(finding.recipe("Remove it, with its entries in settings", recipe));
    }
}

/// Adds what other files use; says by `false` that something cannot be seen.
fn others(context: &SolutionContext<'_>, used: &mut FxHashSet<String>) -> bool {
    let workspace = context.workspace;
    let inline = context
        .solution
        .customizations
        .and_then(|file| workspace.file(file).facts.customizations());
    if apps_out_of_sight(context) {
        return false;
    }
    let inline_desktop = inline.is_some_and(|facts| facts.workflows.iter().any(|w| w.category == Some(DESKTOP)));
    if inline_desktop {
        return false;
    }
    // A copy of the solution, such as an archived one or the managed one, has references of its own.
    let name = workspace.solution_name(context.id);
    let is_copy = |id| id != context.id && workspace.solution_name(id).eq_ignore_ascii_case(name);
    for (_, file) in workspace
        .files()
        .filter(|(_, file)| !file.solution.is_some_and(is_copy))
    {
        let mine = file.solution == Some(context.id);
        match &file.facts {
            Facts::Flow(flow) => used.extend(flow.reference_names().map(str::to_lowercase)),
            Facts::Caller(caller) => {
                used.extend(caller.mentions.iter().filter_map(|mention| match &mention.component {
                    Component::ConnectionReference(name) => Some(name.to_lowercase()),
                    _ => None,
                }));
            }
            Facts::Manifest(manifest) => required(manifest, used),
            Facts::Workflow(metadata) if mine && metadata.category == Some(DESKTOP) => return false,
            // A JSON file among the flows that is none, or a file that cannot be read, may use anything.
            Facts::Other | Facts::Unreadable(_) if mine && hides_uses(file) => return false,
            _ => {}
        }
    }
    true
}

/// Whether the manifest names a canvas app whose description is neither a file nor part of the customizations.
fn apps_out_of_sight(context: &SolutionContext<'_>) -> bool {
    let workspace = context.workspace;
    let manifest = context
        .solution
        .manifest
        .and_then(|file| workspace.file(file).facts.manifest());
    // Customizations of the raw layout describe all apps in one place.
    let mut apps = manifest
        .filter(|_| context.solution.layout == Layout::Classic)
        .into_iter()
        .flat_map(|manifest| &manifest.root_components)
        .filter(|component| component.kind == CANVAS_APP);
    let described = |name: &str| {
        let end = format!("/{name}.meta.xml").to_lowercase();
        workspace.files().any(|(_, file)| {
            file.solution == Some(context.id)
                && file.read_as == ReadAs::Kind(FileKind::Caller)
                && file.path.to_lowercase().ends_with(&end)
        })
    };
    apps.any(|app| app.schema_name.as_deref().is_none_or(|name| !described(name)))
}

fn required(manifest: &model::manifest::Manifest, used: &mut FxHashSet<String>) {
    for dependency in &manifest.missing_dependencies {
        if let RequiredComponent::ConnectionReference(name) = &dependency.required {
            used.insert(name.to_lowercase());
        }
    }
}

/// An app or agent that was read and names nothing hides nothing.
fn hides_uses(file: &model::File) -> bool {
    match file.read_as {
        ReadAs::Kind(FileKind::Flow) => true,
        ReadAs::Kind(FileKind::Caller) => matches!(file.facts, Facts::Unreadable(_)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, MANIFEST, Sample};

    fn sample() -> Sample {
        Sample::new(
            r#""connectionReferences":{"k":{"runtimeSource":"embedded","connection":{"connectionReferenceLogicalName":"CON_used"},"api":{"name":"shared_sql"}}},"definition":{"triggers":{},"actions":{"A":{"type":"OpenApiConnection","inputs":{"host":{"connectionName":"k","operationId":"X"}},"runAfter":{}}}}"#,
            &[("con_Used", "shared_sql"), ("con_Idle", "shared_teams")],
        )
        .with(
            "/s/settings.json",
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_Used","ConnectionId":"0a"},{"LogicalName":"con_Idle","ConnectionId":"0b"}]}"#,
        )
    }

    #[test]
    fn an_idle_reference_is_removed_with_its_entries() {
        assert_eq!(sample().marked(RULE.id), ["con_Idle"]);
        assert_eq!(sample().assert_fixes(RULE.id), 1);
        let after = sample().apply(&sample().of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files.values().all(|text| !text.contains("con_Idle")));
    }

    #[test]
    fn apps_other_solutions_and_manifests_use_references_too() {
        let app = sample().with(
            "/s/CanvasApps/con_app.meta.xml",
            r#"<CanvasApp>{"xrmConnectionReferenceLogicalName":"con_idle"}</CanvasApp>"#,
        );
        assert!(app.marked(RULE.id).is_empty(), "{:?}", app.of(RULE.id));
        // An app of the manifest whose description was not committed may use any.
        let listed = sample().replace(
            MANIFEST,
            "<RootComponents>",
            r#"<RootComponents><RootComponent type="300" schemaName="con_App" behavior="0" />"#,
        );
        assert!(listed.marked(RULE.id).is_empty());
        let seen = listed.with("/s/CanvasApps/con_app.meta.xml", "<CanvasApp></CanvasApp>");
        assert_eq!(seen.marked(RULE.id), ["con_Idle"]);
        // A connection of an app without a reference may be meant to go through the one of its connector.
        let direct = |connector: &str| {
            sample().with(
                "/s/CanvasApps/con_app.meta.xml",
                format!(
                    r#"<CanvasApp><ConnectionReferences>{{"a":{{"id":"/providers/microsoft.powerapps/apis/{connector}","dataSources":["x"]}}}}</ConnectionReferences></CanvasApp>"#
                ),
            )
        };
        assert!(direct("shared_teams").marked(RULE.id).is_empty());
        assert_eq!(direct("shared_office365").marked(RULE.id), ["con_Idle"]);
        let elsewhere = sample().with(
            "/t/Workflows/Other-66666666-2222-3333-4444-555555555555.json",
            r#"{"properties":{"connectionReferences":{"k":{"connection":{"connectionReferenceLogicalName":"con_Idle"},"api":{"name":"shared_teams"}}},"definition":{"triggers":{},"actions":{}}}}"#,
        );
        assert!(elsewhere.marked(RULE.id).is_empty());
        // What an archived copy of the solution uses is the copy's.
        let manifest = |name: &str| {
            format!(
                "<ImportExportXml><SolutionManifest><UniqueName>{name}</UniqueName></SolutionManifest></ImportExportXml>"
            )
        };
        let beside = |name: &str| elsewhere.clone().with("/t/Other/Solution.xml", manifest(name));
        assert_eq!(beside("sample").marked(RULE.id), ["con_Idle"]);
        assert!(beside("Other").marked(RULE.id).is_empty());
    }

    #[test]
    fn silent_where_something_is_not_seen() {
        assert!(sample().replace(FLOW, "}}}", "}}").marked(RULE.id).is_empty());
        let desktop = sample().with(
            "/s/Workflows/Robot-77777777-2222-3333-4444-555555555555.json.data.xml",
            r#"<Workflow WorkflowId="{77777777-2222-3333-4444-555555555555}" Name="Robot"><Category>6</Category></Workflow>"#,
        );
        assert!(desktop.marked(RULE.id).is_empty());
        let other = sample().with(
            "/s/Workflows/Robot-77777777-2222-3333-4444-555555555555.json",
            r#"{"x":1}"#,
        );
        assert!(other.marked(RULE.id).is_empty());
    }
}
