//! Connection inventories: what an administrator exports so that connections can be traced to accounts.
//!
//! Solution source names no account. An inventory does: it lists connections with the account behind each, or says
//! with whom a connection is shared. Six shapes are known, recognised by content and never by file name: the output of
//! two PowerShell cmdlets as JSON, the connections API's own objects, the table of `pac connection list`, and CSV.
//!
//! - `json` finds the objects of a document, `connection` and `role_assignments` read one object each, `record` makes a
//!   JSON object, the text `@{…}` that PowerShell puts in its place and a CSV row look alike, `truncated` knows that
//!   text, `pac_table` and `csv` read the two text tables, `names` knows paths, addresses and ids.
//!
//! Invariants: reading never fails, what could not be read becomes a note; a verdict on an account (personal, service,
//! application) is not given here; secrets in connection parameters are never copied out.

mod connection;
mod csv;
mod json;
mod lookup;
mod names;
mod notes;
mod pac_table;
mod record;
mod role_assignments;
mod truncated;

#[cfg(test)]
mod tests;

use std::fmt;
use syntax::Span;

pub(crate) use json::damage;
pub use names::names_application_authentication;
pub(crate) use record::Record;

/// The connections, and the accounts they are shared with, that one file lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inventory {
    /// Which shape the file has.
    pub format: InventoryFormat,
    /// Whether all of it could be read, so that absence in it means absence.
    pub complete: bool,
    /// Connections in the order of the file, duplicates kept: two environments may use the same name.
    pub connections: Vec<ConnectionRecord>,
    /// Who may use which connection, in the order of the file.
    pub role_assignments: Vec<RoleAssignment>,
    /// What could not be read or is not used, in the order of the file; a bounded number.
    pub notes: Vec<InventoryNote>,
}

/// The shapes of inventories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InventoryFormat {
    /// `Get-AdminPowerAppConnection | ConvertTo-Json`, or flat JSON objects with the same kind of fields.
    AdminPowerShell,
    /// Objects of the connections API: saved responses, `pac connectivity list-connections --json`.
    ApiObject,
    /// The fixed-width table of `pac connection list`.
    PacTable,
    /// `Get-AdminPowerAppConnectionRoleAssignment | ConvertTo-Json`.
    RoleAssignments,
    /// Comma- or semicolon-separated text with a header, of connections or of role assignments.
    Csv,
    /// None of them; the notes say why.
    #[default]
    Unknown,
}

/// One connection of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionRecord {
    /// The connection's name, which deployment settings give as `ConnectionId`; taken from the end of a path where only
    /// a path is given.
    pub name: String,
    /// Where the file has the name; the whole record where the name is not written as such.
    pub span: Span,
    /// The connector as `shared_x`, in lower case.
    pub connector: Option<String>,
    /// The name people see; for OAuth connections usually the account's address.
    pub display_name: Option<String>,
    /// The environment's name (a GUID, or `Default-` and a GUID) as given.
    pub environment: Option<String>,
    /// `Connected` or `Error`, as given; of several, the first that is not `Connected`.
    pub status: Option<String>,
    /// The account the connection acts as, as far as the file tells. `None` too where the connection authenticates as
    /// an application and only a person who made it is named: that person is [`Self::created_by`], not this.
    pub account: Option<Account>,
    /// Who made the connection.
    pub created_by: Option<Account>,
    /// How it authenticates: `connectionParametersSet.name`, or the column `Kind`, `Type` or `Authentication`.
    pub authentication: Option<String>,
    /// Whether the connection may be shared with others (`allowSharing`).
    pub shared: Option<bool>,
}

impl ConnectionRecord {
    /// Whether the file proves that the connection acts as an application: by its way to authenticate, or by the kind
    /// of its account. `false` means unknown, not personal.
    #[must_use]
    pub fn acts_as_application(&self) -> bool {
        self.authentication
            .as_deref()
            .is_some_and(names_application_authentication)
            || self
                .account
                .as_ref()
                .is_some_and(|account| account.principal.is_application())
    }
}

/// An account as an inventory names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// Address, name or GUID.
    pub value: String,
    /// Which field said so.
    pub source: AccountSource,
    /// What kind of principal it is, where the file says so or a GUID stands for an account.
    pub principal: Principal,
}

/// Which field of an inventory names an account; prints as that field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountSource {
    /// `accountName`, of the API object or of a column.
    AccountName,
    /// `authenticatedUser.name` of the API object.
    AuthenticatedUser,
    /// A field or column `Account`.
    Account,
    /// A field or column `UPN`.
    Upn,
    /// A field or column `Email`.
    Email,
    /// A field or column `Owner`.
    Owner,
    /// The application's id among the values of `connectionParametersSet`.
    ClientId,
    /// The connection's display name, which is an address.
    DisplayName,
    /// Who made the connection; who it acts as is not given.
    CreatedBy,
}

impl AccountSource {
    /// The field's name as files have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountName => "accountName",
            Self::AuthenticatedUser => "authenticatedUser",
            Self::Account => "Account",
            Self::Upn => "UPN",
            Self::Email => "Email",
            Self::Owner => "Owner",
            Self::ClientId => "connectionParametersSet",
            Self::DisplayName => "DisplayName",
            Self::CreatedBy => "CreatedBy",
        }
    }
}

impl fmt::Display for AccountSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Kinds of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user: a person's or a service account.
    User,
    /// A service principal.
    ServicePrincipal,
    /// An application, or a GUID where an account is expected.
    Application,
    /// The file does not say.
    Unknown,
}

impl Principal {
    /// Whether it is a service principal or an application.
    #[must_use]
    pub const fn is_application(self) -> bool {
        matches!(self, Self::ServicePrincipal | Self::Application)
    }
}

/// One principal's right to one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleAssignment {
    /// The connection's name.
    pub connection: String,
    /// The connector as `shared_x`, in lower case.
    pub connector: Option<String>,
    /// The environment's name as given.
    pub environment: Option<String>,
    /// `Owner`, `CanUse` or `CanUseAndShare`, as given; empty where the file does not say.
    pub role: String,
    /// The principal's display name, else its address, its id or its type.
    pub principal: String,
    /// The principal's address.
    pub principal_email: Option<String>,
    /// `User`, `Group`, `Tenant` or `ServicePrincipal`, as given; empty where the file does not say.
    pub principal_type: String,
    /// Where the file has the connection's name; the whole record where it is not written as such.
    pub span: Span,
}

/// Something about an inventory its owner should know, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InventoryNote {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub message: String,
    /// Whether something that could be a connection is lost by it.
    pub lost: bool,
}

/// Reads an inventory, whichever shape it has. Never fails: a text of no known shape gives an empty inventory of
/// [`InventoryFormat::Unknown`] and a note.
#[must_use]
pub fn read(text: &str) -> Inventory {
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        // Decoding takes the mark away; where it did not, blanks of the same length keep every place.
        return read(&format!("   {rest}"));
    }
    let mut reading = notes::Reading::default();
    if names::head(text, 64).contains('\0') {
        // Every second byte of a text in UTF-16 whose mark is not there.
        reading.lost(
            Span::at(0),
            "the file is UTF-16 without a byte order mark; save it as UTF-8",
        );
        return reading.finish(InventoryFormat::Unknown);
    }
    let format = match text.trim_start().bytes().next() {
        None => {
            reading.note(Span::at(0), "the file is empty");
            InventoryFormat::Unknown
        }
        Some(b'{' | b'[') => json::read(text, &mut reading),
        Some(_) => read_table(text, &mut reading),
    };
    reading.finish(format)
}

fn read_table(text: &str, reading: &mut notes::Reading) -> InventoryFormat {
    // A CSV header goes first: a row with blanks after its separators can look like one of pac's.
    let header = csv::Header::of(text);
    if header.known_columns() < 2 && pac_table::has_rows(text) {
        pac_table::read(text, reading);
        InventoryFormat::PacTable
    } else if header.known_columns() > 0 {
        csv::read(text, &header, reading);
        InventoryFormat::Csv
    } else {
        notes::explain_unknown_table(text, reading);
        InventoryFormat::Unknown
    }
}

/// Whether a text is worth giving to [`read`] although nobody called it an inventory. Looks at its beginning only and
/// is stricter than [`read`]: a list of users, a flow and deployment settings are none.
#[must_use]
pub fn looks_like_inventory(text: &str) -> bool {
    let head = names::head(text, 32 * 1024).trim_start_matches('\u{feff}');
    match head.trim_start().bytes().next() {
        None => false,
        Some(b'{' | b'[') => json::begins_with_records(head),
        Some(_) => {
            let header = csv::Header::of(head);
            if header.known_columns() < 2 {
                pac_table::has_rows(head)
            } else {
                header.is_about_connections()
            }
        }
    }
}
