//! A flow's file, its metadata and the manifest do not agree on whether it belongs to the solution.

use edits::WorkspaceEdit;
use edits::components;
use model::files::name_of;
use model::manifest::Manifest;
use model::workflow_metadata::{CLOUD_FLOW, WorkflowMetadata};
use model::workspace::in_solution;
use model::{FileId, Guid, Layout, Profile};

use crate::absence::has_workflow_file;
use crate::context::SolutionContext;
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// Three things make a flow part of a solution: its definition in `Workflows/`, its metadata (a `.data.xml` file
    /// beside it; in unpacked zips an entry of `customizations.xml`) and a root component of type 29 in the manifest.
    /// The rule finds
    ///
    /// - a flow without metadata, or without a root component,
    /// - metadata whose definition is missing,
    /// - a root component of type 29 of which there is no file.
    ///
    /// # Why it matters
    ///
    /// The packager takes what manifest and metadata name. A flow that they do not name is left out without a word, so
    /// the fix that was reviewed and merged never reaches production; one whose file is missing stops the build.
    ///
    /// # How to fix
    ///
    /// Unpack the solution again from an export that has the flow, or remove the leftovers of a flow that is meant to be
    /// gone. The fixes add the missing root component or metadata; metadata that they write keeps the flow switched off
    /// until somebody decides otherwise.
    ///
    /// # Example
    ///
    /// `Workflows/Notify-0A8B1C2D-0000-0000-0000-000000000001.json` with this manifest:
    ///
    /// ```xml
    /// <RootComponents />
    /// ```
    ///
    /// ```xml
    /// <RootComponents>
    ///   <RootComponent type="29" id="{0a8b1c2d-0000-0000-0000-000000000001}" behavior="0" />
    /// </RootComponents>
    /// ```
    ///
    /// # References
    ///
    /// - [SolutionPackager tool](https://learn.microsoft.com/power-platform/alm/solution-packager-tool)
    static RULE = {
        id: "flow-not-in-solution",
        summary: "a flow's file, metadata and root component do not all exist",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    if !workspace.is_complete(context.id) {
        return;
    }
    let Some(file) = context.solution.manifest else { return };
    let Some(manifest) = workspace.file(file).facts.manifest() else {
        return;
    };
    for flow in &context.solution.flows {
        findings.found.extend(left_out(context, manifest, file, *flow));
    }
    if leaves_files_out(context) {
        return;
    }
    for component in manifest
        .root_components
        .iter()
        .filter(|c| c.kind == model::manifest::WORKFLOW_COMPONENT)
    {
        let Some(id) = component.id.filter(|id| !has_workflow_file(context, *id)) else {
            continue;
        };
        let solution = workspace.solution_name(context.id);
        let message = format!(
            "The manifest of `{solution}` lists the flow or process `{id}`, of which there is no file, so the solution cannot be packed. Bring its files back, or remove this root component."
        );
        findings.push(Finding::new(&RULE, file, component.span, id.to_string(), message));
    }
    let own = context
        .solution
        .metadata
        .iter()
        .filter_map(|id| Some((*id, workspace.file(*id).facts.workflow()?)));
    let inline = context
        .solution
        .customizations
        .and_then(|id| Some((id, workspace.file(id).facts.customizations()?)));
    let inline = inline
        .into_iter()
        .flat_map(|(id, facts)| facts.workflows.iter().map(move |metadata| (id, metadata)));
    findings.found.extend(
        own.chain(inline)
            .filter_map(|(file, metadata)| without_definition(context, file, metadata)),
    );
}

/// A flow that manifest or metadata leave out.
fn left_out(
    context: &SolutionContext<'_>,
    manifest: &Manifest,
    manifest_file: FileId,
    flow: FileId,
) -> Option<Finding> {
    let workspace = context.workspace;
    let file = workspace.file(flow);
    let metadata = workspace.metadata_of(flow).map(|(_, metadata)| metadata);
    let id = metadata
        .and_then(|m| m.id.as_ref())
        .map(|id| id.value)
        .or(file.facts.flow()?.id);
    // Damaged metadata is there all the same, and may be of any flow.
    let unsure = || {
        context
            .solution
            .metadata
            .iter()
            .any(|id| workspace.file(*id).facts.workflow().is_none_or(|m| m.id.is_none()))
    };
    let described = metadata.is_some() || unsure();
    let listed = match id {
        Some(id) => manifest.workflow_component(id).is_some(),
        None => described,
    };
    if described && listed {
        return None;
    }
    let name = workspace.flow_name(flow);
    let solution = workspace.solution_name(context.id);
    let place = match context.solution.layout {
        Layout::Classic => "`.data.xml` file",
        Layout::Raw => "entry in `customizations.xml`",
    };
    let lacks = match (described, listed) {
        (false, false) => format!("no {place} and no root component"),
        (false, true) => format!("no {place}"),
        _ => "no root component".to_owned(),
    };
    let message = format!(
        "Flow `{name}` has {lacks} in solution `{solution}`, so the packager leaves it out or stops. Add what is missing, or remove the flow's file."
    );
    let finding = Finding::new(&RULE, flow, START, name, message);
    let said = format!("the manifest of solution `{solution}`");
    let finding = finding.related(
        manifest_file,
        manifest.unique_name.as_ref().map_or(START, |name| name.span),
        said,
    );
    match id.and_then(|id| add(context, flow, id, described, listed)) {
        Some((title, edit)) => Some(finding.fix(title, false, edit)),
        None => Some(finding),
    }
}

fn add(
    context: &SolutionContext<'_>,
    flow: FileId,
    id: Guid,
    described: bool,
    listed: bool,
) -> Option<(String, WorkspaceEdit)> {
    let mut edit = WorkspaceEdit::default();
    if !listed {
        edit.extend(components::add_flow_component(context.workspace, context.id, id)?);
    }
    if !described {
        if context.solution.layout == Layout::Raw {
            return None;
        }
        edit.extend(components::add_flow_metadata(context.workspace, context.id, flow, id)?);
    }
    let solution = context.workspace.solution_name(context.id);
    let title = match (described, listed) {
        (true, _) => format!("Add the flow to the root components of solution `{solution}`"),
        (false, true) => "Create the flow's `.data.xml` file, with the flow switched off".to_owned(),
        (false, false) => format!("Add the flow to solution `{solution}`, switched off"),
    };
    Some((title, edit))
}

/// Metadata of a cloud flow whose definition is not there.
fn without_definition(context: &SolutionContext<'_>, file: FileId, metadata: &WorkflowMetadata) -> Option<Finding> {
    let workspace = context.workspace;
    let definition = metadata.json_file_name.as_ref().filter(|name| !name.value.is_empty())?;
    if metadata.category != Some(CLOUD_FLOW) || !metadata.complete {
        return None;
    }
    let beside = || {
        workspace
            .file(file)
            .path
            .strip_suffix(".data.xml")
            .is_some_and(|path| workspace.id(path).is_some())
    };
    let named = || {
        workspace
            .id(&in_solution(context.solution, definition.value.trim_start_matches('/')))
            .is_some()
    };
    // Folders and names differ in case between exports, and copies are renamed; the id stays.
    let known = || {
        let id = metadata.id.as_ref().map(|id| id.value);
        let wanted = name_of(&definition.value);
        workspace.files().any(|(_, other)| {
            other.solution == Some(context.id)
                && (name_of(&other.path).eq_ignore_ascii_case(wanted)
                    || id.is_some() && Guid::from_flow_file(name_of(&other.path)) == id)
        })
    };
    if beside() || named() || known() {
        return None;
    }
    let name = metadata
        .name
        .as_ref()
        .map_or(name_of(&definition.value), |name| name.value.as_str());
    let message = format!(
        "The definition of flow `{name}` is missing: there is no `{}`, so the solution cannot be packed. Bring the file back, or remove the flow's metadata and root component.",
        definition.value.trim_start_matches('/')
    );
    Some(Finding::new(&RULE, file, definition.span, name, message))
}

/// Whether the configuration may leave files of `Workflows/` out: then none of them can be called missing.
fn leaves_files_out(context: &SolutionContext<'_>) -> bool {
    let workspace = context.workspace;
    let configuration = context
        .solution
        .manifest
        .and_then(|id| workspace.configuration_of(&workspace.file(id).path));
    configuration
        .into_iter()
        .flat_map(|(_, configuration)| &configuration.exclude)
        .any(|exclude| {
            let pattern = exclude
                .value
                .trim_end_matches(['/', '*'])
                .trim_start_matches("**/")
                .to_ascii_lowercase();
            pattern.contains(['*', '?', '[', '{']) || pattern.contains("workflows") || pattern.contains('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, FLOW_ID, MANIFEST, Sample};

    const COMPONENT: &str = r#"<RootComponent type="29" id="{11111111-2222-3333-4444-555555555555}" behavior="0" />"#;
    const OTHER: &str = "0a8b1c2d-0000-0000-0000-00000000000f";

    fn metadata() -> String {
        format!("{FLOW}.data.xml")
    }

    fn two_components() -> String {
        format!("{COMPONENT}\n      <RootComponent type=\"29\" id=\"{{{OTHER}}}\" behavior=\"0\" />")
    }

    /// The sample as an unpacked zip.
    fn raw() -> Sample {
        let classic = Sample::actions("");
        let manifest = classic.files[MANIFEST].clone();
        let workflow = classic.files[&metadata()].clone();
        let customizations =
            classic.files[CUSTOMIZATIONS].replace("<Workflows />", &format!("<Workflows>{workflow}</Workflows>"));
        let (classic, metadata) = (classic.without(MANIFEST).without(CUSTOMIZATIONS), metadata());
        classic
            .without(&metadata)
            .with("/s/solution.xml", manifest)
            .with("/s/customizations.xml", customizations)
    }

    #[test]
    fn whole_solutions_are_fine() {
        assert_eq!(Sample::actions("").marked(RULE.id), [""; 0]);
        assert_eq!(raw().marked(RULE.id), [""; 0]);
        let upper = Sample::actions("").replace(&metadata(), FLOW_ID, &FLOW_ID.to_uppercase());
        assert_eq!(upper.marked(RULE.id), [""; 0]);
    }

    #[test]
    fn a_flow_needs_a_root_component() {
        let bad = Sample::actions("").replace(MANIFEST, COMPONENT, "");
        let found = bad.of(RULE.id);
        assert_eq!(
            (found.len(), found[0].path.as_str(), found[0].finding.severity),
            (1, FLOW, Severity::Error)
        );
        assert!(
            found[0]
                .finding
                .message
                .starts_with("Flow `Main flow` has no root component in solution `Sample`")
        );
        assert_eq!(bad.assert_fixes(RULE.id), 1);
        assert_eq!(raw().replace("/s/solution.xml", COMPONENT, "").assert_fixes(RULE.id), 1);
    }

    #[test]
    fn a_flow_needs_metadata() {
        let bad = Sample::actions("").without(&metadata());
        assert!(
            bad.of(RULE.id)[0]
                .finding
                .message
                .contains("has no `.data.xml` file in")
        );
        assert_eq!((bad.of(RULE.id).len(), bad.assert_fixes(RULE.id)), (1, 1));
        let both = bad.replace(MANIFEST, COMPONENT, "");
        assert_eq!((both.of(RULE.id).len(), both.assert_fixes(RULE.id)), (1, 1));
        let nameless = both.files[FLOW].clone();
        let nameless = Sample::actions("")
            .with("/s/Workflows/Draft.json", nameless)
            .of(RULE.id);
        assert_eq!((nameless.len(), nameless[0].finding.fixes.len()), (1, 0));
        let inline = raw().replace(
            "/s/customizations.xml",
            &format!("{{{FLOW_ID}}}"),
            &format!("{{{OTHER}}}"),
        );
        assert!(
            inline
                .of(RULE.id)
                .iter()
                .any(|found| found.finding.message.contains("no entry in `customizations.xml`"))
        );
    }

    #[test]
    fn a_root_component_needs_a_file() {
        let bad = Sample::actions("").replace(MANIFEST, COMPONENT, &two_components());
        let found = bad.of(RULE.id);
        assert_eq!((found.len(), found[0].path.as_str()), (1, MANIFEST));
        assert!(found[0].marked.starts_with("<RootComponent") && found[0].marked.contains(OTHER));
        let process = format!("<Workflow WorkflowId=\"{{{OTHER}}}\"><Category>0</Category></Workflow>");
        assert_eq!(
            bad.clone()
                .with("/s/Workflows/Old.xaml.data.xml", process)
                .marked(RULE.id),
            [""; 0]
        );
        let desktop = format!("/s/Workflows/Robot-{OTHER}.json");
        assert_eq!(
            bad.clone()
                .with(&desktop, r#"{"properties":{"definition":{"package":""}}}"#)
                .marked(RULE.id),
            [""; 0]
        );
        assert_eq!(bad.clone().with(&desktop, "{ broken").marked(RULE.id), [""; 0]);
        for (exclude, findings) in [("Workflows/Old*", 0), ("**/*.xaml.data.xml", 0), ("archive/**", 1)] {
            let configured = bad
                .clone()
                .with("/s/flowsentry.jsonc", format!("{{\"exclude\":[\"{exclude}\"]}}"));
            assert_eq!(configured.of(RULE.id).len(), findings, "{exclude}");
        }
    }

    #[test]
    fn metadata_needs_its_definition() {
        let bad = Sample::actions("").without(FLOW);
        let found = bad.of(RULE.id);
        assert_eq!(
            (found.len(), found[0].path.clone(), found[0].marked.as_str()),
            (1, metadata(), &FLOW[2..])
        );
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The definition of flow `Main flow` is missing")
        );
        assert_eq!(bad.clone().replace(&metadata(), ">5<", ">6<").marked(RULE.id), [""; 0]);
        let flow = Sample::actions("").files[FLOW].clone();
        let renamed = bad.with(&format!("/s/workflows/Other-{FLOW_ID}.json"), flow);
        assert_eq!(renamed.marked(RULE.id), [""; 0]);
        assert_eq!(raw().without(FLOW).of(RULE.id)[0].path, "/s/customizations.xml");
    }

    #[test]
    fn incomplete_files_are_silent() {
        let bad = Sample::actions("")
            .without(&metadata())
            .replace(MANIFEST, COMPONENT, &two_components());
        assert_eq!(bad.of(RULE.id).len(), 2);
        assert_eq!(
            bad.clone()
                .replace(MANIFEST, "<Managed>", "<Manag<ed>")
                .of(RULE.id)
                .len(),
            0
        );
        assert_eq!(
            bad.clone()
                .replace(CUSTOMIZATIONS, "<Workflows />", "<Workflows")
                .of(RULE.id)
                .len(),
            0
        );
        let damaged = Sample::actions("").with(&metadata(), "<Work");
        assert_eq!(damaged.of(RULE.id).len(), 0);
    }
}
