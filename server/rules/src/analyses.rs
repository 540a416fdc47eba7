//! What several rules ask of one flow, worked out when the first of them asks.

use std::cell::OnceCell;

use analysis::order::{Order, Outcomes};
use analysis::types::TypeMemory;

use crate::context::FlowContext;

/// Analyses of one flow, each made at most once while the flow is checked.
#[derive(Debug, Default)]
pub struct Analyses {
    pub(crate) types: TypeMemory,
    order: OnceCell<Order>,
    outcomes: OnceCell<Outcomes>,
}

impl<'a> FlowContext<'a> {
    /// What has run before each action.
    #[must_use]
    pub fn order(&self) -> &'a Order {
        self.analyses.order.get_or_init(|| Order::new(&self.view()))
    }

    /// How each action can end, and which can never run.
    #[must_use]
    pub fn outcomes(&self) -> &'a Outcomes {
        let make = || Outcomes::new(&self.view(), self.order());
        self.analyses.outcomes.get_or_init(make)
    }
}
