//! The part of an address that differs between environments: its site, else its host.

use syntax::Span;

/// The site or the host of the address in `text` that `offset` stands in, without what comes behind it. `open` says that
/// more follows directly behind the text, so that an address that ends there is not whole.
pub(super) fn part_at(text: &str, offset: u32, open: bool) -> Option<Span> {
    let address = addresses(text).find(|span| span.touches(offset))?;
    let part = significant(address.slice(text))?;
    if open && address.start as usize + part == text.len() {
        return None;
    }
    Some(Span::new(address.start, address.start + u32::try_from(part).ok()?))
}

/// Where `part` stands in a text as the beginning of an address, or as all of it.
pub(super) fn places_of(text: &str, part: &str, open: bool) -> Vec<Span> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(part) {
        let end = at + part.len();
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(end..).and_then(|after| after.chars().next());
        let ends = match after {
            Some(sign) => matches!(sign, '/' | '?' | '#') || ends_address(sign),
            None => !open,
        };
        if ends
            && before.is_none_or(|sign| !sign.is_alphanumeric())
            && let (Ok(start), Ok(end)) = (u32::try_from(at), u32::try_from(end))
        {
            found.push(Span::new(start, end));
        }
    }
    found
}

fn ends_address(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '"' | '\'' | '<' | '>' | '(' | ')' | ',' | ';' | '|' | '\\')
}

fn addresses(text: &str) -> impl Iterator<Item = Span> + '_ {
    text.match_indices("http").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        if !rest.starts_with("http://") && !rest.starts_with("https://") {
            return None;
        }
        let length = rest.find(ends_address).unwrap_or(rest.len());
        Some(Span::new(u32::try_from(at).ok()?, u32::try_from(at + length).ok()?))
    })
}

/// How much of an address tells the environment.
fn significant(address: &str) -> Option<usize> {
    let host_at = address.find("://")? + 3;
    let rest = address.get(host_at..)?;
    let host = rest.get(..rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
    // Names and passwords before the host are none of its name.
    if !host.contains('.')
        || host.contains('@')
        || !host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | ':'))
    {
        return None;
    }
    let path = rest.get(host.len()..)?;
    let mut parts = path.split('/').skip(1);
    let site = match (parts.next(), parts.next()) {
        (Some(kind @ ("sites" | "teams")), Some(name)) if host.to_ascii_lowercase().ends_with(".sharepoint.com") => {
            let name = name.split(['?', '#']).next().unwrap_or("");
            (!name.is_empty()).then(|| kind.len() + name.len() + 2)
        }
        _ => None,
    };
    Some(host_at + host.len() + site.unwrap_or(0))
}

/// Words for the variable that holds such a part.
pub(super) fn title(part: &str) -> String {
    let rest = part.split("://").nth(1).unwrap_or(part);
    let mut parts = rest.split('/');
    let host = parts.next().unwrap_or("");
    match parts.nth(1) {
        Some(site) => format!("{site} site"),
        None => {
            let label = host
                .split('.')
                .find(|label| !matches!(*label, "www" | "api"))
                .unwrap_or("");
            format!("{label} address")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> Option<&str> {
        part_at(text, 9, false).map(|span| span.slice(text))
    }

    #[test]
    fn sites_and_hosts() {
        for (text, wanted) in [
            (
                "https://contoso.sharepoint.com/sites/HR/Lists/x?web=1",
                Some("https://contoso.sharepoint.com/sites/HR"),
            ),
            (
                "https://contoso.sharepoint.com/sites/",
                Some("https://contoso.sharepoint.com"),
            ),
            (
                "https://api.contoso.com:8443/v1?x=1",
                Some("https://api.contoso.com:8443"),
            ),
            ("https://a.b, and", Some("https://a.b")),
            ("https://svc:x@a.b/c", None),
            ("https://localhost/x", None),
            ("https-//a.b/c", None),
        ] {
            assert_eq!(part(text), wanted, "{text}");
        }
        assert_eq!(part_at("https://contoso.sharepoint.com/sites/H", 9, true), None);
        assert_eq!(part_at("https://a.b", 20, false), None);
        assert_eq!(title("https://contoso.sharepoint.com/sites/HR"), "HR site");
        assert_eq!(title("https://api.contoso.com"), "contoso address");
    }

    #[test]
    fn equal_beginnings_only() {
        let text = "https://a.b/c https://a.bc xhttps://a.b https://a.b";
        let starts: Vec<u32> = places_of(text, "https://a.b", false)
            .iter()
            .map(|span| span.start)
            .collect();
        assert_eq!(starts, [0, 40]);
        assert_eq!(places_of(text, "https://a.b", true).len(), 1);
    }
}
