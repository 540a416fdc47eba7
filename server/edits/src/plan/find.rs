//! What a workspace tells about accounts, sorted as a plan has it.

use analysis::Certainty;
use analysis::connectors;
use analysis::http::is_tunnel;
use analysis::identity::{Holding, Holdings, Identities, Source, Verdict, Witness, environment_label, resolve};
use analysis::targets::Targets;
use model::configuration::{Purpose, is_open, same_environment};
use model::files::{is_below, name_of};
use model::flow::HTTP;
use model::{AccountKind, FileId, Guid, Solution, Workspace, same_name};

/// Everything that goes into a plan.
#[derive(Debug, Default)]
pub struct Found {
    /// Accounts whose kind can be told, and those whose kind cannot.
    pub accounts: Vec<Account>,
    /// Solutions with their connection references, each name once.
    pub solutions: Vec<SolutionReferences>,
    /// Who owns flows, as settings say it.
    pub owners: Vec<Ownership>,
    /// How many settings files there are.
    pub settings: usize,
    /// The environments they are for, where their paths tell.
    pub environments: Vec<String>,
    /// Hosts that flows call.
    pub hosts: Vec<String>,
    /// Connectors that flows use.
    pub connectors: Vec<String>,
    /// Mail domains of the accounts, the most frequent first.
    pub domains: Vec<String>,
}

/// An account.
#[derive(Debug)]
pub struct Account {
    /// Its address, name or id.
    pub name: String,
    /// What it is, where anything tells.
    pub verdict: Option<Verdict>,
    /// What it is for, where all it does tells.
    pub purpose: Option<Purpose>,
    /// Where it was met, for people: what it stands behind, and what says so.
    pub seen: Vec<(String, String)>,
}

impl Account {
    /// Whether it is a person's.
    pub fn is_personal(&self) -> bool {
        self.kind() == Some(AccountKind::Personal)
    }

    /// Its kind, where anything tells.
    pub fn kind(&self) -> Option<AccountKind> {
        self.verdict.as_ref().map(|verdict| verdict.kind)
    }

    /// Whether its kind follows from its name alone.
    pub fn is_guess(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.certainty != Certainty::High)
    }

    /// Whether a plan can want it: it can be written as one pattern, and is no person's.
    fn can_be_planned(&self) -> bool {
        self.verdict.is_some() && !self.is_personal()
    }
}

/// The connection references of a solution.
#[derive(Debug)]
pub struct SolutionReferences {
    /// Its name.
    pub name: String,
    /// Its references.
    pub references: Vec<Reference>,
}

/// A connection reference.
#[derive(Debug)]
pub struct Reference {
    /// Its logical name.
    pub logical_name: String,
    /// Its name for people, with its connector.
    pub title: String,
    /// The accounts to be planned, by environment; `None` where the environment has no name.
    pub planned: Vec<AccountIn>,
    /// What is known and not planned, for people.
    pub not_planned: Vec<String>,
}

/// An account with the environment it is meant in; `None` where the environment has no name.
pub type AccountIn = (Option<String>, String);

/// Flows with the same owners.
#[derive(Debug)]
pub struct Ownership {
    /// Names of flows, or ids where a name would not tell.
    pub flows: Vec<String>,
    /// The owner by environment.
    pub accounts: Vec<AccountIn>,
}

impl Found {
    /// Looks at all below a folder.
    pub fn new(workspace: &Workspace, folder: &str) -> Self {
        let identities = Identities::new(workspace);
        let holdings = Holdings::new(workspace, &identities, &Targets::new(workspace));
        let inside = |file: FileId| is_below(&workspace.file(file).path, folder);
        let of_folder = |solution: &Solution| solution.manifest.or(solution.customizations).is_some_and(inside);
        let here: Vec<&Holding<'_>> = holdings
            .all()
            .iter()
            .filter(|holding| of_folder(workspace.solution(holding.solution)))
            // What an earlier plan wants is no evidence.
            .filter(|holding| matches!(holding.source, Source::Settings(_)))
            .collect();
        let mut found = Self::default();
        for holding in &here {
            found.meet(&holding.account, holding.verdict.as_ref(), seen(workspace, holding));
        }
        let owners: Vec<OwnerOf> = owners(workspace, &identities)
            .into_iter()
            .filter(|owner| inside(owner.file))
            .collect();
        for owner in &owners {
            found.meet(&owner.account, owner.verdict.as_ref(), owner.seen(workspace));
        }
        for account in &mut found.accounts {
            account.purpose = purpose(account, &here, &owners);
        }
        for (id, _) in workspace.solutions().filter(|(_, solution)| of_folder(solution)) {
            let mut references = Vec::new();
            for reference in workspace.references(id) {
                let name = &reference.logical_name.value;
                let told = found
                    .solutions
                    .iter()
                    .flat_map(|solution| &solution.references)
                    .chain(&references);
                // A plan speaks of names: a copy of a solution, or another that declares the same, adds nothing.
                if name.trim().is_empty()
                    || is_open(name)
                    || told.clone().any(|told| same_name(&told.logical_name, name))
                {
                    continue;
                }
                let connector = reference.connector().map(connectors::title);
                let of_connector = connector.map(|connector| format!(" ({connector})")).unwrap_or_default();
                let (planned, not_planned) = found.plan(name, &here);
                references.push(Reference {
                    logical_name: name.clone(),
                    title: format!("{}{of_connector}", reference.title()),
                    planned,
                    not_planned,
                });
            }
            found.solutions.push(SolutionReferences {
                name: workspace.solution_name(id).to_owned(),
                references,
            });
        }
        found.owners = found.ownerships(workspace, &owners);
        for file in workspace
            .settings()
            .iter()
            .chain(workspace.custom_settings())
            .copied()
            .filter(|file| inside(*file))
        {
            found.settings += 1;
            let environment = environment_label(&workspace.file(file).path);
            let is_known = |own: &str| found.environments.iter().any(|known| same_environment(known, own));
            found
                .environments
                .extend(environment.filter(|own| !is_known(own)).map(str::to_owned));
        }
        found.calls(workspace, &inside);
        found.domains = domains(&found.accounts);
        found
    }

    /// Takes an account in, or another place where it was met.
    fn meet(&mut self, name: &str, verdict: Option<&Verdict>, seen: (String, String)) {
        let name = name.trim();
        // A field may hold anything: what looks like a secret, or like a pattern, is no account to write down.
        if name.is_empty() || is_open(name) || !analysis::secrets::scan(name).is_empty() {
            return;
        }
        let at = self
            .accounts
            .iter()
            .position(|account| same_name(&account.name, name))
            .unwrap_or_else(|| {
                self.accounts.push(Account {
                    name: name.to_owned(),
                    verdict: None,
                    purpose: None,
                    seen: Vec::new(),
                });
                self.accounts.len() - 1
            });
        let account = &mut self.accounts[at];
        // What an inventory says of an account is surer than its name.
        let is_better =
            verdict.is_some_and(|new| account.verdict.as_ref().is_none_or(|old| old.certainty < new.certainty));
        if is_better {
            account.verdict = verdict.cloned();
        }
        if !account.seen.contains(&seen) {
            account.seen.push(seen);
        }
    }

    fn account(&self, name: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| same_name(&account.name, name.trim()))
    }

    /// The accounts of a reference by environment, and what speaks against planning others.
    fn plan(&self, name: &str, holdings: &[&Holding<'_>]) -> (Vec<AccountIn>, Vec<String>) {
        let mut by_environment: Vec<(Option<String>, Vec<&str>)> = Vec::new();
        for holding in holdings
            .iter()
            .filter(|holding| same_name(&holding.reference.logical_name.value, name))
        {
            let environment = label(holding);
            let same = |known: &Option<String>| match (known, &environment) {
                (Some(a), Some(b)) => same_environment(a, b),
                (a, b) => a.is_none() && b.is_none(),
            };
            let at = by_environment
                .iter()
                .position(|(known, _)| same(known))
                .unwrap_or_else(|| {
                    by_environment.push((environment.clone(), Vec::new()));
                    by_environment.len() - 1
                });
            let accounts = &mut by_environment[at].1;
            if !accounts.iter().any(|known| same_name(known, &holding.account)) {
                accounts.push(&holding.account);
            }
        }
        let (mut planned, mut not_planned) = (Vec::new(), Vec::new());
        for (environment, accounts) in by_environment {
            let place = environment.as_deref().unwrap_or("an environment without a name");
            match accounts.as_slice() {
                [only] => match self.account(only) {
                    Some(account) if account.can_be_planned() => planned.push((environment, account.name.clone())),
                    Some(account) if account.is_personal() => {
                        not_planned.push(format!("{place}: {}, a person", account.name))
                    }
                    Some(account) => {
                        not_planned.push(format!("{place}: {}, of which nothing tells what it is", account.name))
                    }
                    None => {}
                },
                several => not_planned.push(format!("{place}: settings disagree ({})", several.join(", "))),
            }
        }
        (planned, not_planned)
    }

    /// Flows by owners, those with the same owners together.
    fn ownerships(&self, workspace: &Workspace, owners: &[OwnerOf]) -> Vec<Ownership> {
        let mut by_flow: Vec<(String, Vec<AccountIn>)> = Vec::new();
        for owner in owners {
            let Some(account) = self.account(&owner.account).filter(|account| account.can_be_planned()) else {
                continue;
            };
            let Some(flow) = owner.flow.and_then(|id| pattern_for(workspace, id)) else {
                continue;
            };
            let at = by_flow.iter().position(|(known, _)| *known == flow).unwrap_or_else(|| {
                by_flow.push((flow, Vec::new()));
                by_flow.len() - 1
            });
            let of_flow = &mut by_flow[at].1;
            if !of_flow.iter().any(|(environment, _)| *environment == owner.environment) {
                of_flow.push((owner.environment.clone(), account.name.clone()));
            }
        }
        let mut all: Vec<Ownership> = Vec::new();
        for (flow, accounts) in by_flow {
            match all.iter_mut().find(|known| known.accounts == accounts) {
                Some(known) => known.flows.push(flow),
                None => all.push(Ownership {
                    flows: vec![flow],
                    accounts,
                }),
            }
        }
        all
    }

    /// The hosts that flows call by HTTP, and the connectors that they use.
    fn calls(&mut self, workspace: &Workspace, inside: &impl Fn(FileId) -> bool) {
        let flows = workspace
            .files()
            .filter(|(file, _)| inside(*file))
            .filter_map(|(_, file)| file.facts.flow());
        for flow in flows {
            for operation in &flow.operations {
                if &*operation.connector == HTTP || is_tunnel(&operation.id) {
                    let host = operation.target.as_deref().and_then(|target| target.split('/').next());
                    self.hosts.extend(host.map(str::to_owned));
                }
            }
            let connectors = flow.connections.iter().filter_map(|key| key.connector.as_ref());
            self.connectors
                .extend(connectors.map(|connector| connector.value.to_ascii_lowercase()));
        }
        for list in [&mut self.hosts, &mut self.connectors] {
            list.retain(|name| !is_open(name) && analysis::secrets::scan(name).is_empty());
            list.sort_unstable();
            list.dedup();
        }
    }
}

/// The environment of a holding as settings write it; `None` where their path names none.
fn label(holding: &Holding<'_>) -> Option<String> {
    match &holding.source {
        Source::Settings(evidence) => evidence.environment.clone(),
        Source::Plan { .. } => holding.environment.clone(),
    }
}

/// Where an account was met, and what says so.
fn seen(workspace: &Workspace, holding: &Holding<'_>) -> (String, String) {
    let name = |file: FileId| name_of(&workspace.file(file).path).to_owned();
    let place = holding
        .environment
        .as_deref()
        .map(|place| format!(" in {place}"))
        .unwrap_or_default();
    let by = match &holding.source {
        Source::Settings(evidence) => match &evidence.witness {
            Witness::Owner { .. } => format!("ConnectionOwner in {}", name(evidence.settings)),
            Witness::Inventory { file, field, .. } => {
                let field = field.map(|field| format!("{} in ", field.as_str())).unwrap_or_default();
                format!("{field}{}", name(*file))
            }
        },
        Source::Plan { file, .. } => name(*file),
    };
    (format!("{}{place}", holding.reference.title()), by)
}

/// An owner of a flow, as custom settings say it.
struct OwnerOf {
    file: FileId,
    environment: Option<String>,
    account: String,
    field: &'static str,
    flow: Option<Guid>,
    verdict: Option<Verdict>,
}

impl OwnerOf {
    fn seen(&self, workspace: &Workspace) -> (String, String) {
        let place = self
            .environment
            .as_deref()
            .map(|place| format!(" in {place}"))
            .unwrap_or_default();
        let file = name_of(&workspace.file(self.file).path);
        (format!("owner of flows{place}"), format!("{} in {file}", self.field))
    }
}

fn owners(workspace: &Workspace, identities: &Identities<'_>) -> Vec<OwnerOf> {
    let mut all = Vec::new();
    for &file in workspace.custom_settings() {
        let plan = workspace
            .configuration_of(&workspace.file(file).path)
            .map(|(_, plan)| plan);
        all.extend(identities.of_custom_settings(file).into_iter().map(|owner| {
            let account = plan.map_or(owner.account.value.as_str(), |plan| resolve(plan, &owner.account.value));
            OwnerOf {
                file,
                environment: owner.environment,
                account: account.trim().to_owned(),
                field: owner.field,
                flow: owner.flow,
                verdict: owner.verdict,
            }
        }));
    }
    all
}

/// How a plan speaks of a flow: by its name where it has it alone, else by its id.
fn pattern_for(workspace: &Workspace, id: Guid) -> Option<String> {
    let &file = workspace.flows_with_id(id).first()?;
    let name = workspace.flow_name(file);
    let namesakes = workspace.files().filter(|(other, entry)| {
        entry.facts.flow().is_some_and(|flow| flow.id != Some(id)) && same_name(&workspace.flow_name(*other), &name)
    });
    let tells = !name.trim().is_empty() && !is_open(&name) && namesakes.count() == 0;
    Some(if tells { name } else { id.to_string() })
}

/// What an account is for, where all that it holds is of one sort.
fn purpose(account: &Account, holdings: &[&Holding<'_>], owners: &[OwnerOf]) -> Option<Purpose> {
    let own: Vec<String> = holdings
        .iter()
        .filter(|holding| same_name(holding.account.trim(), &account.name))
        .map(|holding| holding.connector())
        .collect();
    let is_owner = owners.iter().any(|owner| same_name(&owner.account, &account.name));
    match (own.is_empty(), is_owner) {
        (true, true) => Some(Purpose::Owner),
        (false, false) if own.iter().all(|name| connectors::manages(name)) => Some(Purpose::Managing),
        (false, false) if own.iter().all(|name| connectors::works_on_data(name)) => Some(Purpose::Workload),
        _ => None,
    }
}

/// The domains of accounts' addresses, the most frequent first. Guests keep their own domain before `#EXT#`.
fn domains(accounts: &[Account]) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for account in accounts {
        let Some((local, domain)) = account.name.split_once('@') else {
            continue;
        };
        let domain = domain.trim().to_lowercase();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
        if local.contains("#EXT#") || !domain.contains('.') || !domain.chars().all(is_name) {
            continue;
        }
        match counted.iter_mut().find(|(known, _)| *known == domain) {
            Some((_, count)) => *count += 1,
            None => counted.push((domain, 1)),
        }
    }
    counted.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
    counted.into_iter().map(|(domain, _)| domain).collect()
}
