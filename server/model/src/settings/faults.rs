//! What no tool can use in a settings file: sections and members that are misspelt, entries that are none, values that are
//! no text. Nothing here depends on other files; whether a name exists is for the rules to say.

use syntax::Span;
use syntax::json::Value;

use super::{REFERENCES, VARIABLES, custom, is_token};

/// Something that no tool can use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SettingsFault {
    /// Where.
    pub span: Span,
    /// What.
    pub fault: Fault,
}

/// Kinds of faults.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A section that is called otherwise than tools look for it.
    Section {
        /// Its name as it stands there.
        name: String,
        /// What it should be called.
        meant: &'static str,
        /// Whether a section of that name is there as well.
        is_there: bool,
    },
    /// A section that is no list.
    NoList {
        /// The section.
        section: &'static str,
        /// Whether it is one entry without a list around it.
        is_entry: bool,
    },
    /// An entry that is no object.
    NoObject {
        /// The section.
        section: &'static str,
        /// What to delete to remove it.
        removal: Span,
    },
    /// An entry that does not say what it is about.
    Nameless {
        /// The section.
        section: &'static str,
        /// The member that should say it.
        member: &'static str,
    },
    /// A member that is called otherwise than tools look for it.
    Member {
        /// Its name as it stands there.
        name: String,
        /// What it should be called.
        meant: &'static str,
    },
    /// A value that is no text.
    NoText {
        /// The member.
        member: &'static str,
        /// The component that the entry is about.
        of: String,
        /// What stands there: `a number`.
        found: &'static str,
        /// The whole value.
        whole: Span,
        /// The same as text, where that is plain.
        as_text: Option<String>,
    },
    /// A path where the name of a connection is wanted.
    Path {
        /// The connection reference.
        of: String,
        /// The connection's name in the path.
        name: String,
        /// The connector in the path.
        connector: Option<String>,
    },
}

impl SettingsFault {
    /// Whether the fault may hide an entry, so that nothing can be concluded from its absence.
    pub(super) fn hides(&self) -> bool {
        !matches!(self.fault, Fault::NoText { .. } | Fault::Path { .. })
    }
}

/// Members of an entry of `ConnectionReferences`.
const REFERENCE_MEMBERS: [&str; 4] = ["LogicalName", "ConnectionId", "ConnectorId", "ConnectionOwner"];
/// Members of an entry of `EnvironmentVariables`.
const VARIABLE_MEMBERS: [&str; 2] = ["SchemaName", "Value"];

/// Faults of deployment settings, in the order of the file.
pub(super) fn of_deployment(root: Value<'_>) -> Vec<SettingsFault> {
    let mut faults = Vec::new();
    for (key, _, meant) in misnamed_sections(root) {
        push(&mut faults, key.content_span(), section(root, key, meant));
    }
    for name in [REFERENCES, VARIABLES] {
        let Some(list) = root.get(name) else { continue };
        for entry in objects(list, name, &mut faults) {
            members(entry, name, &mut faults);
            let named = if name == REFERENCES {
                "LogicalName"
            } else {
                "SchemaName"
            };
            let Some(of) = super::named(entry, named) else {
                nameless(entry, name, named, &mut faults);
                continue;
            };
            if name == VARIABLES {
                text(entry, "Value", &of.value, &mut faults);
                continue;
            }
            for member in ["ConnectionId", "ConnectorId", "ConnectionOwner"] {
                text(entry, member, &of.value, &mut faults);
            }
            path(entry, &of.value, &mut faults);
        }
    }
    faults.sort_by_key(|fault| fault.span);
    faults
}

/// Faults of custom settings, in the order of the file.
pub(super) fn of_custom(root: Value<'_>) -> Vec<SettingsFault> {
    let mut faults = Vec::new();
    for member in root.members() {
        let Some(name) = member.key.as_str() else { continue };
        if let Some(meant) = near(&name, &custom::SECTIONS, |_| false) {
            push(&mut faults, member.key.content_span(), section(root, member.key, meant));
        }
    }
    for name in custom::SECTIONS {
        let Some(list) = root.get(name) else { continue };
        for entry in objects(list, name, &mut faults) {
            let of = entry.get("solutionComponentName").and_then(|name| name.as_str());
            let of = of.unwrap_or_default();
            for member in [
                "solutionComponentUniqueName",
                "ownerEmail",
                "activateAsUser",
                "aadGroupTeamName",
            ] {
                text(entry, member, &of, &mut faults);
            }
        }
    }
    faults.sort_by_key(|fault| fault.span);
    faults
}

/// Sections of deployment settings under another name: the key, the list, and what it should be called.
pub(super) fn misnamed_sections<'a>(root: Value<'a>) -> impl Iterator<Item = (Value<'a>, Value<'a>, &'static str)> {
    root.members().filter_map(move |member| {
        let list = member.value?;
        let name = member.key.as_str()?;
        let is_there = |other: &str| root.get(other).is_some();
        // Beside a section of such settings, entries tell what a list is, whatever its name.
        let of_references = |list: Value<'_>| {
            list.items().any(|entry| {
                entry.get("LogicalName").is_some()
                    && (entry.get("ConnectionId").is_some() || entry.get("ConnectorId").is_some())
            })
        };
        let meant = near(&name, &[REFERENCES, VARIABLES], |_| false)
            .or_else(|| (is_there(VARIABLES) && !is_there(REFERENCES) && of_references(list)).then_some(REFERENCES))?;
        Some((member.key, list, meant))
    })
}

/// Members of an entry that are called otherwise than tools look for them: the key, and what it should be called.
pub(super) fn misspelt_members<'a>(
    entry: Value<'a>,
    section: &str,
) -> impl Iterator<Item = (Value<'a>, &'static str)> + use<'a> {
    let known: &'static [&'static str] = if section == VARIABLES {
        &VARIABLE_MEMBERS
    } else {
        &REFERENCE_MEMBERS
    };
    entry.members().filter_map(move |member| {
        let name = member.key.as_str()?;
        let meant = near(&name, known, |other| entry.get(other).is_some())?;
        Some((member.key, meant))
    })
}

/// The known word that another is a slip for, unless that stands there too.
fn near(name: &str, known: &[&'static str], is_there: impl Fn(&str) -> bool) -> Option<&'static str> {
    if known.contains(&name) {
        return None;
    }
    let free = known.iter().copied().filter(|word| !is_there(word));
    let meant = expr::did_you_mean(name, free)?;
    known.iter().copied().find(|word| *word == meant)
}

fn section(root: Value<'_>, key: Value<'_>, meant: &'static str) -> Fault {
    Fault::Section {
        is_there: root.get(meant).is_some(),
        name: key.as_str().unwrap_or_default().into_owned(),
        meant,
    }
}

/// The objects of a section; what else stands there is a fault.
fn objects<'a>(list: Value<'a>, section: &'static str, faults: &mut Vec<SettingsFault>) -> Vec<Value<'a>> {
    if list.is_null() {
        return Vec::new();
    }
    if !list.is_array() {
        let is_entry = list.is_object() && !list.is_empty();
        push(faults, start(list), Fault::NoList { section, is_entry });
        return Vec::new();
    }
    let mut found = Vec::new();
    for (entry, removal) in super::entries(Some(list), |entry, removal| Some((entry, removal))) {
        if entry.is_object() {
            found.push(entry);
        } else {
            push(faults, start(entry), Fault::NoObject { section, removal });
        }
    }
    found
}

fn members(entry: Value<'_>, section: &str, faults: &mut Vec<SettingsFault>) {
    for (key, meant) in misspelt_members(entry, section) {
        let name = key.as_str().unwrap_or_default().into_owned();
        push(faults, key.content_span(), Fault::Member { name, meant });
    }
}

fn nameless(entry: Value<'_>, section: &'static str, member: &'static str, faults: &mut Vec<SettingsFault>) {
    if misspelt_members(entry, section).any(|(_, meant)| meant == member) {
        return;
    }
    let span = entry.get(member).map_or_else(|| start(entry), |name| name.span());
    push(faults, span, Fault::Nameless { section, member });
}

fn text(entry: Value<'_>, member: &'static str, of: &str, faults: &mut Vec<SettingsFault>) {
    let Some(value) = entry.get(member).filter(|value| !value.is_string() && !value.is_null()) else {
        return;
    };
    let found = if value.is_object() {
        "an object"
    } else if value.is_array() {
        "a list"
    } else if value.as_bool().is_some() {
        "true or false"
    } else {
        "a number"
    };
    // A variable may hold JSON, and does so as text; a name never does.
    let plain = value.is_closed() && (member == "Value" || found == "a number");
    let fault = Fault::NoText {
        member,
        of: of.to_owned(),
        found,
        whole: value.span(),
        as_text: plain.then(|| value.raw().to_owned()),
    };
    push(faults, start(value), fault);
}

fn path(entry: Value<'_>, of: &str, faults: &mut Vec<SettingsFault>) {
    let Some(value) = entry.get("ConnectionId") else { return };
    let Some(written) = value.as_str().filter(|id| id.contains('/') && !is_token(id)) else {
        return;
    };
    let after = |folder: &str| {
        let mut parts = written.split('/').skip_while(|part| !part.eq_ignore_ascii_case(folder));
        parts.nth(1).filter(|part| !part.is_empty())
    };
    let name = after("connections")
        .unwrap_or_else(|| crate::connector_name(written.trim()))
        .to_owned();
    let fault = Fault::Path {
        of: of.to_owned(),
        name,
        connector: after("apis").map(str::to_owned),
    };
    push(faults, value.content_span(), fault);
}

/// A scalar, or the bracket that opens the value: a whole block is no useful place.
fn start(value: Value<'_>) -> Span {
    let span = value.span();
    if value.is_object() || value.is_array() {
        Span::new(span.start, span.start + 1)
    } else {
        span
    }
}

fn push(faults: &mut Vec<SettingsFault>, span: Span, fault: Fault) {
    faults.push(SettingsFault { span, fault });
}
