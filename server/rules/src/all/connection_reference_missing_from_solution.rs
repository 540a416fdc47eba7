//! A flow uses a connection reference that its solution does not contain.

use std::borrow::Cow;

use edits::components::{self, NewReference};
use edits::{WorkspaceEdit, naming};
use model::flow::ConnectionKey;
use model::manifest::RequiredComponent;
use model::{ConnectionReference, FileId, Profile, same_name};
use syntax::{TextEdit, json};

use crate::absence::{Elsewhere, elsewhere};
use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow names a connection reference that the customizations of its solution do not declare. Where the reference
    /// is instead decides how bad that is:
    ///
    /// | The reference is … | Severity |
    /// |---|---|
    /// | nowhere to be found | error |
    /// | only in the environment of the export, in no solution there (`MissingDependencies` says `Active`) | error |
    /// | in another solution of this workspace | info |
    /// | in an installed solution that the manifest names as a dependency | info, in the profile `auditor` |
    ///
    /// # Why it matters
    ///
    /// Importing the solution into any other environment fails, or the flow arrives switched off with a connection that
    /// nobody can assign: deployment settings only reach references that the solution contains. It is noticed on the
    /// day of the release, because in the environment where the flow was made the reference is there.
    ///
    /// # How to fix
    ///
    /// Point the flow at a reference of the same connector that the solution has, or add the reference to the solution
    /// and export again. The fix that adds it writes the reference into `Customizations.xml` under the publisher's
    /// prefix and gives it an entry in the settings files of the solution, with a token where the connection's id goes.
    ///
    /// # Example
    ///
    /// The solution declares `con_Outlook` only.
    ///
    /// ```json
    /// "connection": { "connectionReferenceLogicalName": "new_sharedoffice365_1a2b3" }
    /// ```
    ///
    /// ```json
    /// "connection": { "connectionReferenceLogicalName": "con_Outlook" }
    /// ```
    ///
    /// # References
    ///
    /// - [Use a connection reference in a solution](https://learn.microsoft.com/power-apps/maker/data-platform/create-connection-reference)
    /// - [Pre-populate connection references and environment variables](https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools)
    static RULE = {
        id: "connection-reference-missing-from-solution",
        summary: "a flow uses a connection reference that its solution does not contain",
        category: Category::Solution,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Solution(check)],
    };
}

/// At most this many references of the same connector are offered.
const MAX_CANDIDATES: usize = 3;

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    if !context.workspace.is_complete(context.id) {
        return;
    }
    for (file, flow) in context.flows().filter(|(_, flow)| flow.complete) {
        for key in flow.connections.iter().filter(|key| !key.legacy) {
            let Some(name) = &key.logical_name else { continue };
            let owners = context.workspace.solutions_with_reference(&name.value);
            if !owners.contains(&context.id) {
                findings.found.extend(missing(
                    context,
                    file,
                    key,
                    &name.value,
                    name.span,
                    findings.wants(Profile::Auditor),
                ));
            }
        }
    }
}

fn missing(
    context: &SolutionContext<'_>,
    file: FileId,
    key: &ConnectionKey,
    name: &str,
    span: syntax::Span,
    provided: bool,
) -> Option<Finding> {
    let workspace = context.workspace;
    let is_it = |required: &RequiredComponent| matches!(required, RequiredComponent::ConnectionReference(required) if same_name(required, name));
    let owners = workspace.solutions_with_reference(name);
    let place = elsewhere(context, owners.iter().copied(), is_it);
    if matches!(place, Elsewhere::Provided(_)) && !provided {
        return None;
    }
    let flow = workspace.flow_name(file);
    let solution = workspace.solution_name(context.id);
    let connector = key
        .connector
        .as_ref()
        .map(|connector| naming::connector_title(&connector.value));
    let what = match &connector {
        Some(connector) => format!("Flow `{flow}` uses the connection reference `{name}` ({connector})"),
        None => format!("Flow `{flow}` uses the connection reference `{name}`"),
    };
    let message = match place {
        Elsewhere::Nowhere => format!(
            "{what}, which solution `{solution}` does not contain, so its import will fail. Add the reference to the solution, or use one that it has."
        ),
        Elsewhere::Unmanaged => format!(
            "{what}, which is in no solution and exists only in the environment of the export, so the import of `{solution}` elsewhere will fail. Add the reference to the solution, or use one that it has."
        ),
        Elsewhere::Solution(other) => format!(
            "{what} of solution `{}`, which the manifest of `{solution}` does not name as a dependency. Import that solution first, or add the reference to this one.",
            workspace.solution_name(other)
        ),
        Elsewhere::Provided(provider) => {
            format!("{what}, which solution `{provider}` provides. Install that solution before `{solution}`.")
        }
    };
    let mut finding = Finding::new(&RULE, file, span, name, message);
    // Copies of this solution are told of too: one that has the reference shows what was lost.
    for owner in owners.iter().take(MAX_CANDIDATES) {
        let Some(customizations) = workspace.solution(*owner).customizations else {
            continue;
        };
        let Some(declared) = workspace.reference(*owner, name) else {
            continue;
        };
        let said = format!(
            "`{}` is declared here, in solution `{}`",
            declared.title(),
            workspace.solution_name(*owner)
        );
        finding = finding.related(customizations, declared.logical_name.span, said);
    }
    match place {
        Elsewhere::Provided(_) => return Some(finding.severity(Severity::Info).from_profile(Profile::Auditor)),
        Elsewhere::Solution(_) => finding = finding.severity(Severity::Info),
        Elsewhere::Unmanaged | Elsewhere::Nowhere => {}
    }
    let keep_name = matches!(place, Elsewhere::Solution(_));
    Some(with_fixes(context, finding, key, name, keep_name))
}

fn with_fixes(
    context: &SolutionContext<'_>,
    mut finding: Finding,
    key: &ConnectionKey,
    name: &str,
    keep_name: bool,
) -> Finding {
    let (file, span) = (finding.file, finding.span);
    let of_connector: Vec<&ConnectionReference> = references_of(context, key).collect();
    let near = expr::did_you_mean(
        name,
        of_connector
            .iter()
            .map(|reference| reference.logical_name.value.as_str()),
    );
    if let Some(near) = near {
        let edit = WorkspaceEdit::replace(file, span, json::escape(near));
        finding = finding.fix(format!("Rename to `{near}`"), false, edit);
    }
    for reference in of_connector
        .iter()
        .filter(|_| key.connector.is_some())
        .take(MAX_CANDIDATES)
    {
        let candidate = &reference.logical_name.value;
        if Some(candidate.as_str()) == near {
            continue;
        }
        let edit = WorkspaceEdit::replace(file, span, json::escape(candidate));
        finding = finding.fix(format!("Use {} of this solution", titled(reference)), false, edit);
    }
    match add_reference(context, key, name, keep_name) {
        Some((title, edit)) => finding.fix(title, false, edit),
        None => finding,
    }
}

/// The solution's references of a key's connector; all, where the key names no connector.
pub(super) fn references_of<'a>(
    context: &SolutionContext<'a>,
    key: &ConnectionKey,
) -> impl Iterator<Item = &'a ConnectionReference> {
    let connector = key.connector.as_ref().map(|connector| connector.value.as_str());
    let fits = move |reference: &&ConnectionReference| match (connector, reference.connector()) {
        (Some(wanted), Some(has)) => same_name(wanted, has),
        _ => connector.is_none(),
    };
    context.workspace.references(context.id).filter(fits)
}

/// Display name and logical name, where they differ.
pub(super) fn titled(reference: &ConnectionReference) -> Cow<'static, str> {
    let (title, name) = (reference.title(), &reference.logical_name.value);
    if title == name {
        format!("`{name}`").into()
    } else {
        format!("`{title}` (`{name}`)").into()
    }
}

/// Adds the missing reference. Where its name must change, every flow of the solution that uses it changes with it.
fn add_reference(
    context: &SolutionContext<'_>,
    key: &ConnectionKey,
    name: &str,
    keep_name: bool,
) -> Option<(String, WorkspaceEdit)> {
    let workspace = context.workspace;
    let connector = &key.connector.as_ref()?.value;
    let mut new = NewReference::named_for(workspace, context.id, connector, Some(name))?;
    if keep_name {
        name.clone_into(&mut new.logical_name);
    }
    let known = workspace
        .solutions_with_reference(name)
        .first()
        .and_then(|owner| workspace.reference(*owner, name));
    if let Some(display_name) = known.and_then(|reference| reference.display_name.clone()) {
        new.display_name = display_name;
    }
    let mut edit = components::add_connection_reference(workspace, context.id, &new)?;
    if !same_name(&new.logical_name, name) {
        for (file, flow) in context.flows() {
            let uses = flow
                .connections
                .iter()
                .filter(|key| !key.legacy)
                .filter_map(|key| key.logical_name.as_ref());
            for used in uses.filter(|used| same_name(&used.value, name)) {
                edit.push(
                    file,
                    TextEdit {
                        span: used.span,
                        new_text: json::escape(&new.logical_name),
                    },
                );
            }
        }
    }
    let solution = workspace.solution_name(context.id);
    Some((
        format!(
            "Add connection reference `{}` to solution `{solution}`",
            new.logical_name
        ),
        edit,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, FLOW, MANIFEST, Sample};

    fn sample(name: &str, references: &[(&str, &str)]) -> Sample {
        let properties = format!(
            r#""connectionReferences":{{"shared_office365":{{"runtimeSource":"embedded","connection":{{"connectionReferenceLogicalName":"{name}"}},"api":{{"name":"shared_office365"}}}}}},"definition":{{"triggers":{{"t":{{"type":"Request"}}}},"actions":{{"Send":{{"type":"OpenApiConnection","inputs":{{"host":{{"connectionName":"shared_office365"}}}}}}}}}}"#
        );
        Sample::new(&properties, references)
    }

    fn dependency(solution: &str) -> String {
        format!(
            r#"<MissingDependencies><MissingDependency><Required type="connectionreference" solution="{solution}" id.connectionreferencelogicalname="CON_mail" /></MissingDependency></MissingDependencies>"#
        )
    }

    /// The sample's files once more, below another root and with another unique name.
    fn beside(sample: Sample, root: &str, unique: &str, reference: &str) -> Sample {
        let manifest = sample.files[MANIFEST]
            .replace("Sample", unique)
            .replace("11111111", "99999999");
        let customizations = sample.files[CUSTOMIZATIONS].clone();
        let declared = format!(
            "<connectionreferences><connectionreference connectionreferencelogicalname=\"{reference}\"><connectorid>/x/shared_office365</connectorid></connectionreference></connectionreferences>"
        );
        let at = customizations.find("<connectionreferences>").unwrap();
        let customizations = format!("{}{declared}</ImportExportXml>", &customizations[..at]);
        sample
            .with(&format!("{root}/Other/Solution.xml"), manifest)
            .with(&format!("{root}/Other/Customizations.xml"), customizations)
    }

    #[test]
    fn nowhere_is_an_error_at_the_name() {
        let found = sample("con_mail", &[("con_sql", "shared_sql")]).of(RULE.id);
        assert_eq!(
            (found.len(), found[0].marked.as_str(), found[0].path.as_str()),
            (1, "con_mail", FLOW)
        );
        assert_eq!(found[0].finding.severity, Severity::Error);
        assert!(
            found[0]
                .finding
                .message
                .starts_with("Flow `Main flow` uses the connection reference `con_mail` (Office 365 Outlook), which")
        );
    }

    #[test]
    fn declared_references_are_fine_in_any_case() {
        assert_eq!(
            sample("CON_Mail", &[("con_mail", "shared_office365")]).marked(RULE.id),
            [""; 0]
        );
    }

    #[test]
    fn incomplete_files_are_silent() {
        let bad = sample("con_mail", &[]);
        assert_eq!(bad.of(RULE.id).len(), 1);
        for (path, from, to) in [
            (CUSTOMIZATIONS, "<Workflows />", "<Workflows"),
            (MANIFEST, "<Managed>", "<Manag<ed>"),
            (FLOW, "\"actions\":", "\"actions\":,"),
        ] {
            assert_eq!(bad.clone().replace(path, from, to).of(RULE.id).len(), 0, "{path}");
        }
        assert_eq!(bad.without(CUSTOMIZATIONS).of(RULE.id).len(), 0);
    }

    #[test]
    fn the_manifest_tells_unmanaged_from_provided() {
        let with =
            |solution| sample("con_mail", &[]).replace(MANIFEST, "<MissingDependencies />", &dependency(solution));
        let found = with("Active").of(RULE.id);
        assert_eq!(found[0].finding.severity, Severity::Error);
        assert!(found[0].finding.message.contains("environment of the export"));
        assert!(!found[0].finding.fixes.is_empty());
        let found = with("Core (1.0)").of(RULE.id);
        assert_eq!(found[0].finding.severity, Severity::Info);
        assert!(found[0].finding.message.contains("`Core (1.0)`") && found[0].finding.fixes.is_empty());
        assert_eq!(with("Core (1.0)").profile(Profile::Strict).of(RULE.id).len(), 0);
        assert_eq!(with("Active").profile(Profile::Recommended).of(RULE.id).len(), 1);
    }

    #[test]
    fn another_solution_is_named_and_a_copy_is_not_another() {
        let other = beside(sample("con_mail", &[]), "/core", "Core", "con_mail");
        let found = other.of(RULE.id);
        assert_eq!(
            (found[0].finding.severity, found[0].finding.related.len()),
            (Severity::Info, 1)
        );
        assert!(found[0].finding.message.contains("of solution `Core`"));
        assert_eq!(other.assert_fixes(RULE.id), 1);
        let copy = beside(sample("con_mail", &[]), "/copy", "sample", "con_mail").of(RULE.id);
        assert_eq!(
            (copy[0].finding.severity, copy[0].finding.related.len()),
            (Severity::Error, 1)
        );
    }

    #[test]
    fn fixes_use_the_solutions_own_reference() {
        let bad = sample(
            "con_mial",
            &[
                ("con_mail", "shared_office365"),
                ("con_b", "shared_office365"),
                ("con_sql", "shared_sql"),
            ],
        );
        let titles: Vec<String> = bad.of(RULE.id)[0]
            .finding
            .fixes
            .iter()
            .map(|fix| fix.title.clone())
            .collect();
        let add = "Add connection reference `con_mial` to solution `Sample`";
        assert_eq!(
            titles,
            [
                "Rename to `con_mail`",
                "Use `con_b shown` (`con_b`) of this solution",
                add
            ]
        );
        assert_eq!(bad.assert_fixes(RULE.id), 3);
    }

    #[test]
    fn a_foreign_prefix_gives_way_to_the_publishers() {
        let settings =
            r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_sql","ConnectionId":"x"}]}"#;
        let bad = sample("new_mail", &[("con_sql", "shared_sql")]).with("/s/settings.json", settings);
        assert_eq!(bad.assert_fixes(RULE.id), 1);
        let after = bad.apply(&bad.of(RULE.id)[0].finding.fixes[0]);
        assert!(after.files[FLOW].contains("\"con_mail\""));
        assert!(after.files[CUSTOMIZATIONS].contains("<connectionreferencedisplayname>Office 365 Outlook<"));
        assert!(after.files["/s/settings.json"].contains("#{connectionreference.con_mail}#"));
    }

    #[test]
    fn an_unknown_or_own_connector_gets_no_new_reference() {
        let bad = sample("con_mail", &[]).replace(FLOW, r#","api":{"name":"shared_office365"}"#, "");
        assert_eq!(bad.of(RULE.id)[0].finding.fixes, []);
        let own = sample("con_mail", &[]).replace(
            FLOW,
            r#""name":"shared_office365""#,
            r#""name":"shared_cat-5fx-5f0123456789abcdef""#,
        );
        assert_eq!(own.of(RULE.id)[0].finding.fixes, []);
    }
}
