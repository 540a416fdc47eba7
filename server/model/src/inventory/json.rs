//! Finds the records of a JSON document, however they are wrapped: alone, in an array, under `value`, deeper.

use super::notes::{self, Reading};
use super::record::Record;
use super::{InventoryFormat, connection, role_assignments, truncated};
use syntax::Span;
use syntax::json::{JsonErrorKind, Tree, Value};

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
    if tree.is_broken() {
        let real = |kind: &JsonErrorKind| !matches!(kind, JsonErrorKind::DuplicateKey { .. });
        if let Some(error) = tree.errors().iter().find(|error| real(&error.kind)) {
            reading.lost(
                error.span,
                format!("the file is not valid JSON, what could be understood was read: {error}"),
            );
        }
    }
    let Some(root) = tree.root(text) else {
        reading.note(Span::at(0), notes::unknown());
        return InventoryFormat::Unknown;
    };
    let mut format = None;
    let mut strangers = Vec::new();
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
        let children = value.items().chain(value.members().filter_map(|member| member.value));
        let mut inside: Vec<Value<'_>> = children.filter(|child| may_hold_records(*child)).collect();
        if !records.is_empty() && inside.is_empty() && strangers.len() < MAX_STRANGERS {
            strangers.push(value.span());
        }
        // Last in, first out: the first record of the file has to be on top.
        inside.reverse();
        open.append(&mut inside);
    }
    let Some(format) = format else {
        reading.note(bracket(root), explain_unknown(root));
        return InventoryFormat::Unknown;
    };
    for span in strangers {
        reading.lost(
            Span::new(span.start, span.start + 1),
            "this entry is neither a connection nor a role assignment, so it is not used",
        );
    }
    format
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

/// The root's bracket: a document as a whole is no useful place.
fn bracket(root: Value<'_>) -> Span {
    let start = root.span().start;
    if root.is_object() || root.is_array() {
        Span::new(start, start + 1)
    } else {
        Span::at(start)
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
