//! The tokens of a filter.

use syntax::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// A name, a number, a date, or a word of the language.
    Word,
    /// A text in quotes.
    Text,
    /// A text that nothing closes.
    OpenText,
    /// A text in quotes of another kind.
    ForeignText(bool),
    /// Anything with an expression in it but for a text.
    Hole,
    Open,
    Close,
    Comma,
    /// An operator of other languages, with the word for it.
    Symbol(Option<&'static str>),
    /// A list in brackets, as parameters of functions take.
    List,
    /// What this page knows nothing about.
    Unknown,
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// Reads tokens one at a time.
pub(super) struct Tokens<'a> {
    text: &'a str,
    holes: &'a [Span],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str, holes: &'a [Span]) -> Self {
        Self { text, holes, at: 0 }
    }

    fn hole_at(&self, at: usize) -> Option<Span> {
        self.holes.iter().copied().find(|hole| hole.range().contains(&at))
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Reads one token from a place that is not blank.
    fn kind(&mut self) -> Option<Kind> {
        let c = self.char_at(self.at)?;
        if self.hole_at(self.at).is_some() || is_word(c) {
            return Some(self.word_or_hole());
        }
        let two = self.text.get(self.at..self.at + 2).unwrap_or("");
        let symbol = match two {
            "==" => Some("eq"),
            "!=" | "<>" => Some("ne"),
            ">=" | "=>" => Some("ge"),
            "<=" | "=<" => Some("le"),
            "&&" => Some("and"),
            "||" => Some("or"),
            _ => None,
        };
        if symbol.is_some() {
            self.at += 2;
            self.at += usize::from(matches!(two, "==" | "!=") && self.char_at(self.at) == Some('='));
            return Some(Kind::Symbol(symbol));
        }
        match quote(c) {
            Some(Quote::Straight) => return Some(self.quoted()),
            Some(kind) => return Some(self.foreign(c, kind)),
            None => {}
        }
        self.at += c.len_utf8();
        Some(match c {
            '(' => Kind::Open,
            ')' => Kind::Close,
            ',' => Kind::Comma,
            '=' => Kind::Symbol(Some("eq")),
            '>' => Kind::Symbol(Some("gt")),
            '<' => Kind::Symbol(Some("lt")),
            '[' => self.brackets(),
            _ => Kind::Unknown,
        })
    }

    fn word_or_hole(&mut self) -> Kind {
        let mut holed = false;
        loop {
            if let Some(hole) = self.hole_at(self.at) {
                holed = true;
                self.at = hole.end as usize;
            } else if let Some(c) = self.char_at(self.at).filter(|c| is_word(*c)) {
                self.at += c.len_utf8();
            } else {
                break;
            }
        }
        if holed { Kind::Hole } else { Kind::Word }
    }

    /// A text in straight quotes; a doubled quote inside is one.
    fn quoted(&mut self) -> Kind {
        self.at += 1;
        while let Some(c) = self.char_at(self.at) {
            if let Some(hole) = self.hole_at(self.at) {
                self.at = hole.end as usize;
                continue;
            }
            self.at += c.len_utf8();
            if c == '\'' {
                if self.char_at(self.at) != Some('\'') || self.hole_at(self.at).is_some() {
                    return Kind::Text;
                }
                self.at += 1;
            }
        }
        Kind::OpenText
    }

    fn foreign(&mut self, open: char, kind: Quote) -> Kind {
        let double = open == '"';
        self.at += open.len_utf8();
        while let Some(c) = self.char_at(self.at) {
            if let Some(hole) = self.hole_at(self.at) {
                self.at = hole.end as usize;
                continue;
            }
            self.at += c.len_utf8();
            if quote(c) == Some(kind) || (kind == Quote::Curly && c == '\'') {
                break;
            }
        }
        Kind::ForeignText(double)
    }

    fn brackets(&mut self) -> Kind {
        let rest = self.text.get(self.at..).unwrap_or("");
        match rest.find(']') {
            Some(end) => {
                self.at += end + 1;
                Kind::List
            }
            None => Kind::Unknown,
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while self.hole_at(self.at).is_none() && self.char_at(self.at)?.is_whitespace() {
            self.at += self.char_at(self.at)?.len_utf8();
        }
        let start = self.at;
        let kind = self.kind()?;
        Some(Token {
            kind,
            span: Span::new(offset(start), offset(self.at)),
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':' | '@' | '$' | '+')
}

/// Kinds of quotes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Quote {
    Straight,
    Double,
    Curly,
}

/// The kind of a quote.
pub(super) fn quote(c: char) -> Option<Quote> {
    match c {
        '\'' => Some(Quote::Straight),
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' => Some(Quote::Double),
        '‘' | '’' | '‚' | '‛' | '`' | '´' | '′' => Some(Quote::Curly),
        _ => None,
    }
}

pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
