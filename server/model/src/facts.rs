//! What a file says to the rest of the workspace. Facts outlive the text and the tree they were read from.

use std::sync::Arc;

use syntax::Span;

use crate::callers::Caller;
use crate::configuration::Configuration;
use crate::customizations::Customizations;
use crate::flow::FlowSummary;
use crate::inventory::Inventory;
use crate::manifest::Manifest;
use crate::policies::PolicyFile;
use crate::roles::RoleDefinition;
use crate::settings::{CustomSettings, DeploymentSettings};
use crate::tables::TableDefinition;
use crate::variables::{VariableDefinition, VariableValues};
use crate::workflow_metadata::WorkflowMetadata;

/// A value and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands: for strings, inside the quotes.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// The facts of one file.
#[derive(Clone, Debug)]
pub enum Facts {
    /// The solution's manifest.
    Manifest(Arc<Manifest>),
    /// Connection references, and in the raw layout the workflows' metadata.
    Customizations(Arc<Customizations>),
    /// A cloud flow.
    Flow(Arc<FlowSummary>),
    /// Metadata of one workflow.
    Workflow(Arc<WorkflowMetadata>),
    /// An environment variable definition.
    VariableDefinition(Arc<VariableDefinition>),
    /// Current values of an environment variable.
    VariableValues(Arc<VariableValues>),
    /// Definition of a table.
    Table(Arc<TableDefinition>),
    /// A security role.
    Role(Arc<RoleDefinition>),
    /// Deployment settings in the form of `pac solution create-settings`.
    Settings(Arc<DeploymentSettings>),
    /// `customDeploymentSettings.json` of the ALM Accelerator.
    CustomSettings(Arc<CustomSettings>),
    /// An inventory of connections that the user points at.
    Inventory(Arc<Inventory>),
    /// Data policies that the user points at.
    Policies(Arc<PolicyFile>),
    /// An app or an agent.
    Caller(Arc<Caller>),
    /// The project's configuration.
    Configuration(Arc<Configuration>),
    /// A JSON file in `Workflows/` that is no cloud flow (a desktop flow), or a file of no interest.
    Other,
    /// The file could not be read; the reason.
    Unreadable(String),
}

/// An accessor that answers `None` for facts of another kind.
macro_rules! accessor {
    ($($(#[$doc:meta])* $name:ident: $variant:ident -> $type:ty;)*) => {
        impl Facts {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> Option<&$type> {
                match self {
                    Self::$variant(facts) => Some(facts),
                    _ => None,
                }
            })*
        }
    };
}

accessor! {
    /// The manifest's facts.
    manifest: Manifest -> Manifest;
    /// The customizations' facts.
    customizations: Customizations -> Customizations;
    /// The flow's facts.
    flow: Flow -> FlowSummary;
    /// The workflow metadata's facts.
    workflow: Workflow -> WorkflowMetadata;
    /// The variable definition's facts.
    variable_definition: VariableDefinition -> VariableDefinition;
    /// The variable values' facts.
    variable_values: VariableValues -> VariableValues;
    /// The table's definition.
    table: Table -> TableDefinition;
    /// The security role's facts.
    role: Role -> RoleDefinition;
    /// The deployment settings' facts.
    settings: Settings -> DeploymentSettings;
    /// The custom deployment settings' facts.
    custom_settings: CustomSettings -> CustomSettings;
    /// What an app or an agent names.
    caller: Caller -> Caller;
    /// The inventory's facts.
    inventory: Inventory -> Inventory;
    /// The data policies' facts.
    policies: Policies -> PolicyFile;
    /// The configuration's facts.
    configuration: Configuration -> Configuration;
}
