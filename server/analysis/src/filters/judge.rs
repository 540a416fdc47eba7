//! What is wrong with the order of tokens.

use syntax::Span;

use super::Problem;
use super::tokens::{Kind, Token, Tokens};

/// What a parenthesis holds.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    /// A condition.
    Condition,
    /// What a function takes, or the values of `in`.
    List,
}

/// What stands before the place.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// Nothing, or a parenthesis that opens.
    Start,
    /// A word that joins conditions, or `not`.
    Connective(Span),
    /// A comparison or arithmetic.
    Operator(Span),
    /// A comma, or the `=` of a function's parameter.
    Separator,
    /// A value.
    Value,
    /// A hole.
    Hole,
}

const COMPARISONS: [&str; 8] = ["eq", "ne", "gt", "ge", "lt", "le", "in", "has"];
const ARITHMETIC: [&str; 6] = ["add", "sub", "mul", "div", "divby", "mod"];
/// Words before a text in quotes that make it another literal.
const PREFIXES: [&str; 9] = [
    "datetime",
    "datetimeoffset",
    "time",
    "guid",
    "duration",
    "binary",
    "x",
    "geography",
    "geometry",
];

/// Operators as other languages spell them.
const OTHERS: [(&str, &str); 12] = [
    ("equals", "eq"),
    ("equal", "eq"),
    ("is", "eq"),
    ("notequals", "ne"),
    ("neq", "ne"),
    ("gte", "ge"),
    ("lte", "le"),
    ("geq", "ge"),
    ("leq", "le"),
    ("gr", "gt"),
    ("ls", "lt"),
    ("isnot", "ne"),
];

fn any_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// The first problem of a filter.
pub(super) fn first_problem(text: &str, holes: &[Span]) -> Option<(Span, Problem)> {
    let tokens: Vec<Token> = Tokens::new(text, holes).collect();
    if tokens.iter().any(|token| token.kind == Kind::Unknown) {
        return None;
    }
    let filter = Filter { text, holes };
    if let Some(prefix) = filter.prefix(&tokens) {
        return Some((prefix, Problem::Prefix));
    }
    filter.judge(&tokens)
}

struct Filter<'a> {
    text: &'a str,
    holes: &'a [Span],
}

impl<'a> Filter<'a> {
    fn word(&self, token: Token) -> &'a str {
        token.span.slice(self.text)
    }

    /// `$filter=` before the filter.
    fn prefix(&self, tokens: &[Token]) -> Option<Span> {
        let [word, sign, ..] = tokens else { return None };
        let named = self.word(*word).eq_ignore_ascii_case("$filter") && sign.kind == Kind::Symbol(Some("eq"));
        (named && self.word(*sign) == "=").then(|| word.span.cover(sign.span))
    }

    fn judge(&self, tokens: &[Token]) -> Option<(Span, Problem)> {
        let mut before = Before::Start;
        let mut open: Vec<(Group, Span)> = Vec::new();
        // Whether a hole may bring more than one value, parentheses among it.
        let mut unsure = false;
        let mut tokens = tokens.iter().copied().peekable();
        let mut listed = false;
        while let Some(token) = tokens.next() {
            let next = tokens.peek().copied();
            let word = match token.kind {
                Kind::Word => self.word(token),
                _ => "",
            };
            let due = matches!(
                before,
                Before::Start | Before::Connective(_) | Before::Operator(_) | Before::Separator
            );
            let wants_list = std::mem::take(&mut listed);
            match token.kind {
                Kind::OpenText => {
                    // An expression may bring the other quote.
                    return (!self.holes_hold_quotes()).then_some((token.span, Problem::OpenText));
                }
                Kind::ForeignText(double) => {
                    let problem = if double {
                        Problem::DoubleQuotes
                    } else {
                        Problem::TypographicQuotes
                    };
                    return Some((token.span, problem));
                }
                Kind::Symbol(instead) => {
                    let parameter = self.word(token) == "="
                        && open.last().is_some_and(|(group, _)| *group == Group::List)
                        && before == Before::Value;
                    if parameter {
                        before = Before::Separator;
                        continue;
                    }
                    return Some((token.span, Problem::Symbol(instead?)));
                }
                Kind::Open => {
                    if before == Before::Value {
                        return Some((token.span, Problem::MissingOperator));
                    }
                    let group = if wants_list { Group::List } else { Group::Condition };
                    open.push((group, token.span));
                    before = Before::Start;
                }
                Kind::Close => {
                    match before {
                        Before::Connective(span) | Before::Operator(span) => {
                            return Some((span, Problem::MissingOperand));
                        }
                        Before::Start if open.last().is_some_and(|(group, _)| *group == Group::Condition) => {
                            return Some((token.span, Problem::MissingOperand));
                        }
                        _ => {}
                    }
                    if open.pop().is_none() {
                        return (!unsure).then_some((token.span, Problem::LoneParenthesis));
                    }
                    before = Before::Value;
                }
                Kind::Comma => {
                    if open.is_empty() && !unsure && matches!(before, Before::Value | Before::Hole) {
                        return Some((token.span, Problem::Comma));
                    }
                    if open.last().is_none_or(|(group, _)| *group == Group::Condition) {
                        return None;
                    }
                    before = Before::Separator;
                }
                Kind::Hole => {
                    let compared =
                        next.is_some_and(|next| next.kind == Kind::Word && any_of(self.word(next), &COMPARISONS));
                    let value = match before {
                        Before::Operator(_) | Before::Separator => true,
                        Before::Start if open.last().is_some_and(|(group, _)| *group == Group::List) => true,
                        Before::Start | Before::Connective(_) => compared,
                        Before::Value | Before::Hole => false,
                    };
                    unsure |= !value;
                    // What follows a value must be an operator; after anything else all may follow.
                    before = if value && matches!(before, Before::Operator(_) | Before::Separator) {
                        Before::Value
                    } else {
                        Before::Hole
                    };
                }
                Kind::Text | Kind::List if due || before == Before::Hole => before = Before::Value,
                Kind::Text | Kind::List => {
                    let touches =
                        token.span.start > 0 && !self.text[..token.span.start as usize].ends_with(char::is_whitespace);
                    let problem = if touches {
                        Problem::QuoteInText
                    } else {
                        Problem::MissingOperator
                    };
                    return Some((token.span, problem));
                }
                Kind::Word if due => {
                    let is_operator = any_of(word, &COMPARISONS) || any_of(word, &ARITHMETIC);
                    let next_compares =
                        next.is_some_and(|next| next.kind == Kind::Word && any_of(self.word(next), &COMPARISONS));
                    let joins = any_of(word, &["and", "or"]);
                    let named = next_compares && (any_of(word, &ARITHMETIC) || any_of(word, &["in", "has", "not"]));
                    if word.eq_ignore_ascii_case("not") && !named {
                        before = Before::Connective(token.span);
                        continue;
                    }
                    if (is_operator || joins) && !named {
                        return Some((token.span, Problem::MissingOperand));
                    }
                    if word.starts_with(':') {
                        return None;
                    }
                    if word.ends_with(':') {
                        continue;
                    }
                    match next {
                        Some(paren) if paren.kind == Kind::Open => {
                            tokens.next();
                            open.push((Group::List, paren.span));
                            before = Before::Start;
                        }
                        Some(text) if text.kind == Kind::Text && text.span.start == token.span.end => {
                            if !any_of(word, &PREFIXES) {
                                return None;
                            }
                            tokens.next();
                            before = Before::Value;
                        }
                        _ => before = Before::Value,
                    }
                }
                Kind::Word => {
                    if any_of(word, &["and", "or"]) {
                        before = Before::Connective(token.span);
                    } else if any_of(word, &COMPARISONS) || any_of(word, &ARITHMETIC) {
                        listed = word.eq_ignore_ascii_case("in");
                        before = Before::Operator(token.span);
                    } else if before == Before::Hole {
                        before = Before::Value;
                    } else if word.eq_ignore_ascii_case("not")
                        && next.is_some_and(|next| any_of(self.word(next), &["in"]))
                    {
                        // Some take `not in`.
                    } else if word.starts_with(':') {
                        return None;
                    } else {
                        return Some(self.no_operator(token, next));
                    }
                }
                Kind::Unknown => return None,
            }
        }
        match before {
            Before::Connective(span) | Before::Operator(span) => return Some((span, Problem::MissingOperand)),
            Before::Separator => return None,
            _ => {}
        }
        let (_, span) = open.pop()?;
        (!unsure).then_some((span, Problem::OpenParenthesis))
    }

    /// A word that follows a value and is no operator.
    fn no_operator(&self, token: Token, next: Option<Token>) -> (Span, Problem) {
        let word = self.word(token);
        // The rest of a text that a quote ended too early: `'O'Hara'`.
        let touches = self.text[..token.span.start as usize].ends_with('\'');
        if touches {
            return (token.span, Problem::QuoteInText);
        }
        let operand = next.is_some_and(|next| match next.kind {
            Kind::Word => {
                let next = self.word(next);
                !any_of(next, &["and", "or"]) && !any_of(next, &COMPARISONS)
            }
            Kind::Text | Kind::Hole | Kind::Open | Kind::OpenText | Kind::ForeignText(_) => true,
            _ => false,
        });
        if operand {
            let instead = OTHERS.iter().find(|(other, _)| other.eq_ignore_ascii_case(word));
            // `is not null`
            let negated = next.is_some_and(|next| self.word(next).eq_ignore_ascii_case("not"));
            let instead = instead.map(|(_, instead)| *instead).filter(|_| !negated);
            return (token.span, Problem::UnknownOperator(instead));
        }
        (token.span, Problem::MissingOperator)
    }

    /// Whether an expression in the filter writes a quote of its own.
    fn holes_hold_quotes(&self) -> bool {
        // Inside an expression, a quote in a text is doubled.
        self.holes.iter().any(|hole| hole.slice(self.text).contains("''"))
    }
}
