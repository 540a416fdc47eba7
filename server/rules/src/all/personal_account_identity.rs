//! A connection or a flow runs with a person's own account.

use analysis::identity::{Evidence, OwnerEvidence, Verdict, Witness, judge, resolve};
use analysis::targets::solutions_of_settings_entry;
use analysis::{Certainty, connectors};
use model::files::name_of;
use model::package::PackageManifest;
use model::{AccountKind, Configuration, ConnectionReference, FileId, Profile, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use crate::context::{FileContext, WorkspaceContext};
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::{in_environment, listed, short_id};

declare_rule! {
    /// # What it finds
    ///
    /// A connection reference whose connection, in some environment, belongs to a person's own account, and a flow that
    /// is to be owned or switched on by one. Solutions name no accounts, so this is known from other files only:
    ///
    /// - deployment settings, whose `ConnectionOwner` names an account, or whose `ConnectionId` names a connection that an
    ///   inventory lists with its account (`connections` in `flowsentry.jsonc`, or `--connections`);
    /// - the ALM Accelerator's custom settings, whose `ownerEmail` and `activateAsUser` name the owners of flows;
    /// - the identity plan, which may want such an account under `references` or `owners`.
    ///
    /// What the project's configuration says about an account under `accounts` counts first and is certain. Otherwise an
    /// id is an application's, a name such as `svc-…` or `….automation` is a service account's, and any other address
    /// counts as a person's, with less certainty. Pipeline tokens such as `#{…}#` say nothing, and nothing is reported.
    ///
    /// The finding stands at the entry of the settings and at the connection reference.
    ///
    /// # Why it matters
    ///
    /// A flow acts with the account behind its connections. When that is a person's, every flow of the solution stops on
    /// the day that person leaves, changes the password or has to confirm a sign-in again, and until then each maker who may
    /// use the connection acts with all that person may read and write.
    ///
    /// # How to fix
    ///
    /// Create the connection with an application user where its connector allows that, else with a service account made for
    /// this purpose, and put the new connection's id into the settings. Where the account only looks like a person's, say so
    /// once in `flowsentry.jsonc`: `"accounts": [{ "kind": "service", "match": "orders@contoso.com", "reason": "…" }]`.
    ///
    /// # Example
    ///
    /// Wrong:
    ///
    /// ```json
    /// { "LogicalName": "con_Outlook", "ConnectionId": "926f…", "ConnectionOwner": "megan.bowen@contoso.com" }
    /// ```
    ///
    /// Right:
    ///
    /// ```json
    /// { "LogicalName": "con_Outlook", "ConnectionId": "0c41…", "ConnectionOwner": "svc-orders@contoso.com" }
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn: "Support for service principal owned flows",
    ///   <https://learn.microsoft.com/power-automate/service-principal-support>
    /// - Microsoft Learn: "Pre-populate connection references and environment variables for automated deployments",
    ///   <https://learn.microsoft.com/power-platform/alm/conn-ref-env-variables-build-tools>
    static RULE = {
        id: "personal-account-identity",
        summary: "a connection or a flow runs with a person's own account",
        category: Category::Identity,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::Workspace(check), Check::File(check_package)],
    };
}

const CONNECT: &str = "When the person leaves or changes the password the flows stop; connect with a service account or an application user.";
const OWN: &str = "When the person leaves or changes the password the flow stops; let a service account or an application user own it.";

/// Evidence about one connection reference and one account, from all settings files.
#[derive(Default)]
struct Group {
    evidence: Vec<Evidence>,
}

fn check(context: &WorkspaceContext<'_>, findings: &mut Findings) {
    let workspace = context.workspace;
    for (id, file) in workspace.files() {
        if let Some(plan) = file.facts.configuration() {
            findings.found.extend(planned(id, plan));
        }
    }
    if workspace.settings().is_empty() && workspace.custom_settings().is_empty() {
        return;
    }
    let identities = context.identities();
    let mut groups: FxHashMap<(SolutionId, String, String), Group> = FxHashMap::default();
    for &settings in workspace.settings() {
        let all = identities.of_settings(settings);
        for entry in all.chunk_by(|a, b| a.entry == b.entry) {
            check_entry(workspace, entry, &mut groups, findings);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    for ((solution, _, _), group) in groups {
        findings
            .found
            .extend(reference_finding(workspace, solution, &group.evidence));
    }
    for &settings in workspace.custom_settings() {
        for owner in identities.of_custom_settings(settings) {
            findings.found.extend(owner_finding(workspace, settings, &owner));
        }
    }
}

/// The accounts that the manifest of a legacy package names.
fn check_package(file: &FileContext<'_>, findings: &mut Findings) {
    if !name_of(file.path).eq_ignore_ascii_case("manifest.json") {
        return;
    }
    let Some(package) = PackageManifest::read(file.text) else {
        return;
    };
    let mut known: Vec<&str> = Vec::new();
    for connection in &package.connections {
        let account = connection.display_name.value.trim();
        let verdict = judge(file.configuration, account).filter(|verdict| verdict.kind == AccountKind::Personal);
        let Some(verdict) = verdict.filter(|_| !known.iter().any(|own| model::same_name(own, account))) else {
            continue;
        };
        known.push(account);
        let connector = connection.connector.as_deref().map(connectors::title);
        let message = format!(
            "This package names {account} as the account of its {}connection, {}. Flows that are imported from it are built on a person's account, and whoever has the package has the address; export the flow in a solution with connection references.",
            connector.map(|title| format!("{title} ")).unwrap_or_default(),
            verdict.why
        );
        let finding = Finding::new(&RULE, file.file, connection.display_name.span, account, message);
        findings.push(finding.confidence(confidence(&verdict)).from_profile(Profile::Auditor));
    }
}

/// Reports what one settings entry proves, and keeps it for the connection references that the entry serves.
fn check_entry(
    workspace: &Workspace,
    entry: &[Evidence],
    groups: &mut FxHashMap<(SolutionId, String, String), Group>,
    findings: &mut Findings,
) {
    for (at, evidence) in entry.iter().enumerate() {
        let (Some(verdict), Some(account)) = (personal(evidence), &evidence.account) else {
            continue;
        };
        // Where owner and inventory agree, the inventory's chain is the longer one: it is told, once.
        let by_owner = matches!(evidence.witness, Witness::Owner { .. });
        if by_owner && entry.iter().skip(at + 1).any(|other| other.same_account(evidence)) {
            continue;
        }
        let solutions = solutions_of_settings_entry(workspace, evidence.settings, &evidence.logical_name.value);
        let title = solutions
            .iter()
            .find_map(|id| workspace.reference(*id, &evidence.logical_name.value));
        let title = title.map_or(evidence.logical_name.value.as_str(), ConnectionReference::title);
        let other = entry
            .iter()
            .find(|other| other.account.is_some() && !other.same_account(evidence));
        let message = message(workspace, title, &[evidence], verdict, other);
        let subject = format!("{} {account}", evidence.logical_name.value);
        let mut finding = Finding::new(&RULE, evidence.settings, evidence.settings_span(), subject, message)
            .confidence(confidence(verdict));
        for solution in &solutions {
            if let (Some(file), Some(reference)) = (
                workspace.solution(*solution).customizations,
                workspace.reference(*solution, &evidence.logical_name.value),
            ) {
                finding = finding.related(file, reference.logical_name.span, "the connection reference");
            }
            let key = (
                *solution,
                evidence.logical_name.value.to_lowercase(),
                account.to_lowercase(),
            );
            groups.entry(key).or_default().evidence.push(evidence.clone());
        }
        findings.push(with_inventory(finding, evidence));
    }
}

fn reference_finding(workspace: &Workspace, solution: SolutionId, evidence: &[Evidence]) -> Option<Finding> {
    let first = evidence.first()?;
    let (verdict, account) = (personal(first)?, first.account.as_ref()?);
    let reference = workspace.reference(solution, &first.logical_name.value)?;
    let file = workspace.solution(solution).customizations?;
    let all: Vec<&Evidence> = evidence.iter().collect();
    let message = message(workspace, reference.title(), &all, verdict, None);
    let subject = format!("{} {account}", reference.logical_name.value);
    let mut finding =
        Finding::new(&RULE, file, reference.logical_name.span, subject, message).confidence(confidence(verdict));
    for evidence in evidence {
        let place = evidence
            .environment
            .as_ref()
            .map(|label| format!(" for {label}"))
            .unwrap_or_default();
        finding = finding.related(
            evidence.settings,
            evidence.settings_span(),
            format!("the deployment settings{place}"),
        );
        finding = with_inventory(finding, evidence);
    }
    Some(finding)
}

fn owner_finding(workspace: &Workspace, settings: FileId, owner: &OwnerEvidence) -> Option<Finding> {
    let verdict = owner
        .verdict
        .as_ref()
        .filter(|verdict| verdict.kind == AccountKind::Personal)?;
    let flow = owner.flow.and_then(|id| {
        let flows = workspace.flows_with_id(id);
        flows
            .iter()
            .find(|flow| workspace.file(**flow).solution.is_some())
            .or(flows.first())
            .copied()
    });
    let name = flow
        .map(|flow| workspace.flow_name(flow))
        .or_else(|| owner.flow_name.clone());
    let what = name.map_or_else(|| "A flow".to_owned(), |name| format!("The flow `{name}`"));
    let place = in_environment(workspace, settings);
    let does = if owner.field == "activateAsUser" {
        "is switched on as"
    } else {
        "is given to"
    };
    let account = &owner.account.value;
    let message = format!(
        "{what} {does} {account} {place} (`{}`), {}. {OWN}",
        owner.field, verdict.why
    );
    let subject = owner
        .flow
        .map_or_else(|| account.clone(), |flow| format!("{flow} {}", owner.field));
    let finding = Finding::new(&RULE, settings, owner.account.span, subject, message).confidence(confidence(verdict));
    Some(match flow {
        Some(flow) => finding.related(flow, START, "the flow"),
        None => finding,
    })
}

/// People whom the plan itself wants behind a reference or a flow.
fn planned(file: FileId, plan: &Configuration) -> Vec<Finding> {
    let mut found = Vec::new();
    for (entries, what) in [
        (&plan.references, "behind the connection"),
        (&plan.owners, "as the owner of flows"),
    ] {
        for entry in entries {
            let about = entry.patterns.first().map_or("", |pattern| pattern.value.as_str());
            for wanted in &entry.accounts {
                let account = resolve(plan, &wanted.account.value);
                let verdict = judge(Some(plan), account);
                let Some(verdict) = verdict.filter(|verdict| verdict.kind == AccountKind::Personal) else {
                    continue;
                };
                let message = format!("The plan wants {account} {what} (`{about}`), {}. {OWN}", verdict.why);
                let finding = Finding::new(&RULE, file, wanted.account.span, format!("{about} {account}"), message);
                found.push(finding.confidence(confidence(&verdict)));
            }
        }
    }
    found
}

fn personal(evidence: &Evidence) -> Option<&Verdict> {
    evidence
        .verdict
        .as_ref()
        .filter(|verdict| verdict.kind == AccountKind::Personal)
}

fn confidence(verdict: &Verdict) -> Confidence {
    match verdict.certainty {
        Certainty::High => Confidence::High,
        Certainty::Medium => Confidence::Medium,
    }
}

fn with_inventory(finding: Finding, evidence: &Evidence) -> Finding {
    match &evidence.witness {
        Witness::Inventory { file, span, .. } => finding.related(*file, *span, "the connection in the inventory"),
        Witness::Owner { .. } => finding,
    }
}

/// The chain in words: reference, account, environments, who says so and why that is a person's.
fn message(
    workspace: &Workspace,
    title: &str,
    evidence: &[&Evidence],
    verdict: &Verdict,
    other: Option<&Evidence>,
) -> String {
    let Some(first) = evidence.first() else {
        return String::new();
    };
    let account = first.account.as_deref().unwrap_or_default();
    let mut places: Vec<String> = Vec::new();
    for evidence in evidence {
        let place = in_environment(workspace, evidence.settings);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let places = listed(&places);
    let (verb, witness) = match &first.witness {
        Witness::Owner { .. } => (
            "is to run as",
            "`ConnectionOwner` of the settings names that account".to_owned(),
        ),
        Witness::Inventory { file, field, .. } => {
            let id = first
                .connection
                .as_ref()
                .map_or("", |connection| connection.value.as_str());
            let inventory = name_of(&workspace.file(*file).path);
            let (relation, field) = match field {
                Some(model::inventory::AccountSource::CreatedBy) => ("was made by", "CreatedBy"),
                Some(field) => ("belongs to", field.as_str()),
                None => ("belongs to", "no field"),
            };
            (
                "runs as",
                format!(
                    "connection {} {relation} that account ({field} in {inventory})",
                    short_id(id)
                ),
            )
        }
    };
    let other = other.map(|other| contrast(workspace, other)).unwrap_or_default();
    // Settings know the reference by its logical name, people by its title.
    let logical = &first.logical_name.value;
    let name = if title == logical {
        String::new()
    } else {
        format!(" ({logical})")
    };
    format!(
        "`{title}`{name} {verb} {account} {places}: {witness}, {}{other}. {CONNECT}",
        verdict.why
    )
}

/// What a second witness says of the same entry, where it names another account.
fn contrast(workspace: &Workspace, other: &Evidence) -> String {
    let account = other.account.as_deref().unwrap_or_default();
    match &other.witness {
        Witness::Owner { .. } => format!("; `ConnectionOwner` names {account} instead"),
        Witness::Inventory { file, .. } => {
            format!(
                "; {} names {account} for this connection instead",
                name_of(&workspace.file(*file).path)
            )
        }
    }
}

#[cfg(test)]
mod tests;
