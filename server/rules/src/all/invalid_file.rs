//! A file of a solution, or one that the project points at, cannot be read.

use model::inventory::Inventory;
use model::policies::PolicyFile;
use model::{Facts, FileKind, Profile, ReadAs};
use syntax::Span;
use syntax::json::JsonErrorKind;

use crate::context::FileContext;
use crate::driver::START;
use crate::finding::{Confidence, Finding, Findings, Severity};
use crate::json_errors::{described, reported};
use crate::rule::{Category, Check, FixKind, declare_rule};

declare_rule! {
    /// # What it finds
    ///
    /// A file other than a flow that is damaged: a manifest, customizations, metadata, or the definition of a variable, table or role that is not
    /// well-formed XML or lacks its own name, values or deployment settings that are not valid JSON, and an inventory of
    /// connections or a file of data policies whose form is not known, or parts of one that could not be read. What such a file
    /// has and nobody uses is information.
    ///
    /// # Why it matters
    ///
    /// A damaged file cannot be packed or imported. Here it also hides what it says: rules that would conclude from it that
    /// something is missing stay silent, so problems behind it are not shown.
    ///
    /// # How to fix
    ///
    /// Correct the marked place, which in XML is often an opened element that is never closed or a bare `&`. Export an
    /// inventory again in one of the forms that the message names.
    ///
    /// # Example
    ///
    /// ```xml
    /// <connectionreferencedisplayname>Sales & Support</connectionreferencedisplayname>
    /// ```
    ///
    /// ```xml
    /// <connectionreferencedisplayname>Sales &amp; Support</connectionreferencedisplayname>
    /// ```
    ///
    /// # References
    ///
    /// - Microsoft Learn, *SolutionPackager tool*: <https://learn.microsoft.com/power-platform/alm/solution-packager-tool>
    static RULE = {
        id: "invalid-file",
        summary: "a file of a solution or of the project is damaged",
        category: Category::Files,
        severity: Severity::Error,
        confidence: Confidence::High,
        profile: Profile::Recommended,
        fix: FixKind::None,
        checks: &[Check::File(check)],
    };
}

/// So many errors of one file are reported; the first explain the rest.
const MAX_ERRORS: usize = 20;

fn check(file: &FileContext<'_>, findings: &mut Findings) {
    match file.facts {
        Facts::Unreadable(reason) => unreadable(file, reason, findings),
        Facts::Inventory(inventory) => check_inventory(file, inventory, findings),
        Facts::Policies(policies) => check_policies(file, policies, findings),
        Facts::Settings(_) | Facts::CustomSettings(_) => json_errors(file, "deployment settings", findings),
        Facts::VariableValues(_) if file.in_solution => json_errors(file, "the variable's values", findings),
        _ if !file.in_solution => {}
        Facts::Manifest(manifest)
            if xml_errors(file, "the manifest", manifest.complete, findings) && manifest.unique_name.is_none() =>
        {
            nameless(file, "This manifest gives the solution no `<UniqueName>`", findings);
        }
        Facts::Customizations(customizations) => {
            xml_errors(file, "the customizations", customizations.complete, findings);
        }
        Facts::Workflow(metadata)
            if xml_errors(file, "the workflow's metadata", metadata.complete, findings) && metadata.id.is_none() =>
        {
            nameless(file, "This metadata gives the workflow no `WorkflowId`", findings);
        }
        Facts::Table(table) => {
            xml_errors(file, "the table's definition", table.complete, findings);
        }
        Facts::Role(role) => {
            xml_errors(file, "the security role", role.complete, findings);
        }
        Facts::VariableDefinition(variable) => {
            let whole = xml_errors(file, "the variable's definition", variable.complete, findings);
            if whole && variable.schema_name.value.is_empty() {
                nameless(file, "This definition gives the variable no `schemaname`", findings);
            }
        }
        _ => {}
    }
}

fn unreadable(file: &FileContext<'_>, reason: &str, findings: &mut Findings) {
    let (severity, confidence) = match file.read_as {
        // A flow has a rule of its own, and the configuration too.
        ReadAs::Untitled | ReadAs::Kind(FileKind::Flow | FileKind::Configuration) => return,
        // Only names are read there, and only for whoever asks for them.
        ReadAs::Kind(FileKind::Caller) => return,
        ReadAs::Inventory | ReadAs::Policies => (Severity::Warning, Confidence::High),
        // Most JSON files of a repository are none of ours.
        ReadAs::Kind(FileKind::Json) => (Severity::Hint, Confidence::Low),
        ReadAs::Kind(_) if file.in_solution => (Severity::Error, Confidence::High),
        ReadAs::Kind(_) => return,
    };
    let message = format!(
        "This file cannot be read, so nothing in it is checked: {reason}. Restore it, or leave it out by `exclude`."
    );
    let finding = Finding::new(&RULE, file.file, START, "unreadable", message);
    findings.push(finding.severity(severity).confidence(confidence));
}

/// What the reader of inventories could not read or use, in its own words.
fn check_inventory(file: &FileContext<'_>, inventory: &Inventory, findings: &mut Findings) {
    let unknown = inventory.connections.is_empty() && inventory.role_assignments.is_empty();
    for (count, note) in inventory.notes.iter().enumerate() {
        let said = capitalised(&note.message);
        let finding = if unknown && count == 0 {
            let message = format!(
                "This inventory tells nothing about connections, so no account is known from it: {}.",
                note.message
            );
            Finding::new(&RULE, file.file, note.span, "inventory", message).severity(Severity::Warning)
        } else {
            let severity = if note.lost { Severity::Warning } else { Severity::Info };
            Finding::new(&RULE, file.file, note.span, "inventory", sentence(&said)).severity(severity)
        };
        findings.push(finding);
    }
}

/// What the reader of data policies could not read or use.
fn check_policies(file: &FileContext<'_>, policies: &PolicyFile, findings: &mut Findings) {
    for (count, note) in policies.notes.iter().enumerate() {
        let finding = if policies.policies.is_empty() && count == 0 {
            let message = format!(
                "This file tells nothing about data policies, so no group of connectors is known from it: {}.",
                note.message
            );
            Finding::new(&RULE, file.file, note.span, "policies", message).severity(Severity::Warning)
        } else {
            let severity = if note.lost { Severity::Warning } else { Severity::Info };
            let message = sentence(&capitalised(&note.message));
            Finding::new(&RULE, file.file, note.span, "policies", message).severity(severity)
        };
        findings.push(finding);
    }
}

/// With a full stop at its end, unless it asks.
fn sentence(text: &str) -> String {
    let end = if text.ends_with('?') { "" } else { "." };
    format!("{text}{end}")
}

fn capitalised(text: &str) -> String {
    let mut words = text.chars();
    let first = words.next().into_iter().flat_map(char::to_uppercase);
    first.chain(words).collect()
}

fn json_errors(file: &FileContext<'_>, what: &str, findings: &mut Findings) {
    let Some(tree) = file.tree else { return };
    for (error, brackets) in reported(tree.errors(), MAX_ERRORS) {
        if let JsonErrorKind::DuplicateKey { first } = error.kind {
            let name = error.span.slice(file.text).trim_matches('"');
            let message = format!(
                "The name `{name}` is used twice in this object, and only the last one counts. Rename or remove one."
            );
            let finding = Finding::new(&RULE, file.file, error.span, name, message).severity(Severity::Warning);
            findings.push(finding.related(file.file, first, format!("the first `{name}`")));
            continue;
        }
        let message = format!(
            "This is not valid JSON, so {what} cannot be used: {}.",
            described(error, brackets)
        );
        let finding = Finding::new(&RULE, file.file, error.span, "syntax", message);
        findings.push(match error.related {
            Some(other) => finding.related(file.file, other, "this belongs to it"),
            None => finding,
        });
    }
}

/// Reports what is wrong with an XML file. Says whether nothing is; `complete` is what reading it found.
fn xml_errors(file: &FileContext<'_>, what: &str, complete: bool, findings: &mut Findings) -> bool {
    if complete {
        return true;
    }
    for error in syntax::xml::Tree::parse(file.text).errors().iter().take(MAX_ERRORS) {
        let message = format!("This is not well-formed XML, so {what} cannot be imported: {error}.");
        findings.push(Finding::new(&RULE, file.file, error.span, "syntax", message));
    }
    false
}

fn nameless(file: &FileContext<'_>, what: &str, findings: &mut Findings) {
    let tree = syntax::xml::Tree::parse(file.text);
    let tag = tree
        .root()
        .map(|root| Span::new(root.span().start + 1, root.span().start + 1 + length(root.name())));
    let message = format!("{what}, so it cannot be imported. Restore the file from the last export.");
    findings.push(Finding::new(&RULE, file.file, tag.unwrap_or(START), "name", message));
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use model::{FileSystem, MemoryFiles};

    use crate::finding::Severity;
    use crate::testing::{CUSTOMIZATIONS, FLOW, Found, MANIFEST, Sample};
    use crate::{Options, Project};

    const RULE: &str = "invalid-file";
    const VARIABLE: &str = "/s/environmentvariabledefinitions/con_X/environmentvariabledefinition.xml";
    const VALUES: &str = "/s/environmentvariabledefinitions/con_X/environmentvariablevalues.json";

    const TABLE: &str = "/s/Entities/con_Report/Entity.xml";
    const ROLE: &str = "/s/Roles/Contoso flows.xml";

    fn sample() -> Sample {
        Sample::actions("")
            .with(VARIABLE, r#"<environmentvariabledefinition schemaname="con_X"><type>100000000</type></environmentvariabledefinition>"#)
            .with(VALUES, r#"{"environmentvariablevalues":{"environmentvariablevalue":{"value":"v"}}}"#)
            .with(TABLE, "<Entity><Name>con_Report</Name></Entity>")
            .with(ROLE, "<Role name=\"Contoso flows\"><RolePrivileges /></Role>")
            .with("/s/settings.json", r#"{"EnvironmentVariables":[],"ConnectionReferences":[]}"#)
    }

    fn only(sample: &Sample) -> Found {
        let mut found = sample.of(RULE);
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    #[test]
    fn whole_files_are_left_alone() {
        assert!(sample().of(RULE).is_empty(), "{:#?}", sample().of(RULE));
    }

    #[test]
    fn broken_xml_is_an_error_at_its_place() {
        for (path, from, to) in [
            (MANIFEST, "<Version>1.0</Version>", "<Version>1.0"),
            (CUSTOMIZATIONS, "<Workflows />", "<Workflows"),
            (VARIABLE, "<type>", "<type>&"),
            (TABLE, "<Name>", "<Name"),
            (ROLE, "<RolePrivileges />", "<RolePrivileges>"),
        ] {
            let found = sample().replace(path, from, to).of(RULE);
            assert!(
                !found.is_empty() && found.iter().all(|f| f.path == path),
                "{path}: {found:#?}"
            );
            assert_eq!(found[0].finding.severity, Severity::Error);
        }
        let metadata = format!("{FLOW}.data.xml");
        assert!(!sample().with(&metadata, "<Workflow").of(RULE).is_empty());
    }

    #[test]
    fn a_file_without_its_own_name_is_an_error() {
        let manifest = sample().replace(MANIFEST, "<UniqueName>Sample</UniqueName>", "");
        assert_eq!(only(&manifest).marked, "ImportExportXml");
        let variable = sample().replace(VARIABLE, "schemaname", "name");
        assert_eq!(
            (only(&variable).path.as_str(), only(&variable).marked.as_str()),
            (VARIABLE, "environmentvariabledefinition")
        );
        let metadata = sample().with(&format!("{FLOW}.data.xml"), "<Other />");
        assert_eq!(only(&metadata).marked, "Other");
    }

    #[test]
    fn broken_json_of_values_and_settings_is_an_error() {
        let values = sample().replace(VALUES, "\"v\"}", "\"v\",}");
        assert_eq!(
            (only(&values).marked.as_str(), only(&values).finding.severity),
            (",", Severity::Error)
        );
        let settings = sample().replace("/s/settings.json", "[],", "[]");
        assert!(only(&settings).finding.message.contains("deployment settings"));
        let twice = sample().replace("/s/settings.json", "}", ",\"ConnectionReferences\":[]}");
        assert_eq!(only(&twice).finding.severity, Severity::Warning);
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let others = sample()
            .with("/elsewhere/solution.xml", "<Broken")
            .with("/elsewhere/package.json", "{ broken")
            .with("/s/Connectors/x.json", "")
            .with("/s/Connectors/y.json", "null");
        assert!(others.of(RULE).is_empty(), "{:#?}", others.of(RULE));
    }

    #[test]
    fn an_inventory_says_what_it_could_not_tell() {
        let with = |text: &str| {
            sample()
                .with("/s/flowsentry.jsonc", r#"{"connections":["inventory.csv"]}"#)
                .with("/s/inventory.csv", text)
        };
        let unknown = with("these are not the connections");
        assert_eq!(only(&unknown).finding.severity, Severity::Warning);
        assert!(with("ConnectionName,Account\nabc,me@contoso.com\n").of(RULE).is_empty());
        let nameless = with("Connector,Account\nshared_sql,me@contoso.com\n");
        assert!(only(&nameless).finding.message.contains("no account is known from it"));
        let lost = with("ConnectionName,Account\nabc,\"me@contoso.com\ndef,x@contoso.com\n");
        assert_eq!(
            (only(&lost).marked.as_str(), only(&lost).finding.severity),
            ("\"", Severity::Warning)
        );
        let unused = with("ConnectionName,Acount,Email\nabc,,me@contoso.com\n");
        assert_eq!(
            (only(&unused).marked.as_str(), only(&unused).finding.severity),
            ("Acount", Severity::Info)
        );
        assert!(only(&unused).finding.message.ends_with("did you mean `account`?"));
    }

    #[test]
    fn policies_say_what_they_could_not_tell() {
        let with = |text: &str| {
            sample()
                .with("/s/flowsentry.jsonc", r#"{"dataPolicies":["policies.json"]}"#)
                .with("/s/policies.json", text)
        };
        assert_eq!(only(&with("{}")).finding.severity, Severity::Warning);
        let twice = r#"{"BusinessDataGroup":["shared_sql"],"NonBusinessDataGroup":["shared_sql"]}"#;
        assert_eq!(only(&with(twice)).finding.severity, Severity::Info);
        assert!(with(r#"{"BusinessDataGroup":["shared_sql"]}"#).of(RULE).is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let mut files = MemoryFiles::default();
        for (path, text) in sample().files {
            files.insert(path, text.into_bytes());
        }
        files.insert(MANIFEST, b"<ImportExportXml>\xff".to_vec());
        files.insert("/s/data.json", b"\xff".to_vec());
        let mut project = Project::new(Options::default());
        project.load(&files as &(dyn FileSystem + Sync), &[String::new()], &|_| {});
        let of = |path: &str| {
            let findings = project.findings(project.workspace().id(path).unwrap());
            findings
                .into_iter()
                .filter(|f| f.rule == RULE)
                .map(|f| f.severity)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(MANIFEST), [Severity::Error]);
        assert!(
            of("/s/data.json").is_empty(),
            "a hint of low confidence is not shown by default"
        );
    }
}
