//! Who may use a connection: one object of `Get-AdminPowerAppConnectionRoleAssignment`, or the API's own.

use super::record::Record;
use super::{RoleAssignment, names};
use syntax::Span;

/// Whether a record is a role assignment, of a connection or of something else.
pub(super) fn is_one(record: &Record<'_>) -> bool {
    let principal = [
        "PrincipalType",
        "PrincipalObjectId",
        "PrincipalEmail",
        "PrincipalDisplayName",
    ];
    let role = ["RoleType", "RoleName", "RoleId"];
    let flat = principal.iter().any(|field| record.has(field)) && role.iter().any(|field| record.has(field));
    let raw = || {
        record
            .record("properties")
            .is_some_and(|properties| properties.has("principal") && properties.has("roleName"))
    };
    flat || raw()
}

/// Reads a role assignment; `whole` is the record's place. `None` where it names no connection.
pub(super) fn read(record: &Record<'_>, whole: Span) -> Option<RoleAssignment> {
    let raw = if record.has("properties") {
        Some(record.clone())
    } else {
        record.record("Internal")
    };
    let properties = raw.as_ref().and_then(|raw| raw.record("properties"));
    let principal = properties
        .as_ref()
        .and_then(|properties| properties.record("principal"));
    let inner = |field: &str| principal.as_ref().and_then(|principal| principal.text(field));

    // `RoleId` is the assignment's own path, which runs through the connection.
    let raw_id = raw.as_ref().and_then(|raw| raw.text("id"));
    let path = record
        .text("RoleId")
        .or(raw_id)
        .filter(|path| path.to_ascii_lowercase().contains("/connections/"));
    let named = record
        .first_text(&["ConnectionName", "ConnectionId"])
        .or_else(|| path.clone())?;

    let email = record.text("PrincipalEmail").or_else(|| inner("email"));
    let principal_type = record
        .text("PrincipalType")
        .or_else(|| inner("type"))
        .unwrap_or_default();
    let display_name = record.text("PrincipalDisplayName").or_else(|| inner("displayName"));
    let id = || record.text("PrincipalObjectId").or_else(|| inner("id"));
    let in_path = |find: fn(&str) -> Option<String>| path.as_deref().and_then(find);
    Some(RoleAssignment {
        connection: names::connection_name(&named).to_owned(),
        connector: record
            .text("ConnectorName")
            .and_then(|name| names::connector(&name))
            .or_else(|| in_path(names::connector)),
        environment: record
            .text("EnvironmentName")
            .or_else(|| in_path(|path| names::environment_of(path).map(str::to_owned))),
        // `RoleName` of the cmdlet is the assignment's id, not its role.
        role: record
            .text("RoleType")
            .or_else(|| properties.as_ref()?.text("roleName"))
            .unwrap_or_default(),
        principal: display_name
            .or_else(|| email.clone())
            .or_else(id)
            .unwrap_or_else(|| principal_type.clone()),
        principal_email: email,
        principal_type,
        span: record.span_of(&["ConnectionName", "ConnectionId"]).unwrap_or(whole),
    })
}
