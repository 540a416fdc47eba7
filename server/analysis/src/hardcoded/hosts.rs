//! Addresses whose host belongs to one tenant or one environment: SharePoint, Dataverse, and what Azure gives a name to.

use syntax::Span;

use super::Kind;

/// An address in a text, as much of it as tells the environment: its site, else its host, with the scheme where one stands
/// before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// Domains of which every name belongs to one customer.
const DOMAINS: [(&str, Kind); 30] = [
    (".sharepoint.com", Kind::Site),
    (".sharepoint.us", Kind::Site),
    (".sharepoint-mil.us", Kind::Site),
    (".sharepoint.cn", Kind::Site),
    (".sharepoint.de", Kind::Site),
    (".dynamics.com", Kind::Dataverse),
    (".dynamics.cn", Kind::Dataverse),
    (".microsoftdynamics.us", Kind::Dataverse),
    (".microsoftdynamics.de", Kind::Dataverse),
    (".appsplatform.us", Kind::Dataverse),
    (".axcloud.dynamics.com", Kind::Finance),
    (".powerappsportals.com", Kind::Portal),
    (".powerappsportals.us", Kind::Portal),
    (".powerappsportals.cn", Kind::Portal),
    (".environment.api.powerplatform.com", Kind::EnvironmentAddress),
    (
        ".environment.api.gov.powerplatform.microsoft.us",
        Kind::EnvironmentAddress,
    ),
    (".onmicrosoft.com", Kind::Tenant),
    (".azurewebsites.net", Kind::Resource),
    (".azurewebsites.us", Kind::Resource),
    (".azure-api.net", Kind::Resource),
    (".vault.azure.net", Kind::Resource),
    (".vault.usgovcloudapi.net", Kind::Resource),
    (".database.windows.net", Kind::Resource),
    (".database.usgovcloudapi.net", Kind::Resource),
    (".blob.core.windows.net", Kind::Resource),
    (".queue.core.windows.net", Kind::Resource),
    (".table.core.windows.net", Kind::Resource),
    (".servicebus.windows.net", Kind::Resource),
    (".search.windows.net", Kind::Resource),
    (".openai.azure.com", Kind::Resource),
];
/// First labels of hosts that are the same for every customer.
const SHARED: [&str; 13] = [
    "www",
    "admin",
    "api",
    "auth",
    "cdn",
    "cloudredirector",
    "disco",
    "docs",
    "globaldisco",
    "home",
    "login",
    "port",
    "support",
];
/// Names that mean none: they are to be replaced by a person.
const PLACEHOLDERS: [&str; 14] = [
    "domain",
    "example",
    "host",
    "mytenant",
    "org",
    "orgname",
    "organization",
    "placeholder",
    "sample",
    "tenant",
    "tenantname",
    "xxx",
    "yourorg",
    "yourtenant",
];
/// Words in a host's name that tell one environment from its twins.
const ENVIRONMENTS: [&str; 12] = [
    "dev",
    "develop",
    "development",
    "test",
    "tst",
    "uat",
    "qa",
    "stg",
    "staging",
    "prod",
    "prd",
    "production",
];

/// Every such address in a text. `open` says that more follows directly behind the text, so that a name that ends there may
/// not be whole.
pub(super) fn addresses(text: &str, open: bool) -> Vec<Address> {
    if !text.contains('.') {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    for run in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-') {
        let own = start;
        // What splits is one character of one or more bytes.
        start += run.len();
        start += text
            .get(start..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        // `%2F` before a host is the slash of an address that is written into another.
        let encoded = own > 0 && text.as_bytes()[own - 1] == b'%' && run.len() > 2;
        let skipped = if encoded { 2 } else { 0 };
        let host = run.get(skipped..).unwrap_or_default().trim_end_matches(['.', '-']);
        let Some(kind) = kind_of(host) else { continue };
        if found.len() >= super::MAX_IN_ONE {
            break;
        }
        let from = own + skipped;
        let before = text.get(..from).unwrap_or_default();
        // A name and a host together are an account.
        if before.ends_with('@') {
            continue;
        }
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| ends_with_ignore_case(before, scheme));
        let end = from + host.len();
        let site = if kind == Kind::Site {
            site_behind(text, end, open)
        } else {
            0
        };
        let span = Span::new(offset(from - scheme.map_or(0, str::len)), offset(end + site));
        found.push(Address { span, kind });
    }
    found
}

/// What a host is of; `None` for hosts that are the same for every customer.
fn kind_of(host: &str) -> Option<Kind> {
    if host.len() > 253 || host.bytes().filter(|b| *b == b'.').count() < 2 {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let (name, domain, kind) = DOMAINS
        .iter()
        .filter_map(|(domain, kind)| Some((host.strip_suffix(domain)?, *domain, *kind)))
        .min_by_key(|(name, _, _)| name.len())?;
    let first = name.split('.').next().unwrap_or_default();
    if first.is_empty()
        || name.split('.').any(str::is_empty)
        || SHARED.contains(&first)
        || PLACEHOLDERS.contains(&first)
    {
        return None;
    }
    match kind {
        Kind::Site => (!name.contains('.')).then_some(kind),
        // `org.crm4`, `org.api.crm4`, `org.operations`, `org.sandbox.operations`; other names are of the service itself.
        Kind::Dataverse => {
            let (_, rest) = name.split_once('.')?;
            let mut labels = rest.rsplit('.');
            let last = labels.next()?;
            let is_crm = last
                .strip_prefix("crm")
                .is_some_and(|region| region.bytes().all(|b| b.is_ascii_digit()));
            let between = labels.next();
            if is_crm && matches!(between, None | Some("api")) {
                Some(Kind::Dataverse)
            } else if matches!(last, "operations" | "cloudax") && domain.starts_with(".dynamics") {
                Some(Kind::Finance)
            } else {
                None
            }
        }
        _ => Some(kind),
    }
}

/// Whether the name of a resource says of which environment it is.
pub(super) fn names_environment(address: &str) -> bool {
    let host = address.split("://").last().unwrap_or(address);
    let name = host.split('.').next().unwrap_or_default();
    let mut words = name.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| ENVIRONMENTS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// How long `/sites/Name` is behind a host of SharePoint; nothing where no whole name stands there.
fn site_behind(text: &str, at: usize, open: bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let Some(kind) = ["/sites/", "/teams/", "/personal/"]
        .into_iter()
        .find(|kind| rest.get(..kind.len()).is_some_and(|own| own.eq_ignore_ascii_case(kind)))
    else {
        return 0;
    };
    let name = &rest[kind.len()..];
    let length = name.find(|c: char| ends_name(c)).unwrap_or(name.len());
    let cut_off = open && kind.len() + length == rest.len();
    if length == 0 || cut_off { 0 } else { kind.len() + length }
}

fn ends_name(sign: char) -> bool {
    sign.is_whitespace()
        || matches!(
            sign,
            '/' | '?' | '#' | '&' | '"' | '\'' | '<' | '>' | '(' | ')' | ',' | ';' | '|' | '\\' | ':' | '{' | '}' | ']'
        )
}

fn ends_with_ignore_case(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    at.and_then(|at| text.get(at..))
        .is_some_and(|own| own.eq_ignore_ascii_case(end))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, open: bool) -> Vec<(&str, Kind)> {
        addresses(text, open)
            .into_iter()
            .map(|a| (a.span.slice(text), a.kind))
            .collect()
    }

    #[test]
    fn hosts_of_one_customer() {
        for (text, part, kind) in [
            (
                "https://contoso.sharepoint.com/sites/HR/Lists/x?web=1",
                "https://contoso.sharepoint.com/sites/HR",
                Kind::Site,
            ),
            (
                "https://contoso.sharepoint.com/sites/",
                "https://contoso.sharepoint.com",
                Kind::Site,
            ),
            (
                "HTTPS://Contoso-my.SharePoint.com/personal/a_b",
                "HTTPS://Contoso-my.SharePoint.com/personal/a_b",
                Kind::Site,
            ),
            (
                "sites/contoso.sharepoint.com,1-2,3-4",
                "contoso.sharepoint.com",
                Kind::Site,
            ),
            (
                "x=https%3A%2F%2Fcontoso.sharepoint.us%2Fsites",
                "contoso.sharepoint.us",
                Kind::Site,
            ),
            (
                "https://org1a2b.crm4.dynamics.com/",
                "https://org1a2b.crm4.dynamics.com",
                Kind::Dataverse,
            ),
            (
                "https://org1a2b.api.crm.dynamics.com/api/data/v9.2",
                "https://org1a2b.api.crm.dynamics.com",
                Kind::Dataverse,
            ),
            (
                "https://org1a2b.crm.dynamics.cn",
                "https://org1a2b.crm.dynamics.cn",
                Kind::Dataverse,
            ),
            (
                "org1a2b.crm9.dynamics.com",
                "org1a2b.crm9.dynamics.com",
                Kind::Dataverse,
            ),
            (
                "https://x1.crm.microsoftdynamics.us",
                "https://x1.crm.microsoftdynamics.us",
                Kind::Dataverse,
            ),
            (
                "https://x1.crm.appsplatform.us",
                "https://x1.crm.appsplatform.us",
                Kind::Dataverse,
            ),
            (
                "https://x1.sandbox.operations.dynamics.com/data",
                "https://x1.sandbox.operations.dynamics.com",
                Kind::Finance,
            ),
            (
                "https://x1.powerappsportals.com.",
                "https://x1.powerappsportals.com",
                Kind::Portal,
            ),
            (
                "https://orders-dev.azurewebsites.net/api",
                "https://orders-dev.azurewebsites.net",
                Kind::Resource,
            ),
        ] {
            assert_eq!(found(text, false), [(part, kind)], "{text}");
        }
    }

    #[test]
    fn hosts_of_everybody_and_of_nobody() {
        for text in [
            "https://graph.microsoft.com/v1.0/sites",
            "https://login.microsoftonline.com/common",
            "https://globaldisco.crm.dynamics.com/api",
            "https://admin.powerplatform.microsoft.com",
            "https://home.dynamics.com",
            "https://make.powerautomate.com",
            "https://emea.flow.microsoft.com",
            "https://docs.dynamics.com/crm",
            "https://yourtenant.sharepoint.com/sites/x",
            ".sharepoint.com/sites/x",
            "contoso.sharepoint.",
            "jane@contoso.sharepoint.com",
            "sharepoint.com",
            "https://a.b.sharepoint.com",
            "crm.dynamics.com",
        ] {
            assert_eq!(found(text, false), [], "{text}");
        }
    }

    #[test]
    fn a_name_that_goes_on_is_none() {
        assert_eq!(
            found("https://c1.sharepoint.com/sites/H", true)[0].0,
            "https://c1.sharepoint.com"
        );
        assert_eq!(
            found("see <https://c1.sharepoint.com/sites/H>", true)[0].0,
            "https://c1.sharepoint.com/sites/H"
        );
        assert_eq!(
            found("https://a1.sharepoint.com, https://b1.sharepoint.com", false).len(),
            2
        );
        assert!(names_environment("https://orders-dev.azurewebsites.net"));
        assert!(!names_environment("https://devices.azurewebsites.net"));
    }
}
