//! Facts of deployment settings: which connection and value a target environment gives to each reference and variable.
//!
//! Two files are known: the form of `pac solution create-settings`, and the ALM Accelerator's
//! `customDeploymentSettings.json`, which names the owners of flows. Both are recognised by content, never by name.

//!
//! - `custom` reads the accelerator's file, `faults` finds what no tool can use in either, `anchors` keeps where fixes go.

mod anchors;
mod custom;
mod faults;

use std::sync::Arc;

use syntax::Span;
use syntax::json::{Tree, Value};

pub use self::anchors::{ArrayAnchor, Blank, MemberAnchor};
pub use self::custom::{CustomSettings, FlowEntry, FlowOwner};
pub use self::faults::{Fault, SettingsFault};
use crate::facts::Spanned;

/// The section that gives connections to connection references.
const REFERENCES: &str = "ConnectionReferences";
/// The section that gives values to environment variables.
const VARIABLES: &str = "EnvironmentVariables";

/// Deployment settings of one environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeploymentSettings {
    /// Whether the file is valid JSON and every section and entry can be read, so that absence in it means absence.
    pub complete: bool,
    /// Connections given to references.
    pub references: Vec<SettingsReference>,
    /// Values given to environment variables.
    pub variables: Vec<SettingsVariable>,
    /// `ConnectionReferences`: its name, and where an entry can be added, with the list itself where there is none. `None`
    /// where something else than a list stands in its place.
    pub references_list: Option<SettingsList>,
    /// `EnvironmentVariables`, likewise.
    pub variables_list: Option<SettingsList>,
    /// What no tool can use.
    pub faults: Vec<SettingsFault>,
}

/// One of the lists of a settings file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SettingsList {
    /// Where its name stands, inside the quotes; `None` for a list that is not there.
    pub name_span: Option<Span>,
    /// Where an entry can be added.
    pub anchor: ArrayAnchor,
}

/// An entry of `ConnectionReferences`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SettingsReference {
    /// `LogicalName`.
    pub logical_name: Spanned<String>,
    /// `ConnectionId`: the connection's name, or a pipeline token.
    pub connection_id: Option<Spanned<String>>,
    /// `ConnectorId`.
    pub connector_id: Option<Spanned<String>>,
    /// `ConnectionOwner`, written by the ALM Accelerator.
    pub owner: Option<Spanned<String>>,
    /// Where `ConnectionId` gives nothing: the value that is empty or null, else the place of a new member.
    pub blank: Option<Blank>,
    /// The whole entry.
    pub span: Span,
    /// What to delete to remove the entry.
    pub removal: Span,
}

/// An entry of `EnvironmentVariables`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SettingsVariable {
    /// `SchemaName`.
    pub schema_name: Spanned<String>,
    /// `Value`, where it is text.
    pub value: Option<Spanned<String>>,
    /// Where `Value` gives nothing.
    pub blank: Option<Blank>,
    /// The whole entry.
    pub span: Span,
    /// What to delete to remove the entry.
    pub removal: Span,
}

/// What a JSON document outside `Workflows/` turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsFile {
    /// The form of `pac solution create-settings`.
    Deployment(Arc<DeploymentSettings>),
    /// `customDeploymentSettings.json`.
    Custom(Arc<CustomSettings>),
}

/// Reads settings from a document, or says by `None` that it holds none.
#[must_use]
pub fn read(tree: &Tree, text: &str) -> Option<SettingsFile> {
    let root = tree.root(text).filter(|root| root.is_object())?;
    let array = |name: &str| root.get(name).filter(|list| list.is_array());
    let (references, variables) = (array(REFERENCES), array(VARIABLES));
    let keyed =
        |list: Option<Value<'_>>, key: &str| list.is_some_and(|l| l.items().any(|entry| entry.get(key).is_some()));
    let both = [REFERENCES, VARIABLES].iter().all(|name| root.get(name).is_some());
    let is_deployment = both && (references.is_some() || variables.is_some())
        || keyed(references, "LogicalName")
        || keyed(variables, "SchemaName")
        || faults::misnamed_sections(root).any(|(_, list, _)| keyed(Some(list), "LogicalName"));
    if !is_deployment {
        return custom::read(tree, root, text).map(|settings| SettingsFile::Custom(Arc::new(settings)));
    }
    let faults = faults::of_deployment(root);
    Some(SettingsFile::Deployment(Arc::new(DeploymentSettings {
        complete: !tree.is_broken() && faults.iter().all(|fault| !fault.hides()),
        references: entries(references, settings_reference),
        variables: entries(variables, settings_variable),
        references_list: settings_list(root, REFERENCES, text),
        variables_list: settings_list(root, VARIABLES, text),
        faults,
    })))
}

/// Cheap test before a file is parsed: whether its text can hold settings at all.
#[must_use]
pub fn may_hold_settings(text: &str) -> bool {
    let holds = |name: &str| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some();
    [
        "\"ConnectionReferences\"",
        "\"EnvironmentVariables\"",
        "\"ActivateFlowConfiguration\"",
        "\"SolutionComponentOwnershipConfiguration\"",
    ]
    .iter()
    .any(|name| holds(name))
        // With the section's own name misspelt.
        || holds("\"LogicalName\"") && (holds("\"ConnectionId\"") || holds("\"ConnectorId\""))
}

/// Whether a value is a token that a pipeline replaces, or empty: nothing is known then.
#[must_use]
pub fn is_token(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || [
            ("#{", "}#"),
            ("$(", ")"),
            ("{{", "}}"),
            ("${", "}"),
            ("__", "__"),
            ("%", "%"),
        ]
        .iter()
        .any(|(open, close)| {
            value
                .find(open)
                .is_some_and(|at| value[at + open.len()..].contains(close))
        })
}

/// The name of the component that an entry is about; an empty one is none.
fn named(entry: Value<'_>, member: &str) -> Option<Spanned<String>> {
    let name = entry.get(member).and_then(string)?;
    (!name.value.trim().is_empty()).then_some(name)
}

fn string(value: Value<'_>) -> Option<Spanned<String>> {
    Some(Spanned::new(value.as_str()?.into_owned(), value.content_span()))
}

/// The entries of a list, each with what to delete to remove it; in one pass, however long the list is.
fn entries<'a, T>(list: Option<Value<'a>>, read: impl Fn(Value<'a>, Span) -> Option<T>) -> Vec<T> {
    let Some(list) = list else { return Vec::new() };
    let items: Vec<Value<'a>> = list.items().collect();
    let removal = |at: usize| match (at.checked_sub(1).and_then(|at| items.get(at)), items.get(at + 1)) {
        // Together with the comma before it and the line it stands on.
        (Some(before), _) => Span::new(before.span().end, items[at].span().end),
        (None, Some(next)) => Span::new(items[at].span().start, next.span().start),
        (None, None) => items[at].span(),
    };
    let each = items.iter().enumerate();
    each.filter_map(|(at, entry)| read(*entry, removal(at))).collect()
}

fn settings_list(root: Value<'_>, name: &str, text: &str) -> Option<SettingsList> {
    let Some(member) = root.member(name) else {
        return root.is_closed().then(|| SettingsList {
            name_span: None,
            anchor: ArrayAnchor::missing(root, name, text),
        });
    };
    Some(SettingsList {
        name_span: Some(member.key.content_span()),
        anchor: ArrayAnchor::of(member.value.filter(|list| list.is_array())?, text),
    })
}

fn blank(entry: Value<'_>, name: &'static str) -> Option<Blank> {
    let Some(value) = entry.get(name) else {
        // A misspelt member may be the value, and is told as that.
        let section = if name == "Value" { VARIABLES } else { REFERENCES };
        let misspelt = faults::misspelt_members(entry, section).any(|(_, meant)| meant == name);
        return (!misspelt).then(|| Blank::Absent(MemberAnchor::of(entry, name)));
    };
    let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    empty.then(|| Blank::Value(value.span()))
}

fn settings_reference(entry: Value<'_>, removal: Span) -> Option<SettingsReference> {
    Some(SettingsReference {
        logical_name: named(entry, "LogicalName")?,
        connection_id: entry.get("ConnectionId").and_then(string),
        connector_id: entry.get("ConnectorId").and_then(string),
        owner: entry.get("ConnectionOwner").and_then(string),
        blank: blank(entry, "ConnectionId"),
        span: entry.span(),
        removal,
    })
}

fn settings_variable(entry: Value<'_>, removal: Span) -> Option<SettingsVariable> {
    Some(SettingsVariable {
        schema_name: named(entry, "SchemaName")?,
        value: entry.get("Value").and_then(string),
        blank: blank(entry, "Value"),
        span: entry.span(),
        removal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(text: &str) -> Arc<DeploymentSettings> {
        match read(&Tree::parse(text), text) {
            Some(SettingsFile::Deployment(settings)) => settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_entries_and_appends_one() {
        for text in [
            "{\r\n  \"EnvironmentVariables\": [],\r\n  \"ConnectionReferences\": [\r\n    {\r\n      \"LogicalName\": \"a_b\",\r\n      \"ConnectionId\": \"0\"\r\n    }\r\n  ]\r\n}",
            "{\"EnvironmentVariables\":[{\"SchemaName\":\"v\",\"Value\":\"x\"}],\"ConnectionReferences\":[]}",
            "{\n    \"EnvironmentVariables\": [],\n    \"ConnectionReferences\": []\n}",
        ] {
            let before = deployment(text);
            let edit = before
                .references_list
                .clone()
                .unwrap()
                .anchor
                .add(&[("LogicalName", "new_\"q\""), ("ConnectionId", "#{t}#")]);
            let after = syntax::edit::apply(text, &[edit]).unwrap();
            let now = deployment(&after);
            assert!(now.complete, "{after}");
            assert_eq!(now.references.len(), before.references.len() + 1, "{after}");
            assert_eq!(now.references.last().unwrap().logical_name.value, "new_\"q\"");
        }
    }

    #[test]
    fn a_list_that_is_not_there_comes_with_its_first_entry() {
        for (text, after) in [
            (
                "{\r\n    \"ConnectionReferences\": [\r\n        { \"LogicalName\": \"r\" }\r\n    ]\r\n}",
                "\r\n    ],\r\n    \"EnvironmentVariables\": [\r\n        {\r\n            \"SchemaName\": \"a\"\r\n        }\r\n    ]\r\n}",
            ),
            (
                "{\"ConnectionReferences\":[{\"LogicalName\":\"r\"}]}",
                ",\"EnvironmentVariables\":[{\"SchemaName\": \"a\"}]}",
            ),
        ] {
            let before = deployment(text);
            let list = before.variables_list.as_ref().unwrap();
            let new = syntax::edit::apply(text, &[list.anchor.add(&[("SchemaName", "a")])]).unwrap();
            let now = deployment(&new);
            assert!(
                now.complete && list.name_span.is_none() && new.ends_with(after),
                "{new}"
            );
            assert_eq!((now.variables.len(), now.references.len()), (1, 1));
        }
        let odd = "{\"ConnectionReferences\":[{\"LogicalName\":\"r\"}],\"EnvironmentVariables\":{}}";
        assert_eq!(deployment(odd).variables_list, None);
    }

    #[test]
    fn blanks_are_filled_and_entries_removed() {
        let text = "{\n  \"EnvironmentVariables\": [\n    { \"SchemaName\": \"a\", \"Value\": \" \" },\n    { \"SchemaName\": \"b\" },\n    { \"SchemaName\": \"c\", \"Value\": false }\n  ],\n  \"ConnectionReferences\": [{ \"LogicalName\": \"r\", \"ConnectionId\": null }]\n}";
        let before = deployment(text);
        let edits: Vec<_> = before
            .variables
            .iter()
            .map(|v| &v.blank)
            .chain(before.references.iter().map(|r| &r.blank))
            .flatten()
            .map(|blank| blank.fill("#{x}#"))
            .collect();
        let after = deployment(&syntax::edit::apply(text, &edits).unwrap());
        assert!(edits.len() == 3 && after.complete);
        assert!(after.variables.iter().all(|v| v.blank.is_none()) && after.references[0].blank.is_none());
        for at in 0..3 {
            let edit = syntax::edit::TextEdit {
                span: before.variables[at].removal,
                new_text: String::new(),
            };
            let after = deployment(&syntax::edit::apply(text, &[edit]).unwrap());
            assert!(after.complete && after.variables.len() == 2, "{at}");
        }
    }

    #[test]
    fn recognised_by_content_only() {
        let none = "{\"properties\":{\"ConnectionReferences\":[]},\"EnvironmentVariables\":{}}";
        assert_eq!(read(&Tree::parse(none), none), None);
        let custom = r##"{"ActivateFlowConfiguration":[{"solutionComponentName":"F","solutionComponentUniqueName":"a696980c-5fd0-ec11-a7b5-0022486dabee","activateAsUser":"megan@contoso.com"}]}"##;
        let Some(SettingsFile::Custom(settings)) = read(&Tree::parse(custom), custom) else {
            panic!()
        };
        assert_eq!(
            (settings.owners[0].account.value.as_str(), settings.owners[0].field),
            ("megan@contoso.com", "activateAsUser")
        );
        assert!(settings.owners[0].flow.is_some());
    }

    #[test]
    fn tokens_are_no_evidence() {
        for token in [
            "",
            "#{connectionreference.x}#",
            "$(Owner)",
            "{{owner}}",
            "${OWNER}",
            "x-#{y}#",
            "__owner__",
        ] {
            assert!(is_token(token), "{token}");
        }
        assert!(!is_token("megan@contoso.com") && !is_token("0123456789abcdef0123456789abcdef"));
    }
}
