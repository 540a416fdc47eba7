//! Where data begins: what starts the flow, what it reads from outside, secrets, language models, child flows, connectors.

use model::Guid;
use model::flow::data_paths::{SourceKind, Trust};
use model::flow::{ActionId, FlowView, Operation, Owner, Trigger, same_operation};
use syntax::json::Value;

use super::marks::{MAX_LABELS, Marks, Shape};
use crate::effects::{self, Effect};
use crate::http::{self, Host};
use crate::run_history::{self, SecretOutput};

/// A beginning of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What gives it.
    pub origin: Origin,
    /// What it is, where the flow itself tells.
    pub kind: Option<SourceKind>,
}

/// What gives data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The trigger: a field of its body, maybe one inside of another (`a/b`), or all of it.
    Trigger(Option<Box<str>>),
    /// An action.
    Action(ActionId),
    /// A child flow: a field of its answer, maybe one inside of another (`a/b`), or all of it.
    Answer(ActionId, Option<Box<str>>),
    /// Every action of a connector.
    Connector(Box<str>),
}

/// So many beginnings are kept for what is not told apart by fields.
const WHOLE: usize = 24;

impl Origin {
    fn is_part(&self) -> bool {
        matches!(self, Self::Trigger(Some(_)) | Self::Answer(_, Some(_)))
    }

    /// The same, not told apart by field.
    fn whole(&self) -> Self {
        match self {
            Self::Trigger(_) => Self::Trigger(None),
            Self::Answer(id, _) => Self::Answer(*id, None),
            other => other.clone(),
        }
    }

    /// Whether the trigger gives it.
    #[must_use]
    pub fn is_trigger(&self) -> bool {
        matches!(self, Self::Trigger(_))
    }

    /// The action that gives it.
    #[must_use]
    pub fn action(&self) -> Option<ActionId> {
        match self {
            Self::Action(id) | Self::Answer(id, _) => Some(*id),
            Self::Trigger(_) | Self::Connector(_) => None,
        }
    }
}

/// What starts the flow, as far as data comes in with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Who can write it; `None` where it is the organisation's own data.
    pub trust: Option<Trust>,
    /// Whether another flow can call the trigger and gives its fields.
    pub callable: bool,
    /// Whether headers and query are the caller's too.
    pub headers: bool,
    /// Members that the service makes and no sender chooses.
    pub harmless: &'static [&'static str],
    /// The connector, where groups of connectors are asked for.
    pub connector: Option<Box<str>>,
}

impl Entry {
    /// Whether nothing comes in that matters.
    pub(super) fn is_empty(&self) -> bool {
        self.trust.is_none() && !self.callable && self.connector.is_none()
    }
}

/// Members of mails that the mail service makes.
const OF_MAIL: &[&str] = &[
    "id",
    "conversationId",
    "conversationIndex",
    "changeKey",
    "receivedDateTime",
    "dateTimeReceived",
    "sentDateTime",
    "hasAttachments",
    "hasAttachment",
    "importance",
    "isRead",
    "isHtml",
    "isDraft",
    "@odata.etag",
    "@odata.type",
    "size",
];

/// Members of answers to a form that the service makes: who answered, and when.
const OF_FORM: &[&str] = &["responder", "submitDate", "startDate", "responseId", "@odata.context"];

/// Connectors whose triggers pass on what anybody in public wrote.
const PUBLIC: [&str; 26] = [
    "shared_twitter",
    "shared_rss",
    "shared_typeform",
    "shared_jotform",
    "shared_jotformenterprise",
    "shared_surveymonkey",
    "shared_surveymonkeycanada",
    "shared_cognitoforms",
    "shared_googleforms",
    "shared_twilio",
    "shared_sendgrid",
    "shared_wordpress",
    "shared_youtube",
    "shared_disqus",
    "shared_eventbrite",
    "shared_mailchimp",
    "shared_calendly",
    "shared_formstack",
    "shared_formstackforms",
    "shared_wufoo",
    "shared_instagram",
    "shared_livechat",
    "shared_intercom",
    "shared_zendesk",
    "shared_freshdesk",
    "shared_telegram",
];

const MAIL: [&str; 4] = ["shared_office365", "shared_outlook", "shared_gmail", "shared_exchange"];

/// Members of answers that are no secret, by what gives it.
const fn beside(secret: SecretOutput) -> &'static [&'static str] {
    match secret {
        SecretOutput::VaultSecret => &[
            "name",
            "version",
            "contentType",
            "isEnabled",
            "createdTime",
            "lastUpdatedTime",
            "validityStartTime",
            "validityEndTime",
        ],
        SecretOutput::VariableSecret => &["@odata.context"],
        SecretOutput::Decrypted => &[],
        SecretOutput::Token => &[
            "token_type",
            "expires_in",
            "ext_expires_in",
            "expires_on",
            "not_before",
            "resource",
            "scope",
        ],
    }
}

/// The beginnings of one flow.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub entry: Entry,
    /// What actions give from the start.
    pub outputs: Vec<(ActionId, Shape)>,
    /// Calls of child flows.
    pub calls: Vec<(ActionId, Guid)>,
    pub labels: Vec<Label>,
}

impl Sources {
    /// Looks for beginnings. `groups` tells that data policies count, so that every connector is one.
    pub(super) fn find(view: &FlowView<'_>, groups: bool) -> Self {
        let mut found = Self::default();
        if let [trigger] = &view.body.triggers[..] {
            found.entry = entry(view, trigger);
        }
        for (owner, kind) in run_history::secret_outputs(view.body, view.tree, view.text) {
            if let Owner::Action(id) = owner {
                found.add(id, SourceKind::Secret(kind.name()), beside(kind));
            }
        }
        for operation in &view.body.operations {
            let Owner::Action(id) = operation.owner else { continue };
            if let Some((trust, harmless)) = read_from_outside(operation) {
                found.add(id, SourceKind::Outside(trust), harmless);
            } else if is_model(operation) {
                found.add(id, SourceKind::Machine, &[]);
            }
        }
        for (id, action) in view.body.actions() {
            if action.is("Http") && calls_model(view.tree.value(view.text, action.node)) {
                found.add(id, SourceKind::Machine, &[]);
            }
        }
        if !view.summary.child_calls.is_empty() {
            found.find_calls(view);
        }
        if groups {
            found.find_connectors(view);
        }
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entry.is_empty() && self.outputs.is_empty() && self.calls.is_empty()
    }

    fn add(&mut self, id: ActionId, kind: SourceKind, harmless: &[&str]) {
        let label = Label {
            origin: Origin::Action(id),
            kind: Some(kind),
        };
        if let Some(marks) = self.label(label) {
            let mut shape = Shape::plain(marks);
            for name in harmless {
                shape.set(name, Shape::default());
            }
            self.outputs.push((id, shape));
        }
    }

    /// The bit of a beginning; `None` for those of a flow that has too many.
    pub(super) fn label(&mut self, label: Label) -> Option<Marks> {
        let at = match self.labels.iter().position(|own| *own == label) {
            Some(at) => at,
            // The last ones are for those that are not told apart.
            None if self.labels.len() >= MAX_LABELS - WHOLE && label.origin.is_part() => {
                return self.label(Label {
                    origin: label.origin.whole(),
                    ..label
                });
            }
            None if self.labels.len() < MAX_LABELS => {
                self.labels.push(label);
                self.labels.len() - 1
            }
            None => return None,
        };
        Some(Marks::of(at))
    }

    fn find_calls(&mut self, view: &FlowView<'_>) {
        for (id, action) in view.body.actions() {
            if !action.is("Workflow") {
                continue;
            }
            let value = view.tree.value(view.text, action.node);
            let name = value.and_then(|v| v.path(&["inputs", "host", "workflowReferenceName"]));
            if let Some(child) = name.and_then(|name| Guid::parse(&name.as_str()?)) {
                self.calls.push((id, child));
            }
        }
    }

    /// What connectors give, one beginning for each connector.
    fn find_connectors(&mut self, view: &FlowView<'_>) {
        let gives = |connector: &str, id: &str| {
            let effects = effects::judge(connector, id, None).effects;
            effects.is_empty() || effects.has(Effect::Read)
        };
        let mut given: Vec<(Owner, &str)> = Vec::new();
        for operation in &view.body.operations {
            let trigger = matches!(operation.owner, Owner::Trigger(_));
            if !operation.connector.is_empty() && (trigger || gives(&operation.connector, &operation.id.value)) {
                given.push((operation.owner, &operation.connector));
            }
        }
        for (id, action) in view.body.actions() {
            if action.is("Http") {
                given.push((Owner::Action(id), model::flow::HTTP));
            }
        }
        for (owner, connector) in given {
            let label = Label {
                origin: Origin::Connector(connector.into()),
                kind: Some(SourceKind::Connector(connector.into())),
            };
            let Some(marks) = self.label(label) else { continue };
            match owner {
                Owner::Action(id) => match self.outputs.iter_mut().find(|(own, _)| *own == id) {
                    Some((_, shape)) => shape.join(&Shape::plain(marks)),
                    None => self.outputs.push((id, Shape::plain(marks))),
                },
                _ => self.entry.connector = Some(connector.into()),
            }
        }
    }
}

fn entry(view: &FlowView<'_>, trigger: &Trigger) -> Entry {
    let kind = |name: &str| trigger.subkind.eq_ignore_ascii_case(name);
    if trigger.kind.eq_ignore_ascii_case("Request") {
        let trust = if kind("Http") || kind("TeamsWebhook") || trigger.subkind.is_empty() {
            if is_open(view.tree.value(view.text, trigger.node)) {
                Trust::Anyone
            } else {
                Trust::SignedIn
            }
        } else if kind("PowerPages") {
            Trust::Public
        } else if kind("Skills") || kind("VirtualAgent") || kind("Agent") {
            Trust::Chat
        } else {
            Trust::User
        };
        return Entry {
            trust: Some(trust),
            callable: true,
            headers: matches!(trust, Trust::Anyone | Trust::SignedIn),
            ..Entry::default()
        };
    }
    if trigger.kind.eq_ignore_ascii_case("HttpWebhook") {
        return Entry {
            trust: Some(Trust::Public),
            headers: true,
            ..Entry::default()
        };
    }
    let mut operations = view.body.operations.iter();
    let Some(operation) = operations.find(|operation| matches!(operation.owner, Owner::Trigger(_))) else {
        return Entry::default();
    };
    let outside = |trust, harmless| Entry {
        trust: Some(trust),
        harmless,
        ..Entry::default()
    };
    let connector = operation.connector.as_str();
    if MAIL.contains(&connector) && names_mail(&operation.id.value) {
        return outside(Trust::Public, OF_MAIL);
    }
    if PUBLIC.contains(&connector) {
        return outside(Trust::Public, &["id", "Id"]);
    }
    Entry::default()
}

/// Whether a request trigger takes calls from anyone: it says so, or was made before it could say anything else.
fn is_open(trigger: Option<Value<'_>>) -> bool {
    let word = trigger
        .and_then(|trigger| {
            trigger
                .get_ignore_case("inputs")?
                .get_ignore_case("triggerAuthenticationType")
        })
        .filter(|word| !word.is_null());
    word.is_none_or(|word| word.as_str().is_some_and(|word| word.eq_ignore_ascii_case("All")))
}

pub(super) fn names_mail(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    id.contains("email") || id.contains("mail")
}

/// What an action reads that somebody outside wrote, with the members that the service makes.
fn read_from_outside(operation: &Operation) -> Option<(Trust, &'static [&'static str])> {
    let id = &operation.id.value;
    let connector = operation.connector.as_str();
    if connector == "shared_microsoftforms" && same_operation(id, "GetFormResponseById") {
        return Some((Trust::Public, OF_FORM));
    }
    let starts = |word: &str| id.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let reads = starts("get") || starts("export") || starts("list") || starts("search");
    if MAIL.contains(&connector) && reads && (names_mail(id) || starts("GetAttachment")) && !id.contains("Tips") {
        return Some((Trust::Public, OF_MAIL));
    }
    (PUBLIC.contains(&connector) && reads).then_some((Trust::Public, &["id", "Id"]))
}

/// Whether an operation asks a language model, or another that was trained.
fn is_model(operation: &Operation) -> bool {
    const PREDICT: &str = "aibuilderpredict";
    let head = operation.id.value.get(..PREDICT.len());
    let connector = operation.connector.as_str();
    head.is_some_and(|head| head.eq_ignore_ascii_case(PREDICT))
        || ["openai", "aibuilder", "copilotstudio", "anthropic", "mistral"]
            .iter()
            .any(|part| connector.contains(part))
}

/// Whether a request asks a language model.
fn calls_model(action: Option<Value<'_>>) -> bool {
    const HOSTS: [&str; 5] = [
        "api.openai.com",
        ".openai.azure.com",
        "api.anthropic.com",
        "generativelanguage.googleapis.com",
        ".services.ai.azure.com",
    ];
    let Some(address) = action.and_then(|action| action.path(&["inputs", "uri"])) else {
        return false;
    };
    let path = address.as_str().unwrap_or_default();
    let known = match http::host_of(address) {
        Host::Known { name, .. } => HOSTS.iter().any(|host| name.ends_with(host)),
        _ => false,
    };
    known || path.contains("/chat/completions")
}
