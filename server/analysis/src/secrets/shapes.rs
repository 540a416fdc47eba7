//! Tokens, keys and connection strings by how they are built.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};
use syntax::Span;

use super::names::is_placeholder;
use super::{SecretHit, base64};
use crate::Certainty;
use crate::Certainty::{High, Medium};

/// One shape. Its pattern's first group is the secret, the whole match where it has none.
struct Shape {
    kind: &'static str,
    certainty: Certainty,
    pattern: &'static str,
    /// What else must hold: of the secret, and of the whole text.
    holds: fn(&str, &str) -> bool,
}

const fn shape(kind: &'static str, certainty: Certainty, pattern: &'static str) -> Shape {
    Shape {
        kind,
        certainty,
        pattern,
        holds: |_, _| true,
    }
}

const fn shape_if(
    kind: &'static str,
    certainty: Certainty,
    pattern: &'static str,
    holds: fn(&str, &str) -> bool,
) -> Shape {
    Shape {
        kind,
        certainty,
        pattern,
        holds,
    }
}

/// All shapes; of two at one place the earlier wins.
const SHAPES: &[Shape] = &[
    shape_if(
        "a JSON web token",
        High,
        r"(?-u:\b)(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,})",
        |token, _| is_jwt(token),
    ),
    shape(
        "a private key",
        High,
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=,:. \\\r\n\t-]{40,}",
    ),
    shape(
        "an account key",
        High,
        r"(?i-u:AccountKey) ?= ?([A-Za-z0-9+/]{40,}={0,2})",
    ),
    shape(
        "a shared access key",
        High,
        r"(?i-u:SharedAccessKey|SharedSecretValue) ?= ?([A-Za-z0-9+/]{32,}={0,2})",
    ),
    shape_if(
        "the signature of a shared access URL",
        High,
        r"(?:^|[?&;, ])sig=([A-Za-z0-9%/+_=-]{20,})",
        |_, text| ["sv=", "se=", "sp="].iter().any(|part| text.contains(part)),
    ),
    shape(
        "the key of an Azure function",
        High,
        r"\.azurewebsites\.net/api/[A-Za-z0-9_./-]*\?(?:[^ ]*&)?code=([A-Za-z0-9_/+%=-]{20,})",
    ),
    shape_if(
        "the password of a connection string",
        High,
        r#"(?i-u:(?:^|[; ])(?:password|pwd)) ?= ?([^;"' \t\r\n]{4,})"#,
        |password, text| !is_placeholder(password) && is_connection_string(text),
    ),
    shape_if(
        "a secret in a form or a query",
        High,
        r#"(?i-u:(?:^|[?& ])(?:client_secret|client_assertion|refresh_token|api_key|apikey|access_token|password))=([^&"' \t\r\n]{8,})"#,
        |secret, text| {
            !is_placeholder(secret) && (text.contains('&') || text.contains("grant_type=") || text.contains("://"))
        },
    ),
    shape(
        "a client secret of Microsoft Entra ID",
        High,
        r"(?:^|[^A-Za-z0-9_~.-])([A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})(?:$|[^A-Za-z0-9_~.-])",
    ),
    shape(
        "a GitHub token",
        High,
        r"(?-u:\b)(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})",
    ),
    shape("a GitLab token", High, r"(?-u:\b)glpat-[A-Za-z0-9_-]{20,}"),
    shape(
        "a Slack token",
        High,
        r"(?-u:\b)(?:xox[abposre]-[A-Za-z0-9-]{20,}|xapp-[0-9]-[A-Za-z0-9-]{20,})",
    ),
    shape(
        "a Slack webhook",
        High,
        r"hooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,})",
    ),
    shape(
        "a Teams webhook",
        High,
        r"webhook\.office\.com/webhookb2/([0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32})",
    ),
    shape(
        "a Discord webhook",
        High,
        r"discord(?:app)?\.com/api/webhooks/([0-9]{15,}/[A-Za-z0-9_-]{60,})",
    ),
    shape_if(
        "an AWS access key",
        High,
        r"(?-u:\b)(?:AKIA|ASIA)[A-Z2-7]{16}(?-u:\b)",
        |key, _| !key.contains("EXAMPLE"),
    ),
    shape(
        "a Google key",
        High,
        r"(?-u:\b)(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{28})",
    ),
    shape(
        "a Stripe key",
        High,
        r"(?-u:\b)(?:(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9]{24,})",
    ),
    shape(
        "a SendGrid key",
        High,
        r"(?-u:\b)SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    ),
    shape("a Twilio key", High, r"(?-u:\b)SK[0-9a-f]{32}(?-u:\b)"),
    shape("an npm token", High, r"(?-u:\b)npm_[A-Za-z0-9]{36}(?-u:\b)"),
    shape(
        "an Azure DevOps token",
        High,
        r"(?-u:\b)[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?-u:\b)",
    ),
    shape(
        "a key of an AI service",
        High,
        r"(?-u:\b)(?:sk-[A-Za-z0-9_-]*T3BlbkFJ[A-Za-z0-9_-]{20,}|sk-ant-[A-Za-z0-9_-]{80,})",
    ),
    shape_if(
        "a password in a URL",
        High,
        r#"(?-u:\b)[A-Za-z][A-Za-z0-9+.-]{1,15}://[^/@:{} \t\r\n"'<>]+:([^/@{} \t\r\n"'<>]{3,})@[A-Za-z0-9]"#,
        |password, _| !is_placeholder(password),
    ),
    shape_if(
        "a user name and password",
        High,
        r"(?i-u:\bbasic) +([A-Za-z0-9+/]{8,}={0,2})",
        |encoded, _| is_basic(encoded),
    ),
    shape_if(
        "an access token",
        Medium,
        r"(?i-u:\bbearer) +([A-Za-z0-9._~+/=-]{24,})",
        |token, _| {
            token.bytes().any(|b| b.is_ascii_digit())
                && token.bytes().any(|b| b.is_ascii_alphabetic())
                && !is_placeholder(token)
        },
    ),
];

/// What every shape begins with or holds, so that one pass tells whether any can be there. Escapes of JSON do not hide
/// these: none has a sign that a serializer escapes, but `=`, which is therefore left out.
const CANDIDATES: &str = r#"eyJ[A-Za-z0-9]|PRIVATE KEY|(?i-u:accountkey|sharedaccesskey|sharedsecretvalue|password ?(?:=|\\u003)|pwd ?(?:=|\\u003)|client_secret|client_assertion|refresh_token|api_?key(?:=|\\u003)|access_token(?:=|\\u003)|basic |bearer )|[?&;, "6]sig(?:=|\\u003)|azurewebsites\.net/api/|[0-9]Q~|gh[pousr]_|github_pat_|glpat-|xox[abposre]-|xapp-|hooks\.slack\.com|webhook\.office\.com|discord(?:app)?\.com/api|AKIA|ASIA|AIza|ya29\.|GOCSPX-|[sr]k_(?:live|test)_|whsec_|SG\.[A-Za-z0-9_-]{22}|SK[0-9a-f]{32}|npm_[A-Za-z0-9]|AZDO|T3BlbkFJ|sk-ant-|://[^/@:{} \\"'<>]+:[^/@{} "'<>]+@"#;

static CANDIDATE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(CANDIDATES).ok());
static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(SHAPES.iter().map(|shape| shape.pattern)).ok());
static PATTERNS: LazyLock<Vec<Option<Regex>>> =
    LazyLock::new(|| SHAPES.iter().map(|shape| Regex::new(shape.pattern).ok()).collect());

/// Whether any shape can be in a text, raw JSON included.
pub(super) fn has_candidate(text: &str) -> bool {
    CANDIDATE.as_ref().is_some_and(|candidate| candidate.is_match(text))
}

/// Where in a text, raw JSON included, shapes can be: offsets inside the strings that hold them, ascending.
pub(super) fn candidates(text: &str) -> impl Iterator<Item = usize> + '_ {
    CANDIDATE
        .iter()
        .flat_map(move |candidate| candidate.find_iter(text).map(|found| found.end() - 1))
}

/// Every shape in a decoded text.
pub(super) fn find(text: &str) -> Vec<SecretHit> {
    let mut hits: Vec<SecretHit> = Vec::new();
    let Some(set) = SET.as_ref() else { return hits };
    for index in set.matches(text) {
        let (Some(shape), Some(Some(pattern))) = (SHAPES.get(index), PATTERNS.get(index)) else {
            continue;
        };
        for captures in pattern.captures_iter(text) {
            let Some(secret) = captures.get(1).or_else(|| captures.get(0)) else {
                continue;
            };
            if !(shape.holds)(secret.as_str(), text) {
                continue;
            }
            let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
            let span = Span::new(at(secret.start()), at(secret.end()));
            if !hits
                .iter()
                .any(|hit| hit.span.start < span.end && span.start < hit.span.end)
            {
                hits.push(SecretHit {
                    span,
                    kind: shape.kind,
                    certainty: shape.certainty,
                });
            }
        }
    }
    hits.sort_by_key(|hit| hit.span);
    hits
}

fn is_jwt(token: &str) -> bool {
    let header = token.split('.').next().and_then(base64::decode);
    header.is_some_and(|header| memchr::memmem::find(&header, b"\"alg\"").is_some() && header.is_ascii())
}

/// Whether base64 stands for `user:password` in printable letters.
fn is_basic(encoded: &str) -> bool {
    let decoded = base64::decode(encoded).and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|text| {
        let password = text.split_once(':').map(|(_, password)| password);
        !text.chars().any(char::is_control) && password.is_some_and(|password| !is_placeholder(password))
    })
}

fn is_connection_string(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let keys = [
        "server",
        "data source",
        "host",
        "user id",
        "uid",
        "username",
        "initial catalog",
        "database",
        "endpoint",
        "authtype",
        "url",
    ];
    keys.iter().any(|key| {
        lower.match_indices(key).any(|(at, _)| {
            lower
                .get(at + key.len()..)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::scan;

    #[test]
    fn every_pattern_compiles() {
        assert!(
            CANDIDATE.is_some() && SET.is_some() && PATTERNS.iter().all(Option::is_some),
            "{:?}",
            RegexSet::new(SHAPES.iter().map(|s| s.pattern))
        );
        assert!(Regex::new(CANDIDATES).is_ok());
    }

    /// A made-up secret, put together here so that no scanner finds it in this file.
    fn made(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn shapes_are_found_where_they_stand() {
        let long = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7zA9bC1dE3fG5hJ7kL9m";
        let hex = "0123456789abcdef0123456789abcdef";
        for (kind, text, secret) in [
            (
                "a JSON web token",
                made(&["Bearer ", "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0.", &long[..30]]),
                None,
            ),
            (
                "a private key",
                made(&["-----BEGIN RSA ", "PRIVATE KEY-----\n", long]),
                None,
            ),
            (
                "an account key",
                made(&[
                    "DefaultEndpointsProtocol=https;AccountName=x;Account",
                    "Key=",
                    &long[..86],
                    "==",
                ]),
                Some(format!("{}==", &long[..86])),
            ),
            (
                "a shared access key",
                made(&[
                    "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccess",
                    "Key=",
                    &long[..43],
                    "=",
                ]),
                None,
            ),
            (
                "the signature of a shared access URL",
                made(&["https://x.y/z?sp=%2Frun&sv=1.0&si", "g=", &long[..43]]),
                Some(long[..43].to_owned()),
            ),
            (
                "the key of an Azure function",
                made(&["https://x.azurewebsites.net/api/f?co", "de=", &long[..50], "=="]),
                None,
            ),
            (
                "the password of a connection string",
                made(&["Server=x;Database=y;User Id=sa;Pass", "word=Gr3en!Tea;"]),
                Some("Gr3en!Tea".into()),
            ),
            (
                "a secret in a form or a query",
                made(&["grant_type=client_credentials&client_", "secret=Gr3en!Tea99&scope=x"]),
                Some("Gr3en!Tea99".into()),
            ),
            (
                "a client secret of Microsoft Entra ID",
                made(&["abc8", "Q~", &long[..34]]),
                None,
            ),
            ("a GitHub token", made(&["token gh", "p_", &long[..36]]), None),
            ("a GitLab token", made(&["glp", "at-", &long[..20]]), None),
            ("a Slack token", made(&["xo", "xb-", &long[..30]]), None),
            (
                "a Slack webhook",
                made(&["https://hooks.slack", ".com/services/T01234567/B01234567/", &long[..24]]),
                None,
            ),
            ("an AWS access key", made(&["AK", "IAQ2W3E4R5T6Y7UABC"]), None),
            ("a Google key", made(&["AI", "za", &long[..35]]), None),
            ("a Stripe key", made(&["sk_", "live_", &long[..24]]), None),
            (
                "a SendGrid key",
                made(&["SG", ".", &long[..22], ".", &long[..43]]),
                None,
            ),
            ("a Twilio key", made(&["S", "K", hex]), None),
            ("an npm token", made(&["np", "m_", &long[..36]]), None),
            ("an Azure DevOps token", made(&[&long[..76], "AZ", "DOabcd"]), None),
            (
                "a password in a URL",
                made(&["https://user:", "Gr3enTea@host/x"]),
                Some("Gr3enTea".into()),
            ),
            (
                "a user name and password",
                made(&["Basic ", "dXNlcjpHcjNlbiFUZWE="]),
                Some("dXNlcjpHcjNlbiFUZWE=".into()),
            ),
            (
                "an access token",
                made(&["Bearer ", &long[..40]]),
                Some(long[..40].to_owned()),
            ),
        ] {
            let hits = scan(&text);
            assert_eq!(hits.len(), 1, "{kind}: {hits:?}");
            assert_eq!(hits[0].kind, kind);
            if let Some(secret) = secret {
                assert_eq!(hits[0].span.slice(&text), secret);
            }
        }
    }

    #[test]
    fn what_only_looks_alike_is_silent() {
        for text in [
            "Basic authentication is used",
            "Bearer @{variables('token')}",
            "@concat('Bearer ', outputs('Token'))",
            "eyJhbGciOiJIUzI1NiJ9",
            "Server=x;Password=#{db.password}#;",
            "Server=x;Password=<password>;",
            "client_secret=@{variables('s')}&grant_type=x",
            "grant_type=client_credentials&client_secret={{secret}}",
            "https://x.y/z?sig=@{variables('s')}&sv=1",
            "https://host:443/a@b",
            "https://@{x}:@{y}@host",
            "https://user:<password>@host",
            "-----BEGIN PUBLIC KEY-----",
            "sig=short&sv=1",
            "AKIAIOSFODNN7EXAMPLE",
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA",
            "Password = required; see the policy",
            "",
            "ä: Pwd",
        ] {
            assert_eq!(scan(text), [], "{text}");
        }
    }
}
