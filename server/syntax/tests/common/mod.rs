//! Random JSON and random damage, the same in every run.
#![allow(dead_code, reason = "each test file uses its part")]

/// xorshift64*: small, seeded, good enough to damage files.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    /// A number below `limit`; 0 for 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 {
            0
        } else {
            (self.next() % limit as u64) as usize
        }
    }

    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// An offset of `text` between characters.
    pub fn offset(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

pub const NAMES: &[&str] = &[
    "actions",
    "type",
    "inputs",
    "a",
    "b",
    "a",
    "Größe",
    "@@odata.type",
    "A_long_name_of_an_action",
    "x\\ny",
    "\\u0061",
    "",
];

const STRINGS: &[&str] = &[
    "",
    "Compose",
    "@{variables('x')}",
    "@parameters('$connections')['k']['connectionId']",
    "ä€😀",
    "line\\r\\nline",
    "\\u00e4\\ud83d\\ude00",
    "\\ud800",
    "a \\\"quoted\\\" word",
    "C:\\\\temp\\\\",
    "}{][,:",
];

const SCALARS: &[&str] = &["true", "false", "null", "0", "-1.5e3", "123456789", "12.25"];

/// What people and their tools put into JSON by mistake.
pub const PIECES: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "a",
    "ä",
    "😀",
    "1",
    "0",
    "-",
    ".",
    "e",
    "+",
    "'",
    "//",
    "/*",
    "*/",
    "\"a\"",
    "\"a\": 1",
    "\"b\": {}",
    ", ",
    "\": \"",
    "\\u",
    "\\ud83d",
    "\\n",
    "\\x",
    "true",
    "nul",
    "NaN",
    "{\"type\": \"Compose\"}",
    "\u{0}",
    "\u{b}",
    "\u{FEFF}",
    "\"type: \"Compose\",",
    "\"actions: {\n",
    "}}",
    "]]",
    "[[",
    "\"x\": [1, 2, 3],\n",
    "\"@{f('",
    "{\"a\"",
    "\"a\":",
];

/// A random document. `layout` 0 is minified, 1 has lines that end in `\n`, 2 in `\r\n`.
pub fn document(random: &mut Random, size: usize, layout: usize) -> String {
    let mut text = String::new();
    // Open containers: closing bracket, and whether something is inside.
    let mut open: Vec<(char, bool)> = Vec::new();
    let mut left = size;
    loop {
        if let Some((close, filled)) = open.last_mut() {
            let close = *close;
            let end = left == 0 || random.below(5) == 0;
            if *filled && !end {
                text.push(',');
            }
            *filled = true;
            if end {
                open.pop();
                line(&mut text, open.len(), layout);
                text.push(close);
                if open.is_empty() {
                    return text;
                }
                continue;
            }
            line(&mut text, open.len(), layout);
            if close == '}' {
                text.push('"');
                text.push_str(random.pick(NAMES));
                text.push_str(if layout == 0 { "\":" } else { "\": " });
            }
        }
        left = left.saturating_sub(1);
        let kind = if open.is_empty() {
            random.below(2)
        } else {
            random.below(6)
        };
        match kind {
            0 if open.len() < 20 => {
                text.push('{');
                open.push(('}', false));
            }
            1 if open.len() < 20 => {
                text.push('[');
                open.push((']', false));
            }
            2 | 3 => {
                text.push('"');
                text.push_str(random.pick(STRINGS));
                text.push('"');
            }
            _ => text.push_str(random.pick(SCALARS)),
        }
    }
}

fn line(text: &mut String, depth: usize, layout: usize) {
    if layout > 0 {
        text.push_str(if layout == 1 { "\n" } else { "\r\n" });
        text.extend(std::iter::repeat_n("  ", depth));
    }
}

/// A random edit of `text`: what is replaced, and by what.
pub fn edit(random: &mut Random, text: &str) -> (usize, usize, String) {
    let start = random.offset(text);
    let end = match random.below(8) {
        0..=3 => start,
        4 | 5 => text
            .floor_char_boundary((start + 1 + random.below(3)).min(text.len()))
            .max(start),
        6 => text
            .floor_char_boundary((start + random.below(30)).min(text.len()))
            .max(start),
        _ => random.offset(text).max(start),
    };
    let inserted = match random.below(5) {
        0 if end > start => String::new(),
        1 => format!("{}{}", random.pick(PIECES), random.pick(PIECES)),
        2 => "xyz"[..random.below(4)].to_owned(),
        3 => {
            // Something from elsewhere, as when pasting.
            let from = random.offset(text);
            let to = text
                .floor_char_boundary((from + random.below(40)).min(text.len()))
                .max(from);
            text[from..to].to_owned()
        }
        _ => random.pick(PIECES).to_owned(),
    };
    (start, end, inserted)
}
