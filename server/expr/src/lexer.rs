//! Tokens, read one at a time: a grammar error early in the text wins over a bad character later.

use crate::error::ErrorCode;

/// Kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tok {
    Dot,
    Comma,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Question,
    Str,
    Int,
    Float,
    Ident,
    End,
}

/// A token; offsets are bytes of the template string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub kind: Tok,
    pub start: usize,
    pub end: usize,
    /// Bytes of the opening and closing quote of a string (closing 0 when it is missing).
    pub quotes: (u8, u8),
}

/// The grammatical place of an error, from which the message is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// A value was due.
    Value(Tok),
    /// The opening parenthesis after a function name was due; the name's place.
    OpenParen(Tok, usize, usize),
    /// A comma or the closing parenthesis was due; the place of the opening one.
    CloseParen(Tok, usize),
    /// The closing bracket was due; the place of the opening one.
    CloseBracket(Tok, usize),
    /// A property name was due after a dot.
    Property(Tok),
    /// A dot or bracket was due after a question mark.
    Accessor(Tok),
    /// The end was due.
    End(Tok),
    Char(char),
    String,
    Sign,
    Exponent,
    Range,
    Length(usize),
    Depth,
    Segment,
}

/// The first error of an expression, before its message is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawError {
    pub code: ErrorCode,
    pub start: usize,
    pub end: usize,
    pub detail: Detail,
}

/// Reads tokens from `text[pos..end]` and keeps the first error.
pub(crate) struct Lexer<'t> {
    pub text: &'t str,
    pub pos: usize,
    pub end: usize,
    pub first_error: Option<RawError>,
    /// Counts every error, also those after the first, so that the parser sees which calls hold one.
    pub error_count: u32,
    /// Closing quotes of which none is left in the text: without this memory, a run of opening ones would search to
    /// the end again and again.
    exhausted: Vec<&'static [char]>,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str, start: usize, end: usize, first_error: Option<RawError>) -> Lexer<'t> {
        Lexer {
            text,
            pos: start,
            end,
            first_error,
            error_count: 0,
            exhausted: Vec::new(),
        }
    }

    pub fn fail(&mut self, code: ErrorCode, start: usize, end: usize, detail: Detail) {
        self.error_count += 1;
        if self.first_error.is_none() {
            self.first_error = Some(RawError {
                code,
                start,
                end,
                detail,
            });
        }
    }

    fn byte(&self, at: usize) -> u8 {
        if at < self.end { self.text.as_bytes()[at] } else { 0 }
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..self.end)?.chars().next()
    }

    fn token(&mut self, kind: Tok, start: usize, end: usize) -> Token {
        self.pos = end;
        Token {
            kind,
            start,
            end,
            quotes: (0, 0),
        }
    }

    /// The next token. Characters that begin none are recorded and skipped.
    pub fn next(&mut self) -> Token {
        loop {
            let at = self.pos;
            if at >= self.end {
                return self.token(Tok::End, self.end, self.end);
            }
            let kind = match self.byte(at) {
                b' ' | b'\t'..=b'\r' => {
                    self.pos += 1;
                    continue;
                }
                b'.' => Tok::Dot,
                b',' => Tok::Comma,
                b'(' => Tok::LeftParen,
                b')' => Tok::RightParen,
                b'[' => Tok::LeftBracket,
                b']' => Tok::RightBracket,
                b'?' => Tok::Question,
                b'\'' => return self.string(at),
                b'0'..=b'9' => return self.number(at, at),
                b'+' | b'-' => match self.signed(at) {
                    Some(token) => return token,
                    None => continue,
                },
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'#' => return self.ident(at),
                _ => match self.other(at) {
                    Some(token) => return token,
                    None => continue,
                },
            };
            return self.token(kind, at, at + 1);
        }
    }

    fn ident(&mut self, start: usize) -> Token {
        let end = self.ident_end(start);
        self.token(Tok::Ident, start, end)
    }

    fn ident_end(&self, from: usize) -> usize {
        let mut at = from;
        while at < self.end {
            match self.byte(at) {
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'#' | b'0'..=b'9' => at += 1,
                byte if byte < 0x80 => break,
                _ => match self.char_at(at) {
                    Some(c) if c.is_alphanumeric() => at += c.len_utf8(),
                    _ => break,
                },
            }
        }
        at
    }

    fn string(&mut self, start: usize) -> Token {
        let mut at = start + 1;
        loop {
            if at >= self.end {
                self.fail(ErrorCode::StringLiteralNotTerminated, start, self.end, Detail::String);
                let mut token = self.token(Tok::Str, start, self.end);
                token.quotes = (1, 0);
                return token;
            }
            if self.byte(at) == b'\'' {
                if self.byte(at + 1) != b'\'' {
                    break;
                }
                at += 1;
            }
            at += 1;
        }
        let mut token = self.token(Tok::Str, start, at + 1);
        token.quotes = (1, 1);
        token
    }

    fn signed(&mut self, start: usize) -> Option<Token> {
        let next = self.byte(start + 1);
        if next.is_ascii_digit() || (next == b'.' && self.byte(start + 2).is_ascii_digit()) {
            return Some(self.number(start, start + 1));
        }
        // A letter right after the sign is reported at the letter, as the reference does for `bad-name`.
        if self.ident_end(start + 1) > start + 1 {
            let c = self.char_at(start + 1).unwrap_or(' ');
            self.fail(
                ErrorCode::UnexpectedCharacter,
                start + 1,
                start + 1 + c.len_utf8(),
                Detail::Char(c),
            );
        } else {
            self.fail(ErrorCode::InvalidNumber, start, start + 1, Detail::Sign);
        }
        self.pos = start + 1;
        None
    }

    fn digits(&self, from: usize) -> usize {
        let mut at = from;
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        at
    }

    fn number(&mut self, start: usize, digits: usize) -> Token {
        let mut kind = Tok::Int;
        let mut at = self.digits(digits);
        if self.byte(at) == b'.' {
            kind = Tok::Float;
            at = self.digits(at + 1);
        }
        if matches!(self.byte(at), b'e' | b'E') {
            kind = Tok::Float;
            at += 1;
            if matches!(self.byte(at), b'+' | b'-') {
                at += 1;
            }
            let after = self.digits(at);
            if after == at {
                self.fail(ErrorCode::InvalidNumber, start, at, Detail::Exponent);
            }
            at = after;
        }
        let word = self.ident_end(at);
        if word > at {
            let c = self.char_at(at).unwrap_or(' ');
            self.fail(ErrorCode::UnexpectedCharacter, at, at + c.len_utf8(), Detail::Char(c));
            at = word;
        } else if kind == Tok::Int && self.text[start..at].parse::<i64>().is_err() {
            self.fail(ErrorCode::NumberOutOfRange, start, at, Detail::Range);
        }
        self.token(kind, start, at)
    }

    /// Anything that is no ASCII token: Unicode white space and letters, else an error with a way on.
    fn other(&mut self, at: usize) -> Option<Token> {
        let c = self.char_at(at).unwrap_or(' ');
        if c.is_whitespace() {
            self.pos = at + c.len_utf8();
            return None;
        }
        if c.is_alphabetic() {
            return Some(self.ident(at));
        }
        let after = at + c.len_utf8();
        self.fail(ErrorCode::UnexpectedCharacter, at, after, Detail::Char(c));
        self.pos = after;
        // A string in foreign quotes is still read as a string, so that what it names is not lost.
        let closers = closing_quotes(c);
        if closers.is_empty() || self.exhausted.contains(&closers) {
            return None;
        }
        let found = self.text[after..self.end]
            .char_indices()
            .find(|(_, c)| closers.contains(c));
        let Some((offset, close)) = found else {
            self.exhausted.push(closers);
            return None;
        };
        let end = after + offset + close.len_utf8();
        let mut token = self.token(Tok::Str, at, end);
        token.quotes = (c.len_utf8() as u8, close.len_utf8() as u8);
        Some(token)
    }
}

/// The characters that may close a string opened with `open`; empty for what opens none.
pub(crate) fn closing_quotes(open: char) -> &'static [char] {
    match open {
        '"' => &['"'],
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{201F}' | '\u{00AB}' | '\u{00BB}' => {
            &['\u{201C}', '\u{201D}', '\u{201F}', '"', '\u{00AB}', '\u{00BB}']
        }
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' | '`' | '\u{00B4}' => {
            &['\u{2018}', '\u{2019}', '\u{201B}', '\u{2032}', '\'', '`', '\u{00B4}']
        }
        _ => &[],
    }
}
