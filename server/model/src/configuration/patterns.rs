//! Patterns of the configuration: of names and addresses, of hosts, of operations.

/// Whether `text` matches `pattern`, where `*` stands for any run of characters and case is ignored.
#[must_use]
pub fn matches_pattern(pattern: &str, text: &str) -> bool {
    if pattern.is_ascii() && text.is_ascii() {
        let same = |a: &u8, b: &u8| a.eq_ignore_ascii_case(b);
        return matches(pattern.as_bytes(), text.as_bytes(), b'*', same);
    }
    let chars = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    matches(&chars(pattern), &chars(text), '*', PartialEq::eq)
}

/// Goes back to the last star only, so that time is bounded by the product of the lengths.
fn matches<T: PartialEq>(pattern: &[T], text: &[T], star: T, same: impl Fn(&T, &T) -> bool) -> bool {
    let (mut p, mut t, mut open) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == star {
            open = Some((p, t));
            p += 1;
        } else if p < pattern.len() && same(&pattern[p], &text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = open {
            p = at + 1;
            t = from + 1;
            open = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == star)
}

/// Whether a pattern stands for more than one text.
#[must_use]
pub fn is_open(pattern: &str) -> bool {
    pattern.contains('*')
}

/// What a host or mail domain should be written as, where it is written as something else: an address of the web, a
/// mail address, or a star that lets other people's names through (`*contoso.com` also means `evilcontoso.com`).
#[must_use]
pub fn host_as_meant(written: &str) -> Option<String> {
    let trimmed = written.trim();
    let after_scheme = trimmed.split_once("://").map_or(trimmed, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or(after_scheme);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit() || b == b'*') => name,
        _ => host,
    };
    let host = match host.strip_prefix('*') {
        Some(rest) if !rest.is_empty() && !rest.starts_with('.') => {
            format!("*.{}", rest.trim_start_matches('*').trim_start_matches('.'))
        }
        _ => host.to_owned(),
    };
    // A dot at the start is meant as a star by those who come from cookies, and one at the end by those from DNS.
    let host = host.strip_prefix('.').map_or(host.clone(), |rest| format!("*.{rest}"));
    let host = host.trim_end_matches('.').to_owned();
    (host != written && !host.is_empty()).then_some(host)
}

/// Why no host or mail domain is ever written so; `None` where one may be.
#[must_use]
pub fn never_a_host(written: &str) -> Option<&'static str> {
    let text = written.trim();
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.contains([',', ';', '|']) || text.split_whitespace().nth(1).is_some() {
        return Some("an entry names one alone");
    }
    let odd =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '{' | '}' | '"' | '\'' | '\\' | '^' | '`');
    if text.contains(odd) {
        return Some("it holds characters that no name has");
    }
    let nameless = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '*').is_empty() || text.ends_with("://");
    (nameless || text.contains("..")).then_some("a part of the name is missing")
}

/// Whether a connector's name is meant by `pattern`, which may leave out `shared_` or be the connector's whole path.
#[must_use]
pub fn matches_connector(pattern: &str, connector: &str) -> bool {
    let bare = |name: &str| -> String {
        let name = crate::connector_name(name.trim()).to_ascii_lowercase();
        name.strip_prefix("shared_").map(str::to_owned).unwrap_or(name)
    };
    matches_pattern(&bare(pattern), &bare(connector))
}

/// Whether `pattern`, `connector/operation`, means an operation; a pattern without `/` means a connector's every one.
#[must_use]
pub fn matches_operation(pattern: &str, connector: &str, operation: &str) -> bool {
    match pattern.rsplit_once('/') {
        Some((of, name)) => matches_connector(of, connector) && matches_pattern(name.trim(), operation),
        None => matches_connector(pattern, connector),
    }
}

/// Words that mean one environment.
const ENVIRONMENTS: [&[&str]; 8] = [
    &["dev", "develop", "development"],
    &["test", "tst", "testing"],
    &["prod", "prd", "production", "live"],
    &["acc", "acceptance"],
    &["int", "integration"],
    &["stage", "stg", "staging"],
    &["val", "validation"],
    &["preprod", "pre-prod"],
];

/// Whether two words name one environment: `prod` is `Production`.
#[must_use]
pub fn same_environment(a: &str, b: &str) -> bool {
    let holds = |words: &&[&str], name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name.trim()));
    crate::same_name(a.trim(), b.trim()) || ENVIRONMENTS.iter().any(|words| holds(words, a) && holds(words, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        assert!(
            matches_pattern("svc-*@*.com", "svc-a@b.com") && matches_pattern("*", "") && matches_pattern("A*c", "abbc")
        );
        assert!(!matches_pattern("svc-*", "a-svc-b") && !matches_pattern("a*b", "abc"));
    }

    #[test]
    fn environments_have_several_names() {
        assert!(same_environment("prod", "Production") && same_environment("QA", "qa"));
        assert!(!same_environment("prod", "test") && !same_environment("preprod", "prod"));
    }

    #[test]
    fn hosts_are_hosts() {
        for (written, meant) in [
            ("https://api.contoso.com/v1", Some("api.contoso.com")),
            ("api.contoso.com:443", Some("api.contoso.com")),
            ("*contoso.com", Some("*.contoso.com")),
            ("me@contoso.com", Some("contoso.com")),
            ("@contoso.com", Some("contoso.com")),
            ("**.contoso.com", Some("*.contoso.com")),
            (".contoso.com", Some("*.contoso.com")),
            ("contoso.com.", Some("contoso.com")),
            ("*.contoso.com", None),
            ("contoso.com", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(host_as_meant(written).as_deref(), meant, "{written}");
        }
    }

    #[test]
    fn some_texts_are_no_hosts() {
        for written in [
            "",
            " ",
            "a.com, b.com",
            "a.com b.com",
            "a.com;b.com",
            "<host>",
            "https://",
            "a..com",
            ".",
        ] {
            assert!(never_a_host(written).is_some(), "{written}");
        }
        for written in [
            "contoso.com",
            "*",
            "*.contoso.com",
            "my_host",
            "xn--mnchen-3ya.de",
            "münchen.de",
            "10.0.0.1",
            "[::1]",
            " a.com ",
        ] {
            assert_eq!(never_a_host(written), None, "{written}");
        }
    }

    #[test]
    fn connectors_and_operations_have_several_spellings() {
        let path = "/providers/Microsoft.PowerApps/apis/shared_sql";
        assert!(matches_connector("sql", path) && matches_connector(path, "SHARED_SQL"));
        assert!(!matches_connector("sql", "shared_sqldw") && matches_connector("sql*", "shared_sqldw"));
        assert!(matches_operation(
            "shared_sql/ExecutePassThrough*",
            "shared_sql",
            "ExecutePassThroughNativeQuery_V2"
        ));
        assert!(matches_operation("sql", "shared_sql", "GetItems_V2"));
        assert!(!matches_operation("sql/GetItems", "shared_sql", "GetItems_V2"));
    }
}
