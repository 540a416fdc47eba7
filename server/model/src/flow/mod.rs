//! Facts of a cloud flow.
//!
//! A flow is read into two parts. The [`FlowSummary`] is what other files of the workspace ask about (connections,
//! parameters, child flows); it is small and stays. The [`FlowBody`] is what rules and the editor need while the text
//! is at hand (blocks, actions, expressions); it goes with the text.

mod binding;
pub mod contract;
pub mod data_paths;
mod odata;
mod operation;
mod operation_summary;
mod parameter;
mod read;
mod role;
mod strings;
mod touch;

use std::sync::Arc;

use syntax::Span;
use syntax::json::{NodeId, Tree};

pub use self::binding::Binding;
pub use self::operation::{Operation, same_operation};
pub use self::operation_summary::{HTTP, Method, Names, OperationSummary, Subscription};
pub use self::parameter::{CachedValue, Parameter};
pub use self::read::{is_evaluated, read};
pub use self::role::Role;
pub use self::strings::{StringInfo, StringMemo};
pub use self::touch::{Touch, Touches, is_dataverse, touches};
use crate::facts::Spanned;
use crate::guid::Guid;

/// What other files ask of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FlowSummary {
    /// Whether the file is valid JSON, so that absence in it means absence.
    pub complete: bool,
    /// Id, from the file's name, or from the package's own id in legacy packages.
    pub id: Option<Guid>,
    /// Display name, which only legacy packages carry in the definition.
    pub display_name: Option<String>,
    /// Entries of `connectionReferences`.
    pub connections: Vec<ConnectionKey>,
    /// Calls of child flows.
    pub child_calls: Vec<ChildCall>,
    /// Parameters of the definition, environment variables among them.
    pub parameters: Vec<Parameter>,
    /// Triggers: type and kind.
    pub triggers: Vec<TriggerSummary>,
    /// Operations that triggers and actions call, in the order they are read.
    pub operations: Vec<OperationSummary>,
    /// Schema names of the secrets that actions read by name.
    pub secret_reads: Vec<String>,
    /// Number of actions on all levels.
    pub action_count: u32,
    /// Whether an action answers the caller.
    pub responds: bool,
    /// What the trigger asks a person, an app or another flow for; `None` where it asks nobody, or its schema does not tell.
    pub inputs: Option<Vec<contract::Input>>,
    /// What its responses answer, by name, all of them together; `None` where an expression gives one.
    pub answers: Option<Vec<String>>,
}

impl FlowSummary {
    /// Logical names of the connection references that the flow uses, in the order of its keys.
    pub fn reference_names(&self) -> impl Iterator<Item = &str> {
        let names = self.connections.iter().filter_map(|key| key.logical_name.as_ref());
        names.map(|name| name.value.as_str())
    }
}

/// An entry of `properties.connectionReferences`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionKey {
    /// The key that actions name.
    pub key: Spanned<String>,
    /// The whole value of the entry.
    pub span: Span,
    /// What to delete to remove the entry.
    pub removal: Span,
    /// Logical name of the connection reference.
    pub logical_name: Option<Spanned<String>>,
    /// The value of `connection`, or the entry when there is none.
    pub connection_span: Span,
    /// Whether `connection` names a connection directly, by `name` or `id`.
    pub names_connection: bool,
    /// Where a connection reference can be named, for an entry that names none.
    pub binding: Option<Binding>,
    /// Connector's name, `shared_…`.
    pub connector: Option<Spanned<String>>,
    /// `runtimeSource`: `embedded` or `invoker`.
    pub runtime_source: Option<Spanned<String>>,
    /// Whether the entry is of a legacy package, where there are no connection references.
    pub legacy: bool,
}

impl ConnectionKey {
    /// Whether the connection of whoever starts the flow is used, not the owner's.
    #[must_use]
    pub fn is_invoker(&self) -> bool {
        let source = self.runtime_source.as_ref();
        source.is_some_and(|source| source.value.eq_ignore_ascii_case("invoker"))
    }
}

/// A call of a child flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChildCall {
    /// `workflowReferenceName`, as written.
    pub name: Spanned<String>,
    /// The child's id, where the name is one.
    pub id: Option<Guid>,
    /// Path of the calling action.
    pub action: String,
    /// What it gives; `None` where an expression gives all of it.
    pub given: Option<contract::Given>,
    /// Properties of its answer that the flow reads.
    pub reads: Vec<String>,
}

/// Type and kind of a trigger.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TriggerSummary {
    /// Its name.
    pub name: String,
    /// `type`.
    pub kind: String,
    /// `kind`, empty where there is none.
    pub subkind: String,
}

/// An action of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionId(pub u32);

/// A block of a flow: the actions that are siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// What rules and the editor need of a flow while its text is at hand.
#[derive(Clone, Debug, Default)]
pub struct FlowBody {
    /// The value of `definition`.
    pub definition: Option<NodeId>,
    /// The value of `properties.connectionReferences`.
    pub connections: Option<NodeId>,
    /// The value of `definition.parameters`.
    pub parameters: Option<NodeId>,
    /// Triggers.
    pub triggers: Vec<Trigger>,
    /// Blocks; the first is the flow's own `actions`.
    pub blocks: Vec<Block>,
    /// Actions of all levels, each after the one that contains it.
    pub actions: Vec<Action>,
    /// Strings that the service evaluates and that hold an expression.
    pub strings: Vec<StringSite>,
    /// Where connection keys are used.
    pub key_uses: Vec<KeyUse>,
    /// Where actions read secrets by the schema name of their environment variable.
    pub secret_reads: Vec<Spanned<String>>,
    /// Calls of connectors.
    pub operations: Vec<Operation>,
    /// Variables that are initialised.
    pub variables: Vec<VariableDeclaration>,
    /// Variables that actions set, append to, increment or decrement by name.
    pub variable_writes: Vec<VariableWrite>,
}

/// A trigger.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its name.
    pub name: Spanned<String>,
    /// `type`.
    pub kind: String,
    /// `kind`, empty where there is none.
    pub subkind: String,
    /// The whole value.
    pub span: Span,
    /// The value's node.
    pub node: NodeId,
}

/// The actions that stand in one `actions` object.
#[derive(Clone, Debug)]
pub struct Block {
    /// The action that contains the block; `None` for the flow itself.
    pub owner: Option<ActionId>,
    /// Which of the owner's blocks it is.
    pub slot: Slot,
    /// The `actions` object.
    pub node: NodeId,
    /// Its actions, in file order.
    pub actions: Vec<ActionId>,
}

/// Which block of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// `actions`.
    Actions,
    /// `else.actions`.
    Else,
    /// `cases.<name>.actions`.
    Case(String),
    /// `default.actions`.
    Default,
}

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its name: the key in `actions`.
    pub name: Spanned<String>,
    /// `type`, empty where there is none.
    pub kind: String,
    /// The whole value.
    pub span: Span,
    /// The value's node.
    pub node: NodeId,
    /// The block it stands in.
    pub block: BlockId,
    /// `runAfter`.
    pub run_after: Option<RunAfter>,
}

impl Action {
    /// Whether the action has this type; types compare without case.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// The name as the designer shows it.
    #[must_use]
    pub fn title(&self) -> String {
        self.name.value.replace('_', " ")
    }
}

/// The value of `runAfter`.
#[derive(Clone, Debug)]
pub struct RunAfter {
    /// The whole object.
    pub span: Span,
    /// Its entries.
    pub entries: Vec<RunAfterEntry>,
}

/// One predecessor.
#[derive(Clone, Debug)]
pub struct RunAfterEntry {
    /// The predecessor's name.
    pub name: Spanned<String>,
    /// The statuses it must end with.
    pub statuses: Vec<Spanned<String>>,
    /// Whether the value is a list.
    pub is_list: bool,
    /// The list.
    pub statuses_span: Span,
    /// What to delete to remove the entry.
    pub removal: Span,
}

/// What a string belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A trigger, by index.
    Trigger(u32),
    /// An action.
    Action(ActionId),
    /// The definition itself, such as its outputs.
    Definition,
}

impl Owner {
    /// Its place in the order in which strings are read.
    fn rank(self) -> (u8, u32) {
        match self {
            Self::Trigger(index) => (0, index),
            Self::Action(id) => (1, id.0),
            Self::Definition => (2, 0),
        }
    }
}

/// A string that the service evaluates.
#[derive(Clone, Debug)]
pub struct StringSite {
    /// The string's node.
    pub node: NodeId,
    /// The string with its quotes.
    pub span: Span,
    /// What it belongs to.
    pub owner: Owner,
    /// Whether it is the key of a member.
    pub is_key: bool,
    /// Its text and what the expression language makes of it.
    pub info: Arc<StringInfo>,
}

impl StringSite {
    /// Where a span of the decoded text stands in the file.
    #[must_use]
    pub fn source_span(&self, tree: &Tree, text: &str, decoded: Span) -> Span {
        let plain = (self.span.len() as usize).saturating_sub(2) == self.info.text.len();
        if plain {
            let start = self.span.start + 1;
            return Span::new(start + decoded.start, start + decoded.end);
        }
        tree.value(text, self.node)
            .map_or(self.span, |value| value.source_span(decoded))
    }
}

/// A use of a connection key.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// The key as written.
    pub key: Spanned<String>,
    /// How it is written.
    pub form: KeyForm,
    /// What uses it.
    pub owner: Owner,
}

/// How a connection key is written where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// As a text of its own: `"connectionName": "key"`.
    Text,
    /// As a literal in an expression: `parameters('$connections')['key']`.
    Literal,
    /// As a property in an expression: `parameters('$connections').key`.
    Property,
}

/// An `InitializeVariable`.
#[derive(Clone, Debug)]
pub struct VariableDeclaration {
    /// The variable's name.
    pub name: Spanned<String>,
    /// Its type as written.
    pub kind: String,
    /// The action.
    pub action: ActionId,
}

/// A change of a variable by name.
#[derive(Clone, Debug)]
pub struct VariableWrite {
    /// The variable's name.
    pub name: Spanned<String>,
    /// The action.
    pub action: ActionId,
}

/// A flow as it was read.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What other files ask.
    pub summary: FlowSummary,
    /// What rules and the editor need.
    pub body: FlowBody,
}

/// A flow with its text at hand.
#[derive(Clone, Copy, Debug)]
pub struct FlowView<'a> {
    /// What other files ask.
    pub summary: &'a FlowSummary,
    /// Blocks, actions, expressions.
    pub body: &'a FlowBody,
    /// The text.
    pub text: &'a str,
    /// The tree.
    pub tree: &'a Tree,
}

impl FlowBody {
    /// An action of this flow.
    #[must_use]
    pub fn action(&self, id: ActionId) -> &Action {
        &self.actions[id.0 as usize]
    }

    /// A block of this flow.
    #[must_use]
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    /// The action that contains this one.
    #[must_use]
    pub fn parent(&self, id: ActionId) -> Option<ActionId> {
        self.block(self.action(id).block).owner
    }

    /// The actions that contain this one, innermost first.
    pub fn ancestors(&self, id: ActionId) -> impl Iterator<Item = ActionId> + '_ {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// Names from the outermost container to the action, joined by `/`.
    #[must_use]
    pub fn path(&self, id: ActionId) -> String {
        let mut names: Vec<&str> = std::iter::once(id)
            .chain(self.ancestors(id))
            .map(|id| self.action(id).name.value.as_str())
            .collect();
        names.reverse();
        names.join("/")
    }

    /// Path of what a string belongs to; `None` for the definition itself.
    #[must_use]
    pub fn owner_path(&self, owner: Owner) -> Option<String> {
        match owner {
            Owner::Action(id) => Some(self.path(id)),
            Owner::Trigger(index) => self.triggers.get(index as usize).map(|t| t.name.value.clone()),
            Owner::Definition => None,
        }
    }

    /// Every action with its id.
    pub fn actions(&self) -> impl Iterator<Item = (ActionId, &Action)> {
        self.actions
            .iter()
            .enumerate()
            .map(|(i, action)| (ActionId(u32::try_from(i).unwrap_or(u32::MAX)), action))
    }

    /// The string of a node, where it holds an expression.
    #[must_use]
    pub fn site(&self, owner: Owner, node: NodeId) -> Option<&StringSite> {
        // Strings are read trigger by trigger and action by action, in the order of the file within each.
        let at = self
            .strings
            .partition_point(|site| (site.owner.rank(), site.node) < (owner.rank(), node));
        self.strings.get(at).filter(|site| site.node == node)
    }

    /// The strings of a trigger or action, those of the actions inside left out: where they begin and end in `strings`.
    #[must_use]
    pub fn sites_of(&self, owner: Owner) -> std::ops::Range<usize> {
        let from = self.strings.partition_point(|site| site.owner.rank() < owner.rank());
        let to = self.strings.partition_point(|site| site.owner.rank() <= owner.rank());
        from..to
    }

    /// The innermost action whose value or name holds `offset`.
    #[must_use]
    pub fn action_at(&self, offset: u32) -> Option<ActionId> {
        // Containers stand before what they contain, so the last match is the innermost.
        self.actions()
            .filter(|(_, a)| a.span.contains(offset) || a.name.span.touches(offset))
            .last()
            .map(|(id, _)| id)
    }
}
