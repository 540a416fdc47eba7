//! The manifest records that the solution needs something that no solution brings along.

use analysis::targets::are_copies;
use model::manifest::{MissingDependency, RequiredComponent};
use model::{FileId, Profile, SolutionId};
use rustc_hash::FxHashSet;

use crate::context::SolutionContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::listed;

declare_rule! {
    /// # What it finds
    ///
    /// Entries of `MissingDependencies` in the manifest, by where the missing component is:
    ///
    /// | The component is … | Severity |
    /// |---|---|
    /// | in no solution of the environment of the export (`solution="Active"`), nor in one of this workspace | warning |
    /// | in another solution of this workspace | info, once for that solution |
    /// | in an installed solution that the entry names | info, once for that solution, in the profile `auditor` |
    ///
    /// A connection reference, environment variable or child flow that a flow of the solution uses is told there as well, by its own rule.
    ///
    /// # Why it matters
    ///
    /// The service wrote the entry at export because the solution cannot work without the component. An import into an environment that lacks it fails.
    ///
    /// # How to fix
    ///
    /// Add the component to the solution ("Add required objects") and export again, or import the solution that has it first.
    ///
    /// # Example
    ///
    /// ```xml
    /// <MissingDependency>
    ///   <Required type="372" schemaName="con_5Forders" displayName="Orders" solution="Active" />
    ///   <Dependent type="29" displayName="Order the goods" />
    /// </MissingDependency>
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Removing dependencies",
    ///   <https://learn.microsoft.com/power-platform/alm/removing-dependencies>
    static RULE = {
        id: "missing-dependency-recorded",
        summary: "the manifest records a component that no solution brings along",
        category: Category::Solution,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Solution(check)],
    };
}

fn check(context: &SolutionContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    let manifest = context.solution.manifest;
    let Some((file, facts)) = manifest.and_then(|file| Some((file, workspace.file(file).facts.manifest()?))) else {
        return;
    };
    if !facts.complete {
        return;
    }
    // What several components need has an entry for each of them.
    let mut told = FxHashSet::default();
    let all = facts.missing_dependencies.iter();
    let needed: Vec<&MissingDependency> = all
        .filter(|own| told.insert((&own.kind, named(own).to_lowercase(), own.provided_by.as_deref())))
        .collect();
    let (provided, loose): (Vec<_>, Vec<_>) = needed.into_iter().partition(|own| own.provided_by.is_some());
    let mut owners: Vec<(SolutionId, Vec<&MissingDependency>)> = Vec::new();
    for own in loose {
        match owner(context, own) {
            Some(id) => match owners.iter_mut().find(|(known, _)| *known == id) {
                Some((_, list)) => list.push(own),
                None => owners.push((id, vec![own])),
            },
            None => findings.push(unowned(file, own, &facts.missing_dependencies)),
        }
    }
    for (id, list) in owners {
        let name = workspace.solution_name(id);
        findings.push(elsewhere(file, name, &list, "of this workspace ").severity(Severity::Info));
    }
    let mut providers: Vec<(&str, Vec<&MissingDependency>)> = Vec::new();
    for own in provided {
        let name = own.provided_by.as_deref().unwrap_or_default();
        match providers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, list)) => list.push(own),
            None => providers.push((name, vec![own])),
        }
    }
    for (name, list) in providers {
        let finding = elsewhere(file, name, &list, "");
        findings.push(finding.severity(Severity::Info).from_profile(Profile::Auditor));
    }
}

/// The other solution of this workspace that contains a component.
fn owner(context: &SolutionContext<'_>, own: &MissingDependency) -> Option<SolutionId> {
    let workspace = context.workspace;
    let is_other = |id: &SolutionId| !are_copies(workspace, *id, context.id);
    let first = |ids: &[SolutionId]| ids.iter().copied().find(is_other);
    match &own.required {
        RequiredComponent::ConnectionReference(name) => first(workspace.solutions_with_reference(name)),
        RequiredComponent::EnvironmentVariable(name) => first(workspace.solutions_with_variable(name)),
        RequiredComponent::Workflow(id) => {
            let flows = workspace.flows_with_id(*id).iter();
            flows.filter_map(|file| workspace.file(*file).solution).find(is_other)
        }
        RequiredComponent::Other => None,
    }
    .or_else(|| {
        let mut others = workspace.solutions().filter(|(id, _)| is_other(id));
        let found = others.find(|(_, solution)| {
            let manifest = solution.manifest.and_then(|file| workspace.file(file).facts.manifest());
            let components = manifest.into_iter().flat_map(|manifest| &manifest.root_components);
            components
                .filter(|component| component.kind == own.kind)
                .any(|component| {
                    let same_name = |a: &Option<String>, b: &Option<String>| {
                        a.as_deref()
                            .zip(b.as_deref())
                            .is_some_and(|(a, b)| model::same_name(a, b))
                    };
                    same_name(&component.schema_name, &own.schema_name) || own.id.is_some() && component.id == own.id
                })
        });
        found.map(|(id, _)| id)
    })
}

/// What the manifest calls a component.
fn named(own: &MissingDependency) -> String {
    let name = match &own.required {
        RequiredComponent::ConnectionReference(name) | RequiredComponent::EnvironmentVariable(name) => {
            Some(name.as_str())
        }
        RequiredComponent::Workflow(_) | RequiredComponent::Other => own.schema_name.as_deref(),
    };
    let shown = Some(own.display_name.as_str()).filter(|shown| !shown.is_empty());
    match (shown, name) {
        (Some(shown), _) => shown.to_owned(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => own.id.map_or_else(String::new, |id| id.to_string()),
    }
}

/// Words for the kinds of components, by the numbers of manifests.
fn kind_of(own: &MissingDependency) -> &'static str {
    match &own.required {
        RequiredComponent::ConnectionReference(_) => return "connection reference",
        RequiredComponent::EnvironmentVariable(_) => return "environment variable",
        RequiredComponent::Workflow(_) => return "flow or process",
        RequiredComponent::Other => {}
    }
    match own.kind.as_str() {
        "1" => "table",
        "2" => "column",
        "9" => "choice",
        "10" => "relationship",
        "20" => "security role",
        "26" => "view",
        "60" => "form",
        "61" => "web resource",
        "66" => "code component",
        "80" => "app",
        "300" => "canvas app",
        "371" | "372" => "custom connector",
        _ => "component",
    }
}

fn unowned(file: FileId, own: &MissingDependency, all: &[MissingDependency]) -> Finding {
    let name = named(own);
    let mut users: Vec<String> = all
        .iter()
        .filter(|other| other.kind == own.kind && named(other) == name && !other.dependent.is_empty())
        .map(|other| format!("`{}`", other.dependent))
        .collect();
    users.sort();
    users.dedup();
    let users = if users.is_empty() {
        "The solution".to_owned()
    } else {
        listed(&users)
    };
    let verb = if users.contains(" and ") { "need" } else { "needs" };
    let message = format!(
        "{users} {verb} the {} `{name}`, which belongs to no solution and exists only where the solution was exported, so its import elsewhere fails. Add it to the solution and export again.",
        kind_of(own)
    );
    Finding::new(&RULE, file, own.name_span, format!("{} {name}", own.kind), message)
}

fn elsewhere(file: FileId, solution: &str, list: &[&MissingDependency], place: &str) -> Finding {
    let span = list.first().map_or_else(Default::default, |own| own.name_span);
    let names: Vec<String> = list.iter().map(|own| format!("`{}`", named(own))).collect();
    let message = format!(
        "The solution needs {} of solution `{solution}` {place}and cannot be imported without it. Import that solution first.",
        listed(&names)
    );
    Finding::new(&RULE, file, span, solution, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CUSTOMIZATIONS, MANIFEST, Sample};

    fn sample(entries: &str) -> Sample {
        Sample::actions("").replace(
            MANIFEST,
            "<MissingDependencies />",
            &format!("<MissingDependencies>{entries}</MissingDependencies>"),
        )
    }

    fn entry(kind: &str, solution: &str, attributes: &str, dependent: &str) -> String {
        format!(
            r#"<MissingDependency><Required type="{kind}" solution="{solution}" {attributes} /><Dependent type="29" displayName="{dependent}" /></MissingDependency>"#
        )
    }

    const CONNECTOR: &str = r#"schemaName="con_orders" displayName="Orders""#;

    #[test]
    fn what_no_solution_has_is_told_once() {
        let bad = sample(
            &[
                entry("372", "Active", CONNECTOR, "Order"),
                entry("372", "Active", CONNECTOR, "Cancel"),
            ]
            .concat(),
        );
        let found = bad.of(RULE.id);
        assert_eq!(
            (found.len(), found[0].marked.as_str(), found[0].finding.severity),
            (1, "con_orders", Severity::Warning)
        );
        assert!(
            found[0]
                .finding
                .message
                .starts_with("`Cancel` and `Order` need the custom connector `Orders`, which belongs to no solution")
        );
        let name = r#"id.connectionreferencelogicalname="con_mail""#;
        let found = sample(&entry("connectionreference", "Active", name, "")).of(RULE.id);
        assert!(
            found[0]
                .finding
                .message
                .starts_with("The solution needs the connection reference `con_mail`")
        );
        assert_eq!(found[0].marked, "con_mail");
    }

    #[test]
    fn what_another_solution_has_is_milder() {
        let other = entry("372", "Core (1.0)", CONNECTOR, "Order");
        let named = sample(&[other, entry("1", "Core (1.0)", r#"schemaName="con_x""#, "")].concat());
        let found = named.of(RULE.id);
        assert_eq!((found.len(), found[0].finding.severity), (1, Severity::Info));
        assert!(
            found[0]
                .finding
                .message
                .contains("`Orders` and `con_x` of solution `Core (1.0)`")
        );
        assert_eq!(named.profile(Profile::Strict).of(RULE.id).len(), 0);

        let bad = sample(&entry("372", "Active", CONNECTOR, "Order"));
        let manifest = bad.files[MANIFEST]
            .replace("Sample", "Core")
            .replace("11111111", "99999999")
            .replace(
                "<RootComponents>",
                r#"<RootComponents><RootComponent type="372" schemaName="CON_orders" />"#,
            );
        let customizations = bad.files[CUSTOMIZATIONS].clone();
        let both = bad
            .with("/core/Other/Solution.xml", manifest)
            .with("/core/Other/Customizations.xml", customizations);
        let found: Vec<_> = both
            .of(RULE.id)
            .into_iter()
            .filter(|found| found.path == MANIFEST)
            .collect();
        assert_eq!((found.len(), found[0].finding.severity), (1, Severity::Info));
        assert!(
            found[0]
                .finding
                .message
                .contains("of solution `Core` of this workspace")
        );
    }

    #[test]
    fn nothing_is_concluded_from_a_damaged_manifest() {
        let bad = sample(&entry("372", "Active", CONNECTOR, "Order")).replace(MANIFEST, "<Managed>", "<Manag<ed>");
        assert_eq!(bad.of(RULE.id).len(), 0);
    }
}
