//! Ids that one environment or tenant gave: known by the parameter or the address they stand in, never by their shape alone.
//!
//! A GUID in a flow may as well be a row, a column's option, an app that travels with the solution, or a role that every tenant
//! has by the same id. So each parameter is named here with what it takes.

use model::Guid;
use model::flow::FlowView;
use rustc_hash::FxHashMap;
use syntax::Span;
use syntax::json::{NodeId, Value};

use super::{Kind, Likelihood, hosts};

/// What a parameter's value looks like where it is an id.
#[derive(Clone, Copy)]
enum Shape {
    Guid,
    /// Begins so.
    Begins(&'static str),
    /// Letters, digits, `-` and `_` without a gap, so many at least.
    Opaque(usize),
    /// The id of an item of a drive.
    DriveItem,
    /// A GUID, what the id of a tenant's first environment adds before it, and what older ones add behind it.
    Environment,
}

struct Row {
    /// Beginning of the connector's name behind `shared_`; empty for every connector.
    connector: &'static str,
    /// Last part of the parameter's name, in lower case.
    parameter: &'static str,
    shape: Shape,
    kind: Kind,
}

const fn row(connector: &'static str, parameter: &'static str, shape: Shape, kind: Kind) -> Row {
    Row {
        connector,
        parameter,
        shape,
        kind,
    }
}

const ROWS: [Row; 38] = [
    row("sharepointonline", "table", Shape::Guid, Kind::List),
    row("sharepointonline", "listid", Shape::Guid, Kind::List),
    row("sharepointonline", "view", Shape::Guid, Kind::View),
    row("planner", "groupid", Shape::Guid, Kind::Group),
    row("planner", "planid", Shape::Opaque(20), Kind::Plan),
    row("planner", "id", Shape::Opaque(20), Kind::Plan),
    row("planner", "bucketid", Shape::Opaque(20), Kind::Bucket),
    row("teams", "groupid", Shape::Guid, Kind::Group),
    row("teams", "teamid", Shape::Guid, Kind::Group),
    row("teams", "channelid", Shape::Begins("19:"), Kind::Channel),
    row("teams", "chatid", Shape::Begins("19:"), Kind::Channel),
    row("teams", "recipient", Shape::Begins("19:"), Kind::Channel),
    row("office365groups", "groupid", Shape::Guid, Kind::Group),
    row("office365groupsmail", "groupid", Shape::Guid, Kind::Group),
    row("azuread", "groupid", Shape::Guid, Kind::Group),
    row("azuread", "id", Shape::Guid, Kind::Group),
    row("microsoftforms", "form_id", Shape::Opaque(40), Kind::Form),
    row("excelonlinebusiness", "source", Shape::Begins("sites/"), Kind::Drive),
    row("excelonlinebusiness", "source", Shape::Begins("groups/"), Kind::Drive),
    row("excelonlinebusiness", "drive", Shape::Begins("b!"), Kind::Drive),
    row("excelonlinebusiness", "file", Shape::DriveItem, Kind::File),
    row("wordonlinebusiness", "source", Shape::Begins("sites/"), Kind::Drive),
    row("wordonlinebusiness", "source", Shape::Begins("groups/"), Kind::Drive),
    row("wordonlinebusiness", "drive", Shape::Begins("b!"), Kind::Drive),
    row("wordonlinebusiness", "file", Shape::DriveItem, Kind::File),
    row("onedriveforbusiness", "id", Shape::Begins("b!"), Kind::File),
    row("onedriveforbusiness", "folderid", Shape::Begins("b!"), Kind::File),
    row("office365", "folderpath", Shape::Begins("Id::"), Kind::Folder),
    row("office365", "folderid", Shape::Begins("Id::"), Kind::Folder),
    row("powerbi", "groupid", Shape::Guid, Kind::Workspace),
    row("powerbi", "workspaceid", Shape::Guid, Kind::Workspace),
    row("powerbi", "datasetid", Shape::Guid, Kind::Workspace),
    row(
        "dataflows",
        "groupidforonrefreshcomplete",
        Shape::Environment,
        Kind::Environment,
    ),
    row(
        "dataflows",
        "dataflowidforonrefreshcomplete",
        Shape::Guid,
        Kind::Workspace,
    ),
    row("dataflows", "groupid", Shape::Guid, Kind::Workspace),
    row("", "environment", Shape::Environment, Kind::Environment),
    row("", "environmentname", Shape::Environment, Kind::Environment),
    row("", "environmentid", Shape::Environment, Kind::Environment),
];

/// So long is a GUID without braces.
const GUID: usize = 36;
/// Ids that every tenant knows: the tenants of Microsoft's own accounts and services.
const WELL_KNOWN: [&str; 4] = [
    "00000000-0000-0000-0000-000000000000",
    "9188040d-6c67-4c5b-b112-36a304b66dad",
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
    "72f988bf-86f1-41af-91ab-2d7cd011db47",
];

/// The parameters of a flow's operations that hold such an id, and the tenant and application that its requests sign in with.
pub(super) fn parameters(flow: &FlowView<'_>) -> FxHashMap<NodeId, (Kind, Likelihood)> {
    let mut found = FxHashMap::default();
    for operation in &flow.body.operations {
        let connector = operation
            .connector
            .strip_prefix("shared_")
            .unwrap_or(&operation.connector);
        let Some(parameters) = operation.parameters.and_then(|node| flow.tree.value(flow.text, node)) else {
            continue;
        };
        let mut own: Vec<(NodeId, Kind)> = Vec::new();
        let mut has_site = false;
        each_member(parameters, &mut |name, value| {
            let Some(text) = value.as_str() else { return };
            has_site |= hosts::addresses(&text, false)
                .iter()
                .any(|address| address.kind == Kind::Site);
            let last = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            let row = ROWS.iter().find(|row| {
                (row.connector.is_empty() || row.connector == connector)
                    && row.parameter == last
                    && row.shape.fits(&text)
            });
            own.extend(row.map(|row| (value.id(), row.kind)));
        });
        let holds = |kind: Kind| kind == Kind::Site && has_site || own.iter().any(|(_, own)| *own == kind);
        let judged: Vec<_> = own
            .iter()
            .map(|(node, kind)| (*node, (*kind, likelihood(*kind, kind.within().is_some_and(holds)))))
            .collect();
        found.extend(judged);
    }
    for (_, action) in flow.body.actions() {
        if !action.is("Http") && !action.is("HttpWebhook") {
            continue;
        }
        let value = flow.tree.value(flow.text, action.node);
        let Some(sign_in) = value.and_then(|value| value.path(&["inputs", "authentication"])) else {
            continue;
        };
        for (name, kind) in [("tenant", Kind::Tenant), ("clientId", Kind::Application)] {
            let member = sign_in
                .get(name)
                .filter(|value| value.as_str().is_some_and(|text| Shape::Guid.fits(&text)));
            found.extend(member.map(|member| (member.id(), (kind, Likelihood::Low))));
        }
    }
    found
}

/// How surely an id differs between environments. Where what it lies in is written out beside it, that is told first.
fn likelihood(kind: Kind, within_another: bool) -> Likelihood {
    match kind {
        Kind::Environment | Kind::List | Kind::Group | Kind::Channel | Kind::Plan | Kind::Form | Kind::App
            if !within_another =>
        {
            Likelihood::Medium
        }
        _ => Likelihood::Low,
    }
}

fn each_member(value: Value<'_>, tell: &mut impl FnMut(&str, Value<'_>)) {
    for member in value.members() {
        let (Some(name), Some(inner)) = (member.key.as_str(), member.value) else {
            continue;
        };
        if inner.is_string() {
            tell(&name, inner);
        } else if !matches!(&*name, "host" | "authentication") {
            each_member(inner, tell);
        }
    }
}

impl Shape {
    fn fits(self, text: &str) -> bool {
        let is_opaque = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        match self {
            Self::Guid => is_own(text),
            Self::Begins(start) => text.starts_with(start) && !text.contains('@') || is_chat(start, text),
            Self::Opaque(length) => text.len() >= length && is_opaque(text),
            Self::DriveItem => text.len() == 34 && text.starts_with("01") && is_opaque(text),
            Self::Environment => {
                let id = text
                    .get(..8)
                    .filter(|start| start.eq_ignore_ascii_case("default-"))
                    .map_or(text, |start| &text[start.len()..]);
                is_own(id.get(..GUID).unwrap_or(id))
                    && is_opaque(id)
                    && id.as_bytes().get(GUID).is_none_or(|b| *b == b'-')
            }
        }
    }
}

/// Ids of channels and chats end like an address: `19:…@thread.tacv2`.
fn is_chat(start: &str, text: &str) -> bool {
    start == "19:" && text.starts_with(start) && expr::is_plain(text)
}

/// Whether a text is a GUID that somebody's tenant gave.
fn is_own(text: &str) -> bool {
    Guid::parse(text).is_some() && !WELL_KNOWN.iter().any(|known| known.eq_ignore_ascii_case(text))
}

/// Ids in the addresses and paths of a text. `before` is what stands before the text in its string.
pub(super) fn in_addresses(text: &str, before: &str) -> Vec<(Span, Kind, Likelihood)> {
    let mut found = Vec::new();
    for (dash, _) in text.match_indices('-') {
        if found.len() >= super::MAX_IN_ONE {
            break;
        }
        // Only the first dash of a GUID has eight signs before and 27 behind it that make it one.
        let Some(from) = dash.checked_sub(8) else { continue };
        let true = text.get(from..from + GUID).is_some_and(is_own) else {
            continue;
        };
        let rest = text.get(from + GUID..).unwrap_or_default();
        let more = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(rest.len());
        let own = text.get(..from).unwrap_or_default();
        let all = format!("{}{}", if own.len() < LEAD { tail(before) } else { "" }, tail(own)).to_ascii_lowercase();
        let is_default = all.ends_with("default-");
        let lead = all.strip_suffix("default-").unwrap_or(&all);
        let Some(kind) = kind_behind(lead, is_default) else {
            continue;
        };
        // Ids of older environments go on behind the GUID.
        if more > 0 && (kind != Kind::Environment || !rest.starts_with('-')) {
            continue;
        }
        let start = if is_default && own.len() >= 8 { from - 8 } else { from };
        if let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(from + GUID + more)) {
            let beside = kind == Kind::List && all.contains(".sharepoint.");
            found.push((Span::new(start, end), kind, likelihood(kind, beside)));
        }
    }
    found
}

/// So much of what leads to an id tells what it is of.
const LEAD: usize = 400;

/// The end of a text.
fn tail(text: &str) -> &str {
    let mut at = text.len().saturating_sub(LEAD);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    &text[at..]
}

/// What an id is of, told by what leads to it, in lower case.
fn kind_behind(lead: &str, is_default: bool) -> Option<Kind> {
    let behind = |ends: &[&str]| ends.iter().any(|end| lead.ends_with(end));
    let is_maker = || {
        ["powerapps", "powerautomate", "flow.microsoft", "powerplatform"]
            .iter()
            .any(|part| lead.contains(part))
    };
    if behind(&["/environments/", "/environments/environment/", "environmentid="])
        || is_default
        || behind(&["/e/"]) && is_maker()
    {
        Some(Kind::Environment)
    } else if behind(&["/play/"]) || behind(&["/a/"]) && lead.contains("/play/") {
        Some(Kind::App)
    } else if behind(&[
        "tenantid=",
        "login.microsoftonline.com/",
        "login.microsoftonline.us/",
        "login.windows.net/",
        "sts.windows.net/",
    ]) {
        Some(Kind::Tenant)
    } else if behind(&["groupid="]) || behind(&["/groups/", "/teams/"]) && lead.contains("graph.microsoft.") {
        Some(Kind::Group)
    } else if behind(&[
        "lists(guid'",
        "lists(guid%27",
        "lists/getbyid('",
        "lists/getbyid(guid'",
        "lists('",
    ]) || behind(&["/lists/"]) && lead.contains("/sites/")
        || behind(&["/tables/"]) && lead.contains("/datasets/")
    {
        Some(Kind::List)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0a1b2c3d-1111-4222-8333-44445555666a";

    #[test]
    fn ids_in_addresses() {
        for (lead, kind) in [
            ("https://make.powerapps.com/environments/", Some(Kind::Environment)),
            (
                "https://make.powerautomate.com/environments/Default-",
                Some(Kind::Environment),
            ),
            ("https://apps.powerapps.com/play/e/", Some(Kind::Environment)),
            ("https://apps.powerapps.com/play/", Some(Kind::App)),
            ("https://x/play/e/@{x}/a/", Some(Kind::App)),
            ("https://login.microsoftonline.com/", Some(Kind::Tenant)),
            ("_api/web/lists(guid'", Some(Kind::List)),
            ("_api/web/Lists/GetById('", Some(Kind::List)),
            ("https://graph.microsoft.com/v1.0/groups/", Some(Kind::Group)),
            ("https://graph.microsoft.com/v1.0/users/", None),
            ("accountid eq ", None),
            ("", None),
        ] {
            let text = format!("{lead}{ID}/x");
            let found = in_addresses(&text, "");
            assert_eq!(found.first().map(|(_, kind, _)| *kind), kind, "{text}");
        }
        let text = format!("/environments/Default-{ID}/flows/{ID}");
        assert_eq!(in_addresses(&text, "")[0].0.slice(&text), format!("Default-{ID}"));
        let text = format!("/environments/{ID}-31c68-us/flows");
        assert_eq!(in_addresses(&text, "")[0].0.slice(&text), format!("{ID}-31c68-us"));
        assert!(
            Shape::Environment.fits(&format!("Default-{ID}")) && Shape::Environment.fits(&format!("{ID}-31c68-us"))
        );
        assert!(!Shape::Environment.fits("test") && !Shape::Environment.fits("@{x}"));
        assert_eq!(in_addresses(ID, "/datasets/@{f('x')}/tables/").len(), 1);
        for text in [
            "/environments/00000000-0000-0000-0000-000000000000",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad",
            "/environments/0a1b2c3d-1111-4222-8333-44445555666abc",
        ] {
            assert_eq!(in_addresses(text, "").len(), 0, "{text}");
        }
    }
}
