//! What several rules ask of one flow, worked out when the first of them asks.

use std::cell::OnceCell;

use analysis::order::{Order, Outcomes};
use analysis::secrets::{SecretHit, scan_json};
use analysis::types::TypeMemory;

use crate::context::FlowContext;

/// Analyses of one flow, each made at most once while the flow is checked.
#[derive(Debug, Default)]
pub struct Analyses {
    pub(crate) types: TypeMemory,
    order: OnceCell<Order>,
    outcomes: OnceCell<Outcomes>,
    secrets: OnceCell<Vec<SecretHit>>,
}

impl<'a> FlowContext<'a> {
    /// What has run before each action.
    #[must_use]
    pub fn order(&self) -> &'a Order {
        self.analyses.order.get_or_init(|| Order::new(&self.view()))
    }

    /// Secrets that stand in the file.
    #[must_use]
    pub fn secrets(&self) -> &'a [SecretHit] {
        self.analyses.secrets.get_or_init(|| scan_json(self.tree, self.text))
    }

    /// How each action can end, and which can never run.
    #[must_use]
    pub fn outcomes(&self) -> &'a Outcomes {
        let make = || Outcomes::new(&self.view(), self.order());
        self.analyses.outcomes.get_or_init(make)
    }
}
