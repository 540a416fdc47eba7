//! Data policies: which connectors hold business data, which do not, which are blocked, as administrators export it.
//!
//! Three shapes are known, recognised by content: the objects of `Get-DlpPolicy` (`connectorGroups`), those of
//! `Get-AdminDlpPolicy` (`BusinessDataGroup`, `NonBusinessDataGroup`), and the service's own older ones (`apiGroups` with
//! `hbi` and `lbi`); each alone, in a list or under `value`. A project may also write a policy into its configuration.
//!
//! Invariants: reading never fails, what could not be read becomes a note; connectors are kept by name, in lower case.

use syntax::Span;
use syntax::json::{Tree, Value};

use crate::facts::Spanned;
use crate::inventory::{Record, damage};

/// The group a policy puts a connector into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConnectorGroup {
    /// Holds business data; `Confidential` in exports.
    Business,
    /// Holds none; `General` in exports.
    NonBusiness,
    /// May not be used.
    Blocked,
}

impl ConnectorGroup {
    /// Every group with its name in the configuration.
    pub const ALL: [(&'static str, Self); 3] = [
        ("business", Self::Business),
        ("nonBusiness", Self::NonBusiness),
        ("blocked", Self::Blocked),
    ];

    /// The group of a name, in the words of the configuration.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, group)| *group)
    }

    /// Its name in texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::NonBusiness => "non-business",
            Self::Blocked => "blocked",
        }
    }

    /// The group of a word that exports use.
    fn of_export(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "confidential" | "hbi" | "business" | "businessdatagroup" => Some(Self::Business),
            "general" | "lbi" | "nonbusiness" | "nonbusinessdatagroup" => Some(Self::NonBusiness),
            "blocked" | "blockeddatagroup" | "blockedgroup" => Some(Self::Blocked),
            _ => None,
        }
    }
}

/// A connector in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMember {
    /// The connector's name in lower case: `shared_…`, or `builtin:…` for what is no connector.
    pub connector: String,
    /// Its group.
    pub group: ConnectorGroup,
    /// Where it stands.
    pub span: Span,
}

impl GroupMember {
    /// A member by the connector's id, name, or name without `shared_`.
    #[must_use]
    pub fn new(connector: &str, span: Span, group: ConnectorGroup) -> Self {
        Self {
            connector: connector_key(connector),
            group,
            span,
        }
    }
}

/// The environments a policy counts in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PolicyScope {
    /// All.
    Everywhere,
    /// These alone.
    Only(Vec<String>),
    /// All but these.
    Except(Vec<String>),
}

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DataPolicy {
    /// Its name for people.
    pub name: Spanned<String>,
    /// Connectors by name, each once; of a connector in several groups the strictest.
    members: Vec<GroupMember>,
    /// Connectors that were in another group too: as it was kept, and the other.
    contradictions: Vec<(GroupMember, GroupMember)>,
    /// The group of every connector that is not listed.
    pub default: Option<ConnectorGroup>,
    /// Where it counts.
    pub scope: PolicyScope,
    /// The whole policy.
    pub span: Span,
}

/// Where a policy puts a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The group.
    pub group: ConnectorGroup,
    /// Where the policy lists the connector; `None` where it falls into the default group.
    pub span: Option<Span>,
}

impl DataPolicy {
    /// A policy of these connectors, in any order.
    #[must_use]
    pub fn new(
        name: Spanned<String>,
        mut listed: Vec<GroupMember>,
        default: Option<ConnectorGroup>,
        scope: PolicyScope,
        span: Span,
    ) -> Self {
        listed.sort_by(|a, b| {
            let rank = |member: &GroupMember| member.group != ConnectorGroup::Blocked;
            (&a.connector, rank(a), a.span).cmp(&(&b.connector, rank(b), b.span))
        });
        let mut members: Vec<GroupMember> = Vec::with_capacity(listed.len());
        let mut contradictions = Vec::new();
        for member in listed {
            match members.last() {
                Some(kept) if kept.connector == member.connector => {
                    if kept.group != member.group {
                        contradictions.push((kept.clone(), member));
                    }
                }
                _ => members.push(member),
            }
        }
        Self {
            name,
            members,
            contradictions,
            default,
            scope,
            span,
        }
    }

    /// The connectors it lists, by name.
    #[must_use]
    pub fn members(&self) -> &[GroupMember] {
        &self.members
    }

    /// Connectors that it puts into two groups, the first and the later place of each.
    pub fn contradictions(&self) -> impl Iterator<Item = (&GroupMember, &GroupMember)> {
        let in_order = |(a, b): &'_ (GroupMember, GroupMember)| a.span <= b.span;
        self.contradictions.iter().map(move |pair| {
            if in_order(pair) {
                (&pair.0, &pair.1)
            } else {
                (&pair.1, &pair.0)
            }
        })
    }

    /// Where it puts a connector, by its name `shared_…` or `builtin:…`.
    #[must_use]
    pub fn group_of(&self, connector: &str) -> Option<Placement> {
        let key = connector_key(connector);
        let listed = self.members.binary_search_by(|member| member.connector.cmp(&key));
        match listed {
            Ok(at) => Some(Placement {
                group: self.members[at].group,
                span: Some(self.members[at].span),
            }),
            Err(_) => self.default.map(|group| Placement { group, span: None }),
        }
    }

    /// Whether it counts in an environment; where the environment is unknown, a policy for some only may or may not.
    #[must_use]
    pub fn counts_in(&self, environment: Option<&str>) -> bool {
        let named = |names: &[String]| environment.is_some_and(|own| names.iter().any(|n| crate::same_name(n, own)));
        match &self.scope {
            PolicyScope::Everywhere => true,
            PolicyScope::Only(names) => environment.is_none() || named(names),
            PolicyScope::Except(names) => !named(names),
        }
    }
}

/// The policies of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolicyFile {
    /// Policies in the order of the file.
    pub policies: Vec<DataPolicy>,
    /// What could not be read, in the order of the file; a bounded number.
    pub notes: Vec<PolicyNote>,
}

/// Something about a file of policies its owner should know, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyNote {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub message: String,
    /// Whether groups of connectors are lost by it.
    pub lost: bool,
}

const MAX_NOTES: usize = 50;
/// How to export what can be read, for messages.
const EXPORT: &str =
    "export it with `Get-DlpPolicy | ConvertTo-Json -Depth 10` or `Get-AdminDlpPolicy | ConvertTo-Json -Depth 10`";

/// Reads exported policies. Never fails: a text of no known shape gives no policy and a note.
#[must_use]
pub fn read(text: &str) -> PolicyFile {
    let mut file = PolicyFile::default();
    let tree = Tree::parse(text);
    if let Some((span, message)) = damage(&tree) {
        file.note(span, message);
    }
    // A stack of its own: depth of the input must not be depth of the call.
    let mut open: Vec<Value<'_>> = tree.root(text).into_iter().collect();
    while let Some(value) = open.pop() {
        if value.is_object() && is_policy(value) {
            read_policy(value, &mut file);
            continue;
        }
        let children = value.items().chain(value.members().filter_map(|member| member.value));
        let mut inside: Vec<Value<'_>> = children.filter(|child| child.is_object() || child.is_array()).collect();
        // Last in, first out: the first policy of the file has to be on top.
        inside.reverse();
        open.append(&mut inside);
    }
    if file.policies.is_empty() && file.notes.is_empty() {
        file.note(Span::at(0), format!("the file holds no data policy; {EXPORT}"));
    }
    file
}

impl PolicyFile {
    fn note(&mut self, span: Span, message: impl Into<String>) {
        self.add(span, message.into(), true);
    }

    fn add(&mut self, span: Span, message: String, lost: bool) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(PolicyNote { span, message, lost });
        }
    }
}

/// Whether an object is a policy: it has groups of connectors, in one of the known shapes.
fn is_policy(value: Value<'_>) -> bool {
    ["connectorGroups", "BusinessDataGroup", "NonBusinessDataGroup"]
        .iter()
        .any(|field| value.get_ignore_case(field).is_some())
        || api_groups(value).is_some()
}

/// `properties.definition.apiGroups` of the service's older objects.
fn api_groups(value: Value<'_>) -> Option<Value<'_>> {
    let properties = value.get_ignore_case("properties").unwrap_or(value);
    properties
        .get_ignore_case("definition")?
        .get_ignore_case("apiGroups")
        .filter(|groups| groups.is_object())
}

fn read_policy(value: Value<'_>, file: &mut PolicyFile) {
    let mut members = Vec::new();
    let start = Span::new(value.span().start, value.span().start + 1);
    if let Some(groups) = value.get_ignore_case("connectorGroups") {
        let list: Vec<Value<'_>> = if groups.is_array() {
            groups.items().collect()
        } else {
            vec![groups]
        };
        for group in list {
            let Some(record) = Record::of(group) else {
                file.note(
                    group.span(),
                    format!("this group of connectors cannot be read; {EXPORT}"),
                );
                continue;
            };
            let word = record.text("classification").unwrap_or_default();
            match ConnectorGroup::of_export(&word) {
                Some(kind) => read_group(group.get_ignore_case("connectors"), group, kind, file, &mut members),
                None => file.note(
                    group.span(),
                    format!("the classification `{word}` is unknown, so this group is not used"),
                ),
            }
        }
    }
    for (field, kind) in [
        ("BusinessDataGroup", ConnectorGroup::Business),
        ("NonBusinessDataGroup", ConnectorGroup::NonBusiness),
        ("BlockedGroup", ConnectorGroup::Blocked),
        ("BlockedDataGroup", ConnectorGroup::Blocked),
    ] {
        if let Some(group) = value.get_ignore_case(field) {
            read_group(Some(group), group, kind, file, &mut members);
        }
    }
    for member in api_groups(value)
        .into_iter()
        .flat_map(|groups| groups.members().collect::<Vec<_>>())
    {
        let kind = member.key.as_str().and_then(|key| ConnectorGroup::of_export(&key));
        if let (Some(kind), Some(group)) = (kind, member.value) {
            read_group(group.get_ignore_case("apis"), group, kind, file, &mut members);
        }
    }
    let record = Record::of(value);
    let inner = value.get_ignore_case("properties").and_then(Record::of);
    let text = |names: &[&str]| {
        let both = |name: &&str| {
            let own = record.as_ref().and_then(|record| record.text(name));
            own.or_else(|| inner.as_ref()?.text(name))
        };
        names.iter().find_map(both)
    };
    let name_fields = ["displayName", "PolicyName", "name"];
    let name = text(&name_fields).unwrap_or_else(|| "a policy without a name".to_owned());
    let name_span = record.as_ref().and_then(|record| record.span_of(&name_fields));
    let definition = value
        .get_ignore_case("properties")
        .unwrap_or(value)
        .get_ignore_case("definition")
        .and_then(Record::of);
    let default = text(&["defaultConnectorsClassification", "DefaultApiGroup"])
        .or_else(|| definition?.text("defaultApiGroup"))
        .and_then(|word| ConnectorGroup::of_export(&word));
    let scope = scope(value, text(&["environmentType", "FilterType"]).as_deref());
    let name = Spanned::new(name, name_span.unwrap_or(start));
    let policy = DataPolicy::new(name, members, default, scope, start);
    let twice: Vec<(Span, String)> = policy
        .contradictions()
        .map(|(first, second)| {
            let (a, b) = (first.group.name(), second.group.name());
            (
                second.span,
                format!("`{}` is in two groups, {a} and {b}", second.connector),
            )
        })
        .collect();
    for (span, message) in twice {
        file.add(span, message, false);
    }
    file.policies.push(policy);
}

/// The connectors of a list of objects with an `id`; PowerShell may have cut them short.
fn read_group(
    list: Option<Value<'_>>,
    group: Value<'_>,
    kind: ConnectorGroup,
    file: &mut PolicyFile,
    members: &mut Vec<GroupMember>,
) {
    let Some(list) = list else {
        let cut = format!("the connectors of this group are cut short, so they are not known; {EXPORT}");
        return file.note(group.span(), cut);
    };
    let entries: Vec<Value<'_>> = if list.is_array() {
        list.items().collect()
    } else {
        vec![list]
    };
    for entry in entries {
        let record = Record::of(entry);
        let id = match &record {
            Some(record) => record.first_text(&["id", "name"]),
            // A list of ids, as people write them.
            None => entry
                .as_str()
                .map(|text| text.into_owned())
                .filter(|text| !text.trim().is_empty() && !text.starts_with("System.")),
        };
        let span = record.as_ref().and_then(|record| record.span_of(&["id", "name"]));
        match id {
            Some(id) => members.push(GroupMember::new(&id, span.unwrap_or(entry.span()), kind)),
            None if entry.is_null() => {}
            None => file.note(
                entry.span(),
                format!("this connector has no id, so it is not used; {EXPORT}"),
            ),
        }
    }
}

fn scope(value: Value<'_>, kind: Option<&str>) -> PolicyScope {
    let properties = value.get_ignore_case("properties").unwrap_or(value);
    let list = value
        .get_ignore_case("environments")
        .or_else(|| properties.get_ignore_case("environments"));
    let mut names = Vec::new();
    for entry in list.into_iter().flat_map(|list| list.items().collect::<Vec<_>>()) {
        match Record::of(entry) {
            Some(record) => names.extend(record.text("name").or_else(|| record.text("id"))),
            None => names.extend(entry.as_str().map(std::borrow::Cow::into_owned)),
        }
    }
    match kind.unwrap_or_default().to_ascii_lowercase().as_str() {
        "onlyenvironments" | "include" | "singleenvironment" => PolicyScope::Only(names),
        "exceptenvironments" | "exclude" => PolicyScope::Except(names),
        _ => PolicyScope::Everywhere,
    }
}

/// A connector's name as policies are asked for it: in lower case, `shared_…`, or `builtin:…` for the HTTP actions and
/// triggers, which policies list without a prefix.
fn connector_key(connector: &str) -> String {
    let name = crate::connector_name(connector.trim()).to_ascii_lowercase();
    match name.as_str() {
        "http" | "httpwebhook" => "builtin:http".to_owned(),
        "httprequestreceived" | "request" => "builtin:request".to_owned(),
        _ if name.starts_with("shared_") || name.starts_with("builtin:") => name,
        _ => format!("shared_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = r#"{"value":[{"name":"0a","displayName":"Contoso","defaultConnectorsClassification":"General","environmentType":"OnlyEnvironments",
      "environments":[{"id":"/x","name":"Default-1","type":"t"}],
      "connectorGroups":[
        {"classification":"Confidential","connectors":[{"id":"/providers/Microsoft.PowerApps/apis/shared_sql","name":"SQL Server","type":"t"}]},
        {"classification":"Blocked","connectors":[{"id":"/providers/Microsoft.PowerApps/apis/shared_twitter","name":"X","type":"t"},{"id":"Http","name":"HTTP"}]}]}]}"#;

    #[test]
    fn reads_both_exports_and_the_services_own() {
        let old = r#"{"PolicyName":"0a","DisplayName":"Contoso","FilterType":"include","Environments":[{"name":"Default-1"}],"DefaultApiGroup":"lbi",
          "BusinessDataGroup":{"id":"/providers/Microsoft.PowerApps/apis/shared_sql","name":"SQL Server"},
          "NonBusinessDataGroup":[],"BlockedGroup":["shared_twitter","Http"]}"#;
        let raw = r#"[{"name":"0a","properties":{"displayName":"Contoso","definition":{"defaultApiGroup":"lbi","apiGroups":{
          "hbi":{"apis":[{"id":"/providers/Microsoft.PowerApps/apis/shared_sql"}]},"lbi":{"apis":[]},"blocked":{"apis":[{"id":"shared_twitter"},{"id":"Http"}]}}},
          "environments":[{"name":"Default-1"}],"FilterType":"include"}}]"#;
        for text in [NEW, old, raw] {
            let file = read(text);
            assert_eq!(file.notes, [], "{text}");
            let policy = &file.policies[0];
            assert_eq!(policy.name.value, "Contoso");
            let group = |connector: &str| policy.group_of(connector).map(|p| (p.group, p.span.is_some()));
            assert_eq!(group("SHARED_sql"), Some((ConnectorGroup::Business, true)), "{text}");
            assert_eq!(group("shared_twitter"), Some((ConnectorGroup::Blocked, true)));
            assert_eq!(group("builtin:http"), Some((ConnectorGroup::Blocked, true)));
            assert_eq!(group("shared_new"), Some((ConnectorGroup::NonBusiness, false)));
            assert_eq!(policy.scope, PolicyScope::Only(vec!["Default-1".into()]));
            assert!(policy.counts_in(None) && policy.counts_in(Some("default-1")) && !policy.counts_in(Some("prod")));
        }
        let span = read(NEW).policies[0]
            .group_of("shared_sql")
            .and_then(|p| p.span)
            .unwrap();
        assert!(NEW[span.range()].ends_with("shared_sql"));
    }

    #[test]
    fn says_what_it_could_not_read() {
        for (text, said) in [
            ("{}", "holds no data policy"),
            ("", "not valid JSON"),
            (
                r#"{"connectorGroups":["@{classification=Confidential; connectors=System.Object[]}"]}"#,
                "cut short",
            ),
            (
                r#"{"connectorGroups":[{"classification":"Odd","connectors":[]}]}"#,
                "`Odd` is unknown",
            ),
            (r#"{"BusinessDataGroup":[{"type":"t"}]}"#, "has no id"),
            (
                r#"{"BusinessDataGroup":["sql"],"NonBusinessDataGroup":["shared_sql"]}"#,
                "in two groups",
            ),
        ] {
            let notes = read(text).notes;
            assert!(notes.len() == 1 && notes[0].message.contains(said), "{text}: {notes:?}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(&deep).policies.is_empty());
    }
}
