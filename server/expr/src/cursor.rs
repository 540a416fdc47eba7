//! Where a cursor stands in a template string that somebody is typing.
//!
//! What stands behind the cursor says nothing of what is meant at it, and is damaged more often than not: a quote that is
//! not closed yet swallows everything up to the next one. So the place is found from the text before the cursor alone;
//! what follows only tells how far a word that is replaced reaches.

use crate::Span;
use crate::catalogue::{Function, lookup};
use crate::lexer::{Lexer, Tok, Token};

/// Where a cursor stands in an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// What can be written there.
    pub place: CursorPlace,
    /// The calls around it whose arguments it stands in, outermost first.
    pub calls: Vec<OpenCall>,
    /// Where the expression begins, behind `@` or `@{`.
    pub start: u32,
}

/// A call that is open where the cursor stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpenCall {
    /// The function; `None` where there is none of that name.
    pub function: Option<&'static Function>,
    /// Its name.
    pub name: Span,
    /// Which argument the cursor stands in, counted from 0.
    pub argument: usize,
}

/// What can be written at a cursor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CursorPlace {
    /// A value: a word may have been begun.
    Value {
        /// The word, to its end behind the cursor.
        word: Span,
        /// Whether it has its parenthesis already.
        called: bool,
        /// What it picks a part of, where it stands in brackets.
        of: Option<Base>,
    },
    /// The text of a literal.
    Literal {
        /// The text between the quotes, as far as it belongs to this literal.
        content: Span,
        /// Whether the quote is closed behind it.
        closed: bool,
        /// Whether a parenthesis or bracket closes what is around it.
        ended: bool,
        /// What the literal is.
        role: LiteralRole,
    },
    /// The name of a property, behind a dot.
    Property {
        /// The name, to its end behind the cursor.
        name: Span,
        /// What has the property.
        of: Base,
    },
    /// An accessor, behind a question mark or a value.
    Accessor {
        /// The question mark, or the cursor where there is none.
        sign: Span,
        /// What is read.
        of: Base,
    },
    /// Nothing that could be named.
    Nothing,
}

/// A value, parts of which are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Base {
    /// Its source.
    pub span: Span,
    /// Whether a question mark stands behind it.
    pub safe: bool,
}

/// What a literal is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LiteralRole {
    /// The whole argument of the innermost call of [`Cursor::calls`].
    Argument,
    /// A key in brackets.
    Key(Base),
    /// Something else.
    Other,
}

/// The place of a cursor at byte `offset` of a template string; `None` in its text.
pub fn cursor(text: &str, offset: u32) -> Option<Cursor> {
    let offset = offset as usize;
    if !text.is_char_boundary(offset) {
        return None;
    }
    let start = expression_start(text, offset)?;
    let mut scan = Scan {
        text,
        frames: Vec::new(),
        state: State::Due,
        value: None,
        end: start,
    };
    let last = scan.run(start, offset);
    let place = scan.place(last, offset);
    let calls = scan.frames.iter().filter_map(|frame| match frame {
        Frame::Call { call, .. } => Some(*call),
        _ => None,
    });
    Some(Cursor {
        place,
        calls: calls.collect(),
        start: start as u32,
    })
}

/// Where the expression begins in which `offset` stands.
fn expression_start(text: &str, offset: usize) -> Option<usize> {
    let before = text.get(..offset)?;
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'@') {
        match bytes.get(1) {
            Some(b'@') => return None,
            Some(b'{') => {}
            _ => return (offset > 0).then_some(1),
        }
    }
    let mut at = 0;
    loop {
        at += before.get(at..)?.find('@')?;
        if bytes[at + 1..].starts_with(b"@{") {
            at += 3;
            continue;
        }
        if before.as_bytes().get(at + 1) != Some(&b'{') {
            at += 1;
            continue;
        }
        let inner = at + 2;
        let mut quoted = false;
        let close = before.as_bytes()[inner..].iter().position(|byte| {
            quoted ^= *byte == b'\'';
            *byte == b'}' && !quoted
        });
        match close {
            Some(close) => at = inner + close + 1,
            None => return Some(inner),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// A value is due.
    Due,
    /// A value stands before.
    Behind,
    /// A dot stands before, with or without a question mark.
    Dot { safe: bool },
    /// A question mark stands before.
    Question { at: usize },
}

/// Something open, with where the value began in which it was opened.
#[derive(Clone, Copy)]
enum Frame {
    Call {
        call: OpenCall,
        value: Option<usize>,
    },
    Index {
        base: Base,
    },
    /// A parenthesis or bracket that the grammar does not know.
    Foreign {
        paren: bool,
        value: Option<usize>,
    },
}

struct Scan<'t> {
    text: &'t str,
    frames: Vec<Frame>,
    state: State,
    /// Where the value begins that stands before.
    value: Option<usize>,
    /// Where it ends.
    end: usize,
}

/// What the last token was.
#[derive(Clone, Copy)]
struct Last {
    token: Token,
    /// What was due before it.
    before: State,
    /// Where the value before it ended.
    end: usize,
}

impl Scan<'_> {
    /// Reads up to the cursor and gives the last token.
    fn run(&mut self, start: usize, offset: usize) -> Option<Last> {
        let mut lexer = Lexer::new(self.text, start, offset, None);
        let mut last: Option<Last> = None;
        loop {
            let token = lexer.next();
            if token.kind == Tok::End {
                return last;
            }
            let this = Last {
                token,
                before: self.state,
                end: self.end,
            };
            self.step(token, last);
            last = Some(this);
        }
    }

    fn step(&mut self, token: Token, last: Option<Last>) {
        match token.kind {
            Tok::Ident | Tok::Str | Tok::Int | Tok::Float => {
                if !matches!(self.state, State::Dot { .. }) {
                    self.value = Some(token.start);
                }
                self.state = State::Behind;
                self.end = token.end;
            }
            Tok::LeftParen => self.open_paren(last),
            Tok::LeftBracket => {
                let safe = matches!(self.state, State::Question { .. } | State::Dot { safe: true });
                let frame = match self.value.filter(|_| self.state != State::Due) {
                    Some(start) => Frame::Index {
                        base: self.base(start, safe),
                    },
                    None => Frame::Foreign {
                        paren: false,
                        value: self.value,
                    },
                };
                self.open(frame);
            }
            Tok::RightParen => self.close(token, |frame| {
                matches!(frame, Frame::Call { .. } | Frame::Foreign { paren: true, .. })
            }),
            Tok::RightBracket => self.close(token, |frame| {
                matches!(frame, Frame::Index { .. } | Frame::Foreign { paren: false, .. })
            }),
            Tok::Comma => {
                let is_call = |frame: &Frame| matches!(frame, Frame::Call { .. });
                if let Some(at) = self.frames.iter().rposition(is_call) {
                    self.frames.truncate(at + 1);
                }
                if let Some(Frame::Call { call, .. }) = self.frames.last_mut() {
                    call.argument += 1;
                }
                self.value = None;
                self.state = State::Due;
            }
            Tok::Dot => {
                let safe = matches!(self.state, State::Question { .. });
                self.state = State::Dot { safe };
            }
            Tok::Question => self.state = State::Question { at: token.start },
            Tok::End => {}
        }
    }

    fn open_paren(&mut self, last: Option<Last>) {
        let name = last.filter(|last| last.token.kind == Tok::Ident && !matches!(last.before, State::Dot { .. }));
        let frame = match name {
            Some(Last { token, .. }) => Frame::Call {
                call: OpenCall {
                    function: lookup(&self.text[token.start..token.end]),
                    name: Span::new(token.start as u32, token.end as u32),
                    argument: 0,
                },
                value: self.value,
            },
            None => Frame::Foreign {
                paren: true,
                value: self.value,
            },
        };
        self.open(frame);
    }

    fn open(&mut self, frame: Frame) {
        self.frames.push(frame);
        self.value = None;
        self.state = State::Due;
    }

    /// Ends the innermost frame that the token closes, and what is open inside of it.
    fn close(&mut self, token: Token, closes: impl Fn(&Frame) -> bool) {
        let Some(at) = self.frames.iter().rposition(closes) else {
            // It closes nothing, and what stands before it is of no use.
            (self.value, self.state) = (None, State::Behind);
            return;
        };
        self.value = match self.frames[at] {
            Frame::Call { value, .. } | Frame::Foreign { value, .. } => value,
            Frame::Index { base } => Some(base.span.start as usize),
        };
        self.frames.truncate(at);
        self.state = State::Behind;
        self.end = token.end;
    }

    fn base(&self, start: usize, safe: bool) -> Base {
        Base {
            span: Span::new(start as u32, self.end as u32),
            safe,
        }
    }

    /// What stands in the brackets around the cursor is a part of this.
    fn indexed(&self) -> Option<Base> {
        match self.frames.last() {
            Some(Frame::Index { base }) => Some(*base),
            _ => None,
        }
    }

    fn place(&self, last: Option<Last>, offset: usize) -> CursorPlace {
        let at = offset as u32;
        if let Some(last) = last {
            let token = last.token;
            if token.kind == Tok::Str && token.quotes == (1, 0) {
                return self.literal(token.start + 1, offset, last.before == State::Due);
            }
            // Behind a closed literal, a number and the like nothing is named until something else is typed.
            if token.end == offset && token.kind == Tok::Ident {
                let end = word_end(self.text, offset);
                let word = Span::new(token.start as u32, end as u32);
                return match (last.before, self.value) {
                    (State::Dot { safe }, Some(start)) => CursorPlace::Property {
                        name: word,
                        of: Base {
                            span: Span::new(start as u32, last.end as u32),
                            safe,
                        },
                    },
                    (State::Due, _) => self.word(word),
                    _ => CursorPlace::Nothing,
                };
            }
        }
        match (self.state, self.value) {
            (State::Due, _) => self.word(Span::new(at, word_end(self.text, offset) as u32)),
            (State::Dot { safe }, Some(start)) => CursorPlace::Property {
                name: Span::new(at, word_end(self.text, offset) as u32),
                of: self.base(start, safe),
            },
            (State::Question { at: sign }, Some(start)) => CursorPlace::Accessor {
                sign: Span::new(sign as u32, sign as u32 + 1),
                of: self.base(start, true),
            },
            (State::Behind, Some(start)) if last.is_some_and(|last| accessible(last.token.kind)) => {
                CursorPlace::Accessor {
                    sign: Span::at(at),
                    of: self.base(start, false),
                }
            }
            _ => CursorPlace::Nothing,
        }
    }

    fn word(&self, word: Span) -> CursorPlace {
        CursorPlace::Value {
            word,
            called: self.text[word.end as usize..].trim_start().starts_with('('),
            of: self.indexed(),
        }
    }

    fn literal(&self, start: usize, offset: usize, alone: bool) -> CursorPlace {
        let role = match self.frames.last() {
            Some(Frame::Call { .. }) if alone => LiteralRole::Argument,
            Some(Frame::Index { base }) if alone => LiteralRole::Key(*base),
            _ => LiteralRole::Other,
        };
        let close = closing_quote(self.text, offset);
        // Where no quote closes it, what stands at the cursor may be the rest of the name, or what was there before it.
        let end = close.unwrap_or_else(|| match word_end(self.text, offset) {
            end if start < offset && !self.text[end..].trim_start().starts_with('(') => end,
            _ => offset,
        });
        let rest = self.text[close.map_or(end, |close| close + 1)..].trim_start();
        CursorPlace::Literal {
            content: Span::new(start as u32, end as u32),
            closed: close.is_some(),
            ended: rest.starts_with(if matches!(role, LiteralRole::Key(_)) { ']' } else { ')' }),
            role,
        }
    }
}

/// Whether accessors can follow.
fn accessible(kind: Tok) -> bool {
    matches!(kind, Tok::RightParen | Tok::RightBracket)
}

/// The quote that closes the literal in which `offset` stands. One behind which no literal can end opens another: the
/// quote of this one is missing.
fn closing_quote(text: &str, offset: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = offset;
    loop {
        at += memchr_quote(bytes.get(at..)?)?;
        if bytes.get(at + 1) == Some(&b'\'') {
            at += 2;
            continue;
        }
        let behind = text[at + 1..].trim_start();
        return (behind.is_empty() || behind.starts_with([')', ',', ']', '}'])).then_some(at);
    }
}

fn memchr_quote(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\'')
}

/// Where a word ends that goes on at `from`.
fn word_end(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '#')));
    end.map_or(text.len(), |end| from + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of `|` in a text.
    fn at(marked: &str) -> Option<(String, Cursor)> {
        let offset = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        cursor(&text, offset as u32).map(|cursor| (text, cursor))
    }

    /// The place in words.
    fn described(marked: &str) -> String {
        let Some((text, cursor)) = at(marked) else {
            return "text".to_owned();
        };
        let of = |base: Base| format!("{}{}", base.span.slice(&text), if base.safe { "?" } else { "" });
        let place = match cursor.place {
            CursorPlace::Value { word, called, of: base } => {
                let base = base.map(|base| format!(" of {}", of(base))).unwrap_or_default();
                let called = if called { "()" } else { "" };
                format!("value {:?}{called}{base}", word.slice(&text))
            }
            CursorPlace::Literal {
                content,
                closed,
                ended,
                role,
            } => {
                let role = match role {
                    LiteralRole::Argument => "argument".to_owned(),
                    LiteralRole::Key(base) => format!("key of {}", of(base)),
                    LiteralRole::Other => "literal".to_owned(),
                };
                let open = if closed { "" } else { " open" };
                let ended = if ended { " ended" } else { "" };
                format!("{role} {:?}{open}{ended}", content.slice(&text))
            }
            CursorPlace::Property { name, of: base } => format!("property {:?} of {}", name.slice(&text), of(base)),
            CursorPlace::Accessor { sign, of: base } => format!("accessor {:?} of {}", sign.slice(&text), of(base)),
            CursorPlace::Nothing => "nothing".to_owned(),
        };
        let calls = cursor.calls.iter();
        let calls: Vec<String> = calls
            .map(|call| format!("{}#{}", call.name.slice(&text), call.argument))
            .collect();
        format!("{place} [{}]", calls.join(" "))
    }

    #[test]
    fn places_are_found_from_what_stands_before() {
        for (marked, expected) in [
            ("|", "text"),
            ("|@", "text"),
            ("@|", "value \"\" []"),
            ("@|Hello", "value \"Hello\" []"),
            ("@@|", "text"),
            ("@{|", "value \"\" []"),
            ("a|@{b()}", "text"),
            ("a@{b()}|", "text"),
            ("a@@{|b", "text"),
            ("a@{b()}c@{d|}e", "value \"d\" []"),
            ("@con|cat('a')", "value \"concat\"() []"),
            ("@concat(|", "value \"\" [concat#0]"),
            ("@concat('a', |)", "value \"\" [concat#1]"),
            ("@concat('a', va", "value \"va\" [concat#1]"),
            ("@concat('a|", "argument \"a\" open [concat#0]"),
            ("@outputs('|')", "argument \"\" ended [outputs#0]"),
            ("@outputs('A|b')", "argument \"Ab\" ended [outputs#0]"),
            ("@outputs('A|b'", "argument \"Ab\" [outputs#0]"),
            (
                "@concat(outputs('A|b, variables('x'))",
                "argument \"Ab\" open [concat#0 outputs#0]",
            ),
            (
                "@{outputs('A|} and @{variables('x')}",
                "argument \"A\" open [outputs#0]",
            ),
            (
                "@concat(outputs('|outputs('A'))",
                "argument \"\" open [concat#0 outputs#0]",
            ),
            ("@outputs('A|if(true, 1, 2)", "argument \"A\" open [outputs#0]"),
            ("@outputs('it''s| me')", "argument \"it''s me\" ended [outputs#0]"),
            ("@outputs('A')|", "accessor \"\" of outputs('A') []"),
            ("@outputs('A')?|", "accessor \"?\" of outputs('A')? []"),
            ("@outputs('A')?[|", "value \"\" of outputs('A')? []"),
            ("@outputs('A')?['|", "key of outputs('A')? \"\" open []"),
            ("@outputs('A')?['b|c']", "key of outputs('A')? \"bc\" ended []"),
            ("@outputs('A')?['b']['|", "key of outputs('A')?['b'] \"\" open []"),
            ("@outputs('A')?.b|c", "property \"bc\" of outputs('A')? []"),
            ("@outputs('A').|", "property \"\" of outputs('A') []"),
            ("@outputs('A').b.|", "property \"\" of outputs('A').b []"),
            ("@if(equals(outputs('A')?['b'|], 1), 2, 3)", "nothing [if#0 equals#0]"),
            (
                "@if(equals(triggerBody()?['|], 1), 2, 3)",
                "key of triggerBody()? \"\" open ended [if#0 equals#0]",
            ),
            (
                "@add(1, triggerBody()[variables('|",
                "argument \"\" open [add#1 variables#0]",
            ),
            ("@add(1, triggerBody()['a', |", "value \"\" [add#2]"),
            ("@add(1|", "nothing [add#0]"),
            ("@add(1 |", "nothing [add#0]"),
            ("@concat('a' |", "nothing [concat#0]"),
            ("@concat(ä|", "value \"ä\" [concat#0]"),
            ("@nothing(|", "value \"\" [nothing#0]"),
            ("@)|", "nothing []"),
            ("@concat)|", "nothing []"),
            ("@(|", "value \"\" []"),
        ] {
            let marked = if marked.contains('|') {
                marked.to_owned()
            } else {
                format!("{marked}|")
            };
            assert_eq!(described(&marked), expected, "{marked}");
        }
    }

    #[test]
    fn every_place_of_every_text_has_an_answer() {
        let text = "a@{if(equals(x(y,'é''s')?['k/l'].m?.n[0],\"q\"),(,[])}@@{ @{')'}.";
        for start in 0..text.len() {
            for end in start..=text.len() {
                let Some(part) = text.get(start..end) else { continue };
                for offset in 0..=part.len() as u32 + 1 {
                    if let Some(found) = cursor(part, offset) {
                        assert!(found.start <= offset);
                    }
                }
            }
        }
    }
}
