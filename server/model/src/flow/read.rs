//! Turns the JSON of a flow into facts, in one walk that never recurses on the input's depth.

use std::borrow::Cow;
use std::sync::Arc;

use expr::{NodeKind, ReferenceKind};
use syntax::json::{Tree, Value, member_removal};

use super::contract::{self, Given};
use super::{
    Action, ActionId, Binding, Block, BlockId, ChildCall, ConnectionKey, Flow, FlowBody, FlowSummary, HTTP, KeyForm,
    KeyUse, OperationSummary, Owner, RunAfter, RunAfterEntry, Slot, StringMemo, StringSite, Trigger, TriggerSummary,
    VariableDeclaration, VariableWrite, parameter,
};
use crate::facts::Spanned;
use crate::files::name_of;
use crate::guid::Guid;

/// Reads a flow; `None` when the document is no cloud flow (a desktop flow, or something else in `Workflows/`).
///
/// `expected` tells that the file lies where flows lie, so that a damaged file is still read as one.
#[must_use]
pub fn read(tree: &Tree, text: &str, path: &str, expected: bool, memo: &StringMemo) -> Option<Flow> {
    let root = tree.root(text)?;
    let properties = root.get("properties")?;
    let definition = properties.get("definition")?;
    if !definition.is_object()
        || definition.get("triggers").is_none() && !(expected && definition.get("actions").is_some())
    {
        return None;
    }
    let legacy = root.get("id").is_some() && root.get("name").is_some();
    let id = Guid::from_flow_file(name_of(path)).or_else(|| Guid::parse(&root.get("name")?.as_str()?));
    let display_name = properties
        .get("displayName")
        .and_then(|name| Some(name.as_str()?.into_owned()));
    let summary = FlowSummary {
        complete: !tree.is_broken(),
        id,
        display_name,
        ..FlowSummary::default()
    };
    let mut reader = Reader {
        tree,
        text,
        memo,
        summary,
        body: FlowBody::default(),
        connectors: Vec::new(),
    };
    reader.body.definition = Some(definition.id());
    reader.connections(properties, legacy);
    reader.parameters(definition);
    reader.triggers(definition);
    reader.actions(definition);
    if let Some(outputs) = definition.get("outputs") {
        reader.evaluated(outputs, Owner::Definition);
    }
    reader.reads_of_children();
    reader.summary.operations.shrink_to_fit();
    reader.summary.action_count = u32::try_from(reader.body.actions.len()).unwrap_or(u32::MAX);
    Some(Flow {
        summary: reader.summary,
        body: reader.body,
    })
}

/// Members of a trigger or action that the service does not evaluate, or that are read as blocks.
const NOT_EVALUATED: [&str; 7] = [
    "description",
    "metadata",
    "runAfter",
    "type",
    "kind",
    "operationOptions",
    "evaluatedRecurrence",
];

/// Whether strings in a member of a trigger or action are evaluated as a part of it. Those in the blocks of an action
/// belong to the actions there.
#[must_use]
pub fn is_evaluated(member: &str) -> bool {
    !NOT_EVALUATED.contains(&member) && !BLOCK_HOLDERS.contains(&member)
}

/// Members of an action that hold blocks.
const BLOCK_HOLDERS: [&str; 4] = ["actions", "else", "cases", "default"];

struct Reader<'a> {
    tree: &'a Tree,
    text: &'a str,
    memo: &'a StringMemo,
    summary: FlowSummary,
    body: FlowBody,
    /// Connectors that were named, so that each name is kept once a flow.
    connectors: Vec<Arc<str>>,
}

fn spanned(value: Value<'_>) -> Option<Spanned<String>> {
    Some(Spanned::new(value.as_str()?.into_owned(), value.content_span()))
}

fn text_of(value: Option<Value<'_>>) -> String {
    value.and_then(|v| v.as_str()).map(Cow::into_owned).unwrap_or_default()
}

impl<'a> Reader<'a> {
    fn connections(&mut self, properties: Value<'a>, legacy: bool) {
        let Some(list) = properties.get("connectionReferences").filter(|list| list.is_object()) else {
            return;
        };
        self.body.connections = Some(list.id());
        for member in list.members() {
            let (Some(key), Some(entry)) = (spanned(member.key), member.value) else {
                continue;
            };
            let connection = entry.get("connection");
            let logical_name = connection
                .and_then(|c| c.get("connectionReferenceLogicalName"))
                .and_then(spanned)
                .filter(|name| !name.value.is_empty());
            let connector = entry
                .path(&["api", "name"])
                .or_else(|| entry.get("id"))
                .and_then(spanned)
                .map(|name| Spanned::new(crate::connector_name(&name.value).to_owned(), name.span));
            let filled = |key: &str| {
                connection
                    .and_then(|c| c.get(key))
                    .is_some_and(|v| v.as_str().is_none_or(|s| !s.is_empty()))
            };
            let legacy = legacy || entry.get("connectionName").is_some();
            self.summary.connections.push(ConnectionKey {
                binding: if legacy || logical_name.is_some() {
                    None
                } else {
                    Binding::of(entry)
                },
                key,
                span: entry.span(),
                removal: member_removal(list, member.key),
                logical_name,
                connection_span: connection.unwrap_or(entry).span(),
                names_connection: filled("name") || filled("id"),
                connector,
                runtime_source: entry
                    .get("runtimeSource")
                    .and_then(|s| Some(Spanned::new(s.as_str()?.into_owned(), s.content_span()))),
                legacy,
            });
        }
    }

    fn parameters(&mut self, definition: Value<'a>) {
        let Some(list) = definition.get("parameters").filter(|list| list.is_object()) else {
            return;
        };
        self.body.parameters = Some(list.id());
        self.summary.parameters = list.members().filter_map(parameter::read).collect();
    }

    fn triggers(&mut self, definition: Value<'a>) {
        let Some(list) = definition.get("triggers").filter(|list| list.is_object()) else {
            return;
        };
        for member in list.members() {
            let (Some(name), Some(value)) = (spanned(member.key), member.value) else {
                continue;
            };
            let owner = Owner::Trigger(u32::try_from(self.body.triggers.len()).unwrap_or(u32::MAX));
            let (kind, subkind) = (text_of(value.get("type")), text_of(value.get("kind")));
            let asks = ["Button", "PowerApp", "PowerAppV2"];
            if kind.eq_ignore_ascii_case("Request") && asks.iter().any(|known| subkind.eq_ignore_ascii_case(known)) {
                self.summary.inputs = contract::inputs(value);
            }
            self.summary.triggers.push(TriggerSummary {
                name: name.value.clone(),
                kind: kind.clone(),
                subkind: subkind.clone(),
            });
            self.body.triggers.push(Trigger {
                name,
                kind,
                subkind,
                span: value.span(),
                node: value.id(),
            });
            self.operation(value, owner);
            self.members(value, owner, &NOT_EVALUATED);
        }
    }

    fn operation(&mut self, value: Value<'a>, owner: Owner) {
        let (name, kind, trigger) = match owner {
            Owner::Trigger(index) => match self.body.triggers.get(index as usize) {
                Some(trigger) => (&trigger.name.value, &trigger.kind, true),
                None => return,
            },
            Owner::Action(id) => {
                let action = self.body.action(id);
                (&action.name.value, &action.kind, false)
            }
            Owner::Definition => return,
        };
        // The type decides: a request made of a connector's step keeps that step's host and parameters, which nothing reads.
        if kind.eq_ignore_ascii_case("Http") || kind.eq_ignore_ascii_case("HttpWebhook") {
            let inputs = value.get("inputs");
            let connector = known(&mut self.connectors, HTTP);
            let summary = inputs.map(|inputs| OperationSummary::of_http(connector, name, trigger, inputs));
            self.summary.operations.extend(summary);
        } else if let Some(operation) = super::operation::read(value, owner, &self.summary.connections) {
            let parameters = operation.parameters.and_then(|node| self.tree.value(self.text, node));
            let connector = known(&mut self.connectors, &operation.connector);
            let summary = OperationSummary::of(&operation, connector, name, trigger, parameters, self.memo);
            self.summary.operations.push(summary);
            self.body.operations.push(operation);
        }
    }

    /// Reads every block, the outer ones first.
    fn actions(&mut self, definition: Value<'a>) {
        let Some(top) = definition.get("actions").filter(|list| list.is_object()) else {
            return;
        };
        let mut waiting = vec![(top, None, Slot::Actions)];
        while let Some((list, owner, slot)) = waiting.pop() {
            let block = BlockId(u32::try_from(self.body.blocks.len()).unwrap_or(u32::MAX));
            self.body.blocks.push(Block {
                owner,
                slot,
                node: list.id(),
                actions: Vec::new(),
            });
            let mut nested = Vec::new();
            for member in list.members() {
                let (Some(name), Some(value)) = (spanned(member.key), member.value) else {
                    continue;
                };
                if !value.is_object() {
                    continue;
                }
                let id = ActionId(u32::try_from(self.body.actions.len()).unwrap_or(u32::MAX));
                self.action(id, block, name, value);
                self.body.blocks[block.0 as usize].actions.push(id);
                inner_blocks(value, |list, slot| nested.push((list, Some(id), slot)));
            }
            // Reversed, so that blocks are read in file order.
            waiting.extend(nested.into_iter().rev());
        }
    }

    fn action(&mut self, id: ActionId, block: BlockId, name: Spanned<String>, value: Value<'a>) {
        let kind = text_of(value.get("type"));
        let run_after = value.get("runAfter").filter(|list| list.is_object()).map(run_after);
        let action = Action {
            name,
            kind,
            span: value.span(),
            node: value.id(),
            block,
            run_after,
        };
        let owner = Owner::Action(id);
        if action.is("Response") {
            self.answer(value);
        }
        self.named_things(id, &action, value);
        self.body.actions.push(action);
        self.operation(value, owner);
        self.members(value, owner, &NOT_EVALUATED);
    }

    fn answer(&mut self, response: Value<'a>) {
        let answers = contract::answers(response);
        self.summary.answers = match (self.summary.responds, self.summary.answers.take(), answers) {
            (false, _, own) => own,
            (true, Some(before), Some(own)) => Some(before.into_iter().chain(own).collect()),
            _ => None,
        };
        self.summary.responds = true;
    }

    /// What the flow reads of the answers of its child flows.
    fn reads_of_children(&mut self) {
        if self.summary.child_calls.is_empty() {
            return;
        }
        let sites = self.body.strings.iter();
        let mut reads: Vec<(String, String)> = sites
            .filter(|site| site.info.refers_to.has(ReferenceKind::Action))
            .flat_map(|site| contract::reads(&site.info.template))
            .collect();
        reads.sort_unstable();
        reads.dedup();
        for call in &mut self.summary.child_calls {
            let step = call.action.rsplit('/').next().unwrap_or_default();
            let own = reads.iter().filter(|(of, _)| of.eq_ignore_ascii_case(step));
            call.reads = own.map(|(_, property)| property.clone()).collect();
        }
    }

    /// Variables and child flows, which actions name in plain text.
    fn named_things(&mut self, id: ActionId, action: &Action, value: Value<'a>) {
        let Some(inputs) = value.get("inputs") else { return };
        if action.is("InitializeVariable") {
            for variable in inputs
                .get("variables")
                .filter(|v| v.is_array())
                .into_iter()
                .flat_map(|v| v.items().collect::<Vec<_>>())
            {
                if let Some(name) = variable.get("name").and_then(spanned) {
                    self.body.variables.push(VariableDeclaration {
                        name,
                        kind: text_of(variable.get("type")),
                        action: id,
                    });
                }
            }
        } else if [
            "SetVariable",
            "IncrementVariable",
            "DecrementVariable",
            "AppendToStringVariable",
            "AppendToArrayVariable",
        ]
        .iter()
        .any(|kind| action.is(kind))
        {
            if let Some(name) = inputs.get("name").and_then(spanned) {
                self.body.variable_writes.push(VariableWrite { name, action: id });
            }
        } else if action.is("Workflow")
            && let Some(name) = inputs.path(&["host", "workflowReferenceName"]).and_then(spanned)
        {
            // The path is made here, where the containers are known already: they stand before what they contain.
            let mut path = action.name.value.clone();
            let mut parent = self.body.block(action.block).owner;
            while let Some(container) = parent {
                path = format!("{}/{path}", self.body.action(container).name.value);
                parent = self.body.parent(container);
            }
            self.summary.child_calls.push(ChildCall {
                id: Guid::parse(&name.value),
                name,
                action: path,
                given: Given::of(inputs),
                reads: Vec::new(),
            });
        }
    }

    /// The members of a trigger or action that the service evaluates.
    fn members(&mut self, value: Value<'a>, owner: Owner, not: &[&str]) {
        for member in value.members() {
            let Some(inner) = member.value else { continue };
            let name = member.key.as_str().unwrap_or_default();
            if not.contains(&name.as_ref()) || is_block_holder(&name, inner) {
                continue;
            }
            self.evaluated(inner, owner);
        }
    }

    /// Every string below a value, keys included.
    fn evaluated(&mut self, value: Value<'a>, owner: Owner) {
        let mut after = Key::Other;
        for node in value.descendants() {
            if !node.is_string() {
                after = Key::Other;
                continue;
            }
            let raw = node.raw();
            if node.is_key() {
                after = Key::of(raw);
            } else {
                let key = std::mem::replace(&mut after, Key::Other);
                if key != Key::Other
                    && !raw.contains('@')
                    && let Some(name) = spanned(node)
                {
                    self.named(key, name, owner);
                }
            }
            // The sign may be written as an escape, too.
            if memchr::memchr(b'@', raw.as_bytes()).is_none() && !(node.has_escapes() && raw.contains("\\u")) {
                continue;
            }
            let Some(decoded) = node.as_str() else { continue };
            if expr::is_plain(&decoded) {
                continue;
            }
            let info = self.memo.get(&decoded);
            let site = StringSite {
                node: node.id(),
                span: node.span(),
                owner,
                is_key: node.is_key(),
                info,
            };
            self.connection_parameters(&site);
            self.body.strings.push(site);
        }
    }

    /// A text of its own that names something, by the member it stands in.
    fn named(&mut self, key: Key, name: Spanned<String>, owner: Owner) {
        match key {
            Key::Connection => self.body.key_uses.push(KeyUse {
                key: name,
                form: KeyForm::Text,
                owner,
            }),
            Key::Secret => {
                self.summary.secret_reads.push(name.value.clone());
                self.body.secret_reads.push(name);
            }
            Key::Other => {}
        }
    }

    /// `parameters('$connections')['key']` uses a key as well.
    fn connection_parameters(&mut self, site: &StringSite) {
        if !site.info.refers_to.has(ReferenceKind::Parameter) || !site.info.text.contains("$connections") {
            return;
        }
        let template = &site.info.template;
        for (_, node) in template.nodes() {
            let (NodeKind::Index { base, .. } | NodeKind::Dot { base, .. }) = &node.kind else {
                continue;
            };
            let Some(call) = template.node(*base).as_call() else {
                continue;
            };
            let first = call.args.first().and_then(|arg| template.node(*arg).as_str());
            if !call.name.eq_ignore_ascii_case("parameters") || first != Some("$connections") {
                continue;
            }
            let (name, span, form) = match &node.kind {
                NodeKind::Dot { name, name_span, .. } if !name.is_empty() => (name, *name_span, KeyForm::Property),
                NodeKind::Index { index, .. } => match &template.node(*index).kind {
                    NodeKind::Str(key) => (&key.value, key.content, KeyForm::Literal),
                    _ => continue,
                },
                _ => continue,
            };
            let span = site.source_span(self.tree, self.text, span);
            self.body.key_uses.push(KeyUse {
                key: Spanned::new(name.clone(), span),
                form,
                owner: site.owner,
            });
        }
    }
}

/// Members whose value names something.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Connection,
    Secret,
    Other,
}

impl Key {
    fn of(raw: &str) -> Self {
        match raw {
            "\"connectionName\"" | "\"connectionReferenceName\"" => Self::Connection,
            "\"item/EnvironmentVariableName\"" => Self::Secret,
            _ => Self::Other,
        }
    }
}

/// A text as it was kept before, or kept now.
fn known(all: &mut Vec<Arc<str>>, text: &str) -> Arc<str> {
    if let Some(found) = all.iter().find(|own| &***own == text) {
        return Arc::clone(found);
    }
    let new: Arc<str> = text.into();
    // A flow has few connectors; one that has many is no reason to look through them all again and again.
    if all.len() < 64 {
        all.push(Arc::clone(&new));
    }
    new
}

/// Whether a member holds blocks of actions and is therefore read on its own.
fn is_block_holder(name: &str, value: Value<'_>) -> bool {
    value.is_object() && BLOCK_HOLDERS.contains(&name)
}

fn inner_blocks<'a>(action: Value<'a>, mut found: impl FnMut(Value<'a>, Slot)) {
    let mut block = |holder: Option<Value<'a>>, slot: Slot| {
        if let Some(list) = holder.filter(|list| list.is_object()) {
            found(list, slot);
        }
    };
    block(action.get("actions"), Slot::Actions);
    block(action.path(&["else", "actions"]), Slot::Else);
    if let Some(cases) = action.get("cases").filter(|cases| cases.is_object()) {
        for case in cases.members() {
            block(
                case.value.and_then(|v| v.get("actions")),
                Slot::Case(case.key.as_str().unwrap_or_default().into_owned()),
            );
        }
    }
    block(action.path(&["default", "actions"]), Slot::Default);
}

fn run_after(list: Value<'_>) -> RunAfter {
    let entry = |member: syntax::json::Member<'_>| {
        let value = member.value.unwrap_or(member.key);
        Some(RunAfterEntry {
            name: spanned(member.key)?,
            statuses: if value.is_array() {
                value.items().filter_map(spanned).collect()
            } else {
                Vec::new()
            },
            is_list: value.is_array(),
            statuses_span: value.span(),
            removal: member_removal(list, member.key),
        })
    };
    RunAfter {
        span: list.span(),
        entries: list.members().filter_map(entry).collect(),
    }
}
