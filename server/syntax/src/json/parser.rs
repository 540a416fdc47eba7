//! Tokens to nodes and errors, in one pass, without recursion.
//!
//! What was typed is kept wherever it can be: a missing comma, colon or value is noted and the members behind it are
//! read as if nothing were missing. Every decision depends on the open brackets and on the text from here to, at most,
//! the next token or the end of the line. `splice` relies on that: a container parsed again alone, with the same
//! brackets open around it, gives the same nodes.

use super::error::{JsonError, JsonErrorKind};
use super::keys::Keys;
use super::scan;
use super::tape::{CLOSED, ESCAPED, HAS_VALUE, KEY, Kind, MAX_DEPTH, MAX_ERRORS, Node, Tree};
use crate::span::{Span, offset_of};

/// How many open brackets a closing one may pass over to find its own: `{"a": [1, 2 }` closes two. Few, because a stray
/// bracket deep inside a file must not close half of it.
const MAX_IMPLIED: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the document's value, and behind it.
    Document,
    DocumentEnd,
    /// Behind `{`; behind a comma; behind a name; behind a colon; behind a member.
    FirstName,
    Name,
    Colon,
    Value,
    Member,
    /// Behind `[`; behind a comma; behind an item.
    FirstItem,
    Item,
    Items,
}

struct Frame {
    node: u32,
    object: bool,
    /// Where this object's names begin in [`Keys`].
    keys: usize,
    /// The root, opened again because text follows its closing bracket.
    reopened: bool,
}

pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    state: State,
    nodes: Vec<Node>,
    errors: Vec<JsonError>,
    syntax_errors: usize,
    duplicates: usize,
    stack: Vec<Frame>,
    /// How many frames at the bottom of the stack lie outside the piece that is parsed.
    floor: usize,
    keys: Keys,
    /// Where the last token ended, where the last comma stood.
    token_end: usize,
    comma: usize,
    /// Set where a piece turned out to depend on what lies around it.
    escaped: bool,
}

/// Nodes and errors of one container, parsed alone.
pub(super) struct Piece {
    pub nodes: Vec<Node>,
    pub errors: Vec<JsonError>,
}

pub(super) fn parse(text: &str) -> Tree {
    if u32::try_from(text.len()).is_err() {
        let error = JsonError {
            span: Span::at(0),
            kind: JsonErrorKind::TooLarge,
            related: None,
        };
        return Tree {
            errors: vec![error],
            fragile: true,
            ..Tree::default()
        };
    }
    let mut parser = Parser::new(text);
    // Exported flows have a node for every 20 to 30 bytes.
    parser.nodes.reserve(text.len() / 24 + 1);
    parser.run();
    parser.finish();
    let fragile = parser.syntax_errors > MAX_ERRORS || parser.duplicates > MAX_ERRORS;
    let mut errors = parser.errors;
    errors.sort_by_key(|error| error.span.start);
    parser.nodes.shrink_to_fit();
    Tree {
        nodes: parser.nodes,
        errors,
        text_len: offset_of(text.len()),
        fragile,
    }
}

/// Parses the container that begins at `start`, inside containers of the kinds `around` (whether each is an object,
/// outermost first). `None` where its end is not its own closing bracket, or where there are too many errors.
pub(super) fn parse_piece(text: &str, start: u32, around: &[bool]) -> Option<Piece> {
    let mut parser = Parser::new(text);
    parser.at = start as usize;
    parser.floor = around.len();
    parser.stack.extend(around.iter().map(|object| Frame {
        node: 0,
        object: *object,
        keys: 0,
        reopened: false,
    }));
    parser.run();
    let whole = parser.state == State::DocumentEnd && !parser.escaped;
    let few = parser.syntax_errors <= MAX_ERRORS && parser.duplicates <= MAX_ERRORS;
    if !whole || !few {
        return None;
    }
    let mut errors = parser.errors;
    errors.sort_by_key(|error| error.span.start);
    Some(Piece {
        nodes: parser.nodes,
        errors,
    })
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            text,
            at: 0,
            state: State::Document,
            nodes: Vec::new(),
            errors: Vec::new(),
            syntax_errors: 0,
            duplicates: 0,
            stack: Vec::new(),
            floor: 0,
            keys: Keys::default(),
            token_end: 0,
            comma: 0,
            escaped: false,
        }
    }

    fn run(&mut self) {
        loop {
            self.at = scan::skip_space(self.bytes, self.at);
            let Some(&byte) = self.bytes.get(self.at) else { return };
            if self.state == State::DocumentEnd && (self.floor > 0 || self.behind_document(byte)) {
                return;
            }
            let start = self.at;
            match byte {
                b'"' | b'\'' => self.string(start, byte),
                b':' => self.colon(start),
                b',' => self.comma(start),
                b'{' | b'[' => self.open(start, byte == b'{'),
                b'}' | b']' => {
                    if !self.close(start, byte) {
                        return;
                    }
                }
                _ => self.word(start),
            }
            self.token_end = self.at;
        }
    }

    // Tokens

    fn string(&mut self, start: usize, quote: u8) {
        let found = scan::string(self.bytes, start, quote);
        self.at = found.end;
        let mut meta = Kind::String as u32;
        if found.closed {
            meta |= CLOSED;
        }
        if found.escaped {
            meta |= ESCAPED;
        }
        let key = match self.state {
            State::Name | State::FirstName => true,
            State::Member => {
                self.error(JsonErrorKind::MissingMemberComma, self.token_end, self.token_end);
                true
            }
            _ => {
                self.before_value();
                false
            }
        };
        if !found.closed || found.suspicious || quote == b'\'' {
            self.string_errors(start, found, quote);
        }
        let node = self.push(start, meta | if key { KEY } else { 0 });
        if key {
            self.keys.push(self.text, node, self.nodes[node as usize]);
            self.state = State::Colon;
        } else {
            self.state = self.behind_value();
        }
    }

    fn string_errors(&mut self, start: usize, found: scan::StringScan, quote: u8) {
        if quote == b'\'' {
            self.error(JsonErrorKind::SingleQuotes, start, found.end);
        }
        if !found.closed {
            self.error(JsonErrorKind::UnterminatedString, start, found.end);
        }
        let mut at = start + 1;
        while found.suspicious && at < found.end {
            match self.bytes.get(at) {
                Some(b'\\') => match scan::escape_len(self.bytes, at) {
                    Some(length) => at += length,
                    None => {
                        let length = scan::invalid_escape_len(self.bytes, at);
                        self.error(JsonErrorKind::InvalidEscape, at, at + length);
                        at += length;
                    }
                },
                Some(0..=0x1F) => {
                    self.error(JsonErrorKind::ControlCharacter, at, at + 1);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    fn colon(&mut self, start: usize) {
        self.at = start + 1;
        match self.state {
            State::Colon => self.state = State::Value,
            State::FirstName | State::Name => {
                self.error(JsonErrorKind::ExpectedName, start, start + 1);
                self.nameless(start);
                self.state = State::Value;
            }
            State::Member => {
                if self.value_was_a_name() {
                    self.state = State::Value;
                } else {
                    self.error(JsonErrorKind::StrayColon, start, start + 1);
                }
            }
            State::Items => {
                self.error(JsonErrorKind::StrayColon, start, start + 1);
                // An item may follow, without a comma to blame.
                self.state = State::FirstItem;
            }
            _ => self.error(JsonErrorKind::StrayColon, start, start + 1),
        }
    }

    /// `"a": "b": 1`: only the colon shows that `"b"` names the next member and `"a"` lost its value.
    fn value_was_a_name(&mut self) -> bool {
        let last = self.nodes.len().saturating_sub(1);
        let Some([key, value]) = self.nodes.last_chunk_mut::<2>() else {
            return false;
        };
        // The last token must be that string itself, not the bracket of a list that ends in one.
        if value.kind() != Kind::String || value.is(KEY) || value.end as usize != self.token_end {
            return false;
        }
        key.meta &= !HAS_VALUE;
        value.meta |= KEY;
        let (key, value) = (*key, *value);
        let known = self
            .errors
            .last()
            .is_some_and(|e| e.kind == JsonErrorKind::MissingColon && e.span == key.span());
        if !known {
            self.error(JsonErrorKind::MissingValue, key.start as usize, key.end as usize);
        }
        self.keys.push(self.text, offset_of(last), value);
        true
    }

    fn comma(&mut self, start: usize) {
        self.at = start + 1;
        self.comma = start;
        match self.state {
            State::Member => self.state = State::Name,
            State::Items => self.state = State::Item,
            State::Colon | State::Value => {
                self.incomplete_member();
                self.state = State::Name;
            }
            State::FirstName | State::Name => {
                self.error(JsonErrorKind::StrayComma, start, start + 1);
                self.state = State::Name;
            }
            State::FirstItem | State::Item => {
                self.error(JsonErrorKind::StrayComma, start, start + 1);
                self.state = State::Item;
            }
            State::Document | State::DocumentEnd => self.error(JsonErrorKind::StrayComma, start, start + 1),
        }
    }

    fn open(&mut self, start: usize, object: bool) {
        match self.state {
            State::Member => {
                self.error(JsonErrorKind::MissingMemberComma, self.token_end, self.token_end);
                self.error(JsonErrorKind::ExpectedName, start, start + 1);
                self.nameless(start);
            }
            State::FirstName | State::Name => {
                self.error(JsonErrorKind::ExpectedName, start, start + 1);
                self.nameless(start);
            }
            _ => {}
        }
        self.before_value();
        if self.stack.len() >= MAX_DEPTH {
            self.error(JsonErrorKind::TooDeep, start, start + 1);
            self.at = skip_container(self.bytes, start);
            self.push(start, Kind::Error as u32);
            self.state = self.behind_value();
            return;
        }
        self.at = start + 1;
        let kind = if object { Kind::Object } else { Kind::Array };
        let node = self.push(start, kind as u32);
        self.stack.push(Frame {
            node,
            object,
            keys: self.keys.len(),
            reopened: false,
        });
        self.state = if object { State::FirstName } else { State::FirstItem };
    }

    /// `false` where the piece that is parsed ended.
    fn close(&mut self, start: usize, byte: u8) -> bool {
        let object = byte == b'}';
        let found = self
            .stack
            .iter()
            .rev()
            .take(MAX_IMPLIED + 1)
            .position(|frame| frame.object == object);
        let Some(implied) = found else {
            self.at = start + 1;
            self.error(
                JsonErrorKind::StrayCloser {
                    close: char::from(byte),
                },
                start,
                start + 1,
            );
            return true;
        };
        if self.stack.len() - implied <= self.floor {
            // It closes something around the piece.
            self.escaped = true;
            return false;
        }
        for _ in 0..implied {
            self.leave(start, start, false);
        }
        self.at = start + 1;
        self.leave(start, start + 1, true);
        self.floor == 0 || self.stack.len() > self.floor
    }

    fn word(&mut self, start: usize) {
        if self.is_comment(start) {
            self.at = scan::comment_end(self.bytes, start);
            self.error(JsonErrorKind::Comment, start, self.at);
            // As if it were white space: what is missing before it is reported there.
            return;
        }
        self.at = scan::word_end(self.bytes, start);
        let word = &self.bytes[start..self.at];
        if matches!(self.state, State::FirstName | State::Name | State::Member) {
            self.bare_name(start);
            return;
        }
        self.before_value();
        let kind = match word {
            b"true" => Kind::True,
            b"false" => Kind::False,
            b"null" => Kind::Null,
            _ if scan::is_number(word) => Kind::Number,
            [b'-' | b'+' | b'.' | b'0'..=b'9', ..] => {
                self.error(JsonErrorKind::InvalidNumber, start, self.at);
                Kind::Error
            }
            _ => {
                self.error(JsonErrorKind::UnexpectedText, start, self.at);
                Kind::Error
            }
        };
        self.push(start, kind as u32);
        self.state = self.behind_value();
    }

    fn is_comment(&self, at: usize) -> bool {
        self.bytes[at..].starts_with(b"//") || self.bytes[at..].starts_with(b"/*")
    }

    /// A word where a name is due: a name without quotes if a colon follows, and half a name where it begins a member.
    fn bare_name(&mut self, start: usize) {
        let named = self.bytes.get(scan::skip_space(self.bytes, self.at)) == Some(&b':');
        if self.state == State::Member {
            if !named {
                self.error(JsonErrorKind::UnexpectedText, start, self.at);
                return;
            }
            self.error(JsonErrorKind::MissingMemberComma, self.token_end, self.token_end);
        }
        self.error(JsonErrorKind::UnquotedName, start, self.at);
        self.push(start, Kind::Error as u32 | KEY);
        self.state = if named { State::Colon } else { State::Member };
    }

    /// What to do with a token behind the document's value; `true` to stop there.
    fn behind_document(&mut self, byte: u8) -> bool {
        if self.is_comment(self.at) || matches!(byte, b'}' | b']') {
            return false;
        }
        let end = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        self.error(JsonErrorKind::TrailingContent, self.at, self.at + end);
        let Some(root) = self.nodes.first_mut().filter(|root| root.is_container()) else {
            return true;
        };
        if !matches!(byte, b',' | b'"') {
            return true;
        }
        // Members behind the last bracket: some bracket before was one too many. Keep the members.
        root.meta &= !CLOSED;
        let object = root.kind() == Kind::Object;
        self.stack.push(Frame {
            node: 0,
            object,
            keys: self.keys.len(),
            reopened: true,
        });
        self.state = match (object, byte) {
            (true, b',') => State::Member,
            (true, _) => State::Name,
            (false, b',') => State::Items,
            (false, _) => State::Item,
        };
        false
    }

    // Nodes

    /// Adds a node from `start` to here.
    fn push(&mut self, start: usize, meta: u32) -> u32 {
        let index = offset_of(self.nodes.len());
        self.nodes.push(Node {
            start: offset_of(start),
            end: offset_of(self.at),
            size: 1,
            meta,
        });
        index
    }

    /// The name of a member that has none.
    fn nameless(&mut self, start: usize) {
        let start = offset_of(start);
        self.nodes.push(Node {
            start,
            end: start,
            size: 1,
            meta: Kind::Error as u32 | KEY,
        });
        self.state = State::Value;
    }

    /// Notes what is missing before a value, and tells the name before it that it has one.
    fn before_value(&mut self) {
        match self.state {
            State::Value => {}
            State::Colon => self.incomplete_member(),
            State::Items => {
                self.error(JsonErrorKind::MissingItemComma, self.token_end, self.token_end);
                return;
            }
            _ => return,
        }
        if let Some(key) = self.nodes.last_mut() {
            key.meta |= HAS_VALUE;
        }
    }

    fn behind_value(&self) -> State {
        match self.stack.get(self.floor..).and_then(<[Frame]>::last) {
            None => State::DocumentEnd,
            Some(frame) if frame.object => State::Member,
            Some(_) => State::Items,
        }
    }

    /// The last node is a name without colon or without value.
    fn incomplete_member(&mut self) {
        let kind = if self.state == State::Colon {
            JsonErrorKind::MissingColon
        } else {
            JsonErrorKind::MissingValue
        };
        if let Some(key) = self.nodes.last().copied() {
            // A name that is itself missing was reported already.
            if !key.span().is_empty() || kind == JsonErrorKind::MissingValue {
                self.error(kind, key.start as usize, key.end as usize);
            }
        }
    }

    /// Closes the innermost container at `end`; `at` is where that was noticed.
    fn leave(&mut self, at: usize, end: usize, closed: bool) {
        match self.state {
            State::Colon | State::Value => self.incomplete_member(),
            State::Name | State::Item if closed => {
                self.error(JsonErrorKind::TrailingComma, self.comma, self.comma + 1);
            }
            _ => {}
        }
        let Some(frame) = self.stack.pop() else { return };
        let behind = offset_of(self.nodes.len());
        let Some(node) = self.nodes.get_mut(frame.node as usize) else {
            return;
        };
        node.end = offset_of(end);
        node.size = behind - frame.node;
        if closed {
            node.meta |= CLOSED;
        }
        let start = node.start as usize;
        if frame.object {
            self.duplicate_keys(frame.keys);
        }
        if !closed && !frame.reopened {
            let open = if frame.object { '{' } else { '[' };
            let related = (at < self.bytes.len()).then(|| Span::new(offset_of(at), offset_of(at + 1)));
            self.error_related(JsonErrorKind::Unclosed { open }, start, start + 1, related);
        }
        self.state = self.behind_value();
    }

    fn duplicate_keys(&mut self, from: usize) {
        for (first, again) in self.keys.take_duplicates(self.text, &self.nodes, from) {
            self.duplicates += 1;
            if self.duplicates <= MAX_ERRORS {
                let kind = JsonErrorKind::DuplicateKey { first };
                self.errors.push(JsonError {
                    span: again,
                    kind,
                    related: Some(first),
                });
            }
        }
    }

    /// At the end of the text.
    fn finish(&mut self) {
        let end = self.bytes.len();
        if self.state == State::Document {
            self.error(JsonErrorKind::Empty, end, end);
        }
        while !self.stack.is_empty() {
            self.leave(end, end, false);
        }
    }

    // Errors

    fn error(&mut self, kind: JsonErrorKind, start: usize, end: usize) {
        self.error_related(kind, start, end, None);
    }

    fn error_related(&mut self, kind: JsonErrorKind, start: usize, end: usize, related: Option<Span>) {
        self.syntax_errors += 1;
        if self.syntax_errors <= MAX_ERRORS {
            self.errors.push(JsonError {
                span: Span::new(offset_of(start), offset_of(end)),
                kind,
                related,
            });
        }
    }
}

/// The end of the container that begins at `start`, found by counting brackets only.
fn skip_container(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            b'"' => at = scan::string(bytes, at - 1, b'"').end,
            _ => {}
        }
    }
    at
}
