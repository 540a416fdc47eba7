//! Whose account stands behind a connection reference: evidence with its whole chain, and the verdict on it.
//!
//! Solution source names no account. A settings file gives a connection reference a connection, and sometimes an owner; an
//! inventory gives a connection an account. [`Identities`] follows these two ways and says at each end what was found
//! where; [`verdict`] judges accounts. What an owner says and what an inventory says are two pieces of evidence, also
//! where they disagree: the owner is who is meant to hold the connection, the inventory's account is what it acts as.
//!
//! Invariants: no evidence, no verdict; tokens of pipelines are no evidence; nothing is guessed from a name that is no
//! address, id or configured pattern.

mod connected;
mod connections;
mod environment;
mod holdings;
mod owners;
pub mod verdict;

use model::configuration::Configuration;
use model::inventory::{AccountSource, ConnectionRecord};
use model::settings::{FlowOwner, SettingsReference, is_token};
use model::{FileId, Guid, SolutionId, Spanned, Workspace};
use syntax::Span;

pub use self::connected::{Connected, Entry, Known, is_literal_connection};
use self::connections::Connections;
pub use self::connections::key as connection_key;
pub use self::environment::environment_label;
pub use self::holdings::{Group, Holding, Holdings, Source, account_key, resolve};
pub use self::owners::{Owner, owners};
pub use self::verdict::{Verdict, judge, judge_record};
use crate::targets::solutions_of_settings_entry;

/// One piece of evidence for the account behind a connection reference, from the settings entry to the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The settings file.
    pub settings: FileId,
    /// Which of its `ConnectionReferences`.
    pub entry: usize,
    /// The environment the settings are for, where their path tells.
    pub environment: Option<String>,
    /// The connection reference, with the place of its name in the settings.
    pub logical_name: Spanned<String>,
    /// The connection, with its place in the settings; `None` where the entry has a pipeline token.
    pub connection: Option<Spanned<String>>,
    /// The account; `None` where a connection is known and its account is not.
    pub account: Option<String>,
    /// Who says so.
    pub witness: Witness,
    /// What the account is.
    pub verdict: Option<Verdict>,
}

/// Who names an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// `ConnectionOwner` of the settings entry: who is meant to hold the connection.
    Owner {
        /// The value.
        span: Span,
    },
    /// A connection of an inventory: what it acts as.
    Inventory {
        /// The inventory.
        file: FileId,
        /// Which of its connections.
        connection: usize,
        /// Where it stands.
        span: Span,
        /// The field that names the account.
        field: Option<AccountSource>,
    },
}

impl Evidence {
    /// The place in the settings that this evidence starts from: the owner, or the connection.
    #[must_use]
    pub fn settings_span(&self) -> Span {
        match (&self.witness, &self.connection) {
            (Witness::Owner { span }, _) => *span,
            (_, Some(connection)) => connection.span,
            _ => self.logical_name.span,
        }
    }

    /// The inventory's record, for what else it tells.
    #[must_use]
    pub fn record<'w>(&self, workspace: &'w Workspace) -> Option<&'w ConnectionRecord> {
        match self.witness {
            Witness::Inventory { file, connection, .. } => {
                workspace.get(file)?.facts.inventory()?.connections.get(connection)
            }
            Witness::Owner { .. } => None,
        }
    }

    /// Whether both name the same account.
    #[must_use]
    pub fn same_account(&self, other: &Self) -> bool {
        matches!((&self.account, &other.account), (Some(a), Some(b)) if model::same_name(a, b))
    }
}

/// The account that settings make the owner of a flow, or switch it on as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerEvidence {
    /// Which of the file's owners.
    pub entry: usize,
    /// The environment the settings are for, where their path tells.
    pub environment: Option<String>,
    /// The account and its place.
    pub account: Spanned<String>,
    /// `ownerEmail` or `activateAsUser`.
    pub field: &'static str,
    /// The flow.
    pub flow: Option<Guid>,
    /// The flow's name as the settings give it.
    pub flow_name: Option<String>,
    /// What the account is.
    pub verdict: Option<Verdict>,
}

/// Evidence of a whole workspace. Making one reads the names of all inventoried connections once; every question after
/// that is a look-up, so keep it for as long as the workspace stays as it is.
#[derive(Debug)]
pub struct Identities<'w> {
    workspace: &'w Workspace,
    connections: Connections<'w>,
}

impl<'w> Identities<'w> {
    /// Prepares the look-ups.
    #[must_use]
    pub fn new(workspace: &'w Workspace) -> Self {
        Self {
            workspace,
            connections: Connections::new(workspace),
        }
    }

    /// The evidence of every entry of a settings file, in the order of its entries.
    #[must_use]
    pub fn of_settings(&self, settings: FileId) -> Vec<Evidence> {
        self.of_entries(settings, |_, _| true)
    }

    /// The evidence of one entry: its owner first, then what inventories say of its connection.
    #[must_use]
    pub fn of_entry(&self, settings: FileId, entry: usize) -> Vec<Evidence> {
        self.of_entries(settings, |index, _| index == entry)
    }

    /// The evidence for a connection reference of a solution, from every settings file that serves it, by path.
    #[must_use]
    pub fn of_reference(&self, solution: SolutionId, logical_name: &str) -> Vec<Evidence> {
        let mut all = Vec::new();
        for &settings in self.workspace.settings() {
            let mut found = self.of_entries(settings, |_, entry| {
                model::same_name(&entry.logical_name.value, logical_name)
            });
            if !found.is_empty()
                && solutions_of_settings_entry(self.workspace, settings, logical_name).contains(&solution)
            {
                all.append(&mut found);
            }
        }
        all
    }

    /// Who is to own, or to switch on, the flows of a custom settings file; pipeline tokens are left out.
    #[must_use]
    pub fn of_custom_settings(&self, settings: FileId) -> Vec<OwnerEvidence> {
        let Some(file) = self.workspace.get(settings) else {
            return Vec::new();
        };
        let Some(facts) = file.facts.custom_settings() else {
            return Vec::new();
        };
        let configuration = self.configuration(&file.path);
        let evidence = |(entry, owner): (usize, &FlowOwner)| OwnerEvidence {
            entry,
            environment: environment_label(&file.path).map(str::to_owned),
            account: owner.account.clone(),
            field: owner.field,
            flow: owner.flow,
            flow_name: owner.flow_name.clone(),
            verdict: judge(configuration, &owner.account.value),
        };
        facts
            .owners
            .iter()
            .enumerate()
            .filter(|(_, owner)| !is_token(&owner.account.value))
            .map(evidence)
            .collect()
    }

    fn configuration(&self, path: &str) -> Option<&'w Configuration> {
        self.workspace
            .configuration_of(path)
            .map(|(_, configuration)| configuration)
    }

    fn of_entries(&self, settings: FileId, wanted: impl Fn(usize, &SettingsReference) -> bool) -> Vec<Evidence> {
        let mut all = Vec::new();
        let Some(file) = self.workspace.get(settings) else {
            return all;
        };
        let Some(facts) = file.facts.settings() else { return all };
        let environment = environment_label(&file.path);
        let mut around = None;
        for (index, entry) in facts
            .references
            .iter()
            .enumerate()
            .filter(|(index, entry)| wanted(*index, entry))
        {
            let (configuration, inventories) = around.get_or_insert_with(|| {
                (
                    self.configuration(&file.path),
                    self.workspace.inventories_for(&file.path).collect::<Vec<FileId>>(),
                )
            });
            let connection = entry.connection_id.as_ref().filter(|id| !is_token(&id.value));
            let evidence = |account: Option<String>, witness, verdict| Evidence {
                settings,
                entry: index,
                environment: environment.map(str::to_owned),
                logical_name: entry.logical_name.clone(),
                connection: connection.cloned(),
                account,
                witness,
                verdict,
            };
            if let Some(owner) = entry.owner.as_ref().filter(|owner| !is_token(&owner.value)) {
                let verdict = judge(*configuration, &owner.value);
                all.push(evidence(
                    Some(owner.value.trim().to_owned()),
                    Witness::Owner { span: owner.span },
                    verdict,
                ));
            }
            let Some(connection) = connection else { continue };
            let connector = entry.connector_id.as_ref().map(|id| model::connector_name(&id.value));
            let first = all.len();
            for (file, at, record) in self
                .connections
                .named(&connection.value, inventories, connector, environment)
            {
                let account = record.account.as_ref();
                let witness = Witness::Inventory {
                    file,
                    connection: at,
                    span: record.span,
                    field: account.map(|account| account.source),
                };
                let found = evidence(
                    account.map(|account| account.value.clone()),
                    witness,
                    judge_record(*configuration, record),
                );
                // The same connection listed twice with one account is one piece of evidence.
                let repeated = all
                    .get(first..)
                    .unwrap_or(&[])
                    .iter()
                    .any(|known| known.account == found.account || known.same_account(&found));
                if !repeated {
                    all.push(found);
                }
            }
        }
        all
    }
}

/// The evidence of every entry of a settings file; see [`Identities::of_settings`], which is cheaper for many files.
#[must_use]
pub fn evidence(workspace: &Workspace, settings: FileId) -> Vec<Evidence> {
    Identities::new(workspace).of_settings(settings)
}

/// The evidence for a connection reference; see [`Identities::of_reference`], which is cheaper for many references.
#[must_use]
pub fn accounts_of_reference(workspace: &Workspace, solution: SolutionId, logical_name: &str) -> Vec<Evidence> {
    Identities::new(workspace).of_reference(solution, logical_name)
}
