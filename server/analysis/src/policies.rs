//! Which group of connectors a data policy puts a connector into, and which policy says so.
//!
//! In an environment every policy that counts there counts at once: a connector is blocked where one blocks it, and two
//! connectors may be used together only where no policy puts them into different groups.

use model::policies::{ConnectorGroup, DataPolicy};
use model::{FileId, Workspace};
use syntax::Span;

/// The policies that count for a file: those written in its configuration, and those of the files it names.
#[derive(Clone, Debug, Default)]
pub struct Policies<'w> {
    all: Vec<(FileId, &'w DataPolicy)>,
}

/// That a policy puts a connector into a group.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'w> {
    /// The group.
    pub group: ConnectorGroup,
    /// The policy.
    pub policy: &'w DataPolicy,
    /// The file that holds the policy.
    pub file: FileId,
    /// Where the policy lists the connector, else its name.
    pub span: Span,
    /// Whether the connector is in the group only because the policy lists it nowhere.
    pub by_default: bool,
}

impl<'w> Policies<'w> {
    /// The policies that count for the file of a path.
    #[must_use]
    pub fn of(workspace: &'w Workspace, path: &str) -> Self {
        let mut all = Vec::new();
        if let Some((file, configuration)) = workspace.configuration_file_of(path) {
            all.extend(configuration.policies.iter().map(|policy| (file, policy)));
        }
        for file in workspace.policies_for(path) {
            let facts = workspace.get(file).and_then(|file| file.facts.policies());
            let policies = facts.into_iter().flat_map(|facts| &facts.policies);
            all.extend(policies.map(|policy| (file, policy)));
        }
        Self { all }
    }

    /// Whether there are none, so that nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every policy with its file.
    #[must_use]
    pub fn all(&self) -> &[(FileId, &'w DataPolicy)] {
        &self.all
    }

    /// Where the policies put a connector, by its name `shared_…` or `builtin:…`; one answer a policy. With an
    /// environment, only policies that count there are asked.
    pub fn of_connector(&self, connector: &str, environment: Option<&str>) -> impl Iterator<Item = Placed<'w>> {
        let placed = move |&(file, policy): &(FileId, &'w DataPolicy)| {
            let placement = policy.group_of(connector)?;
            Some(Placed {
                group: placement.group,
                policy,
                file,
                span: placement.span.unwrap_or(policy.name.span),
                by_default: placement.span.is_none(),
            })
        };
        self.all
            .iter()
            .filter(move |(_, policy)| policy.counts_in(environment))
            .filter_map(placed)
    }

    /// The strictest placement of a connector: blocked, else the first policy's.
    #[must_use]
    pub fn group(&self, connector: &str) -> Option<Placed<'w>> {
        let mut first = None;
        for placed in self.of_connector(connector, None) {
            if placed.group == ConnectorGroup::Blocked {
                return Some(placed);
            }
            first.get_or_insert(placed);
        }
        first
    }

    /// A policy that keeps two connectors apart, with where it puts each: one is business, the other is not. Blocked
    /// connectors are another matter.
    #[must_use]
    pub fn separating(&self, a: &str, b: &str) -> Option<(Placed<'w>, Placed<'w>)> {
        let other = |one: &Placed<'w>| {
            let found = self
                .of_connector(b, None)
                .find(|p| std::ptr::eq(p.policy, one.policy))?;
            let groups = (one.group, found.group);
            let apart = matches!(
                groups,
                (ConnectorGroup::Business, ConnectorGroup::NonBusiness)
                    | (ConnectorGroup::NonBusiness, ConnectorGroup::Business)
            );
            apart.then_some(found)
        };
        self.of_connector(a, None).find_map(|one| Some((one, other(&one)?)))
    }
}
