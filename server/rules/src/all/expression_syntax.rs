//! An expression that cannot be read.

use expr::{CallIssue, ErrorCode, ExprError, Template, TemplateKind};
use model::Profile;
use model::flow::StringSite;
use syntax::{Span, TextEdit};

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A text that begins with `@` or holds `@{…}` and that cannot be read as an expression: a parenthesis that is never
    /// closed, double or typographic quotes around text, an operator such as `==`, a second `@` inside, a character that
    /// came along with copy and paste. Names of properties are read too, because the service evaluates them as well;
    /// descriptions and metadata are not, because it does not.
    ///
    /// # Why it matters
    ///
    /// The service checks expressions when a flow is saved or switched on, not when the solution is packed or imported.
    /// So one wrong character passes every step of a release and then leaves the flow switched off in production.
    ///
    /// # How to fix
    ///
    /// Correct the marked place. Where the slip is only one of quotes or of an invisible character, the quick fix is safe
    /// to apply unseen; other corrections are offered. Text that merely begins with `@` is written with `@@`.
    ///
    /// # Example
    ///
    /// ```json
    /// "inputs": "@concat(\"Hello \", variables('name'))"
    /// ```
    ///
    /// ```json
    /// "inputs": "@concat('Hello ', variables('name'))"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Reference guide to workflow expression functions in Azure Logic Apps and Power Automate*:
    ///   <https://learn.microsoft.com/azure/logic-apps/workflow-definition-language-functions-reference>
    static RULE = {
        id: "expression-syntax",
        summary: "an expression cannot be read",
        category: Category::Expressions,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Expression(check)],
    };
}

fn check(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    let (text, template) = (&*site.info.text, &site.info.template);
    let Some(error) = template.errors().first() else { return };
    let span = flow.source_span(site, visible(text, error.span));
    let mut finding = Finding::new(
        &RULE,
        flow.file,
        span,
        error.code.name(),
        message(text, template, error),
    )
    .action(flow.body.owner_path(site.owner));
    if let Some(fix) = correction(site) {
        let safe = quotes_apart(text).eq(quotes_apart(&fix.text));
        let mut edit = edits::WorkspaceEdit::default();
        for (span, new) in fix.edits {
            edit.push(
                flow.file,
                TextEdit::new(flow.source_span(site, span), syntax::json::escape(&new)),
            );
        }
        finding = finding.fix(fix.title, safe, edit);
    }
    findings.push(finding);
}

fn message(text: &str, template: &Template, error: &ExprError) -> String {
    // A password or a mention may begin with `@` as well: what no expression begins with is not repeated.
    if is_text(text, template, error) {
        return "The flow cannot be saved: a text that begins with `@` is read as an expression, and this is none. \
                Write `@@` if it is text."
            .to_owned();
    }
    let mut first = error.message.chars();
    let what: String = first
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(first)
        .collect();
    match &error.hint {
        Some(hint) => format!("The flow cannot be saved with this expression: {what} {hint}"),
        None => format!("The flow cannot be saved with this expression: {what}"),
    }
}

/// Whether the string is more likely a text that begins with `@` than an expression with a slip.
fn is_text(text: &str, template: &Template, error: &ExprError) -> bool {
    if !matches!(template.kind, TemplateKind::Expression(_)) || error.code == ErrorCode::LimitExceeded {
        return false;
    }
    let body = text.get(1..).unwrap_or("").trim_start();
    let word = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
    let calls = body[word..].trim_start().starts_with('(') && word > 0;
    let quoted = body.starts_with(['\'', '"', '‘', '’', '“', '”']);
    !body.is_empty() && !calls && !quoted && expr::lookup(&body[..word]).is_none()
}

/// A place at the end of an expression has no width; its last visible character has.
fn visible(text: &str, span: Span) -> Span {
    if !span.is_empty() {
        return span;
    }
    let before = text.get(..span.start as usize).unwrap_or("").trim_end();
    let Some(last) = before.chars().next_back() else {
        return span;
    };
    let end = u32::try_from(before.len()).unwrap_or(span.start);
    Span::new(end.saturating_sub(u32::try_from(last.len_utf8()).unwrap_or(0)), end)
}

/// What makes a string valid.
struct Correction {
    title: String,
    /// In offsets of the decoded string.
    edits: Vec<(Span, String)>,
    /// The string afterwards.
    text: String,
}

/// The correction of every error of the string together, where each has one: a string that is mended by half is still
/// refused.
fn correction(site: &StringSite) -> Option<Correction> {
    let text = &*site.info.text;
    let errors = site.info.template.errors();
    let fixes: Vec<_> = errors
        .iter()
        .map_while(|error| error.fix.as_ref().filter(|fix| fix.complete))
        .collect();
    if fixes.len() != errors.len() {
        return None;
    }
    let edits: Vec<(Span, String)> = fixes.iter().map(|fix| (fix.span, fix.replacement.clone())).collect();
    let applied: Vec<TextEdit> = edits
        .iter()
        .map(|(span, new)| TextEdit::new(*span, new.clone()))
        .collect();
    let fixed = syntax::edit::apply(text, &applied)?;
    let title = fixes.first()?.title.clone();
    let template = expr::parse(&fixed);
    let sound = template.is_valid() && mistakes(&expr::check_calls(&template)) <= mistakes(&site.info.issues);
    sound.then_some(Correction {
        title,
        edits,
        text: fixed,
    })
}

/// How many of the issues are errors. A fix that brings new ones to light is none.
pub(super) fn mistakes(issues: &[CallIssue]) -> usize {
    issues
        .iter()
        .filter(|issue| !matches!(issue, CallIssue::UnknownFunction { undocumented: true, .. }))
        .count()
}

/// The characters of a string but for quotes of all kinds and what nobody sees.
fn quotes_apart(text: &str) -> impl Iterator<Item = char> + '_ {
    const QUOTES: &str = "'\"`´‘’‚‛′“”„‟«»";
    text.chars().filter(|c| {
        let invisible =
            c.is_control() || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}');
        !QUOTES.contains(*c) && !invisible && !matches!(c, '\u{2060}'..='\u{2064}' | '\u{feff}')
    })
}

#[cfg(test)]
mod tests {
    use crate::finding::Severity;
    use crate::testing::{FLOW, Found, Sample};

    const RULE: &str = "expression-syntax";

    fn compose(expression: &str) -> Sample {
        Sample::actions(&format!(
            r#""C":{{"type":"Compose","inputs":{},"runAfter":{{}}}}"#,
            syntax::json::quote(expression)
        ))
    }

    fn only(sample: &Sample) -> Found {
        let mut found = sample.of(RULE);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    #[test]
    fn the_place_is_marked_and_the_message_helps() {
        for (expression, marked, says) in [
            ("@concat('a'", "'", "The parenthesis after `concat` is never closed."),
            ("@if(1 == 2, 'a', 'b')", "=", "equals(a, b)"),
            ("Hi @{utcNow(} you", "(", "expected a value"),
            ("Hi @{utcNow()", "@{", "never closed"),
            ("@utcNow() and more", "and", "and(a, b)"),
        ] {
            let found = only(&compose(expression));
            assert_eq!(
                (found.marked.as_str(), found.path.as_str()),
                (marked, FLOW),
                "{expression}"
            );
            assert!(found.finding.message.contains(says), "{}", found.finding.message);
            assert_eq!(
                (found.finding.severity, found.finding.action.as_deref()),
                (Severity::Error, Some("C"))
            );
        }
    }

    #[test]
    fn what_is_right_or_not_evaluated_is_left_alone() {
        for expression in [
            "@concat('a', 'b')",
            "@@mention",
            "a@{utcNow()}b",
            "me@example.org",
            "@",
            "@@{x}",
            "@true",
        ] {
            assert!(compose(expression).of(RULE).is_empty(), "{expression}");
        }
        let described =
            r#""C":{"type":"Compose","inputs":"x","description":"@broken(","metadata":{"a":"@broken("},"runAfter":{}}"#;
        assert!(Sample::actions(described).of(RULE).is_empty());
    }

    #[test]
    fn keys_and_escapes_count() {
        let sample = Sample::actions(r#""C":{"type":"Compose","inputs":{"@{utcNow(":1},"runAfter":{}}"#);
        assert_eq!(sample.marked(RULE), ["@{"]);
        let sample = Sample::actions(r#""C":{"type":"Compose","inputs":"\u0040concat(\"a\")","runAfter":{}}"#);
        assert_eq!(sample.marked(RULE), ["\\\""]);
        assert_eq!(sample.assert_fixes(RULE), 1);
    }

    #[test]
    fn slips_of_quotes_are_mended_unseen() {
        for expression in [
            "@concat(\"it's\", 'b')",
            "@concat(‘a’, “b”)",
            "@concat('a',\u{200b} 'b')",
            "@{string(\"x\")} @{string(\"y\")}",
        ] {
            let sample = compose(expression);
            let found = only(&sample);
            assert!(found.finding.fixes.iter().all(|fix| fix.safe), "{expression}");
            assert_eq!(sample.assert_fixes(RULE), 1, "{expression}");
        }
        let fixed = compose("@concat(\"it's\", 'b')");
        let fixed = fixed.apply(&only(&fixed).finding.fixes[0]);
        assert!(
            fixed.files[FLOW].contains("@concat('it''s', 'b')"),
            "{}",
            fixed.files[FLOW]
        );
    }

    #[test]
    fn other_corrections_are_offered() {
        for expression in [
            "@concat('a'",
            "@concat('a'; 'b')",
            "Hi @{utcNow()",
            "@Everyone please",
            "@concat(\"a\", 'b'",
        ] {
            let sample = compose(expression);
            assert!(only(&sample).finding.fixes.iter().all(|fix| !fix.safe), "{expression}");
            assert_eq!(sample.assert_fixes(RULE), 1, "{expression}");
        }
    }

    #[test]
    fn half_a_correction_is_none() {
        assert!(only(&compose("@{string(\"x\")} @{1 +}")).finding.fixes.is_empty());
        assert!(
            only(&compose("@if(\"a\")")).finding.fixes.is_empty(),
            "two arguments would be missing"
        );
    }

    #[test]
    fn a_text_that_begins_with_the_sign_is_not_repeated() {
        let found = only(&compose("@Tr0ub4dor"));
        assert!(found.finding.message.contains("`@@`") && !found.finding.message.contains("Tr0ub4dor"));
    }
}
