//! What several rules ask of one flow, worked out when the first of them asks.

use std::cell::OnceCell;

use analysis::hardcoded::{Written, written};
use analysis::order::{Order, Outcomes};
use analysis::secrets::{SecretHit, scan_json};
use analysis::taint::FlowTaint;
use analysis::types::TypeMemory;
use model::flow::data_paths::DataPaths;

use crate::context::FlowContext;

/// Analyses of one flow, each made at most once while the flow is checked.
#[derive(Debug, Default)]
pub struct Analyses {
    pub(crate) types: TypeMemory,
    order: OnceCell<Order>,
    outcomes: OnceCell<Outcomes>,
    secrets: OnceCell<Vec<SecretHit>>,
    taint: OnceCell<Option<FlowTaint>>,
    written: OnceCell<Vec<Written>>,
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

    /// Values of one environment that the flow writes out.
    #[must_use]
    pub fn written(&self) -> &'a [Written] {
        self.analyses.written.get_or_init(|| written(&self.view()))
    }

    /// How each action can end, and which can never run.
    #[must_use]
    pub fn outcomes(&self) -> &'a Outcomes {
        let make = || Outcomes::new(&self.view(), self.order());
        self.analyses.outcomes.get_or_init(make)
    }

    /// Where the flow's data comes from and where it ends; `None` where none begins that anybody asks about.
    #[must_use]
    pub fn taint(&self) -> Option<&'a FlowTaint> {
        let groups = self
            .configuration
            .is_some_and(|own| !own.policies.is_empty() || !own.policy_files.is_empty());
        let make = || FlowTaint::new(self.view(), || self.order(), groups);
        self.analyses.taint.get_or_init(make).as_ref()
    }

    /// The ways of the flow's data that other flows take part in, or that data policies speak of.
    pub(crate) fn data_paths(&self) -> Option<DataPaths> {
        let paths = self.taint()?.paths(self.view(), self.order());
        (!paths.paths.is_empty()).then_some(paths)
    }
}
