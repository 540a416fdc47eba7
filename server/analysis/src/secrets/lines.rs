//! Which lines of a document can hold a secret at all.
//!
//! Between two keystrokes all lines but one are the same, and between flows most are. So a line that was found clean is
//! remembered by its hash, and of the text that was looked through last, what is the same at its beginning and its end is
//! not hashed again: a key in a document of 250 KB costs comparing it. Strings of JSON end on the line they begin on, so
//! looking line by line misses nothing.

use std::cell::RefCell;
use std::hash::Hasher;

use rustc_hash::{FxHashSet, FxHasher};

/// More lines than this are not remembered, about 4 MiB a thread.
const LIMIT: usize = 1 << 18;
/// Longer lines are looked through every time: hashing them saves little.
const LONGEST: usize = 1 << 14;
/// Shorter texts are hashed as fast as compared, and longer ones are not kept.
const KEPT: std::ops::Range<usize> = 1 << 14..1 << 21;

/// Where in a line something may be, in bytes from behind its indentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Where a shape can begin.
    pub candidates: Vec<usize>,
    /// Words that names of secrets hold.
    pub promises: Vec<usize>,
}

impl Marks {
    fn is_empty(&self) -> bool {
        self.candidates.is_empty() && self.promises.is_empty()
    }
}

/// What a thread knows of what it looked through.
#[derive(Default)]
struct Memory {
    clean: FxHashSet<u64>,
    last: Last,
}

/// The text that was looked through last.
#[derive(Default)]
struct Last {
    text: String,
    /// Lines in which something may be, by their offsets behind the indentation.
    marked: Vec<(usize, Marks)>,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Calls `found` with every line that may hold something: its offset behind the indentation, and where. `look` tells that of
/// a line; it is not asked again about a line that it was asked about before.
pub(super) fn look_through(text: &str, look: fn(&str) -> Marks, mut found: impl FnMut(usize, &Marks)) {
    MEMORY.with_borrow_mut(|memory| {
        if !KEPT.contains(&text.len()) {
            memory.lines(text, 0, text.len(), look, &mut |at, marks| found(at, &marks));
            return;
        }
        let (head, tail) = same_lines(&memory.last.text, text);
        let old = std::mem::take(&mut memory.last);
        let (old_tail, new_tail) = (old.text.len() - tail, text.len() - tail);
        let (before, after): (Vec<_>, Vec<_>) = old
            .marked
            .into_iter()
            .filter(|(at, _)| *at < head || *at >= old_tail)
            .partition(|(at, _)| *at < head);
        let mut marked = before;
        memory.lines(text, head, new_tail, look, &mut |at, marks| marked.push((at, marks)));
        marked.extend(after.into_iter().map(|(at, marks)| (at + new_tail - old_tail, marks)));
        for (at, marks) in &marked {
            found(*at, marks);
        }
        let mut kept = old.text;
        // Only what is between is copied, for most keys a line.
        kept.replace_range(head..old_tail, text.get(head..new_tail).unwrap_or(""));
        memory.last = Last { text: kept, marked };
    });
}

impl Memory {
    /// Looks through the lines from one offset to another, both at beginnings of lines or at the end of the text.
    fn lines(
        &mut self,
        text: &str,
        from: usize,
        to: usize,
        look: fn(&str) -> Marks,
        marked: &mut dyn FnMut(usize, Marks),
    ) {
        let part = text.get(from..to).unwrap_or("");
        let mut start = from;
        let ends = memchr::memchr_iter(b'\n', part.as_bytes()).map(|end| from + end);
        // What is behind the last line end is a line too; where other text follows, there is none.
        for end in ends.chain(std::iter::once(to)) {
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
            let hash = (trimmed.len() <= LONGEST).then(|| {
                let mut hasher = FxHasher::default();
                hasher.write(trimmed.as_bytes());
                hasher.finish()
            });
            if hash.is_some_and(|hash| self.clean.contains(&hash)) {
                continue;
            }
            let marks = look(trimmed);
            if !marks.is_empty() {
                marked(offset, marks);
            } else if let Some(hash) = hash {
                if self.clean.len() >= LIMIT {
                    self.clean.clear();
                }
                self.clean.insert(hash);
            }
        }
    }
}

/// How many bytes of whole lines two texts share at their beginnings, and at their ends; the two do not overlap.
fn same_lines(old: &str, new: &str) -> (usize, usize) {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let head = same(
        a,
        b,
        |bytes, at, size| bytes.get(at..at + size),
        |bytes, at| bytes.get(at),
    );
    let head = memchr::memrchr(b'\n', &b[..head]).map_or(0, |at| at + 1);
    let (a, b) = (&a[head..], &b[head..]);
    let tail = same(
        a,
        b,
        |bytes, at, size| bytes.get(bytes.len().checked_sub(at + size)?..bytes.len() - at),
        |bytes, at| bytes.get(bytes.len().checked_sub(at + 1)?),
    );
    let tail = memchr::memchr(b'\n', &b[b.len() - tail..]).map_or(0, |at| tail - at - 1);
    (head, tail)
}

/// So many bytes are compared at once.
const BLOCK: usize = 4096;

/// How many bytes from an end on are the same.
fn same<'a>(
    a: &'a [u8],
    b: &'a [u8],
    block: impl Fn(&'a [u8], usize, usize) -> Option<&'a [u8]>,
    byte: impl Fn(&'a [u8], usize) -> Option<&'a u8>,
) -> usize {
    let mut at = 0;
    for size in [BLOCK, 64] {
        while let (Some(one), Some(other)) = (block(a, at, size), block(b, at, size)) {
            if one != other {
                break;
            }
            at += size;
        }
    }
    while let (Some(one), Some(other)) = (byte(a, at), byte(b, at)) {
        if one != other {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static ASKED: RefCell<Vec<String>> = RefCell::default();
    }

    fn look(line: &str) -> Marks {
        ASKED.with_borrow_mut(|asked| asked.push(line.to_owned()));
        Marks {
            candidates: line.match_indices("secret").map(|(at, _)| at).collect(),
            promises: Vec::new(),
        }
    }

    fn seen(text: &str) -> Vec<usize> {
        let mut seen = Vec::new();
        look_through(text, look, |at, marks| {
            seen.extend(marks.candidates.iter().map(|own| at + own))
        });
        seen
    }

    fn asked() -> Vec<String> {
        ASKED.take()
    }

    #[test]
    fn clean_lines_are_asked_about_once() {
        let text = "  \"clean one\"\r\n  \"secret here\"\n{\n\"clean one\"";
        assert_eq!(seen(text), [18]);
        // A carriage return is part of the line, so the last line differs from the first.
        assert_eq!(asked(), ["\"clean one\"\r", "\"secret here\"", "\"clean one\""]);
        assert_eq!(seen(text), [18]);
        assert_eq!(asked(), ["\"secret here\""]);
    }

    #[test]
    fn after_edits_the_same_is_found_as_in_a_fresh_text() {
        let lines: Vec<String> = (0..1200)
            .map(|n| match n % 97 {
                0 => format!("  \"secret {n}\": 1,"),
                1 => String::new(),
                _ => format!("  \"member {n}\": \"value\","),
            })
            .collect();
        let mut text = lines.join("\n");
        assert!(KEPT.contains(&text.len()));
        let mut random = 7_usize;
        for round in 0..600 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 16) % text.len();
            let end = (at + (random >> 40) % 12).min(text.len());
            let new = ["", "x", "secret", "\n", "a\nsecret b\nc", "\n\n"][round % 6];
            text.replace_range(at..end, new);
            let plain: Vec<usize> = text.match_indices("secret").map(|(at, _)| at).collect();
            asked();
            assert_eq!(seen(&text), plain, "after {} edits", round + 1);
            let of = asked().len();
            assert!(of <= 5 || round == 0, "asked about {of} lines");
        }
        for cut in [text.len() / 2, 3, 0] {
            assert_eq!(seen(&text[..cut]).len(), text[..cut].matches("secret").count());
        }
    }
}
