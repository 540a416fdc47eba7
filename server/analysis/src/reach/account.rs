//! From an account, a connection or a reference to the operations it reaches.

use super::{AccountId, BackingId, ConnectionId, FlowId, Reach, ReferenceId, UseId, Via};

impl Reach {
    /// References that an account stands behind, each once.
    #[must_use]
    pub fn references_of(&self, account: AccountId) -> Vec<ReferenceId> {
        let backings = &self.account(account).backings;
        sorted(backings.iter().map(|backing| self.backings[*backing].reference))
    }

    /// Environments that an account is known from, each once. Settings and inventories may call one environment by two
    /// names; where settings map a connection, theirs is the name.
    #[must_use]
    pub fn environments_of(&self, account: AccountId) -> Vec<&str> {
        let account = self.account(account);
        let from_settings = account
            .backings
            .iter()
            .filter_map(|backing| self.backings[*backing].environment.as_deref());
        let is_mapped = |connection: &ConnectionId| {
            account.backings.iter().any(|backing| {
                let backing = &self.backings[*backing];
                backing.environment.is_some() && backing.connection == Some(*connection)
            })
        };
        let from_inventory = account
            .connections
            .iter()
            .filter(|connection| !is_mapped(connection))
            .filter_map(|connection| self.connection(*connection).environment.as_deref());
        sorted(from_settings.chain(from_inventory))
    }

    /// Operations that run with the account behind these backings.
    #[must_use]
    pub fn uses_behind(&self, backings: &[BackingId]) -> Vec<UseId> {
        let reached = backings.iter().flat_map(|backing| {
            let backing = &self.backings[*backing];
            let uses = &self.reference(backing.reference).uses;
            uses.iter()
                .copied()
                .filter(move |id| self.counts_for(backing, self.flow(self.use_of(*id).flow)))
        });
        sorted(reached)
    }

    /// Operations that an account reaches.
    #[must_use]
    pub fn uses_of_account(&self, account: AccountId) -> Vec<UseId> {
        self.uses_behind(&self.account(account).backings)
    }

    /// Operations that a connection reaches.
    #[must_use]
    pub fn uses_of_connection(&self, connection: ConnectionId) -> Vec<UseId> {
        let backings: Vec<BackingId> = self
            .connection(connection)
            .references
            .iter()
            .flat_map(|reference| &self.reference(*reference).backings)
            .copied()
            .filter(|backing| self.backings[*backing].connection == Some(connection))
            .collect();
        self.uses_behind(&backings)
    }

    /// Flows that hold a reference which these backings stand behind, whether they use it or not.
    #[must_use]
    pub fn flows_behind(&self, backings: &[BackingId]) -> Vec<FlowId> {
        let reached = backings.iter().flat_map(|backing| {
            let backing = &self.backings[*backing];
            let flows = &self.reference(backing.reference).flows;
            flows
                .iter()
                .copied()
                .filter(move |flow| self.counts_for(backing, self.flow(*flow)))
        });
        sorted(reached)
    }

    /// Accounts that an operation may run with, each once; none where nothing tells, or whoever starts the flow counts.
    #[must_use]
    pub fn accounts_of(&self, used: UseId) -> Vec<AccountId> {
        let used = self.use_of(used);
        let Via::Reference(reference) = used.via else {
            return Vec::new();
        };
        let flow = self.flow(used.flow);
        let backings = self.reference(reference).backings.iter();
        sorted(
            backings
                .map(|backing| &self.backings[*backing])
                .filter(|backing| self.counts_for(backing, flow))
                .filter_map(|backing| backing.account),
        )
    }
}

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}
