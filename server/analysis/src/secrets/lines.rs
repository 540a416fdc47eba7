//! Which lines of a document can hold a secret at all.
//!
//! Between two keystrokes all lines but one are the same, and between flows most are. So a line that was found clean is
//! remembered by its hash: a document of 250 KB is looked through in a fraction of a millisecond. Strings of JSON end on
//! the line they begin on, so looking line by line misses nothing.

use std::cell::RefCell;
use std::hash::Hasher;

use rustc_hash::{FxHashSet, FxHasher};

/// More lines than this are not remembered, about 4 MiB a thread.
const LIMIT: usize = 1 << 18;
/// Longer lines are looked through every time: hashing them saves little.
const LONGEST: usize = 1 << 14;

thread_local! {
    static CLEAN: RefCell<FxHashSet<u64>> = RefCell::default();
}

/// Calls `look` with every line that may hold something, and its offset. A line for which `look` says that nothing is
/// there is not shown again.
pub(super) fn look_through(text: &str, mut look: impl FnMut(usize, &str) -> bool) {
    CLEAN.with_borrow_mut(|clean| {
        let mut start = 0;
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len()));
        for end in ends {
            let line = text.get(start..end).unwrap_or("");
            // Indentation of JSON is ASCII, and cutting off other white space would take ten times as long.
            let indent = line.bytes().take_while(u8::is_ascii_whitespace).count();
            let trimmed = line.get(indent..).unwrap_or("");
            let offset = start + (line.len() - trimmed.len());
            start = end + 1;
            // Nothing shorter than this is a secret's beginning or the name of one.
            if trimmed.len() < 4 {
                continue;
            }
            if trimmed.len() > LONGEST {
                look(offset, trimmed);
                continue;
            }
            let mut hasher = FxHasher::default();
            hasher.write(trimmed.as_bytes());
            let hash = hasher.finish();
            if clean.contains(&hash) || look(offset, trimmed) {
                continue;
            }
            if clean.len() >= LIMIT {
                clean.clear();
            }
            clean.insert(hash);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_lines_are_shown_once_and_others_always() {
        let text = "  \"clean one\"\r\n  \"secret here\"\n{\n\"clean one\"";
        let seen = |text: &str| {
            let mut seen = Vec::new();
            look_through(text, |at, line| {
                seen.push((at, line.to_owned()));
                line.contains("secret")
            });
            seen
        };
        // A carriage return is part of the line, so the last line differs from the first.
        assert_eq!(seen(text).iter().map(|(at, _)| *at).collect::<Vec<_>>(), [2, 17, 33]);
        assert_eq!(seen(text), [(17, "\"secret here\"".to_owned())]);
    }
}
