//! Workflow ids: one GUID in four spellings, known here in one.

use std::fmt;

/// A GUID, compared by value: braces and case are gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(u128);

impl Guid {
    /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, in any case, with or without braces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value = 0u128;
        for (i, &byte) in bytes.iter().enumerate() {
            if matches!(i, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            value = value << 4 | u128::from(char::from(byte).to_digit(16)?);
        }
        Some(Self(value))
    }

    /// The id in a flow's file name `<Name>-<GUID>.json`: the last 36 characters before the ending.
    #[must_use]
    pub fn from_flow_file(name: &str) -> Option<Self> {
        let stem = name.len().checked_sub(5).and_then(|at| name.get(..at))?;
        let start = stem.len().checked_sub(36)?;
        Self::parse(stem.get(start..)?)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            v >> 96,
            v >> 80 & 0xffff,
            v >> 64 & 0xffff,
            v >> 48 & 0xffff,
            v & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_spellings_are_one() {
        let plain = Guid::parse("a696980c-5fd0-ec11-a7b5-0022486dabee").unwrap();
        assert_eq!(Guid::parse("{A696980C-5FD0-EC11-A7B5-0022486DABEE}"), Some(plain));
        assert_eq!(
            Guid::from_flow_file("Time-out-A696980C-5FD0-EC11-A7B5-0022486DABEE.json"),
            Some(plain)
        );
        assert_eq!(plain.to_string(), "a696980c-5fd0-ec11-a7b5-0022486dabee");
        assert_eq!(Guid::parse("a696980c-5fd0-ec11-a7b5-0022486dabeg"), None);
        assert_eq!(Guid::from_flow_file("ä.json"), None);
    }
}
