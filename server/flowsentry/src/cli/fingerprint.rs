//! What a finding is known by from one run to the next.
//!
//! A fingerprint says nothing of lines: it hashes the rule, the solution, the file's path inside it, the action, what
//! the finding is about, and how many findings equal in all of that stand before it in the file. It is 64-bit FNV-1a,
//! written here so that no release of any library can change it; parts are separated by a byte that no text holds.
//!
//! Two copies of one solution, by its unique name, give the same fingerprints: they are the same findings, twice.

use std::collections::HashMap;

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// Never part of UTF-8 text.
const SEPARATOR: u8 = 0xFF;

/// Gives out the fingerprints of one file's findings, which must come in their order, all of them.
#[derive(Debug, Default)]
pub struct Fingerprints {
    seen: HashMap<u64, u64>,
}

impl Fingerprints {
    /// The fingerprint of the next finding, which these parts make up: 16 hexadecimal digits.
    pub fn next(&mut self, parts: [&str; 5]) -> String {
        let key = parts
            .iter()
            .fold(OFFSET_BASIS, |hash, part| add(add(hash, part.as_bytes()), &[SEPARATOR]));
        let before = self.seen.entry(key).or_default();
        let hash = add(key, &before.to_le_bytes());
        *before += 1;
        format!("{hash:016x}")
    }
}

fn add(hash: u64, bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_are_counted_and_the_function_never_changes() {
        assert_eq!(add(OFFSET_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
        let mut prints = Fingerprints::default();
        let first = prints.next(["rule", "Solution", "a.json", "", "x"]);
        assert_eq!(first.len(), 16);
        assert_ne!(first, prints.next(["rule", "Solution", "a.json", "", "x"]));
        assert_ne!(first, prints.next(["rule", "Solution", "a.json", "x", ""]));
        assert_eq!(
            first,
            Fingerprints::default().next(["rule", "Solution", "a.json", "", "x"])
        );
    }
}
