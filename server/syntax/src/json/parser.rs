//! Tokens to nodes and errors, in one pass, without recursion.
//!
//! What was typed is kept wherever it can be: a missing comma, colon or value is noted and the members behind it are
//! read as if nothing were missing. Every decision depends on the open brackets and on the text from here to, at most,
//! the next token or the end of the line. `splice` relies on that: a container parsed again alone, with the same
//! brackets open around it, gives the same nodes.
//!
//! Where brackets do not match, the text is parsed once more, and closing brackets that begin a line are matched by
//! their indentation: that tells which action lacks its bracket, and keeps the ones behind it in their place. Such
//! trees are not spliced.

mod build;
mod layout;

use super::error::{JsonError, JsonErrorKind};
use super::keys::Keys;
use super::scan;
use super::tape::{CLOSED, ESCAPED, HAS_VALUE, KEY, Kind, MAX_DEPTH, MAX_ERRORS, Node, Tree};
use crate::span::{Span, offset_of};

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
    /// Indentation of the line it was opened on; only where `layout` counts.
    indent: usize,
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
    /// How many brackets do not match.
    unmatched: usize,
    /// Whether indentation tells which brackets match, the indentation of this line in bytes, and whether the token at
    /// hand is its first.
    layout: bool,
    indent: usize,
    begins_line: bool,
    /// Whether the first token of this line is a closing bracket.
    line_closes: bool,
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
    let plain = parse_all(text, false);
    let parser = if plain.unmatched == 0 {
        plain
    } else {
        let layout = parse_all(text, true);
        // A file may be laid out in a way that tells nothing.
        if layout.unmatched <= plain.unmatched {
            layout
        } else {
            plain
        }
    };
    let fragile = parser.unmatched > 0 || parser.has_too_many_errors();
    let (mut nodes, mut errors) = (parser.nodes, parser.errors);
    errors.sort_by_key(|error| error.span.start);
    nodes.shrink_to_fit();
    Tree {
        nodes,
        errors,
        text_len: offset_of(text.len()),
        fragile,
    }
}

fn parse_all(text: &str, layout: bool) -> Parser<'_> {
    let mut parser = Parser::new(text);
    parser.layout = layout;
    // Exported flows have a node for every 15 to 30 bytes.
    parser.nodes.reserve(text.len() / 14 + 1);
    parser.run();
    parser.finish();
    parser
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
        indent: 0,
    }));
    parser.run();
    let whole = parser.state == State::DocumentEnd && !parser.escaped;
    if !whole || parser.unmatched > 0 || parser.has_too_many_errors() {
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
            unmatched: 0,
            layout: false,
            indent: 0,
            begins_line: true,
            line_closes: false,
        }
    }

    fn has_too_many_errors(&self) -> bool {
        self.syntax_errors > MAX_ERRORS || self.duplicates > MAX_ERRORS
    }

    fn run(&mut self) {
        loop {
            self.at = scan::skip_space(self.bytes, self.at);
            if self.layout {
                self.note_line();
            }
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
        if self.layout && self.begins_line {
            self.outdent(start);
        }
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
            self.at = scan::skip_container(self.bytes, start);
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
            indent: self.indent,
        });
        self.state = if object { State::FirstName } else { State::FirstItem };
    }

    /// `false` where the piece that is parsed ended.
    fn close(&mut self, start: usize, byte: u8) -> bool {
        let object = byte == b'}';
        let Some(implied) = self.implied(object) else {
            self.at = start + 1;
            self.unmatched += 1;
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
        self.unmatched += 1;
        self.stack.push(Frame {
            node: 0,
            object,
            keys: self.keys.len(),
            reopened: true,
            indent: 0,
        });
        self.state = match (object, byte) {
            (true, b',') => State::Member,
            (true, _) => State::Name,
            (false, b',') => State::Items,
            (false, _) => State::Item,
        };
        false
    }
}
