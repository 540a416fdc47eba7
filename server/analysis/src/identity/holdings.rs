//! Who holds what: for every connection reference and environment the one account that stands behind it, as far as
//! anything tells.
//!
//! What an inventory says of a connection goes before the owner that settings name, and both before the plan: the plan says
//! what is wanted, and only where nothing tells what is, it is taken for it.

use model::configuration::{Assignment, Configuration, Purpose, is_open, same_environment};
use model::{ConnectionReference, FileId, SolutionId, Workspace};
use rustc_hash::FxHashMap;
use syntax::Span;

use super::{Evidence, Identities, Verdict, Witness, judge};
use crate::Certainty;
use crate::targets::{Targets, are_copies};

/// The account behind one connection reference in one environment.
#[derive(Clone, Debug)]
pub struct Holding<'w> {
    /// The solution that declares the reference; of copies, the first.
    pub solution: SolutionId,
    /// The reference.
    pub reference: &'w ConnectionReference,
    /// The environment in words for people: a label, or the name of the settings file.
    pub environment: Option<String>,
    /// The account: an address, a name, an id.
    pub account: String,
    /// The same account has the same key, whatever it is called where.
    pub key: String,
    /// What it is.
    pub verdict: Option<Verdict>,
    /// What it is for, as the plan says of the reference, else of the account.
    pub purpose: Option<Purpose>,
    /// The process it serves, as the plan says of the reference, else of the account.
    pub activity: Option<String>,
    /// Who says so.
    pub source: Source,
}

/// Who says that an account stands behind a reference.
#[derive(Clone, Debug)]
pub enum Source {
    /// Settings, by themselves or through an inventory.
    Settings(Box<Evidence>),
    /// The project's plan.
    Plan {
        /// The configuration.
        file: FileId,
        /// The account in it.
        span: Span,
    },
}

impl Holding<'_> {
    /// The connector's name in lower case; empty where the reference gives none.
    #[must_use]
    pub fn connector(&self) -> String {
        self.reference.connector().unwrap_or_default().to_ascii_lowercase()
    }

    /// Where the account, or the connection that leads to it, is given.
    #[must_use]
    pub fn place(&self) -> (FileId, Span) {
        match &self.source {
            Source::Settings(evidence) => (evidence.settings, evidence.settings_span()),
            Source::Plan { file, span } => (*file, *span),
        }
    }

    /// Whether the kind of account is certain, so that a verdict can be built on it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.certainty == Certainty::High)
    }
}

/// An account with all it holds in one environment.
#[derive(Clone, Debug)]
pub struct Group<'h, 'w> {
    /// The environment in words for people.
    pub environment: Option<&'h str>,
    /// The account, as its first holding calls it.
    pub account: &'h str,
    /// What it holds, by solution and logical name.
    pub holdings: Vec<&'h Holding<'w>>,
}

/// Every holding of a workspace.
#[derive(Clone, Debug, Default)]
pub struct Holdings<'w> {
    all: Vec<Holding<'w>>,
}

impl<'w> Holdings<'w> {
    /// Works them out; reads no flow.
    #[must_use]
    pub fn new(workspace: &'w Workspace, identities: &Identities<'w>, targets: &Targets) -> Self {
        // By reference and environment, the best evidence that names an account.
        let mut actual: FxHashMap<(SolutionId, String), Vec<(String, Evidence)>> = FxHashMap::default();
        for &settings in workspace.settings() {
            let served = targets.of(settings);
            for evidence in identities.of_settings(settings) {
                if evidence.account.is_none() {
                    continue;
                }
                let environment = evidence
                    .environment
                    .clone()
                    .unwrap_or_else(|| model::files::name_of(&workspace.file(settings).path).to_owned());
                for &solution in served {
                    let key = (solution, evidence.logical_name.value.to_lowercase());
                    keep_best(actual.entry(key).or_default(), &environment, &evidence);
                }
            }
        }
        let mut all = Vec::new();
        for (id, solution) in workspace.solutions() {
            let is_copy = workspace
                .solutions()
                .any(|(other, _)| other < id && are_copies(workspace, other, id));
            let Some(customizations) = solution.customizations.filter(|_| !is_copy) else {
                continue;
            };
            let path = &workspace.file(customizations).path;
            let plan = workspace.configuration_file_of(path);
            for reference in workspace.references(id) {
                let name = &reference.logical_name.value;
                let known = actual.remove(&(id, name.to_lowercase())).unwrap_or_default();
                let assignment = plan.and_then(|(_, plan)| plan.reference(name));
                let holder = Holder {
                    solution: id,
                    reference,
                    plan,
                    assignment,
                };
                all.extend(
                    known
                        .iter()
                        .map(|(environment, evidence)| holder.actual(environment, evidence)),
                );
                all.extend(holder.planned(&known));
            }
        }
        Self { all }
    }

    /// Every holding, by solution and reference.
    #[must_use]
    pub fn all(&self) -> &[Holding<'w>] {
        &self.all
    }

    /// The holdings of each account in each environment, in the order of their first holding.
    #[must_use]
    pub fn by_account(&self) -> Vec<Group<'_, 'w>> {
        let mut groups: Vec<Group<'_, 'w>> = Vec::new();
        let mut known: FxHashMap<(Option<String>, &str), usize> = FxHashMap::default();
        for holding in &self.all {
            let environment = holding.environment.as_deref();
            let at = *known
                .entry((environment.map(canonical), holding.key.as_str()))
                .or_insert_with(|| {
                    groups.push(Group {
                        environment,
                        account: &holding.account,
                        holdings: Vec::new(),
                    });
                    groups.len() - 1
                });
            groups[at].holdings.push(holding);
        }
        groups
    }
}

/// Keeps one piece of evidence for each environment: an inventory's goes before an owner's.
fn keep_best(known: &mut Vec<(String, Evidence)>, environment: &str, evidence: &Evidence) {
    let same = known.iter_mut().find(|(own, _)| same_environment(own, environment));
    let by_inventory = |evidence: &Evidence| matches!(evidence.witness, Witness::Inventory { .. });
    match same {
        None => known.push((environment.to_owned(), evidence.clone())),
        Some((_, kept)) if !by_inventory(kept) && by_inventory(evidence) => *kept = evidence.clone(),
        Some(_) => {}
    }
}

/// One spelling for each environment.
fn canonical(environment: &str) -> String {
    const SPELLINGS: [&str; 8] = ["dev", "test", "prod", "acc", "int", "stage", "val", "preprod"];
    let known = SPELLINGS.iter().find(|known| same_environment(known, environment));
    known.map_or_else(|| environment.to_lowercase(), |known| (*known).to_owned())
}

/// A reference with what the plan says of it.
struct Holder<'w> {
    solution: SolutionId,
    reference: &'w ConnectionReference,
    plan: Option<(FileId, &'w Configuration)>,
    assignment: Option<&'w Assignment>,
}

impl<'w> Holder<'w> {
    fn actual(&self, environment: &str, evidence: &Evidence) -> Holding<'w> {
        let account = evidence.account.clone().unwrap_or_default();
        let source = Source::Settings(Box::new(evidence.clone()));
        self.holding(Some(environment.to_owned()), account, evidence.verdict.clone(), source)
    }

    /// What the plan wants, for every environment that it names or that has settings, where nothing tells what is.
    fn planned(&self, known: &[(String, Evidence)]) -> Vec<Holding<'w>> {
        let (Some((file, plan)), Some(assignment)) = (self.plan, self.assignment) else {
            return Vec::new();
        };
        let mut environments: Vec<Option<&str>> = assignment
            .accounts
            .iter()
            .filter_map(|planned| planned.environment.as_ref())
            .map(|environment| Some(environment.value.as_str()))
            .collect();
        if environments.is_empty() && known.is_empty() {
            environments.push(None);
        }
        let unknown = |environment: &&Option<&str>| {
            environment.is_none_or(|environment| !known.iter().any(|(own, _)| same_environment(own, environment)))
        };
        let holding = |environment: &Option<&str>| {
            let planned = assignment.account_in(*environment)?;
            let account = resolve(plan, &planned.account.value);
            let verdict = judge(Some(plan), account).or_else(|| super::verdict::named(plan, &planned.account.value));
            let source = Source::Plan {
                file,
                span: planned.account.span,
            };
            Some(self.holding(environment.map(str::to_owned), account.to_owned(), verdict, source))
        };
        environments.iter().filter(unknown).filter_map(holding).collect()
    }

    fn holding(
        &self,
        environment: Option<String>,
        account: String,
        verdict: Option<Verdict>,
        source: Source,
    ) -> Holding<'w> {
        let rule = self
            .plan
            .and_then(|(_, plan)| plan.account(&account))
            .map(|(rule, _)| rule);
        let by_name = self.plan.and_then(|(_, plan)| plan.account_named(&account));
        let notes = self.assignment.map(|assignment| &assignment.notes);
        let account_notes = rule.or(by_name).map(|rule| &rule.notes);
        let activity = |notes: &model::configuration::Notes| notes.activity.as_ref().map(|a| a.value.clone());
        let key = account_key(self.plan.map(|(_, plan)| plan), &account);
        Holding {
            solution: self.solution,
            reference: self.reference,
            environment,
            account,
            key,
            verdict,
            purpose: notes
                .and_then(|notes| notes.means())
                .or_else(|| account_notes.and_then(|notes| notes.means())),
            activity: notes.and_then(activity).or_else(|| account_notes.and_then(activity)),
            source,
        }
    }
}

/// The key of an account: the name the plan gives it, else itself without case. Several ids of one named account are one
/// account; a pattern for many accounts is not.
#[must_use]
pub fn account_key(plan: Option<&Configuration>, account: &str) -> String {
    let account = account.trim();
    let by_match = || {
        let (rule, pattern) = plan?.account(account)?;
        (!is_open(&pattern.value)).then_some(rule)
    };
    let rule = by_match().or_else(|| plan?.account_named(account));
    rule.and_then(|rule| rule.name.as_ref()).map_or_else(
        || account.to_lowercase(),
        |name| format!("name:{}", name.value.to_lowercase()),
    )
}

/// The account that the plan means by a text: where it is the name of an entry that stands for one account, that.
#[must_use]
pub fn resolve<'a>(plan: &'a Configuration, text: &'a str) -> &'a str {
    let named = plan.account_named(text.trim()).map(|rule| rule.patterns.as_slice());
    match named {
        Some([only]) if !is_open(&only.value) => &only.value,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{solution, workspace};

    #[test]
    fn what_is_goes_before_what_is_planned() {
        let [(manifest, manifest_text), (customizations, text)] = solution(
            "/s",
            "S",
            &[
                ("con_A", "shared_sql"),
                ("con_B", "shared_teams"),
                ("con_C", "shared_sql"),
            ],
        );
        let files = [
            (manifest.as_str(), manifest_text.as_str()),
            (customizations.as_str(), text.as_str()),
            (
                "/s/prod.settings.json",
                r#"{"EnvironmentVariables":[],"ConnectionReferences":[{"LogicalName":"con_A","ConnectionId":"0a","ConnectionOwner":"svc-a@contoso.com"},{"LogicalName":"con_B","ConnectionId":"0b"},{"LogicalName":"con_C","ConnectionId":"0c"}]}"#,
            ),
            (
                "/s/flowsentry.jsonc",
                r#"{ "connections": ["/s/i.csv"], "accounts": [{ "kind": "application", "match": ["6f5a3c1e-1111-4a2b-9c3d-0123456789ab", "7f5a3c1e-1111-4a2b-9c3d-0123456789ab"], "name": "sync", "activity": "sync" }],
                    "references": [{ "match": ["con_A", "con_C"], "account": { "Production": "7f5a3c1e-1111-4a2b-9c3d-0123456789ab", "dev": "sync" }, "purpose": "workload" }] }"#,
            ),
            (
                "/s/i.csv",
                "ConnectionName,Account\n0a,6f5a3c1e-1111-4a2b-9c3d-0123456789ab\n0b,megan@contoso.com\n",
            ),
        ];
        let workspace = workspace(&files);
        let identities = Identities::new(&workspace);
        let holdings = Holdings::new(&workspace, &identities, &Targets::new(&workspace));
        let told: Vec<String> = holdings
            .all()
            .iter()
            .map(|h| {
                let how = if matches!(h.source, Source::Plan { .. }) {
                    "plan"
                } else {
                    "actual"
                };
                let environment = h.environment.as_deref().unwrap_or("-");
                let kind = h.verdict.as_ref().map_or("?", |v| v.kind.name());
                format!(
                    "{} {environment} {} {kind} {how}",
                    h.reference.logical_name.value, h.key
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "con_A prod name:sync application actual",
                "con_A dev name:sync application plan",
                "con_B prod megan@contoso.com personal actual",
                "con_C Production name:sync application plan",
                "con_C dev name:sync application plan",
            ]
        );
        let groups = holdings.by_account();
        assert_eq!(groups.len(), 3);
        assert_eq!(groups[0].holdings.len(), 2);
        assert!(holdings.all()[0].is_certain() && holdings.all()[0].activity.as_deref() == Some("sync"));
        assert_eq!(holdings.all()[0].purpose, Some(Purpose::Workload));
    }
}
