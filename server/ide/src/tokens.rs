//! Colours of expressions: what each part of the strings that the service evaluates is.

use expr::{MarkKind, highlight};
use model::FileId;
use model::flow::StringSite;
use rules::Project;
use syntax::Span;

use crate::target::open_flow;

/// A part of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the file.
    pub span: Span,
    /// What it is.
    pub kind: MarkKind,
}

/// The tokens of an open flow, in its order and without overlap; of a range those of every string that touches it.
/// `None` for files that are no flow.
#[must_use]
pub fn tokens(project: &Project, file: FileId, range: Option<Span>) -> Option<Vec<Token>> {
    let flow = open_flow(project, file)?;
    let touches =
        |site: &&StringSite| range.is_none_or(|range| site.span.start <= range.end && range.start <= site.span.end);
    // Strings come block by block, so they are not sorted by place.
    let mut sites: Vec<&StringSite> = flow.body.strings.iter().filter(touches).collect();
    sites.sort_by_key(|site| site.span);
    let mut tokens = Vec::new();
    let mut end = 0;
    for site in sites {
        let Some(value) = flow
            .tree
            .value(flow.text, site.node)
            .filter(|value| value.span().start >= end)
        else {
            continue;
        };
        end = value.span().end;
        let mut cursor = value.source_cursor();
        for mark in highlight(&site.info.text, &site.info.template) {
            let (start, end) = (cursor.source(mark.span.start), cursor.source(mark.span.end));
            if start < end {
                tokens.push(Token {
                    span: Span::new(start, end),
                    kind: mark.kind,
                });
            }
        }
    }
    Some(tokens)
}

/// The tokens of an expression that is a document of its own, without `@` or braces.
#[must_use]
pub fn expression_tokens(text: &str) -> Vec<Token> {
    let signed = format!("@{text}");
    let marks = highlight(&signed, &expr::parse(&signed));
    // The first mark is the sign that is not there.
    let shifted = marks.into_iter().filter(|mark| mark.span.start > 0).map(|mark| Token {
        span: mark.span.shifted(-1),
        kind: mark.kind,
    });
    shifted.collect()
}
