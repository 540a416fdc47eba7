//! Secrets in clear text: by their shapes, and by names that promise one.
//!
//! - `shapes` knows tokens, keys and connection strings by how they are built, `names` knows what members and variables
//!   are called that hold secrets and which values can be one, `base64` reads the two alphabets, `json` looks through
//!   documents.
//!
//! [`masked`] is what every text passes before people see it.
//!
//! Invariants: a hit tells where and what kind, never the secret; placeholders, expressions, pipeline tokens and ids are
//! no hits; a text without the beginning of any shape costs one pass of one automaton.

mod base64;
mod json;
mod lines;
mod names;
mod shapes;

use std::borrow::Cow;

use syntax::Span;

use crate::Certainty;
pub use json::scan_json;
pub use names::{is_irregular, is_placeholder, is_secret_name, promises_secret, scan_named};

/// What stands in the place of a secret.
const MASK: &str = "…";

/// A secret in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecretHit {
    /// Where it stands, without what leads to it.
    pub span: Span,
    /// What it is, for messages: "a private key".
    pub kind: &'static str,
    /// High for shapes that mean nothing else.
    pub certainty: Certainty,
}

/// Kinds of secrets that make an address a key: who has the address may use it.
const SIGNED: [&str; 7] = [
    "the signature of a shared access URL",
    "the key of an Azure function",
    "the key in an address",
    "a Slack webhook",
    "a Teams webhook",
    "a Discord webhook",
    "a webhook of an automation",
];

impl SecretHit {
    /// Whether the secret is what makes an address work, so that the address as a whole is the key.
    #[must_use]
    pub fn is_address(&self) -> bool {
        SIGNED.contains(&self.kind)
    }
}

/// A text as it may be shown: what looks like a secret is left out, whatever the text was made for. Names can hold one, too.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    let hits = scan(text);
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = text.to_owned();
    for hit in hits.iter().rev() {
        shown.replace_range(hit.span.range(), MASK);
    }
    Cow::Owned(shown)
}

/// The same for a text that is its own: most hold none and stay as they are.
pub fn mask(text: &mut String) {
    if let Cow::Owned(shown) = masked(text) {
        *text = shown;
    }
}

/// Secrets in a text by their shapes, in the order of the text and not overlapping. Spans are bytes of `text`.
#[must_use]
pub fn scan(text: &str) -> Vec<SecretHit> {
    if shapes::has_candidate(text) {
        shapes::find(text)
    } else {
        Vec::new()
    }
}
