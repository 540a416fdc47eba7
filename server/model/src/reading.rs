//! From the bytes of a file to its facts: the one place that knows which reader serves which kind.

use std::sync::Arc;

use syntax::json::Tree;

use crate::callers::Caller;
use crate::configuration::Configuration;
use crate::customizations::Customizations;
use crate::facts::Facts;
use crate::files::{FileKind, name_of};
use crate::flow::{self, Flow, FlowBody, StringMemo};
use crate::guid::Guid;
use crate::inventory;
use crate::manifest::Manifest;
use crate::policies;
use crate::roles::RoleDefinition;
use crate::settings::{self, SettingsFile};
use crate::tables::TableDefinition;
use crate::variables::{VariableDefinition, VariableValues};
use crate::workflow_metadata::WorkflowMetadata;

/// Larger files are reported and not parsed, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// How a file is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAs {
    /// As its path suggests.
    Kind(FileKind),
    /// As an inventory of connections, because the user pointed at it.
    Inventory,
    /// As data policies, because the user pointed at it.
    Policies,
    /// As a JSON document that has no place on disk; its content alone decides.
    Untitled,
}

/// What reading made of a file.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What stays.
    pub facts: Facts,
    /// The JSON tree, for JSON files.
    pub json: Option<Tree>,
    /// The body of a flow.
    pub flow: Option<FlowBody>,
}

/// Reads a file's text.
#[must_use]
pub fn read(path: &str, read_as: ReadAs, text: &str, memo: &StringMemo) -> Reading {
    let plain = |facts| Reading {
        facts,
        json: None,
        flow: None,
    };
    let kind = match read_as {
        ReadAs::Inventory => return plain(Facts::Inventory(Arc::new(inventory::read(text)))),
        ReadAs::Policies => return plain(Facts::Policies(Arc::new(policies::read(text)))),
        ReadAs::Untitled => return read_json(path, read_as, Tree::parse(text), text, memo),
        ReadAs::Kind(kind) => kind,
    };
    match kind {
        FileKind::Manifest => plain(Facts::Manifest(Arc::new(Manifest::read(text)))),
        FileKind::Customizations => plain(Facts::Customizations(Arc::new(Customizations::read(text)))),
        FileKind::WorkflowMetadata => plain(Facts::Workflow(Arc::new(WorkflowMetadata::read(text)))),
        FileKind::VariableDefinition => plain(Facts::VariableDefinition(Arc::new(VariableDefinition::read(text)))),
        FileKind::Table => plain(Facts::Table(Arc::new(TableDefinition::read(text)))),
        FileKind::Role => plain(RoleDefinition::read(text).map_or(Facts::Other, |role| Facts::Role(Arc::new(role)))),
        FileKind::Caller => {
            let caller = Caller::read(path, text);
            // Most apps and agents name nothing that is followed.
            plain(if caller.is_empty() {
                Facts::Other
            } else {
                Facts::Caller(Arc::new(caller))
            })
        }
        FileKind::Configuration => plain(Facts::Configuration(Arc::new(Configuration::read(text)))),
        FileKind::VariableValues => read_json(path, read_as, Tree::parse(text), text, memo),
        FileKind::Flow | FileKind::Json => {
            if kind == FileKind::Json && !settings::may_hold_settings(text) && !may_hold_flow(path, text) {
                return plain(Facts::Other);
            }
            read_json(path, read_as, Tree::parse(text), text, memo)
        }
    }
}

/// Reads a JSON file whose tree is known already: what an edit calls.
#[must_use]
pub fn read_json(path: &str, read_as: ReadAs, tree: Tree, text: &str, memo: &StringMemo) -> Reading {
    let expected = read_as == ReadAs::Kind(FileKind::Flow);
    if expected || read_as == ReadAs::Untitled || may_hold_flow(path, text) {
        if let Some(Flow { summary, body }) = flow::read(&tree, text, path, expected, memo) {
            return Reading {
                facts: Facts::Flow(Arc::new(summary)),
                json: Some(tree),
                flow: Some(body),
            };
        }
        return Reading {
            facts: Facts::Other,
            json: Some(tree),
            flow: None,
        };
    }
    let facts = if read_as == ReadAs::Kind(FileKind::VariableValues) {
        Facts::VariableValues(Arc::new(VariableValues::read(&tree, text)))
    } else {
        match settings::read(&tree, text) {
            Some(SettingsFile::Deployment(facts)) => Facts::Settings(facts),
            Some(SettingsFile::Custom(facts)) => Facts::CustomSettings(facts),
            None => Facts::Other,
        }
    };
    Reading {
        facts,
        json: Some(tree),
        flow: None,
    }
}

/// Whether a JSON file outside `Workflows/` can be a flow: by an exported flow's name, a legacy package's place, or the
/// schema it names. Definitions of other products name other schemas, or stand at another place in the document.
fn may_hold_flow(path: &str, text: &str) -> bool {
    let holds = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    let name = name_of(path);
    let named =
        || Guid::from_flow_file(name).is_some() || name == "definition.json" && path.contains("Microsoft.Flow/flows/");
    holds("\"triggers\"") && holds("\"definition\"") && (named() || holds("workflowdefinition.json"))
}
