//! One connection, from an object of the PowerShell cmdlet, an object of the API, or a row of a table.
//!
//! The three have most fields in common: the cmdlet adds a flat summary and keeps the API's object as `Internal`, a table
//! has the summary alone. `Internal` is the better witness for the account.

use super::names::{self, names_application_authentication};
use super::record::Record;
use super::{Account, AccountSource, ConnectionRecord, Principal};
use syntax::Span;

/// Fields that may hold the connection's name or path, best first.
const NAME_FIELDS: [&str; 4] = ["ConnectionName", "ConnectionId", "Id", "Name"];

/// Fields that name the account outright, best first.
const ACCOUNT_FIELDS: [(&str, AccountSource); 7] = [
    ("AccountName", AccountSource::AccountName),
    ("AuthenticatedUser", AccountSource::AuthenticatedUser),
    ("Account", AccountSource::Account),
    ("UPN", AccountSource::Upn),
    ("UserPrincipalName", AccountSource::Upn),
    ("Email", AccountSource::Email),
    ("Owner", AccountSource::Owner),
];

/// Whether a flat object names an account outright; with an id and a connector that makes it a connection.
pub(super) fn names_an_account(record: &Record<'_>) -> bool {
    ACCOUNT_FIELDS.iter().any(|(field, _)| record.has(field))
}

/// Reads a connection; `whole` is the record's place. `None` where it has no name.
pub(super) fn read(record: &Record<'_>, whole: Span) -> Option<ConnectionRecord> {
    let raw = if record.has("properties") {
        Some(record.clone())
    } else {
        record.record("Internal")
    };
    let properties = raw.as_ref().and_then(|raw| raw.record("properties"));
    let parts = Parts {
        record,
        raw: raw.as_ref(),
        properties: properties.as_ref(),
    };
    let name = parts.name()?;
    let created_by = parts.person("CreatedBy");
    let authentication = parts.authentication();
    Some(ConnectionRecord {
        span: record
            .span_of(&["ConnectionName", "ConnectionId", "Name", "Id"])
            .unwrap_or(whole),
        connector: parts.connector(),
        display_name: parts.display_name(&name),
        environment: parts.environment(),
        status: parts.status(),
        account: parts.account(created_by.as_ref(), authentication.as_deref()),
        created_by: created_by.map(|person| person.creator()),
        authentication,
        shared: parts
            .properties
            .and_then(|properties| properties.truth("allowSharing"))
            .or_else(|| record.truth("allowSharing")),
        name,
    })
}

struct Parts<'r, 'a> {
    record: &'r Record<'a>,
    /// The API's object: `Internal`, or the record itself.
    raw: Option<&'r Record<'a>>,
    properties: Option<&'r Record<'a>>,
}

impl Parts<'_, '_> {
    fn paths(&self) -> Vec<String> {
        let raw = |field: &str| self.raw.and_then(|raw| raw.text(field));
        [
            self.record.text("ConnectionId"),
            raw("id"),
            self.record.text("Id"),
            self.record.text("FullConnectorName"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn name(&self) -> Option<String> {
        let raw = |field: &str| self.raw.and_then(|raw| raw.text(field));
        let [name, path, id, short] = NAME_FIELDS.map(|field| self.record.text(field));
        let candidates: Vec<String> = [name, path, raw("name"), raw("id"), id, short]
            .into_iter()
            .flatten()
            .collect();
        let names = || {
            candidates
                .iter()
                .map(|text| names::connection_name(text))
                .filter(|name| !name.is_empty())
        };
        // Names never hold blanks: where one column does, it is a display name under a wrong title.
        names()
            .find(|name| !name.contains(char::is_whitespace))
            .or_else(|| names().next())
            .map(str::to_owned)
    }

    fn connector(&self) -> Option<String> {
        let flat = ["ConnectorName", "Connector", "ApiId", "FullConnectorName"].map(|field| self.record.text(field));
        let api = self.properties.and_then(|properties| properties.text("apiId"));
        let inner = self
            .properties
            .and_then(|properties| properties.record("api"))
            .and_then(|api| api.first_text(&["id", "name"]));
        flat.into_iter()
            .chain([api, inner])
            .flatten()
            .chain(self.paths())
            .find_map(|text| names::connector(&text))
    }

    fn display_name(&self, name: &str) -> Option<String> {
        let properties = || self.properties.and_then(|properties| properties.text("displayName"));
        // A list with `Id` and `Name`, such as pac's, means the display name by `Name`.
        let other_name = || {
            let other = if self.raw.is_none() {
                self.record.text("Name")
            } else {
                None
            };
            other.filter(|text| !names::same_name(names::connection_name(text), name))
        };
        let spaced = || {
            self.record
                .text("ConnectionName")
                .filter(|text| text.contains(char::is_whitespace) && text != name)
        };
        self.record
            .text("DisplayName")
            .or_else(properties)
            .or_else(other_name)
            .or_else(spaced)
    }

    fn environment(&self) -> Option<String> {
        let inner = || {
            let environment = self.properties?.record("environment")?;
            let id = || {
                environment
                    .text("id")
                    .map(|id| names::environment_of(&id).unwrap_or(&id).to_owned())
            };
            environment.text("name").or_else(id)
        };
        let in_path = || {
            self.paths()
                .iter()
                .find_map(|path| names::environment_of(path))
                .map(str::to_owned)
        };
        self.record
            .first_text(&["EnvironmentName", "Environment"])
            .or_else(inner)
            .or_else(in_path)
    }

    fn status(&self) -> Option<String> {
        let lists = [
            self.record.records("Statuses"),
            self.record.records("Status"),
            self.properties.map_or_else(Vec::new, |p| p.records("statuses")),
        ];
        let all: Vec<String> = lists
            .into_iter()
            .flatten()
            .filter_map(|status| status.text("status"))
            .collect();
        let bad = all.iter().find(|status| !status.eq_ignore_ascii_case("Connected"));
        bad.or_else(|| all.first())
            .cloned()
            .or_else(|| self.record.first_text(&["Status", "Statuses"]))
    }

    fn authentication(&self) -> Option<String> {
        let set = self
            .properties
            .and_then(|properties| properties.record("connectionParametersSet"))
            .and_then(|set| set.text("name"));
        // The `type` of an API object is a resource type, not a kind of authentication.
        set.or_else(|| {
            self.record
                .first_text(&["Authentication", "Kind", "Type"])
                .filter(|text| !text.contains('/'))
        })
    }

    fn person(&self, field: &str) -> Option<Person> {
        Person::of(self.record, field).or_else(|| Person::of(self.properties?, field))
    }

    /// The account the connection acts as, from the best witness there is.
    fn account(&self, creator: Option<&Person>, authentication: Option<&str>) -> Option<Account> {
        let explicit = |record: &Record<'_>| {
            ACCOUNT_FIELDS
                .iter()
                .find_map(|(field, source)| Person::of(record, field).map(|person| (person, *source)))
        };
        if let Some((person, source)) = self.properties.and_then(explicit).or_else(|| explicit(self.record)) {
            let mut account = person.acting(source, creator);
            if account.principal == Principal::Unknown {
                // A column `Type` often holds the kind of the principal.
                account.principal = authentication.map_or(Principal::Unknown, principal_named);
            }
            return Some(account);
        }
        let creator = creator.map(Person::creator);
        if authentication.is_some_and(signs_in_without_a_user) {
            // Whoever made such a connection, or is in its title, is not the account it acts as.
            return self
                .client()
                .or_else(|| creator.filter(|creator| creator.principal.is_application()));
        }
        let title = self.display_name("").filter(|title| names::is_address(title));
        let titled = title.map(|value| Account {
            value,
            source: AccountSource::DisplayName,
            principal: Principal::Unknown,
        });
        titled.or(creator)
    }

    /// The application whose id is among the connection's parameters; of these, nothing else is looked at.
    fn client(&self) -> Option<Account> {
        let values = self.properties?.record("connectionParametersSet")?.record("values")?;
        let is_client = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.ends_with("clientid") || name.ends_with("applicationid")
        };
        let client = values
            .fields()
            .into_iter()
            .filter(|(name, _)| is_client(name))
            .find_map(|(name, text)| {
                text.or_else(|| values.record(&name)?.text("value"))
                    .filter(|text| names::is_guid(text))
            });
        client.map(|value| Account {
            value,
            source: AccountSource::ClientId,
            principal: Principal::Application,
        })
    }
}

/// Whether no user signs in, so that neither the maker nor a title names the account.
fn signs_in_without_a_user(authentication: &str) -> bool {
    names_application_authentication(authentication) || authentication.to_ascii_lowercase().contains("managedidentity")
}

/// Someone a field names, by an object or by a plain text.
struct Person {
    /// The most telling of its texts.
    value: String,
    /// `type` of the object.
    kind: Option<String>,
    /// All its texts that tell it from others.
    known_as: Vec<String>,
}

impl Person {
    fn of(record: &Record<'_>, field: &str) -> Option<Self> {
        if let Some(value) = record.text(field) {
            return Some(Self {
                kind: None,
                known_as: vec![value.clone()],
                value,
            });
        }
        let inner = record.record(field)?;
        let texts = ["userPrincipalName", "email", "name", "displayName", "id"].map(|name| inner.text(name));
        let known_as: Vec<String> = texts.into_iter().flatten().collect();
        Some(Self {
            value: known_as.first()?.clone(),
            kind: inner.first_text(&["type", "principalType"]),
            known_as,
        })
    }

    fn principal(&self) -> Principal {
        self.kind.as_deref().map_or(Principal::Unknown, principal_named)
    }

    /// As the maker of a connection. A GUID alone is no application here: it may as well be a user's object id.
    fn creator(&self) -> Account {
        Account {
            value: self.value.clone(),
            source: AccountSource::CreatedBy,
            principal: self.principal(),
        }
    }

    /// As the account of a connection that `creator` made. Where both are the same, the maker's type and address hold
    /// for the account too; otherwise a GUID in place of an account is an application's.
    fn acting(self, source: AccountSource, creator: Option<&Person>) -> Account {
        let same = creator.filter(|c| {
            c.known_as
                .iter()
                .any(|known| self.known_as.iter().any(|own| own.eq_ignore_ascii_case(known)))
        });
        let mut principal = self.principal();
        if principal == Principal::Unknown {
            principal = same.map_or(Principal::Unknown, Person::principal);
        }
        if !names::is_guid(&self.value) {
            return Account {
                value: self.value,
                source,
                principal,
            };
        }
        if principal == Principal::User {
            let address = same.map(|c| &c.value).filter(|value| names::is_address(value)).cloned();
            return Account {
                value: address.unwrap_or(self.value),
                source,
                principal,
            };
        }
        let principal = if principal == Principal::Unknown {
            Principal::Application
        } else {
            principal
        };
        Account {
            value: self.value,
            source,
            principal,
        }
    }
}

/// The principal a type's name means.
fn principal_named(kind: &str) -> Principal {
    let kinds = [
        ("User", Principal::User),
        ("ServicePrincipal", Principal::ServicePrincipal),
        ("Application", Principal::Application),
    ];
    let flat: String = kind.chars().filter(|c| c.is_alphanumeric()).collect();
    kinds
        .iter()
        .find(|(name, _)| flat.eq_ignore_ascii_case(name))
        .map_or(Principal::Unknown, |(_, principal)| *principal)
}
