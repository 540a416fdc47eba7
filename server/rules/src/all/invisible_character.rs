//! A character that nobody sees, where it changes what a name or an expression means.

use analysis::occurrences::FlowName;
use edits::{WorkspaceEdit, rename};
use expr::{NodeKind, ReferenceKind};
use model::flow::{KeyForm, Owner, StringSite};
use model::{Profile, same_name};
use syntax::Span;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A character that has no width, or looks like a blank and is none, in a name of the flow (an action, trigger, variable,
    /// parameter or connection) or where an expression names one; a control character that turns the order of what is read
    /// in a text of an expression; and one of no width before the `@` that makes a text an expression. White space between
    /// the parts of an expression may be of any kind, and texts may hold what they like.
    ///
    /// # Why it matters
    ///
    /// Two names that look the same are different to the service, so a reference fails that every reader finds right. What
    /// turns the order of reading shows a reviewer another expression than the one that runs.
    ///
    /// # How to fix
    ///
    /// Delete the character. For a name the quick fix does so everywhere in the flow, and changes nothing else.
    ///
    /// # Example
    ///
    /// The second name has a zero-width space behind `Get`.
    ///
    /// ```json
    /// "Get_items": { "type": "Compose" }
    /// "inputs": "@outputs('Get\u200b_items')"
    /// ```
    ///
    /// ```json
    /// "inputs": "@outputs('Get_items')"
    /// ```
    ///
    /// # References
    ///
    /// - Boucher, Anderson, *Trojan Source: Invisible Vulnerabilities*: <https://trojansource.codes>
    static RULE = {
        id: "invisible-character",
        summary: "a name or an expression holds a character that nobody sees",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::Flow(check)],
    };
}

fn check(flow: &FlowContext<'_>, findings: &mut Findings) {
    // Nearly all files can be told from their bytes.
    if flow.text.is_ascii() && !flow.text.contains("\\u") {
        return;
    }
    declared(flow, findings);
    used(flow, findings);
    for site in &flow.body.strings {
        turned(flow, site, findings);
    }
    before_sign(flow, findings);
}

/// Names that are declared in the flow.
fn declared(flow: &FlowContext<'_>, findings: &mut Findings) {
    let body = flow.body;
    for trigger in &body.triggers {
        let owner = Owner::Definition;
        findings.found.extend(name(
            flow,
            FlowName::Step(&trigger.name.value),
            trigger.name.span,
            owner,
        ));
    }
    for (id, action) in body.actions() {
        let owner = Owner::Action(id);
        findings
            .found
            .extend(name(flow, FlowName::Step(&action.name.value), action.name.span, owner));
    }
    for variable in &body.variables {
        let owner = Owner::Action(variable.action);
        findings.found.extend(name(
            flow,
            FlowName::Variable(&variable.name.value),
            variable.name.span,
            owner,
        ));
    }
    for parameter in &flow.summary.parameters {
        let parameter = &parameter.name;
        findings.found.extend(name(
            flow,
            FlowName::Parameter(&parameter.value),
            parameter.span,
            Owner::Definition,
        ));
    }
    for connection in &flow.summary.connections {
        let key = &connection.key;
        findings.found.extend(name(
            flow,
            FlowName::Connection(&key.value),
            key.span,
            Owner::Definition,
        ));
    }
}

/// Names that are used and that the flow does not declare so: those it declares are told at their declaration.
fn used(flow: &FlowContext<'_>, findings: &mut Findings) {
    let body = flow.body;
    for site in body.strings.iter().filter(|site| !site.info.text.is_ascii()) {
        for reference in expr::references(&site.info.template) {
            let named = match reference.kind {
                ReferenceKind::Action | ReferenceKind::Scope | ReferenceKind::Foreach | ReferenceKind::Until => {
                    FlowName::Step(reference.name)
                }
                ReferenceKind::Variable => FlowName::Variable(reference.name),
                ReferenceKind::Parameter => FlowName::Parameter(reference.name),
                _ => continue,
            };
            let place = flow.source_span(site, reference.span);
            findings.found.extend(stray(flow, named, place, site.owner, true));
        }
    }
    for (id, action) in body.actions() {
        for entry in action.run_after.iter().flat_map(|run_after| &run_after.entries) {
            let named = FlowName::Step(&entry.name.value);
            findings
                .found
                .extend(stray(flow, named, entry.name.span, Owner::Action(id), false));
        }
    }
    for write in &body.variable_writes {
        let named = FlowName::Variable(&write.name.value);
        findings
            .found
            .extend(stray(flow, named, write.name.span, Owner::Action(write.action), false));
    }
    for key in body.key_uses.iter().filter(|key| key.form == KeyForm::Text) {
        findings.found.extend(stray(
            flow,
            FlowName::Connection(&key.key.value),
            key.key.span,
            key.owner,
            false,
        ));
    }
}

fn text_of(named: FlowName<'_>) -> &str {
    match named {
        FlowName::Step(name)
        | FlowName::Variable(name)
        | FlowName::Parameter(name)
        | FlowName::Connection(name)
        | FlowName::EnvironmentVariable(name) => name,
    }
}

/// Whether the flow declares something of this name.
fn is_declared(flow: &FlowContext<'_>, named: FlowName<'_>) -> bool {
    let body = flow.body;
    match named {
        FlowName::Step(name) => {
            body.actions.iter().any(|action| same_name(&action.name.value, name))
                || body.triggers.iter().any(|trigger| same_name(&trigger.name.value, name))
        }
        FlowName::Variable(name) => body
            .variables
            .iter()
            .any(|variable| same_name(&variable.name.value, name)),
        FlowName::Parameter(name) => {
            let mut parameters = flow.summary.parameters.iter();
            parameters.any(|parameter| same_name(&parameter.name.value, name))
        }
        FlowName::Connection(name) => {
            let mut connections = flow.summary.connections.iter();
            connections.any(|connection| same_name(&connection.key.value, name))
        }
        FlowName::EnvironmentVariable(_) => false,
    }
}

/// A name that is declared here.
fn name(flow: &FlowContext<'_>, named: FlowName<'_>, place: Span, owner: Owner) -> Option<Finding> {
    let text = text_of(named);
    let hidden = in_name(text)?;
    let clean = clean(named);
    let finding = finding(flow, place, owner, &clean, hidden);
    let view = flow.view();
    Some(match rename::in_flow(flow.file, &view, named, &clean) {
        Ok(edit) => finding.fix(format!("Name it `{clean}` everywhere in the flow"), true, edit),
        Err(_) => finding,
    })
}

/// A name that is used here and declared nowhere in this spelling.
fn stray(flow: &FlowContext<'_>, named: FlowName<'_>, place: Span, owner: Owner, literal: bool) -> Option<Finding> {
    let hidden = in_name(text_of(named))?;
    if is_declared(flow, named) {
        return None;
    }
    let clean = clean(named);
    let finding = finding(flow, place, owner, &clean, hidden);
    let meant = match named {
        FlowName::Step(_) => FlowName::Step(&clean),
        FlowName::Variable(_) => FlowName::Variable(&clean),
        FlowName::Parameter(_) => FlowName::Parameter(&clean),
        _ => FlowName::Connection(&clean),
    };
    if !is_declared(flow, meant) {
        return Some(finding);
    }
    let text = if literal {
        clean.replace('\'', "''")
    } else {
        clean.clone()
    };
    let edit = WorkspaceEdit::replace(flow.file, place, syntax::json::escape(&text));
    Some(finding.fix(format!("Write `{clean}`"), true, edit))
}

fn finding(flow: &FlowContext<'_>, place: Span, owner: Owner, clean: &str, hidden: char) -> Finding {
    let message = format!(
        "The name `{clean}` is written with {}, which nobody sees: a name without it is another one. Delete the character.",
        called(hidden)
    );
    Finding::new(&RULE, flow.file, place, clean, message).action(flow.body.owner_path(owner))
}

/// Characters in the texts of an expression that turn the order of what is read.
fn turned(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    if site.info.text.is_ascii() {
        return;
    }
    let template = &site.info.template;
    for (_, node) in template.nodes() {
        let NodeKind::Str(literal) = &node.kind else { continue };
        // A name was looked at where it is declared, or as one that is not.
        if expr::references(template).any(|reference| reference.span == literal.content) {
            continue;
        }
        let text = literal.content.slice(&site.info.text);
        let foreign = text.chars().any(is_right_to_left);
        // Where a language is written from right to left, marks that keep its order are a part of it.
        let found = text
            .char_indices()
            .find(|(_, c)| matches!(c, '\u{202d}' | '\u{202e}') || is_turn(*c) && !foreign);
        let Some((at, c)) = found else { continue };
        let start = literal.content.start + offset(at);
        let place = flow.source_span(site, Span::new(start, start + offset(c.len_utf8())));
        let message = format!(
            "This text of the expression holds {}, which shows what follows in another order than it runs in. Delete the character.",
            called(c)
        );
        let edit = WorkspaceEdit::replace(flow.file, place, "");
        findings.push(
            Finding::new(&RULE, flow.file, place, "order", message)
                .action(flow.body.owner_path(site.owner))
                .fix("Delete the invisible character", false, edit),
        );
    }
}

/// Texts that would be expressions but for what stands before their `@`.
fn before_sign(flow: &FlowContext<'_>, findings: &mut Findings) {
    let steps = (0..)
        .zip(&flow.body.triggers)
        .map(|(index, trigger)| (trigger.node, Owner::Trigger(index)));
    let steps = steps.chain(flow.body.actions().map(|(id, action)| (action.node, Owner::Action(id))));
    for (node, owner) in steps {
        let Some(step) = flow.value(node) else { continue };
        let members = step.members().filter(|member| {
            let name = member.key.as_str().unwrap_or_default();
            !["description", "metadata", "actions", "else", "cases", "default"].contains(&name.as_ref())
        });
        let values = members
            .filter_map(|member| member.value)
            .flat_map(|value| value.descendants());
        for value in values.filter(|value| value.is_string() && !value.is_key() && value.raw().contains('@')) {
            let Some(text) = value.as_str() else { continue };
            let rest = text.trim_start_matches(|c| is_zero_width(c) || c == '\u{feff}');
            let lead = text.len() - rest.len();
            // A mention or an address is text in any case.
            if lead == 0 || !rest.starts_with('@') || rest.starts_with("@{") || rest.starts_with("@@") {
                continue;
            }
            let template = expr::parse(rest);
            if !template.is_valid() || template.calls().next().is_none() || !expr::check_calls(&template).is_empty() {
                continue;
            }
            let place = value.source_span(Span::new(0, offset(lead)));
            let hidden = text.chars().next().unwrap_or('\u{200b}');
            let message = format!(
                "Before the `@` stands {}, which nobody sees: so this is no expression, and its words are sent. Delete the character.",
                called(hidden)
            );
            findings.push(
                Finding::new(&RULE, flow.file, value.content_span(), "sign", message)
                    .action(flow.body.owner_path(owner))
                    .fix(
                        "Delete the invisible character",
                        false,
                        WorkspaceEdit::replace(flow.file, place, ""),
                    ),
            );
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The first character of a name that nobody sees there.
fn in_name(name: &str) -> Option<char> {
    if name.is_ascii() {
        return None;
    }
    hidden(name).next().map(|(_, c)| c)
}

/// The characters of a name that nobody sees there. Joiners and selectors are a part of emoji and of many scripts, and
/// so are marks of direction where letters run from right to left.
fn hidden(name: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let foreign = name.chars().any(is_right_to_left);
    let mut before = None;
    name.char_indices().filter(move |(at, c)| {
        let previous = before.replace(*c);
        let next = name[at + c.len_utf8()..].chars().next();
        let plain = |c: Option<char>| c.is_none_or(|c| c.is_ascii());
        match c {
            '\u{200c}' | '\u{200d}' => plain(previous) || plain(next),
            '\u{fe00}'..='\u{fe0f}' => plain(previous) && next != Some('\u{20e3}'),
            '\u{200e}' | '\u{200f}' | '\u{61c}' => !foreign,
            _ => {
                is_zero_width(*c)
                    || is_turn(*c)
                    || matches!(c, '\u{202c}'..='\u{202e}' | '\u{2069}')
                    || is_false_blank(*c)
            }
        }
    })
}

/// The name as it looks.
fn clean(named: FlowName<'_>) -> String {
    let name = text_of(named);
    let blank = if matches!(named, FlowName::Step(_) | FlowName::Connection(_)) {
        '_'
    } else {
        ' '
    };
    let gone: Vec<usize> = hidden(name).map(|(at, _)| at).collect();
    let shown = name.char_indices().filter_map(|(at, c)| match gone.contains(&at) {
        false => Some(c),
        true => is_false_blank(c).then_some(blank),
    });
    let shown: String = shown.collect();
    // A blank at the end that came along with the name is no part of it.
    let ends = |c: char| c.is_whitespace() || c == blank;
    let tail = name.chars().next_back().is_some_and(is_false_blank);
    let head = name.chars().next().is_some_and(is_false_blank);
    let shown = if tail { shown.trim_end_matches(ends) } else { &shown };
    let shown = if head { shown.trim_start_matches(ends) } else { shown };
    shown.to_owned()
}

fn is_zero_width(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
    )
}

/// Characters that begin a stretch of another direction, but for the two that force one.
fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}' | '\u{202b}' | '\u{2066}'..='\u{2068}')
}

/// Characters that look like a blank and are none to who types the name.
fn is_false_blank(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}'
    )
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}') && c != '\u{61c}'
}

/// The character in a sentence.
fn called(c: char) -> String {
    let name = match c {
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' => "a zero-width joiner",
        '\u{feff}' => "a byte order mark",
        '\u{ad}' => "a soft hyphen",
        '\u{a0}' | '\u{202f}' => "a no-break space",
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a control character for the direction of text"
        }
        c if is_false_blank(c) => "a blank of another width",
        _ => "a character without width",
    };
    format!("{name} (U+{:04X})", u32::from(c))
}

#[cfg(test)]
mod tests {
    use crate::testing::{FLOW, Sample};

    const RULE: &str = "invisible-character";

    fn sample(name: &str, used: &str) -> Sample {
        Sample::actions(&format!(
            r#""V":{{"type":"InitializeVariable","inputs":{{"variables":[{{"name":"n","type":"string"}}]}},"runAfter":{{}}}},
               "{name}":{{"type":"Compose","inputs":"x","runAfter":{{"V":["Succeeded"]}}}},
               "C":{{"type":"Compose","inputs":{},"runAfter":{{"{name}":["Succeeded"]}}}}"#,
            syntax::json::quote(used)
        ))
    }

    #[test]
    fn a_declared_name_is_mended_everywhere() {
        for name in [
            "Get\u{200b}_it",
            "\u{feff}Get_it",
            "Get\u{a0}it",
            "Get_it\u{a0}",
            "Ge\u{ad}t_it",
            "Get_\u{2066}it",
            "Get_it\u{fe0f}",
        ] {
            let sample = sample(name, &format!("@outputs('{name}')"));
            let found = sample.of(RULE);
            assert_eq!(found.len(), 1, "{name:?}: {found:#?}");
            assert_eq!(found[0].marked, name);
            assert!(
                found[0].finding.message.contains("`Get_it`"),
                "{}",
                found[0].finding.message
            );
            assert!(found[0].finding.fixes[0].safe);
            assert_eq!(sample.assert_fixes(RULE), 1, "{name:?}");
            let fixed = sample.apply(&found[0].finding.fixes[0]);
            assert_eq!(fixed.files[FLOW].matches("Get_it").count(), 3, "{}", fixed.files[FLOW]);
            assert!(fixed.of("unknown-action-reference").is_empty());
        }
    }

    #[test]
    fn a_name_that_is_only_used_so_is_mended_there() {
        let sample = sample(
            "Get_it",
            "@{outputs('Get\u{200b}_it')}@{variables('n\u{200d}')}@{outputs('Go\u{200b}ne')}",
        );
        assert_eq!(sample.marked(RULE), ["Get\u{200b}_it", "n\u{200d}", "Go\u{200b}ne"]);
        assert_eq!(sample.assert_fixes(RULE), 2);
        let escaped = Sample::actions(
            r#""A":{"type":"Compose","inputs":1,"runAfter":{}},"B":{"type":"Compose","inputs":2,"runAfter":{"A\u200B":["Succeeded"]}}"#,
        );
        assert_eq!(escaped.marked(RULE), [r"A\u200B"]);
        assert_eq!(escaped.assert_fixes(RULE), 1);
    }

    #[test]
    fn what_turns_the_order_of_reading_is_found() {
        let sample = sample("A", "@if(equals(outputs('A'), 'user\u{202e} \u{2066}admin'), 1, 2)");
        assert_eq!(sample.marked(RULE), ["\u{202e}"]);
        assert_eq!(self::sample("A", "@concat('\u{2066}x')").marked(RULE), ["\u{2066}"]);
    }

    #[test]
    fn an_expression_that_is_none_for_what_stands_before_it() {
        let sample = sample("A", "\u{200b}@outputs('A')");
        assert_eq!(sample.of(RULE).len(), 1);
        assert_eq!(sample.assert_fixes(RULE), 1);
        assert!(self::sample("A", "\u{200b}@someone").of(RULE).is_empty());
    }

    #[test]
    fn what_belongs_there_is_left_alone() {
        for (name, used) in [
            ("A", "@concat('a',\u{a0}outputs('A'),\u{a0}'b')"),
            ("A", "@concat('a\u{a0}b\u{200b}c\u{ad}', outputs('A')?['x\u{200b}'])"),
            ("A", "Text\u{200b}with \u{202e}anything @{outputs('A')}"),
            ("A", "@concat('שלום \u{2067}(1)\u{2069}\u{200f}')"),
            ("👩\u{200d}💻_work", "@outputs('👩\u{200d}💻_work')"),
            ("⚙\u{fe0f}_set", "x"),
            ("1\u{fe0f}\u{20e3}_first", "x"),
            ("می\u{200c}خواهم", "x"),
            ("שלום\u{200f}_1", "x"),
            ("Größe_表", "@outputs('Größe_表')"),
        ] {
            let sample = sample(name, used);
            assert!(sample.of(RULE).is_empty(), "{name} {used}: {:#?}", sample.of(RULE));
        }
    }
}
