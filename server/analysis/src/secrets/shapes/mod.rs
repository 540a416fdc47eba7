//! Tokens, keys and connection strings by how they are built: `vendors` knows what services issue, this file the forms that many share.

mod vendors;

use std::sync::{LazyLock, OnceLock};

use regex::{Regex, RegexSet};
use syntax::Span;

use super::names::{is_irregular, is_placeholder};
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

/// A shape whose secret need only not be a stand-in.
const fn shape(kind: &'static str, pattern: &'static str) -> Shape {
    shape_if(kind, High, pattern, |secret, _| is_varied(secret))
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

/// Forms that mean nothing else.
const PLAIN: &[Shape] = &[
    shape_if(
        "a JSON web token",
        High,
        r"(?-u:\b)(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,})",
        |token, _| is_jwt(token),
    ),
    shape(
        "a private key",
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[A-Za-z0-9+/=,:. \\\r\n\t-]{40,}",
    ),
    shape(
        "a private key",
        r"PuTTY-User-Key-File-[23]:[^\x00]{0,400}?Private-Lines: ?[0-9]+([A-Za-z0-9+/= \\\r\n\t]{40,})",
    ),
    shape(
        "a private key",
        r"<RSAKeyValue>.{40,4000}?<D>([A-Za-z0-9+/= \r\n]{40,})</D>",
    ),
    shape("an account key", r"(?i-u:AccountKey) ?= ?([A-Za-z0-9+/]{40,}={0,2})"),
    shape(
        "a shared access key",
        r"(?i-u:SharedAccessKey|SharedSecretValue) ?= ?([A-Za-z0-9+/]{32,}={0,2})",
    ),
    shape_if(
        "the signature of a shared access URL",
        High,
        r"(?:^|[?&;, '])sig=(?:', ?')?([A-Za-z0-9%/+_=-]{20,})",
        |signature, text| is_varied(signature) && ["sv=", "se=", "sp="].iter().any(|part| text.contains(part)),
    ),
    shape(
        "the signature of a shared access URL",
        r"(?i-u:SharedAccessSignature) +r=[^ ]{8,}?&s=([A-Za-z0-9%/+_=-]{20,})",
    ),
    shape(
        "the key of an Azure function",
        r"\.azurewebsites\.net/[A-Za-z0-9_./-]*\?(?:[^ ]*&)?code=([A-Za-z0-9_/+%=-]{20,})",
    ),
    shape_if(
        "the key in an address",
        High,
        r"[?&]code=(?:', ?')?([A-Za-z0-9_/+%=.-]{40,})",
        |key, text| text.contains("://") && is_irregular(key),
    ),
];

/// Forms in which a name says what stands beside it.
const NAMED: &[Shape] = &[
    shape_if(
        "the password of a connection string",
        High,
        r#"(?i-u:,password) ?= ?([^;,"' \t\r\n]{8,})"#,
        |password, text| !is_placeholder(password) && is_connection_string(text),
    ),
    shape_if(
        "the password of a connection string",
        High,
        r#"(?i-u:(?:^|[; ?&])(?:password|pwd)) ?= ?(\{[^{};"']{4,}\}|[^;"' \t\r\n]{4,})"#,
        |password, text| is_password(password) && is_connection_string(text),
    ),
    shape_if(
        "the secret of a connection string",
        High,
        r#"(?i-u:(?:^|[; ])(?:clientsecret|client secret|accesskey|access key|secret|apikey|token|accesstoken)) ?= ?([^;"' \t\r\n]{16,})"#,
        |secret, text| text.contains(';') && is_irregular(secret) && is_connection_string(text),
    ),
    shape_if(
        "a secret in a form or a query",
        High,
        r#"(?i-u:(?:^|[?& '])(?:client_secret|client_assertion|refresh_token|api_key|apikey|access_token|password))=(?:', ?')?([^&"' \t\r\n]{8,})"#,
        |secret, text| {
            !is_placeholder(secret) && (text.contains('&') || text.contains("grant_type=") || text.contains("://"))
        },
    ),
    shape_if(
        "a secret in a form or a query",
        High,
        r#"(?i-u:[?&](?:key|token|appid|auth|auth_?key|secret|api-key|api_?token|auth_token|(?:[a-z-]{0,12}-)?subscription[-_]?key))=(?:', ?')?([A-Za-z0-9_.~%/+=:-]{20,})"#,
        |secret, text| text.contains("://") && is_irregular(secret),
    ),
    shape(
        "an AWS secret key",
        r#"(?i-u:aws_?secret_?(?:access_?)?key)["' ]{0,3}[=:]["' ]{0,3}([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+])"#,
    ),
    shape_if(
        "a key in a header",
        High,
        r"(?i-u:\b(?:x-api-key|api-key|x-functions-key|x-auth-token|private-token|ocp-apim-subscription-key)) ?: ?([A-Za-z0-9_.~+/=-]{16,})",
        |key, _| is_irregular(key),
    ),
    shape_if(
        "a password of a script",
        High,
        r#"(?i-u:ConvertTo-SecureString(?: -String)?) +["']([^"'$@{}]{6,})["']"#,
        |password, _| !is_placeholder(password),
    ),
    shape_if(
        "a user name and password",
        High,
        r"(?i-u:base64)\( ?'([^':@{}]{1,100}:[^'@{}]{4,})'",
        |both, _| {
            both.split_once(':')
                .is_some_and(|(_, password)| !is_placeholder(password))
        },
    ),
    shape_if(
        "a password in a note",
        Medium,
        r#"(?:^|[^?&A-Za-z0-9_])(?i-u:password|passwd|pwd|passwort|kennwort) ?[:=] ?([^ \t\r\n"',;<>]{8,64})"#,
        |password, _| is_irregular(password),
    ),
    shape_if(
        "a secret in JSON",
        Medium,
        r#"["'](?i-u:[a-z0-9_. -]{0,40}(?:password|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|subscription[_-]?key|(?:access|auth|refresh)[_-]?token))["'] ?[:,] ?["']([^"'\r\n]{8,512})["']"#,
        |secret, _| is_irregular(secret),
    ),
    shape_if(
        "a password in a URL",
        High,
        r#"(?-u:\b)[A-Za-z][A-Za-z0-9+.-]{1,15}://[^/@:{} \t\r\n"'<>]*:([^/@{} \t\r\n"'<>]{3,})@[A-Za-z0-9]"#,
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
        r"(?i-u:\bbearer) +(?:', ?')?([A-Za-z0-9._~+/=-]{24,})",
        |token, _| {
            token.bytes().any(|b| b.is_ascii_digit())
                && token.bytes().any(|b| b.is_ascii_alphabetic())
                && !is_placeholder(token)
        },
    ),
];

/// What every shape begins with or holds, so that one pass tells whether any can be there. Escapes of JSON do not hide
/// these: none has a sign that a serializer escapes, but `=` and quotes, which may be written as escapes.
const CANDIDATES: &str = r#"eyJ[A-Za-z0-9]|PRIVATE KEY|PuTTY-User|RSAKeyValue|(?i-u:accountkey|sharedaccesskey|sharedsecretvalue|sharedaccesssignature|clientsecret ?(?:=|\\u003)|client secret ?(?:=|\\u003)|access ?key ?(?:=|\\u003)|passwor[dt] ?(?::|=|\\u003)|kennwort ?[:=]|passwd ?[:=]|pwd ?(?::|=|\\u003)|[?&6; ](?:secret|token|key|appid|auth|auth_?key|api-key|api_?token|auth_token|[a-z-]{0,12}subscription[-_]?key) ?(?:=|\\u003)|client_secret|client_assertion|refresh_token|api_?key(?:=|\\u003)|access_?token(?:=|\\u003)|aws_?secret|-key ?:|-token ?:|securestring|base64\( ?(?:'|\\u0027)|(?:passw(?:or)?d|pwd|passphrase|secret|key|token)(?:\\*["']|\\u002[27]) ?[:,]|basic |bearer )|[?&;, "'67]sig(?:=|\\u003)|azurewebsites\.net/|[?&6]code(?:=|\\u003)|://[^/@:{} \\"'<>]*:[^/@{} "'<>]+@"#;

static CANDIDATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let mut all = CANDIDATES.to_owned();
    for begins in vendors::BEGINS {
        all.push('|');
        all.push_str(begins);
    }
    Regex::new(&all).ok()
});
static SHAPES: LazyLock<Vec<&Shape>> = LazyLock::new(|| PLAIN.iter().chain(vendors::SHAPES).chain(NAMED).collect());
static SET: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(SHAPES.iter().map(|shape| shape.pattern)).ok());
/// Each made when the set first says that it matches: most shapes are never met.
static PATTERNS: LazyLock<Vec<OnceLock<Option<Regex>>>> =
    LazyLock::new(|| SHAPES.iter().map(|_| OnceLock::new()).collect());

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
        let (Some(shape), Some(known)) = (SHAPES.get(index), PATTERNS.get(index)) else {
            continue;
        };
        let Some(pattern) = known.get_or_init(|| Regex::new(shape.pattern).ok()) else {
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

/// Whether a token looks as if a machine made it, unlike `ghp_xxxx…` in an instruction.
fn is_varied(secret: &str) -> bool {
    let mut seen = [false; 128];
    for byte in secret.bytes().filter(u8::is_ascii_alphanumeric) {
        seen[usize::from(byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count() >= 7 && !is_placeholder(secret)
}

/// Whether a password stands for itself. Drivers of databases put it in braces, as instructions do with what is to be filled in.
fn is_password(text: &str) -> bool {
    match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => is_irregular(inner),
        None => !is_placeholder(text),
    }
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
        "driver",
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
        "user",
        "ssl",
        "abortconnect",
        "accountname",
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
mod tests;
