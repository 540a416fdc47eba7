//! What steps do with the data they are given: whose text it becomes part of, who sees it, where it goes.

use std::sync::Arc;

use expr::ExprId;
use model::flow::data_paths::{Inject, Shows, Trust};
use model::flow::{Action, ActionId, FlowView, Operation, Owner, same_operation};
use syntax::Span;
use syntax::json::{Member, Value};

use super::marks::Marks;
use super::sinks;
use super::values::Reader;
use crate::effects::{self, Effect, Effects};
use crate::http::{self, Host};
use crate::run_history::hidden;

/// A place where a step is given data.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The step.
    pub action: ActionId,
    /// The string, by its index.
    pub(super) site: usize,
    /// The expression in it.
    pub(super) root: ExprId,
    pub(super) marks: Marks,
    /// Where the string stands in the step: names joined by `/`, in lower case.
    pub member: String,
    /// The language it becomes part of.
    pub inject: Option<Inject>,
    /// Who sees it.
    pub shows: Shows,
}

/// Where the operations of actions stand in the lists of them.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// By action: its operation, and its summary.
    of: Vec<(Option<u32>, Option<u32>)>,
}

impl Steps {
    pub(super) fn of(view: &FlowView<'_>) -> Self {
        let mut of = vec![(None, None); view.body.actions.len()];
        for (at, operation) in (0..).zip(&view.body.operations) {
            if let Owner::Action(id) = operation.owner
                && let Some(own) = of.get_mut(id.0 as usize)
            {
                own.0 = Some(at);
            }
        }
        // Summaries are made in the order of the actions, of those that call something.
        let mut summaries = (0..)
            .zip(&view.summary.operations)
            .filter(|(_, summary)| !summary.trigger);
        let mut next = summaries.next();
        for (id, action) in view.body.actions() {
            let own = &mut of[id.0 as usize];
            if own.0.is_none() && !is_request(action) {
                continue;
            }
            if let Some((at, summary)) = next
                && *summary.action == *action.name.value
            {
                own.1 = Some(at);
                next = summaries.next();
            }
        }
        Self { of }
    }

    /// What an action calls.
    pub(super) fn operation<'a>(&self, view: &FlowView<'a>, id: ActionId) -> Option<&'a Operation> {
        let at = self.of.get(id.0 as usize)?.0?;
        view.body.operations.get(at as usize)
    }

    fn effects(&self, view: &FlowView<'_>, id: ActionId) -> Effects {
        let at = self.of.get(id.0 as usize).and_then(|own| own.1);
        let summary = at.and_then(|at| view.summary.operations.get(at as usize));
        summary.map_or(Effects::default(), |summary| effects::of(summary).effects)
    }
}

fn is_request(action: &Action) -> bool {
    action.is("Http") || action.is("HttpWebhook")
}

/// What a step calls.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub operation: Option<&'a Operation>,
    pub value: Value<'a>,
    pub effects: Effects,
    /// The operation in lower case.
    pub name: String,
    /// Whether it sends a mail.
    pub mails: bool,
}

impl<'a> Step<'a> {
    pub(super) fn of(view: &FlowView<'a>, steps: &Steps, id: ActionId) -> Option<Self> {
        let action = view.body.action(id);
        let value = view.tree.value(view.text, action.node)?;
        let operation = steps.operation(view, id);
        let effects = steps.effects(view, id);
        let name = operation.map_or(String::new(), |operation| operation.id.value.to_ascii_lowercase());
        let connector = operation.map_or("", |operation| operation.connector.as_str());
        let mails = MAILERS.contains(&connector)
            && ["mail", "reply", "forward"].iter().any(|word| name.contains(word))
            && effects.has(Effect::Send);
        Some(Self {
            operation,
            value,
            effects,
            name,
            mails,
        })
    }
}

/// Connectors that send mails.
const MAILERS: [&str; 7] = [
    "shared_office365",
    "shared_outlook",
    "shared_gmail",
    "shared_sendmail",
    "shared_smtp",
    "shared_sendgrid",
    "shared_flowpush",
];

/// Every place where one of these steps is given data.
pub(super) fn hits(reader: &Reader<'_>, reached: &[ActionId]) -> Vec<Hit> {
    let view = &reader.view;
    let mut found = Vec::new();
    for id in reached {
        let owner = Owner::Action(*id);
        let mut own = Vec::new();
        for at in view.body.sites_of(owner) {
            let site = &view.body.strings[at];
            for root in site.info.template.roots() {
                let marks = reader.marks(site, *root);
                if !marks.is_empty() {
                    own.push((at, *root, marks));
                }
            }
        }
        if own.is_empty() {
            continue;
        }
        let Some(step) = Step::of(view, &reader.state.steps, *id) else {
            continue;
        };
        let trust = reader.state.sources.borrow().entry.trust;
        for (at, root, marks) in own {
            let member = member_of(step.value, view.body.strings[at].span);
            found.push(Hit {
                action: *id,
                site: at,
                root,
                marks,
                inject: sinks::inject(view, *id, &step, &member),
                shows: shows(view, *id, &step, &member, trust),
                member,
            });
        }
    }
    found
}

/// Where a string stands in a step: the names down to it.
fn member_of(step: Value<'_>, place: Span) -> String {
    let mut path = String::new();
    let mut value = step;
    // Only what is around the place is gone into, so this ends with the tree.
    loop {
        if let Some(item) = value.items().find(|item| item.span().contains_span(place)) {
            value = item;
            continue;
        }
        let around = |member: &Member<'_>| member.span().contains_span(place);
        let Some(member) = value.members().find(around) else {
            return path;
        };
        let (Some(key), Some(inner)) = (member.key.as_str(), member.value) else {
            return path;
        };
        if !inner.span().contains_span(place) {
            return path;
        }
        if !path.is_empty() {
            path.push('/');
        }
        path.extend(key.chars().map(|c| c.to_ascii_lowercase()));
        value = inner;
    }
}

/// Who sees what a step is given.
fn shows(view: &FlowView<'_>, id: ActionId, step: &Step<'_>, member: &str, trust: Option<Trust>) -> Shows {
    let action = view.body.action(id);
    let is = |kind: &str| action.is(kind);
    if !member.starts_with("inputs") {
        return Shows::Nobody;
    }
    if action.kind.to_ascii_lowercase().ends_with("variable") {
        return Shows::Variable;
    }
    let history = match hidden(step.value).inputs {
        true => Shows::Nobody,
        false => Shows::History,
    };
    if is("Response") {
        // Only a caller of its own sees the answer; another flow, or an app that is made with it, is asked to hide it.
        return match trust {
            Some(Trust::Anyone | Trust::SignedIn | Trust::Public | Trust::Chat) => {
                Shows::Receiver("an answer to the caller")
            }
            _ => history,
        };
    }
    let Some(operation) = step.operation else {
        return history;
    };
    if step.mails {
        return Shows::Receiver("a mail");
    }
    let sends = step.effects.has(Effect::Send);
    match operation.connector.as_str() {
        "shared_teams" if sends => Shows::Receiver("a Teams message"),
        "shared_slack" if sends => Shows::Receiver("a message"),
        "shared_approvals" if sends => Shows::Receiver("an approval"),
        "shared_flowpush" if sends => Shows::Receiver("a notification"),
        _ if writes_file(&step.name) && step.effects.changes() && holds_content(member) => Shows::Receiver("a file"),
        _ => history,
    }
}

fn writes_file(operation: &str) -> bool {
    [
        "createfile",
        "updatefile",
        "appendfile",
        "createblockblob",
        "createattachment",
    ]
    .iter()
    .any(|known| operation.contains(known))
}

/// Whether a member of an operation that writes a file is its content.
fn holds_content(member: &str) -> bool {
    let name = member.rsplit('/').next().unwrap_or(member);
    matches!(name, "body" | "content" | "filecontent" | "$content" | "contentbytes")
}

/// Whether a step changes or sends something that nobody decides on.
pub(super) fn acts(view: &FlowView<'_>, id: ActionId, step: &Step<'_>) -> bool {
    let action = view.body.action(id);
    if action.is("Http") || action.is("HttpWebhook") {
        return true;
    }
    let acts = step.effects.changes() || step.effects.has(Effect::Send);
    acts && step.operation.is_some_and(|operation| !puts_before_people(operation))
}

/// The connector that a step calls, or what stands in its place, and the host where an address is written out.
pub(super) fn called(view: &FlowView<'_>, id: ActionId, step: &Step<'_>) -> (Arc<str>, Option<Arc<str>>) {
    let action = view.body.action(id);
    let host = |address: Option<Value<'_>>| match http::host_of(address?) {
        Host::Known { name, .. } => Some(name.into()),
        _ => None,
    };
    if action.is("Http") || action.is("HttpWebhook") {
        let address = step
            .value
            .path(&["inputs", "uri"])
            .or_else(|| step.value.path(&["inputs", "subscribe", "uri"]));
        return (model::flow::HTTP.into(), host(address));
    }
    let Some(operation) = step.operation else {
        return ("".into(), None);
    };
    let address = operation
        .parameters
        .filter(|_| http::is_tunnel(&operation.id.value))
        .and_then(|node| view.tree.value(view.text, node))
        .and_then(|parameters| {
            let mut members = parameters.members();
            let is_address = |name: &str| matches!(name.rsplit('/').next(), Some("uri" | "url"));
            members
                .find(|member| {
                    member
                        .key
                        .as_str()
                        .is_some_and(|key| is_address(&key.to_ascii_lowercase()))
                })?
                .value
        });
    (operation.connector.as_str().into(), host(address))
}

/// Whether an action waits for somebody to decide.
pub(super) fn asks_people(operation: &Operation) -> bool {
    const ASKS: [&str; 7] = [
        "SendApprovalMail",
        "SendApprovalEmail",
        "SendMailWithOptions",
        "SubscribeUserMessageWithOptions",
        "SubscribeUserFlowContinuation",
        "SubscribeChannelFlowContinuation",
        "SharedMailboxSendApprovalMail",
    ];
    let id = &operation.id.value;
    let begins_so = |known: &&&str| id.get(..4).is_some_and(|head| known[..4].eq_ignore_ascii_case(head));
    // The rest say so: `StartAndWaitForAnApproval`, `PostCardAndWaitForResponse`, `WaitForATextSuggestionApproval`.
    let says = |at: usize, word: &str| {
        id.get(at..at + word.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(word))
    };
    ASKS.iter().filter(begins_so).any(|known| same_operation(id, known))
        || says(0, "WaitFor")
        || id.match_indices(['A', 'a']).any(|(at, _)| says(at, "AndWaitFor"))
}

/// Whether an action only puts something before somebody who decides: it asks, or makes the approval that a later step
/// waits for.
fn puts_before_people(operation: &Operation) -> bool {
    operation.connector == "shared_approvals" || asks_people(operation)
}
