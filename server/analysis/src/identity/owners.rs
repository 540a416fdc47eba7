//! Who owns flows: as custom settings say it, and as the plan wants it.

use model::configuration::{Configuration, Purpose, is_open};
use model::settings::is_token;
use model::{FileId, Guid, Workspace};
use syntax::Span;

use super::{Verdict, account_key, environment_label, judge, resolve};

/// An account that owns flows, or is to.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The environment, where the settings' path or the plan tells.
    pub environment: Option<String>,
    /// The account.
    pub account: String,
    /// The key of the account, as holdings have it.
    pub key: String,
    /// What it is.
    pub verdict: Option<Verdict>,
    /// The file that says so.
    pub file: FileId,
    /// Where in it.
    pub span: Span,
    /// The flow, where one is named by id.
    pub flow: Option<Guid>,
    /// How it is said: `ownerEmail`, `activateAsUser`, `owners`, or `accounts`.
    pub field: &'static str,
}

/// Every owner that custom settings and plans name, each account of a file and environment once; tokens are none.
#[must_use]
pub fn owners(workspace: &Workspace) -> Vec<Owner> {
    let mut all: Vec<Owner> = Vec::new();
    let mut push = |owner: Owner| {
        let same = |known: &Owner| {
            (known.file, &known.key, &known.environment) == (owner.file, &owner.key, &owner.environment)
        };
        if !all.iter().any(same) {
            all.push(owner);
        }
    };
    for &file in workspace.custom_settings() {
        let path = &workspace.file(file).path;
        let plan = workspace.configuration_of(path).map(|(_, plan)| plan);
        let facts = workspace.file(file).facts.custom_settings();
        for owner in facts.into_iter().flat_map(|facts| &facts.owners) {
            if is_token(&owner.account.value) {
                continue;
            }
            push(Owner {
                environment: environment_label(path).map(str::to_owned),
                account: owner.account.value.trim().to_owned(),
                key: account_key(plan, &owner.account.value),
                verdict: judge(plan, &owner.account.value),
                file,
                span: owner.account.span,
                flow: owner.flow,
                field: owner.field,
            });
        }
    }
    for (file, entry) in workspace.files() {
        if let Some(plan) = entry.facts.configuration() {
            of_plan(file, plan).into_iter().for_each(&mut push);
        }
    }
    all
}

fn of_plan(file: FileId, plan: &Configuration) -> Vec<Owner> {
    let owner = |account: &str, environment: Option<String>, span: Span, field: &'static str| {
        let account = resolve(plan, account);
        Owner {
            environment,
            account: account.to_owned(),
            key: account_key(Some(plan), account),
            verdict: judge(Some(plan), account),
            file,
            span,
            flow: None,
            field,
        }
    };
    let assigned = plan.owners.iter().flat_map(|entry| &entry.accounts).map(|planned| {
        let environment = planned
            .environment
            .as_ref()
            .map(|environment| environment.value.clone());
        owner(&planned.account.value, environment, planned.account.span, "owners")
    });
    let by_purpose = plan
        .accounts
        .iter()
        .filter(|rule| rule.notes.means() == Some(Purpose::Owner))
        .flat_map(|rule| &rule.patterns)
        .filter(|pattern| !is_open(&pattern.value))
        .map(|pattern| owner(&pattern.value, None, pattern.span, "accounts"));
    assigned.chain(by_purpose).collect()
}
