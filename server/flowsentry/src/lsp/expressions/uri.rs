//! The address of an expression: which flow, which string of it, which part of that.
//!
//! `flowsentry-expression:/TITLE.flowexpression?flow=URI&at=POINTER&segment=N`, values percent-encoded, `segment` left
//! out where the whole string is the expression. The title is for people and says nothing to the server. An address
//! holds all there is to know, so that an editor may keep it over restarts.

use std::fmt::Write;

use ide::expression::Place;
use tower_lsp::ls_types::Uri;

/// The scheme of such addresses.
pub const SCHEME: &str = "flowsentry-expression";
/// How their paths end, by which editors know the language.
const EXTENSION: &str = ".flowexpression";

/// The address of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionUri {
    /// The flow's own address.
    pub flow: Uri,
    /// Where the expression stands in the flow.
    pub place: Place,
}

/// Whether an address is one of an expression.
pub fn is_expression(uri: &Uri) -> bool {
    uri.scheme().as_str().eq_ignore_ascii_case(SCHEME)
}

impl ExpressionUri {
    /// Reads an address. Editors encode more than they have to, up to the signs between the values.
    pub fn parse(uri: &Uri) -> Option<Self> {
        if !is_expression(uri) {
            return None;
        }
        let query = uri.as_str().split_once('?')?.1;
        let query = query.split('#').next().unwrap_or_default();
        let query = if query.contains('=') {
            query.to_owned()
        } else {
            decode(query)?
        };
        let (mut flow, mut pointer, mut segment) = (None, None, None);
        for pair in query.split('&') {
            match pair.split_once('=')? {
                ("flow", value) => flow = decode(value)?.parse().ok(),
                ("at", value) => pointer = decode(value),
                ("segment", value) => segment = Some(value.parse().ok()?),
                _ => {}
            }
        }
        Some(Self {
            flow: flow?,
            place: Place {
                pointer: pointer?,
                segment,
            },
        })
    }

    /// Writes the address, with a title that becomes the name of the editor's tab.
    pub fn to_uri(&self, title: &str) -> Option<Uri> {
        // A name of a file, on any system.
        let name: String = title
            .chars()
            .map(|c| {
                if c.is_control() || "/\\:*?\"<>|".contains(c) {
                    ' '
                } else {
                    c
                }
            })
            .take(80)
            .collect();
        let mut text = format!(
            "{SCHEME}:/{}{EXTENSION}?flow={}&at={}",
            encode(name.trim()),
            encode(self.flow.as_str()),
            encode(&self.place.pointer)
        );
        if let Some(segment) = self.place.segment {
            let _ = write!(text, "&segment={segment}");
        }
        text.parse().ok()
    }
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (code, after) = rest.split_at_checked(2)?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push(u8::try_from(digit(code[0])? * 16 + digit(code[1])?).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_both_ways_however_they_are_encoded() {
        let uri = ExpressionUri {
            flow: "file:///a%20b/%C3%A9%26.json".parse().unwrap(),
            place: Place {
                pointer: "/properties/a~1b&c=d/ü%/0".into(),
                segment: Some(2),
            },
        };
        let written = uri.to_uri("Compose: \"x\" · é").unwrap();
        assert!(
            written.as_str().starts_with("flowsentry-expression:/Compose%20%20"),
            "{}",
            written.as_str()
        );
        assert_eq!(ExpressionUri::parse(&written), Some(uri.clone()));
        // As VS Code writes it.
        let (before, query) = written.as_str().split_once('?').unwrap();
        let again: Uri = format!("{before}?{}", encode(query)).parse().unwrap();
        assert_eq!(ExpressionUri::parse(&again), Some(uri));
        for wrong in [
            "flowsentry-expression:/x",
            "flowsentry-expression:/x?flow=%ZZ&at=/",
            "file:///x?flow=a&at=b",
            "flowsentry-expression:/x?%",
        ] {
            if let Ok(wrong) = wrong.parse::<Uri>() {
                assert_eq!(ExpressionUri::parse(&wrong), None);
            }
        }
    }
}
