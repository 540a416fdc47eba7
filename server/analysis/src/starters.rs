//! Who starts a flow, as its triggers tell.

use model::flow::{FlowSummary, TriggerSummary};

/// Who or what a trigger waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Starter {
    /// A person who presses the flow's button; also how child flows begin.
    Button,
    /// An app, for the person who uses it; also how child flows begin.
    App,
    /// An agent, for the person who talks to it.
    Agent,
    /// A person who has chosen a row, a message or a file.
    Selection,
    /// Whoever calls an address.
    Request,
    /// The clock.
    Clock,
    /// Something that happens: a mail comes in, a row changes.
    Event,
}

impl Starter {
    /// Who a trigger waits for; `None` for types that are not known.
    #[must_use]
    pub fn of(trigger: &TriggerSummary) -> Option<Self> {
        let is = |own: &str, words: &[&str]| words.iter().any(|word| own.eq_ignore_ascii_case(word));
        // The latter looks at an address so often.
        if is(&trigger.kind, &["Recurrence", "SlidingWindow", "Http"]) {
            return Some(Self::Clock);
        }
        if is(
            &trigger.kind,
            &[
                "OpenApiConnection",
                "OpenApiConnectionWebhook",
                "OpenApiConnectionNotification",
                "ApiConnection",
                "ApiConnectionWebhook",
                "ApiConnectionNotification",
                "HttpWebhook",
            ],
        ) {
            return Some(Self::Event);
        }
        if !is(&trigger.kind, &["Request"]) {
            return None;
        }
        let kinds = [
            ("Button", Self::Button),
            ("PowerApp", Self::App),
            ("PowerAppV2", Self::App),
            ("Skills", Self::Agent),
            ("VirtualAgent", Self::Agent),
            ("Agent", Self::Agent),
            ("ApiConnection", Self::Selection),
            ("Http", Self::Request),
            ("TeamsWebhook", Self::Request),
        ];
        kinds
            .iter()
            .find(|(kind, _)| trigger.subkind.eq_ignore_ascii_case(kind))
            .map(|(_, starter)| *starter)
    }

    /// Whether a person starts the flow who has signed in, so that there is an account it could act with.
    #[must_use]
    pub fn is_person(self) -> bool {
        matches!(self, Self::Button | Self::App | Self::Agent | Self::Selection)
    }

    /// Whether nobody is there when the flow starts.
    #[must_use]
    pub fn is_unattended(self) -> bool {
        matches!(self, Self::Clock | Self::Event)
    }
}

/// Who starts a flow: of its first trigger, as flows have one.
#[must_use]
pub fn starter(flow: &FlowSummary) -> Option<Starter> {
    Starter::of(flow.triggers.first()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_kinds_tell() {
        let of = |kind: &str, subkind: &str| {
            Starter::of(&TriggerSummary {
                name: "t".into(),
                kind: kind.into(),
                subkind: subkind.into(),
            })
        };
        assert_eq!(of("Request", "Button"), Some(Starter::Button));
        assert_eq!(of("request", "powerappv2"), Some(Starter::App));
        assert_eq!(of("Request", "ApiConnection"), Some(Starter::Selection));
        assert_eq!(of("Request", "Http"), Some(Starter::Request));
        assert_eq!(of("Request", ""), None);
        assert_eq!(of("ApiConnection", ""), Some(Starter::Event));
        assert!(of("Recurrence", "").is_some_and(Starter::is_unattended));
        assert_eq!(of("Http", ""), Some(Starter::Clock));
        assert_eq!(of("HttpWebhook", ""), Some(Starter::Event));
        assert_eq!(of("Request", "TeamsWebhook"), Some(Starter::Request));
        assert_eq!(of("Mystery", "Button"), None);
        assert!(!Starter::Request.is_person() && !Starter::Request.is_unattended());
    }
}
