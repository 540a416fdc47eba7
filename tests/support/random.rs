//! Seeded numbers, the same on every machine.

/// xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A random edit of a text: the byte range to replace, on character boundaries, and what to put there.
    pub fn edit(&mut self, text: &str) -> (std::ops::Range<usize>, String) {
        let boundary = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(self.below(text.len() + 1));
        let length = *self.pick(&[0, 0, 0, 1, 1, 2, 5, 40]);
        let end = boundary((start + length).min(text.len()));
        let new = *self.pick(&[
            "",
            "",
            "x",
            "\"",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\\",
            "\r\n",
            "\n",
            "\r",
            " ",
            "😀",
            "é",
            "@{",
            "'",
            "(",
            ")",
            "variables('nope')",
            "\"a\":1,",
            "@outputs('Gone')",
            "\u{a0}",
        ]);
        (start..end.max(start), new.to_owned())
    }
}
