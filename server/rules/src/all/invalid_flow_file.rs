//! A flow's file is damaged, or holds no whole flow.

use edits::WorkspaceEdit;
use model::files::name_of;
use model::flow::{ActionId, BlockId};
use model::{Facts, FileKind, Guid, Profile, ReadAs};
use syntax::json::{JsonError, JsonErrorKind, Value};
use syntax::{Encoding, Span};

use crate::context::{FileContext, FlowContext};
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::json_errors::{described, reported};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A flow file that is not valid JSON, uses a name twice in one object, cannot be read at all, or lacks what every
    /// flow has: a definition with triggers and actions, and a type for each of them. Types and kinds that are not known
    /// are hints, a file stored as UTF-16 is information. Desktop flows, which lie in the same folder, are left alone.
    ///
    /// # Why it matters
    ///
    /// A broken file stops the packing of the whole solution. A name used twice is worse: of the two, readers keep the
    /// last and drop the first without a word, so a reviewed action can be missing from what is imported. In a UTF-16 file
    /// git shows no differences, so nobody reviews its changes.
    ///
    /// # How to fix
    ///
    /// Correct the marked place; the first error of a file often explains those after it. Converting UTF-16 to UTF-8 keeps
    /// every character and is safe.
    ///
    /// # Example
    ///
    /// ```json
    /// "runAfter": { "Try": ["Failed"] },
    /// "runAfter": { "Get_rows": ["Succeeded"] }
    /// ```
    ///
    /// ```json
    /// "runAfter": { "Try": ["Failed"], "Get_rows": ["Succeeded"] }
    /// ```
    ///
    /// # References
    ///
    /// - RFC 8259, *The JavaScript Object Notation (JSON) Data Interchange Format*: <https://www.rfc-editor.org/rfc/rfc8259>
    /// - Microsoft Learn, *Schema reference guide for the Workflow Definition Language in Azure Logic Apps*:
    ///   <https://learn.microsoft.com/azure/logic-apps/logic-apps-workflow-definition-language>
    static RULE = {
        id: "invalid-flow-file",
        summary: "a flow's file is damaged or holds no whole flow",
        category: Category::Files,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::Safe,
        checks: &[Check::File(check_file), Check::Flow(check_flow)],
    };
}

/// So many errors of one file are reported; the first explain the rest.
const MAX_ERRORS: usize = 20;

/// Types of actions, sorted without case.
#[rustfmt::skip]
const ACTION_TYPES: [&str; 67] = [
    "Agent", "AgentHandoff", "ApiConnection", "ApiConnectionWebhook", "ApiManagement", "AppendToArrayVariable",
    "AppendToStringVariable", "AS2Decode", "AS2Encode", "Changeset", "ChunkText", "ChunkTextWithMetadata", "Compose",
    "CSharpScriptCode", "DataMapper", "DecrementVariable", "EdifactDecode", "EdifactEncode", "Expression",
    "FlatFileDecoding", "FlatFileEncoding", "Foreach", "Function", "Http", "HttpWebhook", "If", "IncrementVariable",
    "InitializeVariable", "IntegrationAccountArtifactLookup", "InvokeFunction", "JavaScriptCode", "Join", "Liquid",
    "McpClientTool", "NestedAgent", "OpenApiConnection", "OpenApiConnectionWebhook",
    "OpenApiConnectionWebhookResponse", "ParseDocument", "ParseJson", "PowershellCode", "Query", "Response",
    "RosettaNetDecode", "RosettaNetEncode", "RosettaNetWaitForResponse", "RuleExecute", "Scope", "Select",
    "SendToBatch", "ServiceProvider", "SetVariable", "SwiftDecode", "SwiftEncode", "SwiftMTDecode", "Switch",
    "Table", "Terminate", "Until", "Wait", "Workflow", "X12Decode", "X12Encode", "XmlCompose", "XmlParse",
    "XmlValidation", "Xslt",
];

/// Types of triggers, sorted without case.
#[rustfmt::skip]
const TRIGGER_TYPES: [&str; 15] = [
    "ApiConnection", "ApiConnectionNotification", "ApiConnectionWebhook", "ApiManagement", "Batch", "Http",
    "HttpWebhook", "Manual", "OpenApiConnection", "OpenApiConnectionNotification", "OpenApiConnectionWebhook",
    "Recurrence", "Request", "ServiceProvider", "SlidingWindow",
];

/// Kinds of `Request` triggers, sorted without case.
#[rustfmt::skip]
const REQUEST_KINDS: [&str; 14] = [
    "Agent", "ApiConnection", "Button", "EventGrid", "Geofence", "Http", "PowerApp", "PowerAppV2", "PowerPages",
    "SecurityCenterAlert", "Skills", "Teams", "TeamsWebhook", "VirtualAgent",
];

/// Kinds of `Response` actions.
const RESPONSE_KINDS: [&str; 5] = ["Http", "PowerApp", "PowerPages", "Skills", "VirtualAgent"];

fn check_file(file: &FileContext<'_>, findings: &mut Findings) {
    if !is_flow_file(file) {
        return;
    }
    if let Facts::Unreadable(reason) = file.facts {
        let message =
            format!("This flow cannot be read, so nothing in it is checked: {reason}. Restore or export it again.");
        findings.push(Finding::new(&RULE, file.file, START, "unreadable", message));
        return;
    }
    if file.encoding != Encoding::Utf8 && file.facts.flow().is_some() {
        let edit = WorkspaceEdit {
            convert_to_utf8: vec![file.file],
            ..WorkspaceEdit::default()
        };
        let message = "This flow is stored as UTF-16, which git treats as binary: its changes cannot be reviewed. Store it as UTF-8.";
        let finding = Finding::new(&RULE, file.file, START, "encoding", message).severity(Severity::Info);
        findings.push(finding.fix("Convert the file to UTF-8", true, edit));
    }
    let Some(tree) = file.tree else { return };
    let alone = tree.errors().len() == 1;
    for (error, brackets) in reported(tree.errors(), MAX_ERRORS) {
        findings.push(json_error(file, error, brackets, alone));
    }
    if file.in_solution
        && !tree.is_broken()
        && let Some(root) = tree.root(file.text)
    {
        check_shape(file, root, findings);
    }
}

/// Whether a file is a flow's: by its place in a solution, by its name, or by its content.
fn is_flow_file(file: &FileContext<'_>) -> bool {
    let by_place = || file.in_solution || Guid::from_flow_file(name_of(file.path)).is_some();
    file.facts.flow().is_some() || file.read_as == ReadAs::Kind(FileKind::Flow) && by_place()
}

fn json_error(file: &FileContext<'_>, error: &JsonError, brackets: usize, alone: bool) -> Finding {
    if let JsonErrorKind::DuplicateKey { first } = error.kind {
        let inside = |span: Span| Span::new(span.start + 1, span.end.saturating_sub(1));
        let name = inside(error.span).slice(file.text);
        let message = format!(
            "The name `{name}` is used twice in this object, and only the last one counts: the first is dropped without a word. Rename or remove one."
        );
        return Finding::new(&RULE, file.file, inside(error.span), name, message).related(
            file.file,
            inside(first),
            format!("the first `{name}`"),
        );
    }
    let message = format!(
        "This is not valid JSON, so the solution cannot be packed: {}.",
        described(error, brackets)
    );
    let mut finding = Finding::new(&RULE, file.file, error.span, "syntax", message);
    if let Some(other) = error.related {
        finding = finding.related(file.file, other, "this belongs to it");
    }
    // With other errors around, nobody can tell what the file would be after this one.
    match error.kind {
        JsonErrorKind::MissingMemberComma | JsonErrorKind::MissingItemComma if alone => finding.fix(
            "Add a comma",
            false,
            WorkspaceEdit::replace(file.file, Span::at(error.span.start), ","),
        ),
        JsonErrorKind::TrailingComma if alone => finding.fix(
            "Remove the comma",
            false,
            WorkspaceEdit::replace(file.file, error.span, ""),
        ),
        _ => finding,
    }
}

/// What every cloud flow in a solution has.
fn check_shape(file: &FileContext<'_>, root: Value<'_>, findings: &mut Findings) {
    let properties = root.get("properties");
    let definition = properties.and_then(|properties| properties.get("definition"));
    if is_desktop_flow(root, definition) {
        return;
    }
    let Some(definition) = definition.filter(|definition| definition.is_object()) else {
        let message = "This file holds no flow: it has no `properties.definition`, so the import fails. Export the flow again, or delete the file.";
        let key = root.member("properties").map(|member| member.key.content_span());
        let start = Span::new(root.span().start, root.span().end.min(root.span().start + 1));
        findings.push(Finding::new(
            &RULE,
            file.file,
            key.unwrap_or(start),
            "definition",
            message,
        ));
        return;
    };
    let key = properties
        .and_then(|properties| properties.member("definition"))
        .map(|member| member.key.content_span());
    for (name, what) in [("triggers", "nothing starts it"), ("actions", "it does nothing")] {
        let (span, message) = match definition.get(name) {
            Some(list) if !list.is_object() => (
                list.span(),
                format!(
                    "`{name}` of this flow is no object, so the flow cannot be imported. Restore it from the last export."
                ),
            ),
            Some(_) => continue,
            None => (
                key.unwrap_or(START),
                format!(
                    "This flow has no `{name}`: {what}, and it cannot be imported. Restore it from the last export."
                ),
            ),
        };
        findings.push(Finding::new(&RULE, file.file, span, name, message));
    }
    if definition
        .get("triggers")
        .is_some_and(|list| list.is_object() && list.is_empty())
    {
        let span = definition
            .member("triggers")
            .map_or(START, |member| member.key.content_span());
        let message = "This flow has no trigger, so nothing ever starts it. Add one, or remove the flow.";
        findings.push(Finding::new(&RULE, file.file, span, "triggers", message).severity(Severity::Warning));
    }
}

/// Desktop flows write `schemaversion` without a capital, and keep a package where cloud flows keep triggers.
fn is_desktop_flow(root: Value<'_>, definition: Option<Value<'_>>) -> bool {
    let holds = |name: &str| definition.is_some_and(|definition| definition.get(name).is_some());
    root.get("schemaversion").is_some() || ["package", "isvalid", "dependencies"].into_iter().any(holds)
}

fn check_flow(flow: &FlowContext<'_>, findings: &mut Findings) {
    if !flow.summary.complete {
        return;
    }
    for trigger in &flow.body.triggers {
        let at = Typed {
            flow,
            what: "trigger",
            name: &trigger.name.value,
            span: trigger.name.span,
            path: || trigger.name.value.clone(),
        };
        let value = flow.value(trigger.node);
        if at.check_type(value, &trigger.kind, &TRIGGER_TYPES, findings) && trigger.kind.eq_ignore_ascii_case("Request")
        {
            at.check_kind(value, &REQUEST_KINDS, findings);
        }
    }
    for (id, action) in flow.body.actions() {
        let at = Typed {
            flow,
            what: "action",
            name: &action.name.value,
            span: action.name.span,
            path: || flow.body.path(id),
        };
        let value = flow.value(action.node);
        if at.check_type(value, &action.kind, &ACTION_TYPES, findings) && action.is("Response") {
            at.check_kind(value, &RESPONSE_KINDS, findings);
        }
    }
    for index in 0..flow.body.blocks.len() {
        check_block(flow, BlockId(u32::try_from(index).unwrap_or(u32::MAX)), findings);
    }
}

/// Members of `actions` that are no objects are no actions to anybody.
fn check_block(flow: &FlowContext<'_>, id: BlockId, findings: &mut Findings) {
    let block = flow.body.block(id);
    let Some(list) = flow.value(block.node) else { return };
    for member in list
        .members()
        .filter(|member| member.value.is_some_and(|value| !value.is_object()))
    {
        let name = member.key.as_str().unwrap_or_default();
        let inside = |owner: ActionId| format!("{}/{name}", flow.body.path(owner));
        let path = block.owner.map_or_else(|| name.clone().into_owned(), inside);
        let message = format!(
            "`{name}` is no action but a single value, so the flow cannot be imported. Write an object with a `type`."
        );
        findings.push(Finding::new(&RULE, flow.file, member.key.content_span(), name, message).action(Some(path)));
    }
}

/// A trigger or an action, which must have a type.
struct Typed<'a, 'f, P: Fn() -> String> {
    flow: &'f FlowContext<'a>,
    what: &'static str,
    name: &'f str,
    span: Span,
    path: P,
}

impl<P: Fn() -> String> Typed<'_, '_, P> {
    /// Reports a missing or unknown type. Says whether there is a known one.
    fn check_type(
        &self,
        value: Option<Value<'_>>,
        kind: &str,
        known: &[&'static str],
        findings: &mut Findings,
    ) -> bool {
        if is_known(kind, known) {
            return true;
        }
        let (what, name) = (self.what, self.name);
        if kind.is_empty() {
            let message = format!(
                "The {what} `{name}` has no `type`, so the flow cannot be imported. Restore it from the last export."
            );
            findings.push(Finding::new(&RULE, self.flow.file, self.span, name, message).action(Some((self.path)())));
        } else if let Some(written) = value.and_then(|value| value.get("type")) {
            findings.push(self.unknown("type", written, known));
        }
        false
    }

    fn check_kind(&self, value: Option<Value<'_>>, known: &[&'static str], findings: &mut Findings) {
        let Some(written) = value
            .and_then(|value| value.get("kind"))
            .filter(|kind| kind.is_string())
        else {
            return;
        };
        if !written
            .as_str()
            .is_some_and(|kind| kind.is_empty() || is_known(&kind, known))
        {
            findings.push(self.unknown("kind", written, known));
        }
    }

    fn unknown(&self, member: &str, written: Value<'_>, known: &[&'static str]) -> Finding {
        let (what, name) = (self.what, self.name);
        let kind = written.as_str().unwrap_or_default();
        let near = expr::did_you_mean(&kind, known.iter().copied());
        let advice = match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => "Check its spelling, or report a new one.".to_owned(),
        };
        let message = format!(
            "The {what} `{name}` has the {member} `{kind}`, which is not known, so it is hardly checked. {advice}"
        );
        let finding = Finding::new(&RULE, self.flow.file, written.content_span(), name, message)
            .severity(Severity::Hint)
            .action(Some((self.path)()));
        match near {
            Some(near) => {
                let edit = WorkspaceEdit::replace(self.flow.file, written.content_span(), near);
                finding.fix(format!("Change to `{near}`"), false, edit)
            }
            None => finding,
        }
    }
}

/// Whether a table sorted without case holds a name; types and kinds compare without case.
fn is_known(name: &str, known: &[&str]) -> bool {
    let lower = |text: &'_ str| text.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<u8>>();
    known.contains(&name) || {
        let name = lower(name);
        known.binary_search_by(|entry| lower(entry).cmp(&name)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use model::{FileSystem, MemoryFiles};

    use super::*;
    use crate::testing::{FLOW, Found, Sample};
    use crate::{Options, Project};

    const ID: &str = "invalid-flow-file";
    const COMPOSE: &str = r#""C":{"type":"Compose","inputs":1,"runAfter":{}}"#;

    fn only(sample: &Sample) -> Found {
        let mut found = sample.of(ID);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    #[test]
    fn tables_are_sorted() {
        for table in [&ACTION_TYPES[..], &TRIGGER_TYPES, &REQUEST_KINDS, &RESPONSE_KINDS] {
            assert!(
                table
                    .windows(2)
                    .all(|pair| pair[0].to_lowercase() < pair[1].to_lowercase()),
                "{table:?}"
            );
        }
    }

    #[test]
    fn a_whole_flow_is_left_alone() {
        assert!(Sample::actions(COMPOSE).of(ID).is_empty());
        assert!(
            Sample::actions(&COMPOSE.replace("Compose", "compose"))
                .of(ID)
                .is_empty()
        );
    }

    #[test]
    fn syntax_errors_are_marked_and_commas_mended() {
        let missing = Sample::actions(COMPOSE).replace(FLOW, r#""inputs":1,"#, r#""inputs":1"#);
        assert!(only(&missing).finding.message.contains("expected a comma"));
        assert_eq!(missing.assert_fixes(ID), 1);
        let trailing = Sample::actions(COMPOSE).replace(FLOW, r#""runAfter":{}"#, r#""runAfter":{},"#);
        assert_eq!(trailing.marked(ID), [","]);
        assert_eq!(trailing.assert_fixes(ID), 1);
    }

    #[test]
    fn a_cut_off_or_empty_file_is_an_error() {
        let whole = Sample::actions(COMPOSE);
        for length in [0, 1, 20, 60, 150, 250] {
            let cut = Sample::actions(COMPOSE).with(FLOW, &whole.files[FLOW][..length]);
            assert!(
                cut.of(ID).iter().any(|f| f.finding.severity == Severity::Error),
                "{length}"
            );
        }
    }

    #[test]
    fn a_file_full_of_errors_reports_the_first() {
        let sample = Sample::actions(COMPOSE).with(FLOW, "{ , ".repeat(500));
        assert_eq!(sample.of(ID).len(), MAX_ERRORS);
    }

    #[test]
    fn a_name_used_twice_points_at_the_first() {
        let sample = Sample::actions(&COMPOSE.replace(r#""inputs":1"#, r#""inputs":1,"inputs":2"#));
        let found = only(&sample);
        assert_eq!(
            (found.marked.as_str(), found.finding.severity),
            ("inputs", Severity::Error)
        );
        let first = found.finding.related[0].span;
        assert!(first.end < found.finding.span.start && &sample.files[FLOW][first.range()] == "inputs");
    }

    #[test]
    fn a_missing_part_is_an_error() {
        for (text, subject, marked) in [
            ("null", "definition", "n"),
            ("{}", "definition", "{"),
            (r#"{"properties":{}}"#, "definition", "properties"),
            (
                r#"{"properties":{"definition":{}},"schemaVersion":"1.0.0.0"}"#,
                "triggers",
                "definition",
            ),
            (
                r#"{"properties":{"definition":{"actions":{}}}}"#,
                "triggers",
                "definition",
            ),
            (
                r#"{"properties":{"definition":{"triggers":{"m":{"type":"Recurrence"}}}}}"#,
                "actions",
                "definition",
            ),
            (
                r#"{"properties":{"definition":{"triggers":{"m":{"type":"Recurrence"}},"actions":[]}}}"#,
                "actions",
                "[]",
            ),
        ] {
            let found = Sample::actions(COMPOSE).with(FLOW, text).of(ID);
            assert!(
                found.iter().any(|f| f.finding.subject == subject
                    && f.marked == marked
                    && f.finding.severity == Severity::Error),
                "{text}: {found:#?}"
            );
        }
        let idle = Sample::actions(COMPOSE).with(FLOW, r#"{"properties":{"definition":{"triggers":{},"actions":{}}}}"#);
        assert_eq!(
            (only(&idle).finding.severity, only(&idle).marked.as_str()),
            (Severity::Warning, "triggers")
        );
    }

    #[test]
    fn desktop_flows_and_files_elsewhere_are_left_alone() {
        let desktop =
            r#"{"properties":{"definition":{"package":"UEs="},"inputs":{},"outputs":{}},"schemaversion":"1"}"#;
        assert!(
            Sample::actions(COMPOSE)
                .with("/s/Workflows/Desk-A.json", desktop)
                .of(ID)
                .is_empty()
        );
        assert!(
            Sample::actions(COMPOSE)
                .with("/x/workflows/build.json", "{ not json")
                .of(ID)
                .is_empty()
        );
        assert!(
            Sample::actions(COMPOSE)
                .with("/s/Connectors/empty.json", "")
                .of(ID)
                .is_empty()
        );
    }

    #[test]
    fn a_missing_type_is_an_error_and_an_unknown_one_a_hint() {
        let untyped = Sample::actions(r#""C":{"inputs":1,"runAfter":{}}"#);
        assert_eq!(
            (only(&untyped).marked.as_str(), only(&untyped).finding.severity),
            ("C", Severity::Error)
        );
        let value = Sample::actions(r#""S":{"type":"Scope","runAfter":{},"actions":{"C":"later"}}"#);
        assert_eq!(only(&value).finding.action.as_deref(), Some("S/C"));
        let misspelt = Sample::actions(&COMPOSE.replace("Compose", "Compsoe"));
        assert_eq!(
            (only(&misspelt).marked.as_str(), only(&misspelt).finding.severity),
            ("Compsoe", Severity::Hint)
        );
        assert_eq!(misspelt.assert_fixes(ID), 1);
        let kind = Sample::triggers(r#""m":{"type":"Request","kind":"Botton","inputs":{}}"#);
        assert_eq!(only(&kind).marked, "Botton");
        assert_eq!(kind.assert_fixes(ID), 1);
    }

    #[test]
    fn other_encodings_and_unreadable_bytes_are_told() {
        let sample = Sample::actions(COMPOSE);
        let findings = |bytes: Vec<u8>| {
            let mut files = MemoryFiles::default();
            for (path, text) in &sample.files {
                files.insert(path.clone(), text.clone().into_bytes());
            }
            files.insert(FLOW, bytes);
            let mut project = Project::new(Options::default());
            project.load(&files as &(dyn FileSystem + Sync), &[String::new()], &|_| {});
            let id = project.workspace().id(FLOW).unwrap();
            project
                .findings(id)
                .into_iter()
                .filter(|f| f.rule == ID)
                .cloned()
                .collect::<Vec<_>>()
        };
        let wide = findings(syntax::encode(&sample.files[FLOW], Encoding::Utf16Le, true));
        assert_eq!(
            (wide.len(), wide[0].severity, wide[0].fixes[0].safe),
            (1, Severity::Info, true)
        );
        let edit = wide[0].fixes[0]
            .edit(&model::Workspace::default(), &|_| None)
            .unwrap()
            .into_owned();
        assert_eq!(edit.convert_to_utf8, [wide[0].file]);
        let damaged = findings(b"{\"properties\":\xff}".to_vec());
        assert_eq!((damaged.len(), damaged[0].severity), (1, Severity::Error));
        assert!(damaged[0].message.contains("not valid UTF-8"), "{}", damaged[0].message);
        assert!(findings(syntax::encode(&sample.files[FLOW], Encoding::Utf8, true)).is_empty());
    }

    #[test]
    fn a_file_that_was_cut_off_is_one_mistake() {
        let whole = Sample::actions(r#""A":{"type":"Scope","actions":{"B":{"type":"Compose","inputs":[1,"#);
        let cut = whole.files[FLOW].find("[1,").unwrap() + 2;
        let text = whole.files[FLOW][..cut].to_owned();
        let sample = whole.with(FLOW, text);
        let found = sample.of(RULE.id);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].marked, "[");
        assert!(found[0].finding.message.contains("brackets are never closed"));
    }
}
