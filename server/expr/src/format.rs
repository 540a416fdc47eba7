//! The layout of an expression: over several lines for reading, on one line for storing. Both only change the white
//! space between tokens, so they are safe on what is half-typed or wrong.

use crate::ast::{ExprId, NodeKind, Segment, Template, TemplateKind};
use crate::lexer::{Lexer, Tok};
use crate::template::parse;

/// How many characters a line of a formatted expression takes at most, where its strings and names allow it.
pub const LINE_WIDTH: usize = 100;

/// How many levels are indented at most: brackets may be open by the ten thousand, and blanks would grow by their square.
const DEEPEST: usize = 40;

/// A piece of an expression that no layout may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece<'t> {
    text: &'t str,
    kind: Kind,
    /// Whether white space stood before it.
    spaced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Comma,
    /// A dot or a question mark.
    Joint,
    /// A name, a number, a string.
    Word,
    /// Characters of no token, which are kept as they are.
    Odd,
}

fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut lexer = Lexer::new(source, 0, source.len(), None);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut at = 0;
    loop {
        let token = lexer.next();
        let gap = &source[at..token.start];
        let odd = gap.trim();
        if !odd.is_empty() {
            pieces.push(Piece {
                text: odd,
                kind: Kind::Odd,
                spaced: gap.starts_with(char::is_whitespace),
            });
        }
        let kind = match token.kind {
            Tok::End => return pieces,
            Tok::LeftParen | Tok::LeftBracket => Kind::Open,
            Tok::RightParen | Tok::RightBracket => Kind::Close,
            Tok::Comma => Kind::Comma,
            Tok::Dot | Tok::Question => Kind::Joint,
            _ => Kind::Word,
        };
        pieces.push(Piece {
            text: &source[token.start..token.end],
            kind,
            spaced: gap.ends_with(char::is_whitespace),
        });
        at = token.end;
    }
}

/// Whether two neighbours need a blank between them to stay two.
fn apart(before: Piece<'_>, piece: Piece<'_>) -> bool {
    use Kind::{Close, Comma, Odd, Open, Word};
    match (before.kind, piece.kind) {
        (Open | Comma, Odd) | (Odd, Close | Comma) => false,
        // What is no token may become part of one, or of another such.
        (Odd, _) | (_, Odd) => piece.spaced,
        // A word after a bracket is wrong, and stays readable.
        (Word | Close, Word) => piece.spaced,
        // `1 .5` and `1.5` are not the same.
        (Word, Kind::Joint) | (Kind::Joint, Word) => {
            let digit = |text: &str| text.contains(|c: char| c.is_ascii_digit());
            piece.spaced && (digit(before.text) || digit(piece.text))
        }
        _ => false,
    }
}

/// The expression on one line, without white space but for `comma` (`,` or `, `) and where two tokens need it. Line ends
/// inside strings stay.
pub fn minify(source: &str, comma: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut before: Option<Piece<'_>> = None;
    for piece in pieces(source) {
        if before.is_some_and(|before| apart(before, piece)) {
            out.push(' ');
        }
        match piece.kind {
            Kind::Comma => out.push_str(comma),
            _ => out.push_str(piece.text),
        }
        before = Some(piece);
    }
    if before.is_some_and(|last| last.kind == Kind::Comma) {
        out.truncate(out.trim_end().len());
    }
    out
}

/// A whole string of a flow with its expressions over as many lines as keep them within `width` characters. Text around
/// `@{…}` stays as it is, so the string means what it meant.
pub fn format_template(text: &str, width: usize) -> String {
    // The sign before an expression takes a column.
    relaid(text, |source| format(source, width.saturating_sub(1)))
}

/// A whole string of a flow with its expressions on one line, as [`minify`] writes them. Text around `@{…}` stays as it is.
pub fn minify_template(text: &str, comma: &str) -> String {
    relaid(text, |source| minify(source, comma))
}

/// A string with another layout of its expressions; as it was where that would be another string.
fn relaid(text: &str, layout: impl Fn(&str) -> String) -> String {
    let template = parse(text);
    let new = match &template.kind {
        TemplateKind::Literal(_) => return text.to_owned(),
        TemplateKind::Expression(_) => format!("@{}", layout(text.get(1..).unwrap_or_default())),
        TemplateKind::Interpolation(segments) => {
            let mut new = String::with_capacity(text.len());
            let mut at = 0;
            for segment in segments {
                if let Segment::Expression { inner, .. } = segment {
                    new.push_str(&text[at..inner.start as usize]);
                    new.push_str(&layout(inner.slice(text)));
                    at = inner.end as usize;
                }
            }
            new + &text[at..]
        }
    };
    // White space can be what keeps a broken string from being another one, as in `@ {x}`.
    if same_tree(&template, &parse(&new)) {
        new
    } else {
        text.to_owned()
    }
}

/// Whether two strings mean the same: the same texts and expressions, wherever they stand in the string, with the same
/// errors.
pub fn same_tree(one: &Template, other: &Template) -> bool {
    let codes = |template: &Template| -> Vec<_> { template.errors().iter().map(|error| error.code).collect() };
    let kinds = match (&one.kind, &other.kind) {
        (TemplateKind::Literal(a), TemplateKind::Literal(b)) => a == b,
        (TemplateKind::Expression(a), TemplateKind::Expression(b)) => a == b,
        (TemplateKind::Interpolation(a), TemplateKind::Interpolation(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|pair| match pair {
                    (Segment::Text { text: a, .. }, Segment::Text { text: b, .. }) => a == b,
                    (Segment::Expression { expr: a, .. }, Segment::Expression { expr: b, .. }) => a == b,
                    _ => false,
                })
        }
        _ => false,
    };
    // Nodes are numbered as they are read, so equal trees have equal numbers.
    kinds
        && codes(one) == codes(other)
        && one.nodes.len() == other.nodes.len()
        && one.roots == other.roots
        && one.nodes().zip(other.nodes()).all(|((id, a), (_, b))| {
            let children = |template: &Template, id: ExprId| template.children(id).collect::<Vec<_>>();
            children(one, id) == children(other, id) && same_kind(&a.kind, &b.kind)
        })
}

/// Whether two nodes are the same but for their places and children.
fn same_kind(one: &NodeKind, other: &NodeKind) -> bool {
    match (one, other) {
        (NodeKind::Int(a), NodeKind::Int(b)) | (NodeKind::Float(a), NodeKind::Float(b)) => a == b,
        (NodeKind::Bool(a), NodeKind::Bool(b)) => a == b,
        (NodeKind::Str(a), NodeKind::Str(b)) => (&a.value, a.closed, a.straight) == (&b.value, b.closed, b.straight),
        (NodeKind::Call(a), NodeKind::Call(b)) => (&a.name, a.closed) == (&b.name, b.closed),
        (NodeKind::Dot { name: a, safe: x, .. }, NodeKind::Dot { name: b, safe: y, .. }) => (a, x) == (b, y),
        (NodeKind::Index { safe: a, closed: x, .. }, NodeKind::Index { safe: b, closed: y, .. }) => (a, x) == (b, y),
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// How an expression writes its commas, for [`minify`]: without a blank only where it does so throughout.
pub fn comma_style(source: &str) -> &'static str {
    let pieces = pieces(source);
    let mut pairs = pieces
        .windows(2)
        .filter(|pair| pair[0].kind == Kind::Comma)
        .map(|pair| pair[1].spaced)
        .peekable();
    if pairs.peek().is_some() && pairs.all(|spaced| !spaced) {
        ","
    } else {
        ", "
    }
}

/// The expression over as many lines as it takes to keep them within `width` characters: a call that does not fit has
/// each argument on a line of its own, two blanks further in.
pub fn format(source: &str, width: usize) -> String {
    let pieces = pieces(source);
    let lengths = lengths(&pieces);
    let mut out = String::with_capacity(source.len() * 2);
    // Of each open bracket: whether what is in it is broken into lines.
    let mut open: Vec<bool> = Vec::new();
    let mut depth = 0;
    let mut column = 0;
    let mut before: Option<Piece<'_>> = None;
    for (at, piece) in pieces.iter().enumerate() {
        let line = |out: &mut String, depth: usize| {
            let indent = depth.min(DEEPEST) * 2;
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            indent
        };
        if piece.kind == Kind::Close {
            if open.pop() == Some(true) {
                depth -= 1;
                column = line(&mut out, depth);
            }
        } else if open.last() == Some(&true) && before.is_some_and(|b| matches!(b.kind, Kind::Open | Kind::Comma)) {
            column = line(&mut out, depth);
        } else if before.is_some_and(|before| before.kind == Kind::Comma || apart(before, *piece)) {
            out.push(' ');
            column += 1;
        }
        if piece.kind == Kind::Open {
            // Only parentheses are broken: an accessor on lines of its own reads like something else.
            let broken = piece.text == "(" && column + lengths[at] > width && !closes_next(&pieces, at);
            depth += usize::from(broken);
            open.push(broken);
        }
        out.push_str(piece.text);
        column = match piece.text.rfind('\n') {
            Some(end) => piece.text[end + 1..].chars().count(),
            None => column + piece.text.chars().count(),
        };
        before = Some(*piece);
    }
    out
}

fn closes_next(pieces: &[Piece<'_>], at: usize) -> bool {
    pieces.get(at + 1).is_none_or(|next| next.kind == Kind::Close)
}

/// For each opening bracket the characters from it to its closing one, and a comma behind that, all on one line. 0 for
/// other pieces.
fn lengths(pieces: &[Piece<'_>]) -> Vec<usize> {
    let mut lengths = vec![0; pieces.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut total = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if piece.kind == Kind::Open {
            open.push((at, total));
        }
        total += piece.text.chars().count() + usize::from(piece.kind == Kind::Comma);
        if piece.kind == Kind::Close
            && let Some((start, before)) = open.pop()
        {
            let comma = pieces.get(at + 1).is_some_and(|next| next.kind == Kind::Comma);
            lengths[start] = total - before + usize::from(comma);
        }
    }
    for (start, before) in open {
        lengths[start] = total - before;
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_on_its_line() {
        assert_eq!(format("concat( 'a' ,'b')", 40), "concat('a', 'b')");
        assert_eq!(
            format(
                "if(equals(variables('status'),'done'),concat('a','b',outputs('Compose')?['body']?['value']),null)",
                40
            ),
            "if(\n  equals(variables('status'), 'done'),\n  concat(\n    'a',\n    'b',\n    outputs('Compose')?['body']?['value']\n  ),\n  null\n)"
        );
        assert_eq!(format("utcNow()", 1), "utcNow()");
        assert_eq!(format("", 10), "");
        assert!(format(&"f(".repeat(100_000), 10).len() < 10_000_000);
    }

    #[test]
    fn layout_keeps_what_is_wrong() {
        for source in [
            "concat('a",
            "concat('a',, )x",
            "a b",
            "f(x) b",
            "concat(@{x}, “y”) }",
            "1 .5",
            "if(a == b && c, 'x', \"y\")",
            "))((",
        ] {
            let broken = format(source, 5);
            assert_eq!(minify(&broken, ", "), minify(source, ", "), "{broken}");
        }
        assert_eq!(minify("a b  c", ", "), "a b c");
        assert_eq!(minify("1 .5", ","), "1 .5");
        assert_eq!(minify("concat(\n  'a\n b',\n  'c'\n)\n", ", "), "concat('a\n b', 'c')");
    }

    #[test]
    fn strings_keep_the_text_around_their_expressions() {
        let text = "Dear  @{ concat( 'a' ,'}b') }, @@{x} you\r\n owe @{outputs('First')?['body']} ";
        assert_eq!(
            format_template(text, 12),
            "Dear  @{concat(\n  'a',\n  '}b'\n)}, @@{x} you\r\n owe @{outputs(\n  'First'\n)?['body']} "
        );
        assert_eq!(
            minify_template(text, ","),
            "Dear  @{concat('a','}b')}, @@{x} you\r\n owe @{outputs('First')?['body']} "
        );
        assert_eq!(format_template("@add( 1,2 )", 100), "@add(1, 2)");
        assert_eq!(format_template("add( 1,2 )", 100), "add( 1,2 )");
        // Without the blank these would be something else.
        for text in ["@ {x}", "@ @x", "@ "] {
            assert_eq!(
                (minify_template(text, ", "), format_template(text, 1)),
                (text.into(), text.into())
            );
        }
    }

    #[test]
    fn commas_are_written_as_before() {
        assert_eq!(comma_style("concat('a','b',item())"), ",");
        assert_eq!(comma_style("concat('a','b', item())"), ", ");
        assert_eq!(comma_style("item()"), ", ");
    }
}
