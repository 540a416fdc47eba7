//! What members and variables are called that hold secrets, and which values can be one.

use model::Guid;
use syntax::Span;

use super::SecretHit;
use crate::Certainty;

/// Ends of names that promise a secret, without case and punctuation, and what they promise.
const ENDINGS: [(&str, &str); 44] = [
    ("password", "a password"),
    ("passwd", "a password"),
    ("pwd", "a password"),
    ("passphrase", "a passphrase"),
    ("secret", "a secret"),
    ("secretkey", "a secret key"),
    ("secretvalue", "a secret"),
    ("apikey", "an API key"),
    ("apisecret", "an API secret"),
    ("apitoken", "an API token"),
    ("accesskey", "an access key"),
    ("accesstoken", "an access token"),
    ("refreshtoken", "a refresh token"),
    ("authtoken", "an access token"),
    ("bearertoken", "an access token"),
    ("sastoken", "a shared access signature"),
    ("personalaccesstoken", "a personal access token"),
    ("subscriptionkey", "a subscription key"),
    ("privatekey", "a private key"),
    ("accountkey", "an account key"),
    ("sharedkey", "a shared key"),
    ("sharedaccesskey", "a shared access key"),
    ("storagekey", "a storage key"),
    ("functionkey", "a function key"),
    ("functionskey", "a function key"),
    ("hostkey", "a function key"),
    ("masterkey", "a master key"),
    ("encryptionkey", "an encryption key"),
    ("signingkey", "a signing key"),
    ("clientkey", "a client key"),
    ("apimkey", "an API key"),
    ("openaikey", "an API key"),
    ("sendgridkey", "an API key"),
    ("mapskey", "an API key"),
    ("cosmoskey", "an account key"),
    ("servicebuskey", "a shared access key"),
    ("eventhubkey", "a shared access key"),
    ("passwort", "a password"),
    ("kennwort", "a password"),
    ("motdepasse", "a password"),
    ("contrasena", "a password"),
    ("wachtwoord", "a password"),
    ("senha", "a password"),
    ("githubpat", "a personal access token"),
];

/// What a name promises: "a password" for `adminPassword`, `request/password` or `Client Secret (con_Password)`.
#[must_use]
pub fn is_secret_name(name: &str) -> Option<&'static str> {
    // Names are short; a long text is no name, however it ends.
    if name.len() > 200 {
        return None;
    }
    let flat: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    // `password2` is one as well.
    let flat = flat.trim_end_matches(|c: char| c.is_ascii_digit());
    ENDINGS
        .iter()
        .find(|(ending, _)| flat.ends_with(ending))
        .map(|(_, kind)| *kind)
}

/// What a variable's name promises: what [`is_secret_name`] knows, or a token of any kind that only lets in.
#[must_use]
pub fn promises_secret(name: &str) -> Option<&'static str> {
    is_secret_name(name).filter(|_| !asks_for_pages(name)).or_else(|| {
        let words = words(name);
        let is_last = |word: &str| words.last().is_some_and(|last| last == word);
        if is_last("pat") && name.contains("PAT") {
            return Some("a personal access token");
        }
        (is_last("token") && !asks_for_pages(name)).then_some("a token")
    })
}

/// Whether a name speaks of the place where a list goes on, or of something else that is no key.
fn asks_for_pages(name: &str) -> bool {
    const OTHER: [&str; 20] = [
        "skip",
        "next",
        "page",
        "paging",
        "pagination",
        "continuation",
        "continue",
        "sync",
        "delta",
        "change",
        "cancel",
        "cancellation",
        "resume",
        "correlation",
        "tracking",
        "concurrency",
        "csrf",
        "xsrf",
        "antiforgery",
        "is",
    ];
    let words = words(name);
    words.iter().any(|word| OTHER.contains(&word.as_str()))
        || OTHER
            .iter()
            .any(|other| other.len() > 3 && name.to_ascii_lowercase().contains(other))
}

/// The words of a name: `varAccessToken`, `access_token` and `Access Token` are words alike.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let starts = c.is_uppercase() && before.is_lowercase();
        if starts || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The secret that a named value is: its name promises one, and the value is written out and irregular enough.
/// The span is the value's whole text.
#[must_use]
pub fn scan_named(name: &str, value: &str) -> Option<SecretHit> {
    if !is_irregular(value) {
        return None;
    }
    let kind = promises_secret(name)?;
    let span = Span::new(0, u32::try_from(value.len()).unwrap_or(u32::MAX));
    Some(SecretHit {
        span,
        kind,
        certainty: Certainty::Medium,
    })
}

/// Whether a value only stands for one that is filled in later: a pipeline token, an expression, an instruction.
#[must_use]
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    if value.is_empty() || value.starts_with('@') && !value.starts_with("@@") || value.contains("@{") {
        return true;
    }
    let marks = [
        ("<", ">"),
        ("#{", "}#"),
        ("{{", "}}"),
        ("${", "}"),
        ("$(", ")"),
        ("[[", "]]"),
        ("{", "}"),
        ("[", "]"),
    ];
    if marks.iter().any(|(open, close)| {
        value
            .find(open)
            .is_some_and(|at| value.get(at..).is_some_and(|rest| rest.contains(close)))
    }) {
        return true;
    }
    let wrapped = |mark: &str| value.len() > 2 * mark.len() && value.starts_with(mark) && value.ends_with(mark);
    if wrapped("__") || wrapped("%") {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let words = [
        "your",
        "example",
        "sample",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "dummy",
        "redacted",
        "xxxx",
        "todo",
        "replace",
        "insert",
        "enter",
        "removed",
        "****",
        "...",
        "…",
        "secret-value",
    ];
    if words.iter().any(|word| lower.starts_with(word))
        || [
            "xxxx",
            "****",
            "your-",
            "your_",
            "example",
            "placeholder",
            "redacted",
            "dummy",
        ]
        .iter()
        .any(|word| lower.contains(word))
    {
        return true;
    }
    if [
        "null",
        "none",
        "n/a",
        "undefined",
        "true",
        "false",
        "string",
        "secret",
        "password",
        "token",
        "key",
    ]
    .contains(&lower.as_str())
    {
        return true;
    }
    if is_instruction(&lower) || is_lone_prefix(&lower) {
        return true;
    }
    let mut distinct = value.chars().filter(|c| !matches!(c, '-' | '.' | '_' | ' '));
    let first = distinct.next();
    distinct.all(|c| Some(c) == first)
}

/// Whether a text in lower case tells somebody what to fill in: `***REPLACE THIS WITH THE SECRET***`,
/// `insira_a_chave_aqui`. Three words of letters at least, one of which says so.
fn is_instruction(lower: &str) -> bool {
    const SAY: [&str; 30] = [
        "your",
        "replace",
        "insert",
        "paste",
        "enter",
        "here",
        "goes",
        "put",
        "add",
        "todo",
        "change",
        "fill",
        "hier",
        "ihr",
        "ihre",
        "ihren",
        "einfügen",
        "eintragen",
        "ersetzen",
        "ici",
        "votre",
        "remplacer",
        "aqui",
        "aquí",
        "insira",
        "substituir",
        "seu",
        "sua",
        "inserte",
        "reemplazar",
    ];
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.len() >= 3
        && words.iter().all(|word| word.chars().all(char::is_alphabetic))
        && words.iter().any(|word| SAY.contains(word))
}

/// Whether a text in lower case is what keys of some service begin with, and nothing after it: `xoxp-`, `ghp_`.
fn is_lone_prefix(lower: &str) -> bool {
    lower.len() <= 8
        && lower.strip_suffix(['-', '_']).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_')
        })
}

/// Whether a value is written out and looks made up by a machine or against guessing, unlike names and words.
#[must_use]
pub fn is_irregular(value: &str) -> bool {
    let bytes = value.as_bytes();
    if !(8..=512).contains(&bytes.len()) || !bytes.iter().all(u8::is_ascii_graphic) {
        return false;
    }
    let has = |class: fn(&u8) -> bool| bytes.iter().any(class);
    let (lower, upper) = (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    let (digit, sign) = (has(u8::is_ascii_digit), has(u8::is_ascii_punctuation));
    let classes = [lower, upper, digit, sign].into_iter().filter(|class| *class).count();
    if !(digit || sign)
        || !(lower || upper)
        || Guid::parse(value).is_some()
        || is_placeholder(value)
        || is_path_or_name(value)
    {
        return false;
    }
    if bytes.len() < 16 {
        classes >= 3 && entropy(bytes) >= 2.5
    } else {
        entropy(bytes) >= 3.0
    }
}

/// Addresses of things: URLs, paths, e-mail addresses, and names made of words and short numbers (`kv-orders-01`).
fn is_path_or_name(value: &str) -> bool {
    if value.contains("://") || value.starts_with(['/', '.', '$', '{', '[', '(']) || value.contains('(') {
        return true;
    }
    let mut parts = value.split(['-', '_', '.', '/', ':', '@', ',', ' ']);
    parts.all(|part| {
        let letters = part.bytes().take_while(u8::is_ascii_alphabetic).count();
        let rest = part.get(letters..).unwrap_or("");
        (letters <= 24 || rest.is_empty())
            && rest.len() <= 4
            && rest.bytes().all(|b| b.is_ascii_digit())
            && is_wordlike(part)
    }) && value.contains(['-', '_', '.', '/', ':', ' '])
}

/// Whether upper case starts words only, as names do: no `aBcDeF`.
fn is_wordlike(part: &str) -> bool {
    let upper = part.bytes().filter(u8::is_ascii_uppercase).count();
    upper <= 3 || upper * 3 <= part.len() || upper == part.bytes().filter(u8::is_ascii_alphabetic).count()
}

/// Bits of surprise for each byte.
#[expect(clippy::cast_precision_loss, reason = "lengths are small")]
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0usize; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.len() as f64;
    let share = |count: &usize| {
        let share = *count as f64 / total;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(share).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_promise() {
        for name in [
            "password",
            "adminPassword",
            "request/password",
            "Client Secret (con_ClientSecret)",
            "client_secret",
            "X-Api-Key",
            "sasToken",
        ] {
            assert!(is_secret_name(name).is_some(), "{name}");
        }
        for name in [
            "passwordPolicy",
            "secretName",
            "token",
            "key",
            "skiptoken",
            "connectionKey",
            "",
            "apiKeyName",
            "pwdLastSet",
        ] {
            assert_eq!(is_secret_name(name), None, "{name}");
        }
    }

    #[test]
    fn values_can_be_secrets() {
        for value in [
            "Wint3r-Made-Up-1234",
            "8f14e45fceea167a5a36dedd4bea2543",
            "P@ssw0rd!2024",
            "kJ8sLq02ZmP4vXtY",
            "aGVsbG8gd29ybGQgc2VjcmV0IQ==",
        ] {
            assert!(scan_named("password", value).is_some(), "{value}");
        }
        for value in [
            "***REPLACE THIS WITH YOUR SECRET***",
            "insira_a_chave_secreta_aqui",
            "Hier-das-Kennwort-eintragen!",
            "put the key of the partner here",
            "xoxp-",
            "github_pat_",
            "",
            "password",
            "string",
            "@parameters('x')",
            "x@{y}",
            "#{token}#",
            "<your key>",
            "your-api-key-here1",
            "00000000000000000000",
            "6f5a3c1e-1111-4a2b-9c3d-0123456789ab",
            "kv-orders-01",
            "con_ClientSecret",
            "https://vault.azure.net/secrets/x1",
            "/subscriptions/1/x",
            "some words here 1",
            "xxxxxxxxxxxx",
            "$(ClientSecret1)",
            "abcdefgh",
            "shared_keyvault_1",
            "oauth2.client.secret",
        ] {
            assert_eq!(scan_named("password", value), None, "{value}");
        }
    }
}
