//! What the parts of a template are, for colouring: read from tokens, so that a half-typed expression keeps its colours.

use crate::Span;
use crate::ast::{Segment, Template, TemplateKind};
use crate::catalogue::{ReferenceKind, lookup};
use crate::lexer::{Lexer, Tok, Token};

/// What a part of a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// What begins or ends an expression: `@`, `@{`, `}`.
    Delimiter,
    /// The name of a function; whether the catalogue has it.
    Function {
        /// False for a name that no function has, or that is not typed to its end.
        known: bool,
    },
    /// The string that names an action.
    Action,
    /// The string that names a variable.
    Variable,
    /// The string that names a parameter.
    Parameter,
    /// A property: after a dot, or a string alone in brackets.
    Property,
    /// Any other string.
    String,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Keyword,
    /// Parentheses, brackets, dots, commas, question marks.
    Operator,
}

/// A part of a template and what it is. Offsets are bytes of the template string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: MarkKind,
}

/// The parts of a template string, in order and without overlap; literal text is none. `template` must be what parsing
/// `text` gave.
pub fn highlight(text: &str, template: &Template) -> Vec<Mark> {
    let mut marks = Vec::new();
    match &template.kind {
        TemplateKind::Literal(_) => {}
        TemplateKind::Expression(_) => {
            push(&mut marks, 0, 1, MarkKind::Delimiter);
            expression(text, 1, text.len(), &mut marks);
        }
        TemplateKind::Interpolation(segments) => {
            for segment in segments {
                let Segment::Expression { span, inner, .. } = segment else {
                    continue;
                };
                push(
                    &mut marks,
                    span.start as usize,
                    inner.start as usize,
                    MarkKind::Delimiter,
                );
                expression(text, inner.start as usize, inner.end as usize, &mut marks);
                push(&mut marks, inner.end as usize, span.end as usize, MarkKind::Delimiter);
            }
        }
    }
    marks
}

fn push(marks: &mut Vec<Mark>, start: usize, end: usize, kind: MarkKind) {
    if start < end {
        marks.push(Mark {
            span: Span::new(start as u32, end as u32),
            kind,
        });
    }
}

/// An opening bracket that is not closed yet.
enum Open {
    /// A call: which of its arguments names something, and which argument is being read.
    Call {
        named: Option<(ReferenceKind, usize)>,
        argument: usize,
    },
    /// An accessor.
    Index,
    /// A parenthesis that follows no name.
    Other,
}

fn expression(text: &str, start: usize, end: usize, marks: &mut Vec<Mark>) {
    let mut lexer = Lexer::new(text, start, end, None);
    let mut open: Vec<Open> = Vec::new();
    let mut before: Option<Token> = None;
    let mut token = lexer.next();
    while token.kind != Tok::End {
        let next = lexer.next();
        let kind = match token.kind {
            Tok::Ident => ident(&text[token.start..token.end], before, next),
            Tok::Str => string(open.last(), before, next),
            Tok::Int | Tok::Float => MarkKind::Number,
            _ => MarkKind::Operator,
        };
        match token.kind {
            Tok::LeftParen => open.push(call(text, before)),
            Tok::LeftBracket => open.push(Open::Index),
            Tok::RightParen | Tok::RightBracket => drop(open.pop()),
            Tok::Comma => {
                if let Some(Open::Call { argument, .. }) = open.last_mut() {
                    *argument += 1;
                }
            }
            _ => {}
        }
        push(marks, token.start, token.end, kind);
        before = Some(token);
        token = next;
    }
}

fn is(token: Option<Token>, kind: Tok) -> bool {
    token.is_some_and(|token| token.kind == kind)
}

fn ident(name: &str, before: Option<Token>, next: Token) -> MarkKind {
    if is(before, Tok::Dot) {
        return MarkKind::Property;
    }
    let word = ["true", "false", "null"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word));
    if word && next.kind != Tok::LeftParen {
        return MarkKind::Keyword;
    }
    MarkKind::Function {
        known: lookup(name).is_some(),
    }
}

fn call(text: &str, before: Option<Token>) -> Open {
    let Some(name) = before.filter(|token| token.kind == Tok::Ident) else {
        return Open::Other;
    };
    let reference = lookup(&text[name.start..name.end]).and_then(|function| function.reference.as_ref());
    Open::Call {
        named: reference.and_then(|reference| Some((reference.kind, reference.arg_index?))),
        argument: 0,
    }
}

/// A string is a name only where it stands alone: what follows an operator or a name in the same place is an error.
fn string(open: Option<&Open>, before: Option<Token>, next: Token) -> MarkKind {
    match open {
        Some(Open::Index) if is(before, Tok::LeftBracket) && matches!(next.kind, Tok::RightBracket | Tok::End) => {
            MarkKind::Property
        }
        Some(Open::Call {
            named: Some((kind, index)),
            argument,
        }) if index == argument && (is(before, Tok::LeftParen) || is(before, Tok::Comma)) => match kind {
            ReferenceKind::Variable => MarkKind::Variable,
            ReferenceKind::Parameter | ReferenceKind::AppSetting | ReferenceKind::AgentParameter => MarkKind::Parameter,
            _ => MarkKind::Action,
        },
        _ => MarkKind::String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> String {
        let marks = highlight(text, &crate::parse(text));
        let name = |kind: MarkKind| match kind {
            MarkKind::Delimiter => "@",
            MarkKind::Function { known: true } => "fn",
            MarkKind::Function { known: false } => "fn?",
            MarkKind::Action => "act",
            MarkKind::Variable => "var",
            MarkKind::Parameter => "par",
            MarkKind::Property => "prop",
            MarkKind::String => "str",
            MarkKind::Number => "num",
            MarkKind::Keyword => "key",
            MarkKind::Operator => "op",
        };
        let words: Vec<String> = marks
            .iter()
            .filter(|mark| mark.kind != MarkKind::Operator)
            .map(|mark| format!("{}:{}", name(mark.kind), mark.span.slice(text)))
            .collect();
        words.join(" ")
    }

    #[test]
    fn parts_are_told_apart() {
        assert_eq!(
            drawn("@concat(variables('a'), body('B')?['c'].d, 'e', parameters('p'), -1.5, TRUE)"),
            "@:@ fn:concat fn:variables var:'a' fn:body act:'B' prop:'c' prop:d str:'e' fn:parameters par:'p' num:-1.5 key:TRUE"
        );
        assert_eq!(
            drawn("Dear @{ outputs('Ä')?['n'] }, @@{no} @{nope(1)}!"),
            "@:@{ fn:outputs act:'Ä' prop:'n' @:} @:@{ fn?:nope num:1 @:}"
        );
        // What is computed names nothing.
        assert_eq!(
            drawn("@variables(concat('a', 'b'))[concat('c')]"),
            "@:@ fn:variables fn:concat str:'a' str:'b' fn:concat str:'c'"
        );
        assert_eq!(drawn("@@concat('a')"), "");
        assert_eq!(drawn("plain"), "");
    }

    #[test]
    fn half_typed_expressions_keep_their_colours() {
        assert_eq!(drawn("@concat(variables('a"), "@:@ fn:concat fn:variables var:'a");
        assert_eq!(drawn("@conc"), "@:@ fn?:conc");
        assert_eq!(drawn("@body('A')?['x"), "@:@ fn:body act:'A' prop:'x");
        assert_eq!(drawn("a @{body('A')?."), "@:@{ fn:body act:'A'");
        assert_eq!(drawn("@if(true) 'x' ) ] ('y')"), "@:@ fn:if key:true str:'x' str:'y'");
    }
}
