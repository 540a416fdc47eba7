//! What names, paths, addresses and ids in inventories look like.

/// The first bytes of a text, at most `limit`, cut between characters.
pub(super) fn head(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The part of a path that follows the part `folder`, without regard to case.
fn after<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let mut parts = path.split('/');
    parts.by_ref().find(|part| part.eq_ignore_ascii_case(folder))?;
    parts.next().map(str::trim).filter(|part| !part.is_empty())
}

/// The last part of a path, or all of a text that is none.
fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).trim()
}

/// A connection's name, from the name itself or from a path of the connection or of something below it.
pub(super) fn connection_name(text: &str) -> &str {
    after(text, "connections").unwrap_or_else(|| last_part(text))
}

/// A connector's name in lower case, from the name itself or a path. Display names such as `Office 365 Outlook` are none.
pub(super) fn connector(text: &str) -> Option<String> {
    let name = after(text, "apis")
        .unwrap_or_else(|| last_part(text))
        .to_ascii_lowercase();
    (name.starts_with("shared_") && !name.contains(char::is_whitespace)).then_some(name)
}

/// The environment's name in a path.
pub(super) fn environment_of(path: &str) -> Option<&str> {
    after(path, "environments")
}

/// Whether a text is one mail address or user principal name and nothing else.
pub(super) fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let inner_dot = domain.trim_matches('.').contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        !local.is_empty()
            && inner_dot
            && !domain.contains('@')
            && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '{' | '}' | '$'))
    })
}

/// Whether a text is a GUID, braces allowed.
pub(super) fn is_guid(text: &str) -> bool {
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let digit = |(at, byte): (usize, u8)| {
        if matches!(at, 8 | 13 | 18 | 23) {
            byte == b'-'
        } else {
            byte.is_ascii_hexdigit()
        }
    };
    text.len() == 36 && text.bytes().enumerate().all(digit)
}

/// Whether two connection names are the same but for case.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Whether two connection names are the same id, written once with and once without hyphens.
pub(super) fn same_id(a: &str, b: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let digits = |text: &'_ str| -> Vec<u8> {
        text.bytes()
            .filter(|&byte| byte != b'-')
            .map(|b| b.to_ascii_lowercase())
            .collect()
    };
    a.len().abs_diff(b.len()) <= 8 && hex(a) && hex(b) && !digits(a).is_empty() && digits(a) == digits(b)
}

/// Whether the name of an authentication kind means that an application signs in, not a user: it has the word `sp`
/// (`oauthSP`, `sp-auth`), `servicePrincipal` or `clientCredentials`, or is `application`. Each connector names its own
/// kinds, so words are compared, not letters: `response` holds no `sp`.
#[must_use]
pub fn names_application_authentication(name: &str) -> bool {
    let flat: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_ascii_lowercase();
    flat == "application"
        || flat.contains("serviceprincipal")
        || flat.contains("clientcredential")
        || flat.ends_with("authsp")
        || words(name).any(|word| word.eq_ignore_ascii_case("sp") || word.eq_ignore_ascii_case("spn"))
}

/// The words of a name in camel case, with runs of capitals (`SP` in `SPAuth`) as one word.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let mut start = 0;
    let mut ends: Vec<(usize, usize)> = Vec::new();
    for at in 1..=bytes.len() {
        let Some(&byte) = bytes.get(at) else { continue };
        let before = bytes[at - 1];
        let new_word = byte.is_ascii_uppercase() && !before.is_ascii_uppercase();
        let end_of_run = byte.is_ascii_uppercase() && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        if new_word || end_of_run {
            ends.push((start, at));
            start = at;
        }
    }
    ends.push((start, bytes.len()));
    let parts = ends.into_iter().filter_map(|(from, to)| name.get(from..to));
    parts
        .flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str =
        "/providers/Microsoft.PowerApps/scopes/admin/environments/Contoso-prod/apis/shared_office365/connections/0a1b";

    #[test]
    fn paths_give_names() {
        assert_eq!(connection_name(PATH), "0a1b");
        assert_eq!(connection_name(&format!("{PATH}/permissions/77")), "0a1b");
        assert_eq!(connection_name("0a1b"), "0a1b");
        assert_eq!(connector(PATH).as_deref(), Some("shared_office365"));
        assert_eq!(
            connector("/providers/Microsoft.PowerApps/apis/Shared_SQL").as_deref(),
            Some("shared_sql")
        );
        assert_eq!(connector("Office 365 Outlook"), None);
        assert_eq!(environment_of(PATH), Some("Contoso-prod"));
    }

    #[test]
    fn addresses_and_ids() {
        assert!(is_address("maria.keller@contoso.com") && is_address("x_fabrikam.com#EXT#@contoso.onmicrosoft.com"));
        assert!(
            !is_address("Maria <m@contoso.com>")
                && !is_address("@contoso.com")
                && !is_address("a@b")
                && !is_address("a@b.c@d.e")
        );
        assert!(!is_address("a@contoso.") && !is_address("#{x}#@${domain}.com"));
        assert!(is_guid("11111111-2222-3333-4444-555555555555") && !is_guid("11111111222233334444555555555555"));
        assert!(
            same_id(
                "11111111-2222-3333-4444-55555555555A",
                "1111111122223333444455555555555a"
            ) && !same_id("", "-")
        );
        assert!(!same_id("shared-x", "sharedx"));
    }

    #[test]
    fn application_authentication_is_a_word() {
        for name in [
            "oauthSP",
            "servicePrincipal",
            "ServicePrincipalOAuth",
            "sp",
            "SPAuth",
            "oauth-sp",
            "oauthsp",
            "clientCredentials",
            "oauthClientCredential",
            "Application",
            "certSPN",
        ] {
            assert!(names_application_authentication(name), "{name}");
        }
        for name in [
            "oauth",
            "entraIntegrated",
            "basic",
            "response",
            "sharepoint",
            "managedIdentityAuth",
            "azureRelay",
            "",
            "ä",
            "keyBasedAuth",
        ] {
            assert!(!names_application_authentication(name), "{name}");
        }
    }

    #[test]
    fn a_head_ends_between_characters() {
        assert_eq!(head("aä", 2), "a");
        assert_eq!(head("aä", 99), "aä");
    }
}
