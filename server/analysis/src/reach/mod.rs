//! The blast radius: what an account, a connection, a connection reference, a connector or a flow reaches, and what stops
//! when an account goes.
//!
//! [`Reach::new`] lays the workspace out as one graph: accounts hold connections, connections stand behind connection
//! references, flows use references in operations of connectors, operations touch tables. Everything else asks this
//! graph: [`Reach::sum`] adds up what a set of operations does, [`impact`](Reach::impact) follows what stops.
//!
//! Invariants: copies of one flow (the same workflow id) are one flow, and references of one logical name are one
//! reference; an account reaches a flow only through evidence that counts for the flow's solution; what runs with the
//! account of whoever starts the flow is no account's reach. Every list is in an order that does not depend on hashing.

mod account;
mod build;
mod impact;
mod rotation;
mod sum;
#[cfg(test)]
mod tests;

use model::flow::OperationSummary;
use model::{FileId, Guid, SolutionId, Workspace};
use rustc_hash::FxHashMap;

use crate::effects::Judgement;
use crate::identity::Verdict;
use crate::sharing::Sharing;
use crate::tables::{Ownership, TableNames};

pub use self::impact::{Impact, Starved};
pub use self::rotation::{Checklist, Step};
pub use self::sum::{ConnectorSum, Sum, TableSum};

/// Declares the index of a kind of node.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            fn at(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// Its place in the list of its kind.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An account of a [`Reach`].
    AccountId;
    /// A connection of a [`Reach`].
    ConnectionId;
    /// A connection reference of a [`Reach`].
    ReferenceId;
    /// A connector of a [`Reach`].
    ConnectorId;
    /// A flow of a [`Reach`].
    FlowId;
    /// A table of a [`Reach`].
    TableId;
    /// A use of an operation by a flow.
    UseId;
}

/// An account, as settings and inventories name it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Address, name or id.
    pub name: String,
    /// What it is; `None` where nothing tells.
    pub verdict: Option<Verdict>,
    /// Connections that act as it.
    pub connections: Vec<ConnectionId>,
    /// Connections of others that it may use.
    pub shared: Vec<ConnectionId>,
    /// What stands between it and connection references.
    pub backings: Vec<BackingId>,
    /// Flows it is made the owner of, or that are switched on as it.
    pub owns: Vec<FlowId>,
    /// Places that name it.
    pub places: Vec<(FileId, syntax::Span)>,
}

impl Account {
    /// What the plan calls it, where that is another name.
    #[must_use]
    pub fn plan_name(&self) -> Option<&str> {
        let name = self.verdict.as_ref()?.name.as_deref()?;
        (!name.eq_ignore_ascii_case(&self.name)).then_some(name)
    }

    /// What the plan calls it with its address or id behind that, or the latter alone.
    #[must_use]
    pub fn title(&self) -> String {
        self.plan_name()
            .map_or_else(|| self.name.clone(), |name| format!("{name} ({})", self.name))
    }
}

/// A connection, as settings and inventories name it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its name, which is an id.
    pub name: String,
    /// The name people see.
    pub title: Option<String>,
    /// The connector's name in lower case.
    pub connector: Option<String>,
    /// Where it lives, as an inventory says.
    pub environment: Option<String>,
    /// `Connected` or `Error`, as an inventory says.
    pub status: Option<String>,
    /// Who it acts as.
    pub account: Option<AccountId>,
    /// References that it stands behind.
    pub references: Vec<ReferenceId>,
    /// Whether an inventory lists it.
    pub listed: bool,
    /// With whom it is shared, as role assignments say.
    pub sharing: Sharing,
}

/// Index of a [`Backing`].
pub type BackingId = usize;

/// What gives a connection reference its connection and account in one environment.
#[derive(Clone, Debug)]
pub struct Backing {
    /// The reference.
    pub reference: ReferenceId,
    /// The connection; `None` where only an owner is named.
    pub connection: Option<ConnectionId>,
    /// The account; `None` where a connection is known and its account is not.
    pub account: Option<AccountId>,
    /// The environment, where the settings' path tells.
    pub environment: Option<String>,
    /// The settings or the configuration that say so.
    pub settings: FileId,
    /// Who says so.
    pub witness: BackedBy,
    /// Solutions the settings serve; empty where they serve none, so that they count for every flow.
    pub solutions: Vec<SolutionId>,
}

/// Who names the account of a [`Backing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BackedBy {
    /// An inventory: who the connection acts as.
    Inventory,
    /// `ConnectionOwner` of settings: who is meant to hold the connection.
    Owner,
    /// The project's configuration: who is planned to stand behind the reference.
    Plan,
    /// Nobody: only the connection is known.
    Nobody,
}

/// A connection reference.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Its logical name.
    pub name: String,
    /// The name to show.
    pub title: String,
    /// The connector's name in lower case.
    pub connector: String,
    /// Solutions that declare it, with the file.
    pub declared: Vec<(SolutionId, FileId)>,
    /// What stands behind it.
    pub backings: Vec<BackingId>,
    /// Operations that flows perform with it.
    pub uses: Vec<UseId>,
    /// Flows that name it, by flow; a flow may name it without performing anything.
    pub flows: Vec<FlowId>,
}

/// A connector.
#[derive(Clone, Debug)]
pub struct ConnectorNode {
    /// Its name in lower case; empty where flows do not tell.
    pub name: String,
    /// Operations that flows perform.
    pub uses: Vec<UseId>,
    /// References of it.
    pub references: Vec<ReferenceId>,
}

/// A flow.
#[derive(Clone, Debug)]
pub struct FlowNode {
    /// The name people know it by.
    pub name: String,
    /// Its workflow id.
    pub id: Option<Guid>,
    /// Its files; copies of one flow share an id.
    pub files: Vec<FileId>,
    /// Solutions its files belong to.
    pub solutions: Vec<SolutionId>,
    /// Whether it is on after import, where its metadata tell.
    pub on: Option<bool>,
    /// What starts it, in a word or two.
    pub trigger: String,
    /// What it does.
    pub uses: Vec<UseId>,
    /// References it names, used or not, that count with the account behind them.
    pub references: Vec<ReferenceId>,
    /// References it uses with the account of whoever starts it.
    pub as_caller: Vec<ReferenceId>,
    /// Child flows it calls that are in the workspace.
    pub calls: Vec<FlowId>,
    /// Flows that call it.
    pub callers: Vec<FlowId>,
    /// Whether all of its files are whole.
    pub complete: bool,
}

/// Whose account an operation runs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// The account behind a connection reference.
    Reference(ReferenceId),
    /// Whoever starts the flow; the reference, where one is named, only says which connector.
    Caller(Option<ReferenceId>),
    /// A connection without a reference, which nothing names.
    Unbound,
    /// No connection: the flow calls an address itself.
    Direct,
}

/// One operation of a flow.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// The flow.
    pub flow: FlowId,
    /// The file and the operation's index in its summary.
    pub place: (FileId, u32),
    /// Whose account it runs with.
    pub via: Via,
    /// The connector.
    pub connector: ConnectorId,
    /// The table of Dataverse that it works on, where its text names one.
    pub table: Option<TableId>,
    /// What it does.
    pub judgement: Judgement,
}

/// A table of Dataverse.
#[derive(Clone, Debug)]
pub struct TableNode {
    /// Its logical name.
    pub name: String,
    /// Whether that name only follows from the set's.
    pub inferred: bool,
    /// Its display name.
    pub title: Option<String>,
    /// Files that define or extend it; for raw solutions the customizations.
    pub defined: Vec<FileId>,
    /// Whether changes of its rows are audited; `None` where no definition says so, or definitions disagree.
    pub audited: Option<bool>,
    /// Who its rows belong to.
    pub ownership: Option<Ownership>,
    /// Operations that work on it.
    pub uses: Vec<UseId>,
    /// Triggers among them, which wait for its changes.
    pub listeners: Vec<UseId>,
    /// Operations that read it besides the table they work on, or bind rows to it. Tables that only stand here because
    /// every user of Dataverse touches them have neither.
    pub others: Vec<UseId>,
}

/// The graph of a workspace.
#[derive(Debug, Default)]
pub struct Reach {
    /// Accounts, in the order in which they are met.
    pub accounts: Vec<Account>,
    /// Connections, in the order in which they are met.
    pub connections: Vec<Connection>,
    /// What stands between accounts and references.
    pub backings: Vec<Backing>,
    /// Connection references by name.
    pub references: Vec<Reference>,
    /// Connectors, in the order in which they are met.
    pub connectors: Vec<ConnectorNode>,
    /// Flows by name.
    pub flows: Vec<FlowNode>,
    /// Operations by flow.
    pub uses: Vec<Use>,
    /// Tables, in the order in which they are met.
    pub tables: Vec<TableNode>,
    /// Look-ups from the names that flows use to logical names.
    pub names: TableNames,
    by_name: ByName,
}

/// Look-ups by name in lower case.
#[derive(Debug, Default)]
struct ByName {
    accounts: FxHashMap<String, AccountId>,
    references: FxHashMap<String, ReferenceId>,
    connectors: FxHashMap<String, ConnectorId>,
    tables: FxHashMap<String, TableId>,
    flows: FxHashMap<FileId, FlowId>,
}

impl Reach {
    /// An account.
    #[must_use]
    pub fn account(&self, id: AccountId) -> &Account {
        &self.accounts[id.index()]
    }

    /// A connection.
    #[must_use]
    pub fn connection(&self, id: ConnectionId) -> &Connection {
        &self.connections[id.index()]
    }

    /// A connection reference.
    #[must_use]
    pub fn reference(&self, id: ReferenceId) -> &Reference {
        &self.references[id.index()]
    }

    /// A connector.
    #[must_use]
    pub fn connector(&self, id: ConnectorId) -> &ConnectorNode {
        &self.connectors[id.index()]
    }

    /// A flow.
    #[must_use]
    pub fn flow(&self, id: FlowId) -> &FlowNode {
        &self.flows[id.index()]
    }

    /// A table.
    #[must_use]
    pub fn table(&self, id: TableId) -> &TableNode {
        &self.tables[id.index()]
    }

    /// A use.
    #[must_use]
    pub fn use_of(&self, id: UseId) -> &Use {
        &self.uses[id.index()]
    }

    /// The account of a name, whatever its case.
    #[must_use]
    pub fn find_account(&self, name: &str) -> Option<AccountId> {
        self.by_name.accounts.get(&name.trim().to_lowercase()).copied()
    }

    /// The connection reference of a logical name, whatever its case.
    #[must_use]
    pub fn find_reference(&self, name: &str) -> Option<ReferenceId> {
        self.by_name.references.get(&name.to_lowercase()).copied()
    }

    /// The connector of a name, whatever its case.
    #[must_use]
    pub fn find_connector(&self, name: &str) -> Option<ConnectorId> {
        self.by_name.connectors.get(&name.to_ascii_lowercase()).copied()
    }

    /// The table of a logical name, whatever its case.
    #[must_use]
    pub fn find_table(&self, logical: &str) -> Option<TableId> {
        self.by_name.tables.get(&logical.to_ascii_lowercase()).copied()
    }

    /// The flow of a file.
    #[must_use]
    pub fn flow_of(&self, file: FileId) -> Option<FlowId> {
        self.by_name.flows.get(&file).copied()
    }

    /// The facts of a use. The workspace must be the one this was made from, unchanged.
    #[must_use]
    pub fn operation<'w>(&self, workspace: &'w Workspace, used: &Use) -> Option<&'w OperationSummary> {
        let (file, index) = used.place;
        workspace.get(file)?.facts.flow()?.operations.get(index as usize)
    }

    /// Whether what a backing says counts for a flow: the settings serve one of its solutions, or none of its solutions
    /// declares the reference itself.
    #[must_use]
    pub fn counts_for(&self, backing: &Backing, flow: &FlowNode) -> bool {
        let declared = &self.reference(backing.reference).declared;
        let own = |solution: &SolutionId| declared.iter().any(|(declaring, _)| declaring == solution);
        backing.solutions.is_empty()
            || flow
                .solutions
                .iter()
                .any(|solution| backing.solutions.contains(solution))
            || !flow.solutions.iter().any(own)
    }
}
