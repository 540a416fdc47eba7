//! Parser of one expression: an explicit stack of open calls and brackets, no recursion, and a way on after every
//! error, so that the calls of a half-typed expression are still seen.

use crate::arena::{Arena, span};
use crate::ast::{Call, ExprId, NodeKind, StrLit};
use crate::error::ErrorCode;
use crate::lexer::{Detail, Lexer, RawError, Tok, Token};

/// Deepest nesting that is read; also the greatest height of a tree.
pub(crate) const MAX_DEPTH: usize = 512;

/// Something open that waits for its end.
#[derive(Clone, Copy)]
enum Frame {
    /// A call; its arguments are on the value stack from `mark`.
    Call {
        id: ExprId,
        mark: usize,
        paren: usize,
        errors_before: u32,
    },
    Index {
        base: ExprId,
        safe: bool,
        bracket: usize,
        mark: usize,
    },
    /// A parenthesis or bracket that the grammar does not know, kept to recover what is inside.
    Foreign { start: usize, mark: usize, close: Tok },
}

enum Step {
    /// A value is complete; accessors may follow when the flag is set.
    Done(ExprId, bool),
    /// Something was opened: a value is due.
    Open,
}

pub(crate) struct Parser<'t, 'a> {
    lexer: Lexer<'t>,
    peeked: Option<Token>,
    /// End of the last token taken.
    last_end: usize,
    arena: &'a mut Arena,
    frames: Vec<Frame>,
    values: Vec<ExprId>,
    /// How many open frames close with a parenthesis, and how many with a bracket.
    open_parens: u32,
    open_brackets: u32,
}

/// Parses `text[start..end]`. Gives the root (none for blank text) and the first error.
pub(crate) fn parse_expression(
    text: &str,
    start: usize,
    end: usize,
    earlier: Option<RawError>,
    arena: &mut Arena,
) -> (Option<ExprId>, Option<RawError>) {
    let mut parser = Parser {
        lexer: Lexer::new(text, start, end, earlier),
        peeked: None,
        last_end: start,
        arena,
        frames: Vec::new(),
        values: Vec::new(),
        open_parens: 0,
        open_brackets: 0,
    };
    let root = parser.expression();
    (root, parser.lexer.first_error)
}

impl Parser<'_, '_> {
    fn peek(&mut self) -> Token {
        match self.peeked {
            Some(token) => token,
            None => {
                let token = self.lexer.next();
                self.peeked = Some(token);
                token
            }
        }
    }

    fn bump(&mut self) {
        if let Some(token) = self.peeked.take() {
            self.last_end = token.end;
        }
    }

    fn unexpected(&mut self, token: Token, detail: Detail) {
        self.lexer
            .fail(ErrorCode::UnexpectedToken, token.start, token.end, detail);
    }

    /// Gives up on the rest of the expression: the next token is the end.
    fn too_deep(&mut self, at: usize, end: usize) {
        self.lexer.fail(ErrorCode::TooDeep, at, end, Detail::Depth);
        self.lexer.pos = self.lexer.end;
        self.peeked = None;
    }

    fn expression(&mut self) -> Option<ExprId> {
        let first = self.peek();
        if first.kind == Tok::End {
            self.unexpected(first, Detail::Value(Tok::End));
            return None;
        }
        loop {
            let Step::Done(value, accessible) = self.value() else {
                continue;
            };
            if let Some(last) = self.after(value, accessible) {
                if self.values.is_empty() {
                    return Some(last);
                }
                self.values.push(last);
                return Some(self.gather(0, None, self.last_end));
            }
        }
    }

    /// Reads the beginning of a value.
    fn value(&mut self) -> Step {
        loop {
            let token = self.peek();
            let (start, end) = (token.start, token.end);
            match token.kind {
                Tok::Str => {
                    self.bump();
                    let literal = self.string(token);
                    return Step::Done(self.arena.add(NodeKind::Str(literal), start, end), false);
                }
                Tok::Int | Tok::Float => {
                    self.bump();
                    let text = self.lexer.text[start..end].to_owned();
                    let kind = match token.kind {
                        Tok::Int => NodeKind::Int(text),
                        _ => NodeKind::Float(text),
                    };
                    return Step::Done(self.arena.add(kind, start, end), false);
                }
                Tok::Ident => {
                    self.bump();
                    return self.word(token);
                }
                Tok::LeftParen | Tok::LeftBracket => {
                    self.unexpected(token, Detail::Value(token.kind));
                    self.bump();
                    if !self.may_open(token) {
                        continue;
                    }
                    let close = if token.kind == Tok::LeftParen {
                        self.open_parens += 1;
                        Tok::RightParen
                    } else {
                        self.open_brackets += 1;
                        Tok::RightBracket
                    };
                    let mark = self.values.len();
                    self.frames.push(Frame::Foreign { start, mark, close });
                    return Step::Open;
                }
                Tok::Dot | Tok::Question => {
                    self.unexpected(token, Detail::Value(token.kind));
                    self.bump();
                }
                Tok::RightParen | Tok::RightBracket | Tok::Comma | Tok::End => {
                    self.unexpected(token, Detail::Value(token.kind));
                    let from = self.last_end.min(start);
                    return Step::Done(self.arena.add(NodeKind::Missing, from, start), false);
                }
            }
        }
    }

    fn string(&self, token: Token) -> StrLit {
        let (open, close) = (usize::from(token.quotes.0), usize::from(token.quotes.1));
        let content = span(token.start + open, token.end - close);
        let raw = &self.lexer.text[content.start as usize..content.end as usize];
        let straight = open == 1 && self.lexer.text.as_bytes()[token.start] == b'\'';
        let value = if straight && raw.as_bytes().contains(&b'\'') {
            raw.replace("''", "'")
        } else {
            raw.to_owned()
        };
        StrLit {
            value,
            content,
            closed: close > 0,
            straight,
        }
    }

    /// A keyword, a call, or a bare word.
    fn word(&mut self, token: Token) -> Step {
        let (start, end) = (token.start, token.end);
        let name = &self.lexer.text[start..end];
        let keyword = match name.len() {
            4 if name.eq_ignore_ascii_case("true") => Some(NodeKind::Bool(true)),
            4 if name.eq_ignore_ascii_case("null") => Some(NodeKind::Null),
            5 if name.eq_ignore_ascii_case("false") => Some(NodeKind::Bool(false)),
            _ => None,
        };
        if let Some(kind) = keyword {
            return Step::Done(self.arena.add(kind, start, end), false);
        }
        let next = self.peek();
        if next.kind != Tok::LeftParen {
            self.unexpected(next, Detail::OpenParen(next.kind, start, end));
            let kind = NodeKind::Error { parts: Vec::new() };
            return Step::Done(self.arena.add(kind, start, end), true);
        }
        self.bump();
        let call = Call {
            name: name.to_owned(),
            function: crate::catalogue::lookup(name),
            name_span: span(start, end),
            args_span: span(next.start, next.end),
            args: Vec::new(),
            closed: false,
            recovered: false,
        };
        let id = self.arena.add(NodeKind::Call(call), start, next.end);
        if !self.may_open(next) {
            return Step::Done(id, false);
        }
        let frame = Frame::Call {
            id,
            mark: self.values.len(),
            paren: next.start,
            errors_before: self.lexer.error_count,
        };
        let token = self.peek();
        if token.kind == Tok::RightParen {
            self.bump();
            return Step::Done(self.close(frame, true, token.end), true);
        }
        self.open_parens += 1;
        self.frames.push(frame);
        Step::Open
    }

    fn may_open(&mut self, token: Token) -> bool {
        if self.frames.len() < MAX_DEPTH {
            return true;
        }
        self.too_deep(token.start, token.end);
        false
    }

    /// Reads what follows a value. Gives the last value at the end of the expression, nothing when another is due.
    fn after(&mut self, mut value: ExprId, mut accessible: bool) -> Option<ExprId> {
        loop {
            let token = self.peek();
            if accessible {
                match token.kind {
                    Tok::Dot => {
                        self.bump();
                        value = self.property(value, false)?;
                        continue;
                    }
                    Tok::Question => {
                        self.bump();
                        let next = self.peek();
                        match next.kind {
                            Tok::Dot => {
                                self.bump();
                                value = self.property(value, true)?;
                                continue;
                            }
                            Tok::LeftBracket => {
                                self.open_index(value, true, next);
                                return None;
                            }
                            _ => {
                                self.unexpected(next, Detail::Accessor(next.kind));
                                value = self.dot(value, true, None)?;
                                continue;
                            }
                        }
                    }
                    Tok::LeftBracket => {
                        self.open_index(value, false, token);
                        return None;
                    }
                    _ => {}
                }
            }
            match self.frames.last().copied() {
                None => {
                    if token.kind == Tok::End {
                        return Some(value);
                    }
                    self.unexpected(token, Detail::End(token.kind));
                    if starts_value(token.kind) {
                        self.values.push(value);
                        return None;
                    }
                    self.bump();
                }
                Some(frame) => {
                    let (close, open) = match frame {
                        Frame::Call { paren, .. } => (Tok::RightParen, paren),
                        Frame::Index { bracket, .. } => (Tok::RightBracket, bracket),
                        Frame::Foreign { close, start, .. } => (close, start),
                    };
                    if token.kind == close {
                        self.bump();
                        value = self.finish(value, true, token.end);
                        accessible = true;
                        continue;
                    }
                    let list = !matches!(frame, Frame::Index { .. });
                    if token.kind == Tok::Comma && list {
                        self.bump();
                        self.values.push(value);
                        return None;
                    }
                    let detail = match close {
                        Tok::RightParen => Detail::CloseParen(token.kind, open),
                        _ => Detail::CloseBracket(token.kind, open),
                    };
                    self.unexpected(token, detail);
                    // Someone further out may be waiting for this token: then this frame ends here.
                    let waited_for = match token.kind {
                        Tok::End => true,
                        Tok::RightParen | Tok::Comma => self.open_parens > 0,
                        Tok::RightBracket => self.open_brackets > 0,
                        _ => false,
                    };
                    if waited_for {
                        value = self.finish(value, false, token.start);
                        accessible = true;
                    } else if starts_value(token.kind) {
                        self.values.push(value);
                        return None;
                    } else {
                        self.bump();
                    }
                }
            }
        }
    }

    fn open_index(&mut self, base: ExprId, safe: bool, bracket: Token) {
        self.bump();
        if !self.may_open(bracket) {
            // The text has been cut: the loop in `expression` meets the end, and the base stays a value.
            self.values.push(base);
            return;
        }
        self.open_brackets += 1;
        let mark = self.values.len();
        self.frames.push(Frame::Index {
            base,
            safe,
            bracket: bracket.start,
            mark,
        });
    }

    /// The name after a dot. `?.[` and `.[` are read as a bracket; then a value is due and nothing is given.
    fn property(&mut self, base: ExprId, safe: bool) -> Option<ExprId> {
        let token = self.peek();
        match token.kind {
            Tok::Ident => {
                self.bump();
                return self.dot(base, safe, Some(token));
            }
            Tok::LeftBracket => {
                self.unexpected(token, Detail::Property(token.kind));
                self.open_index(base, safe, token);
                return None;
            }
            _ => self.unexpected(token, Detail::Property(token.kind)),
        }
        if matches!(token.kind, Tok::Str | Tok::Int | Tok::Float | Tok::Dot) {
            self.bump();
        }
        self.dot(base, safe, None)
    }

    fn dot(&mut self, base: ExprId, safe: bool, name: Option<Token>) -> Option<ExprId> {
        let (start, end) = name.map_or((self.last_end, self.last_end), |t| (t.start, t.end));
        if self.arena.height(base) >= MAX_DEPTH {
            self.too_deep(start, end);
            return Some(base);
        }
        let kind = NodeKind::Dot {
            base,
            name: self.lexer.text[start..end].to_owned(),
            name_span: span(start, end),
            safe,
        };
        let id = self.arena.add(kind, self.arena.start(base), end);
        self.arena.adopt(id, base);
        Some(id)
    }

    /// Ends the innermost frame with `value` as its last part.
    fn finish(&mut self, value: ExprId, closed: bool, end: usize) -> ExprId {
        self.values.push(value);
        match self.frames.pop() {
            None => value,
            Some(frame) => {
                match frame {
                    Frame::Call { .. }
                    | Frame::Foreign {
                        close: Tok::RightParen, ..
                    } => self.open_parens -= 1,
                    _ => self.open_brackets -= 1,
                }
                self.close(frame, closed, end)
            }
        }
    }

    fn close(&mut self, frame: Frame, closed: bool, end: usize) -> ExprId {
        match frame {
            Frame::Call {
                id,
                mark,
                paren,
                errors_before,
            } => {
                let args: Vec<ExprId> = self.values.drain(mark..).collect();
                for arg in &args {
                    self.arena.adopt(id, *arg);
                }
                self.limit(id, end);
                let damaged = !closed || self.lexer.error_count != errors_before;
                let node = &mut self.arena.nodes[id.index()];
                node.span.end = end as u32;
                if let NodeKind::Call(call) = &mut node.kind {
                    call.args = args;
                    call.args_span = span(paren, end);
                    call.closed = closed;
                    call.recovered = damaged;
                }
                id
            }
            Frame::Index {
                base,
                safe,
                bracket,
                mark,
            } => {
                let index = match self.values.len() - mark {
                    1 => self.values.remove(mark),
                    _ => self.gather(mark, None, end),
                };
                let kind = NodeKind::Index {
                    base,
                    index,
                    safe,
                    closed,
                    brackets: span(bracket, end),
                };
                let id = self.arena.add(kind, self.arena.start(base), end);
                self.arena.adopt(id, base);
                self.arena.adopt(id, index);
                self.limit(id, end);
                id
            }
            Frame::Foreign { start, mark, .. } => self.gather(mark, Some(start), end),
        }
    }

    fn limit(&mut self, id: ExprId, end: usize) {
        if self.arena.height(id) > MAX_DEPTH {
            self.too_deep(self.arena.start(id), end);
        }
    }

    /// Makes one error node of the values from `mark` on.
    fn gather(&mut self, mark: usize, start: Option<usize>, end: usize) -> ExprId {
        let parts: Vec<ExprId> = self.values.drain(mark..).collect();
        let from = start.unwrap_or_else(|| parts.first().map_or(end, |id| self.arena.start(*id)));
        let to = parts.last().map_or(end, |id| self.arena.end(*id).max(end));
        let id = self.arena.add(NodeKind::Error { parts: Vec::new() }, from, to);
        for part in &parts {
            self.arena.adopt(id, *part);
        }
        self.arena.nodes[id.index()].kind = NodeKind::Error { parts };
        id
    }
}

fn starts_value(kind: Tok) -> bool {
    matches!(
        kind,
        Tok::Str | Tok::Int | Tok::Float | Tok::Ident | Tok::LeftParen | Tok::LeftBracket
    )
}
