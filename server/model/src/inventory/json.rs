//! Finds the records of a JSON document, however they are wrapped: alone, in an array, under `value`, deeper.

use super::notes::{self, Reading};
use super::record::Record;
use super::{InventoryFormat, connection, role_assignments, truncated};
use syntax::Span;
use syntax::json::{JsonError, JsonErrorKind, Tree, Value};

/// How many objects of no known kind are remembered until it is clear whether others are of one.
const MAX_STRANGERS: usize = 2 * notes::MAX_NOTES;

/// What an object of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RecordKind {
    /// Of the PowerShell cmdlet, or a flat object of the same kind of fields.
    Summary,
    /// Of the connections API.
    Api,
    Role,
}

/// Reads all records of a document.
pub(super) fn read(text: &str, reading: &mut Reading) -> InventoryFormat {
    let tree = Tree::parse(text);
    if let Some((span, message)) = damage(&tree) {
        reading.lost(span, message);
    }
    let Some(root) = tree.root(text) else {
        reading.note(Span::at(0), notes::unknown());
        return InventoryFormat::Unknown;
    };
    let mut format = None;
    let (mut strangers, mut pages) = (Vec::new(), Vec::new());
    // A stack of its own: depth of the input must not be depth of the call.
    let mut open = vec![root];
    while let Some(value) = open.pop() {
        // One, but for a string: PowerShell may have joined a list of objects into one text.
        let records = Record::all_of(value);
        let mut known = false;
        for record in &records {
            if let Some(kind) = kind_of(record) {
                known = true;
                format.get_or_insert(format_of(kind));
                add(record, kind, value.span(), reading);
            }
        }
        if known {
            continue;
        }
        if value.items().any(|item| item.is_object()) {
            let odd = value.items().filter(|item| !may_hold_records(*item) && !item.is_null());
            let room = MAX_STRANGERS.saturating_sub(strangers.len());
            strangers.extend(odd.take(room).map(bracket));
        }
        let more = ["nextLink", "@odata.nextLink", "odata.nextLink"];
        if let Some(link) = more
            .iter()
            .find_map(|name| value.get_ignore_case(name))
            .filter(|link| link.is_string())
        {
            pages.push(link.content_span());
        }
        let children = value.items().chain(value.members().filter_map(|member| member.value));
        let mut inside: Vec<Value<'_>> = children.filter(|child| may_hold_records(*child)).collect();
        if !records.is_empty() && inside.is_empty() && strangers.len() < MAX_STRANGERS {
            strangers.push(bracket(value));
        }
        // Last in, first out: the first record of the file has to be on top.
        inside.reverse();
        open.append(&mut inside);
    }
    let Some(format) = format else {
        reading.note(bracket(root), explain_unknown(root));
        return InventoryFormat::Unknown;
    };
    for span in pages {
        reading.lost(
            span,
            "this is one page of several: the connections behind this address are not in the file",
        );
    }
    for span in strangers {
        reading.lost(
            span,
            "this entry is neither a connection nor a role assignment, so it is not used",
        );
    }
    format
}

/// What is wrong with a document as JSON, and where: of a file that was cut off, what was open last.
pub(crate) fn damage(tree: &Tree) -> Option<(Span, String)> {
    let errors = || {
        tree.errors()
            .iter()
            .filter(|error| !matches!(error.kind, JsonErrorKind::DuplicateKey { .. }))
    };
    let is_unclosed = |error: &&JsonError| matches!(error.kind, JsonErrorKind::Unclosed { .. });
    if let Some(error) = errors().find(|error| !is_unclosed(error)) {
        let message = format!("the file is not valid JSON, what could be understood was read: {error}");
        return Some((error.span, message));
    }
    let innermost = errors().max_by_key(|error| error.span)?;
    let message =
        "the file is not valid JSON: it is cut off in what begins here, and what could be understood was read";
    Some((innermost.span, message.to_owned()))
}

/// Whether a value is, or is in place of, an object or a list.
fn may_hold_records(value: Value<'_>) -> bool {
    value.is_object() || value.is_array() || value.as_str().is_some_and(|text| truncated::is_object(&text))
}

/// Whether a document, of which `head` is the beginning, begins with a record: outermost, in an array, under `value`.
pub(super) fn begins_with_records(head: &str) -> bool {
    // Every record has a field or a path with this word; most files end here.
    if !head.contains("onnection") {
        return false;
    }
    let tree = Tree::parse(head);
    let mut next = tree.root(head);
    for _ in 0..8 {
        let Some(value) = next else { return false };
        if let Some((record, kind)) = Record::of(value).and_then(|record| kind_of(&record).map(|kind| (record, kind))) {
            // Apps and flows have role assignments too, of the same shape.
            return kind != RecordKind::Role || role_assignments::read(&record, value.span()).is_some();
        }
        next = value.items().next().or_else(|| value.get_ignore_case("value"));
    }
    false
}

fn format_of(kind: RecordKind) -> InventoryFormat {
    match kind {
        RecordKind::Summary => InventoryFormat::AdminPowerShell,
        RecordKind::Api => InventoryFormat::ApiObject,
        RecordKind::Role => InventoryFormat::RoleAssignments,
    }
}

/// Reads one record, or notes that it has no name to be known by.
fn add(record: &Record<'_>, kind: RecordKind, span: Span, reading: &mut Reading) {
    let start = Span::new(span.start, span.start + 1);
    if kind == RecordKind::Role {
        match role_assignments::read(record, start) {
            Some(assignment) => reading.role_assignments.push(assignment),
            None => reading.note(start, "this role assignment names no connection, so it is not used"),
        }
    } else {
        match connection::read(record, start) {
            Some(connection) => reading.connections.push(connection),
            None => reading.lost(
                start,
                "this connection has no name (`ConnectionName`), so it is not used",
            ),
        }
    }
}

fn kind_of(record: &Record<'_>) -> Option<RecordKind> {
    let has = |fields: &[&str]| fields.iter().any(|field| record.has(field));
    // Connection references, of deployment settings and of flows, and the hosts of actions have like-named fields.
    if has(&["LogicalName", "connectionReferenceLogicalName", "operationId", "source"]) {
        return None;
    }
    if role_assignments::is_one(record) {
        return Some(RecordKind::Role);
    }
    if has(&["ConnectionName", "ConnectionId"]) {
        return Some(RecordKind::Summary);
    }
    if let Some(properties) = record.record("properties") {
        return is_api_connection(record, &properties).then_some(RecordKind::Api);
    }
    let connector = has(&["ApiId", "Connector", "ConnectorName"]);
    let listed = connection::names_an_account(record) || has(&["Status"]);
    (has(&["Id", "Name"]) && connector && listed).then_some(RecordKind::Summary)
}

/// Whether an object of a Power Platform API is a connection. Flows have an `apiId` too, and Azure has connections.
fn is_api_connection(record: &Record<'_>, properties: &Record<'_>) -> bool {
    let lower = |field: &str| record.text(field).map(|text| text.to_ascii_lowercase());
    if let Some(resource_type) = lower("type") {
        return resource_type.ends_with("/connections") && resource_type.contains("apis/");
    }
    let in_path = lower("id").is_some_and(|id| id.contains("/apis/") && id.contains("/connections/"));
    in_path || (properties.has("apiId") && !properties.has("definition") && record.has("name"))
}

/// A scalar, or the bracket that opens a value: a whole block is no useful place.
fn bracket(value: Value<'_>) -> Span {
    let span = value.span();
    if value.is_object() || value.is_array() {
        Span::new(span.start, span.start + 1)
    } else {
        span
    }
}

/// Says of a document without records what it may be.
fn explain_unknown(root: Value<'_>) -> String {
    let list = if root.is_array() {
        Some(root)
    } else {
        root.get_ignore_case("value").filter(|value| value.is_array())
    };
    if list.is_some_and(|list| list.is_empty()) {
        return notes::NOTHING.to_owned();
    }
    if root.get_ignore_case("ConnectionReferences").is_some() {
        return "these are deployment settings, not an inventory of connections".to_owned();
    }
    notes::unknown()
}
