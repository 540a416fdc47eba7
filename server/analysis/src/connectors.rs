//! What is known about connectors, read once from `data/connectors.json`, which names its sources and their date.
//!
//! Silence means "unknown": a connector that is not listed, or an authentication that is not named, proves nothing.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::Certainty;

/// Where data goes that is given to a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// Nothing leaves the platform.
    None,
    /// Services of the same tenant.
    Tenant,
    /// The tenant, with ways to share outside it: mail, guests, links.
    TenantCanShare,
    /// An Azure resource, maybe of another subscription or tenant.
    Azure,
    /// An Azure resource, or a server behind a gateway.
    AzureOrOnprem,
    /// A server behind a gateway.
    Onprem,
    /// An address that the maker chooses.
    ArbitraryEndpoint,
    /// A cloud of somebody else, or of consumers.
    ExternalSaas,
    /// Public data that is only read.
    ExternalRead,
    /// Calls come in.
    Inbound,
}

impl Boundary {
    /// Whether data given to the connector can leave the organisation.
    #[must_use]
    pub fn leaves_organisation(self) -> bool {
        matches!(
            self,
            Self::TenantCanShare | Self::ArbitraryEndpoint | Self::ExternalSaas
        )
    }
}

/// How a connection proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authentication {
    /// Somebody signs in.
    User,
    /// An app registration.
    Application,
    /// A key or connection string.
    Key,
    /// A name and a password.
    Basic,
    /// A Windows account, or a gateway.
    Windows,
    /// A client certificate.
    Certificate,
    /// Not at all.
    None,
    /// The platform's own identity.
    Implicit,
}

/// The kind of work a connector does, for the balance of one account for everything and one for each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Dataverse tables.
    Dataverse,
    /// Sites, libraries and the documents in them.
    Sharepoint,
    /// Mailboxes and calendars.
    Exchange,
    /// Users, groups and devices of the directory.
    Entra,
    /// Teams and what belongs to them.
    Teams,
    /// Environments, flows and apps themselves.
    PowerPlatformAdmin,
    /// Azure resources.
    Azure,
    /// Databases.
    Sql,
    /// Any address.
    Http,
    /// Business systems.
    Erp,
}

impl Family {
    /// Its name in texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dataverse => "Dataverse",
            Self::Sharepoint => "SharePoint",
            Self::Exchange => "Exchange",
            Self::Entra => "Microsoft Entra",
            Self::Teams => "Teams",
            Self::PowerPlatformAdmin => "Power Platform administration",
            Self::Azure => "Azure",
            Self::Sql => "databases",
            Self::Http => "HTTP",
            Self::Erp => "business systems",
        }
    }
}

/// A connector.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Connector {
    /// Its name, `shared_…`, or `builtin:…` for what is no connector but does what one does.
    pub name: String,
    /// Its name in the designer.
    pub display_name: String,
    /// Licence tier: `standard` or `premium`.
    pub tier: String,
    /// Where data goes that is given to it.
    pub boundary: Boundary,
    /// How sure name and tier are: high, medium or low.
    pub confidence: String,
    /// How connections can be made.
    pub authentication: Vec<Authentication>,
    /// How sure that is.
    pub authentication_confidence: String,
    /// What kind of work it does.
    pub family: Option<Family>,
    /// Whether it administers the platform itself.
    #[serde(default)]
    pub administers: bool,
    /// Whether Microsoft asks to leave it.
    #[serde(default)]
    pub deprecated: bool,
    /// Letters of the sources in the data file.
    #[serde(default)]
    pub source: String,
}

impl Connector {
    /// Whether connections by app registration are offered, and how sure that is; `None` where nothing says so.
    #[must_use]
    pub fn takes_applications(&self) -> Option<Certainty> {
        let sure = match self.authentication_confidence.as_str() {
            "high" => Certainty::High,
            "medium" => Certainty::Medium,
            _ => return None,
        };
        self.authentication
            .contains(&Authentication::Application)
            .then_some(sure)
    }
}

/// An operation that Microsoft asks to leave.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeprecatedOperation {
    /// The connector's name.
    pub connector: String,
    /// The operation's id.
    pub id: String,
    /// The operation to use instead.
    pub replacement: Option<String>,
    /// How sure it is: high, medium or low.
    pub confidence: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    connectors: Vec<Connector>,
    deprecated_operations: Vec<DeprecatedOperation>,
}

struct Catalogue {
    data: Data,
    by_name: FxHashMap<String, usize>,
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        // The file is part of the program, and a test reads it: it cannot be wrong here.
        let data: Data = serde_json::from_str(include_str!("../data/connectors.json")).unwrap_or(Data {
            connectors: Vec::new(),
            deprecated_operations: Vec::new(),
        });
        let names = data.connectors.iter().enumerate();
        let by_name = names
            .map(|(index, connector)| (connector.name.to_ascii_lowercase(), index))
            .collect();
        Catalogue { data, by_name }
    })
}

/// Every listed connector.
#[must_use]
pub fn all() -> &'static [Connector] {
    &catalogue().data.connectors
}

/// A connector by name, whatever its case; `None` for custom connectors and those not listed.
#[must_use]
pub fn find(name: &str) -> Option<&'static Connector> {
    let catalogue = catalogue();
    let index = match catalogue.by_name.get(name) {
        Some(index) => index,
        None => catalogue.by_name.get(&name.to_ascii_lowercase())?,
    };
    catalogue.data.connectors.get(*index)
}

/// The connector's name for people: its display name, or what its technical name says.
#[must_use]
pub fn title(name: &str) -> String {
    if let Some(connector) = find(name) {
        return connector.display_name.clone();
    }
    let bare = name.strip_prefix("shared_").unwrap_or(name);
    if !is_custom(name) {
        return bare.to_owned();
    }
    // `prefix-5fname-20with-20spaces-5fhash`: the prefix and the hash say nothing to people.
    let parts: Vec<&str> = bare.split("-5f").collect();
    let inner = if parts.len() > 2 {
        &parts[1..parts.len() - 1]
    } else {
        &parts[..]
    };
    inner.join("_").replace("-20", " ").replace("-2d", "-")
}

/// Whether a connector was made by the organisation itself. Its name carries an encoded underscore, which no name of
/// a published connector does.
#[must_use]
pub fn is_custom(name: &str) -> bool {
    name.contains("-5f")
}

/// Whether a connector manages the platform or the directory: environments, flows, apps, users. Groups of Microsoft 365
/// are left out: flows use them to find out who belongs where.
#[must_use]
pub fn manages(name: &str) -> bool {
    let of_directory =
        |connector: &Connector| connector.family == Some(Family::Entra) && connector.name != "shared_office365groups";
    // Every version of the connectors for administrators.
    name.starts_with("shared_powerplatformforadmins")
        || find(name).is_some_and(|connector| connector.administers || of_directory(connector))
}

/// Whether a connector works on data of the organisation: it belongs to a family that is not administration, or the
/// organisation made it. Of others nothing is known, or they only notify, convert or approve.
#[must_use]
pub fn works_on_data(name: &str) -> bool {
    if is_custom(name) {
        return true;
    }
    let family = find(name).and_then(|connector| connector.family);
    family.is_some_and(|family| family != Family::PowerPlatformAdmin) && !manages(name)
}

/// The operations of a connector that Microsoft asks to leave.
pub fn deprecated_operations(connector: &str) -> impl Iterator<Item = &'static DeprecatedOperation> {
    let operations = &catalogue().data.deprecated_operations;
    let connector = connector.to_owned();
    operations
        .iter()
        .filter(move |operation| operation.connector.eq_ignore_ascii_case(&connector))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_data() {
        assert!(all().len() > 100);
        let dataverse = find("Shared_CommonDataServiceForApps").expect("listed");
        assert_eq!(dataverse.takes_applications(), Some(Certainty::High));
        assert_eq!(dataverse.family, Some(Family::Dataverse));
        assert!(find("shared_office365").expect("listed").takes_applications().is_none());
        assert!(find("shared_flowmanagement").expect("listed").administers);
        assert!(deprecated_operations("shared_office365").any(|operation| operation.id == "SendEmail"));
    }

    #[test]
    fn tells_management_from_work() {
        for name in [
            "shared_powerplatformforadmins",
            "shared_flowmanagement",
            "shared_azuread",
        ] {
            assert!(manages(name) && !works_on_data(name), "{name}");
        }
        for name in [
            "shared_sql",
            "shared_office365groups",
            "shared_con-5fx-5f0a",
            "shared_teams",
        ] {
            assert!(!manages(name) && works_on_data(name), "{name}");
        }
        assert!(!works_on_data("shared_approvals") && !works_on_data("shared_unheardof"));
    }

    #[test]
    fn names_custom_connectors() {
        assert_eq!(title("shared_contoso-5forders-20api-5f0a1b2c3d"), "orders api");
        assert_eq!(title("shared_commondataserviceforapps"), "Microsoft Dataverse");
        assert_eq!(title("shared_unheardof"), "unheardof");
        assert!(!is_custom("shared_service-now"));
    }
}
