//! The hover on a long expression: the expression over several lines.

use expr::{Segment, TemplateKind};
use model::FileId;
use rules::Project;
use syntax::Span;

use super::Hover;
use crate::target::open_flow;

/// How many lines are shown. What is longer is read in an editor of its own.
const MOST_LINES: usize = 40;

/// The expression at an offset over several lines; `None` where it is short, or laid out already.
pub fn formatted(project: &Project, file: FileId, offset: u32) -> Option<Hover> {
    let flow = open_flow(project, file)?;
    let site = flow.body.strings.iter().find(|site| site.span.contains(offset))?;
    if site.is_key || !site.info.template.has_expressions() {
        return None;
    }
    let text: &str = &site.info.text;
    let decoded = flow.tree.value(flow.text, site.node)?.decoded_offset(offset);
    let inner = match &site.info.template.kind {
        TemplateKind::Literal(_) => None,
        TemplateKind::Expression(_) => Some(Span::new(1, u32::try_from(text.len()).ok()?)),
        TemplateKind::Interpolation(segments) => segments.iter().find_map(|segment| match segment {
            Segment::Expression { inner, .. } if inner.touches(decoded) => Some(*inner),
            _ => None,
        }),
    }?;
    let source = inner.slice(text);
    if source.contains('\n') {
        return None;
    }
    // What is told to be a secret is not shown once more.
    let secret = |finding: &rules::Finding| {
        finding.rule.contains("secret") && finding.span.start < site.span.end && site.span.start < finding.span.end
    };
    if project.findings(file).into_iter().any(secret) {
        return None;
    }
    let lines = expr::format(source, expr::LINE_WIDTH);
    if !lines.contains('\n') {
        return None;
    }
    Some(Hover {
        markdown: block(&lines),
        span: site.source_span(flow.tree, flow.text, inner),
    })
}

/// A text in a block of code that nothing in it ends, of [`MOST_LINES`] lines.
fn block(text: &str) -> String {
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(ticks.max(2) + 1);
    let mut shown: Vec<&str> = text.lines().take(MOST_LINES).collect();
    if text.lines().nth(MOST_LINES).is_some() {
        shown.push("…");
    }
    format!("{fence}flowsentry-expression\n{}\n{fence}", shown.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_block() {
        assert_eq!(block("a"), "```flowsentry-expression\na\n```");
        assert_eq!(block("'````'"), "`````flowsentry-expression\n'````'\n`````");
        let long = "x\n".repeat(100);
        assert_eq!(block(&long).lines().count(), MOST_LINES + 3);
    }
}
