//! A property is read that its object does not have.

use edits::WorkspaceEdit;
use expr::types::{Inference, Property, UnknownProperty, unknown_properties};
use expr::{ExprId, NodeKind, ReferenceKind, Template};
use model::Profile;
use model::flow::StringSite;

use crate::context::FlowContext;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::rule::{Category, Check, FixKind, declare_rule};
use crate::wording::listed;

declare_rule! {
    /// # What it finds
    ///
    /// A property that is read from something whose properties are known, and that is not among them:
    ///
    /// - objects that the flow itself makes, with *Select*, *Compose*, `json('…')` or items that are appended to a list;
    /// - inputs of a button, an app or a parent flow, by the schema of the trigger;
    /// - results of *Parse JSON*, only where the schema forbids other properties or names one that is spelt nearly so:
    ///   a schema made from a sample need not name all there is.
    ///
    /// Names compare without case, as they do when the flow runs. Answers of connectors are not known and not looked at.
    ///
    /// # Why it matters
    ///
    /// With a question mark (`?['name']`) the value is always null, and mails, rows and conditions quietly go wrong. Without
    /// one the action fails.
    ///
    /// # How to fix
    ///
    /// Correct the name; a fix does it where one is spelt nearly so, or is shown to people under the name that was
    /// written. Else add the property where the object is made, or to the schema.
    ///
    /// # Example
    ///
    /// ```json
    /// "Pick": { "type": "Select", "inputs": { "from": "@body('Rows')", "select": { "email": "@item()?['mail']" } } }
    /// "inputs": "@first(body('Pick'))?['emial']"
    /// ```
    ///
    /// ```json
    /// "inputs": "@first(body('Pick'))?['email']"
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *Use data operations in Power Automate*: <https://learn.microsoft.com/power-automate/data-operations>
    static RULE = {
        id: "unknown-output-property",
        summary: "a property is read that its object is known not to have",
        category: Category::Expressions,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        profile: Profile::Recommended,
        fix: FixKind::Offered,
        checks: &[Check::Expression(check)],
    };
}

/// A name is looked for among so many.
const MAX_NAMES: usize = 200;

fn check(flow: &FlowContext<'_>, site: &StringSite, findings: &mut Findings) {
    // Half a flow has half its objects.
    if !flow.summary.complete || site.info.template.roots().is_empty() {
        return;
    }
    let place = flow.types().place_of(site);
    let inference = Inference::new(&site.info.template, &place);
    unknown_properties(&inference, &site.info.text, |unknown| {
        if let Some(finding) = finding(flow, site, &unknown) {
            findings.push(finding);
        }
    });
}

fn finding(flow: &FlowContext<'_>, site: &StringSite, unknown: &UnknownProperty) -> Option<Finding> {
    let template = &site.info.template;
    let near = meant(unknown);
    let input = reads_trigger(template, unknown.node);
    let name = &unknown.name;
    let outcome = match (unknown.safe, unknown.seen) {
        (true, true) => "so this is always null",
        (true, false) => "so this is null",
        (false, _) => "so the action fails when it runs",
    };
    let advice = match &near {
        Some(Meant::Near(property)) => format!(" Did you mean `{}`?", property.name),
        Some(Meant::Shown(property)) => format!(" What people see as `{name}` is called `{}`.", property.name),
        None => String::new(),
    };
    let known = || {
        let names: Vec<String> = unknown
            .properties()
            .map(|property| format!("`{}`", property.name))
            .collect();
        match names.len() {
            0 => "has no properties".to_owned(),
            1 => format!("has only {}", names[0]),
            _ => format!("has {}", listed(&names)),
        }
    };
    let message = match (unknown.seen, input, &near) {
        (true, _, _) => format!("The object {}, not `{name}`, {outcome}.{advice}", known()),
        (false, true, _) => format!("The trigger's schema {}, not `{name}`, {outcome}.{advice}", known()),
        (false, false, Some(_)) => format!(
            "The schema does not name `{name}`; where the data has none, {}.{advice}",
            outcome.trim_start_matches("so ")
        ),
        // Schemas that were made from a sample leave much out.
        (false, false, None) => return None,
    };
    let span = flow.source_span(site, unknown.span);
    let mut finding = Finding::new(&RULE, flow.file, span, name, message).action(flow.body.owner_path(site.owner));
    if unknown.seen {
        finding = finding.confidence(Confidence::High);
        if !unknown.safe {
            finding = finding.severity(Severity::Error);
        }
    }
    let (Some(Meant::Near(property) | Meant::Shown(property)), Some(text)) =
        (&near, near.as_ref().and_then(|near| near.written(template, unknown)))
    else {
        return Some(finding);
    };
    let edit = WorkspaceEdit::replace(flow.file, span, syntax::json::escape(&text));
    Some(finding.fix(format!("Rename to `{}`", property.name), false, edit))
}

/// The property that was meant.
enum Meant<'t> {
    /// One that is spelt nearly so.
    Near(&'t Property),
    /// One that people see under this name.
    Shown(&'t Property),
}

impl Meant<'_> {
    /// How its name is written where the wrong one stands; `None` where it cannot stand there.
    fn written(&self, template: &Template, unknown: &UnknownProperty) -> Option<String> {
        let (Self::Near(property) | Self::Shown(property)) = self;
        let name = &*property.name;
        match &template.node(unknown.node).kind {
            NodeKind::Dot { .. } => {
                let mut letters = name.chars();
                let first = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
                (first && letters.all(|c| c.is_alphanumeric() || c == '_')).then(|| name.to_owned())
            }
            // Inside an interpolation a brace in quotes is text as well.
            _ => Some(name.replace('\'', "''")),
        }
    }
}

fn meant(unknown: &UnknownProperty) -> Option<Meant<'_>> {
    let all = || unknown.properties().take(MAX_NAMES);
    let shown = all().find(|property| {
        let title = property.title.as_deref().unwrap_or_default().trim();
        !title.is_empty() && model::same_name(title, &unknown.name)
    });
    if let Some(property) = shown {
        return Some(Meant::Shown(property));
    }
    let near = expr::did_you_mean(&unknown.name, all().map(|property| &*property.name))?;
    // `line2` is no slip of `line1`.
    let letters = |name: &str| -> String { name.chars().filter(|c| !c.is_ascii_digit()).collect() };
    if letters(near) == letters(&unknown.name) {
        return None;
    }
    all().find(|property| &*property.name == near).map(Meant::Near)
}

/// Whether an accessor reads what the trigger gives.
fn reads_trigger(template: &Template, mut node: ExprId) -> bool {
    loop {
        match &template.node(node).kind {
            NodeKind::Dot { base, .. } | NodeKind::Index { base, .. } => node = *base,
            NodeKind::Call(call) => {
                let reference = call.function.and_then(|function| function.reference.as_ref());
                return reference.is_some_and(|reference| reference.kind == ReferenceKind::Trigger);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FLOW, Sample};

    const SOURCES: &str = r#"
        "Pick":{"type":"Select","inputs":{"from":"@body('x')","select":{"email":"@item()?['mail']","user name":"@item()?['n']"}}},
        "Parse":{"type":"ParseJson","inputs":{"schema":{"type":"object","properties":{"status":{"type":"string"},"line1":{"type":"string"}}}}},
        "Closed":{"type":"ParseJson","inputs":{"schema":{"type":"object","properties":{"status":{"type":"string"}},"additionalProperties":false}}}"#;

    fn compose(expression: &str) -> Sample {
        let sample = Sample::actions(&format!(
            r#"{SOURCES},"C":{{"type":"Compose","inputs":"{expression}"}}"#
        ));
        sample.replace(
            FLOW,
            r#""kind":"Button","inputs":{}"#,
            r#""kind":"Button","inputs":{"schema":{"type":"object","properties":{"text":{"type":"string","title":"Customer"},"date":{"type":"string"}},"required":["text"]}}"#,
        )
    }

    #[test]
    fn what_an_object_lacks_is_marked() {
        for (expression, marked, severity) in [
            ("@first(body('Pick'))?['phone']", "phone", Severity::Warning),
            ("@first(body('Pick'))['phone']", "phone", Severity::Error),
            ("@body('Pick')?[0]?.Phone", "Phone", Severity::Warning),
            ("@body('Closed')?['other']", "other", Severity::Warning),
            ("@json('{}')?['x']", "x", Severity::Warning),
            ("@body('Parse')?['statsu']", "statsu", Severity::Warning),
            ("@triggerBody()?['text_1']", "text_1", Severity::Warning),
            ("@{triggerOutputs()?['body/text_1']}", "text_1", Severity::Warning),
        ] {
            let sample = compose(expression);
            assert_eq!(sample.marked(RULE.id), [marked], "{expression}");
            assert_eq!(sample.of(RULE.id)[0].finding.severity, severity, "{expression}");
        }
        let found = compose("@first(body('Pick'))?['phone']").of(RULE.id);
        assert_eq!(
            found[0].finding.message,
            "The object has `email` and `user name`, not `phone`, so this is always null."
        );
    }

    #[test]
    fn what_may_be_there_is_left_alone() {
        for expression in [
            "@first(body('Pick'))?['EMAIL']",
            "@body('Parse')?['anything']",
            "@body('Parse')?['line2']",
            "@body('Parse')?['status']",
            "@triggerBody()?['TEXT']",
            "@triggerOutputs()?['headers']?['x-ms-user-email']",
            "@triggerOutputs()?['headers/x-ms-user-email']",
            "@setProperty(first(body('Pick')), 'phone', 1)?['phone']",
            "@if(true, first(body('Pick')), body('x'))?['phone']",
            "@body('x')?['phone']",
            "@outputs('Parse')?['statusCode']",
            "@workflow()?['anything']",
        ] {
            let sample = compose(expression);
            assert!(sample.of(RULE.id).is_empty(), "{expression}: {:#?}", sample.of(RULE.id));
        }
        let broken = compose("@first(body('Pick'))?['phone']").replace(FLOW, r#""C":{"#, r#""C"{"#);
        assert!(broken.of(RULE.id).is_empty());
    }

    #[test]
    fn near_and_shown_names_are_offered() {
        for (expression, mended) in [
            ("@first(body('Pick'))?['emial']", "?['email']"),
            ("@first(body('Pick'))?.emial", "?.email"),
            ("@first(body('Pick'))?['username']", "?['user name']"),
            ("@triggerBody()?['customer']", "?['text']"),
            ("@triggerOutputs()?['body/dats']", "?['body/date']"),
        ] {
            let sample = compose(expression);
            assert_eq!(sample.assert_fixes(RULE.id), 1, "{expression}");
            let fixed = sample.apply(&sample.of(RULE.id)[0].finding.fixes[0]);
            assert!(fixed.files[FLOW].contains(mended), "{}", fixed.files[FLOW]);
        }
        // A name with a space cannot follow a dot.
        assert_eq!(compose("@first(body('Pick'))?.username").assert_fixes(RULE.id), 0);
    }
}
