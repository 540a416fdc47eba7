//! What an operation does: reads, creates, writes, deletes, sends, administers or executes.
//!
//! `data/effects.json` knows the operations of common connectors. Others are judged by the verb their name begins with,
//! which is a guess and said to be one; an operation whose name tells nothing stays unknown, and unknown is not harmless.

use std::fmt;
use std::sync::OnceLock;

use model::flow::{Method, OperationSummary};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::connectors;

/// One thing that an operation can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Looks at data.
    Read,
    /// Makes new data.
    Create,
    /// Changes data.
    Write,
    /// Removes data.
    Delete,
    /// Sends something to people or other systems.
    Send,
    /// Changes users, groups, environments, flows or apps.
    Admin,
    /// Runs something whose effects its name does not tell.
    Execute,
}

impl Effect {
    /// Every effect with its name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("read", Self::Read),
        ("create", Self::Create),
        ("write", Self::Write),
        ("delete", Self::Delete),
        ("send", Self::Send),
        ("admin", Self::Admin),
        ("execute", Self::Execute),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// A set of effects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Effects(u8);

impl Effects {
    /// The set of these.
    #[must_use]
    pub fn of(effects: &[Effect]) -> Self {
        effects.iter().fold(Self::default(), |set, effect| set.with(*effect))
    }

    /// With one more.
    #[must_use]
    pub fn with(self, effect: Effect) -> Self {
        Self(self.0 | 1 << effect as u8)
    }

    /// With those of another set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether an effect is in the set.
    #[must_use]
    pub fn has(self, effect: Effect) -> bool {
        self.0 & (1 << effect as u8) != 0
    }

    /// Whether the set is empty: nothing is known then.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether data or settings are other than before.
    #[must_use]
    pub fn changes(self) -> bool {
        [
            Effect::Create,
            Effect::Write,
            Effect::Delete,
            Effect::Admin,
            Effect::Execute,
        ]
        .iter()
        .any(|effect| self.has(*effect))
    }

    /// The effects, in the order of [`Effect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Effect> {
        Effect::ALL
            .iter()
            .map(|(_, effect)| *effect)
            .filter(move |effect| self.has(*effect))
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("unknown");
        }
        for (at, effect) in self.iter().enumerate() {
            let gap = if at == 0 { "" } else { ", " };
            write!(f, "{gap}{}", effect.name())?;
        }
        Ok(())
    }
}

/// What an operation does, and how that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The effects; empty where they are unknown.
    pub effects: Effects,
    /// Whether only the operation's name says so.
    pub inferred: bool,
}

/// What an operation of a flow does.
#[must_use]
pub fn of(operation: &OperationSummary) -> Judgement {
    judge(&operation.connector, &operation.id, operation.method)
}

/// What an operation of a connector does; `method` is the verb of a request of one's own making.
#[must_use]
pub fn judge(connector: &str, id: &str, method: Option<Method>) -> Judgement {
    let name = bare(id);
    if let Some(known) = catalogue().get(connector).and_then(|operations| operations.get(&name)) {
        return match known {
            Known::Effects(effects) => Judgement {
                effects: *effects,
                inferred: false,
            },
            Known::Method => Judgement {
                effects: method.map_or(Effects::default(), of_method),
                inferred: false,
            },
        };
    }
    // A request that the flow writes itself tells what it does by its verb, whatever connector carries it.
    if let Some(method) = method
        && name.contains("http")
    {
        return Judgement {
            effects: of_method(method),
            inferred: true,
        };
    }
    let mut effects = by_verb(id);
    if effects.changes() && connectors::find(connector).is_some_and(|connector| connector.administers) {
        effects = effects.with(Effect::Admin);
    }
    Judgement {
        effects,
        inferred: !effects.is_empty(),
    }
}

fn of_method(method: Method) -> Effects {
    match method {
        Method::Get => Effects::of(&[Effect::Read]),
        Method::Post => Effects::of(&[Effect::Create, Effect::Write]),
        Method::Put => Effects::of(&[Effect::Write]),
        Method::Delete => Effects::of(&[Effect::Delete]),
        Method::Unknown => Effects::default(),
    }
}

/// The operations of a connector that are listed, as their ids are written.
pub fn listed(connector: &str) -> impl Iterator<Item = &'static str> {
    data()
        .connectors
        .get(connector)
        .into_iter()
        .flat_map(|lists| lists.values().flatten())
        .map(String::as_str)
}

/// Verbs that names of operations begin with.
const VERBS: [(&str, Effect); 62] = [
    ("get", Effect::Read),
    ("list", Effect::Read),
    ("read", Effect::Read),
    ("find", Effect::Read),
    ("search", Effect::Read),
    ("query", Effect::Read),
    ("lookup", Effect::Read),
    ("retrieve", Effect::Read),
    ("fetch", Effect::Read),
    ("download", Effect::Read),
    ("export", Effect::Read),
    ("check", Effect::Read),
    ("view", Effect::Read),
    ("on", Effect::Read),
    ("when", Effect::Read),
    ("watch", Effect::Read),
    ("create", Effect::Create),
    ("add", Effect::Create),
    ("insert", Effect::Create),
    ("new", Effect::Create),
    ("upload", Effect::Create),
    ("copy", Effect::Create),
    ("provision", Effect::Create),
    ("import", Effect::Create),
    ("update", Effect::Write),
    ("patch", Effect::Write),
    ("edit", Effect::Write),
    ("set", Effect::Write),
    ("put", Effect::Write),
    ("modify", Effect::Write),
    ("change", Effect::Write),
    ("rename", Effect::Write),
    ("move", Effect::Write),
    ("enable", Effect::Write),
    ("disable", Effect::Write),
    ("merge", Effect::Write),
    ("assign", Effect::Write),
    ("restore", Effect::Write),
    ("upsert", Effect::Write),
    ("append", Effect::Write),
    ("replace", Effect::Write),
    ("grant", Effect::Write),
    ("delete", Effect::Delete),
    ("remove", Effect::Delete),
    ("purge", Effect::Delete),
    ("clear", Effect::Delete),
    ("revoke", Effect::Delete),
    ("send", Effect::Send),
    ("reply", Effect::Send),
    ("forward", Effect::Send),
    ("notify", Effect::Send),
    ("invite", Effect::Send),
    ("publish", Effect::Send),
    ("share", Effect::Send),
    ("run", Effect::Execute),
    ("execute", Effect::Execute),
    ("invoke", Effect::Execute),
    ("start", Effect::Execute),
    ("stop", Effect::Execute),
    ("call", Effect::Execute),
    ("trigger", Effect::Execute),
    ("queue", Effect::Execute),
];

/// What the first word of an operation's name says. Words begin with a capital, or behind `-`, `_` and `.`.
fn by_verb(id: &str) -> Effects {
    let first: String = {
        let mut chars = id.trim_start_matches(['_', '-', '.']).chars();
        let head = chars.next();
        let tail = chars.take_while(|c| c.is_lowercase());
        head.into_iter().chain(tail).collect()
    };
    let lower = id.to_ascii_lowercase();
    // `GETUSERS` and `getusers` are one word: its beginning must do, unless the verb is too short to be told apart.
    let one_word = id.chars().all(|c| !c.is_lowercase()) || id.chars().all(|c| !c.is_uppercase());
    let found = VERBS
        .iter()
        .find(|(verb, _)| first.eq_ignore_ascii_case(verb))
        .or_else(|| {
            VERBS
                .iter()
                .find(|(verb, _)| one_word && (verb.len() > 3 || *verb == "get") && lower.starts_with(verb))
        });
    found.map_or(Effects::default(), |(_, effect)| Effects::of(&[*effect]))
}

/// An operation's name as it is looked up: in lower case, without underscores and what only says where it works.
fn bare(id: &str) -> String {
    let mut name: String = id
        .chars()
        .filter(|c| *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    for ending in ["withorganization", "inchangeset"] {
        if let Some(length) = name.strip_suffix(ending).map(str::len) {
            name.truncate(length);
        }
    }
    name
}

#[derive(Clone, Copy, Debug)]
enum Known {
    Effects(Effects),
    Method,
}

type Catalogue = FxHashMap<String, FxHashMap<String, Known>>;

#[derive(Deserialize)]
struct Data {
    connectors: FxHashMap<String, FxHashMap<String, Vec<String>>>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    // The file is part of the program, and a test reads it: it cannot be wrong here.
    DATA.get_or_init(|| {
        serde_json::from_str(include_str!("../data/effects.json")).unwrap_or(Data {
            connectors: FxHashMap::default(),
        })
    })
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut catalogue = Catalogue::default();
        for (connector, lists) in &data().connectors {
            let operations = catalogue.entry(connector.clone()).or_default();
            for (words, ids) in lists {
                for id in ids {
                    let new = known(words);
                    let entry = operations.entry(bare(id)).or_insert(new);
                    // An operation may stand in several lists: it does all they say.
                    if let (Known::Effects(before), Known::Effects(more)) = (*entry, new) {
                        *entry = Known::Effects(before.union(more));
                    }
                }
            }
        }
        catalogue
    })
}

fn known(words: &str) -> Known {
    if words == "method" {
        return Known::Method;
    }
    let effect = |word: &str| {
        Effect::ALL
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, effect)| *effect)
    };
    Known::Effects(Effects::of(&words.split(' ').filter_map(effect).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(connector: &str, id: &str) -> String {
        let judged = judge(connector, id, None);
        format!("{}{}", judged.effects, if judged.inferred { " (inferred)" } else { "" })
    }

    #[test]
    fn the_data_is_read_and_its_words_are_known() {
        let data: serde_json::Value = serde_json::from_str(include_str!("../data/effects.json")).expect("valid");
        for (connector, lists) in data["connectors"].as_object().expect("an object") {
            assert!(
                connectors::find(connector).is_some() || connector == "shared_adobesign",
                "{connector} is not among the connectors"
            );
            for words in lists.as_object().expect("an object").keys() {
                let valid = |word: &str| Effect::ALL.iter().any(|(name, _)| *name == word);
                assert!(
                    matches!(words.as_str(), "method" | "unknown") || words.split(' ').all(valid),
                    "{words}"
                );
            }
        }
        assert!(catalogue().len() > 30);
    }

    #[test]
    fn listed_operations_are_known() {
        let dataverse = "shared_commondataserviceforapps";
        assert_eq!(told(dataverse, "UpdateRecord"), "create, write");
        assert_eq!(told(dataverse, "UpdateRecordWithOrganization"), "create, write");
        assert_eq!(told(dataverse, "deleterecord"), "delete");
        assert_eq!(told(dataverse, "ExecuteChangeset"), "unknown");
        assert_eq!(told("shared_sharepointonline", "GrantAccess"), "write, send");
        assert_eq!(told("shared_office365users", "MyProfileV2"), "read");
    }

    #[test]
    fn other_operations_are_judged_by_their_verb() {
        assert_eq!(
            told("shared_powerplatformforadmins", "Get-AdminEnvironment"),
            "read (inferred)"
        );
        assert_eq!(
            told("shared_powerplatformforadmins", "Remove-AdminEnvironment"),
            "delete, admin (inferred)"
        );
        assert_eq!(told("shared_contoso-5forders-5f0a", "CreateOrder"), "create (inferred)");
        assert_eq!(told("shared_contoso-5forders-5f0a", "Settle"), "unknown");
        assert_eq!(told("shared_contoso-5forders-5f0a", "OnboardUser"), "unknown");
        assert_eq!(told("shared_contoso-5forders-5f0a", "getorders"), "read (inferred)");
        assert_eq!(told("", ""), "unknown");
    }

    #[test]
    fn requests_tell_by_their_verb() {
        let of = |connector, id, method| judge(connector, id, Some(method)).effects.to_string();
        assert_eq!(of("builtin:http", "", Method::Get), "read");
        assert_eq!(of("shared_webcontents", "InvokeHttp", Method::Delete), "delete");
        assert_eq!(of("shared_sharepointonline", "HttpRequest", Method::Unknown), "unknown");
    }
}
